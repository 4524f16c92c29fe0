/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Naive conversion: arithmetic instead of profiles. Components run from 0 to 1. */
#include "icc.h"

static const int colors[] = { [IPS_SPACE_RGB] = 3, [IPS_SPACE_GRAY] = 1, [IPS_SPACE_CMYK] = 4 };

static void
to_rgb(enum ips_space from, const double *in, double rgb[3])
{
	for (int i = 0; i < 3; i++)
		rgb[i] = from == IPS_SPACE_CMYK   ? (1 - in[i]) * (1 - in[3]) /* R26 */
			 : from == IPS_SPACE_GRAY ? in[0]
						  : in[i];
}

void
naive_color(enum ips_space from, enum ips_space to, const double *in, double *out)
{
	double rgb[3];

	to_rgb(from, in, rgb);
	if (to == IPS_SPACE_GRAY) { /* R35 */
		out[0] = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
		return;
	}
	double most = MAX(rgb[0], MAX(rgb[1], rgb[2]));
	for (int i = 0; i < 3; i++)
		out[i] = to == IPS_SPACE_RGB ? rgb[i] : most > 0 ? 1 - rgb[i] / most : 0;
	if (to == IPS_SPACE_CMYK)
		out[3] = 1 - most;
}

struct run {
	enum ips_space from, to;
	bool deep, alpha;
};

static double
sample(const VipsPel *row, bool deep, int at)
{
	return deep ? ((const uint16_t *)row)[at] / 65535.0 : row[at] / 255.0;
}

static void
put(VipsPel *row, bool deep, int at, double value)
{
	if (deep)
		((uint16_t *)row)[at] = (uint16_t)(value * 65535 + 0.5);
	else
		row[at] = (VipsPel)(value * 255 + 0.5);
}

static void
convert_row(void *arg, const VipsPel *from, VipsPel *to, int width)
{
	const struct run *run = arg;
	int n = colors[run->from], m = colors[run->to];

	for (int x = 0; x < width; x++) {
		int at = x * (n + run->alpha), into = x * (m + run->alpha);
		double in[4], out[4];

		for (int i = 0; i < n; i++)
			in[i] = sample(from, run->deep, at + i);
		naive_color(run->from, run->to, in, out);
		for (int i = 0; i < m; i++)
			put(to, run->deep, into + i, out[i]);
		if (run->alpha)
			put(to, run->deep, into + m, sample(from, run->deep, at + n));
	}
}

bool
naive_convert(struct job *job, enum ips_space to, struct ips_error *err)
{
	struct run *run = VIPS_NEW(job->scope, struct run);
	VipsImage **slot = job_slot(job);

	*run = (struct run){ space_of(job->image), to, sample_max(job->image) > 255,
		vips_image_hasalpha(job->image) };
	if (run->from == to)
		return true;
	*slot = vips_image_new();
	if (vips_image_pipelinev(*slot, VIPS_DEMAND_STYLE_THINSTRIP, job->image, NULL))
		return job_fail(job, err);
	(*slot)->Bands = colors[to] + run->alpha;
	(*slot)->Type = interpretation_of(to, run->deep);
	return job_step(job, job_rows(job, *slot, convert_row, run), slot, err);
}
