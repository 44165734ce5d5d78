/* exchange.c - one request and its answer over one connection to the origin.
 * The request's body may still be on its way while the answer arrives, so all three states that talk to the
 * origin (response.c has the one in between) pump both ways. Bytes are read again only when what was read
 * before has been taken. */
#include "proxy/conn/edits.h"
#include "proxy/conn/txn.h"
#include "proxy/http/keep_alive.h"

enum { ROUNDS = 16, RECORD_AT_ONCE = 128 * 1024 };

/* ---- the request ---- */

static void begin_request(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    struct fields_request r = {.head = &t->opening->request,
                               .url = &t->url,
                               .client = c->client.addr,
                               .upgrade = t->upgrade,
                               .http2 = c->stream};
    if (SL_UNLIKELY(way_to_proxy(t))) {
        r.to_proxy = true;
        r.proxy_authorization = t->parent->authorization;
    }
    SL_CLEANUP(edits_fini) struct edits edits;
    edits_make(t->pin->snapshot, &t->verdict, &t->url, &edits);
    r.edits = edits.fields;
    r.edit_count = edits.count;
    r.query = sl_text_str(&edits.query);
    if (!fields_pass_trailers(r.head, r.edit_count))
        flow_drop_trailers(&t->up);
    size_t bound = fields_request_bound(&r);
    char *space = plane_head_space(p, bound);
    flow_lead(&t->up, &p->bufs, sl_str(space, fields_build_request(p->self, &r, space, bound)));
    flow_use_pipes(&t->up, &p->pipes, &c->sock, &t->upstream->sock);
    head_init(&t->opening->response);
    t->sending = true;
    t->asked_us = loop_now_us(p->loop);
}

/* Takes a piece of the body from the client. */
static enum io_result read_body(struct conn *c, enum fault *out)
{
    struct txn *t = c->txn;
    size_t n;
    size_t max = txn_may_read(t, PACE_UP, &c->sock);
    enum io_result r = flow_fill(&t->up, &c->plane->bufs, &c->sock, max, &n);
    txn_has_read(t, PACE_UP, n);
    if (max > 0)
        txn_waits(t, PATIENCE_BODY, r);
    if (r == IO_END || r == IO_LOST)
        *out = FAULT_CLIENT_BODY_CUT;
    else if (r == IO_DATA && !txn_take_body(t, n))
        *out = FAULT_CLIENT_BODY;
    else if (r == IO_DATA && !txn_charge_bytes(t))
        *out = FAULT_QUOTA_CUT;
    return r;
}

/* An origin that takes nothing more may have answered before: that is found out by reading, not here. */
enum fault exchange_pump_up(struct conn *c)
{
    struct txn *t = c->txn;
    enum fault f = FAULT_NONE;
    for (int round = 0; !t->up_done && !t->up_lost; round++) {
        size_t n;
        enum io_result r = flow_send(&t->up, &c->plane->bufs, &t->upstream->sock, &n);
        metrics_add(c->plane->metrics, METRIC_BYTES_TO_ORIGINS, n);
        t->up_lost = r == IO_LOST;
        txn_waits(t, PATIENCE_ORIGIN, r);
        if (r != IO_DATA)
            break;
        t->up_done = t->up.ended;
        if (round == ROUNDS)
            c->again = true;
        if (t->up_done || round == ROUNDS || read_body(c, &f) != IO_DATA || f != FAULT_NONE)
            break;
        conn_touch(c);
    }
    return f;
}

enum step exchange_send(struct conn *c)
{
    struct txn *t = c->txn;
    if (!t->sending) {
        if (t->upstream->sock.readable && sock_speaks(&t->upstream->sock))
            return response_early(c);
        begin_request(c);
    }
    enum fault f = exchange_pump_up(c);
    if (f != FAULT_NONE)
        return conn_fail(c, f);
    if (!t->up_done && !t->up_lost && !t->upstream->sock.readable)
        return conn_wait(c);
    conn_goto(c, CONN_READ_RESPONSE);
    return STEP_GO;
}

/* ---- the answer ---- */

static void begin_response(struct conn *c)
{
    struct txn *t = c->txn;
    const struct head *h = &t->opening->response;
    bool by_close = h->body == BODY_CLOSE || t->down.dechunk;
    t->origin_keep = h->keep_alive && h->body != BODY_CLOSE;
    t->upstream->keep_ms = SL_UNLIKELY(head_has(h, FIELD_KEEP_ALIVE)) ? keep_alive_ms(h) : 0;
    t->keep_alive = t->keep_alive && t->up_done && !by_close && !c->plane->draining;
    t->status = h->status;
    conn_trace(c, "answer %u: %s, %s", h->status,
               h->body == BODY_CHUNKED ? "chunked"
               : h->body == BODY_CLOSE ? "until it closes"
                                       : "of known length",
               t->keep_alive ? "the client's connection is kept" : "the client's connection ends with it");
    flow_use_pipes(&t->down, &c->plane->pipes, &t->upstream->sock, &c->sock);
    response_lead(c, t->keep_alive, by_close ? BODY_CLOSE : h->body);
}

