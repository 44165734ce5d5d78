/* floor.c - the least that a forward proxy can do with epoll: what of a peer's cost is the kernel's?
 *
 *   floor --port P
 *
 * One thread. GET by literal IPv4 address, an answer with Content-Length, connections kept on both sides;
 * CONNECT by splice. No policy, no names, no log, no deadline, no check: a head is expected in one piece,
 * and whatever is unusual ends the connection. Listens on 127.0.0.1, prints "ready PORT". */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/net.h"
#include "sluice/base.h"

enum { PIECE = 65536, PIPE = 1 << 20, POOLS = 1024, EVENTS = 256 };

struct end {
    int fd;
    bool is_origin, connecting, tunnel, gone, closes; /* closes: the client wants that behind the answer */
    struct end *peer, *next;                          /* next: in the pool, or among those to be freed */
    struct sockaddr_in address;
    uint64_t left; /* of the answer's body, at an origin */
    bool in_body;
    char *held; /* what this socket did not take */
    size_t held_n;
    int pipe[2]; /* of a tunnel: bytes on their way to this end */
    size_t piped;
};

static int epoll;
static struct end *pools[POOLS], *dead;
static char buffer[PIECE + 1];

static struct end **pool_of(const struct sockaddr_in *a)
{
    return &pools[(ntohl(a->sin_addr.s_addr) * 31u + a->sin_port) % POOLS];
}

static struct end *end_new(int fd, bool is_origin)
{
    struct end *e = sl_calloc(1, sizeof *e);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = e};
    *e = (struct end){.fd = fd, .is_origin = is_origin, .pipe = {-1, -1}};
    if (fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("socket");
    return e;
}

static void leave_pool(struct end *e)
{
    for (struct end **at = pool_of(&e->address); *at; at = &(*at)->next)
        if (*at == e) {
            *at = e->next;
            return;
        }
}

static void end_close(struct end *e)
{
    struct end *peer = e->peer;
    if (e->gone)
        return;
    if (e->is_origin && !peer)
        leave_pool(e);
    e->gone = true;
    close(e->fd);
    if (e->pipe[0] >= 0) {
        close(e->pipe[0]);
        close(e->pipe[1]);
    }
    free(e->held);
    e->next = dead;
    dead = e;
    e->peer = NULL;
    if (peer) {
        peer->peer = NULL;
        end_close(peer);
    }
}

/* False: the socket is lost, and closed. */
static bool end_send(struct end *e, const char *p, size_t n)
{
    ssize_t sent = e->held_n || e->connecting ? 0 : send(e->fd, p, n, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        end_close(e);
        return false;
    }
    size_t rest = n - (size_t)SL_MAX(sent, (ssize_t)0);
    if (rest > 0) {
        e->held = realloc(e->held, e->held_n + rest);
        sl_assert(e->held);
        memcpy(e->held + e->held_n, p + n - rest, rest);
        e->held_n += rest;
    }
    return true;
}

static struct end *origin_for(const struct sockaddr_in *address, bool fresh)
{
    for (struct end **at = pool_of(address); *at && !fresh; at = &(*at)->next)
        if (memcmp(&(*at)->address, address, sizeof *address) == 0) {
            struct end *e = *at;
            *at = e->next;
            return e;
        }
    struct end *e = end_new(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), true);
    int on = 1;
    setsockopt(e->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    e->address = *address;
    e->connecting = connect(e->fd, (const struct sockaddr *)address, sizeof *address) < 0;
    return e;
}

/* A request in buffer, n bytes: "GET http://A.B.C.D:P/path ..." or "CONNECT A.B.C.D:P ...". */
static void client_asks(struct end *c, size_t n)
{
    struct sockaddr_in address;
    bool tunnel = strncmp(buffer, "CONNECT ", 8) == 0;
    char *authority = buffer + (tunnel ? 8 : 11), *rest = authority + strcspn(authority, "/ \r"), cut = *rest;
    *rest = '\0';
    if (n < 16 || !read_address(authority, &address)) {
        end_close(c);
        return;
    }
    *rest = cut;
    c->closes = strcasestr(rest, "\r\nConnection: close") != NULL;
    struct end *o = origin_for(&address, tunnel);
    o->peer = c;
    c->peer = o;
    c->tunnel = o->tunnel = tunnel;
    o->in_body = false;
    if (tunnel) /* answered once the origin is there */
        return;
    char *line = rest - 4;
    memcpy(line, "GET ", 4);
    end_send(o, line, n - (size_t)(line - buffer));
}

static void client_reads(struct end *c)
{
    ssize_t n = recv(c->fd, buffer, PIECE, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || c->peer) { /* no pipelining */
        end_close(c);
        return;
    }
    buffer[n] = '\0';
    client_asks(c, (size_t)n);
}

