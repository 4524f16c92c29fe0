/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which fonts are known, and how a style asks for one. */
#include "text.h"

#include "openips/render.h"

#include <fontconfig/fontconfig.h>
#include <string.h>

#define SOFT_HYPHEN "\302\255"
#define MAX_SIZE    5000      /* pixels of one letter */
#define MAX_WIDTH   1000000.0 /* of all letters in one line: Pango counts 1024ths in 31 bits */

/* Names that documents take for granted, and what free systems have in their place; the first that
 * is there counts. A font of that very name comes before. */
static const struct {
	const char *name;
	const char *families[4];
} usual[] = {
	{ "Arial", { "Liberation Sans", "Arimo", "DejaVu Sans" } },
	{ "Helvetica", { "Liberation Sans", "Nimbus Sans", "DejaVu Sans" } },
	{ "Times New Roman", { "Liberation Serif", "Tinos", "DejaVu Serif" } },
	{ "Times", { "Liberation Serif", "Nimbus Roman", "DejaVu Serif" } },
	{ "Courier New", { "Liberation Mono", "Cousine", "DejaVu Sans Mono" } },
	{ "Courier", { "Liberation Mono", "Nimbus Mono PS", "DejaVu Sans Mono" } },
	{ "Palatino Linotype", { "P052", "DejaVu Serif" } },
};

static PangoFontFamily *
find_family(PangoFontMap *map, const char *name)
{
	PangoFontFamily **families, *found = NULL;
	int count;

	pango_font_map_list_families(map, &families, &count);
	for (int i = 0; i < count && found == NULL; i++)
		if (g_ascii_strcasecmp(pango_font_family_get_name(families[i]), name) == 0)
			found = families[i];
	g_free(families);
	return found; /* the map's */
}

static PangoFontFamily *
find_usual(PangoFontMap *map, const char *name)
{
	PangoFontFamily *found = NULL;

	for (size_t i = 0; i < IPS_NELEM(usual); i++)
		if (g_ascii_strcasecmp(usual[i].name, name) == 0)
			for (int n = 0; usual[i].families[n] != NULL && found == NULL; n++)
				found = find_family(map, usual[i].families[n]);
	return found;
}

bool
ips_render_has_font(const char *family)
{
	FcConfig *config = FcInitLoadConfigAndFonts(); /* nothing that render_stop has to end */
	FcPattern *pattern = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, family, NULL);
	FcObjectSet *properties = FcObjectSetBuild(FC_FAMILY, NULL);
	FcFontSet *set = FcFontList(config, pattern, properties);
	bool found = set != NULL && set->nfont > 0;

	FcFontSetDestroy(set);
	FcObjectSetDestroy(properties);
	FcPatternDestroy(pattern);
	FcConfigDestroy(config);
	return found;
}

/* A company's own names come before those of the machine. NULL: unknown. */
static PangoFontFamily *
find_font(const struct setter *s, const char *name)
{
	const struct ips_fonts *fonts = s->text->fonts;
	PangoFontMap *map = pango_context_get_font_map(s->context);
	PangoFontFamily *family;

	if (name == NULL)
		name = fonts->dflt;
	for (size_t i = fonts->count; i > 0; i--)
		if (g_ascii_strcasecmp(fonts->font[i - 1].name, name) == 0) {
			name = fonts->font[i - 1].family;
			break;
		}
	family = find_family(map, name);
	return family != NULL ? family : find_usual(map, name);
}

static bool
has_face(PangoFontFamily *family, bool bold, bool italic)
{
	PangoFontFace **faces;
	int count;
	bool found = false;

	pango_font_family_list_faces(family, &faces, &count);
	for (int i = 0; i < count; i++) {
		PangoFontDescription *face = pango_font_face_describe(faces[i]);
		bool heavy = pango_font_description_get_weight(face) >= PANGO_WEIGHT_SEMIBOLD;
		bool slanted = pango_font_description_get_style(face) != PANGO_STYLE_NORMAL;

		found |=
		    heavy == bold && slanted == italic && !pango_font_face_is_synthesized(faces[i]);
		pango_font_description_free(face);
	}
	g_free(faces);
	return found;
}

static bool
check_style(struct setter *s, const struct ips_rtf_style *style)
{
	PangoFontFamily *family = find_font(s, style->font);
	const char *name = style->font != NULL ? style->font : s->text->fonts->dflt;

	if (family == NULL)
		return ips_fail(s->err, IPS_INVALID_PARAMETER,
		    "The font '%s' is not registered on this server.", name);
	if ((style->bold || style->italic) && !s->text->fonts->synthesize &&
	    !has_face(family, style->bold, style->italic))
		return ips_fail(s->err, IPS_INVALID_PARAMETER, "The font '%s' has no %s%s%s face.",
		    name, style->bold ? "bold" : "", style->bold && style->italic ? " " : "",
		    style->italic ? "italic" : "");
	return true;
}

