/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* What every module stands on: errors, arenas, strict numbers, geometry, time and the log.
 *
 * Containers, string buffers and threads come from GLib, which libvips brings along anyway.
 * Thread rule: functions are pure or touch only their arguments; an arena belongs to one thread
 * at a time; the log may be used from everywhere. */
#ifndef OPENIPS_BASE_H
#define OPENIPS_BASE_H

#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPS_MUST_USE           __attribute__((warn_unused_result))
#define IPS_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define IPS_CLEANUP(fn)        __attribute__((cleanup(fn)))
#define IPS_NELEM(a)           (sizeof(a) / sizeof((a)[0]))

/* ---- Errors -------------------------------------------------------------------------------
 * What can fail returns bool, takes `err` last and leaves its outputs untouched on failure.
 * Lower floors only return errors; faces and main log them, once. */

/* The 17 published codes first, then causes of our own, which the IPS face reports under one of
 * the published codes (ips_fault_info). Source: IPS reference, "Faults". */
enum ips_fault {
	IPS_OK,
	IPS_NO_CREDENTIALS,
	IPS_INVALID_CREDENTIALS,
	IPS_INVALID_USER,
	IPS_INVALID_COMPANY,
	IPS_INVALID_REQUEST_USERNAME,
	IPS_INVALID_REQUEST_USER,
	IPS_NO_OPERATION_PERMISSION,
	IPS_NO_IMPERSONATION_PERMISSION,
	IPS_ILLEGAL_PARAMETER_VALUE,
	IPS_ILLEGAL_COMPANY,
	IPS_ILLEGAL_REQUEST_USER,
	IPS_ILLEGAL_ACCESS_GROUP,
	IPS_MISSING_PERMISSION,
	IPS_EXCEPTION,
	IPS_INVALID_PARAMETER,
	IPS_MISSING_PARAMETER,
	IPS_INVALID_REQUEST_XML,

	IPS_NOT_FOUND,    /* a handle, name or path that leads nowhere */
	IPS_TAKEN,        /* a name that is already in use */
	IPS_UNSUPPORTED,  /* published, but not offered by this server */
	IPS_LIMIT,        /* larger than this server accepts */
	IPS_BROKEN_IMAGE, /* the bytes are not the image they claim to be */
	IPS_BUSY,         /* a queue is full: retry later */
	IPS_DEADLINE,     /* took too long */
	IPS_INTERNAL,     /* our own fault: disk, catalog, memory */
	IPS_STORAGE,      /* no room on the disk, or a sick one: may pass */
	IPS_KEY_REUSED,   /* an Idempotency-Key that came with another request */

	IPS_QUOTA,        /* why an image is not copied in the background: the company has enough images, */
	IPS_TASKS,        /* enough copies under way; */
	IPS_NOT_SUBMITTED, /* the job could not be stored; */
	IPS_NOT_ACTIVE,   /* the source is not whole yet, */
	IPS_WHOLE_IMAGE,  /* a machine with all its disks, */
	IPS_ISO_IMAGE,    /* a disc, */
	IPS_TOO_LARGE,    /* of a disk that is too large; */
	IPS_BARE_METAL,   /* of a kind that cannot be encrypted; */
	IPS_NO_KEY,       /* the key to encrypt with does not exist, */
	IPS_FOREIGN_KEY,  /* belongs to another company, */
	IPS_KEY_DISABLED, /* is disabled, */
	IPS_SAME_KEY,     /* is the one that encrypts the source; */
	IPS_SOURCE_KEY_DISABLED, /* and that one is disabled */
	IPS_FAULT_COUNT
};

enum ips_fault_kind { IPS_FAULT_AUTHENTICATION, IPS_FAULT_AUTHORIZATION, IPS_FAULT_API };

struct ips_fault_info {
	int code;                 /* as published: 10000 ... 30003; 0 for IPS_OK */
	const char *name;         /* as published, or our own word */
	enum ips_fault_kind kind; /* decides the fault element of the IPS face */
	int http_status;          /* what the image and REST faces answer */
	bool retry;               /* the same request may succeed later */
	const char *ims;          /* as the image copy face says it; NULL: "IMG.0061", unknown */
};

const struct ips_fault_info *ips_fault_info(enum ips_fault fault);

struct ips_error {
	enum ips_fault fault;
	char reason[512]; /* for the caller: no paths, SQL or library text */
	char detail[512]; /* for our log only; "" if there is nothing to add */
};

/* Fill err and return false, so that callers can `return ips_fail(...)`. err may be NULL. Text
 * that does not fit is cut at a character boundary. */
bool ips_fail(struct ips_error *err, enum ips_fault fault, const char *fmt, ...) IPS_PRINTF(3, 4);

/* The same for our own faults: the caller reads a fixed sentence, the log reads fmt. */
bool ips_fail_internal(struct ips_error *err, const char *fmt, ...) IPS_PRINTF(2, 3);

#define IPS_NO_ROOM   "The server has no room left to store this: try again later."
#define IPS_SICK_DISK "The server's disk has failed: try again later."
/* The same where the system said no. A full or sick disk is IPS_STORAGE and too many open files are
 * IPS_BUSY, with a sentence for the caller; the log reads fmt and what `code`, an errno, means. */
bool ips_fail_system(struct ips_error *err, int code, const char *fmt, ...) IPS_PRINTF(3, 4);

/* ---- Arenas ------------------------------------------------------------------------------- */

/* Memory that is freed together. Allocation aborts when the machine has none, as GLib does, so
 * anything sized by a request is checked against a limit first. */
struct ips_arena;

