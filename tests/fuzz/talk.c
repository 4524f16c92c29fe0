/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "site.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Far above any limit of the server's: keeping us longer is a failure. */
#define PATIENCE_MS 20000
/* No answer by now: most likely it waits for more bytes. */
#define MOMENT_MS 20

static int
dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	/* Gone at once when closed, else the ports run out. */
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) != 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		g_error("no connection to port %d", port);
	return fd;
}

/* False: nothing came for that long. */
static bool
hear(int fd, int wait_ms, GString *out, ssize_t *got)
{
	struct pollfd ready = { fd, POLLIN, 0 };
	char block[4096];

	if (poll(&ready, 1, wait_ms) == 0)
		return false;
	*got = recv(fd, block, sizeof(block), 0);
	g_string_append_len(out, block, MAX(*got, 0));
	return true;
}

/* Until the server reads no more; it may answer early. */
static void
say(int fd, const void *data, size_t len, GString *out)
{
	const char *at = data, *end = at + len;
	ssize_t n = 1;

	while (n > 0 && at < end) {
		struct pollfd ready = { fd, POLLIN | POLLOUT, 0 };

		FUZZ_NEED(poll(&ready, 1, PATIENCE_MS) > 0, data, len);
		if (ready.revents & POLLOUT) {
			n = send(fd, at, (size_t)(end - at), MSG_NOSIGNAL | MSG_DONTWAIT);
			at += MAX(n, 0);
		} else {
			(void)hear(fd, 0, out, &n);
		}
	}
}

GString *
fuzz_talk(int port, const void *data, size_t len)
{
	GString *out = g_string_new(NULL);
	int fd = dial(port);
	ssize_t got = 1;

	say(fd, data, len, out);
	while (got > 0 && hear(fd, MOMENT_MS, out, &got))
		;
	if (got > 0) /* it waits for more: there is none */
		shutdown(fd, SHUT_WR);
	while (got > 0)
		FUZZ_NEED(hear(fd, PATIENCE_MS, out, &got), data, len);
	close(fd);
	return out;
}
