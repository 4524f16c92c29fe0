/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "plan_priv.h"

#include <math.h>

#define WHITE                                                                                      \
	{                                                                                          \
		.space = IPS_SPACE_RGB, .channel = { 255, 255, 255 }, .alpha = 255                 \
	} /* R47 */
/* The default catalog: sRGB out (R53), naive from and to what carries no profile (R26). */
#define COLOR_MANAGEMENT                                                                           \
	.icc_output = { [IPS_SPACE_RGB] = "sRGB" }, .intent = IPS_INTENT_RELATIVE,                 \
	.black_point = true
#define MAX_PIXELS ((int64_t)1 << 28)
#define MAX_SIDE   100000

#define THUMB                                                                                      \
	{                                                                                          \
		.width = 100, .height = 100, .type = IPS_THUMB_FIT, .resolution = 72,              \
		.background = WHITE                                                                \
	} /* R61 */

const struct ips_plan_profile ips_profile_copy = {
	.copy = true,
	.max_pixels = MAX_PIXELS,
	.quality = 95,
	.chroma_full = true,
	.kernel = IPS_KERNEL_SHARP2,
	.resolution = 72, /* R19 */
	.background = WHITE,
	.thumb = THUMB,
	.effect_mask = true,
	COLOR_MANAGEMENT,
};

const struct ips_plan_profile ips_profile_reply = {
	.default_width = 400,
	.default_height = 400,
	.max_width = 2000,
	.max_height = 2000,
	.max_pixels = MAX_PIXELS,
	.quality = 85,
	.kernel = IPS_KERNEL_SHARP2,
	.resolution = 72,
	.background = WHITE,
	.thumb = THUMB,
	.effect_mask = true,
	COLOR_MANAGEMENT,
};

static const struct {
	const char *word;
	enum ips_kernel kernel;
} kernels[] = {
	{ "bilin", IPS_KERNEL_BILIN },
	{ "trilin", IPS_KERNEL_BILIN },
	{ "bicub", IPS_KERNEL_BICUB },
	{ "sharp2", IPS_KERNEL_SHARP2 },
	{ "sharp", IPS_KERNEL_SHARP2 },
	{ "bisharp", IPS_KERNEL_BISHARP },
};

static enum ips_kernel
find_kernel(const struct planning *in)
{
	for (size_t i = 0; i < IPS_NELEM(kernels); i++)
		if (ips_value_word_is(in->request->value[IPS_CMD_RES_MODE], 0, kernels[i].word))
			return kernels[i].kernel;
	return in->profile->kernel;
}

bool
plan_size(const struct planning *in, double width, double height, struct ips_size *out,
    struct ips_error *err)
{
	width = fmax(1, floor(width + 0.5));
	height = fmax(1, floor(height + 0.5));
	if (!(width <= MAX_SIDE && height <= MAX_SIDE &&
		width * height <= (double)in->profile->max_pixels))
		return ips_fail(err, IPS_LIMIT,
		    "A step of %.0f by %.0f pixels is larger than this server accepts.", width,
		    height);
	*out = (struct ips_size){ (int)width, (int)height };
	return true;
}

bool
plan_rect(const struct planning *in, double x, double y, double width, double height,
    struct ips_rect *out, struct ips_error *err)
{
	struct ips_size size = { 1, 1 };

	if (!plan_size(in, width, height, &size, err))
		return false;
	*out = (struct ips_rect){ (int)CLAMP(x, -PLAN_FAR, PLAN_FAR),
		(int)CLAMP(y, -PLAN_FAR, PLAN_FAR), size.width, size.height };
	return true;
}

/* Nothing is resampled, cut, turned, filled or changed. Orientation does not count: what is not
 * touched keeps its tag. */
