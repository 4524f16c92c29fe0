/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* clipPath=, clipPathE=, cropPathE= and their relatives: which paths cut what out of the layer and
 * of the composite. Named paths are those of the layer's file, of layer 0's for the composite;
 * unknown names are ignored. */
#include "plan_priv.h"

#include <math.h>
#include <string.h>

#define MAX_REACH (1 << 21) /* further from the picture, and drawing would lose precision */

/* ---- Named paths ---- */

/* From parts of the stored picture to the rectangle of the layer. */
static struct ips_map
source_map(const struct ips_plan_layer *layer)
{
	struct ips_map map = ips_map_scale((struct ips_rect){ 0, 0, 1, 1 }, stored_size(layer));
	struct ips_map rotate = { .p = { 0 } };

	map = ips_map_then(map, ips_map_scale(layer->crop, layer->scaled));
	map = ips_map_then(map, ips_turn_map(layer->turn, layer->scaled));
	memcpy(rotate.m, layer->matrix, sizeof(rotate.m));
	if (layer->rotated)
		map = ips_map_then(map, rotate);
	if (layer->warped)
		map = ips_map_then(map, layer->warp);
	return ips_map_then(map, ips_map_scale(layer->extent, size_of(layer->extent)));
}

static const struct ips_source_path *
find_path(const struct ips_source *source, const char *name)
{
	for (int i = 0; i < source->paths; i++)
		if (strcmp(source->path[i].name, name) == 0)
			return &source->path[i];
	return NULL;
}

/* Paths in the order of their names, each once. */
static bool
named_paths(const struct ips_source *source, const struct ips_value *value, GPtrArray *out,
    struct ips_error *err)
{
	g_auto(GStrv) names = g_strsplit(value->text, ",", -1);

	for (char **name = names; *name; name++) {
		const struct ips_source_path *path = find_path(source, *name);
		if (path == NULL || g_ptr_array_find(out, path, NULL))
			continue;
		if (path->damaged)
			return ips_fail(err, IPS_BROKEN_IMAGE,
			    "%s=%s: the path '%s' of the image is damaged.",
			    ips_command(value->cmd)->name, value->text, path->name);
		g_ptr_array_add(out, (gpointer)path);
	}
	return true;
}

/* ---- cropPathE= ---- */

/* The box around a box that may have been rotated. False: part of it has no place. */
static bool
move_box(const double box[4], const struct ips_map *map, double out[4])
{
	out[0] = out[1] = HUGE_VAL;
	out[2] = out[3] = -HUGE_VAL;
	for (int i = 0; i < 4; i++) {
		double to[2];
		if (!ips_map_point(map, box[i & 1 ? 2 : 0], box[i & 2 ? 3 : 1], to))
			return false;
		out[0] = fmin(out[0], to[0]), out[1] = fmin(out[1], to[1]);
		out[2] = fmax(out[2], to[0]), out[3] = fmax(out[3], to[1]);
	}
	return true;
}

/* Edges to the nearest pixel; nothing is added to the canvas. */
static bool
crop_to(struct ips_plan_layer *layer, const struct ips_source_path *path)
{
	struct ips_map map = source_map(layer);
	double box[4];

	if (!move_box(path->box, &map, box))
		return false;
	int left = (int)fmax(0, floor(box[0] + 0.5)), top = (int)fmax(0, floor(box[1] + 0.5));
	int right = (int)fmin(layer->extent.width, floor(box[2] + 0.5));
	int bottom = (int)fmin(layer->extent.height, floor(box[3] + 0.5));
	if (right <= left || bottom <= top)
		return false;
	layer->extent.x += left, layer->extent.y += top;
	layer->extent.width = right - left, layer->extent.height = bottom - top;
	layer->origin[0] -= left, layer->origin[1] -= top;
	return true;
}

