/* fetch.c - see fetch.h. */
#include "proxy/verify/fetch.h"

#include <stdlib.h>

#include "proxy/http/body.h"
#include "sluice/url.h"

enum { INTERIM_MAX = 5, PORT_LOW = 1024, ARENA_MAX = 16384 };
static const struct head_limits limits = {.bytes = 16384, .fields = 100};

struct fetch {
    const struct fetch_means *means;
    fetch_done *done;
    void *arg;
    struct sl_arena arena;
    struct sl_url url;
    struct sl_str body, type;
    size_t most;
    struct timer deadline;
    struct resolve_wait wait;
    struct dial *dial;
    struct approach *approach;
    struct parents *parents; /* the set that parent is of */
    struct parent *parent;   /* NULL: directly */
    struct sl_endpoint targets[DIAL_MAX];
    struct sock sock;
    struct buf out, in;
    struct head *head;
    bool has_head;
    unsigned interim;
    struct body content;
    struct sl_text answer;
    bool over; /* only the telling is left, which is not done from within a call of the owner */
};

/* ---- the end ---- */

static struct loop *loop_of(const struct fetch *f)
{
    return f->means->dialler->loop;
}

static void fetch_free(struct fetch *f)
{
    resolve_cancel(&f->wait);
    dial_cancel(&f->dial);
    approach_cancel(&f->approach);
    timer_cancel(&f->deadline);
    sock_close(&f->sock, loop_of(f));
    buf_give(f->means->bufs, &f->out);
    buf_give(f->means->bufs, &f->in);
    body_fini(&f->content);
    parents_unref(&f->parents);
    sl_text_fini(&f->answer);
    sl_arena_fini(&f->arena);
    free(f->head);
    free(f);
}

void fetch_cancel(struct fetch **f)
{
    if (*f)
        fetch_free(*f);
    *f = NULL;
}

/* It ends at the next turn of the loop: any caller may still look at it. */
static void end(struct fetch *f, bool ok)
{
    if (f->over)
        return;
    f->over = true;
    if (!ok)
        sl_text_clear(&f->answer);
    timer_arm(loop_timers(loop_of(f)), &f->deadline, loop_now_ms(loop_of(f)));
}

static void on_deadline(struct timer *t)
{
    struct fetch *f = SL_CONTAINER(t, struct fetch, deadline);
    f->done(f->arg, f->over ? sl_text_str(&f->answer) : sl_str(NULL, 0));
    fetch_free(f);
}

/* ---- the answer ---- */

/* False: nothing more is to be read. */
static bool eat_content(struct fetch *f)
{
    enum body_result r = body_ended(&f->content) ? BODY_END : BODY_MORE;
    while (r == BODY_MORE && buf_used(&f->in) > 0) {
        size_t used;
        struct sl_str data;
        r = body_step(&f->content, f->in.p + f->in.from, buf_used(&f->in), &used, &data);
        if (data.n > f->most - f->answer.n) {
            end(f, false);
            return false;
        }
        sl_text_add(&f->answer, data);
        buf_consume(&f->in, used);
    }
    if (r != BODY_MORE)
        end(f, r == BODY_END);
    return r == BODY_MORE;
}

/* False: nothing more is to be read. */
static bool eat_head(struct fetch *f)
{
    struct head *h = f->head;
    enum method asked = f->body.n ? METHOD_POST : METHOD_GET;
    enum head_result r = HEAD_MORE;
    while (buf_used(&f->in) > 0) {
        r = head_parse_response(h, f->in.p + f->in.from, buf_used(&f->in), limits, asked);
        if (r != HEAD_DONE || h->status >= 200)
            break;
        buf_consume(&f->in, h->length);
        head_init(h);
        r = h->status == 101 || ++f->interim > INTERIM_MAX ? HEAD_BAD : HEAD_MORE;
    }
    if (r == HEAD_MORE)
        return true;
    if (r == HEAD_BAD || h->status != 200 || (h->body == BODY_LENGTH && h->content_length > f->most)) {
        end(f, false);
        return false;
    }
    buf_consume(&f->in, h->length);
    body_init(&f->content, h->body, h->content_length);
    f->has_head = true;
    return eat_content(f);
}

static void at_end(struct fetch *f)
{
    end(f, f->has_head && body_eof(&f->content) == BODY_END);
}

