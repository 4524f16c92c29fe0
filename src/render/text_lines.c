/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Paragraphs into lines, and lines below each other. */
#include "text.h"

#include <math.h>

void
text_clear(struct setter *s)
{
	for (guint i = 0; i < s->lines->len; i++)
		g_object_unref(g_array_index(s->lines, struct text_line, i).layout);
	g_array_set_size(s->lines, 0);
	s->width = s->height = 0;
	s->broken = s->overflows = false;
}

const struct ips_rtf_style *
text_style(const struct text_source *source, int byte)
{
	const struct ips_rtf_paragraph *p = source->paragraph;
	int found = 0;

	for (int i = 1; i < p->spans; i++)
		if (g_array_index(source->start, int, i) <= byte)
			found = i;
	return p->spans > 0 ? p->span[found].style : p->style;
}

double
text_rise(const struct setter *s, const struct ips_rtf_style *style)
{
	return style->rise * s->scale + style->rise_sizes * text_size(s, style);
}

static PangoWrapMode
wrap_mode(const struct setter *s)
{
	return s->text->wrap == IPS_TEXT_NON_BREAKING ? PANGO_WRAP_WORD : PANGO_WRAP_WORD_CHAR;
}

PangoLayout *
text_layout(const struct setter *s, const struct text_source *source, double width)
{
	const struct ips_rtf_paragraph *p = source->paragraph;
	PangoLayout *layout = pango_layout_new(s->context);
	PangoAttrList *attributes = text_attributes(s, source);

	pango_layout_set_text(layout, source->text->str, (int)source->text->len);
	pango_layout_set_attributes(layout, attributes);
	pango_attr_list_unref(attributes);
	if (width >= 0) {
		pango_layout_set_width(layout, (int)MIN(width * PANGO_SCALE, G_MAXINT));
		pango_layout_set_wrap(layout, wrap_mode(s));
		pango_layout_set_indent(layout, (int)(p->first * s->scale * PANGO_SCALE));
		pango_layout_set_justify(layout, p->align == IPS_ALIGN_JUSTIFY);
		pango_layout_set_justify_last_line(layout, p->last == IPS_ALIGN_JUSTIFY);
	}
	return layout;
}

/* Pango knows letters of one height: what is higher or lower is drawn so. */
static double
stretch(const struct ips_rtf_style *style)
{
	return style->scale_y / style->scale_x;
}

/* HUGE_VAL: this font has no such letter. */
static double
cap_height(const PangoLayoutRun *run)
{
	PangoGlyphString *glyphs = pango_glyph_string_new();
	PangoRectangle ink;
	double height = HUGE_VAL;

	pango_shape("d", 1, &run->item->analysis, glyphs);
	pango_glyph_string_extents(glyphs, run->item->analysis.font, &ink, NULL);
	if (glyphs->num_glyphs > 0 && !(glyphs->glyphs[0].glyph & PANGO_GLYPH_UNKNOWN_FLAG))
		height = text_px(-ink.y);
	pango_glyph_string_free(glyphs);
	return height;
}

static void
measure_run(const struct setter *s, struct text_line *line, const PangoLayoutRun *run, double x,
    struct text_box *ink, double *ascent, double *descent)
{
	const struct ips_rtf_style *style = text_style(line->source, run->item->offset);
	PangoRectangle i, l;
	double v = stretch(style), rise = text_rise(s, style);
	/* textPs= keeps its lines apart as they would be without all that is done to letters. */
	double k = s->text->ps ? 1 / (style->scale_x * style->reduced) : v;
	double raised = s->text->ps ? 0 : rise;

	pango_glyph_string_extents(run->glyphs, run->item->analysis.font, &i, &l);
	if (s->tight)
		line->cap = MAX(line->cap, MIN(text_px(-l.y), cap_height(run)) * k);
	*ascent = MAX(*ascent, text_px(-l.y) * k + raised);
	*descent = MAX(*descent, text_px(l.y + l.height) * k - raised);
	if (i.width == 0 || i.height == 0)
		return;
	ink->left = MIN(ink->left, x + text_px(i.x));
	ink->right = MAX(ink->right, x + text_px(i.x + i.width));
	ink->top = MIN(ink->top, text_px(i.y) * v - rise);
	ink->bottom = MAX(ink->bottom, text_px(i.y + i.height) * v - rise);
}

