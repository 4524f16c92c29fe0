/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* effect= and its kin. SWATCH, 64x64 of b4783c, covers 68..132, 48..112 of QUAD; HOLE
 * covers 50..150, 30..130 there, and is red in 75..125, 55..105. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#define ROW(source, modifier, w, h, probes, tolerance)                                             \
	{                                                                                          \
		source, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, tolerance  \
	}
#define Q(modifier, probes)  ROW(QUAD, modifier, 200, 160, probes, 1)
#define QS(modifier, probes) Q("layer=1&src=SWATCH&" modifier, probes)
#define QH(modifier, probes) Q("layer=1&src=HOLE&" modifier, probes)
#define S                    "b4783c"
#define CY                   "00ffff"
#define MA                   "ff00ff"
#define INNER                "effect=1&op_grow=5&color=00ffff"

static const struct golden_row outer_rows[] = {
	QS("effect=-1&color=000000&pos=10,10",
	    "131,111=" S " 132,111=K 141,121=K 142,121=Y 141,122=Y 78,115=K 77,115=B 135,57=G "
	    "135,58=K 100,80=" S),
	QS("effect=-1&color=000000&posN=0.05,0", "132,60=K 141,80=K 142,80=Y 67,60=R"),
	QS("effect=-1&color=000000&pos=-10,0", "57,80=B 58,80=K 67,80=K 68,80=" S " 133,80=Y"),
	QS("effect=-1&color=000000&pos=10,10&opac=50", "135,115=808000 100,80=" S),
	QS("effect=-1&color=00000080&pos=10,10", "135,115=7f7f00"),
	QS("effect=-1&color=0,0,0,128&pos=10,10", "135,115=7f7f00"),
	QS("effect=-1&color=00000080&opac=50&pos=10,10", "135,115=bfbf00"),
	QS("opac=50&effect=-1&opac=50&color=000000&pos=10,10",
	    "135,115=bfbf00 80,60=da3c1e 120,100=dabc1e"),
	/* the published example: 90 of 70 and of 50 percent */
	QS("opac=90,70&effect=-1&opac=50&color=000000&pos=10,10", "135,115=8c8c00 80,60=d04c26"),
	QS("opac=100,0&effect=-1&color=000000&pos=10,10", "135,115=K 80,60=R 120,100=Y"),
	QS("opac=0&effect=-1&color=000000&pos=10,10", "135,115=Y 80,60=R"),
	QS("effect=-1&color=000000&pos=10,10&opac=0", "135,115=Y 100,80=" S),
	QS("effect=-1&color=000000&pos=10,10&opac=50,10", "135,115=808000"),
	/* the layer hides its effect unless it is told not to */
	QS("opac=50&effectMask=0&effect=-1&opac=50&color=000000&pos=10,10",
	    "135,115=bfbf00 80,60=b93c1e 70,50=da3c1e"),
	QS("opac=50&effectMask=1&effect=-1&opac=50&color=000000&pos=10,10", "80,60=da3c1e"),
	QS("effect=-1&color=000000", "67,80=B 68,80=" S " 100,80=" S),
	/* a border by the contour; a disc of 3 rounds its corners */
	QS("effect=-1&op_grow=3&color=ff00ff",
	    "64,80=B 65,80=" MA " 67,80=" MA " 68,80=" S " 132,80=" MA " 134,80=" MA
	    " 135,80=Y 100,45=" MA " 100,44=G 66,46=" MA " 65,45=R"),
	QS("effect=-1&op_grow=3&color=255,0,255,128", "65,80=8000ff 67,80=8000ff 64,80=B"),
	QH("effect=-1&op_grow=4&color=ff00ff", "70,80=B 71,80=" MA " 74,80=" MA " 75,80=R"),
	QS("effect=-1&op_grow=-10&pos=20,0&color=000000",
	    "132,80=K 141,80=K 142,80=Y 135,57=G 135,58=K 135,101=K 135,102=Y"),
	/* what the mask is */
	QH("effect=-1&color=000000&pos=10,0", "74,80=B 75,80=R 125,80=K 134,80=K 135,80=Y 60,40=R"),
	QH("effect=-1&color=000000&maskUse=off", "49,35=R 50,35=K 74,80=K 75,80=R 149,129=K"),
	QH("effect=-1&color=000000&maskUse=off&pos=10,0",
	    "55,35=R 60,35=K 80,80=R 159,35=K 160,35=G"),
	QH("effect=-1&color=000000&maskUse=invert", "49,35=R 50,35=K 74,80=K 75,80=R 149,129=K"),
	QH("effect=-1&color=000000&maskUse=invert&pos=10,0",
	    "55,35=R 60,35=K 74,60=K 80,80=R 130,80=Y 136,80=K 159,40=K 160,40=G"),
	Q("layer=1&src=HOLE&maskUse=off&effect=-1&color=000000&pos=10,0",
	    "55,35=00ff00 149,80=00ff00 150,80=K 159,80=K 160,80=Y"),
	Q("layer=1&src=QUAD&mask=SPOT&effect=-1&color=000000&pos=5,0",
	    "79,75=R 121,75=K 123,75=K 129,75=G"),
	QS("clipPath=M0,0L32,0,32,64,0,64Z&effect=-1&color=000000&pos=5,0",
	    "99,80=" S " 100,80=K 104,80=K 105,80=Y"),
	/* what fills the layer is part of it, and not of the mask */
	QH("bgColor=00ffff&effect=-1&color=000000&pos=60,0",
	    "145,80=" CY " 151,80=K 184,80=K 185,80=Y 151,50=G"),
	QH("color=00ffff&effect=-1&color=000000&pos=60,0",
	    "145,80=" CY " 151,80=K 184,80=K 185,80=Y"),
	QH("bgColor=00ffff&opac=50&effect=-1&color=000000&pos=60,0",
	    "60,40=" CY " 80,60=807f7f 151,80=808000 185,80=Y"),
	Q("layer=1&color=00ffff80&size=40,20&effect=-1&color=000000&pos=5,5", "122,92=7f7f00"),
	Q("layer=1&color=00ffff&size=40,20&effect=-1&color=000000&pos=5,5",
	    "119,89=" CY " 120,92=K 124,94=K 125,94=Y 84,92=B 85,92=K"),
	Q("layer=1&src=HALF&effect=-1&color=000000&pos=50,0",
	    "145,90=7f7f00 189,90=7f7f00 190,90=Y"),
	/* the layer is turned, and its effect is not */
	QS("rotate=90&crop=0,0,64,32&effect=-1&color=000000&pos=10,0",
	    "132,80=K 141,80=K 142,80=Y 104,80=" S),
	QS("extend=0,0,20,0&anchor=0,0&origin=0,0&effect=-1&color=000000&pos=10,0",
	    "163,90=" S " 164,90=K 173,90=K 174,90=Y"),
	QS("perspective=50,40,150,40,150,120,50,120&effect=-1&color=000000&pos=10,10",
	    "149,119=" S " 150,119=K 159,129=K 160,129=Y 59,125=B 60,125=K"),
	QS("pos=60,0&effect=-1&color=000000&pos=10,0", "191,80=" S " 192,80=K 199,80=K"),
	QS("pos=140,0&effect=-1&color=000000&pos=-40,0", "167,80=Y 168,80=K 199,80=K"),
	/* how it mixes */
	QS("effect=-1&color=ff0000&pos=10,10&blendMode=mult", "135,115=R 80,115=K 135,60=K"),
	QS("effect=-1&color=ff0000&pos=10,10&blendMode=screen", "135,115=Y 80,115=" MA),
	QS("effect=-1&color=ff0000&pos=10,10&blendMode=lighten", "135,115=Y 80,115=" MA),
	QS("effect=-1&color=ff0000&pos=10,10&blendMode=darken", "135,115=R 80,115=K"),
	QS("blendMode=mult&effect=-1&color=ff0000&pos=10,10",
	    "135,115=R 80,60=b40000 120,100=b47800"),
	/* which lies above which */
	QS("effect=-1&color=0000ff&pos=10,10&effect=-2&color=ff0000&pos=15,15",
	    "140,118=B 145,120=R 148,120=Y"),
	QS("effect=-2&color=ff0000&pos=15,15&effect=-1&color=0000ff&pos=10,10",
	    "140,118=B 145,120=R 148,120=Y"),
	QS("effect=-9&color=0000ff&pos=10,10&effect=-2&color=ff0000&pos=15,15", "140,118=R"),
	QS("effect=-1&color=0000ff&effect=-1&pos=10,10", "140,118=B 142,118=Y"),
	Q("layer=1&effect=-1&color=000000&pos=10,10&layer=1&src=SWATCH", "131,111=" S " 135,115=K"),
	Q("layer=1&color=00ffff&size=200,160&layer=2&src=SWATCH&effect=-1&color=000000&pos=10,10",
	    "0,0=" CY " 131,111=" S " 135,115=K 142,115=" CY),
	Q("layer=2&color=00ffff&size=200,160&layer=1&src=SWATCH&effect=-1&color=000000&pos=10,10",
	    "0,0=" CY " 135,115=" CY),
	/* what cannot be seen */
	QS("hide=1&effect=-1&color=000000&pos=10,10", "100,80=Y 135,115=Y"),
	Q("layer=1&effect=-1&color=000000&pos=10,10", "100,80=Y 135,115=Y"),
	QS("effect=-1&color=000000&pos=500,0", "100,80=" S " 150,80=Y"),
	/* all other commands are left alone; those of the view are not of the effect */
	QS("effect=-1&color=000000&pos=10,10&size=9,9&rotate=45&src=QUAD&hide=1&op_invert=1&flip="
	   "lr",
	    "131,111=" S " 135,115=K 142,115=Y"),
	ROW(QUAD, "layer=1&src=SWATCH&effect=-1&color=000000&pos=12,12&wid=100", 100, 80,
	    "60,50=" S " 69,58=K 76,58=Y", 2),
};

