/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Rows: source, modifier, profile; what leaves, and colours at some of its pixels. The expected
 * values come from the formulas of the reference, never from a run. */
#include "text_ink.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define V(modifier, w, h, probes)                                                                  \
	{                                                                                          \
		QUAD, modifier "&fmt=png", false, w, h, IPS_FORMAT_PNG, probes, 2                  \
	}
#define A(modifier, w, h, probes)                                                                  \
	{                                                                                          \
		QUAD, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, 2            \
	}
#define C(source, modifier, w, h, format, probes, tolerance)                                       \
	{                                                                                          \
		source, modifier, true, w, h, IPS_FORMAT_##format, probes, tolerance               \
	}
#define R(source, modifier, w, h, format, probes, tolerance)                                       \
	{                                                                                          \
		source, modifier, false, w, h, IPS_FORMAT_##format, probes, tolerance              \
	}

/* The quarters of QUAD in a picture of w by h, probed in their middles. */
#define Q100x80 "25,20=R 75,20=G 25,60=B 75,60=Y"

static const struct golden_row view_rows[] = {
	V("scl=1", 200, 160, "0,0=R 99,79=R 100,79=G 99,80=B 100,80=Y 199,159=Y"),
	V("wid=100", 100, 80, Q100x80 " 0,0=R 99,0=G 0,79=B 99,79=Y"),
	V("hei=80", 100, 80, Q100x80),
	V("scl=2", 100, 80, Q100x80),
	V("scl=0.5", 400, 320, "0,0=R 190,150=R 210,150=G 190,170=B 210,170=Y"),
	V("wid=400", 200, 160, "99,79=R 100,80=Y"), /* R40 */
	V("hei=400", 200, 160, "99,79=R 100,80=Y"),
	V("wid=400&fit=fit,1", 400, 320, "190,150=R 210,150=G 190,170=B 210,170=Y"),
	V("hei=320&fit=crop,1", 400, 320, "190,150=R 210,150=G"),
	V("wid=100&fit=stretch", 100, 80, Q100x80), /* R41 */
	V("wid=100&fit=vfit", 100, 80, Q100x80),
	V("hei=80&fit=hfit", 100, 80, Q100x80),
	V("hei=80&fit=wrap", 100, 80, Q100x80),
	V("wid=150", 150, 120, "70,55=R 149,119=Y"),
	V("wid=77", 77, 62, "10,10=R 70,10=G 10,55=B 70,55=Y"), /* 61.6 */
	V("wid=1", 1, 1, ""),
	V("hei=1", 1, 1, ""),
	/* both sides: 0.5 fits the width, (100 - 80) / 2 is white */
	V("wid=100&hei=100", 100, 100,
	    "50,4=W 50,9=W 25,10=R 25,30=R 75,30=G 25,70=B 75,70=Y 50,91=W"),
	V("wid=100&hei=100&fit=fit", 100, 100, "50,4=W 25,30=R 75,70=Y 50,95=W"),
	V("wid=100&hei=100&bgc=0000ff", 100, 100, "50,4=0000ff 25,30=R 50,95=0000ff"),
	V("wid=100&hei=100&bgc=10,20,30", 100, 100, "50,4=0a141e"),
	V("wid=100&hei=100&align=0,-1", 100, 100, "25,0=R 75,79=Y 50,81=W 50,99=W"),
	V("wid=100&hei=100&align=0,1", 100, 100, "50,0=W 50,18=W 25,20=R 75,99=Y"),
	V("wid=100&hei=100&align=0,0.5", 100, 100, "50,14=W 25,15=R 75,94=Y 50,96=W"),
	V("wid=200&hei=80", 200, 80, "49,40=W 51,10=R 148,70=Y 151,40=W"),
	V("wid=200&hei=80&align=-1,0", 200, 80, "1,10=R 98,70=Y 101,40=W 199,40=W"),
	V("wid=200&hei=80&align=1,0", 200, 80, "0,40=W 98,40=W 101,10=R 199,70=Y"),
	V("wid=300&hei=300", 300, 300, "49,150=W 51,71=R 248,228=Y 150,69=W 150,231=W"), /* R40 */
	V("wid=300&hei=300&fit=fit,1", 300, 300,
	    "150,29=W 10,40=R 290,40=G 10,260=B 290,260=Y 150,271=W"),
	V("wid=300&hei=300&align=-1,-1", 300, 300, "0,0=R 199,159=Y 201,80=W 100,161=W"),
	V("wid=100&hei=100&fit=constrain", 100, 80, Q100x80),
	V("wid=400&hei=400&fit=constrain", 200, 160, "99,79=R 100,80=Y"),
	V("wid=400&hei=400&fit=constrain,1", 400, 320, "190,150=R 210,170=Y"),
	V("wid=100&hei=40&fit=constrain", 50, 40, "12,10=R 37,10=G 12,30=B 37,30=Y"),
	V("wid=100&hei=100&fit=constrain&align=1,1", 100, 80, Q100x80),
	/* crop: 0.625 fills the height, 125 wide, 12.5 off each side */
	V("wid=100&hei=100&fit=crop", 100, 100, "2,2=R 43,43=R 56,43=G 43,56=B 56,56=Y 97,97=Y"),
	V("wid=100&hei=100&fit=crop&align=-1,0", 100, 100, "57,20=R 68,20=G 57,80=B 68,80=Y"),
	V("wid=100&hei=100&fit=crop&align=1,0", 100, 100, "32,20=R 43,20=G 32,80=B 43,80=Y"),
	V("wid=200&hei=40&fit=crop", 200, 40, "97,17=R 102,17=G 97,22=B 102,22=Y"),
	V("wid=200&hei=40&fit=crop&align=0,-1", 200, 40, "50,39=R 150,39=G"),
	V("wid=200&hei=40&fit=crop&align=0,1", 200, 40, "50,0=B 150,0=Y"),
	V("wid=300&hei=100&fit=crop", 300, 100,
	    "49,50=W 52,10=R 247,90=Y 251,50=W"), /* not enlarged */
	V("wid=300&hei=100&fit=crop,1", 300, 100, "10,40=R 290,40=G 10,60=B 290,60=Y"),
	V("wid=100&hei=100&fit=wrap", 125, 100, "57,43=R 68,43=G 57,56=B 68,56=Y"),
	V("wid=50&hei=80&fit=wrap", 100, 80, Q100x80),
	V("wid=400&hei=400&fit=wrap", 200, 160, "99,79=R 100,80=Y"),
	V("wid=400&hei=400&fit=wrap,1", 500, 400, "240,190=R 260,210=Y"),
	V("wid=100&hei=100&fit=stretch", 100, 100, "25,25=R 75,25=G 25,75=B 75,75=Y 0,0=R 99,99=Y"),
	V("wid=50&hei=160&fit=stretch", 50, 160, "22,70=R 28,70=G 22,90=B 28,90=Y"),
	V("wid=300&hei=80&fit=stretch", 300, 80, "49,40=W 52,10=R 247,70=Y 251,40=W"),
	V("wid=300&hei=80&fit=stretch,1", 300, 80,
	    "140,30=R 160,30=G 140,50=B 160,50=Y 0,0=R 299,79=Y"),
	V("wid=100&hei=40&fit=hfit", 100, 40, "25,10=R 75,10=G 25,30=B 75,30=Y"),
	V("wid=100&hei=100&fit=hfit", 100, 100, "50,4=W 25,30=R 75,70=Y 50,95=W"),
	V("wid=100&hei=40&fit=hfit&align=0,-1", 100, 40, "25,37=R 75,37=G"),
	V("wid=50&hei=80&fit=vfit", 50, 80, "12,20=R 37,20=G 12,60=B 37,60=Y"),
	V("wid=200&hei=80&fit=vfit", 200, 80, "48,40=W 52,10=R 147,70=Y 151,40=W"),
	V("wid=50&hei=80&fit=vfit&align=1,0", 50, 80, "10,20=G 10,60=Y"),
	V("wid=400&hei=100&fit=vfit", 400, 100, "130,50=W 150,20=R 250,80=Y 270,50=W"),
	/* scl with a size crops or pads */
	V("scl=1&wid=100", 100, 160, "0,0=R 47,70=R 52,70=G 47,90=B 99,159=Y"),
	V("scl=1&hei=80", 200, 80, "97,37=R 102,37=G 97,42=B 102,42=Y"),
	V("scl=1&wid=50&hei=50", 50, 50, "22,22=R 27,22=G 22,27=B 27,27=Y"),
	V("scl=1&wid=50&hei=50&align=-1,-1", 50, 50, "0,0=R 49,49=R"),
	V("scl=1&wid=50&hei=50&align=1,1", 50, 50, "0,0=Y 49,49=Y"),
	V("scl=1&wid=50&hei=50&align=1,-1", 50, 50, "0,0=G 49,49=G"),
	V("scl=2&wid=200&hei=200", 200, 200, "49,100=W 52,62=R 147,137=Y 100,59=W"),
	V("scl=2&wid=200&hei=200&fit=stretch", 200, 200, "49,100=W 52,62=R"), /* R42 */
	V("scl=4", 50, 40, "12,10=R 37,30=Y"),
	V("scl=3", 67, 53, "12,10=R 55,45=Y"),
	/* region of interest */
	V("rgn=0,0,100,80", 100, 80, "0,0=R 99,79=R"),
	V("rgn=100,80,100,80", 100, 80, "0,0=Y 99,79=Y"),
	V("rgn=50,40,100,80", 100, 80, "49,39=R 50,39=G 49,40=B 50,40=Y"),
	V("rgn=50,40,100,80&wid=50", 50, 40, "22,17=R 27,17=G 22,22=B 27,22=Y"),
	V("rgn=90,70,20,20&wid=100&hei=100&fit=fit,1", 100, 100, "40,40=R 60,40=G 40,60=B 60,60=Y"),
	V("rgn=-50,-40,100,80", 100, 80, "10,10=W 49,60=W 60,39=W 51,41=R 99,79=R"),
	V("rgn=150,120,100,80&bgc=ff00ff", 100, 80, "10,10=Y 49,39=Y 51,39=ff00ff 49,41=ff00ff"),
	V("rgn=50,40,100,80&wid=150&hei=120", 150, 120,
	    "74,59=R 75,59=G 74,60=B 0,0=R 149,119=Y"), /* R43 */
	V("rgn=50,40,50,40&wid=100&hei=80&scl=1", 100, 80, "0,0=R 74,59=R 76,59=G 74,61=B 76,61=Y"),
	V("rgn=0,0,50,40&wid=100&hei=80&scl=1", 100, 80, "24,50=W 26,21=R 99,79=R 50,19=W"),
	V("rgn=100,0,100,160&wid=50", 50, 80, "25,37=G 25,42=Y"),
	V("rgn=300,300,50,50", 50, 50, "0,0=W 49,49=W"),
	/* final rectangle */
	V("scl=1&rect=50,40,100,80", 100, 80, "49,39=R 50,39=G 49,40=B 50,40=Y"),
	V("wid=100&rect=0,0,50,40", 50, 40, "0,0=R 47,37=R"),
	V("wid=100&rect=50,40,50,40", 50, 40, "2,2=Y 49,39=Y"),
	V("wid=100&rect=-10,-10,30,30", 30, 30, "9,9=W 9,20=W 20,9=W 10,10=R 29,29=R"),
	V("wid=100&rect=90,70,30,30&bgc=00ffff", 30, 30, "0,0=Y 9,9=Y 11,9=00ffff 9,11=00ffff"),
	V("wid=100&rect=0,0,50,40,0.5", 50, 40, "12,10=R 37,10=G 12,30=B 37,30=Y"),
	V("wid=100&rect=0,0,200,160,2", 200, 160, "99,79=R 100,80=Y"),
	V("wid=100&hei=100&fit=crop&rect=-20,0,60,50", 60, 50, "19,25=W 22,25=R"),
	V("rgn=50,40,100,80&wid=50&rect=25,20,25,20", 25, 20, "2,2=Y 24,19=Y"),
	/* alpha instead of background */
	A("wid=100&hei=100", 100, 100, "50,4=. 25,30=R 75,70=Y 50,95=."),
	A("wid=100&hei=100&bgc=0000ff", 100, 100, "50,4=. 25,30=R"),
	A("scl=1&rect=150,120,100,80", 100, 80, "10,10=Y 51,39=. 49,41=."),
	A("rgn=-50,-40,100,80", 100, 80, "10,10=. 51,41=R 99,79=R"),
	A("scl=1", 200, 160, "99,79=R 100,80=Y"),
};

