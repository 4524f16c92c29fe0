/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests of the image face that are answered in words.
 * Source: Image Serving reference, req= and its pages; attribute::Expiration and NonImgExpiration
 * for the times. */
#include "answer.h"

#define VERSION_LEN 16 /* digits of the digest: enough to tell versions apart */

void
answer_add(struct asking *a, const char *object, const char *name, const char *value)
{
	if (a->rows == a->room) {
		size_t room = a->room * 2 + 32;
		struct ips_property *row = IPS_NEW_N(a->mem, struct ips_property, room);

		for (size_t i = 0; i < a->rows; i++)
			row[i] = a->row[i];
		a->row = row;
		a->room = room;
	}
	a->row[a->rows++] = (struct ips_property){ object, name, value != NULL ? value : "" };
}

static void
add_int(struct asking *a, const char *object, const char *name, int64_t value)
{
	answer_add(a, object, name, ips_arena_printf(a->mem, "%" G_GINT64_FORMAT, value));
}

/* The shortest text that stands for the number, with a point in every locale. */
static void
add_real(struct asking *a, const char *object, const char *name, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	answer_add(a, object, name,
	    ips_arena_strdup(a->mem, g_ascii_formatd(text, sizeof(text), "%.10g", value)));
}

static const char *
pixel_type(enum ips_space space)
{
	static const char *const names[] = {
		[IPS_SPACE_RGB] = "RGB",
		[IPS_SPACE_GRAY] = "BW",
		[IPS_SPACE_CMYK] = "CMYK",
	};

	return names[space];
}

static const char *
hex_color(struct ips_arena *mem, const struct ips_color *color)
{
	const uint8_t *c = color->channel;

	switch (color->space) {
	case IPS_SPACE_GRAY:
		return ips_arena_printf(mem, "%02x%02x%02x", c[0], c[0], c[0]);
	case IPS_SPACE_CMYK:
		return ips_arena_printf(mem, "%02x%02x%02x%02xk", c[0], c[1], c[2], c[3]);
	default:
		return ips_arena_printf(mem, "%02x%02x%02x", c[0], c[1], c[2]);
	}
}

bool
answer_record(struct asking *a, const struct ips_asset **out, struct ips_error *err)
{
	if (!ips_public_name(a->service, a->mem, a->company, a->modifier, &a->asset, err) ||
	    !ips_public_record(a->service, a->mem, a->company, a->asset, out, err) ||
	    !ips_service_attributes(a->service, a->mem, (*out)->company, &a->attributes, err))
		return false;
	ips_attributes_apply(a->attributes, &a->profile);
	a->max_age_s = ips_attributes_seconds(a->attributes, IPS_ATTRIBUTE_NON_IMG_EXPIRATION);
	return true;
}

bool
answer_asset(struct asking *a, const struct ips_asset **out, struct ips_error *err)
{
	return answer_record(a, out, err) &&
	       ((*out)->image != NULL || ips_fail(err, IPS_NOT_FOUND,
					     "Unable to find image '%s/%s'", a->company, a->asset));
}

/* ---- exists, validate ---- */

static bool
answer_exists(struct asking *a, struct ips_error *err)
{
	const struct ips_asset *asset;
	struct ips_error why = { .fault = IPS_OK };
	bool found = answer_record(a, &asset, &why);

	if (!found && why.fault != IPS_NOT_FOUND) {
		*err = why;
		return false;
	}
	add_int(a, "catalogRecord", "exists", found);
	return true;
}

static bool
answer_validate(struct asking *a, struct ips_error *err)
{
	if (!ips_modifier_validate(a->mem, a->modifier, err))
		return false;
	answer_add(a, "request", "isValid", "1");
	a->max_age_s = 0;
	return true;
}

/* ---- props, imageprops ---- */

static const char *
first_name(struct ips_arena *mem, const char *names)
{
	return ips_arena_strndup(mem, names, strcspn(names, "|"));
}

/* The picture asked for, else the first of those that the request names; NULL: it names none. */
static const struct ips_asset *
first_picture(const struct asking *a)
{
	const struct ips_pictures *pictures = &a->request.pictures;

	for (int i = 0; i < pictures->files; i++)
		if (pictures->asset[i] != NULL)
			return pictures->asset[i];
	return NULL;
}

