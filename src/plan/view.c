/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The view transform: which part of the composite is scaled how, and what of it leaves. */
#include "plan_priv.h"

#include <math.h>

/* How the two scale factors become one, and whether the reply keeps the size asked for. */
enum pick { PICK_MIN, PICK_MAX, PICK_X, PICK_Y, PICK_BOTH };
static const struct fit {
	const char *word;
	enum pick pick;
	bool exact; /* the reply has the size asked for; otherwise that of the scaled picture */
	bool align;
} fits[] = {
	{ "fit", PICK_MIN, true, true },
	{ "constrain", PICK_MIN, false, false },
	{ "crop", PICK_MAX, true, true },
	{ "wrap", PICK_MAX, false, false },
	{ "stretch", PICK_BOTH, true, false },
	{ "hfit", PICK_X, true, true },
	{ "vfit", PICK_Y, true, true },
};

struct scaling {
	double x, y;     /* factors */
	double wid, hei; /* of the view; 0: that of the scaled picture */
	double h, v;     /* alignment, -1 .. 1 */
};

static double
number_of(const struct planning *in, enum ips_cmd cmd, int i, double otherwise)
{
	const struct ips_value *value = in->request->value[cmd];

	return value && value->count > i ? value->number[i] : otherwise;
}

static const struct fit *
find_fit(const struct ips_value *value)
{
	for (size_t i = 0; i < IPS_NELEM(fits); i++)
		if (ips_value_word_is(value, 0, fits[i].word))
			return &fits[i];
	return &fits[0];
}

static void
scale_to_fit(const struct fit *fit, bool enlarge, double fx, double fy, struct scaling *s)
{
	if (!enlarge) /* R40 */
		fx = fmin(fx, 1), fy = fmin(fy, 1);
	double one = fit->pick == PICK_MIN   ? fmin(fx, fy)
		     : fit->pick == PICK_MAX ? fmax(fx, fy)
		     : fit->pick == PICK_X   ? fx
					     : fy;
	s->x = fit->pick == PICK_BOTH ? fx : one;
	s->y = fit->pick == PICK_BOTH ? fy : one;
	if (!fit->exact)
		s->wid = s->hei = 0;
	if (!fit->align)
		s->h = s->v = 0;
}

/* dpr=on,v asks for v pixels where wid= and hei= ask for one (R45). Published: MaxPix bounds the
 * ratio instead of refusing what it makes too large. */
static double
device_pixels(const struct planning *in, double wid, double hei)
{
	const struct ips_value *dpr = in->request->value[IPS_CMD_DPR];
	double most_x = in->profile->max_width, most_y = in->profile->max_height;

	if (!ips_value_word_is(dpr, 0, "on") || dpr->count < 1)
		return 1;
	double ratio = dpr->number[0], most = ratio;
	if (most_x > 0 && wid > 0)
		most = fmin(most, most_x / wid);
	if (most_y > 0 && hei > 0)
		most = fmin(most, most_y / hei);
	return fmax(most, fmin(1, ratio));
}

/* Published: what wid= and hei= leave open comes from DefaultThumbPix, each by itself. */
void
plan_thumb_view(const struct planning *in, double *width, double *height)
{
	double wid = number_of(in, IPS_CMD_WID, 0, 0), hei = number_of(in, IPS_CMD_HEI, 0, 0);
	double ratio = device_pixels(in, wid, hei);

	*width = wid > 0 ? floor(wid * ratio + 0.5) : in->profile->thumb.width;
	*height = hei > 0 ? floor(hei * ratio + 0.5) : in->profile->thumb.height;
}

void
plan_thumb_align(const struct planning *in, double *h, double *v)
{
	*h = number_of(in, IPS_CMD_ALIGN, 0, in->profile->thumb.h);
	*v = number_of(in, IPS_CMD_ALIGN, 1, in->profile->thumb.v);
}

/* Has the picture been brought to the resolution of textures in its layer? */
static bool
is_texture_done(const struct planning *in, double wid, double hei)
{
	const struct ips_value *const *value = in->base->value;

	return value[IPS_CMD_SIZE] || value[IPS_CMD_SCALE] || value[IPS_CMD_RES] ||
	       (!value[IPS_CMD_ROTATE] && wid > 0 && hei > 0);
}

/* "View transform for thumbnails": the whole of the thumbnail's rectangle, with the composite in it
 * by the rules of its type. Thumbnails are enlarged, too. A side of 0 follows from the other. */
