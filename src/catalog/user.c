/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Users and what they are in companies. Roles are stored by their published name: numbers of an
 * enum would change meaning when a role is inserted. */
#include "catalog_priv.h"

#include <string.h>

#define USER_COLUMNS "u.id, u.email, u.first_name, u.last_name, u.password_hash, u.admin, u.active"

static void
read_user(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_user *u = item;

	u->id = ips_db_int(rows, 0);
	u->email = column_text(mem, rows, 1);
	u->first_name = column_text(mem, rows, 2);
	u->last_name = column_text(mem, rows, 3);
	u->password_hash = column_text(mem, rows, 4);
	u->admin = ips_db_int(rows, 5);
	u->active = ips_db_int(rows, 6);
}

static const struct row_type user_row = { read_user, sizeof(struct ips_user) };

bool
ips_catalog_user(struct ips_catalog *catalog, struct ips_arena *mem, int64_t id,
    const struct ips_user **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " USER_COLUMNS " FROM users u WHERE u.id = $1",
		.values = IPS_VALUES(ips_int(id)),
		.type = user_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_user_named(struct ips_catalog *catalog, struct ips_arena *mem, const char *email,
    const struct ips_user **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " USER_COLUMNS " FROM users u WHERE u.email_key = $1",
		.values = IPS_VALUES(ips_text(fold(mem, email))),
		.type = user_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_users(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_user *const **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT " USER_COLUMNS " FROM users u ORDER BY u.email_key",
		.values = IPS_NO_VALUES,
		.type = user_row,
	};
	void *items;

	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = (const struct ips_user *const *)pointers_to(
	    mem, items, sizeof(struct ips_user), *count);
	return true;
}

struct user_change {
	struct ips_user user;
	const char *key;
};

#define USER_VALUES(c)                                                                             \
	IPS_VALUES(ips_int((c)->user.id), ips_text((c)->user.email), ips_text((c)->key),           \
	    ips_text((c)->user.first_name), ips_text((c)->user.last_name),                         \
	    ips_text((c)->user.password_hash), ips_int((c)->user.admin),                           \
	    ips_int((c)->user.active))

static bool
add_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct user_change *c = arg;

	if (settle_number(conn, "user", &c->user.id, err) &&
	    ips_db_run(conn,
		"INSERT INTO users (id, email, email_key, first_name, last_name, password_hash, "
		"admin, active) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		USER_VALUES(c), NULL, err))
		return true;
	return taken_means(err, "User '%s' or its number is already in use.", c->user.email);
}

static bool
set_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct user_change *c = arg;

	if (change_one(conn,
		"UPDATE users SET email = $2, email_key = $3, first_name = $4, last_name = $5, "
		"password_hash = $6, admin = $7, active = $8 WHERE id = $1",
		USER_VALUES(c), "There is no such user.", err))
		return true;
	return taken_means(err, "User '%s' is already in use.", c->user.email);
}

static bool
change_user(struct ips_catalog *catalog, const struct ips_user *user, ips_db_work *work,
    int64_t *out, struct ips_error *err)
{
	size_t len = user->email ? strlen(user->email) : 0;

	if (len < 1 || len > 255 || !ips_utf8_valid(user->email, len))
		return ips_fail(err, IPS_INVALID_PARAMETER, "This is no e-mail address.");

	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct user_change c = { *user, fold(mem, user->email) };
	if (!ips_db_write(catalog->db, work, &c, err))
		return false;
	if (out)
		*out = c.user.id;
	return true;
}

bool
ips_catalog_user_add(
    struct ips_catalog *catalog, const struct ips_user *user, int64_t *out, struct ips_error *err)
{
	return change_user(catalog, user, add_work, out, err);
}

bool
ips_catalog_user_set(
    struct ips_catalog *catalog, const struct ips_user *user, struct ips_error *err)
{
	return change_user(catalog, user, set_work, NULL, err);
}

/* ---- Memberships ---- */

static void
read_membership(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_membership *m = item;
	struct ips_company *company = IPS_NEW(mem, struct ips_company);
	const char *role = ips_db_text(rows, COMPANY_WIDTH);

	company_row.read(mem, rows, company);
	m->company = company;
	if (!ips_role_parse(role, &m->role)) /* of a newer release: may nothing */
		m->role = IPS_ROLE_NONE;
	m->active = ips_db_int(rows, COMPANY_WIDTH + 1);
}

static const struct row_type membership_row = { read_membership, sizeof(struct ips_membership) };

#define MEMBERSHIPS                                                                                \
	"SELECT " COMPANY_COLUMNS ", m.role, m.active "                                            \
	"FROM memberships m JOIN companies c ON c.id = m.company_id WHERE m.user_id = $1 "

bool
ips_catalog_membership(struct ips_catalog *catalog, struct ips_arena *mem, int64_t user,
    int64_t company, const struct ips_membership **out, struct ips_error *err)
{
	const struct select select = {
		.sql = MEMBERSHIPS "AND m.company_id = $2",
		.values = IPS_VALUES(ips_int(user), ips_int(company)),
		.type = membership_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_memberships(struct ips_catalog *catalog, struct ips_arena *mem, int64_t user,
    const struct ips_membership **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = MEMBERSHIPS "ORDER BY c.name",
		.values = IPS_VALUES(ips_int(user)),
		.type = membership_row,
	};

	return select_all(catalog, mem, &select, (void **)out, count, err);
}

struct membership_change {
	int64_t user, company;
	const char *role; /* NULL removes */
	bool active;
};

static bool
membership_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct membership_change *m = arg;

	if (!m->role)
		return ips_db_run(conn,
		    "DELETE FROM memberships WHERE user_id = $1 AND company_id = $2",
		    IPS_VALUES(ips_int(m->user), ips_int(m->company)), NULL, err);
	return ips_db_run(conn,
	    "INSERT INTO memberships (user_id, company_id, role, active) VALUES ($1, $2, $3, $4) "
	    "ON CONFLICT (user_id, company_id) DO UPDATE "
	    "SET role = excluded.role, active = excluded.active",
	    IPS_VALUES(
		ips_int(m->user), ips_int(m->company), ips_text(m->role), ips_int(m->active)),
	    NULL, err);
}

bool
ips_catalog_membership_set(struct ips_catalog *catalog, int64_t user, int64_t company,
    enum ips_role role, bool active, struct ips_error *err)
{
	struct membership_change m = { user, company,
		role == IPS_ROLE_NONE ? NULL : ips_role_name(role), active };

	return ips_db_write(catalog->db, membership_work, &m, err);
}
