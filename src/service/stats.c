/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#define COUNT_EVERY_US (60 * INT64_C(1000000))

/* Walks an index, so one thread does it now and then, and nobody waits for it. */
void
ips_count_assets(struct ips_service *service)
{
	struct counters *c = &service->counters;
	int64_t due_us = c->assets_due_us, now_us = ips_monotonic_us();
	struct ips_catalog_counts counts;
	struct ips_error ignored; /* the next write will tell */

	if (now_us < due_us ||
	    !atomic_compare_exchange_strong(&c->assets_due_us, &due_us, now_us + COUNT_EVERY_US))
		return;
	if (ips_catalog_count(service->catalog, &counts, &ignored))
		c->assets = counts.assets;
}

void
ips_service_stats(struct ips_service *service, struct ips_service_stats *out)
{
	const struct counters *c = &service->counters;
	const struct job_bell *bell = &service->bell;

	*out = (struct ips_service_stats){
		.copies_shared = c->shared,
		.copies_converted = c->converted,
		.copies_rendered = c->rendered,
		.copies_rendered_encrypted = c->rendered_encrypted,
		.renders = c->renders,
		.renders_failed = c->renders_failed,
		/* A job may be claimed before it is counted. */
		.jobs_waiting = MAX(bell->waiting, 0),
		.jobs_running = bell->under_way,
		.jobs_done = bell->done,
		.jobs_failed = bell->failed,
		.assets = c->assets,
	};
	ips_pool_stats(service->pool, &out->pool);
	ips_identity_stats(service->identity, &out->identity);
	ips_store_stats(service->store, &out->store);
	ips_catalog_stats(service->catalog, &out->catalog);
}
