/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The use cases. Every face calls these, so that a SOAP fault and an HTTP status cannot drift apart.
 *
 * Thread rule: one service, any thread; a call belongs to the thread that entered it. */
#ifndef OPENIPS_SERVICE_H
#define OPENIPS_SERVICE_H

#include "openips/catalog.h"
#include "openips/plan.h"
#include "openips/pool.h"

struct ips_service;

struct ips_service_settings {
	struct ips_pool *pool;     /* decodes all pictures; outlives the service */
	const char *data_dir;      /* holds catalog.db and store/ */
	const char *public_url;    /* "http://host:8080"; "" until a face learns it from the Host header */
	int64_t max_pixels;        /* 0: as the profiles of plan say */
	int remember_s;            /* of proven credentials */
	/* Pictures of other servers: inner networks they may come from ("10.1.0.0/16"; NULL: none), and the
	   largest and slowest; 0: as the service thinks. */
	const char *foreign_networks;
	int64_t foreign_bytes;
	int foreign_timeout_ms;
	const uint8_t *master_key; /* IPS_KEY_LEN bytes, copied; NULL: nothing encrypted is read or made */
	int64_t image_quota;       /* images of a company that copies in the background may fill up; 0: no limit */
	int64_t task_limit;        /* of a company: such copies under way; 0: no limit */
	int64_t once_keep_ms;      /* how long an Idempotency-Key is remembered; 0: a day */
};
bool ips_service_init(const char *data_dir, struct ips_error *err) IPS_MUST_USE; /* make or upgrade */
/* The demo catalog: company c|6 ApiTestCo with drawn images and three users (demo@, portal@ and
 * admin@openips.example). What is there already is left alone, so that it may be called again. */
#define IPS_DEMO_PASSWORD "demo-password"
bool ips_service_demo(struct ips_service *service, struct ips_error *err) IPS_MUST_USE;
bool ips_service_open(const struct ips_service_settings *settings, struct ips_service **out,
    struct ips_error *err) IPS_MUST_USE;
void ips_service_close(struct ips_service *service);
struct ips_catalog *ips_service_catalog(struct ips_service *service); /* for administration */
struct ips_pool *ips_service_pool(struct ips_service *service);       /* for its figures */
bool ips_service_healthy(struct ips_service *service, struct ips_error *err);

/* ---- Counters ---- */

/* What was done counts from the start of the process. Any thread; asks no table. */
struct ips_service_stats {
	int64_t copies_shared;    /* the copy has the source's file */
	int64_t copies_converted; /* other bytes of the same pixels: encrypted, decrypted or with another key */
	int64_t copies_rendered, copies_rendered_encrypted;
	int64_t renders, renders_failed;                            /* done */
	int64_t jobs_waiting, jobs_running, jobs_done, jobs_failed; /* copies in the background */
	int64_t assets;           /* counted once a minute while there are job workers; -1: not yet */
	struct ips_pool_stats pool;
	struct ips_identity_stats identity;
	struct ips_store_stats store;
	struct ips_catalog_stats catalog;
};
void ips_service_stats(struct ips_service *service, struct ips_service_stats *out);

/* ---- The gate ---- */

struct ips_credentials { const char *user, *password; }; /* NULL: not sent */

/* Whom a token or a signature has shown, and for which company it was made. */
struct ips_proven { int64_t user, company; };

