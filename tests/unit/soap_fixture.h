/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A small service to put behind the SOAP face instead of the real one: it remembers in words what
 * it was asked, and answers always the same. For one test or bench program: it defines functions.
 */
#ifndef OPENIPS_SOAP_FIXTURE_H
#define OPENIPS_SOAP_FIXTURE_H

#include "openips/soap.h"

#include <string.h>

static struct ips_company company = { .id = 6,
	.name = "ApiTestCo",
	.root_path = "ApiTestCo/",
	.ims_org = "ORG@Test",
	.expires = 4133980800000,
	.root_folder = 1 };
static const struct ips_user user = { .id = 1, .email = "user@example.com", .active = true };

struct ips_service { /* what the last call said */
	char last[512];
	const struct ips_asset *assets[4];
};

void
ips_service_view_begin(struct ips_service *service)
{
	(void)service;
}

void
ips_service_view_end(struct ips_service *service)
{
	(void)service;
}

bool
ips_service_enter(struct ips_service *service, const struct ips_request *request,
    struct ips_call *out, struct ips_error *err)
{
	const char *who = request->credentials.user, *password = request->credentials.password;
	struct ips_call call = { .mem = request->mem, .user = &user, .role = IPS_ROLE_USER };

	(void)service;
	*out = call;
	if (!who)
		return ips_fail(err, IPS_NO_CREDENTIALS, "No user name and password were sent");
	if (strcmp(who, "user@example.com") != 0 || !password || strcmp(password, "p&w") != 0)
		return ips_fail(err, IPS_INVALID_CREDENTIALS, "Invalid username/password");
	if (!ips_operation_find(request->operation, strlen(request->operation), &call.op))
		return ips_fail(
		    err, IPS_INVALID_REQUEST_XML, "There is no operation '%s'", request->operation);
	if (!request->offered)
		return ips_fail(
		    err, IPS_UNSUPPORTED, "Operation '%s' is not offered", request->operation);
	if (request->missing)
		return ips_fail(err, IPS_MISSING_PARAMETER, "'%s' is missing", request->missing);
	if (request->company_handle) {
		if (strcmp(request->company_handle, "c|6") != 0)
			return ips_fail(
			    err, IPS_INVALID_COMPANY, "No company '%s'", request->company_handle);
		call.company = &company;
	}
	*out = call;
	return true;
}

bool
ips_service_copy(struct ips_service *service, const struct ips_call *call,
    const struct ips_copy *copy, const char **asset_handle, struct ips_error *err)
{
	(void)call;
	g_snprintf(service->last, sizeof(service->last), "%s %s %s [%s]", copy->asset_handle,
	    copy->folder_handle, copy->name, copy->url_modifier);
	if (strcmp(copy->name, "taken") == 0)
		return ips_fail(err, IPS_EXCEPTION, "Asset ID '%s' is already in use.", copy->name);
	if (strcmp(copy->name, "a<b&\"c") == 0)
		return ips_fail(err, IPS_INVALID_PARAMETER, "name: '%s' is \x01 bad", copy->name);
	*asset_handle = "a|943|1|580";
	return true;
}

bool
ips_service_company(struct ips_service *service, const struct ips_call *call, const char *name,
    const char *ims_org, const struct ips_company **out, struct ips_error *err)
{
	(void)call, (void)err;
	g_snprintf(service->last, sizeof(service->last), "%s/%s", name ? name : "-",
	    ims_org ? ims_org : "-");
	*out = &company;
	return true;
}

bool
ips_service_memberships(struct ips_service *service, const struct ips_call *call,
    const char *user_handle, const struct ips_membership **out, size_t *count,
    struct ips_error *err)
{
	static const struct ips_membership one = { &company, IPS_ROLE_PORTAL_ADMIN, true };

	(void)service, (void)call, (void)user_handle, (void)err;
	*out = &one;
	*count = 1;
	return true;
}

