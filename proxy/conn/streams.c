/* streams.c - HTTP/2 of a client: his connection runs the session, and each stream is a connection of its
 * own, on which one request walks the states.
 *
 * A stream counts as a connection in all and in the memory that connections may hold, and not as one of its
 * client: what a client may ask is counted by requests. It ends before the connection that it came on. */
#include "proxy/conn/streams.h"

#include "proxy/conn/inspected.h"
#include "proxy/conn/learn.h"
#include "proxy/conn/limits.h"
#include "proxy/h2/h2.h"
#include "proxy/tls/io.h"

/* ---- one stream ---- */

/* No event will come for what a reset leaves unsaid, so the states that look at the origin alone are ended
 * from here. */
static void on_event(void *owner, uint32_t events)
{
    struct conn *c = owner;
    sock_note(&c->sock, events);
    if (SL_UNLIKELY(c->sock.broken) && c->state == CONN_RELAY)
        conn_fail_now(c, FAULT_CLIENT_RESET_RELAY);
    else if (SL_UNLIKELY(c->sock.broken) && c->state == CONN_REPLY)
        conn_fail_now(c, FAULT_CLIENT_RESET_REPLY);
    else
        conn_run(c);
}

/* Room in all; nobody in particular takes it. */
static bool enter(struct plane *p)
{
    if (SL_UNLIKELY(clients_crowded(p->clients)))
        limits_make_room(p, 1);
    if (clients_enter_more(p->clients))
        return true;
    metrics_add(p->metrics, METRIC_LIMIT_CONNECTIONS, 1);
    return false;
}

/* What is open next may be another matter, or another process. */
static bool last(const struct conn *c)
{
    return c->plane->draining || (c->inspected && c->inspected->refused);
}

static bool on_begin(void *arg, struct h2_stream *stream)
{
    struct conn *c = arg;
    if (!enter(c->plane))
        return false;
    struct conn *s = conn_new_stream(c);
    h2_stream_take(stream, &s->sock, on_event, s);
    metrics_add(c->plane->metrics, METRIC_HTTP2_REQUESTS, 1);
    conn_begin(s, CONN_READ_HEAD);
    c->served = true;
    if (SL_UNLIKELY(last(c)))
        h2_goodbye(c->h2);
    return true;
}

/* ---- the connection ---- */

static void on_wake(void *arg)
{
    conn_run(arg);
}

static void begin(struct conn *c)
{
    static const struct h2_owner owner = {on_begin, on_wake};
    struct plane *p = c->plane;
    if (!p->h2_memory)
        p->h2_memory = h2_memory_new();
    const struct h2_config cfg = {.loop = p->loop,
                                  .memory = p->h2_memory,
                                  .bufs = &p->bufs,
                                  .metrics = p->metrics,
                                  .limits = p->limits,
                                  .streams = (uint32_t)p->settings->inspect.http2_streams};
    c->h2 = h2_new(&cfg, &c->sock, &owner, c);
    metrics_add(p->metrics, METRIC_HTTP2_CONNECTIONS, 1);
    conn_trace(c, "speaks HTTP/2");
}

enum conn_state streams_entry(struct conn *c)
{
    if (!c->sock.tls || !sl_str_eq(tls_alpn(&c->sock), SL_STR("h2")))
        return CONN_IDLE;
    begin(c);
    return CONN_STREAMS_IDLE;
}

static void move(struct conn *c, enum conn_state to)
{
    if (c->state != to)
        conn_goto(c, to);
}

/* Who was told why has to read that before the connection ends. */
static enum step over(struct conn *c)
{
    bool told = !c->sock.ended && !c->sock.broken;
    if (!told && c->inspected)
        learn_left(c);
    streams_end(c);
    conn_goto(c, told ? CONN_LINGER : CONN_CLOSED);
    return STEP_GO;
}

enum step streams_run(struct conn *c)
{
    switch (h2_run(c->h2)) {
    case H2_OVER:
        return over(c);
    case H2_BUSY:
        move(c, CONN_STREAMS);
        break;
    case H2_IDLE:
        move(c, CONN_STREAMS_IDLE);
        break;
    }
    return STEP_WAIT;
}

void streams_goodbye(struct conn *c)
{
    h2_goodbye(c->h2);
}

void streams_end(struct conn *c)
{
    if (!c->h2)
        return;
    h2_free(&c->h2);
    metrics_sub(c->plane->metrics, METRIC_HTTP2_CONNECTIONS, 1);
}
