/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A request with everything it names: between parsing and planning its text is completed by what
 * the catalog keeps, names are looked up, and requests inside it are planned, so that neither
 * parser nor plan has to know a catalog.
 *
 * Source: "Request nesting and embedding", "Templates", template=, "Image catalogs", catalog::
 * Modifier and PostModifier. */
#include "service_priv.h"

#include <string.h>

#define MAX_DEPTH    8   /* of requests in requests */
#define MAX_PICTURES 256 /* of all of them, and so of open files */
#define MAX_FOREIGN  8   /* each may take its time */

struct allowance {
	int pictures, foreign; /* that may still come, nested requests included */
};

/* A request whose text is complete. */
struct part {
	const struct ips_asset *asset;
	const char *text;
};

struct resolving {
	const struct ips_looking *looking;
	const char *object; /* that $object$ stands for; NULL: nothing */
	int depth;          /* 0: nobody nests it */
	struct allowance *left;
	const struct part *part; /* instead of what its nested requests say; NULL: none */
	bool *replaced;          /* some picture was missing and another took its place */
};

static bool resolve(const struct resolving *r, const struct ips_asset *asset, const char *text,
    struct ips_resolved *out, struct ips_error *err);
static bool settle(const struct resolving *r, const struct ips_asset *asset, const char *text,
    struct ips_resolved *out, struct ips_error *err);

/* ---- Names ---- */

/* An object is the name of an asset, with or without its company before it; whether another
 * company's are to be had is a matter of who looks. */
static const char *
own_name(const char *object, const char *company)
{
	const char *name = *object == '/' ? object + 1 : object;
	size_t len = strlen(company);

	return strncmp(name, company, len) == 0 && name[len] == '/' ? name + len + 1 : object;
}

static bool
find_asset(const struct resolving *r, const char *command, const char *object,
    const struct ips_asset **out, struct ips_error *err)
{
	const struct ips_looking *looking = r->looking;
	struct ips_error why = { .fault = IPS_OK };

	if (looking->find(looking->arg, own_name(object, looking->company->name), out, &why))
		return true;
	ips_fail(err, why.fault, "%s=%s: %s", command, object, why.reason);
	if (err != NULL)
		g_strlcpy(err->detail, why.detail, sizeof(err->detail));
	return false;
}

/* A picture, or the one that is shown in place of what is missing. The fault is that of the first.
 */
static bool
find_picture(const struct resolving *r, const char *command, const char *object,
    const struct ips_asset **out, struct ips_error *err)
{
	struct ips_error why = { .fault = IPS_OK };

	if (find_asset(r, command, object, out, &why))
		return true;
	if (why.fault == IPS_NOT_FOUND && r->looking->otherwise != NULL &&
	    find_asset(r, command, r->looking->otherwise, out, NULL)) {
		*r->replaced = true;
		return true;
	}
	if (err != NULL)
		*err = why;
	return false;
}

static bool
is_bare(const struct resolving *r, const struct ips_asset *asset)
{
	const struct ips_asset *bare = r->looking->bare;

	return asset == NULL || (bare != NULL && bare->id == asset->id);
}

/* ---- The text ---- */

static bool
fill_macros(const struct resolving *r, const char **text, struct ips_error *err)
{
	struct ips_surroundings none = { .macro = NULL };
	const struct ips_looking *l = r->looking;

	return ips_service_surround(l->service, l->mem, l->company->id, &none, *text, text, err);
}

/* template= stands in the request, or in the modifier of the picture that it asks for. NULL: there
 * is none. What cannot be a name stays, so that the parser refuses it. */
static const char *
find_template(const struct resolving *r, const struct ips_asset *asset, const char **text)
{
	static const enum ips_cmd template[] = { IPS_CMD_TEMPLATE };
	struct ips_arena *mem = r->looking->mem;
	const char *name = ips_modifier_peek(mem, *text, IPS_CMD_TEMPLATE);
	const char *own = is_bare(r, asset) ? NULL : asset->url_modifier;

	if (name == NULL && own != NULL) {
		name = ips_modifier_peek(mem, own, IPS_CMD_TEMPLATE);
		if (name != NULL)
			*text = ips_arena_printf(mem, "%s&layer=comp&%s", own, *text);
	}
	if (name == NULL || *name == '\0' || strchr(name, ',') != NULL)
		return NULL;
	*text = ips_modifier_drop(mem, *text, template, IPS_NELEM(template));
	return name;
}

