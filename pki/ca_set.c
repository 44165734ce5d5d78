/* ca_set.c - what becomes of authorities: next -> current -> retired -> forgotten. See ca_set.h. */
#include "pki/ca_set.h"

enum { DAY_S = 86400 };

void ca_set_copy(const struct ca_set *from, struct ca_set *out)
{
    *out = *from;
    for (size_t i = 0; i < out->count; i++)
        ca_ref(out->items[i].ca);
}

void ca_set_fini(struct ca_set *set)
{
    ca_entries_fini(set->items, set->count);
    set->count = 0;
}

struct ca_entry *ca_set_find(struct ca_set *set, enum ca_state state)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].state == state)
            return &set->items[i];
    return NULL;
}

bool ca_set_holds(const struct ca_set *set, const struct ca *ca)
{
    for (size_t i = 0; i < set->count; i++)
        if (memcmp(ca_id(set->items[i].ca), ca_id(ca), CA_ID) == 0)
            return true;
    return false;
}

static void drop(struct ca_set *set, struct ca_entry *e)
{
    size_t i = (size_t)(e - set->items);
    ca_unref(&e->ca);
    memmove(e, e + 1, (set->count - i - 1) * sizeof *e);
    set->count--;
}

/* Among those of its state it comes first. The oldest retired one makes room. */
static void insert(struct ca_set *set, struct ca_entry e)
{
    size_t at = 0;
    if (set->count == CA_MOST)
        drop(set, &set->items[CA_MOST - 1]);
    while (at < set->count && set->items[at].state < e.state)
        at++;
    memmove(&set->items[at + 1], &set->items[at], (set->count - at) * sizeof e);
    set->items[at] = e;
    set->count++;
}

static struct ca_entry take(struct ca_set *set, struct ca_entry *e)
{
    struct ca_entry taken = *e;
    ca_ref(taken.ca);
    drop(set, e);
    return taken;
}

static bool need_next(struct ca_set *set, struct ca_entry **out, struct sl_err *err)
{
    *out = ca_set_find(set, CA_NEXT);
    return *out || sl_fail(err, SL_NOT_FOUND, "no next authority has been made; make one: sluice ca rotate");
}

static bool can_sign(const struct ca *ca, int64_t now_s, struct sl_err *err)
{
    const struct ca_facts *f = ca_facts(ca);
    if (*f->key_fault)
        return sl_fail(err, SL_CONFLICT, "the private key of %s cannot be opened: %s", f->subject,
                       f->key_fault);
    return f->not_after_s > now_s || sl_fail(err, SL_CONFLICT, "%s has ended", f->subject);
}

static void retire_current(struct ca_set *set, int64_t now_s)
{
    struct ca_entry *current = ca_set_find(set, CA_CURRENT);
    if (!current)
        return;
    struct ca_entry e = take(set, current);
    e.state = CA_RETIRED;
    e.since_s = now_s;
    e.until_s =
        SL_MIN(now_s + (int64_t)CA_LEAF_DAYS_MOST * DAY_S, SL_MAX(ca_facts(e.ca)->not_after_s, now_s));
    insert(set, e);
}

static bool promote(struct ca_set *set, int64_t now_s, struct sl_err *err)
{
    struct ca_entry *next = ca_set_find(set, CA_NEXT);
    if (!can_sign(next->ca, now_s, err))
        return false;
    struct ca_entry e = take(set, next);
    retire_current(set, now_s);
    insert(set, (struct ca_entry){CA_CURRENT, e.ca, .since_s = now_s});
    return true;
}

bool ca_set_schedule(struct ca_set *set, int64_t sign_s, int64_t now_s, struct sl_err *err)
{
    struct ca_entry *next;
    if (!need_next(set, &next, err))
        return false;
    if (sign_s > 0 && sign_s <= now_s)
        return promote(set, now_s, err);
    if (sign_s >= ca_facts(next->ca)->not_after_s)
        return sl_fail(err, SL_BAD_INPUT, "at that time the next authority has ended itself");
    next->sign_s = sign_s;
    return true;
}

bool ca_set_add(struct ca_set *set, const struct ca *ca, int64_t sign_s, int64_t now_s, struct sl_err *err)
{
    bool first = ca_set_find(set, CA_CURRENT) == NULL;
    struct ca_entry *next = ca_set_find(set, CA_NEXT);
    if (ca_set_holds(set, ca))
        return sl_fail(err, SL_CONFLICT, "the authority %s is here already", ca_facts(ca)->subject);
    if (next)
        drop(set, next);
    insert(set, (struct ca_entry){first ? CA_CURRENT : CA_NEXT, ca_ref(ca), .since_s = now_s});
    return first || ca_set_schedule(set, sign_s, now_s, err);
}

bool ca_set_cancel(struct ca_set *set, struct sl_err *err)
{
    struct ca_entry *next;
    if (!need_next(set, &next, err))
        return false;
    drop(set, next);
    return true;
}

bool ca_set_back(struct ca_set *set, int64_t now_s, struct sl_err *err)
{
    struct ca_entry *before = ca_set_find(set, CA_RETIRED), *current = ca_set_find(set, CA_CURRENT);
    if (ca_set_find(set, CA_NEXT))
        return sl_fail(err, SL_CONFLICT,
                       "a next authority waits; cancel it first: sluice ca rotate --cancel");
    if (!before || !current)
        return sl_fail(err, SL_NOT_FOUND, "no authority signed before this one");
    if (!can_sign(before->ca, now_s, err))
        return false;
    struct ca_entry old = take(set, before);
    struct ca_entry e = take(set, ca_set_find(set, CA_CURRENT));
    insert(set, (struct ca_entry){CA_CURRENT, old.ca, .since_s = now_s});
    insert(set, (struct ca_entry){CA_NEXT, e.ca, .since_s = now_s});
    return true;
}

static bool signs_by_now(const struct ca_entry *e, int64_t now_s)
{
    return e->state == CA_NEXT && e->sign_s > 0 && e->sign_s <= now_s;
}

static bool is_over(const struct ca_entry *e, int64_t now_s)
{
    return e->state == CA_RETIRED && e->until_s <= now_s;
}

bool ca_set_is_due(const struct ca_set *set, int64_t now_s)
{
    for (size_t i = 0; i < set->count; i++)
        if (signs_by_now(&set->items[i], now_s) || is_over(&set->items[i], now_s))
            return true;
    return false;
}

bool ca_set_tick(struct ca_set *set, int64_t now_s, struct sl_err *err)
{
    const struct ca_entry *next = ca_set_find(set, CA_NEXT);
    if (next && signs_by_now(next, now_s) && !promote(set, now_s, err))
        return false;
    for (size_t i = set->count; i > 0; i--)
        if (is_over(&set->items[i - 1], now_s))
            drop(set, &set->items[i - 1]);
    return true;
}
