/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Digests, password hashes, MACs, sealed content and random bytes. Alone knows OpenSSL.
 * Thread rule: every function may be called from everywhere; a digest and a seal belong to one thread
 * at a time. */
#ifndef OPENIPS_CRYPTO_H
#define OPENIPS_CRYPTO_H

#include "openips/base.h"

#define IPS_SHA256_LEN 32
#define IPS_SHA256_HEX 65 /* with the final NUL */

struct ips_sha256; /* a running digest */
struct ips_sha256 *ips_sha256_new(void);
void ips_sha256_add(struct ips_sha256 *digest, const void *data, size_t len);
void ips_sha256_end(struct ips_sha256 *digest, uint8_t out[IPS_SHA256_LEN]); /* and frees */

void ips_hex(const uint8_t *data, size_t len, char *out); /* 2 * len + 1 bytes, lower case */
bool ips_unhex(const char *text, uint8_t *out, size_t len) IPS_MUST_USE; /* exactly 2 * len digits */

/* HMAC-SHA-256 under one key. Looking things up costs ten times the MAC, so the key is made ready once;
 * any thread may use it. */
struct ips_mac;
struct ips_mac *ips_mac_new(const void *key, size_t len);
void ips_mac_free(struct ips_mac *mac); /* NULL is fine */
void ips_mac(const struct ips_mac *mac, const void *data, size_t len, uint8_t out[IPS_SHA256_LEN]);

/* A number as 16 bytes that tell nothing of it, in the form of a random UUID, and back: false for bytes
 * that were not made under this key for this kind. So rows need no column for a public name that nobody
 * can guess. Numbers from 0 to 2^56 - 1. */
#define IPS_OPAQUE_LEN 16
void ips_opaque(const struct ips_mac *mac, char kind, int64_t number, uint8_t out[IPS_OPAQUE_LEN]);
bool ips_opaque_open(const struct ips_mac *mac, char kind, const uint8_t in[IPS_OPAQUE_LEN],
    int64_t *number) IPS_MUST_USE;

void ips_random(void *out, size_t len); /* aborts if the system has no randomness */

/* ---- Keys and sealed content: AES-256-GCM ----
 *
 * A key travels wrapped by another one: nonce, ciphertext, tag. The context, a text that says whose key
 * it is and what for, is bound to it: in another place it does not open. */
#define IPS_KEY_LEN     32
#define IPS_WRAPPED_LEN 60
void ips_key_wrap(const uint8_t by[IPS_KEY_LEN], const uint8_t key[IPS_KEY_LEN], const char *context,
    uint8_t out[IPS_WRAPPED_LEN]);
bool ips_key_unwrap(const uint8_t by[IPS_KEY_LEN], const uint8_t wrapped[IPS_WRAPPED_LEN],
    const char *context, uint8_t out[IPS_KEY_LEN]) IPS_MUST_USE;

/* Sealed content is a header and chunks of IPS_SEAL_CHUNK bytes with a tag each; the last may be
 * shorter, and is empty only if the content is. Each chunk is bound to the header, to its place and to
 * being the last or not (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015), so
 * that each can be opened by itself, and none be changed, moved, cut off or added. The nonce is the
 * place: a key must never seal two contents. */
#define IPS_SEAL_HEADER 16
#define IPS_SEAL_CHUNK  65536
#define IPS_SEAL_TAG    16
int64_t ips_sealed_size(int64_t content); /* of the whole */
bool ips_unsealed_size(int64_t sealed, int64_t *content) IPS_MUST_USE; /* false: no such size */

struct ips_seal; /* a key made ready */
struct ips_seal *ips_seal_new(const uint8_t key[IPS_KEY_LEN]);
void ips_seal_free(struct ips_seal *seal); /* wipes; NULL is fine */
void ips_seal_header(uint8_t out[IPS_SEAL_HEADER]);
bool ips_seal_header_valid(const uint8_t header[IPS_SEAL_HEADER]) IPS_MUST_USE;
/* len bytes become len + IPS_SEAL_TAG, which begin at another address. */
void ips_seal_chunk(struct ips_seal *seal, uint64_t place, bool last, const uint8_t *in, size_t len,
    uint8_t *out);
/* len counts the tag. False: not the chunk that was sealed at this place; out is then wiped. */
bool ips_unseal_chunk(struct ips_seal *seal, uint64_t place, bool last, const uint8_t *in, size_t len,
    uint8_t *out) IPS_MUST_USE;

/* "scrypt$<log2 N>$<r>$<p>$<salt>$<hash>" in base64; the caller frees with g_free. */
char *ips_password_hash(const char *password);
/* False for a wrong password and for a hash that is none of ours. Costs tens of milliseconds. */
bool ips_password_verify(const char *password, const char *hash);

#endif
