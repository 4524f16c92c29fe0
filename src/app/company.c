/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Administration without SQL: companies and their attributes. */
#include "app.h"

#include <stdio.h>
#include <string.h>

/* ---- Companies ---- */

/* *out keeps its value if the option was not given; 0 is never. */
static bool
option_expires(struct app *app, int64_t *out)
{
	const char *text = app_option(app, OPT_EXPIRES);

	if (text && strcmp(text, "never") == 0)
		*out = 0;
	else if (text && !ips_time_parse(text, out))
		return ips_fail(&app->err, IPS_INVALID_PARAMETER,
		    "--expires: '%s' is neither like 2030-12-31T00:00:00Z nor never", text);
	return true;
}

static bool
add_company(struct app *app)
{
	int64_t id = 0, expires = 0;

	if (!app_option_number(app, OPT_ID, 1, INT64_MAX, &id) || !option_expires(app, &expires) ||
	    !app_open(app) ||
	    !ips_catalog_company_add(
		catalog_of(app), id, app->args.word[0], expires, &id, &app->err))
		return false;
	printf("%s\t%s\n", ips_handle_company(app->mem, id), app->args.word[0]);
	return true;
}

int
run_company_add(struct app *app)
{
	return status(add_company(app));
}

static void
print_company(struct app *app, const struct ips_company *company)
{
	char expires[IPS_TIME_LEN] = "never";

	if (company->expires)
		ips_time_format(company->expires, expires);
	printf("%s\t%s\t%s\n", ips_handle_company(app->mem, company->id), company->name, expires);
}

static bool
list_companies(struct app *app)
{
	const struct ips_company *const *all;
	size_t count;

	if (!app_open(app) ||
	    !ips_catalog_companies(catalog_of(app), app->mem, &all, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		print_company(app, all[i]);
	return true;
}

int
run_company_list(struct app *app)
{
	return status(list_companies(app));
}

/* ---- Attributes ---- */

/* The company that the first word names, or with --default the default catalog. *words: how many of
 * the words that took. */
static bool
company_or_default(struct app *app, int64_t *id, int *words)
{
	const struct ips_company *company;

	*words = app_option(app, OPT_DEFAULT) ? 0 : 1;
	*id = IPS_DEFAULT_CATALOG;
	if (*words == 0)
		return app_open(app);
	if (app->args.words == 0)
		return ips_fail(
		    &app->err, IPS_INVALID_PARAMETER, "the name of a company, or --default");
	if (!app_open(app) || !ips_catalog_company_named(catalog_of(app), app->mem,
				  app->args.word[0], &company, &app->err))
		return false;
	if (!company)
		return ips_fail(&app->err, IPS_NOT_FOUND, "no company '%s'", app->args.word[0]);
	*id = company->id;
	return true;
}

static bool
set_expires(struct app *app, int64_t company)
{
	int64_t expires;

	if (!app_option(app, OPT_EXPIRES))
		return true;
	if (company == IPS_DEFAULT_CATALOG)
		return ips_fail(&app->err, IPS_INVALID_PARAMETER, "only a company can expire");
	return option_expires(app, &expires) &&
	       ips_catalog_company_set_expires(catalog_of(app), company, expires, &app->err);
}

static bool
set_company(struct app *app)
{
	int64_t company;
	int first;

	/* IccProfile... are held against the profiles there are. */
	if (!app_start_render(app, &app_one_process) || !company_or_default(app, &company, &first))
		return false;
	return ips_service_attributes_set(app->service, app->mem, company,
		   (const char *const *)app->args.word + first, (size_t)(app->args.words - first),
		   &app->err) &&
	       set_expires(app, company);
}

int
run_company_set(struct app *app)
{
	return status(set_company(app));
}

/* Whether it is the company's own, not inherited. */
static bool
is_own(const struct ips_setting *set, size_t count, int64_t company, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (set[i].company == company && strcmp(set[i].name, name) == 0)
			return true;
	return false;
}

static bool
show_company(struct app *app)
{
	const struct ips_attributes *attributes;
	const struct ips_setting *set;
	int64_t company;
	size_t count;
	int words;

	if (!company_or_default(app, &company, &words) ||
	    !ips_service_attributes(app->service, app->mem, company, &attributes, &app->err) ||
	    !ips_catalog_attributes(catalog_of(app), app->mem, company, &set, &count, &app->err))
		return false;
	for (int i = 0; i < IPS_ATTRIBUTE_COUNT; i++) {
		const char *name = ips_attribute((enum ips_attribute)i)->name;

		printf("%c %s=%s\n", is_own(set, count, company, name) ? '*' : ' ', name,
		    attributes->value[i]->text);
	}
	return true;
}

int
run_company_show(struct app *app)
{
	return status(show_company(app));
}

/* ---- Macros and fonts ---- */

static bool
catalog_company(struct app *app, int64_t *id)
{
	const struct ips_company *company;

	*id = IPS_DEFAULT_CATALOG;
	if (!app_open(app))
		return false;
	if (app_option(app, OPT_DEFAULT))
		return true;
	if (!app_company(app, &company))
		return false;
	*id = company->id;
	return true;
}

static bool
set_macro(struct app *app, const char *definition)
{
	int64_t company;

	return catalog_company(app, &company) &&
	       ips_service_macro_set(
		   app->service, app->mem, company, app->args.word[0], definition, &app->err);
}

int
run_macro_set(struct app *app)
{
	return status(set_macro(app, app->args.word[1]));
}

int
run_macro_remove(struct app *app)
{
	return status(set_macro(app, NULL));
}

static bool
list_macros(struct app *app)
{
	const struct ips_setting *macro;
	int64_t company;
	size_t count;

	if (!catalog_company(app, &company) ||
	    !ips_catalog_macros(catalog_of(app), app->mem, company, &macro, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		printf("%s\t%s\t%s\n", macro[i].company == company ? "own" : "default",
		    macro[i].name, macro[i].value);
	return true;
}

int
run_macro_list(struct app *app)
{
	return status(list_macros(app));
}

static bool
set_font(struct app *app, const char *family)
{
	int64_t company;

	return catalog_company(app, &company) && ips_service_font_set(app->service, app->mem,
						     company, app->args.word[0], family, &app->err);
}

int
run_font_set(struct app *app)
{
	return status(set_font(app, app->args.word[1]));
}

int
run_font_remove(struct app *app)
{
	return status(set_font(app, NULL));
}

static bool
list_fonts(struct app *app)
{
	const struct ips_setting *set;
	int64_t company;
	size_t count;

	if (!catalog_company(app, &company) ||
	    !ips_catalog_attributes(catalog_of(app), app->mem, company, &set, &count, &app->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (g_str_has_prefix(set[i].name, IPS_FONT_PREFIX))
			printf("%s\t%s\t%s\n", set[i].company == company ? "own" : "default",
			    set[i].name + strlen(IPS_FONT_PREFIX), set[i].value);
	return true;
}

int
run_font_list(struct app *app)
{
	return status(list_fonts(app));
}

/* ---- The reference ---- */

void
app_print_attributes(struct ips_arena *mem)
{
	puts("| attribute | default | meaning |\n|---|---|---|");
	for (int i = 0; i < IPS_ATTRIBUTE_COUNT; i++) {
		const struct ips_command *row = ips_attribute((enum ips_attribute)i);
		g_auto(GStrv) parts = g_strsplit(ips_command_usage(mem, row), "|", -1);
		g_autofree char *usage = g_strjoinv("\\|", parts);

		printf("| `%s` | %s | %s |\n", usage, *row->dflt ? row->dflt : "none", row->help);
	}
}
