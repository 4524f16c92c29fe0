/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* For LD_PRELOAD: every sync takes a millisecond longer, as on a disk that others use too. */
#include <dlfcn.h>
#include <unistd.h>

#define EXTRA_US 1000

typedef int sync_fn(int fd);

int
fdatasync(int fd)
{
	static sync_fn *real; /* the same for all threads: a race writes the same value */

	if (!real)
		real = (sync_fn *)dlsym(RTLD_NEXT, "fdatasync");
	usleep(EXTRA_US);
	return real(fd);
}
