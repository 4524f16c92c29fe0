/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* As the performance of libvips is measured: decode reduced, as few steps as do, encode. */
#include "render_bench.h"

static int
save_jpeg(VipsImage *image, VipsTarget *target, int quality, VipsForeignSubsample chroma)
{
	return vips_jpegsave_target(
	    image, target, "Q", quality, "subsample_mode", chroma, "strip", TRUE, NULL);
}

int
save_q85(VipsImage *image, VipsTarget *target)
{
	return save_jpeg(image, target, 85, VIPS_FOREIGN_SUBSAMPLE_ON);
}

int
save_q90(VipsImage *image, VipsTarget *target)
{
	return save_jpeg(image, target, 90, VIPS_FOREIGN_SUBSAMPLE_ON);
}

int
save_q80_full(VipsImage *image, VipsTarget *target)
{
	return save_jpeg(image, target, 80, VIPS_FOREIGN_SUBSAMPLE_OFF);
}

int
save_png(VipsImage *image, VipsTarget *target)
{
	return vips_pngsave_target(image, target, "compression", 1, NULL);
}

int
save_webp(VipsImage *image, VipsTarget *target)
{
	return vips_webpsave_target(image, target, "Q", 80, "strip", TRUE, NULL);
}

static double
factor_of(const struct bare *bare, const VipsImage *image)
{
	double across = bare->width ? (double)image->Xsize / bare->width : 1;

	return bare->height ? MIN(across, (double)image->Ysize / bare->height) : across;
}

static int
load(const struct job *job, int in, VipsImage **t, VipsImage **out)
{
	static const char *const loaders[DRAWINGS] = { "jpegload_source", "pngload_source",
		"tiffload_source", "jpegload_source", "pngload_source" };
	const char *loader = loaders[job->drawing];
	bool jpeg = job->drawing == PHOTO || job->drawing == HUGE;
	VipsSource *source = vips_source_new_from_descriptor(in);
	int shrink = 1, failed = 0;

	if (jpeg) {
		failed = vips_jpegload_source(source, &t[0], NULL);
		double factor = failed ? 1 : factor_of(&job->bare, t[0]);
		while (shrink < 8 && shrink * 2 <= factor)
			shrink *= 2;
		if (shrink > 1 && shrink == (int)factor)
			shrink /= 2;
	}
	failed = failed || (shrink > 1 ? vips_call(loader, source, &t[1], "access",
					     VIPS_ACCESS_SEQUENTIAL, "shrink", shrink, NULL)
				       : vips_call(loader, source, &t[1], "access",
					     VIPS_ACCESS_SEQUENTIAL, NULL));
	*out = t[1];
	g_object_unref(source);
	return failed;
}

static int
resize(const struct bare *bare, VipsImage *in, VipsImage **t, VipsImage **out)
{
	double factor = 1 / factor_of(bare, in);
	bool clear = vips_image_hasalpha(in);

	*out = in;
	if (bare->width == 0)
		return 0;
	/* A tenth of a pixel away from the whole number, as libvips rounds. */
	double width = MAX(bare->width, (int)(in->Xsize * factor + 0.5));
	if (clear && vips_premultiply(in, &t[0], NULL))
		return -1;
	if (vips_resize(clear ? t[0] : in, &t[1], width / in->Xsize, NULL) ||
	    (clear &&
		(vips_unpremultiply(t[1], &t[2], NULL) || vips_cast_uchar(t[2], &t[3], NULL))))
		return -1;
	*out = clear ? t[3] : t[1];
	if (bare->height == 0)
		return 0;
	in = *out;
	*out = NULL;
	if (vips_extract_area(in, &t[4], (in->Xsize - bare->width) / 2,
		(in->Ysize - bare->height) / 2, bare->width, bare->height, NULL))
		return -1;
	*out = t[4];
	return 0;
}

static int
turn(const struct bare *bare, VipsImage *in, VipsImage **t, VipsImage **out)
{
	*out = in;
	if (bare->angle == 0)
		return 0;
	/* Any order is asked for, and a decoder knows only one. */
	t[0] = vips_image_copy_memory(in);
	if (t[0] == NULL)
		return -1;
	if (bare->angle == 90) {
		if (vips_rot90(t[0], &t[1], NULL))
			return -1;
		*out = t[1];
		return 0;
	}
	VipsInterpolate *how = vips_interpolate_new("bicubic");
	VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
	int failed =
	    vips_rotate(t[0], &t[1], bare->angle, "interpolate", how, "background", white, NULL);
	vips_area_unref(VIPS_AREA(white));
	g_object_unref(how);
	*out = t[1];
	return failed;
}

/* vips_sharpen works in Lab, which costs some four times all this, and sharpens something else.
 * What it does, on the samples themselves and in integers throughout, is the cheapest there is. */
static int
sharpen(enum sharpening how, VipsImage *in, VipsImage **t, VipsImage **out)
{
	VipsImage *base = in;

	*out = in;
	if (how == NOT_SHARPENED)
		return 0;
	if (how == LUMA_SHARPENED) {
		t[0] = vips_image_new_matrixv(3, 1, 0.299, 0.587, 0.114);
		if (vips_recomb(in, &t[1], t[0], NULL) || vips_cast_uchar(t[1], &t[2], NULL))
			return -1;
		base = t[2];
	}
	if (vips_gaussblur(base, &t[3], 1.0, "min_ampl", 0.01, NULL) ||
	    vips_subtract(base, t[3], &t[4], NULL) || vips_add(in, t[4], &t[5], NULL) ||
	    vips_cast_uchar(t[5], &t[6], NULL))
		return -1;
	*out = t[6];
	return 0;
}

/* All at once, as vips_composite likes it best. */
static int
lay(const struct bare *bare, VipsImage *in, VipsImage **t, VipsImage **out)
{
	int modes[2] = { VIPS_BLEND_MODE_OVER, VIPS_BLEND_MODE_OVER };

	*out = in;
	if (!bare->layers)
		return 0;
	if (vips_pngload(drawing_names[LOGO], &t[0], NULL) ||
	    vips_text(
		&t[1], "Hills at sunset", "font", "DejaVu Sans 48", "dpi", 72, "rgba", TRUE, NULL))
		return -1;
	VipsImage *all[3] = { in, t[0], t[1] };
	VipsArrayInt *x = vips_array_int_newv(2, 1100, 600);
	VipsArrayInt *y = vips_array_int_newv(2, 100, 1000);
	int failed = vips_composite(all, &t[2], 3, modes, "x", x, "y", y, NULL) ||
		     vips_extract_band(t[2], &t[3], 0, "n", 3, NULL);
	vips_area_unref(VIPS_AREA(x));
	vips_area_unref(VIPS_AREA(y));
	*out = t[3];
	return failed;
}

int
bare_run(const struct job *job, int in, int out)
{
	VipsImage *scope = vips_image_new(), *image;
	VipsImage **t = (VipsImage **)vips_object_local_array(VIPS_OBJECT(scope), 22);
	VipsTarget *target = vips_target_new_to_descriptor(out);
	const struct bare *bare = &job->bare;

	int failed = load(job, in, t, &image) || resize(bare, image, t + 2, &image) ||
		     turn(bare, image, t + 8, &image) ||
		     sharpen(bare->sharpening, image, t + 10, &image) ||
		     lay(bare, image, t + 17, &image) || bare->save(image, target);
	g_object_unref(target);
	g_object_unref(scope);
	return failed;
}
