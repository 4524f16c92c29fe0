/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Colour management. RGB spaces are worked out here from their primaries, white and gamma, with the
 * Bradford adaptation between whites; for printing a second transform is made by hand. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <lcms2.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- RGB spaces ---- */

struct rgb_space {
	const char *names[4];
	double white[2], primaries[3][2], gamma; /* 0: the curve of sRGB */
};
#define D65                                                                                        \
	{                                                                                          \
		0.3127, 0.3290                                                                     \
	}
#define D50                                                                                        \
	{                                                                                          \
		0.3457, 0.3585                                                                     \
	}
static const struct rgb_space spaces[] = {
	{ { "sRGB", "sRGB%20IEC61966-2.1", "srgb", "any/sRGB" }, D65,
	    { { 0.64, 0.33 }, { 0.30, 0.60 }, { 0.15, 0.06 } }, 0 },
	{ { "AdobeRGB", "Adobe%20RGB%20(1998)", "AdobeRGB1998.icc" }, D65,
	    { { 0.64, 0.33 }, { 0.21, 0.71 }, { 0.15, 0.06 } }, 563 / 256.0 },
	{ { "AppleRGB", "Apple%20RGB" }, D65, { { 0.625, 0.34 }, { 0.28, 0.595 }, { 0.155, 0.07 } },
	    1.8 },
	{ { "CIERGB", "CIE%20RGB" }, { 1 / 3.0, 1 / 3.0 },
	    { { 0.735, 0.265 }, { 0.274, 0.717 }, { 0.167, 0.009 } }, 2.2 },
	{ { "ColorMatchRGB", "ColorMatch%20RGB" }, D50,
	    { { 0.63, 0.34 }, { 0.295, 0.605 }, { 0.15, 0.075 } }, 1.8 },
	{ { "NTSC", "NTSC%20(1953)" }, { 0.3101, 0.3162 },
	    { { 0.67, 0.33 }, { 0.21, 0.71 }, { 0.14, 0.08 } }, 2.2 },
	{ { "PAL", "PAL/SECAM" }, D65, { { 0.64, 0.33 }, { 0.29, 0.60 }, { 0.15, 0.06 } }, 2.2 },
	{ { "ProPhoto", "ProPhoto%20RGB" }, D50,
	    { { 0.7347, 0.2653 }, { 0.1596, 0.8404 }, { 0.0366, 0.0001 } }, 1.8 },
	{ { "SMPTE", "SMPTE-C" }, D65, { { 0.63, 0.34 }, { 0.31, 0.595 }, { 0.155, 0.07 } }, 2.2 },
	{ { "WideGamutRGB", "Wide%20Gamut%20RGB" }, D50,
	    { { 0.735, 0.265 }, { 0.115, 0.826 }, { 0.157, 0.018 } }, 2.2 },
};
static const struct rgb_space p3 = { { NULL }, D65,
	{ { 0.68, 0.32 }, { 0.265, 0.69 }, { 0.15, 0.06 } }, 0 };
enum { SRGB, ADOBE };

typedef double matrix[3][3];

static void
multiply(const matrix a, const matrix b, matrix out)
{
	matrix m;

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			m[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
	memcpy(out, m, sizeof(m));
}

static void
invert(const matrix a, matrix out)
{
	matrix m;
	double det = 0;

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			int r = (j + 1) % 3, s = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
			m[i][j] = a[r][c] * a[s][d] - a[r][d] * a[s][c];
		}
	for (int i = 0; i < 3; i++)
		det += a[0][i] * m[i][0];
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			out[i][j] = m[i][j] / det;
}

static void
apply(const matrix m, const double *in, double *out)
{
	double v[3];

	for (int i = 0; i < 3; i++)
		v[i] = m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2];
	memcpy(out, v, sizeof(v));
}

static void
xyz_of(const double *xy, double *out)
{
	out[0] = xy[0] / xy[1], out[1] = 1, out[2] = (1 - xy[0] - xy[1]) / xy[1];
}

