/* forward.c - the way to the origin: may we go there, is there a connection, which addresses has it, dial. */
#include "proxy/conn/bridge.h"
#include "proxy/conn/inspect.h"
#include "proxy/conn/limits.h"
#include "proxy/conn/transparent.h"
#include "proxy/conn/txn.h"

/* ---- route ---- */

/* Through a parent: to one of HTTP a connection leads everywhere, through SOCKS5 to one place. */
static void key_through_parent(const struct txn *t, struct pool_key *key)
{
    key->parent = sl_cstr(t->parent->key);
    if (!way_to_proxy(t))
        return;
    key->host = sl_cstr(t->parent->spec.host);
    key->port = t->parent->spec.port;
}

/* A connection of TLS is as good as another when the same name was verified under the same settings. */
static void key_for_tls(struct txn *t, struct pool_key *key)
{
    if (!t->secure && !inspect_wants(t))
        return;
    key->host = inspect_key(t);
    key->tls = t->conn->plane->origin_tls_number;
}

/* What may be shared with other requests, and with which. */
static inline struct pool_key key_of(struct txn *t)
{
    struct pool_key key = {
        .host = t->url.host, .port = t->url.port, .source = t->opening->source, .as = t->opening->as};
    if (SL_UNLIKELY(t->secure || t->tunnel))
        key_for_tls(t, &key);
    if (SL_UNLIKELY(t->parent != NULL))
        key_through_parent(t, &key);
    return key;
}

static enum step take_seat(struct conn *c);

/* With its address another rule may hold: one that refuses, or that wants another way; and while it waited
 * in line the policy may have become another. */
static enum step pass_over(struct conn *c)
{
    struct txn *t = c->txn;
    pool_give(&t->upstream);
    t->peer = (struct sl_endpoint){0};
    return t->verdict.action == ACTION_ALLOW ? take_seat(c) : reply_verdict(c);
}

/* Whether the rule that holds for this address leads where the connection does. */
static bool same_way(struct txn *t, struct sl_addr addr)
{
    return targets_judge(t, addr) && sl_addr_eq(targets_source(t), t->opening->source) && way_is_direct(t);
}

/* What goes through as it is has a connection of its own. */
static bool may_share(const struct txn *t)
{
    return !t->upgrade && !t->fresh && (SL_LIKELY(!t->tunnel) || inspect_wants(t));
}

static enum step use_pooled(struct conn *c, struct upstream *u)
{
    char text[SL_ENDPOINT_TEXT];
    struct txn *t = c->txn;
    t->upstream = u;
    t->peer = u->peer;
    if ((!t->parent && !same_way(t, u->peer.addr)) || !may_share(t))
        return pass_over(c);
    t->reused = true;
    conn_trace(c, "takes an idle connection to %s", sl_endpoint_text(u->peer, text));
    metrics_add(c->plane->metrics, METRIC_UPSTREAM_REUSED, 1);
    conn_goto(c, SL_UNLIKELY(t->tunnel || t->secure) ? inspect_next(t) : CONN_SEND);
    return STEP_GO;
}

/* A pooled connection can turn out dead just as the request is on its way; only requests that may be sent
 * twice take that risk without a look. */
static bool may_risk(const struct txn *t)
{
    return method_idempotent(t->method) && t->up.ended;
}

static struct upstream *find_pooled(struct txn *t)
{
    struct plane *p = t->conn->plane;
    if (!may_share(t))
        return NULL;
    struct pool_key key = key_of(t);
    struct upstream *u = pool_take(p->pool, &key, upstream_event, t->conn);
    if (u && !may_risk(t) && !pool_probe(u))
        pool_close(&u);
    return u;
}

/* Of a request that was redirected: one that goes where it goes, and shares no more than its name. */
static struct upstream *find_same(struct txn *t)
{
    struct upstream *u = t->unverified ? NULL : find_pooled(t);
    if (u && !sl_addr_eq(u->peer.addr, t->opening->targets[0].addr))
        pool_give(&u);
    return u;
}

