/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Error diffusion: what rounding to 8 bits takes from a sample is given to its neighbours, so that
 * the mean of an area is what 16 bits said. Floyd and Steinberg, 1976. */
#include "icc.h"

#define UNIT 257 /* one step of 8 bits, in 16 */

/* err[x] is what the row above left for the sample, in sixteenths; below[x] is for the next. */
static void
diffuse_row(const uint16_t *from, VipsPel *to, int width, int bands, int32_t *err, int32_t *below)
{
	int32_t ahead[5] = { 0 };

	for (int at = 0; at < width * bands; at++) {
		int b = at % bands;
		int32_t want = from[at] + (err[at] + ahead[b]) / 16;
		int32_t level = CLAMP((want + UNIT / 2) / UNIT, 0, 255);
		int32_t left = CLAMP(want, 0, 65535) - level * UNIT;

		to[at] = (VipsPel)level;
		ahead[b] = 7 * left;
		if (at >= bands)
			below[at - bands] += 3 * left;
		below[at] += 5 * left;
		if (at + bands < width * bands)
			below[at + bands] += left;
	}
}

bool
diffuse(struct job *job, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);
	int width, bands;

	if (!job_settle(job, err)) /* each row needs the one above it */
		return false;
	width = vips_image_get_width(job->image);
	bands = vips_image_get_bands(job->image);
	*slot = vips_image_new_memory();
	vips_image_init_fields(*slot, width, vips_image_get_height(job->image), bands,
	    VIPS_FORMAT_UCHAR, VIPS_CODING_NONE, interpretation_of(space_of(job->image), false), 1,
	    1);
	if (vips_image_write_prepare(*slot))
		return job_fail(job, err);
	size_t samples = (size_t)width * (size_t)bands;
	g_autofree int32_t *above = g_new0(int32_t, samples), *below = g_new0(int32_t, samples);
	for (int y = 0; y < vips_image_get_height(job->image); y++) {
		int32_t *done = above;
		diffuse_row((const uint16_t *)VIPS_IMAGE_ADDR(job->image, 0, y),
		    VIPS_IMAGE_ADDR(*slot, 0, y), width, bands, above, below);
		above = below;
		below = memset(done, 0, samples * sizeof(*done));
	}
	job->image = *slot;
	return true;
}
