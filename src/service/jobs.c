/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* Copies in the background. A job is accepted when it is on disk, with the number of the asset it
 * will make; its end and that asset are one transaction. So whenever the server ends, a job has
 * made its copy or not begun it, and running it again cannot make a second. */

#define MAX_DISK_GB 128
#define TRIES       5
#define KEEP_MS     (7 * 24 * 60 * 60 * INT64_C(1000)) /* of jobs that have ended */
#define FORGET_US   (60 * INT64_C(1000000))            /* looking for older ones */
#define LOOK_S      5 /* a ring cannot be missed; a catalog that failed for a while is tried again */

/* ---- Accepting ---- */

/* What cannot be copied, by kind and state: in the order of the answer. */
static const struct obstacle {
	const char *trait, *value;
	bool unless; /* the value is the only good one */
	enum ips_fault fault;
	const char *reason;
} obstacles[] = {
	{ "__whole_image", "true", false, IPS_WHOLE_IMAGE,
	    "A full-ECS image cannot be exported or replicated." },
	{ "virtual_env_type", "IsoImage", false, IPS_ISO_IMAGE,
	    "This operation is not possible for ISO images." },
	{ "status", "active", true, IPS_NOT_ACTIVE, "The image is unavailable." },
};

static bool
check_kind(const struct ips_image_facts *image, struct ips_error *err)
{
	int64_t disk = 0;
	const char *gb = ips_image_trait(image, "min_disk");

	for (size_t i = 0; i < IPS_NELEM(obstacles); i++) {
		const struct obstacle *o = &obstacles[i];
		const char *value = ips_image_trait(image, o->trait);

		if (value != NULL && (strcmp(value, o->value) == 0) != o->unless)
			return ips_fail(err, o->fault, "%s", o->reason);
	}
	if (ips_parse_int(gb, strlen(gb), 0, INT64_MAX, &disk) && disk <= MAX_DISK_GB)
		return true;
	return ips_fail(err, IPS_TOO_LARGE, "The image has more than %d GB.", MAX_DISK_GB);
}

static bool
check_metal(const struct ips_image_facts *image, const char *cmk_id, struct ips_error *err)
{
	return cmk_id == NULL ||
	       strcmp(ips_image_trait(image, "virtual_env_type"), "Ironic") != 0 ||
	       ips_fail(err, IPS_BARE_METAL, "A bare-metal image does not support KMS.");
}

/* What copyImage would be asked for: the copy lies beside its source. */
static struct ips_copy
copy_of(struct ips_arena *mem, const struct ips_asset *source, const char *name)
{
	return (struct ips_copy){
		.asset_handle = ips_handle_asset(mem, source),
		.folder_handle = ips_handle_folder(mem, source->folder_path),
		.name = name,
		.url_modifier = "",
	};
}

