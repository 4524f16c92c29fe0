/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Reads formatted text: groups, words and characters. */
#include "rtf.h"

#include <string.h>

#define MAX_DEPTH      100
#define MAX_CHARACTERS 16384
#define MAX_SPANS      2000
#define MAX_PARAGRAPHS 500
#define MAX_WORD       32
#define SMALL_CAPITALS 0.8
#define SCRIPT_SIZE    0.583 /* Photoshop's measures of sub- and superscript */
#define SCRIPT_RISE    0.333

bool
rtf_fail(struct rtf_reader *r, enum ips_fault fault, const char *fmt, ...)
{
	char why[256];
	va_list args;

	va_start(args, fmt);
	g_vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return ips_fail(r->err, fault, "%s=: %s", r->command, why);
}

/* ---- Text ---- */

static bool
end_span(struct rtf_reader *r)
{
	struct ips_rtf_span span = { r->style, NULL };

	if (r->text->len == 0)
		return true;
	if (++r->span_count > MAX_SPANS)
		return rtf_fail(r, IPS_LIMIT, "more than %d changes of style", MAX_SPANS);
	span.text = ips_arena_strndup(r->mem, r->text->str, r->text->len);
	g_array_append_val(r->spans, span);
	g_string_truncate(r->text, 0);
	return true;
}

/* What the state says of a character. */
static void
settle_style(const struct rtf_reader *r, bool small, struct ips_rtf_style *out)
{
	const struct rtf_state *state = r->state;
	const struct rtf_font *font = rtf_font(r);

	memcpy(out, &state->style, sizeof(*out));
	out->font = font != NULL ? font->name : NULL;
	out->color = rtf_color(r);
	out->rise = state->rise_given;
	out->rise_sizes = state->script * SCRIPT_RISE;
	out->reduced = (state->script != 0 ? SCRIPT_SIZE : 1) * (small ? SMALL_CAPITALS : 1);
}

static bool
use_style(struct rtf_reader *r, bool small)
{
	struct ips_rtf_style style;

	settle_style(r, small, &style);
	if (r->style != NULL && memcmp(r->style, &style, sizeof(style)) == 0)
		return true;
	if (!end_span(r))
		return false;
	struct ips_rtf_style *own = IPS_NEW(r->mem, struct ips_rtf_style);
	memcpy(own, &style, sizeof(style));
	r->style = own;
	return true;
}

static bool
put_char(struct rtf_reader *r, gunichar c)
{
	enum rtf_caps caps = r->state->caps;
	bool small = caps == RTF_CAPS_SMALL && g_unichar_islower(c);

	if (++r->characters > MAX_CHARACTERS)
		return rtf_fail(r, IPS_LIMIT, "more than %d characters", MAX_CHARACTERS);
	if (!use_style(r, small))
		return false;
	r->format = r->state->paragraph;
	g_string_append_unichar(r->text, caps != RTF_CAPS_NONE ? g_unichar_toupper(c) : c);
	return true;
}

bool
rtf_put(struct rtf_reader *r, gunichar c)
{
	if (r->skip > 0) {
		r->skip--;
		return true;
	}
	r->high = 0;
	switch (r->state->place) {
	case RTF_BODY:
		return put_char(r, c);
	case RTF_SKIP:
		return true;
	default:
		return rtf_table_char(r, c);
	}
}

bool
rtf_paragraph(struct rtf_reader *r)
{
	struct ips_rtf_paragraph paragraph;

	if (!end_span(r))
		return false;
	if (r->paragraphs->len >= MAX_PARAGRAPHS)
		return rtf_fail(r, IPS_LIMIT, "more than %d paragraphs", MAX_PARAGRAPHS);
	paragraph = r->spans->len > 0 ? r->format : r->state->paragraph;
	if (r->spans->len == 0 && !use_style(r, false))
		return false;
	paragraph.style = r->style;
	paragraph.spans = (int)r->spans->len;
	struct ips_rtf_span *spans = IPS_NEW_N(r->mem, struct ips_rtf_span, r->spans->len + 1);
	if (r->spans->len > 0)
		memcpy(spans, r->spans->data, r->spans->len * sizeof(*spans));
	paragraph.span = spans;
	g_array_append_val(r->paragraphs, paragraph);
	g_array_set_size(r->spans, 0);
	return true;
}

