/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Clip paths. QUAD is 200x160: red, green above blue, yellow. A pixel that a path covers in part is
 * as opaque as it is covered, within a fifteenth. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define V(modifier, w, h, probes)                                                                  \
	{                                                                                          \
		QUAD, modifier "&fmt=png", false, w, h, IPS_FORMAT_PNG, probes, 2                  \
	}
#define A(modifier, w, h, probes)                                                                  \
	{                                                                                          \
		QUAD, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, 2            \
	}
/* Coverage of single pixels. */
#define E(modifier, w, h, probes)                                                                  \
	{                                                                                          \
		QUAD, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, 17           \
	}
#define C(source, modifier, w, h, format, probes, tolerance)                                       \
	{                                                                                          \
		source, modifier, true, w, h, IPS_FORMAT_##format, probes, tolerance               \
	}
#define BOX       "M50,40L150,40,150,120,50,120Z"
#define IN_BOX    "50,40=R 149,40=G 50,119=B 149,119=Y"
#define OUT_BOX   "49,40=. 50,39=. 150,40=. 149,39=. 49,119=. 50,120=. 150,119=. 0,0=. 199,159=."
#define INNER     "M80,60L120,60,120,100,80,100Z"
#define REVERSED  "M80,60L80,100,120,100,120,60Z"
#define IN_INNER  "80,60=. 119,60=. 80,99=. 119,99=. 100,80=."
#define OUT_INNER "79,60=R 80,59=R 120,60=G 119,59=G 79,99=B 120,99=Y"

static const struct golden_row data_rows[] = {
	A("clipPath=" BOX, 200, 160, IN_BOX " " OUT_BOX),
	V("clipPath=" BOX, 200, 160, "50,40=R 149,119=Y 49,40=W 150,119=W 0,0=W"),
	V("clipPath=" BOX "&bgc=0000ff", 200, 160, "50,40=R 149,119=Y 49,40=B 150,119=B"),
	A("layer=0&clipPath=" BOX, 200, 160, IN_BOX " " OUT_BOX),
	/* the same box in every notation (R30) */
	A("clipPath=M50,40,150,40,150,120,50,120", 200, 160, IN_BOX " " OUT_BOX),
	A("clipPath=m50,40l100,0,0,80,-100,0z", 200, 160, IN_BOX " " OUT_BOX),
	A("clipPath=M50,40l100,0l0,80l-100,0", 200, 160, IN_BOX " " OUT_BOX),
	A("clipPath=M50,40l100,0,0,80-100,0", 200, 160, IN_BOX " " OUT_BOX),
	A("clipPath=M,50,40,L,150,40,150,120,50,120,Z", 200, 160, IN_BOX " " OUT_BOX),
	A("clipPath=M5e1,+40.0L1.5e+2,40L150,.12e3L50,120,Z", 200, 160, IN_BOX " " OUT_BOX),
	A("clipPath=M50,40C80,40,120,40,150,40C150,60,150,100,150,120C100,120,70,120,50,120z", 200,
	    160, IN_BOX " " OUT_BOX),
	A("clipPath=m50,40c30,0,70,0,100,0c0,20,0,60,0,80c-50,0,-80,0,-100,0z", 200, 160,
	    IN_BOX " " OUT_BOX),
	A("clipPath=M50%2C40L150%2C40,150,120,50,120Z", 200, 160, IN_BOX " " OUT_BOX),
	/* subpaths: a relative one starts from the start of a closed one, from the end of an open
	 */
	A("clipPath=M10,10l20,0,0,20,-20,0zm100,0l20,0,0,20,-20,0z", 200, 160,
	    "10,10=R 29,29=R 30,20=. 109,10=. 110,10=G 129,29=G 130,20=."),
	A("clipPath=M10,10l20,0,0,20,-20,0m100,0l20,0,0,20,-20,0", 200, 160,
	    "10,10=R 29,29=R 30,20=. 110,29=. 110,30=G 129,49=G 130,40=."),
	A("clipPath=m10,10l20,0,0,20,-20,0zM110,30l20,0,0,20,-20,0", 200, 160,
	    "10,10=R 29,29=R 110,29=. 110,30=G 129,49=G"),
	A("clipPath=M10,10l20,0,0,20,-20,0zl-10,0,0,-10,10,0z", 200, 160,
	    "10,10=R 29,29=R 0,0=R 9,9=R 10,9=. 9,10=."),
	/* nonzero winding: a hole is drawn the other way round */
	A("clipPath=" BOX REVERSED, 200, 160, IN_BOX " " IN_INNER " " OUT_INNER),
	A("clipPath=" BOX INNER, 200, 160, IN_BOX " 80,60=R 119,60=G 100,80=Y"),
	/* exclusion; ignored without clipPath= */
	A("clipPath=" BOX "&clipXPath=" INNER, 200, 160,
	    IN_BOX " " OUT_BOX " " IN_INNER " " OUT_INNER),
	A("clipXPath=" INNER, 200, 160, "0,0=R 100,80=Y 199,159=Y"),
	A("layer=0&clipPath=" BOX "&layer=comp&clipXPath=" INNER, 200, 160, IN_BOX " 80,60=R"),
	A("layer=0&clipPath=" BOX "&layer=comp&clipPath=" INNER, 200, 160,
	    "79,60=. 80,60=R 119,99=Y 120,99=. 50,40=."),
	A("clipPath=M0,0Z", 200, 160, "0,0=. 100,80=. 199,159=."),
	A("clipPath=M-1000,-1000l5000,0,0,5000,-5000,0", 200, 160, "0,0=R 199,159=Y"),
	A("clipPath=M300,300l10,0,0,10,-10,0", 200, 160, "0,0=. 199,159=."),
	/* a circle: radius 60 around 100,80; the middle of the arc is 42.4 away */
	A("clipPath=M160,80C160,113.14,133.14,140,100,140C66.86,140,40,113.14,40,80"
	  "C40,46.86,66.86,20,100,20C133.14,20,160,46.86,160,80Z",
	    200, 160,
	    "41,79=R 38,79=. 99,21=R 99,18=. 158,80=Y 161,80=. 59,39=R 55,35=. 140,120=Y "
	    "145,125=."),
	/* half of a pixel, a quarter, the half below a diagonal */
	E("clipPath=M50.5,40L150,40,150,120.5,50.5,120.5Z", 200, 160,
	    "50,60=ff000080 51,60=R 49,60=. 60,120=0000ff80 60,121=. 50,120=0000ff40"),
	E("clipPath=M50.25,40L149.75,40,149.75,120,50.25,120", 200, 160,
	    "50,60=ff0000bf 149,60=00ff00bf 51,60=R"),
	E("clipPath=M0,0L100,80,0,80Z", 200, 160, "10,20=R 20,10=. 49,39=ff000066 50,40=ff000099"),
	E("clipPath=M0,0L80,80,0,80Z", 200, 160, "10,10=ff000080 40,40=ff000080 41,40=. 40,41=R"),
	E("clipPath=M0,0L200,0,200,160Z&clipXPath=M0,0L200,0,200,0.5,0,0.5Z", 200, 160,
	    "150,0=00ff0080 150,1=G 100,81=. 199,60=G"),
};

