/* ledger.c - see ledger.h: how much of each quota each subject has used.
 *
 * A charge enters the slot among others, looks whether its window still holds, and adds. Whoever finds the
 * window over enters alone and rolls over. So no charge falls between two windows and none is lost. */
#include "policy/store/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "policy/store/ledger_slot.h"
#include "policy/store/subject.h"

enum { CHUNK = 256 };

const struct slots_spec ledger_spec = {.what = "quota ledger",
                                       .magic = "slquot2",
                                       .slot_bytes = sizeof(struct ledger_slot),
                                       .identity_offset = offsetof(struct ledger_slot, window),
                                       .most = LEDGER_MOST,
                                       .chunk = CHUNK};

bool ledger_open(const char *path, const uint8_t secret[32], uint32_t most, bool shared, struct ledger **out,
                 struct sl_err *err)
{
    struct ledger *l = sl_calloc(1, sizeof *l);
    struct keyhash_key owner;
    struct slots_spec mine = ledger_spec;
    mine.most = most;
    keyhash_key_derive(secret, "quota ledger key", &l->key);
    keyhash_key_derive(secret, "quota ledger owner", &owner);
    if ((!shared && !ledger_upgrade(path, owner.k0, err)) ||
        !slots_open(path, &mine, owner.k0, shared, &l->slots, err)) {
        ledger_close(&l);
        return false;
    }
    *out = l;
    return true;
}

struct slots *ledger_slots(struct ledger *t)
{
    return t->slots;
}

void ledger_close(struct ledger **l)
{
    if (!*l)
        return;
    slots_close(&(*l)->slots);
    free(*l);
    *l = NULL;
}

bool ledger_full(const struct ledger *l)
{
    return slots_full(l->slots);
}

void ledger_counts(const struct ledger *l, uint64_t *out_entries, uint64_t *out_refused)
{
    *out_entries = slots_used(l->slots);
    *out_refused = slots_refused(l->slots);
}

/* ---- entries ---- */

static struct ledger_entry *entry_of(struct slot_ref ref)
{
    return (struct ledger_entry *)((uintptr_t)ref.generation << 32 | (ref.index + 1));
}

static struct slot_ref ref_of(const struct ledger_entry *e)
{
    uintptr_t bits = (uintptr_t)e;
    sl_assert(e);
    return (struct slot_ref){(uint32_t)bits - 1, (uint32_t)(bits >> 32)};
}

static void key_of(const struct ledger *l, const struct quota_def *q, struct sl_str subject, uint8_t out[16])
{
    char window[5] = {(char)q->window};
    uint32_t rolling_s = (uint32_t)q->rolling_s;
    memcpy(window + 1, &rolling_s, sizeof rolling_s);
    struct sl_str parts[] = {q->id, sl_str(window, rolling_s ? sizeof window : 1), subject};
    keyhash_parts(&l->key, parts, SL_COUNT(parts), out);
}

struct ledger_entry *ledger_peek(struct ledger *l, const struct snapshot *s, int quota, struct sl_str subject,
                                 int64_t now_s)
{
    uint8_t key[16];
    struct slot_ref ref;
    key_of(l, snapshot_quota(s, quota), subject, key);
    return slots_find(l->slots, key, now_s, &ref) ? entry_of(ref) : NULL;
}

struct ledger_entry *ledger_find(struct ledger *l, const struct snapshot *s, int quota, struct sl_str subject,
                                 int64_t now_s)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    uint8_t key[16];
    struct slot_ref ref;
    key_of(l, q, subject, key);
    if (slots_find(l->slots, key, now_s, &ref))
        return entry_of(ref);
    int64_t start_s, end_s;
    snapshot_quota_window(s, q, now_s, &start_s, &end_s);
    struct ledger_slot image = {.window_start_s = start_s,
                                .window_end_s = end_s,
                                .window = (uint8_t)q->window,
                                .rolling_s = (uint32_t)q->rolling_s};
    image.quota_n = subject_store(q->id, image.quota, QUOTA_FIELD);
    image.subject_n = subject_store(subject, image.subject, SUBJECT_FIELD);
    return slots_claim(l->slots, key, now_s, &image, &ref) ? entry_of(ref) : NULL;
}

/* ---- counting ---- */

static void mark(struct ledger_slot *e, int64_t now_s)
{
    uint32_t minute = (uint32_t)(now_s / 60);
    if (atomic_load_explicit(&e->head.seen_min, memory_order_relaxed) != minute)
        atomic_store_explicit(&e->head.seen_min, minute, memory_order_relaxed);
}

