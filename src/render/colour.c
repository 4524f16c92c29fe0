/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Colour: a profile is used before it is dropped, depth is reduced by 257, alpha is never touched.
 */
#include "render_priv.h"

double
sample_max(const VipsImage *image)
{
	return vips_image_get_format(image) == VIPS_FORMAT_USHORT ? 65535 : 255;
}

static bool
is_plain(const VipsImage *image)
{
	VipsBandFormat format = vips_image_get_format(image);

	switch (vips_image_guess_interpretation(image)) {
	case VIPS_INTERPRETATION_B_W:
	case VIPS_INTERPRETATION_GREY16:
	case VIPS_INTERPRETATION_sRGB:
	case VIPS_INTERPRETATION_RGB:
	case VIPS_INTERPRETATION_RGB16:
	case VIPS_INTERPRETATION_CMYK:
		return format == VIPS_FORMAT_UCHAR || format == VIPS_FORMAT_USHORT;
	default:
		return false;
	}
}

static bool
set_interpretation(struct job *job, VipsInterpretation to, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	return job_step(job, vips_copy(job->image, slot, "interpretation", to, NULL), slot, err);
}

bool
colour_normalise(struct job *job, struct ips_error *err)
{
	VipsImage **slot;

	if (!is_plain(job->image)) {
		slot = job_slot(job);
		bool deep = job->plan->output.bits == 16;
		if (!job_step(job,
			vips_colourspace(job->image, slot,
			    deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB, NULL),
			slot, err))
			return false;
	}
	bool deep = vips_image_get_format(job->image) == VIPS_FORMAT_USHORT;
	switch (space_of(job->image)) {
	case IPS_SPACE_GRAY:
		return set_interpretation(
		    job, deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W, err);
	case IPS_SPACE_CMYK:
		return set_interpretation(job, VIPS_INTERPRETATION_CMYK, err);
	default:
		return set_interpretation(
		    job, deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB, err);
	}
}

/* The colour bands and, if there is one, the alpha band. */
static bool
split(struct job *job, VipsImage **color, VipsImage **alpha, struct ips_error *err)
{
	VipsImage **parts = (VipsImage **)vips_object_local_array(job->scope, 2);
	int bands = vips_image_get_bands(job->image);

	*alpha = NULL;
	*color = job->image;
	if (!vips_image_hasalpha(job->image))
		return true;
	if (vips_extract_band(job->image, &parts[0], 0, "n", bands - 1, NULL) ||
	    vips_extract_band(job->image, &parts[1], bands - 1, NULL))
		return job_fail(job, err);
	*color = parts[0];
	*alpha = parts[1];
	return true;
}

/* Colour as float in the range of the samples, back into samples and beside its alpha. */
static bool
join(struct job *job, VipsImage *color, VipsImage *alpha, VipsBandFormat format,
    VipsInterpretation to, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 4);

	if (vips_linear1(color, &t[0], 1, 0.5, NULL) || vips_cast(t[0], &t[1], format, NULL))
		return job_fail(job, err);
	t[2] = t[1];
	g_object_ref(t[1]);
	if (alpha) {
		g_object_unref(t[2]);
		t[2] = NULL;
		if (vips_bandjoin2(t[1], alpha, &t[2], NULL))
			return job_fail(job, err);
	}
	return job_step(job, vips_copy(t[2], &t[3], "interpretation", to, NULL), &t[3], err);
}

/* (max - c)(max - k) / max (R26). */
static bool
naive_cmyk_to_rgb(struct job *job, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 5);
	VipsImage *color, *alpha;
	double max = sample_max(job->image);
	VipsBandFormat format = vips_image_get_format(job->image);

	if (!split(job, &color, &alpha, err))
		return false;
	if (vips_linear1(color, &t[0], -1, max, NULL) ||
	    vips_extract_band(t[0], &t[1], 0, "n", 3, NULL) ||
	    vips_extract_band(t[0], &t[2], 3, NULL) || vips_multiply(t[1], t[2], &t[3], NULL) ||
	    vips_linear1(t[3], &t[4], 1 / max, 0, NULL))
		return job_fail(job, err);
	return join(job, t[4], alpha, format,
	    max > 255 ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB, err);
}

