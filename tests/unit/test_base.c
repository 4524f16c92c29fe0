/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Errors ---- */

static void
test_fault_table(void **state)
{
	static const struct {
		enum ips_fault fault;
		int code;
		const char *name;
		enum ips_fault_kind kind;
		int http_status;
		bool retry;
	} cases[] = {
		{ IPS_OK, 0, "OK", IPS_FAULT_API, 200, false },
		{ IPS_NO_CREDENTIALS, 10000, "AUTHENTICATION_FAULT_CODE_NO_CREDENTIALS",
		    IPS_FAULT_AUTHENTICATION, 401, false },
		{ IPS_INVALID_CREDENTIALS, 10001, "AUTHENTICATION_FAULT_CODE_INVALID_CREDENTIALS",
		    IPS_FAULT_AUTHENTICATION, 401, false },
		{ IPS_INVALID_USER, 10002, "AUTHENTICATION_FAULT_CODE_INVALID_USER",
		    IPS_FAULT_AUTHENTICATION, 401, false },
		{ IPS_INVALID_COMPANY, 20000, "AUTHORIZATION_FAULT_CODE_INVALID_COMPANY",
		    IPS_FAULT_AUTHORIZATION, 403, false },
		{ IPS_INVALID_REQUEST_USERNAME, 20001,
		    "AUTHORIZATION_FAULT_CODE_INVALID_REQUEST_USERNAME", IPS_FAULT_AUTHORIZATION,
		    403, false },
		{ IPS_INVALID_REQUEST_USER, 20002, "AUTHORIZATION_FAULT_CODE_INVALID_REQUEST_USER",
		    IPS_FAULT_AUTHORIZATION, 403, false },
		{ IPS_NO_OPERATION_PERMISSION, 20003,
		    "AUTHORIZATION_FAULT_CODE_NO_OPERATION_PERMISSION", IPS_FAULT_AUTHORIZATION,
		    403, false },
		{ IPS_NO_IMPERSONATION_PERMISSION, 20004,
		    "AUTHORIZATION_FAULT_CODE_NO_IMPERSONATION_PERMISSION", IPS_FAULT_AUTHORIZATION,
		    403, false },
		{ IPS_ILLEGAL_PARAMETER_VALUE, 20005,
		    "AUTHORIZATION_FAULT_CODE_ILLEGAL_PARAMETER_VALUE", IPS_FAULT_AUTHORIZATION,
		    403, false },
		{ IPS_ILLEGAL_COMPANY, 20006, "AUTHORIZATION_FAULT_CODE_ILLEGAL_COMPANY",
		    IPS_FAULT_AUTHORIZATION, 403, false },
		{ IPS_ILLEGAL_REQUEST_USER, 20007, "AUTHORIZATION_FAULT_CODE_ILLEGAL_REQUEST_USER",
		    IPS_FAULT_AUTHORIZATION, 403, false },
		{ IPS_ILLEGAL_ACCESS_GROUP, 20008, "AUTHORIZATION_FAULT_CODE_ILLEGAL_ACCESS_GROUP",
		    IPS_FAULT_AUTHORIZATION, 403, false },
		{ IPS_MISSING_PERMISSION, 20009, "AUTHORIZATION_FAULT_CODE_MISSING_PERMISSION",
		    IPS_FAULT_AUTHORIZATION, 403, false },
		{ IPS_EXCEPTION, 30000, "IPS_API_FAULT_CODE_EXCEPTION", IPS_FAULT_API, 500, false },
		{ IPS_INVALID_PARAMETER, 30001, "IPS_API_FAULT_CODE_INVALID_PARAMETER",
		    IPS_FAULT_API, 400, false },
		{ IPS_MISSING_PARAMETER, 30002, "IPS_API_FAULT_CODE_MISSING_PARAMETER",
		    IPS_FAULT_API, 400, false },
		{ IPS_INVALID_REQUEST_XML, 30003, "IPS_API_FAULT_CODE_INVALID_REQUEST_XML",
		    IPS_FAULT_API, 400, false },
		{ IPS_NOT_FOUND, 30001, "NOT_FOUND", IPS_FAULT_API, 404, false },
		{ IPS_TAKEN, 30000, "TAKEN", IPS_FAULT_API, 409, false },
		{ IPS_UNSUPPORTED, 30001, "UNSUPPORTED", IPS_FAULT_API, 501, false },
		{ IPS_LIMIT, 30001, "LIMIT", IPS_FAULT_API, 413, false },
		{ IPS_BROKEN_IMAGE, 30000, "BROKEN_IMAGE", IPS_FAULT_API, 422, false },
		{ IPS_BUSY, 30000, "BUSY", IPS_FAULT_API, 503, true },
		{ IPS_DEADLINE, 30000, "DEADLINE", IPS_FAULT_API, 503, true },
		{ IPS_INTERNAL, 30000, "INTERNAL", IPS_FAULT_API, 500, false },
		{ IPS_STORAGE, 30000, "STORAGE", IPS_FAULT_API, 503, true },
		{ IPS_KEY_REUSED, 30001, "KEY_REUSED", IPS_FAULT_API, 422, false },
		{ IPS_QUOTA, 30000, "QUOTA", IPS_FAULT_API, 400, true },
		{ IPS_TASKS, 30000, "TASKS", IPS_FAULT_API, 400, true },
		{ IPS_NOT_SUBMITTED, 30000, "NOT_SUBMITTED", IPS_FAULT_API, 400, true },
		{ IPS_NOT_ACTIVE, 30001, "NOT_ACTIVE", IPS_FAULT_API, 400, true },
		{ IPS_WHOLE_IMAGE, 30001, "WHOLE_IMAGE", IPS_FAULT_API, 400, false },
		{ IPS_ISO_IMAGE, 30001, "ISO_IMAGE", IPS_FAULT_API, 400, false },
		{ IPS_TOO_LARGE, 30001, "TOO_LARGE", IPS_FAULT_API, 400, false },
		{ IPS_BARE_METAL, 30001, "BARE_METAL", IPS_FAULT_API, 400, false },
		{ IPS_NO_KEY, 30001, "NO_KEY", IPS_FAULT_API, 400, false },
		{ IPS_FOREIGN_KEY, 30001, "FOREIGN_KEY", IPS_FAULT_API, 400, false },
		{ IPS_KEY_DISABLED, 30001, "KEY_DISABLED", IPS_FAULT_API, 400, false },
		{ IPS_SAME_KEY, 30001, "SAME_KEY", IPS_FAULT_API, 400, false },
		{ IPS_SOURCE_KEY_DISABLED, 30000, "SOURCE_KEY_DISABLED", IPS_FAULT_API, 400,
		    false },
		{ IPS_FAULT_COUNT, 30000, "INTERNAL", IPS_FAULT_API, 500, false },
		{ (enum ips_fault) - 1, 30000, "INTERNAL", IPS_FAULT_API, 500, false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		const struct ips_fault_info *info = ips_fault_info(cases[i].fault);
		assert_string_equal(info->name, cases[i].name);
		assert_int_equal(info->code, cases[i].code);
		assert_int_equal(info->kind, cases[i].kind);
		assert_int_equal(info->http_status, cases[i].http_status);
		assert_int_equal(info->retry, cases[i].retry);
	}
}

static void
test_fail(void **state)
{
	struct ips_error err = { .detail = "old" };

	(void)state;
	assert_false(ips_fail(&err, IPS_TAKEN, "Asset ID '%s' is already in use.", "shoe"));
	assert_int_equal(err.fault, IPS_TAKEN);
	assert_string_equal(err.reason, "Asset ID 'shoe' is already in use.");
	assert_string_equal(err.detail, "");

	/* an error may be told again, with more around it */
	assert_false(ips_fail(&err, IPS_INVALID_PARAMETER, "Layer 2: %s", err.reason));
	assert_string_equal(err.reason, "Layer 2: Asset ID 'shoe' is already in use.");

	assert_false(ips_fail_internal(&err, "disk %d: %s", 7, err.reason));
	assert_int_equal(err.fault, IPS_INTERNAL);
	assert_string_equal(err.detail, "disk 7: Layer 2: Asset ID 'shoe' is already in use.");
	assert_null(strstr(err.reason, "disk"));
	assert_true(err.reason[0] != '\0');

	assert_false(ips_fail(&err, IPS_TAKEN, "'%s'", "a\r\nb\x7f\xc3\xa9"));
	assert_string_equal(err.reason, "'a??b?\xc3\xa9'");

	assert_false(ips_fail(&err, IPS_TAKEN, "'%.2s' '%s'", "a\xc3\xa9", "\xff\xc3\xa9\xed"));
	assert_string_equal(err.reason, "'a?' '?\xc3\xa9?'");
	assert_false(ips_fail(NULL, IPS_TAKEN, "nobody asks"));
	assert_false(ips_fail_internal(NULL, "nobody asks"));
}

/* Every way of the cut to fall into characters of one to four bytes. */
static void
test_fail_cuts_at_characters(void **state)
{
	static const char *const characters[] = { "a", "é", "€", "😀" };
	struct ips_error err;

	(void)state;
	for (size_t c = 0; c < IPS_NELEM(characters); c++)
		for (size_t shift = 0; shift < 4; shift++) {
			size_t width = strlen(characters[c]);
			GString *text = g_string_new("....");
			g_string_truncate(text, shift);
			while (text->len < 2 * sizeof(err.reason))
				g_string_append(text, characters[c]);
			ips_fail(&err, IPS_LIMIT, "%s", text->str);
			size_t room = sizeof(err.reason) - 1 - shift;
			assert_int_equal(strlen(err.reason), shift + room / width * width);
			assert_memory_equal(err.reason, text->str, strlen(err.reason));
			g_string_free(text, TRUE);
		}
}

/* ---- Arenas ---- */

static void
test_arena(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 4095, 4096, 4097, 16384, 16385, 300000 };
	struct ips_arena *mem = ips_arena_new();
	unsigned char *pieces[IPS_NELEM(sizes) * 20];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < IPS_NELEM(pieces); i++) {
			size_t size = sizes[i % IPS_NELEM(sizes)];
			pieces[i] = ips_arena_alloc(mem, size);
			assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
			for (size_t b = 0; b < size; b++)
				assert_int_equal(pieces[i][b], 0);
			memset(pieces[i], (int)(i % 255) + 1, size);
		}
		/* no piece has written over another */
		for (size_t i = 0; i < IPS_NELEM(pieces); i++)
			for (size_t b = 0; b < sizes[i % IPS_NELEM(sizes)]; b++)
				assert_int_equal(pieces[i][b], i % 255 + 1);
		ips_arena_reset(mem);
	}
	ips_arena_free(mem);
	ips_arena_free(NULL);
}