/* Linear RGB to XYZ under D50. */
static void
to_xyz(const struct rgb_space *space, matrix out)
{
	static const matrix bradford = { { 0.8951, 0.2664, -0.1614 }, { -0.7502, 1.7135, 0.0367 },
		{ 0.0389, -0.0685, 1.0296 } };
	static const double d50[2] = { 0.3457, 0.3585 };
	matrix m, back, adapt = { { 0 } };
	double white[3], scale[3], from[3], to[3];

	for (int i = 0; i < 3; i++) {
		double column[3];
		xyz_of(space->primaries[i], column);
		for (int j = 0; j < 3; j++)
			m[j][i] = column[j];
	}
	xyz_of(space->white, white);
	invert(m, back);
	apply(back, white, scale);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			m[i][j] *= scale[j];
	apply(bradford, white, from);
	xyz_of(d50, to);
	apply(bradford, to, to);
	for (int i = 0; i < 3; i++)
		adapt[i][i] = to[i] / from[i];
	invert(bradford, back);
	multiply(adapt, bradford, adapt);
	multiply(back, adapt, adapt);
	multiply(adapt, m, out);
}

static double
linear(double v, double gamma)
{
	if (gamma > 0)
		return pow(v, gamma);
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double
encoded(double v, double gamma)
{
	v = CLAMP(v, 0, 1);
	if (gamma > 0)
		return pow(v, 1 / gamma);
	return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

/* 0..255 */
static void
convert(const struct rgb_space *from, const struct rgb_space *to, const double *in, double *out)
{
	matrix a, b;
	double v[3];

	to_xyz(from, a);
	to_xyz(to, b);
	invert(b, b);
	for (int i = 0; i < 3; i++)
		v[i] = linear(in[i] / 255, from->gamma);
	apply(a, v, v);
	apply(b, v, v);
	for (int i = 0; i < 3; i++)
		out[i] = 255 * encoded(v[i], to->gamma);
}

/* ---- Results as they are stored ---- */

struct raw {
	int bands, bits;
	bool profile;
	double value[5]; /* 0..255 */
	cmsHPROFILE embedded;
};

static struct raw
raw_of(int fd, int x, int y)
{
	struct raw raw = { 0 };
	double *point;
	int n;

	lseek(fd, 0, SEEK_SET);
	VipsSource *source = vips_source_new_from_descriptor(fd);
	VipsImage *image = vips_image_new_from_source(source, "", NULL);
	g_object_unref(source);
	assert_non_null(image);
	raw.bands = image->Bands;
	raw.bits = image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
	assert_int_equal(vips_getpoint(image, &point, &n, x, y, NULL), 0);
	for (int i = 0; i < n && i < 5; i++)
		raw.value[i] = point[i] / (raw.bits == 16 ? 257 : 1);
	g_free(point);
	const void *data;
	size_t len;
	if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0) {
		raw.profile = true;
		assert_int_equal(vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &len), 0);
		raw.embedded = cmsOpenProfileFromMem(data, (cmsUInt32Number)len);
	}
	g_object_unref(image);
	return raw;
}

static int
run(enum golden_source source, const char *modifier, const struct ips_plan_profile *profile)
{
	struct ips_error err = { 0 };
	int fd;

	if (!golden_run(golden_source(source), modifier, profile, &fd, NULL, &err))
		fail_msg("'%s': %s (%s)", modifier, err.reason, err.detail);
	return fd;
}

static void
check(const char *what, const struct raw *raw, const double *want, int bands, double tolerance)
{
	bool same = raw->bands == bands;

	for (int i = 0; i < bands; i++)
		same &= fabs(raw->value[i] - want[i]) <= tolerance;
	if (!same)
		fail_msg("%s: %d bands, %.2f %.2f %.2f %.2f %.2f, not %d, %.2f %.2f %.2f %.2f",
		    what, raw->bands, raw->value[0], raw->value[1], raw->value[2], raw->value[3],
		    raw->value[4], bands, want[0], want[1], want[2], want[3]);
}

