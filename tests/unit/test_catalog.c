/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Opening, companies, users, groups, assets, names and trash. */
#include "catalog_fixture.h"

#include <sqlite3.h>

static void
sql(const char *file, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
test_versions(void **state)
{
	struct fixture *f = *state;
	struct ips_catalog *other;
	struct ips_error err = { 0 };

	OK(ips_catalog_ping(f->catalog, &err));
	ips_catalog_close(f->catalog);
	f->catalog = NULL;
	OK(ips_catalog_init(f->file, &err)); /* again: nothing to do, nothing lost */
	OK(ips_catalog_open(f->file, &f->catalog, &err));
	const struct ips_company *company;
	OK(ips_catalog_company_named(f->catalog, f->mem, "Co", &company, &err));
	assert_non_null(company);
	ips_catalog_close(f->catalog);
	f->catalog = NULL;

	sql(f->file, "INSERT INTO schema_version VALUES (1000, 0)");
	assert_false(ips_catalog_open(f->file, &other, &err));
	assert_int_equal(err.fault, IPS_UNSUPPORTED);
	assert_non_null(strstr(err.reason, "newer openips"));
	FAILS(IPS_UNSUPPORTED, ips_catalog_init(f->file, &err));
	sql(f->file, "DELETE FROM schema_version");
	assert_false(ips_catalog_open(f->file, &other, &err));
	assert_non_null(strstr(err.reason, "openips migrate"));
	sql(f->file, "DROP TABLE schema_version");
	assert_false(ips_catalog_open(f->file, &other, &err));
	assert_non_null(strstr(err.reason, "no catalog"));
	g_autofree char *missing = g_build_filename(f->dir, "missing", NULL);
	FAILS(IPS_NOT_FOUND, ips_catalog_open(missing, &other, &err));
}

static void
test_companies(void **state)
{
	static const struct {
		int64_t id;
		const char *name;
		enum ips_fault fault;
		int64_t want;
	} rows[] = {
		{ 0, "Other", IPS_OK, 2 },
		{ 6, "ApiTestCo", IPS_OK, 6 },
		{ 0, "Next", IPS_OK, 7 }, /* numbers go on above the highest */
		{ 4, "Between", IPS_OK, 4 },
		{ 0, "After", IPS_OK, 8 },
		{ 0, "apitestco", IPS_TAKEN, 0 }, /* names differ in more than case */
		{ 6, "Sixth", IPS_TAKEN, 0 },
		{ -1, "Minus", IPS_INVALID_PARAMETER, 0 },
		{ 0, "", IPS_INVALID_PARAMETER, 0 },
		{ 0, "a/b", IPS_INVALID_PARAMETER, 0 },
		{ 0, "\xff", IPS_INVALID_PARAMETER, 0 },
	};
	struct fixture *f = *state;
	const struct ips_company *c, *const *all;
	size_t count;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int64_t id = 0;

		if (rows[i].fault != IPS_OK) {
			FAILS(rows[i].fault, ips_catalog_company_add(f->catalog, rows[i].id,
						 rows[i].name, 5, &id, &err));
			continue;
		}
		OK(ips_catalog_company_add(f->catalog, rows[i].id, rows[i].name, 5, &id, &err));
		assert_int_equal(id, rows[i].want);
	}
	OK(ips_catalog_company_set_expires(f->catalog, 6, 77, &err));
	FAILS(IPS_NOT_FOUND, ips_catalog_company_set_expires(f->catalog, 600, 77, &err));
	OK(ips_catalog_company(f->catalog, f->mem, 6, &c, &err));
	assert_string_equal(c->name, "ApiTestCo");
	assert_string_equal(c->root_path, "ApiTestCo/");
	assert_int_equal(c->expires, 77);
	assert_null(c->ims_org);
	OK(ips_catalog_company_named(f->catalog, f->mem, "apitestCO", &c, &err));
	assert_null(c); /* exact case */
	OK(ips_catalog_company(f->catalog, f->mem, 3, &c, &err));
	assert_null(c);
	OK(ips_catalog_companies(f->catalog, f->mem, &all, &count, &err));
	assert_int_equal(count, 6);
	assert_string_equal(all[0]->name, "After");
	assert_string_equal(all[5]->name, "Other");
}

