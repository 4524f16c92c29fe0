/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The value of one command: split at commas, each part held against its place in the table. */
#include "modifier_priv.h"

#include <string.h>

struct reader {
	struct ips_arena *mem;
	const struct ips_command *command;
	struct span whole; /* decoded */
	struct span rest;  /* what no place has taken yet */
	bool more;         /* a part is waiting in rest, perhaps an empty one */
	struct ips_value *out;
	struct ips_error *err;
};

static bool
fail(const struct reader *r, const char *why)
{
	char shown[SHOWN_LEN];

	return ips_fail(r->err, IPS_INVALID_PARAMETER, "%s=%s: %s; the form is %s",
	    r->command->name, span_show(r->whole, shown), why,
	    ips_command_usage(r->mem, r->command));
}

static bool
fail_place(const struct reader *r, const struct ips_place *place, struct span part)
{
	char shown[SHOWN_LEN], whole[SHOWN_LEN];

	return ips_fail(r->err, IPS_INVALID_PARAMETER, "%s=%s: %s must be %s, not '%s'",
	    r->command->name, span_show(r->whole, whole), place->label, place_text(r->mem, place),
	    span_show(part, shown));
}

static struct span
take_part(struct reader *r)
{
	const char *comma = memchr(r->rest.at, ',', r->rest.len);
	struct span part = r->rest;

	r->more = comma != NULL;
	if (comma != NULL) {
		part.len = (size_t)(comma - part.at);
		r->rest.at = comma + 1;
		r->rest.len -= part.len + 1;
	}
	return part;
}

static struct span
take_all(struct reader *r)
{
	r->more = false;
	return r->rest;
}

static void
put_number(struct ips_value *out, double number)
{
	if (out->count < IPS_MAX_NUMBERS)
		out->number[out->count++] = number;
}

static bool
take_int(struct span part, const struct ips_place *place, struct ips_value *out)
{
	int64_t number;

	if (!ips_parse_int(part.at, part.len, (int64_t)place->min, (int64_t)place->max, &number) ||
	    (place->kind == IPS_KIND_NONZERO && number == 0))
		return false;
	put_number(out, (double)number);
	return true;
}

static bool
read_int(struct reader *r, const struct ips_place *place, struct span part)
{
	return take_int(part, place, r->out);
}

static bool
read_real(struct reader *r, const struct ips_place *place, struct span part)
{
	double number;

	if (!ips_parse_double(part.at, part.len, &number) || number > place->max ||
	    number < place->min || (place->kind == IPS_KIND_ABOVE && !(number > place->min)))
		return false;
	put_number(r->out, number == 0 ? 0 : number); /* -0 is 0 */
	return true;
}

static bool
read_flag(struct reader *r, const struct ips_place *place, struct span part)
{
	static const char *const words[] = { "0", "1", "false", "true" };

	(void)place;
	for (size_t i = 0; i < IPS_NELEM(words); i++) {
		if (strlen(words[i]) != part.len || memcmp(words[i], part.at, part.len) != 0)
			continue;
		put_number(r->out, (double)(i % 2));
		return true;
	}
	return false;
}

/* "R3T#" takes R3T and a number, which becomes one of the value's numbers. */
static bool
word_fits(struct span word, struct span part, const struct ips_place *place, struct ips_value *out)
{
	if (word.len > 0 && word.at[word.len - 1] == '#') {
		size_t stem = word.len - 1;

		return part.len > stem && memcmp(word.at, part.at, stem) == 0 &&
		       g_ascii_isdigit(part.at[stem]) &&
		       take_int((struct span){ part.at + stem, part.len - stem }, place, out);
	}
	if (word.len != part.len)
		return false;
	return place->any_case ? g_ascii_strncasecmp(word.at, part.at, part.len) == 0
			       : memcmp(word.at, part.at, part.len) == 0;
}