static const double swatch[] = { 180, 120, 60 }, wide[] = { 120, 200, 100 };

/* Every RGB profile under each of its names, and the profile that is embedded leads back. */
static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(spaces); i++)
		for (int n = 0; n < 4 && spaces[i].names[n]; n++) {
			char modifier[100];
			double want[4] = { 0 };
			snprintf(modifier, sizeof(modifier), "icc=%s&iccEmbed=1&fmt=png",
			    spaces[i].names[n]);
			int fd = run(SWATCH, modifier, &ips_profile_reply);
			struct raw raw = raw_of(fd, 3, 3);
			close(fd);
			convert(&spaces[SRGB], &spaces[i], swatch, want);
			check(modifier, &raw, want, 3, 1.2);
			assert_non_null(raw.embedded);
			cmsHPROFILE srgb = cmsCreate_sRGBProfile();
			cmsHTRANSFORM t = cmsCreateTransform(raw.embedded, TYPE_RGB_DBL, srgb,
			    TYPE_RGB_DBL, INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE);
			double in[3] = { raw.value[0] / 255, raw.value[1] / 255,
				raw.value[2] / 255 };
			cmsDoTransform(t, in, in, 1);
			for (int c = 0; c < 3; c++)
				raw.value[c] = in[c] * 255;
			check("back", &raw, swatch, 3, 1.5);
			cmsDeleteTransform(t);
			cmsCloseProfile(srgb);
			cmsCloseProfile(raw.embedded);
		}
}

