/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Whatever holds for plain connections, through TLS; versions and ciphers; new certificates. */
#include "http_rows.h"
#include "http_tls_stage.h"

#include <glib/gstdio.h>

struct files {
	char *folder, *certificate, *key;
};

static struct files
files_new(void)
{
	struct files files = { .folder = g_dir_make_tmp("test_http.XXXXXX", NULL) };

	files.certificate = g_build_filename(files.folder, "certificate.pem", NULL);
	files.key = g_build_filename(files.folder, "key.pem", NULL);
	write_certificate(files.certificate, files.key, 1, 30);
	return files;
}

static void
files_free(struct files *files)
{
	g_unlink(files->certificate);
	g_unlink(files->key);
	g_rmdir(files->folder);
	g_free(files->certificate);
	g_free(files->key);
	g_free(files->folder);
}

static struct server *
start_tls(const struct files *files, const struct ips_http_settings *base)
{
	struct ips_http_settings settings = *base;
	struct server *server;

	settings.tls_certificate = files->certificate;
	settings.tls_key = files->key;
	server = server_start(&settings);
	assert_true(ips_http_tls_port(server->http) > 0);
	server->dial = dial_tls;
	return server;
}

static void
raw_bytes_get_the_same_through_tls(void **state)
{
	struct files files = files_new();
	struct server *server = start_tls(&files, &usual);

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(exchange_rows); i++)
		check_row(server, &exchange_rows[i]);
	assert_true(server_stop(server, 2000));
	files_free(&files);
}

