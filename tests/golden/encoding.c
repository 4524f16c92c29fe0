/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* How results are encoded: rows with what their headers have to say and what they may not, and with
 * colours. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct header_row {
	enum golden_source source;
	const char *modifier;
	bool copy;
	const char *want; /* "jpeg components=3": every word has to be there, and none after '!' */
};

static bool
has_word(const char *text, const char *word)
{
	char *padded = g_strdup_printf(" %s ", word), *within = g_strdup_printf(" %s", text);
	bool found = strstr(within, padded) != NULL;

	g_free(padded);
	g_free(within);
	return found;
}

static int
check_header(const struct header_row *row)
{
	struct ips_error err = { 0 };
	int fd, bad = 0;

	if (!golden_run(golden_source(row->source), row->modifier,
		row->copy ? &ips_profile_copy : &ips_profile_reply, &fd, NULL, &err)) {
		print_error("'%s': %s (%s)\n", row->modifier, err.reason, err.detail);
		return 1;
	}
	char *said = golden_describe(fd), **words = g_strsplit(row->want, " ", -1);
	for (char **w = words; *w; w++)
		bad += **w == '!' ? has_word(said, *w + 1) : !has_word(said, *w);
	if (bad > 0)
		print_error(
		    "source %d '%s': %s, not %s\n", row->source, row->modifier, said, row->want);
	g_strfreev(words);
	g_free(said);
	close(fd);
	return bad;
}

static void
check_headers(const struct header_row *rows, size_t count)
{
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad += check_header(&rows[i]);
	assert_int_equal(bad, 0);
}

