/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Windows bitmaps: 1, 4, 8, 24 and 32 bits a pixel, not compressed, either way up. libvips reads
 * them only through ImageMagick, which we do not let near foreign bytes.
 *
 * Source: the published layout of BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPINFOHEADER. */
#include "render_priv.h"

#define BMP_MAX_BYTES ((int64_t)1 << 30)

struct bmp {
	const uint8_t *data;
	size_t size, start, stride;
	const uint8_t *palette;
	int colors, entry; /* of the palette; bytes of one entry */
	int width, height, bits;
	bool down; /* the first row is the top one */
};

static uint32_t
le(const uint8_t *at, int bytes)
{
	uint32_t value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint32_t)at[i] << (8 * i);
	return value;
}

static bool
fail(struct ips_error *err, enum ips_fault fault, const char *what)
{
	return ips_fail(err, fault, "The bitmap %s.", what);
}

static bool
read_palette(struct bmp *b, size_t at, uint32_t used, struct ips_error *err)
{
	b->colors = used > 0 && used <= 1u << b->bits ? (int)used : 1 << b->bits;
	if (at + (size_t)b->colors * (size_t)b->entry > b->size)
		return fail(err, IPS_BROKEN_IMAGE, "ends in its palette");
	b->palette = b->data + at;
	return true;
}

static bool
read_header(struct bmp *b, struct ips_error *err)
{
	if (b->size < 26)
		return fail(err, IPS_BROKEN_IMAGE, "ends in its header");
	uint32_t header = le(b->data + 14, 4);
	bool core = header == 12;
	if ((!core && header < 40) || header > b->size - 14 || (!core && b->size < 54))
		return fail(err, IPS_BROKEN_IMAGE, "has no valid header");
	int32_t height = core ? (int32_t)le(b->data + 20, 2) : (int32_t)le(b->data + 22, 4);
	b->start = le(b->data + 10, 4);
	b->width = (int)(core ? le(b->data + 18, 2) : le(b->data + 18, 4));
	b->down = height < 0;
	b->height = height == INT32_MIN ? 0 : ABS(height);
	b->bits = (int)le(b->data + (core ? 24 : 28), 2);
	b->entry = core ? 3 : 4;
	uint32_t packed = core ? 0 : le(b->data + 30, 4);
	if (b->width < 1 || b->height < 1 || b->width > 65535 || b->height > 65535)
		return fail(err, IPS_BROKEN_IMAGE, "has no valid size");
	if (packed != 0 ||
	    (b->bits != 1 && b->bits != 4 && b->bits != 8 && b->bits != 24 && b->bits != 32))
		return fail(err, IPS_UNSUPPORTED, "is packed in a way that is not read");
	b->stride = ((size_t)b->width * (size_t)b->bits + 31) / 32 * 4;
	if (b->start > b->size || b->stride * (size_t)b->height > b->size - b->start)
		return fail(err, IPS_BROKEN_IMAGE, "ends before its last row");
	return b->bits > 8 || read_palette(b, 14 + header, core ? 0 : le(b->data + 46, 4), err);
}

static const uint8_t *
pixel(const struct bmp *b, const uint8_t *row, int x)
{
	static const uint8_t black[4] = { 0 };

	if (b->bits > 8)
		return row + (size_t)x * (size_t)(b->bits / 8);
	int shift = 8 - b->bits - x * b->bits % 8;
	int index = row[x * b->bits / 8] >> shift & ((1 << b->bits) - 1);
	return index < b->colors ? b->palette + index * b->entry : black;
}

static VipsImage *
unpack(const struct bmp *b)
{
	size_t len = (size_t)b->width * (size_t)b->height * 3;
	uint8_t *rgb = g_try_malloc(len), *out = rgb;

	if (rgb == NULL)
		return NULL;
	for (int y = 0; y < b->height; y++) {
		size_t line = (size_t)(b->down ? y : b->height - 1 - y);
		const uint8_t *row = b->data + b->start + line * b->stride;
		for (int x = 0; x < b->width; x++, out += 3) {
			const uint8_t *p = pixel(b, row, x);
			out[0] = p[2], out[1] = p[1], out[2] = p[0];
		}
	}
	VipsImage *borrowed =
	    vips_image_new_from_memory(rgb, len, b->width, b->height, 3, VIPS_FORMAT_UCHAR);
	VipsImage *image = NULL;
	if (borrowed &&
	    vips_copy(borrowed, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL) == 0)
		g_signal_connect_swapped(image, "postclose", G_CALLBACK(g_free), rgb);
	else
		g_free(rgb);
	VIPS_UNREF(borrowed);
	return image;
}

VipsImage *
bmp_load(VipsSource *source, struct ips_error *err)
{
	gint64 length = vips_source_length(source);
	struct bmp b = { 0 };

	if (length < 0 || length > BMP_MAX_BYTES) {
		fail(err, IPS_LIMIT, "is larger than this server accepts");
		return NULL;
	}
	VipsBlob *blob = vips_source_map_blob(source);
	if (blob == NULL) {
		ips_fail_internal(err, "map a bitmap: %s", vips_error_buffer());
		vips_error_clear();
		return NULL;
	}
	b.data = vips_blob_get(blob, &b.size);
	VipsImage *image = NULL;
	if (read_header(&b, err) && (image = unpack(&b)) == NULL)
		ips_fail_internal(err, "no memory for a bitmap");
	vips_area_unref(VIPS_AREA(blob));
	return image;
}
