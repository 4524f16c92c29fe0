/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The published profiles. Those of RGB spaces are made from the numbers that define the spaces;
 * profiles of printing conditions come from files: the original's own, or a free equivalent.
 *
 * Source: "Included ICC color profiles" of the protocol reference, both tables. Primaries: the
 * standards named, and for those of programs their own documentation. */
#include "profiles.h"

#define D65 .white = { 0.3127, 0.3290 }
#define D50 .white = { 0.3457, 0.3585 }
#define CMYK(...)                                                                                  \
	{                                                                                          \
		.space = IPS_SPACE_CMYK, __VA_ARGS__                                               \
	}

const struct published_profile published_profiles[] = {
	{ .names = "sRGB|sRGB IEC61966-2.1|sRgb Color Space Profile.icm" }, /* IEC 61966-2-1 */
	{ .names = "AdobeRGB|Adobe RGB (1998)|AdobeRGB1998.icc",
	    D65,
	    .primaries = { 0.64, 0.33, 0.21, 0.71, 0.15, 0.06 },
	    .gamma = 563 / 256.0 },
	{ .names = "AppleRGB|Apple RGB|AppleRGB.icc",
	    D65,
	    .primaries = { 0.625, 0.34, 0.28, 0.595, 0.155, 0.07 },
	    .gamma = 1.8 },
	{ .names = "CIERGB|CIE RGB|CIERGB.icc",
	    .white = { 1 / 3.0, 1 / 3.0 },
	    .primaries = { 0.735, 0.265, 0.274, 0.717, 0.167, 0.009 },
	    .gamma = 2.2 },
	{ .names = "ColorMatchRGB|ColorMatch RGB|ColorMatchRGB.icc",
	    D50,
	    .primaries = { 0.63, 0.34, 0.295, 0.605, 0.15, 0.075 },
	    .gamma = 1.8 },
	{ .names = "NTSC|NTSC (1953)|NTSC1953.icc",
	    .white = { 0.3101, 0.3162 },
	    .primaries = { 0.67, 0.33, 0.21, 0.71, 0.14, 0.08 },
	    .gamma = 2.2 },
	{ .names = "PAL|PAL/SECAM|PAL_SECAM.icc",
	    D65,
	    .primaries = { 0.64, 0.33, 0.29, 0.60, 0.15, 0.06 },
	    .gamma = 2.2 },
	{ .names = "ProPhoto|ProPhoto RGB|ProPhoto RGB.icm|ProPhoto.icm",
	    D50,
	    .primaries = { 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001 },
	    .gamma = 1.8 },
	{ .names = "SMPTE|SMPTE-C|SMPTE-C.icc",
	    D65,
	    .primaries = { 0.63, 0.34, 0.31, 0.595, 0.155, 0.07 },
	    .gamma = 2.2 },
	{ .names = "WideGamutRGB|Wide Gamut RGB|WideGamutRGB.icc",
	    D50,
	    .primaries = { 0.735, 0.265, 0.115, 0.826, 0.157, 0.018 },
	    .gamma = 2.2 },

	CMYK(.names = "CoatedFogra27|Coated FOGRA27 (ISO 12647-2:2004)|CoatedFOGRA27.icc"),
	CMYK(.names = "CoatedFogra39|Coated FOGRA39 (ISO 12647-2:2004)|CoatedFOGRA39.icc",
	    .instead = "FOGRA39L_coated.icc"),
	CMYK(.names = "CoatedGraCol|Coated GRACoL 2006 (ISO 12647-2:2004)|CoatedGRACoL2006.icc",
	    .instead = "GRACoL_TR006_coated.icc"),
	CMYK(.names = "EuropeISOCoated|Europe ISO Coated FOGRA27|EuropeISOCoatedFOGRA27.icc"),
	CMYK(.names = "EuroscaleCoated|Euroscale Coated|Euroscale Coated v2|EuroscaleCoated.icc"),
	CMYK(.names = "EuroscaleUncoated|Euroscale Uncoated v2|EuroscaleUncoated.icc"),
	CMYK(.names = "JapanColorCoated|Japan Color 2001 Coated|JapanColor2001Coated.icc"),
	CMYK(.names = "JapanColorNewspaper|Japan Color 2002 Newspaper|JapanColor2002Newspaper.icc"),
	CMYK(.names = "JapanColorUncoated|Japan Color 2001 Uncoated|JapanColor2001Uncoated.icc"),
	CMYK(.names =
		 "JapanColorWebCoated|Japan Color 2003 Web Coated|JapanColor2003WebCoated.icc"),
	CMYK(.names = "JapanWebCoated|Japan Web Coated (Ad)|JapanWebCoated.icc"),
	CMYK(.names = "NewsprintSNAP2007|US Newsprint (SNAP 2007)|USNewsprintSNAP2007.icc"),
	CMYK(.names = "PS4Default|Photoshop 4 Default CMYK|Photoshop4DefaultCMYK.icc"),
	CMYK(.names = "PS5Default|Photoshop 5 Default CMYK|Photoshop5DefaultCMYK.icc"),
	CMYK(.names = "SheetfedCoated|U.S. Sheetfed Coated v2|USSheetfedCoated.icc"),
	CMYK(.names = "SheetfedUncoated|U.S. Sheetfed Uncoated v2|USSheetfedUncoated.icc"),
	CMYK(.names = "UncoatedFogra29|Uncoated FOGRA29 (ISO 12647-2:2004)|UncoatedFOGRA29.icc"),
	CMYK(.names = "WebCoated|U.S. Web Coated (SWOP) v2|USWebCoatedSWOP.icc",
	    .instead = "default_cmyk.icc"), /* Ghostscript's, of SWOP */
	CMYK(.names = "WebCoatedFogra28|Web Coated FOGRA28 (ISO 12647-2:2004)|"
		      "WebCoatedFOGRA28.icc"),
	CMYK(.names = "WebCoatedGrade3|Web Coated SWOP 2006 Grade 3 Paper|"
		      "WebCoatedSWOP2006Grade3.icc",
	    .instead = "SWOP2006_Coated3v2.icc"),
	CMYK(.names = "WebCoatedGrade5|Web Coated SWOP 2006 Grade 5 Paper|"
		      "Web Coated SWOP Grade 5 Paper|WebCoatedSWOP2006Grade5.icc",
	    .instead = "SWOP2006_Coated5v2.icc"),
	CMYK(.names = "WebUncoated|U.S. Web Uncoated v2|USWebUncoated.icc"),
};
const int published_count = IPS_NELEM(published_profiles);
