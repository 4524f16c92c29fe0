/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* GIF and PNG with a palette. libvips would choose the colours once more. */
#include "palette.h"

#include <cgif.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

static int
write_gif_bytes(void *target, const uint8_t *data, const size_t len)
{
	return vips_target_write(target, data, len);
}

static bool
write_gif(const struct reduced *in, bool alpha, VipsTarget *target)
{
	uint8_t table[3 * 256];
	CGIF_Config config = { .pGlobalPalette = table,
		.attrFlags = alpha ? CGIF_ATTR_IS_ANIMATED | CGIF_ATTR_NO_LOOP : 0,
		.width = (uint16_t)in->width,
		.height = (uint16_t)in->height,
		.numGlobalPaletteEntries = (uint16_t)in->palette.count,
		.pWriteFn = write_gif_bytes,
		.pContext = target };
	/* Only what could move has a control block, where the clear entry is told. */
	CGIF_FrameConfig frame = { .pImageData = in->index,
		.attrFlags = alpha ? CGIF_FRAME_ATTR_HAS_ALPHA : 0 };

	for (int i = 0; i < in->palette.count; i++)
		memcpy(table + 3 * i, in->palette.color[i], 3);
	if (in->width > UINT16_MAX || in->height > UINT16_MAX)
		return false;
	CGIF *gif = cgif_newgif(&config);
	if (gif == NULL)
		return false;
	bool added = cgif_addframe(gif, &frame) == CGIF_OK;
	return cgif_close(gif) == CGIF_OK && added;
}

static void
write_png_bytes(png_structp png, png_bytep data, size_t len)
{
	if (vips_target_write(png_get_io_ptr(png), data, len) != 0)
		png_error(png, "write");
}

static void
flush_png(png_structp png)
{
	(void)png; /* the target does */
}

static void
png_ignore(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

/* png_error returns to write_png. */
static void
put_png_header(png_structp png, png_infop info, const struct reduced *in, struct job *job)
{
	png_color colors[256];
	png_byte clear[256];
	const void *profile;
	size_t len;

	for (int i = 0; i < in->palette.count; i++) {
		const uint8_t *c = in->palette.color[i];
		colors[i] = (png_color){ c[0], c[1], c[2] };
		clear[i] = c[3];
	}
	png_set_IHDR(png, info, (png_uint_32)in->width, (png_uint_32)in->height, 8,
	    PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
	    PNG_FILTER_TYPE_DEFAULT);
	png_set_PLTE(png, info, colors, in->palette.count);
	if (job->plan->output.alpha)
		png_set_tRNS(png, info, clear, in->palette.count, NULL);
	double per_metre = vips_image_get_xres(job->image) * 1000;
	png_set_pHYs(png, info, (png_uint_32)ips_round(per_metre),
	    (png_uint_32)ips_round(per_metre), PNG_RESOLUTION_METER);
	if (vips_image_get_typeof(job->image, VIPS_META_ICC_NAME) != 0 &&
	    vips_image_get_blob(job->image, VIPS_META_ICC_NAME, &profile, &len) == 0)
		png_set_iCCP(
		    png, info, "icc", PNG_COMPRESSION_TYPE_BASE, profile, (png_uint_32)len);
	png_write_info(png, info);
}

static bool
write_png(const struct reduced *in, struct job *job, VipsTarget *target)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, png_ignore);
	png_infop info = png_create_info_struct(png);

	if (setjmp(png_jmpbuf(png)) != 0) {
		png_destroy_write_struct(&png, &info);
		return false;
	}
	png_set_write_fn(png, target, write_png_bytes, flush_png);
	put_png_header(png, info, in, job);
	for (int y = 0; y < in->height; y++)
		png_write_row(png, in->index + (size_t)y * (size_t)in->width);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	return true;
}

bool
save_indexed(struct job *job, VipsTarget *target, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;
	struct reduced reduced;

	if (!reduce_colors(job, &reduced, err))
		return false;
	bool done = out->format == IPS_FORMAT_GIF ? write_gif(&reduced, out->alpha, target)
						  : write_png(&reduced, job, target);
	g_free(reduced.index);
	return (done && vips_target_end(target) == 0) || job_fail(job, err);
}
