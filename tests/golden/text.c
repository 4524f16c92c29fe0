/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text: where ink lies against the rectangles that Pango itself gives for the same letters, and how
 * large layers are that follow their text. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>
#include <unistd.h>

#define INK 100 /* alpha that counts: an edge that covers less than this of a pixel does not */

struct box {
	double left, top, right, bottom;
};

/* One line of plain letters, as Pango sees it: logical from 0,0 on. */
struct said {
	double width, height, baseline;
	struct box ink;
};

static struct said
pango_says(const char *font, double size, const char *text)
{
	PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	cairo_font_options_t *options = cairo_font_options_create();
	PangoFontDescription *desc = pango_font_description_from_string(font);
	PangoRectangle ink, logical;

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_font_description_set_absolute_size(desc, size * PANGO_SCALE);
	PangoLayout *layout = pango_layout_new(context);
	pango_layout_set_font_description(layout, desc);
	pango_layout_set_text(layout, text, -1);
	pango_layout_get_extents(layout, &ink, &logical);
	struct said said = { (double)logical.width / PANGO_SCALE,
		(double)logical.height / PANGO_SCALE,
		(double)pango_layout_get_baseline(layout) / PANGO_SCALE,
		{ (double)ink.x / PANGO_SCALE, (double)ink.y / PANGO_SCALE,
		    (double)(ink.x + ink.width) / PANGO_SCALE,
		    (double)(ink.y + ink.height) / PANGO_SCALE } };
	g_object_unref(layout);
	pango_font_description_free(desc);
	cairo_font_options_destroy(options);
	g_object_unref(context);
	return said;
}

static uint8_t *
draw(const char *modifier, int *width, int *height)
{
	g_autofree char *all = g_strconcat(modifier, "&fmt=png-alpha&scl=1", NULL);
	struct ips_error err = { 0 };
	int fd;

	if (!golden_run(golden_source(QUAD), all, &ips_profile_copy, &fd, NULL, &err))
		fail_msg("%s: %s %s", modifier, err.reason, err.detail);
	uint8_t *pixels = golden_pixels(fd, width, height);
	close(fd);
	return pixels;
}

