/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Effects: one colour in the shape of a layer that was grown, blurred and moved, cut off at the
 * layer itself; only the rectangle that is seen. (R31, R32) */
#include "render_priv.h"

#include <math.h>
#include <string.h>

/* What the effects of one layer share. */
struct parent {
	VipsImage *mask; /* one band: where the layer is, whatever its opacity; in memory */
	int x, y;        /* where it lies on the canvas */
	VipsRect stage;  /* what is seen of the canvas */
	VipsImage *top;  /* the layer as it is drawn, in memory; NULL once it is */
	int seed;
};

struct run {
	bool inner, masked, deep;
	int bands;
	float opacity;
	float color[4];
};

/* ---- Shapes ---- */

static bool
constant(struct job *job, double sample, const VipsRect *size, struct ips_error *err)
{
	return empty(job, vips_array_double_newv(1, sample),
	    (struct ips_size){ size->width, size->height }, err);
}

/* A part of a mask that may reach beyond it. */
static bool
part_of(
    struct job *job, VipsImage *mask, const VipsRect *want, double beyond, struct ips_error *err)
{
	VipsRect all = { 0, 0, vips_image_get_width(mask), vips_image_get_height(mask) }, seen;

	job->image = mask;
	vips_rect_intersectrect(&all, want, &seen);
	if (vips_rect_isempty(&seen))
		return constant(job, beyond, want, err);
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	VipsArrayDouble *fill = vips_array_double_newv(1, beyond);
	bool done = job_step(job,
	    vips_extract_area(mask, &t[0], seen.left, seen.top, seen.width, seen.height, NULL) ||
		vips_embed(t[0], &t[1], seen.left - want->left, seen.top - want->top, want->width,
		    want->height, "extend", VIPS_EXTEND_BACKGROUND, "background", fill, NULL),
	    &t[1], err);
	vips_area_unref(VIPS_AREA(fill));
	return done;
}

static bool
invert(struct job *job, struct ips_error *err)
{
	VipsImage **slot = job_slot(job);

	return job_step(job, vips_invert(job->image, slot, NULL), slot, err);
}

/* What the effect grows from, in `want`, which counts pixels of the mask. An inner effect grows in
 * from everything around the layer, an outer one from what is within its rectangle. */
static bool
begin(struct job *job, const struct parent *parent, const struct ips_effect *effect,
    const VipsRect *want, struct ips_error *err)
{
	double max = sample_max(parent->mask);
	VipsRect all = { 0, 0, vips_image_get_width(parent->mask),
		vips_image_get_height(parent->mask) };

	if (effect->shape == IPS_SHAPE_SAME)
		return part_of(job, parent->mask, want, 0, err);
	if (effect->shape == IPS_SHAPE_INVERSE && effect->inner)
		return part_of(job, parent->mask, want, 0, err) && invert(job, err);
	job->image = parent->mask;
	if (effect->shape == IPS_SHAPE_INVERSE ? !invert(job, err) : !constant(job, max, &all, err))
		return false;
	return part_of(job, job->image, want, 0, err);
}

static bool
shape(struct job *job, const struct parent *parent, const struct ips_effect *effect,
    const VipsRect *seen, struct ips_error *err)
{
	struct ips_op blur = { .kind = IPS_OP_UNSHARP, .amount = -1 };
	VipsRect wide = { seen->left - effect->x, seen->top - effect->y, seen->width,
		seen->height };
	VipsImage **slot;

	vips_rect_marginadjust(&wide, effect->reach);
	memcpy(blur.sigma, effect->sigma, sizeof(blur.sigma));
	if (!begin(job, parent, effect, &wide, err) ||
	    (effect->grow != 0 && !grow(job, effect->grow, err)) ||
	    (effect->sigma[0] > 0 && !unsharp(job, &blur, err)))
		return false;
	slot = job_slot(job);
	return job_step(job,
	    vips_extract_area(
		job->image, slot, effect->reach, effect->reach, seen->width, seen->height, NULL),
	    slot, err);
}

/* ---- Colour ---- */

static void
color_row(const struct run *run, const VipsPel *form, const VipsPel *mask, VipsPel *out, int width)
{
	for (int x = 0, at = 0; x < width; x++, at += run->bands) {
		float a = sample_get(run->deep, form, x), m = sample_get(run->deep, mask, x);

		a *= run->inner ? m : run->masked ? 1 - m : 1;
		for (int i = 0; i < run->bands - 1; i++)
			sample_put(run->deep, out, at + i, run->color[i]);
		sample_put(run->deep, out, at + run->bands - 1, a * run->opacity);
	}
}

