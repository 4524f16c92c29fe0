/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Inside of the reader of formatted text. */
#ifndef OPENIPS_RTF_H
#define OPENIPS_RTF_H

#include "openips/modifier_rtf.h"

enum rtf_place { RTF_BODY, RTF_SKIP, RTF_FONTS, RTF_COLORS, RTF_CMYK, RTF_IS_COLORS };
enum rtf_caps { RTF_CAPS_NONE, RTF_CAPS_ALL, RTF_CAPS_SMALL };

/* What a group restores at its end. */
struct rtf_state {
	struct rtf_state *outer;
	enum rtf_place place;
	struct ips_rtf_style style;         /* font and colour are settled when text comes */
	struct ips_rtf_paragraph paragraph; /* formatting alone */
	enum rtf_caps caps;
	int font, color; /* indices; font -1: the default one */
	double rise_given;
	int script;      /* 1 super, -1 sub */
	int fallback;    /* characters that stand for a \u */
};

struct rtf_font {
	int index, charset;
	const char *name;
};

struct rtf_entry {
	bool given; /* or the table has nothing there */
	struct ips_color color;
};

struct rtf_reader {
	struct ips_arena *mem;
	const char *command, *at;
	bool ps, cmyk;
	struct ips_error *err;
	struct ips_rtf *out;
	struct rtf_state *state;
	int depth;
	bool star;              /* \*: an unknown word now hides its group */
	int skip;               /* fallback characters still to come */
	unsigned high;          /* first half of a surrogate pair */
	GArray *fonts;          /* struct rtf_font */
	GArray *colors[3];      /* struct rtf_entry, by place - RTF_COLORS */
	struct rtf_font font;   /* being read */
	int part[4];            /* of a colour being read */
	bool parts;
	GString *word;          /* a name or colour being read */
	GString *bytes;         /* \'hh not converted yet */
	GArray *spans;          /* struct ips_rtf_span of the paragraph */
	GArray *paragraphs;
	const struct ips_rtf_style *style; /* of the span being read */
	GString *text;                     /* its text */
	int characters, span_count;
	struct ips_rtf_paragraph format;   /* of the last character */
	unsigned aligns;
	int default_font;
};

bool rtf_fail(struct rtf_reader *r, enum ips_fault fault, const char *fmt, ...) IPS_PRINTF(3, 4);

/* ---- Words ---- */
void rtf_state_init(struct rtf_state *state);
/* `number` counts only if given. */
bool rtf_word(struct rtf_reader *r, const char *word, bool given, int number) IPS_MUST_USE;

/* ---- Tables of fonts and colours ---- */
bool rtf_table_char(struct rtf_reader *r, gunichar c) IPS_MUST_USE;
bool rtf_table_end(struct rtf_reader *r) IPS_MUST_USE; /* of its group */
const struct rtf_font *rtf_font(const struct rtf_reader *r);
struct ips_color rtf_color(const struct rtf_reader *r);
/* Name of a charset of iconv for bytes of the current font. */
const char *rtf_charset(const struct rtf_reader *r);

/* ---- Text ---- */
bool rtf_put(struct rtf_reader *r, gunichar c) IPS_MUST_USE;
bool rtf_paragraph(struct rtf_reader *r) IPS_MUST_USE;
bool rtf_unicode(struct rtf_reader *r, int number) IPS_MUST_USE;

#endif
