/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The language as a whole: what a text comes to, or why it is refused. */
#include "openips/modifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parses; the canonical form, or NULL with err filled. */
static const char *
canonical(struct ips_arena *mem, const char *text, struct ips_error *err)
{
	const struct ips_modifier *m = NULL;

	*err = (struct ips_error){ 0 };
	if (!ips_modifier_parse(mem, text, NULL, &m, err))
		return NULL;
	assert_int_equal(m->empty, *m->canonical == '\0');
	assert_true(m->layers >= 2);
	assert_int_equal(m->layer[0].number, IPS_LAYER_COMP);
	assert_int_equal(m->layer[1].number, 0);
	return m->canonical;
}

static void
check(const char *text, const char *want, enum ips_fault fault, const char *says)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_error err;
	const char *got = canonical(mem, text, &err);

	if (err.fault != fault || (want == NULL) != (got == NULL) ||
	    (want != NULL && strcmp(want, got) != 0) || strstr(err.reason, says) == NULL)
		fail_msg("'%.200s'\n  gives '%s', fault %d '%s'\n  want  '%s', fault %d '%s'", text,
		    got != NULL ? got : "(null)", err.fault, err.reason,
		    want != NULL ? want : "(null)", fault, says);
}

static void
test_canonical_form(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ NULL, "" },
		{ "", "" },
		{ "wid=800&qlt=85", "qlt=85&wid=800" },
		{ "WID=300&HeI=200", "hei=200&wid=300" },
		{ "wid=300&wid=400", "wid=400" },
		{ " ?wid=300\n", "wid=300" },
		/* Unknown names, bare words, empty parts and comments (R2) */
		{ "foo=1&wid&hide&&&=5&.wid=9&wid=3&ts=1&&", "wid=3" },
		{ ".note with = and %zz&wid=3&.wid=7", "wid=3" },
		{ "wid.=5&wi=5&widd=5", "" },
		/* Delivery only */
		{ "fmt=TIF,Gray,LZW", "fmt=tif,gray,lzw" },
		{ "cache=validate&cache=off,on", "" },
		{ "id=5&cache=on,off&bfc=on&network=off&locale=&type=&map=", "" },
		/* Decoding (R1, R8) */
		{ "wid=%33%30", "wid=30" },
		{ "fmt=png%2Cgray", "fmt=png,gray" },
		{ "x=%26wid%3D5&wid=3", "wid=3" },
		/* Families (R4) */
		{ "crop=1,2,3,4&cropN=0,0,.5,.5", "cropN=0,0,0.5,0.5" },
		{ "cropN=0,0,.5,.5&crop=1,2,3,4", "crop=1,2,3,4" },
		{ "anchor=1,2&anchorN=0.1,-0.25", "anchorN=0.1,-0.25" },
		{ "extend=1,2,3,4&extendN=.1,.2,.3,.4", "extendN=0.1,0.2,0.3,0.4" },
		{ "extendN=.1,.2,.3,.4&extend=1,2,3,4", "extend=1,2,3,4" },
		/* Nothing given (R17); it replaces what stood before */
		{ "crop=1,2,3,4&crop=0,0,0,0", "" },
		{ "crop=1,2,3,4&cropN=0,0,0,1", "" },
		{ "size=0,0", "" },
		{ "size=0,20", "size=0,20" },
		/* Defaults that say nothing */
		{ "align=0,0&rotate=0&extend=0,0,0,0&cropN=0,0,1,1&req=img", "" },
		{ "op_sharpen=0&op_usm=0,0,0,0&op_usm=0&opac=100&hide=0&jpegSize=0&dpr=off", "" },
		{ "op_noise=0,uniform,0&blendMode=mult&pos=5,5&bgColor=0,0,0,0&pscan=auto", "" },
		{ "defaultImage=&quantize=adaptive,diffuse,256&textFlowPath=", "" },
		/* Defaults of a reply that a copy would notice */
		{ "fmt=jpeg&qlt=85&fit=fit,0&iccEmbed=0", "fit=fit,0&fmt=jpeg&iccEmbed=0&qlt=85" },
		{ "iccEmbed=false&xmpEmbed=0", "iccEmbed=0&xmpEmbed=0" },
		/* A command that was taken back */
		{ "op_usm=1,1,6,0&op_usm=0,0,0,0", "" },
		{ "op_usm=1,1,6,0&op_usmR=0", "" },
		{ "fmt=jpeg2000&fmt=png", "fmt=png" },
		/* Words */
		{ "fmt=JPG", "fmt=jpeg" },
		{ "fmt=Png-Alpha", "fmt=png-alpha" },
		{ "fmt=tif,,zip", "fmt=tif,,zip" },
		{ "fmt=tif,cmyk,lzw", "fmt=tif,cmyk,lzw" },
		{ "fit=crop,1", "fit=crop,1" },
		{ "fit=crop,true", "fit=crop,1" },
		{ "fit=hfit", "fit=hfit" },
		{ "flip=lrud&resMode=sharp", "flip=lrud&resMode=sharp" },
		/* Lists of colours */
		{ "quantize=adaptive,off,2,000000,FFFFFF",
		    "quantize=adaptive,off,2,000000,ffffff" },
		{ "quantize=adaptive,diffuse,256,ff0000", "quantize=adaptive,diffuse,256,ff0000" },
		{ "quantize=web,off,8", "quantize=web,off,8" },
		/* Numbers */
		{ "scl=1e-1&rotate=+45.50", "rotate=45.5&scl=0.1" },
		{ "rotate=-.5&scale=1.", "rotate=-0.5&scale=1" },
		{ "anchorN=-0,0.1000000000000000055", "anchorN=0,0.1" },
		{ "rect=-1,-2,3,4,0.5&rgn=0,0,1,1", "rect=-1,-2,3,4,0.5&rgn=0,0,1,1" },
		{ "qlt=90,0", "qlt=90,0" },
		/* Colours */
		{ "bgc=255,0,0", "bgc=ff0000" },
		{ "bgc=0xFF000080", "bgc=ff0000" },
		{ "bgc=50", "bgc=0x80" },
		{ "bgc=0,100,0,0k", "bgc=00ff0000k" },
		/* Effects: of the layer selected, each its own settings, all else left out */
		{ "effect=-1&color=0,0,0,128&op_blur=6&pos=4,4",
		    "effect=-1&color=00000080&op_blur=6&pos=4,4" },
		{ "effect=2&color=ff0000&effect=-3&color=0,0,0&wid=5&effect=2&opac=50,50",
		    "wid=5&effect=-3&color=000000&effect=2&color=ff0000&opac=50,50" },
		{ "layer=1&effect=-1&color=0,0,0&size=9,9&hide=1&text=a&layer=1&src=a",
		    "layer=1&src=a&effect=-1&color=000000" },
		{ "layer=2,x&src=b&layer=0&effect=1&color=0,0,0&layer=x&effect=1&color=255,0,0",
		    "layer=0&effect=1&color=000000&layer=2&src=b&effect=1&color=ff0000" },
		{ "effectMask=1&wid=5", "effectMask=1&wid=5" },
		{ "effect=-1&pos=1,1&posN=.5,.5&color=50&blendMode=norm",
		    "effect=-1&color=0x80&posN=0.5,0.5" },
		/* Which layer (R14) */
		{ "flip=lr&crop=1,2,3,4", "crop=1,2,3,4&flip=lr" },
		{ "layer=0&flip=lr&crop=1,2,3,4", "crop=1,2,3,4&layer=0&flip=lr" },
		{ "flip=ud&layer=0&flip=lr", "flip=ud&layer=0&flip=lr" },
		{ "layer=0&crop=1,2,3,4&wid=5&layer=comp&crop=5,6,7,8", "crop=5,6,7,8&wid=5" },
		{ "layer=0,base&flip=lr&layer=comp&layer=base&rotate=90",
		    "rotate=90&layer=0&flip=lr" },
		{ "layer=1&wid=300&layer=7", "wid=300" },
		{ "layer=20&src=b&layer=3&src=a&layer=20&pos=1,2",
		    "layer=3&src=a&layer=20&pos=1,2&src=b" },
		{ "layer=3,x&src=a&layer=comp&src=b&layer=x&opac=50&opac=100",
		    "src=b&layer=3&src=a" },
		{ "layer=1&pos=5,5&posN=0,0&layer=2&blendMode=mult&blendMode=norm", "" },
		{ "layer=1&color=0,0,0,0&size=5,5", "layer=1&color=00000000&size=5,5" },
		/* Variables (R10) */
		{ "$w=300&wid=$w$", "wid=300" },
		{ "$W=300&wid=$w$&$w=5", "wid=300" },
		{ "$w=1&$w=2&wid=$w$", "wid=2" },
		{ "$a=1&$b=2&wid=$a$$b$", "wid=12" },
		{ "$a=1&$b=2&crop=$a$,$b$,$a$$a$,%33", "crop=1,2,11,3" },
		{ "$w=%33%30&wid=$w$", "wid=30" },
		{ "%24w=30&wid=$w$", "wid=30" },
		{ "$p=is{a?b=1&wid=9}&wid=3", "wid=3" },
		{ "$unused=&wid=3", "wid=3" },
		{ "$p=is(a?x={&wid=9)&wid=3", "wid=3" },
		{ "$t=(&wid=3", "wid=3" },
		{ "imageSet={a&wid=9}&wid=3", "wid=3" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		check(cases[i].in, cases[i].want, IPS_OK, "");
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *in;
		enum ips_fault fault;
		const char *says;
	} cases[] = {
		/* Numbers (R5) */
		{ "wid=0", IPS_INVALID_PARAMETER, "wid=0: width must be an integer of at least 1" },
		{ "wid=100.5", IPS_INVALID_PARAMETER, "an integer" },
		{ "wid=3e2", IPS_INVALID_PARAMETER, "an integer" },
		{ "wid= 300", IPS_INVALID_PARAMETER, "' 300'" },
		{ "wid=300%20", IPS_INVALID_PARAMETER, "'300 '" },
		{ "wid=99999999999999999999", IPS_INVALID_PARAMETER, "wid" },
		{ "qlt=101", IPS_INVALID_PARAMETER, "quality must be an integer from 1 to 100" },
		{ "qlt=0", IPS_INVALID_PARAMETER, "qlt=0" },
		{ "qlt=85,2", IPS_INVALID_PARAMETER, "chroma must be 0 or 1, not '2'" },
		{ "qlt=85,1,1", IPS_INVALID_PARAMETER, "too many parts" },
		{ "qlt=85,", IPS_INVALID_PARAMETER, "not ''" },
		{ "op_usm=0.9,0.5,0,0,", IPS_INVALID_PARAMETER, "too many parts" },
		{ "op_usm=1,1,300", IPS_INVALID_PARAMETER, "threshold" },
		{ "scl=0", IPS_INVALID_PARAMETER, "greater than 0" },
		{ "scl=nan", IPS_INVALID_PARAMETER, "a number" },
		{ "scl=1e999", IPS_INVALID_PARAMETER, "a number" },
		{ "rotate=0x10", IPS_INVALID_PARAMETER, "a number" },
		{ "align=2,0", IPS_INVALID_PARAMETER, "horiz must be a number from -1 to 1" },
		{ "align=0", IPS_INVALID_PARAMETER, "too few parts" },
		{ "crop=1,2,3", IPS_INVALID_PARAMETER, "too few parts; the form is crop=x" },
		{ "crop=0,0,-1,5", IPS_INVALID_PARAMETER, "width" },
		{ "rgn=0,0,0,0", IPS_INVALID_PARAMETER, "width" },
		{ "rect=0,0,5,5,0", IPS_INVALID_PARAMETER, "scale" },
		{ "anchor=0.5,0.5", IPS_INVALID_PARAMETER, "x must be an integer" },
		/* Empty (R6) */
		{ "wid=", IPS_INVALID_PARAMETER, "wid=: a value is needed" },
		{ "id=", IPS_INVALID_PARAMETER, "id=" },
		{ "fmt=", IPS_INVALID_PARAMETER, "fmt=" },
		/* Flags (R7) and words */
		{ "fit=crop,TRUE", IPS_INVALID_PARAMETER, "0 or 1" },
		{ "iccEmbed=yes", IPS_INVALID_PARAMETER, "0 or 1" },
		{ "fit=Crop", IPS_INVALID_PARAMETER, "fit|constrain|crop" },
		{ "fit=cro", IPS_INVALID_PARAMETER, "fit=cro" },
		{ "fmt=pjpg", IPS_INVALID_PARAMETER, "jpeg|jpg|pjpeg" },
		{ "resMode=lanczos", IPS_INVALID_PARAMETER, "bilin|bicub" },
		{ "fmt=webp,gray", IPS_INVALID_PARAMETER, "gray" },
		{ "fmt=png,,lzw", IPS_INVALID_PARAMETER, "lzw" },
		{ "fmt=tif-alpha,,jpeg", IPS_INVALID_PARAMETER, "fmt=tif-alpha" },
		/* Encoding (R8) */
		{ "wid=3%0", IPS_INVALID_PARAMETER, "hexadecimal" },
		{ "wid=15%00", IPS_INVALID_PARAMETER, "other than 00" },
		{ "nobody=%zz", IPS_INVALID_PARAMETER, "nobody=%zz" },
		{ "%2=1", IPS_INVALID_PARAMETER, "hexadecimal" },
		{ "id=%ff%fe", IPS_INVALID_PARAMETER, "UTF-8" },
		/* Macros and variables (R3, R10) */
		{ "$large$", IPS_INVALID_PARAMETER, "the macro $large$ is unknown" },
		{ "%24large%24&wid=5", IPS_INVALID_PARAMETER, "the macro $large$ is unknown" },
		{ "$large$=", IPS_INVALID_PARAMETER, "the macro $large$ is unknown" },
		{ "$Shadow$", IPS_INVALID_PARAMETER, "the macro $Shadow$" },
		{ "wid=$w$&$w=5", IPS_INVALID_PARAMETER, "not '$w$'" },
		{ "$b=$a$&$a=1&wid=$b$", IPS_INVALID_PARAMETER, "not '$a$'" },
		{ "$v=1&layer=$v$", IPS_INVALID_PARAMETER, "a variable cannot be used here" },
		/* Layers (R16) */
		{ "layer=", IPS_INVALID_PARAMETER, "layer=" },
		{ "layer=-1", IPS_INVALID_PARAMETER, "layer=-1" },
		{ "layer=1.5", IPS_INVALID_PARAMETER, "layer=1.5" },
		{ "layer=comp,name", IPS_INVALID_PARAMETER, "layer=comp,name" },
		{ "layer=1,comp", IPS_INVALID_PARAMETER, "layer=1,comp" },
		{ "layer=1,a&layer=2,a", IPS_INVALID_PARAMETER, "another layer has this name" },
		{ "layer=1,a&layer=b", IPS_INVALID_PARAMETER, "no layer has this name" },
		{ "layer=A&layer=1,A", IPS_INVALID_PARAMETER, "no layer has this name" },
		{ "effect=0", IPS_INVALID_PARAMETER, "other than 0" },
		{ "sizeN=0.5,0.5", IPS_INVALID_PARAMETER, "sizeN" },
		{ "layer=0&sizeN=0.5,0.5", IPS_INVALID_PARAMETER, "sizeN" },
		{ "cache=validate,on", IPS_INVALID_PARAMETER, "stand alone; the form is cache=" },
		{ "cache=on,update", IPS_INVALID_PARAMETER, "on|off" },
		{ "pathAttr=norm,1", IPS_INVALID_PARAMETER, "below 1" },
		{ "pathAttr=norm,0.5,0.5", IPS_INVALID_PARAMETER, "before end" },
		/* Nested requests (R66) */
		{ "src=is{a?wid=5", IPS_INVALID_PARAMETER, "is not closed" },
		{ "src=is{a?wid=5)", IPS_INVALID_PARAMETER, "is not closed" },
		{ "src=is{a}b", IPS_INVALID_PARAMETER, "closing delimiter" },
		{ "src=IS{a}", IPS_INVALID_PARAMETER, "nested" },
		{ "$p=is(a", IPS_INVALID_PARAMETER, "is not closed" },
		{ "src=a,b", IPS_INVALID_PARAMETER, "src=a,b" },
		/* Wrong values of commands that are not offered are wrong first */
		{ "op_blur=101", IPS_INVALID_PARAMETER, "radius must be a number from 0 to 100" },
		{ "layer=1&src=a&wid=x", IPS_INVALID_PARAMETER, "wid=x" },
		{ "clipPath=L0,0", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=", IPS_INVALID_PARAMETER, "a value is needed" },
		{ "clipPath=Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0Z1,1", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0L1", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0L1,1,2", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0LZ", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0C1,2,3,4Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0Q1,2,3,4Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0H5Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0,,L1,1Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0 0L1 1Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M1.2.3,4Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0L1e,5Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipPath=M0,0L1e999,5Z", IPS_INVALID_PARAMETER, "path data" },
		{ "clipXPath=5,5", IPS_INVALID_PARAMETER, "clipXPath=5,5" },
		{ "op_colorize=50,norm", IPS_INVALID_PARAMETER, "RGB" },
		/* Published, not offered yet */
		{ "src=ir{a?x=1&layer=1&src=is(b?c&d)}&wid=5", IPS_UNSUPPORTED, "src=ir{a" },
		{ "src=fxg%7Ba?x=1&wid=zz%7d", IPS_UNSUPPORTED, "src=fxg%7Ba" },
		{ "mask=IR(a?x&y=z)", IPS_UNSUPPORTED, "Image Rendering (ir)" },
		{ "$p=ir{a}&src=$p$", IPS_UNSUPPORTED, "src=ir{a}" },
		{ "src=is%7Ba%3Fwid%3D%2500%7D", IPS_INVALID_PARAMETER, "other than 00" },
		{ "fmt=SWF", IPS_UNSUPPORTED, "fmt=SWF: this server cannot write swf" },
		{ "fmt=jpegxr-alpha,,lossless", IPS_UNSUPPORTED, "jpegxr-alpha" },
		{ "fmt=m3u8", IPS_UNSUPPORTED, "m3u8" },
		{ "req=saveToFile,json", IPS_UNSUPPORTED, "saveToFile is not offered" },
		{ "$r=img&req=$r$", IPS_INVALID_PARAMETER, "req=$r$: a variable" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		check(cases[i].in, NULL, cases[i].fault, cases[i].says);
}

static void
test_colours(void **state)
{
	static const struct {
		const char *in;
		enum ips_space space;
		uint8_t channel[4], alpha;
	} good[] = {
		{ "0,100,200", IPS_SPACE_RGB, { 0, 100, 200 }, 255 },
		{ "0,100,200,200rs", IPS_SPACE_RGB, { 0, 100, 200 }, 200 },
		{ "0x010203S", IPS_SPACE_RGB, { 1, 2, 3 }, 255 },
		{ "a0b1c2d3R", IPS_SPACE_RGB, { 160, 177, 194 }, 211 },
		{ "FFffFF", IPS_SPACE_RGB, { 255, 255, 255 }, 255 },
		{ "100200", IPS_SPACE_RGB, { 16, 2, 0 }, 255 },
		{ "100S", IPS_SPACE_GRAY, { 255 }, 255 },
		{ "50,75g", IPS_SPACE_GRAY, { 128 }, 191 },
		{ "0X70G", IPS_SPACE_GRAY, { 0x70 }, 255 },
		{ "0xddeegs", IPS_SPACE_GRAY, { 0xdd }, 0xee },
		{ "94,11,50,33k", IPS_SPACE_CMYK, { 240, 28, 128, 84 }, 255 },
		{ "22,23,24,25,26KS", IPS_SPACE_CMYK, { 56, 59, 61, 64 }, 66 },
		{ "38393A3bK", IPS_SPACE_CMYK, { 0x38, 0x39, 0x3a, 0x3b }, 255 },
		{ "0x0a0b0C0d0eks", IPS_SPACE_CMYK, { 10, 11, 12, 13 }, 14 },
	};
	static const char *const bad[] = { "", "fff", "red", "256,0,0", "-1,0,0", "+1,0,0",
		"1,2,3,", ",1,2", "101", "101g", "1,2,3,4,5", "1,2,3k", "1,2,3,4,5,6k",
		"0,0,101,0k", "ffff", "0x", "0xf", "0xfff", "0xfffff", "ffffff0", "0xffffffffff",
		"ffffffk", "s", "k", "12 ,3,4", "1.5,2,3", "0xgg", "ffffffrr", "ffffffsr",
		"#ffffff" };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(good); i++) {
		struct ips_color c = { 0 };

		if (!ips_color_parse(good[i].in, &c) || c.space != good[i].space ||
		    memcmp(c.channel, good[i].channel, 4) != 0 || c.alpha != good[i].alpha)
			fail_msg("%s: %d %d,%d,%d,%d %d", good[i].in, c.space, c.channel[0],
			    c.channel[1], c.channel[2], c.channel[3], c.alpha);
	}
	for (size_t i = 0; i < IPS_NELEM(bad); i++) {
		struct ips_color c = { .alpha = 7 };

		if (ips_color_parse(bad[i], &c) || c.alpha != 7)
			fail_msg("%s was taken for a colour", bad[i]);
	}
}

/* What the other modules read. */
static void
test_settings(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_modifier *m;
	struct ips_error err;

	(void)state;
	assert_true(ips_modifier_parse(mem,
	    "fit=crop,1&crop=1,2,3,4&layer=0&flip=ud&rotate=0&fmt=tif,,zip&rect=0,0,5,6&id=a%26b",
	    NULL, &m, &err));
	const struct ips_value *fit = m->value[IPS_CMD_FIT], *fmt = m->value[IPS_CMD_FMT];
	assert_int_equal(fit->words, 1);
	assert_int_equal(fit->count, 1);
	assert_true(fit->number[0] == 1);
	assert_true(ips_value_word_is(fit, 0, "crop"));
	assert_false(ips_value_word_is(fit, 0, "cro"));
	assert_false(ips_value_word_is(fit, 1, "crop"));
	assert_false(ips_value_word_is(NULL, 0, "crop"));
	assert_true(ips_value_word_is(fmt, 0, "tif"));
	assert_int_equal(fmt->word[1], IPS_NO_WORD);
	assert_true(ips_value_word_is(fmt, 2, "zip"));
	assert_int_equal(m->value[IPS_CMD_RECT]->count, 4);
	assert_string_equal(m->value[IPS_CMD_ID]->text, "a&b");
	assert_null(m->value[IPS_CMD_CROP]);
	assert_null(m->layer[0].value[IPS_CMD_CROP]);
	assert_null(m->layer[0].value[IPS_CMD_FLIP]);
	assert_true(m->layer[1].value[IPS_CMD_CROP]->number[3] == 4);
	assert_true(ips_value_word_is(m->layer[1].value[IPS_CMD_FLIP], 0, "ud"));
	assert_null(m->layer[1].value[IPS_CMD_ROTATE]); /* says nothing */
}

static char *
repeat(const char *text, int times)
{
	GString *s = g_string_new(NULL);

	for (int i = 0; i < times; i++)
		g_string_append(s, text);
	return g_string_free(s, FALSE);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *start, *text;
		int times;
		enum ips_fault fault;
		const char *says;
	} cases[] = {
		{ "", "&", 65536, IPS_OK, "" },
		{ "", "&", 65537, IPS_LIMIT, "longer than 65536 bytes" },
		{ "", "a&", 4096, IPS_OK, "" },
		{ "", "a&", 4097, IPS_LIMIT, "4096 commands" },
		{ "$v=0123456789012345678901234567890123456789", "&id=$v$", 1000, IPS_OK, "" },
		{ "$v=0123456789012345678901234567890123456789", "&id=$v$", 2000, IPS_LIMIT,
		    "variables" },
		{ "", "$a$", 20000, IPS_OK, "" },
		{ "src=", "is{", 20000, IPS_INVALID_PARAMETER, "not closed" },
		{ "$x=", "is%7b", 10000, IPS_INVALID_PARAMETER, "not closed" },
		{ "bgc=0", ",0", 30000, IPS_INVALID_PARAMETER, "bgc" },
		{ "wid=1", "0", 60000, IPS_INVALID_PARAMETER, "..." },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		g_autofree char *tail = repeat(cases[i].text, cases[i].times);
		g_autofree char *text = g_strconcat(cases[i].start, tail, NULL);

		check(text, cases[i].fault == IPS_OK ? "" : NULL, cases[i].fault, cases[i].says);
	}
}

