/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Companies. */
#include "catalog_priv.h"

#include <string.h>

static void
read_company(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_company *c = item;

	c->id = ips_db_int(rows, 0);
	c->name = column_text(mem, rows, 1);
	c->root_path = column_text(mem, rows, 2);
	c->ims_org = column_text(mem, rows, 3);
	c->expires = ips_db_int(rows, 4);
	c->root_folder = ips_db_int(rows, 5);
}

const struct row_type company_row = { read_company, sizeof(struct ips_company) };

bool
ips_catalog_company(struct ips_catalog *catalog, struct ips_arena *mem, int64_t id,
    const struct ips_company **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " COMPANY_COLUMNS " FROM companies c WHERE c.id = $1",
		.values = IPS_VALUES(ips_int(id)),
		.type = company_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_company_named(struct ips_catalog *catalog, struct ips_arena *mem, const char *name,
    const struct ips_company **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " COMPANY_COLUMNS
		       " FROM companies c WHERE c.name_key = $1 AND c.name = $2",
		.values = IPS_VALUES(ips_text(fold(mem, name)), ips_text(name)),
		.type = company_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_companies(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_company *const **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " COMPANY_COLUMNS " FROM companies c ORDER BY c.name",
		.values = IPS_NO_VALUES,
		.type = company_row,
	};
	void *items;

	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = (const struct ips_company *const *)pointers_to(
	    mem, items, sizeof(struct ips_company), *count);
	return true;
}

struct new_company {
	int64_t id, expires;
	const char *name, *name_key, *root_path;
};

static bool
add_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct new_company *c = arg;
	struct new_folder root = { .path = c->root_path, .name = c->name, .now = ips_clock_ms() };
	int64_t folder;

	if (!settle_number(conn, "company", &c->id, err) ||
	    !ips_db_run(conn,
		"INSERT INTO companies (id, name, name_key, root_path, expires, root_folder) "
		"VALUES ($1, $2, $3, $4, $5, 0)",
		IPS_VALUES(ips_int(c->id), ips_text(c->name), ips_text(c->name_key),
		    ips_text(c->root_path), ips_int(c->expires)),
		NULL, err))
		return taken_means(err, "Company '%s' or its number is already in use.", c->name);
	root.company = c->id;
	return folder_insert(conn, &root, &folder, err) &&
	       ips_db_run(conn, "UPDATE companies SET root_folder = $2 WHERE id = $1",
		   IPS_VALUES(ips_int(c->id), ips_int(folder)), NULL, err);
}

bool
ips_catalog_company_add(struct ips_catalog *catalog, int64_t id, const char *name, int64_t expires,
    int64_t *out, struct ips_error *err)
{
	size_t len = strlen(name);

	if (len < 1 || len > 255 || !ips_utf8_valid(name, len) || strpbrk(name, "/\\|"))
		return ips_fail(err, IPS_INVALID_PARAMETER, "'%s' cannot name a company.", name);

	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct new_company c = {
		.id = id,
		.expires = expires,
		.name = name,
		.name_key = fold(mem, name),
		.root_path = ips_arena_printf(mem, "%s/", name),
	};
	if (!ips_db_write(catalog->db, add_work, &c, err))
		return false;
	*out = c.id;
	return true;
}

static bool
expires_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct new_company *c = arg;

	return change_one(conn, "UPDATE companies SET expires = $2 WHERE id = $1",
	    IPS_VALUES(ips_int(c->id), ips_int(c->expires)), "There is no such company.", err);
}

bool
ips_catalog_company_set_expires(
    struct ips_catalog *catalog, int64_t id, int64_t expires, struct ips_error *err)
{
	struct new_company c = { .id = id, .expires = expires };

	return ips_db_write(catalog->db, expires_work, &c, err);
}
