/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Statements: parsed once a connection, bound, stepped. */
#include "db_priv.h"

#include <stdlib.h>

#define BUILT_MAX 64 /* statements put together at run time that a connection keeps */

static void
unlink_rows(struct ips_rows *rows)
{
	if (rows->prev)
		rows->prev->next = rows->next;
	else
		rows->conn->active = rows->next;
	if (rows->next)
		rows->next->prev = rows->prev;
	rows->prev = rows->next = NULL;
	rows->active = false;
}

void
ips_db_end(struct ips_rows *rows)
{
	if (!rows->active)
		return;
	sqlite3_reset(rows->stmt); /* its result repeats the step's */
	sqlite3_clear_bindings(rows->stmt);
	unlink_rows(rows);
}

void
conn_end_all(struct ips_conn *conn)
{
	while (conn->active)
		ips_db_end(conn->active);
}

static bool
number_parameters(struct ips_rows *rows, const char *sql, struct ips_error *err)
{
	int count = sqlite3_bind_parameter_count(rows->stmt);

	rows->number_count = count;
	rows->numbers = g_new0(int, count + 1);
	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(rows->stmt, i);
		int64_t number;

		if (!name || name[0] != '$' ||
		    !ips_parse_int(name + 1, strlen(name + 1), 1, INT32_MAX, &number))
			return ips_fail_internal(
			    err, "database: placeholder %d in: %.200s", i, sql);
		rows->numbers[i - 1] = (int)number;
	}
	return true;
}

static bool
prepare(struct ips_conn *conn, const char *sql, struct ips_rows **out, struct ips_error *err)
{
	struct ips_rows *rows = g_new0(struct ips_rows, 1);
	int rc =
	    sqlite3_prepare_v3(conn->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &rows->stmt, NULL);

	rows->conn = conn;
	if (rc == SQLITE_OK && number_parameters(rows, sql, err)) {
		*out = rows;
		return true;
	}
	if (rc != SQLITE_OK)
		conn_fail(conn, sql, err);
	sqlite3_finalize(rows->stmt);
	g_free(rows->numbers);
	g_free(rows);
	return false;
}

static int
bind_value(sqlite3_stmt *stmt, int index, const struct ips_value *value)
{
	switch (value->type) {
	case IPS_VALUE_INT:
		return sqlite3_bind_int64(stmt, index, value->integer);
	case IPS_VALUE_REAL:
		return sqlite3_bind_double(stmt, index, value->real);
	case IPS_VALUE_TEXT:
		return sqlite3_bind_text(stmt, index, value->text, -1, SQLITE_STATIC);
	case IPS_VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, index);
}

static bool
start(struct ips_rows *rows, const char *sql, struct ips_values values, struct ips_rows **out,
    struct ips_error *err)
{
	struct ips_conn *conn = rows->conn;

	/* One literal is one statement: asking it again amid its rows would take them away. */
	if (rows->active)
		return ips_fail_internal(err, "database: nested use of: %.200s", sql);
	for (int i = 0; i < rows->number_count; i++) {
		int number = rows->numbers[i];

		if ((size_t)number > values.count)
			return ips_fail_internal(err, "database: no $%d for: %.200s", number, sql);
		if (bind_value(rows->stmt, i + 1, &values.items[number - 1]) != SQLITE_OK)
			return conn_fail(conn, sql, err);
	}
	rows->active = true;
	rows->next = conn->active;
	if (conn->active)
		conn->active->prev = rows;
	conn->active = rows;
	*out = rows;
	return true;
}

bool
ips_db_query(struct ips_conn *conn, const char *sql, struct ips_values values,
    struct ips_rows **out, struct ips_error *err)
{
	struct ips_rows *rows = g_hash_table_lookup(conn->by_address, sql);

	if (!rows) {
		if (!prepare(conn, sql, &rows, err))
			return false;
		g_hash_table_insert(conn->by_address, (gpointer)sql, rows);
	}
	return start(rows, sql, values, out, err);
}

static gboolean
is_idle(gpointer key, gpointer value, gpointer arg)
{
	(void)key;
	(void)arg;
	return !((struct ips_rows *)value)->active;
}

bool
ips_db_query_built(struct ips_conn *conn, const char *sql, struct ips_values values,
    struct ips_rows **out, struct ips_error *err)
{
	struct ips_rows *rows = g_hash_table_lookup(conn->by_text, sql);

	if (!rows) {
		if (g_hash_table_size(conn->by_text) >= BUILT_MAX)
			g_hash_table_foreach_remove(conn->by_text, is_idle, NULL);
		if (!prepare(conn, sql, &rows, err))
			return false;
		g_hash_table_insert(conn->by_text, g_strdup(sql), rows);
	}
	return start(rows, sql, values, out, err);
}

bool
ips_db_next(struct ips_rows *rows, bool *row, struct ips_error *err)
{
	int rc = sqlite3_step(rows->stmt);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		conn_fail(rows->conn, sqlite3_sql(rows->stmt), err);
	if (rc != SQLITE_ROW)
		ips_db_end(rows);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		*row = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

int64_t
ips_db_int(const struct ips_rows *rows, int column)
{
	return sqlite3_column_int64(rows->stmt, column);
}

double
ips_db_real(const struct ips_rows *rows, int column)
{
	return sqlite3_column_double(rows->stmt, column);
}

const char *
ips_db_text(const struct ips_rows *rows, int column)
{
	return (const char *)sqlite3_column_text(rows->stmt, column);
}

bool
ips_db_is_null(const struct ips_rows *rows, int column)
{
	return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

bool
ips_db_run(struct ips_conn *conn, const char *sql, struct ips_values values, int64_t *changed,
    struct ips_error *err)
{
	struct ips_rows *rows;
	bool row;

	if (!ips_db_query(conn, sql, values, &rows, err))
		return false;
	do {
		if (!ips_db_next(rows, &row, err))
			return false;
	} while (row);
	if (changed)
		*changed = sqlite3_changes64(conn->handle);
	return true;
}

bool
ips_db_get_int(struct ips_conn *conn, const char *sql, struct ips_values values, int64_t *out,
    bool *found, struct ips_error *err)
{
	struct ips_rows *rows;
	bool row;

	if (!ips_db_query(conn, sql, values, &rows, err) || !ips_db_next(rows, &row, err))
		return false;
	*found = row;
	if (!row)
		return true;
	*out = ips_db_int(rows, 0);
	/* To its end: a writing statement with RETURNING is only done there. */
	do {
		if (!ips_db_next(rows, &row, err))
			return false;
	} while (row);
	return true;
}

bool
ips_db_script(struct ips_conn *conn, const char *sql, struct ips_error *err)
{
	if (sqlite3_exec(conn->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return conn_fail(conn, sql, err);
}