static int
generate(VipsRegion *out, void *seq, void *in, void *arg, gboolean *stop)
{
	VipsRegion **from = seq;
	const VipsRect *area = &out->valid;

	(void)in;
	(void)stop;
	if (vips_region_prepare(from[0], area) || vips_region_prepare(from[1], area))
		return -1;
	for (int y = area->top; y < area->top + area->height; y++)
		color_row(arg, VIPS_REGION_ADDR(from[0], area->left, y),
		    VIPS_REGION_ADDR(from[1], area->left, y), VIPS_REGION_ADDR(out, area->left, y),
		    area->width);
	return 0;
}

/* A picture in the space of the canvas, with alpha. */
static bool
colored(struct job *job, VipsImage *form, VipsImage *mask, const struct ips_effect *effect,
    VipsImage **out, struct ips_error *err)
{
	VipsImage *canvas = job->image;
	VipsImage **in = VIPS_ARRAY(job->scope, 3, VipsImage *);
	struct run *run = VIPS_NEW(job->scope, struct run);
	int bands = vips_image_get_bands(canvas) + !vips_image_hasalpha(canvas);
	double color[4] = { 0 };

	*run = (struct run){ .inner = effect->inner,
		.masked = effect->masked,
		.deep = sample_max(canvas) > 255,
		.bands = bands,
		.opacity = (float)effect->opacity };
	if (!colour_of(job, &effect->color, color, err))
		return false;
	for (int i = 0; i < 4; i++)
		run->color[i] = (float)color[i];
	VipsImage **slot = job_slot(job);
	in[0] = form, in[1] = mask, in[2] = NULL;
	*slot = vips_image_new();
	if (vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_THINSTRIP, form, mask, NULL))
		return job_fail(job, err);
	(*slot)->Bands = bands;
	(*slot)->Type = vips_image_get_interpretation(canvas);
	if (job_generate(job, *slot, vips_start_many, generate, vips_stop_many, in, run))
		return job_fail(job, err);
	*out = *slot;
	return true;
}

/* ---- One effect ---- */

/* In pixels of the mask: no further than the effect and the canvas. */
static bool
find_seen(const struct parent *parent, const struct ips_effect *effect, VipsRect *seen)
{
	VipsRect own = { 0, 0, vips_image_get_width(parent->mask),
		vips_image_get_height(parent->mask) };
	VipsRect stage = parent->stage;

	stage.left -= parent->x, stage.top -= parent->y;
	if (!effect->inner) {
		vips_rect_marginadjust(&own, effect->reach);
		own.left += effect->x, own.top += effect->y;
	}
	vips_rect_intersectrect(&own, &stage, seen);
	return !vips_rect_isempty(seen);
}

static bool
draw(struct job *job, const struct parent *parent, const struct ips_effect *effect,
    struct ips_error *err)
{
	struct job *form = job_beside(job, job->layer), *mask = job_beside(job, job->layer);
	struct job *color = job_beside(job, job->layer);
	VipsRect seen;

	if (!find_seen(parent, effect, &seen))
		return true;
	if (!shape(form, parent, effect, &seen, err) ||
	    !part_of(mask, parent->mask, &seen, 0, err) ||
	    !colored(job, form->image, mask->image, effect, &color->image, err) ||
	    !operate(color, &effect->noise, err))
		return false;
	*job->held += (int64_t)seen.width * seen.height;
	return blend(job,
	    &(struct blending){ color->image, parent->x + seen.left, parent->y + seen.top,
		effect->blend, 1009 * parent->seed + effect->number },
	    err);
}

/* However many effects there are, memory grows with the canvas. */
static bool
relieve(struct job *job, const struct parent *parent, struct ips_error *err)
{
	VipsImage *const kept[] = { parent->mask, parent->top };
	int64_t canvas = (int64_t)parent->stage.width * parent->stage.height;

	return *job->held <= 4 * canvas || job_relieve(job, kept, parent->top ? 2 : 1, err);
}

static bool
draw_all(struct job *job, const struct parent *parent, const struct ips_effects *effects,
    bool inner, struct ips_error *err)
{
	for (int i = 0; i < effects->count; i++)
		if (effects->effect[i].inner == inner &&
		    (!draw(job, parent, &effects->effect[i], err) || !relieve(job, parent, err)))
			return false;
	return true;
}

