/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Colour profiles of a company: assets that icc= and the attributes IccProfile* name. Read when
 * they are first asked for, once a request. */
#include "service_priv.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct found {
	struct found *next;
	const char *name;
	const struct ips_icc *icc; /* NULL: there is none */
	const char *digest;        /* of its bytes */
};

struct ips_shelf {
	struct ips_service *service;
	struct ips_arena *mem;
	int64_t company;
	struct found *found;
};

struct ips_shelf *
ips_shelf_new(struct ips_service *service, struct ips_arena *mem, int64_t company)
{
	struct ips_shelf *shelf = IPS_NEW(mem, struct ips_shelf);

	*shelf = (struct ips_shelf){ service, mem, company, NULL };
	return shelf;
}

static bool
read_all(int fd, char *data, size_t size, struct ips_error *err)
{
	for (size_t have = 0; have < size;) {
		ssize_t n = read(fd, data + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ips_fail_internal(
			    err, "profile: %s", n < 0 ? g_strerror(errno) : "short");
		have += (size_t)n;
	}
	return true;
}

static bool
load(struct ips_shelf *shelf, const struct ips_asset *asset, const struct ips_icc **out,
    struct ips_error *err)
{
	IPS_CLEANUP(ips_close) int fd = -1;
	const struct ips_blob *blob = &asset->image->blob;
	struct ips_icc *icc = IPS_NEW(shelf->mem, struct ips_icc);

	if (blob->size > IPS_MAX_ICC)
		return ips_fail_internal(err, "profile of %lld bytes", (long long)blob->size);
	char *data = ips_arena_alloc(shelf->mem, (size_t)blob->size + 1);
	if (!ips_service_blob(shelf->service, blob, &fd, err) ||
	    !read_all(fd, data, (size_t)blob->size, err))
		return false;
	*icc = (struct ips_icc){ .names = asset->name, .data = data, .len = (size_t)blob->size };
	bool usable;
	if (!ips_pool_profile_space(
		shelf->service->pool, shelf->company, fd, &usable, &icc->space, err))
		return false;
	if (!usable)
		return ips_fail_internal(err, "blob %s: no profile", blob->digest);
	*out = icc;
	return true;
}

/* "Paper", "Paper.icc", and either behind the name of a catalog. */
static const char *
asset_name(struct ips_arena *mem, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash != NULL ? slash + 1 : name;
	const char *dot = strrchr(base, '.');

	return dot != NULL && (g_ascii_strcasecmp(dot, ".icc") == 0 ||
				  g_ascii_strcasecmp(dot, ".icm") == 0)
		   ? ips_arena_strndup(mem, base, (size_t)(dot - base))
		   : base;
}

static bool
look_up(struct ips_shelf *shelf, struct found *found, struct ips_error *err)
{
	const struct ips_asset *asset;

	if (!ips_catalog_asset_of_type(shelf->service->catalog, shelf->mem, shelf->company,
		IPS_TYPE_ICC_PROFILE, found->name, &asset, err))
		return false;
	if (asset == NULL)
		return true;
	found->digest = asset->image->blob.digest;
	return load(shelf, asset, &found->icc, err);
}

/* What cannot be read is as if it were not there, for the one who asks; we are told. */
const struct ips_icc *
ips_shelf_find(void *arg, const char *name)
{
	struct ips_shelf *shelf = arg;
	struct ips_error err = { .fault = IPS_OK };

	name = asset_name(shelf->mem, name);
	for (const struct found *f = shelf->found; f != NULL; f = f->next)
		if (strcmp(f->name, name) == 0)
			return f->icc;
	struct found *found = IPS_NEW(shelf->mem, struct found);
	*found = (struct found){ .next = shelf->found, .name = ips_arena_strdup(shelf->mem, name) };
	shelf->found = found;
	if (!look_up(shelf, found, &err))
		IPS_LOG(IPS_LOG_ERROR, "colour profile", { "id", ips_arena_trace(shelf->mem)->id },
		    { "name", name }, { "reason", err.reason }, { "detail", err.detail });
	return found->icc;
}

void
ips_shelf_digest(const struct ips_shelf *shelf, struct ips_sha256 *digest)
{
	for (const struct found *f = shelf != NULL ? shelf->found : NULL; f != NULL; f = f->next)
		if (f->digest != NULL)
			ips_sha256_add(digest, f->digest, strlen(f->digest) + 1);
}