/* From which space to which: what is stored, by formula. */
static void
test_wide(void **state)
{
	static const struct {
		enum golden_source source;
		const char *modifier;
		bool copy;
		const struct rgb_space *from, *to; /* the same: untouched */
		const double *color;
		bool profile;
		double tolerance;
	} rows[] = {
		{ WIDEPNG, "fmt=png", false, &p3, &spaces[SRGB], wide, false, 1.2 },
		{ WIDEPNG, "fmt=png&iccEmbed=1", false, &p3, &spaces[SRGB], wide, true, 1.2 },
		{ WIDEPNG, "icc=AdobeRGB&fmt=png", false, &p3, &spaces[ADOBE], wide, false, 1.2 },
		{ WIDEPNG, "icc=AdobeRGB&fmt=tif", false, &p3, &spaces[ADOBE], wide, false, 1.2 },
		{ WIDEPNG, "icc=AdobeRGB&fmt=jpeg&qlt=100,1&iccEmbed=true", false, &p3,
		    &spaces[ADOBE], wide, true, 3 },
		{ WIDEPNG, "icc=AdobeRGB&fmt=webp,,lossless&iccEmbed=1", false, &p3, &spaces[ADOBE],
		    wide, false, 1.2 }, /* published as a format without profile */
		{ WIDEPNG, "icc=AdobeRGB&fmt=png,gray", false, &p3, &spaces[ADOBE], wide, false,
		    1.2 }, /* the pixel type is ignored */
		{ WIDEPNG, "wid=32", true, &p3, &p3, wide, true, 0 },
		{ WIDEPNG, "wid=32&iccEmbed=1", true, &p3, &p3, wide, true, 0 },
		{ WIDEPNG, "wid=32&iccEmbed=0", true, &p3, &spaces[SRGB], wide, false, 1.2 },
		{ WIDEPNG, "iccEmbed=0", true, &p3, &spaces[SRGB], wide, false, 1.2 },
		{ WIDEPNG, "icc=sRGB", true, &p3, &spaces[SRGB], wide, true, 1.2 },
		{ WIDEPNG, "icc=AdobeRGB", true, &p3, &spaces[ADOBE], wide, true, 1.2 },
		{ WIDEPNG, "icc=AdobeRGB&fmt=webp,,lossless", true, &p3, &spaces[ADOBE], wide, true,
		    1.2 },
		{ WIDEPNG, "rotate=30", true, &p3, &p3, wide, true, 0 },
		{ SWATCH, "wid=32", true, &spaces[SRGB], &spaces[SRGB], swatch, false, 0 },
		{ SWATCH, "iccEmbed=1", true, &spaces[SRGB], &spaces[SRGB], swatch, true, 0 },
		{ SWATCH, "icc=sRGB&fmt=png", false, &spaces[SRGB], &spaces[SRGB], swatch, false,
		    0 },
		{ SWATCH, "icc=AdobeRGB,perceptual,0", true, &spaces[SRGB], &spaces[ADOBE], swatch,
		    true, 1.2 },
		{ SWATCH, "icc=AdobeRGB,absolute", true, &spaces[SRGB], &spaces[ADOBE], swatch,
		    true, 1.2 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		double want[4] = { 0 };
		int fd = run(rows[i].source, rows[i].modifier,
		    rows[i].copy ? &ips_profile_copy : &ips_profile_reply);
		struct raw raw = raw_of(fd, 20, 20);
		close(fd);
		raw.bands = raw.bands == 4 ? 3 : raw.bands; /* rotate= adds alpha */
		memcpy(want, rows[i].color, 3 * sizeof(double));
		if (rows[i].from != rows[i].to)
			convert(rows[i].from, rows[i].to, rows[i].color, want);
		check(rows[i].modifier, &raw, want, 3, rows[i].tolerance);
		if (raw.profile != rows[i].profile)
			fail_msg("'%s': profile %d", rows[i].modifier, raw.profile);
		if (raw.embedded)
			cmsCloseProfile(raw.embedded);
	}
}

/* Operations act in the space of the layer, conversion comes after them. */
static void
test_operations_first(void **state)
{
	static const struct {
		const char *modifier;
		const struct rgb_space *to;
	} rows[] = {
		{ "op_invert=1&fmt=png", &spaces[SRGB] },
		{ "op_invert=1&icc=AdobeRGB&fmt=png", &spaces[ADOBE] },
		{ "layer=0&op_invert=1&icc=AdobeRGB&fmt=png", &spaces[ADOBE] },
	};
	const double inverse[] = { 135, 55, 155 };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		double want[4] = { 0 };
		int fd = run(WIDEPNG, rows[i].modifier, &ips_profile_reply);
		struct raw raw = raw_of(fd, 20, 20);
		close(fd);
		convert(&p3, rows[i].to, inverse, want);
		check(rows[i].modifier, &raw, want, 3, 1.2);
	}
}

