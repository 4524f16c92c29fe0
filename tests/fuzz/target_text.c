/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Texts that pictures are made of: SVG with variables, formatted text, image maps. */
#include "openips/modifier_rtf.h"
#include "openips/plan.h"
#include "openips/xml.h"

#include "fuzz.h"

#include <string.h>

static const char *
look_up(void *arg, const char *name, size_t len)
{
	(void)arg;
	return len == 1 && *name == 'a' ? "<&\">$a$" : len == 1 && *name == 'b' ? "" : NULL;
}

/* What has been filled in can be filled in again, and refers to nothing outside. */
static void
check_svg(struct ips_arena *mem, const char *text, size_t len)
{
	struct ips_error err = { .fault = IPS_OK };
	const char *out = NULL, *again;
	size_t out_len = 0;

	if (!ips_svg_fill(mem, text, len, look_up, NULL, &out, &out_len, &err)) {
		FUZZ_NEED(err.fault != IPS_INTERNAL && fuzz_can_be_shown(err.reason), text, len);
		return;
	}
	if (out != NULL && out_len <= IPS_SVG_MAX)
		FUZZ_NEED(ips_svg_fill(mem, out, out_len, look_up, NULL, &again, &out_len, &err),
		    text, len);
}

static void
check_rtf(struct ips_arena *mem, const char *text, enum ips_cmd name)
{
	const struct ips_rtf *rtf;
	struct ips_error err = { .fault = IPS_OK };

	if (!ips_rtf_read(mem, name, text, false, &rtf, &err)) {
		FUZZ_NEED(fuzz_can_be_shown(err.reason), text, strlen(text));
		return;
	}
	for (int p = 0; p < rtf->paragraphs; p++)
		for (int s = 0; s < rtf->paragraph[p].spans; s++) {
			const char *words = rtf->paragraph[p].span[s].text;

			FUZZ_NEED(*words != '\0' && ips_utf8_valid(words, strlen(words)), text,
			    strlen(text));
		}
}

static void
check_areas(struct ips_arena *mem, const char *text)
{
	struct ips_error err = { .fault = IPS_OK };
	struct ips_areas areas, again;

	if (!ips_areas_parse(mem, text, &areas, &err)) {
		FUZZ_NEED(fuzz_can_be_shown(err.reason), text, strlen(text));
		return;
	}
	FUZZ_NEED(
	    ips_areas_parse(mem, ips_areas_html(mem, &areas), &again, &err), text, strlen(text));
	FUZZ_NEED(areas.count == again.count, text, strlen(text));
	(void)ips_areas_xml(mem, &areas);
}

static void
run(void *stage, const uint8_t *data, size_t len)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const char *text = ips_arena_strndup(mem, (const char *)data, len);

	(void)stage;
	check_svg(mem, (const char *)data, len);
	if (!ips_utf8_valid(text, strlen(text)))
		return; /* the parser of modifiers lets no other through */
	check_rtf(mem, text, IPS_CMD_TEXT);
	check_rtf(mem, text, IPS_CMD_TEXT_PS);
	check_areas(mem, text);
}

#define SVG(inner)                                                                                 \
	"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">" inner "</svg>"

static void
seeds(GPtrArray *out)
{
	static const char *const list[] = {
		SVG("<text x=\"$a$\">$a$ $b$ $c$</text>"),
		SVG("<image href=\"data:image/png;base64,AAAA\"/><use href=\"#a\"/>"),
		SVG("<style>@import url(file:///etc/passwd);</style><a href=\"http://a/\"/>"),
		"<!DOCTYPE svg [<!ENTITY a \"b&c;\"><!ENTITY c \"&a;\">]>" SVG(
		    "<use href=\"&a;\"/>"),
		"<!DOCTYPE svg [<!ATTLIST image href CDATA \"a\">]>" SVG("<image/>"),
		SVG("<rect fill=\"url(#g)\" style=\"fill:url(http://a/)\"/>"),
		"<?xml version=\"1.0\"?><?xml-stylesheet href=\"a.css\"?>" SVG("<g/>"),
		"<!DOCTYPE svg [<!ENTITY a \"b\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>" SVG(
		    "<text>&a;&c;</text>"),
		"{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}{\\f1\\fnil Sans Serif;}}"
		"{\\colortbl;\\red255\\green0\\blue0;}\\pard\\qc\\f1\\fs48\\cf1\\b a\\b0\\par b}",
		"plain \\u8364? text\\par\\'e4\\tab{\\i c}\\line\\super d\\nosupersub",
		"{\\*\\cmykcolortbl;\\cyan1\\magenta2\\yellow3\\black4;}\\cf1 a",
		"\\sb100\\sa100\\sl-240\\slmult1\\fi720\\li720\\ri720\\qj word word",
		"\\copyfit\\copyfitlines2\\copyfitmaxlines3 a",
		"<AREA shape=\"rect\" coords=\"0,0,10,10\" href='a' alt=x nohref>",
		"<area shape=poly coords=\"1,2,3,4,5,6\"/><area shape=circle coords=1,2,3></area>"
	};

	for (size_t i = 0; i < IPS_NELEM(list); i++)
		fuzz_add_text(out, list[i]);
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "$a$", "$b$", "<text>", "</text>", "href=\"",
		"xlink:href=\"", "data:", "url(", "@import", "<![CDATA[", "]]>", "<!DOCTYPE",
		"<!ENTITY", "SYSTEM", "&a;", "&#36;", "<?xml-stylesheet", "<xi:include", "\\rtf1",
		"\\fonttbl", "\\colortbl", "\\par", "\\line", "\\u8364", "\\'e4", "\\uc0",
		"\\bin4 ", "\\*", "\\fs", "\\cf", "\\kerning", "\\expnd", "\\charscalex", "\\super",
		"\\dn", "\\qj", "\\rtlpar", "\\stextflow", "\\copyfit", "\\margl", "\\vertalc", "{",
		"}", "-2147483648", "2147483647", "<area ", "shape=", "coords=", "\"", "'", "/>",
		"</area>" };

	fuzz_add_words(out, list, IPS_NELEM(list));
}

const struct fuzz_target fuzz_text = {
	.name = "text", .max_len = 2048, .run = run, .seeds = seeds, .words = words
};
