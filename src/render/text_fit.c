/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text into its box: resolution, copy-fitting, alignment, and how large a layer is that follows its
 * text. Source: "Text layers", "Text positioning", "Copy-fitting" of the protocol reference. */
#include "text.h"

#include <math.h>

#define TRIES    14   /* of a search by halves: finer than a hundredth of a pixel of any letter */
#define SLACK    0.01 /* of a pixel */
#define LEAST    1.0  /* resolution */
#define FURTHEST 72000.0
#define MAX_SIDE 100000
#define MAX_WORK 8e6 /* letters set, about */

/* How far a layout may reach: the box without its margins, turned if text runs down. */
struct room {
	double left, top, width, height; /* height < 0: as much as is needed */
};

static struct room
room_of(const struct setter *s)
{
	const double *m = s->text->rtf->margin;
	double k = s->scale;
	struct room r = { m[0] * k, m[2] * k, s->text->box.width - (m[0] + m[1]) * k, -1 };

	if (s->text->box.height > 0)
		r.height = MAX(0, s->text->box.height - (m[2] + m[3]) * k);
	r.width = MAX(1, r.width);
	if (s->text->rtf->vertical && r.height >= 0)
		r = (struct room){ m[2] * k, m[1] * k, MAX(1, r.height), r.width };
	return r;
}

static void
set_rectangle(struct setter *s)
{
	struct room room = room_of(s);

	text_set(s, room.width);
}

/* Published: margins are for boxes, not for areas of other shapes. */
static void
set_area(struct setter *s, bool align)
{
	double w = s->text->box.width, h = s->text->box.height;
	const double *m = s->text->rtf->margin;
	double k = s->text->flow == NULL ? s->scale : 0;
	struct text_box box = { m[0] * k, m[2] * k, MAX(m[0] * k + 1, w - m[1] * k),
		MAX(m[2] * k + 1, h - m[3] * k) };

	text_flow(s, s->text->flow, s->text->around, box, align);
}

/* The text lies in an area, or is turned within its box. */
static bool
has_area(const struct setter *s)
{
	return s->text->flow != NULL ||
	       (s->text->angle != 0 && s->text->box.width > 0 && s->text->box.height > 0);
}

static void
set_once(struct setter *s)
{
	if (has_area(s))
		set_area(s, false);
	else
		set_rectangle(s);
}

/* Pango sets what is left of a paragraph once more for every line. */
static bool
is_quick(const struct setter *s)
{
	double width = room_of(s).width, work = 0;

	if (s->text->box.width == 0 || s->text->wrap == IPS_TEXT_NO_WRAP || has_area(s))
		return true;
	for (int i = 0; i < s->text->rtf->paragraphs; i++) {
		double letters = (double)s->source[i].text->len;
		double size = text_size(s, s->text->rtf->paragraph[i].style);

		work += letters * letters * size / (2 * width);
	}
	return work <= MAX_WORK;
}

/* ---- Searches ---- */

static bool
fits(struct setter *s)
{
	struct room room = room_of(s);
	struct text_box ink;
	int limit = s->text->rtf->fit_lines;

	if (!text_is_countable(s) || !is_quick(s))
		return false;
	set_once(s);
	if (limit == 0 || (s->text->rtf->most_lines > 0 && s->text->rtf->most_lines < limit))
		limit = s->text->rtf->most_lines;
	if (limit > 0 && (int)s->lines->len > limit)
		return false;
	if (has_area(s))
		return !s->overflows;
	ink = text_ink(s);
	return (room.height < 0 || s->height <= room.height + SLACK) && !s->broken &&
	       (s->text->ps || (ink.right - ink.left <= room.width + 1 &&
				   ink.bottom - ink.top <= room.height + SLACK));
}

/* The largest value with which the text fits; the least if none does. */
static void
search(struct setter *s, double *value, double least, double most)
{
	double no = most;

	*value = most;
	if (fits(s))
		return;
	*value = least;
	for (int i = 0; i < TRIES; i++) {
		double yes = *value;

		*value = least > 0 ? sqrt(yes * no) : (yes + no) / 2;
		if (!fits(s)) {
			no = *value;
			*value = yes;
		}
	}
}

static bool
has_ranges(const struct ips_rtf *rtf)
{
	for (int i = 0; i < rtf->paragraphs; i++)
		for (int n = 0; n < rtf->paragraph[i].spans; n++)
			if (rtf->paragraph[i].span[n].style->largest >
			    rtf->paragraph[i].span[n].style->size)
				return true;
	return false;
}

/* Both speak of boxes alone. */
static void
fit(struct setter *s)
{
	const struct ips_text *text = s->text;
	bool boxed = text->box.width > 0 && text->box.height > 0;

	if (!text->ps && boxed && text->fit == IPS_TEXT_AUTO)
		search(s, &s->scale, LEAST / 72, FURTHEST / 72);
	if (!text->ps && boxed && text->fit == IPS_TEXT_MAX)
		search(s, &s->scale, MIN(LEAST / 72, s->scale), s->scale);
	if (text->ps && (boxed || text->flow != NULL) && has_ranges(text->rtf))
		search(s, &s->growth, 0, 1);
}

