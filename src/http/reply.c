/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <string.h>
#include <unistd.h>

#define GZIP_MIN 1024 /* below, headers and CPU cost more than is saved */
#define POLICY   "Content-Security-Policy"
#define DOCUMENT_POLICY                                                                            \
	"default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"
#define GZIP_LEVEL 5

/* What the library frames or writes itself. */
static const char *const own_headers[] = { "Connection", "Content-Length", "Date", "Keep-Alive",
	"Transfer-Encoding", "Upgrade" };

void
ips_http_add_header(struct ips_http_response *response, const char *name, const char *value)
{
	if (response->headers == NULL)
		response->headers = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(response->headers, g_strdup(name));
	g_ptr_array_add(response->headers, g_strdup(value));
}

static const char *
header_of(const struct ips_http_response *response, const char *name)
{
	const GPtrArray *headers = response->headers;

	for (guint i = 0; headers != NULL && i + 1 < headers->len; i += 2) {
		if (g_ascii_strcasecmp(headers->pdata[i], name) == 0)
			return headers->pdata[i + 1];
	}
	return NULL;
}

/* ---- Compression ---- */

/* RFC 9110 12.4.2: "0", "0.5", "1.000". Anything but a plain zero counts as yes. */
static bool
is_zero(const char *weight, size_t len)
{
	return len > 0 && strspn(weight, "0.") >= len;
}

static bool
weight_allows(const char *params, const char *end)
{
	while (params < end) {
		params += strspn(params, "; \t");
		if (g_ascii_strncasecmp(params, "q=", 2) == 0)
			return !is_zero(params + 2, strcspn(params + 2, "; \t,"));
		params += strcspn(params, ";,");
		if (*params != ';')
			break;
	}
	return true;
}

bool
accepts_gzip(const char *at)
{
	bool any = false;

	while (at != NULL && *at != '\0') {
		const char *end, *params;
		size_t len;
		at += strspn(at, ", \t");
		end = at + strcspn(at, ",");
		len = strcspn(at, ",; \t");
		params = at + len;
		if ((len == 4 && g_ascii_strncasecmp(at, "gzip", 4) == 0) ||
		    (len == 6 && g_ascii_strncasecmp(at, "x-gzip", 6) == 0))
			return weight_allows(params, end);
		if (len == 1 && *at == '*')
			any = weight_allows(params, end);
		at = end;
	}
	return any;
}

static bool
is_text(const char *type)
{
	static const char *const kinds[] = { "json", "xml", "javascript" }; /* image/svg+xml too */
	size_t len;

	if (type == NULL)
		return false;
	if (g_ascii_strncasecmp(type, "text/", 5) == 0)
		return true;
	len = strcspn(type, ";");
	for (size_t i = 0; i < IPS_NELEM(kinds); i++) {
		if (g_strstr_len(type, (gssize)len, kinds[i]) != NULL)
			return true;
	}
	return false;
}

