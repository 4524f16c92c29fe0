/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Formatted text: the values of text= and textPs= into paragraphs and spans of one style each.
 *
 * Lengths are points. Commands of the other command, and those that are not published, are ignored.
 * Source: "Text formatting" of the protocol reference, RTF 1.6, R68. Thread rule: pure; results live
 * as long as the arena given. */
#ifndef OPENIPS_MODIFIER_RTF_H
#define OPENIPS_MODIFIER_RTF_H

#include "openips/modifier.h"

enum ips_align { IPS_ALIGN_LEFT, IPS_ALIGN_RIGHT, IPS_ALIGN_CENTER, IPS_ALIGN_JUSTIFY };
enum ips_valign { IPS_VALIGN_TOP, IPS_VALIGN_BOTTOM, IPS_VALIGN_CENTER };

struct ips_rtf_style {
	const char *font;      /* as the font table says; NULL: the default font */
	bool bold, italic, underline;
	bool right_to_left;    /* whatever the characters say themselves */
	bool upright;          /* Roman letters in vertical text stand as they do in a line */
	bool mirrored_x, mirrored_y;
	double size;           /* without what follows */
	double largest;        /* of copy-fitting; no more than size: none */
	double reduced;        /* of sizes: sub- and superscript, small capitals; 1: not */
	double rise;           /* above the base line */
	double rise_sizes;     /* the same in sizes */
	double kerning_from;   /* size; 0: never */
	double spacing;        /* between characters */
	double scale_x, scale_y;
	struct ips_color color;
};

struct ips_rtf_span {
	const struct ips_rtf_style *style;
	const char *text; /* UTF-8 without line ends but U+2028; never "" */
};

struct ips_rtf_paragraph {
	const struct ips_rtf_span *span;
	int spans;                         /* may be 0: an empty line */
	const struct ips_rtf_style *style; /* at its end: how high an empty line is */
	enum ips_align align, last;        /* last: of the last line if justified */
	double first, left, right;         /* indents; first is added to left */
	double before, after;
	double line;                       /* 0: as the font says; above 0: at least, below 0: exactly */
	bool multiple;                     /* line counts 240ths of what the font says, in twips */
};

struct ips_rtf {
	const struct ips_rtf_paragraph *paragraph;
	int paragraphs;                    /* 0: there is nothing to draw */
	double margin[4];                  /* left, right, top, bottom */
	enum ips_valign valign;
	bool vertical;                     /* characters from top to bottom, lines from right to left */
	int fit_lines;                     /* copy-fitting to so many lines; 0: as many as there is room */
	int most_lines;                    /* further ones are not drawn; 0: any */
	int aligns;                        /* how many of \ql, \qr, \qc are used */
};

/* `text` is decoded. `cmyk`: what is drawn on are CMYK pixels, so that \cmykcolortbl counts. Faults:
 * IPS_INVALID_PARAMETER (groups that are not closed, broken escapes, numbers and colours that make
 * no sense), IPS_LIMIT. Messages name the command `name`. Linear in the length of the text. */
bool ips_rtf_read(struct ips_arena *mem, enum ips_cmd name, const char *text, bool cmyk,
    const struct ips_rtf **out, struct ips_error *err) IPS_MUST_USE;

#endif
