/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which layers there are, what each shows, and where it stands on layer 0 ("Layer types", "Layer
 * placement"). */
#include "plan_priv.h"

#include <math.h>

static void
take_object(const struct planning *in, struct ips_plan_layer *layer, int object)
{
	layer->kind = IPS_CONTENT_OBJECT;
	layer->object = object;
	layer->source = in->objects->object[object].source;
}

/* ---- Solid layers ---- */

bool
plan_path_extent(const struct planning *in, struct ips_plan_layer *layer, struct ips_size *out,
    struct ips_error *err)
{
	const struct ips_value *value = layer->asked->value[IPS_CMD_CLIP_PATH];
	const struct ips_path *path = ips_path_parse(in->mem, value->text);
	double box[4];

	ips_path_bounds(path, box);
	layer->by_path = true;
	layer->path[0] = -floor(box[0]);
	layer->path[1] = -floor(box[1]);
	return plan_size(in, ceil(box[2]) - floor(box[0]), ceil(box[3]) - floor(box[1]), out, err);
}

static bool
size_by_path(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	static const enum ips_cmd barred[] = { IPS_CMD_SCALE, IPS_CMD_ROTATE, IPS_CMD_ANCHOR,
		IPS_CMD_ANCHOR_N };
	const struct ips_value *const *given = layer->asked->value;
	struct ips_size size;

	for (size_t i = 0; i < IPS_NELEM(barred); i++)
		if (given[barred[i]] != NULL)
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "%s=%s: a layer that has its size from clipPath= cannot have this",
			    ips_command(barred[i])->name, given[barred[i]]->text);
	if (!plan_path_extent(in, layer, &size, err))
		return false;
	layer->source.width = size.width;
	layer->source.height = size.height;
	return true;
}

/* A mask is sized as a picture is; without one the size is what is asked for. */
static bool
size_solid(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	const struct ips_value *const *given = layer->asked->value;
	double width, height;
	struct ips_size size;

	if (given[IPS_CMD_MASK]) {
		const struct ips_source *mask =
		    &in->objects->object[plan_find_object(in, given[IPS_CMD_MASK])].source;
		layer->source.width = mask->width;
		layer->source.height = mask->height;
		layer->source.resolution = mask->resolution;
		return true;
	}
	plan_size_asked(in, layer->asked, &width, &height);
	if (width > 0 && height > 0) {
		if (!plan_size(in, width, height, &size, err))
			return false;
		layer->source.width = size.width;
		layer->source.height = size.height;
		return true;
	}
	if (given[IPS_CMD_CLIP_PATH] && width == 0 && height == 0 && plan_quad(layer->asked) &&
	    layer->asked->number > 0) { /* its corners are placed, so any size is the same */
		layer->source.width = in->canvas.width;
		layer->source.height = in->canvas.height;
		return true;
	}
	if (given[IPS_CMD_CLIP_PATH] && width == 0 && height == 0)
		return size_by_path(in, layer, err);
	return ips_fail(err, IPS_INVALID_PARAMETER,
	    "color=%s: layer %d has neither src= nor both sides of size=, mask= or clipPath=; one "
	    "of these has to say how large it is", /* R15 */
	    given[IPS_CMD_COLOR]->text, layer->asked->number);
}

static bool
take_color(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	const struct ips_source *base = layer->asked->number == 0 ? NULL : in->source;

	layer->kind = IPS_CONTENT_COLOR;
	layer->color = layer->asked->value[IPS_CMD_COLOR]->color;
	/* What it is of does not matter: it is made in the space where the layers meet. */
	layer->source = (struct ips_source){ .format = in->objects->object[0].source.format,
		.orientation = 1,
		.bits = base ? base->bits : 8,
		.space = base ? base->space : IPS_SPACE_RGB,
		.pages = 1 };
	return size_solid(in, layer, err);
}

/* ---- Layers ---- */

bool
plan_is_hidden(const struct ips_layer *asked)
{
	const struct ips_value *hide = asked->value[IPS_CMD_HIDE];

	return hide && hide->number[0] != 0;
}

/* R15: a layer without any content draws nothing. */
static bool
has_content(const struct ips_layer *asked)
{
	return asked->value[IPS_CMD_SRC] || asked->value[IPS_CMD_COLOR] || plan_is_text(asked);
}

