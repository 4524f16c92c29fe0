/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* From an address to content that has been looked at: what is kept, else one exchange. */
#include "fetch_priv.h"

#include <string.h>

static void
tell(struct ips_arena *mem, const char *url, const struct kept *kept, struct ips_fetched *out)
{
	*out =
	    (struct ips_fetched){ ips_arena_strdup(mem, url), ips_arena_strdup(mem, kept->digest),
		    ips_arena_strdup(mem, kept->note), kept->modified_ms };
}

static void
known_clear(struct kept *known)
{
	g_free(known->digest);
	g_free(known->note);
	g_free(known->etag);
	g_free(known->last_modified);
}

static bool
enter(struct ips_fetcher *fetcher, struct ips_error *err)
{
	pthread_mutex_lock(&fetcher->lock);
	bool free = fetcher->under_way < fetcher->settings.at_once;
	fetcher->under_way += free;
	pthread_mutex_unlock(&fetcher->lock);
	return free || ips_fail(err, IPS_BUSY,
			   "Too many pictures of other servers are on their way: try again");
}

static void
leave(struct ips_fetcher *fetcher)
{
	pthread_mutex_lock(&fetcher->lock);
	fetcher->under_way--;
	pthread_mutex_unlock(&fetcher->lock);
}

static bool
take_new(struct ips_fetcher *fetcher, struct ips_arena *mem, struct kept *fresh,
    ips_fetch_check *check, void *arg, struct ips_fetched *out, struct ips_error *err)
{
	const char *note = "";

	if (!check(arg, mem, fresh->fd, &note, err)) {
		kept_free(fresh);
		return false;
	}
	fresh->note = g_strdup(note);
	tell(mem, fresh->url, fresh, out);
	keep_put(fetcher, fresh);
	return true;
}

bool
ips_fetch(struct ips_fetcher *fetcher, struct ips_arena *mem, const char *url,
    ips_fetch_check *check, void *arg, struct ips_fetched *out, struct ips_error *err)
{
	IPS_CLEANUP(known_clear) struct kept known = { .fd = -1 };
	struct kept *fresh;
	const char *host;
	bool unchanged;

	if (!ips_fetch_host(mem, url, &host, err))
		return false;
	bool have = keep_look(fetcher, url, &known);
	if (have && known.fresh_until_us > ips_monotonic_us()) {
		tell(mem, url, &known, out);
		return true;
	}
	if (!enter(fetcher, err))
		return false;
	bool done = transfer(fetcher, url, have ? &known : NULL, &fresh, &unchanged, err);
	leave(fetcher);
	if (!done)
		return false;
	if (!unchanged)
		return take_new(fetcher, mem, fresh, check, arg, out, err);
	keep_renew(fetcher, url, fresh->fresh_until_us);
	kept_free(fresh);
	tell(mem, url, &known, out);
	return true;
}
