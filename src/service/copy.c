/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "copy.h"

#include <errno.h>
#include <string.h>

/* copyImage: a new asset out of an existing one. The checks come in the order that DESIGN promises,
 * cheap ones first, so that a refused copy costs no pixel. */

static void
forget_key(struct copy_work *w)
{
	ips_key_forget(&w->key);
}

/* NULL: somebody waits for the answer. */
static const struct ips_job *
job_of(const struct copy_work *w)
{
	return w->target != NULL ? w->target->job : NULL;
}

static bool
permitted(struct copy_work *w, int64_t folder, enum ips_permission permission, bool *out,
    struct ips_error *err)
{
	struct ips_viewer viewer = { .user = w->call->user->id };

	return ips_catalog_may(w->service->catalog, viewer, folder, permission, out, err);
}

static bool
refuse(enum ips_permission permission, const char *what, const char *handle, struct ips_error *err)
{
	return ips_fail(err, IPS_MISSING_PERMISSION, "User lacks the %s permission for %s '%s'",
	    ips_permission_name[permission], what, handle);
}

/* A portal user hears the same of an asset that he may not read and of one that does not exist. */
static bool
find_source(struct copy_work *w, struct ips_error *err)
{
	const char *handle = w->copy->asset_handle;
	const struct ips_asset *asset = NULL;
	int64_t id, seq;
	int type;
	bool found, readable = true;

	if (!ips_handle_parse_asset(handle, &id, &type, &seq))
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "assetHandle: '%s' is not an asset handle", handle);
	if (!ips_catalog_asset(
		w->service->catalog, w->call->mem, w->call->company->id, id, &asset, err))
		return false;
	found = asset != NULL && asset->trash == IPS_TRASH_NOT &&
		(type == 0 || (asset->type == type && asset->type_seq == seq));
	if (w->by_groups && asset != NULL &&
	    !permitted(w, asset->folder, IPS_PERMISSION_READ, &readable, err))
		return false;
	if (w->by_groups && (asset == NULL || !readable))
		return refuse(IPS_PERMISSION_READ, "asset", handle, err);
	if (!found)
		return ips_fail(err, IPS_NOT_FOUND, "assetHandle: there is no asset '%s'", handle);
	if (asset->type != IPS_TYPE_IMAGE || asset->image == NULL)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "assetHandle: '%s' is not an image: only images can be copied", handle);
	w->source = asset;
	return true;
}

static bool
check_target(struct copy_work *w, const char *handle, struct ips_error *err)
{
	static const enum ips_permission needed[] = { IPS_PERMISSION_READ, IPS_PERMISSION_WRITE };

	for (size_t i = 0; i < IPS_NELEM(needed); i++) {
		bool allowed = false;

		if (w->folder != NULL && !permitted(w, w->folder->id, needed[i], &allowed, err))
			return false;
		if (!allowed)
			return refuse(needed[i], "folder", handle, err);
	}
	return true;
}

static bool
find_target(struct copy_work *w, struct ips_error *err)
{
	const char *handle = w->copy->folder_handle;
	const char *path;

	if (!ips_handle_parse_folder(handle, &path))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "folderHandle: '%s' is not a folder handle", handle);
	if (!ips_catalog_folder(
		w->service->catalog, w->call->mem, w->call->company->id, path, &w->folder, err))
		return false;
	if (w->by_groups)
		return check_target(w, handle, err);
	return w->folder != NULL ||
	       ips_fail(err, IPS_NOT_FOUND, "folderHandle: there is no folder '%s'", handle);
}

static bool
check_name(struct copy_work *w, struct ips_error *err)
{
	const char *name = w->copy->name;
	bool taken;

	if (job_of(w) != NULL) /* its face has rules of its own, and the name may repeat */
		return true;
	if (!ips_name_valid(name))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "name must have 1 to 255 bytes of UTF-8 without control characters, / \\ , ? "
		    "& = # %% or outer blanks, not '%s'",
		    name);
	if (!ips_catalog_name_taken(w->service->catalog, w->call->company->id, name, &taken, err))
		return false;
	return !taken || ips_fail(err, IPS_TAKEN, "Asset ID '%s' is already in use.", name);
}

/* Attributes of the company bear upon commands only, so that a copy without any does not ask. */
static bool
find_profile(struct copy_work *w, struct ips_plan_profile *profile, struct ips_error *err)
{
	const struct ips_attributes *attributes;

	*profile = w->service->copy;
	if (w->request.modifier->empty)
		return true;
	if (!ips_service_attributes(
		w->service, w->call->mem, w->call->company->id, &attributes, err))
		return false;
	ips_attributes_apply(attributes, profile);
	return true;
}

