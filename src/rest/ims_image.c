/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The image object, as an answer and as the schema that describes it. */
#include "ims_priv.h"

#include <string.h>

#define SUPPORT "__support_"

/* ---- The object ---- */

static json_t *
trait_value(const struct ips_trait_info *info, const char *value)
{
	int64_t number;

	switch (info->type) {
	case IPS_TRAIT_INT:
		return ips_parse_int(value, strlen(value), INT32_MIN, INT32_MAX, &number)
			   ? json_integer(number)
			   : json_integer(0);
	case IPS_TRAIT_FLAG:
		return json_boolean(strcmp(value, "true") == 0);
	default:
		return json_string(value);
	}
}

/* What is set, or holds without; fields without a value are left out. */
static void
add_traits(json_t *out, const struct ips_image_facts *image)
{
	for (size_t i = 0; i < ips_trait_count; i++) {
		const struct ips_trait_info *info = &ips_trait_table[i];
		const char *value = ips_image_trait(image, info->name);

		if (value != NULL)
			json_object_set_new(out, info->name, trait_value(info, value));
	}
	for (size_t i = 0; i < image->trait_count; i++)
		if (g_str_has_prefix(image->traits[i].name, SUPPORT))
			json_object_set_new(
			    out, image->traits[i].name, json_string(image->traits[i].value));
}

static void
add_text(json_t *out, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		json_object_set_new(out, name, json_string(value));
}

/* The content's own, as Image v2.7 names them; `checksum` would be MD5. The digest of an encrypted
 * file tells nothing of its content. */
static void
add_asset(json_t *out, const struct ips_asset *asset)
{
	json_object_set_new(out, "size", json_integer(asset->image->blob.size));
	json_object_set_new(
	    out, "__image_size", json_sprintf("%lld", (long long)asset->image->blob.size));
	if (!asset->image->blob.sealed) {
		json_object_set_new(out, "os_hash_algo", json_string("sha256"));
		json_object_set_new(out, "os_hash_value", json_string(asset->image->blob.digest));
	}
	json_object_set_new(out, "active_at", ims_time(asset->created));
}

json_t *
ims_image(struct ims *x, const struct ips_image_facts *image)
{
	const struct ips_asset *asset = image->asset;
	int64_t created = asset != NULL ? asset->created : image->job->created;
	json_t *out = json_object();

	json_object_set_new(out, "id", json_string(image->id));
	json_object_set_new(
	    out, "name", json_string(asset != NULL ? asset->name : image->job->name));
	json_object_set_new(out, "owner",
	    json_string(ips_service_id(x->service, x->mem, IPS_ID_PROJECT, x->call.company->id)));
	json_object_set_new(out, "visibility", json_string("private"));
	add_traits(out, image);
	add_text(
	    out, "__description", asset != NULL ? asset->description : image->job->description);
	add_text(out, "__system__cmkid", asset != NULL ? asset->image->key : image->job->cmk);
	if (asset != NULL)
		add_asset(out, asset);
	json_object_set_new(out, "tags", json_array());
	json_object_set_new(out, "created_at", ims_time(created));
	json_object_set_new(out, "updated_at", ims_time(asset != NULL ? asset->modified : created));
	json_object_set_new(out, "file", json_sprintf("/v2/images/%s/file", image->id));
	json_object_set_new(out, "self", json_sprintf("/v2/images/%s", image->id));
	json_object_set_new(out, "schema", json_string("/v2/schemas/image"));
	return out;
}

/* ---- Its schema ---- */

static const struct {
	const char *name, *type; /* of the fields that are no traits */
} fields[] = {
	{ "id", "string" },
	{ "name", "string" },
	{ "owner", "string" },
	{ "visibility", "string" },
	{ "__description", "string" },
	{ "size", "integer" },
	{ "__image_size", "string" },
	{ "__system__cmkid", "string" },
	{ "os_hash_algo", "string" },
	{ "os_hash_value", "string" },
	{ "created_at", "string" },
	{ "updated_at", "string" },
	{ "active_at", "string" },
	{ "file", "string" },
	{ "self", "string" },
	{ "schema", "string" },
};

static json_t *
property(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

static json_t *
image_schema(void)
{
	static const char *const types[] = {
		[IPS_TRAIT_TEXT] = "string",
		[IPS_TRAIT_INT] = "integer",
		[IPS_TRAIT_FLAG] = "boolean",
	};
	json_t *properties = json_object();

	for (size_t i = 0; i < IPS_NELEM(fields); i++)
		json_object_set_new(properties, fields[i].name, property(fields[i].type));
	for (size_t i = 0; i < ips_trait_count; i++)
		if (strcmp(ips_trait_table[i].name, SUPPORT) != 0)
			json_object_set_new(properties, ips_trait_table[i].name,
			    property(types[ips_trait_table[i].type]));
	json_object_set_new(properties, "tags",
	    json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "string"));
	return json_pack("{s:s, s:o, s:{s:s}, s:[{s:s, s:s}]}", "name", "image", "properties",
	    properties, "additionalProperties", "type", "string", "links", "href", "{self}", "rel",
	    "self");
}

void
ims_schema_image(struct ims *x)
{
	ims_answer(x, 200, image_schema());
}

void
ims_schema_images(struct ims *x)
{
	json_t *properties = json_pack("{s:{s:s, s:o}, s:o, s:o, s:o}", "images", "type", "array",
	    "items", image_schema(), "first", property("string"), "next", property("string"),
	    "schema", property("string"));

	ims_answer(x, 200,
	    json_pack("{s:s, s:o, s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}", "name", "images",
		"properties", properties, "links", "href", "{first}", "rel", "first", "href",
		"{next}", "rel", "next", "href", "{schema}", "rel", "describedby"));
}
