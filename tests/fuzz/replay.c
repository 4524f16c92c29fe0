/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Every seed of a target: whole, cut short, joined with its neighbour, and with some bytes changed,
 * always the same ones. */
#include "fuzz.h"

#include <string.h>

#define CHANGES 8 /* versions of a seed */

struct replay {
	const struct fuzz_target *target;
	void *stage;
	uint64_t random;
	unsigned runs;
};

/* In memory of its own size, so that the sanitizers see who reads beyond it. */
static void
run(struct replay *r, const uint8_t *data, size_t len)
{
	uint8_t *own = malloc(MAX(len, 1));

	len = MIN(len, r->target->max_len);
	if (len > 0)
		memcpy(own, data, len);
	r->target->run(r->stage, own, len);
	free(own);
	r->runs++;
}

static void
run_cut(struct replay *r, const uint8_t *data, size_t len)
{
	size_t step = r->target->cuts > 0 ? len / (size_t)r->target->cuts + 1 : 1;

	for (size_t cut = 0; cut < len; cut += step)
		run(r, data, cut);
	run(r, data, len);
}

static void
run_joined(struct replay *r, const uint8_t *data, size_t len, GBytes *next)
{
	g_autoptr(GByteArray) joined = g_byte_array_new();
	gsize next_len;
	const uint8_t *more = g_bytes_get_data(next, &next_len);

	g_byte_array_append(joined, data, (guint)len);
	g_byte_array_append(joined, (const uint8_t *)"&", 1);
	g_byte_array_append(joined, more, (guint)next_len);
	run(r, joined->data, joined->len);
}

static uint64_t
next_random(struct replay *r)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return r->random;
}

static void
run_changed(struct replay *r, const uint8_t *data, size_t len)
{
	static const uint8_t edges[] = { 0, 1, 0x7f, 0x80, 0xff, '0', '<', '%' };

	for (int i = 0; i < CHANGES && len > 0; i++) {
		g_autofree uint8_t *copy = g_memdup2(data, len);

		for (uint64_t n = 1 + next_random(r) % 4; n > 0; n--)
			copy[next_random(r) % len] = edges[next_random(r) % sizeof(edges)];
		run(r, copy, len);
	}
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s TARGET CASES-FOLDER\n", argv[0]);
		return 2;
	}
	struct replay r = { .target = fuzz_target_named(argv[1]), .random = 1 };
	g_autoptr(GPtrArray) seeds = fuzz_seeds(r.target, argv[2]);

	r.stage = r.target->open != NULL ? r.target->open() : NULL;
	for (guint i = 0; i < seeds->len; i++) {
		gsize len;
		const uint8_t *data = g_bytes_get_data(seeds->pdata[i], &len);

		run_cut(&r, data, len);
		run_joined(&r, data, len, seeds->pdata[(i + 1) % seeds->len]);
		run_changed(&r, data, len);
	}
	if (r.target->close != NULL)
		r.target->close(r.stage);
	printf("%u seeds, %u runs\n", seeds->len, r.runs);
	return seeds->len < 5; /* were they made at all? */
}
