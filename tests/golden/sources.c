/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "golden.h"
#include "openips/plan_pack.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void paint(int x, int y, int w, int h, double *out);

static void
paint_quad(int x, int y, int w, int h, double *out)
{
	bool right = x >= w / 2, low = y >= h / 2;

	out[0] = right == low ? 255 : 0;
	out[1] = right ? 255 : 0;
	out[2] = low && !right ? 255 : 0;
}

static void
paint_gradient(int x, int y, int w, int h, double *out)
{
	(void)w, (void)h;
	out[0] = x, out[1] = 2 * y, out[2] = 128;
}

static void
paint_hole(int x, int y, int w, int h, double *out)
{
	bool inside = x >= w / 4 && x < w * 3 / 4 && y >= h / 4 && y < h * 3 / 4;

	out[0] = inside ? 255 : 0, out[1] = inside ? 0 : 255, out[3] = inside ? 255 : 0;
}

static void
paint_spot(int x, int y, int w, int h, double *out)
{
	(void)w, (void)h;
	out[0] = x >= 40 && x < 60 && y >= 30 && y < 50 ? 255 : 0;
}

static void
paint_half(int x, int y, int w, int h, double *out)
{
	(void)x, (void)y, (void)w, (void)h;
	out[2] = 255, out[3] = 128;
}

static void
paint_gray(int x, int y, int w, int h, double *out)
{
	(void)x, (void)y, (void)w, (void)h;
	out[0] = 100;
}

static void
paint_cmyk(int x, int y, int w, int h, double *out)
{
	(void)y, (void)h;
	if (x < w / 2)
		out[0] = 255;
	else
		out[3] = 128;
}

static void
paint_deep(int x, int y, int w, int h, double *out)
{
	(void)y, (void)w, (void)h;
	out[0] = x * 257, out[1] = 20000, out[2] = 40000;
}

static void
paint_wide(int x, int y, int w, int h, double *out)
{
	(void)x, (void)y, (void)w, (void)h;
	out[0] = 120, out[1] = 200, out[2] = 100;
}

static void
paint_swatch(int x, int y, int w, int h, double *out)
{
	(void)x, (void)y, (void)w, (void)h;
	out[0] = 180, out[1] = 120, out[2] = 60;
}

static void
paint_gray_alpha(int x, int y, int w, int h, double *out)
{
	(void)x, (void)y, (void)w, (void)h;
	out[0] = 100, out[1] = 128;
}

static void
paint_frames(int x, int y, int w, int h, double *out)
{
	(void)x, (void)w;
	out[y < h / 2 ? 0 : 2] = 255;
}

