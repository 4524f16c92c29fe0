/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What has to be known of a request before it can be read as a whole: its lock, and single
 * commands. */
#include "modifier_priv.h"

#include <string.h>

#define LOCK_LEN 5 /* "&xxxx" */

/* ---- Obfuscation and locks ---- */

/* Standard alphabet, padded or not; g_base64_decode would pass over anything. */
static bool
is_base64(const char *text, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	size_t body = strspn(text, alphabet);
	size_t pad = strspn(text + body, "=");

	return body + pad == len && body % 4 != 1 && pad <= 2 && (pad == 0 || len % 4 == 0);
}

/* A client may have encoded '=', '+' and '/' once more for the URL. */
static bool
decode_base64(struct ips_arena *mem, const char *text, const char **out)
{
	g_autofree char *plain = g_uri_unescape_string(text, NULL);
	gsize len;

	if (plain == NULL || !is_base64(plain, strlen(plain)))
		return false;
	g_autofree char *padded = g_strconcat(plain, &"==="[3 - (4 - strlen(plain) % 4) % 4], NULL);
	g_autofree guchar *bytes = g_base64_decode(padded, &len);
	if (!ips_utf8_valid((const char *)bytes, len))
		return false;
	*out = ips_arena_strndup(mem, (const char *)bytes, len);
	return true;
}

/* As published: a sum of the bytes before the lock. */
static unsigned
lock_value(const char *text, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (sum * 131 + (unsigned)(signed char)text[i]) & 0xffff;
	return sum;
}

static bool
take_lock(struct ips_arena *mem, const char *text, const char **out)
{
	size_t len = strlen(text);
	char want[LOCK_LEN + 1];

	if (len < LOCK_LEN)
		return false;
	g_snprintf(want, sizeof(want), "&%04x", lock_value(text, len - LOCK_LEN));
	if (g_ascii_strcasecmp(text + len - LOCK_LEN, want) != 0)
		return false;
	*out = ips_arena_strndup(mem, text, len - LOCK_LEN);
	return true;
}

bool
ips_modifier_unlock(struct ips_arena *mem, const char *text, bool obfuscated, bool locked,
    const char **out, struct ips_error *err)
{
	if (text == NULL)
		text = "";
	if (obfuscated && !decode_base64(mem, text, &text))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "The request is not obfuscated: base64 of the whole query is expected.");
	if (locked && !take_lock(mem, text, &text))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "The request does not end with its lock, or with a wrong one.");
	*out = text;
	return true;
}

/* ---- Single commands ---- */

static const struct ips_command *
command_of(const struct part *part)
{
	return part->has_value && part->name.len > 0 ? command_find(part->name) : NULL;
}

static void
define(struct variables *vars, struct ips_arena *mem, const struct part *part)
{
	struct span name = { part->name.at + 1, part->name.len - 1 };

	if (part->has_value && part->name.len > 1 && *part->name.at == '$' &&
	    variable_is_name(name))
		variable_define(vars, mem, name, part->value);
}

const char *
ips_modifier_peek(struct ips_arena *mem, const char *text, enum ips_cmd cmd)
{
	struct variables vars = { .room = ips_modifier_default_limits.bytes };
	struct span rest = lex_trim(text != NULL ? text : ""), found = { NULL, 0 };
	struct part part;

	for (;;) {
		if (!lex_part(&rest, &part, NULL))
			continue; /* the parser refuses it */
		if (part.name.at == NULL)
			break;
		const struct ips_command *command = command_of(&part);
		define(&vars, mem, &part);
		if (command == NULL || command->id != cmd)
			continue;
		found = part.value;
		if (!variable_expand(&vars, mem, &found, NULL))
			found = part.value;
	}
	if (vars.table != NULL)
		g_hash_table_destroy(vars.table);
	if (found.at == NULL)
		return NULL;
	found = lex_decode(mem, found);
	return ips_arena_strndup(mem, found.at, found.len);
}

