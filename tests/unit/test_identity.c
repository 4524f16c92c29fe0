/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "identity_priv.h"

#include "openips/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SECOND G_USEC_PER_SEC

static void
roles_have_published_names(void **state)
{
	static const struct {
		const char *name;
		enum ips_role role;
		bool portal;
	} rows[] = {
		{ "IpsAdmin", IPS_ROLE_ADMIN, false },
		{ "IpsCompanyAdmin", IPS_ROLE_COMPANY_ADMIN, false },
		{ "IpsUser", IPS_ROLE_USER, false },
		{ "WebServiceUser", IPS_ROLE_WEB_SERVICE_USER, false },
		{ "TrialSiteAdmin", IPS_ROLE_TRIAL_SITE_ADMIN, false },
		{ "TrialSiteUser", IPS_ROLE_TRIAL_SITE_USER, false },
		{ "ImagePortalAdmin", IPS_ROLE_PORTAL_ADMIN, true },
		{ "ImagePortalUser", IPS_ROLE_PORTAL_USER, true },
		{ "ImagePortalContrib", IPS_ROLE_PORTAL_CONTRIB, true },
		{ "ImagePortalContribUser", IPS_ROLE_PORTAL_CONTRIB_USER, true },
	};
	static const char *const none[] = { "", "ipsadmin", "IpsAdmi", "IpsAdmin ", "Admin" };
	enum ips_role role;

	(void)state;
	assert_int_equal(IPS_NELEM(rows), IPS_ROLE_COUNT - 1);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		print_message("role %s\n", rows[i].name);
		assert_true(ips_role_parse(rows[i].name, &role));
		assert_int_equal(role, rows[i].role);
		assert_string_equal(ips_role_name(role), rows[i].name);
		assert_int_equal(ips_role_is_portal(role), rows[i].portal);
	}
	for (size_t i = 0; i < IPS_NELEM(none); i++)
		assert_false(ips_role_parse(none[i], &role));
	assert_string_equal(ips_role_name(IPS_ROLE_NONE), "");
	assert_string_equal(ips_role_name(IPS_ROLE_COUNT), "");
	assert_false(ips_role_is_portal(IPS_ROLE_NONE));
}

static void
operations_are_found_by_name(void **state)
{
	static const char *const none[] = { "", "copyimage", "copyImage2", "copyImag", "zzz",
		"AAA" };
	enum ips_operation op;

	(void)state;
	for (int i = 0; i < IPS_OP_COUNT; i++) {
		const char *name = ips_operation_info((enum ips_operation)i)->name;
		print_message("operation %s\n", name);
		assert_true(ips_operation_find(name, strlen(name), &op));
		assert_int_equal(op, i);
		assert_false(ips_operation_find(name, strlen(name) - 1, &op) && op == (unsigned)i);
	}
	for (size_t i = 0; i < IPS_NELEM(none); i++)
		assert_false(ips_operation_find(none[i], strlen(none[i]), &op));
	assert_true(ips_operation_find("copyImage>", 9, &op)); /* no NUL needed */
	assert_int_equal(op, IPS_OP_copyImage);
	assert_false(ips_operation_find("copyImage\0", 10, &op));
	assert_null(ips_operation_info(IPS_OP_COUNT));
	assert_string_equal(ips_operation_info(IPS_OP_copyImage)->required,
	    "companyHandle assetHandle folderHandle name urlModifier");
}

static void
roles_may_what_is_published(void **state)
{
	static const struct {
		enum ips_operation op;
		const char *may; /* roles in the order of the enum, y or - */
	} rows[] = {
		/*                            A C U W T t P u c C */
		{ IPS_OP_copyImage, "yyy---y-yy" },
		{ IPS_OP_getAssets, "yyy-yyyyyy" },
		{ IPS_OP_getAllCompanies, "y---------" },
		{ IPS_OP_getProjects, "y-y-yy--yy" },
		{ IPS_OP_addUser, "yy--y-y---" },
		{ IPS_OP_cdnCacheInvalidation, "yy--------" },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		print_message("%s\n", ips_operation_info(rows[i].op)->name);
		for (int role = 1; role < IPS_ROLE_COUNT; role++)
			assert_int_equal(ips_role_may((enum ips_role)role, rows[i].op),
			    rows[i].may[role - 1] == 'y');
		assert_false(ips_role_may(IPS_ROLE_NONE, rows[i].op));
		assert_false(ips_role_may(IPS_ROLE_COUNT, rows[i].op));
	}
	assert_false(ips_role_may(IPS_ROLE_ADMIN, IPS_OP_COUNT));
}

