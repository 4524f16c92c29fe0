/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One render. The scope owns every image made on the way; steps borrow the current one and leave
 * the next in its place. Each layer has a job of its own, which shares scope and memory with that
 * of layer 0; this goes on to the view. */
#ifndef OPENIPS_RENDER_PRIV_H
#define OPENIPS_RENDER_PRIV_H

#include "openips/plan_steps.h"
#include "openips/plan_text.h"
#include "openips/render.h"

#include <vips/vips.h>

enum own_profile { OWN_UNKNOWN, OWN_GOOD, OWN_BAD };

/* What is kept of a file when it is opened, for as long as the render. */
struct opened {
	bool before;     /* its descriptor is in use: who opens it again needs another place */
	const void *icc; /* NULL: no profile is embedded */
	size_t icc_len;
	enum own_profile good; /* whether it can be used */
};

struct span {
	const uint8_t *at;
	size_t len;
};

struct job {
	struct ips_arena *mem;
	const struct ips_plan *plan;
	const struct ips_plan_layer *layer;
	const int *in;         /* descriptors of the files: of the objects, then of nested plans */
	struct opened *opened; /* the same */
	VipsObject *scope;
	int64_t deadline_us;
	bool *late;    /* the deadline has struck and stopped the pixels */
	int64_t *held; /* pixels that are kept in memory, */
	int64_t *kept; /* and those of all jobs of the render */
	VipsImage *image;
	VipsImage *mask;            /* NULL: none */
	struct ips_profile profile; /* of the current image */
	struct span photoshop;      /* of the source, if the plan asks for its paths */
};

/* Both NULL to read a file outside of any plan. */
void job_open(struct job *job, const struct ips_plan *plan, const int *in, int64_t deadline_us);
/* That of a plan inside this one, which goes with it. */
struct job *job_within(struct job *job, const struct ips_object *object);
/* That of another layer, which goes with this one. */
struct job *job_beside(struct job *job, const struct ips_plan_layer *layer);
void job_close(struct job *job);

/* A place in the scope for the result of a step. */
VipsImage **job_slot(struct job *job);
/* Takes the result of a libvips call: 0 makes *slot the current image. */
bool job_step(struct job *job, int failed, VipsImage **slot, struct ips_error *err);
/* What libvips is to call for the pixels of an image, as
 * vips_image_generate() has it; run is handed to its threads. Not 0: it failed. */
int job_generate(struct job *job, VipsImage *image, VipsStartFn start, VipsGenerateFn generate,
    VipsStopFn stop, void *in, void *run);
/* The same for what looks at one pixel of the current image alone: it gets row by row. */
typedef void row_fn(void *run, const VipsPel *in, VipsPel *out, int width);
int job_rows(struct job *job, VipsImage *image, row_fn *row, void *run);
/* Why libvips failed: the deadline, or the image. Its words go to our log only. */
bool job_fail(struct job *job, struct ips_error *err);
/* Stops the pixels of an image when the deadline strikes. */
void job_watch(struct job *job, VipsImage *image);
/* Lets go of all that led to the current image, once that is in memory; and to others, which are.
 */
bool job_relieve(struct job *job, VipsImage *const *others, int count, struct ips_error *err);
/* Carries the pipeline out so far, for steps that read pixels in any order. */
bool job_settle(struct job *job, struct ips_error *err);

enum ips_format sniff(const uint8_t *head, size_t len);
bool render_refuses(enum ips_format format); /* an operator does not want such files opened */

/* The files that a layer needs, and whether they are what the plan was made for. */
bool load_layer(struct job *job, struct ips_error *err);
bool within_limit(const struct ips_source *facts, struct ips_error *err);
bool within_memory(int64_t pixels, struct ips_error *err); /* held at once */

/* The header alone; pixels follow on demand, top to bottom. */
struct load_from {
	int fd;
	int shrink;  /* of a JPEG */
	bool shared; /* someone else is reading from there, and it stays where it is */
};
bool load_open(const struct load_from *from, VipsObject *scope, VipsImage **out,
    enum ips_format *format, struct ips_error *err);
void load_facts(VipsImage *image, enum ips_format format, int fd, struct ips_source *out);
enum ips_space space_of(const VipsImage *image);
/* Whether colours are stored multiplied by alpha. Moves nobody's place in the file. */
bool tiff_is_associated(int fd);
VipsImage *bmp_load(VipsSource *source, struct ips_error *err);

/* Photoshop's resource blocks. What is damaged is left out by those who look for paths. */
struct span photoshop_read(struct ips_arena *mem, int fd, VipsImage *image, enum ips_format format);
void photoshop_facts(struct ips_arena *mem, struct span blocks, struct ips_source *out);
/* In parts of width and height; NULL if there is none of that name. */
const struct ips_path *photoshop_path(struct ips_arena *mem, struct span blocks, const char *name);
/* The paths alone, as a JPEG or TIFF file keeps them, with points mapped from parts of the source
 * to parts of the result. */
GByteArray *photoshop_moved(struct span blocks, const struct ips_map *map, bool jpeg);

bool colour_normalise(struct job *job, struct ips_error *err); /* 8 or 16 bit gray, RGB or CMYK */
bool colour_convert(
    struct job *job, struct ips_error *err); /* into the working space, and the output's depth */
bool colour_finish(struct job *job, struct ips_error *err); /* into the output's space */
/* A colour of the request in the space of the current image, its components from 0 to 1. */
bool colour_of(
    struct job *job, const struct ips_color *color, double out[4], struct ips_error *err);