static const struct golden_row layer_rows[] = {
	V("crop=0,0,100,80", 100, 80, "0,0=R 99,79=R"),
	V("crop=50,40,100,80", 100, 80, "49,39=R 50,39=G 49,40=B 50,40=Y"),
	V("crop=100,0,100,160", 100, 160, "50,79=G 50,80=Y"),
	V("crop=0,0,0,0", 200, 160, "99,79=R 100,80=Y"), /* R17 */
	V("crop=10,10,0,50", 200, 160, "99,79=R 100,80=Y"),
	V("cropN=0.5,0.5,0.5,0.5", 100, 80, "0,0=Y 99,79=Y"),
	V("cropN=0.25,0.25,0.5,0.5", 100, 80, "49,39=R 50,39=G 49,40=B 50,40=Y"),
	V("cropN=0,0,1,1", 200, 160, "99,79=R 100,80=Y"),
	A("crop=-50,-40,300,240", 300, 240,
	    "0,0=. 49,100=. 100,39=. 50,40=R 149,119=R 150,120=Y 249,199=Y 251,100=."),
	V("crop=-50,-40,300,240", 300, 240, "0,0=W 50,40=R 249,199=Y 251,100=W"),
	V("crop=-50,-40,300,240&bgc=00ff00", 300, 240, "0,0=G 50,40=R 251,100=G"),
	A("cropN=-0.25,-0.25,1.5,1.5", 300, 240, "0,0=. 50,40=R 249,199=Y 251,100=."),
	A("crop=150,120,100,80", 100, 80, "0,0=Y 49,39=Y 50,39=. 49,40=."),
	A("crop=500,500,40,30", 40, 30, "0,0=. 39,29=."), /* R24 */
	A("crop=-100,-80,400,320&size=200,160", 200, 160,
	    "10,10=. 47,100=. 53,43=R 147,117=Y 153,100=."),
	A("crop=-100,-80,400,320&wid=100", 100, 80, "10,10=. 28,23=R 72,57=Y 78,40=."),
	V("crop=50,40,100,80&wid=50", 50, 40, "22,17=R 27,17=G 22,22=B 27,22=Y"),
	V("size=100,0", 100, 80, Q100x80),
	V("size=0,80", 100, 80, Q100x80),
	V("size=100,100", 100, 80, Q100x80),
	V("size=400,40", 50, 40, "12,10=R 37,10=G 12,30=B 37,30=Y"),
	V("size=0,0", 200, 160, "99,79=R 100,80=Y"),
	V("size=400,0&scl=1", 400, 320, "190,150=R 210,170=Y"), /* R17 */
	V("size=77,0", 77, 62, "10,10=R 70,55=Y"),
	V("scale=0.5", 100, 80, Q100x80),
	V("scale=2&scl=1", 400, 320, "190,150=R 210,170=Y"),
	V("scale=0.5&size=50,0", 50, 40, "12,10=R 37,30=Y"), /* size wins */
	V("res=50", 100, 80, Q100x80),                       /* 100 dpi */
	V("res=100", 200, 160, "99,79=R 100,80=Y"),
	V("res=10&scale=0.5", 100, 80, Q100x80), /* scale wins */
	V("crop=100,80,100,80&scale=0.5", 50, 40, "0,0=Y 49,39=Y"),
	V("flip=lr", 200, 160, "99,79=G 100,79=R 99,80=Y 100,80=B"),
	V("flip=ud", 200, 160, "99,79=B 100,79=Y 99,80=R 100,80=G"),
	V("flip=lrud", 200, 160, "99,79=Y 100,79=B 99,80=G 100,80=R"),
	V("layer=0&flip=lr", 200, 160, "99,79=G 100,79=R"),
	V("layer=0&flip=lr&layer=comp&flip=lr", 200, 160, "99,79=R 100,79=G"),
	V("crop=0,0,100,160&flip=ud", 100, 160, "50,79=B 50,80=R"),
	V("flip=ud&wid=100", 100, 80, "25,20=B 75,20=Y 25,60=R 75,60=G"),
	V("rotate=0", 200, 160, "99,79=R 100,80=Y"),
	V("rotate=90", 160, 200, "79,99=B 80,99=R 79,100=Y 80,100=G"), /* clockwise */
	V("rotate=180", 200, 160, "99,79=Y 100,79=B 99,80=G 100,80=R"),
	V("rotate=270", 160, 200, "79,99=G 80,99=Y 79,100=R 80,100=B"),
	V("rotate=-90", 160, 200, "79,99=G 80,99=Y 79,100=R 80,100=B"),
	V("rotate=360", 200, 160, "99,79=R 100,80=Y"),
	V("rotate=90&wid=80", 80, 100, "20,25=B 60,25=R 20,75=Y 60,75=G"),
	V("layer=0&flip=lr&rotate=90", 160, 200, "79,99=Y 80,99=G 79,100=B 80,100=R"),
	V("flip=lr&rotate=90", 160, 200, "79,99=R 80,99=B 79,100=G 80,100=Y"),
	/* w cos + h sin: 200 * .7071 + 160 * .7071 = 254.56; the top corner is the right end of the
	   top */
	V("rotate=45", 255, 255,
	    "2,2=W 252,2=W 2,252=W 252,252=W 127,90=R 165,127=G 90,127=B 127,165=Y"),
	A("rotate=45", 255, 255,
	    "2,2=. 252,2=. 2,252=. 252,252=. 127,90=R 165,127=G 90,127=B 127,165=Y"),
	V("rotate=45&bgc=808080", 255, 255, "2,2=808080 252,252=808080 127,90=R"),
	/* 200 * .866 + 160 * .5 = 253.2, 200 * .5 + 160 * .866 = 238.6 */
	V("rotate=30", 253, 239,
	    "1,1=W 251,1=W 1,237=W 251,237=W 126,90=R 165,119=G 88,119=B 126,148=Y"),
	V("rotate=-30", 253, 239, "1,1=W 126,90=G 88,119=R 165,119=Y 126,148=B"),
	V("rotate=330", 253, 239, "126,90=G 88,119=R"),
	V("rotate=30&wid=127", 127, 120, "1,1=W 63,45=R 83,60=G 44,60=B 63,74=Y"),
	A("rotate=30&wid=127", 127, 120, "1,1=. 63,45=R 83,60=G 44,60=B 63,74=Y"),
	V("rotate=30&anchor=0,0", 253, 239, "126,90=R 126,148=Y"),
	V("layer=0&flip=lr&rotate=45", 255, 255, "127,90=G 165,127=R 90,127=Y 127,165=B"),
	V("rotate=45&flip=lr", 255, 255, "127,90=R 165,127=B 90,127=G 127,165=Y"),
	V("rotate=45&extend=10,0,0,0", 265, 255, "2,127=W 137,90=R 175,127=G"),
	A("extend=10,20,30,40", 240, 220,
	    "9,100=. 100,19=. 10,20=R 109,99=R 110,100=Y 209,179=Y 211,100=. 100,181=."),
	V("extend=10,20,30,40", 240, 220, "9,100=W 10,20=R 209,179=Y 211,100=W"),
	V("extend=10,20,30,40&bgc=0000ff", 240, 220, "9,100=B 10,20=R 211,100=B"),
	V("extend=-50,-40,-50,-40", 100, 80, "49,39=R 50,39=G 49,40=B 50,40=Y"),
	A("extend=-100,10,0,0", 100, 170, "50,9=. 50,10=G 50,169=Y"),
	A("extendN=0.5,0,0,0", 300, 160, "99,80=. 100,0=R 299,159=Y"),
	A("extendN=0.1,0.25,-0.5,0", 120, 200, "19,100=. 60,39=. 20,40=R 119,119=R 119,120=B"),
	A("rotate=90&extendN=0.5,0,0,0", 240, 200, "79,100=. 80,0=B 239,0=R"),
	A("extend=100,0,0,0&flip=lr", 300, 160, "0,0=G 199,159=B 201,80=."),
	A("extend=100,0,0,0&wid=150", 150, 80, "48,40=. 52,10=R 148,70=Y"),
	V("size=100,0&extend=10,10,10,10&bgc=000000", 120, 100, "5,5=K 12,12=R 107,87=Y 115,95=K"),
	V("crop=0,0,100,80&size=50,0&flip=lr&rotate=90&extend=5,5,5,5", 50, 60,
	    "2,2=W 7,7=R 42,52=R 47,57=W"),
	V("anchor=10,10", 200, 160, "99,79=R 100,80=Y"),
	V("anchorN=0.5,0.5&rotate=90", 160, 200, "79,99=B 80,100=G"),
	V("resMode=bilin&wid=100", 100, 80, Q100x80),
	V("resMode=bicub&wid=100", 100, 80, Q100x80),
	V("resMode=sharp2&wid=100", 100, 80, Q100x80),
	V("resMode=bisharp&wid=100", 100, 80, Q100x80),
	V("resMode=bisharp&scl=0.5", 400, 320, "180,140=R 220,180=Y"),
	/* A gradient stays one: red = 2 x + 0.5 at half size. */
	R(GRAD, "wid=128&fmt=png", 128, 64, PNG, "10,10=152980 64,32=818180 100,50=c9c980", 2),
	R(GRAD, "wid=128&fmt=png&resMode=bilin", 128, 64, PNG, "10,10=152980 64,32=818180", 2),
	R(GRAD, "wid=128&fmt=png&resMode=bicub", 128, 64, PNG, "10,10=152980 64,32=818180", 2),
	R(GRAD, "wid=128&fmt=png&resMode=bisharp", 128, 64, PNG, "10,10=152980 64,32=818180", 2),
	/* enlarged edge to edge: by two, a quarter of a pixel to either side of what was between */
	R(QUAD, "wid=400&hei=320&fit=stretch,1&fmt=png&resMode=bilin", 400, 320, PNG,
	    "198,20=R 199,20=bf4000 200,20=40bf00 201,20=G 20,159=bf0040 20,160=4000bf", 1),
	R(QUAD, "wid=400&hei=320&fit=stretch,1&fmt=png&resMode=bicub", 400, 320, PNG,
	    "199,20=cb3400 200,20=34cb00 20,159=cb0034 20,160=3400cb", 2),
	R(QUAD, "wid=400&hei=160&fit=stretch,1&fmt=png", 400, 160, PNG,
	    "199,20=cb3400 200,20=34cb00 20,79=R 20,80=B", 2),
	R(QUAD, "wid=200&hei=320&fit=stretch,1&fmt=png", 200, 320, PNG,
	    "99,20=R 100,20=G 20,159=cb0034 20,160=3400cb", 2),
	R(QUAD, "wid=600&hei=40&fit=stretch,1&fmt=png&resMode=bilin", 600, 40, PNG,
	    "298,5=R 299,5=aa5500 300,5=55aa00 301,5=G 30,10=R 30,30=B", 2),
	/* a sharpened picture goes on as any other */
	R(GRAY, "wid=50&fmt=png&resMode=bisharp", 50, 25, PNG, "25,12=646464", 1),
	R(GRAY, "wid=50&fmt=gif&resMode=bisharp", 50, 25, GIF, "25,12=646464", 1),
	R(CMYK, "wid=32&fmt=png&resMode=bisharp", 32, 32, PNG, "8,8=00ffff 24,8=7f7f7f", 2),
	R(DEEP, "wid=128&fmt=png&resMode=bisharp", 128, 32, PNG, "50,12=654e9c", 2),
	R(QUAD, "wid=100&fmt=png,gray&resMode=bisharp", 100, 80, PNG, "20,20=4c4c4c 80,20=969696",
	    1),
	R(QUAD, "wid=100&fmt=gif&resMode=bisharp", 100, 80, GIF, "20,20=R 80,60=Y", 1),
	R(QUAD, "wid=100&fmt=png&resMode=bisharp&op_invert=1", 100, 80, PNG, "20,20=00ffff 80,60=B",
	    1),
	R(GRAD, "crop=64,32,128,64&fmt=png", 128, 64, PNG, "0,0=404080 127,63=bfbe80", 0),
	R(GRAD, "flip=lr&scl=1&fmt=png", 256, 128, PNG, "0,0=ff0080 255,10=001480", 0),
};

