/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Layers. QUAD is 200x160 with its centre at 100,80; SWATCH, 64x64 of b4783c, covers 68..132,
 * 48..112 there if nothing else is said. HOLE is red within 25..75 of 100 and clear around it, with
 * green stored; HALF is blue with alpha 128. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#define ROW(source, modifier, w, h, probes, tolerance)                                             \
	{                                                                                          \
		source, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, tolerance  \
	}
#define Q(modifier, probes)  ROW(QUAD, modifier, 200, 160, probes, 1)
#define QS(modifier, probes) Q("layer=1&src=SWATCH&" modifier, probes)
#define S                    "b4783c"
#define CY                   "00ffff"

static const struct golden_row place_rows[] = {
	QS("", "67,80=B 68,48=" S " 131,111=" S " 132,111=Y 68,47=R 131,112=Y"),
	QS("origin=0,0", "99,90=B 100,80=" S " 163,143=" S " 164,143=Y 100,79=G"),
	Q("origin=0,0&layer=1&src=SWATCH&origin=0,0&pos=10,20",
	    "9,20=R 10,19=R 10,20=" S " 73,83=" S " 74,83=B 73,84=B"),
	Q("originN=-0.5,-0.5&layer=1&src=SWATCH&originN=-0.5,-0.5",
	    "0,0=" S " 63,63=" S " 64,63=R"),
	Q("originN=0.5,0.5&layer=1&src=SWATCH&originN=0.5,0.5",
	    "135,159=Y 136,96=" S " 199,159=" S " 136,95=Y"),
	QS("posN=0.25,-0.25", "117,8=G 118,8=" S " 181,71=" S " 182,71=G 118,7=G"),
	QS("pos=-10,5", "57,80=B 58,53=" S " 121,116=" S " 58,52=R"),
	QS("posN=0.001,0", "67,80=B 68,80=" S), /* R22 */
	QS("posN=0.003,0", "68,80=B 69,80=" S " 132,80=" S),
	QS("pos=90,70", "157,159=Y 158,118=" S " 199,159=" S),
	QS("pos=-90,-70", "0,0=" S " 41,41=" S " 42,41=R"),
	QS("pos=500,0", "0,0=R 199,0=G 199,159=Y"),
	QS("pos=-132,0", "0,80=B 0,79=R"),
	QS("pos=-131,0", "0,80=" S " 1,80=B"),
	QS("anchor=0,0", "99,90=B 100,80=" S " 163,143=" S),
	QS("anchor=64,64&size=32,32", "67,79=R 68,48=" S " 99,79=" S " 100,79=G"),
	QS("anchor=0,0&flip=lr", "35,90=B 36,80=" S " 99,143=" S " 100,143=Y"),
	QS("anchor=0,0&flip=ud", "100,79=" S " 163,16=" S " 100,15=G 100,80=Y"),
	QS("anchor=0,0&rotate=90", "35,90=B 36,80=" S " 99,143=" S " 100,143=Y"),
	QS("anchor=0,0&rotate=180", "35,40=R 36,16=" S " 99,79=" S " 100,79=G"),
	QS("anchorN=0.5,0", "35,80=B 36,48=" S " 99,111=" S " 100,111=Y"),
	Q("anchor=0,0&layer=1&src=SWATCH&anchor=0,0", "0,0=" S " 63,63=" S " 64,63=R"),
	QS("anchor=0,0&origin=64,64",
	    "35,40=R 36,16=" S " 99,79=" S " 100,79=G"), /* origin= overrides */
	QS("crop=0,0,32,64", "67,80=B 68,48=" S " 99,111=" S " 100,111=Y"),
	QS("crop=32,0,32,64", "99,80=B 100,48=" S " 131,111=" S " 132,80=Y"),
	QS("crop=32,0,32,64&originN=0,0", "83,80=B 84,48=" S " 115,111=" S " 116,80=Y"),
	QS("size=32,32", "83,80=B 84,64=" S " 115,95=" S " 116,80=Y"),
	QS("size=128,0", "35,80=B 36,16=" S " 163,143=" S " 164,80=Y"),
	QS("size=128,32", "83,80=B 84,64=" S " 115,95=" S " 116,80=Y"),
	QS("scale=0.5", "83,80=B 84,64=" S " 115,95=" S),
	QS("res=50", "83,80=B 84,64=" S " 115,95=" S), /* 100 dpi */
	QS("sizeN=0.5,0.5", "59,80=B 60,40=" S " 139,119=" S " 140,80=Y"),
	QS("sizeN=0.16,0", "83,80=B 84,64=" S " 115,95=" S " 116,80=Y"),
	ROW(QUAD, "size=100,80&layer=1&src=SWATCH&sizeN=0.5,0.4", 100, 80,
	    "33,45=B 34,24=" S " 65,55=" S " 66,45=Y", 1),
	QS("extend=10,10,10,10&bgColor=00ffff",
	    "57,80=B 58,38=" CY " 67,80=" CY " 68,48=" S " 141,121=" CY " 142,121=Y"),
	QS("extend=20,0,0,0&originN=0,0", "77,80=B 78,48=" S " 141,111=" S " 142,111=Y"),
	QS("extend=-16,-16,-16,-16", "83,80=B 84,64=" S " 115,95=" S " 116,80=Y"),
	QS("extendN=0.5,0,0,0&bgColor=00ffff", "35,80=B 36,80=" CY " 67,80=" CY " 68,80=" S),
	QS("rotate=45", "100,45=" S " 52,80=B 65,80=" S " 70,50=R 131,111=Y"),
	QS("rotate=90&crop=0,0,64,32", "99,80=B 100,48=" S " 131,111=" S " 132,80=Y"),
	QS("crop=500,500,20,20", "100,80=Y 90,70=R"), /* R24 */
	QS("crop=-10,0,20,64&bgColor=00ffff",
	    "57,80=B 58,80=" CY " 67,80=" CY " 68,80=" S " 78,80=B"),
	/* layer 0 is the canvas, with all that is done to it */
	ROW(QUAD, "extend=50,0,0,0&layer=1&src=SWATCH", 250, 160,
	    "20,80=. 117,80=B 118,48=" S " 181,111=" S " 182,80=Y", 1),
	ROW(QUAD, "crop=100,0,100,160&layer=1&src=SWATCH", 100, 160,
	    "0,80=" S " 31,111=" S " 32,80=Y 0,40=G", 1),
	ROW(QUAD, "size=100,80&layer=1&src=SWATCH", 100, 80, "17,20=R 18,8=" S " 81,71=" S, 1),
	ROW(QUAD, "size=100,80&layer=1&color=00ffff&sizeN=0.5,0.25", 100, 80,
	    "24,35=R 25,30=" CY " 74,49=" CY " 75,45=Y", 1),
	ROW(QUAD, "rotate=90&layer=1&src=SWATCH", 160, 200, "47,90=B 48,68=" S " 111,131=" S, 1),
	ROW(QUAD, "layer=0&flip=lr&layer=1&src=SWATCH&pos=30,0", 200, 160,
	    "10,10=G 97,80=Y 98,80=" S " 161,80=" S " 162,80=B", 1),
	/* the composite, with all of them */
	Q("flip=lr&layer=1&src=SWATCH&pos=30,0",
	    "10,10=G 37,80=Y 38,80=" S " 101,80=" S " 102,80=B"),
	Q("flip=ud&layer=1&src=SWATCH&pos=0,30", "10,10=B 80,17=B 80,18=" S " 80,81=" S " 80,82=R"),
	Q("flip=lrud&layer=1&src=SWATCH&pos=30,30", "10,10=Y 38,18=" S " 101,81=" S " 102,82=R"),
	ROW(QUAD, "wid=100&layer=1&src=SWATCH", 100, 80, "28,46=B 36,26=" S " 63,53=" S " 68,42=Y",
	    1),
	ROW(QUAD, "rgn=68,48,64,64&layer=1&src=SWATCH", 64, 64, "0,0=" S " 63,63=" S, 1),
	ROW(QUAD, "rgn=-20,0,60,160&layer=1&src=SWATCH&pos=-80,0", 60, 160,
	    "10,80=. 19,80=. 20,48=" S " 59,111=" S " 20,47=R", 1),
	ROW(QUAD, "wid=100&hei=100&layer=1&src=SWATCH", 100, 100, "50,5=. 50,50=" S " 5,15=R", 1),
	ROW(QUAD, "scl=1&rect=60,40,20,20&layer=1&src=SWATCH", 20, 20, "7,15=R 8,8=" S, 1),
};

