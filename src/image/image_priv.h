/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_IMAGE_PRIV_H
#define OPENIPS_IMAGE_PRIV_H

#include "openips/image.h"

/* "Sun, 06 Nov 1994 08:49:37 GMT": names are fixed, whatever the locale. */
const char *http_date(struct ips_arena *mem, int64_t ms);

/* An answer in the form and encoding asked for, as a body and its type. */
GString *answer_body(struct ips_arena *mem, const struct ips_question *question,
    const struct ips_answer *answer);
const char *answer_type(struct ips_arena *mem, const struct ips_question *question);

#endif