/* The origin has said all: its connection may serve others. Then the record, before the last byte leaves. To
 * a client that is slow, and of what is long, all but that byte is sent first, so that the record tells what
 * became of it. */
static void end_response(struct conn *c)
{
    struct txn *t = c->txn;
    struct flow *f = &t->down;
    bool silent = buf_used(&f->data) == (size_t)f->ready + f->skip + f->held;
    txn_release_upstream(t, t->origin_keep && t->up_done && silent);
    if (t->slow_client || flow_pending(f) > RECORD_AT_ONCE)
        flow_hold_end(f);
    else
        txn_record(t);
}

static enum io_result read_piece(struct conn *c, enum fault *out)
{
    struct txn *t = c->txn;
    size_t n;
    size_t max = txn_may_read(t, PACE_DOWN, &t->upstream->sock);
    enum io_result r = flow_fill(&t->down, &c->plane->bufs, &t->upstream->sock, max, &n);
    txn_has_read(t, PACE_DOWN, n);
    metrics_add(c->plane->metrics, METRIC_BYTES_FROM_ORIGINS, n);
    if (r == IO_DATA && flow_scan(&t->down) == BODY_BAD)
        *out = FAULT_RELAY_INVALID;
    else if (r == IO_LOST || (r == IO_END && flow_eof(&t->down) == BODY_BAD))
        *out = FAULT_RELAY_CUT;
    return r;
}

enum relayed { RELAYED_ALL, RELAYED_SOME, RELAYED_BAD };

/* Sends what is there, and reads again. */
static enum relayed pump_down(struct conn *c, enum fault *out)
{
    struct txn *t = c->txn;
    struct flow *f = &t->down;
    for (int round = 0; round < ROUNDS; round++) {
        size_t n;
        if (f->ended && !t->recorded && !f->held && f->held_tail.n == 0)
            end_response(c);
        enum io_result r = flow_send(f, &c->plane->bufs, &c->sock, &n);
        t->bytes_out += n;
        txn_waits(t, PATIENCE_CLIENT, r);
        if (r == IO_LOST)
            *out = FAULT_CLIENT_RESET_RELAY;
        else if (!txn_charge_bytes(t))
            *out = FAULT_QUOTA_CUT;
        if (*out != FAULT_NONE)
            return RELAYED_BAD;
        if (n > 0)
            conn_touch(c);
        t->slow_client |= r == IO_WAIT;
        if (r == IO_WAIT)
            return RELAYED_SOME;
        if (f->ended && t->recorded)
            return RELAYED_ALL;
        if (f->ended) {
            flow_release_end(f);
            txn_record(t);
        } else if (read_piece(c, out) == IO_WAIT) {
            return RELAYED_SOME;
        }
        if (*out != FAULT_NONE)
            return RELAYED_BAD;
    }
    c->again = true;
    return RELAYED_SOME;
}

enum step exchange_relay(struct conn *c)
{
    struct txn *t = c->txn;
    enum fault f = FAULT_NONE;
    if (t->status == 0)
        begin_response(c);
    if (!t->up_done && t->upstream)
        f = exchange_pump_up(c);
    if (f != FAULT_NONE)
        return conn_fail(c, f);
    switch (pump_down(c, &f)) {
    case RELAYED_ALL:
        conn_goto(c, CONN_FINISH);
        return STEP_GO;
    case RELAYED_SOME:
        txn_settle(t);
        return conn_wait(c);
    case RELAYED_BAD:
        break;
    }
    return conn_fail(c, f);
}

enum fault exchange_late(const struct conn *c)
{
    const struct txn *t = c->txn;
    bool taken = flow_pending(&t->up) == 0, client_owes = taken && !t->up_done && !t->up_lost;
    if (c->state == CONN_SEND)
        return taken ? FAULT_CLIENT_BODY_TIMEOUT : FAULT_SEND_TIMEOUT;
    if (flow_pending(&t->down) > 0)
        return c->state == CONN_RELAY ? FAULT_CLIENT_TIMEOUT_RELAY : FAULT_CLIENT_TIMEOUT_INTERIM;
    if (c->state == CONN_READ_RESPONSE)
        return FAULT_RESPONSE_TIMEOUT;
    return client_owes ? FAULT_CLIENT_BODY_TIMEOUT : FAULT_RELAY_TIMEOUT;
}
