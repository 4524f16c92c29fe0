/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The REST face. /healthz: 200 {"status":"ok"} while catalog and store answer, else 503.
 * /metrics: counters in the text format 0.0.4 of Prometheus, for some networks; else 403.
 * /help/modifiers: the reference of image commands. /v1, /v2, /v2.1, /v3: images, copied in the background
 * (IMS), and tokens to do so. Alone knows jansson. */
#ifndef OPENIPS_REST_H
#define OPENIPS_REST_H

#include "openips/http.h"
#include "openips/service.h"

struct ips_rest;
/* public_url "": the Host header decides. metrics_networks: whose requests to /metrics are answered, as
 * for ips_networks_have. Both must live as long as the face. */
struct ips_rest *ips_rest_new(struct ips_service *service, const char *public_url,
    const char *metrics_networks);
/* Whose counters /metrics shows besides the service's; until then it shows none. NULL: none again. */
void ips_rest_observe(struct ips_rest *rest, struct ips_http *http);
void ips_rest_free(struct ips_rest *rest);
void ips_rest_draining(struct ips_rest *rest); /* from now on /healthz answers 503 */
size_t ips_rest_routes(struct ips_rest *rest, struct ips_http_route *out, size_t max);

#endif
