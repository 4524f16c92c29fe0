/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Does the catalog slow down as it grows? The same calls over a small and a large one, as ratios.
 * Prints; asserts nothing. Usage: bench_catalog [FOLDER [LARGE]] */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_priv.h"

#define SMALL  1000
#define ROUNDS 4000

struct bench {
	struct ips_catalog *catalog;
	char *file;
	int64_t company, folder, size;
	int added;
};

static G_NORETURN void
give_up(const struct ips_error *err)
{
	fprintf(stderr, "bench_catalog: %s %s\n", err->reason, err->detail);
	exit(1);
}

#define DO(call)                                                                                   \
	do {                                                                                       \
		struct ips_error err = { 0 };                                                      \
		if (!(call))                                                                       \
			give_up(&err);                                                             \
	} while (0)

static bool
fill_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct bench *b = arg;

	/* 100 folders, ten thousand assets each in the large one; names in no order. */
	return ips_db_run(conn,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) "
	    "INSERT INTO assets (id, company_id, folder_id, type, type_seq, name, name_slot, "
	    "file_name, "
	    "ready, trash, created, modified, created_by, modified_by, digest, size, mime, width, "
	    "height, "
	    "resolution, facts) SELECT i, $2, $3 + i % 100, 1 + (i % 1000 = 0), i, "
	    "'n' || ((i * 7919) % 1000003), 0, 'folder/name.jpg', 1, 0, 1700000000000 + i, "
	    "1700000000000 + i, 'u@example.com', 'u@example.com', "
	    "'0123456789012345678901234567890123456789012345678901234567' || (100000 + i % "
	    "900000), "
	    "1000 + i, 'image/jpeg', 4000, 3000, 72, 'format=jpeg,alpha=0,orientation=1' FROM n",
	    IPS_VALUES(ips_int(b->size), ips_int(b->company), ips_int(b->folder)), NULL, err);
}

static void
fill(struct bench *b, const char *folder, int64_t size)
{
	int64_t id;

	b->size = size;
	b->file = g_strdup_printf("%s/bench_catalog-%d.db", folder, (int)size);
	g_unlink(b->file);
	DO(ips_catalog_init(b->file, &err));
	DO(ips_catalog_open(b->file, &b->catalog, &err));
	DO(ips_catalog_company_add(b->catalog, 0, "Co", 0, &b->company, &err));
	for (int i = 0; i < 100; i++) {
		g_autofree char *path = g_strdup_printf("Co/f%02d", i);

		DO(ips_catalog_folder_make(b->catalog, b->company, path, &id, &err));
		b->folder = i ? b->folder : id;
	}
	DO(ips_db_write(b->catalog->db, fill_work, b, &err));
	DO(ips_catalog_sequence_raise(b->catalog, "asset", size + 1, &err));
	DO(ips_catalog_sequence_raise(b->catalog, "type:1", size + 1, &err));
}

typedef void bench_call(struct bench *b, struct ips_arena *mem, int round);

static void
search(struct bench *b, struct ips_arena *mem, struct ips_asset_query query)
{
	const struct ips_asset **found;
	size_t count;
	int64_t total;

	query.company = b->company;
	query.ready = -1;
	DO(ips_catalog_search(b->catalog, mem, &query, &found, &count, &total, &err));
}

static void
by_id(struct bench *b, struct ips_arena *mem, int round)
{
	const struct ips_asset *asset;

	DO(ips_catalog_asset(
	    b->catalog, mem, b->company, 1 + (round * 7907) % b->size, &asset, &err));
}

static void
by_name(struct bench *b, struct ips_arena *mem, int round)
{
	g_autofree char *name =
	    g_strdup_printf("n%d", (int)(((1 + round % b->size) * 7919) % 1000003));
	const struct ips_asset *asset;

	DO(ips_catalog_asset_named(b->catalog, mem, b->company, name, &asset, &err));
}

static void
by_names(struct bench *b, struct ips_arena *mem, int round)
{
	g_autofree char *name =
	    g_strdup_printf("n%d", (int)(((1 + round % b->size) * 7919) % 1000003));

	search(b, mem,
	    (struct ips_asset_query){
		.names = (const char *const *)&name, .name_count = 1, .limit = 100 });
}

static void
add(struct bench *b, struct ips_arena *mem, int round)
{
	static const struct ips_image image = {
		.blob = { "0123456789012345678901234567890123456789012345678901234567100007",
		    5000 },
		.mime = "image/jpeg",
		.width = 4000,
		.height = 3000,
		.resolution = 72,
		.facts = "format=jpeg,alpha=0,orientation=1"
	};
	struct ips_asset asset = { .company = b->company,
		.folder = b->folder + round % 100,
		.type = 1,
		.name = ips_arena_printf(mem, "copy-%d", b->added++),
		.ready = true,
		.image = &image };
	int64_t id, seq;

	DO(ips_catalog_asset_add(b->catalog, &asset, 1, "u@example.com", &id, &seq, &err));
}

static void
page_by_name(struct bench *b, struct ips_arena *mem, int round)
{
	(void)round;
	search(b, mem, (struct ips_asset_query){ .folder = "Co", .subfolders = true, .limit = 10 });
}

static void
page_of_folder(struct bench *b, struct ips_arena *mem, int round)
{
	(void)round;
	search(b, mem,
	    (struct ips_asset_query){ .folder = "Co/f07", .limit = 10, .sort = IPS_FIELD_CREATED });
}

static void
page_of_type(struct bench *b, struct ips_arena *mem, int round)
{
	static const int image = 1;

	(void)round;
	search(b, mem,
	    (struct ips_asset_query){ .types = &image,
		.type_count = 1,
		.limit = 10,
		.sort = IPS_FIELD_MODIFIED,
		.descending = true });
}

static double
measure(struct bench *b, bench_call *call, int rounds)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	int64_t start = ips_monotonic_us();

	for (int i = 0; i < rounds; i++) {
		call(b, mem, i);
		ips_arena_reset(mem);
	}
	return (double)(ips_monotonic_us() - start) / rounds;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bench_call *call;
		int rounds;
	} calls[] = {
		{ "asset by id", by_id, ROUNDS },
		{ "asset by name", by_name, ROUNDS },
		{ "search by names", by_names, ROUNDS },
		{ "add an asset", add, ROUNDS },
		{ "page of all by name", page_by_name, ROUNDS / 4 },
		{ "page of a folder by time", page_of_folder, ROUNDS / 4 },
		{ "page of a type by change", page_of_type, ROUNDS / 4 },
	};
	const char *folder = argc > 1 ? argv[1] : g_get_tmp_dir();
	struct bench small = { 0 }, large = { 0 };

	fill(&small, folder, SMALL);
	fill(&large, folder, argc > 2 ? atoll(argv[2]) : 1000000);
	printf(
	    "%-26s %8d %10d assets   ratio\n", "us a call over", (int)small.size, (int)large.size);
	for (size_t i = 0; i < IPS_NELEM(calls); i++) {
		double s = 1e9, l = 1e9;

		for (int k = 0; k < 4; k++) { /* turn about, the best of each: disks drift */
			s = MIN(s, measure(&small, calls[i].call, calls[i].rounds));
			l = MIN(l, measure(&large, calls[i].call, calls[i].rounds));
		}
		printf("%-26s %8.1f %10.1f          %5.2f\n", calls[i].name, s, l, l / s);
	}
	ips_catalog_close(small.catalog);
	ips_catalog_close(large.catalog);
	g_unlink(small.file);
	g_unlink(large.file);
	g_free(small.file);
	g_free(large.file);
	return 0;
}
