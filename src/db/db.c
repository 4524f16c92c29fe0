/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A database: its file, its writer, its pool of readers. */
#include "db_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ourselves rather than the library: it holds password hashes, and log and index files inherit the
 * mode. */
static bool
make_file(const char *file, bool create, struct ips_error *err)
{
	int fd = open(file, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	if (errno == ENOENT && !create)
		return ips_fail(err, IPS_NOT_FOUND, "There is no catalog yet.");
	return ips_fail_system(err, errno, "database: %s", file);
}

/* The engine takes an empty file for a new database and would write into it, and finds a cut one
 * only where it looks. What a clean end leaves has the size that its head tells; after a crash the
 * rest may still be in the log. Source: "Database File Format", sections 1.3 and 4.5. */
#define HEAD      100
#define HEAD_PAGE 16 /* bytes of a page, 1 for 65536 */
#define HEAD_SIZE 28 /* pages */

static bool
head_good(const uint8_t *head, off_t size, bool has_log)
{
	int64_t page = head[HEAD_PAGE] << 8 | head[HEAD_PAGE + 1];
	int64_t pages = (int64_t)head[HEAD_SIZE] << 24 | head[HEAD_SIZE + 1] << 16 |
			head[HEAD_SIZE + 2] << 8 | head[HEAD_SIZE + 3];

	if (memcmp(head, "SQLite format 3", 16) != 0)
		return false;
	return has_log || size >= pages * (page == 1 ? 65536 : page);
}

static bool
has_log(const char *file)
{
	g_autofree char *log = g_strconcat(file, "-wal", NULL);
	struct stat st;

	return stat(log, &st) == 0 && st.st_size > 0;
}

static bool
check_file(const char *file, bool create, struct ips_error *err)
{
	uint8_t head[HEAD];
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	bool known = fd >= 0 && fstat(fd, &st) == 0;
	ssize_t got = known ? pread(fd, head, sizeof(head), 0) : -1;

	if (fd >= 0)
		close(fd);
	if (got < 0)
		return ips_fail_system(err, errno, "database: %s", file);
	if (create && st.st_size == 0 && !has_log(file))
		return true;
	return (got == HEAD && head_good(head, st.st_size, has_log(file))) ||
	       ips_fail(err, IPS_EXCEPTION,
		   "%s is damaged, or no catalog. It is left as it is: restore it from a backup.",
		   file);
}

bool
ips_db_open(const char *file, bool create, struct ips_db **out, struct ips_error *err)
{
	if (!make_file(file, create, err) || !check_file(file, create, err))
		return false;

	struct ips_db *db = g_new0(struct ips_db, 1);
	db->file = g_strdup(file);
	db->idle = g_ptr_array_new();
	pthread_mutex_init(&db->lock, NULL);
	pthread_mutex_init(&db->committer.lock, NULL);
	if (!conn_open(db, file, CONN_WRITER, &db->committer.writer, err) ||
	    !checkpointer_start(&db->checkpointer, db, file, err)) {
		ips_db_close(db);
		return false;
	}
	*out = db;
	return true;
}

void
ips_db_close(struct ips_db *db)
{
	if (!db)
		return;
	checkpointer_stop(&db->checkpointer);
	for (guint i = 0; i < db->idle->len; i++)
		conn_close(g_ptr_array_index(db->idle, i));
	g_ptr_array_free(db->idle, TRUE);
	conn_close(db->committer.writer); /* last: it folds the log into the file */
	pthread_mutex_destroy(&db->committer.lock);
	pthread_mutex_destroy(&db->lock);
	g_free(db->file);
	g_free(db);
}

static int64_t
file_bytes(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 ? st.st_size : 0;
}

void
ips_db_stats(const struct ips_db *db, struct ips_db_stats *out)
{
	g_autofree char *log = g_strconcat(db->file, "-wal", NULL);

	*out = (struct ips_db_stats){
		.commits = db->commits,
		.works = db->works,
		.failed = db->failed,
		.bytes = file_bytes(db->file) + file_bytes(log),
	};
}

static bool
lend(struct ips_db *db, struct ips_conn **out, struct ips_error *err)
{
	struct ips_conn *conn = NULL;

	pthread_mutex_lock(&db->lock);
	if (db->idle->len)
		conn = g_ptr_array_steal_index(db->idle, db->idle->len - 1);
	pthread_mutex_unlock(&db->lock);
	if (!conn)
		return conn_open(db, db->file, CONN_READER, out, err);
	*out = conn;
	return true;
}

/* The view of this thread. The connection is lent to one reader at a time, because its release ends
 * all rows: a reader inside another one gets a connection of its own. */
static _Thread_local struct {
	struct ips_db *db;
	struct ips_conn *conn;
	bool lent;
} view;

void
ips_db_view_begin(struct ips_db *db)
{
	if (!view.db)
		view.db = db;
}

void
view_renew(void)
{
	struct ips_conn *conn = view.conn;

	view.conn = NULL;
	view.lent = false;
	ips_db_release(conn);
}

void
ips_db_view_end(struct ips_db *db)
{
	if (view.db != db)
		return;
	view_renew();
	view.db = NULL;
}

static bool
lend_view(struct ips_conn **out, struct ips_error *err)
{
	if (!view.conn) {
		struct ips_conn *conn = NULL;

		if (!lend(view.db, &conn, err))
			return false;
		if (!ips_db_snapshot(conn, err)) {
			ips_db_release(conn);
			return false;
		}
		view.conn = conn;
	}
	view.lent = true;
	*out = view.conn;
	return true;
}

bool
ips_db_reader(struct ips_db *db, struct ips_conn **out, struct ips_error *err)
{
	return view.db == db && !view.lent ? lend_view(out, err) : lend(db, out, err);
}

void
ips_db_release(struct ips_conn *conn)
{
	if (!conn)
		return;

	struct ips_db *db = conn->db;
	conn_end_all(conn);
	if (conn == view.conn) {
		view.lent = false;
		return;
	}
	struct ips_error ignored; /* a snapshot that cannot end has ended */
	if (conn->snapshot && !ips_db_run(conn, "ROLLBACK", IPS_NO_VALUES, NULL, &ignored))
		sqlite3_exec(conn->handle, "ROLLBACK", NULL, NULL, NULL);
	conn->snapshot = false;
	pthread_mutex_lock(&db->lock);
	g_ptr_array_add(db->idle, conn);
	pthread_mutex_unlock(&db->lock);
}

void
ips_db_release_cleanup(struct ips_conn **conn)
{
	ips_db_release(*conn);
}

bool
ips_db_snapshot(struct ips_conn *conn, struct ips_error *err)
{
	if (conn->snapshot)
		return true;
	if (!ips_db_run(conn, "BEGIN", IPS_NO_VALUES, NULL, err))
		return false;
	conn->snapshot = true;
	return true;
}

static bool
report(struct ips_conn *conn, const char *sql, bool references, ips_db_finding *visit, void *arg,
    struct ips_error *err)
{
	struct ips_rows *rows;
	bool row;

	if (!ips_db_query(conn, sql, IPS_NO_VALUES, &rows, err))
		return false;
	while (true) {
		if (!ips_db_next(rows, &row, err))
			return false;
		if (!row)
			return true;
		if (!references && !g_strcmp0(ips_db_text(rows, 0), "ok"))
			continue;
		g_autofree char *text =
		    references
			? g_strdup_printf("%s, row %" G_GINT64_FORMAT ": refers to nothing in %s",
			      ips_db_text(rows, 0), ips_db_int(rows, 1), ips_db_text(rows, 2))
			: g_strdup(ips_db_text(rows, 0));
		if (!visit(text, arg))
			break;
	}
	ips_db_end(rows);
	return true;
}

bool
ips_db_verify(struct ips_db *db, ips_db_finding *visit, void *arg, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;

	return ips_db_reader(db, &conn, err) &&
	       report(conn, "PRAGMA integrity_check", false, visit, arg, err) &&
	       report(conn, "PRAGMA foreign_key_check", true, visit, arg, err);
}
