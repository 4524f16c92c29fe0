/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A plan and its copy in one block. Whether a picture comes out the same is the golden tests'
 * business: all of them render from such a block. */
#include "openips/plan_pack.h"
#include "openips/plan_steps.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static const struct ips_source_path paths[] = {
	{ "Path 1", false, { 0.1, 0.2, 0.8, 0.9 } },
	{ "Path 2", true, { 0 } },
};
static const struct ips_source photo = { .format = IPS_FORMAT_JPEG,
	.width = 4000,
	.height = 3000,
	.orientation = 1,
	.bits = 8,
	.profile = true,
	.pages = 1,
	.resolution = 300,
	.paths = IPS_NELEM(paths),
	.path = paths };

static const uint8_t profile_bytes[] = "the bytes of a profile, as long as they are";
static const struct ips_icc profiles[] = {
	{ "sRGB", IPS_SPACE_RGB, profile_bytes, 20 },
	{ "Paper|Paper.icc", IPS_SPACE_CMYK, profile_bytes, sizeof(profile_bytes) },
	{ "Missing", IPS_SPACE_GRAY, NULL, 0 },
};
static const struct ips_icc_list list = { profiles, IPS_NELEM(profiles) };
static const struct ips_font own_fonts[] = { { "Headline", "DejaVu Serif" },
	{ "Small", "DejaVu Sans" } };
static const struct ips_fonts fonts = { "Headline", true, own_fonts, IPS_NELEM(own_fonts) };

static bool
measure(const struct ips_text *text, struct ips_text_facts *out, struct ips_error *err)
{
	(void)text;
	(void)err;
	*out = (struct ips_text_facts){ .size = { 120, 40 }, .ink = { 0, 0, 120, 40 } };
	return true;
}

static const struct ips_plan *
make(struct ips_arena *mem, const char *modifier)
{
	struct ips_plan_profile profile = ips_profile_reply;
	const struct ips_modifier *request;
	const struct ips_plan *plan;
	struct ips_objects objects;
	struct ips_error err = { .fault = IPS_OK };

	profile.icc = &list;
	profile.fonts = &fonts;
	profile.measure = measure;
	if (!ips_modifier_parse(mem, modifier, &ips_modifier_default_limits, &request, &err))
		fail_msg("%s: %s", modifier, err.reason);
	ips_plan_objects(mem, request, &objects);
	for (int i = 0; i < objects.count; i++) {
		objects.object[i].source = photo;
		if (objects.object[i].nested == NULL)
			continue;
		objects.object[i].plan = make(mem, objects.object[i].nested->query);
		objects.object[i].first = objects.count;
		ips_plan_result(objects.object[i].plan, &objects.object[i].source);
	}
	if (!ips_plan_make(mem, request, &objects, &profile, &plan, &err))
		fail_msg("%s: %s", modifier, err.reason);
	return plan;
}

/* Together they lead to every pointer of the tables. */
static const char *const modifiers[] = {
	"",
	"wid=800",
	"icc=Paper&fmt=tif,cmyk",
	"icc=Paper&fmt=tif,cmyk&iccEmbed=1&bgc=20,30,40",
	"clipPath=M,10,10,L,90,10,L,90,90,Z&wid=100",
	"clipPathE=Path%201&pathEmbed=1&fmt=jpeg",
	"layer=1&src=other&mask=third&pos=10,10&blendMode=mult&opac=40",
	"effect=-1&color=ff0000&pos=4,4&op_blur=8&layer=1&src=a&effect=-1&color=00ff00",
	"layer=1&text=%7B%5Crtf1%5Cansi%5Cf0%5Cfs40%20Hello%20%5Cb%20you%5Cpar%20there%7D"
	"&size=200,100",
	"layer=1&textPs=%7B%5Crtf1%5Cansi%20along%7D&textPath=M,0,0,L,200,0&size=200,100",
	"layer=1&textPs=%7B%5Crtf1%5Cansi%20flow%7D&textFlowPath=M,0,0,L,200,0,L,200,90,Z&size=200,"
	"100",
	"src=is%7Bother?wid=300&clipPath=M,1,1,L,9,1,L,9,9,Z%7D&layer=1&src=is%7Bmore%7D",
};

