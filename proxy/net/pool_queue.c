/* pool_queue.c - how many connections to origins may be open, and who gets the next one.
 *
 * Whoever dials takes a seat before, and gives it back once the connection is counted, or is none. Without a
 * seat one waits in line: of the origin, when that is full, else of the pool. Lines are served in the order
 * in which people came, and who waits for a full origin stands in nobody's way. Idle connections are given up
 * for those who wait. Who is served is told at the end of the loop's turn, so that nobody runs inside
 * another. */
#include <stdlib.h>

#include "proxy/net/pool_inside.h"

/* ---- room ---- */

static bool origin_over(const struct pool *p, const struct origin *o, size_t more)
{
    return p->cfg.origin_limit && o->open + more > p->cfg.origin_limit;
}

static bool pool_over(const struct pool *p, size_t more)
{
    return p->cfg.open_limit && p->open + more > p->cfg.open_limit;
}

/* Idle connections give way. The origin lives: who asks waits there, or has taken a seat. */
static bool origin_has_room(struct pool *p, struct origin *o, size_t more)
{
    while (origin_over(p, o, more) && o->idle_count > 0)
        pool_drop_idle(SL_LIST_ITEM(o->idle.prev, struct upstream, idle));
    return !origin_over(p, o, more);
}

static bool pool_has_room(struct pool *p, size_t more)
{
    while (pool_over(p, more) && p->idle_count > 0)
        pool_drop_idle(SL_LIST_ITEM(p->aged.next, struct upstream, aged));
    return !pool_over(p, more);
}

/* ---- counting ---- */

static void free_if_empty(struct origin *o)
{
    if (o->open > 0 || o->waiting_count > 0)
        return;
    sl_list_remove(&o->bucket);
    free(o);
}

static struct pool_wait *first(struct sl_list *line)
{
    return sl_list_empty(line) ? NULL : SL_LIST_ITEM(line->next, struct pool_wait, node);
}

static void move_to(struct sl_list *line, struct pool_wait *w)
{
    sl_list_remove(&w->node);
    sl_list_push(line, &w->node);
}

void pool_opened(struct pool *p, struct origin *o)
{
    o->open++;
    p->open++;
}

void pool_closed(struct pool *p, struct origin *o)
{
    struct pool_wait *w = first(&o->waiting);
    o->open--;
    p->open--;
    if (w && !origin_over(p, o, 1))
        move_to(&p->waiting, w);
    free_if_empty(o);
}

/* ---- lines ---- */

static void stand(struct pool *p, struct pool_wait *w, struct sl_list *line)
{
    w->turn = ++p->turn;
    sl_list_push(line, &w->node);
    w->origin->waiting_count++;
    p->waiting_count++;
    metrics_add(p->cfg.metrics, METRIC_UPSTREAM_WAITING, 1);
}

static void leave_line(struct pool *p, struct pool_wait *w)
{
    sl_list_remove(&w->node);
    w->origin->waiting_count--;
    p->waiting_count--;
    metrics_sub(p->cfg.metrics, METRIC_UPSTREAM_WAITING, 1);
}

static void seat(struct pool *p, struct pool_wait *w)
{
    w->seated = true;
    pool_opened(p, w->origin);
}

/* A connection that died between being handed over and now is a seat for who was to have it. */
static void exchange_for_seat(struct pool *p, struct pool_wait *w, struct upstream **u)
{
    w->origin = (*u)->origin;
    seat(p, w);
    pool_close(u);
}

static void on_task(struct loop_task *task)
{
    struct pool *p = SL_CONTAINER(task, struct pool, task);
    struct pool_wait *w;
    p->task_pending = false;
    while ((w = first(&p->granted)) != NULL) {
        struct upstream *u = w->upstream;
        sl_list_remove(&w->node);
        w->upstream = NULL;
        if (u && !pool_looks_alive(&u->sock))
            exchange_for_seat(p, w, &u);
        w->done(w, u);
    }
}

