/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_PLAN_PRIV_H
#define OPENIPS_PLAN_PRIV_H

#include "openips/plan_steps.h"

#define PLAN_FAR 1000000 /* further away nothing is seen, and sums stay far from overflow */

/* Everything that is known before a plan is made. */
struct planning {
	struct ips_arena *mem;
	const struct ips_modifier *request;
	const struct ips_layer *comp, *base; /* the composite, and layer 0 */
	const struct ips_objects *objects;
	const struct ips_source *source; /* of layer 0 */
	struct ips_size canvas;          /* of layer 0's rectangle, once that is settled, */
	double ground[2];                /* and its origin, both before the composite is cropped */
	const struct ips_plan_profile *profile;
};

/* A picture of that many pixels is within the limits; rounds to the nearest, at least 1 (R18). */
bool plan_size(const struct planning *in, double width, double height, struct ips_size *out,
    struct ips_error *err) IPS_MUST_USE;
bool plan_rect(const struct planning *in, double x, double y, double width, double height,
    struct ips_rect *out, struct ips_error *err) IPS_MUST_USE;

/* Which layers there are and where they stand, each in its rectangle. *rect: that of layer 0 before
 * the composite's cropPathE=. */
bool plan_layers(const struct planning *in, struct ips_plan *plan, struct ips_rect *rect,
    struct ips_error *err) IPS_MUST_USE;
/* One layer, as far as its rectangle; `mirror` is that of the composite, done along the way. */
bool plan_layer(const struct planning *in, struct ips_plan_layer *layer, int mirror,
    struct ips_error *err) IPS_MUST_USE;
/* perspective= or perspectiveN=; NULL: neither. */
const struct ips_value *plan_quad(const struct ips_layer *asked);
/* What is put in perspective stands on layer 0 itself, before extend=; layer 0 stays as large as it
 * is. (R23) */
void plan_stage(const struct planning *in, struct ips_plan_layer *layer);
/* A picture that is turned and as large as that onto its quadrilateral. */
bool plan_warp(const struct planning *in, struct ips_plan_layer *layer, struct ips_size picture,
    struct ips_error *err) IPS_MUST_USE;
/* No more pixels than perspective will show. */
void plan_reduce_warped(struct ips_plan_layer *layer);
/* Settles the content of a text layer; `base` is what sizeN= is relative to. */
bool plan_is_text(const struct ips_layer *asked);
bool plan_text(const struct planning *in, struct ips_plan_layer *layer, struct ips_size base,
    struct ips_error *err) IPS_MUST_USE;
/* Published: without a size the extent of clipPath= is the layer, and the path's own 0,0 is what is
 * placed, unless origin= says otherwise. */
bool plan_path_extent(const struct planning *in, struct ips_plan_layer *layer, struct ips_size *out,
    struct ips_error *err) IPS_MUST_USE;
/* size= or sizeN= in pixels; 0: that side is not given. */
void plan_size_asked(
    const struct planning *in, const struct ips_layer *asked, double *width, double *height);
/* The mirror that a layer asks for, as a turn. */
/* The rectangle of a thumbnail, a side may be 0; and where things stand in it, -1..1. */
void plan_thumb_view(const struct planning *in, double *width, double *height);
void plan_thumb_align(const struct planning *in, double *h, double *v);
int plan_flip(const struct ips_layer *layer);
bool plan_view(
    const struct planning *in, struct ips_plan *plan, struct ips_error *err) IPS_MUST_USE;
/* The object that a command of the request names. */
int plan_find_object(const struct planning *in, const struct ips_value *value);
void plan_cover(const struct planning *in, struct ips_plan *plan); /* colours as they were given */
bool plan_cover_idle(const struct ips_plan *plan);
/* A colour that gray cannot hold is put behind the layer. */
bool plan_cover_tints(const struct ips_plan_layer *layer);
/* The composite shows through somewhere. White space of the view alone does not make it so. */
bool plan_has_holes(const struct ips_plan *plan);
/* The view reaches beyond the composite. */
bool plan_shows_beyond(const struct ips_plan *plan);
/* Which layers need an alpha channel on the way, to tell what they show from what shows through. */
void plan_alpha(struct ips_plan *plan);
/* cropPathE=: makes the rectangle of the layer smaller. */
bool plan_crop_paths(const struct ips_layer *asked, struct ips_plan_layer *layer,
    struct ips_error *err) IPS_MUST_USE;
