/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Lists of images, and one. Parameters that mean nothing here are ignored, as Image v2 does. */
#include "ims_priv.h"

#include <string.h>

#define LIST_LIMIT   500
#define GLANCE_LIMIT 25
#define MAX_LIMIT    1000

struct listing {
	struct ips_image_wish wish;
	GArray *filters, *times;
	bool nothing; /* asks for what no image here is */
};

static bool
malformed(struct ims *x, const char *name, const char *value)
{
	return ims_refuse(x, 400, "IMG.0017", "The URL format is incorrect: %s='%s'.", name, value);
}

/* ---- One parameter each ---- */

typedef bool read_parameter(struct ims *x, struct listing *l, const char *name, const char *value);

static bool
read_id(struct ims *x, struct listing *l, const char *name, const char *value)
{
	(void)name;
	if (!ips_service_uuid_open(x->service, value, &l->wish.query.id))
		l->nothing = true;
	return true;
}

static bool
read_name(struct ims *x, struct listing *l, const char *name, const char *value)
{
	(void)x;
	(void)name;
	l->wish.query.name = value;
	return true;
}

static bool
read_key(struct ims *x, struct listing *l, const char *name, const char *value)
{
	(void)x;
	(void)name;
	l->wish.query.key = value;
	return true;
}

static bool
read_marker(struct ims *x, struct listing *l, const char *name, const char *value)
{
	const struct ips_image_facts *image;
	struct ips_error err;

	if (!ips_service_image(x->service, &x->call, value, &image, &err) || image->asset == NULL)
		return malformed(x, name, value);
	l->wish.query.marker = image->asset->id;
	return true;
}

static bool
read_limit(struct ims *x, struct listing *l, const char *name, const char *value)
{
	int64_t limit;

	if (!ips_parse_int(value, strlen(value), 0, INT32_MAX, &limit))
		return malformed(x, name, value);
	l->wish.query.limit = MIN(limit, MAX_LIMIT);
	l->nothing = l->nothing || limit == 0;
	return true;
}

static bool
read_sort_key(struct ims *x, struct listing *l, const char *name, const char *value)
{
	static const struct {
		const char *word;
		enum ips_image_sort sort;
	} rows[] = {
		{ "name", IPS_IMAGE_NAME },
		{ "container_format", IPS_IMAGE_NUMBER }, /* all have the same */
		{ "disk_format", IPS_IMAGE_DISK_FORMAT },
		{ "status", IPS_IMAGE_STATUS },
		{ "id", IPS_IMAGE_NUMBER },
		{ "size", IPS_IMAGE_SIZE },
		{ "created_at", IPS_IMAGE_CREATED },
	};

	for (size_t i = 0; i < IPS_NELEM(rows); i++) {
		if (strcmp(rows[i].word, value) != 0)
			continue;
		l->wish.query.sort = rows[i].sort;
		l->wish.by_id = strcmp(value, "id") == 0;
		return true;
	}
	return malformed(x, name, value);
}

static bool
read_sort_dir(struct ims *x, struct listing *l, const char *name, const char *value)
{
	l->wish.query.descending = strcmp(value, "desc") == 0;
	return l->wish.query.descending || strcmp(value, "asc") == 0 || malformed(x, name, value);
}

/* "gte:2026-01-15T09:30:00Z"; a time alone is meant exactly. */
static bool
read_time(struct ims *x, struct listing *l, const char *name, const char *value)
{
	static const struct {
		const char *word;
		enum ips_match match;
	} rows[] = {
		{ "gt:", IPS_MATCH_GREATER },
		{ "gte:", IPS_MATCH_GREATER_EQUALS },
		{ "lt:", IPS_MATCH_LESS },
		{ "lte:", IPS_MATCH_LESS_EQUALS },
		{ "eq:", IPS_MATCH_EQUALS },
		{ "neq:", IPS_MATCH_NOT_EQUALS },
		{ "", IPS_MATCH_EQUALS },
	};
	struct ips_image_time time = { .modified = strcmp(name, "updated_at") == 0 };
	size_t i = 0;
	int64_t ms;

	while (!g_str_has_prefix(value, rows[i].word))
		i++;
	if (!ips_time_parse(value + strlen(rows[i].word), &ms))
		return malformed(x, name, value);
	time.match = rows[i].match;
	time.seconds = ms / 1000;
	g_array_append_val(l->times, time);
	return true;
}

