/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a request line and headers must not be. The library below lets pass what two servers could
 * read differently; each such doubt is refused here. Source: RFC 9110, RFC 9112. */
#include "http_priv.h"

#include <string.h>

enum verdict {
	FINE,
	BAD_METHOD,
	BAD_TARGET,
	BAD_HEADER_NAME,
	BAD_HEADER_VALUE,
	BAD_LAYOUT,
	TOO_MANY_HEADERS,
	HEADERS_TOO_LARGE,
	TWO_LENGTHS,
	LENGTH_AND_CODING,
	OLD_CODING,
	UNKNOWN_CODING,
	BAD_HOST,
	UNKNOWN_EXPECTATION,
	BODY_TOO_LARGE,
	UNKNOWN_CONTENT_CODING,
	NO_ROUTE,
	WRONG_METHOD,
	UNKNOWN_METHOD,
};

static const struct refusal refusals[] = {
	[BAD_METHOD] = { 400, "The method is malformed.", true },
	[BAD_TARGET] = { 400, "The request target is malformed.", true },
	[BAD_HEADER_NAME] = { 400, "A header's name is malformed.", true },
	[BAD_HEADER_VALUE] = { 400, "A header's value holds a control character.", true },
	[BAD_LAYOUT] = { 400, "A header is folded, holds a NUL or ends without CR LF.", true },
	[TOO_MANY_HEADERS] = { 431, "There are too many headers.", true },
	[HEADERS_TOO_LARGE] = { 431, "The headers are too large.", true },
	[TWO_LENGTHS] = { 400, "Content-Length is repeated.", true },
	[LENGTH_AND_CODING] = { 400, "Content-Length and Transfer-Encoding exclude each other.",
	    true },
	[OLD_CODING] = { 400, "HTTP/1.0 has no Transfer-Encoding.", true },
	[UNKNOWN_CODING] = { 501, "The only Transfer-Encoding offered is chunked.", true },
	[BAD_HOST] = { 400, "Host must be given, once and well-formed.", true },
	[UNKNOWN_EXPECTATION] = { 417, "The only expectation met is 100-continue.", true },
	[BODY_TOO_LARGE] = { 413, "The body is larger than this server accepts.", false },
	[UNKNOWN_CONTENT_CODING] = { 415, "The only Content-Encoding accepted is gzip.", false },
	[NO_ROUTE] = { 404, "There is nothing here.", false },
	[WRONG_METHOD] = { 405, "This method is not allowed here.", false },
	[UNKNOWN_METHOD] = { 501, "This method is not known.", false },
};

static const char *const special_names[SPECIAL_COUNT] = {
	[CONTENT_LENGTH] = "Content-Length",
	[TRANSFER_ENCODING] = "Transfer-Encoding",
	[HOST] = "Host",
	[EXPECT] = "Expect",
	[CONTENT_ENCODING] = "Content-Encoding",
};

/* One walk over the headers. */
struct walk {
	struct exchange *exchange;
	size_t max;
	const char *end; /* of what was read so far, in the connection's memory */
	unsigned seen[SPECIAL_COUNT];
	enum verdict verdict;
};

/* RFC 9110 5.6.2. A blank before the colon would be part of the name: refused with the rest. */
static bool
is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!g_ascii_isalnum(text[i]) && !strchr("!#$%&'*+-.^_`|~", text[i]))
			return false;
		if (text[i] == '\0')
			return false;
	}
	return len > 0;
}

static bool
is_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
			return false;
	}
	return true;
}

#if MHD_VERSION < 0x00097600
/* This library ends a line's parts with NULs and leaves them where they were received. So a NUL
 * that came from the client is a gap it did not make; and the only part it ever moves elsewhere
 * is a folded one, which it joins to the wrong place. Later ones refuse both by themselves. */
static bool
follows(const char *end, const char *name)
{
	return name == end + 2; /* CR LF */
}

static bool
joins(const char *name, size_t name_len, const char *value)
{
	const char *at = name + name_len + 1; /* after what was the colon */

	for (; at < value; at++) {
		if (*at != ' ' && *at != '\t')
			return false;
	}
	return at == value;
}

/* The last line's end and the empty line. */
static bool
ends_at(const char *end, const char *head, size_t head_size)
{
	return head + head_size == end + 4;
}

static bool
target_is_whole(const struct exchange *exchange)
{
	const struct ips_http_request *request = &exchange->request;

	return exchange->target == request->method + strlen(request->method) + 1 &&
	       request->version == exchange->target + exchange->target_len + 1;
}
#else
static bool
follows(const char *end, const char *name)
{
	(void)end, (void)name;
	return true;
}

