/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Grants, and what follows from them.
 *
 * The rule: for a group and a permission the nearest grant at or above a folder decides, unless a
 * grant with override stands higher; of several such the topmost decides. A folder therefore
 * follows from its parent and its own grants alone, and one walk down the changed subtree settles
 * all. Folders with equal outcome share a permission set; deciding needs no walk up. */
#include "catalog_priv.h"

#include <string.h>

const char *const ips_permission_name[IPS_PERMISSION_COUNT] = { "Read", "Write", "Delete" };

/* What one group may; bits are 1 << permission. */
struct access {
	int64_t group;
	unsigned granted, allowed, overriding;
};

struct grant_row {
	int64_t folder, group;
	unsigned bit;
	bool allowed, overriding;
};

struct node {
	int64_t id, parent, set;
};

/* A set as a sorted array: struct access by group. */
struct outcome {
	int64_t set;
	struct access *items;
	size_t count;
};

struct walk {
	struct ips_conn *conn;
	struct ips_arena *mem;
	struct ips_error *err;
	int64_t company;
	GHashTable *outcomes;     /* folder id -> struct outcome */
	struct grant_row *grants; /* by folder's path */
	size_t grant_count, next_grant;
};

static void
read_access(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct access *a = item;

	(void)mem;
	a->group = ips_db_int(rows, 0);
	for (int i = 0; i < IPS_PERMISSION_COUNT; i++)
		a->allowed |= ips_db_int(rows, 1 + i) ? 1u << i : 0;
	a->granted = (unsigned)ips_db_int(rows, 4);
	a->overriding = (unsigned)ips_db_int(rows, 5);
}

static void
read_grant(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct grant_row *g = item;

	(void)mem;
	g->folder = ips_db_int(rows, 0);
	g->group = ips_db_int(rows, 1);
	g->bit = 1u << ips_db_int(rows, 2);
	g->allowed = ips_db_int(rows, 3);
	g->overriding = ips_db_int(rows, 4);
}

static void
read_node(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct node *n = item;

	(void)mem;
	n->id = ips_db_int(rows, 0);
	n->parent = ips_db_int(rows, 1);
	n->set = ips_db_int(rows, 2);
}

static bool
load_set(struct walk *w, int64_t set, struct outcome *out)
{
	const struct select select = {
		.sql = "SELECT group_id, can_read, can_write, can_delete, granted, overriding "
		       "FROM permission_set_access WHERE set_id = $1 ORDER BY group_id",
		.values = IPS_VALUES(ips_int(set)),
		.type = { read_access, sizeof(struct access) },
	};

	out->set = set;
	return select_rows(w->conn, w->mem, &select, (void **)&out->items, &out->count, w->err);
}

