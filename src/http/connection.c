/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool
turn_from(struct connection *connection, enum turn from, enum turn to)
{
	int expected = (int)from;

	return atomic_compare_exchange_strong(&connection->turn, &expected, (int)to);
}

void
connection_until(struct connection *connection, int64_t from_us, int seconds)
{
	atomic_store(&connection->until_us, from_us + seconds * (int64_t)G_USEC_PER_SEC);
}

static struct connection *
connection_open(struct ips_http *http, struct MHD_Connection *mhd)
{
	struct connection *connection = g_new0(struct connection, 1);
	const union MHD_ConnectionInfo *info;

	connection->http = http;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	connection->fd = info->connect_fd;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	memcpy(&connection->address, info->client_addr,
	    info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						     : sizeof(struct sockaddr_in));
	peer_text(info->client_addr, connection->peer);
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info != NULL)
		tls_begin(connection, info->tls_session);
	connection->since_us = ips_monotonic_us();
	/* It has begun to speak, or it would still be waiting at the door. */
	connection_until(connection, connection->since_us, http->settings.header_timeout_s);
	pthread_mutex_lock(&http->connections_lock);
	connection->next = http->connections;
	if (connection->next != NULL)
		connection->next->prev = connection;
	http->connections = connection;
	pthread_mutex_unlock(&http->connections_lock);
	atomic_fetch_sub(&http->arriving, 1);
	return connection;
}

static void
linger_if_needed(struct connection *connection)
{
	int unread = 0, fd;

	ioctl(connection->fd, FIONREAD, &unread);
	if ((!connection->linger && unread == 0) || atomic_load(&connection->http->cutting))
		return;
	fd = fcntl(connection->fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		keeper_linger(connection->http, fd);
}

static void
connection_close(struct connection *connection)
{
	struct ips_http *http = connection->http;

	/* Off the list before the library closes the socket: the keeper must not shut down
	 * whoever gets the number next. */
	pthread_mutex_lock(&http->connections_lock);
	if (connection->prev != NULL)
		connection->prev->next = connection->next;
	else
		http->connections = connection->next;
	if (connection->next != NULL)
		connection->next->prev = connection->prev;
	pthread_mutex_unlock(&http->connections_lock);
	linger_if_needed(connection);
	tls_end(connection);
	house_leave(http, (const struct sockaddr *)&connection->address);
	g_free(connection);
}

void
on_connection(
    void *cls, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = connection_open(cls, mhd);
	else
		connection_close(*context);
}
