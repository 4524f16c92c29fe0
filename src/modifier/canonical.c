/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The canonical form: what is left when everything that cannot change a picture is taken away, in
 * the order of the table. It is a modifier itself and parses to the same settings. */
#include "modifier_priv.h"

#include <string.h>

static void
put_real(GString *out, double number)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	/* The short form if it says the same number. */
	g_ascii_formatd(text, sizeof(text), "%.15g", number);
	if (g_ascii_strtod(text, NULL) != number)
		g_ascii_formatd(text, sizeof(text), "%.17g", number);
	g_string_append(out, text);
}

static void
put_color(GString *out, const struct ips_color *color)
{
	static const struct {
		const char *prefix, *suffix;
		int channels;
	} forms[] = {
		[IPS_SPACE_RGB] = { "", "", 3 },
		[IPS_SPACE_GRAY] = { "0x", "", 1 },
		[IPS_SPACE_CMYK] = { "", "k", 4 },
	};

	g_string_append(out, forms[color->space].prefix);
	for (int i = 0; i < forms[color->space].channels; i++)
		g_string_append_printf(out, "%02x", color->channel[i]);
	if (color->alpha != 255)
		g_string_append_printf(out, "%02x", color->alpha);
	g_string_append(out, forms[color->space].suffix);
}

static void
put_text(GString *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("%&=$#+", *text) != NULL || (unsigned char)*text <= 0x20)
			g_string_append_printf(out, "%%%02X", (unsigned char)*text);
		else
			g_string_append_c(out, *text);
	}
}

/* A list of colours ends the value: all that stands behind so many commas. */
static void
put_list(GString *out, const char *text, int commas)
{
	g_autofree char *lower = g_ascii_strdown(text, -1);
	const char *at = lower;

	for (; commas > 0; commas--)
		at = strchr(at, ',') + 1;
	g_string_append(out, at);
}

static void
put_parts(GString *out, const struct ips_command *command, const struct ips_value *value)
{
	int number = 0, word = 0;

	for (int i = 0; i < command->places; i++) {
		const struct ips_place *place = &command->place[i];
		bool is_word = place->kind == IPS_KIND_WORD,
		     is_color = place->kind == IPS_KIND_COLOR;

		if (is_word ? word >= value->words : !is_color && number >= value->count)
			return;
		if (i > 0)
			g_string_append_c(out, ',');
		if (is_color) {
			put_color(out, &value->color);
		} else if (place->kind == IPS_KIND_COLORS) {
			put_list(out, value->text, i);
		} else if (!is_word) {
			put_real(out, value->number[number++]);
		} else if (value->word[word++] != IPS_NO_WORD) {
			struct span name = place_word(place, value->word[word - 1]);
			g_string_append_len(out, name.at, (gssize)name.len);
		}
	}
}

static bool
is_nested(const struct ips_value *value)
{
	struct span text = { value->text, strlen(value->text) };

	return ips_command(value->cmd)->place[0].kind == IPS_KIND_SOURCE &&
	       lex_nested_prefix(text) >= 0;
}

/* Nested requests see the variables of the request around them. */
static bool
has_nested(const struct ips_modifier *m)
{
	for (int i = 0; i < m->layers; i++)
		for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
			if (m->layer[i].value[cmd] != NULL && is_nested(m->layer[i].value[cmd]))
				return true;
	return false;
}

static void
put_value(GString *out, const struct ips_value *value)
{
	const struct ips_command *command = ips_command(value->cmd);

	if (out->len > 0)
		g_string_append_c(out, '&');
	g_string_append_printf(out, "%s=", command->name);
	if (is_nested(value))
		g_string_append(out, value->text); /* as encoded as it was sent */
	else if (command->place[0].kind >= IPS_KIND_RGB)
		put_text(out, value->text);
	else
		put_parts(out, command, value);
}

/* Layer 0's own settings stand with the rest: outside any layer= they mean layer 0 (R14). */
static void
put_base(GString *out, const struct ips_modifier *m)
{
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++) {
		enum ips_scope scope = ips_command(cmd)->scope;
		const struct ips_value *value = m->value[cmd];

		if (scope == IPS_SCOPE_NEUTRAL || scope == IPS_SCOPE_AREAS)
			continue;
		if (scope == IPS_SCOPE_COMPOSITE)
			value = m->layer[0].value[cmd];
		if (scope == IPS_SCOPE_LAYER)
			value = m->layer[1].value[cmd];
		if (value != NULL)
			put_value(out, value);
	}
}

static void
put_select(GString *out, enum ips_cmd cmd, int number)
{
	g_string_append_printf(
	    out, "%s%s=%d", out->len > 0 ? "&" : "", ips_command(cmd)->name, number);
}

static void
put_effects(GString *out, const struct ips_layer *layer)
{
	for (int i = 0; i < layer->effects; i++) {
		put_select(out, IPS_CMD_EFFECT, layer->effect[i].number);
		for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
			if (layer->effect[i].value[cmd] != NULL)
				put_value(out, layer->effect[i].value[cmd]);
	}
}

static void
put_layer(GString *out, const struct ips_layer *layer)
{
	bool first = true;

	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++) {
		enum ips_scope scope = ips_command(cmd)->scope;
		bool in_base = layer->number == 0 && scope == IPS_SCOPE_LAYER;

		if (layer->value[cmd] == NULL || in_base || scope == IPS_SCOPE_AREAS)
			continue;
		if (first)
			put_select(out, IPS_CMD_LAYER, layer->number);
		first = false;
		put_value(out, layer->value[cmd]);
	}
	if (first && layer->effects > 0)
		put_select(out, IPS_CMD_LAYER, layer->number);
	put_effects(out, layer);
}

const char *
canonical_form(struct ips_arena *mem, const struct ips_modifier *m)
{
	g_autoptr(GString) out = g_string_sized_new(64);

	if (has_nested(m))
		g_string_append(out, m->definitions);
	put_base(out, m);
	put_effects(out, &m->layer[0]);
	for (int i = 1; i < m->layers; i++)
		put_layer(out, &m->layer[i]);
	return ips_arena_strndup(mem, out->str, out->len);
}
