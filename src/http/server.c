/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "http_priv.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARENAS_MAX     256
#define BODY_TOTAL     ((size_t)512 * 1024 * 1024)
#define REPLY_ROOM     (4 * 1024) /* for the reply's headers beside the request's */
#define HEADER_RECORD  64         /* what the library keeps of each header */
#define CONNECTION_MIN (16 * 1024)
#define OTHER_FILES    256 /* descriptors for all that is not a connection */
#define FLUSH_US       (200 * 1000)
#define FRESH_US       (100 * 1000)
#define ADDRESS_SHARE  3 / 4 /* of all connections: no address takes them all */

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

	ips_arena_wipe(mem); /* credentials were in it */
	pthread_mutex_lock(&http->arenas_lock);
	kept = http->arenas->len < ARENAS_MAX;
	if (kept)
		g_ptr_array_add(http->arenas, mem);
	pthread_mutex_unlock(&http->arenas_lock);
	if (!kept)
		ips_arena_free(mem);
}

/* ---- Start ---- */

/* Targets are the faces' to decode. */
static size_t
leave_encoded(void *cls, struct MHD_Connection *mhd, char *text)
{
	(void)cls, (void)mhd;
	return strlen(text);
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
start_library(struct ips_http *http, enum port_kind kind, struct ips_error *err)
{
	const struct ips_http_settings *settings = &http->settings;
	struct MHD_OptionItem more[4] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC;
	int n = 0;

	if (settings->event_threads > 1)
		more[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE,
			settings->event_threads, NULL };
	if (kind == PORT_TLS) {
		flags |= MHD_USE_TLS;
		tls_options(more + n);
		n += 2;
	}
	more[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	http->ports[kind].daemon = MHD_start_daemon(flags, 0, NULL, NULL, exchange_step, http,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory(settings),
	    /* never reached, though it is divided by threads: the door refuses before */
	    MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)(settings->max_connections + 1) * (unsigned)settings->event_threads,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)settings->idle_timeout_s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
	    exchange_end, http, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, http,
	    MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, http, STRICTNESS, MHD_OPTION_ARRAY, more,
	    MHD_OPTION_END);
	if (http->ports[kind].daemon == NULL)
		return ips_fail_internal(err, "libmicrohttpd does not start");
	return true;
}

static bool
start_port(struct ips_http *http, enum port_kind kind, struct ips_error *err)
{
	const struct ips_http_settings *settings = &http->settings;
	int number = kind == PORT_TLS ? settings->tls_port : settings->port;

	return listen_on(settings->address, number, &http->ports[kind], err) &&
	       start_library(http, kind, err);
}

static bool
start_tls(struct ips_http *http, struct ips_error *err)
{
	const char *file = http->settings.tls_certificate;

	if (file == NULL || *file == '\0')
		return true;
	return tls_open(http, err) && start_port(http, PORT_TLS, err);
}

static void
stop_libraries(struct ips_http *http)
{
	for (int i = 0; i < PORT_COUNT; i++) {
		if (http->ports[i].daemon != NULL)
			MHD_stop_daemon(http->ports[i].daemon);
		http->ports[i].daemon = NULL;
	}
}

static void
http_free(struct ips_http *http)
{
	for (int i = 0; i < PORT_COUNT; i++) {
		if (http->ports[i].fd >= 0)
			close(http->ports[i].fd);
	}
	tls_close(http);
	house_close(&http->house);
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
	if (own->header_timeout_s <= 0)
		own->header_timeout_s = own->request_timeout_s;
	if (own->send_timeout_s <= 0)
		own->send_timeout_s = own->request_timeout_s;
	if (own->max_requests <= 0)
		own->max_requests = INT_MAX;
	if (own->max_body_total == 0)
		own->max_body_total = BODY_TOTAL;
	http->routes = g_memdup2(routes, count * sizeof(*routes));
	http->route_count = count;
	for (int i = 0; i < PORT_COUNT; i++)
		http->ports[i].fd = -1;
	house_open(&http->house);
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
	if (http->settings.max_per_address <= 0)
		http->settings.max_per_address =
		    MAX(http->settings.max_connections * ADDRESS_SHARE, 1);
	/* Signals are main's: no thread of ours takes one. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = keeper_start(http, err) && workers_start(http, err) &&
		  start_port(http, PORT_PLAIN, err) && start_tls(http, err) && door_open(http, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started) {
		*out = http;
		return true;
	}
	door_close(http);
	workers_stop(http);
	stop_libraries(http);
	keeper_stop(http);
	http_free(http);
	return false;
}

int
ips_http_port(const struct ips_http *http)
{
	return http->ports[PORT_PLAIN].number;
}

int
ips_http_tls_port(const struct ips_http *http)
{
	return http->ports[PORT_TLS].number;
}

/* ---- Stop ---- */

/* Connections with a request under way, or so new that one may be. */
static bool
is_busy(struct ips_http *http)
{
	int64_t now_us = ips_monotonic_us();
	bool busy = atomic_load(&http->arriving) > 0;

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

	door_close(http);
	clean = wait_until_idle(http, until_us);
	atomic_store(&http->cutting, true);
	keeper_sweep(http);
	keeper_flush(http);
	workers_stop(http);
	while (atomic_load(&http->suspended) > 0)
		g_usleep(1000);
	wait_until_idle(http, ips_monotonic_us() + FLUSH_US);
	stop_libraries(http);
	keeper_stop(http);
	http_free(http);
	return clean;
}
