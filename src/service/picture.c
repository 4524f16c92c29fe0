/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Raise it when the same plan gives other bytes: validators of older replies then no longer hold.
 */
#define RENDERER_VERSION "2"

#define ETAG_BYTES 16

struct view {
	struct ips_service *service;
	struct ips_arena *mem;
	const struct ips_company *catalog;
	const struct ips_asset *asset;           /* NULL: the address names none */
	const struct ips_attributes *attributes; /* of the catalog */
	struct ips_resolved request;
	const struct ips_plan *plan;
};

/* One answer for everything that is not public, so that nobody can tell which it is. */
static bool
unable(const char *company, const char *asset, struct ips_error *err)
{
	return ips_fail(err, IPS_NOT_FOUND, "Unable to find image '%s/%s'", company, asset);
}

static bool
public_company(struct ips_service *service, struct ips_arena *mem, const char *name,
    const struct ips_company **out, struct ips_error *err)
{
	const struct ips_company *company;

	if (!ips_catalog_company_named(service->catalog, mem, name, &company, err))
		return false;
	if (company == NULL || !ips_company_open(company, NULL))
		return ips_fail(err, IPS_NOT_FOUND, "Unable to find image '%s'", name);
	*out = company;
	return true;
}

bool
ips_public_record(struct ips_service *service, struct ips_arena *mem, const char *company_name,
    const char *name, const struct ips_asset **out, struct ips_error *err)
{
	const struct ips_company *company;
	const struct ips_asset *asset;

	if (company_name == NULL || name == NULL)
		return ips_fail(err, IPS_NOT_FOUND, "Unable to find image");
	if (!ips_name_valid(name))
		return unable(company_name, name, err);
	if (!ips_catalog_company_named(service->catalog, mem, company_name, &company, err))
		return false;
	if (company == NULL || !ips_company_open(company, NULL))
		return unable(company_name, name, err);
	if (!ips_catalog_asset_named(service->catalog, mem, company->id, name, &asset, err))
		return false;
	if (asset == NULL || !asset->ready || asset->trash != IPS_TRASH_NOT)
		return unable(company_name, name, err);
	*out = asset;
	return true;
}

bool
ips_public_asset(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *name, const struct ips_asset **out, struct ips_error *err)
{
	const struct ips_asset *asset;

	if (!ips_public_record(service, mem, company, name, &asset, err))
		return false;
	if (asset->image == NULL)
		return unable(company, name, err);
	*out = asset;
	return true;
}

bool
ips_public_asked(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *name, const struct ips_company **catalog, const struct ips_asset **asset,
    struct ips_error *err)
{
	static const struct ips_company default_catalog = { .id = IPS_DEFAULT_CATALOG, .name = "" };

	*asset = NULL;
	*catalog = &default_catalog;
	if (company == NULL && name == NULL)
		return true;
	return (name == NULL || ips_public_record(service, mem, company, name, asset, err)) &&
	       public_company(service, mem, company, catalog, err);
}

static bool
plan_reply(struct view *view, const char *modifier, struct ips_error *err)
{
	struct ips_plan_profile profile = view->service->reply;

	if (!ips_service_attributes(
		view->service, view->mem, view->catalog->id, &view->attributes, err))
		return false;
	ips_attributes_apply(view->attributes, &profile);
	const char *watermark = view->attributes->value[IPS_ATTRIBUTE_WATERMARK]->text;
	return ips_public_resolve(view->service, view->mem, view->catalog, view->asset, modifier,
		   *watermark != '\0' ? watermark : NULL, &view->request, err) &&
	       ips_plan_make(view->mem, view->request.modifier, &view->request.pictures.objects,
		   &profile, &view->plan, err);
}

/* Changed when the latest of its pictures was, or the template. */
static int64_t
last_modified(const struct ips_resolved *request)
{
	const struct ips_pictures *pictures = &request->pictures;
	int64_t last = request->asset != NULL ? request->asset->modified : 0;

	for (int i = 0; i < pictures->files; i++) {
		if (pictures->asset[i] != NULL)
			last = MAX(last, pictures->asset[i]->modified);
		if (pictures->fetched[i] != NULL)
			last = MAX(last, pictures->fetched[i]->modified);
	}
	for (int i = 0; i < pictures->objects.count; i++)
		if (pictures->nested[i] != NULL)
			last = MAX(last, last_modified(pictures->nested[i]));
	return last;
}

static void
add_request(struct ips_sha256 *digest, const struct ips_resolved *request)
{
	const struct ips_pictures *pictures = &request->pictures;
	const char *canonical = request->modifier->canonical;

	ips_sha256_add(digest, canonical, strlen(canonical) + 1);
	for (int i = 0; i < pictures->objects.count; i++)
		if (pictures->nested[i] != NULL)
			add_request(digest, pictures->nested[i]);
}

