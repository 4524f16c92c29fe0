/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Blobs from one store to another: for backups. */
#include "store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_there(struct ips_store *store, const struct ips_blob *blob)
{
	struct ips_error why;
	int64_t size;

	return ips_store_size(store, blob->digest, &size, &why) && size == ips_blob_file_size(blob);
}

static bool
make_shard(struct ips_store *store, const char *digest, struct ips_error *err)
{
	char name[SHARD_LEN] = { digest[0], digest[1], '\0' };

	return mkdirat(store->dir, name, 0700) == 0 || errno == EEXIST ||
	       store_fail(err, "make a folder");
}

/* Takes over what has the size of the blob, but not its bytes, too. */
static bool
name_it(struct ips_stage *stage, const char *path, struct ips_error *err)
{
	if (fchmod(ips_stage_fd(stage), 0400) != 0)
		return store_fail(err, "seal a file");
	return store_replace(stage, path, err);
}

static bool
copy_bytes(int from, int to, const struct ips_blob *blob, struct ips_error *err)
{
	char digest[IPS_SHA256_HEX];
	int64_t size;
	struct ips_reader *reader;
	int fd = dup(from);

	if (fd < 0)
		return store_fail(err, "open a blob");
	if (!ips_reader_open(fd, NULL, &reader, err))
		return false;
	bool good = ips_reader_copy(reader, to, err);
	ips_reader_close(reader);
	if (!good)
		return false;
	if (!store_digest_fd(to, digest, &size))
		return store_fail(err, "read a file");
	return strcmp(digest, blob->digest) == 0 ||
	       ips_fail(err, IPS_BROKEN_IMAGE, "The stored file has changed.");
}

/* A clone has blocks of its own as soon as either changes; a link is the same file, which nobody
 * ever writes to. */
static bool
take_bytes(struct ips_store *to, struct ips_store *from, int fd, const struct ips_blob *blob,
    const char *path, struct ips_error *err)
{
	struct ips_stage *stage;

	if (!ips_stage_open(to, &stage, err))
		return false;
	bool cloned = ioctl(ips_stage_fd(stage), FICLONE, fd) == 0;
	bool linked = !cloned && linkat(from->dir, path, to->dir, path, 0) == 0;
	bool good = linked || ((cloned || copy_bytes(fd, ips_stage_fd(stage), blob, err)) &&
				  name_it(stage, path, err));
	ips_stage_drop(stage);
	return good;
}

bool
ips_store_take(struct ips_store *to, struct ips_store *from, const struct ips_blob *blob,
    bool *taken, struct ips_error *err)
{
	IPS_CLEANUP(store_close_fd) int fd = -1;
	char path[BLOB_PATH];
	int64_t size;

	if (is_there(to, blob)) {
		*taken = false;
		return true;
	}
	if (!ips_store_read(from, blob->digest, &fd, &size, err))
		return false;
	if (size != ips_blob_file_size(blob) || !store_blob_path(blob->digest, path))
		return ips_fail(err, IPS_BROKEN_IMAGE, "The stored file has the wrong size.");
	if (!make_shard(to, blob->digest, err))
		return false;
	if (unlinkat(to->dir, path, 0) != 0 && errno != ENOENT) /* it had another size */
		return store_fail(err, "remove a damaged file");
	if (!take_bytes(to, from, fd, blob, path, err))
		return false;
	*taken = true;
	return true;
}

bool
ips_store_sync(struct ips_store *store, struct ips_error *err)
{
	return syncfs(store->dir) == 0 || store_fail(err, "sync the store");
}
