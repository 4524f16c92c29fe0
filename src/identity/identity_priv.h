/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the credential cache and the throttle do with a clock handed in, so that tests need not
 * wait. Thread rule: each locks itself. */
#ifndef OPENIPS_IDENTITY_PRIV_H
#define OPENIPS_IDENTITY_PRIV_H

#include "openips/identity.h"

#include <pthread.h> /* not GMutex: the thread sanitizer does not see into GLib */

#define PROOF_MAX      4096 /* remembered proofs; the oldest go first */
#define THROTTLE_SETS  2048
#define THROTTLE_WAYS  4
#define DELAY_FIRST_MS 125
#define DELAY_MAX_MS   2000
/* Many users may share one address (a proxy, an office): that many failures are free. */
#define ADDRESS_FREE 10
#define FAILURES_MAX 100u /* forgiven after seven half lives */
#define HALF_LIFE_US (60 * G_USEC_PER_SEC)
#define FORGET_US    (8 * HALF_LIFE_US) /* FAILURES_MAX + 1 are below one by then */

/* Counts of failures by a keyed digest of their subject. Of fixed size: a new subject takes the
 * place of the mildest of its set. */
struct throttle_slot {
	uint64_t subject;
	int64_t at_us; /* of the last failure */
	unsigned failures;
};

struct throttle {
	pthread_mutex_t lock;
	struct ips_mac *mac;
	_Atomic int64_t forgotten_us; /* when the last failure of anybody counts no more */
	struct throttle_slot slots[THROTTLE_SETS][THROTTLE_WAYS];
};

int throttle_note(
    struct throttle *throttle, const char *user, const char *address, bool success, int64_t now_us);

struct ips_identity {
	int64_t remember_us;
	struct ips_mac *mac;
	char *dummy_hash; /* stands in for users that do not exist */
	pthread_mutex_t lock;
	pthread_cond_t proved;
	GHashTable *proofs;  /* struct proof, by MAC */
	GQueue order;        /* the same, the first to expire first */
	GHashTable *running; /* struct run, by MAC */
	_Atomic int64_t failed, held_back, hashed, remembered;
	struct throttle throttle;
};

bool identity_prove_at(
    struct ips_identity *identity, const char *password, const char *stored, int64_t now_us);

#endif
