/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "soap_priv.h"

#include <string.h>

/* Permission sets already looked up in this call, in order of appearance. */
struct sets {
	GHashTable *known; /* number to struct ips__PermissionArray */
	GArray *order;     /* struct ips__PermissionSet */
};

static struct ips__PermissionArray *
permission_array(struct ips_arena *mem, const struct ips_effective *effective, size_t count)
{
	struct ips__PermissionArray *array = IPS_NEW(mem, struct ips__PermissionArray);

	array->items = IPS_NEW_N(mem, struct ips__Permission, count + 1);
	array->__sizeitems = (int)count;
	for (size_t i = 0; i < count; i++) {
		struct ips__Permission *out = &array->items[i];

		out->groupHandle = ips_handle_group(mem, effective[i].group->id);
		out->groupName = text_field(mem, effective[i].group->name);
		out->permissionType = text_field(mem, ips_permission_name[effective[i].permission]);
		out->isAllowed = bool_field(mem, effective[i].allowed);
		out->isOverride = bool_field(mem, effective[i].override);
	}
	return array;
}

static bool
find_set(struct work *work, struct sets *sets, int64_t number, struct ips__PermissionArray **out,
    struct ips_error *err)
{
	const struct ips_effective *effective = NULL;
	struct ips__PermissionSet set = { 0 };
	size_t count = 0;
	int64_t *key;

	*out = g_hash_table_lookup(sets->known, &number);
	if (*out)
		return true;
	if (!ips_service_permission_set(work->service, work->call, number, &effective, &count, err))
		return false;
	*out = permission_array(work->mem, effective, count);
	key = IPS_NEW(work->mem, int64_t);
	*key = number;
	g_hash_table_insert(sets->known, key, *out);
	set.permissionSetHandle = ips_handle_permission_set(work->mem, number);
	set.permissionArray = *out;
	g_array_append_val(sets->order, set);
	return true;
}

static bool
fill_folder(struct work *work, const struct ips_folder *folder, struct sets *sets,
    struct ips__Folder *out, struct ips_error *err)
{
	struct ips_arena *mem = work->mem;

	out->folderHandle = ips_handle_folder(mem, folder->path);
	out->path = text_field(mem, folder->path);
	out->lastModified = time_field(mem, folder->modified);
	out->childLastModified = time_field(mem, folder->child_modified);
	out->hasSubfolders = bool_field(mem, folder->has_subfolders);
	if (!sets)
		return true;
	if (folder->permission_set == 0) {
		out->permissions = IPS_NEW(mem, struct ips__PermissionArray);
		return true;
	}
	out->permissionSetHandle = ips_handle_permission_set(mem, folder->permission_set);
	return find_set(work, sets, folder->permission_set, &out->permissions, err);
}

static struct ips__PermissionSetArray *
set_array(struct ips_arena *mem, const struct sets *sets)
{
	struct ips__PermissionSetArray *array = IPS_NEW(mem, struct ips__PermissionSetArray);

	array->items = IPS_NEW_N(mem, struct ips__PermissionSet, sets->order->len + 1);
	array->__sizeitems = (int)sets->order->len;
	if (sets->order->len > 0)
		memcpy(array->items, sets->order->data,
		    sets->order->len * sizeof(struct ips__PermissionSet));
	return array;
}

typedef bool build_fn(struct work *work, const struct ips_folder *folders, size_t count,
    struct sets *sets, void *reply, struct ips_error *err);

static bool
build_with_sets(struct work *work, build_fn *build, const struct ips_folder *folders, size_t count,
    bool want_sets, void *reply, struct ips__PermissionSetArray **permission_sets,
    struct ips_error *err)
{
	struct sets sets = {
		.known = g_hash_table_new(g_int64_hash, g_int64_equal),
		.order = g_array_new(FALSE, TRUE, sizeof(struct ips__PermissionSet)),
	};
	bool built = build(work, folders, count, want_sets ? &sets : NULL, reply, err);

	if (built && want_sets)
		*permission_sets = set_array(work->mem, &sets);
	g_hash_table_unref(sets.known);
	g_array_unref(sets.order);
	return built;
}

/* ---- getFolders: the flat list ---- */

static bool
build_list(struct work *work, const struct ips_folder *folders, size_t count, struct sets *sets,
    void *reply, struct ips_error *err)
{
	struct _ips__getFoldersReturn *out = reply;

	out->folderArray = IPS_NEW(work->mem, struct ips__FolderArray);
	out->folderArray->items = IPS_NEW_N(work->mem, struct ips__Folder, count + 1);
	out->folderArray->__sizeitems = (int)count;
	for (size_t i = 0; i < count; i++)
		if (!fill_folder(work, &folders[i], sets, &out->folderArray->items[i], err))
			return false;
	return true;
}

