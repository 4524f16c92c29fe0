/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The IMS face: which address is which endpoint, and who may come in. Source: the vendor's API;
 * what it leaves open is said where it is decided. */
#include "ims_priv.h"

#include <string.h>

#define MAX_BODY ((size_t)64 * 1024)

/* operation: the published one whose roles count; NULL: whoever comes, without proof. */
static const struct endpoint {
	const char *method, *path;
	ims_endpoint *run;
	const char *operation, *log;
} endpoints[] = {
	{ "POST", "/v1/cloudimages/*/copy", ims_copy, "copyImage", "ims.copy" },
	{ "POST", "/v2.1/cloudimages/*/copy", ims_copy, "copyImage", "ims.copy" },
	{ "GET", "/v1/cloudimages/quota", ims_quota, "searchAssets", "ims.quota" },
	{ "GET", "/v1/cloudimages/job/*", ims_job, "getAssets", "ims.job" },
	{ "GET", "/v1/*/jobs/*", ims_project_job, "getAssets", "ims.job" },
	{ "GET", "/v2/cloudimages", ims_list, "searchAssets", "ims.list" },
	{ "PATCH", "/v2/cloudimages/*", ims_change, "batchSetImageFields", "ims.change" },
	{ "GET", "/v2/images", ims_list_glance, "searchAssets", "ims.list" },
	{ "GET", "/v2/images/*", ims_show, "getAssets", "ims.show" },
	{ "GET", "/v2/images/*/file", ims_file, "getAssets", "ims.file" },
	{ "PATCH", "/v2/images/*", ims_change, "batchSetImageFields", "ims.change" },
	{ "DELETE", "/v2/images/*", ims_delete, "deleteAsset", "ims.delete" },
	{ "GET", "/v2/schemas/image", ims_schema_image, "getAssets", "ims.schema" },
	{ "GET", "/v2/schemas/images", ims_schema_images, "getAssets", "ims.schema" },
	{ "GET", "/", ims_versions, NULL, "ims.versions" },
	{ "GET", "/v2", ims_version2, NULL, "ims.versions" },
	{ "GET", "/v3", ims_identity, NULL, "identity.version" },
	{ "POST", "/v3/auth/tokens", ims_login, NULL, "identity.login" },
	{ "GET", "/v3/auth/tokens", ims_token_show, NULL, "identity.token" },
	{ "DELETE", "/v3/auth/tokens", ims_token_revoke, NULL, "identity.token" },
};

/* ---- Which endpoint ---- */

static bool
take_segment(struct ims *x, const char *text, size_t len, int *taken)
{
	g_autofree char *plain = g_uri_unescape_segment(text, text + len, "/");

	if (len == 0 || plain == NULL || !ips_utf8_valid(plain, strlen(plain)))
		return false;
	x->segment[(*taken)++] = ips_arena_strdup(x->mem, plain);
	return true;
}

