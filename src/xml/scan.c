/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A look at the tokens of a document without understanding them. For text that is well-formed so
 * far it sees the tokens that the parser sees; the parser stops at the first error, so what this
 * scan makes of the text behind one does not matter. */
#include "xml_priv.h"

#include <string.h>

/* Comments, CDATA and processing instructions, where markup is no markup. */
static const struct {
	const char *start, *end;
} opaque[] = {
	{ "<!--", "-->" },
	{ "<![CDATA[", "]]>" },
	{ "<?", "?>" },
};

/* Just past the opaque section at `at`; `at` itself if there is none; NULL if it does not end. */
static const char *
skip_opaque(const char *at, const char *end)
{
	for (size_t i = 0; i < IPS_NELEM(opaque); i++) {
		size_t start_len = strlen(opaque[i].start), end_len = strlen(opaque[i].end);
		if ((size_t)(end - at) < start_len || memcmp(at, opaque[i].start, start_len) != 0)
			continue;
		at += start_len;
		const char *found = memmem(at, (size_t)(end - at), opaque[i].end, end_len);
		return found != NULL ? found + end_len : NULL;
	}
	return at;
}

/* Counts quoted values up to the tag's end. NULL if it does not end. */
static const char *
scan_tag(const char *at, const char *end, int *attributes)
{
	for (*attributes = 0; at < end; at++) {
		if (*at == '>')
			return at + 1;
		if (*at != '"' && *at != '\'')
			continue;
		++*attributes;
		at = memchr(at + 1, *at, (size_t)(end - at - 1));
		if (at == NULL)
			return NULL;
	}
	return NULL;
}

bool
xml_scan(const struct document *doc, int attributes_max, bool doctype, struct ips_error *err)
{
	const char *at = doc->text, *end = doc->text + doc->len;
	int attributes;

	while (at != NULL && (at = memchr(at, '<', (size_t)(end - at))) != NULL && end - at > 1) {
		const char *start = at;
		if (at[1] == '!' || at[1] == '?') {
			at = skip_opaque(at, end);
			if (at == start && doctype)
				at += 2;
			else if (at == start)
				return xml_fail(err, xml_line_of(doc->text, at),
				    "A document type declaration is not allowed.");
			continue;
		}
		at = scan_tag(at + 1, end, &attributes);
		if (attributes > attributes_max)
			return xml_fail(err, xml_line_of(doc->text, start),
			    "An element has too many attributes.");
	}
	return true;
}

/* ---- References ---- */

/* The character of the reference at `at`, "&#…;", or 0 if it is none beyond U+FFFF. */
static gunichar
astral_reference(const char *at, const char *end, const char **after)
{
	bool hex = end - at > 3 && at[2] == 'x';
	const char *p = at + (hex ? 3 : 2);
	gunichar c = 0;

	for (; p < end && *p != ';'; p++) {
		int digit = hex ? g_ascii_xdigit_value(*p) : g_ascii_digit_value(*p);
		if (digit < 0 || c > 0x10FFFF)
			return 0;
		c = c * (hex ? 16 : 10) + (gunichar)digit;
	}
	if (p == end || c < 0x10000 || c > 0x10FFFF)
		return 0;
	*after = p + 1;
	return c;
}

static bool
has_references(const char *at, const char *end)
{
	for (; (at = memchr(at, '&', (size_t)(end - at))) != NULL; at++)
		if (end - at > 1 && at[1] == '#')
			return true;
	return false;
}

char *
xml_expand_references(const char *text, size_t len, size_t *out_len)
{
	const char *end = text + len, *done = text, *after;

	if (!has_references(text, end))
		return NULL;
	GString *out = g_string_sized_new(len);
	for (const char *at = text; at < end; at = after) {
		gunichar c;
		after = at + 1;
		if (*at == '<') {
			const char *next = skip_opaque(at, end);
			after = next == NULL ? end : next > at ? next : after;
		} else if (*at == '&' && end - at > 2 && at[1] == '#' &&
			   (c = astral_reference(at, end, &after)) != 0) {
			g_string_append_len(out, done, at - done);
			g_string_append_unichar(out, c);
			done = after;
		}
	}
	bool changed = done != text;
	g_string_append_len(out, done, end - done);
	*out_len = changed ? out->len : *out_len;
	return g_string_free(out, !changed);
}
