/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_fixture.h"

#define C6      "c|6"
#define REFUSED "User does not have permission to access operation 'copyImage'"

static void
test_order_of_checks(void **state)
{
	/* A row fails in as many ways as it can: the first check in order must answer. */
	static const struct {
		const char *user, *password, *op, *company, *missing;
		bool offered;
		enum ips_fault want;
		const char *words;
	} rows[] = {
		{ NULL, NULL, "nonsense", "x", "name", false, IPS_NO_CREDENTIALS, NULL },
		{ DEMO, NULL, "copyImage", C6, NULL, true, IPS_NO_CREDENTIALS, NULL },
		{ "", "", "copyImage", C6, NULL, true, IPS_NO_CREDENTIALS, NULL },
		{ DEMO, "wrong", "nonsense", "x", "name", false, IPS_INVALID_CREDENTIALS,
		    "Invalid username/password" },
		{ DEMO, "", "copyImage", C6, NULL, true, IPS_INVALID_CREDENTIALS,
		    "Invalid username/password" },
		{ "nobody@openips.example", GOOD, "copyImage", C6, NULL, true,
		    IPS_INVALID_CREDENTIALS, "Invalid username/password" },
		{ LOCKED, "wrong", "copyImage", C6, NULL, true, IPS_INVALID_CREDENTIALS,
		    "Invalid username/password" },
		{ LOCKED, GOOD, "nonsense", "x", "name", false, IPS_INVALID_USER, NULL },
		{ DEMO, GOOD, "nonsense", "x", "name", false, IPS_INVALID_REQUEST_XML, "nonsense" },
		{ DEMO, GOOD, "copyimage", C6, NULL, true, IPS_INVALID_REQUEST_XML, "copyimage" },
		{ VIEWER, GOOD, "copyImage", C6, "name", false, IPS_NO_OPERATION_PERMISSION,
		    REFUSED },
		{ DEMO, GOOD, "getAllCompanies", NULL, "x", false, IPS_NO_OPERATION_PERMISSION,
		    "operation 'getAllCompanies'" },
		{ DEMO, GOOD, "deleteAsset", "x", "name", false, IPS_UNSUPPORTED, "deleteAsset" },
		{ DEMO, GOOD, "copyImage", "x", "urlModifier", true, IPS_MISSING_PARAMETER,
		    "urlModifier" },
		{ DEMO, GOOD, "copyImage", "x", NULL, true, IPS_INVALID_COMPANY, NULL },
		{ DEMO, GOOD, "copyImage", "", NULL, true, IPS_INVALID_COMPANY, NULL },
		{ DEMO, GOOD, "copyImage", "c|7", NULL, true, IPS_ILLEGAL_COMPANY,
		    "does not belong to company 'c|7'" },
		{ DEMO, GOOD, "copyImage", "c|99", NULL, true, IPS_ILLEGAL_COMPANY,
		    "does not belong to company 'c|99'" },
		{ DEMO, GOOD, "copyImage", C6, NULL, true, IPS_OK, NULL },
		{ DEMO, GOOD, "copyImage", "6", NULL, true, IPS_OK, NULL },
		{ DEMO, GOOD, "getCompanyMembership", NULL, NULL, true, IPS_OK, NULL },
		{ "Demo@OpenIPS.example", GOOD, "copyImage", C6, NULL, true, IPS_OK, NULL },
		{ OTHER, GOOD, "copyImage", C6, NULL, true, IPS_ILLEGAL_COMPANY, NULL },
		{ PAUSED, GOOD, "copyImage", C6, NULL, true, IPS_ILLEGAL_COMPANY, "not active" },
		{ PAUSED, GOOD, "copyImage", "c|7", NULL, true, IPS_OK, NULL },
		{ LATE, GOOD, "copyImage", "c|8", NULL, true, IPS_ILLEGAL_COMPANY, "expired" },
		{ NOWHERE, GOOD, "getCompanyMembership", NULL, NULL, true, IPS_ILLEGAL_COMPANY,
		    "any company" },
		{ NOWHERE, GOOD, "copyImage", C6, NULL, true, IPS_ILLEGAL_COMPANY, "any company" },
		{ PORTAL, GOOD, "copyImage", C6, NULL, true, IPS_OK, NULL },
		{ ADMIN, GOOD, "getAllCompanies", NULL, NULL, true, IPS_OK, NULL },
		{ ADMIN, GOOD, "copyImage", "c|7", NULL, true, IPS_OK, NULL },
		{ ADMIN, GOOD, "copyImage", "c|8", NULL, true, IPS_OK, NULL },
		{ ADMIN, GOOD, "copyImage", "c|99", NULL, true, IPS_INVALID_COMPANY, "c|99" },
		{ ADMIN, GOOD, "copyImage", "x", NULL, true, IPS_INVALID_COMPANY, "'x'" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_request request = { .mem = f->mem,
			.credentials = { rows[i].user, rows[i].password },
			.address = "192.0.2.7",
			.operation = rows[i].op,
			.company_handle = rows[i].company,
			.missing = rows[i].missing,
			.offered = rows[i].offered };
		g_autofree char *row = g_strdup_printf(
		    "row %zu (%s %s %s)", i, rows[i].user, rows[i].op, rows[i].company);
		struct ips_error err = { .fault = IPS_OK };
		struct ips_call call = { .delay_ms = -1 };
		bool in = ips_service_enter(f->service, &request, &call, &err);

		check_fault(row, in, &err, rows[i].want, rows[i].words);
		if (in && rows[i].company != NULL && call.company == NULL)
			fail_msg("%s: entered without its company", row);
	}
}

/* The words for a company that is not the caller's must not depend on whether it exists. */
static void
test_outsiders_learn_nothing(void **state)
{
	static const char *const handle[] = { "c|7", "c|8", "c|99" };
	struct fixture *f = *state;
	g_autofree char *first = NULL;

	for (size_t i = 0; i < IPS_NELEM(handle); i++) {
		struct ips_request request = { .mem = f->mem,
			.credentials = { DEMO, GOOD },
			.address = "192.0.2.7",
			.operation = "copyImage",
			.company_handle = handle[i],
			.offered = true };
		struct ips_error err = { .fault = IPS_OK };
		struct ips_call call;
		g_auto(GStrv) parts = NULL;

		assert_false(ips_service_enter(f->service, &request, &call, &err));
		assert_int_equal(err.fault, IPS_ILLEGAL_COMPANY);
		parts = g_strsplit(err.reason, handle[i], -1);
		g_autofree char *words = g_strjoinv("_", parts);
		if (first == NULL)
			first = g_steal_pointer(&words);
		else
			assert_string_equal(words, first);
	}
}

static void
test_guessing_is_slowed(void **state)
{
	struct fixture *f = *state;
	struct ips_request request = { .mem = f->mem,
		.credentials = { COMPANY, "guess" },
		.address = "198.51.100.9",
		.operation = "copyImage",
		.company_handle = C6,
		.offered = true };
	struct ips_error err;
	struct ips_call call;
	int last = 0;

	for (int i = 0; i < 4; i++) {
		assert_false(ips_service_enter(f->service, &request, &call, &err));
		assert_true(call.delay_ms >= last);
		last = call.delay_ms;
	}
	assert_true(last > 0);
	request.credentials.password = GOOD;
	assert_true(ips_service_enter(f->service, &request, &call, &err));
	assert_int_equal(call.delay_ms, 0);
}

static const char *
user_handle(struct fixture *f, const char *email)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_user *user;

	MUST(ips_catalog_user_named(f->catalog, f->mem, email, &user, &err));
	return ips_handle_user(f->mem, user);
}

