/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Encoding: only here do pixels flow. */
#include "render_priv.h"

#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
/* The HEVC encoder forgets a kilobyte a picture. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libx265";
}
#endif

#define AVIF_EFFORT 2 /* a sixth of the time of the default for some per cent of the bytes */

static int
save_jpeg(VipsImage *image, VipsTarget *target, const struct ips_output *out)
{
	return vips_jpegsave_target(image, target, JPEG_OPTIONS(out, out->quality), NULL);
}

static int
save_png(VipsImage *image, VipsTarget *target, const struct ips_output *out)
{
	(void)out;
	return vips_pngsave_target(image, target, NULL);
}

static int
save_tiff(VipsImage *image, VipsTarget *target, const struct ips_output *out)
{
	static const VipsForeignTiffCompression compressions[] = {
		[IPS_COMPRESSION_DEFAULT] = VIPS_FOREIGN_TIFF_COMPRESSION_LZW,
		[IPS_COMPRESSION_NONE] = VIPS_FOREIGN_TIFF_COMPRESSION_NONE,
		[IPS_COMPRESSION_LZW] = VIPS_FOREIGN_TIFF_COMPRESSION_LZW,
		[IPS_COMPRESSION_ZIP] = VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE,
		[IPS_COMPRESSION_JPEG] = VIPS_FOREIGN_TIFF_COMPRESSION_JPEG,
		[IPS_COMPRESSION_LOSSY] = VIPS_FOREIGN_TIFF_COMPRESSION_LZW,
		[IPS_COMPRESSION_LOSSLESS] = VIPS_FOREIGN_TIFF_COMPRESSION_LZW,
	};

	return vips_tiffsave_target(image, target, "compression", compressions[out->compression],
	    "predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "Q", out->quality, NULL);
}

static int
save_webp(VipsImage *image, VipsTarget *target, const struct ips_output *out)
{
	return vips_webpsave_target(image, target, "Q", out->quality, "lossless",
	    out->compression == IPS_COMPRESSION_LOSSLESS, NULL);
}

/* Without loss means all of the chroma, too; what remains is the rounding to YCbCr, one level. */
static int
save_heif(VipsImage *image, VipsTarget *target, const struct ips_output *out,
    VipsForeignHeifCompression codec)
{
	bool lossless = out->compression == IPS_COMPRESSION_LOSSLESS;
	VipsForeignSubsample chroma =
	    out->chroma_full || lossless ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_ON;

	return vips_heifsave_target(image, target, "Q", out->quality, "compression", codec,
	    "effort", AVIF_EFFORT, "bitdepth", 8, "lossless", (gboolean)lossless, "subsample_mode",
	    chroma, NULL);
}

static int
save_avif(VipsImage *image, VipsTarget *target, const struct ips_output *out)
{
	return save_heif(image, target, out, VIPS_FOREIGN_HEIF_COMPRESSION_AV1);
}

static int
save_heic(VipsImage *image, VipsTarget *target, const struct ips_output *out)
{
	return save_heif(image, target, out, VIPS_FOREIGN_HEIF_COMPRESSION_HEVC);
}

/* libvips takes a ratio of signal to noise in decibels. */
static int
jp2_quality(int quality)
{
	return 25 + quality * 3 / 10;
}

static int
save_jp2(VipsImage *image, VipsTarget *target, const struct ips_output *out)
{
	return vips_jp2ksave_target(image, target, "Q", jp2_quality(out->quality), "lossless",
	    out->compression == IPS_COMPRESSION_LOSSLESS, NULL);
}

typedef int saver(VipsImage *, VipsTarget *, const struct ips_output *);
static saver *const savers[IPS_FORMAT_COUNT] = {
	[IPS_FORMAT_JPEG] = save_jpeg,
	[IPS_FORMAT_PNG] = save_png,
	[IPS_FORMAT_TIFF] = save_tiff,
	[IPS_FORMAT_WEBP] = save_webp,
	[IPS_FORMAT_AVIF] = save_avif,
	[IPS_FORMAT_HEIC] = save_heic,
	[IPS_FORMAT_JP2] = save_jp2,
};

/* All that came with the source goes, but for what the output keeps and the profile. The savers'
 * own strip option would take the resolution along. */
static void
drop_metadata(VipsImage *image, const struct ips_output *out)
{
	char **fields = vips_image_get_fields(image);

	for (char **f = fields; *f; f++) {
		bool keep = strcmp(*f, VIPS_META_ICC_NAME) == 0 ||
			    (out->keep_xmp && strcmp(*f, VIPS_META_XMP_NAME) == 0);
		if (!keep)
			vips_image_remove(image, *f); /* the header's own fields stay */
	}
	g_strfreev(fields);
}

/* The largest segment of a JPEG, and libvips writes but one. */
#define MAX_SEGMENT 65533

/* libvips calls the block of a JPEG by what it mostly holds. */
static bool
put_paths(struct job *job, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;
	bool jpeg = out->format == IPS_FORMAT_JPEG;

	if (!out->keep_paths)
		return true;
	g_autoptr(GByteArray) paths = photoshop_moved(job->photoshop, &job->plan->paths, jpeg);
	if (jpeg && paths->len > MAX_SEGMENT)
		return ips_fail(err, IPS_LIMIT,
		    "pathEmbed=1: the paths of this image are too large for a JPEG.");
	vips_image_set_blob_copy(job->image, jpeg ? VIPS_META_IPTC_NAME : VIPS_META_PHOTOSHOP_NAME,
	    paths->data, paths->len);
	return true;
}

/* A copy of the header that may be changed, with the resolution the result is to have. */
static bool
label(struct job *job, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;
	double per_mm = (out->resolution > 0 ? out->resolution : 72) / 25.4;
	VipsImage **slot = job_slot(job);

	if (!job_step(
		job, vips_copy(job->image, slot, "xres", per_mm, "yres", per_mm, NULL), slot, err))
		return false;
	drop_metadata(job->image, out);
	colour_label(job);
	vips_image_set_string(job->image, VIPS_META_RESOLUTION_UNIT, "in");
	return put_paths(job, err);
}

typedef bool own_saver(struct job *, VipsTarget *, struct ips_error *);

static own_saver *
find_own(const struct ips_output *out)
{
	if (out->format == IPS_FORMAT_PDF)
		return save_pdf;
	if (out->format == IPS_FORMAT_EPS)
		return save_eps;
	if (out->format == IPS_FORMAT_GIF || out->palette)
		return save_indexed;
	if (out->format == IPS_FORMAT_JPEG && (out->scans > 0 || out->jpeg_kilobytes > 0))
		return save_fitted_jpeg;
	return NULL;
}

bool
save(struct job *job, int fd, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;

	if (!label(job, err))
		return false;
	VipsTarget *target = vips_target_new_to_descriptor(fd);
	if (target == NULL) {
		vips_error_clear();
		return ips_fail_internal(err, "no target for descriptor %d", fd);
	}
	own_saver *own = find_own(out);
	job_watch(job, job->image);
	bool done = own ? own(job, target, err)
			: savers[out->format](job->image, target, out) == 0 || job_fail(job, err);
	g_object_unref(target);
	return done;
}
