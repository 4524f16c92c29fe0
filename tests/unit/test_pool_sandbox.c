/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What a process that has shut itself in can do and what it cannot: each row in a process of its
 * own, which tries. */
#include "pool_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char *secret; /* a file that nobody has allowed */
	char *folder; /* that has been allowed, */
	char *inside; /* with a file */
	pid_t parent;
	int file; /* open since before, for writing */
};

/* Each says whether it got through. */
typedef bool attempt(const struct place *p);

static bool
opens(const char *path, int flags)
{
	return open(path, flags, 0600) >= 0;
}

static bool
read_secret(const struct place *p)
{
	return opens(p->secret, O_RDONLY);
}
static bool
read_passwd(const struct place *p)
{
	(void)p;
	return opens("/etc/passwd", O_RDONLY);
}
static bool
write_inside(const struct place *p)
{
	return opens(p->inside, O_WRONLY);
}
static bool
change_inside(const struct place *p)
{
	return opens(p->inside, O_RDWR);
}
static bool
cut_inside(const struct place *p)
{
	return opens(p->inside, O_RDONLY | O_TRUNC);
}
static bool
append_inside(const struct place *p)
{
	return opens(p->inside, O_RDONLY | O_APPEND);
}
static bool
nameless(const struct place *p)
{
	return opens(p->folder, O_TMPFILE | O_RDWR);
}
static bool
read_inside(const struct place *p)
{
	return opens(p->inside, O_RDONLY);
}
static bool
unlink_inside(const struct place *p)
{
	return unlink(p->inside) == 0;
}
static bool
rename_inside(const struct place *p)
{
	return rename(p->inside, p->secret) == 0;
}
static bool
chmod_inside(const struct place *p)
{
	return chmod(p->inside, 0777) == 0;
}
static bool
unlock_file(const struct place *p)
{
	return fchmod(p->file, 0777) == 0;
}
static bool
kill_parent(const struct place *p)
{
	return kill(p->parent, 0) == 0;
}
static bool
trace_parent(const struct place *p)
{
	return ptrace(PTRACE_ATTACH, p->parent, 0, 0) == 0;
}
static bool
forks(const struct place *p)
{
	(void)p;
	return fork() >= 0;
}

static bool
make_file(const struct place *p)
{
	g_autofree char *path = g_build_filename(p->folder, "new", NULL);

	return opens(path, O_CREAT | O_RDONLY);
}

static bool
list_root(const struct place *p)
{
	(void)p;
	return opendir("/") != NULL;
}

static bool
read_parent_memory(const struct place *p)
{
	char byte, path[64];
	struct iovec here = { &byte, 1 }, there = { (void *)(uintptr_t)p, 1 };

	g_snprintf(path, sizeof(path), "/proc/%d/mem", (int)p->parent);
	return opens(path, O_RDONLY) || process_vm_readv(p->parent, &here, 1, &there, 1, 0) == 1;
}

static bool
read_parent_environment(const struct place *p)
{
	char path[64];

	g_snprintf(path, sizeof(path), "/proc/%d/environ", (int)p->parent);
	return opens(path, O_RDONLY);
}

static bool
executes(const struct place *p)
{
	char *argv[] = { (char *)(uintptr_t) "true", NULL };

	(void)p;
	return execve("/bin/true", argv, argv + 1) == 0;
}

static bool
executes_memory(const struct place *p)
{
	char *argv[] = { (char *)(uintptr_t) "true", NULL };

	return syscall(SYS_execveat, p->file, "", argv, argv + 1, AT_EMPTY_PATH) == 0;
}

static bool
internet(const struct place *p)
{
	(void)p;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}
static bool
internet_6(const struct place *p)
{
	(void)p;
	return socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}
static bool
local_socket(const struct place *p)
{
	(void)p;
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}
static bool
netlink(const struct place *p)
{
	(void)p;
	return socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool
more_memory(const struct place *p)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	(void)p;
	return setrlimit(RLIMIT_DATA, &all) == 0;
}

static bool
show_memory(const struct place *p)
{
	(void)p;
	return prctl(PR_SET_DUMPABLE, 1) == 0;
}

static bool
calls(long number)
{
	return syscall(number, 0, 0, 0, 0, 0, 0) >= 0 || (errno != EPERM && errno != ENOSYS);
}
static bool
io_uring(const struct place *p)
{
	(void)p;
	return calls(SYS_io_uring_setup);
}
static bool
bpf(const struct place *p)
{
	(void)p;
	return calls(SYS_bpf);
}
static bool
open_other_way(const struct place *p)
{
	(void)p;
	return calls(SYS_openat2);
}
static bool
clone_other_way(const struct place *p)
{
	(void)p;
	return calls(SYS_clone3);
}
static bool
new_user(const struct place *p)
{
	(void)p;
	return calls(SYS_unshare);
}
static bool
mount_some(const struct place *p)
{
	(void)p;
	return calls(SYS_mount);
}
static bool
own_filter(const struct place *p)
{
	(void)p;
	return calls(SYS_seccomp);
}
static bool
keyring(const struct place *p)
{
	(void)p;
	return calls(SYS_keyctl);
}

/* ---- What has to work ---- */

static void *
nothing(void *arg)
{
	return arg;
}

