/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "site.h"

#include "openips/crypto.h"
#include "openips/pool.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define LIFE       4000 /* runs on one catalog */
#define COMPANY_ID 6
#define OUR_FAULT  "The server could not complete the request" /* which no input may bring about */
#define MAX_BODY   ((size_t)256 * 1024)

/* ---- What the linker puts in place ---- */

int __wrap_EVP_PBE_scrypt(const char *password, size_t password_len, const unsigned char *salt,
    size_t salt_len, uint64_t n, uint64_t r, uint64_t p, uint64_t max, unsigned char *key,
    size_t key_len);
int __wrap_ips_identity_note(
    struct ips_identity *identity, const char *user, const char *address, bool success);
bool __wrap_ips_pool_run(struct ips_pool *pool, int64_t party, const struct ips_plan *plan,
    const struct ips_pool_files *files, int out, struct ips_arena *mem, struct ips_source *result,
    struct ips_error *err);
bool __wrap_ips_pool_probe(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    struct ips_source *out, struct ips_error *err);
bool __wrap_ips_pool_xmp(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    const char **out, struct ips_error *err);
bool __wrap_ips_pool_profile_name(struct ips_pool *pool, int64_t party, int fd,
    struct ips_arena *mem, const char **out, struct ips_error *err);
bool __wrap_ips_pool_profile_space(struct ips_pool *pool, int64_t party, int fd, bool *usable,
    enum ips_space *space, struct ips_error *err);
bool __wrap_ips_pool_verify(struct ips_pool *pool, int64_t party, int fd,
    const struct ips_source *facts, struct ips_error *err);
bool __wrap_ips_fail_internal(struct ips_error *err, const char *fmt, ...) IPS_PRINTF(2, 3);
bool __real_ips_fail_internal(struct ips_error *err, const char *fmt, ...) IPS_PRINTF(2, 3);
const char *__wrap_ips_http_header(const struct ips_http_request *request, const char *name);
const char *__real_ips_http_header(const struct ips_http_request *request, const char *name);

int
__wrap_EVP_PBE_scrypt(const char *password, size_t password_len, const unsigned char *salt,
    size_t salt_len, uint64_t n, uint64_t r, uint64_t p, uint64_t max, unsigned char *key,
    size_t key_len)
{
	struct ips_sha256 *digest = ips_sha256_new();
	uint8_t sum[IPS_SHA256_LEN];

	(void)n, (void)r, (void)p, (void)max;
	ips_sha256_add(digest, password, password_len);
	ips_sha256_add(digest, salt, salt_len);
	ips_sha256_end(digest, sum);
	memset(key, 0, key_len);
	memcpy(key, sum, MIN(key_len, sizeof(sum)));
	return 1;
}

int
__wrap_ips_identity_note(
    struct ips_identity *identity, const char *user, const char *address, bool success)
{
	(void)identity, (void)user, (void)address, (void)success;
	return 0;
}

/* A picture of one pixel instead of the one asked for; and all that looks at files does so here. */
bool
__wrap_ips_pool_run(struct ips_pool *pool, int64_t party, const struct ips_plan *plan,
    const struct ips_pool_files *files, int out, struct ips_arena *mem, struct ips_source *result,
    struct ips_error *err)
{
	static const uint8_t pixel[] = "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0"
				       "\2\2D\1\0;";

	(void)pool, (void)party, (void)plan, (void)files;
	if (write(out, pixel, sizeof(pixel) - 1) != sizeof(pixel) - 1)
		return ips_fail_internal(err, "write");
	return result == NULL || ips_render_probe(out, mem, result, err);
}

/* A client may send these words himself, and hear them again: so it counts, too, whether we said
 * them. */
static atomic_uint failures;

bool
__wrap_ips_fail_internal(struct ips_error *err, const char *fmt, ...)
{
	g_autofree char *detail = NULL;
	va_list args;

	va_start(args, fmt);
	detail = g_strdup_vprintf(fmt, args);
	va_end(args);
	atomic_fetch_add(&failures, 1);
	return __real_ips_fail_internal(err, "%s", detail);
}

