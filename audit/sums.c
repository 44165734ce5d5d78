/* sums.c - see audit/sums.h. */
#include "audit/sums.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 1024 };

void figures_add(struct figures *sum, const struct figures *f)
{
    sum->requests += f->requests;
    sum->block += f->block;
    sum->quota += f->quota;
    sum->warn += f->warn;
    sum->error += f->error;
    /* The only one that a record could make overflow. */
    if (__builtin_add_overflow(sum->bytes, f->bytes, &sum->bytes))
        sum->bytes = UINT64_MAX;
    sum->last_min = SL_MAX(sum->last_min, f->last_min);
}

static size_t slot_of(const struct sums *s, uint64_t group, uint64_t thing)
{
    uint64_t h = (group * 0x9e3779b97f4a7c15u ^ thing) * 0xd6e8feb86659fd93u;
    size_t i = (size_t)(h ^ h >> 32) & (s->slot_count - 1);
    while (s->slots[i]) {
        const struct sum *sum = &s->items[s->slots[i] - 1];
        if (sum->thing == thing && sum->group == group)
            break;
        i = (i + 1) & (s->slot_count - 1);
    }
    return i;
}

static void grow(struct sums *s)
{
    s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_FIRST;
    free(s->slots);
    s->slots = sl_calloc(s->slot_count, sizeof *s->slots);
    for (size_t i = 0; i < s->count; i++)
        s->slots[slot_of(s, s->items[i].group, s->items[i].thing)] = (uint32_t)i + 1;
}

struct figures *sums_at(struct sums *s, uint64_t group, uint64_t thing)
{
    if (s->count * 2 >= s->slot_count)
        grow(s);
    size_t i = slot_of(s, group, thing);
    if (!s->slots[i]) {
        sl_assert(s->count < UINT32_MAX);
        SL_GROW(s->items, s->count, &s->cap);
        s->items[s->count++] = (struct sum){.group = group, .thing = thing};
        s->slots[i] = (uint32_t)s->count;
    }
    return &s->items[s->slots[i] - 1].f;
}

static int compare(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->thing > y->thing) - (x->thing < y->thing);
}

void sums_sort(struct sums *s)
{
    if (s->count)
        qsort(s->items, s->count, sizeof *s->items, compare);
}

void sums_clear(struct sums *s)
{
    if (s->count)
        memset(s->slots, 0, s->slot_count * sizeof *s->slots);
    s->count = 0;
}

void sums_fini(struct sums *s)
{
    free(s->items);
    free(s->slots);
    *s = (struct sums){0};
}
