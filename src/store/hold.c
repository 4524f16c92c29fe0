/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Who keeps whom from doing what, among threads and processes. Publishers and those who record a
 * blob share the store's lock; who removes blobs has it alone. Everybody passes the gate first,
 * because the system lets sharers in for ever while one waits to be alone. */
#include "store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new description each time: threads that share one would share the lock. */
static int
lock_folder(int parent, const char *name, int operation)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, operation) != 0) {
		if (errno == EINTR)
			continue;
		store_close_fd(&fd);
	}
	return fd;
}

int
store_lock(const struct ips_store *store, int operation)
{
	IPS_CLEANUP(store_close_fd) int gate = lock_folder(store->tmp, ".", operation);

	return gate < 0 ? -1 : lock_folder(store->dir, ".", operation);
}

bool
ips_store_hold(struct ips_store *store, int *fd, struct ips_error *err)
{
	int lock = store_lock(store, LOCK_SH);

	if (lock < 0)
		return store_fail(err, "lock the store");
	*fd = lock;
	return true;
}

/* The lock of the folder above: long, and nobody else's. */
bool
ips_store_upkeep(struct ips_store *store, int *fd, struct ips_error *err)
{
	int lock = lock_folder(store->dir, "..", LOCK_EX);

	if (lock < 0)
		return store_fail(err, "lock the folder above the store");
	*fd = lock;
	return true;
}

/* ---- Removing ---- */

static bool
fail_gone(struct ips_error *err)
{
	return ips_fail(err, IPS_NOT_FOUND, "The stored file is gone.");
}

/* Without a sync: what a power cut brings back is garbage once more. */
static bool
remove_blob(struct ips_store *store, const char *digest, int64_t min_age_ms, struct ips_error *err)
{
	char path[BLOB_PATH];
	struct stat st;

	if (!store_blob_path(digest, path))
		return fail_gone(err);
	if (fstatat(store->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? fail_gone(err) : store_fail(err, "look at a blob");
	if (ips_clock_ms() - store_mtime_ms(&st) < min_age_ms)
		return ips_fail(err, IPS_BUSY, "The stored file was published a moment ago.");
	if (unlinkat(store->dir, path, 0) != 0)
		return errno == ENOENT ? fail_gone(err) : store_fail(err, "remove a blob");
	return true;
}

bool
ips_store_remove(
    struct ips_store *store, const char *digest, int64_t min_age_ms, struct ips_error *err)
{
	IPS_CLEANUP(store_close_fd) int lock = store_lock(store, LOCK_EX);

	if (lock < 0)
		return store_fail(err, "lock the store");
	return remove_blob(store, digest, min_age_ms, err);
}

bool
ips_store_collect(struct ips_store *store, const char *digest, int64_t min_age_ms,
    ips_store_needed *needed, void *arg, bool *removed, struct ips_error *err)
{
	IPS_CLEANUP(store_close_fd) int lock = store_lock(store, LOCK_EX);
	struct ips_error why = { .fault = IPS_OK };
	bool is_needed;

	if (lock < 0)
		return store_fail(err, "lock the store");
	if (!needed(digest, arg, &is_needed, err))
		return false;
	*removed = !is_needed && remove_blob(store, digest, min_age_ms, &why);
	if (is_needed || *removed || why.fault == IPS_BUSY || why.fault == IPS_NOT_FOUND)
		return true;
	if (err != NULL)
		*err = why;
	return false;
}
