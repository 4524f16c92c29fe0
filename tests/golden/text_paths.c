/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text along paths: where a letter stands and how it is turned follows from the path alone. And the
 * bounds of what a text may ask for. */
#include "text_ink.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define CIRCLE /* of radius 60 around 100,100, from its top on clockwise */                        \
	"M100,40C133.137,40,160,66.863,160,100C160,133.137,133.137,160,100,160"                    \
	"C66.863,160,40,133.137,40,100C40,66.863,66.863,40,100,40Z"
#define SQUARE "M50,50L150,50,150,150,50,150"

/* One letter, 20 points high, in a layer of 200 by 200: the point of the path it stands on, moved
 * by so many halves of its width the way it runs, and its turn. */
static const struct {
	const char *rtf, *path, *attributes;
	double x, y, halves;
	int degrees;
} rows[] = {
	{ "", "M20,100L180,100", "norm", 20, 100, 1, 0 },
	{ "\\qr", "M20,100L180,100", "norm", 180, 100, -1, 0 },
	{ "\\qc", "M20,100L180,100", "norm", 100, 100, 0, 0 },
	{ "", "M20,100L180,100", "norm,0.25", 60, 100, 1, 0 },
	{ "", "M20,100L180,100", "norm,0.25,1", 60, 100, 1, 0 },
	{ "\\qr", "M20,100L180,100", "norm,0,0.5", 100, 100, -1, 0 },
	{ "\\qc", "M20,100L180,100", "norm,0.5,1", 140, 100, 0, 0 },
	{ "\\li400", "M20,100L180,100", "norm", 40, 100, 1, 0 },
	{ "\\qr\\ri400", "M20,100L180,100", "norm", 160, 100, -1, 0 },
	{ "", "M20,100L180,100", "reverse", 180, 100, 1, 180 },
	{ "", "M20,100L180,100", "reverse,0.25", 140, 100, 1, 180 },
	{ "", "M180,100L20,100", "norm", 180, 100, 1, 180 },
	{ "", "M100,20L100,180", "norm", 100, 20, 1, 90 },
	{ "\\qc", "M100,180L100,20", "norm", 100, 100, 0, 270 },
	{ "", "m20,60l160,0", "norm", 20, 60, 1, 0 },
	{ "", "m20,60m0,40l160,0", "norm", 20, 100, 1, 0 },
	/* around corners */
	{ "\\qr", "M20,40L100,40L100,180", "norm", 100, 180, -1, 90 },
	{ "\\qc", "M20,40L60,40L60,180", "norm", 60, 90, 0, 90 },
	/* closed by Z alone */
	{ "\\qr", SQUARE, "norm", 50, 150, -1, 180 },
	{ "\\qr", SQUARE "Z", "norm", 50, 50, -1, 270 },
	{ "\\qc", SQUARE "z", "norm,0.75,1", 50, 100, 0, 270 },
	{ "\\qc", SQUARE "Z", "norm,0.75,1.5", 100, 50, 0, 0 },
	{ "\\qc", SQUARE "Z", "reverse,0,0.25", 50, 100, 0, 90 },
	/* what has no room on one is on the next */
	{ "", "M0,0L1,0M20,100L180,100", "norm", 20, 100, 1, 0 },
	{ "\\qr", "M0,0L1,0M20,100L180,100M0,0L200,0", "norm", 180, 100, -1, 0 },
	/* a circle */
	{ "\\qc", CIRCLE, "norm,0,0.5", 160, 100, 0, 90 },
	{ "\\qc", CIRCLE, "norm,0.25,0.75", 100, 160, 0, 180 },
	{ "\\qc", CIRCLE, "norm,0.5,1", 40, 100, 0, 270 },
	{ "\\qc", CIRCLE, "norm,0.75,1.25", 100, 40, 0, 0 },
	{ "\\qc", CIRCLE, "reverse,0,0.5", 40, 100, 0, 90 },
	{ "\\qc", CIRCLE, "reverse,0.25,0.75", 100, 160, 0, 0 },
};

