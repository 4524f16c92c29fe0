/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* Source: getCompanyInfo, getCompanyMembership, checkLogin, getFolders, getFolderTree and getAssets
 * of the IPS reference. What a caller may not read is left out of lists without a word. */

#define MAX_HANDLES 10000

/* ---- Companies ---- */

static bool
is_it(const struct ips_company *company, const char *name, const char *ims_org)
{
	if (name != NULL)
		return strcmp(company->name, name) == 0;
	return company->ims_org != NULL && strcmp(company->ims_org, ims_org) == 0;
}

static bool
any_company(struct ips_service *service, struct ips_arena *mem, const char *name,
    const char *ims_org, const struct ips_company **out, struct ips_error *err)
{
	const struct ips_company *const *all;
	size_t count;

	*out = NULL;
	if (name != NULL)
		return ips_catalog_company_named(service->catalog, mem, name, out, err);
	if (!ips_catalog_companies(service->catalog, mem, &all, &count, err))
		return false;
	for (size_t i = 0; i < count && *out == NULL; i++)
		if (is_it(all[i], name, ims_org))
			*out = all[i];
	return true;
}

/* Looks among the caller's own companies only, so that others leave no trace, not even in time. */
static bool
own_company(struct ips_service *service, const struct ips_call *call, const char *name,
    const char *ims_org, const struct ips_company **out, struct ips_error *err)
{
	const struct ips_membership *membership;
	size_t count;

	if (!ips_catalog_memberships(
		service->catalog, call->mem, call->user->id, &membership, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!is_it(membership[i].company, name, ims_org))
			continue;
		if (!membership[i].active)
			return ips_fail(err, IPS_ILLEGAL_COMPANY,
			    "User's membership in company '%s' is not active",
			    membership[i].company->name);
		*out = membership[i].company;
		return ips_company_open(*out, err);
	}
	return ips_fail(err, IPS_ILLEGAL_COMPANY, "User does not belong to company '%s'",
	    name != NULL ? name : ims_org);
}

bool
ips_service_company(struct ips_service *service, const struct ips_call *call, const char *name,
    const char *ims_org, const struct ips_company **out, struct ips_error *err)
{
	const struct ips_company *company = NULL;

	if (call->company != NULL) { /* the handle says it already */
		*out = call->company;
		return true;
	}
	if (name == NULL && ims_org == NULL)
		return ips_fail(err, IPS_MISSING_PARAMETER,
		    "One of companyHandle, companyName and imsOrgId is required");
	if (!call->user->admin) {
		if (!own_company(service, call, name, ims_org, &company, err))
			return false;
	} else if (!any_company(service, call->mem, name, ims_org, &company, err)) {
		return false;
	}
	if (company == NULL)
		return ips_fail(err, IPS_INVALID_COMPANY, "There is no company '%s'",
		    name != NULL ? name : ims_org);
	*out = company;
	return true;
}

/* ---- Memberships and logins ---- */

/* Of another user's memberships, an admin who is no IpsAdmin sees those in companies that he
 * administers himself. */
static bool
administers(const struct ips_membership *own, size_t count, int64_t company)
{
	for (size_t i = 0; i < count; i++) {
		struct ips_user nobody = { .id = 0 };
		struct ips_call as = { .user = &nobody, .role = own[i].role };

		if (own[i].active && own[i].company->id == company)
			return ips_caller_is_admin(&as);
	}
	return false;
}

static bool
shared_memberships(struct ips_service *service, const struct ips_call *call, const char *handle,
    int64_t user, const struct ips_membership **out, size_t *count, struct ips_error *err)
{
	const struct ips_membership *own, *theirs;
	struct ips_membership *shared;
	size_t own_count, their_count, n = 0;

	if (!ips_catalog_memberships(
		service->catalog, call->mem, call->user->id, &own, &own_count, err) ||
	    !ips_catalog_memberships(service->catalog, call->mem, user, &theirs, &their_count, err))
		return false;
	shared = IPS_NEW_N(call->mem, struct ips_membership, their_count + 1);
	for (size_t i = 0; i < their_count; i++)
		if (administers(own, own_count, theirs[i].company->id))
			shared[n++] = theirs[i];
	if (n == 0)
		return ips_fail(err, IPS_ILLEGAL_REQUEST_USER,
		    "userHandle: '%s' is not a user of the caller's companies", handle);
	*out = shared;
	*count = n;
	return true;
}

static bool
any_memberships(struct ips_service *service, const struct ips_call *call, const char *handle,
    int64_t id, const struct ips_membership **out, size_t *count, struct ips_error *err)
{
	const struct ips_user *user;

	if (!ips_catalog_user(service->catalog, call->mem, id, &user, err))
		return false;
	if (user == NULL)
		return ips_fail(
		    err, IPS_INVALID_REQUEST_USER, "userHandle: there is no user '%s'", handle);
	return ips_catalog_memberships(service->catalog, call->mem, id, out, count, err);
}

bool
ips_service_memberships(struct ips_service *service, const struct ips_call *call,
    const char *user_handle, const struct ips_membership **out, size_t *count,
    struct ips_error *err)
{
	int64_t id = call->user->id;

	if (user_handle != NULL && !ips_handle_parse_user(user_handle, &id))
		return ips_fail(err, IPS_INVALID_REQUEST_USER,
		    "userHandle: '%s' is not a user handle", user_handle);
	if (id == call->user->id)
		return ips_catalog_memberships(service->catalog, call->mem, id, out, count, err);
	if (call->user->admin)
		return any_memberships(service, call, user_handle, id, out, count, err);
	return shared_memberships(service, call, user_handle, id, out, count, err);
}

