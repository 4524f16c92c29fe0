/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the catalog keeps beside a picture: user data, zoom targets, image map, image set; and the
 * XMP packet of its file.
 *
 * Source: req=userdata, targets, map, imageset and xmp; "Property data". Published of all but the
 * last: an address that leads nowhere is answered as if there were nothing. */
#include "answer.h"

#include <string.h>

#define LINE_END "\r\n"
#define NO_XMP   "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>\n"

/* *out NULL: the address leads nowhere. Sets how long clients may keep the answer. */
static bool
find_record(
    struct asking *a, enum ips_attribute hours, const struct ips_asset **out, struct ips_error *err)
{
	struct ips_error why = { .fault = IPS_OK };

	*out = NULL;
	if (!answer_record(a, out, &why) && why.fault != IPS_NOT_FOUND) {
		if (err != NULL)
			*err = why;
		return false;
	}
	a->max_age_s = ips_attributes_seconds(a->attributes, hours);
	return true;
}

/* ---- Property data ---- */

/* Published: what stands in quotation marks is sent as it is. */
static bool
is_quoted(const char *data)
{
	size_t len = strlen(data);

	return len > 1 && data[0] == '"' && data[len - 1] == '"';
}

static char *
with_line_ends(const char *data)
{
	g_auto(GStrv) lines = g_strsplit(data, "\?\?", -1);

	return is_quoted(data) ? g_strdup(data) : g_strjoinv(LINE_END, lines);
}

static bool
is_property(const char *line)
{
	size_t len = strcspn(line, "=");

	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(line[i]) && strchr(".-_", line[i]) == NULL)
			return false;
	return len > 0 && line[len] == '=';
}

/* NULL: it is not property data. */
static char **
split_properties(const char *data)
{
	g_autofree char *text = with_line_ends(data);
	char **lines = g_strsplit_set(text, LINE_END, -1);

	for (char **line = lines; *line != NULL; line++)
		if (*g_strstrip(*line) != '\0' && !is_property(*line)) {
			g_strfreev(lines);
			return NULL;
		}
	return lines;
}

/* "Target.1.rect=0,0,5,5": the object is what stands before the last point. */
static void
add_property(struct asking *a, const char *line)
{
	size_t len = strcspn(line, "=");
	const char *point = g_strrstr_len(line, (gssize)len, ".");
	const char *object = NULL, *name = line;

	if (point != NULL && point > line && point + 1 < line + len) {
		object = ips_arena_strndup(a->mem, line, (size_t)(point - line));
		name = point + 1;
	}
	answer_add(a, object, ips_arena_strndup(a->mem, name, (size_t)(line + len - name)),
	    ips_arena_strdup(a->mem, line + len + 1));
}

const char *
record_property(struct ips_arena *mem, const char *data, const char *key)
{
	g_auto(GStrv) lines = split_properties(data != NULL ? data : "");
	size_t len = strlen(key);

	for (char **line = lines; line != NULL && *line != NULL; line++)
		if (g_ascii_strncasecmp(*line, key, len) == 0 && (*line)[len] == '=')
			return ips_arena_strdup(mem, *line + len + 1);
	return NULL;
}

/* `whole` names what is no property data. */
static bool
answer_data(struct asking *a, const char *data, const char *whole)
{
	g_autofree char *text = with_line_ends(data != NULL ? data : "");
	g_auto(GStrv) lines = split_properties(data != NULL ? data : "");

	a->text = ips_arena_printf(a->mem, "%s" LINE_END, text);
	for (char **line = lines; line != NULL && *line != NULL; line++)
		if (**line != '\0')
			add_property(a, *line);
	if (lines == NULL)
		answer_add(a, NULL, whole, data);
	return true;
}

bool
answer_userdata(struct asking *a, struct ips_error *err)
{
	const struct ips_asset *asset;

	return find_record(a, IPS_ATTRIBUTE_EXPIRATION, &asset, err) &&
	       answer_data(a, asset != NULL ? asset->user_data : NULL, "USER_DATA");
}

