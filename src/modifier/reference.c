/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The reference of commands, as text and as a page: printed from the rows, so that it cannot say
 * anything else than the parser does. */
#include "modifier_priv.h"

#include <string.h>

static const struct ips_example examples[] = {
#define EXAMPLE(id, ...) [IPS_CMD_##id] = { __VA_ARGS__ },
#include "reference.def"
#undef EXAMPLE
};
_Static_assert(IPS_NELEM(examples) == IPS_CMD_COUNT, "every command needs an example");

/* Shared by text and page. */
static const char head[] =
    "A value has the parts shown, with commas between them; parts in brackets may be left out. "
    "A command given twice counts as given last. Flags may also be written true and false.";

static const struct {
	const char *name, *meaning;
} scopes[] = {
	[IPS_SCOPE_REQUEST] = { "request", "the reply as a whole, wherever it stands" },
	[IPS_SCOPE_VIEW] = { "view", "the view of the composite, wherever it stands" },
	[IPS_SCOPE_LAYER] = { "layer", "the layer selected; layer 0 if none is" },
	[IPS_SCOPE_COMPOSITE] = { "layer or composite",
	    "the layer selected; the composite if none is" },
	[IPS_SCOPE_SELECT] = { "selection", "the commands that follow it" },
	[IPS_SCOPE_AREAS] = { "image map", "the layer selected; the composite if none is" },
	[IPS_SCOPE_NEUTRAL] = { "delivery", "delivery alone: no pixel changes" },
};

const struct ips_example *
ips_command_example(enum ips_cmd cmd)
{
	return &examples[cmd];
}

/* "qlt=quality[,chroma]" */
static const char *
form_of(struct ips_arena *mem, const struct ips_command *command)
{
	g_autoptr(GString) text = g_string_new(command->name);

	for (int i = 0; i < command->places; i++)
		g_string_append_printf(text, "%s%s%s",
		    i >= command->min_parts && (i > 0 || command->min_parts == 0) ? "[" : "",
		    i == 0 ? "" : ",", command->place[i].label);
	g_string_insert_c(text, (gssize)strlen(command->name), '=');
	for (int i = command->min_parts; i < command->places; i++)
		g_string_append_c(text, ']');
	return ips_arena_strndup(mem, text->str, text->len);
}

static const char *
allowed(struct ips_arena *mem, const struct ips_place *place)
{
	const char *text = place_text(mem, place);

	if (place->kind != IPS_KIND_WORD || place->later[0] == '\0')
		return text;
	return ips_arena_printf(mem, "%s; not offered: %s", place->words, place->later);
}

static const char *
default_of(const struct ips_command *command)
{
	if (command->dflt[0] != '\0')
		return command->dflt;
	return command->min_parts == 0 ? "empty" : "none, or the company's";
}

/* ---- Text ---- */

static void
put_command_text(GString *out, struct ips_arena *mem, const struct ips_command *command)
{
	const struct ips_example *example = &examples[command->id];

	g_string_append_printf(out, "%s\n    %s\n", form_of(mem, command), command->help);
	if (!command->works)
		g_string_append(out, "    Not offered by this server yet.\n");
	for (int i = 0; i < command->places; i++)
		g_string_append_printf(out, "    %-12s %s\n", command->place[i].label,
		    allowed(mem, &command->place[i]));
	g_string_append_printf(out, "    %-12s %s\n", "default:", default_of(command));
	g_string_append_printf(out, "    %-12s %s\n", "speaks of:", scopes[command->scope].meaning);
	if (example->deviation[0] != '\0')
		g_string_append_printf(out, "    %-12s %s\n", "differs:", example->deviation);
	g_string_append_printf(
	    out, "    %-12s %s?%s\n", "example:", example->picture, example->modifiers);
}

bool
ips_reference_text(const char *name, GString *out)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	const struct ips_command *one = name == NULL ? NULL : ips_command_find(name);

	if (name != NULL && one == NULL)
		return false;
	if (one != NULL) {
		put_command_text(out, mem, one);
		return true;
	}
	g_string_append_printf(out, "%s\n", head);
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++) {
		g_string_append_c(out, '\n');
		put_command_text(out, mem, ips_command(cmd));
	}
	return true;
}

