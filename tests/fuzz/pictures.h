/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Small files of every format, made by the program itself. */
#ifndef FUZZ_PICTURES_H
#define FUZZ_PICTURES_H

#include "fuzz.h"

int fuzz_memory_file(const void *data, size_t len); /* read and written from its beginning */
void fuzz_add_pictures(GPtrArray *out);
GByteArray *fuzz_small_jpeg(void); /* without any metadata */

#endif
