/* approach.c - see approach.h. */
#include "proxy/parent/approach.h"

#include <stdlib.h>

#include "proxy/tls/io.h"

enum { INTERIM_MAX = 10 };

struct approach {
    struct approach_plan plan;
    approach_done *done;
    void *arg;
    struct approach_end end;
    struct timer deadline;
    struct resolve_wait wait;
    struct dial *dial;
    struct sl_endpoint targets[DIAL_MAX];
    struct sock sock;
    enum { STEP_CONNECT, STEP_TLS, STEP_TALK } step;
    struct buf out, in;
    struct socks socks;
    struct sl_str name; /* of the SOCKS5 target, on the heap */
    struct head *head;  /* of the answer to CONNECT */
    unsigned interim;
    bool over; /* only the telling is left, which is not done from within a call of the owner */
};

/* ---- words ---- */

const char *approach_word(enum approach_result r)
{
    static const char *const words[APPROACH_RESULTS] = {
        [APPROACH_OPEN] = "open",
        [APPROACH_NO_SOCKET] = "no-socket",
        [APPROACH_NO_SOURCE] = "no-source",
        [APPROACH_NAME_NONE] = "unknown-dns",
        [APPROACH_NAME_FAILED] = "failed-dns",
        [APPROACH_NAME_TIMEOUT] = "timeout-dns",
        [APPROACH_OWN] = "own-listener",
        [APPROACH_CONNECT_REFUSED] = "connect-refused",
        [APPROACH_UNREACHABLE] = "connect-unreachable",
        [APPROACH_CONNECT_TIMEOUT] = "connect-timeout",
        [APPROACH_TLS] = "tls",
        [APPROACH_CLOSED] = "closed-handshake",
        [APPROACH_TIMEOUT] = "timeout-handshake",
        [APPROACH_INVALID] = "invalid-handshake",
        [APPROACH_LOGIN] = "refused-login",
        [APPROACH_DENIED] = "denied",
        [APPROACH_FAILED] = "failed",
    };
    return words[r];
}

bool approach_blames_parent(enum approach_result r)
{
    return r >= APPROACH_NAME_NONE && r <= APPROACH_LOGIN;
}

/* ---- the end ---- */

static struct loop *loop_of(const struct approach *a)
{
    return a->plan.dialler->loop;
}

static void approach_free(struct approach *a)
{
    struct approach_plan *p = &a->plan;
    resolve_cancel(&a->wait);
    dial_cancel(&a->dial);
    timer_cancel(&a->deadline);
    sock_close(&a->sock, loop_of(a));
    buf_give(p->bufs, &a->out);
    buf_give(p->bufs, &a->in);
    free((char *)(uintptr_t)a->name.p);
    free(a->head);
    tls_client_unref(&p->tls);
    free(a);
}

void approach_cancel(struct approach **a)
{
    if (*a)
        approach_free(*a);
    *a = NULL;
}

static void tell(struct approach *a)
{
    a->done(a->arg, &a->end);
    approach_free(a);
}

/* Ends it at the next turn of the loop: any caller may still look at it. */
static void end(struct approach *a, enum approach_result r)
{
    if (a->over)
        return;
    a->over = true;
    a->end.result = r;
    timer_arm(loop_timers(loop_of(a)), &a->deadline, loop_now_ms(loop_of(a)));
}

static void open_way(struct approach *a)
{
    a->end.sock = &a->sock;
    a->end.rest = &a->in;
    end(a, APPROACH_OPEN);
}

static void on_deadline(struct timer *t)
{
    struct approach *a = SL_CONTAINER(t, struct approach, deadline);
    if (!a->over)
        a->end.result = a->step != STEP_CONNECT ? APPROACH_TIMEOUT
                        : a->dial               ? APPROACH_CONNECT_TIMEOUT
                                                : APPROACH_NAME_TIMEOUT;
    tell(a);
}

/* ---- talking ---- */

/* Sends what is due. False: not all of it yet. Where it broke, reading finds the end, or what was said
 * before. */
static bool send_out(struct approach *a)
{
    size_t n = 0;
    if (buf_used(&a->out) == 0)
        return true;
    struct iovec piece = {a->out.p + a->out.from, buf_used(&a->out)};
    enum io_result r = sock_send(&a->sock, &piece, 1, &n);
    buf_consume(&a->out, n);
    buf_rest(a->plan.bufs, &a->out);
    return r == IO_DATA || r == IO_LOST;
}

/* Reads more of the answer. False: nothing there now, or it broke. */
static bool read_in(struct approach *a)
{
    size_t n;
    if (!a->sock.readable && !a->sock.ended)
        return false;
    if (!a->in.p)
        buf_take(a->plan.bufs, &a->in);
    else if (buf_room(&a->in) == 0)
        buf_reserve(a->plan.bufs, &a->in, buf_used(&a->in));
    enum io_result r = sock_recv(&a->sock, &a->in, &n);
    if (r == IO_END || r == IO_LOST)
        end(a, APPROACH_CLOSED);
    return r == IO_DATA;
}

