/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One table a type says where its pointers are, and one walk over the tables does the rest. */
#include "openips/plan_pack.h"

#include "openips/plan_steps.h"

#include <string.h>

/* ---- The pointers of every type ---- */

enum member_kind {
	INSIDE, /* no pointer: a struct with pointers of its own */
	STRING, /* up to its NUL */
	ONE,    /* a struct */
	MANY,   /* `count`, an int, of them */
	BYTES,  /* `count`, a size_t, of them: of plain bytes if there is no type */
	DROPPED /* NULL in the copy */
};

struct type;
struct member {
	enum member_kind kind;
	size_t at, count;
	const struct type *type;
};
struct type {
	size_t size;
	const struct member *member;
	size_t members;
};

#define AT(type, field) offsetof(struct type, field)
#define TYPE(name)                                                                                 \
	{                                                                                          \
		sizeof(struct ips_##name), name##_members, IPS_NELEM(name##_members)               \
	}
/* A struct that grows may have a new pointer: look, add its row, and then put the new size here. */
#define LOOKED_AT(name, bytes)                                                                     \
	_Static_assert(sizeof(void *) != 8 || sizeof(struct ips_##name) == (bytes),                \
	    "a struct of the plan has changed: do the rows below know all of its pointers?")

static const struct type path_step_type = { sizeof(struct ips_path_step), NULL, 0 };

LOOKED_AT(path, 16);
static const struct member path_members[] = {
	{ MANY, AT(ips_path, step), AT(ips_path, count), &path_step_type },
};
static const struct type path_type = TYPE(path);

LOOKED_AT(source_path, 48);
static const struct member source_path_members[] = {
	{ STRING, AT(ips_source_path, name), 0, NULL },
};
static const struct type source_path_type = TYPE(source_path);

LOOKED_AT(source, 56);
static const struct member source_members[] = {
	{ MANY, AT(ips_source, path), AT(ips_source, paths), &source_path_type },
};
static const struct type source_type = TYPE(source);

LOOKED_AT(icc, 32);
static const struct member icc_members[] = {
	{ STRING, AT(ips_icc, names), 0, NULL },
	{ BYTES, AT(ips_icc, data), AT(ips_icc, len), NULL },
};
static const struct type icc_type = TYPE(icc);

LOOKED_AT(profile, 16);
static const struct member profile_members[] = {
	{ ONE, AT(ips_profile, icc), 0, &icc_type },
};
static const struct type profile_type = TYPE(profile);

LOOKED_AT(clip, 96);
static const struct member clip_members[] = {
	{ ONE, AT(ips_clip, path), 0, &path_type },
	{ STRING, AT(ips_clip, name), 0, NULL },
};
static const struct type clip_type = TYPE(clip);

LOOKED_AT(clips, 16);
static const struct member clips_members[] = {
	{ MANY, AT(ips_clips, clip), AT(ips_clips, count), &clip_type },
};
static const struct type clips_type = TYPE(clips);

LOOKED_AT(effect, 3408);
static const struct type effect_type = { sizeof(struct ips_effect), NULL, 0 };

LOOKED_AT(effects, 16);
static const struct member effects_members[] = {
	{ MANY, AT(ips_effects, effect), AT(ips_effects, count), &effect_type },
};
static const struct type effects_type = TYPE(effects);

/* ---- Texts ---- */

LOOKED_AT(rtf_style, 104);
static const struct member rtf_style_members[] = {
	{ STRING, AT(ips_rtf_style, font), 0, NULL },
};
static const struct type rtf_style_type = TYPE(rtf_style);

LOOKED_AT(rtf_span, 16);
static const struct member rtf_span_members[] = {
	{ ONE, AT(ips_rtf_span, style), 0, &rtf_style_type },
	{ STRING, AT(ips_rtf_span, text), 0, NULL },
};
static const struct type rtf_span_type = TYPE(rtf_span);

LOOKED_AT(rtf_paragraph, 88);
static const struct member rtf_paragraph_members[] = {
	{ MANY, AT(ips_rtf_paragraph, span), AT(ips_rtf_paragraph, spans), &rtf_span_type },
	{ ONE, AT(ips_rtf_paragraph, style), 0, &rtf_style_type },
};
static const struct type rtf_paragraph_type = TYPE(rtf_paragraph);

LOOKED_AT(rtf, 72);
static const struct member rtf_members[] = {
	{ MANY, AT(ips_rtf, paragraph), AT(ips_rtf, paragraphs), &rtf_paragraph_type },
};
static const struct type rtf_type = TYPE(rtf);

LOOKED_AT(font, 16);
static const struct member font_members[] = {
	{ STRING, AT(ips_font, name), 0, NULL },
	{ STRING, AT(ips_font, family), 0, NULL },
};
static const struct type font_type = TYPE(font);

LOOKED_AT(fonts, 32);
static const struct member fonts_members[] = {
	{ STRING, AT(ips_fonts, dflt), 0, NULL },
	{ BYTES, AT(ips_fonts, font), AT(ips_fonts, count), &font_type },
};
static const struct type fonts_type = TYPE(fonts);

LOOKED_AT(text, 104);
static const struct member text_members[] = {
	{ ONE, AT(ips_text, rtf), 0, &rtf_type },
	{ ONE, AT(ips_text, fonts), 0, &fonts_type },
	{ ONE, AT(ips_text, path), 0, &path_type },
	{ ONE, AT(ips_text, flow), 0, &path_type },
	{ ONE, AT(ips_text, around), 0, &path_type },
};
static const struct type text_type = TYPE(text);

/* ---- The plan ---- */

LOOKED_AT(plan_layer, 4072);
static const struct member plan_layer_members[] = {
	{ DROPPED, AT(ips_plan_layer, asked), 0, NULL },
	{ ONE, AT(ips_plan_layer, text), 0, &text_type },
	{ INSIDE, AT(ips_plan_layer, source), 0, &source_type },
	{ INSIDE, AT(ips_plan_layer, clips), 0, &clips_type },
	{ INSIDE, AT(ips_plan_layer, effects), 0, &effects_type },
	{ INSIDE, AT(ips_plan_layer, profile), 0, &profile_type },
};
static const struct type plan_layer_type = TYPE(plan_layer);

static const struct type plan_type;

LOOKED_AT(object, 104);
static const struct member object_members[] = {
	{ STRING, AT(ips_object, command), 0, NULL },
	{ STRING, AT(ips_object, name), 0, NULL },
	{ DROPPED, AT(ips_object, nested), 0, NULL },
	{ INSIDE, AT(ips_object, source), 0, &source_type },
	{ ONE, AT(ips_object, plan), 0, &plan_type },
};
static const struct type object_type = TYPE(object);

LOOKED_AT(output, 872);
LOOKED_AT(plan, 4736);
static const struct member plan_members[] = {
	{ MANY, AT(ips_plan, objects.object), AT(ips_plan, objects.count), &object_type },
	{ MANY, AT(ips_plan, layer), AT(ips_plan, layers), &plan_layer_type },
	{ INSIDE, AT(ips_plan, layer_clips), 0, &clips_type },
	{ INSIDE, AT(ips_plan, view_clips), 0, &clips_type },
	{ INSIDE, AT(ips_plan, view_effects), 0, &effects_type },
	{ INSIDE, AT(ips_plan, working_profile), 0, &profile_type },
	{ ONE, AT(ips_plan, rgb), 0, &icc_type },
	{ ONE, AT(ips_plan, color_source[0]), 0, &icc_type },
	{ ONE, AT(ips_plan, color_source[1]), 0, &icc_type },
	{ ONE, AT(ips_plan, color_source[2]), 0, &icc_type },
	{ ONE, AT(ips_plan, color_output[0]), 0, &icc_type },
	{ ONE, AT(ips_plan, color_output[1]), 0, &icc_type },
	{ ONE, AT(ips_plan, color_output[2]), 0, &icc_type },
	{ INSIDE, AT(ips_plan, output.profile), 0, &profile_type },
};
static const struct type plan_type = TYPE(plan);

/* ---- What both walks ask of a row ---- */

static const void *
pointer_at(const void *base, size_t at)
{
	const void *pointer;

	memcpy(&pointer, (const char *)base + at, sizeof(pointer));
	return pointer;
}

/* Bytes of what the pointer of the row leads to; *count elements of its type. */
static size_t
extent(const struct member *row, const void *base, const void *pointer, size_t *count)
{
	const char *at = (const char *)base + row->count;
	size_t size = row->type != NULL ? row->type->size : 1;

	*count = 1;
	if (row->kind == STRING)
		return strlen(pointer) + 1;
	if (row->kind == MANY)
		*count = (size_t) * (const int *)(const void *)at;
	if (row->kind == BYTES)
		*count = *(const size_t *)(const void *)at;
	return *count * size;
}

/* ---- Packing ---- */

/* The block: this, what is packed, then the places of all pointers in it. A pointer holds the place
 * it leads to, counted from the head, where no struct can be. */
struct head {
	char magic[8];
	uint64_t whole, root, pointers;
};
static const char magic[8] = "ipsplan1";

#define ALIGNMENT 16

struct thing {
	const void *at;
	const struct type
	    *type;    /* NULL: plain bytes; a struct and its first member share a place, */
	size_t bytes; /* and so may two of which one is longer */
};

struct packer {
	GByteArray *out;
	GArray *pointers;   /* uint64_t */
	GHashTable *packed; /* struct thing to its place */
};

static guint
thing_hash(gconstpointer key)
{
	const struct thing *thing = key;

	return g_direct_hash(thing->at) ^ (g_direct_hash(thing->type) >> 4);
}

static gboolean
thing_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct thing)) == 0;
}

