/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* mask= and what grows. SPOT is white from 40,30 to 60,50 in a black picture of 100x80: over QUAD
 * (200x160) it lets 80,60 to 120,100 be seen. */
#include "golden.h"

#define V(source, modifier, w, h, probes)                                                          \
	{                                                                                          \
		source, modifier "&fmt=png", false, w, h, IPS_FORMAT_PNG, probes, 1                \
	}
#define A(source, modifier, w, h, probes)                                                          \
	{                                                                                          \
		source, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, 1          \
	}
#define C(source, modifier, w, h, format, probes, tolerance)                                       \
	{                                                                                          \
		source, modifier, true, w, h, IPS_FORMAT_##format, probes, tolerance               \
	}
#define Q(modifier, probes) A(QUAD, modifier, 200, 160, probes)
#define H(modifier, probes) A(HOLE, modifier, 100, 100, probes)

static const struct golden_row mask_rows[] = {
	Q("mask=SPOT", "0,0=. 74,80=. 85,65=R 115,65=G 85,95=B 115,95=Y 126,80=. 199,159=."),
	V(QUAD, "mask=SPOT&bgc=ff00ff", 200, 160, "0,0=ff00ff 85,65=R 115,95=Y 126,80=ff00ff"),
	Q("layer=0&mask=SPOT", "74,80=. 85,65=R"),
	Q("mask=SPOT&maskUse=invert", "0,0=R 199,159=Y 85,65=. 115,95=."),
	Q("mask=SPOT&maskUse=off", "0,0=R 85,65=R"),
	Q("mask=SPOT&hide=1", "85,65=."),
	Q("mask=SPOT&opac=50", "74,80=. 85,65=ff000080"),
	Q("mask=SPOT&color=00ffff", "0,0=00ffff 85,65=R"),
	Q("mask=SPOT&op_invert=1", "0,0=. 85,65=00ffff"),
	/* alpha where there is some, else gray: 100 of 255; 0.299 x + 0.587 2 y + 14.6 */
	Q("mask=HOLE", "45,40=. 55,45=R 145,115=Y 155,120=."),
	Q("mask=HALF", "50,40=ff000080"),
	Q("mask=GRAY", "50,40=ff000064"),
	A(GRAD, "mask=GRAD", 256, 128, "100,50=64648067 0,0=0000800f"),
	Q("mask=QUAD", "50,40=ff00004c 150,40=00ff0096 50,120=0000ff1d 150,120=ffff00e2"),
	Q("mask=CMYK", "50,40=ff0000b3 150,40=00ff007f"), /* R26 */
	Q("mask=DEEP", "100,80=ffff0066"), /* at x 128: 0.299 128 + 0.587 77.8 + 0.114 155.6 */
	/* the alpha of the picture itself is replaced (R27) */
	A(HOLE, "mask=HALF", 100, 100, "10,10=00ff0080 50,50=ff000080"),
	H("mask=SPOT", "10,10=. 41,60=R 59,39=R 50,30=. 35,50=."),
	/* with the picture through all transforms */
	A(QUAD, "mask=SPOT&crop=80,60,40,40", 40, 40, "5,5=R 35,35=Y"),
	A(QUAD, "mask=SPOT&crop=60,40,80,80", 80, 80, "10,40=. 30,30=R 50,50=Y 70,40=."),
	A(QUAD, "mask=SPOT&crop=-20,-20,240,200", 240, 200, "5,5=. 105,85=R 135,115=Y 150,100=."),
	A(QUAD, "mask=SPOT&wid=100", 100, 80, "36,40=. 43,33=R 56,46=Y 64,40=."),
	A(QUAD, "mask=SPOT&size=100,0&flip=lr", 100, 80, "34,40=. 46,36=G 54,44=B 66,40=."),
	A(QUAD, "mask=SPOT&rotate=90", 160, 200, "79,70=. 70,90=B 90,90=R 70,110=Y 79,130=."),
	A(QUAD, "mask=SPOT&rotate=45", 255, 255, "2,2=. 127,115=R 139,127=G 127,85=."),
	A(QUAD, "mask=SPOT&extend=10,10,10,10&bgColor=00ffff", 220, 180, "2,2=00ffff 95,75=R"),
	/* upright on upright, however the files lie */
	A(EXIF6, "mask=SPOT&size=100,0", 100, 125, "34,62=. 46,56=B 54,56=R 46,70=Y 54,70=G"),
	A(EXIF3, "mask=SPOT", 200, 160, "74,80=. 85,65=Y 115,65=B 126,80=."),
	Q("mask=EXIF6", "50,40=ff00001d 150,40=00ff004c 50,120=0000ffe2 150,120=ffff0096"),
	/* other sizes, larger too; decoders that reduce */
	Q("mask=BIG", "50,40=ff00004c 150,120=ffff00e2"),
	A(BIG, "mask=SPOT&wid=200", 200, 160, "74,80=. 86,66=R 114,94=Y 126,80=."),
	A(BIG, "mask=HOLE&wid=100", 100, 80, "20,40=. 30,30=R 70,50=Y 80,40=."),
	/* depths and spaces */
	C(DEEP, "mask=HALF", 256, 64, PNG, "100,10=644e9c80", 1),
	C(GRAY, "mask=SPOT", 100, 50, PNG, "10,10=. 50,25=646464", 1),
	A(CMYK, "mask=HALF", 64, 64, "16,32=00ffff80 48,32=7f7f7f80"),
	C(CMYK, "mask=HALF&fmt=png-alpha", 64, 64, PNG, "16,32=00ffff80", 1),
	C(JQUAD, "mask=SPOT", 200, 160, JPEG, "10,10=W 88,68=R 112,92=Y", 10),
	C(QUAD, "mask=SPOT", 200, 160, PNG, "10,10=. 85,65=R", 1),
	C(BITMAP, "mask=SPOT", 200, 160, PNG, "10,10=. 85,65=R", 1),
	C(ANIGIF, "mask=HALF&fmt=png-alpha", 60, 40, PNG, "30,20=ff000080", 1),
};

