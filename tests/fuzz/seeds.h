/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The seed corpus: the texts of tests/data/modifiers.txt, the example of every command, and what
 * was once found (tests/fuzz/cases, a text each). */
#ifndef FUZZ_SEEDS_H
#define FUZZ_SEEDS_H

#include <glib.h>

/* Texts, to be freed with the array; aborts if a file cannot be read. */
GPtrArray *seeds_read(const char *modifiers_file, const char *cases_folder);

#endif
