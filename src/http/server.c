/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG        1024
#define ARENAS_MAX     256
#define BODY_TOTAL     ((size_t)512 * 1024 * 1024)
#define REPLY_ROOM     (4 * 1024) /* for the reply's headers beside the request's */
#define HEADER_RECORD  64         /* what the library keeps of each header */
#define CONNECTION_MIN (16 * 1024)
#define OTHER_FILES    256 /* descriptors for all that is not a connection */
#define FLUSH_US       (200 * 1000)
#define FRESH_US       (100 * 1000)

/* ---- Arenas ---- */

struct ips_arena *
arena_take(struct ips_http *http)
{
	struct ips_arena *mem = NULL;

	pthread_mutex_lock(&http->arenas_lock);
	if (http->arenas->len > 0)
		mem = g_ptr_array_steal_index_fast(http->arenas, http->arenas->len - 1);
	pthread_mutex_unlock(&http->arenas_lock);
	return mem != NULL ? mem : ips_arena_new();
}

void
arena_give(struct ips_http *http, struct ips_arena *mem)
{
	bool kept;

	ips_arena_reset(mem);
	pthread_mutex_lock(&http->arenas_lock);
	kept = http->arenas->len < ARENAS_MAX;
	if (kept)
		g_ptr_array_add(http->arenas, mem);
	pthread_mutex_unlock(&http->arenas_lock);
	if (!kept)
		ips_arena_free(mem);
}

/* ---- Connections ---- */

static void
peer_text(const struct sockaddr *address, char out[HTTP_PEER_LEN])
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

	out[0] = '\0';
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, out, HTTP_PEER_LEN);
	else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, HTTP_PEER_LEN);
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, out, HTTP_PEER_LEN);
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
	peer_text(info->client_addr, connection->peer);
	atomic_store(&connection->since_us, ips_monotonic_us());
	atomic_fetch_add(&http->connection_count, 1);
	atomic_fetch_add(&http->counts.opened, 1);
	pthread_mutex_lock(&http->connections_lock);
	connection->next = http->connections;
	if (connection->next != NULL)
		connection->next->prev = connection;
	http->connections = connection;
	pthread_mutex_unlock(&http->connections_lock);
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
	atomic_fetch_sub(&http->connection_count, 1);
	g_free(connection);
}

static void
on_connection(
    void *cls, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = connection_open(cls, mhd);
	else
		connection_close(*context);
}

/* Our own limit: the library divides its by threads, and would wait where we refuse. */
static enum MHD_Result
on_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
	struct ips_http *http = cls;

	(void)address, (void)len;
	if (atomic_load(&http->connection_count) < http->settings.max_connections)
		return MHD_YES;
	atomic_fetch_add(&http->counts.refused, 1);
	return MHD_NO;
}

/* Targets are the faces' to decode. */
static size_t
leave_encoded(void *cls, struct MHD_Connection *mhd, char *text)
{
	(void)cls, (void)mhd;
	return strlen(text);
}

/* ---- Start ---- */

static bool
bind_to(struct ips_http *http, const struct addrinfo *address)
{
	int on = 1, off = 0;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return false;
	}
	http->listen_fd = fd;
	return true;
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

static bool
listen_on(struct ips_http *http, struct ips_error *err)
{
	const struct ips_http_settings *settings = &http->settings;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	char port[8];
	bool bound;
	int status;

	g_snprintf(port, sizeof(port), "%d", settings->port);
	status = getaddrinfo(settings->address, port, &hints, &found);
	if (status != 0)
		return ips_fail(err, IPS_INVALID_PARAMETER, "Cannot listen on '%s': %s.",
		    settings->address, gai_strerror(status));
	bound = bind_to(http, found);
	freeaddrinfo(found);
	if (!bound)
		return ips_fail(err, IPS_INVALID_PARAMETER, "Cannot listen on %s port %d: %s.",
		    settings->address, settings->port, g_strerror(errno));
	http->port = port_of(http->listen_fd);
	return true;
}

static void
raise_file_limit(struct ips_http *http)
{
	struct rlimit limit;
	struct ips_http_settings *settings = &http->settings;
	char files[24];

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= (rlim_t)settings->max_connections + OTHER_FILES)
		return;
	g_snprintf(files, sizeof(files), "%llu", (unsigned long long)limit.rlim_cur);
	IPS_LOG(IPS_LOG_WARNING, "fewer connections than set", { "open_files_limit", files });
	settings->max_connections = MAX((int)limit.rlim_cur - OTHER_FILES, (int)limit.rlim_cur / 2);
}

/* Room for the headers, the library's records of them and the reply's headers; what is free of it
 * receives the body. It is what an idle connection costs. */
static size_t
connection_memory(const struct ips_http_settings *settings)
{
	size_t bytes =
	    settings->max_header + REPLY_ROOM + (size_t)settings->max_headers * HEADER_RECORD;

	return MAX(bytes, (size_t)CONNECTION_MIN);
}

/* Later versions refuse by themselves what policy.c sees in the layout of this one's memory. */
#if MHD_VERSION >= 0x00097701
#define STRICTNESS MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1
#else
#define STRICTNESS MHD_OPTION_STRICT_FOR_CLIENT, 0
#endif

