/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* perspective= and perspectiveN=. The corners of the picture go to the points given; its middle
 * goes to where the diagonals of the quadrilateral meet. TRAPEZOID: 50,0 150,0 200,160 0,160, whose
 * diagonals meet at 100,53.3. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#define ROW(source, modifier, w, h, probes, tolerance)                                             \
	{                                                                                          \
		source, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, tolerance  \
	}
#define Q(modifier, probes) ROW(QUAD, modifier, 200, 160, probes, 1)
#define SWATCH_AT(box)      "layer=1&src=SWATCH&perspective=" box
#define BOX                 "50,40,150,40,150,120,50,120"
#define TRAPEZOID           "50,0,150,0,200,160,0,160"
#define T_PROBES                                                                                   \
	"97,50=R 103,50=G 97,57=B 103,57=Y 55,3=R 144,3=G 5,157=B 194,157=Y 20,20=. 180,20=. "     \
	"22,79=. 28,79=B 45,2=. 155,2=."
#define BOX_PROBES "49,80=. 150,80=. 99,39=. 99,120=. 50,40=R 98,78=R 101,78=G 98,81=B 149,119=Y"
#define S          "b4783c"
#define CY         "00ffff"

static const struct golden_row rows[] = {
	Q("perspective=0,0,200,0,200,160,0,160", "0,0=R 99,79=R 100,79=G 99,80=B 199,159=Y"),
	Q("perspective=20,10,220,10,220,170,20,170", "19,80=. 20,9=. 20,10=R 119,89=R 120,90=Y"),
	Q("perspective=" BOX, BOX_PROBES),
	Q("perspective=50.5,40,150,40,150,120,50.5,120", "49,60=. 50,60=ff000080 51,60=R"),
	Q("perspective=50.25,40.5,150,40.5,150,120,50.25,120",
	    "49,60=. 50,60=ff0000bf 60,40=ff000080 51,60=R"),
	Q("perspective=200,0,0,0,0,160,200,160", "0,0=G 199,0=R 0,159=Y 199,159=B"),
	Q("perspective=0,160,200,160,200,0,0,0", "0,0=B 199,0=Y 0,159=R 199,159=G"),
	Q("perspective=200,0,200,160,0,160,0,0", "0,0=B 199,0=R 199,159=G 0,159=Y"),
	Q("perspective=" TRAPEZOID, T_PROBES),
	Q("perspectiveN=0.25,0,0.75,0,1,1,0,1", T_PROBES),
	Q("layer=0&perspective=" TRAPEZOID, T_PROBES),
	Q("perspective=" TRAPEZOID ",R2", T_PROBES),
	Q("perspective=" TRAPEZOID ",R1", T_PROBES),
	Q("perspective=" TRAPEZOID ",R3", T_PROBES),
	Q("perspective=" TRAPEZOID ",R3T0", T_PROBES),
	Q("perspective=" TRAPEZOID ",R3T200", "95,48=R 105,48=G 95,59=B 105,59=Y 20,20=. 28,79=B"),
	Q("perspective=50.4,40,150,40,150,120,50.4,120,R1", "49,60=. 50,60=R 149,60=G"),
	Q("perspective=50.6,40,150,40,150,120,50.6,120,R1", "50,60=. 51,60=R 149,60=G"),
	/* the midlines of a parallelogram stay in the middle: x = 112.5 at y = 40, 87.5 at 120 */
	Q("perspective=50,0,200,0,150,160,0,160", "109,40=R 116,40=G 84,120=B 91,120=Y 10,60=."),
	/* the last of the family (R4) */
	Q("perspectiveN=0,0,1,0,1,1,0,1&perspective=" BOX, BOX_PROBES),
	Q("perspective=0,0,9,0,9,9,0,9&perspectiveN=0.25,0.25,0.75,0.25,0.75,0.75,0.25,0.75",
	    BOX_PROBES),
	/* what comes before it */
	ROW(QUAD, "crop=0,0,100,80&perspective=25,20,75,20,75,60,25,60", 100, 80,
	    "24,40=. 25,20=R 74,59=R 75,40=.", 1),
	Q("size=50,40&perspective=" BOX, BOX_PROBES),
	Q("res=50&perspective=" BOX, BOX_PROBES),
	ROW(QUAD, "scale=0.5&perspective=0,0,50,0,50,40,0,40", 100, 80,
	    "0,0=R 22,17=R 27,22=Y 51,20=.", 2),
	Q("layer=0&flip=lr&perspective=" BOX, "50,40=G 98,78=G 101,78=R 98,81=Y 149,119=B"),
	ROW(QUAD, "rotate=90&perspective=0,0,80,0,80,100,0,100", 160, 200,
	    "2,2=B 77,2=R 77,97=G 2,97=Y 82,50=. 40,102=.", 2),
	/* a square on its tip: its corners are the middles of the sides of 141 by 141 */
	ROW(QUAD, "crop=50,30,100,100&rotate=45&perspective=20,20,120,20,120,120,20,120", 141, 141,
	    "70,21=R 21,70=B 118,70=G 70,118=Y 30,30=. 110,110=.", 2),
	/* what comes after it */
	Q("flip=lr&perspective=20,10,120,10,120,90,20,90",
	    "79,50=. 80,10=G 179,10=R 80,89=Y 180,50=."),
	ROW(QUAD, "extend=10,10,10,10&perspective=0,0,200,0,200,160,0,160", 220, 180,
	    "0,0=R 199,159=Y 201,100=. 100,161=.", 1),
	ROW(QUAD, "extend=10,10,10,10&perspectiveN=0.5,0.5,1,0.5,1,1,0.5,1", 220, 180,
	    "109,100=. 110,90=R 219,179=Y", 1),
	Q("bgColor=00ffff&perspective=" BOX, "0,0=" CY " 49,80=" CY " 50,40=R 199,159=" CY),
	Q("color=00ffff&perspective=" BOX, BOX_PROBES),
	ROW(HOLE, "color=00ffff&perspective=0,0,50,0,50,50,0,50", 100, 100,
	    "2,2=" CY " 25,25=R 47,47=" CY " 60,60=.", 2),
	Q("opac=50&perspective=" BOX, "49,80=. 50,40=ff000080 149,119=ffff0080"),
	Q("op_invert=1&perspective=" BOX, "49,80=. 50,40=" CY " 149,119=B"),
	Q("maskUse=invert&perspective=" BOX, "60,60=. 100,80=."),
	Q("clipPath=M0,0L100,0,100,160,0,160Z&perspective=" BOX, "50,40=R 98,78=R 101,78=."),
	Q("perspective=" BOX "&rotate=180", "50,40=Y 149,119=R"),
	ROW(QUAD, "wid=100&perspective=" TRAPEZOID, 100, 80,
	    "48,24=R 51,24=G 48,29=B 51,29=Y 10,10=. 2,78=B 97,78=Y", 2),
	ROW(QUAD, "rgn=100,40,100,120&perspective=" TRAPEZOID, 100, 120, "3,10=G 3,17=Y 90,5=.", 2),
	ROW(QUAD, "scl=1&rect=90,40,20,40&perspective=" TRAPEZOID, 20, 40,
	    "7,10=R 13,10=G 7,17=B 13,17=Y", 2),
	/* other files */
	ROW(BIG, "wid=200&perspective=500,0,1500,0,2000,1600,0,1600", 200, 160, T_PROBES, 12),
	ROW(EXIF6, "perspective=0,0,80,0,80,100,0,100", 160, 200,
	    "2,2=B 77,2=R 77,97=G 2,97=Y 82,50=.", 10),
	ROW(GRAY, "perspective=10,10,90,10,90,40,10,40", 100, 50, "9,20=. 10,10=646464 90,20=.", 1),
	ROW(CMYK, "perspective=0,0,64,0,64,32,0,32", 64, 64, "10,10=" CY " 50,10=7f7f7f 10,40=.",
	    1),
	ROW(DEEP, "perspective=0,0,256,0,256,32,0,32", 256, 64, "100,10=644e9c 10,40=.", 2),
	{ DEEP, "perspective=0,0,256,0,256,32,0,32", true, 256, 64, IPS_FORMAT_PNG,
	    "100,10=644e9c 10,40=.", 2 },
	{ JQUAD, "perspective=" BOX, true, 200, 160, IPS_FORMAT_JPEG, "20,80=W 60,50=R 140,110=Y",
	    12 },
	{ QUAD, "perspective=" BOX, true, 200, 160, IPS_FORMAT_PNG, "20,80=. 60,50=R 140,110=Y",
	    2 },
	/* other layers: on layer 0, wherever they would stand otherwise */
	Q(SWATCH_AT(BOX), "49,80=B 50,40=" S " 149,119=" S " 150,119=Y 50,39=R"),
	Q("origin=0,0&" SWATCH_AT(BOX) "&origin=7,7&anchor=3,3", "49,80=B 50,40=" S " 149,119=" S),
	Q("layer=1&src=SWATCH&perspectiveN=0.25,0.25,0.75,0.25,0.75,0.75,0.25,0.75",
	    "49,80=B 50,40=" S " 149,119=" S " 150,119=Y 50,39=R"),
	Q(SWATCH_AT(BOX) "&pos=10,20", "59,80=B 60,60=" S " 159,139=" S " 160,139=Y 60,59=R"),
	Q(SWATCH_AT(BOX) "&posN=0.25,0", "99,80=B 100,40=" S " 199,119=" S " 150,39=G"),
	Q(SWATCH_AT("300,40,400,40,400,120,300,120"), "0,0=R 199,159=Y 199,80=Y"),
	Q(SWATCH_AT("300,40,400,40,400,120,300,120") "&pos=-250,0",
	    "49,80=B 50,40=" S " 149,119=" S " 150,119=Y"),
	Q(SWATCH_AT("-50,-60,50,-60,50,60,-50,60"), "0,0=" S " 49,59=" S " 50,30=R 20,60=R"),
	Q(SWATCH_AT(BOX) "&bgColor=00ffff", "0,0=" CY " 50,40=" S " 199,159=" CY),
	Q(SWATCH_AT(BOX) "&size=9,9&opac=50", "50,40=da3c1e 149,119=dabc1e"),
	Q(SWATCH_AT(BOX) "&extend=-60,0,0,0", "59,80=B 60,80=" S " 149,119=" S),
	Q(SWATCH_AT(BOX) "&clipPath=M0,0L100,0,100,160,0,160Z", "50,40=" S " 99,80=" S " 100,80=Y"),
	Q(SWATCH_AT(BOX) "&blendMode=mult", "60,50=b40000 140,110=b47800"),
	Q("layer=1&src=HOLE&perspective=50,30,150,30,150,130,50,130",
	    "60,40=R 120,100=R 130,120=Y 70,110=B"),
	Q("layer=1&src=QUAD&flip=lr&perspective=" BOX, "50,40=G 149,40=R 149,119=B 0,0=R"),
	Q("layer=1&src=QUAD&perspective=" TRAPEZOID "&layer=2&src=SWATCH&size=20,20",
	    "91,50=R 100,80=" S " 20,20=R 188,20=G 22,79=R"),
	Q("layer=1&color=00ffff&size=40,20&perspective=" BOX,
	    "49,80=B 50,40=" CY " 149,119=" CY " 150,119=Y"),
	Q("layer=1&color=00ffff80&size=40,20&perspective=" BOX, "60,50=7f8080 140,110=7fff80"),
	Q("layer=1&color=00ffff&perspective=" BOX "&clipPath=M0,0L100,0,100,160,0,160Z",
	    "50,40=" CY " 99,80=" CY " 100,80=Y"),
	ROW(QUAD, "size=100,80&" SWATCH_AT("0,0,50,0,50,40,0,40"), 100, 80,
	    "0,0=" S " 49,39=" S " 51,41=Y", 2),
	ROW(QUAD, "wid=100&" SWATCH_AT(BOX), 100, 80, "16,45=B 30,25=" S " 70,55=" S " 78,50=Y", 2),
	/* layer 0 moves on its canvas, and what stands on it does not */
	Q("layer=0&perspective=0,0,50,0,50,40,0,40&layer=1&src=SWATCH",
	    "0,0=R 49,39=Y 67,80=. 68,48=" S " 131,111=" S " 132,80=."),
	/* its paths go along */
	ROW(JPATHS, "clipPathE=box&perspective=" BOX, 200, 160,
	    "76,61=R 123,61=G 76,98=B 123,98=Y 73,70=. 127,70=. 90,58=. 90,102=.", 8),
	ROW(JPATHS, "layer=0&clipPathE=box&perspective=" BOX "&layer=1&src=SWATCH&size=9,9", 200,
	    160, "76,61=R 123,98=Y 73,70=. 127,70=. 100,80=" S, 8),
};

