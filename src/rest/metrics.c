/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Runs on an event thread, so that it never waits behind pixels: nothing here asks a table or waits
 * for a disk. */
#include "metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct process {
	int64_t cpu_us, resident, files, max_files, started_ms, threads;
};

struct facts {
	struct ips_http_stats http;
	struct ips_service_stats service;
	struct process process;
};

/* ---- The process ---- */

static int64_t
cpu_us(void)
{
	struct rusage use = { .ru_maxrss = 0 };

	getrusage(RUSAGE_SELF, &use);
	return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * INT64_C(1000000) +
	       use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

/* The n-th number of /proc/self/FILE, counted from 0; names in parentheses have no blanks here. */
static int64_t
proc_number(const char *file, int n)
{
	char text[1024], *at = text;
	g_autofree char *path = g_build_filename("/proc/self", file, NULL);
	FILE *in = fopen(path, "re");
	size_t len = in != NULL ? fread(text, 1, sizeof(text) - 1, in) : 0;

	if (in != NULL)
		fclose(in);
	text[len] = '\0';
	for (; n > 0 && *at != '\0'; n--) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	return strtoll(at, NULL, 10);
}

/* Linux tells the number since 6.2. */
static int64_t
open_files(void)
{
	struct stat st;
	int64_t count = 0;
	DIR *dir;

	if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
		return st.st_size;
	dir = opendir("/proc/self/fd");
	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return MAX(count - 3, 0); /* ".", ".." and its own */
}

static void
read_process(struct process *out)
{
	struct rlimit limit = { .rlim_cur = 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	*out = (struct process){
		.cpu_us = cpu_us(),
		.resident = proc_number("statm", 1) * sysconf(_SC_PAGESIZE),
		.files = open_files(),
		.max_files = (int64_t)limit.rlim_cur,
		.threads = proc_number("stat", 19),
	};
}

/* ---- Single numbers ---- */

enum unit { ONE, MICROSECONDS, MILLISECONDS };

#define HTTP(f)    offsetof(struct facts, http.f)
#define SERVICE(f) offsetof(struct facts, service.f)
#define PROCESS(f) offsetof(struct facts, process.f)

/* Rows of one name stand together and differ in their label; the first has the help. */
static const struct metric {
	const char *name, *label; /* NULL: none */
	const char *type;
	size_t field; /* int64_t */
	enum unit unit;
	const char *help;
} metrics[] = {
	{ "openips_http_request_body_bytes_total", NULL, "counter", HTTP(bytes_in), ONE,
	    "Bytes of request bodies, as received." },
	{ "openips_http_response_body_bytes_total", NULL, "counter", HTTP(bytes_out), ONE,
	    "Bytes of answers, without their headers." },
	{ "openips_http_connections", NULL, "gauge", HTTP(connections), ONE, "Open connections." },
	{ "openips_http_connections_opened_total", NULL, "counter", HTTP(connections_opened), ONE,
	    "Connections accepted." },
	{ "openips_http_connections_refused_total", NULL, "counter", HTTP(connections_refused), ONE,
	    "Connections refused by a limit." },
	{ "openips_http_queue_length", NULL, "gauge", HTTP(queue), ONE,
	    "Whole requests that wait for a worker." },
	{ "openips_http_queue_refused_total", NULL, "counter", HTTP(queue_refused), ONE,
	    "Requests refused because the queue was full." },
	{ "openips_http_workers", NULL, "gauge", HTTP(workers), ONE, "Worker threads." },
	{ "openips_http_workers_busy", NULL, "gauge", HTTP(workers_busy), ONE,
	    "Worker threads that have a request." },

	{ "openips_copies_total", "kind=\"shared\"", "counter", SERVICE(copies_shared), ONE,
	    "Copies made: sharing the source's file, converted between plain and encrypted, or with"
	    " new pixels." },
	{ "openips_copies_total", "kind=\"converted\"", "counter", SERVICE(copies_converted), ONE,
	    NULL },
	{ "openips_copies_total", "kind=\"rendered\"", "counter", SERVICE(copies_rendered), ONE,
	    NULL },
	{ "openips_copies_total", "kind=\"rendered_encrypted\"", "counter",
	    SERVICE(copies_rendered_encrypted), ONE, NULL },
	{ "openips_renders_total", NULL, "counter", SERVICE(renders), ONE,
	    "Pictures computed, those that failed included." },
	{ "openips_renders_failed_total", NULL, "counter", SERVICE(renders_failed), ONE,
	    "Pictures that could not be computed." },
	{ "openips_render_seconds_total", NULL, "counter", SERVICE(pool.done_us), MICROSECONDS,
	    "Time spent on computing pictures, waiting left out." },
	{ "openips_renders_running", NULL, "gauge", SERVICE(pool.busy), ONE,
	    "Pictures being computed." },
	{ "openips_renders_waiting", NULL, "gauge", SERVICE(pool.waiting), ONE,
	    "Pictures that wait for a free core." },
	{ "openips_renders_refused_total", NULL, "counter", SERVICE(pool.refused), ONE,
	    "Pictures refused because too many waited, or one too long." },
	{ "openips_render_processes", NULL, "gauge", SERVICE(pool.processes), ONE,
	    "Processes that can compute a picture." },
	{ "openips_render_processes_started_total", NULL, "counter", SERVICE(pool.started), ONE,
	    "Render processes started." },
	{ "openips_render_processes_ended_total", "by=\"crash\"", "counter", SERVICE(pool.crashed),
	    ONE, "Render processes that died over a picture, or were killed at its deadline." },
	{ "openips_render_processes_ended_total", "by=\"deadline\"", "counter",
	    SERVICE(pool.killed), ONE, NULL },
	{ "openips_render_memory_bytes", NULL, "gauge", SERVICE(pool.memory), ONE,
	    "What all renders together may take." },
	{ "openips_render_memory_reserved_bytes", NULL, "gauge", SERVICE(pool.memory_used), ONE,
	    "What the renders under way may take." },
	{ "openips_jobs", "state=\"waiting\"", "gauge", SERVICE(jobs_waiting), ONE,
	    "Copies in the background that are not made yet." },
	{ "openips_jobs", "state=\"running\"", "gauge", SERVICE(jobs_running), ONE, NULL },
	{ "openips_jobs_ended_total", "result=\"success\"", "counter", SERVICE(jobs_done), ONE,
	    "Copies in the background that have ended." },
	{ "openips_jobs_ended_total", "result=\"fail\"", "counter", SERVICE(jobs_failed), ONE,
	    NULL },

	{ "openips_logins_failed_total", NULL, "counter", SERVICE(identity.failed), ONE,
	    "Requests with a wrong name or password." },
	{ "openips_logins_held_back_total", NULL, "counter", SERVICE(identity.held_back), ONE,
	    "Answers to such requests that were delayed." },
	{ "openips_passwords_hashed_total", NULL, "counter", SERVICE(identity.hashed), ONE,
	    "Passwords proven by their hash, which takes long by intent." },
	{ "openips_passwords_remembered_total", NULL, "counter", SERVICE(identity.remembered), ONE,
	    "Passwords that were proven a moment ago already." },
	{ "openips_passwords_in_memory", NULL, "gauge", SERVICE(identity.proofs), ONE,
	    "Proofs of passwords that are remembered." },

	{ "openips_store_blobs_written_total", NULL, "counter", SERVICE(store.blobs), ONE,
	    "Files stored." },
	{ "openips_store_written_bytes_total", NULL, "counter", SERVICE(store.bytes), ONE,
	    "Bytes of files stored." },
	{ "openips_store_blobs_shared_total", NULL, "counter", SERVICE(store.shared), ONE,
	    "Files to be stored whose content was there already." },
	{ "openips_store_syncs_total", NULL, "counter", SERVICE(store.syncs), ONE,
	    "Times the store waited for the disk." },
	{ "openips_store_errors_total", NULL, "counter", SERVICE(store.errors), ONE,
	    "Files that could not be stored." },
	{ "openips_catalog_commits_total", NULL, "counter", SERVICE(catalog.commits), ONE,
	    "Transactions on disk." },
	{ "openips_catalog_writes_total", NULL, "counter", SERVICE(catalog.writes), ONE,
	    "Writes in these transactions: more than one each where requests share a sync." },
	{ "openips_catalog_failed_commits_total", NULL, "counter", SERVICE(catalog.failed), ONE,
	    "Transactions that could not be written." },
	{ "openips_catalog_bytes", NULL, "gauge", SERVICE(catalog.bytes), ONE,
	    "Size of the catalog and its log on disk." },

	{ "process_cpu_seconds_total", NULL, "counter", PROCESS(cpu_us), MICROSECONDS,
	    "User and system CPU time spent in seconds." },
	{ "process_resident_memory_bytes", NULL, "gauge", PROCESS(resident), ONE,
	    "Resident memory size in bytes." },
	{ "process_open_fds", NULL, "gauge", PROCESS(files), ONE, "Open file descriptors." },
	{ "process_max_fds", NULL, "gauge", PROCESS(max_files), ONE,
	    "Most file descriptors that may be open." },
	{ "process_threads", NULL, "gauge", PROCESS(threads), ONE, "Threads." },
	{ "process_start_time_seconds", NULL, "gauge", PROCESS(started_ms), MILLISECONDS,
	    "When the server started, since 1970." },
};

static void
head(GString *out, const char *name, const char *type, const char *help)
{
	g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_value(GString *out, int64_t value, enum unit unit)
{
	static const struct {
		int64_t scale;
		int digits;
	} units[] = {
		[ONE] = { 1, 0 }, [MICROSECONDS] = { 1000000, 6 }, [MILLISECONDS] = { 1000, 3 }
	};
	int64_t scale = units[unit].scale;

	g_string_append_printf(out, "%" PRId64, value / scale);
	if (unit != ONE)
		g_string_append_printf(out, ".%0*" PRId64, units[unit].digits, value % scale);
	g_string_append_c(out, '\n');
}

static void
append_metric(GString *out, const struct metric *m, const struct facts *facts)
{
	int64_t value;

	if (m->help != NULL)
		head(out, m->name, m->type, m->help);
	memcpy(&value, (const char *)facts + m->field, sizeof(value));
	g_string_append(out, m->name);
	if (m->label != NULL)
		g_string_append_printf(out, "{%s}", m->label);
	g_string_append_c(out, ' ');
	append_value(out, value, m->unit);
}

/* ---- Families with labels ---- */

static void
append_requests(GString *out, const GArray *rows)
{
	static const char name[] = "openips_http_requests_total";

	head(out, name, "counter",
	    "Requests answered, by fault as published (0: none); status 0: not answered.");
	for (guint i = 0; i < rows->len; i++) {
		const struct ips_http_row *row = &g_array_index(rows, struct ips_http_row, i);
		char status[16] = "other";

		if (row->status != IPS_HTTP_OTHER)
			g_snprintf(status, sizeof(status), "%d", row->status);
		g_string_append_printf(out,
		    "%s{face=\"%s\",operation=\"%s\",status=\"%s\",fault=\"%d\"} %" PRId64 "\n",
		    name, row->face, row->operation, status, row->fault, row->requests);
	}
}

static void
append_bucket(GString *out, const char *name, const struct ips_http_times *times, const char *bound,
    int64_t count)
{
	g_string_append_printf(out,
	    "%s_bucket{face=\"%s\",operation=\"%s\",le=\"%s\"} %" PRId64 "\n", name, times->face,
	    times->operation, bound, count);
}

static void
append_times(GString *out, const GArray *rows)
{
	static const char name[] = "openips_http_request_seconds";
	char bound[G_ASCII_DTOSTR_BUF_SIZE];

	head(out, name, "histogram",
	    "Time from a whole request to its answer: waiting for a worker included, sending and"
	    " holding back left out.");
	for (guint i = 0; i < rows->len; i++) {
		const struct ips_http_times *row = &g_array_index(rows, struct ips_http_times, i);
		int64_t count = 0;

		for (int b = 0; b < IPS_HTTP_BUCKETS; b++) {
			count += row->bucket[b];
			g_ascii_formatd(bound, sizeof(bound), "%g", ips_http_bucket_s[b]);
			append_bucket(out, name, row, bound, count);
		}
		count += row->bucket[IPS_HTTP_BUCKETS];
		append_bucket(out, name, row, "+Inf", count);
		g_string_append_printf(
		    out, "%s_sum{face=\"%s\",operation=\"%s\"} ", name, row->face, row->operation);
		append_value(out, row->sum_us, MICROSECONDS);
		g_string_append_printf(out, "%s_count{face=\"%s\",operation=\"%s\"} %" PRId64 "\n",
		    name, row->face, row->operation, count);
	}
}

/* Unknown until it has been counted, and then no number at all is better than a wrong one. */
static void
append_assets(GString *out, int64_t assets)
{
	static const char name[] = "openips_catalog_assets";

	if (assets < 0)
		return;
	head(out, name, "gauge", "Assets, those in the trash included; counted once a minute.");
	g_string_append_printf(out, "%s %" PRId64 "\n", name, assets);
}

static void
append_build(GString *out)
{
	static const char name[] = "openips_build_info";

	head(out, name, "gauge", "Always 1; the version is in the label.");
	g_string_append_printf(out, "%s{version=\"" OPENIPS_VERSION "\"} 1\n", name);
}

static void
append_all(GString *out, const struct facts *facts)
{
	append_requests(out, facts->http.rows);
	append_times(out, facts->http.times);
	for (size_t i = 0; i < IPS_NELEM(metrics); i++)
		append_metric(out, &metrics[i], facts);
	append_assets(out, facts->service.assets);
	append_build(out);
}

/* ---- The page ---- */

/* Whoever comes through a proxy is not where he seems to be. */
static bool
is_forwarded(const struct ips_http_request *request)
{
	static const char *const signs[] = { "Forwarded", "Via", "X-Forwarded-For",
		"X-Forwarded-Host", "X-Real-IP" };

	for (size_t i = 0; i < IPS_NELEM(signs); i++)
		if (ips_http_header(request, signs[i]) != NULL)
			return true;
	return false;
}

static void
handle(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	struct metrics_face *face = arg;
	struct ips_http *http = atomic_load(&face->http);
	struct facts facts;

	(void)worker;
	response->operation = response->counted = "metrics";
	response->type = "text/plain; version=0.0.4; charset=utf-8";
	response->coding = IPS_CODING_PLAIN; /* packing would hold up an event thread */
	ips_http_add_header(response, "Cache-Control", "no-store");
	if (http == NULL || is_forwarded(request) ||
	    !ips_networks_have_text(face->networks, request->peer)) {
		response->status = 403;
		response->type = "text/plain; charset=utf-8";
		response->body = g_string_new("These numbers are not for you.\n");
		return;
	}
	ips_http_stats(http, &facts.http);
	ips_service_stats(face->service, &facts.service);
	read_process(&facts.process);
	facts.process.started_ms = face->started_ms;
	response->status = 200;
	response->body = g_string_sized_new((size_t)32 * 1024);
	append_all(response->body, &facts);
	ips_http_stats_clear(&facts.http);
}

void
metrics_route(struct metrics_face *face, struct ips_http_route *out)
{
	*out = (struct ips_http_route){
		.methods = "GET HEAD",
		.prefix = "/metrics",
		.exact = true,
		.inline_run = true,
		.handle = handle,
		.arg = face,
		.face = "metrics",
	};
}
