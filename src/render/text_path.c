/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text along a line: each letter stands upright on the tangent below its middle. */
#include "text.h"

#include "outline.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 0.05 /* of flattened curves, in pixels */

/* One subpath as straight pieces. */
struct track {
	GArray *x, *y, *at; /* double: points, and how far along they lie */
	bool closed;
	double length;
};

struct placed {
	PangoFont *font;          /* of the layout that text_glyphs holds */
	PangoGlyphString *glyphs; /* one cluster */
	const struct ips_rtf_style *style;
	double x, y, angle, width;
};

struct text_glyphs {
	PangoLayout *layout;
	struct text_source source;
	GArray *placed;
};

/* ---- The line ---- */

static double
value(const GArray *array, guint i)
{
	return g_array_index(array, double, i);
}

static void
add_point(struct track *track, double x, double y)
{
	double at = 0;

	if (track->x->len > 0) {
		guint last = track->x->len - 1;
		double step = hypot(x - value(track->x, last), y - value(track->y, last));

		if (step == 0)
			return;
		at = value(track->at, last) + step;
	}
	g_array_append_val(track->x, x);
	g_array_append_val(track->y, y);
	g_array_append_val(track->at, at);
	track->length = at;
}

static void
new_track(GArray *tracks)
{
	struct track track = { g_array_new(FALSE, FALSE, sizeof(double)),
		g_array_new(FALSE, FALSE, sizeof(double)),
		g_array_new(FALSE, FALSE, sizeof(double)), false, 0 };

	g_array_append_val(tracks, track);
}

static void
free_tracks(GArray *tracks)
{
	for (guint i = 0; i < tracks->len; i++) {
		struct track *track = &g_array_index(tracks, struct track, i);

		g_array_unref(track->x);
		g_array_unref(track->y);
		g_array_unref(track->at);
	}
	g_array_unref(tracks);
}

static void
add_step(GArray *tracks, const cairo_path_data_t *step)
{
	struct track *track;

	if (step->header.type == CAIRO_PATH_MOVE_TO)
		new_track(tracks);
	if (tracks->len == 0)
		return;
	track = &g_array_index(tracks, struct track, tracks->len - 1);
	if (step->header.type == CAIRO_PATH_CLOSE_PATH) {
		track->closed = true;
		add_point(track, value(track->x, 0), value(track->y, 0));
	} else {
		add_point(track, step[1].point.x, step[1].point.y);
	}
}

static GArray *
flatten(const struct ips_path *path)
{
	GArray *tracks = g_array_new(FALSE, TRUE, sizeof(struct track));
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
	cairo_t *cr = cairo_create(surface);
	cairo_path_t *flat;

	cairo_set_tolerance(cr, TOLERANCE);
	outline_put(cr, path);
	flat = cairo_copy_path_flat(cr);
	for (int i = 0; i < flat->num_data; i += flat->data[i].header.length)
		add_step(tracks, &flat->data[i]);
	cairo_path_destroy(flat);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return tracks;
}

static void
turn_around(struct track *track)
{
	struct track back = { g_array_new(FALSE, FALSE, sizeof(double)),
		g_array_new(FALSE, FALSE, sizeof(double)),
		g_array_new(FALSE, FALSE, sizeof(double)), track->closed, 0 };

	for (guint i = track->x->len; i > 0; i--)
		add_point(&back, value(track->x, i - 1), value(track->y, i - 1));
	g_array_unref(track->x);
	g_array_unref(track->y);
	g_array_unref(track->at);
	*track = back;
}

/* A point so far along the line; around a closed one as often as need be. */
static void
locate(const struct track *track, double at, struct placed *out)
{
	guint low = 0, high = track->at->len - 1;

	if (track->closed)
		at = fmod(at, track->length);
	while (high - low > 1) {
		guint middle = (low + high) / 2;

		if (value(track->at, middle) <= at)
			low = middle;
		else
			high = middle;
	}
	double dx = value(track->x, high) - value(track->x, low);
	double dy = value(track->y, high) - value(track->y, low);
	double t = (at - value(track->at, low)) / (value(track->at, high) - value(track->at, low));
	out->x = value(track->x, low) + t * dx;
	out->y = value(track->y, low) + t * dy;
	out->angle = atan2(dy, dx);
}

/* ---- The letters ---- */

static PangoGlyphString *
sub_glyphs(const PangoGlyphString *from, int start, int count)
{
	PangoGlyphString *out = pango_glyph_string_new();

	pango_glyph_string_set_size(out, count);
	memcpy(out->glyphs, from->glyphs + start, (size_t)count * sizeof(*out->glyphs));
	memcpy(out->log_clusters, from->log_clusters + start, (size_t)count * sizeof(int));
	return out;
}

/* One letter with what belongs to it. */
static int
cluster_end(const PangoGlyphString *glyphs, int start)
{
	int end = start + 1;

	while (end < glyphs->num_glyphs && glyphs->log_clusters[end] == glyphs->log_clusters[start])
		end++;
	return end;
}

static void
collect_run(struct text_glyphs *g, const PangoLayoutRun *run)
{
	for (int i = 0, end; i < run->glyphs->num_glyphs; i = end) {
		struct placed placed = { .font = run->item->analysis.font,
			.style = text_style(&g->source, run->item->offset) };

		end = cluster_end(run->glyphs, i);
		placed.glyphs = sub_glyphs(run->glyphs, i, end - i);
		placed.width = text_px(pango_glyph_string_get_width(placed.glyphs));
		g_array_append_val(g->placed, placed);
	}
}