/* What is the same for all images. */
static bool
read_constant(struct ims *x, struct listing *l, const char *name, const char *value)
{
	const char *owner = ips_service_id(x->service, x->mem, IPS_ID_PROJECT, x->call.company->id);

	if (strcmp(value, strcmp(name, "owner") == 0 ? owner : "private") != 0)
		l->nothing = true;
	return true;
}

static bool
read_tag(struct ims *x, struct listing *l, const char *name, const char *value)
{
	(void)x;
	(void)name;
	(void)value;
	l->nothing = true; /* no image has tags */
	return true;
}

static bool
read_enterprise(struct ims *x, struct listing *l, const char *name, const char *value)
{
	(void)x;
	(void)name;
	if (*value != '\0' && strcmp(value, "0") != 0 && strcmp(value, "all_granted_eps") != 0)
		l->nothing = true;
	return true;
}

static const struct {
	const char *name;
	read_parameter *read;
} parameters[] = {
	{ "id", read_id },
	{ "name", read_name },
	{ "marker", read_marker },
	{ "limit", read_limit },
	{ "sort_key", read_sort_key },
	{ "sort_dir", read_sort_dir },
	{ "created_at", read_time },
	{ "updated_at", read_time },
	{ "visibility", read_constant },
	{ "owner", read_constant },
	{ "tag", read_tag },
	{ "__system__cmkid", read_key },
	{ "enterprise_project_id", read_enterprise },
};

static bool
read_trait(struct ims *x, struct listing *l, const struct ips_trait_info *info, const char *name,
    const char *value)
{
	struct ips_image_filter filter = { name, info->fallback, value };

	if (info->type == IPS_TRAIT_FLAG) {
		g_autofree char *lower = g_ascii_strdown(value, -1); /* Python writes True */

		filter.value = ips_arena_strdup(x->mem, lower);
		filter.fallback = "false";
	}
	if (info->type != IPS_TRAIT_TEXT && !ips_trait_valid(info, filter.value))
		return malformed(x, name, value);
	g_array_append_val(l->filters, filter);
	return true;
}

static bool
read_one(struct ims *x, struct listing *l, const char *name, const char *value)
{
	const struct ips_trait_info *info = ips_trait_info(name);

	for (size_t i = 0; i < IPS_NELEM(parameters); i++)
		if (strcmp(parameters[i].name, name) == 0)
			return parameters[i].read(x, l, name, value);
	return info == NULL || read_trait(x, l, info, name, value);
}

/* ---- The list ---- */

static void
listing_clear(struct listing *l)
{
	g_array_free(l->filters, TRUE);
	g_array_free(l->times, TRUE);
}

static bool
find_images(struct ims *x, struct listing *l, char **query, const struct ips_image_facts ***image,
    size_t *count)
{
	struct ips_image_query *q = &l->wish.query;
	struct ips_error err = { .fault = IPS_OK };

	for (size_t i = 0; query[i] != NULL; i += 2)
		if (!read_one(x, l, query[i], query[i + 1]))
			return false;
	q->filters = (const struct ips_image_filter *)(void *)l->filters->data;
	q->filter_count = l->filters->len;
	q->times = (const struct ips_image_time *)(void *)l->times->data;
	q->time_count = l->times->len;
	*count = 0;
	return l->nothing ||
	       ips_service_images(x->service, &x->call, &l->wish, image, count, &err) ||
	       ims_fault(x, &err);
}

