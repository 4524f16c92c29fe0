/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* searchAssets and getAssetsByName: the published words into a catalog query. */

#define PAGE_MAX        1000
#define PAGE_MAX_NARROW 10000
#define MAX_CONDITIONS  100
#define MAX_NAMES       10000

static const struct ips_word publish_words[] = {
	{ "MarkedForPublish", 1 },
	{ "NotMarkedForPublish", 0 },
	{ NULL, 0 },
};

static const struct ips_word trash_words[] = {
	{ "NotInTrash", IPS_TRASH_NOT },
	{ "InTrash", IPS_TRASH_IN },
	{ "InEmptiedTrash", IPS_TRASH_EMPTIED },
	{ "Any", IPS_TRASH_ANY },
	{ NULL, 0 },
};

static const struct ips_word mode_words[] = {
	{ "MatchAll", false },
	{ "MatchAny", true },
	{ NULL, 0 },
};

static const struct ips_word sort_words[] = {
	{ "Created", IPS_FIELD_CREATED },
	{ "Modified", IPS_FIELD_MODIFIED },
	{ "Name", IPS_FIELD_NAME },
	{ "AssetType", IPS_FIELD_TYPE },
	{ "FileSize", IPS_FIELD_FILE_SIZE },
	{ NULL, 0 },
};

static const struct ips_word direction_words[] = {
	{ "Ascending", false },
	{ "Descending", true },
	{ NULL, 0 },
};

/* System fields that the catalog does not keep. */
#define FIELD_IGNORED     (-1) /* accepted since 4.0, and without effect */
#define FIELD_NOT_OFFERED (-2)

static const struct ips_word field_words[] = {
	{ "Name", IPS_FIELD_NAME },
	{ "Keywords", IPS_FIELD_KEYWORDS },
	{ "Description", IPS_FIELD_DESCRIPTION },
	{ "Comments", IPS_FIELD_COMMENTS },
	{ "UserData", IPS_FIELD_USER_DATA },
	{ "Sku", FIELD_IGNORED },
	{ "FileSize", IPS_FIELD_FILE_SIZE },
	{ "CreatedWith", FIELD_NOT_OFFERED },
	{ "Created", IPS_FIELD_CREATED },
	{ "CreateUser", IPS_FIELD_CREATED_BY },
	{ "LastModifyUser", IPS_FIELD_MODIFIED_BY },
	{ "FileName", IPS_FIELD_FILE_NAME },
	{ NULL, 0 },
};

static const struct ips_word text_ops[] = {
	{ "Equals", IPS_MATCH_EQUALS },
	{ "NotEquals", IPS_MATCH_NOT_EQUALS },
	{ "Contains", IPS_MATCH_CONTAINS },
	{ "NotContains", IPS_MATCH_NOT_CONTAINS },
	{ "StartsWith", IPS_MATCH_STARTS },
	{ "EndsWith", IPS_MATCH_ENDS },
	{ NULL, 0 },
};

static const struct ips_word number_ops[] = {
	{ "Equals", IPS_MATCH_EQUALS },
	{ "NotEquals", IPS_MATCH_NOT_EQUALS },
	{ "LessThan", IPS_MATCH_LESS },
	{ "LessThanEquals", IPS_MATCH_LESS_EQUALS },
	{ "GreaterThan", IPS_MATCH_GREATER },
	{ "GreaterThanEquals", IPS_MATCH_GREATER_EQUALS },
	{ "Between", IPS_MATCH_BETWEEN },
	{ "NotBetween", IPS_MATCH_NOT_BETWEEN },
	{ NULL, 0 },
};

static bool
parse_number(
    enum ips_field field, const char *what, const char *text, double *out, struct ips_error *err)
{
	int64_t value;

	if (text == NULL)
		return ips_fail(err, IPS_MISSING_PARAMETER,
		    "systemFieldConditionArray: a condition lacks its %s", what);
	if (field == IPS_FIELD_CREATED && !ips_time_parse(text, &value))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "systemFieldConditionArray: %s must be a dateTime, not '%s'", what, text);
	if (field == IPS_FIELD_FILE_SIZE &&
	    !ips_parse_int(text, strlen(text), INT64_MIN, INT64_MAX, &value))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "systemFieldConditionArray: %s must be a whole number, not '%s'", what, text);
	*out = (double)value;
	return true;
}