/* What the modifier names is read as the source is, and hidden in the same way. */
static bool
find_named(void *arg, const char *name, const struct ips_asset **out, struct ips_error *err)
{
	struct copy_work *w = arg;
	const struct ips_asset *asset = NULL;
	bool readable = true;

	if (ips_name_valid(name) && !ips_catalog_asset_named(w->service->catalog, w->call->mem,
					w->call->company->id, name, &asset, err))
		return false;
	if (w->by_groups && asset != NULL &&
	    !permitted(w, asset->folder, IPS_PERMISSION_READ, &readable, err))
		return false;
	if (w->by_groups && (asset == NULL || !readable))
		return refuse(IPS_PERMISSION_READ, "asset", name, err);
	if (asset == NULL || asset->trash != IPS_TRASH_NOT)
		return ips_fail(err, IPS_NOT_FOUND, "there is no image '%s'", name);
	*out = asset;
	return true;
}

/* catalog::Modifier and PostModifier of the source are not applied: the copy takes them over, so
 * that they would count twice. */
static bool
make_plan(struct copy_work *w, struct ips_error *err)
{
	struct ips_arena *mem = w->call->mem;
	struct ips_plan_profile profile;
	struct ips_looking looking = { w->service, mem, w->call->company, find_named, w, w->source,
		NULL, NULL };

	if (!ips_request_resolve(&looking, w->source, w->copy->url_modifier, &w->request, err) ||
	    !find_profile(w, &profile, err) ||
	    !ips_plan_make(
		mem, w->request.modifier, &w->request.pictures.objects, &profile, &w->plan, err))
		return false;
	w->shown = w->request.pictures.asset[0];
	return true;
}

/* ---- Encryption ---- */

/* Of the first picture that shows in the copy and is encrypted; NULL: none is. */
static const char *
key_of_pictures(const struct copy_work *w)
{
	const struct ips_pictures *pictures = &w->request.pictures;
	int shown = ips_plan_is_identity(w->plan) ? 1 : pictures->files;

	for (int i = 0; i < shown; i++)
		if (pictures->asset[i] != NULL && pictures->asset[i]->image->key != NULL)
			return pictures->asset[i]->image->key;
	return NULL;
}

/* Whether the source can be opened at all is said before any pixel is computed. */
static bool
check_source_key(struct copy_work *w, const char *id, struct ips_error *err)
{
	IPS_CLEANUP(ips_key_forget) struct open_key key;

	return ips_source_key_open(w->service, w->call->mem, w->call->company->id, id, &key, err);
}

static bool
find_target_key(struct copy_work *w, const char *of_pictures, struct ips_error *err)
{
	const char *id = w->target->cmk_id, *of_source = w->source->image->key;

	w->encrypted = id != NULL && *id != '\0';
	if (w->encrypted &&
	    !ips_key_open(w->service, w->call->mem, w->call->company->id, id, &w->key, err))
		return false;
	if (of_pictures != NULL && !check_source_key(w, of_pictures, err))
		return false;
	if (w->encrypted && of_source != NULL && strcmp(of_source, id) == 0)
		return ips_fail(err, IPS_SAME_KEY,
		    "cmk_id: the picture is encrypted with the key '%s' already", id);
	return true;
}

static bool
find_key(struct copy_work *w, struct ips_error *err)
{
	const char *of_pictures = key_of_pictures(w);

	if (w->target != NULL)
		return find_target_key(w, of_pictures, err);
	w->encrypted = of_pictures != NULL;
	return !w->encrypted || ips_source_key_open(w->service, w->call->mem, w->call->company->id,
				    of_pictures, &w->key, err);
}

/* In pixels of the copy. A map that cannot be carried along is none. */
static const char *
carried_map(struct copy_work *w)
{
	struct ips_areas areas;

	if (ips_plan_is_identity(w->plan))
		return w->source->map;
	if (!ips_plan_areas(w->call->mem, w->request.modifier, w->plan,
		ips_pictures_maps(w->call->mem, &w->request.pictures), &areas, NULL) ||
	    areas.count == 0)
		return NULL;
	return ips_areas_html(w->call->mem, &areas);
}

