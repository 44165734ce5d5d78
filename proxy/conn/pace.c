/* pace.c - see pace.h. */
#include "proxy/conn/pace.h"

#include "proxy/conn/txn.h"

static int64_t now_us(const struct txn *t)
{
    return loop_now_us(t->conn->plane->loop);
}

/* ---- which buckets ---- */

/* Buckets as they are gathered, before they take the place of the old ones. */
struct gathered {
    struct pace_bucket items[PACE_MAX];
    unsigned count;
};

static void join(struct txn *t, struct gathered *g, const struct rate_def *rate, struct bucket_key *key)
{
    if (g->count == PACE_MAX)
        return;
    key->bytes_per_s = rate->bytes_per_s;
    key->burst = rate->burst;
    g->items[g->count++] =
        (struct pace_bucket){.place = buckets_join(t->conn->plane->buckets, key, now_us(t)), .rate = *rate};
}

static void join_groups(struct txn *t, struct gathered *g, const struct rate_def *rate,
                        struct bucket_key *key)
{
    struct sl_str groups[PACE_MAX];
    size_t count =
        t->facts.user.n ? snapshot_groups_of(t->pin->snapshot, t->facts.user, groups, PACE_MAX) : 0;
    key->of = 'g';
    for (size_t i = 0; i < count; i++) {
        key->subject = groups[i];
        join(t, g, rate, key);
    }
}

/* Who is in no group, or not known by name, is slowed down by himself: a throttle that says `group` must not
 * set him free. */
static void join_all(struct txn *t, struct gathered *g, char kind, struct sl_str id,
                     const struct rate_def *rate)
{
    struct bucket_key key = {.kind = kind, .id = id};
    struct sl_addr client = t->conn->client.addr;
    unsigned before = g->count;
    if (rate->per == QUOTA_PER_GROUP)
        join_groups(t, g, rate, &key);
    if (g->count > before)
        return;
    if (rate->per == QUOTA_PER_ALL) {
        key.of = 'a';
        key.subject = SL_STR("");
    } else if (rate->per != QUOTA_PER_CLIENT && t->facts.user.n > 0) {
        key.of = 'u';
        key.subject = t->facts.user;
    } else {
        key.of = 'c';
        key.subject = sl_str((const char *)client.b, sizeof client.b);
    }
    join(t, g, rate, &key);
}

static void gather(struct txn *t, struct gathered *g)
{
    const struct verdict *v = &t->verdict;
    if (v->action != ACTION_ALLOW)
        return;
    if (v->throttle)
        join_all(t, g, 'r', v->rule_id, v->throttle);
    if (v->slow_quota >= 0) {
        const struct quota_def *q = snapshot_quota(t->pin->snapshot, v->slow_quota);
        join_all(t, g, 'q', q->id, &q->throttle);
    }
}

static void leave_all(struct txn *t, const struct pace_bucket *items, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        buckets_leave(t->conn->plane->buckets, items[i].place);
}

static void count_throttled(const struct txn *t, bool before, bool now)
{
    if (now && !before)
        metrics_add(t->conn->plane->metrics, METRIC_THROTTLED, 1);
    if (before && !now)
        metrics_sub(t->conn->plane->metrics, METRIC_THROTTLED, 1);
}

static bool same(const struct pace *p, const struct gathered *g)
{
    for (unsigned i = 0; i < g->count; i++)
        if (g->items[i].place != p->buckets[i].place ||
            g->items[i].rate.bytes_per_s != p->buckets[i].rate.bytes_per_s ||
            g->items[i].rate.burst != p->buckets[i].rate.burst)
            return false;
    return g->count == p->count;
}

/* ---- turns ---- */

static int64_t take(struct txn *t, uint64_t n)
{
    int64_t ready_us = now_us(t), at_us;
    for (unsigned i = 0; i < t->pace->count; i++) {
        const struct pace_bucket *b = &t->pace->buckets[i];
        at_us = buckets_take(t->conn->plane->buckets, b->place, &b->rate, n, now_us(t));
        ready_us = SL_MAX(ready_us, at_us);
    }
    return ready_us;
}

