/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_RENDER_ICC_H
#define OPENIPS_RENDER_ICC_H

#include "render_priv.h"

/* The bytes of a profile, borrowed, and the kind of pixels it is for. */
struct icc {
	const void *data;
	size_t len;
	enum ips_space space;
};
struct icc_how {
	enum ips_intent intent;
	bool black_point;
};

/* The profile can be read, is of that kind of pixels, and leads to colours. */
bool icc_usable(const struct icc *icc);
/* The current image from one space to the other, into 8 or 16 bits. */
bool icc_convert(struct job *job, const struct icc *from, const struct icc *to,
    const struct icc_how *how, bool deep_out, struct ips_error *err);
/* One colour, its components from 0 to 1. */
bool icc_convert_color(const struct icc *from, const struct icc *to, const struct icc_how *how,
    const double *in, double *out);

/* Between kinds of pixels where there is no profile: by way of RGB (R26, R35). */
bool naive_convert(struct job *job, enum ips_space to, struct ips_error *err);
void naive_color(enum ips_space from, enum ips_space to, const double *in, double *out);

/* 16 bits to 8 by error diffusion. */
bool diffuse(struct job *job, struct ips_error *err);

VipsInterpretation interpretation_of(enum ips_space space, bool deep);

#endif
