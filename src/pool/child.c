/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a render process does: it shuts itself in, then answers one request after the other. */
#include "openips/plan_pack.h"
#include "openips/plan_steps.h"
#include "pool_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_TEXT 65536

struct child {
	struct ips_arena *mem; /* of one request */
	struct pool_request request;
	const struct ips_plan *plan;
	int *in, out;
	int *fd; /* all that have come */
	GByteArray *behind;
};

/* ---- Each kind ---- */

static void
put_facts(struct child *child, const struct ips_source *from, struct pool_facts *to)
{
	*to = (struct pool_facts){
		.format = (int32_t)from->format,
		.width = from->width,
		.height = from->height,
		.orientation = from->orientation,
		.bits = from->bits,
		.space = (int32_t)from->space,
		.pages = from->pages,
		.paths = from->paths,
		.alpha = from->alpha,
		.associated = from->associated,
		.profile = from->profile,
		.progressive = from->progressive,
		.resolution = from->resolution,
	};
	for (int i = 0; i < from->paths; i++) {
		const struct ips_source_path *path = &from->path[i];
		struct pool_path head = { .damaged = path->damaged,
			.name = (int32_t)strlen(path->name) };

		memcpy(head.box, path->box, sizeof(head.box));
		g_byte_array_append(child->behind, (const guint8 *)&head, sizeof(head));
		g_byte_array_append(child->behind, (const guint8 *)path->name, (guint)head.name);
	}
}

static void
put_text(struct child *child, const char *text, struct pool_answer *answer)
{
	answer->has = text != NULL;
	if (text != NULL)
		g_byte_array_append(child->behind, (const guint8 *)text, (guint)strlen(text));
}

static bool
do_probe(struct child *child, struct pool_answer *answer, struct ips_error *err)
{
	struct ips_source facts;

	if (!ips_render_probe(child->in[0], child->mem, &facts, err))
		return false;
	put_facts(child, &facts, &answer->facts);
	return true;
}

static bool
do_xmp(struct child *child, struct pool_answer *answer, struct ips_error *err)
{
	const char *text;

	if (!ips_render_xmp(child->in[0], child->mem, &text, err))
		return false;
	put_text(child, text, answer);
	return true;
}

static bool
do_profile_name(struct child *child, struct pool_answer *answer, struct ips_error *err)
{
	const char *text;

	if (!ips_render_profile_name(child->in[0], child->mem, &text, err))
		return false;
	put_text(child, text, answer);
	return true;
}

static bool
do_profile_space(struct child *child, struct pool_answer *answer, struct ips_error *err)
{
	enum ips_space space;
	off_t size = lseek(child->in[0], 0, SEEK_END);

	if (size < 0 || size > POOL_MAX_ANSWER)
		return ips_fail(err, IPS_LIMIT, "A colour profile of this size is not taken.");
	char *data = ips_arena_alloc(child->mem, (size_t)size + 1);
	if (pread(child->in[0], data, (size_t)size, 0) != size)
		return ips_fail_internal(err, "profile: %s", g_strerror(errno));
	answer->has = ips_render_profile_space(data, (size_t)size, &space);
	answer->space = answer->has ? (int32_t)space : 0;
	return true;
}

static bool
do_verify(struct child *child, struct pool_answer *answer, struct ips_error *err)
{
	(void)answer;
	return ips_render_verify(child->in[0], err);
}

static bool
do_run(struct child *child, struct pool_answer *answer, struct ips_error *err)
{
	const struct pool_request *r = &child->request;
	struct ips_source facts;

	if (child->plan == NULL || child->out < 0 || r->files != ips_plan_files(child->plan))
		return ips_fail_internal(err, "a plan that cannot be read");
	if (!ips_render_run(child->plan, child->in, child->out, r->deadline_us, child->mem,
		r->wants_facts ? &facts : NULL, err))
		return false;
	if (r->wants_facts)
		put_facts(child, &facts, &answer->facts);
	return true;
}

static bool (*const kinds[])(struct child *, struct pool_answer *, struct ips_error *) = {
	[POOL_PROBE] = do_probe,
	[POOL_XMP] = do_xmp,
	[POOL_PROFILE_NAME] = do_profile_name,
	[POOL_PROFILE_SPACE] = do_profile_space,
	[POOL_VERIFY] = do_verify,
	[POOL_RUN] = do_run,
};
_Static_assert(IPS_NELEM(kinds) == POOL_KINDS, "every kind is done by someone");

/* ---- One request ---- */

static bool
receive(void *data, size_t len)
{
	return pool_receive(POOL_SOCKET, data, len, 0) == POOL_DONE;
}

/* To each file its descriptor, in the order in which they have come. */
static bool
share_out(struct child *child, const uint8_t *open)
{
	const struct pool_request *r = &child->request;
	int next = 0;

	child->in = IPS_NEW_N(child->mem, int, r->files + 1);
	for (int i = 0; i < r->files; i++) {
		child->in[i] = -1;
		if (open[i] == 0)
			continue;
		if (next == r->fds)
			return false;
		child->in[i] = child->fd[next++];
	}
	child->out = next < r->fds ? child->fd[next] : -1;
	return r->kind == POOL_RUN || (r->files == 1 && child->in[0] >= 0);
}

