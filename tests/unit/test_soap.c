/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Request bytes in, reply bytes or fault out. The service behind the face is that of the fixture.
 */
#include "soap_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BARE_URI      "http://www.scene7.com/IpsApi/xsd"
#define NEWEST_URI    BARE_URI "/2014-04-03"
#define SERVICE_URI   "http://www.scene7.com/IpsApi"
#define SOAP11_URI    "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP12_URI    "http://www.w3.org/2003/05/soap-envelope"
#define ENDPOINT_PATH "/scene7/services/IpsApiService"
#define PLAIN_PATH    "/scene7/api/IpsApiService"

/* ---- The listener ---- */

struct headers {
	const char *type, *authorization, *host;
};

const char *
ips_http_header(const struct ips_http_request *request, const char *name)
{
	const struct headers *headers = request->headers;

	if (strcmp(name, "Content-Type") == 0)
		return headers->type;
	if (strcmp(name, "Authorization") == 0)
		return headers->authorization;
	return strcmp(name, "Host") == 0 ? headers->host : NULL;
}

void
ips_http_add_header(struct ips_http_response *response, const char *name, const char *value)
{
	(void)response, (void)name, (void)value;
}

struct bench { /* what every test needs */
	struct ips_service service;
	struct ips_soap *soap;
	void *worker;
	struct ips_arena *mem;
	struct ips_http_response response;
};

static void
answer(struct bench *bench, const char *method, const char *path, const char *query,
    const char *body, const struct headers *headers)
{
	struct ips_http_request request = { .id = "1",
		.method = method,
		.path = path,
		.query = query,
		.version = "HTTP/1.1",
		.peer = "192.0.2.1",
		.body = body,
		.body_len = strlen(body),
		.mem = bench->mem,
		.headers = headers };
	struct ips_http_route routes[8];
	const struct ips_http_route *best = NULL;
	size_t count = ips_soap_routes(bench->soap, routes, IPS_NELEM(routes));

	for (size_t i = 0; i < count; i++)
		if (g_str_has_prefix(path, routes[i].prefix) &&
		    (!best || strlen(best->prefix) < strlen(routes[i].prefix)))
			best = &routes[i];
	assert_non_null(best);
	if (bench->response.body)
		g_string_free(bench->response.body, TRUE);
	bench->response = (struct ips_http_response){ .status = 200, .fd = -1 };
	bench->service.last[0] = '\0';
	best->handle(best->arg, bench->worker, &request, &bench->response);
	assert_non_null(bench->response.body);
}

static int
set_up(void **state)
{
	struct bench *bench = g_new0(struct bench, 1);
	struct ips_soap_settings settings = { .public_url = "", .max_body = 1 << 20 };
	struct ips_error err;

	if (!ips_soap_open(&bench->service, &settings, &bench->soap, &err)) {
		print_error("%s %s\n", err.reason, err.detail);
		return -1;
	}
	bench->worker = ips_soap_worker_open(bench->soap);
	bench->mem = ips_arena_new();
	*state = bench;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *bench = *state;

	if (bench->response.body)
		g_string_free(bench->response.body, TRUE);
	ips_soap_worker_close(bench->worker);
	ips_soap_close(bench->soap);
	ips_arena_free(bench->mem);
	g_free(bench);
	return 0;
}

/* ---- Requests ---- */

#define AUTH                                                                                       \
	"<authHeader xmlns='" BARE_URI                                                             \
	"'><user>user@example.com</user><password>p&amp;w</password></authHeader>"
#define OPEN11(header)                                                                             \
	"<s:Envelope xmlns:s='" SOAP11_URI "'><s:Header>" header "</s:Header><s:Body>"
#define CLOSE                "</s:Body></s:Envelope>"
#define CALL(inner)          OPEN11(AUTH) inner CLOSE
#define IN(uri, name, inner) "<" name "Param xmlns='" uri "'>" inner "</" name "Param>"
#define NEW(name, inner)     CALL(IN(NEWEST_URI, name, inner))
#define COPY(name, modifier)                                                                       \
	"<companyHandle>c|6</companyHandle><assetHandle>a|739|1|537</assetHandle>"                 \
	"<folderHandle>f|ApiTestCo/</folderHandle><name>" name "</name><urlModifier>" modifier     \
	"</urlModifier>"
#define REPLY11(inner)                                                                             \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope "                           \
	"xmlns:soapenv=\"" SOAP11_URI "\"><soapenv:Body>" inner                                    \
	"</soapenv:Body></soapenv:Envelope>"
#define REPLY12(inner)                                                                             \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope "                           \
	"xmlns:soapenv=\"" SOAP12_URI "\"><soapenv:Body>" inner                                    \
	"</soapenv:Body></soapenv:Envelope>"
#define COPIED(uri)                                                                                \
	"<copyImageReturn xmlns=\"" uri                                                            \
	"\"><assetHandle>a|943|1|580</assetHandle></copyImageReturn>"
#define COMPANY "<companyHandle>c|6</companyHandle>"

