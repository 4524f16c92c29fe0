/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The pictures that take part in a request: between parsing and planning their names are looked up,
 * so that neither of both has to know a catalog. */
#include "service_priv.h"

#include <string.h>

/* An object is the name of an asset, with or without its company before it. Names hold no '/', so
 * what is left of another company's is found nowhere: a layer stays within one (Image Serving
 * reference, "Image catalogs"). */
static const char *
own_name(const char *object, const char *company)
{
	const char *name = *object == '/' ? object + 1 : object;
	size_t len = strlen(company);

	return strncmp(name, company, len) == 0 && name[len] == '/' ? name + len + 1 : object;
}

/* Published: what is named must not name others by the modifier kept with it. */
static bool
check_alone(struct ips_arena *mem, const struct ips_object *object, const struct ips_asset *asset,
    struct ips_error *err)
{
	const struct ips_modifier *own;
	struct ips_objects named;

	if (asset->url_modifier == NULL ||
	    !ips_modifier_parse(mem, asset->url_modifier, &ips_modifier_default_limits, &own, NULL))
		return true;
	ips_plan_objects(mem, own, &named);
	return named.count == 1 ||
	       ips_fail(err, IPS_INVALID_PARAMETER,
		   "%s=%s: the modifier of this picture has a command %s= of its own",
		   object->command, object->name, named.object[1].command);
}

static bool
find_named(const struct ips_looking *looking, struct ips_object *object,
    const struct ips_asset **asset, struct ips_error *err)
{
	struct ips_error why = { .fault = IPS_OK };

	if (!looking->find(looking->arg, own_name(object->name, looking->company), asset, &why)) {
		ips_fail(err, why.fault, "%s=%s: %s", object->command, object->name, why.reason);
		if (err != NULL)
			g_strlcpy(err->detail, why.detail, sizeof(err->detail));
		return false;
	}
	return check_alone(looking->mem, object, *asset, err);
}

bool
ips_pictures_find(const struct ips_looking *looking, const struct ips_modifier *request,
    const struct ips_asset *source, struct ips_pictures *out, struct ips_error *err)
{
	struct ips_objects *objects = &out->objects;

	ips_plan_objects(looking->mem, request, objects);
	out->asset = IPS_NEW_N(looking->mem, const struct ips_asset *, objects->count);
	out->asset[0] = source;
	for (int i = 0; i < objects->count; i++) {
		struct ips_object *object = &objects->object[i];

		if (i > 0 && !find_named(looking, object, &out->asset[i], err))
			return false;
		if (!ips_facts_read(looking->mem, out->asset[i]->image, &object->source, err))
			return false;
	}
	return true;
}

struct public
{
	struct ips_service *service;
	struct ips_arena *mem;
	const char *company;
};

static bool
find_public(void *arg, const char *name, const struct ips_asset **out, struct ips_error *err)
{
	const struct public *p = arg;

	return ips_public_asset(p->service, p->mem, p->company, name, out, err);
}

bool
ips_public_pictures(struct ips_service *service, struct ips_arena *mem, const char *company,
    const struct ips_modifier *request, const struct ips_asset *source, struct ips_pictures *out,
    struct ips_error *err)
{
	struct public p = { service, mem, company };
	struct ips_looking looking = { mem, company, find_public, &p };

	return ips_pictures_find(&looking, request, source, out, err);
}

const char *const *
ips_pictures_maps(struct ips_arena *mem, const struct ips_pictures *pictures)
{
	const char **map = IPS_NEW_N(mem, const char *, pictures->objects.count);

	for (int i = 0; i < pictures->objects.count; i++)
		map[i] = pictures->asset[i] != NULL ? pictures->asset[i]->map : NULL;
	return map;
}

bool
ips_pictures_open(struct ips_service *service, const struct ips_pictures *pictures, int *fd,
    struct ips_error *err)
{
	int count = pictures->objects.count;

	for (int i = 0; i < count; i++)
		fd[i] = -1;
	for (int i = 0; i < count; i++)
		if (!ips_service_blob(service, &pictures->asset[i]->image->blob, &fd[i], err)) {
			ips_pictures_close(pictures, fd);
			return false;
		}
	return true;
}

void
ips_pictures_close(const struct ips_pictures *pictures, int *fd)
{
	for (int i = 0; i < pictures->objects.count; i++)
		ips_close(&fd[i]);
}
