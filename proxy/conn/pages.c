/* pages.c - the page host: what the gateway shows of itself to its users. One row a page. */
#include "base/listen_spec.h"
#include "base/pac.h"
#include "proxy/conn/txn.h"
#include "sluice/ca.h"
#include "sluice/log.h"

static bool is_local_name(const struct sl_url *url)
{
    return url->host_is_addr || sl_str_eq(url->host, SL_STR("localhost"));
}

/* Programs fetch it before they know of a proxy, by any name under which they find us (WPAD). What was on its
 * way to others is theirs. */
static bool is_pac(const struct txn *t)
{
    return t->opening->request.form == TARGET_ORIGIN && !(t->conn->kind & LISTEN_TRANSPARENT) &&
           !t->conn->inspected &&
           (sl_str_eq(t->url.path, SL_STR("/proxy.pac")) || sl_str_eq(t->url.path, SL_STR("/wpad.dat")));
}

bool pages_mine(const struct txn *t)
{
    struct plane *p = t->conn->plane;
    if (t->tunnel)
        return false;
    if (sl_str_eq(t->url.host, sl_cstr(p->settings->proxy.page_host)))
        return true;
    if (is_pac(t))
        return true;
    /* http://127.0.0.1:3128/ in a browser that has no proxy set */
    return t->opening->request.form == TARGET_ORIGIN && !t->conn->destination && !t->conn->inspected &&
           is_local_name(&t->url);
}

