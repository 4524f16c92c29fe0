/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Watermarks, said in the language itself: the picture and the mark as nested requests in two
 * layers, and the view around them. Source: "Watermarks", attribute::Watermark, align=. */
#include "service_priv.h"

#include <stdlib.h>
#include <string.h>

/* What is said of the reply, and not of what it shows. */
static size_t
list_view(enum ips_cmd *out)
{
	size_t count = 0;

	for (int i = 0; i < IPS_CMD_COUNT; i++) {
		enum ips_scope scope = ips_command((enum ips_cmd)i)->scope;

		if (scope != IPS_SCOPE_LAYER && scope != IPS_SCOPE_COMPOSITE &&
		    scope != IPS_SCOPE_SELECT && scope != IPS_SCOPE_AREAS)
			out[count++] = (enum ips_cmd)i;
	}
	return count;
}

/* -1 .. 1 as parts of a rectangle from its middle. */
static void
read_align(struct ips_arena *mem, const char *mark, char part[2][G_ASCII_DTOSTR_BUF_SIZE])
{
	const char *align = ips_modifier_peek(mem, mark, IPS_CMD_ALIGN);

	for (int i = 0; i < 2; i++) {
		char *end = NULL;
		double value = align != NULL ? g_ascii_strtod(align, &end) : 0;

		align = end != NULL && *end == ',' ? end + 1 : NULL;
		g_ascii_dtostr(part[i], G_ASCII_DTOSTR_BUF_SIZE, CLAMP(value, -1, 1) / 2);
	}
}

void
ips_watermark_split(
    struct ips_arena *mem, const char *text, const char *mark, struct ips_marked *out)
{
	/* In layer 0 of the mark these speak of how it is laid over the picture. */
	static const enum ips_cmd laid[] = { IPS_CMD_SIZE_N, IPS_CMD_BLEND_MODE };
	enum ips_cmd view[IPS_CMD_COUNT];
	size_t count = list_view(view);
	char at[2][G_ASCII_DTOSTR_BUF_SIZE];
	const char *variables = ips_modifier_keep(mem, text, NULL, 0);

	read_align(mem, mark, at);
	out->picture = ips_modifier_drop(mem, text, view, count);
	out->mark = ips_arena_printf(mem, "%s&layer=comp&%s", variables,
	    ips_modifier_drop_base(
		mem, ips_modifier_drop(mem, mark, view, count), laid, IPS_NELEM(laid)));
	out->whole = ips_arena_printf(mem,
	    "layer=0&src=is{0}&layer=1&src=is{1}&originN=%s,%s&posN=%s,%s&%s&layer=comp&%s", at[0],
	    at[1], at[0], at[1], ips_modifier_keep_base(mem, mark, laid, IPS_NELEM(laid)),
	    ips_modifier_keep(mem, text, view, count));
}

bool
ips_watermark_applies(struct ips_arena *mem, const char *text)
{
	const char *req = ips_modifier_peek(mem, text, IPS_CMD_REQ);

	return req == NULL || (strncmp(req, "img", 3) == 0 && (req[3] == '\0' || req[3] == ','));
}
