/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <string.h>

#define SMALL_BODY  (4 * 1024)          /* fits beside the rest in a request's arena */
#define FIRST_BLOCK ((size_t)64 * 1024) /* no more on a client's mere word */

static const struct refusal too_large = { 413, "The body is larger than this server accepts.",
	false };
static const struct refusal no_room = { 503, "Too many large requests are under way.", false };
static const struct refusal not_gzip = { 400, "The body is not the gzip it is said to be.", false };

/* Room for all bodies together, so that many clients cannot take what each alone may. */
static bool
reserve(struct ips_http *http, size_t bytes)
{
	size_t before = atomic_fetch_add(&http->body_bytes, bytes);

	if (before + bytes <= http->settings.max_body_total)
		return true;
	atomic_fetch_sub(&http->body_bytes, bytes);
	return false;
}

static bool
resize(struct exchange *exchange, size_t size)
{
	if (!reserve(exchange->connection->http, size - exchange->body_size))
		return false;
	exchange->body = g_realloc(exchange->body_size > 0 ? exchange->body : NULL, size);
	exchange->body_size = size;
	return true;
}

/* One byte beyond `need` is for the final NUL. */
static bool
ensure(struct exchange *exchange, size_t need)
{
	size_t want =
	    exchange->announced > 0 ? (size_t)exchange->announced : exchange->route->max_body;

	if (exchange->announced > 0 && exchange->announced <= SMALL_BODY) {
		if (exchange->body == NULL)
			exchange->body = ips_arena_alloc(exchange->request.mem, want + 1);
		return true;
	}
	if (need < exchange->body_size)
		return true;
	want = MIN(want, MAX(MAX(need, exchange->body_size * 2), FIRST_BLOCK));
	return resize(exchange, MAX(want, need) + 1);
}

const struct refusal *
body_add(struct exchange *exchange, const char *data, size_t len)
{
	exchange->bytes_in += len;
	if (len > exchange->route->max_body - exchange->body_len)
		return &too_large;
	if (!ensure(exchange, exchange->body_len + len))
		return &no_room;
	memcpy(exchange->body + exchange->body_len, data, len);
	exchange->body_len += len;
	exchange->body[exchange->body_len] = '\0';
	return NULL;
}

void
body_free(struct exchange *exchange)
{
	if (exchange->body_size > 0) {
		ips_wipe(exchange->body, exchange->body_len);
		g_free(exchange->body);
		atomic_fetch_sub(&exchange->connection->http->body_bytes, exchange->body_size);
	}
	exchange->body = NULL;
	exchange->body_len = exchange->body_size = 0;
}

/* Inflates into the exchange's (now empty) body until the input ends. Members may follow one
 * another (RFC 1952 2.2). One byte above the limit is room enough to see that it is passed. */
static const struct refusal *
inflate_all(struct exchange *exchange, z_stream *stream, size_t guess)
{
	size_t limit = exchange->route->max_body;
	int status = Z_OK;

	if (!resize(exchange, MIN(guess, limit) + 2))
		return &no_room;
	for (;;) {
		size_t room = exchange->body_size - 1 - exchange->body_len;
		stream->next_out = (Bytef *)exchange->body + exchange->body_len;
		stream->avail_out = (uInt)MIN(room, (size_t)UINT32_MAX / 2);
		room = stream->avail_out;
		status = inflate(stream, Z_NO_FLUSH);
		exchange->body_len += room - stream->avail_out;
		if (exchange->body_len > limit)
			return &too_large;
		if (status == Z_STREAM_END && stream->avail_in == 0)
			return NULL;
		if (status == Z_STREAM_END)
			status = inflateReset(stream);
		else if (status == Z_OK && stream->avail_in == 0 && stream->avail_out > 0)
			return &not_gzip; /* ends too early */
		if (status != Z_OK && status != Z_BUF_ERROR)
			return &not_gzip;
		if (stream->avail_out == 0 &&
		    !resize(exchange, MIN(exchange->body_size * 2, limit + 2)))
			return &no_room;
		if (status == Z_BUF_ERROR && stream->avail_in == 0)
			return &not_gzip;
	}
}

static const struct refusal *
gunzip(struct exchange *exchange)
{
	z_stream stream = { 0 };
	const struct refusal *refusal;
	char *packed = exchange->body;
	size_t packed_len = exchange->body_len, packed_size = exchange->body_size;

	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		return &no_room;
	stream.next_in = (Bytef *)packed;
	stream.avail_in = (uInt)packed_len;
	exchange->body = NULL;
	exchange->body_len = exchange->body_size = 0;
	refusal = packed_len > 0 ? inflate_all(exchange, &stream, packed_len * 4) : &not_gzip;
	inflateEnd(&stream);
	if (packed_size > 0) {
		ips_wipe(packed, packed_len);
		g_free(packed);
		atomic_fetch_sub(&exchange->connection->http->body_bytes, packed_size);
	}
	return refusal;
}

const struct refusal *
body_finish(struct exchange *exchange)
{
	const struct refusal *refusal = exchange->gzip_body ? gunzip(exchange) : NULL;

	if (exchange->body != NULL)
		exchange->body[exchange->body_len] = '\0';
	exchange->request.body = exchange->body != NULL ? exchange->body : "";
	exchange->request.body_len = exchange->body_len;
	return refusal;
}
