/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Blobs by content: a file is named by the SHA-256 of its bytes and never changes.
 *
 * "Blob before row, row before answer": publish returns only when the bytes and the name survive a
 * power cut. What no row needs is garbage, collected later. Thread rule: one store, any thread. */
#ifndef OPENIPS_STORE_H
#define OPENIPS_STORE_H

#include "openips/crypto.h"

struct ips_store;

struct ips_blob {
	char digest[IPS_SHA256_HEX]; /* of the content; the blob's name */
	int64_t size;                /* bytes */
};

/* dir is made if it is missing (mode 0700). */
bool ips_store_open(const char *dir, struct ips_store **out, struct ips_error *err) IPS_MUST_USE;
void ips_store_close(struct ips_store *store);

/* A nameless file to write into. Publishing or dropping ends it; a crash leaves nothing. */
struct ips_stage;
bool ips_stage_open(struct ips_store *store, struct ips_stage **out, struct ips_error *err) IPS_MUST_USE;
int ips_stage_fd(const struct ips_stage *stage);
void ips_stage_drop(struct ips_stage *stage); /* NULL is fine */
/* Digest, sync, name, sync the folder. The stage is gone afterwards, in failure too. Publishing what
 * the store already has is success. */
bool ips_stage_publish(struct ips_stage *stage, struct ips_blob *out, struct ips_error *err) IPS_MUST_USE;

/* Read-only descriptor, the caller closes it. Fault IPS_NOT_FOUND if the blob is gone. */
bool ips_store_read(struct ips_store *store, const char *digest, int *fd, int64_t *size,
    struct ips_error *err) IPS_MUST_USE;

/* Its size without opening it. Fault as above. */
bool ips_store_size(struct ips_store *store, const char *digest, int64_t *size,
    struct ips_error *err) IPS_MUST_USE;

/* For `openips check` and garbage collection. verify reads every byte. */
bool ips_store_verify(struct ips_store *store, const char *digest, int64_t size, struct ips_error *err);
typedef bool ips_store_visit(const struct ips_blob *blob, int64_t age_ms, void *arg); /* false stops */
bool ips_store_walk(struct ips_store *store, ips_store_visit *visit, void *arg, struct ips_error *err);
/* The age counts from the last publishing of the content, also of content that was there already:
 * its row may not be written yet. So a collector asks for an age longer than any request, and a
 * younger blob stays: fault IPS_BUSY. */
bool ips_store_remove(struct ips_store *store, const char *digest, int64_t min_age_ms,
    struct ips_error *err);

#endif
