/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* backup and restore: the same way, there and back. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files that say what a directory is, or is becoming. */
#define MARK_BACKUP    "backup"
#define MARK_RESTORING "restoring"

static bool
has(const char *dir, const char *name)
{
	g_autofree char *file = g_build_filename(dir, name, NULL);

	return access(file, F_OK) == 0;
}

static bool
make_mark(struct app *app, const char *dir, const char *mark)
{
	g_autofree char *file = g_build_filename(dir, mark, NULL);
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || close(fd) != 0)
		return ips_fail(&app->err, IPS_INTERNAL, "%s: %s", file, g_strerror(errno));
	return true;
}

static bool
is_empty(const char *dir)
{
	GDir *entries = g_dir_open(dir, 0, NULL);
	bool empty = entries != NULL && g_dir_read_name(entries) == NULL;

	if (entries != NULL)
		g_dir_close(entries);
	return empty;
}

/* Nothing that is not ours is ever written over: the directory is new, empty, or bears the mark. */
static bool
claim(struct app *app, const char *dir, const char *mark, int *lock)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return ips_fail(&app->err, IPS_INTERNAL, "%s: %s", dir, g_strerror(errno));
	if (!has(dir, mark) && !is_empty(dir))
		return ips_fail(&app->err, IPS_INVALID_PARAMETER,
		    strcmp(mark, MARK_BACKUP) == 0
			? "%s is neither empty nor a backup: it is left as it is"
			: "%s is not empty: it is left as it is",
		    dir);
	return make_mark(app, dir, mark) && app_lock(dir, lock, &app->err);
}

static void
print_finding(const char *text, void *arg)
{
	(void)arg;
	puts(text);
}

/* From the data directory of the settings. */
static bool
copy_to(struct app *app, const char *dir, const char *mark, struct ips_backup *done)
{
	int lock = -1;
	bool good = app_open(app) && claim(app, dir, mark, &lock) &&
		    ips_service_backup(app->service, dir, print_finding, NULL, done, &app->err);

	if (lock >= 0)
		close(lock);
	return good;
}

int
run_backup(struct app *app)
{
	const char *dir = app->args.word[0];
	struct ips_backup done;

	if (!copy_to(app, dir, MARK_BACKUP, &done))
		return EXIT_FAILED;
	printf("%s: %" PRId64 " assets, %" PRId64 " files, %" PRId64 " new of %" PRId64
	       " bytes, %" PRId64 " removed%s\n",
	    dir, done.assets, done.blobs, done.taken, done.bytes, done.removed,
	    done.sound ? "" : "; what is named above is LOST");
	return status(done.sound);
}

/* ---- Back ---- */

static bool
unmark(struct app *app, const char *dir, const char *mark)
{
	g_autofree char *file = g_build_filename(dir, mark, NULL);

	return unlink(file) == 0 ||
	       ips_fail(&app->err, IPS_INTERNAL, "%s: %s", file, g_strerror(errno));
}

static bool
check_backup(struct app *app, const char *dir)
{
	if (has(dir, MARK_BACKUP) && has(dir, "catalog.db"))
		return true;
	return ips_fail(&app->err, IPS_NOT_FOUND, "%s is no backup, or not a whole one", dir);
}

/* Every byte is read again, where it will be served from. */
static bool
prove(struct app *app)
{
	struct ips_check check;
	bool sound;

	if (!app_open(app) ||
	    !ips_service_check(app->service, true, print_finding, NULL, &check, &sound, &app->err))
		return false;
	printf("%s: %s, %" PRId64 " assets, %" PRId64 " files, %" PRId64 " bytes\n",
	    app->settings.data, sound ? "sound" : "NOT SOUND", check.assets, check.blobs,
	    check.bytes);
	return sound;
}

int
run_restore(struct app *app)
{
	g_autofree char *target = g_strdup(app->settings.data);
	const char *from = app->args.word[0];
	struct ips_backup done;

	if (!check_backup(app, from))
		return EXIT_FAILED;
	g_free(app->settings.data);
	app->settings.data = g_strdup(from);
	bool good = copy_to(app, target, MARK_RESTORING, &done);
	app_close(app);
	g_free(app->settings.data);
	app->settings.data = g_steal_pointer(&target);
	return status(good && unmark(app, app->settings.data, MARK_RESTORING) && prove(app));
}

bool
app_is_backup(const char *data_dir)
{
	return has(data_dir, MARK_BACKUP);
}