static struct scaling
thumb_scaling(const struct planning *in, double rw, double rh)
{
	const struct ips_thumb *thumb = &in->profile->thumb;
	double own = in->source->resolution > 0 ? in->source->resolution : in->profile->resolution;
	struct scaling s = { 1, 1, 0, 0, 0, 0 };

	plan_thumb_view(in, &s.wid, &s.hei);
	plan_thumb_align(in, &s.h, &s.v);
	double fx = s.wid > 0 ? s.wid / rw : 0, fy = s.hei > 0 ? s.hei / rh : 0;
	if (thumb->type == IPS_THUMB_TEXTURE)
		s.x = s.y =
		    own > 0 && !is_texture_done(in, s.wid, s.hei) ? thumb->resolution / own : 1;
	else if (fx > 0 && fy > 0)
		s.x = s.y = thumb->type == IPS_THUMB_CROP ? fmax(fx, fy) : fmin(fx, fy);
	else if (fx > 0 || fy > 0)
		s.x = s.y = fmax(fx, fy);
	return s;
}

/* The factors for a region of interest of that size. */
static struct scaling
view_scaling(const struct planning *in, double rw, double rh)
{
	bool thumb = asks_for(in, "tmb");
	const struct ips_value *fit = in->request->value[IPS_CMD_FIT];
	bool enlarge = number_of(in, IPS_CMD_FIT, 0, 0) != 0;
	struct scaling s = { 1, 1, number_of(in, IPS_CMD_WID, 0, 0),
		number_of(in, IPS_CMD_HEI, 0, 0), number_of(in, IPS_CMD_ALIGN, 0, 0),
		number_of(in, IPS_CMD_ALIGN, 1, 0) };
	double scl = number_of(in, IPS_CMD_SCL, 0, 0);
	double ratio = device_pixels(in, s.wid, s.hei);

	s.wid = floor(s.wid * ratio + 0.5);
	s.hei = floor(s.hei * ratio + 0.5);
	if (scl > 0) { /* R42 */
		s.x = s.y = 1 / scl;
	} else if (thumb) {
		return thumb_scaling(in, rw, rh);
	} else if (s.wid > 0 && s.hei > 0) {
		scale_to_fit(find_fit(fit), enlarge, s.wid / rw, s.hei / rh, &s);
	} else if (s.wid > 0 || s.hei > 0) { /* R41 */
		s.x = s.y = s.wid > 0 ? s.wid / rw : s.hei / rh;
		if (!enlarge)
			s.x = s.y = fmin(s.x, 1);
		s.wid = s.hei = 0;
	} else {
		double dw = in->profile->default_width, dh = in->profile->default_height;
		s.x = s.y = fmin(1, fmin(dw > 0 ? dw / rw : 1, dh > 0 ? dh / rh : 1));
	}
	return s;
}

/* One axis: the region of interest [at, at + from) becomes `to` pixels, of which the view shows
 * [view, view + len). Where the view shows more than the region, or effects look further than the
 * view, the region grows by steps that are whole pixels before and after scaling, so that the grid
 * stays where it is. (R43) */
struct axis {
	int64_t at, from, to, view, len;
};

static void
grow(struct axis *a, int64_t composite, double beyond_view)
{
	int64_t pad = (int64_t)ceil(fmin(beyond_view, PLAN_FAR));
	int64_t x = a->from, y = a->to;

	while (y != 0) {
		int64_t rest = x % y;
		x = y, y = rest;
	}
	int64_t before = a->from / x, after = a->to / x; /* one step, before and after scaling */
	int64_t left = a->at > 0 && a->view < pad ? (pad - a->view + after - 1) / after : 0;
	int64_t beyond = a->view + a->len + pad - a->to;
	int64_t right =
	    a->at + a->from < composite && beyond > 0 ? (beyond + after - 1) / after : 0;

	left = MIN(left, (a->at + before - 1) / before);
	right = MIN(right, (composite - a->at - a->from + before - 1) / before);
	a->at -= left * before;
	a->from += (left + right) * before;
	a->to += (left + right) * after;
	a->view += left * after;
}

static bool
region_of_interest(const struct planning *in, struct ips_size composite, struct ips_rect *roi,
    struct ips_error *err)
{
	const struct ips_value *rgn = in->request->value[IPS_CMD_RGN];

	*roi = whole(composite);
	if (rgn == NULL)
		return true;
	if (rgn->number[2] < 1 || rgn->number[3] < 1)
		return ips_fail(err, IPS_INVALID_PARAMETER, "rgn= has no width or height.");
	return plan_rect(
	    in, rgn->number[0], rgn->number[1], rgn->number[2], rgn->number[3], roi, err);
}