bool
fuzz_site_failed(const char *answer)
{
	return atomic_exchange(&failures, 0) > 0 && strstr(answer, OUR_FAULT) != NULL;
}

bool
__wrap_ips_pool_probe(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    struct ips_source *out, struct ips_error *err)
{
	(void)pool, (void)party;
	return ips_render_probe(fd, mem, out, err);
}

bool
__wrap_ips_pool_xmp(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    const char **out, struct ips_error *err)
{
	(void)pool, (void)party;
	return ips_render_xmp(fd, mem, out, err);
}

bool
__wrap_ips_pool_profile_name(struct ips_pool *pool, int64_t party, int fd, struct ips_arena *mem,
    const char **out, struct ips_error *err)
{
	(void)pool, (void)party;
	return ips_render_profile_name(fd, mem, out, err);
}

/* No company of the site has one. */
bool
__wrap_ips_pool_profile_space(struct ips_pool *pool, int64_t party, int fd, bool *usable,
    enum ips_space *space, struct ips_error *err)
{
	(void)pool, (void)party, (void)fd, (void)space, (void)err;
	*usable = false;
	return true;
}

bool
__wrap_ips_pool_verify(struct ips_pool *pool, int64_t party, int fd, const struct ips_source *facts,
    struct ips_error *err)
{
	(void)pool, (void)party, (void)facts;
	return ips_render_verify(fd, err);
}

/* Requests without a server carry their headers themselves. */
static const char straight[] = "HTTP/1.1";

const char *
__wrap_ips_http_header(const struct ips_http_request *request, const char *name)
{
	const struct fuzz_request *own = request->headers;

	if (request->version != straight)
		return __real_ips_http_header(request, name);
	for (size_t i = 0; i < own->headers; i++)
		if (g_ascii_strcasecmp(own->header[i].name, name) == 0)
			return own->header[i].value;
	return NULL;
}

/* ---- Opening ---- */

static gpointer
start_render(gpointer unused)
{
	static const struct ips_render_limits limits = { .max_pixels = 1 << 24, .threads = 1 };
	struct ips_error err = { .fault = IPS_OK };

	(void)unused;
	FUZZ_MUST(ips_render_start("fuzz", &limits, &err));
	atexit(ips_render_stop); /* after the stage's end, which is registered later */
	return NULL;
}

void
fuzz_render_start(void)
{
	static GOnce once = G_ONCE_INIT;

	g_once(&once, start_render, NULL);
}

static void *
worker_open(void *arg)
{
	return ips_soap_worker_open(((struct fuzz_site *)arg)->soap);
}

static void
listen_on(struct fuzz_site *site)
{
	const struct ips_http_settings settings = { .address = "127.0.0.1",
		.event_threads = 1,
		.workers = 2,
		.queue = 64,
		.max_connections = 256,
		.max_header = (size_t)16 * 1024,
		.max_headers = 100,
		.idle_timeout_s = 5,
		.request_timeout_s = 5,
		.send_timeout_s = 5,
		.send_rate = 1,
		.worker_open = worker_open,
		.worker_close = ips_soap_worker_close,
		.worker_arg = site };
	struct ips_error err = { .fault = IPS_OK };

	FUZZ_MUST(ips_http_start(&settings, site->routes, site->route_count, &site->http, &err));
	ips_rest_observe(site->rest, site->http);
}

static void
open_faces(struct fuzz_site *site)
{
	const struct ips_soap_settings settings = { .public_url = "", .max_body = MAX_BODY };
	struct ips_error err = { .fault = IPS_OK };
	size_t n;

	FUZZ_MUST(ips_soap_open(site->service, &settings, &site->soap, &err));
	site->rest = ips_rest_new(site->service, "", "127.0.0.0/8,192.0.2.0/24");
	site->image = ips_image_face_new(site->service);
	n = ips_soap_routes(site->soap, site->routes, IPS_NELEM(site->routes));
	n += ips_image_face_routes(site->image, site->routes + n, IPS_NELEM(site->routes) - n);
	n += ips_rest_routes(site->rest, site->routes + n, IPS_NELEM(site->routes) - n);
	site->route_count = n;
	if (site->listens)
		listen_on(site);
	else
		site->worker = ips_soap_worker_open(site->soap);
}