static void
test_acting_as_others(void **state)
{
	static const struct {
		const char *caller, *user, *group;
		enum ips_fault want;
		bool by_user, by_group; /* whose eyes then see */
	} rows[] = {
		{ DEMO, NULL, NULL, IPS_OK, false, false },
		{ PORTAL, NULL, NULL, IPS_OK, true, false },
		{ ADMIN, NULL, NULL, IPS_OK, false, false },
		{ DEMO, DEMO, NULL, IPS_OK, false, false },
		{ PORTAL, PORTAL, NULL, IPS_OK, true, false },
		{ DEMO, PORTAL, NULL, IPS_NO_IMPERSONATION_PERMISSION, false, false },
		{ DEMO, NULL, "own", IPS_NO_IMPERSONATION_PERMISSION, false, false },
		{ COMPANY, PORTAL, NULL, IPS_OK, true, false },
		{ COMPANY, DEMO, NULL, IPS_OK, false, false },
		{ COMPANY, OTHER, NULL, IPS_ILLEGAL_REQUEST_USER, false, false },
		{ COMPANY, PAUSED, NULL, IPS_ILLEGAL_REQUEST_USER, false, false },
		{ COMPANY, NULL, "own", IPS_OK, false, true },
		{ COMPANY, NULL, "g|9999", IPS_ILLEGAL_ACCESS_GROUP, false, false },
		{ COMPANY, NULL, "nonsense", IPS_ILLEGAL_ACCESS_GROUP, false, false },
		{ ADMIN, PORTAL, NULL, IPS_OK, true, false },
		{ ADMIN, OTHER, NULL, IPS_ILLEGAL_REQUEST_USER, false, false },
		{ PADMIN, PORTAL, NULL, IPS_OK, true, false },
		{ PADMIN, DEMO, NULL, IPS_NO_IMPERSONATION_PERMISSION, false, false },
	};
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_group *group;

	MUST(ips_catalog_group_named(f->catalog, f->mem, 6, "Portal", &group, &err));
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_call call = enter(f, rows[i].caller, "searchAssets", C6);
		const char *own = ips_handle_group(f->mem, group->id);
		struct ips_access access = {
			.user_handle = rows[i].user != NULL ? user_handle(f, rows[i].user) : NULL,
			.group_handle = g_strcmp0(rows[i].group, "own") == 0 ? own : rows[i].group,
		};
		g_autofree char *row = g_strdup_printf("row %zu", i);
		struct ips_viewer viewer = { 0, 0 };

		check_fault(row, ips_viewer_find(f->service, &call, &access, &viewer, &err), &err,
		    rows[i].want, NULL);
		if ((viewer.user != 0) != rows[i].by_user ||
		    (viewer.group != 0) != rows[i].by_group)
			fail_msg("%s: sees as user %d, group %d", row, (int)viewer.user,
			    (int)viewer.group);
	}
}

