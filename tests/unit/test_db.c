/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "openips/db.h"

struct fixture {
	char *dir, *file;
	struct ips_db *db;
};

static bool
script(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	return ips_db_script(conn, arg, err);
}

static char schema[] =
    "CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
    "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents(id));"
    "CREATE TABLE numbers (n INTEGER, who INTEGER, filler TEXT)";

static int
set_up(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);
	struct ips_error err = { 0 };

	f->dir = g_dir_make_tmp("openips-db-XXXXXX", NULL);
	f->file = g_build_filename(f->dir, "t.db", NULL);
	if (!ips_db_open(f->file, true, &f->db, &err) || !ips_db_write(f->db, script, schema, &err))
		fail_msg("%s %s", err.reason, err.detail);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	GDir *dir = g_dir_open(f->dir, 0, NULL);
	const char *name;

	ips_db_close(f->db);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(f->dir, name, NULL);
		g_unlink(path);
	}
	g_dir_close(dir);
	g_rmdir(f->dir);
	g_free(f->dir);
	g_free(f->file);
	g_free(f);
	return 0;
}

static int64_t
get(struct fixture *f, const char *sql)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	struct ips_error err = { 0 };
	struct ips_rows *rows;
	bool row = false;

	if (!ips_db_reader(f->db, &conn, &err) ||
	    !ips_db_query_built(conn, sql, IPS_NO_VALUES, &rows, &err) ||
	    !ips_db_next(rows, &row, &err))
		fail_msg("%s: %s %s", sql, err.reason, err.detail);
	return row ? ips_db_int(rows, 0) : -1;
}

/* What each kind of mistake is called, and that it leaves nothing behind. */
static void
test_faults(void **state)
{
	static const struct {
		const char *sql;
		enum ips_fault want;
	} cases[] = {
		{ "INSERT INTO parents VALUES (1, 'a'), (2, 'b')", IPS_OK },
		{ "INSERT INTO parents VALUES (3, 'c'), (4, 'a')", IPS_TAKEN },
		{ "INSERT INTO parents VALUES (1, 'z')", IPS_TAKEN },
		{ "INSERT INTO children VALUES (1, 99)", IPS_NOT_FOUND },
		{ "INSERT INTO parents VALUES (7, 'q'); INSERT INTO nowhere VALUES (1)",
		    IPS_INTERNAL },
		{ "SELEC 1", IPS_INTERNAL },
		{ "INSERT INTO children VALUES (1, 2)", IPS_OK },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		struct ips_error err = { 0 };
		bool ok = ips_db_write(f->db, script, (void *)cases[i].sql, &err);

		if (ok != (cases[i].want == IPS_OK) || err.fault != cases[i].want)
			fail_msg(
			    "%s: fault %d, %s %s", cases[i].sql, err.fault, err.reason, err.detail);
		if (!ok && !strstr(err.detail, "database:"))
			fail_msg("%s: no detail: %s", cases[i].sql, err.detail);
	}
	assert_int_equal(get(f, "SELECT count(*) FROM parents"), 2);
	assert_int_equal(get(f, "SELECT count(*) FROM children"), 1);
	assert_false(ips_db_write(f->db, script, (void *)"SELEC 1", NULL));
}

