/* diff.c - what changed between two documents, in terms of rules, categories and so on rather than lines.
 * Takes any JSON, also what would not validate. */
#include <stdio.h>

#include "policy/diff_words.h"
#include "policy/entries.h"
#include "policy/read.h"

struct diff {
    json_t *changes;
    struct sl_text path;
    const char *kind, *id; /* of what is being compared; id NULL: it has none */
};

static struct diff_change change_here(const struct diff *d, const char *op, const json_t *before,
                                      const json_t *after)
{
    return (struct diff_change){.op = op,
                                .path = d->path.p,
                                .kind = d->kind,
                                .id = d->id,
                                .item = after ? after : before,
                                .before = before,
                                .after = after,
                                .from = -1,
                                .to = -1};
}

static void add_change(struct diff *d, const struct diff_change *change)
{
    json_array_append_new(d->changes, diff_change_json(change));
}

static size_t enter(struct diff *d, const char *key)
{
    size_t mark = d->path.n;
    read_pointer_add(&d->path, key);
    return mark;
}

static void leave(struct diff *d, size_t mark)
{
    d->path.n = mark;
    d->path.p[mark] = '\0';
}

/* before or after NULL: not there. from and to are places in a list, -1: of no meaning. */
static void diff_at(struct diff *d, const char *key, const json_t *before, const json_t *after, int from,
                    int to)
{
    if (before && after && json_equal(before, after))
        return;
    size_t mark = enter(d, key);
    struct diff_change change = change_here(d,
                                            before && after ? "change"
                                            : before        ? "remove"
                                                            : "add",
                                            before, after);
    change.from = after ? -1 : from;
    change.to = before ? -1 : to;
    add_change(d, &change);
    leave(d, mark);
}

static void diff_value(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    diff_at(d, key, before, after, -1, -1);
}

static void diff_named(struct diff *d, const char *id, const json_t *before, const json_t *after)
{
    d->id = id;
    diff_value(d, id, before, after);
    d->id = NULL;
}

/* Member by member; removed ones first, then the rest in the order of `after`. NULL is an empty object. */
static void diff_members(struct diff *d, const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)before, key, value) if (!json_object_get(after, key))
        diff_named(d, key, value, NULL);
    json_object_foreach((json_t *)after, key, value) diff_named(d, key, json_object_get(before, key), value);
}

/* ---- lists of things with ids ---- */

static void diff_entry(struct diff *d, const struct entries *before, const struct entry *e)
{
    diff_at(d, d->id, e->partner >= 0 ? before->items[e->partner].value : NULL, e->value, -1, (int)e->index);
    if (e->partner < 0 || e->stays)
        return;
    size_t mark = enter(d, d->id);
    json_t *from = json_integer(e->partner), *to = json_integer((json_int_t)e->index);
    struct diff_change change = change_here(d, "move", from, to);
    change.item = e->value;
    change.from = e->partner;
    change.to = (int)e->index;
    add_change(d, &change);
    json_decref(from);
    json_decref(to);
    leave(d, mark);
}

static void diff_entries(struct diff *d, struct entries *before, struct entries *after)
{
    entries_pair(before, after);
    for (size_t i = 0; i < before->count; i++) {
        d->id = before->ids.items[i].p;
        if (names_find(&after->ids, before->ids.items[i]) < 0)
            diff_at(d, d->id, before->items[i].value, NULL, (int)i, -1);
    }
    for (size_t i = 0; i < after->count; i++) {
        d->id = after->ids.items[i].p;
        diff_entry(d, before, &after->items[i]);
    }
    d->id = NULL;
}

static void diff_list(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    struct entries b, a;
    bool by_id = entries_read(before, &b);
    by_id = entries_read(after, &a) && by_id;
    if (by_id) {
        size_t mark = enter(d, key);
        diff_entries(d, &b, &a);
        leave(d, mark);
    } else {
        diff_value(d, key, before, after);
    }
    entries_fini(&b);
    entries_fini(&a);
}

/* ---- lists of things without: which came and which went ---- */

static void diff_set(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    struct elements b, a;
    char index[24];
    if ((before && !json_is_array(before)) || (after && !json_is_array(after))) {
        diff_value(d, key, before, after);
        return;
    }
    elements_read(before, &b);
    elements_read(after, &a);
    size_t mark = enter(d, key);
    for (size_t i = 0; i < b.count + a.count; i++) {
        bool gone = i < b.count;
        size_t at = gone ? i : i - b.count;
        if (names_find(gone ? &a.names : &b.names, sl_cstr(gone ? b.texts[at] : a.texts[at])) >= 0)
            continue;
        snprintf(index, sizeof index, "%zu", at);
        diff_value(d, index, gone ? json_array_get(before, at) : NULL,
                   gone ? NULL : json_array_get(after, at));
    }
    leave(d, mark);
    elements_fini(&b);
    elements_fini(&a);
}

/* ---- the document ---- */

static void diff_inspection(struct diff *d, const char *key, const json_t *before, const json_t *after);

static void diff_map(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    if ((before && !json_is_object(before)) || (after && !json_is_object(after))) {
        diff_value(d, key, before, after);
        return;
    }
    size_t mark = enter(d, key);
    diff_members(d, before, after);
    leave(d, mark);
}

/* Members that are more than one value; all others are compared whole, and are a kind of their own. */
static const struct {
    const char *key, *kind;
    void (*diff)(struct diff *d, const char *key, const json_t *before, const json_t *after);
} members[] = {
    {"networks", "network", diff_map},
    {"groups", "group", diff_map},
    {"schedules", "schedule", diff_map},
    {"categories", "category", diff_map},
    {"rules", "rule", diff_list},
    {"quotas", "quota", diff_list},
    {"headers", "header", diff_list},
    {"exceptions", "exception", diff_list},
    {"inspection", "inspection", diff_inspection},
    {"tests", "test", diff_set},
};

/* The kind stays that of the outermost member: rules of inspection are "inspection". */
static void diff_member(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    const char *outer = d->kind;
    size_t i = 0;
    while (i < SL_COUNT(members) && strcmp(members[i].key, key) != 0)
        i++;
    if (!outer)
        d->kind = i < SL_COUNT(members) ? members[i].kind : key;
    if (i < SL_COUNT(members))
        members[i].diff(d, key, before, after);
    else
        diff_value(d, key, before, after);
    d->kind = outer;
}

/* "rules" of inspection is such a list too, so its members are taken like the document's. */
static void diff_object(struct diff *d, const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)before, key, value) if (!json_object_get(after, key))
        diff_member(d, key, value, NULL);
    json_object_foreach((json_t *)after, key, value) diff_member(d, key, json_object_get(before, key), value);
}

static void diff_inspection(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    if ((before && !json_is_object(before)) || (after && !json_is_object(after))) {
        diff_value(d, key, before, after);
        return;
    }
    size_t mark = enter(d, key);
    diff_object(d, before, after);
    leave(d, mark);
}

json_t *policy_diff(const json_t *before, const json_t *after)
{
    struct diff d = {.changes = json_array()};
    if (!json_is_object(before) || !json_is_object(after)) {
        sl_text_addc(&d.path, '/');
        d.kind = "policy";
        struct diff_change change = change_here(&d, "change", before, after);
        if (!json_equal(before, after))
            add_change(&d, &change);
    } else {
        diff_object(&d, before, after);
    }
    sl_text_fini(&d.path);
    return d.changes;
}
