/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The document as the caller built it: is it an envelope, who sends it, what is asked.
 * Source: SOAP 1.1 section 4, SOAP 1.2 part 1 section 5; IPS reference, "Authentication". */
#include "soap_priv.h"

#include <string.h>

#define NEWEST 20140403

bool
uri_is_ours(const char *uri)
{
	size_t len = strlen(BARE_URI);

	return strncmp(uri, BARE_URI, len) == 0 && (uri[len] == '\0' || uri[len] == '/');
}

int
uri_version(const char *uri)
{
	const char *date = uri + strlen(BARE_URI);
	int version = 0, digits = 0;

	if (*date == '/')
		date++;
	if (*date == '\0')
		return 0;
	for (; digits < 8 && *date != '\0'; date++) {
		if (*date >= '0' && *date <= '9') {
			version = version * 10 + (*date - '0');
			digits++;
		} else if (*date != '-')
			break;
	}
	return digits == 8 ? version : NEWEST;
}

static const struct ips_xml_node *
child_named(const struct ips_xml_node *node, const char *name, size_t len)
{
	const struct ips_xml_node *child;

	for (child = ips_xml_child(node); child; child = ips_xml_next(child)) {
		const char *is = ips_xml_name(child);

		if (strncmp(is, name, len) == 0 && is[len] == '\0' &&
		    uri_is_ours(ips_xml_uri(child)))
			return child;
	}
	return NULL;
}

const char *
child_text(const struct ips_xml_node *node, const char *name, struct ips_arena *mem)
{
	const struct ips_xml_node *child = child_named(node, name, strlen(name));

	return child ? ips_xml_text(child, mem) : NULL;
}

const char *
first_missing(const struct ips_xml_node *param, const char *required, struct ips_arena *mem)
{
	while (*required) {
		size_t len = strcspn(required, " ");

		if (!child_named(param, required, len))
			return ips_arena_strndup(mem, required, len);
		required += len;
		required += strspn(required, " ");
	}
	return NULL;
}

/* Children in any order and, as clients send it, in any namespace of ours or none. */
static void
read_auth_header(const struct ips_xml_node *header, struct ips_arena *mem, struct envelope *out)
{
	const struct ips_xml_node *child;

	for (child = ips_xml_child(header); child; child = ips_xml_next(child)) {
		const char *name = ips_xml_name(child), *text = ips_xml_text(child, mem);
		int64_t status;

		if (!text)
			continue;
		if (strcmp(name, "user") == 0)
			out->user = text;
		else if (strcmp(name, "password") == 0)
			out->password = text;
		else if (strcmp(name, "gzipResponse") == 0 && *text)
			out->gzip = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
		else if (strcmp(name, "faultHttpStatusCode") == 0 &&
			 ips_parse_int(text, strlen(text), 200, 599, &status))
			out->fault_status = (int)status;
	}
}

static bool
read_header(const struct ips_xml_node *header, const char *soap_uri, struct ips_arena *mem,
    struct envelope *out, struct ips_error *err)
{
	const struct ips_xml_node *block;

	for (block = ips_xml_child(header); block; block = ips_xml_next(block)) {
		const char *name = ips_xml_name(block), *uri = ips_xml_uri(block);

		if (strcmp(name, "authHeader") == 0 && uri_is_ours(uri))
			read_auth_header(block, mem, out);
		else if (strcmp(name, "AuthUser") == 0 && strcmp(uri, SERVICE_URI) == 0)
			out->user = out->user ? out->user : ips_xml_text(block, mem);
		else if (strcmp(name, "AuthPassword") == 0 && strcmp(uri, SERVICE_URI) == 0)
			out->password = out->password ? out->password : ips_xml_text(block, mem);
		else if (ips_xml_must_understand(block, soap_uri))
			return ips_fail(err, IPS_INVALID_REQUEST_XML,
			    "The header '%s' must be understood, but is not known here.", name);
	}
	return true;
}

static bool
read_param(const struct ips_xml_node *param, struct ips_arena *mem, struct envelope *out,
    struct ips_error *err)
{
	const char *name = ips_xml_name(param), *uri = ips_xml_uri(param);
	size_t len = strlen(name);

	if (!uri_is_ours(uri))
		return ips_fail(err, IPS_INVALID_REQUEST_XML,
		    "The request element '%s' is in the namespace '%s', which is none of this "
		    "service.",
		    name, uri);
	out->uri = uri;
	out->version = uri_version(uri);
	if (len <= 5 || strcmp(name + len - 5, "Param") != 0)
		return ips_fail(err, IPS_INVALID_REQUEST_XML,
		    "'%s' is no request: those are named <operation>Param.", name);
	out->param = param;
	out->operation = ips_arena_strndup(mem, name, len - 5);
	return true;
}

