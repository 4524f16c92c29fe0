/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A plan into bytes. Alone knows libvips.
 *
 * Works on open descriptors only, never on paths, so that it can run in a process that may open
 * nothing. Thread rule: any number of calls at once. */
#ifndef OPENIPS_RENDER_H
#define OPENIPS_RENDER_H

#include "openips/plan.h"
#include "openips/plan_text.h"

struct ips_render_limits {
	int64_t max_pixels;  /* of any one image, from the header, before decoding */
	int64_t max_held;    /* pixels that one render may hold in memory at once; 0: four times as many */
	int threads;         /* libvips threads of one render */
	const char *profiles; /* folders of ICC profiles, with colons between; NULL: none */
	const char *loaders; /* what libvips does not trust, but may be opened: "svg,pdf,jpeg2000"; NULL: these */
};

/* Once per process, before any thread: loaders that may meet hostile bytes are blocked unless
 * allowed, the operation cache is off. */
bool ips_render_start(const char *program, const struct ips_render_limits *limits,
    struct ips_error *err) IPS_MUST_USE;
void ips_render_stop(void);
/* Every profile that icc= can name, for the plan's profile: the published names and the files of
 * the folders. From start to stop. */
const struct ips_icc_list *ips_render_profiles(void);
void ips_render_threads(int threads); /* of the renders that begin from now on */
/* Files and folders that the libraries read later than at the start: fonts above all. Up to a NULL;
 * g_strfreev. */
char **ips_render_reads(void);
void ips_render_thread_done(void); /* before a thread that rendered ends */

/* The header's facts; the names of paths are put into `mem`. Faults: IPS_BROKEN_IMAGE, IPS_LIMIT,
 * IPS_UNSUPPORTED (a format we do not read). */
bool ips_render_probe(
    int fd, struct ips_arena *mem, struct ips_source *out, struct ips_error *err) IPS_MUST_USE;

/* The XMP packet of a file, as it stands there; NULL: it has none. Faults as above. */
bool ips_render_xmp(int fd, struct ips_arena *mem, const char **out, struct ips_error *err) IPS_MUST_USE;

/* What the embedded profile of a picture calls itself; NULL: there is none, or it cannot be read.
 * Faults as above. */
bool ips_render_profile_name(int fd, struct ips_arena *mem, const char **out, struct ips_error *err) IPS_MUST_USE;
/* The kind of pixels these bytes are a colour profile for; false: they are none that can be used. */
bool ips_render_profile_space(const void *data, size_t len, enum ips_space *space);

/* Decodes every pixel and throws it away: is the file whole? Faults as above. */
bool ips_render_verify(int fd, struct ips_error *err) IPS_MUST_USE;

/* Reads `in`, an open file with an offset of its own for each of ips_plan_files (-1 for an object that
 * has a plan, or of which there is none), writes the encoded result to `out` (all stay open). deadline_us is on the clock of
 * ips_monotonic_us, 0 for none; past it: IPS_DEADLINE. `result`, if not NULL, receives the facts of
 * what was written, for which `out` has to be readable, with names in `mem`. */
bool ips_render_run(const struct ips_plan *plan, const int *in, int out, int64_t deadline_us,
    struct ips_arena *mem, struct ips_source *result, struct ips_error *err) IPS_MUST_USE;

/* Sets a text and says how large it is; the plan asks. */
bool ips_render_text_measure(const struct ips_text *text, struct ips_text_facts *out,
    struct ips_error *err) IPS_MUST_USE;

bool ips_render_has_font(const char *family); /* of this machine, in any case; without ips_render_start, too */

/* Pictures that the program draws itself, for the demo catalog: no file with pixels lies in the
 * sources. Always the same bytes with the same libraries. */
enum ips_drawing {
	IPS_DRAWING_LAPTOP,    /* JPEG 1200x900 */
	IPS_DRAWING_LANDSCAPE, /* JPEG 2400x1600 */
	IPS_DRAWING_MUG,       /* PNG 900x900 with alpha */
	IPS_DRAWING_LAMP,      /* WebP 800x1000 */
	IPS_DRAWING_CHART,     /* PNG 960x640: colours and greys */
	IPS_DRAWING_LOGO,      /* PNG 600x200 with alpha */
	IPS_DRAWING_COUNT
};
bool ips_render_draw(enum ips_drawing what, int fd, struct ips_error *err) IPS_MUST_USE;

#endif
