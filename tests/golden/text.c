/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text: where ink lies against the rectangles that Pango itself gives for the same letters, and how
 * large layers are that follow their text. */
#include "text_ink.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

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

/* A box of textPs= begins where letters do, not where lines do: with the top of a 'd'. */
static double
lead_of(size_t row)
{
	if (rows[row].height == 0 || strstr(rows[row].modifier, "textPs=") == NULL)
		return 0;
	return golden_pango(rows[row].font, rows[row].size, "d").ink.top;
}

void
test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct golden_said said = golden_pango(rows[i].font, rows[i].size, rows[i].text);
		const char *extend = strstr(rows[i].modifier, "extend=10,5,20,30");
		int w, h;
		g_autofree uint8_t *pixels = golden_draw(rows[i].modifier, &w, &h);
		double width = rows[i].width > 0 ? rows[i].width : said.width;
		double height = rows[i].height > 0 ? rows[i].height : said.height;

		if (fabs(w - (width + (extend ? 30 : 0))) > 1.1 ||
		    fabs(h - (height + (extend ? 35 : 0))) > 1.1)
			fail_msg("%s: %d by %d, not %.1f by %.1f", rows[i].modifier, w, h, width,
			    height);
		double x = rows[i].x * (width - said.width) + rows[i].dx;
		double y =
		    rows[i].y * (height - said.height) + rows[i].dy - (1 - rows[i].y) * lead_of(i);
		golden_check_box(rows[i].modifier, golden_ink(pixels, w, h),
		    (struct golden_box){ x + said.ink.left, y + said.ink.top, x + said.ink.right,
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

static struct golden_box
box_of(const char *modifier, int *width, int *height)
{
	g_autofree uint8_t *pixels = golden_draw(modifier, width, height);

	return golden_ink(pixels, *width, *height);
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
	{ "size=300,60&textPs=\\fs40%20HAM", "size=300,60&textPs=\\caps\\fs40%20ham", 0, 0 },
	/* all three edges are Photoshop's alone */
	{ "size=300,60&text=\\fs40%20Ham", "size=300,60&text=\\fs40%20Ham&textAttr=72,strong", 0,
	    0 },
	/* \vertal in an area */
	{ "size=300,90&textPs=\\fs40\\vertalb%20Ham",
	    "size=300,90&textPs=\\fs40\\vertalb%20Ham&textFlowPath=M0,0L300,0,300,90,0,90Z", 0, 0 },
	{ "size=300,90&textPs=\\fs40\\vertalc%20Ham",
	    "size=300,90&textPs=\\fs40\\vertalc%20Ham&textFlowPath=M0,0L300,0,300,90,0,90Z", 0, 0 },
	{ "size=150,90&textPs=\\fs40\\vertalb%20Hamburg%20burgham",
	    "size=400,90&textPs=\\fs40\\vertalb%20Hamburg%20burgham"
	    "&textFlowPath=M50,0L200,0,200,90,50,90Z",
	    50, 0 },
	/* margins are for boxes, turned ones too, not for areas */
	{ "size=90,300&textPs=\\fs40%20Ham&textAngle=90",
	    "size=90,300&textPs=\\fs40\\margr400\\margt200%20Ham&textAngle=90", -20, 10 },
	{ "size=300,90&textPs=\\fs40%20Ham&textFlowPath=M0,0L300,0,300,90,0,90Z",
	    "size=300,90&textPs=\\margl400\\margt400\\fs40%20Ham"
	    "&textFlowPath=M0,0L300,0,300,90,0,90Z",
	    0, 0 },
	/* vertical text in a box, and in an area of its shape */
	{ "size=90,300&textPs=\\fs40\\stextflow1%20\344\270\200\344\272\214",
	    "size=90,300&textPs=\\fs40\\stextflow1%20\344\270\200\344\272\214"
	    "&textFlowPath=M0,0L90,0,90,300,0,300Z",
	    0, 0 },
	/* lines that nothing bounds are not justified, nor are their last ones placed */
	{ "textPs=\\fs40%20Ham", "textPs=\\fs40\\qj\\lastqr%20Ham", 0, 0 },
	{ "size=300,60&textPs=\\fs40%20Ham&textPath=M0,40L300,40",
	    "size=300,60&textPs=\\fs40\\qj\\lastqr%20Ham&textPath=M0,40L300,40", 0, 0 },
	/* optical kerning is metric kerning here */
	{ "size=300,60&textPs=\\fs40%20AVA", "size=300,60&textPs=\\fs40\\kerningmetric%20AVA", 0,
	    0 },
	{ "size=300,60&textPs=\\fs40%20AVA", "size=300,60&textPs=\\fs40\\kerningoptical%20AVA", 0,
	    0 },
	/* kinds of underline are one */
	{ "size=300,60&text=\\fs40\\ul%20Ham", "size=300,60&text=\\fs40\\ulwave%20Ham", 0, 0 },
	{ "size=300,60&text=\\fs40%20Ham", "size=300,60&text=\\fs40\\uldb\\ul0%20Ham", 0, 0 },
	/* marks in groups end with them */
	{ "size=300,60&text=\\fs40%20Ham", "size=300,60&text=\\fs40{\\b{\\i}}Ham", 0, 0 },
	/* 12 points are the default, kerning is on */
	{ "size=300,60&text=Ham", "size=300,60&text=\\fs24\\kerning1\\charscalex100%20Ham", 0, 0 },
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
	struct golden_box flat = box_of("size=120,60&textPs=\\fs40%20Ham", &w, &h);
	struct golden_box down = box_of("size=60,120&textPs=\\fs40%20Ham&textAngle=90", &w, &h);

	/* x' = 60 - y, y' = x */
	golden_check_box("textAngle=90", down,
	    (struct golden_box){ 60 - flat.bottom, flat.left, 60 - flat.top, flat.right });
	flat = box_of("size=120,90&textPs=\\fs40%20Ham\\line%20Alt", &w, &h);
	down = box_of("size=90,120&textPs=\\fs40%20Ham\\line%20Alt&textAngle=90", &w, &h);
	golden_check_box("two lines, textAngle=90", down,
	    (struct golden_box){ 90 - flat.bottom, flat.left, 90 - flat.top, flat.right });
	flat = box_of("size=120,60&textPs=\\fs40%20Ham", &w, &h);
	struct golden_box back = box_of("size=120,60&textPs=\\fs40%20Ham&textAngle=180", &w, &h);
	golden_check_box("textAngle=180", back,
	    (struct golden_box){
		120 - flat.right, 60 - flat.bottom, 120 - flat.left, 60 - flat.top });
}

/* textPs= reaches the top of its box, text= keeps a margin there. */
static void
check_tight(void)
{
	int w, h;

	assert_true(box_of("size=300,90&textPs=\\fs80%20Hd", &w, &h).top == 0);
	assert_true(box_of("size=300,90&text=\\fs80%20Hd", &w, &h).top > 5);
	assert_true(box_of("textPs=\\fs80%20Hd", &w, &h).top > 5);
	assert_true(box_of("size=300,0&textPs=\\fs80%20Hd", &w, &h).top > 5);
}

/* How many bands of ink there are below each other. */
static int
lines_of(const char *modifier)
{
	int w, h, lines = 0;
	bool inside = false;
	g_autofree uint8_t *pixels = golden_draw(modifier, &w, &h);

	for (int y = 0; y < h; y++) {
		bool ink = false;

		for (int x = 0; x < w; x++)
			ink |= pixels[4 * (y * w + x) + 3] >= GOLDEN_INK;
		lines += ink && !inside;
		inside = ink;
	}
	return lines;
}

static void
check_wraps(void)
{
	static const struct {
		const char *modifier;
		int lines;
	} wraps[] = {
		{ "size=200,200&text=\\fs40%20nnn%20nnn", 1 },
		{ "size=100,200&text=\\fs40%20nnnn%20nnnn", 2 },
		{ "size=100,200&text=\\fs40%20nnnn%20nnnn&textAttr=72,norm,fixedRes,noWrap", 1 },
		{ "size=100,200&text=\\fs40%20nnnnnnnnnn", 2 },
		{ "size=100,200&text=\\fs40%20nnnnnnnnnn&textAttr=72,norm,fixedRes,nbWrap", 1 },
		{ "size=100,200&text=\\fs40%20nnnnn-nnnnn&textAttr=72,norm,fixedRes,nbWrap", 2 },
		{ "size=100,200&textPs=\\fs40%20nnnnnnnnnn&textAttr=72,norm,fixedRes,noWrap", 2 },
		{ "size=100,200&textPs=\\fs40%20nnnn\\~nnnn", 2 },
		{ "text=\\fs40%20nnnn%20nnnn%20nnnn%20nnnn", 1 },
		{ "textPs=\\fs40%20nnnn\\par%20nnnn\\line%20nnnn", 3 },
		{ "size=100,0&text=\\fs40%20nnnn%20nnnn%20nnnn", 3 },
		{ "size=100,0&textPs=\\fs40%20nnnn%20nnnn%20nnnn", 3 },
		/* lines that do not fit: text= cuts them off, textPs= leaves them out */
		{ "size=100,40&text=\\fs40%20nnnn%20nnnn", 2 },
		{ "size=100,40&textPs=\\fs40%20nnnn%20nnnn", 1 },
		/* copy-fitting: as many lines as it may, and what is truncated */
		{ "size=200,200&textPs=\\fs20\\copyfit400\\copyfitlines1%20nn%20nn%20nn", 1 },
		{ "size=100,200&textPs=\\fs40\\copyfit80\\copyfitmaxlines2%20nnnn%20nnnn%20nnnn",
		    2 },
		{ "size=100,200&textPs=\\fs40\\copyfit80\\copyfitlines2%20nnnn%20nnnn%20nnnn", 3 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wraps); i++) {
		int lines = lines_of(wraps[i].modifier);

		if (lines != wraps[i].lines)
			fail_msg("%s: %d lines, not %d", wraps[i].modifier, lines, wraps[i].lines);
	}
}

/* Twice the resolution is twice the size; a box is filled as far as one side lets it. */
static void
check_fits(void)
{
	int w, h, w2, h2;
	struct golden_box box;

	box_of("text=\\fs60%20Hamburg", &w, &h);
	box_of("text=\\fs60%20Hamburg&textAttr=144", &w2, &h2);
	assert_in_range(w2, 2 * w - 3, 2 * w + 3);
	assert_in_range(h2, 2 * h - 3, 2 * h + 3);
	box = box_of("size=300,100&text=Hamburg&textAttr=1,norm,autoRes,nbWrap", &w, &h);
	assert_true(box.right - box.left > 285 || box.bottom - box.top > 70);
	box = box_of("size=300,100&text=\\fs400%20Hamburg&textAttr=72,norm,maxRes,nbWrap", &w, &h);
	assert_true(box.right - box.left > 285 && box.right <= 300);
	struct golden_box as_is =
	    box_of("size=300,100&text=Hamburg&textAttr=72,norm,maxRes", &w, &h);
	box = box_of("size=300,100&text=Hamburg", &w, &h);
	golden_check_box("maxRes that fits", as_is, box);
	box = box_of("size=300,100&textPs=\\fs10\\copyfit400%20Hamburg%20Altona", &w, &h);
	assert_true(box.bottom - box.top > 45 && box.bottom <= 100);
	struct golden_box one =
	    box_of("size=300,100&textPs=\\fs10\\copyfit400\\copyfitlines1%20Ham%20Alt", &w, &h);
	assert_true(one.right - one.left > 280);
	as_is = box_of("size=300,100&textPs=\\fs24\\copyfit24%20Hamburg", &w, &h);
	box = box_of("size=300,100&textPs=Hamburg", &w, &h);
	golden_check_box("copyfit of the same size", as_is, box);
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
		struct golden_box one = box_of(alike[i].one, &w, &h);
		struct golden_box other = box_of(alike[i].other, &w, &h);

		if (strstr(alike[i].other, "\\sl-600") != NULL) {
			double natural = golden_pango(SANS, 20, "H").height;
			one.top += 30 - natural, one.bottom += 30 - natural;
		}
		other.left -= alike[i].dx, other.right -= alike[i].dx;
		other.top -= alike[i].dy, other.bottom -= alike[i].dy;
		golden_check_box(alike[i].other, other, one);
	}
	check_turned();
	check_tight();
	check_wraps();
	check_fits();
	check_fonts();
}
