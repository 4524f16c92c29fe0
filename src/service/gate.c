/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* Source: IPS reference, "Authentication" and "Authorization". The one place that says who gets in.
 */

static bool
may(const struct ips_user *user, enum ips_role role, enum ips_operation op)
{
	return user->admin || ips_role_may(role, op);
}

/* The proof may be older than what has become of the user. */
static bool
authenticate_proven(struct ips_service *service, const struct ips_request *request,
    struct ips_call *call, struct ips_error *err)
{
	const struct ips_user *user;

	if (!ips_catalog_user(service->catalog, request->mem, request->proven->user, &user, err))
		return false;
	if (user == NULL || !user->active)
		return ips_fail(err, IPS_INVALID_USER, "The user is not active");
	call->user = user;
	return true;
}

/* Who is calling? 10000, 10001, 10002. */
static bool
authenticate(struct ips_service *service, const struct ips_request *request, struct ips_call *call,
    struct ips_error *err)
{
	const struct ips_credentials *sent = &request->credentials;
	const struct ips_user *user = NULL;
	bool proven;

	if (request->proven != NULL)
		return authenticate_proven(service, request, call, err);
	if (sent->user == NULL || *sent->user == '\0' || sent->password == NULL)
		return ips_fail(err, IPS_NO_CREDENTIALS, "No user name and password were sent");
	if (!ips_catalog_user_named(service->catalog, request->mem, sent->user, &user, err))
		return false;
	proven = ips_identity_prove(
	    service->identity, sent->password, user != NULL ? user->password_hash : NULL);
	/* By whatever case or spelling it was found: one account has one count. */
	call->delay_ms = ips_identity_note(
	    service->identity, user != NULL ? user->email : sent->user, request->address, proven);
	if (!proven || user == NULL)
		return ips_fail(err, IPS_INVALID_CREDENTIALS, "Invalid username/password");
	if (!user->active)
		return ips_fail(err, IPS_INVALID_USER, "User '%s' is not active", user->email);
	call->user = user;
	return true;
}

/* An active membership whose role may do it, else any active one. */
static bool
best_role(struct ips_service *service, struct ips_call *call, struct ips_error *err)
{
	const struct ips_membership *membership;
	size_t count;

	if (!ips_catalog_memberships(
		service->catalog, call->mem, call->user->id, &membership, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!membership[i].active)
			continue;
		if (call->role == IPS_ROLE_NONE || ips_role_may(membership[i].role, call->op))
			call->role = membership[i].role;
		if (ips_role_may(call->role, call->op))
			return true;
	}
	if (call->role == IPS_ROLE_NONE && !call->user->admin)
		return ips_fail(
		    err, IPS_ILLEGAL_COMPANY, "User is not an active member of any company");
	return true;
}

/* The role that counts: in the company named, as far as the user belongs to it. */
static bool
find_role(struct ips_service *service, int64_t company, struct ips_call *call,
    const struct ips_membership **membership, struct ips_error *err)
{
	*membership = NULL;
	if (company != 0 && !ips_catalog_membership(service->catalog, call->mem, call->user->id,
				company, membership, err))
		return false;
	if (call->user->admin) {
		call->role = IPS_ROLE_ADMIN;
		return true;
	}
	if (*membership != NULL) {
		call->role = (*membership)->role;
		return true;
	}
	return best_role(service, call, err);
}

bool
ips_company_open(const struct ips_company *company, struct ips_error *err)
{
	if (company->expires == 0 || company->expires > ips_clock_ms())
		return true;
	return ips_fail(err, IPS_ILLEGAL_COMPANY, "Company '%s' has expired", company->name);
}

static bool
not_yours(const char *handle, struct ips_error *err)
{
	return ips_fail(err, IPS_ILLEGAL_COMPANY, "User does not belong to company '%s'", handle);
}

/* 20000, 20006. An IpsAdmin belongs to every company, expired ones too. */
static bool
enter_company(struct ips_service *service, const char *handle, int64_t id,
    const struct ips_membership *membership, struct ips_call *call, struct ips_error *err)
{
	if (id == 0)
		return ips_fail(err, IPS_INVALID_COMPANY, "'%s' is not a company handle", handle);
	if (call->user->admin) {
		if (!ips_catalog_company(service->catalog, call->mem, id, &call->company, err))
			return false;
		return call->company != NULL ||
		       ips_fail(err, IPS_INVALID_COMPANY, "There is no company '%s'", handle);
	}
	if (membership == NULL)
		return not_yours(handle, err);
	if (!membership->active)
		return ips_fail(err, IPS_ILLEGAL_COMPANY,
		    "User's membership in company '%s' is not active", handle);
	call->company = membership->company;
	return ips_company_open(call->company, err);
}

static bool
authorize(struct ips_service *service, const struct ips_request *request, struct ips_call *call,
    struct ips_error *err)
{
	const char *handle = request->proven != NULL
				 ? ips_handle_company(request->mem, request->proven->company)
				 : request->company_handle;
	const struct ips_membership *membership;
	int64_t company = 0;

