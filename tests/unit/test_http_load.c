/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Load, stopping, the log. */
#include "http_stage.h"

/* ---- Load, delay, stop ---- */

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_queue_is_told_at_once),
		cmocka_unit_test(delay_holds_no_worker),
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
