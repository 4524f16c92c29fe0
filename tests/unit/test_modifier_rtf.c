/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Formatted text: what each published word comes to, and which texts are refused. */
#include "openips/modifier_rtf.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

/* What differs from the default style, in a fixed order. */
static void
show_style(const struct ips_rtf_style *s, GString *out)
{
	if (s->font != NULL)
		g_string_append_printf(out, "'%s' ", s->font);
	if (s->size != 12)
		g_string_append_printf(out, "%g ", s->size);
	if (s->largest > 0)
		g_string_append_printf(out, "<%g ", s->largest);
	if (s->reduced != 1)
		g_string_append_printf(out, "x%g ", s->reduced);
	if (s->bold)
		g_string_append(out, "b ");
	if (s->italic)
		g_string_append(out, "i ");
	if (s->underline)
		g_string_append(out, "u ");
	if (s->right_to_left)
		g_string_append(out, "rtl ");
	if (!s->upright)
		g_string_append(out, "lying ");
	if (s->rise != 0)
		g_string_append_printf(out, "^%g ", s->rise);
	if (s->rise_sizes != 0)
		g_string_append_printf(out, "^%gem ", s->rise_sizes);
	if (s->kerning_from != 0.5)
		g_string_append_printf(out, "k%g ", s->kerning_from);
	if (s->spacing != 0)
		g_string_append_printf(out, "+%g ", s->spacing);
	if (s->scale_x != 1 || s->scale_y != 1)
		g_string_append_printf(out, "%gx%g ", s->scale_x, s->scale_y);
	if (s->mirrored_x || s->mirrored_y)
		g_string_append_printf(out, "m%d%d ", s->mirrored_x, s->mirrored_y);
	if (s->color.space == IPS_SPACE_CMYK)
		g_string_append_printf(out, "#%02x%02x%02x%02xk ", s->color.channel[0],
		    s->color.channel[1], s->color.channel[2], s->color.channel[3]);
	else if (s->color.channel[0] + s->color.channel[1] + s->color.channel[2] != 0 ||
		 s->color.alpha != 255)
		g_string_append_printf(out, "#%02x%02x%02x%02x ", s->color.channel[0],
		    s->color.channel[1], s->color.channel[2], s->color.alpha);
}

static void
show_paragraph(const struct ips_rtf_paragraph *p, GString *out)
{
	static const char aligns[] = "lrcj";

	if (p->align != IPS_ALIGN_LEFT)
		g_string_append_printf(out, "(%c", aligns[p->align]);
	if (p->align == IPS_ALIGN_JUSTIFY)
		g_string_append_c(out, aligns[p->last]);
	if (p->align != IPS_ALIGN_LEFT)
		g_string_append_c(out, ')');
	if (p->first != 0 || p->left != 0 || p->right != 0)
		g_string_append_printf(out, "(%g,%g,%g)", p->first, p->left, p->right);
	if (p->before != 0 || p->after != 0)
		g_string_append_printf(out, "(-%g,%g-)", p->before, p->after);
	if (p->line != 0)
		g_string_append_printf(out, "(%g%s)", p->line, p->multiple ? "x" : "");
	for (int i = 0; i < p->spans; i++) {
		g_string_append_c(out, '[');
		show_style(p->span[i].style, out);
		g_string_append_printf(out, "%s]", p->span[i].text);
	}
}

static char *
show(const struct ips_rtf *rtf)
{
	static const char *const valigns[] = { "", "bottom ", "center " };
	GString *out = g_string_new(valigns[rtf->valign]);
	const double *m = rtf->margin;

	if (m[0] + m[1] + m[2] + m[3] > 0)
		g_string_append_printf(out, "margins %g,%g,%g,%g ", m[0], m[1], m[2], m[3]);
	if (rtf->vertical)
		g_string_append(out, "vertical ");
	if (rtf->fit_lines || rtf->most_lines)
		g_string_append_printf(out, "lines %d,%d ", rtf->fit_lines, rtf->most_lines);
	if (rtf->aligns > 1)
		g_string_append_printf(out, "aligns %d ", rtf->aligns);
	for (int i = 0; i < rtf->paragraphs; i++) {
		if (i > 0)
			g_string_append(out, " / ");
		show_paragraph(&rtf->paragraph[i], out);
	}
	return g_string_free(out, FALSE);
}

enum { TEXT = IPS_CMD_TEXT, PS = IPS_CMD_TEXT_PS };