bool
plan_crop_paths(const struct ips_layer *asked, struct ips_plan_layer *layer, struct ips_error *err)
{
	const struct ips_value *value = asked->value[IPS_CMD_CROP_PATH_E];
	g_autoptr(GPtrArray) paths = g_ptr_array_new();

	if (value == NULL)
		return true;
	if (!named_paths(&layer->source, value, paths, err))
		return false;
	for (guint i = 0; i < paths->len; i++)
		if (!crop_to(layer, paths->pdata[i]))
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "cropPathE=%s leaves nothing of the layer.", value->text);
	return true;
}

/* ---- clipPath=, clipPathE= and their inverses ---- */

struct clipping {
	struct ips_arena *mem;
	const struct ips_source *source; /* whose paths have names */
	struct ips_map data;             /* from path data to where it clips */
	struct ips_map named;            /* from parts of the source to there */
	GArray *clips;
	struct ips_error *err;
};

static bool
within_reach(const double at[2])
{
	return fabs(at[0]) <= MAX_REACH && fabs(at[1]) <= MAX_REACH; /* not if NaN */
}

static bool
point_within_reach(const struct ips_map *map, const double at[2])
{
	double to[2];

	return ips_map_point(map, at[0], at[1], to) && within_reach(to);
}

static bool
path_within_reach(const struct ips_clip *clip)
{
	for (int i = 0; i < clip->path->count; i++) {
		const struct ips_path_step *step = &clip->path->step[i];
		int numbers = step->verb == IPS_PATH_CURVE   ? 6
			      : step->verb == IPS_PATH_CLOSE ? 0
							     : 2;
		for (int k = 0; k < numbers; k += 2)
			if (!point_within_reach(&clip->map, step->at + k))
				return false;
	}
	return true;
}

static bool
fail_reach(const struct clipping *to, const struct ips_value *value)
{
	return ips_fail(to->err, IPS_LIMIT,
	    "%s= has a point more than %d pixels away from the picture.",
	    ips_command(value->cmd)->name, MAX_REACH);
}

static bool
add_data(struct clipping *to, const struct ips_value *value, bool outside)
{
	struct ips_clip clip = { .outside = outside, .map = to->data };

	if (value == NULL)
		return true;
	clip.path = ips_path_parse(to->mem, value->text);
	if (!path_within_reach(&clip))
		return fail_reach(to, value);
	g_array_append_val(to->clips, clip);
	return true;
}

static bool
add_named(struct clipping *to, const struct ips_value *value, bool outside)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new();

	if (value == NULL)
		return true;
	if (!named_paths(to->source, value, paths, to->err))
		return false;
	for (guint i = 0; i < paths->len; i++) {
		const struct ips_source_path *path = paths->pdata[i];
		struct ips_clip clip = { .name = path->name, .outside = outside, .map = to->named };
		double box[4];
		if (!move_box(path->box, &clip.map, box) || !within_reach(box) ||
		    !within_reach(box + 2))
			return fail_reach(to, value);
		g_array_append_val(to->clips, clip);
	}
	return true;
}

/* Published: the inverse ones are ignored unless there is a path to clip by. */
static bool
collect(
    struct clipping to, const struct ips_layer *layer, struct ips_clips *out, struct ips_error *err)
{
	const struct ips_value *const *given = layer->value;
	g_autoptr(GArray) clips = g_array_new(FALSE, FALSE, sizeof(struct ips_clip));

	if (given[IPS_CMD_CLIP_PATH] == NULL && given[IPS_CMD_CLIP_PATH_E] == NULL)
		return true;
	to.clips = clips;
	to.err = err;
	if (!add_data(&to, given[IPS_CMD_CLIP_PATH], false) ||
	    !add_named(&to, given[IPS_CMD_CLIP_PATH_E], false) ||
	    !add_data(&to, given[IPS_CMD_CLIP_X_PATH], true) ||
	    !add_named(&to, given[IPS_CMD_CLIP_X_PATH_E], true))
		return false;
	struct ips_clip *own = IPS_NEW_N(to.mem, struct ips_clip, clips->len);
	for (guint i = 0; i < clips->len; i++)
		own[i] = g_array_index(clips, struct ips_clip, i);
	*out = (struct ips_clips){ (int)clips->len, own };
	return true;
}

