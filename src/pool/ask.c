/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One request and its answer. Whoever answers may have been taken over by the image he has just
 * read: nothing of what he says is believed before it is checked. */
#include "openips/plan_pack.h"
#include "openips/plan_steps.h"
#include "pool_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- Asking ---- */

/* A descriptor that can only be read, with an offset of its own. */
static int
read_only(int fd)
{
	char path[32];
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	g_snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

struct handed {
	int *fd;        /* the open ones, then the output */
	int count, own; /* these are ours to close */
	uint8_t *open;  /* of each file, 1 if it is */
	size_t files;
};

static void
handed_clear(struct handed *handed)
{
	for (int i = 0; i < handed->own; i++)
		close(handed->fd[i]);
	g_free(handed->fd);
	g_free(handed->open);
}

static bool
hand_over(const struct pool_question *question, struct handed *out)
{
	out->files = ((size_t)question->files + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN;
	out->fd = g_new(int, (gsize)question->files + 1);
	out->open = g_new0(uint8_t, out->files);
	for (int i = 0; i < question->files; i++) {
		if (question->in[i] < 0)
			continue;
		int fd = read_only(question->in[i]);
		if (fd < 0)
			return false;
		out->open[i] = 1;
		out->fd[out->count++] = fd;
		out->own = out->count;
	}
	if (question->out >= 0)
		out->fd[out->count++] = question->out;
	return true;
}

static enum pool_outcome
send_question(struct process *process, const struct pool_question *question,
    const struct handed *handed, int64_t end)
{
	g_autoptr(GByteArray) plan = question->plan != NULL ? ips_plan_pack(question->plan) : NULL;
	int fd = process->socket;
	const struct pool_request request = {
		.magic = POOL_MAGIC,
		.serial = process->serial,
		.kind = (int32_t)question->kind,
		.threads = question->threads,
		.files = question->files,
		.fds = handed->count,
		.wants_facts = question->wants_facts,
		.deadline_us = question->deadline_us,
		.plan = plan != NULL ? plan->len : 0,
	};
	enum pool_outcome outcome = pool_send(fd, &request, sizeof(request), end);

	if (outcome == POOL_DONE)
		outcome = pool_send_fds(fd, handed->fd, handed->count, end);
	if (outcome == POOL_DONE)
		outcome = pool_send(fd, handed->open, handed->files, end);
	if (outcome == POOL_DONE && plan != NULL)
		outcome = pool_send(fd, plan->data, plan->len, end);
	return outcome;
}

/* ---- The answer ---- */

/* What render can fail with; all else is none of its words. */
static const enum ips_fault render_faults[] = { IPS_OK, IPS_BROKEN_IMAGE, IPS_LIMIT,
	IPS_UNSUPPORTED, IPS_DEADLINE, IPS_INVALID_PARAMETER, IPS_NOT_FOUND, IPS_INTERNAL,
	IPS_STORAGE, IPS_BUSY };

static bool
is_render_fault(int32_t fault)
{
	for (size_t i = 0; i < IPS_NELEM(render_faults); i++)
		if (fault == (int32_t)render_faults[i])
			return true;
	return false;
}

/* A text that ends within its room and is one line of UTF-8. */
static bool
take_words(char *out, const char *in, size_t room)
{
	size_t len = strnlen(in, room);

	if (len == room || !ips_utf8_valid(in, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)in[i] < 0x20 || in[i] == 0x7f)
			return false;
	memcpy(out, in, len + 1);
	return true;
}

/* What a library says may be in any encoding. */
static void
take_detail(char *out, const char *in, size_t room)
{
	g_strlcpy(out, in, strnlen(in, room - 1) + 1);
}

static bool
is_flag(int32_t value)
{
	return value == 0 || value == 1;
}

static bool
is_box(const double box[4])
{
	for (int i = 0; i < 4; i++)
		if (!isfinite(box[i]))
			return false;
	return true;
}

static bool
facts_sound(const struct pool_facts *f, int64_t max_pixels)
{
	return f->format > IPS_FORMAT_NONE && f->format < IPS_FORMAT_COUNT && f->width > 0 &&
	       f->height > 0 && (max_pixels == 0 || (int64_t)f->width * f->height <= max_pixels) &&
	       f->orientation >= 1 && f->orientation <= 8 && (f->bits == 8 || f->bits == 16) &&
	       f->space >= IPS_SPACE_RGB && f->space <= IPS_SPACE_CMYK && f->pages >= 1 &&
	       f->paths >= 0 && is_flag(f->alpha) && is_flag(f->associated) &&
	       is_flag(f->profile) && is_flag(f->progressive) && isfinite(f->resolution) &&
	       f->resolution >= 0;
}

/* The names of paths are printable ASCII, and one at least. */
static bool
name_sound(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] < 0x20 || name[i] > 0x7e)
			return false;
	return len > 0;
}

static bool
take_paths(const char *at, size_t len, int count, struct ips_arena *mem, struct ips_source *out)
{
	/* No more room than what came can fill. */
	if ((size_t)count > len / sizeof(struct pool_path))
		return false;
	struct ips_source_path *path = IPS_NEW_N(mem, struct ips_source_path, MAX(count, 1));
	for (int i = 0; i < count; i++) {
		struct pool_path in;

		if (len < sizeof(in))
			return false;
		memcpy(&in, at, sizeof(in));
		at += sizeof(in);
		len -= sizeof(in);
		if (!is_flag(in.damaged) || in.name < 0 || (size_t)in.name > len ||
		    !is_box(in.box) || !name_sound(at, (size_t)in.name))
			return false;
		path[i].damaged = in.damaged != 0;
		path[i].name = ips_arena_strndup(mem, at, (size_t)in.name);
		memcpy(path[i].box, in.box, sizeof(in.box));
		at += in.name;
		len -= (size_t)in.name;
	}
	out->paths = count;
	out->path = count > 0 ? path : NULL;
	return len == 0;
}

