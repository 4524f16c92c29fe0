/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "identity_priv.h"

#include "openips/crypto.h"

#include <string.h>

#define MAC_LEN IPS_SHA256_LEN

/* Only right passwords leave a proof, so the table tells nothing of guesses. */
struct proof {
	uint8_t mac[MAC_LEN]; /* key of the table: first */
	int64_t expires_us;
};

/* A password being verified. Clients send the same credentials with many calls at a time: one
 * thread pays for the hash, the others wait for its answer. */
struct run {
	uint8_t mac[MAC_LEN];
	int users;
	bool done, right;
};

static guint
mac_hash(gconstpointer mac)
{
	guint hash; /* a MAC is as random as a hash can be */

	memcpy(&hash, mac, sizeof(hash));
	return hash;
}

static gboolean
mac_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, MAC_LEN) == 0;
}

/* Under a key that dies with this process. */
static struct ips_mac *
new_mac(void)
{
	uint8_t key[32];
	struct ips_mac *mac;

	ips_random(key, sizeof(key));
	mac = ips_mac_new(key, sizeof(key));
	ips_wipe(key, sizeof(key));
	return mac;
}

struct ips_identity *
ips_identity_new(int remember_s)
{
	struct ips_identity *identity = g_new0(struct ips_identity, 1);
	char nobody[2 * 16 + 1];
	uint8_t random[16];

	identity->remember_us = remember_s * (int64_t)G_USEC_PER_SEC;
	identity->mac = new_mac();
	identity->throttle.mac = new_mac();
	ips_random(random, sizeof(random));
	ips_hex(random, sizeof(random), nobody);
	identity->dummy_hash = ips_password_hash(nobody);
	pthread_mutex_init(&identity->lock, NULL);
	pthread_mutex_init(&identity->throttle.lock, NULL);
	pthread_cond_init(&identity->proved, NULL);
	identity->proofs = g_hash_table_new(mac_hash, mac_equal);
	identity->running = g_hash_table_new(mac_hash, mac_equal);
	g_queue_init(&identity->order);
	return identity;
}

void
ips_identity_free(struct ips_identity *identity)
{
	if (identity == NULL)
		return;
	g_hash_table_unref(identity->running);
	g_hash_table_unref(identity->proofs);
	g_queue_clear_full(&identity->order, g_free);
	pthread_cond_destroy(&identity->proved);
	pthread_mutex_destroy(&identity->throttle.lock);
	pthread_mutex_destroy(&identity->lock);
	g_free(identity->dummy_hash);
	ips_mac_free(identity->throttle.mac);
	ips_mac_free(identity->mac);
	ips_wipe(identity, sizeof(*identity));
	g_free(identity);
}

static void
mac_of(const struct ips_identity *identity, const char *password, const char *stored,
    uint8_t mac[MAC_LEN])
{
	size_t stored_len = strlen(stored) + 1, len = stored_len + strlen(password);
	char small[512];
	char *both = len < sizeof(small) ? small : g_malloc(len + 1);

	memcpy(both, stored, stored_len); /* its NUL keeps the two apart */
	memcpy(both + stored_len, password, len - stored_len);
	ips_mac(identity->mac, both, len, mac);
	ips_wipe(both, len);
	if (both != small)
		g_free(both);
}

static void
forget_oldest(struct ips_identity *identity)
{
	struct proof *proof = g_queue_pop_head(&identity->order);

	g_hash_table_remove(identity->proofs, proof);
	g_free(proof);
}

/* All proofs live equally long, so the queue is in order of expiry. */
static bool
is_remembered(struct ips_identity *identity, const uint8_t mac[MAC_LEN], int64_t now_us)
{
	struct proof *first;

	while ((first = g_queue_peek_head(&identity->order)) != NULL && first->expires_us <= now_us)
		forget_oldest(identity);
	return g_hash_table_contains(identity->proofs, mac);
}

static void
remember(struct ips_identity *identity, const uint8_t mac[MAC_LEN], int64_t now_us)
{
	struct proof *proof;

	if (identity->remember_us <= 0 || g_hash_table_contains(identity->proofs, mac))
		return;
	if (g_hash_table_size(identity->proofs) >= PROOF_MAX)
		forget_oldest(identity);
	proof = g_new(struct proof, 1);
	memcpy(proof->mac, mac, MAC_LEN);
	proof->expires_us = now_us + identity->remember_us;
	g_hash_table_add(identity->proofs, proof);
	g_queue_push_tail(&identity->order, proof);
}

/* With the lock held; gives it back while the hash is computed. */
static bool
verify_once(struct ips_identity *identity, const char *password, const char *stored,
    const uint8_t mac[MAC_LEN], int64_t now_us)
{
	struct run *run = g_new0(struct run, 1);
	bool right;

	memcpy(run->mac, mac, MAC_LEN);
	run->users = 1;
	g_hash_table_add(identity->running, run);
	pthread_mutex_unlock(&identity->lock);
	identity->hashed++;
	right = ips_password_verify(password, stored);
	pthread_mutex_lock(&identity->lock);
	if (right)
		remember(identity, mac, now_us);
	g_hash_table_remove(identity->running, run);
	run->done = true;
	run->right = right;
	pthread_cond_broadcast(&identity->proved);
	if (--run->users == 0)
		g_free(run);
	return right;
}

static bool
wait_for(struct ips_identity *identity, struct run *run)
{
	bool right;

	run->users++;
	while (!run->done)
		pthread_cond_wait(&identity->proved, &identity->lock);
	right = run->right;
	if (--run->users == 0)
		g_free(run);
	return right;
}

bool
identity_prove_at(
    struct ips_identity *identity, const char *password, const char *stored, int64_t now_us)
{
	const char *hash = stored != NULL ? stored : identity->dummy_hash;
	uint8_t mac[MAC_LEN];
	struct run *run;
	bool right;

	/* Nobody takes the very same way, waiting for others included. */
	mac_of(identity, password, hash, mac);
	pthread_mutex_lock(&identity->lock);
	if (is_remembered(identity, mac, now_us)) {
		identity->remembered++;
		right = true;
	} else if ((run = g_hash_table_lookup(identity->running, mac)) != NULL) {
		identity->remembered++;
		right = wait_for(identity, run);
	} else {
		right = verify_once(identity, password, hash, mac, now_us);
	}
	pthread_mutex_unlock(&identity->lock);
	return right && stored != NULL;
}

bool
ips_identity_prove(struct ips_identity *identity, const char *password, const char *stored)
{
	return identity_prove_at(identity, password, stored, ips_monotonic_us());
}

void
ips_identity_stats(struct ips_identity *identity, struct ips_identity_stats *out)
{
	*out = (struct ips_identity_stats){
		.failed = identity->failed,
		.held_back = identity->held_back,
		.hashed = identity->hashed,
		.remembered = identity->remembered,
	};
	pthread_mutex_lock(&identity->lock);
	out->proofs = g_hash_table_size(identity->proofs);
	pthread_mutex_unlock(&identity->lock);
}
