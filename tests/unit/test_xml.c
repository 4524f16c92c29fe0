/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct ips_xml_limits limits = {
	.bytes = 4 * 1024 * 1024,
	.depth = 64,
	.elements = 1000,
	.attributes = 50,
};

static struct ips_xml *xml;
static struct ips_arena *mem;
static const struct ips_xml_node *root;
static struct ips_error err;

static int
set_up(void **state)
{
	(void)state;
	xml = ips_xml_new(&limits);
	mem = ips_arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	ips_xml_free(xml);
	ips_xml_free(NULL);
	ips_arena_free(mem);
	return 0;
}

/* From memory that ends with the text, so that reading past it is seen. */
static bool
parse(const char *text, size_t len)
{
	static char *exact; /* what ips_xml_utf8 may point into */

	g_free(exact);
	exact = g_memdup2(text, len);
	root = NULL;
	memset(&err, 0, sizeof(err));
	bool ok = ips_xml_parse(xml, exact, len, &root, &err);
	assert_int_equal(ok, root != NULL);
	return ok;
}

static void
must_parse(const char *text, size_t len)
{
	if (!parse(text, len))
		fail_msg("refused: %.80s: %s", text, err.reason);
}

static void
must_refuse(const char *text, size_t len, const char *why)
{
	if (parse(text, len))
		fail_msg("let through: %.80s", text);
	assert_int_equal(err.fault, IPS_INVALID_REQUEST_XML);
	if (strstr(err.reason, why) == NULL)
		fail_msg("%.80s: '%s', not '%s'", text, err.reason, why);
}

/* "a[b{text}c[d{}]]": children in brackets, text in braces; with the namespace where there is one.
 */
static void
describe(GString *out, const struct ips_xml_node *node)
{
	const char *uri = ips_xml_uri(node), *text = ips_xml_text(node, mem);

	if (*uri != '\0')
		g_string_append_printf(out, "%s|", uri);
	g_string_append(out, ips_xml_name(node));
	if (ips_xml_child(node) == NULL) {
		assert_non_null(text);
		g_string_append_printf(out, "{%s}", text);
		return;
	}
	assert_null(text);
	g_string_append_c(out, '[');
	for (node = ips_xml_child(node); node != NULL; node = ips_xml_next(node))
		describe(out, node);
	g_string_append_c(out, ']');
}

static void
check_tree(const char *text, size_t len, const char *want)
{
	GString *got = g_string_new(NULL);

	must_parse(text, len);
	assert_null(ips_xml_next(root));
	describe(got, root);
	if (strcmp(got->str, want) != 0)
		fail_msg("%s: '%s', not '%s'", text, got->str, want);
	g_string_free(got, TRUE);
}

static void
test_trees(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "<a/>", "a{}" },
		{ "<a></a>", "a{}" },
		{ "<?xml version='1.0'?>\n<!-- hi -->\n<a/>\n<!-- bye -->\n", "a{}" },
		{ "<a>x</a>", "a{x}" },
		{ "<a> x </a>", "a{ x }" },
		{ "<a>\n</a>", "a{\n}" },
		{ "<a>\n <b>1</b>\n <c>2</c>\n</a>", "a[b{1}c{2}]" },
		{ "<a>before<b/>after</a>", "a[b{}]" },
		{ "<a><b><c/></b><d>e</d></a>", "a[b[c{}]d{e}]" },
		{ "<a>x<!-- y -->z<?p q?>!</a>", "a{xz!}" },
		{ "<a>1<![CDATA[<b>&amp;]]>2</a>", "a{1<b>&amp;2}" },
		{ "<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;</a>", "a{<>&\"'AB}" },
		{ "<a>wid=300&amp;hei=200</a>", "a{wid=300&hei=200}" },
		{ "<a>sch\xC3\xB6n \xF0\x9F\x98\x80 &#x1F600;</a>", "a{schön 😀 😀}" },
		{ "<a>1\r\n2\r3</a>", "a{1\n2\n3}" }, /* XML 1.0, 2.11 */
		{ "<a xmlns='u'><b/></a>", "u|a[u|b{}]" },
		{ "<p:a xmlns:p='u' xmlns='v'><b xmlns=''/><p:c/><d/></p:a>",
		    "u|a[b{}u|c{}v|d{}]" },
		{ "<p:a xmlns:p='u'><p:b xmlns:p='w'/><p:c/></p:a>", "u|a[w|b{}u|c{}]" },
		{ "<a b='1' c=\"'>'\"><d e='<' /></a>", NULL },
		{ "<a b='1' c=\"'>'\"><d e='&lt;>' /></a>", "a[d{}]" },
		{ "<sch\xC3\xB6n/>", "schön{}" },
		{ "<a xml:lang='de' xsi:nil='true' "
		  "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'/>",
		    "a{}" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		if (cases[i].want != NULL)
			check_tree(cases[i].text, strlen(cases[i].text), cases[i].want);
		else
			must_refuse(cases[i].text, strlen(cases[i].text), "holds a '<'");
	}
}