/* Max-Forwards ends here: of this TRACE or OPTIONS we are the last recipient. */
static enum step answer_last(struct conn *c)
{
    struct txn *t = c->txn;
    struct page page;
    reply_page(t, t->method == METHOD_TRACE ? PAGE_TRACE : PAGE_OPTIONS, &page);
    if (t->method == METHOD_TRACE) {
        const struct fields_request r = {.head = &t->opening->request, .url = &t->url};
        size_t bound = fields_request_bound(&r);
        char *space = plane_head_space(c->plane, bound);
        page.content = sl_str(space, fields_build_echo(&r, space, bound));
        page.content_type = SL_STR("message/http");
    }
    return reply_with(c, &page);
}

bool forward_use_pooled(struct conn *c)
{
    struct upstream *u = find_pooled(c->txn);
    if (!u)
        return false;
    pool_release(c->plane->pool, &c->txn->opening->seat);
    use_pooled(c, u);
    return true;
}

/* The parent looks the name up. We do too where a rule asks for the address; an address in the URL is known
 * and guarded as ever. */
static enum step set_out(struct conn *c)
{
    struct txn *t = c->txn;
    bool resolve = !t->group || targets_by_address(t) || t->url.host_is_addr;
    conn_goto(c, resolve ? CONN_RESOLVE : CONN_APPROACH);
    return STEP_GO;
}

static void on_seat(struct pool_wait *w, struct upstream *u)
{
    struct txn *t = SL_CONTAINER(w, struct txn_opening, seat)->txn;
    t->upstream = u;
    if (u) {
        u->event = upstream_event;
        u->owner = t->conn;
    }
    conn_run(t->conn);
}

/* A connection of its own is needed: one more may be open, or it waits. */
static enum step take_seat(struct conn *c)
{
    struct txn *t = c->txn;
    struct pool_key key = key_of(t);
    bool fresh = !may_share(t) || c->destination || t->group;
    if (t->group) /* which parent is known later */
        key.parent = sl_cstr(t->group->name);
    t->opening->seat.done = on_seat;
    switch (pool_reserve(c->plane->pool, &key, fresh, &t->opening->seat)) {
    case POOL_SEATED:
        return set_out(c);
    case POOL_QUEUED:
        conn_trace(c, "waits for a connection: as many are open as are allowed");
        conn_goto(c, CONN_QUEUE);
        return STEP_GO;
    case POOL_NO_ROOM:
        break;
    }
    return conn_fail(c, FAULT_UPSTREAM_LIMIT);
}

enum step forward_route(struct conn *c)
{
    struct txn *t = c->txn;
    const struct settings *s = c->plane->settings;
    if (t->tunnel && !conf_ports_contain(&s->proxy.connect_ports, t->url.port))
        return conn_fail(c, FAULT_PORT);
    if (!t->tunnel && !t->secure && !sl_str_eq(t->url.scheme, SL_STR("http")))
        return conn_fail(c, FAULT_CLIENT_SCHEME);
    if (fields_max_forwards(&t->opening->request) == 0)
        return answer_last(c);
    t->opening->source = targets_source(t);
    if (SL_UNLIKELY(t->verdict.resolve_as.n > 0) && !targets_rename(t))
        return conn_fail(c, FAULT_NO_MEMORY);
    enum fault f = way_choose(t);
    if (f != FAULT_NONE)
        return conn_fail(c, f);
    struct upstream *u = c->destination || t->group ? NULL : find_pooled(t);
    return u ? use_pooled(c, u) : take_seat(c);
}

/* ---- queue ---- */

enum step forward_queue(struct conn *c)
{
    struct txn *t = c->txn;
    struct upstream *u = t->upstream;
    if (pool_waits(&t->opening->seat))
        return STEP_WAIT;
    t->upstream = NULL;
    if (u && (may_risk(t) || pool_probe(u)))
        return use_pooled(c, u);
    pool_close(&u);
    if (!t->opening->seat.seated)
        return take_seat(c);
    return set_out(c);
}

