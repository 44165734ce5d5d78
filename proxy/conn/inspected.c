/* inspected.c - see inspected.h. */
#include "proxy/conn/inspected.h"

#include <stdlib.h>

#include "proxy/conn/inspect.h"
#include "proxy/conn/learn.h"
#include "proxy/conn/txn.h"
#include "sluice/certificate.h"
#include "sluice/leaf.h"
#include "sluice/log.h"

enum { STANDS_ARENA_BYTES = 16 * 1024, TELL_AGAIN_MS = 60 * 1000 };

bool inspection_is_on(const struct plane *p)
{
    return p->inspection && p->origin_tls && p->settings->inspect.enabled;
}

struct inspected *inspected_new(struct txn *t)
{
    struct inspected *i = sl_calloc(1, sizeof *i);
    struct sl_str name = inspect_name(t), key = inspect_key(t);
    *i = (struct inspected){.refs = 1,
                            .host = sl_str_dup(t->url.host),
                            .name = sl_str_dup(name),
                            .sni = sl_str_dup(t->sni),
                            .key = sl_str_dup(key),
                            .port = t->url.port,
                            .ech = t->ech,
                            .user = sl_str_dup(t->facts.user),
                            .program = learn_program(t),
                            .users_epoch = t->users_epoch,
                            .version = "",
                            .cipher = ""};
    return i;
}

void inspected_unref(struct inspected **ref)
{
    struct inspected *i = *ref;
    *ref = NULL;
    if (!i || --i->refs > 0)
        return;
    plane_unpin(&i->pin);
    certificate_unref(&i->origin);
    free(i->host);
    free(i->name);
    free(i->sni);
    free(i->key);
    free(i->user);
    free(i->program);
    free(i);
}

/* Clients can bring it about as often as they like, by names that nobody may sign for. Each has its record.
 */
static void tell_no_leaf(struct plane *p, const struct inspected *i, const struct sl_err *err)
{
    int64_t now_ms = loop_now_ms(p->loop);
    if (now_ms < p->no_leaf_told_ms)
        return;
    p->no_leaf_told_ms = now_ms + TELL_AGAIN_MS;
    sl_log_warning("inspect", "no certificate for %s: %s", i->name, err->msg);
}

/* A client that wants the name that ECH hides believes a certificate of the outer one that tells it so. */
const struct leaf *inspected_leaf(struct plane *p, const struct inspected *i)
{
    struct sl_err err = {0};
    const struct leaf_want want = {
        .host = sl_cstr(i->name), .also = sl_cstr(i->ech ? i->sni : ""), .origin = i->origin};
    const struct leaf *leaf = leaves_get(p->inspection->leaves, &want, &err);
    if (!leaf)
        tell_no_leaf(p, i, &err);
    return leaf;
}

/* ---- requests inside ---- */

static bool leads_to(const struct inspected *i, const struct sl_url *url)
{
    return url->port == i->port &&
           (sl_str_eq(url->host, sl_cstr(i->host)) || sl_str_eq(url->host, sl_cstr(i->name)));
}

/* Whom a request asks that has no Host: the one whom its connection leads to. */
static struct sl_str own_authority(struct txn *t)
{
    const struct inspected *i = t->conn->inspected;
    bool v6 = strchr(i->name, ':') != NULL;
    const char *text = sl_arena_printf(&t->arena, v6 ? "[%s]:%u" : "%s:%u", i->name, i->port);
    return sl_cstr(text ? text : "");
}

/* Each request has one made, so no format is read for it. */
static struct sl_str url_text(struct txn *t, struct sl_str authority, struct sl_str target)
{
    static const char scheme[] = "https://";
    enum { SCHEME = sizeof scheme - 1 };
    size_t n = SCHEME + authority.n + target.n;
    char *text = sl_arena_bytes(&t->arena, n);
    if (!text)
        return sl_str(NULL, 0);
    memcpy(text, scheme, SCHEME);
    memcpy(text + SCHEME, authority.p, authority.n);
    memcpy(text + SCHEME + authority.n, target.p, target.n);
    return sl_str(text, n);
}

static bool parse(struct txn *t, struct sl_err *err)
{
    const struct head *h = &t->opening->request;
    struct sl_str target = h->form == TARGET_ASTERISK ? SL_STR("/") : head_target(h);
    if (h->form == TARGET_ABSOLUTE)
        return sl_url_parse(target, &t->arena, &t->url, err);
    if (h->form == TARGET_AUTHORITY)
        return sl_fail(err, SL_BAD_INPUT, "this is a tunnel already: there is no other one inside");
    struct sl_str authority = head_get(h, FIELD_HOST);
    struct sl_str text = url_text(t, authority.n > 0 ? authority : own_authority(t), target);
    return text.n > 0 ? sl_url_parse(text, &t->arena, &t->url, err)
                      : sl_fail(err, SL_LIMIT, "the request is too large");
}

/* The policy that let the tunnel be judged its names: what is asked inside must be for one of them. */
bool inspected_url(struct txn *t, struct sl_err *err)
{
    if (!parse(t, err))
        return false;
    t->secure = true;
    t->misdirected = !sl_str_eq(t->url.scheme, SL_STR("https")) || !leads_to(t->conn->inspected, &t->url);
    return true;
}

/* ---- does it stand? ---- */

/* What the policy says of a tunnel to one of its names. */
static bool judge(struct plane *p, const struct inspected *i, const char *host, struct facts *facts,
                  struct verdict *out)
{
    SL_CLEANUP(sl_arena_fini) struct sl_arena arena;
    struct sl_url url;
    sl_arena_init(&arena, STANDS_ARENA_BYTES);
    const char *text = sl_arena_printf(&arena, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, i->port);
    if (!text || !sl_url_parse_authority(sl_cstr(text), &arena, &url, NULL))
        return false;
    facts->url = &url;
    facts->known = FACT_USER | (url.host_is_addr ? FACT_ADDRESS : 0u);
    facts->address = url.addr;
    policy_decide(p->pin->snapshot, p->scratch, facts, out);
    facts->url = NULL;
    return out->action == ACTION_ALLOW || out->action == ACTION_WARN; /* which may have been accepted */
}

bool inspected_stands(struct plane *p, const struct inspected *i, struct sl_addr client)
{
    struct verdict by_host, by_name;
    struct facts facts = {.user = sl_cstr(i->user),
                          .client = client,
                          .time_s = loop_wall_us(p->loop) / 1000000,
                          .method = SL_STR("CONNECT"),
                          .user_agent = SL_STR(""),
                          .tunnel = true,
                          .content_type = SL_STR(""),
                          .size = -1};
    bool known = facts.user.n == 0 || !identity_changed(p->identity, facts.user, i->users_epoch);
    return known && !i->refused && inspection_is_on(p) && judge(p, i, i->host, &facts, &by_host) &&
           judge(p, i, i->name, &facts, &by_name) && (by_host.inspect || by_name.inspect);
}