static z_stream *
deflater_new(void)
{
	z_stream *stream = g_new0(z_stream, 1);

	if (deflateInit2(stream, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK)
		return stream;
	g_free(stream);
	return NULL;
}

void
deflater_free(z_stream *stream)
{
	if (stream == NULL)
		return;
	deflateEnd(stream);
	g_free(stream);
}

/* NULL if it cannot be done; the body is sent as it is then. */
static GString *
gzip(const GString *plain, z_stream **deflater)
{
	z_stream *stream = deflater && *deflater ? *deflater : deflater_new();
	GString *packed = NULL;

	if (stream != NULL && plain->len < UINT32_MAX / 2) {
		packed = g_string_sized_new(deflateBound(stream, plain->len) + 1);
		stream->next_in = (Bytef *)plain->str;
		stream->avail_in = (uInt)plain->len;
		stream->next_out = (Bytef *)packed->str;
		stream->avail_out = (uInt)(packed->allocated_len - 1);
		if (deflate(stream, Z_FINISH) == Z_STREAM_END) {
			g_string_set_size(packed, stream->total_out);
		} else {
			g_string_free(packed, TRUE);
			packed = NULL;
		}
		deflateReset(stream);
	}
	if (deflater != NULL)
		*deflater = stream;
	else
		deflater_free(stream);
	return packed;
}

/* Another coding is another representation: a strong validator would be a lie (RFC 9110 8.8.3). */
static void
weaken_etag(struct ips_http_response *response)
{
	GPtrArray *headers = response->headers;

	for (guint i = 0; headers != NULL && i + 1 < headers->len; i += 2) {
		char *value = headers->pdata[i + 1];
		if (g_ascii_strcasecmp(headers->pdata[i], "ETag") != 0 || value[0] != '"')
			continue;
		headers->pdata[i + 1] = g_strconcat("W/", value, NULL);
		g_free(value);
	}
}

static void
compress_body(struct exchange *exchange, z_stream **deflater)
{
	struct ips_http_response *response = &exchange->response;
	bool choose = response->coding == IPS_CODING_ACCEPT && response->body &&
		      response->body->len >= GZIP_MIN && is_text(response->type);
	GString *packed;

	if (response->body == NULL || response->body->len == 0 ||
	    header_of(response, "Content-Encoding") != NULL)
		return;
	if (choose)
		ips_http_add_header(response, "Vary", "Accept-Encoding");
	if (response->coding != IPS_CODING_GZIP &&
	    !(choose && accepts_gzip(ips_http_header(&exchange->request, "Accept-Encoding"))))
		return;
	packed = gzip(response->body, deflater);
	if (packed == NULL)
		return;
	g_string_free(response->body, TRUE);
	response->body = packed;
	ips_http_add_header(response, "Content-Encoding", "gzip");
	weaken_etag(response);
}

/* ---- Replies ---- */

static void
free_body(void *body)
{
	g_string_free(body, TRUE);
}

void
reply_free(struct exchange *exchange)
{
	struct ips_http_response *response = &exchange->response;

	if (response->body != NULL)
		g_string_free(response->body, TRUE);
	if (response->fd >= 0)
		close(response->fd);
	if (response->headers != NULL)
		g_ptr_array_unref(response->headers);
	response->body = NULL;
	response->fd = -1;
	response->headers = NULL;
	if (exchange->reply != NULL)
		MHD_destroy_response(exchange->reply);
	exchange->reply = NULL;
}

static enum ips_fault
fault_of(int status)
{
	switch (status) {
	case 404:
		return IPS_NOT_FOUND;
	case 405:
	case 501:
		return IPS_UNSUPPORTED;
	case 413:
	case 431:
		return IPS_LIMIT;
	case 503:
		return IPS_BUSY;
	default:
		return IPS_INVALID_REQUEST_XML; /* it cannot even be read */
	}
}

void
reply_refuse(struct exchange *exchange, const struct refusal *refusal, const char *allow)
{
	struct ips_http_response *response = &exchange->response;
	struct ips_error err = { .fault = IPS_OK };

	reply_free(exchange);
	*response =
	    (struct ips_http_response){ .status = refusal->status, .fd = -1, .id = exchange->id };
	ips_fail(&err, fault_of(refusal->status), "%s", refusal->reason);
	if (exchange->route != NULL && exchange->route->refuse != NULL) {
		exchange->route->refuse(exchange->route->arg, &err, response);
	} else {
		response->type = "text/plain; charset=utf-8";
		response->body = g_string_new(refusal->reason);
		g_string_append_c(response->body, '\n');
	}
	if (allow != NULL)
		ips_http_add_header(response, "Allow", allow);
	if (refusal->status == 503 && header_of(response, "Retry-After") == NULL)
		ips_http_add_header(response, "Retry-After", "1");
}

static struct MHD_Response *
make_reply(struct exchange *exchange, bool bodiless)
{
	struct ips_http_response *response = &exchange->response;
	struct MHD_Response *reply = NULL;

	if (!bodiless && response->fd >= 0) {
		exchange->bytes_out = (uint64_t)response->fd_size;
		reply = MHD_create_response_from_fd_at_offset64(
		    (uint64_t)response->fd_size, response->fd, 0);
		if (reply != NULL)
			response->fd = -1;
	} else if (!bodiless && response->body != NULL) {
		exchange->bytes_out = response->body->len;
		reply = MHD_create_response_from_buffer_with_free_callback_cls(
		    response->body->len, response->body->str, free_body, response->body);
		if (reply != NULL)
			response->body = NULL;
	} else {
		static char nothing[1];
		reply = MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
	}
	if (strcmp(exchange->request.method, "HEAD") == 0)
		exchange->bytes_out = 0;
	return reply;
}

bool
reply_owns_header(const char *name)
{
	for (size_t i = 0; i < IPS_NELEM(own_headers); i++) {
		if (g_ascii_strcasecmp(own_headers[i], name) == 0)
			return true;
	}
	return false;
}

/* "Connection: close" is the one a face may ask for. */
static void
add_headers(struct MHD_Response *reply, const struct ips_http_response *response)
{
	const GPtrArray *headers = response->headers;

	for (guint i = 0; headers != NULL && i + 1 < headers->len; i += 2) {
		const char *name = headers->pdata[i], *value = headers->pdata[i + 1];
		if (!reply_owns_header(name) || g_ascii_strcasecmp(value, "close") == 0)
			MHD_add_response_header(reply, name, value);
	}
}

/* What a browser would run as a page of this server. */
static bool
is_document(const char *type)
{
	static const char *const kinds[] = { "text/html", "image/svg+xml",
		"application/xhtml+xml" };

	for (size_t i = 0; type != NULL && i < IPS_NELEM(kinds); i++)
		if (g_ascii_strncasecmp(type, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

static void
add_precautions(struct MHD_Response *reply, const struct ips_http_response *response)
{
	MHD_add_response_header(reply, "X-Content-Type-Options", "nosniff");
	if (is_document(response->type) && header_of(response, POLICY) == NULL)
		MHD_add_response_header(reply, POLICY, DOCUMENT_POLICY);
}

void
reply_build(struct exchange *exchange, z_stream **deflater)
{
	struct ips_http_response *response = &exchange->response;
	bool bodiless;

	if (response->status == 0)
		response->status = 200;
	if (response->status < 200 || response->status > 599)
		response->status = 500;
	bodiless = response->status == 204 || response->status == 304;
	if (!bodiless && response->fd < 0)
		compress_body(exchange, deflater);
	exchange->reply = make_reply(exchange, bodiless);
	exchange->answered_us = ips_monotonic_us();
	if (exchange->reply == NULL)
		return; /* out of memory: the connection is closed instead */
	MHD_add_response_header(exchange->reply, "Server", HTTP_SERVER_NAME);
	MHD_add_response_header(exchange->reply, "X-Request-Id", exchange->id);
	if (response->type != NULL && !bodiless)
		MHD_add_response_header(exchange->reply, "Content-Type", response->type);
	add_precautions(exchange->reply, response);
	add_headers(exchange->reply, response);
}