static bool
store_set(struct walk *w, const char *digest, struct outcome *o)
{
	if (!next_number(w->conn, "permission_set", &o->set, w->err) ||
	    !ips_db_run(w->conn,
		"INSERT INTO permission_sets (id, company_id, digest) VALUES ($1, $2, $3)",
		IPS_VALUES(ips_int(o->set), ips_int(w->company), ips_text(digest)), NULL, w->err))
		return false;
	for (size_t i = 0; i < o->count; i++) {
		const struct access *a = &o->items[i];
		const struct ips_values values = IPS_VALUES(ips_int(o->set), ips_int(a->group),
		    ips_int(a->allowed >> IPS_PERMISSION_READ & 1),
		    ips_int(a->allowed >> IPS_PERMISSION_WRITE & 1),
		    ips_int(a->allowed >> IPS_PERMISSION_DELETE & 1), ips_int(a->granted),
		    ips_int(a->overriding));

		if (!ips_db_run(w->conn,
			"INSERT INTO permission_set_access (set_id, group_id, can_read, can_write, "
			"can_delete, granted, overriding) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			values, NULL, w->err))
			return false;
	}
	return true;
}

/* The number of a set with just these rows; empty is 0. */
static bool
number_set(struct walk *w, struct outcome *o)
{
	struct ips_sha256 *sum = ips_sha256_new();
	uint8_t bytes[IPS_SHA256_LEN];
	char digest[IPS_SHA256_HEX];
	bool found;

	for (size_t i = 0; i < o->count; i++) {
		const struct access *a = &o->items[i];
		const char *row = ips_arena_printf(w->mem, "%" G_GINT64_FORMAT " %u %u %u\n",
		    a->group, a->granted, a->allowed, a->overriding);

		ips_sha256_add(sum, row, strlen(row));
	}
	ips_sha256_end(sum, bytes);
	ips_hex(bytes, sizeof bytes, digest);
	o->set = 0;
	if (o->count == 0)
		return true;
	if (!ips_db_get_int(w->conn,
		"SELECT id FROM permission_sets WHERE company_id = $1 AND digest = $2",
		IPS_VALUES(ips_int(w->company), ips_text(digest)), &o->set, &found, w->err))
		return false;
	return found || store_set(w, digest, o);
}

static struct access *
access_of(struct outcome *o, int64_t group)
{
	size_t i = 0;

	while (i < o->count && o->items[i].group < group)
		i++;
	if (i == o->count || o->items[i].group != group) {
		memmove(&o->items[i + 1], &o->items[i], (o->count - i) * sizeof *o->items);
		o->items[i] = (struct access){ .group = group };
		o->count++;
	}
	return &o->items[i];
}

static void
apply(struct outcome *o, const struct grant_row *grant, const struct outcome *parent)
{
	struct access *a = access_of(o, grant->group);

	for (size_t i = 0; i < parent->count; i++)
		if (parent->items[i].group == grant->group &&
		    (parent->items[i].overriding & grant->bit))
			return; /* decided higher up */
	a->granted |= grant->bit;
	a->allowed = grant->allowed ? a->allowed | grant->bit : a->allowed & ~grant->bit;
	a->overriding =
	    grant->overriding ? a->overriding | grant->bit : a->overriding & ~grant->bit;
}

/* Grants come in the order of the folders, so each folder's are the next ones. */
static bool
settle_node(
    struct walk *w, const struct node *node, const struct outcome *parent, struct outcome *out)
{
	size_t first = w->next_grant, end = first;

	while (end < w->grant_count && w->grants[end].folder == node->id)
		end++;
	w->next_grant = end;
	*out = *parent;
	if (end == first)
		return true;
	out->items = IPS_NEW_N(w->mem, struct access, parent->count + (end - first));
	if (parent->count)
		memcpy(out->items, parent->items, parent->count * sizeof *out->items);
	for (size_t i = first; i < end; i++)
		apply(out, &w->grants[i], parent);
	return number_set(w, out);
}

static bool
settle_all(struct walk *w, const struct node *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct outcome none = { 0 };
		const struct outcome *parent = g_hash_table_lookup(w->outcomes, &nodes[i].parent);
		struct outcome *o = IPS_NEW(w->mem, struct outcome);

		if (!settle_node(w, &nodes[i], parent ? parent : &none, o))
			return false;
		g_hash_table_insert(w->outcomes, (gpointer)&nodes[i].id, o);
		if (o->set != nodes[i].set &&
		    !ips_db_run(w->conn, "UPDATE folders SET permission_set = $2 WHERE id = $1",
			IPS_VALUES(ips_int(nodes[i].id), ips_int(o->set)), NULL, w->err))
			return false;
	}
	return true;
}

/* The folder a grant stands on, with its parent's outcome. */
struct top {
	int64_t parent, parent_set, company;
	const char *path;
};

static void
read_top(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct top *top = item;

	top->parent = ips_db_int(rows, 0);
	top->parent_set = ips_db_int(rows, 1);
	top->company = ips_db_int(rows, 2);
	top->path = column_text(mem, rows, 3);
}

static bool
load_subtree(struct walk *w, const char *path, struct node **nodes, size_t *count)
{
	g_autofree char *bound = path_bound(path);
	const struct ips_values values =
	    IPS_VALUES(ips_int(w->company), ips_text(path), ips_text(bound));
	const struct select select_nodes = {
		.sql = "SELECT id, parent_id, permission_set FROM folders "
		       "WHERE company_id = $1 AND path >= $2 AND path < $3 ORDER BY path",
		.values = values,
		.type = { read_node, sizeof(struct node) },
	};
	const struct select select_grants = {
		.sql = "SELECT g.folder_id, g.group_id, g.permission, g.allowed, g.overriding "
		       "FROM folders f JOIN grants g ON g.folder_id = f.id "
		       "WHERE f.company_id = $1 AND f.path >= $2 AND f.path < $3 ORDER BY f.path",
		.values = values,
		.type = { read_grant, sizeof(struct grant_row) },
	};

	return select_rows(w->conn, w->mem, &select_nodes, (void **)nodes, count, w->err) &&
	       select_rows(
		   w->conn, w->mem, &select_grants, (void **)&w->grants, &w->grant_count, w->err);
}

static bool
settle_below(struct walk *w, const struct top *top)
{
	struct outcome *above = IPS_NEW(w->mem, struct outcome);
	struct node *nodes;
	size_t count;

	w->company = top->company;
	if (!load_set(w, top->parent_set, above))
		return false;
	g_hash_table_insert(w->outcomes, (gpointer)&top->parent, above);
	return load_subtree(w, top->path, &nodes, &count) && settle_all(w, nodes, count);
}

static bool
settle(struct ips_conn *conn, struct ips_arena *mem, const struct top *top, struct ips_error *err)
{
	g_autoptr(GHashTable) outcomes = g_hash_table_new(g_int64_hash, g_int64_equal);
	struct walk w = { .conn = conn, .mem = mem, .err = err, .outcomes = outcomes };

	return settle_below(&w, top);
}

/* ---- Grants ---- */

struct change {
	const struct ips_grant *grant;
	struct ips_arena *mem;
	bool remove;
};

static bool
write_grant(struct ips_conn *conn, const struct change *c, struct ips_error *err)
{
	const struct ips_grant *g = c->grant;

	if (c->remove)
		return ips_db_run(conn,
		    "DELETE FROM grants WHERE folder_id = $1 AND group_id = $2 AND permission = $3",
		    IPS_VALUES(ips_int(g->folder), ips_int(g->group), ips_int(g->permission)), NULL,
		    err);
	return ips_db_run(conn,
	    "INSERT INTO grants (folder_id, group_id, permission, allowed, overriding) "
	    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (folder_id, group_id, permission) "
	    "DO UPDATE SET allowed = excluded.allowed, overriding = excluded.overriding",
	    IPS_VALUES(ips_int(g->folder), ips_int(g->group), ips_int(g->permission),
		ips_int(g->allowed), ips_int(g->override)),
	    NULL, err);
}

static bool
grant_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct change *c = arg;
	const struct select select = {
		.sql = "SELECT p.id, p.permission_set, f.company_id, f.path FROM folders f "
		       "LEFT JOIN folders p ON p.id = f.parent_id "
		       "JOIN user_groups g ON g.company_id = f.company_id "
		       "WHERE f.id = $1 AND g.id = $2",
		.values = IPS_VALUES(ips_int(c->grant->folder), ips_int(c->grant->group)),
		.type = { read_top, sizeof(struct top) },
	};
	void *top;
	size_t count;

	if (!select_rows(conn, c->mem, &select, &top, &count, err))
		return false;
	if (!count)
		return ips_fail(
		    err, IPS_NOT_FOUND, "There is no such folder and group in one company.");
	return write_grant(conn, c, err) && settle(conn, c->mem, top, err);
}

