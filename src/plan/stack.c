/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which layers there are, and where each stands on layer 0 ("Layer placement"). */
#include "plan_priv.h"

static void
take_object(const struct planning *in, struct ips_plan_layer *layer, int object)
{
	layer->kind = IPS_CONTENT_OBJECT;
	layer->object = object;
	layer->source = in->objects->object[object].source;
}

/* What is given in its place counts before the object asked for (R4). */
static bool
take_base(const struct planning *in, struct ips_plan_layer *layer, struct ips_error *err)
{
	if (plan_is_text(layer->asked))
		return plan_text(in, layer, (struct ips_size){ 0, 0 }, err);
	take_object(in, layer, 0);
	return true;
}

/* Layer 0, which is the canvas. */
static bool
plan_base(
    const struct planning *in, struct ips_plan *plan, struct ips_rect *rect, struct ips_error *err)
{
	struct ips_plan_layer *layer = &plan->layer[0];
	int mirror = plan_flip(in->comp);
	bool only = plan->layers == 1;

	plan->mirror = only ? 1 : mirror;
	if (!plan_layer(in, layer, only ? mirror : 1, err) ||
	    !plan_crop_paths(layer->asked, layer, err))
		return false;
	*rect = layer->extent;
	return plan_crop_paths(in->comp, layer, err);
}

bool
plan_layers(
    const struct planning *in, struct ips_plan *plan, struct ips_rect *rect, struct ips_error *err)
{
	plan->layers = 1;
	plan->layer[0].asked = in->base;
	return take_base(in, &plan->layer[0], err) && plan_base(in, plan, rect, err);
}
