/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a request asks for, read before anything else of it: several kinds of request ignore every
 * other command, and a fault has to be told in the form that was asked for. */
#include "modifier_priv.h"

#include <string.h>

enum {
	TEXT = 1 << IPS_FORM_TEXT,
	SCRIPT = 1 << IPS_FORM_JAVASCRIPT,
	XML = 1 << IPS_FORM_XML,
	JSON = 1 << IPS_FORM_JSON,
	ALL = TEXT | SCRIPT | XML | JSON,
};

static const struct kind {
	const char *word;
	enum ips_ask ask;
	unsigned forms; /* published; 0: there is no choice */
	bool encodes;   /* an encoding may be chosen where the form is XML or JSON */
	enum ips_form dflt;
} kinds[] = {
	{ "img", IPS_ASK_IMAGE, 0, false, IPS_FORM_TEXT },
	{ "tmb", IPS_ASK_IMAGE, 0, false, IPS_FORM_TEXT },
	{ "mask", IPS_ASK_IMAGE, 0, false, IPS_FORM_TEXT },
	{ "exists", IPS_ASK_EXISTS, ALL, false, IPS_FORM_TEXT },
	{ "validate", IPS_ASK_VALIDATE, ALL, false, IPS_FORM_TEXT },
	{ "props", IPS_ASK_PROPS, ALL, false, IPS_FORM_TEXT },
	{ "imageprops", IPS_ASK_IMAGEPROPS, ALL, false, IPS_FORM_TEXT },
	{ "catalogprops", IPS_ASK_CATALOGPROPS, ALL, false, IPS_FORM_TEXT },
	{ "loadcache", IPS_ASK_LOADCACHE, 0, false, IPS_FORM_TEXT },
	{ "resolve", IPS_ASK_RESOLVE, 0, false, IPS_FORM_TEXT },
	{ "message", IPS_ASK_MESSAGE, 0, false, IPS_FORM_TEXT },
	{ "userdata", IPS_ASK_USERDATA, TEXT | XML | JSON, true, IPS_FORM_TEXT },
	{ "targets", IPS_ASK_TARGETS, TEXT | XML | JSON, true, IPS_FORM_TEXT },
	{ "map", IPS_ASK_MAP, TEXT | XML | JSON, true, IPS_FORM_TEXT },
	{ "imageset", IPS_ASK_IMAGESET, ALL, true, IPS_FORM_TEXT },
	{ "set", IPS_ASK_SET, XML | JSON, true, IPS_FORM_XML },
	{ "xmp", IPS_ASK_XMP, 0, false, IPS_FORM_XML },
	{ "xlate", IPS_ASK_XLATE, ALL, false, IPS_FORM_TEXT },
};

/* In the order of their enums, but for the defaults at 0. */
static const char *const forms[] = { "text", "javascript", "xml", "json" };
static const char *const encodings[] = { "UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "ISO-8859-1" };

static bool
name_is(struct span name, const char *want)
{
	return name.len == strlen(want) && g_ascii_strncasecmp(name.at, want, name.len) == 0;
}

static int
find_word(const struct ips_value *value, int n, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ips_value_word_is(value, n, words[i]))
			return (int)i;
	return 0;
}

static bool
check_form(const struct kind *kind, const struct ips_value *value, const struct ips_question *out,
    struct ips_error *err)
{
	g_autoptr(GString) allowed = g_string_new(NULL);

	for (size_t i = 0; i < IPS_NELEM(forms); i++)
		if (kind->forms & 1u << i)
			g_string_append_printf(
			    allowed, "%s%s", allowed->len > 0 ? ", " : "", forms[i]);
	if (kind->forms == 0 && value->words > 1)
		return ips_fail(err, IPS_INVALID_PARAMETER, "req=%s: a form cannot be chosen here",
		    value->text);
	if (value->words > 1 && !(kind->forms & 1u << out->form))
		return ips_fail(err, IPS_INVALID_PARAMETER, "req=%s: the form must be one of %s",
		    value->text, allowed->str);
	if (value->words > 2 &&
	    (!kind->encodes || (out->form != IPS_FORM_XML && out->form != IPS_FORM_JSON)))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "req=%s: an encoding cannot be chosen here", value->text);
	return true;
}

static bool
take_req(struct ips_arena *mem, struct span raw, struct ips_question *out, struct ips_error *err)
{
	struct ips_value value;

	out->ask = IPS_ASK_IMAGE;
	out->form = IPS_FORM_TEXT;
	out->encoding = IPS_ENCODING_UTF8;
	if (!value_parse(mem, ips_command(IPS_CMD_REQ), raw, &value, err))
		return false;
	out->form = (enum ips_form)find_word(&value, 1, forms, IPS_NELEM(forms));
	out->encoding = (enum ips_encoding)find_word(&value, 2, encodings, IPS_NELEM(encodings));
	for (size_t i = 0; i < IPS_NELEM(kinds); i++)
		if (ips_value_word_is(&value, 0, kinds[i].word)) {
			out->ask = kinds[i].ask;
			if (value.words < 2)
				out->form = kinds[i].dflt;
			return check_form(&kinds[i], &value, out, err);
		}
	return true;
}

/* It becomes the name of a function that the client's page calls: nothing else must get in. */
static bool
take_handler(
    struct ips_arena *mem, struct span raw, struct ips_question *out, struct ips_error *err)
{
	struct span name = lex_decode(mem, raw);
	char shown[SHOWN_LEN];

	for (size_t i = 0; i < name.len; i++)
		if (!g_ascii_isalnum(name.at[i]))
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "handler=%s: only a-z, A-Z and 0-9 are allowed", span_show(raw, shown));
	if (name.len > 0)
		out->handler = ips_arena_strndup(mem, name.at, name.len);
	return true;
}

/* Anything that is text; else it stays what it was. */
static void
take_text(struct ips_arena *mem, struct span raw, const char **out)
{
	struct span text = lex_decode(mem, raw);

	if (ips_utf8_valid(text.at, text.len))
		*out = ips_arena_strndup(mem, text.at, text.len);
}

bool
ips_modifier_question(
    struct ips_arena *mem, const char *text, struct ips_question *out, struct ips_error *err)
{
	struct ips_error why_req = { .fault = IPS_OK }, why_handler = { .fault = IPS_OK };
	struct span rest = lex_trim(text);
	bool req = true, handler = true;
	struct part part;

	*out = (struct ips_question){
		.handler = "s7jsonResponse", .id = "", .message = "", .label_key = ""
	};
	for (;;) {
		if (!lex_part(&rest, &part, NULL))
			continue; /* it is refused later if it matters, and it has been passed */
		if (part.name.at == NULL)
			break;
		if (!part.has_value)
			continue;
		if (name_is(part.name, "req"))
			req = take_req(mem, part.value, out, &why_req);
		else if (name_is(part.name, "handler"))
			handler = take_handler(mem, part.value, out, &why_handler);
		else if (name_is(part.name, "id"))
			take_text(mem, part.value, &out->id);
		else if (name_is(part.name, "message"))
			take_text(mem, part.value, &out->message);
		else if (name_is(part.name, "labelkey"))
			take_text(mem, part.value, &out->label_key);
	}
	handler = handler || out->form != IPS_FORM_JSON;
	if (err != NULL && (!req || !handler))
		*err = req ? why_handler : why_req;
	return req && handler;
}