static bool
read_word(struct reader *r, const struct ips_place *place, struct span part)
{
	struct ips_value *out = r->out;
	int n = 0;

	if (place->may_skip && part.len == 0) {
		out->words++;
		return true;
	}
	for (const char *list = place->words; list != NULL;
	     list = list == place->words && place->later[0] != '\0' ? place->later : NULL) {
		for (int i = 0, count = word_count(list); i < count; i++, n++) {
			if (!word_fits(word_at(list, i), part, place, out))
				continue;
			out->word[out->words++] = n;
			return true;
		}
	}
	return false;
}

/* The parts of a colour that others follow: as long as they can belong to one. */
static struct span
take_color(struct reader *r)
{
	struct span first = take_part(r);

	while (r->more) {
		const char *end = memchr(r->rest.at, ',', r->rest.len);
		size_t len = end == NULL ? r->rest.len : (size_t)(end - r->rest.at);
		size_t same = strspn(r->rest.at, "0123456789rRsS");

		if (len == 0 || same < len)
			break;
		take_part(r);
		first.len += 1 + len;
	}
	return first;
}

/* Published: nothing but six hex digits; "000,00" and "0x00ff" are colours elsewhere. */
static bool
is_rrggbb(const char *at)
{
	for (int i = 0; i < 6; i++)
		if (!g_ascii_isxdigit(at[i]))
			return false;
	return true;
}

/* How many there are becomes a number, so that a list differs from none. */
static bool
read_colors(struct reader *r, const struct ips_place *place, struct span list)
{
	(void)place;
	for (size_t at = 0; at <= list.len; at += 7) {
		bool last = list.len - at == 6;

		if (list.len - at < 6 || (!last && list.at[at + 6] != ',') ||
		    !is_rrggbb(list.at + at))
			return false;
	}
	put_number(r->out, (double)((list.len + 1) / 7));
	return true;
}

static bool
read_color(struct reader *r, const struct ips_place *place, struct span part)
{
	(void)place;
	return color_parse(part, &r->out->color);
}

static bool
read_rgb(struct reader *r, const struct ips_place *place, struct span part)
{
	return read_color(r, place, part) && r->out->color.space == IPS_SPACE_RGB;
}

static bool
read_path(struct reader *r, const struct ips_place *place, struct span part)
{
	(void)r, (void)place;
	return path_data_valid(part);
}

static bool
read_object(struct reader *r, const struct ips_place *place, struct span part)
{
	(void)r, (void)place;
	return part.len > 0;
}

/* UTF-8 as every value */
static bool
read_text(struct reader *r, const struct ips_place *place, struct span part)
{
	(void)r, (void)place, (void)part;
	return true;
}

static bool
read_ascii(struct reader *r, const struct ips_place *place, struct span text)
{
	(void)r, (void)place;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < 0x20 || text.at[i] > 0x7e)
			return false;
	return text.len > 0;
}

/* A nested request was closed by the lexer; here only nothing may follow it. is, ir and fxg are
 * lower case (R66), though not in mask=. */
static bool
read_source(struct reader *r, const struct ips_place *place, struct span text)
{
	const struct ips_command *command = r->command;
	int prefix = lex_nested_prefix(text);

	(void)place;
	if (prefix < 0)
		return text.len > 0 && memchr(text.at, ',', text.len) == NULL;
	for (int i = 0; i < prefix && command->id != IPS_CMD_MASK; i++)
		if (g_ascii_isupper(text.at[i]))
			return false;
	return lex_nested_len(text) == text.len;
}

/* What each kind of place takes of the value, and how that is read. */
static const struct {
	struct span (*take)(struct reader *r);
	bool (*read)(struct reader *r, const struct ips_place *place, struct span part);
} kinds[] = {
	[IPS_KIND_INT] = { take_part, read_int },
	[IPS_KIND_NONZERO] = { take_part, read_int },
	[IPS_KIND_REAL] = { take_part, read_real },
	[IPS_KIND_ABOVE] = { take_part, read_real },
	[IPS_KIND_FLAG] = { take_part, read_flag },
	[IPS_KIND_WORD] = { take_part, read_word },
	[IPS_KIND_COLOR] = { take_all, read_color },
	[IPS_KIND_RGB] = { take_color, read_rgb },
	[IPS_KIND_COLORS] = { take_all, read_colors },
	[IPS_KIND_OBJECT] = { take_part, read_object },
	[IPS_KIND_SOURCE] = { take_all, read_source },
	[IPS_KIND_PATH] = { take_all, read_path },
	[IPS_KIND_ASCII] = { take_all, read_ascii },
	[IPS_KIND_TEXT] = { take_all, read_text },
};

