/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What variables make of SVG files, and what such files may refer to. */
#include "openips/xml.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static const char *
look_up(void *arg, const char *name, size_t len)
{
	static const struct {
		const char *name, *value;
	} values[] = { { "a", "1" }, { "sign", "<&\">" }, { "self", "$a$" }, { "empty", "" },
		{ "a-b_c.d", "2" }, { "bell", "\a" }, { "broken", "\xff" }, { "file", "file:///x" },
		{ "inner", "#a" } };

	(void)arg;
	for (size_t i = 0; i < IPS_NELEM(values); i++)
		if (strlen(values[i].name) == len && strncmp(values[i].name, name, len) == 0)
			return values[i].value;
	return NULL;
}

/* An svg element around `body`; what the result holds in its place, or what is said against it. */
static const struct {
	const char *body, *want;
	enum ips_fault fault;
	const char *says;
} rows[] = {
	{ "<text>$a$</text>", "<text>1</text>", IPS_OK, NULL },
	{ "<text x='$a$'>$a$ and $a$</text>", "<text x=\"1\">1 and 1</text>", IPS_OK, NULL },
	{ "<text><tspan>$a$</tspan>$a$</text>", "<text><tspan>1</tspan>1</text>", IPS_OK, NULL },
	{ "<text><![CDATA[$a$]]></text>", "<text><![CDATA[1]]></text>", IPS_OK, NULL },
	{ "<g a='$a-b_c.d$'/>", "<g a=\"2\"/>", IPS_OK, NULL },
	{ "<g style='x:$a$;y:$a$'/>", "<g style=\"x:1;y:1\"/>", IPS_OK, NULL },
	{ "<text>$sign$</text>", "<text>&lt;&amp;\"&gt;</text>", IPS_OK, NULL },
	{ "<g a='$sign$'/>", "<g a=\"&lt;&amp;&quot;&gt;\"/>", IPS_OK, NULL },
	{ "<text>$empty$$a$</text>", "<text>1</text>", IPS_OK, NULL },
	/* once only, and what is unknown stays */
	{ "<text>$self$</text>", "<text>$a$</text>", IPS_OK, NULL },
	{ "<text>$$a$ $b$ 5$</text>", "<text>$1 $b$ 5$</text>", IPS_OK, NULL },
	{ "<use href='$inner$'/>", "<use href=\"#a\"/>", IPS_OK, NULL },
	/* nothing to fill in */
	{ "<text>plain</text>", NULL, IPS_OK, NULL },
	{ "<text>$b$ $ a$ 1$</text>", NULL, IPS_OK, NULL },
	{ "<desc>$a$</desc><title>$a$</title><style>$a$</style>", NULL, IPS_OK, NULL },
	{ "<image href=\"data:image/png;base64,\"/><use href=' #a'/><a href='http://x/'/>", NULL,
	    IPS_OK, NULL },
	/* refused */
	{ "<text>$bell$</text>", NULL, IPS_INVALID_PARAMETER, "$bell=" },
	{ "<text>$broken$</text>", NULL, IPS_INVALID_PARAMETER, "UTF-8" },
	{ "<image href='$file$'/>", NULL, IPS_INVALID_PARAMETER, "'file:///x'" },
	{ "<image href='$nothing$'/>", NULL, IPS_INVALID_PARAMETER, "'$nothing$'" },
	{ "<image href='other.png'/>", NULL, IPS_INVALID_PARAMETER, "'other.png'" },
	{ "<image xlink:href='http://x/'/>", NULL, IPS_INVALID_PARAMETER, "'http://x/'" },
	{ "<filter><feImage href='/is/image/x'/></filter>", NULL, IPS_INVALID_PARAMETER,
	    "'/is/image/x'" },
	{ "<style>@import url(http://x/);</style>", NULL, IPS_INVALID_PARAMETER, "'@import" },
	{ "<style><![CDATA[@font-face{src:url( 'file:///x')}]]></style>", NULL,
	    IPS_INVALID_PARAMETER, "'url( 'file:///x')" },
	{ "<g style=\"fill:URL(&#34;http://x/#a&#34;)\"/>", NULL, IPS_INVALID_PARAMETER, "'URL(" },
	{ "<g fill='url(other.svg#a)'/>", NULL, IPS_INVALID_PARAMETER, "'url(other.svg" },
	{ "<g filter='url($file$)'/>", NULL, IPS_INVALID_PARAMETER, "'url(file:///x" },
	{ "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='x'/>", NULL,
	    IPS_INVALID_PARAMETER, "'x'" },
	{ "<script href='x.js'/>", NULL, IPS_INVALID_PARAMETER, "'x.js'" },
	{ "<style>a{fill:url(#b);src:url(data:,)}</style><g style='mask:url( \"#m\")'/>", NULL,
	    IPS_OK, NULL },
	{ "<g xmlns='a&lt;b'/>", NULL, IPS_BROKEN_IMAGE, "'a<b'" },
	{ "<g xmlns:x='&amp;e;'/>", NULL, IPS_OK, NULL },
	{ "<g>", NULL, IPS_BROKEN_IMAGE, "well-formed" },
};

