/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* From text to parts: what stands between two '&', a name and perhaps a value.
 *
 * Splitting comes before decoding, so an encoded '&' or '=' never splits (R1), and a nested request
 * keeps its own '&' to itself. Every byte is looked at a fixed number of times. */
#include "modifier_priv.h"

#include <string.h>

const char *
span_show(struct span s, char out[SHOWN_LEN])
{
	bool utf8 = ips_utf8_valid(s.at, s.len);
	size_t used = 0, at = 0;

	for (; at < s.len && used + 12 < SHOWN_LEN; at++) {
		unsigned char c = (unsigned char)s.at[at];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
			g_snprintf(out + used, 4, "%%%02X", c);
			used += 3;
		} else {
			out[used++] = (char)c;
		}
	}
	/* Not in the middle of a character. */
	while (utf8 && at < s.len && used > 0 && ((unsigned char)s.at[at] & 0xc0) == 0x80) {
		used--;
		at--;
	}
	g_strlcpy(out + used, at < s.len ? "..." : "", SHOWN_LEN - used);
	return out;
}

bool
lex_escapes_valid(struct span name, struct span text, struct ips_error *err)
{
	const char *at = text.at, *end = text.at + text.len;
	char shown_name[SHOWN_LEN], shown[SHOWN_LEN];

	while ((at = memchr(at, '%', (size_t)(end - at))) != NULL) {
		bool hex = end - at > 2 && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2]);

		if (!hex || (at[1] == '0' && at[2] == '0'))
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "%s=%s: '%%' must be followed by two hexadecimal digits other than 00",
			    span_show(name, shown_name), span_show(text, shown));
		at += 3;
	}
	return true;
}

/* The delimiter at `at`, plain or as an encoded brace: '{', '}', '(', ')' or 0 if there is none.
 * Encoded parentheses are text: that is how they are written inside a nested request. */
static char
delimiter(const char *at, const char *end, size_t *len)
{
	*len = 1;
	if (*at == '{' || *at == '}' || *at == '(' || *at == ')')
		return *at;
	*len = 3;
	if (*at != '%' || end - at < 3 || at[1] != '7')
		return 0;
	return g_ascii_toupper(at[2]) == 'B' ? '{' : g_ascii_toupper(at[2]) == 'D' ? '}' : 0;
}

int
lex_nested_prefix(struct span value)
{
	static const char *const prefixes[] = { "is", "ir", "fxg", "" };
	size_t unused;

	for (size_t i = 0; i < IPS_NELEM(prefixes); i++) {
		size_t len = strlen(prefixes[i]);

		if (value.len <= len || g_ascii_strncasecmp(value.at, prefixes[i], len) != 0)
			continue;
		char open = delimiter(value.at + len, value.at + value.len, &unused);
		if (open == '{' || open == '(')
			return (int)len;
	}
	return -1;
}

/* Only the delimiters of the outermost kind are counted: the others may be text. */
size_t
lex_nested_len(struct span value)
{
	const char *end = value.at + value.len, *at = value.at + lex_nested_prefix(value);
	size_t len, depth = 0;
	char open = delimiter(at, end, &len), close = open == '{' ? '}' : ')';

	for (; at < end; at += len) {
		char found = delimiter(at, end, &len);

		if (found == 0)
			len = 1;
		else if (found == open)
			depth++;
		else if (found == close && --depth == 0)
			return (size_t)(at + len - value.at);
	}
	return 0;
}

static bool
takes_nested(struct span name, bool *bare)
{
	const struct ips_command *command = command_find(name);

	*bare = command != NULL;
	return command == NULL
		   ? *name.at == '$' || (name.len > 3 && strncmp(name.at, "%24", 3) == 0)
		   : command->place[0].kind == IPS_KIND_SOURCE || command->id == IPS_CMD_IMAGE_SET;
}

/* Where the value that starts here ends: at the next '&', but not at one inside a nested request.
 */
static bool
value_end(struct span name, struct span rest, size_t *out, struct ips_error *err)
{
	size_t skip = 0;
	char shown[SHOWN_LEN], shown_name[SHOWN_LEN];
	bool bare = false;
	/* Cheap tests first: nearly no value is nested. */
	int prefix = lex_nested_prefix(rest);

	if (prefix >= 0 && takes_nested(name, &bare) && (bare || prefix > 0)) {
		skip = lex_nested_len(rest);
		if (skip == 0)
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "%s=%s: the nested request is not closed", span_show(name, shown_name),
			    span_show(rest, shown));
	}
	const char *end = memchr(rest.at + skip, '&', rest.len - skip);
	*out = end == NULL ? rest.len : (size_t)(end - rest.at);
	return true;
}

/* "name" or "name=" with its '=' and '&' left out. */
static struct span
name_of(struct span rest, char *stop)
{
	size_t len = 0;

	while (len < rest.len && rest.at[len] != '&' && rest.at[len] != '=')
		len++;
	*stop = len < rest.len ? rest.at[len] : '\0';
	return (struct span){ rest.at, len };
}

static void
advance(struct span *rest, size_t by)
{
	by = MIN(by, rest->len);
	rest->at += by;
	rest->len -= by;
}

bool
lex_part(struct span *rest, struct part *out, struct ips_error *err)
{
	*out = (struct part){ 0 };
	while (rest->len > 0) {
		char stop;

		if (*rest->at == '&') {
			advance(rest, 1);
			continue;
		}
		if (*rest->at == '.') {
			const char *end = memchr(rest->at, '&', rest->len);

			advance(rest, end == NULL ? rest->len : (size_t)(end - rest->at));
			continue;
		}
		struct span name = name_of(*rest, &stop), value = { "", 0 };
		advance(rest, name.len + (stop == '='));
		if (stop == '=') {
			value.at = rest->at;
			if (!value_end(name, *rest, &value.len, err))
				return false;
			advance(rest, value.len);
		}
		*out = (struct part){ name, value, stop == '=' };
		return lex_escapes_valid(name, value, err);
	}
	return true;
}

struct span
lex_decode(struct ips_arena *mem, struct span raw)
{
	if (memchr(raw.at, '%', raw.len) == NULL)
		return raw;

	char *out = ips_arena_alloc(mem, raw.len + 1);
	size_t used = 0;
	for (size_t at = 0; at < raw.len; at++) {
		char c = raw.at[at];

		if (c == '%') {
			c = (char)(g_ascii_xdigit_value(raw.at[at + 1]) << 4 |
				   g_ascii_xdigit_value(raw.at[at + 2]));
			at += 2;
		}
		out[used++] = c;
	}
	return (struct span){ out, used };
}

/* Blanks around the text come from people who indent their XML, a '?' from those who copy a URL. */
struct span
lex_trim(const char *text)
{
	struct span s = { text, strlen(text) };

	while (s.len > 0 && g_ascii_isspace(s.at[s.len - 1]))
		s.len--;
	while (s.len > 0 && g_ascii_isspace(*s.at)) {
		s.at++;
		s.len--;
	}
	if (s.len > 0 && *s.at == '?') {
		s.at++;
		s.len--;
	}
	return s;
}
