/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "xml_priv.h"

#include <string.h>

bool
xml_fail(struct ips_error *err, int64_t line, const char *what)
{
	return ips_fail(err, IPS_INVALID_REQUEST_XML, "%s (line %" G_GINT64_FORMAT ")", what, line);
}

int64_t
xml_line_of(const char *text, const char *at)
{
	int64_t line = 1;

	while ((text = memchr(text, '\n', (size_t)(at - text))) != NULL) {
		text++;
		line++;
	}
	return line;
}

/* ---- Which encoding? ---- */

enum encoding { UTF_8, US_ASCII, LATIN_1, UTF_16, UNKNOWN_ENCODING };

static const struct {
	const char *name;
	enum encoding encoding;
} encodings[] = {
	{ "utf-8", UTF_8 },
	{ "utf8", UTF_8 },
	{ "us-ascii", US_ASCII },
	{ "ascii", US_ASCII },
	{ "iso-8859-1", LATIN_1 },
	{ "latin1", LATIN_1 },
	{ "utf-16", UTF_16 },
	{ "utf-16le", UTF_16 },
	{ "utf-16be", UTF_16 },
};

static enum encoding
encoding_named(const char *name, size_t len)
{
	for (size_t i = 0; i < IPS_NELEM(encodings); i++)
		if (strlen(encodings[i].name) == len &&
		    g_ascii_strncasecmp(encodings[i].name, name, len) == 0)
			return encodings[i].encoding;
	return UNKNOWN_ENCODING;
}

/* Just past "<?xml … ?>", or text itself if it has no declaration. */
static const char *
after_declaration(const char *text, size_t len)
{
	if (len < 6 || memcmp(text, "<?xml", 5) != 0 || !g_ascii_isspace(text[5]))
		return text;
	const char *end = memmem(text, len, "?>", 2);
	return end != NULL ? end + 2 : text;
}

/* Whether the declaration is well-formed is the parser's question; here only its encoding. */
static enum encoding
declared_encoding(const char *text, size_t len, enum encoding fallback)
{
	const char *end = after_declaration(text, len);
	const char *p = memmem(text, (size_t)(end - text), "encoding", 8);

	if (p == NULL)
		return fallback;
	for (p += 8; p < end && (g_ascii_isspace(*p) || *p == '='); p++)
		;
	if (p == end || (*p != '"' && *p != '\''))
		return UNKNOWN_ENCODING;
	const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
	if (close == NULL)
		return UNKNOWN_ENCODING;
	return encoding_named(p + 1, (size_t)(close - p - 1));
}

/* ---- Conversion ---- */

static bool
has_prefix(const char *text, size_t len, const char *prefix, size_t prefix_len)
{
	return len >= prefix_len && memcmp(text, prefix, prefix_len) == 0;
}

/* The copy's declaration names an encoding it no longer has: skip it. */
static void
take_copy(struct document *out, char *copy, size_t len)
{
	out->copy = copy;
	out->text = after_declaration(copy, len);
	out->len = len - (size_t)(out->text - copy);
}

static void
decode_latin1(const char *text, size_t len, struct document *out)
{
	char *copy = g_malloc(len * 2 + 1);
	char *to = copy;

	for (size_t i = 0; i < len; i++)
		to += g_unichar_to_utf8((unsigned char)text[i], to);
	take_copy(out, copy, (size_t)(to - copy));
}

static bool
decode_utf16(const char *text, size_t len, bool big, struct document *out, struct ips_error *err)
{
	size_t units = (len - 2) / 2;
	gunichar2 *native = g_new(gunichar2, units + 1);
	glong read = 0, written = 0;

	for (size_t i = 0; i < units; i++) {
		gunichar2 unit;
		memcpy(&unit, text + 2 + 2 * i, 2);
		native[i] = big ? GUINT16_FROM_BE(unit) : GUINT16_FROM_LE(unit);
	}
	char *copy =
	    units > 0 ? g_utf16_to_utf8(native, (glong)units, &read, &written, NULL) : NULL;
	g_free(native);
	if (copy == NULL || (size_t)read != units || len % 2 != 0) {
		g_free(copy);
		return xml_fail(err, 1, "The text is not valid UTF-16.");
	}
	/* A declaration of another encoding contradicts the byte order mark. */
	if (declared_encoding(copy, (size_t)written, UTF_16) != UTF_16) {
		g_free(copy);
		return xml_fail(err, 1, "The declared encoding is not that of the text.");
	}
	take_copy(out, copy, (size_t)written);
	return true;
}

static bool
decode_bytes(const char *text, size_t len, struct document *out, struct ips_error *err)
{
	switch (declared_encoding(text, len, UTF_8)) {
	case UTF_8:
	case US_ASCII: /* a part of UTF-8: being lenient here loses nothing */
		out->text = text;
		out->len = len;
		return true;
	case LATIN_1:
		decode_latin1(text, len, out);
		return true;
	case UTF_16:
		return xml_fail(err, 1, "Text in UTF-16 needs a byte order mark.");
	case UNKNOWN_ENCODING:
		break;
	}
	return xml_fail(err, 1, "The encoding is not supported: send UTF-8.");
}

static bool
decode(const char *text, size_t len, struct document *out, struct ips_error *err)
{
	if (has_prefix(text, len, "\xFE\xFF", 2))
		return decode_utf16(text, len, true, out, err);
	if (has_prefix(text, len, "\xFF\xFE", 2))
		return decode_utf16(text, len, false, out, err);
	if (!has_prefix(text, len, "\xEF\xBB\xBF", 3))
		return decode_bytes(text, len, out, err);
	if (declared_encoding(text + 3, len - 3, UTF_8) != UTF_8)
		return xml_fail(err, 1, "The declared encoding is not that of the text.");
	out->text = text + 3;
	out->len = len - 3;
	return true;
}

/* ---- Checking ---- */

/* The parser takes NUL for the end and would not look at what follows it. */
static bool
check_text(const struct document *doc, struct ips_error *err)
{
	const char *p = doc->text, *end = doc->text + doc->len, *bad;
	uint64_t word;

	if (doc->len == 0)
		return xml_fail(err, 1, "The document is empty.");
	if (has_prefix(p, doc->len, "\xEF\xBB\xBF", 3)) /* the parser would skip it */
		return xml_fail(err, 1, "A second byte order mark is not allowed.");
	bad = memchr(p, '\0', doc->len);
	if (bad != NULL)
		return xml_fail(err, xml_line_of(doc->text, bad), "A NUL byte is not allowed.");
	for (; end - p >= 8; p += 8) { /* most requests are ASCII throughout */
		memcpy(&word, p, 8);
		if ((word & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	if (!g_utf8_validate_len(p, (size_t)(end - p), &bad))
		return xml_fail(err, xml_line_of(doc->text, bad), "The text is not valid UTF-8.");
	return true;
}

bool
xml_decode(const char *text, size_t len, struct document *out, struct ips_error *err)
{
	struct document doc = { 0 };

	if (len == 0)
		return xml_fail(err, 1, "The document is empty.");
	if (!decode(text, len, &doc, err))
		return false;
	if (!check_text(&doc, err)) {
		g_free(doc.copy);
		return false;
	}
	*out = doc;
	return true;
}