static const struct golden_row inner_rows[] = {
	QS("effect=1&op_grow=3&color=ff00ff",
	    "67,80=B 68,80=" MA " 70,80=" MA " 71,80=" S " 128,80=" S " 129,80=" MA " 132,80=Y "
	    "100,50=" MA " 100,51=" S),
	QS("effect=1&color=000000&pos=5,5",
	    "67,80=B 70,80=K 72,80=K 73,80=" S " 100,52=K 100,53=" S " 131,111=" S " 68,48=K"),
	QS("effect=1&color=000000&pos=5,5&opac=50", "70,80=5a3c1e 100,80=" S),
	QS("opac=50&effect=1&color=000000&pos=5,5", "70,60=6d1e0f 100,60=5abb1e"),
	QS("effect=1&color=000000", "68,48=" S " 131,111=" S " 132,80=Y"),
	QH("effect=1&op_grow=5&color=0000ff", "74,60=R 75,60=B 79,80=B 80,80=R 119,80=R 120,80=B"),
	QH("effect=1&color=0000ff&maskUse=invert&pos=10,0", "84,80=R 85,80=B 124,80=B 125,80=Y"),
	QH("effect=1&color=0000ff&maskUse=invert", "75,60=B 100,80=B 124,100=B 74,60=R"),
	QH("effect=1&color=0000ff&maskUse=off&pos=40,0", "89,80=R 90,80=B 124,80=B 130,80=Y"),
	QH("effectMask=0&effect=1&op_grow=5&color=0000ff", "74,60=R 75,60=B 79,80=B 80,80=R"),
	QH("bgColor=00ffff&effect=1&op_grow=3&color=000000",
	    "60,80=" CY " 75,80=K 77,80=K 78,80=R"),
	QS("effect=1&op_grow=3&color=ff0000&blendMode=mult", "68,80=b40000 80,80=" S),
	QS("effect=1&op_grow=5&color=0000ff&effect=2&op_grow=3&color=ff0000",
	    "70,80=R 71,80=B 72,80=B 73,80=" S),
	QS("effect=2&op_grow=5&color=0000ff&effect=1&op_grow=3&color=ff0000", "70,80=B 73,80=" S),
	QS("effect=1&op_grow=5&color=0000ff&effect=-1&op_grow=5&color=ff0000",
	    "62,80=B 63,80=R 67,80=R 68,80=B 72,80=B 73,80=" S),
	Q("layer=1&color=00ffff80&size=40,20&effect=1&op_grow=3&color=000000", "82,85=00407f"),
};

