/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Photoshop's resource blocks as a test writes them: paths of several kinds, among others' blocks,
 * some of them damaged. */
#include "golden.h"

#include <string.h>

#define JPEG_HEADER "Photoshop 3.0"

static void
put(GByteArray *out, int64_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--) {
		uint8_t byte = (uint8_t)(value >> (8 * i));
		g_byte_array_append(out, &byte, 1);
	}
}

/* claimed < 0: the true length. */
static void
put_block(GByteArray *out, int id, const char *name, const GByteArray *data, int claimed)
{
	size_t len = strlen(name);

	g_byte_array_append(out, (const uint8_t *)"8BIM", 4);
	put(out, id, 2);
	put(out, (int64_t)len, 1);
	g_byte_array_append(out, (const uint8_t *)name, (guint)len);
	if (len % 2 == 0)
		put(out, 0, 1);
	put(out, claimed < 0 ? (int)data->len : claimed, 4);
	g_byte_array_append(out, data->data, data->len);
	if (data->len % 2)
		put(out, 0, 1);
}

/* Before, anchor, after; x and y each in thousandths. */
struct knot {
	int at[6];
};
#define CORNER(x, y)                                                                               \
	{                                                                                          \
		{                                                                                  \
			x, y, x, y, x, y                                                           \
		}                                                                                  \
	}

static void
put_subpath(GByteArray *out, int kind, int claimed, const struct knot *knots, int count)
{
	put(out, kind, 2);
	put(out, claimed, 2);
	for (int i = 0; i < 22; i++)
		put(out, 0, 1);
	for (int i = 0; i < count; i++) {
		put(out, kind + 1 + i % 2, 2);
		for (int k = 0; k < 6; k++) /* y first */
			put(out, (int64_t)knots[i].at[k ^ 1] * (1 << 24) / 1000, 4);
	}
}

static const struct knot box[] = { CORNER(250, 250), CORNER(750, 250), CORNER(750, 750),
	CORNER(250, 750) };
static const struct knot inner[] = { CORNER(400, 375), CORNER(600, 375), CORNER(600, 625),
	CORNER(400, 625) };
static const struct knot left[] = { CORNER(0, 0), CORNER(400, 0), CORNER(400, 1000),
	CORNER(0, 1000) };
static const struct knot triangle[] = { CORNER(100, 100), CORNER(500, 100), CORNER(100, 500) };
/* reaches an eighth from top and bottom, its control points to the edges */
static const struct knot bulge[] = { { { 300, 1000, 300, 500, 300, 0 } },
	{ { 700, 0, 700, 500, 700, 1000 } } };

static const struct {
	int id;
	const char *name;
	struct {
		int kind, claimed;
		const struct knot *knots;
		int count;
	} subpath[2];
} paths[] = {
	{ 2000, "box", { { 0, 4, box, 4 } } },
	{ 2001, "left", { { 0, 4, left, 4 } } },
	{ 2002, "ring", { { 0, 4, box, 4 }, { 0, 4, inner, 4 } } },
	{ 2003, "a bulge: 50%", { { 0, 2, bulge, 2 } } },
	{ 2004, "open", { { 3, 3, triangle, 3 } } },
	{ 2005, "cut", { { 0, 9, box, 4 } } },
	{ 2006, "caf\x8e", { { 0, 4, box, 4 } } },
	{ 2007, "", { { 0, 4, box, 4 } } },
	{ 1999, "no path", { { 0, 4, box, 4 } } },
	{ 2998, "both", { { 3, 3, triangle, 3 }, { 0, 4, inner, 4 } } },
};

GByteArray *
golden_blocks(void)
{
	GByteArray *out = g_byte_array_new();
	static const uint8_t other[] = { 0x1c, 2, 0, 0, 2, 0, 4 };
	g_autoptr(GByteArray) data = g_byte_array_new();

	g_byte_array_append(data, other, sizeof(other));
	put_block(out, 1028, "", data, -1);
	for (size_t i = 0; i < IPS_NELEM(paths); i++) {
		g_byte_array_set_size(data, 0);
		put(data, 6, 2); /* fill rule */
		for (int k = 0; k < 24; k++)
			put(data, 0, 1);
		for (int k = 0; k < 2 && paths[i].subpath[k].count > 0; k++)
			put_subpath(data, paths[i].subpath[k].kind, paths[i].subpath[k].claimed,
			    paths[i].subpath[k].knots, paths[i].subpath[k].count);
		put_block(out, paths[i].id, paths[i].name, data, -1);
	}
	g_byte_array_set_size(data, 0);
	g_byte_array_append(data, (const uint8_t *)"\3box", 4);
	put_block(out, 2999, "", data, -1);
	g_byte_array_set_size(data, 0);
	put_subpath(data, 0, 4, NULL, 0);
	put_block(out, 2100, "tail", data, 2600); /* the file ends in it */
	return out;
}

/* Behind the first two bytes of a JPEG, in two segments: the blocks are one text. */
GByteArray *
golden_with_segments(const void *jpeg, size_t len, const GByteArray *blocks)
{
	GByteArray *out = g_byte_array_new();
	guint half = blocks->len / 2 + 1;

	g_byte_array_append(out, jpeg, 2);
	for (guint at = 0; at < blocks->len; at += half) {
		guint part = MIN(half, blocks->len - at);
		put(out, 0xffed, 2);
		put(out, 2 + sizeof(JPEG_HEADER) + part, 2);
		g_byte_array_append(out, (const uint8_t *)JPEG_HEADER, sizeof(JPEG_HEADER));
		g_byte_array_append(out, blocks->data + at, part);
	}
	g_byte_array_append(out, (const uint8_t *)jpeg + 2, (guint)len - 2);
	return out;
}
