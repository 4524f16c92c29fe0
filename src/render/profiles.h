/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The colour profiles that can be named. Collected before any thread, read ever after. */
#ifndef OPENIPS_RENDER_PROFILES_H
#define OPENIPS_RENDER_PROFILES_H

#include "openips/plan.h"

struct published_profile {
	const char *names; /* of struct ips_icc: the name of the original's file comes last */
	enum ips_space space;
	const char *instead; /* name of a free file of the same printing condition */
	/* Of RGB spaces, CIE 1931 x and y; no gamma: sRGB's curve, white and primaries. */
	double white[2], primaries[6], gamma;
};
extern const struct published_profile published_profiles[];
extern const int published_count;

void profiles_open(const char *folders);
void profiles_close(void);
/* Profiles of devices and colour spaces; no links, effects or lists of named colours. */
bool profiles_space(const void *bytes, size_t len, enum ips_space *space);
const struct ips_icc *profiles_srgb(void);

#endif