static const struct golden_row format_rows[] = {
	R(QUAD, "", 200, 160, JPEG, "50,40=R 150,40=G 50,120=B 150,120=Y", 4),
	R(BIG, "", 400, 320, JPEG, "100,80=R 300,80=G 100,240=B 300,240=Y", 6), /* DefaultPix */
	R(BIG, "wid=1000&qlt=90,1", 1000, 800, JPEG, "490,390=R 510,410=Y", 4),
	R(BIG, "scl=1&rect=900,700,200,200&fmt=png", 200, 200, PNG,
	    "80,80=R 120,80=G 80,120=B 120,120=Y", 12),
	R(BIG, "crop=500,400,1000,800&wid=100&fmt=png", 100, 80, PNG,
	    "47,37=R 52,37=G 47,42=B 52,42=Y", 12),
	R(BIG, "crop=501,403,997,799&wid=50&fmt=png", 50, 40, PNG, "22,17=R 27,22=Y", 12),
	R(BIG, "flip=lrud&wid=50&fmt=png", 50, 40, PNG, "22,17=Y 27,22=R", 12),
	R(QUAD, "fmt=pjpeg", 200, 160, JPEG, "50,40=R", 4),
	R(QUAD, "fmt=jpg&qlt=30", 200, 160, JPEG, "50,40=R 150,120=Y", 8),
	R(QUAD, "fmt=gif", 200, 160, GIF, "50,40=R 150,40=G 50,120=B 150,120=Y", 6),
	R(QUAD, "fmt=tif", 200, 160, TIFF, "99,79=R 100,80=Y", 0),
	R(QUAD, "fmt=tif,,zip", 200, 160, TIFF, "99,79=R 100,80=Y", 0),
	R(QUAD, "fmt=tif,,none", 200, 160, TIFF, "99,79=R 100,80=Y", 0),
	R(QUAD, "fmt=tif,,jpeg&qlt=95,1", 200, 160, TIFF, "50,40=R 150,120=Y", 6),
	R(QUAD, "fmt=webp", 200, 160, WEBP, "50,40=R 150,40=G 50,120=B 150,120=Y", 6),
	R(QUAD, "fmt=webp,,lossless", 200, 160, WEBP, "99,79=R 100,80=Y", 0),
	R(QUAD, "fmt=avif", 200, 160, AVIF, "50,40=R 150,40=G 50,120=B 150,120=Y", 8),
	R(QUAD, "fmt=png8", 200, 160, PNG, "50,40=R 150,40=G 50,120=B 150,120=Y", 6),
	R(QUAD, "fmt=png,gray", 200, 160, PNG,
	    "50,40=4c4c4c 150,40=969696 50,120=1d1d1d 150,120=e2e2e2", 1),
	R(QUAD, "fmt=jpeg,gray", 200, 160, JPEG, "50,40=4c4c4c 150,40=969696", 3),
	R(QUAD, "fmt=tif,gray&wid=300&hei=300&bgc=808080", 300, 300, TIFF,
	    "10,10=808080 60,80=4c4c4c", 1),
	R(HOLE, "fmt=png", 100, 100, PNG, "10,10=W 50,50=R 24,50=W 25,25=R 74,74=R 75,50=W", 0),
	R(HOLE, "fmt=png&bgc=0000ff", 100, 100, PNG, "10,10=B 50,50=R", 0),
	R(HOLE, "fmt=png-alpha", 100, 100, PNG, "10,10=. 50,50=R 24,50=. 25,25=R", 0),
	R(HOLE, "fmt=webp-alpha", 100, 100, WEBP, "10,10=. 50,50=R", 6),
	R(HOLE, "fmt=tif-alpha", 100, 100, TIFF, "10,10=. 50,50=R", 0),
	R(HOLE, "fmt=gif-alpha", 100, 100, GIF, "10,10=. 50,50=R", 4),
	R(HOLE, "fmt=avif-alpha", 100, 100, AVIF, "10,10=. 50,50=R", 8),
	R(HOLE, "fmt=webp", 100, 100, WEBP, "10,10=W 50,50=R", 6),
	R(HOLE, "fmt=jpeg&bgc=00ffff", 100, 100, JPEG, "10,10=00ffff 50,50=R", 8),
	R(HOLE, "wid=50&fmt=png-alpha", 50, 50, PNG, "5,5=. 25,25=R 17,25=R",
	    2), /* no green seeps in */
	R(HOLE, "rotate=45&scl=1&fmt=png-alpha", 141, 141, PNG, "5,5=. 70,70=R 70,40=R", 2),
	R(HALF, "fmt=png", 80, 80, PNG, "40,40=7f7fff", 1),
	R(HALF, "fmt=png&bgc=000000", 80, 80, PNG, "40,40=000080", 1),
	R(HALF, "fmt=png-alpha&wid=40", 40, 40, PNG, "20,20=0000ff80", 1),
	R(HALF, "fmt=png-alpha&extend=5,5,5,5", 90, 90, PNG, "2,2=. 40,40=0000ff80", 1),
	R(GRAY, "fmt=png", 100, 50, PNG, "50,25=646464", 0),
	R(GRAY, "", 100, 50, JPEG, "50,25=646464", 1),
	R(GRAY, "wid=50&hei=50&bgc=ff0000&fmt=png", 50, 50, PNG, "2,2=ff0000 25,25=646464", 1),
	R(CMYK, "fmt=png", 64, 64, PNG, "10,10=00ffff 50,10=7f7f7f", 1), /* R26 */
	R(CMYK, "", 64, 64, JPEG, "10,10=00ffff 50,10=7f7f7f", 6),
	R(CMYK, "wid=128&hei=64&fmt=png&bgc=ff0000", 128, 64, PNG, "5,5=ff0000 40,10=00ffff", 1),
	R(DEEP, "fmt=png&scl=1", 256, 64, PNG, "0,0=004e9c 100,10=644e9c 255,63=ff4e9c",
	    1), /* R58 */
	R(WEBPA, "fmt=png", 100, 100, PNG, "10,10=W 50,50=R", 0),
	R(BITMAP, "fmt=png", 200, 160, PNG, "99,79=R 100,79=G 99,80=B 100,80=Y", 0),
	R(ANIGIF, "fmt=png", 60, 40, PNG, "30,20=R", 4),
	R(ANIWEBP, "fmt=png", 60, 40, PNG, "30,20=R", 4),
	/* copies keep what the modifier leaves alone */
	C(JQUAD, "wid=100", 100, 80, JPEG, Q100x80, 6),
	C(BIG, "flip=lr", 2000, 1600, JPEG, "500,400=G 1500,400=R", 6),
	C(QUAD, "wid=100", 100, 80, PNG, Q100x80, 2),
	C(QUAD, "wid=100&hei=100", 100, 100, PNG, "50,4=W 25,30=R", 2),
	C(QUAD, "rotate=45", 255, 255, PNG, "2,2=. 127,90=R", 2),
	C(QUAD, "rotate=45&bgc=0000ff", 255, 255, PNG, "2,2=B 127,90=R", 2),
	C(JQUAD, "rotate=45", 255, 255, JPEG, "2,2=W 127,90=R", 6), /* R70 */
	C(JQUAD, "extend=10,10,10,10&bgc=00ff00", 220, 180, JPEG, "4,4=G 60,60=R", 6),
	C(TIFFQ, "wid=100", 100, 80, TIFF, Q100x80, 2),
	C(HOLE, "wid=50", 50, 50, PNG, "5,5=. 25,25=R", 2),
	C(HOLE, "fmt=jpeg", 100, 100, JPEG, "10,10=W 50,50=R", 8),
	C(WEBPA, "wid=50&qlt=95", 50, 50, WEBP, "5,5=. 25,25=R", 8),
	C(ANIGIF, "wid=30", 30, 20, GIF, "15,10=R", 4),
	C(ANIWEBP, "flip=lr", 60, 40, WEBP, "30,20=R", 6),
	C(BITMAP, "wid=100", 100, 80, PNG, Q100x80, 2),
	C(GRAY, "wid=50", 50, 25, PNG, "25,12=646464", 1),
	C(GRAY, "rotate=45", 106, 106, PNG, "2,2=. 53,53=646464", 1),
	C(CMYK, "crop=0,0,32,64&fmt=png", 32, 64, PNG, "10,10=00ffff", 1),
	C(DEEP, "fmt=jpeg&qlt=100,1", 256, 64, JPEG, "100,10=644e9c", 3),
	C(DEEP, "fmt=webp,,lossless", 256, 64, WEBP, "100,10=644e9c", 1),
};