static bool
is_soap(const struct ips_xml_node *node, const char *name, const char *soap_uri)
{
	return node && strcmp(ips_xml_name(node), name) == 0 &&
	       strcmp(ips_xml_uri(node), soap_uri) == 0;
}

static bool
read_soap(const struct ips_xml_node *root, struct ips_arena *mem, struct envelope *out,
    struct ips_error *err)
{
	const char *uri = ips_xml_uri(root);
	const struct ips_xml_node *part = ips_xml_child(root), *param;

	out->depth = 2;
	if (strcmp(ips_xml_name(root), "Envelope") != 0 ||
	    (strcmp(uri, SOAP11_URI) != 0 && strcmp(uri, SOAP12_URI) != 0))
		return ips_fail(err, IPS_INVALID_REQUEST_XML,
		    "The document is a '%s', not an Envelope of SOAP 1.1 or 1.2.",
		    ips_xml_name(root));
	out->form = strcmp(uri, SOAP12_URI) == 0 ? FORM_SOAP12 : FORM_SOAP11;
	if (is_soap(part, "Header", uri)) {
		if (!read_header(part, uri, mem, out, err))
			return false;
		out->siblings_before[0] = 1;
		part = ips_xml_next(part);
	}
	if (!is_soap(part, "Body", uri))
		return ips_fail(err, IPS_INVALID_REQUEST_XML, "The Envelope has no Body%s%s%s.",
		    part ? " where '" : "", part ? ips_xml_name(part) : "", part ? "' stands" : "");
	if (ips_xml_next(part))
		return ips_fail(err, IPS_INVALID_REQUEST_XML, "'%s' follows the Body.",
		    ips_xml_name(ips_xml_next(part)));
	param = ips_xml_child(part);
	if (!param)
		return ips_fail(err, IPS_INVALID_REQUEST_XML, "The Body is empty.");
	if (ips_xml_next(param))
		return ips_fail(
		    err, IPS_INVALID_REQUEST_XML, "The Body holds more than one request.");
	return read_param(param, mem, out, err);
}

/* <Request><authHeader/><xParam/></Request>: undocumented, but used by several clients. */
static bool
read_plain(const struct ips_xml_node *root, struct ips_arena *mem, struct envelope *out,
    struct ips_error *err)
{
	const struct ips_xml_node *child;

	out->form = FORM_PLAIN;
	out->depth = 1;
	if (strcmp(ips_xml_name(root), "Request") != 0 || !uri_is_ours(ips_xml_uri(root)))
		return ips_fail(err, IPS_INVALID_REQUEST_XML,
		    "The document is a '%s', not a Request of this service.", ips_xml_name(root));
	for (child = ips_xml_child(root); child; child = ips_xml_next(child)) {
		if (strcmp(ips_xml_name(child), "authHeader") == 0)
			read_auth_header(child, mem, out);
		else if (out->param)
			return ips_fail(err, IPS_INVALID_REQUEST_XML,
			    "The Request holds more than one request.");
		else if (!read_param(child, mem, out, err))
			return false;
		out->siblings_before[0] += out->param == NULL;
	}
	return out->param || ips_fail(err, IPS_INVALID_REQUEST_XML, "The Request is empty.");
}

bool
envelope_read(const struct ips_xml_node *root, bool plain, struct ips_arena *mem,
    struct envelope *out, struct ips_error *err)
{
	return plain ? read_plain(root, mem, out, err) : read_soap(root, mem, out, err);
}

void
envelope_basic(struct envelope *envelope, const char *authorization, struct ips_arena *mem)
{
	gsize len;
	guchar *decoded;
	char *text, *colon;

	if (envelope->user || envelope->password || !authorization ||
	    g_ascii_strncasecmp(authorization, "Basic ", 6) != 0)
		return;
	decoded = g_base64_decode(authorization + 6, &len);
	text = ips_arena_strndup(mem, (const char *)decoded, len);
	ips_wipe(decoded, len);
	g_free(decoded);
	colon = ips_utf8_valid(text, len) ? strchr(text, ':') : NULL;
	if (!colon)
		return;
	*colon = '\0';
	envelope->user = text;
	envelope->password = colon + 1;
}
