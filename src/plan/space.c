/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Kinds of pixels and their profiles, from the source to the result.
 *
 * Source: "Image Serving color management", icc=, iccEmbed= and fmt= of the protocol reference. */
#include "plan_priv.h"

#include <math.h>
#include <string.h>

static const char *const words[] = {
	[IPS_SPACE_RGB] = "rgb", [IPS_SPACE_GRAY] = "gray", [IPS_SPACE_CMYK] = "cmyk"
};

/* A profile of the server, or else of the company; what is published without its file, by that
 * file's name too. */
static const struct ips_icc *
named(const struct planning *in, const char *name)
{
	const struct ips_plan_profile *profile = in->profile;
	const struct ips_icc *icc = ips_icc_find(profile->icc, name), *own;

	if ((icc != NULL && icc->data != NULL) || profile->find_icc == NULL)
		return icc;
	own = profile->find_icc(profile->find_icc_arg, name);
	if (own == NULL && icc != NULL)
		own = profile->find_icc(profile->find_icc_arg, strrchr(icc->names, '|') + 1);
	return own != NULL && (icc == NULL || icc->space == own->space) ? own : icc;
}

/* A profile of the catalog; one of another kind, or whose file is missing, does not count. */
static const struct ips_icc *
catalog_profile(const struct planning *in, const char *const names[3], enum ips_space space)
{
	const struct ips_icc *icc = names[space] ? named(in, names[space]) : NULL;

	return icc != NULL && icc->space == space && icc->data != NULL ? icc : NULL;
}

static const struct ips_icc *
output_default(const struct planning *in, enum ips_space space)
{
	return catalog_profile(in, in->profile->icc_output, space);
}

static const struct ips_icc *
source_default(const struct planning *in, enum ips_space space)
{
	const struct ips_icc *icc = catalog_profile(in, in->profile->icc_source, space);

	return icc != NULL ? icc : output_default(in, space);
}

static bool
ops_need_rgb(const struct ips_ops *ops, enum ips_space own)
{
	for (int i = 0; i < ops->count; i++)
		if ((own == IPS_SPACE_CMYK && ops->op[i].rgb) ||
		    (own == IPS_SPACE_GRAY && ops->op[i].tints))
			return true;
	return false;
}

/* Blend modes are defined on RGB (R28). */
static bool
layer_needs_rgb(const struct ips_plan_layer *layer, enum ips_space own)
{
	return ops_need_rgb(&layer->ops, own) || layer->source.space != own ||
	       (own == IPS_SPACE_CMYK && layer->blend > IPS_BLEND_DISSOLVE) ||
	       (own == IPS_SPACE_GRAY && plan_cover_tints(layer)) ||
	       plan_effects_need_rgb(&layer->effects, own);
}

static bool
need_rgb(const struct planning *in, const struct ips_plan *plan)
{
	enum ips_space own = in->source->space;

	for (int i = 0; i < plan->layers; i++)
		if (layer_needs_rgb(&plan->layer[i], own))
			return true;
	return ops_need_rgb(&plan->view_ops, own) ||
	       plan_effects_need_rgb(&plan->view_effects, own);
}

/* The table of pairs under fmt=: GIF takes gray, too, as its palette comes later. */
static bool
can_hold(const struct ips_output *out, enum ips_space space)
{
	const struct ips_format_info *info = ips_format_info(out->format);

	if (space == IPS_SPACE_GRAY)
		return (info->gray && !out->palette) || out->format == IPS_FORMAT_GIF;
	return space == IPS_SPACE_RGB || info->cmyk;
}

/* The part of icc= before the first comma. */
static bool
find_icc(const struct planning *in, const struct ips_icc **out, struct ips_error *err)
{
	const struct ips_value *icc = in->request->value[IPS_CMD_ICC];
	g_autofree char *name = NULL;

	*out = NULL;
	if (icc == NULL)
		return true;
	name = g_strndup(icc->text, strcspn(icc->text, ","));
	*out = named(in, name);
	if (*out == NULL)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "icc=%s: no colour profile has this name. Allowed are the published names, "
		    "such as sRGB, AdobeRGB or WebCoated, and the profiles of this server and "
		    "company.",
		    name);
	if ((*out)->data == NULL)
		return ips_fail(err, IPS_UNSUPPORTED,
		    "icc=%s: the file of this profile is not free and not on this server; it is "
		    "used once it lies in the server's folder of profiles as %s.",
		    name, strrchr((*out)->names, '|') + 1);
	return true;
}

