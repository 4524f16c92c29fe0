/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "store_priv.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR_MS      (INT64_C(60) * 60 * 1000)
#define ABC_DIGEST   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY_DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Every test gets an empty store and runs twice: with files without names, and with named ones. */
struct fixture {
	char *base, *dir;
	struct ips_store *store;
	struct ips_error err;
};

static void
remove_tree(const char *path)
{
	char *argv[] = { (char *)"rm", (char *)"-rf", (char *)path, NULL };

	assert_true(g_spawn_sync(
	    NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static int
set_up(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);

	f->base = g_dir_make_tmp("openips-store-XXXXXX", NULL);
	f->dir = g_build_filename(f->base, "store", NULL);
	assert_true(ips_store_open(f->dir, &f->store, &f->err));
	*state = f;
	return 0;
}

static int
set_up_named(void **state)
{
	set_up(state);
	((struct fixture *)*state)->store->nameless = false;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	ips_store_close(f->store);
	remove_tree(f->base);
	g_free(f->dir);
	g_free(f->base);
	g_free(f);
	return 0;
}

static struct ips_stage *
stage_text(struct fixture *f, const char *text)
{
	struct ips_stage *stage = NULL;
	size_t len = strlen(text);

	if (!ips_stage_open(f->store, &stage, &f->err))
		fail_msg("%s", f->err.detail);
	assert_int_equal(write(ips_stage_fd(stage), text, len), len);
	return stage;
}

static struct ips_blob
publish_text(struct fixture *f, const char *text)
{
	struct ips_blob blob;

	if (!ips_stage_publish(stage_text(f, text), &blob, &f->err))
		fail_msg("%s", f->err.detail);
	return blob;
}

static char *
path_of(const struct fixture *f, const char *digest)
{
	char path[BLOB_PATH];

	assert_true(store_blob_path(digest, path));
	return g_build_filename(f->dir, path, NULL);
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static int
entries_in(const char *dir, const char *name)
{
	char *path = g_build_filename(dir, name, NULL);
	GDir *listing = g_dir_open(path, 0, NULL);
	int count = 0;

	assert_non_null(listing);
	while (g_dir_read_name(listing) != NULL)
		count++;
	g_dir_close(listing);
	g_free(path);
	return count;
}

/* Opening it and asking for its size find the same. */
static enum ips_fault
read_fault(struct fixture *f, const char *digest)
{
	struct ips_error size_err = { .fault = IPS_OK };
	int64_t size = -1, size_only = -1;
	int fd = -1;

	f->err = (struct ips_error){ .fault = IPS_OK };
	if (ips_store_read(f->store, digest, &fd, &size, &f->err))
		close(fd);
	else
		assert_true(fd == -1 && size == -1);
	if (strstr(f->err.detail, "open files") != NULL)
		return f->err.fault; /* what needs no descriptor goes on */
	if (!ips_store_size(f->store, digest, &size_only, &size_err))
		assert_int_not_equal(size_err.fault, IPS_OK);
	assert_int_equal(size_err.fault, f->err.fault);
	assert_int_equal(size_only, size);
	return f->err.fault;
}

static void
test_publish_and_read(void **state)
{
	static const struct {
		const char *text, *digest;
	} cases[] = {
		{ "abc", ABC_DIGEST },
		{ "", EMPTY_DIGEST },
		{ "abc", ABC_DIGEST }, /* again is success */
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		struct ips_blob blob = publish_text(f, cases[i].text);
		char *path = path_of(f, cases[i].digest), *folder = g_path_get_dirname(path);
		char got[100] = "";
		int fd;
		int64_t size;

		assert_string_equal(blob.digest, cases[i].digest);
		assert_int_equal(blob.size, strlen(cases[i].text));
		assert_true(ips_store_read(f->store, blob.digest, &fd, &size, &f->err));
		assert_int_equal(size, blob.size);
		assert_int_equal(read(fd, got, sizeof(got) - 1), size);
		assert_string_equal(got, cases[i].text);
		assert_int_equal(write(fd, "x", 1), -1); /* read-only */
		close(fd);
		assert_int_equal(mode_of(path), 0400);
		assert_int_equal(mode_of(folder), 0700);
		assert_true(ips_store_verify(f->store, blob.digest, blob.size, &f->err));
		g_free(folder);
		g_free(path);
	}
	assert_int_equal(mode_of(f->dir), 0700);
	assert_int_equal(entries_in(f->dir, "tmp"), 0);
}

/* More than one read of the digest, and written by position as image libraries do. */
static void
test_publish_large(void **state)
{
	struct fixture *f = *state;
	struct ips_stage *stage;
	struct ips_blob blob;

	assert_true(ips_stage_open(f->store, &stage, &f->err));
	assert_int_equal(pwrite(ips_stage_fd(stage), "end", 3, 1000000 - 3), 3);
	assert_int_equal(pwrite(ips_stage_fd(stage), "start", 5, 0), 5);
	assert_true(ips_stage_publish(stage, &blob, &f->err));
	assert_int_equal(blob.size, 1000000);
	assert_true(ips_store_verify(f->store, blob.digest, blob.size, &f->err));
}

static void
test_drop(void **state)
{
	struct fixture *f = *state;

	ips_stage_drop(stage_text(f, "abc"));
	ips_stage_drop(NULL);
	assert_int_equal(entries_in(f->dir, "tmp"), 0);
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_NOT_FOUND);
}

static void
test_no_path_but_a_digest(void **state)
{
	static const char *const cases[] = { "", "..", "../tmp", (ABC_DIGEST "0"), (ABC_DIGEST "/"),
		"/etc/passwd", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
		"../7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", EMPTY_DIGEST };
	struct fixture *f = *state;

	publish_text(f, "abc");
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		if (read_fault(f, cases[i]) != IPS_NOT_FOUND)
			fail_msg("'%s' can be read", cases[i]);
		assert_false(ips_store_remove(f->store, cases[i], 0, &f->err));
		assert_int_equal(f->err.fault, IPS_NOT_FOUND);
		assert_false(ips_store_verify(f->store, cases[i], 3, &f->err));
		assert_int_equal(f->err.fault, IPS_NOT_FOUND);
	}
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_OK);
}

