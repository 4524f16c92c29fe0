/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The op_ commands. GRAD at x,y is (x, 2y, 128). */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <unistd.h>

#define V(source, modifier, w, h, probes)                                                          \
	{                                                                                          \
		source, modifier "&fmt=png", false, w, h, IPS_FORMAT_PNG, probes, 1                \
	}
#define A(source, modifier, w, h, probes)                                                          \
	{                                                                                          \
		source, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, 1          \
	}
#define C(source, modifier, w, h, format, probes)                                                  \
	{                                                                                          \
		source, modifier, true, w, h, IPS_FORMAT_##format, probes, 1                       \
	}
#define G(modifier, probes) V(GRAD, modifier, 256, 128, probes)

static const struct golden_row point_rows[] = {
	/* 255 - v */
	G("op_invert=1", "10,20=f5d77f 255,127=00017f 0,0=ffff7f"),
	G("op_invert=0", "10,20=0a2880"),
	/* v + 255 adj / 200 */
	G("op_brightness=20", "10,20=244299 250,20=ff4299"),
	G("op_brightness=-20", "10,20=000e66"),
	G("op_brightness=100", "10,20=89a7ff 200,100=ffffff"),
	G("op_brightness=-100", "10,20=000000 200,100=484800"),
	/* 127.5 + (v - 127.5)(1 + adj / 100) */
	G("op_contrast=-100", "0,0=808080 10,20=808080 255,127=808080"),
	G("op_contrast=50", "200,50=ec5680 10,20=000080"),
	G("op_contrast=100", "200,50=ff4880"),
	G("op_contrast=-50", "200,50=a47280"),
	/* luma + (v - luma)(1 + adj / 100); the luma of (200, 100, 128) is 133.1 */
	G("op_saturation=-100", "200,50=858585 10,20=292929"),
	G("op_saturation=-50", "200,50=a77583"),
	G("op_saturation=100", "200,50=ff437b"),
	G("op_colorbalance=100,0,-50", "100,50=e46440"),
	G("op_colorbalance=-100,20,100", "100,50=007eff"),
	/* the order is fixed: (255, 50, 114) after brightness, then contrast */
	G("op_contrast=50&op_brightness=20", "100,20=7c22a6"),
	G("op_invert=1&op_brightness=20", "10,20=dcbe66"),
	/* a view: what lies around the picture is not touched */
	V(QUAD, "op_invert=1&wid=100&hei=100", 100, 100,
	    "50,4=W 25,30=00ffff 75,30=ff00ff 50,95=W"),
	V(QUAD, "op_invert=1&extend=10,20,30,40", 240, 220, "9,100=W 10,20=00ffff 211,100=W"),
	V(QUAD, "op_invert=1&rgn=-50,-40,100,80", 100, 80, "10,10=W 51,41=00ffff"),
	V(QUAD, "op_invert=1&rotate=45", 255, 255, "2,2=W 127,90=00ffff"),
	V(QUAD, "layer=0&op_invert=1&rotate=45", 255, 255, "2,2=W 127,90=00ffff"),
	V(QUAD, "layer=0&op_invert=1&layer=comp&op_invert=1&wid=100", 100, 80, "25,20=R"),
	/* alpha is left alone */
	A(HOLE, "op_invert=1", 100, 100, "50,50=00ffff 10,10=."),
	V(HOLE, "op_invert=1", 100, 100, "50,50=00ffff 10,10=W"),
	A(HALF, "op_invert=1", 80, 80, "40,40=ffff0080"),
	V(HALF, "op_invert=1", 80, 80, "40,40=ffff7f"),
	/* gray, 16 bits, CMYK */
	C(GRAY, "op_brightness=20", 100, 50, PNG, "50,25=7e7e7e"),
	C(GRAY, "op_saturation=100", 100, 50, PNG, "50,25=646464"),
	C(GRAY, "op_invert=1", 100, 50, PNG, "50,25=9b9b9b"),
	C(GRAY, "op_colorbalance=100,0,0", 100, 50, PNG, "50,25=e46464"),
	V(GRAY, "op_colorbalance=100,0,0", 100, 50, "50,25=e46464"),
	C(GRAD, "op_colorbalance=100,0,0&fmt=png,gray", 256, 128, PNG, "100,50=8d8d8d"),
	C(DEEP, "op_invert=1", 256, 64, PNG, "50,32=cdb163"),
	C(DEEP, "op_brightness=20", 256, 64, PNG, "50,32=4b67b5"),
	V(CMYK, "op_invert=1", 64, 64, "16,32=ff0000 48,32=808080"),
	V(CMYK, "op_saturation=-100", 64, 64, "16,32=b3b3b3 48,32=7f7f7f"),
	C(CMYK, "op_saturation=-100", 64, 64, TIFF, "16,32=b3b3b3 48,32=7f7f7f"),
};