struct sieve {
	const enum ips_cmd *cmds;
	size_t count;
	bool all;   /* what cannot be read stays, so that the parser refuses it */
	bool begun; /* a segment */
	bool above; /* it is one of another layer than 0, or of an effect */
};

static bool
is_listed(const struct sieve *sieve, const struct part *part)
{
	const struct ips_command *command = command_of(part);

	for (size_t i = 0; command != NULL && i < sieve->count; i++)
		if (command->id == sieve->cmds[i])
			return true;
	return false;
}

static bool
is_kept(struct sieve *sieve, const struct part *part)
{
	return is_listed(sieve, part) ||
	       (command_of(part) == NULL && part->name.len > 0 && *part->name.at == '$');
}

static bool
is_not_dropped(struct sieve *sieve, const struct part *part)
{
	return !is_listed(sieve, part);
}

static bool
is_of_layer(struct sieve *sieve, const struct part *part)
{
	const struct ips_command *command = command_of(part);

	if (command == NULL)
		return part->name.len > 0 && *part->name.at == '$';
	sieve->begun |= command->scope == IPS_SCOPE_SELECT;
	return !sieve->begun &&
	       (command->scope == IPS_SCOPE_LAYER || command->scope == IPS_SCOPE_COMPOSITE ||
		   command->scope == IPS_SCOPE_AREAS);
}

/* Which segment a part begins, or stands in. */
static bool
is_above(struct sieve *sieve, const struct part *part)
{
	const struct ips_command *command = command_of(part);
	char shown[SHOWN_LEN];

	if (command == NULL || command->scope != IPS_SCOPE_SELECT)
		return sieve->above;
	span_show(part->value, shown);
	sieve->above = command->id != IPS_CMD_LAYER ||
		       (strcmp(shown, "0") != 0 && g_ascii_strcasecmp(shown, "comp") != 0);
	return sieve->above;
}

static bool
is_kept_base(struct sieve *sieve, const struct part *part)
{
	return !is_above(sieve, part) && is_kept(sieve, part);
}

static bool
is_not_dropped_base(struct sieve *sieve, const struct part *part)
{
	return is_above(sieve, part) || is_not_dropped(sieve, part);
}

static const char *
pass(struct ips_arena *mem, const char *text, struct sieve *sieve,
    bool (*keeps)(struct sieve *, const struct part *))
{
	struct span rest = lex_trim(text != NULL ? text : "");
	g_autoptr(GString) out = g_string_new(NULL);
	struct part part;

	for (;;) {
		bool read = lex_part(&rest, &part, NULL);
		if (!read && sieve->all)
			return text;
		if (read && part.name.at == NULL)
			return ips_arena_strndup(mem, out->str, out->len);
		if (!read || !keeps(sieve, &part))
			continue;
		if (out->len > 0)
			g_string_append_c(out, '&');
		g_string_append_len(
		    out, part.name.at, (gssize)(part.name.len + part.has_value + part.value.len));
	}
}

const char *
ips_modifier_keep(struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count)
{
	return pass(mem, text, &(struct sieve){ cmds, count, false, false, false }, is_kept);
}

const char *
ips_modifier_drop(struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count)
{
	return pass(mem, text, &(struct sieve){ cmds, count, true, false, false }, is_not_dropped);
}

const char *
ips_modifier_keep_base(
    struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count)
{
	return pass(mem, text, &(struct sieve){ cmds, count, false, false, false }, is_kept_base);
}

const char *
ips_modifier_drop_base(
    struct ips_arena *mem, const char *text, const enum ips_cmd *cmds, size_t count)
{
	return pass(
	    mem, text, &(struct sieve){ cmds, count, true, false, false }, is_not_dropped_base);
}

const char *
ips_modifier_keep_layer(struct ips_arena *mem, const char *text)
{
	return pass(mem, text, &(struct sieve){ NULL, 0, true, false, false }, is_of_layer);
}
