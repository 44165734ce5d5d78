/* secure.c - the two handshakes of a connection that is inspected: with the origin, whose certificate is
 * judged before anybody is told anything, and then with the client, in the origin's place. */
#include "proxy/conn/inspect.h"
#include "proxy/conn/learn.h"
#include "proxy/conn/streams.h"
#include "proxy/tls/intercept.h"
#include "proxy/tls/io.h"
#include "sluice/faulty.h"
#include "sluice/leaf.h"

/* ---- secure: the origin ---- */

static void begin(struct conn *c)
{
    struct txn *t = c->txn;
    struct sl_str name = inspect_name(t);
    struct tls_peer peer = {.port = t->url.port};
    if (!sl_addr_parse(name, &peer.addr))
        peer.name = name;
    tls_connect(&t->upstream->sock, c->plane->origin_tls, &peer);
}

/* shown: NULL when it did not come to a certificate. */
static enum step refuse(struct conn *c, enum tls_fault fault, const struct certificate *shown)
{
    struct txn *t = c->txn;
    if (shown)
        t->shown = certificate_ref(shown);
    if (fault == TLS_FAULT_CLIENT_CERTIFICATE)
        learn_origin_asks(t);
    conn_trace(c, "TLS with the origin failed: %s", tls_fault_text(fault));
    return conn_fail(c, FAULT_ORIGIN_TLS);
}

bool secure_lacks_certificate(struct txn *t)
{
    const struct upstream *u = t->upstream;
    if (!t->secure || !u || !u->sock.tls || !tls_asked(&u->sock))
        return false;
    t->tls_fault = TLS_FAULT_CLIENT_CERTIFICATE;
    learn_origin_asks(t);
    metrics_tls_failed(t->conn->plane->metrics, METRIC_TLS_ORIGIN, TLS_FAULT_CLIENT_CERTIFICATE);
    return true;
}

/* For the record. */
static void note(struct txn *t)
{
    const struct sock *s = &t->upstream->sock;
    t->origin_version = tls_version(s);
    t->origin_cipher = tls_cipher(s);
}

/* The client's own TLS goes through, on another connection, and the client judges for itself. */
static enum step tunnel_instead(struct conn *c)
{
    struct txn *t = c->txn;
    inspect_pass_by(t);
    pool_close(&t->upstream);
    t->heard = t->fresh = true;
    conn_goto(c, CONN_ROUTE);
    return STEP_GO;
}

static enum step go_on(struct conn *c)
{
    struct txn *t = c->txn;
    const struct sock *s = &t->upstream->sock;
    note(t);
    conn_trace(c, "speaks %s with the origin%s", tls_version(s), tls_resumed(s) ? ", a session resumed" : "");
    conn_goto(c, t->tunnel ? CONN_INTERCEPT : CONN_SEND);
    return STEP_GO;
}

/* Something is wrong with the origin: the policy's exceptions have a word in it. Out of a tunnel that is
 * inspected no other can be made. */
static enum step at_fault(struct conn *c, enum tls_fault fault, tls_faults all,
                          const struct certificate *shown)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    enum excuse e = inspect_excuse(t, all);
    metrics_tls_failed(p->metrics, METRIC_TLS_ORIGIN, fault);
    if (p->faulty)
        faulty_note(p->faulty, inspect_name(t), t->url.port, fault, shown, loop_wall_us(p->loop));
    t->tls_fault = (uint8_t)fault;
    if (e == EXCUSE_NONE || (e == EXCUSE_TUNNEL && !t->tunnel))
        return refuse(c, fault, shown);
    conn_trace(c, "%s; the exception '%.*s' says %s", tls_fault_text(fault), SL_FMT(t->verdict.exception),
               excuse_word(e));
    return e == EXCUSE_TUNNEL ? tunnel_instead(c) : go_on(c);
}

static void on_verified(void *arg, const struct certificate *certificate)
{
    struct conn *c = arg;
    struct txn *t = c->txn;
    t->opening->verify = NULL;
    tls_set_peer_certificate(&t->upstream->sock, certificate);
    conn_run(c);
}

/* The verdict that stands now. NULL: something is still asked about it. A connection of the pool may be older
 * than its verdict is good for. */