/* What a job has said of its copy, also where it said nothing. */
static bool
keep_promise(struct copy_work *w, struct ips_promise *promise, struct ips_asset *asset,
    struct ips_error *err)
{
	const struct ips_job *job = job_of(w);

	promise->id = job->target;
	promise->job = job->id;
	promise->name_may_repeat = true;
	asset->description = job->description;
	return ips_traits_inherited(
	    w->service, w->call->mem, w->source->id, &promise->traits, &promise->trait_count, err);
}

static bool
record(struct copy_work *w, const char **handle, struct ips_error *err)
{
	const struct ips_asset *source = w->source;
	struct ips_arena *mem = w->call->mem;
	int64_t began_us;
	bool added;
	struct ips_promise promise = { .once = w->once };
	struct ips_asset asset = {
		.type = IPS_TYPE_IMAGE,
		.subtype = source->subtype,
		.name = w->copy->name,
		.file_name =
		    ips_file_name(mem, w->copy->name, ips_format_from_mime(w->result->mime)),
		.company = w->call->company->id,
		.folder = w->folder->id,
		/* What was said of the picture holds for its copy; from here they live apart. */
		.ready = source->ready,
		.description = source->description,
		.comments = source->comments,
		.user_data = source->user_data,
		.keywords = source->keywords,
		.url_modifier = source->url_modifier,
		.post_modifier = source->post_modifier,
		.image = w->result,
		.map = carried_map(w),
		/* Rectangles of the source's pixels. */
		.targets = ips_plan_is_identity(w->plan) ? source->targets : NULL,
		.image_set = source->image_set,
	};

	if (job_of(w) != NULL && !keep_promise(w, &promise, &asset, err))
		return false;
	began_us = ips_monotonic_us();
	added = ips_asset_record(w->service, &asset, source, w->call->user->email, &promise, err);
	ips_trace_add(mem, IPS_SPAN_COMMIT, began_us);
	if (!added)
		return false;
	*handle = ips_handle_asset(mem, &asset);
	return true;
}

static void
count_copy(const struct copy_work *w)
{
	struct counters *c = &w->service->counters;

	if (copy_can_share(w))
		c->shared++;
	else if (copy_keeps_file(w))
		c->converted++;
	else if (w->encrypted)
		c->rendered_encrypted++;
	else
		c->rendered++;
}

static bool
check_all(struct copy_work *w, struct ips_error *err)
{
	struct ips_trace *trace = ips_arena_trace(w->call->mem);
	int64_t began_us = ips_monotonic_us();
	bool ok = find_source(w, err) && find_target(w, err) && check_name(w, err) &&
		  make_plan(w, err) && find_key(w, err);

	ips_trace_add(w->call->mem, IPS_SPAN_PLAN, began_us);
	trace->asset = w->source != NULL ? w->source->name : NULL;
	trace->describe = ips_plan_describe;
	trace->plan = w->plan;
	return ok;
}

static struct copy_work
work_of(struct ips_service *service, const struct ips_call *call, const struct ips_copy *copy,
    const struct copy_target *target)
{
	return (struct copy_work){
		.service = service,
		.call = call,
		.copy = copy,
		.target = target,
		.by_groups = !call->user->admin && ips_role_is_portal(call->role),
	};
}

bool
ips_copy_check(struct ips_service *service, const struct ips_call *call,
    const struct ips_copy *copy, const struct copy_target *target, struct ips_error *err)
{
	IPS_CLEANUP(forget_key) struct copy_work w = work_of(service, call, copy, target);

	return check_all(&w, err);
}

static bool
make(struct copy_work *w, const char **asset_handle, struct ips_error *err)
{
	if (!check_all(w, err) || !copy_file(w, err) || !record(w, asset_handle, err))
		return false;
	count_copy(w);
	return true;
}

bool
ips_copy_make(struct ips_service *service, const struct ips_call *call, const struct ips_copy *copy,
    const struct copy_target *target, const char **asset_handle, struct ips_error *err)
{
	IPS_CLEANUP(forget_key) struct copy_work w = work_of(service, call, copy, target);

	return make(&w, asset_handle, err);
}

bool
ips_copy_once(struct ips_service *service, const struct ips_call *call, const struct ips_copy *copy,
    const struct ips_once *once, const char **asset_handle, struct ips_error *err)
{
	IPS_CLEANUP(forget_key) struct copy_work w = work_of(service, call, copy, NULL);

	w.once = once;
	return make(&w, asset_handle, err);
}