static const struct golden_pair pairs[] = {
	{ QUAD, "perspective=0,0,200,0,200,160,0,160", "fmt=png-alpha", 0 },
	{ GRAD, "perspective=0,0,256,0,256,128,0,128", "fmt=png-alpha", 0 },
	{ GRAD, "perspective=256,0,0,0,0,128,256,128", "flip=lr", 0 },
	{ GRAD, "perspective=256,128,0,128,0,0,256,0", "rotate=180", 0 },
	{ GRAD, "perspective=64,32,192,32,192,96,64,96", "size=128,64&extend=64,32,64,32", 2 },
	{ QUAD, "layer=1&src=HALF&perspective=60,40,140,40,140,120,60,120", "layer=1&src=HALF", 0 },
	{ HOLE, "perspective=0,0,100,0,100,100,0,100", "fmt=png-alpha", 0 },
	{ HOLE, "perspective=10,10,80,5,95,90,20,70&bgColor=0000ff",
	    "hide=1&layer=1&color=0000ff&sizeN=1,1&layer=2&src=HOLE"
	    "&perspective=10,10,80,5,95,90,20,70",
	    2 },
	/* looked up for the view, and for the canvas */
	{ GRAD, "wid=128&bgColor=808080&perspective=20,10,240,0,256,120,0,128",
	    "wid=128&bgColor=808080&perspective=20,10,240,0,256,120,0,128"
	    "&layer=1&color=0,0,0,0&size=1,1",
	    24 },
	{ QUAD, "perspective=" TRAPEZOID "&layer=1&src=SWATCH",
	    "perspectiveN=0.25,0,0.75,0,1,1,0,1&layer=1&src=SWATCH", 0 },
};