static const struct golden_row base_rows[] = {
	/* layer 0: nothing lies behind it but its effects */
	ROW(HOLE, "layer=0&effect=-1&color=0000ff&pos=5,0", 100, 100,
	    "24,50=. 25,50=R 74,50=R 75,50=B 79,50=B 80,50=.", 1),
	ROW(HOLE, "layer=0&effect=-1&color=0000ff&op_grow=5&opac=50", 100, 100,
	    "19,50=. 20,50=0000ff80 24,50=0000ff80 25,50=R", 1),
	ROW(HOLE, "layer=0&effect=1&color=0000ff&op_grow=5", 100, 100, "24,50=. 25,50=B 30,50=R",
	    1),
	ROW(HOLE, "layer=0&hide=1&effect=-1&color=0000ff&pos=5,0", 100, 100, "50,50=. 77,50=.", 1),
	ROW(HOLE, "layer=0&effect=-1&color=0000ff&pos=5,0&blendMode=mult", 100, 100, "77,50=B", 1),
	Q("layer=0&" INNER, "0,0=" CY " 4,80=" CY " 5,80=B 199,159=" CY " 100,80=Y"),
	Q("layer=0&flip=lr&effect=1&color=000000&pos=5,0", "2,20=K 5,20=G 199,20=R"),
	Q("flip=lr&layer=0&effect=1&color=000000&pos=5,0", "0,20=G 194,20=R 197,20=K"),
	ROW(QUAD, "wid=100&layer=0&effect=1&op_grow=10&color=00ffff", 100, 80,
	    "2,40=" CY " 8,30=R 97,40=" CY, 2),
	ROW(SWATCH, "layer=0&extend=0,0,10,10&effect=-1&pos=5,5&color=50,143,254", 74, 74,
	    "63,63=" S " 64,30=328ffe 68,68=328ffe 69,68=. 30,66=328ffe 4,66=.", 1),
	Q("layer=0&" INNER "&layer=1&src=SWATCH&pos=-100,0", "0,20=" CY " 0,80=" S " 31,80=" S),
	/* the composite, with all that stands on it */
	ROW(HOLE, "effect=-1&color=0000ff&pos=5,0", 100, 100,
	    "24,50=. 25,50=R 74,50=R 75,50=B 79,50=B 80,50=.", 1),
	ROW(HOLE,
	    "layer=1&src=SWATCH&pos=28,0&size=20,20&layer=comp&effect=-1&color=0000ff&pos=5,0", 100,
	    100, "80,50=" S " 88,50=B 92,50=B 93,50=. 77,30=B", 1),
	ROW(SWATCH, "extend=0,0,10,10&effect=-1&pos=5,5&color=50,143,254", 74, 74,
	    "63,63=" S " 64,30=328ffe 68,68=328ffe 69,68=. 30,66=328ffe 4,66=.", 1),
	Q(INNER, "0,0=" CY " 4,80=" CY " 5,80=B 194,80=Y 195,80=" CY " 100,4=" CY " 100,5=G"),
	Q(INNER "&layer=1&src=SWATCH&pos=-100,0", "4,80=" CY " 5,80=" S " 31,80=" S " 32,80=B"),
	Q("opac=50&" INNER, "2,20=55aaaabf 50,20=ff000080"),
	Q("opac=50,50&" INNER, "2,20=33cccca0 50,20=ff000040"),
	Q("flip=lr&effect=1&color=000000&pos=5,0", "2,20=K 5,20=G 199,20=R"),
	Q("clipPath=M20,20L180,20,180,140,20,140Z&" INNER,
	    "10,80=. 20,80=" CY " 24,80=" CY " 25,80=B"),
	Q("clipPath=M20,20L180,20,180,140,20,140Z&effect=-1&op_grow=5&color=00ffff",
	    "14,80=. 15,80=" CY " 19,80=" CY " 20,80=B 185,80=."),
	/* in the view it is as large as the composite in it */
	ROW(QUAD, "wid=100&effect=1&op_grow=10&color=00ffff", 100, 80,
	    "0,0=" CY " 4,40=" CY " 5,30=R 94,30=G 95,30=" CY, 2),
	ROW(HOLE, "wid=50&effect=-1&color=0000ff&pos=10,0", 50, 50,
	    "40,25=B 44,25=. 30,25=R 8,25=.", 8),
	ROW(QUAD, "wid=400&fit=fit,1&" INNER, 400, 320, "0,0=" CY " 9,160=" CY " 10,100=R", 2),
	ROW(QUAD, "rgn=0,0,100,80&" INNER, 100, 80,
	    "0,40=" CY " 4,40=" CY " 5,40=R 99,40=R 50,79=R "
	    "50,4=" CY,
	    1),
	ROW(QUAD, "rgn=50,0,100,80&" INNER, 100, 80, "0,40=R 99,40=G 50,4=" CY " 50,5=G 50,79=G",
	    1),
	ROW(QUAD, "rgn=150,100,50,60&effect=1&color=000000&pos=-20,0", 50, 60,
	    "20,30=Y 29,30=Y 30,30=K 49,30=K", 1),
	ROW(QUAD, "rgn=-20,0,60,160&" INNER, 60, 160, "10,80=. 19,80=. 20,80=" CY " 25,80=B", 1),
	ROW(QUAD, "scl=1&rect=190,70,10,20&" INNER, 10, 20, "0,2=G 4,2=G 5,2=" CY " 9,19=" CY, 1),
	ROW(QUAD, "wid=300&hei=160&effect=-1&op_grow=20&color=00ffff", 300, 160, "10,80=. 60,80=B",
	    1),
	/* in a stretched view it blurs further across than down: 255 erfc(7.5 / (sigma sqrt 2)) / 2
	 */
	ROW(SWATCH,
	    "extend=64,64,64,64&effect=-1&op_blur=8&color=000000&wid=384&hei=192&fit=stretch,1",
	    384, 192, "263,96=0000002c 192,135=00000008 120,96=0000002c 192,56=00000008", 4),
	/* other spaces and depths */
	ROW(GRAY, "effect=1&op_grow=3&color=ff0000", 100, 50, "1,20=R 50,20=646464", 1),
	ROW(CMYK, "effect=1&op_grow=3&color=ff0000", 64, 64, "1,30=R 10,30=" CY " 50,30=7f7f7f", 1),
	ROW(CMYK, "layer=0&effect=1&op_grow=3&color=ff0000&blendMode=mult", 64, 64,
	    "1,30=K 10,30=" CY, 1),
	{ DEEP, "effect=1&op_grow=3&color=ff0000", true, 256, 64, IPS_FORMAT_PNG,
	    "1,30=R 100,30=644e9c", 1 },
	{ GRAY, "effect=1&op_grow=3&color=808080", true, 100, 50, IPS_FORMAT_PNG,
	    "1,20=808080 50,20=646464", 1 },
	{ JQUAD, "effect=1&op_grow=8&color=00ffff", true, 200, 160, IPS_FORMAT_JPEG,
	    "3,40=" CY " 30,40=R 100,3=" CY, 12 },
};

