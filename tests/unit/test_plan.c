/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Steps and sizes that pixels do not show: what is joined, how far a decoder may reduce, where the
 * anchor goes. Sizes and colours of results are the golden tests' business. */
#include "openips/plan_steps.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

static const struct ips_source photo = { .format = IPS_FORMAT_JPEG,
	.width = 4000,
	.height = 3000,
	.orientation = 1,
	.bits = 8,
	.pages = 1,
	.resolution = 300 };

static bool
make(struct ips_arena *mem, const struct ips_source *source, const char *modifier,
    const struct ips_plan_profile *profile, const struct ips_plan **out, struct ips_error *err)
{
	const struct ips_modifier *request;

	struct ips_objects objects;

	if (!ips_modifier_parse(mem, modifier, &ips_modifier_default_limits, &request, err))
		return false;
	ips_plan_objects(mem, request, &objects);
	for (int i = 0; i < objects.count; i++)
		objects.object[i].source = *source;
	return ips_plan_make(mem, request, &objects, profile, out, err);
}

static void
test_turns(void **state)
{
	static const struct ips_size size = { 40, 30 };
	static const struct ips_rect rect = { 3, 5, 11, 7 };

	(void)state;
	for (int a = 1; a <= 8; a++) {
		assert_int_equal(ips_turn_then(a, ips_turn_inverse(a)), 1);
		assert_int_equal(ips_turn_then(1, a), a);
		struct ips_rect there = ips_turn_rect(a, size, rect);
		struct ips_rect back =
		    ips_turn_rect(ips_turn_inverse(a), ips_turn_size(a, size), there);
		assert_memory_equal(&back, &rect, sizeof(rect));
		for (int b = 1; b <= 8; b++) {
			struct ips_rect one = ips_turn_rect(ips_turn_then(a, b), size, rect);
			struct ips_rect two = ips_turn_rect(b, ips_turn_size(a, size), there);
			assert_memory_equal(&one, &two, sizeof(one));
		}
	}
	assert_int_equal(ips_turn_then(6, 6), 3);
	assert_int_equal(ips_turn_then(2, 4), 3);
	assert_int_equal(ips_turn_then(6, 8), 1);
}

/* The largest power of two not above the factor, halved if it equals the integer part. */
static void
test_shrink(void **state)
{
	static const struct {
		const char *modifier;
		int shrink;
	} rows[] = {
		{ "wid=4000", 1 },
		{ "wid=2100", 1 },
		{ "wid=2000", 1 },
		{ "wid=1500", 1 },
		{ "wid=1300", 2 },
		{ "wid=1000", 2 },
		{ "wid=900", 2 },
		{ "wid=800", 4 },
		{ "wid=500", 4 },
		{ "wid=400", 8 },
		{ "wid=100", 8 },
		{ "wid=10", 8 },
		{ "hei=600&rotate=30", 4 }, /* of 3000 cos + 4000 sin */
		{ "wid=300&rotate=90", 8 },
		{ "size=2000,0&wid=500", 4 },
		{ "crop=0,0,2000,1600&wid=400", 4 },
		{ "crop=8,8,2000,1600&wid=250", 4 },
		{ "crop=3,3,1600,1200&wid=100", 4 }, /* an eighth would be 3 pixels off, of 16 */
		{ "crop=-8,0,1600,1200&wid=100", 1 },
		{ "extend=10,10,10,10&wid=100", 1 },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const struct ips_plan *plan;
		struct ips_error err;
		assert_true(make(mem, &photo, rows[i].modifier, &ips_profile_copy, &plan, &err));
		if (plan->layer[0].shrink != rows[i].shrink)
			fail_msg("%s: %d, not %d", rows[i].modifier, plan->layer[0].shrink,
			    rows[i].shrink);
	}
}

