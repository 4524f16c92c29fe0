/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Pictures of other servers: over HTTP and HTTPS into memory, bounded in size, time and number, and
 * from no address that lies inside of a network. Alone knows libcurl.
 *
 * Whether a host may be asked at all is the caller's to decide; which addresses a name leads to is
 * looked at here, when the connection is made. Redirections are not followed, no proxy is asked, nothing
 * but the request is told. Source: "Foreign image sources"; RFC 9110, RFC 9111.
 * Thread rule: one fetcher, any thread; a fetch blocks. */
#ifndef OPENIPS_FETCH_H
#define OPENIPS_FETCH_H

#include "openips/base.h"

#include <sys/socket.h>

struct ips_fetch_settings {
	const char *networks;  /* inner ones that may be reached all the same: "10.1.0.0/16,fd00::/8" */
	int64_t max_bytes;     /* of one file */
	int64_t keep_bytes;    /* of all that are kept; the oldest go first */
	int timeout_ms;        /* of one fetch as a whole */
	int at_once;           /* more are refused: IPS_BUSY */
};
struct ips_fetcher;
/* Fault IPS_INVALID_PARAMETER for networks that are none. */
bool ips_fetcher_new(const struct ips_fetch_settings *settings, struct ips_fetcher **out,
    struct ips_error *err) IPS_MUST_USE;
void ips_fetcher_free(struct ips_fetcher *fetcher); /* NULL is fine */

/* Looks at new content once; what it notes is kept beside it. `fd` stays open. */
typedef bool ips_fetch_check(void *arg, struct ips_arena *mem, int fd, const char **note,
    struct ips_error *err);
struct ips_fetched {
	const char *url;    /* as it was asked for */
	const char *digest; /* of the content, SHA-256 in hexadecimal */
	const char *note;
	int64_t modified;   /* ms: Last-Modified, else when it came */
};
/* What is kept and still fresh is taken as it is; what has a validator is asked about; all else comes
 * anew. Faults: IPS_INVALID_PARAMETER (an address that is none), IPS_UNSUPPORTED (a network that may not
 * be reached), IPS_LIMIT, IPS_DEADLINE, IPS_BUSY, IPS_BROKEN_IMAGE (no answer, or not 200), and those
 * of the check. */
bool ips_fetch(struct ips_fetcher *fetcher, struct ips_arena *mem, const char *url,
    ips_fetch_check *check, void *arg, struct ips_fetched *out, struct ips_error *err) IPS_MUST_USE;
/* Its content, under a descriptor of its own. Fault IPS_BUSY if it has gone since: fetch again. */
bool ips_fetch_open(struct ips_fetcher *fetcher, const struct ips_fetched *fetched, int *fd,
    struct ips_error *err) IPS_MUST_USE;

/* The host of an address and its port, for the caller's decision; "example.com" or "example.com:8080" if
 * the port is not that of http or https. Fault IPS_INVALID_PARAMETER. */
bool ips_fetch_host(struct ips_arena *mem, const char *url, const char **host,
    struct ips_error *err) IPS_MUST_USE;
/* "example.com,*.example.org,img.example.net:8080,*": in any case, blanks around do not count. */
bool ips_fetch_host_listed(const char *list, const char *host);
/* Whether an address belongs to the world: neither loopback, private, link-local nor of any other kind
 * that is not for everybody (IANA special-purpose registries), unless networks lists it. */
bool ips_fetch_address_allowed(const struct sockaddr *address, const char *networks);

#endif
