/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A picture in perspective: each pixel of the result looks up what it shows. How far it is covered
 * follows from its distance to the edges, so that these are smooth and as straight as they come. */
#include "render_priv.h"

#include <math.h>

#define MOST_SAMPLES 8 /* of a pixel, along one axis */
#define MOST_BANDS   5

struct edge {
	double a, b, c; /* a x + b y + c: how far inside, in pixels */
};

struct run {
	bool deep;
	int colors;          /* and alpha after them */
	size_t size;         /* bytes of a pixel */
	struct ips_map back; /* from the result to the picture */
	struct edge edge[4];
	enum ips_resample how;
	double jitter;
	int width, height; /* of the picture */
};

/* ---- Edges ---- */

static struct edge
edge_between(const double from[2], const double to[2], double sign)
{
	double dx = to[0] - from[0], dy = to[1] - from[1], length = sign * hypot(dx, dy);

	return (struct edge){ -dy / length, dx / length, (dy * from[0] - dx * from[1]) / length };
}

static void
find_edges(struct run *run, const struct ips_map *map)
{
	double corner[4][2], area = 0;

	for (int i = 0; i < 4; i++)
		(void)ips_map_point(
		    map, i == 1 || i == 2 ? run->width : 0, i >= 2 ? run->height : 0, corner[i]);
	for (int i = 0; i < 4; i++) {
		const double *p = corner[i], *q = corner[(i + 1) % 4];
		area += p[0] * q[1] - q[0] * p[1];
	}
	for (int i = 0; i < 4; i++)
		run->edge[i] = edge_between(corner[i], corner[(i + 1) % 4], area > 0 ? 1 : -1);
}

/* 0..1, of the pixel whose middle that is. */
static float
covered(const struct run *run, double x, double y)
{
	double part = 1;

	for (int i = 0; i < 4 && part > 0; i++) {
		const struct edge *e = &run->edge[i];
		double inside = e->a * x + e->b * y + e->c;
		part *= run->how == IPS_RESAMPLE_NEAREST ? inside >= 0 : CLAMP(inside + 0.5, 0, 1);
	}
	return (float)part;
}

/* ---- Samples ---- */

static inline void
back_to(const struct run *run, double x, double y, double at[2])
{
	const double *m = run->back.m, *p = run->back.p;
	double over = 1 / (1 + p[2] + p[0] * x + p[1] * y);

	at[0] = (m[0] * x + m[1] * y + m[4]) * over;
	at[1] = (m[2] * x + m[3] * y + m[5]) * over;
}

static inline float
raw(const struct run *run, const VipsPel *pel, int band)
{
	return run->deep ? ((const uint16_t *)pel)[band] : pel[band];
}

/* Colours weigh as much as they cover. Sums stay in the samples' own range: alpha is the last, and
 * what colours are divided by in the end. */
static inline void
add_pixel(const struct run *run, const VipsPel *pel, float weight, float *sum)
{
	float weighed = weight * raw(run, pel, run->colors);

	for (int i = 0; i < run->colors; i++)
		sum[i] += weighed * raw(run, pel, i);
	sum[run->colors] += weighed;
}

/* Beyond the picture its edges repeat: how much of them is seen is another matter. */
static inline void
add_sample(const struct run *run, VipsImage *in, const double at[2], float weight, float *sum)
{
	double u = fmin(fmax(at[0] - 0.5, 0), run->width - 1);
	double v = fmin(fmax(at[1] - 0.5, 0), run->height - 1);
	int x = (int)u, y = (int)v;

	if (run->how == IPS_RESAMPLE_NEAREST) {
		add_pixel(run, VIPS_IMAGE_ADDR(in, (int)(u + 0.5), (int)(v + 0.5)), weight, sum);
		return;
	}
	const VipsPel *first = VIPS_IMAGE_ADDR(in, x, y);
	size_t right = x + 1 < run->width ? run->size : 0;
	size_t down = y + 1 < run->height ? VIPS_IMAGE_SIZEOF_LINE(in) : 0;
	float fx = (float)(u - x), fy = (float)(v - y);
	add_pixel(run, first, weight * (1 - fx) * (1 - fy), sum);
	add_pixel(run, first + right, weight * fx * (1 - fy), sum);
	add_pixel(run, first + down, weight * (1 - fx) * fy, sum);
	add_pixel(run, first + right + down, weight * fx * fy, sum);
}

