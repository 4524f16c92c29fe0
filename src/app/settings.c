/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KIB INT64_C(1024)
#define MIB (KIB * KIB)

#define TEXT(f)   SETTING_TEXT, offsetof(struct settings, f)
#define NUMBER(f) SETTING_NUMBER, offsetof(struct settings, f)
#define SIZE(f)   SETTING_SIZE, offsetof(struct settings, f)
#define CHOICE(f) SETTING_CHOICE, offsetof(struct settings, f)
#define FLAG(f)   SETTING_FLAG, offsetof(struct settings, f)

/* clang-format off */
const struct setting setting_table[] = {
	{ "config", SETTING_COMMON, TEXT(config), "", 0, 0, "file", NULL,
	    "Settings file: group [openips], a line for each setting, named as here." },
	{ "data", SETTING_DATA, TEXT(data), "data", 0, 0, "folder", NULL,
	    "Data directory: catalog and stored files." },
	{ "master-key", SETTING_DATA, TEXT(master_key), "", 0, 0, "origin", NULL,
	    "Where the master key is, 64 hexadecimal digits that wrap all customer keys: file:PATH or env:NAME; empty: there"
	    " is none, and nothing encrypted can be read." },
	{ "log-level", SETTING_COMMON, CHOICE(log_level), "info", 0, 0, NULL, "error|warning|info|debug",
	    "Least important event that is logged." },

	{ "max-pixels", SETTING_RENDER, NUMBER(max_pixels), "400000000", 1, INT64_C(4294836225), "pixels", NULL,
	    "Largest image that is read or made, from its header, before decoding." },
	{ "render-threads", SETTING_RENDER, NUMBER(render_threads), "0", 0, 64, "threads", NULL,
	    "Most threads of one render; 0: all cores for one that is alone, one each when all are busy." },
	{ "render-processes", SETTING_RENDER, NUMBER(render_processes), "0", 0, 256, "processes", NULL,
	    "Processes that decode images, shut off from files and network; 0: one a core." },
	{ "render-memory", SETTING_RENDER, SIZE(render_memory), "0", 0, INT64_C(1) << 50, "bytes", NULL,
	    "What all renders together may take; 0: half of the machine's memory." },
	{ "untrusted-loaders", SETTING_RENDER, TEXT(untrusted_loaders), "svg,pdf,jpeg2000", 0, 0, "formats", NULL,
	    "Formats whose decoders are not made for hostile files, but may be opened where nothing can be reached:"
	    " svg, pdf, jpeg2000; empty: none." },
	{ "render-deadline", SETTING_RENDER, NUMBER(render_deadline_ms), "30000", 100, 600000, "ms", NULL,
	    "Longest time one image may take." },
	{ "profiles", SETTING_RENDER, TEXT(profiles), "/usr/share/color/icc/ghostscript", 0, 0, "folders", NULL,
	    "Folders of ICC profiles, with colons between: icc= takes their files by name, and published profiles by"
	    " the names of their files." },
	{ "foreign-networks", SETTING_SERVE, TEXT(foreign_networks), "", 0, 0, "networks", NULL,
	    "Inner networks that src=(http://...) may reach, with commas between, such as 10.1.0.0/16; empty: none. A company"
	    " allows the servers by AllowDirectUrls and DirectUrlHosts." },
	{ "foreign-bytes", SETTING_SERVE, SIZE(foreign_bytes), "32M", KIB, 1024 * MIB, "bytes", NULL,
	    "Largest picture that is fetched from another server; eight times as much is kept." },
	{ "foreign-timeout", SETTING_SERVE, NUMBER(foreign_timeout_ms), "10000", 100, 600000, "ms", NULL,
	    "Longest time one picture may take to come from another server." },

	{ "address", SETTING_SERVE, TEXT(address), "127.0.0.1", 0, 0, "IP", NULL,
	    "Address to listen on; 0.0.0.0 for all of IPv4, :: for all." },
	{ "port", SETTING_SERVE, NUMBER(port), "8080", 0, 65535, NULL, NULL,
	    "Port to listen on; 0: any free one." },
	{ "port-file", SETTING_SERVE, TEXT(port_file), "", 0, 0, "file", NULL,
	    "Written with the port once the server listens, and with the TLS port on a second line." },
	{ "tls-certificate", SETTING_SERVE, TEXT(tls_certificate), "", 0, 0, "file", NULL,
	    "Certificate and its chain in PEM: serves TLS 1.2 and 1.3 on tls-port, too; read again on SIGHUP. Empty: no TLS." },
	{ "tls-key", SETTING_SERVE, TEXT(tls_key), "", 0, 0, "file", NULL,
	    "Private key in PEM; empty: it is in the file of tls-certificate." },
	{ "tls-port", SETTING_SERVE, NUMBER(tls_port), "8443", 0, 65535, NULL, NULL,
	    "Port for TLS where there is a tls-certificate; 0: any free one." },
	{ "public-url", SETTING_SERVE, TEXT(public_url), "", 0, 0, "URL", NULL,
	    "Address clients know the server by, such as https://ips.example.com; empty: the Host header." },
	{ "workers", SETTING_SERVE, NUMBER(workers), "0", 0, 1024, "threads", NULL,
	    "Requests worked on at once; 0: 8 a core, at least 128: most wait. Three quarters of them may wait for pixels." },
	{ "event-threads", SETTING_SERVE, NUMBER(event_threads), "2", 1, 64, "threads", NULL,
	    "Threads that hold the connections, of each port." },
	{ "queue", SETTING_SERVE, NUMBER(queue), "256", 1, 65536, "requests", NULL,
	    "Complete requests that may wait for a worker; more are refused at once." },
	{ "max-connections", SETTING_SERVE, NUMBER(max_connections), "4096", 1, 65536, "connections", NULL,
	    "Open connections of both ports; more are answered by 503 and closed." },
	{ "max-per-address", SETTING_SERVE, NUMBER(max_per_address), "0", 0, 65536, "connections", NULL,
	    "Open connections of one address (of IPv6, one /64); 0: three quarters of max-connections. Behind a proxy all come"
	    " from one." },
	{ "max-requests", SETTING_SERVE, NUMBER(max_requests), "1000", 1, 1000000000, "requests", NULL,
	    "Requests of one connection; the last is answered with Connection: close." },
	{ "max-header", SETTING_SERVE, SIZE(max_header), "16K", KIB, MIB, "bytes", NULL,
	    "All headers of one request together." },
	{ "max-headers", SETTING_SERVE, NUMBER(max_headers), "100", 8, 1000, "headers", NULL,
	    "Headers of one request." },
	{ "max-body", SETTING_SERVE, SIZE(max_body), "8M", 64 * KIB, 1024 * MIB, "bytes", NULL,
	    "Body of one SOAP request, gzip undone." },
	{ "idle-timeout", SETTING_SERVE, NUMBER(idle_timeout_s), "60", 1, 3600, "s", NULL,
	    "An idle connection is closed after this time." },
	{ "header-timeout", SETTING_SERVE, NUMBER(header_timeout_s), "20", 1, 3600, "s", NULL,
	    "All headers of a request must have arrived after this time; of a connection's first, with the TLS handshake." },
	{ "request-timeout", SETTING_SERVE, NUMBER(request_timeout_s), "60", 1, 3600, "s", NULL,
	    "A request must have arrived with its body after this time." },
	{ "send-timeout", SETTING_SERVE, NUMBER(send_timeout_s), "30", 1, 3600, "s", NULL,
	    "How often it is looked whether the reader of an answer keeps to send-rate." },
	{ "send-rate", SETTING_SERVE, SIZE(send_rate), "4K", 0, 1024 * MIB, "bytes", NULL,
	    "Bytes a second at which an answer must be read, in each send-timeout; 0: any, but idle-timeout holds." },
	{ "grace", SETTING_SERVE, NUMBER(grace_ms), "10000", 0, 600000, "ms", NULL,
	    "After SIGTERM, requests under way may take this long." },
	{ "remember", SETTING_SERVE, NUMBER(remember_s), "300", 0, 86400, "s", NULL,
	    "A proven password is not hashed again for this time." },
	{ "fault-status", SETTING_SERVE, NUMBER(fault_status), "500", 200, 599, NULL, NULL,
	    "HTTP status of a SOAP fault unless the request names one." },
	{ "job-workers", SETTING_SERVE, NUMBER(job_workers), "2", 1, 64, "threads", NULL,
	    "Copies made in the background at once." },
	{ "task-limit", SETTING_SERVE, NUMBER(task_limit), "40", 0, 1000000, "copies", NULL,
	    "Copies of one company that may wait or be made in the background; 0: no limit." },
	{ "image-quota", SETTING_SERVE, NUMBER(image_quota), "1000", 0, 1000000000, "images", NULL,
	    "Images of one company up to which copies are made in the background; 0: no limit." },
	{ "idempotency-hours", SETTING_SERVE, NUMBER(idempotency_hours), "24", 1, 168, "hours", NULL,
	    "A copy that is asked for again with the same Idempotency-Key header is answered as before for this time." },
	{ "metrics", SETTING_SERVE, TEXT(metrics), "127.0.0.0/8,::1", 0, 0, "networks", NULL,
	    "Networks whose requests to /metrics are answered, with commas between; empty: none. This machine's own by"
	    " default, and never what a proxy passes on: the numbers tell strangers who uses the server and how busy it is." },
	{ "slow-request", SETTING_SERVE, NUMBER(slow_ms), "5000", 0, 3600000, "ms", NULL,
	    "Log where the time went of a request that takes so long until its answer is ready; 0: of none." },
	{ "access-log", SETTING_SERVE, FLAG(access_log), "yes", 0, 0, NULL, NULL,
	    "Log a line for each request." },
};
/* clang-format on */
const size_t setting_count = IPS_NELEM(setting_table);

