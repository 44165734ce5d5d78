/* tally.h - names and what was counted of them, exactly, in memory that is bounded: beyond the bound nothing
 * new gets in, and whoever reports says so. Names may be chosen by attackers. One thread. */
#ifndef REPLAY_TALLY_H
#define REPLAY_TALLY_H

#include "sluice/str.h"

/* Keys of some bytes, numbered as they come. */
struct tally {
    struct tally_item {
        struct sl_str key;           /* owned */
        uint64_t requests, distinct; /* distinct: of what the caller pairs it with */
        uint64_t example;            /* id of the first request */
        uint64_t bits;               /* the caller's */
    } * items;
    size_t count, cap, most;
    uint32_t *slots; /* open addressing: number + 1, 0 = free */
    size_t slot_count;
    uint64_t seed;
};
void tally_init(struct tally *t, size_t most);
void tally_fini(struct tally *t);
/* The number of a key, -1 when there is no room for another. */
int tally_number(struct tally *t, struct sl_str key);
/* The numbers of the items by falling requests (equal ones as they came), at most `most`; on the heap. */
uint32_t *tally_top(const struct tally *t, size_t most, size_t *out_count);

/* Which pairs were seen. */
struct pairs {
    uint64_t *slots; /* 0 = free */
    size_t count, slot_count, most;
};
void pairs_init(struct pairs *p, size_t most);
void pairs_fini(struct pairs *p);
enum pairs_result { PAIR_NEW, PAIR_KNOWN, PAIR_NO_ROOM };
/* key is not 0. */
enum pairs_result pairs_add(struct pairs *p, uint64_t key);

#endif