static const char *
if_said(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

/* Trouble of the catalog has a code of its own; the detail stays for the log. */
static bool
not_submitted(struct ips_error *err)
{
	if (err != NULL && (err->fault == IPS_INTERNAL || err->fault == IPS_STORAGE)) {
		err->fault = IPS_NOT_SUBMITTED;
		g_strlcpy(err->reason, "An error occurred when the job was submitted.",
		    sizeof(err->reason));
	}
	return false;
}

/* Jobs are made in this process alone, so a count is all it takes. */
static void
ring(struct ips_service *service)
{
	service->bell.waiting++;
	pthread_mutex_lock(&service->bell.lock);
	service->bell.rings++;
	pthread_cond_signal(&service->bell.rung);
	pthread_mutex_unlock(&service->bell.lock);
}

static bool
take_job(struct ips_service *service, const struct ips_call *call,
    const struct ips_background_copy *copy, const struct ips_once *once, int64_t *job,
    struct ips_error *err)
{
	const struct ips_job_limits limits = { service->image_quota, service->task_limit };
	const struct ips_image_facts *image;

	if (!ips_service_image(service, call, copy->uuid, &image, err) || !check_kind(image, err))
		return false;
	const struct ips_job wish = {
		.company = call->company->id,
		.user = call->user->id,
		.source = image->asset->id,
		.name = copy->name,
		.description = if_said(copy->description),
		.cmk = if_said(copy->cmk_id),
	};
	const struct ips_copy as = copy_of(call->mem, image->asset, copy->name);
	const struct copy_target target = { wish.cmk, &wish, NULL };

	if (!ips_copy_check(service, call, &as, &target, err) || !check_metal(image, wish.cmk, err))
		return false;
	if (!ips_catalog_job_add(service->catalog, &wish, &limits, once, job, err))
		return not_submitted(err);
	ring(service);
	return true;
}

bool
ips_service_copy_later(struct ips_service *service, const struct ips_call *call,
    const struct ips_background_copy *copy, int64_t *job, struct ips_error *err)
{
	const char *const asked[] = { "ims.copy", copy->uuid, copy->name, copy->description,
		copy->cmk_id };
	IPS_CLEANUP(ips_once_end) struct once_turn turn;

	if (!ips_once_begin(service, call, asked, IPS_NELEM(asked), &turn, err))
		return false;
	if (!turn.told)
		return take_job(service, call, copy, turn.once, job, err);
	*job = turn.number;
	return true;
}

bool
ips_service_job(struct ips_service *service, const struct ips_call *call, const char *id,
    const struct ips_job **out, struct ips_error *err)
{
	const struct ips_job *job = NULL;
	int64_t number;

	if (ips_service_id_open(service, IPS_ID_JOB, id, &number) &&
	    !ips_catalog_job(service->catalog, call->mem, call->company->id, number, &job, err))
		return false;
	if (job == NULL)
		return ips_fail(err, IPS_NOT_FOUND, "There is no job %s.", id);
	*out = job;
	return true;
}

/* ---- Working ---- */

/* The copy of copyImage, by whoever asked for it, with the rights he has now. */
static bool
copy_now(struct job_worker *worker, struct ips_arena *mem, const struct ips_job *job,
    struct ips_error *err)
{
	struct ips_service *service = worker->service;
	const struct ips_proven who = { job->user, job->company };
	const struct ips_request request = {
		.mem = mem,
		.proven = &who,
		.address = "",
		.operation = "copyImage",
		.offered = true,
	};
	const struct ips_asset *source;
	struct ips_call call;
	const char *handle;

	if (!ips_service_enter(service, &request, &call, err) ||
	    !ips_catalog_asset(service->catalog, mem, job->company, job->source, &source, err))
		return false;
	if (source == NULL)
		return ips_fail(err, IPS_NOT_FOUND, "The source image does not exist any more.");
	const struct ips_copy copy = copy_of(mem, source, job->name);
	const struct copy_target target = { job->cmk, job, &worker->progress };

	return ips_copy_make(service, &call, &copy, &target, &handle, err);
}

static void
log_trouble(const struct ips_job *job, const struct ips_error *err)
{
	g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, job != NULL ? job->id : 0);

	IPS_LOG(IPS_LOG_ERROR, "job", { "job", id }, { "reason", err->reason },
	    { "detail", err->detail });
}

static void
run_job(struct job_worker *worker, struct ips_arena *mem, const struct ips_job *job)
{
	struct ips_error err = { .fault = IPS_OK };
	const char *code;

	/* A key that is rotated meanwhile makes it busy. */
	for (int i = 0; i < TRIES; i++) {
		if (copy_now(worker, mem, job, &err)) {
			worker->service->bell.done++;
			return;
		}
		if (err.fault != IPS_BUSY)
			break;
	}
	worker->service->bell.failed++;
	code = ips_fault_info(err.fault)->ims;
	log_trouble(job, &err);
	worker->unsettled.job = job->id;
	worker->unsettled.code = code != NULL ? code : "IMG.0061";
	g_strlcpy(worker->unsettled.reason, err.reason, sizeof(worker->unsettled.reason));
}

/* A catalog that refuses to be written, as on a full disk, is asked again before another job is
 * begun. */
static bool
settle(struct job_worker *worker)
{
	struct ips_error err = { .fault = IPS_OK };
	int64_t job = worker->unsettled.job;

	if (job == 0)
		return true;
	if (!ips_catalog_job_fail(worker->service->catalog, job, worker->unsettled.code,
		worker->unsettled.reason, &err) &&
	    err.fault != IPS_NOT_FOUND) { /* its end was recorded after all */
		const struct ips_job which = { .id = job };

		log_trouble(&which, &err);
		return false;
	}
	worker->unsettled.job = 0;
	return true;
}

static void
set_progress(struct job_progress *progress, int64_t job)
{
	progress->size = progress->done = 0;
	progress->job = job;
}