static void
add_reply(struct asking *a, const struct ips_plan *plan)
{
	struct ips_size size = ips_plan_size(plan);
	struct ips_reply reply;
	const struct ips_asset *first = first_picture(a);

	ips_plan_reply(plan, &reply);
	answer_add(a, "image", "bgc", hex_color(a->mem, &reply.background));
	add_int(a, "image", "height", size.height);
	add_int(a, "image", "iccEmbed", reply.embeds);
	if (reply.profile != NULL)
		answer_add(a, "image", "iccProfile", first_name(a->mem, reply.profile->names));
	add_int(a, "image", "length", 0); /* no reply is kept */
	add_int(a, "image", "mask", reply.alpha);
	answer_add(a, "image", "pixTyp", pixel_type(reply.space));
	add_int(a, "image", "pathEmbed", reply.paths);
	add_real(a, "image", "printRes",
	    reply.resolution > 0 ? reply.resolution : a->profile.resolution);
	add_int(a, "image", "quality", reply.quality);
	answer_add(a, "image", "type", ips_format_info(ips_plan_format(plan))->mime);
	add_int(a, "image", "width", size.width);
	add_int(a, "image", "xmpEmbed", reply.xmp);
	if (first == NULL)
		return;
	answer_add(a, "image", "version",
	    ips_arena_strndup(a->mem, first->image->blob.digest, VERSION_LEN));
	answer_add(a, "metadata", "version",
	    ips_arena_printf(a->mem, "%" G_GINT64_FORMAT, first->modified));
}

/* A picture or template, or what the request itself names. */
static bool
find_asked(struct asking *a, const struct ips_company **catalog, const struct ips_asset **asset,
    struct ips_error *err)
{
	if (!ips_public_name(a->service, a->mem, a->company, a->modifier, &a->asset, err) ||
	    !ips_public_asked(a->service, a->mem, a->company, a->asset, catalog, asset, err) ||
	    !ips_service_attributes(a->service, a->mem, (*catalog)->id, &a->attributes, err))
		return false;
	ips_attributes_apply(a->attributes, &a->profile);
	a->max_age_s = ips_attributes_seconds(a->attributes, IPS_ATTRIBUTE_NON_IMG_EXPIRATION);
	return true;
}

bool
answer_plan(struct asking *a, const struct ips_asset **asset, const struct ips_modifier **modifier,
    const struct ips_plan **plan, struct ips_error *err)
{
	const struct ips_company *catalog;

	if (!find_asked(a, &catalog, asset, err) ||
	    !ips_public_resolve(
		a->service, a->mem, catalog, *asset, a->modifier, NULL, &a->request, err))
		return false;
	*modifier = a->request.modifier;
	return ips_plan_make(
	    a->mem, *modifier, &a->request.pictures.objects, &a->profile, plan, err);
}

static bool
answer_props(struct asking *a, struct ips_error *err)
{
	const struct ips_modifier *modifier;
	const struct ips_asset *asset;
	const struct ips_plan *plan;

	if (!answer_plan(a, &asset, &modifier, &plan, err))
		return false;
	add_reply(a, plan);
	return true;
}

/* What the catalog does not keep is read from the file. */
struct embedded {
	const char *profile, *xmp, *paths; /* NULL: none */
};

static bool
read_embedded(struct asking *a, const struct ips_asset *asset, const struct ips_source *facts,
    struct embedded *out, struct ips_error *err)
{
	IPS_CLEANUP(ips_close) int fd = -1;
	g_autoptr(GString) paths = g_string_new(NULL);

	for (int i = 0; i < facts->paths; i++)
		g_string_append_printf(paths, "%s%s", i > 0 ? "," : "", facts->path[i].name);
	*out = (struct embedded){ .paths = ips_arena_strdup(a->mem, paths->str) };
	if (!facts->profile && facts->space == IPS_SPACE_RGB)
		out->profile = "sRGB"; /* taken for it */
	return ips_service_blob(a->service, &asset->image->blob, &fd, err) &&
	       ips_pool_xmp(a->service->pool, asset->company, fd, a->mem, &out->xmp, err) &&
	       (!facts->profile || ips_pool_profile_name(a->service->pool, asset->company, fd,
				       a->mem, &out->profile, err));
}

