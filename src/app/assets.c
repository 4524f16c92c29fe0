/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Administration without SQL: what the catalog keeps beside a picture. */
#include "app.h"

#include <stdio.h>

/* A handle, else a name. */
static bool
find_asset(struct app *app, const char *word, const struct ips_asset **out)
{
	const struct ips_company *company;
	int64_t id, seq;
	int type;

	if (!app_open(app) || !app_company(app, &company))
		return false;
	bool found =
	    ips_handle_parse_asset(word, &id, &type, &seq)
		? ips_catalog_asset(catalog_of(app), app->mem, company->id, id, out, &app->err)
		: ips_catalog_asset_named(
		      catalog_of(app), app->mem, company->id, word, out, &app->err);
	return found && (*out != NULL || ips_fail(&app->err, IPS_NOT_FOUND, "no asset '%s' in %s",
					     word, company->name));
}

static bool
set_asset(struct app *app)
{
	const char *email = app_option(app, OPT_USER);
	const struct ips_asset *asset;
	const struct ips_user *user;

	return find_asset(app, app->args.word[0], &asset) &&
	       (email == NULL || app_user(app, email, &user)) &&
	       ips_service_asset_set(app->service, app->mem, asset,
		   (const char *const *)app->args.word + 1, (size_t)(app->args.words - 1),
		   email != NULL ? email : "", &app->err);
}

int
run_asset_set(struct app *app)
{
	return status(set_asset(app));
}

static bool
show_asset(struct app *app)
{
	const struct ips_asset *asset;

	if (!find_asset(app, app->args.word[0], &asset))
		return false;
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "userData", asset->user_data },
		{ "map", asset->map },
		{ "targets", asset->targets },
		{ "imageSet", asset->image_set },
		{ "modifier", asset->url_modifier },
		{ "postModifier", asset->post_modifier },
	};
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		printf("%s=%s\n", rows[i].name, rows[i].value != NULL ? rows[i].value : "");
	return true;
}

int
run_asset_show(struct app *app)
{
	return status(show_asset(app));
}

static bool
add_template(struct app *app)
{
	const struct ips_company *company;
	const struct ips_user *user;
	const struct ips_asset *asset;

	if (!app_open(app) || !app_company(app, &company) ||
	    (app_option(app, OPT_USER) && !app_user(app, app_option(app, OPT_USER), &user)))
		return false;
	struct ips_import import = { .company = company->id,
		.folder = app_folder_path(app, company, app_option(app, OPT_FOLDER)),
		.name = app->args.word[0],
		.user = app_option(app, OPT_USER) };
	if (!ips_service_template_add(
		app->service, app->mem, &import, app->args.word[1], &asset, &app->err))
		return false;
	printf("%s\t%s%s\n", ips_handle_asset(app->mem, asset), asset->folder_path, asset->name);
	return true;
}

int
run_template_add(struct app *app)
{
	return status(add_template(app));
}
