/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests inside of requests. QUAD is 200x160 in four colours with its centre at 100,80; SWATCH
 * 64x64 of b4783c; HOLE is red within 25..75 of 100 and clear around it; HALF, 80x80, is blue with
 * alpha 128; SPOT is white from 40,30 to 60,50 in a black picture of 100x80. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define ROW(source, modifier, w, h, probes)                                                        \
	{                                                                                          \
		source, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, 1          \
	}
#define COPY(source, modifier, w, h, format, probes)                                               \
	{                                                                                          \
		source, modifier, true, w, h, IPS_FORMAT_##format, probes, 2                       \
	}
#define Q(modifier, probes) ROW(QUAD, modifier, 200, 160, probes)
#define S                   "b4783c"
#define LARGE               "size=4000,0&rotate=7"

static const struct golden_row rows[] = {
	/* as the picture of layer 0 */
	ROW(QUAD, "src=is{SWATCH}", 64, 64, "0,0=" S " 63,63=" S),
	ROW(QUAD, "src=is(SWATCH)", 64, 64, "0,0=" S),
	ROW(QUAD, "layer=0&src=is{SWATCH?scale=0.5}", 32, 32, "0,0=" S " 31,31=" S),
	ROW(SWATCH, "src=is{QUAD}", 200, 160, "99,79=R 100,79=G 99,80=B 100,80=Y"),
	ROW(SWATCH, "src=is{QUAD?wid=100}", 100, 80, "44,34=R 55,34=G 44,45=B 55,45=Y"),
	ROW(SWATCH, "src=is{QUAD?flip=lr}", 200, 160, "99,79=G 100,79=R 99,80=Y 100,80=B"),
	ROW(SWATCH, "src=is{QUAD?rotate=90}", 160, 200, "79,99=B 80,99=R 79,100=Y 80,100=G"),
	ROW(SWATCH, "src=is{QUAD?crop=100,0,100,160}&wid=50", 50, 80, "10,10=G 40,70=Y"),
	ROW(SWATCH, "src=is{QUAD?rgn=0,80,100,80}", 100, 80, "0,0=B 99,79=B"),
	ROW(SWATCH, "src=is{QUAD?wid=100&hei=100&fit=crop}", 100, 100, "43,43=R 56,56=Y"),
	ROW(SWATCH, "src=is{QUAD?scl=2}&scale=2", 200, 160, "90,70=R 110,70=G 90,90=B 110,90=Y"),
	ROW(SWATCH, "src=is{QUAD?op_invert=1}", 200, 160, "10,10=00ffff 190,150=0000ff"),
	ROW(SWATCH, "src=is{QUAD?op_invert=1}&op_invert=1", 200, 160, "10,10=R 190,150=Y"),
	/* neither DefaultPix (400,400) nor MaxPix (2000,2000) holds inside */
	ROW(SWATCH, "src=is{BIG}&crop=1000,0,1000,800&size=100,0", 100, 80, "50,40=G"),
	ROW(SWATCH, "src=is{QUAD?size=3000,0}&size=200,0", 200, 160, "50,40=R 150,120=Y"),
	/* what shows through stays clear, and the request outside fills it */
	ROW(SWATCH, "src=is{QUAD?wid=100&hei=100}", 100, 100, "50,4=. 25,30=R 75,70=Y 50,95=."),
	ROW(SWATCH, "src=is{QUAD?extend=10,0,0,0}", 210, 160, "5,80=. 15,10=R"),
	{ SWATCH, "src=is{QUAD?extend=10,0,0,0}&bgc=ff00ff&fmt=png", false, 210, 160,
	    IPS_FORMAT_PNG, "5,80=ff00ff 15,10=R", 1 },
	ROW(SWATCH, "src=is{HOLE}&bgColor=00ffff", 100, 100, "10,10=00ffff 50,50=R"),
	ROW(SWATCH, "src=is{QUAD?opac=50}", 200, 160, "10,10=ff000080 190,150=ffff0080"),
	ROW(SWATCH, "src=is{QUAD?opac=50}&opac=50", 200, 160, "10,10=ff000040"),
	ROW(SWATCH, "src=is{QUAD?mask=SPOT}", 200, 160, "10,10=. 90,70=R 110,90=Y"),
	ROW(SWATCH, "src=is{HOLE}&maskUse=invert", 100, 100, "10,10=G 50,50=."),
	/* commands that say nothing inside */
	ROW(SWATCH, "src=is{HOLE?fmt=jpeg&qlt=1&bgc=ff00ff&iccEmbed=1&printRes=9}", 100, 100,
	    "10,10=. 50,50=R"),
	ROW(SWATCH, "src=is{QUAD?req=tmb&quantize=web}", 200, 160, "10,10=R 190,150=Y"),
	ROW(SWATCH, "src=is{QUAD?fmt=swf}", 200, 160, "10,10=R"),
	ROW(SWATCH, "src=is{QUAD?req=props,json}", 200, 160, "10,10=R"),
	/* as a layer: SWATCH covers 68..132, 48..112 */
	Q("layer=1&src=is{SWATCH}", "67,80=B 68,48=" S " 131,111=" S " 132,111=Y"),
	Q("layer=1&src=is{SWATCH?size=32,32}", "83,80=B 84,64=" S " 115,95=" S " 116,80=Y"),
	Q("layer=1&src=is{SWATCH}&size=32,32&pos=50,0", "134,64=" S " 165,95=" S " 133,64=G"),
	Q("layer=1&src=is{HALF}", "100,80=7f7f80 61,41=7f0080 10,10=R"),
	Q("layer=1&src=is{SWATCH?size=32,32&extend=16,16,16,16&bgColor=00ffff}",
	    "68,48=00ffff 84,64=" S " 131,111=00ffff 132,80=Y"),
	Q("layer=1&src=is{SWATCH}&blendMode=mult", "70,50=b40000 130,110=b47800"),
	Q("layer=1&src=is{SWATCH}&layer=2&src=is{SWATCH}&size=20,20&op_invert=1",
	    "70,50=" S " 100,80=4b87c3"),
	/* as a mask: alpha where there is some, else gray */
	Q("mask=is{SPOT}", "0,0=. 85,65=R 115,95=Y"),
	Q("mask=is(SPOT)", "0,0=. 85,65=R"),
	Q("mask=IS{SPOT}", "0,0=. 85,65=R"), /* in any case here */
	Q("mask=is{SPOT?op_invert=1}", "0,0=R 85,65=."),
	Q("mask=is{HOLE}", "10,10=. 60,50=R 140,110=Y"),
	Q("mask=is{QUAD?mask=SPOT}", "10,10=. 85,65=R 115,95=Y"),
	Q("layer=1&src=is{SWATCH}&mask=is{SPOT}", "69,49=R 94,73=" S " 105,86=" S " 130,110=Y"),
	Q("layer=1&color=00ffff&mask=is{SPOT?scale=2}", "77,75=R 82,62=00ffff 118,98=00ffff"),
	/* the same request twice, as picture and mask */
	Q("layer=1&src=is{HALF}&mask=is{HALF}", "61,41=7f0080 100,80=7f7f80"),
	/* without a picture of its own */
	ROW(QUAD, "src=is{?src=SWATCH}", 64, 64, "0,0=" S),
	ROW(QUAD, "src=is{?color=00ffff&size=30,20}", 30, 20, "0,0=00ffff 29,19=00ffff"),
	ROW(QUAD, "src=is{&src=SWATCH}", 64, 64, "0,0=" S),
	ROW(QUAD, "src=is{?layer=0&src=SWATCH&layer=1&src=HALF&size=32,32}", 64, 64,
	    "2,2=" S " 32,32=5a3c9e"),
	/* several deep */
	ROW(QUAD, "src=is{?src=is{?src=is{SWATCH}}}", 64, 64, "0,0=" S " 63,63=" S),
	ROW(SWATCH, "src=is{?src=is(?src=is{QUAD?flip=lr}&flip=ud)&rotate=180}", 200, 160,
	    "10,10=R 190,10=G 10,150=B 190,150=Y"),
	Q("layer=1&src=is{?layer=0&src=is{SWATCH?size=32,32}&layer=1&src=is{HALF?size=16,16}}",
	    "83,80=B 85,65=" S " 100,80=5a3c9e 116,80=Y"),
	/* variables go down; each is filled in once */
	ROW(QUAD, "$n=SWATCH&src=is{$n$}", 64, 64, "0,0=" S),
	ROW(QUAD, "$n=SWATCH&src=is{?src=$n$}", 64, 64, "0,0=" S),
	ROW(QUAD, "$s=32,32&src=is{SWATCH?size=$s$}", 32, 32, "0,0=" S),
	ROW(QUAD, "src=is{SWATCH?size=$s$}&$s=32,32", 32, 32, "0,0=" S),
	ROW(QUAD, "$s=32,32&src=is{SWATCH?$s=16,16&size=$s$}", 16, 16, "0,0=" S),
	ROW(QUAD, "$s=32,32&src=is{?src=is{SWATCH?size=$s$}}", 32, 32, "0,0=" S),
	ROW(QUAD, "$p=is{SWATCH?size=32,32}&src=$p$", 32, 32, "0,0=" S),
	ROW(QUAD, "$p=is(SWATCH?size=32,32&op_invert=1)&layer=0&src=$p$", 32, 32, "0,0=4b87c3"),
	/* encoded by those who encode everything */
	ROW(QUAD, "src=is%7BSWATCH?size=32,32%7D", 32, 32, "0,0=" S),
	ROW(QUAD, "src=is%7BSWATCH%3Fsize%3D32%2C32%26op_invert%3D1%7D", 32, 32, "0,0=4b87c3"),
	ROW(QUAD, "src=is%7bSWATCH%7d&wid=32", 32, 32, "0,0=" S),
	/* a file's orientation, a decoder that reduces, depth, spaces and profiles */
	ROW(SWATCH, "src=is{EXIF6}", 160, 200, "40,50=B 120,50=R 40,150=Y 120,150=G"),
	ROW(SWATCH, "src=is{BIG?wid=200}", 200, 160, "50,40=R 150,40=G 50,120=B 150,120=Y"),
	ROW(SWATCH, "src=is{BIG}&wid=200", 200, 160, "50,40=R 150,120=Y"),
	ROW(SWATCH, "src=is{GRAY}", 100, 50, "5,5=646464"),
	ROW(SWATCH, "src=is{CMYK}", 64, 64, "5,5=00ffff 60,5=7f7f7f"),
	ROW(SWATCH, "src=is{DEEP}", 256, 64, "100,10=644e9c"),
	COPY(QUAD, "src=is{SWATCH?size=32,32}", 32, 32, PNG, "0,0=" S),
	COPY(QUAD, "src=is{GRAY}", 100, 50, PNG, "5,5=646464"),
	COPY(QUAD, "src=is{HOLE}", 100, 100, PNG, "10,10=. 50,50=R"),
	COPY(QUAD, "src=is{CMYK}", 64, 64, TIFF, "5,5=00ffff 60,5=7f7f7f"),
	COPY(QUAD, "src=is{JQUAD}", 200, 160, JPEG, "10,10=R 190,150=Y"),
	COPY(JQUAD, "layer=1&src=is{SWATCH?size=32,32}", 200, 160, JPEG, "10,10=R 100,80=" S),
};