static void
old_versions_and_weak_ciphers_are_refused(void **state)
{
	static const struct {
		const char *name, *priorities;
		bool taken;
	} rows[] = {
		{ "TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
		{ "TLS 1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
		{ "TLS 1.1", "NORMAL:-VERS-ALL:+VERS-TLS1.1", false },
		{ "TLS 1.0", "NORMAL:-VERS-ALL:+VERS-TLS1.0", false },
		{ "AES-128-GCM", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM", true },
		{ "ChaCha20", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305",
		    true },
		{ "CBC", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC",
		    false },
		{ "no forward secrecy", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", false },
	};
	struct files files = files_new();
	struct server *server = start_tls(&files, &usual);

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct tunnel tunnel;
		gnutls_datum_t chosen = { 0 };
		int fd = dial_port(ips_http_tls_port(server->http), 0);
		print_message("%s\n", rows[i].name);
		assert_int_equal(tunnel_open(&tunnel, fd, rows[i].priorities) == 0, rows[i].taken);
		if (rows[i].taken) {
			gnutls_alpn_get_selected_protocol(tunnel.session, &chosen);
			assert_int_equal(chosen.size, 8);
			assert_memory_equal(chosen.data, "http/1.1", 8);
		}
		tunnel_close(&tunnel);
	}
	assert_true(server_stop(server, 2000));
	files_free(&files);
}

static void
plain_text_is_no_tls(void **state)
{
	static const char *const rows[] = { GET("/", ""), "\x16\x03\x01", "nonsense",
		"\x80\x2e\x01" };
	struct files files = files_new();
	struct ips_http_settings settings = usual;
	struct server *server;

	(void)state;
	settings.header_timeout_s = 1;
	server = start_tls(&files, &settings);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		char bytes[64];
		int fd = dial_port(ips_http_tls_port(server->http), 0), n;
		says(fd, rows[i]); /* a handshake that goes no further ends in time, too */
		while ((n = listen_for(fd, bytes, sizeof(bytes), WAIT_MS)) > 0)
			assert_null(memmem(bytes, (size_t)n, "HTTP", 4));
		assert_int_not_equal(n, -2);
		close(fd);
	}
	assert_true(server_stop(server, 2000));
	files_free(&files);
}

static unsigned char
serial_now(struct server *server)
{
	struct tunnel tunnel;
	unsigned char serial;

	assert_int_equal(
	    tunnel_open(&tunnel, dial_port(ips_http_tls_port(server->http), 0), "NORMAL"), 0);
	serial = tunnel.serial;
	tunnel_close(&tunnel);
	return serial;
}

/* What cannot be used is not taken, whoever is connected stays. */
static void
certificates_are_renewed(void **state)
{
	static const struct {
		const char *name, *certificate, *key; /* contents; NULL: those of number 9 */
		bool taken;
	} rows[] = {
		{ "good", NULL, NULL, true },
		{ "no certificate", "nonsense", NULL, false },
		{ "no key", NULL, "nonsense", false },
		{ "empty", "", "", false },
	};
	struct files files = files_new(), other = files_new();
	struct server *server = start_tls(&files, &usual);
	unsigned char expected = 1;
	int kept = dial(server);

	(void)state;
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		struct ips_error err = { 0 };
		unsigned char fresh = (unsigned char)(i + 2);
		print_message("%s\n", rows[i].name);
		assert_true(is_alive(kept));
		assert_int_equal(serial_now(server), expected);
		write_certificate(files.certificate, files.key, fresh, 30);
		if (rows[i].certificate != NULL)
			g_file_set_contents(files.certificate, rows[i].certificate, -1, NULL);
		if (rows[i].key != NULL)
			g_file_set_contents(files.key, rows[i].key, -1, NULL);
		assert_int_equal(ips_http_reload(server->http, &err), rows[i].taken);
		expected = rows[i].taken ? fresh : expected;
		if (!rows[i].taken)
			assert_non_null(strstr(err.reason, files.certificate));
	}
	/* another one's key */
	write_certificate(files.certificate, other.key, 20, 30);
	write_certificate(other.certificate, files.key, 21, 30);
	assert_false(ips_http_reload(server->http, &(struct ips_error){ 0 }));
	assert_int_equal(serial_now(server), expected);
	/* one that has expired is the operator's business: it is taken, and logged */
	write_certificate(files.certificate, files.key, 22, -1);
	assert_true(ips_http_reload(server->http, &(struct ips_error){ 0 }));
	assert_int_equal(serial_now(server), 22);
	assert_true(is_alive(kept));
	close(kept);
	assert_true(server_stop(server, 2000));
	files_free(&files);
	files_free(&other);
}

static void
what_is_no_certificate_does_not_start(void **state)
{
	struct files files = files_new();
	struct ips_http_settings settings = usual;
	struct ips_http *http = NULL;
	struct ips_error err = { 0 };

	(void)state;
	settings.tls_certificate = files.certificate; /* without its key */
	assert_false(ips_http_start(&settings, NULL, 0, &http, &err));
	assert_null(http);
	assert_non_null(strstr(err.reason, files.certificate));
	files_free(&files);
}

static void
one_file_may_hold_both(void **state)
{
	struct files files = files_new();
	struct ips_http_settings settings = usual;
	struct server *server;
	char *certificate, *key;
	GString *both;

	(void)state;
	assert_true(g_file_get_contents(files.certificate, &certificate, NULL, NULL));
	assert_true(g_file_get_contents(files.key, &key, NULL, NULL));
	both = g_string_new(key);
	g_string_append(both, certificate);
	assert_true(g_file_set_contents(files.certificate, both->str, -1, NULL));
	settings.tls_certificate = files.certificate;
	server = server_start(&settings);
	assert_int_equal(serial_now(server), 1);
	assert_true(server_stop(server, 2000));
	g_string_free(both, TRUE);
	g_free(certificate);
	g_free(key);
	files_free(&files);
}

/* Limits hold over both ports; all that can be said before a handshake is an alert. */
static void
a_full_house_is_told_by_an_alert(void **state)
{
	struct files files = files_new();
	struct ips_http_settings settings = usual;
	struct server *server;
	struct answer answer = { 0 };
	struct tunnel tunnel;
	int fd, tls_fd, plain_fd;

	(void)state;
	settings.max_connections = 2;
	settings.max_per_address = 2;
	server = start_tls(&files, &settings);
	tls_fd = dial(server);
	plain_fd = dial_port(server->port, 0);
	assert_true(is_alive(tls_fd));
	assert_true(is_alive(plain_fd));
	fd = dial_port(server->port, 0);
	hear(fd, &answer);
	assert_int_equal(answer.status, 503);
	close(fd);
	assert_int_equal(
	    tunnel_open(&tunnel, dial_port(ips_http_tls_port(server->http), 0), "NORMAL"),
	    GNUTLS_E_FATAL_ALERT_RECEIVED);
	assert_int_equal(gnutls_alert_get(tunnel.session), GNUTLS_A_INTERNAL_ERROR);
	tunnel_close(&tunnel);
	close(tls_fd);
	close(plain_fd);
	answer_clear(&answer);
	assert_true(server_stop(server, 2000));
	files_free(&files);
}

/* Only the event thread may write into a session, and nothing wakes it but the end. */
static void
slow_senders_are_ended(void **state)
{
	static const char *const rows[] = { POST("/sum", "Content-Length: 1000\r\n") "x",
		"GET / HTTP/1.1\r\nX-A: b", "GET /" };
	struct files files = files_new();
	struct ips_http_settings settings = usual;
	struct server *server;
	struct answer answer = { 0 };

	(void)state;
	settings.header_timeout_s = settings.request_timeout_s = 1;
	server = start_tls(&files, &settings);
	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		int64_t start_us = ips_monotonic_us();
		int fd = dial(server);
		says(fd, rows[i]);
		hear(fd, &answer);
		assert_int_equal(answer.status, 0);
		assert_in_range(ips_monotonic_us() - start_us, 900 * 1000, WAIT_MS * INT64_C(1000));
		close(fd);
	}
	answer_clear(&answer);
	assert_true(server_stop(server, 2000));
	files_free(&files);
}

