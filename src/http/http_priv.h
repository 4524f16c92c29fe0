/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The inside of the HTTP server.
 *
 * Who touches what: a connection and its exchange belong to the event thread that runs it, except
 * between suspension and resumption, when they belong to the queue, then to one worker, then
 * perhaps to the keeper. The only things seen from elsewhere at any time are a connection's atomic
 * fields, its socket (under ips_http.connections_lock) and its list links.
 *
 *   listen.c      sockets to listen on
 *   door.c        one thread that lets connections in, or sends them away
 *   house.c       who is in: connections in all and of each address
 *   connection.c  from the library's first word of a connection to its last
 *   exchange.c    events of one request: request line, headers, body, completion
 *   policy.c      what is refused from the headers alone; routes
 *   body.c        the growing body, and its gzip undone
 *   reply.c       a filled response into bytes, compression out
 *   raw.c         answers written past the library
 *   tls.c         certificates
 *   worker.c      the queue and the threads that run handlers
 *   keeper.c      one thread for all that waits: delays, deadlines, lingering sockets
 *   count.c       counters of what happened
 *   server.c      start, stop, settings */
#ifndef OPENIPS_HTTP_PRIV_H
#define OPENIPS_HTTP_PRIV_H

#include "openips/http.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h> /* not GMutex: the thread sanitizer does not see into GLib */
#include <stdatomic.h>
#include <string.h>
#include <zlib.h>

#define HTTP_PEER_LEN    48 /* an IPv6 address in text */
#define HTTP_ID_LEN      24
#define HTTP_SERVER_NAME "openips"

struct header {
	const char *name, *value; /* in the connection's memory, which outlives the request */
};

/* Headers that decide how a request is read. */
enum special { CONTENT_LENGTH, TRANSFER_ENCODING, HOST, EXPECT, CONTENT_ENCODING, SPECIAL_COUNT };

enum phase {
	PHASE_HEADERS, /* waiting for the handler's first call */
	PHASE_BODY,
	PHASE_READY, /* reply is there, to be sent at the next call */
	PHASE_SENT
};

struct exchange {
	struct ips_http_request request;
	struct ips_http_response response;
	struct connection *connection;
	struct MHD_Connection *mhd;
	const struct ips_http_route *route; /* NULL: none */
	enum phase phase;
	struct header *headers;
	size_t header_count;
	const char *special[SPECIAL_COUNT];
	const char *target; /* as it lies in the connection's memory */
	size_t target_len;
	bool has_body, gzip_body;
	char *body; /* in the arena or, with body_size, on the heap */
	size_t body_len, body_size;
	uint64_t announced; /* Content-Length; 0 if chunked */
	uint64_t bytes_in, bytes_out;
	struct MHD_Response *reply; /* ours until it is queued */
	bool counted;
	bool raw_reply; /* written past the library: nothing more to send */
	int64_t due_us; /* when a delayed reply may go */
	/* When it had arrived whole, was taken from the queue, and its reply was made; 0: never. */
	int64_t complete_us, taken_us, answered_us;
	struct exchange *next; /* in the queue */
	char id[HTTP_ID_LEN];
};

/* Whose turn it is. Only the step out of READING or IDLE is contended: by the event thread, which
 * has the request complete, and by the keeper, which finds it too slow. */
enum turn {
	TURN_IDLE,    /* between requests, or in the middle of a request's first line */
	TURN_READING, /* headers known, body coming */
	TURN_RUNNING, /* queue, worker or keeper */
	TURN_SENDING,
	TURN_CUT /* given up: the socket is shut down */
};

/* How far a reader has come: the keeper's own notes. */
struct progress {
	unsigned request;
	int64_t since_us;
	uint64_t taken; /* bytes of the whole connection */
};

struct connection {
	struct ips_http *http;
	struct connection *prev, *next;
	int fd;
	_Atomic int turn;
	_Atomic int64_t since_us; /* it opened, or its last request ended */
	_Atomic int64_t until_us; /* IDLE and READING may last */
	_Atomic unsigned requests;
	struct progress progress;
	bool linger;   /* its sender may still be sending when we close */
	void *session; /* of GnuTLS; NULL: no TLS */
	struct certificate *certificate;
	struct sockaddr_in6 address; /* or the smaller sockaddr_in */
	char peer[HTTP_PEER_LEN];
	struct exchange exchange;
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct exchange *head, **tail;
	int length;
	bool closed;
};

struct keeper {
	pthread_t thread;
	pthread_mutex_t lock;
	int wake;           /* eventfd */
	GSequence *delayed; /* struct exchange, by due_us */
	GArray *lingering;  /* struct leaver */
	bool flush, stop;
};

/* ---- Counters: see count.c ---- */

#define TALLIES_MAX  256
#define OUTCOMES_MAX 512

struct outcome {
	struct outcome *next;
	int status, fault;
	_Atomic int64_t requests;
};

struct tally {
	const char *face, *operation;
	struct outcome *_Atomic outcomes;
	int outcome_count; /* under the lock */
	_Atomic int64_t bucket[IPS_HTTP_BUCKETS + 1], sum_us;
};

struct counts {
	pthread_mutex_t lock; /* of new rows */
	struct tally *_Atomic slot[TALLIES_MAX];
	int used; /* under the lock */
	_Atomic int64_t bytes_in, bytes_out, opened, refused, queue_refused;
	_Atomic int busy; /* workers */
};

enum port_kind { PORT_PLAIN, PORT_TLS, PORT_COUNT };

struct port {
	int fd; /* -1: none */
	int number;
	struct MHD_Daemon *daemon; /* its event threads */
};

