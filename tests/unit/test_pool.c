/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The queue, and what is believed of an answer: nothing here decodes. */
#include "openips/plan_steps.h"
#include "pool_fixture.h"
#include "pool_priv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB (INT64_C(1) << 20)

/* ---- The queue ---- */

/* Processes that are idle and never asked anything. */
static struct ips_pool *
idle_pool(int processes, int waiting, int64_t memory)
{
	const struct ips_pool_settings settings = {
		.processes = processes, .waiting = waiting, .memory = memory
	};
	struct ips_error err = { .fault = IPS_OK };
	struct ips_pool *pool;

	if (!ips_pool_open(&settings, &pool, &err))
		fail_msg("%s", err.detail);
	pool->keeping = true; /* or it would start some */
	for (int i = 0; i < processes; i++)
		pool->process[i] = (struct process){ .state = PROCESS_IDLE, .pid = 1 };
	return pool;
}

static void
idle_pool_close(struct ips_pool *pool)
{
	pool->keeping = false;
	ips_pool_close(pool);
}

struct waiter {
	struct ips_pool *pool;
	struct ticket ticket;
	pthread_t thread;
	int *order; /* of those who get in, as they do */
	int place;
	bool got;
};

static void *
wait_inside(void *arg)
{
	struct waiter *w = arg;

	w->got = pool_enter(w->pool, &w->ticket, ips_monotonic_us() + 60000000, NULL);
	if (!w->got)
		return NULL;
	w->place = __atomic_add_fetch(w->order, 1, __ATOMIC_SEQ_CST);
	pool_leave(w->pool, &w->ticket);
	return NULL;
}

static int
waiting(struct ips_pool *pool)
{
	struct ips_pool_stats stats;

	ips_pool_stats(pool, &stats);
	return stats.waiting;
}

static void
begin_waiting(struct waiter *w)
{
	int before = waiting(w->pool);

	assert_int_equal(pthread_create(&w->thread, NULL, wait_inside, w), 0);
	while (waiting(w->pool) == before)
		usleep(100);
}

static void
test_queue_is_bounded(void **state)
{
	struct ips_pool *pool = idle_pool(1, 1, MIB);
	struct ticket first = { .party = 1 }, late = { .party = 1 }, third = { .party = 1 };
	struct ips_error err = { .fault = IPS_OK };
	struct ips_pool_stats stats;
	int order = 0;
	struct waiter waiter = { .pool = pool, .ticket = { .party = 1 }, .order = &order };

	(void)state;
	assert_true(pool_enter(pool, &first, ips_monotonic_us() + 1000000, NULL));
	/* Waiting ends at the deadline. */
	assert_false(pool_enter(pool, &late, ips_monotonic_us() + 1000, &err));
	assert_int_equal(err.fault, IPS_BUSY);
	/* One may wait, the next is sent away at once. */
	begin_waiting(&waiter);
	int64_t before = ips_monotonic_us();
	assert_false(pool_enter(pool, &third, before + 60000000, &err));
	assert_int_equal(err.fault, IPS_BUSY);
	assert_true(ips_monotonic_us() - before < 10000000);
	pool_leave(pool, &first);
	pthread_join(waiter.thread, NULL);
	assert_true(waiter.got);
	ips_pool_stats(pool, &stats);
	assert_int_equal(stats.busy, 0);
	assert_int_equal(stats.refused, 2);
	assert_int_equal(g_hash_table_size(pool->parties), 0);
	idle_pool_close(pool);
}

/* A party with a hundred pictures does not keep one with a single picture waiting for all of them.
 */
static void
test_parties_take_turns(void **state)
{
	static const int64_t party[] = { 1, 1, 1, 2, 2, 3 };
	static const int place[] = { 3, 5, 6, 1, 4, 2 };
	struct ips_pool *pool = idle_pool(1, 10, MIB);
	struct ticket first = { .party = 1 };
	struct waiter waiter[IPS_NELEM(party)];
	int order = 0;

	(void)state;
	assert_true(pool_enter(pool, &first, ips_monotonic_us() + 1000000, NULL));
	for (size_t i = 0; i < IPS_NELEM(party); i++) {
		waiter[i] = (struct waiter){
			.pool = pool, .ticket = { .party = party[i] }, .order = &order
		};
		begin_waiting(&waiter[i]);
	}
	pool_leave(pool, &first);
	for (size_t i = 0; i < IPS_NELEM(party); i++)
		pthread_join(waiter[i].thread, NULL);
	for (size_t i = 0; i < IPS_NELEM(party); i++)
		if (waiter[i].place != place[i])
			fail_msg("waiter %zu of party %d came as %d, not as %d", i, (int)party[i],
			    waiter[i].place, place[i]);
	idle_pool_close(pool);
}

