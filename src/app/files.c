/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Files in and out: import, export. */
#include "app.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct item {
	char *file, *folder; /* path of the file; of the folder it goes to */
};

static void
item_free(gpointer data)
{
	struct item *item = data;

	g_free(item->file);
	g_free(item->folder);
	g_free(item);
}

/* Names of files may hold what a terminal would obey. */
static void
complain(const char *file, const char *why)
{
	g_autofree char *file_shown = ips_text_shown(file);
	g_autofree char *why_shown = ips_text_shown(why);

	fprintf(stderr, "%s: %s\n", file_shown, why_shown);
}

/* ---- What there is to import ---- */

#define MAX_DEPTH 64 /* of folders in folders */

static void
add_item(GPtrArray *items, const char *file, const char *folder)
{
	struct item *item = g_new(struct item, 1);

	*item = (struct item){ g_strdup(file), g_strdup(folder) };
	g_ptr_array_add(items, item);
}

static int
by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, so that two imports of the same folder give the same numbers. Hidden files stay out. */
static GPtrArray *
read_folder(const char *path, GError **gerr)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, gerr);
	const char *name;

	if (!dir)
		return NULL;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(dir)))
		if (name[0] != '.')
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	return names;
}

static bool walk(GPtrArray *items, const char *path, const char *folder, int depth);

static bool
walk_folder(GPtrArray *items, const char *path, const char *folder, int depth)
{
	g_autoptr(GError) gerr = NULL;
	g_autoptr(GPtrArray) names = read_folder(path, &gerr);
	bool good = true;

	if (!names) {
		complain(path, gerr->message);
		return false;
	}
	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		g_autofree char *below = g_build_filename(path, name, NULL);
		g_autofree char *inner = g_strconcat(folder, name, "/", NULL);
		bool is_folder = g_file_test(below, G_FILE_TEST_IS_DIR);

		/* A link to a folder may lead back up */
		if (is_folder && g_file_test(below, G_FILE_TEST_IS_SYMLINK))
			continue;
		good &= walk(items, below, is_folder ? inner : folder, depth + 1);
	}
	return good;
}

static bool
walk(GPtrArray *items, const char *path, const char *folder, int depth)
{
	struct stat st;

	if (stat(path, &st) != 0 || depth > MAX_DEPTH) {
		complain(path, depth > MAX_DEPTH ? "too deep" : g_strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode))
		return walk_folder(items, path, folder, depth);
	if (S_ISREG(st.st_mode)) {
		add_item(items, path, folder);
		return true;
	}
	complain(path, "neither file nor folder");
	return false;
}

/* ---- Progress ---- */

#define BAR 30

/* A bar where somebody looks on, lines elsewhere. */
static void
show_progress(bool terminal, guint done, guint total, const char *file)
{
	if (!terminal)
		return;
	int filled = (int)((guint64)done * BAR / total);
	g_autofree char *shown = ips_text_shown(file);

	fprintf(stderr, "\r\033[K[%.*s%*s] %u/%u %.60s", filled, "##############################",
	    BAR - filled, "", done, total, done < total ? shown : "");
	if (done == total)
		fputc('\n', stderr);
}

static void
show_bad(bool terminal, const char *file, const struct ips_error *err)
{
	g_autofree char *why =
	    g_strconcat(err->reason, err->detail[0] ? " - " : "", err->detail, NULL);

	if (terminal)
		fputs("\r\033[K", stderr);
	complain(file, why);
}

/* ---- import ---- */

static bool
import_one(struct app *app, const struct ips_company *company, const struct item *item,
    const char *user, bool terminal)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_import import = {
		.company = company->id,
		.folder = item->folder,
		.user = user,
		.cmk_id = app_option(app, OPT_KEY),
	};
	const struct ips_asset *asset;
	struct ips_error err = { 0 };

	if (!ips_service_import(app->service, mem, item->file, &import, &asset, &err)) {
		show_bad(terminal, item->file, &err);
		return false;
	}
	if (!terminal)
		printf("%s\t%s%s\t%s\n", ips_handle_asset(mem, asset), asset->folder_path,
		    asset->name, item->file);
	return true;
}

static guint
import_all(struct app *app, const struct ips_company *company, const GPtrArray *items)
{
	const char *user = app_option(app, OPT_USER);
	bool terminal = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO);
	guint good = 0;

	for (guint i = 0; i < items->len; i++) {
		const struct item *item = items->pdata[i];

		show_progress(terminal, i, items->len, item->file);
		good += import_one(app, company, item, user ? user : "", terminal);
	}
	if (items->len)
		show_progress(terminal, items->len, items->len, "");
	return good;
}

int
run_import(struct app *app)
{
	g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
	const struct ips_company *company;
	const struct ips_user *user;
	bool whole = true;

	if (!app_start_render(app, &app_one_process) || !app_open(app) || !app_company(app, &company) ||
	    (app_option(app, OPT_USER) && !app_user(app, app_option(app, OPT_USER), &user)))
		return EXIT_FAILED;
	const char *folder = app_folder_path(app, company, app_option(app, OPT_FOLDER));
	for (int i = 0; i < app->args.words; i++)
		whole &= walk(items, app->args.word[i], folder, 0);
	guint good = import_all(app, company, items);
	fprintf(stderr, "%u imported, %u skipped\n", good, items->len - good);
	return whole && good == items->len ? EXIT_DONE : EXIT_FAILED;
}

/* ---- export ---- */

int
run_export(struct app *app)
{
	IPS_CLEANUP(app_output_clear) struct app_output out = { .fd = -1 };

	if (!app_open(app) || !app_output_open(app, app_option(app, OPT_OUTPUT), &out))
		return EXIT_FAILED;
	if (!ips_service_export(app->service, app->args.word[0], out.fd, &app->err))
		return EXIT_FAILED;
	return app_output_done(app, &out) ? EXIT_DONE : EXIT_FAILED;
}
