/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What operations on neighbouring pixels share. Thread rule: pure. */
#ifndef OPENIPS_RENDER_LANES_H
#define OPENIPS_RENDER_LANES_H

#include "render_priv.h"

enum { LANE_ONE = 255 << 7, LANE_BANDS = 5 }; /* the whole range; most bands of an image */

struct lanes {
	int bands, colors; /* of the image: all, and without alpha */
	bool alpha, deep;
	bool luma;   /* one lane for the colours */
	int count;   /* lanes of a pixel: colours times alpha, then alpha */
	size_t size; /* bytes of a pixel of the image */
};

struct lanes lanes_of(const VipsImage *image, bool luma);

/* A lane is a sample times 128. */
static inline bool
lanes_are_plain(const struct lanes *lanes)
{
	return !lanes->alpha && !lanes->deep && !lanes->luma;
}

/* One pixel: from and to samples of 0..1, and from samples to lanes of that range. */
void lanes_pixel(const struct lanes *lanes, const VipsPel *pel, float *sample);
void lanes_weigh(const struct lanes *lanes, const float *sample, float *out);
void lanes_put(const struct lanes *lanes, const float *sample, VipsPel *pel);

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
