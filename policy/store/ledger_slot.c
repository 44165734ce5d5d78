/* ledger_slot.c - see ledger_slot.h. The order of the stores in a roll-over makes a process that is killed in
 * the midst of it leave an old window with empty counters, or expired steps that are empty already: the next
 * charge does it again. */
#include "policy/store/ledger_slot.h"

#include "policy/store/ledger.h"

enum { LONGEST_S = 40 * 86400, MINUTES_AT = 40, EXTENSIONS_AT = 56, STIR_MINUTE_AT = 48 };
#define REQUESTS_MASK ((UINT64_C(1) << MINUTES_AT) - 1)
#define MINUTES_MASK UINT64_C(0xffff)

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

bool ledger_slot_over(const struct ledger_slot *e, int64_t now_s)
{
    return atomic_load(&e->window_end_s) < now_s - (int64_t)e->rolling_s; /* no sum: a disk wrote the end */
}

static int64_t step_number(const struct ledger_slot *e, const struct quota_def *q)
{
    return atomic_load_explicit(&e->window_start_s, memory_order_relaxed) / quota_step_s(q->rolling_s);
}

static size_t ring_place(int64_t step)
{
    return (uint64_t)step % LEDGER_RING;
}

/* ---- activity ---- */

/* Whether the minute has by now seen more than what happens without anybody's doing. */
static bool stirs(struct ledger_slot *e, const struct quota_def *q, const struct ledger_charge *c)
{
    const struct quota_amounts *quiet = &q->background;
    if (!quiet->bytes && !quiet->requests)
        return true;
    uint64_t minute = (uint64_t)(c->now_s / 60) & UINT16_MAX, bytes, requests;
    uint64_t old = atomic_load_explicit(&e->stir, memory_order_relaxed), fresh;
    do {
        bool same = old >> STIR_MINUTE_AT == minute;
        bytes = SL_MIN((same ? old & UINT32_MAX : 0) + SL_MIN(c->bytes, (uint64_t)UINT32_MAX),
                       (uint64_t)UINT32_MAX);
        requests = SL_MIN((same ? old >> 32 & UINT16_MAX : 0) + c->requests, (uint64_t)UINT16_MAX);
        fresh = minute << STIR_MINUTE_AT | requests << 32 | bytes;
    } while (!atomic_compare_exchange_weak_explicit(&e->stir, &old, fresh, memory_order_relaxed,
                                                    memory_order_relaxed));
    return (quiet->bytes && bytes > quiet->bytes) || (quiet->requests && requests > quiet->requests);
}

/* How many minutes become active with this moment: its own, unless it was already, and those of a pause that
 * was short enough. A last moment far ahead was noted by a wrong clock. */
static uint64_t wake(struct ledger_slot *e, const struct quota_def *q, int64_t now_s)
{
    uint64_t old = atomic_load_explicit(&e->activity, memory_order_relaxed), fresh, minutes;
    do {
        int64_t last_s = (int64_t)(old >> 32);
        if (last_s > now_s + LEDGER_LATE_S)
            last_s = 0;
        if (last_s >= now_s)
            return 0;
        minutes = (uint64_t)(now_s / 60 - last_s / 60);
        if (now_s - last_s > q->idle_gap_s)
            minutes = minutes > 0;
        fresh = (uint64_t)now_s << 32 | ((old + minutes) & UINT32_MAX);
    } while (!atomic_compare_exchange_weak_explicit(&e->activity, &old, fresh, memory_order_relaxed,
                                                    memory_order_relaxed));
    return minutes;
}

/* ---- counting ---- */

