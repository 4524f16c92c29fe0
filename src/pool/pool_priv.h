/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_POOL_PRIV_H
#define OPENIPS_POOL_PRIV_H

#include "openips/pool.h"

#include <pthread.h>
#include <sys/types.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ---- What goes over the socket: both sides are the same program ---- */

enum pool_kind {
	POOL_PROBE,
	POOL_XMP,
	POOL_PROFILE_NAME,
	POOL_PROFILE_SPACE,
	POOL_VERIFY,
	POOL_RUN,
	POOL_KINDS
};

#define IPS_POOL_COMMAND "render-process"
#define POOL_SOCKET      3 /* of the process */
#define POOL_MAGIC       UINT32_C(0x69707372)
#define POOL_MAX_FILES   4096        /* of one request */
#define POOL_FDS         200         /* sent at once; the kernel takes 253 */
#define POOL_MAX_ANSWER  (16 << 20)  /* bytes behind an answer */
#define POOL_MAX_PLAN    (256 << 20) /* behind a request */

/* The first message, once; behind it two texts that end in NUL: profiles, loaders. */
struct pool_hello {
	uint32_t magic, text;
	int64_t max_pixels, max_held;
};
/* What it is answered with. */
struct pool_ready {
	uint32_t magic;
	int32_t landlock; /* its version; 0: this kernel has none */
};

/* Behind it: a byte for each file, 1 if it is open, then the plan, padded to POOL_ALIGN.
 * Descriptors come before, POOL_FDS with a byte each time: the files that are open, then the
 * output. */
struct pool_request {
	uint32_t magic, serial;
	int32_t kind, threads, files, fds, wants_facts;
	int64_t deadline_us;
	uint64_t plan;
};
#define POOL_ALIGN 16

struct pool_facts {
	int32_t format, width, height, orientation, bits, space, pages, paths;
	int32_t alpha, associated, profile, progressive;
	double resolution;
};
/* Behind it: the text, or the paths as struct pool_path with the name. */
struct pool_answer {
	uint32_t magic, serial;
	int32_t kind, fault;
	int32_t has, space; /* there is a text, or a profile for that space */
	uint32_t behind;
	struct pool_facts facts;
	char reason[sizeof(((struct ips_error *)0)->reason)];
	char detail[sizeof(((struct ips_error *)0)->detail)];
};
struct pool_path {
	double box[4];
	int32_t damaged, name; /* bytes of the name that follows */
};

/* ---- The pool ---- */

enum process_state { PROCESS_NONE, PROCESS_STARTING, PROCESS_IDLE, PROCESS_BUSY };
struct process {
	enum process_state state;
	pid_t pid;
	int socket;
	uint32_t serial;
	int requests;     /* since it started */
	int failures;     /* starts that came to nothing, in a row */
	int64_t since_us; /* when it was started; of none: when to start it */
};

/* Someone who waits, on his own stack. */
struct ticket {
	int64_t party, memory;
	pthread_cond_t granted;
	int process; /* -1: not yet */
	int threads;
};

struct ips_pool {
	struct ips_pool_settings settings;
	char *profiles, *loaders;
	int cores;
	pthread_mutex_t lock;
	pthread_t keeper;
	bool keeping, stop, told;
	int wake; /* an eventfd that the keeper looks at */
	struct process *process;
	int processes;
	GPtrArray *queue;    /* struct ticket */
	GHashTable *parties; /* int64_t to struct party */
	int64_t turn;
	int busy;
	struct ips_pool_stats stats;
};

/* ---- Processes ---- */

/* With its hello on the way; false: it cannot be started. */
bool process_start(struct ips_pool *pool, struct process *process) IPS_MUST_USE;
/* Ends it if it has not ended, and says how: as waitpid has it. */
int process_end(struct process *process, bool dying);
/* Without this call the last limits hold. */
void process_limit(const struct process *process, int64_t memory, int64_t deadline_us, int threads);
void pool_keep_begin(struct ips_pool *pool); /* with the lock held */
void pool_keep_end(struct ips_pool *pool);
void pool_wake(struct ips_pool *pool);

/* ---- Admission ---- */

/* Waits for a process. Faults IPS_BUSY, IPS_LIMIT. */
bool pool_enter(struct ips_pool *pool, struct ticket *ticket, int64_t deadline_us,
    struct ips_error *err) IPS_MUST_USE;
void pool_leave(struct ips_pool *pool, struct ticket *ticket);
void pool_dispatch(struct ips_pool *pool); /* with the lock held, whenever a process is idle */

/* ---- Talking ---- */

enum pool_outcome {
	POOL_DONE,
	POOL_LATE,  /* the deadline has struck */
	POOL_GONE,  /* the process has */
	POOL_ABSURD /* what it said makes no sense */
};

struct pool_question {
	enum pool_kind kind;
	const struct ips_plan *plan; /* of POOL_RUN */
	const int *in;
	const struct ips_pool_files *source; /* of them; NULL: they are open */
	int files;
	int out;          /* -1: none */
	bool wants_facts; /* of what is written */
	int64_t deadline_us;
	int threads;
};
/* Checked: enums in range, counts that fit, texts that end. */
struct pool_reply {
	struct ips_error err; /* IPS_OK: the rest holds */
	struct ips_source facts;
	const char *text;
	bool has;
	enum ips_space space;
};

enum pool_outcome pool_ask(struct process *process, const struct pool_question *question,
    int64_t kill_us, int64_t max_pixels, struct ips_arena *mem, struct pool_reply *out);
/* What came, against what was asked; `behind` has a NUL after its last byte. */
bool pool_answer_check(const struct pool_answer *answer, const char *behind,
    const struct pool_question *question, int64_t max_pixels, struct ips_arena *mem,
    struct pool_reply *out);

/* All of it, or none; until the deadline, 0: for ever. */
enum pool_outcome pool_send(int fd, const void *data, size_t len, int64_t deadline_us);
enum pool_outcome pool_receive(int fd, void *data, size_t len, int64_t deadline_us);
enum pool_outcome pool_send_fds(int fd, const int *fds, int count, int64_t deadline_us);
/* false: not that many came; none is left open then. */
bool pool_receive_fds(int fd, int *fds, int count);

/* ---- Inside the process ---- */

/* Before the first thread: what may be opened. *landlock: the version of the kernel's, 0: none. */
bool sandbox_files(char *const *reads, int *landlock, struct ips_error *err) IPS_MUST_USE;
/* Then: what may be called. */
bool sandbox_calls(struct ips_error *err) IPS_MUST_USE;

#endif