static const struct drawing {
	paint *paint;
	int width, height, bands;
	VipsInterpretation space;
	const char *suffix;
	int orientation;
} drawings[SOURCES] = {
	[QUAD] = { paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB, ".png", 0 },
	[GRAD] = { paint_gradient, 256, 128, 3, VIPS_INTERPRETATION_sRGB, ".png", 0 },
	[HOLE] = { paint_hole, 100, 100, 4, VIPS_INTERPRETATION_sRGB, ".png", 0 },
	[SPOT] = { paint_spot, 100, 80, 1, VIPS_INTERPRETATION_B_W, ".png", 0 },
	[HALF] = { paint_half, 80, 80, 4, VIPS_INTERPRETATION_sRGB, ".png", 0 },
	[GRAY] = { paint_gray, 100, 50, 1, VIPS_INTERPRETATION_B_W, ".png", 0 },
	[CMYK] = { paint_cmyk, 64, 64, 4, VIPS_INTERPRETATION_CMYK, ".tif", 0 },
	[DEEP] = { paint_deep, 256, 64, 3, VIPS_INTERPRETATION_RGB16, ".png", 0 },
	[SWATCH] = { paint_swatch, 64, 64, 3, VIPS_INTERPRETATION_sRGB, ".png", 0 },
	[WIDEPNG] = { paint_wide, 64, 64, 3, VIPS_INTERPRETATION_sRGB, ".png", 0 },
	[CMYKJPEG] = { paint_cmyk, 64, 64, 4, VIPS_INTERPRETATION_CMYK, ".jpg[Q=100]", 0 },
	[GRAYA] = { paint_gray_alpha, 100, 50, 2, VIPS_INTERPRETATION_B_W, ".png", 0 },
	[GRAY18] = { paint_gray, 100, 50, 1, VIPS_INTERPRETATION_B_W, ".png", 0 },
	[WIDE] = { paint_wide, 64, 64, 3, VIPS_INTERPRETATION_sRGB,
	    ".jpg[Q=100,subsample-mode=off]", 0 },
	[JQUAD] = { paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB,
	    ".jpg[Q=95,subsample-mode=off]", 1 },
	[BIG] = { paint_quad, 2000, 1600, 3, VIPS_INTERPRETATION_sRGB, ".jpg[Q=90]", 0 },
	[BITMAP] = { paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB, ".bmp", 0 },
	[ANIGIF] = { paint_frames, 60, 80, 3, VIPS_INTERPRETATION_sRGB, ".gif", 0 },
	[ANIWEBP] = { paint_frames, 60, 80, 3, VIPS_INTERPRETATION_sRGB, ".webp[lossless]", 0 },
	[HALFTIFF] = { paint_half, 80, 80, 4, VIPS_INTERPRETATION_sRGB, ".tif[premultiply]", 0 },
	[WEBPA] = { paint_hole, 100, 100, 4, VIPS_INTERPRETATION_sRGB, ".webp[lossless]", 0 },
	[XMPQ] = { paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB,
	    ".jpg[Q=95,subsample-mode=off]", 0 },
	[GIFQ] = { paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB, ".gif", 0 },
	[TIFFQ] = { paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB, ".tif[compression=lzw]", 0 },
	[TPATHS] = { paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB, ".tif[compression=lzw]",
	    0 },
#define EXIF(n)                                                                                    \
	{                                                                                          \
		paint_quad, 200, 160, 3, VIPS_INTERPRETATION_sRGB,                                 \
		    ".jpg[Q=95,subsample-mode=off]", n                                             \
	}
	[JPATHS] = EXIF(1),
	[JPATHS6] = EXIF(6),
	[EXIF1] = EXIF(1),
	[EXIF2] = EXIF(2),
	[EXIF3] = EXIF(3),
	[EXIF4] = EXIF(4),
	[EXIF5] = EXIF(5),
	[EXIF6] = EXIF(6),
	[EXIF7] = EXIF(7),
	[EXIF8] = EXIF(8),
};

static VipsImage *
draw(enum golden_source which, const struct drawing *d)
{
	bool deep = d->space == VIPS_INTERPRETATION_RGB16;
	int samples = d->width * d->bands;
	VipsImage *memory = vips_image_new_memory();

	vips_image_init_fields(memory, d->width, d->height, d->bands,
	    deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, VIPS_CODING_NONE, d->space, 100 / 25.4,
	    100 / 25.4);
	assert_int_equal(vips_image_write_prepare(memory), 0);
	for (int y = 0; y < d->height; y++) {
		VipsPel *row = VIPS_IMAGE_ADDR(memory, 0, y);
		for (int i = 0; i < samples; i += d->bands) {
			double pixel[4] = { 0 };
			d->paint(i / d->bands, y, d->width, d->height, pixel);
			for (int b = 0; b < d->bands; b++)
				if (deep)
					((uint16_t *)row)[i + b] = (uint16_t)pixel[b];
				else
					row[i + b] = (VipsPel)pixel[b];
		}
	}
	if (d->orientation)
		vips_image_set_int(memory, VIPS_META_ORIENTATION, d->orientation);
	if (which == XMPQ)
		vips_image_set_blob_copy(
		    memory, VIPS_META_XMP_NAME, "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", 37);
	if (which == ANIGIF || which == ANIWEBP)
		vips_image_set_int(memory, VIPS_META_PAGE_HEIGHT, d->height / 2);
	if (which == WIDEPNG)
		golden_embed_p3(memory);
	if (which == GRAY18)
		golden_embed_gray18(memory);
	if (which == WIDE) {
		VipsBlob *profile;
		size_t len;
		assert_int_equal(vips_profile_load("p3", &profile, NULL), 0);
		const void *data = vips_blob_get(profile, &len);
		vips_image_set_blob_copy(memory, VIPS_META_ICC_NAME, data, len);
		vips_area_unref(VIPS_AREA(profile));
	}
	if (which == TPATHS) {
		g_autoptr(GByteArray) blocks = golden_blocks();
		vips_image_set_blob_copy(
		    memory, VIPS_META_PHOTOSHOP_NAME, blocks->data, blocks->len);
	}
	return memory;
}

