/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Operations that see one pixel at a time. A row becomes float once, goes through all of them and
 * becomes samples again, so that nothing is rounded between two. Alpha stays as it is. */
#include "render_priv.h"

#include <math.h>

struct run {
	const struct ips_op *op;
	int count;
	int bands, colors; /* all, and without alpha */
	VipsBandFormat format;
};

struct row {
	float *sample; /* colors of each pixel, 0..1 */
	int width, colors;
	int left, y; /* where it lies */
};

/* gray: the same gain for all; CMYK is only ever inverted */
static void
linear_each(const struct ips_op *op, struct row *row)
{
	const double *m = op->matrix;
	float gain = (float)(row->colors == 1 ? m[0] + m[1] + m[2] : m[0]);
	float offset = (float)op->offset[0];

	for (int i = 0; i < row->width * row->colors; i++)
		row->sample[i] = CLAMP(row->sample[i] * gain + offset, 0.0F, 1.0F);
}

static void
linear(const struct ips_op *op, struct row *row)
{
	float m[9], o[3];

	if (row->colors != 3) {
		linear_each(op, row);
		return;
	}
	for (int i = 0; i < 9; i++)
		m[i] = (float)op->matrix[i];
	for (int i = 0; i < 3; i++)
		o[i] = (float)op->offset[i];
	for (float *p = row->sample; p < row->sample + 3 * row->width; p += 3) {
		float r = p[0], g = p[1], b = p[2];

		for (int i = 0; i < 3; i++) {
			float v = m[3 * i] * r + m[3 * i + 1] * g + m[3 * i + 2] * b + o[i];
			p[i] = CLAMP(v, 0.0F, 1.0F);
		}
	}
}

/* HSB: the hue is where the middle component stands between the least and the most, by sixths of
 * the circle. */
static float
hue_of(const float *p, float most, float delta)
{
	if (most == p[0])
		return (p[1] - p[2]) / delta;
	if (most == p[1])
		return 2 + (p[2] - p[0]) / delta;
	return 4 + (p[0] - p[1]) / delta;
}

static void
hue(const struct ips_op *op, struct row *row)
{
	static const float phase[3] = { 5, 3, 1 };
	float turn = (float)op->degrees / 60;

	if (row->colors != 3)
		return;
	for (float *p = row->sample; p < row->sample + 3 * row->width; p += 3) {
		float most = MAX(p[0], MAX(p[1], p[2])), least = MIN(p[0], MIN(p[1], p[2]));
		float delta = most - least;

		if (delta <= 0)
			continue;
		float h = hue_of(p, most, delta) + turn;
		for (int i = 0; i < 3; i++) {
			float k = fmodf(phase[i] + h + 12, 6);
			p[i] = most - delta * CLAMP(MIN(k, 4 - k), 0.0F, 1.0F);
		}
	}
}

/* Up to half of the range from black to the color, above from there to white (R38). */
static void
colorize(const struct ips_op *op, struct row *row)
{
	if (row->colors != 3)
		return;
	for (float *p = row->sample; p < row->sample + 3 * row->width; p += 3) {
		float l = 2 * (0.299F * p[0] + 0.587F * p[1] + 0.114F * p[2]);

		for (int i = 0; i < 3; i++) {
			float c = (float)op->color[i];
			p[i] = CLAMP(l < 1 ? c * l : c + (1 - c) * (l - 1), 0.0F, 1.0F);
		}
	}
}

/* A place and nothing else decides: tiles fit together, and each render is like the last. */
static uint64_t
scatter(int x, int y, int color)
{
	uint64_t h = (uint64_t)(uint32_t)x << 32 | (uint32_t)y;

	h ^= (uint64_t)(color + 1) * 0x9E3779B97F4A7C15;
	h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9; /* the mixer of SplitMix64 */
	h = (h ^ h >> 27) * 0x94D049BB133111EB;
	return h ^ h >> 31;
}

/* -1..1, or a deviation of 1: four even parts add up to a variance of a
 * third, and are close enough to Gauss's curve for the eye. */
