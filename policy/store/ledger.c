/* ledger.c - see ledger.h: how much of each quota each subject has used.
 *
 * A charge enters the slot among others, looks whether its window still holds, and adds. Whoever finds the
 * window over enters alone and rolls over. So no charge falls between two windows and none is lost. The order
 * of the stores in a roll-over makes a process that is killed in the midst of it leave an old window with
 * empty counters, which the next charge rolls over again. */
#include "policy/store/ledger.h"

#include <stdlib.h>

#include "policy/store/ledger_slot.h"
#include "policy/store/subject.h"

enum { CHUNK = 1024, LONGEST_S = 40 * 86400 };

static const struct slots_spec spec = {.what = "quota ledger",
                                       .magic = "slquota",
                                       .slot_bytes = sizeof(struct ledger_slot),
                                       .identity_offset = offsetof(struct ledger_slot, window),
                                       .most = LEDGER_MOST,
                                       .chunk = CHUNK};

bool ledger_open(const char *path, const uint8_t secret[32], uint32_t most, struct ledger **out,
                 struct sl_err *err)
{
    struct ledger *l = sl_calloc(1, sizeof *l);
    struct keyhash_key owner;
    struct slots_spec mine = spec;
    mine.most = most;
    keyhash_key_derive(secret, "quota ledger key", &l->key);
    keyhash_key_derive(secret, "quota ledger owner", &owner);
    if (!slots_open(path, &mine, owner.k0, &l->slots, err)) {
        ledger_close(&l);
        return false;
    }
    *out = l;
    return true;
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
    char window = (char)q->window;
    struct sl_str parts[] = {q->id, sl_str(&window, 1), subject};
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
    snapshot_quota_window(s, q->window, now_s, &start_s, &end_s);
    struct ledger_slot image = {
        .window_start_s = start_s, .window_end_s = end_s, .window = (uint8_t)q->window};
    image.quota_n = subject_store(q->id, image.quota, QUOTA_FIELD);
    image.subject_n = subject_store(subject, image.subject, SUBJECT_FIELD);
    return slots_claim(l->slots, key, now_s, &image, &ref) ? entry_of(ref) : NULL;
}

/* ---- counting ---- */

/* A charge whose clock reading is a moment older than the window belongs to the loop turn in which another
 * worker rolled over: it counts in the new window. A window that is far ahead was made by a clock since set
 * right, one that is longer than any by a damaged disk: they are over. */
bool ledger_slot_current(const struct ledger_slot *e, int64_t now_s)
{
    int64_t start_s = atomic_load_explicit(&e->window_start_s, memory_order_relaxed);
    int64_t end_s = atomic_load_explicit(&e->window_end_s, memory_order_relaxed);
    return start_s <= now_s + LEDGER_LATE_S && start_s > now_s - LONGEST_S && end_s > now_s &&
           end_s < now_s + LONGEST_S;
}

static void count_minute(struct ledger_slot *e, int64_t now_s)
{
    uint64_t minute = (uint64_t)now_s / 60, old = atomic_load_explicit(&e->minutes, memory_order_relaxed);
    while (old >> 32 < minute &&
           !atomic_compare_exchange_weak_explicit(&e->minutes, &old, minute << 32 | ((old & UINT32_MAX) + 1),
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

static void add(struct ledger_slot *e, int64_t now_s, uint64_t bytes, uint64_t requests, bool active)
{
    if (bytes)
        atomic_fetch_add_explicit(&e->bytes, bytes, memory_order_relaxed);
    if (requests)
        atomic_fetch_add_explicit(&e->requests, requests, memory_order_relaxed);
    if (active)
        count_minute(e, now_s);
}

void ledger_slot_clear(struct ledger_slot *e)
{
    atomic_store(&e->bytes, 0);
    atomic_store(&e->requests, 0);
    atomic_store(&e->minutes, 0);
}

/* Alone in the slot. */
static void roll_over(struct ledger_slot *e, int64_t start_s, int64_t end_s)
{
    ledger_slot_clear(e);
    atomic_store(&e->window_start_s, start_s);
    atomic_store(&e->window_end_s, end_s);
}

static void mark(struct ledger_slot *e, int64_t now_s)
{
    uint32_t minute = (uint32_t)(now_s / 60);
    if (atomic_load_explicit(&e->head.seen_min, memory_order_relaxed) != minute)
        atomic_store_explicit(&e->head.seen_min, minute, memory_order_relaxed);
}

void ledger_charge(struct ledger *l, struct ledger_entry *entry, const struct snapshot *s, int quota,
                   int64_t now_s, uint64_t bytes, uint64_t requests, bool active)
{
    struct slot_ref ref = ref_of(entry);
    struct ledger_slot *e = slots_enter(l->slots, ref);
    if (!e)
        return;
    bool holds = ledger_slot_current(e, now_s);
    if (holds) {
        mark(e, now_s);
        add(e, now_s, bytes, requests, active);
    }
    slots_leave(l->slots, ref);
    if (holds)
        return;

    int64_t start_s, end_s;
    snapshot_quota_window(s, snapshot_quota(s, quota)->window, now_s, &start_s, &end_s);
    e = slots_enter_alone(l->slots, ref);
    if (!e)
        return;
    if (!ledger_slot_current(e, now_s))
        roll_over(e, start_s, end_s);
    mark(e, now_s);
    add(e, now_s, bytes, requests, active);
    slots_leave_alone(l->slots, ref);
}

bool ledger_slot_read(const struct ledger_slot *e, int64_t now_s, struct quota_use *out)
{
    *out = (struct quota_use){.bytes = atomic_load_explicit(&e->bytes, memory_order_relaxed),
                              .requests = atomic_load_explicit(&e->requests, memory_order_relaxed),
                              .minutes = atomic_load_explicit(&e->minutes, memory_order_relaxed) & UINT32_MAX,
                              .window_start_s = atomic_load(&e->window_start_s),
                              .window_end_s = atomic_load(&e->window_end_s)};
    return ledger_slot_current(e, now_s);
}

static void empty_use(const struct snapshot *s, int quota, int64_t now_s, struct quota_use *out)
{
    *out = (struct quota_use){0};
    snapshot_quota_window(s, snapshot_quota(s, quota)->window, now_s, &out->window_start_s,
                          &out->window_end_s);
}

void ledger_use(struct ledger *l, const struct ledger_entry *entry, const struct snapshot *s, int quota,
                int64_t now_s, struct quota_use *out)
{
    struct slot_ref ref = {0};
    const struct ledger_slot *e = NULL;
    if (entry) {
        ref = ref_of(entry);
        e = slots_enter(l->slots, ref);
    }
    bool current = e && ledger_slot_read(e, now_s, out);
    if (e)
        slots_leave(l->slots, ref);
    if (!current)
        empty_use(s, quota, now_s, out);
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
    return atomic_load(&e->window_end_s) < before_s &&
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
