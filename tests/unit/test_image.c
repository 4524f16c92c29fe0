/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The image face over a real socket, from a real catalog and store. */
#include "openips/image.h"
#include "openips/render.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char *dir;
	struct ips_service *service;
	struct ips_image_face *face;
	struct ips_http *http;
};

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if (!(call))                                                                       \
			fail_msg("%s: %s (%s)", #call, err.reason, err.detail);                    \
	} while (0)

static void *
worker_open(void *arg)
{
	(void)arg;
	return NULL;
}

static void
worker_close(void *worker)
{
	(void)worker;
	ips_render_thread_done();
}

static int
start(void **state)
{
	static const struct ips_render_limits limits = { .max_pixels = 100000000, .threads = 2 };
	struct fixture *f = g_new0(struct fixture, 1);
	struct ips_error err = { .fault = IPS_OK };
	struct ips_http_route routes[4];
	struct ips_http_settings http = { .address = "127.0.0.1",
		.event_threads = 1,
		.workers = 2,
		.queue = 16,
		.max_connections = 50,
		.max_per_address = 50,
		.max_header = 16384,
		.max_headers = 64,
		.idle_timeout_s = 30,
		.request_timeout_s = 30,
		.worker_open = worker_open,
		.worker_close = worker_close };

	f->dir = g_dir_make_tmp("openips-XXXXXX", NULL);
	struct ips_service_settings settings = {
		.data_dir = f->dir, .public_url = "", .render_deadline_ms = 60000, .remember_s = 600
	};
	MUST(ips_render_start("test", &limits, &err));
	MUST(ips_service_init(f->dir, &err));
	MUST(ips_service_open(&settings, &f->service, &err));
	MUST(ips_service_demo(f->service, &err));
	f->face = ips_image_face_new(f->service);
	assert_int_equal(ips_image_face_routes(f->face, routes, IPS_NELEM(routes)), 1);
	MUST(ips_http_start(&http, routes, 1, &f->http, &err));
	*state = f;
	return 0;
}

static void
remove_tree(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	if (dir != NULL)
		g_dir_close(dir);
	(void)remove(path);
}

static int
stop(void **state)
{
	struct fixture *f = *state;

	assert_true(ips_http_stop(f->http, 5000));
	ips_image_face_free(f->face);
	ips_service_close(f->service);
	ips_render_stop();
	remove_tree(f->dir);
	g_free(f->dir);
	g_free(f);
	return 0;
}

/* One request, one connection: all that comes back. */
static GString *
ask(struct fixture *f, const char *method, const char *target, const char *headers)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)ips_http_port(f->http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	g_autofree char *request =
	    g_strdup_printf("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
		method, target, headers);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	GString *reply = g_string_new(NULL);
	char chunk[4096];
	ssize_t n;

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		g_string_append_len(reply, chunk, n);
	close(fd);
	return reply;
}

static int
status_of(const GString *reply)
{
	int status = 0;

	assert_int_equal(sscanf(reply->str, "HTTP/1.1 %d", &status), 1);
	return status;
}

/* The value of a header, any case; NULL if it is absent. */
static char *
header_of(const GString *reply, const char *name)
{
	g_auto(GStrv) line = g_strsplit(reply->str, "\r\n", -1);

	for (size_t i = 1; line[i] != NULL && line[i][0] != '\0'; i++) {
		size_t len = strlen(name);

		if (g_ascii_strncasecmp(line[i], name, len) == 0 && line[i][len] == ':')
			return g_strstrip(g_strdup(line[i] + len + 1));
	}
	return NULL;
}

static const char *
body_of(const GString *reply)
{
	const char *end = strstr(reply->str, "\r\n\r\n");

	assert_non_null(end);
	return end + 4;
}