static void
test_words(void **state)
{
	static const struct {
		int command;
		const char *text, *shown;
	} rows[] = {
		{ TEXT, "", "" },
		{ TEXT, "{}", "" },
		{ TEXT, "{\\fs40 }", "" },
		{ TEXT, "plain text, 100 % of it", "[plain text, 100 % of it]" },
		{ TEXT, "+ is no blank", "[+ is no blank]" },
		/* the reference's own examples */
		{ TEXT, "\\fs16eight, \\fs32sixteen, \\fs100fifty",
		    "[8 eight, ][16 sixteen, ][50 fifty]" },
		{ TEXT, "\\fs48normal, \\b1Bold\\b0, \\i1italic\\i0",
		    "[24 normal, ][24 b Bold][24 , ][24 i italic]" },
		{ TEXT,
		    "{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset0 Courier New;}}"
		    "\\f0\\fs50 Arial, \\f1 Courier",
		    "['Arial' 25 Arial, ]['Courier New' 25 Courier]" },
		{ TEXT,
		    "{\\colortbl ;\\red255\\green0\\blue0;\\red0\\green128\\blue0;}"
		    "\\cf1red, \\cf2green\\cf3black\\cf0black",
		    "[#ff0000ff red, ][#008000ff green][blackblack]" },
		{ TEXT, "\\vertalc\\qc center", "center (c)[center]" },
		{ TEXT, "\\vertalb\\qr bottom", "bottom (r)[bottom]" },
		{ TEXT, "n{\\super s}n{\\sub b}", "[n][x0.583 ^0.333em s][n][x0.583 ^-0.333em b]" },
		{ TEXT, "n{\\up20raised}n{\\dn20lowered}", "[n][^10 raised][n][^-10 lowered]" },
		{ TEXT, "\\up a\\dn b\\up0 c", "[^3 a][^-3 b][c]" },
		{ TEXT, "\\fs80F.P.\\line{\\kerning0F.P.}\\kerning24V",
		    "[40 F.P.\342\200\250][40 k0 F.P.][40 k12 V]" },
		{ TEXT, "{\\rtlch desrever}x\\rtlch y\\ltrch z", "[rtl desrever][x][rtl y][z]" },
		{ PS, "\\rtlch x", "[x]" },
		{ PS, "\\margt200\\margl20\\margr40\\margb60 x", "margins 1,2,10,3 [x]" },
		{ TEXT, "\\margt200 x", "[x]" },
		{ PS, "{\\fs10\\copyfit100 A{\\fs20\\copyfit200 B}C}",
		    "[5 <50 A][10 <100 B][5 <50 C]" },
		{ PS, "{\\fs10\\copyfit100 \\copyfitlines1 A}", "lines 1,0 [5 <50 A]" },
		{ PS, "\\copyfitmaxlines2 A", "lines 0,2 [A]" },
		{ TEXT, "\\copyfit1000\\copyfitlines3 A", "[A]" },
		/* tables */
		{ TEXT, "{\\fonttbl\\f0\\fswiss Arial;\\f7 Deja Vu}\\f7 x", "['Deja Vu' x]" },
		{ TEXT, "{\\fonttbl{\\f1{\\*\\panose 0203}Arial{\\*\\falt X};}}\\f1 x",
		    "['Arial' x]" },
		{ TEXT, "{\\rtf1\\ansi\\deff1{\\fonttbl{\\f0 A;}{\\f1 B;}}x\\f0 y}",
		    "['B' x]['A' y]" },
		{ TEXT, "{\\fonttbl{\\f0+Arial;}}\\f0 x", "['Arial' x]" },
		{ TEXT, "{\\fonttbl{\\f3 A;}}\\f9 x", "[x]" },
		{ TEXT, "{\\colortbl\\red255\\green255\\blue255;}\\cf0 x", "[#ffffffff x]" },
		{ TEXT, "{\\colortbl\\red1\\green2\\blue3}x", "[#010203ff x]" },
		{ PS,
		    "{{\\*\\iscolortbl;ff0000;0,255,0,128;}{\\colortbl;;\\red1;\\red9;}"
		    "\\cf1 a\\cf2 b\\cf3 c\\cf4 d}",
		    "[#ff0000ff a][#00ff0080 b][#090000ff c][d]" },
		{ TEXT, "{\\*\\iscolortbl;ff0000;}{\\colortbl;\\red0\\green9;}\\cf1 a",
		    "[#000900ff a]" },
		{ PS, "{\\*\\iscolortbl;;}{\\colortbl;\\blue7;}\\cf1 a", "[#000007ff a]" },
		{ TEXT, "{\\cmykcolortbl;\\cyan100;}{\\colortbl;\\blue7;}\\cf1 a",
		    "[#000007ff a]" },
		/* characters */
		{ TEXT, "\\b1 x\\b0 y\\b z\\i\\ul w", "[b x][y][b z][b i u w]" },
		{ TEXT, "\\ulwave a\\ulnone b\\uld c\\ul0 d", "[u a][b][u c][d]" },
		{ PS, "\\caps aB\\caps0 c", "[ABc]" },
		{ PS, "\\scaps aB", "[x0.8 A][B]" },
		{ TEXT, "\\caps aB", "[aB]" },
		{ PS, "\\b\\fs40 a\\plain b", "[20 b a][b]" },
		{ TEXT, "\\b a\\plain b", "[b ab]" },
		{ TEXT, "\\expnd4 a\\expndtw-20 b", "[+1 a][+-1 b]" },
		{ TEXT, "\\charscalex50\\charscaley200 a\\charscalex-100 b",
		    "[0.5x2 a][1x2 m10 b]" },
		{ PS, "\\stextflow1\\baselinedir1 a", "vertical [lying a]" },
		{ TEXT, "\\stextflow1 a", "[a]" },
		/* paragraphs */
		{ TEXT, "a\\par b", "[a] / [b]" },
		{ TEXT, "a\\par\\par b\\par", "[a] /  / [b]" },
		{ PS, "\\qj\\lastqc a\\par\\pard b", "(jc)[a] / [b]" },
		{ TEXT, "\\qj a", "[a]" },
		{ PS, "\\fi20\\li40\\ri-60 a", "(1,2,-3)[a]" },
		{ TEXT, "\\fi20\\sb40\\sa60 a", "(-2,3-)[a]" },
		{ TEXT, "\\sl-240 a\\par\\sl360\\slmult1 b", "(-12)[a] / (18x)[b]" },
		{ TEXT, "\\ql a\\par\\qr b", "aligns 2 [a] / (r)[b]" },
		{ TEXT, "{\\qc a}\\par b", "(c)[a] / [b]" },
		/* escapes */
		{ TEXT, "\\\\ \\{x\\}", "[\\ {x}]" },
		{ TEXT, "a\\~b\\_c\\-d", "[a b-cd]" },
		{ PS, "a\\~b\\_c\\-d", "[a\302\240b\342\200\221c\302\255d]" },
		{ TEXT, "\\'e4\\'80", "[\303\244\342\202\254]" },
		{ TEXT, "{\\fonttbl{\\f0\\fcharset204 A;}}\\f0\\'c6", "['A' \320\226]" },
		{ TEXT, "{\\fonttbl{\\f0\\fcharset128 A;}}\\f0\\'82\\'a0", "['A' \343\201\202]" },
		{ TEXT, "\\u8364?x", "[\342\202\254x]" },
		{ TEXT, "\\uc0\\u8364x", "[\342\202\254x]" },
		{ TEXT, "\\uc2\\u8364 \\'80?x", "[\342\202\254x]" },
		{ TEXT, "\\u-10179?\\u-8704?", "[\360\237\230\200]" },
		{ TEXT, "\\u-3913?", "[\357\202\267]" },
		{ TEXT, "gr\303\274n \346\226\207", "[gr\303\274n \346\226\207]" },
		{ TEXT, "a\r\nb\001c", "[abc]" },
		/* what is hidden, and what is not known */
		{ TEXT, "a{\\*\\unknown b{c}}d", "[ad]" },
		{ TEXT, "{\\stylesheet{\\s0 Normal;}}{\\info{\\author x}}a", "[a]" },
		{ TEXT, "\\nosuchword12 a\\tab b", "[ab]" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		const struct ips_rtf *rtf;
		struct ips_error err = { 0 };

		if (!ips_rtf_read(
			mem, (enum ips_cmd)rows[i].command, rows[i].text, false, &rtf, &err))
			fail_msg("%s: %s", rows[i].text, err.reason);
		g_autofree char *shown = show(rtf);
		if (strcmp(shown, rows[i].shown) != 0)
			fail_msg("%s: %s, not %s", rows[i].text, shown, rows[i].shown);
	}
}

static void
test_cmyk(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_rtf *rtf;

	(void)state;
	assert_true(ips_rtf_read(mem, IPS_CMD_TEXT,
	    "{\\cmykcolortbl;\\cyan100\\black20;}{\\colortbl;\\blue7;\\blue8;}\\cf1 a\\cf2 b", true,
	    &rtf, NULL));
	g_autofree char *shown = show(rtf);
	assert_string_equal(shown, "[#ff000033k a][#000008ff b]");
}

static char *
repeat(const char *text, int count)
{
	GString *out = g_string_new(NULL);

	for (int i = 0; i < count; i++)
		g_string_append(out, text);
	return g_string_free(out, FALSE);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		int times;
		enum ips_fault fault;
		const char *says;
	} rows[] = {
		{ "{a", 1, IPS_INVALID_PARAMETER, "not closed" },
		{ "a}", 1, IPS_INVALID_PARAMETER, "has not begun" },
		{ "{}}{", 1, IPS_INVALID_PARAMETER, "has not begun" },
		{ "a\\", 1, IPS_INVALID_PARAMETER, "single" },
		{ "\\'4", 1, IPS_INVALID_PARAMETER, "hexadecimal" },
		{ "\\'zz", 1, IPS_INVALID_PARAMETER, "hexadecimal" },
		{ "\\u x", 1, IPS_INVALID_PARAMETER, "number" },
		{ "\\u7?", 1, IPS_INVALID_PARAMETER, "character" },
		{ "\\u-8704?", 1, IPS_INVALID_PARAMETER, "character" },
		{ "\\fs0 a", 1, IPS_INVALID_PARAMETER, "\\fs must be from 1" },
		{ "\\fs99999999999 a", 1, IPS_INVALID_PARAMETER, "too large" },
		{ "\\charscalex0 a", 1, IPS_INVALID_PARAMETER, "0 percent" },
		{ "{\\colortbl\\red256;}", 1, IPS_INVALID_PARAMETER, "0 to 255" },
		{ "{\\*\\iscolortbl;pink;}", 1, IPS_INVALID_PARAMETER, "no colour" },
		{ "\303(", 1, IPS_INVALID_PARAMETER, "UTF-8" },
		{ "{\\fonttbl{\\f0\\fcharset128 A;}}\\f0\\'82", 1, IPS_INVALID_PARAMETER, "CP932" },
		{ "{", 101, IPS_LIMIT, "groups" },
		{ "a", 16385, IPS_LIMIT, "16384 characters" },
		{ "\\b1 a\\b0 b", 1001, IPS_LIMIT, "changes of style" },
		{ "\\par", 501, IPS_LIMIT, "paragraphs" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		g_autofree char *text = repeat(rows[i].text, rows[i].times);
		const struct ips_rtf *rtf;
		struct ips_error err = { 0 };

		if (ips_rtf_read(mem, IPS_CMD_TEXT_PS, text, false, &rtf, &err))
			fail_msg("%s: not refused", rows[i].text);
		if (err.fault != rows[i].fault || strstr(err.reason, rows[i].says) == NULL ||
		    !g_str_has_prefix(err.reason, "textPs=: "))
			fail_msg("%s: %d %s", rows[i].text, err.fault, err.reason);
	}
}

/* Anything is read or refused: words, braces and bytes in any order. */
static void
test_random(void **state)
{
	static const char *const parts[] = { "{", "}", "\\", "\\'", "\\*", "\\u", "-", "1", "99",
		";", " ", "a", "\\fonttbl", "\\colortbl", "\\*\\iscolortbl", "\\f0", "\\cf1",
		"\\red", "\\par", "\\line", "\\qc", "\\scaps", "\\super", "\\uc2", "\\fcharset128",
		"\303\244", "\377", "\\plain", "ff0000", "\\pard" };
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	g_autoptr(GRand) rand = g_rand_new_with_seed(20);
	g_autoptr(GString) text = g_string_new(NULL);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const struct ips_rtf *rtf;
		int count = g_rand_int_range(rand, 1, 20);

		g_string_truncate(text, 0);
		for (int n = 0; n < count; n++)
			g_string_append(text, parts[g_rand_int_range(rand, 0, IPS_NELEM(parts))]);
		if (ips_rtf_read(mem, i % 2 ? IPS_CMD_TEXT : IPS_CMD_TEXT_PS, text->str, i % 3 == 0,
			&rtf, NULL))
			g_free(show(rtf));
		ips_arena_reset(mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_cmyk),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