/* Scaled once from as little of the source as will do. */
static void
test_joined(void **state)
{
	static const struct {
		const char *modifier;
		struct ips_rect crop;
		struct ips_size scaled, resized;
	} rows[] = {
		{ "wid=800", { 0, 0, 4000, 3000 }, { 800, 600 }, { 800, 600 } },
		{ "size=2000,0&wid=800", { 0, 0, 4000, 3000 }, { 800, 600 }, { 800, 600 } },
		{ "crop=100,100,1000,500&wid=100", { 100, 100, 1000, 500 }, { 100, 50 },
		    { 100, 50 } },
		{ "rgn=100,100,1000,500&wid=100", { 100, 100, 1000, 500 }, { 100, 50 },
		    { 100, 50 } },
		{ "crop=100,100,1000,500&rgn=10,20,30,40", { 110, 120, 30, 40 }, { 30, 40 },
		    { 30, 40 } },
		{ "extend=-100,-50,-900,-450", { 100, 50, 3000, 2500 }, { 3000, 2500 },
		    { 3000, 2500 } },
		{ "flip=lr&crop=0,0,1000,500", { 0, 0, 1000, 500 }, { 1000, 500 }, { 1000, 500 } },
		{ "flip=lr&rgn=0,0,1000,500", { 3000, 0, 1000, 500 }, { 1000, 500 },
		    { 1000, 500 } },
		{ "rotate=90&wid=300", { 0, 0, 4000, 3000 }, { 400, 300 }, { 300, 400 } },
		/* what was reduced is not to become sharp again */
		/* operations on the layer see it at its own size, those on the view do not */
		{ "layer=0&op_contrast=1&wid=800", { 0, 0, 4000, 3000 }, { 4000, 3000 },
		    { 800, 600 } },
		{ "op_contrast=1&wid=800", { 0, 0, 4000, 3000 }, { 800, 600 }, { 800, 600 } },
		{ "size=40,0&wid=400&fit=fit,1", { 0, 0, 4000, 3000 }, { 40, 30 }, { 400, 300 } },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const struct ips_plan *plan;
		struct ips_error err;
		assert_true(make(mem, &photo, rows[i].modifier, &ips_profile_copy, &plan, &err));
		assert_memory_equal(
		    &plan->layer[0].crop, &rows[i].crop, sizeof(plan->layer[0].crop));
		assert_memory_equal(
		    &plan->layer[0].scaled, &rows[i].scaled, sizeof(plan->layer[0].scaled));
		assert_memory_equal(&plan->resized, &rows[i].resized, sizeof(plan->resized));
	}
}

/* Source pixels before crop and size, moving with every transform (R21). */
static void
test_anchor(void **state)
{
	static const struct {
		const char *modifier;
		double x, y;
	} rows[] = {
		{ "", 2000, 1500 },
		{ "anchor=100,200", 100, 200 },
		{ "anchorN=-0.5,-0.5", 0, 0 },
		{ "anchorN=0.5,0.5", 4000, 3000 },
		{ "anchor=100,200&crop=50,50,1000,1000", 50, 150 },
		{ "anchor=100,200&size=400,0", 10, 20 },
		{ "anchor=100,200&crop=50,50,1000,1000&scale=0.5", 25, 75 },
		{ "anchor=100,200&flip=lr", 3900, 200 },
		{ "layer=0&anchor=100,200&flip=ud", 100, 2800 },
		{ "anchor=100,200&rotate=90", 2800, 100 },
		{ "anchor=100,200&rotate=180", 3900, 2800 },
		{ "anchor=100,200&extend=10,20,0,0", 110, 220 },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const struct ips_plan *plan;
		struct ips_error err;
		assert_true(make(mem, &photo, rows[i].modifier, &ips_profile_copy, &plan, &err));
		if (fabs(plan->layer[0].origin[0] - rows[i].x) > 1e-6 ||
		    fabs(plan->layer[0].origin[1] - rows[i].y) > 1e-6)
			fail_msg("%s: %g,%g", rows[i].modifier, plan->layer[0].origin[0],
			    plan->layer[0].origin[1]);
	}
}

