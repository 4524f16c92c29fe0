/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* How the parts of the SOAP face meet: one exchange is read, checked, decoded, handled, encoded. */
#ifndef OPENIPS_SOAP_PRIV_H
#define OPENIPS_SOAP_PRIV_H

#include "openips/soap.h"
#include "openips/xml.h"

#include "contract.h"
#include "soapH.h"

#define BARE_URI    "http://www.scene7.com/IpsApi/xsd"
#define SERVICE_URI "http://www.scene7.com/IpsApi"
#define SOAP11_URI  "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP12_URI  "http://www.w3.org/2003/05/soap-envelope"

#define ENDPOINT_PATH "/scene7/services/IpsApiService"
#define PLAIN_PATH    "/scene7/api/IpsApiService"

struct ips_soap {
	struct ips_service *service;
	char *public_url; /* without final slash */
	size_t max_body;
	int default_fault_status;
	const struct ips_contract_operation *contract[IPS_OP_COUNT];
};

/* What a thread keeps between requests. */
struct worker {
	struct soap *gsoap;
	struct Namespace table[8];
	char *uri;      /* of the table now set in gsoap */
	const char *in; /* what is being decoded, and how much is left */
	size_t in_left;
	GString *out; /* where encoding goes */
	struct ips_xml *xml;
};

enum form { FORM_SOAP11, FORM_SOAP12, FORM_PLAIN };

/* What the document says before the service is asked anything. */
struct envelope {
	enum form form;
	const struct ips_xml_node *param; /* the request element */
	int siblings_before[2];           /* elements to skip: to the Body, to param within it */
	int depth;                        /* of param: 1 in a plain document, 2 in an envelope */
	const char *uri;                  /* of param, and so of the reply */
	int version;                 /* of that uri as a number; unknown dates count as newest */
	const char *operation;       /* param's name without "Param" */
	const char *user, *password; /* NULL: not sent */
	int gzip;                    /* -1: not said */
	int fault_status;            /* 0: not said */
};

/* One request on its way. */
struct exchange {
	struct ips_soap *soap;
	struct worker *worker;
	const struct ips_http_request *request;
	struct ips_http_response *response;
	struct ips_arena *mem;
	struct envelope envelope;
	struct ips_call call; /* once the gate is passed */
};

/* ---- envelope.c ---- */

/* Header facts found before a fault stay in out, so that the fault can follow them. */
bool envelope_read(const struct ips_xml_node *root, bool plain, struct ips_arena *mem,
    struct envelope *out, struct ips_error *err) IPS_MUST_USE;
/* HTTP Basic, if the envelope has no credentials. */
void envelope_basic(struct envelope *envelope, const char *authorization, struct ips_arena *mem);
bool uri_is_ours(const char *uri);
int uri_version(const char *uri);
/* First name of a blank-separated list that has no child in our namespaces; NULL: all there. */
const char *first_missing(
    const struct ips_xml_node *param, const char *required, struct ips_arena *mem);
/* Text of a child in our namespaces; NULL if absent. */
const char *child_text(const struct ips_xml_node *node, const char *name, struct ips_arena *mem);

/* ---- check.c ---- */

/* Every value of the tree has the type of its element, else IPS_INVALID_PARAMETER naming it. */
bool check_values(const struct ips_contract_shape *shape, const struct ips_xml_node *node,
    struct ips_arena *mem, struct ips_error *err) IPS_MUST_USE;

/* ---- codec.c ---- */

struct worker *worker_new(const struct ips_soap *soap);
void worker_free(struct worker *worker);
typedef void *codec_get(struct soap *gsoap);
typedef int codec_put(struct soap *gsoap, const void *value);
/* The decoded structure lives until codec_done. */
bool codec_decode(struct worker *worker, const struct envelope *envelope, codec_get *get,
    const void **out, struct ips_error *err) IPS_MUST_USE;
bool codec_encode(struct worker *worker, const char *uri, codec_put *put, const void *value,
    GString *out, struct ips_error *err) IPS_MUST_USE;
void codec_done(struct worker *worker);

/* ---- select.c ---- */

/* responseFieldArray and excludeFieldArray as a tree over the shape of a reply. */
struct selection;
struct selection *selection_new(struct ips_arena *mem, const struct ips_contract_shape *shape,
    const struct ips__StringArray *include, const struct ips__StringArray *exclude);
/* Is anything of this path wanted? selection may be NULL: everything is. */
bool selection_wants(const struct selection *selection, const char *path);
/* Everything selected is among these paths. */
bool selection_within(const struct selection *selection, const char *const *paths, size_t count);
/* Takes out of a reply what is not selected or did not exist in the version. */
void selection_apply(const struct selection *selection, const struct ips_contract_shape *shape,
    int version, void *value);

/* ---- reply.c ---- */

void reply_begin(GString *out, enum form form);
void reply_end(GString *out, enum form form);
const char *reply_type(enum form form);
void reply_fault(GString *out, enum form form, const struct ips_error *err);
void append_escaped(GString *out, const char *text);

/* ---- operations.c and op_*.c ---- */

struct work { /* one call of an operation, past the gate and decoded */
	struct exchange *exchange;
	struct ips_service *service;
	struct ips_call *call;
	struct ips_arena *mem;
	int version;
	struct selection *selection; /* set by operations that have one */
};
/* param and reply are the structures of the operation; reply comes zeroed. */
typedef bool operation_fn(struct work *work, const void *param, void *reply, struct ips_error *err);

struct operation {
	operation_fn *run; /* NULL: published, not offered */
	codec_get *get;
	codec_put *put;
};
extern const struct operation operations[IPS_OP_COUNT];

operation_fn copy_image, get_company_info, get_company_membership, check_login, get_folders,
    get_folder_tree, get_assets, get_assets_by_name, search_assets;

/* ---- fields.c: values of replies ---- */

char *text_field(struct ips_arena *mem, const char *text); /* NULL gives "", never ill-formed XML */
char *time_field(struct ips_arena *mem, int64_t ms);
int *int_field(struct ips_arena *mem, int value);
LONG64 *long_field(struct ips_arena *mem, int64_t value);
double *double_field(struct ips_arena *mem, double value);
enum xsd__boolean *bool_field(struct ips_arena *mem, bool value);
bool bool_value(const enum xsd__boolean *field);
const char *const *string_items(const struct ips__StringArray *array, size_t *count);
struct ips__Company *company_field(struct ips_arena *mem, const struct ips_company *company);

/* ---- exchange.c ---- */

void exchange_run(struct ips_soap *soap, struct worker *worker,
    const struct ips_http_request *request, bool plain, struct ips_http_response *response);

/* ---- wsdl.c ---- */

ips_http_handler wsdl_handle, endpoint_handle, plain_handle;
const char *public_base(const struct ips_soap *soap, const struct ips_http_request *request);

#endif
