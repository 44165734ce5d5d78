/* timer.c - see timer.h.
 * Invariant: a timer in level L, slot S has a placed_ms whose bits 6L..6L+5 are S and whose higher bits are
 * those of now_ms (for the top level: at most one turn ahead). So each level holds only what its one next
 * turn can reach, slots of level 0 are exact, and a slot of a higher level is dealt out to lower ones when
 * now_ms enters it. */
#include "proxy/runtime/timer.h"

enum { SLOT_BITS = 6 };
/* Farther deadlines are placed here and placed again when they come up. */
static const int64_t FARTHEST_MS = ((int64_t)1 << (SLOT_BITS * TIMER_LEVELS)) - 1;

void timer_wheel_init(struct timer_wheel *w, int64_t now_ms)
{
    w->now_ms = now_ms;
    for (int level = 0; level < TIMER_LEVELS; level++) {
        w->busy[level] = 0;
        for (int slot = 0; slot < TIMER_SLOTS; slot++)
            sl_list_init(&w->slots[level][slot]);
    }
}

void timer_init(struct timer *t, void (*run)(struct timer *t))
{
    sl_list_init(&t->node);
    t->due_ms = t->placed_ms = TIMER_NEVER;
    t->run = run;
}

static unsigned slot_of(int64_t ms, int level)
{
    return (unsigned)((uint64_t)ms >> (SLOT_BITS * level)) & (TIMER_SLOTS - 1);
}

/* The level whose next turn reaches ms: that of the highest digit in which it differs from now. */
static int level_of(int64_t now_ms, int64_t ms)
{
    uint64_t differ = (uint64_t)ms ^ (uint64_t)now_ms;
    int level = differ == 0 ? 0 : (63 - __builtin_clzll(differ)) / SLOT_BITS;
    return SL_MIN(level, TIMER_LEVELS - 1);
}

static void place(struct timer_wheel *w, struct timer *t)
{
    int64_t earliest = w->now_ms + 1; /* the slot of now has been dealt with */
    t->placed_ms = SL_MIN(SL_MAX(t->due_ms, earliest), w->now_ms + FARTHEST_MS);
    int level = level_of(w->now_ms, t->placed_ms);
    unsigned slot = slot_of(t->placed_ms, level);
    sl_list_push(&w->slots[level][slot], &t->node);
    w->busy[level] |= (uint64_t)1 << slot;
}

void timer_arm(struct timer_wheel *w, struct timer *t, int64_t due_ms)
{
    t->due_ms = due_ms;
    bool placed = !sl_list_empty(&t->node);
    if (placed && due_ms >= t->placed_ms)
        return;
    if (placed)
        sl_list_remove(&t->node);
    if (due_ms != TIMER_NEVER)
        place(w, t);
}

void timer_cancel(struct timer *t)
{
    sl_list_remove(&t->node);
    t->due_ms = TIMER_NEVER;
}

/* First busy slot of a level behind (or, for the top level, around from) the slot of now; as a time. */
static int64_t level_next(const struct timer_wheel *w, int level)
{
    if (w->busy[level] == 0)
        return TIMER_NEVER;
    unsigned at = slot_of(w->now_ms, level), shift = (at + 1) % TIMER_SLOTS;
    uint64_t turned =
        shift ? w->busy[level] >> shift | w->busy[level] << (TIMER_SLOTS - shift) : w->busy[level];
    int64_t steps = __builtin_ctzll(turned) + 1, unit = (int64_t)1 << (SLOT_BITS * level);
    return (w->now_ms / unit + steps) * unit;
}

int64_t timer_wheel_next(const struct timer_wheel *w)
{
    int64_t next = TIMER_NEVER;
    for (int level = 0; level < TIMER_LEVELS; level++) {
        int64_t at = level_next(w, level);
        next = SL_MIN(next, at);
    }
    return next;
}

/* Empties the slot that now_ms has entered: what is due goes to `due`, the rest is placed anew, lower. */
static void deal(struct timer_wheel *w, int level, struct sl_list *due)
{
    unsigned slot = slot_of(w->now_ms, level);
    struct sl_list *head = &w->slots[level][slot];
    w->busy[level] &= ~((uint64_t)1 << slot);
    while (!sl_list_empty(head)) {
        struct timer *t = SL_LIST_ITEM(head->next, struct timer, node);
        sl_list_remove(&t->node);
        if (t->due_ms <= w->now_ms) {
            t->placed_ms = t->due_ms;
            sl_list_push(due, &t->node);
        } else if (t->due_ms != TIMER_NEVER) {
            place(w, t);
        }
    }
}

/* A timer of the list may be moved or cancelled by one that runs before it. */
static size_t run_due(struct timer_wheel *w, struct sl_list *due)
{
    size_t count = 0;
    while (!sl_list_empty(due)) {
        struct timer *t = SL_LIST_ITEM(due->next, struct timer, node);
        sl_list_remove(&t->node);
        if (t->due_ms <= w->now_ms) {
            t->due_ms = TIMER_NEVER;
            t->run(t);
            count++;
        } else if (t->due_ms != TIMER_NEVER) {
            place(w, t);
        }
    }
    return count;
}

size_t timer_wheel_run(struct timer_wheel *w, int64_t now_ms)
{
    size_t count = 0;
    for (;;) {
        int64_t next = timer_wheel_next(w);
        if (next > now_ms)
            break;
        struct sl_list due;
        sl_list_init(&due);
        w->now_ms = next;
        for (int level = TIMER_LEVELS - 1; level >= 0; level--)
            if (level == 0 || next % ((int64_t)1 << (SLOT_BITS * level)) == 0)
                deal(w, level, &due);
        count += run_due(w, &due);
    }
    w->now_ms = SL_MAX(w->now_ms, now_ms);
    return count;
}
