/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Texts nobody would write: whatever comes in, the answer is a fault that can be shown or a
 * canonical form that parses to itself. The seed is fixed, so a failure can be repeated. */
#include "openips/modifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 20000

static const char *const pieces[] = { "&", "=", ",", "$", "$v$", "%24", "%", "%00", "%7B", "is{",
	"is(", "}", ")", "layer=", "layer=0&", "layer=comp&", "effect=1", "0x", "-", ".", "1e9",
	"99999999999", "k", "s", "\xc3\xa9", "\xff", "\n",
	"fmt=", "bgc=", "crop=", "src=", "text=", "clipPath=M",
	"perspective=", "quantize=", "op_colorize=", "$v=" };

static char *
mutate(GRand *random, char *const *seeds, int count)
{
	GString *s = g_string_new(seeds[g_rand_int_range(random, 0, count)]);

	for (int n = g_rand_int_range(random, 1, 6); n > 0; n--) {
		gssize at = g_rand_int_range(random, 0, (gint32)s->len + 1);
		gssize rest = (gssize)s->len - at;

		switch (g_rand_int_range(random, 0, 5)) {
		case 0:
			g_string_erase(
			    s, at, g_rand_int_range(random, 0, (gint32)MIN(rest, 8) + 1));
			break;
		case 1:
			g_string_insert_c(s, at, (char)g_rand_int_range(random, 1, 256));
			break;
		case 2:
			if (rest > 0)
				s->str[at] = (char)g_rand_int_range(random, 1, 256);
			break;
		case 3:
			g_string_insert(
			    s, at, pieces[g_rand_int_range(random, 0, IPS_NELEM(pieces))]);
			break;
		default:
			g_string_append_c(s, '&');
			g_string_append(s, seeds[g_rand_int_range(random, 0, count)]);
		}
	}
	return g_string_free(s, FALSE);
}

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

static bool
try(const char *text)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_modifier *first, *second;
	struct ips_error err = { 0 };

	if (!ips_modifier_parse(mem, text, NULL, &first, &err)) {
		if (!can_be_shown(err.reason))
			fail_msg("'%s': fault %d '%s'", text, err.fault, err.reason);
		return false;
	}
	if (!ips_modifier_parse(mem, first->canonical, NULL, &second, &err))
		fail_msg("'%s' gives '%s', which gives '%s'", text, first->canonical, err.reason);
	assert_string_equal(first->canonical, second->canonical);
	return true;
}

static void
test_random_texts(void **state)
{
	g_autofree char *content = NULL;
	int count = 0, good = 0;

	(void)state;
	assert_true(g_file_get_contents(TESTS_DATA "/modifiers.txt", &content, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(content, "\n", -1);
	g_autofree char **seeds = g_new0(char *, g_strv_length(lines) + 1);
	for (int i = 0; lines[i] != NULL; i++)
		if (strchr(lines[i], '\t') != NULL)
			seeds[count++] = strchr(lines[i], '\t') + 1;

	GRand *random = g_rand_new_with_seed(20260101);
	for (int i = 0; i < ROUNDS; i++) {
		g_autofree char *text = mutate(random, seeds, count);

		good += try(text);
	}
	g_rand_free(random);
	/* Neither side of the parser was left out. */
	assert_in_range(good, ROUNDS / 20, ROUNDS - ROUNDS / 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_texts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
