/* flow.c - see flow.h. */
#include "proxy/conn/flow.h"

/* Of a read or of what a pipe may take at once: below, the copies cost less than the calls. */
enum { LARGE = 64 * 1024 };

void flow_begin(struct flow *f, enum body_kind kind, uint64_t length)
{
    body_fini(&f->body);
    body_init(&f->body, kind, length);
    f->ended = body_ended(&f->body);
    f->dechunk = false;
    f->tail = sl_str(NULL, 0);
}

void flow_fini(struct flow *f, struct buf_pool *pool)
{
    body_fini(&f->body);
    pipe_give(f->pipes, &f->pipe);
    buf_give(pool, &f->pend);
    buf_give(pool, &f->data);
}

void flow_lead(struct flow *f, struct buf_pool *pool, struct sl_str bytes)
{
    sl_assert(!f->pipe);
    if (buf_used(&f->pend) > 0 || f->lead.n > 0) {
        buf_add(pool, &f->pend, f->lead.p, f->lead.n);
        buf_add(pool, &f->pend, bytes.p, bytes.n);
        f->lead = sl_str(NULL, 0);
    } else {
        f->lead = bytes;
    }
}

static enum body_result dechunk(struct flow *f, char *p, size_t n)
{
    size_t used, payload;
    enum body_result r = body_dechunk(&f->body, p, n, &used, &payload);
    memmove(p + payload, p + used, n - used);
    f->data.to -= (uint32_t)(used - payload);
    f->ready += (uint32_t)payload;
    return r;
}

static enum body_result scan(struct flow *f, char *p, size_t n)
{
    size_t used, relay;
    enum body_result r = body_scan(&f->body, p, n, &used, &relay);
    sl_assert(relay == 0 || f->skip == 0);
    f->ready += (uint32_t)relay;
    f->skip += (uint32_t)(used - relay);
    return r;
}

/* What is withheld behind the ready bytes goes when they are gone. */
static void drop_skipped(struct flow *f)
{
    if (f->ready > 0 || f->held || f->skip == 0)
        return;
    buf_consume(&f->data, f->skip);
    f->skip = 0;
}

enum body_result flow_scan(struct flow *f)
{
    size_t seen = (size_t)f->data.from + f->ready + f->skip;
    if (f->ended)
        return BODY_END;
    if (f->pipe)
        return BODY_MORE; /* fill_pipe has counted it */
    char *p = f->data.p + seen;
    enum body_result r = f->dechunk ? dechunk(f, p, f->data.to - seen) : scan(f, p, f->data.to - seen);
    if (r == BODY_END) {
        f->ended = true;
        f->tail = f->dechunk ? sl_str(NULL, 0) : body_tail(&f->body);
    }
    drop_skipped(f);
    return r;
}

void flow_drop_trailers(struct flow *f)
{
    body_drop_trailers(&f->body);
    if (f->tail.n > 0)
        f->tail = body_tail(&f->body);
}

enum body_result flow_eof(struct flow *f)
{
    enum body_result r = f->ended ? BODY_END : body_eof(&f->body);
    f->ended |= r == BODY_END;
    return r;
}

void flow_use_pipes(struct flow *f, struct pipe_pool *pipes, const struct sock *from, const struct sock *to)
{
    f->pipes = pipe_suits(from) && pipe_suits(to) ? pipes : NULL;
}

/* How much may pass unseen; 0: not worth a pipe. The last byte of a body is never among it, since something
 * may have to happen before that one leaves (flow_hold_end). */
static size_t unseen(const struct flow *f, size_t max)
{
    if (!f->large || !f->pipes)
        return 0;
    uint64_t run = body_run(&f->body);
    if (f->body.kind != BODY_CLOSE && run > 0)
        run--;
    size_t n = (size_t)SL_MIN(run, (uint64_t)max);
    return n >= LARGE ? n : 0;
}

static enum io_result fill_pipe(struct flow *f, struct sock *from, size_t max, size_t *out_n)
{
    enum io_result r = pipe_fill(f->pipes, f->pipe, from, max, out_n);
    body_skip(&f->body, *out_n);
    if (r != IO_DATA)
        pipe_give(f->pipes, &f->pipe);
    return r;
}

