/* request.c - the first half of a request's walk: read its head, know who asks, decide, set room for its
 * record aside. */
#include "proxy/conn/inspect.h"
#include "proxy/conn/learn.h"
#include "proxy/conn/limits.h"
#include "proxy/conn/transparent.h"
#include "proxy/conn/txn.h"

/* ---- idle: nothing is held until a byte comes ---- */

enum step request_idle(struct conn *c)
{
    size_t n;
    if (!c->sock.readable && !c->sock.ended)
        return STEP_WAIT;
    buf_take(&c->plane->bufs, &c->in);
    enum io_result r = sock_recv(&c->sock, &c->in, &n);
    if (r == IO_DATA) {
        conn_goto(c, CONN_READ_HEAD);
        return STEP_GO;
    }
    buf_rest(&c->plane->bufs, &c->in);
    if (r == IO_WAIT)
        return STEP_WAIT;
    if (SL_UNLIKELY(c->inspected != NULL))
        learn_left(c);
    conn_goto(c, CONN_CLOSED);
    return STEP_GO;
}

/* ---- read-head ---- */

/* Reads more of the head; the buffer grows up to the limit, beyond which head_parse says so. */
static enum io_result read_more(struct conn *c)
{
    size_t n;
    if (c->sock.readable && (!c->in.p || buf_room(&c->in) == 0))
        buf_reserve(&c->plane->bufs, &c->in, SL_MAX(buf_used(&c->in), (size_t)1024));
    if (!c->in.p)
        return c->sock.ended ? IO_END : IO_WAIT;
    return sock_recv(&c->sock, &c->in, &n);
}

/* The head keeps its block; what came behind it goes on in another. */
static void take_head(struct conn *c)
{
    struct txn *t = c->txn;
    struct head *h = &t->opening->request;
    size_t rest = buf_used(&c->in) - h->length;
    t->opening->head_block = c->in;
    c->in = (struct buf){0};
    buf_add(&c->plane->bufs, &c->in, h->base + h->length, rest);
    t->bytes_in = h->length;
    t->method = h->method;
    t->minor = h->minor;
    t->facts.method = head_method(h);
    t->facts.user_agent = head_get(h, FIELD_USER_AGENT);
    t->referrer = head_get(h, FIELD_REFERER);
    t->opening->accept = head_get(h, FIELD_ACCEPT);
    t->opening->accept_language = head_get(h, FIELD_ACCEPT_LANGUAGE);
}

/* A request addressed at ourselves: a URL is made of its Host, so that it is judged and recorded like any.
 * "*" is the gateway as such, whatever Host says. */
static bool parse_own(struct txn *t, struct sl_err *err)
{
    const struct head *h = &t->opening->request;
    bool all = h->form == TARGET_ASTERISK;
    struct sl_str host = head_get(h, FIELD_HOST), target = all ? SL_STR("/") : head_target(h);
    if (host.n == 0 || all)
        host = sl_cstr(t->conn->plane->settings->proxy.page_host);
    char *text = sl_arena_printf(&t->arena, "http://%.*s%.*s", SL_FMT(host), SL_FMT(target));
    if (!text)
        return sl_fail(err, SL_LIMIT, "the request is too large");
    return sl_url_parse(sl_cstr(text), &t->arena, &t->url, err);
}

static bool parse_target(struct txn *t, struct sl_err *err)
{
    const struct head *h = &t->opening->request;
    if (SL_UNLIKELY(t->conn->inspected != NULL))
        return inspected_url(t, err);
    if (SL_UNLIKELY(t->conn->destination != NULL))
        return transparent_url(t, err);
    if (h->form == TARGET_ABSOLUTE)
        return sl_url_parse(head_target(h), &t->arena, &t->url, err);
    if (h->form == TARGET_AUTHORITY)
        return sl_url_parse_authority(head_target(h), &t->arena, &t->url, err);
    return parse_own(t, err);
}

static enum step refuse_target(struct conn *c, const struct sl_err *err)
{
    struct page page;
    struct txn *t = c->txn;
    const struct fault_row *row = fault_row(FAULT_CLIENT_URL);
    t->fault = FAULT_CLIENT_URL;
    t->keep_alive = false; /* what follows such a target is not to be trusted as a request */
    t->error = row->word;
    t->action = row->action;
    t->reason = sl_cstr(row->reason);
    memset(&t->url, 0, sizeof t->url);
    reply_page(t, err->code == SL_LIMIT ? PAGE_TOO_LARGE : row->page, &page);
    page.detail = txn_copy(t, sl_cstr(err->msg), sizeof err->msg);
    page.detail_word = "target";
    return reply_with(c, &page);
}

/* The body of the request begins with what came behind the head. False: it is malformed. */
static bool begin_upload(struct conn *c)
{
    struct txn *t = c->txn;
    const struct head *h = &t->opening->request;
    t->up.data = c->in;
    c->in = (struct buf){0};
    flow_begin(&t->up, h->body, h->content_length);
    t->tunnel = h->method == METHOD_CONNECT;
    t->upgrade = head_wants_upgrade(h);
    t->keep_alive = h->keep_alive && !c->plane->draining;
    return txn_take_body(t, buf_used(&t->up.data));
}