static void
test_identity(void **state)
{
	static const struct {
		const char *modifier;
		bool copy, identity;
	} rows[] = {
		{ "", true, true },
		{ "", false, false },
		{ "scl=1", true, true },
		{ "wid=4000", true, true },
		{ "wid=5000", true, true }, /* R40 */
		{ "wid=5000&fit=fit,1", true, false },
		{ "rotate=720", true, true },
		{ "anchor=1,1", true, true },
		{ "bgc=ff0000", true, true },
		{ "resMode=bicub", true, true },
		{ "fmt=jpeg", true, true },
		{ "fmt=pjpeg", true, false },
		{ "fmt=png", true, false },
		{ "qlt=90", true, false },
		{ "flip=lr", true, false },
		{ "layer=0&flip=lr&layer=comp&flip=lr", true, true },
		{ "wid=3999", true, false },
		{ "rect=0,0,4000,3000", true, true },
		{ "rect=1,0,4000,3000", true, false },
		{ "extend=0,0,0,1", true, false },
		{ "op_invert=0&op_brightness=0", true, true },
		{ "op_invert=1", true, false },
		{ "layer=0&op_contrast=1", true, false },
		{ "opac=100&maskUse=off&hide=0", true, true },
		{ "color=ff0000&bgColor=00ff00", true,
		    true }, /* there is nothing to see them through */
		{ "color=ff0000&opac=50", true, false },
		{ "opac=99", true, false },
		{ "layer=0&opac=100,99", true, false },
		{ "maskUse=invert", true, false },
		{ "hide=1", true, false },
	};
	struct ips_source turned = photo;
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	turned.orientation = 6;
	for (size_t i = 0; i < IPS_NELEM(rows) * 2; i++) {
		const struct ips_plan *plan;
		struct ips_error err;
		const struct ips_source *source = i % 2 ? &turned : &photo;
		assert_true(make(mem, source, rows[i / 2].modifier,
		    rows[i / 2].copy ? &ips_profile_copy : &ips_profile_reply, &plan, &err));
		if (ips_plan_is_identity(plan) != rows[i / 2].identity)
			fail_msg("%s: %d", rows[i / 2].modifier, ips_plan_is_identity(plan));
	}
}

/* What a copy becomes: its own format, or the nearest that holds it. */
static void
test_format_of_copy(void **state)
{
	static const struct {
		enum ips_format from;
		bool alpha;
		int bits;
		enum ips_space space;
		const char *modifier;
		enum ips_format to;
		bool to_alpha;
		int to_bits;
		enum ips_space to_space;
	} rows[] = {
		{ IPS_FORMAT_JPEG, false, 8, IPS_SPACE_CMYK, "", IPS_FORMAT_JPEG, false, 8,
		    IPS_SPACE_CMYK },
		{ IPS_FORMAT_PNG, true, 16, IPS_SPACE_GRAY, "", IPS_FORMAT_PNG, true, 16,
		    IPS_SPACE_GRAY },
		{ IPS_FORMAT_PNG, true, 8, IPS_SPACE_RGB, "&bgc=ff0000", IPS_FORMAT_PNG, false, 8,
		    IPS_SPACE_RGB },
		{ IPS_FORMAT_BMP, false, 8, IPS_SPACE_RGB, "", IPS_FORMAT_PNG, false, 8,
		    IPS_SPACE_RGB },
		{ IPS_FORMAT_HEIC, false, 8, IPS_SPACE_RGB, "", IPS_FORMAT_HEIC, false, 8,
		    IPS_SPACE_RGB },
		{ IPS_FORMAT_HEIC, true, 8, IPS_SPACE_RGB, "", IPS_FORMAT_HEIC, true, 8,
		    IPS_SPACE_RGB },
		{ IPS_FORMAT_TIFF, false, 16, IPS_SPACE_RGB, "&fmt=tif,cmyk", IPS_FORMAT_TIFF,
		    false, 16, IPS_SPACE_CMYK },
		{ IPS_FORMAT_SVG, true, 8, IPS_SPACE_RGB, "", IPS_FORMAT_PNG, true, 8,
		    IPS_SPACE_RGB },
		{ IPS_FORMAT_PDF, false, 8, IPS_SPACE_CMYK, "", IPS_FORMAT_PDF, false, 8,
		    IPS_SPACE_CMYK },
		{ IPS_FORMAT_TIFF, false, 16, IPS_SPACE_CMYK, "&fmt=webp", IPS_FORMAT_WEBP, false,
		    8, IPS_SPACE_RGB },
		{ IPS_FORMAT_TIFF, false, 16, IPS_SPACE_CMYK, "&fmt=tif,rgb", IPS_FORMAT_TIFF,
		    false, 16, IPS_SPACE_RGB },
		{ IPS_FORMAT_TIFF, false, 16, IPS_SPACE_RGB, "&fmt=png8", IPS_FORMAT_PNG, false, 8,
		    IPS_SPACE_RGB },
		{ IPS_FORMAT_GIF, true, 8, IPS_SPACE_RGB, "", IPS_FORMAT_GIF, true, 8,
		    IPS_SPACE_RGB },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_source source = photo;
		const struct ips_plan *plan;
		struct ips_error err;
		source.format = rows[i].from;
		source.alpha = rows[i].alpha;
		source.bits = rows[i].bits;
		source.space = rows[i].space;
		char *modifier = g_strdup_printf("wid=100%s", rows[i].modifier);
		assert_true(make(mem, &source, modifier, &ips_profile_copy, &plan, &err));
		g_free(modifier);
		if (ips_plan_format(plan) != rows[i].to || plan->output.alpha != rows[i].to_alpha ||
		    plan->output.bits != rows[i].to_bits || plan->output.space != rows[i].to_space)
			fail_msg("row %zu: format %d, alpha %d, %d bits, space %d", i,
			    ips_plan_format(plan), plan->output.alpha, plan->output.bits,
			    plan->output.space);
	}
}

