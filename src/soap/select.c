/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which elements of a reply are wanted. Source: IPS reference, "Filtering Fields in Responses". */
#include "soap_priv.h"

#include <string.h>

enum wanted { DROP, PART, WHOLE }; /* of an element: nothing, what its own selection says, all */

struct selection {
	const struct ips_contract_shape *shape;
	struct selection **below; /* of each field: where it is not WHOLE or DROP alone */
	unsigned char *wanted;
};

static struct selection *
new_level(struct ips_arena *mem, const struct ips_contract_shape *shape, enum wanted all)
{
	struct selection *level = IPS_NEW(mem, struct selection);

	level->shape = shape;
	level->below = IPS_NEW_N(mem, struct selection *, shape->field_count + 1);
	level->wanted = IPS_NEW_N(mem, unsigned char, shape->field_count + 1);
	memset(level->wanted, (int)all, shape->field_count);
	return level;
}

/* The next word of a path, slashes around it skipped. */
static const char *
next_word(const char **path, size_t *len)
{
	const char *word = *path + strspn(*path, "/");

	*len = strcspn(word, "/");
	*path = word + *len;
	*path += strspn(*path, "/");
	return *len ? word : NULL;
}

static bool
find(const struct ips_contract_shape *shape, const char *word, size_t len, size_t *index)
{
	for (size_t i = 0; i < shape->field_count; i++) {
		const char *name = shape->fields[i].name;

		if (strncmp(name, word, len) == 0 && name[len] == '\0') {
			*index = i;
			return true;
		}
	}
	return false;
}

/* Marks what a path names as `mark`; whatever lies on the way stays as a part. Paths that lead
 * nowhere are harmless. */
static void
mark_path(struct ips_arena *mem, struct selection *level, const char *path, enum wanted mark)
{
	const char *word;
	size_t len, i;

	while ((word = next_word(&path, &len)) != NULL && find(level->shape, word, len, &i)) {
		const struct ips_contract_field *field = &level->shape->fields[i];

		if (*path == '\0') {
			level->wanted[i] = (unsigned char)mark;
			level->below[i] = NULL;
			return;
		}
		if (level->wanted[i] == mark || field->kind != IPS_CONTRACT_STRUCT)
			return;
		if (!level->below[i])
			level->below[i] =
			    new_level(mem, field->shape, mark == WHOLE ? DROP : WHOLE);
		level->wanted[i] = PART;
		level = level->below[i];
	}
}

struct selection *
selection_new(struct ips_arena *mem, const struct ips_contract_shape *shape,
    const struct ips__StringArray *include, const struct ips__StringArray *exclude)
{
	int includes = include ? include->__sizeitems : 0,
	    excludes = exclude ? exclude->__sizeitems : 0;
	struct selection *top;

	if (includes == 0 && excludes == 0)
		return NULL;
	top = new_level(mem, shape, includes > 0 ? DROP : WHOLE);
	for (int i = 0; i < includes; i++)
		if (include->items[i])
			mark_path(mem, top, include->items[i], WHOLE);
	for (int i = 0; i < excludes; i++)
		if (exclude->items[i])
			mark_path(mem, top, exclude->items[i], DROP);
	return top;
}

bool
selection_wants(const struct selection *selection, const char *path)
{
	const char *word;
	size_t len, i;

	while (selection && (word = next_word(&path, &len)) != NULL) {
		if (!find(selection->shape, word, len, &i) || selection->wanted[i] == DROP)
			return false;
		selection = selection->wanted[i] == WHOLE ? NULL : selection->below[i];
	}
	return true;
}

static bool
level_within(
    const struct selection *level, const char *prefix, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < level->shape->field_count; i++) {
		char path[256];
		bool listed = false;

		if (level->wanted[i] == DROP)
			continue;
		g_snprintf(path, sizeof(path), "%s%s", prefix, level->shape->fields[i].name);
		for (size_t j = 0; j < count && !listed; j++)
			listed = strcmp(path, paths[j]) == 0;
		if (listed)
			continue;
		if (level->wanted[i] == WHOLE)
			return false;
		g_strlcat(path, "/", sizeof(path));
		if (!level_within(level->below[i], path, paths, count))
			return false;
	}
	return true;
}

bool
selection_within(const struct selection *selection, const char *const *paths, size_t count)
{
	return selection && level_within(selection, "", paths, count);
}

static void
clear(const struct ips_contract_field *field, char *base)
{
	if (field->repeated)
		*(int *)(void *)base = 0; /* the length is the first member */
	*(void **)(void *)(base + field->offset) = NULL;
}

void
selection_apply(const struct selection *selection, const struct ips_contract_shape *shape,
    int version, void *value)
{
	char *base = value;

	for (size_t i = 0; i < shape->field_count; i++) {
		const struct ips_contract_field *field = &shape->fields[i];
		const struct selection *below = NULL;
		char *member = *(char **)(void *)(base + field->offset);

		if (!member)
			continue;
		if (version < field->since || version >= field->until ||
		    (selection && selection->wanted[i] == DROP)) {
			clear(field, base);
			continue;
		}
		if (field->kind != IPS_CONTRACT_STRUCT)
			continue;
		if (selection && selection->wanted[i] == PART)
			below = selection->below[i];
		for (int n = field->repeated ? *(int *)(void *)base : 1; n > 0;
		     n--, member += field->shape->size)
			selection_apply(below, field->shape, version, member);
	}
}
