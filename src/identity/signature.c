/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "identity_priv.h"

#include "openips/crypto.h"

#include <string.h>

/* Source: the vendors' signers, of which the test vectors are; both dialects share all but the key
 * and one line. */

#define ALGORITHM "SDK-HMAC-SHA256"
#define TERMINAL  "sdk_request"
#define WINDOW_MS (15 * 60 * INT64_C(1000))
#define DATE_LEN  16 /* 20260115T093000Z */
#define DAY_LEN   8

/* ---- Reading the headers ---- */

static bool
refuse(struct ips_error *err, const char *why)
{
	return ips_fail(err, IPS_INVALID_CREDENTIALS, "%s", why);
}

/* One "Name=value" of the header. */
static void
read_part(struct ips_arena *mem, char *part, struct ips_signature *out)
{
	const char *value = strchr(part, '=');
	const char *slash;

	if (value == NULL)
		return;
	value++;
	if (g_str_has_prefix(part, "SignedHeaders=")) {
		out->names = ips_arena_strdup(mem, value);
	} else if (g_str_has_prefix(part, "Signature=")) {
		out->hex = ips_arena_strdup(mem, value);
	} else if (g_str_has_prefix(part, "Access=")) {
		out->access = ips_arena_strdup(mem, value);
	} else if (g_str_has_prefix(part, "Credential=") && (slash = strchr(value, '/')) != NULL) {
		out->access = ips_arena_strndup(mem, value, (size_t)(slash - value));
		out->scope = ips_arena_strdup(mem, slash + 1);
	}
}

static bool
scope_fits(const struct ips_signature *s)
{
	return s->scope == NULL ||
	       (strncmp(s->scope, s->date, DAY_LEN) == 0 && s->scope[DAY_LEN] == '/' &&
		   g_str_has_suffix(s->scope, "/" TERMINAL));
}

bool
ips_signature_read(struct ips_arena *mem, const struct ips_signed_request *request,
    struct ips_signature *out, struct ips_error *err)
{
	const char *header = request->header(request->arg, "Authorization");
	struct ips_signature s = { .date = request->header(request->arg, "X-Sdk-Date") };

	if (header == NULL || !g_str_has_prefix(header, ALGORITHM " "))
		return refuse(err, "the header Authorization holds no " ALGORITHM);
	g_auto(GStrv) part = g_strsplit(header + strlen(ALGORITHM " "), ",", 8);
	for (size_t i = 0; part[i] != NULL; i++)
		read_part(mem, g_strstrip(part[i]), &s);
	if (s.access == NULL || s.names == NULL || s.hex == NULL)
		return refuse(err, "the header Authorization is incomplete");
	if (s.date == NULL || strlen(s.date) != DATE_LEN)
		return refuse(err, "the header X-Sdk-Date is missing or malformed");
	if (!scope_fits(&s))
		return refuse(err, "the scope of the signature is malformed");
	*out = s;
	return true;
}

bool
ips_signature_fresh(const struct ips_signature *signature, int64_t now_ms, struct ips_error *err)
{
	const char *d = signature->date;
	g_autofree char *iso = g_strdup_printf(
	    "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4, d + 6, d + 9, d + 11, d + 13);
	int64_t ms;

	if (d[8] != 'T' || d[15] != 'Z' || !ips_time_parse(iso, &ms))
		return refuse(err, "the header X-Sdk-Date is missing or malformed");
	if (ms < now_ms - WINDOW_MS || ms > now_ms + WINDOW_MS)
		return refuse(
		    err, "the signature has expired: X-Sdk-Date is more than 15 minutes off");
	return true;
}

/* ---- The canonical request ---- */

/* Encoded anew from its decoded form, so that each way of writing it signs alike. */
static bool
add_encoded(GString *out, const char *text, size_t len)
{
	g_autofree char *plain = g_uri_unescape_segment(text, text + len, NULL);

	if (plain == NULL)
		return false;
	g_autofree char *encoded = g_uri_escape_string(plain, NULL, FALSE);
	g_string_append(out, encoded);
	return true;
}

static bool
add_path(GString *out, const char *path)
{
	for (const char *p = path; *p != '\0';) {
		size_t len = strcspn(p, "/");

		if (!add_encoded(out, p, len))
			return false;
		p += len;
		if (*p == '/')
			g_string_append_c(out, *p++);
	}
	if (out->len == 0 || out->str[out->len - 1] != '/')
		g_string_append_c(out, '/');
	return true;
}

struct pair {
	char *name, *value; /* decoded */
};

static void
pair_clear(gpointer item)
{
	struct pair *pair = item;

	g_free(pair->name);
	g_free(pair->value);
}

static gint
pair_compare(gconstpointer a, gconstpointer b)
{
	const struct pair *x = a, *y = b;
	int names = strcmp(x->name, y->name);

	return names != 0 ? names : strcmp(x->value, y->value);
}

static bool
read_pairs(GArray *pairs, const char *query)
{
	for (const char *p = query; *p != '\0';) {
		size_t len = strcspn(p, "&");
		const char *equal = memchr(p, '=', len);
		size_t name = equal != NULL ? (size_t)(equal - p) : len;
		struct pair pair = { g_uri_unescape_segment(p, p + name, NULL),
			equal != NULL ? g_uri_unescape_segment(equal + 1, p + len, NULL)
				      : g_strdup("") };

		if (len > 0)
			g_array_append_val(pairs, pair);
		else
			pair_clear(&pair);
		if (len > 0 && (pair.name == NULL || pair.value == NULL))
			return false;
		p += len;
		if (*p == '&')
			p++;
	}
	return true;
}

static bool
add_query(GString *out, const char *query)
{
	g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));

	g_array_set_clear_func(pairs, pair_clear);
	if (!read_pairs(pairs, query))
		return false;
	g_array_sort(pairs, pair_compare);
	for (guint i = 0; i < pairs->len; i++) {
		const struct pair *pair = &g_array_index(pairs, struct pair, i);
		g_autofree char *name = g_uri_escape_string(pair->name, NULL, FALSE);
		g_autofree char *value = g_uri_escape_string(pair->value, NULL, FALSE);

		g_string_append_printf(out, "%s%s=%s", i > 0 ? "&" : "", name, value);
	}
	return true;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A header that is signed but was not sent counts as empty: then the signature is wrong. */
