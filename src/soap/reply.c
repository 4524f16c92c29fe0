/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What goes out: envelopes and faults in the form real servers were recorded to send.
 * Source: SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4; IPS reference, "Faults". */
#include "soap_priv.h"

#include <string.h>

#define PROLOG "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static const struct {
	const char *begin, *end, *type;
} forms[] = {
	/* Clients cut the text at the literal <soapenv:Body>. */
	[FORM_SOAP11] = { PROLOG "<soapenv:Envelope xmlns:soapenv=\"" SOAP11_URI
				 "\"><soapenv:Body>",
	    "</soapenv:Body></soapenv:Envelope>", "text/xml;charset=UTF-8" },
	[FORM_SOAP12] = { PROLOG "<soapenv:Envelope xmlns:soapenv=\"" SOAP12_URI
				 "\"><soapenv:Body>",
	    "</soapenv:Body></soapenv:Envelope>", "application/soap+xml;charset=UTF-8" },
	[FORM_PLAIN] = { PROLOG, "", "text/xml;charset=UTF-8" },
};

void
reply_begin(GString *out, enum form form)
{
	g_string_append(out, forms[form].begin);
}

void
reply_end(GString *out, enum form form)
{
	g_string_append(out, forms[form].end);
}

const char *
reply_type(enum form form)
{
	return forms[form].type;
}

void
append_escaped(GString *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			g_string_append(out, "&amp;");
			break;
		case '<':
			g_string_append(out, "&lt;");
			break;
		case '>':
			g_string_append(out, "&gt;");
			break;
		case '"':
			g_string_append(out, "&quot;");
			break;
		default:
			/* XML 1.0 has no way to write the other control characters. */
			if ((unsigned char)*text < 0x20 && !strchr("\t\n\r", *text))
				g_string_append_c(out, '?');
			else
				g_string_append_c(out, *text);
		}
	}
}

static const char *
fault_element(const struct ips_fault_info *info)
{
	static const char *const names[] = {
		[IPS_FAULT_AUTHENTICATION] = "authenticationFault",
		[IPS_FAULT_AUTHORIZATION] = "authorizationFault",
		[IPS_FAULT_API] = "ipsApiFault",
	};

	return names[info->kind];
}

static void
append_detail(GString *out, const struct ips_fault_info *info, const char *reason)
{
	const char *name = fault_element(info);

	g_string_append_printf(out,
	    "<tns:%s xmlns:tns=\"" BARE_URI "\"><tns:code>%d</tns:code><tns:reason>", name,
	    info->code);
	append_escaped(out, g_utf8_validate(reason, -1, NULL) ? reason : "(not UTF-8)");
	g_string_append_printf(out, "</tns:reason></tns:%s>", name);
}

void
reply_fault(GString *out, enum form form, const struct ips_error *err)
{
	const struct ips_fault_info *info = ips_fault_info(err->fault);
	static const struct {
		const char *begin, *middle, *end;
	} parts[] = {
		[FORM_SOAP11] = { "<soapenv:Fault><faultcode>soapenv:Server</"
				  "faultcode><faultstring>",
		    "</faultstring><detail>", "</detail></soapenv:Fault>" },
		[FORM_SOAP12] = { "<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:Receiver"
				  "</soapenv:Value></soapenv:Code><soapenv:Reason><soapenv:Text "
				  "xml:lang=\"en\">",
		    "</soapenv:Text></soapenv:Reason><soapenv:Detail>",
		    "</soapenv:Detail></soapenv:Fault>" },
		[FORM_PLAIN] = { "", "", "" },
	};

	reply_begin(out, form);
	g_string_append(out, parts[form].begin);
	if (form != FORM_PLAIN)
		g_string_append(out, fault_element(info));
	g_string_append(out, parts[form].middle);
	append_detail(out, info, err->reason);
	g_string_append(out, parts[form].end);
	reply_end(out, form);
}
