/* hash.h - the keyed hash of one label under its parent. Names of hosts come from strangers: without the key,
 * which never leaves the installation, nobody can compute names that share a bucket. Folded 64x64
 * multiplication; not for signatures. */
#ifndef POLICY_LISTS_HASH_H
#define POLICY_LISTS_HASH_H

#include <string.h>

#include "sluice/base.h"

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
static inline uint64_t hash_load(const char *p, size_t n) /* n is 4 or 8 */
{
    uint64_t wide = 0;
    memcpy(&wide, p, n);
    return wide;
}

/* kind keeps labels, ports, segments and queries apart. Any n; reads p[0..n). */
static inline uint64_t hash_label(const uint64_t key[2], uint64_t parent, unsigned kind, const char *p,
                                  size_t n)
{
    uint64_t h = parent ^ (uint64_t)kind << 56 ^ (uint64_t)n << 48;
    uint64_t a, b;
    while (n > 16) {
        h = hash_fold(hash_load(p, 8) ^ key[0], hash_load(p + 8, 8) ^ h);
        p += 16;
        n -= 16;
    }
    if (n >= 8) {
        a = hash_load(p, 8);
        b = hash_load(p + n - 8, 8);
    } else if (n >= 4) {
        a = hash_load(p, 4);
        b = hash_load(p + n - 4, 4);
    } else {
        a = n > 0 ? (uint64_t)(uint8_t)p[0] << 16 | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint8_t)p[n - 1] : 0;
        b = 0;
    }
    return hash_fold(a ^ key[0] ^ h, b ^ key[1] ^ (h << 32 | h >> 32));
}

#endif
