/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What text tests compare: ink that was drawn, and rectangles that Pango gives. */
#ifndef OPENIPS_TEXT_INK_H
#define OPENIPS_TEXT_INK_H

#include "golden.h"

#define GOLDEN_INK 100 /* alpha that counts: an edge that covers less of a pixel does not */

struct golden_box {
	double left, top, right, bottom;
};

/* One line of plain letters, as Pango sees it: logical from 0,0 on. */
struct golden_said {
	double width, height, baseline;
	struct golden_box ink;
};
struct golden_said golden_pango(const char *font, double size, const char *text);

/* Pixels of a request with alpha, to be freed. */
uint8_t *golden_draw(const char *modifier, int *width, int *height);
/* The outermost pixels with ink. */
struct golden_box golden_ink(const uint8_t *pixels, int width, int height);
void golden_check_box(const char *modifier, struct golden_box is, struct golden_box want);
void golden_check_ink(const char *modifier, struct golden_box want);

void test_text_paths(void **state);
void test_text_limits(void **state);
void test_text_anchors(void **state);

#endif