/* icc= decides, else the pixel type of fmt=, else a copy keeps what it is. */
static enum ips_space
choose_space(const struct planning *in, const struct ips_plan *plan, const struct ips_icc *icc)
{
	const struct ips_value *fmt = in->request->value[IPS_CMD_FMT];
	enum ips_space own = in->source->space;

	if (plan->output.mask) /* R62 */
		return ips_value_word_is(fmt, 1, "rgb") || !can_hold(&plan->output, IPS_SPACE_GRAY)
			   ? IPS_SPACE_RGB
			   : IPS_SPACE_GRAY;
	if (icc != NULL)
		return icc->space;
	for (size_t i = 0; i < IPS_NELEM(words); i++)
		if (ips_value_word_is(fmt, 1, words[i]))
			return (enum ips_space)i;
	if (in->profile->copy && !need_rgb(in, plan) && own != IPS_SPACE_RGB &&
	    can_hold(&plan->output, own) && plan->output.format != IPS_FORMAT_GIF)
		return own;
	return IPS_SPACE_RGB;
}

static bool
check_space(const struct planning *in, const struct ips_output *out, struct ips_error *err)
{
	const struct ips_value *fmt = in->request->value[IPS_CMD_FMT];
	const struct ips_value *icc = in->request->value[IPS_CMD_ICC];

	if (can_hold(out, out->space))
		return true;
	if (icc != NULL)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "icc=%s is a profile of %s pixels, which fmt=%s cannot hold.", icc->text,
		    words[out->space], fmt ? fmt->text : ips_format_info(out->format)->name);
	return ips_fail(err, IPS_INVALID_PARAMETER, "fmt=%s: this format cannot hold %s pixels.",
	    fmt->text, words[out->space]);
}

/* Published as formats without profile; a copy keeps it all the same. */
static bool
may_embed(const struct planning *in, const struct ips_output *out)
{
	static const enum ips_format published[] = { IPS_FORMAT_JPEG, IPS_FORMAT_PNG,
		IPS_FORMAT_TIFF, IPS_FORMAT_PDF, IPS_FORMAT_EPS };

	if (!ips_format_info(out->format)->profile)
		return false;
	for (size_t i = 0; i < IPS_NELEM(published); i++)
		if (published[i] == out->format)
			return true;
	return in->profile->copy;
}

/* A copy stays in its own profile if it can carry it: what is wide is never relabelled. */
static bool
keeps_own(const struct planning *in, const struct ips_output *out)
{
	const struct ips_value *embed = in->request->value[IPS_CMD_ICC_EMBED];
	bool dropped = embed != NULL && embed->number[0] == 0;

	if (!in->profile->copy || out->space != in->source->space)
		return false;
	return !in->source->profile || (may_embed(in, out) && !dropped);
}

static void
place_profile(const struct planning *in, struct ips_plan_layer *layer)
{
	const struct ips_plan *nested =
	    layer->kind == IPS_CONTENT_OBJECT ? in->objects->object[layer->object].plan : NULL;

	if (nested != NULL) { /* a file's own profile is handed on by its object */
		layer->profile = nested->output.profile;
		layer->profile.own = layer->source.profile ? layer->object + 1 : 0;
		return;
	}
	layer->profile = (struct ips_profile){ .own = layer->source.profile ? layer->object + 1 : 0,
		.icc = source_default(in, layer->source.space) };
}

static void
choose_profile(const struct planning *in, struct ips_plan *plan, const struct ips_icc *icc)
{
	struct ips_output *out = &plan->output;
	const struct ips_value *embed = in->request->value[IPS_CMD_ICC_EMBED];
	const struct ips_icc *dflt = output_default(in, out->space);

	for (int i = 0; i < plan->layers; i++)
		place_profile(in, &plan->layer[i]);
	out->profile = (struct ips_profile){ .icc = icc != NULL ? icc : dflt };
	/* Without a default the profile of the base layer is that of the result. */
	bool base = dflt == NULL && out->space != IPS_SPACE_RGB && out->space == in->source->space;
	if (icc == NULL && (base || keeps_own(in, out)))
		out->profile = plan->layer[0].profile;
	/* What came without a profile and is not asked for one stays what the catalog takes it for.
	 */
	bool tell = in->profile->copy && (icc != NULL || in->source->profile);
	out->embed = embed ? embed->number[0] != 0 : tell;
	out->embed &= may_embed(in, out) && !out->mask; /* numbers that are no colours */
}

static bool
acts(const struct ips_plan *plan)
{
	return !plan->alone || plan->layer[0].ops.count > 0 || plan->view_ops.count > 0 ||
	       plan->view_effects.count > 0;
}

