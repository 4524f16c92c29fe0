/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Inside of the IMS face: one request on its way through a table of endpoints. */
#ifndef IMS_PRIV_H
#define IMS_PRIV_H

#include "openips/rest.h"

#include <jansson.h>

struct ims_face {
	struct ips_service *service;
	const char *public_url;
};

#define IMS_ROUTES   8
#define IMS_SEGMENTS 4
#define IMS_MAX_NAME 128 /* characters */

struct ims { /* one request; lives on the handler's stack */
	struct ips_service *service;
	const struct ims_face *face;
	const struct ips_http_request *request;
	struct ips_http_response *response;
	struct ips_arena *mem;
	struct ips_proven proven;
	struct ips_call call;
	const char *segment[IMS_SEGMENTS]; /* what the stars of the address stand for */
};

void ims_routes(struct ims_face *face, struct ips_http_route out[IMS_ROUTES]);

/* ---- Answers ---- */

void ims_answer(struct ims *x, int status, json_t *body); /* takes body */
/* {"error":{"message","code"}}: the service's own errors. Returns false. */
bool ims_refuse(struct ims *x, int status, const char *code, const char *fmt, ...) IPS_PRINTF(4, 5);
/* {"error_msg","error_code","request_id"}: what a gateway before it would say. Returns false. */
bool ims_gateway(struct ips_http_response *response, const char *id, int status, const char *code,
    const char *message);
/* After a wrong token or signature. */
void ims_hold_back(struct ims *x, const struct ips_error *err);
bool ims_fault(struct ims *x, const struct ips_error *err); /* by the fault's own code */
const char *ims_base_url(const struct ims *x);              /* without final slash */
json_t *ims_time(int64_t ms);                               /* whole seconds */

/* ---- Requests ---- */

/* The body as JSON of this type; else an answer has been given and it is NULL. json_decref. */
json_t *ims_body(struct ims *x, json_type type);
void ims_decref(json_t **json); /* for IPS_CLEANUP */
/* Text of a member; NULL if it is absent, null or empty. False: of another type, answered. */
bool ims_text(struct ims *x, const json_t *object, const char *name, const char **out) IPS_MUST_USE;
/* Parameters of the query, decoded: name, value, name, value, NULL. False: malformed, answered. */
bool ims_query(struct ims *x, char ***out) IPS_MUST_USE;
bool ims_name_good(struct ims *x, const char *name) IPS_MUST_USE; /* else answered */
bool ims_description_good(struct ims *x, const char *text) IPS_MUST_USE;

/* ---- Endpoints ---- */

typedef void ims_endpoint(struct ims *x);
ims_endpoint ims_copy, ims_job, ims_project_job;
ims_endpoint ims_list, ims_list_glance, ims_show, ims_file, ims_quota, ims_change, ims_delete;
ims_endpoint ims_schema_image, ims_schema_images;
ims_endpoint ims_versions, ims_version2, ims_identity, ims_login, ims_token_show, ims_token_revoke;

json_t *ims_image(struct ims *x, const struct ips_image_facts *image);

#endif
