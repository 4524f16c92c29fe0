/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Set text as pixels. */
#include "render_priv.h"
#include "text.h"

#include <fontconfig/fontconfig.h>
#include <math.h>
#include <string.h>

#define TOLERANCE 0.05 /* of flattened curves, in pixels */

/* How soft edges are: coverage to the power of `gamma`. */
static const struct {
	cairo_antialias_t antialias;
	double gamma;
} smoothings[] = {
	[IPS_SMOOTHING_OFF] = { CAIRO_ANTIALIAS_NONE, 1 },
	[IPS_SMOOTHING_NORM] = { CAIRO_ANTIALIAS_GRAY, 1 },
	[IPS_SMOOTHING_CRISP] = { CAIRO_ANTIALIAS_GOOD, 1.2 },
	[IPS_SMOOTHING_SHARP] = { CAIRO_ANTIALIAS_GOOD, 1.4 },
	[IPS_SMOOTHING_STRONG] = { CAIRO_ANTIALIAS_GOOD, 0.7 },
	[IPS_SMOOTHING_SMOOTH] = { CAIRO_ANTIALIAS_BEST, 1 },
};

/* Naive, as all colours of a request. */
static void
set_color(cairo_t *cr, const struct ips_color *color)
{
	double c[4];

	for (int i = 0; i < 4; i++)
		c[i] = color->channel[i] / 255.0;
	switch (color->space) {
	case IPS_SPACE_GRAY:
		c[1] = c[2] = c[0];
		break;
	case IPS_SPACE_CMYK: /* R26 */
		for (int i = 0; i < 3; i++)
			c[i] = (1 - c[i]) * (1 - c[3]);
		break;
	case IPS_SPACE_RGB:
		break;
	}
	cairo_set_source_rgba(cr, c[0], c[1], c[2], color->alpha / 255.0);
}

/* Outlines lie where they belong to a fraction of a pixel; what has none is a picture. */
static void
draw_glyphs(cairo_t *cr, PangoFont *font, PangoGlyphString *glyphs)
{
	PangoRectangle ink;
	double x1, y1, x2, y2;

	cairo_new_path(cr);
	pango_cairo_glyph_string_path(cr, font, glyphs);
	cairo_path_extents(cr, &x1, &y1, &x2, &y2);
	pango_glyph_string_extents(glyphs, font, &ink, NULL);
	if (x1 == x2 && ink.width > 0) {
		cairo_new_path(cr);
		cairo_move_to(cr, 0, 0);
		pango_cairo_show_glyph_string(cr, font, glyphs);
		return;
	}
	cairo_fill(cr);
}

static void
underline(cairo_t *cr, PangoFont *font, double width)
{
	PangoFontMetrics *metrics = pango_font_get_metrics(font, NULL);
	double top = -text_px(pango_font_metrics_get_underline_position(metrics));
	double thick = text_px(pango_font_metrics_get_underline_thickness(metrics));

	cairo_rectangle(cr, 0, top, width, MAX(thick, 0.5));
	cairo_fill(cr);
	pango_font_metrics_unref(metrics);
}

void
text_draw_run(const struct setter *s, cairo_t *cr, const struct ips_rtf_style *style,
    PangoFont *font, PangoGlyphString *glyphs, double width)
{
	cairo_save(cr);
	cairo_translate(cr, style->mirrored_x ? width : 0, -text_rise(s, style));
	cairo_scale(cr, style->mirrored_x ? -1 : 1,
	    (style->mirrored_y ? -1 : 1) * style->scale_y / style->scale_x);
	set_color(cr, &style->color);
	draw_glyphs(cr, font, glyphs);
	if (style->underline)
		underline(cr, font, width);
	cairo_restore(cr);
}

/* In vertical text letters stand on their middle. */
static double
middle(const PangoLayoutRun *run)
{
	PangoRectangle l;

	if (!(run->item->analysis.flags & PANGO_ANALYSIS_FLAG_CENTERED_BASELINE))
		return 0;
	pango_glyph_string_extents(run->glyphs, run->item->analysis.font, NULL, &l);
	return text_px(l.y) + text_px(l.height) / 2;
}

static void
draw_line(struct setter *s, cairo_t *cr, const struct text_line *line)
{
	double x = line->x;

	for (GSList *r = line->line->runs; r != NULL; r = r->next) {
		const PangoLayoutRun *run = r->data;
		double width = text_px(pango_glyph_string_get_width(run->glyphs));

		cairo_save(cr);
		cairo_translate(cr, x, line->baseline - middle(run));
		text_draw_run(s, cr, text_style(line->source, run->item->offset),
		    run->item->analysis.font, run->glyphs, width);
		cairo_restore(cr);
		x += width;
	}
}

