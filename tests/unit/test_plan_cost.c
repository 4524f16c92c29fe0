/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a render is reckoned to hold: little where pixels flow, all of them where they cannot. */
#include "openips/plan_steps.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define MIB (INT64_C(1) << 20)

static const struct ips_source jpeg = { .format = IPS_FORMAT_JPEG,
	.width = 12000,
	.height = 8000,
	.orientation = 1,
	.bits = 8,
	.pages = 1 };

static int64_t
cost_of(struct ips_source source, const char *modifier)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_modifier *request;
	const struct ips_plan *plan;
	struct ips_objects objects;
	struct ips_error err = { .fault = IPS_OK };

	if (!ips_modifier_parse(mem, modifier, &ips_modifier_default_limits, &request, &err))
		fail_msg("%s: %s", modifier, err.reason);
	ips_plan_objects(mem, request, &objects);
	for (int i = 0; i < objects.count; i++)
		objects.object[i].source = source;
	if (!ips_plan_make(mem, request, &objects, &ips_profile_copy, &plan, &err))
		fail_msg("%s: %s", modifier, err.reason);
	return ips_plan_cost(plan);
}

/* 96 megapixels: 288 MB of samples. */
static void
test_costs(void **state)
{
	struct ips_source progressive = jpeg, png = jpeg, deep = jpeg, webp = jpeg, turned = jpeg;

	progressive.progressive = true;
	png.format = deep.format = IPS_FORMAT_PNG;
	deep.bits = 16;
	deep.alpha = deep.progressive = true;
	webp.format = IPS_FORMAT_WEBP;
	turned.orientation = 6;

	const struct {
		const char *what;
		struct ips_source source;
		const char *modifier;
		int64_t least, most; /* MiB */
	} rows[] = {
		{ "nothing to do", jpeg, "", 1, 40 },
		{ "a small copy", jpeg, "wid=800", 10, 60 },
		{ "of a PNG", png, "wid=800", 10, 60 },
		{ "of a progressive JPEG", progressive, "wid=800", 500, 700 },
		{ "of an interlaced PNG of 16 bits with alpha", deep, "wid=800", 700, 900 },
		{ "of a WebP", webp, "wid=800&fmt=jpeg", 250, 400 },
		{ "upright by a quarter turn", turned, "wid=800", 10, 60 },
		{ "all of it on its side", jpeg, "rotate=90&scl=1", 300, 1200 },
		{ "all of it as PNG", jpeg, "fmt=png&scl=1", 250, 500 },
		{ "all of it as AVIF", jpeg, "fmt=avif&scl=1", 1500, 4000 },
		{ "turned a little", jpeg, "rotate=3&scl=4&bgc=ffffff", 30, 200 },
		{ "two pictures, one on the other", jpeg, "size=4000,0&layer=1&src=b&size=4000,0",
		    80, 400 },
		{ "two progressive ones", progressive,
		    "wid=800&layer=1&src=b&size=100,100", 1100, 1700 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int64_t cost = cost_of(rows[i].source, rows[i].modifier) / MIB;

		if (cost < rows[i].least || cost > rows[i].most)
			fail_msg("%s: %d MiB, not %d to %d", rows[i].what, (int)cost,
			    (int)rows[i].least, (int)rows[i].most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_costs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