static void
proof_is_remembered_for_a_while(void **state)
{
	struct ips_identity *identity = ips_identity_new(60);
	char *stored = ips_password_hash("correct horse"), *changed = ips_password_hash("other");
	struct {
		const char *password, *stored;
		int64_t at_s;
		bool want, cached;
	} rows[] = {
		{ "wrong", stored, 0, false, false },
		{ "wrong", stored, 0, false, false }, /* no memory of failures */
		{ "correct horse", stored, 0, true, false },
		{ "correct horse", stored, 59, true, true },
		{ "wrong", stored, 59, false, false },
		{ "correct horse", changed, 59, false, false },
		{ "correct horse", NULL, 59, false, false },
		{ "", NULL, 59, false, false },
		{ "correct horse", "correct horse", 59, false, false },
		{ "correct horse", "", 59, false, false },
		{ "other", changed, 59, true, false },
		{ "correct horse", stored, 60, true, false }, /* expired, proved anew */
		{ "other", changed, 60, true, true },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		guint before = g_hash_table_size(identity->proofs);
		print_message("row %zu: %s\n", i, rows[i].password);
		assert_int_equal(identity_prove_at(identity, rows[i].password, rows[i].stored,
				     rows[i].at_s * SECOND),
		    rows[i].want);
		if (rows[i].cached || !rows[i].want)
			assert_int_equal(g_hash_table_size(identity->proofs), before);
	}
	assert_int_equal(g_hash_table_size(identity->proofs), 2);
	assert_int_equal(g_hash_table_size(identity->running), 0);
	g_free(stored);
	g_free(changed);
	ips_identity_free(identity);
}

static void
remembered_proof_needs_no_hash(void **state)
{
	struct ips_identity *identity = ips_identity_new(60);
	char *stored = ips_password_hash("secret");
	int64_t start, cached;

	(void)state;
	assert_true(identity_prove_at(identity, "secret", stored, 0));
	start = ips_monotonic_us();
	for (int i = 0; i < 1000; i++)
		assert_true(identity_prove_at(identity, "secret", stored, 1));
	cached = ips_monotonic_us() - start;
	print_message("a remembered proof: %.2f us\n", (double)cached / 1000.0);
	/* A thousand hashes would take at least ten seconds on any machine. */
	assert_true(cached < 5 * SECOND);
	g_free(stored);
	ips_identity_free(identity);
}

static void
proofs_are_not_kept_when_told_so(void **state)
{
	struct ips_identity *identity = ips_identity_new(0);
	char *stored = ips_password_hash("secret");

	(void)state;
	assert_true(ips_identity_prove(identity, "secret", stored));
	assert_int_equal(g_hash_table_size(identity->proofs), 0);
	g_free(stored);
	ips_identity_free(identity);
}

static void
long_passwords_count_whole(void **state)
{
	struct ips_identity *identity = ips_identity_new(60);
	char *longer = g_strnfill(3000, 'x'), *stored = ips_password_hash(longer);

	(void)state;
	assert_true(ips_identity_prove(identity, longer, stored));
	longer[2999] = 'y';
	assert_false(ips_identity_prove(identity, longer, stored));
	g_free(longer);
	g_free(stored);
	ips_identity_free(identity);
}

struct crowd {
	struct ips_identity *identity;
	const char *password, *stored;
	bool want;
};

static gpointer
prove_often(gpointer arg)
{
	const struct crowd *crowd = arg;
	int wrong = 0;

	for (int i = 0; i < 200; i++) {
		if (!crowd->want && i > 0)
			break;
		wrong += ips_identity_prove(crowd->identity, crowd->password, crowd->stored) !=
			 crowd->want;
	}
	return GINT_TO_POINTER(wrong);
}

