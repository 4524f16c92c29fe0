/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Samples as 15-bit integers that weigh as much as they cover: what operations on neighbouring
 * pixels reckon with. Two of them added still fit 16 bits, which is what makes these fast. */
#include "lanes.h"

struct lanes
lanes_of(const VipsImage *image, bool luma)
{
	bool alpha = vips_image_hasalpha((VipsImage *)image);

	return lanes_made(vips_image_get_bands(image) - alpha, alpha,
	    vips_image_get_format(image) == VIPS_FORMAT_USHORT, luma);
}

FOLDED void
read_as(struct lanes lanes, const VipsPel *restrict pel, int width, uint16_t *restrict out)
{
	for (int x = 0; x < width; x++, pel += lanes.size, out += lanes.count) {
		float sample[LANE_BANDS], weighed[LANE_BANDS];

		lanes_pixel(&lanes, pel, sample);
		lanes_weigh(&lanes, sample, weighed);
		for (int i = 0; i < lanes.count; i++)
			out[i] = (uint16_t)(weighed[i] * LANE_ONE + 0.5F);
	}
}

WIDE void
lanes_read(
    const struct lanes *lanes, const VipsPel *restrict pel, int width, uint16_t *restrict out)
{
	if (lanes_are_plain(lanes))
		for (int i = 0; i < width * lanes->bands; i++)
			out[i] = (uint16_t)(pel[i] << 7);
	else if (lanes_are_luma(lanes))
		for (int x = 0; x < width; x++)
			out[x] = lanes_luma(pel + 3 * x);
	else
		LANES_FOLD(lanes, read_as, pel, width, out);
}
