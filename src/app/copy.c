/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* openips copy: the smallest real client. */
#include "app.h"
#include "openips/soap.h"

#define DEFAULT_ENDPOINT "http://localhost:8080/scene7/services/IpsApiService"

static bool
copy(struct app *app)
{
	char **word = app->args.word;
	const char *endpoint = app_option(app, OPT_ENDPOINT);
	const struct ips_copy what = {
		.asset_handle = word[0],
		.folder_handle = word[1],
		.name = word[2],
		.url_modifier = app->args.words > 3 ? word[3] : "",
	};
	IPS_CLEANUP(app_password_free) char *password = NULL;
	const char *handle;

	if (!app_option(app, OPT_USER) || !app_option(app, OPT_COMPANY))
		return ips_fail(
		    &app->err, IPS_INVALID_PARAMETER, "--user and --company are needed");
	if (!app_password(app, false, &password))
		return false;
	const struct ips_soap_client client = {
		.endpoint = endpoint ? endpoint : DEFAULT_ENDPOINT,
		.user = app_option(app, OPT_USER),
		.password = password,
		.basic = app_option(app, OPT_BASIC) != NULL,
	};
	if (!ips_soap_client_copy(
		&client, app_option(app, OPT_COMPANY), &what, app->mem, &handle, &app->err))
		return false;
	puts(handle);
	return true;
}

int
run_copy(struct app *app)
{
	return copy(app) ? EXIT_DONE : EXIT_FAILED;
}
