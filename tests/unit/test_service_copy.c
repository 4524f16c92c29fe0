/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "service_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#define ROOT "ApiTestCo/"

static const struct ips_asset *
get_asset(struct fixture *f, const char *handle)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *asset;
	int64_t id, seq;
	int type;

	assert_true(ips_handle_parse_asset(handle, &id, &type, &seq));
	MUST(ips_catalog_asset(f->catalog, f->mem, 6, id, &asset, &err));
	assert_non_null(asset);
	return asset;
}

static const char *
handle_of(struct fixture *f, int64_t company, const char *name)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *asset;

	MUST(ips_catalog_asset_named(f->catalog, f->mem, company, name, &asset, &err));
	assert_non_null(asset);
	return ips_handle_asset(f->mem, asset);
}

/* As printed in the reference, and on a fresh demo catalog. */
static void
test_published_sample(void **state)
{
	struct fixture *f = *state;
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	struct ips_copy copy = { "a|739|1|537", ROOT, "Copy_macbookwin1", "" };
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *source, *made;
	const char *handle;

	MUST(ips_service_copy(f->service, &call, &copy, &handle, &err));
	assert_string_equal(handle, "a|943|1|580");
	source = get_asset(f, copy.asset_handle);
	made = get_asset(f, handle);
	assert_string_equal(source->name, "macbookwin1");
	assert_string_equal(made->name, "Copy_macbookwin1");
	assert_string_equal(made->file_name, "Copy_macbookwin1.jpg");
	assert_string_equal(made->image->blob.digest, source->image->blob.digest);
	assert_int_equal(made->image->width, 1200);
	assert_int_equal(made->image->height, 900);
	assert_string_equal(made->folder_path, ROOT);
	assert_string_equal(made->created_by, DEMO);
	assert_string_equal(made->description, source->description);
	assert_true(made->ready);
	add_other_asset(f);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *user, *asset, *folder, *name, *modifier;
		enum ips_fault want;
		const char *words;
	} rows[] = {
		/* Each row is wrong in all that comes later, too. */
		{ DEMO, "nonsense", "f|", "a/b", "wid=x", IPS_INVALID_PARAMETER, "assetHandle" },
		{ DEMO, "a|999999|1|1", "f|", "a/b", "wid=x", IPS_NOT_FOUND, "a|999999|1|1" },
		{ DEMO, "a|739|1|538", "f|", "a/b", "wid=x", IPS_NOT_FOUND, "assetHandle" },
		{ DEMO, "a|739|2|537", "f|", "a/b", "wid=x", IPS_NOT_FOUND, "assetHandle" },
		{ DEMO, "other", "f|", "a/b", "wid=x", IPS_NOT_FOUND, "assetHandle" },
		{ DEMO, "a|739|1|537", "f|", "a/b", "wid=x", IPS_INVALID_PARAMETER,
		    "folderHandle" },
		{ DEMO, "a|739|1|537", "f|Nowhere/", "a/b", "wid=x", IPS_NOT_FOUND,
		    "folderHandle" },
		{ DEMO, "a|739|1|537", "OtherCo/", "a/b", "wid=x", IPS_NOT_FOUND, "folderHandle" },
		{ DEMO, "a|739|1|537", ROOT, "a/b", "wid=x", IPS_INVALID_PARAMETER, "name" },
		{ DEMO, "a|739|1|537", ROOT, "", "wid=x", IPS_INVALID_PARAMETER, "name" },
		{ DEMO, "a|739|1|537", ROOT, "macbookwin1", "wid=x", IPS_TAKEN,
		    "Asset ID 'macbookwin1' is already in use." },
		{ DEMO, "a|739|1|537", ROOT, "Products", "wid=x", IPS_TAKEN, "Products" },
		{ DEMO, "a|739|1|537", ROOT, "fresh", "wid=x", IPS_INVALID_PARAMETER, "wid" },
		/* A portal user needs Read on the source, Read and Write on the target. */
		{ PORTAL, "a|739|1|537", "f|", "a/b", "wid=x", IPS_MISSING_PERMISSION, "Read" },
		{ PORTAL, "a|999999|1|1", "f|", "a/b", "wid=x", IPS_MISSING_PERMISSION, "Read" },
		{ PORTAL, "other", "f|", "a/b", "wid=x", IPS_MISSING_PERMISSION, "Read" },
		{ PORTAL, "mug", "f|Nowhere/", "a/b", "wid=x", IPS_MISSING_PERMISSION, "Read" },
		{ PORTAL, "mug", ROOT, "a/b", "wid=x", IPS_MISSING_PERMISSION, "Read" },
		{ PORTAL, "mug", "f|ApiTestCo/Products/", "a/b", "wid=x", IPS_MISSING_PERMISSION,
		    "Write" },
		{ PORTAL, "mug", "f|ApiTestCo/Portal/", "a/b", "wid=x", IPS_INVALID_PARAMETER,
		    "name" },
		{ PORTAL, "lamp", "f|ApiTestCo/Portal/", "portal-lamp", "", IPS_OK, NULL },
		/* What a modifier names is found within the company, and read as the source is. */
		{ DEMO, "lamp", ROOT, "m1", "layer=1&src=nowhere", IPS_NOT_FOUND, "src=nowhere" },
		{ DEMO, "lamp", ROOT, "m1", "layer=1&src=secret", IPS_NOT_FOUND, "src=secret" },
		{ DEMO, "lamp", ROOT, "m1", "src=OtherCo/secret", IPS_NOT_FOUND, "src=OtherCo/secret" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&mask=nowhere", IPS_NOT_FOUND, "mask=nowhere" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&mask=secret", IPS_NOT_FOUND, "mask=secret" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&mask=OtherCo/secret", IPS_NOT_FOUND,
		    "mask=OtherCo/secret" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&mask=Mug", IPS_NOT_FOUND, "mask=Mug" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&mask=ApiTestCo/", IPS_NOT_FOUND, "mask=" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&mask=ir{mug?wid=3}", IPS_UNSUPPORTED, "mask=ir{mug" },
		{ DEMO, "lamp", ROOT, "m1", "src=is{secret}", IPS_NOT_FOUND, "src=secret" },
		{ DEMO, "lamp", ROOT, "m1", "src=is{OtherCo/secret}", IPS_NOT_FOUND, "OtherCo/secret" },
		{ DEMO, "lamp", ROOT, "m1", "src=is{mug?layer=1&src=secret}", IPS_NOT_FOUND, "src=secret" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&src=(http://h.example/a.png)", IPS_UNSUPPORTED, "other servers" },
		{ DEMO, "lamp", ROOT, "m1", "template=nowhere", IPS_NOT_FOUND, "template=nowhere" },
		{ DEMO, "lamp", ROOT, "m1", "wid=9&mask=mug", IPS_OK, NULL },
		{ DEMO, "lamp", ROOT, "m2", "wid=9&mask=ApiTestCo/mug", IPS_OK, NULL },
		{ DEMO, "lamp", ROOT, "m3", "wid=9&mask=/ApiTestCo/mug", IPS_OK, NULL },
		{ DEMO, "lamp", ROOT, "m4", "wid=9&mask=lamp", IPS_OK, NULL },
		{ PORTAL, "lamp", "f|ApiTestCo/Portal/", "m5", "wid=9&mask=mug", IPS_OK, NULL },
		{ PORTAL, "lamp", "f|ApiTestCo/Portal/", "m6", "wid=9&mask=chart",
		    IPS_MISSING_PERMISSION, "mask=chart: User lacks the Read" },
		{ PORTAL, "lamp", "f|ApiTestCo/Portal/", "m6", "wid=9&mask=chaff",
		    IPS_MISSING_PERMISSION, "mask=chaff: User lacks the Read" },
		{ ADMIN, "a|739", "/ApiTestCo/Tests", "admin-copy", "", IPS_OK, NULL },
		{ DEMO, "739|1|537", "ApiTestCo/Tests", "old-handle", "", IPS_OK, NULL },
		{ DEMO, "a|739|1|537", ROOT, "null-modifier", NULL, IPS_OK, NULL },
		{ DEMO, "a|739|1|537", ROOT, "no-effect", "cache=off&id=7&qlt=95&nonsense=1",
		    IPS_OK, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_call call = enter(f, rows[i].user, "copyImage", "c|6");
		const char *asset = rows[i].asset;
		g_autofree char *row = g_strdup_printf("row %zu (%s, %s)", i, asset, rows[i].name);
		struct ips_error err = { .fault = IPS_OK };
		const char *handle = NULL;

		if (strcmp(asset, "other") == 0)
			asset = handle_of(f, 7, "secret");
		else if (strcmp(asset, "mug") == 0 || strcmp(asset, "lamp") == 0)
			asset = handle_of(f, 6, asset);
		struct ips_copy copy = { asset, rows[i].folder, rows[i].name, rows[i].modifier };
		check_fault(row, ips_service_copy(f->service, &call, &copy, &handle, &err), &err,
		    rows[i].want, rows[i].words);
		if ((handle != NULL) != (rows[i].want == IPS_OK))
			fail_msg("%s: handle %s", row, handle);
	}
}

/* What a portal user may not see and what is not there must sound alike. */
static void
test_hidden_and_absent_alike(void **state)
{
	struct fixture *f = *state;
	struct ips_call call = enter(f, PORTAL, "copyImage", "c|6");
	struct ips_copy hidden = { "a|739|1|537", ROOT, "x", "" };
	struct ips_copy absent = { "a|738|1|537", ROOT, "x", "" };
	struct ips_error first = { .fault = IPS_OK }, second = { .fault = IPS_OK };
	const char *handle;

	assert_false(ips_service_copy(f->service, &call, &hidden, &handle, &first));
	assert_false(ips_service_copy(f->service, &call, &absent, &handle, &second));
	assert_int_equal(first.fault, second.fault);
	*strstr(first.reason, "739") = '_';
	*strstr(second.reason, "738") = '_';
	assert_int_equal(strlen(first.reason), strlen(second.reason));
	assert_int_equal(strncmp(first.reason, second.reason, 40), 0);
}

static void
test_rendered_copies(void **state)
{
	static const struct {
		const char *source, *name, *modifier, *mime, *file_name;
		int width, height;
	} rows[] = {
		{ "macbookwin1", "small", "wid=400", "image/jpeg", "small.jpg", 400, 300 },
		{ "macbookwin1", "as-png", "hei=90&fmt=png", "image/png", "as-png.png", 120, 90 },
		{ "mug", "mug-flat", "wid=90&fmt=jpeg&bgc=ff0000", "image/jpeg", "mug-flat.jpg", 90,
		    90 },
		{ "mug", "mug-small", "wid=90", "image/png", "mug-small.png", 90, 90 },
		{ "small", "smaller", "wid=40", "image/jpeg", "smaller.jpg", 40, 30 },
	};
	struct fixture *f = *state;
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_copy copy = { handle_of(f, 6, rows[i].source), ROOT, rows[i].name,
			rows[i].modifier };
		struct ips_error err = { .fault = IPS_OK };
		const struct ips_asset *made;
		const char *handle;

		MUST(ips_service_copy(f->service, &call, &copy, &handle, &err));
		made = get_asset(f, handle);
		assert_string_equal(made->image->mime, rows[i].mime);
		assert_string_equal(made->file_name, rows[i].file_name);
		assert_int_equal(made->image->width, rows[i].width);
		assert_int_equal(made->image->height, rows[i].height);
		assert_true(made->image->blob.size > 100);
	}
}

static void
test_trashed_source(void **state)
{
	struct fixture *f = *state;
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	struct ips_copy copy = { handle_of(f, 6, "chart"), ROOT, "from-trash", "" };
	struct ips_error err = { .fault = IPS_OK };
	int64_t id = get_asset(f, copy.asset_handle)->id;
	const char *handle;

	MUST(ips_catalog_asset_trash(f->catalog, id, IPS_TRASH_IN, DEMO, &err));
	check_fault("trashed", ips_service_copy(f->service, &call, &copy, &handle, &err), &err,
	    IPS_NOT_FOUND, "assetHandle");
	MUST(ips_catalog_asset_trash(f->catalog, id, IPS_TRASH_NOT, DEMO, &err));
	MUST(ips_service_copy(f->service, &call, &copy, &handle, &err));
}

/* Many ask for one name at once: one gets it. */

struct racer {
	struct fixture *f;
	const char *modifier;
	int made, taken, other;
	char reason[200];
};

static void *
race(void *arg)
{
	struct racer *racer = arg;
	struct ips_arena *mem = ips_arena_new();
	struct ips_request request = { .mem = mem,
		.credentials = { DEMO, GOOD },
		.address = "192.0.2.1",
		.operation = "copyImage",
		.company_handle = "c|6",
		.offered = true };

	for (int i = 0; i < 8; i++) {
		g_autofree char *name = g_strdup_printf("race-%s-%d", racer->modifier, i);
		struct ips_copy copy = { "a|739|1|537", ROOT, g_strdelimit(name, "=", '_'),
			racer->modifier };
		struct ips_error err = { .fault = IPS_OK };
		struct ips_call call;
		const char *handle;

		if (ips_service_enter(racer->f->service, &request, &call, &err) &&
		    ips_service_copy(racer->f->service, &call, &copy, &handle, &err)) {
			racer->made++;
		} else if (err.fault == IPS_TAKEN) {
			racer->taken++;
		} else {
			racer->other++;
			g_strlcpy(racer->reason, err.reason, sizeof(racer->reason));
		}
	}
	ips_render_thread_done();
	ips_arena_free(mem);
	return NULL;
}

static void
test_one_wins_a_name(void **state)
{
	static const char *const modifiers[] = { "", "wid=16" };

	for (size_t m = 0; m < IPS_NELEM(modifiers); m++) {
		struct racer racer[6];
		pthread_t thread[6];
		int made = 0, taken = 0;

		for (size_t i = 0; i < IPS_NELEM(racer); i++) {
			racer[i] = (struct racer){ .f = *state, .modifier = modifiers[m] };
			assert_int_equal(pthread_create(&thread[i], NULL, race, &racer[i]), 0);
		}
		for (size_t i = 0; i < IPS_NELEM(racer); i++) {
			pthread_join(thread[i], NULL);
			if (racer[i].other != 0)
				fail_msg("%d other faults: %s", racer[i].other, racer[i].reason);
			made += racer[i].made;
			taken += racer[i].taken;
		}
		assert_int_equal(made, 8);
		assert_int_equal(taken, 8 * 5);
	}
}

/* ---- Files in and out ---- */

static char *
write_file(struct fixture *f, const char *name, const char *data, gssize len)
{
	char *path = g_build_filename(f->dir, name, NULL);

	assert_true(g_file_set_contents(path, data, len, NULL));
	return path;
}

static void
test_import(void **state)
{
	static const char png_head[] = "\x89PNG\r\n\x1A\n";
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	struct ips_import to = { .company = 6, .folder = ROOT "In/Deep/", .user = ADMIN };
	const struct ips_asset *asset;
	const struct ips_folder *folder;
	g_autofree char *good = g_build_filename(f->dir, "good.file.jpg", NULL);
	g_autofree char *cut = NULL, *back = g_build_filename(f->dir, "back.jpg", NULL);
	g_autofree char *data = NULL, *again = NULL;
	gsize len, again_len;
	int fd;

	/* Out, and in again. */
	fd = open(good, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	MUST(ips_service_export(f->service, "a|739|1|537", fd, &err));
	close(fd);
	MUST(ips_service_import(f->service, f->mem, good, &to, &asset, &err));
	assert_string_equal(asset->name, "good.file");
	assert_string_equal(asset->file_name, "good.file.jpg");
	assert_string_equal(asset->folder_path, ROOT "In/Deep/");
	assert_int_equal(asset->image->width, 1200);
	assert_string_equal(asset->created_by, ADMIN);
	fd = open(back, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	MUST(ips_service_export(f->service, ips_handle_asset(f->mem, asset), fd, &err));
	close(fd);
	assert_true(g_file_get_contents(good, &data, &len, NULL));
	assert_true(g_file_get_contents(back, &again, &again_len, NULL));
	assert_int_equal(len, again_len);
	assert_memory_equal(data, again, len);

	/* What must not come in, each for its reason; and no folder is made for it. */
	cut = write_file(f, "cut.jpg", data, (gssize)len / 2);
	const struct {
		const char *data;
		gssize len;
		const char *file, *name;
		enum ips_fault want;
	} rows[] = {
		{ data, (gssize)len, "good.file.jpg", NULL, IPS_TAKEN },
		{ data, (gssize)len, "a,b.jpg", NULL, IPS_INVALID_PARAMETER },
		{ data, (gssize)len, "c.jpg", "x/y", IPS_INVALID_PARAMETER },
		{ data, (gssize)len / 2, "half.jpg", NULL, IPS_BROKEN_IMAGE },
		{ png_head, 8, "head.png", NULL, IPS_BROKEN_IMAGE },
	};
	to.folder = ROOT "Never/";
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autofree char *path = write_file(f, rows[i].file, rows[i].data, rows[i].len);

		to.name = rows[i].name;
		check_fault(rows[i].file,
		    ips_service_import(f->service, f->mem, path, &to, &asset, &err), &err,
		    rows[i].want, NULL);
	}
	to.name = NULL;
	check_fault("folder", ips_service_import(f->service, f->mem, f->dir, &to, &asset, &err),
	    &err, IPS_INVALID_PARAMETER, NULL);
	check_fault("absent",
	    ips_service_import(f->service, f->mem, "/nowhere/x.jpg", &to, &asset, &err), &err,
	    IPS_NOT_FOUND, NULL);
	MUST(ips_catalog_folder(f->catalog, f->mem, 6, to.folder, &folder, &err));
	assert_null(folder);
	check_fault("export absent", ips_service_export(f->service, "a|999999|1|1", 1, &err), &err,
	    IPS_NOT_FOUND, NULL);
}

/* ---- Proof ---- */

static void
print_finding(const char *text, void *arg)
{
	g_string_append_printf(arg, "%s\n", text);
}

static void
test_nothing_lost(void **state)
{
	struct fixture *f = *state;
	struct ips_error err = { .fault = IPS_OK };
	g_autoptr(GString) findings = g_string_new(NULL);
	struct ips_check check;
	int64_t removed;
	bool sound;

	for (int deep = 0; deep < 2; deep++) {
		MUST(ips_service_check(
		    f->service, deep, print_finding, findings, &check, &sound, &err));
		if (!sound)
			fail_msg("%s", findings->str);
		assert_true(check.assets > 20);
	}
	/* Those who lost a race for a name left the same blob as the winner: nothing to collect. */
	struct ips_stage *stage;
	struct ips_blob blob;
	MUST(ips_stage_open(f->service->store, &stage, &err));
	assert_int_equal(write(ips_stage_fd(stage), "orphan", 6), 6);
	MUST(ips_stage_publish(stage, &blob, &err));
	MUST(ips_service_check(f->service, true, print_finding, findings, &check, &sound, &err));
	assert_true(sound);
	assert_int_equal(check.orphans, 1);
	MUST(ips_service_collect(f->service, 60000, &removed, &err));
	assert_int_equal(removed, 0);
	g_usleep(2000);
	MUST(ips_service_collect(f->service, 1, &removed, &err));
	assert_int_equal(removed, 1);
	MUST(ips_service_check(f->service, true, print_finding, findings, &check, &sound, &err));
	assert_true(sound);
	assert_int_equal(check.orphans, 0);
}

/* The last test: it damages the store. */
static void
test_vanished_source(void **state)
{
	struct fixture *f = *state;
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *asset = get_asset(f, "a|739|1|537");
	static const char *const modifiers[] = { "", "wid=50" };
	g_autoptr(GString) findings = g_string_new(NULL);
	struct ips_check check;
	bool sound;

	MUST(ips_store_remove(f->service->store, asset->image->blob.digest, 0, &err));
	for (size_t i = 0; i < IPS_NELEM(modifiers); i++) {
		struct ips_copy copy = { "a|739|1|537", ROOT, "vanished", modifiers[i] };
		const char *handle;

		check_fault(modifiers[i], ips_service_copy(f->service, &call, &copy, &handle, &err),
		    &err, IPS_EXCEPTION, "missing");
		assert_null(strstr(err.reason, asset->image->blob.digest));
		assert_null(strstr(err.reason, f->dir));
	}
	MUST(ips_service_check(f->service, false, print_finding, findings, &check, &sound, &err));
	assert_false(sound);
	assert_non_null(strstr(findings->str, "asset 739: blob "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_sample),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_hidden_and_absent_alike),
		cmocka_unit_test(test_rendered_copies),
		cmocka_unit_test(test_trashed_source),
		cmocka_unit_test(test_one_wins_a_name),
		cmocka_unit_test(test_import),
		cmocka_unit_test(test_nothing_lost),
		cmocka_unit_test(test_vanished_source),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