static enum io_result fill_data(struct flow *f, struct buf_pool *pool, struct sock *from, size_t max,
                                size_t *out_n)
{
    if (max <= BUF_SMALL)
        buf_take(pool, &f->data);
    else
        buf_take_large(pool, &f->data);
    enum io_result r = sock_recv_some(from, &f->data, max, out_n);
    if (r != IO_DATA)
        buf_rest(pool, &f->data);
    return r;
}

enum io_result flow_fill(struct flow *f, struct buf_pool *pool, struct sock *from, size_t max, size_t *out_n)
{
    sl_assert(f->ready == 0 && buf_used(&f->data) == 0 && !f->pipe);
    *out_n = 0;
    if (max == 0 || (!from->readable && !from->ended))
        return IO_WAIT;
    size_t pass = unseen(f, max);
    if (pass > 0)
        f->pipe = pipe_take(f->pipes);
    enum io_result r = f->pipe ? fill_pipe(f, from, pass, out_n) : fill_data(f, pool, from, max, out_n);
    if (r == IO_DATA)
        f->large = *out_n >= LARGE;
    return r;
}

/* Takes up to *n off the front of s. */
static void advance(struct sl_str *s, size_t *n)
{
    size_t take = SL_MIN(s->n, *n);
    *s = take == s->n ? sl_str(NULL, 0) : sl_str(s->p + take, s->n - take);
    *n -= take;
}

static void consume(struct flow *f, struct buf_pool *pool, size_t n)
{
    f->sent += n;
    advance(&f->lead, &n);
    if (f->lead.n > 0) {
        buf_add(pool, &f->pend, f->lead.p, f->lead.n);
        f->lead = sl_str(NULL, 0);
        return;
    }
    size_t pend = SL_MIN(buf_used(&f->pend), n), ready = SL_MIN(f->ready, n - pend);
    if (pend > 0)
        buf_consume(&f->pend, pend);
    if (ready > 0)
        buf_consume(&f->data, ready);
    f->ready -= (uint32_t)ready;
    n -= pend + ready;
    advance(&f->tail, &n);
    sl_assert(n == 0);
}

static enum io_result drain_pipe(struct flow *f, struct sock *to, size_t *out_n)
{
    enum io_result r = pipe_drain(f->pipe, to, out_n);
    f->sent += *out_n;
    if (r == IO_DATA)
        pipe_give(f->pipes, &f->pipe);
    return r;
}

enum io_result flow_send(struct flow *f, struct buf_pool *pool, struct sock *to, size_t *out_n)
{
    if (f->pipe)
        return drain_pipe(f, to, out_n);
    struct iovec pieces[4];
    int count = 0;
    if (f->lead.n > 0)
        pieces[count++] = (struct iovec){(void *)f->lead.p, f->lead.n};
    if (buf_used(&f->pend) > 0)
        pieces[count++] = (struct iovec){f->pend.p + f->pend.from, buf_used(&f->pend)};
    if (f->ready > 0)
        pieces[count++] = (struct iovec){f->data.p + f->data.from, f->ready};
    if (f->tail.n > 0)
        pieces[count++] = (struct iovec){(void *)f->tail.p, f->tail.n};
    enum io_result r = sock_send(to, pieces, count, out_n);
    consume(f, pool, *out_n);
    drop_skipped(f);
    buf_rest(pool, &f->pend);
    buf_rest(pool, &f->data);
    return r;
}

size_t flow_pending(const struct flow *f)
{
    return f->lead.n + buf_used(&f->pend) + f->ready + f->tail.n + (f->pipe ? f->pipe->used : 0);
}

void flow_hold_end(struct flow *f)
{
    sl_assert(f->ended);
    if (f->tail.n > 0) {
        f->held_tail = f->tail;
        f->tail = sl_str(NULL, 0);
    } else if (f->ready > 0 && !f->held) {
        f->ready--;
        f->held = true;
    }
}

void flow_release_end(struct flow *f)
{
    if (f->held_tail.n > 0) {
        f->tail = f->held_tail;
        f->held_tail = sl_str(NULL, 0);
    }
    f->ready += f->held;
    f->held = false;
}
