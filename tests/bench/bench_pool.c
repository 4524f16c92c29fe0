/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What it costs that images are decoded in processes of their own: processor time of a copy with
 * wid=800 here and there, children counted, in one run; only the ratio means anything.
 *
 *     bench_pool [ROUNDS] */
#include "openips/pool.h"
#include "render_bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define GOAL  1.03
#define TURNS 5

struct bench {
	struct ips_pool *pool; /* NULL: here */
	const struct ips_plan *plan;
	const char *file;
};

static bool
open_file(void *arg, int *fd, struct ips_error *err)
{
	const struct bench *bench = arg;

	*fd = open(bench->file, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 || ips_fail_internal(err, "%s", bench->file);
}

static void
close_file(void *arg, int *fd)
{
	(void)arg;
	close(*fd);
}

static bool
run(struct bench *bench, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_pool_files files = { open_file, close_file, bench };
	struct ips_source facts;
	int in, out = memfd_create("out", MFD_CLOEXEC);
	bool done;

	if (bench->pool != NULL) {
		done = ips_pool_run(bench->pool, 1, bench->plan, &files, out, mem, &facts, err);
	} else {
		done = open_file(bench, &in, err) &&
		       ips_render_run(bench->plan, &in, out, 0, mem, &facts, err);
		close_file(bench, &in);
	}
	close(out);
	return done;
}

static bool
make_plan(struct ips_arena *mem, struct bench *bench, struct ips_error *err)
{
	const struct ips_modifier *request;
	struct ips_objects objects;
	int fd;

	if (!ips_modifier_parse(mem, "wid=800&qlt=85", &ips_modifier_default_limits, &request, err))
		return false;
	ips_plan_objects(mem, request, &objects);
	if (!open_file(bench, &fd, err))
		return false;
	bool done = ips_render_probe(fd, mem, &objects.object[0].source, err) &&
		    ips_plan_make(mem, request, &objects, &ips_profile_copy, &bench->plan, err);
	close(fd);
	return done;
}

static bool
run_all(const char *file, bool here, int rounds, struct ips_error *err)
{
	static const struct ips_render_limits limits = { .max_pixels = 1 << 28, .threads = 1 };
	static const struct ips_pool_settings settings = {
		.limits = { .max_pixels = 1 << 28, .threads = 1 }, .processes = 1
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct bench bench = { .file = file };

	if (!ips_render_start("bench", &limits, err) || !make_plan(mem, &bench, err) ||
	    (!here && !ips_pool_open(&settings, &bench.pool, err)))
		return false;
	for (int i = 0; i < rounds; i++)
		if (!run(&bench, err))
			return false;
	ips_pool_close(bench.pool);
	return true;
}

/* Of a process with that many rounds, and of all it has started. */
static double
cpu_ms(const char *file, bool here, int rounds)
{
	struct rusage used;
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct ips_error err = { .fault = IPS_OK };
		bool done = run_all(file, here, rounds, &err);

		if (!done)
			fprintf(stderr, "%s (%s)\n", err.reason, err.detail);
		_exit(!done);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0 || status != 0)
		exit(2);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

/* Starting is paid once and left out: what more rounds cost than few. */
static double
one_ms(const char *file, bool here, int rounds)
{
	double few = cpu_ms(file, here, 3), many = cpu_ms(file, here, 3 + rounds);

	return (many - few) / rounds;
}

static bool
draw(const char *file)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(VIPS_INIT("bench") || !drawing_make(PHOTO, file, NULL));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int
main(int argc, char **argv)
{
	ips_pool_child(argc, argv);
	int rounds = argc > 1 ? atoi(argv[1]) : 40;
	double here = 1e9, there = 1e9;
	char file[] = "/tmp/bench_pool.XXXXXX";

	if (rounds < 1 || mkstemp(file) < 0 || !draw(file))
		return 2;
	for (int turn = 0; turn < TURNS; turn++) {
		here = MIN(here, one_ms(file, true, rounds));
		there = MIN(there, one_ms(file, false, rounds));
	}
	unlink(file);
	printf(
	    "a copy with wid=800, ms of processor time: here %.2f, in a process of its own %.2f, "
	    "ratio %.3f (goal %.2f)\n",
	    here, there, there / here, GOAL);
	return there / here > GOAL;
}
