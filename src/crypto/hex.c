/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/crypto.h"

void
ips_hex(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 15];
	}
	*out = '\0';
}

/* Checks everything first, as out must stay untouched on failure. */
bool
ips_unhex(const char *text, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < 2 * len; i++)
		if (!g_ascii_isxdigit(text[i]))
			return false;
	if (text[2 * len] != '\0')
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
				   g_ascii_xdigit_value(text[2 * i + 1]));
	return true;
}
