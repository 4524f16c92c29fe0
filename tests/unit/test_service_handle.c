/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_fixture.h"

static void
test_asset_handles(void **state)
{
	static const struct {
		const char *in;
		bool ok;
		int64_t id;
		int type;
		int64_t seq;
	} rows[] = {
		{ "a|739|1|537", true, 739, 1, 537 },
		{ "a|27007", true, 27007, 0, 0 },
		{ "24265|1|17061", true, 24265, 1, 17061 },
		{ "a|9223372036854775807|1|1", true, INT64_MAX, 1, 1 },
		{ "a|9223372036854775808|1|1", false, 0, 0, 0 },
		{ "a|0|1|1", false, 0, 0, 0 },
		{ "a|-1|1|1", false, 0, 0, 0 },
		{ "a|+1|1|1", false, 0, 0, 0 },
		{ "a|1|1", false, 0, 0, 0 },
		{ "a|1|1|1|1", false, 0, 0, 0 },
		{ "a|1|1|1|", false, 0, 0, 0 },
		{ "a|1|1|x", false, 0, 0, 0 },
		{ "a|1|99999999999|1", false, 0, 0, 0 },
		{ "A|1|1|1", false, 0, 0, 0 },
		{ "739", false, 0, 0, 0 },
		{ "a|", false, 0, 0, 0 },
		{ "", false, 0, 0, 0 },
		{ "c|6", false, 0, 0, 0 },
		{ " a|1|1|1", false, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int64_t id = 0, seq = 0;
		int type = 0;
		bool ok = ips_handle_parse_asset(rows[i].in, &id, &type, &seq);

		if (ok != rows[i].ok || id != rows[i].id || type != rows[i].type ||
		    seq != rows[i].seq)
			fail_msg("'%s': %d %d %d %d", rows[i].in, ok, (int)id, type, (int)seq);
	}
}

static bool
parse_user(const char *text, int64_t *id)
{
	return ips_handle_parse_user(text, id);
}

static void
test_plain_handles(void **state)
{
	static const struct {
		bool (*parse)(const char *text, int64_t *id);
		const char *in;
		int64_t want; /* 0: refused */
	} rows[] = {
		{ ips_handle_parse_company, "c|6", 6 },
		{ ips_handle_parse_company, "47", 47 },
		{ ips_handle_parse_company, "c|", 0 },
		{ ips_handle_parse_company, "c|6|7", 0 },
		{ ips_handle_parse_company, "c|6 ", 0 },
		{ ips_handle_parse_company, "g|6", 0 },
		{ ips_handle_parse_company, "c|99999999999999999999", 0 },
		{ ips_handle_parse_group, "g|1", 1 },
		{ ips_handle_parse_group, "225", 225 },
		{ ips_handle_parse_group, "u|1", 0 },
		{ parse_user, "u|41|user@example.com", 41 },
		{ parse_user, "70|user@example.com", 70 },
		{ parse_user, "u|x|user@example.com", 0 },
		{ parse_user, "u|1|a|b", 0 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int64_t id = 0;
		bool ok = rows[i].parse(rows[i].in, &id);

		if (ok != (rows[i].want != 0) || id != rows[i].want)
			fail_msg("'%s': %d, %d", rows[i].in, ok, (int)id);
	}
}

static void
test_folder_handles(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "f|ApiTestCo/dir/", "ApiTestCo/dir/" },
		{ "ApiTestCo/", "ApiTestCo/" },
		{ "f|", NULL },
		{ "", NULL },
		{ "f|a|b", NULL },
		{ "f|a\nb/", NULL },
		{ "f|\xC3/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const char *path = NULL;
		bool ok = ips_handle_parse_folder(rows[i].in, &path);

		if (ok != (rows[i].want != NULL) || g_strcmp0(path, rows[i].want) != 0)
			fail_msg("'%s': %d '%s'", rows[i].in, ok, path);
	}
}

static void
test_written_handles(void **state)
{
	struct ips_arena *mem = ips_arena_new();
	struct ips_asset asset = { .id = 943, .type = 1, .type_seq = 580 };
	struct ips_user user = { .id = 41, .email = "user@example.com" };

	(void)state;
	assert_string_equal(ips_handle_company(mem, 6), "c|6");
	assert_string_equal(ips_handle_asset(mem, &asset), "a|943|1|580");
	assert_string_equal(ips_handle_folder(mem, "ApiTestCo/"), "f|ApiTestCo/");
	assert_string_equal(ips_handle_group(mem, 1), "g|1");
	assert_string_equal(ips_handle_user(mem, &user), "u|41|user@example.com");
	assert_string_equal(ips_handle_permission_set(mem, 2), "pm|2");
	ips_arena_free(mem);
}

static void
test_names(void **state)
{
	static const struct {
		const char *in;
		bool ok;
	} rows[] = {
		{ "Copy_macbookwin1", true },
		{ "a b", true },
		{ "caf\xC3\xA9 \xE5\x9B\xBE", true },
		{ "a.b-c_(d)", true },
		{ "", false },
		{ " a", false },
		{ "a ", false },
		{ "a/b", false },
		{ "a\\b", false },
		{ "a,b", false },
		{ "a?b", false },
		{ "a&b", false },
		{ "a=b", false },
		{ "a#b", false },
		{ "a%b", false },
		{ "a\tb", false },
		{ "a\x7F", false },
		{ "a\xC2\x85", false },
		{ "a\xC2\xA0z", true },
		{ "a\xC2", false },
		{ "a\xFF", false },
		{ "\xED\xA0\x80", false },
	};
	char longest[257];

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		if (ips_name_valid(rows[i].in) != rows[i].ok)
			fail_msg("'%s'", rows[i].in);
	memset(longest, 'x', sizeof(longest));
	longest[255] = '\0';
	assert_true(ips_name_valid(longest));
	longest[255] = 'x';
	longest[256] = '\0';
	assert_false(ips_name_valid(longest));
}

static void
test_file_names(void **state)
{
	static const struct {
		const char *name;
		enum ips_format format;
		const char *want;
	} rows[] = {
		{ "a", IPS_FORMAT_JPEG, "a.jpg" },
		{ "a.b", IPS_FORMAT_PNG, "a.b.png" },
		{ "a.JPG", IPS_FORMAT_JPEG, "a.JPG" },
		{ "a.jpg", IPS_FORMAT_PNG, "a.jpg.png" },
		{ ".png", IPS_FORMAT_PNG, ".png.png" },
	};
	struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		assert_string_equal(ips_file_name(mem, rows[i].name, rows[i].format), rows[i].want);
	ips_arena_free(mem);
}

static void
test_facts_come_back(void **state)
{
	static const struct ips_source_path paths[] = { { "box", false, { 0, 0.25, 1, 0.75 } },
		{ "50% of: a \"path\"", false, { -16, -0.125, 1.5, 16 } },
		{ "cut off", true, { 0 } } };
	static const struct ips_source rows[] = {
		{ IPS_FORMAT_JPEG, 1, 1, 1, 8, IPS_SPACE_RGB, false, false, false, false, 1, 0, 0,
		    NULL },
		{ IPS_FORMAT_TIFF, 9000, 7000, 8, 16, IPS_SPACE_CMYK, true, true, true, false, 12,
		    300, 3, paths },
		{ IPS_FORMAT_JPEG, 30, 20, 6, 8, IPS_SPACE_GRAY, true, false, true, true, 1, 72.5,
		    1, paths + 1 },
	};
	struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { .fault = IPS_OK };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_blob blob = { .digest = "00", .size = 7 };
		const struct ips_image *image = ips_facts_image(mem, &blob, &rows[i]);
		const struct ips_source *want = &rows[i];
		struct ips_source got;

		MUST(ips_facts_read(mem, image, &got, &err));
		assert_int_equal(got.format, want->format);
		assert_int_equal(got.width, want->width);
		assert_int_equal(got.height, want->height);
		assert_int_equal(got.orientation, want->orientation);
		assert_int_equal(got.bits, want->bits);
		assert_int_equal(got.space, want->space);
		assert_int_equal(got.alpha, want->alpha);
		assert_int_equal(got.associated, want->associated);
		assert_int_equal(got.profile, want->profile);
		assert_int_equal(got.progressive, want->progressive);
		assert_int_equal(got.pages, want->pages);
		assert_true(got.resolution == want->resolution);
		assert_int_equal(got.paths, want->paths);
		for (int k = 0; k < got.paths; k++) {
			assert_string_equal(got.path[k].name, want->path[k].name);
			assert_int_equal(got.path[k].damaged, want->path[k].damaged);
			assert_memory_equal(
			    got.path[k].box, want->path[k].box, sizeof(got.path[k].box));
		}
	}
	ips_arena_free(mem);
}

