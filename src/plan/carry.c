/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Image maps are carried along with the pixels: cropped with the source, turned and scaled, cut off
 * at the layer and at what leaves.
 *
 * Source: "Image maps", map= and mapA=, catalog::Map. Where no layer is selected and there is only
 * one, map= speaks of it and replaces what the catalog keeps. */
#include "plan_priv.h"

#include <math.h>
#include <string.h>

struct point {
	double x, y;
};
struct box {
	double left, top, right, bottom;
};

/* Points are moved, cut, moved and cut. */
struct way {
	struct ips_map first, second;
	struct box inner, outer;
};

static const struct ips_map as_it_is = { .m = { 1, 0, 0, 1, 0, 0 } };

/* ---- Geometry ---- */

static struct point
moved(const struct ips_map *map, struct point p)
{
	double to[2];

	/* What was cut off at the picture before lies in front of the horizon. */
	(void)ips_map_point(map, p.x, p.y, to);
	return (struct point){ to[0], to[1] };
}

static void
move_all(GArray *points, const struct ips_map *map)
{
	for (guint i = 0; i < points->len; i++) {
		struct point *p = &g_array_index(points, struct point, i);
		*p = moved(map, *p);
	}
}

/* How far inside of one of the four edges. */
static double
inside(const struct box *box, int edge, struct point p)
{
	switch (edge) {
	case 0:
		return p.x - box->left;
	case 1:
		return box->right - p.x;
	case 2:
		return p.y - box->top;
	default:
		return box->bottom - p.y;
	}
}

/* Sutherland and Hodgman: one edge after the other. */
static void
cut(GArray *points, const struct box *box)
{
	for (int edge = 0; edge < 4; edge++) {
		g_autoptr(GArray) from = g_array_copy(points);

		g_array_set_size(points, 0);
		for (guint i = 0; i < from->len; i++) {
			struct point a = g_array_index(from, struct point, i);
			struct point b = g_array_index(from, struct point, (i + 1) % from->len);
			double da = inside(box, edge, a), db = inside(box, edge, b);

			if (da >= 0)
				g_array_append_val(points, a);
			if ((da > 0 && db < 0) || (da < 0 && db > 0)) {
				double t = da / (da - db);
				struct point c = { a.x + t * (b.x - a.x), a.y + t * (b.y - a.y) };
				g_array_append_val(points, c);
			}
		}
	}
}

static bool
keeps_boxes(const struct ips_map *map)
{
	const double *m = map->m, tiny = 1e-9;

	return ips_map_is_flat(map) && ((fabs(m[1]) < tiny && fabs(m[2]) < tiny) ||
					   (fabs(m[0]) < tiny && fabs(m[3]) < tiny));
}

static struct box
bounds(const GArray *points)
{
	struct box box = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

	for (guint i = 0; i < points->len; i++) {
		struct point p = g_array_index(points, struct point, i);

		box.left = fmin(box.left, p.x), box.right = fmax(box.right, p.x);
		box.top = fmin(box.top, p.y), box.bottom = fmax(box.bottom, p.y);
	}
	return box;
}

static void
corners(const struct box *box, GArray *out)
{
	const struct point all[] = { { box->left, box->top }, { box->right, box->top },
		{ box->right, box->bottom }, { box->left, box->bottom } };

	g_array_append_vals(out, all, IPS_NELEM(all));
}

/* Of an area that keeps its sides level. */
static struct box
moved_box(const struct box *box, const struct ips_map *map)
{
	g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(struct point));

	corners(box, points);
	move_all(points, map);
	return bounds(points);
}

/* ---- One area ---- */

enum shape { SHAPE_DEFAULT, SHAPE_RECT, SHAPE_POLY };

static int
find(const struct ips_area *area, const char *name)
{
	for (int i = 0; i < area->attributes; i++)
		if (g_ascii_strcasecmp(area->attribute[i].name, name) == 0)
			return i;
	return -1;
}

/* Without quotes; NULL: not given. */
static char *
plain_value(const struct ips_area *area, const char *name)
{
	int at = find(area, name);
	const char *value = at < 0 ? NULL : area->attribute[at].value;

	if (value == NULL)
		return NULL;
	bool quoted = *value == '"' || *value == '\'';
	char *plain = g_strndup(value + quoted, strlen(value) - (quoted ? 2 : 0));
	return g_strstrip(plain);
}

static bool
read_shape(const struct ips_area *area, enum shape *out, struct ips_error *err)
{
	static const struct {
		const char *word;
		enum shape shape;
	} words[] = { { "default", SHAPE_DEFAULT }, { "rect", SHAPE_RECT },
		{ "rectangle", SHAPE_RECT }, { "poly", SHAPE_POLY }, { "polygon", SHAPE_POLY } };
	g_autofree char *word = plain_value(area, "shape");

	*out = SHAPE_DEFAULT;
	for (size_t i = 0; i < IPS_NELEM(words) && word != NULL; i++)
		if (g_ascii_strcasecmp(word, words[i].word) == 0) {
			*out = words[i].shape;
			return true;
		}
	return word == NULL ||
	       ips_fail(err, IPS_INVALID_PARAMETER,
		   "The shape of an area must be rect, poly or default, not '%.40s'.", word);
}