/* Sends what is due. Where it broke, reading finds the end. */
static bool send_out(struct fetch *f)
{
    size_t n = 0;
    if (buf_used(&f->out) == 0)
        return true;
    struct iovec piece = {f->out.p + f->out.from, buf_used(&f->out)};
    enum io_result r = sock_send(&f->sock, &piece, 1, &n);
    buf_consume(&f->out, n);
    buf_rest(f->means->bufs, &f->out);
    return r == IO_DATA || r == IO_LOST;
}

static bool read_in(struct fetch *f)
{
    size_t n;
    if (!f->sock.readable && !f->sock.ended)
        return false;
    if (!f->in.p)
        buf_take(f->means->bufs, &f->in);
    else if (buf_room(&f->in) == 0)
        buf_reserve(f->means->bufs, &f->in, buf_used(&f->in));
    enum io_result r = sock_recv(&f->sock, &f->in, &n);
    if (r == IO_END || r == IO_LOST)
        at_end(f);
    return r == IO_DATA;
}

static void talk(struct fetch *f)
{
    while (!f->over && send_out(f) && read_in(f))
        if (!(f->has_head ? eat_content(f) : eat_head(f)))
            return;
}

static void on_event(void *owner, uint32_t events)
{
    struct fetch *f = owner;
    sock_note(&f->sock, events);
    talk(f);
}

/* ---- the question ---- */

static void say(struct fetch *f, struct sl_str text)
{
    buf_add(f->means->bufs, &f->out, text.p, text.n);
}

/* An HTTP parent is told the whole URL, everybody else the path. */
static void ask(struct fetch *f)
{
    bool whole = f->parent && f->parent->spec.kind != PARENT_SOCKS5;
    size_t host_n = sl_str_find(f->url.match, '/');
    const char *head = sl_arena_printf(
        &f->arena,
        "%s %.*s%s%.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: sluice\r\nAccept: */*\r\nConnection: close\r\n",
        f->body.n ? "POST" : "GET", SL_FMT(whole ? f->url.text : f->url.path),
        !whole && f->url.has_query ? "?" : "", SL_FMT(whole ? sl_str(NULL, 0) : f->url.query),
        SL_FMT(sl_str_sub(f->url.match, 0, host_n)));
    const char *more = f->body.n ? sl_arena_printf(&f->arena, "Content-Type: %.*s\r\nContent-Length: %zu\r\n",
                                                   SL_FMT(f->type), f->body.n)
                                 : "";
    if (!head || !more) {
        end(f, false);
        return;
    }
    say(f, sl_cstr(head));
    say(f, sl_cstr(more));
    if (whole && f->parent->authorization.n) {
        say(f, SL_STR("Proxy-Authorization: "));
        say(f, f->parent->authorization);
        say(f, SL_STR("\r\n"));
    }
    say(f, SL_STR("\r\n"));
    say(f, f->body);
    talk(f);
}

static void connected(struct fetch *f, struct sock *sock)
{
    sock_move(sock, &f->sock, loop_of(f), on_event, f);
    f->head = sl_malloc(sizeof *f->head);
    head_init(f->head);
    ask(f);
}

/* ---- directly ---- */

static void on_dialled(void *arg, enum dial_result r, struct sock *sock, struct sl_endpoint peer)
{
    struct fetch *f = arg;
    f->dial = NULL;
    resolve_cancel(&f->wait);
    if (r == DIAL_OK)
        connected(f, sock);
    else
        end(f, false);
}

/* Those that may be dialled. A name that has public addresses is a public name: its others are left out. */
static size_t choose(struct fetch *f, const struct resolved *r)
{
    enum address_verdict verdicts[RESOLVE_MAX];
    bool public = false;
    size_t count = 0;
    for (unsigned i = 0; i < r->count; i++) {
        verdicts[i] = address_judge(*f->means->addresses, r->addrs[i], f->url.port);
        public |= verdicts[i] == ADDRESS_ALLOWED;
    }
    for (unsigned i = 0; i < r->count && count < DIAL_MAX; i++)
        if (verdicts[i] == ADDRESS_ALLOWED || (verdicts[i] == ADDRESS_SPECIAL && !public))
            f->targets[count++] = (struct sl_endpoint){.addr = r->addrs[i], .port = f->url.port};
    return count;
}