static const struct golden_refusal refusals[] = {
	{ "perspective=0,0,0,0,200,160,0,160", IPS_INVALID_PARAMETER, "perspective=0,0" },
	{ "perspective=0,0,100,0,200,0,0,160", IPS_INVALID_PARAMETER, "convex" },
	{ "perspective=0,0,100,0,200,0,300,0", IPS_INVALID_PARAMETER, "convex" },
	{ "perspective=0,0,200,160,200,0,0,160", IPS_INVALID_PARAMETER, "convex" },
	{ "perspective=0,0,200,0,50,40,0,160", IPS_INVALID_PARAMETER, "convex" },
	{ "perspectiveN=0,0,1,0,0,0,0,1", IPS_INVALID_PARAMETER, "perspectiveN" },
	{ "perspective=0,0,0,0,0,0,0,0", IPS_INVALID_PARAMETER, "convex" },
	{ "layer=1&src=SWATCH&perspective=0,0,9,9,9,0,0,9", IPS_INVALID_PARAMETER, "convex" },
	{ "perspective=0,0,9,0,9,9,0", IPS_INVALID_PARAMETER, "perspective" },
	{ "perspective=0,0,9,0,9,9,0,9,R4", IPS_INVALID_PARAMETER, "R1" },
	{ "perspective=0,0,9,0,9,9,0,9,r1", IPS_INVALID_PARAMETER, "R1" },
	{ "perspective=0,0,9,0,9,9,0,9,R3T201", IPS_INVALID_PARAMETER, "R3T" },
	{ "perspective=0,0,9,0,9,9,0,9,R3T1.5", IPS_INVALID_PARAMETER, "R3T" },
	{ "perspective=0,0,9,0,9,9,0,9,R3,1", IPS_INVALID_PARAMETER, "perspective" },
};

