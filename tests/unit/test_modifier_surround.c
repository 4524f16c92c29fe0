/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What surrounds a request: macros, the catalog's modifiers, the object, locks. */
#include "openips/modifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct ips_macro macros[] = {
	{ "view", "wid=240&fmt=png" },
	{ "Big.one", "$VIEW$&wid=480" },
	{ "view", "$view$&hei=100" }, /* hides the first and calls it */
	{ "late", "scl=2" },
	{ "pass", "wid=$w$" },
	{ "set", "$w=33" },
};

static const char *
surround(struct ips_arena *mem, const char *text, const char *prefix, const char *postfix,
    const char *object, struct ips_error *err)
{
	const struct ips_surroundings around = { macros, IPS_NELEM(macros), object, prefix,
		postfix };
	const char *out = NULL;

	*err = (struct ips_error){ 0 };
	return ips_modifier_surround(mem, text, &around, &out, err) ? out : NULL;
}

static void
test_macros(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused, and says: */
		const char *says;
	} rows[] = {
		{ "", "", NULL },
		{ "wid=3", "wid=3", NULL },
		{ "$late$", "scl=2", NULL },
		{ "$LATE$", "scl=2", NULL },
		{ "wid=1&$late$&wid=2", "wid=1&scl=2&wid=2", NULL }, /* where it stands (R11) */
		{ "%24late%24&hei=1", "scl=2&hei=1", NULL },         /* R3 */
		{ "$big.one$", "wid=240&fmt=png&wid=480", NULL },    /* defined before it */
		{ "$view$", "wid=240&fmt=png&hei=100", NULL },       /* the last of a name */
		{ "text=$late$", "text=$late$", NULL }, /* inside a value: a variable */
		{ "$w=5&$pass$", "$w=5&wid=$w$", NULL },
		{ "src=is{a/b?$late$}", "src=is{a/b?$late$}", NULL }, /* its own request */
		{ ".note$late$&$late$", "scl=2", NULL },
		{ "$nothing$", NULL, "$nothing$" },
		{ "wid=1&%24nothing%24", NULL, "nothing" },
		{ "$late$=4", NULL, "takes no value" },
		{ "$late&wid=$", "$late&wid=$", NULL }, /* nobody's */
		{ "$shadow$", "color=0,0,0,191&op_blur=8&pos=5,5&blendMode=mult", NULL },
	};
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		struct ips_error err;
		const char *got = surround(mem, rows[i].text, NULL, NULL, NULL, &err);

		if ((got == NULL) != (rows[i].want == NULL) ||
		    (got != NULL && strcmp(got, rows[i].want) != 0) ||
		    (got == NULL && strstr(err.reason, rows[i].says) == NULL))
			fail_msg("'%s' gives '%s', '%s'", rows[i].text, got ? got : "(null)",
			    err.reason);
	}
}

/* Each macro calls the one before it twice: what comes out is bounded all the same. */
static void
test_explosion(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_macro chain[64];
	const char *out;
	struct ips_error err = { 0 };

	(void)state;
	chain[0] = (struct ips_macro){ "m0", "wid=1000&hei=1000" };
	for (int i = 1; i < 64; i++)
		chain[i] = (struct ips_macro){ ips_arena_printf(mem, "m%d", i),
			ips_arena_printf(mem, "$m%d$&$m%d$", i - 1, i - 1) };
	const struct ips_surroundings around = { chain, 64, NULL, NULL, NULL };
	assert_false(ips_modifier_surround(mem, "$m63$", &around, &out, &err));
	assert_int_equal(err.fault, IPS_LIMIT);
}

/* Precedence: what the text comes to once it is read. */
static void
test_catalog(void **state)
{
	static const struct {
		const char *prefix, *text, *postfix, *want;
	} rows[] = {
		{ "wid=100&qlt=50", "qlt=60", NULL, "qlt=60&wid=100" },
		{ "wid=100", "wid=5&scl=2", "wid=7", "scl=2&wid=7" },
		{ NULL, "$late$", "wid=7", "scl=2&wid=7" },
		{ "$late$", "", NULL, "scl=2" },
		{ "", "", "$view$", "fmt=png&hei=100&wid=240" },
		/* Layers of the catalog do not swallow commands of the request. */
		{ "layer=0&crop=1,1,2,2", "rotate=5&flip=lr", NULL,
		    "crop=1,1,2,2&flip=lr&rotate=5" },
		/* Families replace each other across the texts (R4). */
		{ "crop=1,1,2,2", "cropN=0,0,0.5,0.5", NULL, "cropN=0,0,0.5,0.5" },
		/* Variables of the request reach into the template and override its defaults. */
		{ "$w=10&wid=$w$", "", NULL, "wid=10" },
		{ "$w=10&wid=$w$", "$W=20", NULL, "wid=20" },
		{ "wid=$w$", "$w=10&$w=20", NULL, "wid=20" },
		{ "$w=10&wid=$w$", "$set$", NULL, "wid=33" },
		{ NULL, "$w=10", "wid=$w$", "wid=10" },
		{ NULL, "$w=10", "$w=5&wid=$w$", "wid=5" },
		{ "hei=$w$", "$w=10&wid=$w$&$w=20", NULL, "hei=20&wid=10" },
	};
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		const struct ips_modifier *m = NULL;
		struct ips_error err;
		const char *got =
		    surround(mem, rows[i].text, rows[i].prefix, rows[i].postfix, "Co/pic", &err);

		if (got == NULL || !ips_modifier_parse(mem, got, NULL, &m, &err) ||
		    strcmp(m->canonical, rows[i].want) != 0)
			fail_msg("row %zu '%s': '%s', %s, not %s", i, rows[i].text,
			    got ? got : "(null)", m ? m->canonical : err.reason, rows[i].want);
	}
}

