/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/plan.h"

#include <string.h>

#define ALPHA   .alpha = true
#define DEEP    .deep = true
#define GRAY    .gray = true
#define CMYK    .cmyk = true
#define PROFILE .profile = true
#define LOSSY   .lossy = true
#define WRITES  .writes = true

static const struct ips_format_info infos[] = {
	[IPS_FORMAT_NONE] = { "", "application/octet-stream", "bin" },
	[IPS_FORMAT_JPEG] = { "jpeg", "image/jpeg", "jpg", GRAY, CMYK, PROFILE, LOSSY, WRITES },
	[IPS_FORMAT_PNG] = { "png", "image/png", "png", ALPHA, DEEP, GRAY, PROFILE, WRITES },
	[IPS_FORMAT_GIF] = { "gif", "image/gif", "gif", ALPHA, WRITES },
	[IPS_FORMAT_TIFF] = { "tiff", "image/tiff", "tif", ALPHA, DEEP, GRAY, CMYK, PROFILE,
	    WRITES },
	[IPS_FORMAT_WEBP] = { "webp", "image/webp", "webp", ALPHA, PROFILE, LOSSY, WRITES },
	[IPS_FORMAT_AVIF] = { "avif", "image/avif", "avif", ALPHA, PROFILE, LOSSY, WRITES },
	[IPS_FORMAT_HEIC] = { "heic", "image/heic", "heic", ALPHA, PROFILE, LOSSY },
	[IPS_FORMAT_BMP] = { "bmp", "image/bmp", "bmp" },
	[IPS_FORMAT_SVG] = { "svg", "image/svg+xml", "svg", ALPHA },
	[IPS_FORMAT_PDF] = { "pdf", "application/pdf", "pdf", ALPHA, GRAY, CMYK, PROFILE },
	[IPS_FORMAT_PSD] = { "psd", "image/vnd.adobe.photoshop", "psd", ALPHA, DEEP, GRAY, CMYK,
	    PROFILE },
	[IPS_FORMAT_EPS] = { "eps", "application/postscript", "eps", GRAY, CMYK, PROFILE },
	[IPS_FORMAT_JP2] = { "jp2", "image/jp2", "jp2", ALPHA, DEEP, GRAY, LOSSY, WRITES },
};
_Static_assert(IPS_NELEM(infos) == IPS_FORMAT_COUNT, "every format needs a row");

/* Names in use beside the registered ones. */
static const struct {
	const char *mime;
	enum ips_format format;
} aliases[] = {
	{ "image/jpg", IPS_FORMAT_JPEG },
	{ "image/pjpeg", IPS_FORMAT_JPEG },
	{ "image/tif", IPS_FORMAT_TIFF },
	{ "image/heif", IPS_FORMAT_HEIC },
	{ "image/x-ms-bmp", IPS_FORMAT_BMP },
	{ "image/x-photoshop", IPS_FORMAT_PSD },
	{ "image/eps", IPS_FORMAT_EPS },
	{ "image/jpeg2000", IPS_FORMAT_JP2 },
};

const struct ips_format_info *
ips_format_info(enum ips_format format)
{
	return &infos[format];
}

enum ips_format
ips_format_from_mime(const char *mime)
{
	for (int i = IPS_FORMAT_NONE + 1; i < IPS_FORMAT_COUNT; i++)
		if (g_ascii_strcasecmp(infos[i].mime, mime) == 0)
			return (enum ips_format)i;
	for (size_t i = 0; i < IPS_NELEM(aliases); i++)
		if (g_ascii_strcasecmp(aliases[i].mime, mime) == 0)
			return aliases[i].format;
	return IPS_FORMAT_NONE;
}
