/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "image_priv.h"

#include <string.h>
#include <time.h>

/* Source: Image Serving reference, "Errors" (403 for most, the message as text) and
 * attribute::Expiration; RFC 9110, RFC 9111. */

#define PREFIX "/is/image"

struct ips_image_face {
	struct ips_service *service;
};

struct target {
	const char *company, *asset;
};

/* ---- The address ---- */

static bool
unescape(struct ips_arena *mem, const char *text, size_t len, const char **out)
{
	g_autofree char *plain = g_uri_unescape_segment(text, text + len, "/");

	if (plain == NULL || !ips_utf8_valid(plain, strlen(plain)))
		return false;
	*out = ips_arena_strdup(mem, plain);
	return true;
}

static const char *
without_slashes(const char *path)
{
	return path + strspn(path, "/");
}

static bool
not_found(const char *path, struct ips_error *err)
{
	return ips_fail(err, IPS_NOT_FOUND, "Unable to find image '%s'", path);
}

/* What the address does not name is NULL. Slashes at either end and doubled ones are seen in the
 * wild and say nothing; an encoded one is none. */
static struct target
parse_path(struct ips_arena *mem, const char *path)
{
	const char *rest = path + strlen(PREFIX);
	struct target target = { NULL, NULL };
	size_t len;

	rest = without_slashes(rest);
	len = strcspn(rest, "/");
	if (len > 0 && !unescape(mem, rest, len, &target.company))
		target.company = ""; /* which nothing is called */
	rest = without_slashes(rest + len);
	len = strlen(rest);
	while (len > 0 && rest[len - 1] == '/')
		len--;
	if (len > 0 && !unescape(mem, rest, len, &target.asset))
		target.asset = "";
	return target;
}

/* ---- Answers ---- */

