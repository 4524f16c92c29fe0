/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "args.h"

#include <getopt.h>
#include <string.h>

_Static_assert(OPT_COUNT <= 32, "options are bits of an unsigned");

const struct option_info option_table[OPT_COUNT] = {
	[OPT_HELP] = { "help", 'h', NULL, "Explain this command." },
	[OPT_DEMO] = { "demo", 0, NULL, "Make the demo company, its users and its images." },
	[OPT_ID] = { "id", 0, "N", "Number instead of the next free one." },
	[OPT_EXPIRES] = { "expires", 0, "DATE", "2030-12-31T00:00:00Z, or never." },
	[OPT_FIRST_NAME] = { "first-name", 0, "NAME", "First name." },
	[OPT_LAST_NAME] = { "last-name", 0, "NAME", "Last name." },
	[OPT_ADMIN] = { "admin", 0, "yes|no", "IpsAdmin: above every company's roles." },
	[OPT_ACTIVE] = { "active", 0, "yes|no", "Whether it may be used." },
	[OPT_PASSWORD_STDIN] = { "password-stdin", 0, NULL,
	    "Read the password from standard input, not from the terminal." },
	[OPT_COMPANY] = { "company", 'c', "NAME",
	    "Company; may be left out if there is one only." },
	[OPT_ROLE] = { "role", 'r', "ROLE",
	    "IpsCompanyAdmin, IpsUser, ImagePortalUser, ...; none removes." },
	[OPT_REMOVE] = { "remove", 0, NULL, "Take out instead of adding." },
	[OPT_OVERRIDE] = { "override", 0, NULL,
	    "Holds for everything below, whatever is set there." },
	[OPT_FOLDER] = { "folder", 'f', "PATH", "Folder below the company's root." },
	[OPT_OUTPUT] = { "output", 'o', "FILE", "File to write." },
	[OPT_REPLY] = { "reply", 0, NULL, "Defaults of an image reply instead of a copy." },
	[OPT_DEEP] = { "deep", 0, NULL, "Read every byte and compare digests." },
	[OPT_MIN_AGE] = { "min-age", 0, "SECONDS", "Leave younger files alone. [3600]" },
	[OPT_ENDPOINT] = { "endpoint", 0, "URL",
	    "SOAP address. [http://localhost:8080/scene7/services/IpsApiService]" },
	[OPT_USER] = { "user", 'u', "EMAIL", "Who is acting." },
	[OPT_BASIC] = { "basic", 0, NULL, "HTTP Basic instead of an authHeader." },
	[OPT_DEFAULT] = { "default", 0, NULL,
	    "What holds for every company that says nothing else." },
	[OPT_KEY] = { "key", 'k', "ID", "Customer key to encrypt the files with." },
};

/* ---- Finding the command ---- */

/* How many words of argv[1..] name this command; 0: they do not. */
static int
match(const struct command *command, int argc, char **argv)
{
	const char *space = strchr(command->name, ' ');
	size_t first = space ? (size_t)(space - command->name) : strlen(command->name);

	if (argc < 2 || strlen(argv[1]) != first || strncmp(argv[1], command->name, first) != 0)
		return 0;
	if (!space)
		return 1;
	return argc > 2 && strcmp(argv[2], space + 1) == 0 ? 2 : 0;
}

/* "user add, user list" for a lone "user"; NULL if no command starts so. */
static char *
continuations(const struct command *commands, size_t count, const char *word)
{
	g_autoptr(GString) list = g_string_new(NULL);
	size_t len = strlen(word);

	for (size_t i = 0; i < count; i++)
		if (strncmp(commands[i].name, word, len) == 0 && commands[i].name[len] == ' ')
			g_string_append_printf(
			    list, "%s%s", list->len ? ", " : "", commands[i].name);
	return list->len ? g_strdup(list->str) : NULL;
}

static bool
find_command(const struct command *commands, size_t count, int argc, char **argv,
    const struct command **out, int *words, struct ips_error *err)
{
	if (argc < 2)
		return ips_fail(err, IPS_INVALID_PARAMETER, "no command given");
	for (size_t i = 0; i < count; i++) {
		if ((*words = match(&commands[i], argc, argv)) == 0)
			continue;
		*out = &commands[i];
		return true;
	}
	g_autofree char *more = continuations(commands, count, argv[1]);
	if (more)
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "'%s' needs a second word: %s", argv[1], more);
	return ips_fail(err, IPS_INVALID_PARAMETER, "unknown command '%s'", argv[1]);
}

/* ---- Options: getopt over the two tables ---- */

#define OPTION_BASE  1000 /* getopt's value for row i of option_table is OPTION_BASE + i */
#define SETTING_BASE 2000 /* and for row i of setting_table SETTING_BASE + i */

