/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_A_DAY ((int64_t)24 * 60 * 60 * 1000)

static int64_t
clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
ips_clock_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000;
}

int64_t
ips_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

void
ips_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

void
ips_time_format(int64_t ms, char *out)
{
	time_t seconds = (time_t)(ms / 1000);
	int64_t fraction = ms % 1000;
	struct tm tm;

	if (fraction < 0) {
		fraction += 1000;
		seconds--;
	}
	if (gmtime_r(&seconds, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	snprintf(out, IPS_TIME_LEN, "%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (long long)tm.tm_year + 1900, (unsigned)(tm.tm_mon + 1) % 100,
	    (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100, (unsigned)fraction % 1000);
}

/* Days since 1970 in the Gregorian calendar; the year is made to start in March, so that the leap
 * day comes last and months follow the pattern 31 30 31 30 31. */
static int64_t
days_since_1970(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1;
	int m = month > 2 ? month - 3 : month + 9;

	return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + (day - 1) -
	       719468;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Takes exactly `digits` digits followed by `after`; '\0' stands for nothing. */
static bool
take(const char **text, int digits, char after, int min, int max, int *out)
{
	const char *p = *text;
	int value = 0;

	for (int i = 0; i < digits; i++, p++) {
		if (!g_ascii_isdigit(*p))
			return false;
		value = value * 10 + (*p - '0');
	}
	if (after != '\0' && *p++ != after)
		return false;
	if (value < min || value > max)
		return false;
	*text = p;
	*out = value;
	return true;
}

/* Finer than a millisecond is cut off. */
static bool
take_fraction(const char **text, int *ms)
{
	const char *p = *text;
	int value = 0, digits = 0;

	if (*p == '.') {
		for (p++; g_ascii_isdigit(*p); p++, digits++)
			if (digits < 3)
				value = value * 10 + (*p - '0');
		if (digits == 0)
			return false;
		for (; digits < 3; digits++)
			value *= 10;
	}
	*text = p;
	*ms = value;
	return true;
}

static bool
take_zone(const char **text, int *minutes)
{
	const char *p = *text;
	int hour = 0, minute = 0;
	bool west = *p == '-';

	if (*p == 'Z') {
		p++;
	} else if (*p != '\0') {
		if (*p != '+' && *p != '-')
			return false;
		p++;
		if (!take(&p, 2, ':', 0, 14, &hour) || !take(&p, 2, '\0', 0, 59, &minute))
			return false;
		if (hour == 14 && minute != 0)
			return false;
	}
	*text = p;
	*minutes = (hour * 60 + minute) * (west ? -1 : 1);
	return true;
}

bool
ips_time_parse(const char *text, int64_t *ms)
{
	int year, month, day, hour, minute, second, fraction, zone;

	if (!take(&text, 4, '-', 1, 9999, &year) || !take(&text, 2, '-', 1, 12, &month) ||
	    !take(&text, 2, 'T', 1, days_in_month(year, month), &day))
		return false;
	if (!take(&text, 2, ':', 0, 24, &hour) || !take(&text, 2, ':', 0, 59, &minute) ||
	    !take(&text, 2, '\0', 0, 59, &second))
		return false;
	if (!take_fraction(&text, &fraction) || !take_zone(&text, &zone) || *text != '\0')
		return false;
	/* 24:00:00 is the end of the day in XML Schema. */
	if (hour == 24 && (minute != 0 || second != 0 || fraction != 0))
		return false;
	int64_t of_day = ((hour * 60 + minute - zone) * 60 + second) * (int64_t)1000 + fraction;
	*ms = days_since_1970(year, month, day) * MS_A_DAY + of_day;
	return true;
}