static void
align(GByteArray *out)
{
	static const guint8 zeros[ALIGNMENT];
	guint odd = out->len % ALIGNMENT;

	if (odd != 0)
		g_byte_array_append(out, zeros, ALIGNMENT - odd);
}

static void pack_members(
    struct packer *packer, const struct type *type, const void *source, size_t copy);

static size_t
pack(struct packer *packer, const struct type *type, const void *source, size_t count, size_t bytes)
{
	struct thing thing = { source, type, bytes };
	gpointer before = g_hash_table_lookup(packer->packed, &thing);

	if (before != NULL)
		return GPOINTER_TO_SIZE(before);
	align(packer->out);
	size_t copy = packer->out->len;
	g_hash_table_insert(
	    packer->packed, g_memdup2(&thing, sizeof(thing)), GSIZE_TO_POINTER(copy));
	g_byte_array_append(packer->out, source, (guint)bytes);
	for (size_t i = 0; type != NULL && i < count; i++)
		pack_members(
		    packer, type, (const char *)source + i * type->size, copy + i * type->size);
	return copy;
}

/* `copy` is a place: what is appended may move the block. */
static void
pack_pointer(struct packer *packer, const struct member *row, const void *source, size_t copy)
{
	const void *pointer = pointer_at(source, row->at);
	uint64_t place = copy + row->at;
	size_t lead = 0, count;

	if (pointer != NULL && row->kind != DROPPED) {
		size_t bytes = extent(row, source, pointer, &count);
		lead = bytes > 0 ? pack(packer, row->type, pointer, count, bytes) : 0;
	}
	memcpy(packer->out->data + place, &lead, sizeof(lead));
	if (lead != 0)
		g_array_append_val(packer->pointers, place);
}

