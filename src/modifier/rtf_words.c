/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The published words of formatted text, one row each. */
#include "rtf.h"

#include <stdlib.h>
#include <string.h>

enum who { BOTH, TEXT, PS };

void
rtf_state_init(struct rtf_state *state)
{
	*state = (struct rtf_state){
		.style = { .size = 12,
		    .reduced = 1,
		    .kerning_from = 0.5,
		    .scale_x = 1,
		    .scale_y = 1,
		    .upright = true },
		.font = -1,
		.color = 0,
		.fallback = 1,
	};
}

/* Where a value goes, and how. */
enum kind {
	FLAG,   /* on without a number or with one that is not 0 */
	LENGTH, /* a double: number times unit */
	CHOICE, /* an enum: the row's own value */
	ON,     /* a bool, whatever the number */
	OFF,
	COUNT, /* an int */
	WORK   /* a function of its own */
};
enum base { STATE, DOCUMENT, READER };

struct word {
	const char *name;
	enum who who;
	enum kind kind;
	enum base base;
	size_t field;
	double unit;
	int dflt, min, max;
	bool (*work)(struct rtf_reader *r, int number);
};

static bool
work_plain(struct rtf_reader *r, int number)
{
	struct rtf_state fresh;

	(void)number;
	rtf_state_init(&fresh);
	fresh.outer = r->state->outer;
	fresh.place = r->state->place;
	fresh.paragraph = r->state->paragraph;
	fresh.fallback = r->state->fallback;
	*r->state = fresh;
	return true;
}

static bool
work_pard(struct rtf_reader *r, int number)
{
	(void)number;
	r->state->paragraph = (struct ips_rtf_paragraph){ 0 };
	return true;
}

static bool
work_par(struct rtf_reader *r, int number)
{
	(void)number;
	return r->state->place != RTF_BODY || rtf_paragraph(r);
}

static bool
work_line(struct rtf_reader *r, int number)
{
	(void)number;
	return r->state->place != RTF_BODY || rtf_put(r, 0x2028);
}

static bool
work_u(struct rtf_reader *r, int number)
{
	return r->state->place != RTF_BODY || rtf_unicode(r, number);
}

static bool
work_align(struct rtf_reader *r, enum ips_align align)
{
	r->state->paragraph.align = align;
	r->aligns |= 1u << align;
	return true;
}

static bool
work_ql(struct rtf_reader *r, int number)
{
	(void)number;
	return work_align(r, IPS_ALIGN_LEFT);
}

static bool
work_qr(struct rtf_reader *r, int number)
{
	(void)number;
	return work_align(r, IPS_ALIGN_RIGHT);
}

static bool
work_qc(struct rtf_reader *r, int number)
{
	(void)number;
	return work_align(r, IPS_ALIGN_CENTER);
}

static bool
work_super(struct rtf_reader *r, int number)
{
	r->state->script = number != 0 ? 1 : 0;
	return true;
}

static bool
work_sub(struct rtf_reader *r, int number)
{
	r->state->script = number != 0 ? -1 : 0;
	return true;
}

static bool
work_up(struct rtf_reader *r, int number)
{
	r->state->rise_given = number / 2.0;
	return true;
}

static bool
work_dn(struct rtf_reader *r, int number)
{
	r->state->rise_given = -number / 2.0;
	return true;
}

static bool
work_caps(struct rtf_reader *r, int number)
{
	r->state->caps = number != 0 ? RTF_CAPS_ALL : RTF_CAPS_NONE;
	return true;
}

static bool
work_scaps(struct rtf_reader *r, int number)
{
	r->state->caps = number != 0 ? RTF_CAPS_SMALL : RTF_CAPS_NONE;
	return true;
}

static bool
work_flow(struct rtf_reader *r, int number)
{
	r->out->vertical = number == 1;
	return true;
}

static bool
work_baselinedir(struct rtf_reader *r, int number)
{
	r->state->style.upright = number == 0;
	return true;
}

static bool
scale_by(struct rtf_reader *r, int percent, double *scale, bool *mirrored)
{
	if (percent == 0)
		return rtf_fail(
		    r, IPS_INVALID_PARAMETER, "characters cannot be scaled by 0 percent");
	*scale = abs(percent) / 100.0;
	*mirrored = percent < 0;
	return true;
}

