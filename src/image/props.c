/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Properties as text, JavaScript, XML and JSONP.
 * Source: Image Serving reference, "Response data", "Properties". */
#include "image_priv.h"

#include <string.h>

/* A line break, a backslash or a control character would leave its string or line. */
static void
append_control(GString *out, unsigned char c)
{
	static const char letters[] = "b\bf\fn\nr\rt\t";
	const char *at = NULL;

	for (size_t i = 1; i < sizeof(letters) - 1 && at == NULL; i += 2)
		if ((unsigned char)letters[i] == c)
			at = &letters[i - 1];
	if (at != NULL)
		g_string_append_printf(out, "\\%c", *at);
	else
		g_string_append_printf(out, "\\u%04x", c);
}

/* quote: '"' is escaped by a backslash, '\'' is doubled as published, 0 stands for no quotes. */
static void
append_escaped(GString *out, const char *text, char quote)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			append_control(out, c);
		else if (c == '\\')
			g_string_append(out, "\\\\");
		else if (quote != '\0' && c == (unsigned char)quote)
			g_string_append(out, quote == '\'' ? "''" : "\\\"");
		else if (quote != '\0' && c == '<')
			g_string_append(out, "\\u003c"); /* may stand inside a <script> */
		else
			g_string_append_c(out, *text);
	}
}

/* "image.width", or the name alone. */
static void
append_name(GString *out, const struct ips_property *row)
{
	if (row->object != NULL)
		g_string_append_printf(out, "%s.", row->object);
	g_string_append(out, row->name);
}

/* What XML 1.0 cannot hold becomes '?'. */
static void
append_xml(GString *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\t' || c == '\n' ||
		    c == '\r')
			g_string_append_printf(out, "&#%d;", c);
		else
			g_string_append_c(out, c < 0x20 ? '?' : *text);
	}
}

static void
write_text(struct ips_arena *mem, const struct ips_question *question,
    const struct ips_property *rows, size_t count, GString *out)
{
	(void)question;
	g_string_append_printf(out, "#S7Z OK\n#%s\n", http_date(mem, ips_clock_ms()));
	for (size_t i = 0; i < count; i++) {
		append_name(out, &rows[i]);
		g_string_append_c(out, '=');
		append_escaped(out, rows[i].value, '\0');
		g_string_append_c(out, '\n');
	}
}

static void
write_javascript(struct ips_arena *mem, const struct ips_question *question,
    const struct ips_property *rows, size_t count, GString *out)
{
	(void)mem;
	(void)question;
	for (size_t i = 0; i < count; i++) {
		append_name(out, &rows[i]);
		g_string_append(out, "='");
		append_escaped(out, rows[i].value, '\'');
		g_string_append(out, "'\n");
	}
}

