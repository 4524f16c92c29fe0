/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "plan_priv.h"

#include <math.h>

/* rect is part of the turned picture, which is not scaled: it becomes the crop. */
static void
pull_into_crop(struct ips_plan *plan, struct ips_rect rect)
{
	struct ips_rect inner = ips_turn_rect(ips_turn_inverse(plan->turn), plan->turned, rect);

	plan->crop.x += inner.x;
	plan->crop.y += inner.y;
	plan->crop.width = plan->scaled.width = inner.width;
	plan->crop.height = plan->scaled.height = inner.height;
	plan->turned = size_of(rect);
	plan->canvas = whole(plan->turned);
}

static void
fuse_crops(struct ips_plan *plan)
{
	if (plan->rotated || !same_size(plan->scaled, size_of(plan->crop)))
		return;
	if (is_inside(plan->canvas, plan->turned))
		pull_into_crop(plan, plan->canvas);
	if (plan->layer_ops.count == 0 && is_whole(plan->canvas, plan->turned) &&
	    is_inside(plan->window, plan->turned)) {
		pull_into_crop(plan, plan->window);
		plan->window = plan->canvas;
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
	struct ips_size canvas = size_of(plan->canvas);

	if (plan->rotated || !is_whole(plan->canvas, plan->turned) ||
	    !is_whole(plan->window, canvas) || same_size(plan->resized, canvas))
		return;
	if (reduces(size_of(plan->crop), plan->scaled) && enlarges(canvas, plan->resized))
		return;
	plan->turned = plan->resized;
	plan->canvas = plan->window = whole(plan->resized);
	plan->scaled = ips_turn_size(plan->turn, plan->resized);
	if (ips_turn_swaps(plan->turn)) /* the inverse swaps just the same */
		plan->scaled = (struct ips_size){ plan->resized.height, plan->resized.width };
}

/* Reducing before rotating is the same picture from fewer pixels, if both sides are reduced alike.
 * The rotation takes up what rounding left. */
static void
fuse_rotation(struct ips_plan *plan)
{
	struct ips_size from = plan->turned, to = plan->resized;
	double fx = (double)to.width / from.width, fy = (double)to.height / from.height;

	if (!plan->rotated || !is_whole(plan->canvas, from) || !is_whole(plan->window, from))
		return;
	if (same_size(from, to) || fx > 1 || fy > 1 || fabs(fx - fy) > 0.02 * fmin(fx, fy))
		return;
	struct ips_size old = ips_turn_size(plan->turn, plan->scaled);
	struct ips_size size = { MAX(1, ips_round(old.width * fx)),
		MAX(1, ips_round(old.height * fy)) };
	double sx = (double)old.width / size.width, sy = (double)old.height / size.height;
	double *m = plan->matrix;

	m[0] *= fx * sx, m[1] *= fx * sy, m[4] *= fx;
	m[2] *= fy * sx, m[3] *= fy * sy, m[5] *= fy;
	plan->scaled = ips_turn_size(ips_turn_inverse(plan->turn), size);
	plan->turned = to;
	plan->canvas = plan->window = whole(to);
}

/* The largest power of two not above the factor, halved if it is all of the factor's integer part,
 * so that the filter still has something to do; and not so large that the edges of a crop, which
 * then fall between the pixels of the decoder, move by more than a tenth of a pixel of the result.
 */
static int
jpeg_shrink(const struct ips_plan *plan)
{
	struct ips_rect c = plan->crop;
	double factor =
	    fmin((double)c.width / plan->scaled.width, (double)c.height / plan->scaled.height);
	struct ips_size stored = ips_turn_size(
	    plan->source.orientation, (struct ips_size){ plan->source.width, plan->source.height });
	int shrink = 1;

	if (plan->source.format != IPS_FORMAT_JPEG || !is_inside(c, stored))
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
	fuse_crops(plan);
	if (plan->layer_ops.count == 0 &&
	    plan->grow_scaled == 0) { /* they see the layer at its own size */
		fuse_scales(plan);
		fuse_rotation(plan);
	}
	plan->shrink = jpeg_shrink(plan);
}