/* Pixels of the picture from one pixel of the result to the next, across or down. A bilinear sample
 * sees somewhat more than one. */
static int
samples_along(const struct run *run, const double at[2], double x, double y, bool down)
{
	double next[2];

	if (run->how != IPS_RESAMPLE_AREA)
		return 1;
	back_to(run, x + !down, y + down, next);
	double far = hypot(next[0] - at[0], next[1] - at[1]);
	int least = run->jitter > 0 ? 2 : 1; /* or there is nothing to spread */
	return far < MOST_SAMPLES ? MAX(least, (int)ceil(far - 0.25)) : MOST_SAMPLES;
}

static double
jitter(const struct run *run, int x, int y, int n)
{
	return run->jitter > 0 ? ((double)place_random(x, y, n) - 0.5) * run->jitter : 0;
}

/* The mean of as many samples as it takes. */
static void
look_up(const struct run *run, VipsImage *in, int x, int y, float *sum)
{
	double at[2], middle[2] = { x + 0.5, y + 0.5 };

	back_to(run, middle[0], middle[1], at);
	int nx = samples_along(run, at, middle[0], middle[1], false);
	int ny = samples_along(run, at, middle[0], middle[1], true);
	if (nx * ny == 1) {
		add_sample(run, in, at, 1, sum);
		return;
	}
	float weight = 1 / (float)(nx * ny);
	for (int i = 0; i < nx * ny; i++) {
		double dx = (i % nx + 0.5 + jitter(run, x, y, 2 * i)) / nx;
		double dy = ((double)(i / nx) + 0.5 + jitter(run, x, y, 2 * i + 1)) / ny;
		back_to(run, x + dx, y + dy, at);
		add_sample(run, in, at, weight, sum);
	}
}

/* Alpha is always there: most of the layer is clear. */
static void
put(const struct run *run, const float *sum, float part, VipsPel *out)
{
	float alpha = sum[run->colors], over = alpha > 0 ? 1 / alpha : 0;

	for (int i = 0; i <= run->colors; i++) {
		float v = (i < run->colors ? sum[i] * over : alpha * part) + 0.5F;
		if (run->deep)
			((uint16_t *)out)[i] = (uint16_t)MIN(v, 65535.0F);
		else
			out[i] = (VipsPel)MIN(v, 255.0F);
	}
}

static int
generate(VipsRegion *out, void *seq, void *a, void *b, gboolean *stop)
{
	VipsImage *in = a;
	const struct run *run = b;
	const VipsRect *area = &out->valid;

	(void)seq;
	(void)stop;
	for (int y = area->top; y < area->top + area->height; y++) {
		VipsPel *to = VIPS_REGION_ADDR(out, area->left, y);
		for (int x = area->left; x < area->left + area->width; x++) {
			float sum[MOST_BANDS] = { 0 }, part = covered(run, x + 0.5, y + 0.5);
			if (part > 0)
				look_up(run, in, x, y, sum);
			put(run, sum, part, to);
			to += run->size;
		}
	}
	return 0;
}

/* It reads here and there, so the picture has to be in memory. */
bool
warp(struct job *job, struct ips_error *err)
{
	const struct ips_plan_layer *layer = job->layer;

	if (!layer->warped)
		return true;
	if (!job_settle(job, err))
		return false;
	struct run *run = VIPS_NEW(job->scope, struct run);
	*run = (struct run){ .deep = sample_max(job->image) > 255,
		.colors = vips_image_get_bands(job->image) - 1,
		.size = VIPS_IMAGE_SIZEOF_PEL(job->image),
		.how = layer->resample,
		.jitter = layer->jitter,
		.width = vips_image_get_width(job->image),
		.height = vips_image_get_height(job->image) };
	if (!ips_map_inverse(&layer->warp, &run->back))
		return ips_fail_internal(err, "perspective: the map has no inverse");
	find_edges(run, &layer->warp);
	VipsImage **slot = job_slot(job);
	*slot = vips_image_new();
	if (vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_SMALLTILE, job->image, NULL))
		return job_fail(job, err);
	(*slot)->Xsize = layer->turned.width;
	(*slot)->Ysize = layer->turned.height;
	return job_step(
	    job, job_generate(job, *slot, NULL, generate, NULL, job->image, run), slot, err);
}