static void
test_malformed(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "empty" },
		{ "   \n", "no element" },
		{ "hello", "no element" },
		{ "{\"a\": 1}", "no element" },
		{ "<!-- only -->", "no element" },
		{ "<a><b></a></b>", "does not match" },
		{ "<a></A>", "does not match" },
		{ "<a>", "not closed" },
		{ "<a><b></b>", "" },
		{ "<a", "" },
		{ "<", "" },
		{ "</a>", "" },
		{ "<a/><b/>", "after the document's end" },
		{ "<a/>junk", "after the document's end" },
		{ "<a/>&amp;", "after the document's end" },
		{ "<a/></a>", "after the document's end" },
		{ "junk<a/>", "no element" },
		{ "<a b=1/>", "not quoted" },
		{ "<a b/>", "no value" },
		{ "<a b='1/>", "" },
		{ "<a b='1'c='2'/>", "A blank is missing" },
		{ "<a b='1' b='2'/>", "twice" },
		{ "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", "twice" },
		{ "<a b='<'/>", "holds a '<'" },
		{ "<p:a/>", "prefix is not declared" },
		{ "<a p:b='1'/>", "prefix is not declared" },
		{ "<a:b:c xmlns:a='u'/>", "" },
		{ "<1/>", "" },
		{ "<a>&nbsp;</a>", "not one of the five" },
		{ "<a b='&nbsp;'/>", "not one of the five" },
		{ "<a>&amp</a>", "" },
		{ "<a>& </a>", "name is missing" },
		{ "<a>]]></a>", "']]>'" },
		{ "<a><![CDATA[x</a>", "CDATA" },
		{ "<a><!-- x</a>", "" },
		{ "<a><!-- x -- y --></a>", "two hyphens" },
		{ "<a><?xml version='1.0'?></a>", "declaration" },
		{ " <?xml version='1.0'?><a/>", "declaration" },
		{ "<?xml version='1.0'><a/>", "" },
		{ "<?xml encoding='utf-8'?><a/>", "" },
		{ "<a>\x01</a>", "" },
		{ "<a>\x1B</a>", "" },
		{ "<a b='\x08'/>", "" },
		{ "<a>\xEF\xBF\xBE</a>", "" }, /* U+FFFE */
		{ "<a>&#0;</a>", "" },
		{ "<a>&#1;</a>", "" },
		{ "<a>&#xD800;</a>", "" },
		{ "<a>&#xFFFE;</a>", "" },
		{ "<a>&#x110000;</a>", "" },
		{ "<a>&#99999999999999999999;</a>", "" },
		{ "<a>&#x;</a>", "" },
		{ "<a>\xC0\xAF</a>", "not valid UTF-8" },
		{ "<a>\xE0\x80\xAF</a>", "not valid UTF-8" },
		{ "<a>\xED\xA0\x80</a>", "not valid UTF-8" },
		{ "<a>\xF4\x90\x80\x80</a>", "not valid UTF-8" },
		{ "<a>\xE2\x82</a>", "not valid UTF-8" },
		{ "<a>schÃ\xB6n \xF6</a>", "not valid UTF-8" },
		{ "<a b='\xFF'/>", "not valid UTF-8" },
		{ "<!-- \xFF --><a/>", "not valid UTF-8" },
		{ "<!DOCTYPE a><a/>", "document type" },
		{ "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type" },
		{ "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'http://localhost/x.dtd'><a/>",
		    "document type" },
		{ "<!doctype a><a/>", "document type" },
		{ "<a><!DOCTYPE b></a>", "document type" },
		{ "<a><!ELEMENT b></a>", "document type" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		must_refuse(cases[i].text, strlen(cases[i].text), cases[i].why);
		assert_true(strstr(err.reason, "(line ") != NULL);
		/* and the reader is none the worse for it */
		check_tree("<a>x</a>", 8, "a{x}");
	}
}