static bool
work_scale_x(struct rtf_reader *r, int number)
{
	return scale_by(r, number, &r->state->style.scale_x, &r->state->style.mirrored_x);
}

static bool
work_scale_y(struct rtf_reader *r, int number)
{
	return scale_by(r, number, &r->state->style.scale_y, &r->state->style.mirrored_y);
}

/* In the table of fonts it begins an entry, elsewhere it chooses one. */
static bool
work_f(struct rtf_reader *r, int number)
{
	if (r->state->place == RTF_FONTS)
		r->font.index = number;
	else
		r->state->font = number;
	return true;
}

static bool
work_charset(struct rtf_reader *r, int number)
{
	if (r->state->place == RTF_FONTS)
		r->font.charset = number;
	return true;
}

static bool
enter(struct rtf_reader *r, enum rtf_place place)
{
	if (r->state->place == RTF_SKIP)
		return true;
	r->state->place = place;
	r->parts = false;
	r->font = (struct rtf_font){ 0 };
	memset(r->part, 0, sizeof(r->part));
	g_string_truncate(r->word, 0);
	return true;
}

static bool
work_fonttbl(struct rtf_reader *r, int number)
{
	(void)number;
	return enter(r, RTF_FONTS);
}

static bool
work_colortbl(struct rtf_reader *r, int number)
{
	(void)number;
	return enter(r, RTF_COLORS);
}

static bool
work_cmyktbl(struct rtf_reader *r, int number)
{
	(void)number;
	return enter(r, r->ps ? RTF_SKIP : RTF_CMYK);
}

static bool
work_istbl(struct rtf_reader *r, int number)
{
	(void)number;
	return enter(r, r->ps ? RTF_IS_COLORS : RTF_SKIP);
}

static bool
work_hide(struct rtf_reader *r, int number)
{
	(void)number;
	return enter(r, RTF_SKIP);
}

/* Parts outside of their table say nothing. */
static bool
put_part(struct rtf_reader *r, enum rtf_place place, int n, int number, int max)
{
	if (r->state->place != place)
		return true;
	if (number < 0 || number > max)
		return rtf_fail(r, IPS_INVALID_PARAMETER,
		    "part %d of a colour must be an integer from 0 to %d, not %d", n + 1, max,
		    number);
	r->part[n] = number;
	r->parts = true;
	return true;
}

#define PART(word, place, n, max)                                                                  \
	static bool work_##word(struct rtf_reader *r, int number)                                  \
	{                                                                                          \
		return put_part(r, place, n, number, max);                                         \
	}
PART(red, RTF_COLORS, 0, 255)
PART(green, RTF_COLORS, 1, 255)
PART(blue, RTF_COLORS, 2, 255)
PART(cyan, RTF_CMYK, 0, 100)
PART(magenta, RTF_CMYK, 1, 100)
PART(yellow, RTF_CMYK, 2, 100)
PART(black, RTF_CMYK, 3, 100)

#define BIG        31680 /* 22 inches in twips: Word's own bound */
#define TWIPS      (1 / 20.0)
#define HALVES     0.5
#define AT(member) offsetof(struct rtf_state, member)
#define OF(member) offsetof(struct ips_rtf, member)
#define DO(name_, who_, dflt_, min_, max_, work_)                                                  \
	{                                                                                          \
		name_, who_, WORK, STATE, 0, 0, dflt_, min_, max_, work_                           \
	}
#define SWITCH(name_, who_, member_)                                                               \
	{                                                                                          \
		name_, who_, FLAG, STATE, AT(member_), 0, 1, -BIG, BIG, NULL                       \
	}
#define CHOOSE(name_, who_, base_, field_, value_)                                                 \
	{                                                                                          \
		name_, who_, CHOICE, base_, field_, value_, 0, -BIG, BIG, NULL                     \
	}
#define MEASURE(name_, who_, base_, field_, unit_, dflt_, min_, max_)                              \
	{                                                                                          \
		name_, who_, LENGTH, base_, field_, unit_, dflt_, min_, max_, NULL                 \
	}
#define FIXED(name_, who_, kind_, member_)                                                         \
	{                                                                                          \
		name_, who_, kind_, STATE, AT(member_), 0, 0, -BIG, BIG, NULL                      \
	}
