/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "text_ink.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <unistd.h>

struct golden_said
golden_pango(const char *font, double size, const char *text)
{
	PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	cairo_font_options_t *options = cairo_font_options_create();
	PangoFontDescription *desc = pango_font_description_from_string(font);
	PangoRectangle ink, logical;

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_font_description_set_absolute_size(desc, size * PANGO_SCALE);
	PangoLayout *layout = pango_layout_new(context);
	pango_layout_set_font_description(layout, desc);
	pango_layout_set_text(layout, text, -1);
	pango_layout_get_extents(layout, &ink, &logical);
	struct golden_said said = { (double)logical.width / PANGO_SCALE,
		(double)logical.height / PANGO_SCALE,
		(double)pango_layout_get_baseline(layout) / PANGO_SCALE,
		{ (double)ink.x / PANGO_SCALE, (double)ink.y / PANGO_SCALE,
		    (double)(ink.x + ink.width) / PANGO_SCALE,
		    (double)(ink.y + ink.height) / PANGO_SCALE } };
	g_object_unref(layout);
	pango_font_description_free(desc);
	cairo_font_options_destroy(options);
	g_object_unref(context);
	return said;
}

uint8_t *
golden_draw(const char *modifier, int *width, int *height)
{
	g_autofree char *all = g_strconcat(modifier, "&fmt=png-alpha&scl=1", NULL);
	struct ips_error err = { 0 };
	int fd;

	if (!golden_run(golden_source(QUAD), all, &ips_profile_copy, &fd, NULL, &err))
		fail_msg("%s: %s %s", modifier, err.reason, err.detail);
	uint8_t *pixels = golden_pixels(fd, width, height);
	close(fd);
	return pixels;
}

/* The outermost pixels with ink. */
struct golden_box
golden_ink(const uint8_t *pixels, int width, int height)
{
	struct golden_box box = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			if (pixels[4 * (y * width + x) + 3] >= GOLDEN_INK) {
				box.left = fmin(box.left, x), box.right = fmax(box.right, x + 1);
				box.top = fmin(box.top, y), box.bottom = fmax(box.bottom, y + 1);
			}
	return box;
}

void
golden_check_box(const char *modifier, struct golden_box is, struct golden_box want)
{
	if (fabs(is.left - want.left) > 1.6 || fabs(is.right - want.right) > 1.6 ||
	    fabs(is.top - want.top) > 1.6 || fabs(is.bottom - want.bottom) > 1.6)
		fail_msg("%s: ink %g,%g to %g,%g, not %.1f,%.1f to %.1f,%.1f", modifier, is.left,
		    is.top, is.right, is.bottom, want.left, want.top, want.right, want.bottom);
}

void
golden_check_ink(const char *modifier, struct golden_box want)
{
	int width, height;
	g_autofree uint8_t *pixels = golden_draw(modifier, &width, &height);

	golden_check_box(modifier, golden_ink(pixels, width, height), want);
}
