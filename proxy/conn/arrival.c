/* arrival.c - how a connection comes to us, before its first request: counted and let in, or turned away; a
 * load balancer's word for whom it speaks; TLS; where a redirected one wanted to go. What comes first is a
 * matter of the listener's kind. Nothing was asked yet, so nothing is recorded: what ends here is counted. */
#include <stdlib.h>
#include <unistd.h>

#include "base/listen_spec.h"
#include "proxy/conn/inspect.h"
#include "proxy/conn/limits.h"
#include "proxy/conn/streams.h"
#include "proxy/conn/transparent.h"
#include "proxy/net/proxy_header.h"
#include "proxy/tls/io.h"

enum { REFUSED_MAX = 256 };

static enum step end(struct conn *c)
{
    conn_goto(c, CONN_CLOSED);
    return STEP_GO;
}

/* ---- limits ---- */

static bool enter(struct plane *p, struct sl_addr client, size_t most, uint32_t *out_place)
{
    enum clients_verdict v = clients_enter(p->clients, client, most, out_place);
    if (v == CLIENTS_WELCOME)
        return true;
    metrics_add(p->metrics,
                v == CLIENTS_TOO_MANY ? METRIC_LIMIT_CONNECTIONS : METRIC_LIMIT_CLIENT_CONNECTIONS, 1);
    metrics_add(p->metrics, METRIC_CLIENT_REFUSED, 1);
    return false;
}

/* Tells one that is over a limit. Only some may take as long as it takes to read that; false: close it. Who
 * speaks TLS would not understand, or may not. */
static bool tell_refusal(struct plane *p, unsigned kind, int fd)
{
    if (kind & (LISTEN_TLS | LISTEN_TRANSPARENT))
        return false;
    reply_refusal(fd);
    return p->refused_count < REFUSED_MAX;
}

static void refuse(struct plane *p, unsigned kind, int fd, struct sl_endpoint client)
{
    if (!tell_refusal(p, kind, fd)) {
        close(fd);
        return;
    }
    struct conn *c = conn_new(p, kind, fd, client);
    if (!c)
        return;
    p->refused_count++;
    c->refused = true;
    conn_begin(c, CONN_LINGER);
}

/* One that was let in, and is not any more. */
static enum step refuse_after_all(struct conn *c)
{
    struct plane *p = c->plane;
    p->conn_count--;
    p->refused_count++;
    c->refused = true;
    metrics_sub(p->metrics, METRIC_CLIENT_CONNECTIONS, 1);
    conn_goto(c, tell_refusal(p, c->kind, c->sock.fd) ? CONN_LINGER : CONN_CLOSED);
    return STEP_GO;
}

static bool trusts(const struct plane *p, struct sl_addr balancer)
{
    const struct conf_cidrs *trusted = &p->settings->proxy.trusted_proxies;
    for (size_t i = 0; i < trusted->count; i++)
        if (sl_cidr_contains(trusted->items[i], balancer))
            return true;
    return false;
}

static void trace_arrival(struct conn *c)
{
    char text[SL_ENDPOINT_TEXT];
    if (SL_LIKELY(!tracer_active(c->plane->tracer)))
        return;
    c->traced = tracer_wants(c->plane->tracer, c->client.addr);
    conn_trace(c, "connected from %s", sl_endpoint_text(c->client, text));
    if (c->destination)
        conn_trace(c, "redirected on its way to %s", sl_endpoint_text(*c->destination, text));
}

static enum conn_state first_state(const struct conn *c)
{
    if (SL_LIKELY(c->kind == 0))
        return CONN_IDLE;
    if (c->destination)
        return transparent_is_tls(c->plane, *c->destination) ? CONN_REDIRECTED : CONN_IDLE;
    return c->kind & LISTEN_PROXY_PROTOCOL ? CONN_PROXY_HEADER : CONN_HANDSHAKE;
}

/* What a kind of listener asks of its clients, before anything is spent on them. */
static bool may_come(struct plane *p, unsigned kind, int fd, struct sl_addr client,
                     struct sl_endpoint *destination)
{
    if (kind & LISTEN_PROXY_PROTOCOL && !trusts(p, client)) {
        metrics_add(p->metrics, METRIC_PROXY_UNTRUSTED, 1);
        return false;
    }
    if (kind & LISTEN_TRANSPARENT && !transparent_destination(p, kind, fd, destination)) {
        metrics_add(p->metrics, METRIC_TRANSPARENT_DIRECT, 1);
        return false;
    }
    return true;
}