static void
test_nul(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "<a/>\0junk", 9 },
		{ "<a/>\0", 5 },
		{ "<a>\0</a>", 8 },
		{ "\0<a/>", 5 },
		{ "<a b='\0'/>", 10 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		must_refuse(cases[i].text, cases[i].len, "NUL");
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{ "<a>\n<b>\n</a>", "(line 3)" },
		{ "<a>\n\n\xFF</a>", "(line 3)" },
		{ "\n<!DOCTYPE a>", "(line 2)" },
		{ "<a/>\n\n\njunk", "(line 4)" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		must_refuse(cases[i].text, strlen(cases[i].text), cases[i].line);
}

/* What is wrong with a request may stand beside its password. */
static void
test_errors_quote_nothing(void **state)
{
	static const char *const cases[] = { "<a>&secret;</a>", "<secret></a>", "<a secret></a>",
		"<secret:a/>", "<a>secret" };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		must_refuse(cases[i], strlen(cases[i]), "");
		assert_null(strstr(err.reason, "secret"));
		assert_null(strstr(err.detail, "secret"));
	}
	assert_false(ips_xml_parse(xml, "<a>", 3, &root, NULL)); /* nobody asks why */
	assert_false(ips_xml_parse(xml, "<!DOCTYPE a>", 12, &root, NULL));
}

/* ---- Encodings ---- */

static void
test_encodings(void **state)
{
#define ROW(text, want, utf8)                                                                      \
	{                                                                                          \
		text, sizeof(text) - 1, want, utf8                                                 \
	}
	static const struct {
		const char *text;
		size_t len;
		const char *want, *utf8;
	} cases[] = {
		ROW("<a>\xC3\xB6</a>", "a{ö}", "<a>ö</a>"),
		ROW("<?xml version='1.0' encoding='utf-8'?><a>\xC3\xB6</a>", "a{ö}",
		    "<?xml version='1.0' encoding='utf-8'?><a>ö</a>"),
		ROW("\xEF\xBB\xBF<a>\xC3\xB6</a>", "a{ö}", "<a>ö</a>"),
		ROW("\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8'?><a/>", "a{}",
		    "<?xml version='1.0' encoding='UTF-8'?><a/>"),
		ROW("<?xml version='1.0' encoding='us-ascii'?><a/>", "a{}",
		    "<?xml version='1.0' encoding='us-ascii'?><a/>"),
		ROW("<?xml version='1.0' encoding=\"ISO-8859-1\" ?><a>\xF6\xFF</a>", "a{öÿ}",
		    "<a>öÿ</a>"),
		ROW("\xFF\xFE<\0a\0>\0\xF6\0\x3D\xD8\x00\xDE<\0/\0a\0>\0", "a{ö😀}", "<a>ö😀</a>"),
		ROW("\xFE\xFF\0<\0a\0>\0\xF6\xD8\x3D\xDE\x00\0<\0/\0a\0>", "a{ö😀}", "<a>ö😀</a>"),
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		size_t len = 0;
		check_tree(cases[i].text, cases[i].len, cases[i].want);
		const char *utf8 = ips_xml_utf8(xml, &len);
		assert_int_equal(len, strlen(cases[i].utf8));
		assert_memory_equal(utf8, cases[i].utf8, len);
	}
}