struct ips_request { /* what a face knows before anything is checked */
	struct ips_arena *mem;
	struct ips_credentials credentials;
	const struct ips_proven *proven; /* instead of credentials; its company is the one named */
	const char *address;        /* of the peer */
	const char *operation;      /* as named by the caller */
	const char *company_handle; /* NULL: the operation names none */
	const char *missing;        /* first required element that is absent; NULL: none */
	bool offered;               /* the face has a handler for the operation */
	const char *idempotency_key; /* as sent; NULL: not sent */
};
struct ips_call { /* what the gate found */
	struct ips_arena *mem;
	enum ips_operation op;
	const struct ips_user *user;
	const struct ips_company *company; /* NULL if none was named */
	enum ips_role role;                /* in that company, else one the user has somewhere that may */
	const char *address;               /* of the peer, as in the request */
	int delay_ms;                      /* hold the answer back: set in failure too */
	const char *idempotency_key;       /* as in the request: what may be repeated looks at it */
};
/* Order (the first that fails answers): credentials 10000/10001/10002, operation known 30003, role
 * 20003, offered (IPS_UNSUPPORTED), required parameters 30002, company exists 20000, caller belongs
 * to it, it is not expired and his membership is active 20006.
 *
 * An outsider learns nothing: whoever is not an IpsAdmin gets 20006 with one text for every company
 * that is not his, whether it exists or not. 20000 is for what cannot be a company handle, and for
 * an IpsAdmin, who may see all, where no such company exists. Users follow the same pattern
 * (20002 and 20007); portal users get 20009 for assets and folders that they may not read and for
 * those that do not exist. */
bool ips_service_enter(struct ips_service *service, const struct ips_request *request,
    struct ips_call *out, struct ips_error *err) IPS_MUST_USE;

/* A face may put these around a call, so that all its questions are answered out of one state of the
 * catalog, and cheaper. Rendering ends it early. */
void ips_service_view_begin(struct ips_service *service);
void ips_service_view_end(struct ips_service *service);

/* ---- Handles: texts, opaque to clients ---- */

char *ips_handle_company(struct ips_arena *mem, int64_t id);             /* "c|6" */
char *ips_handle_asset(struct ips_arena *mem, const struct ips_asset *asset); /* "a|739|1|537" */
char *ips_handle_folder(struct ips_arena *mem, const char *path);        /* "f|ApiTestCo/" */
char *ips_handle_group(struct ips_arena *mem, int64_t id);
char *ips_handle_user(struct ips_arena *mem, const struct ips_user *user);
char *ips_handle_permission_set(struct ips_arena *mem, int64_t set);
/* Every published form, old ones too. */
bool ips_handle_parse_company(const char *text, int64_t *id) IPS_MUST_USE;
bool ips_handle_parse_asset(const char *text, int64_t *id, int *type, int64_t *type_seq) IPS_MUST_USE; /* type, seq 0: not said */
bool ips_handle_parse_folder(const char *text, const char **path) IPS_MUST_USE;
bool ips_handle_parse_group(const char *text, int64_t *id) IPS_MUST_USE;
bool ips_handle_parse_user(const char *text, int64_t *id) IPS_MUST_USE;
/* 1-255 bytes of UTF-8, no control characters, none of / \ , ? & = # %, no outer blanks. */
bool ips_name_valid(const char *name);

/* ---- Attributes of a company ---- */

/* By enum ips_attribute: the company's own, else the default catalog's, else ours. Never NULL; what is
 * set nowhere has an empty text. */
struct ips_attributes {
	const struct ips_value *value[IPS_ATTRIBUTE_COUNT];
	struct ips_fonts fonts;
	struct ips_shelf *shelf; /* the company's colour profiles; NULL: none */
};
/* company IPS_DEFAULT_CATALOG: the default catalog. Lives as long as mem and the service. */
bool ips_service_attributes(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const struct ips_attributes **out, struct ips_error *err) IPS_MUST_USE;
/* "NAME=VALUE" each, all or none; "NAME=" goes back to what is inherited. */
bool ips_service_attributes_set(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *const *assignments, size_t count, struct ips_error *err) IPS_MUST_USE;

/* The font map: a name that texts use, in any case, and the font family of this machine that it stands
 * for. Kept as an attribute IPS_FONT_PREFIX<name>. family NULL removes. Fault if there is no such family. */
#define IPS_FONT_PREFIX "font:"
bool ips_service_font_set(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *name, const char *family, struct ips_error *err) IPS_MUST_USE;

/* What a client sent after '?', without lock and obfuscation if the company uses them, macros filled
 * in: what the calls below take as modifier. An unknown company counts as the default catalog. */
