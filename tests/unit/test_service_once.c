/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests with an Idempotency-Key: done once, answered each time. */
#include "service_fixture.h"

#define SOURCE "a|739|1|537"
#define ROOT   "ApiTestCo/"

static const struct ips_copy plain = { SOURCE, ROOT, "once", "" };

static bool
copy_as(struct fixture *f, const char *user, const char *key, const struct ips_copy *copy,
    const char **handle, struct ips_error *err)
{
	struct ips_call call = enter(f, user, "copyImage", "c|6");

	call.idempotency_key = key;
	return ips_service_copy(f->service, &call, copy, handle, err);
}

static void
test_keys(void **state)
{
	static const struct {
		const char *key;
		bool good;
	} rows[] = {
		{ "8e03978e-40d5-43dd-bc93-6894a57f9324", true },
		{ "\"8e03978e-40d5-43dd-bc93-6894a57f9325\"", true },
		{ "!", true },
		{ "  outer blanks  ", false },
		{ "  outer-blanks\t", true },
		{ "\"a\\\"b\\\\c\"", true },
		{ "", false },
		{ "\"\"", false },
		{ "\"open", false },
		{ "\"a\";b", false },
		{ "\"a\\b\"", false },
		{ "\"a\\", false },
		{ "\"two words\"", false },
		{ "tab\there", false },
		{ "\xc3\xa4", false },
		{ "\x7f", false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { .fault = IPS_OK };
		g_autofree char *name = g_strdup_printf("key %zu", i);
		struct ips_copy copy = { SOURCE, ROOT, name, "" };
		const char *handle;

		check_fault(rows[i].key, copy_as(f, DEMO, rows[i].key, &copy, &handle, &err), &err,
		    rows[i].good ? IPS_OK : IPS_INVALID_PARAMETER, "Idempotency-Key");
	}
}

static void
test_lengths(void **state)
{
	static const struct {
		size_t len;
		enum ips_fault want;
	} rows[] = { { 1, IPS_OK }, { 255, IPS_OK }, { 256, IPS_INVALID_PARAMETER },
		{ 100000, IPS_INVALID_PARAMETER } };
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { .fault = IPS_OK };
		g_autofree char *key = g_strnfill(rows[i].len, 'l');
		g_autofree char *name = g_strdup_printf("long %zu", i);
		struct ips_copy copy = { SOURCE, ROOT, name, "" };
		const char *handle;

		check_fault(
		    name, copy_as(f, DEMO, key, &copy, &handle, &err), &err, rows[i].want, "255");
	}
}

/* One after the other; what a row says of the answer is about the first row's. */
static void
test_repeats(void **state)
{
	static const struct {
		const char *row, *user, *key;
		struct ips_copy copy;
		enum ips_fault want;
		bool same;
	} rows[] = {
		{ "first", DEMO, "r", { SOURCE, ROOT, "repeat", "wid=20" }, IPS_OK, true },
		{ "again", DEMO, "r", { SOURCE, ROOT, "repeat", "wid=20" }, IPS_OK, true },
		{ "in quotes", DEMO, "\"r\"", { SOURCE, ROOT, "repeat", "wid=20" }, IPS_OK, true },
		{ "no key", DEMO, NULL, { SOURCE, ROOT, "repeat", "wid=20" }, IPS_TAKEN, false },
		{ "other key", DEMO, "s", { SOURCE, ROOT, "repeat", "wid=20" }, IPS_TAKEN, false },
		{ "other user", ADMIN, "r", { SOURCE, ROOT, "repeat", "wid=20" }, IPS_TAKEN,
		    false },
		{ "other user, other name", ADMIN, "r", { SOURCE, ROOT, "repeat 2", "wid=20" },
		    IPS_OK, false },
		{ "other name", DEMO, "r", { SOURCE, ROOT, "other", "wid=20" }, IPS_KEY_REUSED,
		    false },
		{ "other modifier", DEMO, "r", { SOURCE, ROOT, "repeat", "wid=21" }, IPS_KEY_REUSED,
		    false },
		{ "other source", DEMO, "r", { "a|741", ROOT, "repeat", "wid=20" }, IPS_KEY_REUSED,
		    false },
		{ "other split", DEMO, "r", { SOURCE, ROOT "repeat", "", "wid=20" }, IPS_KEY_REUSED,
		    false },
		{ "other letters", DEMO, "R", { SOURCE, ROOT, "repeat 3", "" }, IPS_OK, false },
	};
	struct fixture *f = *state;
	const char *first = NULL;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { .fault = IPS_OK };
		const char *handle = "";

		check_fault(rows[i].row,
		    copy_as(f, rows[i].user, rows[i].key, &rows[i].copy, &handle, &err), &err,
		    rows[i].want, NULL);
		if (rows[i].want == IPS_KEY_REUSED)
			assert_non_null(strstr(err.reason, "Idempotency-Key 'r'"));
		first = first != NULL ? first : handle;
		if (rows[i].want == IPS_OK && (strcmp(handle, first) == 0) != rows[i].same)
			fail_msg("%s: %s, the first was %s", rows[i].row, handle, first);
	}
}

/* The same words of another company are another request. */
static void
test_companies(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	add_other_asset(f);
	struct ips_call call = enter(f, OTHER, "copyImage", "c|7");
	g_autofree char *asset = g_strdup_printf("a|%" G_GINT64_FORMAT, f->other_asset);
	const struct ips_copy other = { asset, "OtherCo/", "once", "" };
	const char *here, *there, *again;

	MUST(copy_as(f, ADMIN, "c", &plain, &here, &err));
	call.idempotency_key = "c";
	MUST(ips_service_copy(f->service, &call, &other, &there, &err));
	MUST(ips_service_copy(f->service, &call, &other, &again, &err));
	assert_string_equal(there, again);
	assert_string_not_equal(here, there);
}