/* The text in the encoding of the byte order mark, big-endian. */
static void
test_utf16_declaration(void **state)
{
	static const struct {
		const char *text, *why; /* NULL: fine */
	} cases[] = {
		{ "<?xml version='1.0' encoding='utf-16'?><a/>", NULL },
		{ "<?xml version='1.0' encoding='UTF-16BE'?><a/>", NULL },
		{ "<?xml version='1.0'?><a/>", NULL },
		{ "<?xml version='1.0' encoding='utf-8'?><a/>", "declared encoding" },
		{ "<a></b>", "does not match" },
		{ "<!DOCTYPE a><a/>", "document type" },
		{ "", "UTF-16" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		GString *wide = g_string_new_len("\xFE\xFF", 2);
		for (const char *p = cases[i].text; *p != '\0'; p++) {
			g_string_append_c(wide, '\0');
			g_string_append_c(wide, *p);
		}
		if (cases[i].why != NULL) {
			must_refuse(wide->str, wide->len, cases[i].why);
		} else {
			size_t len = 0;
			check_tree(wide->str, wide->len, "a{}");
			assert_memory_equal(ips_xml_utf8(xml, &len), "<a/>", 4);
			assert_int_equal(len, 4);
		}
		g_string_free(wide, TRUE);
	}
}

static void
test_bad_encodings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *why;
	} cases[] = {
#define BAD(text, why) { text, sizeof(text) - 1, why }
		BAD("<?xml version='1.0' encoding='koi8-r'?><a/>", "not supported"),
		BAD("<?xml version='1.0' encoding='utf-7'?><a/>", "not supported"),
		BAD("<?xml version='1.0' encoding='utf-16'?><a/>", "byte order mark"),
		BAD("<?xml version='1.0' encoding=''?><a/>", "not supported"),
		BAD("<?xml version='1.0' encoding=utf-8?><a/>", "not supported"),
		BAD("<?xml version='1.0' encoding='utf-8\"?><a/>", "not supported"),
		BAD("\xEF\xBB\xBF<?xml version='1.0' encoding='iso-8859-1'?><a/>",
		    "declared encoding"),
		BAD("\xFF\xFE<\0a\0/\0>", "UTF-16"),                    /* half a unit */
		BAD("\xFF\xFE<\0a\0>\0\x3D\xD8<\0/\0a\0>\0", "UTF-16"), /* half a pair */
		BAD("\xFF\xFE<\0a\0/\0>\0\0\0x\0", "UTF-16"),           /* U+0000 */
		BAD("<\0a\0/\0>\0", "NUL"),
		BAD("\xEF\xBB\xBF", "empty"),
		BAD("\xEF\xBB\xBF\xEF\xBB\xBF<a/>", "byte order mark"),
		BAD("<?xml version='1.0' encoding='iso-8859-1'?><a>\x01</a>", ""),
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		must_refuse(cases[i].text, cases[i].len, cases[i].why);
}

static void
test_utf8_is_the_input(void **state)
{
	static const char plain[] = "<a>&amp;&#65;</a>";
	size_t len = 0;

	(void)state;
	assert_true(ips_xml_parse(xml, plain, strlen(plain), &root, &err));
	assert_ptr_equal(ips_xml_utf8(xml, &len), plain);
	assert_int_equal(len, strlen(plain));
}

