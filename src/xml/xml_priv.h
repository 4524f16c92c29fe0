/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the files of this module share. */
#ifndef OPENIPS_XML_PRIV_H
#define OPENIPS_XML_PRIV_H

#include "openips/xml.h"

/* A document as UTF-8: a view of the input, or a copy owned by `copy`. */
struct document {
	const char *text;
	size_t len;
	char *copy;
};

/* "… (line 3)" */
bool xml_fail(struct ips_error *err, int64_t line, const char *what);
int64_t xml_line_of(const char *text, const char *at);

/* Recognises the encoding, converts, and checks every byte. The caller frees out->copy. */
bool xml_decode(const char *text, size_t len, struct document *out, struct ips_error *err);

/* Refuses, before a parser sees it, what a parser would refuse too late: document types, unless they are
 * let through, and tags with so many attributes that comparing each with each takes seconds. */
bool xml_scan(
    const struct document *doc, int attributes_max, bool doctype, struct ips_error *err);

/* References to characters beyond U+FFFF, written out: binding engines are known to garble them.
 * NULL if there are none. The caller frees. */
char *xml_expand_references(const char *text, size_t len, size_t *out_len);

#endif
