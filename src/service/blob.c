/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Blobs as the use cases see them: content, whether its file is encrypted or not. */
#include "service_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Content of encrypted files that one render may hold in memory, for each picture. */
#define MAX_OPENED (INT64_C(1) << 30)

void
ips_reader_cleanup(struct ips_reader **reader)
{
	ips_reader_close(*reader);
	*reader = NULL;
}

static bool
lost(const struct ips_blob *blob, const char *how, struct ips_error *err)
{
	ips_fail(err, IPS_EXCEPTION, "The picture's original is damaged or missing");
	if (err != NULL)
		g_snprintf(err->detail, sizeof(err->detail), "blob %s: %s", blob->digest, how);
	return false;
}

/* The file itself. fd NULL: only whether it is there. */
static bool
find_file(struct ips_service *service, const struct ips_blob *blob, int *fd, struct ips_error *err)
{
	struct ips_error why = { .fault = IPS_OK };
	int64_t size;
	bool there = fd != NULL ? ips_store_read(service->store, blob->digest, fd, &size, &why)
				: ips_store_size(service->store, blob->digest, &size, &why);

	if (there && size == ips_blob_file_size(blob))
		return true;
	if (there && fd != NULL)
		ips_close(fd);
	if (there || why.fault == IPS_NOT_FOUND)
		return lost(blob, there ? "wrong size" : "missing", err);
	if (err != NULL)
		*err = why;
	return false;
}

bool
ips_blob_reader(struct ips_service *service, const struct ips_blob *blob, struct ips_reader **out,
    struct ips_error *err)
{
	uint8_t key[IPS_KEY_LEN];
	int fd;

	if (blob->sealed && !ips_data_key_open(service, blob, key, err))
		return false;
	bool good = find_file(service, blob, &fd, err) &&
		    ips_reader_open(fd, blob->sealed ? key : NULL, out, err);
	ips_wipe(key, sizeof(key));
	return good;
}

/* A seekable descriptor, because loaders go back and forth in a file and libvips would hold all of
 * a pipe in memory, too. */
static bool
open_into_memory(
    struct ips_service *service, const struct ips_blob *blob, int *out, struct ips_error *err)
{
	IPS_CLEANUP(ips_reader_cleanup) struct ips_reader *reader = NULL;
	IPS_CLEANUP(ips_close) int fd = -1;
	struct ips_error why = { .fault = IPS_OK };

	if (blob->size > MAX_OPENED)
		return ips_fail(err, IPS_LIMIT,
		    "An encrypted picture of more than %" G_GINT64_FORMAT
		    " bytes can only be copied",
		    MAX_OPENED);
	if (!ips_blob_reader(service, blob, &reader, err))
		return false;
	fd = memfd_create("content", MFD_CLOEXEC);
	if (fd < 0)
		return ips_fail_internal(err, "memfd_create: %s", g_strerror(errno));
	if (!ips_reader_copy(reader, fd, &why))
		return lost(blob, why.detail, err);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return ips_fail_internal(err, "memfd: %s", g_strerror(errno));
	*out = fd;
	fd = -1;
	return true;
}

bool
ips_service_blob(
    struct ips_service *service, const struct ips_blob *blob, int *fd, struct ips_error *err)
{
	return blob->sealed && fd != NULL ? open_into_memory(service, blob, fd, err)
					  : find_file(service, blob, fd, err);
}

/* ---- Rows ---- */

/* A source that is not in the trash when the row comes to be needs its blob as well. */
static bool
shares_file(const struct ips_asset *asset, const struct ips_asset *source)
{
	return source != NULL && source->image != NULL &&
	       strcmp(asset->image->blob.digest, source->image->blob.digest) == 0;
}

static bool
is_still_there(struct ips_service *service, const struct ips_blob *blob, struct ips_error *err)
{
	int64_t size;

	if (ips_store_size(service->store, blob->digest, &size, err))
		return true;
	if (err != NULL && err->fault == IPS_NOT_FOUND)
		ips_fail(err, IPS_BUSY, "The stored file was removed meanwhile: try again.");
	return false;
}

bool
ips_asset_record(struct ips_service *service, struct ips_asset *asset,
    const struct ips_asset *source, const char *user, const struct ips_promise *promise,
    struct ips_error *err)
{
	IPS_CLEANUP(ips_close) int hold = -1;

	if (asset->image != NULL && !shares_file(asset, source) &&
	    (!ips_store_hold(service->store, &hold, err) ||
		!is_still_there(service, &asset->image->blob, err)))
		return false;
	return ips_catalog_asset_add_promised(service->catalog, asset,
	    source != NULL ? source->id : 0, user, promise, &asset->id, &asset->type_seq, err);
}

/* ---- Writing ---- */

static bool
write_sealed(struct ips_stage *stage, struct ips_reader *content, const struct open_key *key,
    struct ips_blob *blob, struct ips_data_key *wrapped, struct ips_error *err)
{
	uint8_t data_key[IPS_KEY_LEN];

	ips_random(data_key, sizeof(data_key));
	bool good = ips_stage_seal(stage, content, data_key, err);
	if (!good)
		ips_stage_drop(stage);
	good = good && ips_stage_publish(stage, blob, err);
	if (good)
		ips_data_key_wrap(key, data_key, blob->digest, wrapped);
	ips_wipe(data_key, sizeof(data_key));
	return good;
}

static bool
write_plain(struct ips_stage *stage, struct ips_reader *content, struct ips_blob *blob,
    struct ips_error *err)
{
	if (ips_reader_copy(content, ips_stage_fd(stage), err))
		return ips_stage_publish(stage, blob, err);
	ips_stage_drop(stage);
	return false;
}

bool
ips_blob_write(struct ips_service *service, struct ips_arena *mem, const struct open_key *key,
    struct ips_reader *content, struct new_blob *out, struct ips_error *err)
{
	struct new_blob made = { .data_key = NULL };
	struct ips_data_key *wrapped = IPS_NEW(mem, struct ips_data_key);
	struct ips_stage *stage;

	ips_catalog_view_end(service->catalog); /* writing takes long */
	if (!ips_stage_open(service->store, &stage, err))
		return false;
	if (key == NULL ? !write_plain(stage, content, &made.blob, err)
			: !write_sealed(stage, content, key, &made.blob, wrapped, err))
		return false;
	if (key != NULL)
		made.data_key = wrapped;
	made.blob.size = ips_reader_size(content);
	made.blob.sealed = key != NULL;
	*out = made;
	return true;
}

const struct ips_image *
ips_image_with(struct ips_arena *mem, const struct ips_image *like, const struct new_blob *blob)
{
	struct ips_image *image = IPS_NEW(mem, struct ips_image);

	*image = *like;
	image->blob = blob->blob;
	image->data_key = blob->data_key;
	image->key = blob->data_key != NULL ? blob->data_key->key->id : NULL;
	return image;
}
