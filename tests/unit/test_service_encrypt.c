/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Encryption at rest: what is encrypted with which key, who may read it, and that no change to file
 * or catalog goes unnoticed. */
#include "service_fixture.h"

#define ips_value ips_sql_value /* the image commands have values, too */
#include "openips/db.h"
#undef ips_value

#include <fcntl.h>
#include <sys/stat.h>

#define ROOT "ApiTestCo/"

/* Keys of the rows: A, B and off of c|6, off is disabled; other of c|7. */
struct keys {
	const char *a, *b, *off, *other;
};

static struct keys
make_keys(struct fixture *f)
{
	struct ips_error err = { .fault = IPS_OK };
	struct keys k;

	MUST(ips_service_key_add(f->service, f->mem, 6, &k.a, &err));
	MUST(ips_service_key_add(f->service, f->mem, 6, &k.b, &err));
	MUST(ips_service_key_add(f->service, f->mem, 6, &k.off, &err));
	MUST(ips_service_key_add(f->service, f->mem, 7, &k.other, &err));
	return k;
}

static const char *
key_of(const struct keys *k, const char *word)
{
	return strcmp(word, "A") == 0       ? k->a
	       : strcmp(word, "B") == 0     ? k->b
	       : strcmp(word, "off") == 0   ? k->off
	       : strcmp(word, "other") == 0 ? k->other
	       : strcmp(word, "none") == 0  ? NULL
					    : word;
}

static const struct ips_asset *
named(struct fixture *f, const char *name)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_asset *asset;

	MUST(ips_catalog_asset_named(f->catalog, f->mem, 6, name, &asset, &err));
	if (asset == NULL)
		fail_msg("no asset %s", name);
	return asset;
}

static bool
copy_as(struct fixture *f, const char *source, const char *name, const char *key, bool only_check,
    struct ips_error *err)
{
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	const char *handle = ips_handle_asset(f->mem, named(f, source));
	struct ips_copy copy = { handle, ROOT, name, NULL };
	const struct copy_target target = { .cmk_id = key };

	return only_check ? ips_copy_check(f->service, &call, &copy, &target, err)
			  : ips_copy_make(f->service, &call, &copy, &target, &handle, err);
}

static bool
copy_image(struct fixture *f, const char *source, const char *name, const char *modifier,
    struct ips_error *err)
{
	struct ips_call call = enter(f, DEMO, "copyImage", "c|6");
	const char *handle = ips_handle_asset(f->mem, named(f, source));
	struct ips_copy copy = { handle, ROOT, name, modifier };

	return ips_service_copy(f->service, &call, &copy, &handle, err);
}

static GBytes *
bytes_of(int fd)
{
	GByteArray *all = g_byte_array_new();
	uint8_t buffer[65536];
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		g_byte_array_append(all, buffer, (guint)got);
	close(fd);
	return g_byte_array_free_to_bytes(all);
}

/* As /is/image gives it; NULL and a fault if it does not. */
static GBytes *
picture(struct fixture *f, const char *name, const char *modifier, struct ips_error *err)
{
	struct ips_picture p;

	if (!ips_service_picture(
		f->service, f->mem, "ApiTestCo", name, modifier, NULL, false, &p, err))
		return NULL;
	GBytes *bytes = bytes_of(p.fd);
	assert_int_equal(g_bytes_get_size(bytes), p.size);
	return bytes;
}

static bool
looks_like(struct fixture *f, const char *name, const char *other, const char *modifier)
{
	struct ips_error err = { .fault = IPS_OK };
	GBytes *a = picture(f, name, modifier, &err), *b = picture(f, other, modifier, &err);

	if (a == NULL || b == NULL)
		fail_msg("%s or %s?%s: %s (%s)", name, other, modifier, err.reason, err.detail);
	bool same = g_bytes_equal(a, b);
	g_bytes_unref(a);
	g_bytes_unref(b);
	return same;
}

static char *
file_of(struct fixture *f, const struct ips_asset *asset)
{
	const char *digest = asset->image->blob.digest;

	return g_strdup_printf("%s/store/%.2s/%s", f->dir, digest, digest);
}

static bool
is_sealed_file(struct fixture *f, const struct ips_asset *asset)
{
	g_autofree char *path = file_of(f, asset);
	g_autofree char *data = NULL;
	gsize len;

	assert_true(g_file_get_contents(path, &data, &len, NULL));
	assert_int_equal(len, ips_blob_file_size(&asset->image->blob));
	return g_str_has_prefix(data, "openips sealed 1");
}

