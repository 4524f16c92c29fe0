/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* One thread lets connections in. Who says nothing waits here, for a few bytes of ours; only the
 * first byte makes a connection of it, with the library's memory and an event thread. Who finds
 * the house full is told so here, too: it costs nobody else any time. */
#include "http_priv.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS     64
#define SERIES     64 /* accepted before others get their turn */
#define FRESH_US   (100 * 1000)
#define PAUSE_US   (50 * 1000) /* when there are no descriptors left */
#define LOG_GAP_US (10 * G_USEC_PER_SEC)

/* What an event is about; all else are guests. */
enum mark { MARK_BELL = PORT_COUNT, MARK_COUNT };

struct guest {
	GList link; /* in door->guests, the oldest first */
	int fd;
	enum port_kind kind;
	int64_t since_us;
	struct sockaddr_in6 address; /* or the smaller sockaddr_in */
};

static const struct sockaddr *
address_of(const struct guest *guest)
{
	return (const struct sockaddr *)&guest->address;
}

static void
guest_free(struct ips_http *http, struct guest *guest, bool is_in)
{
	if (!is_in) {
		close(guest->fd);
		house_leave(http, address_of(guest));
	}
	g_free(guest);
}

/* ---- In ---- */

static void
hand_over(struct ips_http *http, struct guest *guest)
{
	socklen_t len = guest->address.sin6_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							       : sizeof(struct sockaddr_in);
	bool is_in;

	atomic_fetch_add(&http->arriving, 1);
	is_in = MHD_add_connection(
		    http->ports[guest->kind].daemon, guest->fd, address_of(guest), len) == MHD_YES;
	if (!is_in) { /* it has closed the socket */
		atomic_fetch_sub(&http->arriving, 1);
		house_leave(http, address_of(guest));
	}
	guest_free(http, guest, true);
}

/* 1: it speaks, 0: not yet, -1: it has gone. */
static int
speaks(const struct guest *guest)
{
	char byte;
	ssize_t n = recv(guest->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n > 0)
		return 1;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static bool
wait_for(struct door *door, struct guest *guest)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = guest };

	if (epoll_ctl(door->epoll_fd, EPOLL_CTL_ADD, guest->fd, &event) != 0)
		return false;
	guest->link.data = guest;
	g_queue_push_tail_link(&door->guests, &guest->link);
	return true;
}

static void
leave_waiting(struct door *door, struct guest *guest)
{
	epoll_ctl(door->epoll_fd, EPOLL_CTL_DEL, guest->fd, NULL);
	g_queue_unlink(&door->guests, &guest->link);
}

static void
on_guest(struct ips_http *http, struct guest *guest)
{
	int said = speaks(guest);

	if (said == 0)
		return;
	leave_waiting(&http->door, guest);
	if (said > 0)
		hand_over(http, guest);
	else
		guest_free(http, guest, false);
}

static void
welcome(struct ips_http *http, struct guest *guest)
{
	int said = speaks(guest);

	if (said > 0)
		hand_over(http, guest);
	else if (said < 0 || !wait_for(&http->door, guest))
		guest_free(http, guest, false);
}

/* ---- Out ---- */

/* A flood must not fill the log as well. */
static void
note(struct door *door, const char *what, int64_t now_us)
{
	char count[24];

	door->unsaid++;
	if (now_us < door->say_us)
		return;
	g_snprintf(count, sizeof(count), "%u", door->unsaid);
	IPS_LOG(IPS_LOG_WARNING, "connections refused", { "reason", what }, { "count", count });
	door->unsaid = 0;
	door->say_us = now_us + LOG_GAP_US;
}

static void
turn_away(struct ips_http *http, const struct guest *guest, enum admission why)
{
	static const char *const reasons[] = {
		[HOUSE_FULL] = "max-connections",
		[ADDRESS_FULL] = "max-per-address",
	};

	note(&http->door, reasons[why], guest->since_us);
	raw_full(guest->fd, guest->kind == PORT_TLS);
	shutdown(guest->fd, SHUT_WR);
	keeper_linger(http, guest->fd);
}