static void tell_later(struct pool *p, struct pool_wait *w)
{
    sl_list_push(&p->granted, &w->node);
    if (p->task_pending)
        return;
    p->task_pending = true;
    loop_defer(p->loop, &p->task);
}

void pool_queue_init(struct pool *p)
{
    sl_list_init(&p->waiting);
    sl_list_init(&p->granted);
    p->task.run = on_task;
}

/* ---- who is next ---- */

/* Those whose origin is full go to stand there. */
void pool_serve(struct pool *p)
{
    struct pool_wait *w;
    while ((w = first(&p->waiting)) != NULL && pool_has_room(p, 1)) {
        if (!origin_has_room(p, w->origin, 1)) {
            move_to(&w->origin->waiting, w);
            continue;
        }
        leave_line(p, w);
        seat(p, w);
        tell_later(p, w);
    }
}

void pool_reassemble(struct pool *p, struct origin *o)
{
    struct pool_wait *w;
    while ((w = first(&o->waiting)) != NULL)
        move_to(&p->waiting, w);
}

static void on_event_between(void *owner, uint32_t events)
{
}

enum pool_heir pool_hand_over(struct pool *p, struct upstream *u)
{
    struct pool_wait *here = first(&u->origin->waiting), *any = first(&p->waiting);
    struct pool_wait *w = !any || (here && here->turn < any->turn) ? here : any;
    if (!w)
        return HEIR_NONE;
    if (w->origin != u->origin || w->fresh)
        return HEIR_ROOM;
    leave_line(p, w);
    w->origin = NULL; /* the connection keeps it */
    w->upstream = u;
    u->event = on_event_between;
    u->reused = true;
    tell_later(p, w);
    return HEIR_TOOK;
}

/* ---- the front ---- */

static void give_seat_back(struct pool *p, struct pool_wait *w)
{
    struct origin *o = w->origin;
    w->seated = false;
    w->origin = NULL;
    pool_closed(p, o);
    pool_serve(p);
}

/* w has taken a seat that there is none of, and waits instead. */
static enum pool_seat wait_in_line(struct pool *p, struct pool_wait *w, struct sl_list *line)
{
    if (p->waiting_count >= p->cfg.queue_max) {
        give_seat_back(p, w);
        return POOL_NO_ROOM;
    }
    w->seated = false;
    stand(p, w, line); /* before the seat goes: the origin lives */
    w->origin->open--;
    p->open--;
    return POOL_QUEUED;
}

enum pool_seat pool_reserve(struct pool *p, const struct pool_key *key, bool fresh, struct pool_wait *w)
{
    if (p->cfg.origin_limit == 0 && p->cfg.open_limit == 0)
        return POOL_SEATED;
    w->fresh = fresh;
    w->origin = pool_origin(p, key);
    seat(p, w);
    if (!sl_list_empty(&w->origin->waiting) || !origin_has_room(p, w->origin, 0)) {
        metrics_add(p->cfg.metrics, METRIC_LIMIT_ORIGIN_CONNECTIONS, 1);
        return wait_in_line(p, w, &w->origin->waiting);
    }
    if (!sl_list_empty(&p->waiting) || !pool_has_room(p, 0)) {
        metrics_add(p->cfg.metrics, METRIC_LIMIT_UPSTREAM_CONNECTIONS, 1);
        return wait_in_line(p, w, &p->waiting);
    }
    return POOL_SEATED;
}

bool pool_waits(const struct pool_wait *w)
{
    return !sl_list_empty(&w->node);
}

void pool_leave(struct pool *p, struct pool_wait *w)
{
    if (w->upstream) { /* handed over, and not told any more */
        sl_list_remove(&w->node);
        pool_close(&w->upstream);
    } else if (w->seated) {
        sl_list_remove(&w->node);
        give_seat_back(p, w);
    } else {
        struct origin *o = w->origin;
        leave_line(p, w);
        w->origin = NULL;
        free_if_empty(o);
    }
}