static bool
is_sound(struct fixture *f)
{
	struct ips_error err = { .fault = IPS_OK };
	struct ips_check check;
	bool sound;

	MUST(ips_service_check(f->service, true, NULL, NULL, &check, &sound, &err));
	return sound;
}

/* ---- The four conversions, and copies of copies ---- */

static void
check_row(struct fixture *f, const char *name, const char *key, const char *source, bool shared)
{
	const struct ips_asset *made = named(f, name), *from = named(f, source);

	if (g_strcmp0(made->image->key, key) != 0)
		fail_msg("%s: key %s", name, made->image->key);
	if (is_sealed_file(f, made) != (key != NULL))
		fail_msg("%s: the file is %s", name, key != NULL ? "plain" : "sealed");
	if ((strcmp(made->image->blob.digest, from->image->blob.digest) == 0) != shared)
		fail_msg("%s: the file is %sshared", name, shared ? "not " : "");
	assert_int_equal(made->image->blob.size, named(f, "mug")->image->blob.size);
	assert_int_equal(made->image->width, 900);
	assert_string_equal(made->image->mime, "image/png");
	assert_true(looks_like(f, name, "mug", NULL));
	assert_true(looks_like(f, name, "mug", "wid=50&fmt=png"));
}

static void
test_conversions(void **state)
{
	static const struct {
		const char *source, *name, *key, *want;
		bool shared;
		const char *shared_with;
	} rows[] = {
		{ "mug", "plain-plain", "none", "none", true, "mug" },
		{ "mug", "plain-empty", "", "none", true, "mug" },
		{ "mug", "plain-A", "A", "A", false, "mug" },
		{ "mug", "plain-A-again", "A", "A", false, "plain-A" },
		{ "plain-A", "A-plain", "none", "none", false, "plain-A" },
		{ "plain-A", "A-plain-2", "none", "none", true, "mug" }, /* the content is known */
		{ "plain-A", "A-B", "B", "B", false, "plain-A" },
		{ "A-B", "B-A", "A", "A", false, "plain-A" },
	};
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		MUST(copy_as(f, rows[i].source, rows[i].name, key_of(&k, rows[i].key), true, &err));
		MUST(
		    copy_as(f, rows[i].source, rows[i].name, key_of(&k, rows[i].key), false, &err));
		check_row(
		    f, rows[i].name, key_of(&k, rows[i].want), rows[i].shared_with, rows[i].shared);
	}
	assert_true(is_sound(f));
}