/* Somebody who may come in, and something for him to ask about. */
static void
find_names(struct fuzz_site *site)
{
	struct ips_catalog *catalog = ips_service_catalog(site->service);
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_company *company;
	const struct ips_user *user;
	struct ips_token token;

	FUZZ_MUST(ips_catalog_company(catalog, site->mem, COMPANY_ID, &company, &err));
	FUZZ_MUST(ips_catalog_user_named(catalog, site->mem, "demo@openips.example", &user, &err));
	FUZZ_MUST(ips_service_token_issue(site->service, site->mem, user, company, &token, &err));
	FUZZ_MUST(ips_service_access_key_make(
	    site->service, site->mem, user->id, company->id, &site->key, &err));
	site->token = token.text;
	site->project = ips_service_id(site->service, site->mem, IPS_ID_PROJECT, company->id);
	site->picture = ips_service_uuid(site->service, site->mem, 739);
}

/* Never asked for anything, so that it starts no process. */
static gpointer
open_pool(gpointer unused)
{
	static const struct ips_pool_settings settings = { .processes = 1 };
	struct ips_error err = { .fault = IPS_OK };
	struct ips_pool *pool;

	(void)unused;
	FUZZ_MUST(ips_pool_open(&settings, &pool, &err));
	return pool;
}

static struct ips_pool *
fuzz_pool(void)
{
	static GOnce once = G_ONCE_INIT;

	return g_once(&once, open_pool, NULL);
}

static void
open_service(struct fuzz_site *site)
{
	const struct ips_service_settings settings = {
		.data_dir = site->dir, .public_url = "", .pool = fuzz_pool(), .remember_s = 600
	};
	struct ips_error err = { .fault = IPS_OK };

	FUZZ_MUST(ips_service_open(&settings, &site->service, &err));
}

static char *
catalog_file(const struct fuzz_site *site, const char *end)
{
	return g_strdup_printf("%s/catalog.db%s", site->dir, end);
}

static void
close_service(struct fuzz_site *site)
{
	if (site->http != NULL)
		ips_http_stop(g_steal_pointer(&site->http), 1000);
	g_clear_pointer(&site->worker, ips_soap_worker_close);
	g_clear_pointer(&site->image, ips_image_face_free);
	g_clear_pointer(&site->rest, ips_rest_free);
	g_clear_pointer(&site->soap, ips_soap_close);
	g_clear_pointer(&site->service, ips_service_close);
	ips_arena_reset(site->mem);
}

static void
open_all(struct fuzz_site *site)
{
	open_service(site);
	find_names(site);
	open_faces(site);
}

struct fuzz_site *
fuzz_site_open(bool listens)
{
	const char *memory = "/dev/shm";
	struct fuzz_site *site = g_new0(struct fuzz_site, 1);
	struct ips_error err = { .fault = IPS_OK };
	const char *under = access(memory, W_OK) == 0 ? memory : g_get_tmp_dir();

	ips_log_set_level(IPS_LOG_ERROR);
	fuzz_render_start();
	site->listens = listens;
	site->mem = ips_arena_new();
	site->asked = ips_arena_new();
	site->dir = g_strdup_printf("%s/openips-fuzz-XXXXXX", under);
	if (g_mkdtemp(site->dir) == NULL)
		g_error("no folder in %s", under);
	FUZZ_MUST(ips_service_init(site->dir, &err));
	open_service(site);
	FUZZ_MUST(ips_service_demo(site->service, &err));
	close_service(site);
	g_autofree char *file = catalog_file(site, "");
	if (!g_file_get_contents(file, &site->catalog, &site->catalog_len, NULL))
		g_error("%s cannot be read", file);
	open_all(site);
	return site;
}

static void
remove_tree(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	if (dir != NULL)
		g_dir_close(dir);
	(void)remove(path);
}

