/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Customer keys: making, opening, wrapping anew. Keys are unwrapped for each use: that costs
 * microseconds, and a key that was switched off or rotated a moment ago is so for everybody. */
#include "service_priv.h"

#include <inttypes.h>
#include <string.h>

#define NAME_BYTES 8 /* of a master key's name */

/* What a wrapped key is bound to. */
static char *
key_context(const struct ips_key *key, int64_t version)
{
	return g_strdup_printf("openips customer key %s of company %" PRId64 ", version %" PRId64,
	    key->id, key->company, version);
}

static char *
data_context(const char *digest, const struct ips_key *key, int64_t version)
{
	return g_strdup_printf(
	    "openips data key of %s by %s, version %" PRId64, digest, key->id, version);
}

void
ips_key_forget(struct open_key *key)
{
	ips_wipe(key->bytes, sizeof(key->bytes));
}

char *
ips_master_name(const uint8_t master[IPS_KEY_LEN])
{
	static const char label[] = "openips master key";
	struct ips_mac *mac = ips_mac_new(master, IPS_KEY_LEN);
	uint8_t sum[IPS_SHA256_LEN];
	char *name = g_malloc(2 * NAME_BYTES + 1);

	ips_mac(mac, label, strlen(label), sum);
	ips_mac_free(mac);
	ips_hex(sum, NAME_BYTES, name);
	return name;
}

/* ---- Opening ---- */

static bool
check_master(struct ips_service *service, struct ips_error *err)
{
	return service->master_name != NULL ||
	       ips_fail(err, IPS_EXCEPTION, "This server has no master key to encrypt with");
}

static bool
unwrap_key(
    struct ips_service *service, const struct ips_key *row, uint8_t *out, struct ips_error *err)
{
	g_autofree char *context = key_context(row, row->version);

	if (!check_master(service, err))
		return false;
	if (strcmp(row->master, service->master_name) != 0) {
		ips_fail(err, IPS_EXCEPTION,
		    "The key was made under another master key than this server's");
		if (err != NULL)
			g_snprintf(err->detail, sizeof(err->detail),
			    "key %s wants master key %s, not %s", row->id, row->master,
			    service->master_name);
		return false;
	}
	return ips_key_unwrap(service->master, row->wrapped, context, out) ||
	       ips_fail_internal(err, "key %s has been changed in the catalog", row->id);
}

bool
ips_key_open(struct ips_service *service, struct ips_arena *mem, int64_t company, const char *id,
    struct open_key *out, struct ips_error *err)
{
	struct open_key key;

	if (!ips_catalog_key(service->catalog, mem, id, &key.row, err))
		return false;
	if (key.row == NULL)
		return ips_fail(err, IPS_NO_KEY, "cmk_id: there is no key '%s'", id);
	if (key.row->company != company)
		return ips_fail(
		    err, IPS_FOREIGN_KEY, "cmk_id: the key '%s' is not of this company", id);
	if (!key.row->enabled)
		return ips_fail(err, IPS_KEY_DISABLED, "cmk_id: the key '%s' is disabled", id);
	if (!unwrap_key(service, key.row, key.bytes, err))
		return false;
	*out = key;
	ips_key_forget(&key);
	return true;
}

static bool
source_disabled(struct ips_error *err)
{
	return ips_fail(
	    err, IPS_SOURCE_KEY_DISABLED, "The picture is encrypted with a key that is disabled");
}

bool
ips_source_key_open(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *id, struct open_key *out, struct ips_error *err)
{
	struct ips_error why = { .fault = IPS_OK };

	if (ips_key_open(service, mem, company, id, out, &why))
		return true;
	if (why.fault == IPS_KEY_DISABLED)
		return source_disabled(err);
	if (err != NULL)
		*err = why;
	return false;
}

static bool
unwrap_data_key(struct ips_service *service, const char *digest, const struct ips_data_key *row,
    uint8_t *out, struct ips_error *err)
{
	g_autofree char *context = data_context(digest, row->key, row->key->version);
	uint8_t key[IPS_KEY_LEN];

	if (!row->key->enabled)
		return source_disabled(err);
	if (!unwrap_key(service, row->key, key, err))
		return false;
	bool good = ips_key_unwrap(key, row->wrapped, context, out);
	ips_wipe(key, sizeof(key));
	return good || ips_fail_internal(
			   err, "the data key of blob %s has been changed in the catalog", digest);
}

bool
ips_data_key_open(struct ips_service *service, const struct ips_blob *blob,
    uint8_t out[IPS_KEY_LEN], struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_data_key *row;

	if (!ips_catalog_data_key(service->catalog, mem, blob->digest, &row, err))
		return false;
	if (row == NULL)
		return ips_fail_internal(err, "the data key of blob %s is lost", blob->digest);
	return unwrap_data_key(service, blob->digest, row, out, err);
}

