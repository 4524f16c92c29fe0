/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Path data: M, L, C and Z with their numbers, commas where SVG has blanks. Checked here, drawn by
 * others. Source: clipPath= of the protocol reference; R30: a command may be followed by a comma.
 */
#include "modifier_priv.h"

#include <string.h>

static bool
is_number_char(char c)
{
	return g_ascii_isdigit(c) || c == '.' || c == 'e' || c == 'E';
}

/* One number starting at *at. A sign that does not follow an exponent starts the next number. */
static bool
skip_number(struct span text, size_t *at)
{
	size_t end = *at;
	double unused;

	if (end < text.len && (text.at[end] == '-' || text.at[end] == '+'))
		end++;
	for (; end < text.len; end++) {
		char c = text.at[end];
		bool exponent = end > *at && g_ascii_tolower(text.at[end - 1]) == 'e';

		if (!is_number_char(c) && !((c == '-' || c == '+') && exponent))
			break;
	}
	if (!ips_parse_double(text.at + *at, end - *at, &unused))
		return false;
	*at = end;
	return true;
}

static bool
skip_comma(struct span text, size_t *at)
{
	bool found = *at < text.len && text.at[*at] == ',';

	*at += found;
	return found;
}

/* How many numbers follow before the next command, or -1. */
static int
skip_numbers(struct span text, size_t *at)
{
	int count = 0;

	while (*at < text.len && !g_ascii_isalpha(text.at[*at])) {
		if (!skip_number(text, at))
			return -1;
		skip_comma(text, at);
		count++;
	}
	return count;
}

bool
path_data_valid(struct span text)
{
	size_t at = 0;
	bool started = false;

	while (at < text.len) {
		char command = g_ascii_toupper(text.at[at++]);
		int group = command == 'M' || command == 'L' ? 2 : command == 'C' ? 6 : 0;

		if (memchr("MLCZ", command, 4) == NULL || (!started && command != 'M'))
			return false;
		started = true;
		skip_comma(text, &at);
		int count = skip_numbers(text, &at);
		if (count < 0 || (group == 0 ? count != 0 : count % group != 0))
			return false;
		if (count == 0 && group != 0)
			return false;
	}
	return started;
}
