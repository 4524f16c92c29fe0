/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- In ---- */

/* Without blocking, or a named pipe would hold us; only regular files are taken. */
static bool
open_file(const char *file, int *fd, struct ips_error *err)
{
	struct stat st;

	*fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return ips_fail(
		    err, IPS_NOT_FOUND, "The file cannot be opened: %s", g_strerror(errno));
	return S_ISREG(st.st_mode) ||
	       ips_fail(err, IPS_INVALID_PARAMETER, "This is not a regular file");
}

/* Takes the descriptor over. */
static bool
pump(int in, int out, struct ips_error *err)
{
	IPS_CLEANUP(ips_reader_cleanup) struct ips_reader *reader = NULL;

	return ips_reader_open(in, NULL, &reader, err) && ips_reader_copy(reader, out, err);
}

/* The file's name without folders and extension. A name that is not allowed is refused rather than
 * bent: two files could be bent into one name. */
static const char *
name_of(struct ips_arena *mem, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;
	const char *dot = strrchr(base, '.');

	return dot != NULL && dot > base ? ips_arena_strndup(mem, base, (size_t)(dot - base))
					 : base;
}

static bool
check_name(struct ips_service *service, const struct ips_intake *intake, struct ips_error *err)
{
	bool taken;

	if (!ips_name_valid(intake->name))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "An asset's name must have 1 to 255 bytes of UTF-8 without control characters, "
		    "/ \\ , ? & = # %% or outer blanks, not '%s'",
		    intake->name);
	if (!ips_catalog_name_taken(service->catalog, intake->company, intake->name, &taken, err))
		return false;
	return !taken || ips_fail(err, IPS_TAKEN, "Asset ID '%s' is already in use.", intake->name);
}

/* What is checked is the staged copy, so that nobody can change the file after the check. */
static bool
examine(struct ips_service *service, struct ips_arena *mem, int64_t company, int fd,
    struct ips_source *facts, struct ips_error *err)
{
	if (!ips_pool_probe(service->pool, company, fd, mem, facts, err))
		return false;
	if ((int64_t)facts->width * facts->height > service->copy.max_pixels)
		return ips_fail(err, IPS_LIMIT, "%d x %d pixels are more than this server takes",
		    facts->width, facts->height);
	if (facts->format == IPS_FORMAT_SVG && !ips_svg_check(fd, mem, err))
		return false;
	return ips_pool_verify(service->pool, company, fd, facts, err);
}

/* A colour profile begins with its size and says what it is (ICC.1, 7.2). */
static bool
is_profile(struct ips_service *service, int64_t company, int fd, bool *out, struct ips_error *err)
{
	enum { HEADER = 128 };
	char head[HEADER];
	off_t size = lseek(fd, 0, SEEK_END);
	enum ips_space space;

	*out = false;
	if (size < HEADER || size > IPS_MAX_ICC || pread(fd, head, HEADER, 0) != HEADER ||
	    memcmp(head + 36, "acsp", 4) != 0)
		return true;
	if (!ips_pool_profile_space(service->pool, company, fd, out, &space, err))
		return false;
	return *out || ips_fail(err, IPS_BROKEN_IMAGE,
			   "The colour profile is damaged, or of no kind that can be used.");
}

static bool
find_home(struct ips_service *service, struct ips_arena *mem, const struct ips_intake *intake,
    int64_t *folder, struct ips_error *err)
{
	const struct ips_company *company;

	if (intake->folder != NULL && *intake->folder != '\0')
		return ips_catalog_folder_make(
		    service->catalog, intake->company, intake->folder, folder, err);
	if (!ips_catalog_company(service->catalog, mem, intake->company, &company, err))
		return false;
	if (company == NULL)
		return ips_fail(err, IPS_INVALID_COMPANY, "There is no such company");
	*folder = company->root_folder;
	return true;
}

/* What has been examined: a stage, or, if it is to be encrypted, memory and a key. */
struct examined {
	struct ips_stage *stage;
	int fd;
	bool profile; /* a colour profile, no picture */
	const struct open_key *key;
};