static bool
keeps_pixels(const struct ips_plan *plan)
{
	const struct ips_plan_layer *layer = plan->layer;
	struct ips_size stored = stored_size(layer);

	return plan->alone && layer->kind == IPS_CONTENT_OBJECT && layer->object == 0 &&
	       is_whole(layer->crop, stored) && same_size(layer->scaled, stored) &&
	       !layer->rotated && !layer->warped && layer->turn == layer->source.orientation &&
	       is_whole(layer->extent, layer->turned) && is_whole(plan->window, layer->turned) &&
	       same_size(plan->resized, layer->turned) && is_whole(plan->view, plan->resized) &&
	       is_whole(plan->frame, size_of(plan->view)) && layer->ops.count == 0 &&
	       plan->view_ops.count == 0 && plan_cover_idle(plan) && plan->layer_clips.count == 0 &&
	       plan->view_clips.count == 0 && plan->view_effects.count == 0;
}

static bool
keeps_color(const struct planning *in, const struct ips_output *out)
{
	if (in->request->value[IPS_CMD_ICC] != NULL)
		return false;
	return in->request->value[IPS_CMD_ICC_EMBED] == NULL || out->embed == in->source->profile;
}

/* Saying nothing keeps the file as it is. */
static bool
drops_paths(const struct planning *in)
{
	const struct ips_value *embed = in->request->value[IPS_CMD_PATH_EMBED];

	return embed && embed->number[0] == 0 && in->source->paths > 0;
}

static bool
asks_compression(const struct planning *in)
{
	const struct ips_value *fmt = in->request->value[IPS_CMD_FMT];

	return fmt != NULL && fmt->words > 2 && fmt->word[2] != IPS_NO_WORD;
}

static bool
asks_palette(const struct planning *in, const struct ips_output *out)
{
	return in->request->value[IPS_CMD_QUANTIZE] != NULL &&
	       (out->palette || out->format == IPS_FORMAT_GIF);
}

/* A copy that would be decoded only to be encoded in the same way once more. */
static bool
is_identity(const struct planning *in, const struct ips_plan *plan)
{
	const struct ips_output *out = &plan->output;
	const struct ips_source *source = in->source;
	bool told = in->request->value[IPS_CMD_QLT] && ips_format_info(out->format)->lossy;

	if (!in->profile->copy || out->mask || !keeps_pixels(plan) || !keeps_color(in, out) ||
	    drops_paths(in))
		return false;
	if (in->request->value[IPS_CMD_FMT] == NULL && out->jpeg_kilobytes == 0 &&
	    !asks_palette(in, out) && (!source->alpha || out->alpha) && !told &&
	    out->resolution == source->resolution)
		return true; /* a format we do not write, too */
	return out->format == source->format && out->space == source->space &&
	       out->bits == source->bits && out->alpha == source->alpha && !out->palette &&
	       out->progressive == source->progressive && !asks_compression(in) && !told &&
	       out->scans == 0 && out->jpeg_kilobytes == 0 && !asks_palette(in, out) &&
	       out->resolution == source->resolution;
}

static bool
check_source(const struct planning *in, const struct ips_source *s, struct ips_error *err)
{
	if (s->width < 1 || s->height < 1 || s->orientation < 1 || s->orientation > 8)
		return ips_fail(err, IPS_BROKEN_IMAGE, "The facts of the source make no sense.");
	if ((int64_t)s->width * s->height > in->profile->max_pixels)
		return ips_fail(err, IPS_LIMIT,
		    "The source has %d by %d pixels, more than this server accepts.", s->width,
		    s->height);
	return true;
}

static bool
check_sources(const struct planning *in, struct ips_error *err)
{
	for (int i = 0; i < in->objects->count; i++)
		if (!in->objects->object[i].none &&
		    !check_source(in, &in->objects->object[i].source, err))
			return false;
	return true;
}

/* What is stored is a picture, not an answer about one; but the answer may need the plan. */
static bool
check_request(const struct planning *in, struct ips_error *err)
{
	static const struct {
		const char *word;
		bool picture;
	} planned[] = { { "img", true }, { "tmb", true }, { "mask", true }, { "props", false },
		{ "loadcache", false }, { "resolve", false }, { "map", false } };
	const struct ips_value *req = in->request->value[IPS_CMD_REQ];
	const struct ips_value *template = in->request->value[IPS_CMD_TEMPLATE];

	if (template != NULL)
		return ips_fail(
		    err, IPS_NOT_FOUND, "template=%s: there is no such template", template->text);
	for (size_t i = 0; i < IPS_NELEM(planned) && req != NULL; i++)
		if (ips_value_word_is(req, 0, planned[i].word) &&
		    (planned[i].picture || !in->profile->copy))
			return true;
	return req == NULL ||
	       ips_fail(err, IPS_INVALID_PARAMETER,
		   "req=%s: this is no picture; only req=img, tmb and mask can be used here",
		   req->text);
}

