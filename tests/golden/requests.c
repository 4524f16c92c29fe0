/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Pictures that req= makes something else of: thumbnails and masks. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#define V(source, modifier, w, h, probes)                                                          \
	{                                                                                          \
		source, modifier "&fmt=png", false, w, h, IPS_FORMAT_PNG, probes, 1                \
	}
#define C(source, modifier, w, h, format, probes)                                                  \
	{                                                                                          \
		source, modifier, true, w, h, IPS_FORMAT_##format, probes, 3                       \
	}

static const struct golden_row rows[] = {
	/* 200x160 into 100x100: 100x80 in the middle */
	V(QUAD, "req=tmb", 100, 100, "50,4=W 25,30=R 75,30=G 25,70=B 75,70=Y 50,95=W"),
	V(QUAD, "req=tmb&bgc=00ffff", 100, 100, "50,4=00ffff 25,30=R"),
	V(QUAD, "req=tmb&align=0,-1", 100, 100, "25,20=R 50,95=W 25,60=B"),
	V(QUAD, "req=tmb&wid=300&hei=300", 300, 300, "150,20=W 75,90=R 225,210=Y 150,280=W"),
	/* what is not said comes from DefaultThumbPix */
	V(QUAD, "req=tmb&wid=50", 50, 100, "25,28=W 12,40=R 37,40=G 12,60=B 37,60=Y 25,72=W"),
	V(QUAD, "req=tmb&hei=40", 100, 40, "23,20=W 37,10=R 62,10=G 37,30=B 62,30=Y 77,20=W"),
	V(QUAD, "req=tmb&scl=4", 50, 40, "12,10=R 37,30=Y"),
	V(QUAD, "req=tmb&wid=50&hei=50&dpr=on,2", 100, 100, "50,4=W 25,30=R 75,70=Y"),
	/* the composite is of that size, too: the region's upper 10 of 80 rows are clear (R43) */
	V(QUAD, "req=tmb&rgn=0,0,100,80", 100, 100, "50,4=W 50,15=W 25,40=R 75,40=G 25,95=B"),
	V(QUAD, "req=tmb&extend=0,50,0,0", 100, 100, "14,50=W 50,37=W 35,48=R 65,48=G 35,80=B"),
	V(QUAD, "req=tmb&layer=1&color=ff00ff&size=20,20", 100, 100,
	    "38,45=R 42,42=ff00ff 57,57=ff00ff 62,55=Y"),
	V(QUAD, "req=tmb&rotate=90", 100, 100, "4,50=W 30,25=B 70,25=R 30,75=Y 70,75=G 95,50=W"),
	V(QUAD, "req=tmb&wid=100&hei=100&rect=50,0,50,100", 50, 100, "25,4=W 25,30=G 25,70=Y"),
	/* the rectangle of layer 0, the picture in its middle, as large as fits into the view */
	V(QUAD, "req=tmb&size=80,0", 100, 100, "50,4=W 25,30=R 75,70=Y 50,95=W"),
	V(QUAD, "req=tmb&size=80,40", 100, 100,
	    "50,22=W 15,50=W 30,35=R 70,35=G 30,65=B 70,65=Y 85,50=W 50,78=W"),
	V(QUAD, "req=tmb&size=300,300&wid=60&hei=60", 60, 60,
	    "30,3=W 15,15=R 45,15=G 15,45=B 45,45=Y 30,57=W"),
	V(QUAD, "req=tmb&crop=0,0,100,80&size=50,50", 100, 100, "50,5=W 50,50=R 50,95=W"),
	V(QUAD, "req=tmb&size=80,40&align=-1,0", 100, 100,
	    "50,22=W 15,35=R 45,35=G 15,65=B 45,65=Y 70,50=W 50,78=W"),
	V(QUAD, "req=tmb&wid=100&hei=50&rotate=90", 100, 50,
	    "28,25=W 40,12=B 60,12=R 40,37=Y 60,37=G"),
	/* the rectangle of the view, the picture at its resolution; 100 dpi */
	V(QUAD, "req=tmb&res=25", 100, 100,
	    "23,50=W 37,40=R 62,40=G 37,60=B 62,60=Y 50,28=W 77,50=W"),
	V(QUAD, "req=tmb&res=25&align=-1,-1", 100, 100, "12,10=R 37,30=Y 52,20=W 25,42=W"),
	V(QUAD, "req=tmb&res=200", 100, 100, "2,2=R 97,2=G 2,97=B 97,97=Y"),
	V(QUAD, "req=tmb&scale=0.25&wid=80&hei=60", 80, 60,
	    "13,30=W 27,20=R 52,20=G 27,40=B 52,40=Y 67,30=W"),
	V(QUAD, "req=tmb&res=25&bgc=0000ff", 100, 100, "23,50=B 37,40=R"),
	{ HOLE, "req=tmb&fmt=png-alpha", false, 100, 100, IPS_FORMAT_PNG, "50,50=R 10,10=.", 1 },
	{ QUAD, "req=tmb&fmt=png-alpha", false, 100, 100, IPS_FORMAT_PNG, "50,4=. 25,30=R", 1 },
	{ QUAD, "req=tmb", false, 100, 100, IPS_FORMAT_JPEG, "50,1=W 25,30=R", 6 },
	{ QUAD, "req=tmb&fmt=gif&quantize=web,off", false, 100, 100, IPS_FORMAT_GIF,
	    "50,4=W 25,30=R 75,70=Y", 1 },
	V(QUAD, "req=tmb&crop=0,0,100,80", 100, 100, "50,50=R 50,4=W"),
	V(QUAD, "req=img", 200, 160, "50,40=R"),
	C(QUAD, "req=tmb", 100, 100, PNG, "25,30=R 75,70=Y"),

	V(HOLE, "req=mask", 100, 100, "50,50=W 10,10=000000"),
	V(HALF, "req=mask", 80, 80, "40,40=808080"),
	V(HALF, "req=mask&bgc=ff0000", 80, 80, "40,40=808080"),
	V(QUAD, "req=mask&bgc=ff0000&wid=100&hei=100", 100, 100,
	    "50,4=000000 50,50=W 50,95=000000"),
	V(QUAD, "req=mask&extend=10,0,0,0&op_invert=1", 210, 160, "4,80=000000 14,80=W"),
	{ HALF, "req=mask&fmt=png-alpha", false, 80, 80, IPS_FORMAT_PNG, "40,40=808080ff", 1 },
	{ HALF, "req=mask&fmt=png,rgb", false, 80, 80, IPS_FORMAT_PNG, "40,40=808080", 1 },
	{ HALF, "req=mask", false, 80, 80, IPS_FORMAT_JPEG, "40,40=808080", 2 },
	C(HOLE, "req=mask", 100, 100, PNG, "50,50=W 10,10=000000"),
	C(JQUAD, "req=mask", 200, 160, JPEG, "50,50=W"),
};

