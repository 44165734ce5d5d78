/* bits.h - sets of small numbers as bits in words of 64. */
#ifndef POLICY_BITS_H
#define POLICY_BITS_H

#include "sluice/base.h"

static inline size_t words_for(size_t bits)
{
    return (bits + 63) / 64;
}
static inline bool bit_has(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}
static inline void bit_set(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}
static inline void bit_clear(uint64_t *bits, size_t i)
{
    bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}
/* The first number from `from` on that is in the set; count when there is none. */
static inline size_t bit_next(const uint64_t *bits, size_t count, size_t from)
{
    uint64_t mask = ~UINT64_C(0) << (from % 64);
    for (size_t word = from / 64; word < words_for(count); word++, mask = ~UINT64_C(0))
        if ((bits[word] & mask) != 0)
            return word * 64 + (size_t)__builtin_ctzll(bits[word] & mask);
    return count;
}

#endif
