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
	char digest[IPS_SHA256_HEX]; /* of the file's bytes; the blob's name */
	int64_t size;                /* bytes of the content */
	bool sealed;                 /* the file holds it encrypted, and is longer */
};
int64_t ips_blob_file_size(const struct ips_blob *blob);

/* dir is made if it is missing (mode 0700). */
bool ips_store_open(const char *dir, struct ips_store **out, struct ips_error *err) IPS_MUST_USE;
void ips_store_close(struct ips_store *store);

struct ips_store_stats {
	int64_t blobs, bytes; /* published, those that were there already left out */
	int64_t shared;       /* published, and there already */
	int64_t syncs, errors;
};
void ips_store_stats(const struct ips_store *store, struct ips_store_stats *out);

/* A nameless file to write into. Publishing or dropping ends it; a crash leaves nothing. */
struct ips_stage;
bool ips_stage_open(struct ips_store *store, struct ips_stage **out, struct ips_error *err) IPS_MUST_USE;
int ips_stage_fd(const struct ips_stage *stage);
void ips_stage_drop(struct ips_stage *stage); /* NULL is fine */
/* Digest, sync, name, sync the folder. out->size is the file's. The stage is gone afterwards, in failure too. Publishing what
 * the store already has is success. */
bool ips_stage_publish(struct ips_stage *stage, struct ips_blob *out, struct ips_error *err) IPS_MUST_USE;

/* ---- Content, encrypted or not, a piece at a time ---- */

struct ips_reader; /* one thread at a time */
/* Takes fd over, in failure too. key NULL: the file is the content; otherwise it is sealed under that
 * key, and IPS_INTERNAL says that it is not. */
bool ips_reader_open(int fd, const uint8_t *key, struct ips_reader **out, struct ips_error *err) IPS_MUST_USE;
void ips_reader_close(struct ips_reader *reader); /* NULL is fine */
int64_t ips_reader_size(const struct ips_reader *reader); /* of the content */
/* Copying and sealing say here how many bytes of the content are done; others may look meanwhile. */
void ips_reader_watch(struct ips_reader *reader, _Atomic int64_t *done);
/* Fewer than len bytes only at the end. No byte of a chunk is given out before the chunk is proven. */
bool ips_reader_read(struct ips_reader *reader, int64_t at, void *out, size_t len, size_t *got,
    struct ips_error *err) IPS_MUST_USE;
/* All of it, from the descriptor's position on. */
bool ips_reader_copy(struct ips_reader *reader, int out_fd, struct ips_error *err) IPS_MUST_USE;
/* Fills an empty stage with the content, sealed under a key that has never sealed anything. */
bool ips_stage_seal(struct ips_stage *stage, struct ips_reader *reader,
    const uint8_t key[IPS_KEY_LEN], struct ips_error *err) IPS_MUST_USE;

/* ---- Blobs by name ---- */

/* Read-only descriptor, the caller closes it. Fault IPS_NOT_FOUND if the blob is gone. Its bytes are not
 * proven, which would cost more than the request: a file altered in place is found by ips_store_verify, or
 * by whoever cannot read it; what is sealed is proven as it is read. Publishing the same bytes again mends it. */
bool ips_store_read(struct ips_store *store, const char *digest, int *fd, int64_t *size,
    struct ips_error *err) IPS_MUST_USE;

/* Its size without opening it. Fault as above. */
bool ips_store_size(struct ips_store *store, const char *digest, int64_t *size,
    struct ips_error *err) IPS_MUST_USE;

/* For `openips check` and garbage collection. verify reads every byte. */
bool ips_store_verify(struct ips_store *store, const char *digest, int64_t size, struct ips_error *err);
typedef bool ips_store_visit(const struct ips_blob *blob, int64_t age_ms, void *arg); /* false stops */
bool ips_store_walk(struct ips_store *store, ips_store_visit *visit, void *arg, struct ips_error *err);
/* From before a look at a blob until the row that needs it is there: while somebody holds it, nothing is
 * collected. close(*fd) ends it. Not for long, and not while publishing. */
bool ips_store_hold(struct ips_store *store, int *fd, struct ips_error *err) IPS_MUST_USE;
/* Collecting and backing up: one at a time, among all processes; waits. close(*fd) ends it. */
bool ips_store_upkeep(struct ips_store *store, int *fd, struct ips_error *err) IPS_MUST_USE;

/* The age counts from the last publishing of the content, also of content that was there already:
 * its row may not be written yet. A younger blob stays: fault IPS_BUSY. */
bool ips_store_remove(struct ips_store *store, const char *digest, int64_t min_age_ms,
    struct ips_error *err);
/* The same for one that is not needed at a moment when nobody holds the store: what is needed, young or
 * gone is success with *removed false. Clocks may jump: the age saves work, the hold is what counts. */
typedef bool ips_store_needed(const char *digest, void *arg, bool *out, struct ips_error *err);
bool ips_store_collect(struct ips_store *store, const char *digest, int64_t min_age_ms,
    ips_store_needed *needed, void *arg, bool *removed, struct ips_error *err) IPS_MUST_USE;

/* ---- From store to store ---- */

/* Takes a blob over: shares its bytes where the file system can (by cloning or linking), else copies and
 * proves them. It is safe only after ips_store_sync. *taken false: it was there. Faults IPS_NOT_FOUND;
 * IPS_BROKEN_IMAGE: it is not what its name says. */
bool ips_store_take(struct ips_store *to, struct ips_store *from, const struct ips_blob *blob,
    bool *taken, struct ips_error *err) IPS_MUST_USE;
bool ips_store_sync(struct ips_store *store, struct ips_error *err) IPS_MUST_USE;

#endif
