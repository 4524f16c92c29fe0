/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One bounded request in, one response out. Knows nothing of what is served. Alone knows
 * libmicrohttpd, GnuTLS and zlib.
 *
 * Who connects and says nothing waits at the door, for a few bytes of memory. Connections live on a
 * few event threads; a complete request goes to a worker thread, which alone runs handlers.
 *
 * Full is told at once, as 503 with Retry-After: the queue in the face's own form and the connection
 * stays open; connections, in all or of one address, in plain text before the connection is closed (a
 * TLS client gets a fatal alert, for nothing else can be said before a handshake).
 *
 * Slow is ended: headers, bodies and readers of answers each have their time, and hold no worker
 * meanwhile. Slow headers and bodies are answered by 408 (through TLS the connection just ends).
 *
 * What two servers could read differently is refused and the connection closed; the rows of
 * tests/unit/http_rows.h say what gets which answer. Source: RFC 9110, RFC 9112, RFC 8446. */
#ifndef OPENIPS_HTTP_H
#define OPENIPS_HTTP_H

#include "openips/base.h"

struct ips_http_request {
	const char *id;       /* unique, for log and reply header */
	const char *method;
	const char *path;     /* as sent: still encoded, without the query */
	const char *query;    /* after '?', still encoded; "" if none */
	const char *version;  /* "HTTP/1.1" */
	const char *peer;     /* address in text, for log and throttle */
	bool tls;             /* it came as https */
	const char *body;     /* NUL follows; gzip already undone */
	size_t body_len;
	int64_t started_us;   /* ips_monotonic_us of its first byte */
	struct ips_arena *mem; /* the request's own: freed when the response is sent */
	const void *headers;  /* use ips_http_header */
};
/* Value of the first header of that name, any case; NULL if absent. */
const char *ips_http_header(const struct ips_http_request *request, const char *name);

enum ips_http_coding { IPS_CODING_ACCEPT, IPS_CODING_PLAIN, IPS_CODING_GZIP };

struct ips_http_response {
	int status;              /* 200 unless set */
	const char *type;        /* Content-Type; arena of the request or static */
	GString *body;           /* given to the server, which frees it; NULL: none */
	int fd;                  /* -1, or a file to send instead of body; closed by the server */
	int64_t fd_size;
	enum ips_http_coding coding; /* ACCEPT: gzip if the client takes it and it is text */
	int delay_ms;            /* hold the answer back without holding a worker */
	GPtrArray *headers;      /* name, value, name, value: use ips_http_add_header */
	const char *id;          /* of the request, where the server refuses it: for the answer's text */
	/* For the access log; static or in the request's arena. */
	const char *operation, *user, *company;
	const char *counted; /* the operation for the counters: static, of a bounded set; NULL: none */
	int fault_code;
};
void ips_http_add_header(struct ips_http_response *response, const char *name, const char *value);

/* `worker` is what worker_open made for this thread. Must fill the response. */
typedef void ips_http_handler(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response);
/* A request of this route that never reaches its handler (body too large, queue full, not in gzip
 * though it says so, wrong method): writes the answer in the face's own form. Runs on an event
 * thread: no blocking. response->status is set already and may be changed. */
typedef void ips_http_refuse(void *arg, const struct ips_error *err, struct ips_http_response *response);

struct ips_http_route {
	const char *methods;   /* "GET HEAD" */
	const char *prefix;    /* longest match wins; "/healthz" or "/is/image/" */
	bool exact;            /* the prefix is the whole path */
	size_t max_body;       /* bytes after gzip is undone; 0: none allowed */
	bool inline_run;       /* on the event thread: must not block (health) */
	ips_http_handler *handle;
	ips_http_refuse *refuse; /* NULL: plain text */
	void *arg;
	const char *face;      /* for the counters: static */
};

struct ips_http_settings {
	const char *address;      /* "0.0.0.0" */
	int port;                 /* 0: any free one */
	int tls_port;             /* 0: any free one */
	const char *tls_certificate; /* PEM file, the chain in it; NULL or "": no TLS */
	const char *tls_key;      /* PEM file; NULL or "": it is in tls_certificate */
	int event_threads;        /* of each port */
	int workers, queue;
	int max_connections;      /* of both ports together */
	int max_per_address;      /* an IPv6 address is its /64; 0: three quarters of max_connections */
	int max_requests;         /* of one connection, the last is answered with Connection: close; 0: no limit */
	size_t max_header;        /* bytes of all headers */
	int max_headers;
	size_t max_body_total;    /* of all bodies being held; 0: 512 MB */
	int idle_timeout_s;       /* without a byte in either direction */
	int header_timeout_s;     /* first byte (TLS: of the handshake) to last header; 0: request_timeout_s */
	int request_timeout_s;    /* request line to last byte of the body */
	int send_timeout_s;       /* in each such time of sending the client must have ... */
	size_t send_rate;         /* ... acknowledged as many bytes a second, else it is cut off */
	void *(*worker_open)(void *arg); /* on the worker's own thread */
	void (*worker_close)(void *worker);
	void *worker_arg;
	bool access_log;
	int slow_ms; /* what takes longer until its answer is ready gets a line in the log; 0: none */
};

struct ips_http;
bool ips_http_start(const struct ips_http_settings *settings, const struct ips_http_route *routes,
    size_t count, struct ips_http **out, struct ips_error *err) IPS_MUST_USE;
int ips_http_port(const struct ips_http *http);
int ips_http_tls_port(const struct ips_http *http); /* 0: none */
/* Reads certificate and key again, for connections from now on; open ones keep theirs. If they
 * cannot be used, those in use stay. Any thread. */
bool ips_http_reload(struct ips_http *http, struct ips_error *err) IPS_MUST_USE;

/* ---- Counters ---- */

#define IPS_HTTP_BUCKETS 14
extern const double ips_http_bucket_s[IPS_HTTP_BUCKETS]; /* upper bounds in s, rising */
#define IPS_HTTP_OTHER (-1) /* a status that only a client's wish explains, or one too many */
struct ips_http_row {
	const char *face, *operation; /* static */
	int status;                   /* 0: not answered */
	int fault;                    /* 0: none */
	int64_t requests;
};
/* How long requests that arrived whole took until their answer was ready, what it was held back on purpose
 * and its sending left out. */
struct ips_http_times {
	const char *face, *operation;
	int64_t bucket[IPS_HTTP_BUCKETS + 1]; /* each without those below; the last: longer still */
	int64_t sum_us;
};
/* A request is counted when its answer goes, before the client has it. */
struct ips_http_stats {
	GArray *rows;                 /* struct ips_http_row */
	GArray *times;                /* struct ips_http_times */
	int64_t bytes_in, bytes_out;  /* of bodies */
	int64_t connections, connections_opened, connections_refused;
	int64_t queue, queue_refused; /* requests */
	int64_t workers, workers_busy;
};
/* Any thread until ips_http_stop returns; does not wait for anything that takes long. */
void ips_http_stats(struct ips_http *http, struct ips_http_stats *out);
void ips_http_stats_clear(struct ips_http_stats *stats);

/* Stop listening, answer what is under way for at most grace_ms, close. True if nothing was cut. */
bool ips_http_stop(struct ips_http *http, int grace_ms);

#endif
