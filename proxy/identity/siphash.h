/* siphash.h - SipHash-2-4 with 128 bits of result (Aumasson and Bernstein): a short keyed digest that nobody
 * can predict or collide without the key. Private to proxy/identity. */
#ifndef PROXY_IDENTITY_SIPHASH_H
#define PROXY_IDENTITY_SIPHASH_H

#include "sluice/str.h"

struct siphash_key {
    uint64_t k[2];
};
void siphash128(struct siphash_key key, const void *data, size_t n, uint64_t out[2]);

#endif
