/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Speaks the wire: raw bytes in, what came back out. */
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

static void
count_handled(struct stage *stage)
{
	pthread_mutex_lock(&stage->lock);
	stage->handled++;
	pthread_mutex_unlock(&stage->lock);
}

static void
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
static void
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

static void
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
static void
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

static void
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
static void
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

static void
late(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	hello(arg, worker, request, response);
	response->delay_ms = atoi(request->query);
}

static void
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

static void *
worker_open(void *arg)
{
	struct stage *stage = arg;

	pthread_mutex_lock(&stage->lock);
	stage->workers++;
	stage->max_workers = MAX(stage->max_workers, stage->workers);
	pthread_mutex_unlock(&stage->lock);
	return stage;
}

static void
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
};

static const struct ips_http_settings usual = {
	.address = "127.0.0.1",
	.event_threads = 2,
	.workers = 2,
	.queue = 64,
	.max_connections = 4096,
	.max_header = MAX_HEADER,
	.max_headers = 40,
	.idle_timeout_s = 30,
	.request_timeout_s = 30,
	.access_log = true,
};

static struct server *
server_start(const struct ips_http_settings *settings)
{
	struct server *server = g_new0(struct server, 1);
	struct stage *stage = &server->stage;
	struct ips_http_settings own = *settings;
	const struct ips_http_route routes[] = {
		{ "GET HEAD", "/", 0, false, hello, NULL, stage },
		{ "GET", "/inline", 0, true, hello, NULL, stage },
		{ "POST", "/sum", MAX_BODY, false, sum, NULL, stage },
		{ "GET", "/sum", 0, false, hello, NULL, stage },
		{ "POST", "/face", MAX_BODY, false, sum, face_refuse, stage },
		{ "GET", "/gate", 0, false, gate, face_refuse, stage },
		{ "GET HEAD", "/text/", 0, false, text, NULL, stage },
		{ "GET HEAD", "/file", 0, false, file, NULL, stage },
		{ "GET HEAD", "/status/", 0, false, status, NULL, stage },
		{ "GET", "/late", 0, false, late, NULL, stage },
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

static void
server_free(struct server *server)
{
	assert_int_equal(server->stage.workers, 0);
	pthread_cond_destroy(&server->stage.changed);
	pthread_mutex_destroy(&server->stage.lock);
	g_free(server);
}

static bool
server_stop(struct server *server, int grace_ms)
{
	bool clean = ips_http_stop(server->http, grace_ms);

	server_free(server);
	return clean;
}

static void
gate_open(struct server *server)
{
	pthread_mutex_lock(&server->stage.lock);
	server->stage.open = true;
	pthread_cond_broadcast(&server->stage.changed);
	pthread_mutex_unlock(&server->stage.lock);
}

static void
gate_wait(struct server *server, int waiting)
{
	pthread_mutex_lock(&server->stage.lock);
	while (server->stage.waiting < waiting)
		pthread_cond_wait(&server->stage.changed, &server->stage.lock);
	pthread_mutex_unlock(&server->stage.lock);
}

/* ---- A client of bytes ---- */

static int
dial(const struct server *server)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)server->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void
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

static void
says(int fd, const char *bytes)
{
	say(fd, bytes, strlen(bytes));
}

/* One reply: status, whole head, body. Status 0: end of connection; -1: reset; -2: nothing. */
struct answer {
	int status;
	GString *head, *body;
};

static void
answer_clear(struct answer *answer)
{
	if (answer->head != NULL)
		g_string_free(answer->head, TRUE);
	if (answer->body != NULL)
		g_string_free(answer->body, TRUE);
	*answer = (struct answer){ 0 };
}

static int
listen_for(int fd, char *byte, size_t len, int wait_ms)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	ssize_t n;

	if (poll(&poll_fd, 1, wait_ms) == 0)
		return -2;
	n = recv(fd, byte, len, 0);
	return n < 0 ? -1 : (int)n;
}

static const char *
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

static void
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

static void
hear(int fd, struct answer *out)
{
	hear_within(fd, false, WAIT_MS, out);
}

static bool
is_closed(int fd)
{
	char byte;

	return listen_for(fd, &byte, 1, WAIT_MS) == 0;
}

static bool
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

/* ---- Raw bytes in, status and state of the connection out ---- */

/* GONE: closed, but libmicrohttpd 0.9.75 repeats the head of its own refusal of a length before. */
enum after { CLOSED, GONE, KEPT };

struct exchange_row {
	const char *name;
	const char *bytes;
	size_t len; /* 0: strlen */
	int status;
	enum after after;
	const char *want; /* in head or body; NULL: anything */
};

#define GET(target, headers)  "GET " target " HTTP/1.1\r\n" HOST_LINE headers "\r\n"
#define POST(target, headers) "POST " target " HTTP/1.1\r\n" HOST_LINE headers "\r\n"
#define BYTES(text)           text, sizeof(text) - 1
#define TEXT(text)            text, 0

