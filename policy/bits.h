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

#endif
