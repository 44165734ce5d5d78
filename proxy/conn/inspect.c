/* inspect.c - see inspect.h. */
#include "proxy/conn/inspect.h"

#include <stdlib.h>

#include "proxy/tls/hello.h"
#include "proxy/tls/io.h"
#include "sluice/ca.h"

enum { NAME_ARENA_BYTES = 4096 };

/* ---- names ---- */

bool inspect_may_sign(const struct plane *p, struct sl_str host)
{
    const struct ca *ca = p->inspection ? ca_live_get(p->inspection->ca) : NULL;
    bool may = ca == NULL || ca_covers(ca, host);
    ca_unref(&ca);
    return may;
}

struct sl_str inspect_name(const struct txn *t)
{
    const struct inspected *i = t->conn->inspected;
    return i ? sl_cstr(i->name) : t->tls_name.n ? t->tls_name : t->url.host;
}

struct sl_str inspect_host(const struct txn *t)
{
    const struct conn *c = t->conn;
    return c->destination ? t->url.host : sl_cstr(c->inspected->host);
}

struct sl_str inspect_key(struct txn *t)
{
    const struct inspected *i = t->conn->inspected;
    struct sl_str name = inspect_name(t);
    if (i)
        return sl_cstr(i->key);
    if (sl_str_eq(name, t->url.host))
        return name;
    return sl_cstr(sl_arena_printf(&t->arena, "%.*s %.*s", SL_FMT(t->url.host), SL_FMT(name)));
}

enum conn_state inspect_next(const struct txn *t)
{
    if (t->secure)
        return CONN_SECURE;
    if (!t->tunnel)
        return CONN_SEND;
    if (!inspect_wants(t))
        return CONN_TUNNEL;
    return t->greeted || t->opaque ? CONN_SECURE : CONN_HELLO;
}

void inspect_pass_by(struct txn *t)
{
    t->pass_by = true;
    if (t->uncharged && t->verdict.action == ACTION_ALLOW) {
        t->uncharged = false;
        txn_charge_request(t);
    }
}

/* ---- what the ClientHello says ---- */

/* The name as a URL has it. False: it is no name that a host could have. */
static bool read_name(const struct txn *t, struct sl_arena *arena, struct sl_str name, struct sl_url *out)
{
    const char *text = sl_arena_printf(arena, "%.*s:%u", SL_FMT(name), t->url.port);
    return text && sl_url_parse_authority(sl_cstr(text), arena, out, NULL);
}

/* A header rule has another name dialled for this one than was dialled for the CONNECT. Of an inspected
 * tunnel each request is sent where its own name leads. */
static bool dials_elsewhere(const struct txn *t)
{
    return t->verdict.resolve_as.n > 0 && !sl_str_eq(t->verdict.resolve_as, t->opening->as);
}

/* By its other name. The verdict that stays is the one that refuses, or that of the CONNECT. */
static enum fault judge_name(struct txn *t, const struct sl_url *name)
{
    unsigned known = t->facts.known;
    bool inspected = inspect_wants(t);
    t->facts.url = name;
    if (t->url.host_is_addr)
        t->facts.known |= FACT_ADDRESS;
    txn_judge(t);
    bool refused = t->verdict.action != ACTION_ALLOW;
    t->inspect_name |= t->verdict.inspect;
    if (refused)
        return FAULT_POLICY_CUT;
    if (dials_elsewhere(t) && !inspected && !inspect_wants(t))
        return FAULT_HOST_MISMATCH;
    t->facts.url = &t->url;
    t->facts.known = known;
    txn_judge(t);
    return t->verdict.action == ACTION_ALLOW ? FAULT_NONE : FAULT_POLICY_CUT;
}

/* The name in the clear where ECH hides another. It stands for many, so it decides nothing about inspection,
 * and what the policy says of hosts that it does not know is not meant for it. But anybody can claim ECH: a
 * site that a rule refuses must not be reached by the claim. */
