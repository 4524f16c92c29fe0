/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Sources that the test draws, and one way through parser, plan and render. */
#ifndef OPENIPS_GOLDEN_H
#define OPENIPS_GOLDEN_H

#include "openips/plan_steps.h"
#include "openips/render.h"

#include <vips/vips.h>

enum golden_source {
	QUAD,     /* PNG 200x160: red, green / blue, yellow */
	GRAD,     /* PNG 256x128: red = x, green = 2 y, blue = 128 */
	HOLE,     /* PNG 100x100 with alpha: red 25..75, clear around it, where green is stored */
	HALF,     /* PNG 80x80: blue with alpha 128 */
	GRAY,     /* PNG 100x50, one band: 100 */
	CMYK,     /* TIFF 64x64: cyan | half black, without profile */
	DEEP,     /* PNG 256x64 of 16 bits: red = 257 x, green = 20000, blue = 40000 */
	SWATCH,   /* PNG 64x64: (180, 120, 60) */
	WIDEPNG,  /* PNG 64x64: (120, 200, 100) in Display P3, the profile made by the test */
	CMYKJPEG, /* CMYK as JPEG, quality 100 */
	GRAYA,    /* PNG 100x50, two bands: 100 with alpha 128 */
	GRAY18,   /* GRAY in a profile of gamma 1.8 */
	WIDE,     /* JPEG 64x64, (120, 200, 100) in Display P3 */
	JQUAD,    /* QUAD as JPEG, 4:4:4, quality 95, 100 dpi */
	BIG,      /* QUAD times ten as JPEG 2000x1600 */
	BITMAP,   /* QUAD as Windows bitmap */
	ANIGIF,   /* 60x40, two frames: red, blue */
	ANIWEBP,
	HALFTIFF, /* HALF as TIFF, its colours multiplied by alpha */
	WEBPA,   /* HOLE as lossless WebP */
	TIFFQ,   /* QUAD as TIFF */
	SPOT,    /* PNG 100x80, one band: white 40..60, 30..50, black around it */
	JPATHS,  /* QUAD as JPEG with paths, as blocks.c says */
	JPATHS6, /* the same with EXIF orientation 6 */
	TPATHS,  /* the same as TIFF */
	XMPQ,    /* JQUAD with XMP */
	GIFQ,    /* QUAD as GIF, which has no resolution */
	EXIF1,
	EXIF2,
	EXIF3,
	EXIF4,
	EXIF5,
	EXIF6,
	EXIF7,
	EXIF8, /* QUAD as JPEG with orientation */
	SOURCES
};

/* An open descriptor; drawn when it is first asked for. */
int golden_source(enum golden_source which);

/* Source and modifier to an open descriptor; false with err as render says. */
bool golden_run(int source, const char *modifier, const struct ips_plan_profile *profile, int *out,
    struct ips_source *facts, struct ips_error *err);
/* The pixels of what was written as 8-bit sRGB with alpha. */
uint8_t *golden_pixels(int fd, int *width, int *height);

/* Of that many pixels; colours under nothing do not count. */
int golden_difference(const uint8_t *a, const uint8_t *b, int count);

/* Source, modifier, profile; what leaves, and colours at some of its pixels. */
struct golden_row {
	int source;
	const char *modifier;
	bool copy;
	int width, height;
	enum ips_format format;
	const char *probes; /* "x,y=C": a letter, or rrggbb[aa]; '.' is clear */
	int tolerance;
};
void golden_check(const struct golden_row *rows, size_t count);

/* Two modifiers that have to give the same picture, no sample further apart than that. */
struct golden_pair {
	enum golden_source source;
	const char *one, *other;
	int tolerance;
};
void golden_check_pairs(const struct golden_pair *pairs, size_t count);
/* The reply with alpha, to be freed. */
uint8_t *golden_rgba(enum golden_source source, const char *modifier, int *width, int *height);

/* Rows of modifiers that have to be refused, as what, and with these words. */
struct golden_refusal {
	const char *modifier;
	enum ips_fault fault;
	const char *says;
};
void golden_check_refusals(const struct golden_refusal *rows, size_t count); /* of QUAD */

/* Profiles made by lcms2, for the sources that carry one; and a folder with one for printing. */
void golden_embed_p3(VipsImage *image);
void golden_embed_gray18(VipsImage *image);
char *golden_profile_folder(void);
void golden_profile_folder_remove(char *folder);

void test_color(void **state);
/* What the header of a file says: "jpeg baseline components=3 ...", to be freed. */
char *golden_describe(int fd);

void test_encoding(void **state);
void test_operations(void **state);
void test_cover(void **state);
/* Photoshop's resource blocks with paths; the caller frees them. */
GByteArray *golden_blocks(void);
GByteArray *golden_with_segments(const void *jpeg, size_t len, const GByteArray *blocks);

void test_paths(void **state);
void test_requests(void **state);
void test_mask(void **state);
void test_text(void **state);
void test_text_refused(void **state);
void test_text_relations(void **state);
void test_layers(void **state);
void test_nested(void **state);
void test_perspective(void **state);
void test_effects(void **state);
void test_named_paths(void **state);
void test_relations(void **state);
void test_tiles(void **state);
void test_threads(void **state);

#endif
