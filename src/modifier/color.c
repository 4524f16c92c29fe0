/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Colours: decimal parts between commas or packed hexadecimal, told apart by suffix, prefix and
 * number of digits. Source: "Color Values" of the protocol reference. */
#include "modifier_priv.h"

#include <string.h>

#define OPAQUE 255

static uint8_t
from_percent(int percent)
{
	return (uint8_t)ips_round(percent * 255 / 100.0);
}

static void
put_channels(
    struct ips_color *out, enum ips_space space, const uint8_t *value, int channels, bool alpha)
{
	*out = (struct ips_color){ .space = space, .alpha = alpha ? value[channels] : OPAQUE };
	memcpy(out->channel, value, (size_t)channels);
}

/* The space that so many parts with this suffix mean; how many of them are colour. */
static bool
space_of(int parts, char suffix, enum ips_space *space, int *channels)
{
	static const struct {
		char suffix;
		int least;
		enum ips_space space;
	} rows[] = {
		{ 'k', 4, IPS_SPACE_CMYK },
		{ 'r', 3, IPS_SPACE_RGB },
		{ 'g', 1, IPS_SPACE_GRAY },
		{ 0, 3, IPS_SPACE_RGB },
		{ 0, 1, IPS_SPACE_GRAY },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		if (rows[i].suffix != suffix || parts < rows[i].least || parts > rows[i].least + 1)
			continue;
		*space = rows[i].space;
		*channels = rows[i].least;
		return true;
	}
	return false;
}

static bool
parse_decimal(struct span text, char suffix, struct ips_color *out)
{
	int part[5], parts = 0, channels;
	uint8_t value[5];
	enum ips_space space;

	for (size_t at = 0; at <= text.len; parts++) {
		const char *comma = memchr(text.at + at, ',', text.len - at);
		size_t len = comma == NULL ? text.len - at : (size_t)(comma - text.at) - at;
		int64_t number;

		if (parts == 5 || len == 0 || !g_ascii_isdigit(text.at[at]) ||
		    !ips_parse_int(text.at + at, len, 0, 255, &number))
			return false;
		part[parts] = (int)number;
		at += len + 1;
	}
	if (!space_of(parts, suffix, &space, &channels))
		return false;
	for (int i = 0; i < parts; i++) {
		if (space != IPS_SPACE_RGB && part[i] > 100)
			return false;
		value[i] = space == IPS_SPACE_RGB ? (uint8_t)part[i] : from_percent(part[i]);
	}
	put_channels(out, space, value, channels, parts > channels);
	return true;
}

static bool
parse_packed(struct span digits, char suffix, bool prefixed, struct ips_color *out)
{
	uint8_t value[5];
	int parts = (int)(digits.len / 2), channels;
	enum ips_space space;

	if (digits.len % 2 != 0 || digits.len == 0 || digits.len > 10)
		return false;
	for (int i = 0; i < parts; i++) {
		int high = g_ascii_xdigit_value(digits.at[2 * i]);
		int low = g_ascii_xdigit_value(digits.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		value[i] = (uint8_t)(high << 4 | low);
	}
	if (!space_of(parts, suffix, &space, &channels))
		return false;
	/* Without the prefix two and four digits would be mistaken for a decimal grey. */
	if (space == IPS_SPACE_GRAY && !prefixed)
		return false;
	put_channels(out, space, value, channels, parts > channels);
	return true;
}

/* The last character if it is one of `set`, lower case; it is cut off. */
static char
take_suffix(struct span *text, const char *set)
{
	char last = text->len > 0 ? g_ascii_tolower(text->at[text->len - 1]) : '\0';

	if (last == '\0' || strchr(set, last) == NULL)
		return 0;
	text->len--;
	return last;
}

static bool
parse_any(struct span text, struct ips_color *out)
{
	char suffix = take_suffix(&text, "rgk");
	bool prefixed = text.len > 2 && text.at[0] == '0' && g_ascii_tolower(text.at[1]) == 'x';

	if (prefixed)
		return parse_packed((struct span){ text.at + 2, text.len - 2 }, suffix, true, out);
	if (text.len > 3 && memchr(text.at, ',', text.len) == NULL)
		return parse_packed(text, suffix, false, out);
	return parse_decimal(text, suffix, out);
}

bool
color_parse(struct span text, struct ips_color *out)
{
	bool source = take_suffix(&text, "s") != 0;

	if (!parse_any(text, out))
		return false;
	out->source = source;
	return true;
}

bool
ips_color_parse(const char *text, struct ips_color *out)
{
	return color_parse((struct span){ text, strlen(text) }, out);
}
