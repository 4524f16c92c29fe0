/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Folders, and what grants make of them. */
#include "catalog_fixture.h"

/* "a b c": the paths of a list, joined. */
static char *
list(struct fixture *f, const char *start, int depth, struct ips_viewer viewer, const char *types)
{
	GString *out = g_string_new(NULL);
	const struct ips_folder *folder, *all;
	int ids[4];
	size_t type_count = 0, count;

	for (; *types; types++)
		ids[type_count++] = *types - '0';
	OK(ips_catalog_folder(f->catalog, f->mem, f->company, start, &folder, &err));
	assert_non_null(folder);
	OK(ips_catalog_folders(f->catalog, f->mem, f->company, folder->id, depth, viewer, ids,
	    type_count, &all, &count, &err));
	for (size_t i = 0; i < count; i++)
		g_string_append_printf(
		    out, "%s%s%s", i ? " " : "", all[i].path, all[i].has_subfolders ? "+" : "");
	return g_string_free(out, FALSE);
}

static void
test_paths(void **state)
{
	static const struct {
		const char *path;
		enum ips_fault fault;
		const char *want;
	} rows[] = {
		{ "Co/a", IPS_OK, "Co/a/" },
		{ "/Co//a/b/", IPS_OK, "Co/a/b/" },
		{ "Co", IPS_OK, "Co/" },
		{ "Co/%/_", IPS_OK, "Co/%/_/" },
		{ "Co/é", IPS_OK, "Co/é/" },
		{ "Other/a", IPS_NOT_FOUND, NULL },
		{ "co/a", IPS_NOT_FOUND, NULL },
		{ "", IPS_INVALID_PARAMETER, NULL },
		{ "///", IPS_INVALID_PARAMETER, NULL },
		{ "Co/../x", IPS_INVALID_PARAMETER, NULL },
		{ "Co/.", IPS_INVALID_PARAMETER, NULL },
		{ "Co/a\nb", IPS_INVALID_PARAMETER, NULL },
		{ "Co/\xc3", IPS_INVALID_PARAMETER, NULL },
	};
	struct fixture *f = *state;
	const struct ips_folder *folder, *again;
	g_autoptr(GString) deep = g_string_new("Co");
	int64_t id;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		if (rows[i].fault != IPS_OK) {
			FAILS(rows[i].fault, ips_catalog_folder_make(
						 f->catalog, f->company, rows[i].path, &id, &err));
			continue;
		}
		id = make_folder(f, rows[i].path);
		assert_int_equal(make_folder(f, rows[i].path), id); /* there already */
		OK(ips_catalog_folder_by_id(f->catalog, f->mem, f->company, id, &folder, &err));
		assert_string_equal(folder->path, rows[i].want);
		OK(ips_catalog_folder(f->catalog, f->mem, f->company, rows[i].path, &again, &err));
		assert_int_equal(again->id, id);
	}
	OK(ips_catalog_folder_by_id(f->catalog, f->mem, 99, id, &folder, &err));
	assert_null(folder);
	for (int i = 0; i < 200; i++)
		g_string_append(deep, "/d");
	FAILS(IPS_LIMIT, ips_catalog_folder_make(f->catalog, f->company, deep->str, &id, &err));
}

static void
test_lists(void **state)
{
	static const struct {
		const char *start;
		int depth;
		const char *types, *want;
	} rows[] = {
		{ "Co", 0, "", "Co/+" }, { "Co", 1, "", "Co/+ Co/a%/+ Co/a0/ Co/ab/+" },
		{ "Co", -1, "", "Co/+ Co/a%/+ Co/a%/x/ Co/a0/ Co/ab/+ Co/ab/c/+ Co/ab/c/d/" },
		{ "Co/a%", -1, "", "Co/a%/+ Co/a%/x/" }, /* no wildcard */
		{ "Co/ab", 1, "", "Co/ab/+ Co/ab/c/+" },
		{ "Co", -1, "1", "Co/+ Co/ab/+ Co/ab/c/+ Co/ab/c/d/" },
		{ "Co", 1, "1", "Co/+ Co/ab/+" }, /* what it holds lies deeper */
		{ "Co", -1, "2", "Co/+ Co/a%/+ Co/a%/x/" },
		{ "Co", 1, "12", "Co/+ Co/a%/+ Co/ab/+" },
		{ "Co", -1, "8", "" }, /* only in the trash */
	};
	struct fixture *f = *state;

	make_folder(f, "Co/a0");
	add_asset(
	    f, &(struct ips_asset){ .name = "t", .type = 2, .folder = make_folder(f, "Co/a%/x") });
	add_asset(f, &(struct ips_asset){ .name = "i", .folder = make_folder(f, "Co/ab/c/d") });
	int64_t id = add_asset(f, &(struct ips_asset){ .name = "m", .type = 8 });
	OK(ips_catalog_asset_trash(f->catalog, id, IPS_TRASH_IN, "u", &err));
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autofree char *got =
		    list(f, rows[i].start, rows[i].depth, (struct ips_viewer){ 0 }, rows[i].types);

		if (strcmp(got, rows[i].want))
			fail_msg("row %zu: %s, want %s", i, got, rows[i].want);
	}
}

