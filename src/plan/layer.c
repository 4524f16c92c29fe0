/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One layer: crop, scale, flip, rotate, extend, in the order the reference gives ("Layer
 * transforms"). Rectangles here are upright; crop is turned to the stored pixels at the end. */
#include "plan_priv.h"

#include <math.h>
#include <string.h>

enum { MIRROR_LR = 2, HALF_TURN = 3, MIRROR_UD = 4 };

static bool
plan_crop(const struct planning *in, const struct ips_plan_layer *layer, struct ips_rect *crop,
    struct ips_error *err)
{
	const struct ips_value *px = layer->asked->value[IPS_CMD_CROP];
	const struct ips_value *n = layer->asked->value[IPS_CMD_CROP_N];
	const double w = layer->source.width, h = layer->source.height;
	const double *v = px ? px->number : n ? n->number : NULL;

	*crop = (struct ips_rect){ 0, 0, layer->source.width, layer->source.height };
	if (v == NULL || v[2] == 0 || v[3] == 0 || !has_picture(layer)) /* R17 */
		return true;
	if (px)
		return plan_rect(in, v[0], v[1], v[2], v[3], crop, err);
	return plan_rect(in, round(v[0] * w), round(v[1] * h), v[2] * w, v[3] * h, crop, err);
}

void
plan_size_asked(
    const struct planning *in, const struct ips_layer *asked, double *width, double *height)
{
	const struct ips_value *px = asked->value[IPS_CMD_SIZE];
	const struct ips_value *n = asked->value[IPS_CMD_SIZE_N];

	*width = px ? px->number[0] : n ? n->number[0] * in->canvas.width : 0;
	*height = px ? px->number[1] : n ? n->number[1] * in->canvas.height : 0;
}

/* "Thumbnail scaling": layer 0 of a thumbnail has the rectangle of size=, or else that of the view,
 * and its picture stands in it by rules of their own. False: nothing of the kind. What is turned is
 * brought into the view as it comes out, and scl= starts from the picture as it is. */
static bool
thumb_canvas(
    const struct planning *in, const struct ips_plan_layer *layer, double *width, double *height)
{
	const struct ips_layer *asked = layer->asked;

	if (asked != in->base || !asks_for(in, "tmb") || !has_picture(layer) ||
	    plan_quad(asked) != NULL)
		return false;
	plan_size_asked(in, asked, width, height);
	if (*width == 0 && *height == 0 && asked->value[IPS_CMD_ROTATE] == NULL &&
	    in->request->value[IPS_CMD_SCL] == NULL)
		plan_thumb_view(in, width, height);
	return *width > 0 && *height > 0;
}

static double
own_resolution(const struct planning *in, const struct ips_plan_layer *layer)
{
	return layer->source.resolution > 0 ? layer->source.resolution : in->profile->resolution;
}

static double
thumb_factor(const struct planning *in, const struct ips_plan_layer *layer, double fx, double fy)
{
	const struct ips_thumb *thumb = &in->profile->thumb;
	double own = own_resolution(in, layer);

	if (thumb->type == IPS_THUMB_TEXTURE)
		return own > 0 ? thumb->resolution / own : 1;
	return thumb->type == IPS_THUMB_CROP ? fmax(fx, fy) : fmin(fx, fy);
}

/* size= wins over scale=, which wins over res=. */
static double
scale_factor(const struct planning *in, const struct ips_plan_layer *layer, struct ips_size from)
{
	const struct ips_value *scale = layer->asked->value[IPS_CMD_SCALE];
	const struct ips_value *res = layer->asked->value[IPS_CMD_RES];
	double own = own_resolution(in, layer);
	double width, height;

	if (!has_picture(layer))
		return 1;
	/* Published: perspective= says where the corners go, so neither size= nor res= counts. */
	bool placed = plan_quad(layer->asked) != NULL;
	plan_size_asked(in, layer->asked, &width, &height);
	bool sized = !placed && (width > 0 || height > 0);
	if ((sized || (!scale && !res)) && thumb_canvas(in, layer, &width, &height))
		return thumb_factor(in, layer, width / from.width, height / from.height);
	if (sized) {
		double fx = width > 0 ? width / from.width : HUGE_VAL;
		double fy = height > 0 ? height / from.height : HUGE_VAL;
		return fmin(fx, fy);
	}
	if (scale)
		return scale->number[0];
	return res && !placed && own > 0 ? res->number[0] / own : 1;
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
rotate_angle(const struct ips_plan_layer *layer)
{
	const struct ips_value *rotate = layer->asked->value[IPS_CMD_ROTATE];
	double angle = rotate ? fmod(rotate->number[0], 360) : 0;

	return angle < 0 ? angle + 360 : angle;
}

/* Right angles are exact turns; others go around the middle, in a box that just holds the picture.
 */
static bool
plan_rotate(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	static const int quarters[] = { 1, 6, HALF_TURN, 8 };
	double angle = rotate_angle(layer);
	struct ips_size size = ips_turn_size(layer->turn, layer->scaled);

	layer->turned = size;
	if (fmod(angle, 90) == 0) {
		layer->turn = ips_turn_then(layer->turn, quarters[(int)(angle / 90) % 4]);
		layer->turned = ips_turn_size(layer->turn, layer->scaled);
		return true;
	}
	double c = cos(angle * G_PI / 180), s = sin(angle * G_PI / 180);
	double w = size.width, h = size.height;
	if (!plan_size(
		in, fabs(w * c) + fabs(h * s), fabs(w * s) + fabs(h * c), &layer->turned, err))
		return false;
	double *m = layer->matrix;
	m[0] = c, m[1] = -s, m[2] = s, m[3] = c;
	m[4] = layer->turned.width / 2.0 - (c * w - s * h) / 2;
	m[5] = layer->turned.height / 2.0 - (s * w + c * h) / 2;
	layer->rotated = true;
	return true;
}

/* Before margins: the picture itself, or the thumbnail's rectangle around or inside it. */
static bool
thumb_rect(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	double width, height, h, v;

	layer->extent = whole(layer->turned);
	if (layer->rotated || !thumb_canvas(in, layer, &width, &height))
		return true;
	plan_thumb_align(in, &h, &v);
	return plan_rect(in, -floor((width - layer->turned.width) * (1 + h) / 2),
	    -floor((height - layer->turned.height) * (1 + v) / 2), width, height, &layer->extent,
	    err);
}

static bool
plan_extend(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	const struct ips_value *px = layer->asked->value[IPS_CMD_EXTEND];
	const struct ips_value *n = layer->asked->value[IPS_CMD_EXTEND_N];
	const double *v = px ? px->number : n ? n->number : NULL;
	double w = px ? 1 : layer->turned.width, h = px ? 1 : layer->turned.height;

	if (!thumb_rect(in, layer, err))
		return false;
	struct ips_rect base = layer->extent;
	if (v == NULL)
		return true;
	double left = round(v[0] * w), top = round(v[1] * h);
	double width = base.width + left + round(v[2] * w);
	double height = base.height + top + round(v[3] * h);
	if (width < 1 || height < 1)
		return ips_fail(err, IPS_INVALID_PARAMETER, "extend= leaves nothing of the layer.");
	return plan_rect(in, base.x - left, base.y - top, width, height, &layer->extent, err);
}

/* A mirror of the composite is a mirror of the layer with the margins changing sides. */
static void
mirror_composite(struct ips_plan_layer *layer, int turn)
{
	bool lr = turn == MIRROR_LR || turn == HALF_TURN,
	     ud = turn == MIRROR_UD || turn == HALF_TURN;
	double *m = layer->matrix;

	layer->extent = ips_turn_rect(turn, layer->turned, layer->extent);
	if (lr)
		layer->origin[0] = layer->extent.width - layer->origin[0];
	if (ud)
		layer->origin[1] = layer->extent.height - layer->origin[1];
	if (layer->warped)
		layer->warp = ips_map_then(layer->warp, ips_turn_map(turn, layer->turned));
	else if (!layer->rotated)
		layer->turn = ips_turn_then(layer->turn, turn);
	if (layer->rotated && lr)
		m[0] = -m[0], m[1] = -m[1], m[4] = layer->turned.width - m[4];
	if (layer->rotated && ud)
		m[2] = -m[2], m[3] = -m[3], m[5] = layer->turned.height - m[5];
}

/* Where a point of the layer before rotation comes to lie in the canvas. */
static void
place_anchor(struct ips_plan_layer *layer, struct ips_rect crop, int flip)
{
	const struct ips_value *px = layer->asked->value[IPS_CMD_ANCHOR];
	const struct ips_value *n = layer->asked->value[IPS_CMD_ANCHOR_N];
	double x = layer->source.width / 2.0, y = layer->source.height / 2.0;
	double angle = rotate_angle(layer) * G_PI / 180;

	if (layer->kind == IPS_CONTENT_TEXT)
		x = layer->anchor[0], y = layer->anchor[1];
	if (px)
		x = px->number[0], y = px->number[1];
	else if (n)
		x = (0.5 + n->number[0]) * layer->source.width,
		y = (0.5 + n->number[1]) * layer->source.height;
	struct ips_size size = layer->scaled;
	x = (x - crop.x) * size.width / crop.width - size.width / 2.0;
	y = (y - crop.y) * size.height / crop.height - size.height / 2.0;
	x = flip == MIRROR_LR || flip == HALF_TURN ? -x : x;
	y = flip == MIRROR_UD || flip == HALF_TURN ? -y : y;
	layer->origin[0] =
	    x * cos(angle) - y * sin(angle) + layer->turned.width / 2.0 - layer->extent.x;
	layer->origin[1] =
	    x * sin(angle) + y * cos(angle) + layer->turned.height / 2.0 - layer->extent.y;
}

/* origin= counts from the rectangle as it is and overrides what anchor= became. */
static void
place_origin(struct ips_plan_layer *layer)
{
	const struct ips_value *px = layer->asked->value[IPS_CMD_ORIGIN];
	const struct ips_value *n = layer->asked->value[IPS_CMD_ORIGIN_N];
	struct ips_rect rect = layer->extent;

	layer->path[0] -= layer->by_path ? rect.x : 0;
	layer->path[1] -= layer->by_path ? rect.y : 0;
	if (layer->by_path)
		memcpy(layer->origin, layer->path, sizeof(layer->origin));
	if (px) {
		layer->origin[0] = px->number[0];
		layer->origin[1] = px->number[1];
	} else if (n) {
		layer->origin[0] = (n->number[0] + 0.5) * rect.width;
		layer->origin[1] = (n->number[1] + 0.5) * rect.height;
	}
}

/* From here on steps 1 and 2 speak of the stored pixels, and orientation is the first turn. */
static void
unturn(struct ips_plan_layer *layer, struct ips_rect crop)
{
	int back = ips_turn_inverse(layer->source.orientation);
	struct ips_size upright = { layer->source.width, layer->source.height };

	layer->crop = ips_turn_rect(back, upright, crop);
	layer->scaled = ips_turn_size(back, layer->scaled);
	layer->turn = ips_turn_then(layer->source.orientation, layer->turn);
}

bool
plan_layer(
    const struct planning *in, struct ips_plan_layer *layer, int mirror, struct ips_error *err)
{
	int flip = plan_flip(layer->asked);
	struct ips_rect crop;

	if (!plan_crop(in, layer, &crop, err))
		return false;
	double factor = scale_factor(in, layer, size_of(crop));
	if (!plan_size(in, crop.width * factor, crop.height * factor, &layer->scaled, err))
		return false;
	layer->turn = flip;
	if (!plan_rotate(in, layer, err))
		return false;
	struct ips_size picture = layer->turned;
	plan_stage(in, layer);
	if (!plan_extend(in, layer, err))
		return false;
	place_anchor(layer, crop, flip);
	place_origin(layer);
	if (!plan_warp(in, layer, picture, err))
		return false;
	mirror_composite(layer, mirror);
	unturn(layer, crop);
	return true;
}
