/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

#include <string.h>

/* Tokens and signatures: who has proven himself once need not send the password again. What has
 * become of the user since is for the gate, at every call. */

#define TOKEN_BYTES 32

static char *
digest_of(struct ips_arena *mem, const char *text)
{
	struct ips_sha256 *running = ips_sha256_new();
	uint8_t digest[IPS_SHA256_LEN];
	char *hex = ips_arena_alloc(mem, IPS_SHA256_HEX);

	ips_sha256_add(running, text, strlen(text));
	ips_sha256_end(running, digest);
	ips_hex(digest, sizeof(digest), hex);
	return hex;
}

static char *
random_hex(struct ips_arena *mem, size_t bytes)
{
	uint8_t random[TOKEN_BYTES];
	char *hex = ips_arena_alloc(mem, 2 * bytes + 1);

	ips_random(random, sizeof(random));
	ips_hex(random, bytes, hex);
	ips_wipe(random, sizeof(random));
	return hex;
}

/* Changes with the password, so that a new one ends all tokens. */
static const char *
proof_of(struct ips_arena *mem, const struct ips_user *user)
{
	return digest_of(mem, user->password_hash != NULL ? user->password_hash : "");
}

static bool
issue(struct ips_service *service, struct ips_arena *mem, const struct ips_user *user,
    const struct ips_company *company, int64_t expires, struct ips_token *out,
    struct ips_error *err)
{
	struct ips_token token = {
		.text = random_hex(mem, TOKEN_BYTES),
		.user = user,
		.company = company,
		.issued = ips_clock_ms(),
		.expires = expires,
	};
	struct ips_session session = { user->id, company->id, proof_of(mem, user), token.issued,
		expires };

	if (!ips_catalog_token_add(service->catalog, digest_of(mem, token.text), &session, err))
		return false;
	*out = token;
	return true;
}

bool
ips_service_token_issue(struct ips_service *service, struct ips_arena *mem,
    const struct ips_user *user, const struct ips_company *company, struct ips_token *out,
    struct ips_error *err)
{
	return issue(service, mem, user, company, ips_clock_ms() + IPS_TOKEN_MS, out, err);
}

/* ---- Logging in ---- */

static bool
bad_login(struct ips_error *err)
{
	return ips_fail(
	    err, IPS_INVALID_CREDENTIALS, "The request you have made requires authentication.");
}

static bool
find_user(struct ips_service *service, struct ips_arena *mem, const struct ips_login *login,
    const struct ips_user **out, struct ips_error *err)
{
	int64_t id;

	*out = NULL;
	if (login->user != NULL)
		return ips_catalog_user_named(service->catalog, mem, login->user, out, err);
	if (login->user_id != NULL &&
	    ips_service_id_open(service, IPS_ID_USER, login->user_id, &id))
		return ips_catalog_user(service->catalog, mem, id, out, err);
	return true;
}

static bool
prove_password(struct ips_service *service, struct ips_arena *mem, const struct ips_login *login,
    const struct ips_user **out, int *delay_ms, struct ips_error *err)
{
	const char *name = login->user != NULL ? login->user : login->user_id;
	const struct ips_user *user;
	bool proven;

	if (name == NULL || login->password == NULL)
		return bad_login(err);
	if (!find_user(service, mem, login, &user, err))
		return false;
	proven = ips_identity_prove(
	    service->identity, login->password, user != NULL ? user->password_hash : NULL);
	*delay_ms = ips_identity_note(
	    service->identity, user != NULL ? user->email : name, login->address, proven);
	if (!proven || user == NULL || !user->active)
		return bad_login(err);
	*out = user;
	return true;
}

/* Without a project named it is the only company that the user belongs to. */
static bool
names(struct ips_service *service, struct ips_arena *mem, const struct ips_login *login,
    const struct ips_company *company)
{
	if (login->project_id != NULL)
		return g_ascii_strcasecmp(login->project_id,
			   ips_service_id(service, mem, IPS_ID_PROJECT, company->id)) == 0;
	return login->project == NULL || strcmp(login->project, company->name) == 0;
}

static bool
find_company(struct ips_service *service, struct ips_arena *mem, const struct ips_login *login,
    const struct ips_user *user, const struct ips_company **out, struct ips_error *err)
{
	const struct ips_membership *member;
	const struct ips_company *found = NULL;
	size_t count, fitting = 0;

	if (!ips_catalog_memberships(service->catalog, mem, user->id, &member, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!member[i].active || !names(service, mem, login, member[i].company) ||
		    !ips_company_open(member[i].company, NULL))
			continue;
		found = member[i].company;
		fitting++;
	}
	if (fitting != 1)
		return bad_login(err);
	*out = found;
	return true;
}

