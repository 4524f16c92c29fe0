/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What shows through: opac=, color=, bgColor=, maskUse=, hide=. With a the opacity of the picture
 * and f that of the colour behind it, the sum is a + (1 - a) f. */
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

static const struct golden_row opac_rows[] = {
	Q("opac=50", "50,40=ff000080 150,120=ffff0080"),
	Q("opac=100", "50,40=R"),
	Q("opac=0", "50,40=."),
	Q("opac=0,100", "50,40=."),
	Q("opac=100,0", "50,40=."),
	Q("opac=90,70", "50,40=ff0000a1"), /* 63 % */
	Q("layer=0&opac=50", "50,40=ff000080"),
	Q("layer=0&opac=50&layer=comp&opac=50", "50,40=ff000040"),
	Q("layer=comp&opac=20", "50,40=ff000033"),
	A(QUAD, "opac=50&wid=100", 100, 80, "25,20=ff000080 75,60=ffff0080"),
	A(QUAD, "opac=50&wid=100&hei=100", 100, 100, "50,4=. 25,30=ff000080"),
	A(QUAD, "opac=50&extend=10,0,0,0", 210, 160, "5,80=. 60,40=ff000080"),
	A(HALF, "opac=50", 80, 80, "40,40=0000ff40"),
	V(QUAD, "opac=50", 200, 160, "50,40=ff8080"),
	V(QUAD, "opac=50&bgc=000000", 200, 160, "50,40=800000"),
	V(QUAD, "opac=0&bgc=00ffff", 200, 160, "50,40=00ffff"),
	V(CMYK, "opac=50", 64, 64, "16,32=80ffff 48,32=bfbfbf"),
	V(GRAY, "opac=50", 100, 50, "50,25=b2b2b2"),
	C(QUAD, "opac=50", 200, 160, PNG, "50,40=ff000080", 1),
	C(GRAY, "opac=50", 100, 50, PNG, "50,25=64646480", 1),
	C(DEEP, "opac=50", 256, 64, PNG, "100,10=644e9c80", 1),
	C(JQUAD, "opac=50", 200, 160, JPEG, "50,40=ff8080", 6), /* R70 */
	Q("opac=50&op_invert=1", "50,40=00ffff80"),
	/* half of the clear quarter and half of the picture */
	V(QUAD, "opac=50&rgn=-100,0,200,80&bgc=0000ff", 200, 80, "50,40=0000ff 150,40=800080"),
};

static const struct golden_row color_rows[] = {
	H("color=0000ff", "10,10=B 50,50=R"),
	H("color=0,0,255,128", "10,10=0000ff80 50,50=R"),
	H("color=0,0,255,0", "10,10=. 50,50=R"),
	H("color=50", "10,10=808080 50,50=R"),
	H("color=0x40g", "10,10=404040"),
	H("color=0,100,100,0k", "10,10=ff0000"), /* R26 */
	H("layer=0&color=0000ff", "10,10=B 50,50=R"),
	Q("color=0000ff", "50,40=R"),
	A(HALF, "color=ff0000", 80, 80, "40,40=7f0080"),
	A(HALF, "color=255,0,0,128", 80, 80, "40,40=5500aac0"),
	V(HALF, "color=ff0000&bgc=00ff00", 80, 80, "40,40=7f0080"),
	/* before rotate= and extend=, after crop= */
	A(HOLE, "color=0000ff&extend=10,10,10,10", 120, 120, "5,5=. 15,15=B 60,60=R"),
	A(HOLE, "color=0000ff&crop=-10,-10,120,120", 120, 120, "5,5=B 15,15=B 60,60=R"),
	A(QUAD, "color=0000ff&crop=-10,-10,220,180", 220, 180, "5,5=B 60,50=R 215,100=B"),
	A(QUAD, "color=00ffff&rotate=45", 255, 255, "2,2=. 127,90=R"),
	A(HOLE, "color=0000ff&rotate=45&scl=1", 141, 141, "3,3=. 70,12=B 70,70=R"),
	H("color=0000ff&flip=lr", "10,10=B 50,50=R"),
	A(HOLE, "color=0000ff&wid=50", 50, 50, "5,5=B 25,25=R"),
	H("color=ff0000&maskUse=invert", "10,10=G 50,50=R"),
	H("color=0000ff&maskUse=off", "10,10=G 50,50=R"),
	/* opac= touches it not */
	H("layer=0&opac=50&color=0000ff", "10,10=B 50,50=80007f"),
	H("layer=0&opac=0&color=0000ff", "10,10=B 50,50=B"),
	Q("layer=0&opac=50&color=0000ff", "50,40=80007f"),
	H("opac=50&color=0000ff", "10,10=0000ff80 50,50=ff000080"), /* R14 */
	C(HOLE, "color=0000ff", 100, 100, PNG, "10,10=B 50,50=R", 0),
	C(GRAY, "crop=-10,-10,120,70&color=ff0000", 120, 70, PNG, "5,5=R 60,35=646464", 1),
	C(GRAY, "crop=-10,-10,120,70&color=50", 120, 70, PNG, "5,5=808080 60,35=646464", 1),
};

