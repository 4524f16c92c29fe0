/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "soap_priv.h"

bool
copy_image(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__copyImageParam *in = param;
	struct _ips__copyImageReturn *out = reply;
	struct ips_copy copy = {
		.asset_handle = text_field(work->mem, in->assetHandle),
		.folder_handle = text_field(work->mem, in->folderHandle),
		.name = text_field(work->mem, in->name),
		.url_modifier = text_field(work->mem, in->urlModifier),
	};
	const char *handle;

	if (!ips_service_copy(work->service, work->call, &copy, &handle, err))
		return false;
	out->assetHandle = text_field(work->mem, handle);
	return true;
}
