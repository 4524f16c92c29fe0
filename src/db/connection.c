/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One SQLite connection: settings, error words, and the functions both engines must agree on. */
#include "db_priv.h"

#include <stdio.h>

static const char common_settings[] = "PRAGMA foreign_keys=ON;"
				      "PRAGMA synchronous=FULL;"
				      "PRAGMA temp_store=MEMORY;";
static const char *const kind_settings[] = {
	[CONN_WRITER] = "PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=0;",
	[CONN_READER] = "PRAGMA query_only=ON;",
};
#define BUSY_MS 10000

static const struct {
	int code; /* extended code first, then the plain one */
	enum ips_fault fault;
	const char *reason;
} faults[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, IPS_TAKEN, "This is already in use." },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, IPS_TAKEN, "This is already in use." },
	{ SQLITE_CONSTRAINT_FOREIGNKEY, IPS_NOT_FOUND, "Something referred to does not exist." },
	{ SQLITE_BUSY, IPS_BUSY, "The catalog is in use by another process." },
	{ SQLITE_FULL, IPS_STORAGE, IPS_NO_ROOM },
	{ SQLITE_IOERR, IPS_STORAGE, IPS_SICK_DISK },
	{ SQLITE_CORRUPT, IPS_INTERNAL, "The catalog is damaged." },
	{ SQLITE_NOTADB, IPS_INTERNAL, "The catalog is damaged." },
	{ SQLITE_LOCKED, IPS_BUSY, "The catalog is in use by another process." },
};

bool
conn_fail(struct ips_conn *conn, const char *what, struct ips_error *err)
{
	int code = sqlite3_extended_errcode(conn->handle);
	char detail[sizeof err->detail];

	/* Copied at once: the next call on this connection replaces it. */
	snprintf(detail, sizeof detail, "database: %s (%d): %.200s", sqlite3_errmsg(conn->handle),
	    code, what);
	for (size_t i = 0; i < IPS_NELEM(faults); i++) {
		if (faults[i].code != code && faults[i].code != (code & 0xff))
			continue;
		ips_fail(err, faults[i].fault, "%s", faults[i].reason);
		if (err)
			g_strlcpy(err->detail, detail, sizeof err->detail);
		return false;
	}
	return ips_fail_internal(err, "%s", detail);
}

/* SQLite's own knows ASCII only; PostgreSQL's knows letters. Not for indexes: a tool without this
 * function would maintain them differently. */
static void
lower(sqlite3_context *ctx, int count, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	int len = sqlite3_value_bytes(values[0]);

	(void)count;
	if (!text) {
		sqlite3_result_null(ctx);
		return;
	}
	char *folded = g_utf8_validate(text, len, NULL) ? g_utf8_strdown(text, len)
							: g_ascii_strdown(text, len);
	sqlite3_result_text(ctx, folded, -1, g_free);
}

static int
note_log_pages(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct ips_db *db = arg;

	(void)handle;
	(void)name;
	db->committer.log_pages = pages;
	return SQLITE_OK;
}

static bool
set_up(struct ips_conn *conn, enum conn_kind kind, struct ips_error *err)
{
	sqlite3 *h = conn->handle;
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

	sqlite3_extended_result_codes(h, 1);
	sqlite3_busy_timeout(h, BUSY_MS);
	if (kind == CONN_WRITER && sqlite3_exec(h, "PRAGMA journal_mode=WAL", NULL, NULL, NULL))
		return conn_fail(conn, "journal_mode", err);
	if (sqlite3_exec(h, common_settings, NULL, NULL, NULL) ||
	    sqlite3_exec(h, kind_settings[kind], NULL, NULL, NULL) ||
	    sqlite3_create_function_v2(h, "lower", 1, flags, NULL, lower, NULL, NULL, NULL))
		return conn_fail(conn, "settings", err);
	if (kind == CONN_WRITER)
		sqlite3_wal_hook(h, note_log_pages, conn->db);
	return true;
}

static void
rows_free(void *data)
{
	struct ips_rows *rows = data;

	sqlite3_finalize(rows->stmt);
	g_free(rows->numbers);
	g_free(rows);
}

/* Its count of all memory in use is a lock around every allocation, and nobody asks for it. */
static gpointer
stop_counting(gpointer arg)
{
	(void)arg;
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* too late is harmless */
	return NULL;
}

bool
conn_open(struct ips_db *db, const char *file, enum conn_kind kind, struct ips_conn **out,
    struct ips_error *err)
{
	static GOnce once = G_ONCE_INIT;
	struct ips_conn *conn = g_new0(struct ips_conn, 1);

	g_once(&once, stop_counting, NULL);
	conn->db = db;
	conn->by_address = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, rows_free);
	conn->by_text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, rows_free);
	/* No mutex: a connection is lent to one thread at a time. */
	int rc =
	    sqlite3_open_v2(file, &conn->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	bool ok = rc == SQLITE_OK ? set_up(conn, kind, err) : conn_fail(conn, "open", err);
	if (!ok) {
		conn_close(conn);
		return false;
	}
	*out = conn;
	return true;
}

void
conn_close(struct ips_conn *conn)
{
	if (!conn)
		return;
	g_hash_table_destroy(conn->by_address);
	g_hash_table_destroy(conn->by_text);
	sqlite3_close(conn->handle);
	g_free(conn);
}