/* Written out, as gSOAP's decoder garbles them; but not where they are no references. */
static void
test_references_expanded(void **state)
{
	static const struct {
		const char *text, *utf8;
	} cases[] = {
		{ "<a>&#x1F600;</a>", "<a>😀</a>" },
		{ "<a b='&#128512;'>x&#x1f600;y</a>", "<a b='😀'>x😀y</a>" },
		{ "<a>&#65;&#x20AC;&#x1F600;</a>", "<a>&#65;&#x20AC;😀</a>" },
		{ "<a>&amp;#x1F600;</a>", "<a>&amp;#x1F600;</a>" },
		{ "<a><![CDATA[&#x1F600;]]><!--&#x1F600;--><?p &#x1F600;?>&#x1F600;</a>",
		    "<a><![CDATA[&#x1F600;]]><!--&#x1F600;--><?p &#x1F600;?>😀</a>" },
		{ "<a>&#x10000;&#x10FFFF;&#xFFFD;</a>",
		    "<a>\xF0\x90\x80\x80\xF4\x8F\xBF\xBF&#xFFFD;</a>" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		size_t len = 0;
		must_parse(cases[i].text, strlen(cases[i].text));
		const char *utf8 = ips_xml_utf8(xml, &len);
		if (len != strlen(cases[i].utf8) || memcmp(utf8, cases[i].utf8, len) != 0)
			fail_msg("%s: %.*s", cases[i].text, (int)len, utf8);
	}
	must_refuse("<a>", 3, "");
	size_t len = 1;
	assert_null(ips_xml_utf8(xml, &len));
	assert_int_equal(len, 0);
}

/* ---- Limits ---- */

/* "%d" in the piece becomes the number. */
static void
append_times(GString *text, const char *piece, int times)
{
	const char *number = strstr(piece, "%d");
	size_t start = text->len, len = strlen(piece);

	if (number == NULL) {
		g_string_set_size(text, start + len * (size_t)times);
		for (size_t at = start; len > 0 && at < text->len; at += len)
			memcpy(text->str + at, piece, len);
		return;
	}
	for (int i = 0; i < times; i++)
		g_string_append_printf(
		    text, "%.*s%d%s", (int)(number - piece), piece, i, number + 2);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *start, *piece;
		int times;
		const char *middle, *after;
		const char *end, *why; /* NULL: fine */
	} cases[] = {
		{ "", "<a>", 64, "", "</a>", "", NULL },
		{ "", "<a>", 65, "", "</a>", "", "too deeply" },
		{ "", "<a>", 100000, "", "</a>", "", "too deeply" },
		{ "", "<a>", 1000000, "", "", "", "too deeply" },
		{ "<a>", "<b/>", 999, "", "", "</a>", NULL },
		{ "<a>", "<b/>", 1000, "", "", "</a>", "too many elements" },
		{ "<a>", "<b/>", 500000, "", "", "</a>", "too many elements" },
		{ "<a ", "b%d='' ", 50, "/>", "", "", NULL },
		{ "<a ", "b%d='' ", 51, "/>", "", "", "too many attributes" },
		{ "<a ", "b%d='' ", 40000, "/>", "", "", "too many attributes" },
		{ "<a ", "xmlns:b%d='u' ", 50, "/>", "", "", NULL },
		{ "<a ", "xmlns:b%d='u' ", 40000, "/>", "", "", "too many attributes" },
		{ "<a ", "b%d ", 40000, "/>", "", "", "no value" },
		{ "<a x='", "b%d=\"\" ", 1000, "'/>", "", "", NULL },        /* one attribute */
		{ "<!-- <a ", "b%d='' ", 1000, "/> --><a/>", "", "", NULL }, /* none */
		{ "<?p <a ", "b%d='' ", 1000, "/> ?><a/>", "", "", NULL },
		{ "<a><![CDATA[<a ", "b%d='' ", 1000, "]]></a>", "", "", NULL },
		{ "<a>", "it's ", 10000, "</a>", "", "", NULL },
		/* 50 declarations a level stay in scope below */
		{ "", "<a xmlns:a='1' xmlns:b='1' xmlns:c='1' xmlns:d='1' xmlns:e='1' xmlns:f='1'>",
		    42, "", "</a>", "", NULL },
		{ "", "<a xmlns:a='1' xmlns:b='1' xmlns:c='1' xmlns:d='1' xmlns:e='1' xmlns:f='1'>",
		    43, "", "</a>", "", "too many namespace" },
		{ "<a>", "<b xmlns='u' xmlns:p='v'/>", 900, "", "", "</a>", NULL },
		{ "<a>", "<!---->", 50000, "", "", "</a>", NULL },
		{ "<", "a", 40000, "/>", "", "", NULL },
		{ "<", "a", 60000, "/>", "", "", "" },
		{ "<a>", "x", 4 * 1024 * 1024, "</a>", "", "", "too large" },
		{ "<a>", "x", 4 * 1024 * 1024 - 7, "</a>", "", "", NULL },
		{ "<a>", "&#38;", 100000, "</a>", "", "", NULL },
		{ "<a>", "<!", 1000000, "</a>", "", "", "document type" },
		{ "<a>", "<![CDATA[]]>", 30000, "</a>", "", "", NULL },
		{ "<a>", "<b", 1000000, "", "", "", "" },
		{ "<a>", "\"", 1000000, "<b c=\"", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		GString *text = g_string_new(cases[i].start);
		append_times(text, cases[i].piece, cases[i].times);
		g_string_append(text, cases[i].middle);
		append_times(text, cases[i].after, cases[i].times);
		g_string_append(text, cases[i].end);
		if (cases[i].why != NULL)
			must_refuse(text->str, text->len, cases[i].why);
		else
			must_parse(text->str, text->len);
		g_string_free(text, TRUE);
	}
}

/* CPU of this thread, which neighbours on the machine do not change. */
static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What makes a plain parser slow or greedy. Compared with one honest document of the same size, so
 * that it holds on any machine and under any sanitizer. */
static void
test_bombs_are_cheap(void **state)
{
	static const struct {
		const char *start, *piece, *middle, *after, *end;
	} cases[] = {
		{ "", "<a>", "", "</a>", "" },
		{ "<a ", "b%d='' ", "/>", "", "" },
		{ "<a ", "xmlns:b%d='u' ", "/>", "", "" },
		{ "<a>", "<b%d/>", "", "", "</a>" },
	};
	GString *honest = g_string_new("<a>");

	(void)state;
	append_times(honest, "some text ", 60000);
	g_string_append(honest, "</a>");
	double start = cpu_seconds();
	must_parse(honest->str, honest->len);
	double honest_time = cpu_seconds() - start;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		GString *text = g_string_new(cases[i].start);
		append_times(text, cases[i].piece, 40000);
		g_string_append(text, cases[i].middle);
		append_times(text, cases[i].after, 40000);
		g_string_append(text, cases[i].end);
		start = cpu_seconds();
		must_refuse(text->str, text->len, "too ");
		double took = cpu_seconds() - start;
		if (took > 20 * honest_time + 0.01)
			fail_msg(
			    "row %zu: %.6f s, an honest document %.6f s", i, took, honest_time);
		g_string_free(text, TRUE);
	}
	g_string_free(honest, TRUE);
}