/* A corner of the letter, around the point below its middle, turned by right angles. */
static void
turn(double x, double y, int degrees, struct golden_box *box)
{
	static const int cosine[] = { 1, 0, -1, 0 }, sine[] = { 0, 1, 0, -1 };
	int c = cosine[degrees / 90], s = sine[degrees / 90];
	double to_x = x * c - y * s, to_y = x * s + y * c;

	box->left = fmin(box->left, to_x), box->right = fmax(box->right, to_x);
	box->top = fmin(box->top, to_y), box->bottom = fmax(box->bottom, to_y);
}

void
test_text_paths(void **state)
{
	struct golden_said said = golden_pango("DejaVu Sans", 20, "L");
	double middle = said.width / 2;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		static const int cosine[] = { 1, 0, -1, 0 }, sine[] = { 0, 1, 0, -1 };
		g_autofree char *modifier =
		    g_strdup_printf("size=200,200&textPs=%s\\fs40%%20L&textPath=%s&pathAttr=%s",
			rows[i].rtf, rows[i].path, rows[i].attributes);
		struct golden_box want = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };
		double along = rows[i].halves * middle;
		double x = rows[i].x + along * cosine[rows[i].degrees / 90];
		double y = rows[i].y + along * sine[rows[i].degrees / 90];

		for (int n = 0; n < 4; n++)
			turn((n & 1 ? said.ink.left : said.ink.right) - middle,
			    (n & 2 ? said.ink.top : said.ink.bottom) - said.baseline,
			    rows[i].degrees, &want);
		want.left += x, want.right += x, want.top += y, want.bottom += y;
		golden_check_ink(modifier, want);
	}
}

static char *
repeated(const char *before, const char *piece, int count, const char *after)
{
	GString *out = g_string_new(before);

	for (int i = 0; i < count; i++)
		g_string_append(out, piece);
	g_string_append(out, after);
	return g_string_free(out, FALSE);
}

