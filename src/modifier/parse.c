/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Parts into settings: which layer a command belongs to, and which of several counts. */
#include "parse.h"

#include <string.h>

const struct ips_modifier_limits ips_modifier_default_limits = {
	.bytes = (size_t)64 * 1024,
	.layers = 256,
	.effects = 256,
	.commands = 4096,
};

#define MAX_LAYER 1000000

static void
parser_clear(struct parser *p)
{
	if (p->names != NULL)
		g_hash_table_destroy(p->names);
	if (p->vars.table != NULL)
		g_hash_table_destroy(p->vars.table);
	if (p->effects != NULL)
		g_array_unref(p->effects);
}

static bool
fail_part(struct parser *p, const struct part *part, const char *why)
{
	char name[SHOWN_LEN], value[SHOWN_LEN];

	return ips_fail(p->err, IPS_INVALID_PARAMETER, "%s=%s: %s", span_show(part->name, name),
	    span_show(part->value, value), why);
}

/* ---- Layers ---- */

static struct ips_layer *
layer_add(struct parser *p, int number)
{
	struct ips_layer *layer = IPS_NEW(p->mem, struct ips_layer);

	layer->number = number;
	layer->name = "";
	p->layer[p->layers++] = layer;
	return layer;
}

/* The number of layers is limited, so that looking through them all is. */
static bool
layer_select(struct parser *p, int number)
{
	p->effect = NULL;
	for (int i = 0; i < p->layers; i++) {
		p->current = p->layer[i];
		if (p->current->number == number)
			return true;
	}
	if (p->layers >= p->limits->layers + 2)
		return ips_fail(p->err, IPS_LIMIT, "layer=%d: there may be %d layers at most",
		    number, p->limits->layers);
	p->current = layer_add(p, number);
	return true;
}

static bool
layer_by_name(struct parser *p, const struct part *part, const char *name)
{
	gpointer number;

	if (p->names == NULL || !g_hash_table_lookup_extended(p->names, name, NULL, &number))
		return fail_part(p, part,
		    "no layer has this name; the form is layer=number[,name], "
		    "layer=name or layer=comp");
	return layer_select(p, GPOINTER_TO_INT(number));
}

/* A layer may have several names, a name only one layer. */
static bool
layer_name(struct parser *p, const struct part *part, char *name)
{
	int number = p->current->number;
	gpointer other;

	if (*name == '\0' || strcmp(name, "comp") == 0 || strchr(name, ',') != NULL)
		return fail_part(p, part, "this cannot be the name of a layer");
	if (p->names == NULL)
		p->names = g_hash_table_new(g_str_hash, g_str_equal);
	if (g_hash_table_lookup_extended(p->names, name, NULL, &other) &&
	    GPOINTER_TO_INT(other) != number)
		return fail_part(p, part, "another layer has this name already");
	g_hash_table_replace(p->names, name, GINT_TO_POINTER(number));
	p->current->name = name;
	return true;
}

static bool
select_layer(struct parser *p, const struct part *part, char *text)
{
	char *name = strchr(text, ',');
	size_t len = name != NULL ? (size_t)(name - text) : strlen(text);
	int64_t number;

	if (strcmp(text, "comp") == 0)
		return layer_select(p, IPS_LAYER_COMP);
	/* What looks like a number is none of the names. */
	if (len > 0 && strspn(text, "+-.0123456789") == len) {
		if (!ips_parse_int(text, len, 0, MAX_LAYER, &number))
			return fail_part(
			    p, part, "the number of a layer is an integer of at least 0");
		return layer_select(p, (int)number) &&
		       (name == NULL || layer_name(p, part, name + 1));
	}
	if (name != NULL || len == 0)
		return fail_part(
		    p, part, "the form is layer=number[,name], layer=name or layer=comp");
	return layer_by_name(p, part, text);
}

static bool
select_effect(struct parser *p, int number)
{
	if (p->effects == NULL)
		p->effects = g_array_new(FALSE, FALSE, sizeof(struct effect *));
	for (guint i = 0; i < p->effects->len; i++) {
		p->effect = g_array_index(p->effects, struct effect *, i);
		if (p->effect->parent == p->current && p->effect->own.number == number)
			return true;
	}
	if (p->effects->len >= (guint)p->limits->effects)
		return ips_fail(p->err, IPS_LIMIT, "effect=%d: there may be %d effects at most",
		    number, p->limits->effects);
	p->effect = IPS_NEW(p->mem, struct effect);
	p->effect->parent = p->current;
	p->effect->own.number = number;
	p->effect->own.name = "";
	g_array_append_val(p->effects, p->effect);
	return true;
}

