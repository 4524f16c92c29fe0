/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "crypto_priv.h"

#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

struct ips_sha256 {
	EVP_MD_CTX *ctx;
};

/* Looked up once: a look-up by name costs as much as a digest of a kilobyte. */
static const EVP_MD *
sha256_method(void)
{
	static gsize method = 0;

	if (g_once_init_enter(&method)) {
		EVP_MD *found = EVP_MD_fetch(NULL, "SHA256", NULL);
		MUST(found != NULL);
		g_once_init_leave(&method, (gsize)found);
	}
	return (const EVP_MD *)method;
}

struct ips_sha256 *
ips_sha256_new(void)
{
	struct ips_sha256 *digest = g_new(struct ips_sha256, 1);

	digest->ctx = EVP_MD_CTX_new();
	MUST(digest->ctx != NULL);
	MUST(EVP_DigestInit_ex2(digest->ctx, sha256_method(), NULL));
	return digest;
}

void
ips_sha256_add(struct ips_sha256 *digest, const void *data, size_t len)
{
	MUST(EVP_DigestUpdate(digest->ctx, data, len));
}

void
ips_sha256_end(struct ips_sha256 *digest, uint8_t out[IPS_SHA256_LEN])
{
	MUST(EVP_DigestFinal_ex(digest->ctx, out, NULL));
	EVP_MD_CTX_free(digest->ctx);
	g_free(digest);
}

struct ips_mac {
	EVP_MAC_CTX *ready; /* keyed, never used itself */
};

struct ips_mac *
ips_mac_new(const void *key, size_t len)
{
	static const uint8_t empty[1]; /* OpenSSL takes a NULL key for "the one before" */
	struct ips_mac *mac = g_new0(struct ips_mac, 1);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	MUST(hmac != NULL);
	mac->ready = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac); /* the context holds on to it */
	MUST(mac->ready != NULL);
	MUST(EVP_MAC_init(mac->ready, len > 0 ? key : empty, len, params));
	return mac;
}

void
ips_mac_free(struct ips_mac *mac)
{
	if (mac == NULL)
		return;
	EVP_MAC_CTX_free(mac->ready); /* wipes the key */
	g_free(mac);
}

void
ips_mac(const struct ips_mac *mac, const void *data, size_t len, uint8_t out[IPS_SHA256_LEN])
{
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(mac->ready);
	size_t written;

	MUST(ctx != NULL);
	MUST(EVP_MAC_update(ctx, data, len));
	MUST(EVP_MAC_final(ctx, out, &written, IPS_SHA256_LEN));
	EVP_MAC_CTX_free(ctx);
}

void
ips_random(void *out, size_t len)
{
	uint8_t *p = out;

	while (len > 0) {
		int part = (int)MIN(len, (size_t)1 << 20);
		MUST(RAND_bytes(p, part) == 1);
		p += part;
		len -= (size_t)part;
	}
}