/* Paths follow the rectangle of the finished layer, and the view. */
static const struct golden_row place_rows[] = {
	A("clipPath=" BOX "&wid=100", 100, 80,
	    "25,20=R 74,20=G 25,59=B 74,59=Y 24,20=. 25,19=. 75,59=. 74,60=."),
	A("clipPath=" BOX "&wid=400&fit=fit,1", 400, 320,
	    "100,80=R 299,239=Y 99,80=. 100,79=. 300,239=. 299,240=."),
	A("clipPath=" BOX "&rgn=50,40,100,80", 100, 80, "0,0=R 99,0=G 0,79=B 99,79=Y"),
	A("clipPath=" BOX "&rgn=40,30,20,20", 20, 20, "9,10=. 10,9=. 10,10=R 19,19=R"),
	A("clipPath=" BOX "&scl=1&rect=45,35,10,10", 10, 10, "4,5=. 5,4=. 5,5=R 9,9=R"),
	A("clipPath=" BOX "&wid=300&hei=300&fit=fit,1", 300, 300,
	    "75,90=R 224,209=Y 74,90=. 75,89=. 150,10=."),
	V("clipPath=" BOX "&wid=300&hei=300&fit=fit,1&bgc=00ffff", 300, 300,
	    "75,90=R 224,209=Y 74,90=00ffff 150,10=00ffff"),
	A("size=100,0&clipPath=M25,20L75,20,75,60,25,60Z", 100, 80,
	    "25,20=R 74,20=G 25,59=B 74,59=Y 24,20=. 25,19=. 75,59=. 74,60=."),
	A("layer=0&size=400,0&clipPath=M100,80L300,80,300,240,100,240Z&layer=comp&wid=200", 200,
	    160, IN_BOX " " OUT_BOX),
	A("crop=50,40,100,80&clipPath=M0,0L50,0,50,40,0,40Z", 100, 80,
	    "0,0=R 49,39=R 50,39=. 49,40=."),
	A("extend=10,20,30,40&clipPath=M10,20L110,20,110,100,10,100Z", 240, 220,
	    "10,20=R 109,99=R 110,99=. 109,100=. 5,50=."),
	A("rotate=90&clipPath=M0,0L80,0,80,100,0,100Z", 160, 200, "0,0=B 79,99=B 80,99=. 79,100=."),
	A("rotate=45&clipPath=M0,0L127.5,0,127.5,255,0,255", 255, 255,
	    "120,90=R 90,127=B 132,90=. 165,127=."),
	/* the composite is mirrored before it is clipped, the layer's path is mirrored with it */
	A("flip=lr&clipPath=M0,0L50,0,50,160,0,160", 200, 160, "0,0=G 49,159=Y 50,80=."),
	A("flip=lr&layer=0&clipPath=M0,0L50,0,50,160,0,160", 200, 160,
	    "149,80=. 150,0=R 199,0=R 199,159=B 0,0=."),
	A("flip=ud&layer=0&clipPath=M0,0L200,0,200,30,0,30", 200, 160,
	    "0,129=. 0,130=R 199,159=G 0,0=."),
	A("flip=lrud&layer=0&clipPath=M0,0L50,0,50,30,0,30", 200, 160,
	    "149,140=. 150,130=R 199,159=R 150,129=."),
	A("layer=0&flip=lr&clipPath=M0,0L50,0,50,160,0,160", 200, 160, "0,0=G 49,159=Y 50,80=."),
	A("rotate=45&flip=lr&layer=0&clipPath=M0,0L127.5,0,127.5,255,0,255", 255, 255,
	    "135,90=R 165,127=B 122,90=. 90,127=."),
	/* operations see the whole picture, and nothing beside the path */
	A("op_invert=1&clipPath=" BOX, 200, 160, "50,40=00ffff 149,119=0000ff 49,40=. 150,119=."),
	V("op_invert=1&clipPath=" BOX, 200, 160, "50,40=00ffff 49,40=W"),
	V("layer=0&op_invert=1&clipPath=" BOX "&layer=comp&op_invert=1", 200, 160,
	    "50,40=R 149,119=Y 49,40=W"),
	V("layer=0&clipPath=" BOX "&layer=comp&op_invert=1&bgc=0000ff", 200, 160,
	    "50,40=00ffff 49,40=B"),
};