static void
test_arena_text(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	char *large = g_strnfill(50000, 'x');

	(void)state;
	assert_string_equal(ips_arena_strdup(mem, "wid"), "wid");
	assert_string_equal(ips_arena_strdup(mem, ""), "");
	assert_null(ips_arena_strdup(mem, NULL));
	assert_null(ips_arena_strndup(mem, NULL, 0));
	assert_string_equal(ips_arena_strndup(mem, "wid=300", 3), "wid");
	assert_string_equal(ips_arena_printf(mem, "%s=%d", "wid", 300), "wid=300");
	assert_string_equal(ips_arena_printf(mem, "%s", large), large);
	int *numbers = IPS_NEW_N(mem, int, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], 0);
	g_free(large);
}

/* What is asked for once in a while must not leave the block before it unused. */
static void
test_arena_reset_reuses(void **state)
{
	struct ips_arena *mem = ips_arena_new();
	void *first = ips_arena_alloc(mem, 100);

	(void)state;
	ips_arena_alloc(mem, 1000000);
	ips_arena_reset(mem);
	assert_ptr_equal(ips_arena_alloc(mem, 100), first);
	char *before = ips_arena_alloc(mem, 16);
	ips_arena_alloc(mem, 100000);
	char *after = ips_arena_alloc(mem, 16);
	assert_true(after > before && after - before < 256);
	ips_arena_free(mem);
}

