/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The table of commands: sound in itself, and obeyed for every row. */
#include "modifier_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_rows(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (int i = 0; i < IPS_CMD_COUNT; i++) {
		const struct ips_command *c = ips_command(i);
		g_autofree char *upper = g_ascii_strup(c->name, -1);

		assert_int_equal(c->id, i);
		if (i > 0 && g_ascii_strcasecmp(ips_command(i - 1)->name, c->name) >= 0)
			fail_msg("%s stands in the wrong place", c->name);
		assert_ptr_equal(ips_command_find(c->name), c);
		assert_ptr_equal(ips_command_find(upper), c);
		assert_int_equal(ips_command(c->family)->family, c->family);
		assert_int_equal(ips_command(c->family)->scope, c->scope);
		assert_true(c->places >= 1 && c->min_parts <= c->places);
		assert_true(g_str_has_suffix(c->help, "."));
		assert_true(g_str_has_prefix(ips_command_usage(mem, c), c->name));
	}
	assert_null(ips_command_find(""));
	assert_null(ips_command_find("wi"));
	assert_null(ips_command_find("widt"));
}

static void
test_defaults_are_defaults(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (int i = 0; i < IPS_CMD_COUNT; i++) {
		const struct ips_command *c = ips_command(i);
		struct ips_value value;
		struct ips_error err;

		if (*c->dflt == '\0')
			continue;
		if (!value_parse(mem, c, (struct span){ c->dflt, strlen(c->dflt) }, &value, &err))
			fail_msg("%s", err.reason);
		assert_true(value_is_default(mem, c, &value));
	}
}