static bool
start_library(struct ips_http *http, struct ips_error *err)
{
	const struct ips_http_settings *settings = &http->settings;
	struct MHD_OptionItem threads[] = {
		{ settings->event_threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
		    settings->event_threads, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	http->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
	    on_accept, http, exchange_step, http, MHD_OPTION_LISTEN_SOCKET, http->listen_fd,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory(settings),
	    /* never reached: on_accept refuses before */
	    MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)(settings->max_connections + BACKLOG) * (unsigned)settings->event_threads,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)settings->idle_timeout_s,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)settings->max_per_address,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
	    exchange_end, http, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, http,
	    MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, http, STRICTNESS, MHD_OPTION_ARRAY,
	    threads, MHD_OPTION_END);
	if (http->daemon == NULL)
		return ips_fail_internal(err, "libmicrohttpd does not start");
	return true;
}

static void
http_free(struct ips_http *http)
{
	if (http->listen_fd >= 0)
		close(http->listen_fd);
	g_ptr_array_unref(http->arenas);
	counts_clear(&http->counts);
	pthread_cond_destroy(&http->queue.filled);
	pthread_mutex_destroy(&http->queue.lock);
	pthread_mutex_destroy(&http->arenas_lock);
	pthread_mutex_destroy(&http->connections_lock);
	g_free(http->routes);
	g_free(http);
}

static struct ips_http *
http_new(
    const struct ips_http_settings *settings, const struct ips_http_route *routes, size_t count)
{
	struct ips_http *http = g_new0(struct ips_http, 1);
	struct ips_http_settings *own = &http->settings;

	*own = *settings;
	own->event_threads = MAX(own->event_threads, 1);
	own->workers = MAX(own->workers, 1);
	own->max_headers = MAX(own->max_headers, 1);
	own->idle_timeout_s = MAX(own->idle_timeout_s, 1);
	own->request_timeout_s = MAX(own->request_timeout_s, 1);
	if (own->max_body_total == 0)
		own->max_body_total = BODY_TOTAL;
	http->routes = g_memdup2(routes, count * sizeof(*routes));
	http->route_count = count;
	http->listen_fd = -1;
	http->arenas = g_ptr_array_new_with_free_func((GDestroyNotify)ips_arena_free);
	http->queue.tail = &http->queue.head;
	counts_init(&http->counts);
	pthread_mutex_init(&http->connections_lock, NULL);
	pthread_mutex_init(&http->arenas_lock, NULL);
	pthread_mutex_init(&http->queue.lock, NULL);
	pthread_cond_init(&http->queue.filled, NULL);
	if (getrandom(&http->id_base, sizeof(http->id_base), 0) != sizeof(http->id_base))
		http->id_base = (uint32_t)ips_clock_ms();
	return http;
}

bool
ips_http_start(const struct ips_http_settings *settings, const struct ips_http_route *routes,
    size_t count, struct ips_http **out, struct ips_error *err)
{
	struct ips_http *http = http_new(settings, routes, count);
	sigset_t all, before;
	bool started;

	raise_file_limit(http);
	/* Signals are main's: no thread of ours takes one. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = listen_on(http, err) && keeper_start(http, err) && workers_start(http, err) &&
		  start_library(http, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started) {
		*out = http;
		return true;
	}
	workers_stop(http);
	keeper_stop(http);
	http_free(http);
	return false;
}

int
ips_http_port(const struct ips_http *http)
{
	return http->port;
}

/* ---- Stop ---- */

/* Connections with a request under way, or so new that one may be. */
static bool
is_busy(struct ips_http *http)
{
	int64_t now_us = ips_monotonic_us();
	bool busy = false;

	pthread_mutex_lock(&http->connections_lock);
	for (struct connection *c = http->connections; c != NULL && !busy; c = c->next) {
		int turn = atomic_load(&c->turn);
		busy = turn == TURN_READING || turn == TURN_RUNNING || turn == TURN_SENDING ||
		       (turn == TURN_IDLE && atomic_load(&c->requests) == 0 &&
			   now_us - atomic_load(&c->since_us) < FRESH_US);
	}
	pthread_mutex_unlock(&http->connections_lock);
	return busy;
}

/* True if all went idle in time. */
static bool
wait_until_idle(struct ips_http *http, int64_t until_us)
{
	bool busy;

	while ((busy = is_busy(http)) && ips_monotonic_us() < until_us) {
		keeper_sweep(http);
		g_usleep(2000);
	}
	return !busy;
}

bool
ips_http_stop(struct ips_http *http, int grace_ms)
{
	int64_t until_us = ips_monotonic_us() + grace_ms * INT64_C(1000);
	bool clean;

	atomic_store(&http->stopping, true);
	MHD_quiesce_daemon(http->daemon);
	shutdown(http->listen_fd, SHUT_RDWR); /* closed when nobody can be accepting from it */
	clean = wait_until_idle(http, until_us);
	atomic_store(&http->cutting, true);
	keeper_sweep(http);
	keeper_flush(http);
	workers_stop(http);
	while (atomic_load(&http->suspended) > 0)
		g_usleep(1000);
	wait_until_idle(http, ips_monotonic_us() + FLUSH_US);
	MHD_stop_daemon(http->daemon);
	keeper_stop(http);
	http_free(http);
	return clean;
}