/* A final slash more is none. */
static bool
matches(struct ims *x, const char *pattern, const char *path)
{
	int taken = 0;

	for (;;) {
		if (*pattern == '*') {
			size_t len = strcspn(path, "/");

			if (!take_segment(x, path, len, &taken))
				return false;
			path += len;
			pattern++;
		} else if (*pattern == '\0') {
			return *path == '\0' || strcmp(path, "/") == 0;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
}

/* HEAD is a GET whose body the server keeps. *known: another method would have matched. */
static const struct endpoint *
find_endpoint(struct ims *x, bool *known)
{
	const char *method = x->request->method;

	*known = false;
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (size_t i = 0; i < IPS_NELEM(endpoints); i++) {
		if (!matches(x, endpoints[i].path, x->request->path))
			continue;
		*known = true;
		if (strcmp(endpoints[i].method, method) == 0)
			return &endpoints[i];
	}
	return NULL;
}

static void
no_endpoint(struct ims *x, bool known)
{
	if (known)
		ims_gateway(x->response, x->request->id, 405, "APIGW.0101",
		    "This method is not allowed here.");
	else
		ims_gateway(x->response, x->request->id, 404, "APIGW.0101",
		    "The API does not exist or has not been published in the environment.");
}

/* ---- Who comes in ---- */

static const char *
signed_header(const void *arg, const char *name)
{
	return ips_http_header(arg, name);
}

static bool
prove(struct ims *x, struct ips_error *err)
{
	const struct ips_http_request *request = x->request;
	const char *token = ips_http_header(request, "X-Auth-Token");
	const struct ips_signed_request sent = {
		.method = request->method,
		.path = request->path,
		.query = request->query,
		.body = request->body != NULL ? request->body : "",
		.body_len = request->body_len,
		.header = signed_header,
		.arg = request,
	};

	if (token != NULL && *token != '\0')
		return ips_service_token_check(x->service, x->mem, token, &x->proven, err);
	if (ips_http_header(request, "Authorization") != NULL)
		return ips_service_signature_check(x->service, x->mem, &sent, &x->proven, err);
	return ips_fail(err, IPS_NO_CREDENTIALS, "x-auth-token not found");
}

/* Nobody is asked for his name here, so that all who guess at one address are one. */
void
ims_hold_back(struct ims *x, const struct ips_error *err)
{
	if (err->fault == IPS_INVALID_CREDENTIALS)
		x->response->delay_ms = ips_service_refused(x->service, x->request->peer);
}

static bool
enter(struct ims *x, const char *operation, struct ips_error *err)
{
	const struct ips_request request = {
		.mem = x->mem,
		.proven = &x->proven,
		.address = x->request->peer,
		.operation = operation,
		.offered = true,
		.idempotency_key = ips_http_header(x->request, "Idempotency-Key"),
	};
	bool entered = ips_service_enter(x->service, &request, &x->call, err);

	if (x->call.user != NULL)
		x->response->user = x->call.user->email;
	if (x->call.company != NULL)
		x->response->company = x->call.company->name;
	return entered;
}

/* The published order: who is calling, then whether there is such an address, then what he may. */
static void
serve(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };
	int64_t began_us;
	bool known, proven;
	const struct endpoint *endpoint = find_endpoint(x, &known);

	x->response->operation = endpoint != NULL ? endpoint->log : "ims";
	x->response->counted = endpoint != NULL ? endpoint->log : "unknown";
	if (endpoint != NULL && endpoint->operation == NULL) {
		endpoint->run(x);
		return;
	}
	began_us = ips_monotonic_us();
	proven = prove(x, &err);
	ips_trace_add(x->mem, IPS_SPAN_AUTH, began_us);
	if (!proven) {
		ims_hold_back(x, &err);
		ims_fault(x, &err);
		return;
	}
	if (endpoint == NULL) {
		no_endpoint(x, known);
		return;
	}
	if (!enter(x, endpoint->operation, &err)) {
		ims_fault(x, &err);
		return;
	}
	const char *project = ips_http_header(x->request, "X-Project-Id");
	if (project != NULL && *project != '\0' &&
	    g_ascii_strcasecmp(project,
		ips_service_id(x->service, x->mem, IPS_ID_PROJECT, x->call.company->id)) != 0) {
		ims_refuse(x, 400, "IMG.0030", "The project ID is not the one of the token.");
		return;
	}
	endpoint->run(x);
}

static void
handle(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	struct ims_face *face = arg;
	struct ims x = {
		.service = face->service,
		.face = face,
		.request = request,
		.response = response,
		.mem = request->mem,
	};

	(void)worker;
	ips_http_add_header(response, "Cache-Control", "no-store");
	ips_service_view_begin(face->service);
	serve(&x);
	ips_service_view_end(face->service);
}

static void
refuse(void *arg, const struct ips_error *err, struct ips_http_response *response)
{
	(void)arg;
	response->operation = "ims";
	ims_gateway(response, response->id, response->status, "APIGW.0201", err->reason);
}

void
ims_routes(struct ims_face *face, struct ips_http_route out[IMS_ROUTES])
{
	static const struct {
		const char *prefix;
		bool exact;
	} rows[IMS_ROUTES] = {
		{ "/", true },
		{ "/v1/", false },
		{ "/v2", true },
		{ "/v2/", false },
		{ "/v2.1/", false },
		{ "/v3", true },
		{ "/v3/", false },
		{ "/v1", true },
	};

	for (size_t i = 0; i < IMS_ROUTES; i++)
		out[i] = (struct ips_http_route){
			.methods = "GET HEAD POST PUT PATCH DELETE",
			.prefix = rows[i].prefix,
			.exact = rows[i].exact,
			.max_body = MAX_BODY,
			.handle = handle,
			.refuse = refuse,
			.arg = face,
			.face = "ims",
		};
}
