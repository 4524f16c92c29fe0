/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/render.h"
#include "render_priv.h"

#include <math.h>
#include <vips/vips.h>

/* Small scenes as functions of a point: x and y run from 0 to 1 over the longer side. A soft edge
 * of about a pixel keeps them free of stairs. */

struct paint {
	double r, g, b, a; /* 0..1 */
};

struct canvas {
	double pixel; /* size of one pixel in the units of the scene */
	double x, y;
	struct paint paint; /* so far at this point */
};

typedef void scene(struct canvas *at);

static struct paint
rgb(unsigned hex)
{
	return (struct paint){ (hex >> 16 & 255) / 255.0, (hex >> 8 & 255) / 255.0,
		(hex & 255) / 255.0, 1 };
}

/* How much of a pixel lies inside, from the signed distance to the edge (negative inside). */
static double
inside(const struct canvas *at, double distance)
{
	return CLAMP(0.5 - distance / at->pixel, 0, 1);
}

static void
over(struct canvas *at, struct paint top, double cover)
{
	double a = top.a * cover;
	double rest = at->paint.a * (1 - a);
	double sum = a + rest;

	if (sum <= 0)
		return;
	at->paint.r = (top.r * a + at->paint.r * rest) / sum;
	at->paint.g = (top.g * a + at->paint.g * rest) / sum;
	at->paint.b = (top.b * a + at->paint.b * rest) / sum;
	at->paint.a = sum;
}

static struct paint
mix(struct paint from, struct paint to, double t)
{
	t = CLAMP(t, 0, 1);
	return (struct paint){ from.r + (to.r - from.r) * t, from.g + (to.g - from.g) * t,
		from.b + (to.b - from.b) * t, from.a + (to.a - from.a) * t };
}

static double
box_distance(const struct canvas *at, double cx, double cy, double w, double h, double round)
{
	double dx = fabs(at->x - cx) - w / 2 + round;
	double dy = fabs(at->y - cy) - h / 2 + round;

	return hypot(fmax(dx, 0), fmax(dy, 0)) + fmin(fmax(dx, dy), 0) - round;
}

static void
box(struct canvas *at, double cx, double cy, double w, double h, double round, struct paint paint)
{
	over(at, paint, inside(at, box_distance(at, cx, cy, w, h, round)));
}

static void
disc(struct canvas *at, double cx, double cy, double radius, struct paint paint)
{
	over(at, paint, inside(at, hypot(at->x - cx, at->y - cy) - radius));
}

static void
draw_laptop(struct canvas *at)
{
	at->paint = mix(rgb(0xF4F6F9), rgb(0xC9D2DE), at->y);
	over(at, (struct paint){ 0, 0, 0, 0.25 },
	    inside(at, hypot((at->x - 0.5) / 0.42, (at->y - 0.62) / 0.03) * 0.1 - 0.1));
	box(at, 0.5, 0.33, 0.62, 0.42, 0.02, rgb(0x2B2F36));
	box(at, 0.5, 0.33, 0.58, 0.375, 0.004,
	    mix(rgb(0x1E63D0), rgb(0xE85D8A), at->x * 0.9 + at->y - 0.5));
	disc(at, 0.4, 0.3, 0.07, rgb(0xFFD166));
	disc(at, 0.58, 0.36, 0.1, (struct paint){ 1, 1, 1, 0.35 });
	box(at, 0.5, 0.575, 0.76, 0.05, 0.018, mix(rgb(0xE3E6EA), rgb(0x9AA2AD), at->y * 12 - 6.6));
	box(at, 0.5, 0.556, 0.12, 0.012, 0.006, rgb(0x7B838E));
}

