/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Vectors of the vendors' own signers, and what must not pass. */
#include "openips/crypto.h"
#include "openips/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ACCESS "EXAMPLEAK00000000001"
#define SECRET "example-secret-key-0001"
#define COPY   "/v1/cloudimages/6b7f5d0e-3c0a-4a55-9a3e-1c8f2d7b9e10/copy"
#define BODY                                                                                       \
	"{\"name\":\"web base 7.3\",\"description\":\"nightly copy\","                             \
	"\"cmk_id\":\"2d9e6c14-7f03-4b8a-9c51-a0b7e3d4f812\"}"
#define GO_NAMES        "accept;content-type;host;user-agent;x-sdk-date"
#define PUBLISHED_PATH  "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs"
#define PUBLISHED_QUERY "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0"

struct vector {
	const char *row, *method, *path, *query, *body, *names, *scope, *hash, *signature;
	const char *access, *secret, *date, *host; /* NULL: those above */
};

static const struct vector vectors[] = {
	{ "A1", "POST", COPY, "", BODY, "content-type;host;x-project-id;x-sdk-date", NULL,
	    "dd9ec75166ef808dbbf108743e1f795a31ca7a35e1d8c59f9b6b8da3b12cdeaf",
	    "d8560a9e0f20f9bd85a0febfd631bc13e24b00c0c7c436c31b68bcd4d60b59e8", NULL, NULL, NULL,
	    NULL },
	{ "A2", "GET", "/v2/cloudimages", "__imagetype=private&limit=1&name=a%20b%2F%E4%B8%AD", "",
	    "content-type;host;x-sdk-date", NULL,
	    "a8d3c5f9100272faabfd83de328b5f9f2f3929e3178a17e2e5bd9f4f2cf90c2d",
	    "cc1774e298fc66213f40ea8295b5350ccf6b5ba4d9378741de4622c304078851", NULL, NULL, NULL,
	    NULL },
	{ "A2 in another order", "GET", "/v2/cloudimages",
	    "name=a%20b%2f%e4%b8%ad&limit=1&__imagetype=private", "",
	    "host;content-type;x-sdk-date", NULL,
	    "a8d3c5f9100272faabfd83de328b5f9f2f3929e3178a17e2e5bd9f4f2cf90c2d",
	    "cc1774e298fc66213f40ea8295b5350ccf6b5ba4d9378741de4622c304078851", NULL, NULL, NULL,
	    NULL },
	{ "B1", "POST", COPY, "", BODY "\n", GO_NAMES, "20260115///sdk_request",
	    "17f5c07f59563c245599ea88299ea9efe2c829527828b4d05efec715a79386f5",
	    "3619d2a1c838716c1a77f581efec9c92e6755c9a26a3973437698bc993536f30", NULL, NULL, NULL,
	    NULL },
	{ "B2", "POST", COPY, "", BODY "\n", GO_NAMES, "20260115/eu-de/ims/sdk_request",
	    "17f5c07f59563c245599ea88299ea9efe2c829527828b4d05efec715a79386f5",
	    "a99d471b68a3b062c990c70b5e94b1945a7b43e64b6891aa4855da834097553a", NULL, NULL, NULL,
	    NULL },
	{ "published", "GET", PUBLISHED_PATH, PUBLISHED_QUERY, "", "content-type;host;x-sdk-date",
	    NULL, "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
	    "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
	    "QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc", "20191115T033655Z",
	    "service.region.example.com" },
};

struct sent {
	const char *authorization, *date, *host, *payload;
};

static const char *
header(const void *arg, const char *name)
{
	const struct sent *sent = arg;
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "authorization", sent->authorization },
		{ "x-sdk-date", sent->date },
		{ "host", sent->host },
		{ "x-sdk-content-sha256", sent->payload },
		{ "content-type", "  application/json " }, /* blanks around do not count */
		{ "accept", "application/json" },
		{ "user-agent", "golangsdk/2.0.0" },
		{ "x-project-id", "3f9a1c5e7b2d4860a1b2c3d4e5f60718" },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		if (g_ascii_strcasecmp(rows[i].name, name) == 0)
			return rows[i].value;
	return NULL;
}

static const char *
authorization(struct ips_arena *mem, const struct vector *v)
{
	const char *access = v->access ? v->access : ACCESS;

	if (v->scope != NULL)
		return ips_arena_printf(mem,
		    "SDK-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", access,
		    v->scope, v->names, v->signature);
	return ips_arena_printf(mem, "SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s",
	    access, v->names, v->signature);
}

