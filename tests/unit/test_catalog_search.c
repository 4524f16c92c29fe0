/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Every filter of a search, and that the right index answers it. */
#include "catalog_fixture.h"

struct world {
	int64_t ids[8], users[2], group;
};

/* a..h, each different in what can be asked for. */
static void
fill(struct fixture *f, struct world *w)
{
	const struct ips_image small = { .blob = { "s", 100 } }, big = { .blob = { "b", 5000 } };
	int64_t x = make_folder(f, "Co/x"), y = make_folder(f, "Co/x/y"),
		z = make_folder(f, "Co/x%");
	const struct ips_asset assets[] = {
		{ .name = "a",
		    .folder = x,
		    .ready = true,
		    .image = &big,
		    .description = "Red_Shoe 100%" },
		{ .name = "b",
		    .folder = y,
		    .image = &small,
		    .description = "red shoe",
		    .keywords = "sun\nSea" },
		{ .name = "c", .folder = y, .type = 2, .subtype = "S1", .file_name = "dir/C.psd" },
		{ .name = "d", .folder = z, .type = 22, .subtype = "S2", .keywords = "sunset" },
		{ .name = "e",
		    .folder = z,
		    .type = 27,
		    .comments = "back\\slash",
		    .user_data = "ÄPFEL" },
		{ .name = "e", .folder = x, .type = 27, .ready = true },
		{ .name = "g", .ready = true, .image = &small },
		{ .name = "h", .folder = x },
	};
	struct ips_user users[] = { { .email = "v@x" }, { .email = "w@x" } };

	for (size_t i = 0; i < IPS_NELEM(assets); i++) {
		w->ids[i] = add_asset(f, &assets[i]);
		g_usleep(2000); /* times differ */
	}
	OK(ips_catalog_asset_trash(f->catalog, w->ids[6], IPS_TRASH_IN, "trasher@x", &err));
	OK(ips_catalog_asset_trash(f->catalog, w->ids[7], IPS_TRASH_EMPTIED, "trasher@x", &err));
	for (size_t i = 0; i < IPS_NELEM(users); i++)
		OK(ips_catalog_user_add(f->catalog, &users[i], &w->users[i], &err));
	OK(ips_catalog_group_add(f->catalog, f->company, "G", &w->group, &err));
	OK(ips_catalog_group_member_set(f->catalog, w->group, w->users[0], true, &err));
	OK(ips_catalog_grant_set(f->catalog,
	    &(struct ips_grant){ y, w->group, IPS_PERMISSION_READ, true, false }, &err));
}

static char *
names_of(const struct ips_asset **assets, size_t count)
{
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < count; i++)
		g_string_append(out, assets[i]->name);
	return g_string_free(out, FALSE);
}

static void
check(struct fixture *f, const struct ips_asset_query *query, const char *want, int want_total,
    int row)
{
	const struct ips_asset **found;
	size_t count;
	int64_t total = -1;

	OK(ips_catalog_search(f->catalog, f->mem, query, &found, &count, &total, &err));
	g_autofree char *got = names_of(found, count);
	if (strcmp(got, want) || (want_total >= 0 && total != want_total))
		fail_msg(
		    "line %d: '%s' of %d, want '%s' of %d", row, got, (int)total, want, want_total);
}

