/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Pictures of 256 colours at most: which colours, and which pixel takes which. */
#include "palette.h"

#include <libimagequant.h>
#include <string.h>

#define NEAR_SLOTS 4096 /* colours whose nearest entry is remembered */

struct pixels {
	uint8_t *rgba;
	int width, height;
	bool key; /* entry 0 is clear */
};

static void
add(struct palette *palette, uint8_t r, uint8_t g, uint8_t b, uint8_t a)
{
	uint8_t *entry = palette->color[palette->count++];

	entry[0] = r, entry[1] = g, entry[2] = b, entry[3] = a;
}

/* Six steps of each component. */
static void
add_cube(struct palette *palette, int last)
{
	for (int i = 0; i < last; i++)
		add(palette, (uint8_t)(255 - i / 36 * 51), (uint8_t)(255 - i / 6 % 6 * 51),
		    (uint8_t)(255 - i % 6 * 51), 255);
}

/* The system's palette of 8 bits: the cube, then ten more steps of red, green, blue and gray. */
static void
add_mac(struct palette *palette)
{
	static const uint8_t steps[] = { 0xee, 0xdd, 0xbb, 0xaa, 0x88, 0x77, 0x55, 0x44, 0x22,
		0x11 };

	add_cube(palette, 215);
	for (int ramp = 0; ramp < 4; ramp++)
		for (size_t i = 0; i < IPS_NELEM(steps); i++)
			add(palette, ramp == 0 || ramp == 3 ? steps[i] : 0,
			    ramp == 1 || ramp == 3 ? steps[i] : 0,
			    ramp == 2 || ramp == 3 ? steps[i] : 0, 255);
	add(palette, 0, 0, 0, 255);
}

static bool
has(const struct palette *palette, int from, const uint8_t *rgba)
{
	for (int i = from; i < palette->count; i++)
		if (memcmp(palette->color[i], rgba, 4) == 0)
			return true;
	return false;
}

static void
add_forced(const struct ips_quantize *how, int most, struct palette *palette)
{
	for (int i = 0; i < how->forced && palette->count < most; i++)
		add(palette, how->color[i][0], how->color[i][1], how->color[i][2], 255);
}

/* Few colours are taken as they are. */
static bool
add_all(const struct pixels *in, int most, struct palette *palette)
{
	size_t count = (size_t)in->width * (size_t)in->height;
	const uint8_t *last = NULL;

	for (size_t i = 0; i < count; i++) {
		const uint8_t *p = in->rgba + 4 * i;
		if ((last && memcmp(last, p, 4) == 0) || (in->key && p[3] == 0))
			continue;
		last = p;
		if (has(palette, in->key, p))
			continue;
		if (palette->count == most)
			return false;
		add(palette, p[0], p[1], p[2], p[3]);
	}
	return true;
}

static bool
quantize(const struct pixels *in, const struct ips_quantize *how, int most, struct palette *palette)
{
	liq_attr *attr = liq_attr_create();
	liq_image *image = liq_image_create_rgba(attr, in->rgba, in->width, in->height, 0);
	liq_result *result = NULL;

	liq_set_max_colors(attr, CLAMP(most - in->key, 2, 256));
	for (int i = 0; image && i < how->forced; i++)
		liq_image_add_fixed_color(image,
		    (liq_color){ how->color[i][0], how->color[i][1], how->color[i][2], 255 });
	bool done = image && liq_image_quantize(image, attr, &result) == LIQ_OK;
	if (done) {
		const liq_palette *found = liq_get_palette(result);
		for (unsigned i = 0; i < found->count && palette->count < most; i++) {
			liq_color c = found->entries[i];
			uint8_t rgba[4] = { c.r, c.g, c.b, c.a };
			if ((!in->key || c.a > 0) && !has(palette, in->key, rgba))
				add(palette, c.r, c.g, c.b, c.a);
		}
		liq_result_destroy(result);
	}
	if (image)
		liq_image_destroy(image);
	liq_attr_destroy(attr);
	return done;
}

static bool
choose_colors(const struct pixels *in, const struct ips_quantize *how, struct palette *palette)
{
	int most = MIN(how->colors + in->key, 256);

	palette->count = 0;
	if (in->key)
		add(palette, 0, 0, 0, 0);
	if (how->palette == IPS_PALETTE_WEB)
		add_cube(palette, 216);
	else if (how->palette == IPS_PALETTE_MAC)
		add_mac(palette);
	if (how->palette != IPS_PALETTE_ADAPTIVE)
		return true;
	add_forced(how, most, palette);
	int start = palette->count;
	if (start == most || add_all(in, most, palette))
		return true;
	palette->count = start;
	return quantize(in, how, most, palette);
}

/* ---- Pixels to entries ---- */

struct finder {
	const struct palette *palette;
	int from;
	uint32_t seen[NEAR_SLOTS]; /* colour + what marks a slot as taken */
	uint8_t entry[NEAR_SLOTS];
	bool taken[NEAR_SLOTS];
};