static bool
parse_values(
    const struct ips_search_condition *sent, struct ips_condition *out, struct ips_error *err)
{
	bool number = out->field == IPS_FIELD_CREATED || out->field == IPS_FIELD_FILE_SIZE;

	if (out->match == IPS_MATCH_BETWEEN || out->match == IPS_MATCH_NOT_BETWEEN)
		return parse_number(out->field, "minimum", sent->min, &out->low, err) &&
		       parse_number(out->field, "maximum", sent->max, &out->high, err);
	if (number)
		return parse_number(out->field, "value", sent->value, &out->number, err);
	if (sent->value == NULL)
		return ips_fail(err, IPS_MISSING_PARAMETER,
		    "systemFieldConditionArray: a condition lacks its value");
	out->text = sent->value;
	return true;
}

static bool
required(const char *what, const char *text, struct ips_error *err)
{
	return text != NULL || ips_fail(err, IPS_MISSING_PARAMETER,
				   "systemFieldConditionArray: a condition lacks its %s", what);
}

/* *used is false for a field that is accepted and ignored. */
static bool
parse_condition(const struct ips_search_condition *sent, struct ips_condition *out, bool *used,
    struct ips_error *err)
{
	const struct ips_word *ops = text_ops;
	int field, match;

	*used = false;
	if (!required("field", sent->field, err) || !required("op", sent->op, err) ||
	    !ips_word_parse(field_words, "field", sent->field, 0, &field, err))
		return false;
	if (field == FIELD_IGNORED)
		return true;
	if (field == FIELD_NOT_OFFERED)
		return ips_fail(
		    err, IPS_UNSUPPORTED, "field: '%s' is not offered by this server", sent->field);
	if (field == IPS_FIELD_CREATED || field == IPS_FIELD_FILE_SIZE)
		ops = number_ops;
	if (!ips_word_parse(ops, "op", sent->op, 0, &match, err))
		return false;
	*used = true;
	*out = (struct ips_condition){
		.field = (enum ips_field)field,
		.match = (enum ips_match)match,
	};
	return parse_values(sent, out, err);
}

static bool
parse_conditions(struct ips_arena *mem, const struct ips_search *search,
    struct ips_asset_query *query, struct ips_error *err)
{
	size_t count = search->condition_count + search->keyword_count;
	struct ips_condition *condition = IPS_NEW_N(mem, struct ips_condition, count + 1);
	size_t n = 0;

	for (size_t i = 0; i < search->condition_count; i++) {
		bool used;

		if (!parse_condition(&search->conditions[i], &condition[n], &used, err))
			return false;
		n += used;
	}
	for (size_t i = 0; i < search->keyword_count; i++)
		condition[n++] = (struct ips_condition){
			.field = IPS_FIELD_KEYWORDS,
			.match = IPS_MATCH_CONTAINS,
			.text = search->keywords[i],
		};
	query->conditions = condition;
	query->condition_count = n;
	return true;
}

static bool
check_counts(const struct ips_search *search, struct ips_error *err)
{
	const struct {
		const char *what;
		size_t count, max;
	} rows[] = {
		{ "nameArray", search->name_count, MAX_NAMES },
		{ "keywordArray", search->keyword_count, MAX_CONDITIONS },
		{ "systemFieldConditionArray", search->condition_count, MAX_CONDITIONS },
		{ "assetTypeArray", search->type_count, MAX_CONDITIONS },
		{ "excludeAssetTypeArray", search->not_type_count, MAX_CONDITIONS },
		{ "assetSubTypeArray", search->subtype_count, MAX_CONDITIONS },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		if (rows[i].count > rows[i].max)
			return ips_fail(err, IPS_LIMIT,
			    "%s: %zu items are too many, %zu are allowed", rows[i].what,
			    rows[i].count, rows[i].max);
	return true;
}

static bool
parse_words(const struct ips_search *search, struct ips_asset_query *query, struct ips_error *err)
{
	int trash, any, sort, descending;

	if (!ips_word_parse(
		publish_words, "publishState", search->publish_state, -1, &query->ready, err) ||
	    !ips_word_parse(
		trash_words, "trashState", search->trash_state, IPS_TRASH_NOT, &trash, err) ||
	    !ips_word_parse(
		mode_words, "conditionMatchMode", search->match_mode, false, &any, err) ||
	    !ips_word_parse(sort_words, "sortBy", search->sort_by, IPS_FIELD_NAME, &sort, err) ||
	    !ips_word_parse(
		direction_words, "sortDirection", search->sort_direction, false, &descending, err))
		return false;
	query->trash = (enum ips_trash)trash;
	query->match_any = any;
	query->sort = (enum ips_field)sort;
	query->descending = descending;
	return true;
}

/* Larger pages than published are cut to the published size, as clients ask for 5000 and page on.
 */
static bool
parse_page(const struct ips_search *search, struct ips_asset_query *query, struct ips_error *err)
{
	int max = search->narrow ? PAGE_MAX_NARROW : PAGE_MAX;
	int page = search->page != 0 ? search->page : 1;

	if (search->per_page < 0)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "recordsPerPage must be 1 or more, not '%d'", search->per_page);
	if (page < 1)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "resultsPage must be 1 or more, not '%d'", search->page);
	query->limit = search->per_page != 0 ? MIN(search->per_page, max) : max;
	query->offset = (int64_t)(page - 1) * query->limit;
	return true;
}

