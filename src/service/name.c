/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

#define MAX_NAME 255

/* Separators of paths, URLs and of the modifier language, where names are used as they are. */
static const char forbidden[] = "/\\,?&=#%";

bool
ips_name_valid(const char *name)
{
	size_t len = strnlen(name, MAX_NAME + 1);

	if (len == 0 || len > MAX_NAME || name[0] == ' ' || name[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c == 0x7F || strchr(forbidden, c) != NULL)
			return false;
		/* U+0080 to U+009F are controls too. */
		if (c == 0xC2 && (unsigned char)name[i + 1] < 0xA0)
			return false;
	}
	return ips_utf8_valid(name, len);
}

const char *
ips_file_name(struct ips_arena *mem, const char *name, enum ips_format format)
{
	const char *extension = ips_format_info(format)->extension;
	const char *dot = strrchr(name, '.');

	if (dot != NULL && dot > name && g_ascii_strcasecmp(dot + 1, extension) == 0)
		return name;
	return ips_arena_printf(mem, "%s.%s", name, extension);
}
