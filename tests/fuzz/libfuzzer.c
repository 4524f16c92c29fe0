/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One fuzzer for all targets: the first argument is --target=NAME, which libFuzzer passes over. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fuzz_target *target;
static void *stage;

static void
close_stage(void)
{
	if (target->close != NULL)
		target->close(stage);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char option[] = "--target=";

	if (*argc < 2 || !g_str_has_prefix((*argv)[1], option)) {
		fprintf(stderr, "usage: %s --target=NAME [libFuzzer's own]\n", (*argv)[0]);
		exit(2);
	}
	target = fuzz_target_named((*argv)[1] + strlen(option));
	stage = target->open != NULL ? target->open() : NULL;
	atexit(close_stage);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target->run(stage, data, size);
	return 0;
}
