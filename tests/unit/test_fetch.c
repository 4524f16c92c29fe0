/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Which addresses are for everybody, which hosts are listed, and what is asked of a server: one
 * that runs here and says what its row tells it to. */
#include "fetch_priv.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
allowed(const char *text, const char *networks)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in4.sin_addr) == 1)
		return ips_fetch_address_allowed((struct sockaddr *)&in4, networks);
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return ips_fetch_address_allowed((struct sockaddr *)&in6, networks);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *address, *networks;
		bool allowed;
	} rows[] = {
		{ "93.184.216.34", "", true },
		{ "8.8.8.8", NULL, true },
		{ "0.0.0.0", "", false },
		{ "0.1.2.3", "", false },
		{ "10.0.0.1", "", false },
		{ "9.255.255.255", "", true },
		{ "11.0.0.0", "", true },
		{ "100.63.255.255", "", true },
		{ "100.64.0.1", "", false },
		{ "100.127.255.255", "", false },
		{ "100.128.0.0", "", true },
		{ "127.0.0.1", "", false },
		{ "127.255.255.254", "", false },
		{ "169.254.169.254", "", false },
		{ "172.15.255.255", "", true },
		{ "172.16.0.1", "", false },
		{ "172.31.255.255", "", false },
		{ "172.32.0.0", "", true },
		{ "192.0.0.8", "", false },
		{ "192.0.2.1", "", false },
		{ "192.168.1.1", "", false },
		{ "198.18.0.1", "", false },
		{ "198.19.255.255", "", false },
		{ "198.51.100.1", "", false },
		{ "203.0.113.5", "", false },
		{ "224.0.0.1", "", false },
		{ "239.1.1.1", "", false },
		{ "240.0.0.1", "", false },
		{ "255.255.255.255", "", false },
		{ "2606:2800:220:1:248:1893:25c8:1946", "", true },
		{ "::", "", false },
		{ "::1", "", false },
		{ "::ffff:127.0.0.1", "", false },
		{ "::ffff:10.1.2.3", "", false },
		{ "::ffff:8.8.8.8", "", true },
		{ "::127.0.0.1", "", false },
		{ "64:ff9b::7f00:1", "", false },
		{ "64:ff9b::808:808", "", true },
		{ "64:ff9b:1::1", "", false },
		{ "100::1", "", false },
		{ "2001::1", "", false },
		{ "2001:db8::1", "", false },
		{ "2001:4860:4860::8888", "", true },
		{ "2002:7f00:1::1", "", false },
		{ "2002:808:808::1", "", true },
		{ "3fff::1", "", false },
		{ "fc00::1", "", false },
		{ "fdff::1", "", false },
		{ "fe80::1", "", false },
		{ "fec0::1", "", false },
		{ "ff02::1", "", false },
		/* what the operator lists may be reached */
		{ "10.1.2.3", "10.1.0.0/16", true },
		{ "10.2.0.0", "10.1.0.0/16", false },
		{ "10.1.2.3", " 192.168.0.0/24 , 10.1.2.3 ", true },
		{ "10.1.2.4", "10.1.2.3", false },
		{ "192.168.0.129", "192.168.0.128/25", true },
		{ "192.168.0.127", "192.168.0.128/25", false },
		{ "::ffff:10.1.2.3", "10.1.0.0/16", true },
		{ "fd12::5", "fd12::/16,10.0.0.0/8", true },
		{ "fd13::5", "fd12::/16,10.0.0.0/8", false },
		{ "127.0.0.1", "0.0.0.0/0", true },
		{ "::1", "0.0.0.0/0", false },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		if (allowed(rows[i].address, rows[i].networks) != rows[i].allowed)
			fail_msg("%s with '%s'", rows[i].address, rows[i].networks);
	struct sockaddr other = { .sa_family = AF_UNIX };
	assert_false(ips_fetch_address_allowed(&other, "0.0.0.0/0"));
}

static void
test_networks(void **state)
{
	static const char *const bad[] = { "10", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
		"fd00::/129", "10.0.0.0/8,", "10.0.0.0/8,,::1", "example.com", "10.0.0.0/8 ::1" };
	struct ips_fetch_settings settings = { .networks = "" };
	struct ips_fetcher *fetcher;
	struct ips_error err;

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(bad); i++) {
		settings.networks = bad[i];
		bool last = g_str_has_suffix(bad[i], "/8,"); /* a comma at the end says nothing */
		if (ips_fetcher_new(&settings, &fetcher, &err) != last)
			fail_msg("%s", bad[i]);
		if (last)
			ips_fetcher_free(fetcher);
		else
			assert_int_equal(err.fault, IPS_INVALID_PARAMETER);
	}
}