/* From parts of the source to parts of what leaves. */
static struct ips_map
result_map(const struct ips_plan *plan, struct ips_map to_view)
{
	struct ips_rect frame = { plan->view.x + plan->frame.x, plan->view.y + plan->frame.y,
		plan->frame.width, plan->frame.height };

	return ips_map_then(to_view, ips_map_scale(frame, (struct ips_size){ 1, 1 }));
}

/* Where image maps go: with the layer onto the composite, through its mirror and the view. */
static void
place_areas(struct ips_plan *plan, struct ips_size first, struct ips_map first_map)
{
	struct ips_size size = size_of(plan->layer->extent);
	struct ips_map view = ips_map_then(
	    ips_turn_map(plan->mirror, size), ips_map_scale(plan->window, plan->resized));

	for (int i = 0; i < plan->layers; i++) {
		struct ips_plan_layer *layer = &plan->layer[i];
		struct ips_map placed = ips_map_scale(
		    (struct ips_rect){ -layer->x, -layer->y, 1, 1 }, (struct ips_size){ 1, 1 });
		struct ips_map seen = ips_map_then(i > 0 ? placed : ips_turn_map(1, size), view);

		layer->areas = (struct ips_ground){ layer->crop, size_of(layer->extent),
			result_map(plan, ips_map_then(source_map(layer), seen)),
			result_map(plan, seen) };
	}
	plan->layer[0].areas.size = first;
	plan->layer[0].areas.pixels = result_map(plan, ips_map_then(first_map, view));
	plan->areas.size = size;
	plan->areas.pixels = result_map(plan, ips_map_scale(plan->window, plan->resized));
}

/* From path data to the rectangle of the layer. */
static struct ips_map
path_map(const struct ips_plan_layer *layer)
{
	return (struct ips_map){ .m = { 1, 0, 0, 1, layer->path[0], layer->path[1] } };
}

/* The paths of an only layer clip as large as it is seen: their points go along with it through the
 * mirror of the composite and the view. `rect`: the rectangle before the composite was cropped. */
bool
plan_clips(
    const struct planning *in, struct ips_plan *plan, struct ips_rect rect, struct ips_error *err)
{
	struct ips_plan_layer *layer = plan->layer;
	struct ips_size size = size_of(layer->extent);
	struct ips_map view = ips_map_scale(plan->window, plan->resized);
	struct ips_map named = source_map(layer);
	struct ips_map seen =
	    ips_map_then(ips_map_then(named, ips_turn_map(plan->mirror, size)), view);
	struct ips_map moved = ips_map_scale(
	    (struct ips_rect){ layer->extent.x - rect.x, layer->extent.y - rect.y, 1, 1 },
	    (struct ips_size){ 1, 1 });
	struct ips_map data = path_map(layer);
	struct ips_map mirror = ips_turn_map(plan_flip(in->comp), size_of(rect));
	struct clipping comp = { in->mem, &layer->source, view, seen, NULL, NULL };
	struct clipping only = { in->mem, &layer->source,
		ips_map_then(ips_map_then(ips_map_then(data, mirror), moved), view), seen, NULL,
		NULL };
	struct clipping first = { in->mem, &layer->source, ips_map_then(data, moved), named, NULL,
		NULL };

	plan->paths = result_map(plan, seen);
	place_areas(plan, size_of(rect), plan->alone ? ips_map_then(mirror, moved) : moved);
	if (!collect(comp, in->comp, &plan->view_clips, err))
		return false;
	if (plan->alone)
		return collect(only, layer->asked, &plan->layer_clips, err);
	if (!collect(first, layer->asked, &layer->clips, err))
		return false;
	for (int i = 1; i < plan->layers; i++) {
		layer = &plan->layer[i];
		struct clipping own = { in->mem, &layer->source, path_map(layer), source_map(layer),
			NULL, NULL };
		if (!collect(own, layer->asked, &layer->clips, err))
			return false;
	}
	return true;
}
