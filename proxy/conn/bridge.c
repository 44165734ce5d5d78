/* bridge.c - see bridge.h. It lives until both directions have ended, or one breaks. */
#include "proxy/conn/bridge.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "proxy/conn/flow.h"
#include "proxy/conn/plane.h"

enum { ROUNDS = 8 };

struct bridge {
    struct plane *plane;
    struct sl_list node; /* in plane->bridges */
    struct loop_task task;
    struct sock outer, inner;
    struct flow in, out; /* from outer to inner, and back */
    bool over, pending;
};

static void free_now(struct bridge *b)
{
    struct plane *p = b->plane;
    flow_fini(&b->in, &p->bufs);
    flow_fini(&b->out, &p->bufs);
    sock_close(&b->outer, p->loop);
    sock_close(&b->inner, p->loop);
    sl_list_remove(&b->node);
    free(b);
}

static void later(struct bridge *b)
{
    if (b->pending)
        return;
    b->pending = true;
    loop_post(b->plane->loop, &b->task);
}

/* False: it broke. */
static bool pump(struct bridge *b, struct flow *f, struct sock *from, struct sock *to)
{
    struct buf_pool *bufs = &b->plane->bufs;
    size_t n;
    for (int round = 0; round < ROUNDS; round++) {
        enum io_result r = flow_send(f, bufs, to, &n);
        if (r != IO_DATA)
            return r == IO_WAIT;
        if (f->ended) {
            sock_shutdown(to);
            return true;
        }
        r = flow_fill(f, bufs, from, SIZE_MAX, &n);
        if (r == IO_END)
            flow_eof(f);
        else if (r == IO_DATA)
            flow_scan(f);
        else
            return r == IO_WAIT;
    }
    later(b); /* others have their turn */
    return true;
}

static void run(struct bridge *b)
{
    if (b->over)
        return;
    bool whole = pump(b, &b->in, &b->outer, &b->inner) && pump(b, &b->out, &b->inner, &b->outer);
    b->over = !whole || (b->outer.shut && b->inner.shut);
    if (b->over)
        later(b); /* callers up the stack still look at it */
}

static void on_task(struct loop_task *task)
{
    struct bridge *b = SL_CONTAINER(task, struct bridge, task);
    b->pending = false;
    if (b->over)
        free_now(b);
    else
        run(b);
}

static void on_outer(void *owner, uint32_t events)
{
    struct bridge *b = owner;
    sock_note(&b->outer, events);
    run(b);
}

static void on_inner(void *owner, uint32_t events)
{
    struct bridge *b = owner;
    sock_note(&b->inner, events);
    run(b);
}

bool bridge_under(struct plane *p, struct sock *s, loop_event *event, void *owner)
{
    int pair[2];
    struct sock plain;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    struct bridge *b = sl_calloc(1, sizeof *b);
    *b = (struct bridge){.plane = p, .task.run = on_task};
    bool open = sock_open(&b->inner, p->loop, pair[0], on_inner, b); /* closes what it does not take */
    if (!sock_open(&plain, p->loop, pair[1], event, owner) || !open) {
        sock_close(&plain, p->loop);
        sock_close(&b->inner, p->loop);
        free(b);
        return false;
    }
    sock_move(s, &b->outer, p->loop, on_outer, b);
    sock_move(&plain, s, p->loop, event, owner);
    flow_begin(&b->in, BODY_CLOSE, 0);
    flow_begin(&b->out, BODY_CLOSE, 0);
    sl_list_push(&p->bridges, &b->node);
    later(b);
    return true;
}

void bridges_fini(struct plane *p)
{
    while (!sl_list_empty(&p->bridges))
        free_now(SL_LIST_ITEM(p->bridges.next, struct bridge, node));
}
