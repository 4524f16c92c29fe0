/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What is stored: companies, users, groups, folders, assets. All SQL of the project, portable.
 *
 * One catalog per process, any thread. Reads run beside each other; each ..._add/_set call is one
 * transaction, durable when it returns, and concurrent ones share an fsync. Rows live in the arena
 * given. Looking up something that is not there is success with *out == NULL: whether that is a fault
 * is the caller's to say. Times are ms since 1970 UTC. Paths end in '/', the root of company X is its
 * root_path ("X/"). */
#ifndef OPENIPS_CATALOG_H
#define OPENIPS_CATALOG_H

#include "openips/identity.h"
#include "openips/store.h"

struct ips_catalog;

/* Makes or upgrades the schema (migrations by version). Opening fails if the schema is newer. */
bool ips_catalog_init(const char *file, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_open(const char *file, struct ips_catalog **out, struct ips_error *err) IPS_MUST_USE;
void ips_catalog_close(struct ips_catalog *catalog); /* NULL is fine */
/* A copy of it at one moment, into a new file. Writers go on. */
bool ips_catalog_backup(struct ips_catalog *catalog, const char *file, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_ping(struct ips_catalog *catalog, struct ips_error *err);
struct ips_catalog_stats {
	int64_t commits, writes; /* writes / commits: how many shared a sync */
	int64_t failed;          /* transactions */
	int64_t bytes;           /* on disk */
};
void ips_catalog_stats(const struct ips_catalog *catalog, struct ips_catalog_stats *out); /* asks no table */
/* Takes some milliseconds for a million assets. */
struct ips_catalog_counts { int64_t assets, open_jobs; };
bool ips_catalog_count(struct ips_catalog *catalog, struct ips_catalog_counts *out, struct ips_error *err) IPS_MUST_USE;

/* All that this thread reads in between is of one state; its own writes renew it. Not for long: what
 * is kept visible cannot be tidied up. */
void ips_catalog_view_begin(struct ips_catalog *catalog);
void ips_catalog_view_end(struct ips_catalog *catalog);

/* ---- Companies, users, groups ---- */

struct ips_company { int64_t id; const char *name, *root_path, *ims_org; int64_t expires; int64_t root_folder; };
struct ips_user { int64_t id; const char *email, *first_name, *last_name, *password_hash; bool admin, active; };
struct ips_membership { const struct ips_company *company; enum ips_role role; bool active; };
struct ips_group { int64_t id; const char *name; };

bool ips_catalog_company(struct ips_catalog *catalog, struct ips_arena *mem, int64_t id,
    const struct ips_company **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_company_named(struct ips_catalog *catalog, struct ips_arena *mem, const char *name,
    const struct ips_company **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_companies(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_company *const **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
/* Makes the company, its root folder and its sequences. id 0: the next free. */
bool ips_catalog_company_add(struct ips_catalog *catalog, int64_t id, const char *name, int64_t expires,
    int64_t *out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_company_set_expires(struct ips_catalog *catalog, int64_t id, int64_t expires,
    struct ips_error *err) IPS_MUST_USE;

/* Attributes and macros of a company as texts, which this module does not judge. Company 0 is the
 * default catalog: what holds for all companies that say nothing else. */
#define IPS_DEFAULT_CATALOG 0
struct ips_setting { int64_t company; const char *name, *value; };
/* Those of the default catalog first, then the company's own; by name, macros as they were defined. */
bool ips_catalog_attributes(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_setting **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_macros(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_setting **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
/* value NULL removes. A macro that is set again keeps its place; its name holds in any case. */
bool ips_catalog_attributes_set(struct ips_catalog *catalog, const struct ips_setting *settings,
    size_t count, struct ips_error *err) IPS_MUST_USE; /* all or none */
bool ips_catalog_macro_set(struct ips_catalog *catalog, const struct ips_setting *macro,
    struct ips_error *err) IPS_MUST_USE;

bool ips_catalog_user(struct ips_catalog *catalog, struct ips_arena *mem, int64_t id,
    const struct ips_user **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_user_named(struct ips_catalog *catalog, struct ips_arena *mem, const char *email,
    const struct ips_user **out, struct ips_error *err) IPS_MUST_USE; /* e-mail in any case */
bool ips_catalog_users(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_user *const **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
/* id 0: the next free; password_hash from ips_password_hash. */
bool ips_catalog_user_add(struct ips_catalog *catalog, const struct ips_user *user, int64_t *out,
    struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_user_set(struct ips_catalog *catalog, const struct ips_user *user, /* by id, all fields */
    struct ips_error *err) IPS_MUST_USE;

/* Role and state of a user in a company; *out NULL: no member. */
bool ips_catalog_membership(struct ips_catalog *catalog, struct ips_arena *mem, int64_t user,
    int64_t company, const struct ips_membership **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_memberships(struct ips_catalog *catalog, struct ips_arena *mem, int64_t user,
    const struct ips_membership **out, size_t *count, struct ips_error *err) IPS_MUST_USE; /* by company name */
bool ips_catalog_membership_set(struct ips_catalog *catalog, int64_t user, int64_t company,
    enum ips_role role, bool active, struct ips_error *err) IPS_MUST_USE; /* IPS_ROLE_NONE removes */

bool ips_catalog_group_named(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const char *name, const struct ips_group **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_group(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company, int64_t id,
    const struct ips_group **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_groups(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_group *const **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_group_add(struct ips_catalog *catalog, int64_t company, const char *name, int64_t *out,
    struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_group_member_set(struct ips_catalog *catalog, int64_t group, int64_t user, bool member,
    struct ips_error *err) IPS_MUST_USE;

/* ---- Folders and permissions ---- */

enum ips_permission { IPS_PERMISSION_READ, IPS_PERMISSION_WRITE, IPS_PERMISSION_DELETE, IPS_PERMISSION_COUNT };
extern const char *const ips_permission_name[IPS_PERMISSION_COUNT]; /* "Read", "Write", "Delete" */

struct ips_folder {
	int64_t id, parent; /* parent 0: the root */
	const char *path;   /* from the company's root_path on, with final '/' */
	int64_t modified, child_modified;
	bool has_subfolders;
	int64_t permission_set; /* folders with equal effective permissions share a number; 0: none */
};
/* Whose eyes see a list: user and group 0 see everything; otherwise what the user's groups, or the
 * one group, may read (Read permission, inherited). */
struct ips_viewer { int64_t user, group; };

/* The path may lack outer slashes. */
bool ips_catalog_folder(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const char *path, const struct ips_folder **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_folder_by_id(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t id, const struct ips_folder **out, struct ips_error *err) IPS_MUST_USE;
/* The folder itself and what is below it down to `depth` levels (-1: all), by path. `types`, if
 * count > 0, keeps folders holding assets of these types, and the way to them. */
bool ips_catalog_folders(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t start, int depth, struct ips_viewer viewer, const int *types, size_t type_count,
    const struct ips_folder **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
/* Makes every missing folder of the path. Fault IPS_TAKEN if an asset has such a name. */
bool ips_catalog_folder_make(struct ips_catalog *catalog, int64_t company, const char *path,
    int64_t *out, struct ips_error *err) IPS_MUST_USE;

struct ips_grant { /* as set, on one folder for one group */
	int64_t folder, group;
	enum ips_permission permission;
	bool allowed;
	bool override; /* holds for everything below, whatever is set there */
};
bool ips_catalog_grant_set(struct ips_catalog *catalog, const struct ips_grant *grant, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_grant_remove(struct ips_catalog *catalog, const struct ips_grant *grant, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_may(struct ips_catalog *catalog, struct ips_viewer viewer, int64_t folder,
    enum ips_permission permission, bool *out, struct ips_error *err) IPS_MUST_USE;

struct ips_effective { const struct ips_group *group; enum ips_permission permission; bool allowed, override; };
/* What a permission set number stands for. */
bool ips_catalog_permission_set(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t set, const struct ips_effective **out, size_t *count, struct ips_error *err) IPS_MUST_USE;

/* ---- Assets ---- */

/* Numbers as published in handles: 1 Image, 2 Template, 22 ImageSet, ... (ips_asset_types). */
struct ips_asset_type { int id; const char *name; bool by_name; /* served by name: name unique */ };
extern const struct ips_asset_type ips_asset_types[];
extern const size_t ips_asset_type_count;
const struct ips_asset_type *ips_asset_type(int id);
const struct ips_asset_type *ips_asset_type_named(const char *name);
#define IPS_TYPE_IMAGE 1
#define IPS_TYPE_TEMPLATE 2 /* a request kept under a name; its image, if there is one, is the background */
#define IPS_TYPE_ICC_PROFILE 13

enum ips_trash { IPS_TRASH_NOT, IPS_TRASH_IN, IPS_TRASH_EMPTIED, IPS_TRASH_ANY };

struct ips_image { /* of assets that have pixels */
	struct ips_blob blob;
	const char *mime;
	int width, height;      /* upright */
	double resolution;      /* 0: unknown */
	const char *facts;      /* the rest of the header, as service wrote it; opaque here */
	const char *key;        /* customer key that encrypts it; NULL: none. Read only */
	const struct ips_data_key *data_key; /* for ips_catalog_asset_add: of a blob that is new and sealed */
};
struct ips_asset {
	int64_t id, type_seq; /* "a|<id>|<type>|<type_seq>" */
	int type;
	const char *subtype, *name, *file_name;
	int64_t company, folder;
	const char *folder_path;
	bool ready;           /* readyForPublish */
	enum ips_trash trash;
	int64_t created, modified;
	const char *created_by, *modified_by;
	const char *description, *comments, *user_data, *url_modifier, *post_modifier;
	const char *keywords; /* one a line; NULL: none */
	const struct ips_image *image; /* NULL: no pixels */
	const char *map;       /* AREA elements of HTML, in pixels of the upright source */
	const char *targets;   /* zoom targets, property data */
	const char *image_set;
};

bool ips_catalog_asset(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company, int64_t id,
    const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_assets(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const int64_t *ids, size_t id_count, struct ips_viewer viewer, const struct ips_asset ***out,
    size_t *count, struct ips_error *err) IPS_MUST_USE; /* missing ones left out, order of ids */
/* The image or template served under a name; exact case. */
bool ips_catalog_asset_named(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const char *name, const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;

/* The newest of a type that is not served by name, with a file and ready for publish. */
bool ips_catalog_asset_of_type(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int type, const char *name, const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;

enum ips_match { IPS_MATCH_EQUALS, IPS_MATCH_NOT_EQUALS, IPS_MATCH_CONTAINS, IPS_MATCH_NOT_CONTAINS,
	IPS_MATCH_STARTS, IPS_MATCH_ENDS, IPS_MATCH_LESS, IPS_MATCH_LESS_EQUALS, IPS_MATCH_GREATER,
	IPS_MATCH_GREATER_EQUALS, IPS_MATCH_BETWEEN, IPS_MATCH_NOT_BETWEEN };
enum ips_field { IPS_FIELD_NAME, IPS_FIELD_FILE_NAME, IPS_FIELD_DESCRIPTION, IPS_FIELD_COMMENTS,
	IPS_FIELD_USER_DATA, IPS_FIELD_FILE_SIZE, IPS_FIELD_CREATED, IPS_FIELD_CREATED_BY,
	IPS_FIELD_MODIFIED, IPS_FIELD_MODIFIED_BY, IPS_FIELD_TYPE, IPS_FIELD_KEYWORDS };
struct ips_condition { enum ips_field field; enum ips_match match; const char *text; /* text fields, any case */
	double number, low, high; /* size in bytes, times in ms */ };

struct ips_asset_query {
	int64_t company;
	struct ips_viewer viewer;
	const char *folder;        /* path; NULL: all */
	bool subfolders;
	const int *types; size_t type_count;          /* keep */
	const int *not_types; size_t not_type_count;  /* leave out */
	const char *const *subtypes; size_t subtype_count; bool strict_subtype; /* else assets without subtype match too */
	const char *const *names; size_t name_count;  /* exact; NULL: any */
	enum ips_trash trash;
	int ready;                 /* -1 any, 0, 1 */
	const struct ips_condition *conditions; size_t condition_count; bool match_any;
	enum ips_field sort;       /* NAME, CREATED, MODIFIED, TYPE, FILE_SIZE; ties by id */
	bool descending;
	int64_t offset; int limit; /* limit 0: no rows, only the total */
	bool want_total;
};
bool ips_catalog_search(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_asset_query *query, const struct ips_asset ***out, size_t *count, int64_t *total,
    struct ips_error *err) IPS_MUST_USE;

/* ---- Keys: AES-256, wrapped; this module never sees one ---- */

#define IPS_KEY_ID_SIZE 37 /* UUID in lower case, with the final NUL */
struct ips_key { /* a customer key, the cmk_id of the image copy API */
	const char *id;
	int64_t company;
	bool enabled;
	int64_t version;          /* of its bytes: rotating raises it */
	int64_t created, rotated; /* rotated 0: never */
	const char *master;       /* names the master key that wraps it */
	uint8_t wrapped[IPS_WRAPPED_LEN];
	int64_t blobs;            /* encrypted with it; ips_catalog_keys alone counts */
};
struct ips_data_key { /* of one sealed blob, wrapped by a customer key */
	const struct ips_key *key;
	uint8_t wrapped[IPS_WRAPPED_LEN];
};
bool ips_catalog_key(struct ips_catalog *catalog, struct ips_arena *mem, const char *id,
    const struct ips_key **out, struct ips_error *err) IPS_MUST_USE;
/* By time of making; company 0: of all. */
bool ips_catalog_keys(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    const struct ips_key **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
/* id, company, master, wrapped; the rest is set here: enabled, version 1. */
bool ips_catalog_key_add(struct ips_catalog *catalog, const struct ips_key *key, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_key_enable(struct ips_catalog *catalog, const char *id, bool enabled,
    struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_data_key(struct ips_catalog *catalog, struct ips_arena *mem, const char *digest,
    const struct ips_data_key **out, struct ips_error *err) IPS_MUST_USE;
/* key: the one it was, but with new wrapped bytes and master; version counts on. Every data key is
 * wrapped anew by rewrap, which runs inside the transaction: all or none. IPS_BUSY if the key is of
 * another version by now. */
typedef bool ips_catalog_rewrap(const char *digest, const uint8_t old[IPS_WRAPPED_LEN],
    uint8_t out[IPS_WRAPPED_LEN], void *arg, struct ips_error *err);
bool ips_catalog_key_rotate(struct ips_catalog *catalog, const struct ips_key *key,
    ips_catalog_rewrap *rewrap, void *arg, int64_t *count, struct ips_error *err) IPS_MUST_USE;
/* The same keys wrapped by another master key, all or none; IPS_BUSY as above. */
bool ips_catalog_keys_replace(struct ips_catalog *catalog, const struct ips_key *keys, size_t count,
    struct ips_error *err) IPS_MUST_USE;
/* Data keys that no asset needs are forgotten. Call it when their blobs are gone. */
bool ips_catalog_data_keys_prune(struct ips_catalog *catalog, struct ips_error *err);

/* A new asset: id, type_seq, times and trash of `asset` are ignored and set here. If `source` is not
 * 0 it must still exist and not be trashed when the row is written (IPS_NOT_FOUND). The name must be
 * free among folders and assets of the company served by name (IPS_TAKEN, "Asset ID '...' is already
 * in use."). user is the e-mail for created_by. The customer key of a new sealed blob must still be as
 * it was when it wrapped the data key (IPS_BUSY: wrap again). */
bool ips_catalog_asset_add(struct ips_catalog *catalog, const struct ips_asset *asset, int64_t source,
    const char *user, int64_t *id, int64_t *type_seq, struct ips_error *err) IPS_MUST_USE;
/* A request that a client may repeat: it is remembered in the transaction that does what it asks for, so
 * that it is done once and answered each time. The key is the client's, of that user in that company. */
struct ips_once {
	int64_t user, company;
	const char *key;
	const char *request; /* a digest of all it asks for */
	int64_t keep_ms;     /* how long it is remembered */
};
struct ips_once_told { const char *request; int64_t number; }; /* of the asset or job it made */
/* *out NULL: not done yet, or so long ago that it is forgotten. Takes no notice of once->request. */
bool ips_catalog_once(struct ips_catalog *catalog, struct ips_arena *mem, const struct ips_once *once,
    const struct ips_once_told **out, struct ips_error *err) IPS_MUST_USE;

/* What makes an asset another than a plain new one; all 0: nothing. */
struct ips_trait { const char *name, *value; };
struct ips_promise {
	int64_t id;            /* the number it was promised; 0: the next */
	bool name_may_repeat;  /* where the name is taken, the asset is stored but not served by name */
	int64_t job;           /* ends well in the same transaction: so it makes one asset, or none */
	const struct ips_trait *traits;
	size_t trait_count;
	const struct ips_once *once; /* remembered with the asset; NULL: nothing is */
};
/* As above. Fault IPS_NOT_FOUND if the job is not running any more. */
bool ips_catalog_asset_add_promised(struct ips_catalog *catalog, const struct ips_asset *asset,
    int64_t source, const char *user, const struct ips_promise *promise, int64_t *id,
    int64_t *type_seq, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_name_taken(struct ips_catalog *catalog, int64_t company, const char *name, bool *out,
    struct ips_error *err) IPS_MUST_USE;
/* Texts of an asset that requests are answered with; all or none. value NULL: none. */
enum ips_text_field { IPS_TEXT_USER_DATA, IPS_TEXT_MODIFIER, IPS_TEXT_POST_MODIFIER, IPS_TEXT_MAP,
	IPS_TEXT_TARGETS, IPS_TEXT_IMAGE_SET };
struct ips_asset_text { enum ips_text_field field; const char *value; };
bool ips_catalog_asset_texts_set(struct ips_catalog *catalog, int64_t id,
    const struct ips_asset_text *texts, size_t count, const char *user, struct ips_error *err) IPS_MUST_USE;
/* Trashed assets keep their name, so that they can come back; emptying frees name and blob for good,
 * and what is emptied stays so (IPS_NOT_FOUND). */
bool ips_catalog_asset_trash(struct ips_catalog *catalog, int64_t id, enum ips_trash state,
    const char *user, struct ips_error *err) IPS_MUST_USE;

/* ---- Images of the image copy face ---- */

/* By name; what this module does not judge. */
bool ips_catalog_traits(struct ips_catalog *catalog, struct ips_arena *mem, int64_t asset,
    const struct ips_trait **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
struct ips_image_change {
	const char *name;        /* NULL: stays; a name that is taken may repeat */
	const char *description; /* NULL: stays; "": none */
	const struct ips_trait *traits; size_t trait_count; /* value NULL removes */
};
bool ips_catalog_image_change(struct ips_catalog *catalog, int64_t asset,
    const struct ips_image_change *change, const char *user, struct ips_error *err) IPS_MUST_USE;

enum ips_image_sort { IPS_IMAGE_CREATED, IPS_IMAGE_NAME, IPS_IMAGE_SIZE, IPS_IMAGE_STATUS,
	IPS_IMAGE_DISK_FORMAT, IPS_IMAGE_NUMBER };
struct ips_image_filter { const char *trait, *fallback, *value; }; /* fallback: what holds if it is not set; NULL: nothing */
struct ips_image_time { bool modified; enum ips_match match; int64_t seconds; }; /* else created */
struct ips_image_query {
	int64_t company;
	struct ips_viewer viewer;
	int64_t id;                 /* 0: all */
	const char *name;           /* exact; NULL: any */
	const char *key;            /* that encrypts it; NULL: any or none */
	const struct ips_image_filter *filters; size_t filter_count;
	const struct ips_image_time *times; size_t time_count;
	enum ips_image_sort sort;   /* ties by number */
	bool descending;
	int64_t marker;             /* begin after this asset; 0: at the beginning */
	int64_t limit;              /* 0: none */
};
/* Assets with pixels that are not in the trash. */
bool ips_catalog_images(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_image_query *query, const struct ips_asset ***out, size_t *count,
    struct ips_error *err) IPS_MUST_USE;
/* Counts no further than max. */
bool ips_catalog_image_count(struct ips_catalog *catalog, int64_t company, int64_t max, int64_t *out,
    struct ips_error *err) IPS_MUST_USE;

/* ---- Jobs: copies in the background ---- */

enum ips_job_status { IPS_JOB_INIT, IPS_JOB_RUNNING, IPS_JOB_SUCCESS, IPS_JOB_FAIL };
struct ips_job {
	int64_t id, company, user, source;
	int64_t target;          /* the number that the copy will have */
	enum ips_job_status status;
	const char *name, *description, *cmk; /* cmk NULL: not to be encrypted */
	const char *error_code, *reason;      /* of IPS_JOB_FAIL; else NULL */
	int64_t created, ended;               /* ended 0: not yet */
};
struct ips_job_limits { int64_t images, tasks; }; /* of one company; 0: none */
/* Takes company, user, source, name, description, cmk. once NULL: nothing is remembered. Faults IPS_QUOTA,
 * IPS_TASKS. */
bool ips_catalog_job_add(struct ips_catalog *catalog, const struct ips_job *job,
    const struct ips_job_limits *limits, const struct ips_once *once, int64_t *id,
    struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_job(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company, int64_t id,
    const struct ips_job **out, struct ips_error *err) IPS_MUST_USE;
/* The open job that will make this asset; *out NULL: none. */
bool ips_catalog_job_making(struct ips_catalog *catalog, struct ips_arena *mem, int64_t company,
    int64_t target, const struct ips_job **out, struct ips_error *err) IPS_MUST_USE;
/* The oldest that waits is running now; *out NULL: none waits. */
bool ips_catalog_job_claim(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_job **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_job_fail(struct ips_catalog *catalog, int64_t id, const char *code,
    const char *reason, struct ips_error *err) IPS_MUST_USE;
/* For a server that begins, before any claim: what was running waits again. */
bool ips_catalog_jobs_resume(struct ips_catalog *catalog, struct ips_error *err) IPS_MUST_USE;
/* Forgets jobs that ended before this time, some of the oldest: *count 0 says that none is left. */
bool ips_catalog_jobs_forget(struct ips_catalog *catalog, int64_t ended_before, int64_t *count,
    struct ips_error *err) IPS_MUST_USE;

/* ---- Tokens and access keys ---- */

/* 32 random bytes in hex, made when they are first asked for. */
bool ips_catalog_secret(struct ips_catalog *catalog, struct ips_arena *mem, const char *name,
    const char **out, struct ips_error *err) IPS_MUST_USE;

struct ips_session { int64_t user, company; const char *proof; int64_t issued, expires; };
/* digest: of the token. Forgets those that have expired. */
bool ips_catalog_token_add(struct ips_catalog *catalog, const char *digest,
    const struct ips_session *session, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_token(struct ips_catalog *catalog, struct ips_arena *mem, const char *digest,
    const struct ips_session **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_token_remove(struct ips_catalog *catalog, const char *digest, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_tokens_remove(struct ips_catalog *catalog, int64_t user, int64_t *removed,
    struct ips_error *err) IPS_MUST_USE;

struct ips_access_key { const char *access, *secret; int64_t user, company, created; };
bool ips_catalog_access_key_add(struct ips_catalog *catalog, const struct ips_access_key *key,
    struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_access_key(struct ips_catalog *catalog, struct ips_arena *mem, const char *access,
    const struct ips_access_key **out, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_access_keys(struct ips_catalog *catalog, struct ips_arena *mem,
    const struct ips_access_key **out, size_t *count, struct ips_error *err) IPS_MUST_USE;
bool ips_catalog_access_key_remove(struct ips_catalog *catalog, const char *access, struct ips_error *err) IPS_MUST_USE;

/* The next number a sequence will give: "company", "user", "group", "asset", "type:1". Only ever raises. */
bool ips_catalog_sequence_raise(struct ips_catalog *catalog, const char *name, int64_t next,
    struct ips_error *err) IPS_MUST_USE;

/* For check and garbage collection: every digest some row needs, sorted; false from visit stops. */
typedef bool ips_catalog_blob_visit(const struct ips_blob *blob, int64_t asset, void *arg);
bool ips_catalog_blobs(struct ips_catalog *catalog, ips_catalog_blob_visit *visit, void *arg, struct ips_error *err);
bool ips_catalog_blob_needed(struct ips_catalog *catalog, const char *digest, bool *out, struct ips_error *err) IPS_MUST_USE;
/* The engine's own integrity check; a line per finding. */
bool ips_catalog_verify(struct ips_catalog *catalog, struct ips_arena *mem, const char ***findings,
    size_t *count, struct ips_error *err) IPS_MUST_USE;

#endif