/* *exists is false where a caller who sees by groups names a folder that is not there: to him an
 * empty list, as for a folder that he may not read. */
static bool
find_folder(struct ips_service *service, const struct ips_call *call, const char *sent,
    struct ips_asset_query *query, bool *exists, struct ips_error *err)
{
	const struct ips_folder *folder = NULL;
	const char *path;

	*exists = true;
	query->folder = call->company->root_path;
	if (sent == NULL || *sent == '\0' || strcmp(sent, "/") == 0)
		return true;
	if (ips_handle_parse_folder(sent, &path) &&
	    !ips_catalog_folder(service->catalog, call->mem, call->company->id, path, &folder, err))
		return false;
	if (folder != NULL) {
		query->folder = folder->path;
		return true;
	}
	*exists = false;
	if (query->viewer.user != 0 || query->viewer.group != 0)
		return true;
	return ips_fail(err, IPS_NOT_FOUND, "folder: there is no folder '%s'", sent);
}

static bool
build(struct ips_service *service, const struct ips_call *call, const struct ips_search *search,
    struct ips_asset_query *query, bool *any, struct ips_error *err)
{
	query->company = call->company->id;
	query->subtypes = search->subtypes;
	query->subtype_count = search->subtype_count;
	query->strict_subtype = search->strict_subtype;
	query->subfolders = search->subfolders;
	query->names = search->names;
	query->name_count = search->name_count;
	query->want_total = search->want_total;
	if (!check_counts(search, err) || !parse_words(search, query, err) ||
	    !ips_types_parse(call->mem, "assetTypeArray", search->types, search->type_count,
		&query->types, &query->type_count, err) ||
	    !ips_types_parse(call->mem, "excludeAssetTypeArray", search->not_types,
		search->not_type_count, &query->not_types, &query->not_type_count, err) ||
	    !parse_conditions(call->mem, search, query, err) || !parse_page(search, query, err) ||
	    !ips_viewer_find(service, call, &search->access, &query->viewer, err) ||
	    !find_folder(service, call, search->folder, query, any, err))
		return false;
	/* The root and all below it, or names, which need no place: the whole company, without a
	 * look at the tree. */
	if ((query->subfolders || (search->names != NULL && search->folder == NULL)) &&
	    strcmp(query->folder, call->company->root_path) == 0)
		query->folder = NULL;
	if (search->names != NULL && search->name_count == 0)
		*any = false;
	return true;
}

bool
ips_service_search(struct ips_service *service, const struct ips_call *call,
    const struct ips_search *search, const struct ips_asset ***out, size_t *count, int64_t *total,
    struct ips_error *err)
{
	struct ips_asset_query query = { .company = 0 };
	int64_t rows = 0;
	bool any = true;

	if (!build(service, call, search, &query, &any, err))
		return false;
	if (!any) {
		*out = IPS_NEW(call->mem, const struct ips_asset *);
		*count = 0;
		*total = 0;
		return true;
	}
	if (!ips_catalog_search(service->catalog, call->mem, &query, out, count, &rows, err))
		return false;
	*total = rows;
	return true;
}
