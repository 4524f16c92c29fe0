/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The image face over a real socket, from a real catalog and store. */
#include "openips/image.h"
#include "openips/render.h"
#include "pool_fixture.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char *dir;
	struct ips_service *service;
	struct ips_pool *pool;
	struct ips_image_face *face;
	struct ips_http *http;
};

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if (!(call))                                                                       \
			fail_msg("%s: %s (%s)", #call, err.reason, err.detail);                    \
	} while (0)

static void *
worker_open(void *arg)
{
	(void)arg;
	return NULL;
}

static void
worker_close(void *worker)
{
	(void)worker;
	ips_render_thread_done();
}

static int
start(void **state)
{
	static const struct ips_render_limits limits = { .max_pixels = 100000000, .threads = 2 };
	struct fixture *f = g_new0(struct fixture, 1);
	struct ips_error err = { .fault = IPS_OK };
	struct ips_http_route routes[4];
	struct ips_http_settings http = { .address = "127.0.0.1",
		.event_threads = 1,
		.workers = 2,
		.queue = 16,
		.max_connections = 50,
		.max_per_address = 50,
		.max_header = 16384,
		.max_headers = 64,
		.idle_timeout_s = 30,
		.request_timeout_s = 30,
		.worker_open = worker_open,
		.worker_close = worker_close };

	f->dir = g_dir_make_tmp("openips-XXXXXX", NULL);
	struct ips_service_settings settings = {
		.data_dir = f->dir, .public_url = "", .remember_s = 600
	};
	MUST(ips_render_start("test", &limits, &err));
	MUST(open_test_pool(&f->pool, &err));
	settings.pool = f->pool;
	MUST(ips_service_init(f->dir, &err));
	MUST(ips_service_open(&settings, &f->service, &err));
	MUST(ips_service_demo(f->service, &err));
	f->face = ips_image_face_new(f->service);
	assert_int_equal(ips_image_face_routes(f->face, routes, IPS_NELEM(routes)), 1);
	MUST(ips_http_start(&http, routes, 1, &f->http, &err));
	*state = f;
	return 0;
}

static void
remove_tree(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	if (dir != NULL)
		g_dir_close(dir);
	(void)remove(path);
}

static int
stop(void **state)
{
	struct fixture *f = *state;

	assert_true(ips_http_stop(f->http, 5000));
	ips_image_face_free(f->face);
	ips_service_close(f->service);
	ips_pool_close(f->pool);
	ips_render_stop();
	remove_tree(f->dir);
	g_free(f->dir);
	g_free(f);
	return 0;
}

/* One request, one connection: all that comes back. */
static GString *
ask(struct fixture *f, const char *method, const char *target, const char *headers)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)ips_http_port(f->http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	g_autofree char *request =
	    g_strdup_printf("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
		method, target, headers);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	GString *reply = g_string_new(NULL);
	char chunk[4096];
	ssize_t n;

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		g_string_append_len(reply, chunk, n);
	close(fd);
	return reply;
}

static int
status_of(const GString *reply)
{
	int status = 0;

	assert_int_equal(sscanf(reply->str, "HTTP/1.1 %d", &status), 1);
	return status;
}

/* The value of a header, any case; NULL if it is absent. */
static char *
header_of(const GString *reply, const char *name)
{
	g_auto(GStrv) line = g_strsplit(reply->str, "\r\n", -1);

	for (size_t i = 1; line[i] != NULL && line[i][0] != '\0'; i++) {
		size_t len = strlen(name);

		if (g_ascii_strncasecmp(line[i], name, len) == 0 && line[i][len] == ':')
			return g_strstrip(g_strdup(line[i] + len + 1));
	}
	return NULL;
}

static const char *
body_of(const GString *reply)
{
	const char *end = strstr(reply->str, "\r\n\r\n");

	assert_non_null(end);
	return end + 4;
}

