/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The members of a plan: what plan settles and render carries out, in the order it is carried out.
 *
 * Every rectangle counts pixels of the picture left by the step before it and may reach beyond its
 * edges: what is not covered is transparent, or background if the result is opaque. A step whose
 * rectangle is the whole picture, or whose size is that of its input, does nothing. Scaling is edge
 * to edge: the outer edges of the input come to lie on those of the output. */
#ifndef OPENIPS_PLAN_STEPS_H
#define OPENIPS_PLAN_STEPS_H

#include "openips/plan.h"

enum ips_compression {
	IPS_COMPRESSION_DEFAULT, IPS_COMPRESSION_NONE, IPS_COMPRESSION_LZW, IPS_COMPRESSION_ZIP,
	IPS_COMPRESSION_JPEG, IPS_COMPRESSION_LOSSY, IPS_COMPRESSION_LOSSLESS
};

/* The colour space of pixels whose kind is known. */
struct ips_profile {
	int own;                   /* 1 + the object whose file carries it, 0: none; `icc` where that
	                              is of no use */
	const struct ips_icc *icc; /* NULL: sRGB for RGB, else none: conversion is naive */
};

/* quantize=: the colours of GIF and of PNG with 8 bits */
enum ips_palette { IPS_PALETTE_ADAPTIVE, IPS_PALETTE_WEB, IPS_PALETTE_MAC };
struct ips_quantize {
	enum ips_palette palette;
	bool dither;           /* error diffusion */
	int colors;            /* 2..256, without the clear one */
	int forced;            /* at most `colors` */
	uint8_t color[256][3]; /* these, of an adaptive palette */
};

struct ips_output {
	enum ips_format format;
	enum ips_space space;
	int bits;                    /* of one component: 8 or 16 */
	bool alpha;
	bool mask;                   /* what leaves is the alpha channel, not the colours */
	bool palette;                /* png8 */
	bool progressive;
	int scans;                   /* of a progressive JPEG: 3, 4, 5, or 0 for the library's own */
	int jpeg_kilobytes;          /* no more than that; 0: any */
	struct ips_quantize quantize;
	int quality;                 /* 1..100 */
	bool chroma_full;
	enum ips_compression compression;
	struct ips_profile profile;
	bool embed;                  /* the file carries it, if there is one */
	bool keep_xmp;
	bool keep_paths;             /* those of the source's file, moved along with the picture */
	double resolution;           /* pixels per inch, 0: nothing is known */
	struct ips_color background; /* in `space`, opaque */
};

/* A quarter turn or mirror, numbered as EXIF orientations are: what has to be done, not what was. */
int ips_turn_then(int first, int then);
int ips_turn_inverse(int turn);
bool ips_turn_swaps(int turn); /* width and height change places */
struct ips_size ips_turn_size(int turn, struct ips_size size);
struct ips_rect ips_turn_rect(int turn, struct ips_size size, struct ips_rect rect);

/* x' = (m0 x + m1 y + m4) / w, y' = (m2 x + m3 y + m5) / w, on the edges of pixels; w = 1 + p0 x + p1 y
 * + p2. All p are 0 but in perspective. */
struct ips_map {
	double m[6], p[3];
};
/* False: the point has no place, as it lies on the horizon or beyond. */
bool ips_map_point(const struct ips_map *map, double x, double y, double out[2]);
static inline bool
ips_map_is_flat(const struct ips_map *map)
{
	return map->p[0] == 0 && map->p[1] == 0 && map->p[2] == 0;
}
/* False: there is none, as it would be no plane any more. */
bool ips_map_inverse(const struct ips_map *map, struct ips_map *out);
struct ips_map ips_map_then(struct ips_map first, struct ips_map then);
/* What is left, top of `from` goes to 0,0, what is its right bottom corner to `to`. */
struct ips_map ips_map_scale(struct ips_rect from, struct ips_size to);
struct ips_map ips_turn_map(int turn, struct ips_size size);

/* A path that what is seen has to lie inside of, or outside. Filled by the rule of nonzero winding,
 * as SVG is; a path of the source's file by even and odd, as Photoshop clips. */
struct ips_clip {
	const struct ips_path *path; /* NULL: the one called `name` in the file of the source, */
	const char *name;            /*       in parts of the width and height as stored */
	bool outside;
	struct ips_map map;          /* from the path to the picture left by the step before */
};
struct ips_clips {
	int count;
	const struct ips_clip *clip; /* each takes away from what the others left */
};

