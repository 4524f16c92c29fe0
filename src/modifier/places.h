/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The words that rows of command.def and attribute.def are written in. */
#ifndef OPENIPS_MODIFIER_PLACES_H
#define OPENIPS_MODIFIER_PLACES_H

#define PLACES(...)                                                                                \
	IPS_NELEM(((const struct ips_place[]){ __VA_ARGS__ })), (const struct ips_place[])         \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define PLACE(label, kind, min, max)                                                               \
	{                                                                                          \
		label, IPS_KIND_##kind, min, max, "", "", false, false                             \
	}
#define INT(label, min, max)     PLACE(label, INT, min, max)
#define NONZERO(label, min, max) PLACE(label, NONZERO, min, max)
#define PIXEL(label)             PLACE(label, INT, -IPS_NO_LIMIT, IPS_NO_LIMIT)
#define SIZE(label)              PLACE(label, INT, 1, IPS_NO_LIMIT)
#define SIZE_OR_0(label)         PLACE(label, INT, 0, IPS_NO_LIMIT)
#define REAL(label, min, max)    PLACE(label, REAL, min, max)
#define ANY(label)               PLACE(label, REAL, -IPS_NO_LIMIT, IPS_NO_LIMIT)
#define ABOVE(label, min)        PLACE(label, ABOVE, min, IPS_NO_LIMIT)
#define FLAG(label)              PLACE(label, FLAG, 0, 1)
#define COLOR(label)             PLACE(label, COLOR, 0, 0)
#define RGB(label)               PLACE(label, RGB, 0, 0)
#define COLORS(label)            PLACE(label, COLORS, 0, 0)
#define OBJECT(label)            PLACE(label, OBJECT, 0, 0)
#define SOURCE(label)            PLACE(label, SOURCE, 0, 0)
#define PATH(label)              PLACE(label, PATH, 0, 0)
#define ASCII(label)             PLACE(label, ASCII, 0, 0)
#define TEXT(label)              PLACE(label, TEXT, 0, 0)
#define WORD(label, words, later)                                                                  \
	{                                                                                          \
		label, IPS_KIND_WORD, 0, 0, words, later, false, false                             \
	}
#define ANY_CASE(label, words, later)                                                              \
	{                                                                                          \
		label, IPS_KIND_WORD, 0, 0, words, later, false, true                              \
	}
#define SKIPPABLE(label, words)                                                                    \
	{                                                                                          \
		label, IPS_KIND_WORD, 0, 0, words, "", true, true                                  \
	}
#define NUMBERED(label, words, lo, hi)                                                             \
	{                                                                                          \
		label, IPS_KIND_WORD, lo, hi, words, "", false, false                              \
	}

#endif
