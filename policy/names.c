/* names.c - see names.h. */
#include "policy/names.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The slot that holds name, or the free one where it would go. The table is never full. */
static size_t slot_of(const struct names *n, struct sl_str name)
{
    size_t mask = n->slot_count - 1;
    size_t at = XXH3_64bits(name.p ? name.p : "", name.n) & mask;
    while (n->slots[at] != 0 && !sl_str_eq(n->items[n->slots[at] - 1], name))
        at = (at + 1) & mask;
    return at;
}

static void grow_slots(struct names *n)
{
    free(n->slots);
    n->slot_count = n->slot_count ? n->slot_count * 2 : 16;
    n->slots = sl_calloc(n->slot_count, sizeof *n->slots);
    for (size_t i = 0; i < n->count; i++)
        n->slots[slot_of(n, n->items[i])] = (uint32_t)i + 1;
}

size_t names_add(struct names *n, struct sl_str name)
{
    if ((n->count + 1) * 2 > n->slot_count)
        grow_slots(n);
    size_t at = slot_of(n, name);
    if (n->slots[at] != 0)
        return n->slots[at] - 1;
    SL_GROW(n->items, n->count, &n->cap);
    n->items[n->count++] = name;
    n->slots[at] = (uint32_t)n->count;
    return n->count - 1;
}

int names_find(const struct names *n, struct sl_str name)
{
    if (n->count == 0)
        return -1;
    return (int)n->slots[slot_of(n, name)] - 1;
}

void names_fini(struct names *n)
{
    free(n->items);
    free(n->slots);
    *n = (struct names){0};
}
