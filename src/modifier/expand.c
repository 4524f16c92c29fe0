/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What surrounds a request becomes part of its text: macros where they are called, the modifiers of
 * the catalog before and after it, the object of its path as a variable. Everything after this
 * knows one text only.
 *
 * Source: "Command macros", "Substitution variables", catalog::Modifier, catalog::PostModifier. */
#include "modifier_priv.h"

#include <string.h>

struct expander {
	const struct ips_surroundings *around;
	size_t room; /* bytes that may still be put out */
	struct ips_arena *mem;
	struct ips_error *err;
};

/* Published as defined by the default catalog; its values are not (R12). */
static const struct ips_macro builtin[] = {
	{ "shadow", "color=0,0,0,191&op_blur=8&pos=5,5&blendMode=mult" },
	{ "glow", "color=255,255,190,191&op_blur=12&blendMode=screen" },
};

static const struct ips_macro *
macro_at(const struct expander *x, size_t n)
{
	return n < IPS_NELEM(builtin) ? &builtin[n] : &x->around->macro[n - IPS_NELEM(builtin)];
}

/* The last of the first `before` macros that has this name; before if there is none. */
static size_t
find_macro(const struct expander *x, struct span name, size_t before)
{
	for (size_t i = before; i-- > 0;) {
		const char *own = macro_at(x, i)->name;

		if (strlen(own) == name.len && g_ascii_strncasecmp(own, name.at, name.len) == 0)
			return i;
	}
	return before;
}

/* $name$ or %24name%24 (R3) without its signs; an empty span for anything else. */
static struct span
macro_called(struct ips_arena *mem, struct span name)
{
	static const struct span none = { "", 0 };

	if (memchr(name.at, '%', name.len) != NULL) {
		for (size_t i = 0; i < name.len; i++)
			if (name.at[i] == '%' &&
			    (name.len - i < 3 || strncmp(name.at + i, "%24", 3) != 0))
				return none;
		name = lex_decode(mem, name);
	}
	if (name.len < 3 || *name.at != '$' || name.at[name.len - 1] != '$')
		return none;
	name = (struct span){ name.at + 1, name.len - 2 };
	return variable_is_name(name) ? name : none;
}

static bool
put(struct expander *x, GString *out, const char *text, size_t len)
{
	if (len + 1 > x->room)
		return ips_fail(x->err, IPS_LIMIT, "the request is too long with its macros");
	x->room -= len + 1;
	if (out->len > 0)
		g_string_append_c(out, '&');
	g_string_append_len(out, text, (gssize)len);
	return true;
}

/* A definition may call those that were there before it, so calls end. */
static bool
put_expanded(struct expander *x, GString *out, struct span text, size_t before)
{
	struct part part;
	char shown[SHOWN_LEN];

	for (;;) {
		if (!lex_part(&text, &part, x->err))
			return false;
		if (part.name.at == NULL)
			return true;
		struct span name = macro_called(x->mem, part.name);
		if (name.len == 0) {
			size_t len = part.name.len + part.has_value + part.value.len;
			if (!put(x, out, part.name.at, len))
				return false;
			continue;
		}
		size_t found = find_macro(x, name, before);
		if (found == before)
			return ips_fail(x->err, IPS_INVALID_PARAMETER, "the macro $%s$ is unknown",
			    span_show(name, shown));
		if (part.has_value)
			return ips_fail(x->err, IPS_INVALID_PARAMETER,
			    "the macro $%s$ takes no value", span_show(name, shown));
		const char *definition = macro_at(x, found)->definition;
		struct span inner = { definition, strlen(definition) };
		if (!put_expanded(x, out, inner, found))
			return false;
	}
}

static bool
expand(struct expander *x, const char *text, size_t before, GString *out)
{
	return text == NULL || put_expanded(x, out, lex_trim(text), before);
}

/* $name of "$name=value"; an empty span for anything else. */
static struct span
defined(const struct part *part)
{
	struct span none = { "", 0 };

	if (!part->has_value || part->name.len < 2 || *part->name.at != '$')
		return none;
	struct span name = { part->name.at + 1, part->name.len - 1 };
	return variable_is_name(name) ? part->name : none;
}

