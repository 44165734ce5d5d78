/* response.c - the head of an answer: is it one, does it answer what was asked, may it go on to the client?
 * Before it 1xx answers pass; a pooled connection that turns out stale is replaced once. */
#include <sys/epoll.h>

#include "proxy/conn/txn.h"

enum { INTERIM_MAX = 100, CONTENT_TYPE_MAX = 256 };

/* What came before the request is no answer to it (RFC 9112 section 9.2). Events of a turn were there when it
 * began, so one that comes in the turn that sent the request tells of bytes before it. */
void upstream_event(void *owner, uint32_t events)
{
    struct conn *c = owner;
    struct txn *t = c->txn;
    if (events & EPOLLIN && t && t->sending && t->asked_us == loop_now_us(c->plane->loop))
        t->early = !t->upstream->sock.tls; /* there it can be records without a byte of it */
    conn_run(c);
}

/* A pooled connection can be closed by the origin just as we use it. A request that may be sent twice is,
 * once. */
static bool may_retry(const struct txn *t)
{
    return (t->reused || t->hurried) && !t->retried && t->interim == 0 && method_idempotent(t->method) &&
           t->up.body.kind == BODY_NONE;
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
    t->sending = t->up_done = t->up_lost = t->early = false;
    conn_goto(c, CONN_ROUTE);
    return STEP_GO;
}

static enum step response_lost(struct conn *c)
{
    struct txn *t = c->txn;
    bool begun = buf_used(&t->down.data) > 0;
    if (!begun && may_retry(t))
        return retry(c);
    if (SL_UNLIKELY(t->secure) && !begun && secure_lacks_certificate(t))
        return conn_fail(c, FAULT_ORIGIN_TLS);
    return conn_fail(c, begun ? FAULT_RESPONSE_CUT : t->up_lost ? FAULT_SEND_LOST : FAULT_RESPONSE_LOST);
}

enum step response_early(struct conn *c)
{
    return may_retry(c->txn) ? retry(c) : conn_fail(c, FAULT_RESPONSE_EARLY);
}

static enum step response_invalid(struct conn *c, enum head_fault fault)
{
    c->txn->opening->response.fault = fault;
    bool large = fault == HEAD_TOO_LARGE || fault == HEAD_TOO_MANY_FIELDS;
    return conn_fail(c, large ? FAULT_RESPONSE_LARGE : FAULT_RESPONSE_INVALID);
}

void response_lead(struct conn *c, bool keep_alive, enum body_kind framing)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    struct fields_response r = {.head = &t->opening->response,
                                .client_minor = t->minor,
                                .keep_alive = keep_alive,
                                .upgrade = t->opening->response.status == 101,
                                .now_s = loop_wall_us(p->loop) / 1000000,
                                .framing = framing};
    size_t bound = fields_response_bound(&r);
    char *space = plane_head_space(p, bound);
    flow_lead(&t->down, &p->bufs, sl_str(space, fields_build_response(p->self, &r, space, bound)));
}

/* ---- 1xx ---- */

/* 100 and its kin go to the client at once; HTTP/1.0 has none. */
static bool interim(struct conn *c)
{
    struct txn *t = c->txn;
    if (++t->interim > INTERIM_MAX)
        return false;
    if (t->minor == 1)
        response_lead(c, true, BODY_NONE);
    buf_consume(&t->down.data, t->opening->response.length);
    head_init(&t->opening->response);
    return true;
}

/* Sends them. While a client does not take them nothing more is read, so they can't pile up here. */
static enum io_result send_interim(struct conn *c)
{
    struct txn *t = c->txn;
    size_t n;
    enum io_result r = flow_send(&t->down, &c->plane->bufs, &c->sock, &n);
    t->bytes_out += n;
    return r;
}

/* ---- the final one ---- */

/* To be believed by a client that asked for it, once all of the request has been sent. */
static enum step switch_protocols(struct conn *c)
{
    struct txn *t = c->txn;
    if (!t->upgrade || !t->up_done)
        return response_invalid(c, HEAD_UPGRADE_UNASKED);
    if (!head_grants_upgrade(&t->opening->response))
        return response_invalid(c, HEAD_UPGRADE_WRONG);
    buf_consume(&t->down.data, t->opening->response.length);
    conn_goto(c, CONN_TUNNEL);
    return STEP_GO;
}

