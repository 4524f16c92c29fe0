/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What requests and answers of the IMS face have in common. */
#include "ims_priv.h"

#include <stdarg.h>
#include <string.h>

#define MAX_DEPTH 16
/* Fractions as short as they were written: 0.4, not 0.40000000000000002. */
#define FORM (JSON_COMPACT | JSON_REAL_PRECISION(6))

void
ims_decref(json_t **json)
{
	json_decref(*json);
	*json = NULL;
}

/* ---- Answers ---- */

static int
append(const char *text, size_t len, void *arg)
{
	g_string_append_len(arg, text, (gssize)len);
	return 0;
}

static void
fill(struct ips_http_response *response, int status, json_t *body)
{
	response->status = status;
	response->type = "application/json";
	response->body = g_string_new(NULL);
	json_dump_callback(body, append, response->body, FORM);
	json_decref(body);
}

void
ims_answer(struct ims *x, int status, json_t *body)
{
	fill(x->response, status, body);
}

bool
ims_refuse(struct ims *x, int status, const char *code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	g_autofree char *text = g_strdup_vprintf(fmt, args);
	va_end(args);
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	fill(x->response, status,
	    json_pack("{s:{s:s, s:s}}", "error", "message", valid, "code", code));
	return false;
}

bool
ims_gateway(struct ips_http_response *response, const char *id, int status, const char *code,
    const char *message)
{
	g_autofree char *valid = g_utf8_make_valid(message, -1);

	fill(response, status,
	    json_pack("{s:s, s:s, s:s}", "error_msg", valid, "error_code", code, "request_id",
		id != NULL ? id : ""));
	return false;
}

static int
status_of(const struct ips_fault_info *info, const char *code)
{
	if (strcmp(code, "IMG.0026") == 0)
		return 403;
	return info->http_status;
}

/* Who is not known hears it from the gateway, all else from the service. */
bool
ims_fault(struct ims *x, const struct ips_error *err)
{
	const struct ips_fault_info *info = ips_fault_info(err->fault);
	const char *code = info->ims != NULL ? info->ims : "IMG.0061";
	g_autofree char *why =
	    g_strdup_printf("Incorrect IAM authentication information: %s", err->reason);

	x->response->fault_code = info->code;
	if (err->detail[0] != '\0')
		IPS_LOG(IPS_LOG_ERROR, "ims", { "id", x->request->id },
		    { "path", x->request->path }, { "reason", err->reason },
		    { "detail", err->detail });
	if (info->kind == IPS_FAULT_AUTHENTICATION)
		return ims_gateway(x->response, x->request->id, 401, "APIGW.0301", why);
	return ims_refuse(x, status_of(info, code), code, "%s", err->reason);
}

const char *
ims_base_url(const struct ims *x)
{
	const char *host = ips_http_header(x->request, "Host");
	const char *url = x->face->public_url;
	size_t len = strlen(url);

	if (len == 0)
		return ips_arena_printf(x->mem, "%s://%s", x->request->tls ? "https" : "http",
		    host != NULL ? host : "localhost");
	return ips_arena_strndup(x->mem, url, url[len - 1] == '/' ? len - 1 : len);
}

json_t *
ims_time(int64_t ms)
{
	char text[IPS_TIME_LEN];

	ips_time_format(ms - (ms % 1000), text);
	return json_sprintf("%.*sZ", (int)strlen("2026-01-15T09:30:00"), text);
}

/* ---- Bodies ---- */

/* The parser calls itself for each level, so the levels are counted before it begins. */
static bool
is_flat(const char *text, size_t len)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']'))
			depth--;
		if (depth > MAX_DEPTH)
			return false;
	}
	return true;
}

static bool
is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

