/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <linux/tcp.h> /* not netinet/tcp.h: its tcp_info is shorter */
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define SWEEP_US     (250 * 1000)
#define END_SWEEPS   4 /* in which all are looked at for an end */
#define LINGER_MAX   256
#define LINGER_US    (2 * G_USEC_PER_SEC)
#define LINGER_BYTES ((size_t)64 * 1024 * 1024)
#define FRESH_US     (1 * G_USEC_PER_SEC)
#define CUT_US       (1 * G_USEC_PER_SEC)

/* A socket that answered before its sender was done. Closing it with unread data would send a
 * reset, which can take the answer from the client's hands: so it is read empty for a while
 * (RFC 9112 9.6). */
struct leaver {
	int fd;
	int64_t until_us;
	size_t left;
};

static void
wake(struct keeper *keeper)
{
	uint64_t one = 1;
	ssize_t n = write(keeper->wake, &one, sizeof(one));

	(void)n; /* fails only when it is awake already */
}

static gint
by_due(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct exchange *x = a, *y = b;

	(void)unused;
	return (x->due_us > y->due_us) - (x->due_us < y->due_us);
}

void
keeper_delay(struct ips_http *http, struct exchange *exchange)
{
	struct keeper *keeper = &http->keeper;
	bool first = false, now;

	exchange->due_us = ips_monotonic_us() + exchange->response.delay_ms * INT64_C(1000);
	pthread_mutex_lock(&keeper->lock);
	now = keeper->flush;
	if (!now)
		first = g_sequence_iter_is_begin(
		    g_sequence_insert_sorted(keeper->delayed, exchange, by_due, NULL));
	pthread_mutex_unlock(&keeper->lock);
	if (now)
		exchange_resume(exchange);
	else if (first)
		wake(keeper);
}

void
keeper_flush(struct ips_http *http)
{
	pthread_mutex_lock(&http->keeper.lock);
	http->keeper.flush = true;
	pthread_mutex_unlock(&http->keeper.lock);
	wake(&http->keeper);
}

/* With the lock held: the reply that is due, or NULL and when the next one will be. */
static struct exchange *
take_due(struct keeper *keeper, int64_t now_us, int64_t *next_us)
{
	GSequenceIter *first = g_sequence_get_begin_iter(keeper->delayed);
	struct exchange *exchange;

	if (g_sequence_iter_is_end(first))
		return NULL;
	exchange = g_sequence_get(first);
	if (!keeper->flush && exchange->due_us > now_us) {
		*next_us = MIN(*next_us, exchange->due_us);
		return NULL;
	}
	g_sequence_remove(first);
	return exchange;
}

static void
release_due(struct keeper *keeper, int64_t now_us, int64_t *next_us)
{
	struct exchange *exchange;

	do {
		pthread_mutex_lock(&keeper->lock);
		exchange = take_due(keeper, now_us, next_us);
		pthread_mutex_unlock(&keeper->lock);
		if (exchange != NULL)
			exchange_resume(exchange);
	} while (exchange != NULL);
}

void
keeper_linger(struct ips_http *http, int fd)
{
	struct keeper *keeper = &http->keeper;
	struct leaver leaver = { fd, ips_monotonic_us() + LINGER_US, LINGER_BYTES };
	bool taken;

	pthread_mutex_lock(&keeper->lock);
	taken = keeper->lingering->len < LINGER_MAX && !keeper->stop;
	if (taken)
		g_array_append_val(keeper->lingering, leaver);
	pthread_mutex_unlock(&keeper->lock);
	if (taken)
		wake(keeper);
	else
		close(fd);
}

/* False when there is nothing more to wait for. */
static bool
drain(struct leaver *leaver, int64_t now_us)
{
	char waste[16 * 1024];
	ssize_t n;

	for (int i = 0; i < 64 && leaver->left > 0; i++) {
		n = recv(leaver->fd, waste, sizeof(waste), MSG_DONTWAIT);
		if (n == 0)
			return false;
		if (n < 0)
			break;
		leaver->left -= MIN(leaver->left, (size_t)n);
	}
	return leaver->left > 0 && now_us < leaver->until_us;
}

static nfds_t
drain_all(struct keeper *keeper, struct pollfd *polls, int64_t now_us)
{
	nfds_t count = 0;

	pthread_mutex_lock(&keeper->lock);
	for (guint i = keeper->lingering->len; i-- > 0;) {
		struct leaver *leaver = &g_array_index(keeper->lingering, struct leaver, i);
		if (drain(leaver, now_us)) {
			polls[count++] = (struct pollfd){ leaver->fd, POLLIN, 0 };
		} else {
			close(leaver->fd);
			g_array_remove_index_fast(keeper->lingering, i);
		}
	}
	pthread_mutex_unlock(&keeper->lock);
	return count;
}

/* Bytes of this connection that its client has acknowledged, whatever lies above TCP. */
static uint64_t
taken_bytes(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 ? info.tcpi_bytes_acked : 0;
}

/* A reader must take its answer at a certain rate, looked at again and again: who read fast in the
 * beginning gains no right to stall later. */
static bool
reads_too_slowly(struct connection *connection, int64_t now_us)
{
	const struct ips_http_settings *settings = &connection->http->settings;
	struct progress *progress = &connection->progress;
	unsigned request = atomic_load(&connection->requests);
	uint64_t taken, least = settings->send_rate * (uint64_t)settings->send_timeout_s;

	if (progress->request == request &&
	    now_us - progress->since_us < settings->send_timeout_s * (int64_t)G_USEC_PER_SEC)
		return false;
	taken = taken_bytes(connection->fd);
	if (progress->request == request && taken - progress->taken < least)
		return true;
	*progress = (struct progress){ request, now_us, taken };
	return false;
}