#define NUMBER(name_, who_, base_, field_, dflt_, min_, max_)                                      \
	{                                                                                          \
		name_, who_, COUNT, base_, field_, 0, dflt_, min_, max_, NULL                      \
	}

static const struct word words[] = {
	SWITCH("b", BOTH, style.bold),
	DO("baselinedir", PS, 0, 0, 1, work_baselinedir),
	DO("black", BOTH, 0, -BIG, BIG, work_black),
	DO("blue", BOTH, 0, -BIG, BIG, work_blue),
	DO("caps", PS, 1, -BIG, BIG, work_caps),
	NUMBER("cf", BOTH, STATE, AT(color), 0, 0, BIG),
	DO("charscalex", BOTH, 100, -1000, 1000, work_scale_x),
	DO("charscaley", BOTH, 100, -1000, 1000, work_scale_y),
	DO("cmykcolortbl", BOTH, 0, 0, 0, work_cmyktbl),
	DO("colortbl", BOTH, 0, 0, 0, work_colortbl),
	MEASURE("copyfit", PS, STATE, AT(style.largest), HALVES, 0, 0, 3276),
	NUMBER("copyfitlines", PS, DOCUMENT, OF(fit_lines), 0, 0, BIG),
	NUMBER("copyfitmaxlines", PS, DOCUMENT, OF(most_lines), 0, 0, BIG),
	DO("cyan", BOTH, 0, -BIG, BIG, work_cyan),
	NUMBER("deff", BOTH, READER, offsetof(struct rtf_reader, default_font), 0, 0, BIG),
	DO("dn", BOTH, 6, 0, 3276, work_dn),
	MEASURE("expnd", BOTH, STATE, AT(style.spacing), 0.25, 0, -6336, 6336),
	MEASURE("expndtw", BOTH, STATE, AT(style.spacing), TWIPS, 0, -BIG, BIG),
	DO("f", BOTH, 0, 0, BIG, work_f),
	DO("fcharset", BOTH, 0, 0, 255, work_charset),
	MEASURE("fi", PS, STATE, AT(paragraph.first), TWIPS, 0, -BIG, BIG),
	DO("fonttbl", BOTH, 0, 0, 0, work_fonttbl),
	MEASURE("fs", BOTH, STATE, AT(style.size), HALVES, 24, 1, 3276),
	DO("green", BOTH, 0, -BIG, BIG, work_green),
	SWITCH("i", BOTH, style.italic),
	DO("info", BOTH, 0, 0, 0, work_hide),
	DO("iscolortbl", BOTH, 0, 0, 0, work_istbl),
	MEASURE("kerning", BOTH, STATE, AT(style.kerning_from), HALVES, 1, 0, 3276),
	CHOOSE("lastqc", PS, STATE, AT(paragraph.last), IPS_ALIGN_CENTER),
	CHOOSE("lastqj", PS, STATE, AT(paragraph.last), IPS_ALIGN_JUSTIFY),
	CHOOSE("lastql", PS, STATE, AT(paragraph.last), IPS_ALIGN_LEFT),
	CHOOSE("lastqr", PS, STATE, AT(paragraph.last), IPS_ALIGN_RIGHT),
	MEASURE("li", PS, STATE, AT(paragraph.left), TWIPS, 0, -BIG, BIG),
	DO("line", BOTH, 0, 0, 0, work_line),
	DO("magenta", BOTH, 0, -BIG, BIG, work_magenta),
	MEASURE("margb", PS, DOCUMENT, OF(margin[3]), TWIPS, 0, 0, BIG),
	MEASURE("margl", PS, DOCUMENT, OF(margin[0]), TWIPS, 0, 0, BIG),
	MEASURE("margr", PS, DOCUMENT, OF(margin[1]), TWIPS, 0, 0, BIG),
	MEASURE("margt", PS, DOCUMENT, OF(margin[2]), TWIPS, 0, 0, BIG),
	DO("par", BOTH, 0, 0, 0, work_par),
	DO("pard", PS, 0, 0, 0, work_pard),
	DO("pict", BOTH, 0, 0, 0, work_hide),
	DO("plain", PS, 0, 0, 0, work_plain),
	DO("qc", BOTH, 0, 0, 0, work_qc),
	CHOOSE("qj", PS, STATE, AT(paragraph.align), IPS_ALIGN_JUSTIFY),
	DO("ql", BOTH, 0, 0, 0, work_ql),
	DO("qr", BOTH, 0, 0, 0, work_qr),
	DO("red", BOTH, 0, -BIG, BIG, work_red),
	MEASURE("ri", PS, STATE, AT(paragraph.right), TWIPS, 0, -BIG, BIG),
	FIXED("ltrch", BOTH, OFF, style.right_to_left),
	FIXED("rtlch", TEXT, ON, style.right_to_left),
	MEASURE("sa", BOTH, STATE, AT(paragraph.after), TWIPS, 0, -BIG, BIG),
	MEASURE("sb", BOTH, STATE, AT(paragraph.before), TWIPS, 0, -BIG, BIG),
	DO("scaps", PS, 1, -BIG, BIG, work_scaps),
	MEASURE("sl", BOTH, STATE, AT(paragraph.line), TWIPS, 0, -BIG, BIG),
	SWITCH("slmult", BOTH, paragraph.multiple),
	DO("stextflow", PS, 0, 0, 1, work_flow),
	DO("stylesheet", BOTH, 0, 0, 0, work_hide),
	DO("sub", BOTH, 1, -BIG, BIG, work_sub),
	DO("super", BOTH, 1, -BIG, BIG, work_super),
	DO("u", BOTH, 0, -32768, 65535, work_u),
	NUMBER("uc", BOTH, STATE, AT(fallback), 1, 0, 100),
	SWITCH("ul", BOTH, style.underline),
	SWITCH("uld", BOTH, style.underline),
	SWITCH("uldash", BOTH, style.underline),
	SWITCH("uldashd", BOTH, style.underline),
	SWITCH("uldashdd", BOTH, style.underline),
	SWITCH("uldb", BOTH, style.underline),
	FIXED("ulnone", BOTH, OFF, style.underline),
	SWITCH("ulth", BOTH, style.underline),
	SWITCH("ulw", BOTH, style.underline),
	SWITCH("ulwave", BOTH, style.underline),
	DO("up", BOTH, 6, 0, 3276, work_up),
	CHOOSE("vertalb", BOTH, DOCUMENT, OF(valign), IPS_VALIGN_BOTTOM),
	CHOOSE("vertalc", BOTH, DOCUMENT, OF(valign), IPS_VALIGN_CENTER),
	CHOOSE("vertalt", BOTH, DOCUMENT, OF(valign), IPS_VALIGN_TOP),
	DO("yellow", BOTH, 0, -BIG, BIG, work_yellow),
};