static void
draw_all(struct setter *s, cairo_t *cr)
{
	cairo_transform(cr, &s->matrix);
	if (s->glyphs != NULL)
		text_draw_glyphs(s, cr);
	for (guint i = 0; i < s->lines->len; i++)
		draw_line(s, cr, &g_array_index(s->lines, struct text_line, i));
}

/* Pango keeps fonts for each thread, cairo and fontconfig for all of them. */
void
text_thread_done(void)
{
	pango_cairo_font_map_set_default(NULL);
}

void
text_stop(void)
{
	text_thread_done();
	cairo_debug_reset_static_data();
	FcFini();
}

/* What of the layer's plane holds ink. */
static struct ips_rect
ink_rect(struct setter *s)
{
	double x, y, width, height;
	cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
	cairo_t *cr = cairo_create(surface);

	draw_all(s, cr);
	cairo_recording_surface_ink_extents(surface, &x, &y, &width, &height);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return (struct ips_rect){ (int)floor(x), (int)floor(y), (int)(ceil(x + width) - floor(x)),
		(int)(ceil(y + height) - floor(y)) };
}

bool
ips_render_text_measure(
    const struct ips_text *text, struct ips_text_facts *out, struct ips_error *err)
{
	struct setter s;
	bool done = text_open(&s, text, err);

	if (done)
		*out = (struct ips_text_facts){ s.size, s.anchored, { s.anchor[0], s.anchor[1] },
			ink_rect(&s) };
	text_close(&s);
	return done;
}

/* Premultiplied words of the machine into bytes of straight alpha. */
static void
straighten(const unsigned char *from, unsigned char *to, int width, double gamma)
{
	for (int x = 0; x < width; x++, to += 4) {
		uint32_t pixel;

		memcpy(&pixel, from + 4 * x, sizeof(pixel));
		unsigned a = pixel >> 24;
		for (int i = 0; i < 3; i++)
			to[i] =
			    a == 0 ? 0
				   : (unsigned char)(((pixel >> (16 - 8 * i) & 255) * 255 + a / 2) /
						     a);
		to[3] = gamma == 1 ? (unsigned char)a
				   : (unsigned char)lround(255 * pow(a / 255.0, gamma));
	}
}

static cairo_surface_t *
paint(struct setter *s, struct ips_rect window)
{
	cairo_surface_t *surface =
	    cairo_image_surface_create(CAIRO_FORMAT_ARGB32, window.width, window.height);
	cairo_t *cr = cairo_create(surface);

	cairo_set_antialias(cr, smoothings[s->text->smoothing].antialias);
	cairo_set_tolerance(cr, TOLERANCE);
	cairo_translate(cr, -window.x, -window.y);
	draw_all(s, cr);
	cairo_destroy(cr);
	cairo_surface_flush(surface);
	return surface;
}

static bool
take_pixels(const struct setter *s, cairo_surface_t *surface, VipsImage **out)
{
	int width = cairo_image_surface_get_width(surface);
	int height = cairo_image_surface_get_height(surface);
	int stride = cairo_image_surface_get_stride(surface);
	const unsigned char *from = cairo_image_surface_get_data(surface);
	VipsImage *image = vips_image_new_memory();

	vips_image_init_fields(image, width, height, 4, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
	    VIPS_INTERPRETATION_sRGB, 1, 1);
	if (vips_image_write_prepare(image)) {
		g_object_unref(image);
		return false;
	}
	for (int y = 0; y < height; y++)
		straighten(from + (size_t)y * (size_t)stride, VIPS_IMAGE_ADDR(image, 0, y), width,
		    smoothings[s->text->smoothing].gamma);
	*out = image;
	return true;
}

bool
text_image(struct job *job, const struct ips_text *text, struct ips_rect window, VipsImage **out,
    struct ips_error *err)
{
	struct setter s;
	bool done = text_open(&s, text, err);

	if (done) {
		cairo_surface_t *surface = paint(&s, window);
		cairo_status_t status = cairo_surface_status(surface);

		if (status != CAIRO_STATUS_SUCCESS)
			done = ips_fail_internal(err, "text: %s", cairo_status_to_string(status));
		else
			done = take_pixels(&s, surface, out) || job_fail(job, err);
		cairo_surface_destroy(surface);
	}
	text_close(&s);
	return done;
}
