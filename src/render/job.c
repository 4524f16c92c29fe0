/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "render_priv.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#define HAND_OVER(what) __tsan_release(what)
#define TAKE_OVER(what) __tsan_acquire(what)
#else
#define HAND_OVER(what) (void)(what)
#define TAKE_OVER(what) (void)(what)
#endif

void
job_open(struct job *job, const struct ips_plan *plan, const int *in, int64_t deadline_us)
{
	struct ips_arena *mem = ips_arena_new();

	*job = (struct job){
		.mem = mem,
		.plan = plan,
		.in = in,
		.scope = VIPS_OBJECT(vips_image_new()),
		.deadline_us = deadline_us,
		.late = IPS_NEW(mem, bool),
		.held = IPS_NEW(mem, int64_t),
		.kept = IPS_NEW(mem, int64_t),
	};
	if (plan == NULL)
		return;
	job->opened = IPS_NEW_N(mem, struct opened, ips_plan_files(plan));
	job->layer = plan->layer;
}

/* Lives as long as the other: libvips tells it of progress. */
struct job *
job_beside(struct job *job, const struct ips_plan_layer *layer)
{
	struct job *own = IPS_NEW(job->mem, struct job);

	*own = *job;
	own->layer = layer;
	own->image = own->mask = NULL;
	own->photoshop = (struct span){ NULL, 0 };
	return own;
}

/* With a scope of its own, which this one owns: what is let go of inside is not needed outside. */
struct job *
job_within(struct job *job, const struct ips_object *object)
{
	struct job *own = IPS_NEW(job->mem, struct job);

	*own = *job;
	own->plan = object->plan;
	own->layer = object->plan->layer;
	own->in = job->in + object->first;
	own->opened = job->opened + object->first;
	own->scope = VIPS_OBJECT(vips_image_new());
	own->held = IPS_NEW(job->mem, int64_t);
	own->image = own->mask = NULL;
	own->photoshop = (struct span){ NULL, 0 };
	return own;
}

void
job_close(struct job *job)
{
	TAKE_OVER(job->late);
	g_object_unref(job->scope);
	ips_arena_free(job->mem);
}

VipsImage **
job_slot(struct job *job)
{
	return (VipsImage **)vips_object_local_array(job->scope, 1);
}

/* The buffer of libvips is shared by all threads: what it says may belong to another render. */
bool
job_fail(struct job *job, struct ips_error *err)
{
	if (*job->late)
		ips_fail(err, IPS_DEADLINE, "The picture took too long.");
	else
		ips_fail(
		    err, IPS_BROKEN_IMAGE, "The image is damaged or not what it claims to be.");
	if (err)
		g_strlcpy(err->detail, vips_error_buffer(), sizeof(err->detail));
	vips_error_clear();
	return false;
}

bool
job_step(struct job *job, int failed, VipsImage **slot, struct ips_error *err)
{
	if (failed)
		return job_fail(job, err);
	job->image = *slot;
	return true;
}

/* The locks by which libvips hands work to its threads and back are GLib's, and TSan cannot see
 * those. */
struct work {
	VipsStartFn start;
	VipsGenerateFn generate;
	VipsStopFn stop;
	void *run;
	void *done; /* what the job's end takes over */
};

static void *
work_start(VipsImage *image, void *in, void *arg)
{
	struct work *work = arg;

	TAKE_OVER(work);
	void *seq = work->start(image, in, work->run);
	HAND_OVER(work->done);
	return seq;
}

static int
work_generate(VipsRegion *out, void *seq, void *in, void *arg, gboolean *stop)
{
	struct work *work = arg;

	TAKE_OVER(work);
	int failed = work->generate(out, seq, in, work->run, stop);
	HAND_OVER(work->done);
	return failed;
}

static int
work_stop(void *seq, void *in, void *arg)
{
	struct work *work = arg;

	TAKE_OVER(work);
	int failed = work->stop(seq, in, work->run);
	HAND_OVER(work->done);
	return failed;
}

int
job_generate(struct job *job, VipsImage *image, VipsStartFn start, VipsGenerateFn generate,
    VipsStopFn stop, void *in, void *run)
{
	struct work *work = VIPS_NEW(job->scope, struct work);

	*work = (struct work){ start, generate, stop, run, job->late };
	HAND_OVER(work);
	return vips_image_generate(
	    image, start ? work_start : NULL, work_generate, stop ? work_stop : NULL, in, work);
}

struct by_row {
	row_fn *row;
	void *run;
};

static int
generate_rows(VipsRegion *out, void *seq, void *in, void *arg, gboolean *stop)
{
	const struct by_row *work = arg;
	VipsRegion *from = seq;
	const VipsRect *area = &out->valid;

	(void)in;
	(void)stop;
	if (vips_region_prepare(from, area))
		return -1;
	for (int y = area->top; y < area->top + area->height; y++)
		work->row(work->run, VIPS_REGION_ADDR(from, area->left, y),
		    VIPS_REGION_ADDR(out, area->left, y), area->width);
	return 0;
}

int
job_rows(struct job *job, VipsImage *image, row_fn *row, void *run)
{
	struct by_row *work = VIPS_NEW(job->scope, struct by_row);

	*work = (struct by_row){ row, run };
	return job_generate(
	    job, image, vips_start_one, generate_rows, vips_stop_one, job->image, work);
}

static void
on_eval(VipsImage *image, VipsProgress *progress, struct job *job)
{
	(void)progress;
	if (ips_monotonic_us() < job->deadline_us)
		return;
	*job->late = true;
	vips_image_set_kill(image, TRUE);
}

void
job_watch(struct job *job, VipsImage *image)
{
	if (job->deadline_us == 0)
		return;
	vips_image_set_progress(image, TRUE);
	g_signal_connect(image, "eval", G_CALLBACK(on_eval), job);
}

static int64_t
pixels_of(const VipsImage *image)
{
	return (int64_t)vips_image_get_width(image) * vips_image_get_height(image);
}

bool
job_settle(struct job *job, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);
	int64_t pixels = pixels_of(job->image);

	if (!within_memory(*job->kept + pixels, err))
		return false;
	job_watch(job, job->image);
	*slot = vips_image_copy_memory(job->image);
	TAKE_OVER(job->late); /* what is let go of may be used again */
	if (!job_step(job, *slot == NULL, slot, err))
		return false;
	*job->held += pixels;
	*job->kept += pixels;
	return true;
}

bool
job_relieve(struct job *job, VipsImage *const *others, int count, struct ips_error *err)
{
	if (!job_settle(job, err))
		return false;
	VipsImage *kept = job->image;
	VipsObject *before = job->scope;
	job->scope = VIPS_OBJECT(vips_image_new());
	*job_slot(job) = g_object_ref(kept);
	for (int i = 0; i < count; i++)
		*job_slot(job) = g_object_ref(others[i]);
	g_object_unref(before);
	*job->kept = MAX(pixels_of(kept), *job->kept - *job->held + pixels_of(kept));
	*job->held = pixels_of(kept);
	return true;
}
