/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Administration of the image copy face: tokens, access keys, and what it says of an image. */
#include "app.h"

#include <inttypes.h>
#include <string.h>

/* ---- Tokens ---- */

static bool
make_token(struct app *app)
{
	const struct ips_company *company;
	const struct ips_user *user;
	struct ips_token token;
	char expires[IPS_TIME_LEN];

	if (!app_open(app) || !app_user(app, app->args.word[0], &user) ||
	    !app_company(app, &company) ||
	    !ips_service_token_issue(app->service, app->mem, user, company, &token, &app->err))
		return false;
	ips_time_format(token.expires, expires);
	printf("%s\t%s\t%s\n", token.text,
	    ips_service_id(app->service, app->mem, IPS_ID_PROJECT, company->id), expires);
	return true;
}

int
run_token_add(struct app *app)
{
	return status(make_token(app));
}

static bool
revoke_tokens(struct app *app)
{
	const struct ips_user *user;
	int64_t removed;

	if (!app_open(app) || !app_user(app, app->args.word[0], &user) ||
	    !ips_catalog_tokens_remove(catalog_of(app), user->id, &removed, &app->err))
		return false;
	printf("%" PRId64 " removed\n", removed);
	return true;
}

int
run_token_remove(struct app *app)
{
	return status(revoke_tokens(app));
}

/* ---- Access keys ---- */

static bool
add_key(struct app *app)
{
	const struct ips_access_key *key;
	const struct ips_company *company;
	const struct ips_user *user;

	if (!app_open(app) || !app_user(app, app->args.word[0], &user) ||
	    !app_company(app, &company) ||
	    !ips_service_access_key_make(
		app->service, app->mem, user->id, company->id, &key, &app->err))
		return false;
	printf("%s\t%s\t%s\n", key->access, key->secret,
	    ips_service_id(app->service, app->mem, IPS_ID_PROJECT, company->id));
	return true;
}

int
run_access_key_add(struct app *app)
{
	return status(add_key(app));
}

static bool
print_key(struct app *app, const struct ips_access_key *key)
{
	const struct ips_company *company;
	const struct ips_user *user;
	char created[IPS_TIME_LEN];

	if (!ips_catalog_user(catalog_of(app), app->mem, key->user, &user, &app->err) ||
	    !ips_catalog_company(catalog_of(app), app->mem, key->company, &company, &app->err))
		return false;
	ips_time_format(key->created, created);
	printf("%s\t%s\t%s\t%s\n", key->access, user->email, company->name, created);
	return true;
}

static bool
list_keys(struct app *app)
{
	const struct ips_access_key *key;
	size_t count;

	if (!app_open(app) ||
	    !ips_catalog_access_keys(catalog_of(app), app->mem, &key, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!print_key(app, &key[i]))
			return false;
	return true;
}

int
run_access_key_list(struct app *app)
{
	return status(list_keys(app));
}

int
run_access_key_remove(struct app *app)
{
	return status(app_open(app) &&
		      ips_catalog_access_key_remove(catalog_of(app), app->args.word[0], &app->err));
}

/* ---- Images ---- */

static bool
read_handle(struct app *app, int64_t *id)
{
	const char *handle = app->args.word[0];
	int64_t seq;
	int type;

	return ips_handle_parse_asset(handle, id, &type, &seq) ||
	       ips_fail(&app->err, IPS_INVALID_PARAMETER, "'%s' is no asset handle", handle);
}

/* NAME=VALUE; NAME= goes back to what holds without. */
static bool
read_trait(struct app *app, char *word, struct ips_trait *out)
{
	char *equal = strchr(word, '=');
	const struct ips_trait_info *info;

	if (equal == NULL)
		return ips_fail(&app->err, IPS_INVALID_PARAMETER, "'%s' is not NAME=VALUE", word);
	*out = (struct ips_trait){ ips_arena_strndup(app->mem, word, (size_t)(equal - word)),
		equal[1] != '\0' ? equal + 1 : NULL };
	info = ips_trait_info(out->name);
	if (info == NULL)
		return ips_fail(
		    &app->err, IPS_INVALID_PARAMETER, "there is no field '%s'", out->name);
	return out->value == NULL || ips_trait_valid(info, out->value) ||
	       ips_fail(&app->err, IPS_INVALID_PARAMETER, "'%s' is no value of %s", out->value,
		   out->name);
}

static bool
set_image(struct app *app)
{
	int count = app->args.words - 1;
	struct ips_trait *trait = IPS_NEW_N(app->mem, struct ips_trait, count + 1);
	struct ips_image_change change = { .traits = trait, .trait_count = (size_t)count };
	int64_t id;

	if (!app_open(app) || !read_handle(app, &id))
		return false;
	for (int i = 0; i < count; i++)
		if (!read_trait(app, app->args.word[i + 1], &trait[i]))
			return false;
	if (count > 0 && !ips_catalog_image_change(catalog_of(app), id, &change, "", &app->err))
		return false;
	printf("%s\n", ips_service_uuid(app->service, app->mem, id));
	return true;
}

int
run_image_set(struct app *app)
{
	return status(set_image(app));
}
