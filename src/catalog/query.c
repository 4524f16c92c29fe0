/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* SQL put together at run time, and paths. Only fragments of this program go into the text,
 * whatever comes from outside becomes a value. */
#include "catalog_priv.h"

#include <string.h>

void
query_init(struct query *query)
{
	query->sql = g_string_sized_new(1024);
	query->values = g_array_new(FALSE, FALSE, sizeof(struct ips_value));
	query->texts = g_ptr_array_new_with_free_func(g_free);
}

void
query_clear(struct query *query)
{
	if (!query->sql)
		return;
	g_string_free(query->sql, TRUE);
	g_array_free(query->values, TRUE);
	g_ptr_array_free(query->texts, TRUE);
	query->sql = NULL;
}

void
query_add(struct query *query, const char *sql)
{
	g_string_append(query->sql, sql);
}

void
query_value(struct query *query, struct ips_value value)
{
	g_array_append_val(query->values, value);
	g_string_append_printf(query->sql, "$%u", query->values->len);
}

void
query_ints(struct query *query, const int *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		query_add(query, i ? ", " : "(");
		query_value(query, ips_int(items[i]));
	}
	query_add(query, ")");
}

void
query_texts(struct query *query, const char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		query_add(query, i ? ", " : "(");
		query_value(query, ips_text(items[i]));
	}
	query_add(query, ")");
}

void
query_keep(struct query *query, char *text)
{
	g_ptr_array_add(query->texts, text);
}

struct ips_values
query_values(const struct query *query)
{
	return (struct ips_values){ (const struct ips_value *)(void *)query->values->data,
		query->values->len };
}

void
query_viewer(struct query *query, struct ips_viewer viewer, const char *folder)
{
	if (!viewer.user && !viewer.group)
		return;
	g_string_append_printf(query->sql,
	    " AND EXISTS (SELECT 1 FROM permission_set_access p"
	    " WHERE p.set_id = %s.permission_set AND p.can_read = 1",
	    folder);
	if (viewer.group) {
		query_add(query, " AND p.group_id = ");
		query_value(query, ips_int(viewer.group));
	}
	if (viewer.user) {
		query_add(query, " AND EXISTS (SELECT 1 FROM group_members m"
				 " WHERE m.group_id = p.group_id AND m.user_id = ");
		query_value(query, ips_int(viewer.user));
		query_add(query, ")");
	}
	query_add(query, ")");
}

void
query_below(struct query *query, const char *folder, const char *path)
{
	char *bound = path_bound(path);

	query_keep(query, bound);
	g_string_append_printf(query->sql, " AND %s.path >= ", folder);
	query_value(query, ips_text(path));
	g_string_append_printf(query->sql, " AND %s.path < ", folder);
	query_value(query, ips_text(bound));
}

char *
path_normal(struct ips_arena *mem, const char *path)
{
	char *out = ips_arena_alloc(mem, strlen(path) + 2), *end = out;

	for (const char *p = path; *p; p++) {
		if (*p == '/' && (end == out || end[-1] == '/'))
			continue;
		*end++ = *p;
	}
	if (end != out && end[-1] != '/')
		*end++ = '/';
	return out;
}

char *
path_bound(const char *path)
{
	char *bound = g_strdup(path);

	/* "x/" and all that begins with it lies below "x0", as '0' follows '/'. */
	bound[strlen(bound) - 1] = '/' + 1;
	return bound;
}
