/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A fresh catalog in a folder of its own, with company 1 "Co", for the tests of the catalog. */
#ifndef OPENIPS_TEST_CATALOG_FIXTURE_H
#define OPENIPS_TEST_CATALOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>

#include "catalog_priv.h"

struct fixture {
	char *dir, *file;
	struct ips_catalog *catalog;
	struct ips_arena *mem;
	int64_t company, root;
};

#define OK(call)                                                                                   \
	do {                                                                                       \
		struct ips_error err = { 0 };                                                      \
		if (!(call))                                                                       \
			fail_msg("%s: %s | %s", #call, err.reason, err.detail);                    \
	} while (0)
#define FAILS(want, call)                                                                          \
	do {                                                                                       \
		struct ips_error err = { 0 };                                                      \
		if (call)                                                                          \
			fail_msg("%s: succeeded", #call);                                          \
		if (err.fault != (want))                                                           \
			fail_msg(                                                                  \
			    "%s: fault %d, %s | %s", #call, err.fault, err.reason, err.detail);    \
	} while (0)

static inline int
set_up(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);
	const struct ips_company *company;

	f->dir = g_dir_make_tmp("openips-catalog-XXXXXX", NULL);
	f->file = g_build_filename(f->dir, "catalog.db", NULL);
	f->mem = ips_arena_new();
	OK(ips_catalog_init(f->file, &err));
	OK(ips_catalog_open(f->file, &f->catalog, &err));
	OK(ips_catalog_company_add(f->catalog, 0, "Co", 0, &f->company, &err));
	OK(ips_catalog_company(f->catalog, f->mem, f->company, &company, &err));
	f->root = company->root_folder;
	*state = f;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;
	GDir *dir = g_dir_open(f->dir, 0, NULL);
	const char *name;

	ips_catalog_close(f->catalog);
	ips_arena_free(f->mem);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(f->dir, name, NULL);
		g_unlink(path);
	}
	g_dir_close(dir);
	g_rmdir(f->dir);
	g_free(f->dir);
	g_free(f->file);
	g_free(f);
	return 0;
}

#define WITH_CATALOG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static inline int64_t
make_folder(struct fixture *f, const char *path)
{
	int64_t id;

	OK(ips_catalog_folder_make(f->catalog, f->company, path, &id, &err));
	return id;
}

static inline int64_t
add_asset(struct fixture *f, const struct ips_asset *asset)
{
	struct ips_asset a = *asset;
	int64_t id, seq;

	a.company = a.company ? a.company : f->company;
	a.folder = a.folder ? a.folder : f->root;
	a.type = a.type ? a.type : IPS_TYPE_IMAGE;
	OK(ips_catalog_asset_add(f->catalog, &a, 0, "u@example.com", &id, &seq, &err));
	return id;
}

#endif
