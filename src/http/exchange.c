/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <string.h>

static const struct refusal busy = { 503, "The server is busy. Try again soon.", false };

const char *
ips_http_header(const struct ips_http_request *request, const char *name)
{
	const struct exchange *exchange = request->headers;

	for (size_t i = 0; i < exchange->header_count; i++) {
		if (g_ascii_strcasecmp(exchange->headers[i].name, name) == 0)
			return exchange->headers[i].value;
	}
	return NULL;
}

static void
name_exchange(struct exchange *exchange)
{
	struct ips_http *http = exchange->connection->http;
	uint64_t number = atomic_fetch_add(&http->id_next, 1);
	static const char digits[] = "0123456789abcdef";

	/* Of the process, then of the request. */
	for (int i = 0; i < 8; i++)
		exchange->id[i] = digits[http->id_base >> (28 - 4 * i) & 15];
	for (int i = 0; i < 10; i++)
		exchange->id[8 + i] = digits[number >> (36 - 4 * i) & 15];
	exchange->id[18] = '\0';
}

/* The first the library tells of a request: its target as it was sent. It would go on to decode
 * and split the query, which is the faces' business: so its copy ends at the question mark. */
void *
exchange_begin(void *cls, const char *target, struct MHD_Connection *mhd)
{
	struct ips_http *http = cls;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *connection = info->socket_context;
	struct exchange *exchange = &connection->exchange;
	char *query;

	*exchange = (struct exchange){ .connection = connection,
		.mhd = mhd,
		.target = target,
		.target_len = strlen(target),
		.response = { .fd = -1 },
		.request = { .id = exchange->id,
		    .peer = connection->peer,
		    .tls = connection->session != NULL,
		    .headers = exchange } };
	name_exchange(exchange);
	exchange->request.mem = arena_take(http);
	ips_arena_trace(exchange->request.mem)->id = exchange->id;
	exchange->request.path = ips_arena_strdup(exchange->request.mem, target);
	exchange->request.query = "";
	exchange->request.method = exchange->request.version = "";
	exchange->request.started_us = ips_monotonic_us();
	query = strchr(target, '?');
	if (query != NULL)
		query[1] = '\0';
	/* The first request's time has been running since its first byte. */
	if (atomic_fetch_add(&connection->requests, 1) > 0)
		connection_until(
		    connection, exchange->request.started_us, http->settings.header_timeout_s);
	turn_from(connection, TURN_IDLE, TURN_READING);
	return exchange;
}

/* Whoever resumes with bytes to be read would have them read before its reply is asked for, and a
 * client that has closed its sending side would lose the answer. Connections with a timeout of
 * their own get their turn before anything is read. */
void
exchange_answer_first(struct exchange *exchange, bool first)
{
	MHD_set_connection_option(exchange->mhd, MHD_CONNECTION_OPTION_TIMEOUT,
	    (unsigned)exchange->connection->http->settings.idle_timeout_s + first);
}

static enum MHD_Result
send_reply(struct exchange *exchange)
{
	struct ips_http *http = exchange->connection->http;
	enum MHD_Result result;

	if (exchange->reply == NULL)
		return MHD_NO;
	if (atomic_load(&http->stopping) ||
	    (int)atomic_load(&exchange->connection->requests) >= http->settings.max_requests)
		MHD_add_response_header(exchange->reply, "Connection", "close");
	exchange->phase = PHASE_SENT;
	count_exchange(exchange);
	result =
	    MHD_queue_response(exchange->mhd, (unsigned)exchange->response.status, exchange->reply);
	MHD_destroy_response(exchange->reply);
	exchange->reply = NULL;
	return result;
}

/* Without reading the body, if there is one: what follows on this connection is not a request. */
static enum MHD_Result
refuse_now(struct exchange *exchange, const struct refusal *refusal, const char *allow)
{
	reply_refuse(exchange, refusal, allow);
	reply_build(exchange, NULL);
	if (!turn_from(exchange->connection, TURN_READING, TURN_SENDING) || exchange->reply == NULL)
		return MHD_NO;
	exchange->connection->linger = true;
	MHD_add_response_header(exchange->reply, "Connection", "close");
	return send_reply(exchange);
}

/* Everything known but the body. Only without one can the connection outlive a refusal, which is
 * then kept for the second call. */
