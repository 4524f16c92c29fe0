/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Raw bytes in, status line and state of the connection out. */
#include "http_stage.h"

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

#define BYTES(text) text, sizeof(text) - 1
#define TEXT(text)  text, 0

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
	{ "host beyond ASCII", TEXT("GET / HTTP/1.1\r\nHost: a\xff\r\n\r\n"), 400, CLOSED, "Host" },
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
	{ "an exact path", TEXT("GET /exact/ HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, KEPT, NULL },
	{ "more than an exact path", TEXT("GET /exact/x HTTP/1.1\r\n" HOST_LINE "\r\n"), 200, KEPT,
	    NULL },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_bytes_get_what_they_deserve),
	};
	ips_log_set_level(IPS_LOG_ERROR);
	return cmocka_run_group_tests(tests, setup, teardown);
}
