/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One layer: from its file to its rectangle, one function for each step of the plan, in its order.
 */
#include "icc.h"

/* As what is clear is stored where colours are multiplied by alpha. */
static bool
blacken(struct job *job, struct ips_error *err)
{
	static const struct ips_color black = { .space = IPS_SPACE_GRAY, .alpha = 255 };
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	double factor[5] = { 0 }, sum[5] = { 0 };

	if (!job->layer->blacken || !vips_image_hasalpha(job->image))
		return true;
	if (job->layer->drop_alpha)
		return cover(job, &(struct ips_cover){ .opacity = 1, .behind = black }, err);
	if (!colour_of(job, &black, sum, err))
		return false;
	int last = vips_image_get_bands(job->image) - 1;
	for (int i = 0; i < last; i++)
		sum[i] *= sample_max(job->image);
	factor[last] = 1;
	sum[last] = 0;
	return job_step(job,
	    vips_linear(job->image, &t[0], factor, sum, last + 1, NULL) ||
		vips_cast(t[0], &t[1], vips_image_get_format(job->image), NULL),
	    &t[1], err);
}

static bool
drop_alpha(struct job *job, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	if (!job->layer->drop_alpha || !vips_image_hasalpha(job->image))
		return true;
	return job_step(job,
	    vips_extract_band(job->image, slot, 0, "n", vips_image_get_bands(job->image) - 1, NULL),
	    slot, err);
}

static bool
add_alpha(struct job *job, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	if (!job->layer->transparent || vips_image_hasalpha(job->image))
		return true;
	/* vips_addalpha takes its value from the interpretation, which CMYK has for 8 bits only. */
	return job_step(
	    job, vips_bandjoin_const1(job->image, slot, sample_max(job->image), NULL), slot, err);
}

VipsInterpolate *
interpolation(const struct job *job)
{
	return vips_interpolate_new(job->plan->kernel == IPS_KERNEL_BILIN ? "bilinear" : "bicubic");
}

static bool
rotate(struct job *job, struct ips_error *err)
{
	const struct ips_plan_layer *layer = job->layer;
	const double *m = layer->matrix;
	VipsBandFormat format = vips_image_get_format(job->image);

	if (!layer->rotated)
		return true;
	if (!job_settle(job, err) || !premultiply(job, err))
		return false;
	VipsInterpolate *how = interpolation(job);
	VipsArrayInt *area =
	    vips_array_int_newv(4, 0, 0, layer->turned.width, layer->turned.height);
	VipsArrayDouble *fill = fill_of(job);
	VipsImage **slot = job_slot(job);
	/* The plan speaks of the edges of pixels, libvips of their middles. */
	double dx = m[4] + (m[0] + m[1] - 1) / 2, dy = m[5] + (m[2] + m[3] - 1) / 2;
	bool done = job_step(job,
	    vips_affine(job->image, slot, m[0], m[1], m[2], m[3], "odx", dx, "ody", dy, "oarea",
		area, "interpolate", how, "extend", VIPS_EXTEND_BACKGROUND, "background", fill,
		"premultiplied", TRUE, NULL),
	    slot, err);
	vips_area_unref(VIPS_AREA(fill));
	vips_area_unref(VIPS_AREA(area));
	g_object_unref(how);
	return done && unpremultiply(job, format, err);
}

/* The crop counts pixels of the full size; the decoder may have reduced them. */
static struct ips_rect
reduced_crop(const struct job *job)
{
	const struct ips_plan_layer *layer = job->layer;
	struct ips_size upright = { layer->source.width, layer->source.height };
	struct ips_size full = ips_turn_size(layer->source.orientation, upright);
	int w = vips_image_get_width(job->image), h = vips_image_get_height(job->image);
	struct ips_rect c = layer->crop;

	if (layer->shrink == 1)
		return c;
	int left = ips_round((double)c.x / layer->shrink),
	    top = ips_round((double)c.y / layer->shrink);
	int right = c.x + c.width == full.width
			? w
			: MIN(w, ips_round((double)(c.x + c.width) / layer->shrink));
	int bottom = c.y + c.height == full.height
			 ? h
			 : MIN(h, ips_round((double)(c.y + c.height) / layer->shrink));
	return (struct ips_rect){ left, top, right - left, bottom - top };
}

/* Where layers meet all have samples of one kind. */
static bool
agree(struct job *job, struct ips_error *err)
{
	const struct ips_plan *plan = job->plan;
	VipsBandFormat format = common_format(plan);

	if (plan->alone || vips_image_get_format(job->image) == format)
		return true;
	VipsImage **slot;
	if (!colour_depth(job, format, err))
		return false;
	slot = job_slot(job);
	return job_step(job,
	    vips_copy(job->image, slot, "interpretation",
		interpretation_of(plan->working, format == VIPS_FORMAT_USHORT), NULL),
	    slot, err);
}

bool
layer(struct job *job, struct ips_error *err)
{
	const struct ips_plan_layer *layer = job->layer;

	return load_layer(job, err) && colour_normalise(job, err) && blacken(job, err) &&
	       drop_alpha(job, err) && mask(job, err) && add_alpha(job, err) &&
	       cover(job, &layer->picture, err) && take(job, reduced_crop(job), err) &&
	       mask_scale(job, layer->scaled, err) && turn(job, layer->turn, err) &&
	       colour_convert(job, err) && agree(job, err) && cover(job, &layer->content, err) &&
	       rotate(job, err) && warp(job, err) && take(job, layer->extent, err) &&
	       operate(job, &layer->ops, err) && cover(job, &layer->ground, err) &&
	       clip(job, &layer->clips, err);
}