static void
test_whole_replies(void **state)
{
	static const struct {
		const char *name, *in, *want, *last;
	} rows[] = {
		{ "newest", NEW("copyImage", COPY("n", "")), REPLY11(COPIED(NEWEST_URI)),
		    "a|739|1|537 f|ApiTestCo/ n []" },
		{ "bare", CALL(IN(BARE_URI, "copyImage", COPY("n", "wid=5&amp;hei=6"))),
		    REPLY11(COPIED(BARE_URI)), "a|739|1|537 f|ApiTestCo/ n [wid=5&hei=6]" },
		{ "bare with slash", CALL(IN(BARE_URI "/", "copyImage", COPY("n", ""))),
		    REPLY11(COPIED(BARE_URI "/")), "a|739|1|537 f|ApiTestCo/ n []" },
		{ "unknown date", CALL(IN(BARE_URI "/2017-10-29-beta", "copyImage", COPY("n", ""))),
		    REPLY11(COPIED(BARE_URI "/2017-10-29-beta")), "a|739|1|537 f|ApiTestCo/ n []" },
		{ "header in the version's namespace",
		    OPEN11("<authHeader xmlns='" NEWEST_URI
			   "'><appName>x</appName><password>p&amp;w</password>"
			   "<user>user@example.com</user></authHeader>")
			IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    REPLY11(COPIED(NEWEST_URI)), NULL },
		{ "header twice",
		    OPEN11(AUTH AUTH) IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    REPLY11(COPIED(NEWEST_URI)), NULL },
		{ "AuthUser",
		    OPEN11("<AuthUser xmlns='" SERVICE_URI "'>user@example.com</AuthUser>"
			   "<AuthPassword xmlns='" SERVICE_URI "'>p&amp;w</AuthPassword>")
			IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    REPLY11(COPIED(NEWEST_URI)), NULL },
		{ "SOAP 1.2",
		    "<e:Envelope xmlns:e='" SOAP12_URI "'><e:Header>" AUTH "</e:Header><e:Body>" IN(
			NEWEST_URI, "copyImage", COPY("n", "")) "</e:Body></e:Envelope>",
		    REPLY12(COPIED(NEWEST_URI)), NULL },
		{ "prefixes, types and order as toolkits make them",
		    CALL("<x:copyImageParam xmlns:x='" NEWEST_URI
			 "' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
			 " xmlns:xsd='http://www.w3.org/2001/XMLSchema'>"
			 "<x:urlModifier/><x:name "
			 "xsi:type='xsd:string'>n&#228;&#x1F600;</x:name><x:extra><x:name>no</"
			 "x:name></x:extra>"
			 "<x:folderHandle>f|ApiTestCo/</x:folderHandle><x:assetHandle>a|1</"
			 "x:assetHandle>"
			 "<x:companyHandle>c|6</x:companyHandle></x:copyImageParam>"),
		    REPLY11(COPIED(NEWEST_URI)), "a|1 f|ApiTestCo/ n\u00e4\U0001F600 []" },
		{ "comments, instructions and CDATA",
		    "<?xml version='1.0'?><!--c--><?p i?><s:Envelope xmlns:s='" SOAP11_URI
		    "'><!--c--><s:Header><!--c--><?p i?>" AUTH
		    "<!--c--></s:Header><?p i?><s:Body><!--c-->"
		    "<copyImageParam xmlns='" NEWEST_URI "'><?p i?>" COPY(
			"<![CDATA[a<b]]>c", "") "<!--c--></copyImageParam><?p "
						"i?></s:Body><!--c--></s:Envelope><!--c-->",
		    REPLY11(COPIED(NEWEST_URI)), "a|739|1|537 f|ApiTestCo/ a<bc []" },
		{ "a Header without anything in it",
		    "<s:Envelope xmlns:s='" SOAP11_URI "'>\n <s:Header>" AUTH
		    "<s:Header/><x xmlns=''/></s:Header>\n <s:Body>\n  " IN(
			NEWEST_URI, "copyImage", COPY("n", "")) "\n </s:Body>\n</s:Envelope>\n",
		    REPLY11(COPIED(NEWEST_URI)), NULL },
		{ "ids and references that nobody follows",
		    CALL("<copyImageParam id='a' xmlns='" NEWEST_URI
			 "'><name id='n' href='#a'>n</name>"
			 "<companyHandle>c|6</companyHandle><assetHandle>a|1</assetHandle>"
			 "<folderHandle>f</folderHandle><urlModifier/></copyImageParam>"),
		    REPLY11(COPIED(NEWEST_URI)), "a|1 f n []" },
		{ "nil is empty",
		    CALL("<copyImageParam xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
			 "xmlns='" NEWEST_URI
			 "'><companyHandle>c|6</companyHandle><assetHandle>a|1</"
			 "assetHandle><name>n</name>"
			 "<folderHandle i:nil='true'/><urlModifier i:nil='1'/></copyImageParam>"),
		    REPLY11(COPIED(NEWEST_URI)), "a|1  n []" },
		{ "nil items",
		    NEW("getAssets",
			COMPANY "<assetHandleArray><items "
				"xmlns:i='http://www.w3.org/2001/XMLSchema-instance'"
				" i:nil='true'/></assetHandleArray>"
				"<responseFieldArray><items>x</items></responseFieldArray>"),
		    NULL, "1 " },
		{ "a strange header that may be passed over",
		    OPEN11("<h:trace xmlns:h='urn:x' "
			   "s:mustUnderstand='0'><h:a><h:b/></h:a></h:trace>" AUTH)
			IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    REPLY11(COPIED(NEWEST_URI)), NULL },
		{ "our header must be understood",
		    OPEN11("<authHeader s:mustUnderstand='1' xmlns='" BARE_URI
			   "'><user>user@example.com</user>"
			   "<password>p&amp;w</password></authHeader>")
			IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    REPLY11(COPIED(NEWEST_URI)), NULL },
		{ "company, newest", NEW("getCompanyInfo", "<companyName>ApiTestCo</companyName>"),
		    REPLY11("<getCompanyInfoReturn xmlns=\"" NEWEST_URI
			    "\"><companyInfo><companyHandle>c|6</companyHandle>"
			    "<name>ApiTestCo</name><rootPath>ApiTestCo/</rootPath>"
			    "<expires>2101-01-01T00:00:00.000Z</expires><imsOrgId>ORG@Test</"
			    "imsOrgId></companyInfo>"
			    "</getCompanyInfoReturn>"),
		    "ApiTestCo/-" },
		{ "company, before imsOrgId",
		    CALL(IN(BARE_URI "/2013-02-15", "getCompanyInfo",
			"<companyHandle/><companyName>X</companyName>")),
		    REPLY11("<getCompanyInfoReturn xmlns=\"" BARE_URI "/2013-02-15\"><companyInfo>"
			    "<companyHandle>c|6</companyHandle><name>ApiTestCo</"
			    "name><rootPath>ApiTestCo/</rootPath>"
			    "<expires>2101-01-01T00:00:00.000Z</expires></companyInfo></"
			    "getCompanyInfoReturn>"),
		    "X/-" },
		{ "login",
		    NEW("checkLogin", "<email>user@example.com</email><password>no</password>"),
		    REPLY11("<checkLoginReturn xmlns=\"" NEWEST_URI
			    "\"><status>InvalidLogin</status></checkLoginReturn>"),
		    NULL },
		{ "membership, old", CALL(IN(BARE_URI "/2010-01-31", "getCompanyMembership", "")),
		    REPLY11("<getCompanyMembershipReturn xmlns=\"" BARE_URI
			    "/2010-01-31\"><companyArray><items>"
			    "<companyHandle>c|6</companyHandle><name>ApiTestCo</"
			    "name><rootPath>ApiTestCo/</rootPath>"
			    "<expires>2101-01-01T00:00:00.000Z</expires></items></companyArray></"
			    "getCompanyMembershipReturn>"),
		    NULL },
		{ "membership, new", CALL(IN(BARE_URI "/2012-02-14", "getCompanyMembership", "")),
		    REPLY11("<getCompanyMembershipReturn xmlns=\"" BARE_URI
			    "/2012-02-14\"><membershipArray><items><company>"
			    "<companyHandle>c|6</companyHandle><name>ApiTestCo</"
			    "name><rootPath>ApiTestCo/</rootPath>"
			    "<expires>2101-01-01T00:00:00.000Z</expires></"
			    "company><role>ImagePortalAdmin</role>"
			    "<isActive>true</isActive></items></membershipArray></"
			    "getCompanyMembershipReturn>"),
		    NULL },
		{ "nothing found",
		    NEW("getAssetsByName", COMPANY "<nameArray><items>none</items></nameArray>"),
		    REPLY11("<getAssetsByNameReturn xmlns=\"" NEWEST_URI
			    "\"><assetArray></assetArray></getAssetsByNameReturn>"),
		    "folder=- sub=1 names=1 types=0 page=0/0" },
		{ "fields",
		    NEW("searchAssets", COMPANY
			"<folder>/ApiTestCo</folder><includeSubfolders>true</includeSubfolders>"
			"<assetTypeArray><items>Image</items></"
			"assetTypeArray><recordsPerPage>5000</recordsPerPage>"
			"<resultsPage>2</resultsPage><responseFieldArray><items>/assetArray/items/"
			"assetHandle/</items>"
			"<items>assetArray/items/name</items><items>assetArray/items/"
			"lastModifUser</items>"
			"<items>nonsense</items></responseFieldArray>"),
		    REPLY11("<searchAssetsReturn xmlns=\"" NEWEST_URI
			    "\"><assetArray><items><assetHandle>a|739|1|537</assetHandle>"
			    "<name>mac book</name></items></assetArray></searchAssetsReturn>"),
		    "folder=/ApiTestCo sub=1 names=0 types=1Image page=2/5000 narrow" },
		{ "parts of a block",
		    NEW("getAssets", COMPANY
			"<assetHandleArray><items>a|739</items></assetHandleArray>"
			"<responseFieldArray><items>assetArray/items/imageInfo/fileSize</items>"
			"<items>assetArray/items/imageInfo/zoomTargets</items><items>assetArray/"
			"items/imageInfo/resolution</items>"
			"</responseFieldArray>"),
		    REPLY11(
			"<getAssetsReturn xmlns=\"" NEWEST_URI "\"><assetArray><items><imageInfo>"
			"<fileSize>123456789012</fileSize><resolution>72</"
			"resolution><zoomTargets></zoomTargets></imageInfo>"
			"</items></assetArray></getAssetsReturn>"),
		    "1 a|739" },
		{ "excluded",
		    NEW("searchAssets", COMPANY
			"<excludeFieldArray><items>assetArray/items</items></excludeFieldArray>"),
		    REPLY11("<searchAssetsReturn xmlns=\"" NEWEST_URI
			    "\"><totalRows>1</totalRows><assetArray></assetArray>"
			    "</searchAssetsReturn>"),
		    "folder=- sub=0 names=0 types=0 page=0/0 narrow total" },
		{ "only the count",
		    NEW("searchAssets", COMPANY
			"<responseFieldArray><items>totalRows</items></responseFieldArray>"),
		    REPLY11("<searchAssetsReturn xmlns=\"" NEWEST_URI
			    "\"><totalRows>1</totalRows></searchAssetsReturn>"),
		    "folder=- sub=0 names=0 types=0 page=0/0 narrow total" },
		{ "conditions of every type",
		    NEW("searchAssets",
			COMPANY "<includeSubfolders>false</includeSubfolders>"
				"<systemFieldConditionArray><items><field>Name</"
				"field><op>Contains</op><value>mac</value></items>"
				"<items><field>FileSize</field><op>Between</op><minLong>5</"
				"minLong><maxLong>9</maxLong></items>"
				"<items><field>Created</field><op>Less</"
				"op><dateVal>2014-04-03T12:00:00Z</dateVal></items>"
				"</systemFieldConditionArray><responseFieldArray><items>totalRows</"
				"items></responseFieldArray>"),
		    NULL,
		    "folder=- sub=0 names=0 types=0 page=0/0 narrow total (Name Contains mac - -)"
		    " (FileSize Between - 5 9) (Created Less 2014-04-03T12:00:00Z - -)" },
	};
	struct bench *bench = *state;
	static const struct headers headers = { .type = "text/xml", .host = "ips.example:8080" };

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		answer(bench, "POST", ENDPOINT_PATH, "", rows[i].in, &headers);
		if ((rows[i].want && strcmp(bench->response.body->str, rows[i].want) != 0) ||
		    bench->response.status != 200 ||
		    (rows[i].last && strcmp(bench->service.last, rows[i].last) != 0))
			fail_msg("%s: %d\n%s\nwant\n%s\nservice: %s", rows[i].name,
			    bench->response.status, bench->response.body->str, rows[i].want,
			    bench->service.last);
	}
}