static void
test_values(void **state)
{
	/* $2 before $1 and twice: numbers say which, not the order. */
	static const char sql[] = "SELECT $2, $1, $3, $2, $4, lower($5)";
	struct fixture *f = *state;
	struct ips_error err = { 0 };
	struct ips_conn *conn;
	struct ips_rows *rows, *nested;
	bool row;

	assert_true(ips_db_reader(f->db, &conn, &err));
	for (int round = 0; round < 2; round++) { /* the second time from the cache */
		assert_true(ips_db_query(conn, sql,
		    IPS_VALUES(ips_text("one"), ips_int(INT64_MIN + round), ips_real(0.5),
			ips_text(NULL), ips_text("ÄÖ X")),
		    &rows, &err));
		assert_true(ips_db_next(rows, &row, &err));
		assert_true(row);
		assert_int_equal(ips_db_int(rows, 0), INT64_MIN + round);
		assert_string_equal(ips_db_text(rows, 1), "one");
		assert_true(ips_db_real(rows, 2) == 0.5);
		assert_int_equal(ips_db_int(rows, 3), INT64_MIN + round);
		assert_true(ips_db_is_null(rows, 4));
		assert_null(ips_db_text(rows, 4));
		assert_string_equal(ips_db_text(rows, 5), "äö x");
		assert_false(
		    ips_db_query(conn, sql, IPS_NO_VALUES, &nested, &err)); /* nested use */
		assert_int_equal(err.fault, IPS_INTERNAL);
		assert_true(ips_db_next(rows, &row, &err));
		assert_false(row);
	}
	assert_false(ips_db_query(conn, sql, IPS_VALUES(ips_int(1)), &rows, &err)); /* too few */
	assert_false(ips_db_query(conn, "SELECT ?", IPS_VALUES(ips_int(1)), &rows, &err));
	ips_db_release(conn);
}

static void
test_built_statements_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { 0 };
	struct ips_conn *conn;
	struct ips_rows *kept, *rows;
	bool row;

	assert_true(ips_db_reader(f->db, &conn, &err));
	assert_true(
	    ips_db_query_built(conn, "SELECT 7 UNION ALL SELECT 8", IPS_NO_VALUES, &kept, &err));
	assert_true(ips_db_next(kept, &row, &err));
	for (int i = 0; i < 300; i++) {
		char sql[32];

		g_snprintf(sql, sizeof sql, "SELECT %d", i);
		assert_true(ips_db_query_built(conn, sql, IPS_NO_VALUES, &rows, &err));
		assert_true(ips_db_next(rows, &row, &err));
		assert_int_equal(ips_db_int(rows, 0), i);
		ips_db_end(rows);
	}
	assert_true(ips_db_next(kept, &row, &err)); /* running ones were not thrown out */
	assert_int_equal(ips_db_int(kept, 0), 8);
	ips_db_release(conn);
}

static void
test_readers(void **state)
{
	static const char count[] = "SELECT count(*) FROM numbers";
	struct fixture *f = *state;
	struct ips_error err = { 0 };
	struct ips_conn *still, *other, *again;
	int64_t n;
	bool found;

	assert_true(ips_db_reader(f->db, &still, &err));
	assert_true(ips_db_snapshot(still, &err));
	assert_true(ips_db_get_int(still, count, IPS_NO_VALUES, &n, &found, &err));
	assert_int_equal(n, 0);
	assert_true(
	    ips_db_write(f->db, script, (void *)"INSERT INTO numbers VALUES (1, 1, '')", &err));
	assert_true(ips_db_get_int(still, count, IPS_NO_VALUES, &n, &found, &err));
	assert_int_equal(n, 0); /* a snapshot stands still */
	assert_true(ips_db_reader(f->db, &other, &err));
	assert_ptr_not_equal(still, other);
	assert_true(ips_db_get_int(other, count, IPS_NO_VALUES, &n, &found, &err));
	assert_int_equal(n, 1);
	/* A reader cannot write. */
	assert_false(ips_db_run(other, "DELETE FROM numbers", IPS_NO_VALUES, NULL, &err));
	ips_db_release(other);
	ips_db_release(still);
	assert_true(ips_db_reader(f->db, &again, &err));
	assert_ptr_equal(again, still); /* the warmest first */
	assert_true(ips_db_get_int(again, count, IPS_NO_VALUES, &n, &found, &err));
	assert_int_equal(n, 1); /* and its snapshot is over */
	assert_true(ips_db_get_int(
	    again, "SELECT n FROM numbers WHERE n = 5", IPS_NO_VALUES, &n, &found, &err));
	assert_false(found);
	ips_db_release(again);
	ips_db_release(NULL);
}

/* One state for all questions of a thread until it writes; others' writes show when the view ends.
 */
static gpointer
write_elsewhere(gpointer arg)
{
	struct fixture *f = arg;
	struct ips_error err;
	static char insert[] = "INSERT INTO numbers (n) VALUES (7)";

	return GINT_TO_POINTER(ips_db_write(f->db, script, insert, &err));
}

