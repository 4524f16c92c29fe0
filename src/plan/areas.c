/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* AREA elements: read, and written as HTML and as XML. */
#include "plan_priv.h"

#include <string.h>

#define BLANKS " \t\r\n\f"

/* ---- Reading ---- */

static bool
fail_map(const char *at, struct ips_error *err)
{
	return ips_fail(err, IPS_INVALID_PARAMETER,
	    "An image map is one or more complete AREA elements, not '%.60s'.", at);
}

/* NULL: the value is not closed. */
static const char *
end_of_value(const char *at)
{
	if (*at == '"' || *at == '\'') {
		const char *end = strchr(at + 1, *at);
		return end != NULL ? end + 1 : NULL;
	}
	return at + strcspn(at, BLANKS ">");
}

static bool
take_attribute(
    struct ips_arena *mem, const char **at, struct ips_area_attribute *out, struct ips_error *err)
{
	const char *name = *at, *rest;
	size_t len = strcspn(name, BLANKS "=/><\"'");

	if (len == 0)
		return fail_map(name, err);
	*out = (struct ips_area_attribute){ ips_arena_strndup(mem, name, len), NULL };
	*at = name + len;
	rest = *at + strspn(*at, BLANKS);
	if (*rest != '=')
		return true;
	rest += 1 + strspn(rest + 1, BLANKS);
	const char *end = end_of_value(rest);
	if (end == NULL || end == rest)
		return fail_map(name, err);
	out->value = ips_arena_strndup(mem, rest, (size_t)(end - rest));
	*at = end;
	return true;
}

static bool
take_area(struct ips_arena *mem, const char **at, struct ips_area *out, struct ips_error *err)
{
	const char *start = *at;
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct ips_area_attribute));

	if (g_ascii_strncasecmp(start, "<area", 5) != 0 || strchr(BLANKS "/>", start[5]) == NULL ||
	    start[5] == '\0')
		return fail_map(start, err);
	for (*at = start + 5;; *at += strspn(*at, BLANKS)) {
		struct ips_area_attribute attribute;

		if (**at == '>' || (**at == '/' && (*at)[1] == '>'))
			break;
		if (strchr(BLANKS, **at) != NULL && **at != '\0')
			continue;
		if (!take_attribute(mem, at, &attribute, err))
			return false;
		g_array_append_val(list, attribute);
	}
	*at += **at == '/' ? 2 : 1;
	if (g_ascii_strncasecmp(*at, "</area>", 7) == 0)
		*at += 7;
	struct ips_area_attribute *own =
	    IPS_NEW_N(mem, struct ips_area_attribute, list->len + 2); /* room for two more */
	for (guint i = 0; i < list->len; i++)
		own[i] = g_array_index(list, struct ips_area_attribute, i);
	*out = (struct ips_area){ ips_arena_strndup(mem, start + 1, 4), (int)list->len, own };
	return true;
}

bool
ips_areas_parse(
    struct ips_arena *mem, const char *text, struct ips_areas *out, struct ips_error *err)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct ips_area));
	const char *at = text;

	while (*(at += strspn(at, BLANKS)) != '\0') {
		struct ips_area area;

		if (!take_area(mem, &at, &area, err))
			return false;
		g_array_append_val(list, area);
	}
	struct ips_area *own = IPS_NEW_N(mem, struct ips_area, list->len + 1);
	for (guint i = 0; i < list->len; i++)
		own[i] = g_array_index(list, struct ips_area, i);
	*out = (struct ips_areas){ (int)list->len, own };
	return true;
}

/* ---- Writing ---- */

const char *
ips_areas_html(struct ips_arena *mem, const struct ips_areas *areas)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (int i = 0; i < areas->count; i++) {
		const struct ips_area *area = &areas->area[i];

		g_string_append_printf(out, "<%s", area->element);
		for (int k = 0; k < area->attributes; k++) {
			const struct ips_area_attribute *a = &area->attribute[k];
			g_string_append_printf(
			    out, " %s%s%s", a->name, a->value ? "=" : "", a->value ? a->value : "");
		}
		g_string_append_c(out, '>');
	}
	return ips_arena_strndup(mem, out->str, out->len);
}

/* References that XML knows, too, stay what they are. */
static bool
is_reference(const char *at)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };
	size_t digits;

	for (size_t i = 0; i < IPS_NELEM(known); i++)
		if (g_str_has_prefix(at, known[i]))
			return true;
	if (at[1] != '#')
		return false;
	digits = strspn(at + 2, "0123456789");
	return digits > 0 && at[2 + digits] == ';';
}

static void
append_xml(GString *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '<' || c == '"' || c == '\t' || c == '\n' || c == '\r' ||
		    (c == '&' && !is_reference(text + i)))
			g_string_append_printf(out, "&#%d;", c);
		else
			g_string_append_c(out, c < 0x20 ? '?' : text[i]);
	}
}

/* HTML takes nearly anything for a name; XML does not, and neither takes one twice. */
static bool
is_xml_name(const char *name)
{
	if (!g_ascii_isalpha(*name) && *name != '_')
		return false;
	for (; *name != '\0'; name++)
		if (!g_ascii_isalnum(*name) && strchr("-_.", *name) == NULL)
			return false;
	return true;
}

static bool
is_repeated(const struct ips_area *area, int n)
{
	for (int i = 0; i < n; i++)
		if (g_ascii_strcasecmp(area->attribute[i].name, area->attribute[n].name) == 0)
			return true;
	return false;
}

static void
append_attribute(GString *out, const struct ips_area_attribute *a)
{
	g_autofree char *name = g_ascii_strdown(a->name, -1);
	const char *value = a->value != NULL ? a->value : a->name; /* as XHTML spells it */
	size_t len = strlen(value);
	bool quoted = *value == '"' || *value == '\'';

	g_string_append_printf(out, " %s=\"", name);
	append_xml(out, value + quoted, quoted ? len - 2 : len);
	g_string_append_c(out, '"');
}

const char *
ips_areas_xml(struct ips_arena *mem, const struct ips_areas *areas)
{
	g_autoptr(GString) out = g_string_new("<map>\n");

	for (int i = 0; i < areas->count; i++) {
		const struct ips_area *area = &areas->area[i];

		g_string_append(out, "<area");
		for (int k = 0; k < area->attributes; k++)
			if (is_xml_name(area->attribute[k].name) && !is_repeated(area, k))
				append_attribute(out, &area->attribute[k]);
		g_string_append(out, " />\n");
	}
	if (areas->count == 0)
		g_string_append(out, "<area />\n");
	g_string_append(out, "</map>\n");
	return ips_arena_strndup(mem, out->str, out->len);
}