static void
pack_members(struct packer *packer, const struct type *type, const void *source, size_t copy)
{
	for (size_t i = 0; i < type->members; i++) {
		const struct member *row = &type->member[i];

		if (row->kind == INSIDE)
			pack_members(
			    packer, row->type, (const char *)source + row->at, copy + row->at);
		else
			pack_pointer(packer, row, source, copy);
	}
}

GByteArray *
ips_plan_pack(const struct ips_plan *plan)
{
	struct packer packer = {
		.out = g_byte_array_new(),
		.pointers = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
		.packed = g_hash_table_new_full(thing_hash, thing_equal, g_free, NULL),
	};
	struct head head = { .whole = 0 };

	memcpy(head.magic, magic, sizeof(magic));
	g_byte_array_append(packer.out, (const guint8 *)&head, sizeof(head));
	head.root = pack(&packer, &plan_type, plan, 1, sizeof(*plan));
	align(packer.out);
	head.pointers = packer.pointers->len;
	g_byte_array_append(packer.out, (const guint8 *)packer.pointers->data,
	    packer.pointers->len * (guint)sizeof(uint64_t));
	head.whole = packer.out->len;
	memcpy(packer.out->data, &head, sizeof(head));
	g_hash_table_unref(packer.packed);
	g_array_unref(packer.pointers);
	return packer.out;
}