/* ---- Boxes ---- */

static void
drop_after(struct setter *s, guint count)
{
	for (guint i = count; i < s->lines->len; i++)
		g_object_unref(g_array_index(s->lines, struct text_line, i).layout);
	if (count < s->lines->len)
		g_array_set_size(s->lines, count);
	if (count > 0)
		s->height = g_array_index(s->lines, struct text_line, count - 1).bottom;
}

/* textPs= draws whole lines only, and no more than it may. */
static void
drop_lines(struct setter *s, double height)
{
	int most = s->text->rtf->most_lines;
	guint count = 0;

	if (!s->text->ps)
		return;
	while (
	    count < s->lines->len &&
	    (height < 0 || g_array_index(s->lines, struct text_line, count).bottom <= height + 0.5))
		count++;
	if (most > 0)
		count = MIN(count, (guint)most);
	if (count < s->lines->len)
		drop_after(s, count);
}

/* text= moves what would be cut off back into the box, as far as there is room. */
static void
move_inside(struct setter *s, double width, double height)
{
	struct text_box ink = text_ink(s);
	double dx = 0, dy = 0;

	if (ink.bottom > height)
		dy = height - ink.bottom;
	dy = MAX(dy, -ink.top);
	dy = ink.top >= 0 && ink.bottom <= height ? 0 : dy;
	if (ink.right > width)
		dx = width - ink.right;
	dx = ink.left + dx < 0 ? -ink.left : dx;
	text_move(s, dx, dy);
}

static void
align_box(struct setter *s, struct room room)
{
	enum ips_valign valign = s->text->rtf->valign;
	double rest = room.height < 0 ? 0 : room.height - s->height;

	if (valign == IPS_VALIGN_TOP)
		rest = 0;
	else if (valign == IPS_VALIGN_CENTER)
		rest /= 2;
	text_move(s, room.left, room.top + rest);
	if (!s->text->ps)
		move_inside(
		    s, s->text->box.width, room.height < 0 ? HUGE_VAL : s->text->box.height);
}

/* From lines to the layer: the first line of vertical text stands at the right. */
static void
turn_down(struct setter *s, double width)
{
	cairo_matrix_init(&s->matrix, 0, 1, -1, 0, width, 0);
}

static void
make_box(struct setter *s)
{
	struct room room = room_of(s);
	bool vertical = s->text->rtf->vertical && s->text->box.height > 0;
	const double *m = s->text->rtf->margin;

	set_rectangle(s);
	drop_lines(s, room.height);
	align_box(s, room);
	if (vertical)
		turn_down(s, s->text->box.width);
	s->size = s->text->box;
	if (s->size.height == 0)
		s->size.height = MAX(
		    1, ips_round(
			   ceil(s->height + (s->text->ps ? (m[2] + m[3]) * s->scale : 0) - SLACK)));
}

/* ---- Layers that follow their text ---- */

/* The corners of a box in the layer. */
static struct text_box
mapped(const cairo_matrix_t *matrix, struct text_box box)
{
	struct text_box out = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

	for (int i = 0; i < 4; i++) {
		double x = i & 1 ? box.left : box.right, y = i & 2 ? box.top : box.bottom;

		cairo_matrix_transform_point(matrix, &x, &y);
		out.left = MIN(out.left, x);
		out.right = MAX(out.right, x);
		out.top = MIN(out.top, y);
		out.bottom = MAX(out.bottom, y);
	}
	return out;
}

/* Around what is there; 0,0 of what was becomes the anchor. */
static bool
wrap_around(struct setter *s, struct text_box box)
{
	double left = floor(box.left + SLACK), top = floor(box.top + SLACK);
	double width = ceil(box.right - SLACK) - left, height = ceil(box.bottom - SLACK) - top;
	cairo_matrix_t move;

	if (!(width <= MAX_SIDE && height <= MAX_SIDE))
		return ips_fail(s->err, IPS_LIMIT,
		    "A text of %.0f by %.0f pixels is larger than this server accepts.", width,
		    height);
	cairo_matrix_init_translate(&move, -left, -top);
	cairo_matrix_multiply(&s->matrix, &s->matrix, &move);
	s->size = (struct ips_size){ MAX(1, (int)width), MAX(1, (int)height) };
	s->anchor[0] = -left;
	s->anchor[1] = -top;
	return true;
}

static struct text_box
joined(struct text_box a, struct text_box b)
{
	return (struct text_box){ MIN(a.left, b.left), MIN(a.top, b.top), MAX(a.right, b.right),
		MAX(a.bottom, b.bottom) };
}

/* What lines cover, whatever is drawn in them. */
static struct text_box
extents(const struct setter *s)
{
	struct text_box box = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

	for (guint i = 0; i < s->lines->len; i++) {
		const struct text_line *line = &g_array_index(s->lines, struct text_line, i);

		box.left = MIN(box.left, line->x);
		box.right = MAX(box.right, line->x + line->width);
		box.top = MIN(box.top, line->top);
		box.bottom = MAX(box.bottom, line->bottom);
	}
	return box.left <= box.right ? box : (struct text_box){ 0 };
}