/* What may stand before the picture. */
static const struct {
	const char *before, *inside;
	enum ips_fault fault;
	const char *says;
} prologs[] = {
	{ "<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' "
	  "'http://x/svg11.dtd'>",
	    "<g/>", IPS_OK, NULL },
	{ "<!DOCTYPE svg [<!ENTITY ns 'http://x/'>]>", "<g a='&ns;'/>", IPS_OK, NULL },
	{ "<!DOCTYPE svg [<!ENTITY e SYSTEM 'file:///x'>]>", "<text>&e;</text>",
	    IPS_INVALID_PARAMETER, "'e'" },
	{ "<!DOCTYPE svg [<!ENTITY e PUBLIC 'p' 'http://x/'>]>", "<g/>", IPS_INVALID_PARAMETER,
	    "'e'" },
	{ "<!DOCTYPE svg [<!ENTITY % e SYSTEM 'file:///x'> %e;]>", "<g/>", IPS_INVALID_PARAMETER,
	    "'e'" },
	{ "<!DOCTYPE svg [<!ENTITY % e '<!ENTITY f \"\">'>]>", "<g/>", IPS_INVALID_PARAMETER,
	    "'e'" },
	{ "<!DOCTYPE svg [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]>", "<text>&b;</text>",
	    IPS_INVALID_PARAMETER, "'b'" },
	{ "<!DOCTYPE svg [<!ENTITY e 'http://x/'>]>", "<image href='&e;'/>", IPS_INVALID_PARAMETER,
	    "'http://x/'" },
	{ "<!DOCTYPE svg [<!ATTLIST image href CDATA 'http://x/'>]>", "<image/>",
	    IPS_INVALID_PARAMETER, "'http://x/'" },
	{ "<?xml-stylesheet href='a.css'?>", "<g/>", IPS_INVALID_PARAMETER, "a.css" },
	{ "<?xml version='1.0' encoding='ISO-8859-1'?>", "<text>\xe4</text>", IPS_OK, NULL },
	{ "<?xml version='1.0' encoding='UTF-7'?>", "+ADw-image/+AD4-", IPS_BROKEN_IMAGE,
	    "encoding" },
	{ "<?xml version='1.0' encoding='UTF-16'?>", "<g/>", IPS_BROKEN_IMAGE, "UTF-16" },
};

#define HEAD                                                                                       \
	"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">"

static void
test_fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_arena *mem = ips_arena_new();
		const char *file = ips_arena_printf(mem, HEAD "%s</svg>", rows[i].body);
		const char *want = ips_arena_printf(
		    mem, HEAD "%s</svg>", rows[i].want != NULL ? rows[i].want : "");
		struct ips_error err = { .fault = IPS_OK };
		const char *out = NULL;
		size_t len = 0;
		bool done = ips_svg_fill(mem, file, strlen(file), look_up, NULL, &out, &len, &err);

		if (done != (rows[i].fault == IPS_OK) || err.fault != rows[i].fault ||
		    (rows[i].says != NULL && strstr(err.reason, rows[i].says) == NULL))
			fail_msg("%s: %d %s", rows[i].body, err.fault, err.reason);
		if (done && ((out == NULL) != (rows[i].want == NULL) ||
				(out != NULL && (strlen(out) != len || strstr(out, want) == NULL))))
			fail_msg("%s: %s", rows[i].body, out != NULL ? out : "unchanged");
		ips_arena_free(mem);
	}
}

/* Without variables the file is checked as far as they let it. */
static void
test_check(void **state)
{
	static const struct {
		const char *body;
		bool good;
	} checked[] = { { "<image href='$any$'/>", true }, { "<text>$a$</text>", true },
		{ "<image href='x.png'/>", false }, { "<g", false } };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(checked); i++) {
		struct ips_arena *mem = ips_arena_new();
		const char *file = ips_arena_printf(mem, HEAD "%s</svg>", checked[i].body);
		const char *out = NULL;
		size_t len;

		assert_int_equal(
		    ips_svg_fill(mem, file, strlen(file), NULL, NULL, &out, &len, NULL),
		    checked[i].good);
		assert_null(out);
		ips_arena_free(mem);
	}
}

static void
test_limits(void **state)
{
	struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { .fault = IPS_OK };
	char *file = ips_arena_alloc(mem, IPS_SVG_MAX + 2);
	const char *out;
	size_t len;

	(void)state;
	memset(file, ' ', IPS_SVG_MAX + 1);
	file[IPS_SVG_MAX + 1] = '\0';
	memcpy(file, "<svg/>", 6);
	assert_true(ips_svg_fill(mem, file, IPS_SVG_MAX, look_up, NULL, &out, &len, &err));
	assert_false(ips_svg_fill(mem, file, IPS_SVG_MAX + 1, look_up, NULL, &out, &len, &err));
	assert_int_equal(err.fault, IPS_LIMIT);
	ips_arena_free(mem);
}

/* Each is compared with all others: what costs their square must not be asked for. */
static void
test_attributes(void **state)
{
	(void)state;
	for (int count = 256; count <= 257; count++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		g_autoptr(GString) file = g_string_new(HEAD "<g");
		struct ips_error err = { .fault = IPS_OK };
		const char *out;
		size_t len;

		for (int i = 0; i < count; i++)
			g_string_append_printf(file, " a%d='%s'", i, i % 2 ? ">" : "");
		g_string_append(file, "/></svg>");
		assert_int_equal(
		    ips_svg_fill(mem, file->str, file->len, NULL, NULL, &out, &len, &err),
		    count <= 256);
		assert_true(count <= 256 || strstr(err.reason, "too many attributes") != NULL);
	}
}

static void
test_prologs(void **state)
{
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(prologs); i++) {
		IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
		const char *file = ips_arena_printf(
		    mem, "%s" HEAD "%s</svg>", prologs[i].before, prologs[i].inside);
		struct ips_error err = { .fault = IPS_OK };
		const char *out;
		size_t len;
		bool done = ips_svg_fill(mem, file, strlen(file), look_up, NULL, &out, &len, &err);

		if (done != (prologs[i].fault == IPS_OK) || err.fault != prologs[i].fault ||
		    (!done && strstr(err.reason, prologs[i].says) == NULL))
			fail_msg("%s: fault %d, %s", file, err.fault, err.reason);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_fill),
		cmocka_unit_test(test_prologs), cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_check), cmocka_unit_test(test_limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
