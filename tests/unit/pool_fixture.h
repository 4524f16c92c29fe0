/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A program that has render processes is one itself, if it is started as one: before its main. */
#ifndef OPENIPS_TEST_POOL_FIXTURE_H
#define OPENIPS_TEST_POOL_FIXTURE_H

#include "openips/pool.h"

__attribute__((constructor)) static void
be_process(int argc, char **argv)
{
	ips_pool_child(argc, argv);
}

static inline bool
open_test_pool(struct ips_pool **out, struct ips_error *err)
{
	static const struct ips_pool_settings settings = {
		.limits = { .max_pixels = 100000000, .threads = 2 }, .processes = 2
	};

	return ips_pool_open(&settings, out, err);
}

#endif