static bool
select_segment(struct parser *p, const struct ips_command *command, const struct part *part)
{
	struct ips_value value;

	if (variable_has_reference(part->value))
		return fail_part(p, part, "a variable cannot be used here");
	if (!value_parse(p->mem, command, part->value, &value, p->err))
		return false;
	if (command->id == IPS_CMD_LAYER)
		return select_layer(p, part, ips_arena_strdup(p->mem, value.text));
	return select_effect(p, (int)value.number[0]);
}

/* ---- Commands ---- */

/* Published: effects ignore all other commands of layers. */
static bool
is_for_effects(enum ips_cmd cmd)
{
	static const enum ips_cmd known[] = { IPS_CMD_BLEND_MODE, IPS_CMD_COLOR, IPS_CMD_MASK_USE,
		IPS_CMD_OPAC, IPS_CMD_OP_BLUR, IPS_CMD_OP_GROW, IPS_CMD_OP_NOISE, IPS_CMD_POS,
		IPS_CMD_POS_N };

	for (size_t i = 0; i < IPS_NELEM(known); i++)
		if (known[i] == cmd)
			return true;
	return false;
}

/* Where the current setting of a command is kept (R14); NULL if nowhere. */
static const struct ips_value **
slot(struct parser *p, const struct ips_command *command)
{
	switch (command->scope) {
	case IPS_SCOPE_REQUEST:
	case IPS_SCOPE_VIEW:
	case IPS_SCOPE_NEUTRAL:
		return p->out->value;
	case IPS_SCOPE_LAYER:
	case IPS_SCOPE_COMPOSITE:
	case IPS_SCOPE_AREAS:
		if (p->effect != NULL)
			return is_for_effects(command->id) ? p->effect->own.value : NULL;
		if (command->scope == IPS_SCOPE_LAYER && p->current == p->layer[0])
			return p->layer[1]->value;
		return p->current->value;
	case IPS_SCOPE_SELECT:
		break;
	}
	return NULL;
}

/* R17: a rectangle or size of nothing means the whole, as if the command had not been given. */
static bool
means_nothing(const struct ips_value *value)
{
	switch (value->cmd) {
	case IPS_CMD_CROP:
	case IPS_CMD_CROP_N:
		return value->number[2] == 0 || value->number[3] == 0;
	case IPS_CMD_SIZE:
	case IPS_CMD_SIZE_N:
		return value->number[0] == 0 && value->number[1] == 0;
	default:
		return false;
	}
}

/* Published as ignored where there is nothing below the layer. */
static bool
means_nothing_at_bottom(enum ips_cmd cmd)
{
	return cmd == IPS_CMD_POS || cmd == IPS_CMD_POS_N || cmd == IPS_CMD_BLEND_MODE;
}

static void
forget_family(const struct ips_value **values, enum ips_cmd family)
{
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
		if (values[cmd] != NULL && ips_command(cmd)->family == family)
			values[cmd] = NULL;
}

/* A nested request fills in its own. */
static bool
fill_in(struct parser *p, const struct ips_command *command, struct span name, struct span *raw)
{
	bool source = command->place[0].kind == IPS_KIND_SOURCE;

	if (!(source && nested_is_request(*raw)) && !variable_expand(&p->vars, p->mem, raw, p->err))
		return false;
	return !source || !nested_is_request(*raw) ||
	       nested_settle(&p->vars, p->mem, name, raw, p->err);
}

static bool
set(struct parser *p, const struct ips_command *command, const struct part *part)
{
	struct span raw = part->value;
	struct ips_value *value = IPS_NEW(p->mem, struct ips_value);
	const struct ips_value **values = slot(p, command);

	/* Who reads req= before the variables has to find the same. */
	if (command->id == IPS_CMD_REQ && variable_has_reference(raw))
		return fail_part(p, part, "a variable cannot be used here");
	if (p->without_variables && variable_has_reference(raw))
		return true;
	if (!fill_in(p, command, part->name, &raw) ||
	    !value_parse(p->mem, command, raw, value, p->err))
		return false;
	if (values == NULL)
		return true;
	/* A record may say it for a watermark. */
	if (command->id == IPS_CMD_SIZE_N && values == p->layer[1]->value && !p->without_variables)
		return fail_part(p, part, "layer 0 has no other layer to be measured by; use size");
	if (values == p->layer[1]->value && means_nothing_at_bottom(command->id))
		return true;
	if (command->scope == IPS_SCOPE_LAYER || command->scope == IPS_SCOPE_COMPOSITE)
		forget_family(values, command->family);
	values[command->id] = means_nothing(value) ? NULL : value;
	return true;
}