static void
draw_landscape(struct canvas *at)
{
	at->paint = mix(rgb(0x2D6FB8), rgb(0xFCE3B6), at->y * 2.2);
	disc(at, 0.72, 0.22, 0.06, rgb(0xFFF4CF));
	for (int i = 0; i < 4; i++) {
		double ridge = 0.3 + 0.08 * i + 0.05 * sin(at->x * (7 + 3 * i) + 1.7 * i) +
			       0.015 * sin(at->x * (31 + 9 * i) + i);

		over(at, mix(rgb(0x6E8FA8), rgb(0x20402C), i / 3.0), inside(at, ridge - at->y));
	}
	/* Fine grain, as a photograph has: compressors and sharpeners find work. */
	double grain = sin(at->x * 9137.1 + at->y * 7841.7) * 43758.5;
	over(at, (struct paint){ 0, 0, 0, 0.06 * (grain - floor(grain)) }, 1);
}

static void
draw_mug(struct canvas *at)
{
	double shade = (at->x - 0.2) / 0.5;
	double ring = fabs(hypot(at->x - 0.72, at->y - 0.52) - 0.14) - 0.035;

	at->paint = (struct paint){ 0, 0, 0, 0 };
	over(at, (struct paint){ 0, 0, 0, 0.3 },
	    inside(at, hypot((at->x - 0.48) / 3.4, at->y - 0.87) - 0.1));
	over(at, rgb(0xB33A2B), inside(at, ring));
	box(at, 0.47, 0.52, 0.5, 0.68, 0.06, mix(rgb(0xE8604C), rgb(0x9E2F22), shade * shade));
	box(at, 0.47, 0.21, 0.5, 0.07, 0.03, rgb(0x6B3A22));
	disc(at, 0.44, 0.55, 0.11, rgb(0xFFF3E6));
	disc(at, 0.48, 0.52, 0.09, mix(rgb(0xE8604C), rgb(0x9E2F22), shade * shade));
}

static void
draw_lamp(struct canvas *at)
{
	double glow = exp(-12 * (pow(at->x - 0.4, 2) + pow(at->y - 0.3, 2)));
	double cone = fabs(at->x - 0.4) - 0.06 - (at->y - 0.16) * 0.6;

	at->paint = mix(rgb(0x263248), rgb(0xFFD98A), glow);
	box(at, 0.4, 0.62, 0.018, 0.56, 0.009, rgb(0xC9A35C));
	box(at, 0.4, 0.9, 0.3, 0.035, 0.017, rgb(0xC9A35C));
	over(at, rgb(0xFFF0C9), inside(at, fmax(cone, fabs(at->y - 0.26) - 0.1)));
}

static void
draw_chart(struct canvas *at)
{
	static const unsigned patch[] = { 0xFF0000, 0x00FF00, 0x0000FF, 0x00FFFF, 0xFF00FF,
		0xFFFF00, 0x735244, 0xC29682, 0x627A9D, 0x576C43, 0x8580B1, 0x67BDAA };
	int column = (int)CLAMP(at->x * 6, 0, 5);
	int row = (int)(at->y * 4.5);

	if (row < 2)
		at->paint = rgb(patch[row * 6 + column]);
	else
		at->paint = mix(rgb(0x000000), rgb(0xFFFFFF), floor(at->x * 16) / 15);
}

static void
draw_logo(struct canvas *at)
{
	at->paint = (struct paint){ 0, 0, 0, 0 };
	disc(at, 0.16, 0.165, 0.13, rgb(0x1E63D0));
	disc(at, 0.16, 0.165, 0.075, rgb(0xFFFFFF));
	disc(at, 0.16, 0.165, 0.04, rgb(0xE85D8A));
	for (int i = 0; i < 5; i++)
		box(at, 0.38 + 0.13 * i, 0.165 - 0.02 * (i % 2), 0.09, 0.16 + 0.05 * (i % 3), 0.02,
		    mix(rgb(0x1E63D0), rgb(0xE85D8A), i / 4.0));
}