void conn_accept(struct plane *p, unsigned kind, int fd, struct sl_endpoint client)
{
    uint32_t place;
    struct sl_endpoint destination = {0};
    size_t most =
        kind & LISTEN_PROXY_PROTOCOL ? 0 : limits_connections(p, client.addr); /* a balancer is many */
    metrics_add(p->metrics, METRIC_CLIENT_ACCEPTED, 1);
    if (SL_UNLIKELY(kind && !may_come(p, kind, fd, client.addr, &destination))) {
        close(fd);
        return;
    }
    if (SL_UNLIKELY(clients_crowded(p->clients)))
        limits_make_room(p, 1);
    if (!enter(p, client.addr, most, &place)) {
        refuse(p, kind, fd, client);
        return;
    }
    struct conn *c = conn_new(p, kind, fd, client);
    if (!c) {
        metrics_add(p->metrics, METRIC_LIMIT_DESCRIPTORS, 1);
        clients_leave(p->clients, place);
        return;
    }
    c->place = place;
    p->conn_count++;
    metrics_add(p->metrics, METRIC_CLIENT_CONNECTIONS, 1);
    if (destination.port) {
        c->destination = sl_malloc(sizeof destination);
        *c->destination = destination;
    }
    conn_begin(c, first_state(c));
    trace_arrival(c);
    /* a request that waits already shows as the first event */
}

/* Ready for requests; some of the first may be there. While the worker drains there is not much time for one.
 */
static enum step arrived(struct conn *c)
{
    conn_goto(c, buf_used(&c->in) > 0 ? CONN_READ_HEAD : streams_entry(c));
    if (c->plane->draining)
        conn_hurry(c);
    return STEP_GO;
}

/* ---- proxy-header ---- */

static enum step header_bad(struct conn *c)
{
    metrics_add(c->plane->metrics, METRIC_PROXY_MALFORMED, 1);
    return end(c);
}

/* From here on the client is the one who was named, in limits, policy and record. */
static enum step header_done(struct conn *c, const struct proxy_header *h)
{
    struct plane *p = c->plane;
    metrics_add(p->metrics, METRIC_PROXY_HEADERS, 1);
    buf_consume(&c->in, h->length);
    buf_rest(&p->bufs, &c->in);
    if (h->told) {
        c->client = h->client;
        clients_leave(p->clients, c->place);
        if (!enter(p, c->client.addr, limits_connections(p, c->client.addr), &c->place))
            return refuse_after_all(c);
        trace_arrival(c);
    }
    if (!(c->kind & LISTEN_TLS))
        return arrived(c);
    conn_goto(c, CONN_HANDSHAKE);
    return STEP_GO;
}

enum step arrival_proxy_header(struct conn *c)
{
    struct proxy_header header;
    enum io_result r = conn_read_ahead(c);
    if (r == IO_WAIT)
        return STEP_WAIT;
    if (r != IO_DATA) /* nothing at all is how balancers look whether we are alive */
        return buf_used(&c->in) > 0 ? header_bad(c) : end(c);
    switch (proxy_header_parse(buf_str(&c->in), &header)) {
    case PROXY_HEADER_DONE:
        return header_done(c, &header);
    case PROXY_HEADER_MORE:
        return STEP_GO;
    case PROXY_HEADER_BAD:
        break;
    }
    return header_bad(c);
}

/* ---- handshake ---- */

/* Nothing is spent on a client that has not said anything. */
static bool begin_handshake(struct conn *c)
{
    struct plane *p = c->plane;
    if (!c->inspected && !p->tls)
        return false; /* a listener of settings that are not in force yet */
    if (p->handshakes >= (size_t)p->settings->proxy.max_handshakes) {
        metrics_add(p->metrics, METRIC_LIMIT_HANDSHAKES, 1);
        return false;
    }
    p->handshakes++;
    c->shaking = true;
    bool ok = true;
    if (c->inspected)
        ok = intercept_begin(c, buf_str(&c->in));
    else
        tls_accept(&c->sock, p->tls, buf_str(&c->in));
    buf_give(&p->bufs, &c->in);
    return ok;
}

static void handshake_over(struct conn *c)
{
    c->plane->handshakes -= c->shaking;
    c->shaking = false;
}

static enum step handshake_done(struct conn *c)
{
    char user[IDENTITY_USER_MAX + 1];
    bool resumed = tls_resumed(&c->sock);
    metrics_add(c->plane->metrics, resumed ? METRIC_TLS_RESUMED : METRIC_TLS_ACCEPTED, 1);
    handshake_over(c);
    if (tls_peer_user(&c->sock, user, sizeof user))
        c->certified = sl_strdup(user);
    return arrived(c);
}

enum step arrival_handshake(struct conn *c)
{
    if (!c->sock.tls && !c->sock.readable && !c->sock.ended && buf_used(&c->in) == 0)
        return STEP_WAIT;
    if (!c->sock.tls && !begin_handshake(c))
        return end(c);
    switch (tls_handshake(&c->sock)) {
    case IO_DATA:
        return handshake_done(c);
    case IO_WAIT:
        return STEP_WAIT;
    case IO_END:
    case IO_LOST:
        break;
    }
    conn_trace(c, "TLS handshake failed: %s", tls_fault_text(tls_fault(&c->sock)));
    return end(c);
}

/* ---- the end ---- */

void arrival_end(struct conn *c)
{
    if (c->shaking)
        metrics_add(c->plane->metrics, METRIC_TLS_FAILED, 1);
    handshake_over(c);
    sl_freep(&c->certified);
    sl_freep(&c->destination);
    inspected_unref(&c->inspected);
}
