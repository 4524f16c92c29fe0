/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Keeps the write-ahead log short without making a commit wait for it.
 *
 * Every LAZY_PAGES the thread here moves what it can into the database while writers go on. As they
 * go on, it never quite catches up, and the log only starts over when it has been moved entirely;
 * so from FORCE_PAGES on the leader moves the small rest itself between two transactions. A long
 * reader can forbid that: then we ask again only after the log has grown noticeably. */
#include "db_priv.h"

/* The more at once, the more often a page that changed many times is moved but once. But while the
 * log file still grows, each sync writes its new size as well; so it shall soon start over. */
#define LAZY_PAGES  2000 /* 8 MB */
#define FORCE_PAGES 4000

/* False: somebody else is at it. */
static bool
checkpoint(struct ips_conn *conn)
{
	/* Passive waits for nobody. A failure loses nothing, the log stays; the next try reports to
	 * nobody either, but a sick disk fails the commits as well, and those do report. */
	return sqlite3_wal_checkpoint_v2(
		   conn->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) != SQLITE_BUSY;
}

static gpointer
loop(gpointer arg)
{
	struct checkpointer *c = arg;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		if (!c->due) {
			pthread_cond_wait(&c->wake, &c->lock);
			continue;
		}
		c->due = false;
		pthread_mutex_unlock(&c->lock);
		checkpoint(c->conn);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

bool
checkpointer_start(
    struct checkpointer *c, struct ips_db *db, const char *file, struct ips_error *err)
{
	c->force_at = FORCE_PAGES;
	if (!conn_open(db, file, CONN_READER, &c->conn, err))
		return false;
	/* Not query_only: it forbids checkpoints, too. */
	if (!ips_db_script(c->conn, "PRAGMA query_only=OFF", err))
		return false;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	c->thread = g_thread_new("checkpoint", loop, c);
	return true;
}

void
checkpointer_stop(struct checkpointer *c)
{
	if (c->thread) {
		pthread_mutex_lock(&c->lock);
		c->stop = true;
		pthread_cond_signal(&c->wake);
		pthread_mutex_unlock(&c->lock);
		g_thread_join(c->thread);
		pthread_cond_destroy(&c->wake);
		pthread_mutex_destroy(&c->lock);
	}
	conn_close(c->conn);
}

void
checkpointer_before(struct checkpointer *c, struct ips_conn *writer, int log_pages)
{
	if (log_pages >= c->force_at && checkpoint(writer))
		c->force_at = log_pages + LAZY_PAGES;
}

void
checkpointer_after(struct checkpointer *c, int log_pages)
{
	if (log_pages < c->last_pages) { /* the log started over */
		c->started_at = 0;
		c->force_at = FORCE_PAGES;
	}
	c->last_pages = log_pages;
	if (log_pages - c->started_at < LAZY_PAGES)
		return;
	c->started_at = log_pages;
	pthread_mutex_lock(&c->lock);
	c->due = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}