static const struct golden_pair pairs[] = {
	/* a shadow is a layer of one colour below */
	{ QUAD, "layer=1&src=SWATCH&effect=-1&color=000000&pos=10,10",
	    "layer=1&color=000000&size=64,64&pos=10,10&layer=2&src=SWATCH", 0 },
	{ QUAD, "layer=1&src=SWATCH&effect=-1&color=000000&pos=10,10&op_blur=6",
	    "layer=1&color=000000&size=64,64&extend=20,20,20,20&op_blur=6&pos=10,10"
	    "&layer=2&src=SWATCH",
	    2 },
	{ QUAD, "layer=1&src=SWATCH&effect=-1&color=000000&pos=10,10&op_blur=60",
	    "layer=1&color=000000&size=64,64&extend=110,110,110,110&op_blur=60&pos=10,10"
	    "&layer=2&src=SWATCH",
	    3 },
	{ QUAD, "layer=1&src=SWATCH&effect=-1&color=000000&op_grow=7",
	    "layer=1&color=000000&size=64,64&extend=9,9,9,9&op_grow=7&layer=2&src=SWATCH", 0 },
	{ QUAD, "layer=1&src=SWATCH&effect=-1&color=000000&op_grow=7&op_blur=9&pos=-5,3",
	    "layer=1&color=000000&size=64,64&extend=30,30,30,30&op_grow=7&op_blur=9&pos=-5,3"
	    "&layer=2&src=SWATCH",
	    2 },
	{ QUAD, "layer=1&src=SWATCH&effect=-1&color=ff0000&pos=10,10&blendMode=screen",
	    "layer=1&color=ff0000&size=64,64&pos=10,10&blendMode=screen&layer=2&src=SWATCH"
	    "&clipPath=M0,0L64,0,64,64,0,64Z",
	    0 },
	{ QUAD, "layer=1&src=SWATCH&effect=1&op_grow=5&color=00ffff",
	    "layer=1&color=00ffff&size=64,64&layer=2&src=SWATCH&crop=5,5,54,54", 1 },
	{ QUAD, "effectMask=0&layer=1&text=Hi&effect=-1&color=000000&pos=30,0",
	    "layer=1&text=Hi&pos=30,0&layer=2&text=Hi", 2 },
	{ QUAD, "effect=1&op_grow=5&color=00ffff",
	    "layer=1&color=00ffff&size=200,160&layer=2&src=QUAD&crop=5,5,190,150", 0 },
	{ QUAD, "layer=0&effect=1&op_grow=5&color=00ffff", "effect=1&op_grow=5&color=00ffff", 0 },
	{ HOLE, "effect=-1&op_grow=5&op_blur=4&color=00ffff&pos=3,3",
	    "layer=0&effect=-1&op_grow=5&op_blur=4&color=00ffff&pos=3,3", 0 },
	/* what the default catalog's macros stand for, and that they can be overridden */
	{ HOLE, "effect=-1&$shadow$", "effect=-1&color=0,0,0,191&op_blur=8&pos=5,5&blendMode=mult",
	    0 },
	{ HOLE, "effect=-1&$glow$&color=50,143,254",
	    "effect=-1&color=50,143,254&op_blur=12&blendMode=screen", 0 },
	{ QUAD, "layer=1&src=HOLE&effect=1&$shadow$&opac=80",
	    "layer=1&src=HOLE&effect=1&color=0,0,0,191&op_blur=8&pos=5,5&blendMode=mult&opac=80",
	    0 },
	/* without effect */
	{ QUAD, "layer=1&src=HALF&effect=-1&color=0,0,0,0", "layer=1&src=HALF", 1 },
	{ HOLE, "layer=0&effect=-1&color=ff00ff", "fmt=png-alpha", 1 },
	{ GRAD, "effect=1&color=ff00ff", "fmt=png-alpha", 0 },
	{ GRAD, "layer=0&effect=-1&color=ff00ff&pos=9,9", "fmt=png-alpha", 0 },
};

