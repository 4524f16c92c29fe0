/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* out = in + amount (in - in blurred), in one pass over the picture: each row is fetched and
 * blurred across once, kept while rows below it need it, and blurred down as rows are asked for. */
#include "lanes.h"

#include <string.h>

struct run {
	struct lanes lanes;
	float amount;
	int threshold; /* in lanes */
	struct gauss x, y;
	struct cells *cells; /* or these instead of both */
};

/* What a thread remembers: rows [begin, end) of the picture, row y in place y % room. */
struct window {
	const struct run *run;
	VipsRegion *in;
	int left, width, begin, end, room;
	VipsPel *raw;             /* as they are */
	uint16_t *soft;           /* blurred across */
	uint16_t *line, *blurred; /* one row on its way in, and out */
};

static VipsPel *
raw_row(const struct window *w, int y)
{
	return w->raw + (gsize)(y % w->room) * (gsize)w->width * w->run->lanes.size;
}

static uint16_t *
soft_row(const struct window *w, int y)
{
	return w->soft + (gsize)(y % w->room) * (gsize)(w->width * w->run->lanes.count);
}

static void
window_clear(struct window *w)
{
	g_clear_pointer(&w->raw, g_free);
	g_clear_pointer(&w->soft, g_free);
	g_clear_pointer(&w->line, g_free);
	g_clear_pointer(&w->blurred, g_free);
}

static void
window_resize(struct window *w, const VipsRect *area)
{
	const struct run *run = w->run;
	gsize lanes = (gsize)(area->width * run->lanes.count);

	window_clear(w);
	w->left = area->left, w->width = area->width;
	w->room = area->height + 2 * run->y.radius;
	w->raw = g_malloc((gsize)w->room * (gsize)w->width * run->lanes.size);
	w->soft = g_new(uint16_t, (gsize)w->room * lanes);
	w->line = g_new(uint16_t, lanes + (gsize)(2 * run->x.radius * run->lanes.count));
	w->blurred = g_new(uint16_t, lanes);
}

/* Beyond the picture its edges repeat. */
static void
take_row(struct window *w, const VipsRect *got, int y)
{
	const struct run *run = w->run;
	const uint16_t *tap[2 * GAUSS_RADIUS + 1];
	int n = run->lanes.count, reach = run->x.radius;
	int before = (got->left - (w->left - reach)) * n;
	int end = before + got->width * n, all = (w->width + 2 * reach) * n;

	memcpy(
	    raw_row(w, y), VIPS_REGION_ADDR(w->in, w->left, y), (gsize)w->width * run->lanes.size);
	lanes_read(
	    &run->lanes, VIPS_REGION_ADDR(w->in, got->left, y), got->width, w->line + before);
	for (int i = before - 1; i >= 0; i--)
		w->line[i] = w->line[i + n];
	for (int i = end; i < all; i++)
		w->line[i] = w->line[i - n];
	for (int k = 0; k <= 2 * reach; k++)
		tap[k] = w->line + k * n;
	gauss_blend(&run->x, tap, w->width * n, soft_row(w, y));
}

/* Makes sure of rows first to last; what is there already is not fetched again. */
static bool
window_fill(struct window *w, const VipsRect *area, int first, int last)
{
	VipsRect all = { 0, 0, w->in->im->Xsize, w->in->im->Ysize }, want, got;
	bool fits = w->raw != NULL && w->left == area->left && w->width == area->width &&
		    w->room >= area->height + 2 * w->run->y.radius;

	if (!fits)
		window_resize(w, area);
	if (!fits || first < w->begin || first < w->end - w->room || first > w->end)
		w->begin = w->end = first;
	if (w->end > last)
		return true;
	want = (VipsRect){ w->left - w->run->x.radius, w->end, w->width + 2 * w->run->x.radius,
		last + 1 - w->end };
	vips_rect_intersectrect(&all, &want, &got);
	if (vips_region_prepare(w->in, &got))
		return false;
	for (; w->end <= last; w->end++)
		take_row(w, &got, w->end);
	return true;
}

/* In eighths of a level, which hold five times the range either way. */
FOLDED int16_t
change_of(const struct run *run, uint16_t sharp, uint16_t soft)
{
	int16_t amount = (int16_t)(run->amount * 4096), threshold = (int16_t)run->threshold;
	int16_t d = (int16_t)(sharp - soft), away = (int16_t)(d < 0 ? -d : d);
	int16_t change = (int16_t)(((int32_t)d * amount) >> 16);

	return away > threshold ? change : (int16_t)0;
}

FOLDED VipsPel
changed(VipsPel sample, int16_t change)
{
	int16_t v = (int16_t)(((sample << 3) + change + 4) >> 3);

	v = v < 0 ? 0 : v;
	return (VipsPel)(v > 255 ? 255 : v);
}

FOLDED void
mix_plain(const struct run *run, const VipsPel *restrict in, const uint16_t *restrict soft,
    int width, VipsPel *restrict out)
{
	for (int i = 0; i < width * run->lanes.bands; i++)
		out[i] = changed(in[i], change_of(run, (uint16_t)(in[i] << 7), soft[i]));
}

/* Three loops, since a compiler widens the first and the last. */
FOLDED void
mix_luma(const struct run *run, const VipsPel *restrict in, const uint16_t *restrict soft,
    int width, VipsPel *restrict out)
{
	enum { BLOCK = 256 };
	int16_t luma[BLOCK], each[3 * BLOCK];

	for (int at = 0, n; at < width; at += n, in += 3 * n, out += 3 * n) {
		n = MIN(BLOCK, width - at);
		for (int x = 0; x < n; x++)
			luma[x] = change_of(run, lanes_luma(in + 3 * x), soft[at + x]);
		for (int x = 0; x < n; x++)
			each[3 * x] = each[3 * x + 1] = each[3 * x + 2] = luma[x];
		for (int i = 0; i < 3 * n; i++)
			out[i] = changed(in[i], each[i]);
	}
}