/* False: nothing waits, or nothing can be known. */
static bool
work_once(struct job_worker *worker, struct ips_arena *mem)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_job *job = NULL;

	ips_arena_reset(mem);
	if (!settle(worker))
		return false;
	if (!ips_catalog_job_claim(worker->service->catalog, mem, &job, &err))
		log_trouble(NULL, &err);
	if (job == NULL)
		return false;
	worker->service->bell.waiting--;
	worker->service->bell.under_way++;
	set_progress(&worker->progress, job->id);
	run_job(worker, mem, job);
	set_progress(&worker->progress, 0);
	worker->service->bell.under_way--;
	return settle(worker);
}

/* What is written is not safe yet: the whole is never done while the job runs. */
#define MOST_DONE 0.99

double
ips_service_job_progress(struct ips_service *service, const struct ips_job *job)
{
	for (int i = 0; i < service->bell.count; i++) {
		struct job_progress *p = &service->bell.workers[i].progress;
		int64_t size = p->size, done = p->done;

		if (p->job == job->id && size > 0)
			return MIN((double)done / (double)size, MOST_DONE);
	}
	return 0;
}

static void
forget_old(struct job_worker *worker)
{
	struct ips_error err = { .fault = IPS_OK };
	int64_t count = 0;

	if (ips_monotonic_us() < worker->forget_us)
		return;
	if (!ips_catalog_jobs_forget(
		worker->service->catalog, ips_clock_ms() - KEEP_MS, &count, &err))
		log_trouble(NULL, &err);
	if (count == 0)
		worker->forget_us = ips_monotonic_us() + FORGET_US;
}

/* ---- The bell and the threads ---- */

void
ips_jobs_init(struct ips_service *service)
{
	pthread_mutex_init(&service->bell.lock, NULL);
	ips_cond_init(&service->bell.rung);
}

void
ips_jobs_clear(struct ips_service *service)
{
	ips_service_jobs_stop(service);
	pthread_cond_destroy(&service->bell.rung);
	pthread_mutex_destroy(&service->bell.lock);
}

/* Until it has rung again since heard, some time has passed, or all is over: then false. */
static bool
wait_for_ring(struct job_bell *bell, uint64_t *heard)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOK_S;
	pthread_mutex_lock(&bell->lock);
	while (!bell->stop && bell->rings == *heard &&
	       pthread_cond_timedwait(&bell->rung, &bell->lock, &until) == 0)
		;
	*heard = bell->rings;
	go_on = !bell->stop;
	pthread_mutex_unlock(&bell->lock);
	return go_on;
}

static bool
is_over(struct job_bell *bell)
{
	bool over;

	pthread_mutex_lock(&bell->lock);
	over = bell->stop;
	pthread_mutex_unlock(&bell->lock);
	return over;
}

static void *
worker_main(void *arg)
{
	struct job_worker *worker = arg;
	struct job_bell *bell = &worker->service->bell;
	struct ips_arena *mem = ips_arena_new();
	uint64_t heard = 0;

	do {
		do {
			ips_count_assets(worker->service);
			forget_old(worker);
		} while (!is_over(bell) && work_once(worker, mem));
	} while (wait_for_ring(bell, &heard));
	ips_arena_free(mem);
	if (bell->thread_done != NULL)
		bell->thread_done();
	return NULL;
}

bool
ips_service_jobs_start(
    struct ips_service *service, int workers, void (*thread_done)(void), struct ips_error *err)
{
	struct job_bell *bell = &service->bell;
	struct ips_catalog_counts counts;

	if (!ips_catalog_jobs_resume(service->catalog, err) ||
	    !ips_catalog_count(service->catalog, &counts, err))
		return false;
	bell->waiting = counts.open_jobs;
	bell->stop = false;
	bell->thread_done = thread_done;
	bell->workers = g_new0(struct job_worker, workers);
	bell->count = workers;
	for (; bell->running < workers; bell->running++) {
		struct job_worker *worker = &bell->workers[bell->running];

		worker->service = service;
		if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
			return ips_fail_internal(
			    err, "thread %d of the job workers", bell->running);
		pthread_setname_np(worker->thread, "ips-job");
	}
	return true;
}

void
ips_service_jobs_stop(struct ips_service *service)
{
	struct job_bell *bell = &service->bell;

	pthread_mutex_lock(&bell->lock);
	bell->stop = true;
	pthread_cond_broadcast(&bell->rung);
	pthread_mutex_unlock(&bell->lock);
	for (int i = 0; i < bell->running; i++)
		pthread_join(bell->workers[i].thread, NULL);
	g_clear_pointer(&bell->workers, g_free);
	bell->count = bell->running = 0;
}