static bool
start_thread(const struct place *p)
{
	pthread_t thread;

	(void)p;
	return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool
list_inside(const struct place *p)
{
	DIR *dir = opendir(p->folder);

	return dir != NULL && readdir(dir) != NULL;
}

static bool
write_file(const struct place *p)
{
	return write(p->file, "x", 1) == 1 && lseek(p->file, 0, SEEK_SET) == 0 &&
	       ftruncate(p->file, 0) == 0;
}

static bool
take_memory(const struct place *p)
{
	(void)p;
	return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static const struct row {
	const char *what;
	attempt *attempt;
	bool through;
	bool landlock; /* it is the one that forbids it */
} rows[] = {
	{ "read a file that was not named", read_secret, false, true },
	{ "read /etc/passwd", read_passwd, false, true },
	{ "list /", list_root, false, true },
	{ "read the memory of the server", read_parent_memory, false, false },
	{ "read the environment of the server", read_parent_environment, false, true },
	{ "write to a file that may be read", write_inside, false, false },
	{ "change it", change_inside, false, false },
	{ "cut it", cut_inside, false, false },
	{ "append to it", append_inside, false, false },
	{ "make a file", make_file, false, false },
	{ "make one without a name", nameless, false, false },
	{ "remove a file", unlink_inside, false, false },
	{ "rename a file", rename_inside, false, false },
	{ "let others read a file", chmod_inside, false, false },
	{ "let others read an open file", unlock_file, false, false },
	{ "signal the server", kill_parent, false, false },
	{ "trace the server", trace_parent, false, false },
	{ "fork", forks, false, false },
	{ "clone by the call whose flags are hidden", clone_other_way, false, false },
	{ "open by the call whose flags are hidden", open_other_way, false, false },
	{ "execute a program", executes, false, false },
	{ "execute an open file", executes_memory, false, false },
	{ "reach the internet", internet, false, false },
	{ "reach the internet, by version 6", internet_6, false, false },
	{ "reach a local service", local_socket, false, false },
	{ "ask about the network", netlink, false, false },
	{ "lift its own limits", more_memory, false, false },
	{ "show itself to debuggers", show_memory, false, false },
	{ "io_uring", io_uring, false, false },
	{ "bpf", bpf, false, false },
	{ "a namespace of its own", new_user, false, false },
	{ "mount", mount_some, false, false },
	{ "another filter", own_filter, false, false },
	{ "keys of the kernel", keyring, false, false },

	{ "start a thread", start_thread, true, false },
	{ "read a file that was named", read_inside, true, false },
	{ "list a folder that was named", list_inside, true, false },
	{ "write to an open file", write_file, true, false },
	{ "take memory", take_memory, true, false },
};

enum { THROUGH = 10, REFUSED, NO_LANDLOCK, NO_SANDBOX };

static void
try_it(const struct row *row, const struct place *p)
{
	char *reads[] = { p->folder, NULL };
	struct ips_error err = { .fault = IPS_OK };
	int landlock;

	prctl(PR_SET_DUMPABLE, 0);
	if (!sandbox_files(reads, &landlock, &err) || !sandbox_calls(&err))
		_exit(NO_SANDBOX);
	if (row->landlock && landlock == 0)
		_exit(NO_LANDLOCK);
	_exit(row->attempt(p) ? THROUGH : REFUSED);
}

/* Refused, or dead by the hand of the kernel. */
static bool
got_through(const struct row *row, const struct place *p)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		try_it(row, p);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		if (WTERMSIG(status) != SIGSYS)
			fail_msg("%s: died of %s", row->what, strsignal(WTERMSIG(status)));
		return false;
	}
	switch (WEXITSTATUS(status)) {
	case THROUGH:
		return true;
	case REFUSED:
		return false;
	case NO_LANDLOCK:
		print_message("%s: this kernel has no Landlock\n", row->what);
		return row->through;
	default:
		/* /bin/true, or a sandbox that does not stand */
		if (WEXITSTATUS(status) == NO_SANDBOX)
			fail_msg("%s: no sandbox", row->what);
		return true;
	}
}

static void
test_walls(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("openips-XXXXXX", NULL);
	g_autofree char *secret = g_build_filename(dir, "secret", NULL);
	g_autofree char *folder = g_build_filename(dir, "folder", NULL);
	g_autofree char *inside = g_build_filename(folder, "inside", NULL);
	struct place p = { secret, folder, inside, getpid(), -1 };

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_true(g_file_set_contents(secret, "secret", -1, NULL));
	assert_true(g_file_set_contents(inside, "inside", -1, NULL));
	p.file = open("/bin/true", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		if (rows[i].attempt == write_file) {
			close(p.file);
			p.file = open(secret, O_RDWR | O_CLOEXEC);
		}
		if (got_through(&rows[i], &p) != rows[i].through)
			fail_msg(
			    "%s: %s", rows[i].what, rows[i].through ? "refused" : "it got through");
	}
	close(p.file);
	unlink(inside);
	unlink(secret);
	rmdir(folder);
	rmdir(dir);
}

/* Without walls every row gets through, or it would prove nothing: those that need no other's help.
 */
static void
test_rows_can_fail(void **state)
{
	static attempt *const plain[] = { read_passwd, list_root, forks, internet, local_socket,
		show_memory, start_thread, take_memory };
	struct place p = { .parent = getppid(), .file = -1 };

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(plain); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(plain[i](&p) ? THROUGH : REFUSED);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), THROUGH);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walls),
		cmocka_unit_test(test_rows_can_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