static uint32_t
color_of(const char *text)
{
	static const struct {
		char letter;
		uint32_t rgba;
	} letters[] = { { 'R', 0xff0000ff }, { 'G', 0x00ff00ff }, { 'B', 0x0000ffff },
		{ 'Y', 0xffff00ff }, { 'W', 0xffffffff }, { 'K', 0x000000ff } };

	for (size_t i = 0; i < IPS_NELEM(letters) && text[1] == '\0'; i++)
		if (letters[i].letter == *text)
			return letters[i].rgba;
	uint32_t value = (uint32_t)strtoul(text, NULL, 16);
	return strlen(text) == 6 ? value << 8 | 0xff : value;
}

static bool
matches(const uint8_t *pixel, const char *want, int tolerance)
{
	uint32_t rgba = color_of(want);

	if (strcmp(want, ".") == 0)
		return pixel[3] <= tolerance;
	for (int i = 0; i < 4; i++)
		if (abs(pixel[i] - (int)(rgba >> (24 - 8 * i) & 0xff)) > tolerance)
			return false;
	return true;
}

static int
check_probes(const struct golden_row *row, const uint8_t *pixels, int width)
{
	char **probes = g_strsplit(row->probes, " ", -1);
	int bad = 0;

	for (char **p = probes; *p && **p; p++) {
		int x, y;
		char want[12];
		assert_int_equal(sscanf(*p, "%d,%d=%11s", &x, &y, want), 3);
		const uint8_t *pixel = pixels + (y * width + x) * 4;
		if (matches(pixel, want, row->tolerance))
			continue;
		print_error("source %d '%s' at %d,%d: %02x%02x%02x%02x, not %s\n", row->source,
		    row->modifier, x, y, pixel[0], pixel[1], pixel[2], pixel[3], want);
		bad++;
	}
	g_strfreev(probes);
	return bad;
}