static bool
read_place(struct reader *r, const struct ips_place *place)
{
	struct span part = kinds[place->kind].take(r);

	return kinds[place->kind].read(r, place, part) || fail_place(r, place, part);
}

static bool
read_places(struct reader *r)
{
	const struct ips_command *command = r->command;
	int i = 0;

	for (; i < command->places && r->more; i++)
		if (!read_place(r, &command->place[i]))
			return false;
	if (i < command->min_parts)
		return fail(r, "too few parts");
	return !r->more || fail(r, "too many parts");
}

/* What parts must keep to among themselves. */
static bool
check_together(const struct reader *r)
{
	const struct ips_value *value = r->out;

	switch (value->cmd) {
	case IPS_CMD_CACHE:
		return value->words < 2 ||
		       !(ips_value_word_is(value, 0, "validate") ||
			   ips_value_word_is(value, 0, "update")) ||
		       fail(r, "validate and update stand alone");
	case IPS_CMD_PATH_ATTR:
		return value->count == 0 ||
		       (value->number[0] < (value->count > 1 ? MIN(value->number[1], 1) : 1)) ||
		       fail(r, "start must be below 1 and before end");
	case IPS_CMD_FMT:
		return fmt_check(value, r->err);
	default:
		return true;
	}
}

/* What a value may say in more than one way is folded here, once for everybody. */
static void
fold(struct ips_value *value)
{
	if (value->cmd == IPS_CMD_FMT && value->word[0] == WORD_FMT_JPG)
		value->word[0] = WORD_FMT_JPEG;
	if (value->cmd == IPS_CMD_BGC)
		value->color.alpha = 255; /* published: alpha is ignored here */
}

bool
value_read(struct ips_arena *mem, const struct ips_command *command, struct span text,
    struct ips_value *out, struct ips_error *err)
{
	struct reader r = { mem, command, text, text, true, out, err };

	*out = (struct ips_value){ .cmd = command->id };
	for (int i = 0; i < IPS_MAX_WORDS; i++)
		out->word[i] = IPS_NO_WORD;
	out->text = ips_arena_strndup(mem, text.at, text.len);
	r.whole.at = r.rest.at = out->text; /* ends with NUL, which strspn needs */
	if (text.len == 0)
		return command->min_parts == 0 || fail(&r, "a value is needed");
	if (!ips_utf8_valid(text.at, text.len))
		return fail(&r, "the value is not UTF-8");
	if (!read_places(&r))
		return false;
	fold(out);
	return check_together(&r);
}

bool
value_parse(struct ips_arena *mem, const struct ips_command *command, struct span raw,
    struct ips_value *out, struct ips_error *err)
{
	/* A nested request is decoded by its own parse. */
	bool nested = command->place[0].kind == IPS_KIND_SOURCE && lex_nested_prefix(raw) >= 0;

	return value_read(mem, command, nested ? raw : lex_decode(mem, raw), out, err);
}

/* Parts that the value leaves out have their defaults anyway; parts it adds are not default. */
bool
value_is_default(
    struct ips_arena *mem, const struct ips_command *command, const struct ips_value *value)
{
	struct ips_value dflt;

	if (command->dflt[0] == '\0')
		return command->idle && value->text[0] == '\0';
	if (!value_parse(
		mem, command, (struct span){ command->dflt, strlen(command->dflt) }, &dflt, NULL))
		return false;
	if (value->count > dflt.count || value->words > dflt.words)
		return false;
	for (int i = 0; i < value->count; i++)
		if (value->number[i] != dflt.number[i])
			return false;
	for (int i = 0; i < value->words; i++)
		if (value->word[i] != dflt.word[i])
			return false;
	return value->color.space == dflt.color.space && value->color.alpha == dflt.color.alpha &&
	       memcmp(value->color.channel, dflt.color.channel, sizeof(dflt.color.channel)) == 0;
}