static float
random_at(bool gaussian, int x, int y, int color)
{
	uint64_t h = scatter(x, y, color);

	if (!gaussian)
		return (float)(h >> 40) * (2.0F / 0xFFFFFF) - 1;
	uint32_t sum =
	    (uint32_t)((h & 0xFFFF) + (h >> 16 & 0xFFFF) + (h >> 32 & 0xFFFF) + (h >> 48));
	return ((float)sum / 65535 - 2) * 1.7320508F;
}

float
place_random(int x, int y, int seed)
{
	return (float)(scatter(x, y, seed) >> 40) / (float)(1 << 24);
}

static void
noise(const struct ips_op *op, struct row *row)
{
	float amount = (float)op->amount, more = 0;
	float *p = row->sample;

	for (int x = row->left; x < row->left + row->width; x++)
		for (int i = 0; i < row->colors; i++, p++) {
			if (i == 0 || !op->luma)
				more = amount * random_at(op->gaussian, x, row->y, i);
			*p = CLAMP(*p + more, 0.0F, 1.0F);
		}
}

typedef void stage(const struct ips_op *op, struct row *row);
static stage *const stages[] = {
	[IPS_OP_LINEAR] = linear,
	[IPS_OP_HUE] = hue,
	[IPS_OP_COLORIZE] = colorize,
	[IPS_OP_NOISE] = noise,
};

bool
is_point_op(const struct ips_op *op)
{
	return (size_t)op->kind < IPS_NELEM(stages) && stages[op->kind] != NULL;
}

static void
read_row(const struct run *run, const VipsPel *from, struct row *row)
{
	float *to = row->sample;

	for (int x = 0; x < row->width; x++)
		for (int b = 0, at = x * run->bands; b < run->colors; b++, at++)
			*to++ = run->format == VIPS_FORMAT_USHORT
				    ? ((const uint16_t *)from)[at] / 65535.0F
				    : from[at] / 255.0F;
}

static void
write_row(const struct run *run, const struct row *row, const VipsPel *alpha, VipsPel *to)
{
	const float *from = row->sample;
	bool deep = run->format == VIPS_FORMAT_USHORT;

	for (int at = 0; at < row->width * run->bands; at++) {
		bool color = at % run->bands < run->colors;
		if (deep)
			((uint16_t *)to)[at] = color ? (uint16_t)(*from++ * 65535 + 0.5F)
						     : ((const uint16_t *)alpha)[at];
		else
			to[at] = color ? (VipsPel)(*from++ * 255 + 0.5F) : alpha[at];
	}
}

static int
generate(VipsRegion *out, void *seq, void *in, void *arg, gboolean *stop)
{
	const struct run *run = arg;
	VipsRegion *from = seq;
	const VipsRect *area = &out->valid;
	struct row row = { .width = area->width, .colors = run->colors, .left = area->left };

	(void)in;
	(void)stop;
	if (vips_region_prepare(from, area))
		return -1;
	row.sample = g_new(float, (gsize)area->width *(gsize)run->colors);
	for (int y = area->top; y < area->top + area->height; y++) {
		const VipsPel *source = VIPS_REGION_ADDR(from, area->left, y);

		row.y = y;
		read_row(run, source, &row);
		for (int i = 0; i < run->count; i++)
			stages[run->op[i].kind](&run->op[i], &row);
		write_row(run, &row, source, VIPS_REGION_ADDR(out, area->left, y));
	}
	g_free(row.sample);
	return 0;
}

bool
point_ops(struct job *job, const struct ips_op *op, int count, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);
	int bands = vips_image_get_bands(job->image);
	struct run *run = VIPS_NEW(job->scope, struct run);

	*run = (struct run){ op, count, bands, bands - vips_image_hasalpha(job->image),
		vips_image_get_format(job->image) };
	*slot = vips_image_new();
	return job_step(job,
	    vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_THINSTRIP, job->image, NULL) ||
		job_generate(job, *slot, vips_start_one, generate, vips_stop_one, job->image, run),
	    slot, err);
}