/* ---- One value ---- */

static bool
out_of_bounds(
    const struct setting *row, const char *value, const char *origin, struct ips_error *err)
{
	return ips_fail(err, IPS_INVALID_PARAMETER,
	    "%s: '%s' is not a number from %" PRId64 " to %" PRId64 "%s%s", origin, value, row->min,
	    row->max, row->unit ? " " : "", row->unit ? row->unit : "");
}

static bool
parse_number(const struct setting *row, const char *value, void *field, const char *origin,
    struct ips_error *err)
{
	int64_t number;

	if (!ips_parse_int(value, strlen(value), row->min, row->max, &number))
		return out_of_bounds(row, value, origin, err);
	*(int64_t *)field = number;
	return true;
}

/* Bytes, or with K, M or G at the end. */
static bool
parse_size(const struct setting *row, const char *value, void *field, const char *origin,
    struct ips_error *err)
{
	static const char suffixes[] = "KMG";
	size_t len = strlen(value);
	int64_t unit = 1, number;
	const char *suffix = len ? strchr(suffixes, g_ascii_toupper(value[len - 1])) : NULL;

	if (suffix) {
		unit = INT64_C(1) << (10 * (suffix - suffixes + 1));
		len--;
	}
	if (!ips_parse_int(value, len, 0, row->max / unit, &number) || number * unit < row->min)
		return out_of_bounds(row, value, origin, err);
	*(int64_t *)field = number * unit;
	return true;
}

