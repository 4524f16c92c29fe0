/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What files carry beside pixels, and colour profiles as files of their own. */
#include "profiles.h"

#include "icc.h"
#include "openips/render.h"

#include <lcms2.h>

bool
ips_render_profile_space(const void *data, size_t len, enum ips_space *space)
{
	struct icc icc = { data, len, IPS_SPACE_RGB };

	if (!profiles_space(data, len, &icc.space) || !icc_usable(&icc))
		return false;
	*space = icc.space;
	return true;
}

/* Shown as it is: one line of ASCII. */
static const char *
description(struct ips_arena *mem, const void *data, size_t len)
{
	enum { MAX_NAME = 256 };
	cmsHPROFILE profile = cmsOpenProfileFromMem(data, (cmsUInt32Number)len);
	char *text = ips_arena_alloc(mem, MAX_NAME);

	if (profile == NULL)
		return NULL;
	cmsUInt32Number used =
	    cmsGetProfileInfoASCII(profile, cmsInfoDescription, "en", "US", text, MAX_NAME);
	cmsCloseProfile(profile);
	text[used > 0 ? MAX_NAME - 1 : 0] = '\0';
	for (char *at = text; *at != '\0'; at++)
		if (!g_ascii_isprint(*at))
			*at = '?';
	return text;
}

/* What the file carries under a name of libvips; *data NULL: nothing. */
static bool
carried(int fd, struct ips_arena *mem, const char *name, const void **data, size_t *len,
    struct ips_error *err)
{
	struct job job;
	enum ips_format format;
	const void *found;

	job_open(&job, NULL, NULL, 0);
	bool done =
	    load_open(&(struct load_from){ fd, 1, false }, job.scope, &job.image, &format, err);
	if (done)
		*data = vips_image_get_typeof(job.image, name) != 0 &&
				vips_image_get_blob(job.image, name, &found, len) == 0
			    ? ips_arena_strndup(mem, found, *len)
			    : NULL;
	job_close(&job);
	return done;
}

bool
ips_render_xmp(int fd, struct ips_arena *mem, const char **out, struct ips_error *err)
{
	const void *data;
	size_t len;

	if (!carried(fd, mem, VIPS_META_XMP_NAME, &data, &len, err))
		return false;
	*out = data;
	return true;
}

bool
ips_render_profile_name(int fd, struct ips_arena *mem, const char **out, struct ips_error *err)
{
	const void *data;
	size_t len;

	if (!carried(fd, mem, VIPS_META_ICC_NAME, &data, &len, err))
		return false;
	*out = data != NULL ? description(mem, data, len) : NULL;
	return true;
}
