/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Copies in the background: what may happen between acceptance and the end of a job. */
#include "service_fixture.h"

/* Keys of the rows: A and B of c|6. */
static const char *
key_of(const char *const key[2], const char *word)
{
	return word == NULL ? NULL : key[strcmp(word, "B") == 0];
}

static void
make_keys(struct fixture *f, const char *key[2])
{
	struct ips_error err = { .fault = IPS_OK };

	for (int i = 0; i < 2; i++)
		MUST(ips_service_key_add(f->service, f->mem, 6, &key[i], &err));
}

static int64_t
number_of(struct fixture *f, const char *name)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *asset;

	MUST(ips_catalog_asset_named(f->catalog, f->mem, 6, name, &asset, &err));
	if (asset == NULL)
		fail_msg("no asset %s", name);
	return asset->id;
}

static bool
ask(struct fixture *f, const char *source, const char *name, const char *key, int64_t *job,
    struct ips_error *err)
{
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	const struct ips_background_copy copy = {
		.uuid = ips_service_uuid(f->service, f->mem, number_of(f, source)),
		.name = name,
		.cmk_id = key,
	};

	return ips_service_copy_later(f->service, &call, &copy, job, err);
}

static const struct ips_job *
job_of(struct fixture *f, int64_t id)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_job *job;

	MUST(ips_catalog_job(f->catalog, f->mem, 6, id, &job, &err));
	assert_non_null(job);
	return job;
}

/* All jobs to their end: workers finish what they have, and look for more before they stop. */
static void
run_jobs(struct fixture *f, int64_t last)
{
	struct ips_error err = { .fault = IPS_OK };

	MUST(ips_service_jobs_start(f->service, 2, NULL, &err));
	for (int i = 0; job_of(f, last)->ended == 0; i++) {
		if (i > 30000)
			fail_msg("job %d has not ended", (int)last);
		g_usleep(1000);
	}
	ips_service_jobs_stop(f->service);
}

/* ---- What the image is called on the way ---- */

static void
check_status(struct fixture *f, int64_t image, const char *want, const char *key)
{
	struct ips_error err = { .fault = IPS_OK };
	struct ips_call call = enter(f, DEMO, "getAssets", "c|6");
	const char *uuid = ips_service_uuid(f->service, f->mem, image);
	const struct ips_image_facts *facts;

	MUST(ips_service_image(f->service, &call, uuid, &facts, &err));
	assert_string_equal(ips_image_trait(facts, "status"), want);
	if (facts->asset != NULL)
		assert_true(g_strcmp0(facts->asset->image->key, key) == 0);
	else
		assert_string_equal(facts->job->name, "seen");
}

static void
test_states(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_job *claimed;
	const char *key[2];
	int64_t job;

	make_keys(f, key);
	MUST(ask(f, "mug", "seen", key[0], &job, &err));
	int64_t image = job_of(f, job)->target;
	assert_int_equal(job_of(f, job)->status, IPS_JOB_INIT);
	check_status(f, image, "queued", NULL);
	MUST(ips_catalog_job_claim(f->catalog, f->mem, &claimed, &err));
	assert_int_equal(claimed->id, job);
	assert_string_equal(claimed->cmk, key[0]);
	check_status(f, image, "saving", NULL);
	MUST(ips_catalog_job_claim(f->catalog, f->mem, &claimed, &err));
	assert_null(claimed);

	/* As if the server had ended here: the next one takes it up. */
	run_jobs(f, job);
	assert_int_equal(job_of(f, job)->status, IPS_JOB_SUCCESS);
	check_status(f, image, "active", key[0]);
	assert_int_equal(number_of(f, "seen"), image);
}

/* ---- What goes wrong after acceptance ---- */

enum event { NOTHING, DISABLE_A, DISABLE_B, ROTATE_A, ROTATE_B, TRASH, LOCK, LEAVE, LOSE };

static void
move_blob(struct fixture *f, const char *name, bool back)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *asset;

	MUST(ips_catalog_asset_named(f->catalog, f->mem, 6, name, &asset, &err));
	const char *digest = asset->image->blob.digest;
	g_autofree char *path = g_strdup_printf("%s/store/%.2s/%s", f->dir, digest, digest);
	g_autofree char *away = g_strdup_printf("%s/away", f->dir);
	assert_int_equal(back ? rename(away, path) : rename(path, away), 0);
}