/* False when there is nobody (more) to let in. */
static bool
let_in(struct ips_http *http, enum port_kind kind)
{
	struct guest guest = { .kind = kind, .since_us = ips_monotonic_us() };
	socklen_t len = sizeof(guest.address);
	enum admission admission;

	guest.fd = accept4(http->ports[kind].fd, (struct sockaddr *)&guest.address, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (guest.fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			note(&http->door, g_strerror(errno), guest.since_us);
			g_usleep(PAUSE_US);
			return false;
		}
		return errno == ECONNABORTED || errno == EINTR;
	}
	admission = house_enter(http, address_of(&guest));
	if (admission == ADMITTED)
		welcome(http, g_memdup2(&guest, sizeof(guest)));
	else
		turn_away(http, &guest, admission);
	return true;
}

/* ---- The thread ---- */

/* Those who have waited too long; how long until the next has, or -1. */
static int
let_go(struct ips_http *http, int64_t patience_us)
{
	struct door *door = &http->door;
	int64_t now_us = ips_monotonic_us();
	struct guest *oldest;

	while ((oldest = g_queue_peek_head(&door->guests)) != NULL) {
		int64_t left_us = oldest->since_us + patience_us - now_us;
		if (left_us > 0)
			return (int)(left_us / 1000) + 1;
		leave_waiting(door, oldest);
		guest_free(http, oldest, false);
	}
	return -1;
}

static void
on_event(struct ips_http *http, const struct epoll_event *event)
{
	uint64_t count;
	ssize_t ignored = 0;

	if (event->data.u64 >= MARK_COUNT)
		on_guest(http, event->data.ptr);
	else if (event->data.u64 == MARK_BELL)
		ignored = read(http->door.bell, &count, sizeof(count));
	else
		for (int i = 0; i < SERIES && let_in(http, (enum port_kind)event->data.u64); i++)
			continue;
	(void)ignored;
}

/* Whoever has connected by now is still let in. */
static void
stop_listening(struct ips_http *http)
{
	for (int i = 0; i < PORT_COUNT; i++) {
		if (http->ports[i].fd < 0)
			continue;
		while (let_in(http, (enum port_kind)i))
			continue;
		close(http->ports[i].fd);
		http->ports[i].fd = -1;
	}
}

static void *
door_main(void *arg)
{
	struct ips_http *http = arg;
	struct door *door = &http->door;
	int64_t patience_us = http->settings.idle_timeout_s * (int64_t)G_USEC_PER_SEC;
	struct epoll_event events[EVENTS];
	bool closing = false;
	int wait_ms = -1, count;

	while (!closing || !g_queue_is_empty(&door->guests)) {
		count = epoll_wait(door->epoll_fd, events, EVENTS, wait_ms);
		for (int i = 0; i < count; i++)
			on_event(http, &events[i]);
		if (!closing && atomic_load(&http->stopping)) {
			closing = true;
			patience_us = FRESH_US; /* a first request may be on its way */
			stop_listening(http);
		}
		wait_ms = let_go(http, patience_us);
	}
	return NULL;
}

static bool
watch(struct door *door, int fd, uint64_t mark)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = mark };

	return epoll_ctl(door->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool
door_open(struct ips_http *http, struct ips_error *err)
{
	struct door *door = &http->door;
	bool ready;

	door->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	door->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ready = door->epoll_fd >= 0 && door->bell >= 0 && watch(door, door->bell, MARK_BELL);
	for (int i = 0; i < PORT_COUNT && ready; i++)
		ready = http->ports[i].fd < 0 || watch(door, http->ports[i].fd, (uint64_t)i);
	if (!ready || pthread_create(&door->thread, NULL, door_main, http) != 0)
		return ips_fail_internal(err, "no thread to accept connections");
	pthread_setname_np(door->thread, "ips-door");
	door->is_open = true;
	return true;
}

void
door_close(struct ips_http *http)
{
	struct door *door = &http->door;
	uint64_t one = 1;
	ssize_t ignored = 0;

	atomic_store(&http->stopping, true);
	if (door->is_open) {
		ignored = write(door->bell, &one, sizeof(one));
		pthread_join(door->thread, NULL);
	}
	if (door->bell > 0)
		close(door->bell);
	if (door->epoll_fd > 0)
		close(door->epoll_fd);
	*door = (struct door){ 0 };
	(void)ignored;
}