static bool
same_object(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Rows of one object stand together; those of none stand in the outermost group. */
static void
write_xml(struct ips_arena *mem, const struct ips_question *question,
    const struct ips_property *rows, size_t count, GString *out)
{
	const char *object = NULL;

	(void)mem;
	(void)question;
	g_string_append(out, "<prop-group>\n");
	for (size_t i = 0; i < count; i++) {
		if (!same_object(object, rows[i].object)) {
			if (object != NULL)
				g_string_append(out, "</prop-group>\n");
			object = rows[i].object;
			if (object != NULL)
				g_string_append_printf(out, "<prop-group name=\"%s\">\n", object);
		}
		g_string_append_printf(out, "<property name=\"%s\" value=\"", rows[i].name);
		append_xml(out, rows[i].value);
		g_string_append(out, "\" />\n");
	}
	g_string_append(out, object != NULL ? "</prop-group>\n</prop-group>\n" : "</prop-group>\n");
}

static void
write_json(struct ips_arena *mem, const struct ips_question *question,
    const struct ips_property *rows, size_t count, GString *out)
{
	(void)mem;
	(void)question;
	g_string_append_c(out, '{');
	for (size_t i = 0; i < count; i++) {
		g_string_append(out, i > 0 ? ",\n\"" : "\n\"");
		append_name(out, &rows[i]);
		g_string_append(out, "\":\"");
		append_escaped(out, rows[i].value, '"');
		g_string_append_c(out, '"');
	}
	g_string_append(out, "\n}");
}

/* ---- Encodings ---- */

static const struct {
	const char *name;
	int wide;  /* bytes of a unit are 1: the higher, 2: the lower first; 0: no such units */
	bool mark; /* a byte order mark comes first */
} encodings[] = {
	[IPS_ENCODING_UTF8] = { "UTF-8", 0, false },
	[IPS_ENCODING_UTF16] = { "UTF-16", 1, true },
	[IPS_ENCODING_UTF16LE] = { "UTF-16LE", 2, false },
	[IPS_ENCODING_UTF16BE] = { "UTF-16BE", 1, false },
	[IPS_ENCODING_LATIN1] = { "ISO-8859-1", 0, false },
};

static void
append_unit(GString *out, int wide, unsigned unit)
{
	char bytes[2] = { (char)(unit >> 8), (char)unit };

	if (wide == 2)
		bytes[0] = (char)unit, bytes[1] = (char)(unit >> 8);
	g_string_append_len(out, bytes, 2);
}

static void
append_utf16(GString *out, int wide, gunichar c)
{
	if (c < 0x10000) {
		append_unit(out, wide, c);
		return;
	}
	append_unit(out, wide, 0xd800 + ((c - 0x10000) >> 10));
	append_unit(out, wide, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* What Latin-1 has not is written as the form allows. */
static void
append_latin1(GString *out, enum ips_form form, gunichar c)
{
	if (c <= 0xff)
		g_string_append_c(out, (char)c);
	else if (form == IPS_FORM_XML)
		g_string_append_printf(out, "&#%u;", c);
	else if (c < 0x10000)
		g_string_append_printf(out, "\\u%04x", c);
	else
		g_string_append_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
		    0xdc00 + ((c - 0x10000) & 0x3ff));
}

static GString *
encoded(GString *utf8, const struct ips_question *question)
{
	enum ips_encoding to = question->encoding;
	GString *out;

	if (to == IPS_ENCODING_UTF8)
		return utf8;
	out = g_string_sized_new(utf8->len * 2);
	if (encodings[to].mark)
		append_unit(out, encodings[to].wide, 0xfeff);
	for (const char *at = utf8->str; *at != '\0'; at = g_utf8_next_char(at))
		if (encodings[to].wide != 0)
			append_utf16(out, encodings[to].wide, g_utf8_get_char(at));
		else
			append_latin1(out, question->form, g_utf8_get_char(at));
	g_string_free(utf8, TRUE);
	return out;
}

/* ---- Forms ---- */

static const struct {
	const char *type;
	void (*write)(struct ips_arena *, const struct ips_question *, const struct ips_property *,
	    size_t, GString *);
} forms[] = {
	[IPS_FORM_TEXT] = { "text/plain", write_text },
	[IPS_FORM_JAVASCRIPT] = { "text/javascript", write_javascript },
	[IPS_FORM_XML] = { "text/xml", write_xml },
	[IPS_FORM_JSON] = { "text/javascript", write_json },
};

/* An answer may be written already; only its form is ours. */
static const char *
written(const struct ips_question *question, const struct ips_answer *answer)
{
	switch (question->form) {
	case IPS_FORM_TEXT:
		return answer->text;
	case IPS_FORM_XML:
		return answer->xml;
	case IPS_FORM_JSON:
		return answer->json;
	default:
		return NULL;
	}
}

GString *
answer_body(
    struct ips_arena *mem, const struct ips_question *question, const struct ips_answer *answer)
{
	const char *own = written(question, answer);
	GString *out = g_string_new(NULL);

	if (question->form == IPS_FORM_XML && (own == NULL || !g_str_has_prefix(own, "<?xml ")))
		g_string_append_printf(out, "<?xml version=\"1.0\" encoding=\"%s\" ?>\n",
		    encodings[question->encoding].name);
	if (question->form == IPS_FORM_JSON)
		g_string_append_printf(out, "/*jsonp*/%s(", question->handler);
	if (own != NULL)
		g_string_append(out, own);
	else
		forms[question->form].write(mem, question, answer->row, answer->rows, out);
	if (question->form == IPS_FORM_JSON) {
		g_string_append(out, ",\"");
		append_escaped(out, question->id, '"');
		g_string_append(out, "\");\n");
	}
	return encoded(out, question);
}

const char *
answer_type(struct ips_arena *mem, const struct ips_question *question)
{
	g_autofree char *name = g_ascii_strdown(encodings[question->encoding].name, -1);

	return ips_arena_printf(mem, "%s; charset=%s", forms[question->form].type, name);
}
