/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
ips_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
ips_stage_cleanup(struct ips_stage **stage)
{
	ips_stage_drop(*stage);
	*stage = NULL;
}

static char *
catalog_file(const char *data_dir)
{
	return g_build_filename(data_dir, "catalog.db", NULL);
}

static char *
store_dir(const char *data_dir)
{
	return g_build_filename(data_dir, "store", NULL);
}

static bool
stop_at_first(const struct ips_blob *blob, int64_t age_ms, void *arg)
{
	bool *found = arg;

	(void)blob;
	(void)age_ms;
	*found = true;
	return false;
}

static bool
has_content(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && st.st_size > 0;
}

/* A new catalog beside files of another would make garbage of them all. */
static bool
check_alone(
    struct ips_store *store, const char *data_dir, const char *catalog, struct ips_error *err)
{
	bool found = false;

	if (has_content(catalog))
		return true;
	if (!ips_store_walk(store, stop_at_first, &found, err))
		return false;
	return !found ||
	       ips_fail(err, IPS_EXCEPTION,
		   "%s holds stored files, but their catalog is gone: restore it from a backup",
		   data_dir);
}

bool
ips_service_init(const char *data_dir, struct ips_error *err)
{
	g_autofree char *file = catalog_file(data_dir);
	g_autofree char *dir = store_dir(data_dir);
	struct ips_store *store = NULL;

	if (g_mkdir_with_parents(data_dir, 0700) != 0)
		return ips_fail_internal(err, "mkdir %s: %s", data_dir, g_strerror(errno));
	if (!ips_store_open(dir, &store, err))
		return false;
	bool good = check_alone(store, data_dir, file, err);
	ips_store_close(store);
	return good && ips_catalog_init(file, err);
}

static void
set_profiles(struct ips_service *service, int64_t max_pixels)
{
	service->copy = ips_profile_copy;
	service->reply = ips_profile_reply;
	service->copy.icc = service->reply.icc = ips_render_profiles();
	service->copy.measure = service->reply.measure = ips_render_text_measure;
	if (max_pixels > 0) {
		service->copy.max_pixels = max_pixels;
		service->reply.max_pixels = max_pixels;
	}
}

static bool
open_ids(struct ips_service *service, struct ips_error *err)
{
	const char *secret;

	if (!ips_catalog_secret(service->catalog, service->mem, "ids", &secret, err))
		return false;
	service->ids = ips_mac_new(secret, strlen(secret));
	return true;
}

#define FETCH_BYTES   (INT64_C(32) << 20)
#define FETCH_MS      10000
#define FETCH_KEEP    8 /* of the largest */
#define FETCH_AT_ONCE 8

static bool
open_fetcher(
    struct ips_service *service, const struct ips_service_settings *settings, struct ips_error *err)
{
	int64_t most = settings->foreign_bytes > 0 ? settings->foreign_bytes : FETCH_BYTES;
	const struct ips_fetch_settings fetch = {
		.networks = settings->foreign_networks != NULL ? settings->foreign_networks : "",
		.max_bytes = most,
		.keep_bytes = FETCH_KEEP * most,
		.timeout_ms =
		    settings->foreign_timeout_ms > 0 ? settings->foreign_timeout_ms : FETCH_MS,
		.at_once = FETCH_AT_ONCE,
	};

	return ips_fetcher_new(&fetch, &service->fetcher, err);
}

bool
ips_service_open(
    const struct ips_service_settings *settings, struct ips_service **out, struct ips_error *err)
{
	g_autofree char *file = catalog_file(settings->data_dir);
	struct ips_service *service = g_new0(struct ips_service, 1);

	service->store_dir = store_dir(settings->data_dir);
	if (settings->master_key != NULL) {
		memcpy(service->master, settings->master_key, IPS_KEY_LEN);
		service->master_name = ips_master_name(service->master);
	}
	service->pool = settings->pool;
	set_profiles(service, settings->max_pixels);
	service->mem = ips_arena_new();
	service->builtin = ips_attributes_builtin(service->mem);
	service->identity = ips_identity_new(settings->remember_s);
	service->image_quota = settings->image_quota;
	service->task_limit = settings->task_limit;
	service->counters.assets = -1;
	ips_jobs_init(service);
	ips_once_init(service, settings->once_keep_ms);
	if (!open_fetcher(service, settings, err) ||
	    !ips_catalog_open(file, &service->catalog, err) || !open_ids(service, err) ||
	    !ips_store_open(service->store_dir, &service->store, err)) {
		ips_service_close(service);
		return false;
	}
	*out = service;
	return true;
}

void
ips_service_close(struct ips_service *service)
{
	if (service == NULL)
		return;
	ips_jobs_clear(service);
	ips_once_clear(service);
	ips_mac_free(service->ids);
	if (service->store != NULL)
		ips_store_close(service->store);
	ips_catalog_close(service->catalog);
	ips_fetcher_free(service->fetcher);
	ips_identity_free(service->identity);
	ips_arena_free(service->mem);
	g_free(service->store_dir);
	g_free(service->master_name);
	ips_wipe(service->master, sizeof(service->master));
	g_free(service);
}

struct ips_catalog *
ips_service_catalog(struct ips_service *service)
{
	return service->catalog;
}

struct ips_pool *
ips_service_pool(struct ips_service *service)
{
	return service->pool;
}

bool
ips_service_healthy(struct ips_service *service, struct ips_error *err)
{
	if (access(service->store_dir, R_OK | W_OK | X_OK) != 0)
		return ips_fail_internal(err, "store: %s", g_strerror(errno));
	return ips_catalog_ping(service->catalog, err);
}

void
ips_service_view_begin(struct ips_service *service)
{
	ips_catalog_view_begin(service->catalog);
}

void
ips_service_view_end(struct ips_service *service)
{
	ips_catalog_view_end(service->catalog);
}

struct sources {
	struct ips_service *service;
	const struct ips_pictures *pictures;
	struct ips_arena *mem;
	int64_t since_us; /* waiting; once the files are open: rendering */
	enum ips_span span;
};

static bool
open_sources(void *arg, int *fd, struct ips_error *err)
{
	struct sources *sources = arg;

	ips_trace_add(sources->mem, IPS_SPAN_WAIT, sources->since_us);
	sources->since_us = ips_monotonic_us();
	sources->span = IPS_SPAN_RENDER;
	return ips_pictures_open(sources->service, sources->pictures, fd, err);
}

static void
close_sources(void *arg, int *fd)
{
	const struct sources *sources = arg;

	ips_pictures_close(sources->pictures, fd);
}

bool
ips_service_render(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const struct ips_plan *plan, const struct ips_pictures *pictures, int out,
    struct ips_source *result, struct ips_error *err)
{
	struct sources sources = { service, pictures, mem, ips_monotonic_us(), IPS_SPAN_WAIT };
	const struct ips_pool_files files = { open_sources, close_sources, &sources };

	ips_catalog_view_end(service->catalog); /* pixels take long */
	bool done = ips_pool_run(service->pool, company, plan, &files, out, mem, result, err);
	ips_trace_add(mem, sources.span, sources.since_us);
	service->counters.renders++;
	service->counters.renders_failed += !done;
	return done;
}
