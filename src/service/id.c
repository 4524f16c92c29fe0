/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* Names for numbers, for the outside. Nothing is stored for them, and what was not made here is
 * found out without asking the catalog. */

#define UUID_LEN 36

char *
ips_service_id(
    struct ips_service *service, struct ips_arena *mem, enum ips_name_kind kind, int64_t number)
{
	char *text = ips_arena_alloc(mem, 2 * IPS_OPAQUE_LEN + 1);
	uint8_t bytes[IPS_OPAQUE_LEN];

	ips_opaque(service->ids, (char)kind, number, bytes);
	ips_hex(bytes, sizeof(bytes), text);
	return text;
}

char *
ips_service_uuid(struct ips_service *service, struct ips_arena *mem, int64_t image)
{
	const char *hex = ips_service_id(service, mem, IPS_ID_IMAGE, image);

	return ips_arena_printf(
	    mem, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

bool
ips_uuid_valid(const char *text)
{
	if (strlen(text) != UUID_LEN)
		return false;
	for (int i = 0; i < UUID_LEN; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? text[i] != '-' : !g_ascii_isxdigit(text[i]))
			return false;
	}
	return true;
}

bool
ips_service_id_open(
    struct ips_service *service, enum ips_name_kind kind, const char *text, int64_t *number)
{
	uint8_t bytes[IPS_OPAQUE_LEN];

	return strlen(text) == 2 * IPS_OPAQUE_LEN && ips_unhex(text, bytes, sizeof(bytes)) &&
	       ips_opaque_open(service->ids, (char)kind, bytes, number);
}

bool
ips_service_uuid_open(struct ips_service *service, const char *text, int64_t *image)
{
	g_auto(GStrv) part = NULL;
	g_autofree char *hex = NULL;

	if (!ips_uuid_valid(text))
		return false;
	part = g_strsplit(text, "-", -1);
	hex = g_strjoinv("", part);
	return ips_service_id_open(service, IPS_ID_IMAGE, hex, image);
}
