/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Two ways to one picture, and no way to any. */
#include "golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

uint8_t *
golden_rgba(enum golden_source source, const char *modifier, int *width, int *height)
{
	g_autofree char *text = g_strconcat(modifier, "&fmt=png-alpha", NULL);
	struct ips_error err = { 0 };
	int fd;

	if (!golden_run(golden_source(source), text, &ips_profile_reply, &fd, NULL, &err))
		fail_msg("'%s': %s (%s)", text, err.reason, err.detail);
	uint8_t *pixels = golden_pixels(fd, width, height);
	close(fd);
	return pixels;
}

void
golden_check_pairs(const struct golden_pair *pairs, size_t count)
{
	int bad = 0;

	for (size_t i = 0; i < count; i++) {
		const struct golden_pair *pair = &pairs[i];
		int w, h, w2, h2;
		g_autofree uint8_t *a = golden_rgba(pair->source, pair->one, &w, &h);
		g_autofree uint8_t *b = golden_rgba(pair->source, pair->other, &w2, &h2);
		int most = w == w2 && h == h2 ? golden_difference(a, b, w * h) : 256;
		if (most > pair->tolerance)
			print_error("'%s' (%dx%d) and '%s' (%dx%d) differ by %d\n", pair->one, w, h,
			    pair->other, w2, h2, most);
		bad += most > pair->tolerance;
	}
	assert_int_equal(bad, 0);
}

void
golden_check_refusals(const struct golden_refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ips_error err = { 0 };
		int fd;
		if (golden_run(
			golden_source(QUAD), rows[i].modifier, &ips_profile_reply, &fd, NULL, &err))
			fail_msg("'%s' was not refused", rows[i].modifier);
		if (err.fault != rows[i].fault || strstr(err.reason, rows[i].says) == NULL)
			fail_msg("'%s': %d %s", rows[i].modifier, err.fault, err.reason);
	}
}
