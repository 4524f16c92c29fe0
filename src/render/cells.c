/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Wide blurs. A picture is averaged over cells of a quarter of sigma or less, these are blurred
 * with what is left of the variance, and what lies between their middles is interpolated: no more
 * than half a level off, at a cost that does not grow with sigma. */
#include "lanes.h"

#include <math.h>
#include <string.h>

enum { MOST = 256 }; /* pixels along a cell: sums of a whole one fit 32 bits */

struct axis {
	int step, cells; /* pixels of a cell; cells along the picture and one beyond each end, so
			    that there are two around every pixel */
	struct gauss gauss;
};

struct cells {
	struct lanes lanes;
	struct axis x, y;
	uint16_t *value; /* of y.cells rows */
};

static struct axis
axis_of(double sigma, int length)
{
	int d = CLAMP((int)(sigma / 4), 1, MOST);
	/* The variances of averaging and of interpolating are part of the whole. */
	double spread = d > 1 ? (d * d - 1) / 12.0 + d * d / 6.0 : 0;
	double left = sqrt(fmax(0, sigma * sigma - spread)) / d;

	return (struct axis){ d, (length + d - 1) / d + 2, gauss_of(fmin(left, GAUSS_SIGMA)) };
}

static int
line_width(const struct axis *x)
{
	return (x->cells + 2 * x->gauss.radius) * x->step;
}

/* A row as lanes, its ends repeated as far as the cells beyond them reach. */
static void
read_line(const struct cells *c, VipsImage *image, int y, uint16_t *line)
{
	int w = vips_image_get_width(image), n = c->lanes.count,
	    margin = (c->x.gauss.radius + 1) * c->x.step;
	uint16_t *at = line + margin * n;

	lanes_read(&c->lanes, VIPS_IMAGE_ADDR(image, 0, y), w, at);
	for (int i = 0; i < margin * n; i++)
		line[i] = at[i % n];
	for (int i = (margin + w) * n; i < line_width(&c->x) * n; i++)
		line[i] = line[i - n];
}

static void
add_line(const struct cells *c, const uint16_t *line, uint32_t *sum)
{
	int n = c->lanes.count;

	for (int cell = 0; cell < c->x.cells + 2 * c->x.gauss.radius; cell++, sum += n)
		for (int i = 0; i < c->x.step; i++, line += n)
			for (int l = 0; l < n; l++)
				sum[l] += line[l];
}

static void
blend_across(const struct cells *c, const uint16_t *row, uint16_t *out)
{
	const uint16_t *tap[2 * GAUSS_RADIUS + 1];

	for (int k = 0; k <= 2 * c->x.gauss.radius; k++)
		tap[k] = row + k * c->lanes.count;
	gauss_blend(&c->x.gauss, tap, c->x.cells * c->lanes.count, out);
}

/* One row of cells, blurred across. */
static void
fill_row(const struct cells *c, VipsImage *image, int row, uint16_t *line, uint16_t *out)
{
	int n = (c->x.cells + 2 * c->x.gauss.radius) * c->lanes.count;
	int last = vips_image_get_height(image) - 1, previous = -1;
	uint32_t area = (uint32_t)(c->x.step * c->y.step);
	uint32_t *sum = g_new0(uint32_t, (gsize)n);
	uint16_t *cell = g_new(uint16_t, (gsize)n);

	for (int i = 0; i < c->y.step; i++) {
		int y = CLAMP(row * c->y.step + i, 0, last);
		if (y != previous)
			read_line(c, image, y, line);
		previous = y;
		add_line(c, line, sum);
	}
	for (int i = 0; i < n; i++)
		cell[i] = (uint16_t)((sum[i] + area / 2) / area);
	blend_across(c, cell, out);
	g_free(sum);
	g_free(cell);
}

/* Above and below the picture all rows of cells are those of its first and last row. */
static bool
repeats(const struct cells *c, VipsImage *image, int row)
{
	return row < 0 || (row - 1) * c->y.step >= vips_image_get_height(image) - 1;
}

struct cells *
cells_new(const struct lanes *lanes, VipsImage *image, const double sigma[2])
{
	struct cells *c = g_new0(struct cells, 1);
	const uint16_t *tap[2 * GAUSS_RADIUS + 1];

	c->lanes = *lanes;
	c->x = axis_of(sigma[0], vips_image_get_width(image));
	c->y = axis_of(sigma[1], vips_image_get_height(image));
	int radius = c->y.gauss.radius, width = c->x.cells * lanes->count;
	gsize size = (gsize)width * sizeof(uint16_t);
	uint16_t *line = g_new(uint16_t, (gsize)line_width(&c->x) * (gsize)lanes->count);
	uint16_t *rows = g_malloc(size * (gsize)(c->y.cells + 2 * radius));
	int first = -radius - 1;
	for (int row = first; row < first + c->y.cells + 2 * radius; row++) {
		uint16_t *out = rows + (gsize)(row - first) * (gsize)width;
		if (row > first && repeats(c, image, row))
			memcpy(out, out - width, size);
		else
			fill_row(c, image, row, line, out);
	}
	c->value = g_malloc(size * (gsize)c->y.cells);
	for (int row = 0; row < c->y.cells; row++) {
		for (int k = 0; k <= 2 * radius; k++)
			tap[k] = rows + (gsize)(row + k) * (gsize)width;
		gauss_blend(&c->y.gauss, tap, width, c->value + (gsize)row * (gsize)width);
	}
	g_free(rows);
	g_free(line);
	return c;
}

void
cells_free(struct cells *c)
{
	g_free(c->value);
	g_free(c);
}

/* The cells on both sides of a pixel, and how far it is on the way between their middles. */
static float
between(const struct axis *axis, int at, int *low, int *high)
{
	float f = ((float)at + 0.5F) / (float)axis->step - 0.5F, whole = floorf(f);

	*low = CLAMP((int)whole + 1, 0, axis->cells - 2); /* 0 is beyond */
	*high = *low + 1;
	return f - whole;
}

void
cells_row(const struct cells *c, int left, int y, int width, uint16_t *out)
{
	int n = c->lanes.count, low, high;
	float fy = between(&c->y, y, &low, &high);
	const uint16_t *a = c->value + (gsize)low * (gsize)(c->x.cells * n);
	const uint16_t *b = c->value + (gsize)high * (gsize)(c->x.cells * n);

	for (int x = left; x < left + width; x++) {
		float fx = between(&c->x, x, &low, &high);
		for (int l = 0; l < n; l++) {
			float p = a[low * n + l] + fy * (float)(b[low * n + l] - a[low * n + l]);
			float q = a[high * n + l] + fy * (float)(b[high * n + l] - a[high * n + l]);
			*out++ = (uint16_t)(p + fx * (q - p) + 0.5F);
		}
	}
}