/* Kinds of pixels: naive conversion, and what a file keeps. */
static void
test_kinds(void **state)
{
	double grey18 = 255 * encoded(pow(100 / 255.0, 1.8), 0), luma[4] = { 0 }, rgb[3];

	(void)state;
	convert(&p3, &spaces[SRGB], wide, rgb);
	luma[0] = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
	const struct {
		enum golden_source source;
		const char *modifier;
		bool copy;
		int bands;
		double value[4];
		bool profile;
		double tolerance;
	} rows[] = {
		/* the most is 180: k = 75, m = 60 / 180, y = 120 / 180 */
		{ SWATCH, "fmt=tif,cmyk", false, 4, { 0, 85, 170, 75 }, false, 0.5 },
		{ SWATCH, "fmt=tif,cmyk&iccEmbed=1", false, 4, { 0, 85, 170, 75 }, false, 0.5 },
		{ SWATCH, "fmt=jpeg,cmyk&qlt=100", false, 4, { 0, 85, 170, 75 }, false, 2 },
		{ SWATCH, "fmt=tif,cmyk", true, 4, { 0, 85, 170, 75 }, false, 0.5 },
		/* brighter by 51, then cmyk of (231, 171, 111) */
		{ SWATCH, "op_brightness=40&fmt=tif,cmyk", false, 4, { 0, 66.2, 132.5, 24 }, false,
		    0.6 },
		{ GRAY, "fmt=tif,cmyk", false, 4, { 0, 0, 0, 155 }, false, 0.5 },
		{ SWATCH, "fmt=png,gray", false, 1, { 131.1 }, false, 0.6 },
		{ WIDEPNG, "fmt=png,gray", false, 1, { luma[0] }, false, 1.2 },
		{ CMYK, "fmt=tif,gray", false, 1, { 178.75 }, false, 0.6 },
		{ CMYK, "fmt=tif,cmyk", false, 4, { 255, 0, 0, 0 }, false, 0 },
		/* stored inverted, as Adobe does */
		{ CMYKJPEG, "fmt=png", false, 3, { 0, 255, 255 }, false, 2 },
		{ CMYKJPEG, "wid=32", true, 4, { 255, 0, 0, 0 }, false, 2 },
		{ CMYKJPEG, "fmt=jpeg,cmyk&qlt=100", false, 4, { 255, 0, 0, 0 }, false, 2 },
		{ CMYKJPEG, "fmt=jpeg,rgb&qlt=100,1", true, 3, { 0, 255, 255 }, false, 3 },
		{ GRAYA, "fmt=png-alpha", false, 4, { 100, 100, 100, 128 }, false, 0 },
		{ GRAYA, "fmt=png-alpha,gray", false, 2, { 100, 128 }, false, 0 },
		{ GRAYA, "wid=50", true, 2, { 100, 128 }, false, 1 },
		{ GRAYA, "fmt=png", false, 3, { 177.2, 177.2, 177.2 }, false, 1 },
		{ GRAYA, "fmt=tif-alpha,cmyk", false, 4, { 0, 0, 0, 155 }, false, 0.5 },
		/* a profile of its own: gamma 1.8 */
		{ GRAY18, "fmt=png", false, 3, { grey18, grey18, grey18 }, false, 1.2 },
		{ GRAY18, "fmt=png,gray", false, 1, { 100 }, false, 0 },
		{ GRAY18, "fmt=png,gray&iccEmbed=1", false, 1, { 100 }, true, 0 },
		{ GRAY18, "wid=50", true, 1, { 100 }, true, 0 },
		{ GRAY18, "fmt=webp,,lossless", true, 3, { grey18, grey18, grey18 }, true, 1.2 },
		{ DEEP, "fmt=png,gray&scl=1", false, 1, { 63.42 }, false, 0.7 },
		{ DEEP, "fmt=tif,cmyk", true, 4, { 255, 127.5, 0, 99.36 }, false, 0.6 },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int fd = run(rows[i].source, rows[i].modifier,
		    rows[i].copy ? &ips_profile_copy : &ips_profile_reply);
		struct raw raw = raw_of(fd, 0, 10);
		close(fd);
		if (rows[i].source == GRAYA && raw.bands == 5)
			raw.bands = 4;
		check(rows[i].modifier, &raw, rows[i].value, rows[i].bands, rows[i].tolerance);
		if (raw.profile != rows[i].profile)
			fail_msg("'%s': profile %d", rows[i].modifier, raw.profile);
		if (raw.embedded)
			cmsCloseProfile(raw.embedded);
	}
}

