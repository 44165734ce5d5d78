/* learn.c - see learn.h. */
#include "proxy/conn/learn.h"

#include "proxy/conn/inspect.h"
#include "sluice/ca.h"

/* Browsers open connections ahead of need and keep them for a while; a program that knows its server's
 * certificate looks at ours and goes. */
enum { LEFT_AT_ONCE_MS = 2000, PROGRAM_MOST = 120 };

bool learn_bypasses(struct txn *t)
{
    struct plane *p = t->conn->plane;
    if (!learned_bypasses(p->learned, &p->learned_view, t->facts.url->host, t->facts.time_s))
        return false;
    conn_trace(t->conn, "it was learned that %.*s can't be inspected", SL_FMT(t->facts.url->host));
    return true;
}

char *learn_program(const struct txn *t)
{
    const struct ca *ca = t->conn->plane->inspection ? ca_live_get(t->conn->plane->inspection->ca) : NULL;
    uint64_t authority = 0;
    if (ca)
        memcpy(&authority, ca_id(ca), sizeof authority);
    ca_unref(&ca);
    return sl_asprintf("%016llx %.*s", (unsigned long long)authority,
                       SL_FMT(sl_str_sub(t->facts.user_agent, 0, PROGRAM_MOST)));
}

static struct learned_client client_of(const struct conn *c)
{
    return (struct learned_client){.addr = c->client.addr,
                                   .user = sl_cstr(c->inspected->user),
                                   .program = sl_cstr(c->inspected->program)};
}

void learn_asked(struct conn *c)
{
    struct inspected *i = c->inspected;
    if (SL_LIKELY(i->asked) || i->refused)
        return;
    i->asked = true;
    struct learned_client client = client_of(c);
    learned_worked(c->plane->learned, sl_cstr(i->name), &client);
}

/* By both names: the tunnel opens only if neither is to be inspected. */
static void fail(struct conn *c, enum learned_kind kind)
{
    const struct inspected *i = c->inspected;
    struct learned_client client = client_of(c);
    int64_t now_s = loop_wall_us(c->plane->loop) / 1000000;
    learned_failed(c->plane->learned, sl_cstr(i->host), kind, &client, now_s);
    if (strcmp(i->name, i->host) != 0)
        learned_failed(c->plane->learned, sl_cstr(i->name), kind, &client, now_s);
}

void learn_refused(struct conn *c, enum tls_fault fault)
{
    if (!c->inspected->refused &&
        (fault == TLS_FAULT_CERTIFICATE_REFUSED || fault == TLS_FAULT_CLOSED || fault == TLS_FAULT_RESET))
        fail(c, LEARNED_REFUSED);
}

void learn_left(struct conn *c)
{
    const struct inspected *i = c->inspected;
    if (!i->asked && !i->refused && i->shown_ms &&
        loop_now_ms(c->plane->loop) - i->shown_ms < LEFT_AT_ONCE_MS)
        fail(c, LEARNED_REFUSED);
}

void learn_origin_asks(struct txn *t)
{
    struct conn *c = t->conn;
    struct learned_client client = {.addr = c->client.addr, .user = t->facts.user};
    learned_failed(c->plane->learned, t->url.host, LEARNED_CLIENT_CERTIFICATE, &client, t->facts.time_s);
}