/* ---- Numbers ---- */

static void
test_parse_int(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		bool ok;
		int64_t want;
	} cases[] = {
		{ "0", 0, 10, true, 0 }, { "-0", 0, 10, true, 0 }, { "10", 0, 10, true, 10 },
		{ "11", 0, 10, false, 0 }, { "-1", 0, 10, false, 0 },
		{ "+5", 0, 10, true, 5 }, /* as in xsd:int */
		{ "007", 0, 10, true, 7 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
		{ "99999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
		{ "", INT64_MIN, INT64_MAX, false, 0 }, { "-", INT64_MIN, INT64_MAX, false, 0 },
		{ "+-1", INT64_MIN, INT64_MAX, false, 0 }, { " 1", INT64_MIN, INT64_MAX, false, 0 },
		{ "1 ", INT64_MIN, INT64_MAX, false, 0 }, { "1.0", INT64_MIN, INT64_MAX, false, 0 },
		{ "1e3", INT64_MIN, INT64_MAX, false, 0 },
		{ "0x10", INT64_MIN, INT64_MAX, false, 0 },
		{ "١", INT64_MIN, INT64_MAX, false, 0 }, /* an Arabic one */
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		int64_t got = 12345;
		bool ok = ips_parse_int(
		    cases[i].text, strlen(cases[i].text), cases[i].min, cases[i].max, &got);
		if (ok != cases[i].ok || got != (ok ? cases[i].want : 12345))
			fail_msg("'%s': %d, %lld", cases[i].text, ok, (long long)got);
	}
	int64_t got = 0;
	assert_true(ips_parse_int("300,200", 3, 0, 1000, &got)); /* only what len covers */
	assert_int_equal(got, 300);
	assert_false(ips_parse_int("12\0", 3, 0, 1000, &got));
}

static void
test_parse_double(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		double want;
	} cases[] = {
		{ "0", true, 0 },
		{ "1", true, 1 },
		{ "-1.5", true, -1.5 },
		{ "+1.5", true, 1.5 },
		{ ".5", true, .5 },
		{ "5.", true, 5 },
		{ "1e3", true, 1000 },
		{ "1E-3", true, .001 },
		{ "0.1", true, 0.1 },
		{ "1e-400", true, 0 },
		{ "1e400", false, 0 },
		{ "", false, 0 },
		{ ".", false, 0 },
		{ "-", false, 0 },
		{ "-.", false, 0 },
		{ "e5", false, 0 },
		{ ".e5", false, 0 },
		{ "1e", false, 0 },
		{ "1e+", false, 0 },
		{ "1e5.5", false, 0 },
		{ "1,5", false, 0 },
		{ "1.2.3", false, 0 },
		{ "inf", false, 0 },
		{ "nan", false, 0 },
		{ "0x1p3", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "0."
		  "0000000000000000000000000000000000000000000000000000000000000000000000000000001e"
		  "79",
		    true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		double got = 12345;
		bool ok = ips_parse_double(cases[i].text, strlen(cases[i].text), &got);
		if (ok != cases[i].ok || got != (ok ? cases[i].want : 12345))
			fail_msg("'%s': %d, %.17g", cases[i].text, ok, got);
	}
	double got = 0;
	assert_true(ips_parse_double("0.25x", 4, &got));
	assert_true(got == 0.25);
}

static void
test_round(void **state)
{
	static const struct {
		double value;
		int want;
	} cases[] = {
		{ 0, 0 },
		{ 0.5, 1 },
		{ -0.5, -1 },
		{ 0.49999999999999994, 0 },
		{ -0.49999999999999994, 0 },
		{ 1.5, 2 },
		{ 2.5, 3 },
		{ -2.5, -3 },
		{ 2.4999, 2 },
		{ 2147483646.5, INT_MAX },
		{ 2147483647.0, INT_MAX },
		{ 1e300, INT_MAX },
		{ -1e300, INT_MIN },
		{ -2147483648.4, INT_MIN },
		{ __builtin_inf(), INT_MAX },
		{ -__builtin_inf(), INT_MIN },
		{ __builtin_nan(""), 0 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		if (ips_round(cases[i].value) != cases[i].want)
			fail_msg("%.17g: %d", cases[i].value, ips_round(cases[i].value));
}

/* ---- Text ---- */

static void
test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool ok;
	} cases[] = {
		{ "", 0, true },
		{ NULL, 0, true },
		{ "abc", 3, true },
		{ "é€😀", 9, true },
		{ "a\0b", 3, false },
		{ "\xC0\xAF", 2, false },         /* an overlong '/' */
		{ "\xE0\x80\xAF", 3, false },     /* the same, longer */
		{ "\xED\xA0\x80", 3, false },     /* half a surrogate pair */
		{ "\xF4\x90\x80\x80", 4, false }, /* beyond U+10FFFF */
		{ "\xE2\x82", 2, false },
		{ "\x80", 1, false },
		{ "\xFF", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		if (ips_utf8_valid(cases[i].text, cases[i].len) != cases[i].ok)
			fail_msg("row %zu", i);
}

static void
test_secrets(void **state)
{
	char secret[] = "password";

	(void)state;
	assert_true(ips_equal_secret("abc", 3, "abc", 3));
	assert_true(ips_equal_secret("", 0, "", 0));
	assert_false(ips_equal_secret("abc", 3, "abd", 3));
	assert_false(ips_equal_secret("abc", 3, "Abc", 3));
	assert_false(ips_equal_secret("abc", 3, "abcd", 4));
	assert_false(ips_equal_secret("abc", 3, "", 0));
	ips_wipe(secret, 4);
	assert_memory_equal(secret, "\0\0\0\0word", 9);
	ips_wipe(NULL, 0);
}

/* ---- Time ---- */

static void
test_time_format(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1299020680177, "2011-03-01T23:04:40.177Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ -1000, "1969-12-31T23:59:59.000Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
	};
	char text[IPS_TIME_LEN];

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		int64_t back;
		ips_time_format(cases[i].ms, text);
		assert_string_equal(text, cases[i].want);
		assert_true(ips_time_parse(text, &back));
		assert_int_equal(back, cases[i].ms);
	}
	ips_time_format(INT64_MAX, text); /* must fit */
	ips_time_format(INT64_MIN, text);
}

static void
test_time_parse(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} cases[] = {
		{ "2011-03-01T23:04:40", "2011-03-01T23:04:40.000Z" },
		{ "2011-03-01T23:04:40Z", "2011-03-01T23:04:40.000Z" },
		{ "2011-03-01T23:04:40.1", "2011-03-01T23:04:40.100Z" },
		{ "2011-03-01T23:04:40.1779999Z", "2011-03-01T23:04:40.177Z" },
		{ "2011-03-01T17:04:40.177-06:00", "2011-03-01T23:04:40.177Z" },
		{ "2011-03-02T00:34:40+01:30", "2011-03-01T23:04:40.000Z" },
		{ "2011-12-31T24:00:00", "2012-01-01T00:00:00.000Z" },
		{ "2012-02-29T00:00:00", "2012-02-29T00:00:00.000Z" },
		{ "0001-01-01T00:00:00", "0001-01-01T00:00:00.000Z" },
		{ "2011-02-29T00:00:00", NULL },
		{ "1900-02-29T00:00:00", NULL },
		{ "2011-13-01T00:00:00", NULL },
		{ "2011-00-01T00:00:00", NULL },
		{ "2011-04-31T00:00:00", NULL },
		{ "0000-01-01T00:00:00", NULL },
		{ "2011-01-01T24:00:01", NULL },
		{ "2011-01-01T25:00:00", NULL },
		{ "2011-01-01T00:60:00", NULL },
		{ "2011-01-01T00:00:60", NULL },
		{ "2011-01-01T00:00:00.", NULL },
		{ "2011-01-01T00:00:00+14:01", NULL },
		{ "2011-01-01T00:00:00+1:00", NULL },
		{ "2011-01-01T00:00:00z", NULL },
		{ "2011-01-01T00:00:00Z ", NULL },
		{ " 2011-01-01T00:00:00Z", NULL },
		{ "2011-01-01 00:00:00", NULL },
		{ "2011-01-01", NULL },
		{ "11-01-01T00:00:00", NULL },
		{ "", NULL },
	};
	char text[IPS_TIME_LEN];

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		int64_t ms = 12345;
		bool ok = ips_time_parse(cases[i].text, &ms);
		if (ok)
			ips_time_format(ms, text);
		if (ok != (cases[i].want != NULL) || (ok && strcmp(text, cases[i].want) != 0))
			fail_msg("'%s': %s", cases[i].text, ok ? text : "refused");
		if (!ok)
			assert_int_equal(ms, 12345);
	}
}

