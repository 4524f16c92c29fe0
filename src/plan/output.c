/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* How the result is encoded: what the request says, else what the profile keeps or prescribes. */
#include "plan_priv.h"

#include <stdlib.h>

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
	{ .word = "pdf", .format = IPS_FORMAT_PDF },
	{ .word = "eps", .format = IPS_FORMAT_EPS },
	{ .word = "heic", .format = IPS_FORMAT_HEIC },
	{ .word = "jpeg2000", .format = IPS_FORMAT_JP2 },
	{ .word = "jpeg2000-alpha", .format = IPS_FORMAT_JP2, .alpha = true },
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

/* Published: none where nothing is said, and HEIC has but one. A copy that keeps its format is free
 * to choose. */
static enum ips_compression
find_compression(const struct ips_value *value, enum ips_format format)
{
	if (format == IPS_FORMAT_HEIC && value != NULL)
		return IPS_COMPRESSION_LOSSLESS;
	for (size_t i = 1; i < IPS_NELEM(compressions); i++)
		if (ips_value_word_is(value, 2, compressions[i]))
			return (enum ips_compression)i;
	return value != NULL && format == IPS_FORMAT_TIFF ? IPS_COMPRESSION_NONE
							  : IPS_COMPRESSION_DEFAULT;
}

/* What a copy becomes if nothing is asked for: its own format, else the nearest that we write. */
static enum ips_format
format_of_copy(const struct ips_source *source)
{
	if (ips_format_info(source->format)->writes)
		return source->format;
	if (source->space == IPS_SPACE_CMYK)
		return IPS_FORMAT_TIFF;
	return IPS_FORMAT_PNG;
}

static bool
choose_format(const struct planning *in, const struct ips_plan *plan, struct ips_output *out,
    struct ips_error *err)
{
	const struct ips_value *fmt = in->request->value[IPS_CMD_FMT];

	out->mask = asks_for(in, "mask");
	if (in->profile->nested) { /* it holds all that a picture can be */
		out->format = IPS_FORMAT_TIFF;
		out->alpha = plan_has_holes(plan) || plan_shows_beyond(plan);
		return true;
	}
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
	out->compression = find_compression(fmt, out->format);
	return true;
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

/* Elsewhere the second value of qlt= is ignored, as published. */
static bool
has_chroma_flag(const struct ips_output *out)
{
	return out->format == IPS_FORMAT_JPEG || out->compression == IPS_COMPRESSION_JPEG;
}

static void
choose_encoding(const struct planning *in, struct ips_output *out)
{
	const struct ips_value *const *given = in->request->value;
	const struct ips_format_info *info = ips_format_info(out->format);
	const struct ips_value *qlt = given[IPS_CMD_QLT];
	const struct ips_value *print = given[IPS_CMD_PRINT_RES];
	const struct ips_value *pscan = given[IPS_CMD_PSCAN], *size = given[IPS_CMD_JPEG_SIZE];
	const struct ips_value *xmp = given[IPS_CMD_XMP_EMBED];
	const struct ips_value *embed = given[IPS_CMD_PATH_EMBED];

	out->quality = qlt ? (int)qlt->number[0] : in->profile->quality;
	out->chroma_full = qlt && has_chroma_flag(out) ? qlt->count > 1 && qlt->number[1] != 0
						       : in->profile->chroma_full;
	out->scans = pscan && out->progressive ? (int)strtol(pscan->text, NULL, 10) : 0;
	out->jpeg_kilobytes = size && out->format == IPS_FORMAT_JPEG ? (int)size->number[0] : 0;
	out->background = plan_color(background_of(in), out->space);
	out->resolution = print                        ? print->number[0]
			  : in->source->resolution > 0 ? in->source->resolution
						       : in->profile->print_resolution; /* R55 */
	out->keep_paths = embed && embed->number[0] != 0 && in->source->paths > 0 &&
			  (out->format == IPS_FORMAT_JPEG || out->format == IPS_FORMAT_TIFF);
	out->keep_xmp = info->xmp && xmp && xmp->number[0] != 0;
}

bool
plan_output(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	if (!choose_format(in, plan, &plan->output, err) || !plan_space(in, plan, err))
		return false;
	choose_encoding(in, &plan->output);
	if (!plan_quantize(in, &plan->output, err))
		return false;
	plan_alpha(plan);
	return true;
}