static void
test_answers(void **state)
{
	static const struct {
		const char *method, *target;
		int status;
		const char *type, *body; /* how both begin; "" body: none */
	} rows[] = {
		{ "GET", "/is/image/ApiTestCo/macbookwin1?wid=60", 200, "image/jpeg",
		    "\xFF\xD8\xFF" },
		{ "GET", "/is/image/ApiTestCo/macbookwin1", 200, "image/jpeg", "\xFF\xD8\xFF" },
		{ "GET", "/is/image/ApiTestCo/mug?wid=60&fmt=png-alpha", 200, "image/png",
		    "\x89PNG" },
		{ "GET", "/is/image/ApiTestCo/%6Dug?wid=60", 200, "image/jpeg", "\xFF\xD8\xFF" },
		{ "HEAD", "/is/image/ApiTestCo/mug?wid=60", 200, "image/jpeg", "" },
		{ "GET", "/is/image/ApiTestCo/nothing", 404, "text/plain",
		    "Unable to find image 'ApiTestCo/nothing'" },
		{ "HEAD", "/is/image/ApiTestCo/nothing", 404, "text/plain", "" },
		{ "GET", "/is/image/NoSuchCo/mug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image//mug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/m%2Fug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/m%00ug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/m%FFug", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/%", 404, "text/plain", "Unable to find image" },
		{ "GET", "/is/image/ApiTestCo/mug?wid=-1", 403, "text/plain", "" },
		{ "GET", "/is/image/ApiTestCo/mug?fmt=nonsense", 403, "text/plain", "" },
		{ "POST", "/is/image/ApiTestCo/mug", 405, "text/plain", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autoptr(GString) reply = ask(f, rows[i].method, rows[i].target, "");
		g_autofree char *type = header_of(reply, "Content-Type");
		g_autofree char *cache = header_of(reply, "Cache-Control");
		const char *body = body_of(reply);

		if (status_of(reply) != rows[i].status)
			fail_msg("%s: %d %s", rows[i].target, status_of(reply), body);
		if (type == NULL || !g_str_has_prefix(type, rows[i].type))
			fail_msg("%s: %s", rows[i].target, type);
		if (strcmp(rows[i].method, "HEAD") == 0)
			assert_string_equal(body, "");
		else if (memcmp(body, rows[i].body, strlen(rows[i].body)) != 0)
			fail_msg("%s: %s", rows[i].target, body);
		if (rows[i].status == 200)
			assert_string_equal(cache, "public, max-age=36000");
		else
			assert_string_equal(cache, "no-store");
	}
}

static void
test_validators(void **state)
{
	static const char target[] = "/is/image/ApiTestCo/lamp?wid=50";
	struct fixture *f = *state;
	g_autoptr(GString) first = ask(f, "GET", target, "");
	g_autofree char *etag = header_of(first, "ETag");
	g_autofree char *modified = header_of(first, "Last-Modified");
	g_autofree char *expires = header_of(first, "Expires");

	assert_non_null(etag);
	assert_non_null(modified);
	assert_non_null(expires);
	const struct {
		const char *header, *value;
		int status;
	} rows[] = {
		{ "If-None-Match", etag, 304 },
		{ "If-None-Match", "*", 304 },
		{ "If-None-Match", "\"other\"", 200 },
		{ "If-Modified-Since", modified, 304 },
		{ "If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 200 },
		{ "If-Modified-Since", "Fri, 31 Dec 2100 08:49:37 GMT", 304 },
		{ "If-Modified-Since", "yesterday", 200 },
		/* The tag outranks the date. */
		{ "If-None-Match: \"other\"\r\nIf-Modified-Since", modified, 200 },
	};
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autofree char *header =
		    g_strdup_printf("%s: %s\r\n", rows[i].header, rows[i].value);
		g_autoptr(GString) reply = ask(f, "GET", target, header);
		g_autofree char *again = header_of(reply, "ETag");

		if (status_of(reply) != rows[i].status)
			fail_msg("%s: %d", header, status_of(reply));
		assert_string_equal(again, etag);
		if (rows[i].status == 304)
			assert_string_equal(body_of(reply), "");
		else
			assert_int_equal(reply->len - (size_t)(body_of(reply) - reply->str),
			    first->len - (size_t)(body_of(first) - first->str));
	}
}

#define MUG      "/is/image/ApiTestCo/mug"
#define LAMP     "/is/image/ApiTestCo/lamp"
#define MAP      "<AREA SHAPE=rect COORDS=\"300, 0, 450,900\" HREF='a&b'>"
#define IN_10_H  "public, max-age=36000"
#define IN_6_MIN "public, max-age=360"
#define NOT_EVER "no-store"
#define PLAIN    "text/plain; charset=utf-8"
#define SCRIPT   "text/javascript; charset=utf-8"
#define XML      "text/xml; charset=utf-8"

static void
describe(struct fixture *f, const char *name, const char *const *texts, size_t count)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *asset;

	MUST(ips_catalog_asset_named(ips_service_catalog(f->service), mem, 6, name, &asset, &err));
	MUST(ips_service_asset_set(f->service, mem, asset, texts, count, "", &err));
}

/* Every kind in every form: what the body begins with, and what it holds. */
static void
test_questions(void **state)
{
	static const struct {
		const char *target;
		int status;
		const char *type, *cache, *begin, *holds;
	} rows[] = {
		{ MUG "?req=exists", 200, PLAIN, IN_6_MIN, "#S7Z OK\n#",
		    " GMT\ncatalogRecord.exists=1\n" },
		{ "/is/image/ApiTestCo/no?req=exists,text", 200, PLAIN, IN_6_MIN, "#S7Z OK\n",
		    "catalogRecord.exists=0\n" },
		{ "/is/image/Nobody/mug?req=exists,javascript", 200, SCRIPT, IN_6_MIN,
		    "catalogRecord.exists='0'\n", "" },
		{ "/is/image/?req=exists,javascript", 200, SCRIPT, IN_6_MIN,
		    "catalogRecord.exists='0'\n", "" },
		{ "/is/image/ApiTestCo/%FF?req=exists,javascript", 200, SCRIPT, IN_6_MIN,
		    "catalogRecord.exists='0'\n", "" },
		{ MUG "?req=exists,xml", 200, XML, IN_6_MIN,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prop-group>\n"
		    "<prop-group name=\"catalogRecord\">\n",
		    "<property name=\"exists\" value=\"1\" />\n</prop-group>\n</prop-group>\n" },
		{ MUG "?req=exists,json", 200, SCRIPT, IN_6_MIN,
		    "/*jsonp*/s7jsonResponse({\n\"catalogRecord.exists\":\"1\"\n},\"\");\n", "" },
		{ MUG "?req=exists,json&id=7&handler=got1", 200, SCRIPT, IN_6_MIN,
		    "/*jsonp*/got1({\n\"catalogRecord.exists\":\"1\"\n},\"7\");\n", "" },
		{ MUG "?id=%22%5C%3C%0A%26&req=exists,json", 200, SCRIPT, IN_6_MIN,
		    "/*jsonp*/s7jsonResponse(", "},\"\\\"\\\\\\u003c\\n&\");\n" },
		{ MUG "?req=exists,json&handler=alert(1)", 403, SCRIPT, NOT_EVER,
		    "/*jsonp*/s7jsonResponse({\n\"error.message\":\"handler=alert(1): ", "" },
		{ MUG "?req=exists&handler=alert(1)", 200, PLAIN, IN_6_MIN, "#S7Z OK\n", "" },
		/* Nothing else counts; the last req= does. */
		{ MUG "?req=exists&wid=-1&rotate=%zz&src=is{", 200, PLAIN, IN_6_MIN, "#S7Z OK\n",
		    "exists=1" },
		{ MUG "?req=props&REQ=exists", 200, PLAIN, IN_6_MIN, "#S7Z OK\n", "exists=1" },
		{ MUG "??req=exists", 200, PLAIN, IN_6_MIN, "#S7Z OK\n", "exists=1" },
		{ MUG "?req=exists&req=img&wid=50", 200, "image/jpeg", "public, max-age=36000",
		    "\xFF\xD8\xFF", "" },
		{ MUG "?req=validate&wid=50&hei=50", 200, PLAIN, NOT_EVER, "#S7Z OK\n",
		    "request.isValid=1\n" },
		{ "/is/image/Nobody/x?req=validate,json", 200, SCRIPT, NOT_EVER,
		    "/*jsonp*/s7jsonResponse({\n\"request.isValid\":\"1\"\n},\"\");\n", "" },
		{ MUG "?req=validate&wid=$w$", 200, PLAIN, NOT_EVER, "#S7Z OK\n", "isValid=1" },
		{ MUG "?req=validate&wid=x", 403, PLAIN, NOT_EVER, "wid=x: ", "" },
		{ MUG "?req=validate,xml&wid=%22x", 403, XML, NOT_EVER, "<?xml ",
		    "<prop-group name=\"error\">\n<property name=\"message\" "
		    "value=\"wid=&#34;x: " },
		{ MUG "?req=validate,javascript&wid='x", 403, SCRIPT, NOT_EVER,
		    "error.message='wid=''x: ", "" },
		{ MUG "?req=validate,json&id=9&wid=x", 403, SCRIPT, NOT_EVER,
		    "/*jsonp*/s7jsonResponse({\n\"error.message\":\"wid=x: ", "},\"9\");\n" },
		{ "/is/image/ApiTestCo/macbookwin1?req=props&wid=300&fmt=png", 200, PLAIN, IN_6_MIN,
		    "#S7Z OK\n",
		    "image.height=225\nimage.iccEmbed=0\nimage.iccProfile=sRGB\nimage.length=0\n"
		    "image.mask=0\nimage.pixTyp=RGB\nimage.pathEmbed=0\nimage.printRes=300\n"
		    "image.quality=85\nimage.type=image/png\nimage.width=300\n"
		    "image.xmpEmbed=0\n" },
		{ MUG "?req=props,javascript", 200, SCRIPT, IN_6_MIN, "image.bgc='ffffff'\n",
		    "image.type='image/jpeg'\nimage.width='400'\n" },
		{ MUG "?fmt=png-alpha&bgc=1,2,255&req=props,javascript", 200, SCRIPT, IN_6_MIN,
		    "image.bgc='0102ff'\n", "image.mask='1'\n" },
		{ MUG "?fmt=tif,gray&qlt=3&req=props,javascript", 200, SCRIPT, IN_6_MIN,
		    "image.bgc='ffffff'\n",
		    "image.mask='0'\nimage.pixTyp='BW'\nimage.pathEmbed='0'\n"
		    /* 150 dpi as PNG can say it: 5906 pixels per metre */
		    "image.printRes='150.01'\nimage.quality='3'\nimage.type='image/tiff'\n" },
		{ MUG "?req=props,xml", 200, XML, IN_6_MIN, "<?xml ",
		    "</prop-group>\n<prop-group name=\"metadata\">\n<property name=\"version\" " },
		{ MUG "?req=props,json&wid=0x", 403, SCRIPT, NOT_EVER, "/*jsonp*/", "wid=0x" },
		{ MUG "?req=props,json&wid=2001&hei=9", 403, SCRIPT, NOT_EVER, "/*jsonp*/",
		    "2001" },
		{ "/is/image/ApiTestCo/no?req=props,xml", 404, XML, NOT_EVER, "<?xml ",
		    "Unable to find image 'ApiTestCo/no'" },
		{ "/is/image/ApiTestCo/macbookwin1?req=imageprops,javascript&wid=-1", 200, SCRIPT,
		    IN_6_MIN, "image.anchor='600,450'\nimage.expiration='10'\nimage.height='900'\n",
		    "image.mask='0'\nimage.modifier=''\nimage.photoshopPathNames=''\n"
		    "image.pixTyp='RGB'\n"
		    "image.postModifier=''\n" },
		{ MUG "?req=imageprops", 200, PLAIN, IN_6_MIN, "#S7Z OK\n",
		    "image.thumbType=2\nimage.width=900\nimage.translatedId=ApiTestCo/mug\n" },
		{ MUG "?req=imageprops,json", 200, SCRIPT, IN_6_MIN,
		    "/*jsonp*/s7jsonResponse({\n\"image.anchor\":\"450,450\",\n",
		    "\"image.mask\":\"2\"" },
		{ MUG "?req=imageprops,xml", 200, XML, IN_6_MIN, "<?xml ",
		    "<property name=\"translatedId\" value=\"ApiTestCo/mug\" />" },
		{ "/is/image/ApiTestCo/no?req=imageprops", 404, PLAIN, NOT_EVER,
		    "Unable to find image", "" },
		{ "/is/image/ApiTestCo?req=imageprops", 404, PLAIN, NOT_EVER,
		    "Unable to find image", "" },
		{ "/is/image/ApiTestCo?req=catalogprops", 200, PLAIN, IN_6_MIN, "#S7Z OK\n",
		    "catalog.bkgColor=ffffff\ncatalog.defaultExt=\ncatalog.defaultPix=400,400\n"
		    "catalog.defaultThumbPix=100,100\n" },
		{ MUG "?req=catalogprops,xml", 200, XML, IN_6_MIN, "<?xml ",
		    "<property name=\"maxPix\" value=\"2000,2000\" />" },
		{ "/is/image/?req=catalogprops,javascript", 200, SCRIPT, IN_6_MIN,
		    "catalog.bkgColor='ffffff'\n", "catalog.thumbType='2'\n" },
		{ "/is/image/Nobody?req=catalogprops,json", 404, SCRIPT, NOT_EVER, "/*jsonp*/",
		    "Unable to find image catalog 'Nobody'" },
		{ MUG "?req=loadcache&wid=40&fmt=gif", 200, PLAIN, NOT_EVER, "#S7Z OK\n",
		    "image.length=" },
		{ MUG "?req=loadcache&wid=x", 403, PLAIN, NOT_EVER, "wid=x: ", "" },
		{ MUG "?req=loadcache,xml", 403, XML, NOT_EVER, "<?xml ",
		    "a form cannot be chosen" },
		{ MUG "?$w=50&req=resolve&wid=$w$&WID=60&id=3", 200, PLAIN, NOT_EVER,
		    "ApiTestCo/mug?wid=60\n", "" },
		{ MUG "?req=resolve", 200, PLAIN, NOT_EVER, "ApiTestCo/mug\n", "" },
		{ "/is/image/ApiTestCo/no?req=resolve", 404, PLAIN, NOT_EVER,
		    "Unable to find image", "" },
		{ "/is/image/ApiTestCo?req=message&message=a%20word", 200, PLAIN, NOT_EVER, "",
		    "" },
		{ MUG "?req=tmb&wid=40", 200, "image/jpeg", "public, max-age=36000", "\xFF\xD8\xFF",
		    "" },
		{ MUG "?req=tmb&wid=40&fit=fit", 403, PLAIN, NOT_EVER, "fit=fit: ", "req=tmb" },
		{ MUG "?req=mask,json", 403, SCRIPT, NOT_EVER, "/*jsonp*/",
		    "a form cannot be chosen" },
		/* What req= cannot be */
		{ MUG "?req=nonsense", 403, PLAIN, NOT_EVER, "req=nonsense", "" },
		{ MUG "?req=exists,yaml", 403, PLAIN, NOT_EVER, "req=exists,yaml", "" },
		{ MUG "?req=exists,xml,UTF-8", 403, XML, NOT_EVER, "<?xml ", "encoding" },
		{ MUG "?$r=props&req=$r$", 403, PLAIN, NOT_EVER, "req=$r$", "" },
		{ MUG "?req=xmp,json", 403, SCRIPT, NOT_EVER, "/*jsonp*/",
		    "a form cannot be chosen" },
		{ MUG "?req=mbrSet", 403, PLAIN, NOT_EVER, "req=mbrSet: mbrSet is not", "" },
		{ MUG "?req=saveToFile&name=x", 403, PLAIN, NOT_EVER, "req=saveToFile: ", "" },
		{ MUG "?req=saveToFile,json", 403, SCRIPT, NOT_EVER, "/*jsonp*/",
		    "saveToFile is not" },
		/* What the catalog keeps beside a picture */
		{ LAMP "?req=userdata&wid=x", 200, PLAIN, IN_10_H, "label=The lamp\r\nA.b=2\r\n",
		    "" },
		{ LAMP "?req=userdata,xml", 200, XML, IN_10_H,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prop-group>\n<property "
		    "name=\"label\" value=\"The lamp\" />\n<prop-group name=\"A\">\n",
		    "<property name=\"b\" value=\"2\" />\n</prop-group>\n</prop-group>\n" },
		{ LAMP "?req=userdata,json&id=1", 200, SCRIPT, IN_10_H,
		    "/*jsonp*/s7jsonResponse({\n\"label\":\"The "
		    "lamp\",\n\"A.b\":\"2\"\n},\"1\");\n",
		    "" },
		{ LAMP "?req=userdata,xml,ISO-8859-1", 200, "text/xml; charset=iso-8859-1", IN_10_H,
		    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n", "The lamp" },
		{ LAMP "?req=userdata,javascript", 403, SCRIPT, NOT_EVER, "error.message='",
		    "the form must be one of text, xml, json" },
		{ LAMP "?req=userdata,text,UTF-8", 403, PLAIN, NOT_EVER, "req=userdata,text,UTF-8",
		    "an encoding cannot" },
		{ LAMP "?req=userdata,xml,UTF-7", 403, PLAIN, NOT_EVER, "req=userdata", "UTF-16" },
		{ MUG "?req=userdata", 200, PLAIN, IN_10_H, "a quoted\r\n", "" },
		{ MUG "?req=userdata,json", 200, SCRIPT, IN_10_H, "/*jsonp*/s7jsonResponse({\n",
		    "\"USER_DATA\":\"a quoted\"" },
		{ "/is/image/ApiTestCo/no?req=userdata", 200, PLAIN, IN_10_H, "\r\n", "" },
		{ "/is/image/Nobody?req=targets,json", 200, SCRIPT, IN_10_H,
		    "/*jsonp*/s7jsonResponse({\n},\"\");\n", "" },
		{ MUG "?req=targets", 200, PLAIN, IN_10_H,
		    "Target.1.rect=1,2,3,4\r\nTarget.1.label=x\r\n", "" },
		{ MUG "?req=targets,xml", 200, XML, IN_10_H, "<?xml ",
		    "<prop-group name=\"Target.1\">\n<property name=\"rect\" value=\"1,2,3,4\" "
		    "/>\n" },
		/* Image maps: the mug has 900 by 900 pixels, DefaultPix is 400 */
		{ MUG "?req=map", 200, PLAIN, IN_10_H, MAP, "" },
		{ MUG "?req=map&ts=5&id=3", 200, PLAIN, IN_10_H, MAP, "" },
		{ MUG "?req=map&wid=300", 200, PLAIN, IN_10_H,
		    "<AREA SHAPE=rect COORDS=\"100,0,150,300\" HREF='a&b'>", "" },
		{ MUG "?req=map&wid=300&flip=lr", 200, PLAIN, IN_10_H,
		    "<AREA SHAPE=rect COORDS=\"150,0,200,300\" HREF='a&b'>", "" },
		{ MUG "?req=map&qlt=5", 200, PLAIN, IN_10_H,
		    "<AREA SHAPE=rect COORDS=\"133,0,200,400\" HREF='a&b'>", "" },
		{ MUG "?req=map,xml&wid=300", 200, XML, IN_10_H, "<?xml ",
		    "<map>\n<area shape=\"rect\" coords=\"100,0,150,300\" href=\"a&#38;b\" "
		    "/>\n</map>\n" },
		{ MUG "?req=map,json&wid=300", 200, SCRIPT, IN_10_H, "/*jsonp*/s7jsonResponse({\n",
		    "\"MAP\":\"\\u003cAREA SHAPE=rect COORDS=\\\"100,0,150,300\\\" HREF='a&b'>\"" },
		{ MUG "?req=map&map=", 200, PLAIN, IN_10_H, "", "" },
		{ MUG "?req=map,xml&map=", 200, XML, IN_10_H, "<?xml ",
		    "<map>\n<area />\n</map>\n" },
		{ LAMP "?req=map", 200, PLAIN, IN_10_H, "", "" },
		{ MUG "?req=map&map=%3Carea%20alt=x%3E&wid=90", 200, PLAIN, IN_10_H,
		    "<area alt=x shape=\"rect\" coords=\"0,0,90,90\">", "" },
		/* of layers, the front one first, and of nested requests */
		{ LAMP "?req=map&scl=1&layer=1&src=mug&size=90,90", 200, PLAIN, IN_10_H,
		    "<AREA SHAPE=rect COORDS=\"385,455,400,545\" HREF='a&b'>", "" },
		{ LAMP "?req=map&scl=1&layer=1&src=is{mug?size=90,90}", 200, PLAIN, IN_10_H,
		    "<AREA SHAPE=rect COORDS=\"385,455,400,545\" HREF='a&b'>", "" },
		{ LAMP "?req=map&scl=1&layer=1&src=mug&size=90,90&layer=2&src=mug&size=90,90&pos="
		       "100,0",
		    200, PLAIN, IN_10_H, "<AREA SHAPE=rect COORDS=\"485,455,500,545\" HREF='a&b'>",
		    "COORDS=\"385,455,400,545\"" },
		{ LAMP "?req=map&scl=1&layer=1&src=mug&size=90,90&flip=lr&rotate=90", 200, PLAIN,
		    IN_10_H, "<AREA SHAPE=rect COORDS=\"355,500,445,515\" HREF='a&b'>", "" },
		{ LAMP "?req=map&scl=1&layer=1&src=mug&size=90,90&pos=400,0", 200, PLAIN, IN_10_H,
		    "<AREA SHAPE=rect COORDS=\"785,455,800,545\" HREF='a&b'>", "" },
		{ LAMP "?req=map&scl=1&layer=1&src=mug&size=90,90&pos=450,0", 200, PLAIN, IN_10_H,
		    "", "" },
		{ LAMP "?req=map&scl=1&layer=1&src=mug&size=90,90&map=", 200, PLAIN, IN_10_H, "",
		    "" },
		{ LAMP "?req=map&scl=1&layer=1&color=ff0000&size=90,90&map=%3Carea%20alt=x%3E", 200,
		    PLAIN, IN_10_H, "<area alt=x shape=\"rect\" coords=\"355,455,445,545\">", "" },
		{ MUG "?req=map&map=x", 403, PLAIN, NOT_EVER, "An image map is", "" },
		{ MUG "?req=map&wid=x", 403, PLAIN, NOT_EVER, "wid=x", "" },
		{ MUG "?map=x&wid=50", 200, "image/jpeg", IN_10_H, "\xFF\xD8\xFF", "" },
		{ MUG "?req=xmp&wid=x", 200, XML, IN_10_H, "<?xml ", "<x:xmpmeta " },
		/* Sets */
		{ LAMP "?req=imageset", 200, PLAIN, IN_6_MIN, "lamp,mug;logo,{0x00ff00 Green}\r\n",
		    "" },
		{ LAMP "?req=imageset,javascript", 200, SCRIPT, IN_6_MIN,
		    "IMAGE_SET='lamp,mug;logo,{0x00ff00 Green}'\n", "" },
		{ "/is/image/ApiTestCo/no?req=imageset", 200, PLAIN, IN_6_MIN, "\r\n", "" },
		{ MUG "?req=set", 200, XML, IN_6_MIN, "<?xml ",
		    "<set pv=\"1.0\" type=\"img\" n=\"ApiTestCo/mug\">\n<item dx=\"900\" "
		    "dy=\"900\" iv=\"" },
		{ LAMP "?req=set&labelkey=label", 200, XML, IN_6_MIN, "<?xml ",
		    "<i n=\"ApiTestCo/mug\"/>\n<s n=\"ApiTestCo/logo\"/>\n</item>\n<item>\n"
		    "<s color=\"0x00ff00\" l=\"Green\"/>\n</item>\n</set>\n" },
		{ LAMP "?req=set,json,UTF-8&labelkey=LABEL", 200, SCRIPT, IN_6_MIN,
		    "/*jsonp*/s7jsonResponse({\"set\":{\"pv\":\"1.0\",\"type\":\"img_set\","
		    "\"n\":\"ApiTestCo/lamp\",\"item\":[{",
		    "\"i\":{\"n\":\"ApiTestCo/lamp\",\"l\":\"The lamp\"}" },
		{ "/is/image/ApiTestCo?req=set&imageSet={mug,nobody}", 200, XML, IN_6_MIN, "<?xml ",
		    "<item>\n<i n=\"ApiTestCo/nobody\"/>\n</item>\n" },
		{ MUG "?req=set&imageSet={a:b,c}", 200, XML, IN_6_MIN, "<?xml ", "type=\"ecat\"" },
		{ MUG "?req=set&imageSet={a;b;img,c}", 200, XML, IN_6_MIN, "<?xml ",
		    "type=\"media_set\"" },
		{ MUG "?req=set&imageSet={mug;logo;advanced_image,chart}", 200, XML, IN_6_MIN,
		    "<?xml ",
		    "type=\"img\">\n<i n=\"ApiTestCo/mug\"/>\n<s n=\"ApiTestCo/logo\"/>" },
		{ MUG "?req=set&imageSet={mug;;Advanced_SwatchSet,a}", 200, XML, IN_6_MIN, "<?xml ",
		    "type=\"img_set\">\n<i n=\"ApiTestCo/mug\"/>" },
		{ MUG "?req=set&imageSet={mug;;nonsense,a}", 200, XML, IN_6_MIN, "<?xml ",
		    "type=\"img\">\n<i n=\"ApiTestCo/mug\"/>" },
		{ MUG "?req=set&imageSet={a,b;;video_set}", 200, XML, IN_6_MIN, "<?xml ",
		    "<item type=\"video_set\">\n<i n=\"ApiTestCo/b\"/>" },
		{ MUG "?req=set&imageSet={lamp;mug;,a}", 200, XML, IN_6_MIN, "<?xml ",
		    "<item type=\"img_set\">\n<set type=\"img_set\" n=\"ApiTestCo/lamp\">" },
		{ MUG "?req=set&imageSet={lamp;mug;spin,a}", 200, XML, IN_6_MIN, "<?xml ",
		    "<item type=\"spin\">\n<set type=\"img_set\" n=\"ApiTestCo/lamp\">" },
		{ MUG "?req=set&imageSet={{a,b},c}", 200, XML, IN_6_MIN, "<?xml ",
		    "type=\"spin\"" },
		{ MUG "?req=set&imageSet={mug,lamp}", 200, XML, IN_6_MIN, "<?xml ",
		    "type=\"img_set\" n=\"ApiTestCo/lamp\">\n" },
		{ MUG "?req=set&imageSet={a,(b}", 403, XML, NOT_EVER, "<?xml ", "braces" },
		{ MUG "?req=set,text", 403, PLAIN, NOT_EVER, "req=set,text: ", "xml, json" },
		{ "/is/image/ApiTestCo/no?req=set", 404, XML, NOT_EVER, "<?xml ",
		    "Unable to find" },
		/* Addresses */
		{ "/is/image", 200, PLAIN, NOT_EVER, "#S7Z OK\n", "copyright=" },
		{ "/is/image/", 200, PLAIN, NOT_EVER, "#S7Z OK\n", "copyright=" },
		{ "/is/image//ApiTestCo//mug/?req=exists", 200, PLAIN, IN_6_MIN, "#S7Z OK\n",
		    "exists=1" },
		{ "/is/image/ApiTestCo/mug%2F?req=exists", 200, PLAIN, IN_6_MIN, "#S7Z OK\n",
		    "exists=0" },
		{ "/is/imagery", 404, PLAIN, NOT_EVER, "There is nothing here", "" },
	};
	static const char *const lamp[] = { "userData=label=The lamp\?\?A.b=2",
		"imageSet=lamp,mug;logo,{0x00ff00 Green}" };
	static const char *const mug[] = { "userData=a quoted", "map=" MAP,
		"targets=Target.1.rect=1,2,3,4\?\?Target.1.label=x" };
	struct fixture *f = *state;

	describe(f, "lamp", lamp, IPS_NELEM(lamp));
	describe(f, "mug", mug, IPS_NELEM(mug));
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autoptr(GString) reply = ask(f, "GET", rows[i].target, "");
		g_autofree char *type = header_of(reply, "Content-Type");
		g_autofree char *cache = header_of(reply, "Cache-Control");
		const char *body = body_of(reply);

		if (status_of(reply) != rows[i].status || !g_str_has_prefix(body, rows[i].begin) ||
		    strstr(body, rows[i].holds) == NULL)
			fail_msg("%s: %d\n%s", rows[i].target, status_of(reply), body);
		assert_string_equal(type, rows[i].type);
		assert_string_equal(cache, rows[i].cache);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_validators),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
