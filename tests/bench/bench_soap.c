/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a copyImage call costs in the SOAP face with a service that does nothing, as a ratio to
 * gSOAP alone decoding and encoding the same call in memory. Both in one run, several rounds in
 * turn, the best of each counts. Prints one line: key=value. */
#include "../unit/soap_fixture.h"

#include "soapH.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define URI    "http://www.scene7.com/IpsApi/xsd"
#define ROUNDS 7
#define CALLS  20000

static const char request_text[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Header>"
    "<authHeader xmlns=\"" URI "\"><user>user@example.com</user><password>p&amp;w</password>"
    "<locale>en-US</locale><appName>bench</appName><appVersion>1</appVersion></authHeader>"
    "</soapenv:Header><soapenv:Body><copyImageParam xmlns=\"" URI "\">"
    "<companyHandle>c|6</companyHandle><assetHandle>a|739|1|537</assetHandle>"
    "<folderHandle>f|ApiTestCo/</folderHandle><name>macbookwin1</name><urlModifier/>"
    "</copyImageParam></soapenv:Body></soapenv:Envelope>";

/* The listener's part: no headers. */
const char *
ips_http_header(const struct ips_http_request *request, const char *name)
{
	(void)request, (void)name;
	return NULL;
}

void
ips_http_add_header(struct ips_http_response *response, const char *name, const char *value)
{
	(void)response, (void)name, (void)value;
}

/* ---- gSOAP alone ---- */

struct memory {
	const char *in;
	size_t left, written;
};

static size_t
receive(struct soap *soap, char *buffer, size_t len)
{
	struct memory *memory = soap->user;

	len = len < memory->left ? len : memory->left;
	memcpy(buffer, memory->in, len);
	memory->in += len;
	memory->left -= len;
	return len;
}

static int
emit(struct soap *soap, const char *text, size_t len)
{
	struct memory *memory = soap->user;

	(void)text;
	memory->written += len;
	return SOAP_OK;
}

static const struct Namespace bare_namespaces[] = {
	{ "SOAP-ENV", "http://schemas.xmlsoap.org/soap/envelope/", NULL, NULL },
	{ "SOAP-ENC", "http://schemas.xmlsoap.org/soap/encoding/", NULL, NULL },
	{ "xsi", "http://www.w3.org/2001/XMLSchema-instance", NULL, NULL },
	{ "xsd", "http://www.w3.org/2001/XMLSchema", NULL, NULL },
	{ "ips", URI, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static bool
gsoap_call(struct soap *soap)
{
	struct memory *memory = soap->user;
	struct _ips__copyImageReturn reply = { .assetHandle = (char[]){ "a|943|1|580" } };
	struct _ips__copyImageParam *param;
	bool done;

	memory->in = request_text;
	memory->left = sizeof(request_text) - 1;
	soap_begin(soap);
	if (soap_begin_recv(soap) || soap_envelope_begin_in(soap) || soap_recv_header(soap) ||
	    soap_body_begin_in(soap))
		return false;
	param = soap_get__ips__copyImageParam(soap, NULL, "ips:copyImageParam", NULL);
	if (!param || soap_body_end_in(soap) || soap_envelope_end_in(soap) || soap_end_recv(soap))
		return false;
	soap->header = NULL;
	done = !soap_begin_send(soap) && !soap_envelope_begin_out(soap) &&
	       !soap_body_begin_out(soap) &&
	       !soap_put__ips__copyImageReturn(soap, &reply, "ips:copyImageReturn", NULL) &&
	       !soap_body_end_out(soap) && !soap_envelope_end_out(soap) && !soap_end_send(soap);
	soap_destroy(soap);
	soap_end(soap);
	return done;
}

static struct soap *
gsoap_new(struct memory *memory)
{
	soap_mode mode = SOAP_IO_BUFFER | SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE;
	struct soap *soap = soap_new2(mode, mode);

	soap_set_namespaces(soap, bare_namespaces);
	soap->user = memory;
	soap->frecv = receive;
	soap->fsend = emit;
	soap->fpoll = NULL;
	soap->recv_timeout = soap->send_timeout = 0;
	return soap;
}

/* ---- The face ---- */

static bool
face_call(const struct ips_http_route *route, void *worker, struct ips_arena *mem)
{
	struct ips_http_request request = { .id = "1",
		.method = "POST",
		.path = route->prefix,
		.query = "",
		.version = "HTTP/1.1",
		.peer = "127.0.0.1",
		.body = request_text,
		.body_len = sizeof(request_text) - 1,
		.mem = mem };
	struct ips_http_response response = { .status = 200, .fd = -1 };
	bool done;

	route->handle(route->arg, worker, &request, &response);
	done = response.status == 200;
	if (!done)
		fprintf(stderr, "%s\n", response.body->str);
	g_string_free(response.body, TRUE);
	ips_arena_reset(mem);
	return done;
}

/* ---- Rounds ---- */

static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int
main(void)
{
	struct ips_service service = { 0 };
	struct ips_soap_settings settings = { .public_url = "http://localhost",
		.max_body = 1 << 20 };
	struct ips_arena *mem = ips_arena_new();
	struct memory memory = { 0 };
	struct soap *gsoap = gsoap_new(&memory);
	struct ips_http_route routes[8];
	struct ips_soap *soap;
	struct ips_error err = { 0 };
	double alone = 1e9, face = 1e9;
	void *worker;

	if (!ips_soap_open(&service, &settings, &soap, &err)) {
		fprintf(stderr, "%s %s\n", err.reason, err.detail);
		return 1;
	}
	worker = ips_soap_worker_open(soap);
	ips_soap_routes(soap, routes, IPS_NELEM(routes));
	for (int round = 0; round < ROUNDS; round++) {
		double start = cpu_us(), middle, end;

		for (int i = 0; i < CALLS; i++)
			if (!gsoap_call(gsoap))
				return soap_print_fault(gsoap, stderr), 1;
		middle = cpu_us();
		for (int i = 0; i < CALLS; i++)
			if (!face_call(&routes[0], worker, mem))
				return 1;
		end = cpu_us();
		alone = MIN(alone, (middle - start) / CALLS);
		face = MIN(face, (end - middle) / CALLS);
	}
	printf("bench=soap gsoap_us=%.2f face_us=%.2f ratio=%.2f limit=3\n", alone, face,
	    face / alone);
	ips_soap_worker_close(worker);
	ips_soap_close(soap);
	ips_arena_free(mem);
	soap_destroy(gsoap);
	soap_end(gsoap);
	soap_free(gsoap);
	return 0;
}
