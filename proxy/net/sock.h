/* sock.h - a connected socket and what the kernel last said of it.
 * Events are edge-triggered and come once, so readiness is remembered here: true until a call finds
 * otherwise. A read that returns less than asked for has drained the socket, which saves the read that would
 * say so.
 *
 * A sock may have a transport (TLS, proxy/tls): then its calls move what is inside, `readable` says that
 * there may be more of that (also where the kernel has nothing and the transport some), and `writable` stays
 * what epoll said. */
#ifndef PROXY_NET_SOCK_H
#define PROXY_NET_SOCK_H

#include <sys/uio.h>

#include "proxy/net/buf.h"
#include "proxy/runtime/loop.h"
#include "sluice/addr.h"

struct sock_transport;

/* The begin of what a transport keeps for a sock. */
struct sock_tls {
    const struct sock_transport *calls;
};

struct sock {
    int fd; /* -1: none, or all there is is a transport */
    bool readable, writable;
    bool hangup;  /* the peer has sent all it will (FIN seen, or worse); what came before can still be read */
    bool ended;   /* a read has found the end */
    bool broken;  /* reset or another error: nothing works any more */
    bool shut;    /* we have sent our FIN */
    bool drained; /* the kernel has nothing to read; kept by transports, which ask it themselves */
    loop_id id;
    struct sock_tls *tls; /* NULL: bytes are what they are */
};

enum io_result { IO_DATA, IO_WAIT, IO_END, IO_LOST };

/* What stands between a sock and its bytes. The calls are those below, asked only when they have something to
 * do: room and wanted are more than 0, the sock is readable or writable. A transport clears `readable` when
 * neither it nor the kernel has anything more, `writable` when the kernel takes nothing more, and sets
 * `ended` at the peer's end. After IO_WAIT of send the same bytes are offered again, perhaps with more behind
 * them. */
struct sock_transport {
    enum io_result (*recv)(struct sock *s, char *p, size_t room, size_t *out_n);
    enum io_result (*send)(struct sock *s, const struct iovec *pieces, int count, size_t wanted,
                           size_t *out_n);
    void (*shutdown)(
        struct sock *s); /* says that nothing more comes; FIN follows, as soon as it can be said */
    bool (*silent)(struct sock *s);
    size_t (*waiting)(struct sock *s);
    /* Frees what it keeps. orderly: tells the peer, if that can be done without waiting. */
    void (*close)(struct sock *s, bool orderly);
};

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
/* Nothing waits to be read, not even its end. Asks the kernel; what was buffered is kept. */
bool sock_silent(struct sock *s);
/* How many bytes could be read now, about; 0: unknown, or none. */
size_t sock_waiting(struct sock *s);
/* A call failed for good; IO_LOST. */
enum io_result sock_lost(struct sock *s);
/* Remembers what epoll said. */
void sock_note(struct sock *s, uint32_t events);
static inline bool sock_is_open(const struct sock *s)
{
    return s->fd >= 0 || s->tls;
}

/* Reads into the room behind b's bytes (there must be some). IO_DATA: *out_n > 0 bytes came. */
enum io_result sock_recv(struct sock *s, struct buf *b, size_t *out_n);
/* The same, at most max bytes (more than 0). */
enum io_result sock_recv_some(struct sock *s, struct buf *b, size_t max, size_t *out_n);
/* Whether bytes wait to be read that nobody has seen yet: one system call. A transport's are its own: none.
 */
bool sock_speaks(const struct sock *s);
/* Writes the pieces; *out_n is how much was taken. IO_DATA: all of it. IO_WAIT: a part, possibly nothing. */
enum io_result sock_send(struct sock *s, const struct iovec *pieces, int count, size_t *out_n);

#endif
