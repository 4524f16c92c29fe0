/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Inside of the modifier module. Text is worked on as spans, so that nothing is copied before it
 * has to be. */
#ifndef OPENIPS_MODIFIER_PRIV_H
#define OPENIPS_MODIFIER_PRIV_H

#include "openips/modifier.h"

struct span {
	const char *at;
	size_t len;
};

/* For faults: cut to what a person can read, and never a byte that could break a line or XML. */
#define SHOWN_LEN 96
const char *span_show(struct span s, char out[SHOWN_LEN]);

/* ---- Table ---- */

const struct ips_command *command_find(struct span name);
/* The n-th word of "a|b|c"; an empty span past the end. */
struct span word_at(const char *words, int n);
int word_count(const char *words);
/* The n-th word of a place, offered or not. */
struct span place_word(const struct ips_place *place, int n);
/* The n-th word place of a command; NULL if it has none. */
const struct ips_place *word_place(const struct ips_command *command, int n);
/* What may stand in a place, in words: "an integer from 1 to 100". */
const char *place_text(struct ips_arena *mem, const struct ips_place *place);

/* ---- Lexer ---- */

struct part {
	struct span name; /* as sent */
	struct span value;
	bool has_value; /* there is a '=' */
};

/* The text without what people put around it. */
struct span lex_trim(const char *text);
/* The next part that is neither empty nor a comment. Success with out->name.at == NULL: the end. */
bool lex_part(struct span *rest, struct part *out, struct ips_error *err) IPS_MUST_USE;
/* A nested request begins with is, ir, fxg or nothing and a delimiter. Gives the length of what
 * stands before the delimiter, -1 if the value is none. */
int lex_nested_prefix(struct span value);
/* The length of the nested request with both delimiters; 0 if it is never closed. */
size_t lex_nested_len(struct span value);
/* Every '%' begins an escape, and none of NUL. */
bool lex_escapes_valid(struct span name, struct span text, struct ips_error *err) IPS_MUST_USE;
/* %xx into bytes. The lexer has checked the escapes. */
struct span lex_decode(struct ips_arena *mem, struct span raw);

/* ---- Variables ---- */

struct variables {
	GHashTable *table; /* folded name -> struct span *; NULL until the first definition */
	size_t room;       /* bytes that references may still insert */
};

bool variable_is_name(struct span name);
bool variable_has_reference(struct span text); /* holds $name$, defined or not */
void variable_define(
    struct variables *vars, struct ips_arena *mem, struct span name, struct span value);
bool variable_expand(struct variables *vars, struct ips_arena *mem, struct span *text,
    struct ips_error *err) IPS_MUST_USE;
/* "$a=1&$b=2" by name; "" if there are none. */
const char *variable_definitions(const struct variables *vars, struct ips_arena *mem);

/* ---- Nested requests ---- */

/* is{...}, in any case. */
bool nested_is_request(struct span raw);
/* What variables say of the path, and no encoding around the whole. */
bool nested_settle(struct variables *vars, struct ips_arena *mem, struct span name,
    struct span *raw, struct ips_error *err) IPS_MUST_USE;

/* ---- Values ---- */

/* raw: without variables, still encoded. */
bool value_parse(struct ips_arena *mem, const struct ips_command *command, struct span raw,
    struct ips_value *out, struct ips_error *err) IPS_MUST_USE;
/* The same for a text that is not encoded. */
bool value_read(struct ips_arena *mem, const struct ips_command *command, struct span text,
    struct ips_value *out, struct ips_error *err) IPS_MUST_USE;
bool value_is_default(
    struct ips_arena *mem, const struct ips_command *command, const struct ips_value *value);
/* Word indices of fmt that are decided by here; a test holds them against the table. */
enum { WORD_FMT_JPEG, WORD_FMT_JPG };
enum { WORD_PIXEL_RGB, WORD_PIXEL_GRAY, WORD_PIXEL_CMYK };
enum {
	WORD_COMPRESSION_NONE,
	WORD_COMPRESSION_JPEG,
	WORD_COMPRESSION_LOSSY,
	WORD_COMPRESSION_LOSSLESS,
	WORD_COMPRESSION_LZW,
	WORD_COMPRESSION_ZIP
};
bool color_parse(struct span text, struct ips_color *out);
bool path_data_valid(struct span text);
/* Whether the format holds the pixel type and has the compression asked for (R49). */
bool fmt_check(const struct ips_value *value, struct ips_error *err) IPS_MUST_USE;

/* ---- Canonical form ---- */

const char *canonical_form(struct ips_arena *mem, const struct ips_modifier *m);

#endif
