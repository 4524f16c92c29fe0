/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "app.h"

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MAX_PASSWORD 1024

/* One line without its end; false at the end of input. */
static bool
read_line(FILE *from, char *line)
{
	if (!fgets(line, MAX_PASSWORD, from))
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

/* From the terminal itself, which is there when standard input is a file. */
static bool
ask(const char *question, char *line)
{
	struct termios shown, hidden;
	FILE *tty = fopen("/dev/tty", "r+e");

	if (!tty)
		return false;
	if (tcgetattr(fileno(tty), &shown) != 0) {
		fclose(tty);
		return false;
	}
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fileno(tty), TCSAFLUSH, &hidden);
	fputs(question, tty);
	fflush(tty);
	bool got = read_line(tty, line);
	tcsetattr(fileno(tty), TCSAFLUSH, &shown);
	fputc('\n', tty);
	fclose(tty);
	return got;
}

static bool
ask_twice(struct app *app, bool confirm, char *line)
{
	char again[MAX_PASSWORD];

	if (!ask("Password: ", line))
		return ips_fail(&app->err, IPS_INVALID_PARAMETER,
		    "no terminal to ask for the password: set OPENIPS_PASSWORD or give "
		    "--password-stdin");
	if (!confirm)
		return true;
	bool same = ask("Again: ", again) && strcmp(line, again) == 0;
	ips_wipe(again, sizeof(again));
	return same || ips_fail(&app->err, IPS_INVALID_PARAMETER, "the two passwords differ");
}

/* /proc shows the environment that a process began with, at its old place. */
char *
app_take_variable(const char *name)
{
	char *value = getenv(name), *copy = g_strdup(value);

	if (value) {
		ips_wipe(value, strlen(value));
		unsetenv(name);
	}
	return copy;
}

static bool
obtain(struct app *app, bool confirm, char *line)
{
	IPS_CLEANUP(app_password_free) char *variable = app_take_variable("OPENIPS_PASSWORD");

	if (app_option(app, OPT_PASSWORD_STDIN))
		return read_line(stdin, line) ||
		       ips_fail(&app->err, IPS_INVALID_PARAMETER, "no password on standard input");
	if (!variable)
		return ask_twice(app, confirm, line);
	if (g_strlcpy(line, variable, MAX_PASSWORD) >= MAX_PASSWORD)
		return ips_fail(&app->err, IPS_INVALID_PARAMETER, "the password is too long");
	return true;
}

bool
app_password(struct app *app, bool confirm, char **out)
{
	char line[MAX_PASSWORD] = "";
	bool good = obtain(app, confirm, line);

	if (good && !*line)
		good = ips_fail(&app->err, IPS_INVALID_PARAMETER, "the password is empty");
	if (good)
		*out = g_strdup(line);
	ips_wipe(line, sizeof(line));
	return good;
}

void
app_password_free(char **password)
{
	if (*password)
		ips_wipe(*password, strlen(*password));
	g_clear_pointer(password, g_free);
}
