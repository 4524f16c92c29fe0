/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Setting what the catalog keeps beside a picture. Nothing gets in that requests would stumble
 * over.
 */
#include "service_priv.h"

#include <string.h>

#define MAX_TEXT ((size_t)64 * 1024)

bool
ips_modifier_check_kept(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *text, struct ips_error *err)
{
	struct ips_surroundings around = { .macro = NULL };

	return ips_service_surround(service, mem, company, &around, text, &text, err) &&
	       ips_modifier_validate(mem, text, err);
}

static bool
check_modifier(struct ips_service *service, struct ips_arena *mem, const struct ips_asset *asset,
    const char *text, struct ips_error *err)
{
	return ips_modifier_check_kept(service, mem, asset->company, text, err);
}

static bool
check_map(struct ips_service *service, struct ips_arena *mem, const struct ips_asset *asset,
    const char *text, struct ips_error *err)
{
	struct ips_areas areas;

	(void)service;
	(void)asset;
	return ips_areas_parse(mem, text, &areas, err);
}

static bool
check_set(struct ips_service *service, struct ips_arena *mem, const struct ips_asset *asset,
    const char *text, struct ips_error *err)
{
	(void)service;
	(void)asset;
	return ips_set_check(mem, text, err);
}

static const struct field {
	const char *name;
	enum ips_text_field field;
	bool (*check)(struct ips_service *, struct ips_arena *, const struct ips_asset *,
	    const char *, struct ips_error *);
} fields[] = {
	{ "userData", IPS_TEXT_USER_DATA, NULL },
	{ "map", IPS_TEXT_MAP, check_map },
	{ "targets", IPS_TEXT_TARGETS, NULL },
	{ "imageSet", IPS_TEXT_IMAGE_SET, check_set },
	{ "modifier", IPS_TEXT_MODIFIER, check_modifier },
	{ "postModifier", IPS_TEXT_POST_MODIFIER, check_modifier },
};

static const struct field *
find_field(const char *name, size_t len)
{
	for (size_t i = 0; i < IPS_NELEM(fields); i++)
		if (strlen(fields[i].name) == len &&
		    g_ascii_strncasecmp(fields[i].name, name, len) == 0)
			return &fields[i];
	return NULL;
}

static bool
read_assignment(struct ips_service *service, struct ips_arena *mem, const struct ips_asset *asset,
    const char *text, struct ips_asset_text *out, struct ips_error *err)
{
	size_t len = strcspn(text, "=");
	const struct field *field = find_field(text, len);
	struct ips_error why = { .fault = IPS_OK };
	const char *value = text + len + 1;

	if (text[len] == '\0')
		return ips_fail(err, IPS_INVALID_PARAMETER, "'%s': the form is FIELD=VALUE", text);
	if (field == NULL)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "'%.*s': the fields are userData, map, targets, imageSet, modifier and "
		    "postModifier",
		    (int)len, text);
	*out = (struct ips_asset_text){ field->field, *value != '\0' ? value : NULL };
	if (!ips_utf8_valid(value, strlen(value)) || strlen(value) > MAX_TEXT)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "%s: a text of at most %zu bytes in UTF-8 is expected", field->name, MAX_TEXT);
	if (*value == '\0' || field->check == NULL ||
	    field->check(service, mem, asset, value, &why))
		return true;
	return ips_fail(err, why.fault, "%s: %s", field->name, why.reason);
}

bool
ips_service_asset_set(struct ips_service *service, struct ips_arena *mem,
    const struct ips_asset *asset, const char *const *assignments, size_t count, const char *user,
    struct ips_error *err)
{
	struct ips_asset_text *text = IPS_NEW_N(mem, struct ips_asset_text, count + 1);

	for (size_t i = 0; i < count; i++)
		if (!read_assignment(service, mem, asset, assignments[i], &text[i], err))
			return false;
	return ips_catalog_asset_texts_set(service->catalog, asset->id, text, count, user, err);
}
