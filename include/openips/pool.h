/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The render processes: who wants pixels decoded asks here. Alone knows libseccomp.
 *
 * Images are opened only in processes of this same program that have no network, may open nothing
 * but fonts, and are killed when they take too long; a crash there costs the request that met it a
 * fault, and the others nothing. What they answer is checked as if an intruder had written it.
 * Thread rule: one pool, any thread; a call waits until it is done. */
#ifndef OPENIPS_POOL_H
#define OPENIPS_POOL_H

#include "openips/render.h"

struct ips_pool;

struct ips_pool_settings {
	struct ips_render_limits limits; /* threads: the most of one render; 0: as many as are idle */
	int processes;       /* 0: one a core */
	int waiting;         /* requests that may wait for one; 0: sixteen for each */
	int64_t memory;      /* bytes of all processes together; 0: half of the machine's */
	int deadline_ms;     /* of each request, waiting included; 0: a minute */
};

/* Nothing is started before the first request, or ips_pool_warm. */
bool ips_pool_open(const struct ips_pool_settings *settings, struct ips_pool **out,
    struct ips_error *err) IPS_MUST_USE;
void ips_pool_close(struct ips_pool *pool); /* NULL is fine; no call may be under way */
void ips_pool_warm(struct ips_pool *pool); /* starts every process; does not wait for them */

/* What each process does, called first of all by whoever has a pool: if this is one, it does not come
 * back. */
void ips_pool_child(int argc, char **argv);

/* ---- Requests ----
 *
 * `party` is for whom, as a number: parties take turns. Faults besides those of render: IPS_BUSY (the
 * queue is full, or the process was taken away), IPS_DEADLINE, IPS_LIMIT (more memory than there is),
 * IPS_BROKEN_IMAGE (the process died of it), IPS_STORAGE. Descriptors stay open; their offsets do not
 * count, but for that of `out`. */

bool ips_pool_probe(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    struct ips_source *out, struct ips_error *err) IPS_MUST_USE;
bool ips_pool_xmp(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    const char **out, struct ips_error *err) IPS_MUST_USE;
bool ips_pool_profile_name(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    const char **out, struct ips_error *err) IPS_MUST_USE;
/* *usable: the file is a colour profile, for pixels of that space. */
bool ips_pool_profile_space(struct ips_pool *pool, int64_t party, int fd, bool *usable,
    enum ips_space *space, struct ips_error *err) IPS_MUST_USE;
/* facts: what ips_pool_probe has said of it. */
bool ips_pool_verify(struct ips_pool *pool, int64_t party, int fd, const struct ips_source *facts,
    struct ips_error *err) IPS_MUST_USE;
/* Files are opened only once there is a process for them: who waits holds none. */
struct ips_pool_files {
	bool (*open)(void *arg, int *fd, struct ips_error *err); /* all of ips_plan_files, or none; -1 for those that are no file */
	void (*close)(void *arg, int *fd);
	void *arg;
};
/* As ips_render_run; `out` is written to when all is done. */
bool ips_pool_run(struct ips_pool *pool, int64_t party, const struct ips_plan *plan,
    const struct ips_pool_files *files, int out, struct ips_arena *mem, struct ips_source *result,
    struct ips_error *err) IPS_MUST_USE;

/* ---- What it is doing ---- */

struct ips_pool_stats {
	int64_t processes, busy, waiting; /* now; processes: that are ready */
	int64_t started, crashed, killed; /* processes; killed at the deadline */
	int64_t refused;                  /* requests that had to wait too long, or might not wait */
	int64_t done, done_us;            /* requests answered, and what they took without waiting */
	int64_t memory, memory_used;      /* bytes: the budget, and what is given out of it */
};
void ips_pool_stats(struct ips_pool *pool, struct ips_pool_stats *out);

#endif