enum intruder { SYMLINK, FIFO, FOLDER };

static void
test_only_files_are_blobs(void **state)
{
	struct fixture *f = *state;

	publish_text(f, "abc"); /* makes the folder */
	for (enum intruder kind = SYMLINK; kind <= FOLDER; kind++) {
		char *path = path_of(f, ABC_DIGEST);
		struct ips_blob blob;

		assert_int_equal(remove(path), 0);
		switch (kind) {
		case SYMLINK:
			assert_int_equal(symlink("/etc/passwd", path), 0);
			break;
		case FIFO:
			assert_int_equal(mkfifo(path, 0600), 0);
			break;
		case FOLDER:
			assert_int_equal(mkdir(path, 0700), 0);
			break;
		}
		assert_int_equal(read_fault(f, ABC_DIGEST), IPS_INTERNAL);
		assert_false(ips_stage_publish(stage_text(f, "abc"), &blob, &f->err));
		assert_int_equal(f->err.fault, IPS_INTERNAL);
		g_free(path);
	}
	assert_int_equal(entries_in(f->dir, "tmp"), 0);
}

static void
test_verify(void **state)
{
	static const struct {
		const char *content; /* put in place of "abc" */
		int64_t size;
		const char *detail; /* NULL: fine */
	} cases[] = {
		{ "abc", 3, NULL },
		{ "abc", 4, "has 3 bytes, not 4" },
		{ "abd", 3, "has changed" },
		{ "ab", 3, "has 2 bytes, not 3" },
		{ "", 3, "has 0 bytes, not 3" },
	};
	struct fixture *f = *state;
	char *path = path_of(f, ABC_DIGEST);

	publish_text(f, "abc");
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		assert_int_equal(remove(path), 0);
		assert_true(g_file_set_contents(path, cases[i].content, -1, NULL));
		bool ok = ips_store_verify(f->store, ABC_DIGEST, cases[i].size, &f->err);
		assert_int_equal(ok, cases[i].detail == NULL);
		if (!ok) {
			assert_int_equal(f->err.fault, IPS_INTERNAL);
			assert_non_null(strstr(f->err.detail, cases[i].detail));
			assert_null(strstr(f->err.reason, ABC_DIGEST));
		}
	}
	g_free(path);
}

/* Whoever publishes what is there, but damaged, mends it; and what is whole stays the file it is.
 */