static enum step malformed(struct conn *c, enum head_fault f)
{
    c->txn->opening->request.fault = f;
    metrics_add(c->plane->metrics, METRIC_MALFORMED, 1);
    if (f == HEAD_TOO_LARGE || f == HEAD_TOO_MANY_FIELDS)
        metrics_add(c->plane->metrics, METRIC_LIMIT_HEAD, 1);
    return conn_fail(c, FAULT_CLIENT_HEAD);
}

/* A request that should have announced its content, and something comes behind it: that is its body to some,
 * and the next request to others. */
static bool unannounced(const struct conn *c, const struct head *h)
{
    return h->body == BODY_NONE && method_means_content(h->method) && buf_used(&c->in) > h->length;
}

static enum step head_done(struct conn *c)
{
    struct txn *t = c->txn;
    struct sl_err err = {0};
    if (SL_UNLIKELY(unannounced(c, &t->opening->request)))
        return malformed(c, HEAD_LENGTH_MISSING);
    take_head(c);
    bool well_formed = begin_upload(c);
    if (!parse_target(t, &err))
        return refuse_target(c, &err);
    t->has_url = true;
    if (SL_UNLIKELY(c->inspected != NULL))
        learn_asked(c);
    conn_trace(c, "asks %.*s %.*s HTTP/1.%u, %u bytes of head%s", SL_FMT(t->facts.method),
               SL_FMT(t->url.text), t->minor, t->opening->request.length,
               t->up.ended ? "" : ", a body follows");
    t->internal = pages_mine(t);
    if (t->opening->request.form == TARGET_ORIGIN && !t->internal && !c->destination && !c->inspected) {
        sl_fail(&err, SL_BAD_INPUT, "this is a proxy: it needs the whole address, such as %.100s",
                t->url.text.p);
        return refuse_target(c, &err);
    }
    if (!well_formed)
        return conn_fail(c, FAULT_CLIENT_BODY);
    if (SL_UNLIKELY(t->misdirected))
        return conn_fail(c, FAULT_HOST_MISMATCH);
    if (t->opening->request.expect_other)
        return conn_fail(c, FAULT_CLIENT_EXPECT);
    if (SL_UNLIKELY(c->plane->settings->proxy.max_client_requests)) {
        enum fault limit = limits_request(t);
        if (limit != FAULT_NONE)
            return conn_fail(c, limit);
    }
    conn_goto(c, CONN_IDENTIFY);
    return STEP_GO;
}

static enum step head_lost(struct conn *c)
{
    if (buf_used(&c->in) > 0)
        return conn_fail(c, FAULT_CLIENT_HEAD_CLOSED);
    c->txn->recorded = true; /* nobody asked for anything */
    conn_goto(c, CONN_CLOSED);
    return STEP_GO;
}

enum step request_read_head(struct conn *c)
{
    struct txn *t = c->txn ? c->txn : txn_begin(c);
    struct head *h = &t->opening->request;
    for (;;) {
        t->bytes_in = buf_used(&c->in);
        switch (head_parse_request(h, c->in.p + c->in.from, buf_used(&c->in), c->plane->limits)) {
        case HEAD_DONE:
            return head_done(c);
        case HEAD_BAD:
            return malformed(c, h->fault);
        case HEAD_MORE:
            break;
        }
        switch (read_more(c)) {
        case IO_DATA:
            break;
        case IO_WAIT:
            return STEP_WAIT;
        case IO_END:
        case IO_LOST:
            return head_lost(c);
        }
    }
}

/* ---- identify ---- */

static enum step identified(struct conn *c, struct sl_str user)
{
    c->txn->facts.user = user;
    conn_goto(c, CONN_DECIDE);
    return STEP_GO;
}

static enum step refuse_login(struct conn *c, bool failed)
{
    metrics_add(c->plane->metrics, METRIC_AUTH_REFUSED, 1);
    c->txn->login_failed = failed;
    return conn_fail(c, FAULT_LOGIN);
}

static void on_verified(void *arg, enum identity_result r, struct sl_str user)
{
    struct conn *c = arg;
    c->txn->opening->job = NULL;
    if (r == IDENTITY_KNOWN && !identity_changed(c->plane->identity, user, c->memo->epoch)) {
        c->txn->facts.user = txn_copy(c->txn, user, IDENTITY_USER_MAX);
        c->txn->users_epoch = c->memo->epoch;
        conn_goto(c, CONN_DECIDE);
        conn_run(c);
    } else {
        c->txn->login_failed = true;
        metrics_add(c->plane->metrics, METRIC_AUTH_REFUSED, 1);
        conn_fail_now(c, FAULT_LOGIN);
    }
}

static enum step verify(struct conn *c, struct sl_str header)
{
    struct txn *t = c->txn;
    t->opening->job = identity_verify_async(c->plane->inbox, c->memo, header, c->client.addr,
                                            loop_now_ms(c->plane->loop), on_verified, c);
    return t->opening->job ? STEP_WAIT : conn_fail(c, FAULT_LOGIN_BUSY);
}

