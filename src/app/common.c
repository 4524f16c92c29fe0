/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "app.h"
#include "openips/render.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Options ---- */

const char *
app_option(const struct app *app, enum opt opt)
{
	return app->args.option[opt];
}

bool
app_option_flag(struct app *app, enum opt opt, bool *out)
{
	const char *value = app_option(app, opt);

	if (!value)
		return true;
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return ips_fail(&app->err, IPS_INVALID_PARAMETER,
		    "--%s: '%s' is neither yes nor no", option_table[opt].name, value);
	*out = value[0] == 'y';
	return true;
}

bool
app_option_number(struct app *app, enum opt opt, int64_t min, int64_t max, int64_t *out)
{
	const char *value = app_option(app, opt);

	if (!value || ips_parse_int(value, strlen(value), min, max, out))
		return true;
	return ips_fail(&app->err, IPS_INVALID_PARAMETER, "--%s: '%s' is not a number in range",
	    option_table[opt].name, value);
}

/* ---- Opening and closing ---- */

int
app_cores(void)
{
	cpu_set_t set;

	/* What this process may use, not what the machine has: containers */
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

const struct app_rendering app_one_process = { .processes = 1 };

static bool
open_pool(struct app *app, const struct app_rendering *how)
{
	const struct settings *s = &app->settings;
	const struct ips_pool_settings settings = {
		.limits = { .max_pixels = s->max_pixels,
		    .profiles = s->profiles,
		    .threads = (int)s->render_threads,
		    .loaders = s->untrusted_loaders },
		.processes = how->processes > 0 ? how->processes : (int)s->render_processes,
		.waiting = how->waiting,
		.memory = s->render_memory,
		.deadline_ms = (int)s->render_deadline_ms,
	};

	return ips_pool_open(&settings, &app->pool, &app->err);
}

bool
app_start_render(struct app *app, const struct app_rendering *how)
{
	const struct settings *s = &app->settings;
	const struct ips_render_limits limits = {
		.max_pixels = s->max_pixels,
		.profiles = s->profiles,
		.threads = app_cores(),
		.loaders = "", /* no file is opened here */
	};

	app->rendering = ips_render_start("openips", &limits, &app->err);
	return app->rendering && open_pool(app, how);
}

bool
app_open(struct app *app)
{
	const struct settings *s = &app->settings;
	uint8_t master[IPS_KEY_LEN];
	struct ips_service_settings settings = {
		.master_key = *s->master_key ? master : NULL,
		.data_dir = s->data,
		.public_url = s->public_url,
		.max_pixels = s->max_pixels,
		.remember_s = (int)s->remember_s,
		.foreign_networks = s->foreign_networks,
		.foreign_bytes = s->foreign_bytes,
		.foreign_timeout_ms = (int)s->foreign_timeout_ms,
		.image_quota = s->image_quota,
		.task_limit = s->task_limit,
		.once_keep_ms = s->idempotency_hours * 3600 * INT64_C(1000),
	};
	g_autofree char *catalog = g_build_filename(s->data, "catalog.db", NULL);

	g_autofree char *store = g_build_filename(s->data, "store", NULL);

	if (access(catalog, F_OK) != 0 && access(store, F_OK) == 0)
		return ips_fail(&app->err, IPS_NOT_FOUND,
		    "%s has no catalog, but a store: restore it from a backup; if it is new: "
		    "openips init "
		    "--data %s",
		    s->data, s->data);
	if (app->pool == NULL && !open_pool(app, &app_one_process))
		return false;
	settings.pool = app->pool;
	if (access(catalog, F_OK) != 0)
		return ips_fail(&app->err, IPS_NOT_FOUND,
		    "%s is no data directory; make one: openips init --data %s", s->data, s->data);
	if (settings.master_key && !app_master_key(app, s->master_key, master))
		return false;
	bool good = ips_service_open(&settings, &app->service, &app->err);
	ips_wipe(master, sizeof(master));
	return good;
}

void
app_close(struct app *app)
{
	if (app->service)
		ips_service_close(g_steal_pointer(&app->service));
	ips_pool_close(g_steal_pointer(&app->pool));
	if (app->rendering)
		ips_render_stop();
	app->rendering = false;
}

bool
app_lock(const char *data_dir, int *fd, struct ips_error *err)
{
	g_autofree char *file = g_build_filename(data_dir, "lock", NULL);
	int lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (lock < 0)
		return ips_fail(err, IPS_INTERNAL, "%s: %s", file, g_strerror(errno));
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		int why = errno;

		close(lock);
		return why == EWOULDBLOCK
			   ? ips_fail(err, IPS_TAKEN, "another server is running on %s", data_dir)
			   : ips_fail(err, IPS_INTERNAL, "%s: %s", file, g_strerror(why));
	}
	*fd = lock;
	return true;
}

