/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which picture a name stands for, and what is shown where there is none: translation by locale,
 * suffixes, default images, error images.
 *
 * Source: "Object ID translation", attribute::LocaleMap, DefaultExt, DefaultImage,
 * DefaultImageMode, ErrorImage, ErrorDetail; defaultImage=. */
#include "service_priv.h"

#include <string.h>

struct asked {
	struct ips_service *service;
	struct ips_arena *mem;
	const struct ips_attributes *attributes;
	const char *company, *modifier, *if_none_match;
	bool head;
};

static const char *
attribute_text(const struct asked *a, enum ips_attribute attribute)
{
	return a->attributes->value[attribute]->text;
}

/* ---- Names ---- */

static bool
exists(const struct asked *a, const char *name)
{
	const struct ips_asset *asset;

	return name != NULL &&
	       ips_public_record(a->service, a->mem, a->company, name, &asset, NULL);
}

/* DefaultExt is for names that lead nowhere and have no suffix; NULL: neither form is there. */
static const char *
with_suffix(const struct asked *a, const char *name)
{
	const char *suffix = attribute_text(a, IPS_ATTRIBUTE_DEFAULT_EXT);

	if (exists(a, name))
		return name;
	if (*suffix == '\0' || strchr(name, '.') != NULL)
		return NULL;
	name = ips_arena_printf(a->mem, "%s%s", name, suffix);
	return exists(a, name) ? name : NULL;
}

/* The item of the map for a locale, split at commas: the locale, then suffixes. NULL: none. */
static char **
locale_rule(const char *map, const char *locale)
{
	g_auto(GStrv) item = g_strsplit(map, "|", -1);
	char **fallback = NULL;

	for (size_t i = 0; item[i] != NULL; i++) {
		char **part = g_strsplit(item[i], ",", -1);

		if (part[0] != NULL && *locale != '\0' &&
		    g_ascii_strcasecmp(part[0], locale) == 0) {
			g_strfreev(fallback);
			return part;
		}
		if (part[0] != NULL && part[0][0] == '\0' && fallback == NULL)
			fallback = part;
		else
			g_strfreev(part);
	}
	return fallback;
}

/* NULL: the map says that there is none. */
static const char *
translate(const struct asked *a, const char *name)
{
	const char *map = attribute_text(a, IPS_ATTRIBUTE_LOCALE_MAP);
	const char *locale = ips_modifier_peek(a->mem, a->modifier, IPS_CMD_LOCALE);
	bool told = locale != NULL;

	if (!told)
		locale = attribute_text(a, IPS_ATTRIBUTE_DEFAULT_LOCALE);
	g_auto(GStrv) rule = locale_rule(map, locale);
	if (rule == NULL)
		return told || *locale != '\0' ? NULL : with_suffix(a, name);
	for (size_t i = 1; rule[i] != NULL; i++) {
		const char *found = with_suffix(a, ips_arena_printf(a->mem, "%s%s", name, rule[i]));

		if (found != NULL)
			return found;
	}
	return NULL;
}

/* What stands for the name sent; the name itself where nothing does, so that the fault names it. */
static const char *
resolve(const struct asked *a, const char *name, bool *missing)
{
	const char *found = name;

	*missing = false;
	if (name == NULL)
		return NULL;
	if (*attribute_text(a, IPS_ATTRIBUTE_LOCALE_MAP) != '\0')
		found = translate(a, name);
	else if (*attribute_text(a, IPS_ATTRIBUTE_DEFAULT_EXT) != '\0')
		found = with_suffix(a, name);
	*missing = found == NULL;
	return found != NULL ? found : name;
}

static bool
read_attributes(struct asked *a, struct ips_error *err)
{
	const struct ips_company *company;

	a->attributes = a->service->builtin;
	if (a->company == NULL)
		return ips_service_attributes(
		    a->service, a->mem, IPS_DEFAULT_CATALOG, &a->attributes, err);
	if (!ips_catalog_company_named(a->service->catalog, a->mem, a->company, &company, err))
		return false;
	return company == NULL ||
	       ips_service_attributes(a->service, a->mem, company->id, &a->attributes, err);
}

bool
ips_public_name(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *modifier, const char **name, struct ips_error *err)
{
	struct asked a = { service, mem, .company = company, .modifier = modifier };
	bool missing;

	if (*name == NULL || company == NULL)
		return true;
	if (!read_attributes(&a, err))
		return false;
	*name = resolve(&a, *name, &missing);
	return !missing ||
	       ips_fail(err, IPS_NOT_FOUND, "Unable to find image '%s/%s'", company, *name);
}

static void
add_version(const struct asked *a, const char *name, const char *suffix, GPtrArray *out)
{
	const char *version = ips_arena_printf(a->mem, "%s%s", name, suffix);

	if (!g_ptr_array_find_with_equal_func(out, version, g_str_equal, NULL) &&
	    exists(a, version))
		g_ptr_array_add(out, (void *)(uintptr_t)version);
}

bool
ips_public_translations(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *name, const char **out, struct ips_error *err)
{
	struct asked a = { service, mem, .company = company, .modifier = "" };
	g_autoptr(GPtrArray) found = g_ptr_array_new();

	if (company == NULL || name == NULL)
		return ips_fail(err, IPS_NOT_FOUND, "Unable to find image");
	if (!read_attributes(&a, err))
		return false;
	g_auto(GStrv) item = g_strsplit(attribute_text(&a, IPS_ATTRIBUTE_LOCALE_MAP), "|", -1);
	add_version(&a, name, "", found);
	for (size_t i = 0; item[i] != NULL; i++) {
		g_auto(GStrv) part = g_strsplit(item[i], ",", -1);

		for (size_t n = 1; part[0] != NULL && part[n] != NULL; n++)
			add_version(&a, name, part[n], found);
	}
	if (found->len == 0)
		return ips_fail(err, IPS_NOT_FOUND, "Unable to find image '%s/%s'", company, name);
	g_ptr_array_add(found, NULL);
	g_autofree char *list = g_strjoinv(",", (char **)found->pdata);
	*out = ips_arena_strdup(mem, list);
	return true;
}