static void say_socks(struct approach *a)
{
    uint8_t message[SOCKS_SAY_MAX];
    buf_add(a->plan.bufs, &a->out, message, socks_say(&a->socks, message));
}

/* True: read on. */
static bool hear_socks(struct approach *a)
{
    size_t used;
    enum socks_result r =
        socks_hear(&a->socks, (const uint8_t *)a->in.p + a->in.from, buf_used(&a->in), &used);
    buf_consume(&a->in, used);
    switch (r) {
    case SOCKS_MORE:
        return true;
    case SOCKS_SAY:
        if (buf_used(&a->in) > 0) { /* it answered what was not asked yet */
            end(a, APPROACH_INVALID);
            return false;
        }
        say_socks(a);
        return true;
    case SOCKS_OPEN:
        open_way(a);
        return false;
    case SOCKS_INVALID:
        end(a, APPROACH_INVALID);
        return false;
    case SOCKS_LOGIN_REFUSED:
        end(a, APPROACH_LOGIN);
        return false;
    case SOCKS_REFUSED:
        break;
    }
    a->end.code = a->socks.code;
    end(a, a->end.code == SOCKS_CODE_RULES ? APPROACH_DENIED : APPROACH_FAILED);
    return false;
}

/* What a whole answer to CONNECT means. */
static void answered(struct approach *a)
{
    unsigned status = a->head->status;
    a->end.status = status;
    buf_consume(&a->in, a->head->length);
    if (status >= 200 && status < 300)
        open_way(a);
    else if (status == 407)
        end(a, APPROACH_LOGIN);
    else
        end(a, status >= 400 && status < 500 ? APPROACH_DENIED : APPROACH_FAILED);
}

/* True: read on. */
static bool hear_http(struct approach *a)
{
    struct head *h = a->head;
    while (buf_used(&a->in) > 0) {
        enum head_result r =
            head_parse_response(h, a->in.p + a->in.from, buf_used(&a->in), a->plan.limits, METHOD_CONNECT);
        if (r == HEAD_MORE)
            return true;
        if (r == HEAD_DONE && h->status >= 200) {
            answered(a);
            return false;
        }
        if (r == HEAD_BAD || h->status == 101 || ++a->interim > INTERIM_MAX) {
            end(a, APPROACH_INVALID);
            return false;
        }
        buf_consume(&a->in, h->length);
        head_init(h);
    }
    return true;
}

static void talk(struct approach *a)
{
    bool socks = a->plan.parent->spec.kind == PARENT_SOCKS5;
    while (!a->over && send_out(a) && read_in(a))
        if (!(socks ? hear_socks(a) : hear_http(a)))
            return;
}

/* Connected, by TLS where it has to be: what is there to be said? */
static void begin_talk(struct approach *a)
{
    const struct approach_plan *p = &a->plan;
    a->step = STEP_TALK;
    if (p->parent->spec.kind == PARENT_SOCKS5) {
        socks_begin(&a->socks, sl_cstr(p->parent->spec.user), sl_cstr(p->parent->spec.password), &p->target);
        say_socks(a);
    } else if (buf_used(&a->out) == 0) {
        open_way(a);
        return;
    }
    talk(a);
}

static void shake_hands(struct approach *a)
{
    switch (tls_handshake(&a->sock)) {
    case IO_DATA:
        begin_talk(a);
        return;
    case IO_WAIT:
        return;
    case IO_END:
    case IO_LOST:
        break;
    }
    a->end.tls = tls_fault(&a->sock);
    end(a, APPROACH_TLS);
}

static void on_event(void *owner, uint32_t events)
{
    struct approach *a = owner;
    sock_note(&a->sock, events);
    if (a->over)
        return;
    if (a->step == STEP_TLS)
        shake_hands(a);
    else if (a->step == STEP_TALK)
        talk(a);
}

/* ---- dialling ---- */

static enum approach_result dial_failed(enum dial_result r)
{
    static const enum approach_result results[] = {[DIAL_REFUSED] = APPROACH_CONNECT_REFUSED,
                                                   [DIAL_UNREACHABLE] = APPROACH_UNREACHABLE,
                                                   [DIAL_TIMEOUT] = APPROACH_CONNECT_TIMEOUT,
                                                   [DIAL_NO_SOCKET] = APPROACH_NO_SOCKET,
                                                   [DIAL_NO_SOURCE] = APPROACH_NO_SOURCE};
    return results[r];
}

