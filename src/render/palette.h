/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_RENDER_PALETTE_H
#define OPENIPS_RENDER_PALETTE_H

#include "render_priv.h"

struct palette {
	int count;
	uint8_t color[256][4];
};

/* A picture as entries of a palette; with alpha, entry 0 is clear. */
struct reduced {
	struct palette palette;
	uint8_t *index; /* to be freed */
	int width, height;
};
bool reduce_colors(struct job *job, struct reduced *out, struct ips_error *err);

#endif
