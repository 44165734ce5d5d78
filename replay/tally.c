/* tally.c - see tally.h. */
#include "replay/tally.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/crypto.h"

enum { SLOTS_LEAST = 64 };

void tally_init(struct tally *t, size_t most)
{
    *t = (struct tally){.most = most};
    crypto_random(&t->seed, sizeof t->seed);
}

void tally_fini(struct tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        free((char *)t->items[i].key.p);
    free(t->items);
    free(t->slots);
    *t = (struct tally){0};
}

/* The slot that holds key, or the free one where it would go. Never full. */
static size_t slot_of(const struct tally *t, struct sl_str key)
{
    size_t mask = t->slot_count - 1, at = XXH3_64bits_withSeed(key.p ? key.p : "", key.n, t->seed) & mask;
    while (t->slots[at] && !sl_str_eq(t->items[t->slots[at] - 1].key, key))
        at = (at + 1) & mask;
    return at;
}

static void grow_slots(struct tally *t)
{
    free(t->slots);
    t->slot_count = t->slot_count ? t->slot_count * 2 : SLOTS_LEAST;
    t->slots = sl_calloc(t->slot_count, sizeof *t->slots);
    for (size_t i = 0; i < t->count; i++)
        t->slots[slot_of(t, t->items[i].key)] = (uint32_t)i + 1;
}

int tally_number(struct tally *t, struct sl_str key)
{
    if ((t->count + 1) * 2 > t->slot_count)
        grow_slots(t);
    size_t at = slot_of(t, key);
    if (t->slots[at])
        return (int)t->slots[at] - 1;
    if (t->count == t->most)
        return -1;
    SL_GROW(t->items, t->count, &t->cap);
    t->items[t->count++] = (struct tally_item){.key = sl_str(sl_str_dup(key), key.n)};
    t->slots[at] = (uint32_t)t->count;
    return (int)t->count - 1;
}

static int by_requests(const void *a, const void *b, void *arg)
{
    const struct tally *t = arg;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint64_t in_x = t->items[x].requests, in_y = t->items[y].requests;
    return in_x != in_y ? (in_x < in_y) - (in_x > in_y) : (x > y) - (x < y);
}

uint32_t *tally_top(const struct tally *t, size_t most, size_t *out_count)
{
    uint32_t *order = sl_calloc(t->count + 1, sizeof *order);
    for (size_t i = 0; i < t->count; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, t->count, sizeof *order, by_requests, (void *)t);
    *out_count = SL_MIN(t->count, most);
    return order;
}

/* ---- pairs ---- */

void pairs_init(struct pairs *p, size_t most)
{
    *p = (struct pairs){.most = most};
}

void pairs_fini(struct pairs *p)
{
    free(p->slots);
    *p = (struct pairs){0};
}

/* Keys are made of our own small numbers: mixing is enough. */
static size_t pair_slot(const struct pairs *p, uint64_t key)
{
    uint64_t h = key * 0x9e3779b97f4a7c15u;
    size_t mask = p->slot_count - 1, at = (h ^ (h >> 32)) & mask;
    while (p->slots[at] && p->slots[at] != key)
        at = (at + 1) & mask;
    return at;
}

static void grow_pairs(struct pairs *p)
{
    uint64_t *old = p->slots;
    size_t old_count = p->slot_count;
    p->slot_count = old_count ? old_count * 2 : SLOTS_LEAST;
    p->slots = sl_calloc(p->slot_count, sizeof *p->slots);
    for (size_t i = 0; i < old_count; i++)
        if (old[i])
            p->slots[pair_slot(p, old[i])] = old[i];
    free(old);
}

enum pairs_result pairs_add(struct pairs *p, uint64_t key)
{
    sl_assert(key != 0);
    if ((p->count + 1) * 2 > p->slot_count && p->count < p->most)
        grow_pairs(p);
    size_t at = pair_slot(p, key);
    if (p->slots[at])
        return PAIR_KNOWN;
    if (p->count == p->most)
        return PAIR_NO_ROOM;
    p->slots[at] = key;
    p->count++;
    return PAIR_NEW;
}