static const struct exchange_row exchange_rows[] = {
	/* what is right */
	{ "plain", TEXT(GET("/a/b%20c?x=1&y=%2F", "")), 200, KEPT, "GET /a/b%20c?x=1&y=%2F" },
	{ "no query", TEXT(GET("/a?", "")), 200, KEPT, "GET /a?" },
	{ "two question marks", TEXT(GET("/a?b?c", "")), 200, KEPT, "GET /a?b?c" },
	{ "raw UTF-8", TEXT(GET("/\xc3\xa9", "")), 200, KEPT, "GET /\xc3\xa9?" },
	{ "absolute target", TEXT(GET("http://h:80/p?q", "")), 200, KEPT, "GET /p?q" },
	{ "absolute, no path", TEXT(GET("http://h", "")), 200, KEPT, "GET /?" },
	{ "empty line before", TEXT("\r\n" GET("/a", "")), 200, KEPT, "GET /a?" },
	{ "inline", TEXT(GET("/inline", "")), 200, KEPT, "GET /inline?" },
	{ "request id", TEXT(GET("/", "")), 200, KEPT, "\r\nX-Request-Id: " },
	{ "server", TEXT(GET("/", "")), 200, KEPT, "\r\nServer: openips\r\n" },
	{ "date", TEXT(GET("/", "")), 200, KEPT, "\r\nDate: " },
	{ "empty header value", TEXT(GET("/", "X-A:\r\nX-B: \r\n")), 200, KEPT, NULL },
	{ "tab in value", TEXT(GET("/", "X-A:\ta\tb \r\n")), 200, KEPT, NULL },
	{ "close wanted", TEXT(GET("/", "Connection: close\r\n")), 200, CLOSED, NULL },
	{ "HTTP/1.0", TEXT("GET / HTTP/1.0\r\n\r\n"), 200, CLOSED, "\r\nContent-Length: 6\r\n" },
	{ "HTTP/1.0 keep", TEXT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 200, KEPT,
	    NULL },

	/* bodies */
	{ "length", TEXT(POST("/sum", "Content-Length: 3\r\n") "abc"), 200, KEPT, "3:a:c" },
	{ "length 0", TEXT(POST("/sum", "Content-Length: 0\r\n")), 200, KEPT, "0::" },
	{ "no length", TEXT(POST("/sum", "")), 200, KEPT, "0::" },
	{ "HTTP/1.0 body", TEXT("POST /sum HTTP/1.0\r\nContent-Length: 2\r\n\r\nxy"), 200, CLOSED,
	    "2:x:y" },
	{ "NUL in body", BYTES(POST("/sum", "Content-Length: 3\r\n") "a\0c"), 200, KEPT, "3:a:c" },
	{ "chunked",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
	    200, KEPT, "5:a:e" },
	{ "chunked, case, extension, trailer",
	    TEXT(POST("/sum",
		"Transfer-Encoding: Chunked\r\n") "A;x=y\r\n0123456789\r\n0\r\nX-T: t\r\n\r\n"),
	    200, KEPT, "10:0:9" },
	{ "chunked, empty", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "0\r\n\r\n"), 200,
	    KEPT, "0::" },
	{ "identity", TEXT(POST("/sum", "Content-Encoding: identity\r\nContent-Length: 1\r\n") "a"),
	    200, KEPT, "1:a:a" },

	/* where a body ends must not be in doubt */
	{ "two lengths", TEXT(POST("/sum", "Content-Length: 3\r\nContent-Length: 4\r\n") "abcd"),
	    400, CLOSED, "repeated" },
	{ "same length twice",
	    TEXT(POST("/sum", "Content-Length: 3\r\nContent-Length: 3\r\n") "abc"), 400, CLOSED,
	    "repeated" },
	{ "length list", TEXT(POST("/sum", "Content-Length: 3, 3\r\n") "abc"), 400, GONE, NULL },
	{ "negative length", TEXT(POST("/sum", "Content-Length: -1\r\n") "abc"), 400, GONE, NULL },
	{ "signed length", TEXT(POST("/sum", "Content-Length: +3\r\n") "abc"), 400, GONE, NULL },
	{ "hex length", TEXT(POST("/sum", "Content-Length: 0x3\r\n") "abc"), 400, GONE, NULL },
	{ "empty length", TEXT(POST("/sum", "Content-Length:\r\n") "abc"), 400, GONE, NULL },
	{ "endless length", TEXT(POST("/sum", "Content-Length: 99999999999999999999\r\n")), 413,
	    GONE, NULL },
	{ "length and coding",
	    TEXT(POST("/sum", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n"),
	    400, CLOSED, "exclude" },
	{ "coding and length",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") "0\r\n\r\n"),
	    400, CLOSED, "exclude" },
	{ "coding twice",
	    TEXT(POST("/sum",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n"),
	    501, CLOSED, NULL },
	{ "other coding", TEXT(POST("/sum", "Transfer-Encoding: gzip, chunked\r\n") "0\r\n\r\n"),
	    501, CLOSED, NULL },
	{ "identity coding", TEXT(POST("/sum", "Transfer-Encoding: identity\r\n") "abc"), 501,
	    CLOSED, NULL },
	{ "obscured coding", TEXT(POST("/sum", "Transfer-Encoding: xchunked\r\n") "0\r\n\r\n"), 501,
	    CLOSED, NULL },
	{ "coding in 1.0",
	    TEXT("POST /sum HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, CLOSED,
	    NULL },
	{ "bad chunk size", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "zz\r\nabc\r\n"),
	    400, CLOSED, NULL },
	{ "negative chunk", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "-1\r\nabc\r\n"),
	    400, CLOSED, NULL },
	{ "endless chunk",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "fffffffffffffffff\r\n"), 413,
	    CLOSED, NULL },
	{ "chunk without end", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabcXX"),
	    400, CLOSED, NULL },
	{ "blank before colon", TEXT(POST("/sum", "Content-Length : 3\r\n") "abc"), 400, CLOSED,
	    "name" },
	{ "blank before coding's colon",
	    TEXT(POST("/sum", "Transfer-Encoding : chunked\r\n") "0\r\n\r\n"), 400, CLOSED,
	    "name" },
	{ "tab before colon", TEXT(GET("/", "X-A\t: b\r\n")), 400, CLOSED, "name" },

	/* headers */
	{ "no colon", TEXT(GET("/", "Nonsense\r\n")), 400, CLOSED, NULL },
	{ "empty name", TEXT(GET("/", ": b\r\n")), 400, CLOSED, NULL },
	{ "bad name", TEXT(GET("/", "X(A): b\r\n")), 400, CLOSED, "name" },
	{ "folded", TEXT(GET("/", "X-A: a\r\n b\r\n")), 400, CLOSED, NULL },
	{ "folded, more after", TEXT(GET("/", "X-A: a\r\n\tb\r\nX-C: d\r\n")), 400, CLOSED, NULL },
	{ "folded, no value", TEXT(GET("/", "X-A:\r\n b\r\n")), 400, CLOSED, NULL },
	{ "first line folded", TEXT("GET / HTTP/1.1\r\n Host: x\r\n\r\n"), 400, CLOSED, NULL },
	{ "NUL in value", BYTES(GET("/", "X-A: a\0b\r\n")), 400, CLOSED, NULL },
	{ "NUL in last value", BYTES(GET("/", "X-A: b\r\nX-B: a\0b\r\nX-C: d\r\n")), 400, CLOSED,
	    NULL },
	{ "NUL in name", BYTES(GET("/", "X-\0A: a\r\n")), 400, CLOSED, NULL },
	{ "CR in value", TEXT(GET("/", "X-A: a\rb\r\n")), 400, CLOSED, "control" },
	{ "BEL in value", TEXT(GET("/", "X-A: a\ab\r\n")), 400, CLOSED, "control" },
	{ "no host", TEXT("GET / HTTP/1.1\r\n\r\n"), 400, CLOSED, "Host" },
	{ "two hosts", TEXT(GET("/", "Host: y\r\n")), 400, CLOSED, "Host" },
	{ "bad host", TEXT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400, CLOSED, "Host" },
	{ "host with port", TEXT("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 200, KEPT, NULL },

	/* request line */
	{ "NUL in target", BYTES(GET("/a\0b", "")), 400, CLOSED, NULL },
	{ "NUL in query", BYTES(GET("/a?c\0b", "")), 400, CLOSED, NULL },
	{ "encoded NUL is the face's", TEXT(GET("/a%00b", "")), 200, KEPT, "/a%00b" },
	{ "NUL in method", BYTES("GE\0T / HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, CLOSED, NULL },
	{ "blank in target", TEXT(GET("/a b", "")), 400, CLOSED, "target" },
	{ "control in target", TEXT(GET("/a\x01", "")), 400, CLOSED, "target" },
	{ "relative target", TEXT(GET("a", "")), 400, CLOSED, "target" },
	{ "two blanks", TEXT("GET  / HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, CLOSED, NULL },
	{ "bad method", TEXT("G(T / HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, CLOSED, "method" },
	{ "HTTP/3.0", TEXT("GET / HTTP/3.0\r\n" HOST_LINE "\r\n"), 505, CLOSED, NULL },

	/* routes */
	{ "wrong method", TEXT("DELETE /sum HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, KEPT,
	    "\r\nAllow: POST,GET\r\n" },
	{ "options", TEXT("OPTIONS / HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, KEPT,
	    "\r\nAllow: GET,HEAD\r\n" },
	{ "part of a method", TEXT("HEA / HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, KEPT, NULL },
	{ "other method of a path", TEXT(GET("/sum", "")), 200, KEPT, "GET /sum?" },
	{ "body where none is", TEXT("GET / HTTP/1.1\r\n" HOST_LINE "Content-Length: 3\r\n\r\nabc"),
	    413, CLOSED, NULL },
	{ "nothing there", TEXT("OPTIONS * HTTP/1.1\r\n" HOST_LINE "\r\n"), 404, KEPT, NULL },

	/* what is larger than it may be */
	{ "one gigabyte", TEXT(POST("/sum", "Content-Length: 1073741824\r\n")), 413, CLOSED,
	    "larger" },
	{ "one gigabyte, expected",
	    TEXT(POST("/sum", "Content-Length: 1073741824\r\nExpect: 100-continue\r\n")), 413,
	    CLOSED, NULL },
	{ "one byte too many, by its length", TEXT(POST("/sum", "Content-Length: 65537\r\n")), 413,
	    CLOSED, NULL },
	{ "other expectation", TEXT(POST("/sum", "Content-Length: 1\r\nExpect: wonder\r\n") "a"),
	    417, CLOSED, NULL },
	{ "unknown coding", TEXT(POST("/sum", "Content-Length: 1\r\nContent-Encoding: br\r\n") "a"),
	    415, CLOSED, NULL },
	{ "two codings",
	    TEXT(POST("/sum", "Content-Length: 1\r\nContent-Encoding: gzip, gzip\r\n") "a"), 415,
	    CLOSED, NULL },
	{ "not gzip", TEXT(POST("/sum", "Content-Length: 5\r\nContent-Encoding: gzip\r\n") "hello"),
	    400, KEPT, "gzip" },
	{ "the face's own words", TEXT(POST("/face", "Content-Length: 1073741824\r\n")), 500,
	    CLOSED, "<refused status='413' " },
	{ "face, not gzip",
	    TEXT(POST("/face", "Content-Length: 5\r\nContent-Encoding: gzip\r\n") "hello"), 400,
	    KEPT, "<refused status='400' " },
	{ "face, wrong method", TEXT(GET("/face", "")), 405, KEPT, "<refused status='405' " },

	/* replies */
	{ "no content", TEXT(GET("/status/204", "")), 204, KEPT, NULL },
	{ "not modified", TEXT(GET("/status/304", "")), 304, KEPT, NULL },
	{ "teapot", TEXT(GET("/status/418", "")), 418, KEPT, "status" },
	{ "nonsense status", TEXT(GET("/status/99", "")), 500, KEPT, "status" },
	{ "own framing", TEXT(GET("/status/200", "")), 200, KEPT, "\r\nContent-Length: 6\r\n" },
};

static void
check_row(struct server *server, const struct exchange_row *row)
{
	struct answer answer = { 0 };
	int fd = dial(server);
	char byte;

	print_message("%s\n", row->name);
	say(fd, row->bytes, row->len > 0 ? row->len : strlen(row->bytes));
	hear(fd, &answer);
	assert_int_equal(answer.status, row->status);
	assert_null(strstr(answer.head->str, "Injected"));
	if (row->want != NULL && strstr(answer.head->str, row->want) == NULL &&
	    strstr(answer.body->str, row->want) == NULL)
		fail_msg("'%s' is not in %s%s", row->want, answer.head->str, answer.body->str);
	while (row->after == GONE && listen_for(fd, &byte, 1, WAIT_MS) > 0)
		continue;
	if (row->after != KEPT)
		assert_true(is_closed(fd));
	else
		assert_true(is_alive(fd));
	answer_clear(&answer);
	close(fd);
}

static void
raw_bytes_get_what_they_deserve(void **state)
{
	for (size_t i = 0; i < IPS_NELEM(exchange_rows); i++)
		check_row(*state, &exchange_rows[i]);
}

/* ---- Behaviour ---- */

static void
head_has_no_body(void **state)
{
	static const struct {
		const char *path, *length;
	} rows[] = { { "/a", "8" }, { "/text/text/plain?5000", "5000" }, { "/file", "1048576" } };
	struct answer answer = { 0 };
	char value[256], request[128];
	int fd = dial(*state);

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_snprintf(request, sizeof(request), "HEAD %s HTTP/1.1\r\n" HOST_LINE "\r\n",
		    rows[i].path);
		print_message("%s", request);
		says(fd, request);
		hear_within(fd, true, WAIT_MS, &answer);
		assert_int_equal(answer.status, 200);
		assert_string_equal(field(&answer, "Content-Length", value), rows[i].length);
		assert_true(is_alive(fd)); /* no stray bytes between */
	}
	answer_clear(&answer);
	close(fd);
}

static void
bodiless_status_has_no_length(void **state)
{
	struct answer answer = { 0 };
	char value[256];
	int fd = dial(*state);

	says(fd, GET("/status/204", ""));
	hear(fd, &answer);
	assert_int_equal(answer.status, 204);
	assert_null(field(&answer, "Content-Length", value));
	assert_null(field(&answer, "Content-Type", value));
	answer_clear(&answer);
	close(fd);
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	struct answer answer = { 0 };
	GString *all = g_string_new(NULL);
	char want[64];
	int fd = dial(*state);

	for (int i = 0; i < 50; i++) {
		g_string_append_printf(
		    all, "GET /late/%d?%d HTTP/1.1\r\n" HOST_LINE "\r\n", i, i % 3);
		g_string_append_printf(
		    all, "POST /sum HTTP/1.1\r\n" HOST_LINE "Content-Length: 2\r\n\r\n%02d", i);
	}
	say(fd, all->str, all->len);
	for (int i = 0; i < 50; i++) {
		hear(fd, &answer);
		g_snprintf(want, sizeof(want), "GET /late/%d?%d", i, i % 3);
		assert_string_equal(answer.body->str, want);
		hear(fd, &answer);
		g_snprintf(want, sizeof(want), "2:%d:%d", i / 10, i % 10);
		assert_string_equal(answer.body->str, want);
	}
	assert_true(is_alive(fd));
	g_string_free(all, TRUE);
	answer_clear(&answer);
	close(fd);
}

/* A byte a segment: no part of the way may hope for whole lines. */
static void
single_bytes_add_up(void **state)
{
	static const char request[] =
	    POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
	struct answer answer = { 0 };
	int fd = dial(*state);

	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		say(fd, request + i, 1);
		g_usleep(200);
	}
	hear(fd, &answer);
	assert_string_equal(answer.body->str, "4:a:d");
	answer_clear(&answer);
	close(fd);
}

static void
bodies_up_to_the_limit(void **state)
{
	static const struct {
		size_t len;
		bool chunked;
		int status;
	} rows[] = {
		{ 4096, false, 200 },
		{ 4097, false, 200 },
		{ MAX_BODY - 1, false, 200 },
		{ MAX_BODY, false, 200 },
		{ MAX_BODY, true, 200 },
		{ MAX_BODY + 1, true, 413 },
		{ 50 * MAX_BODY, true, 413 },
		{ 50 * MAX_BODY, false, 413 },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct answer answer = { 0 };
		GString *body = g_string_new(NULL);
		char head[200], want[32];
		int fd = dial(*state);
		print_message("%zu bytes%s\n", rows[i].len, rows[i].chunked ? ", chunked" : "");
		g_string_set_size(body, rows[i].len);
		memset(body->str, 'b', rows[i].len);
		body->str[rows[i].len - 1] = 'e';
		if (rows[i].chunked)
			g_snprintf(head, sizeof(head),
			    POST("/sum", "Transfer-Encoding: chunked\r\n") "%zx\r\n", rows[i].len);
		else
			g_snprintf(head, sizeof(head), POST("/sum", "Content-Length: %zu\r\n"),
			    rows[i].len);
		says(fd, head);
		say(fd, body->str, body->len);
		says(fd, rows[i].chunked ? "\r\n0\r\n\r\n" : "");
		hear(fd, &answer); /* also where the sender went on after the answer */
		assert_int_equal(answer.status, rows[i].status);
		g_snprintf(want, sizeof(want), "%zu:b:e", rows[i].len);
		if (rows[i].status == 200)
			assert_string_equal(answer.body->str, want);
		else
			assert_true(is_closed(fd));
		g_string_free(body, TRUE);
		answer_clear(&answer);
		close(fd);
	}
}

static void
expect_is_met_only_for_welcome_bodies(void **state)
{
	struct answer answer = { 0 };
	int fd = dial(*state);

	says(fd, POST("/sum", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
	hear(fd, &answer);
	assert_int_equal(answer.status, 100);
	says(fd, "abc");
	hear(fd, &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body->str, "3:a:c");
	says(fd, POST("/sum", "Content-Length: 70000\r\nExpect: 100-Continue\r\n"));
	hear(fd, &answer);
	assert_int_equal(answer.status, 413); /* and no 100 before */
	close(fd);

	fd = dial(*state);
	says(fd, "POST /sum HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
	hear(fd, &answer);
	assert_int_equal(answer.status, 200);
	answer_clear(&answer);
	close(fd);
}

static void
headers_are_limited(void **state)
{
	static const struct {
		int count, size, status;
	} rows[] = {
		{ 38, 10, 200 }, /* and Host */
		{ 39, 10, 200 },
		{ 40, 10, 431 },
		{ 2000, 10, 431 },
		{ 1, MAX_HEADER - 200, 200 },
		{ 1, MAX_HEADER, 431 },
		{ 1, 4 * MAX_HEADER, 431 },
		{ 30, 1000, 431 },
		{ 20000, 100, 431 },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct answer answer = { 0 };
		GString *request = g_string_new("GET /alive HTTP/1.1\r\n" HOST_LINE);
		int fd = dial(*state);
		print_message("%d headers of %d bytes\n", rows[i].count, rows[i].size);
		for (int j = 0; j < rows[i].count; j++)
			g_string_append_printf(request, "X-%d: %0*d\r\n", j, rows[i].size, 0);
		g_string_append(request, "\r\n");
		say(fd, request->str, request->len);
		hear(fd, &answer);
		assert_int_equal(answer.status, rows[i].status);
		if (answer.status == 200)
			assert_true(is_alive(fd));
		else
			assert_true(is_closed(fd));
		g_string_free(request, TRUE);
		answer_clear(&answer);
		close(fd);
	}
}

static void
long_queries_come_whole(void **state)
{
	struct answer answer = { 0 };
	GString *query = g_string_new("a=1");
	GString *request = g_string_new(NULL);
	int fd = dial(*state);

	while (query->len < 8000)
		g_string_append(query, "&b=%26"); /* more than a thousand parts */
	g_string_printf(request, "GET /q?%s HTTP/1.1\r\n" HOST_LINE "\r\n", query->str);
	say(fd, request->str, request->len);
	hear(fd, &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body->str + strlen("GET /q?"), query->str);
	says(fd, "GET /");
	for (int i = 0; i < 4 * MAX_HEADER; i += 16)
		says(fd, "0123456789abcdef");
	hear(fd, &answer);
	assert_int_equal(answer.status, 414);
	g_string_free(query, TRUE);
	g_string_free(request, TRUE);
	answer_clear(&answer);
	close(fd);
}

/* ---- gzip ---- */

static GByteArray *
packed(const void *data, size_t len)
{
	z_stream stream = { 0 };
	GByteArray *out = g_byte_array_new();

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	g_byte_array_set_size(out, (guint)deflateBound(&stream, len));
	stream.next_in = (Bytef *)data;
	stream.avail_in = (uInt)len;
	stream.next_out = out->data;
	stream.avail_out = out->len;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	g_byte_array_set_size(out, (guint)stream.total_out);
	deflateEnd(&stream);
	return out;
}

static void
post_gzip(int fd, const GByteArray *body, bool chunked, const char *coding)
{
	char head[200];

	g_snprintf(head, sizeof(head), POST("/sum", "Content-Encoding: %s\r\n%s: %s\r\n"), coding,
	    chunked ? "Transfer-Encoding" : "X", chunked ? "chunked" : "y");
	if (!chunked)
		g_snprintf(head, sizeof(head),
		    POST("/sum", "Content-Encoding: %s\r\nContent-Length: %u\r\n"), coding,
		    body->len);
	says(fd, head);
	if (chunked) {
		g_snprintf(head, sizeof(head), "%x\r\n", body->len);
		says(fd, head);
	}
	say(fd, (const char *)body->data, body->len);
	if (chunked)
		says(fd, "\r\n0\r\n\r\n");
}

static void
gzip_is_undone_within_limits(void **state)
{
	static const struct {
		const char *name;
		size_t len; /* inflated, of each member */
		int members;
		int cut;          /* bytes taken from the end */
		const char *junk; /* put at the end */
		bool chunked;
		const char *coding;
		int status;
		const char *want;
	} rows[] = {
		{ "small", 10, 1, 0, "", false, "gzip", 200, "10:b:e" },
		{ "x-gzip", 10, 1, 0, "", false, "x-gzip", 200, "10:b:e" },
		{ "case", 10, 1, 0, "", false, "GZIP", 200, "10:b:e" },
		{ "chunked", 60000, 1, 0, "", true, "gzip", 200, "60000:b:e" },
		{ "at the limit", MAX_BODY, 1, 0, "", false, "gzip", 200, "65536:b:e" },
		{ "above", MAX_BODY + 1, 1, 0, "", false, "gzip", 413, "larger" },
		{ "bomb", 50000000, 1, 0, "", false, "gzip", 413, "larger" },
		{ "members", 1000, 3, 0, "", false, "gzip", 200, "3000:b:e" },
		{ "members above", MAX_BODY / 2, 3, 0, "", false, "gzip", 413, "larger" },
		{ "no checksum", 1000, 1, 4, "", false, "gzip", 400, "gzip" },
		{ "no trailer", 1000, 1, 8, "", false, "gzip", 400, "gzip" },
		{ "half", 1000, 1, 15, "", false, "gzip", 400, "gzip" },
		{ "cut at the limit", MAX_BODY, 1, 8, "", false, "gzip", 400, "gzip" },
		{ "junk", 1000, 1, 0, "junk", false, "gzip", 400, "gzip" },
		{ "only junk", 0, 0, 0, "junk", false, "gzip", 400, "gzip" },
		{ "empty inside", 0, 1, 0, "", false, "gzip", 200, "0::" },
		{ "empty chunked", 0, 0, 0, "", true, "gzip", 400, "gzip" },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct answer answer = { 0 };
		char *plain = g_strnfill(rows[i].len, 'b');
		GByteArray *body = g_byte_array_new(), *member;
		int fd = dial(*state);
		print_message("%s\n", rows[i].name);
		if (rows[i].len > 0)
			plain[rows[i].len - 1] = 'e';
		member = packed(plain, rows[i].len);
		for (int m = 0; m < rows[i].members; m++)
			g_byte_array_append(body, member->data, member->len);
		g_byte_array_set_size(body, body->len - (guint)rows[i].cut);
		g_byte_array_append(
		    body, (const guint8 *)rows[i].junk, (guint)strlen(rows[i].junk));
		if (body->len > 0) {
			post_gzip(fd, body, rows[i].chunked, rows[i].coding);
		} else {
			says(fd, POST("/sum", "Content-Encoding: gzip\r\nTransfer-Encoding: "
					      "chunked\r\n") "0\r\n\r\n");
		}
		hear(fd, &answer);
		assert_int_equal(answer.status, rows[i].status);
		assert_non_null(strstr(answer.body->str, rows[i].want));
		assert_true(is_alive(fd)); /* the body was read: no harm done */
		g_byte_array_unref(member);
		g_byte_array_unref(body);
		g_free(plain);
		answer_clear(&answer);
		close(fd);
	}
}

static void
accept_encoding_is_weighed(void **state)
{
	static const struct {
		const char *value;
		bool yes;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "gzip", true },
		{ "GZip", true },
		{ "x-gzip", true },
		{ "deflate, gzip", true },
		{ "deflate,gzip;q=0.5,br", true },
		{ "gzip;q=0", false },
		{ "gzip; q=0.000", false },
		{ "gzip ;\tq=0", false },
		{ "gzip;Q=0", false },
		{ "gzip;q=0.001", true },
		{ "gzip;q=1", true },
		{ "*", true },
		{ "*;q=0", false },
		{ "gzip;q=0, *", false },
		{ "*;q=0, gzip", true },
		{ "*;q=1, gzip;q=0", false },
		{ "identity", false },
		{ "gzipped", false },
		{ "br;q=1.0, identity;q=0", false },
		{ "gzip;;;q=0", false },
		{ "gzip;foo=bar;q=0", false },
		{ ",,,gzip", true },
		{ ";;;,,;", false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		print_message("%s\n", rows[i].value ? rows[i].value : "(none)");
		assert_int_equal(accepts_gzip(rows[i].value), rows[i].yes);
	}
}

static void
replies_are_packed_for_those_who_take_it(void **state)
{
	static const struct {
		const char *path, *headers;
		bool gzip, vary;
	} rows[] = {
		{ "/text/text/xml?5000", "Accept-Encoding: gzip\r\n", true, true },
		{ "/text/text/xml?5000", "", false, true },
		{ "/text/text/xml?5000", "Accept-Encoding: gzip;q=0\r\n", false, true },
		{ "/text/text/xml?500", "Accept-Encoding: gzip\r\n", false, false },
		{ "/text/application/json?5000", "Accept-Encoding: gzip\r\n", true, true },
		{ "/text/application/soap+xml;charset=utf-8?5000", "Accept-Encoding: gzip\r\n",
		    true, true },
		{ "/text/image/jpeg?5000", "Accept-Encoding: gzip\r\n", false, false },
		{ "/text/image/svg+xml?5000", "Accept-Encoding: gzip\r\n", true, true },
		{ "/text/text/xml?5000", "Accept-Encoding: gzip\r\nX-Plain: 1\r\n", false, false },
		{ "/text/text/xml?5000", "X-Gzip: 1\r\n", true, false },
		{ "/text/text/xml?5", "X-Gzip: 1\r\n", true, false },
		{ "/text/image/png?5", "X-Gzip: 1\r\n", true, false },
		{ "/file", "Accept-Encoding: gzip\r\n", false, false },
	};
	char value[256], request[256], plain[8192];

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct answer answer = { 0 };
		z_stream stream = { 0 };
		int fd = dial(*state);
		g_snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST_LINE "%s\r\n",
		    rows[i].path, rows[i].headers);
		print_message("%s", request);
		says(fd, request);
		hear(fd, &answer);
		assert_int_equal(answer.status, 200);
		assert_int_equal(field(&answer, "Content-Encoding", value) != NULL, rows[i].gzip);
		assert_int_equal(field(&answer, "Vary", value) != NULL, rows[i].vary);
		if (field(&answer, "ETag", value) != NULL)
			assert_string_equal(value, rows[i].gzip ? "W/\"v1\"" : "\"v1\"");
		if (rows[i].gzip) {
			assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
			stream.next_in = (Bytef *)answer.body->str;
			stream.avail_in = (uInt)answer.body->len;
			stream.next_out = (Bytef *)plain;
			stream.avail_out = sizeof(plain);
			assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
			assert_int_equal(stream.total_out, atoi(strchr(rows[i].path, '?') + 1));
			assert_memory_equal(plain, "All work", MIN(stream.total_out, 8));
			inflateEnd(&stream);
		}
		answer_clear(&answer);
		close(fd);
	}
}

static void
files_are_sent_whole(void **state)
{
	struct answer answer = { 0 };
	int fd = dial(*state);

	for (int i = 0; i < 3; i++) {
		says(fd, GET("/file", ""));
		hear(fd, &answer);
		assert_int_equal(answer.status, 200);
		assert_int_equal(answer.body->len, 1024 * 1024);
		assert_int_equal(strspn(answer.body->str, "f"), 1024 * 1024);
	}
	assert_true(is_alive(fd));
	answer_clear(&answer);
	close(fd);
}

/* ---- Load, delay, deadlines, stop ---- */

static void
full_queue_is_told_at_once(void **state)
{
	struct ips_http_settings settings = usual;
	struct server *server;
	struct answer answer = { 0 };
	char value[256];
	int fds[3], fd;

	(void)state;
	settings.workers = 1;
	settings.queue = 2;
	server = server_start(&settings);
	for (size_t i = 0; i < IPS_NELEM(fds); i++) {
		fds[i] = dial(server);
		says(fds[i], GET("/gate", ""));
		if (i == 0)
			gate_wait(server, 1); /* one runs, two are to wait */
	}
	while (atomic_load(&server->http->suspended) < 3)
		g_usleep(1000);
	fd = dial(server);
	says(fd, GET("/gate", ""));
	hear(fd, &answer);
	assert_int_equal(answer.status, 503);
	assert_string_equal(field(&answer, "Retry-After", value), "1");
	assert_non_null(strstr(answer.body->str, "<refused status='503' "));
	says(fd, GET("/inline", "")); /* needs no worker */
	hear(fd, &answer);
	assert_int_equal(answer.status, 200);
	gate_open(server);
	for (size_t i = 0; i < IPS_NELEM(fds); i++) {
		hear(fds[i], &answer);
		assert_int_equal(answer.status, 200);
		close(fds[i]);
	}
	assert_true(is_alive(fd));
	close(fd);
	answer_clear(&answer);
	assert_true(server_stop(server, 1000));
}

static void
delay_holds_no_worker(void **state)
{
	struct ips_http_settings settings = usual;
	struct server *server;
	struct answer answer = { 0 };
	int64_t start_us = ips_monotonic_us();
	int fds[40];

	(void)state;
	settings.workers = 1;
	server = server_start(&settings);
	for (size_t i = 0; i < IPS_NELEM(fds); i++) {
		fds[i] = dial(server);
		says(fds[i], i % 2 ? GET("/late?300", "") : GET("/late?600", ""));
	}
	for (size_t i = 0; i < IPS_NELEM(fds); i++) {
		hear(fds[i], &answer);
		assert_int_equal(answer.status, 200);
		close(fds[i]);
	}
	/* One after the other they would take 18 s. */
	assert_in_range(ips_monotonic_us() - start_us, 600 * 1000, 9 * G_USEC_PER_SEC);
	answer_clear(&answer);
	assert_true(server_stop(server, 1000));
}

static void
slow_senders_are_cut_off(void **state)
{
	static const struct {
		const char *name, *start, *drip;
		int status;
	} rows[] = {
		{ "body", POST("/sum", "Content-Length: 1000\r\n"), "x", 408 },
		{ "chunk size", POST("/sum", "Transfer-Encoding: chunked\r\n"), "0", 408 },
		{ "chunk", POST("/sum", "Transfer-Encoding: chunked\r\n") "fff\r\n", "x", 408 },
		{ "headers", "GET / HTTP/1.1\r\nX-A: ", "x", 408 },
		{ "first line", "GET /", "x", 0 },
		{ "nothing but line ends", "", "\r\n", 0 },
	};
	struct ips_http_settings settings = usual;
	struct server *server;

	(void)state;
	settings.idle_timeout_s = 1;
	settings.request_timeout_s = 1;
	server = server_start(&settings);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct answer answer = { 0 };
		struct pollfd end;
		int64_t start_us = ips_monotonic_us();
		int fd = dial(server);
		print_message("%s\n", rows[i].name);
		says(fd, rows[i].start);
		end = (struct pollfd){ fd, POLLIN, 0 };
		while (poll(&end, 1, 100) == 0 && ips_monotonic_us() - start_us < WAIT_MS * 1000)
			says(fd, rows[i].drip);
		hear(fd, &answer);
		assert_int_equal(answer.status, rows[i].status);
		if (answer.status != 0)
			assert_true(is_closed(fd));
		assert_true(ips_monotonic_us() - start_us < WAIT_MS * 1000);
		answer_clear(&answer);
		close(fd);
	}
	assert_true(server_stop(server, 1000));
}

static void
idle_connections_are_closed(void **state)
{
	struct ips_http_settings settings = usual;
	struct server *server;
	int fd;

	(void)state;
	settings.idle_timeout_s = 1;
	server = server_start(&settings);
	fd = dial(server);
	assert_true(is_alive(fd));
	assert_true(is_closed(fd));
	close(fd);
	assert_true(server_stop(server, 1000));
}

static void
connections_are_limited(void **state)
{
	static const struct {
		int max_connections, max_per_address;
	} rows[] = { { 8, 0 }, { 1000, 8 } };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_http_settings settings = usual;
		struct server *server;
		struct answer answer = { 0 };
		int fds[8], fd;
		settings.max_connections = rows[i].max_connections;
		settings.max_per_address = rows[i].max_per_address;
		server = server_start(&settings);
		for (size_t j = 0; j < IPS_NELEM(fds); j++) {
			fds[j] = dial(server);
			assert_true(is_alive(fds[j]));
		}
		fd = dial(server);
		says(fd, GET("/alive", ""));
		hear(fd, &answer);
		assert_true(answer.status <= 0);
		close(fd);
		close(fds[0]);
		while (atomic_load(&server->http->connection_count) >= 8)
			g_usleep(1000);
		fd = dial(server);
		/* The library counts an address down just after it told us. */
		while (!is_alive(fd)) {
			close(fd);
			fd = dial(server);
		}
		for (size_t j = 1; j < IPS_NELEM(fds); j++)
			close(fds[j]);
		close(fd);
		answer_clear(&answer);
		assert_true(server_stop(server, 1000));
	}
}

static void
bodies_share_one_room(void **state)
{
	struct ips_http_settings settings = usual;
	struct server *server;
	struct answer answer = { 0 };
	char block[20000];
	int fds[3], held = 0, told = 0;

	(void)state;
	memset(block, 'b', sizeof(block));
	settings.max_body_total = 100000;
	server = server_start(&settings);
	for (size_t i = 0; i < IPS_NELEM(fds); i++) {
		fds[i] = dial(server);
		says(fds[i], POST("/sum", "Content-Length: 40000\r\n"));
		say(fds[i], block, sizeof(block));
		hear_within(fds[i], false, i == 2 ? WAIT_MS : 200, &answer);
		held += answer.status == -2;
		told += answer.status == 503;
	}
	assert_int_equal(held, 2);
	assert_int_equal(told, 1);
	for (int i = 0; i < 2; i++) {
		say(fds[i], block, sizeof(block));
		hear(fds[i], &answer);
		assert_string_equal(answer.body->str, "40000:b:b");
	}
	for (size_t i = 0; i < IPS_NELEM(fds); i++)
		close(fds[i]);
	answer_clear(&answer);
	while (atomic_load(&server->http->connection_count) > 0)
		g_usleep(1000);
	assert_int_equal(atomic_load(&server->http->body_bytes), 0);
	assert_true(server_stop(server, 1000));
}

struct stopper {
	struct server *server;
	int grace_ms;
	bool clean;
};

static void *
stop_main(void *arg)
{
	struct stopper *stopper = arg;

	stopper->clean = ips_http_stop(stopper->server->http, stopper->grace_ms);
	return NULL;
}

/* What is under way is answered; what only waits is let go; nobody new comes in. */
static void
stop_finishes_what_is_under_way(void **state)
{
	struct server *server = server_start(&usual);
	struct stopper stopper = { server, 20000, false };
	struct answer answer = { 0 };
	int idle = dial(server), busy = dial(server), late_fd = dial(server),
	    reading = dial(server);
	char value[256];
	pthread_t thread;

	(void)state;
	assert_true(is_alive(idle));
	says(busy, GET("/gate", ""));
	gate_wait(server, 1);
	says(late_fd, GET("/late?200", ""));
	says(reading, POST("/sum", "Content-Length: 4\r\nExpect: 100-continue\r\n"));
	hear(reading, &answer);
	assert_int_equal(answer.status, 100);
	while (atomic_load(&server->http->suspended) < 2)
		g_usleep(1000);
	assert_int_equal(pthread_create(&thread, NULL, stop_main, &stopper), 0);
	assert_true(is_closed(idle));
	says(reading, "abcd");
	hear(reading, &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(field(&answer, "Connection", value), "close");
	hear(late_fd, &answer);
	assert_int_equal(answer.status, 200);
	gate_open(server);
	hear(busy, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(is_closed(busy));
	pthread_join(thread, NULL);
	assert_true(stopper.clean);
	close(idle);
	close(busy);
	close(late_fd);
	close(reading);
	answer_clear(&answer);
	server_free(server);
}

/* A grace too short: those who read are cut, those who wait are told, the running one finishes. */
static void
stop_cuts_after_its_grace(void **state)
{
	struct ips_http_settings settings = usual;
	struct server *server;
	struct stopper stopper = { NULL, 100, true };
	struct answer answer = { 0 };
	int busy, queued, late_fd, reading;
	pthread_t thread;

	(void)state;
	settings.workers = 1;
	stopper.server = server = server_start(&settings);
	late_fd = dial(server);
	says(late_fd, GET("/late?600000", ""));
	while (atomic_load(&server->http->suspended) < 1)
		g_usleep(1000);
	busy = dial(server);
	says(busy, GET("/gate", ""));
	gate_wait(server, 1);
	queued = dial(server);
	says(queued, GET("/alive", ""));
	while (atomic_load(&server->http->suspended) < 3)
		g_usleep(1000);
	reading = dial(server);
	says(reading, POST("/sum", "Content-Length: 4\r\nExpect: 100-continue\r\n"));
	hear(reading, &answer);
	assert_int_equal(answer.status, 100);
	assert_int_equal(pthread_create(&thread, NULL, stop_main, &stopper), 0);
	hear(reading, &answer);
	assert_int_equal(answer.status, 408);
	hear(late_fd, &answer);
	assert_int_equal(answer.status, 200);
	gate_open(server);
	hear(busy, &answer);
	assert_int_equal(answer.status, 200);
	hear(queued, &answer);
	assert_int_equal(answer.status, 503);
	pthread_join(thread, NULL);
	assert_false(stopper.clean);
	close(busy);
	close(queued);
	close(late_fd);
	close(reading);
	answer_clear(&answer);
	server_free(server);
}

static void
clients_may_vanish(void **state)
{
	static const char *const rows[] = { "", "GET", GET("/gate", ""), GET("/late?200", ""),
		GET("/file", ""), POST("/sum", "Content-Length: 60000\r\n") "abc" };
	struct server *server = server_start(&usual);
	struct linger reset = { 1, 0 };

	(void)state;
	gate_open(server);
	for (int i = 0; i < 60; i++) {
		int fd = dial(server);
		says(fd, rows[(size_t)i % IPS_NELEM(rows)]);
		if (i % 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	while (atomic_load(&server->http->connection_count) > 0)
		g_usleep(1000);
	assert_int_equal(atomic_load(&server->http->body_bytes), 0);
	assert_true(server_stop(server, 1000));
}

struct crowd {
	struct server *server;
	int id, wrong;
};

static void *
crowd_main(void *arg)
{
	struct crowd *crowd = arg;
	struct answer answer = { 0 };
	char request[200], want[64];
	int fd = dial(crowd->server);

	for (int i = 0; i < 300; i++) {
		g_snprintf(request, sizeof(request), "GET /%d/%d?%s HTTP/1.1\r\n" HOST_LINE "\r\n",
		    crowd->id, i, i % 7 ? "" : "x=1");
		says(fd, request);
		hear(fd, &answer);
		g_snprintf(want, sizeof(want), "GET /%d/%d?%s", crowd->id, i, i % 7 ? "" : "x=1");
		crowd->wrong += answer.status != 200 || strcmp(answer.body->str, want) != 0;
	}
	close(fd);
	answer_clear(&answer);
	return NULL;
}

static void
many_clients_get_their_own_answers(void **state)
{
	struct crowd crowd[16];
	pthread_t threads[16];

	for (int i = 0; i < 16; i++) {
		crowd[i] = (struct crowd){ *state, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowd[i]), 0);
	}
	for (int i = 0; i < 16; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(crowd[i].wrong, 0);
	}
}

static void
bad_addresses_are_refused(void **state)
{
	static const char *const addresses[] = { "999.1.1.1", "no such host.invalid", "8.8.8.8" };
	struct ips_http *http = NULL;
	struct ips_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(addresses); i++) {
		struct ips_http_settings settings = usual;
		settings.address = addresses[i];
		assert_false(ips_http_start(&settings, NULL, 0, &http, &err));
		assert_non_null(strstr(err.reason, addresses[i]));
	}
	assert_null(http);
}

/* ---- The log ---- */

/* The line of the request with this marker in its path. */
static char *
logged(struct server *server, const char *request)
{
	char name[] = "/tmp/test_http.XXXXXX", *text = NULL;
	struct answer answer = { 0 };
	int saved = dup(STDERR_FILENO), log = mkstemp(name), fd;

	dup2(log, STDERR_FILENO);
	ips_log_set_level(IPS_LOG_INFO);
	fd = dial(server);
	says(fd, request);
	hear(fd, &answer);
	close(fd);
	while (atomic_load(&server->http->connection_count) > 0)
		g_usleep(1000);
	ips_log_set_level(IPS_LOG_ERROR);
	dup2(saved, STDERR_FILENO);
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	unlink(name);
	close(saved);
	close(log);
	answer_clear(&answer);
	return text;
}

static void
requests_are_logged_without_secrets(void **state)
{
	static const struct {
		const char *request, *want[4], *never;
	} rows[] = {
		{ GET("/a", "Authorization: Basic topsecret\r\n"),
		    { "method=GET", "path=/a", "status=200", "peer=127.0.0.1" }, "topsecret" },
		{ GET("/a?x=1&AuthPassword=topsecret&y=2", ""), { "x=1&AuthPassword=***&y=2" },
		    "topsecret" },
		{ GET("/a?access_token=topsecret", ""), { "access_token=***" }, "topsecret" },
		{ GET("/a?pass%77ord=topsecret", ""), { "=***" }, "topsecret" },
		{ POST("/sum", "Content-Length: 9\r\n") "topsecret", { "in=9", "out=5" },
		    "topsecret" },
		{ GET("/a%0astatus=500", ""), { "status=200" }, "\nstatus" },
		{ "DELETE /a HTTP/1.1\r\n" HOST_LINE "\r\n", { "status=405" }, "topsecret" },
		{ POST("/sum", "Content-Length: 99999\r\n"), { "status=413" }, "topsecret" },
	};
	struct server *server = server_start(&usual);
	GString *path = g_string_new("GET /");
	char *line;

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		line = logged(server, rows[i].request);
		print_message("%s", line);
		for (size_t j = 0; j < 4 && rows[i].want[j] != NULL; j++)
			assert_non_null(strstr(line, rows[i].want[j]));
		assert_null(strstr(line, rows[i].never));
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1); /* one line */
		g_free(line);
	}
	for (int i = 0; i < 1000; i++)
		g_string_append(path, "abc");
	g_string_append(path, "? HTTP/1.1\r\n" HOST_LINE "\r\n");
	line = logged(server, path->str);
	assert_true(strlen(line) < 500);
	g_free(line);
	g_string_free(path, TRUE);
	assert_true(server_stop(server, 1000));
}

static int
setup(void **state)
{
	*state = server_start(&usual);
	return 0;
}

static int
teardown(void **state)
{
	return server_stop(*state, 2000) ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_bytes_get_what_they_deserve),
		cmocka_unit_test(head_has_no_body),
		cmocka_unit_test(bodiless_status_has_no_length),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(single_bytes_add_up),
		cmocka_unit_test(bodies_up_to_the_limit),
		cmocka_unit_test(expect_is_met_only_for_welcome_bodies),
		cmocka_unit_test(headers_are_limited),
		cmocka_unit_test(long_queries_come_whole),
		cmocka_unit_test(gzip_is_undone_within_limits),
		cmocka_unit_test(accept_encoding_is_weighed),
		cmocka_unit_test(replies_are_packed_for_those_who_take_it),
		cmocka_unit_test(files_are_sent_whole),
		cmocka_unit_test(full_queue_is_told_at_once),
		cmocka_unit_test(delay_holds_no_worker),
		cmocka_unit_test(slow_senders_are_cut_off),
		cmocka_unit_test(idle_connections_are_closed),
		cmocka_unit_test(connections_are_limited),
		cmocka_unit_test(bodies_share_one_room),
		cmocka_unit_test(stop_finishes_what_is_under_way),
		cmocka_unit_test(stop_cuts_after_its_grace),
		cmocka_unit_test(clients_may_vanish),
		cmocka_unit_test(many_clients_get_their_own_answers),
		cmocka_unit_test(bad_addresses_are_refused),
		cmocka_unit_test(requests_are_logged_without_secrets),
	};
	ips_log_set_level(IPS_LOG_ERROR);
	return cmocka_run_group_tests(tests, setup, teardown);
}