bool ips_service_query(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *query, const char **out, struct ips_error *err) IPS_MUST_USE;
/* definition NULL removes. It is checked as far as it can be without its surroundings. */
bool ips_service_macro_set(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *name, const char *definition, struct ips_error *err) IPS_MUST_USE;

/* ---- Customer keys: what files at rest are encrypted with ----
 *
 * A file has a data key of its own, wrapped by a customer key (the cmk_id), which the master key wraps.
 * Switching a key off and on, and listing, is the catalog's. */

/* Of a company; *id is a new UUID. */
bool ips_service_key_add(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char **id, struct ips_error *err) IPS_MUST_USE;
/* New bytes for the key. No file is written: *count data keys are wrapped anew. */
bool ips_service_key_rotate(struct ips_service *service, const char *id, int64_t *count,
    struct ips_error *err) IPS_MUST_USE;
/* Every customer key wrapped by another master key, which is the service's from now on. */
bool ips_service_master_replace(struct ips_service *service, const uint8_t master[IPS_KEY_LEN],
    int64_t *count, struct ips_error *err) IPS_MUST_USE;

/* ---- Copy ---- */

struct ips_copy { const char *asset_handle, *folder_handle, *name, *url_modifier; };
/* A request with an Idempotency-Key that was answered before is answered so again, and nothing is copied:
 * the key is remembered together with the copy, for this user and company. Faults of keys, before all
 * others: IPS_INVALID_PARAMETER (not 1 to 255 visible ASCII characters, in quotes or not),
 * IPS_KEY_REUSED, IPS_BUSY (the first request is still under way). A request that failed may be repeated.
 * Source: draft-ietf-httpapi-idempotency-key-header-07; RFC 9651, section 3.3.3.
 *
 * What shows pixels of an encrypted picture is encrypted, with the key of the first such picture of the
 * request; a copy without new pixels shares the source's file. Fault IPS_SOURCE_KEY_DISABLED. */
bool ips_service_copy(struct ips_service *service, const struct ips_call *call,
    const struct ips_copy *copy, const char **asset_handle, struct ips_error *err) IPS_MUST_USE;

/* ---- Tokens and signatures ---- */

struct ips_login { /* what was sent; NULL: not sent */
	const char *user, *user_id, *password, *token; /* password, or a token to go on with */
	const char *project, *project_id;              /* neither: the only company of the user */
	const char *address;
};
struct ips_token {
	const char *text; /* which nothing but the client keeps */
	const struct ips_user *user;
	const struct ips_company *company;
	int64_t issued, expires; /* ms */
};
#define IPS_TOKEN_MS (24 * 60 * 60 * INT64_C(1000))
/* *delay_ms is set in failure too. Faults as at the gate. */
bool ips_service_login(struct ips_service *service, struct ips_arena *mem, const struct ips_login *login,
    struct ips_token *out, int *delay_ms, struct ips_error *err) IPS_MUST_USE;
/* For administration: no password is asked for. */
bool ips_service_token_issue(struct ips_service *service, struct ips_arena *mem, const struct ips_user *user,
    const struct ips_company *company, struct ips_token *out, struct ips_error *err) IPS_MUST_USE;
/* Fault IPS_INVALID_CREDENTIALS: unknown, expired, or the password has changed since. */
bool ips_service_token_check(struct ips_service *service, struct ips_arena *mem, const char *token,
    struct ips_proven *out, struct ips_error *err) IPS_MUST_USE;
bool ips_service_token_read(struct ips_service *service, struct ips_arena *mem, const char *token,
    struct ips_token *out, struct ips_error *err) IPS_MUST_USE;
bool ips_service_token_revoke(struct ips_service *service, const char *token, struct ips_error *err) IPS_MUST_USE;
bool ips_service_signature_check(struct ips_service *service, struct ips_arena *mem,
    const struct ips_signed_request *request, struct ips_proven *out, struct ips_error *err) IPS_MUST_USE;
/* A token or a signature was wrong: counts as a wrong password does; how long the answer should be held back,
 * in ms. */
