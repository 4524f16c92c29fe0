/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Path data: M, L, C and Z with their numbers, commas where SVG has blanks. Drawn by others.
 * Source: clipPath= of the protocol reference; R30: a command may be followed by a comma. */
#include "modifier_priv.h"

#include <math.h>
#include <string.h>

struct pen {
	struct span text;
	size_t at;
	double x, y;             /* where it stands */
	double start_x, start_y; /* of the subpath */
	GArray *steps;
};

static bool
is_number_char(char c)
{
	return g_ascii_isdigit(c) || c == '.' || c == 'e' || c == 'E';
}

/* One number. A sign that does not follow an exponent starts the next one. */
static bool
read_number(struct pen *pen, double *out)
{
	struct span text = pen->text;
	size_t end = pen->at;

	if (end < text.len && (text.at[end] == '-' || text.at[end] == '+'))
		end++;
	for (; end < text.len; end++) {
		char c = text.at[end];
		bool exponent = end > pen->at && g_ascii_tolower(text.at[end - 1]) == 'e';

		if (!is_number_char(c) && !((c == '-' || c == '+') && exponent))
			break;
	}
	if (!ips_parse_double(text.at + pen->at, end - pen->at, out))
		return false;
	pen->at = end;
	return true;
}

static void
skip_comma(struct pen *pen)
{
	if (pen->at < pen->text.len && pen->text.at[pen->at] == ',')
		pen->at++;
}

static bool
numbers_follow(const struct pen *pen)
{
	return pen->at < pen->text.len && !g_ascii_isalpha(pen->text.at[pen->at]);
}

/* The points of one step, absolute. */
static bool
read_step(struct pen *pen, enum ips_path_verb verb, bool relative)
{
	struct ips_path_step step = { .verb = verb };
	int numbers = verb == IPS_PATH_CURVE ? 6 : 2;

	for (int i = 0; i < numbers; i++) {
		if (!read_number(pen, &step.at[i]))
			return false;
		if (relative)
			step.at[i] += i % 2 == 0 ? pen->x : pen->y;
		skip_comma(pen);
	}
	pen->x = step.at[numbers - 2];
	pen->y = step.at[numbers - 1];
	if (verb == IPS_PATH_MOVE)
		pen->start_x = pen->x, pen->start_y = pen->y;
	g_array_append_val(pen->steps, step);
	return true;
}

static void
close_subpath(struct pen *pen)
{
	struct ips_path_step step = { .verb = IPS_PATH_CLOSE };

	pen->x = pen->start_x, pen->y = pen->start_y;
	g_array_append_val(pen->steps, step);
}

/* As in SVG, the pairs after the first one of a moveto are lines. */
static bool
read_command(struct pen *pen)
{
	static const struct {
		char letter;
		enum ips_path_verb first, next;
	} commands[] = {
		{ 'M', IPS_PATH_MOVE, IPS_PATH_LINE },
		{ 'L', IPS_PATH_LINE, IPS_PATH_LINE },
		{ 'C', IPS_PATH_CURVE, IPS_PATH_CURVE },
	};
	char letter = pen->text.at[pen->at++], upper = g_ascii_toupper(letter);

	if (pen->steps->len == 0 && upper != 'M')
		return false;
	skip_comma(pen);
	if (upper == 'Z') {
		close_subpath(pen);
		return !numbers_follow(pen);
	}
	for (size_t i = 0; i < IPS_NELEM(commands); i++) {
		if (commands[i].letter != upper)
			continue;
		if (!read_step(pen, commands[i].first, letter != upper))
			return false;
		while (numbers_follow(pen))
			if (!read_step(pen, commands[i].next, letter != upper))
				return false;
		return true;
	}
	return false;
}

static GArray *
read_path(struct span text)
{
	struct pen pen = { .text = text,
		.steps = g_array_new(FALSE, FALSE, sizeof(struct ips_path_step)) };

	while (pen.at < text.len)
		if (!read_command(&pen)) {
			g_array_set_size(pen.steps, 0);
			break;
		}
	return pen.steps;
}

bool
path_data_valid(struct span text)
{
	g_autoptr(GArray) steps = read_path(text);

	return steps->len > 0;
}

const struct ips_path *
ips_path_parse(struct ips_arena *mem, const char *text)
{
	g_autoptr(GArray) steps = read_path((struct span){ text, strlen(text) });

	return ips_path_new(
	    mem, (const struct ips_path_step *)(void *)steps->data, (int)steps->len);
}

const struct ips_path *
ips_path_new(struct ips_arena *mem, const struct ips_path_step *steps, int count)
{
	struct ips_path *path = IPS_NEW(mem, struct ips_path);
	struct ips_path_step *own = IPS_NEW_N(mem, struct ips_path_step, count);

	if (count > 0)
		memcpy(own, steps, (size_t)count * sizeof(*own));
	*path = (struct ips_path){ count, own };
	return path;
}

static void
widen(double box[4], const double at[2])
{
	box[0] = fmin(box[0], at[0]), box[1] = fmin(box[1], at[1]);
	box[2] = fmax(box[2], at[0]), box[3] = fmax(box[3], at[1]);
}

static double
cubic(double p0, const double *p, double t)
{
	double u = 1 - t;

	return u * u * u * p0 + 3 * u * u * t * p[0] + 3 * u * t * t * p[2] + t * t * t * p[4];
}

/* Where one coordinate of a curve turns back: the roots of its derivative. */
static int
turning_points(double p0, const double *p, double t[2])
{
	double c = p[0] - p0, b = 2 * (p[2] - 2 * p[0] + p0), a = p[4] - 3 * p[2] + 3 * p[0] - p0;
	double d = b * b - 4 * a * c;

	if (a == 0) {
		t[0] = b != 0 ? -c / b : 0;
		return 1;
	}
	if (d < 0)
		return 0;
	t[0] = (-b + sqrt(d)) / (2 * a);
	t[1] = (-b - sqrt(d)) / (2 * a);
	return 2;
}

static void
widen_by_curve(double box[4], const double from[2], const double at[6])
{
	for (int axis = 0; axis < 2; axis++) {
		double t[2];
		int count = turning_points(from[axis], at + axis, t);
		for (int i = 0; i < count; i++)
			if (t[i] > 0 && t[i] < 1)
				widen(box, (double[2]){ cubic(from[0], at, t[i]),
					       cubic(from[1], at + 1, t[i]) });
	}
	widen(box, at + 4);
}

void
ips_path_bounds(const struct ips_path *path, double box[4])
{
	const double *from = NULL, *start = NULL;

	memset(box, 0, 4 * sizeof(*box));
	for (int i = 0; i < path->count; i++) {
		const struct ips_path_step *step = &path->step[i];
		if (step->verb == IPS_PATH_CLOSE) {
			from = start;
			continue;
		}
		if (from == NULL)
			box[0] = box[2] = step->at[0], box[1] = box[3] = step->at[1];
		if (step->verb == IPS_PATH_CURVE && from)
			widen_by_curve(box, from, step->at);
		else
			widen(box, step->at);
		from = step->verb == IPS_PATH_CURVE ? step->at + 4 : step->at;
		if (step->verb == IPS_PATH_MOVE)
			start = from;
	}
}
