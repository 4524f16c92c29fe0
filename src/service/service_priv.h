/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#ifndef OPENIPS_SERVICE_PRIV_H
#define OPENIPS_SERVICE_PRIV_H

#include "openips/fetch.h"
#include "openips/render.h"
#include "openips/service.h"

#include <pthread.h>
#include <stdatomic.h>

/* Of the job that a worker has; done grows to size. */
struct job_progress {
	_Atomic int64_t job, size, done; /* job 0: none */
};
struct job_worker {
	struct ips_service *service;
	struct job_progress progress;
	int64_t forget_us; /* when to look for old jobs again */
	struct {
		int64_t job; /* that failed, which the catalog does not know yet; 0: none */
		const char *code;
		char reason[sizeof(((struct ips_error *)0)->reason)];
	} unsettled;
	pthread_t thread;
};

/* Workers of the jobs sleep here until something is asked for. */
struct job_bell {
	pthread_mutex_t lock;
	pthread_cond_t rung;
	uint64_t rings;
	bool stop;
	struct job_worker *workers;
	int count, running;
	void (*thread_done)(void);
	_Atomic int64_t waiting, under_way, done, failed; /* jobs */
};

struct counters { /* see struct ips_service_stats */
	_Atomic int64_t shared, converted, rendered, rendered_encrypted;
	_Atomic int64_t renders, renders_failed;
	_Atomic int64_t assets, assets_due_us;
};

/* Keys of requests that are under way: who brings one of them has to wait for its end. */
struct once_book {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	GHashTable *keys;
	int waiting;
	int64_t keep_ms, wait_ms;
};
void ips_once_init(struct ips_service *service, int64_t keep_ms);
void ips_once_clear(struct ips_service *service);

/* One request that may come again. */
struct once_turn {
	struct ips_service *service;
	char *place;                 /* in the book; NULL: it came without a key */
	const struct ips_once *once; /* to be remembered with what is done; NULL as above */
	bool told;                   /* it was done before: this is what it made */
	int64_t number;
};
/* asked: all that makes the request what it is. Ends by ips_once_end, in failure too. */
bool ips_once_begin(struct ips_service *service, const struct ips_call *call,
    const char *const *asked, size_t count, struct once_turn *out,
    struct ips_error *err) IPS_MUST_USE;
void ips_once_end(struct once_turn *turn); /* for IPS_CLEANUP */

struct ips_service {
	struct once_book book;
	uint8_t master[IPS_KEY_LEN];
	char *master_name;   /* as customer keys name it; NULL: there is none */
	struct ips_mac *ids; /* makes names for the outside */
	int64_t image_quota, task_limit;
	struct job_bell bell;
	char *store_dir;
	struct ips_catalog *catalog;
	struct ips_store *store;
	struct ips_identity *identity;
	struct ips_fetcher *fetcher;
	struct ips_pool *pool;
	struct ips_plan_profile copy, reply; /* before a company's attributes */
	struct ips_arena *mem;               /* of what never changes */
	const struct ips_attributes *builtin;
	struct counters counters;
};

/* The default image that takes the place of each missing picture alone (DefaultImageMode=1). */
bool ips_public_default(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *modifier, const char **object, struct ips_error *err) IPS_MUST_USE;
/* The name that one stands for: by locale= and LocaleMap, by DefaultExt. Fault IPS_NOT_FOUND. */
bool ips_public_name(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *modifier, const char **name, struct ips_error *err) IPS_MUST_USE;
/* The names that the company has of what one name can be translated to, with commas between; itself
 * first. Fault IPS_NOT_FOUND: none. */
bool ips_public_translations(struct ips_service *service, struct ips_arena *mem,
    const char *company, const char *name, const char **out, struct ips_error *err) IPS_MUST_USE;
/* As ips_service_picture, but nothing stands in for what is missing or fails. */
bool ips_picture_make(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *asset, const char *modifier, const char *if_none_match, bool head,
    struct ips_picture *out, struct ips_error *err) IPS_MUST_USE;

/* Fills in the macros of a company, if the texts call any, and makes one text of them. */
bool ips_service_surround(struct ips_service *service, struct ips_arena *mem, int64_t company,
    struct ips_surroundings *around, const char *text, const char **out,
    struct ips_error *err) IPS_MUST_USE;

/* Whether a text can be kept as a modifier: as far as it says anything alone. */
bool ips_modifier_check_kept(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *text, struct ips_error *err) IPS_MUST_USE;
/* Whether a text can be an image set. */
bool ips_set_check(struct ips_arena *mem, const char *text, struct ips_error *err) IPS_MUST_USE;

