/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A catalog: opening and proving it, and what all its parts share. */
#include "catalog_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool
migrate_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	(void)arg;
	return migrate(conn, err);
}

bool
ips_catalog_init(const char *file, struct ips_error *err)
{
	struct ips_db *db;

	if (!ips_db_open(file, true, &db, err))
		return false;
	bool ok = ips_db_write(db, migrate_work, NULL, err);
	ips_db_close(db);
	return ok;
}

static bool
check_schema(struct ips_db *db, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;

	return ips_db_reader(db, &conn, err) && schema_check(conn, err);
}

bool
ips_catalog_open(const char *file, struct ips_catalog **out, struct ips_error *err)
{
	struct ips_db *db;

	if (!ips_db_open(file, false, &db, err))
		return false;
	if (!check_schema(db, err)) {
		ips_db_close(db);
		return false;
	}
	*out = g_new0(struct ips_catalog, 1);
	(*out)->db = db;
	return true;
}

void
ips_catalog_close(struct ips_catalog *catalog)
{
	if (!catalog)
		return;
	ips_db_close(catalog->db);
	g_free(catalog);
}

void
ips_catalog_view_begin(struct ips_catalog *catalog)
{
	ips_db_view_begin(catalog->db);
}

void
ips_catalog_view_end(struct ips_catalog *catalog)
{
	ips_db_view_end(catalog->db);
}

bool
ips_catalog_ping(struct ips_catalog *catalog, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;

	return ips_db_reader(catalog->db, &conn, err) && schema_check(conn, err);
}

void
ips_catalog_stats(const struct ips_catalog *catalog, struct ips_catalog_stats *out)
{
	struct ips_db_stats db;

	ips_db_stats(catalog->db, &db);
	*out = (struct ips_catalog_stats){ db.commits, db.works, db.failed, db.bytes };
}

bool
ips_catalog_count(
    struct ips_catalog *catalog, struct ips_catalog_counts *out, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	bool found;

	return ips_db_reader(catalog->db, &conn, err) &&
	       ips_db_get_int(
		   conn, "SELECT count(*) FROM assets", IPS_NO_VALUES, &out->assets, &found, err) &&
	       ips_db_get_int(conn, "SELECT count(*) FROM jobs WHERE status < 2", IPS_NO_VALUES,
		   &out->open_jobs, &found, err);
}

bool
ips_catalog_backup(struct ips_catalog *catalog, const char *file, struct ips_error *err)
{
	return ips_db_backup(catalog->db, file, err);
}

struct findings {
	struct ips_arena *mem;
	GPtrArray *texts;
};

static bool
note_finding(const char *text, void *arg)
{
	struct findings *f = arg;

	g_ptr_array_add(f->texts, ips_arena_strdup(f->mem, text));
	return true;
}

bool
ips_catalog_verify(struct ips_catalog *catalog, struct ips_arena *mem, const char ***findings,
    size_t *count, struct ips_error *err)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new();
	struct findings f = { mem, texts };

	if (!ips_db_verify(catalog->db, note_finding, &f, err))
		return false;
	const char **list = IPS_NEW_N(mem, const char *, texts->len + 1);
	if (texts->len)
		memcpy(list, texts->pdata, texts->len * sizeof *list);
	*findings = list;
	*count = texts->len;
	return true;
}

/* ---- Reading ---- */

char *
column_text(struct ips_arena *mem, const struct ips_rows *rows, int column)
{
	return ips_arena_strdup(mem, ips_db_text(rows, column));
}

static bool
open_rows(
    struct ips_conn *conn, const struct select *s, struct ips_rows **rows, struct ips_error *err)
{
	return s->built ? ips_db_query_built(conn, s->sql, s->values, rows, err)
			: ips_db_query(conn, s->sql, s->values, rows, err);
}

bool
select_one(struct ips_catalog *catalog, struct ips_arena *mem, const struct select *select,
    const void **out, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	struct ips_rows *rows;
	void *item = NULL;
	bool row;

	if (!ips_db_reader(catalog->db, &conn, err) || !open_rows(conn, select, &rows, err) ||
	    !ips_db_next(rows, &row, err))
		return false;
	if (row) {
		item = ips_arena_alloc(mem, select->type.size);
		select->type.read(mem, rows, item);
		ips_db_end(rows);
	}
	*out = item;
	return true;
}

