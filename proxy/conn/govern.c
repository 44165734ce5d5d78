/* govern.c - see govern.h. */
#include "proxy/conn/govern.h"

#include "proxy/conn/inspect.h"
#include "proxy/conn/streams.h"
#include "proxy/conn/txn.h"
#include "sluice/clock.h"

enum {
    TICK_MS = 250,
    SLICE_US = 300, /* of a turn; some hundred verdicts */
    LOOKS_PER_CLOCK = 16
};

static int64_t wall_s(const struct plane *p)
{
    return loop_wall_us(p->loop) / 1000000;
}

/* ---- one transaction ---- */

/* Let in, and not over yet: of one that was recorded the last bytes are on their way. */
static bool open_now(const struct conn *c)
{
    const struct txn *t = c->txn;
    return t && t->admitted && !t->recorded && !t->internal && c->state >= CONN_ROUTE &&
           c->state <= CONN_TUNNEL;
}

/* A warning that was accepted is an allowance by now. One that was not ends the transfer, unless it comes
 * from a quota: that asks at the next request. */
static bool goes_on(const struct txn *t)
{
    const struct verdict *v = &t->verdict;
    return v->action == ACTION_ALLOW || (v->action == ACTION_WARN && v->quota >= 0);
}

/* A header rule leads tunnels to this host elsewhere by now. Requests find their way anew, one by one. */
static bool leads_elsewhere(const struct txn *t, struct sl_str before)
{
    struct sl_str now = t->verdict.resolve_as;
    return t->tunnel && now.n > 0 && !sl_str_eq(now, before) && !t->url.host_is_addr;
}

static void judge(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    struct pin *old = t->pin;
    struct sl_str dialled = t->verdict.resolve_as; /* of the old one */
    txn_charge_all(t, 0);                          /* to the quotas that it had */
    t->pin = plane_pin(p);
    t->facts.time_s = wall_s(p);
    if (t->peer.port) {
        t->facts.known |= FACT_ADDRESS;
        t->facts.address = t->peer.addr;
    }
    bool refused = inspect_judge_other_name(t) && !goes_on(t);
    if (!refused)
        txn_judge(t);
    bool elsewhere = leads_elsewhere(t, dialled);
    plane_unpin(&old);
    if (!goes_on(t) || elsewhere) {
        /* of an allowance no page could be made */
        conn_fail_now(c, goes_on(t) && !t->tunnelling ? FAULT_HOST_MISMATCH : FAULT_POLICY_CUT);
        return;
    }
    t->action = ACTION_ALLOW;
    t->uncharged = !t->tunnelling && inspect_wants(t);
}

/* Its CONNECT would not get any more what it got. What is under way is judged by itself. */
static void let_go(struct conn *c)
{
    if (c->h2)
        streams_goodbye(c);
    else if (c->state == CONN_IDLE)
        conn_kill(c, FAULT_NONE);
}

static void look(struct conn *c, bool whole)
{
    struct txn *t = c->txn;
    if (whole && SL_UNLIKELY(c->inspected != NULL) && !t &&
        !inspected_stands(c->plane, c->inspected, c->client.addr)) {
        let_go(c);
        return;
    }
    if (!open_now(c))
        return;
    if (whole && t->facts.user.n > 0 && identity_changed(c->plane->identity, t->facts.user, t->users_epoch))
        conn_fail_now(c, FAULT_USER_CUT);
    else if (whole || txn_quota_changed(t))
        judge(c);
}

/* ---- all of them ---- */

static void go_on(struct plane *p)
{
    struct governor *g = &p->governor;
    if (g->left == 0 || g->pending)
        return;
    g->pending = true;
    loop_post(p->loop, &g->task);
}

/* Takes connections from the front of the ring and puts them at its end, where new ones come too: so those
 * that were there when the sweep began are the next `left`. */
static void slice(struct plane *p)
{
    struct governor *g = &p->governor;
    int64_t until_us = sl_monotonic_us() + SLICE_US;
    for (unsigned looks = 1; g->left > 0 && !sl_list_empty(&p->conns); looks++) {
        struct conn *c = SL_LIST_ITEM(p->conns.next, struct conn, node);
        sl_list_remove(&c->node);
        sl_list_push(&p->conns, &c->node);
        g->left--;
        look(c, g->whole);
        if (looks % LOOKS_PER_CLOCK == 0 && sl_monotonic_us() >= until_us)
            break;
    }
    if (sl_list_empty(&p->conns))
        g->left = 0;
    if (g->left == 0)
        g->whole = false;
    go_on(p);
}

static void on_task(struct loop_task *task)
{
    struct plane *p = SL_CONTAINER(task, struct plane, governor.task);
    p->governor.pending = false; /* govern_turn comes in the same turn */
}

static void sweep(struct plane *p, bool whole)
{
    struct governor *g = &p->governor;
    g->whole |= whole;
    g->left = p->conn_count + p->refused_count; /* from the start, if one was under way */
}

static void on_tick(struct timer *timer)
{
    struct plane *p = SL_CONTAINER(timer, struct plane, governor.tick);
    struct governor *g = &p->governor;
    uint64_t users = identity_epoch(p->identity);
    bool whole = users != g->users || wall_s(p) >= g->next_change_s;
    g->users = users;
    if (whole)
        g->next_change_s = snapshot_next_change(p->pin->snapshot, wall_s(p));
    if (whole || (g->left == 0 && snapshot_quota_count(p->pin->snapshot) > 0))
        sweep(p, whole);
    timer_arm(loop_timers(p->loop), timer, loop_now_ms(p->loop) + TICK_MS);
}

void govern_turn(struct plane *p)
{
    struct governor *g = &p->governor;
    if (g->policy != p->epoch) {
        g->policy = p->epoch;
        g->next_change_s = snapshot_next_change(p->pin->snapshot, wall_s(p));
        sweep(p, true);
    }
    if (g->left > 0 && !g->pending)
        slice(p);
}

void govern_init(struct plane *p)
{
    struct governor *g = &p->governor;
    *g = (struct governor){.task.run = on_task, .next_change_s = INT64_MAX};
    timer_init(&g->tick, on_tick);
    timer_arm(loop_timers(p->loop), &g->tick, loop_now_ms(p->loop) + TICK_MS);
}

void govern_fini(struct plane *p)
{
    timer_cancel(&p->governor.tick);
}