/* Parts of long replies: what must and what must not be there. */
static void
test_reply_parts(void **state)
{
	static const struct {
		const char *name, *in, *there, *absent;
	} rows[] = {
		{ "whole asset",
		    NEW("getAssets",
			COMPANY "<assetHandleArray><items>a|739</items></assetHandleArray>"),
		    "<items><assetHandle>a|739|1|537</assetHandle><type>Image</type><subType/"
		    "><name>mac book</name>"
		    "<fileName>mac.jpg</fileName><folder>ApiTestCo/</"
		    "folder><folderHandle>f|ApiTestCo/</folderHandle>"
		    "<readyForPublish>true</readyForPublish><trashState>NotInTrash</"
		    "trashState><projects/>"
		    "<ipsImageUrl>http://ips.example:8080/is/image/ApiTestCo/mac%20book</"
		    "ipsImageUrl>"
		    "<created>2011-03-01T23:04:40.177Z</created><createUser>user@example.com</"
		    "createUser>"
		    "<lastModified>2011-03-01T23:04:40.177Z</"
		    "lastModified><lastModifyUser>user@example.com</lastModifyUser>"
		    "<metadataArray></metadataArray><imageInfo>",
		    "layerViewInfo" },
		{ "image block",
		    NEW("getAssets",
			COMPANY "<assetHandleArray><items>a|739</items></assetHandleArray>"),
		    "<width>1000</width><height>601</height><fileSize>123456789012</"
		    "fileSize><resolution>72</resolution>"
		    "<sku/><description/><comments/><userData/><anchorX>500</anchorX>"
		    "<anchorY>300</anchorY><urlModifier/><urlPostApplyModifier/>"
		    "<zoomTargets></zoomTargets><masks></masks><imageMaps></imageMaps></imageInfo>",
		    "permissions" },
		{ "old asset",
		    CALL(IN(BARE_URI, "getAssets",
			COMPANY "<assetHandleArray><items>a|739</items></assetHandleArray>")),
		    "<type>Image</type><name>mac book</name><folder>", "trashState" },
		{ "folders", NEW("getFolders", COMPANY),
		    "<folderArray><items><folderHandle>f|ApiTestCo/</folderHandle><path>ApiTestCo/"
		    "</path>"
		    "<lastModified>1970-01-01T00:00:01.000Z</"
		    "lastModified><childLastModified>1970-01-01T00:00:02.000Z</childLastModified>"
		    "<permissionSetHandle>pm|2</permissionSetHandle><hasSubfolders>true</"
		    "hasSubfolders></items>",
		    "<permissions>" },
		{ "each permission set once", NEW("getFolders", COMPANY),
		    "</folderArray><permissionSetArray><items><permissionSetHandle>pm|2</"
		    "permissionSetHandle><permissionArray><items>"
		    "<groupHandle>g|7</groupHandle><groupName>Agency &amp; "
		    "Co</groupName><permissionType>Read</permissionType>"
		    "<isAllowed>true</isAllowed><isOverride>false</isOverride></items></"
		    "permissionArray></items>"
		    "<items><permissionSetHandle>pm|3</permissionSetHandle><permissionArray></"
		    "permissionArray></items>"
		    "</permissionSetArray></getFoldersReturn>",
		    "pm|0" },
		{ "old folders", CALL(IN(BARE_URI, "getFolders", COMPANY)),
		    "<path>ApiTestCo/</path><permissions><items><groupHandle>g|7</groupHandle>",
		    "lastModified" },
		{ "no sets unless selected",
		    NEW("getFolders", COMPANY "<responseFieldArray><items>folderArray/items/path</"
					      "items></responseFieldArray>"),
		    "<folderArray><items><path>ApiTestCo/</path></items><items><path>ApiTestCo/a/</"
		    "path></items>",
		    "permission" },
		{ "tree",
		    NEW("getFolderTree",
			COMPANY "<depth>-1</depth><responseFieldArray><items>folders/path</items>"
				"<items>folders/subfolderArray</items></responseFieldArray>"),
		    "<folders><path>ApiTestCo/</"
		    "path><subfolderArray><items><folderHandle>f|ApiTestCo/a/</folderHandle>",
		    "permissionSetArray" },
		{ "nesting",
		    NEW("getFolderTree", COMPANY
			"<depth>-1</depth><excludeFieldArray><items>permissionSetArray</items>"
			"<items>folders/subfolderArray/items/folderHandle</items></"
			"excludeFieldArray>"),
		    "<subfolderArray><items><folderHandle>f|ApiTestCo/a/b/</folderHandle>",
		    "<folderHandle>f|ApiTestCo/c/" },
		{ "empty leaves", NEW("getFolderTree", COMPANY "<depth>0</depth>"),
		    "<hasSubfolders>true</hasSubfolders><subfolderArray></subfolderArray></"
		    "folders>",
		    "ApiTestCo/a" },
	};
	struct bench *bench = *state;
	static const struct headers headers = { .type = "text/xml", .host = "ips.example:8080" };

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		answer(bench, "POST", ENDPOINT_PATH, "", rows[i].in, &headers);
		if (bench->response.status != 200 ||
		    !strstr(bench->response.body->str, rows[i].there) ||
		    strstr(bench->response.body->str, rows[i].absent))
			fail_msg("%s: %d\n%s\nwant\n%s", rows[i].name, bench->response.status,
			    bench->response.body->str, rows[i].there);
	}
}

