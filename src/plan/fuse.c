/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "plan_priv.h"

#include <math.h>

/* rect is part of the turned picture, which is not scaled: it becomes the crop. */
static void
pull_into_crop(struct ips_plan_layer *layer, struct ips_rect rect)
{
	struct ips_rect inner = ips_turn_rect(ips_turn_inverse(layer->turn), layer->turned, rect);

	layer->crop.x += inner.x;
	layer->crop.y += inner.y;
	layer->crop.width = layer->scaled.width = inner.width;
	layer->crop.height = layer->scaled.height = inner.height;
	layer->turned = size_of(rect);
	layer->extent = whole(layer->turned);
}

static bool
is_only_cut(const struct ips_plan_layer *layer)
{
	return !layer->rotated && !layer->warped && same_size(layer->scaled, size_of(layer->crop));
}

static void
fuse_crop(struct ips_plan_layer *layer)
{
	if (is_only_cut(layer) && is_inside(layer->extent, layer->turned))
		pull_into_crop(layer, layer->extent);
}

static void
fuse_window(struct ips_plan *plan)
{
	struct ips_plan_layer *layer = plan->layer;

	if (is_only_cut(layer) && layer->ops.count == 0 && is_whole(layer->extent, layer->turned) &&
	    is_inside(plan->window, layer->turned)) {
		pull_into_crop(layer, plan->window);
		plan->window = layer->extent;
	}
}

static bool
enlarges(struct ips_size from, struct ips_size to)
{
	return to.width > from.width || to.height > from.height;
}

static bool
reduces(struct ips_size from, struct ips_size to)
{
	return to.width < from.width || to.height < from.height;
}

/* Scaling twice is scaling once, except that enlarging what was reduced brings no detail back. */
static void
fuse_scales(struct ips_plan *plan)
{
	struct ips_plan_layer *layer = plan->layer;
	struct ips_size canvas = size_of(layer->extent);

	if (layer->rotated || layer->warped || !is_whole(layer->extent, layer->turned) ||
	    !is_whole(plan->window, canvas) || same_size(plan->resized, canvas))
		return;
	if (reduces(size_of(layer->crop), layer->scaled) && enlarges(canvas, plan->resized))
		return;
	layer->turned = plan->resized;
	layer->extent = plan->window = whole(plan->resized);
	layer->scaled = ips_turn_size(layer->turn, plan->resized);
	if (ips_turn_swaps(layer->turn)) /* the inverse swaps just the same */
		layer->scaled = (struct ips_size){ plan->resized.height, plan->resized.width };
}

/* Reducing before rotating is the same picture from fewer pixels, if both sides are reduced alike.
 * The rotation takes up what rounding left. */
static void
fuse_rotation(struct ips_plan *plan)
{
	struct ips_plan_layer *layer = plan->layer;
	struct ips_size from = layer->turned, to = plan->resized;
	double fx = (double)to.width / from.width, fy = (double)to.height / from.height;

	if (!layer->rotated || !is_whole(layer->extent, from) || !is_whole(plan->window, from))
		return;
	if (same_size(from, to) || fx > 1 || fy > 1 || fabs(fx - fy) > 0.02 * fmin(fx, fy))
		return;
	struct ips_size old = ips_turn_size(layer->turn, layer->scaled);
	struct ips_size size = { MAX(1, ips_round(old.width * fx)),
		MAX(1, ips_round(old.height * fy)) };
	double sx = (double)old.width / size.width, sy = (double)old.height / size.height;
	double *m = layer->matrix;

	m[0] *= fx * sx, m[1] *= fx * sy, m[4] *= fx;
	m[2] *= fy * sx, m[3] *= fy * sy, m[5] *= fy;
	layer->scaled = ips_turn_size(ips_turn_inverse(layer->turn), size);
	layer->turned = to;
	layer->extent = plan->window = whole(to);
}

/* What is looked up for the view needs no canvas between, if that is reduced. */
static void
fuse_warp(struct ips_plan *plan)
{
	struct ips_plan_layer *layer = plan->layer;
	struct ips_size from = layer->turned, to = plan->resized;

	if (!layer->warped || !is_whole(layer->extent, from) || !is_whole(plan->window, from) ||
	    to.width > from.width || to.height > from.height)
		return;
	layer->warp = ips_map_then(layer->warp, ips_map_scale(plan->window, to));
	layer->turned = to;
	layer->extent = plan->window = whole(to);
}

/* The largest power of two not above the factor, halved if it is all of the factor's integer part,
 * so that the filter still has something to do; and not so large that the edges of a crop, which
 * then fall between the pixels of the decoder, move by more than a tenth of a pixel of the result.
 */
static int
jpeg_shrink(const struct ips_plan *plan, const struct ips_plan_layer *layer)
{
	struct ips_rect c = layer->crop;
	double factor =
	    fmin((double)c.width / layer->scaled.width, (double)c.height / layer->scaled.height);
	struct ips_size stored = stored_size(layer);
	int shrink = 1;

	if (layer->kind != IPS_CONTENT_OBJECT || layer->source.format != IPS_FORMAT_JPEG ||
	    plan->objects.object[layer->object].plan != NULL || !is_inside(c, stored))
		return 1;
	while (shrink < 8 && shrink * 2 <= factor)
		shrink *= 2;
	if (shrink > 1 && shrink == (int)factor)
		shrink /= 2;
	if (is_whole(c, stored))
		return shrink;
	for (; shrink > 1; shrink /= 2) {
		int edges[] = { c.x, c.y, c.x + c.width, c.y + c.height }, off = 0;
		for (int i = 0; i < 4; i++)
			off = MAX(off, MIN(edges[i] % shrink, shrink - edges[i] % shrink));
		if (off <= 0.1 * factor)
			break;
	}
	return shrink;
}

void
plan_fuse(struct ips_plan *plan)
{
	struct ips_plan_layer *only = plan->layer;

	for (int i = 0; i < plan->layers; i++)
		fuse_crop(&plan->layer[i]);
	if (plan->alone)
		fuse_window(plan);
	if (plan->alone && only->ops.count == 0 &&
	    only->grow_scaled == 0) { /* they see the layer at its own size */
		fuse_scales(plan);
		fuse_rotation(plan);
		fuse_warp(plan);
	}
	for (int i = 0; i < plan->layers; i++) {
		plan_reduce_warped(&plan->layer[i]);
		plan->layer[i].shrink = jpeg_shrink(plan, &plan->layer[i]);
	}
}