static enum fault judge_outer_name(struct txn *t, const struct sl_url *name)
{
    unsigned known = t->facts.known;
    bool inspected = t->inspect_name;
    enum fault f = judge_name(t, name);
    t->inspect_name = inspected;
    if (f != FAULT_POLICY_CUT || t->facts.url == &t->url || t->verdict.rule_id.n > 0)
        return f;
    t->facts.url = &t->url;
    t->facts.known = known;
    txn_judge(t);
    return t->verdict.action == ACTION_ALLOW ? FAULT_NONE : FAULT_POLICY_CUT;
}

/* With ECH what the client asked for by CONNECT counts, unless that was an address. */
enum fault inspect_judge_hello(struct txn *t, const struct hello *h)
{
    struct sl_url *name;
    struct sl_str sni = hello_name(h);
    t->ech = h->encrypted;
    if (sni.n == 0)
        return FAULT_NONE;
    if (SL_LIKELY(sl_str_eq(sni, t->url.host))) {
        t->sni = t->url.host;
        return FAULT_NONE;
    }
    t->sni = txn_copy(t, sni, HELLO_NAME_MAX);
    name = sl_arena_zalloc(&t->arena, sizeof *name);
    if (!name)
        return FAULT_NO_MEMORY;
    if (!read_name(t, &t->arena, sni, name))
        return FAULT_CLIENT_HELLO;
    if (sl_str_eq(name->host, t->url.host))
        return FAULT_NONE;
    if (t->ech && !t->url.host_is_addr)
        return judge_outer_name(t, name);
    t->tls_name = name->host;
    conn_trace(t->conn, "speaks TLS to %.*s", SL_FMT(name->host));
    return judge_name(t, name);
}

static bool has_other_name(const struct txn *t)
{
    return t->tunnel && t->sni.n > 0 && !sl_str_eq(t->sni, t->url.host) && (!t->ech || t->url.host_is_addr);
}

bool inspect_judge_other_name(struct txn *t)
{
    SL_CLEANUP(sl_arena_fini) struct sl_arena arena; /* a long tunnel is judged many times */
    struct sl_url name;
    sl_arena_init(&arena, NAME_ARENA_BYTES);
    if (!has_other_name(t) || !read_name(t, &arena, t->sni, &name))
        return false;
    t->facts.url = &name;
    txn_judge(t);
    t->facts.url = &t->url;
    return true;
}

/* ---- what is wrong with the origin ---- */

static enum excuse excuse_by(struct txn *t, const struct sl_url *name)
{
    t->facts.url = name;
    txn_judge(t);
    return t->verdict.excuse;
}

enum excuse inspect_excuse(struct txn *t, tls_faults faults)
{
    struct sl_str name = inspect_name(t);
    struct sl_url other;
    enum excuse by_name = EXCUSE_NONE;
    bool two = !sl_str_eq(name, t->url.host);
    t->facts.faults = faults;
    if (two && read_name(t, &t->arena, name, &other))
        by_name = excuse_by(t, &other);
    enum excuse e = excuse_by(t, &t->url); /* this verdict stays */
    return two && by_name != e ? EXCUSE_NONE : e;
}

/* ---- refused ---- */

static bool is_browser(const struct txn *t)
{
    return sl_str_starts(t->facts.user_agent, SL_STR("Mozilla/"));
}

/* A login is asked for outside: there browsers know what to do with it. */
bool inspect_shows_inside(const struct txn *t, enum page_kind kind)
{
    if (t->conn->inspected || (!t->has_url && !t->opaque))
        return false; /* we are inside, or nobody knows for whom a certificate should be */
    if (t->greeted)
        return true;
    return t->tunnel && inspection_is_on(t->conn->plane) && kind != PAGE_LOGIN && kind != PAGE_LOGIN_BUSY &&
           (t->opaque || is_browser(t)) && inspect_may_sign(t->conn->plane, t->url.host);
}