/* ---- Parts ---- */

/* %24 is a '$' here too (R3). */
static struct span
without_signs(struct parser *p, struct span name)
{
	return memchr(name.at, '%', name.len) == NULL ? name : lex_decode(p->mem, name);
}

static bool
fail_macro(struct parser *p, struct span name)
{
	char shown[SHOWN_LEN];

	return ips_fail(
	    p->err, IPS_INVALID_PARAMETER, "the macro %s is unknown", span_show(name, shown));
}

/* $name=value defines a variable, $name$ calls a macro; anything else is nobody's command. */
static bool
take_dollar(struct parser *p, const struct part *part, struct span name)
{
	struct span inner = { name.at + 1, name.len - 1 };

	if (inner.len > 1 && inner.at[inner.len - 1] == '$') {
		inner.len--;
		return !variable_is_name(inner) || fail_macro(p, name);
	}
	if (part->has_value && variable_is_name(inner))
		variable_define(&p->vars, p->mem, inner, part->value);
	return true;
}

static bool
escapes_in_name_valid(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] == '%' && (name.len - i < 3 || !g_ascii_isxdigit(name.at[i + 1]) ||
					     !g_ascii_isxdigit(name.at[i + 2])))
			return false;
	return true;
}

static bool
take_part(struct parser *p, const struct part *part)
{
	if (*part->name.at == '$' || *part->name.at == '%') {
		if (!escapes_in_name_valid(part->name))
			return fail_part(p, part, "'%' must be followed by two hexadecimal digits");
		struct span name = without_signs(p, part->name);
		if (name.len > 0 && *name.at == '$')
			return take_dollar(p, part, name);
		return true;
	}
	const struct ips_command *command = part->has_value ? command_find(part->name) : NULL;
	if (command == NULL)
		return true;
	return command->scope == IPS_SCOPE_SELECT ? select_segment(p, command, part)
						  : set(p, command, part);
}

static bool
take_parts(struct parser *p, struct span text)
{
	struct part part;

	for (int count = 0;; count++) {
		if (!lex_part(&text, &part, p->err))
			return false;
		if (part.name.at == NULL)
			return true;
		if (count >= p->limits->commands)
			return ips_fail(p->err, IPS_LIMIT, "there may be %d commands at most",
			    p->limits->commands);
		if (part.name.len > 0 && !take_part(p, &part))
			return false;
	}
}

static bool
finish(struct parser *p)
{
	if (!parser_settle(p))
		return false;
	p->out->definitions = variable_definitions(&p->vars, p->mem);
	p->out->canonical = canonical_form(p->mem, p->out);
	p->out->empty = p->out->canonical[0] == '\0';
	return true;
}

static bool
parse(struct ips_arena *mem, const char *text, const struct ips_modifier_limits *limits,
    bool without_variables, const struct ips_modifier **out, struct ips_error *err)
{
	if (limits == NULL)
		limits = &ips_modifier_default_limits;
	if (text == NULL)
		text = "";
	if (strnlen(text, limits->bytes + 1) > limits->bytes)
		return ips_fail(
		    err, IPS_LIMIT, "the modifier is longer than %zu bytes", limits->bytes);

	IPS_CLEANUP(parser_clear)
	struct parser p = {
		.mem = mem,
		.limits = limits,
		.err = err,
		.out = IPS_NEW(mem, struct ips_modifier),
		.layer = IPS_NEW_N(mem, struct ips_layer *, limits->layers + 2),
		.vars.room = limits->bytes,
		.without_variables = without_variables,
	};
	p.current = layer_add(&p, IPS_LAYER_COMP);
	layer_add(&p, 0);
	if (!take_parts(&p, lex_trim(text)) || !finish(&p))
		return false;
	*out = p.out;
	return true;
}

bool
ips_modifier_parse(struct ips_arena *mem, const char *text,
    const struct ips_modifier_limits *limits, const struct ips_modifier **out,
    struct ips_error *err)
{
	return parse(mem, text, limits, false, out, err);
}

bool
ips_modifier_validate(struct ips_arena *mem, const char *text, struct ips_error *err)
{
	const struct ips_modifier *unused;

	return parse(mem, text, NULL, true, &unused, err);
}
