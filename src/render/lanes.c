/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Samples as 15-bit integers that weigh as much as they cover: what operations on neighbouring
 * pixels reckon with. Two of them added still fit 16 bits, which is what makes these fast. */
#include "lanes.h"

struct lanes
lanes_of(const VipsImage *image, bool luma)
{
	int bands = vips_image_get_bands(image);
	bool alpha = vips_image_hasalpha((VipsImage *)image);
	struct lanes lanes = { .bands = bands, .colors = bands - alpha, .alpha = alpha };

	lanes.deep = vips_image_get_format(image) == VIPS_FORMAT_USHORT;
	lanes.luma = luma && lanes.colors == 3;
	lanes.count = (lanes.luma ? 1 : lanes.colors) + alpha;
	lanes.size = (size_t)bands * (lanes.deep ? 2 : 1);
	return lanes;
}

void
lanes_pixel(const struct lanes *lanes, const VipsPel *pel, float *sample)
{
	for (int i = 0; i < lanes->bands; i++)
		sample[i] = lanes->deep ? ((const uint16_t *)pel)[i] / 65535.0F : pel[i] / 255.0F;
}

void
lanes_weigh(const struct lanes *lanes, const float *sample, float *out)
{
	float alpha = lanes->alpha ? sample[lanes->colors] : 1;

	if (lanes->luma)
		*out++ = (0.299F * sample[0] + 0.587F * sample[1] + 0.114F * sample[2]) * alpha;
	else
		for (int i = 0; i < lanes->colors; i++)
			*out++ = sample[i] * alpha;
	if (lanes->alpha)
		*out = alpha;
}

void
lanes_put(const struct lanes *lanes, const float *sample, VipsPel *pel)
{
	for (int i = 0; i < lanes->bands; i++) {
		float v = CLAMP(sample[i], 0.0F, 1.0F);
		if (lanes->deep)
			((uint16_t *)pel)[i] = (uint16_t)(v * 65535 + 0.5F);
		else
			pel[i] = (VipsPel)(v * 255 + 0.5F);
	}
}

void
lanes_read(
    const struct lanes *lanes, const VipsPel *restrict pel, int width, uint16_t *restrict out)
{
	if (lanes_are_plain(lanes)) {
		for (int i = 0; i < width * lanes->bands; i++)
			out[i] = (uint16_t)(pel[i] << 7);
		return;
	}
	for (int x = 0; x < width; x++, pel += lanes->size, out += lanes->count) {
		float sample[5], weighed[5];

		lanes_pixel(lanes, pel, sample);
		lanes_weigh(lanes, sample, weighed);
		for (int i = 0; i < lanes->count; i++)
			out[i] = (uint16_t)(weighed[i] * LANE_ONE + 0.5F);
	}
}