/* A template takes the place of the picture asked for, which stays $object$. */
static bool
complete(const struct resolving *r, const struct ips_asset **asset, const char **text,
    struct ips_error *err)
{
	const struct ips_looking *l = r->looking;
	struct ips_surroundings around = { .object = r->object };

	if (!fill_macros(r, text, err))
		return false;
	const char *template = find_template(r, *asset, text);
	if (template != NULL && r->depth > 0 && *asset != NULL) { /* behind what is handed down */
		g_autofree char *name = g_uri_escape_string((*asset)->name, NULL, FALSE);
		*text = ips_arena_printf(l->mem, "%s&$object=%s", *text, name);
	}
	if (template != NULL && !find_asset(r, "template", template, asset, err))
		return false;
	if (!is_bare(r, *asset)) {
		around.prefix = (*asset)->url_modifier;
		around.postfix = (*asset)->post_modifier;
	}
	if (!ips_service_surround(l->service, l->mem, l->company->id, &around, *text, text, err))
		return false;
	if (r->depth > 0)
		*text =
		    ips_modifier_drop(l->mem, *text, ips_plan_unnested, ips_plan_unnested_count);
	return true;
}

/* ---- Objects ---- */

/* Published: what is named must not name others by the modifier kept with it, and so is no
 * template. */
static bool
check_alone(const struct resolving *r, const struct ips_object *object,
    const struct ips_asset *asset, struct ips_error *err)
{
	static const enum ips_cmd barred[] = { IPS_CMD_SRC, IPS_CMD_MASK };

	for (size_t i = 0; i < IPS_NELEM(barred); i++)
		if (ips_modifier_peek(r->looking->mem, asset->url_modifier, barred[i]) != NULL)
			return ips_fail(err, IPS_INVALID_PARAMETER,
			    "%s=%s: the modifier of this picture has a command %s= of its own; "
			    "is{...} can nest it",
			    object->command, object->name, ips_command(barred[i])->name);
	return asset->image != NULL ||
	       ips_fail(err, IPS_INVALID_PARAMETER,
		   "%s=%s: this is a template and no picture; template= applies it",
		   object->command, object->name);
}

static bool
count_one(const struct resolving *r, struct ips_error *err)
{
	return --r->left->pictures >= 0 ||
	       ips_fail(err, IPS_LIMIT,
		   "A request may name %d pictures at most, with the requests nested in it.",
		   MAX_PICTURES);
}

/* The pictures of a nested request stand behind those that are there. */
static void
add_files(struct ips_arena *mem, struct ips_pictures *pictures, const struct ips_pictures *more)
{
	int had = pictures->files, count = had + more->files;
	const struct ips_asset **asset = IPS_NEW_N(mem, const struct ips_asset *, count);
	const struct ips_fetched **fetched = IPS_NEW_N(mem, const struct ips_fetched *, count);
	const struct ips_filled **drawing = IPS_NEW_N(mem, const struct ips_filled *, count);

	for (int i = 0; i < count; i++) {
		const struct ips_pictures *from = i < had ? pictures : more;
		asset[i] = from->asset[i < had ? i : i - had];
		fetched[i] = from->fetched[i < had ? i : i - had];
		drawing[i] = from->drawing[i < had ? i : i - had];
	}
	pictures->asset = asset;
	pictures->fetched = fetched;
	pictures->drawing = drawing;
	pictures->files = count;
}

static bool
plan_nested(const struct resolving *r, struct ips_resolved *nested, struct ips_error *err)
{
	const struct ips_looking *l = r->looking;
	struct ips_plan_profile profile = l->service->reply;
	const struct ips_attributes *attributes;

	if (!ips_service_attributes(l->service, l->mem, l->company->id, &attributes, err))
		return false;
	ips_attributes_apply(attributes, &profile);
	ips_profile_nest(&profile);
	return ips_plan_make(
	    l->mem, nested->modifier, &nested->pictures.objects, &profile, &nested->plan, err);
}

/* The catalog alone names no picture. */
static bool
find_subject(const struct resolving *r, const struct ips_object *object,
    const struct ips_asset **out, struct ips_error *err)
{
	const char *path = object->nested->path, *company = r->looking->company->name;

	*out = NULL;
	if (*path == '/')
		path++;
	return *path == '\0' || strcmp(path, company) == 0 ||
	       find_picture(r, object->command, path, out, err);
}

