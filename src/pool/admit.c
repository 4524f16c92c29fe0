/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Who may render, and when: a bounded queue in which parties take turns, and a budget of memory. */
#include "pool_priv.h"

#include <time.h>

/* Of each that has something to do. */
struct party {
	int64_t served; /* the turn it had last; 0: none yet */
	int tickets;
};

static struct party *
party_of(struct ips_pool *pool, const struct ticket *ticket)
{
	return g_hash_table_lookup(pool->parties, &ticket->party);
}

static void
party_join(struct ips_pool *pool, const struct ticket *ticket)
{
	struct party *party = party_of(pool, ticket);

	if (party == NULL) {
		party = g_new0(struct party, 1);
		g_hash_table_insert(
		    pool->parties, g_memdup2(&ticket->party, sizeof(ticket->party)), party);
	}
	party->tickets++;
}

static void
party_part(struct ips_pool *pool, const struct ticket *ticket)
{
	if (--party_of(pool, ticket)->tickets == 0)
		g_hash_table_remove(pool->parties, &ticket->party);
}

/* The first of the party that has waited longest for its turn. */
static struct ticket *
next_ticket(struct ips_pool *pool)
{
	struct ticket *best = NULL;
	int64_t least = INT64_MAX;

	for (guint i = 0; i < pool->queue->len; i++) {
		struct ticket *ticket = g_ptr_array_index(pool->queue, i);
		int64_t served = party_of(pool, ticket)->served;

		if (served < least) {
			least = served;
			best = ticket;
		}
	}
	return best;
}

static int
find_idle(const struct ips_pool *pool)
{
	for (int i = 0; i < pool->processes; i++)
		if (pool->process[i].state == PROCESS_IDLE)
			return i;
	return -1;
}

/* All cores for who is alone, one each when all are busy. */
static int
threads_for(const struct ips_pool *pool)
{
	int most = pool->settings.limits.threads;
	int fair = MAX(1, pool->cores / (pool->busy + (int)pool->queue->len));

	return most > 0 ? MIN(most, fair) : fair;
}

static void
grant(struct ips_pool *pool, struct ticket *ticket, int process)
{
	g_ptr_array_remove(pool->queue, ticket);
	party_of(pool, ticket)->served = ++pool->turn;
	pool->process[process].state = PROCESS_BUSY;
	pool->busy++;
	pool->stats.memory_used += ticket->memory;
	ticket->process = process;
	ticket->threads = threads_for(pool);
	pthread_cond_signal(&ticket->granted);
}

/* Who is next is waited for, however much he needs: the small ones behind him would never let him
 * have it. */
void
pool_dispatch(struct ips_pool *pool)
{
	struct ticket *ticket;
	int process;

	while ((ticket = next_ticket(pool)) != NULL && (process = find_idle(pool)) >= 0 &&
	       (pool->busy == 0 || pool->stats.memory_used + ticket->memory <= pool->stats.memory))
		grant(pool, ticket, process);
}

/* With the lock held. */
static void
wait_for_grant(struct ips_pool *pool, struct ticket *ticket, int64_t deadline_us)
{
	const struct timespec end = {
		.tv_sec = deadline_us / 1000000,
		.tv_nsec = deadline_us % 1000000 * 1000,
	};

	while (
	    ticket->process < 0 && pthread_cond_timedwait(&ticket->granted, &pool->lock, &end) == 0)
		;
}

/* With the lock held: whether there is room to wait, if there is a need to. */
static bool
may_wait(const struct ips_pool *pool)
{
	return (int)pool->queue->len < pool->settings.waiting;
}

bool
pool_enter(struct ips_pool *pool, struct ticket *ticket, int64_t deadline_us, struct ips_error *err)
{
	ips_cond_init(&ticket->granted);
	ticket->process = -1;
	pthread_mutex_lock(&pool->lock);
	pool_keep_begin(pool);
	if (may_wait(pool)) {
		party_join(pool, ticket);
		g_ptr_array_add(pool->queue, ticket);
		pool_dispatch(pool);
		wait_for_grant(pool, ticket, deadline_us);
		if (ticket->process < 0) {
			g_ptr_array_remove(pool->queue, ticket);
			party_part(pool, ticket);
			pool_dispatch(pool); /* the next may need less */
		}
	}
	bool granted = ticket->process >= 0;
	pool->stats.refused += !granted;
	pthread_mutex_unlock(&pool->lock);
	if (!granted)
		pthread_cond_destroy(&ticket->granted);
	return granted ||
	       ips_fail(err, IPS_BUSY, "The server is busy with other pictures: try again");
}

void
pool_leave(struct ips_pool *pool, struct ticket *ticket)
{
	pthread_mutex_lock(&pool->lock);
	struct process *process = &pool->process[ticket->process];
	bool gone = process->pid == 0;
	process->state = gone ? PROCESS_NONE : PROCESS_IDLE;
	process->since_us = ips_monotonic_us();
	pool->busy--;
	pool->stats.memory_used -= ticket->memory;
	party_part(pool, ticket);
	pool_dispatch(pool);
	pthread_mutex_unlock(&pool->lock);
	if (gone)
		pool_wake(pool);
	pthread_cond_destroy(&ticket->granted);
}