struct grammar {
	GArray *longs; /* struct option */
	GString *letters;
};

static void
grammar_add(struct grammar *g, const char *name, bool value, int number)
{
	struct option row = { name, value ? required_argument : no_argument, NULL, number };

	g_array_append_val(g->longs, row);
}

static struct grammar
grammar_new(const struct command *command)
{
	struct grammar g = { g_array_new(true, true, sizeof(struct option)), g_string_new(":") };

	for (int i = 0; i < OPT_COUNT; i++) {
		const struct option_info *row = &option_table[i];

		if (!(command->options & OPT_BIT(i)) && i != OPT_HELP)
			continue;
		grammar_add(&g, row->name, row->value, OPTION_BASE + i);
		if (row->letter)
			g_string_append_printf(
			    g.letters, "%c%s", row->letter, row->value ? ":" : "");
	}
	for (size_t i = 0; i < setting_count; i++)
		if (setting_table[i].scope & command->scopes)
			grammar_add(&g, setting_table[i].name, true, SETTING_BASE + (int)i);
	return g;
}

static void
grammar_clear(struct grammar *g)
{
	g_array_free(g->longs, true);
	g_string_free(g->letters, true);
}

static void
take(struct args *out, int found, const char *value)
{
	if (found >= SETTING_BASE) {
		out->setting[found - SETTING_BASE] = value;
		return;
	}
	for (int i = 0; i < OPT_COUNT; i++)
		if (found == OPTION_BASE + i || found == option_table[i].letter)
			out->option[i] = value ? value : "";
}

/* argv[0] is the last word of the command's name. */
static bool
parse_options(int argc, char **argv, struct args *out, struct ips_error *err)
{
	IPS_CLEANUP(grammar_clear) struct grammar g = grammar_new(out->command);
	const struct option *longs = (const void *)g.longs->data;
	int found;

	optind = 0; /* GNU: begin anew */
	while ((found = getopt_long(argc, argv, g.letters->str, longs, NULL)) != -1) {
		if (found == '?')
			return ips_fail(err, IPS_INVALID_PARAMETER, "option '%s' is not understood",
			    argv[optind - 1]);
		if (found == ':')
			return ips_fail(
			    err, IPS_INVALID_PARAMETER, "'%s' needs a value", argv[optind - 1]);
		take(out, found, optarg);
	}
	out->word = argv + optind;
	out->words = argc - optind;
	return true;
}

static bool
check_words(const struct args *args, struct ips_error *err)
{
	const struct command *c = args->command;

	if (args->option[OPT_HELP])
		return true;
	if (args->words < c->min_args || (c->max_args >= 0 && args->words > c->max_args))
		return ips_fail(err, IPS_INVALID_PARAMETER, "usage: openips %s [options]%s%s",
		    c->name, *c->args ? " " : "", c->args);
	return true;
}

bool
args_parse(const struct command *commands, size_t count, int argc, char **argv, struct args *out,
    struct ips_error *err)
{
	int words;

	*out = (struct args){ .setting = g_new0(const char *, setting_count) };
	if (!find_command(commands, count, argc, argv, &out->command, &words, err))
		return false;
	return parse_options(argc - words, argv + words, out, err) && check_words(out, err);
}

void
args_clear(struct args *args)
{
	g_clear_pointer(&args->setting, g_free);
}

/* ---- Help ---- */

void
args_print_overview(FILE *to, const struct command *commands, size_t count)
{
	fputs("usage: openips COMMAND [options] [arguments]\n\n", to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "  %-18s %s\n", commands[i].name, commands[i].help);
	fputs("\nopenips help COMMAND explains a command, openips help settings every "
	      "setting,\nopenips help modifiers every image command.\n",
	    to);
}

static void
print_option(FILE *to, const struct option_info *row)
{
	char letter[] = { '-', row->letter, ',', ' ', '\0' };
	g_autofree char *flag = g_strdup_printf("%s--%s%s%s", row->letter ? letter : "", row->name,
	    row->value ? " " : "", row->value ? row->value : "");

	fprintf(to, "  %-30s %s\n", flag, row->help);
}

void
args_print_help(FILE *to, const struct command *command)
{
	fprintf(to, "usage: openips %s [options]%s%s\n\n%s\n", command->name,
	    *command->args ? " " : "", command->args, command->help);
	if (command->more)
		fprintf(to, "%s\n", command->more);
	fputs("\noptions:\n", to);
	for (int i = 0; i < OPT_COUNT; i++)
		if ((command->options & OPT_BIT(i)) || i == OPT_HELP)
			print_option(to, &option_table[i]);
	if (!command->scopes)
		return;
	fputs("\nsettings (also in the environment and a settings file):\n", to);
	settings_print_flags(to, command->scopes);
}
