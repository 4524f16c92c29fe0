/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The file of a copy: the very bytes of the source, or new ones. */
#include "copy.h"

#include <errno.h>
#include <sys/mman.h>

/* The very bytes of the source: not those of an SVG file that variables have changed. */
bool
copy_keeps_file(const struct copy_work *w)
{
	return ips_plan_is_identity(w->plan) && w->request.pictures.drawing[0] == NULL;
}

/* Without a target an unchanged picture keeps its key, so only a target can ask for another file.
 */
bool
copy_can_share(const struct copy_work *w)
{
	return copy_keeps_file(w) &&
	       (w->target == NULL || (!w->encrypted && w->shown->image->key == NULL));
}

/* The copy shares the source's blob: it is looked for, not read. */
static bool
share(struct copy_work *w, struct ips_error *err)
{
	w->result = w->shown->image;
	return ips_service_blob(w->service, &w->shown->image->blob, NULL, err);
}

static void
watch(struct copy_work *w, struct ips_reader *content)
{
	struct job_progress *progress = w->target != NULL ? w->target->progress : NULL;

	if (progress == NULL)
		return;
	progress->size = ips_reader_size(content);
	ips_reader_watch(content, &progress->done);
}

static bool
write_blob(
    struct copy_work *w, struct ips_reader *content, struct new_blob *made, struct ips_error *err)
{
	int64_t began_us = ips_monotonic_us();
	bool ok = ips_blob_write(
	    w->service, w->call->mem, w->encrypted ? &w->key : NULL, content, made, err);

	ips_trace_add(w->call->mem, IPS_SPAN_STORE, began_us);
	return ok;
}

/* From plain to encrypted, back, or from one key to another. */
static bool
convert(struct copy_work *w, struct ips_error *err)
{
	IPS_CLEANUP(ips_reader_cleanup) struct ips_reader *content = NULL;
	struct new_blob made;

	if (!ips_blob_reader(w->service, &w->shown->image->blob, &content, err))
		return false;
	watch(w, content);
	if (!write_blob(w, content, &made, err))
		return false;
	w->result = ips_image_with(w->call->mem, w->shown->image, &made);
	return true;
}

static bool
render(struct copy_work *w, int fd, struct ips_source *facts, struct ips_error *err)
{
	return ips_service_render(w->service, w->call->mem, w->call->company->id, w->plan,
	    &w->request.pictures, fd, facts, err);
}

static bool
render_plain(struct copy_work *w, struct ips_error *err)
{
	IPS_CLEANUP(ips_stage_cleanup) struct ips_stage *stage = NULL;
	struct ips_stage *filled;
	struct ips_source facts;
	struct ips_blob blob;
	int64_t began_us;
	bool published;

	if (!ips_stage_open(w->service->store, &stage, err) ||
	    !render(w, ips_stage_fd(stage), &facts, err))
		return false;
	filled = stage;
	stage = NULL; /* publish ends it, in failure too */
	began_us = ips_monotonic_us();
	published = ips_stage_publish(filled, &blob, err);
	ips_trace_add(w->call->mem, IPS_SPAN_STORE, began_us);
	if (!published)
		return false;
	w->result = ips_facts_image(w->call->mem, &blob, &facts);
	return true;
}

/* Into memory first, as replies are: savers go back in what they wrote, which sealed chunks do not
 * allow, and a plain file must not come to be. */
static bool
render_encrypted(struct copy_work *w, struct ips_error *err)
{
	IPS_CLEANUP(ips_reader_cleanup) struct ips_reader *content = NULL;
	IPS_CLEANUP(ips_close) int fd = memfd_create("copy", MFD_CLOEXEC);
	struct ips_source facts;
	struct new_blob made;
	int filled;

	if (fd < 0)
		return ips_fail_internal(err, "memfd_create: %s", g_strerror(errno));
	if (!render(w, fd, &facts, err))
		return false;
	filled = fd;
	fd = -1; /* the reader closes it, in failure too */
	if (!ips_reader_open(filled, NULL, &content, err) || !write_blob(w, content, &made, err))
		return false;
	w->result =
	    ips_image_with(w->call->mem, ips_facts_image(w->call->mem, &made.blob, &facts), &made);
	return true;
}

bool
copy_file(struct copy_work *w, struct ips_error *err)
{
	if (copy_can_share(w))
		return share(w, err);
	if (copy_keeps_file(w))
		return convert(w, err);
	return w->encrypted ? render_encrypted(w, err) : render_plain(w, err);
}
