/* cache.c - see cache.h. A digest names a shard (own lock) and in it a set of eight ways. */
#include "proxy/identity/cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/crypto.h"

struct entry {
    uint8_t digest[CACHE_DIGEST];
    uint64_t epoch;
    int64_t until_ms; /* 0: free */
    bool good;
};
struct shard {
    pthread_mutex_t lock;
    struct entry sets[CACHE_SETS][CACHE_WAYS];
};
struct cache {
    uint8_t key[32];
    struct shard shards[CACHE_SHARDS];
};

struct cache *cache_new(void)
{
    struct cache *c = sl_calloc(1, sizeof *c);
    crypto_random(c->key, sizeof c->key);
    for (size_t i = 0; i < CACHE_SHARDS; i++)
        pthread_mutex_init(&c->shards[i].lock, NULL);
    return c;
}

void cache_free(struct cache **c)
{
    if (!*c)
        return;
    for (size_t i = 0; i < CACHE_SHARDS; i++)
        pthread_mutex_destroy(&(*c)->shards[i].lock);
    crypto_wipe(*c, sizeof **c);
    free(*c);
    *c = NULL;
}

/* The user's length stands in front, so that no two pairs are the same text. */
void cache_digest(const struct cache *c, struct sl_str user, struct sl_str password,
                  uint8_t out[CACHE_DIGEST])
{
    char text[2 + IDENTITY_USER_MAX + IDENTITY_PASSWORD_MAX];
    uint8_t mac[32];
    sl_assert(user.n <= IDENTITY_USER_MAX && password.n <= IDENTITY_PASSWORD_MAX);
    text[0] = (char)(user.n >> 8);
    text[1] = (char)user.n;
    memcpy(text + 2, user.p, user.n);
    memcpy(text + 2 + user.n, password.p, password.n);
    crypto_hmac_sha256(sl_str((const char *)c->key, sizeof c->key), sl_str(text, 2 + user.n + password.n),
                       mac);
    memcpy(out, mac, CACHE_DIGEST);
    crypto_wipe(text, sizeof text);
}

static struct shard *shard_of(struct cache *c, const uint8_t *digest)
{
    return &c->shards[digest[0] % CACHE_SHARDS];
}

static struct entry *set_of(struct shard *s, const uint8_t *digest)
{
    return s->sets[digest[1] % CACHE_SETS];
}

static struct entry *find(struct entry *set, const uint8_t *digest)
{
    for (size_t i = 0; i < CACHE_WAYS; i++)
        if (set[i].until_ms != 0 && crypto_equal(set[i].digest, digest, CACHE_DIGEST))
            return &set[i];
    return NULL;
}

enum cache_answer cache_find(struct cache *c, const uint8_t digest[CACHE_DIGEST], uint64_t epoch,
                             int64_t now_ms, int64_t *out_until_ms)
{
    enum cache_answer answer = CACHE_UNKNOWN;
    struct shard *s = shard_of(c, digest);
    pthread_mutex_lock(&s->lock);
    const struct entry *e = find(set_of(s, digest), digest);
    if (e && e->epoch == epoch && e->until_ms > now_ms) {
        answer = e->good ? CACHE_GOOD : CACHE_BAD;
        *out_until_ms = e->until_ms;
    }
    pthread_mutex_unlock(&s->lock);
    return answer;
}

/* Dead entries first, then wrong ones, then what ends soonest. */
static int worth(const struct entry *e, uint64_t epoch, int64_t now_ms)
{
    return e->until_ms <= now_ms || e->epoch != epoch ? 0 : e->good ? 2 : 1;
}

static struct entry *victim(struct entry *set, uint64_t epoch, int64_t now_ms)
{
    struct entry *least = &set[0];
    for (size_t i = 1; i < CACHE_WAYS; i++) {
        int difference = worth(&set[i], epoch, now_ms) - worth(least, epoch, now_ms);
        if (difference < 0 || (difference == 0 && set[i].until_ms < least->until_ms))
            least = &set[i];
    }
    return least;
}

void cache_put(struct cache *c, const uint8_t digest[CACHE_DIGEST], bool good, uint64_t epoch, int64_t now_ms,
               int64_t until_ms)
{
    if (until_ms <= now_ms)
        return;
    struct shard *s = shard_of(c, digest);
    pthread_mutex_lock(&s->lock);
    struct entry *e = find(set_of(s, digest), digest);
    if (!e)
        e = victim(set_of(s, digest), epoch, now_ms);
    if (good || worth(e, epoch, now_ms) < 2) {
        memcpy(e->digest, digest, CACHE_DIGEST);
        e->good = good;
        e->epoch = epoch;
        e->until_ms = until_ms;
    }
    pthread_mutex_unlock(&s->lock);
}
