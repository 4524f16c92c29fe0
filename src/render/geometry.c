/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The composite into what leaves, one function for each step of the plan, in its order. */
#include "render_priv.h"

#include <string.h>

static const VipsKernel kernels[] = {
	[IPS_KERNEL_BILIN] = VIPS_KERNEL_LINEAR,
	[IPS_KERNEL_BICUB] = VIPS_KERNEL_CUBIC,
	[IPS_KERNEL_SHARP2] = VIPS_KERNEL_LANCZOS3,
	[IPS_KERNEL_BISHARP] = VIPS_KERNEL_CUBIC,
};

/* Clear if there is alpha, else the background. Only before colour_convert are these not the
 * samples of the output, and there a picture with holes has alpha. */
VipsArrayDouble *
fill_of(struct job *job)
{
	const struct ips_color *color = &job->plan->output.background;
	double unit = sample_max(job->image) / 255, fill[5] = { 0 };
	int bands = vips_image_get_bands(job->image);

	if (!vips_image_hasalpha(job->image))
		for (int i = 0; i < bands && i < 4; i++)
			fill[i] = color->channel[i] * unit;
	return vips_array_double_new(fill, MIN(bands, 5));
}

bool
empty(struct job *job, VipsArrayDouble *fill, struct ips_size size, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);
	int n;
	const double *value = vips_array_double_get(fill, &n);

	*slot = vips_image_new_from_image(job->image, value, n);
	vips_area_unref(VIPS_AREA(fill));
	if (!job_step(job, *slot == NULL, slot, err))
		return false;
	slot = job_slot(job);
	return job_step(job,
	    vips_embed(
		job->image, slot, 0, 0, size.width, size.height, "extend", VIPS_EXTEND_COPY, NULL),
	    slot, err);
}

bool
take(struct job *job, struct ips_rect r, struct ips_error *err)
{
	VipsRect all = { 0, 0, vips_image_get_width(job->image),
		vips_image_get_height(job->image) };
	VipsRect want = { r.x, r.y, r.width, r.height }, seen;

	vips_rect_intersectrect(&all, &want, &seen);
	if (vips_rect_equalsrect(&all, &want))
		return true;
	if (vips_rect_isempty(&seen))
		return empty(job, fill_of(job), (struct ips_size){ r.width, r.height }, err);
	VipsImage **slot = job_slot(job);
	if (!vips_rect_equalsrect(&all, &seen) && !job_step(job,
						      vips_extract_area(job->image, slot, seen.left,
							  seen.top, seen.width, seen.height, NULL),
						      slot, err))
		return false;
	if (vips_rect_equalsrect(&seen, &want))
		return true;
	slot = job_slot(job);
	VipsArrayDouble *fill = fill_of(job);
	bool done = job_step(job,
	    vips_embed(job->image, slot, seen.left - r.x, seen.top - r.y, r.width, r.height,
		"extend", VIPS_EXTEND_BACKGROUND, "background", fill, NULL),
	    slot, err);
	vips_area_unref(VIPS_AREA(fill));
	return done;
}

/* libvips does this in float. */
bool
premultiply(struct job *job, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	if (!vips_image_hasalpha(job->image))
		return true;
	return job_step(job,
	    vips_premultiply(job->image, slot, "max_alpha", sample_max(job->image), NULL), slot,
	    err);
}

bool
unpremultiply(struct job *job, VipsBandFormat format, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 3);
	double max = format == VIPS_FORMAT_USHORT ? 65535 : 255;

	if (!vips_image_hasalpha(job->image))
		return true;
	/* A cast cuts off what is behind the point. */
	return job_step(job,
	    vips_unpremultiply(job->image, &t[0], "max_alpha", max, NULL) ||
		vips_linear1(t[0], &t[1], 1, 0.5, NULL) || vips_cast(t[1], &t[2], format, NULL),
	    &t[2], err);
}

/* What tells "bicubic sharper" from bicubic: a light sharpening after reducing. Integers
 * stay integers: later steps go by the format. */
static bool
sharpen(struct job *job, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	VipsPrecision precision = vips_band_format_isint(vips_image_get_format(job->image))
				      ? VIPS_PRECISION_INTEGER
				      : VIPS_PRECISION_FLOAT;

	t[0] = vips_image_new_matrixv(3, 3, -1.0, -1.0, -1.0, -1.0, 40.0, -1.0, -1.0, -1.0, -1.0);
	vips_image_set_double(t[0], "scale", 32);
	return job_step(
	    job, vips_conv(job->image, &t[1], t[0], "precision", precision, NULL), &t[1], err);
}

static bool
reduce(struct job *job, struct ips_size to, struct ips_error *err)
{
	int w = vips_image_get_width(job->image), h = vips_image_get_height(job->image);
	VipsImage **slot = job_slot(job);

	if (w == to.width && h == to.height)
		return true;
	return job_step(job,
	    vips_resize(job->image, slot, (double)to.width / w, "vscale", (double)to.height / h,
		"kernel", kernels[job->plan->kernel], NULL),
	    slot, err);
}