static void
test_users(void **state)
{
	struct fixture *f = *state;
	const struct ips_user *u, *const *all;
	const struct ips_membership *m;
	struct ips_user user = { .email = "Ann@Example.com",
		.first_name = "Ann",
		.password_hash = "x",
		.active = true };
	int64_t id, other;
	size_t count;

	OK(ips_catalog_user_add(f->catalog, &user, &id, &err));
	FAILS(IPS_TAKEN, ips_catalog_user_add(f->catalog, &user, &other, &err));
	user.email = "ANN@example.COM";
	FAILS(IPS_TAKEN, ips_catalog_user_add(f->catalog, &user, &other, &err));
	user.email = "";
	FAILS(IPS_INVALID_PARAMETER, ips_catalog_user_add(f->catalog, &user, &other, &err));
	user = (struct ips_user){ .id = 41, .email = "bob@example.com", .admin = true };
	OK(ips_catalog_user_add(f->catalog, &user, &other, &err));
	assert_int_equal(other, 41);
	OK(ips_catalog_user_named(f->catalog, f->mem, "ANN@EXAMPLE.com", &u, &err));
	assert_string_equal(u->email, "Ann@Example.com");
	assert_true(u->active && !u->admin);
	assert_null(u->last_name);
	user.email = "Robert@example.com";
	user.last_name = "B";
	OK(ips_catalog_user_set(f->catalog, &user, &err));
	OK(ips_catalog_user(f->catalog, f->mem, 41, &u, &err));
	assert_string_equal(u->email, "Robert@example.com");
	assert_true(u->admin && !u->active);
	user.email = "ann@example.com";
	FAILS(IPS_TAKEN, ips_catalog_user_set(f->catalog, &user, &err));
	user.id = 999;
	user.email = "new@example.com";
	FAILS(IPS_NOT_FOUND, ips_catalog_user_set(f->catalog, &user, &err));
	OK(ips_catalog_user_named(f->catalog, f->mem, "bob@example.com", &u, &err));
	assert_null(u);
	OK(ips_catalog_users(f->catalog, f->mem, &all, &count, &err));
	assert_int_equal(count, 2);
	assert_int_equal(all[1]->id, 41);

	OK(ips_catalog_membership(f->catalog, f->mem, id, f->company, &m, &err));
	assert_null(m);
	OK(ips_catalog_membership_set(
	    f->catalog, id, f->company, IPS_ROLE_PORTAL_USER, true, &err));
	OK(ips_catalog_membership_set(f->catalog, id, f->company, IPS_ROLE_USER, false, &err));
	OK(ips_catalog_membership(f->catalog, f->mem, id, f->company, &m, &err));
	assert_int_equal(m->role, IPS_ROLE_USER);
	assert_false(m->active);
	assert_string_equal(m->company->name, "Co");
	OK(ips_catalog_company_add(f->catalog, 0, "Alpha", 0, &other, &err));
	OK(ips_catalog_membership_set(f->catalog, id, other, IPS_ROLE_COMPANY_ADMIN, true, &err));
	OK(ips_catalog_memberships(f->catalog, f->mem, id, &m, &count, &err));
	assert_int_equal(count, 2);
	assert_string_equal(m[0].company->name, "Alpha");
	OK(ips_catalog_membership_set(f->catalog, id, other, IPS_ROLE_NONE, true, &err));
	OK(ips_catalog_memberships(f->catalog, f->mem, id, &m, &count, &err));
	assert_int_equal(count, 1);
	FAILS(IPS_NOT_FOUND,
	    ips_catalog_membership_set(f->catalog, 12345, other, IPS_ROLE_USER, true, &err));
}

static void
test_groups(void **state)
{
	struct fixture *f = *state;
	const struct ips_group *g, *const *all;
	int64_t id, other;
	size_t count;

	OK(ips_catalog_group_add(f->catalog, f->company, "Portal", &id, &err));
	OK(ips_catalog_group_add(f->catalog, f->company, "Agency", &other, &err));
	FAILS(IPS_TAKEN, ips_catalog_group_add(f->catalog, f->company, "Portal", &other, &err));
	FAILS(IPS_NOT_FOUND, ips_catalog_group_add(f->catalog, 99, "Portal", &other, &err));
	FAILS(
	    IPS_INVALID_PARAMETER, ips_catalog_group_add(f->catalog, f->company, "", &other, &err));
	OK(ips_catalog_group_named(f->catalog, f->mem, f->company, "Portal", &g, &err));
	assert_int_equal(g->id, id);
	OK(ips_catalog_group(f->catalog, f->mem, 99, id, &g, &err));
	assert_null(g); /* another company's */
	OK(ips_catalog_groups(f->catalog, f->mem, f->company, &all, &count, &err));
	assert_int_equal(count, 2);
	assert_string_equal(all[0]->name, "Agency");
	FAILS(IPS_NOT_FOUND, ips_catalog_group_member_set(f->catalog, id, 12345, true, &err));
}

