/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Inside of db: what its files share. */
#ifndef OPENIPS_DB_PRIV_H
#define OPENIPS_DB_PRIV_H

#include <pthread.h> /* locks: GLib's are invisible to the thread sanitizer */
#include <sqlite3.h>

#include "openips/db.h"

struct ips_rows {
	struct ips_conn *conn;
	sqlite3_stmt *stmt;
	int *numbers; /* of each parameter, 1 for $1: SQLite counts by appearance */
	int number_count;
	bool active;
	struct ips_rows *prev, *next; /* among the active ones */
};

struct ips_conn {
	struct ips_db *db;
	sqlite3 *handle;
	GHashTable *by_address; /* literal -> ips_rows */
	GHashTable *by_text;    /* built SQL -> ips_rows, bounded */
	struct ips_rows *active;
	bool snapshot;
};

enum conn_kind { CONN_WRITER, CONN_READER };
bool conn_open(struct ips_db *db, const char *file, enum conn_kind kind, struct ips_conn **out,
    struct ips_error *err);
void conn_close(struct ips_conn *conn); /* NULL is fine */
void conn_end_all(struct ips_conn *conn);
bool conn_fail(struct ips_conn *conn, const char *what, struct ips_error *err);

/* One thread beside the writers, so that moving pages from the log into the database stalls nobody.
 */
struct checkpointer {
	struct ips_conn *conn;
	GThread *thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool due, stop; /* under lock */
	/* Pages in the log, the leader's: at the last commit, when the thread was last asked, and
	 * when the leader will do it himself. */
	int last_pages, started_at, force_at;
};
bool checkpointer_start(
    struct checkpointer *c, struct ips_db *db, const char *file, struct ips_error *err);
void checkpointer_stop(struct checkpointer *c);
void checkpointer_before(struct checkpointer *c, struct ips_conn *writer, int log_pages);
void checkpointer_after(struct checkpointer *c, int log_pages);

void view_renew(void); /* of this thread: it is about to write */

struct job;
struct committer {
	struct ips_conn *writer; /* the leader's */
	int log_pages;           /* of the write-ahead log after the last commit; the leader's */
	pthread_mutex_t lock;
	struct job *first, *last; /* waiting, under lock */
	bool leading;             /* somebody commits, under lock */
};

struct ips_db {
	char *file;
	struct committer committer;
	struct checkpointer checkpointer;
	pthread_mutex_t lock;
	_Atomic int64_t commits, works, failed; /* see struct ips_db_stats */
	GPtrArray *idle;                        /* read connections, the warmest last, under lock */
};

#endif