#define DETAIL(element, code, reason)                                                              \
	"<tns:" element " xmlns:tns=\"" BARE_URI "\"><tns:code>" code                              \
	"</tns:code><tns:reason>" reason "</tns:reason></tns:" element ">"
#define FAULT11(element, code, reason)                                                             \
	"<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>" element                \
	"</faultstring><detail>" DETAIL(element, code, reason) "</detail></soapenv:Fault>"
#define API(code, reason) FAULT11("ipsApiFault", code, reason)

static void
test_faults(void **state)
{
	static const struct {
		const char *name, *in;
		int status;
		const char *there;
	} rows[] = {
		{ "recorded form", NEW("copyImage", COPY("taken", "")), 500,
		    REPLY11(API("30000", "Asset ID 'taken' is already in use.")) },
		{ "no credentials", OPEN11("") IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    500,
		    REPLY11(FAULT11(
			"authenticationFault", "10000", "No user name and password were sent")) },
		{ "status asked for",
		    OPEN11("<authHeader xmlns='" BARE_URI "'><user>x</user><password>y</password>"
			   "<faultHttpStatusCode>200</faultHttpStatusCode></authHeader>")
			IN(NEWEST_URI, "copyImage", "") CLOSE,
		    200, FAULT11("authenticationFault", "10001", "Invalid username/password") },
		{ "a status that is none",
		    OPEN11("<authHeader xmlns='" BARE_URI
			   "'><faultHttpStatusCode>99999</faultHttpStatusCode>"
			   "</authHeader>") IN(NEWEST_URI, "copyImage", "") CLOSE,
		    500, "<tns:code>10000</tns:code>" },
		{ "SOAP 1.2",
		    "<e:Envelope xmlns:e='" SOAP12_URI
		    "'><e:Body>" IN(NEWEST_URI, "copyImage", "") "</e:Body></e:Envelope>",
		    500,
		    REPLY12("<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:Receiver</"
			    "soapenv:Value></soapenv:Code>"
			    "<soapenv:Reason><soapenv:Text "
			    "xml:lang=\"en\">authenticationFault</soapenv:Text></soapenv:Reason>"
			    "<soapenv:Detail>" DETAIL("authenticationFault", "10000",
				"No user name and password were sent") "</soapenv:Detail></"
								       "soapenv:Fault>") },
		{ "missing", NEW("copyImage", "<companyHandle>c|6</companyHandle>"), 500,
		    API("30002", "'assetHandle' is missing") },
		{ "wrong namespace is missing",
		    CALL("<copyImageParam xmlns='" NEWEST_URI
			 "'><companyHandle xmlns='urn:x'>c|6</companyHandle></copyImageParam>"),
		    500, API("30002", "'companyHandle' is missing") },
		{ "company", NEW("getFolders", "<companyHandle>c|7</companyHandle>"), 500,
		    FAULT11("authorizationFault", "20000", "No company 'c|7'") },
		{ "not offered", NEW("deleteAsset", ""), 500,
		    API("30000", "Operation 'deleteAsset' is not offered") },
		{ "unknown operation", NEW("makeCoffee", ""), 500,
		    API("30003", "There is no operation 'makeCoffee'") },
		{ "reason escaped", NEW("copyImage", COPY("a&lt;b&amp;\"c", "")), 500,
		    API("30001", "name: 'a&lt;b&amp;&quot;c' is ? bad") },
		{ "not a number", NEW("getFolderTree", COMPANY "<depth>abc</depth>"), 500,
		    API("30001",
			"'abc' is not valid for 'depth': it must be a whole number of 32 bits.") },
		{ "too large a number", NEW("getFolderTree", COMPANY "<depth>4294967296</depth>"),
		    500, "<tns:code>30001</tns:code>" },
		{ "empty number", NEW("getFolderTree", COMPANY "<depth/>"), 500,
		    "<tns:code>30001</tns:code>" },
		{ "not a boolean",
		    NEW("searchAssets", COMPANY "<includeSubfolders>maybe</includeSubfolders>"),
		    500,
		    API("30001", "'maybe' is not valid for 'includeSubfolders': it must be true or "
				 "false.") },
		{ "not a date",
		    NEW("searchAssets", COMPANY
			"<systemFieldConditionArray><items><dateVal>yesterday</dateVal></items>"
			"</systemFieldConditionArray>"),
		    500, "'yesterday' is not valid for 'dateVal'" },
		{ "elements in text",
		    NEW("copyImage", COMPANY
			"<assetHandle><b/></assetHandle><folderHandle/><name/><urlModifier/>"),
		    500, API("30003", "'assetHandle' holds elements; it must be text.") },
		{ "elements in the company",
		    NEW("getFolders", "<companyHandle><b/></companyHandle>"), 500,
		    "<tns:code>30003</tns:code>" },
		{ "a filter that is not offered",
		    NEW("searchAssets", COMPANY "<projectHandle>p|6|x</projectHandle>"), 500,
		    API("30001", "searchAssets: 'projectHandle' is not offered by this server.") },
		{ "text between elements", CALL("text" IN(NEWEST_URI, "copyImage", COPY("n", ""))),
		    500, "<tns:code>30003</tns:code>" },
		{ "not XML", "{\"a\":1}", 500, "<tns:code>30003</tns:code>" },
		{ "empty", "", 500, "<tns:code>30003</tns:code>" },
		{ "truncated", OPEN11(AUTH) "<copyImageParam", 500, "<tns:code>30003</tns:code>" },
		{ "DTD", "<!DOCTYPE x [<!ENTITY a 'b'>]>" NEW("copyImage", COPY("n", "")), 500,
		    "<tns:code>30003</tns:code>" },
		{ "no envelope", IN(NEWEST_URI, "copyImage", COPY("n", "")), 500,
		    API("30003", "The document is a 'copyImageParam', not an Envelope of SOAP 1.1 "
				 "or 1.2.") },
		{ "another SOAP", "<Envelope xmlns='urn:soap'/>", 500,
		    "<tns:code>30003</tns:code>" },
		{ "no body", "<s:Envelope xmlns:s='" SOAP11_URI "'/>", 500,
		    API("30003", "The Envelope has no Body.") },
		{ "two headers",
		    "<s:Envelope xmlns:s='" SOAP11_URI
		    "'><s:Header/><s:Header/><s:Body/></s:Envelope>",
		    500, API("30003", "The Envelope has no Body where 'Header' stands.") },
		{ "two bodies",
		    "<s:Envelope xmlns:s='" SOAP11_URI "'><s:Body/><s:Body/></s:Envelope>", 500,
		    API("30003", "'Body' follows the Body.") },
		{ "empty body", "<s:Envelope xmlns:s='" SOAP11_URI "'><s:Body/></s:Envelope>", 500,
		    API("30003", "The Body is empty.") },
		{ "two requests",
		    CALL(IN(NEWEST_URI, "copyImage", "") IN(NEWEST_URI, "copyImage", "")), 500,
		    API("30003", "The Body holds more than one request.") },
		{ "foreign request", CALL("<copyImageParam xmlns='urn:x'/>"), 500,
		    "is in the namespace 'urn:x'" },
		{ "namespace that begins like ours",
		    CALL("<copyImageParam xmlns='" BARE_URI "2'/>"), 500,
		    "<tns:code>30003</tns:code>" },
		{ "no request", CALL("<copyImage xmlns='" NEWEST_URI "'/>"), 500,
		    API("30003",
			"'copyImage' is no request: those are named &lt;operation&gt;Param.") },
		{ "must understand",
		    OPEN11("<h:x xmlns:h='urn:x' s:mustUnderstand='1'/>" AUTH)
			IN(NEWEST_URI, "copyImage", "") CLOSE,
		    500,
		    API("30003", "The header 'x' must be understood, but is not known here.") },
	};
	struct bench *bench = *state;
	static const struct headers headers = { 0 };

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		answer(bench, "POST", ENDPOINT_PATH, "", rows[i].in, &headers);
		if (!strstr(bench->response.body->str, rows[i].there) ||
		    bench->response.status != rows[i].status || bench->response.fault_code == 0)
			fail_msg("%s: %d\n%s\nwant\n%s", rows[i].name, bench->response.status,
			    bench->response.body->str, rows[i].there);
	}
	answer(bench, "POST", ENDPOINT_PATH, "", NEW("copyImage", COPY("n", "")), &headers);
	assert_string_equal(bench->response.body->str, REPLY11(COPIED(NEWEST_URI)));
}

