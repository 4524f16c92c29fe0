/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The demo catalog in a folder of its own, plus users and companies for whom things go wrong. */
#ifndef SERVICE_FIXTURE_H
#define SERVICE_FIXTURE_H

#include "pool_fixture.h"
#include "service_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DEMO    "demo@openips.example"
#define PORTAL  "portal@openips.example"
#define ADMIN   "admin@openips.example"
#define OTHER   "other@openips.example"   /* IpsUser of OtherCo, c|7, alone */
#define VIEWER  "viewer@openips.example"  /* ImagePortalUser, in no group */
#define PADMIN  "padmin@openips.example"  /* ImagePortalAdmin, in the group */
#define COMPANY "cadmin@openips.example"  /* IpsCompanyAdmin */
#define LOCKED  "locked@openips.example"  /* not active */
#define PAUSED  "paused@openips.example"  /* membership of c|6 not active, c|7 active */
#define NOWHERE "nowhere@openips.example" /* no membership */
#define LATE    "late@openips.example"    /* IpsUser of ExpiredCo, c|8 */
#define GOOD    IPS_DEMO_PASSWORD

struct fixture {
	char *dir;
	struct ips_service *service;
	struct ips_pool *pool;
	struct ips_catalog *catalog;
	struct ips_arena *mem;
	int64_t other_asset; /* an image of OtherCo */
};

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if (!(call))                                                                       \
			fail_msg("%s: %s (%s)", #call, err.reason, err.detail);                    \
	} while (0)

static inline int64_t
add_user(struct fixture *f, const char *email, bool active, int64_t company, enum ips_role role,
    bool member_active)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_user *demo;
	int64_t id;

	MUST(ips_catalog_user_named(f->catalog, f->mem, DEMO, &demo, &err));
	/* One hash for all: it is slow on purpose. */
	struct ips_user user = { .email = email,
		.first_name = "T",
		.last_name = "T",
		.password_hash = demo->password_hash,
		.active = active };
	MUST(ips_catalog_user_add(f->catalog, &user, &id, &err));
	if (company != 0)
		MUST(
		    ips_catalog_membership_set(f->catalog, id, company, role, member_active, &err));
	return id;
}

static inline void
add_people(struct fixture *f)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_group *group;
	int64_t id;

	MUST(ips_catalog_company_add(f->catalog, 7, "OtherCo", INT64_C(4133980799000), &id, &err));
	MUST(ips_catalog_company_add(f->catalog, 8, "ExpiredCo", 1000, &id, &err));
	add_user(f, OTHER, true, 7, IPS_ROLE_USER, true);
	add_user(f, VIEWER, true, 6, IPS_ROLE_PORTAL_USER, true);
	add_user(f, COMPANY, true, 6, IPS_ROLE_COMPANY_ADMIN, true);
	add_user(f, LOCKED, false, 6, IPS_ROLE_USER, true);
	add_user(f, NOWHERE, true, 0, IPS_ROLE_NONE, true);
	add_user(f, LATE, true, 8, IPS_ROLE_USER, true);
	id = add_user(f, PAUSED, true, 6, IPS_ROLE_USER, false);
	MUST(ips_catalog_membership_set(f->catalog, id, 7, IPS_ROLE_USER, true, &err));
	id = add_user(f, PADMIN, true, 6, IPS_ROLE_PORTAL_ADMIN, true);
	MUST(ips_catalog_group_named(f->catalog, f->mem, 6, "Portal", &group, &err));
	MUST(ips_catalog_group_member_set(f->catalog, group->id, id, true, &err));
}

static inline void
add_other_asset(struct fixture *f)
{
	struct ips_error err = { .fault = IPS_OK };
	struct ips_intake intake = { .name = "secret", .user = OTHER, .company = 7 };
	const struct ips_asset *asset;
	struct ips_stage *stage;

	/* Takes a number of the sequences: not before the published sample has run. */
	MUST(ips_stage_open(f->service->store, &stage, &err));
	MUST(ips_render_draw(IPS_DRAWING_LOGO, ips_stage_fd(stage), &err));
	MUST(ips_service_take_in(f->service, f->mem, stage, &intake, &asset, &err));
	f->other_asset = asset->id;
}

static inline int
fixture_open(void **state)
{
	static const struct ips_render_limits limits = { .max_pixels = 100000000, .threads = 2 };
	struct fixture *f = g_new0(struct fixture, 1);
	struct ips_error err = { .fault = IPS_OK };

	f->dir = g_dir_make_tmp("openips-XXXXXX", NULL);
	f->mem = ips_arena_new();
	static const uint8_t master[IPS_KEY_LEN] = "a master key for tests alone";
	struct ips_service_settings settings = {
		.data_dir = f->dir, .public_url = "", .remember_s = 600, .master_key = master
	};
	MUST(ips_render_start("test", &limits, &err));
	MUST(open_test_pool(&f->pool, &err));
	settings.pool = f->pool;
	MUST(ips_service_init(f->dir, &err));
	MUST(ips_service_open(&settings, &f->service, &err));
	MUST(ips_service_demo(f->service, &err));
	f->catalog = ips_service_catalog(f->service);
	add_people(f);
	*state = f;
	return 0;
}

static inline void
remove_tree(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	if (dir != NULL)
		g_dir_close(dir);
	(void)remove(path);
}

static inline int
fixture_close(void **state)
{
	struct fixture *f = *state;

	ips_service_close(f->service);
	ips_pool_close(f->pool);
	ips_render_stop();
	ips_arena_free(f->mem);
	remove_tree(f->dir);
	g_free(f->dir);
	g_free(f);
	return 0;
}

/* Through the gate, as a face would. */
static inline struct ips_call
enter(struct fixture *f, const char *user, const char *operation, const char *company)
{
	struct ips_error err = { .fault = IPS_OK };
	struct ips_request request = { .mem = f->mem,
		.credentials = { user, GOOD },
		.address = "192.0.2.1",
		.operation = operation,
		.company_handle = company,
		.offered = true };
	struct ips_call call;

	MUST(ips_service_enter(f->service, &request, &call, &err));
	return call;
}

/* Fault and words of a failure, or success for IPS_OK. Prints the row that is wrong. */
static inline void
check_fault(
    const char *row, bool done, const struct ips_error *err, enum ips_fault want, const char *words)
{
	enum ips_fault got = done ? IPS_OK : err->fault;

	if (got != want)
		fail_msg("%s: fault %s (%s; %s), expected %s", row, ips_fault_info(got)->name,
		    done ? "" : err->reason, done ? "" : err->detail, ips_fault_info(want)->name);
	if (want != IPS_OK && words != NULL && strstr(err->reason, words) == NULL)
		fail_msg("%s: reason '%s' lacks '%s'", row, err->reason, words);
}

#endif