static void
test_clocks(void **state)
{
	int64_t start = ips_monotonic_us();

	(void)state;
	assert_true(ips_clock_ms() > INT64_C(1600000000000));
	assert_true(ips_monotonic_us() >= start);
}

/* ---- Log ---- */

static char logged[4096];

/* Standard error leads into a pipe meanwhile. */
static void
capture(enum ips_log_level level, const char *event, const char *value)
{
	int pipe_fds[2], saved = dup(STDERR_FILENO);

	assert_int_equal(pipe(pipe_fds), 0);
	dup2(pipe_fds[1], STDERR_FILENO);
	IPS_LOG(level, event, { "absent", NULL }, { "value", value });
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pipe_fds[1]);
	ssize_t len = read(pipe_fds[0], logged, sizeof(logged) - 1);
	logged[MAX(len, 0)] = '\0';
	close(pipe_fds[0]);
}

static void
test_log_quoting(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "copyImage", "copyImage" },
		{ "c|6", "c|6" },
		{ "", "\"\"" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"hi\"\\", "\"say \\\"hi\\\"\\\\\"" },
		{ "x\nlevel=error", "\"x\\x0alevel=error\"" },
		{ "x\r\tb", "\"x\\x0d\\x09b\"" },
		{ "\x1b[2J", "\"\\x1b[2J\"" },
		{ "schön", "\"schön\"" },
		{ "\xC2\x85", "\"\\xc2\\x85\"" },          /* next line */
		{ "\xE2\x80\xA8", "\"\\xe2\\x80\\xa8\"" }, /* line separator */
		{ "\xE2\x80\xAE", "\"\\xe2\\x80\\xae\"" }, /* turns the direction of writing */
		{ "\xFFz", "\"\\xffz\"" },
		{ "z\xE2\x82", "\"z\\xe2\\x82\"" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		char *want = g_strdup_printf(" level=error event=test value=%s\n", cases[i].want);
		capture(IPS_LOG_ERROR, "test", cases[i].value);
		assert_memory_equal(logged, "time=20", 7);
		assert_string_equal(strchr(logged, ' '), want);
		g_free(want);
	}
}