/* Hues by the usual formulas of HSB; lumas 133.1, 41.06, 230.2 at the three points, of all:
 * from 14.6 to 239.9 with the median at 127.3. */
static const struct golden_row tint_rows[] = {
	G("op_hue=60", "200,50=c8ac64 10,20=620a80"),
	G("op_hue=-60", "200,50=ac64c8 10,20=0a8062"),
	G("op_hue=90", "200,50=b2c864 10,20=800a63"),
	G("op_hue=180", "200,50=64c8ac 10,20=80620a"),
	G("op_hue=-180", "200,50=64c8ac 10,20=80620a"),
	G("op_hue=-137", "200,50=649cc8 10,20=49800a"),
	V(QUAD, "op_hue=120", 200, 160, "50,40=G 150,40=B 50,120=R 150,120=00ffff"),
	V(GRAY, "op_hue=120", 100, 50, "50,25=646464"),
	C(GRAY, "op_hue=120", 100, 50, PNG, "50,25=646464"),
	A(HALF, "op_hue=120", 80, 80, "40,40=ff000080"),
	C(CMYK, "op_hue=180", 64, 64, TIFF, "16,32=ff0000 48,32=7f7f7f"),
	C(DEEP, "op_hue=180", 256, 64, PNG, "0,32=9c4e00"),
	/* twice the luma, then from the color to white */
	G("op_colorize=a0b0c0,off", "200,50=a4b3c3 10,20=34393e 250,120=edf0f3 0,0=121416"),
	G("op_colorize=255,0,0,off", "200,50=ff0b0b 10,20=520000 250,120=ffcdcd"),
	G("op_colorize=a0b0c0,off,70", "200,50=a4b3c3 10,20=34393e"),
	G("op_colorize=a0b0c0", "200,50=a4b4c3 10,20=34393e 250,120=edf0f3"),
	G("op_colorize=a0b0c0,norm,50", "200,50=a2b2c2 10,20=636d77 250,120=cbd4dd"),
	G("op_colorize=a0b0c0,norm,100", "200,50=a5b4c3 10,20=26292d 250,120=f7f8fa"),
	V(GRAD, "op_colorize=160,176,192,norm&rect=200,50,10,10", 10, 10, "0,0=a4b4c3"),
	/* a quarter each of 76.2, 149.7, 29.1, 225.9 */
	V(QUAD, "op_colorize=a0b0c0", 200, 160,
	    "50,40=444b51 150,40=a0b0c0 50,120=090a0a "
	    "150,120=d9dfe6"),
	/* one luma only, which is the median; what is clear does not count */
	A(HOLE, "op_colorize=a0b0c0", 100, 100, "50,50=a0b0c0 10,10=."),
	C(GRAY, "op_colorize=a0b0c0,off", 100, 50, PNG, "50,25=7d8a97"),
	C(GRAY, "op_colorize=a0b0c0", 100, 50, PNG, "50,25=a0b0c0"),
	C(CMYK, "op_colorize=a0b0c0,off", 64, 64, TIFF, "16,32=c6d0d9"),
	/* after brightness, before invert */
	G("op_colorize=a0b0c0,off&op_brightness=-100&op_invert=1", "10,20=ffffff"),
};