static void
test_settings(void **state)
{
	struct fixture *f = *state;
	const struct ips_setting *s;
	size_t count;
	struct ips_setting set[] = { { f->company, "B", "1" }, { IPS_DEFAULT_CATALOG, "C", "2" },
		{ f->company, "A", "" } };

	OK(ips_catalog_attributes_set(f->catalog, set, 3, &err));
	OK(ips_catalog_attributes(f->catalog, f->mem, f->company, &s, &count, &err));
	assert_int_equal(count, 3);
	assert_string_equal(s[0].name, "C"); /* the default catalog comes first */
	assert_string_equal(s[1].name, "A");
	assert_string_equal(s[1].value, "");
	OK(ips_catalog_attributes(f->catalog, f->mem, IPS_DEFAULT_CATALOG, &s, &count, &err));
	assert_int_equal(count, 1);
	set[0].value = NULL;
	set[2].company = 99;
	FAILS(IPS_NOT_FOUND, ips_catalog_attributes_set(f->catalog, set, 3, &err));
	OK(ips_catalog_attributes(f->catalog, f->mem, f->company, &s, &count, &err));
	assert_int_equal(count, 3); /* all or none */
	OK(ips_catalog_attributes_set(f->catalog, set, 1, &err));
	OK(ips_catalog_attributes(f->catalog, f->mem, f->company, &s, &count, &err));
	assert_int_equal(count, 2);
}

static void
test_macros(void **state)
{
	struct fixture *f = *state;
	const struct ips_setting *m;
	size_t count;
	struct ips_setting set[] = { { f->company, "View", "wid=1" },
		{ f->company, "Alpha", "hei=1" }, { IPS_DEFAULT_CATALOG, "zoom", "scl=1" } };

	for (size_t i = 0; i < IPS_NELEM(set); i++)
		OK(ips_catalog_macro_set(f->catalog, &set[i], &err));
	set[0].name = "VIEW";
	set[0].value = "wid=2";
	OK(ips_catalog_macro_set(f->catalog, &set[0], &err)); /* keeps its place */
	OK(ips_catalog_macros(f->catalog, f->mem, f->company, &m, &count, &err));
	assert_int_equal(count, 3);
	assert_string_equal(m[0].name, "zoom");
	assert_string_equal(m[1].name, "VIEW");
	assert_string_equal(m[1].value, "wid=2");
	assert_string_equal(m[2].name, "Alpha");
	set[0].value = NULL;
	OK(ips_catalog_macro_set(f->catalog, &set[0], &err));
	FAILS(IPS_NOT_FOUND, ips_catalog_macro_set(f->catalog, &set[0], &err));
	OK(ips_catalog_macros(f->catalog, f->mem, f->company, &m, &count, &err));
	assert_int_equal(count, 2);
}

static void
test_types(void **state)
{
	static const struct {
		int id;
		const char *name;
	} published[] = { { 1, "Image" }, { 2, "Template" }, { 10, "AdjustedView" },
		{ 13, "IccProfile" }, { 14, "Font" }, { 22, "ImageSet" }, { 25, "Pdf" },
		{ 27, "Zip" }, { 40, "ViewerPreset" }, { 44, "AssetSet" }, { 8, "ImageMap" },
		{ 9, "ZoomTarget" } };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(published); i++) {
		assert_string_equal(ips_asset_type(published[i].id)->name, published[i].name);
		assert_int_equal(ips_asset_type_named(published[i].name)->id, published[i].id);
	}
	for (size_t i = 0; i < ips_asset_type_count; i++) { /* no number or name twice */
		assert_ptr_equal(ips_asset_type(ips_asset_types[i].id), &ips_asset_types[i]);
		assert_ptr_equal(
		    ips_asset_type_named(ips_asset_types[i].name), &ips_asset_types[i]);
	}
	assert_null(ips_asset_type(0));
	assert_null(ips_asset_type_named("image"));
}

