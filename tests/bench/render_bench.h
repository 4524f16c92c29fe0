/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the parts of bench_render share. Thread rule: each call in a process of its own, which may
 * start libvips; main starts none. */
#ifndef OPENIPS_BENCH_RENDER_H
#define OPENIPS_BENCH_RENDER_H

#include <vips/vips.h>

#include <stdbool.h>

/* HUGE: a hundred megapixels; LOGO: 400 by 300 with alpha; else twelve megapixels */
enum drawing { PHOTO, CUTOUT, SCAN, HUGE, LOGO, DRAWINGS };
/* What a file of it is called in the folder where all this runs, and its format. */
extern const char *const drawing_names[DRAWINGS];

enum sharpening { NOT_SHARPENED, SHARPENED, LUMA_SHARPENED };

/* A bare loop: what somebody writes who knows libvips and wants this one picture. */
struct bare {
	int width, height; /* 0: as the picture is; both: filled, and cropped in the middle */
	double angle;      /* on white */
	enum sharpening sharpening;
	bool layers;       /* the logo, and a text, on top */
	int (*save)(VipsImage *image, VipsTarget *target);
};

struct job {
	const char *name;
	enum drawing drawing;
	const char *modifier;
	bool copy; /* else a reply */
	struct bare bare;
	double goal; /* the ratio of processor time; 0: none is set */
};

bool drawing_make(enum drawing drawing, const char *file, const char *photo);
int bare_run(const struct job *job, int in, int out);

struct likeness {
	double mean; /* difference of samples, in levels */
	double ssim; /* of luma, over squares of 8 */
};
bool likeness_of(int a, int b, struct likeness *out);

int save_q85(VipsImage *image, VipsTarget *target);
int save_q90(VipsImage *image, VipsTarget *target);
int save_q80_full(VipsImage *image, VipsTarget *target);
int save_png(VipsImage *image, VipsTarget *target); /* what can be compared */
int save_webp(VipsImage *image, VipsTarget *target);

#endif