/* What is one too many of each is refused, and said so. */
void
test_text_limits(void **state)
{
	static const struct {
		const char *before, *piece, *after;
		int most;
		const char *says;
	} limits[] = {
		{ "size=9999,9&text=", "x", "", 16384, "more than 16384 characters" },
		{ "size=9999,9&textPs=", "x", "", 16384, "more than 16384 characters" },
		{ "size=9,9&text=x", "y", "", 3463, "too long for a box" },
		{ "size=9,9&text=x", "\\par%20x", "", 499, "more than 500 paragraphs" },
		{ "size=9,9&text=x", "{\\b%20x}y", "", 999, "more than 2000 changes of style" },
		{ "size=9,9&textPs=x&textPath=M0,0L9,9", ",1,2", "", 4998, "5000 points" },
		{ "size=9,9&textPs=x&textFlowPath=M0,0L9,9", ",1,2", "", 4998, "5000 points" },
		{ "size=9,9&textPs=x&textFlowPath=M0,0L9,9,9,0&textFlowXPath=M0,0L9,9", ",1,2", "",
		    4998, "5000 points" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++)
		for (int more = 0; more < 2; more++) {
			g_autofree char *modifier = repeated(limits[i].before, limits[i].piece,
			    limits[i].most + more, limits[i].after);
			struct ips_error err = { 0 };
			int fd;
			bool done = golden_run(
			    golden_source(QUAD), modifier, &ips_profile_copy, &fd, NULL, &err);

			if (done)
				close(fd);
			if (done == (more > 0) ||
			    (more > 0 && (err.fault != IPS_LIMIT ||
					     strstr(err.reason, limits[i].says) == NULL)))
				fail_msg("%.40s, %d times: %s", limits[i].before,
				    limits[i].most + more, done ? "drawn" : err.reason);
		}
}

/* On a canvas of 250 by 200, whose middle is where layers are placed: where the text "Ham" begins
 * its base line (BASE) or its rectangle (TOP), moved by so many of its widths and heights. */
enum from { BASE, TOP, BOX };
static const struct {
	const char *modifier;
	enum from from;
	double x, y, widths, heights;
} anchors[] = {
	{ "textPs=\\fs40%20Ham", BASE, 125, 100, 0, 0 },
	{ "textPs=\\qr\\fs40%20Ham", BASE, 125, 100, -1, 0 },
	{ "textPs=\\qc\\fs40%20Ham", BASE, 125, 100, -0.5, 0 },
	{ "textPs=\\fs40%20Ham&pos=10,-20", BASE, 135, 80, 0, 0 },
	{ "textPs=\\fs40%20Ham&posN=-0.5,0.25", BASE, 0, 150, 0, 0 },
	{ "textPs=\\fs40%20Ham&anchor=0,0", TOP, 125, 100, 0, 0 },
	{ "textPs=\\fs40%20Ham&origin=0,0", TOP, 125, 100, 0, 0 },
	{ "textPs=\\fs40%20Ham&anchorN=0,0", TOP, 125, 100, -0.5, -0.5 },
	{ "textPs=\\fs40%20Ham&originN=0.5,0.5", TOP, 125, 100, -1, -1 },
	{ "text=\\fs40%20Ham", TOP, 125, 100, -0.5, -0.5 },
	{ "text=\\fs40%20Ham&anchor=0,0", TOP, 125, 100, 0, 0 },
	{ "text=\\fs40%20Ham&pos=-20,30", TOP, 105, 130, -0.5, -0.5 },
	{ "size=100,60&text=\\fs40%20Ham", TOP, 75, 70, 0, 0 },
	/* an empty text is a pixel high, and shows nothing */
	{ "textPs={}&size=10,0&layer=2&text=\\fs40%20Ham", TOP, 125, 100, -0.5, -0.5 },
	{ "sizeN=0.4,0.3&text=\\fs40%20Ham", TOP, 75, 70, 0, 0 },
	{ "size=100,60&textPs=\\fs40%20Ham", BOX, 75, 70, 0, 0 },
	{ "size=100,60&textPs=\\fs40%20Ham&anchor=0,0", BOX, 125, 100, 0, 0 },
	/* a path has its own 0,0 there, however much text there is */
	{ "textPs=\\fs40%20Ham&textPath=M0,0L100,0", BASE, 125, 100, 0, 0 },
	{ "textPs=\\fs40%20Ham&textPath=M-100,50L100,50", BASE, 25, 150, 0, 0 },
	{ "textPs=\\qr\\fs40%20Ham&textPath=M-100,50L100,50", BASE, 225, 150, -1, 0 },
	{ "size=100,60&textPs=\\fs40%20Ham&textPath=M0,50L100,50", BASE, 75, 120, 0, 0 },
	{ "textPs=\\fs40%20Ham&textFlowPath=M0,0L100,0,100,60,0,60Z", BOX, 125, 100, 0, 0 },
	{ "textPs=\\fs40%20Ham&textFlowPath=M-90,-80L100,-80,100,60,-90,60Z", BOX, 35, 20, 0, 0 },
	{ "size=100,60&textPs=\\fs40%20Ham&textFlowPath=M10,10L90,10,90,60,10,60Z", BOX, 85, 80, 0,
	    0 },
	/* a layer that is as large as its path */
	{ "text=\\fs40%20Ham&clipPath=M0,0L90,0,90,90,0,90Z", TOP, 125, 100, 0, 0 },
	{ "text=\\fs40%20Ham&clipPath=M-9,-9L90,-9,90,90,-9,90Z&pos=-50,-50", TOP, 66, 41, 0, 0 },
	{ "textPs=\\fs40%20Ham&clipPath=M-9,-40L90,-40,90,40,-9,40Z", BOX, 116, 60, 0, 0 },
	{ "text=\\fs40%20Ham&clipPath=M0,0L90,0,90,90,0,90Z&origin=90,90", TOP, 35, 10, 0, 0 },
};

void
test_text_anchors(void **state)
{
	struct golden_said said = golden_pango("DejaVu Sans", 20, "Ham");
	double lead = golden_pango("DejaVu Sans", 20, "d").ink.top;
	const double up[] = { [BASE] = said.baseline, [TOP] = 0, [BOX] = lead };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(anchors); i++) {
		g_autofree char *modifier =
		    g_strdup_printf("layer=0&size=250,200&opac=0&layer=1&%s", anchors[i].modifier);
		double x = anchors[i].x + anchors[i].widths * said.width;
		double y = anchors[i].y + anchors[i].heights * said.height - up[anchors[i].from];

		golden_check_ink(modifier, (struct golden_box){ x + said.ink.left, y + said.ink.top,
					       x + said.ink.right, y + said.ink.bottom });
	}
}