/* A Gaussian over an edge leaves, t pixels from it, Phi(t / sigma) of what is on the other side;
 * sigma of op_blur is half the radius, the middle of a pixel half a pixel from the edge; for a
 * small sigma, half of what a pixel weighs itself is missing instead. Contrast
 * brings 0 and 255 to 64 and 191, so that nothing is cut off. */
static const struct golden_row sharp_rows[] = {
	V(QUAD, "op_blur=10", 200, 160, "100,10=758a00 105,10=23dc00 90,10=f80700 50,10=R 0,0=R"),
	V(QUAD, "op_blur=10", 200, 160, "50,80=75008a 150,80=8aff00 100,79=7f8a36"),
	V(QUAD, "op_blur=2", 200, 160, "99,10=b24d00 100,10=4db200 104,10=G"),
	V(QUAD, "op_blur=40", 200, 160, "100,10=7d8200 120,10=27d800 79,10=d92600 10,0=R"),
	V(QUAD, "op_blur=40", 200, 160, "50,80=7d0082 50,100=2802d7 0,60=d5002a"),
	V(QUAD, "op_blur=20&wid=100", 100, 80, "45,5=cf3000 55,5=23dc00 20,5=R"),
	V(QUAD, "op_blur=100&rect=0,0,1,1", 1, 1, "0,0=eb060e"),
	V(QUAD, "op_contrast=-50&op_usm=1,2", 200, 160,
	    "100,10=0df240 99,10=f20d40 103,10=3bc440 96,10=c43b40 50,10=bf4040 120,10=40bf40"),
	V(QUAD, "op_contrast=-50&op_usm=1,2,60", 200, 160, "100,10=40bf40 99,10=bf4040"),
	V(QUAD, "op_contrast=-50&op_usm=1,2,40", 200, 160, "100,10=0df240 101,10=40bf40"),
	V(QUAD, "op_contrast=-50&op_usm=0.5,2", 200, 160, "100,10=27d940 99,10=d92740"),
	V(QUAD, "op_contrast=-50&op_usm=1,2,0,1", 200, 160, "100,10=4fce4f 99,10=b03131"),
	V(QUAD, "op_contrast=-50&op_usmR=1,2,0,0", 200, 160, "100,10=0df240 103,10=3bc440"),
	V(QUAD, "op_contrast=-50&op_usm=1,40", 200, 160, "110,10=0df13e 70,10=df233c"),
	V(QUAD, "op_contrast=-50&op_sharpen=1", 200, 160,
	    "100,10=22dd40 99,10=dd2240 110,10=40bf40"),
	V(QUAD, "layer=0&op_contrast=-50&op_usm=1,2", 200, 160, "100,10=0df240 99,10=f20d40"),
	/* blurred first, whatever the order given */
	V(QUAD, "op_usm=1,0.2&op_blur=10", 200, 160, "100,10=758a00"),
	/* what lies around the picture is no part of it */
	V(QUAD, "op_blur=20&wid=100&hei=100", 100, 100, "25,9=W 25,10=R 75,89=Y 75,90=W"),
	V(QUAD, "op_usm=5,5&wid=100&hei=100", 100, 100, "25,9=W 25,10=R 75,89=Y 75,90=W"),
	V(QUAD, "layer=0&extend=40,40,40,40&op_blur=10&bgc=000000", 280, 240,
	    "40,60=8a0000 35,60=2f0000 60,60=R"),
	/* hidden colours stay hidden, visible ones do not darken */
	A(HOLE, "op_blur=10", 100, 100, "25,50=ff00008a 20,50=ff00002f 50,50=R 5,5=."),
	V(HOLE, "op_blur=10", 100, 100, "25,50=ff7575 20,50=ffd0d0 50,50=R 5,5=W"),
	A(HOLE, "op_blur=60", 100, 100, "50,50=ff00005a"),
	A(HOLE, "op_usm=2,3", 100, 100, "25,50=R 24,50=. 50,50=R 5,5=."),
	A(HOLE, "op_sharpen=1", 100, 100, "25,50=R 24,50=."),
	A(HALF, "op_usm=5,3", 80, 80, "0,0=0000ff80 40,40=0000ff80"),
	A(HALF, "op_blur=30", 80, 80, "0,0=0000ff80 40,40=0000ff80"),
	/* gray, 16 bits, CMYK */
	C(DEEP, "op_blur=10", 256, 64, PNG, "50,32=324e9c 200,0=c84e9c"),
	C(DEEP, "op_usm=2,5", 256, 64, PNG, "50,32=324e9c 200,0=c84e9c"),
	C(DEEP, "op_blur=40", 256, 64, PNG, "100,32=644e9c"),
	V(CMYK, "op_blur=4", 64, 64, "16,32=00ffff 32,32=4cb2b2 48,32=7f7f7f"),
	C(CMYK, "op_usm=1,2,0,1", 64, 64, TIFF, "10,32=00ffff 55,32=7f7f7f"),
};

