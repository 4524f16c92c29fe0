/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a request asks for, read before anything else of it: several kinds of request ignore every
 * other command, and a fault has to be told in the form that was asked for. */
#include "modifier_priv.h"

#include <string.h>

static const struct kind {
	const char *word;
	enum ips_ask ask;
	bool forms; /* text, javascript, xml and json; otherwise there is no choice */
} kinds[] = {
	{ "img", IPS_ASK_IMAGE, false },
	{ "tmb", IPS_ASK_IMAGE, false },
	{ "mask", IPS_ASK_IMAGE, false },
	{ "exists", IPS_ASK_EXISTS, true },
	{ "validate", IPS_ASK_VALIDATE, true },
	{ "props", IPS_ASK_PROPS, true },
	{ "imageprops", IPS_ASK_IMAGEPROPS, true },
	{ "catalogprops", IPS_ASK_CATALOGPROPS, true },
	{ "loadcache", IPS_ASK_LOADCACHE, false },
	{ "resolve", IPS_ASK_RESOLVE, false },
	{ "message", IPS_ASK_MESSAGE, false },
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
check_form(const struct kind *kind, const struct ips_value *value, struct ips_error *err)
{
	if (!kind->forms && value->words > 1)
		return ips_fail(err, IPS_INVALID_PARAMETER, "req=%s: a form cannot be chosen here",
		    value->text);
	if (value->words > 2)
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
			return check_form(&kinds[i], &value, err);
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

	*out = (struct ips_question){ .handler = "s7jsonResponse", .id = "", .message = "" };
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
	}
	handler = handler || out->form != IPS_FORM_JSON;
	if (err != NULL && (!req || !handler))
		*err = req ? why_handler : why_req;
	return req && handler;
}
