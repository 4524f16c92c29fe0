/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Asset types. Source: IPS reference, "Asset Types" (without the pseudo type Asset, which means
 * fields of all types), and four more that clients send: Css, Fxg, Javascript, Swc.
 *
 * Numbers below 100 occur in published handles. The others are not known, so ours begin at 101,
 * where a number learnt later will not stand in the way; once released they stay.
 *
 * by_name: what image, render and video serving address by its name alone. Documents, fonts,
 * profiles and the like go by their file, so they need no name of their own. */
#include "catalog_priv.h"

#include <string.h>

const struct ips_asset_type ips_asset_types[] = {
	{ 1, "Image", true },
	{ 2, "Template", true },
	{ 8, "ImageMap", false },
	{ 9, "ZoomTarget", false },
	{ 10, "AdjustedView", true },
	{ 13, "IccProfile", false },
	{ 14, "Font", false },
	{ 22, "ImageSet", true },
	{ 25, "Pdf", false },
	{ 27, "Zip", false },
	{ 40, "ViewerPreset", true },
	{ 44, "AssetSet", true },
	{ 101, "Aco", false },
	{ 102, "AnimatedGif", true },
	{ 103, "Audio", true },
	{ 104, "Cabinet", true },
	{ 105, "Catalog", true },
	{ 106, "ColorSwatch", true },
	{ 107, "Css", false },
	{ 108, "CuePoint", false },
	{ 109, "Excel", false },
	{ 110, "Flash", true },
	{ 111, "Fxg", true },
	{ 112, "Illustrator", false },
	{ 113, "InDesign", false },
	{ 114, "Javascript", false },
	{ 115, "LayerView", true },
	{ 116, "Mask", true },
	{ 117, "MasterVideo", true },
	{ 118, "PDFSettings", false },
	{ 119, "PostScript", false },
	{ 120, "PowerPoint", false },
	{ 121, "PremierExpressRemix", true },
	{ 122, "PsdTemplate", true },
	{ 123, "RenderScene", true },
	{ 124, "RenderSet", true },
	{ 125, "Rtf", false },
	{ 126, "SpinSet", true },
	{ 127, "Svg", true },
	{ 128, "Swc", false },
	{ 129, "Video", true },
	{ 130, "VideoCaption", false },
	{ 131, "ViewerSwf", false },
	{ 132, "Vignette", true },
	{ 133, "Watermark", true },
	{ 134, "WindowCovering", true },
	{ 135, "Word", false },
	{ 136, "Xml", false },
	{ 137, "Xsl", false },
};
const size_t ips_asset_type_count = IPS_NELEM(ips_asset_types);

const struct ips_asset_type *
ips_asset_type(int id)
{
	for (size_t i = 0; i < ips_asset_type_count; i++)
		if (ips_asset_types[i].id == id)
			return &ips_asset_types[i];
	return NULL;
}

const struct ips_asset_type *
ips_asset_type_named(const char *name)
{
	for (size_t i = 0; i < ips_asset_type_count; i++)
		if (!strcmp(ips_asset_types[i].name, name))
			return &ips_asset_types[i];
	return NULL;
}
