/* conn.c - see conn.h. */
#include "proxy/conn/conn.h"

#include <stdlib.h>

#include "proxy/conn/bridge.h"
#include "proxy/conn/inspected.h"
#include "proxy/conn/limits.h"
#include "proxy/conn/memory.h"
#include "proxy/conn/streams.h"
#include "proxy/conn/txn.h"
#include "sluice/log.h"

enum {
    GONE_GRACE_MS = 3000, /* a client that half-closed may wait this long for its answer to begin */
    HURRY_MS = 1000
};

static enum step run_closed(struct conn *c);

#define TO(state) (1u << (state))
/* Where any state goes when a request ends badly: a page can still be sent, or not. */
#define OUT (TO(CONN_REPLY) | TO(CONN_CLOSED))
/* With a connection of the pool; with one that was dialled. */
#define POOLED (TO(CONN_SEND) | TO(CONN_HELLO) | TO(CONN_SECURE))
#define DIALLED (POOLED | TO(CONN_TUNNEL))

static const struct {
    const char *name;
    enum step (*run)(struct conn *c);
    enum timeout_id timeout;
    enum phase phase; /* what its time counts as */
    enum fault late;  /* the deadline passed */
    unsigned next;    /* the set of states it may move to */
} states[CONN_STATE_COUNT] = {
    [CONN_PROXY_HEADER] = {"proxy-header", arrival_proxy_header, T_HANDSHAKE, PHASE_NONE, FAULT_NONE,
                           TO(CONN_HANDSHAKE) | TO(CONN_IDLE) | TO(CONN_READ_HEAD) | TO(CONN_LINGER) |
                               TO(CONN_CLOSED)},
    [CONN_HANDSHAKE] = {"handshake", arrival_handshake, T_HANDSHAKE, PHASE_NONE, FAULT_NONE,
                        TO(CONN_IDLE) | TO(CONN_STREAMS_IDLE) | TO(CONN_READ_HEAD) | TO(CONN_CLOSED)},
    [CONN_REDIRECTED] = {"redirected", transparent_redirected, T_HANDSHAKE, PHASE_NONE, FAULT_NONE,
                         TO(CONN_IDENTIFY) | OUT},
    [CONN_IDLE] = {"idle", request_idle, T_IDLE, PHASE_NONE, FAULT_NONE,
                   TO(CONN_READ_HEAD) | TO(CONN_CLOSED)},
    [CONN_STREAMS_IDLE] = {"streams-idle", streams_run, T_IDLE, PHASE_NONE, FAULT_NONE,
                           TO(CONN_STREAMS) | TO(CONN_LINGER) | TO(CONN_CLOSED)},
    [CONN_READ_HEAD] = {"read-head", request_read_head, T_HEAD, PHASE_NONE, FAULT_CLIENT_HEAD_TIMEOUT,
                        TO(CONN_IDENTIFY) | OUT},
    [CONN_IDENTIFY] = {"identify", request_identify, T_IDENTIFY, PHASE_IDENTIFY, FAULT_LOGIN_BUSY,
                       TO(CONN_DECIDE) | OUT},
    [CONN_DECIDE] = {"decide", request_decide, T_NONE, PHASE_DECIDE, FAULT_NONE, TO(CONN_ADMIT) | OUT},
    [CONN_ADMIT] = {"admit", request_admit, T_STALL, PHASE_DECIDE, FAULT_AUDIT, TO(CONN_ROUTE) | OUT},
    [CONN_ROUTE] = {"route", forward_route, T_NONE, PHASE_DECIDE, FAULT_NONE,
                    TO(CONN_QUEUE) | TO(CONN_RESOLVE) | TO(CONN_APPROACH) | POOLED | OUT},
    [CONN_QUEUE] = {"queue", forward_queue, T_QUEUE, PHASE_CONNECT, FAULT_UPSTREAM_LIMIT,
                    TO(CONN_QUEUE) | TO(CONN_RESOLVE) | TO(CONN_APPROACH) | POOLED | OUT},
    [CONN_RESOLVE] = {"resolve", forward_resolve, T_DNS, PHASE_RESOLVE, FAULT_DNS_TIMEOUT,
                      TO(CONN_DIAL) | TO(CONN_APPROACH) | POOLED | OUT},
    [CONN_DIAL] = {"dial", forward_dial, T_CONNECT, PHASE_CONNECT, FAULT_CONNECT_TIMEOUT, DIALLED | OUT},
    /* It ends by itself, in the time of T_CONNECT for each parent. */
    [CONN_APPROACH] = {"approach", forward_approach, T_NONE, PHASE_CONNECT, FAULT_NONE,
                       TO(CONN_RESOLVE) | DIALLED | OUT},
    [CONN_HELLO] = {"hello", inspect_hello, T_HANDSHAKE, PHASE_WAIT, FAULT_HELLO_TIMEOUT,
                    TO(CONN_ROUTE) | TO(CONN_SECURE) | TO(CONN_TUNNEL) | OUT},
    [CONN_SECURE] = {"secure", secure_run, T_CONNECT, PHASE_CONNECT, FAULT_ORIGIN_TLS_TIMEOUT,
                     TO(CONN_ROUTE) | TO(CONN_SEND) | TO(CONN_INTERCEPT) | OUT},
    [CONN_SEND] = {"send", exchange_send, T_BODY, PHASE_SEND, FAULT_SEND_TIMEOUT,
                   TO(CONN_READ_RESPONSE) | TO(CONN_ROUTE) | OUT},
    [CONN_READ_RESPONSE] = {"read-response", response_read, T_RESPONSE, PHASE_WAIT, FAULT_RESPONSE_TIMEOUT,
                            TO(CONN_SEND) | TO(CONN_DECIDE_RESPONSE) | TO(CONN_TUNNEL) | TO(CONN_ROUTE) |
                                OUT},
    [CONN_DECIDE_RESPONSE] = {"decide-response", response_decide, T_NONE, PHASE_DECIDE, FAULT_NONE,
                              TO(CONN_RELAY) | OUT},
    [CONN_RELAY] = {"relay", exchange_relay, T_BODY, PHASE_RELAY, FAULT_RELAY_TIMEOUT,
                    TO(CONN_FINISH) | TO(CONN_CLOSED)},
    [CONN_INTERCEPT] = {"intercept", intercept_run, T_HANDSHAKE, PHASE_RELAY, FAULT_CLIENT_TLS_TIMEOUT,
                        TO(CONN_IDLE) | TO(CONN_STREAMS_IDLE) | TO(CONN_CLOSED)},
    [CONN_TUNNEL] = {"tunnel", tunnel_run, T_TUNNEL, PHASE_RELAY, FAULT_TUNNEL_IDLE,
                     TO(CONN_HELLO) | TO(CONN_CLOSED)},
    [CONN_STREAMS] = {"streams", streams_run, T_NONE, PHASE_NONE, FAULT_NONE,
                      TO(CONN_STREAMS_IDLE) | TO(CONN_LINGER) | TO(CONN_CLOSED)},
    [CONN_REPLY] = {"reply", reply_run, T_BODY, PHASE_RELAY, FAULT_CLIENT_TIMEOUT_REPLY,
                    TO(CONN_FINISH) | TO(CONN_CLOSED)},
    [CONN_FINISH] = {"finish", reply_finish, T_NONE, PHASE_NONE, FAULT_NONE,
                     TO(CONN_HANDSHAKE) | TO(CONN_IDLE) | TO(CONN_READ_HEAD) | TO(CONN_LINGER) |
                         TO(CONN_CLOSED)},
    [CONN_LINGER] = {"linger", reply_linger, T_LINGER, PHASE_NONE, FAULT_NONE, TO(CONN_CLOSED)},
    [CONN_CLOSED] = {"closed", run_closed, T_NONE, PHASE_NONE, FAULT_NONE, 0},
};