/* A query is its defaults with what the row says on top. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define Q(...)                                                                                     \
	(struct ips_asset_query)                                                                   \
	{                                                                                          \
		.company = f->company, .ready = -1, .limit = 100, __VA_ARGS__                      \
	}
#define CHECK(want, ...) check(f, &Q(__VA_ARGS__), want, -1, __LINE__)
#define LIST(type, ...)                                                                            \
	(const type[])                                                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void
test_filters(void **state)
{
	struct fixture *f = *state;
	struct world w;

	fill(f, &w);
	CHECK("abcdee", .trash = IPS_TRASH_NOT);
	CHECK("g", .trash = IPS_TRASH_IN);
	CHECK("h", .trash = IPS_TRASH_EMPTIED);
	CHECK("abcdeegh", .trash = IPS_TRASH_ANY);
	CHECK("ae", .folder = "Co/x");
	CHECK("abce", .folder = "/Co/x/", .subfolders = true);
	CHECK("de", .folder = "Co/x%", .subfolders = true);
	CHECK("abcdee", .folder = "Co", .subfolders = true);
	CHECK("", .folder = "Co");
	CHECK("", .folder = "Co/nowhere", .subfolders = true);
	CHECK("", .folder = "Co/x' OR 1=1 --");
	CHECK("ab", .types = LIST(int, 1), .type_count = 1);
	CHECK("abd", .types = LIST(int, 1, 22, 99), .type_count = 3);
	CHECK("bc", .folder = "Co/x/y", .types = LIST(int, 1, 2), .type_count = 2);
	CHECK("b", .folder = "Co/x/y", .subfolders = true, .types = LIST(int, 1), .type_count = 1);
	CHECK("cdee", .not_types = LIST(int, 1), .not_type_count = 1);
	CHECK("c", .subtypes = LIST(char *const, "S1"), .subtype_count = 1, .strict_subtype = true);
	CHECK("abcee", .subtypes = LIST(char *const, "S1"), .subtype_count = 1);
	CHECK("ac", .names = LIST(char *const, "a", "c", "nothing", "B"), .name_count = 4);
	CHECK("ee", .names = LIST(char *const, "e"), .name_count = 1);
	CHECK("e", .names = LIST(char *const, "e"), .name_count = 1, .folder = "Co/x");
	CHECK("", .names = LIST(char *const, "e"), .name_count = 0);
	CHECK("ae", .ready = 1);
	CHECK("bcde", .ready = 0);
	CHECK("", .company = 99);
	CHECK("bc", .viewer = { w.users[0], 0 });
	CHECK("bc", .viewer = { 0, w.group });
	CHECK("", .viewer = { w.users[1], 0 });
	CHECK("", .viewer = { w.users[1], w.group });
	CHECK("c", .viewer = { w.users[0], 0 }, .types = LIST(int, 2), .type_count = 1);
}

static void
test_order_and_pages(void **state)
{
	struct fixture *f = *state;
	struct world w;

	fill(f, &w);
	CHECK("eedcba", .sort = IPS_FIELD_NAME, .descending = true);
	CHECK("abcdee", .sort = IPS_FIELD_CREATED);
	CHECK("eedcba", .sort = IPS_FIELD_CREATED, .descending = true);
	CHECK("hg", .trash = IPS_TRASH_ANY, .sort = IPS_FIELD_MODIFIED, .descending = true,
	    .limit = 2);
	CHECK("cdeeba", .sort = IPS_FIELD_FILE_SIZE);
	CHECK("abdcee", .sort = IPS_FIELD_TYPE); /* Image, ImageSet, Template, Zip */
	check(f, &Q(.limit = 2, .want_total = true), "ab", 6, __LINE__);
	check(f, &Q(.limit = 2, .offset = 4, .want_total = true), "ee", 6, __LINE__);
	check(f, &Q(.limit = 4, .offset = 4, .want_total = true), "ee", 6, __LINE__);
	check(f, &Q(.limit = 4, .offset = 40, .want_total = true), "", 6, __LINE__);
	check(f, &Q(.limit = 0, .want_total = true), "", 6, __LINE__);
	check(f, &Q(.limit = 1, .want_total = true, .folder = "Co/x", .subfolders = true), "a", 4,
	    __LINE__);
	check(f, &Q(.limit = 1, .want_total = true, .viewer = { w.users[0], 0 }), "b", 2, __LINE__);
	check(f, &Q(.limit = 1, .want_total = true, .types = LIST(int, 1), .type_count = 1), "a", 2,
	    __LINE__);
	check(f, &Q(.want_total = true, .folder = "Co/nowhere"), "", 0, __LINE__);
}