/* Finds where the answer ends. False: that is not told. */
static bool begin_answer(struct end *o, size_t n)
{
    const char *end = memmem(buffer, n, "\r\n\r\n", 4);
    const char *length = strcasestr(buffer, "\r\nContent-Length:");
    if (!end || !length || length > end)
        return false;
    o->left = strtoull(length + 17, NULL, 10) + (uint64_t)(end + 4 - buffer);
    o->in_body = true;
    return true;
}

static void answered(struct end *o)
{
    struct end *c = o->peer;
    o->peer = c->peer = NULL;
    o->in_body = false;
    o->next = *pool_of(&o->address);
    *pool_of(&o->address) = o;
    if (c->closes && c->held_n == 0)
        end_close(c);
}

static void origin_reads(struct end *o)
{
    while (o->peer && o->peer->held_n == 0) {
        ssize_t n = recv(o->fd, buffer, PIECE, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        buffer[SL_MAX(n, (ssize_t)0)] = '\0';
        if (n <= 0 || (!o->in_body && !begin_answer(o, (size_t)n)) || (uint64_t)n > o->left) {
            end_close(o);
            return;
        }
        o->left -= (uint64_t)n;
        if (!end_send(o->peer, buffer, (size_t)n))
            return;
        if (o->left == 0)
            answered(o);
        else if (n < PIECE)
            return;
    }
    if (!o->peer && !o->gone && recv(o->fd, buffer, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        end_close(o);
}

static ssize_t move(int from, int to, size_t n)
{
    return splice(from, NULL, to, NULL, n, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

/* All that goes from one end of a tunnel to the other now. Whichever ends, ends both. */
static void relay(struct end *from, struct end *to)
{
    if (to->pipe[0] < 0 &&
        (pipe2(to->pipe, O_NONBLOCK | O_CLOEXEC) < 0 || fcntl(to->pipe[0], F_SETPIPE_SZ, PIPE) < 0))
        die("pipe");
    for (bool more = true; more;) {
        ssize_t in = to->piped ? -1 : move(from->fd, to->pipe[1], PIPE);
        bool ended = !to->piped && (in == 0 || (in < 0 && errno != EAGAIN));
        to->piped += (size_t)SL_MAX(in, (ssize_t)0);
        ssize_t out = to->piped ? move(to->pipe[0], to->fd, to->piped) : 0;
        if (ended || (out < 0 && errno != EAGAIN)) {
            end_close(from);
            return;
        }
        to->piped -= (size_t)SL_MAX(out, (ssize_t)0);
        more = out > 0;
    }
}

static void end_writes(struct end *e)
{
    if (e->connecting) {
        static const char yes[] = "HTTP/1.1 200 OK\r\n\r\n";
        e->connecting = false;
        if (e->tunnel && e->peer && !end_send(e->peer, yes, sizeof yes - 1))
            return;
    }
    if (e->held_n > 0) {
        ssize_t n = send(e->fd, e->held, e->held_n, MSG_NOSIGNAL);
        size_t sent = (size_t)SL_MAX(n, (ssize_t)0);
        memmove(e->held, e->held + sent, e->held_n - sent);
        e->held_n -= sent;
    }
    if (e->held_n > 0)
        return;
    if (!e->peer && e->closes)
        end_close(e);
    else if (e->peer && !e->is_origin && !e->tunnel)
        origin_reads(e->peer); /* it was held back */
}

static void end_event(struct end *e, uint32_t events)
{
    if (events & EPOLLOUT)
        end_writes(e);
    if (e->gone)
        return;
    if (e->tunnel && e->peer) {
        struct end *peer = e->peer;
        if (e->connecting || peer->connecting)
            return;
        relay(e, peer);
        if (!e->gone)
            relay(peer, e);
    } else if (events & ~(uint32_t)EPOLLOUT) {
        if (e->is_origin)
            origin_reads(e);
        else
            client_reads(e);
    }
}

static void free_dead(void)
{
    while (dead) {
        struct end *e = dead;
        dead = e->next;
        free(e);
    }
}

static void serve(int listener)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct end *e = events[i].data.ptr;
            if (e && !e->gone)
                end_event(e, events[i].events);
            for (int fd; !e && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
                end_new(fd, false);
        }
        free_dead();
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct rlimit files;
    end_with_parent();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (argc == 3 && strcmp(argv[1], "--port") == 0)
        address.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_on(&address, SOCK_STREAM);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll < 0 || listener < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0)
        die("cannot listen");
    printf("ready %u\n", ntohs(address.sin_port));
    fflush(stdout);
    serve(listener);
}
