/* sums.c - see audit/sums.h. */
#include "audit/sums.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 1024, SORT_PLAINLY = 256 };

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

static uint64_t hash_of(uint64_t group, uint64_t thing)
{
    uint64_t h = (group * 0x9e3779b97f4a7c15u ^ thing) * 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

/* The tag keeps most looks at items away from those that are others: it is memory that takes the time. */
static struct sum_slot *slot_of(const struct sums *s, uint64_t hash, uint64_t group, uint64_t thing)
{
    size_t i = (size_t)hash & (s->slot_count - 1);
    for (; s->slots[i].place; i = (i + 1) & (s->slot_count - 1)) {
        const struct sum *sum = &s->items[s->slots[i].place - 1];
        if (s->slots[i].tag == hash >> 32 && sum->thing == thing && sum->group == group)
            break;
    }
    return &s->slots[i];
}

static void grow(struct sums *s)
{
    s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_FIRST;
    free(s->slots);
    s->slots = sl_calloc(s->slot_count, sizeof *s->slots);
    for (size_t i = 0; i < s->count; i++) {
        uint64_t hash = hash_of(s->items[i].group, s->items[i].thing);
        *slot_of(s, hash, s->items[i].group, s->items[i].thing) =
            (struct sum_slot){(uint32_t)i + 1, (uint32_t)(hash >> 32)};
    }
}

struct figures *sums_at(struct sums *s, uint64_t group, uint64_t thing)
{
    if (s->count * 2 >= s->slot_count)
        grow(s);
    uint64_t hash = hash_of(group, thing);
    struct sum_slot *slot = slot_of(s, hash, group, thing);
    if (!slot->place) {
        sl_assert(s->count < UINT32_MAX);
        SL_GROW(s->items, s->count, &s->cap);
        s->items[s->count++] = (struct sum){.group = group, .thing = thing};
        *slot = (struct sum_slot){(uint32_t)s->count, (uint32_t)(hash >> 32)};
    }
    return &s->items[slot->place - 1].f;
}

static int compare(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->thing > y->thing) - (x->thing < y->thing);
}

/* What orders a sum, and where it stands. */
struct key {
    uint64_t parts[2]; /* the last decides first */
    uint32_t index;
};

static unsigned digit_of(const struct key *k, unsigned digit)
{
    return (unsigned)(k->parts[digit / 8] >> digit % 8 * 8) & 0xff;
}

/* One pass of a radix sort; false when all have the same digit, and nothing was done. */
static bool sort_by_digit(const struct key *from, struct key *to, size_t count, unsigned digit)
{
    size_t starts[256] = {0}, at = 0;
    for (size_t i = 0; i < count; i++)
        starts[digit_of(&from[i], digit)]++;
    if (starts[digit_of(&from[0], digit)] == count)
        return false;
    for (size_t i = 0; i < SL_COUNT(starts); i++) {
        size_t n = starts[i];
        starts[i] = at;
        at += n;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[digit_of(&from[i], digit)]++] = from[i];
    return true;
}

/* Things are numbers of rows, small and dense: few of the sixteen digits differ. */
static void radix_sort(struct sums *s)
{
    struct key *keys = sl_reallocarray(NULL, s->count, sizeof *keys);
    struct key *other = sl_reallocarray(NULL, s->count, sizeof *other);
    struct sum *items = sl_reallocarray(NULL, s->cap, sizeof *items);
    for (size_t i = 0; i < s->count; i++)
        keys[i] = (struct key){{s->items[i].thing, s->items[i].group}, (uint32_t)i};
    for (unsigned digit = 0; digit < 16; digit++)
        if (sort_by_digit(keys, other, s->count, digit)) {
            struct key *sorted = other;
            other = keys;
            keys = sorted;
        }
    for (size_t i = 0; i < s->count; i++)
        items[i] = s->items[keys[i].index];
    free(keys);
    free(other);
    free(s->items);
    s->items = items;
}

void sums_sort(struct sums *s)
{
    if (s->count > SORT_PLAINLY)
        radix_sort(s);
    else if (s->count)
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
