/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "pool_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAITING_PER_PROCESS 16 /* beyond that a client had better come again */
#define DEADLINE_MS         60000
#define KILL_AFTER_US       500000 /* what a render stops itself at its deadline is told better */
#define PIECE               ((size_t)256 << 10)
#define LEAST_LIMIT         (INT64_C(1) << 30)
#define ALL_LOADERS         "svg,pdf,jpeg2000"

/* ---- Open, close ---- */

/* Of the machine, or of what a container leaves us of it. */
static int64_t
machine_memory(void)
{
	int64_t all = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), limit;
	g_autofree char *text = NULL;

	if (g_file_get_contents("/sys/fs/cgroup/memory.max", &text, NULL, NULL) &&
	    ips_parse_int(text, strcspn(text, "\n"), 1, INT64_MAX, &limit))
		return MIN(all, limit);
	return all;
}

static void
fill_settings(struct ips_pool *pool)
{
	struct ips_pool_settings *s = &pool->settings;

	pool->cores = (int)g_get_num_processors();
	if (s->processes <= 0)
		s->processes = pool->cores;
	if (s->waiting <= 0)
		s->waiting = s->processes * WAITING_PER_PROCESS;
	if (s->deadline_ms <= 0)
		s->deadline_ms = DEADLINE_MS;
	if (s->memory <= 0)
		s->memory = machine_memory() / 2;
	pool->profiles = g_strdup(s->limits.profiles != NULL ? s->limits.profiles : "");
	pool->loaders = g_strdup(s->limits.loaders != NULL ? s->limits.loaders : ALL_LOADERS);
	s->limits.profiles = s->limits.loaders = NULL; /* not ours */
}

bool
ips_pool_open(
    const struct ips_pool_settings *settings, struct ips_pool **out, struct ips_error *err)
{
	int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (wake < 0)
		return ips_fail_internal(err, "eventfd: %s", g_strerror(errno));
	struct ips_pool *pool = g_new0(struct ips_pool, 1);
	pool->settings = *settings;
	fill_settings(pool);
	pool->wake = wake;
	pthread_mutex_init(&pool->lock, NULL);
	pool->processes = pool->settings.processes;
	pool->process = g_new0(struct process, (gsize)pool->processes);
	pool->queue = g_ptr_array_new();
	pool->parties = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	pool->stats.memory = pool->settings.memory;
	*out = pool;
	return true;
}

void
ips_pool_close(struct ips_pool *pool)
{
	if (pool == NULL)
		return;
	pool_keep_end(pool);
	close(pool->wake);
	pthread_mutex_destroy(&pool->lock);
	g_ptr_array_unref(pool->queue);
	g_hash_table_unref(pool->parties);
	g_free(pool->process);
	g_free(pool->profiles);
	g_free(pool->loaders);
	g_free(pool);
}

void
ips_pool_warm(struct ips_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool_keep_begin(pool);
	pthread_mutex_unlock(&pool->lock);
}

void
ips_pool_stats(struct ips_pool *pool, struct ips_pool_stats *out)
{
	pthread_mutex_lock(&pool->lock);
	*out = pool->stats;
	out->busy = pool->busy;
	out->waiting = (int)pool->queue->len;
	out->processes = 0;
	for (int i = 0; i < pool->processes; i++)
		out->processes += pool->process[i].state == PROCESS_IDLE ||
				  pool->process[i].state == PROCESS_BUSY;
	pthread_mutex_unlock(&pool->lock);
}

/* ---- One request ---- */

/* Why there is no answer, from how the process ended. */
static bool
blame(enum pool_outcome outcome, int status, struct ips_error *err)
{
	int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (outcome == POOL_LATE || (outcome == POOL_GONE && by == SIGXCPU))
		return ips_fail(err, IPS_DEADLINE, "The picture took too long.");
	if (outcome == POOL_GONE &&
	    by == SIGKILL) /* the machine had no memory for it, or somebody */
		return ips_fail(err, IPS_BUSY, "The picture could not be processed: try again");
	return ips_fail(err, IPS_BROKEN_IMAGE, "The picture could not be processed.");
}