static bool
parse_words(const char *words, const char *value, int64_t *out)
{
	g_auto(GStrv) word = g_strsplit(words, "|", -1);

	for (int64_t i = 0; word[i]; i++) {
		if (g_ascii_strcasecmp(word[i], value) != 0)
			continue;
		*out = i;
		return true;
	}
	return false;
}

static bool
parse_choice(const struct setting *row, const char *value, void *field, const char *origin,
    struct ips_error *err)
{
	if (!parse_words(row->words, value, field))
		return ips_fail(err, IPS_INVALID_PARAMETER, "%s: '%s' is none of %s", origin, value,
		    row->words);
	return true;
}

static bool
parse_flag(const struct setting *row, const char *value, void *field, const char *origin,
    struct ips_error *err)
{
	int64_t word;

	(void)row;
	if (!parse_words("no|yes|false|true|0|1|off|on", value, &word))
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "%s: '%s' is neither yes nor no", origin, value);
	*(bool *)field = word & 1;
	return true;
}

static bool
parse_text(const struct setting *row, const char *value, void *field, const char *origin,
    struct ips_error *err)
{
	char **text = field;

	(void)row;
	if (!ips_utf8_valid(value, strlen(value)))
		return ips_fail(err, IPS_INVALID_PARAMETER, "%s: not UTF-8", origin);
	g_free(*text);
	*text = g_strdup(value);
	return true;
}

typedef bool parse_fn(const struct setting *row, const char *value, void *field, const char *origin,
    struct ips_error *err);

static parse_fn *const parsers[] = {
	[SETTING_TEXT] = parse_text,
	[SETTING_NUMBER] = parse_number,
	[SETTING_SIZE] = parse_size,
	[SETTING_CHOICE] = parse_choice,
	[SETTING_FLAG] = parse_flag,
};

static bool
set(struct settings *settings, const struct setting *row, const char *value, const char *origin,
    struct ips_error *err)
{
	return parsers[row->kind](row, value, (char *)settings + row->field, origin, err);
}

/* ---- The four origins ---- */

static char *
variable_name(const struct setting *row)
{
	char *name = g_strconcat("OPENIPS_", row->name, NULL);

	for (char *p = name; *p; p++)
		*p = *p == '-' ? '_' : g_ascii_toupper(*p);
	return name;
}

static const struct setting *
find(const char *name)
{
	for (size_t i = 0; i < setting_count; i++)
		if (strcmp(setting_table[i].name, name) == 0)
			return &setting_table[i];
	return NULL;
}

static bool
load_defaults(struct settings *settings, struct ips_error *err)
{
	for (size_t i = 0; i < setting_count; i++)
		if (!set(settings, &setting_table[i], setting_table[i].dflt, setting_table[i].name,
			err))
			return false;
	return true;
}