static void
set_user(struct fixture *f, bool active, bool member)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_user *user;

	MUST(ips_catalog_user_named(f->catalog, f->mem, DEMO, &user, &err));
	struct ips_user changed = *user;
	changed.active = active;
	MUST(ips_catalog_user_set(f->catalog, &changed, &err));
	MUST(ips_catalog_membership_set(f->catalog, user->id, 6, IPS_ROLE_USER, member, &err));
}

static void
happen(struct fixture *f, enum event event, bool undo, const char *source, int64_t id,
    const char *const key[2])
{
	struct ips_error err = { .fault = IPS_OK };
	int64_t count;

	switch (event) {
	case DISABLE_A:
	case DISABLE_B:
		MUST(ips_catalog_key_enable(f->catalog, key[event - DISABLE_A], undo, &err));
		break;
	case ROTATE_A:
	case ROTATE_B:
		MUST(ips_service_key_rotate(f->service, key[event - ROTATE_A], &count, &err));
		break;
	case TRASH:
		MUST(ips_catalog_asset_trash(
		    f->catalog, id, undo ? IPS_TRASH_NOT : IPS_TRASH_IN, DEMO, &err));
		break;
	case LOCK:
		set_user(f, undo, true);
		break;
	case LEAVE:
		set_user(f, true, undo);
		break;
	case LOSE:
		move_blob(f, source, undo);
		break;
	default:
		break;
	}
}

static void
test_events(void **state)
{
	static const struct {
		const char *name, *source, *key;
		enum event event;
		const char *code; /* NULL: the copy is made */
	} rows[] = {
		{ "sealed A", "mug", "A", NOTHING, NULL },
		{ "plain", "sealed A", NULL, NOTHING, NULL },
		{ "plain, its key off", "sealed A", NULL, DISABLE_A, "IMG.0102" },
		{ "plain, its key rotated", "sealed A", NULL, ROTATE_A, NULL },
		{ "A", "mug", "A", NOTHING, NULL },
		{ "A, off", "mug", "A", DISABLE_A, "IMG.0097" },
		{ "A, rotated", "mug", "A", ROTATE_A, NULL },
		{ "A to B", "sealed A", "B", NOTHING, NULL },
		{ "A to B, source off", "sealed A", "B", DISABLE_A, "IMG.0102" },
		{ "A to B, target off", "sealed A", "B", DISABLE_B, "IMG.0097" },
		{ "A to B, both rotated", "sealed A", "B", ROTATE_B, NULL },
		{ "source in the trash", "lamp", NULL, TRASH, "IMG.0027" },
		{ "user locked", "lamp", NULL, LOCK, "IMG.0026" },
		{ "user left", "lamp", NULL, LEAVE, "IMG.0026" },
		{ "file lost", "lamp", NULL, LOSE, "IMG.0061" },
		{ "file lost, to be sealed", "lamp", "A", LOSE, "IMG.0061" },
	};
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	const char *key[2];
	int64_t job;

	make_keys(f, key);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const char *source = rows[i].source, *wanted = key_of(key, rows[i].key);
		int64_t id = number_of(f, source);
		const struct ips_asset *made;

		MUST(ask(f, source, rows[i].name, wanted, &job, &err));
		happen(f, rows[i].event, false, source, id, key);
		run_jobs(f, job);
		happen(f, rows[i].event, true, source, id, key);
		const struct ips_job *done = job_of(f, job);
		MUST(ips_catalog_asset(f->catalog, f->mem, 6, done->target, &made, &err));
		if (g_strcmp0(done->error_code, rows[i].code) != 0)
			fail_msg("%s: %s %s", rows[i].name, done->error_code, done->reason);
		assert_int_equal(done->status, rows[i].code ? IPS_JOB_FAIL : IPS_JOB_SUCCESS);
		if ((made == NULL) != (rows[i].code != NULL))
			fail_msg("%s: the copy is %sthere", rows[i].name, made ? "" : "not ");
		if (made != NULL)
			assert_true(g_strcmp0(made->image->key, wanted) == 0);
	}
}