/* Nested and flat. */
static const struct golden_pair pairs[] = {
	{ GRAD, "src=is{GRAD}", "scl=1", 0 },
	{ GRAD, "src=is{GRAD?wid=100}", "wid=100", 1 },
	{ GRAD, "src=is{GRAD?rotate=30}", "rotate=30", 0 },
	{ GRAD, "src=is{GRAD?crop=10,20,100,60}&flip=lr", "crop=10,20,100,60&flip=lr", 0 },
	{ GRAD, "src=is{GRAD?op_blur=6&op_hue=40}", "op_blur=6&op_hue=40", 0 },
	{ GRAD, "src=is{GRAD?layer=1&src=HOLE}", "layer=1&src=HOLE", 0 },
	{ GRAD, "layer=1&src=is{HOLE?size=50,50}", "layer=1&src=HOLE&size=50,50", 0 },
	{ GRAD, "layer=1&src=is{HALF?rotate=30}&pos=20,10", "layer=1&src=HALF&rotate=30&pos=20,10",
	    1 },
	{ GRAD, "layer=1&src=is{HOLE?opac=50}", "layer=1&src=HOLE&opac=50", 0 },
	{ GRAD, "layer=1&src=is{HALF?mask=SPOT}&blendMode=screen",
	    "layer=1&src=HALF&mask=SPOT&blendMode=screen", 0 },
	{ GRAD, "src=is{GRAD?layer=1&src=HOLE&layer=2&src=HALF&pos=9,9}&wid=128",
	    "layer=1&src=HOLE&layer=2&src=HALF&pos=9,9&wid=128", 0 },
	{ WIDEPNG, "src=is{WIDEPNG}", "scl=1", 0 }, /* the profile comes along */
	{ QUAD, "layer=1&src=is{WIDEPNG}", "layer=1&src=WIDEPNG", 0 },
	{ QUAD, "layer=1&src=is{WIDEPNG?icc=sRGB}", "layer=1&src=WIDEPNG", 1 },
	{ QUAD, "layer=1&src=is{?src=is{WIDEPNG}}", "layer=1&src=WIDEPNG", 0 },
	{ QUAD, "layer=1&src=is{SWATCH?icc=AdobeRGB}", "layer=1&src=SWATCH", 2 },
	/* with everything that a layer may have */
	{ GRAD, "layer=1&src=is{HOLE}&effect=-1&pos=5,5&op_blur=6&color=0,0,0,128",
	    "layer=1&src=HOLE&effect=-1&pos=5,5&op_blur=6&color=0,0,0,128", 0 },
	{ GRAD, "layer=1&src=is{HOLE}&mask=is{SPOT}&effect=1&op_grow=-3&color=00ff00",
	    "layer=1&src=HOLE&mask=SPOT&effect=1&op_grow=-3&color=00ff00", 0 },
	{ QUAD, "src=is{QUAD?layer=1&src=HOLE&effect=1&color=00ff00&op_grow=-3}",
	    "layer=1&src=HOLE&effect=1&color=00ff00&op_grow=-3", 0 },
	{ GRAD, "layer=1&src=is{QUAD}&perspective=10,10,90,20,80,100,20,90",
	    "layer=1&src=QUAD&perspective=10,10,90,20,80,100,20,90", 0 },
	{ GRAD, "layer=1&src=is{?text=Hello&size=90,30}&originN=0,0",
	    "layer=1&text=Hello&size=90,30&originN=0,0", 1 },
	{ GRAD, "layer=1&src=is{HOLE}&clipPath=M0,0L60,0,60,60,0,60Z&extend=5,5,5,5&bgColor=00ffff",
	    "layer=1&src=HOLE&clipPath=M0,0L60,0,60,60,0,60Z&extend=5,5,5,5&bgColor=00ffff", 0 },
	/* many, each read from files of its own, some turned in memory */
	{ QUAD,
	    "layer=1&src=is{QUAD?rotate=90&layer=1&src=SWATCH&rotate=180}&size=40,40&pos=-50,0"
	    "&layer=2&src=is{?src=is{QUAD?rotate=90&size=40,40}&layer=1&src=is{HOLE?rotate=90}"
	    "&size=20,20}&pos=50,0",
	    "layer=1&src=is{QUAD?rotate=90&layer=1&src=SWATCH}&size=40,40&pos=-50,0"
	    "&layer=2&src=QUAD&size=40,40&rotate=90&pos=50,0&layer=3&src=HOLE&size=20,20&pos=50,0",
	    1 },
};

