/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The data directory as a whole: init, migrate, check, gc. */
#include "app.h"

#include <inttypes.h>

static bool
init(struct app *app)
{
	if (!ips_service_init(app->settings.data, &app->err))
		return false;
	if (!app_option(app, OPT_DEMO))
		return true;
	return app_start_render(app, &app_one_process) && app_open(app) &&
	       ips_service_demo(app->service, &app->err);
}

int
run_init(struct app *app)
{
	if (!init(app))
		return EXIT_FAILED;
	printf("%s is ready\n", app->settings.data);
	return EXIT_DONE;
}

/* init makes what is missing and upgrades what is old; here nothing may be missing. */
int
run_migrate(struct app *app)
{
	g_autofree char *catalog = g_build_filename(app->settings.data, "catalog.db", NULL);

	if (!g_file_test(catalog, G_FILE_TEST_EXISTS)) {
		ips_fail(&app->err, IPS_NOT_FOUND, "%s is no data directory", app->settings.data);
		return EXIT_FAILED;
	}
	if (!ips_service_init(app->settings.data, &app->err))
		return EXIT_FAILED;
	printf("%s is up to date\n", app->settings.data);
	return EXIT_DONE;
}

static void
print_finding(const char *text, void *arg)
{
	(void)arg;
	puts(text);
}

static void
print_warning(const char *text, void *arg)
{
	(void)arg;
	printf("warning: %s\n", text);
}

int
run_check(struct app *app)
{
	struct ips_check check;
	bool sound;

	if (!app_open(app) || !ips_service_check(app->service, app_option(app, OPT_DEEP) != NULL,
				  print_finding, NULL, &check, &sound, &app->err))
		return EXIT_FAILED;
	app_check_access(app->settings.data, true, print_warning, NULL);
	printf("%s: %" PRId64 " assets, %" PRId64 " files, %" PRId64 " bytes, %" PRId64
	       " unneeded\n",
	    sound ? "sound" : "NOT SOUND", check.assets, check.blobs, check.bytes, check.orphans);
	return sound ? EXIT_DONE : EXIT_FAILED;
}

int
run_gc(struct app *app)
{
	int64_t min_age_s = 3600, removed;

	if (!app_option_number(app, OPT_MIN_AGE, 0, INT64_C(1) << 32, &min_age_s))
		return EXIT_USAGE;
	if (!app_open(app) ||
	    !ips_service_collect(app->service, min_age_s * 1000, &removed, &app->err))
		return EXIT_FAILED;
	printf("%" PRId64 " removed\n", removed);
	return EXIT_DONE;
}