/* Operations on pixels, in the order they are carried out (R13). Colours run from 0 to 1. */
enum ips_op_kind {
	IPS_OP_LINEAR,  /* out = matrix in + offset, cut off at 0 and 1 */
	IPS_OP_HUE,     /* turns the hue of HSB */
	IPS_OP_COLORIZE, /* black to color to white, by luma */
	IPS_OP_NOISE,    /* adds to each component what its place alone decides */
	IPS_OP_GROW,     /* each component: the most within the radius; below 0: the least */
	IPS_OP_UNSHARP   /* out = in + amount (in - in blurred); an amount of -1 blurs */
};
struct ips_op {
	enum ips_op_kind kind;
	bool rgb;   /* CMYK is converted to RGB first */
	bool tints; /* gray, too: the result has colours */
	double matrix[9], offset[3];
	double degrees;
	double color[3];
	bool norm;      /* the median of what is visible comes to 0.5 first */
	double spread;  /* of the lumas then; 0: as it is */
	double amount;    /* of noise: its furthest if uniform, its standard deviation if gaussian */
	bool gaussian;
	double radius;    /* in pixels */
	double sigma[2];  /* of a Gaussian, in pixels across and down */
	double threshold; /* differences up to this are left alone */
	bool luma;        /* every component changes alike, as the luma does */
};
#define IPS_MAX_OPS 16
struct ips_ops {
	int count;
	struct ips_op op[IPS_MAX_OPS];
};

/* What becomes of the alpha channel: inverted or not, multiplied, and then a colour put behind what
 * shows through. Nothing of all this if there is none. */
struct ips_cover {
	bool invert;
	double opacity;          /* 0..1 */
	struct ips_color behind; /* as it was given; alpha 0: none */
};
static inline bool
ips_cover_idle(const struct ips_cover *cover)
{
	return !cover->invert && cover->opacity >= 1 && cover->behind.alpha == 0;
}

/* What a layer shows before anything is done to it: the seam for other kinds of content. Whoever
 * adds one says in `source` what its picture is like, and render draws that. */
enum ips_content {
	IPS_CONTENT_OBJECT, /* the picture in the file of an object */
	IPS_CONTENT_COLOR,  /* one opaque colour */
	IPS_CONTENT_TEXT    /* a text */
};

enum ips_blend {
	IPS_BLEND_NORM, IPS_BLEND_DISSOLVE, IPS_BLEND_LIGHTEN, IPS_BLEND_DARKEN, IPS_BLEND_MULT,
	IPS_BLEND_SCREEN
};

/* An effect of a layer: one colour in a shape that follows from what the layer shows. */
enum ips_shape { IPS_SHAPE_SAME, IPS_SHAPE_INVERSE, IPS_SHAPE_RECTANGLE };
struct ips_effect {
	bool inner;             /* seen only where the layer is, and in front of it */
	bool masked;            /* seen only where the layer is not, if it is no inner one */
	enum ips_shape shape;   /* is grown, */
	double grow;            /*    below 0: shrunk, */
	double sigma[2];        /*    blurred, */
	int x, y;               /*    and moved; all in pixels */
	int reach;              /* how far growing and blurring look */
	struct ips_color color; /* its alpha is part of the opacity */
	double opacity;
	struct ips_ops noise;
	enum ips_blend blend;
	int number;
};
struct ips_effects {
	int count;
	const struct ips_effect *effect; /* from the back: outer ones, then inner ones */
};

/* What image maps have to know of a layer, or of the composite: where its pixels come to lie before any
 * steps are joined. */
struct ips_ground {
	struct ips_rect crop;    /* of the stored pixels */
	struct ips_size size;    /* of the rectangle */
	struct ips_map source;   /* from parts of the stored source to parts of what leaves */
	struct ips_map pixels;   /* from pixels of the rectangle to there */
};

/* How perspective= looks up its pixels. */
enum ips_resample {
	IPS_RESAMPLE_NEAREST,  /* and its edges are hard */
	IPS_RESAMPLE_BILINEAR,
	IPS_RESAMPLE_AREA      /* as many samples of a pixel as it takes to see all of them */
};