static void
test_view(void **state)
{
	struct fixture *f = *state;
	struct ips_conn *outer = NULL, *inner = NULL;
	struct ips_error err;
	static char insert[] = "INSERT INTO numbers (n) VALUES (8)";
	static const char count[] = "SELECT count(*) FROM numbers";

	ips_db_view_begin(f->db);
	assert_int_equal(get(f, count), 0);
	assert_true(g_thread_join(g_thread_new("writer", write_elsewhere, f)));
	assert_int_equal(get(f, count), 0); /* as it was when the view began */
	assert_true(ips_db_write(f->db, script, insert, &err));
	assert_int_equal(get(f, count), 2); /* one's own write renews it */

	/* A reader inside another one must not end the other's rows. */
	assert_true(ips_db_reader(f->db, &outer, &err));
	assert_true(ips_db_reader(f->db, &inner, &err));
	assert_ptr_not_equal(outer, inner);
	ips_db_release(inner);
	ips_db_release(outer);

	assert_true(g_thread_join(g_thread_new("writer", write_elsewhere, f)));
	assert_int_equal(get(f, count), 2);
	ips_db_view_end(f->db);
	assert_int_equal(get(f, count), 3);
	ips_db_view_end(f->db); /* without one: nothing */
}

static void
test_open(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { 0 };
	struct ips_db *db = NULL;
	struct stat st;

	g_autofree char *missing = g_build_filename(f->dir, "missing.db", NULL);
	assert_false(ips_db_open(missing, false, &db, &err));
	assert_int_equal(err.fault, IPS_NOT_FOUND);
	assert_int_not_equal(stat(missing, &st), 0);
	g_autofree char *junk = g_build_filename(f->dir, "junk.db", NULL);
	assert_true(
	    g_file_set_contents(junk, "this is no database at all, whatever one wants", -1, NULL));
	assert_false(ips_db_open(junk, true, &db, &err));
	assert_int_equal(err.fault, IPS_EXCEPTION);
	assert_null(db);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ips_db_close(NULL);
}

/* Many writers at once: each work counts once or not at all, failures of neighbours do not matter.
 */
#define WRITERS 32
#define ROUNDS  40

struct writer {
	struct fixture *f;
	int who, round;
	int failed, wrong;
};

static bool
add_number(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct writer *w = arg;

	if (!ips_db_run(conn, "INSERT INTO numbers VALUES ($1, $2, '')",
		IPS_VALUES(ips_int(w->round), ips_int(w->who)), NULL, err))
		return false;
	if (w->round % 5 == 4)
		return ips_fail(err, IPS_EXCEPTION, "writer %d, round %d", w->who, w->round);
	if (w->round % 5 == 3) /* the statement fails, not the work's wish */
		return ips_db_run(conn, "INSERT INTO children VALUES ($1, 12345)",
		    IPS_VALUES(ips_int(1)), NULL, err);
	return true;
}

static gpointer
write_numbers(gpointer arg)
{
	struct writer *w = arg;

	for (w->round = 0; w->round < ROUNDS; w->round++) {
		struct ips_error err = { 0 };
		bool ok = ips_db_write(w->f->db, add_number, w, &err);
		char want[64];

		g_snprintf(want, sizeof want, "writer %d, round %d", w->who, w->round);
		w->failed += !ok;
		w->wrong += ok != (w->round % 5 < 3);
		w->wrong += w->round % 5 == 4 && strcmp(err.reason, want) != 0;
		w->wrong += w->round % 5 == 3 && err.fault != IPS_NOT_FOUND;
	}
	return NULL;
}