bool
ips_plan_make(struct ips_arena *mem, const struct ips_modifier *request,
    const struct ips_objects *objects, const struct ips_plan_profile *profile,
    const struct ips_plan **out, struct ips_error *err)
{
	struct planning in = { mem, request, &request->layer[0], &request->layer[1], objects, NULL,
		{ 0, 0 }, { 0, 0 }, profile };
	struct ips_plan *plan = IPS_NEW(mem, struct ips_plan);
	struct ips_rect rect;

	plan->objects = *objects;
	plan->kernel = find_kernel(&in);
	plan->layer = IPS_NEW_N(mem, struct ips_plan_layer, request->layers - 1);
	in.source = &plan->layer[0].source;
	if (!check_request(&in, err) || !check_sources(&in, err) ||
	    !plan_layers(&in, plan, &rect, err))
		return false;
	in.canvas = size_of(rect);
	if (!plan_view(&in, plan, err))
		return false;
	plan_cover(&in, plan);
	if (!plan_clips(&in, plan, rect, err))
		return false;
	plan_ops(&in, plan);
	plan_effects(&in, plan);
	if (!plan_output(&in, plan, err))
		return false;
	plan->identity = is_identity(&in, plan);
	plan_fuse(plan);
	*out = plan;
	return true;
}

/* ---- Requests inside of others ---- */

/* Published as ignored there; template= is filled in before. */
const enum ips_cmd ips_plan_unnested[] = { IPS_CMD_FMT, IPS_CMD_QLT, IPS_CMD_ICC_EMBED,
	IPS_CMD_PRINT_RES, IPS_CMD_QUANTIZE, IPS_CMD_REQ, IPS_CMD_BGC };
const size_t ips_plan_unnested_count = IPS_NELEM(ips_plan_unnested);

void
ips_profile_nest(struct ips_plan_profile *profile)
{
	profile->copy = profile->nested = true;
	profile->default_width = profile->default_height = 0;
	profile->max_width = profile->max_height = 0;
}

void
ips_plan_result(const struct ips_plan *plan, struct ips_source *out)
{
	const struct ips_output *made = &plan->output;

	*out = (struct ips_source){
		.format = plan->layer[0].source.format,
		.width = plan->frame.width,
		.height = plan->frame.height,
		.orientation = 1,
		.bits = made->bits,
		.space = made->space,
		.alpha = made->alpha,
		.profile = made->profile.own > 0,
		.pages = 1,
		.resolution = plan->layer[0].source.resolution,
	};
}

int
ips_plan_files(const struct ips_plan *plan)
{
	int files = plan->objects.count;

	for (int i = 0; i < plan->objects.count; i++) {
		const struct ips_object *object = &plan->objects.object[i];
		if (object->plan != NULL)
			files = MAX(files, object->first + ips_plan_files(object->plan));
	}
	return files;
}

bool
ips_plan_is_identity(const struct ips_plan *plan)
{
	return plan->identity;
}

enum ips_format
ips_plan_format(const struct ips_plan *plan)
{
	return plan->identity ? plan->layer[0].source.format : plan->output.format;
}

struct ips_size
ips_plan_size(const struct ips_plan *plan)
{
	return size_of(plan->frame);
}

void
ips_plan_reply(const struct ips_plan *plan, struct ips_reply *out)
{
	*out = (struct ips_reply){
		.space = plan->output.space,
		.alpha = plan->output.alpha,
		.quality = plan->output.quality,
		.resolution = plan->output.resolution,
		.xmp = plan->output.keep_xmp,
		.embeds = plan->output.embed,
		.profile = plan->output.profile.own ? NULL : plan->output.profile.icc,
		.paths = plan->output.keep_paths,
		.background = plan->output.background,
	};
}