static bool
read_request(struct child *child)
{
	struct pool_request *r = &child->request;

	if (!receive(r, sizeof(*r)) || r->magic != POOL_MAGIC || r->kind < 0 ||
	    r->kind >= POOL_KINDS || r->files < 0 || r->files > POOL_MAX_FILES || r->fds < 0 ||
	    r->fds > r->files + 1 || r->plan > POOL_MAX_PLAN)
		return false;
	size_t flags = ((size_t)r->files + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN;
	uint8_t *open = ips_arena_alloc(child->mem, flags);
	void *plan = ips_arena_alloc(child->mem, r->plan + POOL_ALIGN);
	child->fd = IPS_NEW_N(child->mem, int, r->fds + 1);
	if (!pool_receive_fds(POOL_SOCKET, child->fd, r->fds) || !receive(open, flags) ||
	    !receive(plan, r->plan))
		return false;
	child->plan = r->plan > 0 ? ips_plan_unpack(plan, r->plan) : NULL;
	return share_out(child, open);
}

static bool
send_answer(struct child *child, struct pool_answer *answer)
{
	answer->behind = child->behind->len;
	return pool_send(POOL_SOCKET, answer, sizeof(*answer), 0) == POOL_DONE &&
	       pool_send(POOL_SOCKET, child->behind->data, child->behind->len, 0) == POOL_DONE;
}

static void
put_error(struct child *child, const struct ips_error *err, struct pool_answer *answer)
{
	answer->fault = (int32_t)err->fault;
	memcpy(answer->reason, err->reason, sizeof(answer->reason));
	memcpy(answer->detail, err->detail, sizeof(answer->detail));
	g_byte_array_set_size(child->behind, 0);
}

static bool
do_request(struct child *child)
{
	const struct pool_request *r = &child->request;
	struct pool_answer answer = { .magic = POOL_MAGIC, .serial = r->serial, .kind = r->kind };
	struct ips_error err = { .fault = IPS_OK };

	ips_render_threads(r->threads);
	bool done = kinds[r->kind](child, &answer, &err);
	if (done && child->behind->len > POOL_MAX_ANSWER)
		done = ips_fail(&err, IPS_LIMIT, "The image says more about itself than is taken.");
	if (!done)
		put_error(child, &err, &answer);
	for (int i = 0; i < r->fds; i++)
		close(child->fd[i]);
	return send_answer(child, &answer);
}

static void
serve(void)
{
	struct child child = { .mem = ips_arena_new(), .behind = g_byte_array_new() };

	while (read_request(&child) && do_request(&child)) {
		ips_arena_reset(child.mem);
		g_byte_array_set_size(child.behind, 0);
	}
}

/* ---- The process ---- */

/* Signals that a terminal or a service manager sends to all; and writing beyond the limit of files
 * is an error of write, not our end. */
static void
prepare(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ };
	const struct rlimit none = { 0, 0 };

	for (size_t i = 0; i < IPS_NELEM(ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	mallopt(M_ARENA_MAX, 2); /* or freed pixels of every thread stay */
}

static bool
read_hello(struct pool_hello *hello, char text[MAX_TEXT], const char **loaders)
{
	if (!receive(hello, sizeof(*hello)) || hello->magic != POOL_MAGIC ||
	    hello->text > MAX_TEXT || hello->text < 2 || !receive(text, hello->text) ||
	    text[hello->text - 1] != '\0')
		return false;
	*loaders = text + strlen(text) + 1;
	return *loaders < text + hello->text;
}

/* What libraries say of foreign files is no business of our log; what a sanitizer says is. */
static void
be_quiet(int null)
{
	dup2(null, STDOUT_FILENO);
	if (!SANITIZED)
		dup2(null, STDERR_FILENO);
	close(null);
}

/* Fonts start threads, which have to be shut in, too: Landlock comes first. */
static bool
shut_in(int *landlock, struct ips_error *err)
{
	g_auto(GStrv) reads = ips_render_reads();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return ips_fail_internal(err, "/dev/null: %s", g_strerror(errno));
	if (!sandbox_files(reads, landlock, err) || !sandbox_calls(err))
		return false;
	be_quiet(null);
	return true;
}

static bool
start(struct ips_error *err)
{
	static char text[MAX_TEXT];
	struct pool_hello hello;
	struct pool_ready ready = { .magic = POOL_MAGIC };
	const char *loaders;

	if (!read_hello(&hello, text, &loaders))
		return ips_fail_internal(err, "this is started by openips itself alone");
	const struct ips_render_limits limits = { .max_pixels = hello.max_pixels,
		.max_held = hello.max_held,
		.threads = 1,
		.profiles = text,
		.loaders = loaders };
	return ips_render_start("openips", &limits, err) && shut_in(&ready.landlock, err) &&
	       (pool_send(POOL_SOCKET, &ready, sizeof(ready), 0) == POOL_DONE ||
		   ips_fail_internal(err, "nobody listens"));
}

void
ips_pool_child(int argc, char **argv)
{
	struct ips_error err = { .fault = IPS_OK };

	if (argc != 2 || strcmp(argv[1], IPS_POOL_COMMAND) != 0)
		return;
	prepare();
	if (!start(&err)) {
		IPS_LOG(IPS_LOG_ERROR, "render process", { "reason", err.detail });
		_exit(1);
	}
	serve();
	_exit(0); /* nothing is to be tidied up, and looking for leaks is not allowed here */
}
