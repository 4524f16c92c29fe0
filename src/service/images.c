/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* Images as the image copy face knows them: assets with pixels, by a name that nobody can guess.
 * Who may not see one hears that there is none. */

static bool
no_such_image(const char *uuid, struct ips_error *err)
{
	return ips_fail(err, IPS_NOT_FOUND, "The image ID %s in the request does not exist.", uuid);
}

static bool
describe(struct ips_service *service, struct ips_arena *mem, const struct ips_asset *asset,
    struct ips_image_facts **out, struct ips_error *err)
{
	struct ips_image_facts *image = IPS_NEW(mem, struct ips_image_facts);

	image->id = ips_service_uuid(service, mem, asset->id);
	image->asset = asset;
	if (!ips_catalog_traits(
		service->catalog, mem, asset->id, &image->traits, &image->trait_count, err))
		return false;
	*out = image;
	return true;
}

/* An image that is being made already has its name, a state, and nothing else. */
static bool
describe_job(struct ips_service *service, const struct ips_call *call, const char *uuid, int64_t id,
    const struct ips_image_facts **out, struct ips_error *err)
{
	struct ips_image_facts *image = IPS_NEW(call->mem, struct ips_image_facts);
	struct ips_trait *status = IPS_NEW(call->mem, struct ips_trait);
	const struct ips_job *job;

	if (!ips_catalog_job_making(service->catalog, call->mem, call->company->id, id, &job, err))
		return false;
	if (job == NULL)
		return no_such_image(uuid, err);
	*status = (struct ips_trait){ "status", job->status == IPS_JOB_INIT ? "queued" : "saving" };
	*image = (struct ips_image_facts){
		.id = ips_service_uuid(service, call->mem, id),
		.job = job,
		.traits = status,
		.trait_count = 1,
	};
	*out = image;
	return true;
}

static bool
find_asset(struct ips_service *service, const struct ips_call *call, const char *uuid,
    enum ips_permission permission, int64_t *id, const struct ips_asset **out,
    struct ips_error *err)
{
	const struct ips_asset *asset;
	bool readable, allowed;

	*out = NULL;
	*id = 0;
	if (!ips_service_uuid_open(service, uuid, id))
		return no_such_image(uuid, err);
	if (!ips_catalog_asset(service->catalog, call->mem, call->company->id, *id, &asset, err))
		return false;
	if (asset == NULL || asset->trash != IPS_TRASH_NOT || asset->image == NULL ||
	    asset->type != IPS_TYPE_IMAGE)
		return true;
	if (!ips_call_may(service, call, asset->folder, IPS_PERMISSION_READ, &readable, err) ||
	    !ips_call_may(service, call, asset->folder, permission, &allowed, err))
		return false;
	if (!readable)
		return no_such_image(uuid, err);
	*out = asset;
	return allowed ||
	       ips_fail(err, IPS_MISSING_PERMISSION, "User lacks the %s permission for image %s",
		   ips_permission_name[permission], uuid);
}

bool
ips_service_image(struct ips_service *service, const struct ips_call *call, const char *uuid,
    const struct ips_image_facts **out, struct ips_error *err)
{
	const struct ips_asset *asset;
	struct ips_image_facts *image;
	int64_t id;

	if (!find_asset(service, call, uuid, IPS_PERMISSION_READ, &id, &asset, err))
		return false;
	if (asset == NULL)
		return describe_job(service, call, uuid, id, out, err);
	if (!describe(service, call->mem, asset, &image, err))
		return false;
	*out = image;
	return true;
}

bool
ips_service_image_file(struct ips_service *service, const struct ips_call *call, const char *uuid,
    int *fd, int64_t *size, struct ips_error *err)
{
	const struct ips_asset *asset;
	int64_t id;

	if (!find_asset(service, call, uuid, IPS_PERMISSION_READ, &id, &asset, err))
		return false;
	if (asset == NULL)
		return no_such_image(uuid, err);
	*size = asset->image->blob.size;
	return ips_service_blob(service, &asset->image->blob, fd, err);
}