/* A misspelt key is an error: silently running on a default is worse. */
static bool
load_file(struct settings *settings, const char *file, struct ips_error *err)
{
	g_autoptr(GKeyFile) keys = g_key_file_new();
	g_autoptr(GError) gerr = NULL;

	if (!g_key_file_load_from_file(keys, file, G_KEY_FILE_NONE, &gerr))
		return ips_fail(err, IPS_INVALID_PARAMETER, "%s: %s", file, gerr->message);

	g_auto(GStrv) names = g_key_file_get_keys(keys, "openips", NULL, NULL);
	if (!names)
		return ips_fail(err, IPS_INVALID_PARAMETER, "%s: no group [openips]", file);

	for (size_t i = 0; names[i]; i++) {
		const struct setting *row = find(names[i]);
		g_autofree char *origin = g_strdup_printf("%s: %s", file, names[i]);
		g_autofree char *value = g_key_file_get_string(keys, "openips", names[i], NULL);

		if (!row || strcmp(row->name, "config") == 0)
			return ips_fail(err, IPS_INVALID_PARAMETER, "%s: no such setting", origin);
		if (!value)
			return ips_fail(err, IPS_INVALID_PARAMETER, "%s: not UTF-8", origin);
		if (!set(settings, row, value, origin, err))
			return false;
	}
	return true;
}

static bool
load_environment(struct settings *settings, const struct setting *row, setting_getenv *env,
    struct ips_error *err)
{
	g_autofree char *name = variable_name(row);
	const char *value = env(name);

	return !value || set(settings, row, value, name, err);
}

static bool
load_flag(
    struct settings *settings, const struct setting *row, const char *value, struct ips_error *err)
{
	g_autofree char *origin = g_strconcat("--", row->name, NULL);

	return !value || set(settings, row, value, origin, err);
}

/* What names the file cannot stand in it, so that is read first. */
static bool
load_config_name(
    struct settings *settings, const char *const *flag, setting_getenv *env, struct ips_error *err)
{
	const struct setting *row = find("config");

	return load_environment(settings, row, env, err) &&
	       load_flag(settings, row, flag[row - setting_table], err);
}

static bool
load(struct settings *settings, const char *const *flag, setting_getenv *env, struct ips_error *err)
{
	if (!load_defaults(settings, err) || !load_config_name(settings, flag, env, err))
		return false;
	if (*settings->config && !load_file(settings, settings->config, err))
		return false;
	for (size_t i = 0; i < setting_count; i++)
		if (!load_environment(settings, &setting_table[i], env, err) ||
		    !load_flag(settings, &setting_table[i], flag[i], err))
			return false;
	return true;
}

bool
settings_load(
    struct settings *out, const char *const *flag, setting_getenv *env, struct ips_error *err)
{
	struct settings settings = { 0 };

	if (!load(&settings, flag, env, err)) {
		settings_clear(&settings);
		return false;
	}
	*out = settings;
	return true;
}

void
settings_clear(struct settings *settings)
{
	for (size_t i = 0; i < setting_count; i++) {
		char **text = (char **)(void *)((char *)settings + setting_table[i].field);

		if (setting_table[i].kind == SETTING_TEXT)
			g_clear_pointer(text, g_free);
	}
}

/* ---- Help ---- */

static char *
value_form(const struct setting *row)
{
	switch (row->kind) {
	case SETTING_TEXT:
		return g_ascii_strup(row->unit, -1);
	case SETTING_FLAG:
		return g_strdup("yes|no");
	case SETTING_CHOICE:
		return g_strdup(row->words);
	default:
		return g_strdup("N");
	}
}

static char *
bounds(const struct setting *row)
{
	if (row->kind != SETTING_NUMBER && row->kind != SETTING_SIZE)
		return value_form(row);
	return g_strdup_printf("%" PRId64 " to %" PRId64 "%s%s", row->min, row->max,
	    row->unit ? " " : "", row->unit ? row->unit : "");
}

void
settings_print_flags(FILE *to, unsigned scopes)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (!(row->scope & scopes))
			continue;
		g_autofree char *form = value_form(row);
		g_autofree char *flag = g_strdup_printf("--%s %s", row->name, form);
		fprintf(to, "  %-30s %s", flag, row->help);
		if (*row->dflt)
			fprintf(to, " [%s%s%s]", row->dflt,
			    row->unit && row->kind == SETTING_NUMBER ? " " : "",
			    row->unit && row->kind == SETTING_NUMBER ? row->unit : "");
		fputc('\n', to);
	}
}

/* A bar would end the cell. */
static char *
cell(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "|", -1);

	return g_strjoinv(", ", parts);
}

void
settings_print_reference(FILE *to)
{
	fputs("| setting | variable | values | default | meaning |\n|---|---|---|---|---|\n", to);
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		g_autofree char *variable = variable_name(row);
		g_autofree char *values = bounds(row);
		g_autofree char *values_cell = cell(values);

		fprintf(to, "| `%s` | `%s` | %s | %s | %s |\n", row->name, variable, values_cell,
		    *row->dflt ? row->dflt : "none", row->help);
	}
}