static const struct golden_row order_rows[] = {
	Q("layer=2&src=SWATCH&layer=1&src=HALF", "100,80=" S " 61,41=7f0080"),
	Q("layer=1&src=HALF&layer=2&src=SWATCH", "100,80=" S),
	Q("layer=1&src=SWATCH&layer=2&src=HALF", "100,80=5a3c9e"),
	Q("layer=90&src=SWATCH&layer=7&color=00ffff&size=200,160", "0,0=" CY " 100,80=" S),
	Q("layer=1,a&src=SWATCH&layer=a&pos=10,0", "77,80=B 78,80=" S),
	Q("layer=1,a&src=HALF&layer=1,b&layer=b&src=SWATCH&layer=a&size=32,32", "83,80=B 84,80=" S),
	Q("layer=1&src=SWATCH&layer=comp&hide=1", "0,0=. 68,48=" S), /* R14: hide= of layer 0 */
	Q("layer=1&src=SWATCH&layer=0&hide=1", "0,0=. 68,48=" S),    /* R29 */
	ROW(QUAD, "layer=1&src=SWATCH&layer=0&src=HALF&size=200,160", 160, 160,
	    "10,10=0000ff80 48,48=" S " 111,111=" S, 1),
	QS("hide=1", "0,0=R 100,80=Y"),
	QS("src=HALF", "100,80=7f7f80 61,41=7f0080"), /* R4 */
	Q("layer=1&pos=10,10", "0,0=R 100,80=Y"),     /* R15 */
	Q("layer=1&bgColor=00ffff&size=10,10", "0,0=R 100,80=Y"),
	Q("layer=1&src=QUAD&flip=lr", "10,10=G 190,150=B"),
	Q("layer=1&src=QUAD&flip=lr&layer=2&src=QUAD&size=100,0",
	    "10,10=G 55,45=R 145,115=Y 190,150=B"),
	ROW(QUAD, "src=SWATCH", 64, 64, "0,0=" S " 63,63=" S, 1),
	ROW(QUAD, "src=SWATCH&layer=1&src=HALF&size=32,32", 64, 64, "15,32=" S " 32,32=5a3c9e", 1),
	ROW(QUAD, "layer=0&src=HOLE&layer=1&src=SWATCH&size=32,32", 100, 100,
	    "10,10=. 30,30=R 50,50=" S, 1),
};