static void
test_log_levels(void **state)
{
	(void)state;
	capture(IPS_LOG_DEBUG, "quiet", "x");
	assert_string_equal(logged, "");
	capture(IPS_LOG_INFO, "loud", "x");
	assert_non_null(strstr(logged, "level=info event=loud value=x\n"));
	ips_log_set_level(IPS_LOG_DEBUG);
	capture(IPS_LOG_DEBUG, "loud", "x");
	assert_non_null(strstr(logged, "level=debug event=loud value=x\n"));
	ips_log_set_level(IPS_LOG_ERROR);
	capture(IPS_LOG_WARNING, "quiet", "x");
	assert_string_equal(logged, "");
	ips_log_set_level(IPS_LOG_INFO);
}

static void
networks_by_text(void **state)
{
	static const struct {
		const char *networks, *address;
		bool has;
	} rows[] = {
		{ "127.0.0.0/8,::1", "127.0.0.1", true },
		{ "127.0.0.0/8,::1", "127.255.0.9", true },
		{ "127.0.0.0/8,::1", "128.0.0.1", false },
		{ "127.0.0.0/8,::1", "::1", true },
		{ "127.0.0.0/8,::1", "::2", false },
		{ "127.0.0.0/8,::1", "", false },
		{ " 10.0.0.0/9 , 192.168.7.7 ", "10.127.255.255", true },
		{ " 10.0.0.0/9 , 192.168.7.7 ", "10.128.0.0", false },
		{ " 10.0.0.0/9 , 192.168.7.7 ", "192.168.7.7", true },
		{ " 10.0.0.0/9 , 192.168.7.7 ", "192.168.7.8", false },
		{ "0.0.0.0/0", "1.2.3.4", true },
		{ "0.0.0.0/0", "::1", false },
		{ "", "127.0.0.1", false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		print_message("%s in %s\n", rows[i].address, rows[i].networks);
		assert_true(ips_networks_valid(rows[i].networks));
		assert_int_equal(
		    ips_networks_have_text(rows[i].networks, rows[i].address), rows[i].has);
	}
	assert_false(ips_networks_valid("10.0.0.0/33"));
	assert_false(ips_networks_valid("all"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_by_text),
		cmocka_unit_test(test_fault_table),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_fail_cuts_at_characters),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_arena_text),
		cmocka_unit_test(test_arena_reset_reuses),
		cmocka_unit_test(test_parse_int),
		cmocka_unit_test(test_parse_double),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_time_format),
		cmocka_unit_test(test_time_parse),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_log_quoting),
		cmocka_unit_test(test_log_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