/* ---- By the formula ---- */

/* u = (a x + b y + c) / (g x + h y + 1), v likewise: eight unknowns of four points, by Gauss and
 * Jordan. */
static void
solve(const double xy[8], const double uv[8], double out[8])
{
	double m[8][9] = { { 0 } };

	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 2; k++) {
			double x = xy[2 * i], y = xy[2 * i + 1], t = uv[2 * i + k];
			double row[9] = { 0, 0, 0, 0, 0, 0, -x * t, -y * t, t };
			row[3 * k] = x, row[3 * k + 1] = y, row[3 * k + 2] = 1;
			for (int j = 0; j < 9; j++)
				m[2 * i + k][j] = row[j];
		}
	for (int p = 0; p < 8; p++) {
		int best = p;
		for (int r = p; r < 8; r++)
			best = fabs(m[r][p]) > fabs(m[best][p]) ? r : best;
		for (int j = 0; j < 9; j++) {
			double t = m[p][j];
			m[p][j] = m[best][j], m[best][j] = t;
		}
		for (int r = 0; r < 8; r++) {
			double f = r == p ? 0 : m[r][p] / m[p][p];
			for (int j = 0; j < 9; j++)
				m[r][j] -= f * m[p][j];
		}
	}
	for (int i = 0; i < 8; i++)
		out[i] = m[i][8] / m[i][i];
}

