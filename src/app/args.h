/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The command line: tables in, parsed arguments out. Knows no command. */
#ifndef APP_ARGS_H
#define APP_ARGS_H

#include "settings.h"

struct app; /* what a running command works with: app.h */

enum opt {
	OPT_HELP,
	OPT_DEMO,
	OPT_ID,
	OPT_EXPIRES,
	OPT_FIRST_NAME,
	OPT_LAST_NAME,
	OPT_ADMIN,
	OPT_ACTIVE,
	OPT_PASSWORD_STDIN,
	OPT_COMPANY,
	OPT_ROLE,
	OPT_REMOVE,
	OPT_OVERRIDE,
	OPT_FOLDER,
	OPT_OUTPUT,
	OPT_REPLY,
	OPT_DEEP,
	OPT_MIN_AGE,
	OPT_ENDPOINT,
	OPT_USER,
	OPT_BASIC,
	OPT_DEFAULT,
	OPT_KEY,
	OPT_COUNT
};
#define OPT_BIT(o) (1U << (o))

struct option_info {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* what it takes; NULL: nothing */
	const char *help;
};
extern const struct option_info option_table[OPT_COUNT];

struct command {
	const char *name;       /* one or two words: "user add" */
	const char *args;       /* "PATH..." */
	const char *help;       /* one line */
	unsigned scopes;        /* of settings */
	unsigned options;       /* bits */
	int min_args, max_args; /* max -1: any number */
	int (*run)(struct app *app);
	const char *more; /* further lines of its help; NULL: none */
};

struct args {
	const struct command *command;
	const char *option[OPT_COUNT]; /* NULL: not given; "" for options without value */
	const char **setting;          /* one a row of setting_table; NULL: not given */
	char **word;                   /* what is neither command nor option */
	int words;
};

/* argv is permuted. Faults: IPS_INVALID_PARAMETER with what is wrong. out->command is set as soon
 * as it is known, in failure too, so that help can be offered. */
bool args_parse(const struct command *commands, size_t count, int argc, char **argv,
    struct args *out, struct ips_error *err) IPS_MUST_USE;
void args_clear(struct args *args);

void args_print_overview(FILE *to, const struct command *commands, size_t count);
void args_print_help(FILE *to, const struct command *command);

#endif
