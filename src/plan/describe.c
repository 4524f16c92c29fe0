/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* A plan in words, for whoever wonders where the time went: sizes and what is done, in the order it
 * is done. Neither names nor texts: those are the client's, and may be nobody else's business. */
#include "plan_priv.h"

#define WORDS_MAX  900 /* bytes, then it is cut */
#define LAYERS_MAX 12

static void describe(GString *out, const struct ips_plan *plan);

static void
add_size(GString *out, const char *word, struct ips_size size)
{
	g_string_append_printf(out, " %s=%dx%d", word, size.width, size.height);
}

static void
add_rect(GString *out, const char *word, struct ips_rect rect)
{
	g_string_append_printf(
	    out, " %s=%d,%d,%d,%d", word, rect.x, rect.y, rect.width, rect.height);
}

static void
add_count(GString *out, const char *word, int count)
{
	if (count > 0)
		g_string_append_printf(out, " %s=%d", word, count);
}

static void
add_content(GString *out, const struct ips_plan *plan, const struct ips_plan_layer *layer)
{
	static const char *const spaces[] = { "rgb", "gray", "cmyk" };
	const struct ips_plan *nested = NULL;

	if (layer->kind == IPS_CONTENT_OBJECT)
		nested = plan->objects.object[layer->object].plan;
	if (nested != NULL) {
		g_string_append_c(out, '(');
		describe(out, nested);
		g_string_append_c(out, ')');
	} else if (layer->kind == IPS_CONTENT_OBJECT) {
		g_string_append_printf(out, "%s %s%d %dx%d",
		    ips_format_info(layer->source.format)->name, spaces[layer->source.space],
		    layer->source.bits, layer->source.width, layer->source.height);
	} else {
		g_string_append_printf(out, "%s %dx%d",
		    layer->kind == IPS_CONTENT_TEXT ? "text" : "color", layer->source.width,
		    layer->source.height);
	}
}

static void
add_layer(GString *out, const struct ips_plan *plan, const struct ips_plan_layer *layer)
{
	add_content(out, plan, layer);
	if (has_picture(layer)) {
		if (!is_whole(layer->crop, stored_size(layer)))
			add_rect(out, "crop", layer->crop);
		if (layer->shrink > 1)
			add_count(out, "shrink", layer->shrink);
		if (!same_size(layer->scaled, size_of(layer->crop)))
			add_size(out, "scale", layer->scaled);
	}
	if (layer->turn > 1)
		add_count(out, "turn", layer->turn);
	if (layer->rotated || layer->warped)
		add_size(out, layer->warped ? "perspective" : "rotate", layer->turned);
	add_count(out, "mask", layer->mask);
	add_count(out, "ops", layer->ops.count);
	add_count(out, "clips", layer->clips.count);
	add_count(out, "effects", layer->effects.count);
	if (layer->x != 0 || layer->y != 0)
		g_string_append_printf(out, " at=%d,%d", layer->x, layer->y);
}

static void
add_composite(GString *out, const struct ips_plan *plan)
{
	if (!same_size(plan->resized, size_of(plan->window)))
		add_size(out, "scale", plan->resized);
	add_count(out, "ops", plan->view_ops.count);
	add_count(out, "clips", plan->layer_clips.count + plan->view_clips.count);
	add_count(out, "effects", plan->view_effects.count);
	if (!same_size(size_of(plan->view), size_of(plan->frame)))
		add_size(out, "view", size_of(plan->view));
}

static void
describe(GString *out, const struct ips_plan *plan)
{
	for (int i = 0; i < plan->layers && i < LAYERS_MAX && out->len < WORDS_MAX; i++) {
		if (i > 0)
			g_string_append(out, " + ");
		add_layer(out, plan, &plan->layer[i]);
	}
	if (plan->layers > LAYERS_MAX)
		g_string_append_printf(out, " + %d more", plan->layers - LAYERS_MAX);
	g_string_append(out, " |");
	add_composite(out, plan);
	g_string_append_printf(out, " -> %s %dx%d", ips_format_info(ips_plan_format(plan))->name,
	    plan->frame.width, plan->frame.height);
}

char *
ips_plan_describe(struct ips_arena *mem, const void *made)
{
	const struct ips_plan *plan = made;
	g_autoptr(GString) out = g_string_sized_new(256);

	if (plan->identity)
		g_string_append(out, "as it is: ");
	describe(out, plan);
	return ips_arena_strndup(mem, out->str, MIN(out->len, WORDS_MAX));
}
