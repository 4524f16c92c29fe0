/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* The proof that nothing is lost, and the removal of what nobody needs. */

struct walk {
	struct ips_service *service;
	bool deep;
	ips_check_finding *finding;
	void *arg;
	struct ips_check check;
	bool sound;
	char last[IPS_SHA256_HEX]; /* blobs come sorted: each is looked at once */
	bool last_sound;
	int64_t min_age_ms, removed;
	bool failed; /* the walk itself could not go on */
	struct ips_error err;
};

static void
report(struct walk *walk, const char *text)
{
	walk->sound = false;
	if (walk->finding != NULL)
		walk->finding(text, walk->arg);
}

/* The bytes of an encrypted file are proven by its name, without any key; with the master key at
 * hand it is also proven that the file can be opened. */
static bool
check_key(struct walk *walk, const struct ips_blob *blob)
{
	uint8_t key[IPS_KEY_LEN];

	if (!blob->sealed || walk->service->master_name == NULL)
		return true;
	bool good = ips_data_key_open(walk->service, blob, key, &walk->err);
	ips_wipe(key, sizeof(key));
	return good || walk->err.fault == IPS_SOURCE_KEY_DISABLED;
}

static bool
look_at(struct walk *walk, const struct ips_blob *blob)
{
	int64_t size, want = ips_blob_file_size(blob);
	int fd;

	if (!check_key(walk, blob))
		return false;
	if (walk->deep)
		return ips_store_verify(walk->service->store, blob->digest, want, &walk->err);
	if (!ips_store_read(walk->service->store, blob->digest, &fd, &size, &walk->err))
		return false;
	close(fd);
	return size == want || ips_fail(&walk->err, IPS_BROKEN_IMAGE,
				   "it has %" PRId64 " bytes instead of %" PRId64, size, want);
}

static bool
check_needed(const struct ips_blob *blob, int64_t asset, void *arg)
{
	struct walk *walk = arg;

	walk->check.assets++;
	if (strcmp(walk->last, blob->digest) != 0) {
		memcpy(walk->last, blob->digest, sizeof(walk->last));
		walk->check.bytes += blob->size;
		walk->last_sound = look_at(walk, blob);
	}
	if (!walk->last_sound) {
		g_autofree char *text = g_strdup_printf(
		    "asset %" PRId64 ": blob %s: %s", asset, blob->digest, walk->err.reason);

		report(walk, text);
	}
	return true;
}

static bool
count_blob(const struct ips_blob *blob, int64_t age_ms, void *arg)
{
	struct walk *walk = arg;
	bool needed;

	(void)age_ms;
	walk->check.blobs++;
	if (!ips_catalog_blob_needed(walk->service->catalog, blob->digest, &needed, &walk->err)) {
		walk->failed = true;
		return false;
	}
	if (!needed)
		walk->check.orphans++;
	return true;
}

static bool
verify_catalog(struct walk *walk, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const char **finding;
	size_t count;

	if (!ips_catalog_verify(walk->service->catalog, mem, &finding, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		g_autofree char *text = g_strdup_printf("catalog: %s", finding[i]);

		report(walk, text);
	}
	return true;
}

static bool
walk_store(struct walk *walk, ips_store_visit *visit, struct ips_error *err)
{
	if (!ips_store_walk(walk->service->store, visit, walk, err))
		return false;
	if (walk->failed && err != NULL)
		*err = walk->err;
	return !walk->failed;
}

bool
ips_service_check(struct ips_service *service, bool deep, ips_check_finding *finding, void *arg,
    struct ips_check *out, bool *sound, struct ips_error *err)
{
	struct walk walk = {
		.service = service,
		.deep = deep,
		.finding = finding,
		.arg = arg,
		.sound = true,
	};

	if (!verify_catalog(&walk, err) ||
	    !ips_catalog_blobs(service->catalog, check_needed, &walk, err) ||
	    !walk_store(&walk, count_blob, err))
		return false;
	*out = walk.check;
	*sound = walk.sound;
	return true;
}

static bool
is_needed(const char *digest, void *arg, bool *out, struct ips_error *err)
{
	struct walk *walk = arg;

	return ips_catalog_blob_needed(walk->service->catalog, digest, out, err);
}

/* The store asks again whether it is needed, when nobody can record it, and looks at its age: one
 * that was published again since is young. */
static bool
collect_blob(const struct ips_blob *blob, int64_t age_ms, void *arg)
{
	struct walk *walk = arg;
	bool needed, removed = false;

	if (age_ms < walk->min_age_ms)
		return true;
	walk->failed = !is_needed(blob->digest, walk, &needed, &walk->err) ||
		       (!needed && !ips_store_collect(walk->service->store, blob->digest,
				       walk->min_age_ms, is_needed, walk, &removed, &walk->err));
	walk->removed += removed;
	return !walk->failed;
}

bool
ips_service_collect(
    struct ips_service *service, int64_t min_age_ms, int64_t *removed, struct ips_error *err)
{
	struct walk walk = { .service = service, .min_age_ms = min_age_ms };
	IPS_CLEANUP(ips_close) int alone = -1;

	if (!ips_store_upkeep(service->store, &alone, err))
		return false;
	if (!walk_store(&walk, collect_blob, err))
		return false;
	if (!ips_catalog_data_keys_prune(service->catalog, err))
		return false;
	*removed = walk.removed;
	return true;
}
