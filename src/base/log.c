/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX 1000 /* bytes of one value, then it is cut */

static const char *const level_names[] = {
	[IPS_LOG_ERROR] = "error",
	[IPS_LOG_WARNING] = "warning",
	[IPS_LOG_INFO] = "info",
	[IPS_LOG_DEBUG] = "debug",
};

/* The one setting of the process that even code without a handle must know. */
static atomic_int log_level = IPS_LOG_INFO;

void
ips_log_set_level(enum ips_log_level level)
{
	atomic_store(&log_level, (int)level);
}

static bool
is_plain(const char *value)
{
	const char *p;

	if (*value == '\0')
		return false;
	for (p = value; *p != '\0'; p++)
		if (!g_ascii_isgraph(*p) || *p == '"' || *p == '\\' || *p == '=')
			return false;
	return p - value <= VALUE_MAX;
}

static bool
is_shown(gunichar c)
{
	return g_unichar_isprint(c) && c != 0x2028 &&
	       c != 0x2029; /* line and paragraph separator */
}

/* Escapes what is not valid UTF-8 and what does not print: line breaks of every kind, terminal
 * sequences, marks that turn the direction of writing. */
static void
append_shown(GString *line, const char *value, const char *marked, size_t max)
{
	const char *end = value + strlen(value);
	size_t most = line->len + max;

	while (value < end) {
		gunichar c = g_utf8_get_char_validated(value, end - value);
		if (line->len >= most) {
			g_string_append(line, "...");
			break;
		}
		bool broken = c == (gunichar)-1 || c == (gunichar)-2;
		const char *next = broken ? value + 1 : g_utf8_next_char(value);
		if (broken || !is_shown(c)) {
			for (const char *p = value; p < next; p++)
				g_string_append_printf(line, "\\x%02x", (unsigned char)*p);
		} else {
			if (c < 0x80 && strchr(marked, (int)c) != NULL)
				g_string_append_c(line, '\\');
			g_string_append_len(line, value, next - value);
		}
		value = next;
	}
}

char *
ips_text_shown(const char *text)
{
	GString *shown = g_string_new(NULL);

	append_shown(shown, text, "", SIZE_MAX / 2);
	return g_string_free(shown, FALSE);
}

static void
append_value(GString *line, const char *value)
{
	if (is_plain(value)) {
		g_string_append(line, value);
		return;
	}
	g_string_append_c(line, '"');
	append_shown(line, value, "\"\\", VALUE_MAX);
	g_string_append_c(line, '"');
}

/* One write a line, so that the lines of threads and processes do not mix. */
static void
write_line(const GString *line)
{
	const char *p = line->str;
	size_t left = line->len;

	while (left > 0) {
		ssize_t done = write(STDERR_FILENO, p, left);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* nobody left to tell */
		p += done;
		left -= (size_t)done;
	}
}

void
ips_log_fields(
    enum ips_log_level level, const char *event, const struct ips_log_field *fields, size_t count)
{
	char now[IPS_TIME_LEN];
	int saved_errno = errno; /* logging must not change what the caller is about to look at */

	if ((int)level > atomic_load(&log_level))
		return;
	ips_time_format(ips_clock_ms(), now);
	GString *line = g_string_sized_new(512);
	g_string_append_printf(line, "time=%s level=%s event=", now, level_names[level]);
	append_value(line, event);
	for (size_t i = 0; i < count; i++) {
		if (fields[i].value == NULL)
			continue;
		g_string_append_c(line, ' ');
		g_string_append(line, fields[i].key);
		g_string_append_c(line, '=');
		append_value(line, fields[i].value);
	}
	g_string_append_c(line, '\n');
	write_line(line);
	g_string_free(line, TRUE);
	errno = saved_errno;
}
