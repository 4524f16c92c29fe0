/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* How many connections, how slow, how much. */
#include "http_stage.h"

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

/* Headers have less time than bodies, and those of a first request as much as later ones. */
static void
headers_have_a_time_of_their_own(void **state)
{
	struct ips_http_settings settings = usual;
	struct server *server;

	(void)state;
	settings.header_timeout_s = 1;
	server = server_start(&settings);
	for (int used = 0; used < 2; used++) {
		struct answer answer = { 0 };
		struct pollfd end;
		int64_t start_us = ips_monotonic_us();
		int fd = dial(server), body = dial(server);
		assert_true(!used || is_alive(fd));
		says(fd, "GET / HTTP/1.1\r\n");
		says(body, POST("/sum", "Content-Length: 2\r\n") "a");
		end = (struct pollfd){ fd, POLLIN, 0 };
		while (poll(&end, 1, 100) == 0 && ips_monotonic_us() - start_us < WAIT_MS * 1000)
			says(fd, "X");
		hear(fd, &answer);
		assert_int_equal(answer.status, 408);
		assert_true(is_closed(fd));
		assert_true(ips_monotonic_us() - start_us < WAIT_MS * 1000);
		says(body, "b");
		hear(body, &answer);
		assert_int_equal(answer.status, 200);
		answer_clear(&answer);
		close(fd);
		close(body);
	}
	assert_true(server_stop(server, 1000));
}

/* Who reads as slowly as he can is cut off, who reads as he should is not, and neither holds the
 * one worker there is. */
static void
slow_readers_are_cut_off(void **state)
{
	static const struct {
		const char *name, *request;
		size_t bytes; /* a step of 50 ms */
		int first;    /* MB read at once before */
		bool whole;
	} rows[] = {
		{ "slow", GET("/text/image/png?40000000", ""), 1, 0, false },
		{ "slow after a good beginning", GET("/text/image/png?40000000", ""), 1, 20,
		    false },
		{ "good", GET("/text/image/png?40000000", ""), 1000000, 0, true },
		{ "none at all", GET("/text/image/png?40000000", ""), 0, 0, false },
	};
	struct ips_http_settings settings = usual;
	struct server *server;
	char *block = g_malloc(1024 * 1024);

	(void)state;
	settings.workers = 1;
	settings.send_timeout_s = 1;
	settings.send_rate = 1000 * 1000;
	server = server_start(&settings);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int64_t start_us = ips_monotonic_us();
		int fd = dial_port(server->port, 8192), other = dial(server);
		size_t taken = 0;
		print_message("%s\n", rows[i].name);
		says(fd, rows[i].request);
		while (taken < (size_t)rows[i].first * 1000 * 1000)
			taken += (size_t)listen_for(fd, block, 1024 * 1024, WAIT_MS);
		assert_true(is_alive(other));
		while (atomic_load(&server->http->connection_count) > 1 &&
		       ips_monotonic_us() - start_us < 3 * WAIT_MS * 1000) {
			size_t step = 0;
			int n;
			while (step < rows[i].bytes &&
			       (n = listen_for(
				    fd, block, MIN(rows[i].bytes - step, 1024 * 1024), 0)) > 0)
				step += (size_t)n;
			taken += step;
			if (taken > 40000000) /* with the head */
				break;
			g_usleep(50 * 1000);
		}
		assert_int_equal(taken > 40000000, rows[i].whole);
		assert_int_equal(atomic_load(&server->http->connection_count), 1 + rows[i].whole);
		close(fd);
		close(other);
		while (atomic_load(&server->http->connection_count) > 0)
			g_usleep(1000);
	}
	g_free(block);
	assert_true(server_stop(server, 1000));
}

static void
idle_connections_are_closed(void **state)
{
	struct ips_http_settings settings = usual;
	struct server *server;
	int fds[100], fd;

	(void)state;
	settings.idle_timeout_s = 1;
	server = server_start(&settings);
	fd = dial(server);
	assert_true(is_alive(fd));
	assert_true(is_closed(fd));
	close(fd);
	/* Who has said nothing has no connection of the library's. */
	for (size_t i = 0; i < IPS_NELEM(fds); i++)
		fds[i] = dial(server);
	while (atomic_load(&server->http->connection_count) < 100)
		g_usleep(1000);
	pthread_mutex_lock(&server->http->connections_lock);
	assert_null(server->http->connections);
	pthread_mutex_unlock(&server->http->connections_lock);
	close(fds[0]); /* one leaves by itself */
	for (size_t i = 1; i < IPS_NELEM(fds); i++) {
		assert_true(is_closed(fds[i]));
		close(fds[i]);
	}
	while (atomic_load(&server->http->connection_count) > 0)
		g_usleep(1000);
	assert_true(server_stop(server, 1000));
}

