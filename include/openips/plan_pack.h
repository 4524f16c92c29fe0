/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A plan as one block of bytes, for another process of the same program. Thread rule: pure. */
#ifndef OPENIPS_PLAN_PACK_H
#define OPENIPS_PLAN_PACK_H

#include "openips/plan.h"

/* Everything that the plan leads to, but for what plan alone reads: the commands of layers and the
 * texts of nested requests. What was shared is shared in the copy. */
GByteArray *ips_plan_pack(const struct ips_plan *plan);

/* The plan lies in the block, which is changed, has to be aligned as malloc aligns, and outlives it.
 * NULL if this is not what ips_plan_pack made; that it was made by friends has to be known. */
const struct ips_plan *ips_plan_unpack(void *block, size_t len);

/* Whether two plans lead to the same values, pointers aside. */
bool ips_plan_equal(const struct ips_plan *a, const struct ips_plan *b);

#endif
