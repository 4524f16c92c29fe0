/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "soap_priv.h"

#include <string.h>

/* Every operation of the contract has a row in the role table and the other way round. */
static bool
join_tables(struct ips_soap *soap, struct ips_error *err)
{
	for (size_t i = 0; i < ips_contract_operation_count; i++) {
		const struct ips_contract_operation *contract = &ips_contract_operations[i];
		enum ips_operation op;

		if (!ips_operation_find(contract->name, strlen(contract->name), &op))
			return ips_fail_internal(
			    err, "operation %s has no row of roles", contract->name);
		soap->contract[op] = contract;
	}
	for (size_t op = 0; op < IPS_OP_COUNT; op++)
		if (!soap->contract[op])
			return ips_fail_internal(
			    err, "operation %s has no shape", ips_operation_info(op)->name);
	return true;
}

bool
ips_soap_open(struct ips_service *service, const struct ips_soap_settings *settings,
    struct ips_soap **out, struct ips_error *err)
{
	struct ips_soap *soap = g_new0(struct ips_soap, 1);
	size_t len;

	soap->service = service;
	soap->public_url = g_strdup(settings->public_url ? settings->public_url : "");
	len = strlen(soap->public_url);
	if (len > 0 && soap->public_url[len - 1] == '/')
		soap->public_url[len - 1] = '\0';
	soap->max_body = settings->max_body;
	soap->default_fault_status =
	    settings->default_fault_status ? settings->default_fault_status : 500;
	if (!join_tables(soap, err)) {
		ips_soap_close(soap);
		return false;
	}
	*out = soap;
	return true;
}

void
ips_soap_close(struct ips_soap *soap)
{
	if (!soap)
		return;
	g_free(soap->public_url);
	g_free(soap);
}

/* A request that never reached its handler: the fault goes out with the status of HTTP, which
 * tells a client more about what to do than 500. */
static void
refuse_as(enum form form, const struct ips_error *why, struct ips_http_response *response)
{
	struct ips_error copy = *why, *err = &copy;

	/* No parameter is wrong where the document was not even read. */
	if (err->fault == IPS_LIMIT)
		err->fault = IPS_INVALID_REQUEST_XML;
	response->body = g_string_sized_new(512);
	response->type = reply_type(form);
	response->fault_code = ips_fault_info(err->fault)->code;
	reply_fault(response->body, form, err);
}

static void
refuse_soap(void *arg, const struct ips_error *err, struct ips_http_response *response)
{
	(void)arg;
	refuse_as(FORM_SOAP11, err, response);
}

static void
refuse_plain(void *arg, const struct ips_error *err, struct ips_http_response *response)
{
	(void)arg;
	refuse_as(FORM_PLAIN, err, response);
}

size_t
ips_soap_routes(struct ips_soap *soap, struct ips_http_route *out, size_t max)
{
	const struct ips_http_route routes[] = {
		{ .methods = "GET HEAD POST",
		    .prefix = ENDPOINT_PATH,
		    .max_body = soap->max_body,
		    .handle = endpoint_handle,
		    .refuse = refuse_soap,
		    .arg = soap,
		    .face = "soap" },
		{ .methods = "POST",
		    .prefix = PLAIN_PATH,
		    .max_body = soap->max_body,
		    .handle = plain_handle,
		    .refuse = refuse_plain,
		    .arg = soap,
		    .face = "plain" },
		{ .methods = "GET HEAD",
		    .prefix = "/scene7/webservice/",
		    .handle = wsdl_handle,
		    .arg = soap,
		    .face = "wsdl" },
		{ .methods = "GET HEAD",
		    .prefix = "/scene7/IpsApi",
		    .handle = wsdl_handle,
		    .arg = soap,
		    .face = "wsdl" },
	};
	size_t count = MIN(max, IPS_NELEM(routes));

	memcpy(out, routes, count * sizeof(routes[0]));
	return count;
}

void *
ips_soap_worker_open(struct ips_soap *soap)
{
	return worker_new(soap);
}

void
ips_soap_worker_close(void *worker)
{
	worker_free(worker);
}