/* GRAD tells where a pixel came from: red is x, green is 2 y. */
static void
test_formula(void)
{
	static const double source[] = { 0, 0, 256, 0, 256, 128, 0, 128 };
	static const double quads[][8] = { { 30, 10, 240, 0, 256, 120, 0, 100 },
		{ 10, 0, 250, 40, 200, 128, 60, 90 }, { 250, 20, 30, 0, 0, 120, 240, 110 },
		{ 100, 0, 256, 64, 120, 128, 0, 60 }, { -100, -50, 256, 0, 300, 200, 20, 128 } };
	int bad = 0;

	for (size_t i = 0; i < IPS_NELEM(quads); i++) {
		const double *q = quads[i];
		g_autofree char *text = g_strdup_printf("perspective=%g,%g,%g,%g,%g,%g,%g,%g", q[0],
		    q[1], q[2], q[3], q[4], q[5], q[6], q[7]);
		int w, h, seen = 0;
		g_autofree uint8_t *rgba = golden_rgba(GRAD, text, &w, &h);
		double c[8];

		solve(q, source, c);
		for (int at = 0; at < w * h; at++) {
			double x = at % w + 0.5, y = at / w + 0.5, d = c[6] * x + c[7] * y + 1;
			double u = (c[0] * x + c[1] * y + c[2]) / d;
			double v = (c[3] * x + c[4] * y + c[5]) / d;
			const uint8_t *p = rgba + (ptrdiff_t)4 * at;
			bool inside = d > 0 && u > 4 && v > 4 && u < 252 && v < 124;
			bool outside = d <= 0 || u < -12 || v < -12 || u > 268 || v > 140;
			seen += inside;
			bad += outside && p[3] > 0;
			bad += inside && (p[3] != 255 || fabs(p[0] - (u - 0.5)) > 2 ||
					     fabs(p[1] - 2 * (v - 0.5)) > 3 || p[2] != 128);
		}
		assert_true(seen > 2000);
	}
	assert_int_equal(bad, 0);
}

/* Green is stored where HOLE is clear: none of it may be seen, however the edges are mixed. */
static void
test_no_halo(void)
{
	static const char *const modifiers[] = { "perspective=10,10,80,5,95,90,20,70",
		"perspective=0,0,40,5,30,30,0,37", "perspective=-50,-60,180,-20,130,160,-30,120",
		"perspective=10,10,80,5,95,90,20,70,R2",
		"perspective=10,10,80,5,95,90,20,70,R3T50" };

	for (size_t i = 0; i < IPS_NELEM(modifiers); i++) {
		int w, h, seen = 0;
		g_autofree uint8_t *rgba = golden_rgba(HOLE, modifiers[i], &w, &h);

		for (int at = 0; at < 4 * w * h; at += 4) {
			seen += rgba[at + 3] > 0;
			if (rgba[at + 3] > 0 && (rgba[at] < 254 || rgba[at + 1] > 1))
				fail_msg("'%s': %02x%02x%02x%02x", modifiers[i], rgba[at],
				    rgba[at + 1], rgba[at + 2], rgba[at + 3]);
		}
		assert_true(seen > 100);
	}
}

void
test_perspective(void **state)
{
	(void)state;
	golden_check(rows, IPS_NELEM(rows));
	golden_check_pairs(pairs, IPS_NELEM(pairs));
	golden_check_refusals(refusals, IPS_NELEM(refusals));
	test_formula();
	test_no_halo();
}