/* Handles as in the published sample of copyImage. */
static void
test_numbers(void **state)
{
	struct fixture *f = *state;
	struct ips_asset a = {
		.company = f->company, .folder = f->root, .type = 1, .name = "source"
	};
	int64_t id, seq;

	OK(ips_catalog_sequence_raise(f->catalog, "asset", 739, &err));
	OK(ips_catalog_sequence_raise(f->catalog, "type:1", 537, &err));
	OK(ips_catalog_asset_add(f->catalog, &a, 0, "u", &id, &seq, &err));
	assert_int_equal(id, 739);
	assert_int_equal(seq, 537);
	OK(ips_catalog_sequence_raise(f->catalog, "asset", 943, &err));
	OK(ips_catalog_sequence_raise(f->catalog, "type:1", 580, &err));
	OK(ips_catalog_sequence_raise(f->catalog, "asset", 12, &err)); /* only ever raises */
	a.name = "failing";
	a.folder = 999;
	FAILS(IPS_NOT_FOUND, ips_catalog_asset_add(f->catalog, &a, 0, "u", &id, &seq, &err));
	a.name = "copy";
	a.folder = f->root;
	OK(ips_catalog_asset_add(f->catalog, &a, 739, "u", &id, &seq, &err));
	assert_int_equal(id, 943);
	assert_int_equal(seq, 580);
	a.name = "template";
	a.type = 2;
	OK(ips_catalog_asset_add(f->catalog, &a, 0, "u", &id, &seq, &err));
	assert_int_equal(id, 944);
	assert_int_equal(seq, 1);
	FAILS(IPS_INVALID_PARAMETER, ips_catalog_sequence_raise(f->catalog, "asset", 0, &err));
}

/* Each of them by itself, and all or none. */
static void
test_asset_texts(void **state)
{
	struct fixture *f = *state;
	static const struct ips_asset_text texts[] = { { IPS_TEXT_USER_DATA, "1" },
		{ IPS_TEXT_MODIFIER, "2" }, { IPS_TEXT_POST_MODIFIER, "3" }, { IPS_TEXT_MAP, "4" },
		{ IPS_TEXT_TARGETS, "5" }, { IPS_TEXT_IMAGE_SET, "6" } };
	static const struct ips_asset_text no_map = { IPS_TEXT_MAP, NULL };
	const struct ips_asset *a;
	int64_t id = add_asset(f, &(struct ips_asset){ .name = "texts", .description = "d" });

	OK(ips_catalog_asset_texts_set(f->catalog, id, texts, IPS_NELEM(texts), "you", &err));
	OK(ips_catalog_asset_texts_set(f->catalog, id, &no_map, 1, "you", &err));
	OK(ips_catalog_asset(f->catalog, f->mem, f->company, id, &a, &err));
	assert_string_equal(a->user_data, "1");
	assert_string_equal(a->url_modifier, "2");
	assert_string_equal(a->post_modifier, "3");
	assert_null(a->map);
	assert_string_equal(a->targets, "5");
	assert_string_equal(a->image_set, "6");
	assert_string_equal(a->description, "d");
	assert_string_equal(a->modified_by, "you");
	FAILS(
	    IPS_NOT_FOUND, ips_catalog_asset_texts_set(f->catalog, id + 99, texts, 1, "you", &err));
}