static bool
joins(const char *name, size_t name_len, const char *value)
{
	(void)name, (void)name_len, (void)value;
	return true;
}

static bool
ends_at(const char *end, const char *head, size_t head_size)
{
	(void)end, (void)head, (void)head_size;
	return true;
}

static bool
target_is_whole(const struct exchange *exchange)
{
	(void)exchange;
	return true;
}
#endif

static void
note_special(struct walk *walk, const char *name, size_t len, const char *value)
{
	for (int i = 0; i < SPECIAL_COUNT; i++) {
		if (strlen(special_names[i]) != len ||
		    g_ascii_strncasecmp(name, special_names[i], len) != 0)
			continue;
		if (walk->seen[i]++ == 0)
			walk->exchange->special[i] = value;
		return;
	}
}

static enum verdict
check_header(struct walk *walk, const char *name, size_t name_len, const char *value, size_t len)
{
	if (walk->exchange->header_count == walk->max)
		return TOO_MANY_HEADERS;
	if (!follows(walk->end, name) || !joins(name, name_len, value))
		return BAD_LAYOUT;
	if (!is_token(name, name_len))
		return BAD_HEADER_NAME;
	if (!is_value(value, len))
		return BAD_HEADER_VALUE;
	return FINE;
}

static enum MHD_Result
on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
    size_t value_len)
{
	struct walk *walk = cls;
	struct exchange *exchange = walk->exchange;

	(void)kind;
	if (value == NULL) {
		value = name + name_len;
		value_len = 0;
	}
	walk->verdict = check_header(walk, name, name_len, value, value_len);
	if (walk->verdict != FINE)
		return MHD_NO;
	note_special(walk, name, name_len, value);
	walk->end = value + value_len;
	exchange->headers[exchange->header_count++] = (struct header){ name, value };
	return MHD_YES;
}

/* RFC 3986 3.2: a name or address, in brackets if it holds colons; perhaps a port. */
static bool
is_host(const char *host)
{
	size_t len = *host == '[' ? strcspn(host, "]") : strcspn(host, ":[]");

	for (const char *at = host; *at != '\0'; at++) {
		if (!g_ascii_isgraph(*at) || strchr("/\\?#@<>\"',;", *at))
			return false;
	}
	if (*host == '[' && host[len++] != ']')
		return false;
	host += len;
	return *host == '\0' || (*host == ':' && host[1 + strspn(host + 1, "0123456789")] == '\0');
}

static enum verdict
check_headers(struct exchange *exchange, unsigned seen[SPECIAL_COUNT])
{
	const struct ips_http_settings *settings = &exchange->connection->http->settings;
	const struct ips_http_request *request = &exchange->request;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct walk walk = { .exchange = exchange,
		.max = (size_t)settings->max_headers,
		.end = request->version + strlen(request->version) };

	if (info->header_size > settings->max_header)
		return HEADERS_TOO_LARGE;
	exchange->headers = IPS_NEW_N(request->mem, struct header, walk.max);
	MHD_get_connection_values_n(exchange->mhd, MHD_HEADER_KIND, on_header, &walk);
	memcpy(seen, walk.seen, sizeof(walk.seen));
	if (walk.verdict == FINE && !ends_at(walk.end, request->method, info->header_size))
		return BAD_LAYOUT;
	return walk.verdict;
}

static enum verdict
check_framing(const struct exchange *exchange, const unsigned seen[SPECIAL_COUNT])
{
	const char *const *special = exchange->special;
	bool old = strcmp(exchange->request.version, "HTTP/1.0") == 0;

	if (seen[CONTENT_LENGTH] > 1)
		return TWO_LENGTHS;
	if (seen[CONTENT_LENGTH] > 0 && seen[TRANSFER_ENCODING] > 0)
		return LENGTH_AND_CODING;
	if (seen[TRANSFER_ENCODING] > 0 && old)
		return OLD_CODING;
	if (seen[TRANSFER_ENCODING] > 1 ||
	    (seen[TRANSFER_ENCODING] == 1 &&
		g_ascii_strcasecmp(special[TRANSFER_ENCODING], "chunked") != 0))
		return UNKNOWN_CODING;
	if (seen[HOST] > 1 || (seen[HOST] == 0 && !old) ||
	    (special[HOST] && !is_host(special[HOST])))
		return BAD_HOST;
	if (seen[EXPECT] > 0 && !old && g_ascii_strcasecmp(special[EXPECT], "100-continue") != 0)
		return UNKNOWN_EXPECTATION;
	return FINE;
}

