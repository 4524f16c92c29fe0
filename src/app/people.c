/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Administration without SQL: users and groups. */
#include "app.h"

#include <inttypes.h>
#include <string.h>

/* ---- Users ---- */

static void
print_user(struct app *app, const struct ips_user *user)
{
	printf("%s\t%s\t%s %s\t%s%s\n", ips_handle_user(app->mem, user), user->email,
	    user->first_name, user->last_name, user->active ? "active" : "inactive",
	    user->admin ? ", IpsAdmin" : "");
}

/* The fields an option can change; the rest stays. */
static bool
options_of_user(struct app *app, struct ips_user *user)
{
	const char *first = app_option(app, OPT_FIRST_NAME), *last = app_option(app, OPT_LAST_NAME);

	if (first)
		user->first_name = first;
	if (last)
		user->last_name = last;
	return app_option_flag(app, OPT_ADMIN, &user->admin) &&
	       app_option_flag(app, OPT_ACTIVE, &user->active);
}

static bool
hash_password(struct app *app, struct ips_user *user)
{
	IPS_CLEANUP(app_password_free) char *password = NULL;

	if (!app_password(app, true, &password))
		return false;
	g_autofree char *hash = ips_password_hash(password);
	user->password_hash = ips_arena_strdup(app->mem, hash);
	return true;
}

static bool
add_user(struct app *app)
{
	struct ips_user user = {
		.email = app->args.word[0],
		.first_name = "",
		.last_name = "",
		.active = true,
	};

	if (!app_option_number(app, OPT_ID, 1, INT64_MAX, &user.id) ||
	    !options_of_user(app, &user) || !app_open(app) || !hash_password(app, &user) ||
	    !ips_catalog_user_add(catalog_of(app), &user, &user.id, &app->err))
		return false;
	print_user(app, &user);
	return true;
}

int
run_user_add(struct app *app)
{
	return status(add_user(app));
}

static bool
list_users(struct app *app)
{
	const struct ips_user *const *all;
	size_t count;

	if (!app_open(app) ||
	    !ips_catalog_users(catalog_of(app), app->mem, &all, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		print_user(app, all[i]);
	return true;
}

int
run_user_list(struct app *app)
{
	return status(list_users(app));
}

static bool
show_user(struct app *app)
{
	const struct ips_user *user;
	const struct ips_membership *all;
	size_t count;

	if (!app_open(app) || !app_user(app, app->args.word[0], &user) ||
	    !ips_catalog_memberships(catalog_of(app), app->mem, user->id, &all, &count, &app->err))
		return false;
	print_user(app, user);
	for (size_t i = 0; i < count; i++)
		printf("%s\t%s\t%s\n", all[i].company->name, ips_role_name(all[i].role),
		    all[i].active ? "active" : "inactive");
	return true;
}

int
run_user_show(struct app *app)
{
	return status(show_user(app));
}

static bool
set_user(struct app *app)
{
	const struct ips_user *old;

	if (!app_open(app) || !app_user(app, app->args.word[0], &old))
		return false;
	struct ips_user user = *old;
	return options_of_user(app, &user) &&
	       ips_catalog_user_set(catalog_of(app), &user, &app->err);
}

int
run_user_set(struct app *app)
{
	return status(set_user(app));
}

static bool
set_password(struct app *app)
{
	const struct ips_user *old;

	if (!app_open(app) || !app_user(app, app->args.word[0], &old))
		return false;
	struct ips_user user = *old;
	return hash_password(app, &user) && ips_catalog_user_set(catalog_of(app), &user, &app->err);
}

int
run_user_password(struct app *app)
{
	return status(set_password(app));
}

static bool
option_role(struct app *app, enum ips_role *out)
{
	const char *name = app_option(app, OPT_ROLE);

	if (!name)
		return ips_fail(&app->err, IPS_INVALID_PARAMETER, "--role is needed");
	if (strcmp(name, "none") == 0) {
		*out = IPS_ROLE_NONE;
		return true;
	}
	/* Above every company, so no role in one */
	if (!ips_role_parse(name, out) || *out == IPS_ROLE_ADMIN || *out == IPS_ROLE_NONE)
		return ips_fail(&app->err, IPS_INVALID_PARAMETER,
		    "--role: '%s' is no role in a company%s", name,
		    strcmp(name, "IpsAdmin") == 0 ? "; use: openips user set EMAIL --admin yes"
						  : "");
	return true;
}

static bool
set_role(struct app *app)
{
	const struct ips_company *company;
	const struct ips_user *user;
	enum ips_role role;
	bool active = true;

	return option_role(app, &role) && app_option_flag(app, OPT_ACTIVE, &active) &&
	       app_open(app) && app_user(app, app->args.word[0], &user) &&
	       app_company(app, &company) &&
	       ips_catalog_membership_set(
		   catalog_of(app), user->id, company->id, role, active, &app->err);
}

int
run_user_role(struct app *app)
{
	return status(set_role(app));
}

/* ---- Groups ---- */

static void
print_group(struct app *app, int64_t id, const char *name)
{
	printf("%s\t%s\n", ips_handle_group(app->mem, id), name);
}

static bool
add_group(struct app *app)
{
	const struct ips_company *company;
	int64_t id;

	if (!app_open(app) || !app_company(app, &company) ||
	    !ips_catalog_group_add(catalog_of(app), company->id, app->args.word[0], &id, &app->err))
		return false;
	print_group(app, id, app->args.word[0]);
	return true;
}

int
run_group_add(struct app *app)
{
	return status(add_group(app));
}

static bool
list_groups(struct app *app)
{
	const struct ips_company *company;
	const struct ips_group *const *all;
	size_t count;

	if (!app_open(app) || !app_company(app, &company) ||
	    !ips_catalog_groups(catalog_of(app), app->mem, company->id, &all, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		print_group(app, all[i]->id, all[i]->name);
	return true;
}

int
run_group_list(struct app *app)
{
	return status(list_groups(app));
}

static bool
set_group_member(struct app *app)
{
	const struct ips_company *company;
	const struct ips_group *group;
	const struct ips_user *user;
	bool member = !app_option(app, OPT_REMOVE);

	return app_open(app) && app_company(app, &company) &&
	       app_group(app, company, app->args.word[0], &group) &&
	       app_user(app, app->args.word[1], &user) &&
	       ips_catalog_group_member_set(
		   catalog_of(app), group->id, user->id, member, &app->err);
}

int
run_group_member(struct app *app)
{
	return status(set_group_member(app));
}
