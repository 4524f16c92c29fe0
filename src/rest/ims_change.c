/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* PATCH: a JSON patch of which each step replaces, adds or removes one field. Source: RFC 6902, as
 * far as Image v2 uses it. */
#include "ims_priv.h"

#include <string.h>

struct changing {
	struct ips_image_change change;
	struct ips_trait *traits;
};

static bool
bad_step(struct ims *x, const char *why)
{
	return ims_refuse(x, 400, "IMG.0001", "The request message format is invalid: %s", why);
}

static bool
not_settable(struct ims *x, const char *field)
{
	return ims_refuse(
	    x, 400, "IMG.0105", "This operation is not supported: '%s' cannot be changed.", field);
}

/* Numbers and flags come as themselves or as text. NULL: of no kind that can be a value. */
static const char *
value_text(struct ims *x, const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		return ips_arena_printf(x->mem, "%lld", (long long)json_integer_value(value));
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return NULL;
}

static bool
set_trait(struct ims *x, struct changing *c, const char *field, const char *value)
{
	const struct ips_trait_info *info = ips_trait_info(field);

	if (info == NULL || !info->settable)
		return not_settable(x, field);
	if (value != NULL && !ips_trait_valid(info, value))
		return bad_step(
		    x, ips_arena_printf(x->mem, "'%s' is no value of %s.", value, field));
	c->traits[c->change.trait_count++] =
	    (struct ips_trait){ ips_arena_strdup(x->mem, field), ips_arena_strdup(x->mem, value) };
	return true;
}

/* value NULL removes. */
static bool
set_field(struct ims *x, struct changing *c, const char *field, const char *value)
{
	if (strcmp(field, "name") == 0) {
		if (value == NULL)
			return not_settable(x, field);
		if (!ims_name_good(x, *value != '\0' ? value : NULL))
			return false;
		c->change.name = ips_arena_strdup(x->mem, value);
		return true;
	}
	if (strcmp(field, "__description") == 0) {
		c->change.description = ips_arena_strdup(x->mem, value != NULL ? value : "");
		return ims_description_good(x, value);
	}
	return set_trait(x, c, field, value);
}

static bool
take_step(struct ims *x, struct changing *c, const json_t *step)
{
	const char *op = json_string_value(json_object_get(step, "op"));
	const char *path = json_string_value(json_object_get(step, "path"));
	const json_t *value = json_object_get(step, "value");
	const char *text;

	if (op == NULL || path == NULL || *path != '/' || strchr(path + 1, '/') != NULL)
		return bad_step(x, "a step needs op and path.");
	if (strcmp(op, "remove") == 0)
		return set_field(x, c, path + 1, NULL);
	if (strcmp(op, "replace") != 0 && strcmp(op, "add") != 0)
		return bad_step(x, "op is add, replace or remove.");
	text = value_text(x, value);
	if (text == NULL)
		return bad_step(x, "value is a text, a whole number or a flag.");
	return set_field(x, c, path + 1, text);
}

static bool
read_steps(struct ims *x, struct changing *c, const json_t *body)
{
	const json_t *step;
	size_t i;

	c->traits = IPS_NEW_N(x->mem, struct ips_trait, json_array_size(body) + 1);
	json_array_foreach(body, i, step)
	{
		if (!take_step(x, c, step))
			return false;
	}
	c->change.traits = c->traits;
	return true;
}

void
ims_change(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };
	IPS_CLEANUP(ims_decref) json_t *body = NULL;
	struct changing c = { .traits = NULL };

	if (!ips_uuid_valid(x->segment[0])) {
		ims_refuse(x, 400, "IMG.0066", "The image ID '%s' is incorrect.", x->segment[0]);
		return;
	}
	body = ims_body(x, JSON_ARRAY);
	if (body == NULL || !read_steps(x, &c, body))
		return;
	if (ips_service_image_change(x->service, &x->call, x->segment[0], &c.change, &err))
		ims_show(x);
	else
		ims_fault(x, &err);
}