static void
test_concurrent_writers(void **state)
{
	struct fixture *f = *state;
	struct writer writers[WRITERS];
	GThread *threads[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .f = f, .who = i };
		threads[i] = g_thread_new("writer", write_numbers, &writers[i]);
	}
	for (int i = 0; i < WRITERS; i++) {
		g_thread_join(threads[i]);
		assert_int_equal(writers[i].wrong, 0);
		assert_int_equal(writers[i].failed, ROUNDS * 2 / 5);
	}
	assert_int_equal(get(f, "SELECT count(*) FROM numbers"), WRITERS * ROUNDS * 3 / 5);
	assert_int_equal(get(f, "SELECT count(*) FROM (SELECT DISTINCT n, who FROM numbers)"),
	    WRITERS * ROUNDS * 3 / 5);
}

/* A work that ruins the whole transaction takes its batch along, and nothing half-done stays. */
static bool
ruin(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	(void)arg;
	return ips_db_script(conn, "INSERT INTO numbers VALUES (0, 0, ''); ROLLBACK", err);
}

static void
test_lost_transaction(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { 0 };

	assert_false(ips_db_write(f->db, ruin, NULL, &err));
	assert_int_equal(err.fault, IPS_INTERNAL);
	assert_int_equal(get(f, "SELECT count(*) FROM numbers"), 0);
	assert_true(
	    ips_db_write(f->db, script, (void *)"INSERT INTO numbers VALUES (1, 1, '')", &err));
	assert_int_equal(get(f, "SELECT count(*) FROM numbers"), 1);
}

/* The commit itself fails: a deferred reference is only checked there. */
static void
test_failed_commit(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { 0 };

	assert_true(ips_db_write(f->db, script,
	    (void *)"CREATE TABLE late (parent INTEGER REFERENCES parents(id) DEFERRABLE INITIALLY "
		    "DEFERRED)",
	    &err));
	assert_false(ips_db_write(f->db, script, (void *)"INSERT INTO late VALUES (77)", &err));
	assert_int_equal(err.fault, IPS_NOT_FOUND);
	assert_int_equal(get(f, "SELECT count(*) FROM late"), 0);
	assert_true(
	    ips_db_write(f->db, script, (void *)"INSERT INTO numbers VALUES (1, 1, '')", &err));
}

/* What was answered survives the end of the process without goodbye. */
static void
test_survives_a_kill(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { 0 };
	int pipe_fd[2], status;
	int64_t answered = 0, n;

	ips_db_close(f->db);
	f->db = NULL;
	assert_int_equal(pipe(pipe_fd), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct ips_db *db;

		if (!ips_db_open(f->file, false, &db, &err))
			_exit(1);
		for (n = 1;; n++) {
			g_autofree char *sql =
			    g_strdup_printf("INSERT INTO numbers VALUES (%d, 1, '')", (int)n);
			if (!ips_db_write(db, script, sql, &err) ||
			    write(pipe_fd[1], &n, sizeof n) < 0)
				_exit(2);
		}
	}
	while (answered < 50)
		assert_int_equal(read(pipe_fd[0], &answered, sizeof answered), sizeof answered);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	close(pipe_fd[1]);
	while (read(pipe_fd[0], &n, sizeof n) == sizeof n)
		answered = n;
	close(pipe_fd[0]);
	assert_true(ips_db_open(f->file, false, &f->db, &err));
	assert_true(get(f, "SELECT count(*) FROM numbers") >= answered);
	assert_int_equal(get(f, "SELECT count(*) - max(n) FROM numbers"), 0);
}

/* The log must not grow without end while writers never pause. */
static void
test_log_stays_bounded(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { 0 };
	struct stat st;

	g_autofree char *log = g_strconcat(f->file, "-wal", NULL);
	for (int i = 0; i < 150; i++)
		assert_true(ips_db_write(f->db, script,
		    (void *)"INSERT INTO numbers WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT "
			    "x + 1 "
			    "FROM c WHERE x < 300) SELECT x, 0, hex(zeroblob(2000)) FROM c",
		    &err));
	assert_int_equal(stat(log, &st), 0);
	/* Some 45,000 pages were written; the policy starts over at about 4,000. */
	assert_in_range(st.st_size, 1, 8000 * 4096);
}

static bool
count_finding(const char *text, void *arg)
{
	g_ptr_array_add(arg, g_strdup(text));
	return true;
}

