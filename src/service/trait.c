/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* Source: the image object of the vendor's API. What a copy takes over is said there for system and
 * firmware; state, protection and origin are its own. */
#define SUPPORT "__support_"

#define OWN       false, false
#define OWN_SET   false, true
#define INHERITED true, false
#define BOTH      true, true

const struct ips_trait_info ips_trait_table[] = {
	{ "status", IPS_TRAIT_TEXT, "active", OWN },
	{ "protected", IPS_TRAIT_FLAG, "false", OWN_SET },
	{ "min_disk", IPS_TRAIT_INT, "1", INHERITED },
	{ "min_ram", IPS_TRAIT_INT, "0", BOTH },
	{ "max_ram", IPS_TRAIT_TEXT, "0", BOTH },
	{ "container_format", IPS_TRAIT_TEXT, "bare", INHERITED },
	{ "disk_format", IPS_TRAIT_TEXT, "raw", INHERITED },
	{ "virtual_env_type", IPS_TRAIT_TEXT, "FusionCompute", INHERITED },
	{ "enterprise_project_id", IPS_TRAIT_TEXT, "0", OWN },
	{ "hw_firmware_type", IPS_TRAIT_TEXT, NULL, BOTH },
	{ "hw_vif_multiqueue_enabled", IPS_TRAIT_TEXT, NULL, BOTH },
	{ "__backup_id", IPS_TRAIT_TEXT, "", OWN },
	{ "__data_origin", IPS_TRAIT_TEXT, NULL, OWN },
	{ "__image_source_type", IPS_TRAIT_TEXT, "uds", OWN },
	{ "__imagetype", IPS_TRAIT_TEXT, "private", OWN },
	{ "__is_config_init", IPS_TRAIT_TEXT, "false", BOTH },
	{ "__isregistered", IPS_TRAIT_TEXT, "true", OWN },
	{ "__lazyloading", IPS_TRAIT_TEXT, NULL, INHERITED },
	{ "__originalimagename", IPS_TRAIT_TEXT, NULL, OWN },
	{ "__os_bit", IPS_TRAIT_TEXT, NULL, BOTH },
	{ "__os_feature_list", IPS_TRAIT_TEXT, NULL, INHERITED },
	{ "__os_type", IPS_TRAIT_TEXT, NULL, BOTH },
	{ "__os_version", IPS_TRAIT_TEXT, NULL, BOTH },
	{ "__platform", IPS_TRAIT_TEXT, NULL, BOTH },
	{ SUPPORT, IPS_TRAIT_TEXT, NULL, BOTH },
	{ "__whole_image", IPS_TRAIT_FLAG, NULL, OWN },
};
const size_t ips_trait_count = IPS_NELEM(ips_trait_table);

const struct ips_trait_info *
ips_trait_info(const char *name)
{
	for (size_t i = 0; i < ips_trait_count; i++)
		if (strcmp(name, ips_trait_table[i].name) == 0 ||
		    (strcmp(SUPPORT, ips_trait_table[i].name) == 0 &&
			g_str_has_prefix(name, SUPPORT)))
			return &ips_trait_table[i];
	return NULL;
}

bool
ips_trait_valid(const struct ips_trait_info *info, const char *value)
{
	size_t len = strlen(value);
	int64_t number;

	switch (info->type) {
	case IPS_TRAIT_INT:
		return ips_parse_int(value, len, 0, INT32_MAX, &number);
	case IPS_TRAIT_FLAG:
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
	default:
		return len <= 1024 && ips_utf8_valid(value, len);
	}
}

const char *
ips_image_trait(const struct ips_image_facts *image, const char *name)
{
	const struct ips_trait_info *info = ips_trait_info(name);

	for (size_t i = 0; i < image->trait_count; i++)
		if (strcmp(image->traits[i].name, name) == 0)
			return image->traits[i].value;
	return info != NULL ? info->fallback : NULL;
}

bool
ips_traits_inherited(struct ips_service *service, struct ips_arena *mem, int64_t source,
    const struct ips_trait **out, size_t *count, struct ips_error *err)
{
	const char *id = ips_service_uuid(service, mem, source);
	const struct ips_trait *set;
	struct ips_trait *list;
	size_t n, kept = 0;

	if (!ips_catalog_traits(service->catalog, mem, source, &set, &n, err))
		return false;
	list = IPS_NEW_N(mem, struct ips_trait, n + 2);
	for (size_t i = 0; i < n; i++) {
		const struct ips_trait_info *info = ips_trait_info(set[i].name);

		if (info != NULL && info->inherited)
			list[kept++] = set[i];
	}
	list[kept++] = (struct ips_trait){ "__originalimagename", id };
	list[kept++] = (struct ips_trait){ "__data_origin",
		ips_arena_printf(mem, "image,%s,%s", IPS_REGION, id) };
	*out = list;
	*count = kept;
	return true;
}
