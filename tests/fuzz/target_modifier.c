/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Any text through parser and planner: a fault that can be shown, or a plan within the limits that
 * its canonical form gives again. */
#include "fuzz.h"
#include "openips/plan.h"

#include <string.h>

#define NEED(condition, text) FUZZ_NEED(condition, text, strlen(text))

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
	NEED(fuzz_can_be_shown(err.reason), text);
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
		NEED(fuzz_can_be_shown(err.reason), text);
		return;
	}
	NEED(ips_modifier_parse(mem, first->canonical, NULL, &second, &err), text);
	NEED(strcmp(first->canonical, second->canonical) == 0, text);
	for (size_t i = 0; i < IPS_NELEM(sources); i++) {
		check_plan(mem, first, second, &sources[i], &ips_profile_copy, text);
		check_plan(mem, first, second, &sources[i], &ips_profile_reply, text);
	}
}

static void
run(void *stage, const uint8_t *data, size_t len)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)stage;
	check_text(mem, ips_arena_strndup(mem, (const char *)data, len));
}

/* ---- Seeds ---- */

/* The texts that the parser's tests read: after a tab, a line each. */
static void
add_lines(GPtrArray *out, const char *file)
{
	g_autofree char *content = NULL;

	if (!g_file_get_contents(file, &content, NULL, NULL))
		g_error("%s cannot be read", file);
	g_auto(GStrv) lines = g_strsplit(content, "\n", -1);
	for (int i = 0; lines[i] != NULL; i++)
		if (strchr(lines[i], '\t') != NULL)
			fuzz_add_text(out, strchr(lines[i], '\t') + 1);
}

static void
seeds(GPtrArray *out)
{
	add_lines(out, FUZZ_MODIFIERS);
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
		fuzz_add_text(out, ips_command_example(cmd)->modifiers);
}

static void
put_words(GPtrArray *out, const char *words)
{
	g_auto(GStrv) list = g_strsplit(words, "|", -1);

	fuzz_add_words(out, (const char *const *)list, g_strv_length(list));
}

static void
words(GPtrArray *out)
{
	static const char *const signs[] = { "&", ",", "=", "$", "%24", "%00", "%7B", "%7D", "is{",
		"is(", "}", ")", "0x", "k", "1e9", "-1", "0.5", "999999999", "&$v=", "$v$", "Z" };

	fuzz_add_words(out, signs, IPS_NELEM(signs));
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++) {
		const struct ips_command *command = ips_command(cmd);

		g_ptr_array_add(out, g_strdup_printf("&%s=", command->name));
		g_ptr_array_add(out, g_strdup(command->dflt));
		for (int i = 0; i < command->places; i++) {
			put_words(out, command->place[i].words);
			put_words(out, command->place[i].later);
		}
	}
}

const struct fuzz_target fuzz_modifier = {
	.name = "modifier", .max_len = 1024, .run = run, .seeds = seeds, .words = words
};
