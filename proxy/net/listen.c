/* listen.c - see listen.h.
 * Running out of descriptors must not spin (the backlog stays readable) and must not leave clients hanging: a
 * reserve descriptor is given up to take one connection and close it, then accepting pauses. */
#include "proxy/net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BACKLOG = 4096, ACCEPTS_PER_TURN = 64, PAUSE_MS = 100 };

struct listener {
    struct loop *loop;
    struct listen_config cfg;
    int fd, reserve_fd;
    loop_id id;
    struct timer pause;
    bool paused;
};

static bool set(int fd, int level, int option)
{
    int one = 1;
    return setsockopt(fd, level, option, &one, sizeof one) == 0;
}

/* Takes connections to addresses that are not ours. */
static bool set_transparent(int fd, sa_family_t family)
{
    return family == AF_INET6 ? set(fd, IPPROTO_IPV6, IPV6_TRANSPARENT) : set(fd, IPPROTO_IP, IP_TRANSPARENT);
}

/* IPv6 sockets take IPv6 only, so that [::]:3128 and 0.0.0.0:3128 can stand side by side. Accepted sockets
 * inherit TCP_NODELAY. */
static int open_one(struct sl_endpoint e, unsigned kind, bool share)
{
    struct sockaddr_storage sa;
    socklen_t n = sl_endpoint_to_sockaddr(e, &sa);
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && set(fd, SOL_SOCKET, SO_REUSEADDR) && (!share || set(fd, SOL_SOCKET, SO_REUSEPORT)) &&
              (sa.ss_family != AF_INET6 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
              (!(kind & LISTEN_TPROXY) || set_transparent(fd, sa.ss_family)) &&
              set(fd, IPPROTO_TCP, TCP_NODELAY) && bind(fd, (struct sockaddr *)&sa, n) == 0 &&
              listen(fd, BACKLOG) == 0;
    if (!ok) {
        int saved = errno;
        sl_closep(&fd);
        errno = saved;
    }
    return fd;
}

static bool fail(struct sl_endpoint e, struct sl_err *err)
{
    char text[SL_ENDPOINT_TEXT];
    return sl_fail_errno(err, errno == EADDRINUSE ? SL_BUSY : SL_UNAVAILABLE, errno, "cannot listen on %s",
                         sl_endpoint_text(e, text));
}

/* Finds out whether the address is free, and a port where none is given. */
static bool probe(struct sl_endpoint *e, unsigned kind, struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open_one(*e, kind, false);
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    if (fd < 0 || getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
        return fail(*e, err);
    e->port = sl_endpoint_from_sockaddr((struct sockaddr *)&sa).port;
    return true;
}

bool listen_open(struct sl_endpoint *e, unsigned kind, int *fds, size_t count, struct sl_err *err)
{
    if (!probe(e, kind, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        fds[i] = open_one(*e, kind, true);
        if (fds[i] >= 0)
            continue;
        fail(*e, err);
        while (i-- > 0)
            sl_closep(&fds[i]);
        return false;
    }
    return true;
}

/* Only members of a group that share addresses from the beginning can be joined. */
static bool joinable(int fd)
{
    int on = 0;
    socklen_t n = sizeof on;
    return getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, &n) == 0 && on;
}

bool listen_join(struct sl_endpoint e, unsigned kind, int fd, int *fds, size_t count, struct sl_err *err)
{
    bool join = joinable(fd);
    for (size_t i = 0; i < count; i++) {
        fds[i] = join ? open_one(e, kind, true) : -1;
        if (fds[i] < 0)
            fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (fds[i] >= 0)
            continue;
        fail(e, err);
        while (i-- > 0)
            sl_closep(&fds[i]);
        return false;
    }
    return true;
}

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_event(void *owner, uint32_t events);

/* Exclusive: where several workers or processes have one socket, a connection wakes one of them. */
static bool begin_waiting(struct listener *l)
{
    l->id = loop_watch(l->loop, l->fd, EPOLLIN | EPOLLEXCLUSIVE, on_event, l);
    return l->id != 0;
}

static void rest(struct listener *l)
{
    loop_unwatch(l->loop, &l->id, l->fd);
    timer_arm(loop_timers(l->loop), &l->pause, loop_now_ms(l->loop) + PAUSE_MS);
}

static void on_pause_over(struct timer *t)
{
    struct listener *l = SL_CONTAINER(t, struct listener, pause);
    if (l->reserve_fd < 0)
        l->reserve_fd = open_reserve();
    if (!begin_waiting(l))
        rest(l);
}

static void take_a_rest(struct listener *l, int errno_value)
{
    if (errno_value == EMFILE || errno_value == ENFILE) {
        sl_closep(&l->reserve_fd);
        int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
        sl_closep(&fd);
        l->reserve_fd = open_reserve();
    }
    l->cfg.failed(l->cfg.arg, errno_value);
    rest(l);
}

/* One connection; false when none waits or accepting failed (errno). */
static bool accept_one(struct listener *l)
{
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    int fd = accept4(l->fd, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return false;
    l->cfg.accepted(l->cfg.arg, l->cfg.id, fd, sl_endpoint_from_sockaddr((struct sockaddr *)&sa));
    return true;
}

/* The listener is level-triggered: what is left after a bounded number comes with the next turn, after
 * others. */
static void on_event(void *owner, uint32_t events)
{
    struct listener *l = owner;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        if (accept_one(l))
            continue;
        int saved = errno;
        if (saved == EAGAIN || saved == EWOULDBLOCK)
            return;
        if (saved == EINTR || saved == ECONNABORTED || saved == EPROTO)
            continue;
        take_a_rest(l, saved);
        return;
    }
}

bool listen_start(struct loop *loop, int fd, const struct listen_config *cfg, struct listener **out,
                  struct sl_err *err)
{
    struct listener *l = sl_calloc(1, sizeof *l);
    *l = (struct listener){.loop = loop, .cfg = *cfg, .fd = fd, .reserve_fd = open_reserve()};
    timer_init(&l->pause, on_pause_over);
    if (!begin_waiting(l)) {
        sl_fail_errno(err, SL_IO, errno, "cannot wait for connections");
        sl_closep(&l->fd);
        sl_closep(&l->reserve_fd);
        free(l);
        return false;
    }
    *out = l;
    return true;
}

void listen_pause(struct listener *l, bool pause)
{
    if (l->paused == pause)
        return;
    l->paused = pause;
    timer_cancel(&l->pause);
    loop_unwatch(l->loop, &l->id, l->fd);
    if (!pause && !begin_waiting(l))
        rest(l);
}

void listen_stop(struct listener **lp)
{
    struct listener *l = *lp;
    if (!l)
        return;
    for (int i = 0; i < BACKLOG && !l->paused && accept_one(l); i++)
        ;
    timer_cancel(&l->pause);
    loop_unwatch(l->loop, &l->id, l->fd); /* the socket may live on in another process */
    sl_closep(&l->fd);
    sl_closep(&l->reserve_fd);
    sl_freep(lp);
}