/* SWATCH below, 100 grey above: lighter and darker of each; 180 100/255 = 70.6, 47.1, 23.5 for
 * mult; what is missing of the sum for screen. */
#define B(modifier, probes) ROW(SWATCH, modifier, 64, 64, probes, 2)
#define BG(mode)            "layer=1&src=GRAY&blendMode=" mode
#define BH(mode)            "layer=1&src=HALF&blendMode=" mode
static const struct golden_row blend_rows[] = {
	B(BG("norm"), "32,32=646464 32,3=" S),
	B(BG("lighten"), "32,32=b47864 32,3=" S),
	B(BG("darken"), "32,32=64643c 32,3=" S),
	B(BG("mult"), "32,32=472f18 32,3=" S),
	B(BG("screen"), "32,32=d1ad88 32,3=" S),
	B(BG("dissolve"), "32,32=646464 32,3=" S),
	B(BG("dissolve") "&opac=0", "32,32=" S),
	B(BG("mult") "&opac=50", "32,32=7d532a"),
	B(BG("screen") "&opac=50", "32,32=c39362"),
	B(BG("lighten") "&opac=50", "32,32=b47850"),
	B(BG("darken") "&opac=50", "32,32=8c6e3c"),
	B(BG("mult") "&opac=50,50", "32,32=996633"),
	B(BG("mult") "&op_invert=1", "32,32=6d4924"),
	/* half above: 0.498 of what is below, 0.502 of the mixture with blue */
	B(BH("norm"), "32,32=5a3c9e"),
	B(BH("mult"), "32,32=5a3c3c"),
	B(BH("darken"), "32,32=5a3c3c"),
	B(BH("screen"), "32,32=b4789e"),
	B(BH("lighten"), "32,32=b4789e"),
	/* over what is clear the layer shows unmixed (R28) */
	ROW(HOLE, "layer=1&src=SWATCH&blendMode=mult", 100, 100, "10,10=. 20,50=" S " 50,50=b40000",
	    1),
	ROW(HOLE, "layer=1&src=SWATCH&blendMode=screen", 100, 100,
	    "10,10=. 20,50=" S " 50,50=ff783c", 1),
	ROW(HOLE, "layer=1&src=SWATCH&blendMode=darken", 100, 100, "20,50=" S " 50,50=b40000", 1),
	ROW(HOLE, "layer=1&src=HALF", 100, 100, "5,5=. 20,50=0000ff80 50,50=7f0080", 1),
	ROW(HOLE, "layer=1&src=HALF&blendMode=mult", 100, 100, "20,50=0000ff80 50,50=7f0000", 1),
	/* both thin: alpha 0.752, and the mean by weight */
	ROW(HALF, "layer=1&src=HALF", 80, 80, "40,40=0000ffc0", 1),
	ROW(HALF, "layer=1&src=SWATCH&opac=50", 80, 80, "2,2=0000ff80 40,40=78507dc0", 2),
	/* mult: (0.25 blue + 0.25 swatch + 0.252 (0,0,60)) / 0.752 */
	ROW(HALF, "layer=1&src=SWATCH&opac=50&blendMode=mult", 80, 80, "40,40=3c287dc0", 2),
	/* the mode of layer 0 and of the composite is ignored */
	B("blendMode=mult&" BG("norm"), "32,32=646464"),
	B("layer=0&blendMode=screen&" BG("norm"), "32,32=646464"),
	/* other spaces and depths */
	ROW(CMYK, "layer=1&src=SWATCH&size=32,32", 64, 64, "5,32=" CY " 32,32=" S " 60,32=7f7f7f",
	    1),
	ROW(QUAD, "layer=1&src=CMYK", 200, 160, "60,80=B 75,80=" CY " 125,80=7f7f7f", 1),
	ROW(QUAD, "layer=1&src=GRAY", 200, 160, "49,80=B 50,80=646464 100,56=646464", 1),
	ROW(QUAD, "layer=1&src=DEEP&size=128,0", 200, 160, "100,80=804e9c", 2),
	ROW(QUAD, "layer=1&src=GRAYA", 200, 160, "60,60=b23232 120,100=b2b232", 2),
	{ GRAY, "layer=1&src=SWATCH", true, 100, 50, IPS_FORMAT_PNG, "5,5=646464 50,25=" S, 1 },
	{ GRAY, "layer=1&src=GRAY&size=50,0&op_invert=1", true, 100, 50, IPS_FORMAT_PNG,
	    "5,5=646464 50,25=9b9b9b", 1 },
	{ DEEP, "layer=1&src=SWATCH&size=32,32", true, 256, 64, IPS_FORMAT_PNG,
	    "10,32=0a4e9c 128,32=" S, 1 },
	{ JQUAD, "layer=1&src=SWATCH", true, 200, 160, IPS_FORMAT_JPEG, "10,10=R 100,80=" S, 10 },
	{ HOLE, "layer=1&src=SWATCH&size=32,32", true, 100, 100, IPS_FORMAT_PNG, "10,10=. 50,50=" S,
	    1 },
	{ QUAD, "layer=1&src=HALF", true, 200, 160, IPS_FORMAT_PNG, "10,10=R 61,41=7f0080", 1 },
	/* decoders that reduce, and files that lie on their side */
	ROW(QUAD, "layer=1&src=BIG&size=100,0&flip=lr", 200, 160,
	    "45,80=B 60,50=G 140,50=R 60,110=Y 140,110=B", 10),
	ROW(QUAD, "layer=1&src=EXIF6&size=80,100", 200, 160,
	    "50,80=B 70,40=B 130,40=R 70,120=Y 130,120=G", 10),
	ROW(BIG, "size=200,160&layer=1&src=SWATCH", 200, 160, "60,70=R 70,50=" S " 130,110=" S, 10),
};

