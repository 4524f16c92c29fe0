/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Versions, and tokens in exchange for a password. Source: OpenStack Identity v3, as far as clients
 * of the image face go: users are ours by e-mail, projects are companies, and there is one domain.
 */
#include "ims_priv.h"

#include <string.h>

#define DOMAIN "openips"

/* ---- Versions ---- */

static json_t *
version(struct ims *x, const char *id, const char *status, const char *path)
{
	return json_pack("{s:s, s:s, s:[{s:s, s:o}]}", "id", id, "status", status, "links", "rel",
	    "self", "href", json_sprintf("%s%s", ims_base_url(x), path));
}

void
ims_versions(struct ims *x)
{
	ims_answer(x, 300,
	    json_pack("{s:[o, o]}", "versions", version(x, "v2", "CURRENT", "/v2/"),
		version(x, "v1", "SUPPORTED", "/v1/")));
}

void
ims_version2(struct ims *x)
{
	ims_answer(x, 200, json_pack("{s:o}", "version", version(x, "v2", "CURRENT", "/v2/")));
}

void
ims_identity(struct ims *x)
{
	ims_answer(x, 200, json_pack("{s:o}", "version", version(x, "v3.14", "stable", "/v3/")));
}

/* ---- Tokens ---- */

static void
not_known(struct ims *x, const struct ips_error *err)
{
	ims_answer(x, 401,
	    json_pack("{s:{s:i, s:s, s:s}}", "error", "code", 401, "title", "Unauthorized",
		"message", "The request you have made requires authentication."));
	x->response->fault_code = ips_fault_info(err->fault)->code;
	IPS_LOG(IPS_LOG_INFO, "login", { "id", x->request->id }, { "reason", err->reason });
}

static json_t *
keystone_time(int64_t ms)
{
	char text[IPS_TIME_LEN];

	ips_time_format(ms, text);
	text[strlen(text) - 1] = '\0'; /* Z, to come after the microseconds */
	return json_sprintf("%s000Z", text);
}

static json_t *
domain(struct ims *x)
{
	return json_pack("{s:s, s:s}", "id", ips_service_id(x->service, x->mem, IPS_ID_DOMAIN, 1),
	    "name", DOMAIN);
}

static json_t *
service(struct ims *x, const char *type, const char *name, const char *path)
{
	return json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s, s:o}]}", "type", type, "name",
	    name, "id", name, "endpoints", "id", name, "interface", "public", "region", IPS_REGION,
	    "region_id", IPS_REGION, "url", json_sprintf("%s%s", ims_base_url(x), path));
}

static json_t *
token_json(struct ims *x, const struct ips_token *token, const char *method)
{
	const struct ips_user *user = token->user;
	const char *project =
	    ips_service_id(x->service, x->mem, IPS_ID_PROJECT, token->company->id);

	return json_pack(
	    "{s:{s:o, s:o, s:[s], s:{s:s, s:s, s:o}, s:{s:s, s:s, s:o}, s:[{s:s, s:s}], s:[o, o]}}",
	    "token", "expires_at", keystone_time(token->expires), "issued_at",
	    keystone_time(token->issued), "methods", method, "project", "id", project, "name",
	    token->company->name, "domain", domain(x), "user", "id",
	    ips_service_id(x->service, x->mem, IPS_ID_USER, user->id), "name", user->email,
	    "domain", domain(x), "roles", "id", "member", "name", "member", "catalog",
	    service(x, "image", "glance", ""), service(x, "identity", "keystone", "/v3"));
}

static const json_t *
member(const json_t *from, const char *path)
{
	g_auto(GStrv) name = g_strsplit(path, "/", -1);

	for (size_t i = 0; name[i] != NULL; i++)
		from = json_object_get(from, name[i]);
	return from;
}

static bool
has_method(const json_t *body, const char *method)
{
	const json_t *methods = member(body, "auth/identity/methods"), *item;
	size_t i;

	json_array_foreach(methods, i, item)
	{
		if (json_is_string(item) && strcmp(json_string_value(item), method) == 0)
			return true;
	}
	return false;
}

static const char *
text(const json_t *body, const char *path)
{
	return json_string_value(member(body, path));
}

/* False: not a request for a token. */
static bool
read_login(struct ims *x, const json_t *body, struct ips_login *out)
{
	*out = (struct ips_login){
		.project = text(body, "auth/scope/project/name"),
		.project_id = text(body, "auth/scope/project/id"),
		.address = x->request->peer,
	};
	if (has_method(body, "token"))
		out->token = text(body, "auth/identity/token/id");
	if (has_method(body, "password")) {
		out->user = text(body, "auth/identity/password/user/name");
		out->user_id = text(body, "auth/identity/password/user/id");
		out->password = text(body, "auth/identity/password/user/password");
	}
	return out->token != NULL ||
	       ((out->user != NULL || out->user_id != NULL) && out->password != NULL);
}

static void
malformed(struct ims *x)
{
	ims_answer(x, 400,
	    json_pack("{s:{s:i, s:s, s:s}}", "error", "code", 400, "title", "Bad Request",
		"message", "Expecting to find auth.identity with method password or token."));
}

void
ims_login(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };
	IPS_CLEANUP(ims_decref) json_t *body = NULL;
	struct ips_login login;
	struct ips_token token;
	int64_t began_us;
	bool known;

	body = ims_body(x, JSON_OBJECT);
	if (body == NULL)
		return;
	if (!read_login(x, body, &login)) {
		malformed(x);
		return;
	}
	x->response->user = ips_arena_strdup(x->mem, login.user);
	began_us = ips_monotonic_us();
	known = ips_service_login(x->service, x->mem, &login, &token, &x->response->delay_ms, &err);
	ips_trace_add(x->mem, IPS_SPAN_AUTH, began_us);
	if (!known) {
		if (ips_fault_info(err.fault)->kind == IPS_FAULT_AUTHENTICATION)
			not_known(x, &err);
		else
			ims_fault(x, &err);
		return;
	}
	ips_http_add_header(x->response, "X-Subject-Token", token.text);
	ims_answer(x, 201, token_json(x, &token, login.token != NULL ? "token" : "password"));
}

/* Whoever holds a token may ask about it. */
static const char *
subject(struct ims *x)
{
	const char *token = ips_http_header(x->request, "X-Subject-Token");

	return token != NULL ? token : ips_http_header(x->request, "X-Auth-Token");
}

void
ims_token_show(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };
	const char *sent = subject(x);
	struct ips_token token;

	if (sent != NULL && ips_service_token_read(x->service, x->mem, sent, &token, &err)) {
		ips_http_add_header(x->response, "X-Subject-Token", sent);
		ims_answer(x, 200, token_json(x, &token, "password"));
	} else {
		ims_hold_back(x, &err);
		not_known(x, &err);
	}
}

void
ims_token_revoke(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };
	const char *sent = subject(x);

	if (sent != NULL && ips_service_token_revoke(x->service, sent, &err))
		x->response->status = 204;
	else
		not_known(x, &err);
}