static const struct golden_refusal refusals[] = {
	{ "effect=-1", IPS_INVALID_PARAMETER, "effect=-1" }, /* R33 */
	{ "layer=1&src=SWATCH&effect=2&op_blur=3", IPS_INVALID_PARAMETER, "effect=2" },
	{ "layer=1&src=SWATCH&effect=0&color=000000", IPS_INVALID_PARAMETER, "effect=0" },
	{ "effect=1.5&color=000000", IPS_INVALID_PARAMETER, "effect=1.5" },
	{ "effect=&color=000000", IPS_INVALID_PARAMETER, "effect" },
	{ "effect=a&color=000000", IPS_INVALID_PARAMETER, "effect=a" },
	{ "effect=-1&color=red", IPS_INVALID_PARAMETER, "color=red" },
	{ "effect=-1&color=000000&op_grow=101", IPS_INVALID_PARAMETER, "op_grow" },
	{ "effect=-1&color=000000&op_blur=-1", IPS_INVALID_PARAMETER, "op_blur" },
	{ "effect=-1&color=000000&maskUse=on", IPS_INVALID_PARAMETER, "maskUse" },
	{ "effect=-1&color=000000&blendMode=add", IPS_INVALID_PARAMETER, "blendMode" },
	{ "effect=-1&color=000000&opac=101", IPS_INVALID_PARAMETER, "opac" },
	{ "effect=-1&color=000000&pos=1.5,0", IPS_INVALID_PARAMETER, "pos" },
	{ "effect=-1&color=000000&rotate=x", IPS_INVALID_PARAMETER, "rotate" },
	{ "effectMask=2", IPS_INVALID_PARAMETER, "effectMask" },
	{ "effect=-1&$nothing$", IPS_INVALID_PARAMETER, "nothing" },
	{ "rgn=76,40,5,5&wid=400&fit=fit,1&effect=-1&op_blur=50&color=0000ff", IPS_LIMIT,
	    "effects" },
};

