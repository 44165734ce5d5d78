/* intern.c - see audit/intern.h. Four places for each hash; when all are taken, they are overwritten in turn.
 */
#include "audit/intern.h"

#include <stdlib.h>

enum { SETS = 16384, WAYS = 4, KEY_MOST = 512 };

struct entry {
    uint64_t hash;
    char *bytes;
    uint32_t n, kind;
    int64_t row; /* 0: free */
};
struct intern {
    struct entry sets[SETS][WAYS];
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
            free(c->sets[i][k].bytes);
            c->sets[i][k] = (struct entry){0};
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
    const struct entry *set = c->sets[hash % SETS];
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].hash == hash && set[i].row && set[i].kind == kind &&
            sl_str_eq(sl_str(set[i].bytes, set[i].n), bytes))
            return set[i].row;
    return 0;
}

void intern_add(struct intern *c, unsigned kind, uint64_t hash, struct sl_str bytes, int64_t row)
{
    /* What is longer would let a client who invents long texts fill the memory. */
    if (bytes.n > KEY_MOST)
        return;
    size_t set = hash % SETS;
    struct entry *e = &c->sets[set][c->next[set]++ % WAYS];
    free(e->bytes);
    *e = (struct entry){
        .hash = hash, .n = (uint32_t)bytes.n, .kind = kind, .row = row, .bytes = sl_str_dup(bytes)};
}
