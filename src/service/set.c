/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* req=set: what belongs to a set, and what kind of set it is.
 *
 * Source: "Media set requests", catalog::ImageSet, imageSet=. The published description of the
 * answer's elements is not to be had any more: set, item, i and s with n, l, dx, dy, iv and type
 * are what the original is seen to send. */
#include "answer.h"
#include "set_tree.h"

#include <string.h>

#define MAX_DEPTH 10 /* PS::fvctx.nestingLimit */
#define MAX_ITEMS 2000
#define MAX_PARTS 256
#define VERSION   6 /* digits of the digest that tell versions apart */

/* ---- The text of a set ---- */

struct text {
	const char *at;
	size_t len;
};

static struct text
trimmed(struct text t)
{
	while (t.len > 0 && g_ascii_isspace(t.at[0]))
		t.at++, t.len--;
	while (t.len > 0 && g_ascii_isspace(t.at[t.len - 1]))
		t.len--;
	return t;
}

/* The closing one for an opening delimiter. */
static char
closing(char c)
{
	return c == '{' ? '}' : c == '(' ? ')' : '\0';
}

/* How far up to a separator outside of braces; SIZE_MAX if these do not match. */
static size_t
part_len(struct text t, char separator)
{
	char open[MAX_DEPTH + 1];
	size_t depth = 0, i = 0;

	for (; i < t.len && (depth > 0 || t.at[i] != separator); i++) {
		char c = t.at[i];

		if (closing(c) != '\0') {
			if (depth == MAX_DEPTH)
				return SIZE_MAX;
			open[depth++] = closing(c);
		} else if (c == '}' || c == ')') {
			if (depth == 0 || open[--depth] != c)
				return SIZE_MAX;
		}
	}
	return depth > 0 ? SIZE_MAX : i;
}

static bool
split(struct text t, char separator, struct text *out, size_t max, size_t *count,
    struct ips_error *err)
{
	*count = 0;
	for (;;) {
		size_t len = part_len(t, separator);

		if (len == SIZE_MAX)
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "The braces of an image set must match, at most %d deep: '%.60s'.",
			    MAX_DEPTH, t.at);
		if (*count == max)
			return ips_fail(err, IPS_LIMIT,
			    "An image set may have %zu parts at one place at most.", max);
		out[(*count)++] = trimmed((struct text){ t.at, len });
		if (len == t.len)
			return true;
		t.at += len + 1;
		t.len -= len + 1;
	}
}

/* {...} or (...) as a whole; braces match. */
static bool
is_braced(struct text t)
{
	size_t depth = 1, i = 1;

	if (t.len < 2 || closing(t.at[0]) == '\0')
		return false;
	for (; i < t.len && depth > 0; i++)
		depth += closing(t.at[i]) != '\0' ? 1 : t.at[i] == '}' || t.at[i] == ')' ? -1 : 0;
	return depth == 0 && i == t.len && t.at[i - 1] == closing(t.at[0]);
}

static struct text
unbraced(struct text t)
{
	return trimmed((struct text){ t.at + 1, t.len - 2 });
}

/* {0xrrggbb label} */
static bool
is_color(struct text t)
{
	if (!is_braced(t))
		return false;
	t = unbraced(t);
	if (t.len < 8 || t.at[0] != '0' || g_ascii_tolower(t.at[1]) != 'x')
		return false;
	for (size_t i = 2; i < 8; i++)
		if (!g_ascii_isxdigit(t.at[i]))
			return false;
	return t.len == 8 || g_ascii_isspace(t.at[8]);
}

bool
ips_set_check(struct ips_arena *mem, const char *text, struct ips_error *err)
{
	struct text *parts = IPS_NEW_N(mem, struct text, MAX_ITEMS);
	size_t count;

	return split((struct text){ text, strlen(text) }, ',', parts, MAX_ITEMS, &count, err);
}

/* ---- From text to tree ---- */

