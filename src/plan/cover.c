/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What shows through: maskUse=, opac=, hide=, and the colours behind a layer. */
#include "plan_priv.h"

static const struct ips_cover idle = { .opacity = 1 };

/* The opacity of the content: effects, which have the first number alone, are another matter. */
static double
opacity(const struct ips_layer *layer)
{
	const struct ips_value *opac = layer->value[IPS_CMD_OPAC];
	double part = opac && opac->count > 1 ? opac->number[1] / 100 : 1;

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
	return plan->mask == 0 && plan->grow_mask == 0 && plan->grow_scaled == 0 &&
	       !plan->drop_alpha && ips_cover_idle(&plan->picture) &&
	       ips_cover_idle(&plan->content) && ips_cover_idle(&plan->ground) &&
	       ips_cover_idle(&plan->composite);
}

/* Through this cover, if there are holes before it or not. */
static bool
holes_after(const struct ips_cover *cover, bool holes)
{
	return cover->behind.alpha < 255 && (holes || cover->invert || cover->opacity < 1);
}

static bool
picture_has_holes(const struct ips_plan *plan)
{
	struct ips_size stored = ips_turn_size(
	    plan->source.orientation, (struct ips_size){ plan->source.width, plan->source.height });

	return (plan->source.alpha && !plan->drop_alpha) || plan->mask > 0 ||
	       plan->picture.invert || !is_inside(plan->crop, stored);
}

static bool
transforms_leave_holes(const struct ips_plan *plan)
{
	return plan->rotated || !is_inside(plan->canvas, plan->turned);
}

bool
plan_has_holes(const struct ips_plan *plan)
{
	bool holes = holes_after(&plan->content, picture_has_holes(plan));

	holes = holes_after(&plan->ground, holes || transforms_leave_holes(plan));
	return holes_after(&plan->composite, holes || plan->layer_clips.count > 0) ||
	       plan->view_clips.count > 0;
}

bool
plan_needs_alpha(const struct ips_plan *plan)
{
	bool thin =
	    plan->content.opacity < 1 || plan->ground.opacity < 1 || plan->composite.opacity < 1;
	bool filled = plan->content.behind.alpha > 0 || plan->ground.behind.alpha > 0;
	bool acted = plan->layer_ops.count > 0 || plan->view_ops.count > 0 || converts_late(plan);

	if (plan->output.alpha || picture_has_holes(plan) || thin)
		return true;
	/* No fill, no operation and no conversion is to touch the background. */
	return ((filled || acted) && transforms_leave_holes(plan)) ||
	       (acted && !is_inside(plan->window, size_of(plan->canvas)));
}

/* Where nothing is reduced both kinds of pixels are the same. */
static void
read_grow(const struct planning *in, struct ips_plan *plan)
{
	const struct ips_value *own = in->base->value[IPS_CMD_OP_GROW_MASK];
	const struct ips_value *scaled = in->base->value[IPS_CMD_OP_GROW_MASK_R];

	if (own)
		plan->grow_mask = (int)own->number[0];
	else if (scaled && same_size(plan->scaled, size_of(plan->crop)))
		plan->grow_mask = (int)scaled->number[0];
	else if (scaled) /* what is inverted by then grows where it shrinks */
		plan->grow_scaled =
		    (int)(plan->picture.invert ? -scaled->number[0] : scaled->number[0]);
}

static void
read_mask(const struct planning *in, struct ips_plan *plan)
{
	const struct ips_value *use = in->base->value[IPS_CMD_MASK_USE];
	const struct ips_value *mask = in->base->value[IPS_CMD_MASK];

	if (ips_value_word_is(use, 0, "off")) {
		plan->drop_alpha = plan->source.alpha;
		return;
	}
	plan->picture.invert = ips_value_word_is(use, 0, "invert");
	if (mask) /* instead of the alpha channel (R27) */
		plan->mask = plan_find_object(in, mask);
	if (plan->mask > 0 || plan->source.alpha)
		read_grow(in, plan);
}

static void
read_cover(const struct planning *in, struct ips_plan *plan)
{
	const struct ips_value *hide = in->base->value[IPS_CMD_HIDE];

	plan->picture = plan->content = plan->ground = plan->composite = idle;
	plan->composite.opacity = opacity(in->comp);
	if (hide && hide->number[0] != 0) { /* the canvas stays (R29) */
		plan->ground.opacity = 0;
		return;
	}
	read_mask(in, plan);
	plan->content.opacity = opacity(in->base);
	plan->content.behind = color(in->base, IPS_CMD_COLOR);
	plan->ground.behind = color(in->base, IPS_CMD_BG_COLOR);
}

/* Colours that nothing shows through to are as if they had not been given. */
static void
forget_unseen(struct ips_plan *plan)
{
	bool holes = picture_has_holes(plan) || plan->content.opacity < 1;

	if (!holes)
		plan->content.behind.alpha = 0;
	holes = holes_after(&plan->content, holes) || transforms_leave_holes(plan);
	if (!holes)
		plan->ground.behind.alpha = 0;
}

void
plan_cover(const struct planning *in, struct ips_plan *plan)
{
	read_cover(in, plan);
	forget_unseen(plan);
}

static bool
is_neutral(const struct ips_color *c)
{
	const uint8_t *v = c->channel;

	return c->alpha == 0 || c->space == IPS_SPACE_GRAY || (v[0] == v[1] && v[1] == v[2]);
}

bool
plan_cover_tints(const struct ips_plan *plan)
{
	return !is_neutral(&plan->content.behind) || !is_neutral(&plan->ground.behind);
}
