/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What has to be equal whatever the numbers are. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct picture {
	int width, height;
	uint8_t *pixels;
};

/* Several modifiers, separated by blanks, each applied to the result of the one before. */
static struct picture
chain(enum golden_source source, const char *modifiers)
{
	char **each = g_strsplit(modifiers, " ", -1);
	int fd = dup(golden_source(source));
	struct picture p;

	for (int i = 0; each[i]; i++) {
		struct ips_error err = { 0 };
		int out;
		if (!golden_run(fd, each[i], &ips_profile_copy, &out, NULL, &err))
			fail_msg("%s: %s (%s)", each[i], err.reason, err.detail);
		close(fd);
		fd = out;
	}
	p.pixels = golden_pixels(fd, &p.width, &p.height);
	close(fd);
	g_strfreev(each);
	return p;
}

static int
distance(const struct picture *a, const struct picture *b)
{
	int most = 0;

	for (int i = 0; i < a->width * a->height * 4; i++)
		most = MAX(most, abs(a->pixels[i] - b->pixels[i]));
	return most;
}

/* All over the gradient, where every pixel is another colour. */
void
test_relations(void **state)
{
	static const struct {
		enum golden_source source;
		const char *one, *other;
		int tolerance;
	} rows[] = {
		{ GRAD, "flip=lr flip=lr", "scl=1", 0 },
		{ GRAD, "flip=ud flip=ud", "scl=1", 0 },
		{ GRAD, "flip=lr flip=ud", "flip=lrud", 0 },
		{ GRAD, "flip=lrud", "rotate=180", 0 },
		{ GRAD, "rotate=90 rotate=90 rotate=90 rotate=90", "scl=1", 0 },
		{ GRAD, "rotate=90 rotate=90", "rotate=180", 0 },
		{ GRAD, "rotate=-90", "rotate=270", 0 },
		{ GRAD, "rotate=450", "rotate=90", 0 },
		{ GRAD, "rotate=360", "scl=1", 0 },
		{ GRAD, "layer=0&flip=lr&rotate=90", "flip=lr rotate=90", 0 },
		{ GRAD, "flip=lr&rotate=90", "rotate=90 flip=lr", 0 },
		{ GRAD, "flip=lr&extend=10,0,0,0&fmt=png-alpha",
		    "extend=10,0,0,0&fmt=png-alpha flip=lr", 0 },
		{ GRAD, "crop=40,20,120,80&size=60,40", "crop=40,20,120,80 size=60,40", 0 },
		{ GRAD, "crop=40,20,120,80&wid=60", "crop=40,20,120,80 wid=60", 0 },
		{ GRAD, "crop=40,20,120,80", "extend=-40,-20,-96,-28", 0 },
		{ GRAD, "crop=40,20,120,80", "rgn=40,20,120,80", 0 },
		{ GRAD, "crop=40,20,120,80", "rect=40,20,120,80", 0 },
		{ GRAD, "cropN=0.25,0.25,0.5,0.5", "crop=64,32,128,64", 0 },
		{ GRAD, "extendN=0.5,0.5,0,0&fmt=png-alpha", "extend=128,64,0,0&fmt=png-alpha", 0 },
		{ GRAD, "crop=-10,-10,276,148&fmt=png-alpha", "extend=10,10,10,10&fmt=png-alpha",
		    0 },
		{ GRAD, "scale=0.5", "size=128,64", 0 },
		{ GRAD, "scale=0.5", "res=50", 0 },
		{ GRAD, "scale=0.5", "scl=2", 0 },
		{ GRAD, "wid=128", "scl=2", 0 },
		{ GRAD, "wid=128", "hei=64", 0 },
		{ GRAD, "wid=128", "wid=128&hei=64&fit=stretch", 0 },
		{ GRAD, "rgn=40,20,120,80&wid=60", "crop=40,20,120,80&wid=60", 0 },
		{ GRAD, "rgn=40,20,120,80&rect=10,10,50,50", "crop=50,30,50,50", 0 },
		{ GRAD, "size=100,0&rotate=90", "size=100,0 rotate=90", 0 },
		{ GRAD, "anchor=3,5&rotate=30&fmt=png-alpha", "rotate=30&fmt=png-alpha", 0 },
		{ GRAD, "anchorN=0.5,0.5&rotate=30&fmt=png-alpha", "rotate=30&fmt=png-alpha", 0 },
		{ GRAD, "size=128,64&wid=64", "wid=64", 0 },
		{ GRAD, "fmt=tif", "scl=1", 0 },
		{ GRAD, "fmt=webp,,lossless", "scl=1", 0 },
		{ GRAD, "resMode=sharp&wid=100", "resMode=sharp2&wid=100", 0 },
		{ GRAD, "resMode=trilin&wid=100", "resMode=bilin&wid=100", 0 },
		{ HOLE, "rotate=90 rotate=270", "scl=1", 0 },
		{ GRAD, "op_invert=1 op_invert=1", "scl=1", 0 },
		{ DEEP, "op_invert=1 op_invert=1", "scl=1", 0 },
		{ GRAD, "op_invert=1 op_brightness=30", "op_brightness=-30 op_invert=1", 1 },
		{ GRAD, "op_contrast=30&op_brightness=-10", "op_brightness=-10&op_contrast=30", 0 },
		{ GRAD, "layer=0&op_invert=1&layer=comp&op_brightness=30",
		    "op_invert=1 op_brightness=30", 0 },
		{ GRAD, "op_hue=180 op_hue=180", "scl=1", 1 },
		{ GRAD, "op_hue=120 op_hue=120 op_hue=120", "scl=1", 1 },
		{ GRAD, "op_hue=180", "op_hue=-180", 0 },
		{ GRAD, "op_colorbalance=30,30,30", "op_brightness=30", 0 },
		{ GRAD, "opac=50&fmt=png-alpha", "layer=0&opac=50&fmt=png-alpha", 0 },
		{ HOLE, "maskUse=invert maskUse=invert", "scl=1", 0 },
		{ HOLE, "bgColor=0000ff&rotate=90", "color=0000ff&rotate=90", 0 },
		{ HALF, "bgColor=ff0000", "fmt=png&bgc=ff0000", 0 },
		{ GRAD,
		    "clipPath=M9.3,7.1L211,40,100,120Z&clipXPath=M9,7l20,60,60,9z&fmt=png-alpha",
		    "layer=0&clipPath=M9.3,7.1L211,40,100,120Z&clipXPath=M9,7l20,60,60,9z&fmt=png-"
		    "alpha",
		    0 },
		{ GRAD, "clipPath=M0,0l256,0,0,128,-256,0&fmt=png", "scl=1", 0 },
		{ GRAD,
		    "layer=0&clipPath=M9.3,7.1L211,40,100,120Z&layer=comp&flip=lr&fmt=png-alpha",
		    "clipPath=M9.3,7.1L211,40,100,120Z&fmt=png-alpha flip=lr", 17 },
		/* crop, then place back */
		{ GRAD, "crop=40,20,120,80&extend=40,20,96,28&fmt=png&bgc=808080",
		    "clipPath=M40,20l120,0,0,80,-120,0&fmt=png&bgc=808080", 0 },
		{ GRAD, "crop=40,20,120,80 extend=40,20,96,28&fmt=png-alpha",
		    "crop=40,20,120,80&extend=40,20,96,28&fmt=png-alpha", 0 },
		{ GRAD, "extend=9,8,7,6&fmt=png-alpha crop=9,8,256,128&fmt=png", "scl=1", 0 },
		{ GRAD, "crop=-9,-8,272,142&fmt=png-alpha extend=-9,-8,-7,-6&fmt=png", "scl=1", 0 },
		{ GRAD, "layer=0&op_saturation=40&flip=lr", "op_saturation=40&flip=lr", 0 },
		{ QUAD, "op_grow=10&wid=100", "wid=100 op_grow=5", 0 },
		{ QUAD, "op_invert=1 op_grow=5 op_invert=1", "op_grow=-5", 0 },
		{ GRAD, "op_grow=7 rotate=90", "rotate=90 op_grow=7", 0 },
		{ GRAD, "op_noise=30,uniform,0", "op_noise=30", 0 },
		{ GRAD, "layer=0&op_noise=30,gaussian", "op_noise=30,gaussian", 0 },
		{ GRAD, "op_noise=30&op_invert=1", "op_invert=1 op_noise=30", 0 },
		/* nothing to do, or nothing that differs */
		{ GRAD, "op_noise=0,gaussian,1&op_grow=0", "scl=1", 0 },
		{ GRAD, "op_blur=0&op_sharpen=0", "scl=1", 0 },
		{ GRAD, "op_usm=0,5", "scl=1", 0 },
		{ GRAD, "op_usm=5,0", "scl=1", 0 },
		{ GRAD, "op_usm=5,3,255", "scl=1", 0 },
		{ GRAY, "op_blur=3", "scl=1", 0 },
		{ GRAY, "op_blur=90", "scl=1", 0 },
		{ GRAY, "op_usm=5,3", "scl=1", 0 },
		{ GRAY, "op_usm=5,100", "scl=1", 0 },
		{ GRAY, "op_sharpen=1&op_usm=5,3,0,1", "scl=1", 0 },
		{ HALF, "op_blur=9&op_usm=5,3", "scl=1", 0 },
		/* pixels of the composite, of full resolution, as they are */
		{ QUAD, "op_blur=20&wid=100", "wid=100 op_blur=10", 0 },
		{ QUAD, "op_blur=5&scl=0.5", "scl=0.5 op_blur=10", 0 },
		{ QUAD, "layer=0&size=100,0&op_blur=10", "size=100,0 op_blur=10", 0 },
		{ QUAD, "op_usm=1,4&wid=100", "wid=100 op_usm=1,2", 0 },
		{ QUAD, "op_usmR=1,2&wid=100", "wid=100 op_usm=1,2", 0 },
		{ QUAD, "op_contrast=-50 req=tmb&op_usm=1,4", "op_contrast=-50 req=tmb&op_usmR=1,2",
		    0 },
		{ QUAD, "req=tmb&size=50,0&op_usm=1,1", "req=tmb&size=50,0&op_usmR=1,1", 0 },
		{ QUAD, "op_usm=1,2&scl=0.5", "scl=0.5 op_usm=1,2", 0 },
		{ QUAD, "op_sharpen=1&wid=100", "wid=100 op_sharpen=1", 0 },
		{ QUAD, "layer=0&size=100,0&op_usm=1,4", "size=100,0 op_usmR=1,2", 0 },
		{ QUAD, "layer=0&op_usm=1,4&wid=100", "op_usm=1,4 wid=100", 0 },
		{ GRAD, "op_blur=6 op_blur=8", "op_blur=10", 2 },
		{ CMYK, "op_usm=5,3,255", "fmt=tif", 0 },
		{ QUAD, "op_blur=15.9", "op_blur=16.1", 3 },
		{ QUAD, "op_blur=12 flip=lr", "flip=lr op_blur=12", 1 },
		{ QUAD, "op_blur=50 rotate=90", "rotate=90 op_blur=50", 1 },
		{ QUAD, "op_invert=1 op_usm=2,2 op_invert=1", "op_usm=2,2", 1 },
		{ GRAY, "op_usm=2,2,0,1", "op_usm=2,2", 0 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct picture a = chain(rows[i].source, rows[i].one);
		struct picture b = chain(rows[i].source, rows[i].other);
		if (a.width != b.width || a.height != b.height ||
		    distance(&a, &b) > rows[i].tolerance)
			fail_msg("'%s' is not '%s': %dx%d, %dx%d", rows[i].one, rows[i].other,
			    a.width, a.height, b.width, b.height);
		g_free(a.pixels);
		g_free(b.pixels);
	}
}

/* Tiles of a view fit together to the view. */
void
test_tiles(void **state)
{
	static const char *const views[] = { "scl=1", "wid=120", "wid=150&rgn=13,7,201,99",
		"size=90,0&rotate=17&bgc=00ff00", "wid=200&hei=200&fit=crop", "scl=0.5",
		"wid=100&resMode=bisharp", "extend=10,20,30,40",
		"op_invert=1&op_contrast=20&wid=120",
		"opac=40&rotate=20&bgColor=255,0,0,128&wid=120&bgc=00ff00",
		"op_colorize=a0b0c0,norm,50&op_hue=20&wid=120",
		"clipPath=M9.3,7.1C250,0,230.7,90,100.2,120z&clipXPath=M9,7l30.7,60,60,9z&scl=0.7",
		"op_noise=30,gaussian&wid=120", "op_grow=4&wid=150", "op_blur=6&wid=120",
		"op_blur=60&scl=1", "op_usm=2,3&wid=150&rgn=13,7,201,99",
		"op_usm=1,20,2,1&op_sharpen=1" };
	enum { TILE = 37 };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(views); i++) {
		char *text = g_strdup_printf("%s&fmt=png", views[i]);
		struct picture all = chain(GRAD, text);
		g_free(text);
		for (int y = 0; y < all.height; y += TILE)
			for (int x = 0; x < all.width; x += TILE) {
				int w = MIN(TILE, all.width - x), h = MIN(TILE, all.height - y);
				text = g_strdup_printf(
				    "%s&fmt=png&rect=%d,%d,%d,%d", views[i], x, y, w, h);
				struct picture tile = chain(GRAD, text);
				assert_int_equal(tile.width, w);
				assert_int_equal(tile.height, h);
				for (int row = 0; row < h; row++)
					if (memcmp(tile.pixels + row * w * 4,
						all.pixels + ((y + row) * all.width + x) * 4,
						(size_t)w * 4) != 0)
						fail_msg("%s differs from the whole in row %d",
						    text, row);
				g_free(tile.pixels);
				g_free(text);
			}
		g_free(all.pixels);
	}
}