/* One layer, from what it shows to its rectangle on layer 0, in the order of its steps. */
struct ips_plan_layer {
	const struct ips_layer *asked; /* its commands: for plan alone */
	int number;                /* as layer= counts them */
	enum ips_content kind;
	int object;                /* of IPS_CONTENT_OBJECT */
	struct ips_color color;    /* of IPS_CONTENT_COLOR */
	const struct ips_text *text; /* of IPS_CONTENT_TEXT, */
	struct ips_rect drawn;     /*    the part of its plane that is the picture, */
	double anchor[2];          /*    and its default anchor in the picture */
	struct ips_source source;  /* of the object, or as if there were a file */
	int mask;                  /* the object whose alpha, or else gray, becomes the alpha of
	                                 the picture, whatever its size; 0: none */
	int grow_mask;             /* the mask, or the alpha, by so many of its own pixels */
	bool drop_alpha;           /* maskUse=off: before all else */
	bool blacken;              /*    what associated alpha makes clear is black by then; with
				    * maskUse=invert all is */
	struct ips_cover picture;  /* maskUse=invert */
	struct ips_rect crop;      /* 1. of the stored pixels, before orientation */
	int shrink;                /*    how far a JPEG decoder may reduce by then: 1, 2, 4, 8 */
	struct ips_size scaled;    /* 2. */
	int grow_scaled;           /*    op_growMaskR= */
	int turn;                  /* 3. orientation, mirrors and right angles in one */
	struct ips_cover content;  /*    opac= of the layer, color= */
	bool rotated;              /* 4. other angles: x' = m0 x + m1 y + m4, y' = m2 x + m3 y + m5, */
	double matrix[6];          /*    on the edges of pixels; the result has the size `turned` */
	struct ips_size turned;
	bool warped;               /*    perspective=, instead: from the turned picture to the */
	struct ips_map warp;       /*    rectangle of the layer, which has the size `turned` */
	enum ips_resample resample;
	double jitter;             /*    of samples, in parts of the distance between two */
	struct ips_rect extent;    /* 5. extend=: the rectangle of the layer */
	struct ips_ops ops;        /*    and the operations on the layer */
	struct ips_cover ground;   /*    bgColor=; or hide= */
	struct ips_clips clips;    /*    and its paths, unless it is the only layer */
	struct ips_effects effects; /*   and what surrounds it */
	int x, y;                  /* 6. where its rectangle lies on that of layer 0, */
	enum ips_blend blend;      /*    and how it mixes with what is below */

	struct ips_ground areas;   /* for image maps */
	double origin[2];          /* in its rectangle: the point that pos= places, */
	double path[2];            /* and the point that path data counts from */
	bool by_path;              /* its size is the extent of its path */
	struct ips_profile profile; /* of the picture */
	bool transparent;          /* an alpha channel is needed on the way */
};

struct ips_plan {
	struct ips_objects objects; /* what the plan was made for: a file that differs is refused */
	int layers;                 /* at least 1, from the bottom up; the rectangle of */
	struct ips_plan_layer *layer; /* layer[0] is the composite: what lies outside is not seen */
	bool alone;                 /* layer 0 is all there is: it is turned and cut as the composite */
	int mirror;                 /* of the composite, if there is more */
	struct ips_rect window;    /* 7. the part of the composite that is scaled for the view */
	struct ips_size resized;   /* 8. */
	struct ips_clips layer_clips; /* and the paths of an only layer, after its operations, */
	struct ips_ops view_ops;   /*    and the operations on the composite: before 10, or tiles
	                                 would not fit together */
	struct ips_clips view_clips; /* and the paths of the composite, */
	struct ips_cover composite; /*   its opac=, */
	struct ips_effects view_effects; /* and its effects, */
	struct ips_rect stage;     /*    which are seen in here: where it lies */
	struct ips_rect view;      /* 9. */
	struct ips_rect frame;     /* 10. rect=: what leaves */

	enum ips_kernel kernel;
	enum ips_space working;    /* from step 4 to the last operation */
	struct ips_profile working_profile;
	const struct ips_icc *rgb; /* where naive conversion starts and ends; NULL: sRGB */
	const struct ips_icc *color_source[3], *color_output[3]; /* of colours, with and without the
	                              suffix s; by enum ips_space, NULL as above */
	enum ips_intent intent;
	bool black_point, dither;
	struct ips_ground areas;   /* of the composite, for image maps */
	struct ips_map paths;      /* from parts of the stored source of layer 0 to parts of the result */
	struct ips_output output;
	bool identity;
};

#endif
