/* conn.h - a client connection: one at a time of its requests walks the states of the table in conn.c.
 *
 * Only conn_goto changes state: it asserts the edge, times the phase and can trace. A state that waits has
 * its deadline armed. A state's function does what can be done now and says STEP_GO (run the state we are in
 * now) or STEP_WAIT (until an event). Everything runs on the worker's thread. */
#ifndef PROXY_CONN_CONN_H
#define PROXY_CONN_CONN_H

#include "proxy/conn/fault.h"
#include "proxy/conn/plane.h"
#include "proxy/conn/trace.h"

enum conn_state {
    CONN_PROXY_HEADER, /* a load balancer tells for whom it speaks */
    CONN_HANDSHAKE,    /* TLS of the client */
    CONN_REDIRECTED,   /* TLS of a redirected client with somebody else */
    CONN_IDLE,         /* waits for a request */
    CONN_STREAMS_IDLE, /* the same in HTTP/2 */
    CONN_READ_HEAD,
    CONN_IDENTIFY,
    CONN_DECIDE,
    CONN_ADMIT, /* waits for room in the audit trail */
    CONN_ROUTE,
    CONN_QUEUE, /* waits for a connection, for as many are open as are allowed */
    CONN_RESOLVE,
    CONN_DIAL,
    CONN_APPROACH, /* a parent proxy */
    CONN_HELLO,    /* what a client says first in a tunnel that we look into */
    CONN_SECURE,   /* TLS with the origin */
    CONN_SEND,
    CONN_READ_RESPONSE,
    CONN_DECIDE_RESPONSE,
    CONN_RELAY,
    CONN_INTERCEPT, /* TLS with the client, in the origin's place */
    CONN_TUNNEL,
    CONN_STREAMS, /* its requests are connections of their own */
    CONN_REPLY,   /* an answer of our own */
    CONN_FINISH,  /* the request is over: what next? */
    CONN_LINGER,  /* lets the client read our last words before we close */
    CONN_CLOSED,
    CONN_STATE_COUNT
};

enum step { STEP_GO, STEP_WAIT };

struct h2;
struct inspected;

struct conn {
    struct plane *plane;
    struct txn *txn; /* NULL while idle */
    struct sock sock;
    struct buf in; /* read from the client, not yet taken by a transaction */
    struct timer deadline;
    struct loop_task task; /* frees it, or lets it go on in the next turn */
    struct sl_list node;   /* in plane->conns */
    struct sl_endpoint client;
    uint32_t place; /* in clients */
    uint8_t state;  /* enum conn_state */
    uint8_t kind;   /* of the listener, set of enum listen_kind */
    bool running, task_pending, counted_idle;
    bool stream;        /* of HTTP/2: one request on another's connection */
    bool served;        /* it has had an answer */
    bool refused;       /* over a limit: not counted as a connection */
    bool traced;        /* somebody looks, see trace.h */
    bool shaking;       /* counted as a handshake */
    bool overdue;       /* its deadline is to be set, as soon as it waits */
    bool again;         /* a state stopped for fairness, not for want of events */
    unsigned lingered;  /* bytes thrown away since the deadline was set */
    unsigned pipelined; /* requests that were there already when the one before ended */
    uint64_t number;
    struct identity_memo *memo;      /* NULL until somebody logs in */
    char *certified;                 /* whom the client's certificate names; NULL: nobody */
    struct sl_endpoint *destination; /* where a redirected client wanted to go; NULL: to us */
    struct h2 *h2;                   /* of HTTP/2: the session, else NULL */
    struct inspected *inspected;     /* what the requests come out of; NULL: no tunnel that we look into */
};

/* Registers fd; NULL (fd is closed then) when the system refuses. For arrival.c. */
struct conn *conn_new(struct plane *p, unsigned kind, int fd, struct sl_endpoint client);
/* One without a descriptor of its own, for a request that came on the connection c. */
struct conn *conn_new_stream(struct conn *c);
void conn_begin(struct conn *c, enum conn_state first);
/* Waits for a request, and holds nothing. */
static inline bool conn_idles(const struct conn *c)
{
    return c->state == CONN_IDLE || c->state == CONN_STREAMS_IDLE;
}
void conn_goto(struct conn *c, enum conn_state next);
/* Reads into c->in what comes before the first request, one block at most. IO_WAIT: nothing yet. */
enum io_result conn_read_ahead(struct conn *c);
/* Runs states until one waits. For events and callbacks; never from within a state. */
void conn_run(struct conn *c);
/* Adds the time since to the phase of the present state. */
void conn_clock(struct conn *c);
/* Gives the deadline of the present state its full time again: something moved. */
void conn_touch(struct conn *c);
/* Goes on in the next turn of the loop: others have their turn first. */
enum step conn_yield(struct conn *c);
/* STEP_WAIT, or the next turn where a state stopped for fairness. */
enum step conn_wait(struct conn *c);
/* What speaks TLS with the client becomes plain to us, for another TLS inside it. False: the system refuses.
 */
bool conn_bridge(struct conn *c);
/* Ends the request as the fault's row says: with a page when nothing of an answer has gone out, else by
 * cutting the connection, so that what was sent can't be taken for whole. */
enum step conn_fail(struct conn *c, enum fault f);
/* The same for what a deadline or another caller finds outside of a state's function. */
void conn_fail_now(struct conn *c, enum fault f);
/* The worker drains: an idle connection is closed, one that has not had an answer yet gets a second to ask.
 */
void conn_hurry(struct conn *c);
/* Closes everything of the connection at once, recording what was going on. */
void conn_kill(struct conn *c, enum fault f);
const char *conn_state_name(enum conn_state s);
/* The table as a diagram, one line a state: "read-head -> identify reply ...". For README and its test. */
void conn_diagram(struct sl_text *out);

/* ---- the states, by source ---- */
/* Takes fd; counts, registers and waits for what the listener's kind makes the first thing to come. */
void conn_accept(struct plane *p, unsigned kind, int fd, struct sl_endpoint client);
enum step arrival_proxy_header(struct conn *c);
enum step arrival_handshake(struct conn *c);
enum step transparent_redirected(struct conn *c);
/* The connection ends: gives back what its arrival took. */
void arrival_end(struct conn *c);
enum step request_idle(struct conn *c);
enum step request_read_head(struct conn *c);
enum step request_identify(struct conn *c);
enum step request_decide(struct conn *c);
enum step request_admit(struct conn *c);
enum step forward_route(struct conn *c);
enum step forward_queue(struct conn *c);
enum step forward_resolve(struct conn *c);
enum step forward_dial(struct conn *c);
enum step forward_approach(struct conn *c);
enum step inspect_hello(struct conn *c);
enum step secure_run(struct conn *c);
enum step intercept_run(struct conn *c);
enum step exchange_send(struct conn *c);
enum step response_read(struct conn *c);
enum step response_decide(struct conn *c);
enum step exchange_relay(struct conn *c);
/* What a deadline means while bytes move both ways: whose turn was it? */
enum fault exchange_late(const struct conn *c);
enum step tunnel_run(struct conn *c);
enum step streams_run(struct conn *c);
/* Tells a connection that it is over a limit. */
void reply_refusal(int fd);
enum step reply_run(struct conn *c);
enum step reply_finish(struct conn *c);
enum step reply_linger(struct conn *c);

#endif