bool
answer_targets(struct asking *a, struct ips_error *err)
{
	const struct ips_asset *asset;

	return find_record(a, IPS_ATTRIBUTE_EXPIRATION, &asset, err) &&
	       answer_data(a, asset != NULL ? asset->targets : NULL, "TARGETS");
}

/* The name of the property is that of the original's answers. */
bool
answer_imageset(struct asking *a, struct ips_error *err)
{
	const struct ips_asset *asset;

	if (!find_record(a, IPS_ATTRIBUTE_NON_IMG_EXPIRATION, &asset, err))
		return false;
	const char *set = asset != NULL && asset->image_set != NULL ? asset->image_set : "";
	a->text = ips_arena_printf(a->mem, "%s" LINE_END, set);
	answer_add(a, NULL, "IMAGE_SET", set);
	return true;
}

/* ---- Image maps ---- */

/* Published: without any command the map is told as it is kept. */
static bool
is_plain(struct asking *a, const struct ips_modifier *modifier)
{
	for (int i = 0; i < modifier->layers; i++)
		if (modifier->layer[i].value[IPS_CMD_MAP] != NULL ||
		    modifier->layer[i].value[IPS_CMD_MAP_A] != NULL)
			return false;
	return *answer_commands(a, modifier) == '\0';
}

static void
tell_map(struct asking *a, const char *html, const struct ips_areas *areas)
{
	a->text = html;
	a->xml = ips_areas_xml(a->mem, areas);
	answer_add(a, NULL, "MAP", html);
}

bool
answer_map(struct asking *a, struct ips_error *err)
{
	const struct ips_modifier *modifier;
	const struct ips_asset *asset;
	const struct ips_plan *plan;
	struct ips_areas areas = { 0, NULL };

	if (!find_record(a, IPS_ATTRIBUTE_EXPIRATION, &asset, err))
		return false;
	int age = a->max_age_s;
	if (asset == NULL && a->asset != NULL) {
		tell_map(a, "", &areas);
		return true;
	}
	if (!answer_plan(a, &asset, &modifier, &plan, err))
		return false;
	a->max_age_s = age;
	const char *map = asset != NULL && asset->map != NULL ? asset->map : "";
	if (is_plain(a, modifier)) {
		if (!ips_areas_parse(a->mem, map, &areas, err))
			return false;
		tell_map(a, map, &areas);
		return true;
	}
	if (!ips_plan_areas(a->mem, modifier, plan, ips_pictures_maps(a->mem, &a->request.pictures),
		&areas, err))
		return false;
	tell_map(a, ips_areas_html(a->mem, &areas), &areas);
	return true;
}

/* ---- XMP ---- */

/* It comes from a file that anybody may have made, and goes out as XML. */
static bool
is_well_formed(const char *xml)
{
	static const GMarkupParser nothing = { 0 };
	GMarkupParseContext *context = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	bool good = g_markup_parse_context_parse(context, xml, -1, NULL) &&
		    g_markup_parse_context_end_parse(context, NULL);

	g_markup_parse_context_free(context);
	return good;
}

bool
answer_xmp(struct asking *a, struct ips_error *err)
{
	const struct ips_asset *asset;
	IPS_CLEANUP(ips_close) int fd = -1;
	const char *xmp;

	if (!answer_asset(a, &asset, err) ||
	    !ips_service_blob(a->service, &asset->image->blob, &fd, err) ||
	    !ips_pool_xmp(a->service->pool, asset->company, fd, a->mem, &xmp, err))
		return false;
	a->max_age_s = ips_attributes_seconds(a->attributes, IPS_ATTRIBUTE_EXPIRATION);
	if (xmp == NULL)
		xmp = NO_XMP;
	if (!ips_utf8_valid(xmp, strlen(xmp)) || !is_well_formed(xmp))
		return ips_fail(err, IPS_BROKEN_IMAGE, "The XMP data of the image is damaged.");
	a->xml = xmp;
	return true;
}
