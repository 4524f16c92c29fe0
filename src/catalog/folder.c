/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Folders. A subtree is a range of paths: "x/" up to "x0". */
#include "catalog_priv.h"

#include <string.h>

#define PATH_MAX_BYTES 4096
#define DEPTH_MAX      100
#define FOLDER_COLUMNS "f.id, f.parent_id, f.path, f.modified, f.child_modified, f.permission_set"
#define HAS_SUBFOLDERS "EXISTS (SELECT 1 FROM folders s WHERE s.parent_id = f.id)"

static void
read_folder(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_folder *f = item;

	f->id = ips_db_int(rows, 0);
	f->parent = ips_db_int(rows, 1);
	f->path = column_text(mem, rows, 2);
	f->modified = ips_db_int(rows, 3);
	f->child_modified = ips_db_int(rows, 4);
	f->permission_set = ips_db_int(rows, 5);
	f->has_subfolders = ips_db_int(rows, 6);
}

const struct row_type folder_row = { read_folder, sizeof(struct ips_folder) };

bool
ips_catalog_folder(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const char *path, const struct ips_folder **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " FOLDER_COLUMNS ", " HAS_SUBFOLDERS
		       " FROM folders f WHERE f.company_id = $1 AND f.path = $2",
		.values = IPS_VALUES(ips_int(company), ips_text(path_normal(mem, path))),
		.type = folder_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_folder_by_id(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t id, const struct ips_folder **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " FOLDER_COLUMNS ", " HAS_SUBFOLDERS
		       " FROM folders f WHERE f.company_id = $1 AND f.id = $2",
		.values = IPS_VALUES(ips_int(company), ips_int(id)),
		.type = folder_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

/* ---- Listing ---- */

struct start {
	const char *path;
	int64_t depth;
};

static void
read_start(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct start *start = item;

	start->path = column_text(mem, rows, 0);
	start->depth = ips_db_int(rows, 1);
}

static bool
find_start(struct ips_conn *conn, struct ips_arena *mem, int64_t company, int64_t id,
    const struct start **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT path, depth FROM folders WHERE company_id = $1 AND id = $2",
		.values = IPS_VALUES(ips_int(company), ips_int(id)),
		.type = { read_start, sizeof(struct start) },
	};
	void *found;
	size_t count;

	if (!select_rows(conn, mem, &select, &found, &count, err))
		return false;
	*out = count ? found : NULL;
	return true;
}

static bool
list_folders(struct ips_conn *conn, struct ips_arena *mem, int64_t company,
    const struct start *start, int depth, struct ips_viewer viewer, struct ips_folder **out,
    size_t *count, struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q = { 0 };

	query_init(&q);
	query_add(&q,
	    "SELECT " FOLDER_COLUMNS ", EXISTS (SELECT 1 FROM folders s WHERE s.parent_id = f.id");
	query_viewer(&q, viewer, "s"); /* nor does it say what must not be seen */
	query_add(&q, ") FROM folders f WHERE f.company_id = ");
	query_value(&q, ips_int(company));
	query_below(&q, "f", start->path);
	if (depth >= 0) {
		query_add(&q, " AND f.depth <= ");
		query_value(&q, ips_int(start->depth + depth));
	}
	query_viewer(&q, viewer, "f");
	query_add(&q, " ORDER BY f.path");

	const struct select select = {
		.sql = q.sql->str, .values = query_values(&q), .type = folder_row, .built = true
	};
	return select_rows(conn, mem, &select, (void **)out, count, err);
}

static void
read_path(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	*(const char **)item = column_text(mem, rows, 0);
}

/* Paths of folders that hold such assets, at any depth: what is deeper keeps its ancestors. */
static bool
list_holders(struct ips_conn *conn, struct ips_arena *mem, int64_t company, const char *path,
    struct ips_viewer viewer, const int *types, size_t type_count, const char ***out, size_t *count,
    struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q = { 0 };

	query_init(&q);
	query_add(&q, "SELECT f.path FROM folders f WHERE f.company_id = ");
	query_value(&q, ips_int(company));
	query_below(&q, "f", path);
	query_viewer(&q, viewer, "f");
	query_add(&q,
	    " AND EXISTS (SELECT 1 FROM assets a WHERE a.folder_id = f.id AND a.trash = 0 "
	    "AND a.type + 0 IN ");
	query_ints(&q, types, type_count);
	query_add(&q, ")");

	const struct select select = { .sql = q.sql->str,
		.values = query_values(&q),
		.type = { read_path, sizeof(const char *) },
		.built = true };
	return select_rows(conn, mem, &select, (void **)out, count, err);
}

static void
keep_ancestors_of(struct ips_arena *mem, const char **holders, size_t holder_count,
    struct ips_folder *folders, size_t *count)
{
	g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
	size_t n = 0;

	for (size_t i = 0; i < holder_count; i++)
		for (const char *p = holders[i]; (p = strchr(p, '/')); p++)
			g_hash_table_add(
			    kept, ips_arena_strndup(mem, holders[i], (size_t)(p - holders[i]) + 1));
	for (size_t i = 0; i < *count; i++)
		if (g_hash_table_contains(kept, folders[i].path))
			folders[n++] = folders[i];
	*count = n;
}

bool
ips_catalog_folders(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t start_id, int depth, struct ips_viewer viewer, const int *types, size_t type_count,
    const struct ips_folder **out, size_t *count, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	const struct start *start;
	struct ips_folder *folders = NULL;
	const char **holders;
	size_t n = 0, holder_count;

	if (!ips_db_reader(catalog->db, &conn, err) || !ips_db_snapshot(conn, err) ||
	    !find_start(conn, mem, company, start_id, &start, err))
		return false;
	if (start && !list_folders(conn, mem, company, start, depth, viewer, &folders, &n, err))
		return false;
	if (start && type_count) {
		if (!list_holders(conn, mem, company, start->path, viewer, types, type_count,
			&holders, &holder_count, err))
			return false;
		keep_ancestors_of(mem, holders, holder_count, folders, &n);
	}
	*out = folders;
	*count = n;
	return true;
}

/* ---- Making ---- */

bool
folder_insert(struct ips_conn *conn, const struct new_folder *f, int64_t *id, struct ips_error *err)
{
	struct ips_value parent = f->parent ? ips_int(f->parent) : ips_text(NULL);
	int64_t number;

	if (!next_number(conn, "folder", &number, err) ||
	    !ips_db_run(conn,
		"INSERT INTO folders (id, company_id, parent_id, path, name, depth, modified, "
		"child_modified, permission_set) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
		IPS_VALUES(ips_int(number), ips_int(f->company), parent, ips_text(f->path),
		    ips_text(f->name), ips_int(f->depth), ips_int(f->now),
		    ips_int(f->permission_set)),
		NULL, err))
		return false;
	*id = number;
	return true;
}

bool
folder_touch(struct ips_conn *conn, int64_t folder, int64_t now, struct ips_error *err)
{
	return ips_db_run(conn, "UPDATE folders SET child_modified = $2 WHERE id = $1",
	    IPS_VALUES(ips_int(folder), ips_int(now)), NULL, err);
}

struct make {
	int64_t company, now, id;
	const char *path; /* normal */
	struct ips_arena *mem;
};

struct step {
	int64_t id, permission_set;
};

static bool
find_step(struct ips_conn *conn, int64_t company, const char *path, struct step *out, bool *found,
    struct ips_error *err)
{
	struct ips_rows *rows;

	if (!ips_db_query(conn,
		"SELECT id, permission_set FROM folders WHERE company_id = $1 AND path = $2",
		IPS_VALUES(ips_int(company), ips_text(path)), &rows, err) ||
	    !ips_db_next(rows, found, err))
		return false;
	if (!*found)
		return true;
	*out = (struct step){ ips_db_int(rows, 0), ips_db_int(rows, 1) };
	ips_db_end(rows);
	return true;
}

/* A new folder has no grants of its own, so what its parent may, it may: it shares the set. */
static bool
make_step(struct ips_conn *conn, const struct make *make, const struct new_folder *folder,
    struct step *at, struct ips_error *err)
{
	int64_t taken, id;
	bool found;

	if (!ips_db_get_int(conn,
		"SELECT id FROM assets WHERE company_id = $1 AND name = $2 AND name_slot = 0",
		IPS_VALUES(ips_int(make->company), ips_text(folder->name)), &taken, &found, err))
		return false;
	if (found)
		return name_taken(err, folder->name);
	if (!folder_insert(conn, folder, &id, err) ||
	    !folder_touch(conn, folder->parent, folder->now, err))
		return false;
	at->id = id;
	return true;
}

static bool
make_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct make *make = arg;
	struct step at = { 0 };
	int depth = 0;

	for (const char *from = make->path, *end; (end = strchr(from, '/'));
	     from = end + 1, depth++) {
		const struct new_folder folder = {
			.company = make->company,
			.parent = at.id,
			.permission_set = at.permission_set,
			.path = ips_arena_strndup(
			    make->mem, make->path, (size_t)(end - make->path) + 1),
			.name = ips_arena_strndup(make->mem, from, (size_t)(end - from)),
			.depth = depth,
			.now = make->now,
		};
		bool found;

		if (!find_step(conn, make->company, folder.path, &at, &found, err))
			return false;
		if (!found && depth == 0) /* the root comes with the company */
			return ips_fail(err, IPS_NOT_FOUND,
			    "Folder path '%s' does not begin with the company's root.", make->path);
		if (!found && !make_step(conn, make, &folder, &at, err))
			return false;
	}
	make->id = at.id;
	return true;
}

