/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Certificates. The library below runs the handshakes; each connection is given its credentials
 * here when it opens and keeps them to its end, so that new ones can take over at any time. */
#include "http_priv.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* Forward secrecy and authenticated encryption only, so nothing before TLS 1.2. */
#define PRIORITIES                                                                                 \
	"NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD"        \
	":+ECDHE-ECDSA:+ECDHE-RSA:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"                 \
	":+SIGN-ALL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:-SIGN-DSA-SHA1:+COMP-NULL:+CTYPE-X509"         \
	":%SERVER_PRECEDENCE"

struct certificate {
	_Atomic int holders;
	gnutls_certificate_credentials_t credentials;
};

struct tls {
	pthread_mutex_t lock;
	struct certificate *current;
	gnutls_datum_t ticket_key;
};

static void
let_go(struct certificate *certificate)
{
	if (certificate == NULL || atomic_fetch_sub(&certificate->holders, 1) > 1)
		return;
	gnutls_certificate_free_credentials(certificate->credentials);
	g_free(certificate);
}

/* ---- Files ---- */

static void
log_certificate(const char *file, gnutls_certificate_credentials_t credentials)
{
	gnutls_x509_crt_t *chain = NULL;
	unsigned count = 0;
	char expires[IPS_TIME_LEN];
	int64_t until_ms = 0;

	if (gnutls_certificate_get_x509_crt(credentials, 0, &chain, &count) != 0)
		return;
	if (count > 0)
		until_ms = gnutls_x509_crt_get_expiration_time(chain[0]) * INT64_C(1000);
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(chain[i]);
	gnutls_free(chain);
	ips_time_format(until_ms, expires);
	if (until_ms > ips_clock_ms())
		IPS_LOG(IPS_LOG_INFO, "certificate", { "file", file }, { "expires", expires });
	else
		IPS_LOG(IPS_LOG_WARNING, "certificate has expired", { "file", file },
		    { "expires", expires });
}

static struct certificate *
read_certificate(const struct ips_http_settings *settings, struct ips_error *err)
{
	const char *file = settings->tls_certificate;
	const char *key = settings->tls_key && *settings->tls_key ? settings->tls_key : file;
	gnutls_certificate_credentials_t credentials;
	struct certificate *certificate;
	int status = gnutls_certificate_allocate_credentials(&credentials);

	if (status == 0) {
		status = gnutls_certificate_set_x509_key_file2(
		    credentials, file, key, GNUTLS_X509_FMT_PEM, NULL, 0);
		if (status < 0)
			gnutls_certificate_free_credentials(credentials);
	}
	if (status < 0) {
		ips_fail(err, IPS_INVALID_PARAMETER, "Cannot use certificate %s with key %s: %s",
		    file, key, gnutls_strerror(status));
		return NULL;
	}
	log_certificate(file, credentials);
	certificate = g_new0(struct certificate, 1);
	certificate->credentials = credentials;
	atomic_store(&certificate->holders, 1);
	return certificate;
}

bool
tls_open(struct ips_http *http, struct ips_error *err)
{
	struct certificate *certificate = read_certificate(&http->settings, err);

	if (certificate == NULL)
		return false;
	http->tls = g_new0(struct tls, 1);
	http->tls->current = certificate;
	pthread_mutex_init(&http->tls->lock, NULL);
	if (gnutls_session_ticket_key_generate(&http->tls->ticket_key) == 0)
		return true;
	return ips_fail_internal(err, "no key for TLS tickets");
}

void
tls_close(struct ips_http *http)
{
	if (http->tls == NULL)
		return;
	let_go(http->tls->current);
	if (http->tls->ticket_key.data != NULL)
		gnutls_memset(http->tls->ticket_key.data, 0, http->tls->ticket_key.size);
	gnutls_free(http->tls->ticket_key.data);
	pthread_mutex_destroy(&http->tls->lock);
	g_free(http->tls);
	http->tls = NULL;
}

bool
ips_http_reload(struct ips_http *http, struct ips_error *err)
{
	struct certificate *fresh, *old;

	if (http->tls == NULL)
		return true;
	fresh = read_certificate(&http->settings, err);
	if (fresh == NULL)
		return false;
	pthread_mutex_lock(&http->tls->lock);
	old = http->tls->current;
	http->tls->current = fresh;
	pthread_mutex_unlock(&http->tls->lock);
	let_go(old);
	return true;
}

/* ---- The library's part ---- */

/* It insists on having a certificate of its own, or someone to ask for one. */
static int
none_to_give(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
    const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **chain,
    unsigned *chain_len, gnutls_privkey_t *key)
{
	(void)session, (void)authorities, (void)count, (void)algorithms, (void)algorithm_count;
	(void)chain, (void)chain_len, (void)key;
	return -1;
}

void
tls_options(struct MHD_OptionItem out[2])
{
	static const char priorities[] = PRIORITIES;
	gnutls_certificate_retrieve_function2 *none = none_to_give;

	out[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)priorities };
	out[1] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, NULL };
	memcpy(&out[1].ptr_value, &none, sizeof(none)); /* ISO C has no cast for it */
}

/* ---- Connections: on their event thread ---- */

void
tls_begin(struct connection *connection, void *session)
{
	struct tls *tls = connection->http->tls;

	pthread_mutex_lock(&tls->lock);
	connection->certificate = tls->current;
	atomic_fetch_add(&tls->current->holders, 1);
	pthread_mutex_unlock(&tls->lock);
	connection->session = session;
	gnutls_credentials_set(
	    session, GNUTLS_CRD_CERTIFICATE, connection->certificate->credentials);
	gnutls_session_ticket_enable_server(session, &tls->ticket_key);
}

void
tls_end(struct connection *connection)
{
	let_go(connection->certificate);
	connection->certificate = NULL;
	connection->session = NULL;
}

void
tls_write(void *session, const char *text, size_t len)
{
	ssize_t sent;

	while (len > 0) {
		sent = gnutls_record_send(session, text, len);
		if (sent == GNUTLS_E_INTERRUPTED)
			continue;
		if (sent <= 0)
			return; /* as with a plain socket: who reads nothing loses it */
		text += sent;
		len -= (size_t)sent;
	}
}