/* The edge of a blurred half plane is the integral of the Gaussian, sigma half of op_blur=. */
static void
test_blur(void)
{
	int w, h;
	g_autofree uint8_t *rgba = golden_rgba(QUAD,
	    "layer=1&color=ffffff&size=200,160"
	    "&layer=2&src=SWATCH&effect=-1&op_blur=8&color=000000",
	    &w, &h);

	for (int x = 132; x < 160; x++) {
		double want = 255 * (1 - erfc((x + 0.5 - 132) / (4 * sqrt(2))) / 2);
		const uint8_t *p = rgba + (ptrdiff_t)4 * (80 * w + x);
		if (fabs(p[0] - want) > 2)
			fail_msg("at %d: %d, not %.1f", x, p[0], want);
	}
}

/* Noise is in the colour of the effect, and nowhere else. */
static void
test_noise(void)
{
	static const char plain[] = "effect=1&op_grow=20&color=808080";
	static const char noisy[] = "effect=1&op_grow=20&color=808080&op_noise=20";
	int w, h, differ = 0, outside = 0;
	g_autofree uint8_t *a = golden_rgba(QUAD, plain, &w, &h);
	g_autofree uint8_t *b = golden_rgba(QUAD, noisy, &w, &h);

	for (int i = 0; i < w * h; i++) {
		int x = i % w, y = i / w;
		bool inside = x < 20 || y < 20 || x >= w - 20 || y >= h - 20;
		for (int c = 0; c < 4; c++) {
			int d = abs(a[4 * i + c] - b[4 * i + c]);
			differ += d > 3;
			outside += d > 0 && (!inside || c == 3);
			assert_true(d <= 52); /* 20 percent of 255 */
		}
	}
	assert_int_equal(outside, 0);
	assert_true(differ > 10000);
}

