/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Requests that are done once however often they come: those with an Idempotency-Key.
 *
 * The catalog remembers what was done, in the transaction that did it; the book keeps two of one
 * key from being under way at once. There is one server on a data directory, so a book in memory is
 * enough, and whatever ends the server also ends what was under way. */
#include "service_priv.h"

#include <string.h>

#define KEY_MAX     255
#define WAIT_MS     5000
#define WAITING_MAX 8 /* each has a worker of the server */
#define KEEP_MS     (24 * 60 * 60 * INT64_C(1000))

void
ips_once_init(struct ips_service *service, int64_t keep_ms)
{
	struct once_book *book = &service->book;

	pthread_mutex_init(&book->lock, NULL);
	ips_cond_init(&book->ended);
	book->keys = g_hash_table_new(g_str_hash, g_str_equal);
	book->keep_ms = keep_ms > 0 ? keep_ms : KEEP_MS;
	book->wait_ms = WAIT_MS;
}

void
ips_once_clear(struct ips_service *service)
{
	g_hash_table_destroy(service->book.keys);
	pthread_cond_destroy(&service->book.ended);
	pthread_mutex_destroy(&service->book.lock);
}

/* ---- The header ---- */

static bool
is_visible(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= 0x20 || *text >= 0x7f)
			return false;
	return true;
}

/* "..." with \" and \\; NULL: it does not end where the text ends. */
static char *
unquote(struct ips_arena *mem, const char *text)
{
	char *out = ips_arena_alloc(mem, strlen(text)), *end = out;

	for (text++; *text != '"'; text++) {
		if (*text == '\\' && (*++text != '"' && *text != '\\'))
			return NULL;
		if (*text == '\0')
			return NULL;
		*end++ = *text;
	}
	return text[1] == '\0' ? out : NULL;
}

/* A string of the draft, or the bare text that many clients send. */
static bool
read_key(struct ips_arena *mem, const char *sent, const char **key, struct ips_error *err)
{
	char *text = g_strstrip(ips_arena_strdup(mem, sent));

	if (*text == '"')
		text = unquote(mem, text);
	if (text == NULL || *text == '\0' || strlen(text) > KEY_MAX || !is_visible(text))
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "Idempotency-Key must have 1 to %d visible ASCII characters", KEY_MAX);
	*key = text;
	return true;
}

/* Each with its end, so that no two requests make the same text. */
static const char *
digest_of(struct ips_arena *mem, const char *const *asked, size_t count)
{
	struct ips_sha256 *digest = ips_sha256_new();
	uint8_t raw[IPS_SHA256_LEN];
	char *hex = ips_arena_alloc(mem, IPS_SHA256_HEX);

	for (size_t i = 0; i < count; i++) {
		const char *text = asked[i] != NULL ? asked[i] : "";

		ips_sha256_add(digest, text, strlen(text) + 1);
	}
	ips_sha256_end(digest, raw);
	ips_hex(raw, sizeof(raw), hex);
	return hex;
}

/* ---- The book ---- */

/* With the lock held: until nobody has this key. */
static bool
wait_for_place(struct once_book *book, const char *place)
{
	const int64_t until_us = ips_monotonic_us() + book->wait_ms * INT64_C(1000);
	const struct timespec end = {
		.tv_sec = until_us / 1000000,
		.tv_nsec = until_us % 1000000 * 1000,
	};

	while (g_hash_table_contains(book->keys, place))
		if (pthread_cond_timedwait(&book->ended, &book->lock, &end) != 0)
			return !g_hash_table_contains(book->keys, place);
	return true;
}

/* The text stays in the book until ips_once_end. */
static bool
enter_book(struct once_book *book, char *place, struct ips_error *err)
{
	bool free_now;

	pthread_mutex_lock(&book->lock);
	free_now = !g_hash_table_contains(book->keys, place);
	if (!free_now && book->waiting < WAITING_MAX) {
		book->waiting++;
		free_now = wait_for_place(book, place);
		book->waiting--;
	}
	if (free_now)
		g_hash_table_add(book->keys, place);
	pthread_mutex_unlock(&book->lock);
	return free_now ||
	       ips_fail(err, IPS_BUSY,
		   "The first request with this Idempotency-Key is still under way: try again");
}

void
ips_once_end(struct once_turn *turn)
{
	struct once_book *book;

	if (turn->place == NULL)
		return;
	book = &turn->service->book;
	pthread_mutex_lock(&book->lock);
	g_hash_table_remove(book->keys, turn->place);
	pthread_cond_broadcast(&book->ended);
	pthread_mutex_unlock(&book->lock);
	g_clear_pointer(&turn->place, g_free);
}

static bool
look_up(struct once_turn *turn, struct ips_arena *mem, struct ips_error *err)
{
	const struct ips_once_told *told;

	/* What this thread has in view may be older than the end of the first request. */
	ips_catalog_view_end(turn->service->catalog);
	if (!ips_catalog_once(turn->service->catalog, mem, turn->once, &told, err))
		return false;
	if (told == NULL)
		return true;
	if (strcmp(told->request, turn->once->request) != 0)
		return ips_fail(err, IPS_KEY_REUSED,
		    "Idempotency-Key '%s' was used with another request", turn->once->key);
	turn->told = true;
	turn->number = told->number;
	return true;
}

bool
ips_once_begin(struct ips_service *service, const struct ips_call *call, const char *const *asked,
    size_t count, struct once_turn *out, struct ips_error *err)
{
	struct ips_once *once;
	char *place;

	*out = (struct once_turn){ .service = service };
	if (call->idempotency_key == NULL)
		return true;
	once = IPS_NEW(call->mem, struct ips_once);
	*once = (struct ips_once){
		.user = call->user->id,
		.company = call->company->id,
		.request = digest_of(call->mem, asked, count),
		.keep_ms = service->book.keep_ms,
	};
	if (!read_key(call->mem, call->idempotency_key, &once->key, err))
		return false;
	place = g_strdup_printf(
	    "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", once->user, once->company, once->key);
	if (!enter_book(&service->book, place, err)) {
		g_free(place);
		return false;
	}
	out->place = place;
	out->once = once;
	return look_up(out, call->mem, err);
}

/* ---- Copies ---- */

/* Whatever has become of it since: rows of assets are never removed. */
static bool
tell_again(struct ips_service *service, const struct ips_call *call, int64_t id,
    const char **asset_handle, struct ips_error *err)
{
	const struct ips_asset *asset;

	if (!ips_catalog_asset(service->catalog, call->mem, call->company->id, id, &asset, err))
		return false;
	if (asset == NULL)
		return ips_fail_internal(err, "copy: no asset %" G_GINT64_FORMAT, id);
	*asset_handle = ips_handle_asset(call->mem, asset);
	return true;
}

bool
ips_service_copy(struct ips_service *service, const struct ips_call *call,
    const struct ips_copy *copy, const char **asset_handle, struct ips_error *err)
{
	const char *const asked[] = { "copyImage", copy->asset_handle, copy->folder_handle,
		copy->name, copy->url_modifier };
	IPS_CLEANUP(ips_once_end) struct once_turn turn;

	if (!ips_once_begin(service, call, asked, IPS_NELEM(asked), &turn, err))
		return false;
	return turn.told ? tell_again(service, call, turn.number, asset_handle, err)
			 : ips_copy_once(service, call, copy, turn.once, asset_handle, err);
}