const char *conn_state_name(enum conn_state s)
{
    return states[s].name;
}

void conn_diagram(struct sl_text *out)
{
    for (int s = 0; s < CONN_STATE_COUNT; s++) {
        sl_text_addf(out, "%-15s ->", states[s].name);
        for (int to = 0; to < CONN_STATE_COUNT; to++)
            if (states[s].next & TO(to))
                sl_text_addf(out, " %s", states[to].name);
        sl_text_addc(out, '\n');
    }
}

/* An answer has begun: what the client has seen can't be taken back. */
static bool answering(const struct conn *c)
{
    return c->state >= CONN_RELAY;
}

static void arm(struct conn *c)
{
    c->overdue = false;
    struct plane *p = c->plane;
    int64_t wait_ms = p->timeout_ms[states[c->state].timeout];
    int64_t due_ms = wait_ms ? loop_now_ms(p->loop) + wait_ms : TIMER_NEVER;
    if (c->txn && c->txn->gone_ms && !answering(c))
        due_ms = SL_MIN(due_ms, c->txn->gone_ms + GONE_GRACE_MS);
    timer_arm(loop_timers(p->loop), &c->deadline, due_ms);
}

static void count_idle(struct conn *c, bool idle)
{
    if (idle == c->counted_idle)
        return;
    c->counted_idle = idle;
    metrics_add(c->plane->metrics, METRIC_CLIENT_IDLE, idle ? 1 : (uint64_t)-1);
}