/* The file's profile as the plan says; the header of the current image is its own. */
void colour_label(struct job *job);
double sample_max(const VipsImage *image);
/* The n-th sample of a row of 8 or 16 bits, as 0..1. */
static inline float
sample_get(bool deep, const VipsPel *row, int n)
{
	return deep ? ((const uint16_t *)row)[n] / 65535.0F : row[n] / 255.0F;
}
static inline void
sample_put(bool deep, VipsPel *row, int n, float value)
{
	if (deep)
		((uint16_t *)row)[n] = (uint16_t)(value * 65535 + 0.5F);
	else
		row[n] = (VipsPel)(value * 255 + 0.5F);
}

bool operate(struct job *job, const struct ips_ops *ops, struct ips_error *err);

/* Operations that see one pixel at a time, all in one pass. */
/* 0..1, without 1: decided by the place, and the seed, alone. */
float place_random(int x, int y, int seed);
bool is_point_op(const struct ips_op *op);
bool point_ops(struct job *job, const struct ips_op *op, int count, struct ips_error *err);
/* A linear operation that brings the lumas of this picture to where the colorizing wants them. */
bool compensation(
    struct job *job, const struct ips_op *colorize, struct ips_op *out, struct ips_error *err);

bool mask(struct job *job, struct ips_error *err); /* in place of the alpha channel, and grown */
/* Scales, and grows the mask by pixels of that size. */
bool mask_scale(struct job *job, struct ips_size to, struct ips_error *err);
/* Every sample becomes the largest within a disc of `radius` pixels; the least, if it is negative.
 * What lies beyond the edges does not count; colours weigh as much as they cover. */
bool grow(struct job *job, double radius, struct ips_error *err);
bool colour_gray(struct job *job, struct ips_error *err); /* as it is seen, profiles aside */
bool colour_depth(struct job *job, VipsBandFormat format, struct ips_error *err);

bool turn(struct job *job, int how, struct ips_error *err);
/* For pixels between pixels; whoever asks lets go of it. */
VipsInterpolate *interpolation(const struct job *job);
/* Edge to edge onto exactly that size. */
bool scale(struct job *job, struct ips_size to, struct ips_error *err);

void text_thread_done(void); /* before a thread ends that has set text */
void text_stop(void);        /* before the process ends */
/* Draws what of the layer's plane lies in the window: sRGB of 8 bits with straight alpha, in
 * memory. */
bool text_image(struct job *job, const struct ips_text *text, struct ips_rect window,
    VipsImage **out, struct ips_error *err);

/* Changes to the alpha channel; nothing where the plan needs none. */
bool cover(struct job *job, const struct ips_cover *cover, struct ips_error *err);
/* Adds an alpha band if there is none. */
bool clip(struct job *job, const struct ips_clips *clips, struct ips_error *err);
/* Blurs and sharpens. */
bool unsharp(struct job *job, const struct ips_op *op, struct ips_error *err);

bool warp(struct job *job, struct ips_error *err); /* perspective= */

/* A rectangle that may reach beyond the picture. */
bool take(struct job *job, struct ips_rect r, struct ips_error *err);
/* What fills where there is no picture: clear if there is alpha, else the background. */
VipsArrayDouble *fill_of(struct job *job);
/* Colours weigh as much as they cover. */
bool premultiply(struct job *job, struct ips_error *err);
bool unpremultiply(struct job *job, VipsBandFormat format, struct ips_error *err);

bool layer(struct job *job, struct ips_error *err); /* the steps of one layer */
/* What is laid onto the current image, whose samples are of the same kind. */
struct blending {
	VipsImage *image;
	int x, y;
	enum ips_blend mode;
	int seed; /* of what is left to chance */
};
bool blend(struct job *job, const struct blending *what, struct ips_error *err);
/* All layers onto the first. */
bool composite(struct job *job, struct ips_error *err);
/* A layer between its effects onto the current image; that of layer 0 is begun with them. */
bool layer_with_effects(struct job *job, struct job *top, struct ips_error *err);
/* The composite, its opacity, and its effects. */
bool view_with_effects(struct job *job, struct ips_error *err);
/* An image of one colour instead of a file. */
bool solid(struct job *job, struct ips_error *err);
/* The sample format in which layers meet. */
VipsBandFormat common_format(const struct ips_plan *plan);
bool empty(struct job *job, VipsArrayDouble *fill, struct ips_size size, struct ips_error *err);
bool geometry(struct job *job, struct ips_error *err); /* every step of the plan */

bool save(struct job *job, int fd, struct ips_error *err);
/* Savers of our own, where libvips has none. */
bool save_fitted_jpeg(struct job *job, VipsTarget *target, struct ips_error *err);
bool save_indexed(struct job *job, VipsTarget *target, struct ips_error *err);
bool save_pdf(struct job *job, VipsTarget *target, struct ips_error *err);
bool save_eps(struct job *job, VipsTarget *target, struct ips_error *err);

/* Of a JPEG saver, up to the NULL (R50). A stripped JPEG is the only one that says nothing of
 * resolution. */
#define JPEG_OPTIONS(out, quality)                                                                 \
	"Q", (quality), "subsample_mode",                                                          \
	    (out)->chroma_full ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_ON,           \
	    "interlace", (gboolean)(out)->progressive, "strip",                                    \
	    (gboolean)((out)->resolution == 0 && !(out)->embed && !(out)->keep_xmp &&              \
		       !(out)->keep_paths)

/* An ellipse, in parts of the width and height of its picture. */
struct ring {
	double x, y, across, down;
};
/* What a JPEG file carries so that the ring is a path of it, "outline". */
GByteArray *draw_path_blocks(const struct ring *ring);

#endif
