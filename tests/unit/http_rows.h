/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Raw bytes in, statuses and the state of the connection out. */
#ifndef OPENIPS_HTTP_ROWS_H
#define OPENIPS_HTTP_ROWS_H

#include "http_stage.h"

/* ---- Raw bytes in, status and state of the connection out ---- */

/* GONE: closed, but libmicrohttpd 0.9.75 repeats the head of its own refusal of a length before. */
enum after { CLOSED, GONE, KEPT };

struct exchange_row {
	const char *name;
	const char *bytes;
	size_t len; /* 0: strlen */
	int status; /* 0: closed without an answer */
	enum after after;
	const char *want; /* in head or body of the first answer; NULL: anything */
	int more[2];      /* statuses of further answers; 0: none */
	bool half;        /* the client then closes its side: there is no next request */
};

#define BYTES(text) text, sizeof(text) - 1
#define TEXT(text)  text, 0

static const struct exchange_row exchange_rows[] = {
	/* what is right */
	{ "plain", TEXT(GET("/a/b%20c?x=1&y=%2F", "")), 200, .after = KEPT,
	    .want = "GET /a/b%20c?x=1&y=%2F" },
	{ "no query", TEXT(GET("/a?", "")), 200, .after = KEPT, .want = "GET /a?" },
	{ "two question marks", TEXT(GET("/a?b?c", "")), 200, .after = KEPT, .want = "GET /a?b?c" },
	{ "raw UTF-8", TEXT(GET("/\xc3\xa9", "")), 200, .after = KEPT, .want = "GET /\xc3\xa9?" },
	{ "absolute target", TEXT(GET("http://h:80/p?q", "")), 200, .after = KEPT,
	    .want = "GET /p?q" },
	{ "absolute, no path", TEXT(GET("http://h", "")), 200, .after = KEPT, .want = "GET /?" },
	{ "empty line before", TEXT("\r\n" GET("/a", "")), 200, .after = KEPT, .want = "GET /a?" },
	{ "inline", TEXT(GET("/inline", "")), 200, .after = KEPT, .want = "GET /inline?" },
	{ "request id", TEXT(GET("/", "")), 200, .after = KEPT, .want = "\r\nX-Request-Id: " },
	{ "server", TEXT(GET("/", "")), 200, .after = KEPT, .want = "\r\nServer: openips\r\n" },
	{ "date", TEXT(GET("/", "")), 200, .after = KEPT, .want = "\r\nDate: " },
	{ "empty header value", TEXT(GET("/", "X-A:\r\nX-B: \r\n")), 200, .after = KEPT },
	{ "tab in value", TEXT(GET("/", "X-A:\ta\tb \r\n")), 200, .after = KEPT },
	{ "close wanted", TEXT(GET("/", "Connection: close\r\n")), 200, .after = CLOSED },
	{ "HTTP/1.0", TEXT("GET / HTTP/1.0\r\n\r\n"), 200, .after = CLOSED,
	    .want = "\r\nContent-Length: 6\r\n" },
	{ "HTTP/1.0 keep", TEXT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 200,
	    .after = KEPT },

	/* bodies */
	{ "length", TEXT(POST("/sum", "Content-Length: 3\r\n") "abc"), 200, .after = KEPT,
	    .want = "3:a:c" },
	{ "length 0", TEXT(POST("/sum", "Content-Length: 0\r\n")), 200, .after = KEPT,
	    .want = "0::" },
	{ "no length", TEXT(POST("/sum", "")), 200, .after = KEPT, .want = "0::" },
	{ "HTTP/1.0 body", TEXT("POST /sum HTTP/1.0\r\nContent-Length: 2\r\n\r\nxy"), 200,
	    .after = CLOSED, .want = "2:x:y" },
	{ "NUL in body", BYTES(POST("/sum", "Content-Length: 3\r\n") "a\0c"), 200, .after = KEPT,
	    .want = "3:a:c" },
	{ "chunked",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
	    200, .after = KEPT, .want = "5:a:e" },
	{ "chunked, case, extension, trailer",
	    TEXT(POST("/sum",
		"Transfer-Encoding: Chunked\r\n") "A;x=y\r\n0123456789\r\n0\r\nX-T: t\r\n\r\n"),
	    200, .after = KEPT, .want = "10:0:9" },
	{ "chunked, empty", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "0\r\n\r\n"), 200,
	    .after = KEPT, .want = "0::" },
	{ "identity", TEXT(POST("/sum", "Content-Encoding: identity\r\nContent-Length: 1\r\n") "a"),
	    200, .after = KEPT, .want = "1:a:a" },

	/* where a body ends must not be in doubt */
	{ "two lengths", TEXT(POST("/sum", "Content-Length: 3\r\nContent-Length: 4\r\n") "abcd"),
	    400, .after = CLOSED, .want = "repeated" },
	{ "same length twice",
	    TEXT(POST("/sum", "Content-Length: 3\r\nContent-Length: 3\r\n") "abc"), 400,
	    .after = CLOSED, .want = "repeated" },
	{ "length list", TEXT(POST("/sum", "Content-Length: 3, 3\r\n") "abc"), 400, .after = GONE },
	{ "negative length", TEXT(POST("/sum", "Content-Length: -1\r\n") "abc"), 400,
	    .after = GONE },
	{ "signed length", TEXT(POST("/sum", "Content-Length: +3\r\n") "abc"), 400, .after = GONE },
	{ "hex length", TEXT(POST("/sum", "Content-Length: 0x3\r\n") "abc"), 400, .after = GONE },
	{ "empty length", TEXT(POST("/sum", "Content-Length:\r\n") "abc"), 400, .after = GONE },
	{ "endless length", TEXT(POST("/sum", "Content-Length: 99999999999999999999\r\n")), 413,
	    .after = GONE },
	{ "length and coding",
	    TEXT(POST("/sum", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n"),
	    400, .after = CLOSED, .want = "exclude" },
	{ "coding and length",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") "0\r\n\r\n"),
	    400, .after = CLOSED, .want = "exclude" },
	{ "coding twice",
	    TEXT(POST("/sum",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n"),
	    501, .after = CLOSED },
	{ "other coding", TEXT(POST("/sum", "Transfer-Encoding: gzip, chunked\r\n") "0\r\n\r\n"),
	    501, .after = CLOSED },
	{ "identity coding", TEXT(POST("/sum", "Transfer-Encoding: identity\r\n") "abc"), 501,
	    .after = CLOSED },
	{ "obscured coding", TEXT(POST("/sum", "Transfer-Encoding: xchunked\r\n") "0\r\n\r\n"), 501,
	    .after = CLOSED },
	{ "coding in 1.0",
	    TEXT("POST /sum HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400,
	    .after = CLOSED },
	{ "bad chunk size", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "zz\r\nabc\r\n"),
	    400, .after = CLOSED },
	{ "negative chunk", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "-1\r\nabc\r\n"),
	    400, .after = CLOSED },
	{ "endless chunk",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "fffffffffffffffff\r\n"), 413,
	    .after = CLOSED },
	{ "chunk without end", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabcXX"),
	    400, .after = CLOSED },
	{ "blank before colon", TEXT(POST("/sum", "Content-Length : 3\r\n") "abc"), 400,
	    .after = CLOSED, .want = "name" },
	{ "blank before coding's colon",
	    TEXT(POST("/sum", "Transfer-Encoding : chunked\r\n") "0\r\n\r\n"), 400, .after = CLOSED,
	    .want = "name" },
	{ "tab before colon", TEXT(GET("/", "X-A\t: b\r\n")), 400, .after = CLOSED,
	    .want = "name" },

	/* headers */
	{ "no colon", TEXT(GET("/", "Nonsense\r\n")), 400, .after = CLOSED },
	{ "empty name", TEXT(GET("/", ": b\r\n")), 400, .after = CLOSED },
	{ "bad name", TEXT(GET("/", "X(A): b\r\n")), 400, .after = CLOSED, .want = "name" },
	{ "folded", TEXT(GET("/", "X-A: a\r\n b\r\n")), 400, .after = CLOSED },
	{ "folded, more after", TEXT(GET("/", "X-A: a\r\n\tb\r\nX-C: d\r\n")), 400,
	    .after = CLOSED },
	{ "folded, no value", TEXT(GET("/", "X-A:\r\n b\r\n")), 400, .after = CLOSED },
	{ "first line folded", TEXT("GET / HTTP/1.1\r\n Host: x\r\n\r\n"), 400, .after = CLOSED },
	{ "NUL in value", BYTES(GET("/", "X-A: a\0b\r\n")), 400, .after = CLOSED },
	{ "NUL in last value", BYTES(GET("/", "X-A: b\r\nX-B: a\0b\r\nX-C: d\r\n")), 400,
	    .after = CLOSED },
	{ "NUL in name", BYTES(GET("/", "X-\0A: a\r\n")), 400, .after = CLOSED },
	{ "CR in value", TEXT(GET("/", "X-A: a\rb\r\n")), 400, .after = CLOSED, .want = "control" },
	{ "BEL in value", TEXT(GET("/", "X-A: a\ab\r\n")), 400, .after = CLOSED,
	    .want = "control" },
	{ "no host", TEXT("GET / HTTP/1.1\r\n\r\n"), 400, .after = CLOSED, .want = "Host" },
	{ "two hosts", TEXT(GET("/", "Host: y\r\n")), 400, .after = CLOSED, .want = "Host" },
	{ "bad host", TEXT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "host beyond ASCII", TEXT("GET / HTTP/1.1\r\nHost: a\xff\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "host with port", TEXT("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 200, .after = KEPT },

	/* request line */
	{ "NUL in target", BYTES(GET("/a\0b", "")), 400, .after = CLOSED },
	{ "NUL in query", BYTES(GET("/a?c\0b", "")), 400, .after = CLOSED },
	{ "encoded NUL is the face's", TEXT(GET("/a%00b", "")), 200, .after = KEPT,
	    .want = "/a%00b" },
	{ "NUL in method", BYTES("GE\0T / HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "blank in target", TEXT(GET("/a b", "")), 400, .after = CLOSED, .want = "target" },
	{ "control in target", TEXT(GET("/a\x01", "")), 400, .after = CLOSED, .want = "target" },
	{ "relative target", TEXT(GET("a", "")), 400, .after = CLOSED, .want = "target" },
	{ "two blanks", TEXT("GET  / HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "bad method", TEXT("G(T / HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED,
	    .want = "method" },
	{ "HTTP/3.0", TEXT("GET / HTTP/3.0\r\n" HOST_LINE "\r\n"), 505, .after = CLOSED },

	/* routes */
	{ "wrong method", TEXT("DELETE /sum HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, .after = KEPT,
	    .want = "\r\nAllow: POST,GET\r\n" },
	{ "options", TEXT("OPTIONS / HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, .after = KEPT,
	    .want = "\r\nAllow: GET,HEAD\r\n" },
	{ "part of a method", TEXT("HEA / HTTP/1.1\r\n" HOST_LINE "\r\n"), 501, .after = KEPT },
	{ "other method of a path", TEXT(GET("/sum", "")), 200, .after = KEPT,
	    .want = "GET /sum?" },
	{ "body where none is", TEXT("GET / HTTP/1.1\r\n" HOST_LINE "Content-Length: 3\r\n\r\nabc"),
	    413, .after = CLOSED },
	{ "an exact path", TEXT("GET /exact/ HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, .after = KEPT },
	{ "more than an exact path", TEXT("GET /exact/x HTTP/1.1\r\n" HOST_LINE "\r\n"), 200,
	    .after = KEPT },
	{ "nothing there", TEXT("OPTIONS * HTTP/1.1\r\n" HOST_LINE "\r\n"), 404, .after = KEPT },

	/* line ends: CR LF and nothing else (RFC 9112 2.2 allows to be laxer) */
	{ "bare LF after the request line", TEXT("GET / HTTP/1.1\n" HOST_LINE "\r\n"), 400,
	    .after = CLOSED },
	{ "bare LF after a header", TEXT(GET("/", "X-A: a\nX-B: b\r\n")), 400, .after = CLOSED },
	{ "bare LF after the last header", TEXT(GET("/", "X-A: a\n")), 400, .after = CLOSED },
	{ "bare LF for the empty line", TEXT("GET / HTTP/1.1\r\n" HOST_LINE "\n"), 400,
	    .after = CLOSED },
	{ "bare LF hides a coding",
	    TEXT(POST("/sum", "X-A: a\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n"), 400,
	    .after = CLOSED },
	{ "bare CR hides a coding",
	    TEXT(POST("/sum", "X-A: a\rTransfer-Encoding: chunked\r\n") "0\r\n\r\n"), 400,
	    .after = CLOSED },
	{ "bare CR in the request line", TEXT("GET /\r HTTP/1.1\r\n" HOST_LINE "\r\n"), 400,
	    .after = CLOSED },
	{ "bare CR before CR LF", TEXT(GET("/", "X-A: a\r\r\n")), 400, .after = CLOSED },
	{ "three empty lines before", TEXT("\r\n\r\n\r\n" GET("/a", "")), 200, .after = KEPT,
	    .want = "GET /a?" },

	/* versions */
	{ "HTTP/0.9", TEXT("GET /\r\n"), 400, .after = CLOSED },
	{ "no version", TEXT("GET / \r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "no target", TEXT("GET HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "HTTP/2 preface", TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, .after = CLOSED },
	{ "HTTP/1.2", TEXT("GET / HTTP/1.2\r\n" HOST_LINE "\r\n"), 200, .after = KEPT },
	{ "HTTP/1.10", TEXT("GET / HTTP/1.10\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "HTTP/01.1", TEXT("GET / HTTP/01.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "http/1.1", TEXT("GET / http/1.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "blank after the version", TEXT("GET / HTTP/1.1 \r\n" HOST_LINE "\r\n"), 400,
	    .after = CLOSED },
	{ "tab for a blank", TEXT("GET\t/\tHTTP/1.1\r\n" HOST_LINE "\r\n"), 0, .after = CLOSED },
	{ "upgrade to HTTP/2",
	    TEXT(GET("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
			  "HTTP2-Settings: AAMAAABk\r\n")),
	    200, .after = KEPT, .want = "GET /?" },

	/* targets and methods */
	{ "authority", TEXT("CONNECT h:443 HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "asterisk of GET", TEXT("GET * HTTP/1.1\r\n" HOST_LINE "\r\n"), 400, .after = CLOSED },
	{ "other scheme", TEXT(GET("ftp://h/p", "")), 400, .after = CLOSED },
	{ "lowercase method", TEXT("get / HTTP/1.1\r\n" HOST_LINE "\r\n"), 501, .after = KEPT },
	{ "unknown method", TEXT("BREW / HTTP/1.1\r\n" HOST_LINE "\r\n"), 501, .after = KEPT },
	{ "trace", TEXT("TRACE / HTTP/1.1\r\n" HOST_LINE "\r\n"), 405, .after = KEPT },
	{ "blank before the method", TEXT(" GET / HTTP/1.1\r\n" HOST_LINE "\r\n"), 0,
	    .after = CLOSED },

	/* Host */
	{ "empty host", TEXT("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 200, .after = KEPT },
	{ "blank in host", TEXT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "list of hosts", TEXT("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "user in host", TEXT("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "no number for a port", TEXT("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "two ports", TEXT("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "half a bracket", TEXT("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"), 400, .after = CLOSED,
	    .want = "Host" },
	{ "two hosts, the same", TEXT(GET("/", "host: x\r\n")), 400, .after = CLOSED,
	    .want = "Host" },
	{ "no host in 1.0", TEXT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 200,
	    .after = KEPT },

	/* codings in disguise */
	{ "tab before chunked", TEXT(POST("/sum", "Transfer-Encoding:\tchunked\r\n") "0\r\n\r\n"),
	    200, .after = KEPT, .want = "0::" },
	{ "nothing before chunked", TEXT(POST("/sum", "Transfer-Encoding:chunked\r\n") "0\r\n\r\n"),
	    200, .after = KEPT, .want = "0::" },
	{ "blanks after chunked",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked \t\r\n") "0\r\n\r\n"), 501,
	    .after = CLOSED },
	{ "vertical tab before chunked",
	    TEXT(POST("/sum", "Transfer-Encoding: \vchunked\r\n") "0\r\n\r\n"), 400,
	    .after = CLOSED },
	{ "chunked, identity",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked, identity\r\n") "0\r\n\r\n"), 501,
	    .after = CLOSED },
	{ "identity, chunked",
	    TEXT(POST("/sum", "Transfer-Encoding: identity, chunked\r\n") "0\r\n\r\n"), 501,
	    .after = CLOSED },
	{ "chunked in quotes", TEXT(POST("/sum", "Transfer-Encoding: \"chunked\"\r\n") "0\r\n\r\n"),
	    501, .after = CLOSED },
	{ "chunked with a parameter",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked;q=1\r\n") "0\r\n\r\n"), 501,
	    .after = CLOSED },
	{ "empty coding", TEXT(POST("/sum", "Transfer-Encoding:\r\n") "0\r\n\r\n"), 501,
	    .after = CLOSED },
	{ "folded coding", TEXT(POST("/sum", "Transfer-Encoding:\r\n chunked\r\n") "0\r\n\r\n"),
	    400, .after = CLOSED },
	{ "another header altogether",
	    TEXT(POST("/sum", "Transfer_Encoding: chunked\r\n") "0\r\n\r\n"), 200, .after = CLOSED,
	    .want = "0::" },
	{ "two codings of which one is chunked",
	    TEXT(
		POST("/sum", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n") "0\r\n\r\n"),
	    501, .after = CLOSED },

	/* chunks */
	{ "empty chunk size", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "\r\nabc"), 400,
	    .after = CLOSED },
	{ "hexadecimal mark", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "0x3\r\nabc\r\n"),
	    400, .after = CLOSED },
	{ "signed chunk", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "+3\r\nabc\r\n"), 400,
	    .after = CLOSED },
	{ "blank after the size", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3 \r\nabc"),
	    400, .after = CLOSED },
	{ "huge chunk",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "ffffffffffffffff\r\nabc"), 0,
	    .after = CLOSED, .half = true },
	{ "zeros before the size",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "0003\r\nabc\r\n00\r\n\r\n"), 200,
	    .after = KEPT, .want = "3:a:c" },
	{ "extension in quotes",
	    TEXT(POST(
		"/sum", "Transfer-Encoding: chunked\r\n") "3;a=\"b;c\";d\r\nabc\r\n0;e\r\n\r\n"),
	    200, .after = KEPT, .want = "3:a:c" },
	{ "a length in the trailer",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n0\r\n"
								"Content-Length: 9\r\n"
								"Host: y\r\n\r\n"),
	    200, .after = KEPT, .want = "3:a:c" },
	{ "no trailer at all",
	    TEXT(
		POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n0\r\nno colon\r\n\r\n"),
	    400, .after = CLOSED },
	{ "no last chunk", TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n"), 0,
	    .after = CLOSED, .half = true },
	{ "no end after the last chunk",
	    TEXT(POST("/sum", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n0\r\n"), 0,
	    .after = CLOSED, .half = true },

	/* Expect */
	{ "expected and met",
	    TEXT(POST("/sum", "Content-Length: 3\r\nExpect: 100-continue\r\n") "abc"), 200,
	    .after = KEPT, .want = "3:a:c" },
	{ "expected without a body", TEXT(GET("/a", "Expect: 100-continue\r\n")), 200,
	    .after = KEPT, .want = "GET /a?" },
	{ "two expectations",
	    TEXT(POST("/sum", "Content-Length: 1\r\nExpect: 100-continue, wonder\r\n") "a"), 417,
	    .after = CLOSED },

	/* one after the other */
	{ "two at once", TEXT(GET("/a", "") GET("/b", "")), 200, .after = KEPT, .want = "GET /a?",
	    .more = { 200 } },
	{ "three at once",
	    TEXT(POST("/sum", "Content-Length: 1\r\n") "a" GET("/inline", "") GET("/c", "")), 200,
	    .after = KEPT, .want = "1:a:a", .more = { 200, 200 } },
	{ "a malformed second", TEXT(GET("/a", "") GET("/b", "X A: b\r\n")), 200, .after = CLOSED,
	    .want = "GET /a?", .more = { 400 } },
	{ "nothing after close", TEXT(GET("/a", "Connection: close\r\n") GET("/b", "")), 200,
	    .after = CLOSED, .want = "GET /a?" },
	{ "nothing after close in a list",
	    TEXT(GET("/a", "Connection: x, Close\r\n") GET("/b", "")), 200, .after = CLOSED,
	    .want = "GET /a?" },
	{ "nothing after a doubt",
	    TEXT(POST("/sum", "Content-Length: 3\r\nContent-Length: 3\r\n") "abc" GET("/b", "")),
	    400, .after = CLOSED },
	{ "nothing after a refused body",
	    TEXT(POST("/sum", "Content-Length: 70000\r\n") GET("/b", "")), 413, .after = CLOSED },
	{ "more than its length", TEXT(POST("/sum", "Content-Length: 1\r\n") "abc\r\n\r\n"), 200,
	    .after = CLOSED, .want = "1:a:a" },
	{ "a line end after the body",
	    TEXT(POST("/sum", "Content-Length: 1\r\n") "a\r\n" GET("/b", "")), 200, .after = KEPT,
	    .want = "1:a:a", .more = { 200 } },

	/* the client's end */
	{ "half closed", TEXT(GET("/a", "")), 200, .after = CLOSED, .want = "GET /a?",
	    .half = true },
	{ "half closed, worked on", TEXT(GET("/late?100", "")), 200, .after = CLOSED,
	    .half = true },
	{ "half closed after two", TEXT(GET("/a", "") GET("/late?50", "")), 200, .after = CLOSED,
	    .want = "GET /a?", .more = { 200 }, .half = true },
	{ "half closed with a body", TEXT(POST("/sum", "Content-Length: 1\r\n") "a"), 200,
	    .after = CLOSED, .want = "1:a:a", .half = true },
	{ "half closed, refused", TEXT(GET("/face", "")), 405, .after = CLOSED, .half = true },
	{ "half closed in the first line", TEXT("GET /"), 0, .after = CLOSED, .half = true },
	{ "half closed in the headers", TEXT("GET / HTTP/1.1\r\nHost: x\r\n"), 0, .after = CLOSED,
	    .half = true },
	{ "half closed in the body", TEXT(POST("/sum", "Content-Length: 3\r\n") "ab"), 0,
	    .after = CLOSED, .half = true },
	{ "closed with nothing said", TEXT(""), 0, .after = CLOSED, .half = true },

	/* what is larger than it may be */
	{ "one gigabyte", TEXT(POST("/sum", "Content-Length: 1073741824\r\n")), 413,
	    .after = CLOSED, .want = "larger" },
	{ "one gigabyte, expected",
	    TEXT(POST("/sum", "Content-Length: 1073741824\r\nExpect: 100-continue\r\n")), 413,
	    .after = CLOSED },
	{ "one byte too many, by its length", TEXT(POST("/sum", "Content-Length: 65537\r\n")), 413,
	    .after = CLOSED },
	{ "other expectation", TEXT(POST("/sum", "Content-Length: 1\r\nExpect: wonder\r\n") "a"),
	    417, .after = CLOSED },
	{ "unknown coding", TEXT(POST("/sum", "Content-Length: 1\r\nContent-Encoding: br\r\n") "a"),
	    415, .after = CLOSED },
	{ "two codings",
	    TEXT(POST("/sum", "Content-Length: 1\r\nContent-Encoding: gzip, gzip\r\n") "a"), 415,
	    .after = CLOSED },
	{ "not gzip", TEXT(POST("/sum", "Content-Length: 5\r\nContent-Encoding: gzip\r\n") "hello"),
	    400, .after = KEPT, .want = "gzip" },
	{ "the face's own words", TEXT(POST("/face", "Content-Length: 1073741824\r\n")), 500,
	    .after = CLOSED, .want = "<refused status='413' " },
	{ "face, not gzip",
	    TEXT(POST("/face", "Content-Length: 5\r\nContent-Encoding: gzip\r\n") "hello"), 400,
	    .after = KEPT, .want = "<refused status='400' " },
	{ "face, wrong method", TEXT(GET("/face", "")), 405, .after = KEPT,
	    .want = "<refused status='405' " },

	/* replies */
	{ "no content", TEXT(GET("/status/204", "")), 204, .after = KEPT },
	{ "not modified", TEXT(GET("/status/304", "")), 304, .after = KEPT },
	{ "teapot", TEXT(GET("/status/418", "")), 418, .after = KEPT, .want = "status" },
	{ "nonsense status", TEXT(GET("/status/99", "")), 500, .after = KEPT, .want = "status" },
	{ "own framing", TEXT(GET("/status/200", "")), 200, .after = KEPT,
	    .want = "\r\nContent-Length: 6\r\n" },
};

static void
hear_more(int fd, const int more[2])
{
	struct answer answer = { 0 };

	for (int i = 0; i < 2 && more[i] != 0; i++) {
		hear(fd, &answer);
		assert_int_equal(answer.status, more[i]);
	}
	answer_clear(&answer);
}

static void
check_row(struct server *server, const struct exchange_row *row)
{
	struct answer answer = { 0 };
	int fd = dial(server);
	char byte;

	print_message("%s\n", row->name);
	say(fd, row->bytes, row->len > 0 ? row->len : strlen(row->bytes));
	if (row->half)
		shutdown(fd, SHUT_WR);
	hear(fd, &answer);
	if (answer.status == 100)
		hear(fd, &answer);
	assert_int_equal(answer.status, row->status);
	assert_null(strstr(answer.head->str, "Injected"));
	if (row->want != NULL && strstr(answer.head->str, row->want) == NULL &&
	    strstr(answer.body->str, row->want) == NULL)
		fail_msg("'%s' is not in %s%s", row->want, answer.head->str, answer.body->str);
	hear_more(fd, row->more);
	while (row->after == GONE && listen_for(fd, &byte, 1, WAIT_MS) > 0)
		continue;
	if (row->after != KEPT)
		assert_true(is_closed(fd));
	else
		assert_true(is_alive(fd));
	answer_clear(&answer);
	close(fd);
}

#endif
