/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The rows of command.def, and what can be read from them. */
#include "modifier_priv.h"
#include "places.h"

#include <string.h>

#define NONE       "", false
#define SAYS(dflt) dflt, false
#define IDLE(dflt) dflt, true
#define WORKS      true
#define LATER      false

static const struct ips_command commands[] = {
#define COMMAND(id, name, scope, family, least, ...)                                               \
	[IPS_CMD_##                                                                                \
	    id] = { IPS_CMD_##id, name, IPS_SCOPE_##scope, IPS_CMD_##family, least, __VA_ARGS__ },
#include "openips/command.def"
#undef COMMAND
};

const struct ips_command *
ips_command(enum ips_cmd cmd)
{
	return &commands[cmd];
}

static int
compare_folded(struct span name, const char *row)
{
	int order = g_ascii_strncasecmp(name.at, row, name.len);

	return order != 0 ? order : row[name.len] == '\0' ? 0 : -1;
}

const struct ips_command *
command_find(struct span name)
{
	int low = 0, high = IPS_CMD_COUNT - 1;

	while (low <= high) {
		int middle = (low + high) / 2;
		int order = compare_folded(name, commands[middle].name);

		if (order == 0)
			return &commands[middle];
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct ips_command *
ips_command_find(const char *name)
{
	return command_find((struct span){ name, strlen(name) });
}

struct span
word_at(const char *words, int n)
{
	for (; n > 0; n--) {
		words = strchr(words, '|');
		if (words == NULL)
			return (struct span){ "", 0 };
		words++;
	}
	return (struct span){ words, strcspn(words, "|") };
}

int
word_count(const char *words)
{
	int count = *words != '\0';

	for (; *words != '\0'; words++)
		count += *words == '|';
	return count;
}

struct span
place_word(const struct ips_place *place, int n)
{
	int offered = word_count(place->words);

	return n < offered ? word_at(place->words, n) : word_at(place->later, n - offered);
}

const struct ips_place *
word_place(const struct ips_command *command, int n)
{
	for (int i = 0; i < command->places; i++)
		if (command->place[i].kind == IPS_KIND_WORD && n-- == 0)
			return &command->place[i];
	return NULL;
}

bool
ips_value_word_is(const struct ips_value *value, int n, const char *word)
{
	const struct ips_place *place = value == NULL ? NULL : word_place(&commands[value->cmd], n);

	if (place == NULL || n >= value->words || value->word[n] == IPS_NO_WORD)
		return false;
	struct span own = place_word(place, value->word[n]);
	return strlen(word) == own.len && memcmp(word, own.at, own.len) == 0;
}

static const char *
range_text(struct ips_arena *mem, const char *what, const struct ips_place *place)
{
	bool low = place->min > -IPS_NO_LIMIT, high = place->max < IPS_NO_LIMIT;

	if (low && high)
		return ips_arena_printf(mem, "%s from %g to %g", what, place->min, place->max);
	if (low)
		return ips_arena_printf(mem, "%s of at least %g", what, place->min);
	return what;
}

static const char *
word_text(struct ips_arena *mem, const struct ips_place *place)
{
	const char *numbered =
	    place->words[strlen(place->words) - 1] != '#'
		? ""
		: ips_arena_printf(mem, " (# from %g to %g)", place->min, place->max);

	return ips_arena_printf(mem, "%s%s%s%s", place->words, place->later[0] != '\0' ? "|" : "",
	    place->later, numbered);
}

const char *
place_text(struct ips_arena *mem, const struct ips_place *place)
{
	switch (place->kind) {
	case IPS_KIND_INT:
		return range_text(mem, "an integer", place);
	case IPS_KIND_NONZERO:
		return "an integer other than 0";
	case IPS_KIND_REAL:
		return range_text(mem, "a number", place);
	case IPS_KIND_ABOVE:
		return ips_arena_printf(mem, "a number greater than %g", place->min);
	case IPS_KIND_FLAG:
		return "0 or 1";
	case IPS_KIND_WORD:
		return word_text(mem, place);
	case IPS_KIND_COLOR:
		return "a colour such as rrggbb, r,g,b or r,g,b,a (0 to 255), a grey such as 50 "
		       "(percent), or c,m,y,kk (percent)";
	case IPS_KIND_RGB:
		return "an RGB colour such as rrggbb or r,g,b";
	case IPS_KIND_COLORS:
		return "colours as rrggbb";
	case IPS_KIND_OBJECT:
		return "the name of an object, without a comma";
	case IPS_KIND_SOURCE:
		return "the name of an object, or a nested request with its closing delimiter";
	case IPS_KIND_PATH:
		return "path data of M, L, C and Z with their numbers, commas between them";
	case IPS_KIND_ASCII:
		return "printable ASCII";
	case IPS_KIND_TEXT:
		return "UTF-8 text";
	}
	return "";
}

const char *
ips_command_usage(struct ips_arena *mem, const struct ips_command *command)
{
	g_autoptr(GString) text = g_string_new(command->name);

	for (int i = 0; i < command->places; i++) {
		const struct ips_place *place = &command->place[i];

		g_string_append_printf(text, "%s%s%s (%s)",
		    i < command->min_parts || i == 0 ? "" : "[", i == 0 ? "=" : ",", place->label,
		    place_text(mem, place));
	}
	for (int i = MAX(command->min_parts, 1); i < command->places; i++)
		g_string_append_c(text, ']');
	return ips_arena_strndup(mem, text->str, text->len);
}
