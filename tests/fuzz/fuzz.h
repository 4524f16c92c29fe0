/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What is fuzzed: each target takes any bytes and aborts where something does not hold that has to.
 * Its seeds are made by code; what was once found lies in cases/<name>, a file each. */
#ifndef FUZZ_H
#define FUZZ_H

#include "openips/base.h"

#include <stdio.h>
#include <stdlib.h>

struct fuzz_target {
	const char *name;
	size_t max_len; /* of an input */
	int cuts;       /* how many beginnings of each seed the replay tries; 0: all */
	void *(*open)(void); /* what the runs share; NULL: nothing */
	void (*close)(void *stage);
	void (*run)(void *stage, const uint8_t *data, size_t len);
	void (*seeds)(GPtrArray *out); /* of GBytes */
	void (*words)(GPtrArray *out); /* of char *, for the dictionary */
};
const struct fuzz_target *fuzz_target_named(const char *name); /* aborts if there is none */
extern const struct fuzz_target *const fuzz_targets[];
extern const size_t fuzz_target_count;

/* Of GBytes: what the target makes, and the files of cases/<name>. */
GPtrArray *fuzz_seeds(const struct fuzz_target *target, const char *cases);
void fuzz_add_text(GPtrArray *out, const char *text);
void fuzz_add_words(GPtrArray *out, const char *const *words, size_t count);

_Noreturn void fuzz_broken(const char *what, const void *data, size_t len);
#define FUZZ_NEED(condition, data, len)                                                            \
	((condition) ? (void)0 : fuzz_broken(#condition, (data), (len)))
/* For what is no input's fault: the stage itself. */
#define FUZZ_MUST(call)                                                                            \
	do {                                                                                       \
		if (!(call)) {                                                                     \
			fprintf(stderr, "%s: %s (%s)\n", #call, err.reason, err.detail);           \
			abort();                                                                   \
		}                                                                                  \
	} while (0)
/* What a fault says to the caller is a line of UTF-8. */
bool fuzz_can_be_shown(const char *text);

#endif
