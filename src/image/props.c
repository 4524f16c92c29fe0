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
		g_string_append_printf(out, "%s.%s=", rows[i].object, rows[i].name);
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
		g_string_append_printf(out, "%s.%s='", rows[i].object, rows[i].name);
		append_escaped(out, rows[i].value, '\'');
		g_string_append(out, "'\n");
	}
}

/* Rows of one object stand together. */
static void
write_xml(struct ips_arena *mem, const struct ips_question *question,
    const struct ips_property *rows, size_t count, GString *out)
{
	const char *object = NULL;

	(void)mem;
	(void)question;
	g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prop-group>\n");
	for (size_t i = 0; i < count; i++) {
		if (object == NULL || strcmp(object, rows[i].object) != 0) {
			if (object != NULL)
				g_string_append(out, "</prop-group>\n");
			object = rows[i].object;
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
	g_string_append_printf(out, "/*jsonp*/%s({", question->handler);
	for (size_t i = 0; i < count; i++) {
		g_string_append_printf(
		    out, "%s\n\"%s.%s\":\"", i > 0 ? "," : "", rows[i].object, rows[i].name);
		append_escaped(out, rows[i].value, '"');
		g_string_append_c(out, '"');
	}
	g_string_append(out, "\n},\"");
	append_escaped(out, question->id, '"');
	g_string_append(out, "\");\n");
}

static const struct {
	const char *type;
	void (*write)(struct ips_arena *, const struct ips_question *, const struct ips_property *,
	    size_t, GString *);
} forms[] = {
	[IPS_FORM_TEXT] = { "text/plain; charset=utf-8", write_text },
	[IPS_FORM_JAVASCRIPT] = { "text/javascript; charset=utf-8", write_javascript },
	[IPS_FORM_XML] = { "text/xml; charset=utf-8", write_xml },
	[IPS_FORM_JSON] = { "text/javascript; charset=utf-8", write_json },
};

GString *
props_body(struct ips_arena *mem, const struct ips_question *question,
    const struct ips_property *rows, size_t count)
{
	GString *out = g_string_new(NULL);

	forms[question->form].write(mem, question, rows, count, out);
	return out;
}

const char *
props_type(const struct ips_question *question)
{
	return forms[question->form].type;
}