static void
test_copy_is_equal(void **state)
{
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(modifiers); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		const struct ips_plan *plan = make(mem, modifiers[i]), *copy;
		g_autoptr(GByteArray) block = ips_plan_pack(plan);

		copy = ips_plan_unpack(block->data, block->len);
		if (copy == NULL || !ips_plan_equal(plan, copy))
			fail_msg("'%s' is not what it was", modifiers[i]);
		for (int n = 0; n < copy->layers; n++)
			assert_null(copy->layer[n].asked);
		for (int n = 0; n < copy->objects.count; n++)
			assert_null(copy->objects.object[n].nested);
	}
}

/* Of what it was made from nothing is left: the sanitizer sees who looks there. */
static void
test_copy_stands_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(modifiers); i++) {
		struct ips_arena *mem = ips_arena_new();
		const struct ips_plan *plan = make(mem, modifiers[i]);
		g_autoptr(GByteArray) one = ips_plan_pack(plan), other = ips_plan_pack(plan);

		ips_arena_free(mem);
		if (!ips_plan_equal(ips_plan_unpack(one->data, one->len),
			ips_plan_unpack(other->data, other->len)))
			fail_msg("'%s' hangs on what it was made from", modifiers[i]);
	}
}

static void
test_differences_are_seen(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(modifiers); i++)
		for (size_t n = 0; n < i; n++)
			assert_false(
			    ips_plan_equal(make(mem, modifiers[i]), make(mem, modifiers[n])));

	/* What lies behind pointers, one deeper than the other. */
	struct ips_plan *plan = (struct ips_plan *)(uintptr_t)make(mem, modifiers[2]);
	g_autoptr(GByteArray) block = ips_plan_pack(plan);
	const struct ips_plan *copy = ips_plan_unpack(block->data, block->len);
	const struct ips_icc *icc = copy->output.profile.icc;
	assert_non_null(icc);
	((char *)(uintptr_t)icc->data)[icc->len - 1] ^= 1;
	assert_false(ips_plan_equal(plan, copy));
	((char *)(uintptr_t)icc->data)[icc->len - 1] ^= 1;
	assert_true(ips_plan_equal(plan, copy));
	((char *)(uintptr_t)copy->objects.object[0].source.path[1].name)[0] = 'Q';
	assert_false(ips_plan_equal(plan, copy));
}

/* Equal pointers mean equal profiles to render. */
static void
test_shared_stays_shared(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_plan *plan = (struct ips_plan *)(uintptr_t)make(mem, "wid=10");

	(void)state;
	plan->rgb = plan->color_source[0] = plan->working_profile.icc = &profiles[0];
	plan->color_output[2] = plan->output.profile.icc = &profiles[1];
	g_autoptr(GByteArray) block = ips_plan_pack(plan);
	const struct ips_plan *copy = ips_plan_unpack(block->data, block->len);
	assert_ptr_equal(copy->rgb, copy->color_source[0]);
	assert_ptr_equal(copy->rgb, copy->working_profile.icc);
	assert_ptr_equal(copy->color_output[2], copy->output.profile.icc);
	assert_ptr_not_equal(copy->rgb, copy->output.profile.icc);
}

static void
test_other_blocks_are_refused(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_plan *plan = make(mem, modifiers[5]);

	(void)state;
	g_autoptr(GByteArray) whole = ips_plan_pack(plan);
	for (guint len = 0; len < whole->len; len += 7) {
		g_autofree char *part = g_memdup2(whole->data, len);
		assert_null(ips_plan_unpack(part, len));
	}
	/* Magic, length, root, count of pointers. */
	for (size_t at = 0; at < 32; at += 8) {
		g_autofree char *bent = g_memdup2(whole->data, whole->len);
		memset(bent + at, 0xff, 8);
		assert_null(ips_plan_unpack(bent, whole->len));
	}
	assert_non_null(ips_plan_unpack(whole->data, whole->len));
	assert_null(ips_plan_unpack(whole->data, whole->len)); /* its places are pointers now */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_is_equal),
		cmocka_unit_test(test_copy_stands_alone),
		cmocka_unit_test(test_differences_are_seen),
		cmocka_unit_test(test_shared_stays_shared),
		cmocka_unit_test(test_other_blocks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
