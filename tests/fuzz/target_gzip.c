/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Bodies in gzip, whole or in chunks: a handler sees what zlib alone makes of them, or the client
 * hears that they are damaged or too large. The first byte says how the rest is sent. */
#include "site.h"

#include <string.h>
#include <zlib.h>

#define MOST ((size_t)64 * 1024)

enum { PACK = 1, CHUNKS = 2, TWICE = 4, PLAIN = 8 };

/* ---- The server ---- */

static void
tell(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	const Bytef *body = (const Bytef *)request->body;

	(void)arg, (void)worker;
	if (request->body[request->body_len] != '\0')
		abort();
	response->type = "text/plain";
	response->body = g_string_new(NULL);
	g_string_printf(response->body, "sum %zu %08lx", request->body_len,
	    crc32(0, body, (uInt)request->body_len));
}

static void *
open_server(void)
{
	static const struct ips_http_route route = {
		.methods = "POST", .prefix = "/", .max_body = MOST, .handle = tell
	};
	static const struct ips_http_settings settings = { .address = "127.0.0.1",
		.event_threads = 1,
		.workers = 1,
		.queue = 16,
		.max_connections = 64,
		.max_header = 4096,
		.max_headers = 20,
		.idle_timeout_s = 30,
		.request_timeout_s = 30,
		.send_timeout_s = 30,
		.send_rate = 1 };
	struct ips_error err = { .fault = IPS_OK };
	struct ips_http *http;

	ips_log_set_level(IPS_LOG_ERROR);
	FUZZ_MUST(ips_http_start(&settings, &route, 1, &http, &err));
	return http;
}

static void
close_server(void *http)
{
	ips_http_stop(http, 1000);
}

/* ---- What has to come out ---- */

/* Members one after another; false: damaged, or it ends too early. */
static bool
unpack(const uint8_t *data, size_t len, GByteArray *out)
{
	z_stream stream = { .next_in = (Bytef *)data, .avail_in = (uInt)len };
	uint8_t block[512];
	int status = inflateInit2(&stream, 15 + 16);

	while (status == Z_OK && out->len <= MOST) {
		stream.next_out = block;
		stream.avail_out = sizeof(block);
		status = inflate(&stream, Z_NO_FLUSH);
		g_byte_array_append(out, block, (guint)(sizeof(block) - stream.avail_out));
		if (status == Z_STREAM_END && stream.avail_in > 0)
			status = inflateReset(&stream);
	}
	inflateEnd(&stream);
	return status == Z_STREAM_END;
}

static void
pack(const uint8_t *data, size_t len, GByteArray *out)
{
	z_stream stream = { .next_in = (Bytef *)data, .avail_in = (uInt)len };
	uLong most;

	if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	most = deflateBound(&stream, (uLong)len);
	g_autofree uint8_t *room = g_malloc(most);
	stream.next_out = room;
	stream.avail_out = (uInt)most;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	g_byte_array_append(out, room, (guint)(most - stream.avail_out));
	deflateEnd(&stream);
}

static void
check(const GByteArray *body, bool plain, const char *answer, const uint8_t *data, size_t len)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	bool good = plain || unpack(body->data, body->len, out);
	const GByteArray *seen = plain ? body : out;
	g_autofree char *want =
	    g_strdup_printf("sum %u %08lx", seen->len, crc32(0, seen->data, (uInt)seen->len));

	if (body->len > MOST || out->len > MOST)
		FUZZ_NEED(g_str_has_prefix(answer, "HTTP/1.1 413 "), data, len);
	else if (!good)
		FUZZ_NEED(g_str_has_prefix(answer, "HTTP/1.1 400 "), data, len);
	else
		FUZZ_NEED(g_str_has_suffix(answer, want), data, len);
}

/* ---- What is sent ---- */

/* Chunks as long as the bytes before them say. */
static void
add_chunks(GByteArray *to, const GByteArray *body)
{
	for (guint at = 0, n = 0; at < body->len; at += n) {
		char head[16];

		n = MIN(1 + body->data[at] % 64U, body->len - at);
		g_snprintf(head, sizeof(head), "%x\r\n", n);
		g_byte_array_append(to, (const guint8 *)head, (guint)strlen(head));
		g_byte_array_append(to, body->data + at, n);
		g_byte_array_append(to, (const guint8 *)"\r\n", 2);
	}
	g_byte_array_append(to, (const guint8 *)"0\r\n\r\n", 5);
}

static void
run(void *http, const uint8_t *data, size_t len)
{
	g_autoptr(GByteArray) body = g_byte_array_new();
	g_autoptr(GByteArray) sent = g_byte_array_new();
	int how = len > 0 ? data[0] : 0;
	bool plain = (how & PLAIN) != 0;

	if (len < 2)
		return;
	if (how & PACK)
		pack(data + 1, len - 1, body);
	else
		g_byte_array_append(body, data + 1, (guint)len - 1);
	if (how & TWICE)
		pack(data + 1, len - 1, body);
	g_autofree char *framing = how & CHUNKS ? g_strdup("Transfer-Encoding: chunked")
						: g_strdup_printf("Content-Length: %u", body->len);
	g_autofree char *head =
	    g_strdup_printf("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s%s\r\n\r\n",
		plain ? "" : "Content-Encoding: gzip\r\n", framing);
	g_byte_array_append(sent, (const guint8 *)head, (guint)strlen(head));
	if (how & CHUNKS)
		add_chunks(sent, body);
	else
		g_byte_array_append(sent, body->data, body->len);
	g_autoptr(GString) answer = fuzz_talk(ips_http_port(http), sent->data, sent->len);
	check(body, plain, answer->str, data, len);
}

/* ---- Seeds ---- */

static void
add(GPtrArray *out, uint8_t how, const void *data, size_t len)
{
	GByteArray *bytes = g_byte_array_new();

	g_byte_array_append(bytes, &how, 1);
	g_byte_array_append(bytes, data, (guint)len);
	g_ptr_array_add(out, g_byte_array_free_to_bytes(bytes));
}

static void
seeds(GPtrArray *out)
{
	static const uint8_t zeros[80 * 1024];
	static const char text[] = "<Envelope>some text, some text</Envelope>";

	for (int how = 0; how < 16; how++)
		add(out, (uint8_t)how, text, strlen(text));
	for (size_t n = 0; n <= sizeof(zeros); n += sizeof(zeros) / 5) {
		g_autoptr(GByteArray) packed = g_byte_array_new();

		pack(zeros, n, packed); /* the last is too large, and small as it is sent */
		add(out, 0, packed->data, packed->len);
		add(out, CHUNKS, packed->data, packed->len);
		pack(zeros, 10, packed);
		add(out, 0, packed->data, packed->len);
	}
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "\x1f\x8b\x08", "\x78\x9c", "\xff\xff\xff\xff" };

	fuzz_add_words(out, list, IPS_NELEM(list));
}

const struct fuzz_target fuzz_gzip = { .name = "gzip",
	.max_len = 70000,
	.cuts = 6,
	.open = open_server,
	.close = close_server,
	.run = run,
	.seeds = seeds,
	.words = words };