/* copyImage: what is encrypted stays so, with its key. */
static void
test_copy_image(void **state)
{
	static const struct {
		const char *source, *modifier, *want;
		bool shared;
	} rows[] = {
		{ "sealed-A", "", "A", true },
		{ "sealed-A", "id=3", "A", true },
		{ "sealed-A", "wid=50", "A", false },
		{ "sealed-A", "fmt=tif", "A", false },
		{ "sealed-A", "wid=50&mask=sealed-B", "A", false },
		{ "lamp", "wid=50&mask=sealed-B", "B", false },
		{ "lamp", "wid=50&mask=mug", "none", false },
	};
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };

	MUST(copy_as(f, "mug", "sealed-A", k.a, false, &err));
	MUST(copy_as(f, "mug", "sealed-B", k.b, false, &err));
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		g_autofree char *name = g_strdup_printf("copy-%zu", i);
		const struct ips_asset *made, *source = named(f, rows[i].source);
		const char *key = key_of(&k, rows[i].want);

		MUST(copy_image(f, rows[i].source, name, rows[i].modifier, &err));
		made = named(f, name);
		if (g_strcmp0(made->image->key, key) != 0 ||
		    is_sealed_file(f, made) != (key != NULL))
			fail_msg("row %zu: key %s", i, made->image->key);
		if ((strcmp(made->image->blob.digest, source->image->blob.digest) == 0) !=
		    rows[i].shared)
			fail_msg("row %zu: shared?", i);
	}
	/* The pixels are those of the plain picture under the same commands. */
	MUST(copy_image(f, "mug", "copy-plain", "wid=50", &err));
	assert_true(looks_like(f, "copy-2", "copy-plain", NULL));
	assert_true(is_sound(f));
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *source, *key;
		enum ips_fault want;
		const char *words;
	} rows[] = {
		{ "ref-A", "12345678-0000-4000-8000-000000000000", IPS_NO_KEY, "12345678" },
		{ "ref-A", "not a UUID", IPS_NO_KEY, "not a UUID" },
		{ "ref-A", "other", IPS_FOREIGN_KEY, "not of this company" },
		{ "ref-A", "off", IPS_KEY_DISABLED, "disabled" },
		{ "ref-A", "A", IPS_SAME_KEY, "already" },
		{ "ref-off", "off", IPS_KEY_DISABLED, "disabled" }, /* before that it is the same */
		{ "ref-off", "A", IPS_SOURCE_KEY_DISABLED, "disabled" },
		{ "ref-off", "none", IPS_SOURCE_KEY_DISABLED, "disabled" },
		{ "mug", "off", IPS_KEY_DISABLED, "disabled" },
		{ "ref-A", "B", IPS_OK, NULL },
	};
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };

	MUST(copy_as(f, "mug", "ref-A", k.a, false, &err));
	MUST(copy_as(f, "mug", "ref-off", k.off, false, &err));
	MUST(ips_catalog_key_enable(f->catalog, k.off, false, &err));
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		for (int check = 1; check >= 0; check--) { /* the checks alone say the same */
			g_autofree char *row = g_strdup_printf("row %zu", i);
			const char *key = key_of(&k, rows[i].key);

			check_fault(row, copy_as(f, rows[i].source, "ref-copy", key, check, &err),
			    &err, rows[i].want, rows[i].words);
		}
	check_fault("copyImage", copy_image(f, "ref-off", "x", "", &err), &err,
	    IPS_SOURCE_KEY_DISABLED, "disabled");
	check_fault("copyImage", copy_image(f, "ref-off", "x", "wid=9", &err), &err,
	    IPS_SOURCE_KEY_DISABLED, "disabled");
	assert_null(picture(f, "ref-off", NULL, &err));
	assert_int_equal(err.fault, IPS_SOURCE_KEY_DISABLED);
	assert_true(is_sound(f)); /* switched off is not damaged */

	MUST(ips_catalog_key_enable(f->catalog, k.off, true, &err));
	assert_true(looks_like(f, "ref-off", "mug", NULL));
	assert_false(ips_catalog_key_enable(f->catalog, "nothing", true, &err));
	assert_int_equal(err.fault, IPS_NOT_FOUND);
}

/* ---- Rotation ---- */

static void
test_rotation(void **state)
{
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_key *before, *after;
	struct stat was, is;
	int64_t count;

	MUST(copy_as(f, "mug", "rot-1", k.a, false, &err));
	MUST(copy_as(f, "lamp", "rot-2", k.a, false, &err));
	MUST(copy_image(f, "rot-2", "rot-2-shared", "", &err));
	MUST(copy_as(f, "mug", "rot-B", k.b, false, &err));
	g_autofree char *path = file_of(f, named(f, "rot-1"));
	assert_int_equal(stat(path, &was), 0);
	MUST(ips_catalog_key(f->catalog, f->mem, k.a, &before, &err));
	MUST(ips_service_key_rotate(f->service, k.a, &count, &err));
	assert_int_equal(count, 2); /* files, not assets */
	MUST(ips_catalog_key(f->catalog, f->mem, k.a, &after, &err));
	assert_int_equal(after->version, before->version + 1);
	assert_true(after->rotated > 0);
	assert_memory_not_equal(after->wrapped, before->wrapped, IPS_WRAPPED_LEN);
	assert_int_equal(stat(path, &is), 0);
	assert_memory_equal(&was.st_mtim, &is.st_mtim, sizeof(was.st_mtim)); /* not touched */
	assert_true(looks_like(f, "rot-1", "mug", NULL));
	assert_true(looks_like(f, "rot-2-shared", "lamp", NULL));
	assert_true(looks_like(f, "rot-B", "mug", NULL));
	assert_true(is_sound(f));

	/* Whoever comes with the old version is too late. */
	assert_false(ips_catalog_key_rotate(f->catalog, before, NULL, NULL, &count, &err));
	assert_int_equal(err.fault, IPS_BUSY);
	struct ips_data_key late = { .key = before };
	struct ips_image image = *named(f, "mug")->image;
	struct ips_asset asset = *named(f, "mug");
	asset.name = "rot-late";
	asset.image = &image;
	image.blob.digest[0] = image.blob.digest[0] == 'a' ? 'b' : 'a';
	image.data_key = &late;
	assert_false(ips_catalog_asset_add(f->catalog, &asset, 0, DEMO, &count, &count, &err));
	assert_int_equal(err.fault, IPS_BUSY);
	assert_false(ips_service_key_rotate(f->service, "nothing", &count, &err));
	assert_int_equal(err.fault, IPS_NO_KEY);
}

