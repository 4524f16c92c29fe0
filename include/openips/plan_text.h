/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Text of a layer, as its commands say: what render sets and draws. Lengths of the text are points,
 * everything else is pixels of the layer. */
#ifndef OPENIPS_PLAN_TEXT_H
#define OPENIPS_PLAN_TEXT_H

#include "openips/modifier_rtf.h"

enum ips_smoothing { /* in the order of textAttr= */
	IPS_SMOOTHING_OFF, IPS_SMOOTHING_NORM, IPS_SMOOTHING_CRISP, IPS_SMOOTHING_SHARP,
	IPS_SMOOTHING_STRONG, IPS_SMOOTHING_SMOOTH
};
enum ips_text_fit { IPS_TEXT_FIXED, IPS_TEXT_AUTO, IPS_TEXT_MAX };
enum ips_text_wrap { IPS_TEXT_WRAP, IPS_TEXT_NO_WRAP, IPS_TEXT_NON_BREAKING };

/* A font that a company gives a name of its own, or a file's family another name. */
struct ips_font {
	const char *name;   /* as \fonttbl says, in any case */
	const char *family; /* as the machine knows it */
};
struct ips_fonts {
	const char *dflt;      /* where the text names none: a name like any other */
	bool synthesize;       /* bold and italic of fonts that have none */
	const struct ips_font *font; /* own names, of which the last counts; the families of this
	                                machine are known besides */
	size_t count;
};

struct ips_text {
	const struct ips_rtf *rtf;
	bool ps;
	const struct ips_fonts *fonts;
	struct ips_size box;        /* 0: that side follows from the text */
	int resolution;             /* pixels per inch */
	enum ips_smoothing smoothing;
	enum ips_text_fit fit;
	enum ips_text_wrap wrap;
	/* textPs= alone */
	double angle;               /* clockwise */
	const struct ips_path *path;          /* the line to run along; NULL: none */
	const struct ips_path *flow, *around; /* areas to fill and to keep clear of; NULL: none */
	bool reverse;
	double start, end;          /* parts of the path's length */
};

struct ips_text_facts {
	struct ips_size size;       /* of the layer */
	bool anchored;              /* there is a default anchor other than the middle */
	double anchor[2];           /* from the top left corner of the layer */
	struct ips_rect ink;        /* what is drawn may reach beyond the layer */
};

/* Faults: IPS_INVALID_PARAMETER (a font that is unknown, ...), IPS_LIMIT. */
typedef bool ips_text_measure(
    const struct ips_text *text, struct ips_text_facts *out, struct ips_error *err);

#endif
