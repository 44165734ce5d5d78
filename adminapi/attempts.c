/* attempts.c - see attempts.h. */
#include "adminapi/attempts.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/crypto.h"

enum { SETS = 256, WAYS = 8, SECOND_US = 1000000 };

struct counter {
    uint64_t key; /* 0: free */
    uint32_t attempts;
    int64_t last_us, until_us;
};
struct table {
    struct counter sets[SETS][WAYS];
};
struct attempts {
    pthread_mutex_t lock;
    uint8_t secret[32]; /* nobody can choose names that meet in one set */
    struct table accounts, sources;
};

struct attempts *attempts_new(void)
{
    struct attempts *t = sl_calloc(1, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    crypto_random(t->secret, sizeof t->secret);
    return t;
}

void attempts_free(struct attempts **ref)
{
    if (*ref == NULL)
        return;
    pthread_mutex_destroy(&(*ref)->lock);
    sl_freep(ref);
}

/* An IPv6 client has a whole /64 to call from. */
static struct sl_str source_text(struct sl_str source, char buf[SL_ADDR_TEXT])
{
    struct sl_addr a;
    if (!sl_addr_parse(source, &a) || sl_addr_is_v4(a))
        return source;
    memset(a.b + 8, 0, 8);
    return sl_cstr(sl_addr_text(a, buf));
}

static uint64_t key_of(const struct attempts *t, struct sl_str text)
{
    uint8_t hash[32];
    uint64_t key;
    crypto_hmac_sha256(sl_str((const char *)t->secret, sizeof t->secret), text, hash);
    memcpy(&key, hash, sizeof key);
    return key | 1;
}

/* The counter of this key; when there is none, the one to give up for it: free, or else what matters least.
 */
static struct counter *find(struct table *table, uint64_t key)
{
    struct counter *set = table->sets[(key >> 1) % SETS], *least = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].attempts < least->attempts ||
            (set[i].attempts == least->attempts && set[i].last_us < least->last_us))
            least = &set[i];
    }
    *least = (struct counter){.key = key};
    return least;
}

static unsigned seconds_left(struct counter *c, int64_t now_us)
{
    if (now_us - SL_MAX(c->last_us, c->until_us) >= (int64_t)ATTEMPTS_FORGET_S * SECOND_US)
        *c = (struct counter){.key = c->key};
    return now_us < c->until_us ? (unsigned)((c->until_us - now_us + SECOND_US - 1) / SECOND_US) : 0;
}

static void make_wait(struct counter *c, unsigned free_attempts, unsigned most_s, int64_t now_us)
{
    c->last_us = now_us;
    if (c->attempts < free_attempts)
        return;
    unsigned doublings = SL_MIN(c->attempts - free_attempts, 20U);
    c->until_us = now_us + (int64_t)SL_MIN(1U << doublings, most_s) * SECOND_US;
}

static void make_waits(struct counter *account, struct counter *source, int64_t now_us)
{
    make_wait(account, ATTEMPTS_ACCOUNT_FREE, ATTEMPTS_ACCOUNT_MOST_S, now_us);
    make_wait(source, ATTEMPTS_SOURCE_FREE, ATTEMPTS_SOURCE_MOST_S, now_us);
}

unsigned attempts_begin(struct attempts *t, struct sl_str account, struct sl_str source, int64_t now_us)
{
    char buf[SL_ADDR_TEXT];
    uint64_t account_key = key_of(t, account), source_key = key_of(t, source_text(source, buf));
    pthread_mutex_lock(&t->lock);
    struct counter *a = find(&t->accounts, account_key), *s = find(&t->sources, source_key);
    unsigned wait_a = seconds_left(a, now_us), wait_s = seconds_left(s, now_us);
    if (wait_a == 0 && wait_s == 0) {
        a->attempts++;
        s->attempts++;
        make_waits(a, s, now_us);
    }
    pthread_mutex_unlock(&t->lock);
    return SL_MAX(wait_a, wait_s);
}

void attempts_succeeded(struct attempts *t, struct sl_str account, struct sl_str source)
{
    char buf[SL_ADDR_TEXT];
    uint64_t account_key = key_of(t, account), source_key = key_of(t, source_text(source, buf));
    pthread_mutex_lock(&t->lock);
    *find(&t->accounts, account_key) = (struct counter){0};
    struct counter *s = find(&t->sources, source_key);
    if (s->attempts > 0) { /* what else failed from there still counts: somebody may try other names */
        s->attempts--;
        s->until_us = 0;
    }
    pthread_mutex_unlock(&t->lock);
}

unsigned attempts_failed(struct attempts *t, struct sl_str account, struct sl_str source, int64_t now_us)
{
    char buf[SL_ADDR_TEXT];
    uint64_t account_key = key_of(t, account), source_key = key_of(t, source_text(source, buf));
    pthread_mutex_lock(&t->lock);
    struct counter *a = find(&t->accounts, account_key);
    unsigned n = a->attempts, step = ATTEMPTS_ACCOUNT_FREE;
    make_waits(a, find(&t->sources, source_key), now_us);
    pthread_mutex_unlock(&t->lock);
    while (step < n)
        step *= 2;
    return n == step ? n : 0;
}