static bool
take_nested(const struct resolving *r, int i, struct ips_pictures *pictures, struct ips_error *err)
{
	struct ips_object *object = &pictures->objects.object[i];
	struct resolving inner = *r;
	struct ips_resolved *nested = IPS_NEW(r->looking->mem, struct ips_resolved);
	const struct ips_asset *asset;

	if (++inner.depth > MAX_DEPTH)
		return ips_fail(err, IPS_LIMIT, "%s=...: requests may be nested %d deep at most.",
		    object->command, MAX_DEPTH);
	inner.part = NULL;
	if (r->part != NULL
		? !settle(&inner, r->part[i - 1].asset, r->part[i - 1].text, nested, err)
		: !find_subject(&inner, object, &asset, err) ||
		      !resolve(&inner, asset, object->nested->query, nested, err))
		return false;
	if (!plan_nested(&inner, nested, err))
		return false;
	object->plan = nested->plan;
	object->first = pictures->files;
	ips_plan_result(nested->plan, &object->source);
	pictures->nested[i] = nested;
	add_files(r->looking->mem, pictures, &nested->pictures);
	return true;
}

static bool
take_foreign(const struct resolving *r, int i, struct ips_pictures *pictures, struct ips_error *err)
{
	struct ips_object *object = &pictures->objects.object[i];
	struct ips_error why = { .fault = IPS_OK };

	if (--r->left->foreign < 0)
		return ips_fail(err, IPS_LIMIT,
		    "A request may name %d pictures of other servers at most.", MAX_FOREIGN);
	if (ips_foreign_find(
		r->looking, object->nested->path, &pictures->fetched[i], &object->source, &why))
		return true;
	ips_fail(err, why.fault, "%s=%s: %s", object->command, object->name, why.reason);
	if (err != NULL)
		g_strlcpy(err->detail, why.detail, sizeof(err->detail));
	return false;
}

/* What is known of the asset's file, or of what an SVG file becomes by the request's variables. */
static bool
take_file(const struct resolving *r, const struct ips_modifier *request, int i,
    struct ips_pictures *pictures, struct ips_error *err)
{
	const struct ips_looking *l = r->looking;
	const struct ips_asset *asset = pictures->asset[i];
	struct ips_source *facts = &pictures->objects.object[i].source;

	return ips_facts_read(l->mem, asset->image, facts, err) &&
	       ips_filled_make(
		   l->service, l->mem, request, asset, &pictures->drawing[i], facts, err);
}

static bool
take_named(const struct resolving *r, const struct ips_modifier *request, int i,
    struct ips_pictures *pictures, struct ips_error *err)
{
	struct ips_object *object = &pictures->objects.object[i];

	if (!count_one(r, err))
		return false;
	if (object->nested != NULL)
		return object->nested->foreign ? take_foreign(r, i, pictures, err)
					       : take_nested(r, i, pictures, err);
	return find_picture(r, object->command, object->name, &pictures->asset[i], err) &&
	       check_alone(r, object, pictures->asset[i], err) &&
	       take_file(r, request, i, pictures, err);
}

static bool
take_asked(const struct resolving *r, const struct ips_modifier *request,
    const struct ips_asset *asset, struct ips_pictures *pictures, struct ips_error *err)
{
	struct ips_object *object = &pictures->objects.object[0];

	if (asset == NULL || asset->image == NULL) {
		*object =
		    (struct ips_object){ .none = true, .source = { .format = IPS_FORMAT_PNG } };
		return true;
	}
	pictures->asset[0] = asset;
	return count_one(r, err) && take_file(r, request, 0, pictures, err);
}

static bool
find_pictures(const struct resolving *r, const struct ips_modifier *request,
    const struct ips_asset *asset, struct ips_pictures *out, struct ips_error *err)
{
	struct ips_arena *mem = r->looking->mem;

	ips_plan_objects(mem, request, &out->objects);
	out->files = out->objects.count;
	out->asset = IPS_NEW_N(mem, const struct ips_asset *, out->files);
	out->fetched = IPS_NEW_N(mem, const struct ips_fetched *, out->files);
	out->drawing = IPS_NEW_N(mem, const struct ips_filled *, out->files);
	out->nested = IPS_NEW_N(mem, const struct ips_resolved *, out->files);
	if (!take_asked(r, request, asset, out, err))
		return false;
	for (int i = 1; i < out->objects.count; i++)
		if (!take_named(r, request, i, out, err))
			return false;
	return true;
}

/* ---- What the pictures of layers bring along ---- */