static void
many_threads_prove_at_once(void **state)
{
	struct ips_identity *identity = ips_identity_new(60);
	char *stored = ips_password_hash("secret");
	struct crowd right = { identity, "secret", stored, true };
	struct crowd wrong = { identity, "guess", stored, false };
	GThread *threads[16];

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(threads); i++)
		threads[i] = g_thread_new("prove", prove_often, i % 2 ? &right : &wrong);
	for (size_t i = 0; i < IPS_NELEM(threads); i++)
		assert_int_equal(GPOINTER_TO_INT(g_thread_join(threads[i])), 0);
	assert_int_equal(g_hash_table_size(identity->proofs), 1);
	assert_int_equal(g_hash_table_size(identity->running), 0);
	g_free(stored);
	ips_identity_free(identity);
}

static void
failures_are_slowed_down(void **state)
{
	struct ips_identity *identity = ips_identity_new(60);
	static const struct {
		const char *user, *address;
		int64_t at_s;
		bool success;
		int want_ms;
	} rows[] = {
		{ "a@x.org", "1.1.1.1", 0, true, 0 },
		{ "a@x.org", "1.1.1.1", 0, false, 125 },
		{ "A@X.org", "1.1.1.1", 0, false, 250 },
		{ "a@x.org", "::ffff:1.1.1.1", 0, false, 500 },
		{ "a@x.org", "1.1.1.1", 0, false, 1000 },
		{ "a@x.org", "1.1.1.1", 0, false, 2000 },
		{ "a@x.org", "1.1.1.1", 0, false, 2000 },
		{ "a@x.org", "1.1.1.1", 60, false, 1000 }, /* 6 halved, one more */
		{ "a@x.org", "1.1.1.1", 600, false, 125 }, /* forgiven */
		{ "b@x.org", "1.1.1.1", 600, false, 125 }, /* another user */
		{ "a@x.org", "2.2.2.2", 600, false, 125 }, /* another address */
		{ "a@x.org", "1.1.1.1", 600, false, 250 },
		{ "a@x.org", "1.1.1.1", 600, true, 0 },
		{ "a@x.org", "1.1.1.1", 600, false, 125 },
		{ "c@x.org", "2001:db8::1", 600, false, 125 },
		{ "c@x.org", "2001:db8::ffff:2", 600, false, 250 }, /* same network */
		{ "c@x.org", "2001:db8:0:1::1", 600, false, 125 },
		{ NULL, "3.3.3.3", 600, false, 125 },
		{ "", "unix", 600, false, 125 },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		print_message("row %zu\n", i);
		assert_int_equal(throttle_note(&identity->throttle, rows[i].user, rows[i].address,
				     rows[i].success, rows[i].at_s * SECOND + SECOND),
		    rows[i].want_ms);
	}
	ips_identity_free(identity);
}

static void
guessing_many_users_slows_the_address(void **state)
{
	struct ips_identity *identity = ips_identity_new(60);
	char user[32];
	int delay = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		g_snprintf(user, sizeof(user), "user%d", i);
		delay = ips_identity_note(identity, user, "9.9.9.9", false);
		if (i < ADDRESS_FREE)
			assert_int_equal(delay, DELAY_FIRST_MS);
		/* Success of one account does not forgive the rest. */
		assert_int_equal(ips_identity_note(identity, "mine", "9.9.9.9", true), 0);
	}
	assert_int_equal(delay, DELAY_MAX_MS);
	assert_int_equal(ips_identity_note(identity, "user1", "8.8.8.8", false), DELAY_FIRST_MS);
	ips_identity_free(identity);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_have_published_names),
		cmocka_unit_test(operations_are_found_by_name),
		cmocka_unit_test(roles_may_what_is_published),
		cmocka_unit_test(proof_is_remembered_for_a_while),
		cmocka_unit_test(remembered_proof_needs_no_hash),
		cmocka_unit_test(proofs_are_not_kept_when_told_so),
		cmocka_unit_test(long_passwords_count_whole),
		cmocka_unit_test(many_threads_prove_at_once),
		cmocka_unit_test(failures_are_slowed_down),
		cmocka_unit_test(guessing_many_users_slows_the_address),
	};
	ips_log_set_level(IPS_LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