static const struct golden_row ground_rows[] = {
	H("bgColor=0000ff", "10,10=B 50,50=R"),
	H("bgColor=0,0,255,128", "10,10=0000ff80 50,50=R"),
	H("bgColor=75g", "10,10=bfbfbf 50,50=R"),
	A(HALF, "bgColor=ff0000", 80, 80, "40,40=7f0080"),
	/* a border of five pixels, as in the example of extend= */
	A(QUAD, "extend=5,5,5,5&bgColor=255,0,255", 210, 170,
	    "2,2=ff00ff 4,80=ff00ff 5,5=R 204,164=Y 205,165=ff00ff"),
	V(QUAD, "extend=5,5,5,5&bgColor=255,0,255&bgc=00ff00", 210, 170, "2,2=ff00ff 5,5=R"),
	V(QUAD, "extend=5,5,5,5&bgColor=255,0,255&wid=105", 105, 85, "1,40=ff00ff 26,22=R"),
	A(HOLE, "extend=10,10,10,10&bgColor=0,0,255,128", 120, 120, "5,5=0000ff80 60,60=R"),
	A(QUAD, "rotate=45&bgColor=00ffff", 255, 255, "2,2=00ffff 252,252=00ffff 127,90=R"),
	V(QUAD, "rotate=45&bgColor=00ffff&bgc=ff0000", 255, 255, "2,2=00ffff 127,90=R"),
	A(QUAD, "rotate=45&bgColor=00ffff&wid=127", 127, 127, "2,2=00ffff 63,45=R"),
	A(QUAD, "rotate=45&color=ff00ff&bgColor=00ffff", 255, 255, "2,2=00ffff 127,90=R"),
	A(HOLE, "extend=10,10,10,10&color=0000ff&bgColor=00ff00", 120, 120,
	    "5,5=G 15,15=B 60,60=R"),
	A(HOLE, "extend=10,10,10,10&color=0,0,255,128&bgColor=00ff00", 120, 120,
	    "5,5=G 15,15=007f80 60,60=R"),
	/* the layer, not the view */
	A(QUAD, "bgColor=00ffff&wid=100&hei=100", 100, 100, "50,4=. 25,30=R"),
	V(QUAD, "bgColor=00ffff&rgn=-50,-40,100,80", 100, 80, "10,10=W 51,41=R"),
	V(HOLE, "bgColor=0000ff&wid=200&hei=100&bgc=00ff00", 200, 100, "20,50=G 60,10=B 100,50=R"),
	A(HOLE, "crop=500,500,40,40&bgColor=0000ff", 40, 40, "20,20=B"),
	Q("layer=0&opac=50&bgColor=0000ff", "50,40=80007f"),
	Q("layer=0&opac=0&bgColor=0000ff", "50,40=B"),
	H("opac=50&bgColor=0000ff", "10,10=0000ff80 50,50=ff000080"),
	C(JQUAD, "extend=10,10,10,10&bgColor=00ffff", 220, 180, JPEG, "3,3=00ffff 60,50=R", 8),
	C(DEEP, "extend=10,0,0,0&bgColor=ff8000", 266, 64, PNG, "5,5=ff8000 110,10=644e9c", 1),
	C(GRAY, "extend=10,0,0,0&bgColor=0,255,0,128", 110, 50, PNG, "5,5=00ff0080 60,25=646464",
	    1),
	C(CMYK, "extend=10,0,0,0&bgColor=ff0000&fmt=png", 74, 64, PNG, "5,5=R 26,32=00ffff", 1),
};

