/* ledger.c - see ledger.h: how much of each quota each subject has used.
 *
 * A charge enters the slot among others, looks whether its window still holds, and adds. Whoever finds the
 * window over enters alone and rolls over. So no charge falls between two windows and none is lost. The order
 * of the stores in a roll-over makes a process that is killed in the midst of it leave an old window with
 * empty counters, which the next charge rolls over again. */
#include "policy/store/ledger.h"

#include <assert.h>
#include <stdlib.h>

#include "policy/store/keyhash.h"
#include "policy/store/slots.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { QUOTA_FIELD = 64, SUBJECT_FIELD = 108, USAGE_MOST = 10000, CHUNK = 1024 };

struct ledger_slot {
    struct slot_head head;
    _Atomic uint64_t bytes, requests;
    _Atomic uint64_t minutes; /* last active minute << 32 | how many: one atomic step counts a minute once */
    _Atomic int64_t window_start_s, window_end_s; /* change only alone */
    uint8_t window, quota_n, subject_n, reserved; /* from here on: identity */
    char quota[QUOTA_FIELD];
    char subject[SUBJECT_FIELD];
};
static_assert(sizeof(struct ledger_slot) == 256, "a slot is four cache lines");
static_assert(sizeof(uintptr_t) == 8, "an entry is two 32-bit numbers");

struct ledger {
    struct slots *slots;
    struct keyhash_key key;
};

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
 * right. */