/* A job ends once: what is taken up twice makes one image. */
static void
test_run_twice(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_job *claimed;
	int64_t job;

	MUST(ask(f, "logo", "once", NULL, &job, &err));
	MUST(ips_catalog_job_claim(f->catalog, f->mem, &claimed, &err));
	run_jobs(f, job);
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	const struct ips_asset *source;
	const char *handle;
	MUST(ips_catalog_asset(f->catalog, f->mem, 6, claimed->source, &source, &err));
	const struct ips_copy copy = {
		.asset_handle = ips_handle_asset(f->mem, source),
		.folder_handle = ips_handle_folder(f->mem, source->folder_path),
		.name = "once",
		.url_modifier = "",
	};
	const struct copy_target target = { NULL, claimed, NULL };
	assert_false(ips_copy_make(f->service, &call, &copy, &target, &handle, &err));
	assert_int_equal(job_of(f, job)->status, IPS_JOB_SUCCESS);
	assert_int_equal(number_of(f, "once"), claimed->target);
	assert_false(ips_catalog_job_fail(f->catalog, job, "IMG.0061", "late", &err));
	assert_int_equal(job_of(f, job)->status, IPS_JOB_SUCCESS);
}

/* ---- How far it is ---- */

static void
test_progress(void **state)
{
	static const struct {
		int64_t job, done, size;
		double want;
	} rows[] = {
		{ 5, 0, 0, 0 }, /* nothing is to be written */
		{ 5, 0, 100, 0 },
		{ 5, 40, 100, 0.4 },
		{ 5, 100, 100, 0.99 },
		{ 6, 40, 100, 0 }, /* another's */
		{ 0, 0, 0, 0 },
	};
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	struct job_worker worker = { .service = f->service };
	const struct ips_job job = { .id = 5 };

	assert_true(ips_service_job_progress(f->service, &job) == 0); /* no workers */
	f->service->bell.workers = &worker;
	f->service->bell.count = 1;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		worker.progress.job = rows[i].job;
		worker.progress.done = rows[i].done;
		worker.progress.size = rows[i].size;
		double is = ips_service_job_progress(f->service, &job);
		if (is != rows[i].want)
			fail_msg("row %zu: %g", i, is);
	}
	f->service->bell.workers = NULL;
	f->service->bell.count = 0;

	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	const struct ips_asset *mug;
	const char *handle, *key[2];
	make_keys(f, key);
	MUST(ips_catalog_asset_named(f->catalog, f->mem, 6, "mug", &mug, &err));
	for (int i = 0; i < 2; i++) {
		struct job_progress progress = { 0 };
		const struct copy_target target = { i == 0 ? NULL : key[0], NULL, &progress };
		const struct ips_copy copy = { ips_handle_asset(f->mem, mug), "ApiTestCo/",
			i == 0 ? "shared" : "written", "" };

		MUST(ips_copy_make(f->service, &call, &copy, &target, &handle, &err));
		assert_int_equal(progress.size, i == 0 ? 0 : mug->image->blob.size);
		assert_int_equal(progress.done, progress.size);
	}
}

/* ---- How long it is remembered ---- */

static void
test_forgotten(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_job *found;
	int64_t job, waiting, count;

	MUST(ask(f, "logo", "forgotten", NULL, &job, &err));
	run_jobs(f, job);
	MUST(ask(f, "logo", "waiting", NULL, &waiting, &err));
	MUST(ips_catalog_jobs_forget(f->catalog, job_of(f, job)->ended, &count, &err));
	job_of(f, job);
	MUST(ips_catalog_jobs_forget(f->catalog, INT64_MAX, &count, &err));
	assert_true(count >= 1);
	MUST(ips_catalog_job(f->catalog, f->mem, 6, job, &found, &err));
	assert_null(found);
	assert_int_equal(job_of(f, waiting)->status, IPS_JOB_INIT);
	MUST(ips_catalog_jobs_forget(f->catalog, INT64_MAX, &count, &err));
	assert_int_equal(count, 0);
	number_of(f, "forgotten");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_run_twice),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