const char *
http_date(struct ips_arena *mem, int64_t ms)
{
	static const char day[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char month[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return ips_arena_printf(mem, "%s, %02d %s %d %02d:%02d:%02d GMT", day[tm.tm_wday],
	    tm.tm_mday, month[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Published: missing images are 404, and most other errors 403. */
static int
error_status(enum ips_fault fault)
{
	const struct ips_fault_info *info = ips_fault_info(fault);

	if (fault == IPS_NOT_FOUND)
		return 404;
	return info->http_status >= 500 && fault != IPS_UNSUPPORTED ? info->http_status : 403;
}

/* In the form asked for; as text the sentence alone, since no properties can begin by "OK" here. */
static void
fill_error(struct ips_arena *mem, const struct ips_question *question, const struct ips_error *err,
    struct ips_http_response *response)
{
	const struct ips_property row = { "error", "message", err->reason };
	const struct ips_answer answer = { .row = &row, .rows = 1 };

	response->type = mem != NULL ? answer_type(mem, question) : "text/plain; charset=utf-8";
	if (question->form == IPS_FORM_TEXT) {
		response->body = g_string_new(err->reason);
		g_string_append_c(response->body, '\n');
	} else {
		response->body = answer_body(mem, question, &answer);
	}
	response->fault_code = ips_fault_info(err->fault)->code;
	ips_http_add_header(response, "Cache-Control", "no-store");
	if (ips_fault_info(err->fault)->retry)
		ips_http_add_header(response, "Retry-After", "1");
}

static void
log_internal(const struct ips_http_request *request, const struct ips_error *err)
{
	if (err->detail[0] != '\0')
		IPS_LOG(IPS_LOG_ERROR, "image", { "id", request->id }, { "path", request->path },
		    { "reason", err->reason }, { "detail", err->detail });
}

static void
add_lifetime(struct ips_arena *mem, int seconds, struct ips_http_response *response)
{
	if (seconds == 0) {
		ips_http_add_header(response, "Cache-Control", "no-store");
		return;
	}
	ips_http_add_header(
	    response, "Cache-Control", ips_arena_printf(mem, "public, max-age=%d", seconds));
	ips_http_add_header(
	    response, "Expires", http_date(mem, ips_clock_ms() + seconds * INT64_C(1000)));
}

static void
add_cache_headers(const struct ips_http_request *request, const struct ips_picture *picture,
    struct ips_http_response *response)
{
	ips_http_add_header(response, "ETag", picture->etag);
	ips_http_add_header(response, "Last-Modified", http_date(request->mem, picture->modified));
	add_lifetime(request->mem, picture->max_age_s, response);
}

/* RFC 9110 13.1.3: counts only without If-None-Match, and only if it is the date we gave or later.
 * Dates that are none are ignored. */
static bool
unmodified_since(const struct ips_http_request *request, const struct ips_picture *picture)
{
	const char *since = ips_http_header(request, "If-Modified-Since");
	struct tm tm = { .tm_year = 0 };
	const char *end;

	if (since == NULL || ips_http_header(request, "If-None-Match") != NULL)
		return false;
	if (picture->forever)
		return true;
	end = strptime(since, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return end != NULL && *end == '\0' && picture->modified / 1000 <= (int64_t)timegm(&tm);
}

static void
answer(const struct ips_http_request *request, const struct ips_picture *picture, bool unchanged,
    struct ips_http_response *response)
{
	add_cache_headers(request, picture, response);
	if (unchanged) {
		response->status = 304;
		return;
	}
	response->status = 200;
	response->type = picture->mime;
	response->coding = IPS_CODING_PLAIN;
	response->fd = picture->fd;
	response->fd_size = picture->size;
}

static bool
serve(struct ips_image_face *face, const struct ips_http_request *request,
    struct ips_http_response *response, struct ips_error *err)
{
	bool dated = ips_http_header(request, "If-Modified-Since") != NULL;
	const char *match = ips_http_header(request, "If-None-Match");
	struct ips_picture picture;
	struct target target = parse_path(request->mem, request->path);

	if (target.asset == NULL && *request->query == '\0')
		return not_found(without_slashes(request->path + strlen(PREFIX)), err);
	response->company = target.company;
	/* A date is answered without pixels where it can be; HEAD is not: it tells the length. */
	if (!ips_service_picture(face->service, request->mem, target.company, target.asset,
		request->query, match, dated, &picture, err))
		return false;
	if (picture.unchanged || unmodified_since(request, &picture)) {
		answer(request, &picture, true, response);
		return true;
	}
	if (dated && !ips_service_picture(face->service, request->mem, target.company, target.asset,
			 request->query, match, false, &picture, err))
		return false;
	answer(request, &picture, false, response);
	return true;
}

static bool
reply(struct ips_image_face *face, const struct ips_http_request *request,
    const struct ips_question *question, struct ips_http_response *response, struct ips_error *err)
{
	struct target target = parse_path(request->mem, request->path);
	struct ips_answer answer;

	response->company = target.company;
	if (!ips_service_answer(face->service, request->mem, question, target.company, target.asset,
		request->query, &answer, err))
		return false;
	add_lifetime(request->mem, answer.max_age_s, response);
	response->status = 200;
	response->type = answer_type(request->mem, question);
	response->body = answer_body(request->mem, question, &answer);
	/* It may hold what strangers wrote, and is not to be a page of this server. */
	ips_http_add_header(response, "Content-Security-Policy", "default-src 'none'; sandbox");
	return true;
}

/* Published: what an address without picture and commands answers. */
static bool
greet(const struct ips_http_request *request, const struct ips_question *question,
    struct ips_http_response *response)
{
	static const struct ips_property row = { NULL, "copyright",
		"Copyright (c) the openips authors" };
	const struct ips_answer answer = { .row = &row, .rows = 1 };

	response->status = 200;
	response->type = answer_type(request->mem, question);
	response->body = answer_body(request->mem, question, &answer);
	ips_http_add_header(response, "Cache-Control", "no-store");
	return true;
}

/* A word of a client for our log; what was sent is bounded with the request. */
static bool
note(const struct ips_http_request *request, const struct ips_question *question,
    struct ips_http_response *response)
{
	IPS_LOG(IPS_LOG_INFO, "message", { "id", request->id }, { "message", question->message });
	response->status = 200;
	response->type = answer_type(request->mem, question);
	response->body = g_string_new(NULL);
	ips_http_add_header(response, "Cache-Control", "no-store");
	return true;
}

static bool
answer_question(struct ips_image_face *face, const struct ips_http_request *request,
    const struct ips_question *question, struct ips_http_response *response, struct ips_error *err)
{
	struct target target = parse_path(request->mem, request->path);

	if (target.company == NULL && request->path[strcspn(request->path, "%")] == '\0' &&
	    *request->query == '\0')
		return greet(request, question, response);
	if (question->ask != IPS_ASK_IMAGE)
		response->counted = "properties";
	switch (question->ask) {
	case IPS_ASK_IMAGE:
		return serve(face, request, response, err);
	case IPS_ASK_MESSAGE:
		return note(request, question, response);
	default:
		return reply(face, request, question, response, err);
	}
}

static void
handle(void *arg, void *worker, const struct ips_http_request *request,
    struct ips_http_response *response)
{
	struct ips_image_face *face = arg;
	struct ips_error err = { .fault = IPS_OK };
	struct ips_question question = { .form = IPS_FORM_TEXT };
	struct ips_http_request plain = *request; /* with a query that hides nothing */
	struct target target = parse_path(request->mem, request->path);

	(void)worker;
	response->operation = response->counted = "image";
	if (request->path[strlen(PREFIX)] != '\0' && request->path[strlen(PREFIX)] != '/') {
		ips_fail(&err, IPS_NOT_FOUND, "There is nothing here.");
		response->status = error_status(err.fault);
		fill_error(request->mem, &question, &err, response);
		return;
	}
	if (ips_service_query(
		face->service, request->mem, target.company, request->query, &plain.query, &err) &&
	    ips_modifier_question(request->mem, plain.query, &question, &err) &&
	    answer_question(face, &plain, &question, response, &err))
		return;
	log_internal(request, &err);
	ips_service_title(face->service, request->mem, target.company, &err);
	response->status = error_status(err.fault);
	fill_error(request->mem, &question, &err, response);
}

static void
refuse(void *arg, const struct ips_error *err, struct ips_http_response *response)
{
	static const struct ips_question unread = { .form = IPS_FORM_TEXT };

	(void)arg;
	response->operation = response->counted = "image";
	fill_error(NULL, &unread, err, response);
}

/* ---- The face ---- */

struct ips_image_face *
ips_image_face_new(struct ips_service *service)
{
	struct ips_image_face *face = g_new0(struct ips_image_face, 1);

	face->service = service;
	return face;
}

void
ips_image_face_free(struct ips_image_face *face)
{
	g_free(face);
}

size_t
ips_image_face_routes(struct ips_image_face *face, struct ips_http_route *out, size_t max)
{
	if (max < 1)
		return 0;
	out[0] = (struct ips_http_route){
		.methods = "GET HEAD",
		.prefix = PREFIX,
		.handle = handle,
		.refuse = refuse,
		.arg = face,
		.face = "image",
	};
	return 1;
}