static const struct golden_row cover_rows[] = {
	QS("opac=50", "80,60=da3c1e 120,100=daBc1e"),
	QS("opac=50,50", "80,60=ec1e0f"),
	QS("opac=0", "80,60=R"),
	Q("opac=50&layer=1&src=SWATCH", "10,10=ff000080 100,80=b4783c80"),
	Q("layer=0&opac=50&layer=1&src=SWATCH", "10,10=ff000080 100,80=" S),
	Q("layer=0&opac=50&layer=1&src=HALF", "61,41=5500aac0 10,10=ff000080"),
	QS("op_invert=1", "10,10=R 100,80=4b87c3"),
	Q("op_invert=1&layer=1&src=SWATCH", "10,10=" CY " 100,80=4b87c3"),
	Q("layer=0&op_invert=1&layer=1&src=SWATCH", "10,10=" CY " 100,80=" S),
	QS("op_brightness=20", "100,80=cd9156"), /* 20 of 200 times 255 is 25.5 */
	Q("layer=1&src=HOLE&color=00ffff", "49,80=B 50,80=" CY " 80,60=R 149,129=" CY),
	Q("layer=1&src=HOLE&color=00ffff80", "55,35=7f8080 80,60=R"),
	Q("layer=1&src=HOLE&color=00ffff&opac=50", "55,35=" CY " 80,60=807f7f"),
	Q("layer=1&src=HOLE&bgColor=00ffff&opac=50", "55,35=" CY " 80,60=807f7f"),
	Q("layer=1&src=HOLE&color=00ffff&rotate=45", "35,80=" CY " 70,30=R 55,35=R 100,80=R"),
	Q("layer=1&src=HOLE&bgColor=00ffff&rotate=45", "35,80=" CY " 40,20=" CY " 100,80=R"),
	Q("layer=1&src=HOLE", "55,35=R 80,60=R 120,60=R 120,100=R 130,110=Y"),
	Q("layer=1&src=HOLE&maskUse=off", "55,35="
					  "00ff00"
					  " 80,60=R 149,129=00ff00"),
	Q("layer=1&src=HOLE&maskUse=invert", "55,35=00ff00 120,60=G 120,100=Y"),
	QS("maskUse=invert", "100,80=Y 80,60=R"),
	QS("mask=SPOT", "85,80=B 100,80=" S " 115,80=Y"),
	QS("mask=SPOT&maskUse=invert", "70,80=" S " 97,77=R 125,80=" S),
	QS("mask=HALF", "80,60=da3c1e"),
	Q("layer=1&src=HOLE&mask=HALF", "55,35=7f8000 80,60=ff0000"),
	QS("clipPath=M0,0L32,0,32,32,0,32Z", "67,60=R 68,48=" S " 99,79=" S " 101,81=Y"),
	QS("clipPath=M0,0L64,0,64,64,0,64Z&clipXPath=M0,0L32,0,32,32,0,32Z", "80,60=R 120,100=" S),
	QS("clipPath=M0,0L20,0,20,84,0,84Z&extend=10,10,10,10&bgColor=00ffff",
	    "58,38=" CY " 67,80=" CY " 70,80=" S " 79,80=B"),
	Q("clipPath=M0,0L100,0,100,160,0,160Z&layer=1&src=SWATCH", "70,80=" S " 102,80=. 10,10=R"),
	Q("layer=0&clipPath=M0,0L100,0,100,160,0,160Z&layer=1&src=SWATCH",
	    "70,80=" S " 102,80=" S " 150,80=. 10,10=R"),
	/* solid layers */
	Q("layer=1&color=00ffff&size=40,20", "79,79=R 80,70=" CY " 119,89=" CY " 120,89=Y 80,69=R"),
	Q("layer=1&color=00ffff80&size=40,20", "85,72=7f8080 119,72=00ff80"),
	Q("layer=1&color=00ffff&opac=50&size=40,20", "85,72=7f8080"),
	Q("layer=1&color=00ffff80&opac=50&size=40,20", "85,72=bf4040"),
	Q("layer=1&color=0,255,255&sizeN=0.5,0.25", "49,80=B 50,60=" CY " 149,99=" CY " 150,80=Y"),
	Q("layer=1&color=00ffff&size=40,20&scale=3&crop=0,0,5,5", "80,70=" CY " 119,89=" CY),
	Q("layer=1&color=00ffff&size=40,20&rotate=90",
	    "90,60=" CY " 109,99=" CY " 89,80=B 85,75=R"),
	Q("layer=1&color=00ffff&size=40,20&pos=0,-60", "80,10=" CY " 119,29=" CY " 80,30=R"),
	Q("layer=1&color=00ffff&size=40,20&blendMode=mult",
	    "85,72=000000 115,72=G 85,88=B 115,88=G"),
	Q("layer=1&color=00ffff&mask=SPOT", "85,75=R 92,72=" CY " 108,88=" CY " 112,88=Y"),
	Q("layer=1&color=00ffff&mask=SPOT&size=200,0",
	    "78,75=R 79,75=cb3434 82,62=" CY " 118,98=" CY " 122,88=Y"),
	Q("layer=1&color=00ffff&mask=SPOT&scale=2", "77,75=R 82,62=" CY " 118,98=" CY " 122,88=Y"),
	Q("layer=1&color=00ffff80&mask=SPOT", "92,72=7f8080"),
	Q("layer=1&color=00ffff&mask=SPOT&maskUse=invert", "52,42=" CY " 92,72=R"),
	Q("layer=1&color=00ffff&clipPath=M0,0L20,0,20,10,0,10Z",
	    "99,85=B 100,80=" CY " 119,89=" CY " 120,85=Y 110,91=Y"),
	Q("layer=1&color=00ffff&clipPath=M10,10L30,10,30,20,10,20Z",
	    "109,95=Y 110,90=" CY " 129,99=" CY " 130,95=Y"),
	Q("layer=1&color=00ffff&clipPath=M10,10L30,10,30,20,10,20Z&pos=-50,-40",
	    "59,55=R 60,50=" CY " 79,59=" CY " 80,55=R"),
	Q("layer=1&color=00ffff&clipPath=M10,10L30,10,30,20,10,20Z&origin=0,0",
	    "99,85=B 100,80=" CY " 119,89=" CY " 120,85=Y"),
	/* a text, too, is as large as its path, whose own 0,0 is placed */
	Q("layer=1&text={\\fs8%20.}&color=00ffff&clipPath=M10,10L60,10,60,40,10,40Z",
	    "109,95=Y 110,118=" CY " 159,91=" CY " 159,119=" CY " 160,95=Y 150,120=Y"),
	Q("layer=1&textPs={\\fs8%20.}&color=00ffff&clipPath=M10,10L60,10,60,40,10,40Z&pos=-50,-40",
	    "59,55=R 60,78=" CY " 109,51=" CY " 109,79=" CY " 110,55=G"),
	Q("layer=1&text={\\fs8%20.}&color=00ffff&clipPath=M10,10L60,10,35,40Z&origin=0,0",
	    "106,82=" CY " 143,82=" CY " 125,103=" CY " 102,100=Y 148,100=Y"),
	Q("layer=1&text={\\fs8%20.}&color=00ffff&size=60,30&clipPath=M0,0L20,0,20,30,0,30Z",
	    "70,93=" CY " 89,66=" CY " 91,70=R 69,80=B"),
	Q("layer=1&textPs={\\fs8%20.}&color=00ffff&size=60,30&perspective=50,40,150,40,150,120,50,"
	  "120",
	    "49,80=B 50,118=" CY " 149,41=" CY " 149,119=" CY " 150,100=Y"),
	Q("layer=1&color=00ffff&size=40,20&clipPath=M0,0L20,0,20,10,0,10Z",
	    "80,70=" CY " 99,79=" CY " 101,79=G 90,81=B"),
	ROW(QUAD, "src=SWATCH&layer=1&color=000000&size=64,64&opac=50", 64, 64, "32,32=5a3c1e", 2),
	ROW(GRAY, "layer=1&color=ff0000&size=20,20", 100, 50, "5,5=646464 50,25=R", 1),
};

