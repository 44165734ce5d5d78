/* sums.h - figures by group and thing, in a hash table that can be put in order. */
#ifndef AUDIT_SUMS_H
#define AUDIT_SUMS_H

#include "sluice/figures.h"

struct sum {
    uint64_t group, thing; /* numbers of our own making, so nobody can prepare collisions */
    struct figures f;
};
struct sums {
    struct sum *items; /* in the order in which they came, until sums_sort */
    size_t count, cap;
    struct sum_slot {
        uint32_t place, tag; /* index + 1 into items, 0: free; and upper half of the hash */
    } * slots;               /* a power of two, at most half full */
    size_t slot_count;
};

/* The figures of this one, zero when it is new. Good until the next call. */
struct figures *sums_at(struct sums *s, uint64_t group, uint64_t thing);
/* By group, then thing. Only reading and sums_clear may follow. */
void sums_sort(struct sums *s);
void sums_clear(struct sums *s); /* keeps the memory */
void sums_fini(struct sums *s);

#endif
