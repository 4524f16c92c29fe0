/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Answers written past the library, where it takes none: in the middle of a body, for whom it does
 * not know, after a deadline. Each is the last of its connection. */
#include "http_priv.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

/* A fatal alert, internal_error (RFC 8446 6): all that can be said before a handshake. */
static const char full_alert[] = { 21, 3, 3, 0, 2, 2, 80 };

static void
append_date(GString *out)
{
	/* Not strftime: names of days and months must not follow a locale. */
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	g_string_append_printf(out, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d GMT\r\n",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* A small text fits the empty send buffer of a socket that only received so far; a client that
 * reads nothing loses it, and only it. */
static void
write_plain(int fd, const char *text, size_t len)
{
	ssize_t sent;

	do
		sent = send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
}

/* On the event thread: a TLS session is used by one thread at a time. */
static void
write_text(const struct connection *connection, const GString *text)
{
	if (connection->session != NULL)
		tls_write(connection->session, text->str, text->len);
	else
		write_plain(connection->fd, text->str, text->len);
}

static GString *
begin_answer(int status)
{
	GString *out = g_string_sized_new(512);

	g_string_append_printf(
	    out, "HTTP/1.1 %d %s\r\n", status, MHD_get_reason_phrase_for((unsigned)status));
	append_date(out);
	g_string_append(out, "Connection: close\r\nServer: " HTTP_SERVER_NAME
			     "\r\nX-Content-Type-Options: nosniff\r\n");
	return out;
}

static GString *
plain_answer(int status, const char *headers, const char *text)
{
	GString *out = begin_answer(status);

	g_string_append_printf(out,
	    "%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s", headers,
	    strlen(text), text);
	return out;
}

static bool
is_clean(const char *text)
{
	return strpbrk(text, "\r\n") == NULL;
}

void
raw_reply(struct exchange *exchange)
{
	const struct ips_http_response *response = &exchange->response;
	size_t len = response->body ? response->body->len : 0;
	const GPtrArray *headers = response->headers;
	GString *out = begin_answer(response->status);

	g_string_append_printf(
	    out, "X-Request-Id: %s\r\nContent-Length: %zu\r\n", exchange->id, len);
	if (response->type != NULL)
		g_string_append_printf(out, "Content-Type: %s\r\n", response->type);
	for (guint i = 0; headers != NULL && i + 1 < headers->len; i += 2) {
		const char *name = headers->pdata[i], *value = headers->pdata[i + 1];
		if (!reply_owns_header(name) && is_clean(name) && is_clean(value))
			g_string_append_printf(out, "%s: %s\r\n", name, value);
	}
	g_string_append(out, "\r\n");
	if (response->body != NULL)
		g_string_append_len(out, response->body->str, (gssize)len);
	exchange->bytes_out = len;
	exchange->raw_reply = true;
	count_exchange(exchange);
	write_text(exchange->connection, out);
	g_string_free(out, TRUE);
}

void
raw_timeout(struct exchange *exchange)
{
	g_autofree char *id = g_strdup_printf("X-Request-Id: %s\r\n", exchange->id);
	GString *out = plain_answer(408, id, "The request came too slowly.\n");

	exchange->response.status = 408;
	exchange->raw_reply = true;
	count_exchange(exchange);
	write_text(exchange->connection, out);
	g_string_free(out, TRUE);
}

void
raw_full(int fd, bool tls)
{
	GString *out;

	if (tls) {
		write_plain(fd, full_alert, sizeof(full_alert));
		return;
	}
	out = plain_answer(503, "Retry-After: 1\r\n", "The server is busy. Try again soon.\n");
	write_plain(fd, out->str, out->len);
	g_string_free(out, TRUE);
}