/* Colours come out of the sum by dividing by its alpha, before either is cut off: so what is clear
 * around a picture neither darkens nor brightens its edge. */
FOLDED void
mix_pixel(const struct lanes *lanes, const struct run *run, const VipsPel *in, const uint16_t *soft,
    VipsPel *out)
{
	float sample[LANE_BANDS], weighed[LANE_BANDS], change[LANE_BANDS];
	float threshold = (float)run->threshold, amount = run->amount / LANE_ONE;
	int colors = lanes->colors;

	lanes_pixel(lanes, in, sample);
	lanes_weigh(lanes, sample, weighed);
	for (int i = 0; i < lanes->count; i++) {
		float d = weighed[i] * LANE_ONE - soft[i];
		change[i] = d <= threshold && d >= -threshold ? 0 : amount * d;
	}
	float alpha = lanes->alpha ? sample[colors] : 1;
	float sum = lanes->alpha ? alpha + change[lanes->count - 1] : 1;
	for (int i = 0; sum > 0 && i < colors; i++)
		sample[i] = (sample[i] * alpha + change[lanes->luma ? 0 : i]) / sum;
	if (lanes->alpha)
		sample[colors] = sum;
	lanes_put(lanes, sample, out);
}

FOLDED void
mix_as(struct lanes lanes, const struct run *run, const VipsPel *restrict in,
    const uint16_t *restrict soft, int width, VipsPel *restrict out)
{
	for (int x = 0; x < width; x++) {
		mix_pixel(&lanes, run, in, soft, out);
		in += lanes.size, soft += lanes.count, out += lanes.size;
	}
}

WIDE static void
mix(const struct run *run, const VipsPel *in, const uint16_t *soft, int width, VipsPel *out)
{
	if (lanes_are_plain(&run->lanes))
		mix_plain(run, in, soft, width, out);
	else if (lanes_are_luma(&run->lanes))
		mix_luma(run, in, soft, width, out);
	else
		LANES_FOLD(&run->lanes, mix_as, run, in, soft, width, out);
}

static int
generate_near(struct window *w, VipsRegion *out, const VipsRect *area)
{
	const struct run *run = w->run;
	const uint16_t *tap[2 * GAUSS_RADIUS + 1];
	int last = w->in->im->Ysize - 1, reach = run->y.radius, end = area->top + area->height;

	if (!window_fill(w, area, MAX(0, area->top - reach), MIN(last, end - 1 + reach)))
		return -1;
	for (int y = area->top; y < end; y++) {
		for (int k = 0; k <= 2 * reach; k++)
			tap[k] = soft_row(w, CLAMP(y + k - reach, 0, last));
		gauss_blend(&run->y, tap, w->width * run->lanes.count, w->blurred);
		mix(run, raw_row(w, y), w->blurred, w->width, VIPS_REGION_ADDR(out, area->left, y));
	}
	return 0;
}

static int
generate_far(struct window *w, VipsRegion *out, const VipsRect *area)
{
	const struct run *run = w->run;

	if (vips_region_prepare(w->in, area))
		return -1;
	uint16_t *soft = g_new(uint16_t, (gsize)(area->width * run->lanes.count));
	for (int y = area->top; y < area->top + area->height; y++) {
		cells_row(run->cells, area->left, y, area->width, soft);
		mix(run, VIPS_REGION_ADDR(w->in, area->left, y), soft, area->width,
		    VIPS_REGION_ADDR(out, area->left, y));
	}
	g_free(soft);
	return 0;
}

static int
generate(VipsRegion *out, void *seq, void *in, void *arg, gboolean *stop)
{
	const struct run *run = arg;

	(void)in;
	(void)stop;
	return (run->cells ? generate_far : generate_near)(seq, out, &out->valid);
}

static void *
start(VipsImage *out, void *in, void *arg)
{
	struct window *w = g_new0(struct window, 1);

	(void)out;
	w->run = arg;
	w->in = vips_region_new(in);
	return w;
}

static int
stop(void *seq, void *in, void *arg)
{
	struct window *w = seq;

	(void)in;
	(void)arg;
	window_clear(w);
	g_object_unref(w->in);
	g_free(w);
	return 0;
}

static void
on_close(VipsImage *image, struct cells *cells)
{
	(void)image;
	cells_free(cells);
}

bool
unsharp(struct job *job, const struct ips_op *op, struct ips_error *err)
{
	bool far = MAX(op->sigma[0], op->sigma[1]) > GAUSS_SIGMA;

	if (far && !job_settle(job, err))
		return false;
	VipsImage **slot = job_slot(job);
	struct run *run = VIPS_NEW(job->scope, struct run);
	*run = (struct run){ .lanes = lanes_of(job->image, op->luma), .amount = (float)op->amount };
	*slot = vips_image_new();
	if (far) {
		run->cells = cells_new(&run->lanes, job->image, op->sigma);
		g_signal_connect(*slot, "close", G_CALLBACK(on_close), run->cells);
	} else {
		run->x = gauss_of(op->sigma[0]);
		run->y = gauss_of(op->sigma[1]);
	}
	/* What rounding may leave where nothing differs is not to be made more of. */
	run->threshold =
	    MAX((int)(op->threshold * LANE_ONE), (run->x.radius + run->y.radius) / 2 + 2);
	return job_step(job,
	    vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_FATSTRIP, job->image, NULL) ||
		job_generate(job, *slot, start, generate, stop, job->image, run),
	    slot, err);
}
