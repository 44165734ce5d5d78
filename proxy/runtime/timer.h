/* timer.h - deadlines: a hierarchical timing wheel with ticks of a millisecond.
 *
 *     level 0: 64 slots of 1 ms   level 1: 64 of 64 ms   level 2: 64 of 4.1 s   ...   level 5: 64 of 12 days
 *
 * Arming, moving and cancelling cost the same whatever is pending. Most deadlines move on long before they
 * come (each request moves its connection's), so a deadline that moves later only changes a number: the timer
 * stays in its slot and is placed anew when that slot comes up. Times are milliseconds of the caller's clock.
 * One thread. */
#ifndef PROXY_RUNTIME_TIMER_H
#define PROXY_RUNTIME_TIMER_H

#include "sluice/list.h"

enum { TIMER_LEVELS = 6, TIMER_SLOTS = 64 };
#define TIMER_NEVER INT64_MAX

struct timer {
    struct sl_list node; /* in a slot, or alone */
    int64_t due_ms;      /* when it shall run; TIMER_NEVER: not at all */
    int64_t placed_ms;   /* what its slot stands for; never later than due_ms while it is in one */
    void (*run)(struct timer *t);
};

struct timer_wheel {
    int64_t now_ms;              /* everything due up to here has run */
    uint64_t busy[TIMER_LEVELS]; /* bit per slot that may hold a timer */
    struct sl_list slots[TIMER_LEVELS][TIMER_SLOTS];
};

void timer_wheel_init(struct timer_wheel *w, int64_t now_ms);
void timer_init(struct timer *t, void (*run)(struct timer *t));
/* Runs at due_ms, or in the next timer_wheel_run when that is past. Moves a timer that is armed; TIMER_NEVER
 * silences it cheaply, but keeps it in the wheel. */
void timer_arm(struct timer_wheel *w, struct timer *t, int64_t due_ms);
/* Takes it out of the wheel: afterwards its memory may go. Fine on one that is not armed. */
void timer_cancel(struct timer *t);
/* No timer runs before this; it may be early, never late. TIMER_NEVER when nothing is armed. */
int64_t timer_wheel_next(const struct timer_wheel *w);
/* Runs what is due; returns how many ran. A timer may arm and cancel any timer, itself too. */
size_t timer_wheel_run(struct timer_wheel *w, int64_t now_ms);

#endif
