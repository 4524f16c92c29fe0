/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What has been fetched is kept in memory, the last used first, up to a number of bytes. What a
 * server gave no validator for is asked for again each time; it is here only until the request that
 * wanted it has read it. */
#include "fetch_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void
kept_free(struct kept *kept)
{
	if (kept == NULL)
		return;
	if (kept->fd >= 0)
		close(kept->fd);
	g_free(kept->url);
	g_free(kept->digest);
	g_free(kept->note);
	g_free(kept->etag);
	g_free(kept->last_modified);
	g_free(kept);
}

bool
ips_fetcher_new(
    const struct ips_fetch_settings *settings, struct ips_fetcher **out, struct ips_error *err)
{
	if (!ips_networks_valid(settings->networks))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "'%s': networks are written as 10.1.0.0/16,fd00::/8", settings->networks);

	struct ips_fetcher *fetcher = g_new0(struct ips_fetcher, 1);
	fetcher->settings = *settings;
	fetcher->networks = g_strdup(settings->networks);
	fetcher->settings.networks = fetcher->networks;
	fetcher->kept = g_hash_table_new(g_str_hash, g_str_equal);
	g_queue_init(&fetcher->used);
	pthread_mutex_init(&fetcher->lock, NULL);
	*out = fetcher;
	return true;
}

/* With the lock held. */
static void
forget(struct ips_fetcher *fetcher, struct kept *kept)
{
	g_hash_table_remove(fetcher->kept, kept->url);
	g_queue_unlink(&fetcher->used, &kept->link);
	fetcher->bytes -= kept->size;
	kept_free(kept);
}

void
ips_fetcher_free(struct ips_fetcher *fetcher)
{
	if (fetcher == NULL)
		return;
	while (fetcher->used.head != NULL)
		forget(fetcher, fetcher->used.head->data);
	g_hash_table_destroy(fetcher->kept);
	pthread_mutex_destroy(&fetcher->lock);
	g_free(fetcher->networks);
	g_free(fetcher);
}

/* With the lock held. */
static struct kept *
look_up(struct ips_fetcher *fetcher, const char *url)
{
	struct kept *kept = g_hash_table_lookup(fetcher->kept, url);

	if (kept != NULL) {
		g_queue_unlink(&fetcher->used, &kept->link);
		g_queue_push_head_link(&fetcher->used, &kept->link);
	}
	return kept;
}

bool
keep_look(struct ips_fetcher *fetcher, const char *url, struct kept *out)
{
	pthread_mutex_lock(&fetcher->lock);
	const struct kept *kept = look_up(fetcher, url);
	if (kept != NULL)
		*out = (struct kept){ .digest = g_strdup(kept->digest),
			.note = g_strdup(kept->note),
			.etag = g_strdup(kept->etag),
			.last_modified = g_strdup(kept->last_modified),
			.fd = -1,
			.modified_ms = kept->modified_ms,
			.fresh_until_us = kept->fresh_until_us };
	pthread_mutex_unlock(&fetcher->lock);
	return kept != NULL;
}

void
keep_put(struct ips_fetcher *fetcher, struct kept *kept)
{
	pthread_mutex_lock(&fetcher->lock);
	struct kept *old = look_up(fetcher, kept->url);
	if (old != NULL)
		forget(fetcher, old);
	kept->link.data = kept;
	g_hash_table_insert(fetcher->kept, kept->url, kept);
	g_queue_push_head_link(&fetcher->used, &kept->link);
	fetcher->bytes += kept->size;
	while (fetcher->bytes > fetcher->settings.keep_bytes && fetcher->used.tail->data != kept)
		forget(fetcher, fetcher->used.tail->data);
	pthread_mutex_unlock(&fetcher->lock);
}

void
keep_renew(struct ips_fetcher *fetcher, const char *url, int64_t fresh_until_us)
{
	pthread_mutex_lock(&fetcher->lock);
	struct kept *kept = look_up(fetcher, url);
	if (kept != NULL)
		kept->fresh_until_us = fresh_until_us;
	pthread_mutex_unlock(&fetcher->lock);
}

/* With an offset of its own. */
static int
reopen(int fd)
{
	char path[64];

	g_snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool
ips_fetch_open(
    struct ips_fetcher *fetcher, const struct ips_fetched *fetched, int *fd, struct ips_error *err)
{
	int opened = -1, why = 0;

	pthread_mutex_lock(&fetcher->lock);
	const struct kept *kept = look_up(fetcher, fetched->url);
	bool there = kept != NULL && strcmp(kept->digest, fetched->digest) == 0;
	if (there && (opened = reopen(kept->fd)) < 0)
		why = errno;
	pthread_mutex_unlock(&fetcher->lock);
	if (!there)
		return ips_fail(
		    err, IPS_BUSY, "A picture of another server has changed meanwhile: try again");
	if (opened < 0)
		return ips_fail_internal(err, "reopen: %s", g_strerror(why));
	*fd = opened;
	return true;
}