/* Colours of the request: of the output's profile, or with the suffix s of the input's. */
static void
test_colors(void **state)
{
	const double green[] = { 0, 255, 0 };
	double there[4] = { 0 };

	(void)state;
	convert(&spaces[SRGB], &spaces[ADOBE], green, there);
	const struct {
		const char *modifier;
		double value[4];
	} rows[] = {
		{ "color=00ff00&fmt=png", { 0, 255, 0 } },
		{ "color=00ff00s&fmt=png", { 0, 255, 0 } },
		{ "icc=AdobeRGB&color=00ff00&fmt=png", { 0, 255, 0 } },
		{ "icc=AdobeRGB&color=00ff00s&fmt=png", { there[0], there[1], there[2] } },
		{ "icc=AdobeRGB&color=0,255,0rS&fmt=png", { there[0], there[1], there[2] } },
		{ "icc=AdobeRGB&bgColor=00ff00s&fmt=png", { there[0], there[1], there[2] } },
		/* ignored by bgc= */
		{ "icc=AdobeRGB&bgc=00ff00s&fmt=png", { 0, 255, 0 } },
		{ "color=100,0,100,0k&fmt=png", { 0, 255, 0 } },
		{ "bgc=100,0,100,0k&fmt=png", { 0, 255, 0 } },
		{ "color=50g&fmt=png", { 127.5, 127.5, 127.5 } },
	};
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int fd = run(HOLE, rows[i].modifier, &ips_profile_reply);
		struct raw raw = raw_of(fd, 5, 5);
		close(fd);
		check(rows[i].modifier, &raw, rows[i].value, 3, 1.2);
	}
}

/* ---- Printing ---- */

static void
to_press(const double *rgb, cmsUInt32Number intent, cmsUInt32Number flags, double *out)
{
	VipsBlob *blob;
	size_t len;
	double in[3] = { rgb[0] / 255, rgb[1] / 255, rgb[2] / 255 };

	assert_int_equal(vips_profile_load("cmyk", &blob, NULL), 0);
	const void *data = vips_blob_get(blob, &len);
	cmsHPROFILE press = cmsOpenProfileFromMem(data, (cmsUInt32Number)len);
	cmsHPROFILE srgb = cmsCreate_sRGBProfile();
	cmsHTRANSFORM t = cmsCreateTransform(
	    srgb, TYPE_RGB_DBL, press, TYPE_CMYK_DBL, intent, flags | cmsFLAGS_NOOPTIMIZE);
	cmsDoTransform(t, in, out, 1);
	for (int i = 0; i < 4; i++)
		out[i] *= 2.55; /* per cent */
	cmsDeleteTransform(t);
	cmsCloseProfile(press);
	cmsCloseProfile(srgb);
	vips_area_unref(VIPS_AREA(blob));
}

