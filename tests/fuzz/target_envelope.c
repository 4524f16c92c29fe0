/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Any document through the reader of XML, the envelope, the stubs and the service: an answer that
 * is XML itself. Without a socket, so that there are many of them. */
#include "openips/xml.h"
#include "site.h"

#include <string.h>

#define ENDPOINT "/scene7/services/IpsApiService"
#define PLAIN    "/scene7/api/IpsApiService"

struct stage {
	struct fuzz_site *site;
	struct ips_xml *xml; /* reads the answers */
};

static void *
open_stage(void)
{
	static const struct ips_xml_limits limits = {
		.bytes = (size_t)16 << 20, .depth = 64, .elements = 500000, .attributes = 64
	};
	struct stage *stage = g_new0(struct stage, 1);

	stage->site = fuzz_site_open(false);
	stage->xml = ips_xml_new(&limits);
	return stage;
}

static void
close_stage(void *arg)
{
	struct stage *stage = arg;

	fuzz_site_close(stage->site);
	ips_xml_free(stage->xml);
	g_free(stage);
}

static void
run(void *arg, const uint8_t *data, size_t len)
{
	struct stage *stage = arg;
	const struct ips_http_response *response;
	const struct ips_xml_node *root;
	struct ips_error err;
	struct fuzz_request request = { .method = "POST", .query = "" };

	fuzz_site_next(stage->site);
	g_autofree char *body = fuzz_site_fill(stage->site, data, len, &request.body_len);
	request.body = body;
	request.path = strstr(body, "Envelope") != NULL ? ENDPOINT : PLAIN;
	response = fuzz_site_ask(stage->site, &request, data, len);
	FUZZ_NEED(response != NULL && response->body != NULL, data, len);
	FUZZ_NEED(ips_xml_parse(stage->xml, response->body->str, response->body->len, &root, &err),
	    response->body->str, response->body->len);
}

/* ---- Seeds ---- */

#define URI(date) "http://www.scene7.com/IpsApi/xsd" date
#define AUTH                                                                                       \
	"<a:authHeader xmlns:a=\"" URI("") "\"><a:user>demo@openips.example</a:user>"              \
					   "<a:password>" IPS_DEMO_PASSWORD                        \
					   "</a:password></a:authHeader>"
#define ENVELOPE(soap, body)                                                                       \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"" soap                    \
	"\"><s:Header>" AUTH "</s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define SOAP11        "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP12        "http://www.w3.org/2003/05/soap-envelope"
#define COMPANY       "<companyHandle>c|6</companyHandle>"
#define CALL(name, x) "<" name "Param xmlns=\"" URI("/2014-04-03") "\">" x "</" name "Param>"
#define OLD(name, x)  "<" name "Param xmlns=\"" URI("/2008-01-15") "\">" x "</" name "Param>"
#define COPY(modifier)                                                                             \
	COMPANY "<assetHandle>a|739|1|537</assetHandle><folderHandle>f|ApiTestCo/</folderHandle>"  \
		"<name>copy</name><urlModifier>" modifier "</urlModifier>"
#define FIELDS                                                                                     \
	"<responseFieldArray><items>assetArray/items/assetHandle</items><items>totalRows</items>"  \
	"</responseFieldArray><excludeFieldArray><items>assetArray/items/imageInfo</items>"        \
	"</excludeFieldArray>"
#define CONDITION                                                                                  \
	"<conditionArray><items><fieldName>Name</fieldName><operator>Contains</operator>"          \
	"<value>a</value></items><items><fieldName>FileSize</fieldName><operator>Between"          \
	"</operator><minValue>1</minValue><maxValue>2</maxValue></items></conditionArray>"