enum { THREADS = 4, EACH = 12 };

/* Its own description of each source, as requests have: threads must not share an offset. */
static void *
render_many(void *arg)
{
	static const struct {
		enum golden_source source;
		const char *modifier;
		int width;
	} rows[] = { { BIG, "wid=300", 300 }, { HOLE, "wid=50", 50 },
		{ WIDE, "fmt=png&wid=32", 32 }, { QUAD, "rotate=30&wid=127", 127 } };
	int first = GPOINTER_TO_INT(arg);

	for (int i = 0; i < EACH; i++) {
		size_t n = (size_t)(first + i) % IPS_NELEM(rows);
		struct ips_source facts;
		struct ips_error err;
		char path[64];
		int out;
		g_snprintf(path, sizeof(path), "/proc/self/fd/%d", golden_source(rows[n].source));
		int in = open(path, O_RDONLY);
		if (!golden_run(in, rows[n].modifier, &ips_profile_reply, &out, &facts, &err) ||
		    facts.width != rows[n].width)
			return GINT_TO_POINTER(1);
		close(in);
		close(out);
	}
	ips_render_thread_done();
	return NULL;
}

void
test_threads(void **state)
{
	GThread *threads[THREADS];
	bool failed = false;

	(void)state;
	for (int i = 0; i < SOURCES; i++)
		golden_source((enum golden_source)i); /* all drawn before the threads start */
	for (int i = 0; i < THREADS; i++)
		threads[i] = g_thread_new("render", render_many, GINT_TO_POINTER(i));
	for (int i = 0; i < THREADS; i++)
		failed |= g_thread_join(threads[i]) != NULL;
	assert_false(failed);
}
