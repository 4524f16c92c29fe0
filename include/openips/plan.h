/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A request and the facts of its sources into exact steps and sizes. No pixels, no I/O: every rule
 * of geometry, every default and every limit a user can dispute is settled here.
 *
 * Source: "Notes on server behavior" of the protocol reference, and the readings R14-R58.
 * Thread rule: pure; results live as long as the arena given. */
#ifndef OPENIPS_PLAN_H
#define OPENIPS_PLAN_H

#include "openips/plan_text.h"

enum ips_format {
	IPS_FORMAT_NONE, IPS_FORMAT_JPEG, IPS_FORMAT_PNG, IPS_FORMAT_GIF, IPS_FORMAT_TIFF,
	IPS_FORMAT_WEBP, IPS_FORMAT_AVIF, IPS_FORMAT_HEIC, IPS_FORMAT_BMP, IPS_FORMAT_SVG,
	IPS_FORMAT_PDF, IPS_FORMAT_PSD, IPS_FORMAT_EPS, IPS_FORMAT_JP2, IPS_FORMAT_COUNT
};
struct ips_format_info {
	const char *name, *mime, *extension; /* "jpeg", "image/jpeg", "jpg" */
	bool alpha, deep, gray, cmyk;        /* what the format can hold */
	bool profile;                        /* an ICC profile can be embedded */
	bool xmp;                            /* xmpEmbed= has an effect, as published */
	bool lossy;
	bool writes;                         /* we can produce it */
};
const struct ips_format_info *ips_format_info(enum ips_format format);
enum ips_format ips_format_from_mime(const char *mime); /* IPS_FORMAT_NONE if unknown */

/* A named path in the file of a source, as Photoshop writes them. */
struct ips_source_path {
	const char *name; /* ASCII, not empty */
	bool damaged;     /* it cannot be drawn, and has no box */
	double box[4];    /* left, top, right, bottom of its curves, in parts of the width and height
	                     as stored, before orientation */
};

/* What an image's header says; read once at import, kept in the catalog. */
struct ips_source {
	enum ips_format format;
	int width, height;     /* upright: EXIF orientation applied */
	int orientation;       /* 1..8, as stored */
	int bits;              /* of one component: 8 or 16 */
	enum ips_space space;
	bool alpha;
	bool associated;       /* colours are stored multiplied by it: seen by maskUse= */
	bool profile;          /* an ICC profile is embedded */
	bool progressive;      /* costs memory to decode */
	int pages;             /* of an animation or document, at least 1 */
	double resolution;     /* pixels per inch, 0 if the file says nothing */
	int paths;
	const struct ips_source_path *path; /* lives as long as the arena it was read into */
};

/* A picture that takes part in a request: the one asked for, or one that a command names. */
struct ips_object {
	const char *command, *name; /* "mask", and the name as sent; NULL for the one asked for */
	bool none;                 /* of [0] alone: the request asks for no picture, and has to name
	                              one in layer 0, or a colour; the format to keep is in source */
	const struct ips_nested *nested; /* NULL: a picture of the catalog */
	struct ips_source source;
	/* Of a nested request that is no file; else NULL. What it leaves is in source (ips_plan_result), and its
	 * files stand from files[first] on, in their order, among those of this request. */
	const struct ips_plan *plan;
	int first;
};
struct ips_objects {
	int count;                 /* at least 1 */
	struct ips_object *object; /* [0] is the one asked for, the others differ in name */
};

/* A colour profile that can be named. */
struct ips_icc {
	const char *names;     /* "AdobeRGB|Adobe RGB (1998)|AdobeRGB1998.icc": in any case */
	enum ips_space space;
	const void *data;      /* NULL: published, but its file is not on this machine */
	size_t len;
};
struct ips_icc_list {
	const struct ips_icc *item;
	int count;
};
/* By any of its names, also behind the name of a catalog: "catalog/name". NULL if unknown. */
const struct ips_icc *ips_icc_find(const struct ips_icc_list *list, const char *name);

enum ips_intent { /* as attribute::IccRenderIntent counts them */
	IPS_INTENT_PERCEPTUAL, IPS_INTENT_RELATIVE, IPS_INTENT_SATURATION, IPS_INTENT_ABSOLUTE
};

enum ips_kernel { IPS_KERNEL_BILIN, IPS_KERNEL_BICUB, IPS_KERNEL_SHARP2, IPS_KERNEL_BISHARP };

/* How req=tmb fits a picture into its rectangle (Thumb* attributes). */
enum ips_thumb_type { IPS_THUMB_CROP = 1, IPS_THUMB_FIT, IPS_THUMB_TEXTURE };
struct ips_thumb {
	int width, height;           /* DefaultThumbPix; 0: follows from the other side */
	enum ips_thumb_type type;
	double h, v;                 /* -1 left or top, 0 middle, 1 right or bottom */
	double resolution;           /* ThumbRes: of textures, in the unit of the picture's */
	struct ips_color background;
};

