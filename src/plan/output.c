/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* How the result is encoded: what the request says, else what the profile keeps or prescribes. */
#include "plan_priv.h"

#include <math.h>

static const struct fmt {
	const char *word;
	enum ips_format format;
	bool alpha, palette, progressive;
} fmts[] = {
	{ .word = "jpeg", .format = IPS_FORMAT_JPEG },
	{ .word = "jpg", .format = IPS_FORMAT_JPEG },
	{ .word = "pjpeg", .format = IPS_FORMAT_JPEG, .progressive = true },
	{ .word = "png", .format = IPS_FORMAT_PNG },
	{ .word = "png-alpha", .format = IPS_FORMAT_PNG, .alpha = true },
	{ .word = "gif", .format = IPS_FORMAT_GIF },
	{ .word = "gif-alpha", .format = IPS_FORMAT_GIF, .alpha = true },
	{ .word = "tif", .format = IPS_FORMAT_TIFF },
	{ .word = "tif-alpha", .format = IPS_FORMAT_TIFF, .alpha = true },
	{ .word = "webp", .format = IPS_FORMAT_WEBP },
	{ .word = "webp-alpha", .format = IPS_FORMAT_WEBP, .alpha = true },
	{ .word = "avif", .format = IPS_FORMAT_AVIF },
	{ .word = "avif-alpha", .format = IPS_FORMAT_AVIF, .alpha = true },
	{ .word = "png8", .format = IPS_FORMAT_PNG, .palette = true },
	{ .word = "png8-alpha", .format = IPS_FORMAT_PNG, .alpha = true, .palette = true },
};

/* In the order of enum ips_compression. */
static const char *const compressions[] = { "", "none", "lzw", "zip", "jpeg", "lossy", "lossless" };

static const struct fmt *
find_fmt(const struct ips_value *value)
{
	for (size_t i = 0; i < IPS_NELEM(fmts); i++)
		if (ips_value_word_is(value, 0, fmts[i].word))
			return &fmts[i];
	return NULL;
}

static enum ips_compression
find_compression(const struct ips_value *value)
{
	for (size_t i = 1; i < IPS_NELEM(compressions); i++)
		if (ips_value_word_is(value, 2, compressions[i]))
			return (enum ips_compression)i;
	return IPS_COMPRESSION_DEFAULT;
}

/* What a copy becomes if nothing is asked for: its own format, else the nearest that we write. */
static enum ips_format
format_of_copy(const struct ips_source *source)
{
	if (ips_format_info(source->format)->writes)
		return source->format;
	if (source->space == IPS_SPACE_CMYK)
		return IPS_FORMAT_TIFF;
	if (source->format == IPS_FORMAT_HEIC && !source->alpha && source->bits == 8)
		return IPS_FORMAT_JPEG;
	return IPS_FORMAT_PNG;
}

static bool
choose_format(const struct planning *in, const struct ips_plan *plan, struct ips_output *out,
    struct ips_error *err)
{
	const struct ips_value *fmt = in->request->value[IPS_CMD_FMT];