/* ---- Changes in file and catalog ---- */

static void
flip(struct fixture *f, const char *name, off_t at)
{
	g_autofree char *path = file_of(f, named(f, name));
	int fd;
	uint8_t byte;

	assert_int_equal(chmod(path, 0600), 0);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void
test_changed_file(void **state)
{
	static const off_t places[] = { 0, 16, 3000 };
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };

	MUST(copy_as(f, "mug", "hurt", k.a, false, &err));
	for (size_t i = 0; i < IPS_NELEM(places); i++) {
		flip(f, "hurt", places[i]);
		assert_null(picture(f, "hurt", NULL, &err));
		assert_int_equal(ips_fault_info(err.fault)->http_status, 500);
		assert_null(picture(f, "hurt", "wid=9", &err));
		assert_false(copy_as(f, "hurt", "hurt-copy", NULL, false, &err));
		assert_false(is_sound(f));
		flip(f, "hurt", places[i]);
	}
	assert_true(looks_like(f, "hurt", "mug", NULL));
	assert_true(is_sound(f));
}

static bool
run_script(struct ips_conn *conn, void *arg, struct ips_error *err)
{
	return ips_db_script(conn, arg, err);
}

static void
change(struct ips_db *db, const char *sql)
{
	struct ips_error err = { .fault = IPS_OK };
	char *script = g_strdup(sql);

	MUST(ips_db_write(db, run_script, script, &err));
	g_free(script);
}

#define SAVE                                                                                       \
	"CREATE TABLE saved_keys AS SELECT * FROM customer_keys;"                                  \
	"CREATE TABLE saved_blobs AS SELECT * FROM blob_keys;"
#define RESTORE                                                                                    \
	"DELETE FROM blob_keys; DELETE FROM customer_keys;"                                        \
	"INSERT INTO customer_keys SELECT * FROM saved_keys;"                                      \
	"INSERT INTO blob_keys SELECT * FROM saved_blobs;"

/* {1} and {2} stand for the digests, {A} and {B} for the customer keys. */
static char *
words_into(const char *sql, const char *one, const char *two, const char *a, const char *b)
{
	const char *const words[][2] = { { "{1}", one }, { "{2}", two }, { "{A}", a },
		{ "{B}", b } };
	GString *text = g_string_new(sql);

	for (size_t i = 0; i < IPS_NELEM(words); i++)
		g_string_replace(text, words[i][0], words[i][1], 0);
	return g_string_free(text, FALSE);
}

/* What somebody with the database alone could try: none opens, and check tells. */
static void
test_changed_catalog(void **state)
{
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };
	g_autofree char *file = g_build_filename(f->dir, "catalog.db", NULL);
	struct ips_db *db;

	MUST(copy_as(f, "mug", "cat-1", k.a, false, &err));
	MUST(copy_as(f, "lamp", "cat-2", k.a, false, &err));
	MUST(copy_as(f, "lamp", "cat-B", k.b, false, &err));
	const char *one = named(f, "cat-1")->image->blob.digest;
	const char *two = named(f, "cat-2")->image->blob.digest;
	static const struct {
		const char *what, *change;
	} rows[] = {
		{ "the data key of another file",
		    "UPDATE blob_keys SET wrapped = (SELECT wrapped FROM blob_keys WHERE digest = "
		    "'{2}') WHERE digest = '{1}'" },
		{ "another customer key",
		    "UPDATE blob_keys SET key_id = '{B}' WHERE digest = '{1}'" },
		{ "the bytes of another customer key",
		    "UPDATE customer_keys SET wrapped = (SELECT wrapped FROM customer_keys WHERE "
		    "id = '{B}') WHERE id = '{A}'" },
		{ "the key given to another company",
		    "UPDATE customer_keys SET company_id = 7 WHERE id = '{A}'" },
		{ "another version", "UPDATE customer_keys SET version = 2 WHERE id = '{A}'" },
		{ "no hex", "UPDATE blob_keys SET wrapped = 'x' WHERE digest = '{1}'" },
		{ "no data key", "DELETE FROM blob_keys WHERE digest = '{1}'" },
	};

	MUST(ips_db_open(file, false, &db, &err));
	change(db, SAVE);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		char *sql = words_into(rows[i].change, one, two, k.a, k.b);

		change(db, sql);
		g_free(sql);
		if (picture(f, "cat-1", "wid=9", &err) != NULL)
			fail_msg("%s: shown", rows[i].what);
		if (is_sound(f))
			fail_msg("%s: check says nothing", rows[i].what);
		change(db, RESTORE);
		if (!is_sound(f) || !looks_like(f, "cat-1", "mug", NULL))
			fail_msg("%s: not put back", rows[i].what);
	}
	ips_db_close(db);
}