/* Two ways to one picture. */
static const struct golden_pair pairs[] = {
	/* no halos: what is clear has green stored */
	{ HOLE, "size=50,50&bgColor=ff00ff",
	    "layer=0&size=50,50&opac=0&bgColor=ff00ff&layer=1&src=HOLE&size=50,50", 2 },
	{ HOLE, "size=150,150&bgColor=ffffff",
	    "layer=0&size=150,150&opac=0&bgColor=ffffff&layer=1&src=HOLE&size=150,150", 2 },
	{ QUAD, "rotate=30&bgColor=0000ff",
	    "rotate=30&hide=1&layer=1&color=0000ff&sizeN=1,1"
	    "&layer=2&src=QUAD&rotate=30",
	    2 },
	{ QUAD, "flip=lr", "layer=1&src=QUAD&flip=lr", 0 },
	{ QUAD, "rotate=180", "layer=1&src=QUAD&rotate=180", 0 },
	{ QUAD, "op_invert=1", "layer=1&src=QUAD&op_invert=1", 0 },
	{ GRAD, "op_blur=8", "layer=1&src=GRAD&op_blur=8", 1 },
	{ GRAD, "op_usm=2,3,4&op_hue=40", "layer=1&src=GRAD&op_usm=2,3,4&op_hue=40", 1 },
	{ QUAD, "mask=SPOT&opac=60", "hide=1&layer=1&src=QUAD&mask=SPOT&opac=60", 0 },
	{ QUAD, "flip=lr&layer=1&src=HOLE&pos=10,20",
	    "layer=0&flip=lr&layer=1&src=HOLE&flip=lr&pos=-10,20", 0 },
	{ QUAD, "flip=lrud&layer=1&src=HOLE&pos=10,20",
	    "layer=0&flip=lrud&layer=1&src=HOLE&flip=lrud&pos=-10,-20", 0 },
	{ QUAD, "layer=1&src=HALF&opac=50,50", "layer=1&src=HALF&opac=25", 1 },
	{ QUAD, "layer=3&src=SWATCH&layer=1&src=HOLE", "layer=1,x&src=HOLE&layer=2&src=SWATCH", 0 },
	{ QUAD, "crop=0,0,100,160&layer=1&src=SWATCH", "rgn=0,0,100,160&layer=1&src=SWATCH", 0 },
	{ QUAD, "extend=10,10,10,10&layer=1&src=SWATCH", "rgn=-10,-10,220,180&layer=1&src=SWATCH",
	    0 },
	{ QUAD,
	    "layer=1&src=HALF&layer=2&src=HALF&layer=3&src=HALF&layer=4&src=HALF&layer=5&src=HALF",
	    "layer=1&color=0000ff&opac=97&size=80,80", 2 }, /* 1 - 0.498^5 */
	{ GRAD, "wid=64&layer=1&src=HOLE&pos=40,0", "scl=4&layer=1&src=HOLE&pos=40,0", 0 },
};