static void
test_asset_round_trip(void **state)
{
	struct fixture *f = *state;
	const struct ips_image image = { .blob = { .digest = "ab", .size = 123456789012 },
		.mime = "image/jpeg",
		.width = 4000,
		.height = 3000,
		.resolution = 72.5,
		.facts = "alpha=0" };
	struct ips_asset in = { .company = f->company,
		.type = 1,
		.subtype = "sub",
		.name = "Ü 1",
		.file_name = "ü.jpg",
		.ready = true,
		.description = "d",
		.comments = "c",
		.user_data = "u",
		.url_modifier = "wid=1",
		.post_modifier = "qlt=2",
		.keywords = "one\ntwo",
		.image = &image,
		.map = "<area>",
		.targets = "Target.1.rect=1,2,3,4",
		.image_set = "a,b" };
	const struct ips_asset *a;
	const struct ips_folder *folder;
	int64_t before = ips_clock_ms(), id, seq;

	in.folder = make_folder(f, "Co/in");
	g_usleep(3000); /* so that the folder's time can be seen to move */
	OK(ips_catalog_asset_add(f->catalog, &in, 0, "me@example.com", &id, &seq, &err));
	OK(ips_catalog_asset(f->catalog, f->mem, f->company, id, &a, &err));
	assert_string_equal(a->subtype, "sub");
	assert_string_equal(a->name, "Ü 1");
	assert_string_equal(a->file_name, "ü.jpg");
	assert_string_equal(a->folder_path, "Co/in/");
	assert_int_equal(a->folder, in.folder);
	assert_int_equal(a->company, f->company);
	assert_int_equal(a->type_seq, seq);
	assert_true(a->ready && a->trash == IPS_TRASH_NOT);
	assert_true(a->created >= before && a->created == a->modified);
	assert_string_equal(a->created_by, "me@example.com");
	assert_string_equal(a->modified_by, "me@example.com");
	assert_string_equal(a->description, "d");
	assert_string_equal(a->comments, "c");
	assert_string_equal(a->user_data, "u");
	assert_string_equal(a->url_modifier, "wid=1");
	assert_string_equal(a->post_modifier, "qlt=2");
	assert_string_equal(a->keywords, "one\ntwo");
	assert_string_equal(a->map, "<area>");
	assert_string_equal(a->targets, "Target.1.rect=1,2,3,4");
	assert_string_equal(a->image_set, "a,b");
	assert_string_equal(a->image->blob.digest, "ab");
	assert_int_equal(a->image->blob.size, 123456789012);
	assert_string_equal(a->image->mime, "image/jpeg");
	assert_int_equal(a->image->width, 4000);
	assert_int_equal(a->image->height, 3000);
	assert_true(a->image->resolution == 72.5);
	assert_string_equal(a->image->facts, "alpha=0");
	OK(ips_catalog_folder(f->catalog, f->mem, f->company, "/Co/in", &folder, &err));
	assert_int_equal(folder->child_modified, a->created);
	assert_true(folder->child_modified > folder->modified);
	OK(ips_catalog_asset(f->catalog, f->mem, 99, id, &a, &err));
	assert_null(a); /* another company's */
	in.type = 4711;
	FAILS(
	    IPS_INVALID_PARAMETER, ips_catalog_asset_add(f->catalog, &in, 0, "u", &id, &seq, &err));
	in.type = 1;
	in.name = "";
	FAILS(
	    IPS_INVALID_PARAMETER, ips_catalog_asset_add(f->catalog, &in, 0, "u", &id, &seq, &err));
	/* Nothing optional: nothing comes back. */
	id = add_asset(f, &(struct ips_asset){ .name = "bare" });
	OK(ips_catalog_asset(f->catalog, f->mem, f->company, id, &a, &err));
	assert_null(a->image);
	assert_null(a->keywords);
	assert_null(a->file_name);
}

static void
test_names(void **state)
{
	static const struct {
		const char *folder; /* make this folder, or */
		int type;           /* add this asset */
		const char *name;
		bool taken;
	} rows[] = {
		{ NULL, 1, "a", false }, { NULL, 1, "a", true },
		{ NULL, 2, "a", true },   /* one name space for all served by name */
		{ NULL, 1, "A", false },  /* exact case */
		{ NULL, 27, "a", false }, /* an archive is not served by name */
		{ NULL, 27, "a", false }, { "Co/x/b", 0, NULL, false },
		{ "Co/y/b", 0, NULL, false }, /* folders only clash with assets */
		{ NULL, 1, "b", true }, { NULL, 27, "b", false }, { NULL, 1, "y", true },
		{ NULL, 1, "Co", true }, { "Co/x/a", 0, NULL, true }, { "Co/a/z", 0, NULL, true },
		{ NULL, 1, "z", false }, /* the failed path left nothing */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const char *name = rows[i].folder ? "a" : rows[i].name;
		struct ips_asset a = {
			.company = f->company, .folder = f->root, .type = rows[i].type, .name = name
		};
		struct ips_error err = { 0 };
		g_autofree char *want = g_strdup_printf("Asset ID '%s' is already in use.", name);
		int64_t id, seq;
		bool ok =
		    rows[i].folder
			? ips_catalog_folder_make(f->catalog, f->company, rows[i].folder, &id, &err)
			: ips_catalog_asset_add(f->catalog, &a, 0, "u", &id, &seq, &err);

		if (ok == rows[i].taken ||
		    (!ok && (err.fault != IPS_TAKEN || strcmp(err.reason, want))))
			fail_msg("row %zu: %d %s | %s", i, err.fault, err.reason, err.detail);
	}

	static const struct {
		const char *name;
		bool taken;
	} asked[] = { { "a", true }, { "b", true }, { "Co", true }, { "free", false },
		{ "B", false } };
	for (size_t i = 0; i < IPS_NELEM(asked); i++) {
		bool taken;

		OK(ips_catalog_name_taken(f->catalog, f->company, asked[i].name, &taken, &err));
		assert_int_equal(taken, asked[i].taken);
		OK(ips_catalog_name_taken(f->catalog, 99, asked[i].name, &taken, &err));
		assert_false(taken);
	}
}