/* rect= counts pixels of the view, scaled once more by its own factor (R44). */
static bool
final_frame(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	const struct ips_value *rect = in->request->value[IPS_CMD_RECT];

	plan->frame = whole(size_of(plan->view));
	if (rect == NULL)
		return true;
	if (rect->number[2] < 1 || rect->number[3] < 1)
		return ips_fail(err, IPS_INVALID_PARAMETER, "rect= has no width or height.");
	return plan_rect(in, rect->number[0], rect->number[1], rect->number[2], rect->number[3],
	    &plan->frame, err);
}

static bool
within_max_pix(const struct planning *in, struct ips_size size, struct ips_error *err)
{
	int w = in->profile->max_width, h = in->profile->max_height;

	if ((w == 0 || size.width <= w) && (h == 0 || size.height <= h))
		return true;
	return ips_fail(err, IPS_LIMIT,
	    "A picture of %d by %d pixels is larger than allowed (%d by %d).", size.width,
	    size.height, w, h);
}

static int
aligned(double view, double scaled, double align)
{
	return ips_round((scaled - view) * (1 + align) / 2);
}

/* Effects seen from near are made of much that is out of sight: not of any amount. */
static bool
within_reach(const struct axis *x, const struct axis *y, struct ips_error *err)
{
	static const double most = 1 << 25; /* pixels */
	double made = (double)x->to * (double)y->to, seen = (double)x->len * (double)y->len;

	return made <= most || made <= 4 * seen ||
	       ips_fail(err, IPS_LIMIT,
		   "The effects of the composite reach too far for a view that is enlarged so "
		   "much; "
		   "layer=0 can have them instead.");
}

static bool
place_view(const struct planning *in, struct ips_plan *plan, struct ips_rect roi,
    const struct scaling *s, struct ips_error *err)
{
	double zoom = number_of(in, IPS_CMD_RECT, 4, 1);
	struct ips_size scaled, view;

	if (zoom <= 0)
		return ips_fail(err, IPS_INVALID_PARAMETER, "The scale of rect= must be above 0.");
	if (!plan_size(in, roi.width * s->x * zoom, roi.height * s->y * zoom, &scaled, err) ||
	    !plan_size(in, s->wid > 0 ? s->wid * zoom : scaled.width,
		s->hei > 0 ? s->hei * zoom : scaled.height, &view, err))
		return false;
	struct axis x = { roi.x, roi.width, scaled.width, aligned(view.width, scaled.width, s->h),
		view.width };
	struct axis y = { roi.y, roi.height, scaled.height,
		aligned(view.height, scaled.height, s->v), view.height };
	double pad[2];
	plan_effects_reach(in, pad);
	grow(&x, plan->layer[0].extent.width, pad[0] * scaled.width / roi.width);
	grow(&y, plan->layer[0].extent.height, pad[1] * scaled.height / roi.height);
	if ((pad[0] > 0 || pad[1] > 0) && !within_reach(&x, &y, err))
		return false;
	struct ips_rect resized;
	if (!plan_rect(in, (double)x.at, (double)y.at, (double)x.from, (double)y.from,
		&plan->window, err) ||
	    !plan_rect(in, 0, 0, (double)x.to, (double)y.to, &resized, err))
		return false;
	plan->resized = size_of(resized);
	plan->view = (struct ips_rect){ (int)x.view, (int)y.view, view.width, view.height };
	return true;
}

bool
plan_view(const struct planning *in, struct ips_plan *plan, struct ips_error *err)
{
	const struct ips_value *const *given = in->request->value;
	struct ips_rect roi;

	if (given[IPS_CMD_FIT] && asks_for(in, "tmb")) /* R61 */
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "fit=%s: this cannot be used with req=tmb, which has rules of its own",
		    given[IPS_CMD_FIT]->text);
	if (given[IPS_CMD_FIT] && !given[IPS_CMD_WID] && !given[IPS_CMD_HEI])
		return ips_fail(err, IPS_INVALID_PARAMETER, "fit= needs wid= or hei=.");
	if (!region_of_interest(in, size_of(plan->layer[0].extent), &roi, err))
		return false;
	struct scaling s = view_scaling(in, roi.width, roi.height);
	if (!place_view(in, plan, roi, &s, err) || !final_frame(in, plan, err))
		return false;
	return within_max_pix(in, size_of(plan->frame), err);
}