void conn_goto(struct conn *c, enum conn_state next)
{
    sl_assert(states[c->state].next & TO(next));
    sl_log_debug("conn", "%llu %s -> %s", (unsigned long long)c->number, states[c->state].name,
                 states[next].name);
    if (states[next].phase != states[c->state].phase)
        conn_clock(c);
    conn_trace(c, "%s -> %s", states[c->state].name, states[next].name);
    c->state = (uint8_t)next;
    count_idle(c, conn_idles(c));
    c->overdue = true;
}

void conn_clock(struct conn *c)
{
    if (c->txn)
        txn_phase(c->txn, states[c->state].phase);
}

enum io_result conn_read_ahead(struct conn *c)
{
    size_t n;
    if (!c->sock.readable && !c->sock.ended)
        return IO_WAIT;
    buf_take(&c->plane->bufs, &c->in);
    enum io_result r = sock_recv(&c->sock, &c->in, &n);
    if (r == IO_WAIT)
        buf_rest(&c->plane->bufs, &c->in);
    return r;
}

void conn_touch(struct conn *c)
{
    c->overdue = true;
}

/* The client has gone, or has half-closed and gets a moment for its answer to begin. */
static bool client_gone(struct conn *c)
{
    struct txn *t = c->txn;
    if (!t || answering(c) || c->state == CONN_READ_HEAD || !c->sock.hangup)
        return false;
    if (c->sock.broken)
        return true;
    if (t->gone_ms == 0 && t->up.ended) {
        t->gone_ms = loop_now_ms(c->plane->loop);
        c->overdue = true;
    }
    return false;
}

static bool fail_if_gone(struct conn *c)
{
    if (!client_gone(c))
        return false;
    conn_fail(c, c->txn->up.ended ? FAULT_CLIENT_GONE : FAULT_CLIENT_BODY_CUT);
    return true;
}

/* Until it waits; and not for long if it holds more than there is for it: then an answer is tried, and if
 * that has to wait too, the connection is cut. Most states are passed through at once: only the one that
 * waits needs a deadline. */
static void walk(struct conn *c)
{
    for (;;) {
        while (states[c->state].run(c) == STEP_GO)
            ;
        if (SL_LIKELY(!c->txn || !memory_overdrawn(c->txn)))
            break;
        conn_fail(c, FAULT_MEMORY);
    }
    if (c->overdue && c->state != CONN_CLOSED)
        arm(c);
}

/* A client can have gone before its request is read: then no event will tell of it any more. */
static void run(struct conn *c)
{
    if (SL_UNLIKELY(c->sock.hangup))
        fail_if_gone(c);
    walk(c);
    if (SL_UNLIKELY(c->sock.hangup) && fail_if_gone(c))
        walk(c);
}

void conn_run(struct conn *c)
{
    if (c->state == CONN_CLOSED)
        return;
    sl_assert(!c->running);
    c->running = true;
    run(c);
    c->running = false;
}

static void on_event(void *owner, uint32_t events)
{
    struct conn *c = owner;
    sock_note(&c->sock, events);
    conn_run(c);
}

bool conn_bridge(struct conn *c)
{
    return bridge_under(c->plane, &c->sock, on_event, c);
}

