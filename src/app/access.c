/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Who else can look into the data directory: nobody should. We make all of it so, but people copy
 * and unpack directories. */
#include "app.h"

#include <errno.h>
#include <sys/stat.h>

#define OTHERS (S_IRWXG | S_IRWXO)

/* depth: of folders that are looked into. */
static void
look(const char *path, int depth, app_access_finding *finding, void *arg)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISLNK(st.st_mode))
		return;
	if (st.st_mode & OTHERS) {
		g_autofree char *text =
		    g_strdup_printf("%s has mode %04o, so that others may use it: chmod go= it",
			path, (unsigned)st.st_mode & 07777);

		finding(text, arg);
	}
	if (!S_ISDIR(st.st_mode) || depth == 0)
		return;
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		look(child, depth - 1, finding, arg);
	}
	if (dir != NULL)
		g_dir_close(dir);
}

void
app_check_access(const char *data_dir, bool files, app_access_finding *finding, void *arg)
{
	/* data / store / ab / blob */
	look(data_dir, files ? 3 : 2, finding, arg);
}
