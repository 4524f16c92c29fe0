/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A server to test, and a client that speaks bytes. Functions that only some tests use are
 * marked so. */
#ifndef OPENIPS_HTTP_STAGE_H
#define OPENIPS_HTTP_STAGE_H

#include "http_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define WAIT_MS    10000 /* far above anything that should happen; only failures wait as long */
#define MAX_BODY   (64 * 1024)
#define MAX_HEADER (16 * 1024)
#define HOST_LINE  "Host: x\r\n"
#define SOME_ONLY  __attribute__((unused))

#define GET(target, headers)  "GET " target " HTTP/1.1\r\n" HOST_LINE headers "\r\n"
#define POST(target, headers) "POST " target " HTTP/1.1\r\n" HOST_LINE headers "\r\n"

/* ---- A server to talk to ---- */

struct stage {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;   /* the gate that /gate waits at */
	int waiting; /* handlers at it */
	int handled; /* requests that reached any handler */
	int workers; /* worker_open minus worker_close */
	int max_workers;
};

SOME_ONLY static void
count_handled(struct stage *stage)
{
	pthread_mutex_lock(&stage->lock);
	stage->handled++;
	pthread_mutex_unlock(&stage->lock);
}

SOME_ONLY static void
hello(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	(void)worker;
	count_handled(arg);
	response->type = "text/plain";
	response->body = g_string_new(NULL);
	g_string_printf(response->body, "%s %s?%s", request->method, request->path, request->query);
	ips_http_add_header(response, "X-Path", request->path);
}

/* Length, first and last byte of the body: enough to see that it arrived whole. */
SOME_ONLY static void
sum(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	size_t len = request->body_len;

	(void)worker;
	count_handled(arg);
	assert_non_null(request->body);
	assert_int_equal(request->body[len], '\0');
	response->type = "text/plain";
	response->body = g_string_new(NULL);
	g_string_printf(response->body, "%zu:%.*s:%.*s", len, len > 0, request->body, len > 0,
	    request->body + (len > 0 ? len - 1 : 0));
}

SOME_ONLY static void
gate(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	struct stage *stage = arg;

	(void)worker;
	pthread_mutex_lock(&stage->lock);
	stage->waiting++;
	pthread_cond_broadcast(&stage->changed);
	while (!stage->open)
		pthread_cond_wait(&stage->changed, &stage->lock);
	stage->waiting--;
	pthread_mutex_unlock(&stage->lock);
	hello(arg, worker, request, response);
}

/* /text/TYPE?SIZE */
SOME_ONLY static void
text(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	(void)arg, (void)worker;
	response->type = ips_arena_strdup(request->mem, request->path + strlen("/text/"));
	response->body = g_string_new(NULL);
	while (response->body->len < (gsize)atoi(request->query))
		g_string_append(response->body, "All work and no play. ");
	g_string_truncate(response->body, (gsize)atoi(request->query));
	ips_http_add_header(response, "ETag", "\"v1\"");
	if (ips_http_header(request, "X-Plain") != NULL)
		response->coding = IPS_CODING_PLAIN;
	if (ips_http_header(request, "X-Gzip") != NULL)
		response->coding = IPS_CODING_GZIP;
}

SOME_ONLY static void
file(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	char name[] = "/tmp/test_http.XXXXXX", block[4096];

	(void)arg, (void)worker, (void)request;
	response->fd = mkstemp(name);
	unlink(name);
	memset(block, 'f', sizeof(block));
	for (int i = 0; i < 256; i++)
		assert_int_equal(write(response->fd, block, sizeof(block)), sizeof(block));
	response->fd_size = 256 * (int64_t)sizeof(block);
	response->type = "image/jpeg";
}

/* /status/N, with a body that some of them must not have */
SOME_ONLY static void
status(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	(void)arg, (void)worker;
	response->status = atoi(request->path + strlen("/status/"));
	response->type = "text/plain";
	response->body = g_string_new("status");
	ips_http_add_header(response, "X-Bad", "a\r\nInjected: yes");
	ips_http_add_header(response, "Content-Length", "1");
}

