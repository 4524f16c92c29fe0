/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The wiring of a server: who is started in which order, and stopped in the reverse. */
#include "app.h"
#include "openips/http.h"
#include "openips/image.h"
#include "openips/render.h"
#include "openips/rest.h"
#include "openips/soap.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_ROUTES 64

struct server {
	struct app *app;
	int lock;
	struct ips_soap *soap;
	struct ips_image_face *image;
	struct ips_rest *rest;
	struct ips_http *http;
	int workers;
};

/* ---- Workers: each thread owns its SOAP engine ---- */

static void *
worker_open(void *arg)
{
	struct server *server = arg;

	return ips_soap_worker_open(server->soap);
}

static void
worker_close(void *worker)
{
	ips_soap_worker_close(worker);
	ips_render_thread_done();
}

/* ---- The process ---- */

/* Every thread inherits the mask, so that signals wait until wait_for_signal takes them. */
static void
prepare_signals(sigset_t *set, bool has_certificate)
{
	signal(SIGPIPE, SIG_IGN); /* a client that left is an error of write, not our end */
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	if (has_certificate) { /* else it ends us, as when a terminal closes */
		sigaddset(set, SIGHUP);
		signal(SIGHUP, SIG_DFL);
	}
	signal(SIGINT, SIG_DFL); /* a shell's background job begins with it ignored */
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void
reload(struct server *server)
{
	struct ips_error err = { .fault = IPS_OK };

	if (!ips_http_reload(server->http, &err))
		IPS_LOG(IPS_LOG_ERROR, "reload", { "reason", err.reason },
		    { "kept", "the certificate in use" });
}

/* One that ends the server. */
static int
wait_for_signal(struct server *server, const sigset_t *set)
{
	int found;

	while ((found = sigwaitinfo(set, NULL)) == SIGHUP || (found < 0 && errno == EINTR)) {
		if (found == SIGHUP)
			reload(server);
	}
	return found;
}

/* Many arenas keep freed pixels of every thread; two cost no measurable time and a third less
 * memory. */
static void
prepare_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
}

/* Passwords and keys are in memory: no core file, and no other process of this user may look in. */
static void
prepare_secrecy(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) /* whose search for leaks looks in */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* The soft limit is for programs that use select(). */
static void
raise_open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- Start ---- */

static bool
start_faces(struct server *server, struct ips_error *err)
{
	const struct settings *s = &server->app->settings;
	const struct ips_soap_settings soap = {
		.public_url = s->public_url,
		.max_body = (size_t)s->max_body,
		.default_fault_status = (int)s->fault_status,
	};

	if (!ips_networks_valid(s->metrics))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "metrics: '%s' are no networks, such as 10.1.0.0/16", s->metrics);
	if (!ips_soap_open(server->app->service, &soap, &server->soap, err))
		return false;
	server->image = ips_image_face_new(server->app->service);
	server->rest = ips_rest_new(server->app->service, s->public_url, s->metrics);
	return true;
}

static size_t
collect_routes(struct server *server, struct ips_http_route *routes)
{
	size_t n = ips_soap_routes(server->soap, routes, MAX_ROUTES);

	n += ips_image_face_routes(server->image, routes + n, MAX_ROUTES - n);
	n += ips_rest_routes(server->rest, routes + n, MAX_ROUTES - n);
	return n;
}

static bool
start_http(struct server *server, struct ips_error *err)
{
	const struct settings *s = &server->app->settings;
	struct ips_http_route routes[MAX_ROUTES];
	size_t count = collect_routes(server, routes);
	const struct ips_http_settings http = {
		.address = s->address,
		.port = (int)s->port,
		.tls_port = (int)s->tls_port,
		.tls_certificate = s->tls_certificate,
		.tls_key = s->tls_key,
		.event_threads = (int)s->event_threads,
		.workers = server->workers,
		.queue = (int)s->queue,
		.max_connections = (int)s->max_connections,
		.max_per_address = (int)s->max_per_address,
		.max_requests = (int)s->max_requests,
		.max_header = (size_t)s->max_header,
		.max_headers = (int)s->max_headers,
		.idle_timeout_s = (int)s->idle_timeout_s,
		.header_timeout_s = (int)s->header_timeout_s,
		.request_timeout_s = (int)s->request_timeout_s,
		.send_timeout_s = (int)s->send_timeout_s,
		.send_rate = (size_t)s->send_rate,
		.worker_open = worker_open,
		.worker_close = worker_close,
		.worker_arg = server,
		.access_log = s->access_log,
		.slow_ms = (int)s->slow_ms,
	};

	if (!ips_http_start(&http, routes, count, &server->http, err))
		return false;
	ips_rest_observe(server->rest, server->http);
	return true;
}

