/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The answer of req=set as a tree, in both of its forms. Lives as long as the arena. */
#ifndef SERVICE_SET_TREE_H
#define SERVICE_SET_TREE_H

#include "openips/base.h"

struct node {
	const char *name;
	struct node *next, *child, *last_child;
	struct pair {
		struct pair *next;
		const char *name, *value;
	} * pair, *last_pair;
};

struct node *node_new(struct ips_arena *mem, struct node *parent, const char *name);
const char *node_get(const struct node *node, const char *name); /* NULL: not set */
void node_set(struct ips_arena *mem, struct node *node, const char *name, const char *value);
void tree_xml(const struct node *node, GString *out);
void tree_json(const struct node *node, GString *out);

#endif