static bool
path_valid(const char *path, struct ips_error *err)
{
	size_t len = strlen(path);
	int depth = -1;

	if (len > PATH_MAX_BYTES)
		return ips_fail(
		    err, IPS_LIMIT, "The folder path is longer than %d bytes.", PATH_MAX_BYTES);
	if (len == 0 || !ips_utf8_valid(path, len))
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "The folder path is empty or not UTF-8.");
	for (const char *from = path, *end; (end = strchr(from, '/')); from = end + 1) {
		if (end - from > 255 || !strncmp(from, "../", 3) || !strncmp(from, "./", 2))
			return ips_fail(err, IPS_INVALID_PARAMETER, "'%.*s' cannot name a folder.",
			    (int)(end - from), from);
		depth++;
	}
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return ips_fail(
			    err, IPS_INVALID_PARAMETER, "Control character in a folder path.");
	if (depth > DEPTH_MAX)
		return ips_fail(err, IPS_LIMIT, "Folders are nested deeper than %d.", DEPTH_MAX);
	return true;
}

bool
ips_catalog_folder_make(struct ips_catalog *catalog, int64_t company, const char *path,
    int64_t *out, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct make make = { .company = company,
		.now = ips_clock_ms(),
		.path = path_normal(mem, path),
		.mem = mem };
	const struct ips_folder *there;

	/* Most calls find it: no need to queue for the writer. */
	if (!path_valid(make.path, err) ||
	    !ips_catalog_folder(catalog, mem, company, make.path, &there, err))
		return false;
	if (there)
		make.id = there->id;
	else if (!ips_db_write(catalog->db, make_work, &make, err))
		return false;
	*out = make.id;
	return true;
}
