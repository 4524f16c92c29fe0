/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One render process: how it starts and how it ends. */
#include "pool_priv.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SELF            "/proc/self/exe"
#define HELLO_MS        1000
#define DYING_TRIES     200
#define BYTES_PER_PIXEL 10 /* five samples of 16 bits */
#define AROUND          (64 << 20)

/* What libraries have to know: where fonts are, in which language files speak, and, for us, how a
 * sanitizer is to work. Our own settings, which may name secrets, are not among them. */
static const char *const kept[] = { "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH",
	"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS", "FONTCONFIG_FILE",
	"FONTCONFIG_PATH", "FONTCONFIG_SYSROOT", "G_SLICE", "ASAN_OPTIONS", "LSAN_OPTIONS",
	"UBSAN_OPTIONS", "TSAN_OPTIONS" };

static char **
environment(void)
{
	GPtrArray *out = g_ptr_array_new();

	for (size_t i = 0; i < IPS_NELEM(kept); i++) {
		const char *value = getenv(kept[i]);
		if (value != NULL)
			g_ptr_array_add(out, g_strdup_printf("%s=%s", kept[i], value));
	}
	g_ptr_array_add(out, NULL);
	return (char **)g_ptr_array_free(out, FALSE);
}

/* Nothing but the socket and where errors go; a group of its own, so that a terminal's interrupt is
 * for us alone. */
static int
spawn(int socket, pid_t *pid)
{
	static char name[] = "openips", command[] = IPS_POOL_COMMAND;
	char *argv[] = { name, command, NULL };
	g_auto(GStrv) env = environment();
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", 0, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, socket, POOL_SOCKET);
	posix_spawn_file_actions_addclosefrom_np(&files, POOL_SOCKET + 1);
	int failed = posix_spawn(pid, SELF, &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return failed;
}

static bool
greet(const struct ips_pool *pool, int socket)
{
	const char *texts[] = { pool->profiles, pool->loaders };
	const struct pool_hello hello = {
		.magic = POOL_MAGIC,
		.text = (uint32_t)(strlen(texts[0]) + strlen(texts[1]) + 2),
		.max_pixels = pool->settings.limits.max_pixels,
		.max_held = pool->settings.limits.max_held,
	};
	int64_t end = ips_monotonic_us() + HELLO_MS * INT64_C(1000);

	return pool_send(socket, &hello, sizeof(hello), end) == POOL_DONE &&
	       pool_send(socket, texts[0], strlen(texts[0]) + 1, end) == POOL_DONE &&
	       pool_send(socket, texts[1], strlen(texts[1]) + 1, end) == POOL_DONE;
}

static rlim_t
largest_file(const struct ips_pool *pool)
{
	int64_t pixels = pool->settings.limits.max_pixels;

	return pixels > 0 ? (rlim_t)(pixels * BYTES_PER_PIXEL + AROUND) : RLIM_INFINITY;
}

bool
process_start(struct ips_pool *pool, struct process *process)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		IPS_LOG(IPS_LOG_ERROR, "render process", { "socketpair", g_strerror(errno) });
		return false;
	}
	int failed = spawn(pair[1], &process->pid);
	close(pair[1]);
	process->socket = pair[0];
	process->requests = 0;
	if (failed != 0) {
		IPS_LOG(IPS_LOG_ERROR, "render process", { "spawn", g_strerror(failed) });
		close(pair[0]);
		return false;
	}
	/* No result is longer than its samples, with room for what stands around them. */
	const struct rlimit size = { .rlim_cur = largest_file(pool),
		.rlim_max = largest_file(pool) };
	prlimit(process->pid, RLIMIT_FSIZE, &size, NULL);
	if (!greet(pool, pair[0])) {
		process_end(process, false);
		return false;
	}
	return true;
}

/* A process that fails lets go of its socket a moment before it can be waited for. */
static bool
has_died(pid_t pid, int *status)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < DYING_TRIES; i++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

int
process_end(struct process *process, bool dying)
{
	int status = 0;

	if (!dying || !has_died(process->pid, &status)) {
		kill(process->pid, SIGKILL);
		while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(process->socket);
	process->socket = -1;
	process->pid = 0;
	return status;
}

/* Seconds of all its cores that it has used so far. */
static rlim_t
used_seconds(pid_t pid)
{
	clockid_t clock;
	struct timespec used = { 0 };

	if (clock_getcpuclockid(pid, &clock) == 0)
		clock_gettime(clock, &used);
	return (rlim_t)used.tv_sec;
}

void
process_limit(const struct process *process, int64_t memory, int64_t deadline_us, int threads)
{
	int64_t left_s = (deadline_us - ips_monotonic_us()) / 1000000 + 2;
	struct rlimit cpu = { .rlim_max = RLIM_INFINITY };
	struct rlimit data = { (rlim_t)memory, RLIM_INFINITY };

	cpu.rlim_cur = used_seconds(process->pid) + (rlim_t)(MAX(left_s, 1) * threads);
	prlimit(process->pid, RLIMIT_CPU, &cpu, NULL);
	if (!SANITIZED && memory > 0) /* they reserve terabytes */
		prlimit(process->pid, RLIMIT_DATA, &data, NULL);
}
