/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "lanes.h"

#include <math.h>

struct gauss
gauss_of(double sigma)
{
	struct gauss gauss = { .radius = CLAMP((int)ceil(3 * sigma), 1, GAUSS_RADIUS) };
	double weight[GAUSS_RADIUS + 1], sum = 1;
	int rest = 65535;

	for (int i = 1; i <= gauss.radius; i++) {
		weight[i] = sigma > 0 ? exp(-i * i / (2 * sigma * sigma)) : 0;
		sum += 2 * weight[i];
	}
	for (int i = 1; i <= gauss.radius; i++) {
		gauss.weight[i] = (uint16_t)(weight[i] / sum * 65536 + 0.5);
		rest -= 2 * gauss.weight[i];
	}
	gauss.weight[0] = (uint16_t)rest;
	return gauss;
}

FOLDED uint16_t
high(uint16_t value, uint16_t weight)
{
	return (uint16_t)(((uint32_t)value * weight) >> 16);
}

/* With a radius that the compiler knows the taps are one expression, which it makes wide
 * instructions of. A product loses half a unit on the average: that is put in first. */
FOLDED void
blend_n(const struct gauss *gauss, const uint16_t *const *tap, int radius, int count,
    uint16_t *restrict out)
{
	for (int i = 0; i < count; i++) {
		uint16_t sum =
		    (uint16_t)((radius + 1) / 2 + high(tap[radius][i], gauss->weight[0]));
		for (int k = 1; k <= radius; k++)
			sum = (uint16_t)(sum +
					 high((uint16_t)(tap[radius - k][i] + tap[radius + k][i]),
					     gauss->weight[k]));
		out[i] = sum;
	}
}

enum { BLOCK = 512 }; /* stays in the nearest cache */

FOLDED void
blend_any(const struct gauss *gauss, const uint16_t *const *tap, int count, uint16_t *restrict out)
{
	int radius = gauss->radius;

	for (int at = 0, n; at < count; at += n, out += n) {
		n = MIN(BLOCK, count - at);
		for (int i = 0; i < n; i++)
			out[i] = (uint16_t)((radius + 1) / 2 +
					    high(tap[radius][at + i], gauss->weight[0]));
		for (int k = 1; k <= radius; k++) {
			const uint16_t *a = tap[radius - k] + at, *b = tap[radius + k] + at;
			uint16_t weight = gauss->weight[k];
			for (int i = 0; i < n; i++)
				out[i] = (uint16_t)(out[i] + high((uint16_t)(a[i] + b[i]), weight));
		}
	}
}

WIDE void
gauss_blend(
    const struct gauss *gauss, const uint16_t *const *tap, int count, uint16_t *restrict out)
{
	switch (gauss->radius) {
	case 1:
		blend_n(gauss, tap, 1, count, out);
		break;
	case 2:
		blend_n(gauss, tap, 2, count, out);
		break;
	case 3:
		blend_n(gauss, tap, 3, count, out);
		break;
	case 4:
		blend_n(gauss, tap, 4, count, out);
		break;
	case 5:
		blend_n(gauss, tap, 5, count, out);
		break;
	case 6:
		blend_n(gauss, tap, 6, count, out);
		break;
	default:
		blend_any(gauss, tap, count, out);
	}
}
