/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_CRYPTO_PRIV_H
#define OPENIPS_CRYPTO_PRIV_H

#include "openips/crypto.h"

/* OpenSSL fails here only where memory is exhausted or its installation is broken. */
#define MUST(ok)                                                                                   \
	do {                                                                                       \
		if (!(ok))                                                                         \
			g_error("OpenSSL: %s failed", #ok);                                        \
	} while (0)

#endif
