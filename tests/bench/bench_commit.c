/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What sharing commits costs a lone writer and gives to many, as ratios to a bare SQLite loop that
 * commits one row a transaction with the same durability. Prints; asserts nothing.
 * Usage: bench_commit [FOLDER [SECONDS]] */
#include <sqlite3.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

#include "openips/db.h"

#define TABLE  "CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT, size INTEGER)"
#define INSERT "INSERT INTO rows (name, size) VALUES ($1, $2)"

static G_NORETURN void
give_up(const char *what)
{
	fprintf(stderr, "bench_commit: %s\n", what);
	exit(1);
}

static void
drop(const char *file)
{
	static const char *const tails[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < IPS_NELEM(tails); i++) {
		g_autofree char *path = g_strconcat(file, tails[i], NULL);
		g_unlink(path);
	}
}

static double
bare(const char *file, int64_t run_us)
{
	sqlite3 *db;
	sqlite3_stmt *insert;
	int64_t start, now, rows = 0;

	drop(file);
	if (sqlite3_open(file, &db) ||
	    sqlite3_exec(
		db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" TABLE, NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, INSERT, -1, &insert, NULL))
		give_up(sqlite3_errmsg(db));
	start = now = ips_monotonic_us();
	while (now - start < run_us) {
		sqlite3_bind_text(insert, 1, "a name of common length", -1, SQLITE_STATIC);
		sqlite3_bind_int64(insert, 2, rows);
		if (sqlite3_step(insert) != SQLITE_DONE)
			give_up(sqlite3_errmsg(db));
		sqlite3_reset(insert);
		rows++;
		now = ips_monotonic_us();
	}
	sqlite3_finalize(insert);
	sqlite3_close(db);
	drop(file);
	return (double)rows * 1e6 / (double)(now - start);
}

struct writer {
	struct ips_db *db;
	int64_t until, rows;
};

static bool
make_table(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	(void)arg;
	return ips_db_script(conn, TABLE, err);
}

static bool
add_row(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct writer *w = arg;

	return ips_db_run(conn, INSERT,
	    IPS_VALUES(ips_text("a name of common length"), ips_int(w->rows)), NULL, err);
}

static gpointer
write_rows(gpointer arg)
{
	struct writer *w = arg;
	struct ips_error err;

	for (; ips_monotonic_us() < w->until; w->rows++)
		if (!ips_db_write(w->db, add_row, w, &err))
			give_up(err.detail);
	return NULL;
}

static double
shared(const char *file, int threads, int64_t run_us)
{
	struct ips_db *db;
	struct ips_error err;
	struct writer *writers = g_new0(struct writer, threads);
	GThread **running = g_new0(GThread *, threads);
	int64_t start, rows = 0;

	drop(file);
	if (!ips_db_open(file, true, &db, &err) || !ips_db_write(db, make_table, NULL, &err))
		give_up(err.detail);
	start = ips_monotonic_us();
	for (int i = 0; i < threads; i++) {
		writers[i] = (struct writer){ .db = db, .until = start + run_us };
		running[i] = g_thread_new("writer", write_rows, &writers[i]);
	}
	for (int i = 0; i < threads; i++) {
		g_thread_join(running[i]);
		rows += writers[i].rows;
	}
	double rate = (double)rows * 1e6 / (double)(ips_monotonic_us() - start);
	ips_db_close(db);
	drop(file);
	g_free(writers);
	g_free(running);
	return rate;
}

int
main(int argc, char **argv)
{
	g_autofree char *file =
	    g_build_filename(argc > 1 ? argv[1] : g_get_tmp_dir(), "bench_commit.db", NULL);
	int64_t run_us = (int64_t)(atof(argc > 2 ? argv[2] : "3") * 1e6);
	double base = bare(file, run_us), one = shared(file, 1, run_us),
	       many = shared(file, 32, run_us);
	double base2 = bare(file, run_us); /* disks drift: the loop before and after */

	base = (base + base2) / 2;
	printf("bare loop, one row a commit   %9.0f rows/s\n", base);
	printf("shared commits,  1 writer     %9.0f rows/s   ratio %5.2f\n", one, one / base);
	printf("shared commits, 32 writers    %9.0f rows/s   ratio %5.2f\n", many, many / base);
	return 0;
}