static void
test_answers(void **state)
{
	static const struct {
		const char *method, *target;
		int status;
		const char *type, *body; /* how both begin; "" body: none */
	} rows[] = {
		{ "GET", "/is/image/ApiTestCo/macbookwin1?wid=60", 200, "image/jpeg",
		    "\xFF\xD8\xFF" },
		{ "GET", "/is/image/ApiTestCo/macbookwin1", 200, "image/jpeg", "\xFF\xD8\xFF" },
		{ "GET", "/is/image/ApiTestCo/mug?wid=60&fmt=png-alpha", 200, "image/png",
		    "\x89PNG" },
		{ "GET", "/is/image/ApiTestCo/%6Dug?wid=60", 200, "image/jpeg", "\xFF\xD8\xFF" },
		{ "HEAD", "/is/image/ApiTestCo/mug?wid=60", 200, "image/jpeg", "" },
		{ "GET", "/is/image/ApiTestCo/nothing", 404, "text/plain",
		    "Unable to find image 'ApiTestCo/nothing'" },
		{ "HEAD", "/is/image/ApiTestCo/nothing", 404, "text/plain", "" },
		{ "GET", "/is/image/NoSuchCo/mug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image//mug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/m%2Fug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/m%00ug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/m%FFug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/%", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/mug?wid=-1", 403, "text/plain", "" },
		{ "GET", "/is/image/ApiTestCo/mug?fmt=nonsense", 403, "text/plain", "" },
		{ "POST", "/is/image/ApiTestCo/mug", 405, "text/plain", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autoptr(GString) reply = ask(f, rows[i].method, rows[i].target, "");
		g_autofree char *type = header_of(reply, "Content-Type");
		g_autofree char *cache = header_of(reply, "Cache-Control");
		const char *body = body_of(reply);

		if (status_of(reply) != rows[i].status)
			fail_msg("%s: %d %s", rows[i].target, status_of(reply), body);
		if (type == NULL || !g_str_has_prefix(type, rows[i].type))
			fail_msg("%s: %s", rows[i].target, type);
		if (strcmp(rows[i].method, "HEAD") == 0)
			assert_string_equal(body, "");
		else if (memcmp(body, rows[i].body, strlen(rows[i].body)) != 0)
			fail_msg("%s: %s", rows[i].target, body);
		if (rows[i].status == 200)
			assert_string_equal(cache, "public, max-age=36000");
		else
			assert_string_equal(cache, "no-store");
	}
}

static void
test_validators(void **state)
{
	static const char target[] = "/is/image/ApiTestCo/lamp?wid=50";
	struct fixture *f = *state;
	g_autoptr(GString) first = ask(f, "GET", target, "");
	g_autofree char *etag = header_of(first, "ETag");
	g_autofree char *modified = header_of(first, "Last-Modified");
	g_autofree char *expires = header_of(first, "Expires");

	assert_non_null(etag);
	assert_non_null(modified);
	assert_non_null(expires);
	const struct {
		const char *header, *value;
		int status;
	} rows[] = {
		{ "If-None-Match", etag, 304 },
		{ "If-None-Match", "*", 304 },
		{ "If-None-Match", "\"other\"", 200 },
		{ "If-Modified-Since", modified, 304 },
		{ "If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 200 },
		{ "If-Modified-Since", "Fri, 31 Dec 2100 08:49:37 GMT", 304 },
		{ "If-Modified-Since", "yesterday", 200 },
		/* The tag outranks the date. */
		{ "If-None-Match: \"other\"\r\nIf-Modified-Since", modified, 200 },
	};
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autofree char *header =
		    g_strdup_printf("%s: %s\r\n", rows[i].header, rows[i].value);
		g_autoptr(GString) reply = ask(f, "GET", target, header);
		g_autofree char *again = header_of(reply, "ETag");

		if (status_of(reply) != rows[i].status)
			fail_msg("%s: %d", header, status_of(reply));
		assert_string_equal(again, etag);
		if (rows[i].status == 304)
			assert_string_equal(body_of(reply), "");
		else
			assert_int_equal(reply->len - (size_t)(body_of(reply) - reply->str),
			    first->len - (size_t)(body_of(first) - first->str));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_validators),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
