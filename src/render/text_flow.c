/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text into areas of any shape: where a line can stand is read off a picture of the area, and each
 * stretch takes as many words as fit. */
#include "text.h"

#include "outline.h"

#include <math.h>

#define MAX_MAP   1024 /* pixels of the picture's longer side */
#define WIDE      0.9  /* of the area's width: words do not wait for a wider stretch */
#define MAX_TRIES 4000 /* stretches looked at; further ones stay empty */

struct area {
	cairo_surface_t *map;
	struct text_box bounds;
	double scale; /* of the picture */
	int width, height;
	cairo_matrix_t back; /* from the layer to the lines: the other way than they are turned */
};

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

	cairo_matrix_init_rotate(&area->back, -s->text->angle * G_PI / 180);
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

static struct text_source *
cut_source(const struct text_source *from, int byte)
{
	struct text_source *cut = g_new(struct text_source, 1);

	*cut = (struct text_source){ from->paragraph, g_string_new(from->text->str + byte),
		g_array_new(FALSE, FALSE, sizeof(int)) };
	for (guint i = 0; i < from->start->len; i++) {
		int start = MAX(0, g_array_index(from->start, int, i) - byte);
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

/* One line of what is left, no wider than that unless a word is; `inside`: words are broken. Gives
 * the bytes it takes. */
static int
break_line(
    struct setter *s, const struct rest *rest, double width, bool inside, struct text_line *line)
{
	struct text_source *source = cut_source(rest->source, rest->byte);
	PangoLayout *layout = text_layout(s, source, width);

	pango_layout_set_wrap(layout, inside ? PANGO_WRAP_WORD_CHAR : PANGO_WRAP_WORD);
	g_object_set_data_full(G_OBJECT(layout), "source", source, free_source);
	if (rest->byte > 0)
		pango_layout_set_indent(layout, 0);
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
	*bottom = MAX(
	    *bottom, f->y + (s->lines->len == 0 ? ascent + descent
						: text_line_height(s, &line, ascent + descent)));
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
	g_object_unref(line.layout);
	return ascent + descent;
}

/* All stretches of one height; a paragraph ends the line. */
static bool
put_band(struct flow *f, double height, unsigned char *column)
{
	double left, width, bottom = 0;
	int x = 0, paragraph = f->rest.paragraph;

	free_columns(&f->area, f->y, f->y + height, column);
	while (!at_end(f) && f->rest.paragraph == paragraph &&
	       next_stretch(&f->area, column, &x, &left, &width)) {
		double y = f->y;

		f->tries++;
		put_stretch(f, left, width, &bottom);
		if (f->rest.paragraph != paragraph)
			bottom += f->y - y;
	}
	if (bottom > 0)
		f->y = bottom;
	return bottom > 0;
}

static void
fill_area(struct flow *f)
{
	unsigned char *column = g_malloc((gsize)f->area.width);
	double height = next_height(f);
	double step = MAX(1 / f->area.scale, height / 16);

	f->y = f->area.bounds.top;
	while (!at_end(f) && f->tries < MAX_TRIES && f->y + height <= f->area.bounds.bottom + 0.5) {
		if (put_band(f, height, column))
			height = at_end(f) ? 0 : next_height(f);
		else
			f->y += step;
	}
	g_free(column);
}

/* Moves everything down: \vertal. */
static void
align_down(struct flow *f)
{
	enum ips_valign valign = f->s->text->rtf->valign;
	double bottom = 0;

	for (guint i = 0; i < f->s->lines->len; i++)
		bottom = MAX(bottom, g_array_index(f->s->lines, struct text_line, i).bottom);
	double rest = f->area.bounds.bottom - bottom;
	/* In a shape that is no rectangle lines would leave it. */
	if (f->s->text->flow == NULL && valign != IPS_VALIGN_TOP && rest > 0)
		text_move(f->s, 0, valign == IPS_VALIGN_CENTER ? rest / 2 : rest);
}

bool
text_flow(struct setter *s, const struct ips_path *path, const struct ips_path *around,
    struct text_box bounds)
{
	struct flow f = { .s = s, .rest = { .source = &s->source[0] } };

	text_clear(s);
	if (s->text->rtf->paragraphs == 0)
		return true;
	open_area(s, &f.area, path, path != NULL ? around : NULL, bounds);
	fill_area(&f);
	s->overflows = !at_end(&f);
	align_down(&f);
	cairo_surface_destroy(f.area.map);
	cairo_matrix_init_rotate(&s->matrix, s->text->angle * G_PI / 180);
	s->height = f.y - f.area.bounds.top;
	return true;
}
