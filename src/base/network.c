/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define V4_LEN 4
#define V6_LEN 16

struct network {
	uint8_t bytes[V6_LEN];
	size_t len; /* of an address: 4 or 16 */
	int bits;
};

static bool
network_parse(const char *text, size_t text_len, struct network *out)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = memchr(text, '/', text_len);
	size_t len = slash != NULL ? (size_t)(slash - text) : text_len;
	int64_t bits;

	if (len == 0 || len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	out->len = strchr(address, ':') != NULL ? V6_LEN : V4_LEN;
	if (inet_pton(out->len == V6_LEN ? AF_INET6 : AF_INET, address, out->bytes) != 1)
		return false;
	bits = (int64_t)out->len * 8;
	if (slash != NULL && !ips_parse_int(slash + 1, text_len - len - 1, 0, bits, &bits))
		return false;
	out->bits = (int)bits;
	return true;
}

static bool
network_has(const struct network *network, const uint8_t *address, size_t len)
{
	size_t whole = (size_t)network->bits / 8;
	int rest = network->bits % 8;

	if (network->len != len || memcmp(network->bytes, address, whole) != 0)
		return false;
	return rest == 0 || (network->bytes[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool
ips_list_next(const char **list, const char **item, size_t *len)
{
	if (*list == NULL || **list == '\0')
		return false;
	*item = *list;
	*len = strcspn(*list, ",");
	*list += *len + ((*list)[*len] == ',');
	while (*len > 0 && g_ascii_isspace(**item))
		(*item)++, (*len)--;
	while (*len > 0 && g_ascii_isspace((*item)[*len - 1]))
		(*len)--;
	return true;
}

bool
ips_networks_valid(const char *networks)
{
	const char *item;
	size_t len;
	struct network network;

	while (ips_list_next(&networks, &item, &len))
		if (!network_parse(item, len, &network))
			return false;
	return true;
}

bool
ips_networks_have(const char *networks, const uint8_t *address, size_t address_len)
{
	const char *item;
	size_t len;
	struct network network;

	while (ips_list_next(&networks, &item, &len))
		if (network_parse(item, len, &network) &&
		    network_has(&network, address, address_len))
			return true;
	return false;
}

bool
ips_networks_have_text(const char *networks, const char *address)
{
	struct network alone;

	return network_parse(address, strlen(address), &alone) &&
	       ips_networks_have(networks, alone.bytes, alone.len);
}