static int
check_row(const struct golden_row *row)
{
	struct ips_error err = { 0 };
	struct ips_source facts;
	int fd, width, height, bad = 0;

	if (!golden_run(golden_source((enum golden_source)row->source), row->modifier,
		row->copy ? &ips_profile_copy : &ips_profile_reply, &fd, &facts, &err)) {
		print_error("source %d '%s': %s (%s)\n", row->source, row->modifier, err.reason,
		    err.detail);
		return 1;
	}
	uint8_t *pixels = golden_pixels(fd, &width, &height);
	if (width != row->width || height != row->height || facts.width != width ||
	    facts.height != height || facts.format != row->format) {
		print_error("source %d '%s': %s %dx%d\n", row->source, row->modifier,
		    ips_format_info(facts.format)->name, width, height);
		bad = 1;
	} else {
		bad = check_probes(row, pixels, width);
	}
	/* R48; GIF is transparent or not as its encoder likes. */
	bool alpha = strstr(row->modifier, "-alpha") != NULL;
	if (facts.orientation != 1 || (!row->copy && facts.format != IPS_FORMAT_GIF &&
					  facts.format != IPS_FORMAT_PDF && facts.alpha != alpha)) {
		print_error("source %d '%s': orientation %d, alpha %d\n", row->source,
		    row->modifier, facts.orientation, facts.alpha);
		bad++;
	}
	g_free(pixels);
	close(fd);
	return bad;
}