static bool
has_outer(const struct ips_effects *effects)
{
	return effects->count > 0 && !effects->effect[0].inner; /* these come first */
}

/* `bottom`: nothing is below yet, but what an outer effect would leave there. */
static bool
draw_between(struct job *job, struct parent *parent, const struct ips_effects *effects,
    enum ips_blend mode, bool bottom, struct ips_error *err)
{
	const struct blending top = { parent->top, parent->x, parent->y, mode, parent->seed };

	if (bottom && !has_outer(effects))
		job->image = parent->top;
	else if (!draw_all(job, parent, effects, false, err) || !blend(job, &top, err))
		return false;
	return draw_all(job, parent, effects, true, err);
}

/* The alpha of a picture that is in memory. */
static bool
mask_of(struct job *job, VipsImage **out, struct ips_error *err)
{
	VipsImage *whole = job->image;
	VipsImage **slot = job_slot(job);
	bool done =
	    job_step(job, vips_extract_band(whole, slot, vips_image_get_bands(whole) - 1, NULL),
		slot, err) &&
	    job_settle(job, err);

	*out = job->image;
	job->image = whole;
	return done;
}

static bool
clear_canvas(struct job *job, const struct job *top, struct ips_error *err)
{
	struct ips_size size = { vips_image_get_width(top->image),
		vips_image_get_height(top->image) };

	job->image = top->image;
	job->profile = top->profile;
	return empty(job, fill_of(job), size, err);
}

/* ---- Layers ---- */

static const struct ips_cover idle = { .opacity = 1 };

/* The layer without what opac=, color= and bgColor= do to it: its alpha is the mask. The alpha of a
 * solid layer's own colour is part of it. */
static struct ips_plan_layer *
bare(struct job *job, const struct ips_plan_layer *layer)
{
	struct ips_plan_layer *own = IPS_NEW(job->mem, struct ips_plan_layer);

	*own = *layer;
	own->content = own->ground = idle;
	if (own->kind == IPS_CONTENT_COLOR)
		own->content.opacity = own->color.alpha / 255.0;
	return own;
}

/* The same pixels with their opacity; filled ones take another way from the start. */
static bool
dress(struct job *top, const struct job *form, struct ips_error *err)
{
	const struct ips_plan_layer *own = top->layer;
	double base = form->layer->content.opacity;
	const struct ips_cover thin = { .opacity = base > 0 ? own->content.opacity / base : 1 };

	if (own->content.behind.alpha > 0 || !ips_cover_idle(&own->ground))
		return layer(top, err);
	top->image = form->image;
	top->profile = form->profile;
	return cover(top, &thin, err);
}

bool
layer_with_effects(struct job *job, struct job *top, struct ips_error *err)
{
	const struct ips_plan_layer *own = top->layer;
	struct job *form = job_beside(job, bare(job, own));
	struct parent parent = { .x = own->x, .y = own->y, .seed = own->number };
	bool bottom = own->number == 0;

	if (!layer(form, err) || !job_settle(form, err) || !mask_of(form, &parent.mask, err) ||
	    !dress(top, form, err) || !job_settle(top, err))
		return false;
	if (bottom && !clear_canvas(job, form, err))
		return false;
	parent.top = top->image;
	parent.stage.width = vips_image_get_width(job->image);
	parent.stage.height = vips_image_get_height(job->image);
	return draw_between(job, &parent, &own->effects, own->blend, bottom, err);
}

bool
view_with_effects(struct job *job, struct ips_error *err)
{
	const struct ips_plan *plan = job->plan;
	const struct ips_effects *effects = &plan->view_effects;
	struct ips_rect stage = plan->stage;
	VipsRect all = { 0, 0, vips_image_get_width(job->image),
		vips_image_get_height(job->image) };
	VipsRect own = { stage.x, stage.y, stage.width, stage.height };
	struct parent parent = { .seed = IPS_LAYER_COMP };

	if (effects->count == 0)
		return cover(job, &plan->composite, err);
	if (!job_settle(job, err) || !mask_of(job, &parent.mask, err) ||
	    !cover(job, &plan->composite, err) || !job_settle(job, err))
		return false;
	parent.top = job->image;
	vips_rect_intersectrect(&all, &own, &parent.stage);
	return clear_canvas(job, job, err) &&
	       draw_between(job, &parent, effects, IPS_BLEND_NORM, true, err);
}