/* The parent asks for a login: ours, which is no matter of the client, whose browser would ask for one. */
static enum step refuse_login(struct conn *c)
{
    struct txn *t = c->txn;
    t->parent_status = t->opening->response.status;
    parent_refused(t->parent, approach_word(APPROACH_LOGIN));
    return conn_fail(c, FAULT_PARENT_LOGIN);
}

/* Said by origins that give an idle connection up: the request crossed it on the way (RFC 9110, 15.5.9). */
static bool crossed_goodbye(const struct txn *t)
{
    const struct head *h = &t->opening->response;
    return SL_UNLIKELY(h->status == 408) && !h->keep_alive && may_retry(t);
}

/* What came with the head is looked at before anything goes out: an answer that is bad from the start makes
 * a page, not a cut. */
static enum step final_head(struct conn *c)
{
    struct txn *t = c->txn;
    struct head *h = &t->opening->response;
    if (h->status == 101)
        return switch_protocols(c);
    if (crossed_goodbye(t))
        return retry(c);
    if (SL_UNLIKELY(h->status == 407 && way_to_proxy(t)))
        return refuse_login(c);
    t->facts.content_type = txn_copy(t, head_get(h, FIELD_CONTENT_TYPE), CONTENT_TYPE_MAX);
    buf_consume(&t->down.data, h->length);
    flow_begin(&t->down, h->body, h->content_length);
    t->down.dechunk = h->body == BODY_CHUNKED && t->minor == 0;
    if (!fields_pass_trailers(h, 0))
        flow_drop_trailers(&t->down);
    if (flow_scan(&t->down) == BODY_BAD)
        return conn_fail(c, FAULT_RELAY_INVALID);
    conn_goto(c, CONN_DECIDE_RESPONSE);
    return STEP_GO;
}

/* ---- read ---- */

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

static enum head_result parse(struct conn *c)
{
    struct txn *t = c->txn;
    const struct buf *b = &t->down.data;
    if (buf_used(b) == 0)
        return HEAD_MORE;
    return head_parse_response(&t->opening->response, b->p + b->from, buf_used(b), c->plane->limits,
                               t->method);
}

/* As long as the request is on its way the state says so: whose turn it is decides who is late. */
static enum step wait_for_more(struct conn *c)
{
    c->txn->early = false; /* nothing came of it */
    if (!c->txn->up_done && !c->txn->up_lost)
        conn_goto(c, CONN_SEND);
    return conn_wait(c);
}

static enum step take_head(struct conn *c, enum head_result r)
{
    const struct head *h = &c->txn->opening->response;
    if (r == HEAD_BAD)
        return response_invalid(c, h->fault);
    if (h->status >= 200 || h->status == 101)
        return final_head(c);
    return interim(c) ? STEP_GO : response_invalid(c, HEAD_STATUS);
}

enum step response_read(struct conn *c)
{
    struct txn *t = c->txn;
    enum head_result head;
    enum fault f = t->up_done ? FAULT_NONE : exchange_pump_up(c);
    if (f != FAULT_NONE)
        return conn_fail(c, f);
    if (SL_UNLIKELY(flow_pending(&t->down) > 0)) {
        enum io_result sent = send_interim(c);
        if (sent != IO_DATA)
            return sent == IO_WAIT ? conn_wait(c) : conn_fail(c, FAULT_CLIENT_GONE);
    }
    while ((head = parse(c)) == HEAD_MORE) {
        enum io_result r = read_more(c);
        if (r != IO_DATA)
            return r == IO_WAIT ? wait_for_more(c) : response_lost(c);
        if (SL_UNLIKELY(t->early))
            return response_early(c);
    }
    return take_head(c, head);
}

/* ---- it is judged ---- */

enum step response_decide(struct conn *c)
{
    struct txn *t = c->txn;
    const struct head *h = &t->opening->response;
    t->facts.known |= FACT_RESPONSE; /* a later policy may ask, if this one does not */
    t->facts.size = h->has_length ? (int64_t)SL_MIN(h->content_length, (uint64_t)INT64_MAX) : -1;
    if (t->verdict.needs_response) {
        txn_judge(t);
        if (t->verdict.action != ACTION_ALLOW)
            return reply_verdict(c);
    }
    conn_goto(c, CONN_RELAY);
    return STEP_GO;
}
