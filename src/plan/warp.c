/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* perspective= and perspectiveN=: the turned picture onto a quadrilateral on layer 0.
 *
 * Source: perspective= of the protocol reference, R23. The map of a square onto four points: P. S.
 * Heckbert, "Fundamentals of Texture Mapping and Image Warping", 2.2.3. */
#include "plan_priv.h"

#include <math.h>

#define LEAST_AREA 0.01 /* of the triangle at a corner, in pixels */

struct quad {
	double x[4], y[4]; /* clockwise from the top left corner of the picture */
};

const struct ips_value *
plan_quad(const struct ips_layer *asked)
{
	const struct ips_value *px = asked->value[IPS_CMD_PERSPECTIVE];

	return px != NULL ? px : asked->value[IPS_CMD_PERSPECTIVE_N];
}

void
plan_stage(const struct planning *in, struct ips_plan_layer *layer)
{
	if (layer->asked->number > 0 && plan_quad(layer->asked) != NULL)
		layer->turned = in->canvas;
}

/* Every corner turns the same way: then all of the picture lies in front of its horizon. */
static bool
is_convex(const struct quad *q)
{
	double least = HUGE_VAL, most = -HUGE_VAL;

	for (int i = 0; i < 4; i++) {
		int next = (i + 1) % 4, after = (i + 2) % 4;
		double area = ((q->x[next] - q->x[i]) * (q->y[after] - q->y[next]) -
				  (q->y[next] - q->y[i]) * (q->x[after] - q->x[next])) /
			      2;
		least = fmin(least, area), most = fmax(most, area);
	}
	return least >= LEAST_AREA || most <= -LEAST_AREA;
}

/* Of a square of 1 by 1. */
static struct ips_map
square_to(const struct quad *q)
{
	const double *x = q->x, *y = q->y;
	double ax = x[1] - x[2], bx = x[3] - x[2], sx = x[0] - x[1] + x[2] - x[3];
	double ay = y[1] - y[2], by = y[3] - y[2], sy = y[0] - y[1] + y[2] - y[3];
	double det = ax * by - bx * ay, g = (sx * by - bx * sy) / det,
	       h = (ax * sy - sx * ay) / det;

	return (struct ips_map){ .m = { x[1] - x[0] + g * x[1], x[3] - x[0] + h * x[3],
				     y[1] - y[0] + g * y[1], y[3] - y[0] + h * y[3], x[0], y[0] },
		.p = { g, h, 0 } };
}

/* In pixels of the rectangle of layer 0. */
static bool
read_quad(const struct planning *in, const struct ips_plan_layer *layer, struct quad *out,
    struct ips_error *err)
{
	const struct ips_value *value = plan_quad(layer->asked);
	struct ips_size size = layer->asked->number > 0 ? in->canvas : size_of(layer->extent);
	bool part = value->cmd == IPS_CMD_PERSPECTIVE_N;

	for (int i = 0; i < 4; i++) {
		out->x[i] = value->number[2 * i] * (part ? size.width : 1);
		out->y[i] = value->number[2 * i + 1] * (part ? size.height : 1);
	}
	return is_convex(out) ||
	       ips_fail(err, IPS_INVALID_PARAMETER,
		   "%s=%s: these points are not the corners of a convex quadrilateral, one after "
		   "the other",
		   ips_command(value->cmd)->name, value->text);
}

static void
read_resample(struct ips_plan_layer *layer)
{
	const struct ips_value *value = plan_quad(layer->asked);

	layer->resample = ips_value_word_is(value, 0, "R1")   ? IPS_RESAMPLE_NEAREST
			  : ips_value_word_is(value, 0, "R2") ? IPS_RESAMPLE_BILINEAR
							      : IPS_RESAMPLE_AREA;
	layer->jitter = value->count > 8 ? value->number[8] / 100 : 0;
}

static struct ips_rect
common(struct ips_rect a, struct ips_rect b)
{
	int x = MAX(a.x, b.x), y = MAX(a.y, b.y);

	return (struct ips_rect){ x, y, MIN(a.x + a.width, b.x + b.width) - x,
		MIN(a.y + a.height, b.y + b.height) - y };
}

static struct ips_rect
both(struct ips_rect a, struct ips_rect b)
{
	int x = MIN(a.x, b.x), y = MIN(a.y, b.y);

	if (b.width <= 0 || b.height <= 0)
		return a;
	return (struct ips_rect){ x, y, MAX(a.x + a.width, b.x + b.width) - x,
		MAX(a.y + a.height, b.y + b.height) - y };
}

