/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Paths in the file of the source (blocks.c): clipPathE=, clipXPathE=, cropPathE=, pathEmbed=. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define P(source, modifier, w, h, probes)                                                          \
	{                                                                                          \
		source, modifier "&fmt=png-alpha", false, w, h, IPS_FORMAT_PNG, probes, 6          \
	}
#define A(modifier, w, h, probes) P(JPATHS, modifier, w, h, probes)
#define IN_BOX                                                                                     \
	"52,42=R 147,42=G 52,117=B 147,117=Y 49,60=. 60,39=. 150,60=. 60,120=. 0,0=. 199,159=."
#define WHOLE "0,0=R 199,0=G 0,159=B 199,159=Y 90,70=R"

static const struct golden_row clip_rows[] = {
	A("clipPathE=box", 200, 160, IN_BOX),
	P(TPATHS, "clipPathE=box", 200, 160, IN_BOX),
	A("layer=0&clipPathE=box", 200, 160, IN_BOX),
	A("clipPathE=none", 200, 160, WHOLE),
	A("clipPathE=Box", 200, 160, WHOLE), /* R9 */
	A("clipPathE=no path", 200, 160, WHOLE),
	A("clipPathE=none,box", 200, 160, IN_BOX),
	A("clipPathE=box,box", 200, 160, IN_BOX),
	P(QUAD, "clipPathE=box", 200, 160, WHOLE),
	/* the intersection of several */
	A("clipPathE=box,left", 200, 160,
	    "52,42=R 77,42=R 52,117=B 80,60=. 49,60=. 60,39=. 140,60=."),
	A("clipPathE=box&clipPath=M0,0L80,0,80,160,0,160", 200, 160,
	    "52,42=R 77,42=R 52,117=B 80,60=. 49,60=. 140,60=."),
	A("clipPathE=ring", 200, 160,
	    "52,42=R 147,117=Y 82,62=. 117,97=. 77,62=R 122,97=Y 49,60=."),
	A("clipPathE=open", 200, 160, "22,18=R 95,17=R 22,70=R 19,30=. 30,15=. 70,60=."),
	A("clipPathE=a bulge: 50%25", 200, 160,
	    "98,22=R 98,17=. 62,78=R 57,78=. 137,82=Y 142,82=. 98,137=B 98,142=."),
	A("clipPathE=box&clipXPathE=left", 200, 160, "79,60=. 84,60=R 147,117=Y 60,60=. 150,60=."),
	A("clipPathE=none&clipXPathE=left", 200, 160, "79,60=. 84,60=R 199,159=Y 0,0=."),
	A("clipPathE=both&clipXPathE=left,open", 200, 160, "79,70=. 82,79=R 117,97=Y 121,70=."),
	A("clipXPathE=left", 200, 160, WHOLE),
	/* they follow the picture through every transform */
	A("clipPathE=box&wid=100", 100, 80, "27,22=R 72,57=Y 24,30=. 30,19=. 75,30=. 30,60=."),
	A("clipPathE=box&crop=50,0,100,160", 100, 160, "2,42=R 97,117=Y 50,39=. 50,120=."),
	A("clipPathE=box&size=100,0&extend=10,20,0,0", 110, 100,
	    "37,42=R 82,77=Y 34,50=. 40,39=. 85,50=. 40,80=."),
	A("clipPathE=left&flip=lr", 200, 160, "122,20=R 199,20=R 119,20=. 122,120=B 20,20=."),
	A("clipPathE=left&layer=0&flip=lr", 200, 160,
	    "122,20=R 199,20=R 119,20=. 122,120=B 20,20=."),
	A("flip=lr&layer=0&clipPathE=left", 200, 160,
	    "122,20=R 199,20=R 119,20=. 122,120=B 20,20=."),
	A("clipPathE=left&rotate=90", 160, 200,
	    "20,20=B 140,20=R 20,77=B 140,77=R 20,80=. 20,120=."),
	A("clipPathE=left&rotate=45", 255, 255, "109,81=R 78,127=B 165,127=. 127,165=."),
	P(JPATHS6, "clipPathE=left", 160, 200,
	    "20,20=B 140,20=R 20,77=B 140,77=R 20,80=. 20,120=."),
	P(JPATHS6, "clipPathE=left&rotate=270", 200, 160,
	    "2,20=R 77,20=R 77,120=B 80,20=. 120,20=."),
	P(JPATHS, "clipPathE=box&rgn=40,30,20,20&wid=100&hei=100&fit=fit,1", 100, 100,
	    "57,57=R 46,70=. 70,46=."),
};

