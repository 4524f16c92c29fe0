/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Files of every format that we write, damaged: what the readers of headers, metadata and paths
 * make of them. Pixels are read where the reader is ours; other decoders are their libraries'
 * business. */
#include "openips/render.h"

#include "pictures.h"
#include "site.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static void *
open_render(void)
{
	fuzz_render_start();
	return NULL;
}

static void
check_facts(const struct ips_source *facts, const void *data, size_t len)
{
	FUZZ_NEED(facts->width >= 1 && facts->height >= 1 && facts->pages >= 1, data, len);
	FUZZ_NEED(facts->orientation >= 1 && facts->orientation <= 8, data, len);
	FUZZ_NEED(facts->bits == 8 || facts->bits == 16, data, len);
	FUZZ_NEED(facts->resolution >= 0 && isfinite(facts->resolution), data, len);
	for (int i = 0; i < facts->paths; i++) {
		FUZZ_NEED(fuzz_can_be_shown(facts->path[i].name), data, len);
		for (int k = 0; k < 4 && !facts->path[i].damaged; k++)
			FUZZ_NEED(isfinite(facts->path[i].box[k]), data, len);
	}
}

static void
run(void *stage, const uint8_t *data, size_t len)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { .fault = IPS_OK };
	const char *xmp = NULL, *profile = NULL;
	struct ips_source facts;
	int fd = fuzz_memory_file(data, len);

	(void)stage;
	if (!ips_render_probe(fd, mem, &facts, &err)) {
		FUZZ_NEED(err.fault != IPS_INTERNAL && fuzz_can_be_shown(err.reason), data, len);
	} else {
		check_facts(&facts, data, len);
		if (ips_render_xmp(fd, mem, &xmp, &err) &&
		    ips_render_profile_name(fd, mem, &profile, &err) && profile != NULL)
			FUZZ_NEED(*profile == '\0' || fuzz_can_be_shown(profile), data, len);
		if (facts.format == IPS_FORMAT_BMP && !ips_render_verify(fd, &err))
			FUZZ_NEED(err.fault != IPS_INTERNAL, data, len);
	}
	close(fd);
}

/* ---- Seeds ---- */

/* A header of 40 bytes, then a pixel or two. */
static void
add_bmp(GPtrArray *out, uint16_t bits, uint32_t coding)
{
	uint8_t file[200] = "BM";
	const uint32_t fields[] = { sizeof(file), 0, 14 + 40 + 64, 40, 3, 2,
		1U | (uint32_t)bits << 16, coding };

	memcpy(file + 2, fields, sizeof(fields));
	g_ptr_array_add(out, g_bytes_new(file, sizeof(file)));
}

static void
seeds(GPtrArray *out)
{
	static const uint16_t bits[] = { 1, 4, 8, 16, 24, 32 };

	fuzz_add_pictures(out);
	for (size_t i = 0; i < IPS_NELEM(bits); i++)
		for (uint32_t coding = 0; coding < 4; coding++)
			add_bmp(out, bits[i], coding);
	fuzz_add_text(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>");
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "\xff\xd8\xff", "\xff\xed", "Photoshop 3.0", "8BIM",
		"\x07\xd0", "Exif", "II*", "MM", "ICC_PROFILE", "http://ns.adobe.com/xap/1.0/",
		"\x89PNG\r\n\x1a\n", "IHDR", "IDAT", "iCCP", "eXIf", "iTXt", "pHYs", "tRNS", "PLTE",
		"acTL", "GIF89a", "NETSCAPE2.0", "RIFF", "WEBPVP8 ", "WEBPVP8L", "WEBPVP8X", "ALPH",
		"ANMF", "ftypavif", "ftypheic", "meta", "iloc", "iprp", "ispe", "BM",
		"\x7f\xff\xff\xff", "\xff\xff\xff\xff", "\x80", "%PDF-1.6", "/MediaBox", "<svg",
		"acsp", "desc", "mluc" };

	fuzz_add_words(out, list, IPS_NELEM(list));
}

const struct fuzz_target fuzz_picture = { .name = "picture",
	.max_len = 8192,
	.cuts = 8,
	.open = open_render,
	.run = run,
	.seeds = seeds,
	.words = words };
