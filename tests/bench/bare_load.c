/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The least that a mixed load of copies can cost: of ten, seven are a row committed and three a
 * JPEG made smaller, written, synced, named and committed. A thread a core, no server. Usage:
 * bare_load SOURCE.jpg FOLDER SECONDS. Prints copies a second. */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <vips/vips.h>

#define RENDERED  3 /* of ten */
#define NARROWEST 400
#define WIDTHS    401

static const char *source, *folder;
static int64_t until_us;
static sqlite3_stmt *insert;
static GMutex writing;
static gint turns;

static G_NORETURN void
give_up(const char *what)
{
	fprintf(stderr, "bare_load: %s\n", what);
	exit(1);
}

static void
commit(int number)
{
	g_mutex_lock(&writing);
	sqlite3_bind_int(insert, 1, number);
	if (sqlite3_step(insert) != SQLITE_DONE)
		give_up("commit");
	sqlite3_reset(insert);
	g_mutex_unlock(&writing);
}

static void
sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		give_up(path);
	close(fd);
}

/* As tests/bench/render_bare.c does, which is how the performance of libvips is measured. */
static void
shrink_to(int width, const char *path)
{
	VipsImage *whole, *small, *out;
	int shrink = 1;

	if (vips_jpegload(source, &whole, NULL))
		give_up(vips_error_buffer());
	while (shrink < 8 && shrink * 2 * width <= whole->Xsize)
		shrink *= 2;
	g_object_unref(whole);
	if (vips_jpegload(
		source, &small, "shrink", shrink, "access", VIPS_ACCESS_SEQUENTIAL, NULL) ||
	    vips_resize(small, &out, (double)width / small->Xsize, NULL) ||
	    vips_jpegsave(out, path, "Q", 95, "subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF, "strip",
		TRUE, NULL))
		give_up(vips_error_buffer());
	g_object_unref(small);
	g_object_unref(out);
}

static void
render(int number)
{
	g_autofree char *part = g_strdup_printf("%s/%d.part", folder, number);
	g_autofree char *path = g_strdup_printf("%s/%d.jpg", folder, number);

	shrink_to(NARROWEST + number % WIDTHS, part);
	sync_path(part, O_RDONLY);
	if (g_rename(part, path) != 0)
		give_up(path);
	sync_path(folder, O_RDONLY | O_DIRECTORY);
}

static gpointer
copies(gpointer arg)
{
	(void)arg;
	while (g_get_monotonic_time() < until_us) {
		int number = g_atomic_int_add(&turns, 1);
		if (number % 10 < RENDERED)
			render(number);
		commit(number);
	}
	vips_thread_shutdown();
	return NULL;
}

int
main(int argc, char **argv)
{
	sqlite3 *db;

	if (argc != 4 || VIPS_INIT(argv[0]))
		give_up("SOURCE.jpg FOLDER SECONDS");
	source = argv[1];
	folder = argv[2];
	g_autofree char *file = g_build_filename(folder, "rows.db", NULL);
	if (sqlite3_open(file, &db) ||
	    sqlite3_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE rows (number "
		"INTEGER)",
		NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, "INSERT INTO rows VALUES ($1)", -1, &insert, NULL))
		give_up(sqlite3_errmsg(db));
	vips_cache_set_max(0);
	vips_concurrency_set(1); /* a thread a core is enough */

	int cores = (int)g_get_num_processors();
	GThread **thread = g_new(GThread *, cores);
	int64_t start_us = g_get_monotonic_time();
	until_us = start_us + (int64_t)(atof(argv[3]) * 1e6);
	for (int i = 0; i < cores; i++)
		thread[i] = g_thread_new("copies", copies, NULL);
	for (int i = 0; i < cores; i++)
		g_thread_join(thread[i]);
	printf("%.1f\n", turns * 1e6 / (double)(g_get_monotonic_time() - start_us));
	g_free(thread);
	sqlite3_finalize(insert);
	sqlite3_close(db);
	return 0;
}
