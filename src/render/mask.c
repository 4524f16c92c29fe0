/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The mask of a picture: its own alpha channel, or another picture in place of it. */
#include "render_priv.h"

static bool
take_bands(struct job *job, int first, int count, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	return job_step(
	    job, vips_extract_band(job->image, slot, first, "n", count, NULL), slot, err);
}

static bool
split_alpha(struct job *job, VipsImage **color, VipsImage **alpha, struct ips_error *err)
{
	VipsImage *both = job->image;
	int last = vips_image_get_bands(both) - 1;

	if (!take_bands(job, last, 1, err))
		return false;
	*alpha = job->image;
	job->image = both;
	if (!take_bands(job, 0, last, err))
		return false;
	*color = job->image;
	return true;
}

static bool
join_alpha(struct job *job, VipsImage *color, VipsImage *alpha, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	return job_step(job, vips_bandjoin2(color, alpha, slot, NULL), slot, err);
}

/* The last band alone, in place. Growing reads the picture as a whole. */
static bool
grow_own(struct job *job, struct ips_error *err)
{
	VipsImage *color, *alpha;

	if (job->layer->grow_mask == 0 || !vips_image_hasalpha(job->image))
		return true;
	if (!job_settle(job, err) || !split_alpha(job, &color, &alpha, err))
		return false;
	job->image = alpha;
	return grow(job, job->layer->grow_mask, err) && join_alpha(job, color, job->image, err);
}

/* Colours are scaled without regard to the mask, as what is clear now may be seen when it has
 * grown. */
bool
mask_scale(struct job *job, struct ips_size to, struct ips_error *err)
{
	VipsImage *color, *alpha;

	if (job->layer->grow_scaled == 0 || !vips_image_hasalpha(job->image))
		return scale(job, to, err);
	if (!job_settle(job, err) || !split_alpha(job, &color, &alpha, err))
		return false;
	job->image = color;
	if (!scale(job, to, err))
		return false;
	color = job->image;
	job->image = alpha;
	return scale(job, to, err) && grow(job, job->layer->grow_scaled, err) &&
	       join_alpha(job, color, job->image, err);
}

/* One band of what counts as opacity, as large as the picture, which lies as it is stored. */
static bool
prepare(struct job *job, VipsImage *picture, struct ips_error *err)
{
	const struct ips_plan_layer *layer = job->layer;
	const struct ips_source *own = &job->plan->objects.object[layer->mask].source;
	int how = ips_turn_then(own->orientation, ips_turn_inverse(layer->source.orientation));
	struct ips_size size = { vips_image_get_width(picture), vips_image_get_height(picture) };

	if (!colour_normalise(job, err))
		return false;
	if (vips_image_hasalpha(job->image)
		? !take_bands(job, vips_image_get_bands(job->image) - 1, 1, err)
		: !colour_gray(job, err))
		return false;
	return colour_depth(job, vips_image_get_format(picture), err) &&
	       (layer->grow_mask == 0 || grow(job, layer->grow_mask, err)) && turn(job, how, err) &&
	       scale(job, size, err);
}

bool
mask(struct job *job, struct ips_error *err)
{
	VipsImage *picture = job->image;

	if (job->mask == NULL)
		return grow_own(job, err);
	if (vips_image_hasalpha(picture)) {
		if (!take_bands(job, 0, vips_image_get_bands(picture) - 1, err))
			return false;
		picture = job->image;
	}
	job->image = job->mask;
	return prepare(job, picture, err) && join_alpha(job, picture, job->image, err);
}
