/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "store_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void
close_dir(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static DIR *
open_dir(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL)
		store_close_fd(&fd);
	return dir;
}

/* ---- Blobs ---- */

int64_t
store_mtime_ms(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

/* Files that are none of ours, and those that vanish meanwhile, are passed over. */
static bool
visit_entry(const struct ips_store *store, const char *shard, const char *name,
    ips_store_visit *visit, void *arg)
{
	struct ips_blob blob = { .sealed = false };
	char path[BLOB_PATH];
	struct stat st;

	if (!store_blob_path(name, path) || strncmp(name, shard, SHARD_LEN - 1) != 0)
		return true;
	if (fstatat(store->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return true;
	memcpy(blob.digest, name, sizeof(blob.digest));
	blob.size = st.st_size;
	return visit(&blob, ips_clock_ms() - store_mtime_ms(&st), arg);
}

static bool
walk_shard(const struct ips_store *store, const char *shard, ips_store_visit *visit, void *arg,
    bool *stopped, struct ips_error *err)
{
	IPS_CLEANUP(close_dir) DIR *dir = open_dir(store->dir, shard);
	const struct dirent *entry;

	if (dir == NULL)
		return errno == ENOENT || store_fail(err, "open a folder");
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
		if (!visit_entry(store, shard, entry->d_name, visit, arg)) {
			*stopped = true;
			return true;
		}
	}
	return errno == 0 || store_fail(err, "read a folder");
}

bool
ips_store_walk(struct ips_store *store, ips_store_visit *visit, void *arg, struct ips_error *err)
{
	char shard[SHARD_LEN];
	bool stopped = false;

	for (unsigned i = 0; i < SHARDS && !stopped; i++) {
		snprintf(shard, sizeof(shard), "%02x", i);
		if (!walk_shard(store, shard, visit, arg, &stopped, err))
			return false;
	}
	return true;
}

/* ---- Left-overs ---- */

static void
clean_entry(const struct ips_store *store, const char *name)
{
	IPS_CLEANUP(store_close_fd)
	int fd = openat(store->tmp, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(store->tmp, name, 0);
}

bool
store_clean_tmp(const struct ips_store *store, struct ips_error *err)
{
	IPS_CLEANUP(close_dir) DIR *dir = open_dir(store->tmp, ".");
	const struct dirent *entry;

	if (dir == NULL)
		return store_fail(err, "open the store's tmp");
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0)
		if (entry->d_name[0] != '.')
			clean_entry(store, entry->d_name);
	return errno == 0 || store_fail(err, "read the store's tmp");
}