	out->mask = asks_for(in, "mask");
	if (fmt != NULL) {
		const struct fmt *f = find_fmt(fmt);
		if (f == NULL)
			return ips_fail(err, IPS_UNSUPPORTED,
			    "fmt=%s is not offered by this server yet.", fmt->text);
		out->format = f->format;
		out->alpha = f->alpha;
		out->palette = f->palette;
		out->progressive = f->progressive;
	} else if (in->profile->copy) {
		/* A background that is asked for is meant to be seen. */
		out->format = format_of_copy(in->source);
		out->alpha = ips_format_info(out->format)->alpha && !out->mask &&
			     in->request->value[IPS_CMD_BGC] == NULL && plan_has_holes(plan);
	} else {
		out->format = IPS_FORMAT_JPEG;
	}
	out->compression = find_compression(fmt);
	return true;
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

/* Colours turn to gray after the operations on them. */
static enum ips_space
working_space(const struct ips_plan *plan, enum ips_space own, bool need_rgb)
{
	bool any = plan->layer_ops.count > 0 || plan->view_ops.count > 0;

	if (need_rgb || (any && plan->output.space == IPS_SPACE_GRAY && own != IPS_SPACE_GRAY))
		return IPS_SPACE_RGB;
	return plan->output.space;
}

static bool
choose_space(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	struct ips_output *out = &plan->output;
	const struct ips_value *fmt = in->request->value[IPS_CMD_FMT];
	const struct ips_format_info *info = ips_format_info(out->format);
	bool rgb = ips_value_word_is(fmt, 1, "rgb"), gray = ips_value_word_is(fmt, 1, "gray");
	bool cmyk = ips_value_word_is(fmt, 1, "cmyk");
	enum ips_space own = in->source->space;

	bool need_rgb = ops_need_rgb(&plan->layer_ops, own) || ops_need_rgb(&plan->view_ops, own) ||
			(own == IPS_SPACE_GRAY && plan_cover_tints(plan));
	if (cmyk && (own != IPS_SPACE_CMYK || need_rgb))
		return ips_fail(
		    err, IPS_UNSUPPORTED, "fmt=...,cmyk is not offered by this server yet.");
	out->space = gray || (out->mask && !rgb) ? IPS_SPACE_GRAY /* R62 */ : IPS_SPACE_RGB;
	bool free_choice = !rgb && !gray && !cmyk && !out->mask && in->profile->copy && !need_rgb;
	if ((free_choice || cmyk) && own == IPS_SPACE_CMYK && info->cmyk)
		out->space = own;
	if (free_choice && own == IPS_SPACE_GRAY && info->gray)
		out->space = own;
	out->bits = in->profile->copy && info->deep && !out->palette ? in->source->bits : 8;
	plan->working = working_space(plan, own, need_rgb);
	out->keep_profile = in->profile->copy && !out->mask && info->profile && out->space == own &&
			    plan->working == own;
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

static struct ips_color
convert_color(const struct ips_color *from, enum ips_space space)
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

static struct ips_color
fill_color(const struct ips_color *from, enum ips_space space)
{
	struct ips_color to = convert_color(from, space);

	to.alpha = from->alpha;
	return to;
}

static const struct ips_color *
background_of(const struct planning *in)
{
	const struct ips_value *bgc = in->request->value[IPS_CMD_BGC];

	if (bgc != NULL)
		return &bgc->color;
	return asks_for(in, "tmb") && in->profile->thumb.type != IPS_THUMB_CROP
		   ? &in->profile->thumb.background
		   : &in->profile->background;
}

static void
choose_encoding(const struct planning *in, struct ips_output *out)
{
	const struct ips_value *const *given = in->request->value;
	const struct ips_value *qlt = given[IPS_CMD_QLT];
	const struct ips_value *print = given[IPS_CMD_PRINT_RES];
	const struct ips_value *xmp = given[IPS_CMD_XMP_EMBED];

	out->quality = qlt ? (int)qlt->number[0] : in->profile->quality;
	out->chroma_full = qlt ? qlt->count > 1 && qlt->number[1] != 0 : in->profile->chroma_full;
	out->background = convert_color(background_of(in), out->space);
	out->resolution = print                        ? print->number[0]
			  : in->source->resolution > 0 ? in->source->resolution
						       : in->profile->print_resolution; /* R55 */
	out->keep_xmp = xmp && xmp->number[0] != 0;
}

bool
plan_output(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	if (!choose_format(in, plan, &plan->output, err) || !choose_space(in, plan, err))
		return false;
	choose_encoding(in, &plan->output);
	plan->content.behind = fill_color(&plan->content.behind, plan->working);
	plan->ground.behind = fill_color(&plan->ground.behind, plan->working);
	plan->transparent = plan->output.mask || plan_needs_alpha(plan);
	return true;
}
