/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* clipPath= and its relatives: which paths cut what out of the layer and of the composite. */
#include "plan_priv.h"

#include <math.h>

#define MAX_REACH (1 << 21) /* further from the picture, and drawing would lose precision */

struct clipping {
	const struct planning *in;
	struct ips_map map; /* from the rectangle that the paths count from to the view */
	GArray *clips;
	struct ips_error *err;
};

static bool
within_reach(const struct ips_clip *clip)
{
	const double *m = clip->map.m;

	for (int i = 0; i < clip->path->count; i++) {
		const struct ips_path_step *step = &clip->path->step[i];
		int numbers = step->verb == IPS_PATH_CURVE   ? 6
			      : step->verb == IPS_PATH_CLOSE ? 0
							     : 2;
		for (int k = 0; k < numbers; k += 2) {
			double x = m[0] * step->at[k] + m[1] * step->at[k + 1] + m[4];
			double y = m[2] * step->at[k] + m[3] * step->at[k + 1] + m[5];
			if (!(fabs(x) <= MAX_REACH && fabs(y) <= MAX_REACH)) /* NaN too */
				return false;
		}
	}
	return true;
}

static bool
add_path(struct clipping *to, const struct ips_value *value, bool outside)
{
	struct ips_clip clip = { .outside = outside, .map = to->map };

	if (value == NULL)
		return true;
	clip.path = ips_path_parse(to->in->mem, value->text);
	if (!within_reach(&clip))
		return ips_fail(to->err, IPS_LIMIT,
		    "%s= has a point more than %d pixels away from the picture.",
		    ips_command(value->cmd)->name, MAX_REACH);
	g_array_append_val(to->clips, clip);
	return true;
}

/* Published: clipXPath= is ignored unless there is a clipPath=. */
static bool
collect(const struct planning *in, const struct ips_layer *layer, struct ips_map map,
    struct ips_clips *out, struct ips_error *err)
{
	const struct ips_value *const *given = layer->value;
	g_autoptr(GArray) clips = g_array_new(FALSE, FALSE, sizeof(struct ips_clip));
	struct clipping to = { in, map, clips, err };

	if (given[IPS_CMD_CLIP_PATH] == NULL)
		return true;
	if (!add_path(&to, given[IPS_CMD_CLIP_PATH], false) ||
	    !add_path(&to, given[IPS_CMD_CLIP_X_PATH], true))
		return false;
	struct ips_clip *own = IPS_NEW_N(in->mem, struct ips_clip, clips->len);
	for (guint i = 0; i < clips->len; i++)
		own[i] = g_array_index(clips, struct ips_clip, i);
	*out = (struct ips_clips){ (int)clips->len, own };
	return true;
}

/* Points of the layer are mirrored along with it where the composite is. */
bool
plan_clips(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	struct ips_map view = ips_map_scale(plan->window, plan->resized);
	struct ips_map mirror = ips_turn_map(plan_flip(in->comp), size_of(plan->canvas));

	return collect(in, in->base, ips_map_then(mirror, view), &plan->layer_clips, err) &&
	       collect(in, in->comp, view, &plan->view_clips, err);
}
