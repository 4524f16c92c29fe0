/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <time.h>

void
ips_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

void
ips_slots_init(struct slots *slots, int count, int max_waiting)
{
	ips_cond_init(&slots->freed);
	pthread_mutex_init(&slots->lock, NULL);
	slots->count = slots->free = count;
	slots->waiting = 0;
	slots->refused = 0;
	slots->max_waiting = max_waiting;
}

void
ips_slots_clear(struct slots *slots)
{
	pthread_mutex_destroy(&slots->lock);
	pthread_cond_destroy(&slots->freed);
}

/* With the lock held. */
static bool
wait_for_free(struct slots *slots, int64_t deadline_us)
{
	struct timespec end = {
		.tv_sec = deadline_us / 1000000,
		.tv_nsec = deadline_us % 1000000 * 1000,
	};

	while (slots->free == 0) {
		if (deadline_us == 0)
			pthread_cond_wait(&slots->freed, &slots->lock);
		else if (pthread_cond_timedwait(&slots->freed, &slots->lock, &end) != 0)
			return slots->free > 0;
	}
	return true;
}

bool
ips_slots_take(struct slots *slots, int64_t deadline_us, struct ips_error *err)
{
	bool got = false;

	pthread_mutex_lock(&slots->lock);
	if (slots->free > 0) {
		got = true;
	} else if (slots->waiting < slots->max_waiting) {
		slots->waiting++;
		got = wait_for_free(slots, deadline_us);
		slots->waiting--;
	}
	if (got)
		slots->free--;
	else
		slots->refused++;
	pthread_mutex_unlock(&slots->lock);
	return got || ips_fail(err, IPS_BUSY, "The server is busy with other pictures: try again");
}

void
ips_slots_give(struct slots *slots)
{
	pthread_mutex_lock(&slots->lock);
	slots->free++;
	pthread_cond_signal(&slots->freed);
	pthread_mutex_unlock(&slots->lock);
}
