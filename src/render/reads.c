/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the libraries open of this machine after they have started. */
#include "openips/render.h"

#include <fontconfig/fontconfig.h>

/* Besides fonts. */
static const char *const fixed[] = {
	"/usr/share/poppler",    /* character maps of PDF files that embed none */
	"/usr/share/mime",       /* of what kind an image inside an SVG file is */
	"/usr/share/fontconfig", /* where /etc/fonts/conf.d leads */
	"/usr/share/zoneinfo",   /* dates in what is written */
	"/etc/localtime",
	"/etc/ld.so.cache", /* modules for images inside of SVG files, and for encodings */
	"/usr/lib", "/lib", "/dev/null", "/dev/urandom",
	"/sys/devices/system/cpu",  /* how many threads an encoder may start, */
	"/sys/devices/system/node", /* and where */
	"/proc/self/maps",          /* where the stack of the first thread is */
};

static void
add_all(GPtrArray *out, FcStrList *list)
{
	for (const FcChar8 *path; list != NULL && (path = FcStrListNext(list)) != NULL;)
		g_ptr_array_add(out, g_strdup((const char *)path));
	if (list != NULL)
		FcStrListDone(list);
}

char **
ips_render_reads(void)
{
	GPtrArray *out = g_ptr_array_new();
	FcConfig *config = FcInitLoadConfig();

	for (size_t i = 0; i < IPS_NELEM(fixed); i++)
		g_ptr_array_add(out, g_strdup(fixed[i]));
	if (config != NULL) {
		add_all(out, FcConfigGetFontDirs(config));
		add_all(out, FcConfigGetConfigDirs(config));
		add_all(out, FcConfigGetConfigFiles(config));
		add_all(out, FcConfigGetCacheDirs(config));
		FcConfigDestroy(config);
	}
	g_ptr_array_add(out, NULL);
	return (char **)g_ptr_array_free(out, FALSE);
}