bool
get_folders(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__getFoldersParam *in = param;
	struct _ips__getFoldersReturn *out = reply;
	struct ips_access access = { in->accessUserHandle, in->accessGroupHandle };
	const struct ips_folder *folders;
	const char *const *types;
	size_t type_count, count;
	bool want_sets;

	work->selection =
	    selection_new(work->mem, work->exchange->soap->contract[IPS_OP_getFolders]->result,
		in->responseFieldArray, in->excludeFieldArray);
	want_sets = selection_wants(work->selection, "permissionSetArray") ||
		    selection_wants(work->selection, "folderArray/items/permissionSetHandle") ||
		    selection_wants(work->selection, "folderArray/items/permissions");
	types = string_items(in->assetTypeArray, &type_count);
	if (!ips_service_folders(work->service, work->call, &access, in->folderPath, -1, types,
		type_count, &folders, &count, err))
		return false;
	return build_with_sets(
	    work, build_list, folders, count, want_sets, reply, &out->permissionSetArray, err);
}

/* ---- getFolderTree: nested ---- */

/* The list is sorted by path, so what is below a folder follows it directly; its children are those
 * whose parent it is. Two passes: count the children of each, then put them into their arrays. */
static bool
build_tree(struct work *work, const struct ips_folder *folders, size_t count, struct sets *sets,
    void *reply, struct ips_error *err)
{
	struct _ips__getFolderTreeReturn *out = reply;
	struct ips__Folder *root = IPS_NEW(work->mem, struct ips__Folder), **at;
	GHashTable *index = g_hash_table_new(g_int64_hash, g_int64_equal);
	int *children = IPS_NEW_N(work->mem, int, count + 1);
	bool built = true;

	at = IPS_NEW_N(work->mem, struct ips__Folder *, count + 1);
	for (size_t i = 0; i < count; i++) {
		int64_t parent = folders[i].parent;
		gpointer found = NULL;

		g_hash_table_insert(
		    index, (gpointer)(uintptr_t)&folders[i].id, GSIZE_TO_POINTER(i + 1));
		if (i > 0 && (found = g_hash_table_lookup(index, &parent)) != NULL)
			children[GPOINTER_TO_SIZE(found) - 1]++;
	}
	for (size_t i = 0; i < count && built; i++) {
		struct ips__FolderArray *array = IPS_NEW(work->mem, struct ips__FolderArray),
					*above;
		gpointer found = i > 0 ? g_hash_table_lookup(index, &folders[i].parent) : NULL;

		if (i == 0)
			at[i] = root;
		else if (found && at[GPOINTER_TO_SIZE(found) - 1]) {
			above = at[GPOINTER_TO_SIZE(found) - 1]->subfolderArray;
			at[i] = &above->items[above->__sizeitems++];
		} else
			continue; /* its parent is hidden from the caller */
		array->items = IPS_NEW_N(work->mem, struct ips__Folder, children[i] + 1);
		built = fill_folder(work, &folders[i], sets, at[i], err);
		at[i]->subfolderArray = array;
	}
	g_hash_table_unref(index);
	if (count > 0)
		out->folders = root;
	return built;
}

bool
get_folder_tree(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__getFolderTreeParam *in = param;
	struct _ips__getFolderTreeReturn *out = reply;
	struct ips_access access = { in->accessUserHandle, in->accessGroupHandle };
	const struct ips_folder *folders;
	const char *const *types;
	size_t type_count, count;

	work->selection =
	    selection_new(work->mem, work->exchange->soap->contract[IPS_OP_getFolderTree]->result,
		in->responseFieldArray, in->excludeFieldArray);
	types = string_items(in->assetTypeArray, &type_count);
	if (!in->depth)
		return ips_fail(
		    err, IPS_INVALID_PARAMETER, "'depth' is empty: it must be a whole number.");
	if (!ips_service_folders(work->service, work->call, &access, in->folderPath, *in->depth,
		types, type_count, &folders, &count, err))
		return false;
	return build_with_sets(work, build_tree, folders, count,
	    selection_wants(work->selection, "permissionSetArray") ||
		selection_wants(work->selection, "folders"),
	    reply, &out->permissionSetArray, err);
}
