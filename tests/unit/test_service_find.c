/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_fixture.h"

#include <sys/stat.h>

/* Names of what was found, in order, "a b c". */
static char *
names(const struct ips_asset **asset, size_t count)
{
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < count; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? " " : "", asset[i]->name);
	return g_string_free(text, FALSE);
}

#define STRINGS(...)                                                                               \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define TYPES(...) .types = STRINGS(__VA_ARGS__), .type_count = IPS_NELEM((STRINGS(__VA_ARGS__)))
#define CONDITION(field, op, value)                                                                \
	.conditions =                                                                              \
	    (const struct ips_search_condition[]){ { (field), (op), (value), NULL, NULL } },       \
	.condition_count = 1
#define RANGE(field, op, low, high)                                                                \
	.conditions =                                                                              \
	    (const struct ips_search_condition[]){ { (field), (op), NULL, (low), (high) } },       \
	.condition_count = 1

#define ALL "chart lamp landscape logo macbookwin1 mug"

static void
test_search(void **state)
{
	const struct {
		const char *user;
		struct ips_search search;
		const char *want; /* NULL: a fault */
		int64_t total;
		enum ips_fault fault;
		const char *words;
	} rows[] = {
		{ DEMO, { .subfolders = true }, ALL, 6, 0, NULL },
		{ DEMO, { .folder = NULL }, "macbookwin1", 1, 0, NULL },
		{ DEMO, { .folder = "/ApiTestCo" }, "macbookwin1", 1, 0, NULL },
		{ DEMO, { .folder = "ApiTestCo/Products/" }, "mug", 1, 0, NULL },
		{ DEMO, { .folder = "f|ApiTestCo/Products/", .subfolders = true }, "lamp mug", 2, 0,
		    NULL },
		{ DEMO, { .folder = "ApiTestCo/Nowhere" }, NULL, 0, IPS_NOT_FOUND, "folder" },
		{ DEMO, { .folder = "OtherCo" }, NULL, 0, IPS_NOT_FOUND, "folder" },
		/* Who sees by groups sees what they may read, and nothing else in any way. */
		{ PORTAL, { .subfolders = true }, "lamp logo mug", 3, 0, NULL },
		{ PORTAL, { .folder = "ApiTestCo/Scenes/" }, "", 0, 0, NULL },
		{ PORTAL, { .folder = "ApiTestCo/Nowhere/" }, "", 0, 0, NULL },
		{ VIEWER, { .subfolders = true }, "", 0, 0, NULL },
		/* Sorting. */
		{ DEMO, { .subfolders = true, .sort_by = "Name", .sort_direction = "Descending" },
		    "mug macbookwin1 logo landscape lamp chart", 6, 0, NULL },
		{ DEMO, { .subfolders = true, .sort_by = "name" }, NULL, 0, IPS_INVALID_PARAMETER,
		    "sortBy must be one of Created, Modified, Name, AssetType, FileSize, not" },
		{ DEMO, { .subfolders = true, .sort_direction = "Up" }, NULL, 0,
		    IPS_INVALID_PARAMETER, "sortDirection" },
		/* Pages. */
		{ DEMO, { .subfolders = true, .per_page = 4 }, "chart lamp landscape logo", 6, 0,
		    NULL },
		{ DEMO, { .subfolders = true, .per_page = 4, .page = 2 }, "macbookwin1 mug", 6, 0,
		    NULL },
		{ DEMO, { .subfolders = true, .per_page = 4, .page = 3 }, "", 6, 0, NULL },
		{ DEMO, { .subfolders = true, .per_page = 2000000000, .page = 2000000000 }, "", 6,
		    0, NULL },
		{ DEMO, { .subfolders = true, .per_page = -1 }, NULL, 0, IPS_INVALID_PARAMETER,
		    "recordsPerPage" },
		{ DEMO, { .subfolders = true, .page = -1 }, NULL, 0, IPS_INVALID_PARAMETER,
		    "resultsPage" },
		/* States and types. */
		{ DEMO, { .subfolders = true, .trash_state = "InTrash" }, "", 0, 0, NULL },
		{ DEMO, { .subfolders = true, .trash_state = "Any" }, ALL, 6, 0, NULL },
		{ DEMO, { .subfolders = true, .trash_state = "Trash" }, NULL, 0,
		    IPS_INVALID_PARAMETER, "NotInTrash, InTrash, InEmptiedTrash, Any" },
		{ DEMO, { .subfolders = true, .publish_state = "MarkedForPublish" }, ALL, 6, 0,
		    NULL },
		{ DEMO, { .subfolders = true, .publish_state = "NotMarkedForPublish" }, "", 0, 0,
		    NULL },
		{ DEMO, { .subfolders = true, .match_mode = "Match" }, NULL, 0,
		    IPS_INVALID_PARAMETER, "MatchAll, MatchAny" },
		{ DEMO, { .subfolders = true, TYPES("Image", "Video") }, ALL, 6, 0, NULL },
		{ DEMO, { .subfolders = true, TYPES("Video") }, "", 0, 0, NULL },
		{ DEMO, { .subfolders = true, TYPES("Asset", "Video") }, ALL, 6, 0, NULL },
		{ DEMO, { .subfolders = true, TYPES("Picture") }, NULL, 0, IPS_INVALID_PARAMETER,
		    "assetTypeArray" },
		{ DEMO, { .subfolders = true, .not_types = STRINGS("Image"), .not_type_count = 1 },
		    "", 0, 0, NULL },
		/* Names: exact, wherever they are. */
		{ DEMO, { .names = STRINGS("mug", "nothing", "logo"), .name_count = 3 }, "logo mug",
		    2, 0, NULL },
		{ DEMO, { .names = STRINGS("MUG"), .name_count = 1 }, "", 0, 0, NULL },
		{ DEMO, { .names = STRINGS("secret"), .name_count = 1 }, "", 0, 0, NULL },
		{ DEMO, { .names = STRINGS("x"), .name_count = 0 }, "", 0, 0, NULL },
		{ PORTAL, { .names = STRINGS("macbookwin1", "mug"), .name_count = 2 }, "mug", 1, 0,
		    NULL },
		/* Conditions. */
		{ DEMO, { .subfolders = true, CONDITION("Name", "StartsWith", "la") },
		    "lamp landscape", 2, 0, NULL },
		{ DEMO, { .subfolders = true, CONDITION("FileName", "EndsWith", ".PNG") },
		    "chart logo mug", 3, 0, NULL },
		{ DEMO, { .subfolders = true, CONDITION("Description", "Contains", "demo") },
		    "logo", 1, 0, NULL },
		{ DEMO, { .subfolders = true, CONDITION("CreateUser", "NotEquals", DEMO) }, "", 0,
		    0, NULL },
		{ DEMO, { .subfolders = true, CONDITION("Sku", "Equals", "7") }, ALL, 6, 0, NULL },
		{ DEMO, { .subfolders = true, CONDITION("FileSize", "LessThan", "1") }, "", 0, 0,
		    NULL },
		{ DEMO, { .subfolders = true, RANGE("FileSize", "Between", "1", "100000000") }, ALL,
		    6, 0, NULL },
		{ DEMO,
		    { .subfolders = true,
			CONDITION("Created", "GreaterThan", "2001-01-01T00:00:00Z") },
		    ALL, 6, 0, NULL },
		{ DEMO,
		    { .subfolders = true,
			CONDITION("Created", "LessThan", "2001-01-01T00:00:00Z") },
		    "", 0, 0, NULL },
		{ DEMO, { .subfolders = true, CONDITION("Colour", "Equals", "7") }, NULL, 0,
		    IPS_INVALID_PARAMETER, "field must be one of Name, Keywords" },
		{ DEMO, { .subfolders = true, CONDITION("CreatedWith", "Equals", "7") }, NULL, 0,
		    IPS_UNSUPPORTED, "CreatedWith" },
		{ DEMO, { .subfolders = true, CONDITION("Name", "LessThan", "7") }, NULL, 0,
		    IPS_INVALID_PARAMETER, "op must be one of Equals, NotEquals, Contains" },
		{ DEMO, { .subfolders = true, CONDITION("FileSize", "Contains", "7") }, NULL, 0,
		    IPS_INVALID_PARAMETER, "LessThanEquals" },
		{ DEMO, { .subfolders = true, CONDITION("FileSize", "Equals", "7kB") }, NULL, 0,
		    IPS_INVALID_PARAMETER, "whole number" },
		{ DEMO, { .subfolders = true, CONDITION("Created", "Equals", "today") }, NULL, 0,
		    IPS_INVALID_PARAMETER, "dateTime" },
		{ DEMO, { .subfolders = true, CONDITION("Name", "Equals", NULL) }, NULL, 0,
		    IPS_MISSING_PARAMETER, "value" },
		{ DEMO, { .subfolders = true, RANGE("FileSize", "Between", NULL, "7") }, NULL, 0,
		    IPS_MISSING_PARAMETER, "minimum" },
		{ DEMO, { .subfolders = true, CONDITION("Name", NULL, "x") }, NULL, 0,
		    IPS_MISSING_PARAMETER, "op" },
		/* Acting as a group. */
		{ DEMO, { .subfolders = true, .access = { .group_handle = "g|1" } }, NULL, 0,
		    IPS_NO_IMPERSONATION_PERMISSION, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_call call = enter(f, rows[i].user, "searchAssets", "c|6");
		struct ips_search search = rows[i].search;
		g_autofree char *row = g_strdup_printf("row %zu", i);
		g_autofree char *got = NULL;
		struct ips_error err = { .fault = IPS_OK };
		const struct ips_asset **found;
		size_t count;
		int64_t total = -1;
		bool done;

		search.want_total = true;
		done = ips_service_search(f->service, &call, &search, &found, &count, &total, &err);
		check_fault(row, done, &err, rows[i].fault, rows[i].words);
		if (!done)
			continue;
		got = names(found, count);
		if (g_strcmp0(got, rows[i].want) != 0 || total != rows[i].total)
			fail_msg("%s: '%s' of %d, expected '%s' of %d", row, got, (int)total,
			    rows[i].want, (int)rows[i].total);
	}
}

static void
test_get_assets(void **state)
{
	static const struct {
		const char *user, *handles, *want; /* NULL: 30001 */
	} rows[] = {
		{ DEMO, "a|741|1|539 a|739|1|537", "mug macbookwin1" },
		{ DEMO, "a|739", "macbookwin1" },
		{ DEMO, "a|739|1|538 a|741|1|539", "mug" },
		{ DEMO, "a|999999|1|1", "" },
		{ DEMO, "", "" },
		{ DEMO, "a|739|1|537 nonsense", NULL },
		{ PORTAL, "a|739|1|537 a|741|1|539", "mug" },
		{ OTHER, "a|739|1|537", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const char *company = strcmp(rows[i].user, OTHER) == 0 ? "c|7" : "c|6";
		struct ips_call call = enter(f, rows[i].user, "getAssets", company);
		g_auto(GStrv) handles = g_strsplit(rows[i].handles, " ", -1);
		g_autofree char *row = g_strdup_printf("row %zu", i);
		g_autofree char *got = NULL;
		struct ips_error err = { .fault = IPS_OK };
		const struct ips_asset **found;
		size_t count;
		bool done = ips_service_assets(f->service, &call, NULL,
		    (const char *const *)handles, g_strv_length(handles), &found, &count, &err);

		check_fault(row, done, &err, rows[i].want != NULL ? IPS_OK : IPS_INVALID_PARAMETER,
		    "nonsense");
		if (!done)
			continue;
		got = names(found, count);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: '%s'", row, got);
	}
}

static void
test_folders(void **state)
{
	static const struct {
		const char *user, *path;
		int depth;
		const char *types;
		const char *want; /* NULL: a fault */
		enum ips_fault fault;
	} rows[] = {
		{ DEMO, NULL, -1, NULL,
		    "ApiTestCo/ ApiTestCo/Portal/ ApiTestCo/Products/ ApiTestCo/Products/Lights/ "
		    "ApiTestCo/Scenes/ ApiTestCo/Tests/",
		    0 },
		{ DEMO, "/", 0, NULL, "ApiTestCo/", 0 },
		{ DEMO, "ApiTestCo/Products", 0, NULL, "ApiTestCo/Products/", 0 },
		{ DEMO, "/ApiTestCo/Products/", 1, NULL,
		    "ApiTestCo/Products/ ApiTestCo/Products/Lights/", 0 },
		{ DEMO, "f|ApiTestCo/Products/Lights/", -1, "Image", "ApiTestCo/Products/Lights/",
		    0 },
		{ DEMO, "ApiTestCo/Nowhere", -1, NULL, NULL, IPS_NOT_FOUND },
		{ DEMO, NULL, -2, NULL, NULL, IPS_INVALID_PARAMETER },
		{ DEMO, NULL, -1, "Picture", NULL, IPS_INVALID_PARAMETER },
		{ PORTAL, "ApiTestCo/Products", -1, NULL,
		    "ApiTestCo/Products/ ApiTestCo/Products/Lights/", 0 },
		{ PORTAL, "ApiTestCo/Scenes", -1, NULL, NULL, IPS_NOT_FOUND },
		{ PORTAL, "ApiTestCo/Nowhere", -1, NULL, NULL, IPS_NOT_FOUND },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_call call = enter(f, rows[i].user, "getFolders", "c|6");
		g_autofree char *row = g_strdup_printf("row %zu", i);
		g_autoptr(GString) got = g_string_new(NULL);
		struct ips_error err = { .fault = IPS_OK };
		const struct ips_folder *folder;
		size_t count;
		bool done = ips_service_folders(f->service, &call, NULL, rows[i].path,
		    rows[i].depth, &rows[i].types, rows[i].types != NULL, &folder, &count, &err);

		check_fault(row, done, &err, rows[i].fault, NULL);
		for (size_t n = 0; done && n < count; n++)
			g_string_append_printf(got, "%s%s", n > 0 ? " " : "", folder[n].path);
		if (done && strcmp(got->str, rows[i].want) != 0)
			fail_msg("%s: '%s'", row, got->str);
	}
}

/* ---- The picture ---- */

static void
test_picture(void **state)
{
	static const struct {
		const char *company, *asset, *modifier;
		enum ips_fault want;
		const char *mime, *words;
	} rows[] = {
		{ "ApiTestCo", "macbookwin1", "wid=100", IPS_OK, "image/jpeg", NULL },
		{ "ApiTestCo", "macbookwin1", "", IPS_OK, "image/jpeg", NULL },
		{ "ApiTestCo", "mug", "wid=20&fmt=png-alpha", IPS_OK, "image/png", NULL },
		{ "ApiTestCo", "nothing", "", IPS_NOT_FOUND, NULL,
		    "Unable to find image 'ApiTestCo/nothing'" },
		{ "NoSuchCo", "mug", "", IPS_NOT_FOUND, NULL, "Unable to find image" },
		{ "ExpiredCo", "mug", "", IPS_NOT_FOUND, NULL, "Unable to find image" },
		{ "OtherCo", "mug", "", IPS_NOT_FOUND, NULL, "Unable to find image" },
		{ "ApiTestCo", "../mug", "", IPS_NOT_FOUND, NULL, "Unable to find image" },
		{ "ApiTestCo", "mug", "wid=-1", IPS_INVALID_PARAMETER, NULL, "wid" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autofree char *row = g_strdup_printf("row %zu (%s)", i, rows[i].modifier);
		struct ips_error err = { .fault = IPS_OK };
		struct ips_picture get, head, same, other;
		bool done = ips_service_picture(f->service, f->mem, rows[i].company, rows[i].asset,
		    rows[i].modifier, "\"other\"", false, &get, &err);
		struct stat st;

		check_fault(row, done, &err, rows[i].want, rows[i].words);
		if (!done)
			continue;
		assert_string_equal(get.mime, rows[i].mime);
		assert_int_equal(fstat(get.fd, &st), 0);
		assert_int_equal(st.st_size, get.size);
		assert_true(get.size > 50);
		close(get.fd);

		MUST(ips_service_picture(f->service, f->mem, rows[i].company, rows[i].asset,
		    rows[i].modifier, NULL, true, &head, &err));
		assert_int_equal(head.fd, -1);
		assert_string_equal(head.etag, get.etag);

		g_autofree char *list = g_strdup_printf("\"x\", W/%s", get.etag);
		MUST(ips_service_picture(f->service, f->mem, rows[i].company, rows[i].asset,
		    rows[i].modifier, list, false, &same, &err));
		assert_true(same.unchanged);
		assert_int_equal(same.fd, -1);

		MUST(ips_service_picture(f->service, f->mem, rows[i].company, rows[i].asset,
		    "wid=33&cache=off", get.etag, true, &other, &err));
		assert_false(other.unchanged);
		assert_string_not_equal(other.etag, get.etag);
	}
}

static void
test_demo_twice(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };

	MUST(ips_service_demo(f->service, &err));
	MUST(ips_service_healthy(f->service, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_demo_twice), /* and the rest finds each thing once */
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_get_assets),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_picture),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
