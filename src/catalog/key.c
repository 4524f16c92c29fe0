/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Customer keys and the data keys of encrypted blobs: wrapped bytes and who may open them. */
#include "catalog_priv.h"

#include <string.h>

#define WRAPPED_HEX (2 * IPS_WRAPPED_LEN + 1)
#define KEY_COLUMNS                                                                                \
	"k.id, k.company_id, k.enabled, k.version, k.created, k.rotated, k.master, k.wrapped, "
#define KEY_BLOBS "(SELECT count(*) FROM blob_keys n WHERE n.key_id = k.id)"
#define KEY_WIDTH 9

/* What is no hex was not written by us: zeros then, which open nothing. */
static void
read_wrapped(const struct ips_rows *rows, int column, uint8_t out[IPS_WRAPPED_LEN])
{
	const char *hex = ips_db_text(rows, column);

	if (!hex || !ips_unhex(hex, out, IPS_WRAPPED_LEN))
		memset(out, 0, IPS_WRAPPED_LEN);
}

static void
read_key(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_key *k = item;

	k->id = column_text(mem, rows, 0);
	k->company = ips_db_int(rows, 1);
	k->enabled = ips_db_int(rows, 2);
	k->version = ips_db_int(rows, 3);
	k->created = ips_db_int(rows, 4);
	k->rotated = ips_db_int(rows, 5);
	k->master = column_text(mem, rows, 6);
	read_wrapped(rows, 7, k->wrapped);
	k->blobs = ips_db_int(rows, 8);
}

static void
read_data_key(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_data_key *d = item;
	struct ips_key *key = IPS_NEW(mem, struct ips_key);

	read_key(mem, rows, key);
	read_wrapped(rows, KEY_WIDTH, d->wrapped);
	d->key = key;
}

static const struct row_type key_row = { read_key, sizeof(struct ips_key) };
static const struct row_type data_key_row = { read_data_key, sizeof(struct ips_data_key) };

bool
ips_catalog_key(struct ips_catalog *catalog, struct ips_arena *mem, const char *id,
    const struct ips_key **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " KEY_COLUMNS "0 FROM customer_keys k WHERE k.id = $1",
		.values = IPS_VALUES(ips_text(id)),
		.type = key_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_keys(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_key **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " KEY_COLUMNS KEY_BLOBS " FROM customer_keys k "
		       "WHERE $1 = 0 OR k.company_id = $1 ORDER BY k.created, k.id",
		.values = IPS_VALUES(ips_int(company)),
		.type = key_row,
	};
	void *items;

	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = items;
	return true;
}

bool
ips_catalog_data_key(struct ips_catalog *catalog, struct ips_arena *mem, const char *digest,
    const struct ips_data_key **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " KEY_COLUMNS "0, d.wrapped FROM blob_keys d "
		       "JOIN customer_keys k ON k.id = d.key_id WHERE d.digest = $1",
		.values = IPS_VALUES(ips_text(digest)),
		.type = data_key_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

/* ---- Making and switching ---- */

static bool
add_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct ips_key *k = arg;
	char hex[WRAPPED_HEX];

	ips_hex(k->wrapped, IPS_WRAPPED_LEN, hex);
	return ips_db_run(conn,
	    "INSERT INTO customer_keys (id, company_id, enabled, version, created, rotated, "
	    "master, "
	    "wrapped) VALUES ($1, $2, 1, 1, $3, 0, $4, $5)",
	    IPS_VALUES(ips_text(k->id), ips_int(k->company), ips_int(ips_clock_ms()),
		ips_text(k->master), ips_text(hex)),
	    NULL, err);
}

bool
ips_catalog_key_add(struct ips_catalog *catalog, const struct ips_key *key, struct ips_error *err)
{
	struct ips_key copy = *key;

	if (ips_db_write(catalog->db, add_work, &copy, err))
		return true;
	return taken_means(err, "There is a key '%s' already.", key->id);
}

struct enabling {
	const char *id;
	bool enabled;
};

static bool
enable_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct enabling *e = arg;

	return change_one(conn, "UPDATE customer_keys SET enabled = $2 WHERE id = $1",
	    IPS_VALUES(ips_text(e->id), ips_int(e->enabled)), "There is no such key.", err);
}

bool
ips_catalog_key_enable(
    struct ips_catalog *catalog, const char *id, bool enabled, struct ips_error *err)
{
	struct enabling e = { id, enabled };

	return ips_db_write(catalog->db, enable_work, &e, err);
}

/* ---- Data keys ---- */

static bool
changed_meanwhile(struct ips_error *err)
{
	return ips_fail(err, IPS_BUSY, "The key was changed meanwhile: try again");
}

