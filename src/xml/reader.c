/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "xml_priv.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

/* Every reference to a prefix walks the declarations in scope, so their number is a matter of time.
 * Toolkits declare some twenty. */
#define NAMESPACES_MAX 256

/* The parser keeps all names it has ever seen: a new one takes over when strangers have fed it. */
#define DICT_NAMES_MAX 4096
#define DICT_BYTES_MAX ((size_t)256 * 1024)

#define TEXT_BYTES_KEPT ((size_t)64 * 1024)

/* name and uri belong to the parser's dictionary, all else to the reader's arena. */
struct ips_xml_node {
	const char *name, *uri;
	struct ips_xml_node *parent, *child, *last, *next;
	const char *text;
	const char *must_understand; /* the namespace in which it says so, or NULL */
};

/* Instead of the library's tree, with its node for each attribute, blank and comment, the reader
 * builds one that holds only what can be asked for: some 20 bytes of memory for each byte of a
 * hostile request, not hundreds. */
struct ips_xml {
	struct ips_xml_limits limits;
	xmlParserCtxtPtr parser;
	struct document doc;

	struct ips_arena *mem;
	struct ips_xml_node *root, *open; /* open: the element whose content is being read */
	GString *input;                   /* the document with a NUL at its end */
	GString *text;                    /* since the last tag */
	int depth, elements;

	bool failed;
	struct ips_error *err; /* of the call in progress; NULL is fine */
};

/* ---- Errors ---- */

static const struct {
	int code;
	const char *words;
} words[] = {
	{ XML_ERR_DOCUMENT_EMPTY, "The document has no element." },
	{ XML_ERR_DOCUMENT_END,
	    "There is something after the document's end, or the end is missing." },
	{ XML_ERR_TAG_NAME_MISMATCH, "An end tag does not match its start tag." },
	{ XML_ERR_TAG_NOT_FINISHED, "An element is not closed." },
	{ XML_ERR_GT_REQUIRED, "A tag is not closed." },
	{ XML_ERR_LTSLASH_REQUIRED, "An end tag is missing." },
	{ XML_ERR_INVALID_CHAR, "A character is not allowed in XML." },
	{ XML_ERR_INVALID_CHARREF, "A character reference is not valid." },
	{ XML_ERR_UNDECLARED_ENTITY, "An entity is not one of the five of XML." },
	{ XML_ERR_ENTITYREF_SEMICOL_MISSING, "An entity reference is not closed." },
	{ XML_ERR_NAME_REQUIRED, "A name is missing." },
	{ XML_ERR_ATTRIBUTE_REDEFINED, "An attribute appears twice." },
	{ XML_NS_ERR_ATTRIBUTE_REDEFINED, "An attribute appears twice." },
	{ XML_ERR_ATTRIBUTE_NOT_STARTED, "An attribute's value is not quoted." },
	{ XML_ERR_ATTRIBUTE_NOT_FINISHED, "An attribute's value is not closed." },
	{ XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "An attribute has no value." },
	{ XML_ERR_LT_IN_ATTRIBUTE, "An attribute's value holds a '<'." },
	{ XML_ERR_SPACE_REQUIRED, "A blank is missing." },
	{ XML_ERR_CDATA_NOT_FINISHED, "A CDATA section is not closed." },
	{ XML_ERR_COMMENT_NOT_FINISHED, "A comment is not closed." },
	{ XML_ERR_HYPHEN_IN_COMMENT, "A comment holds two hyphens." },
	{ XML_ERR_MISPLACED_CDATA_END, "Text holds ']]>'." },
	{ XML_ERR_RESERVED_XML_NAME, "The XML declaration is not at the start." },
	{ XML_ERR_XMLDECL_NOT_FINISHED, "The XML declaration is not closed." },
	{ XML_NS_ERR_UNDEFINED_NAMESPACE, "A namespace prefix is not declared." },
	{ XML_NS_ERR_QNAME, "A name is not a qualified name." },
};

static const char *
words_for(int code)
{
	for (size_t i = 0; i < IPS_NELEM(words); i++)
		if (words[i].code == code)
			return words[i].words;
	return "The text is not well-formed XML.";
}

