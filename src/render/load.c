/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "render_priv.h"

#include <errno.h>
#include <math.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const loaders[IPS_FORMAT_COUNT] = {
	[IPS_FORMAT_JPEG] = "jpegload_source",
	[IPS_FORMAT_PNG] = "pngload_source",
	[IPS_FORMAT_GIF] = "gifload_source",
	[IPS_FORMAT_TIFF] = "tiffload_source",
	[IPS_FORMAT_WEBP] = "webpload_source",
	[IPS_FORMAT_AVIF] = "heifload_source",
	[IPS_FORMAT_HEIC] = "heifload_source",
	[IPS_FORMAT_SVG] = "svgload_source",
	[IPS_FORMAT_PDF] = "pdfload_source",
	[IPS_FORMAT_JP2] = "jp2kload_source",
};

#define SNIFF_LEN 1024

static bool
broken(struct ips_error *err)
{
	ips_fail(err, IPS_BROKEN_IMAGE, "The image is damaged or not what it claims to be.");
	if (err)
		g_strlcpy(err->detail, vips_error_buffer(), sizeof(err->detail));
	vips_error_clear();
	return false;
}

/* vips_sniff wants all it is asked for; a small file has less. */
static enum ips_format
sniff_source(VipsSource *source)
{
	unsigned char *head = NULL;
	gint64 got = vips_source_sniff_at_most(source, &head, SNIFF_LEN);

	return got > 0 ? sniff(head, (size_t)got) : IPS_FORMAT_NONE;
}

static int
call_loader(enum ips_format format, VipsSource *source, int shrink, VipsImage **out)
{
	const char *loader = loaders[format];

	if (format == IPS_FORMAT_JPEG)
		return vips_call(loader, source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
		    VIPS_FAIL_ON_ERROR, "shrink", shrink, NULL);
	return vips_call(loader, source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
	    VIPS_FAIL_ON_ERROR, NULL);
}

static bool
open_source(
    VipsSource *source, int shrink, VipsImage **out, enum ips_format *format, struct ips_error *err)
{
	*format = sniff_source(source);
	if (*format == IPS_FORMAT_NONE)
		return ips_fail(err, IPS_UNSUPPORTED, "This is not an image of a known format.");
	if (*format == IPS_FORMAT_BMP) {
		*out = bmp_load(source, err);
		return *out != NULL;
	}
	if (render_refuses(*format))
		return ips_fail(err, IPS_UNSUPPORTED, "Images of the format %s are not read here.",
		    ips_format_info(*format)->name);
	if (loaders[*format] == NULL)
		return ips_fail(err, IPS_UNSUPPORTED, "Images of the format %s are not read yet.",
		    ips_format_info(*format)->name);
	return call_loader(*format, source, shrink, out) == 0 || broken(err);
}

static int
unmap(void *data, void *area)
{
	munmap(data, VIPS_AREA(area)->length);
	return 0;
}

/* The bytes of a file, which nobody else's reading moves on. */
static VipsSource *
map_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_size <= 0)
		return NULL;
	void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return NULL;
	VipsBlob *blob = vips_blob_new(unmap, data, (size_t)st.st_size);
	VipsSource *source = vips_source_new_from_blob(blob);
	vips_area_unref(VIPS_AREA(blob));
	return source;
}

bool
load_open(const struct load_from *from, VipsObject *scope, VipsImage **out, enum ips_format *format,
    struct ips_error *err)
{
	VipsImage **slot = (VipsImage **)vips_object_local_array(scope, 1);
	VipsSource *source;

	/* The descriptor may have been read before. */
	if (!from->shared && lseek(from->fd, 0, SEEK_SET) < 0)
		return ips_fail_internal(err, "seek in source: %s", g_strerror(errno));
	source = from->shared ? map_file(from->fd) : vips_source_new_from_descriptor(from->fd);
	if (source == NULL)
		return broken(err);
	bool opened = open_source(source, from->shrink, slot, format, err);
	g_object_unref(source); /* the image holds what it needs */
	if (opened)
		*out = *slot;
	return opened;
}

enum ips_space
space_of(const VipsImage *image)
{
	switch (vips_image_guess_interpretation(image)) {
	case VIPS_INTERPRETATION_B_W:
	case VIPS_INTERPRETATION_GREY16:
		return IPS_SPACE_GRAY;
	case VIPS_INTERPRETATION_CMYK:
		return IPS_SPACE_CMYK;
	default:
		return IPS_SPACE_RGB;
	}
}

/* One pixel a millimetre is what libvips says when the file says nothing. */
static double
resolution_of(const VipsImage *image)
{
	double per_mm = vips_image_get_xres(image);

	return per_mm > 0 && per_mm != 1.0 ? round(per_mm * 25.4 * 100) / 100 : 0;
}

static bool
has_number(VipsImage *image, const char *name)
{
	int value = 0;

	return vips_image_get_typeof(image, name) == G_TYPE_INT &&
	       vips_image_get_int(image, name, &value) == 0 && value != 0;
}

void
load_facts(VipsImage *image, enum ips_format format, int fd, struct ips_source *out)
{
	int orientation = vips_image_get_orientation(image);
	struct ips_size size = { vips_image_get_width(image), vips_image_get_height(image) };

	size = ips_turn_size(orientation, size);
	*out = (struct ips_source){
		.format = format,
		.width = size.width,
		.height = size.height,
		.orientation = orientation,
		.bits = vips_image_get_format(image) == VIPS_FORMAT_UCHAR ? 8 : 16,
		.space = space_of(image),
		.alpha = vips_image_hasalpha(image),
		.associated = format == IPS_FORMAT_TIFF && vips_image_hasalpha(image) &&
			      tiff_is_associated(fd),
		.profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0,
		.progressive =
		    has_number(image, "interlaced") || has_number(image, "jpeg-multiscan"),
		.pages = vips_image_get_n_pages(image),
		.resolution = resolution_of(image),
	};
}