/* A signed number of 16 bits, or both halves of a surrogate pair. Its fallback follows. */
bool
rtf_unicode(struct rtf_reader *r, int number)
{
	unsigned c = (unsigned)(number < 0 ? number + 0x10000 : number), high = r->high;

	r->skip = 0;
	r->high = 0;
	if (c >= 0xd800 && c < 0xdc00) {
		r->high = c;
	} else {
		if (c >= 0xdc00 && c < 0xe000 && high != 0)
			c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
		if (c < 0x20 || !g_unichar_validate(c))
			return rtf_fail(
			    r, IPS_INVALID_PARAMETER, "\\u%d is not a character", number);
		if (!rtf_put(r, c))
			return false;
	}
	r->skip = r->state->fallback;
	return true;
}

/* ---- Groups ---- */

static bool
open_group(struct rtf_reader *r)
{
	struct rtf_state *state;

	if (++r->depth > MAX_DEPTH)
		return rtf_fail(r, IPS_LIMIT, "more than %d groups within each other", MAX_DEPTH);
	state = IPS_NEW(r->mem, struct rtf_state);
	memcpy(state, r->state, sizeof(*state));
	state->outer = r->state;
	r->state = state;
	r->skip = 0;
	return true;
}

static bool
close_group(struct rtf_reader *r)
{
	if (r->state->outer == NULL)
		return rtf_fail(
		    r, IPS_INVALID_PARAMETER, "a group ends that has not begun: '}' without '{'");
	if (!rtf_table_end(r))
		return false;
	r->state = r->state->outer;
	r->depth--;
	r->skip = 0;
	return true;
}

/* ---- Bytes of other character sets ---- */

static bool
flush_bytes(struct rtf_reader *r)
{
	g_autofree char *text = NULL;

	if (r->bytes->len == 0)
		return true;
	text = g_convert(
	    r->bytes->str, (gssize)r->bytes->len, "UTF-8", rtf_charset(r), NULL, NULL, NULL);
	g_string_truncate(r->bytes, 0);
	if (text == NULL)
		return rtf_fail(r, IPS_INVALID_PARAMETER,
		    "bytes written as \\'hh are no characters of %s", rtf_charset(r));
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
		if (g_utf8_get_char(at) >= 0x20 && !rtf_put(r, g_utf8_get_char(at)))
			return false;
	return true;
}

static bool
read_byte(struct rtf_reader *r)
{
	int high = g_ascii_xdigit_value(r->at[1]);
	int low = high < 0 ? -1 : g_ascii_xdigit_value(r->at[2]);

	if (low < 0)
		return rtf_fail(
		    r, IPS_INVALID_PARAMETER, "\\' must be followed by two hexadecimal digits");
	r->at += 3;
	if (r->skip > 0)
		r->skip--;
	else if (r->state->place != RTF_SKIP)
		g_string_append_c(r->bytes, (char)(high << 4 | low));
	return true;
}

/* ---- Words ---- */

static bool
read_number(struct rtf_reader *r, bool *given, int *number)
{
	bool minus = *r->at == '-' && g_ascii_isdigit(r->at[1]);
	gint64 value = 0;

	r->at += minus;
	*given = g_ascii_isdigit(*r->at);
	for (; g_ascii_isdigit(*r->at); r->at++) {
		value = value * 10 + (*r->at - '0');
		if (value > G_MAXINT)
			return rtf_fail(r, IPS_INVALID_PARAMETER, "a number is too large");
	}
	*number = (int)(minus ? -value : value);
	return true;
}

static bool
read_word(struct rtf_reader *r)
{
	char word[MAX_WORD + 1];
	size_t len = 0;
	bool given;
	int number;

	for (; g_ascii_isalpha(*r->at); r->at++)
		if (len < MAX_WORD)
			word[len++] = *r->at;
	word[len] = '\0';
	if (!read_number(r, &given, &number))
		return false;
	if (*r->at == ' ')
		r->at++;
	if (strcmp(word, "u") == 0 && !given)
		return rtf_fail(r, IPS_INVALID_PARAMETER, "\\u must be followed by a number");
	return rtf_word(r, word, given, number);
}

/* Marks that only textPs= knows are the nearest plain characters elsewhere. */
static bool
read_symbol(struct rtf_reader *r)
{
	static const struct {
		char symbol;
		gunichar ps, plain;
	} rows[] = { { '\\', '\\', '\\' }, { '{', '{', '{' }, { '}', '}', '}' }, { '~', 0xa0, ' ' },
		{ '_', 0x2011, '-' }, { '-', 0xad, 0 } };
	char symbol = *r->at++;

	if (symbol == '*')
		return r->star = true;
	if (symbol == '\n' || symbol == '\r')
		return rtf_word(r, "par", false, 0);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		gunichar c = r->ps ? rows[i].ps : rows[i].plain;
		if (rows[i].symbol == symbol)
			return c == 0 || rtf_put(r, c);
	}
	return true;
}