static void
tell_end(pid_t pid, enum pool_outcome outcome, int status)
{
	static const char *const why[] = {
		[POOL_LATE] = "killed at the deadline",
		[POOL_GONE] = "died over a request",
		[POOL_ABSURD] = "its answer makes no sense",
	};
	char number[16], how[48];

	g_snprintf(number, sizeof(number), "%d", (int)pid);
	if (WIFSIGNALED(status))
		g_snprintf(how, sizeof(how), "%s", strsignal(WTERMSIG(status)));
	else
		g_snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	IPS_LOG(IPS_LOG_WARNING, "render process", { "reason", why[outcome] }, { "pid", number },
	    { "end", how });
}

static void
count_end(struct ips_pool *pool, enum pool_outcome outcome)
{
	pthread_mutex_lock(&pool->lock);
	if (outcome == POOL_LATE)
		pool->stats.killed++;
	else
		pool->stats.crashed++;
	pthread_mutex_unlock(&pool->lock);
}

static void
count_done(struct ips_pool *pool, int64_t began_us)
{
	pthread_mutex_lock(&pool->lock);
	pool->stats.done++;
	pool->stats.done_us += ips_monotonic_us() - began_us;
	pthread_mutex_unlock(&pool->lock);
}

/* It died while it was idle, which is nobody's fault who asks now; or it speaks unasked. */
static bool
is_spoiled(const struct process *process)
{
	struct pollfd p = { .fd = process->socket, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* What was reckoned decides who may come in; what nobody may pass is far beyond it, as libraries
 * are not told how to be thrifty, and still within what the machine has. */
static int64_t
most_memory(const struct ips_pool *pool, int64_t reckoned)
{
	return MIN(MAX(LEAST_LIMIT, 4 * reckoned), MAX(LEAST_LIMIT, pool->settings.memory));
}

static bool
ask(struct ips_pool *pool, struct process *process, int64_t memory, struct pool_question *question,
    struct ips_arena *mem, struct pool_reply *out, struct ips_error *err)
{
	int64_t began = ips_monotonic_us(), stop = question->deadline_us;
	pid_t pid = process->pid;

	process_limit(process, most_memory(pool, memory), stop, question->threads);
	enum pool_outcome outcome = pool_ask(
	    process, question, stop + KILL_AFTER_US, pool->settings.limits.max_pixels, mem, out);
	if (outcome == POOL_DONE) {
		count_done(pool, began);
		if (out->err.fault != IPS_OK && err != NULL)
			*err = out->err;
		return out->err.fault == IPS_OK;
	}
	int status = process_end(process, outcome == POOL_GONE);
	count_end(pool, outcome);
	tell_end(pid, outcome, status);
	return blame(outcome, status, err);
}

static bool
open_and_ask(struct ips_pool *pool, struct process *process, int64_t memory,
    struct pool_question *question, struct ips_arena *mem, struct pool_reply *out,
    struct ips_error *err)
{
	const struct ips_pool_files *source = question->source;

	if (source == NULL)
		return ask(pool, process, memory, question, mem, out, err);
	g_autofree int *in = g_new(int, (gsize)question->files + 1);
	if (!source->open(source->arg, in, err))
		return false;
	question->in = in;
	bool done = ask(pool, process, memory, question, mem, out, err);
	source->close(source->arg, in);
	return done;
}

static bool
request(struct ips_pool *pool, int64_t party, int64_t memory, struct pool_question *question,
    struct ips_arena *mem, struct pool_reply *out, struct ips_error *err)
{
	int64_t deadline = ips_monotonic_us() + pool->settings.deadline_ms * INT64_C(1000);
	struct ticket ticket = { .party = party, .memory = memory };

	if (memory > pool->settings.memory)
		return ips_fail(err, IPS_LIMIT,
		    "The picture needs more memory than this server gives to all together.");
	question->deadline_us = deadline;
	for (;;) {
		if (!pool_enter(pool, &ticket, deadline, err))
			return false;
		if (!is_spoiled(&pool->process[ticket.process]))
			break;
		process_end(&pool->process[ticket.process], true);
		count_end(pool, POOL_GONE);
		pool_leave(pool, &ticket);
	}
	question->threads = ticket.threads;
	bool done =
	    open_and_ask(pool, &pool->process[ticket.process], memory, question, mem, out, err);
	pool_leave(pool, &ticket);
	return done;
}

/* ---- Each kind ---- */

#define SMALL (INT64_C(64) << 20) /* what looking at a header may take */

static bool
look(struct ips_pool *pool, enum pool_kind kind, int64_t party, int fd, struct ips_arena *mem,
    struct pool_reply *out, struct ips_error *err)
{
	struct pool_question question = { .kind = kind, .in = &fd, .files = 1, .out = -1 };

	return request(pool, party, SMALL, &question, mem, out, err);
}

bool
ips_pool_probe(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    struct ips_source *out, struct ips_error *err)
{
	struct pool_reply reply;

	if (!look(pool, POOL_PROBE, party, fd, mem, &reply, err))
		return false;
	*out = reply.facts;
	return true;
}

bool
ips_pool_xmp(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem, const char **out,
    struct ips_error *err)
{
	struct pool_reply reply;

	if (!look(pool, POOL_XMP, party, fd, mem, &reply, err))
		return false;
	*out = reply.text;
	return true;
}

bool
ips_pool_profile_name(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    const char **out, struct ips_error *err)
{
	struct pool_reply reply;

	if (!look(pool, POOL_PROFILE_NAME, party, fd, mem, &reply, err))
		return false;
	*out = reply.text;
	return true;
}

bool
ips_pool_profile_space(struct ips_pool *pool, int64_t party, int fd, bool *usable,
    enum ips_space *space, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct pool_reply reply;

	if (!look(pool, POOL_PROFILE_SPACE, party, fd, mem, &reply, err))
		return false;
	*usable = reply.has;
	if (reply.has)
		*space = reply.space;
	return true;
}

bool
ips_pool_verify(struct ips_pool *pool, int64_t party, int fd, const struct ips_source *facts,
    struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct pool_question question = { .kind = POOL_VERIFY, .in = &fd, .files = 1, .out = -1 };
	struct pool_reply reply;

	return request(pool, party, SMALL + ips_source_cost(facts, 1), &question, mem, &reply, err);
}

/* ---- The result ---- */

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		data += put;
		len -= (size_t)put;
	}
	return true;
}

