/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Sealed files: the whole layout by digests from another program, and every way to change one. */
#include "store_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define WHOLE (IPS_SEAL_CHUNK + IPS_SEAL_TAG)

struct fixture {
	char *dir;
	struct ips_store *store;
	uint8_t key[IPS_KEY_LEN];
	struct ips_error err;
};

static int
set_up(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);

	f->dir = g_dir_make_tmp("openips-store-XXXXXX", NULL);
	for (size_t i = 0; i < sizeof(f->key); i++)
		f->key[i] = (uint8_t)i;
	assert_true(ips_store_open(f->dir, &f->store, &f->err));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char *argv[] = { (char *)"rm", (char *)"-rf", f->dir, NULL };

	ips_store_close(f->store);
	assert_true(g_spawn_sync(
	    NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
	g_free(f->dir);
	g_free(f);
	return 0;
}

static uint8_t
byte_at(int64_t at)
{
	return (uint8_t)(at % 251);
}

static int
memory_file(const void *data, size_t len)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	return fd;
}

static int
content(int64_t size)
{
	uint8_t *data = g_malloc((gsize)size + 1);

	for (int64_t i = 0; i < size; i++)
		data[i] = byte_at(i);
	int fd = memory_file(data, (size_t)size);
	g_free(data);
	return fd;
}

/* The bytes of a sealed file with that content. */
static GByteArray *
sealed(struct fixture *f, int64_t size)
{
	GByteArray *out = g_byte_array_new();
	struct ips_reader *plain;
	struct ips_stage *stage;
	ssize_t got;
	uint8_t buffer[4096];

	assert_true(ips_reader_open(content(size), NULL, &plain, &f->err));
	assert_int_equal(ips_reader_size(plain), size);
	assert_true(ips_stage_open(f->store, &stage, &f->err));
	assert_true(ips_stage_seal(stage, plain, f->key, &f->err));
	for (int64_t at = 0; (got = pread(ips_stage_fd(stage), buffer, sizeof(buffer), at)) > 0;
	     at += got)
		g_byte_array_append(out, buffer, (guint)got);
	ips_stage_drop(stage);
	ips_reader_close(plain);
	return out;
}

/* Opens and reads all; the content must then be right. */
static bool
readable(struct fixture *f, const void *data, size_t len, const uint8_t *key, int64_t size)
{
	struct ips_reader *reader;
	uint8_t buffer[1000];
	bool good = true;
	size_t got = 1;

	if (!ips_reader_open(memory_file(data, len), key, &reader, &f->err))
		return false;
	for (int64_t at = 0; good && got > 0; at += (int64_t)got) {
		good = ips_reader_read(reader, at, buffer, sizeof(buffer), &got, &f->err);
		for (size_t i = 0; good && i < got; i++)
			assert_int_equal(buffer[i], byte_at(at + (int64_t)i));
		if (good && got == 0)
			assert_int_equal(at, size);
	}
	ips_reader_close(reader);
	return good;
}

static void
test_layout(void **state)
{
	static const struct {
		int64_t size;
		const char *want;
	} rows[] = {
		{ 0, "5cd37118379e0405dc691f5a2b3e1e96d2344eb95e03a47facbdde584cbb8e3b" },
		{ 1, "64396ec6cc753da78d74959538ebe1167cb18bcf4b894b1469b674578904f51a" },
		{ 65535, "828193538ff1db98d55fc7c23ffa1a458a7cb6a598da6117b39c5d8ca718e2ab" },
		{ 65536, "1b0908370773c09f0fca2a670f5a38b933e2171c88c3d917b1611d64d07758c4" },
		{ 65537, "96ad56260d54af699d89f9372b71e37001adb6b4fcb45a12031e0611ebbbf9d9" },
		{ 131071, "405fb1e01785ec5f999e482d7271f945aec2b8a10eb928bb60bafb5563891b1b" },
		{ 131072, "f791fe4f40ccd84bc2ce9ba21d9280d9a521f43a02290cb2120939cba2257956" },
		{ 131073, "bdafb7e7ee954fc89335502218aced8d9205892f8dbd07a08695def124d86ff5" },
		{ 1000000, "fd3de585a323e8fe827ac1db8d2a86f733d23f76a5567a8a9b1e51986f381abe" },
		{ 1048575, "bd09cc0d9f24c3ee0ac8e3b19d7c34e0cf8a41acbb232fca41d637966e4cf8a2" },
		{ 1048576, "71a20f512bbc72cf5450c01c8911dd327fd0468e45850e993fae4e6c470036c1" },
		{ 1048577, "29ce6a112e770299f86d5089519c6654b6f1acbc79f57943ad2f07df7fc4d058" },
		{ 1114112, "57c7f177d8f16c74301b860fdefe48033dd606cf5337b8751dfa6353bc483e56" },
		{ 2097152, "ade1e8218bdfcc1c6061ce80f06b6ce58d71488ac5e6f87b60c7febc6e1619d5" },
		{ 2097153, "c00bb5e2c1958eb60d8f117143526d3750f830abe05fc005ffc5df0b99352084" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		GByteArray *file = sealed(f, rows[i].size);
		char *hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, file->data, file->len);
		struct ips_blob blob = { .size = rows[i].size, .sealed = true };

		assert_string_equal(hex, rows[i].want);
		assert_int_equal(ips_blob_file_size(&blob), file->len);
		blob.sealed = false;
		assert_int_equal(ips_blob_file_size(&blob), rows[i].size);
		if (!readable(f, file->data, file->len, f->key, rows[i].size))
			fail_msg("%d bytes: %s", (int)rows[i].size, f->err.detail);
		g_free(hex);
		g_byte_array_unref(file);
	}
}

