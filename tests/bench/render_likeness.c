/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* How alike two results are: the mean difference, and structural similarity (Wang, Bovik, Sheikh
 * and Simoncelli, 2004) over squares that do not overlap. */
#include "render_bench.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { SQUARE = 8 };

/* On white where clear. */
static VipsImage *
decode(int fd, bool gray)
{
	VipsImage *t[4] = { NULL }, *out = NULL;
	VipsArrayDouble *white = vips_array_double_newv(1, 255.0);

	if (lseek(fd, 0, SEEK_SET) < 0)
		return NULL;
	VipsSource *source = vips_source_new_from_descriptor(fd);
	t[0] = vips_image_new_from_source(source, "", NULL);
	if (t[0] != NULL &&
	    (!vips_image_hasalpha(t[0])
		    ? vips_copy(t[0], &t[1], NULL)
		    : vips_flatten(t[0], &t[1], "background", white, NULL)) == 0 &&
	    vips_colourspace(t[1], &t[2], gray ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB,
		NULL) == 0 &&
	    vips_cast_uchar(t[2], &t[3], NULL) == 0)
		out = vips_image_copy_memory(t[3]);
	for (int i = 0; i < 4; i++)
		g_clear_object(&t[i]);
	vips_area_unref(VIPS_AREA(white));
	g_object_unref(source);
	return out;
}

static double
ssim_of(const VipsImage *a, const VipsImage *b, int left, int top)
{
	const double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
	const double n = SQUARE * SQUARE;
	double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;

	for (int i = 0; i < SQUARE * SQUARE; i++) {
		double p = *VIPS_IMAGE_ADDR(a, left + i % SQUARE, top + i / SQUARE);
		double q = *VIPS_IMAGE_ADDR(b, left + i % SQUARE, top + i / SQUARE);
		sa += p, sb += q, saa += p * p, sbb += q * q, sab += p * q;
	}
	double ma = sa / n, mb = sb / n;
	double va = saa / n - ma * ma, vb = sbb / n - mb * mb, both = sab / n - ma * mb;
	return (2 * ma * mb + c1) * (2 * both + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
}

static double
mean_ssim(const VipsImage *a, const VipsImage *b)
{
	double sum = 0;
	int n = 0;

	for (int y = 0; y + SQUARE <= a->Ysize; y += SQUARE)
		for (int x = 0; x + SQUARE <= a->Xsize; x += SQUARE, n++)
			sum += ssim_of(a, b, x, y);
	return n ? sum / n : 1;
}

static double
mean_difference(const VipsImage *a, const VipsImage *b)
{
	double sum = 0;
	int n = a->Xsize * a->Bands;

	for (int y = 0; y < a->Ysize; y++)
		for (int i = 0; i < n; i++)
			sum += abs(VIPS_IMAGE_ADDR(a, 0, y)[i] - VIPS_IMAGE_ADDR(b, 0, y)[i]);
	return sum / n / a->Ysize;
}

/* False: not even of one size. */
bool
likeness_of(int a, int b, struct likeness *out)
{
	bool same = true;

	for (int gray = 0; gray < 2 && same; gray++) {
		VipsImage *p = decode(a, gray), *q = decode(b, gray);
		same =
		    p && q && p->Xsize == q->Xsize && p->Ysize == q->Ysize && p->Bands == q->Bands;
		if (same && gray)
			out->ssim = mean_ssim(p, q);
		else if (same)
			out->mean = mean_difference(p, q);
		g_clear_object(&p);
		g_clear_object(&q);
	}
	return same;
}
