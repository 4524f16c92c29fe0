/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/plan.h"

#include <string.h>

#define ALPHA   .alpha = true
#define DEEP    .deep = true
#define GRAY    .gray = true
#define CMYK    .cmyk = true
#define PROFILE .profile = true
#define XMP     .xmp = true
#define LOSSY   .lossy = true
#define WRITES  .writes = true

static const struct ips_format_info infos[] = {
	[IPS_FORMAT_NONE] = { .name = "", .mime = "application/octet-stream", .extension = "bin" },
	[IPS_FORMAT_JPEG] = { .name = "jpeg",
	    .mime = "image/jpeg",
	    .extension = "jpg",
	    GRAY,
	    CMYK,
	    PROFILE,
	    XMP,
	    LOSSY,
	    WRITES },
	[IPS_FORMAT_PNG] = { .name = "png",
	    .mime = "image/png",
	    .extension = "png",
	    ALPHA,
	    DEEP,
	    GRAY,
	    PROFILE,
	    WRITES },
	[IPS_FORMAT_GIF] = { .name = "gif",
	    .mime = "image/gif",
	    .extension = "gif",
	    ALPHA,
	    WRITES },
	[IPS_FORMAT_TIFF] = { .name = "tiff",
	    .mime = "image/tiff",
	    .extension = "tif",
	    ALPHA,
	    DEEP,
	    GRAY,
	    CMYK,
	    PROFILE,
	    XMP,
	    WRITES },
	[IPS_FORMAT_WEBP] = { .name = "webp",
	    .mime = "image/webp",
	    .extension = "webp",
	    ALPHA,
	    PROFILE,
	    LOSSY,
	    WRITES },
	[IPS_FORMAT_AVIF] = { .name = "avif",
	    .mime = "image/avif",
	    .extension = "avif",
	    ALPHA,
	    PROFILE,
	    LOSSY,
	    WRITES },
	[IPS_FORMAT_HEIC] = { .name = "heic",
	    .mime = "image/heic",
	    .extension = "heic",
	    ALPHA,
	    PROFILE,
	    LOSSY,
	    WRITES },
	[IPS_FORMAT_BMP] = { .name = "bmp", .mime = "image/bmp", .extension = "bmp" },
	[IPS_FORMAT_SVG] = { .name = "svg", .mime = "image/svg+xml", .extension = "svg", ALPHA },
	[IPS_FORMAT_PDF] = { .name = "pdf",
	    .mime = "application/pdf",
	    .extension = "pdf",
	    GRAY,
	    CMYK,
	    PROFILE,
	    WRITES },
	[IPS_FORMAT_PSD] = { .name = "psd",
	    .mime = "image/vnd.adobe.photoshop",
	    .extension = "psd",
	    ALPHA,
	    DEEP,
	    GRAY,
	    CMYK,
	    PROFILE },
	[IPS_FORMAT_EPS] = { .name = "eps",
	    .mime = "image/eps",
	    .extension = "eps",
	    GRAY,
	    CMYK,
	    WRITES },
	[IPS_FORMAT_JP2] = { .name = "jp2",
	    .mime = "image/jp2",
	    .extension = "jp2",
	    ALPHA,
	    DEEP,
	    GRAY,
	    LOSSY,
	    WRITES },
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
	{ "application/postscript", IPS_FORMAT_EPS },
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
