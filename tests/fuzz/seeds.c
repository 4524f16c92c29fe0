/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "seeds.h"
#include "openips/modifier.h"

#include <string.h>

static void
add_file(GPtrArray *out, const char *file)
{
	char *text;

	if (!g_file_get_contents(file, &text, NULL, NULL))
		g_error("%s cannot be read", file);
	g_ptr_array_add(out, text);
}

static void
add_lines(GPtrArray *out, const char *file)
{
	g_autofree char *content = NULL;

	if (!g_file_get_contents(file, &content, NULL, NULL))
		g_error("%s cannot be read", file);
	g_auto(GStrv) lines = g_strsplit(content, "\n", -1);
	for (int i = 0; lines[i] != NULL; i++)
		if (strchr(lines[i], '\t') != NULL)
			g_ptr_array_add(out, g_strdup(strchr(lines[i], '\t') + 1));
}

GPtrArray *
seeds_read(const char *modifiers_file, const char *cases_folder)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	GDir *folder = g_dir_open(cases_folder, 0, NULL);
	const char *name;

	add_lines(out, modifiers_file);
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++)
		g_ptr_array_add(out, g_strdup(ips_command_example(cmd)->modifiers));
	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *file = g_build_filename(cases_folder, name, NULL);

		add_file(out, file);
	}
	if (folder != NULL)
		g_dir_close(folder);
	return out;
}
