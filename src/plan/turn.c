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
