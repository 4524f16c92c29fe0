/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "outline.h"

static void
put_step(cairo_t *cr, const struct ips_path_step *step)
{
	const double *at = step->at;

	switch (step->verb) {
	case IPS_PATH_MOVE:
		cairo_move_to(cr, at[0], at[1]);
		break;
	case IPS_PATH_LINE:
		cairo_line_to(cr, at[0], at[1]);
		break;
	case IPS_PATH_CURVE:
		cairo_curve_to(cr, at[0], at[1], at[2], at[3], at[4], at[5]);
		break;
	case IPS_PATH_CLOSE:
		cairo_close_path(cr);
		break;
	}
}

void
outline_put(cairo_t *cr, const struct ips_path *path)
{
	for (int i = 0; i < path->count; i++)
		put_step(cr, &path->step[i]);
}
