/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What an operation has to know of the whole picture before it starts. */
#include "render_priv.h"

enum { LEVELS = 1024 };

struct lumas {
	uint64_t seen, count[LEVELS];
};

static double
sample(const VipsImage *image, const VipsPel *row, int at)
{
	return vips_image_get_format(image) == VIPS_FORMAT_USHORT
		   ? ((const uint16_t *)row)[at] / 65535.0
		   : row[at] / 255.0;
}

/* What is clear does not count. */
static void
count_lumas(VipsImage *image, struct lumas *out)
{
	int bands = vips_image_get_bands(image);
	bool alpha = vips_image_hasalpha(image);

	for (int y = 0; y < vips_image_get_height(image); y++) {
		const VipsPel *row = VIPS_IMAGE_ADDR(image, 0, y);
		for (int at = 0; at < vips_image_get_width(image) * bands; at += bands) {
			if (alpha && sample(image, row, at + bands - 1) == 0)
				continue;
			double luma = bands < 3 ? sample(image, row, at)
						: 0.299 * sample(image, row, at) +
						      0.587 * sample(image, row, at + 1) +
						      0.114 * sample(image, row, at + 2);
			out->count[(int)(luma * (LEVELS - 1) + 0.5)]++;
			out->seen++;
		}
	}
}

/* The luma that this many pixels do not exceed. */
static double
luma_at(const struct lumas *lumas, uint64_t rank)
{
	uint64_t sum = 0;
	int i = 0;

	while (i < LEVELS - 1 && (sum += lumas->count[i]) <= rank)
		i++;
	return i / (double)(LEVELS - 1);
}

bool
compensation(
    struct job *job, const struct ips_op *colorize, struct ips_op *out, struct ips_error *err)
{
	struct lumas lumas = { 0 };

	if (!job_settle(job, err))
		return false;
	count_lumas(job->image, &lumas);
	double median = 0.5, range = 0, gain = 1;
	if (lumas.seen > 0) {
		median = luma_at(&lumas, lumas.seen / 2);
		range = luma_at(&lumas, lumas.seen - 1) - luma_at(&lumas, 0);
	}
	if (colorize->spread > 0 && range > 0)
		gain = colorize->spread / range;
	*out = (struct ips_op){ .kind = IPS_OP_LINEAR };
	for (int i = 0; i < 3; i++) {
		out->matrix[3 * i] = gain * 0.299; /* every component becomes the luma */
		out->matrix[3 * i + 1] = gain * 0.587;
		out->matrix[3 * i + 2] = gain * 0.114;
		out->offset[i] = 0.5 - gain * median;
	}
	return true;
}
