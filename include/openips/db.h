/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A tiny driver over one database: pooled read connections, group commit, statements that are parsed
 * once. The driver is SQLite; nothing here says so, and SQL is written to run on PostgreSQL as well:
 * placeholders are $1, $2, ... and may come in any order.
 *
 * Thread rule: an ips_db may be used from any thread; a connection and its rows belong to the thread
 * it is lent to. */
#ifndef OPENIPS_DB_H
#define OPENIPS_DB_H

#include "openips/base.h"

struct ips_db;
struct ips_conn; /* one connection, lent */
struct ips_rows; /* a running statement */

/* create: make the file (mode 0600) if it is missing, else a missing file is IPS_NOT_FOUND. A file that is
 * none of a database, or not all of it, is left as it is: IPS_EXCEPTION. */
bool ips_db_open(const char *file, bool create, struct ips_db **out, struct ips_error *err) IPS_MUST_USE;
void ips_db_close(struct ips_db *db); /* NULL is fine; nobody may still be inside */

/* ---- Writing: group commit ---- */

/* One unit of work inside a transaction: false undoes what it did, and only that. It may run on the
 * thread of another writer, so it must not lean on thread-local state, and whatever it puts into arg
 * counts only once ips_db_write has returned true. It must not write or read by other means. */
typedef bool ips_db_work(struct ips_conn *conn, void *arg, struct ips_error *err);

/* Runs work and returns when its effects are durable. Concurrent calls share transactions, hence
 * syncs: the first to come leads, commits whatever has queued up, and hands the lead on. If the
 * commit fails, all of its works failed. */
bool ips_db_write(struct ips_db *db, ips_db_work *work, void *arg, struct ips_error *err) IPS_MUST_USE;

struct ips_db_stats {
	int64_t commits, works; /* works / commits: how many shared a sync */
	int64_t failed;         /* transactions */
	int64_t bytes;          /* of the database and its log */
};
void ips_db_stats(const struct ips_db *db, struct ips_db_stats *out);

/* ---- Reading ---- */

/* Lends a read connection. It sees everything written before its statement began. */
bool ips_db_reader(struct ips_db *db, struct ips_conn **out, struct ips_error *err) IPS_MUST_USE;
void ips_db_release(struct ips_conn *conn); /* ends its rows and snapshot; NULL is fine */
void ips_db_release_cleanup(struct ips_conn **conn); /* for IPS_CLEANUP */
/* From here to the release all statements see one state. */
bool ips_db_snapshot(struct ips_conn *conn, struct ips_error *err) IPS_MUST_USE;

/* From here to the end all that this thread reads is of one state and over one connection: a request
 * that asks many small questions pays for the locks once. Its own write ends that state, and what it
 * reads afterwards is of a new one. A thread has one view at a time; it is opened by the first read. */
void ips_db_view_begin(struct ips_db *db);
void ips_db_view_end(struct ips_db *db); /* without a view: nothing */

/* ---- Statements ---- */

enum ips_value_type { IPS_VALUE_NULL, IPS_VALUE_INT, IPS_VALUE_REAL, IPS_VALUE_TEXT };
struct ips_value { enum ips_value_type type; int64_t integer; double real; const char *text; };

static inline struct ips_value
ips_int(int64_t value)
{
	return (struct ips_value){ .type = IPS_VALUE_INT, .integer = value };
}

static inline struct ips_value
ips_real(double value)
{
	return (struct ips_value){ .type = IPS_VALUE_REAL, .real = value };
}

static inline struct ips_value
ips_text(const char *text) /* NULL gives NULL */
{
	return (struct ips_value){ .type = text ? IPS_VALUE_TEXT : IPS_VALUE_NULL, .text = text };
}

struct ips_values { const struct ips_value *items; size_t count; };
#define IPS_NO_VALUES ((struct ips_values){ NULL, 0 })
#define IPS_VALUES(...)                                                                            \
	((struct ips_values){ (const struct ips_value[]){ __VA_ARGS__ },                           \
	    IPS_NELEM(((const struct ips_value[]){ __VA_ARGS__ })) })

/* sql must be a literal (or live and keep still as long as the database is open): its address finds
 * the statement parsed earlier. Texts in values must live until the rows end. */
bool ips_db_query(struct ips_conn *conn, const char *sql, struct ips_values values,
    struct ips_rows **out, struct ips_error *err) IPS_MUST_USE;
/* The same for SQL put together at run time; found again by its text, among a bounded number. */
bool ips_db_query_built(struct ips_conn *conn, const char *sql, struct ips_values values,
    struct ips_rows **out, struct ips_error *err) IPS_MUST_USE;
/* *row false: the end, and the rows are gone; so they are after a failure. */
bool ips_db_next(struct ips_rows *rows, bool *row, struct ips_error *err) IPS_MUST_USE;
void ips_db_end(struct ips_rows *rows); /* before the end; ips_db_release and the end of a work do it too */

/* Columns count from 0; valid until the next ips_db_next. NULL reads as 0, 0.0, NULL. */
int64_t ips_db_int(const struct ips_rows *rows, int column);
double ips_db_real(const struct ips_rows *rows, int column);
const char *ips_db_text(const struct ips_rows *rows, int column);
bool ips_db_is_null(const struct ips_rows *rows, int column);

/* Runs to the end; rows, if any, are skipped. changed may be NULL. */
bool ips_db_run(struct ips_conn *conn, const char *sql, struct ips_values values, int64_t *changed,
    struct ips_error *err) IPS_MUST_USE;
/* First column of the first row; found false and *out untouched if there is none. */
bool ips_db_get_int(struct ips_conn *conn, const char *sql, struct ips_values values, int64_t *out,
    bool *found, struct ips_error *err) IPS_MUST_USE;
/* Several statements without values, for migrations. */
bool ips_db_script(struct ips_conn *conn, const char *sql, struct ips_error *err) IPS_MUST_USE;

/* Faults: IPS_TAKEN for a broken uniqueness, IPS_NOT_FOUND for a reference to nothing, IPS_BUSY if
 * another process holds the database too long, else IPS_INTERNAL with the driver's words in detail. */

/* A copy of the whole database as it is at one moment, into a new file (mode 0600), synced. Writers go on. */
bool ips_db_backup(struct ips_db *db, const char *file, struct ips_error *err) IPS_MUST_USE;

/* The engine's own proof of its file and references; false from visit stops. */
typedef bool ips_db_finding(const char *text, void *arg);
bool ips_db_verify(struct ips_db *db, ips_db_finding *visit, void *arg, struct ips_error *err) IPS_MUST_USE;

#endif
