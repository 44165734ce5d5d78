/* reply.c - answers of our own, and how a request and a connection end. */
#include <sys/socket.h>

#include "policy/quota.h"
#include "proxy/conn/inspect.h"
#include "proxy/conn/txn.h"

enum { LINGER_STEP = 64 * 1024, LINGER_ROUNDS = 16, REQUESTS_PER_RUN = 32 };

/* ---- pages ---- */

static struct sl_str detail_of(const struct txn *t, const char **out_word)
{
    *out_word = NULL;
    switch (t->fault) {
    case FAULT_CLIENT_HEAD:
        *out_word = head_fault_word(t->opening->request.fault);
        return sl_cstr(head_fault_sentence(t->opening->request.fault));
    case FAULT_RESPONSE_INVALID:
        *out_word = head_fault_word(t->opening->response.fault);
        return sl_cstr(head_fault_sentence(t->opening->response.fault));
    case FAULT_ORIGIN_TLS:
        *out_word = tls_fault_word((enum tls_fault)t->tls_fault);
        return sl_str(NULL, 0);
    case FAULT_CLIENT_BODY:
        *out_word = body_fault_word(t->up.body.fault);
        return sl_str(NULL, 0);
    case FAULT_RELAY_INVALID:
        *out_word = body_fault_word(t->down.body.fault);
        return sl_str(NULL, 0);
    default:
        return way_detail(t, out_word);
    }
}

static void add_verdict(const struct txn *t, struct page *page)
{
    struct sl_arena *arena = &((struct txn *)t)->arena;
    const struct snapshot *s = t->pin->snapshot;
    const struct verdict *v = &t->verdict;
    size_t most = snapshot_category_count(s), n = 0;
    struct sl_str *names = sl_arena_alloc(arena, (most + 1) * sizeof *names);
    struct sl_str *titles = sl_arena_alloc(arena, (most + 1) * sizeof *titles);
    page->rule_id = v->rule_id;
    page->rule_title = v->title;
    page->message = v->message;
    page->warn_for_s = v->warn_for_s;
    for (size_t i = 0; names && titles && i < most; i++) {
        if (!category_set_has(&v->categories, i))
            continue;
        names[n] = snapshot_category_name(s, i);
        titles[n++] = snapshot_category_title(s, i);
    }
    page->category_names = names;
    page->category_titles = titles;
    page->category_count = n;
}

void reply_page(const struct txn *t, enum page_kind kind, struct page *out)
{
    const struct conn *c = t->conn;
    struct sl_arena *arena = &((struct txn *)t)->arena;
    char client[SL_ADDR_TEXT];
    *out = (struct page){
        .kind = kind == PAGE_MALFORMED && t->fault == FAULT_CLIENT_HEAD
                    ? page_of_fault(t->opening->request.fault)
                    : kind,
        .error = fault_row(t->fault)->error,
        .request_id = t->opening->id_text,
        .now_s = loop_wall_us(c->plane->loop) / 1000000,
        .method = t->method,
        .minor = t->minor,
        .accept = t->opening->accept,
        .accept_language = t->opening->accept_language,
        .url = t->url.text,
        .host = t->url.host,
        .user = t->facts.user,
        .client = sl_arena_str(arena, sl_cstr(sl_addr_text(c->client.addr, client))),
        .page_host = c->plane->settings->proxy.page_host,
        .secure = c->inspected != NULL,
        .login_failed = t->login_failed,
    };
    out->detail = detail_of(t, &out->detail_word);
    if (kind == PAGE_ORIGIN_TLS) {
        out->tls_fault = (enum tls_fault)t->tls_fault;
        out->certificate = t->shown ? t->shown : c->inspected ? c->inspected->origin : NULL;
    }
    out->received_status = t->parent_status;
    if (kind == PAGE_LOGIN)
        out->challenge_count = identity_challenges(c->plane->identity, &out->challenges);
    if (kind == PAGE_BLOCK || kind == PAGE_WARN || kind == PAGE_QUOTA || kind == PAGE_QUOTA_WARN)
        add_verdict(t, out);
}