static struct ips_signed_request
request_of(struct ips_arena *mem, const struct vector *v, struct sent *sent)
{
	*sent = (struct sent){
		.authorization = authorization(mem, v),
		.date = v->date ? v->date : "20260115T093000Z",
		.host = v->host ? v->host : "ims.example.test:8774",
	};
	return (struct ips_signed_request){ v->method, v->path, v->query, v->body, strlen(v->body),
		header, sent };
}

static void
check_vector(const struct vector *v)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct ips_error err = { .fault = IPS_OK };
	struct ips_signature signature;
	struct sent sent;
	struct ips_signed_request request = request_of(mem, v, &sent);
	struct ips_sha256 *running = ips_sha256_new();
	uint8_t digest[IPS_SHA256_LEN];
	char hash[IPS_SHA256_HEX];
	const char *canonical;

	print_message("%s\n", v->row);
	assert_true(ips_signature_read(mem, &request, &signature, &err));
	assert_string_equal(signature.access, v->access ? v->access : ACCESS);
	canonical = ips_signature_canonical(mem, &request, &signature);
	ips_sha256_add(running, canonical, strlen(canonical));
	ips_sha256_end(running, digest);
	ips_hex(digest, sizeof(digest), hash);
	assert_string_equal(hash, v->hash);
	if (!ips_signature_verify(mem, &request, &signature, v->secret ? v->secret : SECRET, &err))
		fail_msg("%s: %s", v->row, err.reason);
	assert_false(ips_signature_verify(mem, &request, &signature, "another", &err));
	assert_non_null(strstr(err.reason, "verify aksk signature fail, canonicalRequest:"));
	assert_null(strchr(err.reason, '\n'));
	request.method = "PUT";
	assert_false(
	    ips_signature_verify(mem, &request, &signature, v->secret ? v->secret : SECRET, &err));
}

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < IPS_NELEM(vectors); i++)
		check_vector(&vectors[i]);
}

static void
test_window(void **state)
{
	static const struct {
		const char *date;
		int off_s;
		bool fresh;
	} rows[] = {
		{ "20260115T093000Z", 0, true },
		{ "20260115T093000Z", 15 * 60, true },
		{ "20260115T093000Z", -15 * 60, true },
		{ "20260115T093000Z", 15 * 60 + 1, false },
		{ "20260115T093000Z", -15 * 60 - 1, false },
		{ "20260115T093000X", 0, false },
		{ "20261315T093000Z", 0, false },
		{ "2026-01-15T09300", 0, false },
	};
	int64_t at;

	(void)state;
	assert_true(ips_time_parse("2026-01-15T09:30:00Z", &at));
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_signature signature = { .date = rows[i].date };
		struct ips_error err;

		if (ips_signature_fresh(&signature, at + rows[i].off_s * 1000, &err) !=
		    rows[i].fresh)
			fail_msg("%s, %d s off", rows[i].date, rows[i].off_s);
	}
}

static void
test_malformed(void **state)
{
	static const char *const rows[] = { NULL, "", "Basic eDp5", "SDK-HMAC-SHA256",
		"SDK-HMAC-SHA256 ", "SDK-HMAC-SHA256 Access=A, SignedHeaders=host",
		"SDK-HMAC-SHA256 Access=A, Signature=00",
		"SDK-HMAC-SHA256 SignedHeaders=host, Signature=00",
		"SDK-HMAC-SHA256 Credential=A, SignedHeaders=host, Signature=00",
		"SDK-HMAC-SHA256 Credential=A/20250115///sdk_request, SignedHeaders=host, "
		"Signature=00",
		"SDK-HMAC-SHA256 Credential=A/20260115///other, SignedHeaders=host, Signature=00",
		"V11-HMAC-SHA256 Credential=A/20260115///sdk_request, SignedHeaders=host, "
		"Signature=00" };
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct sent sent = {
			.authorization = rows[i], .date = "20260115T093000Z", .host = "a"
		};
		struct ips_signed_request request = { "GET", "/", "", "", 0, header, &sent };
		struct ips_error err = { .fault = IPS_OK };
		struct ips_signature signature;

		if (ips_signature_read(mem, &request, &signature, &err))
			fail_msg("passes: %s", rows[i]);
		assert_int_equal(err.fault, IPS_INVALID_CREDENTIALS);
	}
}

/* The body need not be signed where the client says so; another body's hash does not help. */
static void
test_payload(void **state)
{
	static const struct {
		const char *payload, *end;
	} rows[] = {
		{ "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD" },
		{ "0000", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	};
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct sent sent = { .payload = rows[i].payload, .host = "a" };
		struct ips_signed_request request = { "GET", "/", "", "", 0, header, &sent };
		struct ips_signature signature = { .names = "host" };

		assert_true(g_str_has_suffix(
		    ips_signature_canonical(mem, &request, &signature), rows[i].end));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
