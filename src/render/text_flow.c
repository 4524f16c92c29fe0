/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text into areas of any shape: where a line can stand is read off a picture of the area, and each
 * stretch takes as many words as fit. */
#include "text.h"

#include "outline.h"

#include <math.h>

#define MAX_MAP     1024  /* pixels of the picture's longer side */
#define WIDE        0.9   /* of the area's width: words do not wait for a wider stretch */
#define MAX_TRIES   4000  /* stretches looked at; further ones stay empty */
#define ALL_TRIES   20000 /* the same of all fills of one text: copy-fitting makes many */
#define TRIES       10    /* of a search by halves */
#define FIRST_GUESS 80    /* characters of a line */

struct area {
	cairo_surface_t *map;
	struct text_box bounds;
	double scale; /* of the picture */
	int width, height;
	cairo_matrix_t back; /* from the layer to the lines: the other way than they are turned */
};

/* How lines are turned; those of vertical text run down, the first at the right. */
static double
turned(const struct setter *s)
{
	return (s->text->angle + (s->text->rtf->vertical ? 90 : 0)) * G_PI / 180;
}

static struct text_box
bounds_of(cairo_t *cr)
{
	struct text_box box;

	cairo_path_extents(cr, &box.left, &box.top, &box.right, &box.bottom);
	return box;
}

static void
put_outline(cairo_t *cr, const struct area *area, const struct ips_path *path)
{
	cairo_transform(cr, &area->back);
	outline_put(cr, path);
	cairo_identity_matrix(cr);
}

/* The path, or the rectangle of the layer. */
static void
put_area(cairo_t *cr, const struct area *area, const struct ips_path *path, struct text_box box)
{
	if (path != NULL) {
		put_outline(cr, area, path);
		return;
	}
	cairo_transform(cr, &area->back);
	cairo_rectangle(cr, box.left, box.top, box.right - box.left, box.bottom - box.top);
	cairo_identity_matrix(cr);
}

static void
measure_area(struct area *area, const struct ips_path *path, struct text_box box)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
	cairo_t *cr = cairo_create(surface);
	double width, height;

	put_area(cr, area, path, box);
	area->bounds = bounds_of(cr);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	width = area->bounds.right - area->bounds.left;
	height = area->bounds.bottom - area->bounds.top;
	area->scale = MIN(1, MAX_MAP / MAX(1, MAX(width, height)));
	area->width = MAX(1, (int)ceil(width * area->scale));
	area->height = MAX(1, (int)ceil(height * area->scale));
}

static void
fill_path(cairo_t *cr, const struct area *area)
{
	cairo_path_t *path = cairo_copy_path(cr);

	cairo_new_path(cr);
	cairo_scale(cr, area->scale, area->scale);
	cairo_translate(cr, -area->bounds.left, -area->bounds.top);
	cairo_append_path(cr, path);
	cairo_identity_matrix(cr);
	cairo_fill(cr);
	cairo_path_destroy(path);
}

static void
open_area(struct setter *s, struct area *area, const struct ips_path *path,
    const struct ips_path *around, struct text_box box)
{
	cairo_t *cr;

	cairo_matrix_init_rotate(&area->back, -turned(s));
	measure_area(area, path, box);
	area->map = cairo_image_surface_create(CAIRO_FORMAT_A8, area->width, area->height);
	cr = cairo_create(area->map);
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
	put_area(cr, area, path, box);
	fill_path(cr, area);
	if (around != NULL) {
		cairo_set_operator(cr, CAIRO_OPERATOR_DEST_OUT);
		put_outline(cr, area, around);
		fill_path(cr, area);
	}
	cairo_destroy(cr);
	cairo_surface_flush(area->map);
}

/* Columns that are free from one height to another: 1 where they are. */
static void
free_columns(const struct area *area, double top, double bottom, unsigned char *column)
{
	int stride = cairo_image_surface_get_stride(area->map);
	const unsigned char *data = cairo_image_surface_get_data(area->map);
	int first = (int)floor((top - area->bounds.top) * area->scale + 0.01);
	int last = (int)ceil((bottom - area->bounds.top) * area->scale - 0.01);

	for (int x = 0; x < area->width; x++)
		column[x] = first >= 0 && last <= area->height;
	for (int y = MAX(0, first); y < MIN(area->height, last); y++)
		for (int x = 0; x < area->width; x++)
			column[x] &= data[y * stride + x] != 0;
}

