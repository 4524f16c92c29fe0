/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text layers: what their commands say, and how large they are. Source: text=, textPs=, textAttr=,
 * textPath=, pathAttr=, textFlowPath=, size= and "Text layers" of the protocol reference. */
#include "plan_priv.h"

#include <math.h>

#define MAX_STEPS 5000 /* of one path */

/* Not registered by anybody, but always there. */
static const struct ips_fonts fonts_builtin = { .dflt = "DejaVu Sans", .synthesize = true };

bool
plan_is_text(const struct ips_layer *asked)
{
	return asked->value[IPS_CMD_TEXT] != NULL || asked->value[IPS_CMD_TEXT_PS] != NULL;
}

/* The box, if there is one: width alone means as high as the text. */
static bool
read_box(const struct ips_layer *asked, struct ips_size base, struct ips_text *text,
    struct ips_error *err)
{
	const struct ips_value *px = asked->value[IPS_CMD_SIZE];
	const struct ips_value *n = asked->value[IPS_CMD_SIZE_N];
	const double *v = px ? px->number : n ? n->number : NULL;

	if (v == NULL)
		return true;
	if (v[0] == 0)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "size=%s: a text box must have a width; its height may be 0",
		    (px ? px : n)->text);
	text->box.width = MAX(1, ips_round(fmin(1e6, px ? v[0] : v[0] * base.width)));
	if (v[1] > 0)
		text->box.height = MAX(1, ips_round(fmin(1e6, px ? v[1] : v[1] * base.height)));
	return true;
}

static int
word_of(const struct ips_value *value, int n, int dflt)
{
	return value->words > n && value->word[n] != IPS_NO_WORD ? value->word[n] : dflt;
}

/* textPs= knows neither other fits nor other wraps, text= not all kinds of edges. */
static void
read_attributes(const struct ips_value *attr, struct ips_text *text)
{
	text->resolution = 72;
	text->smoothing = IPS_SMOOTHING_NORM;
	if (attr == NULL)
		return;
	text->resolution = (int)attr->number[0];
	text->smoothing = (enum ips_smoothing)word_of(attr, 0, IPS_SMOOTHING_NORM);
	if (text->ps)
		return;
	if (text->smoothing >= IPS_SMOOTHING_CRISP && text->smoothing <= IPS_SMOOTHING_STRONG)
		text->smoothing = IPS_SMOOTHING_NORM; /* Photoshop's own */
	text->fit = (enum ips_text_fit)word_of(attr, 1, IPS_TEXT_FIXED);
	text->wrap = (enum ips_text_wrap)word_of(attr, 2, IPS_TEXT_WRAP);
}

static bool
read_path(const struct planning *in, const struct ips_value *value, const struct ips_path **out,
    struct ips_error *err)
{
	const struct ips_path *path;

	if (value == NULL || *value->text == '\0')
		return true;
	path = ips_path_parse(in->mem, value->text);
	if (path->count > MAX_STEPS)
		return ips_fail(err, IPS_LIMIT, "%s=: a path may have %d points at most",
		    ips_command(value->cmd)->name, MAX_STEPS);
	*out = path;
	return true;
}

static bool
read_path_attributes(const struct ips_value *attr, struct ips_text *text, struct ips_error *err)
{
	text->start = 0;
	text->end = 1;
	if (attr == NULL)
		return true;
	text->reverse = ips_value_word_is(attr, 0, "reverse");
	if (attr->count > 0)
		text->start = attr->number[0];
	if (attr->count > 1)
		text->end = attr->number[1];
	if (text->start < 1 && text->end > text->start && text->end <= text->start + 1)
		return true;
	return ips_fail(err, IPS_INVALID_PARAMETER,
	    "pathAttr=%s: the start must be below 1, the end above the start and no more than "
	    "the start plus 1",
	    attr->text);
}

static bool
read_paths(const struct planning *in, const struct ips_layer *asked, struct ips_text *text,
    struct ips_error *err)
{
	const struct ips_value *angle = asked->value[IPS_CMD_TEXT_ANGLE];

	if (!text->ps)
		return true;
	if (!read_path(in, asked->value[IPS_CMD_TEXT_PATH], &text->path, err) ||
	    !read_path(in, asked->value[IPS_CMD_TEXT_FLOW_PATH], &text->flow, err) ||
	    !read_path(in, asked->value[IPS_CMD_TEXT_FLOW_X_PATH], &text->around, err))
		return false;
	if (text->path != NULL && text->flow != NULL)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "textPath= and textFlowPath= cannot be used in one layer");
	if (text->path != NULL)
		return read_path_attributes(asked->value[IPS_CMD_PATH_ATTR], text, err);
	text->angle = angle != NULL ? fmod(angle->number[0], 360) : 0;
	return true;
}