void
ips_reference_examples(GString *out)
{
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
		if (ips_command(cmd)->works)
			g_string_append_printf(out, "%s\t%s\t%s\n", ips_command(cmd)->name,
			    examples[cmd].picture, examples[cmd].modifiers);
}

/* A bar would end the cell. */
static void
put_cell(GString *out, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "|", -1);
	g_autofree char *cell = g_strjoinv("\\|", parts);

	g_string_append(out, cell);
}

void
ips_reference_table(GString *out)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	g_string_append(out, "| command | speaks of | here |\n|---|---|---|\n");
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++) {
		const struct ips_command *command = ips_command(cmd);
		const char *deviation = examples[cmd].deviation;

		g_string_append(out, "| `");
		put_cell(out, form_of(mem, command));
		g_string_append_printf(out, "` | %s | %s", scopes[command->scope].name,
		    command->works ? "works" : "not yet");
		if (deviation[0] != '\0')
			g_string_append(out, ": ");
		put_cell(out, deviation);
		g_string_append(out, " |\n");
	}
}

/* ---- Page ---- */

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Image commands</title>\n"
    "<style>\n"
    "body { font: 16px/1.45 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }\n"
    "section { border-top: 1px solid #ccc; padding: .5em 0 1em; overflow: auto; }\n"
    "h2 { font: bold 1.1em monospace; margin: .5em 0; }\n"
    "img { float: right; max-width: 20em; margin-left: 1em; background: #eee; }\n"
    "th { text-align: left; font-weight: normal; color: #555; padding-right: 1em; }\n"
    "th, td { vertical-align: top; }\n.later { color: #777; }\n"
    "</style>\n</head>\n<body>\n<h1>Image commands</h1>\n";

static void
put_escaped(GString *out, const char *text)
{
	g_autofree char *escaped = g_markup_escape_text(text, -1);

	g_string_append(out, escaped);
}

static void
put_row(GString *out, const char *name, const char *text)
{
	g_string_append(out, "<tr><th>");
	put_escaped(out, name);
	g_string_append(out, "</th><td>");
	put_escaped(out, text);
	g_string_append(out, "</td></tr>\n");
}

/* An empty alternative text: where the demo catalog is missing, nothing is shown. */
static void
put_picture(GString *out, struct ips_arena *mem, const char *root, const struct ips_example *e)
{
	g_string_append(out, "<img alt=\"\" loading=\"lazy\" src=\"");
	put_escaped(out, ips_arena_printf(mem, "%s%s?%s", root, e->picture, e->modifiers));
	g_string_append(out, "\">\n");
}

static void
put_command_page(
    GString *out, struct ips_arena *mem, const char *root, const struct ips_command *command)
{
	const struct ips_example *example = &examples[command->id];

	g_string_append_printf(out, "<section id=\"%s\"%s>\n<h2>", command->name,
	    command->works ? "" : " class=\"later\"");
	put_escaped(out, form_of(mem, command));
	g_string_append(out, "</h2>\n");
	if (command->works)
		put_picture(out, mem, root, example);
	g_string_append(out, "<p>");
	put_escaped(out, command->help);
	g_string_append(out,
	    command->works ? "</p>\n<table>\n" : " Not offered by this server yet.</p>\n<table>\n");
	for (int i = 0; i < command->places; i++)
		put_row(out, command->place[i].label, allowed(mem, &command->place[i]));
	put_row(out, "default", default_of(command));
	put_row(out, "speaks of", scopes[command->scope].meaning);
	if (example->deviation[0] != '\0')
		put_row(out, "differs", example->deviation);
	put_row(
	    out, "example", ips_arena_printf(mem, "%s?%s", example->picture, example->modifiers));
	g_string_append(out, "</table>\n</section>\n");
}

void
ips_reference_page(const char *root, GString *out)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	g_string_append(out, page_head);
	g_string_append_printf(out, "<p>%s</p>\n<p>", head);
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
		g_string_append_printf(out, "<a href=\"#%s\">%s</a>\n", ips_command(cmd)->name,
		    ips_command(cmd)->name);
	g_string_append(out, "</p>\n");
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
		put_command_page(out, mem, root, ips_command(cmd));
	g_string_append(out, "</body>\n</html>\n");
}
