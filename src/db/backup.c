/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A copy of a database that is in use. */
#include "db_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool
make_new(const char *file, struct ips_error *err)
{
	int fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return ips_fail_system(err, errno, "database: %s", file);
	close(fd);
	return true;
}

static bool
copy_fail(sqlite3 *to, int code, struct ips_error *err)
{
	char why[256];

	snprintf(why, sizeof(why), "database: copying: %s", sqlite3_errmsg(to));
	if ((code & 0xff) == SQLITE_FULL)
		return ips_fail_system(err, ENOSPC, "%s", why);
	if ((code & 0xff) == SQLITE_IOERR)
		return ips_fail_system(err, EIO, "%s", why);
	return ips_fail_internal(err, "%s", why);
}

/* In one step, so that it is of one state: in the write-ahead log a reader holds up no writer. */
static bool
copy_pages(struct ips_conn *from, sqlite3 *to, struct ips_error *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from->handle, "main");

	if (backup == NULL)
		return copy_fail(to, sqlite3_errcode(to), err);
	int code = sqlite3_backup_step(backup, -1);
	sqlite3_backup_finish(backup);
	return code == SQLITE_DONE || copy_fail(to, code, err);
}

static bool
sync_file(const char *file, struct ips_error *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (!good)
		ips_fail_system(err, errno, "database: sync %s", file);
	if (fd >= 0)
		close(fd);
	return good;
}

bool
ips_db_backup(struct ips_db *db, const char *file, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *from = NULL;
	sqlite3 *to = NULL;

	if (!make_new(file, err) || !ips_db_reader(db, &from, err))
		return false;
	/* It is nothing until it is whole: no journal of its own. */
	int code = sqlite3_open_v2(file, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	bool good =
	    code == SQLITE_OK && sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF",
				     NULL, NULL, NULL) == SQLITE_OK;
	good = good ? copy_pages(from, to, err) : copy_fail(to, code, err);
	sqlite3_close(to);
	return good && sync_file(file, err);
}
