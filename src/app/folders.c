/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Administration without SQL: folders and what groups may do in them. */
#include "app.h"

#include <string.h>

static bool
find_folder(struct app *app, const struct ips_company *company, const char *path,
    const struct ips_folder **out)
{
	const char *whole = app_folder_path(app, company, path);

	if (!ips_catalog_folder(catalog_of(app), app->mem, company->id, whole, out, &app->err))
		return false;
	return *out || ips_fail(&app->err, IPS_NOT_FOUND, "no folder '%s'", whole);
}

/* Every folder from path on, as somebody who may see everything. */
static bool
folders_below(struct app *app, const struct ips_company *company, const char *path,
    const struct ips_folder **out, size_t *count)
{
	const struct ips_viewer everything = { 0 };
	const struct ips_folder *start;

	return find_folder(app, company, path, &start) &&
	       ips_catalog_folders(catalog_of(app), app->mem, company->id, start->id, -1,
		   everything, NULL, 0, out, count, &app->err);
}

/* ---- Folders ---- */

static bool
add_folder(struct app *app)
{
	const struct ips_company *company;
	int64_t id;

	if (!app_open(app) || !app_company(app, &company))
		return false;
	const char *path = app_folder_path(app, company, app->args.word[0]);
	if (!ips_catalog_folder_make(catalog_of(app), company->id, path, &id, &app->err))
		return false;
	puts(path);
	return true;
}

int
run_folder_add(struct app *app)
{
	return status(add_folder(app));
}

static bool
list_folders(struct app *app)
{
	const struct ips_company *company;
	const struct ips_folder *all;
	size_t count;

	if (!app_open(app) || !app_company(app, &company) ||
	    !folders_below(app, company, app_option(app, OPT_FOLDER), &all, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		puts(all[i].path);
	return true;
}

int
run_folder_list(struct app *app)
{
	return status(list_folders(app));
}

/* ---- Permissions ---- */

static bool
parse_permission(struct app *app, const char *word, enum ips_permission *out)
{
	for (int i = 0; i < IPS_PERMISSION_COUNT; i++) {
		if (g_ascii_strcasecmp(ips_permission_name[i], word) != 0)
			continue;
		*out = (enum ips_permission)i;
		return true;
	}
	return ips_fail(
	    &app->err, IPS_INVALID_PARAMETER, "'%s' is none of read, write, delete", word);
}

/* FOLDER GROUP PERMISSION, as both commands begin. */
static bool
parse_grant(struct app *app, struct ips_grant *grant)
{
	const struct ips_company *company;
	const struct ips_folder *folder;
	const struct ips_group *group;
	char **word = app->args.word;

	if (!parse_permission(app, word[2], &grant->permission) || !app_open(app) ||
	    !app_company(app, &company) || !find_folder(app, company, word[0], &folder) ||
	    !app_group(app, company, word[1], &group))
		return false;
	grant->folder = folder->id;
	grant->group = group->id;
	return true;
}

static bool
set_permission(struct app *app)
{
	const char *word = app->args.word[3];
	struct ips_grant grant = {
		.allowed = strcmp(word, "allow") == 0,
		.override = app_option(app, OPT_OVERRIDE) != NULL,
	};

	if (!grant.allowed && strcmp(word, "deny") != 0)
		return ips_fail(
		    &app->err, IPS_INVALID_PARAMETER, "'%s' is neither allow nor deny", word);
	return parse_grant(app, &grant) &&
	       ips_catalog_grant_set(catalog_of(app), &grant, &app->err);
}

int
run_permission_set(struct app *app)
{
	return status(set_permission(app));
}

static bool
remove_permission(struct app *app)
{
	struct ips_grant grant = { 0 };

	return parse_grant(app, &grant) &&
	       ips_catalog_grant_remove(catalog_of(app), &grant, &app->err);
}

int
run_permission_remove(struct app *app)
{
	return status(remove_permission(app));
}

static bool
print_permissions(
    struct app *app, const struct ips_company *company, const struct ips_folder *folder)
{
	const struct ips_effective *all;
	size_t count;

	if (!ips_catalog_permission_set(catalog_of(app), app->mem, company->id,
		folder->permission_set, &all, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		printf("%s\t%s\t%s\t%s%s\n", folder->path, all[i].group->name,
		    ips_permission_name[all[i].permission], all[i].allowed ? "allow" : "deny",
		    all[i].override ? ", override" : "");
	return true;
}

static bool
list_permissions(struct app *app)
{
	const struct ips_company *company;
	const struct ips_folder *all;
	size_t count;

	if (!app_open(app) || !app_company(app, &company) ||
	    !folders_below(app, company, app->args.words ? app->args.word[0] : NULL, &all, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (all[i].permission_set && !print_permissions(app, company, &all[i]))
			return false;
	return true;
}

int
run_permission_list(struct app *app)
{
	return status(list_permissions(app));
}
