/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_OUTLINE_H
#define OPENIPS_OUTLINE_H

#include "openips/modifier.h"

#include <cairo.h>

/* Appends the path to the current one, under the current matrix. */
void outline_put(cairo_t *cr, const struct ips_path *path);

#endif
