/* sock.h - a connected socket and what the kernel last said of it.
 * Events are edge-triggered and come once, so readiness is remembered here: true until a call finds
 * otherwise. A read that returns less than asked for has drained the socket, which saves the read that would
 * say so. */
#ifndef PROXY_NET_SOCK_H
#define PROXY_NET_SOCK_H

#include <sys/uio.h>

#include "proxy/net/buf.h"
#include "proxy/runtime/loop.h"
#include "sluice/addr.h"

struct sock {
    int fd; /* -1: none */
    bool readable, writable;
    bool hangup; /* the peer has sent all it will (FIN seen, or worse); what came before can still be read */
    bool ended;  /* a read has found the end */
    bool broken; /* reset or another error: nothing works any more */
    bool shut;   /* we have sent our FIN */
    loop_id id;
};

enum io_result { IO_DATA, IO_WAIT, IO_END, IO_LOST };

void sock_init(struct sock *s); /* none */
/* Takes fd: registers it. False (fd is closed then) when the system refuses. */
bool sock_open(struct sock *s, struct loop *l, int fd, loop_event *event, void *owner);
/* Moves it to another place and owner. */
void sock_move(struct sock *from, struct sock *to, struct loop *l, loop_event *event, void *owner);
void sock_close(struct sock *s, struct loop *l);
/* Closes so that the peer sees a reset: what was sent so far must not look whole. */
void sock_abort(struct sock *s, struct loop *l);
/* Sends FIN; reading goes on. */
void sock_shutdown(struct sock *s);
/* Remembers what epoll said. */
void sock_note(struct sock *s, uint32_t events);
static inline bool sock_is_open(const struct sock *s)
{
    return s->fd >= 0;
}

/* Reads into the room behind b's bytes (there must be some). IO_DATA: *out_n > 0 bytes came. */
enum io_result sock_recv(struct sock *s, struct buf *b, size_t *out_n);
/* The same, at most max bytes (more than 0). */
enum io_result sock_recv_some(struct sock *s, struct buf *b, size_t max, size_t *out_n);
/* Writes the pieces; *out_n is how much was taken. IO_DATA: all of it. IO_WAIT: a part, possibly nothing. */
enum io_result sock_send(struct sock *s, const struct iovec *pieces, int count, size_t *out_n);

#endif
