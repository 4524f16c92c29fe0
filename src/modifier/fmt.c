/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which pixel types and compressions a format has: an impossible pair is a fault (R49).
 * Source: the tables of fmt= in the protocol reference. */
#include "modifier_priv.h"

#include <string.h>

enum { RGB = 1 << WORD_PIXEL_RGB, GRAY = 1 << WORD_PIXEL_GRAY, CMYK = 1 << WORD_PIXEL_CMYK };
enum {
	JPEG = 1 << WORD_COMPRESSION_JPEG,
	LOSSY = 1 << WORD_COMPRESSION_LOSSY,
	LOSSLESS = 1 << WORD_COMPRESSION_LOSSLESS,
	LZW = 1 << WORD_COMPRESSION_LZW,
	NONE = 1 << WORD_COMPRESSION_NONE,
	ZIP = 1 << WORD_COMPRESSION_ZIP
};

static const struct {
	const char *formats;
	unsigned pixels, compressions;
} rows[] = {
	/* The published default is fmt=jpeg,rgb,none. */
	{ "jpeg|jpg|pjpeg", RGB | GRAY | CMYK, NONE },
	{ "tif", RGB | GRAY | CMYK, NONE | LZW | ZIP | JPEG },
	{ "tif-alpha", RGB | GRAY | CMYK, NONE | LZW | ZIP },
	{ "pdf", RGB | GRAY | CMYK, NONE | ZIP | JPEG },
	{ "eps", RGB | GRAY | CMYK, 0 },
	{ "png|png-alpha|gif|gif-alpha|swf|swf-alpha|swf3|swf3-alpha", RGB | GRAY, 0 },
	{ "png8|png8-alpha|f4m|m3u8", RGB, 0 },
	{ "heic", RGB, LOSSLESS },
	{ "webp|webp-alpha|avif|avif-alpha|jpegxr|jpegxr-alpha", RGB, LOSSY | LOSSLESS },
	{ "jpeg2000|jpeg2000-alpha", RGB | GRAY, LOSSY | LOSSLESS },
};

static bool
in_list(const char *words, struct span word)
{
	for (int n = 0; n < word_count(words); n++) {
		struct span w = word_at(words, n);

		if (w.len == word.len && memcmp(w.at, word.at, w.len) == 0)
			return true;
	}
	return false;
}

static bool
check_one(const struct ips_value *value, struct span format, int n, unsigned allowed,
    struct ips_error *err)
{
	const struct ips_place *place = &ips_command(IPS_CMD_FMT)->place[n];
	struct span sent = { value->text, strlen(value->text) };
	char shown[SHOWN_LEN];
	int word = value->word[n];

	if (word == IPS_NO_WORD || (allowed & 1u << word) != 0)
		return true;

	struct span name = place_word(place, word);
	g_autoptr(GString) has = g_string_new(NULL);

	for (int i = 0; i < word_count(place->words); i++)
		if ((allowed & 1u << i) != 0) {
			struct span one = place_word(place, i);

			g_string_append_printf(
			    has, "%s%.*s", has->len > 0 ? "|" : "", (int)one.len, one.at);
		}
	return ips_fail(err, IPS_INVALID_PARAMETER, "fmt=%s: %.*s has no %s %.*s; it has %s",
	    span_show(sent, shown), (int)format.len, format.at, place->label, (int)name.len,
	    name.at, has->len > 0 ? has->str : "none to choose from");
}

bool
fmt_check(const struct ips_value *value, struct ips_error *err)
{
	struct span format = place_word(&ips_command(IPS_CMD_FMT)->place[0], value->word[0]);

	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		if (in_list(rows[i].formats, format))
			return check_one(value, format, 1, rows[i].pixels, err) &&
			       check_one(value, format, 2, rows[i].compressions, err);
	return true;
}