/* Attributes that the server itself would have. */
const struct ips_attributes *ips_attributes_builtin(struct ips_arena *mem);
/* What they say about pixels, into a profile. */
void ips_attributes_apply(
    const struct ips_attributes *attributes, struct ips_plan_profile *profile);
/* The company's colour profiles; the arena holds what has been read. */
enum { IPS_MAX_ICC = 16 << 20 };
struct ips_shelf *ips_shelf_new(
    struct ips_service *service, struct ips_arena *mem, int64_t company);
const struct ips_icc *ips_shelf_find(void *shelf, const char *name); /* NULL: there is none */
void ips_shelf_digest(
    const struct ips_shelf *shelf, struct ips_sha256 *digest); /* of those found; NULL: none */
/* How long clients may keep something; hours is one of the three expirations. 0: not at all. */
int ips_attributes_seconds(const struct ips_attributes *attributes, enum ips_attribute hours);

/* What a face calls a parameter and how it may be filled: a table ends with word NULL. */
struct ips_word {
	const char *word;
	int value;
};
/* NULL text gives dflt. Fault IPS_INVALID_PARAMETER names parameter, word and what is allowed. */
bool ips_word_parse(const struct ips_word *table, const char *parameter, const char *text, int dflt,
    int *out, struct ips_error *err) IPS_MUST_USE;
/* "Asset" stands for all types: the count is then 0, as if none had been named. */
bool ips_types_parse(struct ips_arena *mem, const char *parameter, const char *const *names,
    size_t count, const int **out, size_t *out_count, struct ips_error *err) IPS_MUST_USE;

bool ips_caller_is_admin(const struct ips_call *call); /* of something: users or groups */
/* Whose eyes see a list. Faults 20004, 20007, 20008. */
bool ips_viewer_find(struct ips_service *service, const struct ips_call *call,
    const struct ips_access *access, struct ips_viewer *out, struct ips_error *err) IPS_MUST_USE;
bool ips_company_open(const struct ips_company *company, struct ips_error *err); /* not expired */

