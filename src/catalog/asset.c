/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Assets: reading one, adding, trashing, and the blobs they need. */
#include "catalog_priv.h"

#include <string.h>

static const struct ips_image *
read_image(struct ips_arena *mem, const struct ips_rows *rows, int column, int key_column)
{
	const char *digest = ips_db_text(rows, column);

	if (!digest)
		return NULL;
	struct ips_image *image = IPS_NEW(mem, struct ips_image);
	g_strlcpy(image->blob.digest, digest, sizeof image->blob.digest);
	image->blob.size = ips_db_int(rows, column + 1);
	image->mime = column_text(mem, rows, column + 2);
	image->width = (int)ips_db_int(rows, column + 3);
	image->height = (int)ips_db_int(rows, column + 4);
	image->resolution = ips_db_real(rows, column + 5);
	image->facts = column_text(mem, rows, column + 6);
	image->key = column_text(mem, rows, key_column);
	image->blob.sealed = image->key != NULL;
	return image;
}

/* Stored with a line end first and last, so that a keyword is always "\nword\n". */
static char *
read_keywords(struct ips_arena *mem, const char *stored)
{
	size_t len = stored ? strlen(stored) : 0;

	return len < 2 ? NULL : ips_arena_strndup(mem, stored + 1, len - 2);
}

static void
read_asset(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_asset *a = item;

	a->id = ips_db_int(rows, 0);
	a->type_seq = ips_db_int(rows, 1);
	a->type = (int)ips_db_int(rows, 2);
	a->subtype = column_text(mem, rows, 3);
	a->name = column_text(mem, rows, 4);
	a->file_name = column_text(mem, rows, 5);
	a->company = ips_db_int(rows, 6);
	a->folder = ips_db_int(rows, 7);
	a->folder_path = column_text(mem, rows, 8);
	a->ready = ips_db_int(rows, 9);
	a->trash = (enum ips_trash)ips_db_int(rows, 10);
	a->created = ips_db_int(rows, 11);
	a->modified = ips_db_int(rows, 12);
	a->created_by = column_text(mem, rows, 13);
	a->modified_by = column_text(mem, rows, 14);
	a->description = column_text(mem, rows, 15);
	a->comments = column_text(mem, rows, 16);
	a->user_data = column_text(mem, rows, 17);
	a->url_modifier = column_text(mem, rows, 18);
	a->post_modifier = column_text(mem, rows, 19);
	a->keywords = read_keywords(mem, ips_db_text(rows, 20));
	a->image = read_image(mem, rows, 21, 31);
	a->map = column_text(mem, rows, 28);
	a->targets = column_text(mem, rows, 29);
	a->image_set = column_text(mem, rows, 30);
}

const struct row_type asset_row = { read_asset, sizeof(struct ips_asset) };

#define SELECT_ASSET "SELECT " ASSET_COLUMNS " FROM assets a JOIN folders f ON f.id = a.folder_id "

