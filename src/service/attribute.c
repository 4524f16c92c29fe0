/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Attributes of companies: what the catalog keeps as texts, as values; and what follows from them.
 */
#include "service_priv.h"

#include <string.h>

#define YEAR_S (365 * 24 * 60 * 60) /* RFC 9111: what "for ever" is written as */

/* What the company says of a name comes after what the default catalog says, and counts. */
static void
take_fonts(
    struct ips_arena *mem, const struct ips_setting *set, size_t count, struct ips_attributes *all)
{
	struct ips_font *font = IPS_NEW_N(mem, struct ips_font, count + 1);
	size_t fonts = 0;

	for (size_t i = 0; i < count; i++)
		if (g_str_has_prefix(set[i].name, IPS_FONT_PREFIX))
			font[fonts++] = (struct ips_font){ set[i].name + strlen(IPS_FONT_PREFIX),
				set[i].value };
	all->fonts = (struct ips_fonts){
		.dflt = all->value[IPS_ATTRIBUTE_DEFAULT_FONT]->text,
		.synthesize = all->value[IPS_ATTRIBUTE_SYNTHESIZE_FONT_STYLES]->number[0] != 0,
		.font = font,
		.count = fonts,
	};
}

const struct ips_attributes *
ips_attributes_builtin(struct ips_arena *mem)
{
	struct ips_attributes *all = IPS_NEW(mem, struct ips_attributes);

	all->shelf = NULL;
	for (int i = 0; i < IPS_ATTRIBUTE_COUNT; i++) {
		const char *text = ips_attribute((enum ips_attribute)i)->dflt;
		struct ips_value *value = IPS_NEW(mem, struct ips_value);

		/* What is not set reads as an empty text and zeros. */
		if (!ips_attribute_parse(mem, (enum ips_attribute)i, text, value, NULL))
			*value = (struct ips_value){ .cmd = IPS_CMD_COUNT, .text = "" };
		all->value[i] = value;
	}
	take_fonts(mem, NULL, 0, all);
	return all;
}

bool
ips_service_attributes(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const struct ips_attributes **out, struct ips_error *err)
{
	const struct ips_setting *set;
	size_t count;

	if (!ips_catalog_attributes(service->catalog, mem, company, &set, &count, err))
		return false;
	struct ips_attributes *all = IPS_NEW(mem, struct ips_attributes);
	*all = *service->builtin;
	if (company != IPS_DEFAULT_CATALOG)
		all->shelf = ips_shelf_new(service, mem, company);
	for (size_t i = 0; i < count; i++) {
		struct ips_value *value = IPS_NEW(mem, struct ips_value);
		enum ips_attribute attribute;

		/* Whatever another version has stored and this one does not know is as if unset. */
		if (ips_attribute_find(set[i].name, &attribute) &&
		    ips_attribute_parse(mem, attribute, set[i].value, value, NULL))
			all->value[attribute] = value;
	}
	take_fonts(mem, set, count, all);
	*out = all;
	return true;
}

static bool
has_font(struct ips_service *service, struct ips_arena *mem, const struct ips_setting *font,
    struct ips_error *err)
{
	const struct ips_setting *set;
	size_t count;

	if (!ips_catalog_attributes(service->catalog, mem, font->company, &set, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (set[i].company == font->company && strcmp(set[i].name, font->name) == 0)
			return true;
	return ips_fail(err, IPS_NOT_FOUND, "There is no such font.");
}

bool
ips_service_font_set(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *name, const char *family, struct ips_error *err)
{
	g_autofree char *key = g_ascii_strdown(name, -1);
	struct ips_setting font = { company, ips_arena_printf(mem, IPS_FONT_PREFIX "%s", key),
		family };

	if (*name == '\0' || !ips_utf8_valid(name, strlen(name)))
		return ips_fail(err, IPS_INVALID_PARAMETER, "'' cannot name a font");
	if (family == NULL && !has_font(service, mem, &font, err))
		return false;
	if (family != NULL && !ips_render_has_font(family))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "there is no font family '%s' on this machine; fc-list tells which there are",
		    family);
	return ips_catalog_attributes_set(service->catalog, &font, 1, err);
}

static const struct {
	enum ips_attribute attribute;
	enum ips_space space;
	const char *pixels;
} profile_attributes[] = {
	{ IPS_ATTRIBUTE_ICC_PROFILE_RGB, IPS_SPACE_RGB, "RGB" },
	{ IPS_ATTRIBUTE_ICC_PROFILE_GRAY, IPS_SPACE_GRAY, "gray" },
	{ IPS_ATTRIBUTE_ICC_PROFILE_CMYK, IPS_SPACE_CMYK, "CMYK" },
	{ IPS_ATTRIBUTE_ICC_PROFILE_SRC_RGB, IPS_SPACE_RGB, "RGB" },
	{ IPS_ATTRIBUTE_ICC_PROFILE_SRC_GRAY, IPS_SPACE_GRAY, "gray" },
	{ IPS_ATTRIBUTE_ICC_PROFILE_SRC_CMYK, IPS_SPACE_CMYK, "CMYK" },
};

/* A published name is good even while its file is not there. */
static bool
is_profile(struct ips_service *service, struct ips_arena *mem, int64_t company, const char *name,
    enum ips_space space)
{
	const struct ips_icc *icc = ips_icc_find(service->reply.icc, name);