/* Would this user get through the gate, into the company if one is named? */
static bool
would_enter(struct ips_service *service, const struct ips_call *call, const struct ips_user *user,
    bool *out, struct ips_error *err)
{
	const struct ips_membership *membership;

	*out = user->active;
	if (!user->active || call->company == NULL || user->admin)
		return true;
	if (!ips_catalog_membership(
		service->catalog, call->mem, user->id, call->company->id, &membership, err))
		return false;
	*out =
	    membership != NULL && membership->active && ips_company_open(membership->company, NULL);
	return true;
}

bool
ips_service_check_login(struct ips_service *service, const struct ips_call *call, const char *email,
    const char *password, bool *valid, int *delay_ms, struct ips_error *err)
{
	const struct ips_user *user;
	bool proven, enters = false;

	if (!ips_catalog_user_named(service->catalog, call->mem, email, &user, err))
		return false;
	proven = ips_identity_prove(
	    service->identity, password, user != NULL ? user->password_hash : NULL);
	*delay_ms = ips_identity_note(service->identity, email, call->address, proven);
	if (proven && user != NULL && !would_enter(service, call, user, &enters, err))
		return false;
	*valid = proven && enters;
	return true;
}

/* ---- Folders ---- */

static bool
no_folder(const char *path, struct ips_error *err)
{
	return ips_fail(err, IPS_NOT_FOUND, "folderPath: there is no folder '%s'", path);
}

bool
ips_service_folders(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, const char *path, int depth, const char *const *types,
    size_t type_count, const struct ips_folder **out, size_t *count, struct ips_error *err)
{
	struct ips_viewer viewer;
	const struct ips_folder *found;
	const int *type;
	const char *bare = NULL;
	int64_t start = call->company->root_folder;

	if (depth < -1)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "depth: %d is not valid: -1 for all levels, or 0 and more", depth);
	if (!ips_viewer_find(service, call, access, &viewer, err) ||
	    !ips_types_parse(
		call->mem, "assetTypeArray", types, type_count, &type, &type_count, err))
		return false;
	if (path != NULL && *path != '\0' && strcmp(path, "/") != 0) {
		if (!ips_handle_parse_folder(path, &bare))
			return no_folder(path, err);
		if (!ips_catalog_folder(
			service->catalog, call->mem, call->company->id, bare, &found, err))
			return false;
		if (found == NULL)
			return no_folder(path, err);
		start = found->id;
	}
	if (!ips_catalog_folders(service->catalog, call->mem, call->company->id, start, depth,
		viewer, type, type_count, &found, count, err))
		return false;
	/* Nothing to see and nothing there sound alike. */
	if (*count == 0 && bare != NULL && (viewer.user != 0 || viewer.group != 0))
		return no_folder(path, err);
	*out = found;
	return true;
}

bool
ips_service_permission_set(struct ips_service *service, const struct ips_call *call, int64_t set,
    const struct ips_effective **out, size_t *count, struct ips_error *err)
{
	return ips_catalog_permission_set(
	    service->catalog, call->mem, call->company->id, set, out, count, err);
}

/* ---- Assets ---- */

struct wanted {
	int64_t *id, *seq;
	int *type;
};

static bool
parse_handles(struct ips_arena *mem, const char *const *handles, size_t count,
    struct wanted *wanted, struct ips_error *err)
{
	if (count > MAX_HANDLES)
		return ips_fail(err, IPS_LIMIT,
		    "assetHandleArray: %zu handles are too many, %d are allowed", count,
		    MAX_HANDLES);
	wanted->id = IPS_NEW_N(mem, int64_t, count + 1);
	wanted->seq = IPS_NEW_N(mem, int64_t, count + 1);
	wanted->type = IPS_NEW_N(mem, int, count + 1);
	for (size_t i = 0; i < count; i++)
		if (!ips_handle_parse_asset(
			handles[i], &wanted->id[i], &wanted->type[i], &wanted->seq[i]))
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "assetHandleArray: '%s' is not an asset handle", handles[i]);
	return true;
}

/* Rows come in the order asked for, missing ones left out: keeps those whose handle fits whole. */
static size_t
keep_fitting(
    const struct wanted *wanted, size_t count, const struct ips_asset **asset, size_t found)
{
	size_t next = 0, kept = 0;

	for (size_t i = 0; i < count && next < found; i++) {
		const struct ips_asset *a = asset[next];

		if (a->id != wanted->id[i])
			continue;
		next++;
		if (wanted->type[i] == 0 ||
		    (a->type == wanted->type[i] && a->type_seq == wanted->seq[i]))
			asset[kept++] = a;
	}
	return kept;
}

bool
ips_service_assets(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, const char *const *handles, size_t handle_count,
    const struct ips_asset ***out, size_t *count, struct ips_error *err)
{
	struct ips_viewer viewer;
	struct wanted wanted;
	const struct ips_asset **found;
	size_t n;

	if (!ips_viewer_find(service, call, access, &viewer, err) ||
	    !parse_handles(call->mem, handles, handle_count, &wanted, err) ||
	    !ips_catalog_assets(service->catalog, call->mem, call->company->id, wanted.id,
		handle_count, viewer, &found, &n, err))
		return false;
	*out = found;
	*count = keep_fitting(&wanted, handle_count, found, n);
	return true;
}
