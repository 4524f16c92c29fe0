/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The rows of attribute.def: the same kinds of values as those of commands. */
#include "modifier_priv.h"
#include "places.h"

#include <string.h>

#define IS(value) value, false, true
#define UNSET     "", false, true

static const struct ips_command attributes[] = {
#define ATTRIBUTE(row, title, least, ...)                                                          \
	[IPS_ATTRIBUTE_##                                                                          \
	    row] = { IPS_CMD_COUNT, title, IPS_SCOPE_REQUEST, IPS_CMD_COUNT, least, __VA_ARGS__ },
#include "openips/attribute.def"
#undef ATTRIBUTE
};

const struct ips_command *
ips_attribute(enum ips_attribute attribute)
{
	return &attributes[attribute];
}

bool
ips_attribute_find(const char *name, enum ips_attribute *out)
{
	for (int i = 0; i < IPS_ATTRIBUTE_COUNT; i++)
		if (g_ascii_strcasecmp(attributes[i].name, name) == 0) {
			*out = (enum ips_attribute)i;
			return true;
		}
	return false;
}

/* Each item is a locale and at least one suffix. */
static bool
is_locale_map(const char *text)
{
	g_auto(GStrv) item = g_strsplit(text, "|", -1);

	for (size_t i = 0; item[i] != NULL; i++)
		if (strchr(item[i], ',') == NULL)
			return false;
	return true;
}

/* What is wrong beyond the kinds of the parts; NULL: nothing. */
static const char *
complaint(enum ips_attribute attribute, const struct ips_value *value)
{
	bool given = value->text[0] != '\0';

	switch (attribute) {
	case IPS_ATTRIBUTE_MAX_PIX:
		return (value->number[0] == 0) == (value->number[1] == 0)
			   ? NULL
			   : "both numbers are 0, or none";
	case IPS_ATTRIBUTE_EXPIRATION:
	case IPS_ATTRIBUTE_DEFAULT_EXPIRATION:
	case IPS_ATTRIBUTE_NON_IMG_EXPIRATION:
		return value->number[0] >= 0 || value->number[0] == -1
			   ? NULL
			   : "hours are -1 or at least 0";
	case IPS_ATTRIBUTE_DEFAULT_EXT:
		return !given || (value->text[0] == '.' && value->text[1] != '\0')
			   ? NULL
			   : "a suffix is a point and at least one character";
	case IPS_ATTRIBUTE_LOCALE_MAP:
		return !given || is_locale_map(value->text)
			   ? NULL
			   : "each item is a locale, a comma and a suffix, perhaps an empty one";
	default:
		return NULL;
	}
}

bool
ips_attribute_parse(struct ips_arena *mem, enum ips_attribute attribute, const char *text,
    struct ips_value *out, struct ips_error *err)
{
	const struct ips_command *row = &attributes[attribute];
	struct span span = { text, strlen(text) };
	char shown[SHOWN_LEN];
	struct ips_value value;

	if (!value_read(mem, row, span, &value, err))
		return false;
	const char *why = complaint(attribute, &value);
	if (why != NULL)
		return ips_fail(err, IPS_INVALID_PARAMETER, "%s=%s: %s", row->name,
		    span_show(span, shown), why);
	*out = value;
	return true;
}
