/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The colour profile of the current image and of the result, and the way between.
 *
 * Source: "Image Serving color management" of the protocol reference. */
#include "icc.h"

#include "profiles.h"

#include <string.h>

double
sample_max(const VipsImage *image)
{
	return vips_image_get_format(image) == VIPS_FORMAT_USHORT ? 65535 : 255;
}

VipsInterpretation
interpretation_of(enum ips_space space, bool deep)
{
	static const VipsInterpretation shallow[] = { [IPS_SPACE_RGB] = VIPS_INTERPRETATION_sRGB,
		[IPS_SPACE_GRAY] = VIPS_INTERPRETATION_B_W,
		[IPS_SPACE_CMYK] = VIPS_INTERPRETATION_CMYK };

	if (!deep || space == IPS_SPACE_CMYK)
		return shallow[space];
	return space == IPS_SPACE_RGB ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_GREY16;
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
	return set_interpretation(
	    job, interpretation_of(space_of(job->image), sample_max(job->image) > 255), err);
}

/* R58 */
static bool
to_8_bit(struct job *job, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);

	if (sample_max(job->image) == 255)
		return true;
	if (vips_linear1(job->image, &t[0], 1 / 257.0, 0.5, "uchar", TRUE, NULL))
		return job_fail(job, err);
	return job_step(job,
	    vips_copy(t[0], &t[1], "interpretation", interpretation_of(space_of(job->image), false),
		NULL),
	    &t[1], err);
}

/* ---- Profiles ---- */

static bool
named(const struct ips_icc *icc, enum ips_space space, struct icc *out)
{
	if (icc == NULL && space == IPS_SPACE_RGB)
		icc = profiles_srgb();
	if (icc == NULL || icc->data == NULL || icc->space != space)
		return false;
	*out = (struct icc){ icc->data, icc->len, space };
	return true;
}

/* Asked several times in a render; the answer is found once. */
static bool
embedded(struct job *job, int object, enum ips_space space, struct icc *out)
{
	struct opened *file = &job->opened[object];
	struct icc icc = { file->icc, file->icc_len,
		job->plan->objects.object[object].source.space };

	if (file->icc == NULL || space != icc.space)
		return false;
	if (file->good == OWN_UNKNOWN)
		file->good = icc_usable(&icc) ? OWN_GOOD : OWN_BAD;
	if (file->good == OWN_GOOD)
		*out = icc;
	return file->good == OWN_GOOD;
}

/* False: there is none, and conversion is naive. */
static bool
find_profile(
    struct job *job, const struct ips_profile *profile, enum ips_space space, struct icc *out)
{
	return (profile->own > 0 && embedded(job, profile->own - 1, space, out)) ||
	       named(profile->icc, space, out);
}

static bool
same_profile(const struct ips_profile *a, const struct ips_profile *b)
{
	return a->own == b->own && a->icc == b->icc;
}

static struct icc_how
how_of(const struct job *job)
{
	return (struct icc_how){ job->plan->intent, job->plan->black_point };
}

static bool
is_same(const struct icc *a, const struct icc *b)
{
	return a->len == b->len && (a->data == b->data || memcmp(a->data, b->data, a->len) == 0);
}

static bool
managed(struct job *job, const struct icc *from, const struct icc *to, bool dither,
    struct ips_error *err)
{
	struct icc_how how = how_of(job);
	bool deep = sample_max(job->image) > 255;

	if (is_same(from, to))
		return true;
	if (!icc_convert(job, from, to, &how, deep || dither, err))
		return false;
	return !dither || sample_max(job->image) == 255 || diffuse(job, err);
}

/* What has no profile is reached naively, from RGB or by way of it. */
static bool
convert(struct job *job, enum ips_space space, const struct ips_profile *profile, bool dither,
    struct ips_error *err)
{
	const struct ips_profile rgb = { .icc = job->plan->rgb };
	enum ips_space own = space_of(job->image);
	struct icc from, to, middle;
	bool has_from = find_profile(job, &job->profile, own, &from);
	bool has_to = find_profile(job, profile, space, &to);

	if (own == space && (same_profile(&job->profile, profile) || !has_from || !has_to))
		return true;
	if (has_from && has_to)
		return managed(job, &from, &to, dither, err);
	if (!named(rgb.icc, IPS_SPACE_RGB, &middle))
		return ips_fail_internal(err, "no profile for RGB");
	if (has_from && !managed(job, &from, &middle, false, err))
		return false;
	if (!has_to)
		return naive_convert(job, space, err);
	return naive_convert(job, IPS_SPACE_RGB, err) && managed(job, &middle, &to, dither, err);
}

static bool
colour_to(struct job *job, enum ips_space space, const struct ips_profile *profile, bool dither,
    struct ips_error *err)
{
	if (!convert(job, space, profile, dither, err))
		return false;
	job->profile = *profile;
	return true;
}

/* From what has a profile or not to what has one or not, as above. */
bool
colour_of(struct job *job, const struct ips_color *color, double out[4], struct ips_error *err)
{
	const struct ips_plan *plan = job->plan;
	enum ips_space space = space_of(job->image);
	const struct ips_profile at = { .icc = (color->source ? plan->color_source
							      : plan->color_output)[color->space] };
	bool own = !color->source && color->space == plan->output.space;
	const struct ips_profile *profile = own ? &plan->output.profile : &at;
	double in[4], rgb[3];
	struct icc_how how = how_of(job);
	struct icc from, to, middle;

	for (int i = 0; i < 4; i++)
		in[i] = color->channel[i] / 255.0;
	bool has_from = find_profile(job, profile, color->space, &from);
	bool has_to = find_profile(job, &job->profile, space, &to);
	if (color->space == space &&
	    (same_profile(&job->profile, profile) || !has_from || !has_to)) {
		memcpy(out, in, sizeof(in));
		return true;
	}
	if (!named(plan->rgb, IPS_SPACE_RGB, &middle))
		return ips_fail_internal(err, "no profile for RGB");
	if (has_from && has_to)
		return icc_convert_color(&from, &to, &how, in, out) || job_fail(job, err);
	if (!has_from)
		naive_color(color->space, IPS_SPACE_RGB, in, rgb);
	else if (!icc_convert_color(&from, &middle, &how, in, rgb))
		return job_fail(job, err);
	if (has_to)
		return icc_convert_color(&middle, &to, &how, rgb, out) || job_fail(job, err);
	naive_color(IPS_SPACE_RGB, space, rgb, out);
	return true;
}

/* ---- Steps ---- */

bool
colour_convert(struct job *job, struct ips_error *err)
{
	const struct ips_plan *plan = job->plan;

	if (!colour_to(job, plan->working, &plan->working_profile, false, err))
		return false;
	return plan->output.bits == 16 || plan->dither || to_8_bit(job, err);
}

bool
colour_finish(struct job *job, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;
	bool dither = job->plan->dither && out->bits == 8;

	return colour_to(job, out->space, &out->profile, dither, err) &&
	       (out->bits == 16 || to_8_bit(job, err));
}

void
colour_label(struct job *job)
{
	const struct ips_output *out = &job->plan->output;
	struct icc icc;

	if (out->embed && find_profile(job, &out->profile, out->space, &icc))
		vips_image_set_blob_copy(job->image, VIPS_META_ICC_NAME, icc.data, icc.len);
	else
		vips_image_remove(job->image, VIPS_META_ICC_NAME);
}

bool
colour_gray(struct job *job, struct ips_error *err)
{
	return naive_convert(job, IPS_SPACE_GRAY, err);
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