static const char *const documents[] = {
	ENVELOPE(SOAP11, CALL("copyImage", COPY(""))),
	ENVELOPE(SOAP12, CALL("copyImage", COPY("wid=100&amp;fmt=png"))),
	ENVELOPE(SOAP11, OLD("copyImage", COPY("crop=0,0,10,10&amp;layer=1&amp;src=mug"))),
	ENVELOPE(SOAP11, CALL("checkLogin", "<username>demo@openips.example</username><password>x"
					    "</password>")),
	ENVELOPE(SOAP11, CALL("getCompanyInfo", "<companyName>ApiTestCo</companyName>")),
	ENVELOPE(SOAP11, CALL("getCompanyMembership", "<userHandle>u|1|a@b.example</userHandle>")),
	ENVELOPE(SOAP11, CALL("getFolders", COMPANY "<folderPath>ApiTestCo/</folderPath>")),
	ENVELOPE(SOAP11, CALL("getFolderTree", COMPANY "<depth>3</depth><assetTypeArray><items>"
						       "Image</items></assetTypeArray>")),
	ENVELOPE(SOAP11, CALL("getAssets", COMPANY
			     "<assetHandleArray><items>a|739|1|537</items><items>a|740</items>"
			     "</assetHandleArray>" FIELDS)),
	ENVELOPE(SOAP11,
	    CALL("getAssetsByName", COMPANY
		"<nameArray><items>mug</items></nameArray><recordsPerPage>5</recordsPerPage>"
		"<resultsPage>1</resultsPage>")),
	ENVELOPE(SOAP11,
	    CALL("searchAssets", COMPANY
		"<folder>ApiTestCo/</folder><includeSubfolders>true</includeSubfolders>"
		"<assetTypeArray><items>Image</items></assetTypeArray>"
		"<recordsPerPage>10</recordsPerPage><resultsPage>1</resultsPage>"
		"<sortBy>Name</sortBy><sortDirection>Ascending</sortDirection>" CONDITION FIELDS)),
	ENVELOPE(SOAP11, CALL("deleteAsset", COMPANY "<assetHandle>a|740|1|538</assetHandle>")),
	"<Request xmlns=\"" URI("/2012-02-14") "\">" AUTH CALL("copyImage", COPY("")) "</Request>",
	"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><s:Envelope xmlns:s=\"" SOAP11 "\"/>",
	"<!DOCTYPE s [<!ENTITY a \"b\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>"
	"<s:Envelope xmlns:s=\"" SOAP11 "\"><s:Body>&a;&c;</s:Body></s:Envelope>",
	"<s:Envelope xmlns:s=\"" SOAP11 "\"><s:Body><![CDATA[<x>]]>&#x1F600;&amp;</s:Body>"
	"</s:Envelope>",
	"<s:Envelope xmlns:s=\"" SOAP11 "\" xmlns:xi=\"http://www.w3.org/2001/XInclude\"><s:Header>"
	"<h s:mustUnderstand=\"1\"/></s:Header><s:Body><xi:include href=\"file:///etc/passwd\"/>"
	"</s:Body></s:Envelope>",
};

static void
seeds(GPtrArray *out)
{
	g_autoptr(GError) error = NULL;
	gsize len;

	for (size_t i = 0; i < IPS_NELEM(documents); i++)
		fuzz_add_text(out, documents[i]);
	char *wide = g_convert(documents[0], -1, "UTF-16", "UTF-8", NULL, &len, &error);
	g_ptr_array_add(out, g_bytes_new_take(wide, len));
}

static void
words(GPtrArray *out)
{
	static const char *const list[] = { "<!DOCTYPE ", "<!ENTITY ", "SYSTEM ", "]>", "<![CDATA[",
		"]]>", "<!--", "-->", "<?xml version=\"1.0\" encoding=\"", "UTF-16", "ISO-8859-1",
		"&#x1F600;", "&#0;", "&lt;", "xmlns=\"", "xmlns:a=\"", "xsi:nil=\"true\"",
		"xsi:type=\"", "mustUnderstand=\"1\"", "href=\"#1\"", "id=\"1\"", "</s:Body>",
		"<items>", "</items>", URI("/2014-04-03"), URI("/2008-01-15"), SOAP12, SOAP11,
		"<gzipResponse>true</gzipResponse>", "c|6", "a|739|1|537", "f|ApiTestCo/",
		"\xff\xfe", "\xfe\xff", "\xef\xbb\xbf", "true", "false", "-1", "2147483648",
		"9223372036854775808", "1e309", "2014-04-03T00:00:00Z" };

	fuzz_add_words(out, list, IPS_NELEM(list));
	for (enum ips_operation op = 0; op < IPS_OP_COUNT; op++) {
		const struct ips_operation_info *info = ips_operation_info(op);
		g_auto(GStrv) required = g_strsplit(info->required, " ", -1);

		g_ptr_array_add(out, g_strconcat(info->name, "Param", NULL));
		fuzz_add_words(out, (const char *const *)required, g_strv_length(required));
	}
}

const struct fuzz_target fuzz_envelope = { .name = "envelope",
	.max_len = 8192,
	.cuts = 40,
	.open = open_stage,
	.close = close_stage,
	.run = run,
	.seeds = seeds,
	.words = words };