static const struct golden_row mask_use_rows[] = {
	H("maskUse=norm", "10,10=. 50,50=R"),
	H("maskUse=off", "10,10=G 50,50=R"), /* R27 */
	V(HOLE, "maskUse=off", 100, 100, "10,10=G 50,50=R"),
	A(HOLE, "maskUse=off&wid=50", 50, 50, "5,5=G 25,25=R"),
	A(HOLE, "maskUse=off&crop=-10,-10,120,120", 120, 120, "5,5=. 15,15=G 60,60=R"),
	H("layer=0&maskUse=off", "10,10=G 50,50=R"),
	H("maskUse=invert", "10,10=G 24,50=G 25,25=. 50,50=. 75,50=G"),
	V(HOLE, "maskUse=invert&bgc=0000ff", 100, 100, "10,10=G 50,50=B"),
	A(HOLE, "maskUse=invert&wid=50", 50, 50, "5,5=G 25,25=."),
	A(HOLE, "maskUse=invert&crop=-10,-10,120,120", 120, 120, "5,5=. 15,15=G 60,60=."),
	A(HOLE, "maskUse=invert&rotate=45&scl=1", 141, 141, "3,3=. 70,12=G 70,70=."),
	A(HALF, "maskUse=invert", 80, 80, "40,40=0000ff7f"),
	A(HALF, "maskUse=off", 80, 80, "40,40=B"),
	/* associated alpha: the table of maskUse= */
	A(HALFTIFF, "maskUse=norm", 80, 80, "40,40=0000ff80"),
	A(HALFTIFF, "maskUse=off", 80, 80, "40,40=000080"),
	V(HALFTIFF, "maskUse=off&bgc=ff0000", 80, 80, "40,40=000080"),
	A(HALFTIFF, "maskUse=invert", 80, 80, "40,40=0000007f"),
	V(HALFTIFF, "maskUse=invert&bgc=ff0000", 80, 80, "40,40=800000"),
	A(HALFTIFF, "maskUse=invert&mask=HOLE", 80, 80, "5,5=0000ff 40,40=."),
	A(HALFTIFF, "maskUse=off&mask=HOLE", 80, 80, "5,5=000080 40,40=000080"),
	C(HALFTIFF, "maskUse=off", 80, 80, TIFF, "40,40=000080", 1),
	Q("maskUse=off", "50,40=R"),
	Q("maskUse=norm", "50,40=R"),
	Q("maskUse=invert", "50,40=. 150,120=."), /* no mask: a hidden layer */
	V(QUAD, "maskUse=invert", 200, 160, "50,40=W"),
	V(QUAD, "maskUse=invert&bgColor=00ffff", 200, 160, "50,40=00ffff"),
	H("maskUse=invert&op_invert=1", "10,10=ff00ff 50,50=."),
	C(HOLE, "maskUse=invert", 100, 100, PNG, "10,10=G 50,50=.", 0),
	/* hidden, but the canvas stays (R29) */
	Q("hide=1", "50,40=. 199,159=."),
	Q("hide=0", "50,40=R"),
	Q("layer=0&hide=true", "50,40=."),
	A(QUAD, "hide=1&size=100,0&extend=5,5,5,5", 110, 90, "2,2=. 50,40=."),
	V(QUAD, "hide=1&bgc=00ff00&wid=100", 100, 80, "50,40=G"),
	Q("hide=1&bgColor=ff0000", "50,40=."),
	Q("hide=1&opac=50&maskUse=off&color=ff0000", "50,40=."),
};

void
test_cover(void **state)
{
	(void)state;
	golden_check(opac_rows, IPS_NELEM(opac_rows));
	golden_check(color_rows, IPS_NELEM(color_rows));
	golden_check(ground_rows, IPS_NELEM(ground_rows));
	golden_check(mask_use_rows, IPS_NELEM(mask_use_rows));
}