/* ---- The end of a file, and of a master key ---- */

static void
test_collected(void **state)
{
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_data_key *row;
	int64_t removed;

	MUST(copy_as(f, "mug", "gone", k.a, false, &err));
	MUST(copy_as(f, "mug", "kept", k.a, false, &err));
	const struct ips_asset *gone = named(f, "gone"), *kept = named(f, "kept");
	MUST(ips_catalog_asset_trash(f->catalog, gone->id, IPS_TRASH_EMPTIED, DEMO, &err));
	MUST(ips_service_collect(f->service, 0, &removed, &err));
	assert_int_equal(removed, 1);
	MUST(ips_catalog_data_key(f->catalog, f->mem, gone->image->blob.digest, &row, &err));
	assert_null(row); /* not even a copy of the file could be read any more */
	MUST(ips_catalog_data_key(f->catalog, f->mem, kept->image->blob.digest, &row, &err));
	assert_non_null(row);
	assert_true(looks_like(f, "kept", "mug", NULL));
}

static void
reopen(struct fixture *f, const uint8_t *master)
{
	struct ips_error err = { .fault = IPS_OK };
	struct ips_service_settings settings = {
		.data_dir = f->dir, .public_url = "", .pool = f->pool, .master_key = master
	};

	ips_service_close(f->service);
	MUST(ips_service_open(&settings, &f->service, &err));
	f->catalog = ips_service_catalog(f->service);
}

static void
test_master(void **state)
{
	static const uint8_t other[IPS_KEY_LEN] = "another master key";
	static const uint8_t wrong[IPS_KEY_LEN] = "one that nothing was wrapped by";
	struct fixture *f = *state;
	struct keys k = make_keys(f);
	struct ips_error err = { .fault = IPS_OK };
	int64_t count;
	const char *id;

	MUST(copy_as(f, "mug", "mas-A", k.a, false, &err));
	MUST(ips_service_master_replace(f->service, other, &count, &err));
	assert_true(count >= 4);
	assert_true(looks_like(f, "mas-A", "mug", NULL)); /* the service goes on */
	assert_true(is_sound(f));

	reopen(f, wrong);
	assert_null(picture(f, "mas-A", NULL, &err));
	check_fault("wrong", false, &err, IPS_EXCEPTION, "another master key");
	assert_false(is_sound(f));
	assert_false(ips_service_master_replace(f->service, other, &count, &err));
	check_fault("replace", false, &err, IPS_EXCEPTION, "another master key");

	reopen(f, NULL);
	assert_null(picture(f, "mas-A", NULL, &err));
	check_fault("none", false, &err, IPS_EXCEPTION, "no master key");
	assert_false(copy_as(f, "mug", "mas-x", k.a, false, &err));
	check_fault("none", false, &err, IPS_EXCEPTION, "no master key");
	assert_false(ips_service_key_add(f->service, f->mem, 6, &id, &err));
	check_fault("none", false, &err, IPS_EXCEPTION, "no master key");
	assert_true(is_sound(f)); /* the bytes are proven without any key */
	MUST(copy_image(f, "mug", "mas-plain", "wid=9", &err));

	reopen(f, other);
	assert_true(looks_like(f, "mas-A", "mug", NULL));
	assert_true(is_sound(f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversions), cmocka_unit_test(test_copy_image),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_changed_file), cmocka_unit_test(test_changed_catalog),
		cmocka_unit_test(test_collected),
		cmocka_unit_test(test_master), /* last: another master key from here */
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
