/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a parse knows on its way. */
#ifndef OPENIPS_MODIFIER_PARSE_H
#define OPENIPS_MODIFIER_PARSE_H

#include "modifier_priv.h"

struct effect {
	const struct ips_layer *parent;
	struct ips_layer own;
};

struct parser {
	struct ips_arena *mem;
	const struct ips_modifier_limits *limits;
	struct ips_error *err;
	struct ips_modifier *out;
	struct ips_layer **layer; /* [0] the composite, [1] layer 0, then as they come */
	int layers;
	struct ips_layer *current;
	struct effect *effect;  /* NULL: commands belong to the layer itself */
	GArray *effects;        /* pointers to these, as they come; NULL until the first */
	bool without_variables; /* values that hold any are passed over */
	GHashTable *names;      /* of layers; NULL until the first */
	struct variables vars;
};

/* settle.c: what is left of all that was said goes to out */
bool parser_settle(struct parser *p);

#endif