/* Published: layers of one colour space are merged in it, others in that of the result. */
static bool
layers_agree(const struct ips_plan *plan)
{
	const struct ips_profile *first = &plan->layer[0].profile;

	for (int i = 1; i < plan->layers; i++) {
		const struct ips_plan_layer *layer = &plan->layer[i];
		if (layer->kind != IPS_CONTENT_COLOR &&
		    (layer->profile.own != first->own || layer->profile.icc != first->icc))
			return false;
	}
	return true;
}

/* Colours turn to gray or CMYK after the operations on them. Dithering comes last of all. */
static void
choose_working(const struct planning *in, struct ips_plan *plan)
{
	enum ips_space own = in->source->space;
	bool any = acts(plan);

	plan->working = plan->output.space;
	plan->working_profile = plan->output.profile;
	if (!any && !plan->dither)
		return;
	bool rgb = need_rgb(in, plan) || own == IPS_SPACE_RGB || (any && own != plan->output.space);
	plan->working = rgb ? IPS_SPACE_RGB : own;
	if (plan->working == own && layers_agree(plan))
		plan->working_profile = plan->layer[0].profile;
	else if (plan->layers == 1 || plan->working != plan->output.space)
		plan->working_profile = (struct ips_profile){ .icc = plan->rgb };
}

static void
choose_conversion(const struct planning *in, struct ips_plan *plan)
{
	static const char *const intents[] = { [IPS_INTENT_PERCEPTUAL] = "perceptual",
		[IPS_INTENT_RELATIVE] = "relative",
		[IPS_INTENT_SATURATION] = "saturation",
		[IPS_INTENT_ABSOLUTE] = "absolute" };
	const struct ips_value *icc = in->request->value[IPS_CMD_ICC];

	plan->intent = in->profile->intent;
	for (size_t i = 0; i < IPS_NELEM(intents); i++)
		if (ips_value_word_is(icc, 0, intents[i]))
			plan->intent = (enum ips_intent)i;
	plan->black_point = icc && icc->count > 0 ? icc->number[0] != 0 : in->profile->black_point;
	plan->dither = icc && icc->count > 1 ? icc->number[1] != 0 : in->profile->dither;
}

/* A colour is of the result's profile if it is of its kind, else of the default for its kind. */
static void
place_colors(const struct planning *in, struct ips_plan *plan)
{
	plan->rgb = output_default(in, IPS_SPACE_RGB);
	for (int i = 0; i < 3; i++) {
		plan->color_source[i] = source_default(in, (enum ips_space)i);
		plan->color_output[i] = output_default(in, (enum ips_space)i);
	}
	if (!plan->output.profile.own)
		plan->color_output[plan->output.space] = plan->output.profile.icc;
}

bool
plan_space(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	struct ips_output *out = &plan->output;
	const struct ips_icc *icc;

	if (!find_icc(in, &icc, err))
		return false;
	out->space = choose_space(in, plan, icc);
	if (!check_space(in, out, err))
		return false;
	out->bits = in->profile->copy && ips_format_info(out->format)->deep && !out->palette
			? in->source->bits
			: 8;
	choose_profile(in, plan, icc);
	choose_conversion(in, plan);
	place_colors(in, plan);
	choose_working(in, plan);
	return true;
}

static uint8_t
channel(double value)
{
	return (uint8_t)CLAMP(floor(value + 0.5), 0, 255);
}

/* Naive conversion, as bgc= is defined. */
static void
to_rgb(const struct ips_color *color, double rgb[3])
{
	const uint8_t *c = color->channel;

	for (int i = 0; i < 3; i++)
		rgb[i] = color->space == IPS_SPACE_RGB ? c[i]
			 : color->space == IPS_SPACE_GRAY
			     ? c[0]
			     : (255.0 - c[i]) * (255.0 - c[3]) / 255; /* R26 */
}

struct ips_color
plan_color(const struct ips_color *from, enum ips_space space)
{
	struct ips_color to = { .space = space, .alpha = 255 };
	double rgb[3];

	if (from->space == space) {
		to = *from;
		to.alpha = 255;
		return to;
	}
	to_rgb(from, rgb);
	if (space == IPS_SPACE_GRAY) { /* R35 */
		to.channel[0] = channel(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]);
		return to;
	}
	double most = fmax(rgb[0], fmax(rgb[1], rgb[2]));
	for (int i = 0; i < 3; i++)
		to.channel[i] = space == IPS_SPACE_RGB ? channel(rgb[i])
				: most > 0             ? channel(255 * (most - rgb[i]) / most)
						       : 0;
	if (space == IPS_SPACE_CMYK)
		to.channel[3] = channel(255 - most);
	return to;
}
