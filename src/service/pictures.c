/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The pictures that everybody may see, and the files of all that take part in a request. */
#include "service_priv.h"

#include <string.h>

struct public
{
	struct ips_service *service;
	struct ips_arena *mem;
	const char *company, *text;
};

/* Names hold no '/': what has one begins with another company's. The locale is that of the request,
 * whatever is nested in it. */
static bool
find_public(void *arg, const char *object, const struct ips_asset **out, struct ips_error *err)
{
	const struct public *p = arg;
	const char *slash = strchr(*object == '/' ? object + 1 : object, '/');
	const char *company = p->company, *name = object;

	if (slash != NULL) {
		object += *object == '/';
		company = ips_arena_strndup(p->mem, object, (size_t)(slash - object));
		name = slash + 1;
	}
	return ips_public_name(p->service, p->mem, company, p->text, &name, err) &&
	       ips_public_record(p->service, p->mem, company, name, out, err);
}

bool
ips_public_resolve(struct ips_service *service, struct ips_arena *mem,
    const struct ips_company *catalog, const struct ips_asset *asset, const char *text,
    const char *watermark, struct ips_resolved *out, struct ips_error *err)
{
	const char *company = catalog->id != IPS_DEFAULT_CATALOG ? catalog->name : NULL;
	struct public p = { service, mem, company, text };
	struct ips_looking looking = { service, mem, catalog, find_public, &p, NULL, NULL,
		watermark };

	return ips_public_default(service, mem, company, text, &looking.otherwise, err) &&
	       ips_request_resolve(&looking, asset, text, out, err);
}

static const char *
map_of(struct ips_arena *mem, const struct ips_pictures *pictures, int i)
{
	const struct ips_resolved *nested = pictures->nested[i];
	struct ips_areas areas;

	if (nested == NULL)
		return pictures->asset[i] != NULL ? pictures->asset[i]->map : NULL;
	/* In pixels of what it leaves. A map that cannot be carried along is none. */
	if (!ips_plan_areas(mem, nested->modifier, nested->plan,
		ips_pictures_maps(mem, &nested->pictures), &areas, NULL) ||
	    areas.count == 0)
		return NULL;
	return ips_areas_html(mem, &areas);
}

const char *const *
ips_pictures_maps(struct ips_arena *mem, const struct ips_pictures *pictures)
{
	const char **map = IPS_NEW_N(mem, const char *, pictures->objects.count);

	for (int i = 0; i < pictures->objects.count; i++)
		map[i] = map_of(mem, pictures, i);
	return map;
}

static bool
open_one(struct ips_service *service, const struct ips_pictures *pictures, int i, int *fd,
    struct ips_error *err)
{
	if (pictures->fetched[i] != NULL)
		return ips_fetch_open(service->fetcher, pictures->fetched[i], fd, err);
	if (pictures->drawing[i] != NULL)
		return ips_filled_open(pictures->drawing[i], fd, err);
	return pictures->asset[i] == NULL ||
	       ips_service_blob(service, &pictures->asset[i]->image->blob, fd, err);
}

bool
ips_pictures_open(struct ips_service *service, const struct ips_pictures *pictures, int *fd,
    struct ips_error *err)
{
	for (int i = 0; i < pictures->files; i++)
		fd[i] = -1;
	for (int i = 0; i < pictures->files; i++)
		if (!open_one(service, pictures, i, &fd[i], err)) {
			ips_pictures_close(pictures, fd);
			return false;
		}
	return true;
}

void
ips_pictures_close(const struct ips_pictures *pictures, int *fd)
{
	for (int i = 0; i < pictures->files; i++)
		ips_close(&fd[i]);
}