static void
test_publish_over_damage(void **state)
{
	static const struct {
		const char *there;
		bool stays;
	} cases[] = { { "ab", false }, { "abcd", false }, { "abd", false }, { "", false },
		{ "abc", true } };
	struct fixture *f = *state;
	g_autofree char *path = path_of(f, ABC_DIGEST);

	publish_text(f, "abc");
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		struct ips_blob blob = { .size = -1 };
		struct stat before, after;

		assert_int_equal(remove(path), 0);
		assert_true(g_file_set_contents(path, cases[i].there, -1, NULL));
		assert_int_equal(stat(path, &before), 0);
		assert_true(ips_stage_publish(stage_text(f, "abc"), &blob, &f->err));
		assert_true(ips_store_verify(f->store, ABC_DIGEST, 3, &f->err));
		assert_int_equal(stat(path, &after), 0);
		assert_int_equal(before.st_ino == after.st_ino, cases[i].stays);
		assert_int_equal(blob.size, 3);
	}
}

/* A folder whose sync has failed may have names that the disk will never know: they are given anew.
 */
static void
test_doubted_shard(void **state)
{
	struct fixture *f = *state;
	g_autofree char *path = path_of(f, ABC_DIGEST);
	struct stat before, after;
	struct ips_blob blob;

	publish_text(f, "abc");
	assert_int_equal(stat(path, &before), 0);
	f->store->shard_doubted[0xba] = true;
	assert_true(ips_stage_publish(stage_text(f, "abc"), &blob, &f->err));
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode & 07777, 0400);
}

/* ---- Between stores ---- */

static void
test_take(void **state)
{
	static const struct {
		const char *content; /* of the file, NULL: none */
		enum ips_fault want;
	} cases[] = {
		{ "abc", IPS_OK },
		{ "ab", IPS_BROKEN_IMAGE },
		{ NULL, IPS_NOT_FOUND },
	};
	struct fixture *f = *state;
	g_autofree char *dir = g_build_filename(f->base, "other", NULL);
	g_autofree char *path = path_of(f, ABC_DIGEST);
	struct ips_blob blob = { .digest = ABC_DIGEST, .size = 3 };
	struct ips_store *other;

	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		bool taken = false;

		publish_text(f, "abc");
		assert_int_equal(remove(path), 0);
		if (cases[i].content != NULL)
			assert_true(g_file_set_contents(path, cases[i].content, -1, NULL));
		assert_true(ips_store_open(dir, &other, &f->err));
		bool done = ips_store_take(other, f->store, &blob, &taken, &f->err);
		assert_int_equal(done ? IPS_OK : f->err.fault, cases[i].want);
		assert_int_equal(taken, done);
		if (done) {
			assert_true(ips_store_verify(other, ABC_DIGEST, 3, &f->err));
			assert_true(ips_store_take(other, f->store, &blob, &taken, &f->err));
			assert_false(taken);
			assert_true(ips_store_sync(other, &f->err));
		}
		ips_store_close(other);
		remove_tree(dir);
	}
}

/* ---- Walking and removing ---- */

struct walk {
	int count, stop_after;
	int64_t bytes;
	bool young;
};

static bool
note_blob(const struct ips_blob *blob, int64_t age_ms, void *arg)
{
	struct walk *walk = arg;

	walk->count++;
	walk->bytes += blob->size;
	walk->young = walk->young && age_ms > -10000 && age_ms < HOUR_MS;
	return walk->count != walk->stop_after;
}

static void
test_walk(void **state)
{
	static const char *const strangers[] = { "ba/readme", ("ba/" EMPTY_DIGEST), "readme" };
	struct fixture *f = *state;
	struct walk all = { .young = true }, some = { .stop_after = 2 };

	assert_true(ips_store_walk(f->store, note_blob, &all, &f->err));
	assert_int_equal(all.count, 0);
	for (int i = 0; i < 20; i++) {
		char text[] = { (char)('a' + i), '\0' };
		publish_text(f, text);
	}
	publish_text(f, "abc");
	for (size_t i = 0; i < IPS_NELEM(strangers); i++) {
		char *path = g_build_filename(f->dir, strangers[i], NULL);
		assert_true(g_file_set_contents(path, "x", -1, NULL));
		g_free(path);
	}
	assert_true(ips_store_walk(f->store, note_blob, &all, &f->err));
	assert_int_equal(all.count, 21);
	assert_int_equal(all.bytes, 23);
	assert_true(all.young);
	assert_true(ips_store_walk(f->store, note_blob, &some, &f->err));
	assert_int_equal(some.count, 2);
}

static void
make_old(const struct fixture *f, const char *digest)
{
	const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	char *path = path_of(f, digest);

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	g_free(path);
}

