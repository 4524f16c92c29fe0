/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Expected bytes come from another program over the published description of AES-256-GCM and the
 * layout in crypto.h. */
#include "openips/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
count_up(uint8_t *out, size_t len, uint8_t from)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(from + i);
}

static void
test_chunk_vectors(void **state)
{
	static const struct {
		uint64_t place;
		bool last;
		const char *text, *want;
	} rows[] = {
		{ 0, true, "", "025abfc380667183d5d454f48dbcad58" },
		{ 0, true, "abc", "74b4dcde31bd5021726bd2ba5605503fc2c415" },
		{ UINT64_C(0x0102030405060708), false, "abc",
		    "afe2bf017e7a08dd5d82d0d9188e6085bbeb06" },
	};
	uint8_t key[IPS_KEY_LEN], sealed[64], opened[64];
	char hex[129];

	(void)state;
	count_up(key, sizeof(key), 0);
	struct ips_seal *seal = ips_seal_new(key);
	for (int twice = 0; twice < 2; twice++) /* one key, both directions, any order */
		for (size_t i = 0; i < IPS_NELEM(rows); i++) {
			size_t len = strlen(rows[i].text);

			ips_seal_chunk(seal, rows[i].place, rows[i].last,
			    (const void *)rows[i].text, len, sealed);
			ips_hex(sealed, len + IPS_SEAL_TAG, hex);
			assert_string_equal(hex, rows[i].want);
			assert_true(ips_unseal_chunk(
			    seal, rows[i].place, rows[i].last, sealed, len + IPS_SEAL_TAG, opened));
			assert_memory_equal(opened, rows[i].text, len);
		}
	ips_seal_free(seal);
	ips_seal_free(NULL);
}

/* Whatever differs from what was sealed, nothing is opened and nothing is left in the buffer. */
static void
test_chunk_refusals(void **state)
{
	static const struct {
		const char *what;
		uint64_t place;
		bool last;
		int flip; /* byte to change; -1: none */
		size_t len;
	} rows[] = {
		{ "another place", 8, false, -1, 19 },
		{ "said to be the last", 7, true, -1, 19 },
		{ "first byte of the text", 7, false, 0, 19 },
		{ "last byte of the text", 7, false, 2, 19 },
		{ "first byte of the tag", 7, false, 3, 19 },
		{ "last byte of the tag", 7, false, 18, 19 },
		{ "a byte short", 7, false, -1, 18 },
		{ "the tag alone", 7, false, -1, 16 },
		{ "less than a tag", 7, false, -1, 15 },
		{ "nothing", 7, false, -1, 0 },
	};
	static const uint8_t wiped[32];
	uint8_t key[IPS_KEY_LEN], sealed[19], opened[32];

	(void)state;
	count_up(key, sizeof(key), 0);
	struct ips_seal *seal = ips_seal_new(key);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		ips_seal_chunk(seal, 7, false, (const uint8_t *)"abc", 3, sealed);
		if (rows[i].flip >= 0)
			sealed[rows[i].flip] ^= 1;
		memset(opened, 0, sizeof(opened));
		if (ips_unseal_chunk(
			seal, rows[i].place, rows[i].last, sealed, rows[i].len, opened))
			fail_msg("%s: opened", rows[i].what);
		if (memcmp(opened, wiped, sizeof(opened)) != 0)
			fail_msg("%s: bytes left", rows[i].what);
	}
	ips_seal_free(seal);
	key[31] ^= 1;
	seal = ips_seal_new(key);
	ips_seal_chunk(seal, 7, false, (const uint8_t *)"abc", 3, sealed);
	ips_seal_free(seal);
	key[31] ^= 1;
	seal = ips_seal_new(key);
	assert_false(ips_unseal_chunk(seal, 7, false, sealed, 19, opened)); /* another key */
	ips_seal_free(seal);
}

static void
test_sizes(void **state)
{
	static const struct {
		int64_t content, sealed;
	} rows[] = {
		{ 0, 32 },
		{ 1, 33 },
		{ 65535, 65567 },
		{ 65536, 65568 },
		{ 65537, 65585 },
		{ 131072, 131120 },
		{ 131073, 131137 },
		{ INT64_C(137438953472), INT64_C(137472507920) },
	};
	/* Shorter than the least, or with a last chunk that holds no byte, or no whole tag. */
	static const int64_t none[] = { 31, 16, 15, 0, -1, INT64_MIN / 2, 65569, 65584, 131121,
		131136 };
	int64_t content = -1;

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		assert_int_equal(ips_sealed_size(rows[i].content), rows[i].sealed);
		assert_true(ips_unsealed_size(rows[i].sealed, &content));
		assert_int_equal(content, rows[i].content);
	}
	for (size_t i = 0; i < IPS_NELEM(none); i++)
		if (ips_unsealed_size(none[i], &content))
			fail_msg("size %d", (int)none[i]);
}

static void
test_header(void **state)
{
	uint8_t header[IPS_SEAL_HEADER];

	(void)state;
	ips_seal_header(header);
	assert_memory_equal(header, "openips sealed 1", IPS_SEAL_HEADER);
	for (size_t i = 0; i < sizeof(header); i++) {
		assert_true(ips_seal_header_valid(header));
		header[i] ^= 1;
		assert_false(ips_seal_header_valid(header));
		header[i] ^= 1;
	}
}

static void
test_wrap(void **state)
{
	static const char context[] = "whose and what for";
	uint8_t by[IPS_KEY_LEN], want[IPS_KEY_LEN], key[IPS_KEY_LEN] = { 0 };
	uint8_t wrapped[IPS_WRAPPED_LEN], again[IPS_WRAPPED_LEN];

	(void)state;
	count_up(by, sizeof(by), 0);
	count_up(want, sizeof(want), 100);
	assert_true(ips_unhex("000102030405060708090a0b2367b07cad8ca870e12cf9e4c1980a1ef7a3f1438802"
			      "2507441a9bfa9de8823134c2bdc0c15af1d74e6e9493f2828818",
	    wrapped, sizeof(wrapped)));
	assert_true(ips_key_unwrap(by, wrapped, context, key));
	assert_memory_equal(key, want, sizeof(key));

	ips_key_wrap(by, want, context, wrapped);
	ips_key_wrap(by, want, context, again);
	assert_memory_not_equal(wrapped, again, sizeof(wrapped));
	memset(key, 0, sizeof(key));
	assert_true(ips_key_unwrap(by, wrapped, context, key));
	assert_memory_equal(key, want, sizeof(key));

	memset(key, 7, sizeof(key));
	for (size_t i = 0; i < sizeof(wrapped); i++) {
		wrapped[i] ^= 0x80;
		assert_false(ips_key_unwrap(by, wrapped, context, key));
		wrapped[i] ^= 0x80;
	}
	assert_false(ips_key_unwrap(by, wrapped, "whose and what for?", key));
	assert_false(ips_key_unwrap(by, wrapped, "", key));
	by[0] ^= 1;
	assert_false(ips_key_unwrap(by, wrapped, context, key));
	for (size_t i = 0; i < sizeof(key); i++)
		assert_int_equal(key[i], 7); /* untouched on failure */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunk_vectors),
		cmocka_unit_test(test_chunk_refusals),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
