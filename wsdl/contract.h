/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the build makes of ips.xsd, beside gSOAP's stubs: the published documents and a table of all
 * fields, so that a reply can be cut to a selection or a version without knowing its type. */
#ifndef OPENIPS_CONTRACT_H
#define OPENIPS_CONTRACT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define IPS_CONTRACT_FOREVER INT_MAX

/* Versions are dates as numbers, 20140403; the unversioned one is 0. */

enum ips_contract_kind {
	IPS_CONTRACT_string,
	IPS_CONTRACT_int,
	IPS_CONTRACT_long,
	IPS_CONTRACT_double,
	IPS_CONTRACT_boolean,
	IPS_CONTRACT_dateTime,
	IPS_CONTRACT_base64Binary,
	IPS_CONTRACT_STRUCT
};

struct ips_contract_field {
	const char *name;
	/* false: the member is a pointer, NULL when absent (base64Binary: a structure in place, whose first
	 * member is such a pointer). true: the member points to an array, whose
	 * length is an int that is the structure's first member. */
	bool repeated;
	enum ips_contract_kind kind;
	const struct ips_contract_shape *shape; /* of STRUCT */
	size_t offset;
	int since, until; /* exists in [since, until) */
};
struct ips_contract_shape { size_t size; const struct ips_contract_field *fields; size_t field_count; };

/* In published order. */
struct ips_contract_operation {
	const char *name;
	const struct ips_contract_shape *param, *result;
	int since, until;
};
extern const struct ips_contract_operation ips_contract_operations[];
extern const size_t ips_contract_operation_count;

/* The published documents, oldest first. The address is IPS_CONTRACT_ADDRESS in two places. */
#define IPS_CONTRACT_ADDRESS "@ADDRESS@"
struct ips_contract_document { const char *version; /* "" or "2014-04-03" */ const char *text, *end; };
extern const struct ips_contract_document ips_contract_documents[];
extern const size_t ips_contract_document_count;

#endif
