/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Values of replies, made in the request's arena. An element is absent where its pointer is NULL.
 */
#include "soap_priv.h"

#include <string.h>

static bool
is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 && *text != '\t' && *text != '\n' && *text != '\r')
			return false;
	return true;
}

char *
text_field(struct ips_arena *mem, const char *text)
{
	char *clean;

	if (!text || !*text)
		return ips_arena_strdup(mem, "");
	if (is_plain(text) && g_utf8_validate(text, -1, NULL))
		return (
		    char *)(uintptr_t)text; /* gSOAP's members are not const, but it only reads */
	clean = g_utf8_make_valid(text, -1);
	for (char *at = clean; *at; at++)
		if ((unsigned char)*at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r')
			*at = '?';
	text = ips_arena_strdup(mem, clean);
	g_free(clean);
	return (char *)(uintptr_t)text;
}

char *
time_field(struct ips_arena *mem, int64_t ms)
{
	char *text = ips_arena_alloc(mem, IPS_TIME_LEN);

	ips_time_format(ms, text);
	return text;
}

int *
int_field(struct ips_arena *mem, int value)
{
	int *field = IPS_NEW(mem, int);

	*field = value;
	return field;
}

LONG64 *
long_field(struct ips_arena *mem, int64_t value)
{
	LONG64 *field = IPS_NEW(mem, LONG64);

	*field = value;
	return field;
}

double *
double_field(struct ips_arena *mem, double value)
{
	double *field = IPS_NEW(mem, double);

	*field = value;
	return field;
}

enum xsd__boolean *
bool_field(struct ips_arena *mem, bool value)
{
	enum xsd__boolean *field = IPS_NEW(mem, enum xsd__boolean);

	*field = value ? xsd__boolean__true_ : xsd__boolean__false_;
	return field;
}

bool
bool_value(const enum xsd__boolean *field)
{
	return field && *field == xsd__boolean__true_;
}

const char *const *
string_items(const struct ips__StringArray *array, size_t *count)
{
	static char nothing[] = "";

	*count = array ? (size_t)array->__sizeitems : 0;
	for (size_t i = 0; i < *count; i++)
		if (!array->items[i]) /* xsi:nil */
			array->items[i] = nothing;
	return array ? (const char *const *)array->items : NULL;
}

struct ips__Company *
company_field(struct ips_arena *mem, const struct ips_company *company)
{
	struct ips__Company *out = IPS_NEW(mem, struct ips__Company);

	out->companyHandle = ips_handle_company(mem, company->id);
	out->name = text_field(mem, company->name);
	out->rootPath = text_field(mem, company->root_path);
	out->expires = time_field(mem, company->expires);
	if (company->ims_org && *company->ims_org)
		out->imsOrgId = text_field(mem, company->ims_org);
	return out;
}
