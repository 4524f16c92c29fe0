/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/plan_steps.h"

#include <math.h>
#include <string.h>

/* x' = xx x + xy y, y' = yx x + yy y, where y points down. */
struct turn {
	int xx, xy, yx, yy;
};

static const struct turn turns[9] = {
	[1] = { 1, 0, 0, 1 },
	[2] = { -1, 0, 0, 1 },
	[3] = { -1, 0, 0, -1 },
	[4] = { 1, 0, 0, -1 },
	[5] = { 0, 1, 1, 0 },
	[6] = { 0, -1, 1, 0 },
	[7] = { 0, -1, -1, 0 },
	[8] = { 0, 1, -1, 0 },
};

int
ips_turn_then(int first, int then)
{
	struct turn a = turns[first], b = turns[then];
	struct turn c = { b.xx * a.xx + b.xy * a.yx, b.xx * a.xy + b.xy * a.yy,
		b.yx * a.xx + b.yy * a.yx, b.yx * a.xy + b.yy * a.yy };
	int found = 1;

	for (int i = 1; i <= 8; i++)
		if (turns[i].xx == c.xx && turns[i].xy == c.xy && turns[i].yx == c.yx &&
		    turns[i].yy == c.yy)
			found = i;
	return found;
}

int
ips_turn_inverse(int turn)
{
	return turn == 6 ? 8 : turn == 8 ? 6 : turn;
}

bool
ips_turn_swaps(int turn)
{
	return turn >= 5;
}

struct ips_size
ips_turn_size(int turn, struct ips_size size)
{
	return ips_turn_swaps(turn) ? (struct ips_size){ size.height, size.width } : size;
}

/* One coordinate of the corner that becomes the top left one. */
static int
turn_corner(int from_x, int from_y, struct ips_size size, struct ips_rect rect)
{
	if (from_x)
		return from_x > 0 ? rect.x : size.width - rect.x - rect.width;
	return from_y > 0 ? rect.y : size.height - rect.y - rect.height;
}

struct ips_rect
ips_turn_rect(int turn, struct ips_size size, struct ips_rect rect)
{
	struct turn t = turns[turn];
	struct ips_size turned = ips_turn_size(turn, (struct ips_size){ rect.width, rect.height });

	return (struct ips_rect){ turn_corner(t.xx, t.xy, size, rect),
		turn_corner(t.yx, t.yy, size, rect), turned.width, turned.height };
}

/* The corner that comes to lie at 0,0 is the one the axes lead away from. */
struct ips_map
ips_turn_map(int turn, struct ips_size size)
{
	struct turn t = turns[turn];

	return (struct ips_map){ .m = { t.xx, t.xy, t.yx, t.yy,
				     t.xx < 0   ? size.width
				     : t.xy < 0 ? size.height
						: 0,
				     t.yx < 0   ? size.width
				     : t.yy < 0 ? size.height
						: 0 } };
}

struct ips_map
ips_map_scale(struct ips_rect from, struct ips_size to)
{
	double fx = (double)to.width / from.width, fy = (double)to.height / from.height;

	return (struct ips_map){ .m = { fx, 0, 0, fy, -from.x * fx, -from.y * fy } };
}

/* As a matrix of three rows, for columns of x, y and 1. */
static void
put_matrix(const struct ips_map *map, double out[9])
{
	const double *m = map->m, *p = map->p;
	const double rows[9] = { m[0], m[1], m[4], m[2], m[3], m[5], p[0], p[1], 1 + p[2] };

	memcpy(out, rows, sizeof(rows));
}

static struct ips_map
take_matrix(const double r[9])
{
	return (struct ips_map){ .m = { r[0], r[1], r[3], r[4], r[2], r[5] },
		.p = { r[6], r[7], r[8] - 1 } };
}

struct ips_map
ips_map_then(struct ips_map first, struct ips_map then)
{
	double a[9], b[9], c[9];

	put_matrix(&first, a);
	put_matrix(&then, b);
	for (int i = 0; i < 9; i++)
		c[i] = b[i / 3 * 3] * a[i % 3] + b[i / 3 * 3 + 1] * a[3 + i % 3] +
		       b[i / 3 * 3 + 2] * a[6 + i % 3];
	return take_matrix(c);
}

bool
ips_map_point(const struct ips_map *map, double x, double y, double out[2])
{
	const double *m = map->m, *p = map->p;
	double w = 1 + p[0] * x + p[1] * y + p[2];

	out[0] = (m[0] * x + m[1] * y + m[4]) / w;
	out[1] = (m[2] * x + m[3] * y + m[5]) / w;
	return w > 0;
}

/* The adjugate over the determinant, so that what is in front of the horizon stays there. */
bool
ips_map_inverse(const struct ips_map *map, struct ips_map *out)
{
	double a[9], b[9];

	put_matrix(map, a);
	for (int i = 0; i < 9; i++) {
		int r = (i % 3 + 1) % 3 * 3, s = (i % 3 + 2) % 3 * 3, c = (i / 3 + 1) % 3,
		    d = (i / 3 + 2) % 3;
		b[i] = a[r + c] * a[s + d] - a[r + d] * a[s + c];
	}
	double det = a[0] * b[0] + a[1] * b[3] + a[2] * b[6];
	if (!(fabs(det) > 0) || !isfinite(det))
		return false;
	for (int i = 0; i < 9; i++)
		b[i] /= det;
	*out = take_matrix(b);
	return true;
}
