/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Any text through parser and planner: a fault that can be shown, or a plan within the limits that
 * its canonical form gives again. */
#include "target.h"
#include "openips/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEED(condition, text) ((condition) ? (void)0 : broken(#condition, text))

static void
broken(const char *condition, const char *text)
{
	fprintf(stderr, "%s does not hold for: %s\n", condition, text);
	abort();
}

static const struct ips_source sources[] = {
	{ .format = IPS_FORMAT_JPEG,
	    .width = 4000,
	    .height = 3000,
	    .orientation = 6,
	    .bits = 8,
	    .pages = 1,
	    .resolution = 72 },
	{ .format = IPS_FORMAT_PNG,
	    .width = 1,
	    .height = 7,
	    .orientation = 1,
	    .bits = 16,
	    .alpha = true,
	    .pages = 1 },
	{ .format = IPS_FORMAT_TIFF,
	    .width = 300,
	    .height = 200,
	    .orientation = 1,
	    .bits = 8,
	    .space = IPS_SPACE_CMYK,
	    .profile = true,
	    .pages = 2,
	    .resolution = 299.9 },
};

static bool
can_be_shown(const char *text)
{
	if (*text == '\0' || !ips_utf8_valid(text, strlen(text)))
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static const struct ips_plan *
plan(struct ips_arena *mem, const struct ips_modifier *modifier, const struct ips_source *source,
    const struct ips_plan_profile *profile, const char *text)
{
	const struct ips_plan *out = NULL;
	struct ips_error err = { .fault = IPS_OK };
	struct ips_objects objects;

	ips_plan_objects(mem, modifier, &objects);
	for (int i = 0; i < objects.count; i++)
		objects.object[i].source = *source;
	if (ips_plan_make(mem, modifier, &objects, profile, &out, &err))
		return out;
	NEED(err.fault != IPS_OK && err.fault != IPS_INTERNAL, text);
	NEED(can_be_shown(err.reason), text);
	return NULL;
}

static void
check_plan(struct ips_arena *mem, const struct ips_modifier *first,
    const struct ips_modifier *second, const struct ips_source *source,
    const struct ips_plan_profile *profile, const char *text)
{
	const struct ips_plan *a = plan(mem, first, source, profile, text);
	const struct ips_plan *b = plan(mem, second, source, profile, text);

	NEED((a == NULL) == (b == NULL), text);
	if (a == NULL)
		return;
	struct ips_size size = ips_plan_size(a), again = ips_plan_size(b);
	NEED(size.width >= 1 && size.height >= 1, text);
	NEED((int64_t)size.width * size.height <= profile->max_pixels, text);
	NEED(size.width == again.width && size.height == again.height, text);
	NEED(ips_plan_format(a) == ips_plan_format(b), text);
	NEED(ips_plan_is_identity(a) == ips_plan_is_identity(b), text);
	NEED(!first->empty || !profile->copy || ips_plan_is_identity(a), text);
}

static void
check_text(struct ips_arena *mem, const char *text)
{
	const struct ips_modifier *first, *second;
	struct ips_error err = { .fault = IPS_OK };

	if (!ips_modifier_parse(mem, text, NULL, &first, &err)) {
		NEED(err.fault == IPS_INVALID_PARAMETER || err.fault == IPS_UNSUPPORTED ||
			 err.fault == IPS_LIMIT,
		    text);
		NEED(can_be_shown(err.reason), text);
		return;
	}
	NEED(ips_modifier_parse(mem, first->canonical, NULL, &second, &err), text);
	NEED(strcmp(first->canonical, second->canonical) == 0, text);
	for (size_t i = 0; i < IPS_NELEM(sources); i++) {
		check_plan(mem, first, second, &sources[i], &ips_profile_copy, text);
		check_plan(mem, first, second, &sources[i], &ips_profile_reply, text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	check_text(mem, ips_arena_strndup(mem, (const char *)data, size));
	return 0;
}
