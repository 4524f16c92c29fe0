/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Our client against our face, over a real socket: a listener of few lines stands between them. */
#include "soap_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- The listener ---- */

const char *
ips_http_header(const struct ips_http_request *request, const char *name)
{
	const char *head = request->headers, *line = head;
	char *start = g_strdup_printf("\r\n%s:", name);
	const char *value = NULL;

	line = strcasestr(head, start);
	if (line) {
		line += strlen(start);
		line += strspn(line, " ");
		value = ips_arena_strndup(request->mem, line, strcspn(line, "\r\n"));
	}
	g_free(start);
	return value;
}

void
ips_http_add_header(struct ips_http_response *response, const char *name, const char *value)
{
	(void)response, (void)name, (void)value;
}

struct listener {
	struct ips_service service;
	struct ips_soap *soap;
	int fd, port;
	GThread *thread;
	GMutex lock; /* of head and service */
	char *head;  /* of the last request */
};

/* The body's length once the head is complete, else -1. */
static long
body_expected(const char *text, const char **body)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strcasestr(text, "\r\nContent-Length:");

	if (!end || !length)
		return -1;
	*body = end + 4;
	return strtol(length + 17, NULL, 10);
}

static void
serve_one(struct listener *listener, void *worker, int fd)
{
	GString *in = g_string_new(NULL);
	struct ips_arena *mem = ips_arena_new();
	struct ips_http_response response = { .status = 200, .fd = -1 };
	struct ips_http_route routes[8];
	const char *body = NULL;
	char buffer[4096], *head;
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
		g_string_append_len(in, buffer, got);
		long len = body_expected(in->str, &body);
		if (len >= 0 && strlen(body) >= (size_t)len)
			break;
	}
	if (!body)
		goto out;
	g_mutex_lock(&listener->lock);
	g_free(listener->head);
	listener->head = g_strndup(in->str, (gsize)(body - in->str));
	struct ips_http_request request = { .id = "1",
		.method = "POST",
		.path = "/",
		.query = "",
		.version = "HTTP/1.1",
		.peer = "127.0.0.1",
		.body = body,
		.body_len = strlen(body),
		.mem = mem,
		.headers = listener->head };

	ips_soap_routes(listener->soap, routes, IPS_NELEM(routes));
	routes[0].handle(routes[0].arg, worker, &request, &response);
	g_mutex_unlock(&listener->lock);
	head = g_strdup_printf("HTTP/1.1 %d x\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
			       "Connection: close\r\n\r\n",
	    response.status, response.type, response.body->len);
	g_string_prepend(response.body, head);
	g_free(head);
	if (write(fd, response.body->str, response.body->len) < 0)
		perror("write");
	g_string_free(response.body, TRUE);
out:
	g_string_free(in, TRUE);
	ips_arena_free(mem);
	close(fd);
}

static void *
listen_loop(void *arg)
{
	struct listener *listener = arg;
	void *worker = ips_soap_worker_open(listener->soap);
	int fd;

	while ((fd = accept(listener->fd, NULL, NULL)) >= 0)
		serve_one(listener, worker, fd);
	ips_soap_worker_close(worker);
	return NULL;
}

static int
set_up(void **state)
{
	struct listener *listener = g_new0(struct listener, 1);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct ips_soap_settings settings = { .public_url = "", .max_body = 1 << 20 };
	socklen_t len = sizeof(address);
	struct ips_error err;

	if (!ips_soap_open(&listener->service, &settings, &listener->soap, &err))
		return -1;
	listener->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener->fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(listener->fd, 8) != 0 ||
	    getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0)
		return -1;
	listener->port = ntohs(address.sin_port);
	listener->thread = g_thread_new("listener", listen_loop, listener);
	*state = listener;
	return 0;
}

static int
tear_down(void **state)
{
	struct listener *listener = *state;

	shutdown(listener->fd, SHUT_RDWR);
	g_thread_join(listener->thread);
	close(listener->fd);
	ips_soap_close(listener->soap);
	g_free(listener->head);
	g_free(listener);
	return 0;
}

/* ---- Calls ---- */

static void
test_client_copy(void **state)
{
	static const struct {
		const char *label, *company, *name, *modifier, *user, *password;
		bool basic;
		enum ips_fault fault;
		const char *reason, *last;
	} rows[] = {
		{ "header", "c|6", "copy", "wid=5&fmt=png", "user@example.com", "p&w", false,
		    IPS_OK, NULL, "a|739 f|ApiTestCo/ copy [wid=5&fmt=png]" },
		{ "Basic", "c|6", "copy", NULL, "user@example.com", "p&w", true, IPS_OK, NULL,
		    "a|739 f|ApiTestCo/ copy []" },
		{ "beyond ASCII", "c|6", "K\u00f6ln <\U0001F600>", "", "user@example.com", "p&w",
		    false, IPS_OK, NULL, "a|739 f|ApiTestCo/ K\u00f6ln <\U0001F600> []" },
		{ "name taken", "c|6", "taken", "", "user@example.com", "p&w", false, IPS_EXCEPTION,
		    "Asset ID 'taken' is already in use.", NULL },
		{ "password", "c|6", "copy", "", "user@example.com", "x", false,
		    IPS_INVALID_CREDENTIALS, "Invalid username/password", NULL },
		{ "password, Basic", "c|6", "copy", "", "user@example.com", "x", true,
		    IPS_INVALID_CREDENTIALS, "Invalid username/password", NULL },
		{ "company", "c|7", "copy", "", "user@example.com", "p&w", false,
		    IPS_INVALID_COMPANY, "No company 'c|7'", NULL },
	};
	struct listener *listener = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_arena *mem = ips_arena_new();
		struct ips_soap_client client = {
			.endpoint = ips_arena_printf(mem,
			    "http://127.0.0.1:%d/scene7/services/IpsApiService", listener->port),
			.user = rows[i].user,
			.password = rows[i].password,
			.basic = rows[i].basic,
		};
		struct ips_copy copy = { "a|739", "f|ApiTestCo/", rows[i].name, rows[i].modifier };
		struct ips_error err = { 0 };
		const char *handle = NULL;
		bool done =
		    ips_soap_client_copy(&client, rows[i].company, &copy, mem, &handle, &err);

		g_mutex_lock(&listener->lock);
		if (done != (rows[i].fault == IPS_OK) || err.fault != rows[i].fault ||
		    (rows[i].reason && strcmp(err.reason, rows[i].reason) != 0) ||
		    (rows[i].last && strcmp(listener->service.last, rows[i].last) != 0) ||
		    (done && strcmp(handle, "a|943|1|580") != 0))
			fail_msg("%s: %d %d %s, service: %s", rows[i].label, done, err.fault,
			    err.reason, listener->service.last);
		if ((strstr(listener->head, "Authorization: Basic") != NULL) != rows[i].basic)
			fail_msg("%s: %s", rows[i].label, listener->head);
		g_mutex_unlock(&listener->lock);
		ips_arena_free(mem);
	}
}

static void
test_client_no_server(void **state)
{
	struct ips_soap_client client = {
		.endpoint = "http://127.0.0.1:1/", .user = "u", .password = "p"
	};
	struct ips_copy copy = { "a|1", "f|x/", "n", "" };
	struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { 0 };
	const char *handle;

	(void)state;
	assert_false(ips_soap_client_copy(&client, "c|6", &copy, mem, &handle, &err));
	assert_int_equal(err.fault, IPS_EXCEPTION);
	assert_true(*err.reason != '\0');
	ips_arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_client_copy, set_up, tear_down),
		cmocka_unit_test(test_client_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