/* Replaced as a whole, so that whoever waits for it never reads half a number. */
static bool
write_port_file(const char *file, const struct ips_http *http, struct ips_error *err)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) gerr = NULL;

	g_string_printf(text, "%d\n", ips_http_port(http));
	if (ips_http_tls_port(http) > 0)
		g_string_append_printf(text, "%d\n", ips_http_tls_port(http));
	if (!*file || g_file_set_contents(file, text->str, -1, &gerr))
		return true;
	return ips_fail(err, IPS_INTERNAL, "%s", gerr->message);
}

/* Most of them wait: for a disk they share, or for a render process. */
static int
worker_count(const struct settings *settings)
{
	return settings->workers ? (int)settings->workers : MAX(128, 8 * app_cores());
}

/* A quarter of the workers never waits for pixels, so that what needs none is answered at once. */
static struct app_rendering
share_workers(int workers)
{
	return (struct app_rendering){ .waiting = MAX(1, workers - workers / 4 - app_cores()) };
}

static void
log_access(const char *text, void *arg)
{
	(void)arg;
	IPS_LOG(IPS_LOG_WARNING, "access", { "reason", text });
}

static bool
refuse_backup(const char *data_dir, struct ips_error *err)
{
	return !app_is_backup(data_dir) ||
	       ips_fail(err, IPS_INVALID_PARAMETER,
		   "%s is a backup; make a data directory of it: openips restore %s --data NEW",
		   data_dir, data_dir);
}

static bool
start(struct server *server, struct ips_error *err)
{
	struct app *app = server->app;

	app_check_access(app->settings.data, false, log_access, NULL);
	if (!refuse_backup(app->settings.data, err))
		return false;

	server->workers = worker_count(&app->settings);
	const struct app_rendering rendering = share_workers(server->workers);
	if (!app_start_render(app, &rendering))
		return false;
	ips_pool_warm(app->pool); /* meanwhile */
	return app_open(app) && app_lock(app->settings.data, &server->lock, err) &&
	       start_faces(server, err) &&
	       ips_service_jobs_start(
		   app->service, (int)app->settings.job_workers, ips_render_thread_done, err) &&
	       start_http(server, err) &&
	       write_port_file(app->settings.port_file, server->http, err);
}

static void
announce_port(const char *scheme, const char *address, int port)
{
	bool v6 = strchr(address, ':') != NULL;

	printf("openips %s listening on %s://%s%s%s:%d\n", OPENIPS_VERSION, scheme, v6 ? "[" : "",
	    address, v6 ? "]" : "", port);
}

static void
announce(const struct server *server)
{
	const struct settings *s = &server->app->settings;
	int port = ips_http_port(server->http), tls_port = ips_http_tls_port(server->http);
	g_autofree char *port_text = g_strdup_printf("%d", port);
	g_autofree char *tls_text = tls_port > 0 ? g_strdup_printf("%d", tls_port) : NULL;
	g_autofree char *workers = g_strdup_printf("%d", server->workers);

	IPS_LOG(IPS_LOG_INFO, "start", { "version", OPENIPS_VERSION }, { "address", s->address },
	    { "port", port_text }, { "tls", tls_text }, { "data", s->data },
	    { "workers", workers });
	announce_port("http", s->address, port);
	if (tls_port > 0)
		announce_port("https", s->address, tls_port);
	fflush(stdout);
}

/* ---- Stop ---- */

static void
stop_http(struct server *server)
{
	if (!server->http)
		return;
	bool whole =
	    ips_http_stop(g_steal_pointer(&server->http), (int)server->app->settings.grace_ms);
	if (!whole)
		IPS_LOG(IPS_LOG_WARNING, "stop",
		    { "reason", "requests were cut at the end of the grace" });
}

static void
stop(struct server *server)
{
	stop_http(server);
	if (server->app->service)
		ips_service_jobs_stop(server->app->service);
	g_clear_pointer(&server->rest, ips_rest_free);
	g_clear_pointer(&server->image, ips_image_face_free);
	g_clear_pointer(&server->soap, ips_soap_close);
	app_close(server->app);
	if (server->lock >= 0)
		close(server->lock);
}

static void
serve_until_signal(struct server *server, const sigset_t *signals)
{
	announce(server);
	int found = wait_for_signal(server, signals);
	IPS_LOG(IPS_LOG_INFO, "stop", { "signal", found == SIGINT ? "SIGINT" : "SIGTERM" });
	ips_rest_draining(server->rest);
	pthread_sigmask(SIG_UNBLOCK, signals, NULL); /* a second signal ends it at once */
	if (*server->app->settings.port_file)
		unlink(server->app->settings.port_file);
}

int
run_serve(struct app *app)
{
	struct server server = { .app = app, .lock = -1 };
	sigset_t signals;

	prepare_memory();
	prepare_secrecy();
	raise_open_files();
	prepare_signals(&signals, *app->settings.tls_certificate != '\0');
	bool started = start(&server, &app->err);
	if (started)
		serve_until_signal(&server, &signals);
	stop(&server);
	return started ? EXIT_DONE : EXIT_FAILED;
}
