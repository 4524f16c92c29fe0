/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What encrypting a copy costs: the time of storing 100 MB encrypted against that of storing them
 * plain plus what `openssl speed` needs for as many bytes, both measured here and now. Peak memory
 * with a small and with a large file. Prints; asserts nothing.
 *
 *     bench_seal [FOLDER [ROUNDS]] */
#include "openips/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LARGE (INT64_C(100) * 1000 * 1000)
#define SMALL (INT64_C(1) * 1000 * 1000)

static G_NORETURN void
give_up(const char *what)
{
	fprintf(stderr, "bench_seal: %s\n", what);
	exit(1);
}

/* Bytes a second, of the largest block it measures. */
static double
openssl_rate(void)
{
	FILE *pipe =
	    popen("openssl speed -mr -seconds 2 -bytes 65536 -evp aes-256-gcm 2>/dev/null", "re");
	char line[1024];
	double rate = 0;

	while (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL)
		if (strncmp(line, "+F:", 3) == 0)
			rate = g_ascii_strtod(strrchr(line, ':') + 1, NULL);
	if (pipe == NULL || pclose(pipe) != 0 || rate <= 0)
		give_up("openssl speed says nothing");
	return rate;
}

static void
make_file(const char *path, int64_t size)
{
	uint8_t *piece = g_malloc(1000000);
	FILE *file = fopen(path, "we");

	for (int64_t at = 0; file != NULL && at < size; at += 1000000) {
		ips_random(piece, 1000000);
		if (fwrite(piece, 1000000, 1, file) != 1)
			give_up("the disk is full");
	}
	if (file == NULL || fclose(file) != 0)
		give_up("the disk is full");
	g_free(piece);
}

struct cost {
	double wall, cpu; /* seconds */
};

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Until the copy is safe; it is removed again. key NULL: as it is. */
static struct cost
store(struct ips_store *store, const char *path, const uint8_t *key)
{
	struct ips_error err = { .fault = IPS_OK };
	struct ips_reader *reader;
	struct ips_stage *stage;
	struct ips_blob blob;
	int64_t start = ips_monotonic_us();
	double cpu = cpu_seconds();

	if (!ips_reader_open(open(path, O_RDONLY | O_CLOEXEC), NULL, &reader, &err) ||
	    !ips_stage_open(store, &stage, &err) ||
	    !(key != NULL ? ips_stage_seal(stage, reader, key, &err)
			  : ips_reader_copy(reader, ips_stage_fd(stage), &err)) ||
	    !ips_stage_publish(stage, &blob, &err))
		give_up(err.detail);
	struct cost cost = { (double)(ips_monotonic_us() - start) / 1e6, cpu_seconds() - cpu };
	ips_reader_close(reader);
	if (!ips_store_remove(store, blob.digest, 0, &err))
		give_up(err.detail);
	return cost;
}

/* What else runs on the machine only adds. */
static void
keep_best(struct cost *best, struct cost now)
{
	best->wall = MIN(best->wall, now.wall);
	best->cpu = MIN(best->cpu, now.cpu);
}

/* In a process of its own: memory never shrinks. */
static long
peak_kib(struct ips_store *s, const char *path, const uint8_t *key)
{
	struct rusage usage;
	int status;
	pid_t child = fork();

	if (child == 0) {
		store(s, path, key);
		_exit(0);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0)
		give_up("a child failed");
	return usage.ru_maxrss;
}

int
main(int argc, char **argv)
{
	g_autofree char *dir = g_build_filename(argc > 1 ? argv[1] : ".", "bench_seal.tmp", NULL);
	int rounds = argc > 2 ? atoi(argv[2]) : 5;
	g_autofree char *large = g_build_filename(dir, "large", NULL);
	g_autofree char *small = g_build_filename(dir, "small", NULL);
	g_autofree char *store_dir = g_build_filename(dir, "store", NULL);
	struct cost plain = { 1e9, 1e9 }, sealed = plain;
	struct ips_error err = { .fault = IPS_OK };
	uint8_t key[IPS_KEY_LEN];
	struct ips_store *s;

	if (rounds < 1 || g_mkdir_with_parents(dir, 0700) != 0)
		give_up("[FOLDER [ROUNDS]]");
	make_file(large, LARGE);
	make_file(small, SMALL);
	if (!ips_store_open(store_dir, &s, &err))
		give_up(err.detail);
	for (int i = 0; i < rounds; i++) {
		ips_random(key, sizeof(key));
		keep_best(&plain, store(s, large, NULL));
		keep_best(&sealed, store(s, large, key));
	}
	double openssl = LARGE / openssl_rate();
	printf("100 MB: plain %.0f ms, openssl %.0f ms, encrypted %.0f ms: %.2f\n",
	    plain.wall * 1e3, openssl * 1e3, sealed.wall * 1e3,
	    (plain.wall + openssl) / sealed.wall);
	printf("of it CPU: plain %.0f ms, encrypted %.0f ms: %.2f\n", plain.cpu * 1e3,
	    sealed.cpu * 1e3, (plain.cpu + openssl) / sealed.cpu);
	printf("peak memory: 1 MB %ld KB, 100 MB %ld KB\n", peak_kib(s, small, key),
	    peak_kib(s, large, key));
	ips_store_close(s);
	g_autofree char *clean = g_strdup_printf("rm -rf '%s'", dir);
	return system(clean) == 0 ? 0 : 1;
}
