/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "soap_priv.h"

#include <string.h>

/* ---- One asset ---- */

static struct ips__ImageInfo *
image_info(struct ips_arena *mem, const struct ips_asset *asset)
{
	const struct ips_image *image = asset->image;
	struct ips__ImageInfo *out = IPS_NEW(mem, struct ips__ImageInfo);

	out->originalPath = text_field(mem, asset->folder_path);
	out->originalFile = text_field(mem, asset->file_name);
	out->optimizedPath = text_field(mem, NULL);
	out->optimizedFile = text_field(mem, NULL);
	out->maskPath = text_field(mem, NULL);
	out->maskFile = text_field(mem, NULL);
	out->width = int_field(mem, image->width);
	out->height = int_field(mem, image->height);
	out->fileSize = long_field(mem, image->blob.size);
	out->resolution = double_field(mem, image->resolution);
	out->sku = text_field(mem, NULL);
	out->description = text_field(mem, asset->description);
	out->comments = text_field(mem, asset->comments);
	out->userData = text_field(mem, asset->user_data);
	out->anchorX = int_field(mem, image->width / 2);
	out->anchorY = int_field(mem, image->height / 2);
	out->urlModifier = text_field(mem, asset->url_modifier);
	out->urlPostApplyModifier = text_field(mem, asset->post_modifier);
	out->zoomTargets = IPS_NEW(mem, struct ips__ZoomTargetArray);
	out->masks = IPS_NEW(mem, struct ips__MaskArray);
	out->imageMaps = IPS_NEW(mem, struct ips__ImageMapArray);
	return out;
}

static void **
member(const struct ips_contract_shape *shape, void *value, const char *name,
    const struct ips_contract_field **field)
{
	for (size_t i = 0; i < shape->field_count; i++)
		if (strcmp(shape->fields[i].name, name) == 0) {
			*field = &shape->fields[i];
			return (void **)(void *)((char *)value + shape->fields[i].offset);
		}
	return NULL;
}

/* The other types' blocks are alike: where the file is and how large. Type Pdf has pdfInfo, and so
 * on; a type without a block gets none. */
static void
other_info(struct work *work, const struct ips_contract_shape *shape, const struct ips_asset *asset,
    const char *type, struct ips__Asset *out)
{
	const struct ips_contract_field *field, *inner;
	char *name = ips_arena_printf(work->mem, "%c%sInfo", g_ascii_tolower(*type), type + 1);
	void **block = member(shape, out, name, &field), **file;

	if (!block)
		return;
	*block = ips_arena_alloc(work->mem, field->shape->size);
	if ((file = member(field->shape, *block, "originalPath", &inner)) != NULL)
		*file = text_field(work->mem, asset->folder_path);
	if ((file = member(field->shape, *block, "originalFile", &inner)) != NULL)
		*file = text_field(work->mem, asset->file_name);
	if (asset->image && (file = member(field->shape, *block, "fileSize", &inner)) != NULL)
		*file = long_field(work->mem, asset->image->blob.size);
}

static const char *
trash_name(enum ips_trash trash)
{
	switch (trash) {
	case IPS_TRASH_IN:
		return "InTrash";
	case IPS_TRASH_EMPTIED:
		return "InEmptiedTrash";
	case IPS_TRASH_NOT:
	case IPS_TRASH_ANY:
		break;
	}
	return "NotInTrash";
}

struct asset_page { /* what is the same for all assets of a reply */
	const struct ips_contract_shape *shape;
	const char *image_base; /* "https://host/is/image/Company/" */
	bool with_info;
};

static void
fill_asset(struct work *work, const struct asset_page *page, const struct ips_asset *asset,
    struct ips__Asset *out)
{
	struct ips_arena *mem = work->mem;
	const struct ips_asset_type *type = ips_asset_type(asset->type);

	out->assetHandle = ips_handle_asset(mem, asset);
	out->type = text_field(mem, type ? type->name : NULL);
	out->subType = text_field(mem, asset->subtype);
	out->name = text_field(mem, asset->name);
	out->fileName = text_field(mem, asset->file_name);
	out->folder = text_field(mem, asset->folder_path);
	out->folderHandle = ips_handle_folder(mem, asset->folder_path);
	out->readyForPublish = bool_field(mem, asset->ready);
	out->trashState = text_field(mem, trash_name(asset->trash));
	out->projects = text_field(mem, NULL);
	out->ipsImageUrl = text_field(mem, NULL);
	out->created = time_field(mem, asset->created);
	out->createUser = text_field(mem, asset->created_by);
	out->lastModified = time_field(mem, asset->modified);
	out->lastModifyUser = text_field(mem, asset->modified_by);
	out->metadataArray = IPS_NEW(mem, struct ips__MetadataArray);
	if (asset->image && type && type->by_name) {
		char *name = g_uri_escape_string(asset->name, NULL, FALSE);

		out->ipsImageUrl = ips_arena_printf(mem, "%s%s", page->image_base, name);
		g_free(name);
	}
	if (!page->with_info)
		return;
	if (asset->type == IPS_TYPE_IMAGE && asset->image)
		out->imageInfo = image_info(mem, asset);
	else if (type)
		other_info(work, page->shape, asset, type->name, out);
}

