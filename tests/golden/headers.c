/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the bytes of a result say of themselves, read from the formats' own descriptions and not
 * through the libraries that wrote them. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

struct bytes {
	const uint8_t *at;
	size_t len;
};

static uint32_t
number(struct bytes b, size_t at, int count, bool little)
{
	uint32_t value = 0;

	for (int i = 0; i < count; i++) {
		size_t place = at + (size_t)(little ? count - 1 - i : i);
		value = value << 8 | (place < b.len ? b.at[place] : 0);
	}
	return value;
}

static bool
is_at(struct bytes b, size_t at, const char *what, size_t len)
{
	return at + len <= b.len && memcmp(b.at + at, what, len) == 0;
}

static bool
holds(struct bytes b, const char *what)
{
	return memmem(b.at, b.len, what, strlen(what)) != NULL;
}

/* TIFF 6.0, section 2: the first directory. */
static void
describe_tiff(struct bytes b, GString *out)
{
	static const struct {
		uint32_t tag;
		const char *name;
	} tags[] = { { 258, "bits" }, { 259, "compression" }, { 262, "photometric" },
		{ 277, "samples" }, { 282, "dpi" }, { 296, "unit" }, { 338, "extra" },
		{ 530, "sampling" } };
	bool little = b.at[0] == 'I';
	size_t directory = number(b, 4, 4, little);
	bool xmp = false;

	for (uint32_t i = 0; i < number(b, directory, 2, little); i++) {
		size_t at = directory + 2 + 12 * (size_t)i;
		uint32_t tag = number(b, at, 2, little), type = number(b, at + 2, 2, little);
		uint32_t count = number(b, at + 4, 4, little);
		xmp |= tag == 700;
		size_t value =
		    type == 5 || (type == 3 && count > 2) ? number(b, at + 8, 4, little) : at + 8;
		for (size_t t = 0; t < IPS_NELEM(tags); t++)
			if (tags[t].tag == tag && type == 5)
				g_string_append_printf(out, " %s=%u", tags[t].name,
				    number(b, value, 4, little) / number(b, value + 4, 4, little));
			else if (tags[t].tag == tag)
				g_string_append_printf(
				    out, " %s=%u", tags[t].name, number(b, value, 2, little));
	}
	g_string_append(out, xmp ? " xmp" : "");
}

/* ITU-T T.81, annex B: markers, then segments with their lengths. */
static void
describe_jpeg(struct bytes b, GString *out)
{
	int scans = 0;
	bool coded = false;

	for (size_t at = 2; at + 4 <= b.len;) {
		if (b.at[at] != 0xff || b.at[at + 1] == 0 || b.at[at + 1] == 0xff ||
		    (b.at[at + 1] >= 0xd0 && b.at[at + 1] <= 0xd7)) {
			assert_true(coded);
			at++;
			continue;
		}
		uint8_t marker = b.at[at + 1];
		if (marker == 0xd9)
			break;
		if (marker == 0xc0 || marker == 0xc2)
			g_string_append_printf(out, " %s components=%u sampling=%ux%u",
			    marker == 0xc2 ? "progressive" : "baseline", b.at[at + 9],
			    b.at[at + 11] >> 4, b.at[at + 11] & 15);
		if (marker == 0xe1 && is_at(b, at + 4, "Exif", 5))
			describe_tiff((struct bytes){ b.at + at + 10, b.len - at - 10 }, out);
		coded = marker == 0xda;
		scans += coded;
		at += 2 + number(b, at + 2, 2, false);
	}
	g_string_append_printf(
	    out, " scans=%d%s", scans, holds(b, "http://ns.adobe.com/xap/1.0/") ? " xmp" : "");
}