/* Luma (R35). */
static bool
rgb_to_gray(struct job *job, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	VipsImage *color, *alpha;
	double max = sample_max(job->image);
	VipsBandFormat format = vips_image_get_format(job->image);

	t[0] = vips_image_new_matrixv(3, 1, 0.299, 0.587, 0.114);
	if (!split(job, &color, &alpha, err))
		return false;
	if (vips_recomb(color, &t[1], t[0], NULL))
		return job_fail(job, err);
	return join(job, t[1], alpha, format,
	    max > 255 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W, err);
}

static bool
has_usable_profile(VipsImage *image)
{
	const void *data;
	size_t len;

	return vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0 &&
	       vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &len) == 0 &&
	       vips_icc_is_compatible_profile(image, data, len);
}

static bool
to_srgb(struct job *job, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	if (has_usable_profile(job->image))
		return job_step(job,
		    vips_icc_transform(job->image, slot, "srgb", "embedded", TRUE, "intent",
			VIPS_INTENT_RELATIVE, "black_point_compensation", TRUE, "depth",
			sample_max(job->image) > 255 ? 16 : 8, NULL),
		    slot, err);
	switch (space_of(job->image)) {
	case IPS_SPACE_CMYK:
		return naive_cmyk_to_rgb(job, err);
	case IPS_SPACE_GRAY:
		return job_step(job,
		    vips_colourspace(job->image, slot,
			sample_max(job->image) > 255 ? VIPS_INTERPRETATION_RGB16
						     : VIPS_INTERPRETATION_sRGB,
			NULL),
		    slot, err);
	default:
		return true;
	}
}

/* R58 */
static bool
to_8_bit(struct job *job, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	VipsInterpretation to = vips_image_get_interpretation(job->image);

	if (sample_max(job->image) == 255)
		return true;
	to = to == VIPS_INTERPRETATION_RGB16    ? VIPS_INTERPRETATION_sRGB
	     : to == VIPS_INTERPRETATION_GREY16 ? VIPS_INTERPRETATION_B_W
						: to;
	if (vips_linear1(job->image, &t[0], 1 / 257.0, 0.5, "uchar", TRUE, NULL))
		return job_fail(job, err);
	return job_step(job, vips_copy(t[0], &t[1], "interpretation", to, NULL), &t[1], err);
}

bool
colour_convert(struct job *job, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;

	if (!out->keep_profile &&
	    (job->plan->working != space_of(job->image) || has_usable_profile(job->image)) &&
	    !to_srgb(job, err))
		return false;
	if (job->plan->working == IPS_SPACE_GRAY && space_of(job->image) == IPS_SPACE_RGB &&
	    !rgb_to_gray(job, err))
		return false;
	return out->bits == 16 || to_8_bit(job, err);
}

bool
colour_finish(struct job *job, struct ips_error *err)
{
	return job->plan->output.space != IPS_SPACE_GRAY || space_of(job->image) != IPS_SPACE_RGB ||
	       rgb_to_gray(job, err);
}

bool
colour_gray(struct job *job, struct ips_error *err)
{
	if (space_of(job->image) == IPS_SPACE_CMYK && !naive_cmyk_to_rgb(job, err))
		return false;
	return space_of(job->image) == IPS_SPACE_GRAY || rgb_to_gray(job, err);
}

/* From 8 to 16 bits or back. */
bool
colour_depth(struct job *job, VipsBandFormat format, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	double factor = format == VIPS_FORMAT_USHORT ? 257 : 1 / 257.0;

	if (vips_image_get_format(job->image) == format)
		return true;
	if (vips_linear1(job->image, &t[0], factor, factor < 1 ? 0.5 : 0, NULL))
		return job_fail(job, err);
	return job_step(job, vips_cast(t[0], &t[1], format, NULL), &t[1], err);
}