static bool
read_escape(struct rtf_reader *r)
{
	bool star = r->star, done;

	r->at++;
	if (*r->at == '\'')
		return read_byte(r);
	if (!flush_bytes(r))
		return false;
	if (*r->at == '\0')
		return rtf_fail(r, IPS_INVALID_PARAMETER, "the text ends with a single '\\'");
	done = g_ascii_isalpha(*r->at) ? read_word(r) : read_symbol(r);
	if (star)
		r->star = false;
	return done;
}

static bool
read_char(struct rtf_reader *r)
{
	gunichar c = g_utf8_get_char_validated(r->at, -1);

	if (c == (gunichar)-1 || c == (gunichar)-2)
		return rtf_fail(r, IPS_INVALID_PARAMETER, "the text is not UTF-8");
	r->at = g_utf8_next_char(r->at);
	return (c < 0x20 && c != '\t') || rtf_put(r, c); /* ends of lines mean nothing in RTF */
}

static bool
read_item(struct rtf_reader *r)
{
	if (*r->at == '\\')
		return read_escape(r);
	if (!flush_bytes(r))
		return false;
	switch (*r->at) {
	case '{':
		r->at++;
		return open_group(r);
	case '}':
		r->at++;
		return close_group(r);
	default:
		return read_char(r);
	}
}

static bool
read_all(struct rtf_reader *r)
{
	while (*r->at != '\0')
		if (!read_item(r))
			return false;
	if (!flush_bytes(r))
		return false;
	if (r->state->outer != NULL)
		return rtf_fail(r, IPS_INVALID_PARAMETER, "a group is not closed: '{' without '}'");
	return (r->text->len == 0 && r->spans->len == 0) || rtf_paragraph(r);
}

/* ---- All of it ---- */

static void
open_reader(struct rtf_reader *r)
{
	r->fonts = g_array_new(FALSE, TRUE, sizeof(struct rtf_font));
	for (size_t i = 0; i < IPS_NELEM(r->colors); i++)
		r->colors[i] = g_array_new(FALSE, TRUE, sizeof(struct rtf_entry));
	r->spans = g_array_new(FALSE, TRUE, sizeof(struct ips_rtf_span));
	r->paragraphs = g_array_new(FALSE, TRUE, sizeof(struct ips_rtf_paragraph));
	r->word = g_string_new(NULL);
	r->bytes = g_string_new(NULL);
	r->text = g_string_new(NULL);
	r->state = IPS_NEW(r->mem, struct rtf_state);
	rtf_state_init(r->state);
}

static void
close_reader(struct rtf_reader *r)
{
	g_array_unref(r->fonts);
	for (size_t i = 0; i < IPS_NELEM(r->colors); i++)
		g_array_unref(r->colors[i]);
	g_array_unref(r->spans);
	g_array_unref(r->paragraphs);
	g_string_free(r->word, TRUE);
	g_string_free(r->bytes, TRUE);
	g_string_free(r->text, TRUE);
}

static void
keep(struct rtf_reader *r)
{
	size_t count = r->paragraphs->len;
	struct ips_rtf_paragraph *own = IPS_NEW_N(r->mem, struct ips_rtf_paragraph, count + 1);

	if (count > 0)
		memcpy(own, r->paragraphs->data, count * sizeof(*own));
	r->out->paragraph = own;
	r->out->paragraphs = r->characters > 0 ? (int)count : 0;
	for (unsigned bits = r->aligns; bits != 0; bits &= bits - 1)
		r->out->aligns++;
}

bool
ips_rtf_read(struct ips_arena *mem, enum ips_cmd name, const char *text, bool cmyk,
    const struct ips_rtf **out, struct ips_error *err)
{
	struct rtf_reader r = {
		.mem = mem,
		.command = ips_command(name)->name,
		.at = text,
		.ps = name == IPS_CMD_TEXT_PS,
		.cmyk = cmyk,
		.err = err,
		.out = IPS_NEW(mem, struct ips_rtf),
	};

	open_reader(&r);
	bool done = read_all(&r);
	if (done)
		keep(&r);
	close_reader(&r);
	if (done)
		*out = r.out;
	return done;
}