static const struct ips_asset *
asset_of(const struct ips_resolved *resolved, const struct ips_layer *layer)
{
	const struct ips_value *src = layer->value[IPS_CMD_SRC];
	const struct ips_objects *objects = &resolved->pictures.objects;

	for (int i = 1; src != NULL && i < objects->count; i++)
		if (strcmp(objects->object[i].name, src->text) == 0)
			return resolved->pictures.asset[i];
	return NULL;
}

static void
put_segment(GString *out, const struct ips_layer *layer, const char *commands)
{
	if (*commands != '\0')
		g_string_append_printf(
		    out, "%slayer=%d&%s", out->len > 0 ? "&" : "", layer->number, commands);
}

/* Published: catalog::Modifier of a layer's picture holds for that layer, unless the request says
 * otherwise there; PostModifier, of layer 0 alone, says it against the request. NULL: nobody brings
 * any. */
static const char *
with_layer_modifiers(
    const struct resolving *r, const struct ips_resolved *resolved, const char *text)
{
	struct ips_arena *mem = r->looking->mem;
	g_autoptr(GString) before = g_string_new(NULL);
	g_autoptr(GString) after = g_string_new(NULL);

	for (int i = 1; i < resolved->modifier->layers; i++) {
		const struct ips_layer *layer = &resolved->modifier->layer[i];
		const struct ips_asset *asset = asset_of(resolved, layer);

		if (is_bare(r, asset))
			continue;
		put_segment(before, layer, ips_modifier_keep_layer(mem, asset->url_modifier));
		if (layer->number == 0)
			put_segment(
			    after, layer, ips_modifier_keep_layer(mem, asset->post_modifier));
	}
	if (before->len + after->len == 0)
		return NULL;
	return ips_arena_printf(
	    mem, "%s&layer=comp&%s&layer=comp&%s", before->str, text, after->str);
}

static bool
read_request(
    const struct resolving *r, const char *text, struct ips_resolved *out, struct ips_error *err)
{
	return ips_modifier_parse(r->looking->mem, text, NULL, &out->modifier, err) &&
	       find_pictures(r, out->modifier, out->asset, &out->pictures, err);
}

static bool
settle(const struct resolving *r, const struct ips_asset *asset, const char *text,
    struct ips_resolved *out, struct ips_error *err)
{
	struct allowance left = *r->left;

	*out = (struct ips_resolved){ .asset = asset };
	if (!read_request(r, text, out, err))
		return false;
	text = with_layer_modifiers(r, out, text);
	if (text == NULL)
		return true;
	*r->left = left; /* the same pictures */
	return fill_macros(r, &text, err) && read_request(r, text, out, err);
}

/* Published: the watermark is laid over the composite, before the view. */
static bool
with_watermark(const struct resolving *r, const struct ips_asset *asset, const char *text,
    struct ips_resolved *out, struct ips_error *err)
{
	struct ips_arena *mem = r->looking->mem;
	struct resolving outer = *r, inner = *r;
	struct part part[2] = { { .asset = asset } };
	const char *mark = "";
	struct ips_marked marked;

	inner.depth++;
	inner.object = r->looking->watermark;
	outer.part = part;
	if (!find_asset(r, "Watermark", r->looking->watermark, &part[1].asset, err) ||
	    !complete(&inner, &part[1].asset, &mark, err))
		return false;
	ips_watermark_split(mem, text, mark, &marked);
	part[0].text = marked.picture;
	part[1].text = marked.mark;
	if (!settle(&outer, NULL, marked.whole, out, err))
		return false;
	out->asset = asset;
	return true;
}

static bool
resolve(const struct resolving *r, const struct ips_asset *asset, const char *text,
    struct ips_resolved *out, struct ips_error *err)
{
	bool outermost = r->depth == 0 && r->looking->watermark != NULL;

	if (!complete(r, &asset, &text, err))
		return false;
	return outermost && ips_watermark_applies(r->looking->mem, text)
		   ? with_watermark(r, asset, text, out, err)
		   : settle(r, asset, text, out, err);
}

bool
ips_request_resolve(const struct ips_looking *looking, const struct ips_asset *asset,
    const char *text, struct ips_resolved *out, struct ips_error *err)
{
	struct allowance left = { MAX_PICTURES, MAX_FOREIGN };
	bool replaced = false;
	struct resolving r = { looking, NULL, 0, &left, NULL, &replaced };

	if (asset != NULL)
		r.object =
		    ips_arena_printf(looking->mem, "%s/%s", looking->company->name, asset->name);
	if (!resolve(&r, asset, text, out, err))
		return false;
	out->replaced = replaced;
	return true;
}
