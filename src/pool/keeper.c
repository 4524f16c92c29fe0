/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The thread that starts processes, and sees those end that have nothing to do. What it starts dies
 * with it, so that it lives as long as the pool. */
#include "pool_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define START_MS                                                                                   \
	(SANITIZED ? 120000 : 20000) /* a process that takes longer will never be ready            \
				      */
#define FIRST_WAIT_MS 100 /* before another try, after one that failed; then twice as long */
#define LAST_WAIT_MS  10000
#define LOOK_MS       1000 /* at processes that were busy and are idle again */

void
pool_wake(struct ips_pool *pool)
{
	uint64_t one = 1;

	if (write(pool->wake, &one, sizeof(one)) < 0)
		return; /* it is full: whoever looks at it is awake */
}

static void
settle_down(struct process *process)
{
	int64_t wait_ms = FIRST_WAIT_MS << MIN(process->failures, 10);

	process->failures++;
	process->state = PROCESS_NONE;
	process->since_us = ips_monotonic_us() + MIN(wait_ms, LAST_WAIT_MS) * 1000;
}

/* With the lock held, which is let go of meanwhile: nobody else touches what is starting. */
static void
start(struct ips_pool *pool, struct process *process)
{
	process->state = PROCESS_STARTING;
	process->since_us = ips_monotonic_us();
	pthread_mutex_unlock(&pool->lock);
	bool started = process_start(pool, process);
	pthread_mutex_lock(&pool->lock);
	if (started)
		pool->stats.started++;
	else
		settle_down(process);
}

/* Once a pool: whoever runs this should know that one wall is missing. */
static void
tell(struct ips_pool *pool, const struct pool_ready *ready)
{
	if (ready->landlock == 0 && !pool->told)
		IPS_LOG(IPS_LOG_WARNING, "render process",
		    { "reason", "this kernel has no Landlock: what render processes may read is "
				"limited by seccomp alone" });
	pool->told = true;
}

static void
on_starting(struct ips_pool *pool, struct process *process, bool spoke)
{
	struct pool_ready ready = { .magic = 0 };
	int64_t end = process->since_us + START_MS * INT64_C(1000);

	if (!spoke && ips_monotonic_us() < end)
		return;
	if (spoke &&
	    pool_receive(process->socket, &ready, sizeof(ready), ips_monotonic_us() + 1) ==
		POOL_DONE &&
	    ready.magic == POOL_MAGIC) {
		process->state = PROCESS_IDLE;
		process->failures = 0;
		tell(pool, &ready);
		pool_dispatch(pool);
		return;
	}
	g_autofree char *status = g_strdup_printf("%d", process_end(process, spoke));
	IPS_LOG(IPS_LOG_ERROR, "render process", { "reason", "it ended before it was ready" },
	    { "status", status });
	settle_down(process);
}

/* It says something, or nothing any more, without having been asked. */
static void
on_idle(struct ips_pool *pool, struct process *process)
{
	struct pollfd now = { .fd = process->socket, .events = POLLIN };

	if (poll(&now, 1, 0) <= 0)
		return; /* that was the answer to a request which is done by now */
	process_end(process, true);
	pool->stats.crashed++;
	process->state = PROCESS_NONE;
	process->since_us = ips_monotonic_us();
}

static void
look_at(struct ips_pool *pool, struct process *process, bool spoke)
{
	if (process->state == PROCESS_STARTING)
		on_starting(pool, process, spoke);
	else if (process->state == PROCESS_IDLE && spoke)
		on_idle(pool, process);
}

/* Of those to be watched; the first is the bell. Returns how long there is nothing to do but wait.
 */
static int
gather(struct ips_pool *pool, struct pollfd *watched)
{
	int64_t now = ips_monotonic_us(), next = now + LOOK_MS * INT64_C(1000);

	watched[0] = (struct pollfd){ .fd = pool->wake, .events = POLLIN };
	for (int i = 0; i < pool->processes; i++) {
		const struct process *p = &pool->process[i];
		bool quiet = p->state == PROCESS_STARTING || p->state == PROCESS_IDLE;

		watched[i + 1] = (struct pollfd){ .fd = quiet ? p->socket : -1, .events = POLLIN };
		if (p->state == PROCESS_NONE)
			next = MIN(next, p->since_us);
		if (p->state == PROCESS_STARTING)
			next = MIN(next, p->since_us + START_MS * INT64_C(1000));
	}
	return (int)((MAX(next - now, 0) + 999) / 1000);
}

static void
start_missing(struct ips_pool *pool)
{
	for (int i = 0; i < pool->processes && !pool->stop; i++)
		if (pool->process[i].state == PROCESS_NONE &&
		    pool->process[i].since_us <= ips_monotonic_us())
			start(pool, &pool->process[i]);
}

static void *
keep(void *arg)
{
	struct ips_pool *pool = arg;
	g_autofree struct pollfd *watched = g_new(struct pollfd, (gsize)pool->processes + 1);

	pthread_mutex_lock(&pool->lock);
	while (!pool->stop) {
		start_missing(pool);
		int wait_ms = gather(pool, watched);
		pthread_mutex_unlock(&pool->lock);
		poll(watched, (nfds_t)pool->processes + 1, wait_ms);
		uint64_t rings;
		if (watched[0].revents != 0 && read(pool->wake, &rings, sizeof(rings)) < 0)
			IPS_LOG(IPS_LOG_ERROR, "render pool", { "eventfd", g_strerror(errno) });
		pthread_mutex_lock(&pool->lock);
		for (int i = 0; i < pool->processes && !pool->stop; i++)
			if (watched[i + 1].fd >= 0)
				look_at(pool, &pool->process[i], watched[i + 1].revents != 0);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

void
pool_keep_begin(struct ips_pool *pool)
{
	sigset_t all, before;

	if (pool->keeping)
		return;
	sigfillset(&all); /* signals are for the threads that wait for them */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pool->keeping = pthread_create(&pool->keeper, NULL, keep, pool) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
pool_keep_end(struct ips_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	bool keeping = pool->keeping;
	pool->stop = true;
	pthread_mutex_unlock(&pool->lock);
	if (!keeping)
		return;
	pool_wake(pool);
	pthread_join(pool->keeper, NULL);
	for (int i = 0; i < pool->processes; i++)
		if (pool->process[i].state != PROCESS_NONE)
			process_end(&pool->process[i], false);
}
