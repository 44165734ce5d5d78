/* keyhash.h - a fast keyed hash for tables whose keys clients choose (names, addresses): with a secret key
 * nobody can make them collide. Not for anything that leaves the process. */
#ifndef PROXY_NET_KEYHASH_H
#define PROXY_NET_KEYHASH_H

#include "sluice/str.h"

struct keyhash {
    uint64_t key[2];
};

void keyhash_init(struct keyhash *k); /* random */

static inline uint64_t keyhash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t keyhash(const struct keyhash *k, const void *data, size_t n)
{
    const unsigned char *p = data;
    uint64_t h = k->key[0] ^ n, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        h = keyhash_fold(h ^ word, k->key[1]);
    }
    word = 0;
    if (n)
        memcpy(&word, p, n);
    h = keyhash_fold(h ^ word, k->key[1]);
    return keyhash_fold(h ^ k->key[0], 0x9e3779b97f4a7c15u);
}

#endif
