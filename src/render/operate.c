/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "render_priv.h"

bool
operate(struct job *job, const struct ips_ops *ops, struct ips_error *err)
{
	for (int i = 0, n; i < ops->count; i += n) {
		for (n = 0; i + n < ops->count && is_point_op(&ops->op[i + n]);)
			n++;
		if (!point_ops(job, &ops->op[i], n, err))
			return false;
	}
	return true;
}
