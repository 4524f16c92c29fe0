/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct command commands[] = {
	{ .name = "one", .args = "", .help = "No words.", .max_args = 0 },
	{ .name = "two add",
	    .args = "A [B]",
	    .help = "One word or two.",
	    .options = OPT_BIT(OPT_COMPANY) | OPT_BIT(OPT_DEEP),
	    .scopes = SETTING_DATA,
	    .min_args = 1,
	    .max_args = 2 },
	{ .name = "two list",
	    .args = "PATH...",
	    .help = "Any number.",
	    .max_args = -1,
	    .more = "More." },
};

struct parse_row {
	const char *line;    /* words separated by blanks */
	const char *command; /* found; NULL: none */
	const char *words;   /* left over, separated by blanks */
	const char *company, *data;
	bool deep;
	const char *reason; /* part of the fault; NULL: none */
};

static const char *
data_flag(const struct args *args)
{
	for (size_t i = 0; i < setting_count; i++)
		if (strcmp(setting_table[i].name, "data") == 0)
			return args->setting[i];
	return NULL;
}

static void
check_parse(const struct parse_row *c)
{
	g_auto(GStrv) copy = g_strsplit(c->line, " ", -1);
	g_autofree char **argv = g_memdup2(copy, (g_strv_length(copy) + 1) * sizeof(*copy));
	struct args args;
	struct ips_error err = { 0 };
	bool good =
	    args_parse(commands, IPS_NELEM(commands), (int)g_strv_length(copy), argv, &args, &err);

	if (good != !c->reason || (c->reason && !strstr(err.reason, c->reason)))
		fail_msg("%s: %s: %s", c->line, good ? "taken" : "refused", err.reason);
	if (g_strcmp0(args.command ? args.command->name : NULL, c->command) != 0)
		fail_msg("%s: command %s", c->line, args.command ? args.command->name : "none");
	if (good) {
		g_autofree char *words = g_strjoinv(" ", args.word);

		if (strcmp(words, c->words) != 0 || args.words != (int)g_strv_length(args.word) ||
		    g_strcmp0(args.option[OPT_COMPANY], c->company) != 0 ||
		    g_strcmp0(data_flag(&args), c->data) != 0 ||
		    (args.option[OPT_DEEP] != NULL) != c->deep)
			fail_msg("%s: words '%s'", c->line, words);
	}
	args_clear(&args);
}

static void
test_parse(void **state)
{
	static const struct parse_row cases[] = {
		{ "x one", "one", "", NULL, NULL, false, NULL },
		{ "x one --help", "one", "", NULL, NULL, false, NULL },
		{ "x one more", "one", NULL, NULL, NULL, false, "usage: openips one [options]" },
		{ "x two add a", "two add", "a", NULL, NULL, false, NULL },
		{ "x two add a -c X b", "two add", "a b", "X", NULL, false, NULL },
		{ "x two add --company=X --data d a", "two add", "a", "X", "d", false, NULL },
		{ "x two add --deep a", "two add", "a", NULL, NULL, true, NULL },
		{ "x two add -- --deep", "two add", "--deep", NULL, NULL, false, NULL },
		{ "x two add -h", "two add", "", NULL, NULL, false, NULL },
		{ "x two add", "two add", NULL, NULL, NULL, false,
		    "usage: openips two add [options] A [B]" },
		{ "x two add a b c", "two add", NULL, NULL, NULL, false, "usage:" },
		{ "x two add a -c", "two add", NULL, NULL, NULL, false, "'-c' needs a value" },
		{ "x two add a --nope", "two add", NULL, NULL, NULL, false, "'--nope'" },
		{ "x two add a -z", "two add", NULL, NULL, NULL, false, "'-z'" },
		{ "x two add a --deep=yes", "two add", NULL, NULL, NULL, false, "'--deep=yes'" },
		/* Options and settings of other commands are unknown here */
		{ "x two add a --port 1", "two add", NULL, NULL, NULL, false, "'--port'" },
		{ "x one --data d", "one", NULL, NULL, NULL, false, "'--data'" },
		{ "x two list a b c d", "two list", "a b c d", NULL, NULL, false, NULL },
		{ "x two", NULL, NULL, NULL, NULL, false, "two add, two list" },
		{ "x two nope", NULL, NULL, NULL, NULL, false, "two add, two list" },
		{ "x three", NULL, NULL, NULL, NULL, false, "unknown command 'three'" },
		{ "x on", NULL, NULL, NULL, NULL, false, "unknown command 'on'" },
		{ "x", NULL, NULL, NULL, NULL, false, "no command given" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		check_parse(&cases[i]);
}

static void
test_options(void **state)
{
	(void)state;
	for (int i = 0; i < OPT_COUNT; i++) {
		assert_non_null(option_table[i].name);
		assert_non_null(option_table[i].help);
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(option_table[i].name, option_table[j].name);
			assert_false(option_table[i].letter &&
				     option_table[i].letter == option_table[j].letter);
		}
		for (size_t j = 0; j < setting_count; j++)
			assert_string_not_equal(option_table[i].name, setting_table[j].name);
	}
}

static void
test_help(void **state)
{
	g_autofree char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	args_print_overview(to, commands, IPS_NELEM(commands));
	args_print_help(to, &commands[1]);
	args_print_help(to, &commands[2]);
	fclose(to);
	assert_non_null(strstr(text, "  two add            One word or two.\n"));
	assert_non_null(strstr(text, "usage: openips two add [options] A [B]\n"));
	assert_non_null(strstr(text, "  -c, --company NAME "));
	assert_non_null(strstr(text, "  --data FOLDER "));
	assert_non_null(strstr(text, "Any number.\nMore.\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