static bool window_holds(const struct ledger_slot *e, int64_t now_s)
{
    return now_s < atomic_load_explicit(&e->window_end_s, memory_order_relaxed) &&
           now_s >= atomic_load_explicit(&e->window_start_s, memory_order_relaxed) - LEDGER_LATE_S;
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

static void clear(struct ledger_slot *e)
{
    atomic_store(&e->bytes, 0);
    atomic_store(&e->requests, 0);
    atomic_store(&e->minutes, 0);
}

/* Alone in the slot. */
static void roll_over(struct ledger_slot *e, int64_t start_s, int64_t end_s)
{
    clear(e);
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
    bool holds = window_holds(e, now_s);
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
    if (!window_holds(e, now_s))
        roll_over(e, start_s, end_s);
    mark(e, now_s);
    add(e, now_s, bytes, requests, active);
    slots_leave_alone(l->slots, ref);
}

/* Inside the slot. False: its window is over. */
static bool read_use(const struct ledger_slot *e, int64_t now_s, struct quota_use *out)
{
    *out = (struct quota_use){.bytes = atomic_load_explicit(&e->bytes, memory_order_relaxed),
                              .requests = atomic_load_explicit(&e->requests, memory_order_relaxed),
                              .minutes = atomic_load_explicit(&e->minutes, memory_order_relaxed) & UINT32_MAX,
                              .window_start_s = atomic_load(&e->window_start_s),
                              .window_end_s = atomic_load(&e->window_end_s)};
    return window_holds(e, now_s);
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
    bool current = e && read_use(e, now_s, out);
    if (e)
        slots_leave(l->slots, ref);
    if (!current)
        empty_use(s, quota, now_s, out);
}

/* ---- the whole table ---- */

/* Which slots a caller means: by the fields as they are stored, so that long texts compare too. */
struct choice {
    bool any_quota, any_subject;
    char quota[QUOTA_FIELD], subject[SUBJECT_FIELD];
    uint8_t quota_n, subject_n;
};

static struct choice choice_of(struct sl_str quota, struct sl_str subject)
{
    struct choice c = {.any_quota = !quota.p, .any_subject = !subject.p};
    c.quota_n = subject_store(quota, c.quota, QUOTA_FIELD);
    c.subject_n = subject_store(subject, c.subject, SUBJECT_FIELD);
    return c;
}

static bool chosen(const struct choice *c, const struct ledger_slot *e)
{
    struct sl_str quota = sl_str(c->quota, c->quota_n), subject = sl_str(c->subject, c->subject_n);
    return (c->any_quota || sl_str_eq(quota, sl_str(e->quota, e->quota_n))) &&
           (c->any_subject || sl_str_eq(subject, sl_str(e->subject, e->subject_n)));
}

/* The quota of the snapshot that a slot counts for, -1 when the policy has it no more (or with another
 * window). */
static int quota_of(const struct snapshot *s, const struct ledger_slot *e)
{
    for (size_t i = 0; i < snapshot_quota_count(s); i++) {
        const struct quota_def *q = snapshot_quota(s, (int)i);
        char field[QUOTA_FIELD];
        uint8_t n = subject_store(q->id, field, QUOTA_FIELD);
        if ((uint8_t)q->window == e->window && sl_str_eq(sl_str(field, n), sl_str(e->quota, e->quota_n)))
            return (int)i;
    }
    return -1;
}

struct usage_row {
    uint32_t index;
    int quota;
    unsigned percent;
    struct quota_use use;
    char subject[SUBJECT_FIELD];
    uint8_t subject_n;
};

static bool usage_row(struct ledger *l, const struct snapshot *s, uint32_t index, const struct choice *c,
                      int64_t now_s, struct usage_row *out)
{
    struct slot_ref ref;
    if (!slots_ref_at(l->slots, index, &ref))
        return false;
    const struct ledger_slot *e = slots_enter(l->slots, ref);
    if (!e)
        return false;
    bool wanted = chosen(c, e) && read_use(e, now_s, &out->use);
    out->quota = wanted ? quota_of(s, e) : -1;
    memcpy(out->subject, e->subject, SUBJECT_FIELD);
    out->subject_n = e->subject_n;
    slots_leave(l->slots, ref);
    if (out->quota < 0)
        return false;
    out->percent = quota_percent(snapshot_quota(s, out->quota), &out->use);
    return true;
}

/* Most used first, then by name. */
static int compare_rows(const void *a, const void *b)
{
    const struct usage_row *x = a, *y = b;
    if (x->percent != y->percent)
        return x->percent < y->percent ? 1 : -1;
    if (x->quota != y->quota)
        return x->quota - y->quota;
    return sl_str_cmp(sl_str(x->subject, x->subject_n), sl_str(y->subject, y->subject_n));
}

static json_t *limit_json(const struct quota_def *q)
{
    json_t *limit = json_object();
    if (q->bytes)
        json_object_set_new(limit, "bytes", json_integer((json_int_t)q->bytes));
    if (q->requests)
        json_object_set_new(limit, "requests", json_integer((json_int_t)q->requests));
    if (q->minutes)
        json_object_set_new(limit, "minutes", json_integer((json_int_t)q->minutes));
    return limit;
}

static json_t *row_json(const struct snapshot *s, const struct usage_row *r)
{
    static const char *const pers[] = {"user", "client", "group", "all"};
    const struct quota_def *q = snapshot_quota(s, r->quota);
    char resets[SL_RFC3339_TEXT];
    return json_pack("{s:o, s:s, s:o, s:I, s:I, s:I, s:o, s:i, s:s}", "quota", subject_json(q->id), "per",
                     pers[q->per], "subject", subject_json(sl_str(r->subject, r->subject_n)), "bytes",
                     (json_int_t)r->use.bytes, "requests", (json_int_t)r->use.requests, "minutes",
                     (json_int_t)r->use.minutes, "limit", limit_json(q), "percent",
                     (int)SL_MIN(r->percent, 1000000u), "resets",
                     sl_rfc3339(r->use.window_end_s * 1000000, resets));
}

json_t *ledger_usage(struct ledger *l, const struct snapshot *s, struct sl_str quota, struct sl_str subject,
                     int64_t now_s)
{
    struct choice choice = choice_of(quota, subject);
    struct usage_row *rows = NULL, row;
    size_t count = 0, cap = 0;
    for (uint32_t i = 0; i < slots_count(l->slots); i++) {
        if (!usage_row(l, s, i, &choice, now_s, &row))
            continue;
        SL_GROW(rows, count, &cap);
        rows[count++] = row;
    }
    if (count)
        qsort(rows, count, sizeof *rows, compare_rows);
    json_t *out = json_array();
    for (size_t i = 0; i < count && i < USAGE_MOST; i++)
        json_array_append_new(out, row_json(s, &rows[i]));
    free(rows);
    return out;
}

unsigned ledger_reset(struct ledger *l, struct sl_str quota, struct sl_str subject, int64_t now_s)
{
    struct choice choice = choice_of(quota, subject);
    unsigned reset = 0;
    for (uint32_t i = 0; i < slots_count(l->slots); i++) {
        struct slot_ref ref;
        struct ledger_slot *e = slots_ref_at(l->slots, i, &ref) ? slots_enter_alone(l->slots, ref) : NULL;
        if (!e)
            continue;
        if (chosen(&choice, e) && window_holds(e, now_s)) {
            clear(e);
            reset++;
        }
        slots_leave_alone(l->slots, ref);
    }
    return reset;
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
