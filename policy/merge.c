/* merge.c - two sets of changes to one document, put together: what `mine` changed in `base` is done to
 * `theirs`.
 *
 * Things are taken by name, as in a diff: when only one side changed, added or removed a rule, that side has
 * it; when both did, differently, it is a conflict, and people have to decide. Order is theirs; what I moved
 * or added goes behind what it stands behind in mine. Takes any JSON, also what would not validate; cost
 * grows with the size of the documents and nothing else. */
#include <stdlib.h>

#include "policy/entries.h"
#include "policy/read.h"
#include "sluice/policy.h"

struct merge {
    struct sl_text path;
    json_t *conflicts;
};

static bool same(const json_t *a, const json_t *b)
{
    return a == b || (a && b && json_equal(a, b));
}

static void conflict_at(struct merge *m, const char *key)
{
    size_t mark = m->path.n;
    read_pointer_add(&m->path, key);
    json_array_append_new(m->conflicts, json_string(m->path.p));
    m->path.n = mark;
    m->path.p[mark] = '\0';
}

/* The value that both sides want, borrowed; NULL: none. */
static const json_t *pick(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                          const json_t *theirs)
{
    if (same(mine, base) || same(mine, theirs))
        return theirs;
    if (!same(theirs, base))
        conflict_at(m, key);
    return mine;
}

/* ---- members ---- */

typedef json_t *merge_value(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                            const json_t *theirs);

/* In the order of theirs, then what only mine has. NULL is an empty object. */
static json_t *merge_members(struct merge *m, const json_t *base, const json_t *mine, const json_t *theirs,
                             merge_value *each)
{
    json_t *out = json_object(), *value;
    const char *key;
    json_object_foreach((json_t *)theirs, key, value)
    {
        json_t *merged = each(m, key, json_object_get(base, key), json_object_get(mine, key), value);
        if (merged)
            json_object_set_new(out, key, merged);
    }
    json_object_foreach((json_t *)mine, key, value)
    {
        json_t *merged =
            json_object_get(theirs, key) ? NULL : each(m, key, json_object_get(base, key), value, NULL);
        if (merged)
            json_object_set_new(out, key, merged);
    }
    return out;
}

static json_t *merge_whole(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                           const json_t *theirs)
{
    return json_incref((json_t *)pick(m, key, base, mine, theirs));
}

static bool all_objects(const json_t *a, const json_t *b, const json_t *c)
{
    return (!a || json_is_object(a)) && (!b || json_is_object(b)) && (!c || json_is_object(c));
}

static json_t *merge_object(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                            const json_t *theirs, merge_value *each)
{
    if (!all_objects(base, mine, theirs))
        return merge_whole(m, key, base, mine, theirs);
    size_t mark = m->path.n;
    read_pointer_add(&m->path, key);
    json_t *out = merge_members(m, base, mine, theirs, each);
    m->path.n = mark;
    m->path.p[mark] = '\0';
    return out;
}

static json_t *merge_map(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                         const json_t *theirs)
{
    return merge_object(m, key, base, mine, theirs, merge_whole);
}

/* ---- lists of things with ids ---- */

/* The merged list as a ring of numbers: each node is an id, the last one is the ring's beginning. */
struct ring {
    struct names ids; /* of both sides */
    size_t *next, *before;
    size_t head;
};

static void ring_put(struct ring *r, size_t node, size_t behind)
{
    r->before[node] = behind;
    r->next[node] = r->next[behind];
    r->before[r->next[behind]] = node;
    r->next[behind] = node;
}

static void ring_take(struct ring *r, size_t node)
{
    r->next[r->before[node]] = r->next[node];
    r->before[r->next[node]] = r->before[node];
}

static void ring_init(struct ring *r, const struct entries *mine, const struct entries *theirs)
{
    *r = (struct ring){0};
    for (size_t i = 0; i < theirs->count; i++)
        names_add(&r->ids, theirs->ids.items[i]);
    for (size_t i = 0; i < mine->count; i++)
        names_add(&r->ids, mine->ids.items[i]);
    r->head = r->ids.count;
    r->next = sl_calloc(r->head + 1, sizeof *r->next);
    r->before = sl_calloc(r->head + 1, sizeof *r->before);
    r->next[r->head] = r->before[r->head] = r->head;
    for (size_t i = 0; i < theirs->count; i++)
        ring_put(r, i, i > 0 ? i - 1 : r->head);
}

static void ring_fini(struct ring *r)
{
    names_fini(&r->ids);
    free(r->next);
    free(r->before);
}

static bool moved(const struct entry *e)
{
    return e->partner >= 0 && !e->stays;
}

/* Puts what I added or moved behind what it follows in mine, in the order of mine, so that what it follows
 * has its place already. */
