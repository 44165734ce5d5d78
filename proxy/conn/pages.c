/* pages.c - the page host: what the gateway shows of itself to its users. One row a page. */
#include "proxy/conn/txn.h"

static bool is_local_name(const struct sl_url *url)
{
    return url->host_is_addr || sl_str_eq(url->host, SL_STR("localhost"));
}

bool pages_mine(const struct txn *t)
{
    struct plane *p = t->conn->plane;
    if (t->tunnel)
        return false;
    if (sl_str_eq(t->url.host, sl_cstr(p->settings->proxy.page_host)))
        return true;
    /* http://127.0.0.1:3128/ in a browser that has no proxy set */
    return t->heads->request.form == TARGET_ORIGIN && is_local_name(&t->url);
}

static struct sl_str who(const struct txn *t, char space[SL_ADDR_TEXT])
{
    return t->user.n ? t->user : sl_cstr(sl_addr_text(t->facts.client, space));
}

static enum step answer(struct conn *c, enum page_kind kind)
{
    struct page page;
    reply_page(c->txn, kind, &page);
    return reply_with(c, &page);
}

static enum step welcome(struct conn *c)
{
    return answer(c, PAGE_WELCOME);
}

/* ---- /quota ---- */

/* The quotas that may concern this client, each with what it stands at. */
static size_t own_quotas(struct txn *t, struct page_quota *out, size_t max)
{
    struct plane *p = t->conn->plane;
    const struct snapshot *s = t->pin->snapshot;
    int64_t now_s = t->facts.time_s;
    size_t n = 0;
    for (size_t i = 0; i < snapshot_quota_count(s); i++) {
        struct sl_str subjects[8];
        char space[SL_ADDR_TEXT];
        size_t count = quota_subjects(s, (int)i, &t->facts, subjects, SL_COUNT(subjects), space);
        for (size_t k = 0; k < count && n < max; k++) {
            struct quota_use use = {0};
            struct ledger_entry *e = ledger_find(p->ledger, s, (int)i, subjects[k], now_s);
            if (!e)
                continue;
            ledger_use(p->ledger, e, s, (int)i, now_s, &use);
            reply_quota(t, (int)i, &use, &out[n++]);
        }
    }
    return n;
}

static enum step quotas(struct conn *c)
{
    enum { MOST = 64 };
    struct txn *t = c->txn;
    struct page page;
    struct page_quota *list = sl_arena_zalloc(&t->arena, MOST * sizeof *list);
    reply_page(t, PAGE_QUOTAS, &page);
    page.quotas = list;
    page.quota_count = list ? own_quotas(t, list, MOST) : 0;
    return reply_with(c, &page);
}

/* ---- /continue ---- */

static enum step go_on(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    SL_CLEANUP(sl_text_fini) struct sl_text scratch = {0};
    struct continue_link l;
    struct page page;
    char space[SL_ADDR_TEXT];
    int64_t now_s = t->facts.time_s;
    if (!continue_link_verify(store_secret(p->store), t->url.query, who(t, space), now_s, &scratch, &l))
        return answer(c, PAGE_CONTINUE_BAD);
    consents_accept(p->consents, l.who, l.domain, l.rule, now_s + l.warn_for_s);
    t->reason = SL_STR("continued");
    reply_page(t, PAGE_CONTINUE, &page);
    page.continue_url = txn_copy(t, l.url, l.url.n);
    return reply_with(c, &page);
}

/* ---- /proxy.pac ---- */

/* The address by which this client reached us: of the Host it named, else the first listener. */
static struct sl_str own_address(const struct txn *t)
{
    const struct plane *p = t->conn->plane;
    char space[SL_ENDPOINT_TEXT];
    if (is_local_name(&t->url)) /* host:port as the client has it */
        return sl_str(t->url.match.p, sl_str_find(t->url.match, '/'));
    return txn_copy((struct txn *)t, sl_cstr(sl_endpoint_text(p->listeners[0], space)), SL_ENDPOINT_TEXT);
}

static enum step pac(struct conn *c)
{
    struct txn *t = c->txn;
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    struct page page;
    page_pac(own_address(t), sl_cstr(c->plane->settings->proxy.page_host), &text);
    reply_page(t, PAGE_CONTENT, &page);
    page.content = sl_text_str(&text);
    page.content_type = SL_STR("application/x-ns-proxy-autoconfig");
    return reply_with(c, &page);
}

static const struct {
    const char *path;
    enum step (*answer)(struct conn *c);
} rows[] = {
    {"/", welcome}, {"/quota", quotas}, {"/continue", go_on}, {"/proxy.pac", pac}, {"/wpad.dat", pac},
};

enum step pages_answer(struct conn *c)
{
    struct txn *t = c->txn;
    t->reason = SL_STR("page");
    if (t->method != METHOD_GET && t->method != METHOD_HEAD)
        return answer(c, PAGE_METHOD);
    for (size_t i = 0; i < SL_COUNT(rows); i++)
        if (sl_str_eq(t->url.path, sl_cstr(rows[i].path)))
            return rows[i].answer(c);
    return answer(c, PAGE_NOT_FOUND);
}