bool
ips_catalog_asset(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company, int64_t id,
    const struct ips_asset **out, struct ips_error *err)
{
	const struct select select = {
		.sql = SELECT_ASSET "WHERE a.id = $1 AND a.company_id = $2",
		.values = IPS_VALUES(ips_int(id), ips_int(company)),
		.type = asset_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_asset_named(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const char *name, const struct ips_asset **out, struct ips_error *err)
{
	const struct select select = {
		.sql = SELECT_ASSET "WHERE a.company_id = $1 AND a.name = $2 AND a.name_slot = 0 "
				    "AND a.trash = 0 AND (a.digest IS NOT NULL OR a.type = $3)",
		.values = IPS_VALUES(ips_int(company), ips_text(name), ips_int(IPS_TYPE_TEMPLATE)),
		.type = asset_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_asset_of_type(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int type, const char *name, const struct ips_asset **out, struct ips_error *err)
{
	const struct select select = {
		.sql = SELECT_ASSET "WHERE a.company_id = $1 AND a.name = $2 AND a.type = $3 "
				    "AND a.trash = 0 AND a.ready = 1 AND a.digest IS NOT NULL "
				    "ORDER BY a.id DESC LIMIT 1",
		.values = IPS_VALUES(ips_int(company), ips_text(name), ips_int(type)),
		.type = asset_row,
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

bool
ips_catalog_assets(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const int64_t *ids, size_t id_count, struct ips_viewer viewer, const struct ips_asset ***out,
    size_t *count, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	const struct ips_asset **list = IPS_NEW_N(mem, const struct ips_asset *, id_count + 1);
	size_t n = 0;

	if (!ips_db_reader(catalog->db, &conn, err) || !ips_db_snapshot(conn, err))
		return false;
	for (size_t i = 0; i < id_count; i++) {
		const struct select select = {
			.sql = SELECT_ASSET
			"WHERE a.id = $1 AND a.company_id = $2 AND (($3 = 0 AND $4 = 0) OR EXISTS ("
			"SELECT 1 FROM permission_set_access p WHERE p.set_id = f.permission_set "
			"AND p.can_read = 1 AND ($4 = 0 OR p.group_id = $4) AND ($3 = 0 OR EXISTS ("
			"SELECT 1 FROM group_members m "
			"WHERE m.group_id = p.group_id AND m.user_id = $3))))",
			.values = IPS_VALUES(ips_int(ids[i]), ips_int(company),
			    ips_int(viewer.user), ips_int(viewer.group)),
			.type = asset_row,
		};
		void *found;
		size_t hits;

		if (!select_rows(conn, mem, &select, &found, &hits, err))
			return false;
		if (hits)
			list[n++] = found;
	}
	*out = list;
	*count = n;
	return true;
}

/* ---- Adding ---- */

struct new_asset {
	const struct ips_asset *asset;
	const struct ips_asset_type *type;
	const struct ips_promise *promise;
	bool nameless;                  /* not served by name */
	int64_t source, now, number[2]; /* id, type_seq */
	const char *user, *keywords, *sequence[2];
};

/* One question for all that must hold. Folders and assets share their names as published; the
 * unique index is what really keeps two assets apart. */
static bool
check_new(struct ips_conn *conn, struct new_asset *n, struct ips_error *err)
{
	const struct ips_asset *a = n->asset;
	struct ips_rows *rows;
	bool row;

	if (!ips_db_query(conn,
		"SELECT EXISTS (SELECT 1 FROM folders WHERE id = $3 AND company_id = $1), "
		"$4 = 0 OR EXISTS (SELECT 1 FROM assets WHERE id = $4 AND trash = 0), "
		"EXISTS (SELECT 1 FROM folders WHERE company_id = $1 AND name = $2) OR "
		"EXISTS (SELECT 1 FROM assets WHERE company_id = $1 AND name = $2 AND name_slot = "
		"0)",
		IPS_VALUES(
		    ips_int(a->company), ips_text(a->name), ips_int(a->folder), ips_int(n->source)),
		&rows, err) ||
	    !ips_db_next(rows, &row, err))
		return false;
	bool folder = ips_db_int(rows, 0), source = ips_db_int(rows, 1),
	     taken = ips_db_int(rows, 2);
	ips_db_end(rows);
	if (!folder)
		return ips_fail(err, IPS_NOT_FOUND, "There is no such folder.");
	if (!source)
		return ips_fail(err, IPS_NOT_FOUND, "The source asset does not exist any more.");
	n->nameless = !n->type->by_name || taken;
	return !taken || !n->type->by_name || n->promise->name_may_repeat ||
	       name_taken(err, a->name);
}

/* A promised number is taken already. */
static bool
number_asset(struct ips_conn *conn, struct new_asset *n, struct ips_error *err)
{
	n->number[0] = n->promise->id;
	if (n->promise->id != 0)
		return next_number(conn, n->sequence[1], &n->number[1], err);
	return next_numbers(conn, n->sequence, n->number, err);
}

static struct ips_value
int_if(const struct ips_image *image, int64_t value)
{
	return image ? ips_int(value) : ips_text(NULL);
}

static bool
insert_asset(struct ips_conn *conn, const struct new_asset *n, struct ips_error *err)
{
	static const struct ips_image no_image;
	const struct ips_asset *a = n->asset;
	const struct ips_image *have = a->image, *i = have ? have : &no_image;
	const struct ips_values values = IPS_VALUES(ips_int(n->number[0]), ips_int(a->company),
	    ips_int(a->folder), ips_int(a->type), ips_int(n->number[1]), ips_text(a->subtype),
	    ips_text(a->name), ips_int(n->nameless ? n->number[0] : 0), ips_text(a->file_name),
	    ips_int(a->ready), ips_int(IPS_TRASH_NOT), ips_int(n->now), ips_text(n->user),
	    ips_text(a->description), ips_text(a->comments), ips_text(a->user_data),
	    ips_text(a->url_modifier), ips_text(a->post_modifier), ips_text(n->keywords),
	    ips_text(have ? i->blob.digest : NULL), int_if(have, i->blob.size), ips_text(i->mime),
	    int_if(have, i->width), int_if(have, i->height),
	    have ? ips_real(i->resolution) : ips_text(NULL), ips_text(i->facts), ips_text(a->map),
	    ips_text(a->targets), ips_text(a->image_set));

	return ips_db_run(conn,
	    "INSERT INTO assets (id, company_id, folder_id, type, type_seq, subtype, name, "
	    "name_slot, file_name, ready, trash, created, modified, created_by, modified_by, "
	    "description, comments, user_data, url_modifier, post_modifier, keywords, digest, "
	    "size, mime, width, height, resolution, facts, map, targets, image_set) VALUES ($1, "
	    "$2, $3, $4, $5, $6, $7, $8, "
	    "$9, $10, $11, $12, $12, $13, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "
	    "$24, $25, $26, $27, $28, $29)",
	    values, NULL, err);
}

static bool
insert_key(struct ips_conn *conn, const struct ips_asset *a, struct ips_error *err)
{
	const struct ips_image *i = a->image;

	return !i || !i->data_key ||
	       data_key_insert(conn, i->blob.digest, a->company, i->data_key, err);
}

static bool
add_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	struct new_asset *n = arg;

	if (check_new(conn, n, err) && insert_key(conn, n->asset, err) &&
	    number_asset(conn, n, err) && insert_asset(conn, n, err) &&
	    traits_write(conn, n->number[0], n->promise->traits, n->promise->trait_count, err) &&
	    (n->promise->job == 0 || job_end_well(conn, n->promise->job, n->now, err)) &&
	    once_write(conn, n->promise->once, n->number[0], n->now, err))
		return folder_touch(conn, n->asset->folder, n->now, err);
	return taken_means(err, "Asset ID '%s' is already in use.", n->asset->name);
}

bool
ips_catalog_asset_add(struct ips_catalog *catalog, const struct ips_asset *asset, int64_t source,
    const char *user, int64_t *id, int64_t *type_seq, struct ips_error *err)
{
	static const struct ips_promise nothing;

	return ips_catalog_asset_add_promised(
	    catalog, asset, source, user, &nothing, id, type_seq, err);
}

bool
ips_catalog_asset_add_promised(struct ips_catalog *catalog, const struct ips_asset *asset,
    int64_t source, const char *user, const struct ips_promise *promise, int64_t *id,
    int64_t *type_seq, struct ips_error *err)
{
	char sequence[32];
	struct new_asset n = {
		.asset = asset,
		.type = ips_asset_type(asset->type),
		.promise = promise,
		.source = source,
		.now = ips_clock_ms(),
		.user = user,
		.sequence = { "asset", sequence },
	};

	if (!n.type)
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "There is no asset type %d.", asset->type);
	if (!asset->name || !*asset->name)
		return ips_fail(err, IPS_INVALID_PARAMETER, "An asset needs a name.");
	g_autofree char *keywords =
	    asset->keywords && *asset->keywords ? g_strdup_printf("\n%s\n", asset->keywords) : NULL;
	n.keywords = keywords;
	g_snprintf(sequence, sizeof sequence, "type:%d", asset->type);
	if (!ips_db_write(catalog->db, add_work, &n, err))
		return false;
	*id = n.number[0];
	*type_seq = n.number[1];
	return true;
}

bool
ips_catalog_name_taken(struct ips_catalog *catalog, int64_t company, const char *name, bool *out,
    struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	int64_t taken;
	bool found;

	if (!ips_db_reader(catalog->db, &conn, err) ||
	    !ips_db_get_int(conn,
		"SELECT EXISTS (SELECT 1 FROM folders WHERE company_id = $1 AND name = $2) OR "
		"EXISTS (SELECT 1 FROM assets WHERE company_id = $1 AND name = $2 AND name_slot = "
		"0)",
		IPS_VALUES(ips_int(company), ips_text(name)), &taken, &found, err))
		return false;
	*out = taken;
	return true;
}

/* ---- Texts ---- */

struct texts {
	int64_t id, now;
	const struct ips_asset_text *item;
	size_t count;
	const char *user;
};

static bool
texts_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
#define SET(column)                                                                                \
	"UPDATE assets SET " column " = $2, modified = $3, modified_by = $4 WHERE id = $1"
	static const char *const sql[] = {
		[IPS_TEXT_USER_DATA] = SET("user_data"),
		[IPS_TEXT_MODIFIER] = SET("url_modifier"),
		[IPS_TEXT_POST_MODIFIER] = SET("post_modifier"),
		[IPS_TEXT_MAP] = SET("map"),
		[IPS_TEXT_TARGETS] = SET("targets"),
		[IPS_TEXT_IMAGE_SET] = SET("image_set"),
	};
#undef SET
	const struct texts *t = arg;

	for (size_t i = 0; i < t->count; i++)
		if (!change_one(conn, sql[t->item[i].field],
			IPS_VALUES(ips_int(t->id), ips_text(t->item[i].value), ips_int(t->now),
			    ips_text(t->user)),
			"There is no such asset.", err))
			return false;
	return true;
}

bool
ips_catalog_asset_texts_set(struct ips_catalog *catalog, int64_t id,
    const struct ips_asset_text *texts, size_t count, const char *user, struct ips_error *err)
{
	struct texts t = { id, ips_clock_ms(), texts, count, user };

	return ips_db_write(catalog->db, texts_work, &t, err);
}

/* ---- Trash ---- */

struct trashing {
	int64_t id, now;
	enum ips_trash state;
	const char *user;
};

static bool
trash_work(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	static const char *const sql[] = {
		[IPS_TRASH_NOT] = "UPDATE assets SET trash = 0, modified = $2, modified_by = $3 "
				  "WHERE id = $1 AND trash < 2 RETURNING folder_id",
		[IPS_TRASH_IN] = "UPDATE assets SET trash = 1, modified = $2, modified_by = $3 "
				 "WHERE id = $1 AND trash < 2 RETURNING folder_id",
		[IPS_TRASH_EMPTIED] =
		    "UPDATE assets SET trash = 2, modified = $2, modified_by = $3, name_slot = id, "
		    "digest = NULL, size = NULL, mime = NULL, width = NULL, height = NULL, "
		    "resolution = NULL, facts = NULL WHERE id = $1 AND trash < 2 RETURNING "
		    "folder_id",
	};
	const struct trashing *t = arg;
	int64_t folder;
	bool found;

	if (!ips_db_get_int(conn, sql[t->state],
		IPS_VALUES(ips_int(t->id), ips_int(t->now), ips_text(t->user)), &folder, &found,
		err))
		return false;
	if (!found)
		return ips_fail(err, IPS_NOT_FOUND, "There is no such asset.");
	return folder_touch(conn, folder, t->now, err);
}

bool
ips_catalog_asset_trash(struct ips_catalog *catalog, int64_t id, enum ips_trash state,
    const char *user, struct ips_error *err)
{
	struct trashing t = { id, ips_clock_ms(), state, user };

	if (state != IPS_TRASH_NOT && state != IPS_TRASH_IN && state != IPS_TRASH_EMPTIED)
		return ips_fail(err, IPS_INVALID_PARAMETER, "There is no such trash state.");
	return ips_db_write(catalog->db, trash_work, &t, err);
}

/* ---- Blobs ---- */

bool
ips_catalog_blobs(
    struct ips_catalog *catalog, ips_catalog_blob_visit *visit, void *arg, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	struct ips_rows *rows;
	bool row;

	if (!ips_db_reader(catalog->db, &conn, err) ||
	    !ips_db_query(conn,
		"SELECT a.digest, a.size, a.id, " KEY_OF_ASSET
		" FROM assets a WHERE a.digest IS NOT NULL ORDER BY a.digest, a.id",
		IPS_NO_VALUES, &rows, err))
		return false;
	while (true) {
		struct ips_blob blob = { 0 };

		if (!ips_db_next(rows, &row, err))
			return false;
		if (!row)
			return true;
		g_strlcpy(blob.digest, ips_db_text(rows, 0), sizeof blob.digest);
		blob.size = ips_db_int(rows, 1);
		blob.sealed = !ips_db_is_null(rows, 3);
		if (!visit(&blob, ips_db_int(rows, 2), arg))
			return true;
	}
}

bool
ips_catalog_blob_needed(
    struct ips_catalog *catalog, const char *digest, bool *out, struct ips_error *err)
{
	IPS_CLEANUP(ips_db_release_cleanup) struct ips_conn *conn = NULL;
	int64_t one;

	return ips_db_reader(catalog->db, &conn, err) &&
	       ips_db_get_int(conn, "SELECT 1 FROM assets WHERE digest = $1 LIMIT 1",
		   IPS_VALUES(ips_text(digest)), &one, out, err);
}
