/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The files that a layer needs. */
#include "render_priv.h"

#include <string.h>

/* A plan was made for facts from long ago; what lies there now has to be the same picture. */
static bool
is_as_planned(const struct ips_source *plan, const struct ips_source *file, struct ips_error *err)
{
	if (plan->format == file->format && plan->width == file->width &&
	    plan->height == file->height && plan->orientation == file->orientation &&
	    plan->space == file->space && plan->alpha == file->alpha && plan->bits == file->bits)
		return true;
	return ips_fail(err, IPS_BROKEN_IMAGE, "The image is not the one that was imported.");
}

/* Copied, as the image may go before the last that needs its profile. */
static void
keep_profile(struct job *job, VipsImage *image, struct opened *file)
{
	const void *data;
	size_t len;

	if (file->icc != NULL || vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
	    vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &len) != 0 || len == 0)
		return;
	void *own = ips_arena_alloc(job->mem, len);
	memcpy(own, data, len);
	file->icc = own;
	file->icc_len = len;
}

/* What a nested plan leaves, computed as it is read. */
static bool
load_nested(struct job *job, int object, VipsImage **out, struct ips_error *err)
{
	struct job *own = job_within(job, &job->plan->objects.object[object]);
	int profile = own->plan->output.profile.own;
	bool done = geometry(own, err);

	*job_slot(job) = (VipsImage *)own->scope; /* which is no longer the one it began with */
	*job->held += *own->held;
	if (!done)
		return false;
	if (profile > 0) {
		job->opened[object].icc = own->opened[profile - 1].icc;
		job->opened[object].icc_len = own->opened[profile - 1].icc_len;
	}
	*out = own->image;
	return true;
}

static bool
load_object(struct job *job, int object, int shrink, VipsImage **out, struct ips_error *err)
{
	if (job->plan->objects.object[object].plan != NULL)
		return load_nested(job, object, out, err);

	struct opened *file = &job->opened[object];
	struct load_from from = { job->in[object], 1, file->before };
	enum ips_format format;
	struct ips_source facts;

	file->before = true;
	if (!load_open(&from, job->scope, out, &format, err))
		return false;
	load_facts(*out, format, from.fd, &facts);
	keep_profile(job, *out, file);
	from.shrink = shrink;
	return within_limit(&facts, err) &&
	       is_as_planned(&job->plan->objects.object[object].source, &facts, err) &&
	       (shrink == 1 || load_open(&from, job->scope, out, &format, err));
}

static bool
names_paths(const struct ips_clips *clips)
{
	for (int i = 0; i < clips->count; i++)
		if (clips->clip[i].path == NULL)
			return true;
	return false;
}

static bool
needs_paths(const struct job *job)
{
	const struct ips_plan *plan = job->plan;

	if (names_paths(&job->layer->clips))
		return true;
	return job->layer == plan->layer &&
	       (plan->output.keep_paths || names_paths(&plan->layer_clips) ||
		   names_paths(&plan->view_clips));
}

static bool
load_mask(struct job *job, struct ips_error *err)
{
	int mask = job->layer->mask;

	return mask == 0 || load_object(job, mask, 1, &job->mask, err);
}

static bool
load_text(struct job *job, struct ips_error *err)
{
	const struct ips_plan_layer *layer = job->layer;
	VipsImage **slot = job_slot(job);

	return text_image(job, layer->text, layer->drawn, slot, err) &&
	       job_step(job, 0, slot, err) && load_mask(job, err);
}

bool
load_layer(struct job *job, struct ips_error *err)
{
	const struct ips_plan_layer *layer = job->layer;

	job->profile = layer->profile;
	if (layer->kind == IPS_CONTENT_TEXT)
		return load_text(job, err);
	if (layer->kind == IPS_CONTENT_COLOR)
		return solid(job, err) && load_mask(job, err);
	if (!load_object(job, layer->object, layer->shrink, &job->image, err))
		return false;
	if (needs_paths(job))
		job->photoshop = photoshop_read(
		    job->mem, job->in[layer->object], job->image, layer->source.format);
	return load_mask(job, err);
}