static void
test_hosts(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static const struct {
		const char *list, *host;
		bool listed;
	} rows[] = {
		{ "", "example.com", false },
		{ NULL, "example.com", false },
		{ "example.com", "example.com", true },
		{ "EXAMPLE.com", "example.COM", true },
		{ "example.com", "www.example.com", false },
		{ "example.com", "example.com.evil.net", false },
		{ "*.example.com", "www.example.com", true },
		{ "*.example.com", "a.b.example.com", true },
		{ "*.example.com", "example.com", false },
		{ "*.example.com", "badexample.com", false },
		{ "*.", "a.", false },
		{ "a.org , b.org", "b.org", true },
		{ "a.org,b.org:8080", "b.org", false },
		{ "a.org,b.org:8080", "b.org:8080", true },
		{ "*", "anything:99", true },
		{ ",", "", false },
	};
	static const struct {
		const char *url, *host; /* NULL: none */
	} urls[] = {
		{ "http://example.com/a?b=c", "example.com" },
		{ "https://example.com:443/", "example.com" },
		{ "http://example.com:443/", "example.com:443" },
		{ "http://EXAMPLE.com", "EXAMPLE.com" },
		{ "http://[::1]:80/x", "[::1]" },
		{ "http://a@example.com/", NULL },
		{ "http://a:b@example.com/", NULL },
		{ "ftp://example.com/", NULL },
		{ "file:///etc/passwd", NULL },
		{ "gopher://example.com/", NULL },
		{ "example.com/a", NULL },
		{ "http://", NULL },
		{ "http://exa mple.com/", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++)
		if (ips_fetch_host_listed(rows[i].list, rows[i].host) != rows[i].listed)
			fail_msg("'%s' '%s'", rows[i].list, rows[i].host);
	for (size_t i = 0; i < IPS_NELEM(urls); i++) {
		const char *host = NULL;
		struct ips_error err = { .fault = IPS_OK };
		bool good = ips_fetch_host(mem, urls[i].url, &host, &err);
		if (good != (urls[i].host != NULL) || (good && strcmp(host, urls[i].host) != 0))
			fail_msg("%s: %s", urls[i].url, good ? host : err.reason);
		if (!good)
			assert_int_equal(err.fault, IPS_INVALID_PARAMETER);
	}
}

/* ---- A server ---- */

#define MOST 4096

struct server {
	int listener, port;
	GThread *thread;
	const char *answer; /* NULL: says nothing and keeps the line open */
	char asked[MOST];   /* the last request */
	int count;
	pthread_mutex_t lock;
};

static void *
serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		char asked[MOST];
		ssize_t got, all = 0;
		while (
		    all < MOST - 1 && (got = read(fd, asked + all, (size_t)(MOST - 1 - all))) > 0) {
			all += got;
			asked[all] = '\0';
			if (strstr(asked, "\r\n\r\n") != NULL)
				break;
		}
		pthread_mutex_lock(&s->lock);
		memcpy(s->asked, asked, (size_t)all + 1);
		s->count++;
		const char *answer = s->answer;
		pthread_mutex_unlock(&s->lock);
		if (answer == NULL)
			got = read(fd, asked, 1); /* until the other side gives up */
		else if (write(fd, answer, strlen(answer)) < 0)
			g_warning("write");
		close(fd);
	}
	return NULL;
}

static void
server_start(struct server *s)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	*s = (struct server){ .listener = socket(AF_INET, SOCK_STREAM, 0) };
	pthread_mutex_init(&s->lock, NULL);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(s->listener, 8), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &len), 0);
	s->port = ntohs(address.sin_port);
	s->thread = g_thread_new("server", serve, s);
}

static void
server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	g_thread_join(s->thread);
	close(s->listener);
	pthread_mutex_destroy(&s->lock);
}

static void
server_says(struct server *s, const char *answer)
{
	pthread_mutex_lock(&s->lock);
	s->answer = answer;
	pthread_mutex_unlock(&s->lock);
}

/* How often it has been asked, and whether the last request had these words; "" for none. */
static int
server_asked(struct server *s, const char *words)
{
	pthread_mutex_lock(&s->lock);
	int count = s->count;
	bool has = strstr(s->asked, words) != NULL;
	pthread_mutex_unlock(&s->lock);
	if (!has)
		fail_msg("'%s' has no '%s'", s->asked, words);
	return count;
}