static bool
read_points(const struct ips_area *area, enum shape shape, GArray *points, struct ips_error *err)
{
	g_autofree char *coords = plain_value(area, "coords");
	g_auto(GStrv) text = g_strsplit(coords != NULL ? coords : "", ",", -1);
	guint count = g_strv_length(text);

	if (shape == SHAPE_RECT ? count != 4 : count < 6 || count % 2 != 0)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "The coords of an area must be four numbers for a rect, pairs of at least "
		    "three points for a poly, not '%.60s'.",
		    coords != NULL ? coords : "");
	for (guint i = 0; i < count; i += 2) {
		struct point p;
		const char *x = g_strstrip(text[i]), *y = g_strstrip(text[i + 1]);

		if (!ips_parse_double(x, strlen(x), &p.x) ||
		    !ips_parse_double(y, strlen(y), &p.y) || fabs(p.x) > IPS_NO_LIMIT ||
		    fabs(p.y) > IPS_NO_LIMIT)
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "The coords of an area must be numbers of pixels, not '%.60s'.",
			    coords);
		g_array_append_val(points, p);
	}
	if (shape == SHAPE_RECT) {
		struct box box = bounds(points);
		g_array_set_size(points, 0);
		corners(&box, points);
	}
	return true;
}

static double
double_area(const GArray *points)
{
	double sum = 0;

	for (guint i = 0; i < points->len; i++) {
		struct point a = g_array_index(points, struct point, i);
		struct point b = g_array_index(points, struct point, (i + 1) % points->len);
		sum += a.x * b.y - b.x * a.y;
	}
	return fabs(sum);
}

static void
round_points(GArray *points)
{
	guint kept = 0;

	for (guint i = 0; i < points->len; i++) {
		struct point p = g_array_index(points, struct point, i);
		struct point *last =
		    kept > 0 ? &g_array_index(points, struct point, kept - 1) : NULL;

		p.x = ips_round(p.x), p.y = ips_round(p.y);
		if (last == NULL || last->x != p.x || last->y != p.y)
			g_array_index(points, struct point, kept++) = p;
	}
	struct point *at = (struct point *)points->data;
	while (kept > 1 && at[0].x == at[kept - 1].x && at[0].y == at[kept - 1].y)
		kept--;
	g_array_set_size(points, kept);
}

/* In its place, or behind what is there: the list has room for two more. */
static void
set_attribute(
    struct ips_area *area, struct ips_area_attribute *own, const char *name, const char *value)
{
	int at = find(area, name);

	if (at < 0) {
		at = area->attributes++;
		own[at].name = name;
	}
	own[at].value = value;
}

static void
write_area(struct ips_arena *mem, const struct ips_area *from, const char *shape,
    const GArray *points, GArray *out)
{
	struct ips_area_attribute *own =
	    IPS_NEW_N(mem, struct ips_area_attribute, from->attributes + 2);
	struct ips_area area = { from->element, from->attributes, own };
	g_autoptr(GString) coords = g_string_new("\"");
	g_autofree char *old = plain_value(from, "shape");

	memcpy(own, from->attribute, sizeof(*own) * (size_t)from->attributes);
	for (guint i = 0; i < points->len; i++) {
		struct point p = g_array_index(points, struct point, i);
		g_string_append_printf(coords, "%s%.0f,%.0f", i > 0 ? "," : "", p.x, p.y);
	}
	g_string_append_c(coords, '"');
	if (old == NULL || g_ascii_strncasecmp(old, shape, strlen(shape)) != 0)
		set_attribute(&area, own, "shape", ips_arena_printf(mem, "\"%s\"", shape));
	set_attribute(&area, own, "coords", ips_arena_strdup(mem, coords->str));
	g_array_append_val(out, area);
}

/* What becomes empty is left out. */
static bool
carry_area(struct ips_arena *mem, const struct ips_area *area, const struct way *way,
    const struct way *whole_layer, GArray *out, struct ips_error *err)
{
	g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(struct point));
	enum shape shape;

	if (!read_shape(area, &shape, err) ||
	    (shape != SHAPE_DEFAULT && !read_points(area, shape, points, err)))
		return false;
	if (shape == SHAPE_DEFAULT) {
		way = whole_layer;
		corners(&way->inner, points);
	}
	bool level = shape != SHAPE_POLY && keeps_boxes(&way->first) && keeps_boxes(&way->second);
	move_all(points, &way->first);
	cut(points, &way->inner);
	move_all(points, &way->second);
	cut(points, &way->outer);
	round_points(points);
	if (points->len < 3 || double_area(points) == 0)
		return true;
	if (level) {
		struct box box = bounds(points);
		const struct point two[] = { { box.left, box.top }, { box.right, box.bottom } };
		g_array_set_size(points, 0);
		g_array_append_vals(points, two, IPS_NELEM(two));
	}
	write_area(mem, area, level ? "rect" : "poly", points, out);
	return true;
}

