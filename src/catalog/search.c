/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Search. One builder appends what the query asks for; before it a cheap probe picks which index
 * drives, because the engine cannot know how many rows a folder tree or a type list holds:
 *
 *   names       the names' index, few rows
 *   folder      the folder's indexes; by change it is sorted, unless it is huge
 *   subtree     folders first if the tree is small, else the company in order, filtered
 *   types       the index of types other than Image if they are rare, else the company in order
 *
 * A count follows the folders, whose index holds trash state and type as well.
 *
 * "x + 0" keeps a condition from attracting the planner to its index; CROSS JOIN keeps the order of
 * tables. Both are plain SQL. */
#include "catalog_priv.h"

#include <string.h>

#define FEW         5000  /* rows that are sorted without regret */
#define HUGE_FOLDER 50000 /* sorting it takes longer than passing over the assets of others */
#define LIST_MAX    20000 /* names, types, subtypes */
#define CONDITIONS  200
#define LIMIT_MAX   10000

/* By alphabet of the name, as the number says nothing to anybody. */
static void
add_type_order(struct query *q)
{
	query_add(q, "CASE a.type");
	for (size_t i = 0; i < ips_asset_type_count; i++)
		g_string_append_printf(
		    q->sql, " WHEN %d THEN '%s'", ips_asset_types[i].id, ips_asset_types[i].name);
	query_add(q, " END");
}

static bool
add_order(struct query *q, const struct ips_asset_query *query, enum search_driver driver,
    struct ips_error *err)
{
	static const struct {
		enum ips_field field;
		const char *indexed, *plain; /* NULL: by type */
	} sorts[] = {
		{ IPS_FIELD_NAME, "a.name", "a.name || ''" },
		{ IPS_FIELD_CREATED, "a.created", "a.created + 0" },
		{ IPS_FIELD_MODIFIED, "a.modified", "a.modified + 0" },
		{ IPS_FIELD_FILE_SIZE, "coalesce(a.size, 0)", "coalesce(a.size, 0)" },
		{ IPS_FIELD_TYPE, NULL, NULL },
	};
	/* A few rows found otherwise are sorted: no index of the order shall lure the planner away.
	 */
	bool ordered = driver == DRIVE_ORDER || driver == DRIVE_FOLDER;
	const char *direction = query->descending ? " DESC" : "";

	for (size_t i = 0; i < IPS_NELEM(sorts); i++) {
		if (sorts[i].field != query->sort)
			continue;
		query_add(q, " ORDER BY ");
		if (sorts[i].indexed)
			query_add(q, ordered ? sorts[i].indexed : sorts[i].plain);
		else
			add_type_order(q);
		g_string_append_printf(q->sql, "%s, a.id%s", direction, direction);
		return true;
	}
	return ips_fail(err, IPS_INVALID_PARAMETER, "Assets cannot be sorted by this field.");
}

static void
add_tables(struct query *q, const struct ips_asset_query *query, const struct search_scope *scope,
    bool count_only)
{
	bool folders_first =
	    scope->driver == DRIVE_SUBTREE ||
	    (count_only && (scope->driver == DRIVE_ORDER || scope->driver == DRIVE_FOLDER));

	if (folders_first)
		query_add(q, " FROM folders f CROSS JOIN assets a WHERE a.folder_id = f.id");
	else
		query_add(q, " FROM assets a CROSS JOIN folders f WHERE f.id = a.folder_id");
	if (scope->folder) {
		query_add(q, folders_first                   ? " AND f.id = "
			     : scope->driver == DRIVE_FOLDER ? " AND a.folder_id = "
							     : " AND a.folder_id + 0 = ");
		query_value(q, ips_int(scope->folder));
	}
	if (scope->driver == DRIVE_FOLDER) /* it was found within the company */
		return;
	query_add(q, folders_first ? " AND f.company_id = " : " AND a.company_id = ");
	query_value(q, ips_int(query->company));
	if (scope->path)
		query_below(q, "f", scope->path);
}

static void
add_lists(struct query *q, const struct ips_asset_query *query, enum search_driver driver)
{
	if (query->names) {
		query_add(q, " AND a.name IN ");
		query_texts(q, query->names, query->name_count);
	}
	if (driver == DRIVE_TYPES) /* what the index asks for, word by word */
		query_add(q, " AND a.type <> 1");
	if (query->type_count) {
		query_add(q, driver == DRIVE_TYPES ? " AND a.type IN " : " AND a.type + 0 IN ");
		query_ints(q, query->types, query->type_count);
	}
	if (query->not_type_count) {
		query_add(q, " AND a.type + 0 NOT IN ");
		query_ints(q, query->not_types, query->not_type_count);
	}
	if (query->subtype_count) {
		query_add(q, " AND (a.subtype IN ");
		query_texts(q, query->subtypes, query->subtype_count);
		query_add(q, query->strict_subtype ? ")" : " OR coalesce(a.subtype, '') = '')");
	}
}