static const struct golden_row crop_rows[] = {
	A("cropPathE=box", 100, 80, "0,0=R 46,36=R 53,36=G 46,43=B 53,43=Y"),
	P(TPATHS, "cropPathE=box", 100, 80, "0,0=R 46,36=R 53,36=G 46,43=B 53,43=Y"),
	A("layer=0&cropPathE=box", 100, 80, "0,0=R 46,36=R 53,36=G 46,43=B 53,43=Y"),
	A("cropPathE=none", 200, 160, WHOLE),
	P(GRAD, "cropPathE=box", 256, 128, "10,20=0a2880"),
	A("cropPathE=box,left", 30, 80, "0,0=R 27,30=R 27,50=B"),
	A("cropPathE=left,none,box", 30, 80, "0,0=R 27,30=R 27,50=B"),
	A("layer=0&cropPathE=left&layer=comp&cropPathE=box", 30, 80, "0,0=R 27,30=R 27,50=B"),
	A("cropPathE=a bulge: 50%25", 80, 120, "2,2=R 77,2=G 2,117=B 77,117=Y"),
	A("cropPathE=both", 100, 84, "2,2=R 97,2=G 2,81=B 97,81=Y"), /* 20..120 x 16..100 */
	A("cropPathE=box&wid=50", 50, 40, "2,2=R 47,37=Y"),
	A("cropPathE=box&fit=stretch,1&wid=192", 192, 154, "2,2=R 189,150=Y"),
	A("size=100,0&cropPathE=box", 50, 40, "2,2=R 47,37=Y"),
	A("extend=10,20,30,40&cropPathE=box", 100, 80, "2,2=R 97,77=Y"),
	A("crop=100,0,100,160&cropPathE=box", 50, 80, "2,2=G 47,77=Y"),
	A("rotate=90&cropPathE=left", 160, 80, "20,20=B 140,70=R"),
	A("flip=lr&cropPathE=left", 80, 160, "40,20=R 40,140=B"),
	A("flip=lr&layer=0&cropPathE=left", 80, 160, "40,20=R 40,140=B"),
	P(JPATHS6, "cropPathE=left", 160, 80, "20,20=B 140,70=R"),
	/* (100 + 80) cos 45 = 127.3 around the middle */
	A("rotate=45&cropPathE=box", 127, 127, "63,30=R 96,63=G 30,63=B 63,96=Y"),
	/* a layer's own path data count from what is left */
	A("cropPathE=box&clipPath=M0,0L50,0,50,40,0,40Z", 100, 80, "2,2=R 47,37=R 52,20=. 20,42=."),
	A("layer=0&clipPath=M0,0L100,0,100,80,0,80Z&layer=comp&cropPathE=box", 100, 80,
	    "2,2=R 47,37=R 52,20=. 20,42=."),
	A("flip=lr&cropPathE=box&layer=0&clipPath=M0,0L100,0,100,80,0,80Z", 100, 80,
	    "97,2=R 52,37=R 47,20=. 80,42=."),
	A("cropPathE=box&clipPathE=ring", 100, 80, "2,2=R 97,77=Y 32,22=. 67,57=."),
	{ JPATHS, "cropPathE=box", true, 100, 80, IPS_FORMAT_JPEG, "2,2=R 97,77=Y", 6 },
};

static void
check_faults(void)
{
	static const struct {
		const char *modifier;
		enum ips_fault fault;
		const char *says;
	} rows[] = {
		{ "clipPathE=cut", IPS_BROKEN_IMAGE, "path 'cut' of the image is damaged" },
		{ "clipPathE=box&clipXPathE=box,tail", IPS_BROKEN_IMAGE, "'tail'" },
		{ "cropPathE=box,cut", IPS_BROKEN_IMAGE, "cropPathE=box,cut" },
		{ "crop=100,0,100,160&cropPathE=left", IPS_INVALID_PARAMETER, "leaves nothing" },
		{ "clipPathE=", IPS_INVALID_PARAMETER, "clipPathE" },
		{ "cropPathE=caf%C3%A9", IPS_INVALID_PARAMETER, "ASCII" },
		{ "pathEmbed=2", IPS_INVALID_PARAMETER, "pathEmbed" },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { 0 };
		int fd;
		if (golden_run(golden_source(JPATHS), rows[i].modifier, &ips_profile_copy, &fd,
			NULL, &err))
			fail_msg("'%s' was not refused", rows[i].modifier);
		if (err.fault != rows[i].fault || strstr(err.reason, rows[i].says) == NULL)
			fail_msg("'%s': %d %s", rows[i].modifier, err.fault, err.reason);
	}
}

