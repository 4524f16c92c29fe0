/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* gSOAP as a binding engine, in memory: no sockets, no dispatcher, no envelope of its own. */
#include "soap_priv.h"

#include <string.h>

/* libgsoap looks for a table by this name when a context is made, and never writes it; each message
 * sets its own. */
struct Namespace namespaces[] = { { NULL, NULL, NULL, NULL } };

static size_t
receive(struct soap *gsoap, char *buffer, size_t len)
{
	struct worker *worker = gsoap->user;

	len = MIN(len, worker->in_left);
	memcpy(buffer, worker->in, len);
	worker->in += len;
	worker->in_left -= len;
	return len;
}

static int
emit(struct soap *gsoap, const char *text, size_t len)
{
	struct worker *worker = gsoap->user;

	g_string_append_len(worker->out, text, (gssize)len);
	return SOAP_OK;
}

/* Elements the schema does not have are passed over, whatever they claim about themselves. */
static int
pass_over(struct soap *gsoap, const char *tag)
{
	(void)gsoap;
	(void)tag;
	return SOAP_OK;
}

struct worker *
worker_new(const struct ips_soap *soap)
{
	/* The limits that count are those of the reader, which sees everything first. */
	struct ips_xml_limits limits = {
		.bytes = soap->max_body, .depth = 64, .elements = 500000, .attributes = 64
	};
	struct worker *worker = g_new0(struct worker, 1);
	soap_mode mode = SOAP_IO_BUFFER | SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE;

	worker->gsoap = soap_new2(mode, mode | SOAP_XML_DEFAULTNS);
	if (!worker->gsoap)
		g_error("out of memory");
	worker->gsoap->user = worker;
	worker->gsoap->frecv = receive;
	worker->gsoap->fsend = emit;
	worker->gsoap->fignore = pass_over;
	worker->gsoap->fpoll = NULL;
	worker->gsoap->recv_timeout = worker->gsoap->send_timeout = 0;
	worker->xml = ips_xml_new(&limits);
	return worker;
}

void
worker_free(struct worker *worker)
{
	if (!worker)
		return;
	soap_destroy(worker->gsoap);
	soap_end(worker->gsoap);
	soap_free(worker->gsoap);
	ips_xml_free(worker->xml);
	g_free(worker->uri);
	g_free(worker);
}

/* The stubs know one prefix, ips. Rows ips_N match it too: elements of another version inside a
 * request are taken for what they are named. */
static void
use_namespace(struct worker *worker, const char *uri)
{
	if (worker->uri && strcmp(worker->uri, uri) == 0)
		return;
	g_free(worker->uri);
	worker->uri = g_strdup(uri);
	/* gSOAP expects these rows in this order. Envelope and encoding are nothing it should see:
	 * it would refuse to pass over a Header, and follow encodingStyle. */
	worker->table[0] = (struct Namespace){ "SOAP-ENV", "urn:openips:none", NULL, NULL };
	worker->table[1] = (struct Namespace){ "SOAP-ENC", "urn:openips:none", NULL, NULL };
	worker->table[2] =
	    (struct Namespace){ "xsi", "http://www.w3.org/2001/XMLSchema-instance", NULL, NULL };
	worker->table[3] =
	    (struct Namespace){ "xsd", "http://www.w3.org/2001/XMLSchema", NULL, NULL };
	worker->table[4] = (struct Namespace){ "ips", worker->uri, NULL, NULL };
	worker->table[5] = (struct Namespace){ "ips_1", BARE_URI, NULL, NULL };
	worker->table[6] = (struct Namespace){ "ips_2", BARE_URI "/", BARE_URI "/*", NULL };
	worker->table[7] = (struct Namespace){ NULL, NULL, NULL, NULL };
	soap_set_namespaces(worker->gsoap, worker->table);
}

/* Opens the way down to the request element, elements before it skipped. */
static int
descend(struct soap *gsoap, const struct envelope *envelope)
{
	for (int level = 0; level < envelope->depth; level++) {
		if (soap_element_begin_in(gsoap, NULL, 0, NULL))
			return gsoap->error;
		for (int i = 0; i < envelope->siblings_before[level]; i++)
			if (soap_ignore_element(gsoap))
				return gsoap->error;
	}
	return SOAP_OK;
}

/* Most values have been checked, so this is rare: an empty number, or text between elements. */
static bool
fail_decode(const struct soap *gsoap, const struct envelope *envelope, struct ips_error *err)
{
	const char *at = gsoap->tag[0] ? gsoap->tag : envelope->operation;

	if (gsoap->error == SOAP_TYPE || gsoap->error == SOAP_EMPTY)
		return ips_fail(err, IPS_INVALID_PARAMETER, "The value of '%s' is not valid.", at);
	return ips_fail(err, IPS_INVALID_REQUEST_XML,
	    "The request does not have the form of its schema at '%s'.", at);
}

bool
codec_decode(struct worker *worker, const struct envelope *envelope, codec_get *get,
    const void **out, struct ips_error *err)
{
	struct soap *gsoap = worker->gsoap;
	const void *value = NULL;

	worker->in = ips_xml_utf8(worker->xml, &worker->in_left);
	use_namespace(worker, envelope->uri);
	soap_begin(gsoap);
	if (!soap_begin_recv(gsoap) && !descend(gsoap, envelope))
		value = get(gsoap);
	if (!value)
		return fail_decode(gsoap, envelope, err);
	*out = value;
	return true;
}

bool
codec_encode(struct worker *worker, const char *uri, codec_put *put, const void *value,
    GString *out, struct ips_error *err)
{
	struct soap *gsoap = worker->gsoap;

	worker->out = out;
	use_namespace(worker, uri);
	gsoap->header = NULL; /* else the caller's, password included, could come back */
	if (soap_begin_send(gsoap))
		return ips_fail_internal(err, "gSOAP: no reply, error %d", gsoap->error);
	gsoap->ns = 2; /* the namespaces have been written: each element asks for its own */
	if (put(gsoap, value) || soap_end_send(gsoap))
		return ips_fail_internal(err, "gSOAP: no reply, error %d", gsoap->error);
	return true;
}

void
codec_done(struct worker *worker)
{
	soap_destroy(worker->gsoap);
	soap_end(worker->gsoap);
}
