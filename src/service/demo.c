/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_priv.h"

/* A catalog in which the published copyImage sample works as printed: company c|6, asset
 * a|739|1|537 in, a|943|1|580 out. */

#define COMPANY_ID   6
#define COMPANY_NAME "ApiTestCo"
#define FIRST_ASSET  739
#define FIRST_IMAGE  537
#define NEXT_ASSET   943
#define NEXT_IMAGE   580

#define GROUP_NAME "Portal"
#define ADMIN      "admin@openips.example"
#define DEMO       "demo@openips.example"
#define PORTAL     "portal@openips.example"

/* 2100-12-31: how the published catalogs write "never". */
#define NEVER INT64_C(4133980799000)

static const struct person {
	const char *email, *first, *last;
	bool admin;
	enum ips_role role; /* NONE: no member */
	bool in_group;
} people[] = {
	{ DEMO, "Dora", "Demo", false, IPS_ROLE_USER, false },
	{ PORTAL, "Paul", "Portal", false, IPS_ROLE_PORTAL_CONTRIB_USER, true },
	{ ADMIN, "Ada", "Admin", true, IPS_ROLE_COMPANY_ADMIN, false },
};

static const struct grant {
	const char *folder;
	enum ips_permission permission;
} grants[] = {
	{ COMPANY_NAME "/Products/", IPS_PERMISSION_READ },
	{ COMPANY_NAME "/Portal/", IPS_PERMISSION_READ },
	{ COMPANY_NAME "/Portal/", IPS_PERMISSION_WRITE },
};

static const struct picture {
	const char *name, *folder, *description; /* folder NULL: the root */
	enum ips_drawing drawing;
} pictures[] = {
	/* the first one is the sample's source */
	{ "macbookwin1", NULL, "A notebook computer", IPS_DRAWING_LAPTOP },
	{ "landscape", COMPANY_NAME "/Scenes/", "Hills at sunset", IPS_DRAWING_LANDSCAPE },
	{ "mug", COMPANY_NAME "/Products/", "A red mug, cut out", IPS_DRAWING_MUG },
	{ "lamp", COMPANY_NAME "/Products/Lights/", "A desk lamp", IPS_DRAWING_LAMP },
	{ "chart", COMPANY_NAME "/Tests/", "Colours and greys", IPS_DRAWING_CHART },
	{ "logo", COMPANY_NAME "/Portal/", "The demo company's sign", IPS_DRAWING_LOGO },
};

struct demo {
	struct ips_service *service;
	struct ips_catalog *catalog;
	struct ips_arena *mem;
	int64_t group;
};

static bool
make_company(struct demo *demo, struct ips_error *err)
{
	const struct ips_company *company;
	int64_t id;

	if (!ips_catalog_company(demo->catalog, demo->mem, COMPANY_ID, &company, err))
		return false;
	return company != NULL ||
	       ips_catalog_company_add(demo->catalog, COMPANY_ID, COMPANY_NAME, NEVER, &id, err);
}

static bool
make_group(struct demo *demo, struct ips_error *err)
{
	const struct ips_group *group;

	if (!ips_catalog_group_named(demo->catalog, demo->mem, COMPANY_ID, GROUP_NAME, &group, err))
		return false;
	if (group == NULL)
		return ips_catalog_group_add(
		    demo->catalog, COMPANY_ID, GROUP_NAME, &demo->group, err);
	demo->group = group->id;
	return true;
}

static bool
make_person(struct demo *demo, const struct person *person, struct ips_error *err)
{
	g_autofree char *hash = NULL;
	const struct ips_user *known;
	int64_t id;

	if (!ips_catalog_user_named(demo->catalog, demo->mem, person->email, &known, err))
		return false;
	if (known != NULL)
		return true;
	hash = ips_password_hash(IPS_DEMO_PASSWORD);
	struct ips_user user = {
		.email = person->email,
		.first_name = person->first,
		.last_name = person->last,
		.password_hash = hash,
		.admin = person->admin,
		.active = true,
	};
	return ips_catalog_user_add(demo->catalog, &user, &id, err) &&
	       ips_catalog_membership_set(demo->catalog, id, COMPANY_ID, person->role, true, err) &&
	       (!person->in_group ||
		   ips_catalog_group_member_set(demo->catalog, demo->group, id, true, err));
}

static bool
make_grant(struct demo *demo, const struct grant *row, struct ips_error *err)
{
	struct ips_grant grant = {
		.group = demo->group,
		.permission = row->permission,
		.allowed = true,
	};

	return ips_catalog_folder_make(
		   demo->catalog, COMPANY_ID, row->folder, &grant.folder, err) &&
	       ips_catalog_grant_set(demo->catalog, &grant, err);
}

static bool
make_picture(struct demo *demo, const struct picture *picture, struct ips_error *err)
{
	const struct ips_asset *asset;
	struct ips_stage *stage;
	struct ips_intake intake = {
		.name = picture->name,
		.user = DEMO,
		.company = COMPANY_ID,
		.folder = picture->folder,
		.description = picture->description,
	};

	if (!ips_catalog_asset_named(
		demo->catalog, demo->mem, COMPANY_ID, picture->name, &asset, err))
		return false;
	if (asset != NULL)
		return true;
	if (!ips_stage_open(demo->service->store, &stage, err))
		return false;
	if (!ips_render_draw(picture->drawing, ips_stage_fd(stage), err)) {
		ips_stage_drop(stage);
		return false;
	}
	return ips_service_take_in(demo->service, demo->mem, stage, &intake, &asset, err);
}

static bool
raise_sequences(struct demo *demo, int64_t asset, int64_t image, struct ips_error *err)
{
	return ips_catalog_sequence_raise(demo->catalog, "asset", asset, err) &&
	       ips_catalog_sequence_raise(demo->catalog, "type:1", image, err);
}

static bool
make_all(struct demo *demo, struct ips_error *err)
{
	if (!make_company(demo, err) || !make_group(demo, err))
		return false;
	for (size_t i = 0; i < IPS_NELEM(people); i++)
		if (!make_person(demo, &people[i], err))
			return false;
	for (size_t i = 0; i < IPS_NELEM(grants); i++)
		if (!make_grant(demo, &grants[i], err))
			return false;
	if (!raise_sequences(demo, FIRST_ASSET, FIRST_IMAGE, err))
		return false;
	for (size_t i = 0; i < IPS_NELEM(pictures); i++)
		if (!make_picture(demo, &pictures[i], err))
			return false;
	return raise_sequences(demo, NEXT_ASSET, NEXT_IMAGE, err);
}

bool
ips_service_demo(struct ips_service *service, struct ips_error *err)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	struct demo demo = { .service = service, .catalog = service->catalog, .mem = mem };

	return make_all(&demo, err);
}
