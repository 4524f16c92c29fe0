/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Who is in: connections in all and of each address, over all ports. */
#include "http_priv.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define NETWORK_BYTES 8 /* of an IPv6 address: who has one has 2^64 of them */

static void
text_of(const struct sockaddr *address, size_t v6_bytes, char out[HTTP_PEER_LEN])
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	struct in6_addr part = IN6ADDR_ANY_INIT;

	out[0] = '\0';
	if (address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, out, HTTP_PEER_LEN);
	} else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, HTTP_PEER_LEN);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&part, &v6->sin6_addr, v6_bytes);
		inet_ntop(AF_INET6, &part, out, HTTP_PEER_LEN);
	}
}

void
peer_text(const struct sockaddr *address, char out[HTTP_PEER_LEN])
{
	text_of(address, sizeof(struct in6_addr), out);
}

void
house_open(struct house *house)
{
	pthread_mutex_init(&house->lock, NULL);
	house->of_address = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void
house_close(struct house *house)
{
	g_hash_table_unref(house->of_address);
	pthread_mutex_destroy(&house->lock);
}

enum admission
house_enter(struct ips_http *http, const struct sockaddr *address)
{
	struct house *house = &http->house;
	enum admission admission = ADMITTED;
	char key[HTTP_PEER_LEN];
	int held;

	text_of(address, NETWORK_BYTES, key);
	pthread_mutex_lock(&house->lock);
	held = GPOINTER_TO_INT(g_hash_table_lookup(house->of_address, key));
	if (atomic_load(&http->connection_count) >= http->settings.max_connections)
		admission = HOUSE_FULL;
	else if (held >= http->settings.max_per_address)
		admission = ADDRESS_FULL;
	else
		g_hash_table_insert(house->of_address, g_strdup(key), GINT_TO_POINTER(held + 1));
	if (admission == ADMITTED)
		atomic_fetch_add(&http->connection_count, 1);
	atomic_fetch_add(admission == ADMITTED ? &http->counts.opened : &http->counts.refused, 1);
	pthread_mutex_unlock(&house->lock);
	return admission;
}

void
house_leave(struct ips_http *http, const struct sockaddr *address)
{
	struct house *house = &http->house;
	char key[HTTP_PEER_LEN];
	int held;

	text_of(address, NETWORK_BYTES, key);
	pthread_mutex_lock(&house->lock);
	held = GPOINTER_TO_INT(g_hash_table_lookup(house->of_address, key));
	if (held > 1)
		g_hash_table_insert(house->of_address, g_strdup(key), GINT_TO_POINTER(held - 1));
	else
		g_hash_table_remove(house->of_address, key);
	atomic_fetch_sub(&http->connection_count, 1);
	pthread_mutex_unlock(&house->lock);
}
