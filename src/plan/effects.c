/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Effects: shadows, glows and borders in the shape of a layer, or of the composite.
 *
 * Source: "Layer effects", effect=, effectMask=, maskUse=, opac= and color= of the protocol
 * reference, R31 to R33. */
#include "plan_priv.h"

#include <math.h>

#define GAUSS_REACH 3.25 /* a Gaussian ends after so many times its sigma */

static double
number_of(const struct ips_layer *effect, enum ips_cmd cmd)
{
	return effect->value[cmd] ? effect->value[cmd]->number[0] : 0;
}

/* Inner ones begin with what the layer is not, so that what grows in from there is inside of it. */
static enum ips_shape
shape_of(const struct ips_layer *effect)
{
	const struct ips_value *use = effect->value[IPS_CMD_MASK_USE];
	bool invert = ips_value_word_is(use, 0, "invert"), inner = effect->number > 0;

	if (ips_value_word_is(use, 0, "off"))
		return IPS_SHAPE_RECTANGLE;
	return inner != invert ? IPS_SHAPE_INVERSE : IPS_SHAPE_SAME;
}

/* Published: cut out where the layer stands, unless the request or the catalog says otherwise. */
static bool
has_mask(const struct planning *in)
{
	const struct ips_value *mask = in->request->value[IPS_CMD_EFFECT_MASK];

	return mask ? mask->number[0] != 0 : in->profile->effect_mask;
}

static void
take_op(struct ips_effect *effect, const struct ips_op *op)
{
	switch (op->kind) {
	case IPS_OP_GROW:
		effect->grow = op->radius;
		break;
	case IPS_OP_UNSHARP:
		effect->sigma[0] = op->sigma[0];
		effect->sigma[1] = op->sigma[1];
		break;
	default:
		effect->noise.op[effect->noise.count++] = *op;
	}
}

static struct ips_effect
make(const struct planning *in, const struct ips_layer *parent, const struct ips_layer *asked,
    const double scale[2])
{
	struct ips_effect effect = { .inner = asked->number > 0,
		.masked = has_mask(in),
		.shape = shape_of(asked),
		.color = asked->value[IPS_CMD_COLOR]->color,
		.opacity = plan_opacity(parent, false) * plan_opacity(asked, false),
		.blend = plan_blend(asked),
		.number = asked->number };
	struct ips_ops ops = { 0 };
	double pos[2];

	effect.opacity *= effect.color.alpha / 255.0;
	plan_effect_ops(asked, scale, &ops);
	for (int i = 0; i < ops.count; i++)
		take_op(&effect, &ops.op[i]);
	effect.reach = (int)(ceil(fabs(effect.grow)) +
			     ceil(GAUSS_REACH * fmax(effect.sigma[0], effect.sigma[1]))) +
		       1;
	plan_pos(in, asked, pos);
	effect.x = (int)CLAMP(floor(pos[0] * scale[0] + 0.5), -PLAN_FAR, PLAN_FAR);
	effect.y = (int)CLAMP(floor(pos[1] * scale[1] + 0.5), -PLAN_FAR, PLAN_FAR);
	return effect;
}

static void
make_all(const struct planning *in, const struct ips_layer *parent, const double scale[2],
    struct ips_effects *out)
{
	struct ips_effect *own = IPS_NEW_N(in->mem, struct ips_effect, parent->effects + 1);

	if (plan_is_hidden(parent)) /* R29 */
		return;
	for (int i = 0; i < parent->effects; i++) {
		own[out->count] = make(in, parent, &parent->effect[i], scale);
		out->count += own[out->count].opacity > 0;
	}
	out->effect = own;
}

/* Where the composite comes to lie in what is scaled for the view. */
static struct ips_rect
stage_of(const struct ips_plan *plan, const double scale[2])
{
	struct ips_size size = size_of(plan->layer[0].extent);
	int left = ips_round(-plan->window.x * scale[0]),
	    top = ips_round(-plan->window.y * scale[1]);
	int right = ips_round((size.width - plan->window.x) * scale[0]);
	int bottom = ips_round((size.height - plan->window.y) * scale[1]);

	return (struct ips_rect){ left, top, right - left, bottom - top };
}

void
plan_effects(const struct planning *in, struct ips_plan *plan)
{
	static const double as_is[2] = { 1, 1 };
	const double scale[2] = { (double)plan->resized.width / plan->window.width,
		(double)plan->resized.height / plan->window.height };

	for (int i = 0; i < plan->layers; i++)
		make_all(in, plan->layer[i].asked, as_is, &plan->layer[i].effects);
	make_all(in, in->comp, scale, &plan->view_effects);
	plan->stage = stage_of(plan, scale);
}

void
plan_effects_reach(const struct planning *in, double out[2])
{
	out[0] = out[1] = 0;
	for (int i = 0; i < in->comp->effects; i++) {
		const struct ips_layer *effect = &in->comp->effect[i];
		double pos[2], reach = fabs(number_of(effect, IPS_CMD_OP_GROW)) +
				       GAUSS_REACH / 2 * number_of(effect, IPS_CMD_OP_BLUR) + 2;

		plan_pos(in, effect, pos);
		out[0] = fmax(out[0], reach + fabs(pos[0]));
		out[1] = fmax(out[1], reach + fabs(pos[1]));
	}
}

bool
plan_effects_need_rgb(const struct ips_effects *effects, enum ips_space own)
{
	for (int i = 0; i < effects->count; i++) {
		const struct ips_effect *effect = &effects->effect[i];
		if ((own == IPS_SPACE_GRAY && !plan_is_neutral(&effect->color)) ||
		    (own == IPS_SPACE_CMYK &&
			(effect->blend > IPS_BLEND_DISSOLVE || effect->noise.count > 0)))
			return true;
	}
	return false;
}
