/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What lies outside of a path turns clear. */
#include "render_priv.h"

#include "outline.h"

#include <cairo.h>
#include <string.h>

/* A picture's tiles have to fit together, so each part of the mask is drawn within the same bounds
 * whoever asks for it. */
#define TILE_WIDTH  512
#define TILE_HEIGHT 128
#define TOLERANCE   0.02 /* of flattened curves, in pixels */

struct shape {
	cairo_path_t *outline; /* in pixels of the picture */
	cairo_fill_rule_t rule;
	bool outside;
};

struct shapes {
	int count;
	struct shape *shape;
};

static void
close_context(cairo_t **cr)
{
	cairo_destroy(*cr);
}

static cairo_t *
open_context(int width, int height)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, width, height);
	cairo_t *cr = cairo_create(surface);

	cairo_surface_destroy(surface); /* the context holds it */
	cairo_set_tolerance(cr, TOLERANCE);
	return cr;
}

/* Curves in perspective are no such curves any more: straight lines stay what they are. These are
 * made from parts of the source, far larger than it will be seen. */
#define FINE 16384.0
static void
put_bent(cairo_t *cr, const struct ips_path *path, const struct ips_map *map)
{
	IPS_CLEANUP(close_context) cairo_t *flat = open_context(1, 1);

	cairo_scale(flat, FINE, FINE);
	outline_put(flat, path);
	cairo_identity_matrix(flat);
	cairo_path_t *lines = cairo_copy_path_flat(flat);
	for (int i = 0; i < lines->num_data; i += lines->data[i].header.length) {
		const cairo_path_data_t *step = &lines->data[i];
		double to[2];

		if (step->header.type == CAIRO_PATH_CLOSE_PATH) {
			cairo_close_path(cr);
			continue;
		}
		(void)ips_map_point(map, step[1].point.x / FINE, step[1].point.y / FINE, to);
		if (step->header.type == CAIRO_PATH_MOVE_TO)
			cairo_move_to(cr, to[0], to[1]);
		else
			cairo_line_to(cr, to[0], to[1]);
	}
	cairo_path_destroy(lines);
}

static void
put_path(cairo_t *cr, const struct ips_path *path, const struct ips_map *map)
{
	if (!ips_map_is_flat(map)) {
		put_bent(cr, path, map);
		return;
	}
	const double *m = map->m;
	cairo_matrix_t matrix = { m[0], m[2], m[1], m[3], m[4], m[5] };

	cairo_set_matrix(cr, &matrix);
	outline_put(cr, path);
	cairo_identity_matrix(cr);
}

static bool
draw_tile(cairo_t *cr, const struct shapes *shapes, const VipsRect *tile)
{
	cairo_paint(cr);
	cairo_translate(cr, -tile->left, -tile->top);
	for (int i = 0; i < shapes->count; i++) {
		const struct shape *shape = &shapes->shape[i];
		cairo_set_operator(
		    cr, shape->outside ? CAIRO_OPERATOR_DEST_OUT : CAIRO_OPERATOR_DEST_IN);
		cairo_set_fill_rule(cr, shape->rule);
		cairo_append_path(cr, shape->outline);
		cairo_fill(cr);
	}
	cairo_surface_flush(cairo_get_target(cr));
	return cairo_status(cr) == CAIRO_STATUS_SUCCESS;
}

static int
generate(VipsRegion *out, void *seq, void *in, void *arg, gboolean *stop)
{
	const VipsRect *tile = &out->valid;
	IPS_CLEANUP(close_context) cairo_t *cr = open_context(tile->width, tile->height);

	(void)seq;
	(void)in;
	(void)stop;
	if (!draw_tile(cr, arg, tile)) {
		vips_error("clip", "%s", cairo_status_to_string(cairo_status(cr)));
		return -1;
	}
	cairo_surface_t *surface = cairo_get_target(cr);
	const unsigned char *row = cairo_image_surface_get_data(surface);
	for (int y = 0; y < tile->height; y++, row += cairo_image_surface_get_stride(surface))
		memcpy(VIPS_REGION_ADDR(out, tile->left, tile->top + y), row, (size_t)tile->width);
	return 0;
}

static void
free_shapes(struct shapes *shapes)
{
	for (int i = 0; i < shapes->count; i++)
		cairo_path_destroy(shapes->shape[i].outline);
	g_free(shapes->shape);
	g_free(shapes);
}

