/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_MAX 200 /* bytes of a client's own text */

/* Parameters whose values are nobody's business; matched anywhere in the name. */
static const char *const secrets[] = { "password", "passwd", "token", "secret", "signature",
	"authorization", "apikey", "api_key", "hmac" };

static bool
is_secret(const char *name, size_t len)
{
	char lower[64];

	len = MIN(len, sizeof(lower) - 1);
	for (size_t i = 0; i < len; i++)
		lower[i] = g_ascii_tolower(name[i]);
	lower[len] = '\0';
	for (size_t i = 0; i < IPS_NELEM(secrets); i++) {
		if (strstr(lower, secrets[i]) != NULL)
			return true;
	}
	return false;
}

static void
append(char out[TEXT_MAX + 1], size_t *used, const char *text, size_t len)
{
	len = MIN(len, TEXT_MAX - *used);
	memcpy(out + *used, text, len);
	*used += len;
	out[*used] = '\0';
}

/* Percent signs in a name can hide the word: such a name is a secret, too. */
static const char *
safe_query(const char *query, char out[TEXT_MAX + 1])
{
	size_t used = 0;

	out[0] = '\0';
	while (*query != '\0' && used < TEXT_MAX) {
		size_t pair = strcspn(query, "&;"), name = MIN(strcspn(query, "="), pair);
		bool hide =
		    name < pair && (is_secret(query, name) || memchr(query, '%', name) != NULL);
		append(out, &used, query, hide ? name + 1 : pair);
		if (hide)
			append(out, &used, "***", 3);
		query += pair;
		if (*query != '\0')
			append(out, &used, query++, 1);
	}
	return used > 0 ? out : NULL;
}

static const char *
cut(const char *text, char out[TEXT_MAX + 1])
{
	if (text == NULL || strlen(text) <= TEXT_MAX)
		return text;
	g_strlcpy(out, text, TEXT_MAX + 1);
	return out;
}

static const char *
ending(const struct exchange *exchange, enum MHD_RequestTerminationCode how)
{
	static const char *const words[] = {
		[MHD_REQUEST_TERMINATED_WITH_ERROR] = "error",
		[MHD_REQUEST_TERMINATED_TIMEOUT_REACHED] = "timeout",
		[MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN] = "stopped",
		[MHD_REQUEST_TERMINATED_READ_ERROR] = "client",
		[MHD_REQUEST_TERMINATED_CLIENT_ABORT] = "client",
	};

	if (atomic_load(&exchange->connection->turn) == TURN_CUT)
		return "slow";
	if (exchange->raw_reply || (unsigned)how >= IPS_NELEM(words))
		return NULL;
	return words[how];
}

/* What the library refused by itself never reached us, so its status is not known. */
int
exchange_status(const struct exchange *exchange)
{
	return exchange->phase == PHASE_SENT || exchange->raw_reply ? exchange->response.status : 0;
}

static const char *
status_text(const struct exchange *exchange, char out[8])
{
	int status = exchange_status(exchange);

	g_snprintf(out, 8, "%d", status);
	return status > 0 ? out : NULL;
}

/* ---- What clients call their requests ---- */

#define CLIENT_ID_MAX 64

/* Beside ours, never instead of it: nobody can make two requests look like one. */
static const char *
client_id(const struct ips_http_request *request)
{
	const char *id = ips_http_header(request, "X-Request-Id");
	size_t len = id != NULL ? strlen(id) : 0;

	if (len == 0 || len > CLIENT_ID_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(id[i]) && strchr("-._:", id[i]) == NULL)
			return NULL;
	return id;
}

static bool
is_hex(const char *text, size_t len)
{
	return strspn(text, "0123456789abcdef") >= len;
}

