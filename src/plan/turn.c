/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/plan_steps.h"

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

	return (struct ips_map){ { t.xx, t.xy, t.yx, t.yy,
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

	return (struct ips_map){ { fx, 0, 0, fy, -from.x * fx, -from.y * fy } };
}

struct ips_map
ips_map_then(struct ips_map first, struct ips_map then)
{
	const double *a = first.m, *b = then.m;

	return (struct ips_map){ { b[0] * a[0] + b[1] * a[2], b[0] * a[1] + b[1] * a[3],
	    b[2] * a[0] + b[3] * a[2], b[2] * a[1] + b[3] * a[3], b[0] * a[4] + b[1] * a[5] + b[4],
	    b[2] * a[4] + b[3] * a[5] + b[5] } };
}
