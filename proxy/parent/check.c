/* check.c - see check.h. */
#include "proxy/parent/check.h"

#include <stdlib.h>

#include "base/crypto.h"

enum { FIRST_WITHIN_MS = 500, JITTER_PERCENT = 20 };

struct check {
    struct parent_checks *all;
    struct parent *parent;
    struct timer timer;
    struct approach *approach;
};

struct parent_checks {
    struct approach_plan plan;
    struct parents *parents;
    struct check items[];
};

/* From 0 up to and without `most`. */
static int64_t random_below(int64_t most)
{
    uint64_t number;
    crypto_random(&number, sizeof number);
    return (int64_t)(number % (uint64_t)SL_MAX(most, (int64_t)1));
}

static void arm(struct check *c, int64_t wait_ms)
{
    struct loop *l = c->all->plan.dialler->loop;
    timer_arm(loop_timers(l), &c->timer, loop_now_ms(l) + wait_ms);
}

/* Many gateways that were started at once shall not ask at once for ever. */
static void arm_next(struct check *c)
{
    int64_t every_ms = c->all->parents->check_ms, span_ms = every_ms * JITTER_PERCENT / 100;
    arm(c, every_ms - span_ms + random_below(2 * span_ms));
}

static void on_end(void *arg, const struct approach_end *end)
{
    struct check *c = arg;
    c->approach = NULL;
    if (end->result == APPROACH_OPEN || approach_blames_parent(end->result))
        parent_checked(c->parent, end->result == APPROACH_OPEN, approach_word(end->result));
    arm_next(c);
}

static void on_timer(struct timer *t)
{
    struct check *c = SL_CONTAINER(t, struct check, timer);
    struct approach_plan plan = c->all->plan;
    plan.parent = c->parent;
    c->approach = approach_start(&plan, on_end, c);
}

struct parent_checks *parent_checks_new(const struct approach_plan *plan, struct parents *parents)
{
    struct parent_checks *all = sl_calloc(1, sizeof *all + parents->count * sizeof *all->items);
    all->plan = *plan;
    all->parents = parents_ref(parents);
    for (size_t i = 0; i < parents->count; i++) {
        struct check *c = &all->items[i];
        *c = (struct check){.all = all, .parent = &parents->items[i]};
        timer_init(&c->timer, on_timer);
        if (parents->check_ms > 0)
            arm(c, random_below(FIRST_WITHIN_MS));
    }
    return all;
}

void parent_checks_free(struct parent_checks **cp)
{
    struct parent_checks *all = *cp;
    *cp = NULL;
    if (!all)
        return;
    for (size_t i = 0; i < all->parents->count; i++) {
        timer_cancel(&all->items[i].timer);
        approach_cancel(&all->items[i].approach);
    }
    parents_unref(&all->parents);
    free(all);
}