/* A background in the space of the output, naively (R26, R35). */
static void
test_background(void **state)
{
	static const struct {
		const char *bgc;
		enum ips_space space;
		uint8_t want[4];
	} rows[] = {
		{ "ff8000", IPS_SPACE_RGB, { 255, 128, 0 } },
		{ "ff8000", IPS_SPACE_GRAY, { 151 } },
		{ "ff8000", IPS_SPACE_CMYK, { 0, 127, 255, 0 } },
		{ "ffffff", IPS_SPACE_CMYK, { 0, 0, 0, 0 } },
		{ "000000", IPS_SPACE_CMYK, { 0, 0, 0, 255 } },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_source source = photo;
		const struct ips_plan *plan;
		struct ips_error err;
		source.space = rows[i].space;
		char *modifier = g_strdup_printf("wid=10&hei=10&bgc=%s", rows[i].bgc);
		assert_true(make(mem, &source, modifier, &ips_profile_copy, &plan, &err));
		g_free(modifier);
		assert_int_equal(plan->output.background.space, rows[i].space);
		assert_memory_equal(plan->output.background.channel, rows[i].want, 4);
	}
}

static void
test_encoding(void **state)
{
	static const struct {
		const char *modifier;
		bool copy;
		int quality;
		bool full, progressive;
	} rows[] = {
		{ "wid=10", true, 95, true, false },
		{ "wid=10", false, 85, false, false },
		{ "qlt=85", true, 85, false, false }, /* R50 */
		{ "qlt=95", true, 95, false, false },
		{ "qlt=60,1", true, 60, true, false },
		{ "qlt=60,0", false, 60, false, false },
		{ "fmt=pjpeg", false, 85, false, true },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const struct ips_plan *plan;
		struct ips_error err;
		assert_true(make(mem, &photo, rows[i].modifier,
		    rows[i].copy ? &ips_profile_copy : &ips_profile_reply, &plan, &err));
		assert_int_equal(plan->output.quality, rows[i].quality);
		assert_int_equal(plan->output.chroma_full, rows[i].full);
		assert_int_equal(plan->output.progressive, rows[i].progressive);
	}
}

static void
test_formats(void **state)
{
	(void)state;
	for (int i = IPS_FORMAT_NONE + 1; i < IPS_FORMAT_COUNT; i++)
		assert_int_equal(
		    ips_format_from_mime(ips_format_info((enum ips_format)i)->mime), i);
	assert_int_equal(ips_format_from_mime("IMAGE/JPG"), IPS_FORMAT_JPEG);
	assert_int_equal(ips_format_from_mime("text/plain"), IPS_FORMAT_NONE);
}