/* The 200, then TLS with a leaf of ours. */
static enum step answer_inside(struct conn *c)
{
    struct txn *t = c->txn;
    struct buf pend = t->down.pend; /* the rest of the 200 */
    t->down.pend = (struct buf){0};
    flow_fini(&t->down, &c->plane->bufs);
    t->down = (struct flow){.pend = pend};
    flow_begin(&t->down, BODY_NONE, 0);
    if (!t->greeted && !t->opaque)
        tunnel_greet(t);
    t->keep_alive = t->answers_inside = true;
    conn_goto(c, CONN_REPLY);
    return STEP_GO;
}

bool inspect_is_page_host(const struct txn *t)
{
    const struct plane *p = t->conn->plane;
    return t->url.port == 443 && sl_str_eq(t->url.host, sl_cstr(p->settings->proxy.page_host)) &&
           inspection_is_on(p) && inspect_may_sign(p, t->url.host);
}

enum step inspect_answer_page_host(struct conn *c)
{
    struct txn *t = c->txn;
    txn_stop(t);
    inspected_unref(&c->inspected);
    c->inspected = inspected_new(t);
    t->reason = SL_STR("page");
    t->uncharged = true;
    return answer_inside(c);
}

enum step inspect_refuse(struct conn *c)
{
    struct txn *t = c->txn;
    inspected_unref(&c->inspected);
    struct inspected *i = c->inspected = inspected_new(t);
    i->refused = true;
    i->fault = t->fault == FAULT_POLICY_CUT ? FAULT_NONE : t->fault;
    i->tls_fault = t->tls_fault;
    i->origin = t->shown;
    t->shown = NULL;
    i->verdict = t->verdict;
    if (t->pin) {
        i->pin = t->pin;
        i->pin->refs++;
    }
    return answer_inside(c);
}

enum step inspect_answer_refused(struct conn *c)
{
    struct txn *t = c->txn;
    const struct inspected *i = c->inspected;
    t->keep_alive = false; /* what is open next may be another matter */
    t->uncharged = true;
    if (t->verdict.action != ACTION_ALLOW)
        return reply_verdict(c);
    t->tls_fault = i->tls_fault;
    if (i->fault != FAULT_NONE)
        return conn_fail(c, i->fault);
    plane_unpin(&t->pin);
    t->pin = i->pin;
    t->pin->refs++;
    t->verdict = i->verdict;
    t->action = i->verdict.action;
    t->reason = sl_cstr(verdict_reason_word(i->verdict.reason));
    return reply_verdict(c);
}

/* ---- hello ---- */

/* The origin has said something, and who speaks TLS waits for the client. */
static bool origin_speaks(const struct txn *t)
{
    const struct upstream *u = t->upstream;
    return u && !u->sock.tls && (buf_used(&t->down.data) > 0 || (u->sock.readable && sock_speaks(&u->sock)));
}

/* A connection of the pool speaks TLS already: another one is dialled. */
static enum step go_through(struct conn *c)
{
    struct txn *t = c->txn;
    inspect_pass_by(t);
    t->heard = true;
    if (t->upstream && !t->upstream->sock.tls) {
        conn_goto(c, CONN_TUNNEL);
        return STEP_GO;
    }
    if (t->upstream)
        pool_give(&t->upstream);
    t->fresh = true;
    conn_goto(c, CONN_ROUTE);
    return STEP_GO;
}

static enum step not_tls(struct conn *c)
{
    conn_trace(c, "what is said in the tunnel is no TLS");
    if (c->plane->settings->inspect.not_tls == NOT_TLS_TUNNEL)
        return go_through(c);
    return conn_fail(c, FAULT_NOT_TLS);
}

/* The address that was asked for is where all requests inside go, whatever they name. */
static void bind_address(struct conn *c)
{
    struct txn *t = c->txn;
    if (c->destination || !t->url.host_is_addr || t->tls_name.n == 0)
        return;
    c->destination = sl_malloc(sizeof *c->destination);
    *c->destination = (struct sl_endpoint){.addr = t->url.addr, .port = t->url.port};
}