static void
test_conditions(void **state)
{
	static const struct {
		struct ips_condition c[2];
		int count;
		bool any;
		const char *want;
		enum ips_fault fault;
	} rows[] = {
		{ { { IPS_FIELD_NAME, IPS_MATCH_EQUALS, "A", 0, 0, 0 } }, 1, false, "a", IPS_OK },
		{ { { IPS_FIELD_NAME, IPS_MATCH_NOT_EQUALS, "A", 0, 0, 0 } }, 1, false, "bcdee",
		    IPS_OK },
		{ { { IPS_FIELD_DESCRIPTION, IPS_MATCH_CONTAINS, "SHOE", 0, 0, 0 } }, 1, false,
		    "ab", IPS_OK },
		{ { { IPS_FIELD_DESCRIPTION, IPS_MATCH_NOT_CONTAINS, "shoe", 0, 0, 0 } }, 1, false,
		    "cdee", IPS_OK },
		{ { { IPS_FIELD_DESCRIPTION, IPS_MATCH_STARTS, "red_", 0, 0, 0 } }, 1, false, "a",
		    IPS_OK },
		{ { { IPS_FIELD_DESCRIPTION, IPS_MATCH_ENDS, "%", 0, 0, 0 } }, 1, false, "a",
		    IPS_OK },
		{ { { IPS_FIELD_DESCRIPTION, IPS_MATCH_EQUALS, "%", 0, 0, 0 } }, 1, false, "",
		    IPS_OK },
		{ { { IPS_FIELD_COMMENTS, IPS_MATCH_CONTAINS, "k\\s", 0, 0, 0 } }, 1, false, "e",
		    IPS_OK },
		{ { { IPS_FIELD_USER_DATA, IPS_MATCH_STARTS, "äpf", 0, 0, 0 } }, 1, false, "e",
		    IPS_OK },
		{ { { IPS_FIELD_FILE_NAME, IPS_MATCH_ENDS, ".PSD", 0, 0, 0 } }, 1, false, "c",
		    IPS_OK },
		{ { { IPS_FIELD_CREATED_BY, IPS_MATCH_EQUALS, "U@example.com", 0, 0, 0 } }, 1,
		    false, "abcdee", IPS_OK },
		{ { { IPS_FIELD_MODIFIED_BY, IPS_MATCH_CONTAINS, "trash", 0, 0, 0 } }, 1, false, "",
		    IPS_OK },
		{ { { IPS_FIELD_KEYWORDS, IPS_MATCH_EQUALS, "sun", 0, 0, 0 } }, 1, false, "b",
		    IPS_OK },
		{ { { IPS_FIELD_KEYWORDS, IPS_MATCH_EQUALS, "sea", 0, 0, 0 } }, 1, false, "b",
		    IPS_OK },
		{ { { IPS_FIELD_KEYWORDS, IPS_MATCH_STARTS, "sun", 0, 0, 0 } }, 1, false, "bd",
		    IPS_OK },
		{ { { IPS_FIELD_KEYWORDS, IPS_MATCH_ENDS, "set", 0, 0, 0 } }, 1, false, "d",
		    IPS_OK },
		{ { { IPS_FIELD_KEYWORDS, IPS_MATCH_CONTAINS, "un", 0, 0, 0 } }, 1, false, "bd",
		    IPS_OK },
		{ { { IPS_FIELD_KEYWORDS, IPS_MATCH_NOT_EQUALS, "sun", 0, 0, 0 } }, 1, false,
		    "acdee", IPS_OK },
		{ { { IPS_FIELD_TYPE, IPS_MATCH_EQUALS, "image", 0, 0, 0 } }, 1, false, "ab",
		    IPS_OK },
		{ { { IPS_FIELD_TYPE, IPS_MATCH_STARTS, "Image", 0, 0, 0 } }, 1, false, "abd",
		    IPS_OK },
		{ { { IPS_FIELD_TYPE, IPS_MATCH_ENDS, "set", 0, 0, 0 } }, 1, false, "d", IPS_OK },
		{ { { IPS_FIELD_TYPE, IPS_MATCH_NOT_CONTAINS, "mag", 0, 0, 0 } }, 1, false, "cee",
		    IPS_OK },
		{ { { IPS_FIELD_TYPE, IPS_MATCH_EQUALS, "Nonsense", 0, 0, 0 } }, 1, false, "",
		    IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_EQUALS, NULL, 100, 0, 0 } }, 1, false, "b",
		    IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_NOT_EQUALS, NULL, 100, 0, 0 } }, 1, false,
		    "acdee", IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_GREATER, NULL, 100, 0, 0 } }, 1, false, "a",
		    IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_GREATER_EQUALS, NULL, 100, 0, 0 } }, 1, false,
		    "ab", IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_LESS, NULL, 100, 0, 0 } }, 1, false, "cdee",
		    IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_LESS_EQUALS, NULL, 100, 0, 0 } }, 1, false,
		    "bcdee", IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_BETWEEN, NULL, 0, 1, 100 } }, 1, false, "b",
		    IPS_OK },
		{ { { IPS_FIELD_FILE_SIZE, IPS_MATCH_NOT_BETWEEN, NULL, 0, 1, 100 } }, 1, false,
		    "acdee", IPS_OK },
		{ { { IPS_FIELD_CREATED, IPS_MATCH_GREATER, NULL, 1e12, 0, 0 } }, 1, false,
		    "abcdee", IPS_OK },
		{ { { IPS_FIELD_MODIFIED, IPS_MATCH_LESS, NULL, 1e12, 0, 0 } }, 1, false, "",
		    IPS_OK },
		{ { { IPS_FIELD_NAME, IPS_MATCH_EQUALS, "a", 0, 0, 0 },
		      { IPS_FIELD_NAME, IPS_MATCH_EQUALS, "c", 0, 0, 0 } },
		    2, true, "ac", IPS_OK },
		{ { { IPS_FIELD_NAME, IPS_MATCH_EQUALS, "a", 0, 0, 0 },
		      { IPS_FIELD_NAME, IPS_MATCH_EQUALS, "c", 0, 0, 0 } },
		    2, false, "", IPS_OK },
		{ { { IPS_FIELD_NAME, IPS_MATCH_LESS, "a", 0, 0, 0 } }, 1, false, NULL,
		    IPS_INVALID_PARAMETER },
		{ { { IPS_FIELD_NAME, IPS_MATCH_EQUALS, NULL, 0, 0, 0 } }, 1, false, NULL,
		    IPS_INVALID_PARAMETER },
		{ { { IPS_FIELD_NAME, IPS_MATCH_EQUALS, "\xff", 0, 0, 0 } }, 1, false, NULL,
		    IPS_INVALID_PARAMETER },
		{ { { IPS_FIELD_CREATED, IPS_MATCH_STARTS, "2", 0, 0, 0 } }, 1, false, NULL,
		    IPS_INVALID_PARAMETER },
		{ { { (enum ips_field)99, IPS_MATCH_STARTS, "2", 0, 0, 0 } }, 1, false, NULL,
		    IPS_INVALID_PARAMETER },
	};
	struct fixture *f = *state;
	struct world w;

	fill(f, &w);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const struct ips_asset_query q = Q(.conditions = rows[i].c,
		    .condition_count = (size_t)rows[i].count, .match_any = rows[i].any);
		const struct ips_asset **found;
		size_t count;
		int64_t total;

		if (rows[i].fault == IPS_OK)
			check(f, &q, rows[i].want, -1, (int)i);
		else
			FAILS(rows[i].fault, ips_catalog_search(f->catalog, f->mem, &q, &found,
						 &count, &total, &err));
	}
}

