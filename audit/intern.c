/* intern.c - see audit/intern.h.
 *
 * Sets of eight, overwritten in turn when full. A lookup reads one line of tags, then the one entry that
 * fits: with tens of thousands of hosts it is the memory that takes the time, not the hash. */
#include "audit/intern.h"

#include <stdlib.h>

enum { SETS = 8192, WAYS = 8, KEY_MOST = 512 };

struct entry {
    int64_t row;
    uint32_t n, kind;
    char bytes[];
};
struct set {
    uint32_t tags[WAYS]; /* upper half of the hash */
    struct entry *entries[WAYS];
};
struct intern {
    struct set sets[SETS];
    uint8_t next[SETS];
};

struct intern *intern_new(void)
{
    return sl_calloc(1, sizeof(struct intern));
}

void intern_clear(struct intern *c)
{
    for (size_t i = 0; i < SETS; i++)
        for (size_t k = 0; k < WAYS; k++) {
            free(c->sets[i].entries[k]);
            c->sets[i].entries[k] = NULL;
        }
}

void intern_free(struct intern **c)
{
    if (*c)
        intern_clear(*c);
    sl_freep(c);
}

int64_t intern_find(const struct intern *c, unsigned kind, uint64_t hash, struct sl_str bytes)
{
    const struct set *set = &c->sets[hash % SETS];
    for (size_t i = 0; i < WAYS; i++) {
        const struct entry *e = set->tags[i] == (uint32_t)(hash >> 32) ? set->entries[i] : NULL;
        if (e && e->kind == kind && sl_str_eq(sl_str(e->bytes, e->n), bytes))
            return e->row;
    }
    return 0;
}

void intern_add(struct intern *c, unsigned kind, uint64_t hash, struct sl_str bytes, int64_t row)
{
    /* What is longer would let a client who invents long texts fill the memory. */
    if (bytes.n > KEY_MOST)
        return;
    struct set *set = &c->sets[hash % SETS];
    size_t way = c->next[hash % SETS]++ % WAYS;
    struct entry *e = sl_malloc(sizeof *e + bytes.n);
    *e = (struct entry){.row = row, .n = (uint32_t)bytes.n, .kind = kind};
    if (bytes.n)
        memcpy(e->bytes, bytes.p, bytes.n);
    free(set->entries[way]);
    set->entries[way] = e;
    set->tags[way] = (uint32_t)(hash >> 32);
}
