/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* From one profile to another, row by row; alpha goes along. */
#include "icc.h"

#include <lcms2.h>
#include <stdlib.h>

#define NEAR 1 /* of 255: profiles that differ by no more are the same space */
#define GRID 6 /* steps of each component in the comparison */

static const cmsUInt32Number kinds[] = {
	[IPS_SPACE_RGB] = COLORSPACE_SH(PT_RGB) | CHANNELS_SH(3),
	[IPS_SPACE_GRAY] = COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1),
	[IPS_SPACE_CMYK] = COLORSPACE_SH(PT_CMYK) | CHANNELS_SH(4),
};
static const cmsColorSpaceSignature signatures[] = {
	[IPS_SPACE_RGB] = cmsSigRgbData,
	[IPS_SPACE_GRAY] = cmsSigGrayData,
	[IPS_SPACE_CMYK] = cmsSigCmykData,
};
static const int colors[] = { [IPS_SPACE_RGB] = 3, [IPS_SPACE_GRAY] = 1, [IPS_SPACE_CMYK] = 4 };

static cmsUInt32Number
layout(enum ips_space space, bool deep, bool alpha)
{
	return kinds[space] | BYTES_SH(deep ? 2 : 1) | EXTRA_SH(alpha ? 1 : 0);
}

static cmsHPROFILE
open_profile(const struct icc *icc)
{
	cmsHPROFILE profile = cmsOpenProfileFromMem(icc->data, (cmsUInt32Number)icc->len);

	if (profile != NULL && cmsGetColorSpace(profile) != signatures[icc->space]) {
		cmsCloseProfile(profile);
		return NULL;
	}
	return profile;
}

bool
icc_usable(const struct icc *icc)
{
	cmsHPROFILE profile = open_profile(icc);

	if (profile == NULL)
		return false;
	/* The way of all sources, so that what cannot go it is known before. */
	cmsHPROFILE lab = cmsCreateLab4Profile(NULL);
	cmsHTRANSFORM t = cmsCreateTransform(profile, layout(icc->space, false, false), lab,
	    TYPE_Lab_16, INTENT_RELATIVE_COLORIMETRIC, 0);
	cmsCloseProfile(lab);
	cmsCloseProfile(profile);
	if (t == NULL)
		return false;
	cmsDeleteTransform(t);
	return true;
}

static cmsHTRANSFORM
create(const struct icc *from, const struct icc *to, const struct icc_how *how, bool deep,
    bool deep_out, bool alpha)
{
	static const cmsUInt32Number intents[] = { [IPS_INTENT_PERCEPTUAL] = INTENT_PERCEPTUAL,
		[IPS_INTENT_RELATIVE] = INTENT_RELATIVE_COLORIMETRIC,
		[IPS_INTENT_SATURATION] = INTENT_SATURATION,
		[IPS_INTENT_ABSOLUTE] = INTENT_ABSOLUTE_COLORIMETRIC };
	cmsHPROFILE in = open_profile(from), out = open_profile(to);
	/* Without the cache a transform can be used by several threads. */
	cmsUInt32Number flags = cmsFLAGS_NOCACHE | cmsFLAGS_COPY_ALPHA |
				(how->black_point ? cmsFLAGS_BLACKPOINTCOMPENSATION : 0);
	cmsHTRANSFORM t = NULL;

	if (in != NULL && out != NULL)
		t = cmsCreateTransform(in, layout(from->space, deep, alpha), out,
		    layout(to->space, deep_out, alpha), intents[how->intent], flags);
	if (in != NULL)
		cmsCloseProfile(in);
	if (out != NULL)
		cmsCloseProfile(out);
	return t;
}

/* Does it leave RGB as it is? A grid over the whole space tells. */
static bool
changes_nothing(const struct icc *from, const struct icc *to, const struct icc_how *how)
{
	cmsHTRANSFORM t = create(from, to, how, false, false, false);
	bool same = t != NULL;

	for (int i = 0; same && i < GRID * GRID * GRID; i++) {
		uint8_t in[3] = { (uint8_t)(i % GRID * 51), (uint8_t)(i / GRID % GRID * 51),
			(uint8_t)(i / GRID / GRID * 51) };
		uint8_t out[3];
		cmsDoTransform(t, in, out, 1);
		for (int c = 0; c < 3; c++)
			same &= abs(in[c] - out[c]) <= NEAR;
	}
	if (t != NULL)
		cmsDeleteTransform(t);
	return same;
}

static void
transform_row(void *t, const VipsPel *in, VipsPel *out, int width)
{
	cmsDoTransform(t, in, out, (cmsUInt32Number)width);
}

bool
icc_convert(struct job *job, const struct icc *from, const struct icc *to,
    const struct icc_how *how, bool deep_out, struct ips_error *err)
{
	bool deep = sample_max(job->image) > 255, alpha = vips_image_hasalpha(job->image);
	VipsImage **slot;

	if (from->space == IPS_SPACE_RGB && to->space == IPS_SPACE_RGB &&
	    changes_nothing(from, to, how))
		return true;
	cmsHTRANSFORM t = create(from, to, how, deep, deep_out, alpha);
	if (t == NULL)
		return ips_fail(err, IPS_BROKEN_IMAGE,
		    "The colour profiles of the image and of the result do not fit together.");
	slot = job_slot(job);
	*slot = vips_image_new();
	g_object_set_data_full(G_OBJECT(*slot), "transform", t, cmsDeleteTransform);
	if (vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_THINSTRIP, job->image, NULL))
		return job_fail(job, err);
	(*slot)->Bands = colors[to->space] + alpha;
	(*slot)->BandFmt = deep_out ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
	(*slot)->Type = interpretation_of(to->space, deep_out);
	return job_step(job, job_rows(job, *slot, transform_row, t), slot, err);
}

bool
icc_convert_color(const struct icc *from, const struct icc *to, const struct icc_how *how,
    const double *in, double *out)
{
	cmsHTRANSFORM t = create(from, to, how, true, true, false);
	uint16_t a[4] = { 0 }, b[4] = { 0 };

	if (t == NULL)
		return false;
	for (int i = 0; i < colors[from->space]; i++)
		a[i] = (uint16_t)(in[i] * 65535 + 0.5);
	cmsDoTransform(t, a, b, 1);
	for (int i = 0; i < colors[to->space]; i++)
		out[i] = b[i] / 65535.0;
	cmsDeleteTransform(t);
	return true;
}