/* A failure is not remembered; what was done stays done, whatever becomes of it. */
static void
test_failures(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_copy bad = { SOURCE, ROOT, "failing", "wid=x" };
	const struct ips_copy good = { SOURCE, ROOT, "failing", "wid=9" };
	const char *first, *again;
	int64_t id, seq;
	int type;

	check_fault(
	    "bad", copy_as(f, DEMO, "f", &bad, &first, &err), &err, IPS_INVALID_PARAMETER, "wid");
	MUST(copy_as(f, DEMO, "f", &good, &first, &err));
	assert_true(ips_handle_parse_asset(first, &id, &type, &seq));
	MUST(ips_catalog_asset_trash(f->catalog, id, IPS_TRASH_IN, DEMO, &err));
	MUST(ips_catalog_asset_trash(f->catalog, id, IPS_TRASH_EMPTIED, DEMO, &err));
	MUST(copy_as(f, DEMO, "f", &good, &again, &err));
	assert_string_equal(first, again);
}

static const struct ips_once_told *
told(struct fixture *f, const char *key)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_once_told *out;
	const struct ips_user *user;

	MUST(ips_catalog_user_named(f->catalog, f->mem, DEMO, &user, &err));
	const struct ips_once once = { user->id, 6, key, NULL, INT64_C(1) << 40 };
	MUST(ips_catalog_once(f->catalog, f->mem, &once, &out, &err));
	return out;
}

static void
test_forgetting(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_copy first = { SOURCE, ROOT, "old", "" };
	int64_t keep_ms = f->service->book.keep_ms;
	const char *handle;

	assert_int_equal(keep_ms, 24 * 3600 * 1000);
	MUST(copy_as(f, DEMO, "old", &first, &handle, &err));
	assert_non_null(told(f, "old"));
	g_usleep(5000);
	f->service->book.keep_ms = 1;
	check_fault(
	    "too old", copy_as(f, DEMO, "old", &first, &handle, &err), &err, IPS_TAKEN, NULL);
	for (int i = 0; i < 20; i++) { /* each takes some of the oldest away */
		g_autofree char *name = g_strdup_printf("new-%d", i);
		const struct ips_copy copy = { SOURCE, ROOT, name, "" };

		g_usleep(2000);
		MUST(copy_as(f, DEMO, name, &copy, &handle, &err));
	}
	f->service->book.keep_ms = keep_ms;
	assert_null(told(f, "old"));
	assert_null(told(f, "new-0"));
	assert_non_null(told(f, "new-19"));
}

/* ---- At once ---- */

struct racer {
	struct fixture *f;
	struct ips_arena *mem;
	struct ips_call call;
	const struct ips_copy *copy;
	const char *handle;
	struct ips_error err;
	bool done;
	pthread_t thread;
};

static void *
race(void *arg)
{
	struct racer *r = arg;

	ips_service_view_begin(r->f->service);
	r->done = ips_service_copy(r->f->service, &r->call, r->copy, &r->handle, &r->err);
	ips_service_view_end(r->f->service);
	ips_render_thread_done();
	return NULL;
}

static void
start(struct racer *r, struct fixture *f, const char *key, const struct ips_copy *copy)
{
	*r = (struct racer){ .f = f, .mem = ips_arena_new(), .copy = copy };
	r->call = enter(f, DEMO, "copyImage", "c|6");
	r->call.mem = r->mem;
	r->call.idempotency_key = key;
	assert_int_equal(pthread_create(&r->thread, NULL, race, r), 0);
}

static void
test_together(void **state)
{
	const struct ips_copy copy = { SOURCE, ROOT, "race", "wid=300&fmt=png" };
	struct fixture *f = *state;
	struct racer racers[6];

	for (size_t i = 0; i < IPS_NELEM(racers); i++)
		start(&racers[i], f, "race", &copy);
	for (size_t i = 0; i < IPS_NELEM(racers); i++) {
		struct racer *r = &racers[i];

		pthread_join(r->thread, NULL);
		if (!r->done)
			fail_msg("racer %zu: %s", i, r->err.reason);
		assert_string_equal(r->handle, racers[0].handle);
	}
	for (size_t i = 0; i < IPS_NELEM(racers); i++)
		ips_arena_free(racers[i].mem);
}

static void
test_under_way(void **state)
{
	const struct ips_copy copy = { SOURCE, ROOT, "under way", "" };
	const char *const asked[] = { "copyImage" };
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	struct once_turn turn;
	struct racer r;

	call.idempotency_key = "way";
	MUST(ips_once_begin(f->service, &call, asked, 1, &turn, &err));
	f->service->book.wait_ms = 20;
	const char *handle;
	check_fault("waits in vain", copy_as(f, DEMO, "way", &copy, &handle, &err), &err, IPS_BUSY,
	    "under way");
	assert_true(ips_fault_info(err.fault)->retry);
	f->service->book.wait_ms = 60000;
	start(&r, f, "way", &copy);
	g_usleep(20000);
	ips_once_end(&turn);
	pthread_join(r.thread, NULL);
	assert_true(r.done);
	MUST(copy_as(f, DEMO, "way", &copy, &handle, &err));
	assert_string_equal(handle, r.handle);
	ips_arena_free(r.mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_companies),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_forgetting),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_under_way),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
