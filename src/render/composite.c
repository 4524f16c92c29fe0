/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Layers onto each other. What a layer does not cover passes by untouched, and each is drawn no
 * further than it is seen.
 *
 * Blend modes: ISO 32000-1, 11.3.5, on the encoded values (R28): where both are seen the mode mixes
 * them, and what one alone covers it covers unmixed. */
#include "icc.h"

#include <math.h>
#include <string.h>

#define MOST_AT_ONCE 8 /* files that are read from side by side */

struct run {
	enum ips_blend mode;
	VipsRect where; /* of the layer, in the picture below */
	bool deep;
	int colors;
	int bands[2]; /* below and above: colours, and alpha if there is one */
	int seed;
};

VipsBandFormat
common_format(const struct ips_plan *plan)
{
	return plan->output.bits == 16 || plan->dither ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
}

static float
mix(enum ips_blend mode, float below, float above)
{
	switch (mode) {
	case IPS_BLEND_LIGHTEN:
		return MAX(below, above);
	case IPS_BLEND_DARKEN:
		return MIN(below, above);
	case IPS_BLEND_MULT:
		return below * above;
	case IPS_BLEND_SCREEN:
		return below + above - below * above;
	case IPS_BLEND_NORM:
	case IPS_BLEND_DISSOLVE:
		break;
	}
	return above;
}

static void
blend_row(const struct run *run, VipsPel *below, const VipsPel *above, const VipsRect *row)
{
	int n = run->colors;

	for (int x = 0, b = 0, a = 0; x < row->width; x++, b += run->bands[0], a += run->bands[1]) {
		float top = run->bands[1] > n ? sample_get(run->deep, above, a + n) : 1;
		float under = run->bands[0] > n ? sample_get(run->deep, below, b + n) : 1;

		if (run->mode == IPS_BLEND_DISSOLVE) /* whole pixels or none */
			top = place_random(row->left + x, row->top, run->seed) < top ? 1 : 0;
		if (top <= 0)
			continue;
		float sum = top + under - top * under;
		for (int i = 0; i < n; i++) {
			float from = sample_get(run->deep, below, b + i),
			      to = sample_get(run->deep, above, a + i);
			float both = mix(run->mode, from, to);
			float c =
			    (1 - top) * under * from + (1 - under) * top * to + top * under * both;
			sample_put(run->deep, below, b + i, c / sum);
		}
		if (run->bands[0] > n)
			sample_put(run->deep, below, b + n, sum);
	}
}

/* The most usual: 8 bits, nothing shines through below, no mode. */
static void
lay_row(const struct run *run, VipsPel *below, const VipsPel *above, int width)
{
	int n = run->colors;

	for (int x = 0; x < width; x++, below += n, above += n + 1) {
		int a = above[n];
		for (int i = 0; a > 0 && i < n; i++)
			below[i] = (VipsPel)((below[i] * (255 - a) + above[i] * a + 127) / 255);
	}
}

static void
draw_row(const struct run *run, VipsPel *below, const VipsPel *above, const VipsRect *row)
{
	bool plain = run->mode == IPS_BLEND_NORM && run->bands[0] == run->colors;
	size_t sample_size = run->deep ? 2 : 1;

	if (plain && run->bands[1] == run->colors)
		memcpy(below, above, (size_t)row->width * (size_t)run->colors * sample_size);
	else if (plain && !run->deep)
		lay_row(run, below, above, row->width);
	else
		blend_row(run, below, above, row);
}

static void
copy_rows(VipsRegion *from, VipsRegion *to, const VipsRect *area)
{
	for (int y = area->top; y < area->top + area->height; y++)
		memcpy(VIPS_REGION_ADDR(to, area->left, y), VIPS_REGION_ADDR(from, area->left, y),
		    VIPS_REGION_SIZEOF_LINE(to));
}

static int
generate(VipsRegion *out, void *seq, void *in, void *arg, gboolean *stop)
{
	VipsRegion **from = seq;
	const struct run *run = arg;
	const VipsRect *area = &out->valid;
	VipsRect both;

	(void)in;
	(void)stop;
	if (vips_region_prepare(from[0], area))
		return -1;
	vips_rect_intersectrect(area, &run->where, &both);
	if (vips_rect_isempty(&both))
		return vips_region_region(out, from[0], area, area->left, area->top);
	VipsRect part = { both.left - run->where.left, both.top - run->where.top, both.width,
		both.height };
	if (vips_region_prepare(from[1], &part))
		return -1;
	copy_rows(from[0], out, area);
	for (int y = 0; y < both.height; y++) {
		VipsRect row = { both.left, both.top + y, both.width, 1 };
		draw_row(run, VIPS_REGION_ADDR(out, row.left, row.top),
		    VIPS_REGION_ADDR(from[1], part.left, part.top + y), &row);
	}
	return 0;
}