static const struct certificate *verdict_of(struct conn *c)
{
    struct txn *t = c->txn;
    struct sock *s = &t->upstream->sock;
    const struct certificate *shown = tls_peer_certificate(s);
    int64_t now_s = loop_wall_us(c->plane->loop) / 1000000;
    if (t->opening->verify)
        return NULL;
    if (shown->want_count == 0 && now_s >= shown->until_s) {
        const struct certificate *again = trust_judge_again(tls_trust(s), shown, false, now_s);
        tls_set_peer_certificate(s, again);
        certificate_unref(&again);
        shown = tls_peer_certificate(s);
    }
    if (shown->want_count == 0)
        return shown;
    /* What nobody says in half of the time that a connection may take is not known. */
    t->opening->verify = verify_start(c->plane->verifier, tls_trust(s), shown,
                                      c->plane->timeout_ms[T_CONNECT] / 2, on_verified, c);
    return NULL;
}

/* No byte of a request is sent before the verdict. */
static enum step secured(struct conn *c)
{
    const struct certificate *shown = verdict_of(c);
    if (!shown)
        return STEP_WAIT;
    if (shown->fault != TLS_FAULT_NONE)
        return at_fault(c, shown->fault, shown->faults, shown);
    return go_on(c);
}

enum step secure_run(struct conn *c)
{
    struct sock *s = &c->txn->upstream->sock;
    if (!s->tls)
        begin(c);
    if (tls_established(s))
        return secured(c);
    switch (tls_handshake(s)) {
    case IO_DATA:
        metrics_tls(c->plane->metrics, METRIC_TLS_ORIGIN, tls_version(s), tls_resumed(s));
        return secured(c);
    case IO_WAIT:
        return STEP_WAIT;
    case IO_END:
    case IO_LOST:
        break;
    }
    enum tls_fault fault = tls_fault(s);
    return at_fault(c, fault, tls_fault_bit(fault), NULL);
}

/* ---- intercept: the client ---- */

static enum fault begin_intercept(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    if (p->handshakes >= (size_t)p->settings->proxy.max_handshakes)
        return FAULT_HANDSHAKES;
    if (!c->inspected)
        c->inspected = inspected_new(t);
    c->inspected->origin = certificate_ref(tls_peer_certificate(&t->upstream->sock));
    if (!intercept_begin(c, buf_str(&t->up.data)))
        return FAULT_NO_LEAF;
    p->handshakes++;
    t->intercepting = true;
    t->bytes_in += buf_used(&t->up.data);
    buf_give(&p->bufs, &t->up.data);
    txn_release_upstream(t, true); /* a client that takes its time keeps nobody else from the origin */
    return FAULT_NONE;
}

bool intercept_begin(struct conn *c, struct sl_str ahead)
{
    struct plane *p = c->plane;
    const struct inspected *i = c->inspected;
    const struct leaf *leaf = inspected_leaf(p, i);
    if (!leaf || (c->sock.tls && !conn_bridge(c))) {
        leaf_unref(&leaf);
        return false;
    }
    unsigned alpn = TLS_ALPN_HTTP1 | (p->settings->inspect.http2 ? (unsigned)TLS_ALPN_H2 : 0);
    const struct tls_intercept with = {.leaf = leaf, .host = sl_cstr(i->name), .alpn = alpn, .ahead = ahead};
    tls_intercept(&c->sock, p->inspection->interceptor, &with);
    leaf_unref(&leaf);
    return true;
}

/* The CONNECT is over: what comes now are requests. The first of them takes the connection that was verified
 * from the pool. */
static enum step intercepted(struct conn *c)
{
    struct inspected *i = c->inspected;
    i->version = tls_version(&c->sock);
    i->cipher = tls_cipher(&c->sock);
    i->shown_ms = loop_now_ms(c->plane->loop);
    metrics_tls(c->plane->metrics, METRIC_TLS_CLIENT, i->version, tls_resumed(&c->sock));
    conn_trace(c, "speaks %s with the client, in the place of %s", i->version, i->name);
    txn_end(c);
    conn_goto(c, streams_entry(c));
    if (c->plane->draining)
        conn_hurry(c);
    return STEP_GO;
}

enum step intercept_run(struct conn *c)
{
    struct txn *t = c->txn;
    enum fault f = t->intercepting ? FAULT_NONE : begin_intercept(c);
    if (f != FAULT_NONE)
        return conn_fail(c, f);
    switch (tls_handshake(&c->sock)) {
    case IO_DATA:
        return intercepted(c);
    case IO_WAIT:
        return STEP_WAIT;
    case IO_END:
    case IO_LOST:
        break;
    }
    t->tls_fault = (uint8_t)tls_fault(&c->sock);
    conn_trace(c, "TLS with the client failed: %s", tls_fault_text((enum tls_fault)t->tls_fault));
    metrics_tls_failed(c->plane->metrics, METRIC_TLS_CLIENT, (enum tls_fault)t->tls_fault);
    learn_refused(c, (enum tls_fault)t->tls_fault);
    return conn_fail(c, FAULT_CLIENT_TLS);
}