json_t *
ims_body(struct ims *x, json_type type)
{
	const char *text = x->request->body != NULL ? x->request->body : "";
	size_t len = x->request->body_len;
	json_error_t why = { .text = "it is nested too deeply" };
	json_t *json = NULL;

	if (is_blank(text, len)) {
		ims_refuse(x, 400, "IMG.0007", "The request body is empty.");
		return NULL;
	}
	if (is_flat(text, len))
		json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (json == NULL) {
		ims_refuse(
		    x, 400, "IMG.0001", "The request message format is invalid: %s", why.text);
		return NULL;
	}
	if (json_typeof(json) == type)
		return json;
	json_decref(json);
	ims_refuse(x, 400, "IMG.0001", "The request message format is invalid: not %s.",
	    type == JSON_OBJECT ? "an object" : "an array");
	return NULL;
}

bool
ims_text(struct ims *x, const json_t *object, const char *name, const char **out)
{
	const json_t *value = json_object_get(object, name);

	if (value != NULL && !json_is_string(value) && !json_is_null(value))
		return ims_refuse(x, 400, "IMG.0001",
		    "The request message format is invalid: %s is not a string.", name);
	*out = json_string_value(value);
	if (*out != NULL && **out == '\0')
		*out = NULL;
	return true;
}

/* ---- Queries ---- */

static char *
decode(struct ims *x, const char *text, size_t len)
{
	g_autofree char *copy = g_strndup(text, len);
	g_autofree char *plain =
	    g_uri_unescape_string(g_strdelimit(copy, "+", ' '), NULL); /* as forms write it */

	return plain != NULL && ips_utf8_valid(plain, strlen(plain))
		   ? ips_arena_strdup(x->mem, plain)
		   : NULL;
}

bool
ims_query(struct ims *x, char ***out)
{
	g_auto(GStrv) part = g_strsplit(x->request->query, "&", -1);
	char **list = IPS_NEW_N(x->mem, char *, 2 * g_strv_length(part) + 1);
	size_t n = 0;

	for (size_t i = 0; part[i] != NULL; i++) {
		size_t len = strcspn(part[i], "=");
		const char *value = part[i][len] == '=' ? part[i] + len + 1 : part[i] + len;

		if (*part[i] == '\0')
			continue;
		list[n] = decode(x, part[i], len);
		list[n + 1] = decode(x, value, strlen(value));
		if (list[n] == NULL || list[n + 1] == NULL)
			return ims_refuse(x, 400, "IMG.0017", "The URL format is incorrect.");
		n += 2;
	}
	*out = list;
	return true;
}

/* ---- Names and descriptions ---- */

static bool
is_name_character(gunichar c)
{
	return (c < 0x80 && (g_ascii_isalnum((char)c) || strchr("-._ ", (int)c) != NULL)) ||
	       g_unichar_get_script(c) == G_UNICODE_SCRIPT_HAN;
}

bool
ims_name_good(struct ims *x, const char *name)
{
	if (name == NULL)
		return ims_refuse(x, 400, "IMG.0013", "The image name is not specified.");
	if (g_utf8_strlen(name, -1) > IMS_MAX_NAME)
		return ims_refuse(x, 400, "IMG.0002", "The image name has more than %d characters.",
		    IMS_MAX_NAME);
	if (*name == ' ' || g_str_has_suffix(name, " "))
		return ims_refuse(
		    x, 400, "IMG.0003", "The image name begins or ends with a space.");
	for (const char *p = name; *p != '\0'; p = g_utf8_next_char(p))
		if (!is_name_character(g_utf8_get_char(p)))
			return ims_refuse(x, 400, "IMG.0003",
			    "The image name may have letters, digits, spaces, '-', '.' and '_', "
			    "not as in '%s'.",
			    name);
	return true;
}

bool
ims_description_good(struct ims *x, const char *text)
{
	if (text == NULL)
		return true;
	if (g_utf8_strlen(text, -1) > 1024)
		return ims_refuse(
		    x, 400, "IMG.0004", "The description has more than 1024 characters.");
	if (strpbrk(text, "\r\n<>") != NULL)
		return ims_refuse(x, 400, "IMG.0054",
		    "The description may have no line ends and neither '<' nor '>'.");
	return true;
}