static void add_to(_Atomic uint64_t *counter, uint64_t n)
{
    if (n)
        atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void ledger_slot_add(struct ledger_slot *e, const struct quota_def *q, const struct ledger_charge *c)
{
    uint64_t minutes = stirs(e, q, c) ? wake(e, q, c->now_s) : 0;
    if (q->window == QUOTA_ROLLING) {
        struct ledger_step *step = &e->ring[ring_place(step_number(e, q))];
        add_to(&step->bytes, c->bytes);
        add_to(&step->counts, minutes << MINUTES_AT | c->requests);
    } else { /* minutes are in `activity` already */
        add_to(&e->bytes, c->bytes);
        add_to(&e->requests, c->requests);
    }
}

static void clear_step(struct ledger_step *s)
{
    atomic_store(&s->bytes, 0);
    atomic_store(&s->counts, 0);
}

void ledger_slot_clear(struct ledger_slot *e)
{
    atomic_store(&e->bytes, 0);
    atomic_store(&e->requests, 0);
    atomic_store(&e->extensions, 0);
    atomic_store(&e->activity, 0);
    atomic_store(&e->stir, 0);
    for (size_t i = 0; i < LEDGER_RING; i++)
        clear_step(&e->ring[i]);
}

void ledger_slot_roll(struct ledger_slot *e, const struct quota_def *q, int64_t start_s, int64_t end_s)
{
    if (q->window == QUOTA_ROLLING) {
        int64_t from = step_number(e, q), to = start_s / quota_step_s(q->rolling_s);
        if (to < from || to - from >= LEDGER_RING)
            ledger_slot_clear(e);
        else
            for (int64_t step = from + 1; step <= to; step++)
                clear_step(&e->ring[ring_place(step)]);
    } else {
        ledger_slot_clear(e);
    }
    atomic_store(&e->window_start_s, start_s);
    atomic_store(&e->window_end_s, end_s);
}

void ledger_slot_extend(struct ledger_slot *e, const struct quota_def *q)
{
    if (q->window == QUOTA_ROLLING)
        add_to(&e->ring[ring_place(step_number(e, q))].counts, UINT64_C(1) << EXTENSIONS_AT);
    else
        add_to(&e->extensions, 1);
}

/* ---- reading ---- */

static struct quota_use step_use(const struct ledger_step *s)
{
    uint64_t counts = atomic_load_explicit(&s->counts, memory_order_relaxed);
    return (struct quota_use){.bytes = atomic_load_explicit(&s->bytes, memory_order_relaxed),
                              .requests = counts & REQUESTS_MASK,
                              .minutes = counts >> MINUTES_AT & MINUTES_MASK,
                              .extensions = (unsigned)(counts >> EXTENSIONS_AT)};
}

/* Others may charge meanwhile, so that what leaves can be more than what was summed up. */
static uint64_t less(uint64_t sum, uint64_t leaves)
{
    return sum - SL_MIN(sum, leaves);
}

/* When the use is below the limits again as steps leave; while it is, when the first of it leaves. */
static int64_t frees_at(const struct ledger_slot *e, const struct quota_def *q, int64_t oldest,
                        int64_t newest, struct quota_use use)
{
    int64_t step_s = quota_step_s(q->rolling_s), at_s = 0;
    bool exhausted = quota_exhausted(q, &use);
    for (int64_t step = oldest; step <= newest; step++) {
        struct quota_use one = step_use(&e->ring[ring_place(step)]);
        if (!one.bytes && !one.requests && !one.minutes)
            continue;
        at_s = (step + 1) * step_s + q->rolling_s;
        use.bytes = less(use.bytes, one.bytes);
        use.requests = less(use.requests, one.requests);
        use.minutes = less(use.minutes, one.minutes);
        if (!exhausted || !quota_exhausted(q, &use))
            break;
    }
    return at_s;
}

static bool read_rolling(const struct ledger_slot *e, const struct quota_def *q, int64_t now_s,
                         struct quota_use *out)
{
    int64_t step_s = quota_step_s(q->rolling_s), newest = step_number(e, q), oldest = newest - QUOTA_STEPS;
    *out = (struct quota_use){.window_start_s = now_s - q->rolling_s, .window_end_s = now_s + q->rolling_s};
    if (newest * step_s > now_s + LEDGER_LATE_S || (newest + 1) * step_s <= out->window_start_s)
        return false;
    while ((oldest + 1) * step_s <= out->window_start_s)
        oldest++;
    for (int64_t step = oldest; step <= newest; step++) {
        struct quota_use one = step_use(&e->ring[ring_place(step)]);
        out->bytes += one.bytes;
        out->requests += one.requests;
        out->minutes += one.minutes;
        out->extensions += one.extensions;
    }
    int64_t frees_s = frees_at(e, q, oldest, newest, *out);
    if (frees_s)
        out->window_end_s = frees_s;
    return true;
}

bool ledger_slot_read(const struct ledger_slot *e, const struct quota_def *q, int64_t now_s,
                      struct quota_use *out)
{
    if (q->window == QUOTA_ROLLING)
        return read_rolling(e, q, now_s, out);
    *out =
        (struct quota_use){.bytes = atomic_load_explicit(&e->bytes, memory_order_relaxed),
                           .requests = atomic_load_explicit(&e->requests, memory_order_relaxed),
                           .minutes = atomic_load_explicit(&e->activity, memory_order_relaxed) & UINT32_MAX,
                           .extensions = (unsigned)atomic_load_explicit(&e->extensions, memory_order_relaxed),
                           .window_start_s = atomic_load(&e->window_start_s),
                           .window_end_s = atomic_load(&e->window_end_s)};
    return ledger_slot_current(e, now_s);
}