bool
ips_service_login(struct ips_service *service, struct ips_arena *mem, const struct ips_login *login,
    struct ips_token *out, int *delay_ms, struct ips_error *err)
{
	struct ips_token before = { .expires = ips_clock_ms() + IPS_TOKEN_MS };
	const struct ips_company *company;

	*delay_ms = 0;
	/* A token goes on to another project, not to another day. */
	if (login->token != NULL
		? !ips_service_token_read(service, mem, login->token, &before, err)
		: !prove_password(service, mem, login, &before.user, delay_ms, err))
		return false;
	return find_company(service, mem, login, before.user, &company, err) &&
	       issue(service, mem, before.user, company, before.expires, out, err);
}

/* ---- Tokens ---- */

static bool
bad_token(const char *why, struct ips_error *err)
{
	return ips_fail(err, IPS_INVALID_CREDENTIALS, "%s", why);
}

static bool
same_proof(const char *a, const char *b)
{
	return ips_equal_secret(a, strlen(a), b, strlen(b));
}

bool
ips_service_token_read(struct ips_service *service, struct ips_arena *mem, const char *token,
    struct ips_token *out, struct ips_error *err)
{
	struct ips_token found = { .text = token };
	const struct ips_session *session;
	char when[IPS_TIME_LEN];

	if (!ips_catalog_token(service->catalog, mem, digest_of(mem, token), &session, err))
		return false;
	if (session == NULL)
		return bad_token("decrypt token fail", err);
	if (session->expires <= ips_clock_ms()) {
		ips_time_format(session->expires, when);
		return ips_fail(
		    err, IPS_INVALID_CREDENTIALS, "token expires, expires_at: %s", when);
	}
	if (!ips_catalog_user(service->catalog, mem, session->user, &found.user, err) ||
	    !ips_catalog_company(service->catalog, mem, session->company, &found.company, err))
		return false;
	if (found.user == NULL || found.company == NULL || !found.user->active ||
	    !same_proof(session->proof, proof_of(mem, found.user)))
		return bad_token("decrypt token fail", err);
	found.issued = session->issued;
	found.expires = session->expires;
	*out = found;
	return true;
}

bool
ips_service_token_check(struct ips_service *service, struct ips_arena *mem, const char *token,
    struct ips_proven *out, struct ips_error *err)
{
	struct ips_token found;

	if (!ips_service_token_read(service, mem, token, &found, err))
		return false;
	*out = (struct ips_proven){ found.user->id, found.company->id };
	return true;
}

bool
ips_service_token_revoke(struct ips_service *service, const char *token, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();

	return ips_catalog_token_remove(service->catalog, digest_of(mem, token), err);
}

int
ips_service_refused(struct ips_service *service, const char *address)
{
	return ips_identity_note(service->identity, NULL, address, false);
}

/* ---- Access keys ---- */

bool
ips_service_signature_check(struct ips_service *service, struct ips_arena *mem,
    const struct ips_signed_request *request, struct ips_proven *out, struct ips_error *err)
{
	const struct ips_access_key *key;
	struct ips_signature signature;

	if (!ips_signature_read(mem, request, &signature, err) ||
	    !ips_signature_fresh(&signature, ips_clock_ms(), err) ||
	    !ips_catalog_access_key(service->catalog, mem, signature.access, &key, err))
		return false;
	if (key == NULL)
		return ips_fail(err, IPS_INVALID_CREDENTIALS, "ak %s not exist", signature.access);
	if (!ips_signature_verify(mem, request, &signature, key->secret, err))
		return false;
	*out = (struct ips_proven){ key->user, key->company };
	return true;
}

bool
ips_service_access_key_make(struct ips_service *service, struct ips_arena *mem, int64_t user,
    int64_t company, const struct ips_access_key **out, struct ips_error *err)
{
	struct ips_access_key *key = IPS_NEW(mem, struct ips_access_key);
	g_autofree char *access =
	    g_ascii_strup(random_hex(mem, 10), -1); /* 20 characters, as theirs */

	key->access = ips_arena_strdup(mem, access);
	key->secret = random_hex(mem, 20);
	key->user = user;
	key->company = company;
	key->created = ips_clock_ms();
	*out = key;
	return ips_catalog_access_key_add(service->catalog, key, err);
}