/* TIFF: compression 1 none, 5 LZW, 7 JPEG, 8 deflate; photometric 1 gray, 2 RGB, 5 CMYK. */
static const struct header_row header_rows[] = {
	{ QUAD, "fmt=jpeg", false, "jpeg baseline components=3 sampling=2x2 scans=1" },
	{ QUAD, "fmt=jpeg,rgb,none", false, "jpeg baseline components=3" },
	{ QUAD, "qlt=95", false, "jpeg sampling=2x2" }, /* R50 */
	{ QUAD, "qlt=95,0", false, "jpeg sampling=2x2" },
	{ QUAD, "qlt=30,1", false, "jpeg sampling=1x1" },
	{ QUAD, "fmt=jpeg,gray", false, "jpeg components=1" },
	{ QUAD, "fmt=jpeg,cmyk", false, "jpeg components=4" },
	{ CMYK, "fmt=jpeg,cmyk", false, "jpeg components=4" },
	{ CMYK, "fmt=jpeg", false, "jpeg components=3" },
	{ QUAD, "fmt=pjpeg", false, "jpeg progressive components=3" },
	{ QUAD, "fmt=pjpeg,gray", false, "jpeg progressive components=1" },
	{ QUAD, "fmt=tif", false, "tiff compression=1 photometric=2 samples=3 bits=8" },
	{ QUAD, "fmt=tif,,none", false, "tiff compression=1" },
	{ QUAD, "fmt=tif,,lzw", false, "tiff compression=5" },
	{ QUAD, "fmt=tif,,zip", false, "tiff compression=8" },
	{ QUAD, "fmt=tif,,jpeg", false, "tiff compression=7 samples=3" },
	{ QUAD, "fmt=tif,gray", false, "tiff photometric=1 samples=1" },
	{ QUAD, "fmt=tif,gray,jpeg", false, "tiff compression=7 photometric=1 samples=1" },
	{ QUAD, "fmt=tif,cmyk", false, "tiff photometric=5 samples=4" },
	{ QUAD, "fmt=tif,cmyk,jpeg", false, "tiff compression=7 photometric=5 samples=4" },
	{ QUAD, "fmt=tif-alpha", false, "tiff photometric=2 samples=4 extra=2" },
	{ QUAD, "fmt=tif-alpha,gray,zip", false, "tiff compression=8 photometric=1 samples=2" },
	{ QUAD, "fmt=tif-alpha,cmyk", false, "tiff photometric=5 samples=5" },
	{ DEEP, "fmt=tif", false, "tiff bits=8" }, { DEEP, "fmt=tif", true, "tiff bits=16" },
	{ DEEP, "fmt=tif,cmyk", true, "tiff bits=16 photometric=5 samples=4" },
	{ TIFFQ, "fmt=tif,,zip", true, "tiff compression=8" },
	{ QUAD, "fmt=png", false, "png bits=8 type=2 !clear" },
	{ QUAD, "fmt=png,gray", false, "png bits=8 type=0" },
	{ QUAD, "fmt=png-alpha", false, "png bits=8 type=6" },
	{ QUAD, "fmt=png-alpha,gray", false, "png bits=8 type=4" },
	{ QUAD, "fmt=webp,,lossless", false, "webp lossless" },
	{ QUAD, "fmt=webp,,lossy", false, "webp lossy" },
	{ QUAD, "fmt=webp&qlt=80", false, "webp lossy" }, { QUAD, "fmt=avif", false, "avif" },
	{ QUAD, "fmt=heic", false, "heic" }, { QUAD, "fmt=heic,rgb,lossless", false, "heic" },
	{ QUAD, "fmt=jpeg2000", false, "jp2 components=3" },
	{ QUAD, "fmt=jpeg2000,gray", false, "jp2 components=1" },
	{ QUAD, "fmt=jpeg2000-alpha", false, "jp2 components=4 cdef" },
	{ QUAD, "fmt=jpeg2000-alpha,gray,lossless", false, "jp2 components=2 cdef" },
	{ QUAD, "fmt=pdf", false, "pdf rgb xref !dct !flate" },
	{ QUAD, "fmt=pdf,,zip", false, "pdf rgb flate" },
	{ QUAD, "fmt=pdf,,jpeg", false, "pdf rgb dct" },
	{ QUAD, "fmt=pdf,gray,zip", false, "pdf gray flate" },
	{ QUAD, "fmt=pdf,cmyk,jpeg", false, "pdf cmyk dct" },
	{ QUAD, "fmt=pdf&printRes=300", false, "pdf dpi=300" },
	{ WIDE, "fmt=pdf", true, "pdf icc" }, { QUAD, "fmt=eps", false, "eps rgb box=144x116" },
	{ QUAD, "fmt=eps,gray&printRes=300", false, "eps gray box=48x39" },
	{ QUAD, "fmt=eps,cmyk", false, "eps cmyk" },
	/* quantize= */
	{ QUAD, "fmt=png8", false, "png type=3 bits=8 colors=4 !clear" },
	{ QUAD, "fmt=png8-alpha", false, "png type=3 colors=5 clear" }, /* R48 */
	{ GRAD, "fmt=png8", false, "png colors=256" },
	{ GRAD, "fmt=png8&quantize=adaptive,diffuse,16", false, "png colors=16" },
	{ GRAD, "fmt=png8-alpha&quantize=adaptive,off,16", false, "png colors=17 clear" },
	{ GRAD, "fmt=png8&quantize=web", false, "png colors=216" },
	{ GRAD, "fmt=png8&quantize=mac", false, "png colors=256" },
	{ GRAD, "fmt=gif&quantize=adaptive,off,2", false, "gif table=2 !clear" },
	{ HOLE, "fmt=gif-alpha&quantize=adaptive,off,2,000000,ffffff", false, "gif table=4 clear" },
	{ GRAD, "fmt=gif,gray", false, "gif table=256" },
	{ GRAD, "fmt=png&quantize=web", false, "png type=2" },
	/* pscan= */
	{ QUAD, "fmt=pjpeg&pscan=auto", false, "jpeg progressive scans=10" },
	{ QUAD, "fmt=pjpeg&pscan=3", false, "jpeg progressive scans=7 dpi=100" }, /* R52 */
	{ QUAD, "fmt=pjpeg&pscan=4", false, "jpeg progressive scans=10" },
	{ QUAD, "fmt=pjpeg&pscan=5", false, "jpeg progressive scans=11" },
	{ QUAD, "fmt=pjpeg,gray&pscan=3", false, "jpeg progressive scans=3" },
	{ QUAD, "fmt=pjpeg,cmyk&pscan=5", false, "jpeg progressive components=4" },
	{ QUAD, "fmt=jpeg&pscan=3", false, "jpeg baseline scans=1" },
	/* xmpEmbed= */
	{ XMPQ, "xmpEmbed=1", false, "jpeg xmp" }, { XMPQ, "wid=50&xmpEmbed=1", true, "jpeg xmp" },
	{ XMPQ, "", false, "jpeg !xmp" }, { XMPQ, "xmpEmbed=0", false, "jpeg !xmp" },
	{ XMPQ, "fmt=tif&xmpEmbed=1", false, "tiff xmp" }, { XMPQ, "fmt=tif", false, "tiff !xmp" },
	{ XMPQ, "fmt=pjpeg&pscan=3&xmpEmbed=1", false, "jpeg xmp" },
	{ QUAD, "xmpEmbed=1", false, "jpeg !xmp" },
	/* printRes=, else what the source says */
	{ QUAD, "fmt=jpeg&printRes=300", false, "jpeg dpi=300" },
	{ QUAD, "fmt=jpeg", false, "jpeg dpi=100" },
	{ QUAD, "fmt=jpeg&wid=20", false, "jpeg dpi=100" },
	{ QUAD, "fmt=png&printRes=300", false, "png dpi=300" },
	{ QUAD, "fmt=png", false, "png dpi=100" },
	{ QUAD, "fmt=tif&printRes=240", false, "tiff dpi=240 unit=2" },
	{ QUAD, "fmt=tif", false, "tiff dpi=100 unit=2" },
	{ QUAD, "printRes=72", true, "png dpi=72" },
	{ JQUAD, "printRes=300", true, "jpeg dpi=300 sampling=1x1" },
	{ GIFQ, "fmt=jpeg", false, "jpeg !dpi=72 !unit=2" }, /* R55 */
};