static void
test_remove(void **state)
{
	struct fixture *f = *state;

	publish_text(f, "abc");
	assert_false(ips_store_remove(f->store, ABC_DIGEST, HOUR_MS, &f->err));
	assert_int_equal(f->err.fault, IPS_BUSY);

	/* a second publisher's row is still to come: the blob is young again */
	make_old(f, ABC_DIGEST);
	publish_text(f, "abc");
	assert_false(ips_store_remove(f->store, ABC_DIGEST, HOUR_MS, &f->err));
	assert_int_equal(f->err.fault, IPS_BUSY);
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_OK);

	make_old(f, ABC_DIGEST);
	assert_true(ips_store_remove(f->store, ABC_DIGEST, HOUR_MS, &f->err));
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_NOT_FOUND);
	assert_false(ips_store_remove(f->store, ABC_DIGEST, 0, &f->err));
	assert_int_equal(f->err.fault, IPS_NOT_FOUND);
	publish_text(f, "abc");
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_OK);
}

/* ---- Opening ---- */

static bool
say_needed(const char *digest, void *arg, bool *out, struct ips_error *err)
{
	(void)digest;
	(void)err;
	*out = *(const bool *)arg;
	return true;
}

static void
test_collect(void **state)
{
	static const struct {
		bool there, old, needed, removed;
	} cases[] = {
		{ true, true, false, true },
		{ true, true, true, false },
		{ true, false, false, false },
		{ false, true, false, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		bool needed = cases[i].needed, removed = !cases[i].removed;

		if (cases[i].there)
			publish_text(f, "abc");
		if (cases[i].there && cases[i].old)
			make_old(f, ABC_DIGEST);
		assert_true(ips_store_collect(
		    f->store, ABC_DIGEST, HOUR_MS, say_needed, &needed, &removed, &f->err));
		assert_int_equal(removed, cases[i].removed);
		assert_int_equal(
		    read_fault(f, ABC_DIGEST), cases[i].there && !removed ? IPS_OK : IPS_NOT_FOUND);
		if (cases[i].there && !removed)
			assert_true(ips_store_remove(f->store, ABC_DIGEST, 0, &f->err));
	}
}

static void *
collect_soon(void *arg)
{
	struct fixture *f = arg;
	struct ips_error err;
	bool needed = false, removed = false;

	return ips_store_collect(
		   f->store, ABC_DIGEST, HOUR_MS, say_needed, &needed, &removed, &err) &&
		       removed
		   ? f
		   : NULL;
}

/* Whoever records a blob is let finish, and those who come meanwhile do not make the collector wait
 * for ever. */
static void
test_hold(void **state)
{
	struct fixture *f = *state;
	pthread_t collector;
	void *done;
	int hold;

	publish_text(f, "abc");
	make_old(f, ABC_DIGEST);
	assert_true(ips_store_hold(f->store, &hold, &f->err));
	assert_int_equal(pthread_create(&collector, NULL, collect_soon, f), 0);
	g_usleep(30000);
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_OK);
	close(hold);
	assert_int_equal(pthread_join(collector, &done), 0);
	assert_ptr_equal(done, f);
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_NOT_FOUND);
}

static void
test_open_cleans_tmp(void **state)
{
	struct fixture *f = *state;
	char *left_over = g_build_filename(f->dir, "tmp", "0123", NULL);
	struct ips_stage *live = stage_text(f, "abc");
	struct ips_store *second;
	struct ips_blob blob;

	assert_true(g_file_set_contents(left_over, "x", -1, NULL));
	assert_true(ips_store_open(f->dir, &second, &f->err));
	assert_false(g_file_test(left_over, G_FILE_TEST_EXISTS));
	assert_true(ips_stage_publish(live, &blob, &f->err)); /* not taken for a left-over */
	ips_store_close(second);
	g_free(left_over);
}

static void
test_open_again(void **state)
{
	struct fixture *f = *state;

	publish_text(f, "abc");
	ips_store_close(f->store);
	assert_true(ips_store_open(f->dir, &f->store, &f->err));
	assert_int_equal(read_fault(f, ABC_DIGEST), IPS_OK);
}

static void
test_open_fails(void **state)
{
	static const char *const cases[] = { "missing/store", "file", "file/store" };
	struct fixture *f = *state;
	char *file = g_build_filename(f->base, "file", NULL);

	assert_true(g_file_set_contents(file, "x", -1, NULL));
	for (size_t i = 0; i < IPS_NELEM(cases); i++) {
		char *dir = g_build_filename(f->base, cases[i], NULL);
		struct ips_store *store = NULL;
		assert_false(ips_store_open(dir, &store, &f->err));
		assert_int_equal(f->err.fault, IPS_INTERNAL);
		assert_null(store);
		g_free(dir);
	}
	ips_store_close(NULL);
	g_free(file);
}

