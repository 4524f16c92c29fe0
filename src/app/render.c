/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* openips render: the engine alone, for scripts and golden tests. */
#include "app.h"
#include "openips/render.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 8 /* of requests in requests, as the server has it */
#define NOBODY    0 /* there is one party alone */

/* Objects are files here, and so are the paths of nested requests. */
struct files {
	struct app *app;
	GArray *fd; /* as render wants them; NULL until there are some */
	int depth;
};

static void
files_close(struct files *files)
{
	for (guint i = 0; files->fd != NULL && i < files->fd->len; i++)
		if (g_array_index(files->fd, int, i) >= 0)
			close(g_array_index(files->fd, int, i));
	if (files->fd != NULL)
		g_array_unref(files->fd);
}

static bool plan_text(struct files *files, const char *file, const char *text,
    const struct ips_plan_profile *profile, const struct ips_plan **out);

static bool
open_source(struct files *files, const struct ips_modifier *modifier, const char *file, guint at,
    struct ips_source *facts)
{
	struct app *app = files->app;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ips_fail(&app->err, IPS_NOT_FOUND, "%s: %s", file, g_strerror(errno));
	g_array_index(files->fd, int, at) = fd;
	if (!ips_pool_probe(app->pool, NOBODY, fd, app->mem, facts, &app->err))
		return false;
	if (facts->format != IPS_FORMAT_SVG)
		return true;
	int *filled = &g_array_index(files->fd, int, at);
	return ips_service_svg_fill(app->mem, modifier, filled, &app->err) &&
	       ips_pool_probe(app->pool, NOBODY, *filled, app->mem, facts, &app->err);
}

static bool
open_nested(struct files *files, guint first, struct ips_object *object)
{
	struct app *app = files->app;
	const struct ips_nested *nested = object->nested;
	struct ips_plan_profile profile = ips_profile_reply;
	const char *text =
	    ips_modifier_drop(app->mem, nested->query, ips_plan_unnested, ips_plan_unnested_count);

	if (nested->foreign)
		return ips_fail(&app->err, IPS_UNSUPPORTED, "%s=%s: only files can be named here",
		    object->command, object->name);
	if (files->depth == MAX_DEPTH)
		return ips_fail(
		    &app->err, IPS_LIMIT, "requests may be nested %d deep at most", MAX_DEPTH);
	ips_profile_nest(&profile);
	object->first = (int)(files->fd->len - first);
	files->depth++;
	if (!plan_text(files, nested->path, text, &profile, &object->plan))
		return false;
	files->depth--;
	ips_plan_result(object->plan, &object->source);
	return true;
}

/* Those of the request first, then those of the requests in it. */
static bool
open_all(struct files *files, const struct ips_modifier *modifier, const char *file,
    struct ips_objects *objects)
{
	guint first = files->fd->len;
	static const int none = -1;

	objects->object[0].none = *file == '\0';
	for (int i = 0; i < objects->count; i++)
		g_array_append_val(files->fd, none);
	for (int i = 0; i < objects->count; i++) {
		struct ips_object *object = &objects->object[i];
		const char *name = i == 0 ? file : object->name;

		if (object->nested != NULL
			? !open_nested(files, first, object)
			: !object->none && !open_source(files, modifier, name, first + (guint)i,
					       &object->source))
			return false;
	}
	return true;
}

/* file "": none is asked for. */
static bool
plan_text(struct files *files, const char *file, const char *text,
    const struct ips_plan_profile *like, const struct ips_plan **out)
{
	struct app *app = files->app;
	struct ips_plan_profile profile = *like;
	const struct ips_modifier *modifier;
	struct ips_objects objects;

	profile.max_pixels = app->settings.max_pixels;
	profile.icc = ips_render_profiles();
	profile.measure = ips_render_text_measure;
	/* The macros of the default catalog, and no others. */
	if (!ips_modifier_surround(
		app->mem, text, &(struct ips_surroundings){ .macros = 0 }, &text, &app->err) ||
	    !ips_modifier_parse(app->mem, text, &ips_modifier_default_limits, &modifier, &app->err))
		return false;
	ips_plan_objects(app->mem, modifier, &objects);
	return open_all(files, modifier, file, &objects) &&
	       ips_plan_make(app->mem, modifier, &objects, &profile, out, &app->err);
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

/* They are open already, and stay so. */
static bool
lend(void *arg, int *fd, struct ips_error *err)
{
	const GArray *files = arg;

	(void)err;
	memcpy(fd, files->data, files->len * sizeof(int));
	return true;
}

static void
take_back(void *arg, int *fd)
{
	(void)arg;
	(void)fd;
}

static bool
run_plan(struct app *app, const struct ips_plan *plan, GArray *in, int out)
{
	const struct ips_pool_files files = { lend, take_back, in };

	if (ips_plan_is_identity(plan))
		return copy_bytes(app, g_array_index(in, int, 0), out);
	return ips_pool_run(app->pool, NOBODY, plan, &files, out, NULL, NULL, &app->err);
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
	IPS_CLEANUP(files_close)
	struct files files = { app, g_array_new(FALSE, FALSE, sizeof(int)), 0 };
	const struct ips_plan_profile *profile =
	    app_option(app, OPT_REPLY) ? &ips_profile_reply : &ips_profile_copy;
	const struct ips_plan *plan;

	if (!plan_text(&files, file, modifiers, profile, &plan) ||
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

	if (!app_start_render(app, &app_one_process) ||
	    !render(app, args->word[0], args->words > 1 ? args->word[1] : ""))
		return EXIT_FAILED;
	return EXIT_DONE;
}