/* After the view, as paths follow every step. */
bool plan_clips(const struct planning *in, struct ips_plan *plan, struct ips_rect rect,
    struct ips_error *err) IPS_MUST_USE;
/* After both, as radii go by what they scale. */
void plan_ops(const struct planning *in, struct ips_plan *plan);
/* The operations of an effect, where so many pixels stand for one of the composite. */
void plan_effect_ops(const struct ips_layer *effect, const double scale[2], struct ips_ops *out);
void plan_effects(const struct planning *in, struct ips_plan *plan);
/* How far beyond the view those of the composite look, in pixels of the composite. */
void plan_effects_reach(const struct planning *in, double out[2]);
/* Some effect has a colour that gray cannot hold, or acts in a way that CMYK cannot. */
bool plan_effects_need_rgb(const struct ips_effects *effects, enum ips_space own);
/* pos= or posN= in pixels. */
void plan_pos(const struct planning *in, const struct ips_layer *asked, double out[2]);
enum ips_blend plan_blend(const struct ips_layer *asked);
bool plan_is_hidden(const struct ips_layer *asked);
bool plan_is_neutral(const struct ips_color *color);
/* opac=: of the layer with its effects, and of its content alone; 0..1 */
double plan_opacity(const struct ips_layer *asked, bool content);
bool plan_output(
    const struct planning *in, struct ips_plan *plan, struct ips_error *err) IPS_MUST_USE;
/* What the result's pixels are, in which profile, and what they are on the way there: the one place
 * that decides. The format is settled. */
bool plan_space(
    const struct planning *in, struct ips_plan *plan, struct ips_error *err) IPS_MUST_USE;
/* By naive conversion, as bgc= is defined; opaque. */
struct ips_color plan_color(const struct ips_color *from, enum ips_space space);
/* The palette, if the format has one. */
bool plan_quantize(
    const struct planning *in, struct ips_output *out, struct ips_error *err) IPS_MUST_USE;
/* Joins steps that can be one without a pixel noticing, so that less is decoded and resampled. */
void plan_fuse(struct ips_plan *plan);

/* What is asked for, if it is not a picture as it is. */
static inline bool
asks_for(const struct planning *in, const char *kind)
{
	return ips_value_word_is(in->request->value[IPS_CMD_REQ], 0, kind);
}

/* Neither text nor a solid layer without a mask has anything to crop or scale. */
static inline bool
has_picture(const struct ips_plan_layer *layer)
{
	return layer->kind == IPS_CONTENT_OBJECT ||
	       (layer->kind == IPS_CONTENT_COLOR && layer->asked->value[IPS_CMD_MASK] != NULL);
}

static inline struct ips_size
size_of(struct ips_rect rect)
{
	return (struct ips_size){ rect.width, rect.height };
}

static inline struct ips_rect
whole(struct ips_size size)
{
	return (struct ips_rect){ 0, 0, size.width, size.height };
}

/* Of the picture as it lies in its file. */
static inline struct ips_size
stored_size(const struct ips_plan_layer *layer)
{
	return ips_turn_size(layer->source.orientation,
	    (struct ips_size){ layer->source.width, layer->source.height });
}

/* After the operations the pixels are not yet those of the result. */
static inline bool
converts_late(const struct ips_plan *plan)
{
	return plan->working != plan->output.space ||
	       plan->working_profile.own != plan->output.profile.own ||
	       plan->working_profile.icc != plan->output.profile.icc;
}

static inline bool
same_size(struct ips_size a, struct ips_size b)
{
	return a.width == b.width && a.height == b.height;
}

static inline bool
is_whole(struct ips_rect rect, struct ips_size size)
{
	return rect.x == 0 && rect.y == 0 && same_size(size_of(rect), size);
}

static inline bool
is_inside(struct ips_rect rect, struct ips_size size)
{
	return rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width &&
	       rect.y + rect.height <= size.height;
}

#endif
