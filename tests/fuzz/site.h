/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The demo catalog in memory, the faces over it, and requests to them with a socket or without.
 *
 * What only costs time is replaced by the linker (--wrap): a password's hash is a cheap one, no
 * failed login is held back, and no pixel is computed. */
#ifndef FUZZ_SITE_H
#define FUZZ_SITE_H

#include "fuzz.h"
#include "openips/image.h"
#include "openips/rest.h"
#include "openips/soap.h"

struct fuzz_site {
	char *dir;
	char *catalog; /* the catalog as it was at first */
	gsize catalog_len;
	unsigned runs;
	struct ips_service *service;
	struct ips_soap *soap;
	struct ips_rest *rest;
	struct ips_image_face *image;
	struct ips_http *http; /* NULL: not wanted */
	bool listens;
	void *worker;
	struct ips_arena *mem;
	const char *token, *project, *picture; /* what @TOKEN@, @PROJECT@, @IMAGE@ stand for */
	const struct ips_access_key *key;      /* @ACCESS@ */
	struct ips_http_route routes[64];
	size_t route_count;
	struct ips_http_response response; /* of fuzz_site_ask, */
	struct ips_arena *asked;           /* and the memory of its request */
};

void fuzz_render_start(void); /* once a process, however often it is called */
struct fuzz_site *fuzz_site_open(bool listens);
void fuzz_site_close(void *site);
/* To be called before each run: puts the catalog back to what it was every now and then. */
void fuzz_site_next(struct fuzz_site *site);
/* The answer tells of a failure of our own since the last question. */
bool fuzz_site_failed(const char *answer);
/* Text with what its placeholders stand for. */
char *fuzz_site_fill(const struct fuzz_site *site, const uint8_t *data, size_t len, size_t *out_len);

struct fuzz_header {
	const char *name, *value;
};
struct fuzz_request {
	const char *method, *path, *query, *body;
	size_t body_len;
	struct fuzz_header header[32];
	size_t headers;
};
/* Straight to the handler that serves the path. The answer lives until the next question; NULL: there
 * is no such route, or the method is not one of its. The answer has been checked. */
const struct ips_http_response *fuzz_site_ask(
    struct fuzz_site *site, const struct fuzz_request *request, const void *data, size_t len);

/* Sends the bytes to a port of this machine, ends its side when nothing comes back any more, and returns
 * all that did. */
GString *fuzz_talk(int port, const void *data, size_t len);

#endif
