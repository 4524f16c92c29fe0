/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "fuzz.h"

#include <ctype.h>
#include <string.h>

extern const struct fuzz_target fuzz_modifier, fuzz_handle, fuzz_text, fuzz_envelope, fuzz_rest,
    fuzz_server, fuzz_gzip, fuzz_picture, fuzz_metadata;

const struct fuzz_target *const fuzz_targets[] = { &fuzz_modifier, &fuzz_handle, &fuzz_text,
	&fuzz_envelope, &fuzz_rest, &fuzz_server, &fuzz_gzip, &fuzz_picture, &fuzz_metadata };
const size_t fuzz_target_count = IPS_NELEM(fuzz_targets);

const struct fuzz_target *
fuzz_target_named(const char *name)
{
	for (size_t i = 0; i < fuzz_target_count; i++)
		if (strcmp(fuzz_targets[i]->name, name) == 0)
			return fuzz_targets[i];
	fprintf(stderr, "there is no target %s\n", name);
	exit(2);
}

void
fuzz_add_text(GPtrArray *out, const char *text)
{
	g_ptr_array_add(out, g_bytes_new(text, strlen(text)));
}

void
fuzz_add_words(GPtrArray *out, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		g_ptr_array_add(out, g_strdup(words[i]));
}

static void
add_files(GPtrArray *out, const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *file = g_build_filename(folder, name, NULL);
		char *data;
		gsize len;

		if (!g_file_get_contents(file, &data, &len, NULL))
			g_error("%s cannot be read", file);
		g_ptr_array_add(out, g_bytes_new_take(data, len));
	}
	if (dir != NULL)
		g_dir_close(dir);
}

GPtrArray *
fuzz_seeds(const struct fuzz_target *target, const char *cases)
{
	g_autofree char *folder = g_build_filename(cases, target->name, NULL);
	GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

	target->seeds(out);
	add_files(out, folder);
	return out;
}

void
fuzz_broken(const char *what, const void *data, size_t len)
{
	const unsigned char *byte = data;

	fprintf(stderr, "%s does not hold for: ", what);
	for (size_t i = 0; i < MIN(len, 4096); i++)
		fprintf(stderr, isprint(byte[i]) ? "%c" : "\\x%02x", byte[i]);
	fputc('\n', stderr);
	abort();
}

bool
fuzz_can_be_shown(const char *text)
{
	if (*text == '\0' || !ips_utf8_valid(text, strlen(text)))
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}
