/* dial.c - see dial.h. */
#include "proxy/net/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct attempt {
    struct sock sock;
    struct dial *dial;
    struct sl_endpoint target;
    int64_t since_ms;
};

struct dial {
    const struct dialler *shared;
    struct loop *loop;
    dial_done *done;
    void *arg;
    struct timer stagger;
    struct sl_addr source; /* sl_addr_none: the kernel's choice */
    size_t count, started, open;
    bool more; /* targets will be added */
    bool fast_open;
    int64_t last_ms;        /* when the newest attempt was started */
    enum dial_result worst; /* what tells most so far */
    struct attempt attempts[DIAL_MAX];
};

static enum dial_result result_of(int errno_value)
{
    switch (errno_value) {
    case ECONNREFUSED:
    case ECONNRESET:
        return DIAL_REFUSED;
    case ETIMEDOUT:
        return DIAL_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL: /* no local port left */
        return DIAL_NO_SOCKET;
    default:
        return DIAL_UNREACHABLE;
    }
}

/* A machine that refuses says more than a network that is not there. */
static unsigned weight(enum dial_result r)
{
    static const unsigned char weights[] = {
        [DIAL_OK] = 0,        [DIAL_UNREACHABLE] = 1, [DIAL_NO_SOURCE] = 2,
        [DIAL_NO_SOCKET] = 3, [DIAL_TIMEOUT] = 4,     [DIAL_REFUSED] = 5};
    return weights[r];
}

static void note_result(struct dial *d, enum dial_result r)
{
    if (weight(r) > weight(d->worst))
        d->worst = r;
}

static void note_failure(struct dial *d, int errno_value)
{
    note_result(d, result_of(errno_value));
}

/* Who had its time and did not answer is as good as failed, though another one won. */
static void dial_free(struct dial *d)
{
    int64_t late_ms = loop_now_ms(d->loop) - DIAL_STAGGER_MS;
    for (size_t i = 0; i < d->started; i++) {
        struct attempt *a = &d->attempts[i];
        if (sock_is_open(&a->sock) && a->since_ms <= late_ms)
            lame_note(d->shared->lame, a->target);
        sock_close(&a->sock, d->loop);
    }
    timer_cancel(&d->stagger);
    free(d);
}

static void on_event(void *owner, uint32_t events);

/* The local port is chosen at connect(), when the kernel knows the other end and one port can serve many. */
static bool bind_source(int fd, struct sl_addr source)
{
    struct sockaddr_storage sa;
    socklen_t n = sl_endpoint_to_sockaddr((struct sl_endpoint){.addr = source}, &sa);
    int one = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    return bind(fd, (struct sockaddr *)&sa, n) == 0;
}

/* A socket that connects to the target; -1: the failure has been noted. */
static int begin_connect(struct dial *d, struct sl_endpoint target)
{
    struct sockaddr_storage sa;
    socklen_t n = sl_endpoint_to_sockaddr(target, &sa);
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0) {
        note_failure(d, errno);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (d->fast_open)
        setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof one);
    if (!sl_addr_none(d->source) && !bind_source(fd, d->source)) {
        note_result(d, DIAL_NO_SOURCE);
        sl_closep(&fd);
    } else if (connect(fd, (struct sockaddr *)&sa, n) < 0 && errno != EINPROGRESS) {
        note_failure(d, errno);
        lame_note(d->shared->lame, target);
        sl_closep(&fd);
    }
    return fd;
}

static bool attempt_start(struct dial *d, struct attempt *a)
{
    int fd = begin_connect(d, a->target);
    if (fd < 0)
        return false;
    if (!sock_open(&a->sock, d->loop, fd, on_event, a)) {
        note_failure(d, ENOMEM);
        return false;
    }
    a->since_ms = loop_now_ms(d->loop);
    d->open++;
    return true;
}

