/* way.c - by which way to the origin: directly, or through a parent proxy that the rule or the settings name.
 *
 * A parent that can't be used is passed over for the next one of its name, at once: nothing of the request
 * has been said to anybody yet. When none is left the request is refused, unless the settings let it go
 * directly. What a parent answers about the destination is an answer: no other is asked. */
#include "proxy/conn/txn.h"
#include "sluice/tls_fault.h"

/* How often one request tries: a client waits for it. */
enum { TRIES_MAX = 3 };

static bool speaks_socks(const struct txn *t)
{
    return t->parent->spec.kind == PARENT_SOCKS5;
}

static struct sl_str name_of(const struct txn *t)
{
    struct sl_str name = t->verdict.parent;
    return name.n ? name : SL_STR(PARENT_DEFAULT);
}

bool way_leads_directly(const struct txn *t)
{
    return t->direct || sl_str_eq(t->verdict.parent, SL_STR(PARENT_DIRECT)) ||
           (t->verdict.parent.n == 0 && !parents_group(t->conn->plane->parents, SL_STR(PARENT_DEFAULT)));
}

enum fault way_find(struct txn *t)
{
    struct parents *p = t->conn->plane->parents;
    t->group = NULL;
    t->parent = NULL;
    t->opening->tried = 0;
    if (SL_LIKELY(way_is_direct(t)))
        return FAULT_NONE;
    t->group = parents_group(p, name_of(t));
    if (!t->group)
        return FAULT_PARENT_UNKNOWN;
    if (t->parents != p) {
        parents_unref(&t->parents);
        t->parents = parents_ref(p);
    }
    return FAULT_NONE;
}

/* ---- what came of it ---- */

static enum fault fault_of(enum approach_result r)
{
    static const enum fault faults[APPROACH_RESULTS] = {
        [APPROACH_OPEN] = FAULT_NONE,
        [APPROACH_NO_SOCKET] = FAULT_NO_SOCKET,
        [APPROACH_NO_SOURCE] = FAULT_NO_SOURCE,
        [APPROACH_NAME_NONE] = FAULT_PARENT_DNS_NONE,
        [APPROACH_NAME_FAILED] = FAULT_PARENT_DNS_FAILED,
        [APPROACH_NAME_TIMEOUT] = FAULT_PARENT_DNS_TIMEOUT,
        [APPROACH_OWN] = FAULT_PARENT_OWN,
        [APPROACH_CONNECT_REFUSED] = FAULT_PARENT_CONNECT_REFUSED,
        [APPROACH_UNREACHABLE] = FAULT_PARENT_UNREACHABLE,
        [APPROACH_CONNECT_TIMEOUT] = FAULT_PARENT_CONNECT_TIMEOUT,
        [APPROACH_TLS] = FAULT_PARENT_TLS,
        [APPROACH_CLOSED] = FAULT_PARENT_CLOSED,
        [APPROACH_TIMEOUT] = FAULT_PARENT_TIMEOUT,
        [APPROACH_INVALID] = FAULT_PARENT_INVALID,
        [APPROACH_LOGIN] = FAULT_PARENT_LOGIN,
        [APPROACH_DENIED] = FAULT_PARENT_DENIED,
        [APPROACH_FAILED] = FAULT_PARENT_FAILED,
    };
    return faults[r];
}

struct sl_str way_detail(const struct txn *t, const char **out_word)
{
    struct sl_arena *arena = &((struct txn *)t)->arena;
    if (t->fault == FAULT_PARENT_TLS) {
        *out_word = tls_fault_word((enum tls_fault)t->parent_tls);
        return sl_cstr(tls_fault_text((enum tls_fault)t->parent_tls));
    }
    if (t->parent_status)
        return sl_cstr(sl_arena_printf(arena, "It answered with the status %u.", t->parent_status));
    if (t->parent_code) {
        *out_word = socks_code_text(t->parent_code);
        return sl_cstr(*out_word);
    }
    return sl_str(NULL, 0);
}

static void note_end(struct txn *t, const struct approach_end *end)
{
    t->peer = end->peer;
    t->parent_status = (uint16_t)end->status;
    t->parent_code = end->code;
    t->parent_tls = (uint8_t)end->tls;
    if (end->result == APPROACH_LOGIN)
        parent_refused(t->parent, approach_word(end->result));
    else if (approach_blames_parent(end->result))
        parent_failed(t->parent, approach_word(end->result));
    else if (end->result != APPROACH_NO_SOCKET && end->result != APPROACH_NO_SOURCE)
        parent_worked(t->parent);
    conn_trace(t->conn, "the parent %s: %s", t->parent->place, approach_word(end->result));
}