/* One changed byte in each part of a file of three chunks. */
static void
test_changed_bytes(void **state)
{
	static const struct {
		const char *part;
		size_t at;
	} rows[] = {
		{ "name of the layout", 0 },
		{ "version of the layout", 15 },
		{ "first chunk, first byte", IPS_SEAL_HEADER },
		{ "first chunk, last byte", IPS_SEAL_HEADER + IPS_SEAL_CHUNK - 1 },
		{ "first tag", IPS_SEAL_HEADER + IPS_SEAL_CHUNK },
		{ "first tag, last byte", IPS_SEAL_HEADER + WHOLE - 1 },
		{ "middle chunk", IPS_SEAL_HEADER + WHOLE + 5000 },
		{ "middle tag", IPS_SEAL_HEADER + 2 * WHOLE - 7 },
		{ "last chunk", IPS_SEAL_HEADER + 2 * WHOLE },
		{ "last tag", IPS_SEAL_HEADER + 2 * WHOLE + 100 },
		{ "last byte", IPS_SEAL_HEADER + 2 * WHOLE + 115 },
	};
	const int64_t size = 2 * IPS_SEAL_CHUNK + 100;
	struct fixture *f = *state;
	GByteArray *file = sealed(f, size);

	assert_int_equal(file->len, IPS_SEAL_HEADER + 2 * WHOLE + 116);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		file->data[rows[i].at] ^= 0x10;
		if (readable(f, file->data, file->len, f->key, size) ||
		    f->err.fault != IPS_INTERNAL)
			fail_msg("%s: not noticed", rows[i].part);
		file->data[rows[i].at] ^= 0x10;
	}
	assert_true(readable(f, file->data, file->len, f->key, size));
	f->key[0] ^= 1;
	assert_false(readable(f, file->data, file->len, f->key, size)); /* another key */
	g_byte_array_unref(file);
}

/* Chunks as pieces: kept, left out, twice, in another order. */
static void
test_rearranged_chunks(void **state)
{
	static const struct {
		const char *what, *order; /* of a file of three chunks, A B C */
		bool ok;
	} rows[] = {
		{ "as it was", "ABC", true },
		{ "without the last", "AB", false },
		{ "without the last two", "A", false },
		{ "without the first", "BC", false },
		{ "without the middle", "AC", false },
		{ "the last alone", "C", false },
		{ "two exchanged", "BAC", false },
		{ "last ones exchanged", "ACB", false },
		{ "one twice", "ABBC", false },
		{ "last twice", "ABCC", false },
		{ "nothing", "", false },
	};
	static const int64_t sizes[] = { 3 * IPS_SEAL_CHUNK, 2 * IPS_SEAL_CHUNK + 1 };
	struct fixture *f = *state;

	for (size_t s = 0; s < IPS_NELEM(sizes); s++) {
		GByteArray *file = sealed(f, sizes[s]);

		for (size_t i = 0; i < IPS_NELEM(rows); i++) {
			GByteArray *other = g_byte_array_new();

			g_byte_array_append(other, file->data, IPS_SEAL_HEADER);
			for (const char *c = rows[i].order; *c; c++) {
				guint at = IPS_SEAL_HEADER + (guint)(*c - 'A') * WHOLE;
				g_byte_array_append(
				    other, file->data + at, MIN(WHOLE, file->len - at));
			}
			if (readable(f, other->data, other->len, f->key, sizes[s]) != rows[i].ok)
				fail_msg("%s: %s", rows[i].what, rows[i].order);
			g_byte_array_unref(other);
		}
		g_byte_array_unref(file);
	}
}