void
ips_data_key_wrap(const struct open_key *key, const uint8_t data_key[IPS_KEY_LEN],
    const char *digest, struct ips_data_key *out)
{
	g_autofree char *context = data_context(digest, key->row, key->row->version);

	out->key = key->row;
	ips_key_wrap(key->bytes, data_key, context, out->wrapped);
}

/* ---- Making and rotating ---- */

/* New random bytes for a key of that version, wrapped into its row. */
static void
make_bytes(
    struct ips_service *service, struct ips_key *key, int64_t version, uint8_t bytes[IPS_KEY_LEN])
{
	g_autofree char *context = key_context(key, version);

	ips_random(bytes, IPS_KEY_LEN);
	key->master = service->master_name;
	ips_key_wrap(service->master, bytes, context, key->wrapped);
}

bool
ips_service_key_add(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char **id, struct ips_error *err)
{
	g_autofree char *uuid = g_uuid_string_random();
	struct ips_key key = { .id = uuid, .company = company };
	uint8_t bytes[IPS_KEY_LEN];

	if (!check_master(service, err))
		return false;
	make_bytes(service, &key, 1, bytes);
	ips_wipe(bytes, sizeof(bytes));
	if (!ips_catalog_key_add(service->catalog, &key, err))
		return false;
	*id = ips_arena_strdup(mem, uuid);
	return true;
}

struct rotation {
	const struct ips_key *old;
	uint8_t from[IPS_KEY_LEN], to[IPS_KEY_LEN];
};

static bool
rewrap(const char *digest, const uint8_t old[IPS_WRAPPED_LEN], uint8_t out[IPS_WRAPPED_LEN],
    void *arg, struct ips_error *err)
{
	const struct rotation *r = arg;
	g_autofree char *was = data_context(digest, r->old, r->old->version);
	g_autofree char *is = data_context(digest, r->old, r->old->version + 1);
	uint8_t key[IPS_KEY_LEN];

	if (!ips_key_unwrap(r->from, old, was, key))
		return ips_fail_internal(
		    err, "the data key of blob %s has been changed in the catalog", digest);
	ips_key_wrap(r->to, key, is, out);
	ips_wipe(key, sizeof(key));
	return true;
}

static bool
rotate(struct ips_service *service, struct rotation *r, int64_t *count, struct ips_error *err)
{
	struct ips_key key = *r->old;

	if (!unwrap_key(service, r->old, r->from, err))
		return false;
	make_bytes(service, &key, key.version + 1, r->to);
	return ips_catalog_key_rotate(service->catalog, &key, rewrap, r, count, err);
}

bool
ips_service_key_rotate(
    struct ips_service *service, const char *id, int64_t *count, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct rotation r = { .old = NULL };

	if (!ips_catalog_key(service->catalog, mem, id, &r.old, err))
		return false;
	if (r.old == NULL)
		return ips_fail(err, IPS_NO_KEY, "There is no key '%s'", id);
	bool good = rotate(service, &r, count, err);
	ips_wipe(&r, sizeof(r));
	return good;
}

static bool
wrap_by(struct ips_service *service, const uint8_t master[IPS_KEY_LEN], const char *name,
    struct ips_key *key, struct ips_error *err)
{
	g_autofree char *context = key_context(key, key->version);
	uint8_t bytes[IPS_KEY_LEN];

	if (!unwrap_key(service, key, bytes, err))
		return false;
	ips_key_wrap(master, bytes, context, key->wrapped);
	ips_wipe(bytes, sizeof(bytes));
	key->master = name;
	return true;
}

bool
ips_service_master_replace(struct ips_service *service, const uint8_t master[IPS_KEY_LEN],
    int64_t *count, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	g_autofree char *name = ips_master_name(master);
	const struct ips_key *key;
	size_t n;

	if (!check_master(service, err) ||
	    !ips_catalog_keys(service->catalog, mem, 0, &key, &n, err))
		return false;
	struct ips_key *other = IPS_NEW_N(mem, struct ips_key, n + 1);
	for (size_t i = 0; i < n; i++) {
		other[i] = key[i];
		if (!wrap_by(service, master, name, &other[i], err))
			return false;
	}
	if (!ips_catalog_keys_replace(service->catalog, other, n, err))
		return false;
	memcpy(service->master, master, IPS_KEY_LEN);
	g_free(service->master_name);
	service->master_name = g_steal_pointer(&name);
	*count = (int64_t)n;
	return true;
}
