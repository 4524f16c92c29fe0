/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Image resource blocks, and the paths in them (ids 2000 to 2998), from JPEG and TIFF.
 *
 * Source: the published "Adobe Photoshop File Formats Specification": image resource blocks, path
 * resource format. Numbers are big-endian; points are y, x in parts of the height and width of the
 * stored picture, with 24 bits behind the point. */
#include "render_priv.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES    ((size_t)16 << 20) /* of all blocks of a file */
#define MAX_PATHS    1000
#define RECORD       26
#define FIRST_PATH   2000
#define LAST_PATH    2998
#define CLIPPING     2999 /* the name of the path that clips */
#define UNIT         ((double)(1 << 24))
#define FARTHEST     16              /* no path reaches further than so many pictures */
#define JPEG_HEADER  "Photoshop 3.0" /* with its NUL */
#define KNOT_NUMBERS 6

enum { CLOSED_SUBPATH = 0, OPEN_SUBPATH = 3 }; /* their knots: one or two more */

struct block {
	int id;
	const uint8_t *start; /* with its header */
	struct span name;
	struct span data;
	size_t length; /* of the data, as claimed */
};

static uint32_t
be(const uint8_t *at, int bytes)
{
	uint32_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

/* ---- Blocks ---- */

static bool
next_block(struct span *rest, struct block *out)
{
	const uint8_t *at = rest->at;
	size_t len = rest->len;

	if (len < 7 || memcmp(at, "8BIM", 4) != 0)
		return false;
	size_t name_len = at[6], head = 6 + ((name_len + 2) & ~(size_t)1) + 4;
	if (head > len)
		return false;
	*out = (struct block){ .id = (int)be(at + 4, 2),
		.start = at,
		.name = { at + 7, name_len },
		.length = be(at + head - 4, 4) };
	out->data = (struct span){ at + head, MIN(out->length, len - head) };
	size_t whole = head + out->data.len;
	whole = MIN(len, whole + (whole & 1));
	*rest = (struct span){ at + whole, len - whole };
	return true;
}

/* Only ASCII is supported as the name of a path. */
static bool
is_named_path(const struct block *block)
{
	if (block->id < FIRST_PATH || block->id > LAST_PATH || block->name.len == 0)
		return false;
	for (size_t i = 0; i < block->name.len; i++)
		if (block->name.at[i] < 0x20 || block->name.at[i] > 0x7e)
			return false;
	return true;
}

/* ---- Records of a path ---- */

/* How many knots follow a record that begins a subpath; 0 for other records, -1 if they are not
 * there. */
static int
knots_after(struct span data, size_t at)
{
	uint32_t kind = be(data.at + at, 2), count = be(data.at + at + 2, 2);

	if (kind != CLOSED_SUBPATH && kind != OPEN_SUBPATH)
		return 0;
	if (count > (data.len - at) / RECORD - 1)
		return -1;
	for (uint32_t i = 1; i <= count; i++) {
		uint32_t knot = be(data.at + at + i * RECORD, 2);
		if (knot != kind + 1 && knot != kind + 2)
			return -1;
	}
	return (int)count;
}

static bool
records_sound(const struct block *block)
{
	struct span data = block->data;

	if (data.len != block->length || data.len % RECORD != 0)
		return false;
	for (size_t at = 0; at < data.len; at += RECORD) {
		int knots = knots_after(data, at);
		if (knots < 0)
			return false;
		at += (size_t)knots * RECORD;
	}
	return true;
}

/* The point before the anchor, the anchor, the point after it; x, y each. */
static void
read_knot(const uint8_t *record, double out[KNOT_NUMBERS])
{
	for (int i = 0; i < KNOT_NUMBERS; i++)
		out[i ^ 1] = (int32_t)be(record + 2 + 4 * i, 4) / UNIT;
}

static void
add_subpath(const uint8_t *record, int knots, GArray *steps)
{
	bool closed = be(record, 2) == CLOSED_SUBPATH;
	struct ips_path_step step = { .verb = IPS_PATH_MOVE };
	double first[KNOT_NUMBERS], from[KNOT_NUMBERS], to[KNOT_NUMBERS];

	read_knot(record + RECORD, first);
	memcpy(step.at, first + 2, 2 * sizeof(double));
	g_array_append_val(steps, step);
	memcpy(from, first, sizeof(from));
	for (int i = 1; i <= knots; i++) {
		if (i == knots && !closed)
			break;
		read_knot(record + (i % knots + 1) * RECORD, to);
		step.verb = IPS_PATH_CURVE;
		memcpy(step.at, from + 4, 2 * sizeof(double));
		memcpy(step.at + 2, to, 4 * sizeof(double));
		g_array_append_val(steps, step);
		memcpy(from, to, sizeof(from));
	}
	step.verb = IPS_PATH_CLOSE;
	g_array_append_val(steps, step);
}

static bool
within_reach(const GArray *steps)
{
	for (guint i = 0; i < steps->len; i++)
		for (int k = 0; k < 6; k++)
			if (fabs(g_array_index(steps, struct ips_path_step, i).at[k]) > FARTHEST)
				return false;
	return true;
}

/* NULL if the records are damaged. */
static const struct ips_path *
read_path(struct ips_arena *mem, const struct block *block)
{
	g_autoptr(GArray) steps = g_array_new(FALSE, TRUE, sizeof(struct ips_path_step));

	if (!records_sound(block))
		return NULL;
	for (size_t at = 0; at < block->data.len; at += RECORD) {
		int knots = knots_after(block->data, at);
		if (knots > 0)
			add_subpath(block->data.at + at, knots, steps);
		at += (size_t)knots * RECORD;
	}
	if (!within_reach(steps))
		return NULL;
	return ips_path_new(
	    mem, (const struct ips_path_step *)(void *)steps->data, (int)steps->len);
}

/* ---- What the others ask for ---- */

/* A JPEG has as many segments as its blocks need; libvips would keep the last. */
static void
read_jpeg(int fd, GByteArray *out)
{
	uint8_t head[4 + sizeof(JPEG_HEADER)];
	off_t at = 2;

	while (pread(fd, head, sizeof(head), at) == (ssize_t)sizeof(head) && head[0] == 0xff &&
	       head[1] != 0xda && head[1] != 0xd9) {
		size_t len = be(head + 2, 2), skip = 2 + sizeof(JPEG_HEADER);
		if (head[1] == 0xff) { /* filler */
			at++;
			continue;
		}
		if (head[1] == 0xed && len > skip &&
		    memcmp(head + 4, JPEG_HEADER, sizeof(JPEG_HEADER)) == 0 &&
		    out->len + len <= MAX_BYTES) {
			guint old = out->len;
			g_byte_array_set_size(out, old + (guint)(len - skip));
			ssize_t got = pread(fd, out->data + old, len - skip, at + 2 + (off_t)skip);
			g_byte_array_set_size(out, old + (guint)MAX(got, 0));
		}
		at += 2 + (off_t)len;
	}
}

struct span
photoshop_read(struct ips_arena *mem, int fd, VipsImage *image, enum ips_format format)
{
	g_autoptr(GByteArray) all = g_byte_array_new();
	const void *data = NULL;
	size_t len = 0;

	if (format == IPS_FORMAT_JPEG)
		read_jpeg(fd, all);
	if (format == IPS_FORMAT_TIFF &&
	    vips_image_get_typeof(image, VIPS_META_PHOTOSHOP_NAME) == VIPS_TYPE_BLOB &&
	    vips_image_get_blob(image, VIPS_META_PHOTOSHOP_NAME, &data, &len) == 0 &&
	    len <= MAX_BYTES)
		g_byte_array_append(all, data, (guint)len);
	if (all->len == 0)
		return (struct span){ NULL, 0 };
	uint8_t *own = ips_arena_alloc(mem, all->len);
	memcpy(own, all->data, all->len);
	return (struct span){ own, all->len };
}

void
photoshop_facts(struct ips_arena *mem, struct span blocks, struct ips_source *out)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct ips_source_path));
	struct block block;

	while (found->len < MAX_PATHS && next_block(&blocks, &block)) {
		if (!is_named_path(&block))
			continue;
		const struct ips_path *path = read_path(mem, &block);
		struct ips_source_path fact = { .damaged = path == NULL };
		if (path && path->count == 0)
			continue;
		if (path)
			ips_path_bounds(path, fact.box);
		fact.name = ips_arena_strndup(mem, (const char *)block.name.at, block.name.len);
		g_array_append_val(found, fact);
	}
	if (found->len == 0)
		return;
	struct ips_source_path *own = IPS_NEW_N(mem, struct ips_source_path, found->len);
	memcpy(own, found->data, found->len * sizeof(*own));
	out->path = own;
	out->paths = (int)found->len;
}

