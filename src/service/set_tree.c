/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "set_tree.h"

#include <string.h>

struct node *
node_new(struct ips_arena *mem, struct node *parent, const char *name)
{
	struct node *node = IPS_NEW(mem, struct node);

	node->name = name;
	if (parent != NULL && parent->last_child != NULL)
		parent->last_child->next = node;
	else if (parent != NULL)
		parent->child = node;
	if (parent != NULL)
		parent->last_child = node;
	return node;
}

static struct pair *
find_pair(const struct node *node, const char *name)
{
	for (struct pair *pair = node->pair; pair != NULL; pair = pair->next)
		if (strcmp(pair->name, name) == 0)
			return pair;
	return NULL;
}

const char *
node_get(const struct node *node, const char *name)
{
	const struct pair *pair = find_pair(node, name);

	return pair != NULL ? pair->value : NULL;
}

void
node_set(struct ips_arena *mem, struct node *node, const char *name, const char *value)
{
	struct pair *pair = find_pair(node, name);

	if (pair != NULL) {
		pair->value = value;
		return;
	}
	pair = IPS_NEW(mem, struct pair);

	*pair = (struct pair){ NULL, name, value };
	if (node->last_pair != NULL)
		node->last_pair->next = pair;
	else
		node->pair = pair;
	node->last_pair = pair;
}

void
tree_xml(const struct node *node, GString *out)
{
	g_string_append_printf(out, "<%s", node->name);
	for (const struct pair *pair = node->pair; pair != NULL; pair = pair->next) {
		g_autofree char *value = g_markup_escape_text(pair->value, -1);
		g_string_append_printf(out, " %s=\"%s\"", pair->name, value);
	}
	if (node->child == NULL) {
		g_string_append(out, "/>\n");
		return;
	}
	g_string_append(out, ">\n");
	for (const struct node *child = node->child; child != NULL; child = child->next)
		tree_xml(child, out);
	g_string_append_printf(out, "</%s>\n", node->name);
}

static void
write_string(const char *text, GString *out)
{
	g_string_append_c(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f || c == '<')
			g_string_append_printf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else
			g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
}

/* Elements of one name come together: one is an object, several are a list. */
static void
write_children(const struct node *node, bool *first, GString *out)
{
	static const char *const names[] = { "item", "set", "i", "s" };

	for (size_t i = 0; i < IPS_NELEM(names); i++) {
		size_t count = 0, done = 0;

		for (const struct node *c = node->child; c != NULL; c = c->next)
			count += strcmp(c->name, names[i]) == 0;
		if (count == 0)
			continue;
		g_string_append_printf(
		    out, "%s\"%s\":%s", *first ? "" : ",", names[i], count > 1 ? "[" : "");
		*first = false;
		for (const struct node *c = node->child; c != NULL; c = c->next) {
			if (strcmp(c->name, names[i]) != 0)
				continue;
			g_string_append(out, done++ > 0 ? "," : "");
			tree_json(c, out);
		}
		g_string_append(out, count > 1 ? "]" : "");
	}
}

void
tree_json(const struct node *node, GString *out)
{
	bool first = true;

	g_string_append_c(out, '{');
	for (const struct pair *pair = node->pair; pair != NULL; pair = pair->next) {
		g_string_append_printf(out, "%s\"%s\":", first ? "" : ",", pair->name);
		write_string(pair->value, out);
		first = false;
	}
	write_children(node, &first, out);
	g_string_append_c(out, '}');
}
