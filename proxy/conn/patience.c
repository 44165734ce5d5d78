/* patience.c - see patience.h. */
#include "proxy/conn/patience.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "proxy/conn/txn.h"

static int64_t now_ms(const struct txn *t)
{
    return loop_now_ms(t->conn->plane->loop);
}

static int64_t half_ms(const struct txn *t)
{
    return t->conn->plane->timeout_ms[t->tunnelling ? T_TUNNEL : T_BODY] / 2;
}

/* What was sent and is not in the kernel's queue any more. */
static uint64_t taken(const struct sock *to, uint64_t sent)
{
    int queued = 0;
    if (to->fd < 0 || ioctl(to->fd, SIOCOUTQ, &queued) < 0)
        return sent;
    return sent - SL_MIN((uint64_t)queued, sent);
}

static uint64_t moved(const struct txn *t, enum patience_for what)
{
    switch (what) {
    case PATIENCE_CLIENT:
        return taken(&t->conn->sock, t->bytes_out);
    case PATIENCE_ORIGIN:
        return t->upstream ? taken(&t->upstream->sock, t->up.sent) : t->up.sent;
    case PATIENCE_BODY:
    case PATIENCE_COUNT:
        break;
    }
    return t->bytes_in;
}

static int64_t waited_ms(const struct txn *t, const struct patience_side *s)
{
    return s->waited_ms + (s->since_ms ? now_ms(t) - s->since_ms : 0);
}

static enum fault blame(const struct txn *t, enum patience_for what, bool silent)
{
    static const enum fault faults[PATIENCE_COUNT][2] = {
        [PATIENCE_BODY] = {FAULT_CLIENT_SLOW_BODY, FAULT_CLIENT_BODY_TIMEOUT},
        [PATIENCE_CLIENT] = {FAULT_CLIENT_SLOW_RELAY, FAULT_CLIENT_TIMEOUT_RELAY},
        [PATIENCE_ORIGIN] = {FAULT_SEND_SLOW, FAULT_SEND_TIMEOUT},
    };
    if (t->tunnelling)
        return what == PATIENCE_CLIENT ? FAULT_CLIENT_SLOW_TUNNEL : FAULT_TUNNEL_SLOW;
    return faults[what][silent];
}

/* While an answer is on its way nobody owes the rest of the request: the client may be done with it, and the
 * origin too. What is left then is the gap between two pieces, either way. */
static bool owed(const struct txn *t, enum patience_for what)
{
    return what == PATIENCE_CLIENT || t->tunnelling || t->status == 0;
}

/* One look at a side that has been waited for for long enough to tell. */
static enum fault look(struct txn *t, enum patience_for what)
{
    struct patience_side *s = &t->patience->sides[what];
    int64_t waited = waited_ms(t, s);
    if (waited < half_ms(t) || !owed(t, what))
        return FAULT_NONE;
    uint64_t now = moved(t, what), before = s->moved,
             wanted = t->conn->plane->settings->proxy.min_rate * (uint64_t)waited / 1000;
    bool slow = s->looked && now < before + SL_MAX(wanted, UINT64_C(1));
    *s = (struct patience_side){.since_ms = s->since_ms ? now_ms(t) : 0, .moved = now, .looked = true};
    return slow ? blame(t, what, now <= before) : FAULT_NONE;
}

static void arm(struct txn *t)
{
    int64_t due_ms = TIMER_NEVER;
    for (size_t i = 0; i < PATIENCE_COUNT; i++) {
        const struct patience_side *s = &t->patience->sides[i];
        if (s->since_ms && owed(t, i))
            due_ms = SL_MIN(due_ms, s->since_ms + half_ms(t) - s->waited_ms);
    }
    timer_arm(loop_timers(t->conn->plane->loop), &t->patience->timer, due_ms);
}

static void on_look(struct timer *timer)
{
    struct conn *c = SL_CONTAINER(timer, struct patience, timer)->conn;
    for (int what = 0; what < PATIENCE_COUNT; what++) {
        enum fault f = look(c->txn, what);
        if (f == FAULT_NONE)
            continue;
        conn_fail_now(c, f);
        return;
    }
    arm(c->txn);
}

void patience_begin(struct txn *t, enum patience_for what)
{
    if (!t->patience) {
        t->patience = sl_calloc(1, sizeof *t->patience);
        t->patience->conn = t->conn;
        timer_init(&t->patience->timer, on_look);
    }
    struct patience_side *s = &t->patience->sides[what];
    if (s->since_ms)
        return;
    s->since_ms = now_ms(t);
    arm(t);
}

void patience_over(struct txn *t, enum patience_for what)
{
    struct patience_side *s = &t->patience->sides[what];
    s->waited_ms = waited_ms(t, s);
    s->since_ms = 0;
}

bool patience_watches(const struct txn *t, enum fault late)
{
    for (int what = 0; t->patience && what < PATIENCE_COUNT; what++)
        if (t->patience->sides[what].since_ms && owed(t, what) && late == blame(t, what, true))
            return true;
    return false;
}

void patience_end(struct txn *t)
{
    timer_cancel(&t->patience->timer);
    sl_freep(&t->patience);
}
