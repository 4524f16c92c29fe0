/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 * 1024)

void
store_close_fd(int *fd)
{
	int saved_errno = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved_errno;
}

bool
store_fail(struct ips_error *err, const char *what)
{
	return ips_fail_system(err, errno, "store: cannot %s", what);
}

static bool
is_digest(const char *text)
{
	size_t len = strspn(text, "0123456789abcdef");

	return len == IPS_SHA256_HEX - 1 && text[len] == '\0';
}

bool
store_blob_path(const char *digest, char path[BLOB_PATH])
{
	if (!is_digest(digest))
		return false;
	snprintf(path, BLOB_PATH, "%.2s/%.64s", digest, digest);
	return true;
}

bool
store_digest_fd(int fd, char hex[IPS_SHA256_HEX], int64_t *size)
{
	struct ips_sha256 *digest = ips_sha256_new();
	char *buffer = g_malloc(READ_BYTES);
	uint8_t raw[IPS_SHA256_LEN];
	int64_t at = 0;
	ssize_t got;

	while ((got = pread(fd, buffer, READ_BYTES, at)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		ips_sha256_add(digest, buffer, (size_t)got);
		at += got;
	}
	ips_sha256_end(digest, raw);
	g_free(buffer);
	if (got < 0)
		return false;
	ips_hex(raw, sizeof(raw), hex);
	*size = at;
	return true;
}

/* ---- Opening ---- */

static int
open_folder(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool
sync_parent(const char *dir, struct ips_error *err)
{
	char *parent = g_path_get_dirname(dir);
	IPS_CLEANUP(store_close_fd) int fd = open_folder(AT_FDCWD, parent);
	bool ok = fd >= 0 && fsync(fd) == 0;

	g_free(parent);
	return ok || store_fail(err, "sync the folder above the store");
}

/* A new folder's name is safe only when the folder above it is synced. */
static bool
make_folders(struct ips_store *store, const char *dir, struct ips_error *err)
{
	bool made = mkdir(dir, 0700) == 0;

	if (!made && errno != EEXIST)
		return store_fail(err, "make the store");
	if (made && !sync_parent(dir, err))
		return false;
	store->dir = open_folder(AT_FDCWD, dir);
	if (store->dir < 0)
		return store_fail(err, "open the store");
	if (mkdirat(store->dir, "tmp", 0700) != 0 && errno != EEXIST)
		return store_fail(err, "make the store's tmp");
	store->tmp = open_folder(store->dir, "tmp");
	return store->tmp >= 0 || store_fail(err, "open the store's tmp");
}

/* Some file systems take O_TMPFILE but no name afterwards, and /proc may be missing: try both. */
static bool
can_be_nameless(const struct ips_store *store)
{
	char name[STAGE_NAME], path[32];
	uint8_t random[16];
	IPS_CLEANUP(store_close_fd)
	int fd = openat(store->tmp, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	ips_random(random, sizeof(random));
	ips_hex(random, sizeof(random), name);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, store->tmp, name, AT_SYMLINK_FOLLOW) != 0)
		return false;
	unlinkat(store->tmp, name, 0);
	return true;
}

bool
ips_store_open(const char *dir, struct ips_store **out, struct ips_error *err)
{
	struct ips_store *store = g_new0(struct ips_store, 1);

	store->dir = store->tmp = -1;
	if (!make_folders(store, dir, err) || !store_clean_tmp(store, err)) {
		ips_store_close(store);
		return false;
	}
	store->nameless = can_be_nameless(store);
	*out = store;
	return true;
}

void
ips_store_close(struct ips_store *store)
{
	if (store == NULL)
		return;
	store_close_fd(&store->tmp);
	store_close_fd(&store->dir);
	g_free(store);
}

void
ips_store_stats(const struct ips_store *store, struct ips_store_stats *out)
{
	*out = (struct ips_store_stats){
		.blobs = store->blobs,
		.bytes = store->bytes,
		.shared = store->shared,
		.syncs = store->syncs,
		.errors = store->errors,
	};
}

/* ---- Reading ---- */

static bool
fail_gone(struct ips_error *err)
{
	return ips_fail(err, IPS_NOT_FOUND, "The stored file is gone.");
}

bool
ips_store_size(struct ips_store *store, const char *digest, int64_t *size, struct ips_error *err)
{
	char path[BLOB_PATH];
	struct stat st;

	if (!store_blob_path(digest, path))
		return fail_gone(err);
	if (fstatat(store->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? fail_gone(err) : store_fail(err, "look at a blob");
	if (!S_ISREG(st.st_mode))
		return ips_fail_internal(err, "store: %s is not a file", path);
	*size = st.st_size;
	return true;
}

bool
ips_store_read(
    struct ips_store *store, const char *digest, int *fd, int64_t *size, struct ips_error *err)
{
	char path[BLOB_PATH];
	struct stat st;

	if (!store_blob_path(digest, path))
		return fail_gone(err);
	/* Nothing but files is ever put here: a FIFO must not hold us up. */
	IPS_CLEANUP(store_close_fd)
	int blob = openat(store->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (blob < 0)
		return errno == ENOENT ? fail_gone(err) : store_fail(err, "open a blob");
	if (fstat(blob, &st) != 0)
		return store_fail(err, "look at a blob");
	if (!S_ISREG(st.st_mode))
		return ips_fail_internal(err, "store: %s is not a file", path);
	*fd = blob;
	*size = st.st_size;
	blob = -1;
	return true;
}

bool
ips_store_verify(struct ips_store *store, const char *digest, int64_t size, struct ips_error *err)
{
	char hex[IPS_SHA256_HEX];
	int64_t found;
	IPS_CLEANUP(store_close_fd) int fd = -1;

	if (!ips_store_read(store, digest, &fd, &found, err))
		return false;
	if (!store_digest_fd(fd, hex, &found))
		return store_fail(err, "read a blob");
	if (found != size)
		return ips_fail_internal(err,
		    "store: blob %s has %" G_GINT64_FORMAT " bytes, not %" G_GINT64_FORMAT, digest,
		    found, size);
	if (strcmp(hex, digest) != 0)
		return ips_fail_internal(err, "store: blob %s has changed", digest);
	return true;
}
