/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "crypto_priv.h"

#include <openssl/evp.h>
#include <string.h>

#define NONCE_LEN 12

_Static_assert(IPS_WRAPPED_LEN == NONCE_LEN + IPS_KEY_LEN + IPS_SEAL_TAG, "the parts of a wrap");

struct ips_seal {
	EVP_CIPHER_CTX *ctx;
};

/* What GCM is told besides the key. */
struct message {
	uint8_t nonce[NONCE_LEN];
	const void *bound; /* authenticated, not encrypted */
	size_t bound_len;
};

static const EVP_CIPHER *
gcm(void)
{
	static gsize method = 0;

	if (g_once_init_enter(&method)) {
		EVP_CIPHER *found = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
		MUST(found != NULL);
		g_once_init_leave(&method, (gsize)found);
	}
	return (const EVP_CIPHER *)method;
}

struct ips_seal *
ips_seal_new(const uint8_t key[IPS_KEY_LEN])
{
	struct ips_seal *seal = g_new(struct ips_seal, 1);

	seal->ctx = EVP_CIPHER_CTX_new();
	MUST(seal->ctx != NULL);
	MUST(EVP_CipherInit_ex2(seal->ctx, gcm(), key, NULL, 1, NULL));
	return seal;
}

void
ips_seal_free(struct ips_seal *seal)
{
	if (seal == NULL)
		return;
	EVP_CIPHER_CTX_free(seal->ctx); /* wipes the key */
	g_free(seal);
}

/* The key stays from ips_seal_new; each message begins anew. */
static void
begin(struct ips_seal *seal, const struct message *m, bool encrypt)
{
	int n;

	MUST(EVP_CipherInit_ex2(seal->ctx, NULL, NULL, m->nonce, encrypt, NULL));
	MUST(EVP_CipherUpdate(seal->ctx, NULL, &n, m->bound, (int)m->bound_len));
}

static void
run(struct ips_seal *seal, const uint8_t *in, size_t len, uint8_t *out)
{
	int n;

	if (len > 0) /* no bytes would be taken for more bound ones */
		MUST(EVP_CipherUpdate(seal->ctx, out, &n, in, (int)len));
}

static void
encrypt(struct ips_seal *seal, const struct message *m, const uint8_t *in, size_t len, uint8_t *out)
{
	int n;

	begin(seal, m, true);
	run(seal, in, len, out);
	MUST(EVP_CipherFinal_ex(seal->ctx, out + len, &n));
	MUST(EVP_CIPHER_CTX_ctrl(seal->ctx, EVP_CTRL_AEAD_GET_TAG, IPS_SEAL_TAG, out + len));
}

/* in holds len bytes and the tag. */
static bool
decrypt(struct ips_seal *seal, const struct message *m, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t tag[IPS_SEAL_TAG];
	uint8_t none[IPS_SEAL_TAG];
	int n;

	begin(seal, m, false);
	run(seal, in, len, out);
	memcpy(tag, in + len, sizeof(tag));
	MUST(EVP_CIPHER_CTX_ctrl(seal->ctx, EVP_CTRL_AEAD_SET_TAG, IPS_SEAL_TAG, tag));
	if (EVP_CipherFinal_ex(seal->ctx, none, &n) == 1)
		return true;
	ips_wipe(out, len);
	return false;
}

/* ---- Keys ---- */

/* Random nonces: a key may wrap 2^32 others before two of them meet. */
void
ips_key_wrap(const uint8_t by[IPS_KEY_LEN], const uint8_t key[IPS_KEY_LEN], const char *context,
    uint8_t out[IPS_WRAPPED_LEN])
{
	struct ips_seal *seal = ips_seal_new(by);
	struct message m = { .bound = context, .bound_len = strlen(context) };

	ips_random(m.nonce, sizeof(m.nonce));
	memcpy(out, m.nonce, NONCE_LEN);
	encrypt(seal, &m, key, IPS_KEY_LEN, out + NONCE_LEN);
	ips_seal_free(seal);
}

bool
ips_key_unwrap(const uint8_t by[IPS_KEY_LEN], const uint8_t wrapped[IPS_WRAPPED_LEN],
    const char *context, uint8_t out[IPS_KEY_LEN])
{
	struct ips_seal *seal = ips_seal_new(by);
	struct message m = { .bound = context, .bound_len = strlen(context) };
	uint8_t key[IPS_KEY_LEN];

	memcpy(m.nonce, wrapped, NONCE_LEN);
	bool good = decrypt(seal, &m, wrapped + NONCE_LEN, IPS_KEY_LEN, key);
	if (good)
		memcpy(out, key, IPS_KEY_LEN);
	ips_wipe(key, sizeof(key));
	ips_seal_free(seal);
	return good;
}

/* ---- Content ---- */

/* Its last character is the version of the layout. */
static const uint8_t header[IPS_SEAL_HEADER] = "openips sealed 1";

void
ips_seal_header(uint8_t out[IPS_SEAL_HEADER])
{
	memcpy(out, header, IPS_SEAL_HEADER);
}

bool
ips_seal_header_valid(const uint8_t found[IPS_SEAL_HEADER])
{
	return memcmp(found, header, IPS_SEAL_HEADER) == 0;
}

static struct message
message_at(uint64_t place, bool last)
{
	struct message m = { .bound = header, .bound_len = IPS_SEAL_HEADER };
	uint64_t big_endian = GUINT64_TO_BE(place);

	memcpy(m.nonce + 3, &big_endian, sizeof(big_endian));
	m.nonce[NONCE_LEN - 1] = last;
	return m;
}

void
ips_seal_chunk(
    struct ips_seal *seal, uint64_t place, bool last, const uint8_t *in, size_t len, uint8_t *out)
{
	struct message m = message_at(place, last);

	encrypt(seal, &m, in, len, out);
}

bool
ips_unseal_chunk(
    struct ips_seal *seal, uint64_t place, bool last, const uint8_t *in, size_t len, uint8_t *out)
{
	struct message m = message_at(place, last);

	return len >= IPS_SEAL_TAG && decrypt(seal, &m, in, len - IPS_SEAL_TAG, out);
}

int64_t
ips_sealed_size(int64_t content)
{
	int64_t chunks = MAX(1, (content + IPS_SEAL_CHUNK - 1) / IPS_SEAL_CHUNK);

	return IPS_SEAL_HEADER + content + chunks * IPS_SEAL_TAG;
}

bool
ips_unsealed_size(int64_t sealed, int64_t *content)
{
	const int64_t whole = IPS_SEAL_CHUNK + IPS_SEAL_TAG;
	int64_t chunks = (sealed - IPS_SEAL_HEADER + whole - 1) / whole;
	int64_t found = sealed - IPS_SEAL_HEADER - chunks * IPS_SEAL_TAG;

	if (sealed < IPS_SEAL_HEADER + IPS_SEAL_TAG || found < 0 ||
	    ips_sealed_size(found) != sealed)
		return false;
	*content = found;
	return true;
}