static const struct golden_row source_rows[] = {
	{ HOLE, "clipPath=M0,0L50,0,50,100,0,100&fmt=png-alpha", false, 100, 100, IPS_FORMAT_PNG,
	    "25,25=R 49,74=R 50,50=. 10,10=.", 2 },
	{ HALF, "clipPath=M0,0L40.5,0,40.5,80,0,80&fmt=png-alpha", false, 80, 80, IPS_FORMAT_PNG,
	    "10,10=0000ff80 41,10=.", 2 },
	{ HALF, "clipPath=M0,0L40.5,0,40.5,80,0,80&fmt=png-alpha", false, 80, 80, IPS_FORMAT_PNG,
	    "40,10=0000ff40", 9 },
	{ GRAY, "clipPath=M0,0L50,0,50,50,0,50&fmt=png", false, 100, 50, IPS_FORMAT_PNG,
	    "49,10=646464 50,10=W", 1 },
	C(GRAY, "clipPath=M0,0L50,0,50,50,0,50", 100, 50, PNG, "49,10=646464 50,10=.", 1),
	C(CMYK, "clipPath=M0,0L16,0,16,64,0,64&fmt=png", 64, 64, PNG, "15,10=00ffff 16,10=W", 1),
	C(DEEP, "clipPath=M0,0L50,0,50,64,0,64", 256, 64, PNG, "49,10=314e9c 50,10=.", 1),
	C(QUAD, "clipPath=" BOX, 200, 160, PNG, IN_BOX " " OUT_BOX, 2),
	C(QUAD, "clipPath=" BOX "&bgc=0000ff", 200, 160, PNG, IN_BOX " 49,40=B 150,119=B", 2),
	C(JQUAD, "clipPath=" BOX, 200, 160, JPEG, "55,45=R 144,114=Y 40,40=W 160,119=W", 6),
	C(BIG, "clipPath=M500,400l1000,0,0,800,-1000,0&wid=200", 200, 160, JPEG,
	    "55,45=R 144,114=Y 40,40=W 160,119=W", 6),
	C(EXIF6, "clipPath=M0,0L80,0,80,100,0,100", 160, 200, JPEG, "20,20=B 70,90=B 90,90=W", 6),
};

void
test_paths(void **state)
{
	(void)state;
	golden_check(data_rows, IPS_NELEM(data_rows));
	golden_check(place_rows, IPS_NELEM(place_rows));
	golden_check(source_rows, IPS_NELEM(source_rows));
}