/* Whole pixels, as many as the opacity says, the same each time. */
static void
test_dissolve(void)
{
	static const char modifier[] =
	    "layer=1&color=ffffff&size=200,160&opac=30&blendMode=dissolve&op_colorbalance=0,0,0";
	int w, h, white = 0;
	g_autofree uint8_t *a = golden_rgba(QUAD, modifier, &w, &h);
	g_autofree uint8_t *b = golden_rgba(QUAD, modifier, &w, &h);

	assert_memory_equal(a, b, (size_t)(w * h * 4));
	for (int i = 0; i < w * h; i++) {
		const uint8_t *p = a + (ptrdiff_t)4 * i;
		for (int c = 0; c < 4; c++)
			assert_true(p[c] == 0 || p[c] == 255);
		white += p[0] == 255 && p[1] == 255 && p[2] == 255;
	}
	/* 9600 of 32000 with a deviation of 82 */
	assert_in_range(white, 9600 - 410, 9600 + 410);
}

/* Layers beyond what is read from side by side, each turned in memory. */
static void
test_many(void)
{
	g_autoptr(GString) text = g_string_new("");
	int w, h, n;

	for (n = 1; n <= 60; n++)
		g_string_append_printf(text,
		    "layer=%d&src=%s&rotate=180&origin=0,0&pos=%d,%d&size=20,20&", n,
		    n % 2 ? "SWATCH" : "QUAD", n * 2 - 100, n - 60);
	g_autofree uint8_t *a = golden_rgba(QUAD, text->str, &w, &h);
	/* The uppermost, 20x16, at 120,80: yellow comes first when it is turned. */
	static const uint8_t yellow[] = { 255, 255, 0, 255 }, red[] = { 255, 0, 0, 255 };
	assert_memory_equal(a + 4 * (81 * w + 121), yellow, 4);
	assert_memory_equal(a + 4 * (94 * w + 138), red, 4);
	/* The one below it, a swatch, shows two columns left of it. */
	static const uint8_t swatch[] = { 180, 120, 60, 255 };
	assert_memory_equal(a + 4 * (85 * w + 118), swatch, 4);
}

