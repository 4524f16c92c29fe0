/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests that were done and may come again: remembered in the transaction that did them. */
#include "catalog_priv.h"

#define FORGET "4" /* more than are added, so that old ones become fewer */

static void
read_told(struct ips_arena *mem, const struct ips_rows *rows, void *item)
{
	struct ips_once_told *t = item;

	t->request = column_text(mem, rows, 0);
	t->number = ips_db_int(rows, 1);
}

bool
ips_catalog_once(struct ips_catalog *catalog, struct ips_arena *mem, const struct ips_once *once,
    const struct ips_once_told **out, struct ips_error *err)
{
	const struct select select = {
		.sql = "SELECT request, answer FROM idempotency_keys "
		       "WHERE user_id = $1 AND company_id = $2 AND key = $3 AND created > $4",
		.values = IPS_VALUES(ips_int(once->user), ips_int(once->company),
		    ips_text(once->key), ips_int(ips_clock_ms() - once->keep_ms)),
		.type = { read_told, sizeof(struct ips_once_told) },
	};

	return select_one(catalog, mem, &select, (const void **)out, err);
}

/* A row that is there already is too old to count: whoever comes here has looked. */
bool
once_write(struct ips_conn *conn, const struct ips_once *once, int64_t number, int64_t now,
    struct ips_error *err)
{
	if (once == NULL)
		return true;
	return ips_db_run(conn,
		   "INSERT INTO idempotency_keys (user_id, company_id, key, request, answer, "
		   "created) VALUES ($1, $2, $3, $4, $5, $6) "
		   "ON CONFLICT (user_id, company_id, key) DO UPDATE SET "
		   "request = excluded.request, answer = excluded.answer, "
		   "created = excluded.created",
		   IPS_VALUES(ips_int(once->user), ips_int(once->company), ips_text(once->key),
		       ips_text(once->request), ips_int(number), ips_int(now)),
		   NULL, err) &&
	       ips_db_run(conn,
		   "DELETE FROM idempotency_keys WHERE (user_id, company_id, key) IN ("
		   "SELECT user_id, company_id, key FROM idempotency_keys WHERE created <= $1 "
		   "ORDER BY created LIMIT " FORGET ")",
		   IPS_VALUES(ips_int(now - once->keep_ms)), NULL, err);
}
