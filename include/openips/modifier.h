/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The language of Image Serving: text such as "wid=800&fmt=png-alpha&layer=1&src=logo" into typed
 * values. No catalog, no images, no I/O.
 *
 * Source: the published command reference and the readings R1-R70 (README, "How we read the
 * protocol"). Thread rule: pure; results live as long as the arena given. */
#ifndef OPENIPS_MODIFIER_H
#define OPENIPS_MODIFIER_H

#include "openips/base.h"

/* Every published command, in the order of command.def: IPS_CMD_WID, IPS_CMD_HEI, ... */
enum ips_cmd {
#define COMMAND(id, ...) IPS_CMD_##id,
#include "openips/command.def"
#undef COMMAND
	IPS_CMD_COUNT
};

/* Where a command may stand and what it speaks of. */
enum ips_scope {
	IPS_SCOPE_REQUEST, /* the reply as a whole: fmt, qlt, req, ... */
	IPS_SCOPE_VIEW,    /* the view of the composite: wid, fit, rgn, ... */
	IPS_SCOPE_LAYER,   /* one layer: crop, size, rotate, ... */
	IPS_SCOPE_NEUTRAL  /* steers delivery only and never touches a picture: cache, id, ts, ... */
};

enum ips_shape { /* what a value looks like */
	IPS_SHAPE_NUMBERS, /* min_count..max_count numbers */
	IPS_SHAPE_CHOICE,  /* one of the words, perhaps followed by numbers or further words */
	IPS_SHAPE_FLAG,    /* 0, 1, true, false (R7) */
	IPS_SHAPE_COLOR,
	IPS_SHAPE_TEXT     /* anything: kept decoded */
};

enum ips_space { IPS_SPACE_RGB, IPS_SPACE_GRAY, IPS_SPACE_CMYK };
struct ips_color {
	enum ips_space space;
	uint8_t channel[4]; /* r g b | gray | c m y k, 0..255 each */
	uint8_t alpha;      /* 255 is opaque */
};

#define IPS_MAX_NUMBERS 16 /* of one value */
#define IPS_MAX_WORDS   4

/* The last valid setting of one command in one segment. */
struct ips_value {
	enum ips_cmd cmd;
	int count;                         /* of numbers */
	double number[IPS_MAX_NUMBERS];
	int words;                         /* of word indices */
	int word[IPS_MAX_WORDS];           /* index into the row's list of words for that place */
	struct ips_color color;
	const char *text;                  /* decoded value as sent; never NULL */
};

/* Segments as in the text: the base segment, then one for each layer= in order of first use. */
struct ips_layer {
	int number;       /* layer number; IPS_LAYER_COMP for the base segment / layer=comp */
	const char *name; /* "" unless layer=n,name gave one */
	const struct ips_value *value[IPS_CMD_COUNT]; /* NULL: not given */
};
#define IPS_LAYER_COMP (-1)

/* Which layer a command outside any layer= belongs to is settled here already (R14): layer[0] is
 * the composite, layer[1] is layer 0, the rest follow by number. Layers without commands between
 * them are absent. */
struct ips_modifier {
	const struct ips_layer *layer;
	int layers;                /* at least 2 */
	const struct ips_value *value[IPS_CMD_COUNT]; /* request, view and neutral scope */
	const char *canonical;     /* defaults and neutral commands dropped, names folded, sorted:
	                              equal text means equal pixels */
	bool empty;                /* nothing given that a picture could notice */
};

struct ips_command {
	enum ips_cmd id;
	const char *name;      /* as published */
	enum ips_scope scope;
	enum ips_shape shape;
	int min_count, max_count;
	double min, max;       /* of each number */
	const char *words;     /* "a|b|c", places separated by blanks; "" if none */
	const char *dflt;      /* as published, goes through the parser too; "" if none */
	bool works;            /* false: recognised, checked, and refused as not offered yet */
	const char *help;      /* one line of the reference */
};

const struct ips_command *ips_command(enum ips_cmd cmd);
const struct ips_command *ips_command_find(const char *name); /* any case; NULL if unknown */

struct ips_modifier_limits {
	size_t bytes;
	int layers;
	int commands;
};
extern const struct ips_modifier_limits ips_modifier_default_limits;

/* `text` is the part after '?', still encoded; "" and NULL are the empty modifier.
 * Faults: IPS_INVALID_PARAMETER (which command, which value, what is allowed), IPS_UNSUPPORTED
 * (a published command that is not offered yet), IPS_LIMIT. Unknown names are ignored (R2). */
bool ips_modifier_parse(struct ips_arena *mem, const char *text,
    const struct ips_modifier_limits *limits, const struct ips_modifier **out,
    struct ips_error *err) IPS_MUST_USE;

/* Colours in every published notation: rgb and rrggbb hex, "r,g,b", "r,g,b,a", "c,m,y,k,a" forms and
 * the named ones of the reference. */
bool ips_color_parse(const char *text, struct ips_color *out) IPS_MUST_USE;

#endif