/* Of "00-<trace>-<span>-<flags>". Source: W3C Trace Context, traceparent. */
static const char *
trace_id(const struct ips_http_request *request, char out[33])
{
	const char *parent = ips_http_header(request, "traceparent");

	if (parent == NULL || strlen(parent) != 55 || parent[2] != '-' || parent[35] != '-' ||
	    parent[52] != '-' || !is_hex(parent, 2) || !is_hex(parent + 3, 32) ||
	    !is_hex(parent + 36, 16) || !is_hex(parent + 53, 2))
		return NULL;
	g_strlcpy(out, parent + 3, 33);
	return out;
}

/* ---- Slow ones ---- */

#define MS_LEN 32

static const char *
ms_text(int64_t us, char out[MS_LEN])
{
	g_snprintf(out, MS_LEN, "%" PRId64 ".%03d", us / 1000, (int)(us % 1000));
	return out;
}

void
log_slow(const struct exchange *exchange)
{
	const struct ips_http_request *request = &exchange->request;
	const struct ips_http_response *response = &exchange->response;
	const struct ips_trace *trace = ips_arena_trace(request->mem);
	int64_t limit_us = exchange->connection->http->settings.slow_ms * INT64_C(1000);
	int64_t took_us = exchange->answered_us - exchange->complete_us;
	char ms[MS_LEN], queue[MS_LEN], stage[IPS_SPAN_COUNT][MS_LEN];
	char operation[TEXT_MAX + 1], company[TEXT_MAX + 1];

	if (limit_us == 0 || took_us < limit_us)
		return;
	for (int i = 0; i < IPS_SPAN_COUNT; i++)
		ms_text(trace->span_us[i], stage[i]);
	IPS_LOG(IPS_LOG_WARNING, "slow", { "id", request->id },
	    { "operation", cut(response->operation, operation) },
	    { "company", cut(response->company, company) }, { "asset", trace->asset },
	    { "ms", ms_text(took_us, ms) },
	    { "queue", ms_text(exchange->taken_us - exchange->complete_us, queue) },
	    { "auth", stage[IPS_SPAN_AUTH] }, { "plan", stage[IPS_SPAN_PLAN] },
	    { "wait", stage[IPS_SPAN_WAIT] }, { "render", stage[IPS_SPAN_RENDER] },
	    { "store", stage[IPS_SPAN_STORE] }, { "commit", stage[IPS_SPAN_COMMIT] },
	    { "steps", trace->plan != NULL ? trace->describe(request->mem, trace->plan) : NULL });
}

/* ---- All ---- */

void
log_exchange(const struct exchange *exchange, enum MHD_RequestTerminationCode how)
{
	const struct ips_http_request *request = &exchange->request;
	const struct ips_http_response *response = &exchange->response;
	int64_t took_us = ips_monotonic_us() - request->started_us;
	char status[8], fault[16], ms[MS_LEN], in[24], out[24], trace[33];
	char path[TEXT_MAX + 1], query[TEXT_MAX + 1], method[TEXT_MAX + 1];
	char operation[TEXT_MAX + 1], user[TEXT_MAX + 1], company[TEXT_MAX + 1];

	if (!exchange->connection->http->settings.access_log)
		return;
	g_snprintf(fault, sizeof(fault), "%d", response->fault_code);
	g_snprintf(in, sizeof(in), "%" PRIu64, exchange->bytes_in);
	g_snprintf(out, sizeof(out), "%" PRIu64, exchange->bytes_out);
	IPS_LOG(IPS_LOG_INFO, "request", { "id", request->id },
	    { "method", cut(request->method, method) }, { "path", cut(request->path, path) },
	    { "query", safe_query(request->query, query) }, { "peer", request->peer },
	    { "operation", cut(response->operation, operation) },
	    { "user", cut(response->user, user) }, { "company", cut(response->company, company) },
	    { "status", status_text(exchange, status) },
	    { "fault", response->fault_code ? fault : NULL }, { "ms", ms_text(took_us, ms) },
	    { "in", in }, { "out", out }, { "client_id", client_id(request) },
	    { "trace", trace_id(request, trace) }, { "ended", ending(exchange, how) });
}
