/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Every seed through the fuzzer's target, whole and cut short, and joined with its neighbour. */
#include "seeds.h"
#include "target.h"

#include <stdio.h>
#include <string.h>

static void
run(const char *text, size_t len)
{
	LLVMFuzzerTestOneInput((const uint8_t *)text, len);
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s MODIFIERS-FILE CASES-FOLDER\n", argv[0]);
		return 2;
	}
	g_autoptr(GPtrArray) seeds = seeds_read(argv[1], argv[2]);
	for (guint i = 0; i < seeds->len; i++) {
		const char *text = seeds->pdata[i];
		const char *next = seeds->pdata[(i + 1) % seeds->len];
		g_autofree char *joined = g_strconcat(text, "&", next, NULL);

		for (size_t len = 0; len <= strlen(text); len++)
			run(text, len);
		run(joined, strlen(joined));
	}
	printf("%u seeds\n", seeds->len);
	return seeds->len < 100; /* were they read at all? */
}
