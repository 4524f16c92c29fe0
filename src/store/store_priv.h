/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the files of this module share: the folders and the paths in them.
 *
 *   <store>/ab/ab34…   a blob, named by its digest, in a folder named by the digest's start
 *   <store>/tmp/       work in progress; what a crash leaves there is removed at open */
#ifndef OPENIPS_STORE_PRIV_H
#define OPENIPS_STORE_PRIV_H

#include "openips/store.h"

#include <stdatomic.h>
#include <sys/stat.h>

#define SHARDS     256
#define SHARD_LEN  3  /* "ab" */
#define BLOB_PATH  68 /* "ab/" and the digest */
#define STAGE_NAME 33 /* 16 random bytes in hex */

struct ips_store {
	int dir, tmp;
	/* The file system can write files without a name. False also in tests of the other way. */
	bool nameless;
	/* The shard's folder is known to survive a power cut. */
	atomic_bool shard_synced[SHARDS];
	_Atomic int64_t blobs, bytes, shared, syncs, errors; /* see struct ips_store_stats */
	/* A sync of the shard's folder has failed: the system may have forgotten what it did not
	 * write, so that the next sync proves nothing about names that are there already. */
	atomic_bool shard_doubted[SHARDS];
};

struct ips_stage {
	struct ips_store *store;
	int fd;
	char name[STAGE_NAME]; /* in tmp; "" for a file without a name */
};

/* Digests come from outside this module: no other text ever becomes a path. */
bool store_blob_path(const char *digest, char path[BLOB_PATH]);

/* LOCK_SH or LOCK_EX. Returns the descriptor to close, -1 on error. */
int store_lock(const struct ips_store *store, int operation);

/* Names the stage's file, in place of another of this name if there is one. */
bool store_replace(struct ips_stage *stage, const char *path, struct ips_error *err);

/* Removes what crashed stages left in tmp; live ones are locked. */
bool store_clean_tmp(const struct ips_store *store, struct ips_error *err);

/* Read until the end; false sets errno. */
bool store_digest_fd(int fd, char hex[IPS_SHA256_HEX], int64_t *size);

int64_t store_mtime_ms(const struct stat *st);

void store_close_fd(int *fd); /* for IPS_CLEANUP; keeps errno */

/* `what` is a phrase for our log: "open a blob". */
bool store_fail(struct ips_error *err, const char *what);

#endif
