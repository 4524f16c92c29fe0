/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What libFuzzer starts from: the seeds of a target as files, and its dictionary. Without
 * arguments: the names of all targets. */
#include "fuzz.h"

#include <ctype.h>
#include <string.h>

static void
list_targets(void)
{
	for (size_t i = 0; i < fuzz_target_count; i++)
		puts(fuzz_targets[i]->name);
}

static void
put_word(GString *out, const char *word)
{
	g_string_append_c(out, '"');
	for (; *word != '\0'; word++) {
		bool plain = isprint((unsigned char)*word) && *word != '"' && *word != '\\';

		g_string_append_printf(out, plain ? "%c" : "\\x%02x", (unsigned char)*word);
	}
	g_string_append(out, "\"\n");
}

static bool
write_words(const struct fuzz_target *target, const char *file)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) out = g_string_new("# made by code\n");

	target->words(words);
	for (guint i = 0; i < words->len; i++)
		if (*(const char *)words->pdata[i] != '\0')
			put_word(out, words->pdata[i]);
	return g_file_set_contents(file, out->str, (gssize)out->len, NULL);
}

int
main(int argc, char **argv)
{
	if (argc == 1) {
		list_targets();
		return 0;
	}
	if (argc != 5) {
		fprintf(stderr, "usage: %s [TARGET CASES-FOLDER CORPUS DICTIONARY]\n", argv[0]);
		return 2;
	}
	const struct fuzz_target *target = fuzz_target_named(argv[1]);
	g_autoptr(GPtrArray) seeds = fuzz_seeds(target, argv[2]);

	for (guint i = 0; i < seeds->len; i++) {
		g_autofree char *name = g_strdup_printf("seed-%03u", i);
		g_autofree char *file = g_build_filename(argv[3], name, NULL);
		gsize len;
		const char *data = g_bytes_get_data(seeds->pdata[i], &len);

		if (!g_file_set_contents(file, data, (gssize)len, NULL))
			return 1;
	}
	return write_words(target, argv[4]) ? 0 : 1;
}