/* vips_resize enlarges, too, but moves the picture by half a pixel, along the side that keeps its
 * length as well. */
static bool
enlarge(struct job *job, struct ips_size to, struct ips_error *err)
{
	int w = vips_image_get_width(job->image), h = vips_image_get_height(job->image);
	double across = (double)to.width / w, down = (double)to.height / h;

	if (w == to.width && h == to.height)
		return true;
	VipsInterpolate *how = interpolation(job);
	VipsArrayInt *area = vips_array_int_newv(4, 0, 0, to.width, to.height);
	VipsImage **slot = job_slot(job);
	bool done = job_step(job,
	    vips_affine(job->image, slot, across, 0.0, 0.0, down, "odx", (across - 1) / 2, "ody",
		(down - 1) / 2, "oarea", area, "interpolate", how, "extend", VIPS_EXTEND_COPY,
		"premultiplied", TRUE, NULL),
	    slot, err);
	vips_area_unref(VIPS_AREA(area));
	g_object_unref(how);
	return done;
}

bool
scale(struct job *job, struct ips_size to, struct ips_error *err)
{
	int w = vips_image_get_width(job->image), h = vips_image_get_height(job->image);
	VipsBandFormat format = vips_image_get_format(job->image);
	struct ips_size least = { MIN(w, to.width), MIN(h, to.height) };

	if (w == to.width && h == to.height)
		return true;
	/* Enlarging reads in tiles, which a decoder cannot follow. */
	if ((to.width > w || to.height > h) && !job_settle(job, err))
		return false;
	if (!premultiply(job, err) || !reduce(job, least, err) || !enlarge(job, to, err))
		return false;
	if (job->plan->kernel == IPS_KERNEL_BISHARP && to.width < w && to.height < h &&
	    !sharpen(job, err))
		return false;
	return unpremultiply(job, format, err);
}

bool
turn(struct job *job, int how, struct ips_error *err)
{
	static const struct {
		bool mirror;
		VipsAngle angle;
	} turns[9] = {
		[2] = { true, VIPS_ANGLE_D0 },
		[3] = { false, VIPS_ANGLE_D180 },
		[4] = { true, VIPS_ANGLE_D180 },
		[5] = { true, VIPS_ANGLE_D270 },
		[6] = { false, VIPS_ANGLE_D90 },
		[7] = { true, VIPS_ANGLE_D90 },
		[8] = { false, VIPS_ANGLE_D270 },
	};
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);

	if (how == 1)
		return true;
	if (how != 2 && !job_settle(job, err)) /* a mirror stays within its row */
		return false;
	if (turns[how].mirror &&
	    !job_step(
		job, vips_flip(job->image, &t[0], VIPS_DIRECTION_HORIZONTAL, NULL), &t[0], err))
		return false;
	if (turns[how].angle == VIPS_ANGLE_D0)
		return true;
	return job_step(job, vips_rot(job->image, &t[1], turns[how].angle, NULL), &t[1], err);
}

static bool
flatten(struct job *job, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;
	double fill[4], max = sample_max(job->image);
	VipsImage **slot = job_slot(job);

	if (out->alpha || !vips_image_hasalpha(job->image))
		return true;
	for (int i = 0; i < 4; i++)
		fill[i] = out->background.channel[i] * max / 255;
	VipsArrayDouble *background =
	    vips_array_double_new(fill, vips_image_get_bands(job->image) - 1);
	bool done = job_step(job,
	    vips_flatten(job->image, slot, "background", background, "max_alpha", max, NULL), slot,
	    err);
	vips_area_unref(VIPS_AREA(background));
	return done;
}

/* The alpha channel as a picture, opaque if it has to have one of its own. */
static bool
show_mask(struct job *job, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;
	bool deep = sample_max(job->image) > 255, gray = out->space == IPS_SPACE_GRAY;
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 4);
	VipsInterpretation to = gray
				    ? (deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
				    : (deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);

	if (!out->mask)
		return true;
	if (vips_extract_band(job->image, &t[0], vips_image_get_bands(job->image) - 1, NULL))
		return job_fail(job, err);
	VipsImage *bands[3] = { t[0], t[0], t[0] };
	if (vips_bandjoin(bands, &t[1], gray ? 1 : 3, NULL) ||
	    vips_copy(t[1], &t[2], "interpretation", to, NULL))
		return job_fail(job, err);
	if (!out->alpha)
		return job_step(job, 0, &t[2], err);
	return job_step(job, vips_addalpha(t[2], &t[3], NULL), &t[3], err);
}

bool
geometry(struct job *job, struct ips_error *err)
{
	const struct ips_plan *plan = job->plan;

	return composite(job, err) && turn(job, plan->mirror, err) &&
	       take(job, plan->window, err) && scale(job, plan->resized, err) &&
	       clip(job, &plan->layer_clips, err) && operate(job, &plan->view_ops, err) &&
	       clip(job, &plan->view_clips, err) && view_with_effects(job, err) &&
	       colour_finish(job, err) && take(job, plan->view, err) &&
	       take(job, plan->frame, err) && show_mask(job, err) && colour_finish(job, err) &&
	       flatten(job, err);
}
