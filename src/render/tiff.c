/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What libvips keeps to itself of a TIFF file: it divides the colours by associated alpha as it
 * reads them, and does not say so. */
#include "render_priv.h"

#include <errno.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

struct place {
	int fd;
	off_t at; /* of its own: others read from the same descriptor */
};

static tmsize_t
on_read(thandle_t handle, void *out, tmsize_t size)
{
	struct place *place = handle;
	ssize_t got;

	do
		got = pread(place->fd, out, (size_t)size, place->at);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		place->at += got;
	return got;
}

static tmsize_t
on_write(thandle_t handle, void *data, tmsize_t size)
{
	(void)handle, (void)data, (void)size;
	return -1;
}

static toff_t
on_size(thandle_t handle)
{
	struct place *place = handle;
	struct stat st;

	return fstat(place->fd, &st) == 0 ? (toff_t)st.st_size : 0;
}

static toff_t
on_seek(thandle_t handle, toff_t offset, int whence)
{
	struct place *place = handle;
	toff_t base = whence == SEEK_CUR   ? (toff_t)place->at
		      : whence == SEEK_END ? on_size(handle)
					   : 0;

	if (base + offset > (toff_t)INT64_MAX)
		return (toff_t)-1;
	place->at = (off_t)(base + offset);
	return base + offset;
}

static int
on_close(thandle_t handle)
{
	(void)handle;
	return 0;
}

bool
tiff_is_associated(int fd)
{
	struct place place = { fd, 0 };
	uint16_t count = 0, *kinds = NULL;
	TIFF *tiff = TIFFClientOpen(
	    "image", "rm", &place, on_read, on_write, on_seek, on_close, on_size, NULL, NULL);

	if (tiff == NULL)
		return false;
	bool found = TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1 && count > 0 &&
		     kinds[0] == EXTRASAMPLE_ASSOCALPHA;
	TIFFClose(tiff);
	return found;
}
