/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The SOAP face: published contracts, envelopes in and out, generated stubs to service calls, faults.
 * Alone knows gSOAP.
 *
 * Thread rule: one ips_soap for the process; each worker thread has a worker of its own. */
#ifndef OPENIPS_SOAP_H
#define OPENIPS_SOAP_H

#include "openips/http.h"
#include "openips/service.h"

struct ips_soap;

struct ips_soap_settings {
	const char *public_url; /* "https://ips.example.com"; "" : the Host header decides */
	size_t max_body;        /* bytes, gzip undone */
	int default_fault_status; /* 500 */
};
bool ips_soap_open(struct ips_service *service, const struct ips_soap_settings *settings,
    struct ips_soap **out, struct ips_error *err) IPS_MUST_USE;
void ips_soap_close(struct ips_soap *soap);
size_t ips_soap_routes(struct ips_soap *soap, struct ips_http_route *out, size_t max);
void *ips_soap_worker_open(struct ips_soap *soap);
void ips_soap_worker_close(void *worker); /* NULL is fine */

/* The smallest real client, made from our own contract. */
struct ips_soap_client {
	const char *endpoint; /* "http://localhost:8080/scene7/services/IpsApiService" */
	const char *user, *password;
	bool basic;           /* HTTP Basic instead of authHeader */
};
/* mem owns *asset_handle. A fault of the server arrives in err with its code and reason. */
bool ips_soap_client_copy(const struct ips_soap_client *client, const char *company_handle,
    const struct ips_copy *copy, struct ips_arena *mem, const char **asset_handle,
    struct ips_error *err) IPS_MUST_USE;

#endif