static void
add_headers(GString *out, const struct ips_signed_request *request, const char *names)
{
	g_autofree char *lower = g_ascii_strdown(names, -1);
	g_auto(GStrv) name = g_strsplit(lower, ";", -1);

	qsort(name, g_strv_length(name), sizeof(*name), compare_names);
	for (size_t i = 0; name[i] != NULL; i++) {
		const char *sent = request->header(request->arg, name[i]);
		g_autofree char *value = g_strdup(sent != NULL ? sent : "");

		g_string_append_printf(out, "%s:%s\n", name[i], g_strstrip(value));
	}
	g_autofree char *sorted = g_strjoinv(";", name);
	g_string_append_printf(out, "\n%s\n", sorted);
}

static void
digest_hex(const void *data, size_t len, char out[IPS_SHA256_HEX])
{
	uint8_t digest[IPS_SHA256_LEN];
	struct ips_sha256 *running = ips_sha256_new();

	ips_sha256_add(running, data, len);
	ips_sha256_end(running, digest);
	ips_hex(digest, sizeof(digest), out);
}

/* X-Sdk-Content-Sha256 stands for the hash only where it says that there is none: any other value
 * must be the hash all the same. */
static void
add_payload(GString *out, const struct ips_signed_request *request)
{
	const char *sent = request->header(request->arg, "X-Sdk-Content-Sha256");
	char hex[IPS_SHA256_HEX];

	if (sent != NULL && strcmp(sent, "UNSIGNED-PAYLOAD") == 0) {
		g_string_append(out, sent);
		return;
	}
	digest_hex(request->body, request->body_len, hex);
	g_string_append(out, hex);
}

const char *
ips_signature_canonical(struct ips_arena *mem, const struct ips_signed_request *request,
    const struct ips_signature *signature)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GString) path = g_string_new(NULL);
	g_autoptr(GString) query = g_string_new(NULL);

	if (!add_path(path, request->path) || !add_query(query, request->query))
		return NULL;
	g_string_append_printf(out, "%s\n%s\n%s\n", request->method, path->str, query->str);
	add_headers(out, request, signature->names);
	add_payload(out, request);
	return ips_arena_strdup(mem, out->str);
}

/* ---- The signature ---- */

static void
sign(const void *key, size_t key_len, const char *text, uint8_t out[IPS_SHA256_LEN])
{
	struct ips_mac *mac = ips_mac_new(key, key_len);

	ips_mac(mac, text, strlen(text), out);
	ips_mac_free(mac);
}

/* The scoped dialect derives a key from day, region, service and a fixed word. */
static void
scoped_key(const char *secret, const char *scope, uint8_t key[IPS_SHA256_LEN])
{
	g_autofree char *first = g_strconcat("SDK", secret, NULL);
	g_auto(GStrv) part = g_strsplit(scope, "/", -1);

	sign(first, strlen(first), part[0], key);
	for (size_t i = 1; part[i] != NULL; i++) {
		uint8_t next[IPS_SHA256_LEN];

		sign(key, IPS_SHA256_LEN, part[i], next);
		memcpy(key, next, sizeof(next));
	}
	ips_wipe(first, strlen(first));
}

static void
make(struct ips_arena *mem, const char *canonical, const struct ips_signature *signature,
    const char *secret, char out[65])
{
	const char *scope = signature->scope;
	uint8_t key[IPS_SHA256_LEN], mac[IPS_SHA256_LEN];
	char hash[IPS_SHA256_HEX];
	const char *text;

	digest_hex(canonical, strlen(canonical), hash);
	text = ips_arena_printf(mem, ALGORITHM "\n%s\n%s%s%s", signature->date, scope ? scope : "",
	    scope ? "\n" : "", hash);
	if (scope != NULL) {
		scoped_key(secret, scope, key);
		sign(key, sizeof(key), text, mac);
		ips_wipe(key, sizeof(key));
	} else {
		sign(secret, strlen(secret), text, mac);
	}
	ips_hex(mac, sizeof(mac), out);
}

bool
ips_signature_verify(struct ips_arena *mem, const struct ips_signed_request *request,
    const struct ips_signature *signature, const char *secret, struct ips_error *err)
{
	const char *canonical = ips_signature_canonical(mem, request, signature);
	char right[IPS_SHA256_HEX];

	if (canonical == NULL)
		return refuse(err, "the address cannot be decoded");
	make(mem, canonical, signature, secret, right);
	if (ips_equal_secret(right, strlen(right), signature->hex, strlen(signature->hex)))
		return true;
	char *shown = ips_arena_strdup(mem, canonical);
	return ips_fail(err, IPS_INVALID_CREDENTIALS,
	    "verify aksk signature fail, canonicalRequest:%s", g_strdelimit(shown, "\n", '|'));
}