static bool
check(void *arg, struct ips_arena *mem, int fd, const char **note, struct ips_error *err)
{
	char text[64];
	ssize_t len = pread(fd, text, sizeof(text), 0);

	(void)arg;
	if (len > 2 && memcmp(text, "BAD", 3) == 0)
		return ips_fail(err, IPS_BROKEN_IMAGE, "bad");
	*note = ips_arena_strndup(mem, text, (size_t)len);
	return true;
}

static struct ips_fetcher *
fetcher_new(const char *networks)
{
	const struct ips_fetch_settings settings = { .networks = networks,
		.max_bytes = 100,
		.keep_bytes = 250,
		.timeout_ms = 1000,
		.at_once = 2 };
	struct ips_fetcher *fetcher;
	struct ips_error err;

	assert_true(ips_fetcher_new(&settings, &fetcher, &err));
	return fetcher;
}

#define OK(headers, body) "HTTP/1.1 200 OK\r\n" headers "Connection: close\r\n\r\n" body
#define NOT_MODIFIED      "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"

/* One after the other against one address: what the server says, what it is asked, what comes of
 * it. */
static void
test_validation(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static const struct {
		const char *answer, *asked, *note;
		int count; /* requests so far */
	} rows[] = {
		{ OK("ETag: \"v1\"\r\n", "one"), "User-Agent: openips/", "one", 1 },
		{ NOT_MODIFIED, "If-None-Match: \"v1\"", "one", 2 },
		{ OK("ETag: \"v2\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n", "two"),
		    "If-None-Match: \"v1\"", "two", 3 },
		{ OK("ETag: \"v3\"\r\nCache-Control: public, max-age=600\r\n", "three"),
		    "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT", "three", 4 },
		{ OK("", "not asked"), "", "three", 4 },
	};
	struct ips_fetcher *fetcher = fetcher_new("127.0.0.0/8");
	struct server server;

	(void)state;
	server_start(&server);
	const char *url = ips_arena_printf(mem, "http://127.0.0.1:%d/a%%20b?c=d", server.port);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { .fault = IPS_OK };
		struct ips_fetched fetched;
		char content[16] = { 0 };
		int fd;
		server_says(&server, rows[i].answer);
		if (!ips_fetch(fetcher, mem, url, check, NULL, &fetched, &err))
			fail_msg("row %zu: %s (%s)", i, err.reason, err.detail);
		assert_string_equal(fetched.note, rows[i].note);
		assert_int_equal(server_asked(&server, rows[i].asked), rows[i].count);
		assert_true(ips_fetch_open(fetcher, &fetched, &fd, &err));
		assert_int_equal(read(fd, content, sizeof(content) - 1), strlen(rows[i].note));
		assert_string_equal(content, rows[i].note);
		close(fd);
	}
	server_asked(&server, "GET /a%20b?c=d HTTP/1.1");
	server_stop(&server);
	ips_fetcher_free(fetcher);
}

/* What has no validator, or forbids it, is asked for again each time. */
static void
test_not_kept(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static const char *const answers[] = { OK("", "x"),
		OK("Cache-Control: max-age=600\r\n", "x"),
		OK("ETag: \"a\"\r\nCache-Control: no-store, max-age=600\r\n", "x"),
		OK("ETag: \"a\"\r\nCache-Control: max-age=600, no-cache\r\n", "x"),
		OK("ETag: \"a\"\r\nExpires: 0\r\n", "x"),
		OK("ETag: \"a\"\r\nCache-Control: max-age=abc\r\n", "x") };
	struct server server;

	(void)state;
	server_start(&server);
	for (size_t i = 0; i < IPS_NELEM(answers); i++) {
		struct ips_fetcher *fetcher = fetcher_new("127.0.0.0/8");
		const char *url = ips_arena_printf(mem, "http://127.0.0.1:%d/%zu", server.port, i);
		struct ips_fetched fetched;
		struct ips_error err;
		server_says(&server, answers[i]);
		for (int n = 0; n < 2; n++)
			assert_true(ips_fetch(fetcher, mem, url, check, NULL, &fetched, &err));
		if (server_asked(&server, "GET") != 2 * ((int)i + 1))
			fail_msg("%s", answers[i]);
		ips_fetcher_free(fetcher);
	}
	server_stop(&server);
}

