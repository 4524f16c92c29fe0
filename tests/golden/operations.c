/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The op_ commands. GRAD at x,y is (x, 2y, 128). */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

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

void
test_operations(void **state)
{
	(void)state;
	golden_check(point_rows, IPS_NELEM(point_rows));
	golden_check(tint_rows, IPS_NELEM(tint_rows));
}
