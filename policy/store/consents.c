/* consents.c - see consents.h: who has accepted which warning where, until when. Only a keyed hash of the
 * three is kept. */
#include "policy/store/consents.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/store/keyhash.h"
#include "policy/store/slots.h"

enum { CHUNK = 1024 };

struct consent_slot {
    struct slot_head head;
    _Atomic int64_t until_s;
    uint64_t identity; /* nothing but the key */
    uint64_t reserved;
};
static_assert(sizeof(struct consent_slot) == 64, "a slot is one cache line");

struct consents {
    struct slots *slots;
    struct keyhash_key key;
    _Atomic int64_t now_s; /* the latest time we were told */
};

static const struct slots_spec spec = {.what = "accepted warning",
                                       .magic = "slconse",
                                       .slot_bytes = sizeof(struct consent_slot),
                                       .identity_offset = offsetof(struct consent_slot, identity),
                                       .most = CONSENTS_MOST,
                                       .chunk = CHUNK};

bool consents_open(const char *path, const uint8_t secret[32], uint32_t most, bool shared,
                   struct consents **out, struct sl_err *err)
{
    struct consents *c = sl_calloc(1, sizeof *c);
    struct keyhash_key owner;
    struct slots_spec mine = spec;
    mine.most = most;
    keyhash_key_derive(secret, "consents key", &c->key);
    keyhash_key_derive(secret, "consents owner", &owner);
    if (!slots_open(path, &mine, owner.k0, shared, &c->slots, err)) {
        consents_close(&c);
        return false;
    }
    *out = c;
    return true;
}

struct slots *consents_slots(struct consents *t)
{
    return t->slots;
}

void consents_close(struct consents **c)
{
    if (!*c)
        return;
    slots_close(&(*c)->slots);
    free(*c);
    *c = NULL;
}

static void key_of(const struct consents *c, struct sl_str who, struct sl_str domain, struct sl_str rule,
                   uint8_t out[16])
{
    struct sl_str parts[] = {who, domain, rule};
    keyhash_parts(&c->key, parts, SL_COUNT(parts), out);
}

bool consents_accepted(struct consents *c, struct sl_str who, struct sl_str domain, struct sl_str rule,
                       int64_t now_s)
{
    uint8_t key[16];
    struct slot_ref ref;
    key_of(c, who, domain, rule, key);
    if (atomic_load_explicit(&c->now_s, memory_order_relaxed) < now_s)
        atomic_store_explicit(&c->now_s, now_s, memory_order_relaxed);
    if (!slots_find(c->slots, key, now_s, &ref))
        return false;
    const struct consent_slot *e = slots_enter(c->slots, ref);
    bool accepted = e && now_s < atomic_load(&e->until_s);
    if (e)
        slots_leave(c->slots, ref);
    return accepted;
}

static bool ended_by(const void *slot, const void *arg)
{
    const struct consent_slot *e = slot;
    return atomic_load(&e->until_s) <= *(const int64_t *)arg;
}

/* When the table is full: frees what has ended, and if nothing has, what ends soonest. A person is asked
 * again then. */
static void make_room(struct consents *c, int64_t now_s)
{
    int64_t soonest_s = INT64_MAX;
    bool freed = false;
    for (uint32_t i = 0; i < slots_count(c->slots); i++) {
        struct slot_ref ref;
        const struct consent_slot *e = slots_ref_at(c->slots, i, &ref) ? slots_enter(c->slots, ref) : NULL;
        if (!e)
            continue;
        int64_t until_s = atomic_load(&e->until_s);
        slots_leave(c->slots, ref);
        soonest_s = SL_MIN(soonest_s, until_s);
        if (until_s <= now_s)
            freed |= slots_free(c->slots, i, ended_by, &now_s);
    }
    for (uint32_t i = 0; !freed && i < slots_count(c->slots); i++)
        freed = slots_free(c->slots, i, ended_by, &soonest_s);
}

void consents_accept(struct consents *c, struct sl_str who, struct sl_str domain, struct sl_str rule,
                     int64_t until_s)
{
    uint8_t key[16];
    struct slot_ref ref;
    struct consent_slot image = {.until_s = until_s}, *e;
    int64_t now_s = atomic_load_explicit(&c->now_s, memory_order_relaxed);
    key_of(c, who, domain, rule, key);
    if (!slots_claim(c->slots, key, now_s, &image, &ref)) {
        make_room(c, now_s);
        if (!slots_claim(c->slots, key, now_s, &image, &ref))
            return;
    }
    e = slots_enter(c->slots, ref);
    if (!e)
        return;
    int64_t old_s = atomic_load(&e->until_s);
    while (old_s < until_s && !atomic_compare_exchange_weak(&e->until_s, &old_s, until_s))
        ;
    slots_leave(c->slots, ref);
}