/* The slot alone and at the window of now_s; NULL when the entry means nothing any more. */
static struct ledger_slot *enter_current(struct ledger *l, struct slot_ref ref, const struct snapshot *s,
                                         const struct quota_def *q, int64_t now_s)
{
    int64_t start_s, end_s;
    snapshot_quota_window(s, q, now_s, &start_s, &end_s);
    struct ledger_slot *e = slots_enter_alone(l->slots, ref);
    if (e && !ledger_slot_current(e, now_s))
        ledger_slot_roll(e, q, start_s, end_s);
    return e;
}

void ledger_charge(struct ledger *l, struct ledger_entry *entry, const struct snapshot *s, int quota,
                   int64_t now_s, uint64_t bytes, uint64_t requests)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    const struct ledger_charge charge = {now_s, bytes, requests};
    struct slot_ref ref = ref_of(entry);
    struct ledger_slot *e = slots_enter(l->slots, ref);
    if (!e)
        return;
    bool holds = ledger_slot_current(e, now_s);
    if (holds) {
        mark(e, now_s);
        ledger_slot_add(e, q, &charge);
    }
    slots_leave(l->slots, ref);
    if (holds)
        return;

    e = enter_current(l, ref, s, q, now_s);
    if (!e)
        return;
    mark(e, now_s);
    ledger_slot_add(e, q, &charge);
    slots_leave_alone(l->slots, ref);
}

bool ledger_extend(struct ledger *l, struct ledger_entry *entry, const struct snapshot *s, int quota,
                   int64_t now_s, unsigned taken)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    struct slot_ref ref = ref_of(entry);
    struct quota_use use;
    struct ledger_slot *e = enter_current(l, ref, s, q, now_s);
    if (!e)
        return false;
    bool may = ledger_slot_read(e, q, now_s, &use) && use.extensions == taken && taken < q->extension.times;
    if (may)
        ledger_slot_extend(e, q);
    slots_leave_alone(l->slots, ref);
    return may;
}

static void empty_use(const struct snapshot *s, const struct quota_def *q, int64_t now_s,
                      struct quota_use *out)
{
    *out = (struct quota_use){.window_start_s = now_s - q->rolling_s, .window_end_s = now_s + q->rolling_s};
    if (q->window != QUOTA_ROLLING)
        snapshot_quota_window(s, q, now_s, &out->window_start_s, &out->window_end_s);
}

void ledger_use(struct ledger *l, const struct ledger_entry *entry, const struct snapshot *s, int quota,
                int64_t now_s, struct quota_use *out)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    struct slot_ref ref = {0};
    const struct ledger_slot *e = NULL;
    if (entry) {
        ref = ref_of(entry);
        e = slots_enter(l->slots, ref);
    }
    bool current = e && ledger_slot_read(e, q, now_s, out);
    if (e)
        slots_leave(l->slots, ref);
    if (!current)
        empty_use(s, q, now_s, out);
}

void ledger_sync(struct ledger *l)
{
    slots_sync(l->slots);
}

struct sweep {
    int64_t now_s, idle_s;
};

static bool is_idle(const void *slot, const void *arg)
{
    const struct ledger_slot *e = slot;
    const struct sweep *sweep = arg;
    int64_t before_s = sweep->now_s - sweep->idle_s;
    return ledger_slot_over(e, before_s) &&
           (int64_t)atomic_load_explicit(&e->head.seen_min, memory_order_relaxed) * 60 < before_s;
}

static bool looks_idle(struct ledger *l, uint32_t index, const struct sweep *sweep)
{
    struct slot_ref ref;
    const void *e = slots_ref_at(l->slots, index, &ref) ? slots_enter(l->slots, ref) : NULL;
    if (!e)
        return false;
    bool idle = is_idle(e, sweep);
    slots_leave(l->slots, ref);
    return idle;
}

void ledger_sweep(struct ledger *l, int64_t now_s)
{
    bool tight = ledger_full(l) || slots_used(l->slots) > slots_most(l->slots) / 4 * 3;
    struct sweep sweep = {now_s, tight ? LEDGER_IDLE_FULL_S : LEDGER_IDLE_S};
    for (uint32_t i = 0; i < slots_count(l->slots); i++)
        if (looks_idle(l, i, &sweep))
            slots_free(l->slots, i, is_idle, &sweep);
}