/* Is a block beyond the plain fields wanted? Most clients select a few plain ones. */
static bool
wants_info(const struct selection *selection)
{
	static const char *const plain[] = { "totalRows", "assetArray/items/assetHandle",
		"assetArray/items/type", "assetArray/items/subType", "assetArray/items/name",
		"assetArray/items/fileName", "assetArray/items/folder",
		"assetArray/items/folderHandle", "assetArray/items/readyForPublish",
		"assetArray/items/trashState", "assetArray/items/ipsImageUrl",
		"assetArray/items/created", "assetArray/items/createUser",
		"assetArray/items/lastModified", "assetArray/items/lastModifyUser" };

	return !selection_within(selection, plain, IPS_NELEM(plain));
}

static struct ips__AssetArray *
asset_array(struct work *work, const struct ips_asset **assets, size_t count)
{
	const struct ips_contract_shape *result =
	    work->exchange->soap->contract[work->call->op]->result;
	const struct ips_contract_field *array_field, *items_field;
	struct ips__AssetArray *array = IPS_NEW(work->mem, struct ips__AssetArray);
	struct asset_page page = { .with_info = wants_info(work->selection) };
	char *company = g_uri_escape_string(work->call->company->name, NULL, FALSE);
	void *nothing = ips_arena_alloc(work->mem, result->size);

	member(result, nothing, "assetArray", &array_field);
	member(array_field->shape, array, "items", &items_field);
	page.shape = items_field->shape;
	page.image_base = ips_arena_printf(work->mem, "%s/is/image/%s/",
	    public_base(work->exchange->soap, work->exchange->request), company);
	g_free(company);
	array->items = IPS_NEW_N(work->mem, struct ips__Asset, count + 1);
	array->__sizeitems = (int)count;
	for (size_t i = 0; i < count; i++)
		fill_asset(work, &page, assets[i], &array->items[i]);
	return array;
}

static void
select_fields(struct work *work, const struct ips__StringArray *include,
    const struct ips__StringArray *exclude)
{
	work->selection = selection_new(
	    work->mem, work->exchange->soap->contract[work->call->op]->result, include, exclude);
}

/* ---- getAssets ---- */

bool
get_assets(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__getAssetsParam *in = param;
	struct _ips__getAssetsReturn *out = reply;
	struct ips_access access = { in->accessUserHandle, in->accessGroupHandle };
	struct ips__StringArray array = { 0 };
	const struct ips_asset **assets;
	const char *const *handles;
	size_t handle_count, count;

	if (in->assetHandleArray) { /* the same shape under another name */
		array.items = in->assetHandleArray->items;
		array.__sizeitems = in->assetHandleArray->__sizeitems;
	}
	handles = string_items(&array, &handle_count);
	select_fields(work, in->responseFieldArray, in->excludeFieldArray);
	if (!ips_service_assets(
		work->service, work->call, &access, handles, handle_count, &assets, &count, err))
		return false;
	out->assetArray = asset_array(work, assets, count);
	return true;
}

/* ---- getAssetsByName ---- */

bool
get_assets_by_name(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__getAssetsByNameParam *in = param;
	struct _ips__getAssetsByNameReturn *out = reply;
	struct ips_search search = {
		.access = { in->accessUserHandle, in->accessGroupHandle },
		.subfolders = true,
		.strict_subtype = bool_value(in->strictSubTypeCheck),
	};
	const struct ips_asset **assets;
	size_t count;
	int64_t total;

	select_fields(work, in->responseFieldArray, in->excludeFieldArray);
	search.names = string_items(in->nameArray, &search.name_count);
	search.types = string_items(in->assetTypeArray, &search.type_count);
	search.not_types = string_items(in->excludeAssetTypeArray, &search.not_type_count);
	search.subtypes = string_items(in->assetSubTypeArray, &search.subtype_count);
	if (search.name_count == 0) { /* no name, no asset; to the search it would mean any */
		out->assetArray = asset_array(work, NULL, 0);
		return true;
	}
	if (!ips_service_search(work->service, work->call, &search, &assets, &count, &total, err))
		return false;
	out->assetArray = asset_array(work, assets, count);
	return true;
}

