/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
remove_tree(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	if (dir != NULL)
		g_dir_close(dir);
	(void)remove(path);
}

/* Calls the route's handler as the server would. */
static int
probe(struct ips_rest *rest, char **body)
{
	struct ips_http_request request = { .id = "1", .method = "GET", .path = "/healthz" };
	struct ips_http_response response = { .status = 200, .fd = -1 };
	struct ips_http_route routes[16], route;

	assert_in_range(ips_rest_routes(rest, routes, IPS_NELEM(routes)), 2, IPS_NELEM(routes));
	route = routes[0];
	assert_true(route.inline_run);
	response.headers = g_ptr_array_new_with_free_func(g_free);
	route.handle(route.arg, NULL, &request, &response);
	g_ptr_array_unref(response.headers);
	assert_string_equal(response.type, "application/json");
	*body = g_string_free(response.body, FALSE);
	return response.status;
}

static void
check_health(struct ips_rest *rest, int status, const char *want)
{
	g_autofree char *body = NULL;

	assert_int_equal(probe(rest, &body), status);
	assert_string_equal(body, want);
}

static void
test_health(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("openips-XXXXXX", NULL);
	g_autofree char *store = g_build_filename(dir, "store", NULL);
	g_autofree char *away = g_build_filename(dir, "away", NULL);
	struct ips_service_settings settings = { .data_dir = dir, .public_url = "" };
	struct ips_error err = { .fault = IPS_OK };
	struct ips_service *service;
	struct ips_rest *rest;

	(void)state;
	assert_true(ips_service_init(dir, &err));
	assert_true(ips_service_open(&settings, &service, &err));
	rest = ips_rest_new(service, "", "");
	check_health(rest, 200, "{\"status\":\"ok\"}\n");
	assert_int_equal(rename(store, away), 0);
	check_health(rest, 503, "{\"status\":\"failing\"}\n");
	assert_int_equal(rename(away, store), 0);
	check_health(rest, 200, "{\"status\":\"ok\"}\n");
	ips_rest_draining(rest);
	check_health(rest, 503, "{\"status\":\"draining\"}\n");
	ips_rest_free(rest);
	ips_service_close(service);
	remove_tree(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_health) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
