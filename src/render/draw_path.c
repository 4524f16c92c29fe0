/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A named path for a drawing, as Photoshop writes one: see photoshop.c for the source. */
#include "render_priv.h"

#define NAME   "outline"
#define HEADER "Photoshop 3.0"
#define UNIT   (1 << 24)
#define KNOTS  4
#define CURVE  0.5523 /* how far a control point stands off, for a quarter of a circle */

static void
put(GByteArray *out, int64_t value, int bytes)
{
	for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
		uint8_t byte = (uint8_t)(value >> shift);
		g_byte_array_append(out, &byte, 1);
	}
}

static void
put_zeros(GByteArray *out, int count)
{
	for (int i = 0; i < count; i++)
		put(out, 0, 1);
}

/* A knot is three points: before, on, and after the curve's corner; each y first. */
static void
put_knot(GByteArray *out, int i, const struct ring *ring)
{
	static const double way[KNOTS][2] = { { 1, 0 }, { 0, 1 }, { -1, 0 }, { 0, -1 } };
	const double *to = way[i], *next = way[(i + 1) % KNOTS];

	put(out, 1, 2);
	for (int side = -1; side <= 1; side++) {
		double x = ring->x + ring->across * (to[0] + side * CURVE * next[0]);
		double y = ring->y + ring->down * (to[1] + side * CURVE * next[1]);

		put(out, (int64_t)(y * UNIT), 4);
		put(out, (int64_t)(x * UNIT), 4);
	}
}

GByteArray *
draw_path_blocks(const struct ring *ring)
{
	GByteArray *out = g_byte_array_new();
	enum { RECORD = 26, RECORDS = 3 + KNOTS };

	g_byte_array_append(out, (const uint8_t *)HEADER "\0008BIM", sizeof(HEADER) + 4);
	put(out, 2000, 2);
	put(out, sizeof(NAME) - 1, 1);
	g_byte_array_append(out, (const uint8_t *)NAME, sizeof(NAME) - 1); /* of odd length */
	put(out, RECORD * RECORDS, 4);
	put(out, 6, 2); /* how it is filled */
	put_zeros(out, RECORD - 2);
	put(out, 8, 2); /* what it begins with: nothing */
	put_zeros(out, RECORD - 2);
	put(out, 0, 2); /* a closed subpath */
	put(out, KNOTS, 2);
	put_zeros(out, RECORD - 4);
	for (int i = 0; i < KNOTS; i++)
		put_knot(out, i, ring);
	return out;
}