static void
test_http(void **state)
{
	static const struct {
		const char *name, *path, *in;
		struct headers headers;
		int status;
		const char *type, *there;
	} rows[] = {
		{ "Basic", ENDPOINT_PATH,
		    OPEN11("") IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    { .authorization = "Basic dXNlckBleGFtcGxlLmNvbTpwJnc=" }, 200,
		    "text/xml;charset=UTF-8", COPIED(NEWEST_URI) },
		{ "header before Basic", ENDPOINT_PATH, NEW("copyImage", COPY("n", "")),
		    { .authorization = "Basic eDp5" }, 200, "text/xml;charset=UTF-8",
		    COPIED(NEWEST_URI) },
		{ "wrong Basic", ENDPOINT_PATH,
		    OPEN11("") IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    { .authorization = "Basic eDp5" }, 500, "text/xml;charset=UTF-8",
		    "<tns:code>10001</tns:code>" },
		{ "Basic that is none", ENDPOINT_PATH,
		    OPEN11("") IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    { .authorization = "Basic !!!!" }, 500, "text/xml;charset=UTF-8",
		    "<tns:code>10000</tns:code>" },
		{ "unreadable SOAP 1.2", ENDPOINT_PATH, "<",
		    { .type = "application/soap+xml; charset=utf-8" }, 500,
		    "application/soap+xml;charset=UTF-8", "<soapenv:Code>" },
		{ "plain XML", PLAIN_PATH,
		    "<Request xmlns='" BARE_URI "/2017-10-29-beta'>" AUTH IN(
			BARE_URI "/2017-10-29-beta", "copyImage", COPY("n", "")) "</Request>",
		    { 0 }, 200, "text/xml;charset=UTF-8",
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" COPIED(
			BARE_URI "/2017-10-29-beta") },
		{ "plain fault", PLAIN_PATH, "<Request xmlns='" BARE_URI "'/>", { 0 }, 500,
		    "text/xml;charset=UTF-8",
		    "?>\n" DETAIL("ipsApiFault", "30003", "The Request is empty.") },
		{ "plain, request first", PLAIN_PATH,
		    "<Request xmlns='" BARE_URI "'>" IN(BARE_URI, "copyImage", COPY("n", "")) AUTH
		    "</Request>",
		    { 0 }, 200, "text/xml;charset=UTF-8", COPIED(BARE_URI) },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		answer(bench, "POST", rows[i].path, "", rows[i].in, &rows[i].headers);
		if (!strstr(bench->response.body->str, rows[i].there) ||
		    bench->response.status != rows[i].status ||
		    strcmp(bench->response.type, rows[i].type) != 0)
			fail_msg("%s: %d %s\n%s\nwant\n%s", rows[i].name, bench->response.status,
			    bench->response.type, bench->response.body->str, rows[i].there);
	}
}

