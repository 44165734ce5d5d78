/* clients.c - see clients.h.
 * A word is `tag << 20 | count`; 0 is free. A key looks for its tag in a window of words behind its hash, and
 * else takes a free one there. Two threads that meet a new key at once may take two words for it: its limit
 * is then somewhat looser until they empty. A full window (improbable: the table has four words for each
 * connection, which counts in three at most, and the hash is keyed) leaves a thing uncounted rather than
 * refused. */
#include "proxy/conn/clients.h"

#include <stdlib.h>

#include "proxy/net/keyhash.h"

enum { WINDOW = 16, COUNT_BITS = 20, KEY_BYTES = 320 };
static const uint64_t COUNT_MASK = ((uint64_t)1 << COUNT_BITS) - 1;

struct clients {
    struct keyhash key;
    _Atomic size_t count;
    _Atomic size_t total;
    size_t mask;
    _Atomic uint64_t words[];
};

struct clients *clients_new(size_t total)
{
    size_t words = 1024;
    while (words < total * 4 && words < (1u << 24))
        words *= 2;
    struct clients *c = sl_calloc(1, sizeof *c + words * sizeof c->words[0]);
    keyhash_init(&c->key);
    clients_configure(c, total);
    c->mask = words - 1;
    return c;
}

void clients_configure(struct clients *c, size_t total)
{
    atomic_store_explicit(&c->total, total, memory_order_relaxed);
}

static size_t total_of(const struct clients *c)
{
    return atomic_load_explicit(&c->total, memory_order_relaxed);
}

void clients_free(struct clients **c)
{
    sl_freep(c);
}

enum word_result { WORD_COUNTED, WORD_FULL, WORD_OTHER };

/* Counts one more in the word if it has this tag (or is free, when take_free). */
static enum word_result count_in(struct clients *c, size_t at, uint64_t tag, size_t most, bool take_free)
{
    uint64_t word = atomic_load_explicit(&c->words[at], memory_order_relaxed);
    for (;;) {
        uint64_t next = word + 1;
        if (word == 0 && take_free)
            next = tag << COUNT_BITS | 1;
        else if (word == 0 || word >> COUNT_BITS != tag)
            return WORD_OTHER;
        else if ((word & COUNT_MASK) >= most)
            return WORD_FULL;
        if (atomic_compare_exchange_weak_explicit(&c->words[at], &word, next, memory_order_relaxed,
                                                  memory_order_relaxed))
            return WORD_COUNTED;
    }
}

bool clients_take(struct clients *c, enum clients_kind kind, struct sl_str key, size_t most,
                  uint32_t *out_place)
{
    char bytes[1 + KEY_BYTES] = {(char)kind};
    size_t n = SL_MIN(key.n, (size_t)KEY_BYTES);
    memcpy(bytes + 1, key.p, n);
    uint64_t hash = keyhash(&c->key, bytes, n + 1), tag = hash >> COUNT_BITS;
    tag += tag == 0;
    most = most ? SL_MIN(most, (size_t)COUNT_MASK) : (size_t)COUNT_MASK;
    for (int take_free = 0; take_free < 2; take_free++)
        for (size_t i = 0; i < WINDOW; i++) {
            size_t at = (hash + i) & c->mask;
            enum word_result r = count_in(c, at, tag, most, take_free);
            if (r == WORD_OTHER)
                continue;
            *out_place = (uint32_t)at;
            return r == WORD_COUNTED;
        }
    *out_place = CLIENTS_UNCOUNTED;
    return true;
}

void clients_give(struct clients *c, uint32_t place)
{
    if (place == CLIENTS_UNCOUNTED)
        return;
    uint64_t word = atomic_load_explicit(&c->words[place], memory_order_relaxed), next;
    do {
        sl_assert((word & COUNT_MASK) > 0);
        next = (word & COUNT_MASK) == 1 ? 0 : word - 1;
    } while (!atomic_compare_exchange_weak_explicit(&c->words[place], &word, next, memory_order_relaxed,
                                                    memory_order_relaxed));
}

/* ---- connections ---- */

enum clients_verdict clients_enter(struct clients *c, struct sl_addr addr, size_t most, uint32_t *out_place)
{
    size_t before = atomic_fetch_add_explicit(&c->count, 1, memory_order_relaxed);
    enum clients_verdict v = CLIENTS_WELCOME;
    if (before >= total_of(c))
        v = CLIENTS_TOO_MANY;
    else if (!clients_take(c, CLIENTS_CONNECTIONS, sl_str((const char *)addr.b, sizeof addr.b), most,
                           out_place))
        v = CLIENTS_TOO_MANY_OF_ONE;
    if (v != CLIENTS_WELCOME)
        atomic_fetch_sub_explicit(&c->count, 1, memory_order_relaxed);
    return v;
}

bool clients_enter_more(struct clients *c)
{
    if (atomic_fetch_add_explicit(&c->count, 1, memory_order_relaxed) < total_of(c))
        return true;
    atomic_fetch_sub_explicit(&c->count, 1, memory_order_relaxed);
    return false;
}

void clients_leave(struct clients *c, uint32_t place)
{
    atomic_fetch_sub_explicit(&c->count, 1, memory_order_relaxed);
    clients_give(c, place);
}

size_t clients_count(const struct clients *c)
{
    return atomic_load_explicit(&c->count, memory_order_relaxed);
}

bool clients_crowded(const struct clients *c)
{
    size_t total = total_of(c);
    return clients_count(c) >= total - total / 64;
}