/* The outermost pixels with ink. */
static struct box
ink_of(const uint8_t *pixels, int width, int height)
{
	struct box box = { HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			if (pixels[4 * (y * width + x) + 3] >= INK) {
				box.left = fmin(box.left, x), box.right = fmax(box.right, x + 1);
				box.top = fmin(box.top, y), box.bottom = fmax(box.bottom, y + 1);
			}
	return box;
}

static void
check_box(const char *modifier, struct box is, struct box want)
{
	if (fabs(is.left - want.left) > 1.6 || fabs(is.right - want.right) > 1.6 ||
	    fabs(is.top - want.top) > 1.6 || fabs(is.bottom - want.bottom) > 1.6)
		fail_msg("%s: ink %g,%g to %g,%g, not %.1f,%.1f to %.1f,%.1f", modifier, is.left,
		    is.top, is.right, is.bottom, want.left, want.top, want.right, want.bottom);
}

#define SANS   "DejaVu Sans"
#define TABLE  "{\\fonttbl{\\f0%20DejaVu%20Serif;}{\\f1%20DejaVu%20Sans%20Mono;}}\\f0"
#define CENTER 0.5
#define END    1

/* One line: in which box, of which of Pango's letters, standing where: 0 left or top, 1 right or
 * bottom; moved by what is added. */
static const struct {
	const char *modifier;
	int width, height; /* of the layer; 0: that of the letters */
	const char *font;
	double size;
	const char *text;
	double x, y, dx, dy;
} rows[] = {
	{ "size=300,60&text=Hamburg", 300, 60, SANS, 12, "Hamburg", 0, 0, 0, 0 },
	{ "size=300,60&textPs=Hamburg", 300, 60, SANS, 12, "Hamburg", 0, 0, 0, 0 },
	{ "size=300,60&text=\\fs64%20Hamburg", 300, 60, SANS, 32, "Hamburg", 0, 0, 0, 0 },
	{ "size=300,60&textPs=\\fs64\\qr%20Hamburg", 300, 60, SANS, 32, "Hamburg", END, 0, 0, 0 },
	{ "size=300,60&text=\\fs64\\qc%20Hamburg", 300, 60, SANS, 32, "Hamburg", CENTER, 0, 0, 0 },
	{ "size=300,90&text=\\fs64\\vertalc\\qc%20Hamburg", 300, 90, SANS, 32, "Hamburg", CENTER,
	    CENTER, 0, 0 },
	{ "size=300,90&text=\\fs64\\vertalb\\qr%20Hamburg", 300, 90, SANS, 32, "Hamburg", END, END,
	    0, 0 },
	{ "size=300,90&textPs=\\fs64\\vertalb%20Hamburg", 300, 90, SANS, 32, "Hamburg", 0, END, 0,
	    0 },
	{ "size=300,90&textPs=\\fs64\\vertalc%20Hamburg", 300, 90, SANS, 32, "Hamburg", 0, CENTER,
	    0, 0 },
	{ "size=300,60&text=\\fs60\\b%20Hamburg", 300, 60, SANS " Bold", 30, "Hamburg", 0, 0, 0,
	    0 },
	{ "size=300,60&text=\\fs60\\i%20Hamburg", 300, 60, SANS " Italic", 30, "Hamburg", 0, 0, 0,
	    0 },
	{ "size=300,60&text=\\fs60\\b\\i%20Hamburg", 300, 60, SANS " Bold Italic", 30, "Hamburg", 0,
	    0, 0, 0 },
	{ "size=300,60&text=" TABLE "\\fs60%20Hamburg", 300, 60, "DejaVu Serif", 30, "Hamburg", 0,
	    0, 0, 0 },
	{ "size=300,60&textPs=" TABLE "\\f1\\fs60%20Hamburg", 300, 60, "DejaVu Sans Mono", 30,
	    "Hamburg", 0, 0, 0, 0 },
	/* resolution: pixels of a point */
	{ "size=300,60&text=\\fs32%20Hamburg&textAttr=144", 300, 60, SANS, 32, "Hamburg", 0, 0, 0,
	    0 },
	{ "size=300,60&textPs=\\fs64%20Hamburg&textAttr=36", 300, 60, SANS, 16, "Hamburg", 0, 0, 0,
	    0 },
	{ "size=300,60&text=\\fs64%20Hamburg&textAttr=72,off", 300, 60, SANS, 32, "Hamburg", 0, 0,
	    0, 0 },
	/* margins and indents: 20 twips a point */
	{ "size=300,60&textPs=\\margl400\\margt200\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg",
	    0, 0, 20, 10 },
	{ "size=300,60&textPs=\\margr400\\qr\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", END, 0,
	    -20, 0 },
	{ "size=300,60&textPs=\\li400\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0, 20, 0 },
	{ "size=300,60&textPs=\\fi600\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0, 30, 0 },
	{ "size=300,60&textPs=\\li400\\fi-200\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0,
	    10, 0 },
	{ "size=300,60&textPs=\\ri400\\qr\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", END, 0,
	    -20, 0 },
	{ "size=300,60&text=\\li400\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0, 0, 0 },
	/* space before: text= has it before the first, too */
	{ "size=300,60&text=\\sb200\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0, 0, 10 },
	{ "size=300,60&textPs=\\sb200\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0, 0, 0 },
	{ "size=300,60&text=\\vertalb\\sa200\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, END,
	    0, -10 },
	{ "size=300,60&textPs=\\vertalb\\sa200\\fs40%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0,
	    END, 0, 0 },
	/* raised text moves the line down with text=, not with textPs= */
	{ "size=300,60&text=\\fs40\\up20%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0, 0, 0 },
	{ "size=300,60&textPs=\\fs40\\margt400\\up20%20Hamburg", 300, 60, SANS, 20, "Hamburg", 0, 0,
	    0, 10 },
	/* layers that follow their text */
	{ "text=\\fs60%20Hamburg", 0, 0, SANS, 30, "Hamburg", 0, 0, 0, 0 },
	{ "textPs=\\fs60%20Hamburg", 0, 0, SANS, 30, "Hamburg", 0, 0, 0, 0 },
	{ "textPs=\\fs60\\qr%20Hamburg", 0, 0, SANS, 30, "Hamburg", 0, 0, 0, 0 },
	{ "textPs=\\fs60\\qc%20Hamburg", 0, 0, SANS, 30, "Hamburg", 0, 0, 0, 0 },
	{ "size=300,0&text=\\fs60%20Hamburg", 300, 0, SANS, 30, "Hamburg", 0, 0, 0, 0 },
	{ "size=300,0&textPs=\\fs60\\qr%20Hamburg", 300, 0, SANS, 30, "Hamburg", END, 0, 0, 0 },
	{ "text=\\fs60%20Hamburg&extend=10,5,20,30", 0, 0, SANS, 30, "Hamburg", 0, 0, 10, 5 },
	/* other scripts */
	{ "size=300,60&text=\\fs60%20\316\221\316\263\317\211", 300, 60, SANS, 30,
	    "\316\221\316\263\317\211", 0, 0, 0, 0 },
	{ "size=300,60&text=\\fs60%20\327\251\327\234\327\225\327\235", 300, 60, SANS, 30,
	    "\327\251\327\234\327\225\327\235", 0, 0, 0, 0 },
	{ "size=300,60&text={\\fonttbl{\\f0\\fcharset204%20DejaVu%20Sans;}}\\f0\\fs60\\'c6\\'e0",
	    300, 60, SANS, 30, "\320\226\320\260", 0, 0, 0, 0 },
};

void
test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct said said = pango_says(rows[i].font, rows[i].size, rows[i].text);
		const char *extend = strstr(rows[i].modifier, "extend=10,5,20,30");
		int w, h;
		g_autofree uint8_t *pixels = draw(rows[i].modifier, &w, &h);
		double width = rows[i].width > 0 ? rows[i].width : said.width;
		double height = rows[i].height > 0 ? rows[i].height : said.height;

		if (fabs(w - (width + (extend ? 30 : 0))) > 1.1 ||
		    fabs(h - (height + (extend ? 35 : 0))) > 1.1)
			fail_msg("%s: %d by %d, not %.1f by %.1f", rows[i].modifier, w, h, width,
			    height);
		double x = rows[i].x * (width - said.width) + rows[i].dx;
		double y = rows[i].y * (height - said.height) + rows[i].dy;
		check_box(rows[i].modifier, ink_of(pixels, w, h),
		    (struct box){ x + said.ink.left, y + said.ink.top, x + said.ink.right,
			y + said.ink.bottom });
	}
}

void
test_text_refused(void **state)
{
	static const struct {
		const char *modifier;
		enum ips_fault fault;
		const char *says;
	} refused[] = {
		{ "text={\\fonttbl{\\f0%20NoSuchFont;}}\\f0%20x", IPS_INVALID_PARAMETER,
		    "'NoSuchFont' is not registered" },
		{ "text={x", IPS_INVALID_PARAMETER, "not closed" },
		{ "size=0,50&text=x", IPS_INVALID_PARAMETER, "width" },
		{ "text=\\ql%20a\\par\\qr%20b", IPS_INVALID_PARAMETER, "only one of" },
		{ "size=100,0&text=\\ql%20a\\par\\qc%20b", IPS_INVALID_PARAMETER, "only one of" },
		{ "textPs=x&textPath=M0,0L9,9&textFlowPath=M0,0L9,9,0,9", IPS_INVALID_PARAMETER,
		    "one layer" },
		{ "textPs=x&textPath=M0,0L99,0&pathAttr=norm,0.6,1.5", IPS_INVALID_PARAMETER,
		    "closed paths" },
		{ "textPs=x&textPath=M0,0L99,0&pathAttr=norm,1,1", IPS_INVALID_PARAMETER,
		    "below 1" },
		{ "textPs=x&textPath=M0,0L99,0&pathAttr=norm,0.5,0.5", IPS_INVALID_PARAMETER,
		    "before end" },
		{ "textPs=x&textPath=M0,0L99,0,0,9Z&pathAttr=norm,0.5,1.6", IPS_INVALID_PARAMETER,
		    "plus 1" },
		{ "textAttr=0&text=x", IPS_INVALID_PARAMETER, "textAttr=0" },
		{ "textAttr=72,fuzzy&text=x", IPS_INVALID_PARAMETER, "textAttr=72,fuzzy" },
		{ "textAttr=1000000&text=x", IPS_LIMIT, "larger than this server" },
		{ "textAttr=9000&text=\\fs2000%20x", IPS_LIMIT, "larger than this server" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
		struct ips_error err = { 0 };
		int fd;

		if (golden_run(golden_source(QUAD), refused[i].modifier, &ips_profile_copy, &fd,
			NULL, &err))
			fail_msg("%s: not refused", refused[i].modifier);
		if (err.fault != refused[i].fault || strstr(err.reason, refused[i].says) == NULL)
			fail_msg("%s: %d %s", refused[i].modifier, err.fault, err.reason);
	}
}

static struct box
box_of(const char *modifier, int *width, int *height)
{
	g_autofree uint8_t *pixels = draw(modifier, width, height);

	return ink_of(pixels, *width, *height);
}

/* Two requests whose ink lies alike, or moved. */
static const struct {
	const char *one, *other;
	double dx, dy;
} alike[] = {
	/* a path that is a base line: where the letters of a box stand is known from Pango */
	{ "size=300,60&textPs=\\fs40%20Hamburg&textPath=M0,40L300,40",
	    "size=300,60&textPs=\\fs40%20Hamburg&textPath=M50,30L300,30", 50, -10 },
	{ "size=300,60&textPs=\\fs40%20Hamburg&textPath=M100,40L300,40",
	    "size=300,60&textPs=\\fs40%20Hamburg&textPath=M0,40L200,40&pathAttr=norm,0.5,1", 0, 0 },
	{ "size=300,60&textPs=\\fs40%20Hamburg&textPath=M100,40L300,40",
	    "size=300,60&textPs=\\fs40%20Hamburg&textPath=M300,40L100,40&pathAttr=reverse", 0, 0 },
	{ "size=300,60&textPs=\\fs40%20Hamburg&textPath=M20,40L300,40",
	    "size=300,60&textPs=\\fs40%20Hamburg\\line%20more&textPath=M20,40L300,40", 0, 0 },
	{ "size=300,60&textPs=\\fs40%20Hamburg&textPath=M20,40L300,40",
	    "size=300,60&textPs=\\fs40\\li400%20Hamburg&textPath=M0,40L300,40", 0, 0 },
	/* an area that is a rectangle is a box */
	{ "size=300,90&textPs=\\fs40%20Ham%20burg%20Hamburg",
	    "size=300,90&textPs=\\fs40%20Ham%20burg%20Hamburg&textFlowPath=M0,0L300,0,300,90,0,90Z",
	    0, 0 },
	{ "size=150,90&textPs=\\fs40%20Hamburg%20burgham",
	    "size=400,90&textPs=\\fs40%20Hamburg%20burgham&textFlowPath=M50,0L200,0,200,90,50,90Z",
	    50, 0 },
	{ "size=200,90&textPs=\\fs40%20Ham",
	    "size=200,90&textPs=\\fs40%20Ham&textFlowPath=M0,0L200,0,200,90,0,90Z"
	    "&textFlowXPath=M0,0L60,0,60,90,0,90Z",
	    60, 0 },
	/* what only the other command knows */
	{ "size=300,60&text=\\fs40%20Hamburg", "size=300,60&text=\\caps\\qj\\fs40%20Hamburg", 0,
	    0 },
	{ "size=300,60&textPs=\\fs40%20Hamburg", "size=300,60&textPs=\\rtlch\\fs40%20Hamburg", 0,
	    0 },
	{ "size=300,60&text=\\fs40%20HAM", "size=300,60&textPs=\\caps\\fs40%20ham", 0, 0 },
	{ "size=300,60&text=\\fs40%20maH", "size=300,60&text=\\fs40\\rtlch%20Ham", 0, 0 },
	/* the last of src=, text= and textPs= counts (R4) */
	{ "size=300,60&text=\\fs40%20Ham", "size=300,60&textPs=xyz&text=\\fs40%20Ham", 0, 0 },
	/* commands of pictures say nothing of text */
	{ "size=300,60&text=\\fs40%20Ham", "size=300,60&text=\\fs40%20Ham&crop=0,0,9,9&res=5", 0,
	    0 },
	/* textAngle= of other layers is ignored */
	{ "size=300,60&text=\\fs40%20Ham", "size=300,60&text=\\fs40%20Ham&textAngle=45", 0, 0 },
	/* line spacing: 30 points exactly from base line to base line */
	{ "size=300,90&textPs=\\fs40%20\\line%20Ham&textAttr=72,norm",
	    "size=300,90&textPs=\\fs40\\sl-600%20\\line%20Ham", 0, 0 },
};

static void
check_turned(void)
{
	int w, h;
	struct box flat = box_of("size=120,60&textPs=\\fs40%20Ham", &w, &h);
	struct box down = box_of("size=60,120&textPs=\\fs40%20Ham&textAngle=90", &w, &h);

	/* x' = 60 - y, y' = x */
	check_box("textAngle=90", down,
	    (struct box){ 60 - flat.bottom, flat.left, 60 - flat.top, flat.right });
	struct box back = box_of("size=120,60&textPs=\\fs40%20Ham&textAngle=180", &w, &h);
	check_box("textAngle=180", back,
	    (struct box){ 120 - flat.right, 60 - flat.bottom, 120 - flat.left, 60 - flat.top });
}

/* Twice the resolution is twice the size; a box is filled as far as one side lets it. */
static void
check_fits(void)
{
	int w, h, w2, h2;
	struct box box;

	box_of("text=\\fs60%20Hamburg", &w, &h);
	box_of("text=\\fs60%20Hamburg&textAttr=144", &w2, &h2);
	assert_in_range(w2, 2 * w - 3, 2 * w + 3);
	assert_in_range(h2, 2 * h - 3, 2 * h + 3);
	box = box_of("size=300,100&text=Hamburg&textAttr=1,norm,autoRes,nbWrap", &w, &h);
	assert_true(box.right - box.left > 285 || box.bottom - box.top > 70);
	box = box_of("size=300,100&text=\\fs400%20Hamburg&textAttr=72,norm,maxRes,nbWrap", &w, &h);
	assert_true(box.right - box.left > 285 && box.right <= 300);
	struct box as_is = box_of("size=300,100&text=Hamburg&textAttr=72,norm,maxRes", &w, &h);
	box = box_of("size=300,100&text=Hamburg", &w, &h);
	check_box("maxRes that fits", as_is, box);
	box = box_of("size=300,100&textPs=\\fs10\\copyfit400%20Hamburg%20Altona", &w, &h);
	assert_true(box.bottom - box.top > 45 && box.bottom <= 100);
	struct box one =
	    box_of("size=300,100&textPs=\\fs10\\copyfit400\\copyfitlines1%20Ham%20Alt", &w, &h);
	assert_true(one.right - one.left > 280);
	as_is = box_of("size=300,100&textPs=\\fs24\\copyfit24%20Hamburg", &w, &h);
	box = box_of("size=300,100&textPs=Hamburg", &w, &h);
	check_box("copyfit of the same size", as_is, box);
}

/* A font map: own names in any case, the last counts; faces that a font does not have. */
static void
check_fonts(void)
{
	static const struct ips_font own[] = { { "headline", "DejaVu Sans Mono" },
		{ "arial", "DejaVu Serif" }, { "headline", "DejaVu Serif" } };
	static const struct {
		const char *modifier;
		bool synthesize, good;
	} asked[] = {
		{ "text={\\fonttbl{\\f0%20Headline;}}\\f0%20x", true, true },
		{ "text={\\fonttbl{\\f0%20ARIAL;}}\\f0%20x", true, true },
		{ "text={\\fonttbl{\\f0%20Headlines;}}\\f0%20x", true, false },
		{ "text={\\fonttbl{\\f0%20Headline;}}\\f0\\b%20x", false, true },
		{ "text={\\fonttbl{\\f0%20DejaVu%20Math%20TeX%20Gyre;}}\\f0\\b%20x", true, true },
		{ "text={\\fonttbl{\\f0%20DejaVu%20Math%20TeX%20Gyre;}}\\f0\\b%20x", false, false },
		{ "text={\\fonttbl{\\f0%20DejaVu%20Math%20TeX%20Gyre;}}\\f0%20x", false, true },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
		struct ips_fonts fonts = { "headline", asked[i].synthesize, own,
			G_N_ELEMENTS(own) };
		struct ips_plan_profile profile = ips_profile_copy;
		struct ips_error err;
		int fd;

		profile.fonts = &fonts;
		bool good =
		    golden_run(golden_source(QUAD), asked[i].modifier, &profile, &fd, NULL, &err);
		if (good)
			close(fd);
		if (good != asked[i].good)
			fail_msg("%s: %s", asked[i].modifier, good ? "drawn" : err.reason);
	}
}

void
test_text_relations(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(alike); i++) {
		int w, h;
		struct box one = box_of(alike[i].one, &w, &h);
		struct box other = box_of(alike[i].other, &w, &h);

		if (strstr(alike[i].other, "\\sl-600") != NULL) {
			double natural = pango_says(SANS, 20, "H").height;
			one.top += 30 - natural, one.bottom += 30 - natural;
		}
		other.left -= alike[i].dx, other.right -= alike[i].dx;
		other.top -= alike[i].dy, other.bottom -= alike[i].dy;
		check_box(alike[i].other, other, one);
	}
	check_turned();
	check_fits();
	check_fonts();
}
