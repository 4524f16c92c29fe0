/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The published documents. Credentials on these requests are not looked at. */
#include "soap_priv.h"

#include <string.h>

/* ---- Where we are, as callers see it ---- */

static bool
is_host(const char *host)
{
	size_t len = host ? strlen(host) : 0;

	return len > 0 && len < 256 &&
	       strspn(host,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]") == len;
}

const char *
public_base(const struct ips_soap *soap, const struct ips_http_request *request)
{
	const char *host;

	if (*soap->public_url)
		return soap->public_url;
	host = ips_http_header(request, "Host");
	return ips_arena_printf(request->mem, "%s://%s", request->tls ? "https" : "http",
	    is_host(host) ? host : "localhost");
}

/* An absolute http address and nothing that could end the attribute it is put into. */
static bool
is_address(const char *url)
{
	const char *rest = NULL;

	if (g_ascii_strncasecmp(url, "http://", 7) == 0)
		rest = url + 7;
	else if (g_ascii_strncasecmp(url, "https://", 8) == 0)
		rest = url + 8;
	if (!rest || *rest == '/' || *rest == '\0' || strlen(url) > 2048)
		return false;
	for (; *rest; rest++)
		if ((unsigned char)*rest <= 0x20 || (unsigned char)*rest >= 0x7f ||
		    strchr("<>\"\\^`{|}", *rest))
			return false;
	return true;
}

/* ---- The query ---- */

static const char *
decode(struct ips_arena *mem, const char *text, size_t len)
{
	char *copy = ips_arena_strndup(mem, text, len), *plain;

	for (char *at = copy; *at; at++)
		if (*at == '+')
			*at = ' ';
	plain = g_uri_unescape_string(copy, NULL); /* NULL for %00 and broken escapes */
	copy = ips_arena_strdup(mem, plain ? plain : "");
	g_free(plain);
	return copy;
}

/* "" for a parameter without value; NULL if absent. The name in any case: toolkits write ?WSDL. */
static const char *
parameter(struct ips_arena *mem, const char *query, const char *name)
{
	size_t name_len = strlen(name);

	while (*query) {
		size_t len = strcspn(query, "&");

		if (g_ascii_strncasecmp(query, name, name_len) == 0 &&
		    (len == name_len || query[name_len] == '='))
			return len == name_len
				   ? ""
				   : decode(mem, query + name_len + 1, len - name_len - 1);
		query += len;
		query += *query == '&';
	}
	return NULL;
}

/* ---- Answers ---- */

static void
answer_text(struct ips_http_response *response, int status, GString *text)
{
	response->status = status;
	response->type = "text/plain;charset=UTF-8";
	response->body = text;
}

static void
answer_unknown(struct ips_http_response *response, const char *what)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text, "There is no %s. Published are:\n\n", what);
	for (size_t i = 0; i < ips_contract_document_count; i++) {
		const char *version = ips_contract_documents[i].version;

		g_string_append_printf(
		    text, "  /scene7/webservice/IpsApi%s%s.wsdl\n", *version ? "-" : "", version);
	}
	answer_text(response, 404, text);
}

static const struct ips_contract_document *
find_document(const char *version, size_t len)
{
	for (size_t i = 0; i < ips_contract_document_count; i++) {
		const char *is = ips_contract_documents[i].version;

		if (strlen(is) == len && memcmp(is, version, len) == 0)
			return &ips_contract_documents[i];
	}
	return NULL;
}

static void
append_document(GString *out, const char *text, const char *end, const char *address)
{
	const char *mark;

	while ((mark = memmem(text, (size_t)(end - text), IPS_CONTRACT_ADDRESS,
		    strlen(IPS_CONTRACT_ADDRESS))) != NULL) {
		g_string_append_len(out, text, mark - text);
		append_escaped(out, address);
		text = mark + strlen(IPS_CONTRACT_ADDRESS);
	}
	g_string_append_len(out, text, end - text);
}

/* Leaves out what lies between two marks, the end mark included. Both are there once. */
static void
cut(GString *out, const char *from, const char *to)
{
	char *begin = strstr(out->str, from), *end = begin ? strstr(begin, to) : NULL;

	if (end)
		g_string_erase(out, begin - out->str, end - begin + (gssize)strlen(to));
}

static void
answer_document(const struct ips_soap *soap, const struct ips_contract_document *document,
    const struct ips_http_request *request, struct ips_http_response *response)
{
	const char *address = parameter(request->mem, request->query, "serviceUrl");
	const char *soap_version = parameter(request->mem, request->query, "soap");
	GString *out;

	if (address && *address && !is_address(address)) {
		answer_text(response, 400,
		    g_string_new("serviceUrl must be an absolute http or https URL.\n"));
		return;
	}
	if (!address || !*address)
		address =
		    ips_arena_printf(request->mem, "%s" ENDPOINT_PATH, public_base(soap, request));
	out = g_string_sized_new((size_t)(document->end - document->text) + 4096);
	append_document(out, document->text, document->end, address);
	if (soap_version && strcmp(soap_version, "1.1") == 0) {
		cut(out, "  <wsdl:binding name=\"IpsApiServiceSoap12Binding\"",
		    "</wsdl:binding>\n");
		cut(out, "    <wsdl:port name=\"IpsApiSoap12Port\"", "</wsdl:port>\n");
	}
	response->status = 200;
	response->type = "text/xml;charset=UTF-8";
	response->body = out;
}

/* /scene7/webservice/IpsApi[-DATE].wsdl and /scene7/IpsApi[-DATE].wsdl */
void
wsdl_handle(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	const struct ips_contract_document *document = NULL;
	const char *file = strrchr(request->path, '/') + 1;
	size_t len = strlen(file);

	(void)worker;
	response->operation = response->counted = "wsdl";
	if (strcmp(file, "IpsApi.wsdl") == 0)
		document = find_document("", 0);
	else if (len > 12 && strncmp(file, "IpsApi-", 7) == 0 &&
		 strcmp(file + len - 5, ".wsdl") == 0)
		document = find_document(file + 7, len - 12);
	if (document)
		answer_document(arg, document, request, response);
	else
		answer_unknown(response, "such document");
}

static void
endpoint_get(const struct ips_soap *soap, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	const char *version = parameter(request->mem, request->query, "wsdl");
	const struct ips_contract_document *document;

	if (!version) {
		ips_http_add_header(response, "Allow", "POST");
		answer_text(response, 405,
		    g_string_new("Requests are sent here by POST; ?wsdl describes them.\n"));
		return;
	}
	document = *version ? find_document(version, strlen(version))
			    : &ips_contract_documents[ips_contract_document_count - 1];
	response->operation = response->counted = "wsdl";
	if (document)
		answer_document(soap, document, request, response);
	else
		answer_unknown(response, "such version");
}

void
endpoint_handle(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	if (strcmp(request->method, "POST") == 0)
		exchange_run(arg, worker, request, false, response);
	else
		endpoint_get(arg, request, response);
}

void
plain_handle(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	exchange_run(arg, worker, request, true, response);
}