struct door {
	pthread_t thread;
	bool is_open;
	int epoll_fd, bell; /* an eventfd */
	GQueue guests;      /* connected, and silent so far */
	unsigned unsaid;    /* refusals not logged yet */
	int64_t say_us;     /* when they may be */
};

struct house {
	pthread_mutex_t lock;
	GHashTable *of_address; /* text of an address, number of its connections */
};

struct ips_http {
	struct ips_http_settings settings;
	struct ips_http_route *routes;
	size_t route_count;
	struct port ports[PORT_COUNT];
	struct door door;
	struct house house;
	struct tls *tls; /* NULL: none */
	uint32_t id_base;
	_Atomic uint64_t id_next;
	_Atomic size_t body_bytes;    /* of all bodies on the heap */
	_Atomic int connection_count; /* with those that are silent so far */
	_Atomic int arriving;         /* given to the library, which has not told us yet */
	_Atomic int suspended;        /* connections: none may be left when the library stops */
	_Atomic bool stopping, cutting;
	pthread_mutex_t connections_lock;
	struct connection *connections;
	pthread_mutex_t arenas_lock;
	GPtrArray *arenas; /* spare ones */
	struct queue queue;
	struct keeper keeper;
	pthread_t *workers;
	int worker_count;
	struct counts counts;
};

/* listen.c: out->fd and out->number */
bool listen_on(const char *address, int port, struct port *out, struct ips_error *err);

/* door.c */
bool door_open(struct ips_http *http, struct ips_error *err);
void door_close(struct ips_http *http); /* http->stopping from now on */

/* house.c */
enum admission { ADMITTED, HOUSE_FULL, ADDRESS_FULL };
void house_open(struct house *house);
void house_close(struct house *house);
enum admission house_enter(struct ips_http *http, const struct sockaddr *address);
void house_leave(struct ips_http *http, const struct sockaddr *address);
void peer_text(const struct sockaddr *address, char out[HTTP_PEER_LEN]);

/* connection.c */
void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode code);
bool turn_from(struct connection *connection, enum turn from, enum turn to);
void connection_until(struct connection *connection, int64_t from_us, int seconds);

/* tls.c */
bool tls_open(struct ips_http *http, struct ips_error *err);
void tls_close(struct ips_http *http); /* when no connection is left */
void tls_options(struct MHD_OptionItem out[2]);
void tls_begin(struct connection *connection, void *session);
void tls_end(struct connection *connection); /* also of one without TLS */
void tls_write(void *session, const char *text, size_t len);

/* policy.c: NULL, or why the request is refused. `framing`: it is unclear where the next request
 * begins, so that the connection must close. */
struct refusal {
	int status;
	const char *reason;
	bool framing;
};
const struct refusal *policy_check(struct exchange *exchange);
/* Finds exchange->route; for a wrong method *allow is set. */
const struct refusal *policy_route(struct exchange *exchange, const char **allow);

/* body.c */
const struct refusal *body_add(struct exchange *exchange, const char *data, size_t len);
const struct refusal *body_finish(struct exchange *exchange); /* undoes gzip: may take a while */
void body_free(struct exchange *exchange);

/* reply.c */
bool accepts_gzip(const char *accept_encoding); /* NULL: no */
void reply_refuse(struct exchange *exchange, const struct refusal *refusal, const char *allow);
/* Makes exchange->reply of exchange->response. deflater may be NULL or hold a stream for reuse. */
void reply_build(struct exchange *exchange, z_stream **deflater);
/* Headers that the library frames or writes itself. */
bool reply_owns_header(const char *name);
void reply_free(struct exchange *exchange);
void deflater_free(z_stream *deflater);

/* raw.c: on the event thread, the first two */
void raw_reply(struct exchange *exchange); /* exchange->response */
void raw_timeout(struct exchange *exchange);
void raw_full(int fd, bool tls);

/* worker.c */
bool workers_start(struct ips_http *http, struct ips_error *err);
void workers_stop(struct ips_http *http); /* refuses what is queued; waits for what runs */
/* False if the queue is full; else the exchange's connection is suspended. */
bool queue_push(struct ips_http *http, struct exchange *exchange);

/* keeper.c */
bool keeper_start(struct ips_http *http, struct ips_error *err);
void keeper_stop(struct ips_http *http);
void keeper_delay(struct ips_http *http, struct exchange *exchange);
void keeper_flush(struct ips_http *http);          /* delayed replies go now, and from now on */
void keeper_linger(struct ips_http *http, int fd); /* takes fd */
/* Ends what is too slow; with stopping, what is idle; with cutting, what is being read. */
void keeper_sweep(struct ips_http *http);

/* exchange.c: the library's callbacks */
void *exchange_begin(void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result exchange_step(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *size, void **context);
void exchange_end(
    void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode how);
void exchange_answer_first(struct exchange *exchange, bool first); /* on the event thread */
void exchange_resume(struct exchange *exchange);                   /* with its reply made */

/* count.c */
void counts_init(struct counts *counts);
void counts_clear(struct counts *counts);
void count_exchange(struct exchange *exchange); /* once: when its answer goes, else at its end */

/* log.c */
void log_slow(const struct exchange *exchange);       /* if it is; its answer is ready */
int exchange_status(const struct exchange *exchange); /* 0: not answered */
void log_exchange(const struct exchange *exchange, enum MHD_RequestTerminationCode how);

struct ips_arena *arena_take(struct ips_http *http);
void arena_give(struct ips_http *http, struct ips_arena *mem);

#endif
