/* throttle.c - see throttle.h. A direct-mapped table of token buckets; a keyed hash decides the slot, so
 * nobody can aim at another's. A newcomer takes over a slot that has filled up again (its history is
 * worthless) or else shares it: errs on the strict side and stays bounded. */
#include "proxy/identity/throttle.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "proxy/identity/siphash.h"

struct bucket {
    uint64_t tag;     /* whose it is; 0: nobody's */
    uint32_t used;    /* tokens taken */
    int64_t since_ms; /* when refilling was last accounted */
};
struct throttle {
    struct siphash_key key;
    pthread_mutex_t lock;
    struct bucket slots[THROTTLE_SLOTS];
};

struct throttle *throttle_new(void)
{
    struct throttle *t = sl_calloc(1, sizeof *t);
    crypto_random(&t->key, sizeof t->key);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void throttle_free(struct throttle **t)
{
    if (!*t)
        return;
    pthread_mutex_destroy(&(*t)->lock);
    free(*t);
    *t = NULL;
}

static struct bucket *bucket_of(struct throttle *t, struct sl_str key, unsigned burst, uint64_t *out_tag)
{
    uint64_t h[2];
    siphash128(t->key, key.p, key.n, h);
    *out_tag = (h[1] ^ burst) | 1;
    return &t->slots[(h[0] ^ burst) % THROTTLE_SLOTS];
}

static void refill(struct bucket *b, int64_t now_ms)
{
    int64_t tokens = (now_ms - b->since_ms) / THROTTLE_REFILL_MS;
    if (tokens <= 0)
        return;
    b->used = tokens >= b->used ? 0 : b->used - (uint32_t)tokens;
    b->since_ms += tokens * THROTTLE_REFILL_MS;
}

bool throttle_take(struct throttle *t, struct sl_str key, unsigned burst, int64_t now_ms)
{
    uint64_t tag;
    pthread_mutex_lock(&t->lock);
    struct bucket *b = bucket_of(t, key, burst, &tag);
    refill(b, now_ms);
    if (b->used == 0)
        *b = (struct bucket){.tag = tag, .since_ms = now_ms};
    bool left = b->used < burst;
    b->used += left;
    pthread_mutex_unlock(&t->lock);
    return left;
}

void throttle_give_back(struct throttle *t, struct sl_str key, unsigned burst)
{
    uint64_t tag;
    pthread_mutex_lock(&t->lock);
    struct bucket *b = bucket_of(t, key, burst, &tag);
    if (b->tag == tag && b->used > 0)
        b->used--;
    pthread_mutex_unlock(&t->lock);
}