/* Whoever comes too many is told so at once, without having said a word. */
static void
connections_are_limited(void **state)
{
	static const struct {
		int max_connections, max_per_address, fit;
		bool speak;
	} rows[] = {
		{ 8, 8, 8, true },
		{ 8, 8, 8, false },
		{ 1000, 8, 8, true },
		{ 8, 0, 6, true }, /* a quarter is for other addresses */
		{ 1, 0, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_http_settings settings = usual;
		struct server *server;
		struct answer answer = { 0 };
		char value[256];
		int fds[8], fd, fit = rows[i].fit;
		settings.max_connections = rows[i].max_connections;
		settings.max_per_address = rows[i].max_per_address;
		server = server_start(&settings);
		for (int j = 0; j < fit; j++) {
			fds[j] = dial(server);
			assert_true(!rows[i].speak || is_alive(fds[j]));
		}
		while (atomic_load(&server->http->connection_count) < fit)
			g_usleep(1000);
		for (int j = 0; j < 20; j++) {
			fd = dial(server);
			if (j % 2)
				says(fd, GET("/alive", ""));
			hear(fd, &answer);
			assert_int_equal(answer.status, 503);
			assert_string_equal(field(&answer, "Retry-After", value), "1");
			assert_string_equal(field(&answer, "Connection", value), "close");
			assert_true(is_closed(fd));
			close(fd);
		}
		assert_true(is_alive(fds[fit - 1]));
		close(fds[0]);
		while (atomic_load(&server->http->connection_count) >= fit)
			g_usleep(1000);
		fd = dial(server);
		assert_true(is_alive(fd));
		for (int j = 1; j < fit; j++)
			close(fds[j]);
		close(fd);
		while (atomic_load(&server->http->connection_count) > 0)
			g_usleep(1000);
		assert_int_equal(g_hash_table_size(server->http->house.of_address), 0);
		answer_clear(&answer);
		assert_true(server_stop(server, 1000));
	}
}

static void
addresses_are_counted_by_network(void **state)
{
	static const struct {
		const char *first, *second;
		bool same;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "::ffff:192.0.2.1", "192.0.2.1", true },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
		{ "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true }, /* who has one has both */
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_http_settings settings = usual;
		struct server *server;
		const char *texts[] = { rows[i].first, rows[i].second };
		struct sockaddr_in6 addresses[2] = { 0 };
		print_message("%s %s\n", texts[0], texts[1]);
		settings.max_per_address = 1;
		server = server_start(&settings);
		for (int j = 0; j < 2; j++) {
			struct sockaddr_in *v4 = (struct sockaddr_in *)&addresses[j];
			addresses[j].sin6_family = AF_INET6;
			if (inet_pton(AF_INET6, texts[j], &addresses[j].sin6_addr) == 1)
				continue;
			v4->sin_family = AF_INET;
			assert_int_equal(inet_pton(AF_INET, texts[j], &v4->sin_addr), 1);
		}
		assert_int_equal(
		    house_enter(server->http, (struct sockaddr *)&addresses[0]), ADMITTED);
		assert_int_equal(house_enter(server->http, (struct sockaddr *)&addresses[1]),
		    rows[i].same ? ADDRESS_FULL : ADMITTED);
		house_leave(server->http, (struct sockaddr *)&addresses[0]);
		if (!rows[i].same)
			house_leave(server->http, (struct sockaddr *)&addresses[1]);
		assert_true(server_stop(server, 1000));
	}
}

static void
requests_of_a_connection_are_limited(void **state)
{
	static const char three[] = GET("/1", "") GET("/2", "") GET("/3", "");
	struct ips_http_settings settings = usual;
	struct server *server;
	struct answer answer = { 0 };
	char value[256];

	(void)state;
	settings.max_requests = 3;
	server = server_start(&settings);
	for (int pipelined = 0; pipelined < 2; pipelined++) {
		int fd = dial(server);
		if (pipelined)
			says(fd, three);
		for (int i = 1; i <= 3; i++) {
			if (!pipelined)
				says(fd, GET("/", ""));
			hear(fd, &answer);
			assert_int_equal(answer.status, 200);
			if (i < 3)
				assert_null(field(&answer, "Connection", value));
			else
				assert_string_equal(field(&answer, "Connection", value), "close");
		}
		assert_true(is_closed(fd));
		close(fd);
	}
	answer_clear(&answer);
	assert_true(server_stop(server, 1000));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_senders_are_cut_off),
		cmocka_unit_test(headers_have_a_time_of_their_own),
		cmocka_unit_test(slow_readers_are_cut_off),
		cmocka_unit_test(idle_connections_are_closed),
		cmocka_unit_test(connections_are_limited),
		cmocka_unit_test(addresses_are_counted_by_network),
		cmocka_unit_test(requests_of_a_connection_are_limited),
		cmocka_unit_test(bodies_share_one_room),
	};
	ips_log_set_level(IPS_LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
