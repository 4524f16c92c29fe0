/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests to the image copy face and the image face, without a socket: "METHOD /path?query", a
 * header a line, an empty line, the body. What says it is JSON is; and what is signed is read. */
#include "openips/identity.h"
#include "site.h"

#include <jansson.h>
#include <string.h>

/* Cuts a line off; the text ends where it ended. */
static char *
take_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	*text = end != NULL ? end + 1 : line + strlen(line);
	if (end != NULL)
		*end = '\0';
	return line;
}

static bool
read_request(char *text, size_t len, struct fuzz_request *out)
{
	const char *all = text;
	char *line = take_line(&text), *target = strchr(line, ' '), *query;

	if (target == NULL || target[1] != '/')
		return false;
	*target++ = '\0';
	query = strchr(target, '?');
	if (query != NULL)
		*query++ = '\0';
	*out = (struct fuzz_request){
		.method = line, .path = target, .query = query != NULL ? query : ""
	};
	while (*(line = take_line(&text)) != '\0') {
		char *value = strchr(line, ':');

		if (value == NULL || out->headers == IPS_NELEM(out->header))
			return false;
		*value++ = '\0';
		if (g_ascii_strcasecmp(line, "Host") == 0 && !g_str_is_ascii(value))
			return false; /* the server lets none through */
		out->header[out->headers++] =
		    (struct fuzz_header){ line, value + strspn(value, " ") };
	}
	out->body = text;
	out->body_len = len - (size_t)(text - all);
	return true;
}

static const char *
header_of(const void *arg, const char *name)
{
	const struct fuzz_request *request = arg;

	for (size_t i = 0; i < request->headers; i++)
		if (g_ascii_strcasecmp(request->header[i].name, name) == 0)
			return request->header[i].value;
	return NULL;
}

/* Beyond what an unknown key would let it come to: the canonical form and the comparison. */
static void
check_signature(const struct fuzz_request *request, const void *data, size_t len)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_signed_request sent = { .method = request->method,
		.path = request->path,
		.query = request->query,
		.body = request->body,
		.body_len = request->body_len,
		.header = header_of,
		.arg = request };
	struct ips_error err = { .fault = IPS_OK };
	struct ips_signature signature;

	if (!ips_signature_read(mem, &sent, &signature, &err)) {
		FUZZ_NEED(fuzz_can_be_shown(err.reason), data, len);
		return;
	}
	(void)!ips_signature_fresh(&signature, 1700000000000, &err);
	FUZZ_NEED(!ips_signature_verify(mem, &sent, &signature, "secret", &err), data, len);
}

