/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* HTTP and SOAP around a service that does nothing: serves on a free port until standard input ends.
 * bench_server.py sends it calls and reads its processor time. */
#include "../unit/soap_fixture.h"

#include <stdio.h>

static void *
open_worker(void *arg)
{
	return ips_soap_worker_open(arg);
}

int
main(void)
{
	struct ips_service service = { 0 };
	struct ips_soap_settings settings = { .public_url = "", .max_body = 1 << 20 };
	struct ips_http_settings http_settings = {
		.address = "127.0.0.1",
		.event_threads = 1,
		.workers = 1, /* the service of the fixture is for one thread */
		.queue = 256,
		.max_connections = 256,
		.max_header = 32 * 1024,
		.max_headers = 100,
		.idle_timeout_s = 60,
		.request_timeout_s = 60,
		.worker_open = open_worker,
		.worker_close = ips_soap_worker_close,
	};
	struct ips_http_route routes[16];
	struct ips_error err = { 0 };
	struct ips_soap *soap;
	struct ips_http *http;

	if (!ips_soap_open(&service, &settings, &soap, &err))
		return fprintf(stderr, "%s %s\n", err.reason, err.detail), 1;
	http_settings.worker_arg = soap;
	size_t count = ips_soap_routes(soap, routes, IPS_NELEM(routes));
	if (!ips_http_start(&http_settings, routes, count, &http, &err))
		return fprintf(stderr, "%s %s\n", err.reason, err.detail), 1;
	printf("%d\n", ips_http_port(http));
	fflush(stdout);
	while (getchar() != EOF)
		;
	ips_http_stop(http, 1000);
	ips_soap_close(soap);
	return 0;
}
