/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Substitution variables of SVG files, and what such a file may refer to. Source: "SVG support". */
#include "xml_priv.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define MAX_FILLED     ((size_t)4 << 20)
#define MAX_ATTRIBUTES 256 /* of an element: the library compares each with all others */

struct filler {
	struct ips_arena *mem;
	ips_svg_lookup *lookup; /* NULL: nothing is filled in */
	void *arg;
	size_t room;
	bool changed;
	struct ips_error *err;
};

/* ---- Variables ---- */

static bool
is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
}

/* XML has no way to say other control characters. */
static bool
is_sayable(const char *value)
{
	if (!g_utf8_validate(value, -1, NULL))
		return false;
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < 0x20 && strchr("\t\n\r", *value) == NULL)
			return false;
	return true;
}

static bool
insert(struct filler *f, const char *name, size_t len, const char *value, GString *out)
{
	size_t size = strlen(value);

	if (!is_sayable(value))
		return ips_fail(f->err, IPS_INVALID_PARAMETER,
		    "$%.*s=: this value cannot stand in an SVG file: it must be UTF-8 without "
		    "control characters",
		    (int)len, name);
	if (size > f->room)
		return ips_fail(f->err, IPS_LIMIT,
		    "the SVG file is too large once its variables are filled in");
	f->room -= size;
	g_string_append(out, value);
	return f->changed = true;
}

/* What is inserted is not searched again, and names without a value stay. */
static bool
fill_text(struct filler *f, const char *text, GString *out)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "$"), len = 0;

		g_string_append_len(out, text, (gssize)plain);
		text += plain;
		if (*text == '\0')
			break;
		while (is_name_char(text[1 + len]))
			len++;
		const char *value =
		    len > 0 && text[1 + len] == '$' ? f->lookup(f->arg, text + 1, len) : NULL;
		if (value == NULL) {
			g_string_append_len(out, text, (gssize)len + 1);
			text += len + 1;
			continue;
		}
		if (!insert(f, text + 1, len, value, out))
			return false;
		text += len + 2;
	}
	return true;
}

/* Also a part of an attribute's value. */
static bool
fill_node(struct filler *f, xmlNodePtr node)
{
	g_autoptr(GString) out = g_string_new(NULL);

	if (f->lookup == NULL || node->content == NULL ||
	    strchr((const char *)node->content, '$') == NULL)
		return true;
	if (!fill_text(f, (const char *)node->content, out))
		return false;
	xmlNodeSetContent(node, NULL);
	xmlNodeAddContentLen(node, BAD_CAST out->str, (int)out->len);
	return true;
}

/* ---- References ---- */

/* Into the file itself, or still open because of a variable. */
static bool
stays_inside(const struct filler *f, const char *at)
{
	at += strspn(at, " \t\r\n\f\"'");
	return (f->lookup == NULL && strchr(at, '$') != NULL) || *at == '\0' || *at == '#' ||
	       g_ascii_strncasecmp(at, "data:", 5) == 0;
}

static bool
refuse(struct filler *f, const char *at)
{
	return ips_fail(f->err, IPS_INVALID_PARAMETER,
	    "the SVG file refers to '%.60s': only what is in the file itself can be used, "
	    "by '#' or 'data:'",
	    at + strspn(at, " \t\r\n"));
}

/* What a style sheet, or an attribute that is a part of one, takes from elsewhere. */
static bool
check_style(struct filler *f, const char *text)
{
	for (const char *at = text; (at = strchr(at, '@')) != NULL; at++)
		if (g_ascii_strncasecmp(at, "@import", 7) == 0)
			return refuse(f, at);
	for (const char *at = text; (at = strchr(at, '(')) != NULL; at++)
		if (at - text >= 3 && g_ascii_strncasecmp(at - 3, "url", 3) == 0 &&
		    !stays_inside(f, at + 1))
			return refuse(f, at - 3);
	return true;
}

/* A link says where to go, not what to show. */
static bool
check_attribute(struct filler *f, xmlNodePtr element, xmlAttrPtr attribute)
{
	bool refers = strcmp((const char *)attribute->name, "href") == 0 &&
		      strcmp((const char *)element->name, "a") != 0;
	xmlChar *value = xmlNodeListGetString(element->doc, attribute->children, 1);
	const char *text = value != NULL ? (const char *)value : "";
	bool good = (!refers || stays_inside(f, text) || refuse(f, text)) && check_style(f, text);

	xmlFree(value);
	return good;
}

/* Only plain text may be made of an entity, so that none names a file or grows out of others; and
 * what an attribute is where it is not given counts as if it were. */
static bool
check_declaration(struct filler *f, xmlNodePtr node)
{
	const xmlEntity *entity = (const xmlEntity *)node;
	const xmlAttribute *attribute = (const xmlAttribute *)node;

	if (node->type == XML_ENTITY_DECL &&
	    (entity->etype != XML_INTERNAL_GENERAL_ENTITY || entity->content == NULL ||
		strchr((const char *)entity->content, '&') != NULL))
		return ips_fail(f->err, IPS_INVALID_PARAMETER,
		    "the SVG file declares '%.60s': an entity must be plain text",
		    (const char *)entity->name);
	if (node->type != XML_ATTRIBUTE_DECL || attribute->defaultValue == NULL)
		return true;
	const char *value = (const char *)attribute->defaultValue;
	return (strcmp((const char *)attribute->name, "href") != 0 || stays_inside(f, value) ||
		   refuse(f, value)) &&
	       check_style(f, value);
}