static bool
note_blob(const struct ips_blob *blob, int64_t asset, void *arg)
{
	(void)asset;
	g_string_append_printf(arg, "%s:%d ", blob->digest, (int)blob->size);
	return strcmp(blob->digest, "stop") != 0;
}

static void
check_blobs(struct fixture *f, const char *want)
{
	g_autoptr(GString) seen = g_string_new(NULL);

	OK(ips_catalog_blobs(f->catalog, note_blob, seen, &err));
	assert_string_equal(seen->str, want);
}

static void
test_trash(void **state)
{
	struct fixture *f = *state;
	const struct ips_image one = { .blob = { "one", 1 } }, two = { .blob = { "two", 2 } },
			       stop = { .blob = { "stop", 3 } };
	int64_t a = add_asset(f, &(struct ips_asset){ .name = "a", .image = &two });
	int64_t b = add_asset(f, &(struct ips_asset){ .name = "b", .image = &one });
	struct ips_asset copy = {
		.company = f->company, .folder = f->root, .type = 1, .name = "copy"
	};
	const struct ips_asset *found;
	int64_t id, seq;
	bool needed;

	add_asset(f, &(struct ips_asset){ .name = "c", .image = &one });
	check_blobs(f, "one:1 one:1 two:2 ");
	OK(ips_catalog_asset_named(f->catalog, f->mem, f->company, "a", &found, &err));
	assert_int_equal(found->id, a);
	OK(ips_catalog_asset_named(f->catalog, f->mem, f->company, "A", &found, &err));
	assert_null(found);

	OK(ips_catalog_asset_trash(f->catalog, a, IPS_TRASH_IN, "t@example.com", &err));
	OK(ips_catalog_asset_named(f->catalog, f->mem, f->company, "a", &found, &err));
	assert_null(found); /* not served */
	OK(ips_catalog_asset(f->catalog, f->mem, f->company, a, &found, &err));
	assert_int_equal(found->trash, IPS_TRASH_IN);
	assert_string_equal(found->modified_by, "t@example.com");
	FAILS(IPS_NOT_FOUND, ips_catalog_asset_add(f->catalog, &copy, a, "u", &id, &seq, &err));
	copy.name = "a"; /* its name stays its own */
	FAILS(IPS_TAKEN, ips_catalog_asset_add(f->catalog, &copy, b, "u", &id, &seq, &err));
	OK(ips_catalog_blob_needed(f->catalog, "two", &needed, &err));
	assert_true(needed);
	OK(ips_catalog_asset_trash(f->catalog, a, IPS_TRASH_NOT, "t", &err));
	OK(ips_catalog_asset_named(f->catalog, f->mem, f->company, "a", &found, &err));
	assert_int_equal(found->id, a);

	OK(ips_catalog_asset_trash(f->catalog, a, IPS_TRASH_IN, "t", &err));
	OK(ips_catalog_asset_trash(f->catalog, a, IPS_TRASH_EMPTIED, "t", &err));
	OK(ips_catalog_blob_needed(f->catalog, "two", &needed, &err));
	assert_false(needed);
	check_blobs(f, "one:1 one:1 ");
	FAILS(IPS_NOT_FOUND, ips_catalog_asset_trash(f->catalog, a, IPS_TRASH_NOT, "t", &err));
	OK(ips_catalog_asset_add(f->catalog, &copy, b, "u", &id, &seq, &err));
	FAILS(IPS_NOT_FOUND, ips_catalog_asset_trash(f->catalog, 999, IPS_TRASH_IN, "t", &err));
	FAILS(IPS_INVALID_PARAMETER,
	    ips_catalog_asset_trash(f->catalog, b, IPS_TRASH_ANY, "t", &err));
	FAILS(IPS_NOT_FOUND, ips_catalog_asset_add(f->catalog, &copy, 999, "u", &id, &seq, &err));
	add_asset(f, &(struct ips_asset){ .name = "s", .image = &stop });
	add_asset(f, &(struct ips_asset){ .name = "d", .image = &two });
	check_blobs(f, "one:1 one:1 stop:3 "); /* and no further */
}

