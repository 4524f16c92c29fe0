/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "pictures.h"

#include "openips/render.h"
#include "site.h"

#include <sys/mman.h>
#include <unistd.h>

int
fuzz_memory_file(const void *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
		g_error("no file in memory");
	return fd;
}

static GByteArray *
read_all(int fd)
{
	GByteArray *out = g_byte_array_new();
	uint8_t block[4096];
	ssize_t got;

	for (off_t at = 0; (got = pread(fd, block, sizeof(block), at)) > 0; at += got)
		g_byte_array_append(out, block, (guint)got);
	return out;
}

/* The drawing with the path and the one with alpha, so that there is something beside pixels. */
static GByteArray *
make(enum ips_drawing what, const char *modifiers)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	int in = fuzz_memory_file("", 0), out = fuzz_memory_file("", 0);
	struct ips_error err = { .fault = IPS_OK };
	struct ips_plan_profile profile = ips_profile_copy;
	const struct ips_modifier *modifier;
	const struct ips_plan *plan;
	struct ips_objects objects;

	profile.icc = ips_render_profiles();
	FUZZ_MUST(ips_render_draw(what, in, &err));
	FUZZ_MUST(ips_modifier_parse(mem, modifiers, NULL, &modifier, &err));
	ips_plan_objects(mem, modifier, &objects);
	FUZZ_MUST(ips_render_probe(in, mem, &objects.object[0].source, &err));
	FUZZ_MUST(ips_plan_make(mem, modifier, &objects, &profile, &plan, &err));
	FUZZ_MUST(ips_render_run(plan, &in, out, 0, mem, NULL, &err));
	GByteArray *bytes = read_all(out);
	close(in);
	close(out);
	return bytes;
}

void
fuzz_add_pictures(GPtrArray *out)
{
	static const struct {
		enum ips_drawing what;
		const char *modifiers;
	} rows[] = {
		{ IPS_DRAWING_LANDSCAPE, "wid=9&fmt=jpeg&pathEmbed=1&iccEmbed=1&xmpEmbed=1" },
		{ IPS_DRAWING_LANDSCAPE, "wid=9&fmt=tif&pathEmbed=1&iccEmbed=1&printRes=300" },
		{ IPS_DRAWING_LANDSCAPE, "wid=9&fmt=pjpeg" },
		{ IPS_DRAWING_MUG, "wid=9&fmt=tif-alpha,,lzw" },
		{ IPS_DRAWING_MUG, "wid=9&fmt=png-alpha&iccEmbed=1" },
		{ IPS_DRAWING_MUG, "wid=9&fmt=png8-alpha" },
		{ IPS_DRAWING_MUG, "wid=9&fmt=gif-alpha" },
		{ IPS_DRAWING_MUG, "wid=9&fmt=webp-alpha" },
		{ IPS_DRAWING_MUG, "wid=9&fmt=avif-alpha" },
		{ IPS_DRAWING_LOGO, "wid=9&fmt=webp" },
		{ IPS_DRAWING_LOGO, "wid=9&fmt=pdf" },
		{ IPS_DRAWING_LOGO, "wid=9&fmt=eps" },
	};

	fuzz_render_start();
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		g_ptr_array_add(
		    out, g_byte_array_free_to_bytes(make(rows[i].what, rows[i].modifiers)));
}

GByteArray *
fuzz_small_jpeg(void)
{
	fuzz_render_start();
	return make(IPS_DRAWING_LOGO, "wid=8&fmt=jpeg&iccEmbed=0&xmpEmbed=0");
}