const struct ips_path *
photoshop_path(struct ips_arena *mem, struct span blocks, const char *name)
{
	struct block block;

	while (next_block(&blocks, &block))
		if (is_named_path(&block) && block.name.len == strlen(name) &&
		    memcmp(block.name.at, name, block.name.len) == 0)
			return read_path(mem, &block);
	return NULL;
}

/* ---- Paths for another picture ---- */

static void
put_be(GByteArray *out, uint32_t value, int bytes)
{
	uint8_t text[4];

	for (int i = 0; i < bytes; i++)
		text[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
	g_byte_array_append(out, text, (guint)bytes);
}

static void
put_knot(GByteArray *out, const uint8_t *record, const struct ips_map *map)
{
	double from[KNOT_NUMBERS], to[KNOT_NUMBERS];

	read_knot(record, from);
	for (int i = 0; i < KNOT_NUMBERS; i += 2)
		(void)ips_map_point(map, from[i], from[i + 1], to + i);
	g_byte_array_append(out, record, 2);
	for (int i = 0; i < KNOT_NUMBERS; i++) {
		double v = fmin(fmax(floor(to[i ^ 1] * UNIT + 0.5), INT32_MIN), INT32_MAX);
		put_be(out, (uint32_t)(int32_t)v, 4);
	}
}

/* Open subpaths are not embedded; what is no point stays as it is. */
static void
put_records(GByteArray *out, struct span data, const struct ips_map *map)
{
	for (size_t at = 0; at < data.len; at += RECORD) {
		const uint8_t *record = data.at + at;
		int knots = knots_after(data, at);
		if (be(record, 2) != OPEN_SUBPATH)
			g_byte_array_append(out, record, RECORD);
		for (int i = 1; i <= knots && be(record, 2) == CLOSED_SUBPATH; i++)
			put_knot(out, record + i * RECORD, map);
		at += (size_t)knots * RECORD;
	}
}

static void
put_block(GByteArray *out, const struct block *block, const struct ips_map *map)
{
	g_byte_array_append(out, block->start, (guint)(block->data.at - block->start - 4));
	guint length = out->len;
	put_be(out, 0, 4);
	if (block->id == CLIPPING)
		g_byte_array_append(out, block->data.at, (guint)block->data.len);
	else
		put_records(out, block->data, map);
	guint len = out->len - length - 4;
	for (int i = 0; i < 4; i++)
		out->data[length + (guint)i] = (uint8_t)(len >> (24 - 8 * i));
	if (len & 1)
		put_be(out, 0, 1);
}

GByteArray *
photoshop_moved(struct span blocks, const struct ips_map *map, bool jpeg)
{
	GByteArray *out = g_byte_array_new();
	struct block block;

	if (jpeg)
		g_byte_array_append(out, (const uint8_t *)JPEG_HEADER, sizeof(JPEG_HEADER));
	while (next_block(&blocks, &block)) {
		bool path =
		    block.id >= FIRST_PATH && block.id <= LAST_PATH && records_sound(&block);
		if (path || (block.id == CLIPPING && block.data.len == block.length))
			put_block(out, &block, map);
	}
	return out;
}
