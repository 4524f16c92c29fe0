/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static size_t
skip_digits(const char *text, size_t len, size_t at)
{
	while (at < len && g_ascii_isdigit(text[at]))
		at++;
	return at;
}

static size_t
skip_sign(const char *text, size_t len, size_t at)
{
	return at < len && (text[at] == '+' || text[at] == '-') ? at + 1 : at;
}

/* Counts downwards from zero, where the smallest number fits too. */
bool
ips_parse_int(const char *text, size_t len, int64_t min, int64_t max, int64_t *out)
{
	size_t at = skip_sign(text, len, 0);
	bool negative = at > 0 && text[0] == '-';
	int64_t value = 0;

	if (at == len || skip_digits(text, len, at) != len)
		return false;
	for (; at < len; at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, text[at] - '0', &value))
			return false;
	if (!negative && __builtin_sub_overflow(0, value, &value))
		return false;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

/* [+-] (digits [. [digits]] | . digits) [e [+-] digits] */
static bool
is_decimal(const char *text, size_t len)
{
	size_t start = skip_sign(text, len, 0);
	size_t at = skip_digits(text, len, start);
	size_t digits = at - start;

	if (at < len && text[at] == '.') {
		size_t end = skip_digits(text, len, at + 1);
		digits += end - (at + 1);
		at = end;
	}
	if (digits == 0)
		return false;
	if (at < len && (text[at] == 'e' || text[at] == 'E')) {
		start = skip_sign(text, len, at + 1);
		at = skip_digits(text, len, start);
		if (at == start)
			return false;
	}
	return at == len;
}

bool
ips_parse_double(const char *text, size_t len, double *out)
{
	char small[64];

	if (!is_decimal(text, len))
		return false;
	char *large = len < sizeof(small) ? NULL : g_malloc(len + 1);
	char *copy = large != NULL ? large : small;
	memcpy(copy, text, len);
	copy[len] = '\0';
	double value = g_ascii_strtod(copy, NULL);
	g_free(large);
	if (!isfinite(value))
		return false;
	*out = value;
	return true;
}

int
ips_round(double value)
{
	if (isnan(value))
		return 0;
	if (value >= INT_MAX)
		return INT_MAX;
	if (value <= INT_MIN)
		return INT_MIN;
	/* Not (int)(value + 0.5): the sum rounds 0.49999999999999994 up. */
	int whole = (int)value;
	double rest = value - whole;
	return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole;
}