static void
test_verify(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { 0 };
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);

	assert_true(ips_db_verify(f->db, count_finding, findings, &err));
	assert_int_equal(findings->len, 0);
	/* foreign_keys cannot be switched off inside a transaction, so break a reference
	 * afterwards. */
	assert_true(ips_db_write(f->db, script,
	    (void *)"CREATE TABLE strays (parent INTEGER); INSERT INTO strays VALUES (5);"
		    "PRAGMA writable_schema=ON;"
		    "UPDATE sqlite_master SET sql = 'CREATE TABLE strays (parent INTEGER "
		    "REFERENCES "
		    "parents(id))' WHERE name = 'strays'; PRAGMA writable_schema=OFF",
	    &err));
	ips_db_close(f->db);
	assert_true(ips_db_open(f->file, false, &f->db, &err));
	assert_true(ips_db_verify(f->db, count_finding, findings, &err));
	assert_int_equal(findings->len, 1);
	assert_non_null(strstr(g_ptr_array_index(findings, 0), "strays"));
}

/* ---- Copies, and files that are not whole ---- */

static void
fill(struct fixture *f)
{
	static char rows[] =
	    "INSERT INTO numbers (n, who, filler) WITH RECURSIVE c(i) AS (SELECT 1 UNION "
	    "ALL SELECT i + 1 FROM c WHERE i < 2000) SELECT i, 1, hex(randomblob(64)) FROM "
	    "c";
	struct ips_error err = { 0 };

	assert_true(ips_db_write(f->db, script, rows, &err));
}

static void
test_backup(void **state)
{
	struct fixture *f = *state;
	g_autofree char *file = g_build_filename(f->dir, "copy.db", NULL);
	struct fixture copy = { f->dir, file, NULL };
	struct ips_error err = { 0 };
	struct stat st;

	fill(f);
	assert_true(ips_db_backup(f->db, file, &err));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	fill(f); /* after it */
	assert_true(ips_db_open(file, false, &copy.db, &err));
	assert_int_equal(get(&copy, "SELECT count(*) FROM numbers"), 2000);
	assert_int_equal(get(f, "SELECT count(*) FROM numbers"), 4000);
	ips_db_close(copy.db);
	assert_false(ips_db_backup(f->db, file, &err)); /* nothing is written over */
}

/* Sizes of what is left of a file of many pages. */
static void
test_cut_file(void **state)
{
	static const struct {
		off_t size; /* below 0: so much less */
		bool can_be_new;
	} rows[] = { { -1, false }, { -4096, false }, { 4096, false }, { 100, false },
		{ 16, false }, { 0, true } };
	struct fixture *f = *state;
	g_autofree char *file = g_build_filename(f->dir, "cut.db", NULL);
	struct ips_error err = { 0 };

	fill(f);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_db *db = NULL;
		struct stat st;

		assert_true(ips_db_backup(f->db, file, &err));
		assert_int_equal(stat(file, &st), 0);
		off_t size = rows[i].size < 0 ? st.st_size + rows[i].size : rows[i].size;
		assert_int_equal(truncate(file, size), 0);
		assert_false(ips_db_open(file, false, &db, &err));
		assert_int_equal(err.fault, IPS_EXCEPTION);
		assert_int_equal(ips_db_open(file, true, &db, &err), rows[i].can_be_new);
		ips_db_close(db);
		assert_int_equal(stat(file, &st), 0);
		assert_true(rows[i].can_be_new || st.st_size == size);
		g_unlink(file);
	}
}

int
main(void)
{
#define WITH_DB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_DB(test_faults),
		WITH_DB(test_values),
		WITH_DB(test_built_statements_are_bounded),
		WITH_DB(test_readers),
		WITH_DB(test_view),
		WITH_DB(test_open),
		WITH_DB(test_backup),
		WITH_DB(test_cut_file),
		WITH_DB(test_concurrent_writers),
		WITH_DB(test_lost_transaction),
		WITH_DB(test_failed_commit),
		WITH_DB(test_survives_a_kill),
		WITH_DB(test_log_stays_bounded),
		WITH_DB(test_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
