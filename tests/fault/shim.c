/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A disk that fails when a test says so, and a clock that jumps. For LD_PRELOAD.
 *
 *   FAULT_CONTROL  a file with a struct control, which the test writes while we run
 *   FAULT_FOLDER   only files below it are ours to spoil
 *
 * Calls go to the kernel themselves, so that the order of preloaded libraries does not matter. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum call { WRITE, SYNC, CREATE, LINK, RENAME, TRUNCATE, MKDIR };

/* As fault.py packs it. */
struct control {
	_Atomic uint32_t calls; /* bits 1 << enum call: which fail */
	_Atomic int32_t error;  /* errno; 0: the call is done, then the process killed */
	_Atomic int32_t skip;   /* so many go well first */
	_Atomic int32_t times;  /* so many fail; -1: all */
	_Atomic uint32_t hits;  /* so many have failed */
	_Atomic int32_t pad;
	_Atomic int64_t clock_ms; /* the wall clock is ahead by this */
	char part[96];            /* of the path: "catalog.db-wal"; "": any */
};

static struct control *control;
static char folder[PATH_MAX];

__attribute__((constructor)) static void
begin(void)
{
	const char *file = getenv("FAULT_CONTROL"), *dir = getenv("FAULT_FOLDER");
	int fd = file && dir ? (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0) : -1;

	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	snprintf(folder, sizeof folder, "%s/", dir);
	control = map == MAP_FAILED ? NULL : map;
}

static bool
is_armed(enum call call)
{
	return control && control->calls & 1U << call;
}

static bool
is_ours(const char *path)
{
	return strncmp(path, folder, strlen(folder)) == 0 &&
	       strstr(path + strlen(folder), control->part);
}

static bool
path_of(int fd, char path[PATH_MAX])
{
	char name[40];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	ssize_t len = syscall(SYS_readlinkat, AT_FDCWD, name, path, PATH_MAX - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	return true;
}

static bool
path_at(int dir, const char *name, char path[PATH_MAX])
{
	size_t len;

	if (name[0] == '/') {
		snprintf(path, PATH_MAX, "%s", name);
		return true;
	}
	if (dir == AT_FDCWD ? !getcwd(path, PATH_MAX) : !path_of(dir, path))
		return false;
	len = strlen(path);
	snprintf(path + len, PATH_MAX - len, "/%s", name);
	return true;
}

/* Whether this call is to fail, or with error 0 to be the last. */
static bool
takes_turn(const char *path)
{
	if (!is_ours(path) || atomic_fetch_sub(&control->skip, 1) > 0)
		return false;
	control->skip = 0;
	if (control->times == 0 ||
	    (control->times > 0 && atomic_fetch_sub(&control->times, 1) <= 0))
		return false;
	control->hits++;
	return true;
}

/* -1 with errno, or what the call gave. The number of a kernel call and its arguments follow. */
static long
spoil(bool mine, long number, long a, long b, long c, long d, long e)
{
	if (mine && control->error) {
		errno = control->error;
		return -1;
	}
	long result = syscall(number, a, b, c, d, e);
	if (mine)
		syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
	return result;
}

static bool
file_turn(enum call call, int fd)
{
	char path[PATH_MAX];

	return is_armed(call) && path_of(fd, path) && takes_turn(path);
}

static bool
name_turn(enum call call, int dir, const char *name)
{
	char path[PATH_MAX];

	return is_armed(call) && path_at(dir, name, path) && takes_turn(path);
}

/* ---- Data ---- */

ssize_t
write(int fd, const void *data, size_t len)
{
	return spoil(file_turn(WRITE, fd), SYS_write, fd, (long)data, (long)len, 0, 0);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	return spoil(file_turn(WRITE, fd), SYS_pwrite64, fd, (long)data, (long)len, at, 0);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	return pwrite64(fd, data, len, at);
}

int
fsync(int fd)
{
	return (int)spoil(file_turn(SYNC, fd), SYS_fsync, fd, 0, 0, 0, 0);
}

int
fdatasync(int fd)
{
	return (int)spoil(file_turn(SYNC, fd), SYS_fdatasync, fd, 0, 0, 0, 0);
}

int
ftruncate64(int fd, off64_t size)
{
	return (int)spoil(file_turn(TRUNCATE, fd), SYS_ftruncate, fd, size, 0, 0, 0);
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

/* ---- Names ---- */

static int
open_at(int dir, const char *name, int flags, mode_t mode)
{
	bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;

	return (int)spoil(
	    creates && name_turn(CREATE, dir, name), SYS_openat, dir, (long)name, flags, mode, 0);
}

#define OPEN(name, ...)                                                                            \
	{                                                                                          \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, unsigned) : 0;  \
		va_end(args);                                                                      \
		return open_at(__VA_ARGS__, name, flags, mode);                                    \
	}

int
open(const char *name, int flags, ...) OPEN(name, AT_FDCWD)

    int open64(const char *name, int flags, ...) OPEN(name, AT_FDCWD)

	int openat(int dir, const char *name, int flags, ...) OPEN(name, dir)

	    int openat64(int dir, const char *name, int flags, ...) OPEN(name, dir)

		int linkat(int from_dir, const char *from, int dir, const char *name, int flags)
{
	return (int)spoil(
	    name_turn(LINK, dir, name), SYS_linkat, from_dir, (long)from, dir, (long)name, flags);
}

int
renameat(int from_dir, const char *from, int dir, const char *name)
{
	return (int)spoil(
	    name_turn(RENAME, dir, name), SYS_renameat, from_dir, (long)from, dir, (long)name, 0);
}

int
rename(const char *from, const char *name)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, name);
}

int
mkdirat(int dir, const char *name, mode_t mode)
{
	return (int)spoil(name_turn(MKDIR, dir, name), SYS_mkdirat, dir, (long)name, mode, 0, 0);
}

int
mkdir(const char *name, mode_t mode)
{
	return mkdirat(AT_FDCWD, name, mode);
}

/* ---- The clock ---- */

int
clock_gettime(clockid_t which, struct timespec *out)
{
	int result = (int)syscall(SYS_clock_gettime, which, out);

	if (control && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
		out->tv_sec += control->clock_ms / 1000;
	}
	return result;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;
	int result = clock_gettime(CLOCK_REALTIME, &now);

	(void)zone;
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return result;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