/* A disc: half a pixel more than the radius from its middle, so that along the axes it reaches as
 * far as the radius says. GRAD grows by what it rises over the radius. */
static const struct golden_row grow_rows[] = {
	V(QUAD, "op_grow=5", 200, 160, "94,10=R 95,10=Y 104,10=Y 105,10=G 50,10=R 0,0=R"),
	V(QUAD, "op_grow=5", 200, 160, "50,74=R 50,75=ff00ff 50,84=ff00ff 50,85=B"),
	V(QUAD, "op_grow=-5", 200, 160, "94,10=R 95,10=K 104,10=K 105,10=G 0,0=R 199,159=Y"),
	V(QUAD, "op_grow=1", 200, 160, "98,10=R 99,10=Y 100,10=Y 101,10=G"),
	V(QUAD, "op_grow=100", 200, 160, "0,5=W 199,159=W 100,80=W"),
	V(QUAD, "op_grow=-100", 200, 160, "100,80=K 0,0=K"),
	G("op_grow=5", "100,50=696e80 255,50=ff6e80 100,127=69fe80"),
	G("op_grow=-5", "100,50=5f5a80 0,50=005a80 100,0=5f0080"),
	V(GRAD, "op_grow=5&wid=128", 128, 64, "50,30=6a8380"),
	V(GRAD, "op_grow=-5&wid=128", 128, 64, "50,30=606f80"),
	V(GRAD, "layer=0&op_grow=5&size=128,0", 128, 64, "50,30=6f8d80"),
	A(HOLE, "op_grow=10", 100, 100, "15,50=R 14,50=. 18,18=R 17,17=. 50,50=R 5,5=."),
	A(HOLE, "op_grow=-10", 100, 100, "34,50=. 35,50=R 35,35=R 64,64=R 65,50=. 50,50=R"),
	V(HOLE, "op_grow=10", 100, 100, "15,50=R 14,50=W 17,17=W"),
	A(HALF, "op_grow=7", 80, 80, "0,0=0000ff80 40,40=0000ff80"),
	A(HALF, "op_grow=-7", 80, 80, "0,0=0000ff80 40,40=0000ff80"),
	V(QUAD, "op_grow=3&wid=100&hei=100", 100, 100, "25,9=W 25,10=R"),
	C(DEEP, "op_grow=5", 256, 64, PNG, "50,32=374e9c"),
	C(GRAY, "op_grow=9", 100, 50, PNG, "50,25=646464"),
	V(CMYK, "op_grow=4", 64, 64, "27,32=00ffff 28,32=7fffff 35,32=7fffff 36,32=7f7f7f"),
	C(CMYK, "op_grow=4", 64, 64, TIFF, "27,32=00ffff 28,32=7fffff 36,32=7f7f7f"),
	/* grown, then blurred; alpha is no business of noise */
	V(QUAD, "op_blur=10&op_grow=20", 200, 160, "120,10=75ff00 79,10=ff7500"),
	A(HOLE, "op_noise=50", 100, 100, "10,10=. 24,50=."),
	V(QUAD, "op_noise=100&wid=100&hei=100", 100, 100, "25,9=W 75,91=W"),
};

