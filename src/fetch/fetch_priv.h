/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_FETCH_PRIV_H
#define OPENIPS_FETCH_PRIV_H

#include "openips/fetch.h"

#include <pthread.h>

/* What is kept of a file, or has just come. */
struct kept {
	char *url, *digest, *note;
	char *etag, *last_modified; /* validators as sent; NULL: none */
	int fd;
	int64_t size;
	int64_t modified_ms, fresh_until_us; /* on the clock of ips_monotonic_us; 0: not fresh */
	GList link;                          /* in order of use */
};
void kept_free(struct kept *kept); /* NULL is fine */

struct ips_fetcher {
	struct ips_fetch_settings settings;
	char *networks;
	pthread_mutex_t lock; /* of all below; not GLib's: sanitizers see through these */
	GHashTable *kept;     /* url -> struct kept */
	GQueue used;          /* the last used first */
	int64_t bytes;
	int under_way;
};

/* A copy of what is kept for an address but for its content; false: nothing is. */
bool keep_look(struct ips_fetcher *fetcher, const char *url, struct kept *out);
/* Takes over `kept`, in place of what was there. */
void keep_put(struct ips_fetcher *fetcher, struct kept *kept);
/* It is still what it was. */
void keep_renew(struct ips_fetcher *fetcher, const char *url, int64_t fresh_until_us);

/* One exchange. *unchanged: 304, and *out has nothing but the time. */
bool transfer(struct ips_fetcher *fetcher, const char *url, const struct kept *known,
    struct kept **out, bool *unchanged, struct ips_error *err) IPS_MUST_USE;

#endif
