/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/crypto.h"

#include <string.h>

/* The first nine bytes are a MAC of the number, the other seven the number under a pad that those
 * nine give. So equal numbers look equal, others share nothing, and made-up bytes are found out by
 * making them anew. */
#define TAG_LEN    9
#define NUMBER_LEN (IPS_OPAQUE_LEN - TAG_LEN)

static void
make_tag(const struct ips_mac *mac, char kind, const uint8_t number[NUMBER_LEN], uint8_t *out)
{
	uint8_t text[1 + NUMBER_LEN] = { (uint8_t)kind }, full[IPS_SHA256_LEN];

	memcpy(text + 1, number, NUMBER_LEN);
	ips_mac(mac, text, sizeof(text), full);
	memcpy(out, full, TAG_LEN);
	out[6] = (out[6] & 0x0f) | 0x40; /* RFC 9562: version 4 */
	out[8] = (out[8] & 0x3f) | 0x80; /* and its variant */
}

/* The text is longer than any that make_tag signs, so the two never meet. */
static void
apply_pad(
    const struct ips_mac *mac, char kind, const uint8_t tag[TAG_LEN], uint8_t number[NUMBER_LEN])
{
	uint8_t text[1 + TAG_LEN] = { (uint8_t)kind }, pad[IPS_SHA256_LEN];

	memcpy(text + 1, tag, TAG_LEN);
	ips_mac(mac, text, sizeof(text), pad);
	for (size_t i = 0; i < NUMBER_LEN; i++)
		number[i] ^= pad[i];
}

void
ips_opaque(const struct ips_mac *mac, char kind, int64_t number, uint8_t out[IPS_OPAQUE_LEN])
{
	uint8_t bytes[NUMBER_LEN];

	for (size_t i = 0; i < NUMBER_LEN; i++)
		bytes[i] = (uint8_t)((uint64_t)number >> (8 * (NUMBER_LEN - 1 - i)));
	make_tag(mac, kind, bytes, out);
	apply_pad(mac, kind, out, bytes);
	memcpy(out + TAG_LEN, bytes, NUMBER_LEN);
}

bool
ips_opaque_open(
    const struct ips_mac *mac, char kind, const uint8_t in[IPS_OPAQUE_LEN], int64_t *number)
{
	uint8_t bytes[NUMBER_LEN], again[IPS_OPAQUE_LEN];
	uint64_t value = 0;

	memcpy(bytes, in + TAG_LEN, NUMBER_LEN);
	apply_pad(mac, kind, in, bytes);
	for (size_t i = 0; i < NUMBER_LEN; i++)
		value = value << 8 | bytes[i];
	ips_opaque(mac, kind, (int64_t)value, again);
	if (!ips_equal_secret(again, sizeof(again), in, IPS_OPAQUE_LEN))
		return false;
	*number = (int64_t)value;
	return true;
}