int ips_service_refused(struct ips_service *service, const char *address);
/* For one user in one company; both parts live in mem. */
bool ips_service_access_key_make(struct ips_service *service, struct ips_arena *mem, int64_t user,
    int64_t company, const struct ips_access_key **out, struct ips_error *err) IPS_MUST_USE;

/* ---- Images: the image copy face ---- */

#define IPS_REGION "region-1" /* there is one, and clients want a name for it */

/* Names for numbers, for the outside, that nobody can guess. */
enum ips_name_kind { IPS_ID_IMAGE = 'i', IPS_ID_PROJECT = 'p', IPS_ID_JOB = 'j', IPS_ID_USER = 'u', IPS_ID_DOMAIN = 'd' };
char *ips_service_uuid(struct ips_service *service, struct ips_arena *mem, int64_t image); /* with hyphens */
char *ips_service_id(struct ips_service *service, struct ips_arena *mem, enum ips_name_kind kind,
    int64_t number); /* 32 hex digits */
bool ips_uuid_valid(const char *text);
bool ips_service_uuid_open(struct ips_service *service, const char *text, int64_t *image) IPS_MUST_USE;
bool ips_service_id_open(struct ips_service *service, enum ips_name_kind kind, const char *text,
    int64_t *number) IPS_MUST_USE;

/* What is said of an image beyond its row. One table tells the type in JSON, what holds if nothing is set,
 * what a copy takes over, and what clients may set. Source: image object of the vendor's API. */
enum ips_trait_type { IPS_TRAIT_TEXT, IPS_TRAIT_INT, IPS_TRAIT_FLAG };
struct ips_trait_info {
	const char *name;
	enum ips_trait_type type;
	const char *fallback; /* NULL: left out */
	bool inherited, settable;
};
extern const struct ips_trait_info ips_trait_table[];
extern const size_t ips_trait_count;
/* Names that begin by __support_ belong to one row. NULL: there is no such trait. */
const struct ips_trait_info *ips_trait_info(const char *name);
bool ips_trait_valid(const struct ips_trait_info *info, const char *value);

struct ips_image_facts {
	const char *id;
	const struct ips_asset *asset;      /* NULL: it is being made, by this job */
	const struct ips_job *job;
	const struct ips_trait *traits; size_t trait_count; /* that are set */
};
/* Value of a trait, or what holds if it is not set; NULL: nothing does. */
const char *ips_image_trait(const struct ips_image_facts *image, const char *name);

/* Fault IPS_NOT_FOUND: no such image, or not to be seen by this caller. */
bool ips_service_image(struct ips_service *service, const struct ips_call *call, const char *uuid,
    const struct ips_image_facts **out, struct ips_error *err) IPS_MUST_USE;
/* Its content, whether encrypted or not; the caller closes fd. Faults as above, IPS_SOURCE_KEY_DISABLED. */
bool ips_service_image_file(struct ips_service *service, const struct ips_call *call, const char *uuid,
    int *fd, int64_t *size, struct ips_error *err) IPS_MUST_USE;
struct ips_image_wish {
	struct ips_image_query query; /* company and viewer are set here */
	bool by_id;                   /* sorted by the names of ips_service_uuid */
};
bool ips_service_images(struct ips_service *service, const struct ips_call *call,
    const struct ips_image_wish *wish, const struct ips_image_facts ***out, size_t *count,
    struct ips_error *err) IPS_MUST_USE;
bool ips_service_image_change(struct ips_service *service, const struct ips_call *call, const char *uuid,
    const struct ips_image_change *change, struct ips_error *err) IPS_MUST_USE;
/* Into the trash. */
bool ips_service_image_delete(struct ips_service *service, const struct ips_call *call, const char *uuid,
    struct ips_error *err) IPS_MUST_USE;
/* quota 0: none. */
bool ips_service_image_quota(struct ips_service *service, const struct ips_call *call, int64_t *used,
    int64_t *quota, struct ips_error *err) IPS_MUST_USE;

/* ---- Jobs: copies in the background ---- */

