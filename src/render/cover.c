/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Opacity, and a colour behind what shows through: one pass that reads every pixel once. */
#include "render_priv.h"

struct run {
	bool invert, deep;
	int bands; /* alpha is the last */
	float opacity, behind;
	float fill[4]; /* samples */
};

static float
sample(const struct run *run, const VipsPel *row, int at)
{
	return run->deep ? ((const uint16_t *)row)[at] : row[at];
}

static void
put(const struct run *run, VipsPel *row, int at, float value)
{
	if (run->deep)
		((uint16_t *)row)[at] = (uint16_t)(value + 0.5F);
	else
		row[at] = (VipsPel)(value + 0.5F);
}

/* "Over" with the picture above, colours not multiplied by alpha. */
static void
cover_row(void *arg, const VipsPel *from, VipsPel *to, int width)
{
	const struct run *run = arg;
	const float max = run->deep ? 65535 : 255;
	int last = run->bands - 1;

	for (int x = 0, at = 0; x < width; x++, at += run->bands) {
		float a = sample(run, from, at + last) / max;
		a = run->opacity * (run->invert ? 1 - a : a);
		float rest = (1 - a) * run->behind, sum = a + rest;

		for (int i = 0; i < last; i++) {
			float c = sample(run, from, at + i);
			put(run, to, at + i, rest > 0 ? (c * a + run->fill[i] * rest) / sum : c);
		}
		put(run, to, at + last, sum * max);
	}
}

bool
cover(struct job *job, const struct ips_cover *cover, struct ips_error *err)
{
	if (ips_cover_idle(cover) || !vips_image_hasalpha(job->image))
		return true;
	VipsImage **slot = job_slot(job);
	struct run *run = VIPS_NEW(job->scope, struct run);
	double max = sample_max(job->image), fill[4] = { 0 };

	if (cover->behind.alpha > 0 && !colour_of(job, &cover->behind, fill, err))
		return false;
	*run = (struct run){ .invert = cover->invert,
		.deep = max > 255,
		.bands = vips_image_get_bands(job->image),
		.opacity = (float)cover->opacity,
		.behind = cover->behind.alpha / 255.0F };
	for (int i = 0; i < 4; i++)
		run->fill[i] = (float)(fill[i] * max);
	*slot = vips_image_new();
	return job_step(job,
	    vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_THINSTRIP, job->image, NULL) ||
		job_rows(job, *slot, cover_row, run),
	    slot, err);
}