/* ---- Permissions ---- */

struct rights {
	int64_t folders[6], groups[2], users[3];
};
static const char *const tree[] = { "Co", "Co/a", "Co/a/b", "Co/a/b/c", "Co/a/d", "Co/e" };

static void
make_rights(struct fixture *f, struct rights *r)
{
	static const char *const emails[] = { "none@x", "one@x", "both@x" };

	for (size_t i = 0; i < IPS_NELEM(tree); i++)
		r->folders[i] = make_folder(f, tree[i]);
	OK(ips_catalog_group_add(f->catalog, f->company, "G", &r->groups[0], &err));
	OK(ips_catalog_group_add(f->catalog, f->company, "H", &r->groups[1], &err));
	for (size_t i = 0; i < IPS_NELEM(emails); i++) {
		const struct ips_user user = { .email = emails[i], .active = true };
		OK(ips_catalog_user_add(f->catalog, &user, &r->users[i], &err));
	}
	OK(ips_catalog_group_member_set(f->catalog, r->groups[0], r->users[1], true, &err));
	OK(ips_catalog_group_member_set(f->catalog, r->groups[0], r->users[2], true, &err));
	OK(ips_catalog_group_member_set(
	    f->catalog, r->groups[0], r->users[2], true, &err)); /* twice is fine */
	OK(ips_catalog_group_member_set(f->catalog, r->groups[1], r->users[2], true, &err));
}

/* "G+/a/b r" is too clever: a grant is a row. folder and group are indexes. */
struct step {
	char what; /* '+' set, '-' remove, 0: nothing more */
	int folder, group;
	enum ips_permission permission;
	bool allowed, override;
};

/* One letter a folder of the tree: may the group read it? */
static void
check_reads(struct fixture *f, const struct rights *r, size_t row, struct ips_viewer viewer,
    const char *want, const char *who)
{
	char got[IPS_NELEM(tree) + 1] = { 0 };

	for (size_t i = 0; i < IPS_NELEM(tree); i++) {
		bool may;

		OK(ips_catalog_may(
		    f->catalog, viewer, r->folders[i], IPS_PERMISSION_READ, &may, &err));
		got[i] = may ? 'y' : '-';
	}
	if (strcmp(got, want))
		fail_msg("row %zu, %s: %s, want %s", row, who, got, want);
}