const struct ips_plan *
ips_plan_unpack(void *block, size_t len)
{
	struct head *head = block;
	char *base = block;

	if (len < sizeof(*head) || memcmp(head->magic, magic, sizeof(magic)) != 0 ||
	    head->whole != len || head->pointers > (len - sizeof(*head)) / sizeof(uint64_t))
		return NULL;
	size_t end = len - head->pointers * sizeof(uint64_t);
	const uint64_t *place = (const uint64_t *)(const void *)(base + end);
	if (head->root > end || end - head->root < sizeof(struct ips_plan))
		return NULL;
	for (uint64_t i = 0; i < head->pointers; i++) {
		uint64_t lead;

		if (place[i] > end - sizeof(lead))
			return NULL;
		memcpy(&lead, base + place[i], sizeof(lead));
		if (lead < sizeof(*head) || lead >= end)
			return NULL;
		char *pointer = base + lead;
		memcpy(base + place[i], &pointer, sizeof(pointer));
	}
	char *plan = base + head->root;
	memset(head, 0, sizeof(*head)); /* it cannot be unpacked twice */
	return (const struct ips_plan *)(const void *)plan;
}

/* ---- Comparing ---- */

static void
mask_pointers(const struct type *type, char *copy)
{
	for (size_t i = 0; i < type->members; i++) {
		const struct member *row = &type->member[i];

		if (row->kind == INSIDE)
			mask_pointers(row->type, copy + row->at);
		else
			memset(copy + row->at, 0, sizeof(void *));
	}
}

static bool equal_members(const struct type *type, const char *a, const char *b);

static bool
equal_pointers(const struct member *row, const char *a, const char *b)
{
	const char *one = pointer_at(a, row->at), *other = pointer_at(b, row->at);
	size_t count, same;

	if (row->kind == DROPPED)
		return true;
	size_t bytes = one != NULL ? extent(row, a, one, &count) : 0;
	if (bytes == 0)
		return other == NULL || extent(row, b, other, &same) == 0;
	if (other == NULL || extent(row, b, other, &same) != bytes)
		return false;
	if (row->type == NULL)
		return memcmp(one, other, bytes) == 0;
	for (size_t i = 0; i < count; i++)
		if (!equal_members(
			row->type, one + i * row->type->size, other + i * row->type->size))
			return false;
	return true;
}

static bool
equal_plain(const struct type *type, const char *a, const char *b)
{
	g_autofree char *one = g_memdup2(a, type->size), *other = g_memdup2(b, type->size);

	mask_pointers(type, one);
	mask_pointers(type, other);
	return memcmp(one, other, type->size) == 0;
}

static bool
equal_members(const struct type *type, const char *a, const char *b)
{
	if (!equal_plain(type, a, b))
		return false;
	for (size_t i = 0; i < type->members; i++) {
		const struct member *row = &type->member[i];
		bool same = row->kind == INSIDE ? equal_members(row->type, a + row->at, b + row->at)
						: equal_pointers(row, a, b);
		if (!same)
			return false;
	}
	return true;
}

bool
ips_plan_equal(const struct ips_plan *a, const struct ips_plan *b)
{
	return equal_members(&plan_type, (const char *)a, (const char *)b);
}