static void on_dialled(void *arg, enum dial_result r, struct sock *sock, struct sl_endpoint peer)
{
    struct approach *a = arg;
    const struct parent_spec *spec = &a->plan.parent->spec;
    a->dial = NULL;
    resolve_cancel(&a->wait); /* addresses that are still to come are not needed any more */
    if (r != DIAL_OK) {
        end(a, dial_failed(r));
        return;
    }
    a->end.peer = peer;
    sock_move(sock, &a->sock, loop_of(a), on_event, a);
    if (spec->kind != PARENT_HTTPS) {
        begin_talk(a);
        return;
    }
    struct tls_peer name = {.addr = spec->addr, .port = spec->port};
    if (!spec->host_is_addr)
        name.name = sl_cstr(spec->host);
    if (!a->plan.tls) { /* it could not be set up, which the log told */
        end(a, APPROACH_TLS);
        return;
    }
    a->step = STEP_TLS;
    tls_connect(&a->sock, a->plan.tls, &name);
    shake_hands(a);
}

/* The administrator named it, so it may be a private address; a listener of ours would be a loop. Fills
 * targets; how many. */
static size_t choose_targets(struct approach *a, const struct resolved *r, enum approach_result *out_why)
{
    const struct approach_plan *p = &a->plan;
    struct sl_addr addrs[RESOLVE_MAX], source = p->source;
    uint16_t port = p->parent->spec.port;
    size_t count = 0;
    memcpy(addrs, r->addrs, r->count * sizeof *addrs);
    lame_last(p->dialler->lame, addrs, r->count, port);
    for (unsigned i = 0; i < r->count && count < DIAL_MAX; i++) {
        if (address_judge(*p->addresses, addrs[i], port) == ADDRESS_OWN)
            *out_why = APPROACH_OWN;
        else if (!sl_addr_none(source) && sl_addr_is_v4(source) != sl_addr_is_v4(addrs[i]))
            *out_why = APPROACH_NO_SOURCE;
        else
            a->targets[count++] = (struct sl_endpoint){.addr = addrs[i], .port = port};
    }
    return count;
}

/* An answer, or the other half of one: then the dial is on its way. */
static void resolved(struct approach *a, enum resolve_result r, const struct resolved *answer)
{
    static const enum approach_result results[] = {[RESOLVE_NONE] = APPROACH_NAME_NONE,
                                                   [RESOLVE_FAILED] = APPROACH_NAME_FAILED,
                                                   [RESOLVE_TIMEOUT] = APPROACH_NAME_TIMEOUT};
    enum approach_result why = r == RESOLVE_OK ? APPROACH_NAME_NONE : results[r];
    size_t count = r == RESOLVE_OK ? choose_targets(a, answer, &why) : 0;
    if (a->dial) {
        dial_add(a->dial, a->targets, count);
        return;
    }
    if (count == 0) {
        if (r != RESOLVE_OK || !answer->more)
            end(a, why);
        return;
    }
    struct dial_plan plan = {
        .targets = a->targets, .count = count, .more = answer->more, .source = a->plan.source};
    a->end.peer = a->targets[0];
    a->dial = dial_start(a->plan.dialler, &plan, on_dialled, a);
}

static void on_resolved(struct resolve_wait *w, enum resolve_result r, const struct resolved *answer)
{
    resolved(SL_CONTAINER(w, struct approach, wait), r, answer);
}

static void find_address(struct approach *a)
{
    const struct parent_spec *spec = &a->plan.parent->spec;
    struct resolved here = {.addrs = {spec->addr}, .count = 1};
    enum resolve_result r = RESOLVE_OK;
    a->wait.done = on_resolved;
    if (!spec->host_is_addr)
        r = resolver_lookup(a->plan.resolver, sl_cstr(spec->host), &here, &a->wait);
    if (r != RESOLVE_WAIT)
        resolved(a, r, &here);
}

struct approach *approach_start(const struct approach_plan *plan, approach_done *done, void *arg)
{
    struct approach *a = sl_calloc(1, sizeof *a);
    *a = (struct approach){.plan = *plan, .done = done, .arg = arg};
    if (plan->tls) /* a reload may make another meanwhile */
        a->plan.tls = tls_client_ref(plan->tls);
    sock_init(&a->sock);
    resolve_wait_init(&a->wait);
    timer_init(&a->deadline, on_deadline);
    timer_arm(loop_timers(loop_of(a)), &a->deadline, loop_now_ms(loop_of(a)) + plan->timeout_ms);
    if (plan->connect.n) {
        buf_add(plan->bufs, &a->out, plan->connect.p, plan->connect.n);
        a->head = sl_malloc(sizeof *a->head);
        head_init(a->head);
    }
    if (plan->target.name.p) {
        a->name = sl_cstr(sl_str_dup(plan->target.name));
        a->plan.target.name = a->name;
    }
    find_address(a);
    return a;
}