/* What /is/image shows to everybody. NULL names lead nowhere: IPS_NOT_FOUND. */
bool ips_public_asset(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *name, const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;
/* The same, but a template may lack an image. */
bool ips_public_record(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *name, const struct ips_asset **out, struct ips_error *err) IPS_MUST_USE;
/* What an address names: a company, or with nothing at all the default catalog; a picture or
 * template of it, or none (*asset NULL). */
bool ips_public_asked(struct ips_service *service, struct ips_arena *mem, const char *company,
    const char *name, const struct ips_company **catalog, const struct ips_asset **asset,
    struct ips_error *err) IPS_MUST_USE;

/* Facts of an image that the catalog keeps as one short text. */
char *ips_facts_write(struct ips_arena *mem, const struct ips_source *source);
bool ips_facts_read(struct ips_arena *mem, const struct ips_image *image, struct ips_source *out,
    struct ips_error *err) IPS_MUST_USE;
/* The picture's row in the catalog, from its blob and facts. */
const struct ips_image *ips_facts_image(
    struct ips_arena *mem, const struct ips_blob *blob, const struct ips_source *source);
/* name + "." + extension, unless the name ends so already. */
const char *ips_file_name(struct ips_arena *mem, const char *name, enum ips_format format);

/* An SVG file whose variables are filled in. */
struct ips_filled {
	const char *text;
	size_t len;
};
/* *out and facts stay as they are unless it is such a file, and a variable stands in it. */
bool ips_filled_make(struct ips_service *service, struct ips_arena *mem,
    const struct ips_modifier *modifier, const struct ips_asset *asset,
    const struct ips_filled **out, struct ips_source *facts, struct ips_error *err) IPS_MUST_USE;
/* In memory; the caller closes it, in failure too. */
bool ips_filled_open(const struct ips_filled *drawing, int *fd, struct ips_error *err) IPS_MUST_USE;
/* Before an SVG file is taken in. */
bool ips_svg_check(int fd, struct ips_arena *mem, struct ips_error *err) IPS_MUST_USE;

/* The pictures of a request: the one asked for, then those it names. */
struct ips_resolved;
struct ips_pictures {
	struct ips_objects objects;
	/* One for each object; NULL: no picture is asked for, or it is a nested request. Those of
	 * nested requests follow. All have an image. */
	const struct ips_asset **asset;
	const struct ips_fetched **fetched; /* instead of an asset: a picture of another server */
	const struct ips_filled **drawing; /* instead of the asset's file: an SVG file, filled in */
	int files;
	const struct ips_resolved **nested; /* one for each object; NULL: it is none */
};
/* Who looks: what a name stands for depends on company and rights. find fails with a fault of its
 * own where there is no asset, or none that may be seen; templates may come without an image. */
struct ips_looking {
	struct ips_service *service;
	struct ips_arena *mem;
	const struct ips_company *company;
	bool (*find)(
	    void *arg, const char *name, const struct ips_asset **out, struct ips_error *err);
	void *arg;
	const struct ips_asset *bare; /* its modifiers are not applied; NULL: all are */
	const char *otherwise;        /* the object shown where one is missing; NULL: a fault */
	const char *watermark;        /* the object laid over the picture; NULL: none */
};
/* A request with everything it names. */
struct ips_resolved {
	const struct ips_asset
	    *asset; /* the picture or template that was asked for in the end; NULL */
	const struct ips_modifier *modifier;
	struct ips_pictures pictures;
	const struct ips_plan *plan; /* of a nested one; else not yet made */
	bool replaced;               /* some picture is shown in place of one that is missing */
};
/* asset NULL: the request names none. Templates, the modifiers of the catalog and nested requests
 * are filled in. */
bool ips_request_resolve(const struct ips_looking *looking, const struct ips_asset *asset,
    const char *text, struct ips_resolved *out, struct ips_error *err) IPS_MUST_USE;
/* A request with a watermark: two requests, and one that lays the second over the first and is
 * asked in place of both. */
struct ips_marked {
	const char *picture, *mark, *whole;
};
void ips_watermark_split(
    struct ips_arena *mem, const char *text, const char *mark, struct ips_marked *out);
/* Published: answers in pictures as they are have one, and nothing else. */
bool ips_watermark_applies(struct ips_arena *mem, const char *text);
/* For everybody: what is published in that company. */
bool ips_public_resolve(struct ips_service *service, struct ips_arena *mem,
    const struct ips_company *catalog, const struct ips_asset *asset, const char *text,
    const char *watermark, struct ips_resolved *out, struct ips_error *err) IPS_MUST_USE;
/* What src=(text) names, if the company may ask for it. No fault is IPS_NOT_FOUND: published,
 * default images do not stand in for these. */
bool ips_foreign_find(const struct ips_looking *looking, const char *text,
    const struct ips_fetched **out, struct ips_source *facts, struct ips_error *err) IPS_MUST_USE;
/* The image map of each object. */
const char *const *ips_pictures_maps(struct ips_arena *mem, const struct ips_pictures *pictures);
/* fd has room for every file; all or none are open, -1 where there is none. */
bool ips_pictures_open(struct ips_service *service, const struct ips_pictures *pictures, int *fd,
    struct ips_error *err) IPS_MUST_USE;
void ips_pictures_close(const struct ips_pictures *pictures, int *fd);

/* One render for a company: blobs in, descriptor out, which stays open. mem is for the result, and
 * keeps the times. */
bool ips_service_render(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const struct ips_plan *plan, const struct ips_pictures *pictures, int out,
    struct ips_source *result, struct ips_error *err) IPS_MUST_USE;
/* The blob of a row must be there: anything else is our own loss, and said so to the caller without
 * a word about where. fd NULL: only whether it is there. The descriptor gives the content: what is
 * sealed has been opened into memory that has no name, so that seeking readers work and no plain
 * byte comes near a disk by our doing; IPS_LIMIT where that would be too much of it. */
bool ips_service_blob(struct ips_service *service, const struct ips_blob *blob, int *fd,
    struct ips_error *err) IPS_MUST_USE;

/* ---- Encryption ---- */

/* A customer key that may be used. */
struct open_key {
	const struct ips_key *row;
	uint8_t bytes[IPS_KEY_LEN];
};
void ips_key_forget(struct open_key *key); /* wipes; for IPS_CLEANUP */
/* Names a master key without telling it; g_free. */
char *ips_master_name(const uint8_t master[IPS_KEY_LEN]);
/* Faults IPS_NO_KEY, IPS_FOREIGN_KEY, IPS_KEY_DISABLED; IPS_EXCEPTION if the master key does not
 * fit. */
bool ips_key_open(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *id, struct open_key *out, struct ips_error *err) IPS_MUST_USE;
/* The same for the key of a blob that is there. */
bool ips_source_key_open(struct ips_service *service, struct ips_arena *mem, int64_t company,
    const char *id, struct open_key *out, struct ips_error *err) IPS_MUST_USE;
/* The data key of a sealed blob. Fault IPS_SOURCE_KEY_DISABLED; wipe it. */
bool ips_data_key_open(struct ips_service *service, const struct ips_blob *blob,
    uint8_t out[IPS_KEY_LEN], struct ips_error *err) IPS_MUST_USE;
void ips_data_key_wrap(const struct open_key *key, const uint8_t data_key[IPS_KEY_LEN],
    const char *digest, struct ips_data_key *out);
/* The content of a blob, a piece at a time. */
bool ips_blob_reader(struct ips_service *service, const struct ips_blob *blob,
    struct ips_reader **out, struct ips_error *err) IPS_MUST_USE;
void ips_reader_cleanup(struct ips_reader **reader);
/* A new blob with this content: sealed under a data key of its own if there is a key, else as it
 * is. *data_key is for its row. */
struct new_blob {
	struct ips_blob blob;
	const struct ips_data_key *data_key;
};
bool ips_blob_write(struct ips_service *service, struct ips_arena *mem, const struct open_key *key,
    struct ips_reader *content, struct new_blob *out, struct ips_error *err) IPS_MUST_USE;
/* A row for it: what `like` says of the picture, with this blob. */
const struct ips_image *ips_image_with(
    struct ips_arena *mem, const struct ips_image *like, const struct new_blob *blob);

/* The row of a new asset, whose number it then has; source NULL: it is no copy. Its blob is there at that
 * moment, whatever a collector does meanwhile: fault IPS_BUSY if it has taken it away. */
bool ips_asset_record(struct ips_service *service, struct ips_asset *asset,
    const struct ips_asset *source, const char *user, const struct ips_promise *promise,
    struct ips_error *err) IPS_MUST_USE;

/* The second half of an import: a filled stage becomes an asset. The stage is gone afterwards. */
struct ips_intake {
	const char *name, *user;
	int64_t company;
	const char *folder; /* path, made if missing; NULL: the root */
	const char *description;
	bool profiles; /* a colour profile is taken in as what it is */
};
bool ips_service_take_in(struct ips_service *service, struct ips_arena *mem,
    struct ips_stage *stage, const struct ips_intake *intake, const struct ips_asset **out,
    struct ips_error *err) IPS_MUST_USE;

void ips_count_assets(struct ips_service *service); /* if it is time to */

void ips_jobs_init(struct ips_service *service);
void ips_jobs_clear(struct ips_service *service);

/* May this caller do this with what is in the folder? */
bool ips_call_may(struct ips_service *service, const struct ips_call *call, int64_t folder,
    enum ips_permission permission, bool *out, struct ips_error *err) IPS_MUST_USE;
/* A copy with a say in what it is encrypted with: its file is shared only if neither is encrypted,
 * else written anew under a new data key, a chunk at a time. Faults of keys, in this order:
 * IPS_NO_KEY, IPS_FOREIGN_KEY, IPS_KEY_DISABLED, IPS_SOURCE_KEY_DISABLED, IPS_SAME_KEY. */
struct copy_target {
	const char *cmk_id; /* NULL or "": not encrypted, whatever the source is */
	/* The copy has the job's number and description, ends the job, takes over the traits that
	 * are inherited, and its name may repeat. NULL: none of that. */
	const struct ips_job *job;
	struct job_progress *progress; /* NULL: nobody asks */
};
/* target NULL: copyImage. */
bool ips_copy_make(struct ips_service *service, const struct ips_call *call,
    const struct ips_copy *copy, const struct copy_target *target, const char **asset_handle,
    struct ips_error *err) IPS_MUST_USE;
/* copyImage; once NULL: it is not remembered. */
bool ips_copy_once(struct ips_service *service, const struct ips_call *call,
    const struct ips_copy *copy, const struct ips_once *once, const char **asset_handle,
    struct ips_error *err) IPS_MUST_USE;
/* Its checks alone, which cost no pixel. */
bool ips_copy_check(struct ips_service *service, const struct ips_call *call,
    const struct ips_copy *copy, const struct copy_target *target,
    struct ips_error *err) IPS_MUST_USE;
/* What a copy takes over of its source's traits, and whence it comes. */
bool ips_traits_inherited(struct ips_service *service, struct ips_arena *mem, int64_t source,
    const struct ips_trait **out, size_t *count, struct ips_error *err) IPS_MUST_USE;

void ips_close(int *fd); /* for IPS_CLEANUP; -1 is fine */
void ips_stage_cleanup(struct ips_stage **stage);

#endif