static void arm(struct txn *t)
{
    struct pace *p = t->pace;
    int64_t due_us = INT64_MAX;
    for (int way = 0; way < PACE_WAYS; way++)
        if (p->turns[way].bytes > 0 && p->turns[way].ready_us > now_us(t))
            due_us = SL_MIN(due_us, p->turns[way].ready_us);
    timer_arm(loop_timers(t->conn->plane->loop), &p->timer,
              due_us == INT64_MAX ? TIMER_NEVER : (due_us + 999) / 1000);
}

static void on_turn(struct timer *timer)
{
    conn_run(SL_CONTAINER(timer, struct pace, timer)->conn);
}

size_t pace_allow(struct txn *t, enum pace_way way, struct sock *from)
{
    struct pace *p = t->pace;
    struct pace_turn *turn = &p->turns[way];
    if (p->count == 0 || !from->readable || from->ended)
        return SIZE_MAX; /* nothing holds it back, or there is nothing */
    if (turn->bytes == 0) {
        size_t waiting = SL_MAX(sock_waiting(from), (size_t)1); /* its end: read as if it were a byte */
        turn->bytes = (uint32_t)SL_MIN(waiting, (size_t)p->quantum);
        turn->ready_us = take(t, turn->bytes);
    }
    if (turn->ready_us <= now_us(t))
        return turn->bytes;
    arm(t);
    return 0;
}

void pace_read(struct txn *t, enum pace_way way, size_t n)
{
    struct pace_turn *turn = &t->pace->turns[way];
    turn->bytes -= (uint32_t)SL_MIN((size_t)turn->bytes, n);
}

bool pace_waits(const struct txn *t)
{
    const struct pace *p = t->pace;
    for (int way = 0; p && way < PACE_WAYS; way++)
        if (p->turns[way].bytes > 0 && p->turns[way].ready_us > now_us(t))
            return true;
    return false;
}

uint64_t pace_rate(const struct txn *t)
{
    return t->pace && t->pace->count > 0 ? t->pace->bytes_per_s : 0;
}

/* ---- begin, change and end ---- */

static void begin(struct txn *t)
{
    t->pace = sl_calloc(1, sizeof *t->pace);
    t->pace->conn = t->conn;
    timer_init(&t->pace->timer, on_turn);
}

/* Whoever slept for a turn in an old bucket is woken to ask anew. */
static void replace(struct txn *t, const struct gathered *g)
{
    struct pace *p = t->pace;
    struct timer_wheel *timers = loop_timers(t->conn->plane->loop);
    bool slept = pace_waits(t), first = p->count == 0 && !t->upstream;
    count_throttled(t, p->count > 0, g->count > 0);
    leave_all(t, p->buckets, p->count);
    memcpy(p->buckets, g->items, sizeof p->buckets);
    memset(p->turns, 0, sizeof p->turns);
    p->count = g->count;
    p->bytes_per_s = UINT64_MAX;
    for (unsigned i = 0; i < p->count; i++)
        p->bytes_per_s = SL_MIN(p->bytes_per_s, p->buckets[i].rate.bytes_per_s);
    p->quantum = buckets_quantum(p->bytes_per_s);
    timer_arm(timers, &p->timer, slept ? loop_now_ms(t->conn->plane->loop) : TIMER_NEVER);
    if (first)
        take(t, t->bytes_in);
}

void pace_follow(struct txn *t)
{
    struct gathered g = {.count = 0};
    gather(t, &g);
    if (!t->pace && g.count == 0)
        return;
    if (!t->pace)
        begin(t);
    if (same(t->pace, &g))
        leave_all(t, g.items, g.count); /* it is in them once already */
    else
        replace(t, &g);
}

void pace_end(struct txn *t)
{
    struct pace *p = t->pace;
    if (!p)
        return;
    timer_cancel(&p->timer);
    count_throttled(t, p->count > 0, false);
    leave_all(t, p->buckets, p->count);
    sl_freep(&t->pace);
}