void
golden_check(const struct golden_row *rows, size_t count)
{
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad += check_row(&rows[i]);
	assert_int_equal(bad, 0);
}

static void
test_view(void **state)
{
	(void)state;
	golden_check(view_rows, IPS_NELEM(view_rows));
}

static void
test_layer(void **state)
{
	(void)state;
	golden_check(layer_rows, IPS_NELEM(layer_rows));
}

static void
test_formats(void **state)
{
	(void)state;
	golden_check(format_rows, IPS_NELEM(format_rows));
}

/* EXIF, "Orientation": which stored quarter is seen at the top left and top right. */
static void
test_orientation(void **state)
{
	static const char seen[9][2] = { [1] = { 'R', 'G' },
		[2] = { 'G', 'R' },
		[3] = { 'Y', 'B' },
		[4] = { 'B', 'Y' },
		[5] = { 'R', 'B' },
		[6] = { 'B', 'R' },
		[7] = { 'Y', 'G' },
		[8] = { 'G', 'Y' } };

	(void)state;
	for (int o = 1; o <= 8; o++) {
		char probes[64], lr[64];
		int w = o >= 5 ? 80 : 100, h = o >= 5 ? 100 : 80;
		snprintf(probes, sizeof(probes), "%d,%d=%c %d,%d=%c", w / 4, h / 4, seen[o][0],
		    w * 3 / 4, h / 4, seen[o][1]);
		snprintf(lr, sizeof(lr), "%d,%d=%c %d,%d=%c", w / 4, h / 4, seen[o][1], w * 3 / 4,
		    h / 4, seen[o][0]);
		char wid[32], crop[64];
		snprintf(wid, sizeof(wid), "wid=%d", w);
		snprintf(crop, sizeof(crop), "crop=%d,%d,%d,%d", w / 2, h / 2, w, h);
		const struct golden_row rows[] = {
			{ EXIF1 + o - 1, wid, false, w, h, IPS_FORMAT_JPEG, probes, 6 },
			{ EXIF1 + o - 1, wid, true, w, h, IPS_FORMAT_JPEG, probes, 6 },
			{ EXIF1 + o - 1, crop, true, w, h, IPS_FORMAT_JPEG, probes, 6 },
			{ EXIF1 + o - 1, "scl=2&flip=lr", true, w, h, IPS_FORMAT_JPEG, lr, 6 },
		};
		golden_check(rows, IPS_NELEM(rows));
	}
}