static enum MHD_Result
on_headers(struct exchange *exchange, const char *method, const char *version)
{
	const struct refusal *refusal;
	const char *allow = NULL;

	exchange->request.method = method;
	exchange->request.version = version;
	exchange->phase = PHASE_BODY;
	refusal = policy_check(exchange);
	if (refusal == NULL)
		refusal = policy_route(exchange, &allow);
	if (refusal == NULL) {
		connection_until(exchange->connection, exchange->request.started_us,
		    exchange->connection->http->settings.request_timeout_s);
		return MHD_YES;
	}
	if (refusal->framing || exchange->has_body)
		return refuse_now(exchange, refusal, allow);
	reply_refuse(exchange, refusal, allow);
	reply_build(exchange, NULL);
	exchange->phase = PHASE_READY;
	return MHD_YES;
}

static enum MHD_Result
on_data(struct exchange *exchange, const char *data, size_t *size)
{
	const struct refusal *refusal = body_add(exchange, data, *size);

	*size = 0;
	if (refusal == NULL)
		return MHD_YES;
	reply_refuse(exchange, refusal, NULL);
	if (turn_from(exchange->connection, TURN_READING, TURN_SENDING)) {
		raw_reply(exchange);
		exchange->connection->linger = true;
	}
	return MHD_NO; /* closes */
}

static enum MHD_Result
on_complete(struct exchange *exchange)
{
	struct ips_http *http = exchange->connection->http;
	const struct ips_http_route *route = exchange->route;
	const struct refusal *refusal = NULL;

	if (!turn_from(exchange->connection, TURN_READING, TURN_RUNNING))
		return MHD_NO;
	exchange->complete_us = ips_monotonic_us();
	if (!route->inline_run) {
		if (queue_push(http, exchange))
			return MHD_YES;
		atomic_fetch_add(&http->counts.queue_refused, 1);
		refusal = &busy;
	} else {
		refusal = body_finish(exchange);
	}
	if (refusal != NULL)
		reply_refuse(exchange, refusal, NULL);
	else
		route->handle(route->arg, NULL, &exchange->request, &exchange->response);
	body_free(exchange);
	reply_build(exchange, NULL);
	atomic_store(&exchange->connection->turn, TURN_SENDING);
	return send_reply(exchange);
}

void
exchange_resume(struct exchange *exchange)
{
	struct ips_http *http = exchange->connection->http;

	exchange->phase = PHASE_READY;
	atomic_store(&exchange->connection->turn, TURN_SENDING);
	MHD_resume_connection(exchange->mhd); /* from here on it is the event thread's */
	atomic_fetch_sub(&http->suspended, 1);
}

enum MHD_Result
exchange_step(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **context)
{
	struct exchange *exchange = *context;

	(void)cls, (void)mhd, (void)url;
	if (exchange == NULL)
		return MHD_NO;
	switch (exchange->phase) {
	case PHASE_HEADERS:
		return on_headers(exchange, method, version);
	case PHASE_BODY:
		return *size > 0 ? on_data(exchange, data, size) : on_complete(exchange);
	case PHASE_READY:
		turn_from(exchange->connection, TURN_READING, TURN_SENDING);
		exchange_answer_first(exchange, false);
		return send_reply(exchange);
	case PHASE_SENT:
		break;
	}
	return MHD_NO;
}

/* The keeper has found it too slow: it has shut the socket for reading only, so that the one thread
 * that may write says why. A TLS session does not survive that. */
static void
end_cut(struct exchange *exchange)
{
	if ((exchange->phase != PHASE_HEADERS && exchange->phase != PHASE_BODY) ||
	    exchange->connection->session != NULL)
		return;
	raw_timeout(exchange);
	exchange->connection->linger = true;
}

void
exchange_end(
    void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode how)
{
	struct ips_http *http = cls;
	struct exchange *exchange = *context;
	struct connection *connection;
	int turn;

	(void)mhd;
	if (exchange == NULL)
		return;
	connection = exchange->connection;
	if (atomic_load(&connection->turn) == TURN_CUT)
		end_cut(exchange);
	log_exchange(exchange, how);
	count_exchange(exchange);
	body_free(exchange);
	reply_free(exchange);
	arena_give(http, exchange->request.mem);
	exchange->request.mem = NULL;
	*context = NULL;
	atomic_store(&connection->since_us, ips_monotonic_us());
	connection_until(connection, atomic_load(&connection->since_us),
	    http->settings.idle_timeout_s + http->settings.header_timeout_s);
	turn = atomic_load(&connection->turn);
	if (turn != TURN_CUT)
		turn_from(connection, (enum turn)turn, TURN_IDLE);
}
