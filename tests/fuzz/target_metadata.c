/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What pictures carry, by itself: the bytes after the first are Photoshop's blocks, a colour
 * profile or XMP of a JPEG, whose paths then cut and go along. */
#include "openips/render.h"

#include "pictures.h"
#include "site.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS, PROFILE, XMP, KINDS };

static void *
open_pixels(void)
{
	fuzz_render_start();
	return fuzz_small_jpeg();
}

static void
close_pixels(void *jpeg)
{
	g_byte_array_unref(jpeg);
}

static void
add_segment(GByteArray *out, uint8_t kind, const char *mark, size_t mark_len, const uint8_t *data,
    size_t len)
{
	size_t whole = 2 + mark_len + len;
	const uint8_t head[] = { 0xff, kind, (uint8_t)(whole >> 8), (uint8_t)whole };

	g_byte_array_append(out, head, sizeof(head));
	g_byte_array_append(out, (const guint8 *)mark, (guint)mark_len);
	g_byte_array_append(out, data, (guint)len);
}

static GByteArray *
around(const GByteArray *jpeg, int kind, const uint8_t *data, size_t len)
{
	static const struct {
		uint8_t kind;
		const char *mark;
		size_t len;
	} rows[KINDS] = { [BLOCKS] = { 0xed, "Photoshop 3.0", 14 },
		[PROFILE] = { 0xe2, "ICC_PROFILE\0\1\1", 14 },
		[XMP] = { 0xe1, "http://ns.adobe.com/xap/1.0/", 29 } };
	GByteArray *out = g_byte_array_new();

	g_byte_array_append(out, jpeg->data, 2);
	add_segment(out, rows[kind].kind, rows[kind].mark, rows[kind].len, data, len);
	g_byte_array_append(out, jpeg->data + 2, jpeg->len - 2);
	return out;
}

/* Cut by the path, and embedding all; what comes out has the same paths, or fewer. */
static void
render(struct ips_arena *mem, int fd, const struct ips_source *facts, const char *path,
    const void *data, size_t len)
{
	g_autofree char *name = g_uri_escape_string(path, NULL, FALSE);
	const char *text = ips_arena_printf(mem, "wid=3&clipPathE=%s&pathEmbed=1&fmt=jpeg", name);
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_modifier *modifier;
	const struct ips_plan *plan;
	struct ips_objects objects;
	struct ips_source result;
	int out = fuzz_memory_file("", 0);

	if (ips_modifier_parse(mem, text, NULL, &modifier, &err)) {
		ips_plan_objects(mem, modifier, &objects);
		for (int i = 0; i < objects.count; i++)
			objects.object[i].source = *facts;
		if (ips_plan_make(mem, modifier, &objects, &ips_profile_reply, &plan, &err)) {
			if (ips_render_run(plan, &fd, out, 0, mem, &result, &err))
				FUZZ_NEED(result.paths <= facts->paths, data, len);
			else
				FUZZ_NEED(err.fault != IPS_INTERNAL, data, len);
		}
	}
	close(out);
}

static void
run(void *jpeg, const uint8_t *data, size_t len)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { .fault = IPS_OK };
	const char *words = NULL;
	struct ips_source facts;
	enum ips_space space;

	if (len < 1)
		return;
	g_autoptr(GByteArray) file = around(jpeg, data[0] % KINDS, data + 1, len - 1);
	int fd = fuzz_memory_file(file->data, file->len);
	if (ips_render_probe(fd, mem, &facts, &err)) {
		for (int i = 0; i < facts.paths; i++)
			FUZZ_NEED(fuzz_can_be_shown(facts.path[i].name), data, len);
		if (facts.paths > 0)
			render(mem, fd, &facts, facts.path[0].name, data, len);
		(void)!ips_render_xmp(fd, mem, &words, &err);
		if (ips_render_profile_name(fd, mem, &words, &err) && words != NULL)
			FUZZ_NEED(*words == '\0' || fuzz_can_be_shown(words), data, len);
	}
	if (data[0] % KINDS == PROFILE)
		(void)!ips_render_profile_space(data + 1, len - 1, &space);
	close(fd);
}

/* ---- Seeds ---- */

static void
put(GByteArray *out, uint32_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--) {
		uint8_t byte = (uint8_t)(value >> (8 * i));

		g_byte_array_append(out, &byte, 1);
	}
}

/* A record of 26 bytes: its kind, then numbers. */
static void
put_record(GByteArray *out, uint32_t kind, const uint32_t numbers[6])
{
	put(out, kind, 2);
	for (int i = 0; i < 6; i++)
		put(out, numbers[i], 4);
}

static void
add_path(GPtrArray *out, uint32_t subpath, uint32_t knots)
{
	const uint32_t half = 1 << 23;
	const uint32_t count[6] = { knots << 16 };
	GByteArray *bytes = g_byte_array_new();

	put(bytes, BLOCKS, 1);
	g_byte_array_append(bytes, (const guint8 *)"8BIM\x07\xd0\4path\0", 12);
	put(bytes, 26 * (2 + knots), 4);
	put_record(bytes, 6, (const uint32_t[6]){ 0 });
	put_record(bytes, subpath, count);
	for (uint32_t i = 0; i < knots; i++)
		put_record(bytes, subpath + 1 + i % 2,
		    (const uint32_t[6]){ half, half + i, half, i * 1000, half * 2, 7 });
	g_ptr_array_add(out, g_byte_array_free_to_bytes(bytes));
}

static void
add_profiles(GPtrArray *out)
{
	const struct ips_icc_list *list = ips_render_profiles();

	for (int i = 0; i < list->count; i++) {
		GByteArray *bytes = g_byte_array_new();

		if (list->item[i].data == NULL || list->item[i].len > 8000) {
			g_byte_array_unref(bytes);
			continue;
		}
		put(bytes, PROFILE, 1);
		g_byte_array_append(bytes, list->item[i].data, (guint)list->item[i].len);
		g_ptr_array_add(out, g_byte_array_free_to_bytes(bytes));
	}
}

static void
seeds(GPtrArray *out)
{
	fuzz_render_start();
	for (uint32_t knots = 0; knots < 5; knots++) {
		add_path(out, 0, knots);
		add_path(out, 3, knots);
	}
	add_profiles(out);
	fuzz_add_text(out, "\2<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF/></x:xmpmeta>");
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "8BIM", "\x07\xd0", "\x0b\xb6", "\x0b\xb7", "acsp",
		"desc", "mluc", "XYZ ", "RGB ", "GRAY", "CMYK", "Lab ", "rTRC", "curv", "para",
		"A2B0", "mft1", "mft2", "mAB ", "chad", "\x7f\xff\xff\xff", "\xff\xff\xff\xff",
		"\x01\x02" };

	fuzz_add_words(out, list, IPS_NELEM(list));
}

const struct fuzz_target fuzz_metadata = { .name = "metadata",
	.max_len = 8192,
	.cuts = 20,
	.open = open_pixels,
	.close = close_pixels,
	.run = run,
	.seeds = seeds,
	.words = words };
