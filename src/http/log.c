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
	if (strlen(text) <= TEXT_MAX)
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

void
log_exchange(const struct exchange *exchange, enum MHD_RequestTerminationCode how)
{
	const struct ips_http_request *request = &exchange->request;
	const struct ips_http_response *response = &exchange->response;
	int64_t took_us = ips_monotonic_us() - request->started_us;
	char status[8], fault[16], ms[32], in[24], out[24];
	char path[TEXT_MAX + 1], query[TEXT_MAX + 1], method[TEXT_MAX + 1];

	if (!exchange->connection->http->settings.access_log)
		return;
	g_snprintf(fault, sizeof(fault), "%d", response->fault_code);
	g_snprintf(ms, sizeof(ms), "%" PRId64 ".%03d", took_us / 1000, (int)(took_us % 1000));
	g_snprintf(in, sizeof(in), "%" PRIu64, exchange->bytes_in);
	g_snprintf(out, sizeof(out), "%" PRIu64, exchange->bytes_out);
	IPS_LOG(IPS_LOG_INFO, "request", { "id", request->id },
	    { "method", cut(request->method, method) }, { "path", cut(request->path, path) },
	    { "query", safe_query(request->query, query) }, { "peer", request->peer },
	    { "operation", response->operation }, { "user", response->user },
	    { "company", response->company }, { "status", status_text(exchange, status) },
	    { "fault", response->fault_code ? fault : NULL }, { "ms", ms }, { "in", in },
	    { "out", out }, { "ended", ending(exchange, how) });
}