	if (icc == NULL && company != IPS_DEFAULT_CATALOG)
		icc = ips_shelf_find(ips_shelf_new(service, mem, company), name);
	return icc != NULL && icc->space == space;
}

static bool
check_profile(struct ips_service *service, struct ips_arena *mem, const struct ips_setting *setting,
    enum ips_attribute attribute, struct ips_error *err)
{
	for (size_t i = 0; i < IPS_NELEM(profile_attributes); i++)
		if (profile_attributes[i].attribute == attribute &&
		    !is_profile(service, mem, setting->company, setting->value,
			profile_attributes[i].space))
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "%s=%s: no colour profile of %s pixels has this name. Allowed are the "
			    "published names, the profiles of this server, and what the company "
			    "has imported",
			    setting->name, setting->value, profile_attributes[i].pixels);
	return true;
}

/* "NAME=VALUE" as it is kept. Empty means inherited, unless it says something of its own. */
static bool
read_assignment(struct ips_service *service, struct ips_arena *mem, const char *text,
    struct ips_setting *out, struct ips_error *err)
{
	const char *equals = strchr(text, '=');
	enum ips_attribute attribute;
	struct ips_value value;

	if (equals == NULL)
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "'%s': the form is ATTRIBUTE=VALUE", text);
	const char *name = ips_arena_strndup(mem, text, (size_t)(equals - text));
	if (!ips_attribute_find(name, &attribute))
		return ips_fail(err, IPS_INVALID_PARAMETER, "there is no attribute '%s'", name);
	const struct ips_command *row = ips_attribute(attribute);
	out->name = row->name;
	out->value = equals[1] == '\0' && row->min_parts > 0 ? NULL : equals + 1;
	return out->value == NULL ||
	       (ips_attribute_parse(mem, attribute, out->value, &value, err) &&
		   check_profile(service, mem, out, attribute, err));
}

bool
ips_service_attributes_set(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *const *assignments, size_t count, struct ips_error *err)
{
	struct ips_setting *set = IPS_NEW_N(mem, struct ips_setting, count + 1);

	for (size_t i = 0; i < count; i++) {
		set[i].company = company;
		if (!read_assignment(service, mem, assignments[i], &set[i], err))
			return false;
	}
	return ips_catalog_attributes_set(service->catalog, set, count, err);
}

/* ---- What follows ---- */

static enum ips_kernel
kernel_of(int res_mode)
{
	static const enum ips_kernel kernels[] = {
		[1] = IPS_KERNEL_SHARP2, /* sharp, deprecated */
		[2] = IPS_KERNEL_BILIN,
		[3] = IPS_KERNEL_BICUB,
		[4] = IPS_KERNEL_SHARP2,
	};

	return kernels[res_mode];
}

/* 1, 2, 3 for left or top, middle, right or bottom. */
static double
thumb_align(const struct ips_value *align)
{
	return align->number[0] - 2;
}

static void
apply_thumb(const struct ips_value *const *a, struct ips_thumb *thumb)
{
	*thumb = (struct ips_thumb){
		.width = (int)a[IPS_ATTRIBUTE_DEFAULT_THUMB_PIX]->number[0],
		.height = (int)a[IPS_ATTRIBUTE_DEFAULT_THUMB_PIX]->number[1],
		.type = (enum ips_thumb_type)a[IPS_ATTRIBUTE_THUMB_TYPE]->number[0],
		.h = thumb_align(a[IPS_ATTRIBUTE_THUMB_HORIZ_ALIGN]),
		.v = thumb_align(a[IPS_ATTRIBUTE_THUMB_VERT_ALIGN]),
		.resolution = a[IPS_ATTRIBUTE_THUMB_RES]->number[0],
		.background = a[IPS_ATTRIBUTE_THUMB_BKG_COLOR]->color,
	};
	thumb->background.alpha = 255;
}

