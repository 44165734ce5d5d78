/* links.c - see links.h. */
#include "policy/links.h"

#include <stdlib.h>
#include <string.h>

void links_pair(struct link_pairs *p, size_t from, size_t to)
{
    SL_GROW(p->items, p->count, &p->cap);
    p->items[p->count++] = (struct link_pair){(uint32_t)from, (uint32_t)to};
}

/* Sorts by counting: how many of each, where each begins, then each to its place. */
struct links links_make(struct link_pairs *p, size_t count)
{
    struct links l = {.count = count};
    l.first = sl_calloc(count + 1, sizeof *l.first);
    l.to = sl_calloc(p->count + 1, sizeof *l.to);
    for (size_t i = 0; i < p->count; i++)
        l.first[p->items[i].from + 1]++;
    for (size_t i = 0; i < count; i++)
        l.first[i + 1] += l.first[i];
    uint32_t *next = sl_calloc(count + 1, sizeof *next);
    memcpy(next, l.first, (count + 1) * sizeof *next);
    for (size_t i = 0; i < p->count; i++)
        l.to[next[p->items[i].from]++] = p->items[i].to;
    free(next);
    free(p->items);
    *p = (struct link_pairs){0};
    return l;
}

void links_fini(struct links *l)
{
    free(l->first);
    free(l->to);
    *l = (struct links){0};
}
