/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Messages: sizes, order, methods, compression. */
#include "http_stage.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};
	ips_log_set_level(IPS_LOG_ERROR);
	return cmocka_run_group_tests(tests, setup, teardown);
}