SOME_ONLY static void
late(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	hello(arg, worker, request, response);
	response->delay_ms = atoi(request->query);
}

SOME_ONLY static void
face_refuse(void *arg, const struct ips_error *err, struct ips_http_response *response)
{
	(void)arg;
	response->type = "text/xml";
	response->body = g_string_new(NULL);
	g_string_printf(
	    response->body, "<refused status='%d' fault='%d'/>", response->status, (int)err->fault);
	if (response->status == 413)
		response->status = 500; /* a face may have its own idea */
}

SOME_ONLY static void *
worker_open(void *arg)
{
	struct stage *stage = arg;

	pthread_mutex_lock(&stage->lock);
	stage->workers++;
	stage->max_workers = MAX(stage->max_workers, stage->workers);
	pthread_mutex_unlock(&stage->lock);
	return stage;
}

SOME_ONLY static void
worker_close(void *worker)
{
	struct stage *stage = worker;

	pthread_mutex_lock(&stage->lock);
	stage->workers--;
	pthread_mutex_unlock(&stage->lock);
}

struct server {
	struct ips_http *http;
	struct stage stage;
	int port;
	int (*dial)(const struct server *server); /* NULL: as plain as can be */
};

static const struct ips_http_settings usual = {
	.address = "127.0.0.1",
	.event_threads = 2,
	.workers = 2,
	.queue = 64,
	.max_connections = 4096,
	.max_per_address = 4096,
	.max_header = MAX_HEADER,
	.max_headers = 40,
	.idle_timeout_s = 30,
	.request_timeout_s = 30,
	.access_log = true,
};

SOME_ONLY static struct server *
server_start(const struct ips_http_settings *settings)
{
	struct server *server = g_new0(struct server, 1);
	struct stage *stage = &server->stage;
	struct ips_http_settings own = *settings;
	const struct ips_http_route routes[] = {
		{ "GET HEAD", "/", false, 0, false, hello, NULL, stage, "test" },
		{ "GET", "/inline", false, 0, true, hello, NULL, stage, "test" },
		{ "POST", "/sum", false, MAX_BODY, false, sum, NULL, stage, "test" },
		{ "GET", "/sum", false, 0, false, hello, NULL, stage, "test" },
		{ "POST", "/face", false, MAX_BODY, false, sum, face_refuse, stage, "test" },
		{ "GET", "/gate", false, 0, false, gate, face_refuse, stage, "test" },
		{ "GET HEAD", "/text/", false, 0, false, text, NULL, stage, "test" },
		{ "GET HEAD", "/file", false, 0, false, file, NULL, stage, "test" },
		{ "GET HEAD", "/status/", false, 0, false, status, NULL, stage, "test" },
		{ "POST", "/exact/", true, MAX_BODY, false, sum, NULL, stage, "test" },
		{ "GET", "/late", false, 0, false, late, NULL, stage, "test" },
	};
	struct ips_error err = { 0 };

	pthread_mutex_init(&stage->lock, NULL);
	pthread_cond_init(&stage->changed, NULL);
	own.worker_open = worker_open;
	own.worker_close = worker_close;
	own.worker_arg = stage;
	if (!ips_http_start(&own, routes, IPS_NELEM(routes), &server->http, &err))
		fail_msg("%s %s", err.reason, err.detail);
	server->port = ips_http_port(server->http);
	assert_true(server->port > 0);
	return server;
}

SOME_ONLY static void
server_free(struct server *server)
{
	assert_int_equal(server->stage.workers, 0);
	pthread_cond_destroy(&server->stage.changed);
	pthread_mutex_destroy(&server->stage.lock);
	g_free(server);
}

SOME_ONLY static bool
server_stop(struct server *server, int grace_ms)
{
	bool clean = ips_http_stop(server->http, grace_ms);

	server_free(server);
	return clean;
}

SOME_ONLY static void
gate_open(struct server *server)
{
	pthread_mutex_lock(&server->stage.lock);
	server->stage.open = true;
	pthread_cond_broadcast(&server->stage.changed);
	pthread_mutex_unlock(&server->stage.lock);
}