static void
test_word_enums(void **state)
{
	static const struct {
		enum ips_cmd cmd;
		int n, index;
		const char *word;
	} cases[] = {
		{ IPS_CMD_FMT, 0, WORD_FMT_JPEG, "jpeg" },
		{ IPS_CMD_FMT, 0, WORD_FMT_JPG, "jpg" },
		{ IPS_CMD_FMT, 1, WORD_PIXEL_RGB, "rgb" },
		{ IPS_CMD_FMT, 1, WORD_PIXEL_GRAY, "gray" },
		{ IPS_CMD_FMT, 1, WORD_PIXEL_CMYK, "cmyk" },
		{ IPS_CMD_FMT, 2, WORD_COMPRESSION_JPEG, "jpeg" },
		{ IPS_CMD_FMT, 2, WORD_COMPRESSION_LOSSY, "lossy" },
		{ IPS_CMD_FMT, 2, WORD_COMPRESSION_LOSSLESS, "lossless" },
		{ IPS_CMD_FMT, 2, WORD_COMPRESSION_LZW, "lzw" },
		{ IPS_CMD_FMT, 2, WORD_COMPRESSION_NONE, "none" },
		{ IPS_CMD_FMT, 2, WORD_COMPRESSION_ZIP, "zip" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		const struct ips_place *place = word_place(ips_command(cases[i].cmd), cases[i].n);
		struct span word = place_word(place, cases[i].index);

		if (word.len != strlen(cases[i].word) ||
		    memcmp(word.at, cases[i].word, word.len) != 0)
			fail_msg("%s is not word %d of %s", cases[i].word, cases[i].index,
			    ips_command(cases[i].cmd)->name);
	}
}

/* ---- The reference ------------------------------------------------------------------------- */

static void
test_examples_are_offered(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (int i = 0; i < IPS_CMD_COUNT; i++) {
		const struct ips_command *c = ips_command(i);
		const struct ips_example *e = ips_command_example(i);
		g_autofree char *setting = g_strconcat(c->name, "=", NULL);
		const struct ips_modifier *m;
		struct ips_error err = { 0 };

		if (e->modifiers == NULL || strstr(e->modifiers, setting) == NULL)
			fail_msg("%s: '%s' is no example of it", c->name, e->modifiers);
		if (!ips_modifier_parse(mem, e->modifiers, NULL, &m, &err) &&
		    (c->works || err.fault != IPS_UNSUPPORTED))
			fail_msg("%s: %s", e->modifiers, err.reason);
		assert_true(*e->deviation == '\0' || g_str_has_suffix(e->deviation, "."));
	}
}

static void
test_reference(void **state)
{
	g_autoptr(GString) text = g_string_new(NULL), page = g_string_new(NULL);
	g_autoptr(GString) one = g_string_new(NULL), examples = g_string_new(NULL);

	(void)state;
	assert_true(ips_reference_text(NULL, text));
	ips_reference_page("/x/", page);
	ips_reference_examples(examples);
	for (int i = 0; i < IPS_CMD_COUNT; i++) {
		const struct ips_command *c = ips_command(i);
		g_autofree char *line = g_strdup_printf("\n%s=", c->name);
		g_autofree char *section = g_strdup_printf("<section id=\"%s\"", c->name);
		g_autofree char *row = g_strdup_printf("\n%s\t", c->name);

		assert_non_null(strstr(text->str, line));
		assert_non_null(strstr(page->str, section));
		assert_true(!c->works || i == 0 || strstr(examples->str, row) != NULL);
	}
	assert_true(ips_reference_text("QLT", one));
	assert_true(g_str_has_prefix(one->str, "qlt=quality[,chroma]\n"));
	assert_non_null(strstr(one->str, "an integer from 1 to 100\n"));
	assert_false(ips_reference_text("nothing", one));
	assert_non_null(strstr(page->str, "src=\"/x/landscape?flip=lr&amp;wid=300\""));
}

/* ---- Values made from the rows ------------------------------------------------------------- */

/* Inside a layer of its own, as some commands are not for layer 0. */
static enum ips_fault
try(const struct ips_command *c, const char *value, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_modifier *m;
	const char *more = c->id == IPS_CMD_EFFECT ? "color=000000" : ""; /* R33 */
	g_autofree char *text = g_strdup_printf("layer=1&%s=%s&%s", c->name, value, more);

	*err = (struct ips_error){ 0 };
	return ips_modifier_parse(mem, text, NULL, &m, err) ? IPS_OK : err->fault;
}

static void
accepted(const struct ips_command *c, const char *value)
{
	struct ips_error err;
	enum ips_fault fault = try(c, value, &err);

	if (fault != IPS_OK && fault != IPS_UNSUPPORTED)
		fail_msg("%s=%s: %s", c->name, value, err.reason);
}

/* The command, the value unless it is shown in another way, and what is allowed. */
static bool
names_all(const struct ips_command *c, const char *value, const char *reason)
{
	static const char *const allowed[] = { " must be ", "the form is ", " is not closed",
		"; it has " };
	g_autofree char *sent = g_strdup_printf("%s=%s", c->name, value);
	bool plain = strchr(value, '%') == NULL && strlen(value) < 80;
	bool says = false;

	for (size_t i = 0; i < IPS_NELEM(allowed); i++)
		says = says || strstr(reason, allowed[i]) != NULL;
	return says && g_str_has_prefix(reason, c->name) &&
	       (!plain || g_str_has_prefix(reason, sent));
}

static void
refused(const struct ips_command *c, const char *value)
{
	struct ips_error err;
	enum ips_fault fault = try(c, value, &err);

	if (fault != IPS_INVALID_PARAMETER || !names_all(c, value, err.reason))
		fail_msg("%s=%s: fault %d '%s'", c->name, value, fault, err.reason);
}

static char *
sample(const struct ips_place *place)
{
	struct span word;

	switch (place->kind) {
	case IPS_KIND_INT:
	case IPS_KIND_FLAG:
		return g_strdup_printf("%.0f", place->max);
	case IPS_KIND_REAL: /* between, for parts that must rise */
		return g_strdup_printf("%.2f", (place->min + place->max) / 2);
	case IPS_KIND_NONZERO:
	case IPS_KIND_ABOVE:
		return g_strdup("3");
	case IPS_KIND_WORD:
		word = place_word(place, 0);
		return g_strndup(word.at, word.len);
	case IPS_KIND_COLOR:
	case IPS_KIND_RGB:
	case IPS_KIND_COLORS:
		return g_strdup("0a0b0c");
	case IPS_KIND_PATH:
		return g_strdup("M1,2L3,4Z");
	case IPS_KIND_OBJECT:
	case IPS_KIND_SOURCE:
	case IPS_KIND_ASCII:
		return g_strdup("abc");
	case IPS_KIND_TEXT:
		break;
	}
	return g_strdup("0");
}

/* The first `count` places, the one at `odd` replaced. */
static char *
build(const struct ips_command *c, int count, int odd, const char *instead)
{
	GString *s = g_string_new(NULL);

	for (int i = 0; i < count; i++) {
		g_autofree char *usual = sample(&c->place[i]);

		g_string_append_printf(s, "%s%s", i > 0 ? "," : "", i == odd ? instead : usual);
	}
	return g_string_free(s, FALSE);
}

static void
refused_at(const struct ips_command *c, int place, const char *instead)
{
	g_autofree char *value = build(c, MAX(place + 1, c->min_parts), place, instead);

	refused(c, value);
}

static void
refused_number_at(const struct ips_command *c, int at, double number)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	refused_at(c, at, g_ascii_formatd(text, sizeof(text), "%.10g", number));
}

