/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What the answers in words share. */
#ifndef SERVICE_ANSWER_H
#define SERVICE_ANSWER_H

#include "service_priv.h"

struct asking {
	struct ips_service *service;
	struct ips_arena *mem;
	const struct ips_question *question;
	const char *company, *asset, *modifier;
	struct ips_property *row;
	size_t rows, room;
	const char *text, *xml, *json; /* instead of rows */
	int max_age_s;
	const struct ips_attributes *attributes; /* of the company, once the asset is found */
	struct ips_plan_profile profile;         /* with them */
	struct ips_resolved request;             /* of the plan */
};

void answer_add(struct asking *a, const char *object, const char *name, const char *value);

/* The picture or template that the address names; sets attributes and the age of what is no
 * picture. */
bool answer_record(
    struct asking *a, const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;
/* The picture. */
bool answer_asset(
    struct asking *a, const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;
bool answer_plan(struct asking *a, const struct ips_asset **asset,
    const struct ips_modifier **modifier, const struct ips_plan **plan,
    struct ips_error *err) IPS_MUST_USE;
/* The canonical form of all that bears upon the picture; what asks for it does not. */
const char *answer_commands(struct asking *a, const struct ips_modifier *modifier);

bool answer_userdata(struct asking *a, struct ips_error *err) IPS_MUST_USE;
bool answer_targets(struct asking *a, struct ips_error *err) IPS_MUST_USE;
bool answer_map(struct asking *a, struct ips_error *err) IPS_MUST_USE;
bool answer_imageset(struct asking *a, struct ips_error *err) IPS_MUST_USE;
bool answer_set(struct asking *a, struct ips_error *err) IPS_MUST_USE;
bool answer_xmp(struct asking *a, struct ips_error *err) IPS_MUST_USE;

/* A value of property data, for a key in any case; NULL: there is none. */
const char *record_property(struct ips_arena *mem, const char *data, const char *key);

#endif
