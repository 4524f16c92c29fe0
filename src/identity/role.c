/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/identity.h"

#include <stdlib.h>
#include <string.h>

static const char *const role_names[] = {
	[IPS_ROLE_NONE] = "",
	[IPS_ROLE_ADMIN] = "IpsAdmin",
	[IPS_ROLE_COMPANY_ADMIN] = "IpsCompanyAdmin",
	[IPS_ROLE_USER] = "IpsUser",
	[IPS_ROLE_WEB_SERVICE_USER] = "WebServiceUser",
	[IPS_ROLE_TRIAL_SITE_ADMIN] = "TrialSiteAdmin",
	[IPS_ROLE_TRIAL_SITE_USER] = "TrialSiteUser",
	[IPS_ROLE_PORTAL_ADMIN] = "ImagePortalAdmin",
	[IPS_ROLE_PORTAL_USER] = "ImagePortalUser",
	[IPS_ROLE_PORTAL_CONTRIB] = "ImagePortalContrib",
	[IPS_ROLE_PORTAL_CONTRIB_USER] = "ImagePortalContribUser",
};
_Static_assert(IPS_NELEM(role_names) == IPS_ROLE_COUNT, "every role needs a name");

/* The letters of operation.def. */
enum {
	A = 1 << IPS_ROLE_ADMIN,
	C = 1 << IPS_ROLE_COMPANY_ADMIN,
	U = 1 << IPS_ROLE_USER,
	TA = 1 << IPS_ROLE_TRIAL_SITE_ADMIN,
	TU = 1 << IPS_ROLE_TRIAL_SITE_USER,
	PA = 1 << IPS_ROLE_PORTAL_ADMIN,
	PU = 1 << IPS_ROLE_PORTAL_USER,
	PC = 1 << IPS_ROLE_PORTAL_CONTRIB,
	PCU = 1 << IPS_ROLE_PORTAL_CONTRIB_USER,
};

static const struct ips_operation_info operations[] = {
#define OPERATION(name, roles, required) { #name, required, roles },
#include "openips/operation.def"
#undef OPERATION
};
_Static_assert(IPS_NELEM(operations) == IPS_OP_COUNT, "every operation needs a row");

const char *
ips_role_name(enum ips_role role)
{
	return (unsigned)role < IPS_ROLE_COUNT ? role_names[role] : "";
}

bool
ips_role_parse(const char *name, enum ips_role *out)
{
	for (int i = IPS_ROLE_NONE + 1; i < IPS_ROLE_COUNT; i++) {
		if (strcmp(role_names[i], name) == 0) {
			*out = (enum ips_role)i;
			return true;
		}
	}
	return false;
}

bool
ips_role_is_portal(enum ips_role role)
{
	return role >= IPS_ROLE_PORTAL_ADMIN && role <= IPS_ROLE_PORTAL_CONTRIB_USER;
}

const struct ips_operation_info *
ips_operation_info(enum ips_operation op)
{
	return (unsigned)op < IPS_OP_COUNT ? &operations[op] : NULL;
}

/* Order of names that need no final NUL. */
static int
compare_name(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, MIN(a_len, b_len));

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int
compare_rows(const void *a, const void *b)
{
	return strcmp((*(const struct ips_operation_info *const *)a)->name,
	    (*(const struct ips_operation_info *const *)b)->name);
}

/* The rows by name: made once, constant from then on. operation.def keeps the order of the
 * reference, so that it can be read beside it. */
static const struct ips_operation_info **
rows_by_name(void)
{
	static const struct ips_operation_info *sorted[IPS_OP_COUNT];
	static gsize once;

	if (g_once_init_enter(&once)) {
		for (size_t i = 0; i < IPS_OP_COUNT; i++)
			sorted[i] = &operations[i];
		qsort(sorted, IPS_OP_COUNT, sizeof(sorted[0]), compare_rows);
		g_once_init_leave(&once, 1);
	}
	return sorted;
}

bool
ips_operation_find(const char *name, size_t len, enum ips_operation *out)
{
	const struct ips_operation_info **rows = rows_by_name();
	size_t low = 0, high = IPS_OP_COUNT;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = compare_name(name, len, rows[mid]->name, strlen(rows[mid]->name));
		if (order == 0) {
			*out = (enum ips_operation)(rows[mid] - operations);
			return true;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

bool
ips_role_may(enum ips_role role, enum ips_operation op)
{
	if (role <= IPS_ROLE_NONE || role >= IPS_ROLE_COUNT || (unsigned)op >= IPS_OP_COUNT)
		return false;
	return (operations[op].roles & 1u << role) != 0;
}
