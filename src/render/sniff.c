/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a file is, by its first bytes and by nothing else: a name may lie. */
#include "render_priv.h"

#include <string.h>

static const struct {
	enum ips_format format;
	size_t at, len;
	const char *bytes;
} magics[] = {
	{ IPS_FORMAT_JPEG, 0, 3, "\xff\xd8\xff" },
	{ IPS_FORMAT_PNG, 0, 8, "\x89PNG\r\n\x1a\n" },
	{ IPS_FORMAT_GIF, 0, 4, "GIF8" },
	{ IPS_FORMAT_TIFF, 0, 4, "II*\0" },
	{ IPS_FORMAT_TIFF, 0, 4, "MM\0*" },
	{ IPS_FORMAT_TIFF, 0, 4, "II+\0" },
	{ IPS_FORMAT_TIFF, 0, 4, "MM\0+" },
	{ IPS_FORMAT_WEBP, 8, 4, "WEBP" },
	{ IPS_FORMAT_AVIF, 4, 8, "ftypavif" },
	{ IPS_FORMAT_AVIF, 4, 8, "ftypavis" },
	{ IPS_FORMAT_HEIC, 4, 8, "ftypheic" },
	{ IPS_FORMAT_HEIC, 4, 8, "ftypheix" },
	{ IPS_FORMAT_HEIC, 4, 8, "ftypmif1" },
	{ IPS_FORMAT_HEIC, 4, 8, "ftypmsf1" },
	{ IPS_FORMAT_PDF, 0, 5, "%PDF-" },
	{ IPS_FORMAT_EPS, 0, 4, "%!PS" },
	{ IPS_FORMAT_EPS, 0, 4, "\xc5\xd0\xd3\xc6" },
	{ IPS_FORMAT_PSD, 0, 4, "8BPS" },
	{ IPS_FORMAT_JP2, 0, 12, "\0\0\0\x0cjP  \r\n\x87\n" },
	{ IPS_FORMAT_JP2, 0, 4, "\xff\x4f\xff\x51" },
	{ IPS_FORMAT_BMP, 0, 2, "BM" },
};

/* Text that begins with a mark or a declaration and soon opens an svg element. */
static bool
is_svg(const uint8_t *head, size_t len)
{
	size_t at = len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (at < len && g_ascii_isspace(head[at]))
		at++;
	return at < len && head[at] == '<' && g_strstr_len((const char *)head, (gssize)len, "<svg");
}

enum ips_format
sniff(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < IPS_NELEM(magics); i++)
		if (magics[i].at + magics[i].len <= len &&
		    memcmp(head + magics[i].at, magics[i].bytes, magics[i].len) == 0)
			return magics[i].format;
	return is_svg(head, len) ? IPS_FORMAT_SVG : IPS_FORMAT_NONE;
}