/* Bytes before the first request on the way through SOCKS5 are nobody's answer. */
static bool is_sound(const struct txn *t, const struct approach_end *end)
{
    return t->tunnel || buf_used(end->rest) == 0;
}

static void on_approached(void *arg, const struct approach_end *end)
{
    struct conn *c = arg;
    struct txn *t = c->txn;
    t->opening->approach = NULL;
    note_end(t, end);
    t->opening->way_fault = fault_of(end->result);
    if (end->result == APPROACH_OPEN && !is_sound(t, end))
        t->opening->way_fault = FAULT_PARENT_INVALID;
    if (t->opening->way_fault == FAULT_NONE) {
        t->down.data = *end->rest;
        *end->rest = (struct buf){0};
        buf_rest(&c->plane->bufs, &t->down.data);
        forward_connected(c, end->sock, end->peer);
        conn_run(c);
        return;
    }
    metrics_add(c->plane->metrics, METRIC_UPSTREAM_FAILED, 1);
    if (approach_blames_parent(end->result))
        conn_run(c); /* the next one */
    else
        conn_fail_now(c, t->opening->way_fault);
}

/* ---- asking ---- */

/* What an HTTP parent is asked for: the URL's host and port, or the name that is dialled instead. False: the
 * arena is full. */
static bool target_of(struct txn *t, struct sl_url *out)
{
    struct sl_str host = targets_name(t);
    *out = t->url;
    if (SL_LIKELY(t->opening->as.n == 0 && !t->secure))
        return true;
    bool v6 = memchr(host.p, ':', host.n) != NULL;
    char *authority = sl_arena_printf(&t->arena, v6 ? "[%.*s]:%u" : "%.*s:%u", SL_FMT(host), t->url.port);
    return authority && sl_url_parse_authority(sl_cstr(authority), &t->arena, out, NULL);
}

/* For how long one parent may take: a client waits, and another may be left to be tried. */
static bool start(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    struct approach_plan plan = {
        .dialler = &p->dialler,
        .resolver = p->resolver,
        .addresses = &p->addresses,
        .bufs = &p->bufs,
        .tls = p->parent_tls,
        .parent = t->parent,
        .source = t->opening->source,
        .timeout_ms = p->settings->proxy.timeout_connect_ms,
        .limits = p->limits,
    };
    if (speaks_socks(t)) {
        plan.target = (struct socks_target){.addr = t->url.addr, .port = t->url.port};
        if (!t->url.host_is_addr)
            plan.target.name = targets_name(t);
    } else if (t->tunnel || t->secure) {
        const struct head *h = t->opaque ? NULL : &t->opening->request; /* TLS that was redirected has none */
        struct sl_str login = t->parent->authorization;
        struct sl_url url;
        if (!target_of(t, &url))
            return false;
        size_t bound = fields_connect_bound(&url, login, h);
        char *space = plane_head_space(p, bound);
        plan.connect = sl_str(space, fields_build_connect(p->self, &url, login, h, space, bound));
    }
    conn_trace(c, "goes through the parent %s", t->parent->place);
    t->opening->approach = approach_start(&plan, on_approached, c);
    return true;
}

/* Nobody is left to be asked. */
static enum step give_up(struct conn *c)
{
    struct txn *t = c->txn;
    if (!t->parents->direct)
        return conn_fail(c, t->opening->way_fault != FAULT_NONE ? t->opening->way_fault : FAULT_PARENT_NONE);
    conn_trace(c, "no parent '%s' can be reached: goes directly", t->group->name);
    t->direct = true;
    t->group = NULL;
    t->parent = NULL;
    t->peer = (struct sl_endpoint){0};
    t->parent_status = t->parent_code = t->parent_tls = 0;
    conn_goto(c, CONN_RESOLVE);
    return STEP_GO;
}

enum step forward_approach(struct conn *c)
{
    struct txn *t = c->txn;
    if (t->opening->approach)
        return STEP_WAIT;
    t->parent = NULL;
    if (__builtin_popcountll(t->opening->tried) < TRIES_MAX)
        t->parent =
            parents_choose(t->parents, t->group, t->url.host, t->opening->tried, loop_now_ms(c->plane->loop));
    if (!t->parent)
        return give_up(c);
    t->opening->tried |= UINT64_C(1) << t->parent->number;
    if (forward_use_pooled(c))
        return STEP_GO;
    return start(c) ? STEP_WAIT : conn_fail(c, FAULT_NO_MEMORY);
}
