/* sock.c - see sock.h. */
#include "proxy/net/sock.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COPY_MAX = 4096 };

void sock_init(struct sock *s)
{
    *s = (struct sock){.fd = -1};
}

bool sock_open(struct sock *s, struct loop *l, int fd, loop_event *event, void *owner)
{
    loop_id id = loop_add(l, fd, event, owner);
    if (id == 0) {
        close(fd);
        return false;
    }
    *s = (struct sock){.fd = fd, .id = id};
    return true;
}

void sock_move(struct sock *from, struct sock *to, struct loop *l, loop_event *event, void *owner)
{
    *to = *from;
    sock_init(from);
    loop_rebind(l, to->id, event, owner);
}

static void close_now(struct sock *s, struct loop *l, bool orderly)
{
    if (SL_UNLIKELY(s->tls != NULL))
        s->tls->calls->close(s, orderly);
    if (s->fd >= 0) {
        loop_drop(l, &s->id);
        close(s->fd);
    }
    sock_init(s);
}

void sock_close(struct sock *s, struct loop *l)
{
    close_now(s, l, true);
}

void sock_abort(struct sock *s, struct loop *l)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (s->fd >= 0)
        setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close_now(s, l, false);
}

void sock_shutdown(struct sock *s)
{
    if (!sock_is_open(s) || s->shut)
        return;
    s->shut = true;
    if (SL_UNLIKELY(s->tls != NULL))
        s->tls->calls->shutdown(s);
    else
        shutdown(s->fd, SHUT_WR);
}

bool sock_silent(struct sock *s)
{
    char byte;
    if (SL_UNLIKELY(s->tls != NULL))
        return s->tls->calls->silent(s);
    return recv(s->fd, &byte, 1, MSG_PEEK) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

size_t sock_waiting(struct sock *s)
{
    int n = 0;
    if (SL_UNLIKELY(s->tls != NULL))
        return s->tls->calls->waiting(s);
    return ioctl(s->fd, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void sock_note(struct sock *s, uint32_t events)
{
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        s->hangup = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        s->readable = true;
        s->drained = false;
    }
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        s->writable = true;
    if (events & EPOLLERR)
        s->broken = true;
}

enum io_result sock_lost(struct sock *s)
{
    s->broken = s->hangup = true;
    s->writable = false;
    return IO_LOST;
}

static enum io_result recv_through(struct sock *s, struct buf *b, size_t room, size_t *out_n)
{
    enum io_result r = s->tls->calls->recv(s, b->p + b->to, room, out_n);
    b->to += (uint32_t)*out_n;
    return r == IO_LOST ? sock_lost(s) : r;
}

static enum io_result send_through(struct sock *s, const struct iovec *pieces, int count, size_t wanted,
                                   size_t *out_n)
{
    enum io_result r = s->tls->calls->send(s, pieces, count, wanted, out_n);
    return r == IO_LOST ? sock_lost(s) : r;
}

enum io_result sock_recv(struct sock *s, struct buf *b, size_t *out_n)
{
    return sock_recv_some(s, b, SIZE_MAX, out_n);
}

enum io_result sock_recv_some(struct sock *s, struct buf *b, size_t max, size_t *out_n)
{
    size_t room = SL_MIN(buf_room(b), max);
    ssize_t n;
    *out_n = 0;
    if (s->ended)
        return IO_END;
    if (!s->readable)
        return IO_WAIT;
    if (SL_UNLIKELY(s->tls != NULL))
        return recv_through(s, b, room, out_n);
    do
        n = recv(s->fd, b->p + b->to, room, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        *out_n = (size_t)n;
        b->to += (uint32_t)n;
        if ((size_t)n < room && !s->hangup)
            s->readable = false; /* drained; whatever comes makes a new event */
        return IO_DATA;
    }
    if (n == 0) {
        s->ended = s->hangup = true;
        s->readable = false;
        return IO_END;
    }
    s->readable = false;
    return errno == EAGAIN || errno == EWOULDBLOCK ? IO_WAIT : sock_lost(s);
}

bool sock_speaks(const struct sock *s)
{
    char byte;
    return !s->tls && recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* A head and a small body in one piece: copying some hundred bytes costs less than the kernel's walk over an
 * array. */
static ssize_t send_copied(int fd, const struct iovec *pieces, int count)
{
    char together[COPY_MAX];
    size_t n = 0;
    for (int i = 0; i < count; i++) {
        memcpy(together + n, pieces[i].iov_base, pieces[i].iov_len);
        n += pieces[i].iov_len;
    }
    return send(fd, together, n, MSG_NOSIGNAL);
}

static ssize_t send_pieces(int fd, const struct iovec *pieces, int count, size_t wanted)
{
    struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)count};
    if (count == 1)
        return send(fd, pieces[0].iov_base, wanted, MSG_NOSIGNAL);
    return wanted <= COPY_MAX ? send_copied(fd, pieces, count) : sendmsg(fd, &message, MSG_NOSIGNAL);
}

enum io_result sock_send(struct sock *s, const struct iovec *pieces, int count, size_t *out_n)
{
    size_t wanted = 0;
    ssize_t n;
    *out_n = 0;
    for (int i = 0; i < count; i++)
        wanted += pieces[i].iov_len;
    if (wanted == 0)
        return IO_DATA;
    if (!s->writable)
        return IO_WAIT;
    if (SL_UNLIKELY(s->tls != NULL))
        return send_through(s, pieces, count, wanted, out_n);
    do
        n = send_pieces(s->fd, pieces, count, wanted);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return sock_lost(s); /* what the peer sent before it went can still be read */
    *out_n = n > 0 ? (size_t)n : 0;
    if (*out_n == wanted)
        return IO_DATA;
    s->writable = false;
    return IO_WAIT;
}