/* 2: alpha that the colours have not been multiplied by, as all that is imported is taken to be. */
static void
add_source(struct asking *a, const struct ips_asset *asset, const struct ips_source *facts,
    const struct embedded *embedded)
{
	double resolution = facts->resolution > 0 ? facts->resolution : a->profile.resolution;
	char *stamp = ips_arena_alloc(a->mem, IPS_TIME_LEN);

	ips_time_format(asset->modified, stamp);
	answer_add(a, "image", "anchor",
	    ips_arena_printf(a->mem, "%d,%d", facts->width / 2, facts->height / 2));
	add_real(
	    a, "image", "expiration", a->attributes->value[IPS_ATTRIBUTE_EXPIRATION]->number[0]);
	add_int(a, "image", "height", facts->height);
	answer_add(a, "image", "iccProfile", embedded->profile);
	add_int(a, "image", "embeddedIccProfile", facts->profile);
	add_int(a, "image", "embeddedPhotoshopPaths", facts->paths > 0);
	add_int(a, "image", "embeddedXmpData", embedded->xmp != NULL);
	add_int(a, "image", "mask", facts->alpha ? 2 : 0);
	answer_add(a, "image", "modifier", asset->url_modifier);
	answer_add(a, "image", "photoshopPathNames", embedded->paths);
	answer_add(a, "image", "pixTyp", pixel_type(facts->space));
	answer_add(a, "image", "postModifier", asset->post_modifier);
	add_real(a, "image", "printRes", resolution);
	add_real(a, "image", "resolution", resolution);
	answer_add(a, "image", "timeStamp", stamp);
	add_real(a, "image", "thumbRes", a->attributes->value[IPS_ATTRIBUTE_THUMB_RES]->number[0]);
	add_int(a, "image", "thumbType",
	    (int64_t)a->attributes->value[IPS_ATTRIBUTE_THUMB_TYPE]->number[0]);
	add_int(a, "image", "width", facts->width);
	answer_add(
	    a, "image", "translatedId", ips_arena_printf(a->mem, "%s/%s", a->company, a->asset));
}

static bool
answer_imageprops(struct asking *a, struct ips_error *err)
{
	const struct ips_asset *asset;
	struct ips_source facts;
	struct embedded embedded;

	if (!answer_asset(a, &asset, err) || !ips_facts_read(a->mem, asset->image, &facts, err) ||
	    !read_embedded(a, asset, &facts, &embedded, err))
		return false;
	add_source(a, asset, &facts, &embedded);
	return true;
}

/* ---- xlate ---- */

/* An address without a company means the default catalog; an asset in it does not matter. */
static bool
find_catalog(struct asking *a, int64_t *out, struct ips_error *err)
{
	const struct ips_company *company;

	*out = IPS_DEFAULT_CATALOG;
	if (a->company == NULL)
		return true;
	if (!ips_catalog_company_named(a->service->catalog, a->mem, a->company, &company, err))
		return false;
	if (company == NULL || !ips_company_open(company, NULL))
		return ips_fail(
		    err, IPS_NOT_FOUND, "Unable to find image catalog '%s'", a->company);
	*out = company->id;
	return true;
}

static bool
answer_xlate(struct asking *a, struct ips_error *err)
{
	const char *ids;
	int64_t company;

	if (!find_catalog(a, &company, err) ||
	    !ips_service_attributes(a->service, a->mem, company, &a->attributes, err) ||
	    !ips_public_translations(a->service, a->mem, a->company, a->asset, &ids, err))
		return false;
	a->max_age_s = ips_attributes_seconds(a->attributes, IPS_ATTRIBUTE_EXPIRATION);
	answer_add(a, "xlate", "translatedIds", ids);
	return true;
}

/* ---- catalogprops ---- */

static const struct {
	const char *name;
	enum ips_attribute attribute;
} catalog_properties[] = {
	{ "bkgColor", IPS_ATTRIBUTE_BKG_COLOR },
	{ "defaultExt", IPS_ATTRIBUTE_DEFAULT_EXT },
	{ "defaultPix", IPS_ATTRIBUTE_DEFAULT_PIX },
	{ "defaultThumbPix", IPS_ATTRIBUTE_DEFAULT_THUMB_PIX },
	{ "expiration", IPS_ATTRIBUTE_EXPIRATION },
	{ "defaultExpiration", IPS_ATTRIBUTE_DEFAULT_EXPIRATION },
	{ "nonImgExpiration", IPS_ATTRIBUTE_NON_IMG_EXPIRATION },
	{ "jpegQuality", IPS_ATTRIBUTE_JPEG_QUALITY },
	{ "maxPix", IPS_ATTRIBUTE_MAX_PIX },
	{ "printResolution", IPS_ATTRIBUTE_PRINT_RESOLUTION },
	{ "publishInfo", IPS_ATTRIBUTE_PUBLISH_INFO },
	{ "resMode", IPS_ATTRIBUTE_RES_MODE },
	{ "resolution", IPS_ATTRIBUTE_RESOLUTION },
	{ "thumbBkgColor", IPS_ATTRIBUTE_THUMB_BKG_COLOR },
	{ "thumbHorizAlign", IPS_ATTRIBUTE_THUMB_HORIZ_ALIGN },
	{ "thumbRes", IPS_ATTRIBUTE_THUMB_RES },
	{ "thumbType", IPS_ATTRIBUTE_THUMB_TYPE },
	{ "thumbVertAlign", IPS_ATTRIBUTE_THUMB_VERT_ALIGN },
	{ "watermark", IPS_ATTRIBUTE_WATERMARK },
};