static void
test_limits(void **state)
{
	struct fixture *f = *state;
	const struct ips_asset **found;
	struct ips_condition *many = g_new0(struct ips_condition, 201);
	g_autofree char *lengthy = g_strnfill(1001, 'x');
	const struct ips_condition big = { IPS_FIELD_NAME, IPS_MATCH_EQUALS, lengthy, 0, 0, 0 };
	const struct ips_asset_query over[] = {
		Q(.limit = 10001),
		Q(.limit = -1),
		Q(.offset = -1),
		Q(.conditions = many, .condition_count = 201),
		Q(.conditions = &big, .condition_count = 1),
		Q(.types = (const int *)1, .type_count = 20001),
	};
	size_t count;
	int64_t total;

	for (size_t i = 0; i < IPS_NELEM(over); i++)
		FAILS(IPS_LIMIT,
		    ips_catalog_search(f->catalog, f->mem, &over[i], &found, &count, &total, &err));
	const struct ips_asset_query sort = Q(.sort = IPS_FIELD_COMMENTS);
	FAILS(IPS_INVALID_PARAMETER,
	    ips_catalog_search(f->catalog, f->mem, &sort, &found, &count, &total, &err));
	/* As many as allowed still work. */
	for (int i = 0; i < 200; i++)
		many[i] =
		    (struct ips_condition){ IPS_FIELD_NAME, IPS_MATCH_CONTAINS, "x", 0, 0, 0 };
	CHECK("", .conditions = many, .condition_count = 200, .match_any = true);
	const char **names = g_new0(const char *, 20000);
	for (int i = 0; i < 20000; i++)
		names[i] = "n";
	CHECK("", .names = names, .name_count = 20000);
	g_free(names);
	g_free(many);
}