/* The picture asked for is layer 0's. */
static bool
take_content(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	const struct ips_value *const *given = layer->asked->value;
	bool bottom = layer->asked->number == 0;

	if (plan_is_text(layer->asked))
		return plan_text(in, layer, in->canvas, err);
	if (given[IPS_CMD_SRC])
		take_object(in, layer, plan_find_object(in, given[IPS_CMD_SRC]));
	else if (bottom && !in->objects->object[0].none)
		take_object(in, layer, 0);
	else if (given[IPS_CMD_COLOR])
		return take_color(in, layer, err);
	else
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "Layer 0 has no content: the request names no picture, and the layer has "
		    "neither src= nor text= nor color=.");
	return true;
}

enum ips_blend
plan_blend(const struct ips_layer *asked)
{
	static const char *const words[] = { [IPS_BLEND_NORM] = "norm",
		[IPS_BLEND_DISSOLVE] = "dissolve",
		[IPS_BLEND_LIGHTEN] = "lighten",
		[IPS_BLEND_DARKEN] = "darken",
		[IPS_BLEND_MULT] = "mult",
		[IPS_BLEND_SCREEN] = "screen" };

	for (size_t i = 0; i < IPS_NELEM(words); i++)
		if (ips_value_word_is(asked->value[IPS_CMD_BLEND_MODE], 0, words[i]))
			return (enum ips_blend)i;
	return IPS_BLEND_NORM;
}

void
plan_pos(const struct planning *in, const struct ips_layer *asked, double out[2])
{
	const struct ips_value *px = asked->value[IPS_CMD_POS];
	const struct ips_value *n = asked->value[IPS_CMD_POS_N];

	out[0] = px ? px->number[0] : n ? n->number[0] * in->canvas.width : 0;
	out[1] = px ? px->number[1] : n ? n->number[1] * in->canvas.height : 0;
}

/* The origins on each other, and from there by pos=; to the nearest pixel (R22). */
static void
place(const struct planning *in, const struct ips_plan_layer *base, struct ips_plan_layer *layer)
{
	double pos[2];

	plan_pos(in, layer->asked, pos);
	layer->x = (int)CLAMP(
	    floor(base->origin[0] + pos[0] - layer->origin[0] + 0.5), -PLAN_FAR, PLAN_FAR);
	layer->y = (int)CLAMP(
	    floor(base->origin[1] + pos[1] - layer->origin[1] + 0.5), -PLAN_FAR, PLAN_FAR);
}

static bool
has_others(const struct ips_modifier *request)
{
	for (int i = 2; i < request->layers; i++)
		if (has_content(&request->layer[i]) && !plan_is_hidden(&request->layer[i]))
			return true;
	return false;
}

/* Layer 0, which is the canvas. */
static bool
plan_base(
    const struct planning *in, struct ips_plan *plan, struct ips_rect *rect, struct ips_error *err)
{
	struct ips_plan_layer *layer = plan->layer;
	int mirror = plan_flip(in->comp);
	bool bare = in->base->effects == 0 || plan_is_hidden(in->base);
	bool only = bare && !has_others(in->request);

	plan->layers = 1;
	plan->alone = only;
	layer->asked = in->base;
	layer->number = in->base->number;
	plan->mirror = only ? 1 : mirror;
	if (!take_content(in, layer, err) || !plan_layer(in, layer, only ? mirror : 1, err) ||
	    !plan_crop_paths(layer->asked, layer, err))
		return false;
	*rect = layer->extent;
	return plan_crop_paths(in->comp, layer, err);
}

/* What is hidden has to be sound all the same. */
static bool
plan_above(const struct planning *in, struct ips_plan *plan, const struct ips_layer *asked,
    struct ips_error *err)
{
	struct ips_plan_layer *layer = &plan->layer[plan->layers];

	*layer = (struct ips_plan_layer){
		.asked = asked, .number = asked->number, .blend = plan_blend(asked)
	};
	if (!take_content(in, layer, err) || !plan_layer(in, layer, 1, err) ||
	    !plan_crop_paths(asked, layer, err))
		return false;
	place(in, plan->layer, layer);
	plan->layers += !plan_is_hidden(asked);
	return true;
}

bool
plan_layers(
    const struct planning *in, struct ips_plan *plan, struct ips_rect *rect, struct ips_error *err)
{
	struct planning at = *in;

	if (!plan_base(in, plan, rect, err))
		return false;
	at.canvas = size_of(*rect);
	at.ground[0] = plan->layer->origin[0] + plan->layer->extent.x - rect->x;
	at.ground[1] = plan->layer->origin[1] + plan->layer->extent.y - rect->y;
	for (int i = 2; i < in->request->layers; i++)
		if (has_content(&in->request->layer[i]) &&
		    !plan_above(&at, plan, &in->request->layer[i], err))
			return false;
	return true;
}