static enum fault late(const struct conn *c)
{
    int64_t gone_ms = c->txn ? c->txn->gone_ms : 0;
    if (gone_ms && !answering(c) && loop_now_ms(c->plane->loop) >= gone_ms + GONE_GRACE_MS)
        return FAULT_CLIENT_GONE;
    if (c->state == CONN_SEND || c->state == CONN_READ_RESPONSE || c->state == CONN_RELAY)
        return exchange_late(c);
    return states[c->state].late;
}

static void on_deadline(struct timer *timer)
{
    struct conn *c = SL_CONTAINER(timer, struct conn, deadline);
    enum fault f = late(c);
    if (f != FAULT_CLIENT_GONE && c->txn && (pace_waits(c->txn) || patience_watches(c->txn, f))) {
        arm(c); /* it is us who made it wait, or somebody watches who knows more */
        return;
    }
    if (f != FAULT_NONE) {
        conn_fail_now(c, f);
        return;
    }
    if (conn_idles(c))
        metrics_add(c->plane->metrics, METRIC_TIMEOUT_IDLE, 1);
    if (c->state < CONN_IDLE)
        metrics_add(c->plane->metrics, METRIC_TIMEOUT_HANDSHAKE, 1);
    conn_goto(c, CONN_CLOSED); /* arriving, idle or lingering: nobody waits for anything */
    run_closed(c);
}

/* ---- the end ---- */

/* An answer that announced where it ends shows by itself that it is not whole, and what was sent of it shall
 * arrive. One that ends with the connection must not end like that: it is reset, and so is the other end of a
 * tunnel. So is one that the client does not take: the kernel would keep it for minutes. */
static void cut(struct conn *c)
{
    struct txn *t = c->txn;
    enum metric counter = fault_row(t->fault)->counter;
    if (t->fault == FAULT_NAME_CUT) {
        sock_abort(&t->upstream->sock, c->plane->loop);
        return; /* the client has been told */
    }
    bool untaken = counter == METRIC_TIMEOUT_ANSWER || counter == METRIC_LIMIT_ANSWER_RATE;
    if (untaken || (t->status && (t->down.dechunk || t->down.body.kind == BODY_CLOSE)))
        sock_abort(&c->sock, c->plane->loop);
    if (t->tunnelling && t->upstream)
        sock_abort(&t->upstream->sock, c->plane->loop);
}

/* What ends a transfer that was let in, when the client has some of its answer already. */
static void note_cut(struct txn *t, enum fault f)
{
    const struct fault_row *row = fault_row(f);
    if (f == FAULT_NAME_CUT)
        t->action = t->verdict.action; /* for the reason that it has */
    if (f != FAULT_QUOTA_CUT && f != FAULT_POLICY_CUT && f != FAULT_USER_CUT && f != FAULT_HOST_MISMATCH)
        return;
    t->action = f == FAULT_POLICY_CUT ? t->verdict.action : row->action;
    t->reason = sl_cstr(t->action == ACTION_QUOTA ? "quota" : row->reason);
    if (f == FAULT_USER_CUT)
        t->verdict.rule_id = SL_STR(""); /* no rule says so */
}

/* Inside a tunnel nobody can be asked to log in: it would be taken for the origin's question. The next
 * CONNECT asks. */
static bool has_page(const struct conn *c, enum fault f)
{
    return fault_row(f)->page != PAGE_KIND_COUNT && !(f == FAULT_USER_CUT && c->inspected);
}

enum step conn_fail(struct conn *c, enum fault f)
{
    struct txn *t = c->txn;
    const struct fault_row *row = fault_row(f);
    if (row->counter)
        metrics_add(c->plane->metrics, row->counter, 1);
    t->fault = f;
    t->error = row->word;
    conn_trace(c, "ends in %s: %s", states[c->state].name,
               *row->word    ? row->word
               : row->reason ? row->reason
                             : "-");
    if (!answering(c) && f == FAULT_POLICY_CUT) {
        note_cut(t, f);
        return reply_verdict(c);
    }
    if (!answering(c)) {
        t->action = row->action;
        if (row->reason)
            t->reason = sl_cstr(row->reason);
        if (has_page(c, f)) {
            struct page page;
            reply_page(t, row->page, &page);
            return reply_with(c, &page);
        }
    } else {
        note_cut(t, f);
    }
    t->cut = true;
    txn_record(t);
    cut(c);
    conn_goto(c, CONN_CLOSED);
    return STEP_GO;
}