static void
test_cut(void **state)
{
	static const int64_t sizes[] = { 0, 1, IPS_SEAL_CHUNK, IPS_SEAL_CHUNK + 1 };
	struct fixture *f = *state;

	for (size_t s = 0; s < IPS_NELEM(sizes); s++) {
		GByteArray *file = sealed(f, sizes[s]);
		const size_t cuts[] = { 0, 1, 15, 16, 17, 31, 32, 33, IPS_SEAL_CHUNK,
			IPS_SEAL_HEADER + IPS_SEAL_CHUNK, IPS_SEAL_HEADER + WHOLE - 1,
			IPS_SEAL_HEADER + WHOLE, IPS_SEAL_HEADER + WHOLE + 16, file->len - 1 };

		for (size_t i = 0; i < IPS_NELEM(cuts); i++)
			if (cuts[i] < file->len &&
			    readable(f, file->data, cuts[i], f->key, sizes[s]))
				fail_msg("%d bytes cut to %zu", (int)sizes[s], cuts[i]);
		g_byte_array_append(file, (const uint8_t *)"", 1);
		assert_false(readable(f, file->data, file->len, f->key, sizes[s])); /* longer */
		g_byte_array_unref(file);
	}
}

/* Any place is read without what is before it, and spoilt chunks elsewhere do not matter. */
static void
test_places(void **state)
{
	static const struct {
		int64_t at;
		size_t len, got;
	} rows[] = {
		{ 0, 1, 1 },
		{ 199999, 5, 1 },
		{ 200000, 5, 0 },
		{ 300000, 5, 0 },
		{ 65530, 12, 12 },
		{ 131072, 68929, 68928 },
		{ 65536, 65536, 65536 },
		{ 7, 0, 0 },
		{ 3, 199997, 199997 },
	};
	struct fixture *f = *state;
	GByteArray *file = sealed(f, 200000);
	uint8_t *buffer = g_malloc(200000);
	struct ips_reader *reader;
	size_t got;

	assert_true(ips_reader_open(memory_file(file->data, file->len), f->key, &reader, &f->err));
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		assert_true(
		    ips_reader_read(reader, rows[i].at, buffer, rows[i].len, &got, &f->err));
		assert_int_equal(got, rows[i].got);
		for (size_t b = 0; b < got; b++)
			assert_int_equal(buffer[b], byte_at(rows[i].at + (int64_t)b));
	}
	ips_reader_close(reader);
	file->data[IPS_SEAL_HEADER + 3] ^= 1;
	assert_true(ips_reader_open(memory_file(file->data, file->len), f->key, &reader, &f->err));
	assert_true(ips_reader_read(reader, 131072, buffer, 10, &got, &f->err));
	assert_false(ips_reader_read(reader, 0, buffer, 10, &got, &f->err));
	assert_true(ips_reader_read(reader, 131072, buffer, 10, &got, &f->err));
	ips_reader_close(reader);
	g_free(buffer);
	g_byte_array_unref(file);
}

/* Published by the digest of what lies on the disk, so that it is proven without any key; the way
 * back gives the content. */
static void
test_published(void **state)
{
	struct fixture *f = *state;
	struct ips_reader *reader;
	struct ips_stage *stage;
	struct ips_blob blob;
	int64_t size;
	int fd, back = memfd_create("back", MFD_CLOEXEC);
	uint8_t byte;

	assert_true(ips_reader_open(content(70000), NULL, &reader, &f->err));
	assert_true(ips_stage_open(f->store, &stage, &f->err));
	assert_true(ips_stage_seal(stage, reader, f->key, &f->err));
	ips_reader_close(reader);
	assert_true(ips_stage_publish(stage, &blob, &f->err));
	assert_int_equal(blob.size, ips_sealed_size(70000));
	assert_true(ips_store_verify(f->store, blob.digest, blob.size, &f->err));

	assert_true(ips_store_read(f->store, blob.digest, &fd, &size, &f->err));
	assert_true(ips_reader_open(fd, f->key, &reader, &f->err));
	assert_true(ips_reader_copy(reader, back, &f->err));
	ips_reader_close(reader);
	assert_int_equal(lseek(back, 0, SEEK_CUR), 70000);
	assert_int_equal(pread(back, &byte, 1, 69999), 1);
	assert_int_equal(byte, byte_at(69999));
	close(back);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_layout),
		WITH_STORE(test_changed_bytes),
		WITH_STORE(test_rearranged_chunks),
		WITH_STORE(test_cut),
		WITH_STORE(test_places),
		WITH_STORE(test_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
