/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Handles, names, numbers, times: what is accepted reads the same when it is written again, and the
 * standard library agrees. */
#include "openips/service.h"

#include "fuzz.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define NEED(condition, text) FUZZ_NEED(condition, text, strlen(text))

static void
check_asset(struct ips_arena *mem, const char *text)
{
	int64_t id, seq, id2, seq2;
	int type, type2;

	if (!ips_handle_parse_asset(text, &id, &type, &seq))
		return;
	NEED(id > 0 && type >= 0 && seq >= 0, text);
	struct ips_asset asset = { .id = id, .type = type, .type_seq = seq };
	const char *again = ips_handle_asset(mem, &asset);
	if (type == 0 || seq == 0)
		return; /* an old form, which says less */
	NEED(ips_handle_parse_asset(again, &id2, &type2, &seq2), text);
	NEED(id == id2 && type == type2 && seq == seq2, text);
}

static void
check_handles(struct ips_arena *mem, const char *text)
{
	int64_t id, again;
	const char *path, *path_again;

	if (ips_handle_parse_company(text, &id))
		NEED(ips_handle_parse_company(ips_handle_company(mem, id), &again) && id == again,
		    text);
	if (ips_handle_parse_group(text, &id))
		NEED(
		    ips_handle_parse_group(ips_handle_group(mem, id), &again) && id == again, text);
	if (ips_handle_parse_user(text, &id)) {
		struct ips_user user = { .id = id, .email = "a@b.example" };

		NEED(ips_handle_parse_user(ips_handle_user(mem, &user), &again) && id == again,
		    text);
	}
	if (ips_handle_parse_folder(text, &path))
		NEED(ips_handle_parse_folder(ips_handle_folder(mem, path), &path_again) &&
			 strcmp(path, path_again) == 0,
		    text);
	check_asset(mem, text);
}

static void
check_name(const char *text)
{
	if (!ips_name_valid(text))
		return;
	NEED(*text != '\0' && strlen(text) <= 255 && strpbrk(text, "/\\,?&=#%") == NULL, text);
	NEED(fuzz_can_be_shown(text) && *text != ' ' && !g_str_has_suffix(text, " "), text);
}

static void
check_int(const char *text, size_t len)
{
	int64_t value;
	char *end;

	if (!ips_parse_int(text, len, INT64_MIN, INT64_MAX, &value))
		return;
	errno = 0;
	NEED(strtoll(text, &end, 10) == value && errno == 0 && end == text + len, text);
}

static void
check_double(const char *text, size_t len)
{
	double value, want;
	char *end;

	if (!ips_parse_double(text, len, &value))
		return;
	want = g_ascii_strtod(text, &end);
	NEED(isfinite(value) && end == text + len, text);
	NEED(fabs(value - want) <= fabs(want) * 1e-12, text);
}

static void
check_time(const char *text)
{
	char again[IPS_TIME_LEN];
	int64_t ms, same;

	if (!ips_time_parse(text, &ms))
		return;
	ips_time_format(ms, again);
	NEED(ips_time_parse(again, &same) && ms == same, text);
}

static void
check_uuid(const char *text)
{
	if (!ips_uuid_valid(text))
		return;
	NEED(strlen(text) == 36 || strlen(text) == 32, text);
	NEED(strspn(text, "0123456789abcdefABCDEF-") == strlen(text), text);
}

static void
run(void *stage, const uint8_t *data, size_t len)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const char *text = ips_arena_strndup(mem, (const char *)data, len);
	struct ips_color color;

	(void)stage;
	NEED(ips_utf8_valid((const char *)data, len) ==
		 (g_utf8_validate_len((const char *)data, len, NULL) &&
		     memchr(data, '\0', len) == NULL),
	    text);
	check_handles(mem, text);
	check_name(text);
	check_int(text, strlen(text));
	check_double(text, strlen(text));
	check_time(text);
	check_uuid(text);
	(void)!ips_color_parse(text, &color);
	const struct ips_path *path = ips_path_parse(mem, text);
	double box[4];
	if (path != NULL)
		ips_path_bounds(path, box);
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "a|", "c|", "f|", "g|", "u|", "pm|", "|", "/",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "2147483648",
		"1e308", "1e309", "-0", "inf", "nan", "0x10", ".", "T", "Z", "+14:00", "-00:00",
		"24:00:00", "02-29", "0000", "\xc3\xa4", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xc0\x80", "M", "L", "C", "Z", "rgb" };

	fuzz_add_words(out, list, IPS_NELEM(list));
}

static void
seeds(GPtrArray *out)
{
	static const char *const list[] = { "a|739|1|537", "739|1|537", "a|739", "c|6", "6",
		"f|ApiTestCo/", "ApiTestCo/a/b", "g|7", "u|1|a@b.example", "pm|2", "mac book",
		"gr\xc3\xbcn \xe2\x82\xac", "-12", "0.5e-3", "2011-03-01T23:04:40.177Z",
		"2012-02-29T24:00:00+01:00", "0b2a3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d",
		"0b2a3c4d5e6f4a1b8c2d3e4f5a6b7c8d", "M 0 0 L 10,10 C 1 2 3 4 5 6 Z", "0xff00ff80",
		"rgb:ff00ff", "" };

	for (size_t i = 0; i < IPS_NELEM(list); i++)
		fuzz_add_text(out, list[i]);
}

const struct fuzz_target fuzz_handle = {
	.name = "handle", .max_len = 512, .run = run, .seeds = seeds, .words = words
};