static double
linear(double v)
{
	v /= 255;
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static int
encoded(double v)
{
	v = v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
	return (int)floor(CLAMP(v, 0, 1) * 255 + 0.5);
}

/* Display P3 to sRGB: both have the same curve and white; the matrix follows from the primaries. */
static void
test_wide_gamut(void **state)
{
	double r = linear(120), g = linear(200), b = linear(100);
	char probe[32];

	(void)state;
	snprintf(probe, sizeof(probe), "32,32=%02x%02x%02x", encoded(1.2249 * r - 0.2247 * g),
	    encoded(-0.0420 * r + 1.0419 * g), encoded(-0.0197 * r - 0.0786 * g + 1.0979 * b));
	const struct golden_row rows[] = {
		{ WIDE, "fmt=png", false, 64, 64, IPS_FORMAT_PNG, probe, 4 },
		{ WIDE, "fmt=gif", true, 64, 64, IPS_FORMAT_GIF, probe,
		    6 }, /* cannot carry a profile */
		{ WIDE, "wid=32&fmt=png", false, 32, 32, IPS_FORMAT_PNG, "", 0 },
	};
	golden_check(rows, IPS_NELEM(rows));
}

/* What a copy keeps and a reply drops. */
static void
test_kept(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static const struct {
		enum golden_source source;
		const char *modifier;
		bool copy, profile;
		int bits;
		enum ips_space space;
		double resolution;
	} rows[] = {
		{ WIDE, "wid=32", true, true, 8, IPS_SPACE_RGB, 100 },
		{ WIDE, "wid=32&fmt=png", true, true, 8, IPS_SPACE_RGB, 100 },
		{ WIDE, "wid=32&fmt=webp", true, true, 8, IPS_SPACE_RGB, 0 },
		{ WIDE, "wid=32", false, false, 8, IPS_SPACE_RGB, 100 },
		{ DEEP, "wid=128", true, false, 16, IPS_SPACE_RGB, 100 },
		{ DEEP, "rotate=30", true, false, 16, IPS_SPACE_RGB, 100 },
		{ DEEP, "wid=128", false, false, 8, IPS_SPACE_RGB, 100 },
		{ CMYK, "wid=32", true, false, 8, IPS_SPACE_CMYK, 100 },
		{ CMYK, "wid=32&fmt=jpeg", true, false, 8, IPS_SPACE_CMYK, 100 },
		{ CMYK, "wid=32", false, false, 8, IPS_SPACE_RGB, 100 },
		{ GRAY, "wid=32", true, false, 8, IPS_SPACE_GRAY, 100 },
		{ GRAY, "wid=32", false, false, 8, IPS_SPACE_RGB, 100 },
		{ JQUAD, "wid=32", true, false, 8, IPS_SPACE_RGB, 100 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_source facts;
		struct ips_error err = { 0 };
		int fd;
		if (!golden_run(golden_source(rows[i].source), rows[i].modifier,
			rows[i].copy ? &ips_profile_copy : &ips_profile_reply, &fd, NULL, &err))
			fail_msg("row %zu: %s (%s)", i, err.reason, err.detail);
		assert_true(ips_render_probe(fd, mem, &facts, &err));
		close(fd);
		if (facts.profile != rows[i].profile || facts.bits != rows[i].bits ||
		    facts.space != rows[i].space ||
		    (rows[i].resolution > 0 && fabs(facts.resolution - rows[i].resolution) > 0.6))
			fail_msg("row %zu '%s': profile %d, %d bits, space %d, %g dpi", i,
			    rows[i].modifier, facts.profile, facts.bits, facts.space,
			    facts.resolution);
	}
}

/* A copy without an effect is the file itself. */
static void
test_identity(void **state)
{
	static const char *const modifiers[] = { "", "scl=1", "rotate=360", "resMode=bicub",
		"crop=0,0,200,160", "wid=200", "wid=400", "extend=0,0,0,0" };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(modifiers); i++) {
		struct ips_error err = { 0 };
		int fd, in = golden_source(JQUAD);
		assert_true(golden_run(in, modifiers[i], &ips_profile_copy, &fd, NULL, &err));
		char a[32768], b[32768];
		ssize_t n = pread(in, a, sizeof(a), 0);
		assert_int_equal(pread(fd, b, sizeof(b), 0), n);
		assert_memory_equal(a, b, n);
		close(fd);
	}
}

/* Every modifier that has to fail, and as what. */
static void
test_refusals(void **state)
{
	static const struct {
		const char *modifier;
		bool copy;
		enum ips_fault fault;
	} rows[] = {
		{ "fit=crop", false, IPS_INVALID_PARAMETER },
		{ "fit=crop&scl=1", false, IPS_INVALID_PARAMETER },    /* R42 */
		{ "rgn=0,0,0,0", false, IPS_INVALID_PARAMETER },       /* R17 */
		{ "extend=-200,0,0,0", false, IPS_INVALID_PARAMETER }, /* R20 */
		{ "extendN=-0.6,0,-0.6,0", false, IPS_INVALID_PARAMETER },
		{ "sizeN=0.5,0.5", false, IPS_INVALID_PARAMETER },
		{ "wid=2001&hei=10", false, IPS_LIMIT }, /* MaxPix */
		{ "scl=0.01", false, IPS_LIMIT },
		{ "scl=0.0001", true, IPS_LIMIT },
		{ "crop=0,0,90000,90000", true, IPS_LIMIT },
		{ "size=90000,0", true, IPS_LIMIT },
		{ "scl=1&rect=0,0,2001,10", false, IPS_LIMIT },
		{ "clipPath=M0,0L3e6,0,0,9Z", false, IPS_LIMIT },
		{ "clipPath=M0,0l1e308,0l1e308,0l-1e308,0Z", true, IPS_LIMIT },
		{ "clipPath=M0,0L9,0,0,9&clipXPath=M0,0L9,-3e6,0,9", true, IPS_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { 0 };
		int fd;
		if (golden_run(golden_source(QUAD), rows[i].modifier,
			rows[i].copy ? &ips_profile_copy : &ips_profile_reply, &fd, NULL, &err))
			fail_msg("'%s' was not refused", rows[i].modifier);
		if (err.fault != rows[i].fault)
			fail_msg("'%s': %d %s", rows[i].modifier, err.fault, err.reason);
	}
}

/* A deadline that has passed, a file cut in half, bytes that lie. */
static void
test_bad_files(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static const enum golden_source sources[] = { BIG, QUAD, TIFFQ, ANIGIF, WEBPA, BITMAP,
		DEEP };
	struct ips_error err = { 0 };
	struct ips_source facts;

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(sources); i++) {
		int whole = golden_source(sources[i]), half = memfd_create("half", 0), out;
		off_t size = lseek(whole, 0, SEEK_END);
		char *bytes = g_malloc((gsize)size);
		assert_int_equal(pread(whole, bytes, (size_t)size, 0), size);
		assert_true(ips_render_verify(whole, &err));
		assert_int_equal(write(half, bytes, (size_t)size / 2), size / 2);
		if (ips_render_verify(half, &err) || err.fault != IPS_BROKEN_IMAGE)
			fail_msg("half of source %d: %d", sources[i], err.fault);
		if (golden_run(half, "wid=20", &ips_profile_copy, &out, NULL, &err) ||
		    err.fault != IPS_BROKEN_IMAGE || strlen(err.reason) > 100)
			fail_msg("half of source %d is rendered: %d", sources[i], err.fault);
		close(half);
		g_free(bytes);
	}
	/* A JPEG header that claims more pixels than anybody has; above 65500 the decoder itself
	 * refuses. */
	uint8_t huge[] = { 0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0xff, 0xff, 0xff, 0xff, 3, 1, 0x11, 0,
		2, 0x11, 0, 3, 0x11, 0, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0 };
	static const struct {
		uint16_t side;
		enum ips_fault fault;
	} rows[] = { { 65535, IPS_BROKEN_IMAGE }, { 65500, IPS_LIMIT }, { 17000, IPS_LIMIT } };
	int fd = memfd_create("huge", 0);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		huge[7] = huge[9] = (uint8_t)(rows[i].side >> 8);
		huge[8] = huge[10] = (uint8_t)rows[i].side;
		assert_int_equal(pwrite(fd, huge, sizeof(huge), 0), sizeof(huge));
		assert_false(ips_render_probe(fd, mem, &facts, &err));
		assert_int_equal(err.fault, rows[i].fault);
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_false(ips_render_probe(fd, mem, &facts, &err));
	assert_int_equal(err.fault, IPS_UNSUPPORTED);
	close(fd);
}

static void
test_deadline(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	int in = golden_source(BIG), out = memfd_create("late", 0);
	const struct ips_modifier *request;
	const struct ips_plan *plan;
	struct ips_object picture = { .name = NULL };
	const struct ips_objects objects = { 1, &picture };
	struct ips_error err = { 0 };

	(void)state;
	assert_true(ips_render_probe(in, mem, &picture.source, &err));
	assert_true(
	    ips_modifier_parse(mem, "scl=0.5", &ips_modifier_default_limits, &request, &err));
	assert_true(ips_plan_make(mem, request, &objects, &ips_profile_copy, &plan, &err));
	assert_false(ips_render_run(plan, &in, out, ips_monotonic_us() + 1, NULL, NULL, &err));
	assert_int_equal(err.fault, IPS_DEADLINE);
	/* The file is another one than that of the plan. */
	int other = golden_source(QUAD);
	assert_false(ips_render_run(plan, &other, out, 0, NULL, NULL, &err));
	assert_int_equal(err.fault, IPS_BROKEN_IMAGE);
	close(out);
	/* Nowhere to write to is not the image's fault. */
	out = open("/dev/full", O_RDWR);
	assert_false(ips_render_run(plan, &in, out, 0, NULL, NULL, &err));
	assert_int_equal(err.fault, IPS_STORAGE);
	close(out);
}

/* With a pattern, such as "test_layers" or "test_text*", those alone. */
int
main(int argc, char **argv)
{
	struct ips_render_limits limits = {
		.max_pixels = 1 << 28, .max_held = 1 << 25, .threads = 1
	};
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_color),
		cmocka_unit_test(test_encoding), cmocka_unit_test(test_view),
		cmocka_unit_test(test_layer), cmocka_unit_test(test_formats),
		cmocka_unit_test(test_operations), cmocka_unit_test(test_requests),
		cmocka_unit_test(test_cover), cmocka_unit_test(test_orientation),
		cmocka_unit_test(test_mask), cmocka_unit_test(test_layers),
		cmocka_unit_test(test_perspective), cmocka_unit_test(test_nested),
		cmocka_unit_test(test_effects), cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_refused), cmocka_unit_test(test_text_relations),
		cmocka_unit_test(test_wide_gamut), cmocka_unit_test(test_kept),
		cmocka_unit_test(test_identity), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_bad_files), cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_paths), cmocka_unit_test(test_named_paths),
		cmocka_unit_test(test_relations), cmocka_unit_test(test_tiles),
		cmocka_unit_test(test_threads) };
	const struct CMUnitTest text_tests[] = { cmocka_unit_test(test_text_paths),
		cmocka_unit_test(test_text_limits), cmocka_unit_test(test_text_anchors) };
	struct ips_error err;

	if (VIPS_INIT("test_golden") != 0) /* the profile comes from libvips */
		return 1;
	char *folder = golden_profile_folder();
	limits.profiles = folder;
	if (!ips_render_start("test_golden", &limits, &err))
		return 1;
	golden_profile_folder_remove(folder);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	int failed = cmocka_run_group_tests(tests, NULL, NULL) +
		     cmocka_run_group_tests(text_tests, NULL, NULL);
	ips_render_stop();
	return failed;
}