static void
test_refused(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static char many[512];
	static const struct {
		const char *networks, *url, *answer; /* %d: the port */
		enum ips_fault fault;
	} rows[] = {
		{ "", "http://127.0.0.1:%d/", OK("", "x"), IPS_UNSUPPORTED },
		{ "", "http://localhost:%d/", OK("", "x"), IPS_UNSUPPORTED },
		{ "", "http://2130706433:%d/", OK("", "x"), IPS_UNSUPPORTED },
		{ "", "http://0x7f.1:%d/", OK("", "x"), IPS_UNSUPPORTED },
		{ "", "http://[::ffff:127.0.0.1]:%d/", OK("", "x"), IPS_UNSUPPORTED },
		{ "10.0.0.0/8", "http://127.0.0.1:%d/", OK("", "x"), IPS_UNSUPPORTED },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/",
		    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nConnection: "
		    "close\r\n\r\n",
		    IPS_BROKEN_IMAGE },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/",
		    "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nx", IPS_BROKEN_IMAGE },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/", NOT_MODIFIED, IPS_BROKEN_IMAGE },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/", "nonsense", IPS_BROKEN_IMAGE },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/", OK("", "BAD"), IPS_BROKEN_IMAGE },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/", many, IPS_LIMIT },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/", OK("Content-Length: 101\r\n", "x"),
		    IPS_LIMIT },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/", OK("Content-Length: 50\r\n", "x"),
		    IPS_BROKEN_IMAGE },
		{ "127.0.0.0/8", "http://127.0.0.1:%d/", NULL, IPS_DEADLINE },
		{ "127.0.0.0/8", "ftp://127.0.0.1:%d/", OK("", "x"), IPS_INVALID_PARAMETER },
		{ "127.0.0.0/8", "file:///etc/passwd", OK("", "x"), IPS_INVALID_PARAMETER },
	};
	struct server server;

	(void)state;
	g_strlcpy(many, OK("", ""), sizeof(many));
	memset(many + strlen(many), 'x', 101);
	server_start(&server);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_fetcher *fetcher = fetcher_new(rows[i].networks);
		g_auto(GStrv) part = g_strsplit(rows[i].url, "%d", 2);
		const char *url = part[1] == NULL ? rows[i].url
						  : ips_arena_printf(mem, "%s%d%s", part[0],
							server.port, part[1]);
		struct ips_fetched fetched;
		struct ips_error err = { .fault = IPS_OK };
		server_says(&server, rows[i].answer);
		if (ips_fetch(fetcher, mem, url, check, NULL, &fetched, &err))
			fail_msg("row %zu: %s was fetched", i, url);
		if (err.fault != rows[i].fault)
			fail_msg(
			    "row %zu: %s: %d %s (%s)", i, url, err.fault, err.reason, err.detail);
		ips_fetcher_free(fetcher);
	}
	server_stop(&server);
}

/* 250 bytes are kept: the least used goes, and what has gone is fetched again. */
static void
test_room(void **state)
{
	IPS_CLEANUP(ips_arena_cleanup) struct ips_arena *mem = ips_arena_new();
	static char large[512];
	struct ips_fetcher *fetcher = fetcher_new("127.0.0.0/8");
	struct ips_fetched fetched[3];
	struct ips_error err = { .fault = IPS_OK };
	struct server server;
	int fd;

	(void)state;
	g_strlcpy(large, OK("ETag: \"a\"\r\nCache-Control: max-age=60\r\n", ""), sizeof(large));
	memset(large + strlen(large), 'x', 100);
	server_start(&server);
	server_says(&server, large);
	for (int i = 0; i < 3; i++) {
		const char *url = ips_arena_printf(mem, "http://127.0.0.1:%d/%d", server.port, i);
		assert_true(ips_fetch(fetcher, mem, url, check, NULL, &fetched[i], &err));
		if (i == 1) { /* the first is used once more, so that the second goes */
			assert_true(ips_fetch_open(fetcher, &fetched[0], &fd, &err));
			close(fd);
		}
	}
	assert_true(ips_fetch_open(fetcher, &fetched[0], &fd, &err));
	close(fd);
	assert_false(ips_fetch_open(fetcher, &fetched[1], &fd, &err));
	assert_int_equal(err.fault, IPS_BUSY);
	assert_int_equal(server_asked(&server, "GET"), 3);
	assert_true(ips_fetch(fetcher, mem, fetched[1].url, check, NULL, &fetched[1], &err));
	assert_int_equal(server_asked(&server, "GET"), 4);
	server_stop(&server);
	ips_fetcher_free(fetcher);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_networks), cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_validation), cmocka_unit_test(test_not_kept),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_room) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