bool
data_key_insert(struct ips_conn *conn, const char *digest, int64_t company,
    const struct ips_data_key *data_key, struct ips_error *err)
{
	const struct ips_key *k = data_key->key;
	char hex[WRAPPED_HEX];
	int64_t added;

	ips_hex(data_key->wrapped, IPS_WRAPPED_LEN, hex);
	if (!ips_db_run(conn,
		"INSERT INTO blob_keys (digest, key_id, wrapped) SELECT $1, k.id, $5 "
		"FROM customer_keys k WHERE k.id = $2 AND k.version = $3 AND k.company_id = $4 "
		"AND k.enabled = 1",
		IPS_VALUES(ips_text(digest), ips_text(k->id), ips_int(k->version), ips_int(company),
		    ips_text(hex)),
		&added, err))
		return false;
	return added == 1 || changed_meanwhile(err);
}

static bool
prune_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	(void)arg;
	return ips_db_run(conn,
	    "DELETE FROM blob_keys WHERE NOT EXISTS ("
	    "SELECT 1 FROM assets a WHERE a.digest = blob_keys.digest)",
	    IPS_NO_VALUES, NULL, err);
}

bool
ips_catalog_data_keys_prune(struct ips_catalog *catalog, struct ips_error *err)
{
	return ips_db_write(catalog->db, prune_work, NULL, err);
}

/* ---- Wrapping anew ---- */

struct wrapped_row {
	char digest[IPS_SHA256_HEX];
	uint8_t wrapped[IPS_WRAPPED_LEN];
};

static void
read_wrapped_row(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct wrapped_row *row = item;

	(void)mem;
	g_strlcpy(row->digest, ips_db_text(rows, 0), sizeof row->digest);
	read_wrapped(rows, 1, row->wrapped);
}

struct rotation {
	const struct ips_key *key;
	size_t keys; /* of an array */
	ips_catalog_rewrap *rewrap;
	void *arg;
	int64_t count;
};

static bool
replace_key(struct ips_conn *conn, const struct ips_key *k, bool rotate, struct ips_error *err)
{
	char hex[WRAPPED_HEX];
	int64_t changed;

	ips_hex(k->wrapped, IPS_WRAPPED_LEN, hex);
	if (!ips_db_run(conn,
		"UPDATE customer_keys SET wrapped = $3, master = $4, version = version + $5, "
		"rotated = CASE WHEN $5 = 1 THEN $6 ELSE rotated END "
		"WHERE id = $1 AND version = $2",
		IPS_VALUES(ips_text(k->id), ips_int(k->version), ips_text(hex), ips_text(k->master),
		    ips_int(rotate), ips_int(ips_clock_ms())),
		&changed, err))
		return false;
	return changed == 1 || changed_meanwhile(err);
}

static bool
rewrap_row(struct ips_conn *conn, const struct rotation *r, const struct wrapped_row *row,
    struct ips_error *err)
{
	uint8_t wrapped[IPS_WRAPPED_LEN];
	char hex[WRAPPED_HEX];

	if (!r->rewrap(row->digest, row->wrapped, wrapped, r->arg, err))
		return false;
	ips_hex(wrapped, IPS_WRAPPED_LEN, hex);
	return ips_db_run(conn, "UPDATE blob_keys SET wrapped = $2 WHERE digest = $1",
	    IPS_VALUES(ips_text(row->digest), ips_text(hex)), NULL, err);
}

static bool
rotate_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct rotation *r = arg;
	const struct select select = {
		.sql = "SELECT digest, wrapped FROM blob_keys WHERE key_id = $1",
		.values = IPS_VALUES(ips_text(r->key->id)),
		.type = { read_wrapped_row, sizeof(struct wrapped_row) },
	};
	void *items;
	size_t count;

	if (!replace_key(conn, r->key, true, err) ||
	    !select_rows(conn, mem, &select, &items, &count, err))
		return false;
	const struct wrapped_row *row = items;
	for (size_t i = 0; i < count; i++)
		if (!rewrap_row(conn, r, &row[i], err))
			return false;
	r->count = (int64_t)count;
	return true;
}

bool
ips_catalog_key_rotate(struct ips_catalog *catalog, const struct ips_key *key,
    ips_catalog_rewrap *rewrap, void *arg, int64_t *count, struct ips_error *err)
{
	struct rotation r = { .key = key, .rewrap = rewrap, .arg = arg };

	if (!ips_db_write(catalog->db, rotate_work, &r, err))
		return false;
	*count = r.count;
	return true;
}

static bool
replace_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct rotation *r = arg;

	for (size_t i = 0; i < r->keys; i++)
		if (!replace_key(conn, &r->key[i], false, err))
			return false;
	return true;
}

bool
ips_catalog_keys_replace(
    struct ips_catalog *catalog, const struct ips_key *keys, size_t count, struct ips_error *err)
{
	struct rotation r = { .key = keys, .keys = count };

	return ips_db_write(catalog->db, replace_work, &r, err);
}
