/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "profiles.h"

#include "openips/render.h"

#include <lcms2.h>
#include <string.h>

#define MAX_PROFILE ((gsize)16 << 20)
#define HEADER_LEN  128 /* ICC.1, 7.2 */
#define DATE_AT     24
#define DATE_LEN    12

/* Set once before any thread, read ever after. */
static GArray *items; /* struct ips_icc */
static struct ips_icc_list list;

/* ---- Files ---- */

static uint32_t
word_at(const char *data, size_t at)
{
	const uint8_t *p = (const uint8_t *)data + at;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool
profiles_space(const void *bytes, size_t len, enum ips_space *space)
{
	const char *data = bytes;

	if (len < HEADER_LEN || word_at(data, 36) != 0x61637370) /* "acsp" */
		return false;
	switch (word_at(data, 12)) {
	case cmsSigLinkClass:
	case cmsSigAbstractClass:
	case cmsSigNamedColorClass:
		return false;
	default:
		break;
	}
	switch (word_at(data, 16)) {
	case cmsSigRgbData:
		*space = IPS_SPACE_RGB;
		return true;
	case cmsSigGrayData:
		*space = IPS_SPACE_GRAY;
		return true;
	case cmsSigCmykData:
		*space = IPS_SPACE_CMYK;
		return true;
	default:
		return false;
	}
}

/* "dir/Paper.icc" can be named Paper.icc and Paper. */
static void
add_file(const char *folder, const char *file)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);
	char *data;
	gsize len;
	enum ips_space space;

	if (strpbrk(file, "|,") != NULL || !g_file_get_contents(path, &data, &len, NULL))
		return;
	if (len > MAX_PROFILE || !profiles_space(data, len, &space)) {
		IPS_LOG(IPS_LOG_WARNING, "no colour profile that can be used", { "file", path });
		g_free(data);
		return;
	}
	int stem = (int)(strrchr(file, '.') - file);
	struct ips_icc icc = { g_strdup_printf("%.*s|%s", stem, file, file), space, data, len };
	g_array_append_val(items, icc);
}

static bool
is_profile(const char *file)
{
	g_autofree char *lower = g_ascii_strdown(file, -1);

	return g_str_has_suffix(lower, ".icc") || g_str_has_suffix(lower, ".icm");
}

static void
add_folder(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);

	if (dir == NULL)
		return;
	for (const char *file; (file = g_dir_read_name(dir)) != NULL;)
		if (is_profile(file))
			add_file(folder, file);
	g_dir_close(dir);
}

/* ---- Published ones ---- */

static void
describe(cmsHPROFILE profile, const char *names)
{
	cmsMLU *text = cmsMLUalloc(NULL, 1), *right = cmsMLUalloc(NULL, 1);
	g_auto(GStrv) name = g_strsplit(names, "|", -1);
	g_autofree char *title = g_strdup_printf("%s compatible", name[1]);

	cmsMLUsetASCII(text, "en", "US", title);
	cmsMLUsetASCII(right, "en", "US", "No copyright, use freely");
	cmsWriteTag(profile, cmsSigProfileDescriptionTag, text);
	cmsWriteTag(profile, cmsSigCopyrightTag, right);
	cmsMLUfree(text);
	cmsMLUfree(right);
}

static cmsHPROFILE
create(const struct published_profile *row)
{
	const double *p = row->primaries;
	cmsCIExyY white = { row->white[0], row->white[1], 1 };
	cmsCIExyYTRIPLE primaries = { { p[0], p[1], 1 }, { p[2], p[3], 1 }, { p[4], p[5], 1 } };

	if (row->gamma == 0)
		return cmsCreate_sRGBProfile();
	cmsToneCurve *curve = cmsBuildGamma(NULL, row->gamma), *curves[] = { curve, curve, curve };
	cmsHPROFILE profile = cmsCreateRGBProfile(&white, &primaries, curves);
	cmsFreeToneCurve(curve);
	return profile;
}

/* Always the same bytes: the date would be that of the start. */
static void
make(const struct published_profile *row, struct ips_icc *icc)
{
	static const uint8_t date[DATE_LEN] = { 2000 >> 8, 2000 & 255, 0, 1, 0, 1 };
	cmsHPROFILE profile = create(row);
	cmsUInt32Number len = 0;

	cmsSetProfileVersion(profile, 2.1); /* what every reader understands */
	describe(profile, row->names);
	if (cmsSaveProfileToMem(profile, NULL, &len)) {
		uint8_t *data = g_malloc(len);
		if (cmsSaveProfileToMem(profile, data, &len)) {
			memcpy(data + DATE_AT, date, DATE_LEN);
			icc->data = data;
			icc->len = len;
		} else {
			g_free(data);
		}
	}
	cmsCloseProfile(profile);
}

/* The bytes of a file found in the folders. */
static bool
borrow(const struct ips_icc_list *files, const char *file, struct ips_icc *icc)
{
	const struct ips_icc *found = file ? ips_icc_find(files, file) : NULL;

	if (found == NULL || found->space != icc->space)
		return false;
	icc->data = g_memdup2(found->data, found->len);
	icc->len = found->len;
	return true;
}

static struct ips_icc
published(const struct published_profile *row, const struct ips_icc_list *files)
{
	struct ips_icc icc = { g_strdup(row->names), row->space, NULL, 0 };

	if (!borrow(files, strrchr(row->names, '|') + 1, &icc) &&
	    !borrow(files, row->instead, &icc) && row->space == IPS_SPACE_RGB)
		make(row, &icc);
	return icc;
}

void
profiles_close(void)
{
	for (int i = 0; i < list.count; i++) {
		g_free((char *)(uintptr_t)list.item[i].names);
		g_free((void *)(uintptr_t)list.item[i].data);
	}
	list.count = 0;
	if (items != NULL)
		g_array_unref(items);
	items = NULL;
}

/* Published names go first, so that no file can take one of them for something else. */
void
profiles_open(const char *folders)
{
	g_auto(GStrv) folder = g_strsplit(folders ? folders : "", ":", -1);

	profiles_close();
	items = g_array_new(FALSE, TRUE, sizeof(struct ips_icc));
	for (char **f = folder; *f; f++)
		if (**f != '\0')
			add_folder(*f);
	struct ips_icc_list files = { (const struct ips_icc *)(void *)items->data,
		(int)items->len };
	struct ips_icc *rows = g_new0(struct ips_icc, published_count);
	for (int i = 0; i < published_count; i++)
		rows[i] = published(&published_profiles[i], &files);
	g_array_prepend_vals(items, rows, (guint)published_count);
	g_free(rows);
	list =
	    (struct ips_icc_list){ (const struct ips_icc *)(void *)items->data, (int)items->len };
}

const struct ips_icc_list *
ips_render_profiles(void)
{
	return &list;
}

/* The first row of the table. */
const struct ips_icc *
profiles_srgb(void)
{
	return &list.item[0];
}