/* Ends it, in failure too. */
static bool
keep(struct ips_service *service, struct ips_arena *mem, const struct examined *in,
    const struct ips_source *facts, const struct ips_image **out, struct ips_error *err)
{
	IPS_CLEANUP(ips_reader_cleanup) struct ips_reader *content = NULL;
	struct new_blob made = { .data_key = NULL };

	if (in->key == NULL ? !ips_stage_publish(in->stage, &made.blob, err)
			    : !ips_reader_open(in->fd, NULL, &content, err) ||
				  !ips_blob_write(service, mem, in->key, content, &made, err))
		return false;
	static const struct ips_image profile = { .mime = "application/vnd.iccprofile" };
	*out = ips_image_with(
	    mem, in->profile ? &profile : ips_facts_image(mem, &made.blob, facts), &made);
	return true;
}

static void
drop(const struct examined *in)
{
	int fd = in->fd;

	ips_stage_drop(in->stage);
	if (in->key != NULL)
		ips_close(&fd);
}

static bool
record(struct ips_service *service, struct ips_arena *mem, const struct examined *in,
    const struct ips_intake *intake, const struct ips_source *facts, int64_t *id,
    struct ips_error *err)
{
	struct ips_asset asset = {
		.type = in->profile ? IPS_TYPE_ICC_PROFILE : IPS_TYPE_IMAGE,
		.name = intake->name,
		.file_name = in->profile ? ips_arena_printf(mem, "%s.icc", intake->name)
					 : ips_file_name(mem, intake->name, facts->format),
		.company = intake->company,
		.ready = true,
		.description = intake->description,
	};
	static const struct ips_promise nothing;

	/* A bad picture makes no folder, so this comes after all checks. */
	if (!find_home(service, mem, intake, &asset.folder, err)) {
		drop(in);
		return false;
	}
	if (!keep(service, mem, in, facts, &asset.image, err) ||
	    !ips_asset_record(service, &asset, NULL, intake->user, &nothing, err))
		return false;
	*id = asset.id;
	return true;
}

static bool
take_in(struct ips_service *service, struct ips_arena *mem, struct examined *in,
    const struct ips_intake *intake, const struct ips_asset **out, struct ips_error *err)
{
	struct ips_source facts = { .format = IPS_FORMAT_NONE };
	const struct ips_asset *asset;
	int64_t id;

	if (!check_name(service, intake, err) ||
	    (intake->profiles &&
		!is_profile(service, intake->company, in->fd, &in->profile, err)) ||
	    (!in->profile && !examine(service, mem, intake->company, in->fd, &facts, err))) {
		drop(in);
		return false;
	}
	if (!record(service, mem, in, intake, &facts, &id, err) ||
	    !ips_catalog_asset(service->catalog, mem, intake->company, id, &asset, err))
		return false;
	*out = asset;
	return true;
}

bool
ips_service_take_in(struct ips_service *service, struct ips_arena *mem, struct ips_stage *stage,
    const struct ips_intake *intake, const struct ips_asset **out, struct ips_error *err)
{
	struct examined in = { .stage = stage, .fd = ips_stage_fd(stage) };

	return take_in(service, mem, &in, intake, out, err);
}

static bool
import_plain(struct ips_service *service, struct ips_arena *mem, int file,
    const struct ips_intake *intake, const struct ips_asset **out, struct ips_error *err)
{
	struct ips_stage *stage;

	if (!ips_stage_open(service->store, &stage, err)) {
		ips_close(&file);
		return false;
	}
	if (pump(file, ips_stage_fd(stage), err))
		return ips_service_take_in(service, mem, stage, intake, out, err);
	ips_stage_drop(stage);
	return false;
}