static const struct golden_refusal refusals[] = {
	{ "layer=1&color=ff0000", IPS_INVALID_PARAMETER, "layer 1" }, /* R15 */
	{ "layer=1&color=ff0000&size=10,0", IPS_INVALID_PARAMETER, "layer 1" },
	{ "layer=1&color=ff0000&sizeN=0,0.5", IPS_INVALID_PARAMETER, "layer 1" },
	{ "layer=1&color=ff0000&hide=1", IPS_INVALID_PARAMETER, "layer 1" },
	{ "layer=1&color=ff0000&size=90000,9000", IPS_LIMIT, "90000" },
	{ "layer=1&color=ff0000&clipPath=M0,0L9,0,9,9Z&rotate=5", IPS_INVALID_PARAMETER,
	    "rotate=5" },
	{ "layer=1&color=ff0000&clipPath=M0,0L9,0,9,9Z&anchor=5,5", IPS_INVALID_PARAMETER,
	    "anchor=5,5" },
	{ "layer=1&src=nothing", IPS_NOT_FOUND, "nothing" },
	{ "layer=1&src=", IPS_INVALID_PARAMETER, "src" },
	{ "layer=1&src=SWATCH&size=90000,0", IPS_LIMIT, "90000" },
	{ "layer=1&src=SWATCH&extend=-64,0,0,0", IPS_INVALID_PARAMETER, "extend" },
	{ "layer=1&src=SWATCH&blendMode=hue", IPS_INVALID_PARAMETER, "blendMode" },
	{ "layer=1&src=SWATCH&mask=nothing", IPS_NOT_FOUND, "nothing" },
	{ "layer=1&src=SWATCH&origin=0.5,0", IPS_INVALID_PARAMETER, "origin" },
	{ "layer=comp&sizeN=1,1", IPS_INVALID_PARAMETER, "sizeN" },
};

void
test_layers(void **state)
{
	(void)state;
	golden_check(place_rows, IPS_NELEM(place_rows));
	golden_check(order_rows, IPS_NELEM(order_rows));
	golden_check(blend_rows, IPS_NELEM(blend_rows));
	golden_check(cover_rows, IPS_NELEM(cover_rows));
	golden_check_pairs(pairs, IPS_NELEM(pairs));
	test_dissolve();
	test_many();
	golden_check_refusals(refusals, IPS_NELEM(refusals));
}
