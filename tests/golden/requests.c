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
	V(QUAD, "req=tmb&wid=50", 50, 40, "12,10=R 37,30=Y"),
	V(QUAD, "req=tmb&hei=40", 50, 40, "12,10=R 37,30=Y"),
	V(QUAD, "req=tmb&scl=4", 50, 40, "12,10=R 37,30=Y"),
	V(QUAD, "req=tmb&size=80,0", 80, 64, "20,16=R 60,48=Y"),
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
} thumb_rows[] = {
	/* 125x100, cut on both sides alike */
	{ IPS_THUMB_CROP, 0, 0, 72, 45, 2, { 255, 0, 0 } },
	{ IPS_THUMB_CROP, 0, 0, 72, 55, 97, { 255, 255, 0 } },
	{ IPS_THUMB_CROP, -1, 0, 72, 57, 2, { 255, 0, 0 } },
	{ IPS_THUMB_CROP, 1, 0, 72, 43, 2, { 0, 255, 0 } },
	{ IPS_THUMB_FIT, 0, 1, 72, 25, 10, { 1, 2, 3 } },
	{ IPS_THUMB_FIT, 0, 1, 72, 25, 97, { 0, 0, 255 } },
	/* the source has 100 dpi: half is 100x80; a quarter: 50x40; double, the middle of 400x320
	 */
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 25, 12, { 255, 0, 0 } },
	{ IPS_THUMB_TEXTURE, 0, 0, 50, 25, 5, { 1, 2, 3 } },
	{ IPS_THUMB_TEXTURE, -1, -1, 25, 40, 10, { 0, 255, 0 } },
	{ IPS_THUMB_TEXTURE, -1, -1, 25, 60, 10, { 1, 2, 3 } },
	{ IPS_THUMB_TEXTURE, 0, 0, 200, 2, 2, { 255, 0, 0 } },
	{ IPS_THUMB_TEXTURE, 0, 0, 200, 97, 97, { 255, 255, 0 } },
};

static void
check_thumb(const struct thumb_row *row)
{
	struct ips_plan_profile profile = ips_profile_reply;
	struct ips_error err = { 0 };
	int fd, width, height;

	profile.thumb.type = row->type;
	profile.thumb.h = row->h;
	profile.thumb.v = row->v;
	profile.thumb.resolution = row->resolution;
	profile.thumb.background =
	    (struct ips_color){ .space = IPS_SPACE_RGB, .channel = { 1, 2, 3 }, .alpha = 255 };
	if (!golden_run(golden_source(QUAD), "req=tmb&fmt=png", &profile, &fd, NULL, &err))
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
