/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Group commit. No thread of its own: whoever comes first leads and commits for all that queued up
 * meanwhile, so a lone writer pays nothing and many share one sync. */
#include "db_priv.h"

#include <semaphore.h>

struct job {
	ips_db_work *work;
	void *arg;
	struct ips_error *err;
	bool ok;
	bool lead;  /* woken to lead, else because it is done */
	sem_t wake; /* not a condition: the woken need not queue for the lock */
	struct job *next;
};

static bool
run(struct ips_conn *conn, const char *sql, struct ips_error *err)
{
	return ips_db_run(conn, sql, IPS_NO_VALUES, NULL, err);
}

/* Disk full and the like end the whole transaction, not just the statement. */
static bool
transaction_lost(const struct ips_conn *conn)
{
	return sqlite3_get_autocommit(conn->handle);
}

static bool
work_alone(struct ips_conn *conn, struct job *job)
{
	job->ok = job->work(conn, job->arg, job->err);
	conn_end_all(conn);
	return true;
}

/* False: the transaction cannot go on. */
static bool
work_apart(struct ips_conn *conn, struct job *job, struct ips_error *err)
{
	if (!run(conn, "SAVEPOINT work", err))
		return false;
	work_alone(conn, job);
	if (transaction_lost(conn)) {
		if (job->ok)
			return ips_fail_internal(err, "database: transaction lost");
		*err = *job->err;
		return false;
	}
	if (!job->ok && !run(conn, "ROLLBACK TO work", err))
		return false;
	return run(conn, "RELEASE work", err);
}

static bool
work_all_apart(struct ips_conn *conn, struct job *jobs, struct ips_error *err)
{
	for (struct job *job = jobs; job; job = job->next)
		if (!work_apart(conn, job, err))
			return false;
	return true;
}

/* Savepoints cost more than most works do, and works seldom fail: so first without. */
static bool
work_all_together(struct ips_conn *conn, struct job *jobs)
{
	for (struct job *job = jobs; job; job = job->next) {
		work_alone(conn, job);
		if (!job->ok || transaction_lost(conn))
			return false;
	}
	return true;
}

static bool
work_all(struct ips_conn *conn, struct job *jobs, struct ips_error *err)
{
	if (work_all_together(conn, jobs))
		return true;
	if (!jobs->next) /* a lone one is the transaction: nothing of it is kept */
		return !jobs->ok || ips_fail_internal(err, "database: transaction lost");
	if (!transaction_lost(conn) && !run(conn, "ROLLBACK", err))
		return false;
	return run(conn, "BEGIN IMMEDIATE", err) && work_all_apart(conn, jobs, err);
}

static bool
any_ok(const struct job *jobs)
{
	for (; jobs; jobs = jobs->next)
		if (jobs->ok)
			return true;
	return false;
}

static void
undo(struct ips_conn *conn)
{
	struct ips_error ignored; /* the cause is already on its way */

	if (!transaction_lost(conn) && !run(conn, "ROLLBACK", &ignored))
		sqlite3_exec(conn->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* What was rolled back because no work wanted to be kept is neither. */
static void
count(struct ips_db *db, const struct job *jobs, bool ok)
{
	int64_t works = 0;

	for (; jobs; jobs = jobs->next)
		works += jobs->ok;
	if (!ok)
		db->failed++;
	else if (works > 0) {
		db->commits++;
		db->works += works;
	}
}

static void
commit_batch(struct ips_conn *conn, struct job *jobs)
{
	struct ips_error err = { 0 };
	bool ok = run(conn, "BEGIN IMMEDIATE", &err) && work_all(conn, jobs, &err);

	if (ok && any_ok(jobs))
		ok = run(conn, "COMMIT", &err);
	if (!transaction_lost(conn))
		undo(conn); /* failed, or nothing worth keeping */
	count(conn->db, jobs, ok);
	if (ok)
		return;
	for (struct job *job = jobs; job; job = job->next) {
		job->ok = false;
		*job->err = err;
	}
}

/* The others of a batch, once it is committed. A woken job's stack is gone at once. */
static void
wake_followers(struct job *jobs)
{
	for (struct job *job = jobs->next, *next; job; job = next) {
		next = job->next;
		sem_post(&job->wake);
	}
}

/* The caller's job is the first of those that wait. */
static void
lead(struct ips_db *db)
{
	struct committer *c = &db->committer;
	struct job *jobs, *heir;

	pthread_mutex_lock(&c->lock);
	jobs = c->first;
	c->first = c->last = NULL;
	pthread_mutex_unlock(&c->lock);
	checkpointer_before(&db->checkpointer, c->writer, c->log_pages);
	commit_batch(c->writer, jobs);
	checkpointer_after(&db->checkpointer, c->log_pages);

	pthread_mutex_lock(&c->lock);
	heir = c->first;
	c->leading = heir != NULL;
	pthread_mutex_unlock(&c->lock);
	if (heir) { /* first of all: the disk should not wait for the wake-ups */
		heir->lead = true;
		sem_post(&heir->wake);
	}
	wake_followers(jobs);
}

/* True: the caller leads. */
static bool
queue(struct committer *c, struct job *job)
{
	bool first;

	pthread_mutex_lock(&c->lock);
	if (c->last)
		c->last->next = job;
	else
		c->first = job;
	c->last = job;
	first = !c->leading;
	c->leading = true;
	pthread_mutex_unlock(&c->lock);
	return first;
}

bool
ips_db_write(struct ips_db *db, ips_db_work *work, void *arg, struct ips_error *err)
{
	struct ips_error own;
	struct job job = { .work = work, .arg = arg, .err = err ? err : &own };

	view_renew();
	sem_init(&job.wake, 0, 0);
	bool first = queue(&db->committer, &job);
	while (!first && sem_wait(&job.wake) != 0)
		; /* interrupted by a signal */
	if (first || job.lead)
		lead(db);
	sem_destroy(&job.wake);
	return job.ok;
}
