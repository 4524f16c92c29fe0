/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* Every origin of one setting: which one wins, and which values are refused. */
struct origin_row {
	const char *name, *file, *variable, *flag;
	int64_t number;     /* of numbers, sizes, choices and flags */
	const char *text;   /* of texts */
	const char *reason; /* part of the fault; NULL: none */
};

static const struct origin_row *current;

static const char *
fake_getenv(const char *name)
{
	g_autofree char *wanted = g_strconcat("OPENIPS_", current->name, NULL);

	for (char *p = wanted; *p; p++)
		*p = *p == '-' ? '_' : g_ascii_toupper(*p);
	return strcmp(name, wanted) == 0 ? current->variable : NULL;
}

static size_t
row_of(const char *name)
{
	for (size_t i = 0; i < setting_count; i++)
		if (strcmp(setting_table[i].name, name) == 0)
			return i;
	fail_msg("no setting %s", name);
	return 0;
}

static char *
write_file(const char *text)
{
	char *name = g_strdup("/tmp/test_app_settings.XXXXXX");
	int fd = g_mkstemp(name);

	assert_true(fd >= 0);
	close(fd);
	assert_true(g_file_set_contents(name, text, -1, NULL));
	return name;
}

static void
check_value(const struct origin_row *c, const struct settings *s)
{
	const struct setting *row = &setting_table[row_of(c->name)];
	const void *field = (const char *)s + row->field;
	int64_t number;

	if (row->kind == SETTING_TEXT) {
		assert_string_equal(*(char *const *)field, c->text);
		return;
	}
	number = row->kind == SETTING_FLAG ? *(const bool *)field : *(const int64_t *)field;
	if (number != c->number)
		fail_msg("%s is %lld", c->name, (long long)number);
}

static void
check_origins(const struct origin_row *c)
{
	const char *flag[64] = { 0 };
	g_autofree char *file = c->file ? write_file(c->file) : NULL;
	struct settings settings;
	struct ips_error err = { 0 };

	assert_true(setting_count < IPS_NELEM(flag));
	current = c;
	flag[row_of("config")] = file;
	flag[row_of(c->name)] = c->flag;
	bool good = settings_load(&settings, flag, fake_getenv, &err);
	if (file)
		remove(file);
	if (good != !c->reason || (c->reason && !strstr(err.reason, c->reason)))
		fail_msg("%s: %s: %s", c->name, good ? "taken" : "refused", err.reason);
	if (!good)
		return;
	check_value(c, &settings);
	settings_clear(&settings);
}

static void
test_origins(void **state)
{
	static const struct origin_row cases[] = {
		/* defaults < file < environment < flags */
		{ "port", NULL, NULL, NULL, 8080, NULL, NULL },
		{ "port", "[openips]\nport=1\n", NULL, NULL, 1, NULL, NULL },
		{ "port", "[openips]\nport=1\n", "2", NULL, 2, NULL, NULL },
		{ "port", "[openips]\nport=1\n", "2", "3", 3, NULL, NULL },
		{ "port", NULL, "2", "3", 3, NULL, NULL },
		{ "data", "[openips]\ndata=a b\n", NULL, NULL, 0, "a b", NULL },
		{ "public-url", NULL, "https://x", NULL, 0, "https://x", NULL },
		/* A bad value is refused even where a better origin overrides it */
		{ "port", "[openips]\nport=x\n", NULL, "3", 0, NULL, "port: 'x'" },
		/* Numbers */
		{ "port", NULL, NULL, "65535", 65535, NULL, NULL },
		{ "port", NULL, NULL, "65536", 0, NULL, "from 0 to 65535" },
		{ "port", NULL, NULL, "-1", 0, NULL, "--port: '-1'" },
		{ "port", NULL, NULL, "80 ", 0, NULL, "--port" },
		{ "port", NULL, NULL, "", 0, NULL, "--port" },
		{ "port", NULL, "8080x", NULL, 0, NULL, "OPENIPS_PORT" },
		{ "grace", NULL, NULL, "600001", 0, NULL, "600000 ms" },
		/* Sizes */
		{ "max-body", NULL, NULL, NULL, 8 << 20, NULL, NULL },
		{ "max-body", NULL, NULL, "65536", 65536, NULL, NULL },
		{ "max-body", NULL, NULL, "64k", 65536, NULL, NULL },
		{ "max-body", NULL, NULL, "1G", 1 << 30, NULL, NULL },
		{ "max-body", NULL, NULL, "2G", 0, NULL, "--max-body" },
		{ "max-body", NULL, NULL, "63K", 0, NULL, "--max-body" },
		{ "max-body", NULL, NULL, "K", 0, NULL, "--max-body" },
		{ "max-body", NULL, NULL, "9223372036854775807G", 0, NULL, "--max-body" },
		{ "max-body", NULL, NULL, "1T", 0, NULL, "--max-body" },
		/* Choices and flags */
		{ "log-level", NULL, NULL, NULL, IPS_LOG_INFO, NULL, NULL },
		{ "log-level", NULL, NULL, "Debug", IPS_LOG_DEBUG, NULL, NULL },
		{ "log-level", NULL, NULL, "loud", 0, NULL, "none of error|warning" },
		{ "access-log", NULL, NULL, NULL, 1, NULL, NULL },
		{ "access-log", NULL, "off", NULL, 0, NULL, NULL },
		{ "access-log", NULL, "0", "yes", 1, NULL, NULL },
		{ "access-log", NULL, "maybe", NULL, 0, NULL, "neither yes nor no" },
		/* Files */
		{ "port", "[openips]\nprot=1\n", NULL, NULL, 0, NULL, "prot: no such setting" },
		{ "port", "[openips]\nconfig=x\n", NULL, NULL, 0, NULL, "no such setting" },
		{ "port", "[other]\nport=1\n", NULL, NULL, 0, NULL, "no group [openips]" },
		{ "port", "port=1\n", NULL, NULL, 0, NULL, "test_app_settings" },
		{ "config", NULL, "/nonexistent/file", NULL, 0, NULL, "/nonexistent/file" },
		{ "data", NULL, "\xff", NULL, 0, NULL, "not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		check_origins(&cases[i]);
}

/* What the printed reference and the flags rely on. */
static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		assert_true(row_of(row->name) == i); /* no name twice */
		assert_true(row->help[strlen(row->help) - 1] == '.');
		assert_null(strchr(row->help, '|'));
		assert_true((row->kind == SETTING_CHOICE) == (row->words != NULL));
		if (row->kind == SETTING_NUMBER || row->kind == SETTING_SIZE)
			assert_true(row->min < row->max);
		if (row->kind == SETTING_TEXT)
			assert_non_null(row->unit);
	}
}

static void
test_reference(void **state)
{
	g_autofree char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	settings_print_reference(to);
	settings_print_flags(to, SETTING_DATA);
	fclose(to);
	assert_non_null(
	    strstr(text, "| `max-body` | `OPENIPS_MAX_BODY` | 65536 to 1073741824 bytes | 8M |"));
	assert_non_null(strstr(text, "error, warning, info, debug"));
	assert_non_null(strstr(text, "  --data FOLDER "));
	assert_null(strstr(text, "--port "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
