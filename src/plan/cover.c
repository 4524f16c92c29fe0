/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What shows through: maskUse=, opac=, hide=, and the colours behind a layer. */
#include "plan_priv.h"

static const struct ips_cover idle = { .opacity = 1 };

double
plan_opacity(const struct ips_layer *layer, bool content)
{
	const struct ips_value *opac = layer->value[IPS_CMD_OPAC];
	double part = content && opac && opac->count > 1 ? opac->number[1] / 100 : 1;

	return opac ? opac->number[0] / 100 * part : 1;
}

static struct ips_color
color(const struct ips_layer *layer, enum ips_cmd cmd)
{
	static const struct ips_color none = { .alpha = 0 };

	return layer->value[cmd] ? layer->value[cmd]->color : none;
}

bool
plan_cover_idle(const struct ips_plan *plan)
{
	const struct ips_plan_layer *layer = plan->layer;

	return layer->mask == 0 && layer->grow_mask == 0 && layer->grow_scaled == 0 &&
	       !layer->drop_alpha && ips_cover_idle(&layer->picture) &&
	       ips_cover_idle(&layer->content) && ips_cover_idle(&layer->ground) &&
	       ips_cover_idle(&plan->composite);
}

/* Through this cover, if there are holes before it or not. */
static bool
holes_after(const struct ips_cover *cover, bool holes)
{
	return cover->behind.alpha < 255 && (holes || cover->invert || cover->opacity < 1);
}

static bool
picture_has_holes(const struct ips_plan_layer *layer)
{
	return (layer->source.alpha && !layer->drop_alpha) || layer->mask > 0 ||
	       layer->picture.invert || !is_inside(layer->crop, stored_size(layer));
}

static bool
transforms_leave_holes(const struct ips_plan_layer *layer)
{
	return layer->rotated || layer->warped || !is_inside(layer->extent, layer->turned);
}

/* The layer in its rectangle. */
static bool
layer_has_holes(const struct ips_plan_layer *layer)
{
	bool holes = holes_after(&layer->content, picture_has_holes(layer));

	holes = holes_after(&layer->ground, holes || transforms_leave_holes(layer));
	return holes || layer->clips.count > 0;
}

/* Layers above may close holes, but which they are is not known here. */
bool
plan_has_holes(const struct ips_plan *plan)
{
	bool holes = layer_has_holes(plan->layer) || plan->layer_clips.count > 0;

	return holes_after(&plan->composite, holes) || plan->view_clips.count > 0;
}

bool
plan_shows_beyond(const struct ips_plan *plan)
{
	return !is_inside(plan->window, size_of(plan->layer->extent)) ||
	       !is_inside(plan->view, plan->resized) ||
	       !is_inside(plan->frame, size_of(plan->view));
}

static bool
is_thin(const struct ips_plan_layer *layer)
{
	return layer->content.opacity < 1 || layer->ground.opacity < 1;
}

static bool
needs_alpha(const struct ips_plan *plan)
{
	const struct ips_plan_layer *layer = plan->layer;
	bool filled = layer->content.behind.alpha > 0 || layer->ground.behind.alpha > 0;
	bool acted = layer->ops.count > 0 || plan->view_ops.count > 0 || converts_late(plan);

	if (plan->output.alpha || plan->output.mask || picture_has_holes(layer) || is_thin(layer) ||
	    plan->composite.opacity < 1)
		return true;
	/* No fill, no operation, no conversion and no other layer is to touch the background. */
	return ((filled || acted || !plan->alone) && transforms_leave_holes(layer)) ||
	       (acted && !is_inside(plan->window, size_of(layer->extent))) ||
	       layer->clips.count > 0 || layer->warped || layer->effects.count > 0 ||
	       plan->view_effects.count > 0;
}

