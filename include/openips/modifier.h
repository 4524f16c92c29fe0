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
	IPS_SCOPE_REQUEST,   /* the reply as a whole: fmt, qlt, req, ... */
	IPS_SCOPE_VIEW,      /* the view of the composite: wid, fit, rgn, ... */
	IPS_SCOPE_LAYER,     /* one layer; layer 0 where none is selected: crop, size, rotate, ... */
	IPS_SCOPE_COMPOSITE, /* one layer; the composite where none is selected: flip, op_*, ... */
	IPS_SCOPE_SELECT,    /* starts a segment: layer, effect */
	IPS_SCOPE_AREAS,     /* one layer; the composite where none is selected; for req=map alone */
	IPS_SCOPE_NEUTRAL    /* steers delivery only and never touches a picture: cache, id, ... */
};

/* A value is a list of parts between commas; a place says what stands there. */
enum ips_kind {
	IPS_KIND_INT,    /* min..max */
	IPS_KIND_NONZERO, /* an integer min..max, but not 0 */
	IPS_KIND_REAL,   /* min..max; the limits of -/+IPS_NO_LIMIT are not told to users */
	IPS_KIND_ABOVE,  /* a real greater than min */
	IPS_KIND_FLAG,   /* 0, 1, true, false (R7); a number */
	IPS_KIND_WORD,   /* one of words or later; "x#" stands for x and an integer min..max */
	IPS_KIND_COLOR,  /* takes as many parts as the notation has */
	IPS_KIND_RGB,    /* the same, but neither gray nor CMYK */
	IPS_KIND_COLORS, /* any number of rrggbb */
	IPS_KIND_OBJECT, /* an object id or a path: no comma, not empty */
	IPS_KIND_SOURCE, /* an object or a nested request: is{...}, ir(...), fxg{...}, (url) */
	IPS_KIND_PATH,   /* path data: M,L,C,Z and numbers */
	IPS_KIND_ASCII,  /* printable ASCII, commas included */
	IPS_KIND_TEXT    /* anything, commas included: kept decoded */
};
#define IPS_NO_LIMIT 1e9

struct ips_place {
	const char *label;     /* what the reference calls this part */
	enum ips_kind kind;
	double min, max;
	const char *words;     /* "a|b|c": offered */
	const char *later;     /* "d|e": published, refused as not offered yet; "" if none */
	bool may_skip;         /* may be empty between commas (fmt=tif,,zip) */
	bool any_case;         /* the case of a word does not matter (R9) */
};

enum ips_space { IPS_SPACE_RGB, IPS_SPACE_GRAY, IPS_SPACE_CMYK };
struct ips_color {
	enum ips_space space;
	uint8_t channel[4]; /* r g b | gray | c m y k, 0..255 each */
	uint8_t alpha;      /* 255 is opaque */
	bool source;        /* suffix s: of the input profile, not of the output's */
};

#define IPS_MAX_NUMBERS 16 /* of one value */
#define IPS_MAX_WORDS   4

/* The last setting of one command in one segment. */
struct ips_value {
	enum ips_cmd cmd;
	int count;                         /* of numbers */
	double number[IPS_MAX_NUMBERS];    /* of the int, real and flag places, in order */
	int words;                         /* of word places reached by the value */
	int word[IPS_MAX_WORDS];           /* of the word places, in order: index into words|later;
	                                      IPS_NO_WORD where not given. ips_value_word_is reads
	                                      it */
	struct ips_color color;
	const char *text;                  /* decoded value as sent; nested requests stay encoded
	                                      inside, as they are decoded by their own parse. Never
	                                      NULL */
};
#define IPS_NO_WORD (-1)

/* What was given for one layer, for the composite, or for an effect of either. */
struct ips_layer {
	int number;       /* IPS_LAYER_COMP for the composite: no layer selected, or layer=comp; of an
	                     effect: below 0 outside, above 0 inside of its layer */
	const char *name; /* "" unless layer=n,name gave one */
	/* NULL: not given, taken back, or no more than a default that says nothing */
	const struct ips_value *value[IPS_CMD_COUNT];
	int effects;                    /* each has a colour */
	const struct ips_layer *effect; /* by number */
};
#define IPS_LAYER_COMP (-1)

/* Which layer a command outside any layer= belongs to is settled here already (R14): layer[0] is
 * the composite, layer[1] is layer 0, the rest follow by number. Layers without commands between
 * them are absent. */
struct ips_modifier {
	const struct ips_layer *layer;
	int layers;                /* at least 2 */
	const struct ips_value *value[IPS_CMD_COUNT]; /* request, view and neutral scope; NULL as above */
	const char *definitions;   /* of variables, "$a=1&$b=2" still encoded: nested requests see them */
	const char *canonical;     /* defaults and neutral commands dropped, names folded, sorted:
	                              equal text means equal pixels */
	bool empty;                /* nothing given that a picture could notice */
};