static void
write_with_paths(VipsImage *image, const char *suffix, int fd)
{
	g_autoptr(GByteArray) blocks = golden_blocks();
	void *jpeg;
	size_t len;

	assert_int_equal(vips_image_write_to_buffer(image, suffix, &jpeg, &len, NULL), 0);
	g_autoptr(GByteArray) file = golden_with_segments(jpeg, len, blocks);
	g_free(jpeg);
	assert_int_equal(write(fd, file->data, file->len), (ssize_t)file->len);
}

static void
put(uint8_t *at, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* 24 bits a pixel, bottom row first, as most programs write it. */
static void
write_bitmap(VipsImage *image, int fd)
{
	int w = vips_image_get_width(image), h = vips_image_get_height(image);
	size_t stride = ((size_t)w * 3 + 3) / 4 * 4, len = 54 + stride * (size_t)h;
	uint8_t *file = g_malloc0(len);

	memcpy(file, "BM", 2);
	put(file + 2, (uint32_t)len, 4);
	put(file + 10, 54, 4);
	put(file + 14, 40, 4);
	put(file + 18, (uint32_t)w, 4);
	put(file + 22, (uint32_t)h, 4);
	put(file + 26, 1, 2);
	put(file + 28, 24, 2);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w * 3; x++)
			file[54 + (size_t)(h - 1 - y) * stride + (size_t)x] =
			    VIPS_IMAGE_ADDR(image, x / 3, y)[2 - x % 3];
	assert_int_equal(write(fd, file, len), (ssize_t)len);
	g_free(file);
}

int
golden_source(enum golden_source which)
{
	static int drawn[SOURCES]; /* descriptor + 1 */

	if (drawn[which] == 0) {
		VipsImage *image = draw(which, &drawings[which]);
		int fd = memfd_create("source", 0);
		if (which == BITMAP) {
			write_bitmap(image, fd);
		} else if (which == JPATHS || which == JPATHS6) {
			write_with_paths(image, drawings[which].suffix, fd);
		} else {
			VipsTarget *target = vips_target_new_to_descriptor(fd);
			if (vips_image_write_to_target(
				image, drawings[which].suffix, target, NULL) != 0)
				fail_msg("source %d: %s", which, vips_error_buffer());
			g_object_unref(target);
		}
		g_object_unref(image);
		drawn[which] = fd + 1;
	}
	return drawn[which] - 1;
}

