/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Raw bytes in, statuses and the state of the connection out. */
#include "http_rows.h"

static void
raw_bytes_get_what_they_deserve(void **state)
{
	for (size_t i = 0; i < IPS_NELEM(exchange_rows); i++)
		check_row(*state, &exchange_rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_bytes_get_what_they_deserve),
	};
	ips_log_set_level(IPS_LOG_ERROR);
	return cmocka_run_group_tests(tests, setup, teardown);
}
