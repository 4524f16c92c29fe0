/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Sources as dear to decode as what cameras, cut-outs and scanners give. */
#include "render_bench.h"

enum { WIDTH = 4000, HEIGHT = 3000 };

const char *const drawing_names[DRAWINGS] = { "photo.jpg", "cutout.png", "scan.tif", "huge.jpg",
	"logo.png" };

static int
noise(VipsImage **t, int size_px, double sigma, VipsImage **out)
{
	int w = WIDTH / size_px + 2, h = HEIGHT / size_px + 2;

	if (vips_gaussnoise(&t[0], w, h, "sigma", sigma, "mean", 0.0, "seed", size_px, NULL))
		return -1;
	*out = t[1] = vips_image_copy_memory(t[0]);
	if (size_px == 1)
		return t[1] == NULL;
	if (t[1] == NULL || vips_resize(t[1], &t[2], size_px, "kernel", VIPS_KERNEL_LINEAR, NULL))
		return -1;
	*out = t[2];
	return 0;
}

/* Noise of every scale, the coarser the stronger: the spectrum of a photograph. What is coarse has
 * colours. */
static int
photo(VipsImage **t, VipsImage **out)
{
	static const double color[3] = { 0.6, 0.1, -0.7 }, none[3] = { 0 };
	VipsImage *sum = NULL, *part;
	double sigma = 3.5, one[3] = { 1, 1, 1 }, mixed[3];

	for (int size_px = 1; size_px <= 256; size_px *= 2, sigma *= 1.42, t += 6) {
		for (int i = 0; i < 3; i++)
			mixed[i] = size_px < 16 ? one[i] : one[i] + color[(i + size_px / 16) % 3];
		if (noise(t, size_px, sigma, &part) ||
		    vips_extract_area(part, &t[3], 0, 0, WIDTH, HEIGHT, NULL) ||
		    vips_linear(t[3], &t[4], mixed, none, 3, NULL))
			return -1;
		if (sum && vips_add(sum, t[4], &t[5], NULL))
			return -1;
		sum = sum ? t[5] : t[4];
	}
	return vips_linear1(sum, &t[0], 1, 128, "uchar", TRUE, NULL) ||
	       vips_copy(t[0], out, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
}

/* A soft disc of it. */
static int
cut_out(VipsImage *in, VipsImage **t, VipsImage **out)
{
	if (vips_xyz(&t[0], WIDTH, HEIGHT, NULL) ||
	    vips_linear(t[0], &t[1], (double[2]){ 2.0 / WIDTH, 2.0 / HEIGHT },
		(double[2]){ -1, -1 }, 2, NULL) ||
	    vips_multiply(t[1], t[1], &t[2], NULL) || vips_bandmean(t[2], &t[3], NULL) ||
	    vips_linear1(t[3], &t[4], -4000, 1600, "uchar", TRUE, NULL) ||
	    vips_bandjoin2(in, t[4], &t[5], NULL))
		return -1;
	*out = t[5];
	return 0;
}

static int
logo(VipsImage *in, VipsImage **t, VipsImage **out)
{
	VipsImage *whole;

	if (cut_out(in, t, &whole) || vips_shrink(whole, &t[6], 10, 10, NULL))
		return -1;
	*out = t[6];
	return 0;
}

static int
huge(const char *photo_file, VipsImage **t, VipsImage **out)
{
	t[0] = vips_image_new_from_file(photo_file, NULL);
	if (t[0] == NULL || vips_replicate(t[0], &t[1], 3, 3, NULL) ||
	    vips_extract_area(t[1], &t[2], 0, 0, 3 * WIDTH, 8400, NULL))
		return -1;
	*out = t[2];
	return 0;
}

/* HUGE is made of a file of PHOTO. */
bool
drawing_make(enum drawing drawing, const char *file, const char *photo_file)
{
	VipsImage *scope = vips_image_new(), *image = NULL;
	VipsImage **t = (VipsImage **)vips_object_local_array(VIPS_OBJECT(scope), 70);

	int failed = drawing == HUGE ? huge(photo_file, t, &image) : photo(t, &t[60]);
	if (!failed && drawing != HUGE)
		image = t[60];
	if (!failed && drawing == CUTOUT)
		failed = cut_out(t[60], t + 61, &image);
	if (!failed && drawing == LOGO)
		failed = logo(t[60], t + 61, &image);
	if (!failed)
		failed = drawing == CUTOUT || drawing == LOGO ? vips_pngsave(image, file, NULL)
			 : drawing == SCAN ? vips_tiffsave(image, file, "compression",
						 VIPS_FOREIGN_TIFF_COMPRESSION_LZW, "predictor",
						 VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, NULL)
					   : vips_jpegsave(image, file, "Q", 88, NULL);
	g_object_unref(scope);
	return !failed;
}
