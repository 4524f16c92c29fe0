/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Settings: defaults < file < environment < flags, all from one table.
 *
 * A row named "max-body" is the flag --max-body, the variable OPENIPS_MAX_BODY and the key max-body
 * of group [openips] in the settings file. Thread rule: filled once, then only read. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "openips/base.h"

#include <stdio.h>

/* Who reads a setting: a command accepts those of its scopes. */
enum setting_scope { SETTING_COMMON = 1, SETTING_DATA = 2, SETTING_RENDER = 4, SETTING_SERVE = 8 };

struct settings {
	char *config;
	char *data;
	char *master_key;  /* where it is, never itself */
	int64_t log_level; /* enum ips_log_level */

	int64_t max_pixels, render_threads, render_deadline_ms, render_processes, render_memory;
	char *profiles, *untrusted_loaders;
	char *foreign_networks;
	int64_t foreign_bytes, foreign_timeout_ms;

	char *address, *port_file, *public_url, *tls_certificate, *tls_key;
	int64_t port, tls_port, workers, event_threads, queue;
	int64_t max_connections, max_per_address, max_requests, max_header, max_headers, max_body;
	int64_t idle_timeout_s, header_timeout_s, request_timeout_s, send_timeout_s, send_rate;
	int64_t grace_ms, remember_s, fault_status;
	int64_t job_workers, task_limit, image_quota, idempotency_hours;
	bool access_log;
	char *metrics;
	int64_t slow_ms;
};

enum setting_kind { SETTING_TEXT, SETTING_NUMBER, SETTING_SIZE, SETTING_CHOICE, SETTING_FLAG };

struct setting {
	const char *name;
	enum setting_scope scope;
	enum setting_kind kind;
	size_t field;      /* in struct settings */
	const char *dflt;  /* goes through the parser too */
	int64_t min, max;  /* of numbers and sizes */
	const char *unit;  /* NULL: none */
	const char *words; /* of choices: "a|b|c", the index is the value */
	const char *help;
};

extern const struct setting setting_table[];
extern const size_t setting_count;

/* Where values come from besides the table: the file named by config (flag, else environment) and
 * these two. flag[i] is what the command line said for row i, NULL if nothing. */
typedef const char *setting_getenv(const char *name);

bool settings_load(struct settings *out, const char *const *flag, setting_getenv *env,
    struct ips_error *err) IPS_MUST_USE;
void settings_clear(struct settings *settings);

/* One line a row: flag, bounds, default, help; rows of these scopes only. */
void settings_print_flags(FILE *to, unsigned scopes);
/* The whole reference, as a table in Markdown. */
void settings_print_reference(FILE *to);

#endif
