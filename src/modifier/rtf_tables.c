/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Tables of fonts and colours. Entries are counted from 0, the empty first one included (R68). */
#include "rtf.h"

#include <string.h>

#define MAX_ENTRIES 1000
#define MAX_NAME    200

static bool
check_entries(struct rtf_reader *r, const GArray *table)
{
	return table->len < MAX_ENTRIES ||
	       rtf_fail(r, IPS_LIMIT, "more than %d fonts or colours", MAX_ENTRIES);
}

/* '+' for a blank is a common slip, and no font's name begins with it. */
static bool
end_font(struct rtf_reader *r)
{
	struct rtf_font font = r->font;

	g_strdelimit(r->word->str, "+", ' ');
	g_strstrip(r->word->str);
	if (*r->word->str != '\0') {
		if (!check_entries(r, r->fonts))
			return false;
		font.name = ips_arena_strdup(r->mem, r->word->str);
		g_array_append_val(r->fonts, font);
	}
	g_string_truncate(r->word, 0);
	r->font = (struct rtf_font){ 0 };
	return true;
}

static struct ips_color
rgb_of(const int *part)
{
	return (struct ips_color){ .space = IPS_SPACE_RGB,
		.channel = { (uint8_t)part[0], (uint8_t)part[1], (uint8_t)part[2] },
		.alpha = 255 };
}

static struct ips_color
cmyk_of(const int *part)
{
	struct ips_color color = { .space = IPS_SPACE_CMYK, .alpha = 255 };

	for (int i = 0; i < 4; i++)
		color.channel[i] = (uint8_t)ips_round(part[i] * 255 / 100.0);
	return color;
}

static bool
read_color(struct rtf_reader *r, struct ips_color *out)
{
	g_strstrip(r->word->str);
	if (*r->word->str == '\0')
		return true;
	r->parts = true;
	return ips_color_parse(r->word->str, out) ||
	       rtf_fail(r, IPS_INVALID_PARAMETER, "'%s' is no colour", r->word->str);
}

static bool
end_color(struct rtf_reader *r)
{
	GArray *table = r->colors[r->state->place - RTF_COLORS];
	struct rtf_entry entry = { 0 };

	if (r->state->place == RTF_IS_COLORS && !read_color(r, &entry.color))
		return false;
	if (r->state->place != RTF_IS_COLORS)
		entry.color = r->state->place == RTF_CMYK ? cmyk_of(r->part) : rgb_of(r->part);
	entry.given = r->parts;
	if (!check_entries(r, table))
		return false;
	g_array_append_val(table, entry);
	r->parts = false;
	memset(r->part, 0, sizeof(r->part));
	g_string_truncate(r->word, 0);
	return true;
}

bool
rtf_table_char(struct rtf_reader *r, gunichar c)
{
	if (c == ';')
		return r->state->place == RTF_FONTS ? end_font(r) : end_color(r);
	if (r->state->place != RTF_FONTS && r->state->place != RTF_IS_COLORS)
		return true;
	if (r->word->len >= MAX_NAME)
		return rtf_fail(r, IPS_LIMIT, "the name of a font or colour is too long");
	g_string_append_unichar(r->word, c);
	return true;
}

/* An entry may end with its table. */
bool
rtf_table_end(struct rtf_reader *r)
{
	switch (r->state->place) {
	case RTF_FONTS:
		return end_font(r);
	case RTF_COLORS:
	case RTF_CMYK:
		return !r->parts || end_color(r);
	case RTF_IS_COLORS:
		return *g_strstrip(r->word->str) == '\0' || end_color(r);
	default:
		return true;
	}
}

const struct rtf_font *
rtf_font(const struct rtf_reader *r)
{
	int index = r->state->font >= 0 ? r->state->font : r->default_font;

	for (guint i = 0; i < r->fonts->len; i++) {
		const struct rtf_font *font = &g_array_index(r->fonts, struct rtf_font, i);
		if (font->index == index)
			return font;
	}
	return NULL;
}

static bool
color_in(const struct rtf_reader *r, enum rtf_place place, struct ips_color *out)
{
	const GArray *table = r->colors[place - RTF_COLORS];
	const struct rtf_entry *entry;

	if (r->state->color >= (int)table->len)
		return false;
	entry = &g_array_index(table, struct rtf_entry, r->state->color);
	if (entry->given)
		*out = entry->color;
	return entry->given;
}

struct ips_color
rtf_color(const struct rtf_reader *r)
{
	struct ips_color color = { .space = IPS_SPACE_RGB, .alpha = 255 };

	if (!color_in(r, RTF_IS_COLORS, &color) && !(r->cmyk && color_in(r, RTF_CMYK, &color)))
		color_in(r, RTF_COLORS, &color);
	return color;
}

const char *
rtf_charset(const struct rtf_reader *r)
{
	static const struct {
		int charset;
		const char *name;
	} rows[] = { { 0, "CP1252" }, { 77, "MACINTOSH" }, { 128, "CP932" }, { 129, "CP949" },
		{ 130, "JOHAB" }, { 134, "CP936" }, { 136, "BIG5" }, { 161, "CP1253" },
		{ 162, "CP1254" }, { 163, "CP1258" }, { 177, "CP1255" }, { 178, "CP1256" },
		{ 186, "CP1257" }, { 204, "CP1251" }, { 222, "CP874" }, { 238, "CP1250" },
		{ 255, "CP437" } };
	const struct rtf_font *font = rtf_font(r);

	for (size_t i = 0; i < IPS_NELEM(rows) && font != NULL && font->charset > 0; i++)
		if (rows[i].charset == font->charset)
			return rows[i].name;
	return "CP1252";
}