static void
test_layer_limit(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	g_autoptr(GString) text = g_string_new(NULL);
	const struct ips_modifier *m;
	struct ips_error err;

	(void)state;
	for (int i = 0; i <= ips_modifier_default_limits.layers; i++)
		g_string_append_printf(text, "layer=%d&", i);
	assert_true(ips_modifier_parse(mem, text->str, NULL, &m, &err));
	g_string_append_printf(text, "layer=999");
	assert_false(ips_modifier_parse(mem, text->str, NULL, &m, &err));
	assert_int_equal(err.fault, IPS_LIMIT);
}

/* tests/data/modifiers.txt: what comes of it, a tab, the text. */
static void
test_data(void **state)
{
	g_autofree char *content = NULL;
	int count = 0;

	(void)state;
	assert_true(g_file_get_contents(TESTS_DATA "/modifiers.txt", &content, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(content, "\n", -1);
	for (int i = 0; lines[i] != NULL; i++) {
		char *tab = strchr(lines[i], '\t');

		if (tab == NULL)
			continue;
		*tab = '\0';
		count++;
		if (g_str_has_prefix(lines[i], "invalid "))
			check(tab + 1, NULL, IPS_INVALID_PARAMETER, lines[i] + 8);
		else if (g_str_has_prefix(lines[i], "later "))
			check(tab + 1, NULL, IPS_UNSUPPORTED, lines[i] + 6);
		else
			check(tab + 1, lines[i], IPS_OK, "");
	}
	assert_true(count >= 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical_form),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_layer_limit),
		cmocka_unit_test(test_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