static void
accepted_number_at(const struct ips_command *c, int at, double number)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];
	g_autofree char *value = build(
	    c, MAX(at + 1, c->min_parts), at, g_ascii_formatd(text, sizeof(text), "%.10g", number));

	accepted(c, value);
}

static bool
takes_any(enum ips_kind kind)
{
	return kind == IPS_KIND_TEXT || kind == IPS_KIND_ASCII;
}

static void
check_place(const struct ips_command *c, int at)
{
	static const char *const never_numbers[] = { "x", "0x1", "1 ", "%201", "1;", "--1", "1%0a",
		"inf", "nan", "1e999", "+", "-", ".", "1.5.5" };
	static const char *const flags[] = { "2", "-1", "yes", "TRUE", "on", NULL };
	const struct ips_place *place = &c->place[at];

	if (takes_any(place->kind))
		return;
	if (!place->may_skip && (at > 0 || c->min_parts > 0))
		refused_at(c, at, "");
	if (place->kind <= IPS_KIND_FLAG) {
		for (size_t i = 0; i < IPS_NELEM(never_numbers); i++)
			refused_at(c, at, never_numbers[i]);
		refused_number_at(
		    c, at, place->kind == IPS_KIND_ABOVE ? place->min : place->min - 1);
		refused_number_at(c, at, place->max + 1);
	}
	if (place->kind == IPS_KIND_INT || place->kind == IPS_KIND_FLAG)
		refused_at(c, at, "1.5");
	if ((place->kind == IPS_KIND_INT || place->kind == IPS_KIND_REAL) &&
	    c->id != IPS_CMD_PATH_ATTR) { /* its start must be below its end */
		accepted_number_at(c, at, place->min);
		accepted_number_at(c, at, place->max);
	}
	if (place->kind == IPS_KIND_FLAG)
		for (const char *const *word = flags; *word != NULL; word++)
			refused_at(c, at, *word);
	if (place->kind == IPS_KIND_NONZERO)
		refused_at(c, at, "0");
	if (place->kind == IPS_KIND_WORD) {
		refused_at(c, at, "nonsense");
		refused_at(c, at, place->any_case ? "jpe" : "NORM");
	}
	if (place->kind >= IPS_KIND_COLOR && place->kind <= IPS_KIND_COLORS)
		refused_at(c, at, "0a0b0");
	if (place->kind == IPS_KIND_SOURCE)
		refused_at(c, at, "is{a");
	if (place->kind == IPS_KIND_PATH)
		refused_at(c, at, "M1");
}

static void
test_every_row_is_obeyed(void **state)
{
	(void)state;
	for (int i = 0; i < IPS_CMD_COUNT; i++) {
		const struct ips_command *c = ips_command(i);
		enum ips_kind last = c->place[c->places - 1].kind;
		g_autofree char *least = build(c, MAX(c->min_parts, 1), -1, "");
		g_autofree char *most = build(c, c->places, -1, "");
		g_autofree char *too_few = build(c, c->min_parts - 1, -1, "");
		g_autofree char *too_many = g_strconcat(most, ",1", NULL);
		g_autofree char *open = g_strconcat(most, ",", NULL);

		accepted(c, least);
		accepted(c, most);
		if (c->min_parts > 0)
			refused(c, too_few);
		else
			accepted(c, "");
		if (!takes_any(last)) {
			refused(c, too_many);
			if (last != IPS_KIND_PATH) /* R30: a comma may follow */
				refused(c, open);
		}
		for (int n = 0; n < c->places; n++)
			check_place(c, n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_defaults_are_defaults),
		cmocka_unit_test(test_word_enums),
		cmocka_unit_test(test_examples_are_offered),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_every_row_is_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
