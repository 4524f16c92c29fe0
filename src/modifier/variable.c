/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Substitution variables: $name=value defines, $name$ inside a later value refers (R10).
 *
 * A value is inserted as it was sent and decoded once, together with what surrounds it; inserted
 * text is not searched again. What references may insert is bounded, or a short text with many
 * references to a long value would become a very long one. */
#include "modifier_priv.h"

#include <stdlib.h>
#include <string.h>

static bool
is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
}

static size_t
name_len(struct span text)
{
	size_t len = 0;

	while (len < text.len && is_name_char(text.at[len]))
		len++;
	return len;
}

bool
variable_is_name(struct span name)
{
	return name.len > 0 && name_len(name) == name.len;
}

/* The next $name$ at or after `from`; its length with both signs, 0 if there is none. A '$' that
 * closes nothing may open the next one. */
static size_t
find_reference(struct span text, size_t *from)
{
	while (*from < text.len) {
		const char *sign = memchr(text.at + *from, '$', text.len - *from);

		if (sign == NULL)
			return 0;
		*from = (size_t)(sign - text.at);
		size_t len = name_len((struct span){ sign + 1, text.len - *from - 1 });
		if (len > 0 && *from + 1 + len < text.len && sign[1 + len] == '$')
			return len + 2;
		*from += 1 + len;
	}
	return 0;
}

bool
variable_has_reference(struct span text)
{
	size_t from = 0;

	return find_reference(text, &from) > 0;
}

void
variable_define(struct variables *vars, struct ips_arena *mem, struct span name, struct span value)
{
	if (vars->table == NULL)
		vars->table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct span *kept = IPS_NEW(mem, struct span);
	*kept = value;
	g_hash_table_replace(vars->table, g_ascii_strdown(name.at, (gssize)name.len), kept);
}

static const struct span *
look_up(const struct variables *vars, struct span name)
{
	g_autofree char *folded = g_ascii_strdown(name.at, (gssize)name.len);

	return g_hash_table_lookup(vars->table, folded);
}

static bool
insert(struct variables *vars, GString *out, const struct span *value, struct ips_error *err)
{
	if (value->len > vars->room)
		return ips_fail(
		    err, IPS_LIMIT, "the modifier is too long once its variables are filled in");
	vars->room -= value->len;
	g_string_append_len(out, value->at, (gssize)value->len);
	return true;
}

bool
variable_expand(
    struct variables *vars, struct ips_arena *mem, struct span *text, struct ips_error *err)
{
	size_t from = 0, done = 0, len;

	if (vars->table == NULL || memchr(text->at, '$', text->len) == NULL)
		return true;

	g_autoptr(GString) out = g_string_sized_new(text->len);
	while ((len = find_reference(*text, &from)) > 0) {
		const struct span *value =
		    look_up(vars, (struct span){ text->at + from + 1, len - 2 });

		if (value == NULL) {
			from += len - 1;
			continue;
		}
		g_string_append_len(out, text->at + done, (gssize)(from - done));
		if (!insert(vars, out, value, err))
			return false;
		from += len;
		done = from;
	}
	if (done == 0)
		return true;
	g_string_append_len(out, text->at + done, (gssize)(text->len - done));
	*text = (struct span){ ips_arena_strndup(mem, out->str, out->len), out->len };
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *
variable_definitions(const struct variables *vars, struct ips_arena *mem)
{
	if (vars->table == NULL)
		return "";

	g_autoptr(GString) out = g_string_new(NULL);
	guint count;
	g_autofree gpointer *names = g_hash_table_get_keys_as_array(vars->table, &count);

	qsort(names, count, sizeof(*names), by_name);
	for (guint i = 0; i < count; i++) {
		const struct span *value = g_hash_table_lookup(vars->table, names[i]);
		if (!ips_utf8_valid(value->at, value->len)) /* no value can be made of it */
			continue;
		g_string_append_printf(
		    out, "%s$%s=", out->len > 0 ? "&" : "", (const char *)names[i]);
		g_string_append_len(out, value->at, (gssize)value->len);
	}
	return ips_arena_strndup(mem, out->str, out->len);
}

const char *
ips_modifier_variable(
    struct ips_arena *mem, const struct ips_modifier *request, const char *name, size_t len)
{
	const char *at = request->definitions;

	/* "$name=value", and '&' between them */
	while (at != NULL && *at == '$') {
		size_t all = strcspn(at, "&"), own = strcspn(at, "=");

		if (own == len + 1 && g_ascii_strncasecmp(at + 1, name, len) == 0) {
			struct span raw = { at + own + 1, all - own - 1 };
			struct span value = lex_decode(mem, raw);
			return ips_arena_strndup(mem, value.at, value.len);
		}
		at += all + (at[all] == '&');
	}
	return NULL;
}