static void
test_memberships(void **state)
{
	static const struct {
		const char *caller, *target; /* an e-mail, a handle, or NULL */
		enum ips_fault want;
		size_t count;
	} rows[] = {
		{ DEMO, NULL, IPS_OK, 1 },
		{ DEMO, DEMO, IPS_OK, 1 },
		{ PAUSED, NULL, IPS_OK, 2 },
		{ DEMO, PORTAL, IPS_ILLEGAL_REQUEST_USER, 0 },
		{ DEMO, "u|9999|x", IPS_ILLEGAL_REQUEST_USER, 0 },
		{ DEMO, "nonsense", IPS_INVALID_REQUEST_USER, 0 },
		{ COMPANY, PORTAL, IPS_OK, 1 },
		{ COMPANY, PAUSED, IPS_OK, 1 }, /* not the one in OtherCo */
		{ COMPANY, OTHER, IPS_ILLEGAL_REQUEST_USER, 0 },
		{ ADMIN, PAUSED, IPS_OK, 2 },
		{ ADMIN, NOWHERE, IPS_OK, 0 },
		{ ADMIN, "u|9999|x", IPS_INVALID_REQUEST_USER, 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_call call = enter(f, rows[i].caller, "getCompanyMembership", NULL);
		const char *target = rows[i].target;
		g_autofree char *row = g_strdup_printf("row %zu", i);
		const struct ips_membership *found;
		struct ips_error err = { .fault = IPS_OK };
		size_t count = 0;

		if (target != NULL && strchr(target, '@') != NULL)
			target = user_handle(f, target);
		check_fault(row,
		    ips_service_memberships(f->service, &call, target, &found, &count, &err), &err,
		    rows[i].want, NULL);
		if (count != rows[i].count)
			fail_msg("%s: %zu memberships", row, count);
	}
}

static void
test_check_login(void **state)
{
	static const struct {
		const char *company, *email, *password;
		bool valid;
	} rows[] = {
		{ NULL, DEMO, GOOD, true },
		{ C6, DEMO, GOOD, true },
		{ C6, DEMO, "wrong", false },
		{ NULL, "nobody@openips.example", GOOD, false },
		{ NULL, LOCKED, GOOD, false },
		{ C6, OTHER, GOOD, false },
		{ NULL, OTHER, GOOD, true },
		{ C6, PAUSED, GOOD, false },
		{ C6, ADMIN, GOOD, true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_call call = enter(f, DEMO, "checkLogin", rows[i].company);
		struct ips_error err = { .fault = IPS_OK };
		bool valid;
		int delay;

		MUST(ips_service_check_login(
		    f->service, &call, rows[i].email, rows[i].password, &valid, &delay, &err));
		if (valid != rows[i].valid)
			fail_msg("row %zu: %s", i, valid ? "valid" : "invalid");
	}
}

static void
test_company_info(void **state)
{
	static const struct {
		const char *caller, *handle, *name, *org;
		enum ips_fault want;
		int64_t id;
	} rows[] = {
		{ DEMO, C6, NULL, NULL, IPS_OK, 6 },
		{ DEMO, NULL, "ApiTestCo", NULL, IPS_OK, 6 },
		{ DEMO, NULL, NULL, NULL, IPS_MISSING_PARAMETER, 0 },
		{ DEMO, NULL, "OtherCo", NULL, IPS_ILLEGAL_COMPANY, 0 },
		{ DEMO, NULL, "NoSuchCo", NULL, IPS_ILLEGAL_COMPANY, 0 },
		{ DEMO, NULL, NULL, "org@AdobeOrg", IPS_ILLEGAL_COMPANY, 0 },
		{ LATE, NULL, "ExpiredCo", NULL, IPS_ILLEGAL_COMPANY, 0 },
		{ PAUSED, NULL, "ApiTestCo", NULL, IPS_ILLEGAL_COMPANY, 0 },
		{ ADMIN, NULL, "OtherCo", NULL, IPS_OK, 7 },
		{ ADMIN, NULL, "NoSuchCo", NULL, IPS_INVALID_COMPANY, 0 },
		{ ADMIN, NULL, NULL, "org@AdobeOrg", IPS_INVALID_COMPANY, 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_call call = enter(f, rows[i].caller, "getCompanyInfo", rows[i].handle);
		g_autofree char *row = g_strdup_printf("row %zu", i);
		const struct ips_company *company = NULL;
		struct ips_error err = { .fault = IPS_OK };

		check_fault(row,
		    ips_service_company(
			f->service, &call, rows[i].name, rows[i].org, &company, &err),
		    &err, rows[i].want, NULL);
		if (company != NULL && company->id != rows[i].id)
			fail_msg("%s: company %d", row, (int)company->id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_checks),
		cmocka_unit_test(test_outsiders_learn_nothing),
		cmocka_unit_test(test_guessing_is_slowed),
		cmocka_unit_test(test_acting_as_others),
		cmocka_unit_test(test_memberships),
		cmocka_unit_test(test_check_login),
		cmocka_unit_test(test_company_info),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
