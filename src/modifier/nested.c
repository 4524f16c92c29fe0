/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests inside of requests: is{path?query} and (address) as src= or mask=.
 *
 * Variables of the request around are filled into the path at once; into the query they go by their
 * definitions, which the nested request sees before its own, so that its own parse fills them in
 * once (R10). Source: "Request nesting and embedding", "Substitution variables". */
#include "modifier_priv.h"

#include <string.h>

/* Where the parts of a closed nested request lie. */
struct anatomy {
	struct span head, inner, tail; /* with their delimiters: is{ and } */
};

static bool
is_encoded(struct span delimiter)
{
	return delimiter.len > 0 && delimiter.at[delimiter.len - 1] != '{' &&
	       delimiter.at[delimiter.len - 1] != '(';
}

/* False if it is not closed, or more follows. */
static bool
take_apart(struct span text, struct anatomy *out)
{
	int prefix = lex_nested_prefix(text);

	if (prefix < 0 || lex_nested_len(text) != text.len)
		return false;
	size_t open = (size_t)prefix + (text.at[prefix] == '%' ? 3 : 1);
	char last = text.at[text.len - 1];
	size_t close = last == '}' || last == ')' ? 1 : 3;
	*out = (struct anatomy){ { text.at, open }, { text.at + open, text.len - open - close },
		{ text.at + text.len - close, close } };
	return true;
}

bool
nested_is_request(struct span raw)
{
	return lex_nested_prefix(raw) == 2 && g_ascii_tolower(*raw.at) == 'i' &&
	       g_ascii_tolower(raw.at[1]) == 's';
}

/* How much of it is the path. What lacks the '?' has its commands behind the first '&'. */
static size_t
path_len(struct span inner)
{
	const char *end = memchr(inner.at, '?', inner.len);

	if (end == NULL)
		end = memchr(inner.at, '&', inner.len);
	return end != NULL ? (size_t)(end - inner.at) : inner.len;
}

/* Mail programs encode the whole of it, delimiters and all; what is in it was then encoded once
 * more. */
static struct span
decode_whole(struct ips_arena *mem, struct span raw, const struct anatomy *a)
{
	if (!is_encoded(a->head) || memchr(a->inner.at, '?', a->inner.len) != NULL)
		return raw;
	struct span inner = lex_decode(mem, a->inner);
	size_t prefix = a->head.len - 3;
	const char *text =
	    ips_arena_printf(mem, "%.*s{%.*s}", (int)prefix, a->head.at, (int)inner.len, inner.at);

	return (struct span){ text, strlen(text) };
}

/* What is left of a reference has to stay literal. */
static void
put_path(GString *out, struct span path)
{
	for (size_t i = 0; i < path.len; i++) {
		if (path.at[i] == '$')
			g_string_append(out, "%24");
		else
			g_string_append_c(out, path.at[i]);
	}
}

bool
nested_settle(struct variables *vars, struct ips_arena *mem, struct span name, struct span *raw,
    struct ips_error *err)
{
	struct anatomy a;

	if (!take_apart(*raw, &a))
		return true; /* the value is refused */
	struct span whole = decode_whole(mem, *raw, &a);
	if (!lex_escapes_valid(name, whole, err))
		return false;
	*raw = whole;
	if (!take_apart(whole, &a) || memchr(a.inner.at, '$', path_len(a.inner)) == NULL)
		return true;
	struct span path = { a.inner.at, path_len(a.inner) };
	struct span rest = { path.at + path.len, a.inner.len - path.len };
	if (!variable_expand(vars, mem, &path, err))
		return false;
	g_autoptr(GString) out = g_string_new_len(a.head.at, (gssize)a.head.len);
	put_path(out, path);
	g_string_append_len(out, rest.at, (gssize)rest.len);
	g_string_append_len(out, a.tail.at, (gssize)a.tail.len);
	*raw = (struct span){ ips_arena_strndup(mem, out->str, out->len), out->len };
	return true;
}

static const char *
text_of(struct ips_arena *mem, struct span s)
{
	s = lex_decode(mem, s);
	return ips_arena_strndup(mem, s.at, s.len);
}

bool
ips_modifier_nested(struct ips_arena *mem, const struct ips_modifier *around,
    const struct ips_value *value, struct ips_nested *out)
{
	struct span text = { value->text, strlen(value->text) };
	struct anatomy a;

	if (ips_command(value->cmd)->place[0].kind != IPS_KIND_SOURCE || !take_apart(text, &a))
		return false;
	if (!nested_is_request(text)) {
		*out = (struct ips_nested){ true, text_of(mem, a.inner), "" };
		return true;
	}
	struct span path = { a.inner.at, path_len(a.inner) };
	size_t skip = MIN(path.len + 1, a.inner.len);
	while (path.len > 0 && path.at[path.len - 1] == '/')
		path.len--;
	const char *own = ips_arena_strndup(mem, a.inner.at + skip, a.inner.len - skip);
	bool both = *own != '\0' && *around->definitions != '\0';
	*out = (struct ips_nested){ false, text_of(mem, path),
		ips_arena_printf(mem, "%s%s%s", around->definitions, both ? "&" : "", own) };
	return true;
}