/* ---- All of them ---- */

static struct box
box_of(struct ips_rect rect)
{
	return (struct box){ rect.x, rect.y, rect.x + rect.width, rect.y + rect.height };
}

static struct box
common(struct box a, struct box b)
{
	return (struct box){ fmax(a.left, b.left), fmax(a.top, b.top), fmin(a.right, b.right),
		fmin(a.bottom, b.bottom) };
}

static struct box
result_box(const struct ips_plan *plan)
{
	return box_of(whole(size_of(plan->frame)));
}

/* For areas in pixels of a rectangle, which is cut off where the composite ends. */
static struct way
pixel_way(const struct ips_plan *plan, const struct ips_ground *ground)
{
	struct ips_map full = ips_map_scale((struct ips_rect){ 0, 0, 1, 1 }, size_of(plan->frame));
	struct ips_map composite_map = ips_map_then(plan->areas.pixels, full);
	struct box composite = box_of(whole(plan->areas.size));

	return (struct way){ as_it_is, ips_map_then(ground->pixels, full),
		box_of(whole(ground->size)),
		common(moved_box(&composite, &composite_map), result_box(plan)) };
}

/* For areas in pixels of the upright source. */
static struct way
source_way(const struct ips_plan *plan, const struct ips_plan_layer *layer)
{
	struct ips_size upright = { layer->source.width, layer->source.height };
	int turn = ips_turn_inverse(layer->source.orientation);
	struct ips_size stored = ips_turn_size(turn, upright);
	struct ips_map parts = ips_map_scale(whole(stored), (struct ips_size){ 1, 1 });
	struct ips_map full = ips_map_scale((struct ips_rect){ 0, 0, 1, 1 }, size_of(plan->frame));
	struct way pixels = pixel_way(plan, &layer->areas);

	return (struct way){ ips_turn_map(turn, upright),
		ips_map_then(ips_map_then(parts, layer->areas.source), full),
		box_of(layer->areas.crop),
		common(moved_box(&pixels.inner, &pixels.second), pixels.outer) };
}

static bool
carry(struct ips_arena *mem, const char *text, const struct way *way, const struct way *whole_layer,
    GArray *out, struct ips_error *err)
{
	struct ips_areas areas;

	if (!ips_areas_parse(mem, text, &areas, err))
		return false;
	for (int i = 0; i < areas.count; i++)
		if (!carry_area(mem, &areas.area[i], way, whole_layer, out, err))
			return false;
	return true;
}

struct carrying {
	struct ips_arena *mem;
	const struct ips_plan *plan;
	const struct ips_value *const *comp; /* commands of the composite */
	const char *const *maps;
	GArray *out;
};

static bool
carry_layer(const struct carrying *c, const struct ips_plan_layer *layer, struct ips_error *err)
{
	const struct ips_value *own = layer->asked->value[IPS_CMD_MAP];
	const struct ips_value *own_a = layer->asked->value[IPS_CMD_MAP_A];
	bool alone = c->plan->layers == 1;
	struct way pixels = pixel_way(c->plan, &layer->areas);
	struct way source = source_way(c->plan, layer);

	if (own == NULL && own_a == NULL && alone)
		own_a = c->comp[IPS_CMD_MAP_A];
	if (own != NULL)
		return carry(c->mem, own->text, &pixels, &pixels, c->out, err);
	if (layer->kind != IPS_CONTENT_OBJECT)
		return true;
	if (alone && own_a == NULL && c->comp[IPS_CMD_MAP] != NULL)
		return true;
	const char *text = own_a != NULL ? own_a->text : c->maps[layer->object];
	return text == NULL || carry(c->mem, text, &source, &pixels, c->out, err);
}

/* Front to back; what is given for the composite lies behind all. */
bool
ips_plan_areas(struct ips_arena *mem, const struct ips_modifier *request,
    const struct ips_plan *plan, const char *const *maps, struct ips_areas *out,
    struct ips_error *err)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct ips_area));
	const struct ips_value *const *comp = request->layer[0].value;
	struct carrying c = { mem, plan, comp, maps, list };
	struct way behind = pixel_way(plan, &plan->areas);

	for (int i = plan->layers - 1; i >= 0; i--)
		if (!carry_layer(&c, &plan->layer[i], err))
			return false;
	if (comp[IPS_CMD_MAP] != NULL &&
	    !carry(mem, comp[IPS_CMD_MAP]->text, &behind, &behind, list, err))
		return false;
	struct ips_area *areas = IPS_NEW_N(mem, struct ips_area, list->len + 1);
	for (guint i = 0; i < list->len; i++)
		areas[i] = g_array_index(list, struct ips_area, i);
	*out = (struct ips_areas){ (int)list->len, areas };
	return true;
}