static bool
add_conditions(struct query *q, const struct ips_asset_query *query, struct ips_error *err)
{
	for (size_t i = 0; i < query->condition_count; i++) {
		query_add(q, i == 0 ? " AND (" : query->match_any ? " OR " : " AND ");
		if (!search_condition(q, &query->conditions[i], err))
			return false;
	}
	if (query->condition_count)
		query_add(q, ")");
	return true;
}

bool
search_build(struct query *q, const struct ips_asset_query *query, const struct search_scope *scope,
    bool count_only, struct ips_error *err)
{
	query_add(q, count_only ? "SELECT count(*)" : "SELECT " ASSET_COLUMNS);
	add_tables(q, query, scope, count_only);
	add_lists(q, query, scope->driver);
	if (query->trash != IPS_TRASH_ANY) {
		query_add(q, " AND a.trash = ");
		query_value(q, ips_int(query->trash));
	}
	if (query->ready >= 0) {
		query_add(q, " AND a.ready = ");
		query_value(q, ips_int(query->ready));
	}
	query_viewer(q, query->viewer, "f");
	if (!add_conditions(q, query, err))
		return false;
	if (count_only)
		return true;
	if (!add_order(q, query, scope->driver, err))
		return false;
	query_add(q, " LIMIT ");
	query_value(q, ips_int(query->limit));
	query_add(q, " OFFSET ");
	query_value(q, ips_int(query->offset));
	return true;
}

/* ---- Which index ---- */

static bool
at_most(struct ips_conn *conn, struct query *probe, int most, bool *out, struct ips_error *err)
{
	struct ips_rows *rows;
	bool row;

	query_add(probe, " LIMIT ");
	query_value(probe, ips_int(most + 1));
	query_add(probe, ") AS probe");
	if (!ips_db_query_built(conn, probe->sql->str, query_values(probe), &rows, err) ||
	    !ips_db_next(rows, &row, err))
		return false;
	*out = ips_db_int(rows, 0) <= most;
	ips_db_end(rows);
	return true;
}

static bool
few_below(
    struct ips_conn *conn, int64_t company, const char *path, bool *out, struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q = { 0 };

	query_init(&q);
	query_add(&q, "SELECT count(*) FROM (SELECT 1 FROM folders f CROSS JOIN assets a "
		      "WHERE a.folder_id = f.id AND f.company_id = ");
	query_value(&q, ips_int(company));
	query_below(&q, "f", path);
	return at_most(conn, &q, FEW, out, err);
}

static bool
few_of_types(
    struct ips_conn *conn, const struct ips_asset_query *query, bool *out, struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q = { 0 };

	*out = false;
	for (size_t i = 0; i < query->type_count; i++)
		if (query->types[i] == IPS_TYPE_IMAGE)
			return true;
	query_init(&q);
	query_add(&q, "SELECT count(*) FROM (SELECT 1 FROM assets a WHERE a.company_id = ");
	query_value(&q, ips_int(query->company));
	query_add(&q, " AND a.type <> 1 AND a.type IN ");
	query_ints(&q, query->types, query->type_count);
	return at_most(conn, &q, FEW, out, err);
}

/* The folder's indexes have the order of names and of creation. */
static bool
folder_drives(struct ips_conn *conn, const struct ips_asset_query *query, int64_t folder, bool *out,
    struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q = { 0 };

	*out = true;
	if (query->sort != IPS_FIELD_MODIFIED)
		return true;
	query_init(&q);
	query_add(&q, "SELECT count(*) FROM (SELECT 1 FROM assets a WHERE a.folder_id = ");
	query_value(&q, ips_int(folder));
	return at_most(conn, &q, HUGE_FOLDER, out, err);
}

struct found_folder {
	int64_t id;
	bool root;
};

static void
read_found_folder(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct found_folder *f = item;

	(void)mem;
	f->id = ips_db_int(rows, 0);
	f->root = ips_db_is_null(rows, 1);
}

/* *known false: there is no such folder, so nothing is found. */
static bool
resolve_folder(struct ips_conn *conn, struct ips_arena *mem, const struct ips_asset_query *query,
    struct search_scope *scope, bool *known, struct ips_error *err)
{
	const char *path = path_normal(mem, query->folder);
	const struct select select = {
		.sql = "SELECT id, parent_id FROM folders WHERE company_id = $1 AND path = $2",
		.values = IPS_VALUES(ips_int(query->company), ips_text(path)),
		.type = { read_found_folder, sizeof(struct found_folder) },
	};
	void *rows;
	size_t count;