enum step reply_with(struct conn *c, struct page *page)
{
    static const struct sl_str access_denied = {"\x15\x03\x03\0\x02\x02\x31", 7}; /* an alert of TLS */
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    txn_stop(t);
    if (SL_UNLIKELY(t->tunnel) && inspect_shows_inside(t, page->kind))
        return inspect_refuse(c);
    page->keep_alive = t->keep_alive && t->up.ended && !p->draining;
    t->keep_alive = page->keep_alive;
    sl_text_clear(&p->page);
    if (SL_UNLIKELY(t->opaque))
        sl_text_add(&p->page, access_denied);
    else
        t->status = (uint16_t)page_build(page, &p->page);
    struct buf pend = t->down.pend; /* the rest of an interim answer */
    t->down.pend = (struct buf){0};
    flow_fini(&t->down, &p->bufs);
    t->down = (struct flow){.pend = pend};
    flow_begin(&t->down, BODY_NONE, 0);
    buf_add(&p->bufs, &t->down.pend, p->page.p, p->page.n);
    conn_goto(c, CONN_REPLY);
    return STEP_GO;
}

static void add_continue_link(struct txn *t, struct page *page)
{
    struct conn *c = t->conn;
    SL_CLEANUP(sl_text_fini) struct sl_text link = {0};
    char text[SL_ADDR_TEXT];
    struct continue_link l = {
        .who = t->facts.user.n ? t->facts.user : sl_cstr(sl_addr_text(c->client.addr, text)),
        .domain = sl_host_registrable(t->url.host),
        .rule = t->verdict.rule_id,
        .url = t->tunnel ? sl_cstr(sl_arena_printf(&t->arena, "https://%.*s/", SL_FMT(t->url.text)))
                         : t->url.text,
        .warn_for_s = t->verdict.warn_for_s,
        .expires_s = page->now_s + CONTINUE_LIVES_S,
        .secure = page->secure,
    };
    continue_link_make(store_secret(c->plane->store), c->plane->settings->proxy.page_host, &l, &link);
    page->continue_url = txn_copy(t, sl_text_str(&link), link.n);
}

/* The policy's zone; the system's may have no name that anybody knows. */
static struct sl_str zone_words(const struct txn *t, int64_t at_s)
{
    struct sl_str name = snapshot_zone_name(t->pin->snapshot);
    if (!sl_str_eq(name, SL_STR("system")))
        return name;
    int minutes = snapshot_zone_offset(t->pin->snapshot, at_s) / 60, size = minutes < 0 ? -minutes : minutes;
    return sl_cstr(sl_arena_printf(&((struct txn *)t)->arena, "UTC%c%02d:%02d", minutes < 0 ? '-' : '+',
                                   size / 60, size % 60));
}

void reply_quota(const struct txn *t, int quota, const struct quota_use *use, struct page_quota *out)
{
    const struct snapshot *s = t->pin->snapshot;
    const struct quota_def *q = snapshot_quota(s, quota);
    struct quota_amounts limit = quota_limit(q, use);
    *out = (struct page_quota){
        .id = q->id,
        .title = q->title,
        .per = sl_cstr(quota_per_words[q->per]),
        .bytes = use->bytes,
        .requests = use->requests,
        .minutes = use->minutes,
        .bytes_limit = limit.bytes,
        .requests_limit = limit.requests,
        .minutes_limit = limit.minutes,
        .percent = quota_percent(q, use),
        .then = q->then,
        .bytes_per_s = q->throttle.bytes_per_s,
        .resets_s = use->window_end_s,
        .rolling_s = q->rolling_s,
        .zone = zone_words(t, use->window_end_s),
        .zone_s = snapshot_zone_offset(s, t->facts.time_s),
        .resets_zone_s = snapshot_zone_offset(s, use->window_end_s),
        .extension = q->extension.amounts,
        .times = q->extension.times,
        .taken = use->extensions,
    };
}

/* What the exhausted quota of the verdict stands at: of its subjects the one that has used most. */
static void add_quota(struct txn *t, struct page *page)
{
    struct plane *p = t->conn->plane;
    struct page_quota *shown = sl_arena_zalloc(&t->arena, sizeof *shown);
    int quota = t->verdict.quota;
    for (size_t i = 0; shown && i < t->entry_count; i++) {
        struct quota_use use;
        struct page_quota q;
        if (t->entries[i].quota != quota)
            continue;
        ledger_use(p->ledger, t->entries[i].entry, t->pin->snapshot, quota, page->now_s, &use);
        reply_quota(t, quota, &use, &q);
        if (page->quota_count == 0 || q.percent > shown->percent)
            *shown = q;
        page->quotas = shown;
        page->quota_count = 1;
    }
    if (quota >= 0)
        page->message = snapshot_quota(t->pin->snapshot, quota)->message;
}