static void
test_assets_by_id(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const struct ips_asset **found;
	size_t count;

	fill(f, &w);
	const int64_t ids[] = { w.ids[2], 4711, w.ids[0], w.ids[1], w.ids[2] };
	const struct {
		int64_t company;
		struct ips_viewer viewer;
		const char *want;
	} rows[] = {
		{ f->company, { 0, 0 }, "cabc" },
		{ f->company, { w.users[0], 0 }, "cbc" },
		{ f->company, { 0, w.group }, "cbc" },
		{ f->company, { w.users[1], 0 }, "" },
		{ 99, { 0, 0 }, "" },
	};
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		OK(ips_catalog_assets(f->catalog, f->mem, rows[i].company, ids, IPS_NELEM(ids),
		    rows[i].viewer, &found, &count, &err));
		g_autofree char *got = names_of(found, count);
		assert_string_equal(got, rows[i].want);
	}
}

static char *
run_with(struct fixture *f, const struct ips_asset_query *query, const struct search_scope *scope,
    int64_t *total)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	IPS_CLEANUP(query_clear) struct query q = { 0 }, c = { 0 };
	struct ips_rows *rows;
	void *assets;
	size_t count;
	bool row;

	query_init(&q);
	query_init(&c);
	OK(ips_db_reader(f->catalog->db, &conn, &err));
	OK(search_build(&q, query, scope, false, &err));
	OK(search_build(&c, query, scope, true, &err));
	const struct select select = {
		.sql = q.sql->str, .values = query_values(&q), .type = asset_row, .built = true
	};
	OK(select_rows(conn, f->mem, &select, &assets, &count, &err));
	OK(ips_db_query_built(conn, c.sql->str, query_values(&c), &rows, &err));
	OK(ips_db_next(rows, &row, &err));
	*total = ips_db_int(rows, 0);
	return names_of(
	    (const struct ips_asset **)pointers_to(f->mem, assets, sizeof(struct ips_asset), count),
	    count);
}

/* Whichever index drives, the answer is the same: small tests never meet the large cases. */
static void
test_drivers_agree(void **state)
{
	static const int templates[] = { 2, 22 };
	static const enum ips_field sorts[] = { IPS_FIELD_NAME, IPS_FIELD_CREATED,
		IPS_FIELD_MODIFIED, IPS_FIELD_FILE_SIZE, IPS_FIELD_TYPE };
	struct fixture *f = *state;
	const struct ips_folder *x;
	struct world w;

	fill(f, &w);
	OK(ips_catalog_folder(f->catalog, f->mem, f->company, "Co/x", &x, &err));
	const struct {
		struct search_scope one, other;
		bool typed;
	} pairs[] = {
		{ { DRIVE_FOLDER, x->id, NULL }, { DRIVE_ORDER, x->id, NULL }, false },
		{ { DRIVE_SUBTREE, 0, "Co/x/" }, { DRIVE_ORDER, 0, "Co/x/" }, false },
		{ { DRIVE_TYPES, 0, NULL }, { DRIVE_ORDER, 0, NULL }, true },
		{ { DRIVE_TYPES, 0, "Co/x/" }, { DRIVE_ORDER, 0, "Co/x/" }, true },
	};
	for (size_t i = 0; i < IPS_NELEM(pairs); i++)
		for (size_t k = 0; k < 2 * IPS_NELEM(sorts); k++) {
			const struct ips_asset_query q =
			    Q(.sort = sorts[k / 2], .descending = k % 2, .types = templates,
				.type_count = pairs[i].typed ? 2 : 0);
			int64_t total, total_other;
			g_autofree char *one = run_with(f, &q, &pairs[i].one, &total);
			g_autofree char *other = run_with(f, &q, &pairs[i].other, &total_other);

			if (!*one || strcmp(one, other) || total != (int)strlen(one) ||
			    total != total_other)
				fail_msg("pair %zu, sort %zu: %s of %d, %s of %d", i, k, one,
				    (int)total, other, (int)total_other);
		}
}

