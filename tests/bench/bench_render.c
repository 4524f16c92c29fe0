/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Processor time of plan and render against a bare libvips loop with the best settings known, job
 * by job in one run: only the ratio means anything. Each measurement is a process of its own, so
 * that the peak memory is its own too. Sources are drawn in the folder of temporary files.
 *
 *     bench_render [ROUNDS [WORD]]      WORD: only jobs whose names hold it */
#include "render_bench.h"

#include "openips/plan_steps.h"
#include "openips/render.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Memory is to grow with the canvas, and not with the number of layers: look at the last column. */
#define LOGO_AT(n)      "&layer=" #n "&src=logo.png&origin=0,0&pos=1100,100"
#define ONE_LOGO        "size=1600,0&origin=0,0&qlt=85" LOGO_AT(1)
#define TWO_LOGOS(m, n) LOGO_AT(m) LOGO_AT(n)
#define TEXT            "text={\\fs96%20Hills%20at%20sunset}&origin=0,0&pos=600,1000"
#define LAYERS                                                                                     \
	{                                                                                          \
		1600, .layers = true, .save = save_q85                                             \
	}

static const struct job jobs[] = {
	{ "JPEG to 800", PHOTO, "wid=800&qlt=85", true, { 800, .save = save_q85 }, 1.05 },
	{ "  as a reply", PHOTO, "wid=800&qlt=85", false, { 800, .save = save_q85 }, 1.05 },
	{ "  quarter turn", PHOTO, "rotate=90&wid=600&qlt=85", true,
	    { 800, .angle = 90, .save = save_q85 }, 1.05 },
	/* a size at which the crop begins with a whole pixel, as the bare loop can cut no other */
	{ "JPEG to 450 sq. crop", PHOTO, "wid=450&hei=450&fit=crop&qlt=80,1", true,
	    { 450, 450, .save = save_q80_full }, 1.05 },
	{ "unsharp mask", PHOTO, "op_usm=1,1,0,0&qlt=90", true,
	    { .sharpening = SHARPENED, .save = save_q90 }, 0.6 },
	{ "  monochrome", PHOTO, "op_usm=1,1,0,1&qlt=90", true,
	    { .sharpening = LUMA_SHARPENED, .save = save_q90 }, 0.6 },
	{ "alpha PNG to WebP", CUTOUT, "wid=1000&fmt=webp-alpha&qlt=80", true,
	    { 1000, .save = save_webp }, 1.05 },
	{ "LZW TIFF to 1600", SCAN, "wid=1600&fmt=jpeg&qlt=85", true, { 1600, .save = save_q85 },
	    1.05 },
	{ "100 MP JPEG to 1000", HUGE, "wid=1000&qlt=85", true, { 1000, .save = save_q85 }, 1.05 },
	{ "logo and text on 1600", PHOTO, ONE_LOGO "&layer=99&" TEXT, true, LAYERS, 0.9 },
	{ "  3 logos", PHOTO, ONE_LOGO TWO_LOGOS(2, 3) "&layer=99&" TEXT, true, LAYERS, 0 },
	{ "  17 logos", PHOTO,
	    ONE_LOGO TWO_LOGOS(2, 3) TWO_LOGOS(4, 5) TWO_LOGOS(6, 7) TWO_LOGOS(8, 9) TWO_LOGOS(
		10, 11) TWO_LOGOS(12, 13) TWO_LOGOS(14, 15) TWO_LOGOS(16, 17) "&layer=99&" TEXT,
	    true, LAYERS, 0 },
	{ "in perspective", PHOTO, "wid=1600&perspective=400,200,3600,0,3900,2900,100,2600&qlt=85",
	    true, { 1600, .save = save_q85 }, 0 },
	{ "30 degrees on white", PHOTO, "rotate=30&scl=4&bgc=ffffff&qlt=85", true,
	    { 1000, .angle = 30, .save = save_q85 }, 1.1 },
	{ "JPEG to WebP 1600", PHOTO, "wid=1600&fmt=webp&qlt=80", true, { 1600, .save = save_webp },
	    1.05 },
};

enum { MOST_FILES = 20 };

/* The picture, and what its layers show. */
static bool
open_all(struct ips_arena *mem, struct ips_objects *objects, int *in, struct ips_error *err)
{
	for (int i = 0; i < objects->count; i++) {
		struct ips_object *object = &objects->object[i];

		if (i > 0)
			in[i] = open(object->name, O_RDONLY);
		if (!ips_render_probe(in[i], mem, &object->source, err))
			return false;
	}
	return true;
}

