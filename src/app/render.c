/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* openips render: the engine alone, for scripts and golden tests. */
#include "app.h"
#include "openips/render.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of a render: what is asked for, and what the modifiers name. */
struct files {
	struct ips_objects objects;
	int *fd;
};

static void
files_close(struct files *files)
{
	for (int i = 0; files->fd != NULL && i < files->objects.count; i++)
		if (files->fd[i] >= 0)
			close(files->fd[i]);
	g_free(files->fd);
}

static bool
open_source(struct app *app, const char *file, int *fd, struct ips_source *facts)
{
	*fd = open(file, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return ips_fail(&app->err, IPS_NOT_FOUND, "%s: %s", file, g_strerror(errno));
	return ips_render_probe(*fd, app->mem, facts, &app->err);
}

static bool
open_all(struct app *app, const char *file, const struct ips_modifier *modifier, struct files *out)
{
	struct ips_objects *objects = &out->objects;

	ips_plan_objects(app->mem, modifier, objects);
	objects->object[0].name = file;
	out->fd = g_new(int, (gsize)objects->count);
	for (int i = 0; i < objects->count; i++)
		out->fd[i] = -1;
	for (int i = 0; i < objects->count; i++)
		if (!open_source(
			app, objects->object[i].name, &out->fd[i], &objects->object[i].source))
			return false;
	return true;
}

static bool
make_plan(struct app *app, const char *file, const char *text, struct files *files,
    const struct ips_plan **out)
{
	struct ips_plan_profile profile =
	    app_option(app, OPT_REPLY) ? ips_profile_reply : ips_profile_copy;
	const struct ips_modifier *modifier;

	profile.max_pixels = app->settings.max_pixels;
	profile.icc = ips_render_profiles();
	profile.measure = ips_render_text_measure;
	return ips_modifier_parse(
		   app->mem, text, &ips_modifier_default_limits, &modifier, &app->err) &&
	       open_all(app, file, modifier, files) &&
	       ips_plan_make(app->mem, modifier, &files->objects, &profile, out, &app->err);
}

/* A plan without effect gives the very bytes of the source, as copyImage does. */
static bool
copy_bytes(struct app *app, int in, int out)
{
	char buffer[1 << 16];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(in, buffer, sizeof(buffer), at)) > 0) {
		for (ssize_t done = 0, put; done < got; done += put)
			if ((put = write(out, buffer + done, (size_t)(got - done))) < 0)
				return ips_fail_internal(&app->err, "write: %s", g_strerror(errno));
		at += got;
	}
	return got == 0 || ips_fail_internal(&app->err, "read: %s", g_strerror(errno));
}

static bool
run_plan(struct app *app, const struct ips_plan *plan, const int *in, int out)
{
	int64_t deadline_us = ips_monotonic_us() + app->settings.render_deadline_ms * 1000;

	if (ips_plan_is_identity(plan))
		return copy_bytes(app, in[0], out);
	return ips_render_run(plan, in, out, deadline_us, NULL, NULL, &app->err);
}

static void
describe(const struct ips_plan *plan, const struct app_output *out)
{
	struct ips_size size = ips_plan_size(plan);
	struct stat st;

	if (out->file && fstat(out->fd, &st) == 0)
		printf("%s: %dx%d %s, %" PRId64 " bytes\n", out->file, size.width, size.height,
		    ips_format_info(ips_plan_format(plan))->mime, (int64_t)st.st_size);
}

static bool
render(struct app *app, const char *file, const char *modifiers)
{
	IPS_CLEANUP(app_output_clear) struct app_output out = { .fd = -1 };
	IPS_CLEANUP(files_close) struct files files = { .fd = NULL };
	const struct ips_plan *plan;

	if (!make_plan(app, file, modifiers, &files, &plan) ||
	    !app_output_open(app, app_option(app, OPT_OUTPUT), &out) ||
	    !run_plan(app, plan, files.fd, out.fd))
		return false;
	describe(plan, &out);
	return app_output_done(app, &out);
}

int
run_render(struct app *app)
{
	const struct args *args = &app->args;

	if (!app_start_render(app, app_cores()) ||
	    !render(app, args->word[0], args->words > 1 ? args->word[1] : ""))
		return EXIT_FAILED;
	return EXIT_DONE;
}