/* Who asked for the tunnel asks inside it. */
static enum step identify_inside(struct conn *c)
{
    const struct inspected *i = c->inspected;
    struct sl_str user = sl_cstr(i->user);
    if (user.n > 0 && identity_changed(c->plane->identity, user, i->users_epoch))
        return conn_fail(c, FAULT_USER_CUT);
    c->txn->users_epoch = i->users_epoch;
    return identified(c, user);
}

enum step request_identify(struct conn *c)
{
    struct txn *t = c->txn;
    if (t->opening->job)
        return STEP_WAIT;
    if (SL_UNLIKELY(c->inspected != NULL))
        return identify_inside(c);
    /* Our own files (proxy.pac) are fetched by programs that can't log in to a web server by 407. */
    enum target_form form = t->opening->request.form;
    /* And one that was redirected knows of no proxy that could ask. */
    bool direct = form == TARGET_ORIGIN || form == TARGET_ASTERISK || c->destination;
    if (c->certified && !direct) {
        t->users_epoch = identity_epoch(c->plane->identity);
        return identified(c, sl_cstr(c->certified));
    }
    if (direct || !identity_required(c->plane->identity))
        return identified(c, SL_STR(""));
    struct sl_str header = head_get(&t->opening->request, FIELD_PROXY_AUTHORIZATION);
    if (!c->memo)
        c->memo = sl_calloc(1, sizeof *c->memo);
    enum identity_result r =
        identity_check(c->plane->identity, c->memo, header, c->client.addr, loop_now_ms(c->plane->loop));
    switch (r) {
    case IDENTITY_KNOWN:
        t->users_epoch = c->memo->epoch;
        /* the memo may serve another request of this connection before this one is recorded */
        return identified(c, txn_copy(t, sl_str(c->memo->user, c->memo->user_n), IDENTITY_USER_MAX));
    case IDENTITY_SLOW:
        return verify(c, header);
    case IDENTITY_BUSY:
        return conn_fail(c, FAULT_LOGIN_BUSY);
    case IDENTITY_MISSING:
    case IDENTITY_FAILED:
    case IDENTITY_MALFORMED:
        break;
    }
    return refuse_login(c, r != IDENTITY_MISSING);
}

/* ---- decide ---- */

static void gather_facts(struct txn *t)
{
    const struct conn *c = t->conn;
    struct facts *f = &t->facts; /* of head and user it knows already */
    f->client = c->client.addr;
    f->time_s = t->wall_us / 1000000;
    f->url = &t->url;
    f->tunnel = t->tunnel;
    f->known = FACT_USER | (t->url.host_is_addr ? FACT_ADDRESS : 0u);
    f->address = t->url.addr;
    f->size = -1;
}

static void trace_verdict(struct conn *c)
{
    const struct txn *t = c->txn;
    const struct verdict *v = &t->verdict;
    struct sl_str rule = v->rule_id.n ? v->rule_id : SL_STR("-"),
                  user = t->facts.user.n ? t->facts.user : SL_STR("-");
    conn_trace(c, "policy %lld says %s, reason %s, rule %.*s, user %.*s",
               (long long)snapshot_version(t->pin->snapshot), action_word(v->action),
               verdict_reason_word(v->reason), SL_FMT(rule), SL_FMT(user));
}

enum step request_decide(struct conn *c)
{
    struct txn *t = c->txn;
    t->pin = plane_pin(c->plane);
    gather_facts(t);
    enum fault limit = FAULT_NONE;
    if (SL_UNLIKELY(c->plane->settings->proxy.max_user_requests))
        limit = limits_user_request(t);
    if (limit != FAULT_NONE)
        return conn_fail(c, limit);
    if (t->internal)
        return pages_answer(c);
    if (SL_UNLIKELY(t->tunnel) && inspect_is_page_host(t))
        return inspect_answer_page_host(c);
    if (fields_loop(c->plane->self, &t->opening->request))
        return conn_fail(c, FAULT_LOOP);
    txn_judge(t);
    trace_verdict(c);
    if (SL_UNLIKELY(c->inspected && c->inspected->refused))
        return inspect_answer_refused(c);
    txn_charge_request(t);
    if (t->verdict.action != ACTION_ALLOW)
        return reply_verdict(c);
    if (t->tunnel || t->upgrade)
        limit = limits_tunnel(t);
    if (limit != FAULT_NONE)
        return conn_fail(c, limit);
    conn_goto(c, CONN_ADMIT);
    return STEP_GO;
}

/* ---- admit ---- */

enum step request_admit(struct conn *c)
{
    switch (txn_admit(c->txn)) {
    case ADMIT_NOW:
        conn_goto(c, CONN_ROUTE);
        return STEP_GO;
    case ADMIT_LATER:
        return STEP_WAIT;
    case ADMIT_NEVER:
        break;
    }
    return conn_fail(c, FAULT_AUDIT);
}
