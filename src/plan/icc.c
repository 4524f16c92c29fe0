/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/plan.h"

#include <string.h>

static bool
is_named(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = names; at != NULL; at = strchr(at, '|')) {
		at += *at == '|';
		if (strcspn(at, "|") == len && g_ascii_strncasecmp(at, name, len) == 0)
			return true;
	}
	return false;
}

static const struct ips_icc *
find(const struct ips_icc_list *list, const char *name)
{
	for (int i = 0; i < list->count; i++)
		if (is_named(list->item[i].names, name))
			return &list->item[i];
	return NULL;
}

const struct ips_icc *
ips_icc_find(const struct ips_icc_list *list, const char *name)
{
	const char *slash = strchr(name, '/');

	if (list == NULL || *name == '\0')
		return NULL;
	/* "PAL/SECAM" is a name, "myProfiles/sRGB" a name in a catalog. */
	const struct ips_icc *icc = find(list, name);
	return icc == NULL && slash != NULL && slash[1] != '\0' ? find(list, slash + 1) : icc;
}