struct building {
	struct asking *a;
	int items;
	const char *within[MAX_DEPTH + 1]; /* the sets that are being built, by name; NULL: none */
	struct ips_error *err;
};

static bool build_set(struct building *b, struct text text, const char *name, int depth,
    struct node *parent, const char **type);

static const char *
decoded(struct ips_arena *mem, struct text t)
{
	g_autofree char *plain = g_uri_unescape_segment(t.at, t.at + t.len, NULL);

	if (plain == NULL || !ips_utf8_valid(plain, strlen(plain)))
		return ips_arena_strndup(mem, t.at, t.len);
	return ips_arena_strdup(mem, plain);
}

/* "catalog/id", or an id of this catalog. *asset NULL: nobody knows it. */
static bool
find_member(struct building *b, struct text id, const char **name, const struct ips_asset **asset)
{
	struct asking *a = b->a;
	const char *text = decoded(a->mem, id);
	const char *slash = strchr(text, '/');
	const char *company =
	    slash != NULL ? ips_arena_strndup(a->mem, text, (size_t)(slash - text)) : a->company;
	const char *own = slash != NULL ? slash + 1 : text;
	struct ips_error why = { .fault = IPS_OK };

	*asset = NULL;
	*name = ips_arena_printf(a->mem, "%s/%s", company, own);
	if (ips_public_asset(a->service, a->mem, company, own, asset, &why) ||
	    why.fault == IPS_NOT_FOUND)
		return true;
	if (b->err != NULL)
		*b->err = why;
	return false;
}

/* catalog::UserData says under the key of labelkey= what people call it. */
static void
add_picture(struct building *b, struct node *item, const char *element, const char *name,
    const struct ips_asset *asset)
{
	struct ips_arena *mem = b->a->mem;
	struct node *node = node_new(mem, item, element);
	const char *key = b->a->question->label_key;
	const char *label =
	    *key != '\0' && asset != NULL ? record_property(mem, asset->user_data, key) : NULL;

	node_set(mem, node, "n", name);
	if (label != NULL)
		node_set(mem, node, "l", label);
}

static void
add_size(struct building *b, struct node *item, const struct ips_asset *asset)
{
	struct ips_arena *mem = b->a->mem;
	const struct ips_image *image = asset->image;

	node_set(mem, item, "dx", ips_arena_printf(mem, "%d", image->width));
	node_set(mem, item, "dy", ips_arena_printf(mem, "%d", image->height));
	node_set(mem, item, "iv", ips_arena_strndup(mem, image->blob.digest, VERSION));
}

static bool
add_swatch(struct building *b, struct text swatch, struct node *item)
{
	struct ips_arena *mem = b->a->mem;
	const struct ips_asset *asset;
	const char *name;

	if (swatch.len == 0)
		return true;
	if (is_color(swatch)) {
		struct node *node = node_new(mem, item, "s");
		struct text inner = unbraced(swatch);
		struct text label = trimmed((struct text){ inner.at + 8, inner.len - 8 });

		node_set(mem, node, "color", ips_arena_strndup(mem, inner.at, 8));
		if (label.len > 0)
			node_set(mem, node, "l", decoded(mem, label));
		return true;
	}
	if (!find_member(b, swatch, &name, &asset))
		return false;
	add_picture(b, item, "s", name, asset);
	return true;
}

static struct text
text_of(const char *text)
{
	return (struct text){ text, strlen(text) };
}

static bool
fail_nested(struct building *b, const char *type)
{
	return strcmp(type, "media_set") != 0 ||
	       ips_fail(
		   b->err, IPS_INVALID_PARAMETER, "A media set cannot be a part of another set.");
}

static bool
add_inner_set(struct building *b, struct text text, const char *name, int depth, struct node *item)
{
	const char *type;

	if (!build_set(b, text, name, depth + 1, item, &type) || !fail_nested(b, type))
		return false;
	node_set(b->a->mem, item, "type", type);
	return true;
}