/* The same pixels as without; only the file says something else. */
static void
test_print_resolution(void)
{
	static const char *const modifiers[] = { "fmt=png", "fmt=png&printRes=600",
		"fmt=tif&printRes=0.5", "fmt=tif,,zip" };
	uint8_t *first = NULL;

	for (size_t i = 0; i < IPS_NELEM(modifiers); i++) {
		struct ips_error err;
		int fd, width, height;
		assert_true(golden_run(
		    golden_source(GRAD), modifiers[i], &ips_profile_reply, &fd, NULL, &err));
		uint8_t *pixels = golden_pixels(fd, &width, &height);
		assert_int_equal(width * height, 256 * 128);
		if (first == NULL)
			first = g_steal_pointer(&pixels);
		else
			assert_memory_equal(pixels, first, 256 * 128 * 4);
		g_free(pixels);
		close(fd);
	}
	g_free(first);
}

/* Naive CMYK: k is what lacks to the brightest, the rest is taken off it. Seen again through
 * (255 - c)(255 - k) / 255 (R26). */
static const struct golden_row colour_rows[] = {
	{ QUAD, "fmt=tif,cmyk", false, 200, 160, IPS_FORMAT_TIFF,
	    "99,79=R 100,79=G 99,80=B 100,80=Y", 1 },
	{ GRAD, "fmt=tif,cmyk", false, 256, 128, IPS_FORMAT_TIFF, "10,20=0a2880 200,100=c8c880",
	    1 },
	{ GRAY, "fmt=tif,cmyk", false, 100, 50, IPS_FORMAT_TIFF, "50,25=646464", 1 },
	{ HOLE, "fmt=tif,cmyk", false, 100, 100, IPS_FORMAT_TIFF, "10,10=W 50,50=R", 1 },
	{ HOLE, "fmt=tif-alpha,cmyk", false, 100, 100, IPS_FORMAT_TIFF, "10,10=. 50,50=R", 1 },
	{ QUAD, "fmt=tif,cmyk&wid=300&hei=300&bgc=0000ff", false, 300, 300, IPS_FORMAT_TIFF,
	    "10,10=B 60,80=R", 1 },
	{ QUAD, "fmt=tif,cmyk&rotate=45&scl=1&bgc=00ff00", false, 255, 255, IPS_FORMAT_TIFF,
	    "4,4=G 127,90=R", 1 },
	{ QUAD, "fmt=jpeg,cmyk&qlt=95", false, 200, 160, IPS_FORMAT_JPEG, "50,40=R 150,120=Y", 3 },
	{ QUAD, "fmt=tif,cmyk&op_invert=1", false, 200, 160, IPS_FORMAT_TIFF,
	    "50,40=00ffff 150,120=B", 1 },
	{ CMYK, "fmt=tif,cmyk", false, 64, 64, IPS_FORMAT_TIFF, "10,10=00ffff 50,10=7f7f7f", 1 },
	{ QUAD, "fmt=pdf", false, 200, 160, IPS_FORMAT_PDF, "50,40=R 150,40=G 50,120=B 150,120=Y",
	    1 },
	{ QUAD, "fmt=pdf,,zip&printRes=300", false, 200, 160, IPS_FORMAT_PDF,
	    "50,40=R 150,40=G 50,120=B 150,120=Y", 1 },
	{ QUAD, "fmt=pdf,,jpeg&qlt=95", false, 200, 160, IPS_FORMAT_PDF,
	    "50,40=R 150,40=G 50,120=B 150,120=Y", 5 },
	{ QUAD, "fmt=pdf,gray", false, 200, 160, IPS_FORMAT_PDF, "50,40=4c4c4c 150,40=969696", 1 },
	/* the nearest of 0, 51, 102 ...; of the system's palette; of what is forced */
	{ GRAD, "fmt=gif&quantize=web,off", false, 256, 128, IPS_FORMAT_GIF,
	    "0,0=000099 10,20=003399 200,100=cccc99", 0 },
	{ GRAD, "fmt=png8&quantize=web,off", false, 256, 128, IPS_FORMAT_PNG,
	    "0,0=000099 10,20=003399 200,100=cccc99", 0 },
	{ GRAD, "fmt=png8&quantize=mac,off", false, 256, 128, IPS_FORMAT_PNG,
	    "0,0=000088 10,20=003399 200,100=cccc99", 0 },
	{ GRAD, "fmt=gif&quantize=adaptive,off,2,000000,ffffff", false, 256, 128, IPS_FORMAT_GIF,
	    "0,0=K 255,127=W 100,20=K 200,100=W", 0 },
	{ QUAD, "fmt=gif", false, 200, 160, IPS_FORMAT_GIF, "99,79=R 100,79=G 99,80=B 100,80=Y",
	    0 },
	{ QUAD, "fmt=png8-alpha", false, 200, 160, IPS_FORMAT_PNG, "99,79=R 100,80=Y", 0 },
	{ HOLE, "fmt=gif-alpha", false, 100, 100, IPS_FORMAT_GIF, "10,10=. 50,50=R", 0 },
	{ HALF, "fmt=png8-alpha", false, 80, 80, IPS_FORMAT_PNG, "40,40=0000ff80", 0 },
	{ HALF, "fmt=gif-alpha", false, 80, 80, IPS_FORMAT_GIF, "40,40=B", 0 },
	{ QUAD, "fmt=heic", false, 200, 160, IPS_FORMAT_HEIC, "99,79=R 100,79=G 99,80=B 100,80=Y",
	    2 },
	{ GRAD, "fmt=heic", false, 256, 128, IPS_FORMAT_HEIC, "10,20=0a2880 200,100=c8c880", 2 },
	{ GRAD, "fmt=avif,,lossless", false, 256, 128, IPS_FORMAT_AVIF,
	    "10,20=0a2880 200,100=c8c880", 2 },
	{ GRAD, "fmt=jpeg2000,,lossless", false, 256, 128, IPS_FORMAT_JP2,
	    "10,20=0a2880 200,100=c8c880", 0 },
	{ QUAD, "fmt=jpeg2000", false, 200, 160, IPS_FORMAT_JP2, "50,40=R 150,120=Y", 4 },
	{ QUAD, "fmt=jpeg2000&qlt=20", false, 200, 160, IPS_FORMAT_JP2, "50,40=R 150,120=Y", 30 },
	{ HOLE, "fmt=jpeg2000-alpha,,lossless", false, 100, 100, IPS_FORMAT_JP2, "10,10=. 50,50=R",
	    0 },
	{ QUAD, "fmt=jpeg2000,gray,lossless", false, 200, 160, IPS_FORMAT_JP2,
	    "50,40=4c4c4c 150,40=969696", 1 },
};

