/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The whole data into another directory. The catalog is copied first and the blobs that this copy
 * names after it, while nobody collects; it takes the name of a catalog when they are all on the
 * disk. So the directory is at any time what it was, or what it was to become. */
#include "service_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct backup {
	struct ips_service *service;
	const char *dir;
	char *file, *part; /* the catalog there, and while it is not whole */
	struct ips_store *to;
	struct ips_catalog *catalog; /* the copy */
	ips_check_finding *finding;
	void *arg;
	struct ips_backup done;
	char last[IPS_SHA256_HEX];
	bool failed;
	struct ips_error err;
};

/* What an earlier attempt left, or somebody who looked into the copy. */
static void
remove_catalog(const char *file)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < IPS_NELEM(ends); i++) {
		g_autofree char *name = g_strconcat(file, ends[i], NULL);

		unlink(name);
	}
}

static void
report_lost(struct backup *b, const struct ips_blob *blob, int64_t asset)
{
	g_autofree char *text = g_strdup_printf(
	    "asset %" G_GINT64_FORMAT ": blob %s: %s", asset, blob->digest, b->err.reason);

	b->done.sound = false;
	if (b->finding != NULL)
		b->finding(text, b->arg);
}

/* They come sorted by digest. What is lost here does not keep the rest from being saved. */
static bool
take_blob(const struct ips_blob *blob, int64_t asset, void *arg)
{
	struct backup *b = arg;
	bool taken = false;

	b->done.assets++;
	if (strcmp(b->last, blob->digest) == 0)
		return true;
	memcpy(b->last, blob->digest, sizeof(b->last));
	b->done.blobs++;
	if (ips_store_take(b->to, b->service->store, blob, &taken, &b->err)) {
		b->done.taken += taken;
		b->done.bytes += taken ? ips_blob_file_size(blob) : 0;
	} else if (b->err.fault == IPS_NOT_FOUND || b->err.fault == IPS_BROKEN_IMAGE) {
		report_lost(b, blob, asset);
	} else {
		b->failed = true;
	}
	return !b->failed;
}

static bool
why_failed(const struct backup *b, struct ips_error *err)
{
	if (b->failed && err != NULL)
		*err = b->err;
	return !b->failed;
}

static bool
take_all(struct backup *b, struct ips_error *err)
{
	bool good = ips_catalog_open(b->part, &b->catalog, err) &&
		    ips_catalog_blobs(b->catalog, take_blob, b, err) && why_failed(b, err);

	ips_catalog_close(b->catalog); /* folds its log, if it got one */
	b->catalog = NULL;
	return good && ips_store_sync(b->to, err);
}

/* A log beside the old catalog would be taken for the new one's: opening and closing folds it. */
static void
settle_old(struct backup *b)
{
	struct ips_catalog *old;
	struct ips_error why;

	if (ips_catalog_open(b->file, &old, &why))
		ips_catalog_close(old);
}

static bool
give_name(struct backup *b, struct ips_error *err)
{
	IPS_CLEANUP(ips_close) int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	IPS_CLEANUP(ips_close) int part = open(b->part, O_RDONLY | O_CLOEXEC);
	g_autofree char *log = g_strconcat(b->file, "-wal", NULL);

	settle_old(b);
	if (dir < 0 || part < 0 || fsync(part) != 0 || (unlink(log) != 0 && errno != ENOENT) ||
	    rename(b->part, b->file) != 0 || fsync(dir) != 0)
		return ips_fail_system(err, errno, "backup: naming the catalog");
	return true;
}

/* ---- What the older backup had and this one does not need ---- */

static bool
is_needed(const char *digest, void *arg, bool *out, struct ips_error *err)
{
	struct backup *b = arg;

	return ips_catalog_blob_needed(b->catalog, digest, out, err);
}

static bool
remove_blob(const struct ips_blob *blob, int64_t age_ms, void *arg)
{
	struct backup *b = arg;
	bool removed = false;

	(void)age_ms;
	b->failed =
	    !ips_store_collect(b->to, blob->digest, INT64_MIN, is_needed, b, &removed, &b->err);
	b->done.removed += removed;
	return !b->failed;
}

static bool
prune(struct backup *b, struct ips_error *err)
{
	bool good = ips_catalog_open(b->file, &b->catalog, err) &&
		    ips_store_walk(b->to, remove_blob, b, err) && why_failed(b, err);

	ips_catalog_close(b->catalog);
	b->catalog = NULL;
	return good;
}

static bool
run(struct backup *b, struct ips_error *err)
{
	IPS_CLEANUP(ips_close) int alone = -1;

	remove_catalog(b->part);
	return ips_store_upkeep(b->service->store, &alone, err) &&
	       ips_catalog_backup(b->service->catalog, b->part, err) && take_all(b, err) &&
	       give_name(b, err) && prune(b, err);
}

bool
ips_service_backup(struct ips_service *service, const char *dir, ips_check_finding *finding,
    void *arg, struct ips_backup *out, struct ips_error *err)
{
	g_autofree char *file = g_build_filename(dir, "catalog.db", NULL);
	g_autofree char *part = g_strconcat(file, ".part", NULL);
	g_autofree char *store = g_build_filename(dir, "store", NULL);
	struct backup b = {
		.service = service,
		.dir = dir,
		.file = file,
		.part = part,
		.finding = finding,
		.arg = arg,
		.done = { .sound = true },
	};

	if (!ips_store_open(store, &b.to, err))
		return false;
	bool good = run(&b, err);
	ips_store_close(b.to);
	if (!good) {
		remove_catalog(part);
		return false;
	}
	*out = b.done;
	return true;
}