/* The next stretch at or after *x. */
static bool
next_stretch(
    const struct area *area, const unsigned char *column, int *x, double *left, double *width)
{
	int start;

	while (*x < area->width && !column[*x])
		(*x)++;
	start = *x;
	while (*x < area->width && column[*x])
		(*x)++;
	*left = area->bounds.left + start / area->scale;
	*width = (*x - start) / area->scale;
	return *x > start;
}

/* What is left of a paragraph. */
struct rest {
	const struct text_source *source;
	int paragraph, byte; /* byte: of the paragraph's text */
};

/* As many characters from there on, if there are so many. */
static struct text_source *
cut_source(const struct text_source *from, int byte, glong characters)
{
	struct text_source *cut = g_new(struct text_source, 1);
	const char *at = from->text->str + byte, *end = at;

	while (*end != '\0' && characters-- > 0)
		end = g_utf8_next_char(end);
	*cut = (struct text_source){ from->paragraph, g_string_new_len(at, end - at),
		g_array_new(FALSE, FALSE, sizeof(int)) };
	for (guint i = 0; i < from->start->len; i++) {
		int start = CLAMP(g_array_index(from->start, int, i) - byte, 0, (int)(end - at));
		g_array_append_val(cut->start, start);
	}
	return cut;
}

static void
free_source(gpointer data)
{
	struct text_source *source = data;

	g_string_free(source->text, TRUE);
	g_array_unref(source->start);
	g_free(source);
}

static PangoLayout *
lay_out(struct setter *s, const struct rest *rest, double width, bool inside, glong characters,
    struct text_source **source)
{
	struct text_source *cut = cut_source(rest->source, rest->byte, characters);
	PangoLayout *layout = text_layout(s, cut, width);

	pango_layout_set_wrap(layout, inside ? PANGO_WRAP_WORD_CHAR : PANGO_WRAP_WORD);
	g_object_set_data_full(G_OBJECT(layout), "source", cut, free_source);
	if (rest->byte > 0)
		pango_layout_set_indent(layout, 0);
	*source = cut;
	return layout;
}

/* One line of what is left, no wider than that unless a word is; `inside`: words are broken. Gives
 * the bytes it takes. Only as much is set as it takes to see where the line ends, or long texts
 * would be set once for every line. */
static int
break_line(
    struct setter *s, const struct rest *rest, double width, bool inside, struct text_line *line)
{
	size_t left = rest->source->text->len - (size_t)rest->byte;
	struct text_source *source;
	PangoLayout *layout = lay_out(s, rest, width, inside, FIRST_GUESS, &source);

	for (glong guess = 4 * FIRST_GUESS;
	     pango_layout_get_line_count(layout) == 1 && source->text->len < left; guess *= 4) {
		g_object_unref(layout);
		layout = lay_out(s, rest, width, inside, guess, &source);
	}
	*line = (struct text_line){ .layout = layout,
		.line = pango_layout_get_line_readonly(layout, 0),
		.source = source };
	return pango_layout_get_line_count(layout) > 1
		   ? pango_layout_get_line_readonly(layout, 1)->start_index
		   : (int)source->text->len;
}

struct flow {
	struct setter *s;
	struct area area;
	struct rest rest;
	double y;
	double lead; /* of the first line: what of it may lie above the area */
	int tries;
};

static bool
at_end(const struct flow *f)
{
	return f->rest.paragraph >= f->s->text->rtf->paragraphs;
}

static void
advance(struct flow *f, int bytes)
{
	const struct ips_rtf *rtf = f->s->text->rtf;
	const struct ips_rtf_paragraph *p = &rtf->paragraph[f->rest.paragraph];

	f->rest.byte += bytes;
	if (f->rest.byte < (int)f->rest.source->text->len)
		return;
	f->y += p->after * f->s->scale;
	f->rest.byte = 0;
	f->rest.paragraph++;
	if (at_end(f))
		return;
	f->rest.source = &f->s->source[f->rest.paragraph];
	f->y += rtf->paragraph[f->rest.paragraph].before * f->s->scale;
}