/* NULL: not set. */
static const char *
named(const struct ips_attributes *attributes, enum ips_attribute which)
{
	const char *text = attributes->value[which]->text;

	return *text != '\0' ? text : NULL;
}

/* RGB is sRGB unless the catalog says otherwise (R53). */
static void
apply_color(const struct ips_attributes *attributes, struct ips_plan_profile *profile)
{
	const struct ips_value *const *a = attributes->value;
	const char *rgb = named(attributes, IPS_ATTRIBUTE_ICC_PROFILE_RGB);

	profile->icc_output[IPS_SPACE_RGB] = rgb ? rgb : "sRGB";
	profile->icc_output[IPS_SPACE_GRAY] = named(attributes, IPS_ATTRIBUTE_ICC_PROFILE_GRAY);
	profile->icc_output[IPS_SPACE_CMYK] = named(attributes, IPS_ATTRIBUTE_ICC_PROFILE_CMYK);
	profile->icc_source[IPS_SPACE_RGB] = named(attributes, IPS_ATTRIBUTE_ICC_PROFILE_SRC_RGB);
	profile->icc_source[IPS_SPACE_GRAY] = named(attributes, IPS_ATTRIBUTE_ICC_PROFILE_SRC_GRAY);
	profile->icc_source[IPS_SPACE_CMYK] = named(attributes, IPS_ATTRIBUTE_ICC_PROFILE_SRC_CMYK);
	profile->find_icc = attributes->shelf != NULL ? ips_shelf_find : NULL;
	profile->find_icc_arg = attributes->shelf;
	profile->intent = (enum ips_intent)a[IPS_ATTRIBUTE_ICC_RENDER_INTENT]->number[0];
	profile->effect_mask = a[IPS_ATTRIBUTE_APPLY_EFFECT_MASK]->number[0] != 0;
	profile->black_point = a[IPS_ATTRIBUTE_ICC_BLACK_POINT_COMPENSATION]->number[0] != 0;
	profile->dither = a[IPS_ATTRIBUTE_ICC_DITHER]->number[0] != 0;
}

void
ips_attributes_apply(const struct ips_attributes *attributes, struct ips_plan_profile *profile)
{
	const struct ips_value *const *a = attributes->value;

	profile->kernel = kernel_of((int)a[IPS_ATTRIBUTE_RES_MODE]->number[0]);
	profile->resolution = a[IPS_ATTRIBUTE_RESOLUTION]->number[0];
	profile->background = a[IPS_ATTRIBUTE_BKG_COLOR]->color;
	apply_color(attributes, profile);
	profile->background.alpha = 255;
	profile->fonts = &attributes->fonts;
	apply_thumb(a, &profile->thumb);
	if (profile->copy) /* which keeps its size, quality and resolution */
		return;
	profile->default_width = (int)a[IPS_ATTRIBUTE_DEFAULT_PIX]->number[0];
	profile->default_height = (int)a[IPS_ATTRIBUTE_DEFAULT_PIX]->number[1];
	profile->max_width = (int)a[IPS_ATTRIBUTE_MAX_PIX]->number[0];
	profile->max_height = (int)a[IPS_ATTRIBUTE_MAX_PIX]->number[1];
	profile->quality = (int)a[IPS_ATTRIBUTE_JPEG_QUALITY]->number[0];
	profile->chroma_full = a[IPS_ATTRIBUTE_JPEG_QUALITY]->count > 1 &&
			       a[IPS_ATTRIBUTE_JPEG_QUALITY]->number[1] != 0;
	profile->print_resolution = a[IPS_ATTRIBUTE_PRINT_RESOLUTION]->number[0];
}

int
ips_attributes_seconds(const struct ips_attributes *attributes, enum ips_attribute hours)
{
	double seconds = attributes->value[hours]->number[0] * 60 * 60;

	return seconds < 0 || seconds > YEAR_S ? YEAR_S : ips_round(seconds);
}
