/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "plan_priv.h"

#include <string.h>

/* The fourth part and what follows: the parser has checked that they are rrggbb. */
static bool
read_forced(const char *text, struct ips_quantize *out)
{
	for (int commas = 0; commas < 3; commas++) {
		text = strchr(text, ',');
		if (text == NULL)
			return true;
		text++;
	}
	for (; text != NULL && *text; text = strchr(text, ',')) {
		text += *text == ',';
		if (out->forced == out->colors)
			return false;
		for (int i = 0; i < 3; i++)
			out->color[out->forced][i] =
			    (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
				      g_ascii_xdigit_value(text[2 * i + 1]));
		out->forced++;
	}
	return true;
}

bool
plan_quantize(const struct planning *in, struct ips_output *out, struct ips_error *err)
{
	const struct ips_value *value = in->request->value[IPS_CMD_QUANTIZE];
	struct ips_quantize *how = &out->quantize;

	*how = (struct ips_quantize){ .dither = true, .colors = 256 };
	if (value == NULL || (!out->palette && out->format != IPS_FORMAT_GIF))
		return true;
	how->palette = ips_value_word_is(value, 0, "web")   ? IPS_PALETTE_WEB
		       : ips_value_word_is(value, 0, "mac") ? IPS_PALETTE_MAC
							    : IPS_PALETTE_ADAPTIVE;
	how->dither = !ips_value_word_is(value, 1, "off");
	if (value->count > 0)
		how->colors = (int)value->number[0];
	if (how->palette == IPS_PALETTE_MAC && out->alpha)
		return ips_fail(err, IPS_INVALID_PARAMETER,
		    "quantize=%s: the palette mac has no place for transparency; allowed with it "
		    "are "
		    "adaptive and web",
		    value->text);
	return read_forced(value->text, how) ||
	       ips_fail(err, IPS_INVALID_PARAMETER,
		   "quantize=%.64s: more colours are forced than the palette has; allowed are %d",
		   value->text, how->colors);
}