static int
ours_run(const struct job *job, int in, int out)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_modifier *request;
	const struct ips_plan *plan;
	struct ips_plan_profile profile = job->copy ? ips_profile_copy : ips_profile_reply;
	struct ips_objects objects = { .count = 0 };
	struct ips_source result;
	struct ips_error err;
	int files[MOST_FILES] = { in };

	profile.measure = ips_render_text_measure;
	bool done =
	    ips_modifier_parse(mem, job->modifier, &ips_modifier_default_limits, &request, &err);
	if (done) {
		ips_plan_objects(mem, request, &objects);
		done = open_all(mem, &objects, files, &err) &&
		       ips_plan_make(mem, request, &objects, &profile, &plan, &err) &&
		       ips_render_run(plan, files, out, 0, mem, &result, &err);
	}
	for (int i = 1; i < objects.count; i++)
		close(files[i]);
	if (!done)
		fprintf(stderr, "%s: %s (%s)\n", job->modifier, err.reason, err.detail);
	return done ? 0 : -1;
}

struct cost {
	double cpu_ms;
	long peak_kb; /* of the whole process */
};

static bool
start(void)
{
	static const struct ips_render_limits limits = { .max_pixels = 1 << 28, .threads = 1 };
	struct ips_error err;

	return ips_render_start("bench", &limits, &err);
}

static struct cost
measure(int (*run)(const struct job *, int, int), const struct job *job, const char *file, int out,
    int rounds)
{
	struct rusage used;
	int status;
	pid_t child = fork();

	if (child == 0) {
		int in = open(file, O_RDONLY);
		if (!start() || in < 0)
			_exit(1);
		for (int i = 0; i < rounds; i++)
			if (lseek(in, 0, SEEK_SET) < 0 || ftruncate(out, 0) < 0 ||
			    lseek(out, 0, SEEK_SET) < 0 || run(job, in, out))
				_exit(1);
		_exit(0);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0 || status != 0)
		return (struct cost){ 0, 0 };
	double us = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
		    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	return (struct cost){ us / 1000 / rounds, used.ru_maxrss };
}

static void
tell_likeness(const int out[2])
{
	fflush(stdout);
	pid_t child = fork();

	if (child == 0) {
		struct likeness like;
		if (!start() || !likeness_of(out[0], out[1], &like))
			printf("  not of one size\n");
		else
			printf("  %6.2f %7.4f\n", like.mean, like.ssim);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

/* How alike both are before an encoder has its say: it makes much of differences of half a level.
 */
static void
compare(const struct job *job, const char *file)
{
	g_autofree char *modifier = g_strconcat(
	    job->modifier, job->drawing == CUTOUT ? "&fmt=png-alpha" : "&fmt=png", NULL);
	int out[2] = { memfd_create("bare", 0), memfd_create("ours", 0) };
	struct job plain = *job;

	plain.modifier = modifier;
	plain.bare.save = save_png;
	measure(bare_run, &plain, file, out[0], 1);
	measure(ours_run, &plain, file, out[1], 1);
	tell_likeness(out);
	close(out[0]);
	close(out[1]);
}

static void
bench(const struct job *job, const char *file, int rounds)
{
	/* Turn and turn about, the best of three: what the machine does beside is left out. */
	struct cost best[2] = { { 1e9, 0 }, { 1e9, 0 } };
	int out = memfd_create("out", 0);

	for (int round = 0; round < 6; round++) {
		int who = round % 2;
		struct cost c = measure(who ? ours_run : bare_run, job, file, out, rounds);
		if (c.peak_kb && c.cpu_ms < best[who].cpu_ms)
			best[who] = c;
	}
	printf("%-22s %8.1f %8.1f %7.3f %7.2f %8ld %8ld", job->name, best[0].cpu_ms, best[1].cpu_ms,
	    best[1].cpu_ms / best[0].cpu_ms, job->goal, best[0].peak_kb, best[1].peak_kb);
	compare(job, file);
	close(out);
}

static bool
draw(enum drawing drawing, const char *file, const char *photo_file)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(VIPS_INIT("bench") || !drawing_make(drawing, file, photo_file));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Drawn when the first job asks for it. */
static bool
need(const char *folder, enum drawing drawing, char *file)
{
	char photo_file[256];

	snprintf(file, 256, "%s/%s", folder, drawing_names[drawing]);
	if (access(file, R_OK) == 0)
		return true;
	if (drawing == HUGE && !need(folder, PHOTO, photo_file))
		return false;
	return draw(drawing, file, photo_file);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10, failed = 0;
	char file[256], folder[] = "/tmp/bench_render.XXXXXX";

	if (rounds < 1 || mkdtemp(folder) == NULL || chdir(folder) != 0)
		return 2;
	printf("%-22s %8s %8s %7s %7s %8s %8s %7s %7s\n", "", "bare ms", "ours ms", "ratio", "goal",
	    "bare KB", "ours KB", "differ", "SSIM");
	for (size_t i = 0; i < G_N_ELEMENTS(jobs) && !failed; i++) {
		if (argc > 2 && strstr(jobs[i].name, argv[2]) == NULL)
			continue;
		failed = (jobs[i].bare.layers && !need(folder, LOGO, file)) ||
			 !need(folder, jobs[i].drawing, file);
		if (!failed)
			bench(&jobs[i], file, jobs[i].drawing == PHOTO ? rounds : (rounds + 1) / 2);
	}
	for (int i = 0; i < DRAWINGS; i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, drawing_names[i]);
		unlink(file);
	}
	rmdir(folder);
	return failed;
}
