/* siphash.c - see siphash.h. Little-endian loads; every machine that we build for is. */
#include "proxy/identity/siphash.h"

static inline uint64_t rotate(uint64_t v, unsigned bits)
{
    return v << bits | v >> (64 - bits);
}

/* Unrolled, the state stays in registers. */
static inline void rounds(uint64_t v[4], int count)
{
#pragma GCC unroll 4
    for (int i = 0; i < count; i++) {
        v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
        v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
    }
}

static inline void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
}

void siphash128(struct siphash_key key, const void *data, size_t n, uint64_t out[2])
{
    uint64_t v[4] = {key.k[0] ^ 0x736f6d6570736575u, key.k[1] ^ 0x646f72616e646f6du ^ 0xee,
                     key.k[0] ^ 0x6c7967656e657261u, key.k[1] ^ 0x7465646279746573u};
    const unsigned char *p = data;
    uint64_t word = 0, last = (uint64_t)n << 56;
    size_t left = n;
    for (; left >= 8; p += 8, left -= 8) {
        memcpy(&word, p, 8);
        absorb(v, word);
    }
    if (left > 0 && n >= 8) { /* the last eight bytes, without those that are in */
        memcpy(&word, p + left - 8, 8);
        last |= word >> 8 * (8 - left);
    } else {
        for (size_t i = 0; i < left; i++)
            last |= (uint64_t)p[i] << 8 * i;
    }
    absorb(v, last);
    v[2] ^= 0xee;
    rounds(v, 4);
    out[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    rounds(v, 4);
    out[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}
