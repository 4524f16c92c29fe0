/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* How much memory a render will take, told from headers alone. Rather too much than too little, and
 * never more exact than it has to be: what counts is whether pixels flow or are held. */
#include "plan_priv.h"

#define STRIP 256 /* rows that are on their way where pixels flow */

/* Decoders that hold the whole picture, and encoders. A progressive JPEG or an interlaced PNG does,
 * too. */
static const bool decoder_holds[IPS_FORMAT_COUNT] = {
	[IPS_FORMAT_GIF] = true,
	[IPS_FORMAT_WEBP] = true,
	[IPS_FORMAT_AVIF] = true,
	[IPS_FORMAT_HEIC] = true,
	[IPS_FORMAT_JP2] = true,
	[IPS_FORMAT_BMP] = true,
};
static const int encoder_holds[IPS_FORMAT_COUNT] = {
	/* how many pictures' worth */
	[IPS_FORMAT_GIF] = 2,
	[IPS_FORMAT_WEBP] = 3,
	[IPS_FORMAT_AVIF] = 8,
	[IPS_FORMAT_HEIC] = 8,
	[IPS_FORMAT_JP2] = 6,
	[IPS_FORMAT_PDF] = 2,
	[IPS_FORMAT_EPS] = 2,
};

static int64_t
pixel_bytes(enum ips_space space, bool alpha, int bits)
{
	static const int bands[] = {
		[IPS_SPACE_RGB] = 3, [IPS_SPACE_GRAY] = 1, [IPS_SPACE_CMYK] = 4
	};

	return (int64_t)(bands[space] + alpha) * bits / 8;
}

static int64_t
area(struct ips_size size)
{
	return (int64_t)size.width * size.height;
}

/* Pixels of a picture of that size: all of them, or those that are on their way. */
static int64_t
part(struct ips_size size, bool held)
{
	return held ? area(size) : (int64_t)size.width * MIN(size.height, STRIP);
}

int64_t
ips_source_cost(const struct ips_source *source, int shrink)
{
	struct ips_size size = { source->width, source->height };
	bool held = source->progressive || decoder_holds[source->format];

	/* What a progressive JPEG holds are coefficients of its full size, of 16 bits each. */
	if (source->format == IPS_FORMAT_JPEG && source->progressive)
		return area(size) * pixel_bytes(source->space, false, 16);
	size = (struct ips_size){ MAX(size.width / shrink, 1), MAX(size.height / shrink, 1) };
	return part(size, held) * pixel_bytes(source->space, source->alpha, source->bits);
}

/* Steps that read their input in another order than it comes in, so that it is settled first. */
static bool
settles(const struct ips_plan_layer *layer)
{
	return layer->rotated || layer->warped || layer->turn > 2 ||
	       layer->scaled.width > layer->crop.width ||
	       layer->scaled.height > layer->crop.height || layer->effects.count > 0 ||
	       layer->mask > 0 || layer->kind == IPS_CONTENT_TEXT;
}

static int64_t
object_cost(const struct ips_plan *plan, int object, int shrink)
{
	const struct ips_object *o = &plan->objects.object[object];

	return o->plan != NULL ? ips_plan_cost(o->plan) : ips_source_cost(&o->source, shrink);
}

static int64_t
layer_cost(const struct ips_plan *plan, const struct ips_plan_layer *layer)
{
	int64_t bytes = pixel_bytes(plan->working, true, plan->output.bits), cost = 0;
	struct ips_size extent = { layer->extent.width, layer->extent.height };
	bool held = settles(layer);

	if (layer->kind == IPS_CONTENT_OBJECT)
		cost += object_cost(plan, layer->object, layer->shrink);
	if (layer->mask > 0)
		cost += object_cost(plan, layer->mask, 1);
	cost += part(layer->scaled, held) * bytes;
	if (layer->rotated || layer->warped)
		cost += part(layer->turned, true) * bytes;
	/* Each effect is drawn and laid over what there is. */
	cost += area(extent) * bytes * layer->effects.count;
	return cost + part(extent, held || !plan->alone) * bytes;
}

static int64_t
output_cost(const struct ips_plan *plan)
{
	const struct ips_output *out = &plan->output;
	struct ips_size frame = { plan->frame.width, plan->frame.height };
	int64_t bytes = pixel_bytes(out->space, out->alpha, out->bits);
	int64_t held = encoder_holds[out->format] + 2 * out->palette + 2 * out->progressive;

	/* And what is written: no more than its samples. */
	return area(frame) * bytes * (held + 1);
}

#define BASE ((int64_t)24 << 20) /* tables, threads, caches */

int64_t
ips_plan_cost(const struct ips_plan *plan)
{
	struct ips_size view = { plan->view.width, plan->view.height };
	int64_t bytes = pixel_bytes(plan->working, true, plan->output.bits), cost = BASE;

	if (plan->identity)
		return cost;
	for (int i = 0; i < plan->layers; i++)
		cost += layer_cost(plan, &plan->layer[i]);
	bool held = plan->view_effects.count > 0 || plan->view_ops.count > 0 || plan->mirror > 2;
	cost += (part(plan->resized, held) + part(view, held)) * bytes;
	return cost + output_cost(plan);
}