static bool
take_facts(const struct pool_answer *answer, const char *behind, int64_t max_pixels,
    struct ips_arena *mem, struct ips_source *out)
{
	const struct pool_facts *f = &answer->facts;

	if (!facts_sound(f, max_pixels))
		return false;
	*out = (struct ips_source){
		.format = (enum ips_format)f->format,
		.width = f->width,
		.height = f->height,
		.orientation = f->orientation,
		.bits = f->bits,
		.space = (enum ips_space)f->space,
		.alpha = f->alpha != 0,
		.associated = f->associated != 0,
		.profile = f->profile != 0,
		.progressive = f->progressive != 0,
		.pages = f->pages,
		.resolution = f->resolution,
	};
	return take_paths(behind, answer->behind, f->paths, mem, out);
}

/* What was written is the picture that was planned. */
static bool
take_result(const struct pool_answer *answer, const char *behind,
    const struct pool_question *question, int64_t max_pixels, struct ips_arena *mem,
    struct pool_reply *out)
{
	struct ips_size size = ips_plan_size(question->plan);

	if (!take_facts(answer, behind, max_pixels, mem, &out->facts))
		return false;
	if (question->plan->identity)
		return true;
	/* A page is told in points, whatever it shows. */
	return out->facts.format == ips_plan_format(question->plan) &&
	       (out->facts.format == IPS_FORMAT_PDF ||
		   (out->facts.width == size.width && out->facts.height == size.height));
}

static bool
take_text(
    const struct pool_answer *answer, const char *behind, bool printable, struct pool_reply *out)
{
	if (!is_flag(answer->has) || (answer->has == 0 && answer->behind > 0) ||
	    memchr(behind, '\0', answer->behind) != NULL)
		return false;
	for (size_t i = 0; printable && i < answer->behind; i++)
		if (!g_ascii_isprint(behind[i]))
			return false;
	out->has = answer->has != 0;
	out->text = out->has ? behind : NULL;
	return true;
}

static bool
take_space(const struct pool_answer *answer, struct pool_reply *out)
{
	if (!is_flag(answer->has) || answer->space < IPS_SPACE_RGB ||
	    answer->space > IPS_SPACE_CMYK || answer->behind > 0)
		return false;
	out->has = answer->has != 0;
	out->space = (enum ips_space)answer->space;
	return true;
}

bool
pool_answer_check(const struct pool_answer *answer, const char *behind,
    const struct pool_question *question, int64_t max_pixels, struct ips_arena *mem,
    struct pool_reply *out)
{
	*out = (struct pool_reply){ .err = { .fault = IPS_OK } };
	if (answer->kind != (int32_t)question->kind || !is_render_fault(answer->fault))
		return false;
	if (answer->fault != IPS_OK) {
		out->err.fault = (enum ips_fault)answer->fault;
		take_detail(out->err.detail, answer->detail, sizeof(answer->detail));
		return answer->behind == 0 &&
		       take_words(out->err.reason, answer->reason, sizeof(answer->reason));
	}
	switch (question->kind) {
	case POOL_PROBE:
		return take_facts(answer, behind, max_pixels, mem, &out->facts);
	case POOL_RUN:
		return question->wants_facts
			   ? take_result(answer, behind, question, max_pixels, mem, out)
			   : answer->behind == 0;
	case POOL_XMP:
		return take_text(answer, behind, false, out);
	case POOL_PROFILE_NAME:
		return take_text(answer, behind, true, out);
	case POOL_PROFILE_SPACE:
		return take_space(answer, out);
	default:
		return answer->behind == 0;
	}
}

static enum pool_outcome
receive_answer(struct process *process, const struct pool_question *question, int64_t end,
    int64_t max_pixels, struct ips_arena *mem, struct pool_reply *out)
{
	struct pool_answer answer;
	enum pool_outcome outcome = pool_receive(process->socket, &answer, sizeof(answer), end);

	if (outcome != POOL_DONE)
		return outcome;
	if (answer.magic != POOL_MAGIC || answer.serial != process->serial ||
	    answer.behind > POOL_MAX_ANSWER)
		return POOL_ABSURD;
	char *behind = ips_arena_alloc(mem, (size_t)answer.behind + 1);
	outcome = pool_receive(process->socket, behind, answer.behind, end);
	if (outcome != POOL_DONE)
		return outcome;
	return pool_answer_check(&answer, behind, question, max_pixels, mem, out) ? POOL_DONE
										  : POOL_ABSURD;
}

enum pool_outcome
pool_ask(struct process *process, const struct pool_question *question, int64_t kill_us,
    int64_t max_pixels, struct ips_arena *mem, struct pool_reply *out)
{
	IPS_CLEANUP(handed_clear) struct handed handed = { .fd = NULL };

	process->serial++;
	process->requests++;
	if (question->files > POOL_MAX_FILES) {
		*out = (struct pool_reply){ .err = { .fault = IPS_OK } };
		ips_fail(&out->err, IPS_LIMIT, "The request shows too many pictures.");
		return POOL_DONE;
	}
	if (!hand_over(question, &handed)) {
		*out = (struct pool_reply){ .err = { .fault = IPS_OK } };
		ips_fail_internal(
		    &out->err, "a picture for a render process: %s", g_strerror(errno));
		return POOL_DONE;
	}
	enum pool_outcome outcome = send_question(process, question, &handed, kill_us);
	return outcome == POOL_DONE
		   ? receive_answer(process, question, kill_us, max_pixels, mem, out)
		   : outcome;
}