static bool
must_cut(struct connection *connection, enum turn turn, int64_t now_us)
{
	struct ips_http *http = connection->http;

	if (turn == TURN_SENDING)
		return reads_too_slowly(connection, now_us);
	if (turn != TURN_READING && turn != TURN_IDLE)
		return false;
	if (now_us > atomic_load(&connection->until_us) || atomic_load(&http->cutting))
		return true;
	/* A new connection's first request may be on its way. */
	return turn == TURN_IDLE && atomic_load(&http->stopping) &&
	       (atomic_load(&connection->requests) > 0 ||
		   now_us - atomic_load(&connection->since_us) > FRESH_US);
}

/* Its event thread sees the end and closes it; what it waits for decides which end wakes it. What a
 * reader has not taken by then is dropped: the kernel would go on keeping it for him. */
static void
cut(struct connection *connection, enum turn turn, int64_t now_us)
{
	static const struct linger drop = { .l_onoff = 1, .l_linger = 0 };

	if (!turn_from(connection, turn, TURN_CUT))
		return;
	if (turn == TURN_SENDING)
		setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
	shutdown(connection->fd, turn == TURN_SENDING ? SHUT_RDWR : SHUT_RD);
	atomic_store(&connection->until_us, now_us + CUT_US);
}

/* A client's end that came together with its last bytes is an event the library has seen and
 * forgotten: it waits for more. Looked for now and then, and told again. */
static void
tell_end(struct connection *connection, enum turn turn)
{
	char byte;

	if ((turn == TURN_READING || turn == TURN_IDLE) &&
	    recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		shutdown(connection->fd, SHUT_RD);
}

void
keeper_sweep(struct ips_http *http)
{
	int64_t now_us = ips_monotonic_us();
	int part = (int)(now_us / SWEEP_US % END_SWEEPS);

	pthread_mutex_lock(&http->connections_lock);
	for (struct connection *c = http->connections; c != NULL; c = c->next) {
		enum turn turn = (enum turn)atomic_load(&c->turn);
		if (must_cut(c, turn, now_us))
			cut(c, turn, now_us);
		else if (turn == TURN_CUT) /* a byte that came meanwhile hid the end, or worse */
			shutdown(c->fd, now_us > atomic_load(&c->until_us) ? SHUT_RDWR : SHUT_RD);
		else if (c->fd % END_SWEEPS == part)
			tell_end(c, turn);
	}
	pthread_mutex_unlock(&http->connections_lock);
}

static void *
keeper_main(void *arg)
{
	struct ips_http *http = arg;
	struct keeper *keeper = &http->keeper;
	struct pollfd polls[LINGER_MAX + 1];
	int64_t sweep_us = 0, now_us, next_us;
	uint64_t count;
	ssize_t ignored;
	nfds_t used;
	bool stop = false;

	while (!stop) {
		now_us = ips_monotonic_us();
		if (now_us >= sweep_us) {
			keeper_sweep(http);
			sweep_us = now_us + SWEEP_US;
		}
		next_us = sweep_us;
		release_due(keeper, now_us, &next_us);
		polls[0] = (struct pollfd){ keeper->wake, POLLIN, 0 };
		used = 1 + drain_all(keeper, polls + 1, now_us);
		poll(polls, used, (int)(MAX(next_us - now_us, 0) / 1000 + 1));
		if (polls[0].revents != 0)
			ignored = read(keeper->wake, &count, sizeof(count));
		pthread_mutex_lock(&keeper->lock);
		stop = keeper->stop;
		pthread_mutex_unlock(&keeper->lock);
	}
	(void)ignored;
	return NULL;
}

bool
keeper_start(struct ips_http *http, struct ips_error *err)
{
	struct keeper *keeper = &http->keeper;

	keeper->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (keeper->wake < 0)
		return ips_fail_internal(err, "no eventfd for the HTTP keeper");
	keeper->delayed = g_sequence_new(NULL);
	keeper->lingering = g_array_new(FALSE, FALSE, sizeof(struct leaver));
	pthread_mutex_init(&keeper->lock, NULL);
	if (pthread_create(&keeper->thread, NULL, keeper_main, http) == 0) {
		pthread_setname_np(keeper->thread, "ips-keeper");
		return true;
	}
	keeper->stop = true; /* no thread to join */
	keeper_stop(http);
	return ips_fail_internal(err, "no thread for the HTTP keeper");
}

void
keeper_stop(struct ips_http *http)
{
	struct keeper *keeper = &http->keeper;
	bool running;

	if (keeper->delayed == NULL)
		return;
	pthread_mutex_lock(&keeper->lock);
	running = !keeper->stop;
	keeper->stop = true;
	pthread_mutex_unlock(&keeper->lock);
	if (running) {
		wake(keeper);
		pthread_join(keeper->thread, NULL);
	}
	for (guint i = 0; i < keeper->lingering->len; i++)
		close(g_array_index(keeper->lingering, struct leaver, i).fd);
	g_array_unref(keeper->lingering);
	g_sequence_free(keeper->delayed);
	keeper->delayed = NULL;
	close(keeper->wake);
	pthread_mutex_destroy(&keeper->lock);
}