/* There is a process, but no memory; and who is alone gets in whatever he needs. */
static void
test_memory_is_budgeted(void **state)
{
	struct ips_pool *pool = idle_pool(3, 10, 100 * MIB);
	struct ticket large = { .party = 1, .memory = 90 * MIB },
		      small = { .party = 1, .memory = 10 * MIB },
		      more = { .party = 1, .memory = MIB };
	struct ips_pool_stats stats;
	int order = 0;
	struct waiter waiter = {
		.pool = pool, .ticket = { .party = 2, .memory = 20 * MIB }, .order = &order
	};

	(void)state;
	assert_true(pool_enter(pool, &large, ips_monotonic_us() + 1000000, NULL));
	assert_true(pool_enter(pool, &small, ips_monotonic_us() + 1000000, NULL));
	assert_false(pool_enter(pool, &more, ips_monotonic_us() + 1000, NULL));
	begin_waiting(&waiter);
	pool_leave(pool, &small);
	assert_int_equal(waiting(pool), 1); /* still */
	pool_leave(pool, &large);
	pthread_join(waiter.thread, NULL);
	assert_true(waiter.got);
	ips_pool_stats(pool, &stats);
	assert_int_equal(stats.memory_used, 0);
	assert_int_equal(stats.memory, 100 * MIB);
	idle_pool_close(pool);
}

static void
test_threads_follow_the_load(void **state)
{
	struct ips_pool *pool = idle_pool(4, 10, MIB);
	struct ticket ticket[4];
	static const int threads[] = { 8, 4, 2, 2 };

	(void)state;
	pool->cores = 8;
	for (size_t i = 0; i < IPS_NELEM(ticket); i++) {
		ticket[i] = (struct ticket){ .party = 1 };
		assert_true(pool_enter(pool, &ticket[i], ips_monotonic_us() + 1000000, NULL));
		assert_int_equal(ticket[i].threads, threads[i]);
	}
	for (size_t i = 0; i < IPS_NELEM(ticket); i++)
		pool_leave(pool, &ticket[i]);
	pool->settings.limits.threads = 3;
	assert_true(pool_enter(pool, &ticket[0], ips_monotonic_us() + 1000000, NULL));
	assert_int_equal(ticket[0].threads, 3);
	pool_leave(pool, &ticket[0]);
	idle_pool_close(pool);
}

/* ---- Answers ---- */

static const struct pool_answer good = { .magic = POOL_MAGIC,
	.serial = 1,
	.kind = POOL_PROBE,
	.facts = { .format = IPS_FORMAT_JPEG,
	    .width = 40,
	    .height = 30,
	    .orientation = 1,
	    .bits = 8,
	    .space = IPS_SPACE_RGB,
	    .pages = 1,
	    .resolution = 72 } };

/* As an answer to a question of its own kind, if there is such a kind. */
static bool
check(const struct pool_answer *answer, const char *behind, struct pool_reply *out)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	bool is_kind = answer->kind >= 0 && answer->kind < POOL_KINDS;
	const struct pool_question question = { .kind = is_kind ? (enum pool_kind)answer->kind
								: POOL_PROBE };

	return pool_answer_check(answer, behind, &question, 100000, mem, out);
}

#define I32(field, value)  offsetof(struct pool_answer, field), sizeof(int32_t), (value), 0
#define REAL(field, value) offsetof(struct pool_answer, field), sizeof(double), 0, (value)