static void
check_json(const struct ips_http_response *response, const void *data, size_t len)
{
	if (response == NULL || response->body == NULL || response->type == NULL ||
	    strcmp(response->type, "application/json") != 0)
		return;
	json_t *json = json_loadb(response->body->str, response->body->len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	FUZZ_NEED(json != NULL, data, len);
	json_decref(json);
}

static void *
open_site(void)
{
	return fuzz_site_open(false);
}

static void
run(void *arg, const uint8_t *data, size_t len)
{
	struct fuzz_site *site = arg;
	struct fuzz_request request;
	size_t filled;

	fuzz_site_next(site);
	g_autofree char *text = fuzz_site_fill(site, data, len, &filled);
	if (!read_request(text, filled, &request))
		return;
	check_signature(&request, data, len);
	check_json(fuzz_site_ask(site, &request, data, len), data, len);
}

/* ---- Seeds ---- */

#define TOKEN "X-Auth-Token: @TOKEN@\n"
#define TOKENS                                                                                     \
	"POST /v3/auth/tokens\nHost: a\n\n{\"auth\":{\"identity\":{\"methods\":[\"password\"],"    \
	"\"password\":{\"user\":{\"name\":\"demo@openips.example\",\"password\":"                  \
	"\"" IPS_DEMO_PASSWORD "\",\"domain\":{\"name\":\"openips\"}}}},"
#define SIGNED(parts)                                                                              \
	"X-Sdk-Date: 20231114T221320Z\nAuthorization: SDK-HMAC-SHA256 " parts                      \
	"SignedHeaders=host;x-sdk-date, Signature=0123456789abcdef\n"

static const char *const requests[] = {
	"POST /v1/cloudimages/@IMAGE@/copy\n" TOKEN "\n{\"name\":\"copy\",\"description\":\"d\"}",
	"POST /v2.1/cloudimages/@IMAGE@/copy\n" TOKEN "X-Project-Id: @PROJECT@\n\n{\"name\":\"c\","
	"\"cmk_id\":\"0b2a3c4d-0000-0000-0000-000000000000\",\"enterprise_project_id\":\"0\"}",
	"GET /v1/cloudimages/quota\n" TOKEN "\n",
	"GET /v1/cloudimages/job/0123456789abcdef0123456789abcdef\n" TOKEN "\n",
	"GET /v1/@PROJECT@/jobs/0123456789abcdef0123456789abcdef\n" TOKEN "\n",
	"GET "
	"/v2/cloudimages?limit=2&sort_key=name&sort_dir=asc&name=mug&__imagetype=private\n" TOKEN
	"\n",
	"GET /v2/cloudimages?created_at=gte:2020-01-01T00:00:00Z&marker=@IMAGE@&tag=a\n" TOKEN "\n",
	"GET /v2/images?id=@IMAGE@&status=active&visibility=private&updated_at=lt%3A2030-01-01T00"
	"%3A00%3A00Z\n" TOKEN "\n",
	"PATCH /v2/cloudimages/@IMAGE@\n" TOKEN
	"\n[{\"op\":\"replace\",\"path\":\"/name\",\"value\":"
	"\"n\"},{\"op\":\"add\",\"path\":\"/min_disk\",\"value\":3},{\"op\":\"remove\",\"path\":"
	"\"/hw_vif_multiqueue_enabled\"}]",
	"GET /v2/images/@IMAGE@\n" TOKEN "\n",
	"GET /v2/images/@IMAGE@/file\n" TOKEN "\n",
	"DELETE /v2/images/@IMAGE@\n" TOKEN "\n",
	"GET /v2/schemas/image\n" TOKEN "\n",
	"GET /v2/schemas/images\n" TOKEN "\n",
	"GET /\n\n",
	"GET /v3\nHost: a.example:80\n\n",
	TOKENS "\"scope\":{\"project\":{\"name\":\"ApiTestCo\"}}}}",
	TOKENS "\"scope\":{\"project\":{\"id\":\"@PROJECT@\"}}}}",
	"POST "
	"/v3/auth/tokens\n\n{\"auth\":{\"identity\":{\"methods\":[\"token\"],\"token\":{\"id\":"
	"\"@TOKEN@\"}}}}",
	"GET /v3/auth/tokens\n" TOKEN "X-Subject-Token: @TOKEN@\n\n",
	"DELETE /v3/auth/tokens\n" TOKEN "X-Subject-Token: abc\n\n",
	"GET /v2/images?a=%20b&a=c&%C3%A4=\nHost: a\n" SIGNED("Access=@ACCESS@, ") "\n",
	"POST /v1/cloudimages/@IMAGE@/copy\nHost: a\n"
	"X-Sdk-Content-Sha256: UNSIGNED-PAYLOAD\n" SIGNED(
	    "Credential=@ACCESS@/20231114/eu-de/ims/sdk_request, ") "\n{\"name\":\"signed\"}",
	"GET /is/image/ApiTestCo/mug?wid=100&fmt=png\nIf-None-Match: \"a\"\n\n",
	"HEAD /is/image/ApiTestCo/mug?req=props,json&scl=2\n\n",
	"GET /is/image/ApiTestCo/laptop?layer=1&src=is{ApiTestCo/mug?wid=10}&text=a\n\n",
	"GET /is/image?src=ApiTestCo/mug&req=xmp\n\n",
	"GET /is/image/ApiTestCo/mug?req=tmb&map=rect,0,0,1,1\n\n",
	"GET /healthz\n\n",
	"GET /metrics\n\n",
	"GET /help/modifiers\n\n",
	"GET /scene7/webservice/IpsApi-2014-04-03.wsdl?soap=1.1\nHost: a\n\n",
	"GET /scene7/services/IpsApiService?wsdl&url=http://a/b\nHost: a\n\n",
};

static void
seeds(GPtrArray *out)
{
	for (size_t i = 0; i < IPS_NELEM(requests); i++)
		fuzz_add_text(out, requests[i]);
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "@TOKEN@", "@IMAGE@", "@PROJECT@", "@ACCESS@",
		"X-Auth-Token: ", "X-Project-Id: ", "X-Sdk-Date: ", "X-Sdk-Content-Sha256: ",
		"Authorization: ", "SDK-HMAC-SHA256 ", "Basic ",
		"Signature=", "SignedHeaders=", "Access=", "Credential=", "/sdk_request",
		"If-None-Match: ", "GET ", "POST ", "PATCH ", "DELETE ", "HEAD ", "%00", "%2f",
		"%c3%a4", "%", "+", "&", "?", "//", "{\"", "\":", "[{", "}]", "null", "true",
		"1e999", "-0", "\\u0000", "\\ud800", "\"op\":\"replace\"", "\"path\":\"/",
		"\"value\":", "limit=", "marker=", "sort_key=", "sort_dir=desc",
		"gte:", "created_at=", "__imagetype", "__isregistered", "min_ram", "req=", "props",
		"imageprops", "exists", "validate", "userdata", "mbrSet", "contents", ",json",
		",xml", "&id=", "handler=" };

	fuzz_add_words(out, list, IPS_NELEM(list));
	for (size_t i = 0; i < ips_trait_count; i++)
		g_ptr_array_add(out, g_strdup(ips_trait_table[i].name));
}

const struct fuzz_target fuzz_rest = { .name = "rest",
	.max_len = 4096,
	.cuts = 24,
	.open = open_site,
	.close = fuzz_site_close,
	.run = run,
	.seeds = seeds,
	.words = words };
