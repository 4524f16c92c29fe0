/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* openips health: what a container's health check runs, without curl in the image. */
#include "app.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_S 5

struct target {
	char *host, *port, *path;
};

static void
target_clear(struct target *t)
{
	g_free(t->host);
	g_free(t->port);
	g_free(t->path);
}

/* http://host[:port][/path], the host perhaps an IPv6 address in brackets. */
static bool
parse_url(const char *url, struct target *out, struct ips_error *err)
{
	g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL);

	if (!uri || strcmp(g_uri_get_scheme(uri), "http") != 0 || !g_uri_get_host(uri))
		return ips_fail(err, IPS_INVALID_PARAMETER, "'%s' is no http:// address", url);
	const char *path = g_uri_get_path(uri);
	int port = g_uri_get_port(uri);
	out->host = g_strdup(g_uri_get_host(uri));
	out->port = g_strdup_printf("%d", port > 0 ? port : 80);
	out->path = g_strdup(*path ? path : "/healthz");
	return true;
}

static int
connect_one(const struct addrinfo *address)
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_S };
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
connect_any(const struct target *t)
{
	const struct addrinfo want = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int fd = -1;

	if (getaddrinfo(t->host, t->port, &want, &found) != 0)
		return -1;
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
		fd = connect_one(a);
	freeaddrinfo(found);
	return fd;
}

/* The status of the reply; 0 if there was none. */
static int
ask(int fd, const struct target *t)
{
	char reply[64] = "";
	size_t len = 0;
	ssize_t got;
	int64_t status;
	g_autofree char *request = g_strdup_printf(
	    "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", t->path, t->host);

	if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		return 0;
	while (len < sizeof("HTTP/1.1 200") - 1 &&
	       (got = recv(fd, reply + len, sizeof(reply) - 1 - len, 0)) > 0)
		len += (size_t)got;
	if (!g_str_has_prefix(reply, "HTTP/1.") || len < sizeof("HTTP/1.1 200") - 1)
		return 0;
	return ips_parse_int(reply + sizeof("HTTP/1.1"), 3, 100, 599, &status) ? (int)status : 0;
}

static bool
health(struct app *app, const char *url)
{
	IPS_CLEANUP(target_clear) struct target t = { 0 };

	if (!parse_url(url, &t, &app->err))
		return false;
	int fd = connect_any(&t);
	if (fd < 0)
		return ips_fail(&app->err, IPS_NOT_FOUND, "nobody answers at %s", url);
	int status = ask(fd, &t);
	close(fd);
	if (status != 200)
		return ips_fail(&app->err, IPS_INTERNAL, "%s answered with status %d", url, status);
	return true;
}

int
run_health(struct app *app)
{
	g_autofree char *local =
	    g_strdup_printf("http://127.0.0.1:%" PRId64 "/healthz", app->settings.port);

	if (!health(app, app->args.words ? app->args.word[0] : local))
		return EXIT_FAILED;
	puts("ok");
	return EXIT_DONE;
}
