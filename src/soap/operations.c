/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The operations that are offered: a row each. What is published beyond them has an empty row and
 * is refused by name. */
#include "soap_priv.h"

/* The stubs' functions are typed by operation; these give them one form. */
#define OFFERED(X)                                                                                 \
	X(copyImage, copy_image)                                                                   \
	X(getCompanyInfo, get_company_info)                                                        \
	X(getCompanyMembership, get_company_membership)                                            \
	X(checkLogin, check_login)                                                                 \
	X(getFolders, get_folders)                                                                 \
	X(getFolderTree, get_folder_tree)                                                          \
	X(getAssets, get_assets)                                                                   \
	X(getAssetsByName, get_assets_by_name)                                                     \
	X(searchAssets, search_assets)

#define STUBS(name, function)                                                                      \
	static void *get_##name(struct soap *gsoap)                                                \
	{                                                                                          \
		return soap_get__ips__##name##Param(gsoap, NULL, "ips:" #name "Param", NULL);      \
	}                                                                                          \
	static int put_##name(struct soap *gsoap, const void *value)                               \
	{                                                                                          \
		return soap_put__ips__##name##Return(gsoap, value, "ips:" #name "Return", NULL);   \
	}
OFFERED(STUBS)

#define ROW(name, function) [IPS_OP_##name] = { function, get_##name, put_##name },
const struct operation operations[IPS_OP_COUNT] = { OFFERED(ROW) };
