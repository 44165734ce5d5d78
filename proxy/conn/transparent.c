/* transparent.c - see transparent.h. */
#include "proxy/conn/transparent.h"

#include <netinet/in.h>

#include "base/listen_spec.h"
#include "proxy/conn/limits.h"
#include "proxy/conn/txn.h"
#include "proxy/tls/hello.h"

/* ---- where to ---- */

enum {
    ORIGINAL_DST = 80
}; /* SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST, whose headers do not go with netinet's */

/* REDIRECT: conntrack knows what the address was before. TPROXY: the socket has it. */
bool transparent_destination(const struct plane *p, unsigned kind, int fd, struct sl_endpoint *out)
{
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
        return false;
    int level = sa.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    n = sizeof sa;
    if (kind & LISTEN_REDIRECT && getsockopt(fd, level, ORIGINAL_DST, &sa, &n) < 0)
        return false;
    *out = sl_endpoint_from_sockaddr((struct sockaddr *)&sa);
    return out->port != 0 && address_judge(p->addresses, out->addr, out->port) != ADDRESS_OWN;
}

bool transparent_is_tls(const struct plane *p, struct sl_endpoint destination)
{
    return conf_ports_contain(&p->settings->proxy.connect_ports, destination.port);
}

/* ---- a request in plain ---- */

/* The host as it stands in a URL, with the port of the destination. */
static char *authority_text(struct txn *t, const struct sl_url *url)
{
    struct sl_endpoint e = *t->conn->destination;
    char text[SL_ENDPOINT_TEXT];
    if (!url->host_is_addr)
        return sl_arena_printf(&t->arena, "%.*s:%u", SL_FMT(url->host), e.port);
    e.addr = url->addr;
    return sl_arena_printf(&t->arena, "%s", sl_endpoint_text(e, text));
}

/* What the client means, as a URL: whatever its port. */
static bool parse_meant(struct txn *t, struct sl_url *out, struct sl_err *err)
{
    const struct head *h = &t->opening->request;
    struct sl_str host = head_get(h, FIELD_HOST), target = head_target(h);
    char text[SL_ENDPOINT_TEXT];
    if (h->form == TARGET_ABSOLUTE)
        return sl_url_parse(target, &t->arena, out, err);
    if (h->form == TARGET_AUTHORITY)
        return sl_fail(err, SL_BAD_INPUT,
                       "connections are redirected here: what asks for CONNECT has to know of the proxy");
    if (host.n == 0)
        host = sl_cstr(sl_endpoint_text(*t->conn->destination, text));
    char *url = sl_arena_printf(&t->arena, "http://%.*s%.*s", SL_FMT(host),
                                SL_FMT(h->form == TARGET_ASTERISK ? SL_STR("/") : target));
    return url ? sl_url_parse(sl_cstr(url), &t->arena, out, err)
               : sl_fail(err, SL_LIMIT, "the request is too large");
}

bool transparent_url(struct txn *t, struct sl_err *err)
{
    struct sl_url *url = &t->url;
    if (!parse_meant(t, url, err))
        return false;
    if (url->port == t->conn->destination->port)
        return true;
    t->unverified = !url->default_port; /* it names another port than it goes to */
    char *authority = authority_text(t, url);
    char *text = authority ? sl_arena_printf(&t->arena, "%.*s://%s%.*s%s%.*s", SL_FMT(url->scheme), authority,
                                             SL_FMT(url->path), url->has_query ? "?" : "", SL_FMT(url->query))
                           : NULL;
    return text ? sl_url_parse(sl_cstr(text), &t->arena, url, err)
                : sl_fail(err, SL_LIMIT, "the request is too large");
}

/* ---- redirected: TLS, which becomes a tunnel ---- */

/* A request like a CONNECT. The client's first bytes go through as they are. */
static void begin_tunnel(struct conn *c)
{
    struct txn *t = txn_begin(c);
    t->opening->request.method = t->method = METHOD_CONNECT;
    t->opening->request.form = TARGET_AUTHORITY;
    t->facts.method = SL_STR("CONNECT");
    t->minor = 1;
    t->tunnel = t->opaque = true;
    t->up.data = c->in;
    c->in = (struct buf){0};
    flow_begin(&t->up, BODY_NONE, 0);
}

/* To the server that was named, or to the address. */
static bool set_target(struct txn *t, struct sl_str name)
{
    const struct sl_endpoint *to = t->conn->destination;
    char text[SL_ENDPOINT_TEXT];
    char *authority = name.n ? sl_arena_printf(&t->arena, "%.*s:%u", SL_FMT(name), to->port)
                             : sl_arena_printf(&t->arena, "%s", sl_endpoint_text(*to, text));
    t->has_url = authority && sl_url_parse_authority(sl_cstr(authority), &t->arena, &t->url, NULL);
    return t->has_url;
}

static enum step hello_bad(struct conn *c)
{
    if (!c->txn)
        begin_tunnel(c);
    set_target(c->txn, SL_STR(""));
    metrics_add(c->plane->metrics, METRIC_MALFORMED, 1);
    return conn_fail(c, FAULT_CLIENT_HELLO);
}