bool
select_rows(struct ips_conn *conn, struct ips_arena *mem, const struct select *select, void **out,
    size_t *count, struct ips_error *err)
{
	const struct row_type *type = &select->type;
	g_autoptr(GArray) items = g_array_new(FALSE, TRUE, (guint)type->size);
	struct ips_rows *rows;
	bool row;

	if (!open_rows(conn, select, &rows, err))
		return false;
	while (true) {
		if (!ips_db_next(rows, &row, err))
			return false;
		if (!row)
			break;
		g_array_set_size(items, items->len + 1);
		type->read(mem, rows, items->data + (items->len - 1) * type->size);
	}
	*out = ips_arena_alloc(mem, (items->len + 1) * type->size);
	if (items->len)
		memcpy(*out, items->data, items->len * type->size);
	*count = items->len;
	return true;
}

bool
select_all(struct ips_catalog *catalog, struct ips_arena *mem, const struct select *select,
    void **out, size_t *count, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;

	return ips_db_reader(catalog->db, &conn, err) &&
	       select_rows(conn, mem, select, out, count, err);
}

const void **
pointers_to(struct ips_arena *mem, void *items, size_t size, size_t count)
{
	const void **list = IPS_NEW_N(mem, const void *, count + 1);

	for (size_t i = 0; i < count; i++)
		list[i] = (char *)items + i * size;
	return list;
}

/* ---- Writing ---- */

bool
next_number(struct ips_conn *conn, const char *sequence, int64_t *out, struct ips_error *err)
{
	bool found;

	return ips_db_get_int(conn,
	    "INSERT INTO sequences (name, next) VALUES ($1, 2) "
	    "ON CONFLICT (name) DO UPDATE SET next = sequences.next + 1 RETURNING next - 1",
	    IPS_VALUES(ips_text(sequence)), out, &found, err);
}

bool
next_numbers(
    struct ips_conn *conn, const char *const sequence[2], int64_t out[2], struct ips_error *err)
{
	struct ips_rows *rows;
	bool row;

	if (!ips_db_query(conn,
		"INSERT INTO sequences (name, next) VALUES ($1, 2), ($2, 2) "
		"ON CONFLICT (name) DO UPDATE SET next = sequences.next + 1 "
		"RETURNING next - 1, name = $1",
		IPS_VALUES(ips_text(sequence[0]), ips_text(sequence[1])), &rows, err))
		return false;
	while (ips_db_next(rows, &row, err)) {
		if (!row)
			return true;
		out[ips_db_int(rows, 1) ? 0 : 1] = ips_db_int(rows, 0);
	}
	return false;
}

bool
raise_number(struct ips_conn *conn, const char *sequence, int64_t next, struct ips_error *err)
{
	return ips_db_run(conn,
	    "INSERT INTO sequences (name, next) VALUES ($1, $2) "
	    "ON CONFLICT (name) DO UPDATE SET next = excluded.next "
	    "WHERE excluded.next > sequences.next",
	    IPS_VALUES(ips_text(sequence), ips_int(next)), NULL, err);
}

bool
settle_number(struct ips_conn *conn, const char *sequence, int64_t *id, struct ips_error *err)
{
	if (*id == 0)
		return next_number(conn, sequence, id, err);
	if (*id < 0 || *id == INT64_MAX)
		return ips_fail(err, IPS_INVALID_PARAMETER, "Numbers begin with 1.");
	return raise_number(conn, sequence, *id + 1, err);
}

bool
change_one(struct ips_conn *conn, const char *sql, struct ips_values values, const char *missing,
    struct ips_error *err)
{
	int64_t changed;

	if (!ips_db_run(conn, sql, values, &changed, err))
		return false;
	return changed ? true : ips_fail(err, IPS_NOT_FOUND, "%s", missing);
}

bool
taken_means(struct ips_error *err, const char *fmt, ...)
{
	va_list args;

	if (!err || err->fault != IPS_TAKEN)
		return false;
	va_start(args, fmt);
	g_autofree char *reason = g_strdup_vprintf(fmt, args);
	va_end(args);
	g_autofree char *detail = g_strdup(err->detail);
	ips_fail(err, IPS_TAKEN, "%s", reason);
	g_strlcpy(err->detail, detail, sizeof err->detail);
	return false;
}

bool
name_taken(struct ips_error *err, const char *name)
{
	return ips_fail(err, IPS_TAKEN, "Asset ID '%s' is already in use.", name);
}

char *
fold(struct ips_arena *mem, const char *text)
{
	g_autofree char *folded = g_utf8_casefold(text, -1);

	return ips_arena_strdup(mem, folded);
}

struct raise {
	const char *name;
	int64_t next;
};

static bool
raise_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct raise *raise = arg;

	return raise_number(conn, raise->name, raise->next, err);
}

bool
ips_catalog_sequence_raise(
    struct ips_catalog *catalog, const char *name, int64_t next, struct ips_error *err)
{
	struct raise raise = { name, next };

	if (next < 1)
		return ips_fail(err, IPS_INVALID_PARAMETER, "Numbers begin with 1.");
	return ips_db_write(catalog->db, raise_work, &raise, err);
}
