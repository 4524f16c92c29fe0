/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* From the text a client sent to the text that is read: lock, obfuscation, macros, and the
 * modifiers that the catalog keeps with a picture. */
#include "service_priv.h"

/* `until`, if not NULL: those before the company's own macro of this name. */
static bool
find_macros(struct ips_service *service, struct ips_arena *mem, int64_t company, const char *until,
    struct ips_surroundings *around, struct ips_error *err)
{
	const struct ips_setting *set;
	size_t count;

	if (!ips_catalog_macros(service->catalog, mem, company, &set, &count, err))
		return false;
	struct ips_macro *macro = IPS_NEW_N(mem, struct ips_macro, count + 1);
	around->macro = macro;
	for (size_t i = 0; i < count; i++) {
		if (until != NULL && set[i].company == company &&
		    g_ascii_strcasecmp(set[i].name, until) == 0)
			break;
		macro[around->macros++] = (struct ips_macro){ set[i].name, set[i].value };
	}
	return true;
}

bool
ips_service_surround(struct ips_service *service, struct ips_arena *mem, int64_t company,
    struct ips_surroundings *around, const char *text, const char **out, struct ips_error *err)
{
	bool calls = ips_modifier_has_calls(text) || ips_modifier_has_calls(around->prefix) ||
		     ips_modifier_has_calls(around->postfix);

	if (calls && !find_macros(service, mem, company, NULL, around, err))
		return false;
	return ips_modifier_surround(mem, text, around, out, err);
}

bool
ips_service_query(struct ips_service *service, struct ips_arena *mem, const char *company_name,
    const char *query, const char **out, struct ips_error *err)
{
	const struct ips_company *company = NULL;
	const struct ips_attributes *attributes;
	struct ips_surroundings around = { .macro = NULL };

	if (company_name != NULL &&
	    !ips_catalog_company_named(service->catalog, mem, company_name, &company, err))
		return false;
	int64_t id = company != NULL ? company->id : IPS_DEFAULT_CATALOG;
	if (!ips_service_attributes(service, mem, id, &attributes, err))
		return false;
	const struct ips_value *const *a = attributes->value;
	return ips_modifier_unlock(mem, query, a[IPS_ATTRIBUTE_REQUEST_OBFUSCATION]->number[0] != 0,
		   a[IPS_ATTRIBUTE_REQUEST_LOCK]->number[0] != 0, &query, err) &&
	       ips_service_surround(service, mem, id, &around, query, out, err);
}

/* ---- Macros ---- */

bool
ips_service_macro_set(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *name, const char *definition, struct ips_error *err)
{
	struct ips_setting macro = { company, name, definition };
	struct ips_surroundings around = { .macro = NULL };
	const char *text;

	if (!ips_macro_name_valid(name))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "'%s' cannot name a macro: letters, digits, '-', '_' and '.' can", name);
	if (definition == NULL)
		return ips_catalog_macro_set(service->catalog, &macro, err);
	/* A macro that is defined again may call only what stands before its place. */
	return find_macros(service, mem, company, name, &around, err) &&
	       ips_modifier_surround(mem, definition, &around, &text, err) &&
	       ips_modifier_validate(mem, text, err) &&
	       ips_catalog_macro_set(service->catalog, &macro, err);
}