struct ips_command {
	enum ips_cmd id;
	const char *name;        /* as published */
	enum ips_scope scope;
	enum ips_cmd family;     /* commands of one family replace each other (R4) */
	int min_parts;           /* 0: may be empty */
	int places;
	const struct ips_place *place;
	const char *dflt;        /* goes through the parser too; "" if none or if it depends on the
	                            catalog or on the profile of the plan */
	bool idle;               /* giving the default is the same as not giving the command */
	bool works;              /* false: recognised, checked, and refused as not offered yet unless
	                            it says no more than the default */
	const char *help;        /* one line of the reference */
};

const struct ips_command *ips_command(enum ips_cmd cmd);
const struct ips_command *ips_command_find(const char *name); /* any case; NULL if unknown */
/* Whether the n-th word place of a value says `word`, as published. NULL value: false. fmt=jpg says
 * jpeg. */
bool ips_value_word_is(const struct ips_value *value, int n, const char *word);
/* "qlt=quality (1 to 100)[,chroma (0 or 1)]": what faults and the reference say of a command. */
const char *ips_command_usage(struct ips_arena *mem, const struct ips_command *command);

/* ---- The reference, printed from the table ---- */

struct ips_example {
	const char *picture;   /* of the demo catalog */
	const char *modifiers;
	const char *deviation; /* where this server differs from the published protocol; "" */
};
const struct ips_example *ips_command_example(enum ips_cmd cmd);
/* All commands, or the one of that name: false if there is none. */
bool ips_reference_text(const char *name, GString *out);
/* A page of HTML that needs nothing else but, if there, the demo's pictures below `root`. */
void ips_reference_page(const char *root, GString *out);
/* "name<TAB>picture<TAB>modifiers" for each command that works. */
void ips_reference_examples(GString *out);
/* One row a command: whether it works and where it differs. Markdown, for the README. */
void ips_reference_table(GString *out);

struct ips_modifier_limits {
	size_t bytes;
	int layers;
	int effects; /* of all layers */
	int commands;
};
extern const struct ips_modifier_limits ips_modifier_default_limits;

/* `text` is the part after '?', still encoded; "" and NULL are the empty modifier, blanks around it
 * and a leading '?' are taken away. `limits` NULL: the default ones.
 *
 * Faults: IPS_INVALID_PARAMETER (which command, which value, what is allowed), IPS_UNSUPPORTED
 * (a published command, word or layer that is not offered yet; only settings that no later one
 * replaced count, and only if the whole text is valid), IPS_LIMIT. Unknown names are ignored (R2),
 * values of known ones are taken strictly (R5, R6): a comma that begins a part too many is a fault.
 * The time is linear in the length of the text. */
bool ips_modifier_parse(struct ips_arena *mem, const char *text,
    const struct ips_modifier_limits *limits, const struct ips_modifier **out,
    struct ips_error *err) IPS_MUST_USE;

/* The same without its faults of meaning: values that hold variables are not looked at, as they are
 * not known yet (req=validate). */
bool ips_modifier_validate(struct ips_arena *mem, const char *text, struct ips_error *err) IPS_MUST_USE;

/* ---- Requests inside of requests ---- */

/* What a src= or mask= has between its delimiters. */
struct ips_nested {
	bool foreign;      /* (address): path is the whole of it, decoded once */
	const char *path;  /* of is{path?query}, decoded; "" if none */
	const char *query; /* still encoded, behind the variables of the request around it */
};
/* False: the value names an object. ir and fxg requests do not get here. */
bool ips_modifier_nested(struct ips_arena *mem, const struct ips_modifier *around,
    const struct ips_value *value, struct ips_nested *out);

/* The value that a request gives a variable, decoded; NULL: none. The name in any case. */
const char *ips_modifier_variable(
    struct ips_arena *mem, const struct ips_modifier *request, const char *name, size_t len);

/* ---- What a request asks for ---- */

enum ips_ask {
	IPS_ASK_IMAGE, /* pixels: req=img or no req=; and all that is not offered, which the parser refuses */
	IPS_ASK_EXISTS, IPS_ASK_VALIDATE, IPS_ASK_PROPS, IPS_ASK_IMAGEPROPS, IPS_ASK_CATALOGPROPS,
	IPS_ASK_LOADCACHE, IPS_ASK_RESOLVE, IPS_ASK_MESSAGE,
	IPS_ASK_USERDATA, IPS_ASK_TARGETS, IPS_ASK_MAP, IPS_ASK_IMAGESET, IPS_ASK_SET, IPS_ASK_XMP,
	IPS_ASK_XLATE
};
enum ips_form { IPS_FORM_TEXT, IPS_FORM_JAVASCRIPT, IPS_FORM_XML, IPS_FORM_JSON };
enum ips_encoding {
	IPS_ENCODING_UTF8, IPS_ENCODING_UTF16, IPS_ENCODING_UTF16LE, IPS_ENCODING_UTF16BE,
	IPS_ENCODING_LATIN1
};
struct ips_question {
	enum ips_ask ask;
	enum ips_form form;
	enum ips_encoding encoding; /* of xml and json */
	const char *handler;        /* of json: letters and digits */
	const char *id;             /* of json: of the client, anything; "" if none */
	const char *message;        /* of req=message: for the log; "" if none */
	const char *label_key;      /* of req=set: which user data names things; "" if none */
};
/* Reads req=, handler=, id=, message= and labelkey= and nothing else. *out is filled in failure too, as far as could be
 * read, so that a fault can be told in the form asked for. Fault IPS_INVALID_PARAMETER. */