void
plan_alpha(struct ips_plan *plan)
{
	plan->layer[0].transparent = needs_alpha(plan);
	for (int i = 1; i < plan->layers; i++) {
		struct ips_plan_layer *layer = &plan->layer[i];
		layer->transparent = picture_has_holes(layer) || is_thin(layer) ||
				     transforms_leave_holes(layer) || layer->clips.count > 0 ||
				     layer->effects.count > 0;
	}
}

/* Where nothing is reduced both kinds of pixels are the same. */
static void
read_grow(struct ips_plan_layer *layer)
{
	const struct ips_value *own = layer->asked->value[IPS_CMD_OP_GROW_MASK];
	const struct ips_value *scaled = layer->asked->value[IPS_CMD_OP_GROW_MASK_R];

	if (own)
		layer->grow_mask = (int)own->number[0];
	else if (scaled && same_size(layer->scaled, size_of(layer->crop)))
		layer->grow_mask = (int)scaled->number[0];
	else if (scaled) /* what is inverted by then grows where it shrinks */
		layer->grow_scaled =
		    (int)(layer->picture.invert ? -scaled->number[0] : scaled->number[0]);
}

static void
read_mask(const struct planning *in, struct ips_plan_layer *layer)
{
	const struct ips_value *use = layer->asked->value[IPS_CMD_MASK_USE];
	const struct ips_value *mask = layer->asked->value[IPS_CMD_MASK];

	if (ips_value_word_is(use, 0, "off")) {
		layer->drop_alpha = layer->source.alpha;
		layer->blacken = layer->source.associated;
		return;
	}
	layer->picture.invert = ips_value_word_is(use, 0, "invert");
	if (mask) /* instead of the alpha channel (R27) */
		layer->mask = plan_find_object(in, mask);
	layer->blacken = layer->source.associated && layer->picture.invert && layer->mask == 0;
	if (layer->mask > 0 || layer->source.alpha)
		read_grow(layer);
}

static void
read_cover(const struct planning *in, struct ips_plan_layer *layer)
{
	const struct ips_value *hide = layer->asked->value[IPS_CMD_HIDE];

	layer->picture = layer->content = layer->ground = idle;
	if (hide && hide->number[0] != 0) { /* the canvas stays (R29) */
		layer->ground.opacity = 0;
		return;
	}
	read_mask(in, layer);
	layer->content.opacity = plan_opacity(layer->asked, true);
	if (layer->kind == IPS_CONTENT_COLOR) /* what it shows, and not what is behind */
		layer->content.opacity *= layer->color.alpha / 255.0;
	else
		layer->content.behind = color(layer->asked, IPS_CMD_COLOR);
	layer->ground.behind = color(layer->asked, IPS_CMD_BG_COLOR);
}

/* Colours that nothing shows through to are as if they had not been given. */
static void
forget_unseen(struct ips_plan_layer *layer)
{
	bool holes = picture_has_holes(layer) || layer->content.opacity < 1;

	if (!holes)
		layer->content.behind.alpha = 0;
	holes = holes_after(&layer->content, holes) || transforms_leave_holes(layer);
	if (!holes)
		layer->ground.behind.alpha = 0;
}

void
plan_cover(const struct planning *in, struct ips_plan *plan)
{
	plan->composite = idle;
	plan->composite.opacity = plan_opacity(in->comp, true);
	for (int i = 0; i < plan->layers; i++) {
		read_cover(in, &plan->layer[i]);
		forget_unseen(&plan->layer[i]);
	}
}

bool
plan_is_neutral(const struct ips_color *c)
{
	const uint8_t *v = c->channel;

	return c->alpha == 0 || c->space == IPS_SPACE_GRAY || (v[0] == v[1] && v[1] == v[2]);
}

bool
plan_cover_tints(const struct ips_plan_layer *layer)
{
	return !plan_is_neutral(&layer->content.behind) ||
	       !plan_is_neutral(&layer->ground.behind) ||
	       (layer->kind == IPS_CONTENT_COLOR && !plan_is_neutral(&layer->color));
}