static bool
check_prolog(struct filler *f, xmlDocPtr doc)
{
	xmlNodePtr node;

	for (node = doc->children; node != NULL; node = node->next)
		if (node->type == XML_PI_NODE &&
		    strcmp((const char *)node->name, "xml-stylesheet") == 0)
			return refuse(f, node->content ? (const char *)node->content : "");
	node = doc->intSubset != NULL ? doc->intSubset->children : NULL;
	for (; node != NULL; node = node->next)
		if (!check_declaration(f, node))
			return false;
	return true;
}

/* The library writes them out as they are, which would be no XML. */
static bool
check_namespaces(struct filler *f, xmlNodePtr element)
{
	for (const xmlNs *ns = element->nsDef; ns != NULL; ns = ns->next)
		if (ns->href != NULL && strchr((const char *)ns->href, '<') != NULL)
			return ips_fail(f->err, IPS_BROKEN_IMAGE,
			    "The SVG file declares '%.60s', which is no namespace.",
			    (const char *)ns->href);
	return true;
}

static bool
visit_attributes(struct filler *f, xmlNodePtr element)
{
	if (!check_namespaces(f, element))
		return false;
	for (xmlAttrPtr a = element->properties; a != NULL; a = a->next) {
		for (xmlNodePtr part = a->children; part != NULL; part = part->next)
			if (part->type == XML_TEXT_NODE && !fill_node(f, part))
				return false;
		if (!check_attribute(f, element, a))
			return false;
	}
	return true;
}

static bool
is_text(xmlNodePtr node)
{
	for (; node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent)
		if (strcmp((const char *)node->name, "text") == 0)
			return true;
	return false;
}

/* The next node in the order of the file; entities are not entered. */
static xmlNodePtr
next_node(xmlNodePtr node)
{
	if (node->type == XML_ELEMENT_NODE && node->children != NULL)
		return node->children;
	while (node != NULL && node->next == NULL)
		node = node->parent;
	return node != NULL ? node->next : NULL;
}

static bool
visit(struct filler *f, xmlNodePtr node)
{
	for (; node != NULL; node = next_node(node)) {
		bool words = node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;

		if (node->type == XML_ELEMENT_NODE && !visit_attributes(f, node))
			return false;
		if (words && is_text(node->parent) && !fill_node(f, node))
			return false;
		if (words && strcmp((const char *)node->parent->name, "style") == 0 &&
		    !check_style(f, (const char *)node->content))
			return false;
	}
	return true;
}

/* ---- Files ---- */

static xmlDocPtr
parse(const struct document *in)
{
	xmlParserCtxtPtr parser = xmlNewParserCtxt();
	/* No network, no external document types; entities stay what they are. */
	xmlDocPtr doc = xmlCtxtReadMemory(parser, in->text, (int)in->len, NULL, "UTF-8",
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

	xmlFreeParserCtxt(parser);
	return doc;
}

static bool
read_document(const char *text, size_t len, xmlDocPtr *out, struct ips_error *err)
{
	struct document in = { 0 };
	struct ips_error why = { .fault = IPS_OK };

	bool good = xml_decode(text, len, &in, &why) && xml_scan(&in, MAX_ATTRIBUTES, true, &why);
	*out = good ? parse(&in) : NULL;
	g_free(in.copy);
	if (!good)
		return ips_fail(
		    err, IPS_BROKEN_IMAGE, "The SVG file cannot be read: %s", why.reason);
	return *out != NULL ||
	       ips_fail(err, IPS_BROKEN_IMAGE, "The SVG file is not well-formed XML.");
}

static void
write_document(struct filler *f, xmlDocPtr doc, const char **out, size_t *out_len)
{
	xmlChar *text = NULL;
	int len = 0;

	xmlDocDumpMemoryEnc(doc, &text, &len, "UTF-8");
	*out = ips_arena_strndup(f->mem, (const char *)text, (size_t)len);
	*out_len = (size_t)len;
	xmlFree(text);
}

bool
ips_svg_fill(struct ips_arena *mem, const char *text, size_t len, ips_svg_lookup *lookup, void *arg,
    const char **out, size_t *out_len, struct ips_error *err)
{
	struct filler f = { mem, lookup, arg, MAX_FILLED, false, err };

	if (len > IPS_SVG_MAX)
		return ips_fail(err, IPS_LIMIT, "An SVG file may have %d kilobytes at most.",
		    IPS_SVG_MAX / 1024);
	xmlDocPtr doc;
	if (!read_document(text, len, &doc, err))
		return false;
	bool done = check_prolog(&f, doc) && visit(&f, xmlDocGetRootElement(doc));
	*out = NULL;
	if (done && f.changed)
		write_document(&f, doc, out, out_len);
	xmlFreeDoc(doc);
	return done;
}
