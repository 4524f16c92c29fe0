/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Jobs. An open one is INIT or RUNNING; a claim is one statement, so that no two workers get the
 * same, and the end of a job that did well is part of the transaction that adds its asset. */
#include "catalog_priv.h"

static void
read_job(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_job *j = item;

	j->id = ips_db_int(rows, 0);
	j->company = ips_db_int(rows, 1);
	j->user = ips_db_int(rows, 2);
	j->source = ips_db_int(rows, 3);
	j->target = ips_db_int(rows, 4);
	j->status = (enum ips_job_status)ips_db_int(rows, 5);
	j->name = column_text(mem, rows, 6);
	j->description = column_text(mem, rows, 7);
	j->cmk = column_text(mem, rows, 8);
	j->error_code = column_text(mem, rows, 9);
	j->reason = column_text(mem, rows, 10);
	j->created = ips_db_int(rows, 11);
	j->ended = ips_db_int(rows, 12);
}

#define SELECT_JOB                                                                                 \
	"SELECT id, company_id, user_id, source, target, status, name, description, cmk, "         \
	"error_code, reason, created, ended FROM jobs "

static const struct row_type job_row = { read_job, sizeof(struct ips_job) };

bool
ips_catalog_job(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company, int64_t id,
    const struct ips_job **out, struct ips_error *err)
{
	const struct select select = {
		.sql = SELECT_JOB "WHERE id = $1 AND company_id = $2",
		.values = IPS_VALUES(ips_int(id), ips_int(company)),
		.type = job_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_job_making(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t target, const struct ips_job **out, struct ips_error *err)
{
	const struct select select = {
		.sql = SELECT_JOB "WHERE status < 2 AND company_id = $1 AND target = $2",
		.values = IPS_VALUES(ips_int(company), ips_int(target)),
		.type = job_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

/* ---- Adding ---- */

struct new_job {
	const struct ips_job *job;
	const struct ips_once *once;
	struct ips_job_limits limits;
	int64_t now, number[2]; /* id, target */
};

/* Images there are, counted no further than need be, by an index that has all it takes. */
#define COUNT_IMAGES                                                                               \
	"SELECT count(*) FROM (SELECT 1 FROM folders f JOIN assets a ON a.folder_id = f.id "       \
	"WHERE f.company_id = $1 AND a.trash = 0 AND a.type = 1 LIMIT $2)"

static bool
check_limits(struct ips_conn *conn, const struct new_job *n, struct ips_error *err)
{
	const struct ips_job_limits *l = &n->limits;
	int64_t open = 0, images = 0;
	bool found;

	if (l->images == 0 && l->tasks == 0)
		return true;
	if (!ips_db_get_int(conn, "SELECT count(*) FROM jobs WHERE status < 2 AND company_id = $1",
		IPS_VALUES(ips_int(n->job->company)), &open, &found, err))
		return false;
	if (l->images > 0 && open < l->images &&
	    !ips_db_get_int(conn, COUNT_IMAGES,
		IPS_VALUES(ips_int(n->job->company), ips_int(l->images)), &images, &found, err))
		return false;
	if (l->images > 0 && images + open >= l->images)
		return ips_fail(
		    err, IPS_QUOTA, "The number of private images has reached %d.", (int)l->images);
	if (l->tasks > 0 && open >= l->tasks)
		return ips_fail(err, IPS_TASKS,
		    "The number of tasks exceeds the limit: %d may be under way.", (int)l->tasks);
	return true;
}

static bool
add_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	static const char *const sequences[2] = { "job", "asset" };
	struct new_job *n = arg;
	const struct ips_job *j = n->job;

	return check_limits(conn, n, err) && next_numbers(conn, sequences, n->number, err) &&
	       ips_db_run(conn,
		   "INSERT INTO jobs (id, company_id, user_id, source, target, status, name, "
		   "description, cmk, created) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9)",
		   IPS_VALUES(ips_int(n->number[0]), ips_int(j->company), ips_int(j->user),
		       ips_int(j->source), ips_int(n->number[1]), ips_text(j->name),
		       ips_text(j->description), ips_text(j->cmk), ips_int(n->now)),
		   NULL, err) &&
	       once_write(conn, n->once, n->number[0], n->now, err);
}

bool
ips_catalog_job_add(struct ips_catalog *catalog, const struct ips_job *job,
    const struct ips_job_limits *limits, const struct ips_once *once, int64_t *id,
    struct ips_error *err)
{
	struct new_job n = {
		.job = job,
		.once = once,
		.limits = *limits,
		.now = ips_clock_ms(),
	};

	if (!ips_db_write(catalog->db, add_work, &n, err))
		return false;
	*id = n.number[0];
	return true;
}

/* ---- Working on them ---- */

struct claim {
	int64_t id, company;
	bool found;
};

static bool
claim_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct claim *c = arg;
	struct ips_rows *rows;

	if (!ips_db_query(conn,
		"UPDATE jobs SET status = 1 WHERE id = "
		"(SELECT min(id) FROM jobs WHERE status = 0) RETURNING id, company_id",
		IPS_NO_VALUES, &rows, err) ||
	    !ips_db_next(rows, &c->found, err))
		return false;
	if (!c->found)
		return true;
	c->id = ips_db_int(rows, 0);
	c->company = ips_db_int(rows, 1);
	ips_db_end(rows);
	return true;
}

bool
ips_catalog_job_claim(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_job **out, struct ips_error *err)
{
	struct claim c = { 0 };

	if (!ips_db_write(catalog->db, claim_work, &c, err))
		return false;
	*out = NULL;
	return !c.found || ips_catalog_job(catalog, mem, c.company, c.id, out, err);
}

bool
job_end_well(struct ips_conn *conn, int64_t job, int64_t now, struct ips_error *err)
{
	return change_one(conn,
	    "UPDATE jobs SET status = 2, ended = $2 WHERE id = $1 AND status = 1",
	    IPS_VALUES(ips_int(job), ips_int(now)), "This job is not running.", err);
}

struct failure {
	int64_t id, now;
	const char *code, *reason;
};

static bool
fail_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct failure *f = arg;

	return change_one(conn,
	    "UPDATE jobs SET status = 3, ended = $2, error_code = $3, reason = $4 "
	    "WHERE id = $1 AND status = 1",
	    IPS_VALUES(ips_int(f->id), ips_int(f->now), ips_text(f->code), ips_text(f->reason)),
	    "This job is not running.", err);
}

bool
ips_catalog_job_fail(struct ips_catalog *catalog, int64_t id, const char *code, const char *reason,
    struct ips_error *err)
{
	struct failure f = { id, ips_clock_ms(), code, reason };

	return ips_db_write(catalog->db, fail_work, &f, err);
}

static bool
resume_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	(void)arg;
	return ips_db_run(
	    conn, "UPDATE jobs SET status = 0 WHERE status = 1", IPS_NO_VALUES, NULL, err);
}