/* ---- resolve ---- */

static void trace_addresses(const struct conn *c, const struct resolved *r)
{
    static const char *const words[] = {[ADDRESS_ALLOWED] = "allowed",
                                        [ADDRESS_SPECIAL] = "not public, but of allow_private",
                                        [ADDRESS_REFUSED] = "a private address",
                                        [ADDRESS_OWN] = "a listener of ours"};
    const struct txn *t = c->txn;
    char text[SL_ADDR_TEXT];
    for (unsigned i = 0; i < r->count; i++)
        conn_trace(c, "%.*s has the address %s: %s", SL_FMT(targets_name(t)), sl_addr_text(r->addrs[i], text),
                   words[address_judge(c->plane->addresses, r->addrs[i], t->url.port)]);
}

static enum step resolved(struct conn *c, enum resolve_result result, const struct resolved *answer)
{
    struct txn *t = c->txn;
    static const enum fault faults[] = {[RESOLVE_NONE] = FAULT_DNS_NONE,
                                        [RESOLVE_FAILED] = FAULT_DNS_FAILED,
                                        [RESOLVE_TIMEOUT] = FAULT_DNS_TIMEOUT};
    bool redirected = c->destination != NULL && t->opening->as.n == 0;
    bool wait; /* for the other family: none of this one will do, or it may tell the name from a public one */
    if (result != RESOLVE_OK && !redirected)
        return conn_fail(c, faults[result]);
    if (SL_UNLIKELY(c->traced) && result == RESOLVE_OK)
        trace_addresses(c, answer);
    enum fault f = SL_UNLIKELY(redirected) ? transparent_choose(t, result, answer, &wait)
                                           : targets_choose(t, answer, &wait);
    if (wait)
        return STEP_WAIT;
    if (f != FAULT_NONE && t->verdict.action != ACTION_ALLOW)
        return reply_verdict(c);
    if (f == FAULT_NONE)
        f = way_choose(t); /* with the address another rule may hold */
    if (f != FAULT_NONE)
        return conn_fail(c, f);
    t->opening->more_targets = !redirected && answer->more && !t->group;
    struct upstream *u = redirected && !t->group ? find_same(t) : NULL;
    if (u) {
        pool_release(c->plane->pool, &t->opening->seat);
        return use_pooled(c, u);
    }
    conn_goto(c, t->group ? CONN_APPROACH : CONN_DIAL);
    return STEP_GO;
}

static void on_resolved(struct resolve_wait *w, enum resolve_result result, const struct resolved *answer)
{
    struct txn *t = SL_CONTAINER(w, struct txn_opening, wait)->txn;
    t->opening->resolved = answer;
    t->opening->resolve_result = result;
    conn_run(t->conn);
}

enum step forward_resolve(struct conn *c)
{
    struct txn *t = c->txn;
    struct resolved here;
    if (t->opening->resolved) {
        const struct resolved *answer = t->opening->resolved;
        t->opening->resolved = NULL;
        return resolved(c, t->opening->resolve_result, answer);
    }
    if (!sl_list_empty(&t->opening->wait.node))
        return STEP_WAIT;
    if (t->url.host_is_addr) {
        here = (struct resolved){.addrs = {t->url.addr}, .count = 1};
        return resolved(c, RESOLVE_OK, &here);
    }
    t->opening->wait.done = on_resolved;
    enum resolve_result r = resolver_lookup(c->plane->resolver, targets_name(t), &here, &t->opening->wait);
    return r == RESOLVE_WAIT ? STEP_WAIT : resolved(c, r, &here);
}

/* ---- dial ---- */

static enum fault dial_fault(enum dial_result r)
{
    static const enum fault faults[] = {[DIAL_REFUSED] = FAULT_CONNECT_REFUSED,
                                        [DIAL_UNREACHABLE] = FAULT_CONNECT_UNREACHABLE,
                                        [DIAL_TIMEOUT] = FAULT_CONNECT_TIMEOUT,
                                        [DIAL_NO_SOCKET] = FAULT_NO_SOCKET,
                                        [DIAL_NO_SOURCE] = FAULT_NO_SOURCE};
    return faults[r];
}

