/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "ims_priv.h"
#include "metrics.h"

#include "openips/modifier.h"

#include <stdatomic.h>
#include <string.h>

#define HELP_MODIFIERS "/help/modifiers"
#define OWN_ROUTES     3

struct ips_rest {
	struct ims_face ims;
	struct metrics_face metrics;
	atomic_bool draining;
};

/* One line for a probe; why it is not well is for the log alone. */
static void
health(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	struct ips_rest *rest = arg;
	struct ips_error err = { .fault = IPS_OK };
	const char *status = "failing";

	(void)worker;
	response->operation = response->counted = "healthz";
	response->status = 503;
	if (atomic_load(&rest->draining)) {
		status = "draining";
	} else if (ips_service_healthy(rest->ims.service, &err)) {
		status = "ok";
		response->status = 200;
	} else {
		IPS_LOG(IPS_LOG_ERROR, "health", { "id", request->id }, { "reason", err.reason },
		    { "detail", err.detail });
	}
	response->type = "application/json";
	response->body = g_string_new(NULL);
	g_string_printf(response->body, "{\"status\":\"%s\"}\n", status);
	ips_http_add_header(response, "Cache-Control", "no-store");
}

/* The reference of image commands, with the demo's pictures where they are. */
static void
help_modifiers(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	(void)arg;
	(void)worker;
	response->operation = response->counted = "help";
	if (strcmp(request->path, HELP_MODIFIERS) != 0) {
		response->status = 404;
		response->type = "text/plain; charset=utf-8";
		response->body = g_string_new("There is only " HELP_MODIFIERS ".\n");
		return;
	}
	response->status = 200;
	response->type = "text/html; charset=utf-8";
	response->body = g_string_sized_new((size_t)64 * 1024);
	ips_reference_page("/is/image/ApiTestCo/", response->body);
	ips_http_add_header(response, "Cache-Control", "public, max-age=300");
}

struct ips_rest *
ips_rest_new(struct ips_service *service, const char *public_url, const char *metrics_networks)
{
	struct ips_rest *rest = g_new0(struct ips_rest, 1);

	rest->ims = (struct ims_face){ service, public_url };
	rest->metrics = (struct metrics_face){
		.service = service,
		.networks = metrics_networks,
		.started_ms = ips_clock_ms(),
	};
	atomic_init(&rest->draining, false);
	return rest;
}

void
ips_rest_free(struct ips_rest *rest)
{
	g_free(rest);
}

void
ips_rest_draining(struct ips_rest *rest)
{
	atomic_store(&rest->draining, true);
}

void
ips_rest_observe(struct ips_rest *rest, struct ips_http *http)
{
	atomic_store(&rest->metrics.http, http);
}

size_t
ips_rest_routes(struct ips_rest *rest, struct ips_http_route *out, size_t max)
{
	if (max < OWN_ROUTES + IMS_ROUTES)
		return 0;
	out[0] = (struct ips_http_route){
		.methods = "GET HEAD",
		.prefix = "/healthz",
		.exact = true,
		.inline_run = true, /* never behind pixels */
		.handle = health,
		.arg = rest,
		.face = "health",
	};
	out[1] = (struct ips_http_route){
		.methods = "GET HEAD",
		.prefix = HELP_MODIFIERS,
		.handle = help_modifiers,
		.arg = rest,
		.face = "help",
	};
	metrics_route(&rest->metrics, out + 2);
	ims_routes(&rest->ims, out + OWN_ROUTES);
	return OWN_ROUTES + IMS_ROUTES;
}