/* The mask in its own pixels; grown by r it reaches r further to all sides, and is less by r if r
 * is negative. */
static const struct golden_row grow_rows[] = {
	H("op_growMask=5", "19,50=. 20,50=G 30,50=R 79,50=G 80,50=. 22,21=G 20,20=."),
	H("op_growMask=-5", "29,50=. 30,50=R 69,50=R 70,50=. 30,30=R 29,29=."),
	H("op_growMask=0", "24,50=. 25,50=R"),
	H("op_growMask=100", "0,0=G 50,50=R 99,99=G"),
	H("op_growMask=-100", "50,50=."),
	H("op_growMask=-25", "50,50=."),
	H("op_growMask=-24", "48,50=. 49,49=R 50,50=R 51,51=."),
	H("op_growMaskR=5", "19,50=. 20,50=G 80,50=."),
	H("op_growMask=5&op_growMaskR=1", "23,50=. 24,50=G"), /* R4 */
	H("op_growMaskR=1&op_growMask=5", "19,50=. 20,50=G"),
	H("op_growMask=1", "24,50=G 23,50=. 75,50=G 76,50=."),
	H("op_growMask=2", "23,50=G 22,50=."),
	H("op_growMask=3", "22,50=G 21,50=."),
	H("op_growMask=4", "21,50=G 20,50=."),
	H("op_growMask=7", "18,50=G 17,50=."),
	H("op_growMask=8", "17,50=G 16,50=."),
	/* grown, then used */
	H("op_growMask=5&maskUse=invert", "19,50=G 20,50=. 79,50=. 80,50=G"),
	H("op_growMask=5&maskUse=off", "0,0=G 50,50=R"),
	Q("mask=SPOT&op_growMask=5", "64,80=. 72,76=R 128,80=Y 136,80=."),
	Q("mask=SPOT&op_growMask=-5", "86,80=. 93,80=B 107,80=Y 113,80=."),
	Q("op_growMask=-50", "0,0=R 199,159=Y"), /* no mask */
	A(HALF, "op_growMask=10", 80, 80, "0,0=0000ff80 40,40=0000ff80"),
	/* 10 pixels of the full size are 5 of the half; R stays 10 */
	A(HOLE, "size=50,0&resMode=bilin&op_growMask=10", 50, 50, "6,25=. 8,25=G 41,25=G 43,25=."),
	A(HOLE, "wid=50&resMode=bilin&op_growMask=10", 50, 50, "6,25=. 8,25=G 41,25=G 43,25=."),
	A(HOLE, "size=50,0&resMode=bilin&op_growMaskR=10", 50, 50, "1,25=. 3,25=G 46,25=G 48,25=."),
	A(HOLE, "size=50,0&resMode=bilin&op_growMaskR=-5", 50, 50,
	    "16,25=. 18,25=R 31,25=R 33,25=."),
	A(HOLE, "size=50,0&resMode=bilin&op_growMaskR=5&maskUse=invert", 50, 50,
	    "6,25=G 8,25=. 41,25=. 43,25=G"),
	A(HOLE, "crop=20,20,60,60&op_growMask=3", 60, 60, "1,30=. 2,30=G 57,30=G 58,30=."),
	A(BIG, "mask=HOLE&op_growMask=5&wid=200", 200, 160, "36,70=. 44,70=R 156,70=G 163,70=."),
	C(WEBPA, "op_growMask=-5", 100, 100, WEBP, "29,50=. 35,50=R", 8),
	C(DEEP, "mask=HOLE&op_growMask=-5", 256, 64, PNG, "60,32=. 100,32=644e9c 200,32=.", 1),
};

void
test_mask(void **state)
{
	(void)state;
	golden_check(mask_rows, IPS_NELEM(mask_rows));
	golden_check(grow_rows, IPS_NELEM(grow_rows));
}