/* The folder of profiles holds one under the name of the published file. */
static void
test_press(void **state)
{
	static const struct {
		const char *modifier;
		bool copy;
		cmsUInt32Number intent, flags;
		bool profile;
	} rows[] = {
		{ "icc=WebCoated&fmt=tif", false, INTENT_RELATIVE_COLORIMETRIC,
		    cmsFLAGS_BLACKPOINTCOMPENSATION, false },
		{ "icc=U.S.%20Web%20Coated%20(SWOP)%20v2&fmt=tif&iccEmbed=1", false,
		    INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION, true },
		{ "icc=USWebCoatedSWOP.icc&fmt=tif", true, INTENT_RELATIVE_COLORIMETRIC,
		    cmsFLAGS_BLACKPOINTCOMPENSATION, true },
		{ "icc=WebCoated,relative,0&fmt=tif", false, INTENT_RELATIVE_COLORIMETRIC, 0,
		    false },
		{ "icc=WebCoated,perceptual&fmt=tif", false, INTENT_PERCEPTUAL, 0, false },
		{ "icc=WebCoated,saturation&fmt=tif", false, INTENT_SATURATION, 0, false },
		{ "icc=WebCoated,absolute&fmt=tif", false, INTENT_ABSOLUTE_COLORIMETRIC, 0, false },
		{ "icc=WebCoated,relative,1,1&fmt=tif", false, INTENT_RELATIVE_COLORIMETRIC,
		    cmsFLAGS_BLACKPOINTCOMPENSATION, false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		double want[4];
		int fd = run(SWATCH, rows[i].modifier,
		    rows[i].copy ? &ips_profile_copy : &ips_profile_reply);
		struct raw raw = raw_of(fd, 20, 20);
		close(fd);
		to_press(swatch, rows[i].intent, rows[i].flags, want);
		check(rows[i].modifier, &raw, want, 4, 2);
		if (raw.profile != rows[i].profile)
			fail_msg("'%s': profile %d", rows[i].modifier, raw.profile);
		if (raw.embedded)
			cmsCloseProfile(raw.embedded);
	}
}

/* What the catalog says where the request is silent. */
static void
test_catalog(void **state)
{
	struct ips_plan_profile source = ips_profile_reply, output = source, press = source;
	double want[4] = { 0 };

	(void)state;
	source.icc_source[IPS_SPACE_RGB] = "AdobeRGB";
	int fd = run(SWATCH, "fmt=png", &source);
	struct raw raw = raw_of(fd, 20, 20);
	close(fd);
	convert(&spaces[ADOBE], &spaces[SRGB], swatch, want);
	check("IccProfileSrcRgb", &raw, want, 3, 1.2);

	/* Without an input profile that of the output holds. */
	output.icc_output[IPS_SPACE_RGB] = "AdobeRGB";
	fd = run(SWATCH, "fmt=png", &output);
	raw = raw_of(fd, 20, 20);
	close(fd);
	check("IccProfileRgb", &raw, swatch, 3, 0);
	fd = run(WIDEPNG, "fmt=png", &output);
	raw = raw_of(fd, 20, 20);
	close(fd);
	convert(&p3, &spaces[ADOBE], wide, want);
	check("IccProfileRgb of P3", &raw, want, 3, 1.2);

	/* One that cannot be found is as if there were none. */
	output.icc_source[IPS_SPACE_RGB] = "missing.icc";
	fd = run(SWATCH, "fmt=png", &output);
	raw = raw_of(fd, 20, 20);
	close(fd);
	check("IccProfileSrcRgb missing", &raw, swatch, 3, 0);

	press.icc_output[IPS_SPACE_CMYK] = "WebCoated";
	press.intent = IPS_INTENT_PERCEPTUAL;
	press.black_point = false;
	fd = run(SWATCH, "fmt=tif,cmyk", &press);
	raw = raw_of(fd, 20, 20);
	close(fd);
	to_press(swatch, INTENT_PERCEPTUAL, 0, want);
	check("IccProfileCmyk", &raw, want, 4, 2);
}

/* Rounding hides what is between two levels; its mean shows when dithered. */
static void
test_dither(void **state)
{
	double want[3], sum[3] = { 0 };
	int width, height, least = 255, most = 0;
	int fd = run(SWATCH, "icc=AdobeRGB,relative,1,1&fmt=png", &ips_profile_reply);
	uint8_t *pixels = golden_pixels(fd, &width, &height);

	(void)state;
	close(fd);
	convert(&spaces[SRGB], &spaces[ADOBE], swatch, want);
	for (int i = 0; i < width * height; i++) {
		for (int c = 0; c < 3; c++)
			sum[c] += pixels[4 * i + c];
		least = MIN(least, pixels[4 * i]), most = MAX(most, pixels[4 * i]);
	}
	g_free(pixels);
	for (int c = 0; c < 3; c++)
		if (fabs(sum[c] / (width * height) - want[c]) > 0.15)
			fail_msg(
			    "mean of %d: %.2f, not %.2f", c, sum[c] / (width * height), want[c]);
	assert_int_equal(most - least, 1);
}

static void
test_faults(void **state)
{
	static const struct {
		const char *modifier;
		enum ips_fault fault;
		const char *says;
	} rows[] = {
		{ "icc=Nowhere", IPS_INVALID_PARAMETER, "icc=Nowhere" },
		{ "icc=", IPS_INVALID_PARAMETER, "icc" },
		{ "icc=sRGB,best", IPS_INVALID_PARAMETER, "best" },
		{ "icc=sRGB,relative,2", IPS_INVALID_PARAMETER, "blackpoint" },
		{ "icc=sRGB,relative,1,2", IPS_INVALID_PARAMETER, "dither" },
		{ "icc=sRGB,relative,1,1,1", IPS_INVALID_PARAMETER, "icc" },
		{ "iccEmbed=2", IPS_INVALID_PARAMETER, "iccEmbed" },
		{ "icc=WebCoatedFogra28&fmt=tif", IPS_UNSUPPORTED, "WebCoatedFOGRA28.icc" },
		{ "icc=WebCoated&fmt=png", IPS_INVALID_PARAMETER, "fmt=png" },
		{ "icc=WebCoated&fmt=webp", IPS_INVALID_PARAMETER, "cmyk" },
		{ "fmt=png,cmyk", IPS_INVALID_PARAMETER, "fmt=png,cmyk" },
		{ "fmt=gif,cmyk", IPS_INVALID_PARAMETER, "cmyk" },
		{ "fmt=webp,gray", IPS_INVALID_PARAMETER, "gray" },
		{ "fmt=png8,gray", IPS_INVALID_PARAMETER, "gray" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { 0 };
		int fd;
		if (golden_run(golden_source(SWATCH), rows[i].modifier, &ips_profile_reply, &fd,
			NULL, &err))
			fail_msg("'%s' was not refused", rows[i].modifier);
		if (err.fault != rows[i].fault || strstr(err.reason, rows[i].says) == NULL)
			fail_msg("'%s': %d %s", rows[i].modifier, err.fault, err.reason);
	}
}

void
test_color(void **state)
{
	test_names(state);
	test_wide(state);
	test_operations_first(state);
	test_kinds(state);
	test_colors(state);
	test_press(state);
	test_catalog(state);
	test_dither(state);
	test_faults(state);
}

/* ---- Profiles for the sources ---- */

static void
save_profile(cmsHPROFILE profile, VipsImage *image)
{
	cmsUInt32Number len = 0;

	assert_true(cmsSaveProfileToMem(profile, NULL, &len));
	void *data = g_malloc(len);
	assert_true(cmsSaveProfileToMem(profile, data, &len));
	vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, data, len);
	g_free(data);
	cmsCloseProfile(profile);
}

void
golden_embed_p3(VipsImage *image)
{
	cmsCIExyY white = { p3.white[0], p3.white[1], 1 };
	cmsCIExyYTRIPLE primaries = { { p3.primaries[0][0], p3.primaries[0][1], 1 },
		{ p3.primaries[1][0], p3.primaries[1][1], 1 },
		{ p3.primaries[2][0], p3.primaries[2][1], 1 } };
	const double srgb[] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };
	cmsToneCurve *curve = cmsBuildParametricToneCurve(NULL, 4, srgb);
	cmsToneCurve *curves[] = { curve, curve, curve };

	save_profile(cmsCreateRGBProfile(&white, &primaries, curves), image);
	cmsFreeToneCurve(curve);
}

void
golden_embed_gray18(VipsImage *image)
{
	cmsToneCurve *curve = cmsBuildGamma(NULL, 1.8);

	save_profile(cmsCreateGrayProfile(cmsD50_xyY(), curve), image);
	cmsFreeToneCurve(curve);
}

char *
golden_profile_folder(void)
{
	char *folder = g_dir_make_tmp("profiles-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(folder, "USWebCoatedSWOP.icc", NULL);
	VipsBlob *blob;
	size_t len;

	if (vips_profile_load("cmyk", &blob, NULL) != 0)
		return folder;
	const void *data = vips_blob_get(blob, &len);
	g_file_set_contents(file, data, (gssize)len, NULL);
	vips_area_unref(VIPS_AREA(blob));
	return folder;
}

void
golden_profile_folder_remove(char *folder)
{
	g_autofree char *file = g_build_filename(folder, "USWebCoatedSWOP.icc", NULL);

	g_unlink(file);
	g_rmdir(folder);
	g_free(folder);
}