static uint8_t
nearest(struct finder *finder, const uint8_t p[4])
{
	uint32_t packed = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	uint32_t slot = packed * 2654435761u >> 20;
	int best = finder->from, least = INT_MAX;

	if (finder->taken[slot] && finder->seen[slot] == packed)
		return finder->entry[slot];
	for (int i = finder->from; i < finder->palette->count; i++) {
		const uint8_t *c = finder->palette->color[i];
		int r = p[0] - c[0], g = p[1] - c[1], b = p[2] - c[2], a = p[3] - c[3];
		int distance = r * r + g * g + b * b + 3 * a * a;
		if (distance < least)
			least = distance, best = i;
	}
	finder->taken[slot] = true;
	finder->seen[slot] = packed;
	return finder->entry[slot] = (uint8_t)best;
}

/* Floyd and Steinberg: 7, 3, 5 and 1 sixteenths to what comes next. `now` and `below` count
 * sixteenths and begin one pixel to the left. */
static void
spread(int16_t *now, int16_t *below, int x, int channel, int error)
{
	now[3 * (x + 2) + channel] = (int16_t)(now[3 * (x + 2) + channel] + 7 * error);
	below[3 * x + channel] = (int16_t)(below[3 * x + channel] + 3 * error);
	below[3 * (x + 1) + channel] = (int16_t)(below[3 * (x + 1) + channel] + 5 * error);
	below[3 * (x + 2) + channel] = (int16_t)(below[3 * (x + 2) + channel] + error);
}

static void
map_row(struct finder *finder, const uint8_t *row, int width, int16_t *now, int16_t *below,
    uint8_t *out)
{
	for (int x = 0; x < width; x++) {
		const uint8_t *p = row + 4 * x;
		uint8_t wanted[4] = { p[0], p[1], p[2], p[3] };
		if (finder->from > 0 && p[3] == 0) {
			out[x] = 0;
			continue;
		}
		for (int c = 0; c < 3 && now; c++)
			wanted[c] =
			    (uint8_t)CLAMP(p[c] + ips_round(now[3 * (x + 1) + c] / 16.0), 0, 255);
		out[x] = nearest(finder, wanted);
		for (int c = 0; c < 3 && now; c++)
			spread(now, below, x, c, wanted[c] - finder->palette->color[out[x]][c]);
	}
}

static void
map_pixels(const struct pixels *in, bool dither, const struct palette *palette, uint8_t *out)
{
	struct finder *finder = g_new0(struct finder, 1);
	size_t room = 3 * ((size_t)in->width + 2);
	int16_t *now = dither ? g_new0(int16_t, room) : NULL;
	int16_t *below = dither ? g_new0(int16_t, room) : NULL;

	finder->palette = palette;
	finder->from = in->key;
	for (int y = 0; y < in->height; y++) {
		size_t at = (size_t)y * (size_t)in->width;
		map_row(finder, in->rgba + 4 * at, in->width, now, below, out + at);
		int16_t *swap = now;
		now = below;
		below = swap;
		if (dither)
			memset(below, 0, room * sizeof(*below));
	}
	g_free(now);
	g_free(below);
	g_free(finder);
}

/* ---- From the picture ---- */

/* A key colour is there or not; a palette of PNG can hold what is between, unless it is a fixed
 * one. */
static uint8_t
alpha_of(uint8_t alpha, bool soft)
{
	return soft ? alpha : alpha >= 128 ? 255 : 0;
}

static void
take_pixels(VipsImage *image, bool soft, struct pixels *out)
{
	int bands = vips_image_get_bands(image);
	bool color = bands >= 3, alpha = bands == 2 || bands == 4;

	for (int y = 0; y < out->height; y++) {
		const VipsPel *p = VIPS_IMAGE_ADDR(image, 0, y);
		uint8_t *to = out->rgba + 4 * (size_t)y * (size_t)out->width;
		for (int x = 0; x < out->width; x++, p += bands, to += 4) {
			to[0] = p[0];
			to[1] = p[color ? 1 : 0];
			to[2] = p[color ? 2 : 0];
			to[3] = alpha && out->key ? alpha_of(p[bands - 1], soft) : 255;
		}
	}
}

bool
reduce_colors(struct job *job, struct reduced *out, struct ips_error *err)
{
	const struct ips_output *output = &job->plan->output;
	const struct ips_quantize *how = &output->quantize;
	bool soft = output->format == IPS_FORMAT_PNG && how->palette == IPS_PALETTE_ADAPTIVE;

	if (!job_settle(job, err))
		return false;
	struct pixels in = { .width = vips_image_get_width(job->image),
		.height = vips_image_get_height(job->image),
		.key = output->alpha };
	size_t count = (size_t)in.width * (size_t)in.height;
	in.rgba = g_try_malloc(4 * count);
	out->index = g_try_malloc(count);
	out->width = in.width;
	out->height = in.height;
	bool done = in.rgba && out->index;
	if (done) {
		take_pixels(job->image, soft, &in);
		done = choose_colors(&in, how, &out->palette);
	}
	if (done)
		map_pixels(&in, how->dither, &out->palette, out->index);
	g_free(in.rgba);
	if (!done)
		g_free(out->index);
	return done || ips_fail_internal(err, "no room for a palette of %zu pixels", count);
}
