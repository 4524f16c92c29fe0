/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The op_ commands into operations. Commands are attributes: the table says in which order they
 * act, not the request (R13). */
#include "plan_priv.h"

#include <math.h>

static const double luma[3] = { 0.299, 0.587, 0.114 }; /* R35 */

struct given {
	const struct ips_value *value;
	double scaled[2];    /* of the scaling that comes before, from full resolution */
	double composite[2]; /* pixels here for one of the composite */
	bool gray;           /* and nothing has given it colours yet */
};

/* Fills in what the command asks for; false if that is nothing. */
typedef bool build(const struct given *given, struct ips_op *op);

static double
number(const struct given *given, int i)
{
	return given->value->count > i ? given->value->number[i] : 0;
}

static bool
linear(struct ips_op *op, double gain, double offset)
{
	for (int i = 0; i < 3; i++) {
		op->matrix[4 * i] = gain;
		op->offset[i] = offset;
	}
	return true;
}

/* 100 is half of the range (R34). */
static bool
brightness(const struct given *given, struct ips_op *op)
{
	return linear(op, 1, number(given, 0) / 200);
}

static bool
contrast(const struct given *given, struct ips_op *op)
{
	double gain = 1 + number(given, 0) / 100;

	return linear(op, gain, (1 - gain) / 2);
}

static bool
saturation(const struct given *given, struct ips_op *op)
{
	double gain = 1 + number(given, 0) / 100;

	linear(op, gain, 0);
	for (int i = 0; i < 9; i++)
		op->matrix[i] += (1 - gain) * luma[i % 3];
	return true;
}

static bool
colorbalance(const struct given *given, struct ips_op *op)
{
	linear(op, 1, 0);
	for (int i = 0; i < 3; i++)
		op->offset[i] = number(given, i) / 200;
	return true;
}

static bool
hue(const struct given *given, struct ips_op *op)
{
	op->degrees = number(given, 0);
	return op->degrees != 0;
}

static bool
colorize(const struct given *given, struct ips_op *op)
{
	for (int i = 0; i < 3; i++)
		op->color[i] = given->value->color.channel[i] / 255.0;
	op->norm = !ips_value_word_is(given->value, 0, "off");
	op->spread = number(given, 0) / 100;
	return true;
}

static bool
invert(const struct given *given, struct ips_op *op)
{
	return number(given, 0) != 0 && linear(op, -1, 1);
}

static bool
noise(const struct given *given, struct ips_op *op)
{
	op->amount = number(given, 0) / 100;
	op->gaussian = ips_value_word_is(given->value, 0, "gaussian");
	op->luma = number(given, 1) != 0 || given->gray;
	return op->amount > 0;
}

static bool
grow(const struct given *given, struct ips_op *op)
{
	op->radius = number(given, 0) * sqrt(given->composite[0] * given->composite[1]);
	return op->radius != 0;
}

/* Below this a Gaussian has no weight outside its own pixel. */
#define LEAST_SIGMA 0.15

static bool
unsharp(struct ips_op *op, double amount, double sigma, const double factor[2])
{
	op->amount = amount;
	op->sigma[0] = sigma * factor[0];
	op->sigma[1] = sigma * factor[1];
	return amount != 0 && fmax(op->sigma[0], op->sigma[1]) >= LEAST_SIGMA;
}

/* The mask taken away once leaves what is blurred (R36). */
static bool
blur(const struct given *given, struct ips_op *op)
{
	return unsharp(op, -1, number(given, 0) / 2, given->composite);
}

/* "Basic": a mask of the size of the softness that resampling leaves behind. */
static bool
sharpen(const struct given *given, struct ips_op *op)
{
	static const double as_is[2] = { 1, 1 };

	return number(given, 0) != 0 && unsharp(op, 1, 0.75, as_is);
}

static bool
usm_r(const struct given *given, struct ips_op *op)
{
	static const double as_is[2] = { 1, 1 };

	op->threshold = number(given, 2) / 255;
	op->luma = op->rgb = number(given, 3) != 0;
	return unsharp(op, number(given, 0), number(given, 1), as_is);
}

/* Of the full resolution, but never more than that of what is enlarged (R37). */
static bool
usm(const struct given *given, struct ips_op *op)
{
	double factor[2] = { fmin(1, given->scaled[0]), fmin(1, given->scaled[1]) };

	return usm_r(given, op) && unsharp(op, number(given, 0), number(given, 1), factor);
}

