/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One exchange over libcurl. The address of the other side is looked at when the socket is made, so
 * that no name can lead to another one later. */
#include "fetch_priv.h"

#include "openips/crypto.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_FRESH_S (24 * 60 * 60)
#define S_US         INT64_C(1000000)

struct exchange {
	const struct ips_fetcher *fetcher;
	struct kept *out;
	struct ips_sha256 *digest;
	int64_t max_age_s; /* -1: not told */
	int64_t expires_s; /* 0: not told */
	bool no_store, no_cache;
	bool barred;   /* an address was refused */
	bool too_long; /* the content was */
	bool full;     /* no memory for it */
};

/* ---- Addresses ---- */

static CURLU *
parse(const char *url)
{
	CURLU *parts = curl_url();

	/* Nothing is guessed, and no credentials. */
	if (parts != NULL &&
	    curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK)
		return parts;
	curl_url_cleanup(parts);
	return NULL;
}

static void
curl_text_free(char **text)
{
	curl_free(*text);
}

bool
ips_fetch_host(struct ips_arena *mem, const char *url, const char **host, struct ips_error *err)
{
	IPS_CLEANUP(curl_text_free) char *scheme = NULL;
	IPS_CLEANUP(curl_text_free) char *name = NULL;
	IPS_CLEANUP(curl_text_free) char *port = NULL;
	CURLU *parts = parse(url);
	bool good = parts != NULL &&
		    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    curl_url_get(parts, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
		    curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;

	curl_url_cleanup(parts);
	if (!good || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "'%s' is no address of the form http://host/path or https://host/path", url);
	bool usual = strcmp(port, strcmp(scheme, "http") == 0 ? "80" : "443") == 0;
	*host = usual ? ips_arena_strdup(mem, name) : ips_arena_printf(mem, "%s:%s", name, port);
	return true;
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = arg;

	(void)purpose;
	if (!ips_fetch_address_allowed(&address->addr, x->fetcher->networks)) {
		x->barred = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- What comes ---- */

static size_t
on_content(char *data, size_t one, size_t len, void *arg)
{
	struct exchange *x = arg;

	(void)one;
	if (x->out->size + (int64_t)len > x->fetcher->settings.max_bytes) {
		x->too_long = true;
		return 0;
	}
	for (size_t at = 0; at < len;) {
		ssize_t put = write(x->out->fd, data + at, len - at);
		if (put <= 0) {
			x->full = true;
			return 0;
		}
		at += (size_t)put;
	}
	ips_sha256_add(x->digest, data, len);
	x->out->size += (int64_t)len;
	return len;
}

static void
on_cache_control(struct exchange *x, const char *value)
{
	g_auto(GStrv) part = g_strsplit(value, ",", -1);

	for (size_t i = 0; part[i] != NULL; i++) {
		const char *word = g_strstrip(part[i]);

		if (g_ascii_strcasecmp(word, "no-store") == 0)
			x->no_store = true;
		if (g_ascii_strncasecmp(word, "no-cache", 8) == 0)
			x->no_cache = true;
		if (g_ascii_strncasecmp(word, "max-age=", 8) == 0 &&
		    !ips_parse_int(word + 8, strlen(word + 8), 0, INT64_C(1) << 40, &x->max_age_s))
			x->max_age_s = 0;
	}
}

/* The value of this header if it is that; to be freed. */
static char *
value_of(const char *line, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	if (len <= name_len || line[name_len] != ':' ||
	    g_ascii_strncasecmp(line, name, name_len) != 0)
		return NULL;
	char *value = g_strndup(line + name_len + 1, len - name_len - 1);
	return g_strstrip(value);
}

static size_t
on_header(char *data, size_t one, size_t len, void *arg)
{
	struct exchange *x = arg;
	g_autofree char *control = value_of(data, len, "Cache-Control");
	g_autofree char *expires = value_of(data, len, "Expires");
	char *etag = value_of(data, len, "ETag");
	char *modified = value_of(data, len, "Last-Modified");

	(void)one;
	if (control != NULL)
		on_cache_control(x, control);
	if (expires != NULL)
		x->expires_s = MAX(1, (int64_t)curl_getdate(expires, NULL));
	if (etag != NULL) {
		g_free(x->out->etag);
		x->out->etag = etag;
	}
	if (modified != NULL) {
		g_free(x->out->last_modified);
		x->out->last_modified = modified;
	}
	return len;
}

/* ---- The exchange ---- */

/* Published: what has neither ETag nor Last-Modified is not kept. */
static int64_t
fresh_until(const struct exchange *x, const struct kept *known)
{
	const struct kept *like = known != NULL ? known : x->out;
	int64_t seconds = 0;

	if (x->no_store || x->no_cache || (like->etag == NULL && like->last_modified == NULL))
		return 0;
	if (x->max_age_s >= 0)
		seconds = x->max_age_s;
	else if (x->expires_s > 0)
		seconds = x->expires_s - ips_clock_ms() / 1000;
	seconds = CLAMP(seconds, 0, MOST_FRESH_S);
	return seconds > 0 ? ips_monotonic_us() + seconds * S_US : 0;
}

static struct curl_slist *
conditions(const struct kept *known)
{
	struct curl_slist *list = NULL;

	if (known != NULL && known->etag != NULL) {
		g_autofree char *line = g_strconcat("If-None-Match: ", known->etag, NULL);
		list = curl_slist_append(list, line);
	}
	if (known != NULL && known->last_modified != NULL) {
		g_autofree char *line =
		    g_strconcat("If-Modified-Since: ", known->last_modified, NULL);
		list = curl_slist_append(list, line);
	}
	return list;
}

static void
set_up(CURL *curl, struct exchange *x, const char *url, struct curl_slist *headers)
{
	const struct ips_fetch_settings *settings = &x->fetcher->settings;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* it would open the connection for us */
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)settings->max_bytes);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "openips/" OPENIPS_VERSION);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, x);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_content);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
}

