/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Inside of setting text: fonts, lines, and what is made of them. Pixels throughout. */
#ifndef OPENIPS_TEXT_H
#define OPENIPS_TEXT_H

#include "openips/plan_text.h"

#include <pango/pangocairo.h>

struct text_box {
	double left, top, right, bottom;
};

/* One line as Pango broke it, and where it goes. */
struct text_line {
	PangoLayout *layout; /* holds the line */
	PangoLayoutLine *line;
	const struct text_source *source;
	double x, top, bottom, baseline;
	double width;
	double cap;          /* how far a 'd' of its fonts rises above the base line */
	struct text_box ink; /* around the place of the line */
};

/* The characters of a paragraph, and which style begins where. */
struct text_source {
	const struct ips_rtf_paragraph *paragraph;
	GString *text;
	GArray *start; /* int: first byte of each span */
};

struct setter {
	const struct ips_text *text;
	struct ips_error *err;
	PangoContext *context;
	struct text_source *source; /* of each paragraph */
	double scale;               /* pixels of a point */
	double growth;              /* of copy-fitting: 0 smallest, 1 largest */
	GArray *lines;              /* struct text_line */
	double height;              /* of all lines with the space between paragraphs */
	double width;               /* of the widest line with its indents */
	bool tight;                 /* the letters of the first line reach the top of the box */
	bool broken;                /* a line is wider than it may be */
	bool overflows;             /* an area was full before the text ended */
	int tries;                  /* stretches of areas looked at so far */
	cairo_matrix_t matrix;      /* from the lines to the layer */
	struct ips_size size;
	double anchor[2];
	bool anchored;
	struct text_glyphs *glyphs; /* along a path: instead of lines; NULL: none */
};

/* ---- Fonts ---- */
bool text_fonts_check(struct setter *s) IPS_MUST_USE; /* every font is known, in every style */
double text_size(const struct setter *s, const struct ips_rtf_style *style); /* not reduced */
/* The attributes of all spans. */
PangoAttrList *text_attributes(const struct setter *s, const struct text_source *source);
/* Nothing grows beyond what Pango can count. */
bool text_is_countable(const struct setter *s);

/* ---- Lines ---- */
void text_clear(struct setter *s);
const struct ips_rtf_style *text_style(const struct text_source *source, int byte);
double text_rise(const struct setter *s, const struct ips_rtf_style *style);
PangoLayout *text_layout(const struct setter *s, const struct text_source *source, double width);
/* How much of the first line lies above the top of a box. */
double text_lead(const struct setter *s, const struct text_line *line, double ascent);
/* Height and ink of a line, at the place 0, 0. */
void text_line_measure(
    const struct setter *s, struct text_line *line, double *ascent, double *descent);
/* What \sl makes of it. */
double text_line_height(const struct setter *s, const struct text_line *line, double natural);
/* All paragraphs below each other; width < 0: no line is broken, and 0 is where lines are aligned.
 */
void text_set(struct setter *s, double width);
double text_align(const struct ips_rtf_paragraph *paragraph, bool last, double room, double width);
struct text_box text_ink(const struct setter *s);
void text_move(struct setter *s, double dx, double dy);

/* ---- Areas and paths ---- */
/* path NULL: into the box. `align`: as \vertal says; otherwise from the top. */
bool text_is_quick(const struct setter *s); /* not too much was tried */
void text_flow(struct setter *s, const struct ips_path *path, const struct ips_path *around,
    struct text_box bounds, bool align);
bool text_along(struct setter *s) IPS_MUST_USE;
void text_draw_glyphs(struct setter *s, cairo_t *cr);
void text_free_glyphs(struct setter *s);
struct text_box text_glyphs_ink(const struct setter *s);

/* ---- All of it ---- */
bool text_open(struct setter *s, const struct ips_text *text, struct ips_error *err) IPS_MUST_USE;
void text_close(struct setter *s);
void text_draw_run(const struct setter *s, cairo_t *cr, const struct ips_rtf_style *style,
    PangoFont *font, PangoGlyphString *glyphs, double width);

static inline double
text_px(int pango)
{
	return (double)pango / PANGO_SCALE;
}

#endif
