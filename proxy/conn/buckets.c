/* buckets.c - see buckets.h.
 * A slot has a word `tag << 20 | members` and its time. A key looks for its tag in a window of slots behind
 * its hash, and else takes one there that has no members and whose time is past. Two threads that make the
 * same bucket at the same moment see each other's afterwards, and one gives its own up. When all slots of a
 * window are in use (improbable: the hash is keyed, the table four times as large as needed) a key shares one
 * with strangers: all of them are then slower than they might be, never faster. */
#include "proxy/conn/buckets.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "proxy/net/keyhash.h"

enum {
    WINDOW = 32,
    MEMBER_BITS = 20,
    SLOTS_PER_CONNECTION = 4,
    SLOTS_MOST = 1 << 20,
    TRIES = 4,
    KEY_BYTES = 512
};
static const uint64_t MEMBERS = ((uint64_t)1 << MEMBER_BITS) - 1;
static const uint64_t NS_PER_S = UINT64_C(1000000000);

struct slot {
    _Atomic uint64_t word;
    _Atomic uint64_t tat_ns;
};
struct buckets {
    struct keyhash key;
    size_t mask;
    struct slot slots[];
};

struct buckets *buckets_new(size_t connections)
{
    size_t count = 1024;
    while (count < connections * SLOTS_PER_CONNECTION && count < SLOTS_MOST)
        count *= 2;
    struct buckets *b = sl_calloc(1, sizeof *b + count * sizeof b->slots[0]);
    keyhash_init(&b->key);
    b->mask = count - 1;
    return b;
}

void buckets_free(struct buckets **b)
{
    sl_freep(b);
}

/* ---- who is in which bucket ---- */

static uint64_t hash_of(const struct buckets *b, const struct bucket_key *key)
{
    char bytes[KEY_BYTES] = {key->kind, key->of, (char)key->id.n};
    size_t n = 3, id = SL_MIN(key->id.n, (size_t)128), subject = SL_MIN(key->subject.n, (size_t)320);
    memcpy(bytes + n, &key->bytes_per_s, 8);
    memcpy(bytes + n + 8, &key->burst, 8);
    n += 16;
    memcpy(bytes + n, key->id.p ? key->id.p : "", id);
    memcpy(bytes + n + id, key->subject.p ? key->subject.p : "", subject);
    return keyhash(&b->key, bytes, n + id + subject);
}

static struct slot *slot_at(struct buckets *b, uint64_t hash, size_t i)
{
    return &b->slots[(hash + i) & b->mask];
}

/* One member more, if the slot still has this tag. */
static bool enter(struct slot *s, uint64_t tag)
{
    uint64_t word = atomic_load_explicit(&s->word, memory_order_relaxed);
    while (word >> MEMBER_BITS == tag && (word & MEMBERS) < MEMBERS)
        if (atomic_compare_exchange_weak_explicit(&s->word, &word, word + 1, memory_order_seq_cst,
                                                  memory_order_relaxed))
            return true;
    return false;
}

/* Takes the slot over if nobody is in it and all that was taken has passed. */
static bool take_over(struct slot *s, uint64_t tag, uint64_t now_ns)
{
    uint64_t word = atomic_load_explicit(&s->word, memory_order_relaxed);
    return (word & MEMBERS) == 0 && atomic_load_explicit(&s->tat_ns, memory_order_relaxed) <= now_ns &&
           atomic_compare_exchange_strong_explicit(&s->word, &word, tag << MEMBER_BITS | 1,
                                                   memory_order_seq_cst, memory_order_relaxed);
}

static struct slot *find(struct buckets *b, uint64_t hash, uint64_t tag)
{
    for (size_t i = 0; i < WINDOW; i++)
        if (enter(slot_at(b, hash, i), tag))
            return slot_at(b, hash, i);
    return NULL;
}

static struct slot *make(struct buckets *b, uint64_t hash, uint64_t tag, uint64_t now_ns)
{
    for (size_t i = 0; i < WINDOW; i++)
        if (take_over(slot_at(b, hash, i), tag, now_ns))
            return slot_at(b, hash, i);
    return NULL;
}

/* Another thread made the same bucket meanwhile: ours is given up, unless somebody is in it already. */
static bool give_up(struct buckets *b, uint64_t hash, uint64_t tag, struct slot *mine)
{
    for (size_t i = 0; i < WINDOW; i++) {
        struct slot *s = slot_at(b, hash, i);
        uint64_t alone = tag << MEMBER_BITS | 1;
        if (s != mine && atomic_load_explicit(&s->word, memory_order_seq_cst) >> MEMBER_BITS == tag)
            return atomic_compare_exchange_strong_explicit(&mine->word, &alone, 0, memory_order_seq_cst,
                                                           memory_order_relaxed);
    }
    return false;
}

uint32_t buckets_join(struct buckets *b, const struct bucket_key *key, int64_t now_us)
{
    uint64_t hash = hash_of(b, key), tag = hash >> MEMBER_BITS, now_ns = (uint64_t)now_us * 1000;
    struct slot *s = NULL;
    tag += tag == 0;
    for (int i = 0; i < TRIES && !s; i++) {
        s = find(b, hash, tag);
        if (s)
            break;
        s = make(b, hash, tag, now_ns);
        if (!s)
            break;
        if (give_up(b, hash, tag, s))
            s = NULL;
    }
    if (!s) {
        s = slot_at(b, hash, 0);
        atomic_fetch_add_explicit(&s->word, 1, memory_order_relaxed);
    }
    return (uint32_t)(s - b->slots);
}

void buckets_leave(struct buckets *b, uint32_t place)
{
    uint64_t before = atomic_fetch_sub_explicit(&b->slots[place].word, 1, memory_order_relaxed);
    sl_assert((before & MEMBERS) > 0);
}

/* ---- time ---- */

/* Rounded up: what is rounded off must not add up to a higher rate. */
static uint64_t time_of(uint64_t n, uint64_t bytes_per_s)
{
    unsigned __int128 ns = ((unsigned __int128)n * NS_PER_S + bytes_per_s - 1) / bytes_per_s;
    return ns > UINT64_MAX / 4 ? UINT64_MAX / 4 : (uint64_t)ns;
}

static uint64_t burst_ns(const struct rate_def *rate)
{
    return (uint64_t)((unsigned __int128)rate->burst * NS_PER_S / rate->bytes_per_s);
}

int64_t buckets_take(struct buckets *b, uint32_t place, const struct rate_def *rate, uint64_t n,
                     int64_t now_us)
{
    _Atomic uint64_t *tat = &b->slots[place].tat_ns;
    uint64_t before = atomic_load_explicit(tat, memory_order_relaxed), now_ns = (uint64_t)now_us * 1000, end;
    do
        end = SL_MAX(before, now_ns) + time_of(n, rate->bytes_per_s);
    while (!atomic_compare_exchange_weak_explicit(tat, &before, end, memory_order_relaxed,
                                                  memory_order_relaxed));
    uint64_t burst = burst_ns(rate);
    return end <= now_ns + burst ? now_us : (int64_t)((end - burst + 999) / 1000);
}

bool buckets_try(struct buckets *b, uint32_t place, const struct rate_def *rate, uint64_t n, int64_t now_us)
{
    _Atomic uint64_t *tat = &b->slots[place].tat_ns;
    uint64_t before = atomic_load_explicit(tat, memory_order_relaxed), now_ns = (uint64_t)now_us * 1000, end;
    do {
        end = SL_MAX(before, now_ns) + time_of(n, rate->bytes_per_s);
        if (end > now_ns + burst_ns(rate))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(tat, &before, end, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}