static int
save_jpeg(VipsImage *image, VipsTarget *target)
{
	return vips_jpegsave_target(
	    image, target, "Q", 92, "subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF, NULL);
}

static int
save_png(VipsImage *image, VipsTarget *target)
{
	return vips_pngsave_target(image, target, NULL);
}

static int
save_webp(VipsImage *image, VipsTarget *target)
{
	return vips_webpsave_target(image, target, "Q", 90, "effort", 2, NULL);
}

static const struct drawing {
	int width, height, bands;
	double per_inch;
	scene *draw;
	int (*save)(VipsImage *image, VipsTarget *target);
	struct ring path; /* of a JPEG; none if it has no size */
} drawings[] = {
	[IPS_DRAWING_LAPTOP] = { 1200, 900, 3, 300, draw_laptop, save_jpeg },
	/* around the sun */
	[IPS_DRAWING_LANDSCAPE] = { 2400, 1600, 3, 240, draw_landscape, save_jpeg,
	    { 0.72, 0.33, 0.12, 0.18 } },
	[IPS_DRAWING_MUG] = { 900, 900, 4, 150, draw_mug, save_png },
	[IPS_DRAWING_LAMP] = { 800, 1000, 3, 72, draw_lamp, save_webp },
	[IPS_DRAWING_CHART] = { 960, 640, 3, 96, draw_chart, save_png },
	[IPS_DRAWING_LOGO] = { 600, 200, 4, 72, draw_logo, save_png },
};
_Static_assert(IPS_NELEM(drawings) == IPS_DRAWING_COUNT, "every drawing needs a row");

static uint8_t
to_byte(double value)
{
	return (uint8_t)(CLAMP(value, 0, 1) * 255 + 0.5);
}

static uint8_t *
draw_pixels(const struct drawing *drawing)
{
	size_t bands = (size_t)drawing->bands;
	uint8_t *pixels = g_malloc((size_t)drawing->width * (size_t)drawing->height * bands);
	uint8_t *p = pixels;
	double side = MAX(drawing->width, drawing->height);

	for (int y = 0; y < drawing->height; y++)
		for (int x = 0; x < drawing->width; x++, p += bands) {
			struct canvas at = {
				.pixel = 1 / side,
				.x = (x + 0.5) / side,
				.y = (y + 0.5) / side,
			};

			drawing->draw(&at);
			p[0] = to_byte(at.paint.r);
			p[1] = to_byte(at.paint.g);
			p[2] = to_byte(at.paint.b);
			if (bands == 4)
				p[3] = to_byte(at.paint.a);
		}
	return pixels;
}

static void
add_path(VipsImage *image, const struct ring *ring)
{
	g_autoptr(GByteArray) blocks = NULL;

	if (ring->across == 0)
		return;
	blocks = draw_path_blocks(ring);
	vips_image_set_blob_copy(image, VIPS_META_IPTC_NAME, blocks->data, blocks->len);
}

static bool
save_drawing(const struct drawing *drawing, VipsImage *image, VipsTarget *target)
{
	add_path(image, &drawing->path);
	return drawing->save(image, target) == 0;
}

bool
ips_render_draw(enum ips_drawing what, int fd, struct ips_error *err)
{
	const struct drawing *drawing = &drawings[what];
	g_autofree uint8_t *pixels = draw_pixels(drawing);
	size_t size = (size_t)drawing->width * (size_t)drawing->height * (size_t)drawing->bands;
	VipsImage *plain = vips_image_new_from_memory(
	    pixels, size, drawing->width, drawing->height, drawing->bands, VIPS_FORMAT_UCHAR);
	VipsTarget *target = vips_target_new_to_descriptor(fd);
	VipsImage *image = NULL;
	bool done = plain != NULL && target != NULL &&
		    vips_copy(plain, &image, "interpretation", VIPS_INTERPRETATION_sRGB, "xres",
			drawing->per_inch / 25.4, "yres", drawing->per_inch / 25.4, NULL) == 0 &&
		    save_drawing(drawing, image, target);

	if (image != NULL)
		g_object_unref(image);
	if (plain != NULL)
		g_object_unref(plain);
	if (target != NULL)
		g_object_unref(target);
	return done || ips_fail_internal(err, "drawing %d cannot be saved", (int)what);
}
