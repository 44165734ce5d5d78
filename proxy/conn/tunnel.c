/* tunnel.c - bytes both ways without looking at them: CONNECT, and what an Upgrade became.
 * Each side's end is passed on as it comes (half-close); the tunnel is over when both have ended, or one
 * breaks. The quota is charged as bytes move and can cut it in the middle. */
#include "proxy/conn/inspect.h"
#include "proxy/conn/lasting.h"

enum { ROUNDS = 8 };

bool tunnel_greet(struct txn *t)
{
    char *head = sl_arena_printf(&t->arena,
                                 "HTTP/1.1 200 Connection established\r\nProxy-Status: sluice\r\n"
                                 "X-Sluice-Request: %s\r\n\r\n",
                                 t->opening->id_text);
    if (!head)
        return false;
    flow_lead(&t->down, &t->conn->plane->bufs, sl_cstr(head));
    t->status = 200;
    t->greeted = true;
    return true;
}

void tunnel_end(struct txn *t)
{
    metrics_sub(t->conn->plane->metrics, METRIC_TUNNELS, 1);
    lasting_end(t);
}

static bool begin(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    if (t->upgrade) {
        response_lead(c, true, BODY_NONE);
        t->status = 101;
    } else if (t->opaque) {
        t->status = 200; /* of which the client knows nothing */
    } else if (!t->greeted && !tunnel_greet(t)) {
        return false;
    }
    t->tunnelling = true;
    lasting_begin(t);
    t->keep_alive = false;
    metrics_add(p->metrics, METRIC_TUNNELS, 1);
    metrics_add(p->metrics, METRIC_TUNNELS_OPENED, 1);
    flow_begin(&t->up, BODY_CLOSE, 0);
    flow_begin(&t->down, BODY_CLOSE, 0);
    flow_use_pipes(&t->up, &p->pipes, &c->sock, &t->upstream->sock);
    flow_use_pipes(&t->down, &p->pipes, &t->upstream->sock, &c->sock);
    t->bytes_in += buf_used(&t->up.data);
    t->listening = t->tunnel && !t->opaque && !t->heard;
    if (!t->listening)
        flow_scan(&t->up);
    flow_scan(&t->down);
    return true;
}

/* Moves what there is from one side to the other. False: one of them broke. */
static bool pump(struct conn *c, enum pace_way way, struct sock *from, struct sock *to, uint64_t *in,
                 uint64_t *out)
{
    struct buf_pool *bufs = &c->plane->bufs;
    struct txn *t = c->txn;
    struct flow *f = way == PACE_UP ? &t->up : &t->down;
    for (int round = 0; round < ROUNDS; round++) {
        size_t n;
        enum io_result r = flow_send(f, bufs, to, &n);
        *out += n;
        txn_waits(t, way == PACE_UP ? PATIENCE_ORIGIN : PATIENCE_CLIENT, r);
        if (r != IO_DATA)
            return r == IO_WAIT;
        if (f->ended) {
            sock_shutdown(to);
            return true;
        }
        r = flow_fill(f, bufs, from, txn_may_read(t, way, from), &n);
        txn_has_read(t, way, n);
        *in += n;
        if (r == IO_END)
            flow_eof(f);
        else if (r == IO_DATA)
            flow_scan(f);
        else
            return r == IO_WAIT;
    }
    c->again = true;
    return true;
}

/* ---- what is said first ---- */

/* The client is told in its own language. */
static enum step refuse_name(struct conn *c)
{
    static const char access_denied[] = "\x15\x03\x03\0\x02\x02\x31"; /* an alert of TLS */
    struct iovec piece = {(void *)access_denied, sizeof access_denied - 1};
    size_t n = 0;
    if (flow_pending(&c->txn->down) == 0)
        sock_send(&c->sock, &piece, 1, &n);
    c->txn->bytes_out += n;
    return conn_fail(c, FAULT_NAME_CUT);
}

/* It is none after all: nothing has gone either way yet but our 200. */
static enum step look_inside(struct conn *c)
{
    struct txn *t = c->txn;
    tunnel_end(t);
    t->tunnelling = t->listening = false;
    flow_begin(&t->up, BODY_NONE, 0);
    flow_begin(&t->down, BODY_NONE, 0);
    conn_goto(c, CONN_HELLO);
    return STEP_GO;
}

static void stop_listening(struct txn *t)
{
    t->listening = false;
    flow_scan(&t->up);
}

/* True: it is a tunnel no more, and *out is what comes of it. */
static bool hear(struct conn *c, enum step *out)
{
    struct txn *t = c->txn;
    switch (inspect_listen(c)) {
    case HEARD_NOT_ALL:
        return false;
    case HEARD_ALL:
        stop_listening(t);
        return false;
    case HEARD_REFUSED:
        *out = refuse_name(c);
        return true;
    case HEARD_ELSEWHERE:
        *out = conn_fail(c, FAULT_HOST_MISMATCH);
        return true;
    case HEARD_INSPECT:
        break;
    }
    *out = look_inside(c);
    return true;
}

enum step tunnel_run(struct conn *c)
{
    struct txn *t = c->txn;
    enum step step;
    uint64_t from_origin = 0, to_origin = 0, before = t->bytes_in + t->bytes_out;
    if (!t->tunnelling && !begin(c))
        return conn_fail(c, FAULT_NO_MEMORY);
    if (SL_UNLIKELY(t->listening) && hear(c, &step))
        return step;
    struct sock *origin = &t->upstream->sock;
    bool whole = !c->sock.broken &&
                 (t->listening || pump(c, PACE_UP, &c->sock, origin, &t->bytes_in, &to_origin)) &&
                 pump(c, PACE_DOWN, origin, &c->sock, &from_origin, &t->bytes_out);
    metrics_add(c->plane->metrics, METRIC_BYTES_TO_ORIGINS, to_origin);
    metrics_add(c->plane->metrics, METRIC_BYTES_FROM_ORIGINS, from_origin);
    if (SL_UNLIKELY(t->listening && from_origin > 0)) {
        stop_listening(t); /* who speaks TLS waits for the client */
        c->again = true;
    }
    if (!whole)
        return conn_fail(c, c->sock.broken ? FAULT_CLIENT_RESET_TUNNEL : FAULT_TUNNEL_RESET);
    if (!t->listening)
        txn_settle(t);
    if (!txn_charge_bytes(t))
        return conn_fail(c, FAULT_QUOTA_CUT);
    if (t->bytes_in + t->bytes_out != before)
        conn_touch(c);
    if (c->sock.shut && origin->shut) {
        conn_goto(c, CONN_CLOSED);
        return STEP_GO;
    }
    return conn_wait(c);
}
