/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Certificates to try, and a client whose bytes go through TLS: a thread stands between a pair of
 * sockets, so that whatever speaks bytes to a server can do so through it. */
#ifndef OPENIPS_HTTP_TLS_STAGE_H
#define OPENIPS_HTTP_TLS_STAGE_H

#include "http_stage.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define DAY_S (24 * 60 * 60)

/* One that signed itself, valid for so many days (less than 0: it was once). */
SOME_ONLY static void
write_certificate(const char *file, const char *key_file, unsigned char serial, int days)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t text;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
			     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
	    0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, &serial, 1);
	gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 10 * DAY_S);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + days * DAY_S);
	gnutls_x509_crt_set_key(crt, key);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text), 0);
	assert_true(g_file_set_contents(file, (char *)text.data, text.size, NULL));
	gnutls_free(text.data);
	assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text), 0);
	assert_true(g_file_set_contents(key_file, (char *)text.data, text.size, NULL));
	gnutls_free(text.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

struct tunnel {
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	int near, far;
	unsigned char serial;
};

/* 0, or GnuTLS' error. The socket is the tunnel's. */
SOME_ONLY static int
tunnel_open(struct tunnel *tunnel, int far, const char *priorities)
{
	static const gnutls_datum_t alpn = { (unsigned char *)"http/1.1", 8 };
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t crt;
	size_t len = 1;
	unsigned count;
	int status;

	*tunnel = (struct tunnel){ .near = -1, .far = far };
	assert_int_equal(gnutls_certificate_allocate_credentials(&tunnel->credentials), 0);
	assert_int_equal(gnutls_init(&tunnel->session, GNUTLS_CLIENT), 0);
	assert_int_equal(gnutls_priority_set_direct(tunnel->session, priorities, NULL), 0);
	gnutls_credentials_set(tunnel->session, GNUTLS_CRD_CERTIFICATE, tunnel->credentials);
	gnutls_alpn_set_protocols(tunnel->session, &alpn, 1, 0);
	gnutls_transport_set_int(tunnel->session, far);
	gnutls_handshake_set_timeout(tunnel->session, WAIT_MS);
	do
		status = gnutls_handshake(tunnel->session);
	while (status < 0 && !gnutls_error_is_fatal(status));
	if (status < 0)
		return status;
	chain = gnutls_certificate_get_peers(tunnel->session, &count);
	assert_true(count > 0 && gnutls_x509_crt_init(&crt) == 0);
	gnutls_x509_crt_import(crt, chain, GNUTLS_X509_FMT_DER);
	gnutls_x509_crt_get_serial(crt, &tunnel->serial, &len);
	gnutls_x509_crt_deinit(crt);
	return 0;
}

SOME_ONLY static void
tunnel_close(struct tunnel *tunnel)
{
	gnutls_deinit(tunnel->session);
	gnutls_certificate_free_credentials(tunnel->credentials);
	close(tunnel->far);
	if (tunnel->near >= 0)
		close(tunnel->near);
}

/* Either end closes one way only: the other goes on. */
SOME_ONLY static void *
tunnel_main(void *arg)
{
	struct tunnel *tunnel = arg;
	bool out = true, in = true;
	char block[16384];
	ssize_t n;

	while (in) {
		struct pollfd polls[] = { { out ? tunnel->near : -1, POLLIN, 0 },
			{ tunnel->far, POLLIN, 0 } };
		bool waits = gnutls_record_check_pending(tunnel->session) > 0;
		poll(polls, 2, waits ? 0 : -1);
		if (polls[0].revents != 0) {
			n = recv(tunnel->near, block, sizeof(block), 0);
			out = n > 0 && gnutls_record_send(tunnel->session, block, (size_t)n) == n;
			if (!out)
				gnutls_bye(tunnel->session, GNUTLS_SHUT_WR);
		}
		if (waits || polls[1].revents != 0) {
			n = gnutls_record_recv(tunnel->session, block, sizeof(block));
			if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
				continue;
			in = n > 0 && send(tunnel->near, block, (size_t)n, MSG_NOSIGNAL) == n;
		}
	}
	shutdown(tunnel->near, SHUT_WR);
	while (out && recv(tunnel->near, block, sizeof(block), 0) > 0)
		continue;
	tunnel_close(tunnel);
	g_free(tunnel);
	return NULL;
}

SOME_ONLY static int
dial_tls(const struct server *server)
{
	struct tunnel *tunnel = g_new0(struct tunnel, 1);
	int fd = dial_port(ips_http_tls_port(server->http), 0), ends[2];
	pthread_t thread;

	assert_int_equal(tunnel_open(tunnel, fd, "NORMAL"), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	tunnel->near = ends[1];
	assert_int_equal(pthread_create(&thread, NULL, tunnel_main, tunnel), 0);
	pthread_detach(thread);
	return ends[0];
}

#endif
