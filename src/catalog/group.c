/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Groups of a company and their members. */
#include "catalog_priv.h"

#include <string.h>

static void
read_group(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_group *g = item;

	g->id = ips_db_int(rows, 0);
	g->name = column_text(mem, rows, 1);
}

static const struct row_type group_row = { read_group, sizeof(struct ips_group) };

bool
ips_catalog_group_named(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const char *name, const struct ips_group **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT g.id, g.name FROM user_groups g WHERE g.company_id = $1 AND g.name "
		       "= $2",
		.values = IPS_VALUES(ips_int(company), ips_text(name)),
		.type = group_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_group(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company, int64_t id,
    const struct ips_group **out, struct ips_error *err)
{
	const struct select select = {
		.sql =
		    "SELECT g.id, g.name FROM user_groups g WHERE g.company_id = $1 AND g.id = $2",
		.values = IPS_VALUES(ips_int(company), ips_int(id)),
		.type = group_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_groups(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_group *const **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT g.id, g.name FROM user_groups g WHERE g.company_id = $1 ORDER BY "
		       "g.name",
		.values = IPS_VALUES(ips_int(company)),
		.type = group_row,
	};
	void *items;

	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = (const struct ips_group *const *)pointers_to(
	    mem, items, sizeof(struct ips_group), *count);
	return true;
}

struct new_group {
	int64_t company, id;
	const char *name;
};

static bool
add_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct new_group *g = arg;

	if (next_number(conn, "group", &g->id, err) &&
	    ips_db_run(conn, "INSERT INTO user_groups (id, company_id, name) VALUES ($1, $2, $3)",
		IPS_VALUES(ips_int(g->id), ips_int(g->company), ips_text(g->name)), NULL, err))
		return true;
	return taken_means(err, "Group '%s' is already in use.", g->name);
}

bool
ips_catalog_group_add(struct ips_catalog *catalog, int64_t company, const char *name, int64_t *out,
    struct ips_error *err)
{
	struct new_group g = { .company = company, .name = name };
	size_t len = strlen(name);

	if (len < 1 || len > 255 || !ips_utf8_valid(name, len))
		return ips_fail(err, IPS_INVALID_PARAMETER, "'%s' cannot name a group.", name);
	if (!ips_db_write(catalog->db, add_work, &g, err))
		return false;
	*out = g.id;
	return true;
}

struct member {
	int64_t group, user;
	bool member;
};

static bool
member_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct member *m = arg;
	const char *sql = m->member
			      ? "INSERT INTO group_members (group_id, user_id) VALUES ($1, $2) "
				"ON CONFLICT (user_id, group_id) DO NOTHING"
			      : "DELETE FROM group_members WHERE group_id = $1 AND user_id = $2";

	return ips_db_run(conn, sql, IPS_VALUES(ips_int(m->group), ips_int(m->user)), NULL, err);
}

bool
ips_catalog_group_member_set(
    struct ips_catalog *catalog, int64_t group, int64_t user, bool member, struct ips_error *err)
{
	struct member m = { group, user, member };

	return ips_db_write(catalog->db, member_work, &m, err);
}
