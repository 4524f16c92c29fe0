/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "render_priv.h"

#include "profiles.h"

#include <errno.h>
#include <unistd.h>

/* Set once before any thread, read ever after. */
static int64_t max_pixels, max_held;

/* Loaders that libvips does not trust, but whose formats are to be imported. */
static const struct {
	const char *name, *loader;
	enum ips_format format;
} untrusted[] = {
	{ "svg", "VipsForeignLoadSvgSource", IPS_FORMAT_SVG },
	{ "pdf", "VipsForeignLoadPdfSource", IPS_FORMAT_PDF },
	{ "jpeg2000", "VipsForeignLoadJp2kSource", IPS_FORMAT_JP2 },
};
static bool refused[IPS_FORMAT_COUNT];

bool
render_refuses(enum ips_format format)
{
	return refused[format];
}

static void
allow_loaders(const char *names)
{
	g_auto(GStrv) name = g_strsplit(names != NULL ? names : "", ",", -1);

	vips_block_untrusted_set(TRUE);
	for (size_t i = 0; i < IPS_NELEM(untrusted); i++) {
		bool allowed =
		    names == NULL || g_strv_contains((const char *const *)name, untrusted[i].name);
		refused[untrusted[i].format] = !allowed;
		vips_operation_block_set(untrusted[i].loader, !allowed);
	}
}

/* What libvips warns of is about foreign files and of no use to an operator. */
static void
on_log(const char *domain, GLogLevelFlags level, const char *message, void *arg)
{
	(void)level;
	(void)arg;
	IPS_LOG(IPS_LOG_DEBUG, "image library", { "domain", domain }, { "message", message });
}

bool
ips_render_start(const char *program, const struct ips_render_limits *limits, struct ips_error *err)
{
	if (VIPS_INIT(program) != 0)
		return ips_fail_internal(err, "libvips does not start: %s", vips_error_buffer());
	g_log_set_handler(
	    "VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_MESSAGE, on_log, NULL);
	max_pixels = limits->max_pixels;
	max_held = limits->max_held > 0 ? limits->max_held : 4 * limits->max_pixels;
	vips_concurrency_set(limits->threads);
	vips_cache_set_max(0); /* or pixels of a file outlive it */
	allow_loaders(limits->loaders);
	profiles_open(limits->profiles);
	return true;
}

void
ips_render_stop(void)
{
	profiles_close();
	vips_shutdown(); /* its threads have set text of SVG files */
	text_stop();
}

void
ips_render_threads(int threads)
{
	vips_concurrency_set(threads);
}

void
ips_render_thread_done(void)
{
	text_thread_done();
	vips_thread_shutdown();
}

bool
within_limit(const struct ips_source *facts, struct ips_error *err)
{
	if (max_pixels == 0 || (int64_t)facts->width * facts->height <= max_pixels)
		return true;
	return ips_fail(err, IPS_LIMIT,
	    "An image of %d by %d pixels is larger than this server accepts.", facts->width,
	    facts->height);
}

bool
within_memory(int64_t pixels, struct ips_error *err)
{
	return max_held == 0 || pixels <= max_held ||
	       ips_fail(err, IPS_LIMIT,
		   "The request needs more memory than this server gives to one picture.");
}

bool
ips_render_probe(int fd, struct ips_arena *mem, struct ips_source *out, struct ips_error *err)
{
	struct job job;
	enum ips_format format;
	struct ips_source facts;

	job_open(&job, NULL, NULL, 0);
	bool done =
	    load_open(&(struct load_from){ fd, 1, false }, job.scope, &job.image, &format, err);
	if (done) {
		load_facts(job.image, format, fd, &facts);
		photoshop_facts(mem, photoshop_read(job.mem, fd, job.image, format), &facts);
		done = within_limit(&facts, err);
	}
	if (done)
		*out = facts;
	job_close(&job);
	return done;
}

bool
ips_render_verify(int fd, struct ips_error *err)
{
	struct job job;
	enum ips_format format;
	struct ips_source facts;
	double average;

	job_open(&job, NULL, NULL, 0);
	bool done =
	    load_open(&(struct load_from){ fd, 1, false }, job.scope, &job.image, &format, err);
	if (done) {
		load_facts(job.image, format, fd, &facts);
		done = within_limit(&facts, err) &&
		       (vips_avg(job.image, &average, NULL) == 0 || job_fail(&job, err));
	}
	job_close(&job);
	return done;
}

static bool
verify_all(const struct ips_plan *plan, const int *in)
{
	for (int i = 0; i < ips_plan_files(plan); i++)
		if (in[i] >= 0 && !ips_render_verify(in[i], NULL))
			return false;
	return true;
}

/* What was written, as whoever opens it next will see it: an encoder may have its own mind, and a
 * plan made for other facts than those of the file is refused. */
static bool
facts_of_result(const struct ips_plan *plan, int fd, struct ips_arena *mem,
    struct ips_source *result, struct ips_error *err)
{
	off_t end = lseek(fd, 0, SEEK_CUR);

	if (plan->output.format == IPS_FORMAT_EPS) { /* written, not read */
		*result = (struct ips_source){ .format = IPS_FORMAT_EPS,
			.width = plan->frame.width,
			.height = plan->frame.height,
			.orientation = 1,
			.bits = 8,
			.space = plan->output.space,
			.pages = 1,
			.resolution = plan->output.resolution };
		return true;
	}
	if (!ips_render_probe(fd, mem, result, err))
		return false;
	return lseek(fd, end, SEEK_SET) == end ||
	       ips_fail_internal(err, "seek in result: %s", g_strerror(errno));
}

/* Identity: the bytes themselves. */
static bool
pass_through(int in, int out, struct ips_error *err)
{
	char buffer[65536];
	ssize_t got;

	if (lseek(in, 0, SEEK_SET) < 0)
		return ips_fail_internal(err, "seek in source: %s", g_strerror(errno));
	while ((got = read(in, buffer, sizeof(buffer))) > 0)
		for (ssize_t at = 0, put; at < got; at += put)
			if ((put = write(out, buffer + at, (size_t)(got - at))) < 0)
				return ips_fail_system(err, errno, "write");
	return got == 0 || ips_fail_internal(err, "read: %s", g_strerror(errno));
}

/* The sources are whole, so it was the result that failed: a full disk, most likely. */
static void
blame_output(struct ips_error *err)
{
	struct ips_error why = { 0 };

	if (err == NULL)
		return;
	g_strlcpy(why.detail, err->detail, sizeof(why.detail));
	ips_fail(err, IPS_STORAGE, "The server could not store the result: try again later.");
	g_snprintf(err->detail, sizeof(err->detail), "writing a result: %s", why.detail);
}

bool
ips_render_run(const struct ips_plan *plan, const int *in, int out, int64_t deadline_us,
    struct ips_arena *mem, struct ips_source *result, struct ips_error *err)
{
	struct job job;

	if (plan->identity) {
		if (!pass_through(in[plan->layer[0].object], out, err))
			return false;
		if (result)
			*result = plan->layer[0].source;
		return true;
	}
	job_open(&job, plan, in, deadline_us);
	bool ready = geometry(&job, err);
	bool done = ready && save(&job, out, err), late = *job.late;
	job_close(&job);
	if (ready && !done && !late && (err == NULL || err->fault == IPS_BROKEN_IMAGE) &&
	    verify_all(plan, in))
		blame_output(err);
	return done && (result == NULL || facts_of_result(plan, out, mem, result, err));
}