void
text_line_measure(const struct setter *s, struct text_line *line, double *ascent, double *descent)
{
	struct text_box ink = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };
	PangoRectangle i, l;
	double x = 0;

	*ascent = *descent = -HUGE_VAL;
	line->cap = 0;
	pango_layout_line_get_extents(line->line, &i, &l);
	line->width = text_px(l.width);
	for (GSList *r = line->line->runs; r != NULL; r = r->next) {
		const PangoLayoutRun *run = r->data;

		measure_run(s, line, run, x, &ink, ascent, descent);
		x += text_px(pango_glyph_string_get_width(run->glyphs));
	}
	if (line->line->runs == NULL || s->text->rtf->vertical) {
		*ascent = text_px(-l.y);
		*descent = text_px(l.y + l.height);
	}
	line->ink = ink.left <= ink.right ? ink : (struct text_box){ 0 };
}

/* The text box of Photoshop begins where letters begin, not where lines do. */
double
text_lead(const struct setter *s, const struct text_line *line, double ascent)
{
	return s->tight && line->cap > 0 ? MAX(0, ascent - line->cap) : 0;
}

double
text_line_height(const struct setter *s, const struct text_line *line, double natural)
{
	const struct ips_rtf_paragraph *p = line->source->paragraph;

	if (p->line == 0)
		return natural;
	if (p->multiple)
		return natural * fabs(p->line) / 12; /* 240 twips */
	return p->line < 0 ? -p->line * s->scale : MAX(natural, p->line * s->scale);
}

double
text_align(const struct ips_rtf_paragraph *paragraph, bool last, double room, double width)
{
	enum ips_align align = paragraph->align;

	if (align == IPS_ALIGN_JUSTIFY)
		align = last ? paragraph->last : IPS_ALIGN_LEFT;
	if (align == IPS_ALIGN_CENTER)
		return (room - width) / 2;
	return align == IPS_ALIGN_RIGHT ? room - width : 0;
}

static void
put_line(struct setter *s, struct text_line *line, bool first, bool last, double width)
{
	const struct ips_rtf_paragraph *p = line->source->paragraph;
	double left = (p->left + (first ? p->first : 0)) * s->scale, right = p->right * s->scale;
	double room = width < 0 ? 0 : width - left - right, ascent, descent, height;

	text_line_measure(s, line, &ascent, &descent);
	height = ascent + descent;
	if (s->lines->len > 0)
		height = text_line_height(s, line, height);
	else
		height -= text_lead(s, line, ascent);
	line->top = s->height;
	line->bottom = s->height += height;
	line->baseline = line->bottom - descent;
	/* Lines that follow the text alone are never justified. */
	line->x = left + text_align(p, last && width >= 0, room, line->width);
	s->width = MAX(s->width, left + line->width + right);
	s->broken |= width >= 0 && line->width > room + 0.5;
	g_object_ref(line->layout);
	g_array_append_val(s->lines, *line);
}

static void
put_paragraph(struct setter *s, const struct text_source *source, double width)
{
	const struct ips_rtf_paragraph *p = source->paragraph;
	double room = width < 0 ? -1 : MAX(1, width - (p->left + p->right) * s->scale);
	bool wraps = width >= 0 && s->text->wrap != IPS_TEXT_NO_WRAP;
	PangoLayout *layout = text_layout(s, source, wraps ? room : -1);
	GSList *lines = pango_layout_get_lines_readonly(layout);

	for (GSList *at = lines; at != NULL; at = at->next) {
		struct text_line line = { .layout = layout, .line = at->data, .source = source };
		put_line(s, &line, at == lines, at->next == NULL, width);
	}
	g_object_unref(layout);
}

void
text_set(struct setter *s, double width)
{
	int count = s->text->rtf->paragraphs;

	text_clear(s);
	for (int i = 0; i < count; i++) {
		const struct ips_rtf_paragraph *p = s->source[i].paragraph;

		/* textPs= has no space before the first and after the last. */
		if (i > 0 || !s->text->ps)
			s->height += p->before * s->scale;
		put_paragraph(s, &s->source[i], width);
		if (i + 1 < count || !s->text->ps)
			s->height += p->after * s->scale;
	}
}

struct text_box
text_ink(const struct setter *s)
{
	struct text_box all = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

	for (guint i = 0; i < s->lines->len; i++) {
		const struct text_line *line = &g_array_index(s->lines, struct text_line, i);

		if (line->ink.left == line->ink.right)
			continue;
		all.left = MIN(all.left, line->x + line->ink.left);
		all.right = MAX(all.right, line->x + line->ink.right);
		all.top = MIN(all.top, line->baseline + line->ink.top);
		all.bottom = MAX(all.bottom, line->baseline + line->ink.bottom);
	}
	return all.left <= all.right ? all : (struct text_box){ 0 };
}

void
text_move(struct setter *s, double dx, double dy)
{
	for (guint i = 0; i < s->lines->len; i++) {
		struct text_line *line = &g_array_index(s->lines, struct text_line, i);

		line->x += dx;
		line->top += dy;
		line->bottom += dy;
		line->baseline += dy;
	}
}
