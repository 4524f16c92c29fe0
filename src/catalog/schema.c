/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The tables, as a list of steps: step n leads from version n - 1 to n and never changes once it is
 * released. INTEGER PRIMARY KEY is the one word PostgreSQL will want spelt differently (BIGINT);
 * paths want COLLATE "C" there, because ranges of them stand for subtrees. */
#include "catalog_priv.h"

static const char *const steps[] = {
	/* 1 */
	"CREATE TABLE sequences ("
	" name TEXT PRIMARY KEY,"
	" next BIGINT NOT NULL);"

	"CREATE TABLE companies ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL,"
	" name_key TEXT NOT NULL UNIQUE," /* case folded */
	" root_path TEXT NOT NULL,"
	" ims_org TEXT,"
	" expires BIGINT NOT NULL,"
	" root_folder BIGINT NOT NULL);"

	"CREATE TABLE users ("
	" id INTEGER PRIMARY KEY,"
	" email TEXT NOT NULL,"
	" email_key TEXT NOT NULL UNIQUE," /* case folded */
	" first_name TEXT,"
	" last_name TEXT,"
	" password_hash TEXT,"
	" admin SMALLINT NOT NULL,"
	" active SMALLINT NOT NULL);"

	"CREATE TABLE memberships ("
	" user_id BIGINT NOT NULL REFERENCES users (id),"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" role TEXT NOT NULL,"
	" active SMALLINT NOT NULL,"
	" PRIMARY KEY (user_id, company_id));"

	"CREATE TABLE user_groups ("
	" id INTEGER PRIMARY KEY,"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" name TEXT NOT NULL,"
	" UNIQUE (company_id, name));"

	"CREATE TABLE group_members ("
	" user_id BIGINT NOT NULL REFERENCES users (id),"
	" group_id BIGINT NOT NULL REFERENCES user_groups (id),"
	" PRIMARY KEY (user_id, group_id));"

	/* What the groups may in a folder once all grants above it are weighed. Folders with equal
	 * rights share a set, so that a tree of any size needs few rows. */
	"CREATE TABLE permission_sets ("
	" id INTEGER PRIMARY KEY,"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" digest TEXT NOT NULL," /* of the rows below */
	" UNIQUE (company_id, digest));"
	"CREATE TABLE permission_set_access ("
	" set_id BIGINT NOT NULL REFERENCES permission_sets (id),"
	" group_id BIGINT NOT NULL REFERENCES user_groups (id),"
	" can_read SMALLINT NOT NULL,"
	" can_write SMALLINT NOT NULL,"
	" can_delete SMALLINT NOT NULL,"
	" granted SMALLINT NOT NULL,"    /* bits 1 << permission: some grant decides it */
	" overriding SMALLINT NOT NULL," /* bits: and that grant overrides what is below */
	" PRIMARY KEY (set_id, group_id));"

	"CREATE TABLE folders ("
	" id INTEGER PRIMARY KEY,"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" parent_id BIGINT REFERENCES folders (id),"
	" path TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" depth INTEGER NOT NULL," /* the root is 0 */
	" modified BIGINT NOT NULL,"
	" child_modified BIGINT NOT NULL,"
	" permission_set BIGINT NOT NULL," /* 0: nobody may anything */
	" UNIQUE (company_id, path));"
	"CREATE INDEX folders_parent ON folders (parent_id);"
	"CREATE INDEX folders_name ON folders (company_id, name);"

	"CREATE TABLE grants ("
	" folder_id BIGINT NOT NULL REFERENCES folders (id),"
	" group_id BIGINT NOT NULL REFERENCES user_groups (id),"
	" permission SMALLINT NOT NULL,"
	" allowed SMALLINT NOT NULL,"
	" overriding SMALLINT NOT NULL,"
	" PRIMARY KEY (folder_id, group_id, permission));"

	/* Facts of the pixels stand in the asset's row: the copy writes one row, the search reads
	 * one. name_slot is 0 for what holds its name alone (served by name, not emptied), else the
	 * id: one index finds names of all kinds and keeps those apart that must be. */
	"CREATE TABLE assets ("
	" id INTEGER PRIMARY KEY,"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" folder_id BIGINT NOT NULL REFERENCES folders (id),"
	" type INTEGER NOT NULL,"
	" type_seq BIGINT NOT NULL,"
	" subtype TEXT,"
	" name TEXT NOT NULL,"
	" name_slot BIGINT NOT NULL,"
	" file_name TEXT,"
	" ready SMALLINT NOT NULL,"
	" trash SMALLINT NOT NULL,"
	" created BIGINT NOT NULL,"
	" modified BIGINT NOT NULL,"
	" created_by TEXT,"
	" modified_by TEXT,"
	" description TEXT,"
	" comments TEXT,"
	" user_data TEXT,"
	" url_modifier TEXT,"
	" post_modifier TEXT,"
	" keywords TEXT," /* a line each, a line end first and last */
	" digest TEXT,"
	" size BIGINT,"
	" mime TEXT,"
	" width INTEGER,"
	" height INTEGER,"
	" resolution DOUBLE PRECISION,"
	" facts TEXT);"
	"CREATE UNIQUE INDEX assets_name ON assets (company_id, name, name_slot);"
	/* Few, because each costs a page in every commit. Images are no rare type, so a copy need
	 * not touch assets_type; search says when it may be used. */
	"CREATE INDEX assets_type ON assets (company_id, type) WHERE type <> 1;"
	"CREATE INDEX assets_created ON assets (company_id, created);"
	"CREATE INDEX assets_modified ON assets (company_id, modified);"
	"CREATE INDEX assets_folder ON assets (folder_id, name, trash, type);" /* counts, too */
	"CREATE INDEX assets_folder_created ON assets (folder_id, created);" /* what clients page by
									      */
	"CREATE INDEX assets_digest ON assets (digest);",

	/* 2: company 0 is the default catalog, which all others inherit from. Macros are numbered
	 * in the order of their definition, because one may call only those before it. */
	"CREATE TABLE attributes ("
	" company_id BIGINT NOT NULL,"
	" name TEXT NOT NULL,"
	" value TEXT NOT NULL,"
	" PRIMARY KEY (company_id, name));"
	"CREATE TABLE macros ("
	" id INTEGER PRIMARY KEY,"
	" company_id BIGINT NOT NULL,"
	" name TEXT NOT NULL,"
	" name_key TEXT NOT NULL," /* case folded */
	" definition TEXT NOT NULL,"
	" UNIQUE (company_id, name_key));",

	/* 3: catalog::Map, Targets and ImageSet. */
	"ALTER TABLE assets ADD COLUMN map TEXT;"
	"ALTER TABLE assets ADD COLUMN targets TEXT;"
	"ALTER TABLE assets ADD COLUMN image_set TEXT;",

	/* 4: a customer key is stored wrapped by the master key that `master` names, a data key by
	 * its customer key; bytes as hex digits. A file that no row of blob_keys names is not
	 * encrypted. */
	"CREATE TABLE customer_keys ("
	" id TEXT PRIMARY KEY," /* UUID */
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" enabled SMALLINT NOT NULL,"
	" version BIGINT NOT NULL," /* of the bytes */
	" created BIGINT NOT NULL,"
	" rotated BIGINT NOT NULL," /* 0: never */
	" master TEXT NOT NULL,"
	" wrapped TEXT NOT NULL);"
	"CREATE TABLE blob_keys ("
	" digest TEXT PRIMARY KEY,"
	" key_id TEXT NOT NULL REFERENCES customer_keys (id),"
	" wrapped TEXT NOT NULL);"
	"CREATE INDEX blob_keys_key ON blob_keys (key_id);",

	/* 5: what the image copy face needs. Whoever has proven a password goes on with a token, of
	 * which the digest alone is kept, or signs with a secret key, which must be kept as it is.
	 */
	"CREATE TABLE secrets ("
	" name TEXT PRIMARY KEY,"
	" value TEXT NOT NULL);"
	"CREATE TABLE tokens ("
	" digest TEXT PRIMARY KEY,"
	" user_id BIGINT NOT NULL REFERENCES users (id),"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" proof TEXT NOT NULL," /* of the password it was given for */
	" issued BIGINT NOT NULL,"
	" expires BIGINT NOT NULL);"
	"CREATE INDEX tokens_expires ON tokens (expires);"
	"CREATE TABLE access_keys ("
	" access TEXT PRIMARY KEY,"
	" secret TEXT NOT NULL,"
	" user_id BIGINT NOT NULL REFERENCES users (id),"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" created BIGINT NOT NULL);"

	/* What that face says of an image beyond its row; most have none. */
	"CREATE TABLE asset_traits ("
	" asset_id BIGINT NOT NULL REFERENCES assets (id),"
	" name TEXT NOT NULL,"
	" value TEXT NOT NULL,"
	" PRIMARY KEY (asset_id, name));"

	/* target is a number of assets, taken when the job is: its row comes together with the
	 * job's end. */
	"CREATE TABLE jobs ("
	" id INTEGER PRIMARY KEY,"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" user_id BIGINT NOT NULL REFERENCES users (id),"
	" source BIGINT NOT NULL,"
	" target BIGINT NOT NULL,"
	" status SMALLINT NOT NULL,"
	" name TEXT NOT NULL,"
	" description TEXT,"
	" cmk TEXT,"
	" error_code TEXT,"
	" reason TEXT,"
	" created BIGINT NOT NULL,"
	" ended BIGINT);"
	"CREATE INDEX jobs_open ON jobs (status, id) WHERE status < 2;",

	/* 6: what a client was told, so that it is told the same when it asks again. */
	"CREATE TABLE idempotency_keys ("
	" user_id BIGINT NOT NULL REFERENCES users (id),"
	" company_id BIGINT NOT NULL REFERENCES companies (id),"
	" key TEXT NOT NULL,"
	" request TEXT NOT NULL,"  /* its digest */
	" answer BIGINT NOT NULL," /* number of the asset or job it made */
	" created BIGINT NOT NULL,"
	" PRIMARY KEY (user_id, company_id, key));"
	"CREATE INDEX idempotency_keys_created ON idempotency_keys (created);",
};
#define VERSION ((int64_t)IPS_NELEM(steps))