	if (!ips_operation_find(request->operation, strlen(request->operation), &call->op))
		return ips_fail(
		    err, IPS_INVALID_REQUEST_XML, "There is no operation '%s'", request->operation);
	if (handle != NULL && !ips_handle_parse_company(handle, &company))
		company = 0;
	if (!find_role(service, company, call, &membership, err))
		return false;
	if (!may(call->user, call->role, call->op))
		return ips_fail(err, IPS_NO_OPERATION_PERMISSION,
		    "User does not have permission to access operation '%s'", request->operation);
	if (!request->offered)
		return ips_fail(err, IPS_UNSUPPORTED,
		    "Operation '%s' is not offered by this server", request->operation);
	if (request->missing != NULL)
		return ips_fail(err, IPS_MISSING_PARAMETER, "Required parameter '%s' is missing",
		    request->missing);
	return handle == NULL || enter_company(service, handle, company, membership, call, err);
}

bool
ips_service_enter(struct ips_service *service, const struct ips_request *request,
    struct ips_call *out, struct ips_error *err)
{
	struct ips_call call = {
		.mem = request->mem,
		.address = request->address,
		.idempotency_key = request->idempotency_key,
	};
	int64_t began_us = ips_monotonic_us();
	bool entered =
	    authenticate(service, request, &call, err) && authorize(service, request, &call, err);

	ips_trace_add(request->mem, IPS_SPAN_AUTH, began_us);
	/* The delay and who it was are for the face in failure too. */
	*out = call;
	return entered;
}

/* ---- accessUserHandle, accessGroupHandle ---- */

bool
ips_caller_is_admin(const struct ips_call *call)
{
	switch (call->role) {
	case IPS_ROLE_ADMIN:
	case IPS_ROLE_COMPANY_ADMIN:
	case IPS_ROLE_TRIAL_SITE_ADMIN:
	case IPS_ROLE_PORTAL_ADMIN:
		return true;
	default:
		return call->user->admin;
	}
}

static bool
sees_by_groups(const struct ips_call *call)
{
	return !call->user->admin && ips_role_is_portal(call->role);
}

bool
ips_call_may(struct ips_service *service, const struct ips_call *call, int64_t folder,
    enum ips_permission permission, bool *out, struct ips_error *err)
{
	struct ips_viewer viewer = { .user = call->user->id };

	*out = true;
	return !sees_by_groups(call) ||
	       ips_catalog_may(service->catalog, viewer, folder, permission, out, err);
}

/* The person an admin acts as: a member of the company, or an IpsAdmin for an IpsAdmin. */
static bool
act_as(struct ips_service *service, const struct ips_call *call, const char *handle, int64_t id,
    struct ips_viewer *viewer, struct ips_error *err)
{
	const struct ips_membership *membership;

	if (!ips_catalog_membership(
		service->catalog, call->mem, id, call->company->id, &membership, err))
		return false;
	if (membership == NULL || !membership->active)
		return ips_fail(err, IPS_ILLEGAL_REQUEST_USER,
		    "accessUserHandle: '%s' is not an active user of the company", handle);
	if (ips_role_is_portal(membership->role)) {
		viewer->user = id;
		return true;
	}
	/* Whoever sees by groups himself must not borrow eyes that see everything. */
	if (sees_by_groups(call))
		return ips_fail(err, IPS_NO_IMPERSONATION_PERMISSION,
		    "accessUserHandle: a portal user may act as portal users only");
	viewer->user = 0;
	return true;
}

static bool
narrow_to_group(struct ips_service *service, const struct ips_call *call, const char *handle,
    struct ips_viewer *viewer, struct ips_error *err)
{
	const struct ips_group *group = NULL;
	int64_t id;

	if (ips_handle_parse_group(handle, &id) &&
	    !ips_catalog_group(service->catalog, call->mem, call->company->id, id, &group, err))
		return false;
	if (group == NULL)
		return ips_fail(err, IPS_ILLEGAL_ACCESS_GROUP,
		    "accessGroupHandle: '%s' is not a group of the company", handle);
	*viewer = (struct ips_viewer){ .group = group->id };
	return true;
}

bool
ips_viewer_find(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, struct ips_viewer *out, struct ips_error *err)
{
	const char *user = access != NULL ? access->user_handle : NULL;
	const char *group = access != NULL ? access->group_handle : NULL;
	struct ips_viewer viewer = { .user = sees_by_groups(call) ? call->user->id : 0 };
	int64_t id = 0;

	if (user != NULL && !ips_handle_parse_user(user, &id))
		return ips_fail(err, IPS_ILLEGAL_REQUEST_USER,
		    "accessUserHandle: '%s' is not a user handle", user);
	if (id == call->user->id)
		id = 0; /* acting as oneself needs no right */
	if ((id != 0 || group != NULL) && !ips_caller_is_admin(call))
		return ips_fail(err, IPS_NO_IMPERSONATION_PERMISSION,
		    "User may not act as another user or group");
	if (id != 0 && !act_as(service, call, user, id, &viewer, err))
		return false;
	if (group != NULL && !narrow_to_group(service, call, group, &viewer, err))
		return false;
	*out = viewer;
	return true;
}