static bool
change_grant(
    struct ips_catalog *catalog, const struct ips_grant *grant, bool remove, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct change change = { grant, mem, remove };

	if ((unsigned)grant->permission >= IPS_PERMISSION_COUNT)
		return ips_fail(err, IPS_INVALID_PARAMETER, "There is no such permission.");
	return ips_db_write(catalog->db, grant_work, &change, err);
}

bool
ips_catalog_grant_set(
    struct ips_catalog *catalog, const struct ips_grant *grant, struct ips_error *err)
{
	return change_grant(catalog, grant, false, err);
}

bool
ips_catalog_grant_remove(
    struct ips_catalog *catalog, const struct ips_grant *grant, struct ips_error *err)
{
	return change_grant(catalog, grant, true, err);
}

/* ---- Asking ---- */

#define MAY(column)                                                                                \
	"SELECT 1 FROM folders f JOIN permission_set_access p ON p.set_id = f.permission_set "     \
	"WHERE f.id = $1 AND p." column " = 1 AND ($3 = 0 OR p.group_id = $3) "                    \
	"AND ($2 = 0 OR EXISTS (SELECT 1 FROM group_members m "                                    \
	"WHERE m.group_id = p.group_id AND m.user_id = $2)) LIMIT 1"

bool
ips_catalog_may(struct ips_catalog *catalog, struct ips_viewer viewer, int64_t folder,
    enum ips_permission permission, bool *out, struct ips_error *err)
{
	static const char *const questions[] = {
		[IPS_PERMISSION_READ] = MAY("can_read"),
		[IPS_PERMISSION_WRITE] = MAY("can_write"),
		[IPS_PERMISSION_DELETE] = MAY("can_delete"),
	};
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	int64_t one;
	bool found = true;