/* The first error ends it: looking for more would cost time, and this reader's scan of the tags
 * holds good only up to there. */
static void
stop(struct ips_xml *xml, int64_t line, const char *what)
{
	if (!xml->failed)
		xml_fail(xml->err, line, what);
	xml->failed = true;
	xmlStopParser(xml->parser);
}

static void
on_error(void *arg, xmlErrorPtr error)
{
	struct ips_xml *xml = arg;

	if (error->level < XML_ERR_ERROR || xml->failed)
		return;
	stop(xml, error->line, words_for(error->code));
	/* Not the library's words: they quote the request, which may hold a password. */
	if (xml->err != NULL)
		g_snprintf(
		    xml->err->detail, sizeof(xml->err->detail), "libxml2 error %d", error->code);
}

/* ---- Building the tree ---- */

static const char *
limit_reached(const struct ips_xml *xml)
{
	if (xml->depth >= xml->limits.depth)
		return "Elements are nested too deeply.";
	if (xml->elements >= xml->limits.elements)
		return "There are too many elements.";
	if (xml->parser->nsNr / 2 > NAMESPACES_MAX)
		return "There are too many namespace declarations.";
	return NULL;
}

/* The one attribute a reader of envelopes must not miss; five pointers an attribute: name, prefix,
 * namespace, value, end. */
static const char *
find_must_understand(int count, const xmlChar **attributes)
{
	for (int i = 0; i < count; i++, attributes += 5) {
		const char *value = (const char *)attributes[3];
		size_t len = (size_t)(attributes[4] - attributes[3]);

		if (attributes[2] == NULL ||
		    strcmp((const char *)attributes[0], "mustUnderstand") != 0)
			continue;
		if ((len == 1 && *value == '1') || (len == 4 && memcmp(value, "true", 4) == 0))
			return (const char *)attributes[2];
	}
	return NULL;
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted_count,
    const xmlChar **attributes)
{
	struct ips_xml *xml = arg;
	struct ips_xml_node *parent = xml->open;
	const char *why = limit_reached(xml);

	(void)prefix, (void)namespace_count, (void)namespaces;
	(void)defaulted_count;
	if (why != NULL) {
		stop(xml, xml->parser->input->line, why);
		return;
	}
	struct ips_xml_node *node = IPS_NEW(xml->mem, struct ips_xml_node);
	node->name = (const char *)name;
	node->uri = uri != NULL ? (const char *)uri : "";
	node->parent = parent;
	node->must_understand = find_must_understand(attribute_count, attributes);
	if (parent == NULL)
		xml->root = node;
	else if (parent->child == NULL)
		parent->child = node;
	else
		parent->last->next = node;
	if (parent != NULL)
		parent->last = node;
	xml->open = node;
	xml->depth++;
	xml->elements++;
	g_string_truncate(xml->text, 0);
}

static void
on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct ips_xml *xml = arg;
	struct ips_xml_node *node = xml->open;

	(void)name, (void)prefix, (void)uri;
	if (node->child == NULL)
		node->text = xml->text->len == 0
				 ? ""
				 : ips_arena_strndup(xml->mem, xml->text->str, xml->text->len);
	xml->open = node->parent;
	xml->depth--;
	g_string_truncate(xml->text, 0);
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct ips_xml *xml = arg;

	g_string_append_len(xml->text, (const char *)text, len);
}

/* ---- Reading ---- */

static xmlParserCtxtPtr
parser_new(struct ips_xml *xml)
{
	xmlParserCtxtPtr parser = xmlNewParserCtxt();

	if (parser == NULL)
		g_error("libxml2: no memory");
	memset(parser->sax, 0, sizeof(*parser->sax));
	parser->sax->initialized = XML_SAX2_MAGIC;
	parser->sax->startElementNs = on_start;
	parser->sax->endElementNs = on_end;
	parser->sax->characters = on_text;
	parser->sax->ignorableWhitespace = on_text;
	parser->sax->cdataBlock = on_text;
	parser->sax->serror = on_error;
	parser->userData = xml;
	return parser;
}