static void
test_header_steers(void **state)
{
	static const struct {
		const char *more;
		enum ips_http_coding coding;
	} rows[] = {
		{ "", IPS_CODING_ACCEPT },
		{ "<gzipResponse>true</gzipResponse>", IPS_CODING_GZIP },
		{ "<gzipResponse>1</gzipResponse>", IPS_CODING_GZIP },
		{ "<gzipResponse>false</gzipResponse><locale>de-DE</locale>", IPS_CODING_PLAIN },
		{ "<gzipResponse/>", IPS_CODING_ACCEPT },
	};
	struct bench *bench = *state;
	static const struct headers headers = { 0 };

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		char *in = g_strdup_printf(
		    OPEN11("<authHeader xmlns='" BARE_URI "'><user>user@example.com</user>"
			   "<password>p&amp;w</password>%s</authHeader>")
			IN(NEWEST_URI, "copyImage", COPY("n", "")) CLOSE,
		    rows[i].more);

		answer(bench, "POST", ENDPOINT_PATH, "", in, &headers);
		assert_int_equal(bench->response.status, 200);
		assert_int_equal(bench->response.coding, rows[i].coding);
		assert_null(strstr(bench->response.body->str, "p&amp;w"));
		g_free(in);
	}
	answer(bench, "POST", ENDPOINT_PATH, "",
	    NEW("checkLogin", "<email>x</email><password>y</password>"), &headers);
	assert_int_equal(bench->response.delay_ms, 250);
}