/* The types of thumbnail that are not the usual one: 200x160 into 100x100. */
static const struct thumb_row {
	enum ips_thumb_type type;
	double h, v, resolution;
	int x, y;
	uint8_t want[3];
	const char *more;
} thumb_rows[] = {
	/* 125x100, cut on both sides alike */
	{ IPS_THUMB_CROP, 0, 0, 72, 45, 2, { 255, 0, 0 }, "" },
	{ IPS_THUMB_CROP, 0, 0, 72, 55, 97, { 255, 255, 0 }, "" },
	{ IPS_THUMB_CROP, -1, 0, 72, 57, 2, { 255, 0, 0 }, "" },
	{ IPS_THUMB_CROP, 1, 0, 72, 43, 2, { 0, 255, 0 }, "" },
	{ IPS_THUMB_FIT, 0, 1, 72, 25, 10, { 1, 2, 3 }, "" },
	{ IPS_THUMB_FIT, 0, 1, 72, 25, 97, { 0, 0, 255 }, "" },
	/* the source has 100 dpi: half is 100x80; a quarter: 50x40; double, the middle of 400x320
	 */
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 25, 12, { 255, 0, 0 }, "" },
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 25, 5, { 1, 2, 3 }, "" },
	{ IPS_THUMB_TEXTURE, -1, -1, 25, 40, 10, { 0, 255, 0 }, "" },
	{ IPS_THUMB_TEXTURE, -1, -1, 25, 60, 10, { 1, 2, 3 }, "" },
	{ IPS_THUMB_TEXTURE, 0, 0, 200, 2, 2, { 255, 0, 0 }, "" },
	{ IPS_THUMB_TEXTURE, 0, 0, 200, 97, 97, { 255, 255, 0 }, "" },
	/* a rectangle of 80x40, filled by 80x64 of the picture, that fills the view with 200x100 */
	{ IPS_THUMB_CROP, 0, 0, 72, 2, 2, { 255, 0, 0 }, "&size=80,40" },
	{ IPS_THUMB_CROP, 0, 0, 72, 47, 47, { 255, 0, 0 }, "&size=80,40" },
	{ IPS_THUMB_CROP, 0, 0, 72, 53, 47, { 0, 255, 0 }, "&size=80,40" },
	{ IPS_THUMB_CROP, 0, 0, 72, 97, 97, { 255, 255, 0 }, "&size=80,40" },
	{ IPS_THUMB_CROP, 1, 0, 72, 2, 2, { 0, 255, 0 }, "&size=80,40" },
	/* 100x80 at half resolution, cut to the rectangle, which stands in the view as it is */
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 5, 50, { 1, 2, 3 }, "&size=80,40" },
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 50, 27, { 1, 2, 3 }, "&size=80,40" },
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 12, 32, { 255, 0, 0 }, "&size=80,40" },
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 87, 67, { 255, 255, 0 }, "&size=80,40" },
};

static void
check_thumb(const struct thumb_row *row)
{
	struct ips_plan_profile profile = ips_profile_reply;
	g_autofree char *modifier = g_strconcat("req=tmb&fmt=png", row->more, NULL);
	struct ips_error err = { 0 };
	int fd, width, height;

	profile.thumb.type = row->type;
	profile.thumb.h = row->h;
	profile.thumb.v = row->v;
	profile.thumb.resolution = row->resolution;
	profile.thumb.background =
	    (struct ips_color){ .space = IPS_SPACE_RGB, .channel = { 1, 2, 3 }, .alpha = 255 };
	if (!golden_run(golden_source(QUAD), modifier, &profile, &fd, NULL, &err))
		fail_msg("%s (%s)", err.reason, err.detail);
	uint8_t *pixels = golden_pixels(fd, &width, &height);
	const uint8_t *at = pixels + 4 * (row->y * 100 + row->x);
	assert_int_equal(width, 100);
	assert_int_equal(height, 100);
	for (int i = 0; i < 3; i++)
		if (abs(at[i] - row->want[i]) > 1)
			fail_msg("type %d at %d,%d: %02x%02x%02x", row->type, row->x, row->y, at[0],
			    at[1], at[2]);
	g_free(pixels);
	close(fd);
}

void
test_requests(void **state)
{
	(void)state;
	golden_check(rows, IPS_NELEM(rows));
	for (size_t i = 0; i < IPS_NELEM(thumb_rows); i++)
		check_thumb(&thumb_rows[i]);
}
