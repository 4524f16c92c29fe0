/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Customer keys, and the master key above them. */
#include "app.h"

#include <inttypes.h>
#include <string.h>

#define MASTER_HEX (2 * IPS_KEY_LEN)

/* ---- The master key ---- */

/* Ends of lines around it do not count, as editors and shells add them. */
static bool
parse_master(struct app *app, const char *origin, char *text, uint8_t out[IPS_KEY_LEN])
{
	return ips_unhex(g_strstrip(text), out, IPS_KEY_LEN) ||
	       ips_fail(&app->err, IPS_INVALID_PARAMETER,
		   "master-key: %s does not hold %d hexadecimal digits", origin, MASTER_HEX);
}

static bool
master_of_file(struct app *app, const char *origin, char **out)
{
	g_autoptr(GError) gerr = NULL;

	return g_file_get_contents(origin + strlen("file:"), out, NULL, &gerr) ||
	       ips_fail(&app->err, IPS_NOT_FOUND, "master-key: %s", gerr->message);
}

static bool
master_of_variable(struct app *app, const char *origin, char **out)
{
	const char *name = origin + strlen("env:");

	*out = app_take_variable(name);
	return *out ||
	       ips_fail(&app->err, IPS_NOT_FOUND, "master-key: there is no variable %s", name);
}

bool
app_master_key(struct app *app, const char *origin, uint8_t out[IPS_KEY_LEN])
{
	char *text = NULL;
	bool good;

	if (g_str_has_prefix(origin, "file:"))
		good = master_of_file(app, origin, &text);
	else if (g_str_has_prefix(origin, "env:"))
		good = master_of_variable(app, origin, &text);
	else
		good = ips_fail(
		    &app->err, IPS_INVALID_PARAMETER, "master-key: neither file:PATH nor env:NAME");
	good = good && parse_master(app, origin, text, out);
	app_password_free(&text);
	return good;
}

static bool
replace_master(struct app *app)
{
	uint8_t master[IPS_KEY_LEN];
	int64_t count;

	bool good = app_open(app) && app_master_key(app, app->args.word[0], master) &&
		    ips_service_master_replace(app->service, master, &count, &app->err);
	ips_wipe(master, sizeof(master));
	if (good)
		printf("%" PRId64 " keys wrapped by %s\n", count, app->args.word[0]);
	return good;
}

int
run_key_master(struct app *app)
{
	return status(replace_master(app));
}

/* ---- Customer keys ---- */

static bool
add_key(struct app *app)
{
	const struct ips_company *company;
	const char *id;

	if (!app_open(app) || !app_company(app, &company) ||
	    !ips_service_key_add(app->service, app->mem, company->id, &id, &app->err))
		return false;
	puts(id);
	return true;
}

int
run_key_add(struct app *app)
{
	return status(add_key(app));
}

static void
print_key(struct app *app, const struct ips_key *key)
{
	char created[IPS_TIME_LEN], rotated[IPS_TIME_LEN] = "never";

	ips_time_format(key->created, created);
	if (key->rotated)
		ips_time_format(key->rotated, rotated);
	printf("%s\t%s\t%s\t%" PRId64 " files\t%s\t%s\n", key->id,
	    ips_handle_company(app->mem, key->company), key->enabled ? "enabled" : "disabled",
	    key->blobs, created, rotated);
}

static bool
list_keys(struct app *app)
{
	const struct ips_company *company = NULL;
	const struct ips_key *key;
	size_t count;

	if (!app_open(app) || (app_option(app, OPT_COMPANY) && !app_company(app, &company)) ||
	    !ips_catalog_keys(
		catalog_of(app), app->mem, company ? company->id : 0, &key, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		print_key(app, &key[i]);
	return true;
}

int
run_key_list(struct app *app)
{
	return status(list_keys(app));
}

static int
enable_key(struct app *app, bool enabled)
{
	return status(app_open(app) && ips_catalog_key_enable(
					   catalog_of(app), app->args.word[0], enabled, &app->err));
}

int
run_key_enable(struct app *app)
{
	return enable_key(app, true);
}

int
run_key_disable(struct app *app)
{
	return enable_key(app, false);
}

static bool
rotate_key(struct app *app)
{
	int64_t count;

	if (!app_open(app) ||
	    !ips_service_key_rotate(app->service, app->args.word[0], &count, &app->err))
		return false;
	printf("%" PRId64 " files follow\n", count);
	return true;
}

int
run_key_rotate(struct app *app)
{
	return status(rotate_key(app));
}
