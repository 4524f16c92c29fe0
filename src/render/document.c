/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* PDF and EPS around one picture. Cairo would do, but knows neither CMYK nor uncompressed samples.
 * A pixel is a unit of the page, so that whoever reads the file at its own scale gets the pixels
 * back; how large that is on paper says UserUnit, or the scale in EPS.
 * Sources: ISO 32000-1, 7.5 and 8.9.5; PostScript Language Reference, 4.10; EPSF 3.0. */
#include "render_priv.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

struct document {
	struct job *job;
	GString *head; /* up to the samples */
	void *data;    /* the samples, encoded; to be freed */
	size_t len;
};

static const char *
device(enum ips_space space)
{
	return space == IPS_SPACE_GRAY   ? "/DeviceGray"
	       : space == IPS_SPACE_CMYK ? "/DeviceCMYK"
					 : "/DeviceRGB";
}

/* 72 units to the inch unless something else is known. */
static double
unit_of(const struct ips_output *out)
{
	return out->resolution > 0 ? 72 / out->resolution : 1;
}

static void
append_real(GString *text, const char *before, double value, const char *after)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(number, sizeof(number), "%.6g", value);
	g_string_append_printf(text, "%s%s%s", before, number, after);
}

static bool
deflate_samples(const void *data, size_t len, void **out, size_t *out_len)
{
	GZlibCompressor *zip = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 6);
	size_t room = len + len / 1000 + 1024, taken = 0, made = 0;
	uint8_t *to = g_try_malloc(room);
	GConverterResult result = to ? G_CONVERTER_CONVERTED : G_CONVERTER_ERROR;

	while (result == G_CONVERTER_CONVERTED) {
		gsize in = 0, got = 0;
		result = g_converter_convert(G_CONVERTER(zip), (const uint8_t *)data + taken,
		    len - taken, to + made, room - made, G_CONVERTER_INPUT_AT_END, &in, &got, NULL);
		taken += in;
		made += got;
	}
	g_object_unref(zip);
	*out = to;
	*out_len = made;
	if (result != G_CONVERTER_FINISHED)
		g_free(to);
	return result == G_CONVERTER_FINISHED;
}

static bool
encode_samples(struct job *job, void **data, size_t *len, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;

	if (out->compression == IPS_COMPRESSION_JPEG)
		return vips_jpegsave_buffer(
			   job->image, data, len, JPEG_OPTIONS(out, out->quality), NULL) == 0 ||
		       job_fail(job, err);
	if (!job_settle(job, err))
		return false;
	const void *samples = VIPS_IMAGE_ADDR(job->image, 0, 0);
	*len = VIPS_IMAGE_SIZEOF_IMAGE(job->image);
	if (out->compression == IPS_COMPRESSION_ZIP)
		return deflate_samples(samples, *len, data, len) ||
		       ips_fail_internal(err, "samples of a document cannot be deflated");
	*data = g_try_malloc(*len);
	if (*data == NULL)
		return ips_fail_internal(err, "no room for a document of %zu bytes", *len);
	memcpy(*data, samples, *len);
	return true;
}

static bool
put(struct job *job, VipsTarget *target, const GString *head, const void *data, size_t len,
    const GString *tail, struct ips_error *err)
{
	return (vips_target_write(target, head->str, head->len) == 0 &&
		   vips_target_write(target, data, len) == 0 &&
		   vips_target_write(target, tail->str, tail->len) == 0 &&
		   vips_target_end(target) == 0) ||
	       job_fail(job, err);
}

enum { CATALOG = 1, PAGES, PAGE, CONTENTS, PROFILE, PICTURE, OBJECTS };

static void
begin(GString *text, size_t *offset, int object)
{
	offset[object] = text->len;
	g_string_append_printf(text, "%d 0 obj\n", object);
}

/* The profile that the picture's colours belong to, or nothing. */
static bool
put_profile(struct job *job, GString *text, size_t *offset)
{
	const void *profile = "";
	size_t len = 0;

	bool there = vips_image_get_typeof(job->image, VIPS_META_ICC_NAME) != 0 &&
		     vips_image_get_blob(job->image, VIPS_META_ICC_NAME, &profile, &len) == 0;
	begin(text, offset, PROFILE);
	if (!there) {
		g_string_append(text, "null\nendobj\n");
		return false;
	}
	g_string_append_printf(
	    text, "<< /N %d /Length %zu >>\nstream\n", vips_image_get_bands(job->image), len);
	g_string_append_len(text, profile, (gssize)len);
	g_string_append(text, "\nendstream\nendobj\n");
	return true;
}

