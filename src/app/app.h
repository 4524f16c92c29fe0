/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the commands share. Exit statuses: 0 done, 1 failed, 2 not understood. */
#ifndef APP_APP_H
#define APP_APP_H

#include "args.h"
#include "openips/app.h"
#include "openips/service.h"

#include <sys/types.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct app {
	struct args args;
	struct settings settings;
	mode_t umask;                /* of the user, before ours */
	struct ips_arena *mem;       /* lives as long as the command */
	struct ips_pool *pool;       /* NULL until app_start_render or app_open */
	struct ips_service *service; /* NULL until app_open */
	bool rendering;
	struct ips_error err; /* why it failed; printed by main */
};

/* The value of an option; NULL if it was not given. */
const char *app_option(const struct app *app, enum opt opt);
/* "yes" or "no"; *out keeps its value if the option was not given. */
bool app_option_flag(struct app *app, enum opt opt, bool *out) IPS_MUST_USE;
bool app_option_number(
    struct app *app, enum opt opt, int64_t min, int64_t max, int64_t *out) IPS_MUST_USE;

/* Opens catalog and store. */
bool app_open(struct app *app) IPS_MUST_USE;
void app_close(struct app *app);

static inline struct ips_catalog *
catalog_of(struct app *app)
{
	return ips_service_catalog(app->service);
}

static inline int
status(bool good)
{
	return good ? EXIT_DONE : EXIT_FAILED;
}

/* The render engine, for what is drawn and measured here, and processes for all else. Before app_open
 * and before any thread. */
struct app_rendering {
	int processes; /* 0: as the settings say */
	int waiting;   /* requests that may wait for one; 0: as the pool thinks */
};
bool app_start_render(struct app *app, const struct app_rendering *how) IPS_MUST_USE;
extern const struct app_rendering app_one_process; /* for a command that does one thing at a time */

/* --company, or the only company there is. */
bool app_company(struct app *app, const struct ips_company **out) IPS_MUST_USE;
bool app_user(struct app *app, const char *email, const struct ips_user **out) IPS_MUST_USE;
bool app_group(struct app *app, const struct ips_company *company, const char *name,
    const struct ips_group **out) IPS_MUST_USE;
/* Path below the company's root, with or without the root itself; lives in app->mem. */
char *app_folder_path(struct app *app, const struct ips_company *company, const char *path);

/* OPENIPS_PASSWORD, else standard input if asked for, else the terminal (twice if `confirm`). Never
 * the command line, which every user of the machine can read. *out: g_free after ips_wipe. */
bool app_password(struct app *app, bool confirm, char **out) IPS_MUST_USE;
/* Its value, which the environment then has no more; NULL: there was none. app_password_free it. */
char *app_take_variable(const char *name);
void app_password_free(char **password); /* wipes; for IPS_CLEANUP */

/* The master key that an origin such as file:PATH or env:NAME gives. Wipe it. */
bool app_master_key(struct app *app, const char *origin, uint8_t out[IPS_KEY_LEN]) IPS_MUST_USE;

int app_cores(void);

/* A file that appears under its name only when it is whole. file NULL or "-": standard output. */
struct app_output {
	int fd;
	char *file, *part;
};
bool app_output_open(struct app *app, const char *file, struct app_output *out) IPS_MUST_USE;
bool app_output_done(struct app *app, struct app_output *out) IPS_MUST_USE; /* names it */
void app_output_clear(struct app_output *out); /* removes what was not done */

/* One server at a time on a data directory: *fd holds the lock until it is closed. */
bool app_lock(const char *data_dir, int *fd, struct ips_error *err) IPS_MUST_USE;

/* What of a data directory others than its owner may use, a line each; files: each stored file,
 * too. */
typedef void app_access_finding(const char *text, void *arg);
void app_check_access(const char *data_dir, bool files, app_access_finding *finding, void *arg);

/* Made by `openips backup`: nobody is to work in it. */
bool app_is_backup(const char *data_dir);

/* Each command of commands.c. */
int run_serve(struct app *app);
int run_health(struct app *app);
int run_init(struct app *app);
int run_migrate(struct app *app);
int run_check(struct app *app);
int run_gc(struct app *app);
int run_backup(struct app *app);
int run_restore(struct app *app);
int run_import(struct app *app);
int run_export(struct app *app);
int run_render(struct app *app);
int run_copy(struct app *app);
int run_asset_set(struct app *app);
int run_asset_show(struct app *app);
int run_template_add(struct app *app);
int run_company_add(struct app *app);
int run_company_list(struct app *app);
int run_company_set(struct app *app);
int run_company_show(struct app *app);
int run_macro_set(struct app *app);
int run_macro_remove(struct app *app);
int run_macro_list(struct app *app);
int run_key_add(struct app *app);
int run_key_list(struct app *app);
int run_key_enable(struct app *app);
int run_key_disable(struct app *app);
int run_key_rotate(struct app *app);
int run_key_master(struct app *app);
int run_font_set(struct app *app);
int run_font_remove(struct app *app);
int run_font_list(struct app *app);
int run_user_add(struct app *app);
int run_user_list(struct app *app);
int run_user_show(struct app *app);
int run_user_set(struct app *app);
int run_user_password(struct app *app);
int run_user_role(struct app *app);
int run_group_add(struct app *app);
int run_group_list(struct app *app);
int run_group_member(struct app *app);
int run_folder_add(struct app *app);
int run_folder_list(struct app *app);
int run_permission_set(struct app *app);
int run_permission_remove(struct app *app);
int run_permission_list(struct app *app);
int run_token_add(struct app *app);
int run_token_remove(struct app *app);
int run_access_key_add(struct app *app);
int run_access_key_list(struct app *app);
int run_access_key_remove(struct app *app);
int run_image_set(struct app *app);
int run_version(struct app *app);
int run_help(struct app *app);

void app_print_attributes(struct ips_arena *mem); /* the reference, as a table in Markdown */

extern const struct command command_table[];
extern const size_t command_count;

#endif
