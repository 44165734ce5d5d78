/* keyhash.h - a 128-bit keyed hash of a few texts (SipHash-2-4-128): names a ledger slot or an accepted
 * warning. Keyed with the installation's secret, so nobody outside can look for names that collide. Plain
 * values; any thread. */
#ifndef POLICY_STORE_KEYHASH_H
#define POLICY_STORE_KEYHASH_H

#include "sluice/str.h"

struct keyhash_key {
    uint64_t k0, k1;
};

/* One key per purpose, so that a hash of one table means nothing in another. */
void keyhash_key_derive(const uint8_t secret[32], const char *purpose, struct keyhash_key *out);
/* Of the parts with their lengths: {"ab","c"} and {"a","bc"} differ. */
void keyhash_parts(const struct keyhash_key *key, const struct sl_str *parts, size_t count, uint8_t out[16]);
/* Of the bytes alone: plain SipHash-2-4-128. */
void keyhash_bytes(const struct keyhash_key *key, struct sl_str data, uint8_t out[16]);

#endif