static void
test_verify(void **state)
{
	struct fixture *f = *state;
	const char **findings;
	size_t count;

	add_asset(f, &(struct ips_asset){ .name = "a" });
	OK(ips_catalog_verify(f->catalog, f->mem, &findings, &count, &err));
	assert_int_equal(count, 0);
	sql(f->file, "UPDATE assets SET folder_id = 4711"); /* foreign keys are off in there */
	OK(ips_catalog_verify(f->catalog, f->mem, &findings, &count, &err));
	assert_int_equal(count, 1);
	assert_non_null(strstr(findings[0], "assets"));
}

/* ---- Many at once ---- */

#define THREADS 32
#define EACH    25

struct adder {
	struct fixture *f;
	int who, taken, failed;
	int64_t folder, ids[EACH], seqs[EACH];
};

static gpointer
add_many(gpointer arg)
{
	struct adder *w = arg;

	for (int i = 0; i < EACH; i++) {
		char own[32];
		struct ips_asset a = {
			.company = w->f->company, .folder = w->folder, .type = 1, .name = own
		};
		struct ips_error err = { 0 };
		int64_t id, seq;

		g_snprintf(own, sizeof own, "own-%d-%d", w->who, i);
		if (!ips_catalog_asset_add(
			w->f->catalog, &a, 0, "u", &w->ids[i], &w->seqs[i], &err))
			w->failed++;
		g_snprintf(own, sizeof own, "shared-%d", i); /* only one may have it */
		if (!ips_catalog_asset_add(w->f->catalog, &a, 0, "u", &id, &seq, &err))
			w->taken += err.fault == IPS_TAKEN;
	}
	return NULL;
}

static void
test_concurrent_adds(void **state)
{
	static struct adder adders[THREADS];
	struct fixture *f = *state;
	g_autoptr(GHashTable) ids = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(GHashTable) seqs = g_hash_table_new(g_int64_hash, g_int64_equal);
	GThread *threads[THREADS];
	int taken = 0;

	for (int i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){ .f = f, .who = i, .folder = f->root };
		threads[i] = g_thread_new("add", add_many, &adders[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		g_thread_join(threads[i]);
		assert_int_equal(adders[i].failed, 0);
		taken += adders[i].taken;
		for (int k = 0; k < EACH; k++) {
			assert_true(g_hash_table_add(ids, &adders[i].ids[k]));
			assert_true(g_hash_table_add(seqs, &adders[i].seqs[k]));
		}
	}
	assert_int_equal(taken, (THREADS - 1) * EACH);

	const struct ips_asset_query query = {
		.company = f->company, .ready = -1, .limit = 1, .want_total = true
	};
	const struct ips_asset **found;
	int64_t total;
	size_t count;
	OK(ips_catalog_search(f->catalog, f->mem, &query, &found, &count, &total, &err));
	assert_int_equal(total, THREADS * EACH + EACH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CATALOG(test_versions),
		WITH_CATALOG(test_companies),
		WITH_CATALOG(test_users),
		WITH_CATALOG(test_groups),
		WITH_CATALOG(test_settings),
		WITH_CATALOG(test_macros),
		WITH_CATALOG(test_types),
		WITH_CATALOG(test_numbers),
		WITH_CATALOG(test_asset_round_trip),
		WITH_CATALOG(test_asset_texts),
		WITH_CATALOG(test_names),
		WITH_CATALOG(test_trash),
		WITH_CATALOG(test_verify),
		WITH_CATALOG(test_concurrent_adds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
