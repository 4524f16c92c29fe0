/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the parts of bench_render share. Thread rule: each call in a process of its own, which may
 * start libvips; main starts none. */
#ifndef OPENIPS_BENCH_RENDER_H
#define OPENIPS_BENCH_RENDER_H

#include <vips/vips.h>

#include <stdbool.h>

enum drawing { PHOTO, CUTOUT, SCAN, HUGE, DRAWINGS }; /* HUGE: a hundred megapixels, else twelve */
extern const char *const drawing_names[DRAWINGS];     /* what a file of it is called, its format */

enum sharpening { NOT_SHARPENED, SHARPENED, LUMA_SHARPENED };

/* A bare loop: what somebody writes who knows libvips and wants this one picture. */
struct bare {
	int width, height; /* 0: as the picture is; both: filled, and cropped in the middle */
	double angle;      /* on white */
	enum sharpening sharpening;
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
int save_webp(VipsImage *image, VipsTarget *target);

#endif