static char *
explain(struct fixture *f, const struct query *q)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	g_autofree char *sql = g_strconcat("EXPLAIN QUERY PLAN ", q->sql->str, NULL);
	GString *out = g_string_new(NULL);
	struct ips_rows *rows;
	bool row = true;

	OK(ips_db_reader(f->catalog->db, &conn, &err));
	OK(ips_db_query_built(conn, sql, query_values(q), &rows, &err));
	while (true) {
		OK(ips_db_next(rows, &row, &err));
		if (!row)
			return g_string_free(out, FALSE);
		g_string_append_printf(out, "%s\n", ips_db_text(rows, 3));
	}
}

/* The engine's plan names the index that must answer, and sorts nothing where an index has the
 * order. */
static void
test_plans(void **state)
{
	struct fixture *f = *state;
	static const int images[] = { 1 }, templates[] = { 2 };
	static const char *const names[] = { "a", "b" };
	const struct ips_asset_query plain = Q(0), created = Q(.sort = IPS_FIELD_CREATED),
				     modified = Q(.sort = IPS_FIELD_MODIFIED, .descending = true),
				     typed = Q(.types = images, .type_count = 1),
				     typed_created = Q(.types = images, .type_count = 1,
					 .sort = IPS_FIELD_CREATED),
				     rare = Q(.types = templates, .type_count = 1),
				     viewed = Q(.viewer = { 1, 0 }),
				     named = Q(.names = names, .name_count = 2);
	const struct {
		const struct ips_asset_query *query;
		struct search_scope scope;
		bool count_only;
		const char *index;
		bool sorts; /* all rows, rather than the ties of a run */
	} rows[] = {
		{ &plain, { DRIVE_ORDER, 0, NULL }, false, "assets_name (", false },
		{ &created, { DRIVE_ORDER, 0, NULL }, false, "assets_created (", false },
		{ &modified, { DRIVE_ORDER, 0, NULL }, false, "assets_modified (", false },
		{ &typed, { DRIVE_ORDER, 0, NULL }, false, "assets_name (", false },
		{ &typed_created, { DRIVE_ORDER, 0, "Co/x/" }, false, "assets_created (", false },
		{ &viewed, { DRIVE_ORDER, 0, NULL }, false, "assets_name (", false },
		{ &rare, { DRIVE_TYPES, 0, NULL }, false, "assets_type (company_id=? AND type=?)",
		    true },
		{ &named, { DRIVE_NAMES, 0, NULL }, false, "assets_name (company_id=? AND name=?)",
		    true },
		{ &typed, { DRIVE_FOLDER, 5, NULL }, false, "assets_folder (", false },
		{ &typed_created, { DRIVE_FOLDER, 5, NULL }, false, "assets_folder_created (",
		    false },
		{ &modified, { DRIVE_FOLDER, 5, NULL }, false, "assets_folder", true },
		{ &modified, { DRIVE_ORDER, 5, NULL }, false, "assets_modified (", false },
		{ &typed_created, { DRIVE_ORDER, 5, NULL }, false, "assets_created (", false },
		{ &typed, { DRIVE_SUBTREE, 0, "Co/x/" }, false, "assets_folder", true },
		{ &plain, { DRIVE_FOLDER, 5, NULL }, true, "COVERING INDEX assets_folder (",
		    false },
		{ &typed, { DRIVE_ORDER, 0, NULL }, true, "COVERING INDEX assets_folder (", false },
		{ &typed, { DRIVE_ORDER, 0, "Co/x/" }, true, "COVERING INDEX assets_folder (",
		    false },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		IPS_CLEANUP(query_clear) struct query q = { 0 };

		query_init(&q);
		OK(search_build(&q, rows[i].query, &rows[i].scope, rows[i].count_only, &err));
		g_autofree char *plan = explain(f, &q);
		if (!strstr(plan, rows[i].index) || strstr(plan, "SCAN") ||
		    (strstr(plan, "B-TREE FOR ORDER BY") != NULL) != rows[i].sorts)
			fail_msg("row %zu: %s\n%s", i, plan, q.sql->str);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CATALOG(test_filters),
		WITH_CATALOG(test_order_and_pages),
		WITH_CATALOG(test_conditions),
		WITH_CATALOG(test_limits),
		WITH_CATALOG(test_assets_by_id),
		WITH_CATALOG(test_drivers_agree),
		WITH_CATALOG(test_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