/* Waits for the whole answer: nobody is in such a hurry that half of one has to do. */
static void resolved(struct fetch *f, enum resolve_result r, const struct resolved *answer)
{
    if (r == RESOLVE_OK && answer->more)
        return;
    struct dial_plan plan = {.targets = f->targets, .count = r == RESOLVE_OK ? choose(f, answer) : 0};
    if (plan.count == 0)
        end(f, false);
    else
        f->dial = dial_start(f->means->dialler, &plan, on_dialled, f);
}

static void on_resolved(struct resolve_wait *w, enum resolve_result r, const struct resolved *answer)
{
    resolved(SL_CONTAINER(w, struct fetch, wait), r, answer);
}

static void go_directly(struct fetch *f)
{
    struct resolved here = {.addrs = {f->url.addr}, .count = 1};
    enum resolve_result r = RESOLVE_OK;
    f->wait.done = on_resolved;
    if (!f->url.host_is_addr)
        r = resolver_lookup(*f->means->resolver, f->url.host, &here, &f->wait);
    if (r != RESOLVE_WAIT)
        resolved(f, r, &here);
}

/* ---- by a parent ---- */

static void on_approached(void *arg, const struct approach_end *a)
{
    struct fetch *f = arg;
    f->approach = NULL;
    if (approach_blames_parent(a->result))
        parent_failed(f->parent, approach_word(a->result));
    if (a->result == APPROACH_OPEN && buf_used(a->rest) == 0) {
        parent_worked(f->parent);
        connected(f, a->sock);
    } else {
        end(f, false);
    }
}

/* An address is judged here; what a name leads to the parent alone knows (docs/upstream.md). */
static void go_by_parent(struct fetch *f)
{
    const struct fetch_means *m = f->means;
    if (f->url.host_is_addr) {
        enum address_verdict v = address_judge(*m->addresses, f->url.addr, f->url.port);
        if (v != ADDRESS_ALLOWED && v != ADDRESS_SPECIAL) {
            end(f, false);
            return;
        }
    }
    struct approach_plan plan = {.dialler = m->dialler,
                                 .resolver = *m->resolver,
                                 .addresses = m->addresses,
                                 .bufs = m->bufs,
                                 .tls = *m->parent_tls,
                                 .parent = f->parent,
                                 .timeout_ms = f->deadline.due_ms - loop_now_ms(loop_of(f)),
                                 .limits = limits,
                                 .target = {.addr = f->url.addr, .port = f->url.port}};
    if (!f->url.host_is_addr)
        plan.target.name = f->url.host;
    f->approach = approach_start(&plan, on_approached, f);
}

/* False: it would have to, and there is none. */
static bool choose_way(struct fetch *f)
{
    struct parents *set = *f->means->parents;
    struct parent_group *group = set ? parents_group(set, SL_STR(PARENT_DEFAULT)) : NULL;
    if (!group)
        return true;
    f->parents = parents_ref(set);
    f->parent = parents_choose(set, group, f->url.host, 0, loop_now_ms(loop_of(f)));
    return f->parent || set->direct;
}

static bool may_go(const struct sl_url *url)
{
    return sl_str_eq(url->scheme, SL_STR("http")) && (url->port == 80 || url->port >= PORT_LOW);
}

struct fetch *fetch_start(const struct fetch_means *means, const struct fetch_plan *plan, fetch_done *done,
                          void *arg)
{
    struct fetch *f = sl_calloc(1, sizeof *f);
    struct sl_err err = {0};
    *f = (struct fetch){.means = means, .done = done, .arg = arg, .most = plan->most};
    sl_arena_init(&f->arena, ARENA_MAX);
    sock_init(&f->sock);
    resolve_wait_init(&f->wait);
    timer_init(&f->deadline, on_deadline);
    timer_arm(loop_timers(loop_of(f)), &f->deadline, loop_now_ms(loop_of(f)) + plan->timeout_ms);
    struct sl_str url = sl_arena_str(&f->arena, plan->url);
    f->body = sl_arena_str(&f->arena, plan->body);
    f->type = sl_arena_str(&f->arena, plan->type);
    if (!url.p || !f->body.p || !f->type.p || !sl_url_parse(url, &f->arena, &f->url, &err) ||
        !may_go(&f->url) || !choose_way(f))
        end(f, false);
    else if (f->parent)
        go_by_parent(f);
    else
        go_directly(f);
    return f;
}
