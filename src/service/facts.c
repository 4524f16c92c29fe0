/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* What a plan needs beyond the columns of the catalog, as "1 6 16 r 0 1 0 1": version, orientation,
 * bits, space, alpha, profile, progressive, pages. So a copy is planned without opening a file. */
#define FACTS_VERSION 1
#define FACTS_FIELDS  8

static const char space_letter[] = {
	[IPS_SPACE_RGB] = 'r',
	[IPS_SPACE_GRAY] = 'g',
	[IPS_SPACE_CMYK] = 'k',
};

char *
ips_facts_write(struct ips_arena *mem, const struct ips_source *source)
{
	return ips_arena_printf(mem, "%d %d %d %c %d %d %d %d", FACTS_VERSION, source->orientation,
	    source->bits, space_letter[source->space], source->alpha, source->profile,
	    source->progressive, source->pages);
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
parse_fields(const char *text, int64_t field[FACTS_FIELDS], enum ips_space *space)
{
	static const int max[FACTS_FIELDS] = { FACTS_VERSION, 8, 32, 0, 1, 1, 1, INT32_MAX };

	for (int i = 0; i < FACTS_FIELDS; i++) {
		size_t len = strcspn(text, " ");

		if (i == 3 ? len != 1 || !parse_space(text[0], space)
			   : !ips_parse_int(text, len, 0, max[i], &field[i]))
			return false;
		text += len;
		if (*text == ' ')
			text++;
		else if (i != FACTS_FIELDS - 1)
			return false;
	}
	return *text == '\0' && field[0] == FACTS_VERSION;
}

bool
ips_facts_read(const struct ips_image *image, struct ips_source *out, struct ips_error *err)
{
	int64_t field[FACTS_FIELDS] = { 0 };
	enum ips_space space = IPS_SPACE_RGB;

	if (image->facts == NULL || !parse_fields(image->facts, field, &space))
		return ips_fail_internal(err, "blob %s: unreadable facts", image->blob.digest);
	*out = (struct ips_source){
		.format = ips_format_from_mime(image->mime),
		.width = image->width,
		.height = image->height,
		.orientation = (int)field[1],
		.bits = (int)field[2],
		.space = space,
		.alpha = field[4] != 0,
		.profile = field[5] != 0,
		.progressive = field[6] != 0,
		.pages = (int)field[7],
		.resolution = image->resolution,
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
