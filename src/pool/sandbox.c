/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Two walls: Landlock says which files may be read, seccomp what may be asked of the kernel at all.
 * Sources: landlock(7), seccomp(2), clone(2). */
#include "pool_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock ---- */

/* Of linux/landlock.h, as the headers of Debian 12 do not know all of it. */
#define CREATE_RULESET_VERSION UINT64_C(1)
#define RULE_PATH_BENEATH      1
#define READ_FILE              (UINT64_C(1) << 2)
#define READ_DIR               (UINT64_C(1) << 3)

struct ruleset {
	uint64_t files, net, scope;
};
struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

/* All that a version can forbid: number of file rights, of network rights, of scopes; and how long
 * its struct is. */
static const struct version {
	int files, net, scopes;
	size_t size;
} versions[] = {
	[1] = { 13, 0, 0, 8 },
	[2] = { 14, 0, 0, 8 },
	[3] = { 15, 0, 0, 8 },
	[4] = { 15, 2, 0, 16 },
	[5] = { 16, 2, 0, 16 },
	[6] = { 16, 2, 2, 24 },
};

static uint64_t
first_bits(int count)
{
	return (UINT64_C(1) << count) - 1;
}

static void
allow_path(int ruleset, const char *path)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct path_beneath rule = { .allowed = READ_FILE, .parent = fd };

	if (fd < 0)
		return; /* it is not on this machine */
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		rule.allowed |= READ_DIR;
	syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
	close(fd);
}

bool
sandbox_files(char *const *reads, int *landlock, struct ips_error *err)
{
	int newest = (int)IPS_NELEM(versions) - 1;
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ips_fail_internal(err, "no_new_privs: %s", g_strerror(errno));
	*landlock = MAX(version, 0);
	if (version <= 0)
		return true;
	const struct version *v = &versions[MIN(version, newest)];
	const struct ruleset forbidden = { first_bits(v->files), first_bits(v->net),
		first_bits(v->scopes) };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &forbidden, v->size, 0);
	if (ruleset < 0)
		return ips_fail_internal(err, "landlock: %s", g_strerror(errno));
	for (char *const *path = reads; *path != NULL; path++)
		allow_path(ruleset, *path);
	bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	int why = errno;
	close(ruleset);
	return done || ips_fail_internal(err, "landlock: %s", g_strerror(why));
}

/* ---- seccomp ---- */

/* What decoders, encoders, fonts and the C library need whatever the arguments. */
static const char *const allowed[] = {
	/* memory */
	"brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise",
	/* files that are open */
	"read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev",
	"pwritev2", "lseek", "_llseek", "close", "close_range", "fstat", "fstat64", "ftruncate",
	"ftruncate64", "fsync", "fdatasync", "fallocate", "fadvise64", "fadvise64_64",
	"arm_fadvise64_64", "dup", "dup2", "dup3", "fcntl", "fcntl64", "getdents", "getdents64",
	"sendfile", "sendfile64", "copy_file_range", "fstatfs", "fstatfs64", "statfs", "statfs64",
	"memfd_create",
	/* what lies where: Landlock has no say in that */
	"stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "access",
	"faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
	/* the socket: there is but one */
	"recvmsg", "recvfrom", "recv", "sendto", "sendmsg", "send", "poll", "ppoll", "ppoll_time64",
	"select", "pselect6", "_newselect", "epoll_wait", "epoll_pwait",
	/* threads */
	"futex", "futex_time64", "futex_waitv", "set_robust_list", "get_robust_list", "rseq",
	"set_tid_address", "exit", "exit_group", "sched_yield", "sched_getaffinity",
	"sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min",
	"getpriority", "membarrier", "eventfd2", "pipe2", "get_mempolicy", "arch_prctl",
	"get_thread_area", "set_thread_area",
	/* signals within */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigtimedwait",
	"rt_sigsuspend", "sigaltstack", "restart_syscall",
	/* time and self */
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64",
	"clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "times",
	"getpid", "getppid", "gettid", "getuid", "getuid32", "geteuid", "geteuid32", "getgid",
	"getgid32", "getegid", "getegid32", "getrusage", "getrandom", "uname", "sysinfo",
	"getrlimit", "ugetrlimit", "umask"
};

/* What libraries try and go on without: asking kills nobody. All else that is not in the tables
 * fails with EPERM. */
static const struct {
	const char *name;
	int error;
} fails[] = {
	{ "clone3", ENOSYS },  /* its flags cannot be seen: the C library takes clone then */
	{ "openat2", ENOSYS }, /* nor can these */
	{ "socket", EACCES },
};

/* What only an intruder asks for. */
static const char *const deadly[] = { "execve", "execveat", "fork", "vfork", "ptrace", "kill",
	"tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd",
	"pidfd_send_signal", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
	"bind", "listen", "accept", "accept4", "setsockopt", "bpf", "perf_event_open",
	"userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup",
	"io_submit", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount",
	"fsopen", "fsconfig", "fsmount", "unshare", "setns", "keyctl", "add_key", "request_key",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
	"swapon", "swapoff", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
	"setgroups", "capset", "iopl", "ioperm", "modify_ldt", "name_to_handle_at",
	"open_by_handle_at", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link",
	"linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "creat",
	"truncate", "truncate64", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown",
	"fchownat", "acct", "quotactl", "personality", "seccomp" };

#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

/* One argument, of which some bits have to have a value; or all. */
static bool
allow_if(scmp_filter_ctx filter, const char *name, unsigned arg, uint64_t mask, uint64_t value)
{
	int call = seccomp_syscall_resolve_name(name);

	return call == __NR_SCMP_ERROR || seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
					      SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value)) == 0;
}

#define ALL UINT64_C(0xffffffffffffffff)

static bool
add_conditions(scmp_filter_ctx filter)
{
	uint64_t self = (uint64_t)getpid();

	return allow_if(filter, "openat", 2, WRITES, 0) && allow_if(filter, "open", 1, WRITES, 0) &&
	       allow_if(filter, "clone", 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM) &&
	       allow_if(filter, "tgkill", 0, ALL, self) && /* abort */
	       allow_if(filter, "prctl", 0, ALL, PR_SET_NAME) &&
	       allow_if(filter, "prlimit64", 2, ALL, 0); /* to look, not to set */
}

static bool
add_list(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);
		if (call != __NR_SCMP_ERROR && seccomp_rule_add(filter, action, call, 0) != 0)
			return false;
	}
	return true;
}

static bool
add_failing(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < IPS_NELEM(fails); i++)
		if (!add_list(filter, SCMP_ACT_ERRNO((uint32_t)fails[i].error), &fails[i].name, 1))
			return false;
	return true;
}

static bool
fill(scmp_filter_ctx filter)
{
	return seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	       seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	       seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
	       add_list(filter, SCMP_ACT_ALLOW, allowed, IPS_NELEM(allowed)) &&
	       add_list(filter, SCMP_ACT_KILL_PROCESS, deadly, IPS_NELEM(deadly)) &&
	       add_failing(filter) && add_conditions(filter);
}

bool
sandbox_calls(struct ips_error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (filter == NULL)
		return ips_fail_internal(err, "seccomp: no filter");
	bool filled = fill(filter);
	int failed = filled ? seccomp_load(filter) : 0;
	seccomp_release(filter);
	if (!filled)
		return ips_fail_internal(err, "seccomp: a rule that cannot be");
	return failed == 0 || ips_fail_internal(err, "seccomp: %s", g_strerror(-failed));
}