static void
test_effective(void **state)
{
	/* Folders: 0 Co, 1 a, 2 a/b, 3 a/b/c, 4 a/d, 5 e */
	static const struct {
		struct step steps[4];
		const char *g, *h; /* what groups G and H may read */
	} rows[] = {
		{ { { 0 } }, "------", "------" },
		{ { { '+', 0, 0, IPS_PERMISSION_READ, true, false } }, "yyyyyy", "------" },
		{ { { '+', 1, 0, IPS_PERMISSION_READ, true, false } }, "-yyyy-", "------" },
		{ { { '+', 0, 0, IPS_PERMISSION_WRITE, true, false } }, "------", "------" },
		/* The nearest decides... */
		{ { { '+', 0, 0, IPS_PERMISSION_READ, true, false },
		      { '+', 2, 0, IPS_PERMISSION_READ, false, false } },
		    "yy--yy", "------" },
		{ { { '+', 0, 0, IPS_PERMISSION_READ, true, false },
		      { '+', 2, 0, IPS_PERMISSION_READ, false, false },
		      { '+', 3, 0, IPS_PERMISSION_READ, true, false } },
		    "yy-yyy", "------" },
		/* ... unless a higher one overrides; of those, the topmost. Order of setting is no
		   matter. */
		{ { { '+', 2, 0, IPS_PERMISSION_READ, false, false },
		      { '+', 1, 0, IPS_PERMISSION_READ, true, true } },
		    "-yyyy-", "------" },
		{ { { '+', 3, 0, IPS_PERMISSION_READ, true, true },
		      { '+', 1, 0, IPS_PERMISSION_READ, false, true },
		      { '+', 0, 0, IPS_PERMISSION_READ, true, false } },
		    "y----y", "------" },
		/* An override for one group or permission leaves the others alone. */
		{ { { '+', 0, 1, IPS_PERMISSION_READ, false, true },
		      { '+', 0, 0, IPS_PERMISSION_WRITE, false, true },
		      { '+', 1, 0, IPS_PERMISSION_READ, true, false },
		      { '+', 1, 1, IPS_PERMISSION_READ, true, false } },
		    "-yyyy-", "------" },
		/* Taking back. */
		{ { { '+', 1, 0, IPS_PERMISSION_READ, true, true },
		      { '+', 2, 0, IPS_PERMISSION_READ, false, false },
		      { '+', 1, 0, IPS_PERMISSION_READ, true, false } },
		    "-y--y-", "------" },
		{ { { '+', 1, 0, IPS_PERMISSION_READ, true, true },
		      { '+', 2, 1, IPS_PERMISSION_READ, true, false },
		      { '-', 1, 0, IPS_PERMISSION_READ, false, false } },
		    "------", "--yy--" },
	};
	struct fixture *f = *state;
	struct rights r;

	make_rights(f, &r);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_grant grant;

		for (size_t k = 0; k < IPS_NELEM(rows[i].steps) && rows[i].steps[k].what; k++) {
			const struct step *s = &rows[i].steps[k];

			grant = (struct ips_grant){ r.folders[s->folder], r.groups[s->group],
				s->permission, s->allowed, s->override };
			if (s->what == '+')
				OK(ips_catalog_grant_set(f->catalog, &grant, &err));
			else
				OK(ips_catalog_grant_remove(f->catalog, &grant, &err));
		}
		check_reads(f, &r, i, (struct ips_viewer){ 0, r.groups[0] }, rows[i].g, "G");
		check_reads(f, &r, i, (struct ips_viewer){ 0, r.groups[1] }, rows[i].h, "H");
		check_reads(f, &r, i, (struct ips_viewer){ r.users[1], 0 }, rows[i].g, "one");
		check_reads(f, &r, i, (struct ips_viewer){ r.users[0], 0 }, "------", "none");
		check_reads(f, &r, i, (struct ips_viewer){ 0, 0 }, "yyyyyy", "all");
		check_reads(f, &r, i, (struct ips_viewer){ r.users[1], r.groups[1] }, "------",
		    "not his group");
		for (int folder = 0; folder < 6; folder++)
			for (int group = 0; group < 2; group++)
				for (int p = 0; p < IPS_PERMISSION_COUNT; p++) {
					grant = (struct ips_grant){ r.folders[folder],
						r.groups[group], p, 0, 0 };
					OK(ips_catalog_grant_remove(f->catalog, &grant, &err));
				}
		check_reads(
		    f, &r, i, (struct ips_viewer){ 0, r.groups[0] }, "------", "G, cleaned");
	}
}

static void
test_any_group_will_do(void **state)
{
	struct fixture *f = *state;
	struct rights r;
	bool may;

	make_rights(f, &r);
	OK(ips_catalog_grant_set(f->catalog,
	    &(struct ips_grant){ r.folders[0], r.groups[0], IPS_PERMISSION_DELETE, false, true },
	    &err));
	OK(ips_catalog_grant_set(f->catalog,
	    &(struct ips_grant){ r.folders[5], r.groups[1], IPS_PERMISSION_DELETE, true, false },
	    &err));
	OK(ips_catalog_may(f->catalog, (struct ips_viewer){ r.users[2], 0 }, r.folders[5],
	    IPS_PERMISSION_DELETE, &may, &err));
	assert_true(may);
	OK(ips_catalog_may(f->catalog, (struct ips_viewer){ r.users[1], 0 }, r.folders[5],
	    IPS_PERMISSION_DELETE, &may, &err));
	assert_false(may);
	OK(ips_catalog_group_member_set(f->catalog, r.groups[1], r.users[2], false, &err));
	OK(ips_catalog_may(f->catalog, (struct ips_viewer){ r.users[2], 0 }, r.folders[5],
	    IPS_PERMISSION_DELETE, &may, &err));
	assert_false(may); /* at once */
}

static int64_t
set_of(struct fixture *f, int64_t folder)
{
	const struct ips_folder *found;

	OK(ips_catalog_folder_by_id(f->catalog, f->mem, f->company, folder, &found, &err));
	return found->permission_set;
}

