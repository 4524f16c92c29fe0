/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The smallest real client: the stubs as gSOAP makes them, sockets and all. */
#include "soap_priv.h"

#define VERSION_URI BARE_URI "/2014-04-03"

/* Header and body are of the version, faults of the bare namespace. */
static const struct Namespace client_namespaces[] = {
	{ "SOAP-ENV", SOAP11_URI, SOAP12_URI, NULL },
	{ "SOAP-ENC", "http://schemas.xmlsoap.org/soap/encoding/",
	    "http://www.w3.org/2003/05/soap-encoding", NULL },
	{ "xsi", "http://www.w3.org/2001/XMLSchema-instance", NULL, NULL },
	{ "xsd", "http://www.w3.org/2001/XMLSchema", NULL, NULL },
	{ "ips", VERSION_URI, NULL, NULL },
	{ "ips_1", BARE_URI, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static enum ips_fault
fault_of_code(const int *code)
{
	for (int fault = 1; code && fault < IPS_FAULT_COUNT; fault++)
		if (ips_fault_info(fault)->code == *code)
			return fault;
	return IPS_EXCEPTION;
}

static bool
fail_with_fault(struct soap *gsoap, struct ips_error *err)
{
	const struct SOAP_ENV__Detail *detail = NULL;
	const char *text;

	if (gsoap->fault)
		detail =
		    gsoap->fault->detail ? gsoap->fault->detail : gsoap->fault->SOAP_ENV__Detail;
	if (detail && detail->ips__authenticationFault)
		return ips_fail(err, fault_of_code(detail->ips__authenticationFault->code), "%s",
		    detail->ips__authenticationFault->reason);
	if (detail && detail->ips__authorizationFault)
		return ips_fail(err, fault_of_code(detail->ips__authorizationFault->code), "%s",
		    detail->ips__authorizationFault->reason);
	if (detail && detail->ips__ipsApiFault)
		return ips_fail(err, fault_of_code(detail->ips__ipsApiFault->code), "%s",
		    detail->ips__ipsApiFault->reason);
	soap_set_fault(gsoap);
	text = *soap_faultstring(gsoap);
	return ips_fail(err, IPS_EXCEPTION, "The server did not answer as expected: %s",
	    text ? text : "no reason given");
}

static bool
call_copy(struct soap *gsoap, const struct ips_soap_client *client, const char *company_handle,
    const struct ips_copy *copy, struct ips_arena *mem, const char **asset_handle,
    struct ips_error *err)
{
	struct SOAP_ENV__Header header = { 0 };
	struct _ips__authHeader auth = { 0 };
	struct _ips__copyImageReturn reply = { 0 };
	struct _ips__copyImageParam param = {
		.companyHandle = ips_arena_strdup(mem, company_handle),
		.assetHandle = ips_arena_strdup(mem, copy->asset_handle),
		.folderHandle = ips_arena_strdup(mem, copy->folder_handle),
		.name = ips_arena_strdup(mem, copy->name),
		.urlModifier = ips_arena_strdup(mem, copy->url_modifier ? copy->url_modifier : ""),
	};

	if (client->basic) {
		gsoap->userid = client->user;
		gsoap->passwd = client->password;
	} else {
		auth.user = ips_arena_strdup(mem, client->user);
		auth.password = ips_arena_strdup(mem, client->password);
		auth.appName = ips_arena_strdup(mem, "openips");
		auth.appVersion = ips_arena_strdup(mem, OPENIPS_VERSION);
		header.ips__authHeader = &auth;
		gsoap->header = &header;
	}
	if (soap_call___tns__copyImage(gsoap, client->endpoint, "copyImage", &param, &reply))
		return fail_with_fault(gsoap, err);
	if (!reply.assetHandle)
		return ips_fail(err, IPS_EXCEPTION, "The server's reply has no assetHandle.");
	*asset_handle = ips_arena_strdup(mem, reply.assetHandle);
	return true;
}

bool
ips_soap_client_copy(const struct ips_soap_client *client, const char *company_handle,
    const struct ips_copy *copy, struct ips_arena *mem, const char **asset_handle,
    struct ips_error *err)
{
	struct soap *gsoap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_TREE);
	bool done;

	if (!gsoap)
		return ips_fail_internal(err, "gSOAP: no memory");
	soap_set_namespaces(gsoap, client_namespaces);
	gsoap->connect_timeout = 10;
	gsoap->recv_timeout = gsoap->send_timeout = 300;
	done = call_copy(gsoap, client, company_handle, copy, mem, asset_handle, err);
	soap_destroy(gsoap);
	soap_end(gsoap);
	soap_free(gsoap);
	return done;
}