/* Over one gray: how far the colours go at most, how much they deviate, and whether the three
 * components of a pixel go together. */
static const struct noise_row {
	enum golden_source source;
	const char *modifier;
	bool copy;
	double mean, most, deviation;
	bool together;
} noise_rows[] = {
	{ QUAD, "op_contrast=-100&op_noise=20&fmt=png", false, 127.5, 51.5, 29.44, false },
	{ QUAD, "op_contrast=-100&op_noise=20,uniform,1&fmt=png", false, 127.5, 51.5, 29.44, true },
	{ QUAD, "op_contrast=-100&op_noise=10,gaussian&fmt=png", false, 127.5, 89, 25.5, false },
	{ QUAD, "op_contrast=-100&op_noise=10,gaussian,1&fmt=png", false, 127.5, 89, 25.5, true },
	{ QUAD, "op_contrast=-100&op_noise=1&fmt=png", false, 127.5, 3.1, 1.5, false },
	{ GRAY, "op_noise=20&fmt=png", false, 100, 51.5, 29.44, true },
	{ GRAY, "op_noise=20", true, 100, 51.5, 29.44, true },
	{ GRAY, "layer=0&op_noise=10,gaussian", true, 100, 89, 25.5, true },
	{ GRAY, "op_colorbalance=0,0,0&op_noise=20&fmt=png", false, 100, 51.5, 29.44, true },
	{ GRAY, "op_colorize=808080&op_noise=20&fmt=png", false, 128, 51.5, 29.44, false },
};

static bool
is_noise(const struct noise_row *row, const uint8_t *pixels, int count)
{
	double sum = 0, squares = 0, most = 0;
	bool together = true;

	for (int i = 0; i < 4 * count; i += 4) {
		for (int b = 0; b < 3; b++) {
			double d = pixels[i + b] - row->mean;
			sum += d, squares += d * d, most = fmax(most, fabs(d));
		}
		together &= pixels[i] == pixels[i + 1] && pixels[i] == pixels[i + 2];
	}
	double mean = sum / (3 * count), deviation = sqrt(squares / (3 * count) - mean * mean);
	if (fabs(mean) < 1.2 && fabs(deviation / row->deviation - 1) < 0.04 && most <= row->most &&
	    most > row->most * 0.6 && together == row->together)
		return true;
	print_error("'%s': %+.2f, deviates by %.2f, %.1f at most, together %d\n", row->modifier,
	    mean, deviation, most, together);
	return false;
}

static void
check_noise(void)
{
	for (size_t i = 0; i < IPS_NELEM(noise_rows); i++) {
		const struct noise_row *row = &noise_rows[i];
		struct ips_error err = { 0 };
		int fd, width, height;
		assert_true(golden_run(golden_source(row->source), row->modifier,
		    row->copy ? &ips_profile_copy : &ips_profile_reply, &fd, NULL, &err));
		uint8_t *pixels = golden_pixels(fd, &width, &height);
		assert_true(is_noise(row, pixels, width * height));
		g_free(pixels);
		close(fd);
	}
}

void
test_operations(void **state)
{
	(void)state;
	golden_check(point_rows, IPS_NELEM(point_rows));
	golden_check(tint_rows, IPS_NELEM(tint_rows));
	golden_check(sharp_rows, IPS_NELEM(sharp_rows));
	golden_check(grow_rows, IPS_NELEM(grow_rows));
	check_noise();
}
