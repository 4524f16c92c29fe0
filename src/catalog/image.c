/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Images as the image copy face lists and changes them: assets with pixels, and their traits. */
#include "catalog_priv.h"

/* ---- Traits ---- */

static void
read_trait(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_trait *t = item;

	t->name = column_text(mem, rows, 0);
	t->value = column_text(mem, rows, 1);
}

bool
ips_catalog_traits(struct ips_catalog *catalog, struct ips_arena *mem, int64_t asset,
    const struct ips_trait **out, size_t *count, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT name, value FROM asset_traits WHERE asset_id = $1 ORDER BY name",
		.values = IPS_VALUES(ips_int(asset)),
		.type = { read_trait, sizeof(struct ips_trait) },
	};
	void *items;

	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = items;
	return true;
}

bool
traits_write(struct ips_conn *conn, int64_t asset, const struct ips_trait *traits, size_t count,
    struct ips_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct ips_trait *t = &traits[i];
		bool good =
		    t->value == NULL
			? ips_db_run(conn,
			      "DELETE FROM asset_traits WHERE asset_id = $1 AND name = $2",
			      IPS_VALUES(ips_int(asset), ips_text(t->name)), NULL, err)
			: ips_db_run(conn,
			      "INSERT INTO asset_traits (asset_id, name, value) VALUES ($1, $2, "
			      "$3) "
			      "ON CONFLICT (asset_id, name) DO UPDATE SET value = excluded.value",
			      IPS_VALUES(ips_int(asset), ips_text(t->name), ips_text(t->value)),
			      NULL, err);
		if (!good)
			return false;
	}
	return true;
}

struct change {
	int64_t asset, now;
	const struct ips_image_change *change;
	const char *user;
};

/* The name may be another's: then this asset is not served by name any more. */
static bool
change_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	const struct change *c = arg;
	const struct ips_image_change *to = c->change;

	return change_one(conn,
		   "UPDATE assets SET modified = $2, modified_by = $3, "
		   "description = CASE WHEN $5 = '' THEN NULL ELSE coalesce($5, description) END, "
		   "name_slot = CASE WHEN $4 IS NULL OR $4 = name THEN name_slot WHEN EXISTS ("
		   "SELECT 1 FROM folders f WHERE f.company_id = assets.company_id AND f.name = "
		   "$4) "
		   "OR EXISTS (SELECT 1 FROM assets o WHERE o.company_id = assets.company_id "
		   "AND o.name = $4 AND o.name_slot = 0) THEN id ELSE 0 END, "
		   "name = coalesce($4, name) WHERE id = $1 AND trash = 0",
		   IPS_VALUES(ips_int(c->asset), ips_int(c->now), ips_text(c->user),
		       ips_text(to->name), ips_text(to->description)),
		   "There is no such asset.", err) &&
	       traits_write(conn, c->asset, to->traits, to->trait_count, err);
}

bool
ips_catalog_image_change(struct ips_catalog *catalog, int64_t asset,
    const struct ips_image_change *change, const char *user, struct ips_error *err)
{
	struct change c = { asset, ips_clock_ms(), change, user };

	return ips_db_write(catalog->db, change_work, &c, err);
}

/* ---- Listing ---- */

#define TRAIT(name, fallback)                                                                      \
	"coalesce((SELECT t.value FROM asset_traits t WHERE t.asset_id = a.id "                    \
	"AND t.name = '" name "'), '" fallback "')"

static const char *const sort_column[] = {
	[IPS_IMAGE_CREATED] = "a.created",
	[IPS_IMAGE_NAME] = "a.name",
	[IPS_IMAGE_SIZE] = "a.size",
	[IPS_IMAGE_STATUS] = TRAIT("status", "active"),
	[IPS_IMAGE_DISK_FORMAT] = TRAIT("disk_format", "raw"),
	[IPS_IMAGE_NUMBER] = "a.id",
};

static void
add_filter(struct query *q, const struct ips_image_filter *filter)
{
	query_add(q, " AND coalesce((SELECT t.value FROM asset_traits t WHERE t.asset_id = a.id "
		     "AND t.name = ");
	query_value(q, ips_text(filter->trait));
	query_add(q, "), ");
	query_value(q, ips_text(filter->fallback != NULL ? filter->fallback : ""));
	query_add(q, ") = ");
	query_value(q, ips_text(filter->value));
}

static void
add_time(struct query *q, const struct ips_image_time *time)
{
	static const char *const sign[] = {
		[IPS_MATCH_EQUALS] = "=",
		[IPS_MATCH_NOT_EQUALS] = "<>",
		[IPS_MATCH_LESS] = "<",
		[IPS_MATCH_LESS_EQUALS] = "<=",
		[IPS_MATCH_GREATER] = ">",
		[IPS_MATCH_GREATER_EQUALS] = ">=",
	};

	/* Whole seconds, because that is what clients see. */
	query_add(q, time->modified ? " AND a.modified / 1000 " : " AND a.created / 1000 ");
	query_add(q, sign[time->match]);
	query_add(q, " ");
	query_value(q, ips_int(time->seconds));
}

/* What follows the marker in the order asked for; the number decides between equals. */
static void
add_marker(struct query *q, const struct ips_image_query *query)
{
	const char *column = sort_column[query->sort];

	query_add(q, " AND (");
	query_add(q, column);
	query_add(q, query->descending ? ", a.id) < ((SELECT " : ", a.id) > ((SELECT ");
	query_add(q, column);
	query_add(q, " FROM assets a WHERE a.id = ");
	query_value(q, ips_int(query->marker));
	query_add(q, "), ");
	query_value(q, ips_int(query->marker));
	query_add(q, ")");
}

static void
add_conditions(struct query *q, const struct ips_image_query *query)
{
	query_add(q,
	    "SELECT " ASSET_COLUMNS " FROM assets a JOIN folders f ON f.id = a.folder_id "
	    "WHERE a.trash = 0 AND a.digest IS NOT NULL AND a.type = 1 AND a.company_id = ");
	query_value(q, ips_int(query->company));
	query_viewer(q, query->viewer, "f");
	if (query->id != 0) {
		query_add(q, " AND a.id = ");
		query_value(q, ips_int(query->id));
	}
	if (query->name != NULL) {
		query_add(q, " AND a.name = ");
		query_value(q, ips_text(query->name));
	}
	if (query->key != NULL) {
		query_add(q, " AND " KEY_OF_ASSET " = ");
		query_value(q, ips_text(query->key));
	}
	for (size_t i = 0; i < query->filter_count; i++)
		add_filter(q, &query->filters[i]);
	for (size_t i = 0; i < query->time_count; i++)
		add_time(q, &query->times[i]);
	if (query->marker != 0)
		add_marker(q, query);
}

bool
ips_catalog_images(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_image_query *query, const struct ips_asset ***out, size_t *count,
    struct ips_error *err)
{
	IPS_CLEANUP(query_clear) struct query q;
	const char *way = query->descending ? " DESC" : "";
	void *items;

	query_init(&q);
	add_conditions(&q, query);
	g_string_append_printf(q.sql, " ORDER BY %s%s, a.id%s", sort_column[query->sort], way, way);
	if (query->limit > 0) {
		query_add(&q, " LIMIT ");
		query_value(&q, ips_int(query->limit));
	}
	const struct select select = {
		.sql = q.sql->str,
		.values = query_values(&q),
		.type = asset_row,
		.built = true,
	};
	if (!select_all(catalog, mem, &select, &items, count, err))
		return false;
	*out = (const struct ips_asset **)pointers_to(mem, items, sizeof(struct ips_asset), *count);
	return true;
}