static void
test_broken_facts(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static const char *const rows[] = { NULL, "", "1", "1 1 8 r 0 0 0", "1 1 8 r 0 0 0 ",
		"1 1 8 r 0 0 0 1 1", "2 1 8 r 0 0 0 1", "0 1 8 r 0 0 0 1", "1 1 8 x 0 0 0 1",
		"1 1 8 r 3 0 0 1", "1 9 8 r 0 0 0 1", "1 1 8 rr 0 0 0 1", "1  1 8 r 0 0 0 1",
		"1 1 8 r 0 0 0 1 a", "1 1 8 r 0 0 0 1 a:1", "1 1 8 r 0 0 0 1 a:1:2:3",
		"1 1 8 r 0 0 0 1 a:1:2:3:", "1 1 8 r 0 0 0 1 a:1:2:3:4:5",
		"1 1 8 r 0 0 0 1 a:1:2:3:x", "1 1 8 r 0 0 0 1 :1:2:3:4",
		"1 1 8 r 0 0 0 1 a:1:2:3:268435457",
		"1 1 8 r 0 0 0 1 %zz:", "1 1 8 r 0 0 0 1 a: ", "1 1 8 r 0 0 0 1  a:" };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_image image = {
			.mime = "image/png", .width = 1, .height = 1, .facts = rows[i]
		};
		struct ips_error err = { .fault = IPS_OK };
		struct ips_source source;

		check_fault(rows[i] != NULL ? rows[i] : "NULL",
		    ips_facts_read(mem, &image, &source, &err), &err, IPS_INTERNAL, NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asset_handles),
		cmocka_unit_test(test_plain_handles),
		cmocka_unit_test(test_folder_handles),
		cmocka_unit_test(test_written_handles),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_file_names),
		cmocka_unit_test(test_facts_come_back),
		cmocka_unit_test(test_broken_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