static void
test_documents(void **state)
{
	static const struct {
		const char *path, *query, *host;
		int status;
		const char *there, *absent;
	} rows[] = {
		{ "/scene7/webservice/IpsApi.wsdl", "", "h:1", 200,
		    "targetNamespace=\"" BARE_URI "\"", "IpsApi/xsd/2" },
		{ "/scene7/webservice/IpsApi-2014-04-03.wsdl", "", "h:1", 200,
		    "<soap:address location=\"http://h:1" ENDPOINT_PATH "\"/>", "@ADDRESS@" },
		{ "/scene7/webservice/IpsApi-2014-04-03.wsdl", "", "h:1", 200, "IpsApiSoap12Port",
		    "@ADDRESS@" },
		{ "/scene7/webservice/IpsApi-2014-04-03.wsdl", "soap=1.1", "h:1", 200,
		    "IpsApiSoapPort", "Soap12" },
		{ "/scene7/IpsApi-2013-02-15.wsdl", "", "h:1", 200, BARE_URI "/2013-02-15",
		    BARE_URI "/2014" },
		{ "/scene7/IpsApi.wsdl", "", "h:1", 200, "getFoldersParam", "copyImageParam" },
		{ ENDPOINT_PATH, "wsdl", "h:1", 200, BARE_URI "/2014-04-03", "@ADDRESS@" },
		{ ENDPOINT_PATH, "WSDL", "h:1", 200, BARE_URI "/2014-04-03", "@ADDRESS@" },
		{ ENDPOINT_PATH, "", "h:1", 405, "?wsdl", "<" },
		{ "/scene7/webservice/IpsApi-2099-01-01.wsdl", "", "h:1", 404,
		    "/scene7/webservice/IpsApi-2014-04-03.wsdl", "<" },
		{ "/scene7/webservice/", "", "h:1", 404, "IpsApi.wsdl", "<" },
		{ "/scene7/IpsApi.wsdl", "serviceUrl=https%3A%2F%2Fproxy%3A8%2Fa%3Fb%3D1%26c",
		    "h:1", 200, "location=\"https://proxy:8/a?b=1&amp;c\"", "http://h:1" },
		{ "/scene7/IpsApi.wsdl", "serviceUrl=javascript:alert(1)", "h:1", 400, "serviceUrl",
		    "<" },
		{ "/scene7/IpsApi.wsdl", "serviceUrl=http%3A%2F%2Fa%22%3E%3Cb", "h:1", 400,
		    "serviceUrl", "<" },
		{ "/scene7/IpsApi.wsdl", "", "h\"><x", 200, "location=\"http://localhost/",
		    "h\"><x" },
		{ "/scene7/IpsApi.wsdl", "", NULL, 200, "location=\"http://localhost/",
		    "@ADDRESS@" },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct headers headers = { .host = rows[i].host };

		answer(bench, "GET", rows[i].path, rows[i].query, "", &headers);
		if (bench->response.status != rows[i].status ||
		    !strstr(bench->response.body->str, rows[i].there) ||
		    strstr(bench->response.body->str, rows[i].absent))
			fail_msg("%s?%s: %d %.200s\nwant %s without %s", rows[i].path,
			    rows[i].query, bench->response.status, bench->response.body->str,
			    rows[i].there, rows[i].absent);
	}
}

/* How many operations each version publishes. */
static void
test_versions(void **state)
{
	static const struct {
		const char *path;
		int operations;
	} rows[] = {
		{ "/scene7/IpsApi.wsdl", 73 },
		{ "/scene7/IpsApi-2008-01-15.wsdl", 126 },
		{ "/scene7/IpsApi-2008-09-10.wsdl", 128 },
		{ "/scene7/IpsApi-2009-07-31.wsdl", 133 },
		{ "/scene7/IpsApi-2010-01-31.wsdl", 147 },
		{ "/scene7/IpsApi-2012-02-14.wsdl", 153 },
		{ "/scene7/IpsApi-2013-02-15.wsdl", 163 },
		{ "/scene7/IpsApi-2014-04-03.wsdl", 164 },
	};
	struct bench *bench = *state;
	static const struct headers headers = { 0 };

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int count = 0;

		answer(bench, "GET", rows[i].path, "", "", &headers);
		for (const char *at = bench->response.body->str;
		     (at = strstr(at, "<soap:operation ")) != NULL; at++)
			count++;
		assert_int_equal(count, rows[i].operations);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole_replies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reply_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_faults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_http, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_header_steers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_documents, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_versions, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
