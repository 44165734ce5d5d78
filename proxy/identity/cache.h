/* cache.h - credentials that were verified lately, right or wrong. Bounded, sharded, any thread. Private to
 * proxy/identity. Holds keyed digests only; the key is random for this process. */
#ifndef PROXY_IDENTITY_CACHE_H
#define PROXY_IDENTITY_CACHE_H

#include "proxy/identity/identity.h"

enum { CACHE_DIGEST = 16, CACHE_SHARDS = 32, CACHE_SETS = 128, CACHE_WAYS = 8 };

struct cache;
struct cache *cache_new(void);
void cache_free(struct cache **c);

/* Digest of user and password under the cache's key. */
void cache_digest(const struct cache *c, struct sl_str user, struct sl_str password,
                  uint8_t out[CACHE_DIGEST]);

enum cache_answer { CACHE_UNKNOWN, CACHE_GOOD, CACHE_BAD };
/* Entries of another epoch or past their time count for nothing. *out_until_ms: how long the answer holds. */
enum cache_answer cache_find(struct cache *c, const uint8_t digest[CACHE_DIGEST], uint64_t epoch,
                             int64_t now_ms, int64_t *out_until_ms);
/* When its set is full, a wrong pair takes the place of another wrong one or of none at all: guessing can't
 * push out people who are signed in. */
void cache_put(struct cache *c, const uint8_t digest[CACHE_DIGEST], bool good, uint64_t epoch, int64_t now_ms,
               int64_t until_ms);

#endif