/* What is examined is in memory: it comes to the disk encrypted only. */
static bool
import_encrypted(struct ips_service *service, struct ips_arena *mem, int file, const char *key_id,
    const struct ips_intake *intake, const struct ips_asset **out, struct ips_error *err)
{
	IPS_CLEANUP(ips_key_forget) struct open_key key;
	struct examined in = { .key = &key };

	if (!ips_key_open(service, mem, intake->company, key_id, &key, err)) {
		ips_close(&file);
		return false;
	}
	in.fd = memfd_create("import", MFD_CLOEXEC);
	if (in.fd < 0) {
		ips_close(&file);
		return ips_fail_internal(err, "memfd_create: %s", g_strerror(errno));
	}
	if (pump(file, in.fd, err))
		return take_in(service, mem, &in, intake, out, err);
	drop(&in);
	return false;
}

bool
ips_service_import(struct ips_service *service, struct ips_arena *mem, const char *file,
    const struct ips_import *import, const struct ips_asset **out, struct ips_error *err)
{
	int fd = -1;
	struct ips_intake intake = {
		.name = import->name != NULL ? import->name : name_of(mem, file),
		.user = import->user != NULL ? import->user : "",
		.company = import->company,
		.folder = import->folder,
		.profiles = true,
	};

	if (!check_name(service, &intake, err))
		return false;
	if (!open_file(file, &fd, err)) {
		ips_close(&fd);
		return false;
	}
	return import->cmk_id == NULL
		   ? import_plain(service, mem, fd, &intake, out, err)
		   : import_encrypted(service, mem, fd, import->cmk_id, &intake, out, err);
}

/* ---- Templates ---- */

bool
ips_service_template_add(struct ips_service *service, struct ips_arena *mem,
    const struct ips_import *import, const char *modifier, const struct ips_asset **out,
    struct ips_error *err)
{
	const char *user = import->user != NULL ? import->user : "";
	struct ips_intake intake = { .name = import->name,
		.user = user,
		.company = import->company,
		.folder = import->folder };
	struct ips_asset asset = { .type = IPS_TYPE_TEMPLATE,
		.name = import->name,
		.file_name = import->name,
		.company = import->company,
		.ready = true,
		.url_modifier = modifier };

	if (!check_name(service, &intake, err) ||
	    !ips_modifier_check_kept(service, mem, import->company, modifier, err) ||
	    !find_home(service, mem, &intake, &asset.folder, err) ||
	    !ips_catalog_asset_add(
		service->catalog, &asset, 0, user, &asset.id, &asset.type_seq, err))
		return false;
	return ips_catalog_asset(service->catalog, mem, import->company, asset.id, out, err);
}

/* ---- Out ---- */

/* Asset numbers are unique across companies: whose it is does not matter to who owns the machine.
 */
static bool
find_anywhere(struct ips_service *service, struct ips_arena *mem, int64_t id,
    const struct ips_asset **out, struct ips_error *err)
{
	const struct ips_company *const *company;
	size_t count;

	*out = NULL;
	if (!ips_catalog_companies(service->catalog, mem, &company, &count, err))
		return false;
	for (size_t i = 0; i < count && *out == NULL; i++)
		if (!ips_catalog_asset(service->catalog, mem, company[i]->id, id, out, err))
			return false;
	return true;
}

bool
ips_service_export(
    struct ips_service *service, const char *asset_handle, int out_fd, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	IPS_CLEANUP(ips_reader_cleanup) struct ips_reader *content = NULL;
	const struct ips_asset *asset;
	int64_t id, seq;
	int type;

	if (!ips_handle_parse_asset(asset_handle, &id, &type, &seq))
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "'%s' is not an asset handle", asset_handle);
	if (!find_anywhere(service, mem, id, &asset, err))
		return false;
	if (asset == NULL || (type != 0 && (asset->type != type || asset->type_seq != seq)))
		return ips_fail(err, IPS_NOT_FOUND, "There is no asset '%s'", asset_handle);
	if (asset->image == NULL)
		return ips_fail(err, IPS_INVALID_PARAMETER, "'%s' has no file", asset_handle);
	return ips_blob_reader(service, &asset->image->blob, &content, err) &&
	       ips_reader_copy(content, out_fd, err);
}