static void
test_object(void **state)
{
	static const struct {
		const char *text, *want; /* what src= comes to, encoded */
	} rows[] = {
		{ "id=$object$", "Co/a b" },
		{ "id=$OBJECT$x", "Co/a bx" },
		{ "$object=other&id=$object$", "other" },
		{ "id=object", "object" },
	};
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		const struct ips_modifier *m = NULL;
		struct ips_error err;
		const char *got = surround(mem, rows[i].text, NULL, NULL, "Co/a b", &err);

		if (got == NULL || !ips_modifier_parse(mem, got, NULL, &m, &err))
			fail_msg("'%s': %s", rows[i].text, err.reason);
		assert_string_equal(m->value[IPS_CMD_ID]->text, rows[i].want);
	}
}

static void
test_unlock(void **state)
{
	static const struct {
		const char *text;
		bool obfuscated, locked;
		const char *want; /* NULL: refused */
	} rows[] = {
		/* The published example. */
		{ "dHh0PW15IHRleHQgc3RyaW5nJiRpbWc9bXlJbWFnZQ==", true, false,
		    "txt=my text string&$img=myImage" },
		{ "d2lkPTU%3D", true, false, "wid=5" },
		{ "d2lkPTU=", true, false, "wid=5" },
		{ "d2lkPTU", true, false, "wid=5" },
		{ "", true, false, "" },
		{ "wid=5", true, false, NULL },
		{ "d2lkPTU==", true, false, NULL },
		{ "d2lkP", true, false, NULL },
		{ "/w==", true, false, NULL }, /* not UTF-8 */
		/* 'a' is 97; "ab" is 97 * 131 + 98 = 12805 = 0x3205 */
		{ "a&0061", false, true, "a" },
		{ "ab&3205", false, true, "ab" },
		{ "&0000", false, true, "" },
		{ "ab&3206", false, true, NULL },
		{ "ab3205", false, true, NULL },
		{ "ab", false, true, NULL },
		{ "", false, true, NULL },
		{ "YWImMzIwNQ==", true, true, "ab" },
		{ "YWImMzIwNQ==", false, false, "YWImMzIwNQ==" },
	};
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		struct ips_error err = { 0 };
		const char *got = NULL;

		if (!ips_modifier_unlock(
			mem, rows[i].text, rows[i].obfuscated, rows[i].locked, &got, &err))
			got = NULL;
		if ((got == NULL) != (rows[i].want == NULL) ||
		    (got != NULL && strcmp(got, rows[i].want) != 0))
			fail_msg(
			    "'%s' gives '%s' %s", rows[i].text, got ? got : "(null)", err.reason);
	}
}

static void
test_single_commands(void **state)
{
	static const enum ips_cmd kept[] = { IPS_CMD_WID, IPS_CMD_FMT };
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const char *text = "$w=5&wid=1&layer=1&locale=a&op_blur=3&LOCALE=d%65&src=is{?locale=x}&"
			   "wid=$w$&fmt=png&%zz=1&rotate=%z";

	(void)state;
	assert_string_equal(ips_modifier_peek(mem, text, IPS_CMD_LOCALE), "de");
	assert_null(ips_modifier_peek(mem, text, IPS_CMD_HEI));
	assert_null(ips_modifier_peek(mem, NULL, IPS_CMD_HEI));
	assert_string_equal(ips_modifier_peek(mem, "defaultImage=", IPS_CMD_DEFAULT_IMAGE), "");
	assert_string_equal(
	    ips_modifier_keep(mem, text, kept, IPS_NELEM(kept)), "$w=5&wid=1&wid=$w$&fmt=png");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_macros),
		cmocka_unit_test(test_explosion),
		cmocka_unit_test(test_catalog),
		cmocka_unit_test(test_object),
		cmocka_unit_test(test_unlock),
		cmocka_unit_test(test_single_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