enum step reply_verdict(struct conn *c)
{
    static const enum page_kind kinds[] = {
        [ACTION_BLOCK] = PAGE_BLOCK, [ACTION_WARN] = PAGE_WARN, [ACTION_QUOTA] = PAGE_QUOTA};
    struct txn *t = c->txn;
    struct page page;
    bool soon = t->verdict.reason == REASON_QUOTA_WARNING;
    reply_page(t, soon ? PAGE_QUOTA_WARN : kinds[t->verdict.action], &page);
    if (soon)
        quota_note_warned(c->plane->consents, t->pin->snapshot, &t->facts,
                          snapshot_quota(t->pin->snapshot, t->verdict.quota));
    if (soon)
        page.continue_url = t->url.text; /* nothing to accept: it was said, and is not said again */
    else if (t->verdict.action == ACTION_WARN)
        add_continue_link(t, &page);
    if (t->verdict.quota >= 0)
        add_quota(t, &page);
    return reply_with(c, &page);
}

/* ---- reply ---- */

enum step reply_run(struct conn *c)
{
    struct txn *t = c->txn;
    size_t n;
    if (!t->recorded) {
        enum admission a = txn_admit(t);
        if (a == ADMIT_LATER)
            return STEP_WAIT;
        if (a == ADMIT_NEVER && t->fault != FAULT_AUDIT) { /* nobody is answered without a record */
            t->status = 0;
            return conn_fail(c, FAULT_AUDIT);
        }
        txn_record(t);
    }
    enum io_result r = flow_send(&t->down, &c->plane->bufs, &c->sock, &n);
    t->bytes_out += n;
    if (r == IO_LOST)
        return conn_fail(c, FAULT_CLIENT_RESET_REPLY);
    if (r == IO_WAIT)
        return STEP_WAIT;
    conn_goto(c, CONN_FINISH);
    return STEP_GO;
}

/* ---- finish ---- */

/* Bytes that we will not read would make the kernel answer our close with a reset, which can destroy the
 * answer underway. */
static bool must_linger(const struct conn *c)
{
    return !c->sock.ended && (c->sock.readable || buf_used(&c->in) > 0 || !c->txn->up.ended);
}

enum step reply_finish(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    bool keep = t->keep_alive && t->up.ended && !c->sock.broken && !p->draining;
    bool wait = !keep && must_linger(c);
    bool inside = t->answers_inside;
    if (t->up.data.p) {
        c->in = t->up.data; /* what came behind the request is the next one */
        t->up.data = (struct buf){0};
    }
    wait |= !keep && buf_used(&c->in) > 0;
    txn_end(c);
    c->served = true;
    if (keep && SL_UNLIKELY(inside)) {
        conn_goto(c, CONN_HANDSHAKE);
    } else if (wait) {
        conn_goto(c, CONN_LINGER);
    } else if (!keep) {
        conn_goto(c, CONN_CLOSED);
    } else if (buf_used(&c->in) > 0) {
        conn_goto(c, CONN_READ_HEAD);
        if (++c->pipelined % REQUESTS_PER_RUN == 0)
            return conn_yield(c);
    } else {
        buf_rest(&p->bufs, &c->in);
        conn_goto(c, CONN_IDLE);
    }
    return STEP_GO;
}

/* ---- linger ---- */

/* Whoever sends all of an upload before he looks for the answer finds it only if somebody reads that long.
 * Each LINGER_STEP has the state's time: what trickles is not waited for. */
enum step reply_linger(struct conn *c)
{
    struct plane *p = c->plane;
    enum io_result r = IO_DATA;
    sock_shutdown(&c->sock);
    for (int round = 0; r == IO_DATA && round < LINGER_ROUNDS; round++) {
        size_t n;
        buf_give(&p->bufs, &c->in);
        buf_take(&p->bufs, &c->in);
        r = sock_recv(&c->sock, &c->in, &n);
        c->lingered += (unsigned)n;
        if (c->lingered >= LINGER_STEP) {
            c->lingered = 0;
            conn_touch(c);
        }
    }
    buf_give(&p->bufs, &c->in);
    if (r == IO_DATA)
        return conn_yield(c);
    if (r == IO_WAIT)
        return STEP_WAIT;
    conn_goto(c, CONN_CLOSED);
    return STEP_GO;
}

/* ---- over a limit ---- */

void reply_refusal(int fd)
{
    static const char answer[] =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
        "Proxy-Status: sluice; error=connection_limit_reached\r\nConnection: close\r\n\r\n";
    ssize_t ignored = send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
}
