/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

bool
ips_word_parse(const struct ips_word *table, const char *parameter, const char *text, int dflt,
    int *out, struct ips_error *err)
{
	g_autoptr(GString) allowed = NULL;

	if (text == NULL) {
		*out = dflt;
		return true;
	}
	for (const struct ips_word *row = table; row->word != NULL; row++)
		if (strcmp(row->word, text) == 0) {
			*out = row->value;
			return true;
		}
	allowed = g_string_new(table->word);
	for (const struct ips_word *row = table + 1; row->word != NULL; row++)
		g_string_append_printf(allowed, ", %s", row->word);
	/* The word comes last, so that what is allowed survives a long one. */
	return ips_fail(err, IPS_INVALID_PARAMETER, "%s must be one of %s, not '%s'", parameter,
	    allowed->str, text);
}

static bool
unknown_type(const char *parameter, const char *name, struct ips_error *err)
{
	/* All types together would push the word out of the sentence. */
	return ips_fail(err, IPS_INVALID_PARAMETER,
	    "%s must hold published asset types (Image, Template, ImageSet, Video, Pdf, ..., or "
	    "Asset for all), not '%s'",
	    parameter, name);
}

bool
ips_types_parse(struct ips_arena *mem, const char *parameter, const char *const *names,
    size_t count, const int **out, size_t *out_count, struct ips_error *err)
{
	int *types = IPS_NEW_N(mem, int, count + 1);
	size_t kept = 0;
	bool all = false;

	for (size_t i = 0; i < count; i++) {
		const struct ips_asset_type *type = ips_asset_type_named(names[i]);

		if (strcmp(names[i], "Asset") == 0)
			all = true;
		else if (type == NULL)
			return unknown_type(parameter, names[i], err);
		else
			types[kept++] = type->id;
	}
	*out = types;
	*out_count = all ? 0 : kept;
	return true;
}
