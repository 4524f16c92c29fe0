/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Pictures of other servers as src= and mask=: whether a company may ask for them, and what they
 * are.
 *
 * Source: "Foreign image sources", attribute::AllowDirectUrls, attribute::RootUrl. DirectUrlHosts
 * is ours: without it any address of the world could be asked for through this server. */
#include "service_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- Addresses ---- */

/* What may not stand in an address is encoded; the request has been decoded once. */
static const char *
encoded(struct ips_arena *mem, const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			g_string_append_printf(out, "%%%02X", c);
		else
			g_string_append_c(out, (char)c);
	}
	return ips_arena_strndup(mem, out->str, out->len);
}

static bool
climbs(const char *path)
{
	g_auto(GStrv) part = g_strsplit_set(path, "/?\\", -1);

	for (size_t i = 0; part[i] != NULL; i++) {
		g_autofree char *plain = g_uri_unescape_string(part[i], NULL);
		if (plain == NULL || strcmp(plain, "..") == 0)
			return true;
	}
	return false;
}

/* Below RootUrl, where the company has said once and for all what may be asked. */
static bool
below_root(struct ips_arena *mem, const char *root, const char *path, const char **url,
    struct ips_error *err)
{
	size_t len = strlen(root);

	if (len == 0)
		return ips_fail(err, IPS_UNSUPPORTED,
		    "pictures of other servers are not allowed here: RootUrl is empty");
	if (climbs(path))
		return ips_fail(err, IPS_INVALID_PARAMETER, "'..' cannot be a part of the address");
	while (len > 0 && root[len - 1] == '/')
		len--;
	*url = ips_arena_printf(mem, "%.*s/%s", (int)len, root, path + strspn(path, "/"));
	return true;
}

static bool
may_ask(struct ips_arena *mem, const struct ips_attributes *attributes, const char *url,
    struct ips_error *err)
{
	const struct ips_value *const *a = attributes->value;
	const char *host;

	if (a[IPS_ATTRIBUTE_ALLOW_DIRECT_URLS]->number[0] == 0)
		return ips_fail(err, IPS_UNSUPPORTED,
		    "pictures of other servers are not allowed here: AllowDirectUrls is 0");
	if (!ips_fetch_host(mem, url, &host, err))
		return false;
	return ips_fetch_host_listed(a[IPS_ATTRIBUTE_DIRECT_URL_HOSTS]->text, host) ||
	       ips_fail(err, IPS_UNSUPPORTED,
		   "pictures of %s are not allowed here: it is not one of DirectUrlHosts", host);
}

static bool
find_url(struct ips_arena *mem, const struct ips_attributes *attributes, const char *text,
    const char **url, struct ips_error *err)
{
	const char *root = attributes->value[IPS_ATTRIBUTE_ROOT_URL]->text;

	text = encoded(mem, text);
	if (strstr(text, "://") == NULL)
		return below_root(mem, root, text, url, err);
	*url = text;
	return may_ask(mem, attributes, text, err);
}

/* ---- Content ---- */

/* "image/png 200 160 72 facts", as the columns of the catalog would have it. */
static const char *
write_note(struct ips_arena *mem, const struct ips_source *facts)
{
	char resolution[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_dtostr(resolution, sizeof(resolution), facts->resolution);
	return ips_arena_printf(mem, "%s %d %d %s %s", ips_format_info(facts->format)->mime,
	    facts->width, facts->height, resolution, ips_facts_write(mem, facts));
}

static bool
read_note(struct ips_arena *mem, const struct ips_fetched *fetched, struct ips_source *out,
    struct ips_error *err)
{
	g_auto(GStrv) part = g_strsplit(fetched->note, " ", 5);
	struct ips_image image;

	if (g_strv_length(part) != 5)
		return ips_fail_internal(err, "a note of what was fetched: '%s'", fetched->note);
	image = (struct ips_image){ .mime = part[0],
		.width = atoi(part[1]),
		.height = atoi(part[2]),
		.resolution = g_ascii_strtod(part[3], NULL),
		.facts = part[4] };
	g_strlcpy(image.blob.digest, fetched->digest, sizeof(image.blob.digest));
	return ips_facts_read(mem, &image, out, err);
}

/* Published: what comes is validated before it is used, and has no 16 bits per component. */
static bool
check(void *arg, struct ips_arena *mem, int fd, const char **note, struct ips_error *err)
{
	const struct ips_looking *looking = arg;
	struct ips_pool *pool = looking->service->pool;
	struct ips_source facts;

	bool sound = ips_pool_probe(pool, looking->company->id, fd, mem, &facts, err) &&
		     (facts.bits == 8 ||
			 ips_fail(err, IPS_UNSUPPORTED,
			     "A picture of another server must have 8 bits per component")) &&
		     ips_pool_verify(pool, looking->company->id, fd, &facts, err);
	if (sound)
		*note = write_note(mem, &facts);
	return sound;
}

bool
ips_foreign_find(const struct ips_looking *looking, const char *text,
    const struct ips_fetched **out, struct ips_source *facts, struct ips_error *err)
{
	struct ips_service *service = looking->service;
	struct ips_arena *mem = looking->mem;
	const struct ips_attributes *attributes;
	struct ips_fetched *fetched = IPS_NEW(mem, struct ips_fetched);
	const char *url;

	if (!ips_service_attributes(service, mem, looking->company->id, &attributes, err) ||
	    !find_url(mem, attributes, text, &url, err))
		return false;
	ips_catalog_view_end(service->catalog); /* others may be slow */
	if (!ips_fetch(
		service->fetcher, mem, url, check, (void *)(uintptr_t)looking, fetched, err) ||
	    !read_note(mem, fetched, facts, err))
		return false;
	*out = fetched;
	return true;
}
