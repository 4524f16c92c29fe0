/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Digests, password hashes, MACs and random bytes. Alone knows OpenSSL.
 * Thread rule: every function may be called from everywhere; a digest belongs to one thread. */
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

void ips_random(void *out, size_t len); /* aborts if the system has no randomness */

/* "scrypt$<log2 N>$<r>$<p>$<salt>$<hash>" in base64; the caller frees with g_free. */
char *ips_password_hash(const char *password);
/* False for a wrong password and for a hash that is none of ours. Costs tens of milliseconds. */
bool ips_password_verify(const char *password, const char *hash);

#endif
