/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <inttypes.h>
#include <string.h>

/* Source: handles as they occur in published requests and replies, from 4.0 on with a letter in
 * front, before it without. Clients hold them opaque. */

#define MAX_PARTS 4

struct parts {
	const char *at[MAX_PARTS];
	size_t len[MAX_PARTS];
	int count;
};

char *
ips_handle_company(struct ips_arena *mem, int64_t id)
{
	return ips_arena_printf(mem, "c|%" PRId64, id);
}

char *
ips_handle_asset(struct ips_arena *mem, const struct ips_asset *asset)
{
	return ips_arena_printf(
	    mem, "a|%" PRId64 "|%d|%" PRId64, asset->id, asset->type, asset->type_seq);
}

char *
ips_handle_folder(struct ips_arena *mem, const char *path)
{
	return ips_arena_printf(mem, "f|%s", path);
}

char *
ips_handle_group(struct ips_arena *mem, int64_t id)
{
	return ips_arena_printf(mem, "g|%" PRId64, id);
}

char *
ips_handle_user(struct ips_arena *mem, const struct ips_user *user)
{
	return ips_arena_printf(mem, "u|%" PRId64 "|%s", user->id, user->email);
}

char *
ips_handle_permission_set(struct ips_arena *mem, int64_t set)
{
	return ips_arena_printf(mem, "pm|%" PRId64, set);
}

/* Cuts "x|1|2" after its letter, which old handles lack. The last part keeps what is too many. */
static struct parts
cut(const char *text, char letter)
{
	struct parts parts = { .count = 0 };

	if (text[0] == letter && text[1] == '|')
		text += 2;
	while (parts.count < MAX_PARTS) {
		const char *bar = parts.count < MAX_PARTS - 1 ? strchr(text, '|') : NULL;
		size_t len = bar != NULL ? (size_t)(bar - text) : strlen(text);

		parts.at[parts.count] = text;
		parts.len[parts.count++] = len;
		if (bar == NULL)
			break;
		text = bar + 1;
	}
	return parts;
}

static bool
number(const struct parts *parts, int which, int64_t max, int64_t *out)
{
	/* Only digits: "+6" is a number but no handle. */
	if (parts->len[which] == 0 || !g_ascii_isdigit(parts->at[which][0]))
		return false;
	return ips_parse_int(parts->at[which], parts->len[which], 1, max, out);
}

bool
ips_handle_parse_company(const char *text, int64_t *id)
{
	struct parts parts = cut(text, 'c');

	return parts.count == 1 && number(&parts, 0, INT64_MAX, id);
}

bool
ips_handle_parse_asset(const char *text, int64_t *id, int *type, int64_t *type_seq)
{
	struct parts parts = cut(text, 'a');
	bool bare = parts.at[0] == text;
	int64_t asset, kind = 0, seq = 0;

	if (!number(&parts, 0, INT64_MAX, &asset))
		return false;
	if (parts.count == 3) {
		if (!number(&parts, 1, INT32_MAX, &kind) || !number(&parts, 2, INT64_MAX, &seq))
			return false;
	} else if (parts.count != 1 || bare) {
		return false;
	}
	*id = asset;
	*type = (int)kind;
	*type_seq = seq;
	return true;
}

bool
ips_handle_parse_folder(const char *text, const char **path)
{
	const char *start = g_str_has_prefix(text, "f|") ? text + 2 : text;

	if (*start == '\0' || strchr(start, '|') != NULL)
		return false;
	for (const char *p = start; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			return false;
	if (!ips_utf8_valid(start, strlen(start)))
		return false;
	*path = start;
	return true;
}

bool
ips_handle_parse_group(const char *text, int64_t *id)
{
	struct parts parts = cut(text, 'g');

	return parts.count == 1 && number(&parts, 0, INT64_MAX, id);
}

bool
ips_handle_parse_user(const char *text, int64_t *id)
{
	struct parts parts = cut(text, 'u');

	/* The e-mail behind the number may have changed since: the number decides. */
	return parts.count <= 2 && number(&parts, 0, INT64_MAX, id);
}