/* ---- searchAssets ---- */

static const char *
number_text(struct ips_arena *mem, const LONG64 *whole, const double *real, const char *date)
{
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	if (whole)
		return ips_arena_printf(mem, "%" G_GINT64_FORMAT, (gint64)*whole);
	if (real)
		return ips_arena_strdup(mem, g_ascii_dtostr(digits, sizeof(digits), *real));
	return date;
}

/* The schema has a member for each type of value; what a field takes is the service's to judge. */
static void
read_conditions(struct ips_arena *mem, const struct ips__SystemFieldConditionArray *array,
    struct ips_search *search)
{
	struct ips_search_condition *conditions;

	search->condition_count = array ? (size_t)array->__sizeitems : 0;
	conditions = IPS_NEW_N(mem, struct ips_search_condition, search->condition_count + 1);
	for (size_t i = 0; i < search->condition_count; i++) {
		const struct ips__SystemFieldCondition *in = &array->items[i];
		struct ips_search_condition *out = &conditions[i];

		out->field = text_field(mem, in->field);
		out->op = text_field(mem, in->op);
		out->value = in->value && *in->value
				 ? in->value
				 : number_text(mem, in->longVal, in->doubleVal, in->dateVal);
		if (!out->value && in->boolVal)
			out->value = bool_value(in->boolVal) ? "true" : "false";
		if (!out->value)
			out->value = in->value;
		out->min = number_text(mem, in->minLong, in->minDouble, in->minDate);
		out->max = number_text(mem, in->maxLong, in->maxDouble, in->maxDate);
	}
	search->conditions = conditions;
}

/* A filter that is not offered must not be passed over: the reply would hold what was not asked. */
static bool
refuse_filters(const struct _ips__searchAssetsParam *in, struct ips_error *err)
{
	const struct {
		const char *name;
		bool used;
	} filters[] = {
		{ "tagConditionArray",
		    in->tagConditionArray && in->tagConditionArray->__sizeitems > 0 },
		{ "metadataConditionArray",
		    in->metadataConditionArray && in->metadataConditionArray->__sizeitems > 0 },
		{ "projectHandle", in->projectHandle && *in->projectHandle },
	};

	for (size_t i = 0; i < IPS_NELEM(filters); i++)
		if (filters[i].used)
			return ips_fail(err, IPS_UNSUPPORTED,
			    "searchAssets: '%s' is not offered by this server.", filters[i].name);
	return true;
}

static const char *
first_said(const char *a, const char *b)
{
	return a && *a ? a : b && *b ? b : NULL;
}

bool
search_assets(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	static const char *const narrow[] = { "totalRows", "assetArray/items/name",
		"assetArray/items/assetHandle", "assetArray/items/type",
		"assetArray/items/subType" };
	const struct _ips__searchAssetsParam *in = param;
	struct _ips__searchAssetsReturn *out = reply;
	struct ips_search search = {
		.access = { in->accessUserHandle, in->accessGroupHandle },
		.folder = first_said(in->folder, NULL),
		.subfolders = bool_value(in->includeSubfolders),
		.publish_state = first_said(in->publishState, NULL),
		.trash_state = first_said(in->trashState, NULL),
		.match_mode = first_said(in->systemFieldMatchMode, in->conditionMatchMode),
		.sort_by = first_said(in->sortBy, NULL),
		.sort_direction = first_said(in->sortDirection, NULL),
		.strict_subtype = bool_value(in->strictSubTypeCheck),
		.page = in->resultsPage ? *in->resultsPage : 0,
		.per_page = in->recordsPerPage ? *in->recordsPerPage : 0,
	};
	const struct ips_asset **assets;
	size_t count;
	int64_t total = 0;

	select_fields(work, in->responseFieldArray, in->excludeFieldArray);
	search.narrow = selection_within(work->selection, narrow, IPS_NELEM(narrow));
	search.want_total = selection_wants(work->selection, "totalRows");
	search.keywords = string_items(in->keywordArray, &search.keyword_count);
	search.types = string_items(in->assetTypeArray, &search.type_count);
	search.not_types = string_items(in->excludeAssetTypeArray, &search.not_type_count);
	search.subtypes = string_items(in->assetSubTypeArray, &search.subtype_count);
	read_conditions(work->mem, in->systemFieldConditionArray, &search);
	if (!refuse_filters(in, err) ||
	    !ips_service_search(work->service, work->call, &search, &assets, &count, &total, err))
		return false;
	out->totalRows = int_field(work->mem, (int)MIN(total, INT_MAX));
	out->assetArray = asset_array(work, assets, count);
	return true;
}
