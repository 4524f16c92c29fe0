/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Inside of catalog: reading rows into arenas, and pieces of writes that several calls share. */
#ifndef OPENIPS_CATALOG_PRIV_H
#define OPENIPS_CATALOG_PRIV_H

#include "openips/catalog.h"
#include "openips/db.h"

struct ips_catalog {
	struct ips_db *db;
};

/* ---- Reading ---- */

typedef void row_read(struct ips_arena *mem, const struct ips_rows *rows, void *item);
struct row_type {
	row_read *read;
	size_t size;
};
struct select {
	const char *sql;
	struct ips_values values;
	struct row_type type;
	bool built; /* sql was put together at run time */
};
/* *out NULL: no row. */
bool select_one(struct ips_catalog *catalog, struct ips_arena *mem, const struct select *select,
    const void **out, struct ips_error *err);
/* *out is an array of structs. */
bool select_all(struct ips_catalog *catalog, struct ips_arena *mem, const struct select *select,
    void **out, size_t *count, struct ips_error *err);
bool select_rows(struct ips_conn *conn, struct ips_arena *mem, const struct select *select,
    void **out, size_t *count, struct ips_error *err);
/* The same as an array of pointers to them. */
const void **pointers_to(struct ips_arena *mem, void *items, size_t size, size_t count);
char *column_text(struct ips_arena *mem, const struct ips_rows *rows, int column);

#define COMPANY_COLUMNS "c.id, c.name, c.root_path, c.ims_org, c.expires, c.root_folder"
#define COMPANY_WIDTH   6
extern const struct row_type company_row, folder_row, asset_row;

/* ---- Writing ---- */

bool next_number(struct ips_conn *conn, const char *sequence, int64_t *out, struct ips_error *err);
/* Of two sequences at once. */
bool next_numbers(
    struct ips_conn *conn, const char *const sequence[2], int64_t out[2], struct ips_error *err);
bool raise_number(struct ips_conn *conn, const char *sequence, int64_t next, struct ips_error *err);
/* 0 takes the next number, any other keeps the sequence above it. */
bool settle_number(struct ips_conn *conn, const char *sequence, int64_t *id, struct ips_error *err);
/* Runs a statement that must hit a row; else IPS_NOT_FOUND with this reason. */
bool change_one(struct ips_conn *conn, const char *sql, struct ips_values values,
    const char *missing, struct ips_error *err);
/* Says in the caller's words what a broken uniqueness means; other faults stay. Returns false. */
bool taken_means(struct ips_error *err, const char *fmt, ...) IPS_PRINTF(2, 3);
bool name_taken(struct ips_error *err, const char *name);
char *fold(struct ips_arena *mem, const char *text); /* for keys compared in any case */

/* A folder of a company, in the transaction. parent NULL: the root. */
struct new_folder {
	int64_t company, parent, permission_set, now;
	const char *path, *name;
	int depth;
};
bool folder_insert(
    struct ips_conn *conn, const struct new_folder *folder, int64_t *id, struct ips_error *err);
/* Its child changed. */
bool folder_touch(struct ips_conn *conn, int64_t folder, int64_t now, struct ips_error *err);
/* In the transaction that adds an asset: the data key of its blob. */
bool data_key_insert(struct ips_conn *conn, const char *digest, int64_t company,
    const struct ips_data_key *key, struct ips_error *err);
/* value NULL removes. */
bool traits_write(struct ips_conn *conn, int64_t asset, const struct ips_trait *traits,
    size_t count, struct ips_error *err);
/* A running job has made its asset. IPS_NOT_FOUND: it is not running. */
bool job_end_well(struct ips_conn *conn, int64_t job, int64_t now, struct ips_error *err);
/* In the transaction that does it. once NULL: nothing. */
bool once_write(struct ips_conn *conn, const struct ips_once *once, int64_t number, int64_t now,
    struct ips_error *err);
bool migrate(struct ips_conn *conn, struct ips_error *err);
bool schema_check(struct ips_conn *conn, struct ips_error *err);

/* ---- Query building ---- */

struct query {
	GString *sql;
	GArray *values;
	GPtrArray *texts; /* made on the way, freed with it */
};
void query_init(struct query *query);
void query_clear(struct query *query); /* for IPS_CLEANUP */
void query_add(struct query *query, const char *sql);
void query_value(struct query *query, struct ips_value value);        /* adds $n */
void query_ints(struct query *query, const int *items, size_t count); /* adds ($n, ...) */
void query_texts(struct query *query, const char *const *items, size_t count);
void query_keep(struct query *query, char *text); /* g_free with the query */
struct ips_values query_values(const struct query *query);
/* AND what the viewer may read; `folder` is the alias of the folders table. */
void query_viewer(struct query *query, struct ips_viewer viewer, const char *folder);
/* AND folder's path is path or below it. */
void query_below(struct query *query, const char *folder, const char *path);

char *path_normal(
    struct ips_arena *mem, const char *path); /* no outer or double slashes, one at the end */
char *path_bound(const char *path);           /* above all that is below path; g_free */

/* Most catalogs have no keys: looking into an empty index costs nothing to speak of. */
#define KEY_OF_ASSET "(SELECT b.key_id FROM blob_keys b WHERE b.digest = a.digest)"
#define ASSET_COLUMNS                                                                              \
	"a.id, a.type_seq, a.type, a.subtype, a.name, a.file_name, a.company_id, a.folder_id, "    \
	"f.path, a.ready, a.trash, a.created, a.modified, a.created_by, a.modified_by, "           \
	"a.description, a.comments, a.user_data, a.url_modifier, a.post_modifier, a.keywords, "    \
	"a.digest, a.size, a.mime, a.width, a.height, a.resolution, a.facts, a.map, "              \
	"a.targets, a.image_set, " KEY_OF_ASSET

/* The statement of a search, for the search itself and for tests of its plan. */
enum search_driver { DRIVE_ORDER, DRIVE_NAMES, DRIVE_FOLDER, DRIVE_SUBTREE, DRIVE_TYPES };
struct search_scope {
	enum search_driver driver;
	int64_t folder;   /* DRIVE_FOLDER */
	const char *path; /* with subfolders; NULL: the whole company */
};
bool search_build(struct query *out, const struct ips_asset_query *query,
    const struct search_scope *scope, bool count_only, struct ips_error *err);
bool search_condition(
    struct query *out, const struct ips_condition *condition, struct ips_error *err);

#endif