/* What follows the first end of a line is not drawn. */
static void
collect(struct setter *s)
{
	struct text_glyphs *g = g_new0(struct text_glyphs, 1);
	const struct text_source *source = &s->source[0];
	const char *end = strstr(source->text->str, "\342\200\250");
	gssize len = end != NULL ? end - source->text->str : (gssize)source->text->len;

	g->placed = g_array_new(FALSE, TRUE, sizeof(struct placed));
	g->source = (struct text_source){ source->paragraph,
		g_string_new_len(source->text->str, len), source->start };
	g->layout = text_layout(s, &g->source, -1);
	for (GSList *r = pango_layout_get_line_readonly(g->layout, 0)->runs; r != NULL; r = r->next)
		collect_run(g, r->data);
	s->glyphs = g;
}

static double
total_width(const struct text_glyphs *g)
{
	double width = 0;

	for (guint i = 0; i < g->placed->len; i++)
		width += g_array_index(g->placed, struct placed, i).width;
	return width;
}

/* As many letters as the line holds from the n-th on. Gives the next. */
static guint
put_along(struct setter *s, const struct track *track, guint n, double width)
{
	const struct ips_rtf_paragraph *p = s->glyphs->source.paragraph;
	double from = s->text->start * track->length + p->left * s->scale;
	double to = s->text->end * track->length - p->right * s->scale;
	double at = from + MAX(0, text_align(p, false, to - from, width)); /* never justified */

	for (; n < s->glyphs->placed->len; n++) {
		struct placed *placed = &g_array_index(s->glyphs->placed, struct placed, n);

		if (at + placed->width > to + 0.01)
			break;
		locate(track, MAX(0, at + placed->width / 2), placed);
		at += placed->width;
	}
	return n;
}

static bool
put_all(struct setter *s, GArray *tracks)
{
	double width = total_width(s->glyphs);
	guint n = 0;

	for (guint i = 0; i < tracks->len; i++) {
		struct track *track = &g_array_index(tracks, struct track, i);

		if (track->length == 0) /* where a closed one ended, too */
			continue;
		if (s->text->end > 1 && !track->closed)
			return ips_fail(s->err, IPS_INVALID_PARAMETER,
			    "pathAttr=: an end above 1 is for closed paths");
		if (s->text->reverse)
			turn_around(track);
		n = put_along(s, track, n, width);
	}
	/* What no line has room for is not drawn. */
	for (guint i = n; i < s->glyphs->placed->len; i++)
		pango_glyph_string_free(g_array_index(s->glyphs->placed, struct placed, i).glyphs);
	g_array_set_size(s->glyphs->placed, n);
	return true;
}

bool
text_along(struct setter *s)
{
	GArray *tracks;
	bool done;

	if (s->text->rtf->paragraphs == 0)
		return true;
	collect(s);
	tracks = flatten(s->text->path);
	done = put_all(s, tracks);
	free_tracks(tracks);
	return done;
}

void
text_free_glyphs(struct setter *s)
{
	if (s->glyphs == NULL)
		return;
	for (guint i = 0; i < s->glyphs->placed->len; i++)
		pango_glyph_string_free(g_array_index(s->glyphs->placed, struct placed, i).glyphs);
	g_array_unref(s->glyphs->placed);
	g_string_free(s->glyphs->source.text, TRUE);
	g_object_unref(s->glyphs->layout);
	g_free(s->glyphs);
}

static void
stand(cairo_matrix_t *matrix, const struct placed *placed)
{
	cairo_matrix_translate(matrix, placed->x, placed->y);
	cairo_matrix_rotate(matrix, placed->angle);
	cairo_matrix_translate(matrix, -placed->width / 2, 0);
}

void
text_draw_glyphs(struct setter *s, cairo_t *cr)
{
	for (guint i = 0; i < s->glyphs->placed->len; i++) {
		const struct placed *placed = &g_array_index(s->glyphs->placed, struct placed, i);
		cairo_matrix_t matrix;

		cairo_save(cr);
		cairo_get_matrix(cr, &matrix);
		stand(&matrix, placed);
		cairo_set_matrix(cr, &matrix);
		text_draw_run(s, cr, placed->style, placed->font, placed->glyphs, placed->width);
		cairo_restore(cr);
	}
}

struct text_box
text_glyphs_ink(const struct setter *s)
{
	struct text_box all = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

	for (guint i = 0; s->glyphs != NULL && i < s->glyphs->placed->len; i++) {
		const struct placed *placed = &g_array_index(s->glyphs->placed, struct placed, i);
		double rise = text_rise(s, placed->style);
		double v = placed->style->scale_y / placed->style->scale_x;
		PangoRectangle ink;
		cairo_matrix_t matrix;

		pango_glyph_string_extents(placed->glyphs, placed->font, &ink, NULL);
		if (ink.width == 0)
			continue;
		cairo_matrix_init_identity(&matrix);
		stand(&matrix, placed);
		for (int n = 0; n < 4; n++) {
			double x = text_px(ink.x + (n & 1 ? ink.width : 0));
			double y = text_px(ink.y + (n & 2 ? ink.height : 0)) * v - rise;

			cairo_matrix_transform_point(&matrix, &x, &y);
			all.left = MIN(all.left, x), all.right = MAX(all.right, x);
			all.top = MIN(all.top, y), all.bottom = MAX(all.bottom, y);
		}
	}
	return all.left <= all.right ? all : (struct text_box){ 0 };
}
