/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Values of the wrong type, found before decoding, so that the fault can name the element.
 * Source: XML Schema part 2, lexical spaces. */
#include "soap_priv.h"

#include <string.h>

static bool
is_boolean(const char *text, size_t len)
{
	static const char *const words[] = { "true", "false", "1", "0" };

	for (size_t i = 0; i < IPS_NELEM(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
			return true;
	return false;
}

static bool
is_integer(const char *text, size_t len, int64_t min, int64_t max)
{
	int64_t ignored;

	if (len > 1 && *text == '+' && g_ascii_isdigit(text[1])) {
		text++;
		len--;
	}
	return ips_parse_int(text, len, min, max, &ignored);
}

static bool
is_time(const char *text, size_t len)
{
	char copy[64];
	int64_t ignored;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return ips_time_parse(copy, &ignored);
}

static bool
is_base64(const char *text, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n";

	return strspn(text, digits) >= len;
}

static bool
is_of_kind(enum ips_contract_kind kind, const char *text, size_t len)
{
	double ignored;

	switch (kind) {
	case IPS_CONTRACT_int:
		return is_integer(text, len, INT32_MIN, INT32_MAX);
	case IPS_CONTRACT_long:
		return is_integer(text, len, INT64_MIN, INT64_MAX);
	case IPS_CONTRACT_double:
		return ips_parse_double(text, len, &ignored);
	case IPS_CONTRACT_boolean:
		return is_boolean(text, len);
	case IPS_CONTRACT_dateTime:
		return is_time(text, len);
	case IPS_CONTRACT_base64Binary:
		return is_base64(text, len);
	case IPS_CONTRACT_string:
	case IPS_CONTRACT_STRUCT:
		break;
	}
	return true;
}

static const char *const kind_words[] = {
	[IPS_CONTRACT_string] = "text",
	[IPS_CONTRACT_int] = "a whole number of 32 bits",
	[IPS_CONTRACT_long] = "a whole number of 64 bits",
	[IPS_CONTRACT_double] = "a number",
	[IPS_CONTRACT_boolean] = "true or false",
	[IPS_CONTRACT_dateTime] = "a date and time such as 2014-04-03T12:00:00Z",
	[IPS_CONTRACT_base64Binary] = "base64",
	[IPS_CONTRACT_STRUCT] = "elements",
};

static bool
check_value(const struct ips_contract_field *field, const struct ips_xml_node *node,
    struct ips_arena *mem, struct ips_error *err)
{
	const char *text = ips_xml_text(node, mem);
	size_t len;

	if (!text)
		return ips_fail(err, IPS_INVALID_REQUEST_XML, "'%s' holds elements; it must be %s.",
		    field->name, kind_words[field->kind]);
	if (field->kind == IPS_CONTRACT_string)
		return true;
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	/* An empty element of an optional value stands for no value in several clients. */
	if (len == 0 || is_of_kind(field->kind, text, len))
		return true;
	return ips_fail(err, IPS_INVALID_PARAMETER,
	    "'%.100s' is not valid for '%s': it must be %s.", text, field->name,
	    kind_words[field->kind]);
}

static const struct ips_contract_field *
find_field(const struct ips_contract_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->field_count; i++)
		if (strcmp(shape->fields[i].name, name) == 0)
			return &shape->fields[i];
	return NULL;
}

bool
check_values(const struct ips_contract_shape *shape, const struct ips_xml_node *node,
    struct ips_arena *mem, struct ips_error *err)
{
	const struct ips_xml_node *child;

	for (child = ips_xml_child(node); child; child = ips_xml_next(child)) {
		const struct ips_contract_field *field = find_field(shape, ips_xml_name(child));

		if (!field)
			continue;
		if (field->kind == IPS_CONTRACT_STRUCT
			? !check_values(field->shape, child, mem, err)
			: !check_value(field, child, mem, err))
			return false;
	}
	return true;
}
