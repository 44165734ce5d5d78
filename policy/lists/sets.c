/* sets.c - see sets.h. */
#include "policy/lists/sets.h"

#include <stdlib.h>

struct set {
    uint32_t without; /* the set without its greatest member */
    uint16_t member;  /* the greatest */
};
struct sets {
    struct set *items; /* [0] is the empty set */
    size_t count, cap;
    uint32_t *index; /* open addressing; 0 is free */
    size_t mask;
};

struct sets *sets_new(void)
{
    struct sets *s = sl_calloc(1, sizeof *s);
    SL_GROW(s->items, s->count, &s->cap);
    s->items[s->count++] = (struct set){0};
    s->mask = 255;
    s->index = sl_calloc(s->mask + 1, sizeof *s->index);
    return s;
}

void sets_free(struct sets **s)
{
    if (*s == NULL)
        return;
    free((*s)->items);
    free((*s)->index);
    free(*s);
    *s = NULL;
}

static size_t start_of(const struct sets *s, struct set key)
{
    uint64_t h = ((uint64_t)key.without << 16 | key.member) * 0x9e3779b97f4a7c15ull;
    return (size_t)(h >> 32) & s->mask;
}

static void index_put(struct sets *s, uint32_t id)
{
    size_t at = start_of(s, s->items[id]);
    while (s->index[at] != 0)
        at = (at + 1) & s->mask;
    s->index[at] = id;
}

static void index_grow(struct sets *s)
{
    free(s->index);
    s->mask = s->mask * 2 + 1;
    s->index = sl_calloc(s->mask + 1, sizeof *s->index);
    for (size_t id = 1; id < s->count; id++)
        index_put(s, (uint32_t)id);
}

/* The set of key, made if it is new. */
static uint32_t intern(struct sets *s, struct set key)
{
    for (size_t at = start_of(s, key); s->index[at] != 0; at = (at + 1) & s->mask) {
        const struct set *seen = &s->items[s->index[at]];
        if (seen->without == key.without && seen->member == key.member)
            return s->index[at];
    }
    SL_GROW(s->items, s->count, &s->cap);
    uint32_t id = (uint32_t)s->count;
    s->items[s->count++] = key;
    if (s->count * 2 > s->mask)
        index_grow(s);
    else
        index_put(s, id);
    return id;
}

/* Members come list by list in ascending order, so the recursion for one out of order is a few steps deep;
 * only the union of nested networks goes deeper, at most once per list. */
uint32_t sets_with(struct sets *s, uint32_t set, uint16_t member)
{
    if (set != 0 && s->items[set].member == member)
        return set;
    if (set == 0 || s->items[set].member < member)
        return intern(s, (struct set){set, member});
    struct set top = s->items[set];
    uint32_t below = sets_with(s, top.without, member);
    return below == top.without ? set : intern(s, (struct set){below, top.member});
}

uint32_t sets_without(struct sets *s, uint32_t set, uint16_t member)
{
    struct set top = s->items[set];
    if (set == 0 || top.member < member)
        return set;
    if (top.member == member)
        return top.without;
    uint32_t below = sets_without(s, top.without, member);
    return below == top.without ? set : intern(s, (struct set){below, top.member});
}

bool sets_has(const struct sets *s, uint32_t set, uint16_t member)
{
    while (set != 0 && s->items[set].member > member)
        set = s->items[set].without;
    return set != 0 && s->items[set].member == member;
}

bool sets_pop(const struct sets *s, uint32_t *set, uint16_t *out_member)
{
    if (*set == 0)
        return false;
    *out_member = s->items[*set].member;
    *set = s->items[*set].without;
    return true;
}

uint32_t sets_count(const struct sets *s)
{
    return (uint32_t)s->count;
}