/* Files, large texts and large bodies cross the borders of records. */
static void
large_ones_come_whole(void **state)
{
	struct files files = files_new();
	struct server *server = start_tls(&files, &usual);
	struct answer answer = { 0 };
	char *body = g_strnfill(MAX_BODY, 'b');
	int fd = dial(server);

	(void)state;
	for (int i = 0; i < 3; i++) {
		says(fd, GET("/file", ""));
		hear(fd, &answer);
		assert_int_equal(strspn(answer.body->str, "f"), 1024 * 1024);
		says(fd, GET("/text/image/png?3000000", ""));
		hear(fd, &answer);
		assert_int_equal(answer.body->len, 3000000);
		says(fd, POST("/sum", "Content-Length: 65536\r\n"));
		says(fd, body);
		hear(fd, &answer);
		assert_string_equal(answer.body->str, "65536:b:b");
	}
	close(fd);
	g_free(body);
	answer_clear(&answer);
	assert_true(server_stop(server, 2000));
	files_free(&files);
}

struct crowd {
	struct server *server;
	int id, wrong;
};

static void *
crowd_main(void *arg)
{
	struct crowd *crowd = arg;
	struct answer answer = { 0 };
	char request[200], want[64];

	for (int i = 0; i < 5; i++) {
		int fd = dial(crowd->server);
		for (int j = 0; j < 20; j++) {
			g_snprintf(request, sizeof(request),
			    "GET /%d/%d HTTP/1.1\r\n" HOST_LINE "\r\n", crowd->id, j);
			says(fd, request);
			hear(fd, &answer);
			g_snprintf(want, sizeof(want), "GET /%d/%d?", crowd->id, j);
			crowd->wrong += answer.status != 200 || strcmp(answer.body->str, want) != 0;
		}
		close(fd);
	}
	answer_clear(&answer);
	return NULL;
}

static void
a_hundred_clients_while_certificates_change(void **state)
{
	struct files files = files_new();
	struct ips_http_settings settings = usual;
	struct server *server;
	struct crowd crowd[100];
	pthread_t threads[100];
	int wrong = 0;

	(void)state;
	settings.queue = 200;
	server = start_tls(&files, &settings);
	for (int i = 0; i < 100; i++) {
		crowd[i] = (struct crowd){ server, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowd[i]), 0);
	}
	for (int i = 0; i < 20; i++) {
		write_certificate(files.certificate, files.key, (unsigned char)(i + 2), 30);
		wrong += !ips_http_reload(server->http, &(struct ips_error){ 0 });
		g_usleep(20 * 1000);
	}
	for (int i = 0; i < 100; i++) {
		pthread_join(threads[i], NULL);
		wrong += crowd[i].wrong;
	}
	assert_int_equal(wrong, 0);
	assert_true(server_stop(server, 2000));
	files_free(&files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_bytes_get_the_same_through_tls),
		cmocka_unit_test(old_versions_and_weak_ciphers_are_refused),
		cmocka_unit_test(plain_text_is_no_tls),
		cmocka_unit_test(certificates_are_renewed),
		cmocka_unit_test(what_is_no_certificate_does_not_start),
		cmocka_unit_test(one_file_may_hold_both),
		cmocka_unit_test(a_full_house_is_told_by_an_alert),
		cmocka_unit_test(slow_senders_are_ended),
		cmocka_unit_test(large_ones_come_whole),
		cmocka_unit_test(a_hundred_clients_while_certificates_change),
	};
	signal(SIGPIPE, SIG_IGN); /* of the tunnels */
	ips_log_set_level(IPS_LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