static void
put_picture(struct job *job, GString *text, size_t *offset, bool profile, size_t len)
{
	static const char *const filters[] = { [IPS_COMPRESSION_ZIP] = " /Filter /FlateDecode",
		[IPS_COMPRESSION_JPEG] = " /Filter /DCTDecode" };
	const struct ips_output *out = &job->plan->output;
	const char *filter = filters[MIN(out->compression, IPS_COMPRESSION_JPEG)];
	/* Inks in a JPEG are stored the other way round. */
	bool inverted = out->space == IPS_SPACE_CMYK && out->compression == IPS_COMPRESSION_JPEG;

	begin(text, offset, PICTURE);
	g_string_append_printf(text,
	    "<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 "
	    "/ColorSpace ",
	    vips_image_get_width(job->image), vips_image_get_height(job->image));
	if (profile)
		g_string_append_printf(text, "[/ICCBased %d 0 R]", PROFILE);
	else
		g_string_append(text, device(out->space));
	g_string_append_printf(text, "%s%s /Length %zu >>\nstream\n", filter ? filter : "",
	    inverted ? " /Decode [1 0 1 0 1 0 1 0]" : "", len);
}

static void
put_page(struct job *job, GString *text, size_t *offset)
{
	int width = vips_image_get_width(job->image), height = vips_image_get_height(job->image);
	char *paint = g_strdup_printf("q %d 0 0 %d 0 0 cm /I Do Q", width, height);

	g_string_append(text, "%PDF-1.6\n%\xe2\xe3\xcf\xd3\n");
	begin(text, offset, CATALOG);
	g_string_append_printf(text, "<< /Type /Catalog /Pages %d 0 R >>\nendobj\n", PAGES);
	begin(text, offset, PAGES);
	g_string_append_printf(text, "<< /Type /Pages /Kids [%d 0 R] /Count 1 >>\nendobj\n", PAGE);
	begin(text, offset, PAGE);
	g_string_append_printf(text,
	    "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R /Resources << "
	    "/XObject << /I %d 0 R >> >>",
	    PAGES, width, height, CONTENTS, PICTURE);
	if (unit_of(&job->plan->output) != 1)
		append_real(text, " /UserUnit ", unit_of(&job->plan->output), "");
	g_string_append(text, " >>\nendobj\n");
	begin(text, offset, CONTENTS);
	g_string_append_printf(
	    text, "<< /Length %zu >>\nstream\n%s\nendstream\nendobj\n", strlen(paint), paint);
	g_free(paint);
}

static void
put_table(GString *text, size_t before, const size_t *offset)
{
	static const char end[] = "\nendstream\nendobj\n";
	size_t at = before + strlen(end);

	g_string_append(text, end);
	g_string_append_printf(text, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS);
	for (int i = 1; i < OBJECTS; i++)
		g_string_append_printf(text, "%010zu 00000 n \n", offset[i]);
	g_string_append_printf(text,
	    "trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%zu\n%%%%EOF\n", OBJECTS, CATALOG,
	    at);
}

bool
save_pdf(struct job *job, VipsTarget *target, struct ips_error *err)
{
	size_t offset[OBJECTS] = { 0 }, len;
	void *data;

	if (!encode_samples(job, &data, &len, err))
		return false;
	GString *head = g_string_new(""), *tail = g_string_new("");
	put_page(job, head, offset);
	bool profile = put_profile(job, head, offset);
	put_picture(job, head, offset, profile, len);
	put_table(tail, head->len + len, offset);
	bool done = put(job, target, head, data, len, tail, err);
	g_string_free(head, TRUE);
	g_string_free(tail, TRUE);
	g_free(data);
	return done;
}

/* Samples run from top to bottom, as the matrix says. */
bool
save_eps(struct job *job, VipsTarget *target, struct ips_error *err)
{
	const struct ips_output *out = &job->plan->output;
	int width = vips_image_get_width(job->image), height = vips_image_get_height(job->image);
	double unit = unit_of(out);
	size_t len;
	void *data;

	if (!encode_samples(job, &data, &len, err))
		return false;
	GString *head = g_string_new("%!PS-Adobe-3.0 EPSF-3.0\n%%Creator: openips\n");
	g_string_append_printf(
	    head, "%%%%BoundingBox: 0 0 %.0f %.0f\n", ceil(width * unit), ceil(height * unit));
	append_real(head, "%%HiResBoundingBox: 0 0 ", width * unit, " ");
	append_real(head, "", height * unit, "\n");
	g_string_append(head, "%%LanguageLevel: 2\n%%DocumentData: Binary\n%%Pages: 0\n"
			      "%%EndComments\ngsave\n");
	append_real(head, "", width * unit, " ");
	append_real(head, "", height * unit, " scale\n");
	char *image = g_strdup_printf(
	    "<< /ImageType 1 /Width %d /Height %d /BitsPerComponent 8 /Decode [%s] /ImageMatrix "
	    "[%d 0 0 %d 0 %d] /DataSource currentfile >> image\n",
	    width, height,
	    out->space == IPS_SPACE_GRAY   ? "0 1"
	    : out->space == IPS_SPACE_CMYK ? "0 1 0 1 0 1 0 1"
					   : "0 1 0 1 0 1",
	    width, -height, height);
	g_string_append_printf(head, "%s setcolorspace\n%%%%BeginData: %zu Binary Bytes\n%s",
	    device(out->space), strlen(image) + len, image);
	GString *tail = g_string_new("\n%%EndData\ngrestore\n%%EOF\n");
	bool done = put(job, target, head, data, len, tail, err);
	g_free(image);
	g_string_free(head, TRUE);
	g_string_free(tail, TRUE);
	g_free(data);
	return done;
}