static void
test_absurd_facts(void **state)
{
	static const struct {
		const char *what;
		size_t at, size;
		int32_t number;
		double real;
		bool sound;
	} rows[] = {
		{ "as it was", I32(facts.width, 40), true },
		{ "kind of another request", I32(kind, POOL_VERIFY + 100), false },
		{ "negative kind", I32(kind, -1), false },
		{ "no fault of render", I32(fault, IPS_NO_CREDENTIALS), false },
		{ "no fault at all", I32(fault, IPS_FAULT_COUNT), false },
		{ "negative fault", I32(fault, -1), false },
		{ "no format", I32(facts.format, IPS_FORMAT_NONE), false },
		{ "format beyond", I32(facts.format, IPS_FORMAT_COUNT), false },
		{ "negative format", I32(facts.format, INT32_MIN), false },
		{ "no width", I32(facts.width, 0), false },
		{ "negative height", I32(facts.height, -1), false },
		{ "more pixels than are read", I32(facts.height, 100000), false },
		{ "as many as there are numbers", I32(facts.width, INT32_MAX), false },
		{ "orientation 0", I32(facts.orientation, 0), false },
		{ "orientation 9", I32(facts.orientation, 9), false },
		{ "7 bits", I32(facts.bits, 7), false },
		{ "space beyond", I32(facts.space, IPS_SPACE_CMYK + 1), false },
		{ "negative space", I32(facts.space, -1), false },
		{ "no page", I32(facts.pages, 0), false },
		{ "alpha is 2", I32(facts.alpha, 2), false },
		{ "associated is -1", I32(facts.associated, -1), false },
		{ "profile is 256", I32(facts.profile, 256), false },
		{ "progressive is 2", I32(facts.progressive, 2), false },
		{ "a path that did not come", I32(facts.paths, 1), false },
		{ "more paths than memory", I32(facts.paths, INT32_MAX), false },
		{ "paths below none", I32(facts.paths, -1), false },
		{ "resolution is no number", REAL(facts.resolution, NAN), false },
		{ "resolution is infinite", REAL(facts.resolution, INFINITY), false },
		{ "negative resolution", REAL(facts.resolution, -1), false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct pool_answer answer = good;
		struct pool_reply reply;

		if (rows[i].size == sizeof(double))
			memcpy((char *)&answer + rows[i].at, &rows[i].real, sizeof(double));
		else
			memcpy((char *)&answer + rows[i].at, &rows[i].number, sizeof(int32_t));
		if (check(&answer, "", &reply) != rows[i].sound)
			fail_msg("%s: taken the wrong way", rows[i].what);
	}
}

/* A path, its name, and how long they say to be. */
static bool
check_path(
    double left, int32_t damaged, const char *name, int32_t said, int32_t paths, uint32_t spare)
{
	struct {
		struct pool_path head;
		char name[64];
	} behind = { .head = { .box = { left, 0, 1, 1 }, .damaged = damaged, .name = said } };
	struct pool_answer answer = good;
	struct pool_reply reply;

	memcpy(behind.name, name, strlen(name));
	answer.facts.paths = paths;
	answer.behind = (uint32_t)(sizeof(behind.head) + strlen(name)) + spare;
	return check(&answer, (const char *)&behind, &reply);
}

static void
test_absurd_paths(void **state)
{
	(void)state;
	assert_true(check_path(0.5, 0, "Path 1", 6, 1, 0));
	assert_true(check_path(0.5, 1, "x", 1, 1, 0));
	assert_false(check_path(0.5, 2, "Path 1", 6, 1, 0));
	assert_false(check_path(NAN, 0, "Path 1", 6, 1, 0));
	assert_false(check_path(0.5, 0, "Path 1", 7, 1, 0)); /* longer than what came */
	assert_false(check_path(0.5, 0, "Path 1", 5, 1, 0)); /* something is left over */
	assert_false(check_path(0.5, 0, "Path 1", -1, 1, 0));
	assert_false(check_path(0.5, 0, "Path 1", INT32_MAX, 1, 0));
	assert_false(check_path(0.5, 0, "", 0, 1, 0));
	assert_false(check_path(0.5, 0, "P\n", 2, 1, 0));
	assert_false(check_path(0.5, 0, "P\xc3\xa9", 3, 1, 0));
	assert_false(check_path(0.5, 0, "Path 1", 6, 0, 0));
	assert_false(check_path(0.5, 0, "Path 1", 6, 2, 0));
	assert_false(check_path(0.5, 0, "Path 1", 6, 1, 5));
}

static void
test_absurd_words(void **state)
{
	static const struct {
		const char *reason;
		size_t len;
		bool sound;
	} rows[] = {
		{ "The image is damaged.", 21, true }, { "", 0, true }, { "caf\xc3\xa9", 5, true },
		{ "caf\xc3", 4, false }, { "two\nlines", 9, false }, { "\x1b[2J", 4, false },
		{ NULL, 0, false }, /* without an end */
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct pool_answer answer = good;
		struct pool_reply reply;

		answer.fault = IPS_BROKEN_IMAGE;
		if (rows[i].reason == NULL)
			memset(answer.reason, 'x', sizeof(answer.reason));
		else
			memcpy(answer.reason, rows[i].reason, rows[i].len);
		memset(answer.detail, 'y', sizeof(answer.detail)); /* our log takes anything */
		if (check(&answer, "", &reply) != rows[i].sound)
			fail_msg("row %zu: taken the wrong way", i);
		if (rows[i].sound) {
			assert_int_equal(reply.err.fault, IPS_BROKEN_IMAGE);
			assert_int_equal(strlen(reply.err.detail), sizeof(reply.err.detail) - 1);
		}
	}
}

static void
test_absurd_texts(void **state)
{
	static const struct {
		int32_t kind, has, space;
		const char *behind;
		uint32_t len;
		bool sound;
	} rows[] = {
		{ POOL_XMP, 1, 0, "<x/>", 4, true },
		{ POOL_XMP, 0, 0, "", 0, true },
		{ POOL_XMP, 1, 0, "<x\0/>", 5, false },
		{ POOL_XMP, 0, 0, "<x/>", 4, false },
		{ POOL_XMP, 7, 0, "<x/>", 4, false },
		{ POOL_PROFILE_NAME, 1, 0, "sRGB", 4, true },
		{ POOL_PROFILE_NAME, 1, 0, "s\nGB", 4, false },
		{ POOL_PROFILE_SPACE, 1, IPS_SPACE_CMYK, "", 0, true },
		{ POOL_PROFILE_SPACE, 1, IPS_SPACE_CMYK + 1, "", 0, false },
		{ POOL_PROFILE_SPACE, 1, -1, "", 0, false },
		{ POOL_PROFILE_SPACE, 1, 0, "x", 1, false },
		{ POOL_VERIFY, 0, 0, "", 0, true },
		{ POOL_VERIFY, 0, 0, "x", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct pool_answer answer = good;
		struct pool_reply reply;

		answer.kind = rows[i].kind;
		answer.has = rows[i].has;
		answer.space = rows[i].space;
		answer.behind = rows[i].len;
		if (check(&answer, rows[i].behind, &reply) != rows[i].sound)
			fail_msg("row %zu: taken the wrong way", i);
	}
}

/* What lies in the socket when the question is asked is all that ever comes. */
static enum pool_outcome
ask_who_says(const void *data, size_t len, bool closes)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct pool_question question = { .kind = POOL_PROBE, .files = 0, .out = -1 };
	struct process process = { .pid = 1 };
	struct pool_reply reply;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(write(pair[1], data, len), (ssize_t)len);
	if (closes)
		shutdown(pair[1], SHUT_WR);
	process.socket = pair[0];
	enum pool_outcome outcome =
	    pool_ask(&process, &question, ips_monotonic_us() + 50000, 0, mem, &reply);
	close(pair[0]);
	close(pair[1]);
	return outcome;
}

static void
test_absurd_messages(void **state)
{
	struct pool_answer answer = good;

	(void)state;
	assert_int_equal(ask_who_says(&answer, sizeof(answer), false), POOL_DONE);
	for (size_t len = 0; len < sizeof(answer); len += 97) {
		assert_int_equal(ask_who_says(&answer, len, true), POOL_GONE);
		if (len % 5 == 0)
			assert_int_equal(ask_who_says(&answer, len, false), POOL_LATE);
	}
	answer.serial = 2; /* to a question that was not asked */
	assert_int_equal(ask_who_says(&answer, sizeof(answer), false), POOL_ABSURD);
	answer = good;
	answer.magic = 0;
	assert_int_equal(ask_who_says(&answer, sizeof(answer), false), POOL_ABSURD);
	answer = good;
	answer.behind = UINT32_MAX;
	assert_int_equal(ask_who_says(&answer, sizeof(answer), false), POOL_ABSURD);
	answer.behind = POOL_MAX_ANSWER;
	assert_int_equal(ask_who_says(&answer, sizeof(answer), true), POOL_GONE);
	answer.behind = 10; /* and nothing comes */
	assert_int_equal(ask_who_says(&answer, sizeof(answer), false), POOL_LATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_is_bounded),
		cmocka_unit_test(test_parties_take_turns),
		cmocka_unit_test(test_memory_is_budgeted),
		cmocka_unit_test(test_threads_follow_the_load),
		cmocka_unit_test(test_absurd_facts),
		cmocka_unit_test(test_absurd_paths),
		cmocka_unit_test(test_absurd_words),
		cmocka_unit_test(test_absurd_texts),
		cmocka_unit_test(test_absurd_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