	if (!select_rows(conn, mem, &select, &rows, &count, err))
		return false;
	const struct found_folder *folder = rows;
	*known = count != 0;
	if (*known && !query->subfolders)
		scope->folder = folder->id;
	else if (*known && !folder->root) /* below the root lies everything */
		scope->path = path;
	return true;
}

static bool
choose_driver(struct ips_conn *conn, const struct ips_asset_query *query,
    struct search_scope *scope, struct ips_error *err)
{
	bool small = false;

	if (query->names) {
		scope->driver = DRIVE_NAMES;
		return true;
	}
	if (scope->folder) {
		if (!folder_drives(conn, query, scope->folder, &small, err))
			return false;
		scope->driver = small ? DRIVE_FOLDER : DRIVE_ORDER;
		return true;
	}
	if (scope->path && !few_below(conn, query->company, scope->path, &small, err))
		return false;
	if (small) {
		scope->driver = DRIVE_SUBTREE;
		return true;
	}
	if (query->type_count && !few_of_types(conn, query, &small, err))
		return false;
	scope->driver = small ? DRIVE_TYPES : DRIVE_ORDER;
	return true;
}

/* ---- The search ---- */

static bool
within_limits(const struct ips_asset_query *query, struct ips_error *err)
{
	const size_t lists[] = { query->name_count, query->type_count, query->not_type_count,
		query->subtype_count };

	for (size_t i = 0; i < IPS_NELEM(lists); i++)
		if (lists[i] > LIST_MAX)
			return ips_fail(
			    err, IPS_LIMIT, "A list holds more than %d values.", LIST_MAX);
	if (query->condition_count > CONDITIONS)
		return ips_fail(err, IPS_LIMIT, "There are more than %d conditions.", CONDITIONS);
	if (query->limit < 0 || query->limit > LIMIT_MAX || query->offset < 0)
		return ips_fail(err, IPS_LIMIT, "A page holds 0 to %d assets.", LIMIT_MAX);
	return true;
}

static bool
fetch(struct ips_conn *conn, struct ips_arena *mem, const struct ips_asset_query *query,
    const struct search_scope *scope, const struct ips_asset ***out, size_t *count,
    struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q = { 0 };
	void *items;

	query_init(&q);
	if (!search_build(&q, query, scope, false, err))
		return false;
	const struct select select = {
		.sql = q.sql->str, .values = query_values(&q), .type = asset_row, .built = true
	};
	if (!select_rows(conn, mem, &select, &items, count, err))
		return false;
	*out = (const struct ips_asset **)pointers_to(mem, items, sizeof(struct ips_asset), *count);
	return true;
}

static bool
count_all(struct ips_conn *conn, const struct ips_asset_query *query,
    const struct search_scope *scope, int64_t *total, struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q = { 0 };
	struct ips_rows *rows;
	bool row;

	query_init(&q);
	if (!search_build(&q, query, scope, true, err) ||
	    !ips_db_query_built(conn, q.sql->str, query_values(&q), &rows, err) ||
	    !ips_db_next(rows, &row, err))
		return false;
	*total = ips_db_int(rows, 0);
	ips_db_end(rows);
	return true;
}

/* Whoever got less than a page, and something or all from the start, has seen the end. */
static bool
total_follows(const struct ips_asset_query *query, size_t count)
{
	return count < (size_t)query->limit && (count > 0 || query->offset == 0);
}

bool
ips_catalog_search(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_asset_query *query, const struct ips_asset ***out, size_t *count,
    int64_t *total, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	struct search_scope scope = { 0 };
	const struct ips_asset **list = IPS_NEW(mem, const struct ips_asset *);
	bool known = true;
	size_t n = 0;
	int64_t all = 0;

	if (!within_limits(query, err) || !ips_db_reader(catalog->db, &conn, err) ||
	    !ips_db_snapshot(conn, err) ||
	    (query->folder && !resolve_folder(conn, mem, query, &scope, &known, err)))
		return false;
	if (query->names && query->name_count == 0)
		known = false;
	if (known) {
		if (!choose_driver(conn, query, &scope, err) ||
		    !fetch(conn, mem, query, &scope, &list, &n, err))
			return false;
		all = query->offset + (int64_t)n;
		if (query->want_total && !total_follows(query, n) &&
		    !count_all(conn, query, &scope, &all, err))
			return false;
	}
	*out = list;
	*count = n;
	if (query->want_total && total)
		*total = all;
	return true;
}
