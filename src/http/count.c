/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests by kind. Rows are made when they are first needed and stay, so that whoever counts
 * looks and adds without a lock. Their number is bounded whatever clients send: what finds no room
 * counts as "other". */
#include "http_priv.h"

#include <string.h>

#define OTHER "other"

const double ips_http_bucket_s[IPS_HTTP_BUCKETS] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
	0.25, 0.5, 1, 2.5, 5, 10, 30 };

/* What is answered of our own accord: clients may ask for any other status of a fault. */
static const int own_status[] = { 0, 200, 201, 202, 204, 206, 300, 301, 302, 304, 307, 400, 401,
	403, 404, 405, 406, 408, 409, 411, 412, 413, 414, 415, 416, 417, 429, 431, 500, 501, 502,
	503, 504, 505 };

static int
countable(int status)
{
	for (size_t i = 0; i < IPS_NELEM(own_status); i++)
		if (own_status[i] == status)
			return status;
	return IPS_HTTP_OTHER;
}

/* ---- Rows ---- */

static struct outcome *
find_outcome(struct tally *tally, int status, int fault)
{
	struct outcome *at = atomic_load_explicit(&tally->outcomes, memory_order_acquire);

	while (at != NULL && (at->status != status || at->fault != fault))
		at = at->next;
	return at;
}

/* With the lock held. */
static struct outcome *
new_outcome(struct tally *tally, int status, int fault)
{
	struct outcome *outcome = g_new0(struct outcome, 1);

	outcome->status = status;
	outcome->fault = fault;
	outcome->next = atomic_load(&tally->outcomes);
	tally->outcome_count++;
	atomic_store_explicit(&tally->outcomes, outcome, memory_order_release);
	return outcome;
}

static struct outcome *
outcome_of(struct counts *counts, struct tally *tally, int status, int fault)
{
	struct outcome *found = find_outcome(tally, status, fault);

	if (found != NULL)
		return found;
	pthread_mutex_lock(&counts->lock);
	if (tally->outcome_count >= OUTCOMES_MAX) {
		status = IPS_HTTP_OTHER;
		fault = 0;
	}
	found = find_outcome(tally, status, fault);
	if (found == NULL)
		found = new_outcome(tally, status, fault);
	pthread_mutex_unlock(&counts->lock);
	return found;
}

static bool
is_tally(const struct tally *tally, const char *face, const char *operation)
{
	return (tally->operation == operation || strcmp(tally->operation, operation) == 0) &&
	       (tally->face == face || strcmp(tally->face, face) == 0);
}

/* Its slot, or the empty one where it belongs, or NULL: full. */
static struct tally *_Atomic *
slot_of(struct counts *counts, const char *face, const char *operation)
{
	guint at = g_str_hash(operation);

	for (int i = 0; i < TALLIES_MAX; i++, at++) {
		struct tally *_Atomic *slot = &counts->slot[at % TALLIES_MAX];
		struct tally *tally = atomic_load_explicit(slot, memory_order_acquire);

		if (tally == NULL || is_tally(tally, face, operation))
			return slot;
	}
	return NULL;
}

static struct tally *
tally_of(struct counts *counts, const char *face, const char *operation)
{
	struct tally *_Atomic *slot = slot_of(counts, face, operation);
	struct tally *tally = slot != NULL ? atomic_load(slot) : NULL;

	if (tally != NULL)
		return tally;
	pthread_mutex_lock(&counts->lock);
	if (counts->used >= TALLIES_MAX - 1) /* the last one is for the others */
		face = operation = OTHER;
	slot = slot_of(counts, face, operation);
	tally = atomic_load(slot);
	if (tally == NULL) {
		tally = g_new0(struct tally, 1);
		tally->face = face;
		tally->operation = operation;
		counts->used++;
		atomic_store_explicit(slot, tally, memory_order_release);
	}
	pthread_mutex_unlock(&counts->lock);
	return tally;
}

/* ---- Counting ---- */