struct ips_background_copy { const char *uuid, *name, *description, *cmk_id; }; /* NULL: not sent */
/* The source as seen by the caller, its kind and state, the key, quota and task limit; then it is on disk
 * that the copy will be made. An Idempotency-Key works as for ips_service_copy. */
bool ips_service_copy_later(struct ips_service *service, const struct ips_call *call,
    const struct ips_background_copy *copy, int64_t *job, struct ips_error *err) IPS_MUST_USE;
bool ips_service_job(struct ips_service *service, const struct ips_call *call, const char *id,
    const struct ips_job **out, struct ips_error *err) IPS_MUST_USE;

/* What part of a running job is done, below 1; 0 of any other. */
double ips_service_job_progress(struct ips_service *service, const struct ips_job *job);

/* The workers. Start once, in the process that owns the data directory: what was under way when it last
 * ended is taken up again. Stop lets each worker finish the job it has. */
bool ips_service_jobs_start(struct ips_service *service, int workers, void (*thread_done)(void),
    struct ips_error *err) IPS_MUST_USE;
void ips_service_jobs_stop(struct ips_service *service);

/* ---- Find ---- */

/* accessUserHandle / accessGroupHandle of the published requests; NULL: not sent. */
struct ips_access { const char *user_handle, *group_handle; };

bool ips_service_company(struct ips_service *service, const struct ips_call *call, const char *name,
    const char *ims_org, const struct ips_company **out, struct ips_error *err) IPS_MUST_USE;
