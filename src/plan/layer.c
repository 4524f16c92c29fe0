/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Layer 0: crop, scale, flip, rotate, extend, in the order the reference gives ("Layer
 * transforms"). Rectangles here are upright; crop is turned to the stored pixels at the end. */
#include "plan_priv.h"

#include <math.h>

enum { MIRROR_LR = 2, HALF_TURN = 3, MIRROR_UD = 4 };

static bool
plan_crop(const struct planning *in, struct ips_rect *crop, struct ips_error *err)
{
	const struct ips_value *px = in->base->value[IPS_CMD_CROP];
	const struct ips_value *n = in->base->value[IPS_CMD_CROP_N];
	const double w = in->source->width, h = in->source->height;
	const double *v = px ? px->number : n ? n->number : NULL;

	*crop = (struct ips_rect){ 0, 0, in->source->width, in->source->height };
	if (v == NULL || v[2] == 0 || v[3] == 0) /* R17 */
		return true;
	if (px)
		return plan_rect(in, v[0], v[1], v[2], v[3], crop, err);
	return plan_rect(in, round(v[0] * w), round(v[1] * h), v[2] * w, v[3] * h, crop, err);
}

/* size= wins over scale=, which wins over res=. */
static double
scale_factor(const struct planning *in, struct ips_size from)
{
	const struct ips_layer *base = in->base;
	const struct ips_value *size = base->value[IPS_CMD_SIZE];
	const struct ips_value *scale = base->value[IPS_CMD_SCALE];
	const struct ips_value *res = base->value[IPS_CMD_RES];
	double own = in->source->resolution > 0 ? in->source->resolution : in->profile->resolution;

	if (size && (size->number[0] > 0 || size->number[1] > 0)) {
		double fx = size->number[0] > 0 ? size->number[0] / from.width : HUGE_VAL;
		double fy = size->number[1] > 0 ? size->number[1] / from.height : HUGE_VAL;
		return fmin(fx, fy);
	}
	if (scale)
		return scale->number[0];
	return res && own > 0 ? res->number[0] / own : 1;
}

int
plan_flip(const struct ips_layer *layer)
{
	const struct ips_value *flip = layer->value[IPS_CMD_FLIP];

	if (ips_value_word_is(flip, 0, "lr"))
		return MIRROR_LR;
	if (ips_value_word_is(flip, 0, "ud"))
		return MIRROR_UD;
	return flip ? HALF_TURN : 1;
}

/* Degrees clockwise, 0 <= angle < 360. */
static double
rotate_angle(const struct planning *in)
{
	const struct ips_value *rotate = in->base->value[IPS_CMD_ROTATE];
	double angle = rotate ? fmod(rotate->number[0], 360) : 0;

	return angle < 0 ? angle + 360 : angle;
}

/* Right angles are exact turns; others go around the middle, in a box that just holds the picture.
 */
static bool
plan_rotate(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	static const int quarters[] = { 1, 6, HALF_TURN, 8 };
	double angle = rotate_angle(in);
	struct ips_size size = ips_turn_size(plan->turn, plan->scaled);

	plan->turned = size;
	if (fmod(angle, 90) == 0) {
		plan->turn = ips_turn_then(plan->turn, quarters[(int)(angle / 90) % 4]);
		plan->turned = ips_turn_size(plan->turn, plan->scaled);
		return true;
	}
	double c = cos(angle * G_PI / 180), s = sin(angle * G_PI / 180);
	double w = size.width, h = size.height;
	if (!plan_size(
		in, fabs(w * c) + fabs(h * s), fabs(w * s) + fabs(h * c), &plan->turned, err))
		return false;
	double *m = plan->matrix;
	m[0] = c, m[1] = -s, m[2] = s, m[3] = c;
	m[4] = plan->turned.width / 2.0 - (c * w - s * h) / 2;
	m[5] = plan->turned.height / 2.0 - (s * w + c * h) / 2;
	plan->rotated = true;
	return true;
}

static bool
plan_extend(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	const struct ips_value *px = in->base->value[IPS_CMD_EXTEND];
	const struct ips_value *n = in->base->value[IPS_CMD_EXTEND_N];
	const double *v = px ? px->number : n ? n->number : NULL;
	double w = px ? 1 : plan->turned.width, h = px ? 1 : plan->turned.height;

	plan->canvas = whole(plan->turned);
	if (v == NULL)
		return true;
	double left = round(v[0] * w), top = round(v[1] * h);
	double width = plan->turned.width + left + round(v[2] * w);
	double height = plan->turned.height + top + round(v[3] * h);
	if (width < 1 || height < 1)
		return ips_fail(err, IPS_INVALID_PARAMETER, "extend= leaves nothing of the layer.");
	return plan_rect(in, -left, -top, width, height, &plan->canvas, err);
}

/* A mirror of the composite is a mirror of the layer with the margins changing sides. */
static void
mirror_composite(struct ips_plan *plan, int turn)
{
	bool lr = turn == MIRROR_LR || turn == HALF_TURN,
	     ud = turn == MIRROR_UD || turn == HALF_TURN;
	double *m = plan->matrix;

	plan->canvas = ips_turn_rect(turn, plan->turned, plan->canvas);
	if (lr)
		plan->origin[0] = plan->canvas.width - plan->origin[0];
	if (ud)
		plan->origin[1] = plan->canvas.height - plan->origin[1];
	if (!plan->rotated)
		plan->turn = ips_turn_then(plan->turn, turn);
	if (plan->rotated && lr)
		m[0] = -m[0], m[1] = -m[1], m[4] = plan->turned.width - m[4];
	if (plan->rotated && ud)
		m[2] = -m[2], m[3] = -m[3], m[5] = plan->turned.height - m[5];
}

/* Where a point of the layer before rotation comes to lie in the canvas. */
static void
place_origin(const struct planning *in, struct ips_plan *plan, struct ips_rect crop, int flip)
{
	const struct ips_value *px = in->base->value[IPS_CMD_ANCHOR];
	const struct ips_value *n = in->base->value[IPS_CMD_ANCHOR_N];
	double x = in->source->width / 2.0, y = in->source->height / 2.0;
	double angle = rotate_angle(in) * G_PI / 180;

	if (px)
		x = px->number[0], y = px->number[1];
	else if (n)
		x += n->number[0] * in->source->width, y += n->number[1] * in->source->height;
	struct ips_size size = plan->scaled;
	x = (x - crop.x) * size.width / crop.width - size.width / 2.0;
	y = (y - crop.y) * size.height / crop.height - size.height / 2.0;
	x = flip == MIRROR_LR || flip == HALF_TURN ? -x : x;
	y = flip == MIRROR_UD || flip == HALF_TURN ? -y : y;
	plan->origin[0] =
	    x * cos(angle) - y * sin(angle) + plan->turned.width / 2.0 - plan->canvas.x;
	plan->origin[1] =
	    x * sin(angle) + y * cos(angle) + plan->turned.height / 2.0 - plan->canvas.y;
}

/* From here on steps 1 and 2 speak of the stored pixels, and orientation is the first turn. */
static void
unturn(struct ips_plan *plan, struct ips_rect crop)
{
	int back = ips_turn_inverse(plan->source.orientation);
	struct ips_size upright = { plan->source.width, plan->source.height };

	plan->crop = ips_turn_rect(back, upright, crop);
	plan->scaled = ips_turn_size(back, plan->scaled);
	plan->turn = ips_turn_then(plan->source.orientation, plan->turn);
}

bool
plan_layer(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	struct ips_rect crop;

	if (in->base->value[IPS_CMD_SIZE_N])
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "sizeN= is relative to layer 0 and not allowed in it.");
	if (!plan_crop(in, &crop, err))
		return false;
	double factor = scale_factor(in, size_of(crop));
	if (!plan_size(in, crop.width * factor, crop.height * factor, &plan->scaled, err))
		return false;
	plan->turn = plan_flip(in->base);
	if (!plan_rotate(in, plan, err) || !plan_extend(in, plan, err))
		return false;
	place_origin(in, plan, crop, plan_flip(in->base));
	mirror_composite(plan, plan_flip(in->comp));
	unturn(plan, crop);
	return true;
}