/* From memory that nobody can change any more: who has written it may still have it open. */
static bool
take_result(int memory, int out, struct ips_error *err)
{
	g_autofree char *piece = g_malloc(PIECE);
	off_t at = 0;
	ssize_t got;

	if (fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
		ips_fail(err, IPS_BROKEN_IMAGE, "The picture could not be processed.");
		if (err != NULL)
			g_strlcpy(
			    err->detail, "the result is still being written", sizeof(err->detail));
		return false;
	}
	while ((got = pread(memory, piece, PIECE, at)) > 0) {
		if (!write_all(out, piece, (size_t)got))
			return ips_fail_system(err, errno, "writing a result");
		at += got;
	}
	return got == 0 || ips_fail_system(err, errno, "reading a result");
}

static void
close_memory(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Only memory is given away, never a file of the store. */
bool
ips_pool_run(struct ips_pool *pool, int64_t party, const struct ips_plan *plan,
    const struct ips_pool_files *files, int out, struct ips_arena *mem, struct ips_source *result,
    struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *own = mem == NULL ? ips_arena_new() : NULL;
	IPS_CLEANUP(close_memory)
	int memory = memfd_create("result", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct pool_question question = {
		.kind = POOL_RUN,
		.plan = plan,
		.source = files,
		.files = ips_plan_files(plan),
		.out = memory,
		.wants_facts = result != NULL,
	};
	struct pool_reply reply;

	if (memory < 0)
		return ips_fail_system(err, errno, "memfd_create");
	if (!request(pool, party, ips_plan_cost(plan), &question, mem != NULL ? mem : own, &reply,
		err) ||
	    !take_result(memory, out, err))
		return false;
	if (result != NULL)
		*result = reply.facts;
	return true;
}