/* Why it failed; what the other side is, is not told. */
static bool
explain(const struct exchange *x, CURLcode code, long status, struct ips_error *err)
{
	if (x->barred)
		return ips_fail(err, IPS_UNSUPPORTED,
		    "The address of this server leads into a network that may not be reached");
	if (x->too_long || code == CURLE_FILESIZE_EXCEEDED)
		return ips_fail(err, IPS_LIMIT,
		    "A picture of another server has more than %" G_GINT64_FORMAT " bytes",
		    x->fetcher->settings.max_bytes);
	if (x->full)
		return ips_fail_internal(err, "memfd: %s", g_strerror(errno));
	if (code == CURLE_OPERATION_TIMEDOUT)
		return ips_fail(err, IPS_DEADLINE, "A picture of another server took too long");
	ips_fail(err, IPS_BROKEN_IMAGE, "Another server does not give the picture asked for");
	if (err != NULL)
		g_snprintf(err->detail, sizeof(err->detail), "%s, status %ld",
		    curl_easy_strerror(code), status);
	return false;
}

static bool
perform(struct exchange *x, const char *url, const struct kept *known, long *status,
    struct ips_error *err)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers = conditions(known);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	*status = 0;
	if (curl != NULL) {
		set_up(curl, x, url, headers);
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	bool good = code == CURLE_OK && (*status == 200 || (*status == 304 && known != NULL));
	return good || explain(x, code, *status, err);
}

static void
settle(struct exchange *x, const char *url, const struct kept *known)
{
	struct kept *out = x->out;
	time_t modified =
	    out->last_modified != NULL ? curl_getdate(out->last_modified, NULL) : (time_t)-1;

	out->url = g_strdup(url);
	out->modified_ms = modified >= 0 ? (int64_t)modified * 1000 : ips_clock_ms();
	out->fresh_until_us = fresh_until(x, known);
}

bool
transfer(struct ips_fetcher *fetcher, const char *url, const struct kept *known, struct kept **out,
    bool *unchanged, struct ips_error *err)
{
	struct kept *kept = g_new0(struct kept, 1);
	struct exchange x = { fetcher, kept, ips_sha256_new(), .max_age_s = -1 };
	uint8_t sum[IPS_SHA256_LEN];
	long status;

	kept->fd = memfd_create("fetched", MFD_CLOEXEC);
	bool done = kept->fd >= 0 || ips_fail_internal(err, "memfd: %s", g_strerror(errno));
	done = done && perform(&x, url, known, &status, err);
	ips_sha256_end(x.digest, sum);
	if (!done) {
		kept_free(kept);
		return false;
	}
	kept->digest = g_malloc(IPS_SHA256_HEX + 1);
	ips_hex(sum, IPS_SHA256_LEN, kept->digest);
	*unchanged = status == 304;
	settle(&x, url, *unchanged ? known : NULL);
	*out = kept;
	return true;
}