/* As many as are allowed are drawn, one more is refused. */
static void
test_many(void)
{
	g_autoptr(GString) text = g_string_new("layer=1&src=SWATCH");
	struct ips_error err = { 0 };
	int w, h, fd;

	for (int i = 1; i <= 256; i++)
		g_string_append_printf(
		    text, "&effect=%d&color=0000ff&pos=%d,0&op_grow=1", -i, i == 256 ? 40 : 3);
	g_autofree uint8_t *rgba = golden_rgba(QUAD, text->str, &w, &h);
	assert_int_equal(rgba[4 * (80 * w + 134) + 2], 255);
	assert_int_equal(rgba[4 * (80 * w + 160) + 2], 255);
	assert_int_equal(rgba[4 * (80 * w + 180) + 2], 0);
	g_string_append(text, "&effect=1&color=0000ff");
	assert_false(
	    golden_run(golden_source(QUAD), text->str, &ips_profile_reply, &fd, NULL, &err));
	assert_int_equal(err.fault, IPS_LIMIT);
}

void
test_effects(void **state)
{
	(void)state;
	golden_check(outer_rows, IPS_NELEM(outer_rows));
	golden_check(inner_rows, IPS_NELEM(inner_rows));
	golden_check(base_rows, IPS_NELEM(base_rows));
	golden_check_pairs(pairs, IPS_NELEM(pairs));
	golden_check_refusals(refusals, IPS_NELEM(refusals));
	test_blur();
	test_noise();
	test_many();
}