struct ips_xml *
ips_xml_new(const struct ips_xml_limits *limits)
{
	struct ips_xml *xml = g_new0(struct ips_xml, 1);

	xmlInitParser();
	xml->limits = *limits;
	xml->limits.bytes = MIN(limits->bytes, (size_t)G_MAXINT / 4);
	xml->parser = parser_new(xml);
	xml->mem = ips_arena_new();
	xml->input = g_string_new(NULL);
	xml->text = g_string_new(NULL);
	return xml;
}

void
ips_xml_free(struct ips_xml *xml)
{
	if (xml == NULL)
		return;
	xmlFreeParserCtxt(xml->parser);
	ips_arena_free(xml->mem);
	g_string_free(xml->input, TRUE);
	g_string_free(xml->text, TRUE);
	g_free(xml->doc.copy);
	g_free(xml);
}

static bool
is_overgrown(xmlDictPtr dict)
{
	return xmlDictSize(dict) > DICT_NAMES_MAX || xmlDictGetUsage(dict) > DICT_BYTES_MAX;
}

/* Keeps the memory for the next document, unless it is much. */
static void
empty(GString **text)
{
	if ((*text)->allocated_len > TEXT_BYTES_KEPT) {
		g_string_free(*text, TRUE);
		*text = g_string_new(NULL);
	}
	g_string_truncate(*text, 0);
}

/* Forget the document before. */
static void
clear(struct ips_xml *xml)
{
	if (is_overgrown(xml->parser->dict)) {
		xmlFreeParserCtxt(xml->parser);
		xml->parser = parser_new(xml);
	}
	empty(&xml->input);
	empty(&xml->text);
	ips_arena_reset(xml->mem);
	g_free(xml->doc.copy);
	xml->doc = (struct document){ 0 };
	xml->root = xml->open = NULL;
	xml->depth = xml->elements = 0;
	xml->failed = false;
}

static bool
build(struct ips_xml *xml, struct ips_error *err)
{
	xml->err = err;
	/* Read in place: from a buffer of its own the parser would copy, and keep asking for more.
	 */
	g_string_truncate(xml->input, 0);
	g_string_append_len(xml->input, xml->doc.text, (gssize)xml->doc.len);
	xmlCtxtReadDoc(xml->parser, (const xmlChar *)xml->input->str, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	xml->err = NULL;
	if (xml->failed)
		return false;
	if (!xml->parser->wellFormed || !xml->parser->nsWellFormed || xml->root == NULL ||
	    xml->open != NULL)
		return xml_fail(err, 1, words_for(XML_ERR_OK));
	return true;
}

static void
expand_references(struct document *doc)
{
	size_t len = doc->len;
	char *expanded = xml_expand_references(doc->text, doc->len, &len);

	if (expanded == NULL)
		return;
	g_free(doc->copy);
	*doc = (struct document){ expanded, len, expanded };
}

bool
ips_xml_parse(struct ips_xml *xml, const char *text, size_t len, const struct ips_xml_node **root,
    struct ips_error *err)
{
	clear(xml);
	if (len > xml->limits.bytes)
		return xml_fail(err, 1, "The document is too large.");
	if (!xml_decode(text, len, &xml->doc, err))
		return false;
	if (!xml_scan(&xml->doc, xml->limits.attributes, false, err) || !build(xml, err)) {
		clear(xml);
		return false;
	}
	expand_references(&xml->doc);
	*root = xml->root;
	return true;
}

/* ---- Asking ---- */

const char *
ips_xml_name(const struct ips_xml_node *node)
{
	return node->name;
}

const char *
ips_xml_uri(const struct ips_xml_node *node)
{
	return node->uri;
}

const struct ips_xml_node *
ips_xml_child(const struct ips_xml_node *node)
{
	return node->child;
}

const struct ips_xml_node *
ips_xml_next(const struct ips_xml_node *node)
{
	return node->next;
}

bool
ips_xml_must_understand(const struct ips_xml_node *node, const char *soap_uri)
{
	return node->must_understand != NULL && strcmp(node->must_understand, soap_uri) == 0;
}

const char *
ips_xml_text(const struct ips_xml_node *node, struct ips_arena *mem)
{
	return ips_arena_strdup(mem, node->text);
}

const char *
ips_xml_utf8(const struct ips_xml *xml, size_t *len)
{
	*len = xml->doc.len;
	return xml->doc.text;
}