bool
text_fonts_check(struct setter *s)
{
	const struct ips_rtf *rtf = s->text->rtf;

	for (int i = 0; i < rtf->paragraphs; i++) {
		const struct ips_rtf_paragraph *p = &rtf->paragraph[i];

		for (int n = 0; n < p->spans; n++)
			if (!check_style(s, p->span[n].style))
				return false;
		if (p->spans == 0 && !check_style(s, p->style))
			return false;
	}
	return true;
}

double
text_size(const struct setter *s, const struct ips_rtf_style *style)
{
	double more = MAX(0, style->largest - style->size);

	return (style->size + s->growth * more) * s->scale;
}

/* Of one span: letters as wide as they shall be; how high they are is drawn. */
static double
width_of(const struct setter *s, const struct ips_rtf_span *span)
{
	double letter = text_size(s, span->style) * span->style->scale_x;

	return (double)g_utf8_strlen(span->text, -1) *
	       (letter + ABS(span->style->spacing) * s->scale);
}

bool
text_is_countable(const struct setter *s)
{
	const struct ips_rtf *rtf = s->text->rtf;

	for (int i = 0; i < rtf->paragraphs; i++) {
		const struct ips_rtf_paragraph *p = &rtf->paragraph[i];
		double width = 0;

		if (text_size(s, p->style) > MAX_SIZE)
			return false;
		for (int n = 0; n < p->spans; n++) {
			const struct ips_rtf_style *style = p->span[n].style;
			double largest = MAX(1, MAX(style->scale_x, style->scale_y));

			if (text_size(s, style) * largest > MAX_SIZE)
				return false;
			width += width_of(s, &p->span[n]);
		}
		if (width > MAX_WIDTH)
			return false;
	}
	return true;
}

static PangoFontDescription *
describe(const struct setter *s, const struct ips_rtf_style *style)
{
	PangoFontDescription *desc = pango_font_description_new();
	PangoFontFamily *family = find_font(s, style->font);

	pango_font_description_set_family(desc, pango_font_family_get_name(family));
	pango_font_description_set_weight(
	    desc, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_style(
	    desc, style->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
	pango_font_description_set_absolute_size(
	    desc, MAX(1, text_size(s, style) * style->reduced * style->scale_x * PANGO_SCALE));
	return desc;
}

static void
insert(PangoAttrList *list, PangoAttribute *attribute, int start, int end)
{
	attribute->start_index = (guint)start;
	attribute->end_index = (guint)end;
	pango_attr_list_insert(list, attribute);
}

static void
add_style(const struct setter *s, PangoAttrList *list, const struct ips_rtf_style *style, int index,
    int start, int end)
{
	PangoFontDescription *desc = describe(s, style);
	bool kerning =
	    style->kerning_from > 0 && text_size(s, style) >= style->kerning_from * s->scale;

	insert(list, pango_attr_font_desc_new(desc), start, end);
	pango_font_description_free(desc);
	if (!kerning)
		insert(list, pango_attr_font_features_new("kern=0"), start, end);
	if (style->spacing != 0)
		insert(list,
		    pango_attr_letter_spacing_new(
			ips_round(style->spacing * s->scale * PANGO_SCALE)),
		    start, end);
	if (s->text->rtf->vertical)
		insert(list,
		    pango_attr_gravity_hint_new(
			style->upright ? PANGO_GRAVITY_HINT_STRONG : PANGO_GRAVITY_HINT_NATURAL),
		    start, end);
	/* Not a colour but a number: no run then reaches from one style into another. */
	insert(list, pango_attr_foreground_new((guint16)index, 0, 0), start, end);
}

PangoAttrList *
text_attributes(const struct setter *s, const struct text_source *source)
{
	const struct ips_rtf_paragraph *p = source->paragraph;
	PangoAttrList *list = pango_attr_list_new();
	int end = (int)source->text->len;

	/* What breaks for want of room shows no hyphen unless one was asked for. */
	if (strstr(source->text->str, SOFT_HYPHEN) == NULL)
		insert(list, pango_attr_insert_hyphens_new(FALSE), 0, (int)G_MAXUINT16);
	if (p->spans == 0)
		add_style(s, list, p->style, 0, 0, (int)G_MAXUINT16);
	for (int i = 0; i < p->spans; i++) {
		int from = g_array_index(source->start, int, i);
		int to = i + 1 < p->spans ? g_array_index(source->start, int, i + 1) : end;

		if (from < to) /* the text may be a part of the paragraph */
			add_style(s, list, p->span[i].style, i, from, to);
	}
	return list;
}
