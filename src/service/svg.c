/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* SVG files among the pictures of a request: their variables are filled in before anything is
 * planned, as a value may change how large the picture is. Source: "SVG support". */
#include "openips/xml.h"
#include "service_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct variables {
	struct ips_arena *mem;
	const struct ips_modifier *modifier;
};

static const char *
look_up(void *arg, const char *name, size_t len)
{
	const struct variables *v = arg;

	return ips_modifier_variable(v->mem, v->modifier, name, len);
}

static bool
read_all(int fd, struct ips_arena *mem, char **out, size_t *len, struct ips_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ips_fail_internal(err, "stat of an SVG file: %s", g_strerror(errno));
	*len = (size_t)MIN(st.st_size, IPS_SVG_MAX + 1);
	*out = ips_arena_alloc(mem, *len + 1);
	for (size_t at = 0; at < *len;) {
		ssize_t got = pread(fd, *out + at, *len - at, (off_t)at);

		if (got <= 0)
			return ips_fail_internal(err, "read of an SVG file: %s", g_strerror(errno));
		at += (size_t)got;
	}
	return true;
}

bool
ips_svg_check(int fd, struct ips_arena *mem, struct ips_error *err)
{
	const char *out;
	char *text;
	size_t len;

	return read_all(fd, mem, &text, &len, err) &&
	       ips_svg_fill(mem, text, len, NULL, NULL, &out, &len, err);
}

bool
ips_filled_open(const struct ips_filled *drawing, int *fd, struct ips_error *err)
{
	int file = memfd_create("drawing", MFD_CLOEXEC);

	if (file < 0)
		return ips_fail_internal(err, "memfd_create: %s", g_strerror(errno));
	*fd = file; /* the caller's from here on */
	for (size_t at = 0; at < drawing->len;) {
		ssize_t put = write(file, drawing->text + at, drawing->len - at);

		if (put < 0)
			return ips_fail_internal(err, "write to memory: %s", g_strerror(errno));
		at += (size_t)put;
	}
	return lseek(file, 0, SEEK_SET) == 0 ||
	       ips_fail_internal(err, "seek in memory: %s", g_strerror(errno));
}

static bool
fill(struct ips_arena *mem, const struct ips_modifier *modifier, int fd, struct ips_filled *out,
    struct ips_error *err)
{
	struct variables v = { mem, modifier };
	char *text;
	size_t len;

	return read_all(fd, mem, &text, &len, err) &&
	       ips_svg_fill(mem, text, len, look_up, &v, &out->text, &out->len, err);
}

bool
ips_service_svg_fill(
    struct ips_arena *mem, const struct ips_modifier *request, int *fd, struct ips_error *err)
{
	struct ips_filled filled = { NULL, 0 };
	IPS_CLEANUP(ips_close) int made = -1;

	if (!fill(mem, request, *fd, &filled, err) ||
	    (filled.text != NULL && !ips_filled_open(&filled, &made, err)))
		return false;
	if (filled.text != NULL) {
		int before = *fd;
		*fd = made;
		made = before;
	}
	return true;
}

bool
ips_filled_make(struct ips_service *service, struct ips_arena *mem,
    const struct ips_modifier *modifier, const struct ips_asset *asset,
    const struct ips_filled **out, struct ips_source *facts, struct ips_error *err)
{
	struct ips_filled drawing = { NULL, 0 };
	IPS_CLEANUP(ips_close) int source = -1;
	IPS_CLEANUP(ips_close) int fd = -1;

	if (facts->format != IPS_FORMAT_SVG)
		return true;
	if (!ips_service_blob(service, &asset->image->blob, &source, err) ||
	    !fill(mem, modifier, source, &drawing, err))
		return false;
	if (drawing.text == NULL)
		return true;
	if (!ips_filled_open(&drawing, &fd, err) ||
	    !ips_pool_probe(service->pool, asset->company, fd, mem, facts, err))
		return false;
	struct ips_filled *own = IPS_NEW(mem, struct ips_filled);
	*own = drawing;
	*out = own;
	return true;
}
