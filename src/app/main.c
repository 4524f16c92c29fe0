/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "app.h"
#include "openips/modifier.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int
run_version(struct app *app)
{
	(void)app;
	puts("openips " OPENIPS_VERSION);
	return EXIT_DONE;
}

/* One word may name several: "help user" lists what a user can be told. */
static int
help_on(const char *name)
{
	size_t len = strlen(name);
	int found = 0;

	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = &command_table[i];

		if (strncmp(c->name, name, len) != 0 || (c->name[len] && c->name[len] != ' '))
			continue;
		if (found++)
			putchar('\n');
		args_print_help(stdout, c);
	}
	return found;
}

/* "help modifiers", "help modifiers op_blur"; "help table" is for the README, "help examples" for
 * programs. */
static int
help_modifiers(struct app *app)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *name = app->args.words > 1 ? app->args.word[1] : NULL;

	if (strcmp(app->args.word[0], "examples") == 0) {
		ips_reference_examples(text);
	} else if (strcmp(app->args.word[0], "table") == 0) {
		ips_reference_table(text);
	} else if (!ips_reference_text(name, text)) {
		ips_fail(&app->err, IPS_INVALID_PARAMETER, "unknown image command '%s'", name);
		return EXIT_USAGE;
	}
	fputs(text->str, stdout);
	return EXIT_DONE;
}

int
run_help(struct app *app)
{
	const struct args *args = &app->args;

	if (args->words == 0) {
		args_print_overview(stdout, command_table, command_count);
		return EXIT_DONE;
	}
	if (args->words == 1 && strcmp(args->word[0], "settings") == 0) {
		settings_print_reference(stdout);
		return EXIT_DONE;
	}
	if (args->words == 1 && strcmp(args->word[0], "attributes") == 0) {
		app_print_attributes(app->mem);
		return EXIT_DONE;
	}
	if (strcmp(args->word[0], "modifiers") == 0 || strcmp(args->word[0], "examples") == 0 ||
	    strcmp(args->word[0], "table") == 0)
		return help_modifiers(app);
	g_autofree char *name = g_strjoinv(" ", args->word);
	if (help_on(name))
		return EXIT_DONE;
	ips_fail(&app->err, IPS_INVALID_PARAMETER, "unknown command '%s'", name);
	return EXIT_USAGE;
}

static const char *
from_environment(const char *name)
{
	return getenv(name);
}

static int
run(struct app *app)
{
	const struct command *command = app->args.command;

	if (app->args.option[OPT_HELP]) {
		args_print_help(stdout, command);
		return EXIT_DONE;
	}
	if (!settings_load(&app->settings, app->args.setting, from_environment, &app->err))
		return EXIT_USAGE;
	ips_log_set_level((enum ips_log_level)app->settings.log_level);
	return command->run(app);
}

static int
parse_and_run(struct app *app, int argc, char **argv)
{
	if (!args_parse(command_table, command_count, argc, argv, &app->args, &app->err))
		return EXIT_USAGE;
	return run(app);
}

/* The habits of other programs: -h, --help and --version without a command. */
static void
translate_habits(int argc, char **argv)
{
	static char help[] = "help", version[] = "version";

	if (argc < 2)
		return;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		argv[1] = help;
	else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		argv[1] = version;
}

static void
report(const struct app *app, int status)
{
	if (status == EXIT_DONE || !app->err.reason[0])
		return;
	g_autofree char *reason = ips_text_shown(app->err.reason);
	g_autofree char *detail = ips_text_shown(app->err.detail);
	fprintf(
	    stderr, "openips: %s%s%s%s\n", reason, *detail ? " (" : "", detail, *detail ? ")" : "");
	if (status == EXIT_USAGE)
		fprintf(stderr, "Try: openips help%s%s\n", app->args.command ? " " : "",
		    app->args.command ? app->args.command->name : "");
}

int
ips_app_main(int argc, char **argv)
{
	ips_pool_child(argc, argv);
	struct app app = {
		.umask = umask(077), /* catalog and files are nobody else's to read */
		.mem = ips_arena_new(),
	};

	translate_habits(argc, argv);
	int status = parse_and_run(&app, argc, argv);
	app_close(&app);
	if (fflush(stdout) != 0 && status == EXIT_DONE)
		status = EXIT_FAILED;
	report(&app, status);
	settings_clear(&app.settings);
	args_clear(&app.args);
	ips_arena_free(app.mem);
	return status;
}