/* With an offset of its own: one source may be taken twice. */
static int
reopen(int fd)
{
	char path[64];

	g_snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* What a command may name: the sources, by the names of their constants. -1: there is none. */
static int
open_named(const char *name)
{
	static const struct {
		const char *name;
		enum golden_source source;
	} names[] = { { "QUAD", QUAD }, { "GRAD", GRAD }, { "HOLE", HOLE }, { "GRAY", GRAY },
		{ "CMYK", CMYK }, { "DEEP", DEEP }, { "BIG", BIG }, { "SPOT", SPOT },
		{ "EXIF6", EXIF6 }, { "HALF", HALF }, { "SWATCH", SWATCH }, { "GRAYA", GRAYA },
		{ "WIDEPNG", WIDEPNG }, { "JQUAD", JQUAD } };

	for (size_t n = 0; n < IPS_NELEM(names); n++)
		if (strcmp(name, names[n].name) == 0)
			return reopen(golden_source(names[n].source));
	return -1;
}

/* Source -1: none is asked for. Takes the parsed request's objects and opens their files. */
static bool find_objects(struct ips_arena *mem, const struct ips_modifier *request, int source,
    struct ips_objects *objects, GArray *files, struct ips_error *err);

/* What service does with a catalog: a nested request becomes a plan, its files follow. */
static bool
plan_nested(struct ips_arena *mem, struct ips_object *object, GArray *files, struct ips_error *err)
{
	struct ips_plan_profile profile = ips_profile_reply;
	const struct ips_modifier *request;
	struct ips_objects objects;
	int own = -1;

	if (*object->nested->path != '\0' && (own = open_named(object->nested->path)) < 0)
		return ips_fail(err, IPS_NOT_FOUND, "%s", object->name);
	const char *query = ips_modifier_drop(
	    mem, object->nested->query, ips_plan_unnested, ips_plan_unnested_count);
	profile.icc = ips_render_profiles();
	profile.measure = ips_render_text_measure;
	ips_profile_nest(&profile);
	object->first = (int)files->len;
	bool done = ips_modifier_parse(mem, query, NULL, &request, err) &&
		    find_objects(mem, request, own, &objects, files, err) &&
		    ips_plan_make(mem, request, &objects, &profile, &object->plan, err);
	if (done)
		ips_plan_result(object->plan, &object->source);
	else if (own >= 0 && files->len == (guint)object->first)
		close(own);
	return done;
}

static bool
find_objects(struct ips_arena *mem, const struct ips_modifier *request, int source,
    struct ips_objects *objects, GArray *files, struct ips_error *err)
{
	guint first = files->len;

	ips_plan_objects(mem, request, objects);
	objects->object[0].none = source < 0;
	for (int i = 0; i < objects->count; i++) {
		const struct ips_object *object = &objects->object[i];
		int fd = i == 0 ? source : object->nested ? -1 : open_named(object->name);
		g_array_append_val(files, fd);
		if (fd < 0 && object->nested == NULL && i > 0)
			return ips_fail(err, IPS_NOT_FOUND, "%s", object->name);
	}
	for (int i = 0; i < objects->count; i++) {
		struct ips_object *object = &objects->object[i];
		int fd = g_array_index(files, int, first + (guint)i);
		if (fd >= 0 && !ips_render_probe(fd, mem, &object->source, err))
			return false;
		if (object->nested == NULL)
			continue;
		if (!plan_nested(mem, object, files, err))
			return false;
		object->first -= (int)first;
	}
	return true;
}

/* As a process would that has been sent the plan: of what it was made from nothing is left. */
static bool
run_packed(struct ips_arena **mem, const struct ips_plan *plan, const int *in, int out,
    struct ips_source *facts, struct ips_error *err)
{
	g_autoptr(GByteArray) block = ips_plan_pack(plan);

	ips_arena_free(*mem);
	*mem = ips_arena_new();
	plan = ips_plan_unpack(block->data, block->len);
	assert_non_null(plan);
	return ips_render_run(plan, in, out, 0, *mem, facts, err);
}

bool
golden_run(int source, const char *modifier, const struct ips_plan_profile *profile, int *out,
    struct ips_source *facts, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(int));
	const struct ips_modifier *request;
	const struct ips_plan *plan;
	struct ips_plan_profile known = *profile;
	static const struct ips_surroundings nothing = { .macros = 0 };
	struct ips_objects objects;

	*out = memfd_create("result", 0);
	known.icc = ips_render_profiles();
	known.measure = ips_render_text_measure;
	bool done =
	    ips_modifier_surround(mem, modifier, &nothing, &modifier, err) &&
	    ips_modifier_parse(mem, modifier, &ips_modifier_default_limits, &request, err) &&
	    find_objects(mem, request, source, &objects, files, err) &&
	    ips_plan_make(mem, request, &objects, &known, &plan, err) &&
	    run_packed(&mem, plan, (const int *)files->data, *out, facts, err);
	if (done && facts)
		facts->path = NULL; /* lived in mem */
	for (guint i = 1; i < files->len; i++)
		if (g_array_index(files, int, i) >= 0)
			close(g_array_index(files, int, i));
	if (!done)
		close(*out);
	return done;
}

