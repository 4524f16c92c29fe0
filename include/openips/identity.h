/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Who may do what, without asking any database: roles, the operation table, proof of passwords and
 * the slowing down of guesses.
 *
 * Thread rule: an ips_identity may be used from any thread. */
#ifndef OPENIPS_IDENTITY_H
#define OPENIPS_IDENTITY_H

#include "openips/base.h"

/* Source: IPS reference, "User Roles". */
enum ips_role {
	IPS_ROLE_NONE,
	IPS_ROLE_ADMIN,          /* IpsAdmin: above all, in every company */
	IPS_ROLE_COMPANY_ADMIN,
	IPS_ROLE_USER,
	IPS_ROLE_WEB_SERVICE_USER, /* published, but in no operation's list */
	IPS_ROLE_TRIAL_SITE_ADMIN,
	IPS_ROLE_TRIAL_SITE_USER,
	IPS_ROLE_PORTAL_ADMIN,
	IPS_ROLE_PORTAL_USER,
	IPS_ROLE_PORTAL_CONTRIB,
	IPS_ROLE_PORTAL_CONTRIB_USER,
	IPS_ROLE_COUNT
};
const char *ips_role_name(enum ips_role role);                    /* "ImagePortalAdmin"; "" for none */
bool ips_role_parse(const char *name, enum ips_role *out) IPS_MUST_USE; /* exact */
bool ips_role_is_portal(enum ips_role role); /* needs folder permissions through a group */

enum ips_operation {
#define OPERATION(name, roles, required) IPS_OP_##name,
#include "openips/operation.def"
#undef OPERATION
	IPS_OP_COUNT
};
struct ips_operation_info {
	const char *name;
	const char *required; /* element names separated by blanks */
	unsigned roles;       /* bit 1 << role */
};
const struct ips_operation_info *ips_operation_info(enum ips_operation op);
bool ips_operation_find(const char *name, size_t len, enum ips_operation *out) IPS_MUST_USE;
bool ips_role_may(enum ips_role role, enum ips_operation op);

struct ips_identity;
struct ips_identity *ips_identity_new(int remember_s);
void ips_identity_free(struct ips_identity *identity);

/* Does the password belong to this stored hash? A proof is remembered for remember_s seconds as a
 * MAC over both under a key of this process, so that a changed hash forgets it at once. stored may
 * be NULL (no such user): costs the same time and is false. */
bool ips_identity_prove(struct ips_identity *identity, const char *password, const char *stored);

/* Counts a failed or successful login of this account from this address; the result is how long the
 * answer should be held back, in ms: 0 after success, doubling with every failure, bounded. */
int ips_identity_note(struct ips_identity *identity, const char *user, const char *address, bool success);

struct ips_identity_stats {
	int64_t failed;     /* logins */
	int64_t held_back;  /* of these: answers that were delayed */
	int64_t hashed;     /* passwords: the dear way */
	int64_t remembered; /* logins that a proof or another's hash has answered */
	int64_t proofs;     /* in memory now */
};
void ips_identity_stats(struct ips_identity *identity, struct ips_identity_stats *out);

/* ---- Signed requests: access key and secret key ----
 * Both dialects of SDK-HMAC-SHA256: "Access=" as today's SDKs sign, "Credential=" with a scope as older
 * ones do. Pure: whose secret it is, the caller finds out. */

struct ips_signed_request {
	const char *method, *path, *query; /* as sent, still encoded */
	const void *body;
	size_t body_len;
	const char *(*header)(const void *arg, const char *name); /* of any case; NULL: absent */
	const void *arg;
};
struct ips_signature { /* what the headers Authorization and X-Sdk-Date say */
	const char *access, *scope; /* scope "20260115/eu-de/ims/sdk_request"; NULL: none */
	const char *names;          /* of the headers that were signed, with semicolons between */
	const char *hex, *date;     /* "20260115T093000Z" */
};
bool ips_signature_read(struct ips_arena *mem, const struct ips_signed_request *request,
    struct ips_signature *out, struct ips_error *err) IPS_MUST_USE;
/* Not more than 15 minutes off. */
bool ips_signature_fresh(const struct ips_signature *signature, int64_t now_ms, struct ips_error *err) IPS_MUST_USE;
/* What was signed, in words; NULL if the address cannot be decoded. */
const char *ips_signature_canonical(struct ips_arena *mem, const struct ips_signed_request *request,
    const struct ips_signature *signature);
bool ips_signature_verify(struct ips_arena *mem, const struct ips_signed_request *request,
    const struct ips_signature *signature, const char *secret, struct ips_error *err) IPS_MUST_USE;

#endif