static int
far(double at)
{
	return (int)fmin(fmax(at, -PLAN_FAR), PLAN_FAR);
}

/* What pos= brings into view is part of the layer, however far outside it was; extend= is about the
 * edges of both. */
static bool
widen(const struct planning *in, struct ips_plan_layer *layer, const struct quad *q,
    struct ips_error *err)
{
	struct ips_size size = in->canvas;
	double pos[2];

	plan_pos(in, layer->asked, pos);
	struct ips_rect seen = { far(floor(-pos[0])), far(floor(-pos[1])), size.width + 1,
		size.height + 1 };
	int left = far(floor(fmin(fmin(q->x[0], q->x[1]), fmin(q->x[2], q->x[3]))));
	int top = far(floor(fmin(fmin(q->y[0], q->y[1]), fmin(q->y[2], q->y[3]))));
	int right = far(ceil(fmax(fmax(q->x[0], q->x[1]), fmax(q->x[2], q->x[3]))));
	int bottom = far(ceil(fmax(fmax(q->y[0], q->y[1]), fmax(q->y[2], q->y[3]))));

	struct ips_rect all = both(
	    whole(size), common(seen, (struct ips_rect){ left, top, right - left, bottom - top }));
	struct ips_rect own = layer->extent;
	return plan_rect(in, own.x + all.x, own.y + all.y, own.width + all.width - size.width,
	    own.height + all.height - size.height, &layer->extent, err);
}

bool
plan_warp(const struct planning *in, struct ips_plan_layer *layer, struct ips_size picture,
    struct ips_error *err)
{
	struct ips_rect own = layer->extent;
	struct quad q;

	if (plan_quad(layer->asked) == NULL)
		return true;
	if (!read_quad(in, layer, &q, err))
		return false;
	read_resample(layer);
	struct ips_map map = { .m = { 1, 0, 0, 1, 0, 0 } };
	for (int i = 0; i < 6 && layer->rotated; i++)
		map.m[i] = layer->matrix[i];
	map = ips_map_then(map, ips_map_scale(whole(picture), (struct ips_size){ 1, 1 }));
	map = ips_map_then(map, square_to(&q));
	if (layer->asked->number > 0) { /* its corners are placed: neither origin= nor anchor= is */
		if (!widen(in, layer, &q, err))
			return false;
		layer->path[0] = own.x - layer->extent.x, layer->path[1] = own.y - layer->extent.y;
		layer->origin[0] = in->ground[0] - layer->extent.x;
		layer->origin[1] = in->ground[1] - layer->extent.y;
		map = ips_map_then(map, ips_map_scale(layer->extent, size_of(layer->extent)));
	}
	layer->warp = map;
	layer->warped = true;
	layer->rotated = false;
	layer->turned = size_of(layer->extent);
	layer->extent = whole(layer->turned);
	return true;
}

/* ---- How many pixels of the picture matter ---- */

/* Pixels of the result along one side of the picture, where there are the most. */
static double
length_along(const struct ips_map *map, struct ips_size size, bool down)
{
	double most = 0, step = down ? size.height : size.width;

	for (int i = 0; i < 4; i++) {
		double at[2] = { i & 1 ? size.width : 0, i & 2 ? size.height : 0 }, here[2];
		double w = 1 + map->p[0] * at[0] + map->p[1] * at[1] + map->p[2];
		(void)ips_map_point(map, at[0], at[1], here);
		/* The derivative of a quotient. */
		double dw = map->p[down];
		double dx = (map->m[down] - here[0] * dw) / w;
		double dy = (map->m[2 + down] - here[1] * dw) / w;
		most = fmax(most, hypot(dx, dy) * step);
	}
	return most;
}

static int
enough(int have, double wanted)
{
	return wanted < have ? MAX(1, (int)ceil(wanted)) : have;
}

void
plan_reduce_warped(struct ips_plan_layer *layer)
{
	struct ips_size size = ips_turn_size(layer->turn, layer->scaled);

	if (!layer->warped || layer->resample != IPS_RESAMPLE_AREA || layer->grow_scaled != 0)
		return;
	struct ips_size less = { enough(size.width, length_along(&layer->warp, size, false)),
		enough(size.height, length_along(&layer->warp, size, true)) };
	layer->warp = ips_map_then(ips_map_scale(whole(less), size), layer->warp);
	layer->scaled = ips_turn_size(ips_turn_inverse(layer->turn), less);
}