/* A set may name the record that defines it: then the picture is meant. */
static bool
is_within(const struct building *b, const char *name, int depth)
{
	for (int i = 0; i <= depth; i++)
		if (b->within[i] != NULL && strcmp(b->within[i], name) == 0)
			return true;
	return false;
}

static bool
add_member(struct building *b, struct text id, int depth, struct node *item)
{
	const struct ips_asset *asset;
	const char *name;

	if (!find_member(b, id, &name, &asset))
		return false;
	if (asset != NULL && asset->image_set != NULL && !is_within(b, name, depth))
		return add_inner_set(b, text_of(asset->image_set), name, depth, item);
	if (asset != NULL && item->pair == NULL)
		add_size(b, item, asset);
	add_picture(b, item, "i", name, asset);
	return true;
}

static bool
add_pages(struct building *b, struct text pages, int depth, struct node *item)
{
	struct text page[3];
	size_t count;

	if (!split(pages, ':', page, IPS_NELEM(page), &count, b->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (page[i].len > 0 && !add_member(b, page[i], depth, item))
			return false;
	return true;
}

static bool
add_item(struct building *b, struct text text, int depth, struct node *set)
{
	struct text part[MAX_PARTS];
	struct node *item = node_new(b->a->mem, set, "item");
	size_t count;

	if (++b->items > MAX_ITEMS)
		return ips_fail(
		    b->err, IPS_LIMIT, "An image set may have %d items at most.", MAX_ITEMS);
	if (!split(text, ';', part, MAX_PARTS, &count, b->err))
		return false;
	bool good = is_color(part[0])    ? add_swatch(b, part[0], item)
		    : is_braced(part[0]) ? add_inner_set(b, unbraced(part[0]), NULL, depth, item)
					 : add_pages(b, part[0], depth, item);
	return good && (count < 2 || add_swatch(b, part[1], item));
}

/* As published: colons make a catalog of pages, semicolons a media or image set, sets in a set one
 * of turns. */
static const char *
find_type(const struct text *items, size_t count, const struct node *set)
{
	bool inner = false, one = false, two = false;

	for (size_t i = 0; i < count; i++) {
		size_t semicolons = 0;
		struct text rest = items[i];

		for (size_t len; (len = part_len(rest, ';')) < rest.len; semicolons++)
			rest.at += len + 1, rest.len -= len + 1;
		if (part_len(items[i], ':') < items[i].len)
			return "ecat";
		two |= semicolons >= 2;
		one |= semicolons == 1;
	}
	for (const struct node *item = set->child; item != NULL; item = item->next)
		for (const struct node *c = item->child; c != NULL; c = c->next)
			inner |= strcmp(c->name, "set") == 0;
	return two ? "media_set" : one ? "img_set" : inner ? "spin" : "unknown";
}

/* What a media set calls its items, by the third part of each; "": as they are found to be. */
static const char *
item_type(struct text item, struct ips_error *err, bool *good)
{
	static const struct {
		const char *sent, *told;
	} types[] = { { "img", "img" }, { "basic", "img" }, { "advanced_image", "img" },
		{ "img_set", "img_set" }, { "advanced_image_set", "img_set" },
		{ "advanced_imageset", "img_set" }, { "advanced_swatchset", "img_set" },
		{ "spin", "spin" }, { "video", "video" }, { "video_set", "video_set" },
		{ "static", "static" }, { "ecat", "ecat" } };
	struct text part[MAX_PARTS];
	size_t count;

	*good = split(item, ';', part, MAX_PARTS, &count, err);
	for (size_t i = 0; *good && count > 2 && i < IPS_NELEM(types); i++)
		if (strlen(types[i].sent) == part[2].len &&
		    g_ascii_strncasecmp(types[i].sent, part[2].at, part[2].len) == 0)
			return types[i].told;
	return "";
}

/* Published: items of a media set say what they are, by their own word or else by what they are. */
static bool
tell_types(struct building *b, const struct text *items, struct node *set)
{
	struct ips_arena *mem = b->a->mem;
	bool good = true;

	for (struct node *item = set->child; item != NULL && good; items++) {
		if (items->len == 0)
			continue;
		const char *type = item_type(*items, b->err, &good);
		if (*type == '\0')
			type = node_get(item, "type") != NULL ? node_get(item, "type") : "img";
		node_set(mem, item, "type", type);
		item = item->next;
	}
	return good;
}

/* name NULL: it has none, as it stands within another. */
static bool
build_set(struct building *b, struct text text, const char *name, int depth, struct node *parent,
    const char **type)
{
	struct ips_arena *mem = b->a->mem;
	struct text *item = IPS_NEW_N(mem, struct text, MAX_ITEMS);
	struct node *set = node_new(mem, parent, "set");
	size_t count;

	if (depth > MAX_DEPTH)
		return ips_fail(
		    b->err, IPS_LIMIT, "Image sets may be nested %d deep at most.", MAX_DEPTH);
	b->within[depth] = name;
	if (!split(text, ',', item, MAX_ITEMS, &count, b->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (item[i].len > 0 && !add_item(b, item[i], depth, set))
			return false;
	*type = find_type(item, count, set);
	if (strcmp(*type, "media_set") == 0 && !tell_types(b, item, set))
		return false;
	if (depth == 0)
		node_set(mem, set, "pv", "1.0");
	node_set(mem, set, "type", *type);
	if (name != NULL)
		node_set(mem, set, "n", name);
	return true;
}

static void
build_picture(
    struct building *b, const char *name, const struct ips_asset *asset, struct node *parent)
{
	struct ips_arena *mem = b->a->mem;
	struct node *set = node_new(mem, parent, "set");
	struct node *item = node_new(mem, set, "item");

	node_set(mem, set, "pv", "1.0");
	node_set(mem, set, "type", "img");
	node_set(mem, set, "n", name);
	add_size(b, item, asset);
	add_picture(b, item, "i", name, asset);
}

/* ---- The request ---- */

/* Published: imageSet= is to be put in braces, and then needs no picture in the address. */
static bool
find_set(struct asking *a, struct text *text, const char **name, const struct ips_asset **asset,
    struct ips_error *err)
{
	const char *given = ips_modifier_peek(a->mem, a->modifier, IPS_CMD_IMAGE_SET);

	*asset = NULL;
	if (given != NULL && !ips_utf8_valid(given, strlen(given)))
		return ips_fail(err, IPS_INVALID_PARAMETER, "imageSet= must be UTF-8.");
	if ((given == NULL || a->asset != NULL) && !answer_asset(a, asset, err))
		return false;
	if (given != NULL && a->company == NULL)
		return ips_fail(err, IPS_NOT_FOUND, "Unable to find image catalog");
	*name =
	    a->asset != NULL ? ips_arena_printf(a->mem, "%s/%s", a->company, a->asset) : a->company;
	if (given == NULL)
		given = (*asset)->image_set;
	*text = (struct text){ given, given != NULL ? strlen(given) : 0 };
	if (is_braced(*text) && part_len(*text, ',') == text->len && !is_color(*text))
		*text = unbraced(*text);
	return true;
}

bool
answer_set(struct asking *a, struct ips_error *err)
{
	struct building b = { .a = a, .err = err };
	struct node root = { .name = "" };
	const struct ips_asset *asset;
	g_autoptr(GString) xml = g_string_new(NULL), json = g_string_new(NULL);
	const char *name, *type;
	struct text text;

	if (!find_set(a, &text, &name, &asset, err))
		return false;
	if (text.at == NULL)
		build_picture(&b, name, asset, &root);
	else if (!build_set(&b, text, name, 0, &root, &type))
		return false;
	tree_xml(root.child, xml);
	tree_json(&root, json);
	a->xml = ips_arena_strndup(a->mem, xml->str, xml->len);
	a->json = ips_arena_strndup(a->mem, json->str, json->len);
	return true;
}