/* ---- What the words of a command name ---- */

bool
app_company(struct app *app, const struct ips_company **out)
{
	const char *name = app_option(app, OPT_COMPANY);
	struct ips_catalog *catalog = ips_service_catalog(app->service);
	const struct ips_company *const *all;
	size_t count;

	if (name) {
		if (!ips_catalog_company_named(catalog, app->mem, name, out, &app->err))
			return false;
		return *out || ips_fail(&app->err, IPS_NOT_FOUND, "no company '%s'", name);
	}
	if (!ips_catalog_companies(catalog, app->mem, &all, &count, &app->err))
		return false;
	if (count != 1)
		return ips_fail(&app->err, IPS_INVALID_PARAMETER,
		    count ? "--company is needed: there are several"
			  : "there is no company yet: openips company add NAME");
	*out = all[0];
	return true;
}

bool
app_user(struct app *app, const char *email, const struct ips_user **out)
{
	if (!ips_catalog_user_named(
		ips_service_catalog(app->service), app->mem, email, out, &app->err))
		return false;
	return *out || ips_fail(&app->err, IPS_NOT_FOUND, "no user '%s'", email);
}

bool
app_group(struct app *app, const struct ips_company *company, const char *name,
    const struct ips_group **out)
{
	if (!ips_catalog_group_named(
		ips_service_catalog(app->service), app->mem, company->id, name, out, &app->err))
		return false;
	return *out ||
	       ips_fail(&app->err, IPS_NOT_FOUND, "no group '%s' in %s", name, company->name);
}

char *
app_folder_path(struct app *app, const struct ips_company *company, const char *path)
{
	size_t root = strlen(company->root_path);

	while (path && *path == '/')
		path++;
	if (!path || !*path)
		return ips_arena_strdup(app->mem, company->root_path);
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	char *whole = ips_arena_printf(app->mem, "%s%s", path, slash);
	if (strncmp(whole, company->root_path, root) == 0)
		return whole;
	return ips_arena_printf(app->mem, "%s%s", company->root_path, whole);
}

/* ---- Files that are written ---- */

bool
app_output_open(struct app *app, const char *file, struct app_output *out)
{
	struct app_output o = { .fd = -1 };

	if (!file || strcmp(file, "-") == 0) {
		if (isatty(STDOUT_FILENO))
			return ips_fail(&app->err, IPS_INVALID_PARAMETER,
			    "pixels are not for the terminal: give a file with -o");
		*out = (struct app_output){ .fd = STDOUT_FILENO };
		return true;
	}
	o.part = g_strconcat(file, ".XXXXXX", NULL);
	o.file = g_strdup(file);
	o.fd = mkostemp(o.part, O_CLOEXEC);
	if (o.fd < 0 || fchmod(o.fd, 0666 & ~app->umask) != 0) {
		ips_fail(&app->err, IPS_INTERNAL, "%s: %s", file, g_strerror(errno));
		app_output_clear(&o);
		return false;
	}
	*out = o;
	return true;
}

bool
app_output_done(struct app *app, struct app_output *out)
{
	if (!out->file)
		return true;
	if (close(out->fd) != 0 || rename(out->part, out->file) != 0) {
		out->fd = -1;
		return ips_fail(&app->err, IPS_INTERNAL, "%s: %s", out->file, g_strerror(errno));
	}
	out->fd = -1;
	g_clear_pointer(&out->part, g_free);
	return true;
}

void
app_output_clear(struct app_output *out)
{
	if (out->file && out->fd >= 0)
		close(out->fd);
	if (out->part)
		unlink(out->part);
	g_clear_pointer(&out->file, g_free);
	g_clear_pointer(&out->part, g_free);
}