/* Sources and requests that would be more than we take; never a crash, never a negative size. */
static void
test_limits(void **state)
{
	static const struct {
		int width, height, orientation;
		const char *modifier;
		enum ips_fault fault;
	} rows[] = {
		{ 65535, 65535, 1, "wid=10", IPS_LIMIT },
		{ 0, 10, 1, "wid=10", IPS_BROKEN_IMAGE },
		{ 10, 10, 9, "wid=10", IPS_BROKEN_IMAGE },
		{ 10, 10, 1, "scale=1000000", IPS_LIMIT },
		{ 10, 10, 1, "scl=0.0000001", IPS_LIMIT },
		{ 10, 10, 1, "rgn=0,0,1000000,1000000", IPS_LIMIT },
		{ 10, 10, 1, "extend=0,0,90000,90000", IPS_LIMIT },
		{ 10, 10, 1, "extend=0,0,-1000000,0", IPS_INVALID_PARAMETER },
		{ 10, 10, 1, "cropN=0,0,1e8,1e8", IPS_LIMIT },
		{ 10, 10, 1, "wid=10&rect=0,0,10,10,100000", IPS_LIMIT },
		{ 60000, 1, 1, "rotate=45", IPS_LIMIT },
		{ 10, 10, 1, "crop=-1000000,-1000000,10,10", IPS_OK },
		{ 10, 10, 1, "rgn=-1000000,1000000,10,10&wid=20&hei=20&scl=1", IPS_OK },
		{ 10, 10, 1, "wid=10&rect=-1000000,-1000000,10,10", IPS_OK },
		{ 1, 1, 1, "wid=1&hei=1&fit=stretch&rotate=1", IPS_OK },
		{ 10, 10, 1, "scl=1000000", IPS_OK },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_source source = photo;
		const struct ips_plan *plan;
		struct ips_error err = { 0 };
		source.width = rows[i].width;
		source.height = rows[i].height;
		source.orientation = rows[i].orientation;
		bool made = make(mem, &source, rows[i].modifier, &ips_profile_copy, &plan, &err);
		if (made != (rows[i].fault == IPS_OK) || err.fault != rows[i].fault)
			fail_msg("%s: %d %s", rows[i].modifier, err.fault, err.reason);
	}
}

/* Image maps by the formulas of what moves them: a source of 4000 by 3000, whose map is the left
 * half of its top. */