void conn_fail_now(struct conn *c, enum fault f)
{
    if (c->state == CONN_CLOSED)
        return;
    sl_assert(!c->running);
    c->running = true;
    if (conn_fail(c, f) == STEP_GO)
        walk(c);
    c->running = false;
}

void conn_kill(struct conn *c, enum fault f)
{
    if (c->state == CONN_CLOSED)
        return;
    if (c->txn) {
        c->txn->error = fault_row(f)->word;
        if (!answering(c))
            c->txn->action = fault_row(f)->action;
    }
    if (c->txn) {
        c->txn->cut = true;
        cut(c);
    }
    c->state = CONN_CLOSED; /* from any state: the only one that asks nobody */
    count_idle(c, false);
    run_closed(c);
}

void conn_hurry(struct conn *c)
{
    struct loop *l = c->plane->loop;
    c->overdue = false;
    if (c->served)
        conn_kill(c, FAULT_NONE);
    else
        timer_arm(loop_timers(l), &c->deadline, loop_now_ms(l) + HURRY_MS);
}

static void on_task(struct loop_task *task)
{
    struct conn *c = SL_CONTAINER(task, struct conn, task);
    c->task_pending = false;
    if (c->state != CONN_CLOSED) {
        conn_run(c);
        return;
    }
    free(c->memo);
    free(c);
}

enum step conn_yield(struct conn *c)
{
    if (!c->task_pending) {
        c->task_pending = true;
        loop_post(c->plane->loop, &c->task);
    }
    return STEP_WAIT;
}

enum step conn_wait(struct conn *c)
{
    bool again = c->again;
    c->again = false;
    return again ? conn_yield(c) : STEP_WAIT;
}

/* Gives back all there is; the struct itself goes at the end of the turn, for callers up the stack still look
 * at it. */
static enum step run_closed(struct conn *c)
{
    struct plane *p = c->plane;
    if (sl_list_empty(&c->node))
        return STEP_WAIT; /* has been here before */
    if (c->txn)
        txn_end(c);
    conn_trace(c, "the connection is closed");
    if (SL_UNLIKELY(c->h2 != NULL))
        streams_end(c);
    arrival_end(c);
    sock_close(&c->sock, p->loop);
    buf_give(&p->bufs, &c->in);
    timer_cancel(&c->deadline);
    sl_list_remove(&c->node);
    if (c->refused) {
        p->refused_count--;
    } else {
        p->conn_count--;
        clients_leave(p->clients, c->place);
        if (!c->stream)
            metrics_sub(p->metrics, METRIC_CLIENT_CONNECTIONS, 1);
    }
    if (!c->task_pending) {
        c->task_pending = true;
        loop_defer(p->loop, &c->task);
    }
    return STEP_WAIT;
}

/* ---- the begin ---- */

struct conn *conn_new(struct plane *p, unsigned kind, int fd, struct sl_endpoint client)
{
    struct conn *c = sl_calloc(1, sizeof *c);
    *c = (struct conn){
        .plane = p, .client = client, .number = ++p->conn_number, .kind = (uint8_t)kind, .task.run = on_task};
    if (!sock_open(&c->sock, p->loop, fd, on_event, c)) {
        free(c);
        return NULL;
    }
    timer_init(&c->deadline, on_deadline);
    sl_list_push(&p->conns, &c->node);
    return c;
}

struct conn *conn_new_stream(struct conn *of)
{
    struct plane *p = of->plane;
    struct conn *c = sl_calloc(1, sizeof *c);
    *c = (struct conn){.plane = p,
                       .client = of->client,
                       .number = ++p->conn_number,
                       .kind = of->kind,
                       .stream = true,
                       .place = CLIENTS_UNCOUNTED,
                       .task.run = on_task};
    sock_init(&c->sock);
    if (of->inspected)
        c->inspected = inspected_ref(of->inspected);
    if (of->destination) {
        c->destination = sl_malloc(sizeof *c->destination);
        *c->destination = *of->destination;
    }
    timer_init(&c->deadline, on_deadline);
    sl_list_push(&p->conns, &c->node);
    p->conn_count++;
    return c;
}

void conn_begin(struct conn *c, enum conn_state first)
{
    c->state = (uint8_t)first;
    count_idle(c, conn_idles(c));
    arm(c);
}