static bool
version_of(struct ips_conn *conn, int64_t *version, struct ips_error *err)
{
	bool found;

	*version = 0;
	return ips_db_get_int(
	    conn, "SELECT max(version) FROM schema_version", IPS_NO_VALUES, version, &found, err);
}

static bool
refuse_newer(int64_t version, struct ips_error *err)
{
	if (version <= VERSION)
		return true;
	return ips_fail(err, IPS_UNSUPPORTED,
	    "The catalog has version %d, made by a newer openips; this one knows versions up to "
	    "%d.",
	    (int)version, (int)VERSION);
}

bool
migrate(struct ips_conn *conn, struct ips_error *err)
{
	int64_t version;

	if (!ips_db_script(conn,
		"CREATE TABLE IF NOT EXISTS schema_version ("
		" version INTEGER PRIMARY KEY, applied BIGINT NOT NULL)",
		err) ||
	    !version_of(conn, &version, err) || !refuse_newer(version, err))
		return false;
	for (; version < VERSION; version++) {
		if (!ips_db_script(conn, steps[version], err) ||
		    !ips_db_run(conn,
			"INSERT INTO schema_version (version, applied) VALUES ($1, $2)",
			IPS_VALUES(ips_int(version + 1), ips_int(ips_clock_ms())), NULL, err))
			return false;
	}
	return true;
}

bool
schema_check(struct ips_conn *conn, struct ips_error *err)
{
	int64_t version;

	if (!version_of(conn, &version, err)) {
		if (err && err->fault == IPS_INTERNAL) /* no such table, most likely */
			g_strlcpy(err->reason, "This file is no catalog: run `openips init`.",
			    sizeof err->reason);
		return false;
	}
	if (!refuse_newer(version, err))
		return false;
	if (version == VERSION)
		return true;
	return ips_fail(err, IPS_UNSUPPORTED,
	    "The catalog has version %d, this openips wants %d: run `openips migrate`.",
	    (int)version, (int)VERSION);
}