bool ips_modifier_question(struct ips_arena *mem, const char *text, struct ips_question *out,
    struct ips_error *err) IPS_MUST_USE;

/* ---- What surrounds a request ---- */

struct ips_macro { const char *name, *definition; }; /* the name without signs, any case */
struct ips_surroundings {
	/* In the order of their definition: one may call those before it, and hides those of its name. */
	const struct ips_macro *macro;
	size_t macros;
	const char *object;           /* what $object$ stands for; NULL: nothing */
	const char *prefix, *postfix; /* catalog::Modifier and PostModifier; NULL: none */
};
/* One text that says the same alone: macros replaced where they are called, prefix before and postfix
 * after, so that later settings win; variables of the request reach into the prefix and override its
 * own. Faults: IPS_INVALID_PARAMETER for an unknown macro, IPS_LIMIT. */
bool ips_modifier_surround(struct ips_arena *mem, const char *text,
    const struct ips_surroundings *around, const char **out, struct ips_error *err) IPS_MUST_USE;
/* Whether a text can call macros or variables at all; NULL: no. */
bool ips_modifier_has_calls(const char *text);
bool ips_macro_name_valid(const char *name); /* ASCII letters, digits, '-', '_', '.' */

/* The last value given to a command anywhere in the text, decoded, variables filled in, without checks;
 * NULL if there is none. For what has to be known before the whole can be read. */
const char *ips_modifier_peek(struct ips_arena *mem, const char *text, enum ips_cmd cmd);
/* Variables and the settings of these commands, nothing else. */
const char *ips_modifier_keep(
    struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count);
/* All but the settings of these commands. */
const char *ips_modifier_drop(
    struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count);
/* The same of those settings alone that layer 0 and the composite are given. */
const char *ips_modifier_keep_base(
    struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count);
const char *ips_modifier_drop_base(
    struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count);
/* Only what a layer can take from the picture it shows: settings of layers, unless a layer= or effect=
 * stands before them, and variables. */
const char *ips_modifier_keep_layer(struct ips_arena *mem, const char *text);

/* Takes base64 and the lock from a request, each if it is in use (RequestObfuscation, RequestLock).
 * Fault IPS_INVALID_PARAMETER if either is missing or wrong. */
bool ips_modifier_unlock(struct ips_arena *mem, const char *text, bool obfuscated, bool locked,
    const char **out, struct ips_error *err) IPS_MUST_USE;

/* ---- Attributes of a company ---- */

/* IPS_ATTRIBUTE_BKG_COLOR, ... in the order of attribute.def. */
enum ips_attribute {
#define ATTRIBUTE(id, ...) IPS_ATTRIBUTE_##id,
#include "openips/attribute.def"
#undef ATTRIBUTE
	IPS_ATTRIBUTE_COUNT
};

/* Its row, in the shape of a command's: name, places, dflt and help count. dflt "" of an attribute
 * that may not be empty: it is not set. */
const struct ips_command *ips_attribute(enum ips_attribute attribute);
bool ips_attribute_find(const char *name, enum ips_attribute *out) IPS_MUST_USE; /* any case */
/* `text` is plain, not encoded. Faults say what is allowed. */
bool ips_attribute_parse(struct ips_arena *mem, enum ips_attribute attribute, const char *text,
    struct ips_value *out, struct ips_error *err) IPS_MUST_USE;

/* Colours in every published notation: "r,g,b[,a]" and rrggbb[aa], "gray[,a]" in percent and
 * 0xgg[aa], "c,m,y,k[,a]k" in percent and ccmmyykk[aa]k; with or without 0x and the suffixes r, g, k
 * and s. Nothing else: neither names nor three digits are published. */
bool ips_color_parse(const char *text, struct ips_color *out) IPS_MUST_USE;

/* A path of straight lines and cubic curves, all points absolute. A subpath begins with a move; for
 * filling it is closed by a straight line whether or not it says so. */
enum ips_path_verb { IPS_PATH_MOVE, IPS_PATH_LINE, IPS_PATH_CURVE, IPS_PATH_CLOSE };
struct ips_path_step {
	enum ips_path_verb verb;
	double at[6]; /* x, y; of a curve: two control points, then its end; unused by a close */
};
struct ips_path {
	int count;
	const struct ips_path_step *step;
};
/* Path data as clipPath= and its relatives take it. A path without steps if the text is none, which
 * a parsed value never is. */
const struct ips_path *ips_path_parse(struct ips_arena *mem, const char *text);
const struct ips_path *ips_path_new(
    struct ips_arena *mem, const struct ips_path_step *steps, int count); /* copies the steps */
/* Left, top, right, bottom of its lines and curves, not of their control points; zeros without any. */
void ips_path_bounds(const struct ips_path *path, double box[4]);

#endif