static off_t
length_of(enum golden_source source, const char *modifier, uint8_t **data)
{
	struct ips_error err;
	int fd;

	if (!golden_run(golden_source(source), modifier, &ips_profile_copy, &fd, NULL, &err))
		fail_msg("'%s': %s (%s)", modifier, err.reason, err.detail);
	off_t len = lseek(fd, 0, SEEK_END);
	*data = g_malloc((gsize)len);
	assert_int_equal(pread(fd, *data, (size_t)len, 0), len);
	close(fd);
	return len;
}

/* The file fits, and at the next better quality it would not (R51). */
static void
test_jpeg_size(void)
{
	uint8_t *fitted, *exact;
	int quality = 0;
	off_t len = length_of(BIG, "fmt=jpeg&scl=2&qlt=95&jpegSize=16", &fitted);

	assert_true(len <= 16 * 1024);
	for (int q = 95; q > 0 && quality == 0; q--) {
		char modifier[64];
		snprintf(modifier, sizeof(modifier), "fmt=jpeg&scl=2&qlt=%d", q);
		off_t plain = length_of(BIG, modifier, &exact);
		if (plain <= 16 * 1024) {
			quality = q;
			assert_int_equal(plain, len);
			assert_memory_equal(exact, fitted, (size_t)len);
		}
		g_free(exact);
	}
	assert_in_range(quality, 1, 94);
	g_free(fitted);
}