/* The file's own clipping path is named in a block of its own. */
static void
check_embedded(enum golden_source source, const char *modifier, bool copy, int count,
    const char *name, const double box[4])
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { 0 };
	struct ips_source facts;
	bool found = false;
	int fd;

	if (!golden_run(golden_source(source), modifier,
		copy ? &ips_profile_copy : &ips_profile_reply, &fd, NULL, &err) ||
	    !ips_render_probe(fd, mem, &facts, &err))
		fail_msg("%s: %s (%s)", modifier, err.reason, err.detail);
	close(fd);
	if (facts.paths != count)
		fail_msg("%s: %d paths, not %d", modifier, facts.paths, count);
	for (int i = 0; i < facts.paths; i++) {
		if (strcmp(facts.path[i].name, name) != 0)
			continue;
		found = true;
		for (int k = 0; k < 4; k++)
			if (fabs(facts.path[i].box[k] - box[k]) > 1e-6)
				fail_msg(
				    "%s: %s %d is %.9f", modifier, name, k, facts.path[i].box[k]);
	}
	assert_true(found || count == 0);
}

/* Open subpaths are left out, damaged and nameless paths too. */
static void
test_embedding(void **state)
{
	static const struct {
		enum golden_source source;
		const char *modifier;
		bool copy;
		int count;
		const char *name;
		double box[4];
	} rows[] = {
		{ JPATHS, "pathEmbed=1", false, 5, "box", { .25, .25, .75, .75 } },
		{ JPATHS, "pathEmbed=1&wid=100", true, 5, "a bulge: 50%", { .3, .125, .7, .875 } },
		{ JPATHS, "pathEmbed=1&wid=100", true, 5, "both", { .4, .375, .6, .625 } },
		{ TPATHS, "pathEmbed=1&wid=100", true, 5, "left", { 0, 0, .4, 1 } },
		{ TPATHS, "pathEmbed=1&fmt=jpeg", false, 5, "left", { 0, 0, .4, 1 } },
		{ JPATHS, "pathEmbed=1&fmt=tif", false, 5, "box", { .25, .25, .75, .75 } },
		{ JPATHS, "pathEmbed=true&rotate=90", false, 5, "left", { 0, 0, 1, .4 } },
		{ JPATHS, "pathEmbed=1&flip=lr", false, 5, "left", { .6, 0, 1, 1 } },
		{ JPATHS6, "pathEmbed=1&wid=80", false, 5, "left", { 0, 0, 1, .4 } },
		{ JPATHS, "pathEmbed=1&crop=50,40,100,80", false, 5, "box", { 0, 0, 1, 1 } },
		{ JPATHS, "pathEmbed=1&cropPathE=box", true, 5, "left", { -.5, -.5, .3, 1.5 } },
		{ JPATHS, "pathEmbed=1&wid=100&hei=160", false, 5, "box",
		    { .25, .375, .75, .625 } },
		{ JPATHS, "pathEmbed=1&rect=100,0,100,160", false, 5, "box",
		    { -.5, .25, .5, .75 } },
		{ JPATHS, "pathEmbed=1&fmt=png", false, 0, "", { 0 } },
		{ JPATHS, "pathEmbed=0&wid=100", false, 0, "", { 0 } },
		{ JPATHS, "wid=100", true, 0, "", { 0 } },
		{ JPATHS, "wid=100", false, 0, "", { 0 } },
		{ JPATHS, "pathEmbed=0", true, 0, "", { 0 } },
		{ QUAD, "pathEmbed=1&fmt=jpeg", false, 0, "", { 0 } },
		/* the file itself: the open path and the damaged ones, too */
		{ JPATHS, "", true, 8, "open", { .1, .1, .5, .5 } },
		{ JPATHS, "pathEmbed=1", true, 8, "open", { .1, .1, .5, .5 } },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		check_embedded(rows[i].source, rows[i].modifier, rows[i].copy, rows[i].count,
		    rows[i].name, rows[i].box);
}

void
test_named_paths(void **state)
{
	golden_check(clip_rows, IPS_NELEM(clip_rows));
	golden_check(crop_rows, IPS_NELEM(crop_rows));
	check_faults();
	test_embedding(state);
}
