/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Administration without SQL: companies, users, groups. */
#include "app.h"

#include <inttypes.h>
#include <string.h>

static struct ips_catalog *
catalog_of(struct app *app)
{
	return ips_service_catalog(app->service);
}

static int
status(bool good)
{
	return good ? EXIT_DONE : EXIT_FAILED;
}

/* ---- Companies ---- */

/* *out keeps its value if the option was not given; 0 is never. */
static bool
option_expires(struct app *app, int64_t *out)
{
	const char *text = app_option(app, OPT_EXPIRES);

	if (text && strcmp(text, "never") == 0)
		*out = 0;
	else if (text && !ips_time_parse(text, out))
		return ips_fail(&app->err, IPS_INVALID_PARAMETER,
		    "--expires: '%s' is neither like 2030-12-31T00:00:00Z nor never", text);
	return true;
}

static bool
add_company(struct app *app)
{
	int64_t id = 0, expires = 0;

	if (!app_option_number(app, OPT_ID, 1, INT64_MAX, &id) || !option_expires(app, &expires) ||
	    !app_open(app) ||
	    !ips_catalog_company_add(
		catalog_of(app), id, app->args.word[0], expires, &id, &app->err))
		return false;
	printf("%s\t%s\n", ips_handle_company(app->mem, id), app->args.word[0]);
	return true;
}

int
run_company_add(struct app *app)
{
	return status(add_company(app));
}

static void
print_company(struct app *app, const struct ips_company *company)
{
	char expires[IPS_TIME_LEN] = "never";

	if (company->expires)
		ips_time_format(company->expires, expires);
	printf("%s\t%s\t%s\n", ips_handle_company(app->mem, company->id), company->name, expires);
}

static bool
list_companies(struct app *app)
{
	const struct ips_company *const *all;
	size_t count;

	if (!app_open(app) ||
	    !ips_catalog_companies(catalog_of(app), app->mem, &all, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		print_company(app, all[i]);
	return true;
}

int
run_company_list(struct app *app)
{
	return status(list_companies(app));
}

static bool
set_company(struct app *app)
{
	const struct ips_company *company;
	const char *name = app->args.word[0];

	if (!app_open(app) ||
	    !ips_catalog_company_named(catalog_of(app), app->mem, name, &company, &app->err))
		return false;
	if (!company)
		return ips_fail(&app->err, IPS_NOT_FOUND, "no company '%s'", name);
	int64_t expires = company->expires;
	return option_expires(app, &expires) &&
	       ips_catalog_company_set_expires(catalog_of(app), company->id, expires, &app->err);
}

int
run_company_set(struct app *app)
{
	return status(set_company(app));
}

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
