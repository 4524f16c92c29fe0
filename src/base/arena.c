/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONED 1
#endif
#endif
#ifdef ARENA_POISONED
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#define RED_ZONE       ALIGNMENT /* so that a step past one piece does not land in the next */
#else
#define POISON(p, n)   ((void)0)
#define UNPOISON(p, n) ((void)0)
#define RED_ZONE       ((size_t)0)
#endif

#define ALIGNMENT   _Alignof(max_align_t)
#define BLOCK_BYTES ((size_t)16 * 1024)
#define ALLOC_MAX   (SIZE_MAX / 2)

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

/* The block being filled is at the head; first is the one that outlives a reset. */
struct ips_arena {
	struct block *head;
	struct block *first;
	struct ips_trace trace;
};

static struct block *
block_new(size_t size)
{
	struct block *block = g_malloc(sizeof(*block) + size);

	block->next = NULL;
	block->size = size;
	block->used = 0;
	POISON(block->data, size);
	return block;
}

static void
block_free(struct block *block)
{
	UNPOISON(block->data, block->size);
	g_free(block);
}

struct ips_arena *
ips_arena_new(void)
{
	struct ips_arena *mem = g_new0(struct ips_arena, 1);

	mem->first = mem->head = block_new(BLOCK_BYTES);
	return mem;
}

static void
free_all_but_first(struct ips_arena *mem)
{
	struct block *block = mem->head;

	while (block != NULL) {
		struct block *next = block->next;
		if (block != mem->first)
			block_free(block);
		block = next;
	}
}

void
ips_arena_free(struct ips_arena *mem)
{
	if (mem == NULL)
		return;
	free_all_but_first(mem);
	block_free(mem->first);
	g_free(mem);
}

void
ips_arena_reset(struct ips_arena *mem)
{
	free_all_but_first(mem);
	mem->trace = (struct ips_trace){ .id = NULL };
	mem->head = mem->first;
	mem->first->next = NULL;
	mem->first->used = 0;
	POISON(mem->first->data, mem->first->size);
}

void
ips_arena_wipe(struct ips_arena *mem)
{
	for (struct block *block = mem->head; block != NULL; block = block->next) {
		UNPOISON(block->data, block->used);
		ips_wipe(block->data, block->used);
	}
	ips_arena_reset(mem);
}

/* A large piece gets a block of its own behind the head, so that the head's rest stays in use. */
static struct block *
block_for(struct ips_arena *mem, size_t size)
{
	struct block *head = mem->head;

	if (head->size - head->used >= size)
		return head;
	struct block *block = block_new(MAX(size, BLOCK_BYTES));
	if (size > BLOCK_BYTES / 4) {
		block->next = head->next;
		head->next = block;
	} else {
		block->next = head;
		mem->head = block;
	}
	return block;
}

static void *
take(struct ips_arena *mem, size_t size)
{
	if (size > ALLOC_MAX)
		g_error("arena: a piece of %zu bytes", size);
	size_t rounded = (MAX(size, 1) + RED_ZONE + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	struct block *block = block_for(mem, rounded);
	void *piece = block->data + block->used;
	block->used += rounded;
	UNPOISON(piece, size);
	return piece;
}

void *
ips_arena_alloc(struct ips_arena *mem, size_t size)
{
	return memset(take(mem, size), 0, size);
}

void *
ips_arena_alloc_n(struct ips_arena *mem, size_t size, size_t count)
{
	if (count != 0 && size > ALLOC_MAX / count)
		g_error("arena: %zu pieces of %zu bytes", count, size);
	return ips_arena_alloc(mem, size * count);
}

char *
ips_arena_strndup(struct ips_arena *mem, const char *text, size_t len)
{
	if (text == NULL)
		return NULL;
	char *copy = take(mem, len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
ips_arena_strdup(struct ips_arena *mem, const char *text)
{
	return text != NULL ? ips_arena_strndup(mem, text, strlen(text)) : NULL;
}

char *
ips_arena_printf(struct ips_arena *mem, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		g_error("arena: bad format");
	char *text = take(mem, (size_t)len + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}

void
ips_arena_cleanup(struct ips_arena **mem)
{
	ips_arena_free(*mem);
	*mem = NULL;
}

struct ips_trace *
ips_arena_trace(struct ips_arena *mem)
{
	return &mem->trace;
}

void
ips_trace_add(struct ips_arena *mem, enum ips_span span, int64_t since_us)
{
	mem->trace.span_us[span] += ips_monotonic_us() - since_us;
}
