/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <string.h>

bool
ips_utf8_valid(const char *text, size_t len)
{
	return len == 0 || g_utf8_validate_len(text, len, NULL);
}

bool
ips_equal_secret(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;

	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		differ |= (uint8_t)(x[i] ^ y[i]);
	return differ == 0;
}

void
ips_wipe(void *data, size_t len)
{
	if (len > 0)
		explicit_bzero(data, len);
}