/* Idle connections, of the pool and of clients, are worth less than this one. */
static bool dial_again(struct conn *c)
{
    struct plane *p = c->plane;
    if (c->txn->redialled || (pool_idle(p->pool) == 0 && limits_make_room(p, 1) == 0))
        return false;
    pool_clear(p->pool);
    c->txn->redialled = true;
    conn_run(c);
    return true;
}

void forward_rekey(struct txn *t)
{
    struct pool_key key = key_of(t);
    pool_rekey(t->upstream, &key);
}

/* By a parent by TLS, and another TLS goes through that. */
static bool make_plain(struct conn *c, struct sock *sock)
{
    const struct txn *t = c->txn;
    return !sock->tls || !(t->secure || inspect_wants(t)) || bridge_under(c->plane, sock, upstream_event, c);
}

void forward_connected(struct conn *c, struct sock *sock, struct sl_endpoint peer)
{
    char text[SL_ENDPOINT_TEXT];
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    if (SL_UNLIKELY(!make_plain(c, sock))) {
        conn_fail_now(c, FAULT_NO_SOCKET);
        return;
    }
    metrics_add(p->metrics, METRIC_UPSTREAM_OPENED, 1);
    t->peer = peer;
    t->reused = false;
    conn_trace(c, "dialled %s", sl_endpoint_text(peer, text));
    struct pool_key key = key_of(t);
    t->upstream = pool_add(p->pool, &key, sock, peer, upstream_event, c);
    pool_release(p->pool, &t->opening->seat); /* the connection is counted now */
    conn_goto(c, SL_UNLIKELY(t->tunnel || t->secure) ? inspect_next(t) : CONN_SEND);
}

static void on_dialled(void *arg, enum dial_result r, struct sock *sock, struct sl_endpoint peer)
{
    struct conn *c = arg;
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    t->opening->dial = NULL;
    t->peer = peer;
    resolve_cancel(&t->opening->wait); /* addresses that are still to come are not needed any more */
    t->opening->more_targets = false;
    if (r == DIAL_NO_SOCKET && dial_again(c))
        return;
    if (r != DIAL_OK) {
        metrics_add(p->metrics, METRIC_UPSTREAM_FAILED, 1);
        t->peer = t->opening->targets[0];
        conn_fail_now(c, dial_fault(r));
        return;
    }
    forward_connected(c, sock, peer);
    conn_run(c);
}

/* The rest of the addresses. The dial goes on with what it has when none of them will do. */
static void add_targets(struct txn *t)
{
    const struct resolved *answer = t->opening->resolved;
    bool wait;
    t->opening->resolved = NULL;
    if (t->opening->resolve_result != RESOLVE_OK || targets_choose(t, answer, &wait) != FAULT_NONE)
        t->opening->target_count = 0;
    dial_add(t->opening->dial, t->opening->targets, t->opening->target_count);
}

/* A first packet can arrive twice, so only what may be sent twice goes with it. */
static bool may_hurry(const struct txn *t)
{
    return t->conn->plane->settings->proxy.tcp_fast_open && !t->tunnel && !t->secure && !t->upgrade &&
           !t->fresh && method_idempotent(t->method) && t->up.body.kind == BODY_NONE;
}

static struct dial *start_dial(struct conn *c)
{
    struct txn *t = c->txn;
    struct dial_plan plan = {.targets = t->opening->targets,
                             .count = t->opening->target_count,
                             .more = t->opening->more_targets,
                             .fast_open = may_hurry(t),
                             .source = t->opening->source};
    t->hurried = plan.fast_open;
    return dial_start(&c->plane->dialler, &plan, on_dialled, c);
}

enum step forward_dial(struct conn *c)
{
    struct txn *t = c->txn;
    if (!t->opening->dial)
        t->opening->dial = start_dial(c);
    else if (t->opening->resolved)
        add_targets(t);
    return STEP_WAIT;
}
