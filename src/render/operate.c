/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A list of operations: neighbours that see one pixel at a time share a pass. */
#include "render_priv.h"

#include <string.h>

static int
points_from(const struct ips_ops *ops, int first)
{
	int n = first;

	while (n < ops->count && is_point_op(&ops->op[n]) && (n == first || !ops->op[n].norm))
		n++;
	return n - first;
}

/* What was measured goes ahead of the rest, in the same pass. */
static bool
measured_points(struct job *job, const struct ips_op *op, int count, struct ips_error *err)
{
	struct ips_op *all = VIPS_ARRAY(job->scope, count + 1, struct ips_op);

	memcpy(all + 1, op, (size_t)count * sizeof(*op));
	return compensation(job, op, all, err) && point_ops(job, all, count + 1, err);
}

static bool
neighbours(struct job *job, const struct ips_op *op, struct ips_error *err)
{
	return op->kind == IPS_OP_GROW ? grow(job, op->radius, err) : unsharp(job, op, err);
}

bool
operate(struct job *job, const struct ips_ops *ops, struct ips_error *err)
{
	for (int i = 0, n; i < ops->count; i += MAX(n, 1)) {
		const struct ips_op *op = &ops->op[i];
		n = points_from(ops, i);
		bool done = n == 0     ? neighbours(job, op, err)
			    : op->norm ? measured_points(job, op, n, err)
				       : point_ops(job, op, n, err);
		if (!done)
			return false;
	}
	return true;
}
