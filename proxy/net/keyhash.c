/* keyhash.c - see keyhash.h. */
#include "proxy/net/keyhash.h"

#include "base/crypto.h"

void keyhash_init(struct keyhash *k)
{
    crypto_random(k, sizeof *k);
    k->key[1] |= 1; /* a factor of zero would forget everything */
}
