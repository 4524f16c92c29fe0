/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which addresses are for everybody. Source: the IANA registries of special-purpose addresses
 * (RFC 6890 and what followed it). */
#include "fetch_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define V4_LEN 4
#define V6_LEN 16

/* IPv4 inside of IPv6 is looked at as IPv4. */
static const struct {
	const char *prefix;
	int at; /* where the four bytes stand */
} embedded[] = {
	{ "::ffff:0:0/96", 12 }, { "64:ff9b::/96", 12 }, /* NAT64 */
	{ "2002::/16", 2 },                              /* 6to4 */
};

static const char *const inner4[] = { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
	"169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
	"192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4" };

/* Of IPv6 only 2000::/3 has been given out to the world, and not all of that. */
static const char *const inner6[] = { "2001::/23", "2001:db8::/32", "2620:4f:8000::/48",
	"3fff::/20" };

static bool
is_public4(const uint8_t *address)
{
	for (size_t i = 0; i < IPS_NELEM(inner4); i++)
		if (ips_networks_have(inner4[i], address, V4_LEN))
			return false;
	return true;
}

static bool
is_public6(const uint8_t *address)
{
	if (!ips_networks_have("2000::/3", address, V6_LEN))
		return false;
	for (size_t i = 0; i < IPS_NELEM(inner6); i++)
		if (ips_networks_have(inner6[i], address, V6_LEN))
			return false;
	return true;
}

bool
ips_fetch_address_allowed(const struct sockaddr *address, const char *networks)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;
		const uint8_t *bytes = (const uint8_t *)&in->sin_addr;
		return is_public4(bytes) || ips_networks_have(networks, bytes, V4_LEN);
	}
	if (address->sa_family != AF_INET6)
		return false;
	const uint8_t *bytes = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
	if (ips_networks_have(networks, bytes, V6_LEN))
		return true;
	for (size_t i = 0; i < IPS_NELEM(embedded); i++)
		if (ips_networks_have(embedded[i].prefix, bytes, V6_LEN))
			return is_public4(bytes + embedded[i].at) ||
			       ips_networks_have(networks, bytes + embedded[i].at, V4_LEN);
	return is_public6(bytes);
}

/* ---- Hosts ---- */

static bool
host_matches(const char *pattern, size_t len, const char *host)
{
	size_t host_len = strlen(host);

	if (len == 1 && *pattern == '*')
		return true;
	if (len > 2 && pattern[0] == '*' && pattern[1] == '.') {
		pattern++; /* the point has to be there, and something before it */
		len--;
		return host_len > len &&
		       g_ascii_strncasecmp(host + host_len - len, pattern, len) == 0;
	}
	return host_len == len && len > 0 && g_ascii_strncasecmp(host, pattern, len) == 0;
}

bool
ips_fetch_host_listed(const char *list, const char *host)
{
	const char *part;
	size_t len;

	while (ips_list_next(&list, &part, &len))
		if (host_matches(part, len, host))
			return true;
	return false;
}