static void
add(_Atomic int64_t *counter, int64_t by)
{
	atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static void
time_it(struct tally *tally, int64_t took_us)
{
	int i = 0;

	while (i < IPS_HTTP_BUCKETS && (double)took_us > ips_http_bucket_s[i] * 1e6)
		i++;
	add(&tally->bucket[i], 1);
	add(&tally->sum_us, took_us);
}

void
count_exchange(struct exchange *exchange)
{
	struct counts *counts = &exchange->connection->http->counts;
	const struct ips_http_route *route = exchange->route;
	const struct ips_http_response *response = &exchange->response;
	const char *face = route != NULL && route->face != NULL ? route->face : "none";
	const char *operation = response->counted != NULL ? response->counted : "none";
	struct tally *tally;
	int status = countable(exchange_status(exchange));

	if (exchange->counted)
		return;
	exchange->counted = true;
	tally = tally_of(counts, face, operation);
	add(&outcome_of(counts, tally, status, response->fault_code)->requests, 1);
	add(&counts->bytes_in, (int64_t)exchange->bytes_in);
	add(&counts->bytes_out, (int64_t)exchange->bytes_out);
	if (exchange->complete_us != 0 && exchange->answered_us != 0)
		time_it(tally, exchange->answered_us - exchange->complete_us);
}

/* ---- Reading ---- */

static void
read_outcomes(struct tally *tally, GArray *rows)
{
	struct outcome *at = atomic_load_explicit(&tally->outcomes, memory_order_acquire);

	for (; at != NULL; at = at->next) {
		struct ips_http_row row = { tally->face, tally->operation, at->status, at->fault,
			atomic_load(&at->requests) };
		g_array_append_val(rows, row);
	}
}

static void
read_times(struct tally *tally, GArray *times)
{
	struct ips_http_times row = { .face = tally->face, .operation = tally->operation };

	for (int i = 0; i <= IPS_HTTP_BUCKETS; i++)
		row.bucket[i] = atomic_load(&tally->bucket[i]);
	row.sum_us = atomic_load(&tally->sum_us);
	g_array_append_val(times, row);
}

void
ips_http_stats(struct ips_http *http, struct ips_http_stats *out)
{
	struct counts *counts = &http->counts;

	*out = (struct ips_http_stats){
		.rows = g_array_new(FALSE, FALSE, sizeof(struct ips_http_row)),
		.times = g_array_new(FALSE, FALSE, sizeof(struct ips_http_times)),
		.bytes_in = atomic_load(&counts->bytes_in),
		.bytes_out = atomic_load(&counts->bytes_out),
		.connections = atomic_load(&http->connection_count),
		.connections_opened = atomic_load(&counts->opened),
		.connections_refused = atomic_load(&counts->refused),
		.queue_refused = atomic_load(&counts->queue_refused),
		.workers = http->settings.workers,
		.workers_busy = atomic_load(&counts->busy),
	};
	pthread_mutex_lock(&http->queue.lock);
	out->queue = http->queue.length;
	pthread_mutex_unlock(&http->queue.lock);
	for (int i = 0; i < TALLIES_MAX; i++) {
		struct tally *tally = atomic_load_explicit(&counts->slot[i], memory_order_acquire);
		if (tally == NULL)
			continue;
		read_outcomes(tally, out->rows);
		read_times(tally, out->times);
	}
}

void
ips_http_stats_clear(struct ips_http_stats *stats)
{
	g_array_unref(stats->rows);
	g_array_unref(stats->times);
}

/* ---- Life ---- */

void
counts_init(struct counts *counts)
{
	pthread_mutex_init(&counts->lock, NULL);
}

void
counts_clear(struct counts *counts)
{
	for (int i = 0; i < TALLIES_MAX; i++) {
		struct tally *tally = atomic_load(&counts->slot[i]);
		struct outcome *next = tally != NULL ? atomic_load(&tally->outcomes) : NULL;

		while (next != NULL) {
			struct outcome *at = next;
			next = at->next;
			g_free(at);
		}
		g_free(tally);
	}
	pthread_mutex_destroy(&counts->lock);
}