static const struct golden_refusal refusals[] = {
	{ "src=is{nothing}", IPS_NOT_FOUND, "nothing" },
	{ "src=is{QUAD?wid=x}", IPS_INVALID_PARAMETER, "wid=x" },
	{ "src=is{QUAD?layer=1&src=is{nothing}}", IPS_NOT_FOUND, "nothing" },
	{ "src=is{?wid=10}", IPS_INVALID_PARAMETER, "Layer 0 has no content" },
	{ "src=is{}", IPS_INVALID_PARAMETER, "Layer 0 has no content" },
	{ "layer=1&src=is{QUAD?size=90000,0}", IPS_LIMIT, "90000" },
	{ "src=is{QUAD?size=90000,0}&hide=1", IPS_LIMIT, "90000" },
	{ "src=ir{QUAD}", IPS_UNSUPPORTED, "Image Rendering (ir)" },
	{ "src=fxg(QUAD)", IPS_UNSUPPORTED, "FXG (fxg)" },
	{ "mask=FXG(QUAD)", IPS_UNSUPPORTED, "FXG (fxg)" },
	{ "src=is{QUAD?src=ir{QUAD}}", IPS_UNSUPPORTED, "src=ir{QUAD}" },
	{ "src=Is{QUAD}", IPS_INVALID_PARAMETER, "src=Is{QUAD}" },
	{ "src=is{QUAD", IPS_INVALID_PARAMETER, "is not closed" },
	{ "src=is{QUAD)", IPS_INVALID_PARAMETER, "is not closed" },
	{ "src=is{QUAD}x", IPS_INVALID_PARAMETER, "nested request" },
	{ "src=is{QUAD?template=x}", IPS_NOT_FOUND, "template=x" },
	{ "src=is%7BQUAD%3Fwid%3D%25zz%7D", IPS_INVALID_PARAMETER, "hexadecimal" },
	/* each turned in memory as 12.8 million pixels; 33.5 are allowed at once */
	{ "src=is{?src=is{?src=is{QUAD?" LARGE "}&" LARGE "}&" LARGE "}&wid=9", IPS_LIMIT,
	    "memory" },
	{ "icc=is{QUAD}", IPS_INVALID_PARAMETER, "icc=is{QUAD}" },
};

void
test_nested(void **state)
{
	(void)state;
	golden_check(rows, IPS_NELEM(rows));
	golden_check_pairs(pairs, IPS_NELEM(pairs));
	golden_check_refusals(refusals, IPS_NELEM(refusals));
}
