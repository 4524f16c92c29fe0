/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Attributes and macros of companies. */
#include "catalog_priv.h"

static void
read_setting(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_setting *s = item;

	s->company = ips_db_int(rows, 0);
	s->name = column_text(mem, rows, 1);
	s->value = column_text(mem, rows, 2);
}

static const struct row_type setting_row = { read_setting, sizeof(struct ips_setting) };

static bool
read_settings(struct ips_catalog *catalog, struct ips_arena *mem, const char *sql, int64_t company,
    const struct ips_setting **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = sql,
		.values = IPS_VALUES(ips_int(company)),
		.type = setting_row,
	};
	void *items;

	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = items;
	return true;
}

bool
ips_catalog_attributes(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_setting **out, size_t *count, struct ips_error *err)
{
	return read_settings(catalog, mem,
	    "SELECT company_id, name, value FROM attributes WHERE company_id IN (0, $1) "
	    "ORDER BY company_id, name",
	    company, out, count, err);
}

bool
ips_catalog_macros(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_setting **out, size_t *count, struct ips_error *err)
{
	return read_settings(catalog, mem,
	    "SELECT company_id, name, definition FROM macros WHERE company_id IN (0, $1) "
	    "ORDER BY company_id, id",
	    company, out, count, err);
}

struct changes {
	const struct ips_setting *item;
	size_t count;
	const char *key;
};

static bool
company_exists(struct ips_conn *conn, int64_t company, struct ips_error *err)
{
	int64_t one;
	bool found = company == IPS_DEFAULT_CATALOG;

	if (!found && !ips_db_get_int(conn, "SELECT 1 FROM companies WHERE id = $1",
			  IPS_VALUES(ips_int(company)), &one, &found, err))
		return false;
	return found || ips_fail(err, IPS_NOT_FOUND, "There is no such company.");
}

static bool
attributes_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct changes *c = arg;

	for (size_t i = 0; i < c->count; i++) {
		const struct ips_setting *s = &c->item[i];
		bool good =
		    company_exists(conn, s->company, err) &&
		    (s->value == NULL
			    ? ips_db_run(conn,
				  "DELETE FROM attributes WHERE company_id = $1 AND name = $2",
				  IPS_VALUES(ips_int(s->company), ips_text(s->name)), NULL, err)
			    : ips_db_run(conn,
				  "INSERT INTO attributes (company_id, name, value) "
				  "VALUES ($1, $2, $3) ON CONFLICT (company_id, name) "
				  "DO UPDATE SET value = excluded.value",
				  IPS_VALUES(
				      ips_int(s->company), ips_text(s->name), ips_text(s->value)),
				  NULL, err));
		if (!good)
			return false;
	}
	return true;
}

bool
ips_catalog_attributes_set(struct ips_catalog *catalog, const struct ips_setting *settings,
    size_t count, struct ips_error *err)
{
	struct changes changes = { settings, count, NULL };

	return ips_db_write(catalog->db, attributes_work, &changes, err);
}

static bool
macro_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct changes *c = arg;
	const struct ips_setting *m = c->item;

	if (!company_exists(conn, m->company, err))
		return false;
	if (m->value == NULL)
		return change_one(conn,
		    "DELETE FROM macros WHERE company_id = $1 AND name_key = $2",
		    IPS_VALUES(ips_int(m->company), ips_text(c->key)), "There is no such macro.",
		    err);
	return ips_db_run(conn,
	    "INSERT INTO macros (id, company_id, name, name_key, definition) "
	    "VALUES ((SELECT coalesce(max(id), 0) + 1 FROM macros), $1, $2, $3, $4) "
	    "ON CONFLICT (company_id, name_key) "
	    "DO UPDATE SET name = excluded.name, definition = excluded.definition",
	    IPS_VALUES(
		ips_int(m->company), ips_text(m->name), ips_text(c->key), ips_text(m->value)),
	    NULL, err);
}

bool
ips_catalog_macro_set(
    struct ips_catalog *catalog, const struct ips_setting *macro, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct changes changes = { macro, 1, fold(mem, macro->name) };

	return ips_db_write(catalog->db, macro_work, &changes, err);
}
