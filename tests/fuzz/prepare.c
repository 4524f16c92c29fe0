/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What libFuzzer starts from: the seeds as files, and a dictionary of the names and words of the
 * command table. */
#include "openips/modifier.h"
#include "seeds.h"

#include <stdio.h>
#include <string.h>

static void
put_words(GString *out, const char *words)
{
	g_auto(GStrv) list = g_strsplit(words, "|", -1);

	for (int i = 0; list[i] != NULL; i++)
		if (list[i][0] != '\0')
			g_string_append_printf(out, "\"%s\"\n", list[i]);
}

static char *
dictionary(void)
{
	static const char *const signs[] = { "&", ",", "=", "$", "%24", "%00", "%7B", "%7D", "is{",
		"is(", "}", ")", "0x", "k", "1e9", "-1", "0.5", "999999999", "&$v=", "$v$", "Z" };
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < IPS_NELEM(signs); i++)
		g_string_append_printf(out, "\"%s\"\n", signs[i]);
	for (int cmd = 0; cmd < IPS_CMD_COUNT; cmd++) {
		const struct ips_command *command = ips_command(cmd);

		g_string_append_printf(out, "\"&%s=\"\n", command->name);
		if (command->dflt[0] != '\0')
			g_string_append_printf(out, "\"%s\"\n", command->dflt);
		for (int i = 0; i < command->places; i++) {
			put_words(out, command->place[i].words);
			put_words(out, command->place[i].later);
		}
	}
	return g_string_free(out, FALSE);
}

int
main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(
		    stderr, "usage: %s MODIFIERS-FILE CASES-FOLDER CORPUS DICTIONARY\n", argv[0]);
		return 2;
	}
	g_autoptr(GPtrArray) seeds = seeds_read(argv[1], argv[2]);
	g_autofree char *words = dictionary();

	for (guint i = 0; i < seeds->len; i++) {
		g_autofree char *name = g_strdup_printf("seed-%03u", i);
		g_autofree char *file = g_build_filename(argv[3], name, NULL);

		if (!g_file_set_contents(file, seeds->pdata[i], -1, NULL))
			return 1;
	}
	return g_file_set_contents(argv[4], words, -1, NULL) ? 0 : 1;
}