bool
ips_catalog_jobs_resume(struct ips_catalog *catalog, struct ips_error *err)
{
	return ips_db_write(catalog->db, resume_work, NULL, err);
}

struct forgetting {
	int64_t ended_before, count;
};

/* Among the oldest only, so that others need not wait for a walk through the table. */
static bool
forget_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct forgetting *f = arg;

	return ips_db_run(conn,
	    "DELETE FROM jobs WHERE status >= 2 AND ended < $1 AND id IN "
	    "(SELECT id FROM jobs ORDER BY id LIMIT 1000)",
	    IPS_VALUES(ips_int(f->ended_before)), &f->count, err);
}

bool
ips_catalog_jobs_forget(
    struct ips_catalog *catalog, int64_t ended_before, int64_t *count, struct ips_error *err)
{
	struct forgetting f = { .ended_before = ended_before };

	if (!ips_db_write(catalog->db, forget_work, &f, err))
		return false;
	*count = f.count;
	return true;
}

bool
ips_catalog_image_count(
    struct ips_catalog *catalog, int64_t company, int64_t max, int64_t *out, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	bool found;

	return ips_db_reader(catalog->db, &conn, err) &&
	       ips_db_get_int(conn, COUNT_IMAGES, IPS_VALUES(ips_int(company), ips_int(max)), out,
		   &found, err);
}
