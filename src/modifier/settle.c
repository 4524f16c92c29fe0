/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What is left when all parts are read: settings that say more than the default, in order, none of
 * which this server does not offer. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

/* The word of a value that is published but not offered; an empty span if there is none. */
static struct span
word_not_offered(const struct ips_command *command, const struct ips_value *value)
{
	for (int n = 0; n < value->words; n++) {
		const struct ips_place *place = word_place(command, n);

		if (value->word[n] >= word_count(place->words))
			return place_word(place, value->word[n]);
	}
	return (struct span){ "", 0 };
}

static bool
check_offered(struct parser *p, const struct ips_command *command, const struct ips_value *value)
{
	char shown[SHOWN_LEN];
	struct span sent = { value->text, strlen(value->text) };
	struct span word = word_not_offered(command, value);

	if (command->place[0].kind == IPS_KIND_SOURCE && lex_nested_prefix(sent) > 0 &&
	    !nested_is_request(sent))
		return ips_fail(p->err, IPS_UNSUPPORTED,
		    "%s=%s: this server renders no Image Rendering (ir) or FXG (fxg) requests; "
		    "is{...} can be nested",
		    command->name, span_show(sent, shown));
	if (!command->works)
		return ips_fail(p->err, IPS_UNSUPPORTED,
		    "%s=%s: the command %s is not offered by this server yet", command->name,
		    span_show(sent, shown), command->name);
	if (word.len > 0 && command->id == IPS_CMD_FMT) /* no library writes them */
		return ips_fail(p->err, IPS_UNSUPPORTED,
		    "fmt=%s: this server cannot write %.*s; it writes %s", span_show(sent, shown),
		    (int)word.len, word.at, command->place[0].words);
	if (word.len > 0)
		return ips_fail(p->err, IPS_UNSUPPORTED,
		    "%s=%s: %.*s is not offered by this server yet; offered are %s", command->name,
		    span_show(sent, shown), (int)word.len, word.at, command->place[0].words);
	return true;
}

/* Drops what says no more than the default, and refuses what this server cannot do. Only settings
 * that were not replaced later get here. */
static bool
settle(struct parser *p, const struct ips_value **values)
{
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++) {
		const struct ips_command *command = ips_command(cmd);

		if (values[cmd] == NULL)
			continue;
		bool dflt = (command->idle || !command->works) &&
			    value_is_default(p->mem, command, values[cmd]);
		if (dflt && command->idle)
			values[cmd] = NULL;
		else if (!dflt && !check_offered(p, command, values[cmd]))
			return false;
	}
	return true;
}

static bool
is_blank(const struct ips_layer *layer)
{
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
		if (layer->value[cmd] != NULL)
			return false;
	return layer->effects == 0;
}

static int
by_number(const void *a, const void *b)
{
	return ((const struct ips_layer *)a)->number - ((const struct ips_layer *)b)->number;
}

/* R33. What a variable will say is not known yet when a text is looked at without them. */
static bool
settle_effect(struct parser *p, struct ips_layer *effect)
{
	if (effect->value[IPS_CMD_COLOR] == NULL && !p->without_variables)
		return ips_fail(p->err, IPS_INVALID_PARAMETER,
		    "effect=%d: an effect needs a colour: color=", effect->number);
	return settle(p, effect->value);
}

static bool
keep_effects(struct parser *p, struct ips_layer *layer)
{
	struct ips_layer *kept = NULL;

	for (guint i = 0; p->effects != NULL && i < p->effects->len; i++) {
		struct effect *effect = g_array_index(p->effects, struct effect *, i);

		if (effect->parent != layer)
			continue;
		if (!settle_effect(p, &effect->own))
			return false;
		if (kept == NULL)
			kept = IPS_NEW_N(p->mem, struct ips_layer, p->effects->len - i);
		kept[layer->effects++] = effect->own;
	}
	if (layer->effects > 1)
		qsort(kept, (size_t)layer->effects, sizeof(*kept), by_number);
	layer->effect = kept;
	return true;
}

/* The composite and layer 0 are always there, others if anything is left of them. */
static bool
keep_layers(struct parser *p)
{
	struct ips_layer *kept = IPS_NEW_N(p->mem, struct ips_layer, p->layers);
	int count = 0;

	for (int i = 0; i < p->layers; i++) {
		if (!settle(p, p->layer[i]->value) || !keep_effects(p, p->layer[i]))
			return false;
		if (i < 2 || !is_blank(p->layer[i]))
			kept[count++] = *p->layer[i];
	}
	qsort(kept + 2, (size_t)count - 2, sizeof(*kept), by_number);
	p->out->layer = kept;
	p->out->layers = count;
	return true;
}

bool
parser_settle(struct parser *p)
{
	return settle(p, p->out->value) && keep_layers(p);
}