bool ips_service_memberships(struct ips_service *service, const struct ips_call *call,
    const char *user_handle, const struct ips_membership **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
bool ips_service_check_login(struct ips_service *service, const struct ips_call *call,
    const char *email, const char *password, bool *valid, int *delay_ms, struct ips_error *err) IPS_MUST_USE;
/* The start folder first, then all below it down to depth (-1: all), sorted by path. */
bool ips_service_folders(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, const char *path, int depth, const char *const *types,
    size_t type_count, const struct ips_folder **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
bool ips_service_permission_set(struct ips_service *service, const struct ips_call *call, int64_t set,
    const struct ips_effective **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
bool ips_service_assets(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, const char *const *handles, size_t handle_count,
    const struct ips_asset ***out, size_t *count, struct ips_error *err) IPS_MUST_USE;

/* searchAssets and getAssetsByName: texts as sent, checked here. */
struct ips_search_condition { const char *field, *op, *value, *min, *max; };
struct ips_search {
	struct ips_access access;
	const char *folder;
	bool subfolders;
	const char *publish_state, *trash_state, *match_mode, *sort_by, *sort_direction; /* NULL: not sent */
	const char *const *names; size_t name_count;
	const char *const *keywords; size_t keyword_count;
	const char *const *types; size_t type_count;
	const char *const *not_types; size_t not_type_count;
	const char *const *subtypes; size_t subtype_count;
	bool strict_subtype;
	const struct ips_search_condition *conditions; size_t condition_count;
	int page, per_page;  /* 0: not sent; pages count from 1 */
	bool narrow;         /* only totalRows, name, handle, type, subType are wanted: 10000 a page */
	bool want_total;
};
bool ips_service_search(struct ips_service *service, const struct ips_call *call,
    const struct ips_search *search, const struct ips_asset ***out, size_t *count, int64_t *total,
    struct ips_error *err) IPS_MUST_USE;

/* ---- Serve: the image face ---- */

struct ips_picture {
	int fd;                /* the caller closes it */
	int64_t size;
	const char *mime;
	const char *etag;      /* quoted; from source digest, canonical modifier and renderer version */
	int64_t modified;      /* ms */
	int max_age_s;         /* how long a client may keep it; 0: not at all */
	bool forever;          /* published of Expiration -1: whoever has one need not ask for another */
	bool unchanged;        /* if_none_match named it: fd is -1 */
};
/* No caller: what is ready for publish is public, everything else is not found. head: no pixels are
 * computed, fd is -1, and size is -1 unless the original bytes would be sent. */
bool ips_service_picture(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *asset, const char *modifier, const char *if_none_match, bool head,
    struct ips_picture *out, struct ips_error *err) IPS_MUST_USE;
/* Leaves of a fault no more than ErrorDetail of the company lets clients see. */
void ips_service_title(struct ips_service *service, struct ips_arena *mem, const char *company,
    struct ips_error *err);

/* Requests that are answered in words. Which properties there are is published (req=); one whose value
 * is not known here is left out. */
struct ips_property { const char *object, *name, *value; }; /* image.width=400; object NULL: none */
struct ips_answer {
	const struct ips_property *row;
	size_t rows;
	const char *text; /* in the form of text instead of properties; NULL: these. The others, too: */
	const char *xml;  /* what follows the declaration */
	const char *json; /* what the handler is called with */
	int max_age_s;    /* 0: must not be kept */
};
/* company and asset NULL: the address names none. IPS_ASK_IMAGE and _MESSAGE are none of
 * these. */
bool ips_service_answer(struct ips_service *service, struct ips_arena *mem,
    const struct ips_question *question, const char *company, const char *asset,
    const char *modifier, struct ips_answer *out, struct ips_error *err) IPS_MUST_USE;

/* "FIELD=VALUE" each, all or none: userData, map, targets, imageSet, modifier, postModifier. "FIELD=" takes
 * the text away. Faults say what is wrong with a text. */
bool ips_service_asset_set(struct ips_service *service, struct ips_arena *mem,
    const struct ips_asset *asset, const char *const *assignments, size_t count, const char *user,
    struct ips_error *err) IPS_MUST_USE;

/* ---- Files in and out, proof ---- */

/* An SVG file with the variables of a request filled in, in memory: *fd, which is closed, becomes that.
 * It stays what it is if there is nothing to fill in. */
bool ips_service_svg_fill(struct ips_arena *mem, const struct ips_modifier *request, int *fd,
    struct ips_error *err) IPS_MUST_USE;

struct ips_import { int64_t company; const char *folder; /* path, made if missing */
	const char *name; /* NULL: the file's without extension */ const char *user;
	const char *cmk_id; /* NULL: not encrypted */ };
bool ips_service_import(struct ips_service *service, struct ips_arena *mem, const char *file,
    const struct ips_import *import, const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;
/* A template: a modifier kept under a name, without a file (catalog::Modifier). */
bool ips_service_template_add(struct ips_service *service, struct ips_arena *mem,
    const struct ips_import *import, const char *modifier, const struct ips_asset **out,
    struct ips_error *err) IPS_MUST_USE;
bool ips_service_export(struct ips_service *service, const char *asset_handle, int out_fd,
    struct ips_error *err) IPS_MUST_USE;

struct ips_check { int64_t assets, blobs, orphans, bytes; };
typedef void ips_check_finding(const char *text, void *arg);
/* Catalog integrity, every row's blob there and unchanged (deep: reads every byte), no dangling
 * reference. Orphans are counted, not findings. *sound is false if there was any finding. */
bool ips_service_check(struct ips_service *service, bool deep, ips_check_finding *finding, void *arg,
    struct ips_check *out, bool *sound, struct ips_error *err) IPS_MUST_USE;
/* Copies catalog and blobs into a directory that is there, beside whoever works here. It becomes a data
 * directory when all of it is there and synced, and stays the older one until then; what it has already is
 * not copied again. Blobs that are lost are findings. Encrypted ones stay so: the master key is not there. */
struct ips_backup { int64_t assets, blobs, taken, bytes, removed; bool sound; };
bool ips_service_backup(struct ips_service *service, const char *dir, ips_check_finding *finding, void *arg,
    struct ips_backup *out, struct ips_error *err) IPS_MUST_USE;

/* Removes blobs no row needs that are older than min_age_ms, which saves those that are about to get a row
 * from being removed: a copy whose file is taken away is refused with IPS_BUSY. */
bool ips_service_collect(struct ips_service *service, int64_t min_age_ms, int64_t *removed, struct ips_error *err) IPS_MUST_USE;

#endif