/* A connection of the pool was chosen by the name of the CONNECT. */
static enum step hello_done(struct conn *c, const struct hello *h)
{
    struct txn *t = c->txn;
    enum fault f = inspect_judge_hello(t, h);
    if (f != FAULT_NONE)
        return t->verdict.action == ACTION_ALLOW ? conn_fail(c, f) : reply_verdict(c);
    if (!inspect_wants(t)) /* the policy has changed meanwhile */
        return go_through(c);
    bind_address(c);
    if (t->upstream->sock.tls && t->tls_name.n > 0) {
        pool_give(&t->upstream);
        conn_goto(c, CONN_ROUTE);
        return STEP_GO;
    }
    forward_rekey(t);
    conn_goto(c, CONN_SECURE);
    return STEP_GO;
}

static enum io_result read_hello(struct conn *c, size_t *out_n)
{
    struct txn *t = c->txn;
    struct buf *b = &t->up.data;
    size_t n = 0, max = txn_may_read(t, PACE_UP, &c->sock);
    if (max == 0 || (!c->sock.readable && !c->sock.ended))
        return IO_WAIT;
    if (!b->p)
        buf_take(&c->plane->bufs, b);
    else if (buf_room(b) == 0)
        buf_reserve(&c->plane->bufs, b, buf_used(b));
    enum io_result r = sock_recv_some(&c->sock, b, max, &n);
    txn_has_read(t, PACE_UP, n);
    *out_n = n;
    buf_rest(&c->plane->bufs, b);
    return r;
}

/* Sends what is left of the 200. */
static enum io_result send_greeting(struct conn *c)
{
    size_t n;
    enum io_result r = flow_send(&c->txn->down, &c->plane->bufs, &c->sock, &n);
    c->txn->bytes_out += n;
    return r;
}

enum step inspect_hello(struct conn *c)
{
    struct txn *t = c->txn;
    struct hello hello;
    size_t n;
    if (!t->greeted && !tunnel_greet(t))
        return conn_fail(c, FAULT_NO_MEMORY);
    if (flow_pending(&t->down) > 0) {
        enum io_result sent = send_greeting(c);
        if (sent != IO_DATA)
            return sent == IO_WAIT ? STEP_WAIT : conn_fail(c, FAULT_HELLO_CLOSED);
    }
    for (;;) {
        enum hello_result r = hello_parse(buf_str(&t->up.data), &hello);
        if (r == HELLO_DONE)
            return hello_done(c, &hello);
        if (r == HELLO_BAD || origin_speaks(t))
            return not_tls(c);
        enum io_result got = read_hello(c, &n);
        if (got != IO_DATA)
            return got == IO_WAIT ? STEP_WAIT : conn_fail(c, FAULT_HELLO_CLOSED);
    }
}

/* ---- listening ---- */

static enum inspect_heard heard(struct txn *t, const struct hello *h)
{
    enum fault f = inspect_judge_hello(t, h);
    if (f == FAULT_POLICY_CUT)
        return HEARD_REFUSED;
    if (f == FAULT_HOST_MISMATCH)
        return HEARD_ELSEWHERE;
    return inspect_wants(t) ? HEARD_INSPECT
                            : HEARD_ALL; /* a name that can't be read is the origin's matter */
}

enum inspect_heard inspect_listen(struct conn *c)
{
    struct txn *t = c->txn;
    struct hello hello;
    if (origin_speaks(t))
        return HEARD_ALL;
    for (;;) {
        size_t n;
        enum hello_result r = hello_parse(buf_str(&t->up.data), &hello);
        if (r != HELLO_MORE)
            return r == HELLO_DONE ? heard(t, &hello) : HEARD_ALL;
        enum io_result got = read_hello(c, &n);
        if (got != IO_DATA)
            return got == IO_WAIT ? HEARD_NOT_ALL : HEARD_ALL;
        t->bytes_in += n;
    }
}
