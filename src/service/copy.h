/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What is known of one copy on its way. */
#ifndef OPENIPS_SERVICE_COPY_H
#define OPENIPS_SERVICE_COPY_H

#include "service_priv.h"

struct copy_work {
	struct ips_service *service;
	const struct ips_call *call;
	const struct ips_copy *copy;
	const struct copy_target *target; /* NULL: encrypted as the source is */
	const struct ips_once *once;      /* remembered with the copy; NULL: nothing is */
	bool by_groups;                   /* the caller's rights come from groups */
	const struct ips_asset *source;
	const struct ips_folder *folder;
	struct ips_resolved request;
	const struct ips_plan *plan;
	const struct ips_asset *shown; /* the source, or what a template shows in its place; NULL */
	const struct ips_image *result; /* of the copy */
	bool encrypted;
	struct open_key key; /* of the copy, if encrypted */
};

/* copy_file.c: the file of the copy, shared or made; sets result */
bool copy_file(struct copy_work *w, struct ips_error *err);
bool copy_keeps_file(const struct copy_work *w);
bool copy_can_share(const struct copy_work *w);

#endif