static enum step hello_done(struct conn *c, const struct hello *h)
{
    begin_tunnel(c);
    if (!set_target(c->txn, hello_name(h)))
        return hello_bad(c);
    c->txn->sni = txn_copy(c->txn, hello_name(h), HELLO_NAME_MAX);
    c->txn->ech = h->encrypted;
    conn_trace(c, "speaks TLS to %.*s", SL_FMT(c->txn->url.text));
    enum fault limit = limits_request(c->txn);
    if (limit != FAULT_NONE)
        return conn_fail(c, limit);
    conn_goto(c, CONN_IDENTIFY);
    return STEP_GO;
}

static enum step hello_lost(struct conn *c)
{
    if (buf_used(&c->in) > 0)
        return hello_bad(c);
    conn_goto(c, CONN_CLOSED);
    return STEP_GO;
}

enum step transparent_redirected(struct conn *c)
{
    struct hello hello;
    enum io_result r = conn_read_ahead(c);
    if (r == IO_WAIT)
        return STEP_WAIT;
    if (r != IO_DATA)
        return hello_lost(c);
    switch (hello_parse(buf_str(&c->in), &hello)) {
    case HELLO_DONE:
        return hello_done(c, &hello);
    case HELLO_MORE:
        return STEP_GO;
    case HELLO_BAD:
        break;
    }
    return hello_bad(c);
}

/* ---- does the name have that address? ---- */

static bool has(const struct resolved *answer, struct sl_addr addr)
{
    for (unsigned i = 0; i < answer->count; i++)
        if (sl_addr_eq(answer->addrs[i], addr))
            return true;
    return false;
}

/* The URL that asks for the same by address. */
static struct sl_url *by_address(struct txn *t)
{
    struct sl_url *url = sl_arena_zalloc(&t->arena, sizeof *url);
    char authority[SL_ENDPOINT_TEXT];
    sl_endpoint_text(*t->conn->destination, authority);
    struct sl_str text = sl_cstr(
        t->tunnel ? sl_arena_printf(&t->arena, "%s", authority)
                  : sl_arena_printf(&t->arena, "%.*s://%s%.*s%s%.*s", SL_FMT(t->url.scheme), authority,
                                    SL_FMT(t->url.path), t->url.has_query ? "?" : "", SL_FMT(t->url.query)));
    bool ok = url && text.n > 0 &&
              (t->tunnel ? sl_url_parse_authority(text, &t->arena, url, NULL)
                         : sl_url_parse(text, &t->arena, url, NULL));
    return ok ? url : NULL;
}

/* Nobody vouches for the name: what is asked for must be allowed by its address too. The verdict that stays
 * is the one that refuses, or that of the name. */
static enum fault judge_both(struct txn *t)
{
    const struct sl_url *url = by_address(t);
    if (!url)
        return FAULT_NO_MEMORY;
    t->facts.url = url;
    t->facts.known |= FACT_ADDRESS;
    t->facts.address = t->conn->destination->addr;
    txn_judge(t);
    if (t->verdict.action != ACTION_ALLOW)
        return FAULT_PRIVATE; /* the verdict says better why */
    t->facts.url = &t->url;
    txn_judge(t);
    return t->verdict.action == ACTION_ALLOW ? FAULT_NONE : FAULT_PRIVATE;
}

/* A name that has public addresses is a public name: whoever owns it may not lead clients to what is not
 * public, where the administrator lets those go who know the way. */
static bool is_rebound(const struct plane *p, const struct resolved *answer, struct sl_endpoint to)
{
    bool special = address_judge(p->addresses, to.addr, to.port) == ADDRESS_SPECIAL;
    for (unsigned i = 0; special && i < answer->count; i++)
        if (address_judge(p->addresses, answer->addrs[i], to.port) == ADDRESS_ALLOWED)
            return true;
    return false;
}

enum fault transparent_choose(struct txn *t, enum resolve_result result, const struct resolved *answer,
                              bool *out_wait)
{
    struct plane *p = t->conn->plane;
    const struct resolved only = {.addrs = {t->conn->destination->addr}, .count = 1};
    bool ok = result == RESOLVE_OK, found = ok && has(answer, t->conn->destination->addr);
    *out_wait = ok && !found && answer->more;
    if (*out_wait)
        return FAULT_NONE;
    if (ok && is_rebound(p, answer, *t->conn->destination))
        return FAULT_PRIVATE;
    resolve_cancel(&t->opening->wait);
    t->unverified |= !found;
    enum fault f = FAULT_NONE;
    if (t->unverified) {
        metrics_add(p->metrics, METRIC_HOST_UNVERIFIED, 1);
        conn_trace(t->conn, "%.*s is not known to have the address it goes to", SL_FMT(t->url.host));
        t->error = fault_row(FAULT_HOST_MISMATCH)->word;
        f = p->settings->proxy.transparent_strict ? FAULT_HOST_MISMATCH : judge_both(t);
    }
    return f == FAULT_NONE ? targets_choose(t, &only, out_wait) : f;
}
