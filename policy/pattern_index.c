/* pattern_index.c - see pattern_index.h.
 *
 *   4 bytes at each place ─ hash ─ bitmap ─┬─ 0, mostly: next place
 *                                          └─ 1: bucket of the gram ─ its literals ─ memcmp ─ candidate
 *
 * The bitmap has 16 KiB and stays in the first-level cache.
 *
 * A literal is filed under its rarest 4 bytes (pattern_gram.c). Those of 3 bytes have a gram with a filler,
 * looked up beside the other one if there are any at all. */
#include "policy/pattern_index.h"

#include <stdlib.h>

#include "policy/pattern_literal.h"

enum { BITMAP_BITS = 17, FILLER = 0xff, FREE = UINT32_MAX };

struct entry {
    const char *text;
    uint32_t gram, pattern;
    uint16_t n, offset; /* of the gram in the text */
};
struct bucket {
    uint32_t gram;
    uint32_t from, to; /* entries[from .. to - 1]; from FREE: no bucket */
};
struct pattern_index {
    uint64_t bitmap[(1 << BITMAP_BITS) / 64];
    struct bucket *buckets; /* open addressing, a power of two, at most half full */
    uint32_t bucket_mask;
    bool has_short;
    struct entry *entries; /* sealed: in order of their grams */
    size_t count, cap;
};

struct pattern_index *pattern_index_new(void)
{
    return sl_calloc(1, sizeof(struct pattern_index));
}

void pattern_index_free(struct pattern_index **index)
{
    if (!*index)
        return;
    free((*index)->buckets);
    free((*index)->entries);
    free(*index);
    *index = NULL;
}

static uint32_t load4(const char *p)
{
    uint32_t gram;
    memcpy(&gram, p, sizeof gram);
    return gram;
}

/* The gram of 3 bytes in the form in which it is filed. */
static uint32_t short_gram(uint32_t gram)
{
    return (gram & 0x00ffffff) | (uint32_t)FILLER << 24;
}

static uint32_t mix(uint32_t gram)
{
    return gram * UINT32_C(0x9e3779b1);
}

void pattern_index_add(struct pattern_index *index, struct sl_str literal, uint32_t pattern)
{
    uint32_t frequency;
    char padded[4] = {0};
    sl_assert(!index->buckets && literal.n >= LITERAL_MIN && literal.n <= UINT16_MAX);
    size_t offset = pattern_gram_rarest(literal, &frequency);
    memcpy(padded, literal.p + offset, SL_MIN(literal.n - offset, sizeof padded));
    uint32_t gram = load4(padded);
    if (literal.n == 3) {
        gram = short_gram(gram);
        index->has_short = true;
    }
    SL_GROW(index->entries, index->count, &index->cap);
    index->entries[index->count++] = (struct entry){.text = literal.p,
                                                    .gram = gram,
                                                    .pattern = pattern,
                                                    .n = (uint16_t)literal.n,
                                                    .offset = (uint16_t)offset};
}

static int by_gram(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->gram != y->gram ? (x->gram < y->gram ? -1 : 1)
                              : (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

static struct bucket *bucket_of(const struct pattern_index *index, uint32_t gram)
{
    uint32_t i = (mix(gram) >> 7) & index->bucket_mask;
    while (index->buckets[i].from != FREE && index->buckets[i].gram != gram)
        i = (i + 1) & index->bucket_mask;
    return &index->buckets[i];
}

void pattern_index_seal(struct pattern_index *index)
{
    size_t size = 16;
    while (size < index->count * 2)
        size *= 2;
    if (index->count)
        qsort(index->entries, index->count, sizeof *index->entries, by_gram);
    index->buckets = sl_reallocarray(NULL, size, sizeof *index->buckets);
    index->bucket_mask = (uint32_t)size - 1;
    for (size_t i = 0; i < size; i++)
        index->buckets[i] = (struct bucket){.from = FREE};
    for (uint32_t i = 0; i < index->count; i++) {
        uint32_t gram = index->entries[i].gram, bit = mix(gram) >> (32 - BITMAP_BITS);
        struct bucket *b = bucket_of(index, gram);
        *b = (struct bucket){.gram = gram, .from = b->from == FREE ? i : b->from, .to = i + 1};
        index->bitmap[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

/* The gram stands at text.p + i: sets the candidates whose whole literal does. */
static void look_closer(const struct pattern_index *index, uint32_t gram, struct sl_str text, size_t i,
                        uint64_t *candidates)
{
    const struct bucket *b = bucket_of(index, gram);
    if (b->from == FREE)
        return;
    for (const struct entry *e = index->entries + b->from; e < index->entries + b->to; e++) {
        uint64_t bit = UINT64_C(1) << (e->pattern % 64), *word = &candidates[e->pattern / 64];
        if (!(*word & bit) && i >= e->offset && text.n - (i - e->offset) >= e->n &&
            memcmp(text.p + i - e->offset, e->text, e->n) == 0)
            *word |= bit;
    }
}

static inline bool in_bitmap(const struct pattern_index *index, uint32_t gram)
{
    uint32_t bit = mix(gram) >> (32 - BITMAP_BITS);
    return index->bitmap[bit / 64] >> (bit % 64) & 1;
}

void pattern_index_scan(const struct pattern_index *index, struct sl_str text, uint64_t *candidates)
{
    if (index->count == 0)
        return;
    for (size_t i = 0; i + LITERAL_MIN <= text.n; i++) {
        uint32_t gram = load4(text.p + i);
        if (SL_UNLIKELY(in_bitmap(index, gram)))
            look_closer(index, gram, text, i, candidates);
        if (index->has_short && SL_UNLIKELY(in_bitmap(index, short_gram(gram))))
            look_closer(index, short_gram(gram), text, i, candidates);
    }
}