/* A word that fills no stretch by itself waits for a wider one. */
static bool
put_stretch(struct flow *f, double left, double width, double *bottom)
{
	struct setter *s = f->s;
	const struct ips_rtf_paragraph *p = &s->text->rtf->paragraph[f->rest.paragraph];
	double indent = f->rest.byte == 0 ? p->first * s->scale : 0;
	double room = width - (p->left + p->right) * s->scale, ascent, descent;
	struct text_line line;
	int bytes;

	if (room - indent < text_size(s, p->style))
		return false;
	bytes = break_line(
	    s, &f->rest, room, width >= WIDE * (f->area.bounds.right - f->area.bounds.left), &line);
	text_line_measure(s, &line, &ascent, &descent);
	if (line.width > room + 0.5) {
		g_object_unref(line.layout);
		return false;
	}
	bool last = f->rest.byte + bytes >= (int)f->rest.source->text->len;
	line.x =
	    left + p->left * s->scale + indent + text_align(p, last, room - indent, line.width);
	line.top = f->y;
	line.bottom = f->y + ascent + descent;
	line.baseline = f->y + ascent;
	double height = ascent + descent;
	*bottom =
	    MAX(*bottom, f->y + (s->lines->len == 0 ? height : text_line_height(s, &line, height)));
	g_array_append_val(s->lines, line);
	advance(f, bytes);
	return true;
}

/* How high the next line will be, if what follows is like its beginning. */
static double
next_height(struct flow *f)
{
	struct text_line line;
	double ascent, descent;

	break_line(f->s, &f->rest, MAX(1, f->area.bounds.right - f->area.bounds.left), true, &line);
	text_line_measure(f->s, &line, &ascent, &descent);
	f->lead = f->s->lines->len == 0 ? text_lead(f->s, &line, ascent) : 0;
	g_object_unref(line.layout);
	return ascent + descent;
}

/* All stretches of one height; a paragraph ends the line. */
static bool
put_band(struct flow *f, double height, unsigned char *column)
{
	double left, width, bottom = -HUGE_VAL; /* what is turned lies above 0, too */
	int x = 0, paragraph = f->rest.paragraph;

	free_columns(&f->area, f->y + f->lead, f->y + height, column);
	while (!at_end(f) && f->rest.paragraph == paragraph &&
	       next_stretch(&f->area, column, &x, &left, &width)) {
		double y = f->y;

		f->tries++;
		f->s->tries++;
		put_stretch(f, left, width, &bottom);
		if (f->rest.paragraph != paragraph)
			bottom += f->y - y;
	}
	if (bottom == -HUGE_VAL)
		return false;
	f->y = bottom;
	return true;
}

/* From so far below its top on. Tells whether all of the text found room. */
static bool
fill_area(struct flow *f, double offset)
{
	unsigned char *column = g_malloc((gsize)f->area.width);

	text_clear(f->s);
	f->rest = (struct rest){ .source = &f->s->source[0] };
	f->tries = 0;
	double height = next_height(f);
	double step = MAX(1 / f->area.scale, height / 16);
	f->y = f->area.bounds.top + offset - f->lead;
	while (!at_end(f) && f->tries < MAX_TRIES && text_is_quick(f->s) &&
	       f->y + height <= f->area.bounds.bottom + 0.5) {
		if (put_band(f, height, column))
			height = at_end(f) ? 0 : next_height(f);
		else
			f->y += step;
	}
	g_free(column);
	return at_end(f);
}

/* Where lines break depends on where they stand, so the text is set again until it lies as low as
 * it can, or in the middle between there and the top: \vertal. */
static void
align_down(struct flow *f)
{
	double yes = 0, no = MAX(0, f->area.bounds.bottom - f->y), offset;

	for (int i = 0; i < TRIES && no - yes > 0.1; i++) {
		offset = (yes + no) / 2;
		if (fill_area(f, offset))
			yes = offset;
		else
			no = offset;
	}
	offset = f->s->text->rtf->valign == IPS_VALIGN_CENTER ? yes / 2 : yes;
	if (!fill_area(f, offset))
		fill_area(f, 0);
}

bool
text_is_quick(const struct setter *s)
{
	return s->tries <= ALL_TRIES;
}

void
text_flow(struct setter *s, const struct ips_path *path, const struct ips_path *around,
    struct text_box bounds, bool align)
{
	struct flow f = { .s = s };

	text_clear(s);
	if (s->text->rtf->paragraphs == 0)
		return;
	open_area(s, &f.area, path, path != NULL ? around : NULL, bounds);
	bool all = fill_area(&f, 0);
	if (all && align && s->text->rtf->valign != IPS_VALIGN_TOP)
		align_down(&f);
	s->overflows = !all;
	cairo_surface_destroy(f.area.map);
	cairo_matrix_init_rotate(&s->matrix, turned(s));
	s->height = f.y - f.area.bounds.top;
}