static const struct row {
	enum ips_cmd cmd;
	enum ips_op_kind kind;
	build *build;
	bool rgb, tints;
} rows[] = {
	{ IPS_CMD_OP_BRIGHTNESS, IPS_OP_LINEAR, brightness, true, false },
	{ IPS_CMD_OP_CONTRAST, IPS_OP_LINEAR, contrast, true, false },
	{ IPS_CMD_OP_SATURATION, IPS_OP_LINEAR, saturation, true, false },
	{ IPS_CMD_OP_HUE, IPS_OP_HUE, hue, true, false },
	{ IPS_CMD_OP_COLORBALANCE, IPS_OP_LINEAR, colorbalance, true, true },
	{ IPS_CMD_OP_COLORIZE, IPS_OP_COLORIZE, colorize, true, true },
	{ IPS_CMD_OP_INVERT, IPS_OP_LINEAR, invert, false, false },
	{ IPS_CMD_OP_NOISE, IPS_OP_NOISE, noise, true, false },
	{ IPS_CMD_OP_GROW, IPS_OP_GROW, grow, true, false },
	{ IPS_CMD_OP_BLUR, IPS_OP_UNSHARP, blur, false, false },
	{ IPS_CMD_OP_SHARPEN, IPS_OP_UNSHARP, sharpen, false, false },
	{ IPS_CMD_OP_USM, IPS_OP_UNSHARP, usm, false, false },
	{ IPS_CMD_OP_USM_R, IPS_OP_UNSHARP, usm_r, false, false },
};
_Static_assert(IPS_NELEM(rows) <= IPS_MAX_OPS, "every command may be given at once");

static void
collect(const struct ips_layer *layer, struct given given, struct ips_ops *ops)
{
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		const struct row *row = &rows[i];
		struct ips_op op = { .kind = row->kind, .rgb = row->rgb, .tints = row->tints };

		given.value = layer->value[row->cmd];
		if (given.value == NULL || !row->build(&given, &op))
			continue;
		ops->op[ops->count++] = op;
		given.gray &= !row->tints;
	}
}

void
plan_effect_ops(const struct ips_layer *effect, const double scale[2], struct ips_ops *out)
{
	struct given given = { NULL, { 1, 1 }, { scale[0], scale[1] }, false };

	collect(effect, given, out);
}

static bool
is_gray(const struct ips_plan_layer *layer)
{
	return layer->source.space == IPS_SPACE_GRAY && !plan_cover_tints(layer);
}

/* The sides are scaled alike, and may have changed places since. */
static double
layer_scale(const struct ips_plan_layer *layer)
{
	return sqrt((double)layer->scaled.width / layer->crop.width * layer->scaled.height /
		    layer->crop.height);
}

/* A thumbnail's picture is scaled in its layer already, for the view (see layer.c). */
static double
thumb_scale(const struct planning *in, const struct ips_plan *plan)
{
	const struct ips_value *const *value = in->base->value;

	if (!asks_for(in, "tmb") || value[IPS_CMD_SIZE] || value[IPS_CMD_SCALE] ||
	    value[IPS_CMD_RES] || !has_picture(&plan->layer[0]))
		return 1;
	return layer_scale(&plan->layer[0]);
}

/* False: what follows sees colours. */
static bool
layer_ops(struct ips_plan_layer *layer)
{
	double scaled = layer_scale(layer);
	struct given given = { NULL, { scaled, scaled }, { 1, 1 }, is_gray(layer) };

	collect(layer->asked, given, &layer->ops);
	for (int i = 0; i < layer->ops.count; i++)
		given.gray &= !layer->ops.op[i].tints;
	return given.gray;
}

void
plan_ops(const struct planning *in, struct ips_plan *plan)
{
	double x = (double)plan->resized.width / plan->window.width;
	double y = (double)plan->resized.height / plan->window.height;
	double own = thumb_scale(in, plan);
	struct given given = { NULL, { x * own, y * own }, { x, y }, true };

	for (int i = 0; i < plan->layers; i++)
		given.gray &= layer_ops(&plan->layer[i]);
	collect(in->comp, given, &plan->view_ops);
}