/* ---- Lists ---- */

struct named {
	const char *id;
	const struct ips_asset *asset;
};

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->id, ((const struct named *)b)->id);
}

/* The catalog does not know these names, so that all are read to be sorted by them; then what lies
 * before the marker and beyond the limit goes. */
static void
sort_by_id(struct ips_service *service, struct ips_arena *mem, const struct ips_image_query *wish,
    const struct ips_asset **asset, size_t *count)
{
	struct named *list = IPS_NEW_N(mem, struct named, *count + 1);
	size_t kept = 0;
	bool passed = wish->marker == 0;

	for (size_t i = 0; i < *count; i++)
		list[i] = (struct named){ ips_service_uuid(service, mem, asset[i]->id), asset[i] };
	qsort(list, *count, sizeof(*list), compare_ids);
	for (size_t i = 0; i < *count && (wish->limit == 0 || (int64_t)kept < wish->limit); i++) {
		const struct named *n = &list[wish->descending ? *count - 1 - i : i];

		if (passed)
			asset[kept++] = n->asset;
		passed = passed || n->asset->id == wish->marker;
	}
	*count = kept;
}

bool
ips_service_images(struct ips_service *service, const struct ips_call *call,
    const struct ips_image_wish *wish, const struct ips_image_facts ***out, size_t *count,
    struct ips_error *err)
{
	struct ips_image_query query = wish->query;
	const struct ips_image_facts **list;
	const struct ips_asset **asset;
	size_t n;

	query.company = call->company->id;
	if (wish->by_id) {
		query.sort = IPS_IMAGE_NUMBER;
		query.marker = query.limit = 0;
	}
	if (!ips_viewer_find(service, call, NULL, &query.viewer, err) ||
	    !ips_catalog_images(service->catalog, call->mem, &query, &asset, &n, err))
		return false;
	if (wish->by_id)
		sort_by_id(service, call->mem, &wish->query, asset, &n);
	list = IPS_NEW_N(call->mem, const struct ips_image_facts *, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct ips_image_facts *image;

		if (!describe(service, call->mem, asset[i], &image, err))
			return false;
		list[i] = image;
	}
	*out = list;
	*count = n;
	return true;
}

/* ---- Changes ---- */

bool
ips_service_image_change(struct ips_service *service, const struct ips_call *call, const char *uuid,
    const struct ips_image_change *change, struct ips_error *err)
{
	const struct ips_asset *asset;
	int64_t id;

	if (!find_asset(service, call, uuid, IPS_PERMISSION_WRITE, &id, &asset, err))
		return false;
	if (asset == NULL)
		return no_such_image(uuid, err);
	return ips_catalog_image_change(service->catalog, id, change, call->user->email, err);
}

bool
ips_service_image_delete(struct ips_service *service, const struct ips_call *call, const char *uuid,
    struct ips_error *err)
{
	const struct ips_asset *asset;
	struct ips_image_facts *image;
	int64_t id;

	if (!find_asset(service, call, uuid, IPS_PERMISSION_DELETE, &id, &asset, err))
		return false;
	if (asset == NULL)
		return no_such_image(uuid, err);
	if (!describe(service, call->mem, asset, &image, err))
		return false;
	if (strcmp(ips_image_trait(image, "protected"), "true") == 0)
		return ips_fail(err, IPS_MISSING_PERMISSION,
		    "Image %s is protected and cannot be deleted.", uuid);
	return ips_catalog_asset_trash(service->catalog, id, IPS_TRASH_IN, call->user->email, err);
}

bool
ips_service_image_quota(struct ips_service *service, const struct ips_call *call, int64_t *used,
    int64_t *quota, struct ips_error *err)
{
	*quota = service->image_quota;
	return ips_catalog_image_count(service->catalog, call->company->id, INT32_MAX, used, err);
}