/* Rearranging scans changes no pixel. */
static void
test_scans(void)
{
	uint8_t *first = NULL;
	static const char *const modifiers[] = { "fmt=pjpeg", "fmt=pjpeg&pscan=3",
		"fmt=pjpeg&pscan=4", "fmt=pjpeg&pscan=5" };

	for (size_t i = 0; i < IPS_NELEM(modifiers); i++) {
		struct ips_error err;
		int fd, width, height;
		assert_true(golden_run(
		    golden_source(GRAD), modifiers[i], &ips_profile_reply, &fd, NULL, &err));
		uint8_t *pixels = golden_pixels(fd, &width, &height);
		if (first == NULL)
			first = g_steal_pointer(&pixels);
		else
			assert_memory_equal(pixels, first, 256 * 128 * 4);
		g_free(pixels);
		close(fd);
	}
	g_free(first);
}

/* Error diffusion keeps the mean: 100 of 255 is white. */
static void
test_dither(void)
{
	struct ips_error err;
	int fd, width, height;
	double sum = 0;

	assert_true(
	    golden_run(golden_source(GRAY), "fmt=png8&quantize=adaptive,diffuse,2,000000,ffffff",
		&ips_profile_reply, &fd, NULL, &err));
	uint8_t *pixels = golden_pixels(fd, &width, &height);
	for (int i = 0; i < width * height; i++) {
		assert_true(pixels[4 * i] == 0 || pixels[4 * i] == 255);
		sum += pixels[4 * i];
	}
	assert_true(sum / (width * height) > 97 && sum / (width * height) < 103);
	g_free(pixels);
	close(fd);
}

/* Samples of EPS lie behind the operator, top row first. */
static void
test_eps_samples(void)
{
	uint8_t *data;
	off_t len = length_of(QUAD, "fmt=eps", &data);
	const uint8_t *image = memmem(data, (size_t)len, " image\n", 7);

	assert_non_null(image);
	assert_true(image + 7 + 200 * 160 * 3 < data + len);
	assert_memory_equal(image + 7, "\xff\0\0\xff\0\0", 6);
	assert_memory_equal(image + 7 + 199 * 3, "\0\xff\0\0\0\xff" + 0, 3);
	assert_memory_equal(image + 7 + 159 * 600, "\0\0\xff", 3);
	assert_memory_equal(image + 7 + 160 * 600, "\n%%EndData", 10);
	g_free(data);
}

static void
test_unwritable(void)
{
	static const struct {
		enum golden_source source;
		const char *modifier, *words;
	} rows[] = {
		{ QUAD, "fmt=gif-alpha&quantize=mac", "quantize=mac" },
		{ QUAD, "fmt=png8-alpha&quantize=mac,off", "quantize=mac" },
		{ QUAD, "fmt=gif&quantize=adaptive,off,2,000000,ffffff,ff0000", "allowed are 2" },
		{ BIG, "scl=1&fmt=jpeg&jpegSize=1", "jpegSize=1" },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { 0 };
		int fd;
		if (golden_run(golden_source(rows[i].source), rows[i].modifier, &ips_profile_copy,
			&fd, NULL, &err))
			fail_msg("'%s' is written", rows[i].modifier);
		if (err.fault != IPS_INVALID_PARAMETER || !strstr(err.reason, rows[i].words))
			fail_msg("'%s': %d %s", rows[i].modifier, err.fault, err.reason);
	}
}

void
test_encoding(void **state)
{
	(void)state;
	check_headers(header_rows, IPS_NELEM(header_rows));
	golden_check(colour_rows, IPS_NELEM(colour_rows));
	test_print_resolution();
	test_jpeg_size();
	test_scans();
	test_dither();
	test_eps_samples();
	test_unwritable();
}