static const struct word *
find_word(const char *name)
{
	for (size_t i = 0; i < IPS_NELEM(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

static void
store(struct rtf_reader *r, const struct word *word, int number)
{
	char *const bases[] = { (char *)r->state, (char *)r->out, (char *)r };
	void *field = bases[word->base] + word->field;

	switch (word->kind) {
	case FLAG:
		*(bool *)field = number != 0;
		break;
	case ON:
		*(bool *)field = true;
		break;
	case OFF:
		*(bool *)field = false;
		break;
	case LENGTH:
		*(double *)field = number * word->unit;
		break;
	case COUNT:
		*(int *)field = number;
		break;
	case CHOICE:
		*(unsigned *)field = (unsigned)word->unit;
		break;
	case WORK:
		break;
	}
}

/* Tables that begin with an asterisk belong to those who know them. */
static void
hide_unknown(struct rtf_reader *r)
{
	if (r->star)
		r->state->place = RTF_SKIP;
}

bool
rtf_word(struct rtf_reader *r, const char *name, bool given, int number)
{
	const struct word *word = find_word(name);

	if (r->state->place == RTF_SKIP)
		return true;
	if (word == NULL || (word->who != BOTH && (word->who == PS) != r->ps)) {
		hide_unknown(r);
		return true;
	}
	number = given ? number : word->dflt;
	if (number < word->min || number > word->max)
		return rtf_fail(r, IPS_INVALID_PARAMETER,
		    "the number of \\%s must be from %d to %d, not %d", name, word->min, word->max,
		    number);
	if (word->kind == WORK)
		return word->work(r, number);
	store(r, word, number);
	return true;
}