/* PNG, chapters 5 and 11. */
static void
describe_png(struct bytes b, GString *out)
{
	for (size_t at = 8; at + 12 <= b.len; at += 12 + number(b, at, 4, false)) {
		if (is_at(b, at + 4, "IHDR", 4))
			g_string_append_printf(
			    out, " bits=%u type=%u", b.at[at + 16], b.at[at + 17]);
		if (is_at(b, at + 4, "PLTE", 4))
			g_string_append_printf(out, " colors=%u", number(b, at, 4, false) / 3);
		if (is_at(b, at + 4, "tRNS", 4))
			g_string_append(out, " clear");
		if (is_at(b, at + 4, "pHYs", 4))
			g_string_append_printf(
			    out, " dpi=%d", ips_round(number(b, at + 8, 4, false) * 0.0254));
	}
}

/* GIF89a: the colour table of the screen and the first control extension. */
static void
describe_gif(struct bytes b, GString *out)
{
	const uint8_t *control = memmem(b.at, b.len, "\x21\xf9\x04", 3);

	g_string_append_printf(out, " table=%d", b.at[10] & 0x80 ? 2 << (b.at[10] & 7) : 0);
	if (control != NULL && control[3] & 1)
		g_string_append(out, " clear");
}

/* ISO 15444-1, annex I: the boxes of the header. */
static void
describe_jp2(struct bytes b, GString *out)
{
	const uint8_t *header = memmem(b.at, b.len, "ihdr", 4);

	assert_non_null(header);
	g_string_append_printf(out, " components=%u", header[13]);
	g_string_append(out, holds(b, "cdef") ? " cdef" : "");
}

static void
describe_webp(struct bytes b, GString *out)
{
	g_string_append(out, holds(b, "VP8L") ? " lossless" : " lossy");
}

/* Both are text around their samples. */
static void
describe_page(struct bytes b, GString *out)
{
	static const struct {
		const char *text, *word;
	} words[] = { { "/DCTDecode", " dct" }, { "/FlateDecode", " flate" },
		{ "/DeviceRGB", " rgb" }, { "/DeviceGray", " gray" }, { "/DeviceCMYK", " cmyk" },
		{ "/ICCBased", " icc" }, { "/UserUnit 0.24", " dpi=300" },
		{ "%%BoundingBox: 0 0 48 39\n", " box=48x39" },
		{ "%%BoundingBox: 0 0 144 116\n", " box=144x116" }, { "startxref", " xref" } };

	for (size_t i = 0; i < IPS_NELEM(words); i++)
		if (holds(b, words[i].text))
			g_string_append(out, words[i].word);
}

char *
golden_describe(int fd)
{
	static const struct {
		size_t at, len;
		const char *magic, *name;
		void (*describe)(struct bytes b, GString *out);
	} kinds[] = {
		{ 0, 3, "\xff\xd8\xff", "jpeg", describe_jpeg },
		{ 0, 4, "II*\0", "tiff", describe_tiff },
		{ 0, 8, "\x89PNG\r\n\x1a\n", "png", describe_png },
		{ 0, 4, "GIF8", "gif", describe_gif },
		{ 0, 12, "\0\0\0\x0cjP  \r\n\x87\n", "jp2", describe_jp2 },
		{ 4, 8, "ftypheic", "heic", NULL },
		{ 4, 8, "ftypavif", "avif", NULL },
		{ 0, 5, "%PDF-", "pdf", describe_page },
		{ 0, 23, "%!PS-Adobe-3.0 EPSF-3.0", "eps", describe_page },
		{ 8, 4, "WEBP", "webp", describe_webp },
	};
	size_t len = (size_t)lseek(fd, 0, SEEK_END);
	uint8_t *data = g_malloc(len);
	GString *out = g_string_new("");

	assert_int_equal(pread(fd, data, len, 0), len);
	struct bytes b = { data, len };
	for (size_t i = 0; i < IPS_NELEM(kinds); i++)
		if (out->len == 0 && is_at(b, kinds[i].at, kinds[i].magic, kinds[i].len)) {
			g_string_append(out, kinds[i].name);
			if (kinds[i].describe)
				kinds[i].describe(b, out);
		}
	g_string_append_c(out, ' ');
	g_free(data);
	return g_string_free(out, FALSE);
}
