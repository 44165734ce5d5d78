/* links.h - from numbers to several numbers each, such as from users to their groups. Made once from pairs,
 * then only read. */
#ifndef POLICY_LINKS_H
#define POLICY_LINKS_H

#include "sluice/base.h"

/* Those of i are to[first[i]] .. to[first[i + 1] - 1]. All zero: empty, with no i at all. */
struct links {
    uint32_t *first, *to;
    size_t count; /* of i */
};
struct link_pairs {
    struct link_pair {
        uint32_t from, to;
    } * items;
    size_t count, cap;
};

void links_pair(struct link_pairs *p, size_t from, size_t to);
/* Keeps the order of the pairs of one `from`, each below count. Frees the pairs. */
struct links links_make(struct link_pairs *p, size_t count);
void links_fini(struct links *l);

/* Sets in out[] the bit of each number that `from` leads to. */
static inline void links_add(const struct links *l, size_t from, uint64_t *out)
{
    for (uint32_t i = l->first[from]; i < l->first[from + 1]; i++)
        out[l->to[i] / 64] |= UINT64_C(1) << (l->to[i] % 64);
}
/* The same for each bit of bits[], which has whole words for all numbers. */
static inline void links_add_all(const struct links *l, const uint64_t *bits, uint64_t *out)
{
    for (size_t word = 0; word < (l->count + 63) / 64; word++)
        for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1)
            links_add(l, word * 64 + (size_t)__builtin_ctzll(rest), out);
}

#endif
