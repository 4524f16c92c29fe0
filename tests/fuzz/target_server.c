/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Any bytes sent to a real server with all faces: it answers in HTTP or hangs up, in time, and says
 * nothing of a failure of its own. */
#include "site.h"

#include <string.h>

/* Sent after the rest, so that the server need not wait for us to leave; perhaps in a body. */
#define LAST "\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void *
open_site(void)
{
	return fuzz_site_open(true);
}

/* Past one answer; a body may be left out, as to HEAD. NULL: this is none. */
static const char *
next_answer(const char *at, const char *end)
{
	const char *head = memmem(at, (size_t)(end - at), "\r\n\r\n", 4), *field;
	int status = 0;
	size_t len = 0;

	if (!g_str_has_prefix(at, "HTTP/1.1 ") || sscanf(at, "HTTP/1.1 %3d", &status) != 1 ||
	    status < 100 || status > 599 || head == NULL)
		return NULL;
	head += 4;
	field = memmem(at, (size_t)(head - at), "\r\nContent-Length: ", 18);
	if (head == end || g_str_has_prefix(head, "HTTP/1.1 "))
		return head;
	if (field != NULL)
		len = strtoul(field + 18, NULL, 10);
	return len > (size_t)(end - head) ? end : head + len;
}

static void
run(void *arg, const uint8_t *data, size_t len)
{
	struct fuzz_site *site = arg;
	size_t filled;

	fuzz_site_next(site);
	g_autofree char *bytes = fuzz_site_fill(site, data, len, &filled);
	g_autoptr(GString) sent = g_string_new_len(bytes, (gssize)filled);
	g_string_append(sent, LAST);
	g_autoptr(GString) answer = fuzz_talk(ips_http_port(site->http), sent->str, sent->len);
	const char *at = answer->str, *end = at + answer->len;

	while (at != NULL && at < end)
		at = next_answer(at, end);
	if (at == NULL || fuzz_site_failed(answer->str)) {
		fprintf(stderr, "the answer: %s\n", answer->str);
		fuzz_broken("a good answer", data, len);
	}
}

/* ---- Seeds ---- */

#define HOST "Host: a.example\r\n"
#define BODY                                                                                       \
	"<Request xmlns=\"http://www.scene7.com/IpsApi/xsd/2014-04-03\"><authHeader><user>demo@"   \
	"openips.example</user><password>" IPS_DEMO_PASSWORD                                       \
	"</password></authHeader><copyImageParam><companyHandle>c|6</companyHandle><assetHandle>"  \
	"a|739|1|537</assetHandle><folderHandle>f|ApiTestCo/</folderHandle><name>c</name>"         \
	"</copyImageParam></Request>"
#define PATCH "[{\"op\":\"replace\",\"path\":\"/name\",\"value\":\"n\"}]"

static void
add_post(GPtrArray *out, const char *head, const char *body)
{
	g_autofree char *text =
	    g_strdup_printf("%s" HOST "Content-Length: %zu\r\n\r\n%s", head, strlen(body), body);

	fuzz_add_text(out, text);
}

static void
seeds(GPtrArray *out)
{
	static const char *const requests[] = {
		"GET /healthz HTTP/1.1\r\n" HOST "\r\n",
		"GET /healthz HTTP/1.0\r\n\r\n",
		"GET /healthz HTTP/1.1\r\n" HOST "\r\nHEAD /v3 HTTP/1.1\r\n" HOST "\r\n",
		"GET /is/image/ApiTestCo/mug?wid=100 HTTP/1.1\r\n" HOST
		"If-None-Match: \"a\", W/\"b\"\r\nAccept-Encoding: gzip;q=0.5, *;q=0\r\n\r\n",
		"GET /v2/images?limit=1 HTTP/1.1\r\n" HOST "X-Auth-Token: @TOKEN@\r\n\r\n",
		"POST /scene7/api/IpsApiService HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\nTrailer: "
		"X\r\n\r\n5;a=b\r\n<Requ\r\n3\r\nest\r\n0\r\n"
		"X: y\r\n\r\n",
		"POST /scene7/services/IpsApiService HTTP/1.1\r\n" HOST
		"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n<a>",
		"POST /scene7/services/IpsApiService HTTP/1.1\r\n" HOST
		"Content-Type: multipart/related; type=\"text/xml\"; boundary=b\r\n"
		"Content-Length: 66\r\n\r\n--b\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--b\r\n"
		"Content-ID: <1>\r\n\r\nx\r\n--b--",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
		"POST / HTTP/1.1\r\n" HOST
		"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n",
		"GET http://a/healthz HTTP/1.1\r\n" HOST "\r\n",
		"OPTIONS * HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"GET /scene7/IpsApi.wsdl HTTP/1.1\r\n" HOST "Range: bytes=0-1\r\n\r\n",
	};

	for (size_t i = 0; i < IPS_NELEM(requests); i++)
		fuzz_add_text(out, requests[i]);
	add_post(out, "POST /scene7/api/IpsApiService HTTP/1.1\r\n", BODY);
	add_post(out, "POST /scene7/services/IpsApiService HTTP/1.0\r\nConnection: keep-alive\r\n",
	    BODY);
	add_post(out, "PATCH /v2/images/@IMAGE@ HTTP/1.1\r\nX-Auth-Token: @TOKEN@\r\n", PATCH);
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "\r\n", "\r\n\r\n", "\n\n", "HTTP/1.1", "HTTP/1.0",
		"HTTP/2.0", "GET ", "POST ", "HEAD ", "OPTIONS * ", "CONNECT ",
		"Content-Length: ", "Transfer-Encoding: chunked",
		"Transfer-Encoding: gzip, chunked", "Host: ", "Connection: close",
		"Connection: keep-alive", "Connection: upgrade", "Expect: 100-continue",
		"Content-Encoding: gzip", "Accept-Encoding: gzip", "X-Auth-Token: @TOKEN@",
		"Authorization: Basic ", "If-None-Match: ", "If-Modified-Since: ",
		"Idempotency-Key: ", "Range: bytes=", "0\r\n\r\n", "ffffffffffffffff\r\n",
		"18446744073709551616", "%00", "\t", "\\x0b", ": ", " :",
		"multipart/related; boundary=", "/scene7/services/IpsApiService",
		"/is/image/ApiTestCo/mug", "/healthz", "/metrics", "/v2/images" };

	fuzz_add_words(out, list, IPS_NELEM(list));
}

const struct fuzz_target fuzz_server = { .name = "server",
	.max_len = 8192,
	.cuts = 10,
	.open = open_site,
	.close = fuzz_site_close,
	.run = run,
	.seeds = seeds,
	.words = words };