bool
ips_service_check_login(struct ips_service *service, const struct ips_call *call, const char *email,
    const char *password, bool *valid, int *delay_ms, struct ips_error *err)
{
	(void)service, (void)call, (void)err;
	*valid = strcmp(email, "user@example.com") == 0 && strcmp(password, "p&w") == 0;
	*delay_ms = *valid ? 0 : 250;
	return true;
}

static const struct ips_folder folders[] = {
	{ 1, 0, "ApiTestCo/", 1000, 2000, true, 2 },
	{ 2, 1, "ApiTestCo/a/", 1000, 2000, true, 2 },
	{ 3, 2, "ApiTestCo/a/b/", 1000, 2000, false, 0 },
	{ 4, 1, "ApiTestCo/c/", 1000, 2000, false, 3 },
};

bool
ips_service_folders(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, const char *path, int depth, const char *const *types,
    size_t type_count, const struct ips_folder **out, size_t *count, struct ips_error *err)
{
	(void)call, (void)access, (void)err;
	g_snprintf(service->last, sizeof(service->last), "%s %d %zu%s", path ? path : "-", depth,
	    type_count, type_count ? types[0] : "");
	*out = folders;
	*count = depth == 0 ? 1 : IPS_NELEM(folders);
	return true;
}

bool
ips_service_permission_set(struct ips_service *service, const struct ips_call *call, int64_t set,
    const struct ips_effective **out, size_t *count, struct ips_error *err)
{
	static const struct ips_group group = { 7, "Agency & Co" };
	static const struct ips_effective read = { &group, IPS_PERMISSION_READ, true, false };

	(void)service, (void)call, (void)err;
	*out = &read;
	*count = set == 2;
	return true;
}

static const struct ips_image pixels = { .blob = { .size = 123456789012 },
	.mime = "image/jpeg",
	.width = 1000,
	.height = 601,
	.resolution = 72 };
static const struct ips_asset image_asset = { .id = 739,
	.type_seq = 537,
	.type = IPS_TYPE_IMAGE,
	.subtype = "",
	.name = "mac book",
	.file_name = "mac.jpg",
	.company = 6,
	.folder = 1,
	.folder_path = "ApiTestCo/",
	.ready = true,
	.created = 1299020680177,
	.modified = 1299020680177,
	.created_by = "user@example.com",
	.modified_by = "user@example.com",
	.image = &pixels };

bool
ips_service_assets(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, const char *const *handles, size_t handle_count,
    const struct ips_asset ***out, size_t *count, struct ips_error *err)
{
	(void)call, (void)access, (void)err;
	g_snprintf(service->last, sizeof(service->last), "%zu %s", handle_count,
	    handle_count ? handles[0] : "-");
	service->assets[0] = &image_asset;
	*out = service->assets;
	*count = handle_count > 0;
	return true;
}

bool
ips_service_search(struct ips_service *service, const struct ips_call *call,
    const struct ips_search *search, const struct ips_asset ***out, size_t *count, int64_t *total,
    struct ips_error *err)
{
	(void)call, (void)err;
	g_snprintf(service->last, sizeof(service->last),
	    "folder=%s sub=%d names=%zu types=%zu%s page=%d/%d%s%s",
	    search->folder ? search->folder : "-", search->subfolders, search->name_count,
	    search->type_count, search->type_count ? search->types[0] : "", search->page,
	    search->per_page, search->narrow ? " narrow" : "", search->want_total ? " total" : "");
	for (size_t i = 0; i < search->condition_count; i++) {
		const struct ips_search_condition *condition = &search->conditions[i];
		char text[128];

		g_snprintf(text, sizeof(text), " (%s %s %s %s %s)", condition->field, condition->op,
		    condition->value ? condition->value : "-",
		    condition->min ? condition->min : "-", condition->max ? condition->max : "-");
		g_strlcat(service->last, text, sizeof(service->last));
	}
	service->assets[0] = &image_asset;
	*out = service->assets;
	*count = search->name_count == 0 || strcmp(search->names[0], "none") != 0;
	*total = (int64_t)*count;
	return true;
}

#endif