static void
test_areas(void **state)
{
#define HALF         "<area shape=rect coords=\"0,0,2000,1000\">"
#define RECT(coords) "<area shape=rect coords=\"" coords "\">"
	static const struct {
		int orientation;
		const char *modifier, *map, *want; /* want NULL: refused */
	} rows[] = {
		{ 1, "", HALF, RECT("0,0,2000,1000") },
		{ 1, "wid=400", HALF, RECT("0,0,200,100") },
		{ 6, "wid=400", HALF, RECT("0,0,200,100") }, /* coordinates are upright */
		{ 1, "flip=lr", HALF, RECT("2000,0,4000,1000") },
		{ 1, "layer=0&flip=ud", HALF, RECT("0,2000,2000,3000") },
		{ 1, "rotate=90", HALF, RECT("2000,0,3000,2000") },
		{ 1, "rotate=180&wid=40", HALF, RECT("20,20,40,30") },
		{ 1, "rotate=-90", HALF, RECT("0,2000,1000,4000") },
		{ 1, "crop=1000,500,1000,1000", HALF, RECT("0,0,1000,500") },
		{ 1, "cropN=0.5,0.5,0.5,0.5", HALF, "" },
		/* What is cut off does not come back in the margin. */
		{ 1, "crop=1000,0,3000,3000&extend=1000,0,0,0", HALF, RECT("1000,0,2000,1000") },
		{ 1, "extend=100,50,0,0", HALF, RECT("100,50,2100,1050") },
		{ 1, "extend=-1000,0,0,0", HALF, RECT("0,0,1000,1000") },
		{ 1, "scale=0.5", HALF, RECT("0,0,1000,500") },
		{ 1, "rgn=1000,500,500,5000&scl=5", HALF, RECT("0,0,100,100") },
		{ 1, "wid=400&hei=400&fit=fit", HALF, RECT("0,50,200,150") },
		{ 1, "wid=400&hei=400&fit=fit&align=0,-1", HALF, RECT("0,0,200,100") },
		{ 1, "wid=300&hei=300&fit=crop", HALF, RECT("0,0,150,100") },
		{ 1, "wid=400&rect=100,0,300,300", HALF, RECT("0,0,100,100") },
		/* Shapes */
		{ 1, "wid=400", "<area shape=default href=x>",
		    "<area shape=\"rect\" href=x coords=\"0,0,400,300\">" },
		{ 1, "wid=400&hei=400", "<area>", "<area shape=\"rect\" coords=\"0,50,400,350\">" },
		{ 1, "wid=400", "<AREA Shape='Poly' CoOrds='0,0,4000,0,0,3000' nohref/>",
		    "<AREA Shape='Poly' CoOrds=\"0,0,400,0,0,300\" nohref>" },
		{ 1, "crop=0,0,2000,3000", "<area shape=poly coords=0,0,4000,0,0,3000>",
		    "<area shape=poly coords=\"0,0,2000,0,2000,1500,0,3000\">" },
		{ 1, "wid=400",
		    "<area shape=rect coords=\"0,0,1,1\"><area shape=rect coords=4,4,40,44>",
		    RECT("0,0,4,4") },
		{ 1, "wid=4", "<area shape=rect coords=\"2000,1000,0,0\">", RECT("0,0,2,1") },
		{ 1, "rotate=45", "<area shape=rect coords=\"0,0,4000,3000\">",
		    "<area shape=\"poly\" coords=\"2121,0,4950,2829,2829,4950,0,2121\">" },
		/* Maps in the request */
		{ 1, "wid=400&map=%3Carea%20shape=rect%20coords=%220,0,40,30%22%3E", HALF,
		    RECT("0,0,4,3") },
		{ 1, "wid=400&layer=0&map=%3Carea%20shape=rect%20coords=%220,0,40,30%22%3E", HALF,
		    RECT("0,0,4,3") },
		{ 1, "rotate=90&layer=0&map=%3Carea%20shape=rect%20coords=%220,0,40,30%22%3E", HALF,
		    RECT("0,0,40,30") },
		{ 1, "rotate=90&layer=0&mapA=%3Carea%20shape=rect%20coords=%220,0,40,30%22%3E",
		    HALF, RECT("2970,0,3000,40") },
		{ 1, "layer=0&map=&mapA=%3Carea%3E", HALF, "" },
		{ 1, "map=", HALF, "" },
		{ 1, "layer=0&map=%3Carea%20a=1%3E&layer=comp&map=%3Carea%20a=2%3E&wid=400", HALF,
		    "<area a=1 shape=\"rect\" coords=\"0,0,400,300\">"
		    "<area a=2 shape=\"rect\" coords=\"0,0,400,300\">" },
		/* What is no map */
		{ 1, "", "<area shape=circle coords=1,2,3>", NULL },
		{ 1, "", "<area shape=rect coords=1,2,3>", NULL },
		{ 1, "", "<area shape=rect coords=1,2,3,4%>", NULL },
		{ 1, "", "<area shape=poly coords=1,2,3,4>", NULL },
		{ 1, "", "<area shape=poly coords=1,2,3,4,5,6,7>", NULL },
		{ 1, "", "<area", NULL },
		{ 1, "", "<areas>", NULL },
		{ 1, "", "<area a=\"x>", NULL },
		{ 1, "", "<area =x>", NULL },
		{ 1, "", "<area> and", NULL },
		{ 1, "map=%3Cmap%3E", NULL, NULL },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_source source = photo;
		const struct ips_modifier *request;
		const struct ips_plan *plan;
		struct ips_areas areas;
		struct ips_error err = { 0 };

		source.orientation = rows[i].orientation;
		assert_true(make(mem, &source, rows[i].modifier, &ips_profile_copy, &plan, &err));
		assert_true(ips_modifier_parse(mem, rows[i].modifier, NULL, &request, &err));
		bool done = ips_plan_areas(mem, request, plan, &rows[i].map, &areas, &err);
		const char *got = done ? ips_areas_html(mem, &areas) : NULL;
		if (done != (rows[i].want != NULL) || (done && strcmp(got, rows[i].want) != 0))
			fail_msg("%s, %s: %s\n%s", rows[i].modifier, rows[i].map, got, err.reason);
		if (!done)
			assert_int_equal(err.fault, IPS_INVALID_PARAMETER);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_areas),
		cmocka_unit_test(test_turns), cmocka_unit_test(test_shrink),
		cmocka_unit_test(test_joined), cmocka_unit_test(test_anchor),
		cmocka_unit_test(test_identity), cmocka_unit_test(test_format_of_copy),
		cmocka_unit_test(test_background), cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_formats), cmocka_unit_test(test_limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
