/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Conditions of a search, as tables: fields and ways to match. Texts match in any case, by patterns
 * in which the caller's text stands for itself. */
#include "catalog_priv.h"

#include <string.h>

#define TEXT_MAX 1000 /* bytes; the engine bounds patterns too, less kindly */

enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_TYPE, FIELD_KEYWORDS };

static const struct {
	const char *column;
	enum field_kind kind;
} fields[] = {
	[IPS_FIELD_NAME] = { "a.name", FIELD_TEXT },
	[IPS_FIELD_FILE_NAME] = { "a.file_name", FIELD_TEXT },
	[IPS_FIELD_DESCRIPTION] = { "a.description", FIELD_TEXT },
	[IPS_FIELD_COMMENTS] = { "a.comments", FIELD_TEXT },
	[IPS_FIELD_USER_DATA] = { "a.user_data", FIELD_TEXT },
	[IPS_FIELD_FILE_SIZE] = { "coalesce(a.size, 0)", FIELD_NUMBER },
	[IPS_FIELD_CREATED] = { "a.created", FIELD_NUMBER },
	[IPS_FIELD_CREATED_BY] = { "a.created_by", FIELD_TEXT },
	[IPS_FIELD_MODIFIED] = { "a.modified", FIELD_NUMBER },
	[IPS_FIELD_MODIFIED_BY] = { "a.modified_by", FIELD_TEXT },
	[IPS_FIELD_TYPE] = { "a.type", FIELD_TYPE },
	[IPS_FIELD_KEYWORDS] = { "a.keywords", FIELD_KEYWORDS },
};

static const struct match {
	const char *before, *after; /* of the pattern; NULL: not for texts */
	bool negated;
	const char *number; /* NULL: not for numbers */
	bool range;
} matches[] = {
	[IPS_MATCH_EQUALS] = { "", "", false, " = ", false },
	[IPS_MATCH_NOT_EQUALS] = { "", "", true, " <> ", false },
	[IPS_MATCH_CONTAINS] = { "%", "%", false, NULL, false },
	[IPS_MATCH_NOT_CONTAINS] = { "%", "%", true, NULL, false },
	[IPS_MATCH_STARTS] = { "", "%", false, NULL, false },
	[IPS_MATCH_ENDS] = { "%", "", false, NULL, false },
	[IPS_MATCH_LESS] = { NULL, NULL, false, " < ", false },
	[IPS_MATCH_LESS_EQUALS] = { NULL, NULL, false, " <= ", false },
	[IPS_MATCH_GREATER] = { NULL, NULL, false, " > ", false },
	[IPS_MATCH_GREATER_EQUALS] = { NULL, NULL, false, " >= ", false },
	[IPS_MATCH_BETWEEN] = { NULL, NULL, false, " BETWEEN ", true },
	[IPS_MATCH_NOT_BETWEEN] = { NULL, NULL, false, " NOT BETWEEN ", true },
};

static char *
pattern_for(const struct match *match, const char *text, bool keyword)
{
	g_autofree char *lower = g_utf8_strdown(text, -1);
	GString *out = g_string_new(NULL);
	bool open_start = match->before[0], open_end = match->after[0];

	/* A keyword stands between line ends, with others around it. */
	g_string_append(out, keyword ? "%" : match->before);
	if (keyword && !open_start)
		g_string_append_c(out, '\n');
	for (const char *p = lower; *p; p++) {
		if (strchr("%_\\", *p))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *p);
	}
	if (keyword && !open_end)
		g_string_append_c(out, '\n');
	g_string_append(out, keyword ? "%" : match->after);
	return g_string_free(out, FALSE);
}

static void
add_text(
    struct query *q, const char *column, const struct match *match, const char *text, bool keyword)
{
	char *pattern = pattern_for(match, text, keyword);

	query_keep(q, pattern);
	g_string_append_printf(
	    q->sql, "lower(coalesce(%s, '')) %sLIKE ", column, match->negated ? "NOT " : "");
	query_value(q, ips_text(pattern));
	query_add(q, " ESCAPE '\\'");
}

static void
add_number(
    struct query *q, const char *column, const struct match *match, const struct ips_condition *c)
{
	query_add(q, column);
	query_add(q, match->number);
	query_value(q, ips_real(match->range ? c->low : c->number));
	if (match->range) {
		query_add(q, " AND ");
		query_value(q, ips_real(c->high));
	}
}

static bool
type_matches(const struct match *match, const char *name, const char *text)
{
	g_autofree char *have = g_ascii_strdown(name, -1), *want = g_utf8_strdown(text, -1);
	const char *at = match->before[0] ? NULL : have;
	bool hit;

	if (match->before[0] && match->after[0])
		hit = strstr(have, want) != NULL;
	else if (match->before[0])
		hit = g_str_has_suffix(have, want);
	else
		hit = match->after[0] ? g_str_has_prefix(at, want) : !strcmp(at, want);
	return hit != match->negated;
}

/* Rows know numbers, callers names: the names are matched here. */
static void
add_type(struct query *q, const char *column, const struct match *match, const char *text)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int));

	for (size_t i = 0; i < ips_asset_type_count; i++)
		if (type_matches(match, ips_asset_types[i].name, text))
			g_array_append_val(ids, ips_asset_types[i].id);
	if (!ids->len) {
		query_add(q, "1 = 0");
		return;
	}
	g_string_append_printf(q->sql, "%s + 0 IN ", column);
	query_ints(q, (const int *)(void *)ids->data, ids->len);
}

static bool
check_text(const struct match *match, const char *text, struct ips_error *err)
{
	if (!match->before || !text)
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "A text field cannot be compared like this.");
	if (strlen(text) > TEXT_MAX)
		return ips_fail(
		    err, IPS_LIMIT, "A text to search for is longer than %d bytes.", TEXT_MAX);
	return ips_utf8_valid(text, strlen(text))
		   ? true
		   : ips_fail(err, IPS_INVALID_PARAMETER, "A text to search for is not UTF-8.");
}

bool
search_condition(struct query *q, const struct ips_condition *c, struct ips_error *err)
{
	if ((size_t)c->field >= IPS_NELEM(fields) || (size_t)c->match >= IPS_NELEM(matches))
		return ips_fail(err, IPS_INVALID_PARAMETER, "Assets cannot be searched like this.");

	const char *column = fields[c->field].column;
	enum field_kind kind = fields[c->field].kind;
	const struct match *match = &matches[c->match];
	if (kind == FIELD_NUMBER) {
		if (!match->number)
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "A size or a time cannot be compared like this.");
		add_number(q, column, match, c);
		return true;
	}
	if (!check_text(match, c->text, err))
		return false;
	if (kind == FIELD_TYPE)
		add_type(q, column, match, c->text);
	else
		add_text(q, column, match, c->text, kind == FIELD_KEYWORDS);
	return true;
}