/* As wide as what is drawn, as high as its lines; text= keeps all that is drawn. The point that
 * textPs= starts from lies on the first base line. */
static bool
make_point(struct setter *s)
{
	struct text_box box, ink;

	text_set(s, -1);
	drop_lines(s, -1);
	if (s->lines->len > 0)
		text_move(s, 0, -g_array_index(s->lines, struct text_line, 0).baseline);
	box = extents(s);
	ink = text_ink(s);
	if (s->text->ps)
		ink.top = box.top, ink.bottom = box.bottom;
	else
		box.bottom = MAX(box.bottom, box.top + s->height);
	if (ink.left < ink.right)
		box = joined(box, ink);
	if (s->text->rtf->vertical)
		turn_down(s, 0);
	if (s->text->ps)
		cairo_matrix_rotate(&s->matrix, s->text->angle * G_PI / 180);
	s->anchored = s->text->ps;
	return wrap_around(s, mapped(&s->matrix, box));
}

/* ---- Areas and paths ---- */

static bool
make_area(struct setter *s)
{
	set_area(s, true);
	if (s->text->box.width > 0 && s->text->box.height > 0) {
		s->size = s->text->box;
		return true;
	}
	s->anchored = true;
	return wrap_around(s, mapped(&s->matrix, joined(extents(s), text_ink(s))));
}

static bool
make_along(struct setter *s)
{
	if (!text_along(s))
		return false;
	if (s->text->box.width > 0 && s->text->box.height > 0) {
		s->size = s->text->box;
		return true;
	}
	s->anchored = true;
	return wrap_around(s, text_glyphs_ink(s));
}

static bool
make(struct setter *s)
{
	const struct ips_text *text = s->text;

	if (text->path != NULL)
		return make_along(s);
	if (has_area(s))
		return make_area(s);
	if (text->box.width == 0)
		return make_point(s);
	make_box(s);
	return true;
}

/* ---- Open and close ---- */

static void
set_context(struct setter *s)
{
	cairo_font_options_t *options = cairo_font_options_create();

	/* Outlines as they were drawn: where a letter stands does not change how it looks. */
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	s->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	pango_cairo_context_set_font_options(s->context, options);
	pango_cairo_context_set_resolution(s->context, 72);
	pango_context_set_round_glyph_positions(s->context, FALSE);
	pango_context_set_language(s->context, pango_language_from_string("en"));
	if (s->text->rtf->vertical)
		pango_context_set_base_gravity(s->context, PANGO_GRAVITY_EAST);
	cairo_font_options_destroy(options);
}

#define OVERRIDE "\342\200\256" /* U+202E: from right to left whatever comes */
#define POP      "\342\200\254" /* U+202C */

static void
join_spans(const struct ips_rtf_paragraph *p, struct text_source *out)
{
	*out =
	    (struct text_source){ p, g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(int)) };
	for (int i = 0; i < p->spans; i++) {
		bool override = p->span[i].style->right_to_left;
		int start = (int)out->text->len;

		g_array_append_val(out->start, start);
		g_string_append_printf(out->text, "%s%s%s", override ? OVERRIDE : "",
		    p->span[i].text, override ? POP : "");
	}
}

bool
text_open(struct setter *s, const struct ips_text *text, struct ips_error *err)
{
	*s = (struct setter){ .text = text,
		.err = err,
		.scale = text->resolution / 72.0,
		.tight = text->ps && !text->rtf->vertical &&
			 (text->box.height > 0 || text->flow != NULL),
		.lines = g_array_new(FALSE, TRUE, sizeof(struct text_line)),
		.source = g_new0(struct text_source, text->rtf->paragraphs + 1) };

	cairo_matrix_init_identity(&s->matrix);
	set_context(s);
	for (int i = 0; i < text->rtf->paragraphs; i++)
		join_spans(&text->rtf->paragraph[i], &s->source[i]);
	if (!text_fonts_check(s))
		return false;
	fit(s);
	if (!text_is_countable(s))
		return ips_fail(err, IPS_LIMIT, "The text is set larger than this server accepts.");
	if (!is_quick(s))
		return ips_fail(
		    err, IPS_LIMIT, "The text is too long for a box as narrow as this.");
	if (!make(s))
		return false;
	return text_is_quick(s) ||
	       ips_fail(err, IPS_LIMIT, "The text takes too many attempts to fit its area.");
}

void
text_close(struct setter *s)
{
	text_clear(s);
	text_free_glyphs(s);
	for (int i = 0; i < s->text->rtf->paragraphs; i++) {
		g_string_free(s->source[i].text, TRUE);
		g_array_unref(s->source[i].start);
	}
	g_free(s->source);
	g_array_unref(s->lines);
	g_object_unref(s->context);
}
