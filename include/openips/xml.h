/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A strict, bounded reader of XML. Alone knows libxml2.
 *
 * Refuses what gSOAP's own parser lets through: ill-formed text, DTDs, invalid UTF-8, bombs of
 * depth, attributes and names (docs: gSOAP 2.8 measured). No network, no entities but the five.
 * Thread rule: a reader belongs to one thread; nodes live until the reader's next document. */
#ifndef OPENIPS_XML_H
#define OPENIPS_XML_H

#include "openips/base.h"

struct ips_xml;      /* a reader that can be used again and again */
struct ips_xml_node; /* an element */

struct ips_xml_limits {
	size_t bytes;
	int depth;
	int elements;
	int attributes; /* of one element, namespace declarations included */
};

struct ips_xml *ips_xml_new(const struct ips_xml_limits *limits);
void ips_xml_free(struct ips_xml *xml); /* NULL is fine */

/* Faults: IPS_INVALID_REQUEST_XML with what is wrong and the line, in words of ours that quote
 * nothing of the text; also where a limit is passed. The encoding is that of the byte order mark or
 * declaration (UTF-8, UTF-16, ISO-8859-1), else UTF-8. Beyond the reader's limits the library has
 * its own: 256 levels, 10 MB in one text, 50,000 bytes in one name. */
bool ips_xml_parse(struct ips_xml *xml, const char *text, size_t len,
    const struct ips_xml_node **root, struct ips_error *err) IPS_MUST_USE;

const char *ips_xml_name(const struct ips_xml_node *node); /* local name */
const char *ips_xml_uri(const struct ips_xml_node *node);  /* namespace, "" if none */
const struct ips_xml_node *ips_xml_child(const struct ips_xml_node *node);  /* first child element */
const struct ips_xml_node *ips_xml_next(const struct ips_xml_node *node);   /* next sibling element */
/* Text directly inside the element; NULL if it holds elements; "" if it is empty. */
const char *ips_xml_text(const struct ips_xml_node *node, struct ips_arena *mem);
/* It has an attribute mustUnderstand of that namespace that says 1 or true. */
bool ips_xml_must_understand(const struct ips_xml_node *node, const char *soap_uri);
/* The document again, as UTF-8: what a binding engine may read safely. Where the input was UTF-8
 * already it is that input, to be kept as long, and only a byte order mark is left out; other
 * encodings lose their declaration. References beyond U+FFFF are written out, as gSOAP garbles
 * them. NULL after a refusal. */
const char *ips_xml_utf8(const struct ips_xml *xml, size_t *len);

/* ---- SVG ---- */

#define IPS_SVG_MAX (1024 * 1024) /* bytes of a file: as published */

/* The value of a variable; NULL: there is none, and what names it stays. */
typedef const char *ips_svg_lookup(void *arg, const char *name, size_t len);
/* Fills in $name$ in attributes and in the words of text elements. *out NULL: there was nothing to fill
 * in; else it lives as long as mem. lookup NULL: the file is only checked, as far as variables let it.
 * Faults: IPS_BROKEN_IMAGE, IPS_LIMIT, and IPS_INVALID_PARAMETER for what refers to anything outside.
 * Thread rule: none but that of mem. */
bool ips_svg_fill(struct ips_arena *mem, const char *text, size_t len, ips_svg_lookup *lookup,
    void *arg, const char **out, size_t *out_len, struct ips_error *err) IPS_MUST_USE;

#endif
