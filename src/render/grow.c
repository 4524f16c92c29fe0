/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The largest or least sample around each, in two passes along the axes. A window of any length is
 * two overlapping ones of a power of two, and those are doubled one from the other: the time grows
 * with the logarithm of the radius. */
#include "render_priv.h"

#include <string.h>

struct plane {
	size_t width, height; /* samples of a row, rows with the margins above and below */
	int radius, bands;
	uint16_t flip; /* the least is the largest of the negative */
	bool deep;
	uint16_t *value;
};

static void
widen(uint16_t *at, size_t count, size_t step)
{
	for (size_t i = 0; i < count; i++)
		at[i] = MAX(at[i], at[i + step]);
}

/* at[i] becomes the largest of at[i], at[i + unit], ... at[i + (window - 1) unit]. */
static void
slide(uint16_t *at, size_t count, size_t unit, int window)
{
	int reach = 1;

	for (; reach * 2 <= window; reach *= 2)
		widen(at, count - (size_t)reach * unit, (size_t)reach * unit);
	if (reach < window)
		widen(at, count - (size_t)(window - reach) * unit, (size_t)(window - reach) * unit);
}

static void
read_row(const struct plane *p, const VipsPel *from, uint16_t *to)
{
	for (size_t i = 0; i < p->width; i++)
		to[i] = (uint16_t)((p->deep ? ((const uint16_t *)from)[i] : from[i]) ^ p->flip);
}

static void
write_row(const struct plane *p, const uint16_t *from, VipsPel *to)
{
	for (size_t i = 0; i < p->width; i++)
		if (p->deep)
			((uint16_t *)to)[i] = from[i] ^ p->flip;
		else
			to[i] = (VipsPel)(from[i] ^ p->flip);
}

/* Margins stay 0, which is never the largest. */
static void
fill(const struct plane *p, VipsImage *image)
{
	size_t margin = (size_t)(p->radius * p->bands), length = p->width + 2 * margin;
	uint16_t *line = g_new(uint16_t, length);
	uint16_t *to = p->value + (size_t)p->radius * p->width;

	for (int y = 0; y < vips_image_get_height(image); y++, to += p->width) {
		memset(line, 0, length * sizeof(*line));
		read_row(p, VIPS_IMAGE_ADDR(image, 0, y), line + margin);
		slide(line, length, (size_t)p->bands, 2 * p->radius + 1);
		memcpy(to, line, p->width * sizeof(*line));
	}
	g_free(line);
}

static bool
make_result(struct job *job, const struct plane *p, struct ips_error *err)
{
	VipsImage *image = job->image, **slot = job_slot(job);

	*slot = vips_image_new_memory();
	vips_image_init_fields(*slot, vips_image_get_width(image), vips_image_get_height(image),
	    p->bands, vips_image_get_format(image), VIPS_CODING_NONE,
	    vips_image_get_interpretation(image), vips_image_get_xres(image),
	    vips_image_get_yres(image));
	if (!job_step(job, vips_image_write_prepare(*slot), slot, err))
		return false;
	for (int y = 0; y < vips_image_get_height(*slot); y++)
		write_row(p, p->value + (size_t)y * p->width, VIPS_IMAGE_ADDR(*slot, 0, y));
	return true;
}

bool
grow(struct job *job, int radius, struct ips_error *err)
{
	if (!job_settle(job, err))
		return false;
	VipsImage *image = job->image;
	bool deep = sample_max(image) > 255;
	int bands = vips_image_get_bands(image);
	struct plane p = { .width = (size_t)vips_image_get_width(image) * (size_t)bands,
		.height = (size_t)vips_image_get_height(image) + 2 * (size_t)ABS(radius),
		.radius = ABS(radius),
		.bands = bands,
		.flip = radius > 0 ? 0
			: deep     ? 0xffff
				   : 0xff,
		.deep = deep };

	p.value = g_new0(uint16_t, p.width * p.height);
	fill(&p, image);
	slide(p.value, p.width * p.height, p.width, 2 * p.radius + 1);
	bool done = make_result(job, &p, err);
	g_free(p.value);
	return done;
}