/* (255 - c)(255 - k) / 255, where the library would use a profile of its own (R26). */
static VipsImage *
without_ink(VipsImage *image, VipsObject *scope)
{
	VipsImage **t = (VipsImage **)vips_object_local_array(scope, 7);
	bool alpha = vips_image_hasalpha(image);

	if (vips_image_get_interpretation(image) != VIPS_INTERPRETATION_CMYK)
		return image;
	assert_int_equal(vips_linear1(image, &t[0], -1, 255, NULL), 0);
	assert_int_equal(vips_extract_band(t[0], &t[1], 0, "n", 3, NULL), 0);
	assert_int_equal(vips_extract_band(t[0], &t[2], 3, NULL), 0);
	assert_int_equal(vips_multiply(t[1], t[2], &t[3], NULL), 0);
	assert_int_equal(vips_linear1(t[3], &t[4], 1 / 255.0, 0, "uchar", TRUE, NULL), 0);
	t[4]->Type = VIPS_INTERPRETATION_sRGB;
	if (!alpha)
		return t[4];
	assert_int_equal(vips_extract_band(image, &t[5], 4, NULL), 0);
	assert_int_equal(vips_bandjoin2(t[4], t[5], &t[6], NULL), 0);
	return t[6];
}

uint8_t *
golden_pixels(int fd, int *width, int *height)
{
	VipsImage *scope = vips_image_new(), *alpha = NULL, **t;
	size_t len;

	lseek(fd, 0, SEEK_SET);
	VipsSource *source = vips_source_new_from_descriptor(fd);
	t = (VipsImage **)vips_object_local_array(VIPS_OBJECT(scope), 4);
	t[0] = vips_image_new_from_source(source, "", NULL);
	if (t[0] == NULL)
		fail_msg("result: %s", vips_error_buffer());
	g_object_unref(source);
	*width = t[0]->Xsize, *height = t[0]->Ysize;
	VipsImage *seen = without_ink(t[0], VIPS_OBJECT(scope));
	assert_int_equal(vips_colourspace(seen, &t[1], VIPS_INTERPRETATION_sRGB, NULL), 0);
	assert_int_equal(vips_cast_uchar(t[1], &t[2], NULL), 0);
	if (!vips_image_hasalpha(t[2])) {
		assert_int_equal(vips_bandjoin_const1(t[2], &t[3], 255, NULL), 0);
		alpha = t[3];
	}
	uint8_t *pixels = vips_image_write_to_memory(alpha ? alpha : t[2], &len);
	assert_int_equal(len, (size_t)*width * (size_t)*height * 4);
	g_object_unref(scope);
	return pixels;
}

/* Colours under nothing do not count. */
int
golden_difference(const uint8_t *a, const uint8_t *b, int count)
{
	int most = 0;

	for (int i = 0; i < count; i++, a += 4, b += 4)
		for (int c = 0; c < 4; c++)
			if (c == 3 || a[3] > 0 || b[3] > 0)
				most = MAX(most, abs(a[c] - b[c]));
	return most;
}
