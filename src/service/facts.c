/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <math.h>
#include <string.h>

/* What a plan needs beyond the columns of the catalog, as "1 6 16 r 0 1 0 1": version, orientation,
 * bits, space, alpha (2: associated), profile, progressive, pages. So a copy is planned without
 * opening a file. Each path of the file follows as " name:left:top:right:bottom", in parts of the
 * picture times BOX_UNIT, the name with % escapes; a damaged one as " name:". */
#define FACTS_VERSION 1
#define FACTS_FIELDS  8
#define BOX_UNIT      (1 << 24)
#define BOX_MAX       (16 << 24)

static const char space_letter[] = {
	[IPS_SPACE_RGB] = 'r',
	[IPS_SPACE_GRAY] = 'g',
	[IPS_SPACE_CMYK] = 'k',
};

static void
write_path(GString *out, const struct ips_source_path *path)
{
	g_autofree char *name = g_uri_escape_string(path->name, NULL, FALSE);

	g_string_append_printf(out, " %s:", name);
	for (int i = 0; i < 4 && !path->damaged; i++)
		g_string_append_printf(
		    out, "%s%lld", i > 0 ? ":" : "", llround(path->box[i] * BOX_UNIT));
}

char *
ips_facts_write(struct ips_arena *mem, const struct ips_source *source)
{
	g_autoptr(GString) out = g_string_new(NULL);

	g_string_printf(out, "%d %d %d %c %d %d %d %d", FACTS_VERSION, source->orientation,
	    source->bits, space_letter[source->space], source->associated ? 2 : source->alpha,
	    source->profile, source->progressive, source->pages);
	for (int i = 0; i < source->paths; i++)
		write_path(out, &source->path[i]);
	return ips_arena_strndup(mem, out->str, out->len);
}

static bool
parse_space(char letter, enum ips_space *out)
{
	for (size_t i = 0; i < IPS_NELEM(space_letter); i++)
		if (space_letter[i] == letter) {
			*out = (enum ips_space)i;
			return true;
		}
	return false;
}

static bool
parse_path(struct ips_arena *mem, const char *text, size_t len, struct ips_source_path *out)
{
	size_t name = strcspn(text, ":");
	const char *at = text + name + 1;

	if (name == 0 || name >= len)
		return false;
	g_autofree char *plain = g_uri_unescape_segment(text, text + name, NULL);
	if (plain == NULL)
		return false;
	*out = (struct ips_source_path){ .name = ips_arena_strdup(mem, plain),
		.damaged = len == name + 1 };
	for (int i = 0; i < 4 && !out->damaged; i++) {
		if (at > text + len)
			return false;
		size_t part = i < 3 ? strcspn(at, ":") : (size_t)(text + len - at);
		int64_t value;
		if (at + part > text + len || !ips_parse_int(at, part, -BOX_MAX, BOX_MAX, &value))
			return false;
		out->box[i] = (double)value / BOX_UNIT;
		at += part + 1;
	}
	return true;
}

static bool
parse_paths(struct ips_arena *mem, const char *text, struct ips_source *out)
{
	int count = 0;

	for (const char *at = text; *at != '\0'; at++)
		count += *at == ' ';
	if (count == 0)
		return *text == '\0';
	struct ips_source_path *paths = IPS_NEW_N(mem, struct ips_source_path, count);
	for (int i = 0; i < count; i++) {
		size_t len = strcspn(++text, " ");
		if (!parse_path(mem, text, len, &paths[i]))
			return false;
		text += len;
	}
	out->paths = count;
	out->path = paths;
	return true;
}

/* *rest: the paths, each with a blank before it. */
static bool
parse_fields(
    const char *text, int64_t field[FACTS_FIELDS], enum ips_space *space, const char **rest)
{
	static const int max[FACTS_FIELDS] = { FACTS_VERSION, 8, 32, 0, 2, 1, 1, INT32_MAX };

	for (int i = 0; i < FACTS_FIELDS; i++) {
		size_t len = strcspn(text, " ");

		if (i == 3 ? len != 1 || !parse_space(text[0], space)
			   : !ips_parse_int(text, len, 0, max[i], &field[i]))
			return false;
		text += len;
		if (i < FACTS_FIELDS - 1 && *text++ != ' ')
			return false;
	}
	*rest = text;
	return field[0] == FACTS_VERSION;
}

bool
ips_facts_read(struct ips_arena *mem, const struct ips_image *image, struct ips_source *out,
    struct ips_error *err)
{
	int64_t field[FACTS_FIELDS] = { 0 };
	enum ips_space space = IPS_SPACE_RGB;
	struct ips_source paths = { .paths = 0 };
	const char *rest;

	if (image->facts == NULL || !parse_fields(image->facts, field, &space, &rest) ||
	    !parse_paths(mem, rest, &paths))
		return ips_fail_internal(err, "blob %s: unreadable facts", image->blob.digest);
	*out = (struct ips_source){
		.format = ips_format_from_mime(image->mime),
		.width = image->width,
		.height = image->height,
		.orientation = (int)field[1],
		.bits = (int)field[2],
		.space = space,
		.alpha = field[4] != 0,
		.associated = field[4] == 2,
		.profile = field[5] != 0,
		.progressive = field[6] != 0,
		.pages = (int)field[7],
		.resolution = image->resolution,
		.paths = paths.paths,
		.path = paths.path,
	};
	return true;
}

const struct ips_image *
ips_facts_image(struct ips_arena *mem, const struct ips_blob *blob, const struct ips_source *source)
{
	struct ips_image *image = IPS_NEW(mem, struct ips_image);

	*image = (struct ips_image){
		.blob = *blob,
		.mime = ips_format_info(source->format)->mime,
		.width = source->width,
		.height = source->height,
		.resolution = source->resolution,
		.facts = ips_facts_write(mem, source),
	};
	return image;
}