SOME_ONLY static void
gate_wait(struct server *server, int waiting)
{
	pthread_mutex_lock(&server->stage.lock);
	while (server->stage.waiting < waiting)
		pthread_cond_wait(&server->stage.changed, &server->stage.lock);
	pthread_mutex_unlock(&server->stage.lock);
}

/* ---- A client of bytes ---- */

/* window: bytes that may be on their way to us; 0: the system's idea */
SOME_ONLY static int
dial_port(int port, int window)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (window > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

SOME_ONLY static int
dial(const struct server *server)
{
	return server->dial ? server->dial(server) : dial_port(server->port, 0);
}

SOME_ONLY static void
say(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* closed on us: what was answered tells */
		bytes += n;
		len -= (size_t)n;
	}
}

SOME_ONLY static void
says(int fd, const char *bytes)
{
	say(fd, bytes, strlen(bytes));
}

/* One reply: status, whole head, body. Status 0: end of connection; -1: reset; -2: nothing. */
struct answer {
	int status;
	GString *head, *body;
};

SOME_ONLY static void
answer_clear(struct answer *answer)
{
	if (answer->head != NULL)
		g_string_free(answer->head, TRUE);
	if (answer->body != NULL)
		g_string_free(answer->body, TRUE);
	*answer = (struct answer){ 0 };
}

SOME_ONLY static int
listen_for(int fd, char *byte, size_t len, int wait_ms)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	ssize_t n;

	if (poll(&poll_fd, 1, wait_ms) == 0)
		return -2;
	n = recv(fd, byte, len, 0);
	return n < 0 ? -1 : (int)n;
}

SOME_ONLY static const char *
field(const struct answer *answer, const char *name, char out[256])
{
	char needle[64];
	const char *at;

	g_snprintf(needle, sizeof(needle), "\r\n%s: ", name);
	at = answer->head ? strcasestr(answer->head->str, needle) : NULL;
	if (at == NULL)
		return NULL;
	at += strlen(needle);
	g_snprintf(out, 256, "%.*s", (int)strcspn(at, "\r\n"), at);
	return out;
}

SOME_ONLY static void
hear_within(int fd, bool head_only, int wait_ms, struct answer *out)
{
	char byte, length[256];
	size_t left;
	int n;

	answer_clear(out);
	out->head = g_string_new(NULL);
	out->body = g_string_new(NULL);
	while (!g_str_has_suffix(out->head->str, "\r\n\r\n")) {
		n = listen_for(fd, &byte, 1, wait_ms);
		if (n <= 0) {
			out->status = n;
			return;
		}
		g_string_append_c(out->head, byte);
	}
	if (sscanf(out->head->str, "HTTP/1.%*d %d", &out->status) != 1)
		fail_msg("no status line: %s", out->head->str);
	if (head_only || out->status == 204 || out->status == 304 || out->status == 100)
		return;
	assert_non_null(field(out, "Content-Length", length));
	for (left = (size_t)atol(length); left > 0; left -= (size_t)n) {
		char block[4096];
		n = listen_for(fd, block, MIN(left, sizeof(block)), wait_ms);
		if (n <= 0) {
			out->status = n;
			return;
		}
		g_string_append_len(out->body, block, n);
	}
}

SOME_ONLY static void
hear(int fd, struct answer *out)
{
	hear_within(fd, false, WAIT_MS, out);
}

SOME_ONLY static bool
is_closed(int fd)
{
	char byte;

	return listen_for(fd, &byte, 1, WAIT_MS) == 0;
}

SOME_ONLY static bool
is_alive(int fd)
{
	struct answer answer = { 0 };
	bool alive;

	says(fd, "GET /alive HTTP/1.1\r\n" HOST_LINE "\r\n");
	hear(fd, &answer);
	alive = answer.status == 200 && strcmp(answer.body->str, "GET /alive?") == 0;
	answer_clear(&answer);
	return alive;
}

SOME_ONLY static int
setup(void **state)
{
	*state = server_start(&usual);
	return 0;
}

SOME_ONLY static int
teardown(void **state)
{
	return server_stop(*state, 2000) ? 0 : -1;
}

#endif