static void place_mine(struct merge *m, struct ring *r, const struct entries *mine,
                       const struct entries *theirs)
{
    size_t behind = r->head;
    for (size_t i = 0; i < mine->count; i++) {
        size_t node = names_add(&r->ids, mine->ids.items[i]);
        bool there = node < theirs->count;
        if (there && moved(&mine->items[i]) && r->before[node] != behind) {
            if (moved(&theirs->items[node]))
                conflict_at(m, mine->ids.items[i].p);
            ring_take(r, node);
            ring_put(r, node, behind);
        } else if (!there) {
            ring_put(r, node, behind);
        }
        behind = node;
    }
}

static const json_t *value_of(const struct entries *e, struct sl_str id)
{
    int i = names_find(&e->ids, id);
    return i >= 0 ? e->items[i].value : NULL;
}

static json_t *merge_entries(struct merge *m, struct entries *base, struct entries *mine,
                             struct entries *theirs)
{
    struct ring r;
    json_t *out = json_array();
    entries_pair(base, mine);
    entries_pair(base, theirs);
    ring_init(&r, mine, theirs);
    place_mine(m, &r, mine, theirs);
    for (size_t node = r.next[r.head]; node != r.head; node = r.next[node]) {
        struct sl_str id = r.ids.items[node];
        const json_t *value = pick(m, id.p, value_of(base, id), value_of(mine, id), value_of(theirs, id));
        if (value)
            json_array_append(out, (json_t *)value);
    }
    ring_fini(&r);
    return out;
}

static json_t *merge_list(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                          const json_t *theirs)
{
    struct entries b, o, t;
    json_t *out;
    bool by_id = entries_read(base, &b);
    by_id = entries_read(mine, &o) && by_id;
    by_id = entries_read(theirs, &t) && by_id;
    if (by_id) {
        size_t mark = m->path.n;
        read_pointer_add(&m->path, key);
        out = merge_entries(m, &b, &o, &t);
        m->path.n = mark;
        m->path.p[mark] = '\0';
    } else {
        out = merge_whole(m, key, base, mine, theirs);
    }
    entries_fini(&b);
    entries_fini(&o);
    entries_fini(&t);
    return out;
}

/* ---- lists of things without: tests ---- */

static bool has(const struct elements *e, const char *text)
{
    return names_find(&e->names, sl_cstr(text)) >= 0;
}

/* Theirs without what I removed, then what I added. */
static json_t *merge_set(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                         const json_t *theirs)
{
    struct elements b, o, t;
    if ((base && !json_is_array(base)) || (mine && !json_is_array(mine)) ||
        (theirs && !json_is_array(theirs)))
        return merge_whole(m, key, base, mine, theirs);
    json_t *out = json_array();
    elements_read(base, &b);
    elements_read(mine, &o);
    elements_read(theirs, &t);
    for (size_t i = 0; i < t.count; i++)
        if (!has(&b, t.texts[i]) || has(&o, t.texts[i]))
            json_array_append(out, json_array_get(theirs, i));
    for (size_t i = 0; i < o.count; i++)
        if (!has(&b, o.texts[i]) && !has(&t, o.texts[i]))
            json_array_append(out, json_array_get(mine, i));
    elements_fini(&b);
    elements_fini(&o);
    elements_fini(&t);
    return out;
}

/* ---- the document ---- */

static merge_value merge_member;

static json_t *merge_inspection(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                                const json_t *theirs)
{
    return merge_object(m, key, base, mine, theirs, merge_member);
}

static const struct {
    const char *key;
    merge_value *merge;
} members[] = {
    {"networks", merge_map},    {"groups", merge_map},
    {"schedules", merge_map},   {"categories", merge_map},
    {"rules", merge_list},      {"quotas", merge_list},
    {"headers", merge_list},    {"inspection", merge_inspection},
    {"exceptions", merge_list}, {"tests", merge_set},
};

/* Where one side has nothing and the other an empty list or map, nothing is left of it. */
static json_t *unless_empty(json_t *take, const json_t *theirs)
{
    if (!take || theirs || json_object_size(take) + json_array_size(take) > 0 ||
        !(json_is_object(take) || json_is_array(take)))
        return take;
    json_decref(take);
    return NULL;
}

static json_t *merge_member(struct merge *m, const char *key, const json_t *base, const json_t *mine,
                            const json_t *theirs)
{
    for (size_t i = 0; i < SL_COUNT(members); i++)
        if (strcmp(members[i].key, key) == 0)
            return unless_empty(members[i].merge(m, key, base, mine, theirs), theirs);
    return merge_whole(m, key, base, mine, theirs);
}

json_t *policy_merge(const json_t *base, const json_t *mine, const json_t *theirs, json_t **out_conflicts)
{
    struct merge m = {.conflicts = json_array()};
    sl_text_add(&m.path, SL_STR(""));
    json_t *merged = merge_members(&m, base, mine, theirs, merge_member);
    sl_text_fini(&m.path);
    if (json_array_size(m.conflicts) > 0) {
        json_decref(merged);
        *out_conflicts = m.conflicts;
        return NULL;
    }
    json_decref(m.conflicts);
    return merged;
}