static void
forget(struct fuzz_site *site)
{
	if (site->response.body != NULL)
		g_string_free(g_steal_pointer(&site->response.body), TRUE);
	g_clear_pointer(&site->response.headers, g_ptr_array_unref);
	ips_arena_reset(site->asked);
}

void
fuzz_site_close(void *stage)
{
	struct fuzz_site *site = stage;

	close_service(site);
	remove_tree(site->dir);
	forget(site);
	ips_arena_free(site->asked);
	ips_arena_free(site->mem);
	g_free(site->catalog);
	g_free(site->dir);
	g_free(site);
}

void
fuzz_site_next(struct fuzz_site *site)
{
	static const char *const ends[] = { "-wal", "-shm" };

	if (++site->runs % LIFE != 0)
		return;
	close_service(site);
	for (size_t i = 0; i < IPS_NELEM(ends); i++) {
		g_autofree char *file = catalog_file(site, ends[i]);
		(void)remove(file);
	}
	g_autofree char *file = catalog_file(site, "");
	if (!g_file_set_contents(file, site->catalog, (gssize)site->catalog_len, NULL))
		g_error("%s cannot be written", file);
	open_all(site);
}

char *
fuzz_site_fill(const struct fuzz_site *site, const uint8_t *data, size_t len, size_t *out_len)
{
	const struct {
		const char *name, *value;
	} places[] = { { "@TOKEN@", site->token }, { "@PROJECT@", site->project },
		{ "@IMAGE@", site->picture }, { "@ACCESS@", site->key->access } };
	GString *out = g_string_sized_new(len + 64);

	for (size_t at = 0; at < len; at++) {
		size_t i = 0;

		while (i < IPS_NELEM(places) &&
		       (len - at < strlen(places[i].name) ||
			   memcmp(data + at, places[i].name, strlen(places[i].name)) != 0))
			i++;
		if (i == IPS_NELEM(places)) {
			g_string_append_c(out, (char)data[at]);
			continue;
		}
		g_string_append(out, places[i].value);
		at += strlen(places[i].name) - 1;
	}
	*out_len = out->len;
	return g_string_free(out, FALSE);
}

/* ---- Asking without a server ---- */

static bool
serves(const struct ips_http_route *route, const struct fuzz_request *request)
{
	g_auto(GStrv) methods = g_strsplit(route->methods, " ", -1);
	const char *path = request->path;

	return g_strv_contains((const char *const *)methods, request->method) &&
	       request->body_len <= route->max_body &&
	       (route->exact ? strcmp(path, route->prefix) == 0
			     : g_str_has_prefix(path, route->prefix));
}

static const struct ips_http_route *
find_route(const struct fuzz_site *site, const struct fuzz_request *request)
{
	const struct ips_http_route *best = NULL;

	for (size_t i = 0; i < site->route_count; i++)
		if (serves(&site->routes[i], request) &&
		    (best == NULL || strlen(best->prefix) < strlen(site->routes[i].prefix)))
			best = &site->routes[i];
	return best;
}

const struct ips_http_response *
fuzz_site_ask(
    struct fuzz_site *site, const struct fuzz_request *request, const void *data, size_t len)
{
	const struct ips_http_route *route = find_route(site, request);
	struct ips_http_response *response = &site->response;

	forget(site);
	if (route == NULL)
		return NULL;
	const struct ips_http_request asked = { .id = "1",
		.method = request->method,
		.path = request->path,
		.query = request->query,
		.version = straight,
		.peer = "192.0.2.1",
		.body = request->body,
		.body_len = request->body_len,
		.started_us = ips_monotonic_us(),
		.mem = site->asked,
		.headers = request };
	*response = (struct ips_http_response){ .status = 200, .fd = -1 };
	response->headers = g_ptr_array_new_with_free_func(g_free);
	route->handle(route->arg, site->worker, &asked, response);
	if (response->fd >= 0)
		close(response->fd);
	FUZZ_NEED(response->status >= 200 && response->status < 600, data, len);
	FUZZ_NEED(!response->body || !fuzz_site_failed(response->body->str), data, len);
	return response;
}
