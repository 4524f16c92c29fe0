/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024
#define UNSENT                                                                                     \
	(128 * 1024) /* bytes the kernel takes of an answer before its client has asked for them   \
		      */

/* -1 and errno. */
static int
bind_to(const struct addrinfo *address)
{
	int on = 1, off = 0, unsent = UNSENT;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Connections inherit it. Else megabytes would lie there for each who reads slowly, and he
	 * would look as if he had taken them. */
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int
port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	char port[8] = "0";

	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0)
		getnameinfo(
		    (struct sockaddr *)&address, len, NULL, 0, port, sizeof(port), NI_NUMERICSERV);
	return atoi(port);
}

bool
listen_on(const char *address, int port, struct port *out, struct ips_error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	char text[8];
	int status;

	g_snprintf(text, sizeof(text), "%d", port);
	status = getaddrinfo(address, text, &hints, &found);
	if (status != 0)
		return ips_fail(err, IPS_INVALID_PARAMETER, "Cannot listen on '%s': %s.", address,
		    gai_strerror(status));
	out->fd = bind_to(found);
	freeaddrinfo(found);
	if (out->fd < 0)
		return ips_fail(err, IPS_INVALID_PARAMETER, "Cannot listen on %s port %d: %s.",
		    address, port, g_strerror(errno));
	out->number = port_of(out->fd);
	return true;
}