/* Path and query, without the scheme and authority that a proxy's request has before them. */
static enum verdict
check_target(struct exchange *exchange)
{
	char *path = (char *)exchange->request.path, *query;

	if (!target_is_whole(exchange) || !is_value(path, strlen(path)) || strchr(path, ' '))
		return BAD_TARGET;
	if (g_ascii_strncasecmp(path, "http://", 7) == 0 ||
	    g_ascii_strncasecmp(path, "https://", 8) == 0) {
		path = strstr(path, "//") + 2;
		path += strcspn(path, "/?");
	}
	query = strchr(path, '?');
	if (query != NULL)
		*query++ = '\0';
	exchange->request.path = *path != '\0' ? path : "/";
	exchange->request.query = query != NULL ? query : "";
	if (exchange->request.path[0] == '/')
		return FINE;
	/* The server as a whole can only be asked for its options. */
	return strcmp(path, "*") == 0 && strcmp(exchange->request.method, "OPTIONS") == 0
		   ? FINE
		   : BAD_TARGET;
}

const struct refusal *
policy_check(struct exchange *exchange)
{
	unsigned seen[SPECIAL_COUNT] = { 0 };
	const char *method = exchange->request.method;
	enum verdict verdict = is_token(method, strlen(method)) ? FINE : BAD_METHOD;

	if (verdict == FINE)
		verdict = check_target(exchange);
	if (verdict == FINE)
		verdict = check_headers(exchange, seen);
	if (verdict == FINE)
		verdict = check_framing(exchange, seen);
	if (verdict != FINE)
		return &refusals[verdict];
	exchange->announced = exchange->special[CONTENT_LENGTH]
				  ? g_ascii_strtoull(exchange->special[CONTENT_LENGTH], NULL, 10)
				  : 0;
	exchange->has_body = exchange->announced > 0 || exchange->special[TRANSFER_ENCODING];
	return NULL;
}

static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += len) {
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* The longest prefix decides; routes of the same prefix share its methods among them. */
static const struct ips_http_route *
find_route(const struct exchange *exchange)
{
	const struct ips_http *http = exchange->connection->http;
	const struct ips_http_route *best = NULL;
	bool best_takes = false;
	size_t best_len = 0;

	for (size_t i = 0; i < http->route_count; i++) {
		const struct ips_http_route *route = &http->routes[i];
		size_t len = strlen(route->prefix);
		if (best != NULL && (len < best_len || (len == best_len && best_takes)))
			continue;
		if (strncmp(exchange->request.path, route->prefix, len) != 0 ||
		    (route->exact && exchange->request.path[len] != '\0'))
			continue;
		best = route;
		best_len = len;
		best_takes = has_word(route->methods, exchange->request.method);
	}
	return best;
}

static enum verdict
check_body(struct exchange *exchange)
{
	const char *coding = exchange->special[CONTENT_ENCODING];

	if (!exchange->has_body)
		return FINE;
	if (exchange->announced > exchange->route->max_body || exchange->route->max_body == 0)
		return BODY_TOO_LARGE;
	if (coding == NULL || *coding == '\0' || g_ascii_strcasecmp(coding, "identity") == 0)
		return FINE;
	if (g_ascii_strcasecmp(coding, "gzip") != 0 && g_ascii_strcasecmp(coding, "x-gzip") != 0)
		return UNKNOWN_CONTENT_CODING;
	exchange->gzip_body = true;
	return FINE;
}

/* By RFC 9110 9, and RFC 5789; whatever else a route takes is known, too. */
static bool
is_known_method(const struct ips_http *http, const char *method)
{
	if (has_word("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH", method))
		return true;
	for (size_t i = 0; i < http->route_count; i++) {
		if (has_word(http->routes[i].methods, method))
			return true;
	}
	return false;
}

static const char *
allow_of(const struct exchange *exchange)
{
	const struct ips_http *http = exchange->connection->http;
	const char *allow = NULL;

	for (size_t i = 0; i < http->route_count; i++) {
		if (strcmp(http->routes[i].prefix, exchange->route->prefix) == 0)
			allow = ips_arena_printf(exchange->request.mem, "%s%s%s",
			    allow ? allow : "", allow ? " " : "", http->routes[i].methods);
	}
	return g_strdelimit((char *)allow, " ", ',');
}

const struct refusal *
policy_route(struct exchange *exchange, const char **allow)
{
	enum verdict verdict;

	if (!is_known_method(exchange->connection->http, exchange->request.method))
		return &refusals[UNKNOWN_METHOD];
	exchange->route = find_route(exchange);
	if (exchange->route == NULL)
		return &refusals[NO_ROUTE];
	if (!has_word(exchange->route->methods, exchange->request.method)) {
		*allow = allow_of(exchange);
		return &refusals[WRONG_METHOD];
	}
	verdict = check_body(exchange);
	return verdict != FINE ? &refusals[verdict] : NULL;
}
