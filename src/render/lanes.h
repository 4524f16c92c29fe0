/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What operations on neighbouring pixels share. Thread rule: pure. */
#ifndef OPENIPS_RENDER_LANES_H
#define OPENIPS_RENDER_LANES_H

#include "render_priv.h"

/* Processors differ: such a function is compiled twice, and the loader takes what fits. Sanitizers
 * are not ready yet when it asks. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) &&                 \
    !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif
/* Its arguments are mostly constants where it is called. */
#define FOLDED static inline __attribute__((always_inline))

enum { LANE_ONE = 255 << 7, LANE_BANDS = 5 }; /* the whole range; most bands of an image */

struct lanes {
	int bands, colors; /* of the image: all, and without alpha */
	bool alpha, deep;
	bool luma;   /* one lane for the colours */
	int count;   /* lanes of a pixel: colours times alpha, then alpha */
	size_t size; /* bytes of a pixel of the image */
};

FOLDED struct lanes
lanes_made(int colors, bool alpha, bool deep, bool luma)
{
	luma = luma && colors == 3;
	return (struct lanes){ .bands = colors + alpha,
		.colors = colors,
		.alpha = alpha,
		.deep = deep,
		.luma = luma,
		.count = (luma ? 1 : colors) + alpha,
		.size = (size_t)(colors + alpha) * (deep ? 2 : 1) };
}

struct lanes lanes_of(const VipsImage *image, bool luma);

/* A lane is a sample times 128. */
static inline bool
lanes_are_plain(const struct lanes *lanes)
{
	return !lanes->alpha && !lanes->deep && !lanes->luma;
}

/* The luma of three samples of 8 bits. */
static inline bool
lanes_are_luma(const struct lanes *lanes)
{
	return lanes->luma && !lanes->alpha && !lanes->deep;
}

FOLDED uint16_t
lanes_luma(const VipsPel *pel)
{
	/* In 32768ths, and the sum is 1 of them. */
	return (uint16_t)((9798U * pel[0] + 19235U * pel[1] + 3735U * pel[2] + 128) >> 8);
}

/* Calls a folded function for lanes whose members are constants, if they are of a common kind. */
#define LANES_FOLD(lanes, function, ...)                                                           \
	((lanes)->deep || (lanes)->colors != 3 || !(lanes)->alpha                                  \
		? function(*(lanes), __VA_ARGS__)                                                  \
	    : (lanes)->luma ? function(lanes_made(3, true, false, true), __VA_ARGS__)              \
			    : function(lanes_made(3, true, false, false), __VA_ARGS__))

/* One pixel: from and to samples of 0..1, and from samples to lanes of that range. */
FOLDED void
lanes_pixel(const struct lanes *lanes, const VipsPel *pel, float *sample)
{
	for (int i = 0; i < lanes->bands; i++)
		sample[i] = lanes->deep ? ((const uint16_t *)pel)[i] * (1 / 65535.0F)
					: pel[i] * (1 / 255.0F);
}

FOLDED void
lanes_weigh(const struct lanes *lanes, const float *sample, float *out)
{
	float alpha = lanes->alpha ? sample[lanes->colors] : 1;

	if (lanes->luma)
		*out++ = (0.299F * sample[0] + 0.587F * sample[1] + 0.114F * sample[2]) * alpha;
	else
		for (int i = 0; i < lanes->colors; i++)
			*out++ = sample[i] * alpha;
	if (lanes->alpha)
		*out = alpha;
}

FOLDED void
lanes_put(const struct lanes *lanes, const float *sample, VipsPel *pel)
{
	for (int i = 0; i < lanes->bands; i++) {
		float v = CLAMP(sample[i], 0.0F, 1.0F);
		if (lanes->deep)
			((uint16_t *)pel)[i] = (uint16_t)(v * 65535 + 0.5F);
		else
			pel[i] = (VipsPel)(v * 255 + 0.5F);
	}
}

/* A row of an image as lanes of 0..LANE_ONE. */
void lanes_read(const struct lanes *lanes, const VipsPel *pel, int width, uint16_t *out);

/* A Gaussian along one axis: the weight of the pixel itself and of those to both sides, in
 * 65536ths. */
enum { GAUSS_RADIUS = 26 };
struct gauss {
	int radius;
	uint16_t weight[GAUSS_RADIUS + 1];
};
#define GAUSS_SIGMA 8.0 /* up to which one is made */

struct gauss gauss_of(double sigma);
/* out[i] from tap[k][i] for k = 0..2 radius, the middle one being the pixel itself. Not off by more
 * than (radius + 2) / 2. */
void gauss_blend(
    const struct gauss *gauss, const uint16_t *const *tap, int count, uint16_t *restrict out);

/* A whole picture blurred, in cells of some pixels; smooth as it is, cells are enough. */
struct cells;
struct cells *cells_new(const struct lanes *lanes, VipsImage *image, const double sigma[2]);
void cells_free(struct cells *cells);
/* Lanes of a part of a row. */
void cells_row(const struct cells *cells, int left, int y, int width, uint16_t *out);

#endif