struct ips_arena *ips_arena_new(void);
void ips_arena_free(struct ips_arena *mem);  /* NULL is fine */
void ips_arena_reset(struct ips_arena *mem); /* keeps the first block for the next request */
void ips_arena_wipe(struct ips_arena *mem);  /* a reset that leaves nothing to be read */
void *ips_arena_alloc(struct ips_arena *mem, size_t size); /* zeroed, aligned for any type */
/* Aborts if the product does not fit; a negative count cast to size_t never does. */
void *ips_arena_alloc_n(struct ips_arena *mem, size_t size, size_t count);
char *ips_arena_strdup(struct ips_arena *mem, const char *text); /* NULL gives NULL */
char *ips_arena_strndup(struct ips_arena *mem, const char *text, size_t len);
char *ips_arena_printf(struct ips_arena *mem, const char *fmt, ...) IPS_PRINTF(2, 3);
void ips_arena_cleanup(struct ips_arena **mem); /* for IPS_CLEANUP */

#define IPS_NEW(mem, type)        ((type *)ips_arena_alloc((mem), sizeof(type)))
#define IPS_NEW_N(mem, type, n)   ((type *)ips_arena_alloc_n((mem), sizeof(type), (size_t)(n)))

/* ---- Where the time of a request goes --------------------------------------------------------
 * An arena keeps it, as it goes wherever its request goes: every floor adds what it took. */

enum ips_span {
	IPS_SPAN_AUTH,   /* who is calling, and what he may */
	IPS_SPAN_PLAN,   /* names, modifier, geometry */
	IPS_SPAN_WAIT,   /* for a free core */
	IPS_SPAN_RENDER,
	IPS_SPAN_STORE,  /* files written and synced */
	IPS_SPAN_COMMIT, /* the catalog's disk */
	IPS_SPAN_COUNT
};
struct ips_trace {
	const char *id;    /* of the request; NULL: there is none. This and all else lives in the arena */
	const char *asset; /* its name */
	/* Tells the plan in words, if anybody wants to know. */
	char *(*describe)(struct ips_arena *mem, const void *plan);
	const void *plan;
	int64_t span_us[IPS_SPAN_COUNT];
};
struct ips_trace *ips_arena_trace(struct ips_arena *mem); /* empty in a new arena, and after a reset */
void ips_trace_add(struct ips_arena *mem, enum ips_span span, int64_t since_us);

/* ---- Strict numbers and text ---------------------------------------------------------------
 * The whole of text[0..len) must be the number: no blanks, no locale, no overflow. */

bool ips_parse_int(const char *text, size_t len, int64_t min, int64_t max, int64_t *out) IPS_MUST_USE;
/* Decimal with optional sign, point and exponent; never inf or nan. */
bool ips_parse_double(const char *text, size_t len, double *out) IPS_MUST_USE;
bool ips_utf8_valid(const char *text, size_t len); /* also refuses NUL */
/* Constant-time with respect to the contents, not the lengths. */
bool ips_equal_secret(const void *a, size_t a_len, const void *b, size_t b_len);
void ips_wipe(void *data, size_t len); /* not optimised away */

/* ---- Lists and networks ---------------------------------------------------------------------- */

/* The next item between commas, without blanks around it; false at the end. NULL is an empty list. */
bool ips_list_next(const char **list, const char **item, size_t *len);
/* "10.0.0.0/8,::1": nothing, or networks of either kind. Addresses in network order, 4 or 16 bytes. */
bool ips_networks_valid(const char *networks);
bool ips_networks_have(const char *networks, const uint8_t *address, size_t address_len);
bool ips_networks_have_text(const char *networks, const char *address); /* "10.1.2.3"; "" is in none */

/* ---- Geometry -------------------------------------------------------------------------------
 * Pixels; x to the right, y down. */

struct ips_size { int width, height; };
struct ips_rect { int x, y, width, height; };

/* The one rounding of the house: to the nearest, halves away from zero. */
int ips_round(double value);

/* ---- Time ------------------------------------------------------------------------------------ */

int64_t ips_clock_ms(void);      /* since 1970, UTC */
int64_t ips_monotonic_us(void);
void ips_cond_init(pthread_cond_t *cond); /* its waits are on that clock: nobody sets it */
#define IPS_TIME_LEN 32
/* "2011-03-01T23:04:40.177Z"; out has IPS_TIME_LEN bytes. */
void ips_time_format(int64_t ms, char *out);
/* xsd:dateTime with or without fraction and zone; without zone it is UTC. */
bool ips_time_parse(const char *text, int64_t *ms) IPS_MUST_USE;

/* ---- Log -------------------------------------------------------------------------------------
 * One line an event, key=value, values quoted where needed so that no value can start a line or a
 * key of its own, and cut after 1000 bytes. Goes to standard error. */

enum ips_log_level { IPS_LOG_ERROR, IPS_LOG_WARNING, IPS_LOG_INFO, IPS_LOG_DEBUG };
struct ips_log_field { const char *key, *value; }; /* a NULL value leaves the field out */

/* For a terminal: what does not print stands as \x1b. g_free it. */
char *ips_text_shown(const char *text);
void ips_log_set_level(enum ips_log_level level);
void ips_log_fields(enum ips_log_level level, const char *event, const struct ips_log_field *fields,
    size_t count);
#define IPS_LOG(level, event, ...)                                                                 \
	ips_log_fields((level), (event), (const struct ips_log_field[]){ __VA_ARGS__ },            \
	    IPS_NELEM(((const struct ips_log_field[]){ __VA_ARGS__ })))

#endif