/* ---- When the machine gives out ---- */

static void
test_no_descriptors_left(void **state)
{
	struct fixture *f = *state;
	struct ips_stage *stage = NULL;
	struct rlimit before, none;

	publish_text(f, "abc");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	bool opened = ips_stage_open(f->store, &stage, &f->err);
	enum ips_fault fault = read_fault(f, ABC_DIGEST);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(opened);
	assert_int_equal(fault, IPS_BUSY);
	assert_non_null(strstr(f->err.detail, "Too many open files"));
}

/* In a process of its own, which may mount without being root. The small disk has room for the
 * store, its tmp and one file, but not for a shard's folder. */
static int
fill_a_disk(const char *dir, bool nameless)
{
	struct ips_error err = { 0 };
	struct ips_store *store;
	struct ips_stage *stage;
	struct ips_blob blob;
	int root;

	if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", dir, "tmpfs", 0, "size=64k,nr_inodes=4,mode=0700") != 0 ||
	    (root = open(dir, O_DIRECTORY)) < 0 || fchdir(root) != 0)
		return 77;
	if (!ips_store_open("store", &store, &err))
		return 1;
	store->nameless = nameless;
	if (!ips_stage_open(store, &stage, &err))
		return 2;
	if (ips_stage_publish(stage, &blob, &err) || err.fault != IPS_STORAGE)
		return 3;
	if (strstr(err.detail, "No space left") == NULL || strcmp(err.reason, IPS_NO_ROOM) != 0)
		return 4;
	if (!ips_stage_open(store, &stage, &err)) /* the failed one has gone */
		return 5;
	ips_stage_drop(stage);
	return 0;
}

static void
test_disk_full(void **state)
{
	struct fixture *f = *state;
	int status;

	pid_t child = fork();
	if (child == 0)
		_exit(fill_a_disk(f->base, f->store->nameless));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* mounting is not allowed here */
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- Threads ---- */

#define THREADS  6
#define CONTENTS 8

/* All publish the same, while one tries to collect what is in use. */
static void *
publish_all(void *arg)
{
	struct fixture *f = arg;
	struct ips_error err;
	char text[2] = "";

	for (int i = 0; i < CONTENTS * 3; i++) {
		struct ips_stage *stage;
		struct ips_blob blob;
		int fd;
		int64_t size;

		text[0] = (char)('a' + i % CONTENTS);
		if (!ips_stage_open(f->store, &stage, &err))
			return (void *)"open";
		if (write(ips_stage_fd(stage), text, 1) != 1)
			return (void *)"write";
		if (!ips_stage_publish(stage, &blob, &err))
			return (void *)"publish";
		if (ips_store_remove(f->store, blob.digest, HOUR_MS, &err) || err.fault != IPS_BUSY)
			return (void *)"remove";
		if (!ips_store_read(f->store, blob.digest, &fd, &size, &err))
			return (void *)"read";
		close(fd);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct fixture *f = *state;
	struct walk walk = { 0 };
	GThread *threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = g_thread_new("publisher", publish_all, f);
	for (int i = 0; i < THREADS; i++)
		assert_null(g_thread_join(threads[i]));
	assert_true(ips_store_walk(f->store, note_blob, &walk, &f->err));
	assert_int_equal(walk.count, CONTENTS);
	assert_int_equal(entries_in(f->dir, "tmp"), 0);
}

#define BOTH(test)                                                                                 \
	{ #test, test, set_up, tear_down, NULL },                                                  \
	{                                                                                          \
#test " (named)", test, set_up_named, tear_down, NULL                              \
	}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(test_publish_and_read),
		BOTH(test_publish_large),
		BOTH(test_drop),
		BOTH(test_no_path_but_a_digest),
		BOTH(test_only_files_are_blobs),
		BOTH(test_verify),
		BOTH(test_publish_over_damage),
		BOTH(test_doubted_shard),
		BOTH(test_take),
		BOTH(test_walk),
		BOTH(test_remove),
		BOTH(test_collect),
		BOTH(test_hold),
		BOTH(test_open_cleans_tmp),
		BOTH(test_open_again),
		BOTH(test_open_fails),
		BOTH(test_no_descriptors_left),
		BOTH(test_disk_full),
		BOTH(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