static void
test_permission_sets(void **state)
{
	struct fixture *f = *state;
	const struct ips_effective *e;
	struct rights r;
	size_t count;
	int64_t other, group;

	make_rights(f, &r);
	assert_int_equal(set_of(f, r.folders[0]), 0);
	const struct ips_grant grants[] = {
		{ r.folders[1], r.groups[0], IPS_PERMISSION_READ, true, false },
		{ r.folders[5], r.groups[0], IPS_PERMISSION_READ, true, false },
		{ r.folders[2], r.groups[1], IPS_PERMISSION_WRITE, false, true },
	};
	for (size_t i = 0; i < IPS_NELEM(grants); i++)
		OK(ips_catalog_grant_set(f->catalog, &grants[i], &err));
	int64_t set = set_of(f, r.folders[1]), deep = set_of(f, r.folders[2]);
	assert_int_not_equal(set, 0);
	assert_int_equal(set_of(f, r.folders[5]), set); /* equal, though granted apart */
	assert_int_equal(set_of(f, r.folders[4]), set); /* inherited */
	assert_int_not_equal(deep, set);
	assert_int_equal(set_of(f, r.folders[3]), deep);
	assert_int_equal(set_of(f, make_folder(f, "Co/a/b/c/new")), deep);

	OK(ips_catalog_permission_set(f->catalog, f->mem, f->company, deep, &e, &count, &err));
	assert_int_equal(count, 2);
	assert_string_equal(e[0].group->name, "G");
	assert_int_equal(e[0].group->id, r.groups[0]);
	assert_int_equal(e[0].permission, IPS_PERMISSION_READ);
	assert_true(e[0].allowed && !e[0].override);
	assert_string_equal(e[1].group->name, "H");
	assert_int_equal(e[1].permission, IPS_PERMISSION_WRITE);
	assert_true(!e[1].allowed && e[1].override);
	OK(ips_catalog_permission_set(f->catalog, f->mem, 99, deep, &e, &count, &err));
	assert_int_equal(count, 0);

	OK(ips_catalog_grant_remove(f->catalog, &grants[2], &err));
	assert_int_equal(set_of(f, r.folders[3]), set);
	OK(ips_catalog_company_add(f->catalog, 0, "Other", 0, &other, &err));
	OK(ips_catalog_group_add(f->catalog, other, "G", &group, &err));
	FAILS(IPS_NOT_FOUND,
	    ips_catalog_grant_set(f->catalog,
		&(struct ips_grant){ r.folders[1], group, IPS_PERMISSION_READ, true, false },
		&err));
	FAILS(IPS_INVALID_PARAMETER,
	    ips_catalog_grant_set(f->catalog,
		&(struct ips_grant){ r.folders[1], r.groups[0], IPS_PERMISSION_COUNT, true, false },
		&err));
}

static void
test_viewer_lists(void **state)
{
	struct fixture *f = *state;
	struct rights r;

	make_rights(f, &r);
	const struct ips_grant grants[] = {
		{ r.folders[1], r.groups[0], IPS_PERMISSION_READ, true, false },
		{ r.folders[3], r.groups[0], IPS_PERMISSION_READ, false, false },
		{ r.folders[5], r.groups[1], IPS_PERMISSION_READ, true, false },
	};
	for (size_t i = 0; i < IPS_NELEM(grants); i++)
		OK(ips_catalog_grant_set(f->catalog, &grants[i], &err));
	const struct {
		struct ips_viewer viewer;
		const char *want;
	} rows[] = {
		{ { 0, 0 }, "Co/+ Co/a/+ Co/a/b/+ Co/a/b/c/ Co/a/d/ Co/e/" },
		{ { r.users[1], 0 }, "Co/a/+ Co/a/b/ Co/a/d/" }, /* b has nothing below for him */
		{ { r.users[2], 0 }, "Co/a/+ Co/a/b/ Co/a/d/ Co/e/" },
		{ { r.users[2], r.groups[1] }, "Co/e/" },
		{ { 0, r.groups[1] }, "Co/e/" },
		{ { r.users[0], 0 }, "" },
	};
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autofree char *got = list(f, "Co", -1, rows[i].viewer, "");

		if (strcmp(got, rows[i].want))
			fail_msg("row %zu: %s, want %s", i, got, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CATALOG(test_paths),
		WITH_CATALOG(test_lists),
		WITH_CATALOG(test_effective),
		WITH_CATALOG(test_any_group_will_do),
		WITH_CATALOG(test_permission_sets),
		WITH_CATALOG(test_viewer_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