/* Published: a layer that follows its text has no side to align different lines to. */
static bool
check_aligns(const struct ips_text *text, struct ips_error *err)
{
	if (text->ps || text->rtf->aligns <= 1 || (text->box.width > 0 && text->box.height > 0))
		return true;
	return ips_fail(err, IPS_INVALID_PARAMETER,
	    "text=: only one of \\ql, \\qr and \\qc may be used if size= gives no height");
}

static bool
read_text(const struct planning *in, const struct ips_layer *asked, struct ips_size base,
    struct ips_text *text, struct ips_error *err)
{
	const struct ips_value *value = asked->value[IPS_CMD_TEXT];
	bool cmyk = ips_value_word_is(in->request->value[IPS_CMD_FMT], 1, "cmyk");

	text->ps = value == NULL;
	if (text->ps)
		value = asked->value[IPS_CMD_TEXT_PS];
	text->fonts = in->profile->fonts != NULL ? in->profile->fonts : &fonts_builtin;
	read_attributes(asked->value[IPS_CMD_TEXT_ATTR], text);
	return ips_rtf_read(in->mem, value->cmd, value->text, cmyk, &text->rtf, err) &&
	       read_box(asked, base, text, err) && read_paths(in, asked, text, err);
}

/* Letters may reach beyond the rectangle of textPs=. They are drawn where nothing else depends on
 * it, and cut off where something does. */
static bool
may_reach_out(const struct ips_plan_layer *layer)
{
	static const enum ips_cmd bound[] = { IPS_CMD_ANCHOR, IPS_CMD_ANCHOR_N, IPS_CMD_ORIGIN,
		IPS_CMD_ORIGIN_N, IPS_CMD_CROP, IPS_CMD_CROP_N, IPS_CMD_EXTEND, IPS_CMD_EXTEND_N,
		IPS_CMD_COLOR, IPS_CMD_BG_COLOR, IPS_CMD_MASK, IPS_CMD_CLIP_PATH,
		IPS_CMD_CLIP_X_PATH, IPS_CMD_PERSPECTIVE, IPS_CMD_PERSPECTIVE_N };

	for (size_t i = 0; i < IPS_NELEM(bound); i++)
		if (layer->asked->value[bound[i]] != NULL)
			return false;
	return layer->text->ps && layer->asked->number > 0;
}

static struct ips_rect
rect_around(struct ips_rect a, struct ips_rect b)
{
	int x = MIN(a.x, b.x), y = MIN(a.y, b.y);

	return (struct ips_rect){ x, y, MAX(a.x + a.width, b.x + b.width) - x,
		MAX(a.y + a.height, b.y + b.height) - y };
}

/* The part of the text's plane that is the picture; nothing of the text is further away than that.
 */
static bool
place(const struct planning *in, struct ips_plan_layer *layer, const struct ips_text_facts *facts,
    struct ips_error *err)
{
	struct ips_rect rect = whole(facts->size), all = rect_around(rect, facts->ink);
	struct ips_size size;

	if (may_reach_out(layer) && facts->ink.width > 0 &&
	    plan_size(in, all.width, all.height, &size, NULL))
		rect = all;
	if (!plan_size(in, rect.width, rect.height, &size, err))
		return false;
	layer->drawn = rect;
	layer->anchor[0] = (facts->anchored ? facts->anchor[0] : facts->size.width / 2.0) - rect.x;
	layer->anchor[1] = (facts->anchored ? facts->anchor[1] : facts->size.height / 2.0) - rect.y;
	return true;
}

/* A path to clip by is the box, where nothing else says how large it is. */
static bool
box_by_path(const struct planning *in, struct ips_plan_layer *layer, struct ips_text *text,
    struct ips_error *err)
{
	if (layer->asked->value[IPS_CMD_CLIP_PATH] == NULL || text->box.width > 0 ||
	    text->path != NULL || text->flow != NULL)
		return true;
	return plan_path_extent(in, layer, &text->box, err);
}

bool
plan_text(const struct planning *in, struct ips_plan_layer *layer, struct ips_size base,
    struct ips_error *err)
{
	struct ips_text *text = IPS_NEW(in->mem, struct ips_text);
	struct ips_text_facts facts;

	if (!read_text(in, layer->asked, base, text, err) || !box_by_path(in, layer, text, err) ||
	    !check_aligns(text, err))
		return false;
	if (in->profile->measure == NULL)
		return ips_fail(err, IPS_UNSUPPORTED, "text cannot be set here");
	if (!in->profile->measure(text, &facts, err))
		return false;
	layer->kind = IPS_CONTENT_TEXT;
	layer->text = text;
	if (!place(in, layer, &facts, err))
		return false;
	layer->source = (struct ips_source){ .format = IPS_FORMAT_PNG,
		.width = layer->drawn.width,
		.height = layer->drawn.height,
		.orientation = 1,
		.bits = 8,
		.space = IPS_SPACE_RGB,
		.alpha = true,
		.pages = 1 };
	return true;
}