/* The same question, from the last image on. */
static json_t *
next_page(struct ims *x, const char *last)
{
	g_autoptr(GString) out = g_string_new("/v2/images?");
	g_auto(GStrv) part = g_strsplit(x->request->query, "&", -1);

	for (size_t i = 0; part[i] != NULL; i++)
		if (*part[i] != '\0' && !g_str_has_prefix(part[i], "marker="))
			g_string_append_printf(out, "%s&", part[i]);
	g_string_append_printf(out, "marker=%s", last);
	return json_string(out->str);
}

static void
answer_list(struct ims *x, const struct listing *l, bool glance,
    const struct ips_image_facts *const *image, size_t count)
{
	json_t *list = json_array(), *out = json_pack("{s:o}", "images", list);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, ims_image(x, image[i]));
	if (glance) {
		json_object_set_new(out, "first", json_string("/v2/images"));
		json_object_set_new(out, "schema", json_string("/v2/schemas/images"));
	}
	if (glance && count > 0 && (int64_t)count == l->wish.query.limit)
		json_object_set_new(out, "next", next_page(x, image[count - 1]->id));
	ims_answer(x, 200, out);
}

static void
list(struct ims *x, bool glance)
{
	IPS_CLEANUP(listing_clear)
	struct listing l = {
		.wish = { .query = { .sort = IPS_IMAGE_CREATED,
			      .descending = true,
			      .limit = glance ? GLANCE_LIMIT : LIST_LIMIT } },
		.filters = g_array_new(FALSE, FALSE, sizeof(struct ips_image_filter)),
		.times = g_array_new(FALSE, FALSE, sizeof(struct ips_image_time)),
	};
	const struct ips_image_facts **image = NULL;
	char **query;
	size_t count;

	if (ims_query(x, &query) && find_images(x, &l, query, &image, &count))
		answer_list(x, &l, glance, image, count);
}

void
ims_list(struct ims *x)
{
	list(x, false);
}

void
ims_list_glance(struct ims *x)
{
	list(x, true);
}

/* ---- One ---- */

static bool
id_good(struct ims *x)
{
	return ips_uuid_valid(x->segment[0]) ||
	       ims_refuse(x, 400, "IMG.0066", "The image ID '%s' is incorrect.", x->segment[0]);
}

void
ims_show(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_image_facts *image;

	if (!id_good(x))
		return;
	if (ips_service_image(x->service, &x->call, x->segment[0], &image, &err))
		ims_answer(x, 200, ims_image(x, image));
	else
		ims_fault(x, &err);
}

void
ims_file(struct ims *x)
{
	struct ips_http_response *response = x->response;
	struct ips_error err = { .fault = IPS_OK };
	const char *id = x->segment[0];

	if (!id_good(x))
		return;
	if (ips_service_image_file(
		x->service, &x->call, id, &response->fd, &response->fd_size, &err))
		response->type = "application/octet-stream";
	else
		ims_fault(x, &err);
}

void
ims_delete(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };

	if (!id_good(x))
		return;
	if (ips_service_image_delete(x->service, &x->call, x->segment[0], &err))
		x->response->status = 204;
	else
		ims_fault(x, &err);
}

void
ims_quota(struct ims *x)
{
	struct ips_error err = { .fault = IPS_OK };
	int64_t used, quota;

	if (!ips_service_image_quota(x->service, &x->call, &used, &quota, &err)) {
		ims_fault(x, &err);
		return;
	}
	/* No limit is -1, as OpenStack writes it. */
	ims_answer(x, 200,
	    json_pack("{s:{s:[{s:s, s:I, s:I, s:i, s:I}]}}", "quotas", "resources", "type", "image",
		"used", (json_int_t)used, "quota", (json_int_t)(quota > 0 ? quota : -1), "min", 1,
		"max", (json_int_t)1000000000));
}