/* The definitions of a request come first, so that the catalog's modifier can use them. */
static bool
put_definitions(struct expander *x, GString *out, const char *request, GHashTable *names)
{
	struct span rest = { request, strlen(request) };
	struct part part;

	for (;;) {
		if (!lex_part(&rest, &part, x->err))
			return false;
		if (part.name.at == NULL)
			return true;
		struct span name = defined(&part);
		if (name.len == 0)
			continue;
		g_hash_table_add(names, g_ascii_strdown(name.at, (gssize)name.len));
		if (!put(x, out, name.at, name.len + 1 + part.value.len))
			return false;
	}
}

/* Its own definitions are defaults: they give way to the request's. */
static bool
put_prefix(struct expander *x, GString *out, const char *prefix, GHashTable *names)
{
	struct span rest = { prefix, strlen(prefix) };
	struct part part;

	for (;;) {
		if (!lex_part(&rest, &part, x->err))
			return false;
		if (part.name.at == NULL)
			return true;
		struct span name = defined(&part);
		g_autofree char *key = g_ascii_strdown(name.at, (gssize)name.len);
		if (name.len > 0 && g_hash_table_contains(names, key))
			continue;
		size_t len = part.name.len + part.has_value + part.value.len;
		if (!put(x, out, part.name.at, len))
			return false;
	}
}

static bool
put_object(struct expander *x, GString *out)
{
	g_autofree char *encoded = g_uri_escape_string(x->around->object, "/", FALSE);
	g_autofree char *definition = g_strconcat("$object=", encoded, NULL);

	return put(x, out, definition, strlen(definition));
}

/* Each text begins with no layer selected, as if it stood alone. */
static bool
put_apart(struct expander *x, GString *out, const char *text)
{
	static const char apart[] = "layer=comp";

	if (*text == '\0')
		return true;
	return (out->len == 0 || put(x, out, apart, strlen(apart))) &&
	       put(x, out, text, strlen(text));
}

static bool
join(struct expander *x, const char *prefix, const char *request, const char *postfix, GString *out)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (x->around->object != NULL && !put_object(x, out))
		return false;
	if (*prefix == '\0' && *postfix == '\0')
		return *request == '\0' || put(x, out, request, strlen(request));
	return put_definitions(x, out, request, names) && put_prefix(x, out, prefix, names) &&
	       put_apart(x, out, request) && put_apart(x, out, postfix);
}

bool
ips_modifier_has_calls(const char *text)
{
	return text != NULL && (strchr(text, '$') != NULL || strstr(text, "%24") != NULL);
}

bool
ips_macro_name_valid(const char *name)
{
	return variable_is_name((struct span){ name, strlen(name) });
}

bool
ips_modifier_surround(struct ips_arena *mem, const char *text,
    const struct ips_surroundings *around, const char **out, struct ips_error *err)
{
	const char *prefix = around->prefix, *postfix = around->postfix;
	struct expander x = { around, 4 * ips_modifier_default_limits.bytes, mem, err };
	size_t macros = IPS_NELEM(builtin) + around->macros;

	if (text == NULL)
		text = "";
	if ((prefix == NULL || *prefix == '\0') && (postfix == NULL || *postfix == '\0') &&
	    !ips_modifier_has_calls(text)) {
		*out = text;
		return true;
	}
	g_autoptr(GString) first = g_string_new(NULL);
	g_autoptr(GString) middle = g_string_new(NULL);
	g_autoptr(GString) last = g_string_new(NULL);
	g_autoptr(GString) whole = g_string_new(NULL);
	if (!expand(&x, prefix, macros, first) || !expand(&x, text, macros, middle) ||
	    !expand(&x, postfix, macros, last) ||
	    !join(&x, first->str, middle->str, last->str, whole))
		return false;
	*out = ips_arena_strndup(mem, whole->str, whole->len);
	return true;
}