/* ---- Pictures in place of others ---- */

static const char *
default_object(const struct asked *a)
{
	const char *object = ips_modifier_peek(a->mem, a->modifier, IPS_CMD_DEFAULT_IMAGE);

	return object != NULL ? object : attribute_text(a, IPS_ATTRIBUTE_DEFAULT_IMAGE);
}

static bool
replaces_whole(const struct asked *a)
{
	return a->attributes->value[IPS_ATTRIBUTE_DEFAULT_IMAGE_MODE]->number[0] == 0;
}

/* Published: ignored unless pictures are asked for. */
static bool
asks_for_picture(const struct asked *a)
{
	const char *req = ips_modifier_peek(a->mem, a->modifier, IPS_CMD_REQ);

	return req == NULL || g_str_has_prefix(req, "img") || g_str_has_prefix(req, "tmb");
}

bool
ips_public_default(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *modifier, const char **object, struct ips_error *err)
{
	struct asked a = { service, mem, .company = company, .modifier = modifier };

	*object = NULL;
	if (!read_attributes(&a, err))
		return false;
	if (!replaces_whole(&a) && asks_for_picture(&a) && *default_object(&a) != '\0')
		*object = default_object(&a);
	return true;
}

/* "name" of this company, or "company/name". */
static bool
show(const struct asked *a, const char *object, const char *modifier, const char *match,
    struct ips_picture *out, struct ips_error *err)
{
	const char *slash = strchr(object, '/');
	const char *company = a->company;

	if (slash != NULL) {
		company = ips_arena_strndup(a->mem, object, (size_t)(slash - object));
		object = slash + 1;
	}
	if (!ips_public_name(a->service, a->mem, company, a->modifier, &object, err))
		return false;
	return ips_picture_make(
	    a->service, a->mem, company, object, modifier, match, a->head, out, err);
}

/* Replaces the whole request but for these commands (R63); in mode 1 the missing picture only. */
static bool
show_default(const struct asked *a, const char *name, struct ips_picture *out)
{
	static const enum ips_cmd kept[] = { IPS_CMD_WID, IPS_CMD_HEI, IPS_CMD_FMT, IPS_CMD_QLT };
	const char *object = default_object(a);
	const char *modifier = a->modifier;

	if (*object == '\0')
		return false;
	if (replaces_whole(a) || exists(a, name))
		modifier = ips_modifier_keep(a->mem, modifier, kept, IPS_NELEM(kept));
	if (!show(a, object, modifier, a->if_none_match, out, NULL))
		return false;
	out->max_age_s = ips_attributes_seconds(a->attributes, IPS_ATTRIBUTE_DEFAULT_EXPIRATION);
	return true;
}

static const char *
title_of(const struct ips_error *err)
{
	switch (err->fault) {
	case IPS_NOT_FOUND:
		return "Unable to find the image.";
	case IPS_LIMIT:
		return "The image is too large.";
	case IPS_BROKEN_IMAGE:
		return "Unable to read the image.";
	case IPS_INTERNAL:
	case IPS_STORAGE:
	case IPS_BUSY:
	case IPS_DEADLINE:
		return "Unable to process the request now.";
	default:
		return "The request is not valid.";
	}
}

static bool
is_detailed(const struct ips_attributes *attributes)
{
	return attributes->value[IPS_ATTRIBUTE_ERROR_DETAIL]->number[0] >= 2;
}

/* A template can write what went wrong into the picture. Clients are not to keep it. */
static bool
show_error(const struct asked *a, const struct ips_error *why, struct ips_picture *out)
{
	const char *object = attribute_text(a, IPS_ATTRIBUTE_ERROR_IMAGE);
	const char *title = title_of(why);
	const char *message = is_detailed(a->attributes) ? why->reason : title;

	if (*object == '\0')
		return false;
	g_autofree char *title_code = g_uri_escape_string(title, NULL, FALSE);
	g_autofree char *message_code = g_uri_escape_string(message, NULL, FALSE);
	const char *modifier =
	    ips_arena_printf(a->mem, "$error.title=%s&$error.message=%s", title_code, message_code);
	if (!show(a, object, modifier, NULL, out, NULL))
		return false;
	out->max_age_s = 0;
	return true;
}

bool
ips_service_picture(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *asset, const char *modifier, const char *if_none_match, bool head,
    struct ips_picture *out, struct ips_error *err)
{
	struct asked a = { service, mem, NULL, company, modifier, if_none_match, head };
	struct ips_error why = { .fault = IPS_OK };
	bool missing;

	if (!read_attributes(&a, err))
		return false;
	const char *name = resolve(&a, asset, &missing);
	bool made =
	    missing ? ips_fail(&why, IPS_NOT_FOUND, "Unable to find image '%s/%s'", company, asset)
		    : ips_picture_make(
			  service, mem, company, name, modifier, if_none_match, head, out, &why);
	if (made || (why.fault == IPS_NOT_FOUND && show_default(&a, name, out)) ||
	    show_error(&a, &why, out))
		return true;
	if (err != NULL)
		*err = why;
	return false;
}

void
ips_service_title(
    struct ips_service *service, struct ips_arena *mem, const char *company, struct ips_error *err)
{
	struct asked a = { service, mem, .company = company };

	if (read_attributes(&a, NULL) && !is_detailed(a.attributes))
		g_strlcpy(err->reason, title_of(err), sizeof(err->reason));
}