/* Names that never come again must not stay for ever; what the document needs must. */
static void
test_many_names(void **state)
{
	char text[200], want[200];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "<a%d xmlns='u%d'><b%d/></a%d>", i, i, i, i);
		snprintf(want, sizeof(want), "u%d|a%d[u%d|b%d{}]", i, i, i, i);
		check_tree(text, strlen(text), want);
		ips_arena_reset(mem);
	}
}

/* Any cut and any changed byte of a real request: refused or read, never a crash. The sanitizers
 * look on. */
static void
test_mutations(void **state)
{
	static const char request[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!-- sample --><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
	    "<s:Body a='1'><copyImageParam xmlns=\"http://www.scene7.com/IpsApi/xsd\">"
	    "<companyHandle>c|6</companyHandle><newName><![CDATA[sch\xC3\xB6n]]></newName>"
	    "<urlModifier>wid=300&amp;hei=2&#48;0&#x1F600;</urlModifier>"
	    "</copyImageParam></s:Body></s:Envelope>\n";
	static const char bytes[] = "<>&;'\"=/!?-[]: \x01\xFF\xC3"
				    "ax#";
	char text[sizeof(request)];
	int read = 0, cuts = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(request); len++)
		cuts += parse(request, len);
	assert_int_equal(cuts, 2); /* with and without the last line break */
	for (size_t at = 0; at < sizeof(request) - 1; at++)
		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(text, request, sizeof(request));
			text[at] = bytes[b];
			read += parse(text, sizeof(request) - 1);
		}
	assert_true(read > 100); /* a changed letter of a text */
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_trees, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_malformed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nul, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors_quote_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_encodings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_utf16_declaration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_encodings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_utf8_is_the_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_references_expanded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bombs_are_cheap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mutations, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
