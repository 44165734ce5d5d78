/* response.c - the head of an answer: is it one, does it answer what was asked, may it go on to the client?
 * Before it 1xx answers pass; a pooled connection that turns out stale is replaced once. */
#include "proxy/conn/txn.h"

enum { INTERIM_MAX = 100, CONTENT_TYPE_MAX = 256 };

/* A pooled connection can be closed by the origin just as we use it. A request that may be sent twice is,
 * once. */
static bool may_retry(const struct txn *t)
{
    return t->reused && !t->retried && buf_used(&t->down.data) == 0 && t->interim == 0 &&
           method_idempotent(t->method) && t->up.body.kind == BODY_NONE;
}

static enum step retry(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    metrics_add(p->metrics, METRIC_UPSTREAM_RETRIED, 1);
    pool_close(&t->upstream);
    buf_give(&p->bufs, &t->up.pend);
    buf_give(&p->bufs, &t->down.data);
    t->up.lead = sl_str(NULL, 0);
    t->retried = t->fresh = true;
    t->sending = t->up_done = t->up_lost = false;
    conn_goto(c, CONN_RESOLVE);
    return STEP_GO;
}

static enum step response_lost(struct conn *c)
{
    struct txn *t = c->txn;
    if (may_retry(t))
        return retry(c);
    return conn_fail(c, t->up_lost ? FAULT_SEND_LOST : FAULT_RESPONSE_LOST);
}

static enum step response_invalid(struct conn *c, enum head_fault fault)
{
    c->txn->heads->response.fault = fault;
    bool large = fault == HEAD_TOO_LARGE || fault == HEAD_TOO_MANY_FIELDS;
    return conn_fail(c, large ? FAULT_RESPONSE_LARGE : FAULT_RESPONSE_INVALID);
}

void response_lead(struct conn *c, bool keep_alive, enum body_kind framing)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    struct fields_response r = {.head = &t->heads->response,
                                .client_minor = t->minor,
                                .keep_alive = keep_alive,
                                .upgrade = t->heads->response.status == 101,
                                .framing = framing};
    size_t bound = fields_response_bound(&r);
    char *space = plane_head_space(p, bound);
    flow_lead(&t->down, &p->bufs, sl_str(space, fields_build_response(p->self, &r, space, bound)));
    buf_consume(&t->down.data, t->heads->response.length);
}

/* 100 and its kin go to the client at once; HTTP/1.0 has none. */
static bool interim(struct conn *c)
{
    struct txn *t = c->txn;
    size_t n;
    if (++t->interim > INTERIM_MAX)
        return false;
    if (t->minor == 0) {
        buf_consume(&t->down.data, t->heads->response.length);
    } else {
        response_lead(c, true, BODY_NONE);
        flow_send(&t->down, &c->plane->bufs, &c->sock, &n);
        t->bytes_out += n;
    }
    head_init(&t->heads->response);
    return true;
}

static enum step final_head(struct conn *c)
{
    struct txn *t = c->txn;
    struct head *h = &t->heads->response;
    if (h->status == 101) {
        if (!t->upgrade)
            return response_invalid(c, HEAD_UPGRADE_UNASKED);
        conn_goto(c, CONN_TUNNEL);
        return STEP_GO;
    }
    t->content_type = txn_copy(t, head_get(h, FIELD_CONTENT_TYPE), CONTENT_TYPE_MAX);
    flow_begin(&t->down, h->body, h->content_length);
    conn_goto(c, CONN_DECIDE_RESPONSE);
    return STEP_GO;
}

static enum io_result read_more(struct conn *c)
{
    struct txn *t = c->txn;
    struct buf *b = &t->down.data;
    size_t n;
    size_t max = txn_may_read(t, PACE_DOWN, &t->upstream->sock);
    if (max == 0 || (!t->upstream->sock.readable && !t->upstream->sock.ended))
        return IO_WAIT;
    if (!b->p)
        buf_take_large(&c->plane->bufs, b);
    else if (buf_room(b) == 0)
        buf_reserve(&c->plane->bufs, b, buf_used(b));
    enum io_result r = sock_recv_some(&t->upstream->sock, b, max, &n);
    txn_has_read(t, PACE_DOWN, n);
    metrics_add(c->plane->metrics, METRIC_BYTES_FROM_ORIGINS, n);
    buf_rest(&c->plane->bufs, b);
    return r;
}

enum step response_read(struct conn *c)
{
    struct txn *t = c->txn;
    struct head *h = &t->heads->response;
    enum fault f = exchange_pump_up(c);
    if (f != FAULT_NONE)
        return conn_fail(c, f);
    for (;;) {
        struct buf *b = &t->down.data;
        enum head_result head =
            buf_used(b) ? head_parse_response(h, b->p + b->from, buf_used(b), c->plane->limits, t->method)
                        : HEAD_MORE;
        if (head == HEAD_BAD)
            return response_invalid(c, h->fault);
        if (head == HEAD_DONE && (h->status >= 200 || h->status == 101))
            return final_head(c);
        if (head == HEAD_DONE && !interim(c))
            return response_invalid(c, HEAD_STATUS);
        if (head == HEAD_DONE)
            continue;
        enum io_result r = read_more(c);
        if (r == IO_WAIT)
            return conn_wait(c);
        if (r != IO_DATA)
            return response_lost(c);
    }
}

/* ---- it is judged ---- */

enum step response_decide(struct conn *c)
{
    struct txn *t = c->txn;
    const struct head *h = &t->heads->response;
    t->facts.known |= FACT_RESPONSE; /* a later policy may ask, if this one does not */
    t->facts.content_type = t->content_type;
    t->facts.size = h->has_length ? (int64_t)SL_MIN(h->content_length, (uint64_t)INT64_MAX) : -1;
    if (t->verdict.needs_response) {
        txn_judge(t);
        if (t->verdict.action != ACTION_ALLOW)
            return reply_verdict(c);
    }
    conn_goto(c, CONN_RELAY);
    return STEP_GO;
}
