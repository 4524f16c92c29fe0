/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Bytes and descriptors over the socket, never longer than the deadline. */
#include "pool_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Milliseconds until the deadline, rounded up, as poll wants them. */
static int
left_ms(int64_t deadline_us)
{
	if (deadline_us == 0)
		return -1;
	int64_t left = deadline_us - ips_monotonic_us();
	return left <= 0 ? 0 : (int)MIN((left + 999) / 1000, G_MAXINT);
}

static enum pool_outcome
wait_for(int fd, short events, int64_t deadline_us)
{
	struct pollfd p = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&p, 1, left_ms(deadline_us));
	while (ready < 0 && errno == EINTR);
	return ready > 0 ? POOL_DONE : POOL_LATE;
}

/* After a transfer that moved nothing: whether it is worth another try. */
static enum pool_outcome
try_again(int fd, short events, int64_t deadline_us)
{
	if (errno == EINTR)
		return POOL_DONE;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return POOL_GONE;
	return wait_for(fd, events, deadline_us);
}

enum pool_outcome
pool_send(int fd, const void *data, size_t len, int64_t deadline_us)
{
	const char *at = data;

	while (len > 0) {
		ssize_t put = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put >= 0) {
			at += put;
			len -= (size_t)put;
			continue;
		}
		enum pool_outcome outcome = try_again(fd, POLLOUT, deadline_us);
		if (outcome != POOL_DONE)
			return outcome;
	}
	return POOL_DONE;
}

enum pool_outcome
pool_receive(int fd, void *data, size_t len, int64_t deadline_us)
{
	char *at = data;

	while (len > 0) {
		ssize_t got = recv(fd, at, len, MSG_DONTWAIT);
		if (got > 0) {
			at += got;
			len -= (size_t)got;
			continue;
		}
		if (got == 0)
			return POOL_GONE;
		enum pool_outcome outcome = try_again(fd, POLLIN, deadline_us);
		if (outcome != POOL_DONE)
			return outcome;
	}
	return POOL_DONE;
}

union control {
	char bytes[CMSG_SPACE(POOL_FDS * sizeof(int))];
	struct cmsghdr header; /* for its alignment */
};

/* With one byte, which they cannot go without. */
static enum pool_outcome
send_batch(int fd, const int *fds, int count, int64_t deadline_us)
{
	union control control = { .bytes = { 0 } };
	char byte = 'F';
	struct iovec io = { &byte, 1 };
	size_t size = (size_t)count * sizeof(int);
	struct msghdr message = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(size) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), fds, size);
	while (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		enum pool_outcome outcome = try_again(fd, POLLOUT, deadline_us);
		if (outcome != POOL_DONE)
			return outcome;
	}
	return POOL_DONE;
}

enum pool_outcome
pool_send_fds(int fd, const int *fds, int count, int64_t deadline_us)
{
	for (int at = 0; at < count; at += POOL_FDS) {
		enum pool_outcome outcome =
		    send_batch(fd, fds + at, MIN(POOL_FDS, count - at), deadline_us);
		if (outcome != POOL_DONE)
			return outcome;
	}
	return POOL_DONE;
}

/* Those of one byte; 0: none came. */
static int
receive_batch(int fd, int *fds, int most)
{
	union control control;
	char byte;
	struct iovec io = { &byte, 1 };
	struct msghdr message = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control) };
	ssize_t got;

	do
		got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	struct cmsghdr *header = got == 1 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header == NULL || header->cmsg_type != SCM_RIGHTS ||
	    (message.msg_flags & MSG_CTRUNC) != 0)
		return 0;
	int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	if (count > most)
		return 0;
	memcpy(fds, CMSG_DATA(header), (size_t)count * sizeof(int));
	return count;
}

bool
pool_receive_fds(int fd, int *fds, int count)
{
	for (int at = 0; at < count;) {
		int got = receive_batch(fd, fds + at, MIN(POOL_FDS, count - at));
		if (got == 0) {
			while (at > 0)
				close(fds[--at]);
			return false;
		}
		at += got;
	}
	return true;
}