/* "Copies and replies are two profiles of one engine": what holds where the request is silent. */
struct ips_plan_profile {
	bool copy;                  /* keep size, format, depth, profile and resolution */
	bool nested;                /* a request inside another: what shows through stays clear; copy, too */
	int default_width, default_height; /* DefaultPix; 0: none */
	int max_width, max_height;  /* MaxPix; 0: none */
	int64_t max_pixels;         /* of source, view and any step between: hard limit (R46) */
	int quality;                /* JpegQuality 1..100 */
	bool chroma_full;           /* 4:4:4 */
	enum ips_kernel kernel;     /* ResMode */
	double resolution;          /* catalog::Resolution where the source has none */
	double print_resolution;    /* PrintResolution: told where the source has none; 0: nothing */
	struct ips_color background; /* BkgColor */
	struct ips_thumb thumb;
	bool effect_mask;           /* ApplyEffectMask */
	const struct ips_icc_list *icc; /* what can be named; NULL: sRGB alone, by no name */
	/* Where `icc` has no such name, or not its file; the same name gives the same profile, NULL if
	 * there is none. It lives as long as the plan. */
	const struct ips_icc *(*find_icc)(void *arg, const char *name);
	void *find_icc_arg;
	/* By enum ips_space; NULL or of no use: none, and conversion is naive. RGB is sRGB then. */
	const char *icc_output[3];  /* IccProfileRgb, IccProfileGray, IccProfileCmyk */
	const char *icc_source[3];  /* IccProfileSrc*; where there is none, icc_output holds */
	enum ips_intent intent;     /* IccRenderIntent */
	bool black_point;           /* IccBlackPointCompensation */
	bool dither;                /* IccDither */
	ips_text_measure *measure;  /* sets text, as plan knows no fonts; NULL: there is none */
	const struct ips_fonts *fonts; /* NULL: those of the machine */
};
extern const struct ips_plan_profile ips_profile_copy, ips_profile_reply;
/* For a request inside another: neither DefaultPix nor MaxPix count. Commands that ips_plan_unnested
 * lists have to be gone from it. */
void ips_profile_nest(struct ips_plan_profile *profile);
extern const enum ips_cmd ips_plan_unnested[];
extern const size_t ips_plan_unnested_count;

/* The members of a plan are render's business; the others read these. */
struct ips_plan;

/* First the objects that a request needs are asked for; whoever may look them up fills in their
 * sources; then the plan is made. render wants their files in the same order. */
void ips_plan_objects(struct ips_arena *mem, const struct ips_modifier *request,
    struct ips_objects *out);
bool ips_plan_make(struct ips_arena *mem, const struct ips_modifier *request,
    const struct ips_objects *objects, const struct ips_plan_profile *profile,
    const struct ips_plan **out, struct ips_error *err) IPS_MUST_USE;

bool ips_plan_is_identity(const struct ips_plan *plan); /* no step changes a pixel or the format */
enum ips_format ips_plan_format(const struct ips_plan *plan);
struct ips_size ips_plan_size(const struct ips_plan *plan);
/* What a nested plan leaves, as if it were a file. */
void ips_plan_result(const struct ips_plan *plan, struct ips_source *out);
/* How many files render wants, those of nested plans included. */
int ips_plan_files(const struct ips_plan *plan);
/* Sizes and steps in words, at most 900 bytes: "jpeg rgb8 4000x3000 shrink=8 scale=400x300 | -> png 400x300".
 * No word of the client's. `plan`: a struct ips_plan, as a trace has it. */
char *ips_plan_describe(struct ips_arena *mem, const void *plan);
/* Bytes that a render of the plan is likely to hold at once; and that a decoder is, which reduces by
 * `shrink` (1, 2, 4, 8). */
int64_t ips_plan_cost(const struct ips_plan *plan);
int64_t ips_source_cost(const struct ips_source *source, int shrink);
/* What can be told of the result before there is one. */
struct ips_reply {
	enum ips_space space;
	bool alpha, xmp, paths;
	bool embeds;                   /* the profile, if there is one */
	const struct ips_icc *profile; /* NULL: none, or that of the source */
	int quality;
	double resolution; /* 0: nothing is known */
	struct ips_color background;
};
void ips_plan_reply(const struct ips_plan *plan, struct ips_reply *out);

/* ---- Image maps ---- */

/* An AREA element of HTML. Values are as they were written, with their quotes; NULL: there is none. */
struct ips_area_attribute {
	const char *name, *value;
};
struct ips_area {
	const char *element; /* "area", in the case it was written in */
	int attributes;
	const struct ips_area_attribute *attribute;
};
struct ips_areas {
	int count;
	const struct ips_area *area; /* front to back */
};
/* Fault IPS_INVALID_PARAMETER if the text is anything but whole elements. */
bool ips_areas_parse(struct ips_arena *mem, const char *text, struct ips_areas *out,
    struct ips_error *err) IPS_MUST_USE;
/* The maps of a request, carried along with the pixels. `maps`: what the catalog keeps for each object of
 * the plan, in pixels of its upright picture; NULL: nothing. Fault IPS_INVALID_PARAMETER.
 * Source: "Image maps", map=. */
bool ips_plan_areas(struct ips_arena *mem, const struct ips_modifier *request,
    const struct ips_plan *plan, const char *const *maps, struct ips_areas *out,
    struct ips_error *err) IPS_MUST_USE;
const char *ips_areas_html(struct ips_arena *mem, const struct ips_areas *areas);
/* <map> with the same elements; published: an empty one if there is none. */
const char *ips_areas_xml(struct ips_arena *mem, const struct ips_areas *areas);

#endif
