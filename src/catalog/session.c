/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Who has proven himself before: tokens, access keys, and what the server itself keeps secret. */
#include "catalog_priv.h"

/* ---- Secrets ---- */

struct secret {
	const char *name;
	char value[2 * 32 + 1];
};

static bool
secret_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct secret *s = arg;

	return ips_db_run(conn,
	    "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
	    IPS_VALUES(ips_text(s->name), ips_text(s->value)), NULL, err);
}

static void
read_secret(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	*(const char **)item = column_text(mem, rows, 0);
}

static bool
find_secret(struct ips_catalog *catalog, struct ips_arena *mem, const char *name,
    const char *const **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT value FROM secrets WHERE name = $1",
		.values = IPS_VALUES(ips_text(name)),
		.type = { read_secret, sizeof(const char *) },
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_secret(struct ips_catalog *catalog, struct ips_arena *mem, const char *name,
    const char **out, struct ips_error *err)
{
	struct secret s = { .name = name };
	const char *const *found;
	uint8_t random[32];

	if (!find_secret(catalog, mem, name, &found, err))
		return false;
	if (found == NULL) {
		ips_random(random, sizeof(random));
		ips_hex(random, sizeof(random), s.value);
		/* Another process may be first: the one that is stored counts. */
		if (!ips_db_write(catalog->db, secret_work, &s, err) ||
		    !find_secret(catalog, mem, name, &found, err))
			return false;
	}
	*out = *found;
	return true;
}

/* ---- Tokens ---- */

struct new_token {
	const char *digest;
	const struct ips_session *session;
};

static bool
token_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct new_token *t = arg;
	const struct ips_session *s = t->session;

	return ips_db_run(conn, "DELETE FROM tokens WHERE expires <= $1",
		   IPS_VALUES(ips_int(s->issued)), NULL, err) &&
	       ips_db_run(conn,
		   "INSERT INTO tokens (digest, user_id, company_id, proof, issued, expires) "
		   "VALUES ($1, $2, $3, $4, $5, $6)",
		   IPS_VALUES(ips_text(t->digest), ips_int(s->user), ips_int(s->company),
		       ips_text(s->proof), ips_int(s->issued), ips_int(s->expires)),
		   NULL, err);
}

bool
ips_catalog_token_add(struct ips_catalog *catalog, const char *digest,
    const struct ips_session *session, struct ips_error *err)
{
	struct new_token t = { digest, session };

	return ips_db_write(catalog->db, token_work, &t, err);
}

static void
read_session(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_session *s = item;

	s->user = ips_db_int(rows, 0);
	s->company = ips_db_int(rows, 1);
	s->proof = column_text(mem, rows, 2);
	s->issued = ips_db_int(rows, 3);
	s->expires = ips_db_int(rows, 4);
}

bool
ips_catalog_token(struct ips_catalog *catalog, struct ips_arena *mem, const char *digest,
    const struct ips_session **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT user_id, company_id, proof, issued, expires FROM tokens "
		       "WHERE digest = $1",
		.values = IPS_VALUES(ips_text(digest)),
		.type = { read_session, sizeof(struct ips_session) },
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

struct removal {
	const char *text;
	int64_t user, removed;
};

static bool
token_remove_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct removal *r = arg;

	return change_one(conn, "DELETE FROM tokens WHERE digest = $1",
	    IPS_VALUES(ips_text(r->text)), "There is no such token.", err);
}

bool
ips_catalog_token_remove(struct ips_catalog *catalog, const char *digest, struct ips_error *err)
{
	struct removal r = { .text = digest };

	return ips_db_write(catalog->db, token_remove_work, &r, err);
}

static bool
tokens_remove_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct removal *r = arg;

	return ips_db_run(conn, "DELETE FROM tokens WHERE user_id = $1",
	    IPS_VALUES(ips_int(r->user)), &r->removed, err);
}

bool
ips_catalog_tokens_remove(
    struct ips_catalog *catalog, int64_t user, int64_t *removed, struct ips_error *err)
{
	struct removal r = { .user = user };

	if (!ips_db_write(catalog->db, tokens_remove_work, &r, err))
		return false;
	*removed = r.removed;
	return true;
}

/* ---- Access keys ---- */

static bool
key_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct ips_access_key *k = arg;

	return ips_db_run(conn,
	    "INSERT INTO access_keys (access, secret, user_id, company_id, created) "
	    "VALUES ($1, $2, $3, $4, $5)",
	    IPS_VALUES(ips_text(k->access), ips_text(k->secret), ips_int(k->user),
		ips_int(k->company), ips_int(k->created)),
	    NULL, err);
}

bool
ips_catalog_access_key_add(
    struct ips_catalog *catalog, const struct ips_access_key *key, struct ips_error *err)
{
	struct ips_access_key k = *key;

	return ips_db_write(catalog->db, key_work, &k, err);
}

static void
read_key(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_access_key *k = item;

	k->access = column_text(mem, rows, 0);
	k->secret = column_text(mem, rows, 1);
	k->user = ips_db_int(rows, 2);
	k->company = ips_db_int(rows, 3);
	k->created = ips_db_int(rows, 4);
}

#define SELECT_KEY "SELECT access, secret, user_id, company_id, created FROM access_keys "

static const struct row_type key_row = { read_key, sizeof(struct ips_access_key) };

bool
ips_catalog_access_key(struct ips_catalog *catalog, struct ips_arena *mem, const char *access,
    const struct ips_access_key **out, struct ips_error *err)
{
	const struct select select = {
		.sql = SELECT_KEY "WHERE access = $1",
		.values = IPS_VALUES(ips_text(access)),
		.type = key_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_access_keys(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_access_key **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = SELECT_KEY "ORDER BY created, access",
		.values = IPS_NO_VALUES,
		.type = key_row,
	};
	void *items;

	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = items;
	return true;
}

static bool
key_remove_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct removal *r = arg;

	return change_one(conn, "DELETE FROM access_keys WHERE access = $1",
	    IPS_VALUES(ips_text(r->text)), "There is no such access key.", err);
}

bool
ips_catalog_access_key_remove(
    struct ips_catalog *catalog, const char *access, struct ips_error *err)
{
	struct removal r = { .text = access };

	return ips_db_write(catalog->db, key_remove_work, &r, err);
}
