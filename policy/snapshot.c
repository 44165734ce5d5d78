/* snapshot.c - what a compiled policy tells about itself, and its references. */
#include "policy/snapshot.h"

#include <stdlib.h>

void snapshot_free(struct snapshot *s)
{
    links_fini(&s->list_categories);
    category_table_fini(&s->lists_to_categories);
    links_fini(&s->pattern_categories);
    links_fini(&s->user_groups);
    for (int i = 0; i < SIEVE_COUNT; i++)
        sieve_fini(&s->sieves[i]);
    names_fini(&s->tokens);
    document_fini(&s->doc);
    json_decref(s->json);
    if (s->lists)
        s->lists->unref(s->lists);
    free(s);
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void snapshot_unref(struct snapshot **s)
{
    struct snapshot *old = *s;
    *s = NULL;
    /* Release: our reads come before the free; acquire: whoever frees sees that everybody is done. */
    if (old && atomic_fetch_sub_explicit(&old->refs, 1, memory_order_acq_rel) == 1)
        snapshot_free(old);
}

int64_t snapshot_version(const struct snapshot *s)
{
    return s->version;
}

const json_t *snapshot_document(const struct snapshot *s)
{
    return s->json;
}

size_t snapshot_category_count(const struct snapshot *s)
{
    return s->doc.category_names.count;
}

struct sl_str snapshot_category_name(const struct snapshot *s, size_t index)
{
    sl_assert(index < s->doc.category_names.count);
    return s->doc.category_names.items[index];
}

struct sl_str snapshot_category_title(const struct snapshot *s, size_t index)
{
    if (index == s->doc.category_count)
        return SL_STR("Uncategorised");
    sl_assert(index < s->doc.category_count);
    const struct doc_category *c = &s->doc.categories[index];
    return c->title.n > 0 ? c->title : c->name;
}

size_t snapshot_rule_count(const struct snapshot *s)
{
    return s->doc.rule_count;
}

struct sl_str snapshot_rule_id(const struct snapshot *s, int rule)
{
    sl_assert(rule >= 0 && (size_t)rule < s->doc.rule_count);
    return s->doc.rules[rule].id;
}

size_t snapshot_groups_of(const struct snapshot *s, struct sl_str user, struct sl_str *out, size_t max)
{
    int id = names_find(&s->doc.users, user);
    if (id < 0)
        return 0;
    const struct links *l = &s->user_groups;
    size_t n = SL_MIN((size_t)(l->first[id + 1] - l->first[id]), max);
    for (size_t i = 0; i < n; i++)
        out[i] = s->doc.group_names.items[l->to[l->first[id] + i]];
    return n;
}

bool snapshot_needs_user(const struct snapshot *s)
{
    return s->needs_user;
}

size_t snapshot_skipped_expressions(const struct snapshot *s)
{
    return s->skipped_expressions;
}

size_t snapshot_quota_count(const struct snapshot *s)
{
    return s->doc.quota_count;
}

const struct quota_def *snapshot_quota(const struct snapshot *s, int quota)
{
    sl_assert(quota >= 0 && (size_t)quota < s->doc.quota_count);
    return &s->doc.quotas[quota].def;
}

size_t snapshot_header_count(const struct snapshot *s)
{
    return s->doc.header_count;
}

const struct header_def *snapshot_header_rule(const struct snapshot *s, int header)
{
    sl_assert(header >= 0 && (size_t)header < s->doc.header_count);
    return &s->doc.headers[header].def;
}

int64_t snapshot_next_change(const struct snapshot *s, int64_t now_s)
{
    int64_t next = INT64_MAX;
    const struct guard *g;
    for (size_t i = 0; i < s->doc.schedule_names.count; i++)
        next = SL_MIN(next, schedule_next_change(&s->doc.schedules[i], now_s));
    for (size_t i = 0; (g = document_guard(&s->doc, i)); i++)
        if (g->valid)
            next = SL_MIN(next, validity_next_change(g->valid, now_s));
    return next;
}

struct sl_str snapshot_zone_name(const struct snapshot *s)
{
    return zone_name(s->doc.zone);
}

int32_t snapshot_zone_offset(const struct snapshot *s, int64_t time_s)
{
    return zone_offset(s->doc.zone, time_s);
}

void snapshot_quota_window(const struct snapshot *s, const struct quota_def *q, int64_t time_s,
                           int64_t *out_start, int64_t *out_end)
{
    if (q->window == QUOTA_ROLLING)
        quota_step_bounds(q->rolling_s, time_s, out_start, out_end);
    else
        quota_bounds(s->doc.zone, q->window, time_s, out_start, out_end);
}
