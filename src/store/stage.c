/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- A file to write into ---- */

/* Between making and locking, a cleaner may have taken the file for a crashed one. */
static bool
lock_named(int fd)
{
	struct stat st;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink == 1;
}

static int
open_named(const struct ips_store *store, char name[STAGE_NAME])
{
	uint8_t random[16];

	for (int attempt = 0; attempt < 8; attempt++) {
		ips_random(random, sizeof(random));
		ips_hex(random, sizeof(random), name);
		int fd = openat(
		    store->tmp, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 || lock_named(fd))
			return fd;
		store_close_fd(&fd);
	}
	errno = EAGAIN;
	return -1;
}

bool
ips_stage_open(struct ips_store *store, struct ips_stage **out, struct ips_error *err)
{
	char name[STAGE_NAME] = "";
	int fd = store->nameless ? openat(store->tmp, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
				 : open_named(store, name);

	if (fd < 0) {
		store->errors++;
		return store_fail(err, "make a file");
	}
	struct ips_stage *stage = g_new(struct ips_stage, 1);
	stage->store = store;
	stage->fd = fd;
	memcpy(stage->name, name, sizeof(name));
	*out = stage;
	return true;
}

int
ips_stage_fd(const struct ips_stage *stage)
{
	return stage->fd;
}

void
ips_stage_drop(struct ips_stage *stage)
{
	if (stage == NULL)
		return;
	if (stage->name[0] != '\0')
		unlinkat(stage->store->tmp, stage->name, 0);
	store_close_fd(&stage->fd);
	g_free(stage);
}

/* ---- Publishing ---- */

/* From here on the bytes are what their name says: read-only, dated now, on the disk. */
static bool
seal(struct ips_store *store, int fd, struct ips_error *err)
{
	if (fchmod(fd, 0400) != 0 || futimens(fd, NULL) != 0)
		return store_fail(err, "seal a file");
	store->syncs++;
	return fsync(fd) == 0 || store_fail(err, "sync a file");
}

static uint8_t
shard_of(const char *digest)
{
	char name[SHARD_LEN] = { digest[0], digest[1], '\0' };
	uint8_t index = 0;

	return ips_unhex(name, &index, 1) ? index : 0;
}

/* Somebody else may have made the folder without having synced its name yet: whoever first finds
 * it unsynced waits for the disk himself. */
static bool
ensure_shard(struct ips_store *store, const char *digest, struct ips_error *err)
{
	char name[SHARD_LEN] = { digest[0], digest[1], '\0' };
	uint8_t index;

	if (!ips_unhex(name, &index, 1))
		return ips_fail_internal(err, "store: no folder for %s", digest);
	if (atomic_load(&store->shard_synced[index]))
		return true;
	bool made = mkdirat(store->dir, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return store_fail(err, "make a folder");
	store->syncs++;
	if (fsync(store->dir) != 0) {
		store_fail(err, "sync the store");
		if (made) /* so that the next sync has something to write */
			unlinkat(store->dir, name, AT_REMOVEDIR);
		return false;
	}
	atomic_store(&store->shard_synced[index], true);
	return true;
}

/* The name of a file that has none is the one of its descriptor. */
static int
link_stage(const struct ips_stage *stage, const char *path)
{
	char self[32];

	if (stage->name[0] != '\0')
		return linkat(stage->store->tmp, stage->name, stage->store->dir, path, 0);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", stage->fd);
	return linkat(AT_FDCWD, self, stage->store->dir, path, AT_SYMLINK_FOLLOW);
}

/* Under another name first: the system cannot link over a file. */
bool
store_replace(struct ips_stage *stage, const char *path, struct ips_error *err)
{
	const struct ips_store *store = stage->store;
	uint8_t random[16];
	char self[32];

	if (stage->name[0] == '\0') {
		ips_random(random, sizeof(random));
		ips_hex(random, sizeof(random), stage->name);
		snprintf(self, sizeof(self), "/proc/self/fd/%d", stage->fd);
		if (linkat(AT_FDCWD, self, store->tmp, stage->name, AT_SYMLINK_FOLLOW) != 0) {
			stage->name[0] = '\0';
			return store_fail(err, "name a file");
		}
	}
	if (renameat(store->tmp, stage->name, store->dir, path) != 0)
		return store_fail(err, "name a blob");
	stage->name[0] = '\0';
	return true;
}

/* Whether the file of this name is what its name says, and the disk knows its name. */
static bool
can_adopt(const struct ips_store *store, const struct ips_blob *blob, const char *path)
{
	IPS_CLEANUP(store_close_fd)
	int fd = openat(store->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char digest[IPS_SHA256_HEX];
	struct stat st;
	int64_t size;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == blob->size &&
	       !atomic_load(&store->shard_doubted[shard_of(blob->digest)]) &&
	       store_digest_fd(fd, digest, &size) && strcmp(digest, blob->digest) == 0;
}

/* The content is there already. It counts as published now, so that a collector leaves it alone. A
 * file that has been changed behind us is mended by the way: all that need it want these bytes. */
static bool
adopt(struct ips_stage *stage, const struct ips_blob *blob, const char *path, struct ips_error *err)
{
	struct stat st;

	if (fstatat(stage->store->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return store_fail(err, "look at a blob");
	if (!S_ISREG(st.st_mode))
		return ips_fail_internal(err, "store: %s is not a file", path);
	if (!can_adopt(stage->store, blob, path))
		return store_replace(stage, path, err);
	return utimensat(stage->store->dir, path, NULL, AT_SYMLINK_NOFOLLOW) == 0 ||
	       store_fail(err, "keep a blob");
}

static bool
give_name(
    struct ips_stage *stage, const struct ips_blob *blob, const char *path, struct ips_error *err)
{
	struct ips_store *store = stage->store;
	IPS_CLEANUP(store_close_fd) int lock = store_lock(store, LOCK_SH);

	if (lock < 0)
		return store_fail(err, "lock the store");
	if (link_stage(stage, path) == 0) {
		store->blobs++;
		store->bytes += blob->size;
		return true;
	}
	if (errno != EEXIST)
		return store_fail(err, "name a blob");
	store->shared++;
	return adopt(stage, blob, path, err);
}

/* Also for content that was there: who named it may not have come to this line yet. */
static bool
sync_shard(struct ips_store *store, const char *digest, struct ips_error *err)
{
	char name[SHARD_LEN] = { digest[0], digest[1], '\0' };
	IPS_CLEANUP(store_close_fd)
	int fd = openat(store->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	store->syncs++;
	if (fd >= 0 && fsync(fd) == 0)
		return true;
	store_fail(err, "sync a folder");
	atomic_store(&store->shard_doubted[shard_of(digest)], true);
	return false;
}

static bool
publish(struct ips_stage *stage, struct ips_blob *blob, struct ips_error *err)
{
	struct ips_store *store = stage->store;
	char path[BLOB_PATH];

	if (!store_digest_fd(stage->fd, blob->digest, &blob->size))
		return store_fail(err, "read a file");
	if (!store_blob_path(blob->digest, path))
		return ips_fail_internal(err, "store: no path for %s", blob->digest);
	return seal(store, stage->fd, err) && ensure_shard(store, blob->digest, err) &&
	       give_name(stage, blob, path, err) && sync_shard(store, blob->digest, err);
}

bool
ips_stage_publish(struct ips_stage *stage, struct ips_blob *out, struct ips_error *err)
{
	struct ips_blob blob = { .sealed = false };
	bool ok = publish(stage, &blob, err);

	stage->store->errors += !ok;
	ips_stage_drop(stage);
	if (ok)
		*out = blob;
	return ok;
}
