/* diff.c - what changed between two documents, in terms of rules, categories and so on rather than lines.
 * Takes any JSON, also what would not validate. */
#include <stdio.h>
#include <stdlib.h>

#include "policy/names.h"
#include "policy/read.h"
#include "sluice/policy.h"

struct diff {
    json_t *changes;
    struct sl_text path;
};

/* before or after NULL: not there. */
static void add_change(struct diff *d, const char *op, const json_t *before, const json_t *after)
{
    json_t *item = json_object();
    json_object_set_new(item, "op", json_string(op));
    json_object_set_new(item, "path", json_string(d->path.p));
    if (before)
        json_object_set_new(item, "before", json_deep_copy(before));
    if (after)
        json_object_set_new(item, "after", json_deep_copy(after));
    json_array_append_new(d->changes, item);
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

static void diff_value(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    if (before && after && json_equal(before, after))
        return;
    size_t mark = enter(d, key);
    add_change(d, before && after ? "change" : before ? "remove" : "add", before, after);
    leave(d, mark);
}

/* Member by member; removed ones first, then the rest in the order of `after`. NULL is an empty object. */
static void diff_members(struct diff *d, const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)before, key, value) if (!json_object_get(after, key))
        diff_value(d, key, value, NULL);
    json_object_foreach((json_t *)after, key, value) diff_value(d, key, json_object_get(before, key), value);
}

/* ---- lists of things with ids ---- */

struct entry {
    const json_t *value;
    size_t index; /* in its own array */
    int partner;  /* index in the other array, -1: none */
    bool stays;   /* in order with the others that stay */
};
struct entries {
    struct entry *items;
    size_t count;
    struct names ids;
};

/* False when some element has no id of its own: then the array can only be compared as a whole. */
static bool entries_read(const json_t *array, struct entries *out)
{
    size_t i;
    json_t *value;
    *out = (struct entries){.items = sl_calloc(json_array_size(array) + 1, sizeof *out->items)};
    json_array_foreach(array, i, value)
    {
        const json_t *id = json_object_get(value, "id");
        if (!json_is_string(id) ||
            names_add(&out->ids, sl_str(json_string_value(id), json_string_length(id))) != i)
            return false;
        out->items[out->count++] = (struct entry){.value = value, .index = i, .partner = -1};
    }
    return true;
}

static void entries_fini(struct entries *e)
{
    names_fini(&e->ids);
    free(e->items);
}

/* Marks a longest increasing subsequence of the partners of `after`: those kept their order, the others
 * moved. */
static void mark_stays(struct entries *after)
{
    size_t *tails = sl_calloc(after->count + 1, sizeof *tails),
           length = 0; /* entry that ends the best of each length */
    int *before_me = sl_calloc(after->count + 1, sizeof *before_me);
    for (size_t i = 0; i < after->count; i++) {
        struct entry *e = &after->items[i];
        if (e->partner < 0)
            continue;
        size_t low = 0, high = length;
        while (low < high) {
            size_t mid = (low + high) / 2;
            if (after->items[tails[mid]].partner < e->partner)
                low = mid + 1;
            else
                high = mid;
        }
        before_me[i] = low > 0 ? (int)tails[low - 1] : -1;
        tails[low] = i;
        length = SL_MAX(length, low + 1);
    }
    for (int i = length > 0 ? (int)tails[length - 1] : -1; i >= 0; i = before_me[i])
        after->items[i].stays = true;
    free(tails);
    free(before_me);
}

static void diff_entries(struct diff *d, struct entries *before, struct entries *after)
{
    for (size_t i = 0; i < after->count; i++)
        after->items[i].partner = names_find(&before->ids, after->ids.items[i]);
    mark_stays(after);
    for (size_t i = 0; i < before->count; i++)
        if (names_find(&after->ids, before->ids.items[i]) < 0)
            diff_value(d, before->ids.items[i].p, before->items[i].value, NULL);
    for (size_t i = 0; i < after->count; i++) {
        const struct entry *e = &after->items[i];
        const char *id = after->ids.items[i].p;
        diff_value(d, id, e->partner >= 0 ? before->items[e->partner].value : NULL, e->value);
        if (e->partner < 0 || e->stays)
            continue;
        size_t mark = enter(d, id);
        json_t *from = json_integer(e->partner), *to = json_integer((json_int_t)i);
        add_change(d, "move", from, to);
        json_decref(from);
        json_decref(to);
        leave(d, mark);
    }
}

static void diff_list(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    struct entries b, a;
    bool by_id = entries_read(before, &b);
    by_id = entries_read(after, &a) && by_id;
    by_id = by_id && (!before || json_is_array(before)) && (!after || json_is_array(after));
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

/* Elements as text, so that they can be looked up. */
struct elements {
    char **texts;
    size_t count;
    struct names names;
};

static void elements_read(const json_t *array, struct elements *out)
{
    size_t i;
    json_t *value;
    *out = (struct elements){.texts = sl_calloc(json_array_size(array) + 1, sizeof *out->texts)};
    json_array_foreach(array, i, value)
    {
        char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        sl_assert(text);
        out->texts[out->count++] = text;
        names_add(&out->names, sl_cstr(text));
    }
}

static void elements_fini(struct elements *e)
{
    for (size_t i = 0; i < e->count; i++)
        free(e->texts[i]);
    free(e->texts);
    names_fini(&e->names);
}

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

/* Members that are more than one value; all others are compared whole. */
static const struct {
    const char *key;
    void (*diff)(struct diff *d, const char *key, const json_t *before, const json_t *after);
} members[] = {
    {"networks", diff_map}, {"groups", diff_map},  {"schedules", diff_map}, {"categories", diff_map},
    {"rules", diff_list},   {"quotas", diff_list}, {"headers", diff_list},  {"inspection", diff_inspection},
    {"tests", diff_set},
};

static void diff_member(struct diff *d, const char *key, const json_t *before, const json_t *after)
{
    for (size_t i = 0; i < SL_COUNT(members); i++) {
        if (strcmp(members[i].key, key) == 0) {
            members[i].diff(d, key, before, after);
            return;
        }
    }
    diff_value(d, key, before, after);
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
        if (!json_equal(before, after))
            add_change(&d, "change", before, after);
    } else {
        diff_object(&d, before, after);
    }
    sl_text_fini(&d.path);
    return d.changes;
}