bool
blend(struct job *job, const struct blending *what, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);
	VipsImage **in = VIPS_ARRAY(job->scope, 3, VipsImage *);
	struct run *run = VIPS_NEW(job->scope, struct run);
	int bands = vips_image_get_bands(job->image);

	*run = (struct run){ .mode = what->mode,
		.where = { what->x, what->y, vips_image_get_width(what->image),
		    vips_image_get_height(what->image) },
		.deep = sample_max(job->image) > 255,
		.colors = bands - (vips_image_hasalpha(job->image) ? 1 : 0),
		.bands = { bands, vips_image_get_bands(what->image) },
		.seed = what->seed };
	in[0] = job->image;
	in[1] = what->image;
	in[2] = NULL;
	*slot = vips_image_new();
	/* The picture below is the one that may have to be read in order. */
	return job_step(job,
	    vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_THINSTRIP, job->image, NULL) ||
		job_generate(job, *slot, vips_start_many, generate, vips_stop_many, in, run),
	    slot, err);
}

/* Effects may reach into view where the layer does not. */
static bool
is_seen(const struct job *job, const struct ips_plan_layer *layer)
{
	VipsRect canvas = { 0, 0, vips_image_get_width(job->image),
		vips_image_get_height(job->image) };
	VipsRect own = { layer->x, layer->y, layer->extent.width, layer->extent.height }, both;

	vips_rect_intersectrect(&canvas, &own, &both);
	return !vips_rect_isempty(&both) || layer->effects.count > 0;
}

static bool
place(struct job *job, struct job *top, struct ips_error *err)
{
	const struct ips_plan_layer *own = top->layer;

	if (own->effects.count > 0)
		return layer_with_effects(job, top, err);
	return layer(top, err) &&
	       blend(job,
		   &(struct blending){ top->image, own->x, own->y, own->blend, own->number },
		   err);
}

/* Layer 0 is the canvas; its effects are drawn behind and in front of it. */
static bool
bottom(struct job *job, struct ips_error *err)
{
	if (job->layer->effects.count == 0)
		return layer(job, err);
	return place(job, job_beside(job, job->layer), err);
}

/* Memory grows with the canvas, not with the number of layers: what they left behind goes once it
 * is more than the canvas itself. */
static bool
relieve(struct job *job, int *files, struct ips_error *err)
{
	int64_t canvas =
	    (int64_t)vips_image_get_width(job->image) * vips_image_get_height(job->image);

	if (++*files < MOST_AT_ONCE && *job->held <= 2 * canvas)
		return true;
	*files = 0;
	return job_relieve(job, NULL, 0, err);
}

bool
composite(struct job *job, struct ips_error *err)
{
	const struct ips_plan *plan = job->plan;
	int files = 0;

	if (!bottom(job, err))
		return false;
	for (int i = 1; i < plan->layers; i++) {
		struct job *top = job_beside(job, &plan->layer[i]);
		if (!is_seen(job, top->layer))
			continue;
		if (!place(job, top, err))
			return false;
		if (i + 1 < plan->layers && !relieve(job, &files, err))
			return false;
	}
	return true;
}

bool
solid(struct job *job, struct ips_error *err)
{
	const struct ips_plan *plan = job->plan;
	const struct ips_plan_layer *layer = job->layer;
	static const int bands[] = {
		[IPS_SPACE_RGB] = 3, [IPS_SPACE_GRAY] = 1, [IPS_SPACE_CMYK] = 4
	};
	VipsBandFormat format = common_format(plan);
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 3);
	double fill[4];

	if (vips_black(&t[0], 1, 1, "bands", bands[plan->working], NULL) ||
	    vips_cast(t[0], &t[1], format, NULL) ||
	    vips_copy(t[1], &t[2], "interpretation",
		interpretation_of(plan->working, format == VIPS_FORMAT_USHORT), NULL))
		return job_fail(job, err);
	job->image = t[2];
	job->profile = plan->working_profile;
	if (!colour_of(job, &layer->color, fill, err))
		return false;
	for (int i = 0; i < bands[plan->working]; i++)
		fill[i] = floor(fill[i] * sample_max(t[2]) + 0.5);
	return empty(job, vips_array_double_new(fill, bands[plan->working]),
	    (struct ips_size){ layer->source.width, layer->source.height }, err);
}