/* The plan knows the path from the facts of the file. */
static const struct ips_path *
path_of(struct job *job, const struct ips_clip *clip, struct ips_error *err)
{
	const struct ips_path *path = clip->path;

	if (path == NULL)
		path = photoshop_path(job->mem, job->photoshop, clip->name);
	if (path == NULL)
		ips_fail(err, IPS_BROKEN_IMAGE, "The image is not the one that was imported.");
	return path;
}

/* Outlines in pixels of the picture, so that no part of it sees them another way. */
static bool
outline(
    struct job *job, const struct ips_clips *clips, struct shapes *shapes, struct ips_error *err)
{
	for (int i = 0; i < clips->count; i++) {
		const struct ips_clip *clip = &clips->clip[i];
		const struct ips_path *path = path_of(job, clip, err);
		struct shape *shape = &shapes->shape[i];
		IPS_CLEANUP(close_context) cairo_t *cr = open_context(1, 1);

		if (path == NULL)
			return false;
		put_path(cr, path, &clip->map);
		*shape = (struct shape){ cairo_copy_path(cr),
			clip->path ? CAIRO_FILL_RULE_WINDING : CAIRO_FILL_RULE_EVEN_ODD,
			clip->outside };
		shapes->count++;
		if (shape->outline->status != CAIRO_STATUS_SUCCESS)
			return ips_fail_internal(
			    err, "path: %s", cairo_status_to_string(shape->outline->status));
	}
	return true;
}

/* One band, 255 where everything is left. */
static bool
draw_mask(struct job *job, const struct ips_clips *clips, VipsImage **out, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	struct shapes *shapes = g_new0(struct shapes, 1);

	shapes->shape = g_new0(struct shape, clips->count);
	t[0] = vips_image_new();
	g_signal_connect_swapped(t[0], "postclose", G_CALLBACK(free_shapes), shapes);
	if (!outline(job, clips, shapes, err))
		return false;
	vips_image_init_fields(t[0], vips_image_get_width(job->image),
	    vips_image_get_height(job->image), 1, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
	    VIPS_INTERPRETATION_B_W, 1, 1);
	if (vips_image_pipelinev(t[0], VIPS_DEMAND_STYLE_SMALLTILE, NULL) ||
	    job_generate(job, t[0], NULL, generate, NULL, NULL, shapes) ||
	    vips_tilecache(t[0], &t[1], "tile_width", TILE_WIDTH, "tile_height", TILE_HEIGHT,
		"max_tiles", 2 * (1 + vips_image_get_width(job->image) / TILE_WIDTH), "threaded",
		TRUE, NULL))
		return job_fail(job, err);
	*out = t[1];
	return true;
}

/* What alpha there was is multiplied. */
static bool
alpha_under(struct job *job, VipsImage *mask, VipsImage **out, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 4);
	int bands = vips_image_get_bands(job->image);
	double max = sample_max(job->image);
	VipsBandFormat format = vips_image_get_format(job->image);

	if (!vips_image_hasalpha(job->image)) {
		if (vips_linear1(mask, &t[0], max / 255, 0, NULL) ||
		    vips_cast(t[0], &t[1], format, NULL))
			return job_fail(job, err);
		*out = t[1];
		return true;
	}
	if (vips_extract_band(job->image, &t[0], bands - 1, NULL) ||
	    vips_multiply(t[0], mask, &t[1], NULL) ||
	    vips_linear1(t[1], &t[2], 1 / 255.0, 0.5, NULL) || vips_cast(t[2], &t[3], format, NULL))
		return job_fail(job, err);
	*out = t[3];
	return true;
}

bool
clip(struct job *job, const struct ips_clips *clips, struct ips_error *err)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(job->scope, 2);
	VipsImage *mask, *alpha, *color = job->image;

	if (clips->count == 0)
		return true;
	if (!draw_mask(job, clips, &mask, err) || !alpha_under(job, mask, &alpha, err))
		return false;
	if (vips_image_hasalpha(job->image)) {
		if (vips_extract_band(
			job->image, &t[0], 0, "n", vips_image_get_bands(job->image) - 1, NULL))
			return job_fail(job, err);
		color = t[0];
	}
	return job_step(job, vips_bandjoin2(color, alpha, &t[1], NULL), &t[1], err);
}
