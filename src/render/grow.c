/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Dilation by a disc, one row after the other: of each, the most within 1, 2, 4, ... pixels is
 * found once, and two of these make the most within any width. Erosion is dilation of the negative.
 * A radius between two whole numbers gives what is between their results. */
#include "lanes.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 20, PATIENCE = 64 }; /* rows between two looks at the clock */

struct disc {
	int radius;
	int16_t *ring; /* results under way: row y in place y % room */
};

struct growing {
	struct lanes lanes;
	bool erode;
	int width, height, margin; /* pixels; the margin is empty, on both sides of each level */
	int room;                  /* rows of a ring */
	int16_t *level[LEVELS];    /* [k][i]: the most from i on, over 2^k pixels */
	int16_t *most;
	int discs;
	struct disc disc[2]; /* the radius rounded down and, unless it is whole, up */
	float between;
};

static int16_t *
ring_row(const struct growing *g, const struct disc *disc, int y)
{
	return disc->ring + (gsize)(y % g->room) * (gsize)(g->width * g->lanes.count);
}

static void
more(const int16_t *restrict a, const int16_t *restrict b, int count, int16_t *restrict out)
{
	for (int i = 0; i < count; i++)
		out[i] = a[i] > b[i] ? a[i] : b[i];
}

static void
keep_more(const int16_t *restrict a, int count, int16_t *restrict out)
{
	for (int i = 0; i < count; i++)
		out[i] = a[i] > out[i] ? a[i] : out[i];
}

static void
negate(int16_t *lane, int count)
{
	for (int i = 0; i < count; i++)
		lane[i] = (int16_t)(LANE_ONE - lane[i]);
}

static void
read_levels(struct growing *g, VipsImage *image, int y)
{
	int n = g->lanes.count, all = (g->width + 2 * g->margin) * n;
	int16_t *line = g->level[0] + g->margin * n;

	lanes_read(&g->lanes, VIPS_IMAGE_ADDR(image, 0, y), g->width, (uint16_t *)line);
	if (g->erode)
		negate(line, g->width * n);
	for (int k = 1; g->level[k] != NULL; k++) {
		int half = (1 << (k - 1)) * n;
		more(g->level[k - 1], g->level[k - 1] + half, all - 2 * half + n, g->level[k]);
	}
}

/* The most within so many pixels to both sides. */
static void
reach_across(struct growing *g, int half)
{
	int n = g->lanes.count, width = 2 * half + 1, k = 0;

	while (2 << k <= width)
		k++;
	const int16_t *left = g->level[k] + (g->margin - half) * n;
	more(left, left + (width - (1 << k)) * n, g->width * n, g->most);
}

static void
spread(struct growing *g, const struct disc *disc, int y)
{
	int r = disc->radius, lanes = g->width * g->lanes.count, reached = -1;

	for (int dy = 0; dy <= r; dy++) {
		int half = (int)sqrt((r + 0.5) * (r + 0.5) - dy * dy);
		if (half != reached)
			reach_across(g, half);
		reached = half;
		if (y - dy >= 0)
			keep_more(g->most, lanes, ring_row(g, disc, y - dy));
		if (dy > 0 && y + dy < g->height)
			keep_more(g->most, lanes, ring_row(g, disc, y + dy));
	}
}

static void
put_pixel(const struct growing *g, const float *lane, VipsPel *out)
{
	int colors = g->lanes.colors;
	float sample[LANE_BANDS] = { 0 }, alpha = g->lanes.alpha ? lane[colors] : 1;

	for (int i = 0; alpha > 0 && i < colors; i++)
		sample[i] = lane[i] / alpha;
	if (g->lanes.alpha)
		sample[colors] = alpha;
	lanes_put(&g->lanes, sample, out);
}

static void
put_row(const struct growing *g, const int16_t *a, const int16_t *b, VipsPel *out)
{
	int n = g->lanes.count;

	for (int x = 0; x < g->width; x++, out += g->lanes.size) {
		float lane[LANE_BANDS];
		for (int i = 0; i < n; i++, a++, b++) {
			float v = *a + g->between * (float)(*b - *a);
			lane[i] = (g->erode ? LANE_ONE - v : v) / LANE_ONE;
		}
		put_pixel(g, lane, out);
	}
}

static void
put_plain_row(const struct growing *g, int16_t *a, VipsPel *out)
{
	int count = g->width * g->lanes.count;

	if (g->erode)
		negate(a, count);
	for (int i = 0; i < count; i++)
		out[i] = (VipsPel)(a[i] >> 7);
}

/* No row below will change this one; its places are free. */
static void
finish_row(struct growing *g, int y, VipsPel *out)
{
	int16_t *a = ring_row(g, &g->disc[0], y), *b = ring_row(g, &g->disc[g->discs - 1], y);

	if (g->discs == 1 && lanes_are_plain(&g->lanes))
		put_plain_row(g, a, out);
	else
		put_row(g, a, b, out);
	for (int i = 0; i < g->discs; i++)
		memset(ring_row(g, &g->disc[i], y), 0,
		    (gsize)(g->width * g->lanes.count) * sizeof(int16_t));
}

static bool
is_late(struct job *job)
{
	*job->late = job->deadline_us != 0 && ips_monotonic_us() > job->deadline_us;
	return *job->late;
}

static bool
grow_rows(struct job *job, struct growing *g, VipsImage *to)
{
	int reach = g->margin;

	for (int y = 0; y < g->height + reach; y++) {
		if (y % PATIENCE == 0 && is_late(job))
			return false;
		if (y < g->height) {
			read_levels(g, job->image, y);
			for (int i = 0; i < g->discs; i++)
				spread(g, &g->disc[i], y);
		}
		if (y >= reach)
			finish_row(g, y - reach, VIPS_IMAGE_ADDR(to, 0, y - reach));
	}
	return true;
}

static void
prepare(struct growing *g, const VipsImage *image, double by)
{
	int most = MAX(vips_image_get_width(image), vips_image_get_height(image));
	double radius = fmin(fabs(by), most);

	*g = (struct growing){ .lanes = lanes_of(image, false), .erode = by < 0 };
	g->width = vips_image_get_width(image), g->height = vips_image_get_height(image);
	g->between = (float)(radius - floor(radius));
	g->discs = g->between > 0 ? 2 : 1;
	g->margin = (int)ceil(radius);
	g->room = 2 * g->margin + 1;
	gsize row = (gsize)(g->width * g->lanes.count);
	gsize wide = row + (gsize)(2 * g->margin * g->lanes.count);
	for (int i = 0; i < g->discs; i++)
		g->disc[i] =
		    (struct disc){ (int)radius + i, g_new0(int16_t, row * (gsize)g->room) };
	for (int k = 0; 1 << k <= g->room; k++)
		g->level[k] = g_new0(int16_t, wide);
	g->most = g_new(int16_t, row);
}

static void
release(struct growing *g)
{
	for (int k = 0; g->level[k] != NULL; k++)
		g_free(g->level[k]);
	for (int i = 0; i < g->discs; i++)
		g_free(g->disc[i].ring);
	g_free(g->most);
}

bool
grow(struct job *job, double radius, struct ips_error *err)
{
	struct growing g;

	if (!job_settle(job, err))
		return false;
	VipsImage **slot = job_slot(job);
	*slot = vips_image_new_memory();
	if (vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_ANY, job->image, NULL) ||
	    vips_image_write_prepare(*slot))
		return job_fail(job, err);
	prepare(&g, job->image, radius);
	bool done = grow_rows(job, &g, *slot);
	release(&g);
	return job_step(job, !done, slot, err);
}