	if (!viewer.user && !viewer.group) {
		*out = true;
		return true;
	}
	if (!ips_db_reader(catalog->db, &conn, err) ||
	    !ips_db_get_int(conn, questions[permission],
		IPS_VALUES(ips_int(folder), ips_int(viewer.user), ips_int(viewer.group)), &one,
		&found, err))
		return false;
	*out = found;
	return true;
}

struct set_row {
	struct ips_group group;
	struct access access;
};

static void
read_set_row(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct set_row *row = item;

	read_access(mem, rows, &row->access);
	row->group = (struct ips_group){ row->access.group, column_text(mem, rows, 6) };
}

static size_t
spread(const struct set_row *row, struct ips_effective *out)
{
	size_t n = 0;

	for (int p = 0; p < IPS_PERMISSION_COUNT; p++) {
		unsigned bit = 1u << p;

		if (row->access.granted & bit)
			out[n++] = (struct ips_effective){ &row->group, p,
				(row->access.allowed & bit) != 0,
				(row->access.overriding & bit) != 0 };
	}
	return n;
}

bool
ips_catalog_permission_set(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t set, const struct ips_effective **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT p.group_id, p.can_read, p.can_write, p.can_delete, p.granted, "
		       "p.overriding, g.name FROM permission_sets s "
		       "JOIN permission_set_access p ON p.set_id = s.id "
		       "JOIN user_groups g ON g.id = p.group_id "
		       "WHERE s.company_id = $1 AND s.id = $2 ORDER BY g.name",
		.values = IPS_VALUES(ips_int(company), ips_int(set)),
		.type = { read_set_row, sizeof(struct set_row) },
	};
	void *found;
	size_t row_count, n = 0;

	if (!select_all(catalog, mem, &select, &found, &row_count, err))
		return false;
	struct set_row *rows = found;
	struct ips_effective *list =
	    IPS_NEW_N(mem, struct ips_effective, row_count * IPS_PERMISSION_COUNT + 1);
	for (size_t i = 0; i < row_count; i++)
		n += spread(&rows[i], &list[n]);
	*out = list;
	*count = n;
	return true;
}
