/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/crypto.h"

#include <openssl/evp.h>
#include <string.h>

#define SALT_LEN   16
#define HASH_LEN   32
#define BASE64_MAX 45 /* of HASH_LEN bytes, with the final NUL */

struct scrypt_cost {
	int64_t log2_n, r, p;
};

/* 32 MiB and some tens of milliseconds for every guess. */
static const struct scrypt_cost cost_now = { 15, 8, 1 };

/* A stored hash may ask for more than today's cost, but not for the whole machine. */
static const struct scrypt_cost cost_max = { 18, 16, 4 };

static bool
derive(const struct scrypt_cost *cost, const char *password, const uint8_t *salt,
    uint8_t out[HASH_LEN])
{
	uint64_t n = (uint64_t)1 << cost->log2_n;
	uint64_t r = (uint64_t)cost->r, p = (uint64_t)cost->p;
	uint64_t bytes_max = 128 * r * (n + p + 2) + (1 << 20);

	return EVP_PBE_scrypt(password, strlen(password), salt, SALT_LEN, n, r, p, bytes_max, out,
		   HASH_LEN) == 1;
}

char *
ips_password_hash(const char *password)
{
	uint8_t salt[SALT_LEN], hash[HASH_LEN];
	char *salt64, *hash64, *text;

	ips_random(salt, sizeof(salt));
	if (!derive(&cost_now, password, salt, hash))
		g_error("OpenSSL: scrypt failed");
	salt64 = g_base64_encode(salt, sizeof(salt));
	hash64 = g_base64_encode(hash, sizeof(hash));
	text = g_strdup_printf("scrypt$%d$%d$%d$%s$%s", (int)cost_now.log2_n, (int)cost_now.r,
	    (int)cost_now.p, salt64, hash64);
	g_free(salt64);
	g_free(hash64);
	ips_wipe(hash, sizeof(hash));
	return text;
}

static bool
parse_cost(char **parts, struct scrypt_cost *out)
{
	return ips_parse_int(parts[0], strlen(parts[0]), 1, cost_max.log2_n, &out->log2_n) &&
	       ips_parse_int(parts[1], strlen(parts[1]), 1, cost_max.r, &out->r) &&
	       ips_parse_int(parts[2], strlen(parts[2]), 1, cost_max.p, &out->p);
}

/* GLib's decoder skips what is not base64, so the text must come out the same again. */
static bool
parse_base64(const char *text, uint8_t *out, size_t len)
{
	gsize got = 0;

	if (strlen(text) >= BASE64_MAX)
		return false;
	guchar *data = g_base64_decode(text, &got);
	char *again = g_base64_encode(data, got);
	bool ok = got == len && strcmp(again, text) == 0;
	if (ok)
		memcpy(out, data, len);
	g_free(again);
	g_free(data);
	return ok;
}

static bool
verify_parts(const char *password, char **parts)
{
	struct scrypt_cost cost;
	uint8_t salt[SALT_LEN], want[HASH_LEN], got[HASH_LEN];

	if (g_strv_length(parts) != 6 || strcmp(parts[0], "scrypt") != 0)
		return false;
	if (!parse_cost(parts + 1, &cost) || !parse_base64(parts[4], salt, sizeof(salt)) ||
	    !parse_base64(parts[5], want, sizeof(want)))
		return false;
	bool same = derive(&cost, password, salt, got) &&
		    ips_equal_secret(got, sizeof(got), want, sizeof(want));
	ips_wipe(got, sizeof(got));
	return same;
}

bool
ips_password_verify(const char *password, const char *hash)
{
	char **parts = g_strsplit(hash, "$", 7);
	bool same = verify_parts(password, parts);

	g_strfreev(parts);
	return same;
}
