/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "identity_priv.h"

#include "openips/crypto.h"

#include <arpa/inet.h>
#include <string.h>

/* Who owns one IPv6 address owns the 2^64 beside it: they count as one. */
static void
network_of(const char *address, char *out, size_t size)
{
	struct in6_addr v6;

	g_strlcpy(out, address, size);
	if (inet_pton(AF_INET6, address, &v6) != 1)
		return;
	if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		inet_ntop(AF_INET, &v6.s6_addr[12], out, (socklen_t)size);
		return;
	}
	memset(&v6.s6_addr[8], 0, 8);
	inet_ntop(AF_INET6, &v6, out, (socklen_t)size);
}

/* Keyed, so that nobody can choose names that push out another's count. */
static uint64_t
subject_of(const struct throttle *throttle, const char *address, const char *user)
{
	char text[512];
	uint8_t mac[IPS_SHA256_LEN];
	uint64_t subject;
	size_t len = g_strlcpy(text, address, sizeof(text) / 2) + 1;

	if (user != NULL) {
		text[len++] = ':'; /* no user name makes the count of the address itself */
		/* Logins are e-mail addresses: their case makes no other account. */
		for (; *user != '\0' && len < sizeof(text); user++)
			text[len++] = g_ascii_tolower(*user);
	}
	ips_mac(throttle->mac, text, len, mac);
	memcpy(&subject, mac, sizeof(subject));
	return subject;
}

static unsigned
failures_at(const struct throttle_slot *slot, int64_t now_us)
{
	int64_t halvings = (now_us - slot->at_us) / HALF_LIFE_US;

	return halvings > 31 ? 0 : slot->failures >> MAX(halvings, 0);
}

/* The subject's slot, or the mildest of its set. */
static struct throttle_slot *
slot_for(struct throttle *throttle, uint64_t subject, int64_t now_us)
{
	struct throttle_slot *set = throttle->slots[subject % THROTTLE_SETS], *mildest = &set[0];

	for (int i = 0; i < THROTTLE_WAYS; i++) {
		if (set[i].subject == subject)
			return &set[i];
		if (failures_at(&set[i], now_us) < failures_at(mildest, now_us))
			mildest = &set[i];
	}
	return mildest;
}

static unsigned
count_failure(struct throttle *throttle, uint64_t subject, int64_t now_us)
{
	struct throttle_slot *slot = slot_for(throttle, subject, now_us);
	unsigned before = slot->subject == subject ? failures_at(slot, now_us) : 0;

	slot->subject = subject;
	slot->failures = MIN(before, FAILURES_MAX) + 1;
	slot->at_us = now_us;
	return slot->failures;
}

static void
clear_failures(struct throttle *throttle, uint64_t subject, int64_t now_us)
{
	struct throttle_slot *slot = slot_for(throttle, subject, now_us);

	if (slot->subject == subject)
		*slot = (struct throttle_slot){ 0 };
}

static int
delay_ms(unsigned failures, unsigned free_failures)
{
	unsigned counted = failures > free_failures ? failures - free_failures : 0;

	if (counted == 0)
		return 0;
	return counted > 4 ? DELAY_MAX_MS : DELAY_FIRST_MS << (counted - 1);
}

int
throttle_note(
    struct throttle *throttle, const char *user, const char *address, bool success, int64_t now_us)
{
	char network[INET6_ADDRSTRLEN + 1];
	uint64_t by_user, by_address;
	int delay = 0;

	/* The rule rather than the exception: nobody has failed, so there is nothing to clear. */
	if (success && now_us >= throttle->forgotten_us)
		return 0;
	network_of(address, network, sizeof(network));
	by_user = subject_of(throttle, network, user != NULL ? user : "");
	by_address = subject_of(throttle, network, NULL);
	pthread_mutex_lock(&throttle->lock);
	/* A success leaves the address's count alone: one account of his own must not give a
	 * guesser a clean sheet for all others. */
	if (success) {
		clear_failures(throttle, by_user, now_us);
	} else {
		int of_user = delay_ms(count_failure(throttle, by_user, now_us), 0);
		int of_address =
		    delay_ms(count_failure(throttle, by_address, now_us), ADDRESS_FREE);
		delay = MAX(of_user, of_address);
		throttle->forgotten_us = now_us + FORGET_US;
	}
	pthread_mutex_unlock(&throttle->lock);
	return delay;
}

int
ips_identity_note(
    struct ips_identity *identity, const char *user, const char *address, bool success)
{
	int delay = throttle_note(&identity->throttle, user, address, success, ips_monotonic_us());

	identity->failed += !success;
	identity->held_back += delay > 0;
	return delay;
}
