/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

void
ips_slots_init(struct slots *slots, int count, int max_waiting)
{
	g_mutex_init(&slots->lock);
	g_cond_init(&slots->freed);
	slots->free = count;
	slots->waiting = 0;
	slots->max_waiting = max_waiting;
}

void
ips_slots_clear(struct slots *slots)
{
	g_mutex_clear(&slots->lock);
	g_cond_clear(&slots->freed);
}

/* With the lock held. */
static bool
wait_for_free(struct slots *slots, int64_t deadline_us)
{
	int64_t left = deadline_us - ips_monotonic_us();
	int64_t end = g_get_monotonic_time() + left;

	while (slots->free == 0) {
		if (deadline_us == 0)
			g_cond_wait(&slots->freed, &slots->lock);
		else if (!g_cond_wait_until(&slots->freed, &slots->lock, end))
			return slots->free > 0;
	}
	return true;
}

bool
ips_slots_take(struct slots *slots, int64_t deadline_us, struct ips_error *err)
{
	bool got = false;

	g_mutex_lock(&slots->lock);
	if (slots->free > 0) {
		got = true;
	} else if (slots->waiting < slots->max_waiting) {
		slots->waiting++;
		got = wait_for_free(slots, deadline_us);
		slots->waiting--;
	}
	if (got)
		slots->free--;
	g_mutex_unlock(&slots->lock);
	return got || ips_fail(err, IPS_BUSY, "The server is busy with other pictures: try again");
}

void
ips_slots_give(struct slots *slots)
{
	g_mutex_lock(&slots->lock);
	slots->free++;
	g_cond_signal(&slots->freed);
	g_mutex_unlock(&slots->lock);
}
