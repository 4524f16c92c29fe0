/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* FIPS 180-4 and its examples, each also in two parts and byte by byte. */
static void
test_sha256(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	uint8_t raw[IPS_SHA256_LEN];
	char hex[IPS_SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		size_t len = strlen(cases[i].text), steps[] = { len, len / 2, 1 };
		for (size_t s = 0; s < IPS_NELEM(steps); s++) {
			struct ips_sha256 *digest = ips_sha256_new();
			for (size_t at = 0, step = MAX(steps[s], 1); at < len; at += step)
				ips_sha256_add(digest, cases[i].text + at, MIN(step, len - at));
			ips_sha256_end(digest, raw);
			ips_hex(raw, sizeof(raw), hex);
			assert_string_equal(hex, cases[i].want);
		}
	}
}

/* RFC 4231, test cases 1, 2 and 6, and an empty key. */
static void
test_hmac(void **state)
{
	static char long_key[131], short_key[20];
	const struct {
		const char *key;
		size_t key_len;
		const char *data, *want;
	} cases[] = {
		{ short_key, sizeof(short_key), "Hi There",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "Jefe", 4, "what do ya want for nothing?",
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ long_key, sizeof(long_key),
		    "Test Using Larger Than Block-Size Key - Hash Key First",
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
		{ NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	};
	uint8_t raw[IPS_SHA256_LEN];
	char hex[IPS_SHA256_HEX];

	(void)state;
	memset(short_key, 0x0b, sizeof(short_key));
	memset(long_key, 0xaa, sizeof(long_key));
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		struct ips_mac *mac = ips_mac_new(cases[i].key, cases[i].key_len);
		for (int twice = 0; twice < 2; twice++) {
			ips_mac(mac, cases[i].data, strlen(cases[i].data), raw);
			ips_hex(raw, sizeof(raw), hex);
			assert_string_equal(hex, cases[i].want);
		}
		ips_mac_free(mac);
	}
}

static void
test_hex(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "00ff7f", true },
		{ "00FF7f", true },
		{ "", false },
		{ "00ff7", false },
		{ "00ff7f0", false },
		{ "00ff7f00", false },
		{ "00ff7g", false },
		{ "0 ff7f", false },
		{ "+0ff7f", false },
	};
	static const uint8_t want[] = { 0x00, 0xff, 0x7f }, untouched[] = { 1, 2, 3 };
	char hex[7];

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		uint8_t out[] = { 1, 2, 3 };
		if (ips_unhex(cases[i].text, out, sizeof(out)) != cases[i].ok)
			fail_msg("'%s'", cases[i].text);
		assert_memory_equal(out, cases[i].ok ? want : untouched, sizeof(out));
	}
	ips_hex(want, sizeof(want), hex);
	assert_string_equal(hex, "00ff7f");
	ips_hex(want, 0, hex);
	assert_string_equal(hex, "");
}

static void
test_random(void **state)
{
	static uint8_t a[3 * 1024 * 1024], b[64];
	unsigned seen = 0;

	(void)state;
	ips_random(a, sizeof(a));
	ips_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(b));
	for (size_t i = sizeof(a) - 4096; i < sizeof(a); i++) /* filled to the end? */
		seen |= a[i];
	assert_int_equal(seen, 0xff);
	ips_random(NULL, 0);
}

static void
test_password(void **state)
{
	char *hash = ips_password_hash("correct horse"),
	     *again = ips_password_hash("correct horse");

	(void)state;
	assert_memory_equal(hash, "scrypt$15$8$1$", 14);
	assert_string_not_equal(hash, again); /* salted */
	assert_true(ips_password_verify("correct horse", hash));
	assert_true(ips_password_verify("correct horse", again));
	assert_false(ips_password_verify("correct horsf", hash));
	assert_false(ips_password_verify("correct horse ", hash));
	assert_false(ips_password_verify("", hash));
	g_free(hash);
	g_free(again);
}

/* Hashes made elsewhere (Python's hashlib.scrypt), to pin the format; and what is none. */
static void
test_password_hashes(void **state)
{
#define SALT "AAECAwQFBgcICQoLDA0ODw=="
#define HASH "FBYrbyejpsRMOOxNjJ4WhxLlIIkIxp/izmMfHJ7w9YU="
	static const struct {
		const char *hash;
		bool ok;
	} cases[] = {
		{ "scrypt$4$8$1$" SALT "$" HASH, true },
		{ "scrypt$5$8$1$" SALT "$" HASH, false },
		{ "scrypt$4$8$2$" SALT "$" HASH, false },
		{ "SCRYPT$4$8$1$" SALT "$" HASH, false },
		{ "bcrypt$4$8$1$" SALT "$" HASH, false },
		{ "scrypt$4$8$1$" SALT "$" HASH "$", false },
		{ "scrypt$4$8$1$" SALT "$" HASH "=", false },
		{ "scrypt$4$8$1$" SALT "$ " HASH, false },
		{ "scrypt$4$8$1$" SALT "$", false },
		{ "scrypt$4$8$1$" SALT, false },
		{ "scrypt$4$8$1$$" HASH, false },
		{ "scrypt$0$8$1$" SALT "$" HASH, false },
		{ "scrypt$-4$8$1$" SALT "$" HASH, false },
		{ "scrypt$4$0$1$" SALT "$" HASH, false },
		{ "scrypt$40$8$1$" SALT "$" HASH, false }, /* would need the whole machine */
		{ "scrypt$15$9999999$1$" SALT "$" HASH, false },
		{ "", false },
		{ "secret", false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(cases); i++)
		if (ips_password_verify("secret", cases[i].hash) != cases[i].ok)
			fail_msg("'%s'", cases[i].hash);
}

/* Names are unlike each other, of the right form, and lead back to their number alone. */
static void
test_opaque(void **state)
{
	static const int64_t numbers[] = { 0, 1, 2, 739, INT64_C(1) << 40, (INT64_C(1) << 56) - 1 };
	struct ips_mac *mac = ips_mac_new("key", 3), *other = ips_mac_new("kez", 3);
	uint8_t out[IPS_OPAQUE_LEN];
	int64_t number;

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(numbers); i++) {
		ips_opaque(mac, 'i', numbers[i], out);
		assert_int_equal(out[6] >> 4, 4);
		assert_int_equal(out[8] >> 6, 2);
		assert_true(ips_opaque_open(mac, 'i', out, &number));
		assert_int_equal(number, numbers[i]);
		assert_false(ips_opaque_open(mac, 'j', out, &number));
		assert_false(ips_opaque_open(other, 'i', out, &number));
		for (size_t bit = 0; bit < 8 * sizeof(out); bit++) {
			out[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(ips_opaque_open(mac, 'i', out, &number));
			out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	ips_mac_free(mac);
	ips_mac_free(other);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_password_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