static const char *
make_etag(const struct view *view)
{
	struct ips_sha256 *digest = ips_sha256_new();
	const struct ips_pictures *pictures = &view->request.pictures;
	uint8_t sum[IPS_SHA256_LEN];
	char hex[2 * ETAG_BYTES + 1];

	for (int i = 0; i < pictures->files; i++) {
		if (pictures->asset[i] != NULL)
			ips_sha256_add(
			    digest, pictures->asset[i]->image->blob.digest, IPS_SHA256_HEX);
		if (pictures->drawing[i] != NULL)
			ips_sha256_add(
			    digest, pictures->drawing[i]->text, pictures->drawing[i]->len);
		if (pictures->fetched[i] != NULL)
			ips_sha256_add(digest, pictures->fetched[i]->digest, IPS_SHA256_HEX);
	}
	ips_sha256_add(digest, RENDERER_VERSION, sizeof(RENDERER_VERSION));
	add_request(digest, &view->request);
	for (int i = 0; i < IPS_ATTRIBUTE_COUNT; i++) {
		const char *text = view->attributes->value[i]->text;
		ips_sha256_add(digest, text, strlen(text) + 1);
	}
	for (size_t i = 0; i < view->attributes->fonts.count; i++) {
		const struct ips_font *font = &view->attributes->fonts.font[i];
		ips_sha256_add(digest, font->name, strlen(font->name) + 1);
		ips_sha256_add(digest, font->family, strlen(font->family) + 1);
	}
	ips_shelf_digest(view->attributes->shelf, digest);
	ips_sha256_end(digest, sum);
	ips_hex(sum, ETAG_BYTES, hex);
	return ips_arena_printf(view->mem, "\"%s\"", hex);
}

/* Weak comparison, RFC 9110 section 13.1.2. Our tags hold no comma, so a list splits at commas. */
static bool
names_etag(const char *list, const char *etag)
{
	size_t want = strlen(etag);

	while (list != NULL && *list != '\0') {
		size_t len;

		list += strspn(list, " \t,");
		if (*list == '*')
			return true;
		if (g_str_has_prefix(list, "W/"))
			list += 2;
		len = strcspn(list, ", \t");
		if (len == want && strncmp(list, etag, len) == 0)
			return true;
		list += len;
	}
	return false;
}

static bool
render_reply(const struct view *view, struct ips_picture *picture, struct ips_error *err)
{
	/* In memory: a reply is bounded by MaxPix and lives as long as its sending. */
	IPS_CLEANUP(ips_close) int fd = memfd_create("picture", MFD_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return ips_fail_internal(err, "memfd_create: %s", g_strerror(errno));
	if (!ips_service_render(view->service, view->mem, view->catalog->id, view->plan,
		&view->request.pictures, fd, NULL, err))
		return false;
	if (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return ips_fail_internal(err, "memfd: %s", g_strerror(errno));
	picture->size = st.st_size;
	picture->fd = fd;
	fd = -1;
	return true;
}

/* Published: cache=off counts unless the catalog forbids clients to keep anything already; validate
 * and update speak to servers. */
static int
max_age(const struct view *view)
{
	const struct ips_value *cache = view->request.modifier->value[IPS_CMD_CACHE];

	if (ips_value_word_is(cache, 0, "off"))
		return 0;
	if (view->request.replaced)
		return ips_attributes_seconds(view->attributes, IPS_ATTRIBUTE_DEFAULT_EXPIRATION);
	return ips_attributes_seconds(view->attributes, IPS_ATTRIBUTE_EXPIRATION);
}

static bool
prepare(struct view *view, const char *company, const char *asset, const char *modifier,
    struct ips_error *err)
{
	struct ips_trace *trace = ips_arena_trace(view->mem);
	int64_t began_us = ips_monotonic_us();
	bool ok = ips_public_asked(view->service, view->mem, company, asset, &view->catalog,
		      &view->asset, err) &&
		  plan_reply(view, modifier, err);

	ips_trace_add(view->mem, IPS_SPAN_PLAN, began_us);
	trace->asset = asset;
	trace->describe = ips_plan_describe;
	trace->plan = view->plan; /* NULL: there is none */
	return ok;
}

bool
ips_picture_make(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *asset, const char *modifier, const char *if_none_match, bool head,
    struct ips_picture *out, struct ips_error *err)
{
	struct view view = { .service = service, .mem = mem };
	struct ips_picture picture = { .fd = -1, .size = -1 };
	bool identity;

	if (!prepare(&view, company, asset, modifier, err))
		return false;
	const struct ips_asset *first = view.request.pictures.asset[0];
	identity = ips_plan_is_identity(view.plan);
	picture.mime = ips_format_info(ips_plan_format(view.plan))->mime;
	picture.etag = make_etag(&view);
	picture.modified = last_modified(&view.request);
	picture.max_age_s = max_age(&view);
	picture.forever = view.attributes->value[IPS_ATTRIBUTE_EXPIRATION]->number[0] == -1 &&
			  picture.max_age_s > 0 && !view.request.replaced;
	picture.unchanged =
	    names_etag(if_none_match, picture.etag) || (if_none_match != NULL && picture.forever);
	if (identity)
		picture.size = first->image->blob.size;
	if (picture.unchanged || head) {
		*out = picture;
		return true;
	}
	if (identity ? !ips_service_blob(service, &first->image->blob, &picture.fd, err)
		     : !render_reply(&view, &picture, err))
		return false;
	*out = picture;
	return true;
}