/* Starts the next attempt that gets off the ground, and the clock for the one behind it. */
static void start_next(struct dial *d)
{
    while (d->started < d->count)
        if (attempt_start(d, &d->attempts[d->started++]))
            break;
    d->last_ms = loop_now_ms(d->loop);
    timer_arm(loop_timers(d->loop), &d->stagger,
              d->started < d->count ? loop_now_ms(d->loop) + DIAL_STAGGER_MS : TIMER_NEVER);
}

static void fail_if_over(struct dial *d)
{
    if (d->open > 0 || d->more)
        return;
    dial_done *done = d->done;
    void *arg = d->arg;
    enum dial_result r = d->worst;
    dial_free(d);
    done(arg, r, NULL, (struct sl_endpoint){0});
}

static void on_stagger(struct timer *t)
{
    struct dial *d = SL_CONTAINER(t, struct dial, stagger);
    if (d->started < d->count)
        start_next(d);
    fail_if_over(d); /* also when nothing could even be started */
}

static int socket_error(int fd)
{
    int error = 0;
    socklen_t n = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 ? errno : error;
}

static void attempt_won(struct dial *d, struct attempt *a)
{
    lame_forget(d->shared->lame, a->target);
    d->done(d->arg, DIAL_OK, &a->sock, a->target);
    dial_free(d);
}

static void on_event(void *owner, uint32_t events)
{
    struct attempt *a = owner;
    struct dial *d = a->dial;
    int error = events & (EPOLLERR | EPOLLHUP) ? socket_error(a->sock.fd) : 0;
    if (error == 0 && !(events & EPOLLOUT))
        return;
    if (error == 0) {
        sock_note(&a->sock, events);
        attempt_won(d, a);
        return;
    }
    note_failure(d, error);
    lame_note(d->shared->lame, a->target);
    sock_close(&a->sock, d->loop);
    d->open--;
    start_next(d);
    fail_if_over(d);
}

static void put_target(struct dial *d, struct sl_endpoint target)
{
    struct attempt *a = &d->attempts[d->count++];
    *a = (struct attempt){.dial = d, .target = target};
    sock_init(&a->sock);
}

/* A failure is told from the loop, never from within a call. */
static void start_or_tell(struct dial *d)
{
    start_next(d);
    if (d->open == 0)
        timer_arm(loop_timers(d->loop), &d->stagger, loop_now_ms(d->loop));
}

struct dial *dial_start(const struct dialler *shared, const struct dial_plan *plan, dial_done *done,
                        void *arg)
{
    struct dial *d = sl_calloc(1, sizeof *d);
    *d = (struct dial){.shared = shared,
                       .loop = shared->loop,
                       .done = done,
                       .arg = arg,
                       .source = plan->source,
                       .more = plan->more,
                       .fast_open = plan->fast_open};
    sl_assert(plan->count > 0);
    timer_init(&d->stagger, on_stagger);
    for (size_t i = 0; i < SL_MIN(plan->count, (size_t)DIAL_MAX); i++)
        put_target(d, plan->targets[i]);
    start_or_tell(d);
    return d;
}

static bool is_started(const struct dial *d, struct sl_endpoint e)
{
    for (size_t i = 0; i < d->started; i++)
        if (sl_addr_eq(d->attempts[i].target.addr, e.addr))
            return true;
    return false;
}

void dial_add(struct dial *d, const struct sl_endpoint *targets, size_t count)
{
    d->more = false;
    d->count = d->started;
    for (size_t i = 0; i < count && d->count < DIAL_MAX; i++)
        if (!is_started(d, targets[i]))
            put_target(d, targets[i]);
    if (d->open == 0)
        start_or_tell(d); /* all so far have failed, and the next has been waited for */
    else if (d->started < d->count)
        timer_arm(loop_timers(d->loop), &d->stagger, d->last_ms + DIAL_STAGGER_MS);
}

void dial_cancel(struct dial **dp)
{
    if (*dp)
        dial_free(*dp);
    *dp = NULL;
}
