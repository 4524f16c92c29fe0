/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The pictures that a request names beside the one it asks for. */
#include "plan_priv.h"

#include <string.h>

/* Commands of a layer whose value is the name of a picture. */
static const enum ips_cmd naming[] = { IPS_CMD_SRC, IPS_CMD_MASK };

static int
find(const struct ips_objects *objects, const char *name)
{
	for (int i = 1; i < objects->count; i++)
		if (strcmp(objects->object[i].name, name) == 0)
			return i;
	return 0;
}

static void
add(struct ips_arena *mem, const struct ips_modifier *request, const struct ips_value *value,
    struct ips_objects *objects)
{
	struct ips_nested *nested;

	if (value == NULL || find(objects, value->text) > 0)
		return;
	nested = IPS_NEW(mem, struct ips_nested);
	objects->object[objects->count++] =
	    (struct ips_object){ .command = ips_command(value->cmd)->name,
		    .name = value->text,
		    .nested = ips_modifier_nested(mem, request, value, nested) ? nested : NULL };
}

void
ips_plan_objects(struct ips_arena *mem, const struct ips_modifier *request, struct ips_objects *out)
{
	int most = 1 + request->layers * (int)IPS_NELEM(naming);

	*out = (struct ips_objects){ 1, IPS_NEW_N(mem, struct ips_object, most) };
	for (int i = 0; i < request->layers; i++)
		for (size_t n = 0; n < IPS_NELEM(naming); n++)
			add(mem, request, request->layer[i].value[naming[n]], out);
}

int
plan_find_object(const struct planning *in, const struct ips_value *value)
{
	return find(in->objects, value->text);
}
