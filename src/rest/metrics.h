/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* /metrics. Source: Prometheus, "Exposition formats", text format 0.0.4. */
#ifndef REST_METRICS_H
#define REST_METRICS_H

#include "openips/http.h"
#include "openips/service.h"

#include <stdatomic.h>

struct metrics_face {
	struct ips_service *service;
	struct ips_http *_Atomic http; /* NULL: not yet */
	const char *networks;
	int64_t started_ms;
};
void metrics_route(struct metrics_face *face, struct ips_http_route *out);

#endif