static struct sl_str who(const struct txn *t, char space[SL_ADDR_TEXT])
{
    return t->facts.user.n ? t->facts.user : sl_cstr(sl_addr_text(t->facts.client, space));
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

enum { SUBJECTS_MOST = 64, QUOTAS_MOST = 256 };

/* Where the window of this moment began: with it a button is good for one window. */
static int64_t window_of(const struct txn *t, int quota)
{
    int64_t start_s = 0, end_s;
    const struct quota_def *q = snapshot_quota(t->pin->snapshot, quota);
    if (q->window != QUOTA_ROLLING)
        snapshot_quota_window(t->pin->snapshot, q, t->facts.time_s, &start_s, &end_s);
    return start_s;
}

static struct sl_str extend_url(struct txn *t, int quota, struct sl_str subject, unsigned taken)
{
    SL_CLEANUP(sl_text_fini) struct sl_text url = {0};
    const struct quota_def *q = snapshot_quota(t->pin->snapshot, quota);
    if (taken >= q->extension.times)
        return sl_str(NULL, 0);
    struct extend_link l = {.subject = subject,
                            .quota = q->id,
                            .window_s = window_of(t, quota),
                            .taken = taken,
                            .expires_s = t->facts.time_s + EXTEND_LIVES_S};
    extend_link_make(store_secret(t->conn->plane->store), &l, &url);
    return txn_copy(t, sl_text_str(&url), url.n);
}

/* One quota for each subject that this client is to it. */
static size_t add_quota(struct txn *t, int quota, struct page_quota *out, size_t max)
{
    struct plane *p = t->conn->plane;
    const struct snapshot *s = t->pin->snapshot;
    struct sl_str subjects[SUBJECTS_MOST];
    char space[SL_ADDR_TEXT];
    size_t n = 0,
           count = quota_subjects(s, quota, &t->facts, subjects, SL_MIN(max, (size_t)SUBJECTS_MOST), space);
    for (; n < count; n++) {
        struct quota_use use;
        struct ledger_entry *e = ledger_peek(p->ledger, s, quota, subjects[n], t->facts.time_s);
        ledger_use(p->ledger, e, s, quota, t->facts.time_s, &use);
        reply_quota(t, quota, &use, &out[n]);
        out[n].extend_url = extend_url(t, quota, subjects[n], use.extensions);
    }
    return n;
}

static size_t own_quotas(struct txn *t, struct page_quota *out, size_t max)
{
    const struct snapshot *s = t->pin->snapshot;
    size_t n = 0;
    for (size_t i = 0; i < snapshot_quota_count(s) && n < max; i++)
        if (policy_quota_concerns(s, t->conn->plane->scratch, &t->facts, (int)i))
            n += add_quota(t, (int)i, out + n, max - n);
    return n;
}

static enum step quotas(struct conn *c)
{
    struct txn *t = c->txn;
    struct page page;
    struct page_quota *list = sl_arena_zalloc(&t->arena, QUOTAS_MOST * sizeof *list);
    reply_page(t, PAGE_QUOTAS, &page);
    page.quotas = list;
    page.quota_count = list ? own_quotas(t, list, QUOTAS_MOST) : 0;
    return reply_with(c, &page);
}

/* ---- /quota/extend ---- */

static int quota_named(const struct snapshot *s, struct sl_str id)
{
    for (size_t i = 0; i < snapshot_quota_count(s); i++)
        if (sl_str_eq(snapshot_quota(s, (int)i)->id, id))
            return (int)i;
    return -1;
}

/* True: this one is extended now, by whoever is asking. A button that was pressed twice extends once. */
static bool extend_quota(struct txn *t, int quota, struct sl_str subject, const struct extend_link *l)
{
    struct plane *p = t->conn->plane;
    const struct snapshot *s = t->pin->snapshot;
    const struct quota_def *q = snapshot_quota(s, quota);
    if (l->window_s != window_of(t, quota) || !policy_quota_concerns(s, p->scratch, &t->facts, quota))
        return false;
    struct ledger_entry *e = ledger_find(p->ledger, s, quota, subject, t->facts.time_s);
    if (!e || !ledger_extend(p->ledger, e, s, quota, t->facts.time_s, l->taken))
        return false;
    sl_log_info("quota", "%.*s took extension %u of %u of quota '%.*s'", SL_FMT(subject), l->taken + 1,
                (unsigned)q->extension.times, SL_FMT(q->id));
    return true;
}

/* The token is for one of the two that a quota with an extension can count: the user, or the client. */
static enum step extend(struct conn *c)
{
    struct txn *t = c->txn;
    SL_CLEANUP(sl_text_fini) struct sl_text scratch = {0};
    struct extend_link l;
    struct page page;
    char space[SL_ADDR_TEXT];
    struct sl_str subjects[] = {t->facts.user, sl_cstr(sl_addr_text(t->facts.client, space))};
    for (size_t i = 0; i < SL_COUNT(subjects); i++) {
        if (subjects[i].n == 0 || !extend_link_verify(store_secret(c->plane->store), t->url.query,
                                                      subjects[i], t->facts.time_s, &scratch, &l))
            continue;
        int quota = quota_named(t->pin->snapshot, l.quota);
        if (quota < 0 || !extend_quota(t, quota, subjects[i], &l))
            break;
        t->quota = snapshot_quota(t->pin->snapshot, quota)->id;
        t->reason = SL_STR("extended");
        reply_page(t, PAGE_EXTENDED, &page);
        page.continue_url = SL_STR("/quota");
        return reply_with(c, &page);
    }
    return answer(c, PAGE_EXTEND_BAD);
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

/* The address by which this client reached us, as the kernel knows it: a Host field is only what it says. */
static struct sl_endpoint own_address(const struct conn *c)
{
    struct sockaddr_storage sa = {0};
    socklen_t n = sizeof sa;
    if (getsockname(c->sock.fd, (struct sockaddr *)&sa, &n) < 0)
        return c->plane->listeners[0];
    return sl_endpoint_from_sockaddr((struct sockaddr *)&sa);
}

static enum step pac(struct conn *c)
{
    struct txn *t = c->txn;
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    struct page page;
    pac_build(c->plane->settings, own_address(c), c->kind & LISTEN_TLS, &text);
    reply_page(t, PAGE_CONTENT, &page);
    page.content = sl_text_str(&text);
    page.content_type = SL_STR("application/x-ns-proxy-autoconfig");
    return reply_with(c, &page);
}

/* ---- /ca ---- */

/* Those that clients have to trust: what signs, and what will. */
static size_t list_authorities(const struct conn *c, struct ca_entry out[CA_MOST])
{
    size_t n = c->plane->ca ? ca_live_list(c->plane->ca, out) : 0, shown = 0;
    for (size_t i = 0; i < n; i++)
        if (out[i].state == CA_RETIRED)
            ca_unref(&out[i].ca);
        else
            out[shown++] = out[i];
    return shown;
}

static enum step authorities(struct conn *c)
{
    struct txn *t = c->txn;
    struct ca_entry entries[CA_MOST];
    struct page page;
    size_t n = list_authorities(c, entries);
    reply_page(t, PAGE_CA, &page);
    page.authorities = entries;
    page.authority_count = n;
    page.user_agent = t->facts.user_agent;
    enum step step = reply_with(c, &page);
    ca_entries_fini(entries, n);
    return step;
}

/* The one that ?id= names; without it, all of them. */
static bool is_wanted(const struct txn *t, const struct ca_entry *e)
{
    struct sl_str query = t->url.query;
    return !sl_str_starts(query, SL_STR("id=")) ||
           sl_str_eq(sl_str_sub(query, 3, query.n), sl_cstr(ca_facts(e->ca)->id_text));
}

/* DER has room for one. */
static enum step authority_file(struct conn *c, bool der)
{
    struct txn *t = c->txn;
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    struct ca_entry entries[CA_MOST];
    struct page page;
    char name[PAGE_CA_FILE];
    size_t n = list_authorities(c, entries), found = 0;
    for (size_t i = 0; i < n && !(der && found); i++) {
        if (!is_wanted(t, &entries[i]))
            continue;
        if (found++ == 0)
            page_ca_file(&entries[i], der ? ".crt" : ".pem", name);
        (der ? ca_der : ca_pem)(entries[i].ca, &text);
    }
    ca_entries_fini(entries, n);
    if (found == 0)
        return answer(c, PAGE_NOT_FOUND);
    reply_page(t, PAGE_CONTENT, &page);
    page.content = sl_text_str(&text);
    page.content_type =
        der ? SL_STR("application/x-x509-ca-cert") : SL_STR("application/pem-certificate-chain");
    page.content_name = found > 1 ? "sluice-ca.pem" : name;
    page.content_opens = der; /* phones install what they open */
    return reply_with(c, &page);
}

static enum step authority_pem(struct conn *c)
{
    return authority_file(c, false);
}

static enum step authority_der(struct conn *c)
{
    return authority_file(c, true);
}

static const struct {
    const char *path;
    enum step (*get)(struct conn *c);
    enum step (*post)(struct conn *c); /* NULL: it can only be read */
} rows[] = {
    {"/", welcome, NULL},
    {"/quota", quotas, NULL},
    {"/quota/extend", quotas, extend},
    {"/continue", go_on, NULL},
    {"/proxy.pac", pac, NULL},
    {"/wpad.dat", pac, NULL},
    {"/ca", authorities, NULL},
    {"/ca.pem", authority_pem, NULL},
    {"/ca.crt", authority_der, NULL},
    {"/ca.der", authority_der, NULL},
};

static enum step wrong_method(struct conn *c, bool takes_post)
{
    struct page page;
    reply_page(c->txn, PAGE_METHOD, &page);
    page.takes_post = takes_post;
    return reply_with(c, &page);
}

enum step pages_answer(struct conn *c)
{
    struct txn *t = c->txn;
    bool reads = t->method == METHOD_GET || t->method == METHOD_HEAD;
    t->reason = SL_STR("page");
    if (t->opening->request.form == TARGET_ASTERISK)
        return answer(c, PAGE_OPTIONS);
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        if (!sl_str_eq(t->url.path, sl_cstr(rows[i].path)))
            continue;
        if (reads)
            return rows[i].get(c);
        return t->method == METHOD_POST && rows[i].post ? rows[i].post(c)
                                                        : wrong_method(c, rows[i].post != NULL);
    }
    return reads ? answer(c, PAGE_NOT_FOUND) : wrong_method(c, false);
}