static bool
is_color(enum ips_attribute attribute)
{
	return attribute == IPS_ATTRIBUTE_BKG_COLOR || attribute == IPS_ATTRIBUTE_THUMB_BKG_COLOR;
}

static bool
answer_catalogprops(struct asking *a, struct ips_error *err)
{
	int64_t company;

	if (!find_catalog(a, &company, err) ||
	    !ips_service_attributes(a->service, a->mem, company, &a->attributes, err))
		return false;
	a->max_age_s = ips_attributes_seconds(a->attributes, IPS_ATTRIBUTE_NON_IMG_EXPIRATION);
	for (size_t i = 0; i < IPS_NELEM(catalog_properties); i++) {
		enum ips_attribute attribute = catalog_properties[i].attribute;
		const struct ips_value *value = a->attributes->value[attribute];

		answer_add(a, "catalog", catalog_properties[i].name,
		    is_color(attribute) ? hex_color(a->mem, &value->color) : value->text);
	}
	return true;
}

/* ---- loadcache, resolve ---- */

/* No reply is kept here, so this only proves that there would be one, and how long it is. */
static bool
answer_loadcache(struct asking *a, struct ips_error *err)
{
	struct ips_picture picture;

	if (!ips_service_picture(
		a->service, a->mem, a->company, a->asset, a->modifier, NULL, false, &picture, err))
		return false;
	ips_close(&picture.fd);
	add_int(a, "image", "length", picture.size);
	a->max_age_s = 0;
	return true;
}

const char *
answer_commands(struct asking *a, const struct ips_modifier *modifier)
{
	g_auto(GStrv) parts = g_strsplit(modifier->canonical, "&", -1);
	g_autoptr(GString) out = g_string_new(NULL);

	for (size_t i = 0; parts[i] != NULL; i++)
		if (!g_str_has_prefix(parts[i], "req="))
			g_string_append_printf(out, "%s%s", out->len > 0 ? "&" : "", parts[i]);
	return ips_arena_strndup(a->mem, out->str, out->len);
}

static bool
answer_resolve(struct asking *a, struct ips_error *err)
{
	const struct ips_modifier *modifier;
	const struct ips_asset *asset;
	const struct ips_plan *plan;

	if (!answer_plan(a, &asset, &modifier, &plan, err))
		return false;
	const char *commands = answer_commands(a, modifier);
	a->text = ips_arena_printf(a->mem, "%s%s%s%s%s\n", a->company != NULL ? a->company : "",
	    a->asset != NULL ? "/" : "", a->asset != NULL ? a->asset : "",
	    *commands != '\0' ? "?" : "", commands);
	a->max_age_s = 0;
	return true;
}

/* ---- All of them ---- */

static bool (*const answers[])(struct asking *, struct ips_error *) = {
	[IPS_ASK_EXISTS] = answer_exists,
	[IPS_ASK_VALIDATE] = answer_validate,
	[IPS_ASK_PROPS] = answer_props,
	[IPS_ASK_IMAGEPROPS] = answer_imageprops,
	[IPS_ASK_CATALOGPROPS] = answer_catalogprops,
	[IPS_ASK_LOADCACHE] = answer_loadcache,
	[IPS_ASK_RESOLVE] = answer_resolve,
	[IPS_ASK_USERDATA] = answer_userdata,
	[IPS_ASK_TARGETS] = answer_targets,
	[IPS_ASK_MAP] = answer_map,
	[IPS_ASK_IMAGESET] = answer_imageset,
	[IPS_ASK_SET] = answer_set,
	[IPS_ASK_XMP] = answer_xmp,
	[IPS_ASK_XLATE] = answer_xlate,
};

bool
ips_service_answer(struct ips_service *service, struct ips_arena *mem,
    const struct ips_question *question, const char *company, const char *asset,
    const char *modifier, struct ips_answer *out, struct ips_error *err)
{
	struct asking *a = IPS_NEW(mem, struct asking);

	*a = (struct asking){ service, mem, question, company, asset, modifier,
		.attributes = service->builtin, .profile = service->reply };
	a->max_age_s = ips_attributes_seconds(a->attributes, IPS_ATTRIBUTE_NON_IMG_EXPIRATION);
	if (!answers[question->ask](a, err))
		return false;
	*out = (struct ips_answer){ a->row, a->rows, a->text, a->xml, a->json, a->max_age_s };
	return true;
}
